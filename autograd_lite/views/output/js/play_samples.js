// Samples that lie in no plane: some of them as small images (or a bar for each number), with what
// the model takes them for. A click sends one through the net.
const PLAY_SHOWN = 60;

class PlaySamples {
  constructor(play) {
    this.play = play;
    const { training, payload: { image } } = play;
    const kind = training.test.length ? "test" : "train";
    this.element = make("div", { class: "agv-play-samples", role: "group", "aria-label": kind === "test" ? say("Samples for validation") : say("Samples to train on") });
    const all = training[kind], count = Math.min(PLAY_SHOWN, all.length);
    const places = Array.from({ length: count }, (_, k) => Math.floor((k * all.length) / count)); // some of each part
    this.entries = places.map((i) => {
      const sample = all[i];
      const canvas = make("canvas", { "aria-hidden": "true", width: 56, height: 56 }), said = make("span");
      const button = make("button", { type: "button", class: "agv-play-sample", onclick: () => play.pick({ kind, i }) }, canvas, said);
      this.element.append(button);
      return { sample, kind, i, canvas, said, button };
    });
    if (play.payload.classes.some(([name]) => name.length > 6)) this.element.classList.add("agv-play-roomy");
    this.image = image;
    this.often = 0;
  }

  paint() {
    const { play } = this, { colors, training, payload: { classes }, picked } = play;
    const fresh = !play.playing || this.often++ % 12 === 0;
    for (const { sample, kind, i, canvas, said, button } of this.entries) {
      const isPicked = picked?.kind === kind && picked.i === i;
      button.setAttribute("aria-pressed", String(isPicked));
      if (!fresh) continue;
      playImage(canvas, sample.x, this.image, colors);
      const name = classes.length ? classes[training.takenFor(sample.x)][0] : number(training.at(sample.x)[0]);
      const wanted = classes.length ? classes[sample.label][0] : number(sample.y[0]);
      const wrong = classes.length > 0 && name !== wanted;
      said.textContent = wrong ? `${wanted} → ${name} ✗` : name;
      button.classList.toggle("agv-play-wrong", wrong);
      button.setAttribute("aria-label", say("Sample {number}: it is {own}; the model says {other}", { number: i, own: wanted, other: name }));
    }
  }

  get canvas() {
    return this.element;
  }
}

// A sample on a small canvas: an image in ink, or in blue and orange where numbers are below 0; else
// a bar for each number, from the middle.
function playImage(canvas, x, image, colors, most = 0) {
  const pen = canvas.getContext("2d"), { width, height } = canvas;
  pen.fillStyle = colors.of("ground");
  pen.fillRect(0, 0, width, height);
  const full = most || playLargest(x);
  if (!image) {
    const wide = width / x.length;
    x.forEach((number, k) => {
      const high = (Math.min(Math.abs(number) / full, 1) * height) / 2;
      pen.fillStyle = colors.of(number > 0 ? "positive-line" : "negative-line");
      pen.fillRect(k * wide + 1, number > 0 ? height / 2 - high : height / 2, wide - 2, high);
    });
    return;
  }
  const [rows, columns] = image, signed = x.some((number) => number < 0);
  const tile = new PlayTile(columns, rows);
  const drawn = signed ? tile.signed(colors, x, full) : tile.paint(colors, ["ink"], (q) => Math.min(x[q] / full, 1) || 0);
  pen.imageSmoothingEnabled = false;
  const side = Math.min(width / columns, height / rows);
  pen.drawImage(drawn, (width - side * columns) / 2, (height - side * rows) / 2, side * columns, side * rows);
}
