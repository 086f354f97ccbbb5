// A playground: its parts, and the loop that trains in slices of a frame and paints. A page in the
// background gets no frames, so it does not train there.
const PLAY_SLICE = 9; // milliseconds of a frame that are for training, at the most

class PlayView {
  constructor(payload, el, signal) {
    Object.assign(this, { payload, el, signal, playing: false, picked: null, pointed: null, held: null, frame: 0, speed: 5, last: Infinity });
    el.playground = this;
    this.training = new PlayTraining(payload);
    this.bar = new PlayBar(this);
    this.words = new PlayWords(this);
    this.key = new PlayKey(this);
    this.side = make("div", { class: "agv-play-data" });
    this.main = make("div", { class: "agv-play-inside" });
    this.root = make("div", { class: "agv-play", tabindex: "-1" }, this.bar.element, this.words.top, this.side, this.main);
    el.querySelector(":scope > .agv-picture")?.remove();
    el.prepend(this.root);
    this.colors = new PlayColors(this.root);
    this.view = payload.shows === "plane" ? new PlayPlane(this) : payload.shows === "curve" ? new PlayCurve(this) : new PlaySamples(this);
    this.losses = new PlayLosses(this);
    this.net = payload.net && new PlayNet(this);
    this.place();
    this.listen();
    this.measure();
    this.paint();
    this.bar.tell();
    this.tell(true);
    if (document.body.matches(".agv-sole")) this.bar.readLink();
  }

  // The parts ---------------------------------------------------------------------------------------

  place() {
    const { payload, view, losses, net, words } = this, tests = payload.test.x.length > 0;
    const lines = make("ul", { class: "agv-play-lines" }, make("li", { class: "agv-play-train" }, tests ? say("loss in training") : say("loss")),
      tests && make("li", { class: "agv-play-test" }, say("loss in validation")), make("li", { class: "agv-play-batch" }, say("of each batch")));
    const frame = (canvas) => make("div", { class: "agv-play-frame" }, canvas);
    this.side.append(frame(view.canvas), this.key.element, frame(losses.canvas), lines);
    const none = () => make("p", { class: "agv-play-plain" }, say("This model is no net of units that can be drawn: its data and its losses are shown."));
    this.main.append(...(net ? [net.element, words.signs] : [none()]), words.note);
    this.numbers = this.el.querySelector(":scope > .agv-numbers"); // a page has them
    if (this.numbers) {
      this.numbers.open = false;
      this.table = new PlayTable(this);
    }
    if (!document.body.matches(".agv-sole")) return;
    document.body.classList.add("agv-alive");
    this.el.classList.add("agv-whole");
    this.title = document.querySelector("main > h1");
    if (this.title) words.top.append(this.title);
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
      plane.addEventListener("blur", () => this.leaveCross(), { signal });
    }
    this.giveBack(signal);
    const target = document.body.matches(".agv-sole") ? document : this.root; // the only view needs no click
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
  }

  // What was clicked lets go of the focus, so that keys mean what the words say. A reader who works by
  // keys alone keeps it: then a click has no count, and a choice no pointer.
  giveBack(signal) {
    const { root } = this, on = (kind, act) => root.addEventListener(kind, act, { signal });
    const back = () => root.focus({ preventScroll: true });
    let byPointer = false;
    on("pointerdown", () => { byPointer = true; });
    on("keydown", () => { byPointer = false; });
    on("change", () => byPointer && back());
    on("click", ({ detail, target }) => detail && !target.closest("select, label") && back());
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
      this.words.where(view.cross);
      this.paint();
    } else if (event.key === "Enter" && view.cross) this.touch(...view.place(view.cross));
    else return;
    event.preventDefault();
  }

  leaveCross() {
    if (!this.view.cross) return;
    this.view.cross = null;
    if (this.picked) this.words.about(this.picked, this.sampleOf(this.picked), this.flow());
    else this.words.hint();
    this.paint();
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
    this.bar.tell();
  }

  // What is done in one frame: some steps, or as many as there is time for; then all is painted.
  slice() {
    const until = performance.now() + PLAY_SLICE;
    const { training, last } = this, most = last < Infinity ? 40 : this.speed;
    for (let k = 0; k < most && training.steps < last; k++) {
      if (!this.advance()) break;
      if (this.isDue()) this.measure(true);
      if (performance.now() > until) break;
    }
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
    this.tell(!this.playing);
  }

  // Whether the lines of the losses want a point, however long a measure takes: a training has some
  // dozens of them, and more at its beginning, where the loss falls fastest.
  isDue() {
    const { last, training: { steps } } = this;
    return steps - this.measured >= Math.ceil(last < Infinity ? last / 40 : Math.max(steps / 20, 10));
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
    this.measured = training.steps;
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
    if (this.net) this.words.mean();
  }

  tell(isAtRest = false) {
    this.words.tell();
    if (!isAtRest) return;
    if (this.payload.shows !== "samples") this.view.canvas.setAttribute("aria-label", this.words.label());
    if (!this.picked) this.words.hint();
    if (this.title) this.title.textContent = this.words.heading();
    if (this.numbers) this.table.tell();
  }

  // A sample ----------------------------------------------------------------------------------------

  touch(px, py) {
    const found = this.view.hit(px, py);
    if (found) return this.pick(found);
    const place = this.view.unplace(px, py), [x, label, y] = this.view.made(place, this.key.label);
    if (!y.length) return undefined;
    this.training.add(x, label, y);
    this.letGo(false);
    this.key.tell();
    this.measure(true);
    this.paint();
    return this.tell(true);
  }

  removeAdded() {
    this.training.removeAdded();
    this.letGo(false);
    this.key.tell();
    this.measure(true);
    this.paint();
    this.tell(true);
  }

  sampleOf(picked) {
    return picked && this.training[picked.kind][picked.i];
  }

  beside(step) {
    const { training, picked, payload: { shows } } = this;
    const kind = picked?.kind ?? (shows === "samples" && training.test.length ? "test" : "train"), { length } = training[kind];
    this.pick({ kind, i: ((picked ? picked.i + step : step > 0 ? 0 : -1) + length) % length });
  }

  pick(picked) {
    this.play(false);
    this.picked = picked;
    this.words.about(picked, this.sampleOf(picked), this.flow());
    this.paint();
    this.net?.run();
  }

  letGo(paint = true) {
    if (!this.picked) return;
    this.picked = null;
    this.net?.halt();
    this.words.hint();
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
}

MOUNTS.play = (payload, el, model, signal) => {
  const view = new PlayView(payload, el, signal);
  return () => view.remove();
};
