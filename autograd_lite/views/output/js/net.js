// A net: its switch, pointing at a unit, opening its sum. The payload brings every number as text and
// every size as a whole number up to 1000, so nothing is computed here but places on the screen.

const SIZES = 1000;
const HINTS = {
  gradient: "what flows back along it", weight: "the weight itself", activation: "what it adds to the next sum",
};

function mountNet(payload, el, model, signal) {
  const net = new NetView(payload, el, signal);
  return () => net.remove();
}

class NetView {
  constructor(payload, el, signal) {
    const { modes, columns, discs, hairs, place } = payload;
    Object.assign(this, { payload, el, modes, columns, place });
    this.discs = discs.map(([column, y, name, where, said, value, gradient, total, totalGradient, activation, slope, off, output, hairs]) =>
      ({ column, y, name, where, said, value, gradient, total, totalGradient, activation, slope, off, output, hairs, out: [] }));
    this.hairs = hairs.map(([source, target, name, weight, product, carried, share, gradient]) =>
      ({ source, target, name, weight, product, carried, share, gradient: gradient || share && signed(share) }));
    this.hairs.forEach((hair, k) => this.discs[hair.source]?.out.push(k));
    this.mode = Object.keys(modes)[0];
    this.open = this.near = null; // the numbers of discs
    this.build(signal);
    this.find();
    this.listen(signal);
    this.choose(this.mode);
    const observer = new ResizeObserver(() => this.layout());
    observer.observe(this.root);
    signal.addEventListener("abort", () => observer.disconnect());
    this.layout();
  }

  // The parts -----------------------------------------------------------------------------------

  build(signal) {
    this.picture = this.el.querySelector(":scope > .agv-picture") ?? make("div", { class: "agv-picture" });
    if (this.payload.svg) this.picture.innerHTML = this.payload.svg;
    this.buttons = {};
    const group = make("div", { class: "agv-net-modes", role: "group", "aria-label": "What colours and widths show" });
    for (const mode of Object.keys(HINTS)) {
      const there = mode in this.modes;
      const button = make("button", {
        type: "button", "aria-disabled": there ? null : "true",
        title: there ? `${HINTS[mode]} (key ${mode[0]})` : "There is no gradient yet: call backward() first",
        onclick: () => there && this.choose(mode),
      }, mode);
      this.buttons[mode] = button;
      group.append(button);
    }
    this.legend = make("ul", { class: "agv-net-legend" });
    this.side = make("div", { class: "agv-net-side", role: "region", "aria-label": "Explanation", tabindex: "0" });
    this.root = make("div", { class: "agv-net" });
    this.el.prepend(this.root);
    this.root.append(make("div", { class: "agv-net-bar" }, make("span", { class: "agv-net-asks" }, "A hair shows its"), group),
      this.picture, this.legend, this.side);
    const numbers = this.el.querySelector(":scope > .agv-numbers"); // a page has them already
    if (numbers) numbers.open = false;
    else this.el.append(this.made = this.table());
    addEventListener("beforeprint", () => { (numbers ?? this.made).open = true; }, { signal });
  }

  // All numbers as a table, for readers who do not see the picture.
  table() {
    const [head, ...rows] = this.payload.rows;
    return make("details", { class: "agv-numbers" }, make("summary", {}, "All numbers as a table"),
      make("div", { class: "agv-wide", tabindex: "0", role: "group", "aria-label": "Table" },
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
    this.paths.forEach((path, i) => { path.dataset.hair = this.order[i]; });
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
    on("pointerleave", () => this.point(null));
    this.picture.addEventListener("scroll", () => this.edges(), { signal });
    on("focusin", (event) => event.target.matches(":focus-visible") && this.point(at(event)));
    on("focusout", () => this.point(null));
    on("click", (event) => {
      const k = at(event);
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
    this.root.addEventListener("keydown", (event) => this.key(event) && event.stopPropagation(), { signal });
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
    else if (key === "Escape" && this.open != null) this.show(null);
    else if (key === "f") document.fullscreenElement ? document.exitFullscreen() : this.el.requestFullscreen?.();
    else return false;
    return true;
  }

  remove() {
    this.el.prepend(this.picture);
    this.root.remove();
    this.made?.remove();
  }

  // Places --------------------------------------------------------------------------------------

  // The picture in the pixels of the screen: columns spread over its width, discs over its height.
  layout() {
    const wide = this.root.clientWidth >= 860;
    this.root.classList.toggle("agv-net-beside", wide);
    const [left0, right0, , height0] = this.place;
    const top = 64, bottom = 26, room = this.picture.clientWidth || 800;
    const above = this.picture.getBoundingClientRect().top - this.el.getBoundingClientRect().top;
    const start = this.el.getBoundingClientRect().top + scrollY; // a view far below is scrolled to
    const high = wide ? Math.max(innerHeight - above - (start < 200 ? start : 16) - 44, 360) : 0.85 * height0;
    const zoom = wide ? Math.min(Math.max(Math.min(room / 800, high / 640), 1), 1.6) : 1;
    const space = room / zoom, last = this.columns.length - 1;
    const narrow = space < 560;
    let left = left0, right = right0;
    if (narrow) {
      left = Math.min(left0, 0.27 * space);
      right = Math.min(right0, Math.max((this.payload.outputs > 1 ? 0.34 : 0.29) * space, space - left - 72 * last));
    }
    this.side.style.fontSize = `${15 * zoom}px`;
    this.legend.style.fontSize = `${14 * zoom}px`;
    // Where columns are many, the discs shrink, to half their size.
    const largest = Math.max(...this.columns.map((column) => column[1]));
    const between = () => Math.max((space - left - right) / Math.max(last, 1), largest + 9);
    const small = Math.min(1, Math.max((between() - 10) / (2 * largest), 0.5));
    left -= largest * (1 - small);
    right -= largest * (1 - small);
    const gap = between();
    this.radii = this.columns.map((column) => column[1] * small);
    const spread = Math.min(gap, 320);
    const shift = (gap - spread) * last / 2; // a small net stands in the middle
    const x = this.columns.map((_, k) => left + shift + spread * k);
    const most = Math.max(...this.columns.map((column) => column[0]));
    const fills = (high / zoom - top - bottom) / (height0 - top - bottom);
    const stretch = most < 3 ? 1 : Math.min(Math.max(fills, most > 32 ? 1 : 0.85), 1.5);
    const y = this.discs.map((disc) => top + (disc.y - top) * stretch);
    this.nodes.forEach((node, k) => {
      node.setAttribute("transform", `translate(${x[this.discs[k].column]} ${y[k]})`);
      for (const part of node.querySelectorAll("circle, path")) part.setAttribute("transform", `scale(${small})`);
    });
    this.heads.forEach((head, k) => {
      head.setAttribute("transform", `translate(${x[k]} 0)`);
      this.head(head, k, spread, left + shift);
    });
    for (const path of this.paths) path.setAttribute("d", this.curve(this.hairs[path.dataset.hair], x, y));
    const width = x[last] + right + shift;
    const card = this.loss(x.at(-1), y, width, narrow);
    const height = Math.max(Math.max(...y) + 20, card) + bottom;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("width", width * zoom);
    this.svg.setAttribute("height", height * zoom);
    const ground = this.svg.querySelector('[data-part="ground"]');
    ground.setAttribute("width", width);
    ground.setAttribute("height", height);
    this.nodes.forEach((node, k) => {
      const { column, output } = this.discs[k], radius = this.columns[column][1];
      if (column && !output) return;
      for (const text of node.querySelectorAll("text[font-weight], text[text-anchor=end]")) {
        text.dataset.x ??= text.getAttribute("x");
        text.setAttribute("x", Number(text.dataset.x) + Math.sign(text.dataset.x) * radius * (small - 1));
      }
      if (column === 0) this.fit(node, x[0] - radius * small - 12);
      else this.fit(node, right - radius * small - (narrow && this.payload.outputs > 1 ? 26 : 14));
    });
    if (!this.placed) this.picture.scrollLeft = width * zoom; // where the result is
    this.placed = true;
    this.edges();
  }

  // What is wider than the screen fades where there is more.
  edges() {
    const { classList, scrollLeft, clientWidth, scrollWidth } = this.picture;
    classList.toggle("agv-net-before", scrollLeft > 4);
    classList.toggle("agv-net-after", scrollLeft + clientWidth < scrollWidth - 4);
  }

  curve({ source, target }, x, y) {
    const a = this.discs[source].column, b = this.discs[target].column;
    const from = x[a] + this.radii[a], to = x[b] - this.radii[b], bend = 0.42 * (to - from);
    return `M${from} ${y[source]}C${from + bend} ${y[source]} ${to - bend} ${y[target]} ${to} ${y[target]}`;
  }

  // The heading of a column, as long as there is room for.
  head(head, k, gap, left) {
    const [, , name, short] = this.columns[k];
    const [first, second] = head.querySelectorAll("text");
    const room = k === 0 ? Math.min(gap, 2 * left) : gap;
    first.textContent = name;
    if (first.getComputedTextLength() > room - 6) first.textContent = short;
    if (second) second.style.visibility = second.getComputedTextLength() > room - 6 ? "hidden" : "";
  }

  // The card of the loss below the outputs, or on a narrow screen below all, and the line to it;
  // gives its lower edge.
  loss(last, y, width, narrow) {
    const part = this.svg.querySelector('[data-part="loss"]');
    if (!part) return 0;
    const [box, line] = [part.querySelector("rect"), part.querySelector("path")];
    const [left, top, wide, high] = ["x", "y", "width", "height"].map((name) => Number(box.getAttribute(name)));
    const outputs = this.discs.flatMap((disc, k) => (disc.output ? [k] : []));
    const lowest = Math.max(...outputs.map((k) => y[k])), was = Math.max(...outputs.map((k) => this.discs[k].y));
    const moved = Math.min(last, width - left - wide - 14);
    const down = narrow ? Math.max(...y) + 30 - top : lowest - was;
    part.setAttribute("transform", `translate(${moved} ${down})`);
    if (outputs.length > 1) {
      const edge = width - 6 - moved;
      const ticks = outputs.map((k) => `M${edge - 8} ${y[k] - down}H${edge}`).join("");
      line.setAttribute("d", `${ticks}M${edge} ${Math.min(...outputs.map((k) => y[k])) - down}V${top + high / 2}H${left + wide}`);
    } else line.setAttribute("d", `M${left + 14 + last - moved} ${lowest + 28 - down}V${top}`);
    return top + high + down;
  }

  // Cut the text beside a disc to `room`: names before numbers.
  fit(node, room) {
    const texts = [...node.querySelectorAll("text")];
    for (const text of texts) text.textContent = text.dataset.full ??= text.textContent;
    const [name, below] = texts;
    const [, start, end] = name?.textContent.match(/^(\S+) ([^=]+)$/) ?? [];
    if (end && below && name.getComputedTextLength() > room) {
      name.textContent = start; // two words in place of a name and a number
      below.textContent = end;
    }
    for (const text of texts) {
      const full = text.textContent;
      const tooLong = () => text.getComputedTextLength() > room;
      if (!tooLong()) continue;
      const [, name, number] = full.match(/^(.*?)((?: [=▲▼] ?.*)?)$/);
      if (/grad$/.test(name)) text.textContent = number.trim();
      else if (!shortened(4, number)) shortened(1, "");
      // The name cut so that it fits with `rest` behind it, to no less than `least` letters.
      function shortened(least, rest) {
        for (let n = name.length; n >= least; n--) {
          const half = Math.ceil(n / 2); // the ends of a name tell it from its neighbours
          text.textContent = (n < name.length ? `${name.slice(0, half).trim()}…${name.slice(name.length - n + half).trim()}` : name) + rest;
          if (!tooLong()) return true;
        }
        return false;
      }
    }
  }

  // Colours and widths --------------------------------------------------------------------------

  choose(mode) {
    this.mode = mode;
    for (const [name, button] of Object.entries(this.buttons)) button.setAttribute("aria-pressed", String(name === mode));
    const { hairs, discs, legend, thick } = this.modes[mode];
    for (const path of this.paths) this.dress(path, hairs[path.dataset.hair], thick);
    const size = (path) => Math.abs(hairs[path.dataset.hair] ?? SIZES + 1);
    this.strands.append(...[...this.paths].sort((one, other) => size(one) - size(other)));
    this.nodes.forEach((node, k) => this.fill(node, this.discs[k], discs[k]));
    this.legend.replaceChildren(...legend.map(([kind, words]) => make("li", { class: `agv-net-${kind}` }, make("i", {}), words)));
    this.refresh();
  }

  dress(path, size, thick) {
    const { style } = path, { source } = this.hairs[path.dataset.hair];
    const share = Math.abs(size ?? SIZES) / SIZES;
    const fades = this.mode === "gradient" && this.discs[source].off && size != null;
    style.stroke = `var(--ag-${size == null ? "nan" : size ? sign(size) + "-line" : "neutral-line"})`;
    style.strokeWidth = size == null ? 3 : size ? (0.6 + thick * share).toFixed(2) : 0.8;
    style.strokeOpacity = size === 0 ? 0.3 : ((0.18 + 0.78 * share) * (fades ? 0.4 : 1)).toFixed(3);
    style.strokeDasharray = size == null ? "7 4" : size ? "none" : "1 5";
  }

  fill(node, disc, size) {
    const outline = node.querySelector('[data-part="disc"]'), tint = node.querySelector('[data-part="tint"]');
    const arrow = node.querySelector('[data-part="arrow"]');
    if (arrow) arrow.style.display = this.mode === "gradient" ? "" : "none";
    if (/nan|∞/.test(disc.value)) return;
    const role = size == null ? "nan" : disc.off || !size ? "neutral-line" : `${sign(size)}-line`;
    outline.style.stroke = `var(--ag-${role})`;
    tint.style.fill = `var(--ag-${role})`;
    tint.style.fillOpacity = disc.off || !size ? 0 : 0.12 + (0.8 * Math.abs(size)) / SIZES;
  }

  // Pointing and opening --------------------------------------------------------------------------

  point(k) {
    if (k === this.near) return;
    this.near = k;
    this.refresh();
  }

  show(k) {
    this.open = k;
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

  // What belongs to the unit stays, the rest steps back; the panel says what it is.
  refresh() {
    const k = this.open ?? this.near, disc = this.discs[k];
    const kept = new Set(disc ? [...disc.hairs, ...disc.out] : []);
    const beside = new Set([k]);
    for (const i of kept) beside.add(this.hairs[i].source).add(this.hairs[i].target);
    for (const path of this.paths) path.style.opacity = !disc || kept.has(Number(path.dataset.hair)) ? "" : "0.04";
    this.nodes.forEach((node, i) => {
      node.classList.toggle("agv-net-far", Boolean(disc) && !beside.has(i));
      node.classList.toggle("agv-net-here", i === k);
    });
    this.side.setAttribute("aria-live", this.open == null ? "off" : "polite");
    this.side.replaceChildren(...(disc ? this.about(disc) : this.overview()));
  }

  tell(path) {
    const { source, target, name, weight, product, carried, gradient } = this.hairs[path.dataset.hair];
    const [from, to] = [this.discs[source], this.discs[target]];
    const grad = gradient ? `, ${name}.grad = ${gradient}` : "";
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = `${name} = ${weight}${grad}\n${from.name} → ${to.name}: ${times(weight, from.value)} = ${product}` +
      (carried ? `\nback: ${times(weight, plain(to.totalGradient))} = ${carried}` : "");
    path.replaceChildren(title);
  }

  // The panel -------------------------------------------------------------------------------------

  overview() {
    return [
      make("p", { class: "agv-net-where" }, make("b", {}, "Overview")),
      ...this.modes[this.mode].said.map((text) => make("p", { class: "agv-net-said" }, text)),
      this.mode === "gradient" && this.layers(),
      make("p", { class: "agv-net-hint" }, "Point at a unit for its numbers. A click, or Enter, opens its sum; arrow keys go from unit to unit."),
    ].filter(Boolean);
  }

  // How much gradient comes back to each layer.
  layers() {
    const rows = this.payload.layers;
    if (rows.length < 2) return null;
    return make("table", { class: "agv-net-terms" }, make("caption", {}, "Gradient in each layer (root mean square)"),
      make("tbody", {}, ...rows.map(([name, size, share]) => {
        const part = make("i", {});
        part.style.width = `${share}%`;
        return make("tr", {}, make("th", { scope: "row" }, name),
          make("td", { class: "agv-net-long" }, make("span", { "aria-hidden": "true" }, part)), make("td", {}, make("b", {}, size)));
      })));
  }

  about(disc) {
    const { name, where, said, value, gradient, total, totalGradient, activation, slope } = disc;
    const open = this.open != null, parts = [];
    parts.push(make("p", { class: "agv-net-where" }, make("b", {}, name), ` ${where}`,
      open && make("button", { type: "button", class: "agv-net-close", "aria-label": "Close", onclick: () => this.show(null) }, "✕")));
    if (said) parts.push(make("p", { class: "agv-net-said" }, said));
    const lines = [];
    if (total) {
      if (activation) {
        const call = /^[\w⁻]+$/.test(activation) ? `${activation}(z)` : `${activation} of z`;
        lines.push(["z = Σ w·x + b", total], [`${name} = ${call}`, value, `, slope ${slope}`]);
      } else lines.push([`${name} = Σ w·x + b`, value]);
    } else lines.push([name, value]);
    const rows = lines.map(([left, right, more = ""]) => make("div", {}, `${left} = `, make("b", {}, right), more));
    if (gradient) {
      rows.push(make("div", {}, `${name}.grad = `, chip(gradient)));
      if (activation) rows.push(make("div", {}, `z.grad = ${times(slope, plain(gradient))} = `, chip(totalGradient)));
    }
    parts.push(make("div", { class: "agv-net-lines" }, ...rows));
    const seen = Boolean(this.modes.gradient);
    if (disc.hairs.length) parts.push(this.terms(disc, open));
    if (disc.out.length && seen) parts.push(this.sources(disc, open));
    if (disc.hairs.length && seen && open) parts.push(this.shares(disc));
    if (!open) parts.push(make("p", { class: "agv-net-hint" }, disc.hairs.length ? "A click opens its sum." : ""));
    return parts;
  }

  // The sum, its largest terms first.
  terms(disc, open) {
    const sizes = this.modes.activation.hairs;
    const rows = disc.hairs.map((k) => {
      const { source, name, weight, product } = this.hairs[k], from = this.discs[source];
      return [from?.name ?? "bias", from ? times(weight, from.value) : weight, sizes[k], product, name];
    });
    return table("What it sums", "w × x", rows, open ? rows.length : 5, disc.total);
  }

  // Where its gradient comes from, the largest part first.
  sources(disc, open) {
    const sizes = this.modes.gradient.hairs, size = (k) => Math.abs(sizes[k] ?? SIZES + 1);
    const rows = [...disc.out].sort((i, j) => size(j) - size(i)).map((k) => {
      const { target, weight, carried, name } = this.hairs[k], to = this.discs[target];
      return [to.name, times(weight, plain(to.totalGradient)), sizes[k], carried, name];
    });
    return table("Where its gradient comes from", "w × z.grad", rows, open ? rows.length : 4, plain(disc.gradient));
  }

  // What the backward adds to the gradients of its weights.
  shares(disc) {
    const rows = disc.hairs.filter((k) => this.hairs[k].share).map((k) => {
      const { source, name, share } = this.hairs[k], from = this.discs[source];
      return [name, times(from?.value ?? "1", plain(disc.totalGradient)), null, share, name];
    });
    return table("What it adds to its weights’ gradients", "x × z.grad", rows, rows.length, "");
  }
}

const sign = (size) => (size > 0 ? "positive" : "negative");
const times = (one, other) => `${one} × ${other.startsWith("−") ? `(${other})` : other}`;
const signed = (text) => (text === "0" || text === "nan" ? text : `${text.startsWith("−") ? "▼" : "▲"} ${text}`);
const plain = (text) => text.replace(/^[▲▼] /, "");
const toned = (text) => (/^[▲▼]?\s*(nan|[−]?∞)/.test(text) ? "nan" : /^▼|^−/.test(text) ? "negative" : plain(text) === "0" ? "zero" : "positive");

function chip(text) {
  return make("b", { class: `agv-net-chip agv-net-${toned(text)}` }, text);
}

function bar(size, most) {
  const share = 50 * (size / most) ** 2;
  const part = make("i", { class: `agv-net-${size > 0 ? "positive" : "negative"}` });
  part.style.left = `${size < 0 ? 50 - share : 50}%`;
  part.style.width = `${share}%`;
  return make("span", { class: "agv-net-share", "aria-hidden": "true" }, part);
}

// Rows of (name, product, size of the bar, result, what a pointer reads), as many as are wanted.
function table(caption, head, rows, count, sum) {
  const most = Math.max(...rows.map((row) => Math.abs(row[2] ?? 0)), 1);
  const left = rows.length - count;
  const cell = (tag, ...inside) => make(tag, tag === "th" ? { scope: "row" } : {}, ...inside);
  return make("table", { class: "agv-net-terms" }, make("caption", {}, caption),
    make("thead", {}, make("tr", {}, make("td", {}), make("th", { scope: "col" }, head), make("td", {}), make("td", {}))),
    make("tbody", {}, ...rows.slice(0, count).map(([name, product, size, result, title]) =>
      make("tr", { title }, cell("th", name), cell("td", product), cell("td", size == null ? "" : bar(size, most)),
        cell("td", make("b", { class: `agv-net-${toned(result)}-text` }, result)))),
      left > 0 && make("tr", {}, cell("th", `and ${left} more`), cell("td"), cell("td"), cell("td")),
      sum && make("tr", { class: "agv-net-sum" }, cell("th", "sum"), cell("td"), cell("td"), cell("td", make("b", {}, sum)))));
}
