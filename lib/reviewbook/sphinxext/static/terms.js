/* The definition of a term where it is used: on hover and focus as a tooltip, on a tap as a note
   with the way to the entry. Without this script the term is a link to the glossary. */
(function () {
  "use strict";
  var GRACE = 250;  // milliseconds that the pointer has to reach the definition
  var EDGE = 8;
  var tip = null, timer = 0, pointer = "";

  var hide = function () {
    clearTimeout(timer);
    if (!tip) return;
    tip.owner.removeAttribute("aria-describedby");
    tip.remove();
    tip = null;
  };
  var later = function () { clearTimeout(timer); timer = setTimeout(hide, GRACE); };
  var stay = function () { clearTimeout(timer); };

  // Below the term, or above it where there is more room; never beyond the screen.
  var place = function (link) {
    var boxes = link.getClientRects(), first = boxes[0], last = boxes[boxes.length - 1];
    var above = first.top - EDGE, below = innerHeight - last.bottom - EDGE;
    var up = tip.offsetHeight > below && above > below;
    tip.style.maxHeight = Math.max(up ? above : below, 64) + "px";
    var left = (up ? first : last).left;
    tip.style.left = Math.max(EDGE, Math.min(left, document.documentElement.clientWidth - tip.offsetWidth - EDGE)) + scrollX + "px";
    tip.style.top = (up ? first.top - tip.offsetHeight : last.bottom) + scrollY + "px";
    tip.dataset.side = up ? "above" : "below";
  };

  var open = function (link) {
    hide();
    tip = document.createElement("div");
    tip.owner = link;
    tip.id = "rb-tip";
    tip.className = "rb-tip";
    tip.addEventListener("mouseenter", stay);
    tip.addEventListener("mouseleave", later);
  };

  var tooltip = function (link) {
    if (tip && tip.owner === link) return stay();
    open(link);
    tip.setAttribute("role", "tooltip");
    tip.textContent = link.dataset.definition;
    document.body.appendChild(tip);
    place(link);
    link.setAttribute("aria-describedby", "rb-tip");
  };

  var part = function (name, className, text) {
    var element = document.createElement(name);
    element.className = className;
    element.textContent = text;
    return element;
  };
  var note = function (link) {
    open(link);
    tip.setAttribute("role", "note");
    tip.setAttribute("aria-label", "Definition of " + link.textContent);
    var ways = part("p", "rb-tip-ways", ""), entry = part("a", "", "Open in the glossary"), close = part("button", "", "Close");
    entry.href = link.href;
    close.type = "button";
    close.addEventListener("click", hide);
    ways.append(entry, close);
    tip.append(part("p", "rb-tip-title", link.textContent), part("p", "", link.dataset.definition), ways);
    document.body.appendChild(tip);
    place(link);
  };

  Array.prototype.forEach.call(document.querySelectorAll("a.rb-term[data-definition]"), function (link) {
    link.addEventListener("mouseenter", function () { if (pointer !== "touch") tooltip(link); });
    link.addEventListener("mouseleave", function () { if (tip && tip.getAttribute("role") === "tooltip") later(); });
    link.addEventListener("focus", function () { if (pointer !== "touch") tooltip(link); });
    link.addEventListener("blur", function () { if (tip && tip.getAttribute("role") === "tooltip") hide(); });
    link.addEventListener("click", function (event) {
      if (pointer !== "touch" || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      var again = tip && tip.owner === link && tip.getAttribute("role") === "note";
      if (again) hide();
      else note(link);
    });
  });
  // Before the others: what opens depends on whether a finger or a mouse is at work.
  document.addEventListener("pointerdown", function (event) {
    pointer = event.pointerType;
    if (tip && !tip.contains(event.target) && !tip.owner.contains(event.target)) hide();
  }, true);
  document.addEventListener("pointermove", function (event) { pointer = event.pointerType; }, true);
  document.addEventListener("keydown", function (event) {
    pointer = "";
    if (event.key === "Escape") hide();
  }, true);
})();
