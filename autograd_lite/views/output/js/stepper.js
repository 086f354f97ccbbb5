// The stepper ------------------------------------------------------------------------------------

const MODES = {
  watch: ["Watch", "See each step with its numbers"],
  predict: ["Predict first", "Work out each number before you see it"],
  nudge: ["Nudge", "Change a leaf a little and compare with its gradient"],
  break: ["Break it", "Make two well-known mistakes and see what they do"],
};
const SPEEDS = [["slow", 2600], ["normal", 1400], ["fast", 500]];
const ASKED = 6; // at most so many numbers of one step are asked for
const TOLERANCE = 0.02; // three digits are shown, so a product of them may be off by so much

class Stepper {
  constructor(payload, stage, signal) {
    const { el, graph } = stage;
    Object.assign(this, { payload, el, graph, stage });
    this.position = payload.start;
    this.mode = "watch";
    this.asking = false;
    this.marks = [];
    this.right = this.asked = 0;
    this.broken = null;
    this.sign = 1;
    this.size = 2; // of the nudge: 0.01
    this.remember();
    this.build();
    graph.onPick = (key) => this.pick(key);
    el.addEventListener("keydown", (event) => this.key(event), { signal });
    addEventListener("beforeprint", () => this.show(this.payload.steps, this.payload.steps.length), { signal });
    addEventListener("afterprint", () => this.update(), { signal });
    this.enter(payload.predict ? "predict" : "watch");
  }

  get steps() {
    const { steps, forward } = this.payload;
    return this.broken ? [...steps.slice(0, forward), ...this.broken.steps] : steps;
  }

  // What a card or line looks like at the end, to be able to go back to it.
  remember() {
    this.parts = new Map();
    this.graph.cards.forEach((card, key) => {
      const part = (name) => card.querySelector(`[data-part="${name}"]`);
      this.parts.set(key, {
        card,
        band: part("band"),
        text: part("gradient-text"),
        group: card.dataset.kind === "group",
        lines: [...card.querySelectorAll('[data-part="line"]')].map((line) => [line, line.textContent]),
        leaf: card.dataset.kind === "leaf",
        data: part("data")?.textContent ?? "",
      });
    });
  }

  build() {
    const button = (name, label, act) =>
      make("button", { type: "button", class: "agv-icon", "aria-label": label, title: label, onclick: act }, icon(name));
    this.playing = null;
    this.playButton = button("play", "Play (space)", () => this.toggle());
    this.slider = make("input", {
      type: "range", min: 0, "aria-label": "Step",
      oninput: () => this.go(Number(this.slider.value)),
    });
    this.count = make("span", { class: "agv-count" });
    this.speed = make("select", { "aria-label": "Speed", title: "Speed", onchange: () => this.playing && this.play() },
      ...SPEEDS.map(([name, ms]) => make("option", { value: ms, selected: name === "normal" }, name)));
    const controls = make("div", { class: "agv-controls" },
      make("div", { class: "agv-buttons" },
        button("back", "Back (left arrow)", () => this.back()),
        this.playButton,
        button("forward", "Forward (right arrow)", () => this.next())),
      this.slider, this.count, this.speed);
    this.modes = Object.entries(MODES).map(([mode, [name, title]]) =>
      make("button", { type: "button", class: "agv-mode", title, "data-mode": mode, "aria-pressed": "false", onclick: () => this.enter(mode) }, name));
    this.all = this.el.querySelector(":scope > .agv-all");
    const list = this.all && make("button", {
      type: "button", class: "agv-mode agv-list", "aria-expanded": "false",
      onclick: (event) => {
        const closed = this.all.classList.toggle("agv-closed");
        event.currentTarget.setAttribute("aria-expanded", String(!closed));
      },
    }, "All steps");
    this.all?.classList.add("agv-closed");
    this.extra = make("div", { class: "agv-extra" });
    this.said = make("div", { class: "agv-said", role: "status", "aria-live": "polite" });
    const help = make("p", { class: "agv-help" }, "← → steps · ↑ ↓ cards · Enter keeps a card in view · space plays");
    const panel = make("div", { class: "agv-panel" }, controls,
      make("div", { class: "agv-modes", role: "group", "aria-label": "Mode" }, ...this.modes, list),
      this.extra, this.said, help);
    this.panel = panel;
    this.stage.frame.after(panel);
  }

  // Moving ---------------------------------------------------------------------------------------

  go(position) {
    this.pause();
    this.move(position);
  }

  move(position) {
    if (this.mode === "nudge") this.enter("watch");
    this.position = Math.max(0, Math.min(position, this.steps.length));
    this.asking = this.mode === "predict" && this.position < this.steps.length;
    this.marks = [];
    this.update();
  }

  next() {
    this.pause();
    if (this.asking) this.answer();
    else this.move(this.position + (this.mode === "predict" ? 0 : 1));
  }

  back() {
    this.go(this.position - (this.mode === "predict" && !this.asking ? 2 : 1));
  }

  toggle() {
    if (this.playing) return this.pause();
    if (this.mode !== "watch" && this.mode !== "break") this.enter("watch");
    if (this.position >= this.steps.length) this.move(0);
    this.play();
  }

  play() {
    clearInterval(this.playing);
    this.playing = setInterval(() => {
      if (this.position >= this.steps.length) this.pause();
      else this.move(this.position + 1);
    }, Number(this.speed.value));
    this.playButton.replaceChildren(icon("pause"));
    this.playButton.setAttribute("aria-label", "Pause (space)");
  }

  pause() {
    if (!this.playing) return;
    clearInterval(this.playing);
    this.playing = null;
    this.playButton.replaceChildren(icon("play"));
    this.playButton.setAttribute("aria-label", "Play (space)");
  }

  remove() {
    clearInterval(this.playing);
    this.panel.remove();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const { target } = event;
    if (target.matches("input, select, textarea")) return; // these have keys of their own
    if (event.key === " " && target.closest("button, [role=button]")) return;
    const act = {
      ArrowRight: () => this.next(),
      ArrowLeft: () => this.back(),
      Home: () => this.go(0),
      End: () => this.go(this.steps.length),
      " ": () => this.toggle(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  // Modes ----------------------------------------------------------------------------------------

  enter(mode) {
    this.pause();
    this.mode = mode;
    for (const button of this.modes) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    this.broken = null;
    this.marks = [];
    this.right = this.asked = 0;
    this.asking = mode === "predict";
    if (this.asking && this.position >= this.steps.length) this.position = this.payload.start;
    if (mode === "break") this.breakIt(this.payload.broken[0]?.key);
    else this.update();
  }

  breakIt(key) {
    this.broken = this.payload.broken.find((run) => run.key === key && run.steps.length) ?? null;
    this.choice = key;
    this.position = this.payload.forward;
    this.update();
  }

  pick(key) {
    if (this.mode !== "nudge" || !this.payload.nudge.leaves?.some((leaf) => leaf.card === key)) return;
    this.leaf = key;
    this.update();
  }

  // Showing --------------------------------------------------------------------------------------

  update() {
    const steps = this.steps;
    const end = this.mode === "nudge" ? steps.length : this.position;
    this.slider.max = steps.length;
    this.slider.value = end;
    const subject = this.asking ? steps[this.position] : steps[end - 1];
    this.slider.setAttribute("aria-valuetext", subject ? `${end} of ${steps.length}: ${subject.title}` : "Start");
    this.count.textContent = `${end} / ${steps.length}`;
    this.show(steps, end, this.mode === "nudge" ? null : subject);
    this.extra.replaceChildren();
    this.said.replaceChildren();
    this.graph.keep(null);
    if (this.mode === "nudge") return this.nudge();
    if (this.mode === "break") this.choices();
    this.tell(subject, this.position + (this.asking ? 1 : 0));
  }

  // The picture as it is after `position` steps; the cards of `subject` stand out.
  show(steps, position, subject = null) {
    const known = new Map();
    const carried = new Map();
    this.parts.forEach((part, key) => known.set(key, { data: part.leaf || !this.payload.forward }));
    for (const step of steps.slice(0, position)) {
      for (const set of step.sets) {
        const card = known.get(set.card);
        if (card) card[set.what] = set;
      }
      for (const edge of step.edges) carried.set(edge[0], edge);
    }
    this.parts.forEach((part, key) => this.showCard(part, key, known.get(key)));
    const flowing = new Set(subject?.phase === "backward" ? subject.edges.map(([edge]) => edge) : []);
    const receiving = new Set();
    this.graph.edges.forEach(([source, target], i) => {
      const backward = flowing.has(i);
      const forward = subject?.phase === "forward" && target === subject.card;
      if (backward) receiving.add(source);
      const line = this.graph.lines[i];
      this.showLine(line.querySelector("path"), carried.get(i));
      line.classList.toggle("agv-back", backward);
      line.classList.toggle("agv-forth", forward);
      this.graph.labels.get(i)?.classList.toggle("agv-unknown", !known.get(target)?.data);
    });
    this.parts.forEach((part, key) => {
      part.card.classList.toggle("agv-now", key === subject?.card);
      part.card.classList.toggle("agv-gets", receiving.has(key) && key !== subject?.card);
    });
    const { keys } = this.graph;
    if (subject?.card) this.stage.follow([subject.card, ...receiving]);
    else this.stage.follow([keys[position ? keys.length - 1 : 0]], true);
  }

  showCard(part, key, { data, gradient }) {
    part.card.classList.toggle("agv-no-data", !data);
    part.card.classList.toggle("agv-no-gradient", !gradient);
    for (const [line, text] of part.lines) line.textContent = gradient ? text : (data ? text : text.replace(/^output [^·]*·? ?/, "")).replace(/( · |^)[^·]*∂.*$/, "");
    let read = this.payload.titles[key] ?? "";
    if (data && !part.group) read += `; data ${part.data}`;
    if (gradient && !part.group) {
      const { sign, text, final, wrong } = gradient;
      const arrow = { positive: "▲ ", negative: "▼ " }[sign] ?? "";
      const shown = arrow + text + (wrong ? " ✗" : final ? "" : " …");
      if (part.text) part.text.textContent = shown;
      recolor(part.text, "f", sign === "neutral" ? "muted" : sign);
      recolor(part.band, "f", sign === "neutral" ? "zero-tint" : `${sign}-tint`);
      read += `; gradient ${shown.trim()}${final ? "" : " so far"}`;
    }
    part.card.classList.toggle("agv-partial", Boolean(gradient && !gradient.final));
    part.card.classList.toggle("agv-wrong", Boolean(gradient?.wrong));
    part.card.setAttribute("aria-label", read);
    const title = part.card.querySelector(":scope > title");
    if (title) title.textContent = read;
  }

  showLine(line, carried) {
    const [, sign, share] = carried ?? [0, "neutral", -1];
    recolor(line, "s", `${sign}-line`);
    line.setAttribute("stroke-width", share < 0 ? 1.4 : (1.2 + 3.8 * share).toFixed(1));
  }

  tell(step, place) {
    if (!step) {
      const { forward } = this.payload;
      this.said.append(heading("Start", forward ? "the leaves have their numbers, nothing is computed yet. The right arrow key takes a step." : "one value and no operation"));
      return;
    }
    const asked = this.asking ? step.lines.filter((line) => line.ask).slice(0, ASKED) : [];
    if (this.asking && !asked.length) this.asking = false, this.position += 1, this.update();
    else {
      const phase = step.phase === "result" ? "" : `${step.phase} · `;
      this.said.append(make("p", { class: "agv-place" }, `Step ${place} of ${this.steps.length} · ${phase}`.replace(/ · $/, "")),
        heading(step.title, asked.length && step.phase === "forward" ? "" : step.note));
      if (asked.length) this.ask(step, asked);
      else this.lines(step);
      if (this.mode === "predict") this.score(asked.length > 0);
    }
  }

  lines(step) {
    const list = make("div", { class: "agv-lines", ...(step.lines.length > 8 ? { tabindex: "0", role: "group", "aria-label": "Lines of this step" } : {}) });
    for (const [i, line] of step.lines.entries()) {
      const mark = this.marks[i];
      list.append(make("div", { class: `agv-line${line.wrong ? " agv-mistake" : ""}` },
        `${line.left} `, strong(line.result, line),
        line.total && make("span", { class: "agv-more" }, `${line.more} `, strong(line.total, line)),
        mark && make("span", { class: mark.ok ? "agv-ok" : "agv-off" }, mark.ok ? "  ✓ right" : `  ✗ you said ${mark.said}`),
        line.rule && make("span", { class: "agv-rule" }, `   ${line.rule}`)));
    }
    this.said.append(list);
  }

  // Predict first --------------------------------------------------------------------------------

  ask(step, asked) {
    const rows = asked.map((line, i) => {
      const rule = line.left.replace(/ = [^=]*=$/, ""); // the rule without its numbers
      const id = `agv-answer-${i}-${Math.random().toString(36).slice(2)}`;
      return make("div", { class: "agv-line agv-question" },
        make("label", { for: id }, rule.includes("+=") ? `${rule}, so ${line.ask} = ` : `${rule} = `),
        make("input", { id, class: "agv-answer", autocomplete: "off", spellcheck: "false" }),
        line.rule && make("span", { class: "agv-rule" }, `   ${line.rule}`));
    });
    const form = make("form", { class: "agv-lines", onsubmit: (event) => { event.preventDefault(); this.answer(form, asked); } },
      ...rows,
      make("div", { class: "agv-buttons" },
        make("button", { type: "submit", class: "agv-mode agv-main" }, "Check"),
        make("button", { type: "button", class: "agv-mode", onclick: () => this.answer() }, "Show me")));
    this.said.append(form);
    form.querySelector("input")?.focus({ preventScroll: true });
  }

  answer(form = null, asked = []) {
    this.marks = [];
    if (form) {
      const lines = this.steps[this.position].lines;
      const inputs = [...form.querySelectorAll("input")];
      asked.forEach((line, i) => {
        const said = inputs[i].value.trim();
        const ok = agrees(said, line);
        this.marks[lines.indexOf(line)] = { ok, said: said || "nothing" };
        this.asked += 1;
        this.right += ok ? 1 : 0;
      });
    }
    this.position += 1;
    this.asking = false;
    this.update();
    this.said.querySelector(".agv-main")?.focus({ preventScroll: true });
  }

  score(asking) {
    const more = this.position < this.steps.length && !asking;
    this.said.append(make("p", { class: "agv-score" },
      more && make("button", { type: "button", class: "agv-mode agv-main", onclick: () => this.next() }, "Next question"),
      this.asked ? `${this.right} of ${this.asked} right so far` : ""));
  }

  // Nudge ----------------------------------------------------------------------------------------

  nudge() {
    const { leaves, why_not: why, result } = this.payload.nudge;
    if (!leaves?.length) {
      this.said.append(heading("Nudge", why ?? "there is no leaf of its own to nudge"));
      return;
    }
    const leaf = leaves.find(({ card }) => card === this.leaf) ?? leaves[this.payload.nudge.first];
    const { root } = this.payload;
    const sizes = leaf.rows.length / 2;
    const rows = leaf.rows.slice(this.sign > 0 ? 0 : sizes, this.sign > 0 ? sizes : 2 * sizes);
    const [h, moved, slope] = rows[this.size];
    this.graph.cards.get(leaf.card)?.classList.add("agv-now");
    this.graph.keep(leaf.card);
    const choose = make("select", { "aria-label": "Leaf", onchange: () => this.again("select", () => (this.leaf = choose.value)) },
      ...leaves.map(({ card, name, data }) => make("option", { value: card, selected: card === leaf.card }, `${name} = ${data}`)));
    const slide = make("input", {
      type: "range", min: 0, max: sizes - 1, value: this.size, "aria-label": "Size of h", "aria-valuetext": h,
      oninput: () => this.again("input", () => (this.size = Number(slide.value))),
    });
    const turn = make("button", { type: "button", class: "agv-mode", onclick: () => this.again("button", () => (this.sign = -this.sign)) }, this.sign > 0 ? "up ▲" : "down ▼");
    this.extra.append(make("div", { class: "agv-choices" }, make("span", {}, "Nudge"), choose, turn, make("span", {}, "by h ="), slide, make("b", { class: "agv-h" }, h)));
    const name = leaf.name;
    this.said.append(
      heading(`${name} becomes ${name} + h`, `${root} goes from ${result} to ${moved}`),
      make("div", { class: "agv-lines" }, make("div", { class: "agv-line" },
        `(${root}(${name}+h) − ${root}(${name})) ÷ h = `, make("b", {}, slope)),
      make("div", { class: "agv-line" }, `the gradient says  ∂${root}/∂${name} = `, make("b", {}, leaf.gradient))),
      make("div", { class: "agv-wide", tabindex: "0", role: "group", "aria-label": "All sizes of h" },
        make("table", {},
          make("thead", {}, make("tr", {}, ...["h", `${root}(${name}+h)`, "change ÷ h"].map((t) => make("th", { scope: "col" }, t)))),
          make("tbody", {}, ...rows.map((row, i) => make("tr", { class: i === this.size ? "agv-row" : null }, ...row.map((t) => make("td", {}, t)))))),
      ),
      make("p", { class: "agv-help" }, "The smaller h is, the closer the two come: the gradient is what is left when h goes to 0."));
  }

  again(tag, change) {
    change();
    this.update();
    this.extra.querySelector(tag)?.focus({ preventScroll: true });
  }

  // Break it -------------------------------------------------------------------------------------

  choices() {
    const { broken } = this.payload;
    if (!broken.length) {
      this.extra.append(make("p", {}, this.payload.unbroken));
      return;
    }
    const run = broken.find(({ key }) => key === this.choice) ?? broken[0];
    this.extra.append(
      make("div", { class: "agv-choices", role: "group", "aria-label": "Mistake" },
        ...broken.map(({ key, name }) => make("button", { type: "button", class: "agv-mode", "aria-pressed": String(key === run.key), onclick: () => this.breakIt(key) }, name))),
      make("p", {}, run.why));
  }
}

KINDS.step = Stepper;

function heading(title, note) {
  return make("p", { class: "agv-title" }, make("b", {}, title), note ? ` — ${note}` : "");
}

function strong(text, line) {
  const sign = line.answer == null ? "" : text.startsWith("−") ? "agv-negative" : text === "0" ? "" : "agv-positive";
  return make("b", { class: sign }, text);
}

// The colour of a part: the class for style sheets; an attribute with it would be outdone by them.
function recolor(node, kind, role) {
  if (!node) return;
  for (const name of [...node.classList]) if (name.startsWith(`ag-${kind}-`)) node.classList.remove(name);
  node.classList.add(`ag-${kind}-${role}`);
}

// Whether an answer as people type it, "-0,66" or "2/3", is the number asked for.
function agrees(said, { answer, shown }) {
  const text = said.replaceAll("−", "-").replace(",", ".").replace(/\s/g, "");
  if (answer == null) return text.toLowerCase().replace("infinity", "inf") === shown.replace("−", "-").replace("∞", "inf") || text === shown;
  const [top, bottom = "1"] = text.split("/");
  if (!text || top === "" || bottom === "") return false;
  const number = Number(top) / Number(bottom);
  return Math.abs(number - answer) <= TOLERANCE * Math.abs(answer) + 1e-12;
}
