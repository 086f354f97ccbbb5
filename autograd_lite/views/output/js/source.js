// The program beside the graph: the line that makes a value is lit when its step comes -------------
//
// A row is a line of the program; `made` says for each card which characters of which rows made it.
// Pointing at a row, or moving to it with ↑ ↓, lights its cards; a click or Enter goes to its step.

class Program {
  constructor({ program, cards, forward = 0 }, stage, part, signal) {
    Object.assign(this, { stage, part, made: program.made, forward });
    this.cards = new Map(); // by row, in the order of the graph
    for (const key of cards)
      for (const [row] of this.made[key] ?? [])
        if (this.cards.get(row)?.at(-1) !== key) this.cards.set(row, [...(this.cards.get(row) ?? []), key]);
    this.rows = [];
    this.list = make("div", { class: "agv-code" }, ...program.blocks.flatMap((block) => this.block(block)));
    this.node = make("div", { role: "region", class: "agv-program", "aria-label": say("The program") }, this.list);
    stage.el.querySelector(":scope > .agv-listing")?.classList.add("agv-closed");
    const side = stage.body.querySelector(":scope > .agv-side");
    (side ?? stage.body).prepend(this.node);
    (side ?? stage.body).classList.add("agv-programmed");
    if (!part) stage.settle();
    stage.keys.push([say("↑ ↓ in the program"), say("light the values of a line; Enter goes to its step")]);
    this.listen(signal);
    if (!part) return;
    part.program = this;
    part.update();
  }

  block({ title, rows, note }) {
    const lines = rows.map(([number, text]) => {
      const row = this.rows.length;
      const made = this.cards.has(row);
      const code = make("code", {}, text);
      code.style.setProperty("--in", `${text.search(/\S|$/)}ch`);
      const line = make("div", {
        class: `agv-row-of-code${made ? " agv-makes" : ""}`, "data-row": row, role: made ? "button" : null, tabindex: made ? "-1" : null,
      },
      make("span", { class: "agv-number", "aria-hidden": "true" }, number || ""),
      code, make("span", { class: "agv-times" }));
      this.rows.push({ line, text, code, times: line.lastChild });
      return line;
    });
    this.rows.find(({ line }) => line.matches(".agv-makes"))?.line.setAttribute("tabindex", "0");
    return [make("p", { class: "agv-file" }, title), ...lines, note && make("p", { class: "agv-file" }, note)].filter(Boolean);
  }

  listen(signal) {
    const at = (event) => event.target.closest?.(".agv-makes")?.dataset.row ?? null;
    const on = (node, kind, act) => node.addEventListener(kind, act, { signal });
    on(this.list, "pointerover", (event) => this.point(at(event)));
    on(this.list, "pointerleave", () => this.point(null));
    on(this.list, "focusin", (event) => event.target.matches(":focus-visible") && this.point(at(event)));
    on(this.list, "focusout", () => this.point(null));
    on(this.list, "click", (event) => this.go(at(event)));
    on(this.list, "keydown", (event) => this.key(event, at(event)));
    on(this.stage.picture, "pointerover", (event) => this.light(event.target.closest?.("[data-card]")?.dataset.card));
    on(this.stage.picture, "pointerleave", () => this.light(null));
  }

  key(event, row) {
    const move = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const rows = [...this.list.querySelectorAll(".agv-makes")];
    const place = rows.findIndex((line) => line.dataset.row === row);
    if (place < 0 || !(move || event.key === "Enter" || event.key === " ")) return;
    if (move) {
      const next = rows[Math.max(0, Math.min(rows.length - 1, place + move))];
      rows.forEach((line) => line.setAttribute("tabindex", line === next ? "0" : "-1"));
      next.focus();
    } else this.go(row);
    event.preventDefault();
    event.stopPropagation();
  }

  // To the next step of a row, or the first; without steps its first card is kept in view.
  go(row) {
    if (row == null) return;
    const keys = this.cards.get(Number(row));
    const { part, stage } = this;
    if (!part?.steps) {
      stage.graph.pin(keys[0]);
      return stage.reveal(keys);
    }
    const places = part.steps.flatMap((step, i) => (keys.includes(step.card) ? [i + 1] : []));
    const next = places.find((place) => place > part.position) ?? places[0];
    if (next != null) part.go(next);
  }

  // Light the cards of a row.
  point(row) {
    const keys = new Set(row == null ? [] : this.cards.get(Number(row)));
    this.stage.graph.cards.forEach((card, key) => card.classList.toggle("agv-lit", keys.has(key)));
    for (const { line } of this.rows) line.classList.toggle("agv-pointed", line.dataset.row === row);
  }

  // Light the rows of a card.
  light(key) {
    const rows = new Set((this.made[key] ?? []).map(([row]) => row));
    this.rows.forEach(({ line }, row) => line.classList.toggle("agv-pointed", rows.has(row)));
  }

  // The program as it stands after `end` steps, of which `subject` is the one that is shown.
  show(steps, end, subject) {
    const marks = (subject && this.made[subject.card]) ?? [];
    const here = new Map();
    for (const [row, from, to] of marks) here.set(row, [...(here.get(row) ?? []), [from, to]]);
    const now = marks.length ? marks[0][0] : null;
    const again = marks.length ? this.times(steps, end, subject) : null;
    this.rows.forEach(({ line, text, code, times }, row) => {
      const lit = here.get(row);
      if (!lit && !line.classList.contains("agv-running")) return;
      line.classList.toggle("agv-running", Boolean(lit));
      line.toggleAttribute("aria-current", Boolean(lit));
      if (lit) line.setAttribute("aria-current", "step");
      code.replaceChildren(...(lit ? withMarks(text, lit) : [text]));
      times.textContent = again && row === now ? `${again.place}/${again.all}` : "";
      if (times.textContent) times.title = say("time {place} of {all}", { place: again.place, all: again.all });
    });
    if (now != null) this.reveal(here.keys());
  }

  // Where the steps of this phase come by several times, as in a loop: the how manieth this one is.
  times(steps, end, subject) {
    const where = ({ phase, card }) => `${phase} ${this.made[card]}`;
    if (this.counted !== steps) {
      this.counted = steps;
      this.visits = new Map();
      steps.forEach((step, i) => {
        if (!this.visits.has(where(step))) this.visits.set(where(step), []);
        this.visits.get(where(step)).push(i);
      });
      this.list.classList.toggle("agv-again", [...this.visits.values()].some((same) => same.length > 1));
    }
    const same = this.visits.get(where(subject));
    const shown = end && where(steps[end - 1]) === where(subject) ? end : end + 1; // or asked for
    return same.length > 1 ? { place: same.filter((i) => i < shown).length, all: same.length } : null;
  }

  // The lit rows come into view, with a line around them; the page itself does not move.
  reveal(rows) {
    const { node, list } = this;
    const lines = [...rows].map((row) => this.rows[row].line);
    const top = Math.min(...lines.map((line) => line.offsetTop)), bottom = Math.max(...lines.map((line) => line.offsetTop + line.offsetHeight));
    const around = Math.min(parseFloat(getComputedStyle(list).lineHeight) || 0, Math.max(0, (node.clientHeight - (bottom - top)) / 2));
    if (top - around < node.scrollTop) node.scrollTop = top - around;
    else if (bottom + around > node.scrollTop + node.clientHeight) node.scrollTop = Math.min(top - around, bottom + around - node.clientHeight);
  }
}

// A text with parts of it marked.
function withMarks(text, spans) {
  const nodes = [];
  let at = 0;
  for (const [from, to] of spans.sort((one, other) => one[0] - other[0])) {
    if (to <= at) continue;
    nodes.push(text.slice(at, Math.max(at, from)), make("mark", {}, text.slice(Math.max(at, from), to)));
    at = to;
  }
  return [...nodes, text.slice(at)];
}
