/* Pools any choice of cohorts by looking it up: subsets were pooled when the book was built, all of
   a few cohorts, of many those with a few left out.
   The data of an outcome is a script file, so that the page works from a disk as well. */
(() => {
  "use strict";
  const box = document.getElementById("explorer");
  if (!box) return;
  const form = box.querySelector("form");
  const find = (name) => box.querySelector(name);
  const list = find(".rb-explorer-cohorts"), result = find(".rb-explorer-result");
  const total = find(".rb-explorer-total"), copied = find(".rb-explorer-copied");
  const STEPS = 50000, NOTHING = 65535, COLUMNS = 4;
  const known = {};            // outcome -> data, once its file has arrived
  // What is left out is kept by cohort, so that it stays out when the outcome changes.
  const out = new Set();
  let data = null, wanted = null, remark = "";

  const numbers = (text) => {
    const raw = atob(text), view = new DataView(new ArrayBuffer(raw.length));
    for (let i = 0; i < raw.length; i++) view.setUint8(i, raw.charCodeAt(i));
    return Uint16Array.from({ length: raw.length / 2 }, (_, i) => view.getUint16(2 * i, true));
  };

  window.reviewbookExplorer = (arrived) => {
    known[arrived.id] = arrived;
    if (form.outcome.value === arrived.id) begin(arrived);
  };

  const load = (outcome) => {
    if (known[outcome]) return begin(known[outcome]);
    result.textContent = "Loading the pooled subsets…";
    const script = document.createElement("script");
    script.src = `${box.dataset.folder}/${outcome}.js`;
    script.onerror = () => {
      script.remove();  // so that choosing the outcome again tries again
      result.textContent = "The pooled subsets of this outcome could not be loaded.";
    };
    document.head.append(script);
  };

  const begin = (arrived) => {
    data = arrived;
    data.stored = data.stored || {};
    const ids = data.cohorts.map((cohort) => cohort.id);
    if (wanted) {
      out.clear();
      for (const id of ids) if (!wanted.includes(id)) out.add(id);
      const lost = wanted.filter((id) => !ids.includes(id)).length;
      if (lost) remark += ` ${lost} of the link's cohorts ${lost === 1 ? "is" : "are"} not in this edition.`;
      wanted = null;
    }
    rows();
    show();
  };
  const inside = () => data.cohorts.filter((cohort) => !out.has(cohort.id));

  const svg = (name, attributes, ...children) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const place = (share) => `${(100 * share).toFixed(2)}%`;
  const drawing = (height, ...children) =>
    svg("svg", { width: "100%", height, "aria-hidden": "true" }, ...children);
  const whisker = (low, high, colour, width = 1.4) =>
    svg("line", { x1: place(low), x2: place(high), y1: 12, y2: 12, stroke: `var(--rb-${colour})`, "stroke-width": width });

  // T-cell, n-6: a letter or digit is not left alone at a line end.
  const whole = (text) => text.split(/(?<![\w-])(\w+-\w|\w-\w+)(?![\w-])/).map((piece, i) => {
    if (i % 2 === 0) return piece;
    const kept = document.createElement("span");
    kept.className = "rb-whole";
    kept.textContent = piece;
    return kept;
  });

  const rows = () => {
    const most = Math.max(...data.cohorts.map((cohort) => cohort.total));
    list.replaceChildren(...data.cohorts.map((cohort) => {
      const row = document.createElement("li"), label = document.createElement("label");
      const tick = document.createElement("input"), counts = document.createElement("span");
      tick.type = "checkbox";
      tick.value = cohort.id;
      const name = document.createElement("span"), spoken = document.createElement("span");
      name.append(...whole(cohort.label));
      spoken.className = "rb-sr";
      spoken.textContent = ` (${cohort.events} of ${cohort.total})`;
      name.append(spoken);
      label.append(tick, name);
      counts.className = "rb-explorer-counts";
      counts.setAttribute("aria-hidden", "true");
      counts.textContent = `${cohort.events}/${cohort.total}`;
      // The area of the square is in proportion to the number of patients.
      const side = 3 + 9 * Math.sqrt(cohort.total / most);
      const square = svg("rect", { x: place(cohort.events / cohort.total), y: 12 - side / 2, width: side, height: side,
        transform: `translate(${-side / 2} 0)`, stroke: "var(--rb-ink)" });
      row.append(label, counts, drawing(24, whisker(cohort.low, cohort.high, "ink"), square));
      return row;
    }));
  };

  const stored = (recipe) => (data.stored[recipe] = data.stored[recipe] || numbers(data.results[recipe]));

  const choose = (n, m) => {
    let ways = 1;
    for (let i = 0; i < m; i++) ways = (ways * (n - i)) / (i + 1);
    return Math.round(ways);
  };
  // The place of a choice among those stored, by the positions left out, in ascending order: the
  // bits of all subsets, or else the fewest left out first, and then in the order of a dictionary.
  const place_of = (left) => {
    const k = data.cohorts.length;
    if (data.all_subsets) return left.reduce((bits, i) => bits - 2 ** i, 2 ** k - 1) - 1;
    let rank = 0, from = 0;
    for (let size = 0; size < left.length; size++) rank += choose(k, size);
    left.forEach((position, i) => {
      for (; from < position; from++) rank += choose(k - 1 - from, left.length - 1 - i);
      from = position + 1;
    });
    return rank;
  };
  const pooled = (left) => {
    if (left.length === data.cohorts.length) return null;
    if (left.length > data.most_left_out) return { estimate: NOTHING, beyond: true };
    const values = stored(form.recipe.value), count = values.length / COLUMNS, at = place_of(left);
    const [estimate, low, high, i2] = [0, 1, 2, 3].map((column) => values[column * count + at]);
    return { estimate, low, high, i2 };
  };

  const unticked = () => data.cohorts.flatMap((cohort, i) => (out.has(cohort.id) ? [i] : []));

  // Whole steps, so that halves round up without binary noise.
  const tenths = (steps) => Math.floor((steps * 1000) / STEPS + 0.5);
  const number = (steps) => (tenths(steps) / 10).toFixed(1);

  // How far the choice lies from all cohorts; nothing when it is all of them.
  const shift = (found) => {
    const all = pooled([]);
    if (inside().length === data.cohorts.length || all.estimate === NOTHING) return "";
    const difference = found.estimate - all.estimate, size = number(Math.abs(difference));
    // 84.4 is 1.2 more than 83.3 when it is 84.44 and 83.28: then say why.
    const seen = Math.abs(tenths(found.estimate) - tenths(all.estimate)), rounded = seen === tenths(Math.abs(difference));
    const by = size === "0.0" ? "no difference at this precision"
      : `${difference > 0 ? "+" : "−"}${size} percentage points${rounded ? "" : " before rounding"}`;
    return ` All ${data.cohorts.length} cohorts: ${number(all.estimate)}%; this choice: ${by}.`;
  };

  const words = (found) => {
    const cohorts = inside(), patients = cohorts.reduce((sum, cohort) => sum + cohort.total, 0);
    const who = `${cohorts.length} ${cohorts.length === 1 ? "cohort" : "cohorts"}, ${patients} patients`;
    if (!found) return ["No cohort is ticked.", "Tick at least one to see a pooled proportion."];
    if (found.beyond) return ["More cohorts are left out than this page can pool.", `${data.limit} The Python text pools any choice.`];
    if (found.estimate === NOTHING) return ["This recipe has no finite estimate for this choice.", `${who}.`];
    // One cohort cannot differ from another.
    const spread = cohorts.length > 1 ? `; I² ${number(found.i2)}%` : "";
    return [`${number(found.estimate)}% (95% CI ${number(found.low)} to ${number(found.high)})`,
      `${who}${spread}.${shift(found)}${data.printed.estimate === null ? "" : ` The article prints ${data.printed.text}.`}`];
  };

  const python = () => {
    const lines = inside().map((cohort) => `    ${JSON.stringify(cohort.id)}: (${cohort.events}, ${cohort.total}),`);
    const recipe = data.recipes.find((one) => one.id === form.recipe.value);
    return [...box.dataset.library.split("\n").map((text) => `# ${text}`),
      "from metaprop import Recipe, pool", "", "cohorts = {  # events, patients", ...lines, "}",
      "events, totals = zip(*cohorts.values())", `pooled = pool(events, totals, ${recipe.code})`,
      "print(pooled.proportion, pooled.i2)", ""].join("\n");
  };

  const line = (text, counts, drawn, extra = "") => {
    const row = document.createElement("div"), name = document.createElement("span"), middle = document.createElement("span");
    name.textContent = text;
    middle.className = "rb-explorer-counts";
    middle.textContent = counts;
    row.className = extra;
    row.append(name, middle, drawn);
    return row;
  };

  const show = () => {
    const found = pooled(unticked());
    for (const tick of list.querySelectorAll("input")) {
      const on = !out.has(tick.value), row = tick.closest("li");
      tick.checked = on;
      row.classList.toggle("rb-out", !on);
      row.querySelector("rect").setAttribute("fill", on ? "var(--rb-ink)" : "var(--rb-paper)");
      row.querySelector("line").setAttribute("stroke", on ? "var(--rb-ink)" : "var(--rb-muted)");
    }
    const [first, second] = words(found), strong = document.createElement("strong"), rest = document.createElement("span");
    strong.textContent = first;
    rest.textContent = second + remark;
    remark = "";
    result.replaceChildren(strong, rest);
    const ours = [];
    if (found && found.estimate !== NOTHING) {
      const [low, middle, high] = [found.low, found.estimate, found.high].map((steps) => steps / STEPS);
      const span = Math.max(high - low, 0.004), peak = (100 * (middle - low)) / span;
      ours.push(svg("svg", { x: place(low), y: 4, width: place(span), height: 16, viewBox: "0 0 100 16", preserveAspectRatio: "none" },
        svg("polygon", { points: `0,8 ${peak.toFixed(1)},0 100,8 ${peak.toFixed(1)},16`, fill: "var(--rb-accent)" })));
    }
    const printed = data.printed, grey = [];
    if (printed.estimate !== null) {
      if (printed.low !== null) grey.push(whisker(printed.low, printed.high, "printed", 3));
      grey.push(svg("rect", { x: place(printed.estimate), y: 6, width: 5, height: 12, transform: "translate(-2.5 0)", fill: "var(--rb-printed)" }));
    }
    const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
      svg("line", { x1: place(share), x2: place(share), y1: 0, y2: 6, stroke: "var(--rb-muted)" }),
      svg("text", { x: place(share), y: 20, "text-anchor": "middle" }, `${100 * share}${share === 1 ? "%" : ""}`)]);
    const base = svg("line", { x1: 0, x2: "100%", y1: 0.5, y2: 0.5, stroke: "var(--rb-muted)" });
    total.replaceChildren(line("Pooled, as ticked", "", drawing(24, ...ours)),
      line("The article prints", "", drawing(24, ...grey)), line("", "", drawing(26, base, ...ticks), "rb-axis"));
    const recipe = data.recipes.find((one) => one.id === form.recipe.value);
    find(".rb-explorer-sentence").textContent = recipe.sentence;
    find(".rb-explorer-recipe").textContent = recipe.label;
    find(".rb-explorer-python").textContent = found ? python() : "";
    copied.textContent = "";
    keep();
  };

  // The choice stands in the query of the address: a link within the page changes the rest alone.
  const address = (anchor) => {
    const url = new URL(location.href), ids = inside().map((cohort) => cohort.id);
    url.search = `?outcome=${form.outcome.value}&recipe=${form.recipe.value}&cohorts=${ids.join(",")}`;
    url.hash = anchor;
    return url.href;
  };
  const keep = () => history.replaceState(null, "", address(asked(location.hash) ? "" : location.hash));

  // A choice in the query, or where links of the first edition have it: behind the "#".
  const asked = (text) => {
    const choice = new URLSearchParams(text.slice(1));
    return choice.has("outcome") ? choice : null;
  };
  const follow = () => {
    const choice = asked(location.hash) || asked(location.search);
    if (!choice) return false;
    const has = (select, value) => [...select.options].some((option) => option.value === value);
    const named = (what) => ` The link's ${what} is not in this edition; the first on the list is shown.`;
    if (has(form.recipe, choice.get("recipe"))) form.recipe.value = choice.get("recipe");
    else if (choice.has("recipe")) remark += named("recipe");
    if (!has(form.outcome, choice.get("outcome"))) {
      remark += named("outcome");
      return false;
    }
    form.outcome.value = choice.get("outcome");
    if (choice.has("cohorts")) wanted = choice.get("cohorts").split(",").filter(Boolean);
    load(form.outcome.value);
    return true;
  };

  const copy = async (text, said) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {  // no permission: the older way, which needs a selected field
      const field = document.createElement("textarea");
      field.value = text;
      form.append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      if (!done) said = "Copying is not allowed here; the text stands below.";
    }
    copied.textContent = said;
  };

  list.addEventListener("change", (event) => {
    out[event.target.checked ? "delete" : "add"](event.target.value);
    show();
  });
  form.outcome.addEventListener("change", () => load(form.outcome.value));
  form.recipe.addEventListener("change", () => data && show());
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("click", (event) => {
    const action = event.target.dataset && event.target.dataset.do;
    if (!action || !data) return;
    const ids = data.cohorts.map((cohort) => cohort.id);
    if (action === "link") return void copy(address("explorer"), "Link copied.");
    if (action === "python") {
      if (inside().length) return void copy(python(), "Python copied.");
      return void (copied.textContent = "Nothing to copy: tick at least one cohort.");
    }
    for (const id of ids) {
      if (action === "none" || (action === "swap" && !out.has(id))) out.add(id);
      else out.delete(id);
    }
    show();
  });
  addEventListener("hashchange", () => { if (asked(location.hash) && !follow() && data) show(); });
  form.hidden = false;
  if (!follow()) load(form.outcome.value);
})();
