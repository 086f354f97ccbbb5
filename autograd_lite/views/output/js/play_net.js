// The net of a playground: a disc for each unit with what it makes of the plane, and a hair for each
// weight; of a sample that was picked its numbers, forward and back.
const PLAY_LAYER = 260; // milliseconds from layer to layer

class PlayNet extends PlayCanvas {
  constructor(play) {
    super({ class: "agv-play-hairs", "aria-hidden": "true" });
    const { net, image } = play.payload;
    Object.assign(this, { play, net, image: image && play.payload.net.columns[0] === image[0] * image[1] ? image : null });
    this.discs = net.discs.map(([column, name, activation, isOutput], k) => ({ k, column, name, activation, isOutput, unit: -1, input: -1 }));
    this.columns = net.columns.map((_, c) => this.discs.filter((disc) => disc.column === c));
    this.columns[0].forEach((disc, i) => { disc.input = net.inputs[i]; });
    this.discs.filter((disc) => disc.column).forEach((disc, i) => { disc.unit = i; });
    this.hairs = net.hairs.filter(([source]) => source >= 0).map(([source, target, leaf, weight]) =>
      ({ source: this.discs[source], target: this.discs[target], leaf, weight: readNumber(weight) }));
    this.wave = null; // how far a sample has come: { column, isBack }
    this.element = make("div", { class: "agv-play-net", role: "group", "aria-label": say("The net") }, this.canvas);
    this.overlay();
  }

  // Each unit is a button; pointing at one shows its map, and isolates its hairs.
  overlay() {
    const { play } = this;
    for (const disc of this.discs) {
      if (!disc.column && this.image) continue;
      disc.label = make("span", { class: "agv-play-label", "aria-hidden": "true" });
      if (disc.column) {
        disc.button = make("button", {
          type: "button", class: "agv-play-unit", "aria-label": this.said(disc), title: this.said(disc),
          onpointerenter: () => play.point(disc.unit), onpointerleave: () => play.point(null),
          onfocus: () => play.point(disc.unit), onblur: () => play.point(null),
          onclick: () => play.hold(disc.unit),
        });
        this.element.append(disc.button);
      }
      this.element.append(disc.label);
    }
    this.heads = this.columns.map(() => make("span", { class: "agv-play-head" }));
    this.element.append(...this.heads);
  }

  said({ name, activation, isOutput }) {
    const words = isOutput ? say("Output {name}", { name }) : say("Unit {name}", { name });
    return activation ? `${words} · ${activation}` : words;
  }

  nameOf(unit) {
    return this.discs.find((disc) => disc.unit === unit).name;
  }

  headOf([first], c, isShort) {
    const { isOutput, activation } = first ?? {};
    if (c === 0) return say("inputs");
    if (isOutput && this.net.isWhole) return say("outputs");
    const layer = say("layer {number}", { number: c });
    return isShort ? activation || layer : activation ? `${layer} · ${activation}` : layer;
  }

  // Where the discs stand, in pixels of the canvas.
  layout() {
    if (!this.fit()) return false;
    if (this.at === `${this.width} ${this.height}`) return true;
    this.at = `${this.width} ${this.height}`;
    const { width, height, columns } = this, { scale } = this.play.colors, narrow = width < 520;
    const left = this.leftOf(narrow), right = narrow ? 104 : (this.columns.at(-1).length > 6 ? 196 : 150) * scale, top = 44 * scale, bottom = 22 * scale;
    const across = columns.length > 1 ? (width - left - right) / (columns.length - 1) : 0;
    this.isOpen = across > 76 * scale; // there is room for a number below a disc
    this.isWide = across > 128 * scale; // or for two
    columns.forEach((column, c) => {
      const pitch = Math.min(74 * scale, (height - top - bottom) / Math.max(column.length, 1)), line = 17 * scale;
      column.forEach((disc, row) => {
        disc.x = left + across * c;
        disc.y = top + (height - top - bottom) / 2 + pitch * (row - (column.length - 1) / 2);
        disc.roomy = pitch >= 2.4 * line; // for a line of numbers below
        disc.tall = pitch >= 3.2 * line; // for three
        disc.r = Math.max(Math.min(20 * scale, disc.roomy ? (pitch - line) / 2 : 0.42 * pitch), 2);
        if (disc.button)
          Object.assign(disc.button.style, { left: `${disc.x - disc.r - 3}px`, top: `${disc.y - disc.r - 3}px`, width: `${2 * disc.r + 6}px`, height: `${2 * disc.r + 6}px` });
      });
      const head = this.heads[c];
      head.style.left = `${left + across * c}px`;
      head.textContent = this.headOf(column, c, across < 130 * scale);
      const isBetween = c > 0 && c < columns.length - 1;
      head.hidden = narrow && isBetween && across < 34;
      head.style.maxWidth = narrow && isBetween ? `${across - 4}px` : "";
    });
    return true;
  }

  // What the names of the inputs take.
  leftOf(narrow) {
    const { pen, columns, image, play: { colors } } = this;
    pen.font = colors.font(14);
    const names = image ? [] : columns[0].map(({ name }) => pen.measureText(name).width * 1.12);
    return Math.min(Math.max(...names, 66), narrow ? 66 : 168 * colors.scale) + 28 * colors.scale;
  }

  paint() {
    if (!this.layout()) return;
    const { pen, play } = this;
    pen.clearRect(0, 0, this.width, this.height);
    this.flow = play.flow();
    this.resting = this.flow ?? (play.payload.shows === "samples" ? play.flow(play.training.train[0]) : null);
    this.drawHairs();
    if (this.image) this.drawInput();
    for (const disc of this.discs) this.drawDisc(disc);
  }

  // Hairs -----------------------------------------------------------------------------------------

  drawHairs() {
    const { pen, play, flow, wave } = this, { colors, pointed } = play, { leaves } = play.training;
    const lit = pointed == null ? null : this.discs.find((disc) => disc.unit === pointed && disc.column);
    const shown = this.hairs.filter(({ source }) => source.column || !this.image);
    let most = 1e-9;
    for (const hair of shown) {
      hair.weight = hair.leaf < 0 ? hair.weight : leaves[hair.leaf];
      hair.size = this.carried(hair, flow, wave);
      if (Math.abs(hair.size) > most) most = Math.abs(hair.size);
    }
    const thick = Math.min(6.4, 70 / Math.sqrt(shown.length)), dark = Math.min(1, 24 / Math.sqrt(shown.length)); // many lie on one another
    pen.lineCap = "round";
    for (const { source, target, size } of shown) {
      const share = Math.sqrt(Math.min(Math.abs(size) / most, 1)) || 0;
      const near = !lit || source === lit || target === lit;
      const passed = !wave || (wave.isBack ? target.column > wave.column : target.column <= wave.column);
      pen.globalAlpha = dark * (0.16 + 0.74 * share) * (near ? 1 : 0.08) * (passed ? 1 : 0.06);
      pen.strokeStyle = colors.of(size > 0 ? "positive-line" : size < 0 ? "negative-line" : "neutral-line");
      pen.lineWidth = 0.6 + thick * share;
      const x0 = source.x + source.r + 3, x1 = target.x - target.r - 3, bend = (x1 - x0) * 0.45;
      pen.beginPath();
      pen.moveTo(x0, source.y);
      pen.bezierCurveTo(x0 + bend, source.y, x1 - bend, target.y, x1, target.y);
      pen.stroke();
    }
    pen.globalAlpha = 1;
    if (this.image) this.drawFan();
  }

  // From the image to each unit that looks at it; the unit shows its weights.
  drawFan() {
    const { pen, columns: [[first], units], play: { colors } } = this;
    pen.strokeStyle = colors.of("line");
    pen.lineWidth = 1.2;
    for (const { x, y, r } of units ?? []) {
      const bend = (x - first.x) * 0.4;
      pen.beginPath();
      pen.moveTo(first.x, this.height / 2);
      pen.bezierCurveTo(first.x + bend, this.height / 2, x - bend, y, x - r, y);
      pen.stroke();
    }
  }

  // The weight; of a sample on its way what it adds to the sum, and on the way back what it carries.
  carried({ source, target, weight }, flow, wave) {
    if (!flow) return weight;
    if (wave && !wave.isBack) return weight * this.valueOf(source, flow);
    return weight * flow.sumSlopes[target.unit];
  }

  valueOf(disc, flow) {
    return disc.column ? flow.units[disc.unit] : flow.x[disc.input] ?? 0;
  }

  slopeOf(disc, flow) {
    return disc.column ? flow.slopes[disc.unit] : flow.inputSlopes[disc.input] ?? 0;
  }

  // Discs -----------------------------------------------------------------------------------------

  drawDisc(disc) {
    if (!disc.column && this.image) return;
    const { pen, play, flow } = this, { colors, view } = play, { x, y, r } = disc;
    pen.save();
    pen.beginPath();
    pen.arc(x, y, r, 0, 7);
    pen.fillStyle = colors.of("card");
    pen.fill();
    pen.clip();
    const field = disc.column ? view.units?.[disc.unit] : null;
    if (field && r > 6 && play.payload.shows === "plane") this.drawMap(disc, field);
    else if (field && r > 6) this.drawLine(disc, field);
    else if (this.image && disc.column === 1) this.drawWeights(disc);
    else this.drawValue(disc);
    pen.restore();
    pen.beginPath();
    pen.arc(x, y, r, 0, 7);
    pen.lineWidth = play.pointed === disc.unit && disc.column ? 4 : 1.8;
    pen.strokeStyle = colors.of(play.pointed === disc.unit && disc.column ? "accent" : "neutral-line");
    pen.stroke();
    this.write(disc, flow);
  }

  drawMap(disc, field) {
    const { colors, view } = this.play, { x, y, r } = disc, side = view.side / 2;
    if (disc.tile?.canvas.width !== side) disc.tile = new PlayTile(side, side);
    const role = this.classRole(disc), share = role && view.shares[this.columns.at(-1).indexOf(disc)];
    const map = share ? disc.tile.paint(colors, [role], (q) => 0.06 + 0.7 * share[view.coarse[q]])
      : disc.tile.signed(colors, field, playLargest(field), view.coarse);
    this.pen.drawImage(map, x - r, y - r, 2 * r, 2 * r);
  }

  // The colour of the class that an output stands for.
  classRole({ isOutput, k }) {
    const { classes, outputs } = this.play.payload;
    if (!isOutput || !this.net.isWhole || outputs !== classes.length) return null;
    const role = classes[this.columns.at(-1).findIndex((disc) => disc.k === k)]?.[1];
    return role === "positive" || role === "negative" ? `${role}-line` : role;
  }

  // What a unit makes of one number: a small curve, from its least to its largest.
  drawLine({ x, y, r }, field) {
    const { pen, play: { colors } } = this, low = Math.min(...field), high = Math.max(...field);
    pen.beginPath();
    field.forEach((value, i) => {
      const up = high > low ? (value - low) / (high - low) : 0.5;
      pen.lineTo(x - r + (2 * r * i) / (field.length - 1), y + 0.6 * r - 1.2 * r * up);
    });
    pen.strokeStyle = colors.of("accent");
    pen.lineWidth = 2;
    pen.stroke();
  }

  // The weights of a unit that looks at an image, as an image.
  drawWeights(disc) {
    disc.seen ??= this.hairs.filter(({ target, source }) => target === disc && source.column === 0);
    disc.small ??= make("canvas", { width: 4 * this.image[1], height: 4 * this.image[0] });
    const weights = new Float64Array(this.image[0] * this.image[1]), { pen } = this;
    for (const { source, leaf, weight } of disc.seen) weights[source.input] = leaf < 0 ? weight : this.play.training.leaves[leaf];
    if (!this.play.playing || this.play.frame % 6 === disc.unit % 6 || !disc.painted) {
      const [rows, columns] = this.image;
      disc.map ??= new PlayTile(columns, rows);
      disc.map.signed(this.play.colors, weights, playLargest(weights));
      disc.painted = true;
    }
    pen.imageSmoothingEnabled = false;
    pen.drawImage(disc.map.canvas, disc.x - disc.r, disc.y - disc.r, 2 * disc.r, 2 * disc.r);
  }

  drawValue(disc) {
    const { pen, resting: flow, play: { colors } } = this;
    if (!flow) return;
    const value = this.valueOf(disc, flow);
    disc.most = playLargest(this.columns[disc.column].map((other) => this.valueOf(other, flow)));
    pen.globalAlpha = 0.12 + 0.8 * Math.sqrt(Math.min(Math.abs(value) / disc.most, 1)) || 0;
    pen.fillStyle = colors.of(value > 0 ? "positive-line" : "negative-line");
    pen.fillRect(disc.x - disc.r, disc.y - disc.r, 2 * disc.r, 2 * disc.r);
    pen.globalAlpha = 1;
  }

  // The image that is looked at, in place of a disc for each of its numbers.
  drawInput() {
    const { pen, play, columns } = this, sample = play.sampleOf(play.picked) ?? play.training.train[0];
    const side = Math.min(84 * play.colors.scale, columns[0][0].x * 1.5), x = columns[0][0].x, y = this.height / 2;
    this.looked ??= make("canvas", { width: 96, height: 96 });
    playImage(this.looked, sample.x, this.image, play.colors);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.looked, x - side / 2, y - side / 2, side, side);
    pen.strokeStyle = play.colors.of("neutral-line");
    pen.lineWidth = 1.5;
    pen.strokeRect(x - side / 2, y - side / 2, side, side);
  }

  // Numbers of the sample on its way: values as far as it has come, then gradients.
  write(disc, flow) {
    const { label, x, y, r, column, name, isOutput } = disc, { wave } = this;
    const isEnd = column === 0 || isOutput;
    const forward = flow && (!wave || wave.isBack || column <= wave.column);
    const back = flow && (!wave || (wave.isBack && column >= wave.column));
    const lines = [];
    if (isEnd) lines.push(["b", name]);
    if (forward && (isEnd || !back || this.isWide)) lines.push(["span", number(this.valueOf(disc, flow), 2)]);
    if (back) lines.push(["i", this.slopeText(this.slopeOf(disc, flow))]);
    const shown = isEnd || (disc.roomy && this.isOpen) ? lines : [];
    const inRow = isEnd && !disc.tall;
    const key = shown.flat().join("\n") + this.at;
    if (key === disc.written) return;
    disc.written = key;
    label.replaceChildren(...(disc.roomy || inRow ? shown : shown.slice(0, 1)).map(([tag, text]) =>
      make(tag, tag === "i" ? { class: text[0] === "▲" ? "agv-play-plus" : text[0] === "▼" ? "agv-play-minus" : null } : {}, text)));
    label.className = `agv-play-label ${column === 0 ? "agv-play-before" : isOutput ? "agv-play-after" : "agv-play-under"}${inRow ? " agv-play-row" : ""}`;
    Object.assign(label.style, column === 0 ? { right: `${this.width - x + r + 6}px`, left: "auto", top: `${y}px` }
      : isOutput ? { left: `${x + r + 8}px`, top: `${y}px` } : { left: `${x}px`, top: `${y + r + 1}px` });
  }

  slopeText(x) {
    return (x > 0 ? "▲ " : x < 0 ? "▼ " : "") + number(x, 2);
  }

  // Motion ----------------------------------------------------------------------------------------

  // Let a sample run through the layers and its gradient back; afterwards all is shown.
  run() {
    this.halt();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const last = this.columns.length - 1;
    const times = [...this.columns.keys()].map((column) => ({ column, isBack: false }));
    const waves = [...times, ...times.map(({ column }) => ({ column: last - column, isBack: true }))];
    const next = () => {
      this.wave = waves.shift() ?? null;
      this.paint();
      this.play.tellMeaning();
      if (this.wave) this.timer = setTimeout(next, this.wave.column === last && !this.wave.isBack ? 3 * PLAY_LAYER : PLAY_LAYER);
    };
    next();
  }

  halt() {
    clearTimeout(this.timer);
    this.wave = null;
  }
}
