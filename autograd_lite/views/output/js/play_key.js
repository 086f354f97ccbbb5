// The key of a playground: the classes with their signs. In a plane each is a button that says what a
// click adds; of numbers a small one or a large one is added.
class PlayKey {
  constructor(play) {
    const { classes, shows, test } = play.payload;
    Object.assign(this, { play, adds: [], label: Math.max(classes.length - 1, 1) });
    this.element = make("div", { class: "agv-play-key", role: "group", "aria-label": say("What a click adds") });
    if (shows === "samples") return;
    this.element.append(make("span", {}, shows === "curve" ? (isTouch() ? say("A tap adds a sample.") : say("A click adds a sample.")) : isTouch() ? say("a tap adds") : say("a click adds")));
    const most = number(play.training.largest);
    if (classes.length) classes.forEach((each, k) => this.entry(k, ...each));
    else if (shows === "plane") [`−${most}`, most].forEach((name, k) => this.entry(k, name, k ? "positive" : "negative", "", [0]));
    this.undo = make("button", { type: "button", class: "agv-play-button", onclick: () => play.removeAdded() }, say("Remove added"));
    this.element.append(this.undo);
    if (test.x.length) this.element.append(make("span", {}, say("hollow: validation")));
    this.tell();
  }

  entry(k, name, role, path, target) {
    const sign = drawn("svg", { viewBox: "-7 -7 14 14", "aria-hidden": "true", class: "agv-play-sign", style: `color:var(--ag-${role})` },
      path ? drawn("path", { d: path }) : drawn("circle", { r: 4.4 }));
    if (this.play.payload.shows === "curve") {
      this.element.append(make("span", {}, sign, ` ${name}`));
      return;
    }
    const choose = () => {
      this.label = k;
      this.tell();
    };
    const button = make("button", { type: "button", class: "agv-play-button", disabled: !target.length, onclick: choose }, sign, name);
    this.adds[k] = button;
    this.element.append(button);
  }

  tell() {
    this.adds.forEach((button, k) => button.setAttribute("aria-pressed", String(k === this.label)));
    if (this.undo) this.undo.hidden = !this.play.training.train.some(({ isAdded }) => isAdded);
  }
}
