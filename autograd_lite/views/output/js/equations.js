// The lines of a step, their factors coloured like their places in the picture --------------------

const MANY = 3; // of more lines, each is written on one row, as numbers alone
const LISTED = 5; // of more leaves, all digits are read in the list of all steps only

class Equations {
  constructor(graph, { forward }) {
    this.graph = graph;
    this.operands = new Map(); // the cards that a card is computed from, by their order
    for (const [source, target] of forward ? graph.edges : []) {
      if (!this.operands.has(target)) this.operands.set(target, []);
      this.operands.get(target).push(source);
    }
  }

  // The lines of `step` as elements; `marks` are those of answers.
  of(step, marks = []) {
    const many = step.lines.length > MANY || step.phase === "result";
    return make("div", {
      class: `agv-lines${many ? " agv-many" : ""}`,
      ...(step.lines.length > 6 && { tabindex: "0", role: "group", "aria-label": say("Lines of this step") }),
    }, ...step.lines.map((line, i) => this.line(step, line, many, marks[i])));
  }

  line(step, line, many, mark) {
    const { quantity, symbols, numbers } = parted(line);
    const about = line.result.startsWith("≈"); // which is a sign of its own: "≈ 1", not "= ≈1"
    const equal = (text) => (about ? text.replace(/=$/, "≈") : text);
    const shown = about ? line.result.slice(1) : line.result;
    const places = this.places(step, line, symbols);
    const tone = step.phase === "forward" || line.size ? "plain" : toneOf(line.result);
    const result = step.phase === "result";
    const joined = /^(, |，)/.exec(line.more ?? "");
    const ending = [this.chip(shown, tone, null, "b"), !result && joined && joined[0]];
    const first = [...this.marked(quantity, places.quantity)];
    const rows = [];
    if (numbers && !many) {
      rows.push(row(first, this.marked(symbols, places.symbols), " "));
      rows.push(row(this.marked(equal(numbers), places.numbers), " ", ending));
    } else {
      const between = numbers ? make("span", { class: "agv-unseen" }, `${symbols} = `) : this.marked(equal(symbols), places.symbols);
      rows.push(row(first, between, this.marked(equal(numbers.replace(/^= /, "")), places.numbers), " ", ending));
    }
    if (line.total) rows.push(this.more(step, line));
    if (line.wrong && result) rows[0].querySelector("b").classList.add("agv-mistaken");
    if (mark) rows.push(row(make("span", { class: mark.ok ? "agv-ok" : mark.said ? "agv-missed" : "agv-open" },
      mark.ok ? say("✓ right") : mark.said ? say("✗ you said {answer}", { answer: mark.said }) : say("○ not answered"))));
    if (line.rule) rows.push(make("span", { class: "agv-rule" }, line.rule.startsWith("∂") ? say("because {rule}", { rule: line.rule }) : line.rule));
    return make("div", { class: `agv-line agv-of-${tone}` }, ...rows);
  }

  // What follows on a line: the sum that a product joins, or the number to the last digit.
  more(step, line) {
    const result = step.phase === "result";
    const more = row(line.more.replace(/^[,，]?\s*/, ""), " ", result ? line.total : this.chip(line.total, toneOf(line.total), null, "b"));
    more.classList.add("agv-more");
    if (result && step.lines.length > LISTED && /^[,，]/.test(line.more)) more.classList.add("agv-unseen");
    if (line.wrong && !result) more.classList.add("agv-mistaken");
    return more;
  }

  // What the parts of a line stand for: cards or edges, and their colours.
  places(step, line, symbols) {
    if (step.phase === "backward" && line.edge != null) {
      const [source, target] = this.graph.edges[line.edge];
      const [partial, gradient] = line.factors;
      const cut = symbols.lastIndexOf(" · ");
      const passed = { tone: toneOf(gradient), card: target };
      const local = { tone: "factor", edge: line.edge };
      return {
        quantity: [{ text: line.ask, tone: toneOf(line.shown), card: source }],
        symbols: cut < 0 ? [] : [{ ...local, text: symbols.slice(0, cut) }, { ...passed, text: symbols.slice(cut + 3) }],
        numbers: [{ ...local, text: partial }, { ...passed, text: gradient }],
      };
    }
    const cards = step.phase === "forward" ? this.operands.get(step.card) ?? [] : [];
    const each = (face) => cards.map((card) => ({ text: this.graph.texts(card)[face], tone: "operand", card }));
    return { quantity: [], symbols: each("name"), numbers: each("data") };
  }

  // `text` with these parts marked, in their order; what is not found stays plain.
  marked(text, parts) {
    const nodes = [];
    let from = 0;
    for (const part of parts) {
      const at = part.text ? wordIn(text, part.text, from) : -1;
      if (at < 0) continue;
      nodes.push(text.slice(from, at), this.chip(part.text, part.tone, part));
      from = at + part.text.length;
    }
    nodes.push(text.slice(from));
    return nodes;
  }

  // A part of an equation; pointing at it lights up its place.
  chip(text, tone, place = null, tag = "span") {
    const chip = make(tag, { class: `agv-chip agv-tone-${tone}` }, text);
    if (!place) return chip;
    chip.addEventListener("pointerenter", () => this.graph.light(place, true));
    chip.addEventListener("pointerleave", () => this.graph.light(place, false));
    return chip;
  }
}

function row(...parts) {
  return make("span", { class: "agv-row" }, ...parts.flat(2));
}

// The quantity of a line, its symbols and its numbers: "p = ", "x × w" and "= 2 × (−0.6) =".
function parted({ left, ask }) {
  const [head, numbers] = halves(left);
  const sign = ask && head.startsWith(ask) ? /^ \+?= /.exec(head.slice(ask.length)) : null;
  const quantity = sign ? ask + sign[0] : "";
  return { quantity, symbols: head.slice(quantity.length), numbers };
}

// The text up to its numbers, and the numbers.
function halves(left) {
  const cut = left.endsWith(" =") ? left.slice(0, -2).lastIndexOf(" = ") : -1;
  return cut < 0 ? [left, ""] : [left.slice(0, cut), left.slice(cut + 1)];
}

// Where `part` stands in `text` as a word of its own, not inside another: no x in exp.
function wordIn(text, part, from) {
  const joins = (sign) => sign !== undefined && /[\p{L}\p{N}_.]/u.test(sign);
  for (let at = text.indexOf(part, from); at >= 0; at = text.indexOf(part, at + 1))
    if (!joins(text[at - 1]) && !joins(text[at + part.length])) return at;
  return -1;
}
