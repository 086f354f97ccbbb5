// The numbers of a playground as a table: below the settings at the start, how it is now.
class PlayTable {
  constructor(play) {
    this.play = play;
    this.body = make("tbody");
    play.numbers.querySelector("table").append(this.body);
  }

  tell() {
    const { training, state: { train, test }, payload: { classes } } = this.play;
    const right = ({ right }) => `${Math.round(100 * right)} %`;
    const rows = [
      [say("now"), counted(training.steps, "step", "steps")],
      [say("learning rate"), number(training.lr)],
      [say("batch size"), String(Math.min(training.batch, training.train.length))],
      [say("noise"), `${Math.round(100 * training.noise)} %`],
      [say("samples to train on"), String(training.train.length)],
      [say("loss"), number(train.loss)],
      test && [say("loss (validation)"), number(test.loss)],
      classes.length && [say("right"), right(train)],
      classes.length && test && [say("right (validation)"), right(test)],
    ];
    this.body.replaceChildren(...rows.filter(Boolean).map(([name, value], k) =>
      make("tr", {}, make(k ? "td" : "th", {}, name), make(k ? "td" : "th", {}, value))));
  }
}
