// Where the parts of a net stand: in the pixels of the screen, so that type never shrinks ----------

class NetPlaces {
  constructor({ el, root, picture, side, legend, svg, nodes, heads, paths, columns, discs, hairs, place, payload }) {
    Object.assign(this, { el, root, picture, side, legend, svg, nodes, heads, paths, columns, discs, hairs, place, payload });
    this.roomy = [0, 0]; // left and right, at least, where there is room
  }

  // The picture in the pixels of the screen: columns spread over its width, discs over its height.
  layout() {
    const wide = this.root.clientWidth >= 860;
    this.root.classList.toggle("agv-net-beside", wide);
    const [left0, right0, , height0] = this.place;
    const top = 64, bottom = 26, room = this.picture.clientWidth || 800;
    const above = this.picture.getBoundingClientRect().top - this.el.getBoundingClientRect().top;
    const start = this.el.getBoundingClientRect().top + scrollY; // a view far below is scrolled to
    const high = wide ? Math.max(windowHeight() - above - (start < 200 ? start : 16) - 44, 360) : 0.85 * height0;
    const zoom = wide ? Math.min(Math.max(Math.min(room / 800, high / 640), 1), 1.6) : 1;
    const space = room / zoom, last = this.columns.length - 1;
    const narrow = space < 560;
    let left = Math.max(left0, this.roomy[0]), right = Math.max(right0, this.roomy[1]);
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
    this.x = x;
    const most = Math.max(...this.columns.map((column) => column[0]));
    const fills = (high / zoom - top - bottom) / (height0 - top - bottom);
    const stretch = most < 3 ? 1 : Math.min(Math.max(fills, most > 32 ? 1 : 0.85), 1.5);
    const y = (this.y = this.discs.map((disc) => top + (disc.y - top) * stretch));
    this.nodes.forEach((node, k) => {
      node.setAttribute("transform", `translate(${x[this.discs[k].column]} ${y[k]})`);
      for (const part of node.querySelectorAll("circle, path")) part.setAttribute("transform", `scale(${small})`);
    });
    this.heads.forEach((head, k) => {
      head.setAttribute("transform", `translate(${x[k]} 0)`);
      this.head(head, k, spread, left + shift);
    });
    for (const path of this.paths) path.setAttribute("d", this.curve(this.hairs[path.hair], x, y));
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
      node.dataset.room = column === 0 ? x[0] - radius * small - 12 : right - radius * small - (narrow && this.payload.outputs > 1 ? 26 : 14);
      this.fit(node, Number(node.dataset.room));
    });
    this.narrow = narrow;
    this.onLayout?.();
    if (!this.placed) this.picture.scrollLeft = width * zoom; // where the result is
    this.placed = true;
    this.edges();
  }

  // Another text beside a disc; whether there must be more room for it.
  write(node, text, full) {
    if (text.dataset.full === full) return false;
    text.dataset.full = full;
    const room = Number(node.dataset.room), across = wide(full, Number(text.getAttribute("font-size")), text.hasAttribute("font-weight"));
    if (across <= room) text.textContent = full;
    else if (this.narrow) this.fit(node, room);
    else {
      const side = text.getAttribute("text-anchor") ? 0 : 1;
      this.place[side] = Math.max(this.place[side], this.roomy[side]) + across - room + 2;
    }
    return across > room && !this.narrow;
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

  // The hair that passes closest to a point, no farther away than `most`; null if there is none.
  hairAt(px, py, most) {
    const parts = new Map(); // of the way between two columns, how far the point is, and how steep the way
    let found = null;
    this.hairs.forEach(({ source, target }, k) => {
      if (source < 0) return;
      const a = this.discs[source].column, b = this.discs[target].column, key = `${a} ${b}`;
      if (!parts.has(key)) parts.set(key, partOf(px, this.x[a] + this.radii[a], this.x[b] - this.radii[b]));
      const part = parts.get(key);
      if (!part) return;
      const rise = this.y[target] - this.y[source];
      const away = Math.abs(py - this.y[source] - rise * part.up) / Math.hypot(1, rise * part.steep);
      if (away <= most) [found, most] = [k, away];
    });
    return found;
  }

  // Where the middle of a hair is.
  middle({ source, target }) {
    const a = this.discs[source].column, b = this.discs[target].column;
    return [(this.x[a] + this.radii[a] + this.x[b] - this.radii[b]) / 2, (this.y[source] + this.y[target]) / 2];
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
    const texts = [...node.querySelectorAll("text:not([data-part=begins], [data-part=broken])")]; // these are at the disc
    for (const text of texts) text.textContent = text.dataset.full ??= text.textContent;
    const [name, below] = texts;
    const [, start, end] = name?.textContent.match(/^(\S+) ([^=]+)$/) ?? [];
    if (end && below && !this.onLayout && name.getComputedTextLength() > room) { // a live number stays
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
}

// How far up a hair between two columns is above a point between them, as a share of its rise, and how
// that grows with the way; it is the curve of `curve`. Null outside.
function partOf(at, from, to) {
  if (at < from || at > to || to <= from) return null;
  let low = 0, high = 1;
  const way = (t) => 3 * t * (1 - t) * (0.42 * (1 - t) + 0.58 * t) + t ** 3;
  for (let i = 0; i < 20; i++) {
    const t = (low + high) / 2;
    if (way(t) * (to - from) < at - from) low = t;
    else high = t;
  }
  const speed = (3 * (0.42 * (1 - 4 * low + 3 * low ** 2) + 0.58 * (2 * low - 3 * low ** 2)) + 3 * low ** 2) * (to - from);
  return { up: 3 * low ** 2 - 2 * low ** 3, steep: (6 * low * (1 - low)) / speed };
}
