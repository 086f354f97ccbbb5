// The graph of a stepper, computed again when a leaf is changed -----------------------------------
//
// Values and partials come from the kernels that were made from the table; the chain rule is a loop
// over them, as in the engine, with the same products and sums in the same order. A Value is known
// by its place in topological order, and each use of an operand by its place among all uses.

class Model {
  constructor({ live, lists = [] }) {
    const { values, program, parents, partials, gradients } = live;
    this.live = live;
    this.lists = lists;
    this.count = values.length;
    this.recorded = Float64Array.from(values, numberFrom);
    this.values = new Float64Array(program?.slots ?? this.count);
    for (const [slot, x] of program?.constants ?? []) this.values[slot] = numberFrom(x);
    this.operands = parents ?? Array.from({ length: this.count }, () => []);
    const most = Math.max(0, ...(program?.code ?? []).map(([, , width, , , ...columns]) => (width || 1) * columns.length));
    this.scratch = new Float64Array(most + 8);
    this.slopes = new Float64Array(most + 8);
    this.operations = (program?.code ?? []).map((line) => this.operation(line, program.rows));
    this.starts = [];
    let uses = 0;
    for (const operands of this.operands) uses += this.starts.push(uses) && operands.length;
    this.partials = Float64Array.from(partials ?? { length: uses }, numberFrom);
    this.leaves = this.operands.flatMap((operands, i) => (operands.length ? [] : [i]));
    this.inFull = new Map(this.leaves.map((leaf, i) => [leaf, numberFrom(gradients[i])]));
    this.guards = live.guards ?? [];
    this.visits = Array.from(this.operands.keys()).filter((i) => this.operands[i].length).reverse();
    this.reset();
  }

  get canChange() {
    return Boolean(this.live.program);
  }

  // An operation of the program: where its operands are, and its kernels on `scratch`, to which
  // they are copied, so that operands that are one Value have a partial each.
  operation([row, , width, out, , ...columns], rows) {
    const at = columns.flatMap((column) => (!width || typeof column !== "number" ? column : Array.from({ length: width }, (_, i) => column + i)));
    const places = columns.map((_, k) => Int32Array.from({ length: width || 1 }, (_, i) => k * (width || 1) + i));
    const lists = width ? places.flatMap((list) => [list, width]) : places;
    const numbers = width ? [at.length, 1, width, ...lists] : [at.length, 1, ...lists];
    const [forward, reverse] = KERNELS[rows[row]];
    this.operands[out] = at.filter((slot) => slot < this.count);
    return {
      out, at,
      forward: forward.bind(null, this.scratch, ...numbers),
      reverse: reverse.bind(null, this.scratch, this.slopes, ...numbers),
    };
  }

  // What an operation gives for the numbers in `values`; they stay in `scratch`.
  apply({ at, forward }, values = this.values) {
    const { scratch } = this;
    for (let i = 0; i < at.length; i++) scratch[i] = values[at[i]];
    forward();
    return scratch[at.length];
  }

  reset() {
    this.values.set(this.recorded);
    this.changed = false;
    this.derive();
  }

  // Other numbers for leaves, as [place, number].
  set(changes) {
    for (const [leaf, x] of changes) this.values[leaf] = x;
    this.changed = this.leaves.some((leaf) => !Object.is(this.values[leaf], this.recorded[leaf]));
    if (!this.changed) return this.reset();
    for (const operation of this.operations) this.values[operation.out] = this.apply(operation);
    this.derive();
  }

  // Partials and gradients of the numbers that are there now.
  derive() {
    const { scratch, slopes, values, partials } = this;
    for (const { out, at, reverse } of this.operations) {
      for (let i = 0; i < at.length; i++) {
        scratch[i] = values[at[i]];
        slopes[i] = -0; // to which any number is added unchanged
      }
      scratch[at.length] = values[out];
      slopes[at.length] = 1;
      reverse();
      for (let i = 0, use = this.starts[out]; i < at.length; i++) if (at[i] < this.count) partials[use++] = slopes[i];
    }
    this.runs = new Map();
    this.right = this.run(null);
  }

  // A run of backward: that of the engine, or a wrong one, with the numbers of each use.
  run(broken) {
    if (this.runs.has(broken)) return this.runs.get(broken);
    const numbers = () => new Float64Array(this.partials.length);
    const run = { s: new Float64Array(this.count), p: this.partials, g: numbers(), c: numbers(), b: numbers(), a: numbers() };
    const { s, p, g, c, b, a } = run;
    const reached = new Uint8Array(this.count);
    s[this.count - 1] = 1;
    for (const node of broken?.visits ?? this.visits)
      for (let k = 0, use = this.starts[node]; k < this.operands[node].length; k++, use++) {
        const parent = this.operands[node][k];
        g[use] = s[node];
        c[use] = s[node] * p[use];
        b[use] = s[parent];
        a[use] = s[parent] = reached[parent] && broken?.key !== "assign" ? s[parent] + c[use] : c[use];
        reached[parent] = 1;
      }
    for (let i = 0; i < this.count; i++) s[i] += 0; // no -0, as in `.grad`
    run.wrong = broken ? this.leaves.filter((leaf) => !nearlyEqual(s[leaf], this.right.s[leaf])).length : 0;
    this.runs.set(broken, run);
    return run;
  }

  // Reads the numbers that marks stand for, in a run.
  reader(broken) {
    const run = this.run(broken);
    return (letter, place) => {
      if (letter === "v") return this.values[place];
      if (letter === "s") return run.s[place];
      if (letter === "f") return this.changed || broken ? run.s[place] : this.inFull.get(place) ?? run.s[place];
      if (letter === "w") return run.wrong;
      if (letter === "e") return this.carried(this.live.edges[place]);
      if (letter in run) return run[letter][place];
      return this.together(letter, this.lists[place].map((use) => run.c[use]));
    };
  }

  // Of several products their sum, their size, or the size with the sign of the sum.
  together(letter, products) {
    if (letter === "t") return exactSum(products);
    const size = rootMeanSquare(products);
    return letter === "m" ? size : Math.sign(products.reduce((sum, x) => sum + x, 0)) < 0 ? -size : size;
  }

  // The result when one leaf alone has each of these numbers; with `cut` it is nan where the program
  // would take another branch.
  curve(leaf, numbers, cut = false) {
    const moved = new Uint8Array(this.values.length);
    moved[leaf] = 1;
    const above = this.operations.filter(({ out, at }) => at.some((slot) => moved[slot]) && (moved[out] = 1));
    const values = this.values.slice();
    return numbers.map((x) => {
      values[leaf] = x;
      for (const operation of above) values[operation.out] = this.apply(operation, values);
      return cut && this.brokenBy(values) ? NaN : values[this.count - 1];
    });
  }

  // The gradients on the lines of the picture, of the right run.
  carried(uses) {
    return uses.length === 1 ? this.right.c[uses[0]] : this.together("r", uses.map((use) => this.right.c[use]));
  }

  get largestCarried() {
    this.right.largest ??= this.live.edges.reduce((most, uses) => {
      const size = uses.length ? Math.abs(this.carried(uses)) : 0;
      return size < Infinity && size > most ? size : most;
    }, this.live.largest ?? 0);
    return this.right.largest;
  }

  // Where nan and infinity begin, as graph/origins.py finds it: [place, what, whether it is the
  // gradient].
  beginnings() {
    const odd = (x) => (Number.isFinite(x) ? "" : number(x));
    const alike = (one, other) => other && (one === "nan") === (other === "nan");
    const { values, right: { s }, operands, count } = this;
    const cameIn = Array.from({ length: count }, () => []);
    const found = [];
    for (let i = 0; i < count; i++) {
      const what = odd(values[i]);
      if (what && !operands[i].some((k) => alike(what, odd(values[k])))) found.push([i, what, false]);
      for (const k of operands[i]) cameIn[k].push(odd(s[i]), odd(values[i]));
    }
    const seen = new Set(found.map(([i]) => i));
    for (let i = 0; i < count; i++) {
      const what = odd(s[i]);
      if (what && !seen.has(i) && !cameIn[i].some((one) => alike(what, one))) found.push([i, what, true]);
    }
    return found;
  }

  // The first comparison of the program that comes out otherwise than it was recorded, or null.
  get broken() {
    return this.changed ? this.brokenBy(this.values) : null;
  }

  brokenBy(values) {
    return this.guards.find(([sign, x, y, outcome]) => COMPARED[sign](values[x], values[y]) !== Boolean(outcome)) ?? null;
  }

  // The slopes above and below a leaf's number, where they differ: at a kink. Else null.
  kink(leaf) {
    const { values, count } = this;
    const steps = [1e-4, 1e-5, -1e-4, -1e-5];
    const [wideAbove, above, wideBelow, below] = this.curve(leaf, steps.map((h) => values[leaf] + h)).map((y, i) => (y - values[count - 1]) / steps[i]);
    if (![wideAbove, above, wideBelow, below].every(Number.isFinite)) return null;
    const narrow = Math.abs(above - below);
    return narrow > 0.5 * Math.abs(wideAbove - wideBelow) && narrow > 1e-4 * Math.max(Math.abs(above), Math.abs(below)) ? [above, below] : null;
  }
}

const COMPARED = { "<": (x, y) => x < y, "<=": (x, y) => x <= y, "!=": (x, y) => x !== y }; // the signs of guards

// JSON has no nan and no infinity; there they are texts.
function numberFrom(x) {
  return typeof x === "string" ? { nan: NaN, inf: Infinity, "-inf": -Infinity, "-0.0": -0 }[x] ?? Number(x) : x ?? 0;
}

// Whether two gradients agree but for rounding.
function nearlyEqual(x, y) {
  return x === y || (x !== x && y !== y) || Math.abs(x - y) <= Math.max(1e-9 * Math.max(Math.abs(x), Math.abs(y)), 1e-12);
}

function rootMeanSquare(numbers) {
  const most = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (!(most > 0 && most < Infinity)) return most;
  return most * Math.sqrt(numbers.reduce((sum, x) => sum + (x / most) ** 2, 0) / numbers.length);
}

// A sum whose errors are added up, too.
function exactSum(numbers) {
  let sum = 0, error = 0;
  for (const x of numbers) {
    const next = sum + x;
    error += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  return Number.isFinite(error) ? sum + error : sum;
}
