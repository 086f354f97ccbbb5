// The timeline: a tick for each step, ● forward and ◆ backward, under a slider that one drags -----
//
// The slider is a real one, for keys and screen readers; it is transparent over the ticks.

const TICKS = 120; // at most; a graph of more steps has a tick for several
const NAMES_APART = 10; // pixels between two names under the ticks

class Timeline {
  constructor(act, signal) {
    this.slider = make("input", { type: "range", min: 0, "aria-label": say("Step"), oninput: () => act(Number(this.slider.value)) });
    this.ticks = make("div", { class: "agv-ticks", "aria-hidden": "true" });
    this.node = make("div", { class: "agv-time" }, this.ticks, this.slider);
    const observer = new ResizeObserver(() => this.label());
    observer.observe(this.node);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  // `steps` with the names to write under them.
  fill(steps, names) {
    if (steps === this.steps) return;
    this.steps = steps;
    this.slider.max = steps.length;
    const some = Math.ceil(steps.length / TICKS);
    const places = steps.map((_, i) => i + 1).filter((i) => i === steps.length || i % some === 0);
    this.marks = [0, ...places].map((place) => {
      const phase = place ? steps[place - 1].phase : "forward";
      const name = make("span", {}, place ? names[place - 1] : say("start"));
      const tick = make("i", { class: `agv-tick agv-${phase}` }, name);
      tick.style.left = `${(100 * place) / (steps.length || 1)}%`;
      return { tick, name, place };
    });
    this.done = make("div", { class: "agv-done" });
    this.ticks.replaceChildren(make("div", { class: "agv-track" }), this.done, ...this.marks.map(({ tick }) => tick));
    this.ticks.classList.toggle("agv-dense", this.marks.length > 60);
  }

  at(position, said) {
    this.slider.value = position;
    this.slider.setAttribute("aria-valuetext", said);
    this.position = position;
    this.done.style.width = `${(100 * position) / (this.steps.length || 1)}%`;
    for (const { tick, place } of this.marks) {
      tick.classList.toggle("agv-past", place <= position);
      tick.classList.toggle("agv-here", place === position);
    }
    this.label();
  }

  // As many names as find room, that of the present step first.
  label() {
    if (!this.marks) return;
    const wide = this.ticks.clientWidth;
    const all = this.steps.length || 1;
    const letter = 0.47 * parseFloat(getComputedStyle(this.ticks).fontSize) * 0.5;
    const span = ({ place, name }) => {
      const half = lettersOf(name.textContent) * letter + NAMES_APART / 2, x = (wide * place) / all;
      return [x - half, x + half];
    };
    const here = this.marks.find(({ place }) => place === this.position);
    const kept = here ? [here] : [];
    const free = (mark) => kept.every((other) => {
      const [low, high] = span(mark), [left, right] = span(other);
      return high <= left || low >= right;
    });
    const roomy = wide / this.marks.length > 24;
    for (const mark of this.marks) if (roomy && mark !== here && free(mark)) kept.push(mark);
    for (const mark of this.marks) mark.name.classList.toggle("agv-off", !kept.includes(mark));
  }
}

// How many letters a text is as wide as: those of Chinese are as wide as two.
function lettersOf(text) {
  return [...text].reduce((sum, sign) => sum + (sign > "\u2e7f" ? 2 : 1), 0);
}
