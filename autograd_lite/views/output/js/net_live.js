// A net whose leaves can be pulled: the numbers of its inputs on the picture, a hair for its weight,
// and every number of the panel that is a leaf ------------------------------------------------------

const NET_RESTS = 400; // ms without a change, after which follows what need not follow at once
const INVITED = 12; // inputs that the panel invites to change

class NetLive {
  constructor(view, signal) {
    const { numbers, payload: { live } } = view, { model } = numbers;
    Object.assign(this, { view, numbers, model, picture: view.picture });
    this.weights = new Map(); // of a leaf that weighs, its hair
    numbers.hairs.forEach((hair) => hair.place >= 0 && this.weights.set(hair.place, hair));
    this.inputs = numbers.discs.filter(({ column }) => !column);
    this.listed = [...this.inputs.map(({ place, name }) => [place, name]), ...numbers.leaves];
    live.names = Object.fromEntries([...this.listed, ...[...this.weights].map(([leaf, { name }]) => [leaf, name])]);
    const ofLayers = numbers.discs.flatMap(({ terms }) => terms.map((k) => numbers.hairs[k].place)).filter((place) => place >= 0);
    const leaves = [...this.inputs.map(({ place }) => place), ...ofLayers, ...numbers.leaves.map(([leaf]) => leaf)];
    this.graph = { // as a stage has it: inputs, layers, targets
      cards: new Map(leaves.map((leaf) => [`v${leaf}`, null])),
      onPick() {},
      focus: (key) => view.focus(this.discOf(Number(key.slice(1)))),
    };
    for (const disc of this.inputs) this.graph.cards.set(`v${disc.place}`, view.nodes[numbers.discs.indexOf(disc)]);
    this.panel = new Live({ root: numbers.root }, this, model, () => this.changed(), NetPulls);
    this.panel.button.className = "agv-mode agv-net-alive";
    view.bar.append(this.panel.button);
    view.side.append(this.panel.node);
    view.table?.addEventListener("toggle", () => this.rest(), { signal });
    addEventListener("beforeprint", () => this.rest(), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.resting));
    this.reserve();
    view.places.onLayout = () => this.panel.pulls.place();
    this.listen(signal);
  }

  // Room beside the discs for wider numbers than those of now, so that discs stay where they are.
  reserve() {
    const { roomy } = this.view.places, usual = "−0.00123", radius = ({ column }) => this.view.columns[column][1];
    for (const disc of this.inputs) roomy[0] = Math.max(roomy[0], radius(disc) + wide(usual, 14) + 24);
    for (const disc of this.numbers.discs) if (disc.output && disc.name.length <= 6) roomy[1] = Math.max(roomy[1], radius(disc) + wide(`${disc.name}.grad ▼ ${usual}`, 14, true) + 24);
  }

  // A hair is pulled by a mouse where it is, and by a finger at its number once it is picked.
  listen(signal) {
    const { view } = this, { pulls } = this.panel;
    const on = (kind, act) => view.svg.addEventListener(kind, act, { signal });
    on("pointerdown", (event) => {
      this.pulled = false;
      if (event.button || event.pointerType === "touch" || event.target.closest("[data-disc], .agv-pull")) return;
      const leaf = this.leafOf(view.hairAt(event));
      if (leaf == null) return;
      event.preventDefault(); // no text is selected
      document.activeElement?.blur();
      this.hold = { leaf, k: view.hairAt(event), x: event.clientX, from: this.model.values[leaf] };
      view.svg.setPointerCapture(event.pointerId);
    });
    on("pointermove", (event) => {
      if (!this.hold) return;
      if (!pulls.held) {
        if (Math.abs(event.clientX - this.hold.x) < 3) return;
        if (view.picked !== this.hold.k) view.pick(this.hold.k);
        pulls.held = { x: this.hold.x, from: this.hold.from, moved: false };
      }
      pulls.drag(event, this.hold.leaf);
    });
    for (const kind of ["pointerup", "pointercancel"]) on(kind, () => {
      this.pulled = Boolean(this.hold && pulls.held?.moved);
      this.hold = pulls.held = null;
    });
    view.svg.addEventListener("click", (event) => this.pulled && event.stopImmediatePropagation(), { signal, capture: true });
    pulls.listen(view.told, (event) => {
      const grip = event.target.closest?.("[data-leaf]");
      return grip ? Number(grip.dataset.leaf) : null;
    });
    view.told.addEventListener("focusin", (event) => event.target.dataset.leaf && this.panel.choose(Number(event.target.dataset.leaf)), { signal });
  }

  // Whether a number is being pulled or has the focus, so that the panel stays with it.
  get busy() {
    return Boolean(this.panel.pulls.held ?? this.hold ?? this.view.told.querySelector(".agv-grip:focus"));
  }

  // The leaf that a hair weighs with, by its number or itself, or that an input is; null for none.
  leafOf(part) {
    const { place, column } = (typeof part === "number" ? this.numbers.hairs[part] : part) ?? {};
    return place >= 0 && !column ? place : null;
  }

  // The disc that a leaf belongs to: the input that it is, the unit that it weighs for, or the last.
  discOf(leaf) {
    const { discs } = this.numbers, input = discs.findIndex(({ place }) => place === leaf);
    return input >= 0 ? input : this.weights.get(leaf)?.target ?? discs.length - 1;
  }

  // A hair is looked at: from now on keys change its weight.
  choose(k) {
    const leaf = this.leafOf(k);
    if (leaf == null) return;
    this.panel.choose(leaf);
    this.panel.pulls.nodeOf(leaf).focus({ preventScroll: true });
  }

  // A unit is opened: the curve beside its sum is that of a leaf of its own, the largest weight first.
  opens(k) {
    const disc = this.numbers.discs[k], hairs = disc.terms.map((i) => this.numbers.hairs[i]).filter(({ place }) => place >= 0);
    const size = ({ source, weightNumber }) => (source < 0 ? -1 : Math.abs(weightNumber) || 0);
    hairs.sort((one, other) => ascending(size(other), size(one)));
    const leaves = disc.column ? hairs.map(({ place }) => place) : [disc.place];
    if (!leaves.length || leaves.includes(this.panel.leaf)) return;
    [this.panel.leaf] = leaves;
    this.panel.show();
  }

  key(key) {
    return this.panel.key({ key });
  }

  // A number in the panel that can be pulled, or null.
  grip(leaf, text) {
    if (leaf == null) return null;
    const x = this.model.values[leaf];
    return make("span", {
      class: "agv-grip", role: "spinbutton", tabindex: "0", "data-leaf": leaf, "aria-label": this.model.live.names[leaf],
      "aria-valuenow": Number.isFinite(x) ? x : 0, "aria-valuetext": this.panel.said(leaf), title: say("Drag to change, or double-click to type"),
    }, text);
  }

  // What the panel offers to change before a unit is looked at.
  invitation() {
    const few = this.listed.length <= INVITED ? this.listed : [];
    return make("div", { class: "agv-net-lines agv-net-invites" },
      make("div", { class: "agv-net-hint" }, matchMedia("(pointer: coarse)").matches
        ? say("Drag a dotted number, or tap a hair, then drag its number: everything follows.")
        : say("Drag a dotted number, or a hair for its weight: everything follows.")),
      ...few.map(([leaf, name]) => make("span", {}, ...equation(`${name} = `, number(this.model.values[leaf]), (text) => this.grip(leaf, text)), " ")),
      make("div", { class: "agv-net-hint" }, say("↑ ↓ (with Shift a tenth) or digits change the number that has the focus; d is a step downhill.")));
  }

  // The number of a picked hair stands on it.
  tag(k) {
    this.panel.pulls.tag(this.numbers.hairs[k]);
  }

  // Numbers have changed: what is seen follows at once, the rest when there is time.
  changed() {
    const { view, numbers } = this;
    numbers.renew();
    view.paint();
    view.nodes.forEach((node, k) => this.mark(node, numbers.discs[k], k));
    this.write();
    if (view.whole) view.speak();
    else {
      view.whole = true;
      view.refresh();
    }
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), NET_RESTS);
  }

  rest() {
    const { view, numbers } = this;
    WORDS = view.payload.words ?? {}; // since then a view in another language may have been used
    view.nodes.forEach((node, k) => node.setAttribute("aria-label", numbers.words.title(numbers.discs[k])));
    view.stack();
    const rows = numbers.words.rows();
    [...view.table.querySelector("tbody").rows].forEach((line, i) => [...line.cells].forEach((cell, k) => {
      if (cell.textContent !== rows[i][k]) cell.textContent = rows[i][k];
    }));
  }

  // The marks of a disc: whether it is off, or not a number, and where its gradient leads.
  mark(node, disc, k) {
    const { view, numbers: { modes } } = this, radius = view.columns[disc.column][1];
    const part = (name) => node.querySelector(`[data-part="${name}"]`);
    const put = (name, after, fresh) => {
      if (!part(name)) part(after).after(fresh());
      return part(name);
    };
    const broken = !Number.isFinite(disc.x), size = modes.gradient?.discs[k];
    const outline = part("disc");
    if (disc.off && !broken) outline.setAttribute("stroke-dasharray", "2.5 3");
    else outline.removeAttribute("stroke-dasharray");
    if (broken) put("broken", "tint", () => middle("broken", 4, 12, "ground")).textContent = disc.value;
    else part("broken")?.remove();
    const begins = broken && this.numbers.discs.findIndex(({ x }) => !Number.isFinite(x)) === k;
    if (begins) put("begins", "broken", () => middle("begins", radius + 15, 13, "nan")).textContent = say("{what} begins here", { what: disc.value });
    else part("begins")?.remove();
    if (broken || !size || disc.off || radius < 7) return part("arrow")?.remove();
    const arrow = put("arrow", "tint", () => drawn("path", { "data-part": "arrow", transform: outline.getAttribute("transform") }));
    const a = Number((0.42 * radius).toFixed(1)), up = Math.sign(size), base = up * Number((0.8 * a).toFixed(1));
    arrow.setAttribute("d", `M0 ${-up * a}L${a} ${base}H${-a}z`);
    recolor(arrow, "f", 0.12 + (0.8 * Math.abs(size)) / SIZES > 0.6 ? "ground" : "ink");
    arrow.style.display = view.mode === "gradient" ? "" : "none";
  }

  // The texts beside the discs, above the columns and on the card of the loss.
  write() {
    const { view, numbers, view: { places } } = this;
    const short = numbers.discs.every(({ output, name }) => !output || name.length <= 6);
    let grown = false;
    view.nodes.forEach((node, k) => {
      const disc = numbers.discs[k];
      if (disc.column && !disc.output) return;
      const data = node.querySelector('[data-part="data"]'), gradient = node.querySelector('[data-part="gradient"]');
      const name = disc.name.length > 18 ? `${disc.name.slice(0, 17)}…` : disc.name;
      if (data) grown = places.write(node, data, disc.column ? equal(`${name} = ${disc.value}`) : disc.value) || grown;
      if (!gradient) return;
      grown = places.write(node, gradient, `${short ? `${disc.name}.grad` : "grad"} ${disc.gradient}`) || grown;
      recolor(gradient, "f", roleOf(disc.gradientNumber));
    });
    view.heads.forEach((head, k) => {
      const done = head.querySelector('[data-part="done"]');
      if (done) done.textContent = numbers.words.done(k);
    });
    const loss = view.svg.querySelector('[data-part="loss"] [data-part="data"]');
    if (loss) {
      loss.textContent = equal(`${numbers.loss} = ${number(numbers.result)}`);
      recolor(loss, "f", Number.isFinite(numbers.result) ? "ink" : "nan");
      const box = view.svg.querySelector('[data-part="loss"] rect'), across = Math.ceil(wide(loss.textContent, 16, true) + 24);
      if (across > Number(box.getAttribute("width"))) {
        box.setAttribute("width", across);
        grown = true;
      }
    }
    if (grown) places.layout();
  }
}

const roleOf = (x) => (x === null || x === 0 ? "muted" : signOf(x));

function middle(part, y, size, role) {
  return drawn("text", { "data-part": part, x: 0, y, class: `ag-f-${role}`, "font-size": size, "font-weight": 600, "text-anchor": "middle" });
}

class NetPulls extends Pulls {
  explain() {} // the legend and the panel do

  get leaves() {
    return [...this.stage.graph.cards.keys()].map((key) => Number(key.slice(1)));
  }

  // A number of the program has a slope, but no `.grad`.
  saying(leaf, about) {
    return leaf < this.stage.numbers.given ? say("{root} = {result}, slope over {name} = ", about) : super.saying(leaf, about);
  }

  // Inputs and targets are looked at, weights are what learns.
  get groups() {
    const { listed, numbers, weights } = this.stage;
    const layers = numbers.columns.slice(1).map((column, k) =>
      [numbers.words.head(k + 1), [...weights].flatMap(([leaf, { target }]) => (numbers.discs[target].column === k + 1 ? [leaf] : [])), true]);
    const rest = listed.map(([leaf]) => leaf);
    return [...layers, [say("inputs and targets"), rest, false]].filter(([, leaves]) => leaves.length);
  }

  pull(leaf, node, written) {
    const { discs } = this.stage.numbers, [one, other] = discs.filter(({ column }) => !column);
    const pull = super.pull(leaf, node, written, Math.min(27, other ? Math.abs(other.y - one.y) - 1 : 27));
    if (pull.base > 10) pull.node.querySelector("rect").setAttribute("y", pull.base - 14); // below the name
    return pull;
  }

  // In the panel, if that is where hands are.
  nodeOf(leaf) {
    const grip = this.stage.view.told.querySelector(`[data-leaf="${leaf}"]`);
    return grip && (grip === this.gripped || grip === document.activeElement) ? grip : super.nodeOf(leaf) ?? grip;
  }

  grip(event, leaf) {
    this.gripped = event.target.closest(".agv-grip");
    super.grip(event, leaf);
  }

  type(leaf, first = null) {
    this.gripped = document.activeElement.closest(".agv-grip");
    super.type(leaf, first);
  }

  // The number on a hair that was picked.
  tag(hair) {
    const leaf = hair ? this.stage.leafOf(hair) : null;
    if (this.tagged?.leaf !== leaf || leaf == null) {
      if (this.tagged) {
        this.tagged.node.remove();
        this.nodes.delete(this.tagged.leaf);
        this.tagged = null;
      }
      if (leaf == null) return;
      const { svg } = this.stage.view;
      const written = drawn("text", { "data-part": "data", class: "ag-f-ink", y: 5, "text-anchor": "middle", "font-size": 14, "font-weight": 600 });
      const at = drawn("g", {});
      svg.append(at);
      const pull = Pulls.prototype.pull.call(this, leaf, at, written, 24);
      at.remove();
      pull.node.classList.add("agv-net-tag");
      pull.node.append(written);
      this.tagged = { ...pull, leaf, hair, written };
      this.nodes.set(leaf, this.tagged);
    }
    this.show(leaf);
    this.place();
  }

  show(leaf, pull = this.nodes.get(leaf)) {
    super.show(leaf, pull);
    if (!pull?.written) return;
    const text = (pull.written.textContent = number(this.model.values[leaf])), half = wide(text, 14, true) / 2;
    pull.dots.setAttribute("d", `M${-half} 9h${2 * half}`);
    const grip = pull.node.querySelector("rect");
    grip.setAttribute("x", -half - 8);
    grip.setAttribute("width", 2 * half + 16);
  }

  // After the discs have moved.
  place() {
    const { view } = this.stage;
    for (const [leaf, pull] of this.nodes) {
      if (pull === this.tagged) {
        pull.node.setAttribute("transform", `translate(${view.places.middle(pull.hair).join(" ")})`);
        continue;
      }
      const node = this.stage.graph.cards.get(`v${leaf}`);
      pull.right = Number(node.querySelector('[data-part="data"]').getAttribute("x"));
      pull.node.setAttribute("transform", node.getAttribute("transform"));
      this.show(leaf, pull);
    }
  }
}
