// Live numbers: the panel beside the steps, with the slope of one leaf and the way downhill --------

class Live {
  // `changed()` shows the picture and the step with the numbers of now; `hands` pull the numbers.
  constructor(payload, stage, model, changed, hands = Pulls) {
    Object.assign(this, { stage, model, root: payload.root, changed });
    this.losses = [];
    this.left = new Set(); // leaves that do not go downhill
    this.leaf = model.leaves.find((leaf) => stage.graph.cards.has(`v${leaf}`)) ?? null;
    this.button = make("button", { type: "button", class: "agv-mode", "aria-expanded": "false", title: say("Change the numbers of leaves: everything follows"), onclick: () => this.toggle() }, say("Live"));
    this.node = make("div", { role: "region", class: "agv-live agv-closed", "aria-label": say("Live numbers") });
    if (!model.canChange || this.leaf == null) {
      this.node.append(make("p", { class: "agv-hint" }, model.live.why ?? say("No leaf has a card of its own here.")));
      return;
    }
    this.pulls = new hands(stage, model, this);
    this.slope = new Slope(model, this.root, (x) => this.change(this.leaf, x));
    this.pulls.explain();
    this.show();
  }

  build() {
    const { leaves, groups } = this.pulls;
    const { names } = this.model.live;
    this.choice = make("select", { "aria-label": say("Leaf"), onchange: () => this.choose(Number(this.choice.value)) },
      ...leaves.map((leaf) => make("option", { value: leaf }, names[leaf])));
    this.field = make("input", { class: "agv-answer", "aria-label": say("Its number"), autocomplete: "off", spellcheck: "false", inputmode: "decimal", maxlength: 40, onchange: () => this.read() });
    this.field.addEventListener("keydown", (event) => {
      const move = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (move) this.pulls.key(event, this.leaf);
      if (event.key === "Enter") this.read();
    });
    this.back = make("button", { type: "button", class: "agv-mode", onclick: () => this.reset() }, say("Reset"));
    this.answer = make("p", { class: "agv-hint", role: "status" });
    this.rate = make("input", { class: "agv-answer agv-rate", "aria-label": say("Learning rate"), value: "0.1", autocomplete: "off", inputmode: "decimal", maxlength: 12 });
    this.spark = drawn("svg", { class: "agv-spark", viewBox: "0 0 120 34", "aria-hidden": "true", preserveAspectRatio: "none" }, drawn("path", {}));
    this.way = make("span", { class: "agv-way" });
    const which = make("details", { class: "agv-which" },
      make("summary", {}, say("which numbers move")),
      make("div", {}, ...groups.map(([name, together, goes]) => {
        const send = () => together.forEach((leaf) => this.left[box.checked ? "delete" : "add"](leaf));
        const box = make("input", { type: "checkbox", checked: goes, onchange: send });
        send();
        return make("label", {}, box, name);
      })));
    this.node.append(
      make("div", { class: "agv-choices" }, this.choice, make("span", {}, "="), this.field, this.back),
      this.answer, this.slope.node,
      make("p", { class: "agv-hint agv-slope-said" }),
      make("div", { class: "agv-choices" },
        (this.down = make("button", { type: "button", class: "agv-mode agv-main", onclick: () => this.downhill() }, say("Step downhill"))),
        make("label", {}, say("lr"), " ", this.rate), this.spark, this.way),
      which);
  }

  get open() {
    return !this.node.classList.contains("agv-closed");
  }

  toggle(open = !this.open) {
    if (open === this.open) return;
    if (this.pulls && !this.choice) this.build();
    this.node.classList.toggle("agv-closed", !open);
    this.button.setAttribute("aria-expanded", String(open));
    this.button.setAttribute("aria-pressed", String(open));
    this.node.parentNode?.classList.toggle("agv-with-live", open);
    const said = this.node.parentNode?.querySelector(".agv-said, .agv-net-told"); // which scrolls above the panel
    if (open) said?.setAttribute("tabindex", "0");
    else said?.removeAttribute("tabindex");
    if (open) this.show();
  }

  // A leaf that is looked at.
  choose(leaf) {
    this.stage.graph.onPick(`v${leaf}`);
    if (this.leaf !== leaf) {
      this.leaf = leaf;
      this.show();
    }
    this.toggle(true);
  }

  change(leaf, x) {
    this.leaf = leaf;
    this.tell("");
    this.toggle(true);
    this.pending ??= new Map();
    this.pending.set(leaf, x);
    this.frame ??= requestAnimationFrame(() => this.apply()); // of several moves in a frame, one
  }

  // What was asked for since the last frame.
  apply() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    if (!this.pending) return;
    this.model.set(this.pending);
    this.pending = null;
    this.changed();
    this.show();
  }

  reset() {
    this.pending = null;
    this.model.reset();
    this.losses = [];
    this.tell("");
    this.changed();
    this.show();
  }

  // Every leaf that takes part goes against its gradient.
  downhill() {
    if (!this.pulls) return this.toggle(true);
    this.apply();
    const { values, right, count } = this.model;
    this.toggle(true);
    if (this.locked) return this.tell(this.locked);
    const rate = numberIn(this.rate.value);
    if (rate === null || !Number.isFinite(rate)) return this.refuse(this.rate.value);
    if (!this.losses.length) this.losses.push(values[count - 1]);
    const moved = this.pulls.leaves.filter((leaf) => !this.left.has(leaf));
    const still = moved.every((leaf) => right.s[leaf] === 0);
    this.tell(!moved.length ? say("No leaf is chosen.") : still ? say("Nothing moves: the gradient of each chosen leaf is 0.") : "");
    if (still) return;
    this.model.set(moved.map((leaf) => [leaf, values[leaf] - rate * right.s[leaf]]));
    this.losses.push(this.model.values[count - 1]);
    this.changed();
    this.show();
  }

  // What was typed beside the leaf, if it is not what stood there.
  read() {
    if (this.field.value !== this.written) this.pulls.read(this.leaf, this.field.value);
  }

  refuse(text) {
    this.toggle(true);
    const said = text.trim().slice(0, 30);
    if (THOUSANDS.test(said)) this.tell(say("“{text}” may mean {whole} or {part}: type the one you mean.", { text: said, whole: said.replace(",", ""), part: said.replace(",", ".") }));
    else this.tell(say("“{text}” is no number: type one as -0.5.", { text: said }));
    this.show();
  }

  // While a number is asked for, nothing here tells it.
  ask(asking) {
    if (Boolean(this.asking) === asking) return;
    this.asking = asking;
    this.node.classList.toggle("agv-asking", asking);
    if (this.pulls) for (const leaf of this.pulls.nodes.keys()) this.pulls.show(leaf);
    this.show();
  }

  // Why no step downhill is taken now; "" if one may be.
  get locked() {
    if (this.asking) return say("First answer the question, or let it be shown.");
    if (this.model.broken) return say("No step downhill: your program would take another branch here.");
    return "";
  }

  tell(text) {
    if (this.answer && this.answer.textContent !== text) this.answer.textContent = text;
  }

  // What a screen reader says of a leaf's number.
  said(leaf) {
    const { values, right, count } = this.model;
    const plain = (x) => number(x).replace("≈", say("about ")).replace("−", say("minus "));
    if (this.asking) return plain(values[leaf]);
    return say("{number}; {root} is {result}, gradient {gradient}", { number: plain(values[leaf]), root: this.root, result: plain(values[count - 1]), gradient: plain(right.s[leaf]) });
  }

  show() {
    if (!this.pulls) return;
    this.pulls.renew();
    this.guard();
    this.button.textContent = this.model.changed ? say("Live · changed") : say("Live");
    if (!this.open) return;
    const { model, leaf } = this;
    this.choice.value = leaf;
    this.written = this.field.value = plainNumber(model.values[leaf], 6);
    this.back.disabled = !model.changed;
    this.down.disabled = Boolean(this.locked);
    this.down.title = this.locked || say("leaf −= lr × gradient (d)");
    this.slope.show(leaf);
    const slope = model.right.s[leaf], name = model.live.names[leaf];
    const told = this.node.querySelector(".agv-slope-said");
    if (this.asking) told.replaceChildren(say("What {root} is and its slope are shown after your answer.", { root: this.root }));
    else if (model.broken) told.replaceChildren(say("No slope is shown: it would be that of the branch taken before."));
    else told.replaceChildren(...equation(this.pulls.saying(leaf, { root: this.root, result: number(model.values[model.count - 1]), name }), number(slope),
      (text) => make("b", { class: `agv-chip agv-tone-${toneOf(text)}` }, text)),
      this.slope.kink ? say(" There is a kink here: this slope is a choice.") : "");
    this.sparkle();
  }

  // The results on the way down.
  sparkle() {
    const all = this.losses.filter(Number.isFinite);
    this.spark.classList.toggle("agv-off", all.length < 2);
    this.way.textContent = this.losses.length > 1 ? `${this.root} ${number(this.losses[0])} → ${number(this.losses.at(-1))}` : "";
    if (all.length < 2) return;
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const points = all.map((x, i) => `${(2 + (116 * i) / (all.length - 1)).toFixed(1)} ${(31 - (28 * (x - low)) / (high - low || 1)).toFixed(1)}`);
    this.spark.firstChild.setAttribute("d", `M${points.join("L")}`);
  }

  // Where the program would have taken another branch, neither the picture nor the words are true.
  guard() {
    const guard = this.model.broken;
    this.stage.picture.classList.toggle("agv-otherwise", Boolean(guard));
    const side = this.node.parentNode;
    side?.classList.toggle("agv-untrue", Boolean(guard));
    if (!guard) return this.warning?.remove();
    this.warning ??= make("p", { class: "agv-warning", role: "status" });
    if (!this.warning.isConnected) side?.prepend(this.warning);
    const [sign, x, y, outcome, where, written] = guard;
    const [left, right] = (written === sign ? [x, y] : [y, x]).map((slot) => number(this.model.values[slot]));
    const parts = { where: where && where + say(": "), comparison: `${left} ${written} ${right}` };
    this.warning.textContent = outcome
      ? say("{where}{comparison} is now false. Your program would take another branch, so nothing here is true: run it in Python.", parts)
      : say("{where}{comparison} is now true. Your program would take another branch, so nothing here is true: run it in Python.", parts);
  }

  // Whether a key was one of its own.
  key(event) {
    if (event.key !== "d" && event.key !== "D") return false;
    this.downhill();
    return true;
  }
}
