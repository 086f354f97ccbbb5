// The stage: a camera on the picture, with zoom, pan, fit and full screen -------------------------
//
// `stage.show(svg, payload)` puts a picture on the stage, fits it and gives its Graph; called again,
// another picture replaces the first. `stage.follow(keys)` brings cards into view. All places are in
// the units of the picture; `view` is the part of it that is seen: its left, its top, and how many
// pixels of the screen a unit has.

const READABLE = 0.8; // below this part of its size, text is too small, and the camera comes nearer
const RECOGNIZED = 0.42; // below this, cards are not even told apart
const FARTHEST = 0.6; // as small as the cards of a step get, to be seen together
const NARROW = 600; // pixels; a phone has room below, so that its type may be read at once
const NEAREST = 4;
const LARGEST = 1.9; // how much a small picture grows to fill its stage
const MARGIN = 8; // units that a picture leaves free at its sides, which a stage does not need
const AROUND = 18; // units left free around a picture
const GLIDE = 320; // ms for the camera to move

class Stage {
  constructor(el, model, signal) {
    Object.assign(this, { el, model, signal });
    this.view = { x: 0, y: 0, k: 1 };
    this.mode = "fit"; // or "follow" the cards of a step, or "free": moved by hand
    this.followed = [];
    this.onShow = []; // called with each picture's Graph and payload
    this.onMove = []; // called when another part of the picture is seen
    this.onFollow = []; // called with the cards of a step
    this.inner = null; // what is open over the picture, and takes its keys
    this.keys = []; // for the help: keys of what is added to the picture
    this.picture = el.querySelector(":scope > .agv-picture") ?? make("div", { class: "agv-picture" });
    this.head = make("div", { class: "agv-head" }); // above the picture, for what a kind of view adds
    this.tools = make("div", { class: "agv-tools", role: "group", "aria-label": say("Zoom") },
      iconButton("minus", say("Smaller (−)"), () => this.zoom(1 / 1.25)),
      iconButton("plus", say("Larger (+)"), () => this.zoom(1.25)),
      iconButton("fit", say("The whole picture (0)"), () => this.fit()),
      document.fullscreenEnabled && iconButton("screen", say("Full screen (f)"), () => this.fullScreen()));
    this.legend = make("div", { class: "agv-legend" });
    this.overview = new Overview(this);
    this.frame = make("div", { class: "agv-stage" },
      make("div", { class: "agv-window" }, this.picture, this.overview.node),
      make("div", { class: "agv-foot" }, this.legend, this.tools));
    this.body = make("div", { class: "agv-body" }, this.head, this.frame);
    el.prepend(this.body);
    this.fillPage();
    this.listen();
  }

  // A page that is one view is its stage, with the title of the page above.
  fillPage() {
    this.sole = document.body.matches(".agv-sole") && this.el.matches(".agv");
    if (!this.sole) return;
    this.el.classList.add("agv-whole");
    document.body.classList.add("agv-alive");
    const title = document.querySelector("main > h1");
    if (title) this.head.prepend(title);
  }

  listen() {
    new Hands(this, this.signal);
    const on = (node, kind, act) => node.addEventListener(kind, act, { signal: this.signal });
    on(window, "beforeprint", () => this.print(true));
    on(window, "afterprint", () => this.print(false));
    on(document, "fullscreenchange", () => this.el.classList.toggle("agv-full", document.fullscreenElement === this.el));
    const observer = new ResizeObserver(() => this.svg && this.settle());
    observer.observe(this.picture);
    on(this.signal, "abort", () => observer.disconnect());
  }

  // A picture on the stage: SVG as text, or none for the one that the page has already.
  show(svg, payload) {
    this.shown?.abort();
    this.shown = new AbortController();
    this.signal.addEventListener("abort", () => this.shown.abort(), { signal: this.shown.signal });
    if (svg) this.picture.innerHTML = svg;
    this.svg = this.picture.querySelector("svg");
    this.paper = this.svg.getAttribute("viewBox");
    this.area = this.withoutLegend();
    this.boxes = new Map();
    this.graph = new Graph(payload, this, this.shown.signal);
    this.body.style.setProperty("--agv-across", this.area.w);
    this.body.style.setProperty("--agv-down", this.area.h);
    this.followed = [];
    this.mode = "fit";
    this.settle();
    for (const act of this.onShow) act(this.graph, payload);
    return this.graph;
  }

  // The legend stands below the stage, where the camera does not leave it behind; what remains is
  // the picture.
  withoutLegend() {
    const { width: w, height } = this.svg.viewBox.baseVal;
    const notes = [...this.svg.querySelectorAll("[data-legend]")];
    this.legend.replaceChildren(...notes.map((note) => make("span", {},
      drawn("svg", { class: "ag", viewBox: "0 0 24 17", "aria-hidden": "true", "font-size": 14 }, ...[note.querySelector('[data-part="sample"]')?.cloneNode(true) ?? ""]),
      note.querySelector(":scope > text")?.textContent ?? "")));
    const cards = this.svg.querySelector("[data-card]")?.parentNode;
    const heights = notes.map((note) => note.transform.baseVal.consolidate()?.matrix.f ?? 0);
    const [first, last] = [Math.min(...heights), Math.max(...heights) + 24];
    const below = first > (cards.transform.baseVal.consolidate()?.matrix.f ?? 0);
    const [top, bottom] = !notes.length ? [0, height] : below ? [0, first] : [last - 8, height];
    return { x: MARGIN, y: top + MARGIN, w: w - 2 * MARGIN, h: bottom - top - 2 * MARGIN };
  }

  // Back to the picture alone, as it was in the page.
  remove() {
    cancelAnimationFrame(this.gliding);
    this.whole();
    const title = this.head.querySelector("h1");
    if (title) this.el.closest("main").prepend(title);
    this.body.replaceWith(this.picture);
  }

  print(printing) {
    this.printing = printing;
    this.put(this.view);
  }

  // On paper, all of it.
  whole() {
    this.svg?.setAttribute("viewBox", this.paper);
  }

  // Where the camera is --------------------------------------------------------------------------

  get room() {
    return { w: this.picture.clientWidth || 1, h: this.picture.clientHeight || 1 };
  }

  // How large the picture is where all of it is seen.
  get fitting() {
    const { w, h } = this.room;
    return Math.min(w / (this.area.w + 2), h / (this.area.h + 2), LARGEST);
  }

  // How large a unit is on a screen whose type has the usual size; larger where the type is.
  get unit() {
    return (parseFloat(getComputedStyle(this.el).fontSize) || 16) / 16;
  }

  look(view, glide = false) {
    const to = this.within(view);
    this.overview.dodge(to);
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
      this.put(this.around(fromX + (toX - fromX) * done, fromY + (toY - fromY) * done, from.k * (to.k / from.k) ** done));
      if (part < 1) this.gliding = requestAnimationFrame(move);
    };
    this.gliding = requestAnimationFrame(move);
  }

  put(view) {
    const { w, h } = this.room;
    this.view = view;
    this.sees = null;
    if (this.printing || matchMedia("print").matches) return this.whole();
    this.svg.setAttribute("viewBox", [view.x, view.y, w / view.k, h / view.k].map((x) => x.toFixed(2)).join(" "));
    this.picture.classList.toggle("agv-near", !this.overview.show(view));
    for (const act of this.onMove) act();
  }

  // A view that does not leave the picture; what is smaller than the stage stands in its middle.
  within({ x, y, k }) {
    const { w, h } = this.room;
    const held = (at, seen, from, all) =>
      seen >= all ? from + (all - seen) / 2 : Math.max(from - AROUND, Math.min(from + all + AROUND - seen, at));
    return { k, x: held(x, w / k, this.area.x, this.area.w), y: held(y, h / k, this.area.y, this.area.h) };
  }

  // The view with this point in its middle.
  around(x, y, k) {
    const { w, h } = this.room;
    return { k, x: x - w / k / 2, y: y - h / k / 2 };
  }

  fit(glide = true) {
    this.mode = "fit";
    const { x, y, w, h } = this.area;
    this.look(this.around(x + w / 2, y + h / 2, this.fitting), glide);
  }

  // What one sees first: all of it, or its beginning where all would be too small.
  open() {
    const least = this.room.w < NARROW ? READABLE : RECOGNIZED;
    if (this.fitting > least * this.unit) return this.fit(false);
    this.look({ x: this.area.x, y: this.area.y, k: READABLE * this.unit });
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
    for (const act of this.onFollow) act(keys);
    if (this.mode === "free") return this.reveal(this.followed, glide);
    const far = this.fitting > (survey ? RECOGNIZED : READABLE) * this.unit;
    if (far || !this.followed.length) return this.fit(glide);
    this.mode = "follow";
    const { w, h } = this.room;
    const box = this.bounds(this.followed);
    const most = Math.min((w - 40) / (box.r - box.x), (h - 40) / (box.b - box.y));
    const k = most < FARTHEST * this.unit ? READABLE * this.unit : Math.min(1.05 * this.unit, most);
    const first = this.box(this.followed[0]);
    const middle = (low, high, room) => {
      const { [low]: from, [high]: to } = box[high] - box[low] <= room / k ? box : first;
      return (from + to) / 2;
    };
    this.look(this.around(middle("x", "r", w), middle("y", "b", h), k), glide);
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
    this.overview.clear();
    if (this.mode === "free") this.look(this.view);
    else if (this.followed.length) this.follow(this.followed, this.survey, false);
    else this.open();
  }

  // Whether a card is in sight, as a function that is the same until the camera moves.
  get seeing() {
    if (this.sees) return this.sees; // the stage is measured once: numbers on it have changed since
    const { x, y, k } = this.view, { w, h } = this.room;
    return (this.sees = (key) => {
      const box = this.box(key);
      return box.r > x && box.x < x + w / k && box.b > y && box.y < y + h / k;
    });
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

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.el.requestFullscreen?.().catch(() => {}); // where a frame does not allow it
  }

  // Whether a key was one of the stage's.
  key(event) {
    if (this.inner) return this.inner.key(event);
    if (this.live?.key(event)) return true;
    const act = {
      "+": () => this.zoom(1.25), "=": () => this.zoom(1.25),
      "-": () => this.zoom(1 / 1.25), "−": () => this.zoom(1 / 1.25),
      0: () => this.fit(), f: () => this.fullScreen(), F: () => this.fullScreen(),
    }[event.key];
    act?.();
    return Boolean(act);
  }
}
