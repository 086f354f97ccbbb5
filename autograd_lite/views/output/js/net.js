// A net: its switch, pointing at a unit, opening its sum, picking a hair. Every number comes as text and
// every size as a whole number up to 1000: from the payload, or, where its leaves are live, from
// NetNumbers. Nothing is computed here but places on the screen.

const SIZES = 1000;
const modesOfNets = () => ({
  gradient: [say("gradient flowing back"), say("what flows back along it: weight × gradient of the sum, not the gradient of the weight")],
  weight: [say("weight"), say("the weight itself")],
  activation: [say("activation"), say("what it adds to the next sum")],
});

MOUNTS.net = (payload, el, model, signal) => {
  const net = new NetView(payload, el, signal);
  return () => net.remove();
};

class NetView {
  constructor(payload, el, signal) {
    const { columns, place, at, live } = payload;
    Object.assign(this, { payload, el, columns, place });
    Object.assign(this, live ? new NetNumbers(payload, new Model(payload)).shown : recordedNumbers(payload));
    this.discs.forEach((disc, k) => { disc.y = at[k]; });
    this.mode = Object.keys(this.modes)[0];
    this.open = this.near = null; // the numbers of discs
    this.picked = null; // that of a hair
    this.build(signal);
    this.find();
    this.panel = new NetPanel(this, () => this.show(null));
    this.places = new NetPlaces(this);
    if (live) this.live = new NetLive(this, signal);
    this.listen(signal);
    this.choose(this.mode);
    const observer = new ResizeObserver(() => this.places.layout());
    observer.observe(this.root);
    signal.addEventListener("abort", () => observer.disconnect());
    this.places.layout();
  }

  // The parts -----------------------------------------------------------------------------------

  build(signal) {
    this.picture = this.el.querySelector(":scope > .agv-picture") ?? make("div", { class: "agv-picture" });
    if (this.payload.svg) this.picture.innerHTML = this.payload.svg;
    this.buttons = {};
    const group = make("div", { class: "agv-net-modes", role: "group", "aria-label": say("What colours and widths show") });
    for (const [mode, [name, hint]] of Object.entries(modesOfNets())) {
      const there = mode in this.modes;
      const button = make("button", {
        type: "button", "aria-disabled": there ? null : "true",
        title: there ? say("{hint} (key {key})", { hint, key: mode[0] }) : say("There is no gradient yet: call backward() first."),
        onclick: () => there && this.choose(mode),
      }, name);
      this.buttons[mode] = button;
      group.append(button);
    }
    this.brief = make("p", { class: "agv-net-brief", "aria-hidden": "true" }); // where the panel is far below
    this.legend = make("ul", { class: "agv-net-legend" });
    this.told = make("div", { class: "agv-net-told" });
    this.side = make("div", { class: "agv-net-side", role: "region", "aria-label": say("Explanation"), tabindex: "0" }, this.told);
    this.root = make("div", { class: "agv-net" });
    this.el.prepend(this.root);
    this.bar = make("div", { class: "agv-net-bar" }, make("span", { class: "agv-net-asks" }, say("A hair shows")), group);
    this.root.append(this.bar,
      this.brief, this.picture, this.legend, this.side);
    const numbers = this.el.querySelector(":scope > .agv-numbers"); // a page has them already
    if (numbers) numbers.open = false;
    else this.el.append(this.made = this.asTable());
    this.table = numbers ?? this.made;
    addEventListener("beforeprint", () => { this.table.open = true; }, { signal });
  }

  // All numbers as a table, for readers who do not see the picture.
  asTable() {
    const [head, ...rows] = this.payload.rows;
    return make("details", { class: "agv-numbers" }, make("summary", {}, say("All numbers as a table")),
      make("div", { class: "agv-wide", tabindex: "0", role: "group", "aria-label": say("Table") },
        make("table", {}, make("thead", {}, make("tr", {}, ...head.map((cell) => make("th", { scope: "col" }, cell)))),
          make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, cell))))))));
  }

  find() {
    this.svg = this.picture.querySelector("svg");
    this.svg.setAttribute("role", "group");
    this.svg.removeAttribute("style");
    this.svg.querySelectorAll('[data-part="legend"]').forEach((part) => part.remove());
    this.strands = this.svg.querySelector('[data-part="hairs"]');
    this.paths = [...this.strands.querySelectorAll("path")];
    this.order = this.payload.order;
    this.paths.forEach((path, i) => { path.dataset.hair = path.hair = this.order[i]; });
    this.pathOf = new Map(this.paths.map((path) => [path.hair, path]));
    this.strands.replaceChildren(...this.paths);
    this.nodes = [...this.svg.querySelectorAll("[data-disc]")];
    this.heads = [...this.svg.querySelectorAll("[data-column]")];
    this.nodes.forEach((node, k) => {
      const title = node.querySelector("title");
      if (title) node.setAttribute("aria-label", title.textContent);
      title?.remove(); // the panel beside says it at once
      node.setAttribute("role", "button");
      node.setAttribute("aria-pressed", "false");
      node.setAttribute("tabindex", k ? "-1" : "0");
      const hit = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      hit.setAttribute("r", Math.max(this.columns[this.discs[k].column][1] + 3, 7));
      hit.setAttribute("fill", "transparent");
      node.append(hit);
    });
  }

  listen(signal) {
    const on = (kind, act) => this.svg.addEventListener(kind, act, { signal });
    const at = (event) => {
      const node = event.target.closest?.("[data-disc]");
      return node ? this.nodes.indexOf(node) : null;
    };
    on("pointerover", (event) => {
      this.point(at(event));
      if (event.target.dataset.hair) this.tell(event.target);
    });
    on("pointermove", (event) => this.touch(event.pointerType === "touch" || event.buttons || at(event) != null ? null : this.hairAt(event)));
    on("pointerleave", () => {
      this.point(null);
      this.touch(null);
    });
    this.picture.addEventListener("scroll", () => this.places.edges(), { signal });
    on("focusin", (event) => event.target.matches(":focus-visible") && this.point(at(event)));
    on("focusout", () => this.point(null));
    on("click", (event) => {
      const k = at(event);
      const hair = k == null ? this.hairAt(event) : null;
      if (hair != null) return this.pick(hair === this.picked ? null : hair);
      this.show(k === this.open ? null : k);
      if (k != null) this.focus(k);
    });
    on("keydown", (event) => {
      const k = at(event);
      if (k == null) return;
      if (event.key === "Enter" || event.key === " ") this.show(k === this.open ? null : k);
      else if (event.key.startsWith("Arrow")) this.step(k, event.key);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.root.addEventListener("keydown", (event) => !event.target.closest("input, select") && this.key(event) && event.stopPropagation(), { signal });
    if (document.body.matches(".agv-sole")) // the only view of its page needs no click before its keys
      document.addEventListener("keydown", (event) => {
        if (event.target !== document.body) return;
        const arrow = event.key.startsWith("Arrow");
        if (arrow) this.focus(this.nodes.length - 1);
        if (arrow || this.key(event)) event.preventDefault();
      }, { signal });
  }

  // The keys that mean the same everywhere; whether it was one of them.
  key({ key, ctrlKey, metaKey, altKey }) {
    if (ctrlKey || metaKey || altKey) return false;
    const mode = Object.keys(this.modes).find((name) => name[0] === key);
    if (mode) this.choose(mode);
    else if (key === "Escape" && (this.open ?? this.picked) != null) this.show(null);
    else if (this.live?.key(key)) return true;
    else if (key === "f") document.fullscreenElement ? document.exitFullscreen() : this.el.requestFullscreen?.();
    else return false;
    return true;
  }

  remove() {
    this.el.prepend(this.picture);
    this.root.remove();
    this.made?.remove();
  }

  // Colours and widths --------------------------------------------------------------------------

  choose(mode) {
    this.mode = mode;
    for (const [name, button] of Object.entries(this.buttons)) button.setAttribute("aria-pressed", String(name === mode));
    this.paint();
    this.stack();
    this.refresh();
  }

  // Every hair and disc as the numbers are.
  paint() {
    const { hairs, discs, legend, thick } = this.modes[this.mode];
    for (const path of this.paths) this.dress(path, hairs[path.hair], thick);
    this.nodes.forEach((node, k) => this.fill(node, this.discs[k], discs[k]));
    const signs = this.live ? [...legend, ["dotted", say("drag a dotted number")]] : legend;
    patch(this.legend, signs.map(([kind, words]) => make("li", { class: `agv-net-${kind}` }, make("i", {}), words)));
  }

  // Large ones on top.
  stack() {
    const { hairs } = this.modes[this.mode];
    const size = (path) => Math.abs(hairs[path.hair] ?? SIZES + 1);
    this.strands.append(...[...this.paths].sort((one, other) => size(one) - size(other) || one.hair - other.hair));
  }

  dress(path, size, thick) {
    const { source } = this.hairs[path.hair];
    const share = Math.abs(size ?? SIZES) / SIZES;
    const fades = this.mode === "gradient" && this.discs[source].off && size != null;
    style(path, {
      stroke: `var(--ag-${size == null ? "nan" : size ? sign(size) + "-line" : "neutral-line"})`,
      strokeWidth: size == null ? "3" : size ? (0.6 + thick * share).toFixed(2) : "0.8",
      strokeOpacity: size === 0 ? "0.3" : ((0.18 + 0.78 * share) * (fades ? 0.4 : 1)).toFixed(3),
      strokeDasharray: size == null ? "7 4" : size ? "none" : "1 5",
    });
  }

  fill(node, disc, size) {
    const outline = node.querySelector('[data-part="disc"]'), tint = node.querySelector('[data-part="tint"]');
    const arrow = node.querySelector('[data-part="arrow"]');
    if (arrow) arrow.style.display = this.mode === "gradient" ? "" : "none";
    const broken = /nan|∞/.test(disc.value);
    const role = size == null || broken ? "nan" : disc.off || !size ? "neutral-line" : `${sign(size)}-line`;
    style(outline, { stroke: `var(--ag-${role})` });
    style(tint, { fill: `var(--ag-${role})`, fillOpacity: String(broken ? 1 : disc.off || !size ? 0 : 0.12 + (0.8 * Math.abs(size)) / SIZES) });
  }

  // Pointing and opening --------------------------------------------------------------------------

  point(k) {
    if (k === this.near || this.live?.busy) return;
    this.near = k;
    this.whole = false;
    this.refresh();
  }

  // The hair that a pointer is on, or so close to that it must be meant.
  hairAt({ clientX, clientY, pointerType }) {
    const { a: zoom, e, f } = this.svg.getScreenCTM();
    return this.places.hairAt((clientX - e) / zoom, (clientY - f) / zoom, (pointerType === "touch" ? 16 : 6) / zoom);
  }

  // A hair that is pointed at.
  touch(k) {
    if (k === (this.touched ?? null)) return;
    this.pathOf.get(this.touched)?.classList.remove("agv-net-touched");
    this.pathOf.get(k)?.classList.add("agv-net-touched");
    this.touched = k;
    this.svg.classList.toggle("agv-net-pulls", this.live?.leafOf(k) != null);
  }

  // A hair that is looked at.
  pick(k) {
    this.picked = k;
    this.show(null, k);
    if (k != null) this.live?.choose(k); // and the keys are for its number
  }

  show(k, hair = null) {
    this.open = k;
    this.picked = hair;
    this.whole = false; // unless numbers change, all of which are to be seen
    this.panel.opens(k);
    this.side.classList.toggle("agv-net-opened", k != null);
    if (k != null) this.live?.opens(k);
    this.nodes.forEach((node, i) => node.setAttribute("aria-pressed", String(i === k)));
    this.refresh();
    this.side.scrollTop = 0;
  }

  focus(k) {
    this.nodes.forEach((node, i) => node.setAttribute("tabindex", i === k ? "0" : "-1"));
    this.nodes[k].focus({ preventScroll: true });
    const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const box = this.nodes[k].getBoundingClientRect(), frame = this.picture.getBoundingClientRect();
    if (box.left < frame.left || box.right > frame.right)
      this.picture.scrollBy({ left: box.left - (frame.left + frame.right) / 2, behavior: reduced ? "auto" : "smooth" });
  }

  // From unit to unit: up and down in a column, left and right to the nearest in the next.
  step(k, key) {
    const { column, y } = this.discs[k];
    const there = (c) => this.discs.flatMap((disc, i) => (disc.column === c ? [i] : []));
    const beside = { ArrowLeft: column - 1, ArrowRight: column + 1 }[key];
    let next = k + (key === "ArrowUp" ? -1 : 1);
    if (beside != null) {
      const near = there(beside).sort((i, j) => Math.abs(this.discs[i].y - y) - Math.abs(this.discs[j].y - y));
      next = near[0] ?? k;
    } else if (this.discs[next]?.column !== column) next = k;
    this.focus(next);
    if (this.open != null) this.show(next);
    this.point(next);
  }

  // What belongs to the unit stays, the rest steps back; the panel says what it is. A hair stands out.
  refresh() {
    const hair = this.hairs[this.picked], k = hair ? null : this.open ?? this.near;
    const disc = this.whole ? null : this.discs[k];
    const kept = new Set(disc ? [...disc.hairs, ...disc.out] : []);
    const beside = new Set([k]);
    for (const i of kept) beside.add(this.hairs[i].source).add(this.hairs[i].target);
    for (const path of this.paths) {
      style(path, { opacity: !disc || kept.has(path.hair) ? "" : "0.04" });
      path.classList.toggle("agv-net-picked", path.hair === this.picked);
    }
    this.nodes.forEach((node, i) => {
      node.classList.toggle("agv-net-far", Boolean(disc) && !beside.has(i));
      node.classList.toggle("agv-net-here", i === k || i === hair?.source || i === hair?.target);
    });
    this.live?.tag(this.picked);
    this.told.setAttribute("aria-live", (this.open ?? this.picked) == null || this.whole ? "off" : "polite");
    this.speak();
  }

  // What the panel says, and the line above where it is far below.
  speak() {
    const hair = this.hairs[this.picked], disc = hair ? null : this.discs[this.open ?? this.near];
    this.brief.textContent = hair ? this.panel.line(hair) : disc
      ? `${equal(`${disc.name} = ${disc.value}`)}${disc.gradient ? `${say(", ")}${disc.name}.grad = ${disc.gradient}` : ""}${say(". ")}${disc.said}` : this.payload.label;
    patch(this.told, hair ? this.panel.hair(hair) : disc ? this.panel.about(disc, this.open != null) : this.panel.overview(this.mode));
  }

  tell(path) {
    const hair = this.hairs[path.hair], { source, target, name, weight, product, carried, gradient } = hair;
    const [from, to] = [this.discs[source], this.discs[target]];
    const grad = gradient ? `, ${name}.grad = ${gradient}` : "";
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = equal(`${name} = ${weight}${grad}\n${from.name} → ${to.name}: ${times(weight, from.value)} = ${product}` +
      (carried ? `\n${say("back through the hair: {product}", { product: `${times(weight, plain(to.totalGradient))} = ${carried}` })}` : ""));
    path.replaceChildren(title);
  }
}

// The numbers that Python has written.
function recordedNumbers({ modes, discs, hairs }) {
  const found = {
    modes,
    discs: discs.map(([column, name, where, said, value, gradient, total, totalGradient, activation, slope, off, output, hairs]) =>
      ({ column, name, where, said, value, gradient, total, totalGradient, activation, slope, off, output, hairs, out: [] })),
    hairs: hairs.map(([source, target, name, weight, product, carried, share, gradient]) =>
      ({ source, target, name, weight, product, carried, share, gradient: gradient || share && signed(share) })),
  };
  found.hairs.forEach((hair, k) => found.discs[hair.source]?.out.push(k));
  return found;
}

const sign = (size) => (size > 0 ? "positive" : "negative");
