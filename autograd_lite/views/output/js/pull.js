// Pulling numbers: a leaf's number on the picture is dragged, stepped with keys, or typed ---------

const PIXELS = 100; // for a change by 1, or by as much as the power of ten of a larger number
const KEYED = 10; // pixels that a key stands for
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const THOUSANDS = /^[+−-]?[1-9]\d{0,2},\d{3}$/; // or decimals, which nobody can tell
const ODD = { nan: NaN, inf: Infinity, "∞": Infinity };

class Pulls {
  // `live.change(leaf, number)` is called with what a leaf becomes, `live.choose(leaf)` with one
  // that is looked at, `live.refuse(text)` with what is no number.
  constructor(stage, model, live) {
    Object.assign(this, { stage, model, live });
    this.nodes = new Map();
    for (const leaf of model.leaves) {
      const card = stage.graph.cards.get(`v${leaf}`);
      const written = card?.querySelector('[data-part="data"]');
      if (written) this.nodes.set(leaf, this.pull(leaf, card, written));
    }
    this.nodes.values().next().value?.node.setAttribute("tabindex", "0");
  }

  // The leaves that can be changed, and those that go downhill or stay together: [name, leaves, go].
  get leaves() {
    return [...this.nodes.keys()];
  }

  get groups() {
    return this.leaves.map((leaf) => [this.model.live.names[leaf], [leaf], true]);
  }

  // The result, and what its slope is called.
  saying(leaf, about) {
    return say("{root} = {result}, slope = {name}.grad = ", about);
  }

  // What there is to do, for the help and the legend.
  explain() {
    const { stage } = this;
    stage.keys.push([say("a dotted number"), say("is a leaf: drag it, or ↑ ↓ and Enter where it has the focus")], ["d", say("a step downhill")]);
    stage.legend.append(make("span", {}, drawn("svg", { class: "ag", viewBox: "0 0 24 17", "aria-hidden": "true" }, drawn("path", { class: "agv-dots", d: "M2 13H20" })), say("drag a dotted number")));
  }

  // What is gripped: it stands beside the card, for a button may hold nothing that takes the focus.
  pull(leaf, card, written, high = 27) {
    const [right, base] = ["x", "y"].map((name) => Number(written.getAttribute(name)));
    const dots = drawn("path", { class: "agv-dots" });
    const node = drawn("g", {
      class: "agv-pull", role: "spinbutton", tabindex: "-1", "aria-label": this.model.live.names[leaf],
      transform: card.getAttribute("transform"),
    }, drawn("title"), drawn("rect", { y: base - 6.5 - high / 2, height: high, rx: 6 }), dots);
    node.firstChild.textContent = say("Drag to change, or double-click to type");
    this.listen(node, () => leaf);
    node.addEventListener("focus", () => this.focused(leaf));
    card.addEventListener("focus", () => this.reach(leaf));
    card.after(node);
    const pull = { node, dots, right, base };
    this.show(leaf, pull);
    return pull;
  }

  // What hands do on a number, or within a node that holds several; `leafOf` tells of which leaf the
  // number is that an event is about, if of any.
  listen(node, leafOf) {
    const on = (kind, act) => node.addEventListener(kind, (event) => {
      const leaf = leafOf(event);
      if (leaf != null) act(event, leaf);
    });
    on("pointerdown", (event, leaf) => this.grip(event, leaf));
    on("pointermove", (event, leaf) => this.drag(event, leaf));
    for (const kind of ["pointerup", "pointercancel"]) on(kind, () => (this.held = null));
    on("click", (event) => event.stopPropagation());
    on("dblclick", (event, leaf) => this.type(leaf));
    on("keydown", (event, leaf) => this.key(event, leaf));
  }

  // The node of a leaf that hands are on, or that has the focus.
  nodeOf(leaf) {
    return this.nodes.get(leaf)?.node;
  }

  // The one that the tabulator key leads to is that of the card last looked at.
  reach(leaf) {
    for (const [each, { node }] of this.nodes) node.setAttribute("tabindex", each === leaf ? "0" : "-1");
  }

  focused(leaf) {
    this.reach(leaf);
    this.show(leaf);
    this.live.choose(leaf);
  }

  // After the number has changed: the dots below it are as long as it is.
  show(leaf, pull = this.nodes.get(leaf)) {
    if (!pull) return;
    const { node, dots, right, base } = pull;
    const x = (pull.x = this.model.values[leaf]);
    const long = Math.max(12, Math.min(84, wide(number(x), 14))); // its card may be out of sight, and written later
    dots.setAttribute("d", `M${right} ${base + 4}h${-long.toFixed(1)}`);
    const grip = node.querySelector("rect"), room = Math.max(long + 14, 40);
    grip.setAttribute("x", (right + 8 - room).toFixed(1));
    grip.setAttribute("width", room.toFixed(1));
    node.setAttribute("aria-valuenow", Number.isFinite(x) ? x : 0);
    node.setAttribute("aria-valuetext", this.live.said(leaf));
  }

  // After numbers have changed.
  renew() {
    for (const [leaf, pull] of this.nodes) if (!Object.is(pull.x, this.model.values[leaf]) || document.activeElement === pull.node) this.show(leaf);
  }

  // How much one pixel changes a number: a round amount.
  grain(x) {
    return 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(x) || 1)))) / PIXELS;
  }

  grip(event, leaf) {
    if (event.button) return;
    event.preventDefault();
    event.stopPropagation(); // the picture stays where it is
    const node = this.nodeOf(leaf);
    node.focus({ preventScroll: true });
    node.setPointerCapture(event.pointerId);
    this.held = { x: event.clientX, from: this.model.values[leaf], moved: false };
  }

  drag(event, leaf) {
    const { held } = this;
    if (!held) return;
    event.stopPropagation();
    const dx = Math.round(event.clientX - held.x); // no more digits than the hand gives
    if (!held.moved && Math.abs(dx) < 3) return;
    held.moved = true;
    const from = Number.isFinite(held.from) ? held.from : 0;
    this.live.change(leaf, rounded(from, dx * this.grain(from) * (event.shiftKey ? 0.1 : 1)));
  }

  key(event, leaf) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    const x = this.model.values[leaf];
    if (move) this.live.change(leaf, rounded(Number.isFinite(x) ? x : 0, move * KEYED * this.grain(x) * (event.shiftKey ? 0.1 : 1)));
    else if (event.key === "Enter") this.type(leaf);
    else if (/^[\d.,−-]$/.test(event.key)) this.type(leaf, event.key);
    else if (event.key === "Escape") this.stage.graph.focus(`v${leaf}`);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // A field over the number.
  type(leaf, first = null) {
    const node = this.nodeOf(leaf);
    const { left, top, width, height } = (node.querySelector("rect") ?? node).getBoundingClientRect();
    const field = make("input", {
      class: "agv-typed", "aria-label": this.model.live.names[leaf], autocomplete: "off", spellcheck: "false", inputmode: "decimal", maxlength: 40,
    });
    field.value = first ?? plainNumber(this.model.values[leaf]);
    let done = false;
    const close = (keep) => {
      if (done) return;
      done = true;
      const text = field.value;
      const within = document.activeElement === field;
      field.remove();
      if (keep) this.read(leaf, text);
      if (within) this.nodeOf(leaf)?.focus({ preventScroll: true });
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") close(event.key === "Enter");
    });
    field.addEventListener("blur", () => close(true));
    for (const kind of ["pointerdown", "click"]) field.addEventListener(kind, (event) => event.stopPropagation());
    this.stage.picture.after(field);
    const around = field.offsetParent.getBoundingClientRect();
    field.style.cssText = `left:${left - around.left}px;top:${top - around.top}px;width:${Math.max(width, 70)}px;height:${Math.max(height, 26)}px`;
    field.focus({ preventScroll: true });
    if (first == null) field.select();
  }

  // A number that somebody typed; what is none changes nothing.
  read(leaf, text) {
    const x = numberIn(text);
    if (x === null) this.live.refuse(text);
    else if (!Object.is(x, this.model.values[leaf])) this.live.change(leaf, x);
  }
}

// `from` moved by a change, with no more digits than the two have: 0.1 + 0.2 is 0.3.
function rounded(from, by) {
  return Number((from + by).toPrecision(12)) || 0;
}

function plainNumber(x, digits = 17) {
  return Number.isFinite(x) ? String(Number(x.toPrecision(digits))) : number(x).replace("∞", "inf").replace("−", "-");
}

// The number that a text says, with a point or a comma; null if it is none.
function numberIn(text) {
  const plain = text.trim().replaceAll("−", "-").replace(",", ".");
  if (THOUSANDS.test(text.trim())) return null;
  const parts = plain.split(/ *\/ */); // 1/3
  if (parts.length < 3 && parts.every((part) => NUMBER.test(part))) return Number(parts[0]) / Number(parts[1] ?? 1);
  const [, minus, word] = /^([+-]?)(nan|inf|∞)(?:inity)?$/i.exec(plain) ?? [];
  return word ? (minus === "-" ? -1 : 1) * ODD[word.toLowerCase()] : null;
}
