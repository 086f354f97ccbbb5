// What cards and lines look like at a step --------------------------------------------------------

const ARROWS = { positive: "▲ ", negative: "▼ " };
const NAN_SIZE = 0.4; // as that of a line; nan has no size, and is to be seen

class Faces {
  constructor(payload, graph, model) {
    Object.assign(this, { payload, graph, model });
    this.drawn = new Map(); // what lines and their labels look like now
    this.known = new Map(); // what is known of each card at the step that is shown
    this.carried = new Map(); // likewise of each line
    this.stale = false; // whether what is out of sight has other numbers now
    this.parts = new Map(); // what a card looks like at the end, to be able to go back to it
    graph.cards.forEach((card, key) => {
      const part = (name) => card.querySelector(`[data-part="${name}"]`);
      this.parts.set(key, {
        card,
        key,
        place: /^v\d+$/.test(key) ? Number(key.slice(1)) : null,
        band: part("band"),
        text: part("gradient-text"),
        data: part("data"),
        flag: part("flag") ?? part("gradient-flag"),
        bad: part("box")?.classList.contains("ag-s-nan"), // the frame that it has now
        drawnBad: part("box")?.classList.contains("ag-s-nan"),
        room: this.room(card),
        group: card.dataset.kind === "group",
        lines: [...card.querySelectorAll('[data-part="line"]')].map((line) => [line, line.textContent]),
        leaf: card.dataset.kind === "leaf",
        recorded: part("data")?.textContent ?? "",
      });
    });
  }

  // How long the gradient on a card may be: as wide as the card, but for what stands beside it.
  room(card) {
    const part = (name) => card.querySelector(`[data-part="${name}"]`);
    const [box, text, beside] = [part("box"), part("gradient-text"), part("operation")];
    if (!box || !text) return Infinity;
    const sameRow = beside && Math.abs(Number(beside.getAttribute("y")) - Number(text.getAttribute("y"))) < 8;
    return Number(box.getAttribute("width")) - 18 - (sameRow ? wide(beside.textContent, 12) + 6 : 0);
  }

  // The picture as it is after `position` of the steps; gives the keys of the cards that `subject`
  // is about, the first that where it happens. `broken` is the wrong run that the steps are of.
  show(steps, position, subject = null, broken = null) {
    const known = (this.known = new Map());
    const carried = (this.carried = new Map());
    this.parts.forEach((part, key) => known.set(key, { data: part.leaf || !this.payload.forward }));
    for (const step of steps.slice(0, position)) {
      for (const set of step.sets) {
        const card = known.get(set[0]);
        if (card) card[{ d: "data", g: "gradient" }[set[1]]] = set;
      }
      for (const [edge, mark] of step.edges ?? []) carried.set(edge, mark);
    }
    this.broken = broken;
    const flowing = new Set(subject?.phase === "backward" ? (subject.edges ?? []).map(([edge]) => edge) : []);
    const about = new Set(subject?.card ? [subject.card] : []);
    this.graph.edges.forEach(([source, target], i) => {
      const backward = flowing.has(i);
      const forward = subject?.phase === "forward" && target === subject.card;
      if (backward || forward) about.add(source);
      const line = this.graph.lines[i];
      line.classList.toggle("agv-back", backward);
      line.classList.toggle("agv-forth", forward);
      const label = this.graph.labels.get(i);
      label?.classList.toggle("agv-unknown", !known.get(target)?.data);
      label?.classList.toggle("agv-hidden", backward || forward); // its pill says it, or will
    });
    this.parts.forEach(({ card }, key) => {
      card.classList.toggle("agv-now", key === subject?.card);
      card.classList.toggle("agv-gets", about.has(key) && key !== subject?.card);
    });
    this.graph.svg.classList.toggle("agv-stepping", about.size > 0);
    this.renew();
    return [...about];
  }

  // All numbers anew; `seen` says which cards are in sight, the others wait until they are.
  renew(seen = null) {
    const read = this.model.reader(this.broken);
    const most = this.model.largestCarried;
    const { cards, lines } = this.within(seen);
    for (const part of cards) this.card(part, read);
    for (const i of lines) this.line(i, read, most);
    this.flag();
    this.stale = seen !== null;
  }

  // Where nan and infinity begin, once numbers have changed: a flag below the card, in place of the
  // one that it was drawn with.
  flag() {
    const { changed } = this.model;
    if (!changed && !this.flags) return;
    this.flags ??= this.graph.svg.querySelector("[data-card]").parentNode.appendChild(drawn("g", { class: "agv-flags" }));
    this.graph.svg.classList.toggle("agv-flagged", changed);
    this.edge ??= this.graph.stage.area.w + 4; // of the picture, at the right
    const begins = changed && !this.broken ? this.model.beginnings() : [];
    this.flags.replaceChildren(...begins.flatMap(([place, what, ofGradient]) => {
      const part = this.parts.get(`v${place}`);
      const { data, gradient } = this.known.get(part?.key) ?? {};
      if (!part || !(ofGradient ? gradient : data)) return [];
      const text = ofGradient ? say("gradient: {what} begins here", { what }) : say("{what} begins here", { what });
      const box = part.card.querySelector('[data-part="box"]');
      const [high, long] = ["height", "width"].map((name) => Number(box.getAttribute(name)));
      const across = Math.max(long, wide(text, 12, true) + 16);
      const { e: left, f: top } = part.card.transform.baseVal.consolidate().matrix;
      const x = Math.max(-10, Math.min(this.edge - across, left + (long - across) / 2));
      return [drawn("g", { transform: `translate(${x} ${top + high})` },
        drawn("rect", { class: "ag-f-nan", y: 2, width: across, height: 20, rx: 6 }),
        drawn("text", { class: "ag-f-ground", x: across / 2, y: 16, "text-anchor": "middle", "font-size": 12, "font-weight": 600 }, text))];
    }));
  }

  // The cards and lines that are in sight, looked for once as long as the camera stands still.
  within(seen) {
    if (!seen) return { cards: this.parts.values(), lines: this.graph.edges.keys() };
    if (this.sight?.seen === seen) return this.sight;
    const cards = [...this.parts.values()].filter(({ key }) => seen(key));
    const lines = [...this.graph.edges.keys()].filter((i) => this.graph.edges[i].some(seen));
    return (this.sight = { seen, cards, lines });
  }

  // What came into sight, if it waited.
  catchUp(seen) {
    if (this.stale) this.renew(seen);
  }

  card(part, read) {
    const { data, gradient } = this.known.get(part.key);
    const { place } = part;
    const x = gradient ? marked(gradient[2], read) : 0;
    const text = gradient ? number(x) : "", final = Boolean(gradient?.[3]);
    const wrong = Boolean(this.broken && gradient && final && place != null && !nearlyEqual(x, this.model.right.s[place]));
    const shown = place != null && part.data ? number(this.model.values[place]) : part.recorded;
    const face = [Boolean(data), text, Boolean(gradient), final, wrong, shown, part.group && this.model.changed].join();
    if (part.face === face) return; // most cards stay as they are from step to step
    part.face = face;
    part.card.classList.toggle("agv-no-data", !data);
    part.card.classList.toggle("agv-no-gradient", !gradient);
    for (const [line, text] of part.lines) line.textContent = this.lineOfGroup(text, data, gradient);
    part.card.classList.toggle("agv-recorded", part.group && this.model.changed);
    if (part.data && part.shown !== shown) this.data(part, shown);
    let told = this.payload.titles[part.key] ?? "";
    if (data && !part.group) told += `, ${shown}`;
    if (gradient && !part.group) {
      this.gradient(part, signOf(x), text, final, wrong);
      const number = text.replace("≈", say("about ")).replace("−", say("minus ")); // some readers skip signs
      told += final ? say(", gradient {number}", { number }) : say(", gradient {number} so far", { number });
      if (wrong) told += say(", wrong");
    }
    const bad = this.isBad(part, data ? shown : "", text, data, final);
    if (bad !== part.bad) {
      const box = part.card.querySelector('[data-part="box"]');
      recolor(box, "s", (part.bad = bad) ? "nan" : "line");
      box.setAttribute("stroke-width", bad ? 2.5 : 1);
    }
    if (part.group && this.model.changed) told += say(", of the recorded run");
    part.card.classList.toggle("agv-partial", Boolean(gradient && !final));
    part.card.classList.toggle("agv-wrong", wrong);
    part.card.setAttribute("aria-label", told);
    const title = part.card.querySelector(":scope > title");
    if (title) title.textContent = told;
  }

  // Whether a card has the frame of what is not finite, by what is known of it; of a group only the
  // picture that was drawn knows what is inside.
  isBad({ group, flag, drawnBad }, shown, text, data, final) {
    if (!group) return /nan|∞/.test(shown) || /nan|∞/.test(text);
    if (this.model.changed) return false;
    return flag ? Boolean(flag.dataset.part === "flag" ? data : final) : drawnBad;
  }

  // A line of a group says its output, and the sizes of gradients, only when they are known.
  lineOfGroup(text, data, gradient) {
    if (gradient) return text;
    const [before] = text.split(" · ");
    return !data && before.startsWith(say("output {number}", { number: "" })) ? "" : before;
  }

  // Writes a gradient on a card, in the room it has there.
  gradient(part, sign, text, final, wrong) {
    recolor(part.text, "f", sign === "neutral" ? "muted" : sign);
    const plain = part.band?.querySelector("path"); // the lines of a hatched ground
    recolor(plain ? part.band.querySelector("rect") : part.band, "f", sign === "neutral" ? "zero-tint" : `${sign}-tint`);
    plain?.classList.toggle("agv-off", sign !== "nan");
    part.text?.setAttribute("font-weight", sign === "nan" ? "600" : "400");
    if (part.text) fitted(part.text, (ARROWS[sign] ?? "") + text + (wrong ? " ✗" : final ? "" : " …"), part.room);
  }

  // Writes the number of a Value, which need not be as long as that for which the card was made.
  data(part, shown) {
    part.shown = shown;
    const bad = /nan|∞/.test(shown);
    part.card.querySelector('[data-part="nan-data"]')?.classList.toggle("agv-off", !bad);
    recolor(part.data, "f", bad ? "nan" : "ink");
    part.data.setAttribute("font-weight", bad ? "600" : "400");
    part.beside ??= Number(part.card.querySelector('[data-part="box"]').getAttribute("width")) - 26 - wide(part.card.querySelector('[data-part="name"]').textContent, 14, true);
    fitted(part.data, shown, part.beside);
  }

  // A line, as wide as the gradient that it carries, and the local derivative on it.
  line(i, read, most) {
    const line = this.graph.lines[i], path = line.querySelector("path");
    const mark = this.carried.get(i);
    const x = mark == null ? 0 : marked(mark, read);
    const sign = mark == null ? "neutral" : this.spread(i) ? "nan" : signOf(x);
    const share = mark == null ? -1 : x === 0 ? 0 : x !== x ? NAN_SIZE : Math.abs(x) >= most ? 1 : Math.sqrt(Math.abs(x) / most);
    const [bare, thin, more] = this.payload.widths;
    const width = share < 0 ? bare : (thin + more * share).toFixed(1);
    const [toneBefore, widthBefore] = this.drawn.get(path) ?? [];
    if (toneBefore !== sign) {
      recolor(path, "s", `${sign}-line`);
      if (this.model.changed || path.hasAttribute("stroke-dasharray")) path.setAttribute("stroke-dasharray", sign === "nan" ? "7 5" : "none");
    }
    if (widthBefore !== width) path.setAttribute("stroke-width", width);
    if (toneBefore !== sign || widthBefore !== width) this.drawn.set(path, [sign, width]);
    if (this.model.canChange) this.label(i, line);
  }

  // Whether nan or infinity came along a line, forward; as it was drawn for the recorded numbers.
  spread(i) {
    if (!this.model.changed && !this.dirty) return false;
    this.dirty = true; // the recorded picture has its dashes already
    return this.graph.edges[i].every((key) => {
      const { place } = this.parts.get(key);
      return place != null && !Number.isFinite(this.model.values[place]);
    });
  }

  label(i, line) {
    const uses = this.model.live.edges[i];
    if (uses.length !== 1 || this.graph.edges[i].some((key) => this.parts.get(key)?.group)) return;
    const partial = this.model.partials[uses[0]];
    const text = partial === 1 ? "" : `× ${number(partial)}`;
    const label = this.graph.labels.get(i) ?? (text && this.model.changed && this.newLabel(i, line));
    if (!label) return;
    const written = label.querySelector("text");
    if (written.textContent === text) return;
    label.classList.toggle("agv-off", !text);
    if (!text) return (written.textContent = "");
    written.textContent = text;
    recolor(written, "f", Number.isFinite(partial) ? "muted" : "nan");
    const box = label.querySelector("rect");
    const across = wide(text, 12) + 4;
    box.setAttribute("x", Number(written.getAttribute("x")) - across / 2);
    box.setAttribute("width", across);
  }

  // A label for a line that had none, since its derivative was 1; where the layout has left room.
  newLabel(i, line) {
    const [x, y] = (line.dataset.room ?? "").split(" ").map(Number);
    if (y === undefined) return null;
    const label = drawn("g", { "data-label": i },
      drawn("rect", { class: "ag-f-ground", "fill-opacity": 0.9, y: y - 7.5, height: 15, rx: 4 }),
      drawn("text", { class: "ag-f-muted", "font-size": 12, "text-anchor": "middle", x, y: y + 4.5 }));
    line.parentNode.append(label);
    this.graph.labels.set(i, label);
    return label;
  }
}

// Text of at most that length.
function fitted(text, content, room) {
  text.textContent = content;
  const bold = text.getAttribute("font-weight") === "600";
  if (content.length > 4 && wide(content, 14, bold) > room) {
    text.setAttribute("textLength", Math.max(12, room));
    text.setAttribute("lengthAdjust", "spacingAndGlyphs");
  } else if (text.hasAttribute("textLength")) text.removeAttribute("textLength");
}
