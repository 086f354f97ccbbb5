// Training: the tapes of a playground, its samples, their order, and the optimiser. Nothing here is
// drawn, and no formula is written here: the loss, the gradient and the update are programs.
class PlayTraining {
  constructor(payload) {
    this.payload = payload;
    this.step = new PlayTape(payload.step);
    this.look = new PlayTape(payload.look);
    this.updates = payload.updates.map((update) => new PlayUpdate(update));
    this.seeds = new Float64Array(this.step.tape.outputs.length); // of the loss alone
    this.parameters = payload.updates.reduce((sum, { count }) => sum + count, 0);
    this.classes = payload.classes.length;
    this.size = payload.train.x[0].length;
    this.train = payload.train.x.map((x, i) => this.sample(payload.train, i));
    this.test = payload.test.x.map((x, i) => this.sample(payload.test, i));
    this.largest = Math.max(...this.train.map(({ y }) => Math.abs(y[0])), 1e-9); // target
    this.batch = payload.batch;
    this.noise = 0;
    this.scatter = this.spread();
    this.reset();
  }

  sample({ x, y, labels }, i) {
    const clean = Float64Array.from(x[i], readNumber);
    return { clean, x: clean, y: Float64Array.from(y[i], readNumber), label: labels.length ? labels[i] : -1 };
  }

  // Everything as it was before the first step; samples that were added stay.
  reset() {
    this.leaves = Float64Array.from(this.payload.leaves, readNumber);
    this.gradient = new Float64Array(this.parameters);
    this.updates.forEach((update) => update.reset());
    this.lr = this.updates[0].lr;
    this.state = this.payload.seed >>> 0;
    this.order = [];
    this.steps = this.seen = 0;
    this.broken = null; // the sample that takes another branch than the program
    this.moved();
  }

  // The tapes read the leaves anew; that of the looks when it is wanted next.
  moved() {
    this.step.read(this.leaves);
    this.isStale = true;
  }

  // The tape of the looks, for this x.
  looked(x) {
    if (this.isStale) this.look.read(this.leaves);
    this.isStale = false;
    this.look.write(x);
    this.look.tape.forward();
    return this.look.tape;
  }

  // The order: each epoch takes all samples once, in an order of its own, by Fisher and Yates with
  // the numbers state <- 1664525 state + 1013904223 (mod 2^32); the last batch may be smaller.
  next() {
    if (!this.order.length) {
      const order = Array.from(this.train, (_, i) => i);
      for (let i = order.length - 1; i > 0; i--) {
        const j = Math.floor(this.random() * (i + 1));
        [order[i], order[j]] = [order[j], order[i]];
      }
      this.order = order;
    }
    return this.order.splice(0, this.batch);
  }

  random() {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return this.state / 4294967296;
  }

  // One step of the optimiser; gives the mean loss of the batch, or null where a sample takes another
  // branch of the program.
  once() {
    const chosen = this.next(), { gradient, step, seeds } = this;
    gradient.fill(0);
    seeds[0] = 1 / chosen.length;
    let loss = 0;
    for (const i of chosen) {
      const { x, y } = this.train[i];
      step.write(x, y);
      if (!step.forward()) {
        this.broken = i;
        return null;
      }
      loss += step.tape.values[step.tape.outputs[0]];
      step.tape.backward(seeds);
      step.add(gradient);
    }
    const rate = this.lr / this.updates[0].lr;
    for (const update of this.updates) update.move(this.leaves, gradient, update.lr * rate);
    this.moved();
    this.steps += 1;
    this.seen += chosen.length;
    return loss / chosen.length;
  }

  get epoch() {
    return this.seen / this.train.length;
  }

  // The mean loss of samples, and the share that is taken for its own class.
  measure(samples) {
    let loss = 0, right = 0;
    for (const { x, y, label } of samples) {
      this.step.write(x, y);
      this.step.forward();
      loss += this.step.tape.values[this.step.tape.outputs[0]];
      if (this.classes && this.takenFor(x) === label) right += 1;
    }
    return { loss: loss / samples.length, right: right / samples.length };
  }

  // What the model makes of x: its outputs, the share of each class, and what each unit gives.
  at(x) {
    const { values, outputs } = this.looked(x);
    return outputs.map((slot) => values[slot]);
  }

  takenFor(x) {
    const { values, outputs } = this.looked(x), first = this.payload.outputs;
    let best = 0;
    for (let k = 1; k < this.classes; k++)
      if (values[outputs[first + k]] > values[outputs[first + best]]) best = k;
    return best;
  }

  // One sample through the net and back: values and gradients of the loss, sums and units.
  through({ x, y }) {
    const { tape } = this.step, { outputs, units } = { outputs: tape.outputs, units: this.payload.outputs };
    const count = (outputs.length - 1 - units) / 2;
    this.seeds[0] = 1;
    this.step.write(x, y);
    this.step.forward();
    tape.backward(this.seeds);
    const read = (from, first) => outputs.slice(first, first + count).map((slot) => from[slot]);
    return {
      loss: tape.values[outputs[0]],
      outputs: outputs.slice(1, 1 + units).map((slot) => tape.values[slot]),
      units: read(tape.values, 1 + units + count),
      slopes: read(tape.adjoints, 1 + units + count),
      sumSlopes: read(tape.adjoints, 1 + units),
      inputSlopes: this.step.tape.inputs.slice(0, this.size).map((slot) => tape.adjoints[slot]),
    };
  }

  // Noise: each number of a sample is moved by a draw of its own, times a share of how the numbers
  // spread; of a curve the target is. A draw is the sum of twelve uniform numbers, less six.
  spread() {
    const of = (read, k) => {
      const numbers = this.train.map((sample) => read(sample)[k]);
      const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
      return Math.sqrt(numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length);
    };
    if (this.onTargets) return [of((sample) => sample.y, 0)];
    return Array.from({ length: this.size }, (_, k) => of((sample) => sample.x, k));
  }

  get onTargets() {
    return this.payload.shows === "curve" && !this.classes;
  }

  setNoise(share) {
    const before = this.state;
    this.noise = share;
    this.state = (this.payload.seed ^ 0x5bd1e995) >>> 0;
    for (const sample of [...this.train, ...this.test]) {
      sample.draws ??= this.scatter.map(() => Array.from({ length: 12 }, () => this.random()).reduce((sum, x) => sum + x, -6));
      const moved = (numbers) => numbers.map((x, k) => x + share * this.scatter[k] * sample.draws[k]);
      if (this.onTargets) sample.y = moved((sample.exact ??= sample.y));
      else sample.x = share ? moved(sample.clean) : sample.clean;
    }
    this.state = before;
  }

  add(x, label, y) {
    const clean = Float64Array.from(x);
    this.train.push({ clean, x: clean, y: Float64Array.from(y, readNumber), label, isAdded: true });
    this.order = [];
  }

  removeAdded() {
    this.train = this.train.filter((sample) => !sample.isAdded);
    this.order = [];
  }
}

// A tape whose leaves are parameters, and whose inputs are a sample and its target.
class PlayTape {
  constructor({ program, leaves }) {
    this.tape = new Tape(program);
    this.slots = Int32Array.from(program.captured);
    this.leaves = Int32Array.from(leaves);
    this.inputs = Int32Array.from(program.inputs);
    this.guarded = program.guards.length > 0;
  }

  read(numbers) {
    const { slots, leaves, tape: { values } } = this;
    for (let k = 0; k < slots.length; k++) values[slots[k]] = numbers[leaves[k]];
  }

  write(x, y) {
    const { inputs, tape: { values } } = this;
    for (let k = 0; k < x.length; k++) values[inputs[k]] = x[k];
    if (y) for (let k = 0; k < y.length; k++) values[inputs[x.length + k]] = y[k];
  }

  // Whether the program holds for these numbers.
  forward() {
    this.tape.forward();
    return !this.guarded || this.tape.broken() < 0;
  }

  // Add the gradients of the parameters, which are the first of the leaves.
  add(gradient) {
    const { slots, leaves, tape: { adjoints } } = this;
    for (let k = 0; k < slots.length; k++)
      if (leaves[k] < gradient.length) gradient[leaves[k]] += adjoints[slots[k]];
  }
}

// An optimiser's step on a run of parameters: its formula is a tape with a row for each of them, and
// the constants of a step are another, of the learning rate and the number of the step.
class PlayUpdate {
  constructor(update) {
    Object.assign(this, update);
    this.tape = new Tape(update.step.program);
    this.rates = update.constants.map(({ program }) => new Tape(program));
  }

  reset() {
    const { count } = this;
    this.done = this.steps;
    this.kept = this.states.map((state) => (state ? Float64Array.from(state, readNumber) : new Float64Array(count)));
  }

  move(leaves, gradient, lr) {
    const { count, first, kept, literals, tape: { values, outputs } } = this;
    this.done += 1;
    values.set(leaves.subarray(first, first + count), 0);
    values.set(gradient.subarray(first, first + count), count);
    kept.forEach((state, k) => values.set(state, (2 + k) * count));
    let at = (2 + kept.length) * count;
    for (const x of [...this.constantsOf(lr), ...literals]) {
      values.fill(readNumber(x), at, at + count);
      at += count;
    }
    this.tape.forward();
    leaves.set(values.subarray(outputs[0], outputs[0] + count), first);
    kept.forEach((state, k) => state.set(values.subarray(outputs[1 + k], outputs[1 + k] + count)));
  }

  // The numbers of this step, of the branch of the program that it takes.
  constantsOf(lr) {
    for (const tape of this.rates) {
      tape.inputs.forEach((slot, k) => { tape.values[slot] = k ? this.done : lr; });
      tape.forward();
      if (tape.broken() < 0) return tape.outputs.map((slot) => tape.values[slot]);
    }
    throw new Error("This step of the optimiser takes a branch that was not traced.");
  }
}
