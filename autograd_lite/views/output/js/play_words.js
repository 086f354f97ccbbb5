// The words of a playground: how far it is, what to do, what becomes of a sample, what widths mean.
class PlayWords {
  constructor(play) {
    this.play = play;
    this.now = make("p", { class: "agv-play-now" });
    this.top = make("div", { class: "agv-play-top" }, this.now);
    this.note = make("div", { class: "agv-play-note", role: "status" });
    this.meaning = make("li");
    const { shows, classes, outputs, net } = play.payload;
    this.signs = make("ul", { class: "agv-play-signs" },
      shows === "plane" && classes.length > 0 && make("li", {}, net?.isWhole && outputs === classes.length
        ? say("plane and outputs: the colours of the classes; all else:")
        : say("plane: the colours of the classes; weights and discs:")),
      make("li", { class: "agv-play-plus" }, say("blue: above 0")), make("li", { class: "agv-play-minus" }, say("orange: below 0")), this.meaning);
  }

  // How far it is, and how good.
  tell() {
    const { training, state: { train, test }, payload: { classes } } = this.play;
    const part = (name, value) => [`${name} `, make("b", {}, value), "  "];
    const right = (share) => `${Math.round(100 * share)} %`;
    const epoch = training.epoch < 10 ? training.epoch.toFixed(1) : String(Math.round(training.epoch));
    const parts = [part(say("epoch"), epoch)];
    if (!test) parts.push(part(say("loss"), number(train.loss)));
    else parts.push(part(say("loss: training"), number(train.loss)), part(say("validation"), number(test.loss)));
    if (classes.length && !test) parts.push(part(say("right"), right(train.right)));
    else if (classes.length) parts.push(part(say("right: training"), right(train.right)), part(say("validation"), right(test.right)));
    this.now.replaceChildren(...parts.flat());
  }

  // The state in a sentence, of the plane.
  label() {
    const { training, state: { train } } = this.play, label = this.heading();
    return say("{label}. After {steps} the loss is {loss}. Arrow keys move a cross, Enter adds a sample or picks one",
      { label, steps: counted(training.steps, "step", "steps"), loss: number(train.loss) });
  }

  // What learns, with the samples that there are now.
  heading() {
    const { training, payload: { model, optimizer, classes } } = this.play;
    const samples = counted(training.train.length, "sample", "samples");
    const data = classes.length ? say("{samples} of {classes}", { samples, classes: counted(classes.length, "class", "classes") }) : samples;
    return say("{model} learns {data} with {optimizer}", { model, data, optimizer });
  }

  // Where the cross of the keyboard is.
  where(place) {
    const { shows, features, classes } = this.play.payload;
    const names = shows === "curve" ? [features[0], classes.length ? say("share of {name}", { name: classes[1][0] }) : "y"] : features;
    const [x, y] = place.map((entry) => number(entry));
    this.note.classList.remove("agv-play-trouble");
    this.note.replaceChildren(make("p", {}, say("Cross at {first} = {x}, {second} = {y}.", { first: names[0], x, second: names[1], y })), this.browse());
  }

  // What to do; or why it has stopped.
  hint() {
    const { trouble, payload: { shows } } = this.play;
    const words = trouble ?? (shows === "samples"
      ? say("Press Train. Pick a sample: it runs through the net, and its gradient back.")
      : isTouch() ? say("Press Train. Tap a sample: it runs through the net, and its gradient back. Tap an empty place: a sample is added there.")
      : say("Press Train. Click a sample: it runs through the net, and its gradient back. Click an empty place: a sample is added there."));
    this.note.classList.toggle("agv-play-trouble", Boolean(trouble));
    this.note.classList.toggle("agv-play-stays", Boolean(trouble));
    this.note.replaceChildren(make("p", {}, words), this.browse(),
      make("p", { class: "agv-play-keys" }, say("Keys: space trains and pauses, → makes one step, r resets, n and p send the next sample or the one before through the net, f fills the screen.")));
  }

  // What becomes of a sample.
  about({ kind, i }, sample, flow) {
    const { training, payload: { classes } } = this.play;
    const outputs = this.outputs(sample, flow), isShort = flow.outputs.length <= 4, isTest = kind === "test";
    const said = [
      isShort && isTest ? say("Sample {number}, for validation: the model gives {outputs}.", { number: i, outputs })
      : isShort ? say("Sample {number}: the model gives {outputs}.", { number: i, outputs })
      : isTest ? say("Sample {number}, for validation.", { number: i })
      : say("Sample {number}.", { number: i }),
    ];
    if (classes.length) {
      const shares = training.at(sample.x).slice(flow.outputs.length, flow.outputs.length + classes.length);
      const best = shares.indexOf(Math.max(...shares)), share = Math.round(100 * shares[best]);
      const other = classes[best][0], own = classes[sample.label][0];
      said.push(best === sample.label
        ? say("It is taken for {own} ({share} %), and that is right.", { own, share })
        : say("It is taken for {other} ({share} %), but it is {own}.", { other, share, own }));
    } else said.push(say("Wanted is {number}.", { number: number(sample.y[0]) }));
    said.push(say("Its loss is {loss}.", { loss: number(flow.loss) }));
    this.note.classList.remove("agv-play-trouble");
    this.note.classList.add("agv-play-stays");
    this.note.replaceChildren(make("p", {}, said.join(say(" "))), this.browse());
  }

  // What the model gives. Of classes it is a score where it is not their share itself.
  outputs(sample, { outputs }) {
    const { training, payload: { classes } } = this.play, text = outputs.map((x) => number(x)).join(", ");
    const shares = training.at(sample.x).slice(outputs.length, outputs.length + classes.length);
    if (!classes.length || outputs.every((x, k) => x === shares.at(k - outputs.length))) return text;
    return outputs.length > 1 ? say("{outputs} (scores)", { outputs: text }) : say("{outputs} (a score)", { outputs: text });
  }

  // Buttons to the next sample, for the keyboard.
  browse() {
    const { play } = this;
    const button = (words, act, name) => make("button", { type: "button", class: "agv-play-button", onclick: act, "aria-label": name }, words);
    return make("div", { class: "agv-play-browse" },
      button(say("‹ sample"), () => play.beside(-1), say("‹ sample before (p)")),
      button(say("sample ›"), () => play.beside(1), say("sample after › (n)")),
      play.picked && button(say("Let go"), () => play.letGo()));
  }

  // What the plane shows, or what the widths of hairs mean now.
  mean() {
    const { pointed, net, picked, payload: { shows, image } } = this.play;
    const name = pointed == null ? null : net.nameOf(pointed);
    this.meaning.textContent =
      name && shows === "plane" ? say("the plane: what {name} makes of it", { name })
      : name && shows === "curve" ? say("dashed: what {name} makes of it", { name })
      : picked && net.wave && !net.wave.isBack ? say("width: what a weight adds to the next sum")
      : picked ? say("width: what flows back; ▲ ▼ gradients")
      : image && shows === "samples" ? say("width: the size of a weight; image and discs: the first sample to train on")
      : shows === "samples" ? say("width: the size of a weight; discs: what the first sample makes of them")
      : say("width: the size of a weight");
  }
}

function isTouch() {
  return matchMedia("(pointer: coarse)").matches;
}
