/* What a page can do beyond reading. Everything works without it: tables are in their order,
   the menu leads to the contents at the foot. */
(function () {
  "use strict";
  var root = document.documentElement;
  var all = function (selector, within) {
    return Array.prototype.slice.call((within || document).querySelectorAll(selector));
  };

  // Contents on narrow screens: the link becomes a button that folds them out below the header.
  var menu = document.querySelector(".rb-menu");
  var contents = document.getElementById("contents");
  if (menu && contents) {
    menu.setAttribute("role", "button");
    menu.setAttribute("aria-expanded", "false");
    menu.setAttribute("aria-controls", "contents");
    var toggle = function (event) {
      event.preventDefault();
      var open = contents.classList.toggle("rb-open");
      menu.setAttribute("aria-expanded", String(open));
      if (open) contents.focus();
    };
    menu.addEventListener("click", toggle);
    menu.addEventListener("keydown", function (event) { if (event.key === " ") toggle(event); });
    contents.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && contents.classList.contains("rb-open")) { toggle(event); menu.focus(); }
    });
    var current = contents.querySelector("li.current > a");
    if (current && contents.scrollHeight > contents.clientHeight) {
      contents.scrollTop = current.offsetTop - contents.clientHeight / 2;
    }
  }

  // Only a box that scrolls needs to stop the keyboard.
  var reachable = function () {
    all(".rb-scroll, .rb-equation, .highlight > pre").forEach(function (box) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  };
  reachable();
  addEventListener("resize", reachable);
  document.addEventListener("toggle", reachable, true);

  // An anchor inside a folded part is a citation: the part opens, in every browser.
  var unfold = function () {
    var place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    var folded = place && place.closest("details:not([open])");
    if (!folded) return;
    for (; folded; folded = folded.parentElement.closest("details")) folded.open = true;
    place.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();

  // Sortable tables: numbers by value, other text by language; a second click turns the order.
  var value = function (row, column) {
    var cell = row.cells[column];
    return cell ? cell.textContent.trim().replace(/\u2212/g, "-") : "";
  };
  var number = function (text) {
    var match = /^[^\d-]*(-?\d[\d\u202f]*\.?\d*)(?:\/(\d+))?/.exec(text);
    if (!match) return null;
    var first = parseFloat(match[1].replace(/\u202f/g, ""));
    return match[2] ? first / parseFloat(match[2]) : first;
  };
  all("table.rb-sortable").forEach(function (table) {
    var heads = all("thead tr:last-child th", table);
    heads.forEach(function (head, column) {
      var sort = document.createElement("button");
      sort.type = "button";
      sort.className = "rb-sort";
      while (head.firstChild) sort.appendChild(head.firstChild);
      all("p", sort).forEach(function (p) { p.replaceWith.apply(p, Array.prototype.slice.call(p.childNodes)); });
      head.appendChild(sort);
      sort.addEventListener("click", function () {
        var direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
        var body = table.tBodies[0];
        var rows = Array.prototype.slice.call(body.rows);
        var numeric = rows.every(function (row) {
          var text = value(row, column);
          return !/[A-Za-z]{3}/.test(text) && (/^[^\d]*$/.test(text) || number(text) !== null);
        }) && rows.some(function (row) { return number(value(row, column)) !== null; });
        rows.sort(function (a, b) {
          var x = value(a, column), y = value(b, column);
          if (numeric) {
            // Cells without a number stay last in both directions.
            var u = number(x), v = number(y);
            if (u === null || v === null) return (u === null) - (v === null);
            return direction * (u - v);
          }
          return direction * x.localeCompare(y, root.lang, { numeric: true });
        }).forEach(function (row) { body.appendChild(row); });
      });
    });
  });

  // Copy code.
  if (navigator.clipboard) {
    all(".highlight > pre").forEach(function (pre) {
      var copy = document.createElement("button");
      copy.type = "button";
      copy.className = "rb-copy";
      copy.textContent = "Copy";
      copy.addEventListener("click", function () {
        navigator.clipboard.writeText(pre.textContent).then(function () {
          copy.textContent = "Copied";
          setTimeout(function () { copy.textContent = "Copy"; }, 1500);
        });
      });
      pre.parentNode.appendChild(copy);
    });
  }

  // Search: "/" or Ctrl-K leads to the field; a result that was followed has its words marked.
  document.addEventListener("keydown", function (event) {
    var writing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable]");
    var slash = event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey;
    var command = (event.key === "k" || event.key === "K") && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    var field = document.querySelector(".rb-search-page input") || document.querySelector(".rb-search input");
    if (!field || !(slash || command)) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
  if (/[?&]highlight=/.test(location.search)) {
    var marks = document.createElement("script");
    marks.src = root.dataset.content_root + "_static/search-marks.js";
    document.head.appendChild(marks);
  }
})();
