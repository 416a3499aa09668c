/* Ranks the sections of the book for a query and gathers them by page. MiniSearch weighs words by
   how rare they are; here stand what it cannot know: synonyms, titles, and what a page is. */
(function (root) {
  "use strict";
  const { plain, words, marked } = root.reviewbookWords;
  const FIELDS = ["page", "title", "called", "text"];
  const BOOST = { page: 4, title: 3, called: 3, text: 1 };
  // What kind of thing a reader wants more often.
  const KIND = { page: 1.15, section: 1, term: 1.25, cohort: 1.3, figure: 0.7, table: 0.75, reference: 0.3, code: 0.45, below: 0.45 };
  const TITLE = { page: 1000, term: 500, section: 60, other: 50 };
  // As words of the index, where "does" has lost its s.
  const LITTLE = new Set(words("a an am and are as at be been by can did do does for from had has have how i if in is it many me my of on or so that the there this to was were what when where which who why will with you"));
  const HAN = /[\u3400-\u9fff]/;
  const SYNONYM = 0.75;  // of the weight of the words that were typed
  const SUFFIX = /(?:ations?|ities|ity|ing|ed|ive|ous|al|ly|ment|er|or|e)$/;

  const begin = (index) => {
    const entries = [];
    index.pages.forEach((page, order) => page.entries.forEach(([kind, anchor, title, text]) => {
      entries.push({ id: entries.length, order, kind, anchor, title, text, page: kind === "page" || kind === "below" ? page.title : "",
        called: kind === "page" ? page.called.join(" / ") : "" });
    }));
    const mini = new root.MiniSearch({ fields: FIELDS, tokenize: words, processTerm: (term) => term });
    mini.addAll(entries);
    // Words of each group, and of which group a sequence of words is the beginning.
    const groups = index.same.map((group) => [...new Set(group.map((name) => words(name).join(" ")))]);
    return { index, entries, mini, groups };
  };

  // A query as a list of concepts, each a list of alternatives: what was typed, then its synonyms.
  const concepts = ({ groups }, query) => {
    const typed = words(query), found = [];
    for (let at = 0; at < typed.length;) {
      let length = 1, same = [];
      for (let end = typed.length; end > at && !same.length; end--) {
        const text = typed.slice(at, end).join(" ");
        same = groups.filter((group) => group.includes(text)).flat().filter((one) => HAN.test(text) || !HAN.test(one));
        if (same.length) length = end - at;
      }
      const text = typed.slice(at, at + length).join(" ");
      found.push([text, ...new Set(same.filter((one) => one !== text))]);
      at += length;
    }
    const weighty = found.filter(([text, ...same]) => same.length || !LITTLE.has(text));
    return weighty.length ? weighty : found;
  };

  // Entry -> [score, words found] of one alternative, all of whose words must be there.
  const lookUp = (mini, text, exact) => {
    const options = { combineWith: "AND", boost: BOOST, tokenize: (terms) => terms.split(" "),
      prefix: (term) => !exact && term.length > 2, weights: { prefix: 0.2, fuzzy: 0.2 } };
    let hits = mini.search(text, options);
    if (!hits.length && !exact && !text.includes(" ")) {
      const cut = text.replace(SUFFIX, "");
      if (cut.length > 3 && cut !== text) hits = mini.search(cut, options);
    }
    return hits;
  };

  // The entries that hold a concept: how well, and by which of the words.
  const holding = (book, alternatives, fuzzy) => {
    const best = new Map();
    alternatives.forEach((text, i) => {
      const hits = fuzzy ? book.mini.search(text, { boost: BOOST, fuzzy: 0.25, tokenize: (t) => t.split(" ") }) : lookUp(book.mini, text, i > 0);
      hits.forEach((hit) => {
        const score = hit.score * (i ? SYNONYM : 1), known = best.get(hit.id);
        const terms = new Set([...(known ? known.terms : []), ...hit.terms]);
        best.set(hit.id, { score: Math.max(score, known ? known.score : 0), terms });
      });
    });
    return best;
  };

  const says = (title, name) => ` ${title} `.includes(` ${name} `);

  // How far the names of an entry are what was asked for, from 0 to 1: a heading that says just
  // this, as it was typed or in other words; then what a page is called; then a page with a name
  // that answers much of the question, a rare word of it weighing more than a common one.
  const named = (entry, known, { whole, names, answers }) => {
    const title = words(entry.title).join(" ");
    if (title === whole) return 1;
    if (names.has(title)) return 0.6;
    if (entry.kind !== "page") return 0;
    if (says(title, whole)) return 0.55;
    if (known.includes(whole)) return 0.5;
    if (known.some((name) => names.has(name)) || [...names].some((name) => says(title, name))) return 0.3;
    if (says(whole, title)) return 0.2;
    return Math.max(0.3 * answers(title) ** 2, ...known.map((name) => 0.25 * answers(name) ** 2));
  };

  const rank = (book, query, fuzzy = false) => {
    const asked = concepts(book, query), held = asked.map((alternatives) => holding(book, alternatives, fuzzy));
    const sums = new Map(), whole = words(query).join(" ");
    held.forEach((best, concept) => best.forEach(({ score, terms }, id) => {
      const sum = sums.get(id) || { score: 0, concepts: new Set(), terms: new Set() };
      sum.score += score;
      sum.concepts.add(concept);
      // Little words are found, in "grade 3 or higher", but marking them shows nothing.
      terms.forEach((term) => { if (!LITTLE.has(term) || terms.size === 1) sum.terms.add(term); });
      sums.set(id, sum);
    }));
    const rare = held.map((best) => best.size ? Math.log(1 + book.entries.length / best.size) : 0);
    const all = rare.reduce((sum, one) => sum + one, 0) || 1;
    const answers = (name) => rare.reduce((sum, one, i) => sum + (asked[i].some((text) => says(name, text)) ? one : 0), 0) / all;
    const sought = { whole, names: new Set(asked.length === 1 ? asked[0] : [whole]), answers };
    const called = book.index.pages.map((page) => page.called.map((name) => words(name).join(" ")));
    const pages = new Map();
    sums.forEach((sum, id) => {
      const entry = book.entries[id];
      let score = sum.score * KIND[entry.kind] * (sum.concepts.size / asked.length) ** 2;
      // The words as they were typed, side by side.
      if (whole.includes(" ")) score *= says(words(entry.title).join(" "), whole) ? 1.8 : words(entry.text).join(" ").includes(whole) ? 1.4 : 1;
      score += named(entry, entry.kind === "page" ? called[entry.order] : [], sought) * (TITLE[entry.kind] || TITLE.other);
      const page = pages.get(entry.order) || { ...book.index.pages[entry.order], order: entry.order, hits: [], concepts: new Set() };
      page.hits.push({ ...entry, score, terms: [...sum.terms] });
      sum.concepts.forEach((concept) => page.concepts.add(concept));
      pages.set(entry.order, page);
    });
    return [...pages.values()].map((page) => {
      page.hits.sort((a, b) => b.score - a.score || a.id - b.id);
      const rest = page.hits.slice(1, 5).reduce((sum, hit) => sum + hit.score, 0);
      // Who asks in Chinese reads Chinese.
      const own = HAN.test(query) && HAN.test(page.title) ? 0.2 * TITLE.page : 0;
      return { ...page, score: page.hits[0].score + 0.15 * rest + own };
    }).sort((a, b) => b.score - a.score || a.order - b.order);
  };

  root.reviewbookSearch = { begin, rank, concepts };
  if (typeof document === "undefined") return;

  const SNIPPET = 240;
  const FIRST = 10;  // pages that are shown; more are folded
  const form = document.querySelector(".rb-search-page"), list = document.getElementById("search-results");
  const said = document.getElementById("search-progress");
  if (!form || !list) return;
  const make = (name, className, ...children) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.append(...children);
    return element;
  };

  // The stretch of the text that holds most of the words.
  const snippet = (text, wanted) => {
    if (text.length <= SNIPPET) return text;
    const places = [];
    root.reviewbookWords.pieces(text, wanted).reduce((at, [piece, hit]) => {
      if (hit) places.push(at);
      return at + piece.length;
    }, 0);
    const inside = (from) => places.filter((at) => at >= from && at < from + SNIPPET - 40).length;
    const best = places.reduce((a, b) => (inside(b) > inside(a) ? b : a), places[0] || 0);
    const from = best < 60 ? 0 : text.indexOf(" ", best - 60) + 1;
    const to = text.lastIndexOf(" ", from + SNIPPET);
    return (from ? "… " : "") + text.slice(from, to > from ? to : from + SNIPPET) + (to < text.length ? " …" : "");
  };

  const link = (page, hit, text, wanted) => {
    const marks = hit.terms.length ? `?highlight=${hit.terms.map(encodeURIComponent).join("+")}` : "";
    const a = make("a", "", marked(text, wanted));
    a.href = `${page.address}.html${marks}${hit.anchor ? `#${encodeURIComponent(hit.anchor)}` : ""}`;
    return a;
  };

  const counted = (n) => `${n} ${n === 1 ? "page holds" : "pages hold"}`;

  // What the pages hold of the question, so that a list never promises a word that no page has.
  const told = (asked, pages, query) => {
    const whole = pages.filter((page) => page.concepts.size === asked.length).length, rest = pages.length - whole;
    // Parts that stand on one page need not stand together.
    const parts = asked.length > 1 ? "each part of " : "";
    if (whole) return `${counted(whole)} ${parts}“${query}” or what means the same${rest ? `; ${counted(rest)} some of it` : ""}.`;
    const missing = asked.filter((_, i) => !pages.some((page) => page.concepts.has(i))).map(([text]) => `“${text}”`);
    return missing.length ? `No page holds ${missing.join(" or ")}; ${counted(pages.length)} another part of “${query}”.`
      : `No page holds all of “${query}”; ${counted(pages.length)} some of it.`;
  };

  const show = (book, query) => {
    list.replaceChildren();
    said.textContent = "";
    if (!words(query).length) return;
    let pages = rank(book, query), lead = "";
    if (pages.length) {
      lead = told(concepts(book, query), pages, query);
    } else {
      pages = rank(book, query, true).slice(0, 5);
      lead = `No page holds “${query}”.` + (pages.length ? " A word that looks like it is on these pages:"
        : " The book may have nothing on it; try another word, a first author with the year, or the contents.");
    }
    said.textContent = lead;
    const items = pages.map((page) => {
      const best = page.hits[0], wanted = new Set(best.terms), item = make("li");
      const isTop = (hit) => hit.kind === "page" || hit.kind === "below", onTop = isTop(best);
      item.append(make("p", "rb-result-page", link(page, onTop ? best : { ...best, anchor: "" }, page.title, wanted),
        page.part ? make("span", "rb-result-part", page.part) : ""));
      if (onTop && best.text) item.append(make("p", "rb-result-text", marked(snippet(best.text, wanted), wanted)));
      const below = page.hits.filter((hit) => !isTop(hit) && hit.score > 0.25 * best.score).slice(0, 3);
      if (below.length) {
        item.append(make("ul", "", ...below.map((hit) => {
          const terms = new Set(hit.terms), entry = make("li", "", link(page, hit, hit.title, terms));
          if (hit.text) entry.append(make("p", "rb-result-text", marked(snippet(hit.text, terms), terms)));
          return entry;
        })));
      }
      return item;
    });
    if (!items.length) return;
    list.append(make("ol", "rb-results", ...items.slice(0, FIRST)));
    if (items.length === FIRST + 1) list.firstChild.append(items[FIRST]);
    if (items.length <= FIRST + 1) return;
    const rest = make("ol", "rb-results", ...items.slice(FIRST));
    rest.start = FIRST + 1;
    list.append(make("details", "rb-more-results", make("summary", "", `${items.length - FIRST} more pages`), rest));
  };

  let book = null;
  const field = form.querySelector("input");
  const answer = () => {
    const query = field.value.trim();
    book = book || begin(root.reviewbookIndex);
    show(book, query);
    const address = new URL(location.href);
    address.search = query ? `?q=${encodeURIComponent(query)}` : "";
    history.replaceState(null, "", address);
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); answer(); });
  field.value = new URLSearchParams(location.search).get("q") || "";
  if (field.value.trim()) answer();
  else field.focus();
})(typeof window === "undefined" ? globalThis : window);
