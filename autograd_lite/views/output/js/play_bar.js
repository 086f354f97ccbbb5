// The bar of a playground: train, one step, reset, and what the reader chooses; a link may choose it, too.
const PLAY_RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];
const PLAY_BATCHES = [1, 2, 5, 10, 20, 50, 100];
const PLAY_SPEEDS = [1, 5, 25, Infinity]; // steps in a frame

class PlayBar {
  constructor(play) {
    Object.assign(this, { play });
    const { training } = play;
    this.toggle = make("button", { type: "button", class: "agv-main agv-play-toggle", onclick: () => play.play(!play.playing) });
    const button = (words, act, title) => make("button", { type: "button", class: "agv-play-button", title, onclick: act }, words);
    const speeds = [say("slow"), say("medium"), say("fast"), say("as fast as it can")];
    const all = training.train.length, sizes = [...PLAY_BATCHES.filter((size) => size < all), all];
    this.rate = this.choice(PLAY_RATES, training.lr, (lr) => { training.lr = lr; play.tell(!play.playing); });
    this.batch = this.choice(sizes, training.batch, (size) => { training.batch = size; training.order = []; play.tell(!play.playing); },
      (size) => (size === all ? say("all {count}", { count: size }) : String(size)));
    this.noise = this.choice([0, 0.1, 0.2, 0.3, 0.5], 0, (share) => play.setNoise(share), (share) => `${Math.round(100 * share)} %`);
    this.speed = this.choice(PLAY_SPEEDS, play.speed, (steps) => { play.speed = steps; }, (steps) => speeds[PLAY_SPEEDS.indexOf(steps)]);
    const named = (name, list) => make("label", { class: "agv-play-option" }, make("span", {}, name), list);
    this.element = make("div", { class: "agv-play-bar" }, this.toggle,
      button(say("One step"), () => play.oneStep(), say("Move the parameters by one batch (key →)")),
      button(say("Reset"), () => play.reset(), say("The parameters as they were at the start (key r)")),
      named(say("learning rate"), this.rate), named(say("batch size"), this.batch), named(say("noise"), this.noise), named(say("speed"), this.speed),
      iconButton("screen", say("Full screen (f)"), () => play.fullScreen()));
  }

  choice(values, chosen, act, words = number) {
    const sorted = values.includes(chosen) ? values : [...values, chosen].sort((a, b) => a - b);
    const list = make("select", { onchange: () => act(Number(list.value)) },
      ...sorted.map((value) => make("option", { value, selected: value === chosen }, words(value))));
    return list;
  }

  tell() {
    const { playing } = this.play;
    this.toggle.replaceChildren(icon(playing ? "pause" : "play"), playing ? say("Pause") : say("Train"));
    this.toggle.setAttribute("aria-pressed", String(playing));
  }

  // A link such as page.html#lr=0.03&batch=20&noise=0.2&steps=500 opens the page in that state.
  readLink() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const read = (name, least, most) => {
      const x = Number(wanted.get(name));
      return wanted.has(name) && x >= least && x <= most ? x : null;
    };
    const choose = (list, value) => {
      if (value == null) return;
      if (![...list.options].some((option) => Number(option.value) === value)) list.append(make("option", { value }, number(value)));
      list.value = value;
      list.dispatchEvent(new Event("change"));
    };
    choose(this.rate, read("lr", 0, 1e3));
    choose(this.batch, Math.round(read("batch", 1, this.play.training.train.length)) || null);
    choose(this.noise, read("noise", 0, 1));
    const last = Math.round(read("steps", 0, 1e6));
    if (last) this.play.play(true, last);
  }
}
