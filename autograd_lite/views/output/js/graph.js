// The picture: which card depends on which; pointing, pinning, moving among cards ----------------

class Graph {
  constructor(payload, stage, signal) {
    Object.assign(this, { stage, picture: stage.picture, svg: stage.svg });
    this.keys = payload.cards;
    this.cards = new Map();
    for (const card of this.svg.querySelectorAll("[data-card]"))
      this.cards.set(card.dataset.card, card);
    this.lines = [...this.svg.querySelectorAll("[data-edge]")];
    this.labels = new Map();
    for (const label of this.svg.querySelectorAll("[data-label]"))
      this.labels.set(Number(label.dataset.label), label);
    this.edges = payload.edges;
    this.above = this.neighbours(0, 1);
    this.below = this.neighbours(1, 0);
    this.pinned = null;
    this.onPick = () => {};
    // In a stepper, left and right take steps; elsewhere they follow the lines.
    this.beside = payload.kind === "step" ? {} : { ArrowLeft: this.below, ArrowRight: this.above };
    this.describe(payload.label);
    this.listen(signal);
  }

  neighbours(from, to) {
    const found = new Map(this.keys.map((key) => [key, []]));
    for (const edge of this.edges) found.get(edge[from])?.push(edge[to]);
    return found;
  }

  // Buttons may not stand in an image, so now that there are some it is a group of them.
  describe(label) {
    this.svg.setAttribute("role", "group");
    this.picture.setAttribute("role", "region");
    this.picture.setAttribute("tabindex", "0");
    this.picture.setAttribute("aria-label", say("Graph. {label}", { label }));
    this.cards.forEach((card) => {
      card.setAttribute("role", "button");
      card.setAttribute("aria-pressed", "false");
      card.setAttribute("aria-label", card.querySelector("title")?.textContent ?? "");
      card.setAttribute("tabindex", "-1");
    });
    this.cards.get(this.keys[0])?.setAttribute("tabindex", "0");
  }

  listen(signal) {
    const at = (event) => event.target.closest?.("[data-card]")?.dataset.card ?? null;
    const on = (kind, act) => this.svg.addEventListener(kind, act, { signal });
    on("pointerover", (event) => this.point(at(event)));
    on("pointerleave", () => this.point(null));
    on("focusin", (event) => event.target.matches(":focus-visible") && this.point(at(event)));
    on("focusout", () => this.point(null));
    on("click", (event) => {
      const key = at(event);
      this.pin(key);
      if (key) this.focus(key);
      else this.picture.focus({ preventScroll: true });
    });
    on("keydown", (event) => {
      const key = at(event);
      const move = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (key && (event.key === "Enter" || event.key === " ")) this.pin(key);
      else if (move) this.focus(this.keys[(this.keys.indexOf(key) + move + this.keys.length) % this.keys.length]);
      else if (event.key in this.beside) this.focus(this.beside[event.key].get(key)?.[0] ?? key);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.picture.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.pin(null);
    }, { signal });
  }

  focus(key) {
    this.cards.forEach((card) => card.setAttribute("tabindex", "-1"));
    const card = this.cards.get(key);
    card?.setAttribute("tabindex", "0");
    card?.focus({ preventScroll: true });
    if (card) this.stage.reveal([key]);
  }

  pin(key) {
    this.pinned = key === this.pinned ? null : key;
    this.cards.forEach((card, at) => card.setAttribute("aria-pressed", String(at === this.pinned)));
    this.point(null);
    if (key) this.onPick(key);
  }

  // A card to point at when the pointer and the keyboard point at none.
  keep(key) {
    if (key !== (this.kept ?? null)) {
      this.kept = key;
      this.point(null);
    }
  }

  // What the card depends on and what depends on it stays; the rest steps back.
  point(key) {
    const centre = key ?? this.pinned ?? this.kept;
    const kept = new Set(centre ? [...this.reach(centre, this.above), ...this.reach(centre, this.below)] : []);
    const dim = (node, keys) => node?.classList.toggle("agv-dim", centre != null && !keys.every((k) => kept.has(k)));
    this.cards.forEach((card, at) => dim(card, [at]));
    this.edges.forEach((edge, i) => {
      dim(this.lines[i], edge);
      dim(this.labels.get(i), edge);
    });
  }

  // Light up what a factor of an equation stands for: a card, or a line.
  light({ card, edge }, on) {
    const node = card == null ? this.lines[edge] : this.cards.get(card);
    node?.classList.toggle("agv-lit", on);
  }

  // What is written on a card.
  texts(key) {
    const text = (part) => this.cards.get(key)?.querySelector(`[data-part="${part}"]`)?.textContent ?? "";
    return { name: text("name"), data: text("data") };
  }

  reach(key, neighbours) {
    const found = new Set([key]);
    for (const at of found) for (const next of neighbours.get(at) ?? []) found.add(next);
    return found;
  }
}
