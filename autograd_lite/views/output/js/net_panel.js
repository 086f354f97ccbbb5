// What stands beside a net: the whole of it in a few sentences, or a unit with its sums -------------

class NetPanel {
  constructor(net, close) {
    const { discs, hairs, modes, payload } = net;
    Object.assign(this, { net, discs, hairs, modes, payload, close });
  }

  // An open unit keeps the order of its rows while their numbers change.
  opens(k) {
    this.kept = k == null ? null : { disc: this.discs[k], hairs: [...this.discs[k].hairs] };
  }

  // A number that can be pulled here, if its leaf is live; else its text.
  pulled(leaf, text) {
    return this.net.live?.grip(leaf, text) ?? text;
  }

  overview(mode) {
    return [
      make("p", { class: "agv-net-where" }, make("b", {}, say("Overview"))),
      ...this.modes[mode].said.map((text) => make("p", { class: "agv-net-said" }, text)),
      this.net.live?.invitation(),
      this.payload.fixed && make("p", { class: "agv-net-hint" }, this.payload.fixed),
      mode === "gradient" && this.layers(),
      make("p", { class: "agv-net-hint" }, say("Point at a unit for its numbers. A click, or Enter, opens its sum; arrow keys go from unit to unit.")),
      make("p", { class: "agv-net-hint" }, say("Keys: g, w, a choose what hairs show, Esc goes back, f fills the screen.")),
    ].filter(Boolean);
  }

  // How much gradient comes back to each layer.
  layers() {
    const rows = (this.net.numbers ?? this.payload).layers;
    if (rows.length < 2) return null;
    return make("table", { class: "agv-net-terms" }, make("caption", {}, say("Gradient in each layer (root mean square)")),
      make("tbody", {}, ...rows.map(([name, size, share]) => {
        const part = make("i", {});
        part.style.width = `${share}%`;
        return make("tr", {}, make("th", { scope: "row" }, name),
          make("td", { class: "agv-net-long" }, make("span", { "aria-hidden": "true" }, part)), make("td", {}, make("b", {}, size)));
      })));
  }

  // A hair in a line: the weight and what it does.
  line({ name, weight, gradient }) {
    return equal(`${name} = ${weight}${gradient ? `${say(", ")}${name}.grad = ${gradient}` : ""}`);
  }

  hair(hair) {
    const { source, target, name, weight, product, carried, share, gradient } = hair;
    const [from, to] = [this.discs[source], this.discs[target]];
    const bold = (text) => make("b", {}, text), all = this.payload.samples;
    const own = `${from.name} × z.grad = ${times(from.value, plain(to.totalGradient))} = `; // of a batch, or of a weight that several share
    const parts = [
      [`${name} = `, weight, (text) => make("b", {}, this.pulled(this.net.live?.leafOf(hair), text))],
      gradient && [all > 1 ? say("{name}.grad (all {all} samples) = ", { name, all: all.toLocaleString("en") }) : `${name}.grad = `, gradient, chip],
      share && plain(gradient) !== share && [all > 1 ? say("of it, this sample: {product}", { product: own }) : own, share, bold],
      [`w × ${from.name} = ${times(weight, from.value)} = `, product, bold],
      carried && [say("back through the hair: {product}", { product: `w × z.grad = ${times(weight, plain(to.totalGradient))} = ` }), carried, bold],
    ];
    const rows = parts.filter(Boolean).map((part) => make("div", {}, ...equation(...part)));
    return [
      make("p", { class: "agv-net-where" }, make("b", {}, name), ` ${from.name} → ${to.name}`,
        make("button", { type: "button", class: "agv-net-close", "aria-label": say("Close"), onclick: this.close }, "✕")),
      make("div", { class: "agv-net-lines" }, ...rows),
    ];
  }

  about(disc, open) {
    const { name, where, said, value, gradient, total, totalGradient, activation, slope } = disc;
    const parts = [];
    parts.push(make("p", { class: "agv-net-where" }, make("b", {}, name), ` ${where}`,
      open && make("button", { type: "button", class: "agv-net-close", "aria-label": say("Close"), onclick: this.close }, "✕")));
    if (said) parts.push(make("p", { class: "agv-net-said" }, said));
    const lines = [];
    if (total) {
      if (activation) {
        const call = /^[\w⁻]+$/.test(activation) ? `${activation}(z)` : say("{activation} of z", { activation });
        lines.push(["z = Σ w·x + b", total], [`${name} = ${call}`, value, say(", slope {slope}", { slope })]);
      } else lines.push([`${name} = Σ w·x + b`, value]);
    } else lines.push([name, value]);
    const leaf = open && !total ? this.net.live?.leafOf(disc) : null;
    const rows = lines.map(([left, right, more = ""]) => make("div", {}, ...equation(`${left} = `, right, (text) => make("b", {}, this.pulled(leaf, text))), more));
    if (gradient) {
      rows.push(make("div", {}, `${name}.grad = `, chip(gradient)));
      if (activation) rows.push(make("div", {}, `z.grad = ${times(slope, plain(gradient))} = `, chip(totalGradient)));
    }
    parts.push(make("div", { class: "agv-net-lines" }, ...rows));
    const seen = Boolean(this.modes.gradient);
    if (disc.hairs.length) parts.push(this.terms(disc, open));
    if (disc.out.length && seen) parts.push(this.sources(disc, open));
    if (disc.hairs.length && seen && open) parts.push(this.shares(disc));
    if (!open) parts.push(make("p", { class: "agv-net-hint" }, disc.hairs.length ? say("A click opens its sum.") : ""));
    return parts;
  }

  // The sum, its largest terms first.
  terms(disc, open) {
    const sizes = this.modes.activation.hairs;
    const hairs = this.kept?.disc === disc ? this.kept.hairs : disc.hairs;
    const rows = hairs.map((k) => {
      const hair = this.hairs[k], { source, name, weight, product } = hair, from = this.discs[source];
      const number = open ? this.pulled(this.net.live?.leafOf(hair), weight) : weight;
      return [from?.name ?? say("bias"), from ? [number, times("", from.value)] : [number], sizes[k], product, name];
    });
    return table(say("What it sums"), "w × x", rows, open ? rows.length : 5, disc.total);
  }

  // Where its gradient comes from, the largest part first.
  sources(disc, open) {
    const sizes = this.modes.gradient.hairs, size = (k) => Math.abs(sizes[k] ?? SIZES + 1);
    const rows = [...disc.out].sort((i, j) => size(j) - size(i) || this.hairs[i].target - this.hairs[j].target).map((k) => {
      const { target, weight, carried, name } = this.hairs[k], to = this.discs[target];
      return [to.name, times(weight, plain(to.totalGradient)), sizes[k], carried, name];
    });
    return table(say("Where its gradient comes from"), "w × z.grad", rows, open ? rows.length : 4, plain(disc.gradient));
  }

  // What the backward adds to the gradients of its weights.
  shares(disc) {
    const rows = (this.kept?.hairs ?? disc.hairs).filter((k) => this.hairs[k].share).map((k) => {
      const { source, name, share } = this.hairs[k], from = this.discs[source];
      return [name, times(from?.value ?? "1", plain(disc.totalGradient)), null, share, name];
    });
    return table(say("What it adds to its weights’ gradients"), "x × z.grad", rows, rows.length, "");
  }
}

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
      make("tr", { title }, cell("th", name), cell("td", ...[product].flat()), cell("td", size == null ? "" : bar(size, most)),
        cell("td", make("b", { class: `agv-net-${toned(result)}-text` }, result)))),
      left > 0 && make("tr", {}, cell("th", say("and {count} more", { count: left })), cell("td"), cell("td"), cell("td")),
      sum && make("tr", { class: "agv-net-sum" }, cell("th", say("sum")), cell("td"), cell("td"), cell("td", make("b", {}, sum)))));
}
