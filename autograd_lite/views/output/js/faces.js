// What cards and lines look like at a step --------------------------------------------------------

const ARROWS = { positive: "▲ ", negative: "▼ " };

class Faces {
  constructor(payload, graph) {
    Object.assign(this, { payload, graph });
    this.drawn = new Map(); // what lines look like now
    this.parts = new Map(); // what a card looks like at the end, to be able to go back to it
    graph.cards.forEach((card, key) => {
      const part = (name) => card.querySelector(`[data-part="${name}"]`);
      this.parts.set(key, {
        card,
        band: part("band"),
        text: part("gradient-text"),
        room: this.room(card),
        group: card.dataset.kind === "group",
        lines: [...card.querySelectorAll('[data-part="line"]')].map((line) => [line, line.textContent]),
        leaf: card.dataset.kind === "leaf",
        data: part("data")?.textContent ?? "",
      });
    });
  }

  // How long the gradient on a card may be: as wide as the card, but for what stands beside it.
  room(card) {
    const part = (name) => card.querySelector(`[data-part="${name}"]`);
    const [box, text, beside] = [part("box"), part("gradient-text"), part("operation")];
    if (!box || !text) return Infinity;
    const sameRow = beside && Math.abs(Number(beside.getAttribute("y")) - Number(text.getAttribute("y"))) < 8;
    return Number(box.getAttribute("width")) - 18 - (sameRow ? beside.getComputedTextLength() + 6 : 0);
  }

  // The picture as it is after `position` of the steps; gives the keys of the cards that `subject`
  // is about, the first that where it happens.
  show(steps, position, subject = null) {
    const known = new Map();
    const carried = new Map();
    this.parts.forEach((part, key) => known.set(key, { data: part.leaf || !this.payload.forward }));
    for (const step of steps.slice(0, position)) {
      for (const set of step.sets) {
        const card = known.get(set.card);
        if (card) card[set.what] = set;
      }
      for (const edge of step.edges) carried.set(edge[0], edge);
    }
    this.parts.forEach((part, key) => this.card(part, key, known.get(key)));
    const flowing = new Set(subject?.phase === "backward" ? subject.edges.map(([edge]) => edge) : []);
    const about = new Set(subject?.card ? [subject.card] : []);
    this.graph.edges.forEach(([source, target], i) => {
      const backward = flowing.has(i);
      const forward = subject?.phase === "forward" && target === subject.card;
      if (backward || forward) about.add(source);
      const line = this.graph.lines[i];
      this.line(line.querySelector("path"), carried.get(i));
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
    return [...about];
  }

  card(part, key, { data, gradient }) {
    const { sign, text, final, wrong } = gradient ?? {};
    const face = [Boolean(data), sign, text, final, wrong].join();
    if (part.face === face) return; // most cards stay as they are from step to step
    part.face = face;
    part.card.classList.toggle("agv-no-data", !data);
    part.card.classList.toggle("agv-no-gradient", !gradient);
    for (const [line, text] of part.lines) line.textContent = this.lineOfGroup(text, data, gradient);
    let read = this.payload.titles[key] ?? "";
    if (data && !part.group) read += `, ${part.data}`;
    if (gradient && !part.group) {
      this.gradient(part, gradient);
      const { text, final, wrong } = gradient;
      const number = text.replace("≈", say("about ")).replace("−", say("minus ")); // some readers skip signs
      read += final ? say(", gradient {number}", { number }) : say(", gradient {number} so far", { number });
      if (wrong) read += say(", wrong");
    }
    part.card.classList.toggle("agv-partial", Boolean(gradient && !gradient.final));
    part.card.classList.toggle("agv-wrong", Boolean(gradient?.wrong));
    part.card.setAttribute("aria-label", read);
    const title = part.card.querySelector(":scope > title");
    if (title) title.textContent = read;
  }

  // A line of a group says its output, and the sizes of gradients, only when they are known.
  lineOfGroup(text, data, gradient) {
    if (gradient) return text;
    const [before] = text.split(" · ");
    return !data && before.startsWith(say("output {number}", { number: "" })) ? "" : before;
  }

  // Writes a gradient on a card, in the room it has there.
  gradient(part, { sign, text, final, wrong }) {
    const signed = text + (wrong ? " ✗" : final ? "" : " …");
    recolor(part.text, "f", sign === "neutral" ? "muted" : sign);
    recolor(part.band, "f", sign === "neutral" ? "zero-tint" : `${sign}-tint`);
    if (part.text) {
      part.text.textContent = (ARROWS[sign] ?? "") + signed;
      part.text.removeAttribute("textLength");
      if (part.text.getComputedTextLength() > part.room) {
        part.text.setAttribute("textLength", part.room);
        part.text.setAttribute("lengthAdjust", "spacingAndGlyphs");
      }
    }
  }

  line(line, carried) {
    const [, sign, share] = carried ?? [0, "neutral", -1];
    const [bare, thin, more] = this.payload.widths;
    if (this.drawn.get(line) === `${sign} ${share}`) return;
    this.drawn.set(line, `${sign} ${share}`);
    recolor(line, "s", `${sign}-line`);
    line.setAttribute("stroke-width", share < 0 ? bare : (thin + more * share).toFixed(1));
  }
}

// The colour of a part: the class for style sheets; an attribute with it would be outdone by them.
function recolor(node, kind, role) {
  if (!node) return;
  for (const name of [...node.classList]) if (name.startsWith(`ag-${kind}-`)) node.classList.remove(name);
  node.classList.add(`ag-${kind}-${role}`);
}
