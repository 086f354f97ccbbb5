// The numbers of a step, written on the picture where they act ------------------------------------
//
// A pill stands on the line that carries its product, or beside it where it would cover what one
// reads now: the cards of the step and the other pills.

const PILLS = 16; // at most in one step
const PILL_GAP = 3;
const CARDS = 400; // at most so many others are avoided
const INSET = 8; // of what is written on a card, from its sides
const BESIDE = [0, 0.6, -0.6, 1.2, -1.2, 1.9, -1.9, 2.7, -2.7]; // in heights of the pill
const PARTS = [0.5, 0.42, 0.58, 0.33, 0.67, 0.24, 0.76, 0.14, 0.86]; // of the way along a line

class Pills {
  constructor(stage) {
    this.stage = stage;
    this.size = (Number(stage.svg.getAttribute("font-size")) || 14) * 0.9;
    this.layer = drawn("g", { class: "agv-pills", "aria-hidden": "true", "text-anchor": "middle" });
    stage.svg.append(this.layer);
  }

  clear() {
    this.layer.replaceChildren();
  }

  // `step` and the keys of the cards that it is about, the first that where it happens.
  show(step, keys) {
    this.clear();
    this.shown = keys;
    const cards = keys.map((key) => this.stage.box(key));
    if (!cards.length || cards.some(({ x, r }) => x === r)) return; // not on the screen now
    const taken = cards.map((box) => ({ ...box, x: box.x + INSET, r: box.r - INSET }));
    const others = [...this.stage.graph.cards.keys()].slice(0, CARDS).filter((key) => !keys.includes(key)).map((key) => this.stage.box(key));
    if (step.phase === "forward") return this.above(step, cards[0], taken, others);
    const lines = step.lines.filter((line) => line.edge != null).slice(0, PILLS);
    const pills = lines.map((line) => this.pill(line));
    for (const pill of pills) if (pill.room) taken.push(grown(put(pill, pill.room), PILL_GAP));
    for (const pill of pills) if (!pill.room) taken.push(grown(put(pill, this.place(pill, taken, others)), PILL_GAP));
  }

  // Other numbers in the same pills; where one has another length now, it keeps its middle.
  renumber(step) {
    const pills = [...this.layer.children];
    const lines = step.lines.filter((line) => line.edge != null).slice(0, PILLS);
    if (step.phase === "forward" || pills.length !== lines.length) return this.shown && this.show(step, this.shown);
    pills.forEach((node, i) => this.fill(node, ...this.texts(lines[i])));
  }

  // What a line of a step looks like on its line of the picture. The layout has left room for it;
  // where it has not, it may stand at one of some spots.
  pill({ edge, factors, result }) {
    const pill = this.drawn(...this.texts({ factors, result }));
    const line = this.stage.graph.lines[edge];
    const path = line.querySelector("path");
    const to = this.stage.svg.getScreenCTM().inverse().multiply(path.getScreenCTM());
    const at = ({ x, y }) => new DOMPoint(x, y).matrixTransform(to);
    const [x, y] = (line.dataset.room ?? "").split(" ").map(Number);
    if (line.dataset.room) return { ...pill, room: at({ x, y }) };
    const long = path.getTotalLength();
    return { ...pill, spots: PARTS.map((part) => ({ part, point: at(path.getPointAtLength(part * long)) })) };
  }

  texts({ factors: [partial, gradient], result }) {
    return [partial === "1" ? [] : [`${partial} × ${gradient}`], partial === "1" ? result : `= ${result}`, toneOf(result)];
  }

  // A box with one row of text, or two, the last one bold.
  drawn(rows, last, tone) {
    const node = drawn("g");
    this.layer.append(node);
    return this.fill(node, rows, last, tone);
  }

  fill(node, rows, last, tone) {
    const s = this.size;
    node.replaceChildren();
    node.setAttribute("class", `agv-pill agv-tone-${tone}`);
    const low = rows.length ? s * 1.02 : s * 0.37;
    for (const row of rows) node.append(drawn("text", { y: (-s * 0.22).toFixed(1), "font-size": s }, row));
    node.append(drawn("text", { y: low.toFixed(1), "font-size": (s * 1.08).toFixed(1), "font-weight": tone === "plain" ? "500" : "700" }, last));
    const across = Math.max(...rows.map((row) => wide(row, s)), wide(last, s * 1.08, tone !== "plain")) + s * 0.8;
    const high = s * (rows.length ? 2.8 : 1.75);
    node.prepend(drawn("rect", { x: (-across / 2).toFixed(1), y: (-high / 2).toFixed(1), width: across.toFixed(1), height: high.toFixed(1), rx: (s * 0.5).toFixed(1) }));
    return { node, w: across, h: high };
  }

  // The best point for a pill: on its line, off everything taken, off other cards if possible.
  place({ spots, w, h }, taken, others) {
    let best = null;
    for (const { part, point } of spots)
      for (const aside of BESIDE)
        for (const along of [0, 0.35, -0.35, 0.7, -0.7]) {
          const at = { x: point.x + along * w, y: point.y + aside * h };
          const box = boxAt(at, w, h);
          const cost = 8 * Math.abs(part - 0.5) + 9 * Math.abs(aside) + 8 * Math.abs(along) +
            1000 * covered(box, taken) + 12 * covered(box, others) + 40 * this.outside(box);
          if (!best || cost < best.cost) best = { cost, at };
        }
    return best.at;
  }

  // Forward: the numbers above their card, or below it.
  above(step, card, taken, others) {
    const [, numbers] = halves(step.lines[0]?.left ?? "");
    const text = numbers.replace(/^= /, "").replace(/ =$/, "");
    if (!text || text.length > 40) return;
    const pill = this.drawn([], text, "plain");
    const x = (card.x + card.r) / 2;
    const [over, under] = [card.y - pill.h / 2 - 5, card.b + pill.h / 2 + 5].map((y) => ({ x, y }));
    const cost = (at) => {
      const box = boxAt(at, pill.w, pill.h);
      return 10 * covered(box, taken) + covered(box, others) + 2 * this.outside(box);
    };
    put(pill, cost(under) < cost(over) ? under : over);
  }

  // Whether a box leaves the picture, on how many sides.
  outside({ x, y, r, b }) {
    const { area } = this.stage;
    return Number(x < area.x) + Number(y < area.y) + Number(r > area.x + area.w) + Number(b > area.y + area.h);
  }
}

function put({ node, w, h }, at) {
  node.setAttribute("transform", `translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`);
  return boxAt(at, w, h);
}

function boxAt({ x, y }, w, h) {
  return { x: x - w / 2, r: x + w / 2, y: y - h / 2, b: y + h / 2 };
}

function grown({ x, y, r, b }, by) {
  return { x: x - by, y: y - by, r: r + by, b: b + by };
}

// How much of a box others cover, from 0 on.
function covered(box, others) {
  const area = (box.r - box.x) * (box.b - box.y);
  let sum = 0;
  for (const { x, y, r, b } of others) {
    const w = Math.min(r, box.r) - Math.max(x, box.x), h = Math.min(b, box.b) - Math.max(y, box.y);
    if (w > 0 && h > 0) sum += 0.1 + (w * h) / area;
  }
  return sum;
}
