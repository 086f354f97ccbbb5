// "Predict first": each number is asked for before it is shown ------------------------------------

const ASKED = 6; // at most so many numbers of one step are asked for
const TOLERANCE = 0.02; // three digits are shown, so a product of them may be off by so much

class Prediction {
  constructor() {
    this.right = this.asked = 0;
  }

  questions(step) {
    return step.lines.filter((line) => line.ask).slice(0, ASKED);
  }

  // The form for these lines; `done` gets the marks of the answers by their lines.
  form(step, lines, done) {
    const rows = lines.map((line, i) => {
      const [rule] = halves(line.left); // without its numbers
      const id = `agv-answer-${i}-${Math.random().toString(36).slice(2)}`;
      return make("div", { class: "agv-line agv-question" },
        make("label", { for: id }, rule.includes("+=") ? say("{rule}, so {goal} = ", { rule, goal: line.ask }) : `${rule.replace(/ =$/, "")} = `),
        make("input", { id, class: "agv-answer", autocomplete: "off", spellcheck: "false", inputmode: "text" }),
        line.rule && make("span", { class: "agv-rule" }, say("because {rule}", { rule: line.rule })));
    });
    const form = make("form", { class: "agv-lines", onsubmit: (event) => { event.preventDefault(); check(); } },
      ...rows,
      make("div", { class: "agv-buttons" },
        make("button", { type: "submit", class: "agv-mode agv-main" }, say("Check")),
        make("button", { type: "button", class: "agv-mode", onclick: () => done([]) }, say("Show me"))));
    const inputs = [...form.querySelectorAll("input")];
    const check = () => {
      const marks = [];
      lines.forEach((line, i) => (marks[step.lines.indexOf(line)] = this.mark(inputs[i].value.trim(), line)));
      done(marks);
    };
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("input")) return;
      const empty = inputs.filter((input) => !input.value.trim() && input !== event.target);
      const next = empty.find((input) => inputs.indexOf(input) > inputs.indexOf(event.target)) ?? (event.target.value.trim() ? empty[0] : null);
      event.preventDefault();
      if (next) next.focus();
      else check();
    });
    return form;
  }

  // An empty field is no answer, and not counted.
  mark(said, line) {
    const ok = Boolean(said) && agrees(said, line);
    if (said) this.asked += 1;
    if (ok) this.right += 1;
    return { ok, said };
  }

  get score() {
    return this.asked ? say("{right} of {asked} right so far", { right: this.right, asked: this.asked }) : "";
  }
}

// Whether an answer as people type it, "-0,66" or "2/3", is the number asked for.
function agrees(said, { answer, shown }) {
  const x = numberIn(said.replace(",", ".").replace(/\s/g, ""));
  if (answer == null) return Object.is(x, numberIn(shown));
  return x !== null && Math.abs(x - answer) <= TOLERANCE * Math.abs(answer) + 1e-12;
}
