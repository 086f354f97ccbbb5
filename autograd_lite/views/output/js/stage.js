// The stage: a camera on the picture. Zoom, pan, fit, full screen, and an overview of the whole ----
//
// `stage.show(svg, payload)` puts a picture on the stage, fits it and gives its Graph; called again,
// another picture replaces the first. `stage.follow(keys)` brings cards into view. All places are in
// the units of the picture; `view` is the part of it that is seen: its left, its top, and how many
// pixels of the screen a unit has.

const READABLE = 0.8; // below this part of its size, text is too small, and the camera comes nearer
const RECOGNIZED = 0.42; // below this, cards are not even told apart
const NEAREST = 4;
const LARGEST = 1.9; // how much a small picture grows to fill its stage
const AROUND = 18; // units left free around a picture
const GLIDE = 320; // ms for the camera to move
const CORNERS = ["br", "tr", "bl", "tl"]; // where the overview may be, the best first
const OVERVIEW = 184; // its width in pixels
const OVERVIEW_CARDS = 1500; // a picture of more is drawn as an outline only

class Stage {
  constructor(el, model, signal) {
    Object.assign(this, { el, model, signal });
    this.view = { x: 0, y: 0, k: 1 };
    this.mode = "fit"; // or "follow" the cards of a step, or "free": moved by hand
    this.followed = [];
    this.onShow = []; // called with each picture's Graph
    this.picture = el.querySelector(":scope > .agv-picture") ?? make("div", { class: "agv-picture" });
    this.head = make("div", { class: "agv-head" });
    this.overview = drawn("svg", { class: "agv-overview", "aria-hidden": "true" });
    this.tools = make("div", { class: "agv-tools", role: "group", "aria-label": "Zoom" },
      iconButton("minus", "Smaller (−)", () => this.zoom(1 / 1.25)),
      iconButton("plus", "Larger (+)", () => this.zoom(1.25)),
      iconButton("fit", "The whole picture (0)", () => this.fit()),
      document.fullscreenEnabled && iconButton("screen", "Full screen (f)", () => this.fullScreen()));
    this.frame = make("div", { class: "agv-stage" }, this.picture, this.overview, this.tools);
    this.body = make("div", { class: "agv-body" }, this.head, this.frame);
    el.prepend(this.body);
    this.fillPage();
    this.listen();
  }

  // A page that is one view is its stage, with the title of the page above.
  fillPage() {
    this.sole = document.body.matches(".agv-sole");
    if (!this.sole) return;
    this.el.classList.add("agv-whole");
    document.body.classList.add("agv-alive");
    const title = document.querySelector("main > h1");
    if (title) this.head.prepend(title);
  }

  // A picture on the stage: SVG as text, or none for the one that the page has already.
  show(svg, payload) {
    this.shown?.abort();
    this.shown = new AbortController();
    this.signal.addEventListener("abort", () => this.shown.abort(), { signal: this.shown.signal });
    if (svg) this.picture.innerHTML = svg;
    this.svg = this.picture.querySelector("svg");
    const { width, height } = this.svg.viewBox.baseVal;
    this.size = { w: width, h: height };
    this.boxes = new Map();
    this.graph = new Graph(payload, this, this.shown.signal);
    this.body.style.setProperty("--agv-across", width);
    this.body.style.setProperty("--agv-down", height);
    this.overview.replaceChildren();
    this.mode = "fit";
    this.settle();
    for (const act of this.onShow) act(this.graph, payload);
    return this.graph;
  }

  // Back to the picture alone, as it was in the page.
  remove() {
    cancelAnimationFrame(this.gliding);
    this.whole();
    const title = this.head.querySelector("h1");
    if (title) this.el.closest("main").prepend(title);
    this.body.replaceWith(this.picture);
  }

  // Where the camera is --------------------------------------------------------------------------

  get room() {
    return { w: this.picture.clientWidth || 1, h: this.picture.clientHeight || 1 };
  }

  // How large the picture is where all of it is seen.
  get fitting() {
    const { w, h } = this.room;
    return Math.min(w / (this.size.w + 2), h / (this.size.h + 2), LARGEST);
  }

  // How large a unit is on a screen whose type has the usual size; larger where the type is.
  get unit() {
    return (parseFloat(getComputedStyle(this.el).fontSize) || 16) / 16;
  }

  get tiny() {
    return this.fitting < READABLE * this.unit;
  }

  look(view, glide = false) {
    const to = this.within(view);
    this.dodge(to);
    cancelAnimationFrame(this.gliding);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!glide || calm) return this.put(to);
    const from = this.view;
    const { w, h } = this.room;
    const start = performance.now();
    const middle = ({ x, y, k }) => [x + w / k / 2, y + h / k / 2];
    const [fromX, fromY] = middle(from), [toX, toY] = middle(to);
    const move = (now) => {
      const part = Math.max(0, Math.min(1, (now - start) / GLIDE)), done = 1 - (1 - part) ** 3;
      const k = from.k * (to.k / from.k) ** done;
      this.put({ k, x: fromX + (toX - fromX) * done - w / k / 2, y: fromY + (toY - fromY) * done - h / k / 2 });
      if (part < 1) this.gliding = requestAnimationFrame(move);
    };
    this.gliding = requestAnimationFrame(move);
  }

  put(view) {
    const { w, h } = this.room;
    this.view = view;
    this.svg.setAttribute("viewBox", [view.x, view.y, w / view.k, h / view.k].map((x) => x.toFixed(2)).join(" "));
    this.look_over();
  }

  // A view that does not leave the picture; what is smaller than the stage stands in its middle.
  within({ x, y, k }) {
    const { w, h } = this.room;
    const held = (at, seen, all) =>
      seen >= all ? (all - seen) / 2 : Math.max(-AROUND, Math.min(all + AROUND - seen, at));
    return { k, x: held(x, w / k, this.size.w), y: held(y, h / k, this.size.h) };
  }

  around(x, y, k) {
    const { w, h } = this.room;
    return { k, x: x - w / k / 2, y: y - h / k / 2 };
  }

  fit(glide = true) {
    this.mode = "fit";
    this.look(this.around(this.size.w / 2, this.size.h / 2, this.fitting), glide);
  }

  // What one sees first: all of it, or its beginning where all would be too small to tell apart.
  open() {
    if (this.fitting > RECOGNIZED * this.unit) return this.fit(false);
    this.look({ x: 0, y: 0, k: READABLE * this.unit });
  }

  // Larger or smaller, about a point of the screen or the middle.
  zoom(factor, at = null) {
    const { w, h } = this.room;
    const frame = this.picture.getBoundingClientRect();
    const [left, top] = at ? [at.x - frame.left, at.y - frame.top] : [w / 2, h / 2];
    const { x, y, k } = this.view;
    const least = Math.min(this.fitting, 1);
    const to = Math.max(least, Math.min(NEAREST, k * factor));
    if (to <= least && factor < 1) return this.fit(!at);
    this.mode = "free";
    this.look({ k: to, x: x + left / k - left / to, y: y + top / k - top / to }, !at);
  }

  pan(dx, dy) {
    const { x, y, k } = this.view;
    this.mode = "free";
    this.look({ k, x: x - dx / k, y: y - dy / k });
  }

  // Cards of one step: where the whole picture would be too small to read, the camera comes near
  // them; what was zoomed by hand stays so, and moves only as far as it must. `survey`: it is about
  // the whole picture, which is shown as long as its cards can be told apart.
  follow(keys, survey = false, glide = true) {
    this.followed = keys.filter((key) => this.graph.cards.has(key));
    this.survey = survey;
    if (this.mode === "free") return this.reveal(this.followed, glide);
    const far = survey ? this.fitting > RECOGNIZED * this.unit : !this.tiny;
    if (far || !this.followed.length) return this.fit(glide);
    this.mode = "follow";
    const { w, h } = this.room;
    const box = this.bounds(this.followed);
    const most = Math.min((w - 40) / (box.r - box.x), (h - 40) / (box.b - box.y));
    const k = Math.min(1.05 * this.unit, Math.max(0.6 * this.unit, most));
    const first = this.box(this.followed[0]);
    const fits = (low, high, room) => high - low <= room / k;
    const [x, y] = [
      fits(box.x, box.r, w) ? (box.x + box.r) / 2 : (first.x + first.r) / 2,
      fits(box.y, box.b, h) ? (box.y + box.b) / 2 : (first.y + first.b) / 2,
    ];
    this.look(this.around(x, y, k), glide);
  }

  // Move, and no further than needed, until these cards are seen, or at least the first.
  reveal(keys, glide = true) {
    if (!keys.length) return;
    const { x, y, k } = this.view;
    const { w, h } = this.room;
    const all = this.bounds(keys), first = this.box(keys[0]);
    const shift = (low, high, at, room) => {
      const [from, to] = all[high] - all[low] < room - 20 / k ? [all[low], all[high]] : [first[low], first[high]];
      const gap = Math.min(24 / k, Math.max(0, (room - (to - from)) / 2));
      return from - gap < at ? from - gap : to + gap > at + room ? to + gap - room : at;
    };
    const to = { k, x: shift("x", "r", x, w / k), y: shift("y", "b", y, h / k) };
    if (Math.abs(to.x - x) + Math.abs(to.y - y) > 0.5) this.look(to, glide);
  }

  // After the stage or the picture changed its size.
  settle() {
    if (this.mode === "fit" && !this.followed.length) this.open();
    else if (this.mode === "free") this.look(this.view);
    else this.follow(this.followed, this.survey, false);
  }

  // On paper, all of it.
  whole() {
    if (this.svg) this.svg.setAttribute("viewBox", `0 0 ${this.size.w} ${this.size.h}`);
  }

  // Where a card is, measured once; cards do not move in their picture.
  box(key) {
    if (!this.boxes.has(key)) {
      const card = this.graph.cards.get(key);
      const { left, top, right, bottom } = (card.querySelector('[data-part="box"]') ?? card).getBoundingClientRect();
      const { a: k = 1, e = 0, f = 0 } = this.svg.getScreenCTM() ?? {};
      const box = { x: (left - e) / k, y: (top - f) / k, r: (right - e) / k, b: (bottom - f) / k };
      if (right === left) return box; // not on the screen now
      this.boxes.set(key, box);
    }
    return this.boxes.get(key);
  }

  bounds(keys) {
    const boxes = keys.map((key) => this.box(key));
    const all = (name, pick) => pick(...boxes.map((box) => box[name]));
    return { x: all("x", Math.min), y: all("y", Math.min), r: all("r", Math.max), b: all("b", Math.max) };
  }

  // The overview ---------------------------------------------------------------------------------

  look_over() {
    const { x, y, k } = this.view;
    const { w, h } = this.room;
    const all = w / k >= this.size.w - 1 && h / k >= this.size.h - 1;
    this.overview.classList.toggle("agv-off", all);
    this.picture.classList.toggle("agv-near", !all);
    if (all) return;
    if (!this.overview.firstChild) this.outline();
    const seen = this.overview.lastChild;
    const [left, top] = [Math.max(0, x), Math.max(0, y)];
    seen.setAttribute("x", left);
    seen.setAttribute("y", top);
    seen.setAttribute("width", Math.max(0, Math.min(this.size.w, x + w / k) - left));
    seen.setAttribute("height", Math.max(0, Math.min(this.size.h, y + h / k) - top));
  }

  outline() {
    const { w, h } = this.size;
    const most = Math.min(OVERVIEW, this.room.w * 0.26);
    const wide = Math.min(most, (most * 0.6 * w) / h);
    this.overview.setAttribute("viewBox", `0 0 ${w} ${h}`);
    this.overview.style.width = `${Math.max(24, wide)}px`;
    this.overview.style.height = `${Math.max(24, (wide * h) / w)}px`;
    this.overview.append(drawn("rect", { class: "agv-paper", width: w, height: h }));
    if (this.graph.cards.size <= OVERVIEW_CARDS)
      for (const key of this.graph.cards.keys()) {
        const { x, y, r, b } = this.box(key);
        this.overview.append(drawn("rect", { class: "agv-spot", x, y, width: r - x, height: b - y }));
      }
    this.overview.append(drawn("rect", { class: "agv-seen" }));
  }

  // In the corner where it hides least of what the step is about.
  dodge({ x, y, k }) {
    const { w, h } = this.room;
    const boxes = this.followed.map((key) => this.box(key));
    const wide = (OVERVIEW + 16) / k, high = (OVERVIEW * 0.6 + 56) / k;
    const hidden = (corner) => {
      const left = corner[1] === "l" ? x : x + w / k - wide, top = corner[0] === "t" ? y : y + h / k - high;
      return boxes.filter((box) => box.x < left + wide && box.r > left && box.y < top + high && box.b > top).length;
    };
    const best = CORNERS.reduce((one, other) => (hidden(other) < hidden(one) ? other : one));
    this.overview.dataset.corner = best;
  }

  // Hands ----------------------------------------------------------------------------------------

  listen() {
    const on = (node, kind, act, options = {}) => node.addEventListener(kind, act, { signal: this.signal, ...options });
    on(this.picture, "wheel", (event) => this.wheel(event), { passive: false });
    on(this.picture, "pointerdown", (event) => this.grip(event));
    on(this.picture, "pointermove", (event) => this.drag(event));
    for (const kind of ["pointerup", "pointercancel"]) on(this.picture, kind, (event) => this.release(event));
    on(this.picture, "click", (event) => this.dragged && event.stopPropagation(), { capture: true });
    const there = (event) => {
      const frame = this.overview.getBoundingClientRect();
      const part = this.size.w / frame.width;
      this.mode = "free";
      this.look(this.around((event.clientX - frame.left) * part, (event.clientY - frame.top) * part, this.view.k));
    };
    on(this.overview, "pointerdown", (event) => {
      this.overview.setPointerCapture(event.pointerId);
      there(event);
    });
    on(this.overview, "pointermove", (event) => event.buttons && there(event));
    on(window, "beforeprint", () => this.whole());
    on(window, "afterprint", () => this.put(this.view));
    on(document, "fullscreenchange", () => this.el.classList.toggle("agv-full", document.fullscreenElement === this.el));
    const observer = new ResizeObserver(() => this.svg && this.settle());
    observer.observe(this.picture);
    on(this.signal, "abort", () => observer.disconnect());
    this.held = new Map(); // pointers on the picture, by their ids
  }

  // With Ctrl (a pinch on a touchpad comes as that) it zooms; where the stage is the page it pans.
  wheel(event) {
    if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 120), { x: event.clientX, y: event.clientY });
    else if (this.el.matches(".agv-whole, .agv-full") && this.picture.matches(".agv-near")) this.pan(-event.deltaX, -event.deltaY);
    else return;
    event.preventDefault();
  }

  grip(event) {
    if (event.button) return;
    this.held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.dragged = false;
    if (this.held.size === 2) this.apart = this.distance();
  }

  drag(event) {
    const last = this.held.get(event.pointerId);
    if (!last) return;
    const dx = event.clientX - last.x, dy = event.clientY - last.y;
    if (!this.dragged && this.held.size === 1 && Math.hypot(dx, dy) < 5) return;
    if (!this.dragged) this.picture.setPointerCapture(event.pointerId);
    this.dragged = true;
    this.held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.held.size === 1) return this.pan(dx, dy);
    const apart = this.distance();
    const [one, two] = [...this.held.values()];
    this.pan(dx / 2, dy / 2);
    if (this.apart) this.zoom(apart / this.apart, { x: (one.x + two.x) / 2, y: (one.y + two.y) / 2 });
    this.apart = apart;
  }

  release(event) {
    this.held.delete(event.pointerId);
    setTimeout(() => (this.dragged = this.held.size > 0 && this.dragged), 0); // after the click
  }

  distance() {
    const [one, two] = [...this.held.values()];
    return Math.hypot(one.x - two.x, one.y - two.y);
  }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.el.requestFullscreen?.().catch(() => {}); // where a frame does not allow it
  }

  // Whether a key was one of the stage's.
  key(event) {
    const act = {
      "+": () => this.zoom(1.25), "=": () => this.zoom(1.25),
      "-": () => this.zoom(1 / 1.25), "−": () => this.zoom(1 / 1.25),
      0: () => this.fit(), f: () => this.fullScreen(), F: () => this.fullScreen(),
    }[event.key];
    act?.();
    return Boolean(act);
  }
}
