// The overview: all cards as spots, and where the camera is; one may drag it there ----------------

const CORNERS = ["br", "tr", "bl", "tl"]; // where the overview may be, the best first
const OVERVIEW = 184; // its width in pixels, at most
const OVERVIEW_CARDS = 1500; // a picture of more is drawn as an outline only

class Overview {
  constructor(stage) {
    this.stage = stage;
    this.node = drawn("svg", { class: "agv-overview agv-off", "aria-hidden": "true" });
    const there = (event) => {
      const frame = this.node.getBoundingClientRect();
      const { x, y, w } = stage.area;
      const part = w / frame.width;
      stage.mode = "free";
      stage.look(stage.around(x + (event.clientX - frame.left) * part, y + (event.clientY - frame.top) * part, stage.view.k));
    };
    this.node.addEventListener("pointerdown", (event) => {
      this.node.setPointerCapture(event.pointerId);
      there(event);
    });
    this.node.addEventListener("pointermove", (event) => event.buttons && there(event));
  }

  // How wide it may be, on this stage.
  get most() {
    const { w, h } = this.stage.room;
    return Math.min(OVERVIEW, w * 0.24, h * 0.5);
  }

  clear() {
    this.node.replaceChildren();
  }

  // Shows where the camera is; whether it sees all, so that nothing has to be shown.
  show({ x, y, k }) {
    const { room, area } = this.stage;
    const all = room.w / k >= area.w - 1 && room.h / k >= area.h - 1;
    this.node.classList.toggle("agv-off", all);
    if (all || room.w < 2) return true; // or it is not on the screen yet
    if (!this.node.firstChild) this.outline();
    const [left, top] = [Math.max(area.x, x), Math.max(area.y, y)];
    const [right, bottom] = [Math.min(area.x + area.w, x + room.w / k), Math.min(area.y + area.h, y + room.h / k)];
    const place = { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
    for (const [name, value] of Object.entries(place)) this.node.lastChild.setAttribute(name, value);
    return false;
  }

  outline() {
    const { area: { x, y, w, h }, graph } = this.stage;
    const most = this.most;
    const wide = Math.min(most, (most * 0.6 * w) / h);
    this.node.setAttribute("viewBox", `${x} ${y} ${w} ${h}`);
    this.node.style.width = `${Math.max(24, wide)}px`;
    this.node.style.height = `${Math.max(24, (wide * h) / w)}px`;
    this.node.append(drawn("rect", { class: "agv-paper", x, y, width: w, height: h }));
    const keys = graph.cards.size <= OVERVIEW_CARDS ? [...graph.cards.keys()] : [];
    for (const box of keys.map((key) => this.stage.box(key)))
      this.node.append(drawn("rect", { class: "agv-spot", x: box.x, y: box.y, width: box.r - box.x, height: box.b - box.y }));
    this.node.append(drawn("rect", { class: "agv-seen" }));
  }

  // In the corner where it hides least of what the step is about.
  dodge({ x, y, k }) {
    const { room, followed } = this.stage;
    const boxes = followed.map((key) => this.stage.box(key));
    const { most } = this;
    const wide = (most + 16) / k, high = (most * 0.6 + 16) / k;
    const hidden = (corner) => {
      const left = corner[1] === "l" ? x : x + room.w / k - wide, top = corner[0] === "t" ? y : y + room.h / k - high;
      return boxes.filter((box) => box.x < left + wide && box.r > left && box.y < top + high && box.b > top).length;
    };
    this.node.dataset.corner = CORNERS.reduce((one, other) => (hidden(other) < hidden(one) ? other : one));
  }
}
