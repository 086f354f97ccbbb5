// The losses over the steps: of each batch (thin), of all samples to train on, and of those for validation.
const PLAY_KEPT = 1600; // points of a line; beyond, every other one is let go

class PlayLosses extends PlayCanvas {
  constructor(play) {
    super({ class: "agv-play-losses", role: "img", "aria-label": say("The loss, {name}, over the steps", { name: play.payload.loss }) });
    this.play = play;
    this.reset();
  }

  reset() {
    this.batches = new PlayLine();
    this.train = new PlayLine();
    this.test = new PlayLine();
  }

  paint() {
    if (!this.fit()) return;
    const { pen, width, height, play } = this, { colors, training } = play;
    pen.clearRect(0, 0, width, height);
    const lines = [this.train, this.test].filter((line) => line.points.length);
    const seen = lines.flatMap(({ points }) => points.map(([, y]) => y)).filter(Number.isFinite);
    const top = Math.min(Math.max(...seen, 1e-12) * 1.06, Number.MAX_VALUE), steps = Math.max(training.steps, 20);
    pen.font = colors.font(13);
    const rules = [0, top / 2.12, top / 1.06], wide = Math.max(...rules.map((loss) => pen.measureText(number(loss, 2)).width));
    const { scale } = colors, left = Math.max(46 * scale, wide + 10), right = width - 12, floor = height - 24 * scale, roof = 10;
    const x = (step) => left + ((right - left) * step) / steps, y = (loss) => floor - ((floor - roof) * Math.min(loss / top, 1.05));
    pen.fillStyle = colors.of("muted");
    pen.strokeStyle = colors.of("line");
    pen.lineWidth = 1;
    for (const loss of rules) {
      pen.beginPath();
      pen.moveTo(left, y(loss));
      pen.lineTo(right, y(loss));
      pen.stroke();
      pen.textAlign = "right";
      pen.fillText(number(loss, 2), left - 6, y(loss) + 4);
    }
    pen.textAlign = "right";
    pen.fillText(counted(training.steps, "step", "steps"), right, height - 6);
    const draw = ({ points }, role, wide, dashes = [], alpha = 1) => {
      pen.beginPath();
      for (const [step, loss] of points) if (Number.isFinite(loss)) pen.lineTo(x(step), y(loss));
      pen.globalAlpha = alpha;
      pen.strokeStyle = colors.of(role);
      pen.lineWidth = wide;
      pen.lineJoin = "round";
      pen.setLineDash(dashes);
      pen.stroke();
      pen.setLineDash([]);
      pen.globalAlpha = 1;
    };
    draw(this.batches, "neutral-line", 1, [], 0.45);
    draw(this.test, "negative", 2.2, [6, 4]);
    draw(this.train, "accent", 2.6);
    for (const [line, role] of [[this.test, "negative"], [this.train, "accent"]]) {
      const last = line.points.at(-1);
      if (!last || !Number.isFinite(last[1])) continue;
      pen.beginPath();
      pen.arc(x(last[0]), y(last[1]), 4, 0, 7);
      pen.fillStyle = colors.of(role);
      pen.fill();
    }
  }
}

// Points (step, loss) of a line that never grows beyond PLAY_KEPT.
class PlayLine {
  points = [];
  every = 1;
  count = 0;

  add(step, loss) {
    const last = this.points.length - 1;
    if (last > 0 && this.count % this.every) this.points[last] = [step, loss];
    else this.points.push([step, loss]);
    this.count += 1;
    if (this.points.length <= PLAY_KEPT) return;
    this.points = this.points.filter((_, k) => k % 2 === 0);
    this.every *= 2;
  }
}
