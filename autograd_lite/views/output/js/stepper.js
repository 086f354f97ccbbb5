// The stepper: moving through the steps, and what is shown beside the picture ---------------------

const modeTexts = () => ({
  watch: [say("Watch"), say("See each step with its numbers")],
  predict: [say("Predict first"), say("Work out each number before you see it")],
  nudge: [say("Nudge"), say("Change a leaf a little and compare with its gradient")],
  break: [say("Break it"), say("Make two well-known mistakes and see what they do")],
});
const speeds = () => [["slow", say("slow"), 2600], ["normal", say("normal"), 1400], ["fast", say("fast"), 500]];
const phaseTexts = () => ({ forward: say("Forward"), backward: say("Backward"), result: say("Result") });
const stepKeys = () => [
  ["→  PageDown", say("the next step")],
  ["←  PageUp", say("the step before")],
  ["Home  End", say("the start, the result")],
  [say("space"), say("plays and pauses")],
  ["↑ ↓", say("from card to card; Enter keeps one in view")],
];

const REST = 600; // ms
const LONG = 60; // lines of a step

class Stepper {
  constructor(payload, stage, signal) {
    const { el, graph } = stage;
    Object.assign(this, { payload, el, graph, stage, keys: stepKeys() });
    for (const run of payload.broken) run.steps = run.steps.map((step) => payload.steps[step] ?? step);
    for (const step of [...payload.steps, ...payload.broken.flatMap((run) => run.steps)]) step.lines = step.lines.map((line) => payload.lines[line] ?? line);
    this.position = payload.start;
    this.mode = "watch";
    this.asking = false;
    this.marks = [];
    this.broken = null;
    this.model = new Model(payload);
    this.rules = new Rules(this.model);
    this.faces = new Faces(payload, graph, this.model);
    this.pills = new Pills(stage);
    this.equations = new Equations(graph, payload);
    this.prediction = new Prediction();
    this.nudging = new Nudging(payload, this.model, () => this.update());
    this.live = new Live(payload, stage, this.model, () => this.renumber());
    this.build(signal);
    stage.onMove.push(() => this.faces.catchUp(stage.seeing));
    graph.onPick = (key) => this.mode === "nudge" && this.nudging.choose(key) && this.update();
    addEventListener("beforeprint", () => {
      this.list();
      this.faces.show(payload.steps, payload.steps.length);
    }, { signal });
    addEventListener("afterprint", () => this.update(), { signal });
    this.link = new Link(this, signal);
    const linked = this.link.place;
    if (linked != null) this.position = Math.min(linked, payload.steps.length);
    this.enter(payload.predict && linked == null ? "predict" : "watch");
  }

  get steps() {
    if (!this.broken) return this.payload.steps;
    this.broken.all ??= [...this.payload.steps.slice(0, this.payload.forward), ...this.broken.steps];
    return this.broken.all;
  }

  // A step with its numbers, and the reasons that go with them.
  told(step, broken = this.broken) {
    if (!step) return step;
    const read = this.model.reader(broken);
    const fill = (text) => withNumbers(text, read);
    const note = Array.isArray(step.note) ? step.note[this.model.run(broken).wrong === 1 ? 0 : 1] : step.note;
    return { ...step, note: note && fill(note), lines: step.lines.map((line) => this.toldLine(line, read, fill, broken)) };
  }

  toldLine(line, read, fill, broken) {
    const { right } = this.model;
    const told = { ...line, left: fill(line.left), result: fill(line.result) };
    const use = line.ask && /\x7fc(\d+)/.exec(line.result)?.[1]; // of an operand, by the chain rule
    if (line.ask) {
      const answer = use ? read("a", use) : marked(line.shown ?? line.result, read);
      told.shown = number(answer);
      told.answer = Number.isFinite(answer) ? answer : null;
    }
    if (use) told.factors = [number(read("p", use)), number(read("g", use))];
    told.rule = use ? this.rules.of(Number(use), line.rule, read) : "";
    if (line.leaf != null) {
      told.wrong = !nearlyEqual(read("s", line.leaf), right.s[line.leaf]);
      [told.more, told.total] = told.wrong ? [say("  ✗ wrong, it is"), number(right.s[line.leaf])] : ["  ✓", say("right")];
    } else if (line.total) {
      told.wrong = broken?.key === "assign" && marked(line.more, read) !== 0;
      [told.more, told.total] = [fill(line.more), fill(line.total)];
    }
    return told;
  }

  build(signal) {
    this.playing = null;
    this.playButton = iconButton("play", say("Play (space)"), () => this.toggle());
    this.time = new Timeline((place) => this.go(place), signal);
    this.count = make("span", { class: "agv-count" });
    this.speed = make("select", { "aria-label": say("Speed"), title: say("Speed"), onchange: () => this.playing && this.play() },
      ...speeds().map(([key, name, ms]) => make("option", { value: ms, selected: key === "normal" }, name)));
    const bar = make("div", { class: "agv-controls" },
      make("div", { class: "agv-buttons" },
        iconButton("back", say("Back (left arrow)"), () => this.back()),
        this.playButton,
        iconButton("forward", say("Forward (right arrow)"), () => this.next())),
      this.time.node, this.count, this.speed);
    this.modes = Object.entries(modeTexts()).map(([mode, [name, title]]) =>
      make("button", { type: "button", class: "agv-mode", title, "data-mode": mode, "aria-pressed": "false", onclick: () => this.enter(mode) }, name));
    if (!this.mistakes.length) {
      const button = this.modes.find(({ dataset }) => dataset.mode === "break");
      button.disabled = true;
      button.title = this.payload.unbroken ?? this.payload.broken.map((run) => run.why).join(" ");
    }
    this.stage.head.append(make("div", { class: "agv-modes", role: "group", "aria-label": say("Mode") }, ...this.modes));
    this.stage.head.lastChild.append(this.live.button);
    this.all = this.el.querySelector(":scope > .agv-all");
    if (this.all) this.stage.head.append(this.listButton());
    this.extra = make("div", { class: "agv-extra" });
    this.said = make("div", { class: "agv-said", role: "status", "aria-live": "polite" });
    this.stage.body.classList.add("agv-step");
    this.stage.body.append(make("div", { class: "agv-side" }, this.extra, this.said, this.live.node), bar);
  }

  // The button that shows all steps as text, below the stage.
  listButton() {
    this.all.classList.add("agv-closed");
    const button = make("button", {
      type: "button", class: "agv-mode agv-list", "aria-expanded": "false",
      onclick: () => {
        const closed = this.all.classList.toggle("agv-closed");
        button.setAttribute("aria-expanded", String(!closed));
        if (!closed) this.list();
        if (!closed) this.all.scrollIntoView({ block: "start" });
      },
    }, say("All steps"));
    return button;
  }

  // All steps with the numbers of now.
  list() {
    if (!this.all || this.listed === this.model.right) return;
    if (!this.listed && !this.model.changed) return; // as the page has them
    this.listed = this.model.right;
    this.all.querySelector("ol").replaceChildren(...this.payload.steps.map((each) => {
      const step = this.told(each, null);
      const lines = step.lines.map((line) => make("code", {}, textOf(line), ...(line.rule ? [" ", make("i", {}, line.rule)] : [])));
      return make("li", {}, make("b", {}, step.title), step.note && say(": ") + step.note, ...lines);
    }));
  }

  remove() {
    clearInterval(this.playing);
    clearTimeout(this.rest);
    this.pills.layer.remove();
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
    if (this.asking) this.reveal([]);
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
    this.playButton.setAttribute("aria-label", say("Pause (space)"));
  }

  pause() {
    if (!this.playing) return;
    clearInterval(this.playing);
    this.playing = null;
    this.playButton.replaceChildren(icon("play"));
    this.playButton.setAttribute("aria-label", say("Play (space)"));
  }

  // Whether a key was one of the stepper's; PageDown and PageUp are what presenters send.
  key(event) {
    const act = {
      ArrowRight: () => this.next(), PageDown: () => this.next(),
      ArrowLeft: () => this.back(), PageUp: () => this.back(),
      Home: () => this.go(0), End: () => this.go(this.steps.length),
      " ": () => this.toggle(),
    }[event.key];
    act?.();
    return Boolean(act) || this.live.key(event);
  }

  // Modes ----------------------------------------------------------------------------------------

  enter(mode) {
    this.pause();
    this.mode = mode;
    for (const button of this.modes) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    this.broken = null;
    this.marks = [];
    this.prediction = new Prediction();
    this.asking = mode === "predict";
    if (this.asking && this.position >= this.steps.length) this.position = this.payload.start;
    if (mode === "break") this.breakIt(this.mistakes[0]?.key);
    else this.update();
  }

  // Those that go wrong here.
  get mistakes() {
    return this.payload.broken.filter((run) => run.steps.length);
  }

  breakIt(key) {
    this.broken = this.payload.broken.find((run) => run.key === key && run.steps.length) ?? null;
    this.choice = key;
    this.position = this.payload.forward;
    this.update();
  }

  // "Predict first": the step that was asked for, with the marks of the answers.
  reveal(marks) {
    this.marks = marks;
    this.position += 1;
    this.asking = false;
    this.update();
    this.said.querySelector(".agv-main")?.focus({ preventScroll: true });
  }

  // Showing --------------------------------------------------------------------------------------

  update() {
    clearTimeout(this.rest);
    const { steps } = this;
    const nudging = this.mode === "nudge";
    this.live.ask(this.asking);
    const end = nudging ? steps.length : this.position;
    const subject = this.told(nudging ? null : this.asking ? steps[end] : steps[end - 1]);
    this.time.fill(steps, steps.map((step) => this.nameOf(step)));
    this.time.at(end, subject ? say("{place} of {all}: {title}", { place: end, all: steps.length, title: subject.title }) : end ? say("Result") : say("Start"));
    this.count.textContent = `${end} / ${steps.length}`;
    this.extra.replaceChildren();
    this.said.replaceChildren();
    this.said.scrollTop = 0;
    const cards = this.faces.show(steps, end, subject, this.broken);
    this.look(cards, end);
    this.program?.show(steps, end, subject);
    if (subject && !this.asking) this.pills.show(subject, cards);
    else this.pills.clear();
    this.graph.keep(null);
    this.link.note(this.mode === "watch" ? end : null);
    if (nudging) {
      const { leaf } = this.nudging;
      if (leaf) this.graph.cards.get(leaf.card)?.classList.add("agv-now");
      if (leaf) this.graph.keep(leaf.card);
      if (leaf) this.stage.follow([leaf.card]);
      return this.nudging.show(this.extra, this.said);
    }
    if (this.mode === "break") this.choices();
    this.tell(subject, end + (this.asking ? 1 : 0));
  }

  look(cards, position) {
    const { keys } = this.graph;
    if (cards.length) this.stage.follow(cards);
    else this.stage.follow([keys[position ? keys.length - 1 : 0]], true);
  }

  // Other numbers for the same step. What is out of sight can wait until they rest.
  renumber() {
    if (this.all && !this.all.classList.contains("agv-closed")) this.list();
    if (this.mode === "nudge" || this.asking) return this.update();
    const step = this.steps[this.position - 1], long = step?.lines.length > LONG;
    const lines = long && this.said.querySelector(".agv-lines");
    if (lines) this.renumberLines(step, lines);
    this.faces.renew(this.stage.seeing);
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      this.faces.catchUp(null);
      if (lines) this.retell();
    }, REST);
    if (!lines) this.retell();
  }

  // Of a long list those lines that are in sight.
  renumberLines(step, { children }) {
    const frame = this.said.getBoundingClientRect(), { top } = children[0].getBoundingClientRect();
    const high = (children[children.length - 1].getBoundingClientRect().bottom - top) / children.length;
    const first = Math.max(0, Math.floor((frame.top - top) / high) - 3);
    const told = this.told({ ...step, lines: step.lines.slice(first, Math.ceil((frame.bottom - top) / high) + 3) });
    told.lines.forEach((line, i) => children[first + i].replaceWith(this.equations.line(step, line, true)));
  }

  // The words of the same step anew.
  retell() {
    const end = this.position, subject = this.told(this.steps[end - 1]);
    if (subject) this.pills.renumber(subject);
    this.extra.replaceChildren();
    this.said.setAttribute("aria-live", "off"); // a leaf that is pulled says itself what it is
    this.said.replaceChildren();
    if (this.mode === "break") this.choices();
    this.tell(subject, end);
    this.said.setAttribute("aria-live", "polite");
  }

  // What stands under a tick of the timeline.
  nameOf(step) {
    if (step.phase === "result") return say("result");
    if (step === this.steps[this.payload.forward]) return say("seed");
    const { name } = this.graph.texts(step.card);
    return name.length > 9 ? `${name.slice(0, 8)}…` : name;
  }

  tell(step, place) {
    if (!step) {
      const { forward } = this.payload;
      this.said.append(this.place(say("Start"), ""),
        heading(say("Start"), forward
          ? say("the leaves have their numbers, nothing is computed yet. The right arrow key takes a step.")
          : say("one value and no operation")));
      return;
    }
    const asked = this.asking ? this.prediction.questions(step) : [];
    if (this.asking && !asked.length) {
      this.asking = false;
      this.position += 1;
      return this.update();
    }
    this.said.append(this.place(phaseTexts()[step.phase], say("step {place} of {all}", { place, all: this.steps.length })));
    const equation = step.phase === "forward" && step.lines[0]?.left.startsWith(step.title);
    if (!equation) this.said.append(heading(step.title, step.note));
    if (asked.length) {
      const form = this.prediction.form(step, asked, (marks) => this.reveal(marks));
      this.said.append(form);
      form.querySelector("input")?.focus({ preventScroll: true });
    } else this.said.append(this.equations.of(step, this.marks));
    if (this.mode === "predict") this.score(asked.length > 0);
  }

  place(phase, where) {
    return make("p", { class: "agv-place" }, make("b", {}, phase), where && ` · ${where}`);
  }

  score(asking) {
    const more = this.position < this.steps.length && !asking;
    this.said.append(make("p", { class: "agv-score" },
      more && make("button", { type: "button", class: "agv-mode agv-main", onclick: () => this.next() }, say("Next question")),
      this.prediction.score));
  }

  // "Break it": which mistake, and what it teaches.
  choices() {
    const { broken } = this.payload;
    const run = broken.find(({ key }) => key === this.choice) ?? broken[0];
    this.extra.append(
      make("div", { class: "agv-choices", role: "group", "aria-label": say("Mistake") },
        ...broken.map(({ key, name }) => make("button", { type: "button", class: "agv-mode", "aria-pressed": String(key === run.key), onclick: () => this.breakIt(key) }, name))),
      make("p", {}, run.why));
  }
}

KINDS.step = Stepper;

// A line as text.
function textOf({ left, result, more, total }) {
  return equal(`${left} ${result}${total ? `${more} ${total}` : ""}`);
}

function heading(title, note) {
  return make("p", { class: "agv-title" }, make("b", {}, title), note ? say(": ") + note : "");
}
