// The result over one leaf, with the tangent that its gradient is ---------------------------------

const POINTS = 97; // of the curve, at most
const LEAST = 1e-9; // a smaller part of the result is no change of it
const WORK = 20000; // operations for all of them
const PLOT = { w: 400, h: 150, left: 8, right: 8, top: 8, bottom: 20 };
const BAND = 0.16; // of the height, for a number above the curve and one below

class Slope {
  // `change(number)` is called where the curve is dragged.
  constructor(model, root, change) {
    Object.assign(this, { model, root, change });
    const path = (name) => drawn("path", { class: `agv-${name}` });
    [this.axis, this.line, this.tangent] = ["axis", "curve", "tangent"].map(path);
    this.point = drawn("circle", { class: "agv-point", r: 6 });
    const text = (name, anchor, y) => drawn("text", { class: name, "text-anchor": anchor, y });
    [this.low, this.here, this.high] = [text("", "start", PLOT.h - 3), text("agv-x", "middle", PLOT.h - 3), text("", "end", PLOT.h - 3)];
    [this.top, this.bottom] = [text("agv-y", "start", PLOT.top + 11), text("agv-y", "start", PLOT.h - PLOT.bottom - 3)];
    this.node = drawn("svg", { class: "agv-slope", viewBox: `0 0 ${PLOT.w} ${PLOT.h}`, role: "img" },
      this.axis, this.low, this.here, this.high, this.top, this.bottom,
      drawn("svg", { width: PLOT.w, height: PLOT.h - PLOT.bottom }, this.line, this.tangent), this.point); // the inner one cuts them
    this.node.addEventListener("pointerdown", (event) => {
      this.node.setPointerCapture(event.pointerId);
      this.held = true;
      this.drag(event);
      event.preventDefault();
    });
    this.node.addEventListener("pointermove", (event) => this.held && this.drag(event));
    for (const kind of ["pointerup", "pointercancel"]) this.node.addEventListener(kind, () => {
      this.held = false;
      this.show(this.leaf);
    });
  }

  // The curve, which stays the same while this leaf alone is changed.
  curve(leaf, from, to) {
    const others = this.model.leaves.map((each) => (each === leaf ? 0 : this.model.values[each]));
    const known = this.known;
    if (known?.leaf === leaf && known.from === from && known.to === to && known.others.every((x, i) => Object.is(x, others[i]))) return known.points;
    const count = Math.max(25, Math.min(POINTS, Math.round(WORK / this.model.operations.length)));
    const xs = Array.from({ length: count }, (_, i) => from + (i / (count - 1)) * (to - from));
    this.known = { leaf, from, to, others, points: [xs, this.model.curve(leaf, xs, true)] };
    return this.known.points;
  }

  drag({ clientX }) {
    const { left, width } = this.node.getBoundingClientRect();
    const part = ((clientX - left) / width * PLOT.w - PLOT.left) / (PLOT.w - PLOT.left - PLOT.right);
    const [from, to] = this.range;
    const x = from + Math.max(0, Math.min(1, part)) * (to - from);
    this.change(Number(x.toPrecision(3)));
  }

  // The window of the leaf: about it, as wide as it is large, and the same while one drags in it.
  window(x) {
    const far = 2.5 * 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(x)))));
    const middle = Math.round(x / far * 2) * far / 2;
    return [middle - far, middle + far];
  }

  show(leaf) {
    const x = this.model.values[leaf], y = this.model.values[this.model.count - 1];
    const slope = this.model.right.s[leaf];
    const fine = Number.isFinite(x);
    const inside = this.range && this.leaf === leaf && x >= this.range[0] && x <= this.range[1];
    if (fine && !(inside && this.held) && !(inside && x > this.range[0] + 0.2 * (this.range[1] - this.range[0]) && x < this.range[1] - 0.2 * (this.range[1] - this.range[0]))) this.range = this.window(x);
    this.leaf = leaf;
    this.range ??= [-2.5, 2.5];
    const [from, to] = this.range;
    const [xs, ys] = fine ? this.curve(leaf, from, to) : [[], []];
    const there = fine && Number.isFinite(y) && !this.model.broken;
    const seen = [...ys, there ? y : NaN].filter(Number.isFinite).sort((one, other) => one - other);
    let [low, high] = seen.length ? [seen[Math.floor(seen.length * 0.02)], seen[Math.ceil(seen.length * 0.98) - 1]] : [0, 1];
    if (there) [low, high] = [Math.min(low, y), Math.max(high, y)];
    if (seen.at(-1) - seen[0] < 2 * (high - low)) [low, high] = [seen[0], seen.at(-1)]; // else it would be flat
    const ends = [low, high].map((at) => seen.length ? number(at) : "");
    const room = LEAST * Math.max(Math.abs(low), Math.abs(high)); // less is the noise of rounding
    const spread = high - low > room ? high - low : Math.abs(high) || 1;
    const edge = (spread * BAND) / (1 - 2 * BAND);
    [low, high] = [low - edge, high + edge];
    const across = (at) => PLOT.left + ((at - from) / (to - from)) * (PLOT.w - PLOT.left - PLOT.right);
    const up = (at) => PLOT.h - PLOT.bottom - ((at - low) / (high - low)) * (PLOT.h - PLOT.top - PLOT.bottom);
    const place = (at, value) => `${across(at).toFixed(1)} ${Math.max(-400, Math.min(600, up(value))).toFixed(1)}`;
    let pen = "M";
    const path = xs.map((at, i) => {
      if (!Number.isFinite(ys[i])) return (pen = "M"), "";
      const text = pen + place(at, ys[i]);
      pen = "L";
      return text;
    });
    this.line.setAttribute("d", path.join("") || "M0 0");
    this.kink = there ? this.model.kink(leaf) : null;
    this.axis.setAttribute("d", `M${PLOT.left} ${PLOT.h - PLOT.bottom}H${PLOT.w - PLOT.right}` + (there ? `M${across(x).toFixed(1)} ${PLOT.h - PLOT.bottom}V${up(y).toFixed(1)}` : ""));
    const far = (to - from) / 4;
    this.tangent.setAttribute("d", there && Number.isFinite(slope) ? `M${place(x - far, y - far * slope)}L${place(x + far, y + far * slope)}` : "M0 0");
    this.tangent.setAttribute("class", `agv-tangent agv-of-${signOf(slope)}${this.kink ? " agv-chosen" : ""}`);
    this.point.setAttribute("cx", there ? across(x) : -20);
    this.point.setAttribute("cy", there ? up(y) : -20);
    this.low.textContent = number(from);
    this.high.textContent = number(to);
    [this.bottom.textContent, this.top.textContent] = ends[0] === ends[1] ? ["", ends[1]] : ends;
    for (const text of [this.low, this.top, this.bottom]) text.setAttribute("x", PLOT.left);
    this.high.setAttribute("x", PLOT.w - PLOT.right);
    const name = this.model.live.names[leaf];
    this.here.textContent = equal(`${name} = ${number(x)}`);
    this.here.setAttribute("x", Math.max(110, Math.min(PLOT.w - 110, there ? across(x) : 200)));
    this.node.setAttribute("aria-label", say("{root} over {name}: at {x} it is {y}, and its slope is {slope}", { root: this.root, name, x: number(x), y: number(y), slope: number(slope) }));
  }
}
