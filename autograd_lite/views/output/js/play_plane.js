// The plane of two features: where the model puts each class, or how large its output is, with the
// samples on top. Or what one unit makes of the plane, while it is pointed at.
const PLAY_SIDES = [48, 36, 24, 16]; // points of the grid along each side: as many as there is time for

class PlayPlane extends PlayCanvas {
  constructor(play) {
    super({ class: "agv-play-plane", tabindex: "0", role: "application" });
    this.play = play;
    this.corners = [0, 1].flatMap((k) => playAround([...play.training.train, ...play.training.test].map(({ clean }) => clean[k])));
    this.resize(0);
    this.cross = null; // where the keyboard is
    this.paths = play.payload.classes.map(([, , path]) => new Path2D(path || "M3.9 0A3.9 3.9 0 1 1 -3.9 0A3.9 3.9 0 1 1 3.9 0Z"));
  }

  resize(level) {
    this.level = level;
    this.side = PLAY_SIDES[level];
    this.tile = new PlayTile(this.side, this.side);
    const half = this.side / 2; // of the maps of units, which are small
    this.coarse = Int32Array.from({ length: half * half }, (_, q) => 2 * Math.floor(q / half) * this.side + 2 * (q % half));
  }

  // What the model and each unit make of every point of the grid.
  evaluate() {
    const { training, payload } = this.play, { side, corners: [left, right, floor, ceiling] } = this;
    const { values, outputs } = training.look.tape, count = side * side;
    if (this.fields?.[0].length !== count) this.fields = outputs.map(() => new Float64Array(count));
    const began = performance.now(), place = new Float64Array(2);
    for (let j = 0; j < side; j++)
      for (let i = 0; i < side; i++) {
        place[0] = left + ((right - left) * (i + 0.5)) / side;
        place[1] = ceiling - ((ceiling - floor) * (j + 0.5)) / side;
        training.looked(place);
        const q = j * side + i;
        for (let k = 0; k < outputs.length; k++) this.fields[k][q] = values[outputs[k]];
      }
    const first = payload.outputs;
    this.shares = this.fields.slice(first, first + payload.classes.length);
    this.units = this.fields.slice(first + payload.classes.length);
    if (performance.now() - began > 9 && this.level + 1 < PLAY_SIDES.length && ++this.slow > 5) {
      this.slow = 0;
      this.resize(this.level + 1);
    }
  }

  slow = 0;

  paint() {
    if (!this.fit()) return;
    this.evaluate();
    this.draw();
  }

  draw() {
    const { pen, width, height, play, side } = this, { colors, pointed } = play;
    const unit = pointed == null ? null : this.units[pointed];
    pen.imageSmoothingEnabled = true;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(unit ? this.tile.signed(colors, unit, playLargest(unit)) : this.regions(), 0, 0, width, height);
    pen.strokeStyle = colors.of("ink");
    pen.lineWidth = 1.8;
    const to = (i, j) => [((i + 0.5) / side) * width, ((j + 0.5) / side) * height];
    if (unit) playContour(pen, unit, side, to);
    else for (const margin of this.margins()) playContour(pen, margin, side, to);
    play.training.test.forEach((sample, i) => this.mark(sample, true, ["test", i]));
    play.training.train.forEach((sample, i) => this.mark(sample, false, ["train", i]));
    this.ticks();
    if (this.cross) this.drawCross();
  }

  // A few numbers along the border, with the names of the features at their ends.
  ticks() {
    const { pen, width, height, corners: [left, right, floor, ceiling], play: { colors, payload: { features } } } = this;
    const line = 15 * colors.scale, ends = features.map((name) => shortText(name, 16));
    pen.font = colors.font(12);
    pen.lineWidth = 1.2;
    pen.strokeStyle = colors.of("ink");
    pen.beginPath();
    const first = width - 12 - pen.measureText(ends[0]).width;
    for (const [x, text] of playTicks(left, right)) {
      const [px] = this.place([x, floor]), half = pen.measureText(text).width / 2;
      if (px - half < 40 * colors.scale || px + half > first - 4) continue;
      pen.moveTo(px, height);
      pen.lineTo(px, height - 5);
      this.write(text, px, height - 9, "center");
    }
    this.write(ends[0], width - 6, height - 9, "right");
    for (const [y, text] of playTicks(floor, ceiling)) {
      const [, py] = this.place([left, y]);
      if (py < 2.2 * line || py > height - 1.6 * line) continue;
      pen.moveTo(0, py);
      pen.lineTo(5, py);
      this.write(text, 9, py + 4, "left");
    }
    this.write(ends[1], 9, line, "left");
    pen.strokeStyle = colors.of("ink");
    pen.lineWidth = 1.2;
    pen.stroke();
  }

  // Text over the ground of the plane, whatever its colour there.
  write(text, x, y, align) {
    const { pen, play: { colors } } = this;
    Object.assign(pen, { textAlign: align, lineWidth: 3, lineJoin: "round", strokeStyle: colors.of("ground"), fillStyle: colors.of("ink") });
    pen.strokeText(text, x, y);
    pen.fillText(text, x, y);
  }

  regions() {
    const { shares, tile, play: { colors, payload: { classes } } } = this;
    if (!classes.length) return tile.signed(colors, this.fields[0], this.play.training.largest);
    const even = 1 / classes.length, count = classes.length;
    const roles = classes.map(([, role]) => (role === "positive" || role === "negative" ? `${role}-line` : role));
    return tile.paint(colors, roles, (q) => {
      let best = 0;
      for (let k = 1; k < count; k++) if (shares[k][q] > shares[best][q]) best = k;
      tile.role = best;
      return 0.06 + 0.5 * (shares[best][q] > even ? (shares[best][q] - even) / (1 - even) : 0);
    });
  }

  // By how much each class leads the best of the others: where that is 0 a boundary runs.
  margins() {
    const { shares } = this, count = shares.length;
    if (count < 2) return [];
    const margin = (k) => {
      const field = new Float64Array(shares[0].length);
      for (let q = 0; q < field.length; q++) {
        let other = -Infinity;
        for (let n = 0; n < count; n++) if (n !== k && shares[n][q] > other) other = shares[n][q];
        field[q] = shares[k][q] - other;
      }
      return field;
    };
    return count === 2 ? [margin(1)] : shares.map((_, k) => margin(k));
  }

  place([x, y]) {
    const [left, right, floor, ceiling] = this.corners;
    return [((x - left) / (right - left)) * this.width, ((ceiling - y) / (ceiling - floor)) * this.height];
  }

  mark({ x, y, label }, isTest, [kind, i]) {
    const { pen, play } = this, { colors, payload: { classes }, picked } = play, [px, py] = this.place(x);
    const isPicked = picked?.kind === kind && picked.i === i, color = label < 0 ? null : colors.of(classes[label][1]);
    pen.save();
    pen.translate(px, py);
    if (isPicked) {
      pen.beginPath();
      pen.arc(0, 0, 11, 0, 7);
      pen.strokeStyle = colors.of("ink");
      pen.lineWidth = 2.6;
      pen.stroke();
    }
    pen.scale(1.15 * colors.scale, 1.15 * colors.scale);
    const path = label < 0 ? new Path2D("M3.6 0A3.6 3.6 0 1 1 -3.6 0A3.6 3.6 0 1 1 3.6 0Z") : this.paths[label];
    pen.lineWidth = isTest ? 4.2 : 1.6;
    pen.strokeStyle = colors.of("ground");
    pen.stroke(path);
    const fill = color ?? colors.of(y[0] > 0 ? "positive" : "negative");
    if (isTest) {
      pen.lineWidth = 1.8;
      pen.strokeStyle = fill;
      pen.fillStyle = colors.of("ground");
      pen.fill(path);
      pen.stroke(path);
    } else {
      pen.fillStyle = fill;
      pen.fill(path);
    }
    pen.restore();
  }

  drawCross() {
    const { pen, play: { colors } } = this, [x, y] = this.place(this.cross);
    pen.beginPath();
    pen.moveTo(x - 14, y);
    pen.lineTo(x + 14, y);
    pen.moveTo(x, y - 14);
    pen.lineTo(x, y + 14);
    pen.strokeStyle = colors.of("ground");
    pen.lineWidth = 5;
    pen.stroke();
    pen.strokeStyle = colors.of("ink");
    pen.lineWidth = 2;
    pen.stroke();
  }

  // A place on the screen in the plane, and the sample that is there.
  unplace(px, py) {
    const [left, right, floor, ceiling] = this.corners;
    return [left + ((right - left) * px) / this.width, ceiling - ((ceiling - floor) * py) / this.height];
  }

  hit(px, py, reach = 13) {
    let best = reach, found = null;
    for (const kind of ["test", "train"])
      this.play.training[kind].forEach((sample, i) => {
        const [x, y] = this.place(this.seat(sample)), far = Math.hypot(x - px, y - py);
        if (far < best) [best, found] = [far, { kind, i }];
      });
    return found;
  }

  seat({ x }) {
    return x;
  }

  // A sample for a place: x, and its target.
  made(place, label) {
    const { payload: { classes } } = this.play;
    return classes.length ? [place, label, classes[label][3]] : [place, -1, [label ? this.play.training.largest : -this.play.training.largest]];
  }
}

function playAround(numbers) {
  const low = Math.min(...numbers), high = Math.max(...numbers), room = 0.08 * (high - low) || 1;
  return [low - room, high + room];
}

// Round numbers between two, four or five of them, each written as far as the last digit of their distance.
function playTicks(low, high) {
  const raw = (high - low) / 5, power = Math.floor(Math.log10(raw)), ten = 10 ** power;
  const first = [1, 2, 5, 10].find((k) => k * ten >= raw), step = first * ten;
  const ticks = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) {
    const x = Number(`${k * first}e${power}`);
    ticks.push([x, number(x, Math.min(Math.max(`${Math.abs(k * first)}`.length, 3), 17))]);
  }
  return ticks;
}

function shortText(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function playLargest(field) {
  let most = 1e-9;
  for (const x of field) if (Math.abs(x) > most) most = Math.abs(x);
  return most;
}
