// A picture of cards whose leaves can be pulled: all of it is known from the start ----------------

const RESTS = 600; // ms without a change, after which what is out of sight follows

class Drawn {
  constructor(payload, stage, signal) {
    const { graph } = stage;
    const model = new Model(payload);
    const faces = new Faces(payload, graph, model);
    for (const [key, part] of faces.parts) {
      const place = part.place == null ? 0 : `\x7fs${part.place}\x7f`;
      faces.known.set(key, { data: true, gradient: payload.graded || part.group ? [key, "g", place, 1] : undefined });
    }
    if (payload.graded) graph.edges.forEach((_, i) => faces.carried.set(i, `\x7fe${i}\x7f`));
    stage.onMove.push(() => faces.catchUp(stage.seeing));
    let rest = 0;
    const live = new Live(payload, stage, model, () => {
      faces.renew(stage.seeing);
      clearTimeout(rest);
      rest = setTimeout(() => faces.catchUp(null), RESTS);
    });
    signal.addEventListener("abort", () => clearTimeout(rest));
    stage.live = live;
    stage.head.append(make("div", { class: "agv-modes" }, live.button));
    stage.body.classList.add("agv-drawn");
    stage.body.append(make("div", { class: "agv-side" }, live.node));
  }
}
