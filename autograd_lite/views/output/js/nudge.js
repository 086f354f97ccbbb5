// "Nudge": a leaf is changed a little, beside what its gradient says ------------------------------

class Nudging {
  constructor(payload, changed) {
    const { leaves, why_not: why, result, first } = payload.nudge;
    Object.assign(this, { root: payload.root, leaves: leaves ?? [], why, result, first, changed });
    this.sign = 1;
    this.size = 2; // 0.01
    this.chosen = null;
  }

  get leaf() {
    return this.leaves.find(({ card }) => card === this.chosen) ?? this.leaves[this.first];
  }

  // Whether there is a leaf on the card `key` to be nudged.
  choose(key) {
    if (!this.leaves.some(({ card }) => card === key)) return false;
    this.chosen = key;
    return true;
  }

  show(extra, said) {
    if (!this.leaf) {
      said.append(heading(say("Nudge"), this.why ?? say("there is no leaf of its own to nudge")));
      return;
    }
    const { leaf, root, result } = this;
    const { name } = leaf;
    const sizes = leaf.rows.length / 2;
    const rows = leaf.rows.slice(this.sign > 0 ? 0 : sizes, this.sign > 0 ? sizes : 2 * sizes);
    const [h, moved, slope] = rows[this.size];
    const again = (tag, change) => {
      change();
      this.changed();
      extra.querySelector(tag)?.focus({ preventScroll: true });
    };
    const choose = make("select", { "aria-label": say("Leaf"), onchange: () => again("select", () => (this.chosen = choose.value)) },
      ...this.leaves.map(({ card, name: each, data }) => make("option", { value: card, selected: card === leaf.card }, `${each} = ${data}`)));
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
        make("div", { class: `agv-line agv-of-${toneOf(leaf.gradient)}` }, make("span", { class: "agv-row" }, `${name}.grad = `, make("b", {}, leaf.gradient)))),
      make("div", { class: "agv-wide", tabindex: "0", role: "group", "aria-label": say("All sizes of h") },
        make("table", {},
          make("thead", {}, make("tr", {}, ...["h", `${root}(${name} + h)`, say("change ÷ h")].map((t) => make("th", { scope: "col" }, t)))),
          make("tbody", {}, ...rows.map((row, i) => make("tr", { class: i === this.size ? "agv-row-now" : null }, ...row.map((t) => make("td", {}, t))))))),
      make("p", { class: "agv-hint" }, leaf.hint));
  }
}
