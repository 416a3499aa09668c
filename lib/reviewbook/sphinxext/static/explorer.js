/* Pools any choice of cohorts by looking it up: all subsets were pooled when the book was built.
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
  let data = null, chosen = new Set(), wanted = null;

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
    let lost = 0;
    if (wanted) {
      chosen = new Set(wanted.filter((id) => ids.includes(id)));
      lost = wanted.length - chosen.size;
      wanted = null;
    } else chosen = new Set(ids);
    rows();
    show(lost);
  };

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

  const rows = () => {
    const most = Math.max(...data.cohorts.map((cohort) => cohort.total));
    list.replaceChildren(...data.cohorts.map((cohort) => {
      const row = document.createElement("li"), label = document.createElement("label");
      const tick = document.createElement("input"), counts = document.createElement("span");
      tick.type = "checkbox";
      tick.value = cohort.id;
      const name = document.createElement("span"), spoken = document.createElement("span");
      name.textContent = cohort.label;
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

  const pooled = () => {
    const bits = data.cohorts.reduce((sum, cohort, i) => sum + (chosen.has(cohort.id) ? 2 ** i : 0), 0);
    if (!bits) return null;
    const values = stored(form.recipe.value), count = values.length / COLUMNS;
    const [estimate, low, high, i2] = [0, 1, 2, 3].map((column) => values[column * count + bits - 1]);
    return { estimate, low, high, i2 };
  };

  // Whole steps, so that halves round up without binary noise.
  const tenths = (steps) => Math.floor((steps * 1000) / STEPS + 0.5);
  const number = (steps) => (tenths(steps) / 10).toFixed(1);

  const words = (found) => {
    const inside = data.cohorts.filter((cohort) => chosen.has(cohort.id));
    const patients = inside.reduce((sum, cohort) => sum + cohort.total, 0);
    const who = `${inside.length} ${inside.length === 1 ? "cohort" : "cohorts"}, ${patients} patients`;
    if (!found) return ["No cohort is ticked.", "Tick at least one to see a pooled proportion."];
    if (found.estimate === NOTHING) return ["This recipe has no finite estimate for this choice.", who];
    return [`${number(found.estimate)}% (95% CI ${number(found.low)} to ${number(found.high)})`,
      `${who}; ${inside.length > 1 ? `I² ${number(found.i2)}%` : "I² takes two cohorts"}. The article prints ${data.printed.text}.`];
  };

  const python = () => {
    const inside = data.cohorts.filter((cohort) => chosen.has(cohort.id));
    const lines = inside.map((cohort) => `    ${JSON.stringify(cohort.id)}: (${cohort.events}, ${cohort.total}),`);
    const recipe = data.recipes.find((one) => one.id === form.recipe.value);
    return ["from metaprop import Recipe, pool", "", "cohorts = {  # events, patients", ...lines, "}",
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

  const show = (lost = 0) => {
    const found = pooled();
    for (const tick of list.querySelectorAll("input")) {
      const on = chosen.has(tick.value), row = tick.closest("li");
      tick.checked = on;
      row.classList.toggle("rb-out", !on);
      row.querySelector("rect").setAttribute("fill", on ? "var(--rb-ink)" : "var(--rb-paper)");
      row.querySelector("line").setAttribute("stroke", on ? "var(--rb-ink)" : "var(--rb-muted)");
    }
    const [first, second] = words(found), strong = document.createElement("strong"), rest = document.createElement("span");
    strong.textContent = first;
    rest.textContent = lost ? `${second} ${lost} of the link's cohorts are not in this edition.` : second;
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
    find(".rb-explorer-sentence").textContent = data.recipes.find((one) => one.id === form.recipe.value).sentence;
    find(".rb-explorer-python").textContent = found ? python() : "";
    copied.textContent = "";
    history.replaceState(null, "", address());
  };

  const address = () => {
    const inside = data.cohorts.map((cohort) => cohort.id).filter((id) => chosen.has(id));
    return `#outcome=${form.outcome.value}&recipe=${form.recipe.value}&cohorts=${inside.join(",")}`;
  };

  const follow = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    const has = (select, value) => [...select.options].some((option) => option.value === value);
    if (has(form.recipe, asked.get("recipe"))) form.recipe.value = asked.get("recipe");
    if (!has(form.outcome, asked.get("outcome"))) return false;
    form.outcome.value = asked.get("outcome");
    if (asked.has("cohorts")) wanted = asked.get("cohorts").split(",").filter(Boolean);
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
    chosen[event.target.checked ? "add" : "delete"](event.target.value);
    show();
  });
  form.outcome.addEventListener("change", () => load(form.outcome.value));
  form.recipe.addEventListener("change", () => data && show());
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("click", (event) => {
    const action = event.target.dataset && event.target.dataset.do;
    if (!action || !data) return;
    const ids = data.cohorts.map((cohort) => cohort.id);
    if (action === "link") return void copy(location.href, "Link copied.");
    if (action === "python") return void copy(python(), "Python copied.");
    chosen = new Set(ids.filter((id) => action === "all" || (action === "swap" && !chosen.has(id))));
    show();
  });
  addEventListener("hashchange", follow);
  form.hidden = false;
  if (!follow()) load(form.outcome.value);
})();
