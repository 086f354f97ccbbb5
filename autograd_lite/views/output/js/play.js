// A playground: the controls, and the loop that trains in slices of a frame and paints. A page in the
// background gets no frames, so it does not train there.
const PLAY_RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];
const PLAY_BATCHES = [1, 2, 5, 10, 20, 50, 100];
const PLAY_SPEEDS = [1, 5, 25, Infinity]; // steps in a frame
const PLAY_SLICE = 9; // milliseconds of a frame that are for training, at the most
class PlayView {
  constructor(payload, el, signal) {
    Object.assign(this, { payload, el, signal, playing: false, picked: null, pointed: null, held: null, frame: 0, label: Math.max(payload.classes.length - 1, 1) });
    el.playground = this;
    this.training = new PlayTraining(payload);
    this.build();
    this.colors = new PlayColors(this.root);
    this.view = payload.shows === "plane" ? new PlayPlane(this) : payload.shows === "curve" ? new PlayCurve(this) : new PlaySamples(this);
    this.losses = new PlayLosses(this);
    this.net = payload.net && new PlayNet(this);
    this.place();
    this.listen();
    this.speed = 5;
    this.measure();
    this.paint();
    this.tell();
    this.fromLink();
  }

  // The parts ---------------------------------------------------------------------------------------

  build() {
    const { training } = this;
    this.toggle = make("button", { type: "button", class: "agv-main agv-play-toggle", onclick: () => this.play(!this.playing) });
    const button = (words, act, title) => make("button", { type: "button", class: "agv-play-button", title, onclick: act }, words);
    const choice = (name, values, chosen, act, words = number) => {
      const sorted = values.includes(chosen) ? values : [...values, chosen].sort((a, b) => a - b);
      const list = make("select", { onchange: (event) => act(Number(event.target.value)) },
        ...sorted.map((value) => make("option", { value, selected: value === chosen }, words(value))));
      return [list, make("label", { class: "agv-play-option" }, make("span", {}, name), list)];
    };
    const speeds = [say("slow"), say("medium"), say("fast"), say("as fast as it can")];
    const sizes = PLAY_BATCHES.filter((size) => size < training.train.length);
    const [rate, rateLabel] = choice(say("learning rate"), PLAY_RATES, training.lr, (lr) => { training.lr = lr; });
    const [batch, batchLabel] = choice(say("batch size"), [...sizes, training.train.length], training.batch, (size) => { training.batch = size; training.order = []; },
      (size) => (size === training.train.length ? say("all {count}", { count: size }) : String(size)));
    const [noise, noiseLabel] = choice(say("noise"), [0, 0.1, 0.2, 0.3, 0.5], 0, (share) => this.setNoise(share), (share) => `${Math.round(100 * share)} %`);
    const [speed, speedLabel] = choice(say("speed"), PLAY_SPEEDS, 5, (steps) => { this.speed = steps; },
      (steps) => speeds[PLAY_SPEEDS.indexOf(steps)]);
    Object.assign(this, { rate, batch, noise, speedList: speed });
    this.bar = make("div", { class: "agv-play-bar" }, this.toggle,
      button(say("One step"), () => this.oneStep(), say("Move the parameters by one batch (key →)")),
      button(say("Reset"), () => this.reset(), say("The parameters as they were at the start (key r)")),
      rateLabel, batchLabel, noiseLabel, speedLabel,
      iconButton("screen", say("Full screen (f)"), () => this.fullScreen()));
    this.now = make("p", { class: "agv-play-now" });
    this.top = make("div", { class: "agv-play-top" }, this.now);
    this.note = make("div", { class: "agv-play-note", role: "status" });
    this.key = this.legend();
    this.side = make("div", { class: "agv-play-data" });
    this.main = make("div", { class: "agv-play-inside" });
    this.root = make("div", { class: "agv-play" }, this.bar, this.top, this.side, this.main);
    this.el.querySelector(":scope > .agv-picture")?.remove();
    this.el.prepend(this.root);
    this.numbers = this.el.querySelector(":scope > .agv-numbers"); // a page has them
    if (this.numbers) this.numbers.open = false;
  }

  place() {
    const { payload, view, losses, net } = this;
    const lines = make("ul", { class: "agv-play-lines" }, make("li", { class: "agv-play-train" }, payload.test.x.length ? say("loss in training") : say("loss")),
      ...(payload.test.x.length ? [make("li", { class: "agv-play-test" }, say("in the test"))] : []), make("li", { class: "agv-play-batch" }, say("of each batch")));
    this.side.append(make("div", { class: "agv-play-frame" }, view.canvas), this.key, make("div", { class: "agv-play-frame" }, losses.canvas), lines);
    const signs = make("ul", { class: "agv-play-signs" },
      make("li", { class: "agv-play-plus" }, say("blue: above 0")), make("li", { class: "agv-play-minus" }, say("orange: below 0")));
    this.meaning = make("li", {});
    signs.append(this.meaning);
    if (net) this.main.append(net.element, signs, this.note);
    else this.main.append(make("p", { class: "agv-play-plain" }, say("This model is no net of units that can be drawn: its data and its losses are shown.")), this.note);
  }

  // The classes with their signs; in a plane each is a button that says what a click adds.
  legend() {
    const { classes, shows } = this.payload;
    const list = make("div", { class: "agv-play-key", role: "group", "aria-label": say("What a click adds") });
    if (shows === "samples") return list;
    list.append(make("span", {}, shows === "curve" ? say("A click adds a sample.") : say("a click adds")));
    this.adds = [];
    const sign = (role, path) => drawn("svg", { viewBox: "-7 -7 14 14", "aria-hidden": "true", class: "agv-play-sign", style: `color:var(--ag-${role})` },
      path ? drawn("path", { d: path }) : drawn("circle", { r: 4.4 }));
    const add = (k, name, role, path, target) => {
      if (shows === "curve") return list.append(make("span", {}, sign(role, path), ` ${name}`));
      const button = make("button", { type: "button", class: "agv-play-button", disabled: !target.length, onclick: () => { this.label = k; this.tellAdds(); } }, sign(role, path), name);
      this.adds.push(button);
      return list.append(button);
    };
    const most = number(this.training.largest);
    if (classes.length) classes.forEach(([name, role, path, target], k) => add(k, name, role, path, target));
    else if (shows === "plane") [`−${most}`, most].forEach((name, k) => add(k, name, k ? "positive" : "negative", "", [0]));
    this.remove_ = make("button", { type: "button", class: "agv-play-button", hidden: true, onclick: () => this.removeAdded() }, say("Remove added"));
    list.append(this.remove_);
    if (this.payload.test.x.length) list.append(make("span", { class: "agv-play-hollow" }, say("hollow: to test with")));
    this.tellAdds();
    return list;
  }

  tellAdds() {
    this.adds?.forEach((button, k) => button.setAttribute("aria-pressed", String(k === this.label)));
    if (this.remove_) this.remove_.hidden = !this.training.train.some(({ isAdded }) => isAdded);
  }

  listen() {
    const { signal, view } = this, plane = view.canvas;
    if (this.payload.shows !== "samples") {
      plane.addEventListener("click", (event) => {
        const box = plane.getBoundingClientRect();
        view.cross = null;
        this.touch(event.clientX - box.left, event.clientY - box.top);
      }, { signal });
      plane.addEventListener("keydown", (event) => this.planeKey(event), { signal });
      plane.addEventListener("blur", () => { view.cross = null; this.paint(); }, { signal });
    }
    const sole = document.body.matches(".agv-sole");
    const target = sole ? document : this.root;
    target.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.target.closest?.("select, input, dialog")) return;
      if (this.keyed(event)) event.preventDefault();
    }, { signal });
    document.addEventListener("visibilitychange", () => document.hidden && this.playing && this.play(false), { signal });
    const again = () => { this.colors.forget(); this.paint(); };
    for (const query of ["(prefers-color-scheme: dark)", "print", "(forced-colors: active)"])
      matchMedia(query).addEventListener("change", again, { signal });
    addEventListener("beforeprint", () => {
      if (this.numbers) this.numbers.open = true;
      again();
    }, { signal });
    const themes = new MutationObserver(again);
    themes.observe(this.el, { attributes: true, attributeFilter: ["data-theme"] });
    const sizes = new ResizeObserver(() => this.paint());
    for (const part of [this.side, this.main]) sizes.observe(part);
    signal.addEventListener("abort", () => { themes.disconnect(); sizes.disconnect(); });
    if (sole) {
      document.body.classList.add("agv-alive");
      this.el.classList.add("agv-whole");
      const title = document.querySelector("main > h1");
      if (title) this.top.append(title);
    }
  }

  remove() {
    this.play(false);
    this.net?.halt();
    this.root.remove();
  }

  // Keys --------------------------------------------------------------------------------------------

  keyed({ key, ctrlKey, metaKey, altKey, target }) {
    if (ctrlKey || metaKey || altKey) return false;
    const onButton = target.closest?.("button, summary");
    if (key === " " && !onButton) this.play(!this.playing);
    else if (key === "ArrowRight" || key === "PageDown") this.oneStep();
    else if (key === "r") this.reset();
    else if (key === "n" || key === "p") this.beside(key === "n" ? 1 : -1);
    else if (key === "f") this.fullScreen();
    else if (key === "Escape") this.letGo();
    else return false;
    return true;
  }

  planeKey(event) {
    const { view } = this, step = event.shiftKey ? 4 : 16;
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (dx || dy) {
      const [x, y] = view.cross ? view.place(view.cross) : [view.width / 2, view.height / 2];
      view.cross = view.unplace(Math.max(0, Math.min(view.width, x + step * dx)), Math.max(0, Math.min(view.height, y + step * dy)));
      this.paint();
    } else if (event.key === "Enter" && view.cross) this.touch(...view.place(view.cross));
    else return;
    event.preventDefault();
  }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.el.requestFullscreen?.();
  }

  // Training ----------------------------------------------------------------------------------------

  // `last` is the number of the step after which it stops by itself.
  play(on, last = Infinity) {
    Object.assign(this, { playing: on, last });
    cancelAnimationFrame(this.request);
    if (on) {
      this.letGo();
      this.request = requestAnimationFrame(() => this.slice());
    } else this.tell(true);
    this.tellToggle();
  }

  tellToggle() {
    this.toggle.replaceChildren(icon(this.playing ? "pause" : "play"), this.playing ? say("Pause") : say("Train"));
    this.toggle.setAttribute("aria-pressed", String(this.playing));
  }

  // What is done in one frame: some steps, or as many as there is time for; then all is painted.
  slice() {
    const until = performance.now() + PLAY_SLICE;
    const { training, last } = this, most = last < Infinity ? 40 : this.speed;
    for (let k = 0; k < most && training.steps < last; k++)
      if (!this.advance() || performance.now() > until) break;
    this.measure(training.steps >= last);
    if (training.steps >= last) this.play(false);
    this.paint();
    this.tell();
    if (this.playing) this.request = requestAnimationFrame(() => this.slice());
  }

  advance() {
    const { training } = this, loss = training.once();
    if (loss == null) this.stop(say("Sample {number} takes another branch of the model’s program (an “if” that reads a Value) than the one in this page, so training stops here. Reset, or choose with where(condition, x, y) in the model.", { number: training.broken }));
    else if (!Number.isFinite(loss)) this.stop(say("The loss is no number any more: the learning rate is too large. Reset, and take a smaller one."));
    if (loss != null) this.losses.batches.add(training.steps, loss);
    return loss != null && Number.isFinite(loss);
  }

  stop(words) {
    this.trouble = words;
    if (this.playing) this.play(false);
  }

  oneStep() {
    if (this.playing) this.play(false);
    this.advance();
    this.measure(true);
    this.paint();
    this.tell(true);
  }

  reset() {
    this.play(false);
    this.trouble = null;
    const { lr } = this.training;
    this.training.reset();
    this.training.lr = lr;
    this.losses.reset();
    this.letGo();
    this.measure(true);
    this.paint();
    this.tell(true);
  }

  setNoise(share) {
    this.training.setNoise(share);
    this.measure(true);
    this.paint();
    this.tell();
  }

  // The losses of all samples: in each frame, but where there are many only now and then.
  measure(now = false) {
    const { training, losses } = this;
    if (!now && this.rest > 0) {
      this.rest -= 1;
      return;
    }
    const began = performance.now();
    this.state = { train: training.measure(training.train), test: training.test.length ? training.measure(training.test) : null };
    losses.train.add(training.steps, this.state.train.loss);
    if (this.state.test) losses.test.add(training.steps, this.state.test.loss);
    this.rest = Math.min(Math.floor((performance.now() - began) / 1.5), 60);
  }

  // Painting ----------------------------------------------------------------------------------------

  paint() {
    this.frame += 1;
    this.view.paint();
    this.net?.paint();
    this.losses.paint();
    this.tellMeaning();
  }

  tellMeaning() {
    if (this.net) this.meaning.textContent = this.means();
  }

  // What the widths of hairs mean now.
  means() {
    const name = this.pointed == null ? null : this.net.nameOf(this.pointed), { shows } = this.payload;
    if (name && shows === "plane") return say("the plane: what {name} makes of it", { name });
    if (name && shows === "curve") return say("dashed: what {name} makes of it", { name });
    if (!this.picked)
      return shows === "samples" ? say("width: the size of a weight; discs: what the first sample makes of them") : say("width: the size of a weight");
    return this.net.wave && !this.net.wave.isBack ? say("width: what a hair adds to the next sum") : say("width: what flows back; ▲ ▼ gradients");
  }

  tell(aloud = false) {
    const { training, state: { train, test }, payload: { classes } } = this;
    const part = (name, value) => [`${name} `, make("b", {}, value), "  "];
    const right = (share) => `${Math.round(100 * share)} %`;
    const epoch = training.epoch < 10 ? training.epoch.toFixed(1) : String(Math.round(training.epoch));
    this.now.replaceChildren(
      ...part(say("epoch"), epoch),
      ...part(test ? say("loss: training") : say("loss"), number(train.loss)), ...(test ? part(say("test"), number(test.loss)) : []),
      ...(classes.length ? part(test ? say("right: training") : say("right"), right(train.right)) : []), ...(classes.length && test ? part(say("test"), right(test.right)) : []));
    if (!aloud && this.told) return;
    this.told = true;
    this.tellToggle();
    if (this.payload.shows !== "samples") this.view.canvas.setAttribute("aria-label",
      say("{label}. After {steps} the loss is {loss}. Arrow keys move a cross, Enter adds a sample or picks one",
        { label: this.payload.label, steps: counted(training.steps, "step", "steps"), loss: number(train.loss) }));
    if (!this.picked) this.hint();
  }

  hint() {
    const words = this.trouble ?? (this.payload.shows === "samples"
      ? say("Press Train. Pick a sample: it runs through the net, and its gradient back.")
      : say("Press Train. Click a sample: it runs through the net, and its gradient back. Click an empty place: a sample is added there."));
    this.note.classList.toggle("agv-play-trouble", Boolean(this.trouble));
    this.note.replaceChildren(make("p", {}, words), this.browse(),
      make("p", { class: "agv-play-keys" }, say("Keys: space trains and pauses, → makes one step, r resets, n sends the next sample through the net.")));
  }

  // Buttons to the next sample, for the keyboard.
  browse() {
    const button = (words, act, name) => make("button", { type: "button", class: "agv-play-button", onclick: act, "aria-label": name }, words);
    return make("div", { class: "agv-play-browse" },
      button(say("‹ sample"), () => this.beside(-1), say("‹ sample before (p)")),
      button(say("sample ›"), () => this.beside(1), say("sample after › (n)")),
      this.picked && button(say("Let go"), () => this.letGo()));
  }

  // A sample ----------------------------------------------------------------------------------------

  touch(px, py) {
    const found = this.view.hit(px, py);
    if (found) return this.pick(found);
    const place = this.view.unplace(px, py), [x, label, y] = this.view.made(place, this.label);
    if (!y.length) return undefined;
    this.training.add(x, label, y);
    this.letGo(false);
    this.tellAdds();
    this.measure(true);
    this.paint();
    return this.tell(true);
  }

  removeAdded() {
    this.training.removeAdded();
    this.letGo(false);
    this.tellAdds();
    this.measure(true);
    this.paint();
    this.tell(true);
  }

  sampleOf(picked) {
    return picked && this.training[picked.kind][picked.i];
  }

  beside(step) {
    const { train } = this.training, at = this.picked?.kind === "train" ? this.picked.i + step : step > 0 ? 0 : train.length - 1;
    this.pick({ kind: "train", i: (at + train.length) % train.length });
  }

  pick(picked) {
    this.play(false);
    this.picked = picked;
    const sample = this.sampleOf(picked), flow = this.flow(), { classes } = this.payload;
    const outputs = flow.outputs.slice(0, 4).map((x) => number(x)).join(", ") + (flow.outputs.length > 4 ? ", …" : "");
    const said = [picked.kind === "test" ? say("Sample {number}, to test with: the model gives {outputs}.", { number: picked.i, outputs }) : say("Sample {number}: the model gives {outputs}.", { number: picked.i, outputs })];
    if (classes.length) {
      const shares = this.training.at(sample.x).slice(flow.outputs.length, flow.outputs.length + classes.length);
      const best = shares.indexOf(Math.max(...shares)), other = classes[best][0], own = classes[sample.label][0], share = Math.round(100 * shares[best]);
      said.push(best === sample.label ? say("It is taken for {own} ({share} %), and that is right.", { own, share }) : say("It is taken for {other} ({share} %), but it is {own}.", { other, share, own }));
    } else said.push(say("Wanted is {number}.", { number: number(sample.y[0]) }));
    said.push(say("Its loss is {loss}.", { loss: number(flow.loss) }));
    this.note.classList.remove("agv-play-trouble");
    this.note.replaceChildren(make("p", {}, said.join(say(" "))), this.browse());
    this.paint();
    this.net?.run();
  }

  letGo(paint = true) {
    if (!this.picked) return;
    this.picked = null;
    this.net?.halt();
    this.hint();
    if (paint) this.paint();
  }

  // The numbers of the sample that was picked, with the parameters as they are now.
  flow(sample = this.sampleOf(this.picked)) {
    return sample ? { ...this.training.through(sample), x: sample.x } : null;
  }

  // A unit that is pointed at; a click holds it.
  point(unit) {
    const wanted = unit ?? this.held;
    if (wanted === this.pointed) return;
    this.pointed = wanted;
    if (this.playing) this.tellMeaning();
    else this.paint();
  }

  hold(unit) {
    this.held = this.held === unit ? null : unit;
    this.point(unit);
  }

  // A link such as page.html#lr=0.03&batch=20&noise=0.2&steps=500 opens the page in that state.
  fromLink() {
    if (!document.body.matches(".agv-sole")) return;
    const wanted = new URLSearchParams(location.hash.slice(1)), { training } = this;
    const read = (name, least, most) => {
      const x = Number(wanted.get(name));
      return wanted.has(name) && x >= least && x <= most ? x : null;
    };
    const set = (list, value, act) => {
      if (value == null) return;
      if (![...list.options].some((option) => Number(option.value) === value)) list.append(make("option", { value }, number(value)));
      list.value = value;
      act(value);
    };
    set(this.rate, read("lr", 0, 1e3), (lr) => { training.lr = lr; });
    set(this.batch, read("batch", 1, training.train.length), (size) => { training.batch = Math.round(size); training.order = []; });
    set(this.noise, read("noise", 0, 1), (share) => this.setNoise(share));
    const last = Math.round(read("steps", 0, 1e6) ?? 0);
    if (last) this.play(true, last);
  }
}

MOUNTS.play = (payload, el, model, signal) => {
  const view = new PlayView(payload, el, signal);
  return () => view.remove();
};
