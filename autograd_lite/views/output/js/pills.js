// The numbers of a step, written on the picture where they act ------------------------------------
//
// A pill stands on the line that carries its product, or beside it where it would cover what one
// reads now: the cards of the step and the other pills.

const PILLS = 16; // at most in one step
const PILL_GAP = 3;
const INSET = 8; // of what is written on a card, from its sides
const BESIDE = [0, 0.6, -0.6, 1.2, -1.2, 1.9, -1.9, 2.7, -2.7]; // in heights of the pill
const PARTS = [0.5, 0.42, 0.58, 0.33, 0.67, 0.24, 0.76, 0.14, 0.86]; // of the way along a line

class Pills {
  constructor(stage) {
    this.stage = stage;
    this.size = Number(stage.svg.getAttribute("font-size")) || 13;
    this.layer = drawn("g", { class: "agv-pills", "aria-hidden": "true", "text-anchor": "middle" });
    stage.svg.append(this.layer);
  }

  clear() {
    this.layer.replaceChildren();
  }

  // `step` and the keys of the cards that it is about, the first that where it happens.
  show(step, keys) {
    this.clear();
    const texts = keys.map((key) => this.stage.box(key));
    if (!texts.length || texts.some(({ x, r }) => x === r)) return; // not on the screen now
    const taken = texts.map((box) => ({ ...box, x: box.x + INSET, r: box.r - INSET }));
    const others = [...this.stage.graph.cards.keys()].slice(0, 400).filter((key) => !keys.includes(key)).map((key) => this.stage.box(key));
    if (step.phase === "forward") return this.above(step, texts[0], taken, others);
    const lines = step.lines.filter((line) => line.edge != null && line.factors).slice(0, PILLS);
    const pills = lines.map((line) => this.pill(line)).sort((a, b) => a.from.y - b.from.y || a.from.x - b.from.x);
    const boxes = this.onLines(pills, taken) ?? this.oneByOne(pills, taken, others);
    pills.forEach(({ node }, i) => put(node, boxes[i]));
  }

  // All pills on their lines, apart by as little as they must be; none where they would cover cards.
  onLines(pills, taken) {
    for (const place of PARTS.keys()) {
      const at = pills.map(({ spots }) => spots[place].point);
      const ys = apart(at.map(({ y }) => y), pills.map(({ h }) => h + PILL_GAP));
      const boxes = pills.map(({ w, h }, i) => boxAt(at[i].x, ys[i], w, h));
      const far = Math.max(...ys.map((y, i) => Math.abs(y - at[i].y) / pills[i].h));
      if (far <= 1.6 && boxes.every((box) => !covered(box, taken) && !outside(box, this.stage))) return boxes;
    }
    return null;
  }

  oneByOne(pills, taken, others) {
    const boxes = [];
    for (const pill of pills) {
      boxes.push(this.place(pill, taken, others, boxes.at(-1)));
      taken.push(grown(boxes.at(-1), PILL_GAP));
    }
    return boxes;
  }

  pill({ edge, factors: [partial, gradient], result }) {
    const node = this.drawn(partial === "1" ? [] : [`${partial} × ${gradient}`], partial === "1" ? result : `= ${result}`, toneOf(result));
    const path = this.stage.graph.lines[edge].querySelector("path");
    const long = path.getTotalLength();
    const to = this.stage.svg.getScreenCTM().inverse().multiply(path.getScreenCTM());
    const at = (part) => path.getPointAtLength(part * long).matrixTransform(to);
    return { node, from: at(0), spots: PARTS.map((part) => ({ part, point: at(part) })), ...this.measured(node) };
  }

  // A box with one row of text, or two, the last one bold.
  drawn(rows, last, tone) {
    const s = this.size;
    const node = drawn("g", { class: `agv-pill agv-tone-${tone}` });
    this.layer.append(node);
    const low = rows.length ? s * 1.02 : s * 0.37;
    for (const row of rows) node.append(drawn("text", { y: (-s * 0.22).toFixed(1), "font-size": s }, row));
    node.append(drawn("text", { y: low.toFixed(1), "font-size": (s * 1.08).toFixed(1), "font-weight": tone === "plain" ? "500" : "700" }, last));
    const wide = Math.max(...[...node.children].map((text) => text.getComputedTextLength())) + s * 0.8;
    const high = s * (rows.length ? 2.8 : 1.75);
    node.prepend(drawn("rect", { x: (-wide / 2).toFixed(1), y: (-high / 2).toFixed(1), width: wide.toFixed(1), height: high.toFixed(1), rx: (s * 0.5).toFixed(1) }));
    return node;
  }

  measured(node) {
    const rect = node.firstChild;
    return { w: Number(rect.getAttribute("width")), h: Number(rect.getAttribute("height")) };
  }

  // The best place of a pill: on its line, off everything taken, off other cards if possible, and
  // below the pill of a card above.
  place({ spots, w, h }, taken, others, last) {
    let best = null;
    for (const { part, point } of spots)
      for (const aside of BESIDE)
        for (const along of [0, 0.35, -0.35, 0.7, -0.7]) {
          const box = boxAt(point.x + along * w, point.y + aside * h, w, h);
          const cost = 8 * Math.abs(part - 0.5) + 9 * Math.abs(aside) + 8 * Math.abs(along) +
            1000 * covered(box, taken) + 12 * covered(box, others) + 40 * outside(box, this.stage) +
            (last && box.y < last.b && box.x < last.r && box.r > last.x ? 60 : 0);
          if (!best || cost < best.cost) best = { cost, box };
        }
    return best.box;
  }

  // Forward: the numbers above their card, or below it.
  above(step, card, taken, others) {
    const [, numbers] = halves(step.lines[0]?.left ?? "");
    const text = numbers.replace(/^= /, "").replace(/ =$/, "");
    if (!text || text.length > 40) return;
    const node = this.drawn([], text, "plain");
    const { w, h } = this.measured(node);
    const x = (card.x + card.r) / 2;
    const boxes = [card.y - h / 2 - 5, card.b + h / 2 + 5].map((y) => boxAt(x, y, w, h));
    const cost = (box) => 10 * covered(box, taken) + covered(box, others) + 2 * outside(box, this.stage);
    const box = cost(boxes[1]) < cost(boxes[0]) ? boxes[1] : boxes[0];
    put(node, box);
  }
}

function put(node, { x, y, r, b }) {
  node.setAttribute("transform", `translate(${((x + r) / 2).toFixed(1)} ${((y + b) / 2).toFixed(1)})`);
}

// Places in the same order, nearest to those wanted, with these sizes side by side: neighbours that
// are too close form a block around the mean of what its members want.
function apart(wanted, sizes) {
  const blocks = [];
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0) + sizes[i] / 2);
  wanted.forEach((y, i) => {
    let block = { sum: y - starts[i], count: 1 };
    while (blocks.length && blocks.at(-1).sum / blocks.at(-1).count > block.sum / block.count) {
      const { sum, count } = blocks.pop();
      block = { sum: block.sum + sum, count: block.count + count };
    }
    blocks.push(block);
  });
  const offsets = blocks.flatMap(({ sum, count }) => Array(count).fill(sum / count));
  return starts.map((start, i) => start + offsets[i]);
}

function boxAt(x, y, w, h) {
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

function outside({ x, y, r, b }, { size }) {
  return Number(x < 0) + Number(y < 0) + Number(r > size.w) + Number(b > size.h);
}
