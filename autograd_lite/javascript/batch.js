// The samples of a replay, one after another, on a Tape: what the engines in Python and in C do.
//
// Numbers come and go in one array each. `input`: the uniform ones, the seeds, the samples column by
// column, and in the same order their rates, if they are wanted. `output`: the results of each
// sample, their totals, the gradient of what is uniform, that of the samples, and the rates.
class Batch {
  constructor(program, uniform, varying) {
    this.tape = new Tape(program);
    Object.assign(this, { uniform, varying });
    this.input = this.output = new Float64Array(0);
  }

  // Room for so many numbers, which stays for the next replay of the same size.
  room(asked, answered) {
    if (this.input.length !== asked) this.input = new Float64Array(asked);
    if (this.output.length !== answered) this.output = new Float64Array(answered);
  }

  // The place of the first guard that does not hold, counted over all samples, or -1.
  run(wanted) {
    const { samples, widths, seeds: hasSeeds, bySample, rates: hasRates } = JSON.parse(wanted);
    const { tape, uniform, varying, input, output } = this;
    const { values, adjoints, outputs } = tape;
    const { length: n } = outputs, all = samples * varying.length;
    const seeds = input.subarray(uniform.length, uniform.length + (hasSeeds ? n : 0));
    const columns = uniform.length + seeds.length, rates = columns + all;
    const totals = samples * n, slopes = totals + n, slopesOfSamples = slopes + (hasSeeds ? uniform.length : 0);
    const resultRates = slopesOfSamples + (bySample ? all : 0);
    output.fill(0);
    for (let i = 0; i < uniform.length; i++) values[uniform[i]] = input[i];
    for (let sample = 0; sample < samples; sample++) {
      this.eachNumber(samples, sample, widths, (slot, at) => (values[slot] = input[columns + at]));
      tape.forward();
      const guard = tape.broken();
      if (guard >= 0) return sample * tape.guards.length + guard;
      for (let k = 0; k < n; k++) output[totals + k] += output[sample * n + k] = values[outputs[k]];
      if (hasSeeds) {
        tape.backward(seeds);
        for (let i = 0; i < uniform.length; i++) output[slopes + i] += adjoints[uniform[i]];
        if (bySample) this.eachNumber(samples, sample, widths, (slot, at) => (output[slopesOfSamples + at] += adjoints[slot]));
      }
      if (hasRates) {
        const changes = (this.changes ??= new Float64Array(values.length)).fill(0);
        for (let i = 0; i < uniform.length; i++) changes[uniform[i]] += input[rates + i];
        this.eachNumber(samples, sample, widths, (slot, at) => (changes[slot] += input[rates + uniform.length + at]));
        this.tangents(changes);
        for (let k = 0; k < n; k++) output[resultRates + sample * n + k] = changes[outputs[k]];
      }
    }
    return -1;
  }

  // The slots of what a sample brings, and where its numbers stand among those of all columns.
  eachNumber(samples, sample, widths, act) {
    let slot = 0, column = 0;
    for (const width of widths) {
      for (let i = 0; i < width; i++) act(this.varying[slot++], column + sample * width + i);
      column += samples * width;
    }
  }

  // How fast all slots change. With 1 for its result alone, going back over a row gives its partials.
  tangents(changes) {
    const { adjoints } = this.tape;
    this.rows ??= rowsOf(this.tape);
    for (const { out, slots, isMasked, reverse } of this.rows) {
      for (const slot of slots) adjoints[slot] = 0;
      adjoints[out] = 1;
      reverse();
      let change = 0;
      for (const slot of slots)
        if (changes[slot] !== 0 && !(isMasked && adjoints[slot] === 0)) change += changes[slot] * adjoints[slot];
      changes[out] = change;
    }
  }
}

// The rows of all instructions, each by itself; its slots once each.
function rowsOf(tape, kernels = KERNELS) {
  const { code, rows: names } = tape.program;
  return code.flatMap(([row, rows, width, out, isMasked, ...columns]) =>
    Array.from({ length: rows }, (_, r) => {
      const size = width || 1;
      const own = columns.map((column) => {
        const shared = width && (column < 0 || (rows > 1 && column.length === width));
        const slots = slotsOf(column < 0 ? -1 - column : column, shared ? width : rows * width || rows);
        return [...(shared ? slots : slots.subarray(r * size, (r + 1) * size))];
      });
      const [, reverse] = tape.bound(kernels[names[row]], [1, width, out + r, 0, ...own]);
      return { out: out + r, slots: [...new Set(own.flat())], isMasked, reverse };
    }));
}

// An elementwise formula on columns of numbers: constants, and for all leaves data, gradients, states.
class Columns {
  constructor(formula) {
    Object.assign(this, { formula, numbers: new Float64Array(0) });
  }

  room(length) {
    if (this.numbers.length !== length) this.numbers = new Float64Array(length);
  }

  run(constants, count) {
    const columns = Array.from({ length: (this.numbers.length - constants) / count }, (_, i) =>
      this.numbers.subarray(constants + i * count, constants + (i + 1) * count));
    this.formula(columns[0], columns[1], columns.slice(2), this.numbers.subarray(0, constants));
  }
}
