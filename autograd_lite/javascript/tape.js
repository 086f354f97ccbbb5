// A program as a list of instructions over numbered slots, replayed on typed arrays.
//
// `program` says: how many `slots` there are; `constants`, numbers by slot; the slots of `inputs`,
// `captured` leaves and `outputs`; `guards`, comparisons that held when it was recorded, each a
// sign, two slots and whether it was true; `rows`, the names of the kernels; and in `code`, for
// each instruction, the place of its kernel, how many rows of operands it does, how many operands a
// row reads from a column (0 for one), where its results begin, whether gradients of 0 pass nothing
// on, and its columns. A column is a list of slots or the first of consecutive ones; -1 - first or
// a list of one row where all rows read the same.
class Tape {
  constructor(program, kernels = KERNELS) {
    const { slots, constants, rows, code } = program;
    Object.assign(this, { program, inputs: program.inputs, captured: program.captured, outputs: program.outputs, guards: program.guards });
    this.values = new Float64Array(slots);
    this.adjoints = new Float64Array(slots);
    for (const [slot, x] of constants) this.values[slot] = readNumber(x);
    this.steps = code.map(([row, ...instruction]) => this.bound(kernels[rows[row]], instruction));
  }

  // An instruction as two functions without arguments: forward, and back.
  bound([forward, reverse, masked], [rows, width, out, isMasked, ...columns]) {
    const lists = columns.flatMap((column) => {
      if (!width) return [slotsOf(column, rows)];
      const shared = column < 0 || (rows > 1 && column.length === width);
      return [slotsOf(column < 0 ? -1 - column : column, shared ? width : rows * width), shared ? 0 : width];
    });
    const numbers = width ? [out, rows, width, ...lists] : [out, rows, ...lists];
    return [
      forward.bind(null, this.values, ...numbers),
      (isMasked ? masked : reverse).bind(null, this.values, this.adjoints, ...numbers),
    ];
  }

  // The numbers of all slots, after those of inputs and leaves were written into `values`.
  forward() {
    const { steps } = this;
    for (let i = 0; i < steps.length; i++) steps[i][0]();
  }

  // The first guard that does not hold, or -1: then the program would have taken another branch.
  broken() {
    const { values } = this;
    return this.guards.findIndex(([sign, x, y, outcome]) => HOLDS[sign](values[x], values[y]) !== Boolean(outcome));
  }

  // The derivatives of the outputs, weighted by `seeds` (1 each), with respect to all slots.
  backward(seeds = null) {
    const { steps, outputs } = this;
    this.adjoints.fill(-0); // -0 + x is x, for every x
    for (let i = 0; i < outputs.length; i++) this.adjoints[outputs[i]] += seeds ? seeds[i] : 1;
    for (let i = steps.length - 1; i >= 0; i--) steps[i][1]();
  }
}

const HOLDS = { "<": (x, y) => x < y, "<=": (x, y) => x <= y, "!=": (x, y) => x !== y };

function slotsOf(column, count) {
  return typeof column === "number" ? Int32Array.from({ length: count }, (_, i) => column + i) : Int32Array.from(column);
}

// JSON has no nan and no infinity; there they are texts.
function readNumber(x) {
  return typeof x === "string" ? { nan: NaN, inf: Infinity, "-inf": -Infinity, "-0.0": -0 }[x] : x;
}
