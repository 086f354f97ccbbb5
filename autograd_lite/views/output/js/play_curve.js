// The curve: what the model makes of one number, and the samples as points. Of two classes it is the
// share of the second.
const PLAY_PLACES = 200;

class PlayCurve extends PlayPlane {
  constructor(play) {
    super(play);
    const { training, payload: { classes } } = play, all = [...training.train, ...training.test];
    const heights = classes.length ? [0, 1] : playAround(all.map(({ y }) => y[0]));
    const room = 0.15 * (heights[1] - heights[0]);
    this.corners = [...playAround(all.map(({ clean }) => clean[0])), heights[0] - room, heights[1] + room];
  }

  evaluate() {
    const { training, payload } = this.play, [left, right] = this.corners;
    const place = new Float64Array(1);
    const rows = Array.from({ length: PLAY_PLACES + 1 }, (_, i) => {
      place[0] = left + ((right - left) * i) / PLAY_PLACES;
      return training.at(place);
    });
    const of = (k) => rows.map((row) => row[k]);
    this.line = of(payload.classes.length ? payload.outputs + 1 : 0);
    const first = payload.outputs + payload.classes.length;
    this.units = Array.from({ length: rows[0].length - first }, (_, k) => of(first + k));
  }

  draw() {
    const { pen, width, height, play } = this, { colors, training, pointed } = play;
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = colors.of("ground");
    pen.fillRect(0, 0, width, height);
    this.axes();
    training.test.forEach((sample, i) => this.mark({ ...sample, x: this.seat(sample) }, true, ["test", i]));
    training.train.forEach((sample, i) => this.mark({ ...sample, x: this.seat(sample) }, false, ["train", i]));
    if (pointed != null) this.curve(this.units[pointed], "muted", 2, [6, 4]);
    this.curve(this.line, "accent", 3, []);
    if (this.cross) this.drawCross();
  }

  curve(numbers, role, wide, dashes) {
    const { pen, width, height, play: { colors } } = this, [, , floor, ceiling] = this.corners;
    pen.beginPath();
    numbers.forEach((y, i) => {
      const at = Math.max(-height, Math.min(2 * height, ((ceiling - y) / (ceiling - floor)) * height));
      if (Number.isFinite(at)) pen.lineTo((i / PLAY_PLACES) * width, at);
    });
    pen.setLineDash(dashes);
    pen.lineJoin = "round";
    pen.strokeStyle = colors.of(role);
    pen.lineWidth = wide;
    pen.stroke();
    pen.setLineDash([]);
  }

  axes() {
    const { pen, width, height, play: { colors, payload: { features, classes } } } = this, [left, right, floor, ceiling] = this.corners;
    pen.font = colors.font(13);
    pen.lineWidth = 1;
    const rule = (x, y, x1, y1, strong) => {
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(x1, y1);
      pen.strokeStyle = colors.of(strong ? "neutral-line" : "line");
      pen.stroke();
    };
    pen.fillStyle = colors.of("muted");
    pen.textAlign = "center";
    for (const [x, text] of playTicks(left, right)) {
      const [px] = this.place([x, 0]);
      if (px < 30 || px > width - 40) continue;
      rule(px, 0, px, height, x === 0);
      pen.fillText(text, px, height - 6);
    }
    pen.textAlign = "left";
    for (const [y, text] of playTicks(floor, ceiling)) {
      const [, py] = this.place([0, y]);
      if (py < 38 * colors.scale || py > height - 26) continue;
      rule(0, py, width, py, y === 0);
      pen.fillText(text, 5, py - 4);
    }
    pen.fillText(classes.length ? say("share of {name}", { name: classes[1][0] }) : "y", 5, 16 * colors.scale);
    pen.textAlign = "right";
    pen.fillText(features[0], width - 6, height - 6);
  }

  seat({ x, y, label }) {
    return [x[0], this.play.payload.classes.length ? label : y[0]];
  }

  made([x, y]) {
    const { classes } = this.play.payload, label = y > 0.5 ? 1 : 0;
    return classes.length ? [[x], label, classes[label][3]] : [[x], -1, [y]];
  }
}
