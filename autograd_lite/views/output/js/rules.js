// Why a local derivative is what it is, for the numbers of now -------------------------------------
//
// The words come from Python, one for each outcome of the comparisons that they depend on; here it
// is seen which holds, and first, as in Python, whether there is a derivative at all.

const KINK_STEP = 1e-7; // by which an operand is moved to see whether the slope jumps

class Rules {
  constructor(model) {
    this.model = model;
    this.node = []; // of each use
    model.operands.forEach((operands, node) => operands.forEach(() => this.node.push(node)));
    this.operation = new Map(model.operations.map((operation) => [operation.out, operation]));
  }

  // What to say of the use of an operand, with the `rule` of its line.
  of(use, rule, read) {
    const [partial, gradient, product] = ["p", "g", "c"].map((letter) => read(letter, use));
    if (product !== product && partial === partial && gradient === gradient) return say("∞ × 0 is not a number");
    if (rule == null) return "";
    if (typeof rule === "object" && "recorded" in rule) return this.model.changed ? "" : rule.recorded;
    const node = this.node[use];
    const operands = this.model.operands[node].map((place) => this.model.values[place]);
    const chosen = this.chosen(use, node, partial, operands);
    if (chosen) return chosen;
    if (!operands.every(Number.isFinite)) return ""; // a limit, which a formula seldom gives
    while (Array.isArray(rule)) {
      const [left, right, ...cases] = rule;
      const [x, y] = [left, right].map((side) => this.side(side, node));
      rule = x < y ? cases[0] : x === y ? cases[1] : cases[2];
    }
    return rule;
  }

  // A side of a comparison: a number, an operand, the node, a size.
  side(side, node) {
    if (typeof side === "number") return side;
    if (side[0] === "|") return Math.abs(this.side(side.slice(1, -1), node));
    return this.model.values[side === "y" ? node : this.operation.get(node).at[Number(side.slice(1))]];
  }

  // What to say where there is no derivative; "" where there is one.
  chosen(use, node, partial, operands) {
    const { values, live: { names, alone } } = this.model;
    const name = alone[node] ?? names[node];
    if (partial !== partial) {
      if (operands.some((x) => x !== x)) return say("nan, for an operand is nan");
      return values[node] !== values[node] ? say("nan, for {name} is not defined here", { name }) : say("nan, for {name} has no derivative here", { name });
    }
    const kink = this.kink(use, node);
    if (kink < 0) return "";
    const shape = kink ? say("jumps") : say("has a kink");
    const place = this.model.operands[node][use - this.model.starts[node]];
    return say("{partial} is a choice: {name} {shape} at {operand} = {number}",
      { partial: number(partial, 4), name, shape, operand: names[place], number: number(values[place]) });
  }

  // How a node misses a derivative: 0 a kink, 1 a jump, -1 not at all; see formula/kinks.py.
  kink(use, node) {
    const { model, model: { values } } = this;
    const operation = this.operation.get(node);
    const varying = operation.at.flatMap((slot, i) => (slot < model.count ? [i] : []));
    const place = varying[use - model.starts[node]];
    const at = values[operation.at[place]], result = values[node];
    if (![at, result, model.partials[use]].every(Number.isFinite)) return -1;
    const far = KINK_STEP * Math.min(1, Math.abs(at) || 1);
    const change = (step) => {
      const there = at + step;
      model.apply(operation);
      model.scratch[place] = there;
      operation.forward();
      const moved = model.scratch[operation.at.length] - result;
      return [moved, there !== at ? moved / (there - at) : 0];
    };
    const [[down, left], [up, right], [nearDown, nearLeft], [nearUp, nearRight]] = [-far, far, -far / 8, far / 8].map(change);
    const noise = 64 * ulp(result);
    for (const [move, near] of [[down, nearDown], [up, nearUp]])
      if (noise < Math.abs(move) && Math.abs(move) < 2 * Math.abs(near)) return 1;
    const bend = Math.abs(right - left), nearBend = Math.abs(nearRight - nearLeft);
    const least = 1e-6 * Math.max(1, Math.abs(left), Math.abs(right)) + (8 * noise) / far;
    return least < bend && bend < 2 * nearBend && nearBend < Infinity ? 0 : -1;
  }
}

// The distance to the next number.
function ulp(x) {
  const size = Math.abs(x);
  if (size < 2 ** -1022) return 5e-324;
  let exponent = Math.floor(Math.log2(size));
  if (2 ** exponent > size) exponent -= 1;
  return 2 ** Math.max(exponent - 52, -1074);
}
