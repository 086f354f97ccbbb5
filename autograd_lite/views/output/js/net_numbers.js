// The numbers of a net for the leaves of now: what net/build.py, sizes.py and words.py give for those
// that were recorded, sign by sign. Values and gradients are the model's; a test compares the rest.

const THICK = 6.4, COVERED = 1.5; // the widest hair; how much of a column the hairs may cover

class NetNumbers {
  constructor({ live: { net }, columns }, model) {
    Object.assign(this, net, { model, heads: columns.map(([, , name]) => name) });
    this.graded = net.modes.includes("gradient");
    this.discs = net.discs.map((row) => new NetDisc(this, row));
    this.hairs = net.hairs.map((row) => new NetHair(this, row));
    this.hairs.forEach((hair, k) => {
      this.discs[hair.target].terms.push(k);
      this.discs[hair.source]?.out.push(k);
    });
    for (const disc of this.discs) disc.terms.sort((i, j) => this.hairs[i].term - this.hairs[j].term);
    this.columns = this.discs.reduce((columns, disc) => ((columns[disc.column] ??= []).push(disc), columns), []);
    this.modes = Object.fromEntries(net.modes.map((mode) => [mode, new NetMode(this, mode)]));
    this.words = new NetWords(this);
    this.renew();
  }

  // After the numbers of the model have changed.
  renew() {
    for (const part of [...this.discs, ...this.hairs]) part.renew();
    for (const mode of Object.values(this.modes)) mode.known = {};
  }

  get result() {
    return this.model.values[this.model.count - 1];
  }

  // What a NetView shows.
  get shown() {
    const { discs, hairs, modes } = this;
    return { numbers: this, discs, hairs, modes };
  }

  // The numbers of the hairs that are drawn, unit by unit, the largest product first.
  get drawn() {
    return this.discs.flatMap((disc) => disc.hairs).filter((k) => this.hairs[k].source >= 0);
  }

  // For each layer its name, the root mean square of its gradients, and that from 0 to 100.
  get layers() {
    if (!this.graded) return [];
    const sizes = this.columns.slice(1).map((column) => rootMeanSquare(column.map(({ gradientNumber }) => gradientNumber)));
    const most = Math.max(0, ...sizes.filter(Number.isFinite));
    return sizes.map((size, k) => [this.words.head(k + 1), number(size), most && Number.isFinite(size) ? evenly((100 * size) / most) : 0]);
  }
}

class NetDisc {
  constructor(net, [column, name, where, activation, output, place, total]) {
    Object.assign(this, { net, column, name, where, activation, output, place, head: total, terms: [], out: [] });
    this.constant = place < net.given; // of the program, so that it has no gradient of its own
  }

  renew() {
    const { model, graded } = this.net;
    this.x = model.values[this.place];
    this.gradientNumber = graded && !this.constant ? model.right.s[this.place] : null;
    this.totalNumber = this.head < 0 ? null : model.values[this.head];
    this.totalGradientNumber = this.head < 0 || !graded ? null : model.right.s[this.head];
    this.slopeNumber = this.slopeOf(model);
    this.off = Boolean(this.activation) && this.slopeNumber === 0;
    this.sorted = null;
  }

  // d output / d sum, by the chain rule through the activation.
  slopeOf({ operands, starts, partials }) {
    if (this.head < 0 || this.head === this.place) return 1;
    const slopes = new Map([[this.place, 1]]);
    for (let node = this.place; node > this.head; node--)
      if (slopes.has(node))
        operands[node].forEach((operand, k) => slopes.set(operand, (slopes.get(operand) ?? 0) + slopes.get(node) * partials[starts[node] + k]));
    return slopes.get(this.head) ?? 0;
  }

  // The numbers of its hairs, the largest product first, biases last.
  get hairs() {
    const { hairs } = this.net;
    const size = (k) => (hairs[k].productNumber !== hairs[k].productNumber ? Infinity : Math.abs(hairs[k].productNumber));
    return (this.sorted ??= [...this.terms].sort((i, j) => (hairs[i].source < 0) - (hairs[j].source < 0) || ascending(size(j), size(i))));
  }

  // The derivative of the result; of a number of the program what its hairs bring together.
  get derivative() {
    const { graded, hairs } = this.net;
    if (!this.constant || !graded) return this.gradientNumber;
    return exactSum(this.out.map((k) => hairs[k].carriedNumber));
  }

  get value() { return number(this.x); }
  get gradient() { return this.gradientNumber === null ? "" : arrowed(this.gradientNumber); }
  get total() { return this.totalNumber === null ? "" : number(this.totalNumber); }
  get totalGradient() { return this.totalGradientNumber === null ? "" : arrowed(this.totalGradientNumber); }
  get slope() { return number(this.slopeNumber); }
  get said() { return this.net.words.said(this); }
}

class NetHair {
  constructor(net, [source, target, name, term, place, weight]) {
    Object.assign(this, { net, source, target, name, term, place, fixed: numberFrom(weight) });
  }

  renew() {
    const { model, discs, graded } = this.net;
    this.weightNumber = this.place < 0 ? this.fixed : model.values[this.place];
    const from = this.source < 0 ? 1 : discs[this.source].x, back = discs[this.target].totalGradientNumber;
    this.productNumber = this.weightNumber * from;
    this.carriedNumber = graded ? this.weightNumber * back : null;
    this.shareNumber = graded && this.place >= 0 ? from * back : null;
  }

  // What it carries: back to its source, by itself, or forward into the sum.
  carriedIn(mode) {
    return { gradient: this.carriedNumber, weight: this.weightNumber, activation: this.productNumber }[mode];
  }

  get weight() { return number(this.weightNumber); }
  get product() { return number(this.productNumber); }
  get carried() { return this.carriedNumber === null ? "" : number(this.carriedNumber); }
  get share() { return this.shareNumber === null ? "" : number(this.shareNumber); }
  get gradient() { return this.shareNumber === null ? "" : arrowed(this.net.model.right.s[this.place]); }
}

// What widths and colours show in one mode; each of these is computed when it is asked for.
class NetMode {
  constructor(net, mode) {
    Object.assign(this, { net, mode, known: {} });
  }

  once(name, compute) {
    return (this.known[name] ??= compute());
  }

  // The sizes of hairs and discs: beside the largest of all, or of those of one column.
  get hairs() {
    return this.once("hairs", () => {
      const { net: { hairs, discs }, mode } = this;
      const most = this.largest(hairs.filter(({ source }) => source >= 0), (hair) => hair.carriedIn(mode), ({ target }) => discs[target].column);
      return hairs.map((hair) => sizeOf(hair.carriedIn(mode) ?? 0, most(discs[hair.target].column)));
    });
  }

  get discs() {
    return this.once("discs", () => {
      const shown = (disc) => (this.mode === "gradient" ? disc.derivative : disc.x) ?? 0;
      const together = this.mode === "gradient";
      const most = this.largest(this.net.discs, shown, ({ column }) => (together ? 0 : column), together);
      return this.net.discs.map((disc) => sizeOf(shown(disc), most(disc.column)));
    });
  }

  // The largest finite number of each column; of all together where columns do not differ.
  largest(parts, shown, columnOf, together = this.mode !== "activation") {
    const most = [];
    for (const part of parts) {
      const size = Math.abs(shown(part) ?? 0), column = together ? 0 : columnOf(part);
      if (size < Infinity && !(size <= most[column])) most[column] = size;
    }
    return (column) => most[together ? 0 : column] ?? 0;
  }

  // The width of the widest hair, above that of the thinnest; less where all would be wide.
  get thick() {
    return this.once("thick", () => {
      const { net: { hairs, discs, tall } } = this, inked = [1];
      hairs.forEach(({ source, target }, k) => {
        const { column } = discs[target];
        if (source >= 0) inked[column] = (inked[column] ?? 0) + Math.abs(this.hairs[k] ?? 0) / SIZES;
      });
      return Number(Math.max(Math.min(THICK, (COVERED * tall) / Math.max(...inked.filter(Boolean), 1)), THICK / 4).toFixed(2));
    });
  }

  get legend() { return this.net.words.legend(this.mode); }
  get said() { return this.net.words.overview(this.mode); }
}

// A square root, so that small ones are seen; at least 1 unless x is 0. Null if it is not finite.
function sizeOf(x, most) {
  if (!Number.isFinite(x)) return null;
  if (x === 0) return 0;
  return Math.sign(x) * Math.max(evenly(SIZES * Math.sqrt(most ? Math.abs(x) / most : 1)), 1);
}

// Rounded as in Python: of two whole numbers that are as close it is the even one.
function evenly(x) {
  return x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x);
}

// Infinities are not to be subtracted.
function ascending(x, y) {
  return x < y ? -1 : x > y ? 1 : 0;
}

function arrowed(x) {
  return (x > 0 ? "▲ " : x < 0 ? "▼ " : "") + number(x);
}
