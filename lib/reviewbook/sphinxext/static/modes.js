/* Colours, code, the way up and the place on the page. Without it the colours follow the system, each
   piece of code is folded by itself, the way up is the link in the footer, and the contents of the
   page do not say where the reader is. */
(function () {
  "use strict";
  var root = document.documentElement;

  // Auto, light or dark. Auto is the absence of a choice, so it is removed, not kept.
  var colours = document.querySelector(".rb-theme");
  if (colours) {
    colours.value = root.dataset.theme || "";
    colours.addEventListener("change", function () {
      if (colours.value) root.dataset.theme = colours.value;
      else delete root.dataset.theme;
      try {
        if (colours.value) localStorage.setItem("rb-theme", colours.value);
        else localStorage.removeItem("rb-theme");
      } catch (error) { /* private mode */ }
    });
  }

  // All code of the pages, or none.
  var switched = document.querySelector(".rb-show-code");
  var showCode = function () {
    var shown = root.classList.contains("rb-with-code");
    switched.setAttribute("aria-pressed", String(shown));
    document.querySelectorAll(".rb-code, .rb-call").forEach(function (code) {
      if (!code.classList.contains("rb-result")) code.open = shown;
    });
  };
  if (switched) {
    showCode();
    switched.addEventListener("click", function () {
      var shown = root.classList.toggle("rb-with-code");
      showCode();
      try {
        if (shown) localStorage.setItem("rb-code", "1");
        else localStorage.removeItem("rb-code");
      } catch (error) { /* private mode */ }
    });
  }

  // The way up comes into sight where the header is not, once the reader turns back: it would cover
  // the line that is read next.
  var header = document.querySelector(".rb-top");
  if (header && window.IntersectionObserver) {
    new IntersectionObserver(function (entries) {
      root.classList.toggle("rb-far", !entries[entries.length - 1].isIntersecting);
    }).observe(header);
    var turn = scrollY;
    addEventListener("scroll", function () {
      if (Math.abs(scrollY - turn) < 8) return;
      root.classList.toggle("rb-back", scrollY < turn);
      turn = scrollY;
    }, { passive: true });
  }

  // The section being read is the last one whose heading has passed the header.
  var sections = Array.prototype.slice.call(document.querySelectorAll(".rb-on-page a[href^='#']"))
    .map(function (link) {
      return { link: link, target: document.getElementById(decodeURIComponent(link.hash.slice(1))) };
    })
    .filter(function (section) { return section.target; });
  var waiting = false;
  var mark = function () {
    waiting = false;
    var end = innerHeight + scrollY >= root.scrollHeight - 2;
    var current = sections.filter(function (section) {
      return section.target.getBoundingClientRect().top < 120;
    }).pop();
    if (end) current = sections[sections.length - 1];
    sections.forEach(function (section) {
      if (section === current) section.link.setAttribute("aria-current", "true");
      else section.link.removeAttribute("aria-current");
    });
    if (!current) return;
    var list = document.querySelector(".rb-on-page");
    var at = current.link.offsetTop - list.scrollTop;
    if (at < 0 || at > list.clientHeight - 40) list.scrollTop += at - list.clientHeight / 2;
  };
  var soon = function () {
    if (!waiting) { waiting = true; requestAnimationFrame(mark); }
  };
  if (sections.length) {
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    mark();
  }
})();
