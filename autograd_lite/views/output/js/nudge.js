// "Nudge": a leaf is changed a little, beside what its gradient says ------------------------------

const NUDGES = [1, 0.1, 0.01, 0.001, 0.0001, 0.00001];

class Nudging {
  constructor(payload, model, changed) {
    Object.assign(this, { payload, model, root: payload.root, changed });
    this.leaves = payload.leaves.map((card) => ({ card, place: Number(card.slice(1)) }));
    this.sign = 1;
    this.size = 2; // 0.01
    this.chosen = null;
  }

  get leaf() {
    if (!this.model.canChange) return undefined;
    const steepest = (one, other) => (Math.abs(this.model.right.s[other.place]) > Math.abs(this.model.right.s[one.place]) ? other : one);
    return this.leaves.find(({ card }) => card === this.chosen) ?? (this.leaves.length ? this.leaves.reduce(steepest) : undefined);
  }

  // Whether there is a leaf on the card `key` to be nudged.
  choose(key) {
    if (!this.leaves.some(({ card }) => card === key)) return false;
    this.chosen = key;
    return true;
  }

  // The result when the leaf is changed by h, for each size of h up and then down, and what that
  // says of its gradient.
  rows({ place }) {
    const { values, count } = this.model;
    const steps = [...NUDGES, ...NUDGES.map((h) => -h)];
    const results = this.model.curve(place, steps.map((h) => values[place] + h));
    return steps.map((h, i) => ({ h, result: results[i], slope: (results[i] - values[count - 1]) / h }));
  }

  hint({ place }, rows, gradient) {
    const slopes = rows.map(({ slope }) => slope), count = NUDGES.length;
    const [above, below] = [slopes[count - 1], slopes[2 * count - 1]];
    if (![slopes[count - 2], above, slopes[2 * count - 2], below, gradient].every(Number.isFinite))
      return say("Where a result or a gradient is nan or infinite, there is nothing to compare.");
    if (slopes.every((slope) => Math.abs(slope - gradient) <= Math.max(1e-6 * Math.max(Math.abs(slope), Math.abs(gradient)), 1e-12)))
      return say("The two are equal for each h: the result changes as a straight line does.");
    if (this.model.kink(place))
      return say(
        "From above the change ÷ h is {above}, from below {below}: there is a kink here, and {gradient} is a choice.",
        { above: number(above, 6), below: number(below, 6), gradient: number(gradient, 6) });
    return say("The smaller h is, the closer the two come: the gradient is what is left when h goes to 0.");
  }

  show(extra, said) {
    if (!this.leaf) {
      said.append(heading(say("Nudge"), this.model.live.why ?? say("there is no leaf of its own to nudge")));
      return;
    }
    const { leaf, root, model } = this;
    const nameOf = ({ place }) => model.live.names[place];
    const name = nameOf(leaf), sizes = NUDGES.length;
    const all = this.rows(leaf), slopeNow = model.right.s[leaf.place], gradient = number(slopeNow, 6);
    const rows = (this.sign > 0 ? all.slice(0, sizes) : all.slice(sizes)).map((row) => [number(row.h), number(row.result, 6), number(row.slope, 6)]);
    const [h, moved, slope] = rows[this.size];
    const result = number(model.values[model.count - 1], 6);
    const again = (tag, change) => {
      change();
      this.changed();
      extra.querySelector(tag)?.focus({ preventScroll: true });
    };
    const choose = make("select", { "aria-label": say("Leaf"), onchange: () => again("select", () => (this.chosen = choose.value)) },
      ...this.leaves.map((each) => make("option", { value: each.card, selected: each.card === leaf.card }, `${nameOf(each)} = ${number(model.values[each.place])}`)));
    const slide = make("input", {
      type: "range", min: 0, max: sizes - 1, value: this.size, "aria-label": say("Size of h"), "aria-valuetext": h,
      oninput: () => again("input", () => (this.size = Number(slide.value))),
    });
    const turn = make("button", { type: "button", class: "agv-mode", onclick: () => again("button", () => (this.sign = -this.sign)) }, this.sign > 0 ? say("up ▲") : say("down ▼"));
    extra.append(make("div", { class: "agv-choices" }, make("span", {}, say("Nudge")), choose, turn, make("span", {}, say("by h =")), slide, make("b", { class: "agv-h" }, h)));
    said.append(
      heading(say("{name} becomes {name} + h", { name }),
        say("{root} goes from {before} to {after}.", { root, before: result, after: moved })),
      make("div", { class: "agv-lines" },
        make("div", { class: "agv-line" },
          make("span", { class: "agv-row" }, `(${root}(${name} + h) − ${root}(${name})) ÷ h `),
          make("span", { class: "agv-row" }, "= ", make("b", {}, slope))),
        make("div", { class: `agv-line agv-of-${toneOf(gradient)}` }, make("span", { class: "agv-row" }, `${name}.grad = `, make("b", {}, gradient)))),
      make("div", { class: "agv-wide", tabindex: "0", role: "group", "aria-label": say("All sizes of h") },
        make("table", {},
          make("thead", {}, make("tr", {}, ...["h", `${root}(${name} + h)`, say("change ÷ h")].map((t) => make("th", { scope: "col" }, t)))),
          make("tbody", {}, ...rows.map((row, i) => make("tr", { class: i === this.size ? "agv-row-now" : null }, ...row.map((t) => make("td", {}, t))))))),
      make("p", { class: "agv-hint" }, this.hint(leaf, all, slopeNow)));
  }
}
