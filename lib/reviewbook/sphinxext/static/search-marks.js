/* Words as the search sees them, and marks where a result has led: ?highlight=i2+heterogeneity.
   A page loads this file only when its address asks for marks. */
(function (root) {
  "use strict";
  var HAN = /[\u3400-\u9fff]/;
  var WORD = /[\u3400-\u9fff]+|(?:(?![\u3400-\u9fff])[\p{L}\p{N}\p{M}])+/gu;

  // One form of a word: no case, no accent, no raised digit, no plural, one spelling of ae; I², τ²,
  // Cohorts and anaemia become i2, tau2, cohort and anemia.
  var plain = function (text) {
    return text.normalize("NFKD").toLowerCase().replace(/τ/g, "tau").replace(/aem/g, "em").replace(/\p{M}/gu, "");
  };
  var stem = function (word) {
    if (word.length < 4 || /\d/.test(word)) return word;
    if (/ies$/.test(word)) return word.slice(0, -3) + "y";
    if (/sses$/.test(word)) return word.slice(0, -2);
    if (/yses$/.test(word)) return word.slice(0, -2) + "is";
    return /[^siu]s$/.test(word) ? word.slice(0, -1) : word;
  };
  // Chinese is written without spaces: pairs of characters stand for words.
  var words = function (text) {
    var found = [];
    (plain(text).match(WORD) || []).forEach(function (run) {
      if (!HAN.test(run)) found.push(stem(run));
      else if (run.length === 1) found.push(run);
      else for (var i = 0; i + 1 < run.length; i++) found.push(run.slice(i, i + 2));
    });
    return found;
  };

  // Parts of a text as [piece, whether it is one of the words].
  var pieces = function (text, wanted) {
    var result = [], end = 0, match;
    WORD.lastIndex = 0;
    while ((match = WORD.exec(text))) {
      var run = match[0], from = match.index;
      if (HAN.test(run)) {
        var on = [];
        for (var i = 0; i + 1 < run.length; i++) if (wanted.has(run.slice(i, i + 2))) on[i] = on[i + 1] = true;
        for (i = 0; i < run.length; i++) if (on[i]) {
          var last = i;
          while (on[last + 1]) last++;
          result.push([text.slice(end, from + i), false], [run.slice(i, last + 1), true]);
          end = from + last + 1;
          i = last;
        }
      } else if (wanted.has(stem(plain(run)))) {
        result.push([text.slice(end, from), false], [run, true]);
        end = from + run.length;
      }
    }
    result.push([text.slice(end), false]);
    return result.filter(function (piece) { return piece[0]; });
  };

  // Text in which the words are marked; markup in it stays text.
  var marked = function (text, wanted) {
    var fragment = document.createDocumentFragment();
    pieces(text, wanted).forEach(function (piece) {
      var node = document.createTextNode(piece[0]);
      if (piece[1]) {
        var mark = document.createElement("mark");
        mark.appendChild(node);
        node = mark;
      }
      fragment.appendChild(node);
    });
    return fragment;
  };

  var AWAY = "pre, svg, math, script, style, button, .rb-header, .cite-this, .rb-downloads, .rb-code, .rb-call, .rb-words, .rb-sr, .headerlink";
  var markPage = function (article, wanted) {
    var walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT), texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    texts.forEach(function (text) {
      if (!text.parentNode.closest(AWAY) && pieces(text.data, wanted).some(function (piece) { return piece[1]; })) {
        text.parentNode.replaceChild(marked(text.data, wanted), text);
      }
    });
    return article.querySelectorAll("mark");
  };

  root.reviewbookWords = { plain: plain, words: words, stem: stem, pieces: pieces, marked: marked };
  if (typeof document === "undefined") return;
  var asked = new URLSearchParams(location.search).get("highlight");
  var article = document.querySelector(".rb-article");
  if (!asked || !article) return;
  var marks = markPage(article, new Set(asked.split(" ").filter(Boolean)));
  if (!marks.length) return;

  var bar = document.createElement("p");
  bar.className = "rb-marks";
  bar.textContent = "The words that were searched for are marked. ";
  var off = document.createElement("button");
  off.type = "button";
  off.textContent = "Remove the marks";
  off.addEventListener("click", function () {
    Array.prototype.forEach.call(marks, function (mark) { mark.replaceWith.apply(mark, Array.prototype.slice.call(mark.childNodes)); });
    bar.remove();
    var address = new URL(location.href);
    address.searchParams.delete("highlight");
    history.replaceState(null, "", address);
  });
  bar.appendChild(off);
  article.insertBefore(bar, article.firstChild);
  // The first mark at or below the place of the address, in the part that was found.
  var place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  var arrive = function () {
    var all = Array.prototype.slice.call(marks);
    var first = all.find(function (mark) {
      return place.contains(mark) || place.compareDocumentPosition(mark) & Node.DOCUMENT_POSITION_FOLLOWING;
    }) || place;
    var near = first.getBoundingClientRect().top - place.getBoundingClientRect().top < innerHeight * 0.6;
    for (var folded = first.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
    if (near) place.scrollIntoView({ behavior: "instant" });
    else first.scrollIntoView({ block: "center", behavior: "instant" });
  };
  // After the browser's own way to the anchor, which else would be the last word.
  var soon = function () { requestAnimationFrame(function () { requestAnimationFrame(arrive); }); };
  if (place && document.readyState === "complete") soon();
  else if (place) addEventListener("load", soon);
})(typeof window === "undefined" ? globalThis : window);
