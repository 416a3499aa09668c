/* A small panel beside a number: what stands in its entry at the foot of the page, and ways to copy,
   cite and correct it. Without this script the number is a link to that entry. */
(function () {
  "use strict";
  if (!HTMLElement.prototype.showPopover) return;
  var EDGE = 8;
  var list = document.querySelector(".rb-origins");
  var sheet = matchMedia("(max-width: 40rem)");
  var shown = null;  // the panel, which knows its number
  var away = false;  // whether the last click was on something else that can be used

  var part = function (name, className, text) {
    var element = document.createElement(name);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  };
  var entryOf = function (link) {
    return document.getElementById(decodeURIComponent(link.hash.slice(1)));
  };
  // Where the rows of the open entry stand: this page, or the page of numbers beside it.
  var root = document;
  var byId = function (name) { return root.querySelector("[id='" + name + "']"); };
  // A copy beside its original must not have the same anchors.
  var copyOf = function (element) {
    var copy = element.cloneNode(true);
    [copy].concat(Array.from(copy.querySelectorAll("[id]"))).forEach(function (one) { one.removeAttribute("id"); });
    return copy;
  };

  // Copying is said where a screen reader hears it, and seen for as long as the panel is open.
  var byHand = function (text) {
    var field = part("textarea", "rb-sr");
    field.value = text;
    shown.append(field);
    field.select();
    var done = document.execCommand("copy");
    field.remove();
    return done ? Promise.resolve() : Promise.reject();
  };
  var copyButton = function (word, done, text, status) {
    var button = part("button", "", word);
    button.type = "button";
    button.addEventListener("click", function () {
      var written = navigator.clipboard ? navigator.clipboard.writeText(text) : byHand(text);
      status.textContent = "";
      written.then(
        function () { status.textContent = done; },
        function () { status.textContent = "The browser does not let this page copy."; }
      ).then(function () { button.focus(); });
    });
    return button;
  };

  var reportAddress = function (link, number) {
    var address = list && list.dataset.report;
    if (!address) return "";
    var fill = { "%7Bnumber%7D": number, "%7Btext%7D": textOf(link) };
    return address.replace(/%7B(number|text)%7D/g, function (name) { return encodeURIComponent(fill[name]); });
  };
  // A cell may hold ways of its own beside the number.
  var textOf = function (link) {
    var copy = link.cloneNode(true);
    copy.querySelectorAll(".rb-sr, .rb-report").forEach(function (one) { one.remove(); });
    return copy.textContent.trim();
  };
  var wayTo = function (word, address) {
    var way = part("a", "", word);
    way.href = address;
    return way;
  };

  // Rows that several numbers share stand once in the list; a panel shows them all the same.
  var rowsOf = function (entry) {
    return (entry.dataset.rows || "").split(" ").map(function (name) {
      return name && byId(name);
    }).filter(Boolean);
  };
  var filled = function (entry, tools) {
    var body = part("div", "rb-panel-body"), copy = copyOf(entry), shared = rowsOf(entry);
    // Ways within the list, to rows that stand in the panel itself.
    copy.querySelectorAll(".rb-origin-links").forEach(function (links) {
      var within = Array.from(links.querySelectorAll("a")).every(function (link) {
        return shared.some(function (rows) { return link.hash === "#" + rows.id; });
      });
      if (within) links.remove();
    });
    var last = copy.querySelector(".rb-origin-python, .rb-origin-r, .rb-origin-cite");
    shared.forEach(function (rows) { copy.insertBefore(copyOf(rows), last); });
    // First what the number is, then what can be done with it, then where it comes from at length.
    var said = copy.querySelector("dl") || copy.querySelector(".rb-origin-sentence");
    if (said) said.after(tools);
    else copy.prepend(tools);
    copy.querySelectorAll("table").forEach(function (table) {
      var box = part("div", "rb-panel-scroll");
      table.replaceWith(box);
      box.append(table);
    });
    copy.querySelectorAll(".rb-origin-python, .rb-origin-r").forEach(function (code) {
      var fold = part("details");
      code.replaceWith(fold);
      fold.append(part("summary", "", code.matches(".rb-origin-r") ? "The code in R" : "The code in Python"), code);
    });
    body.append.apply(body, Array.from(copy.childNodes));
    return body;
  };
  var toolsOf = function (link, entry) {
    var tools = part("div", "rb-panel-tools"), status = part("p", "rb-panel-status");
    var number = entry.dataset.number;
    status.setAttribute("role", "status");
    [
      [".rb-origin-python", "Copy as Python", "Copied as Python"],
      [".rb-origin-r", "Copy as R", "Copied as R"],
      [".rb-origin-cite", "Cite this number", "Citation copied"],
    ].forEach(function (one) {
      var source = entry.querySelector(one[0]);
      if (source) tools.append(copyButton(one[1], one[2], source.textContent.trim(), status));
    });
    var here = wayTo("Address of this number", "#" + number);
    here.addEventListener("click", function () { shown.hidePopover(); });
    tools.append(here);
    var report = reportAddress(link, number);
    if (report) tools.append(wayTo("Report an error in it", report));
    tools.append(status);
    return tools;
  };

  // Below the number, or above it where there is more room; on a phone at the foot of the screen.
  var place = function () {
    var link = shown.link, style = shown.style;
    if (sheet.matches) {
      style.left = style.top = style.maxHeight = "";
      // Room to scroll a number at the end of the page above the sheet.
      document.body.style.paddingBottom = shown.offsetHeight + "px";
      var hidden = link.getBoundingClientRect().bottom + EDGE - shown.getBoundingClientRect().top;
      if (hidden > 0) scrollBy({ top: hidden, behavior: "instant" });
      return;
    }
    var boxes = link.getClientRects(), first = boxes[0], end = boxes[boxes.length - 1];
    var above = first.top - EDGE * 2, below = innerHeight - end.bottom - EDGE * 2;
    style.maxHeight = "";
    var up = shown.offsetHeight > below && above > below;
    style.maxHeight = Math.max(up ? above : below, 200) + "px";
    var width = document.documentElement.clientWidth;
    style.left = Math.max(EDGE, Math.min((up ? first : end).left, width - shown.offsetWidth - EDGE)) + scrollX + "px";
    style.top = (up ? first.top - shown.offsetHeight - EDGE : end.bottom + EDGE) + scrollY + "px";
  };
  // Only a box that scrolls needs to stop the keyboard.
  var reachable = function () {
    document.querySelectorAll(".rb-panel-scroll, .rb-origin-shared").forEach(function (box) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  };

  var open = function (link, entry) {
    var panel = part("div", "rb-number-panel"), head = part("div", "rb-panel-head");
    var title = part("h2", "", "Where " + textOf(link) + " comes from"), close = part("button", "rb-panel-close", "Close");
    title.id = "rb-panel-title";
    close.type = "button";
    close.addEventListener("click", function () { panel.hidePopover(); });
    head.append(title, close);
    panel.id = "rb-number-panel";
    panel.popover = "auto";
    panel.tabIndex = -1;
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-labelledby", title.id);
    if (list && list.lang) panel.lang = list.lang;
    panel.append(head, filled(entry, toolsOf(link, entry)));
    panel.link = link;
    panel.addEventListener("toggle", function (event) {
      if (event.newState !== "closed") return;
      var focus = document.activeElement;
      // Who has clicked on something else stays there.
      if (!away && (!focus || focus.contains(link) || panel.contains(focus))) link.focus({ preventScroll: true });
      link.removeAttribute("data-open");
      document.body.style.paddingBottom = "";
      panel.remove();
      if (shown === panel) shown = null;
    });
    // After the block that the number is in, so that Tab leads on from there.
    var block = link.closest("section > *, article > *") || link;
    block.after(panel);
    shown = panel;
    link.setAttribute("data-open", "");
    panel.showPopover();
    place();
    reachable();
    panel.focus({ preventScroll: true });
  };

  // The numbers of figures and tables are told on a page beside this one, whose text comes as a
  // script, for a browser reads no other page from a disk.
  var beside = null;
  var withBeside = function (way, then) {
    if (beside) { then(); return; }
    window.rbNumbers = function (html) {
      beside = part("div");
      beside.innerHTML = html;
      then();
    };
    var script = part("script");
    script.src = way.href.replace(/\.html(#.*)?$/, ".js");
    document.head.append(script);
  };
  var row = function (list, name, value) {
    list.append(part("dt", "", name), part("dd", "", value));
  };
  var entryOfCell = function (cell) {
    var own = beside.querySelector("[id='" + cell.id + "']");
    if (!own) return null;
    var told = own.closest(".rb-shown-of"), line = own.closest("tr"), entry = part("section", "rb-origin");
    var list = part("dl");
    entry.dataset.number = cell.id;
    entry.dataset.rows = told.dataset.rows;
    // The limits of an interval, and the patients of a count, stand in the same cell.
    line.querySelectorAll("td[data-place='" + own.dataset.place + "']").forEach(function (one) {
      row(list, one.dataset.key.replace(/_/g, " "), one.textContent);
    });
    row(list, "Row", line.querySelector("th").textContent);
    row(list, "In", told.querySelector("h2").textContent);
    var python = told.querySelector(".rb-origin-python").textContent + "value = " + told.dataset.frame + '["' +
      own.dataset.key + '"].iloc[' + line.dataset.at + ']\nprint(f"{value:.17g}")\n';
    var canonical = document.querySelector("link[rel=canonical]");
    var address = (canonical ? canonical.href : location.href.replace(/#.*$/, "")) + "#" + cell.id;
    entry.append(
      part("p", "rb-origin-sentence", told.querySelector(".rb-shown-said").textContent), list,
      part("pre", "rb-origin-python", python),
      part("p", "rb-origin-cite", document.title + ", number " + cell.id + ": " + textOf(cell) + ". " + address)
    );
    return entry;
  };
  var openCell = function (cell) {
    var table = cell.closest("table"), all = document.querySelectorAll("a.rb-shown");
    var way = Array.from(all).find(function (one) { return one.hash === "#" + table.id; });
    if (!way) return;
    withBeside(way, function () {
      root = beside;
      var entry = entryOfCell(cell);
      if (entry) open(cell, entry);
    });
  };

  document.querySelectorAll("a.rb-number").forEach(function (link) {
    if (entryOf(link)) link.setAttribute("aria-haspopup", "dialog");
  });
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a.rb-number");
    var cell = !link && event.target.closest && event.target.closest("td[id^='n-']");
    // A click in a cell may be the end of selecting its text, or be for something else in it.
    if (cell && !event.button && !event.target.closest("a, button, summary") && getSelection().isCollapsed) {
      if (shown) shown.hidePopover();
      openCell(cell);
      return;
    }
    var entry = link && entryOf(link);
    root = document;
    if (!entry || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (shown) shown.hidePopover();
    open(link, entry);
  });
  document.addEventListener("pointerdown", function (event) {
    away = Boolean(shown && !shown.contains(event.target) && event.target.closest("a, button, input, select, textarea, summary"));
  }, true);
  document.addEventListener("keydown", function () { away = false; }, true);
  document.addEventListener("toggle", reachable, true);
  addEventListener("resize", function () { if (shown) place(); reachable(); });
})();
