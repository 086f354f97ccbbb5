// Hands on the picture: dragging, two fingers, the wheel ------------------------------------------

class Hands {
  constructor(stage, signal) {
    this.stage = stage;
    this.held = new Map(); // pointers on the picture, by their ids
    const on = (kind, act, options = {}) => stage.picture.addEventListener(kind, act, { signal, ...options });
    on("wheel", (event) => this.wheel(event), { passive: false });
    on("pointerdown", (event) => this.grip(event));
    on("pointermove", (event) => this.drag(event));
    for (const kind of ["pointerup", "pointercancel"]) on(kind, (event) => this.release(event));
    on("click", (event) => this.dragged && event.stopPropagation(), { capture: true });
  }

  // With Ctrl (two fingers on a touchpad come as that) it zooms; where the stage is the page it pans.
  wheel(event) {
    const { stage } = this;
    const { clientX: x, clientY: y, deltaX, deltaY } = event;
    const still = !stage.el.closest(".agv-whole, .agv-full") || !stage.picture.matches(".agv-near");
    if (event.ctrlKey || event.metaKey) stage.zoom(Math.exp(-Math.max(-60, Math.min(60, deltaY)) / 120), { x, y });
    else if (still) return;
    else stage.pan(-deltaX, -deltaY);
    event.preventDefault();
  }

  grip(event) {
    if (event.button) return;
    this.held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.dragged = false;
    if (this.held.size === 2) this.apart = this.distance();
  }

  drag(event) {
    const last = this.held.get(event.pointerId);
    if (!last) return;
    const { stage, held } = this;
    const dx = event.clientX - last.x, dy = event.clientY - last.y;
    if (!this.dragged && held.size === 1 && Math.hypot(dx, dy) < 5) return;
    if (!this.dragged) stage.picture.setPointerCapture(event.pointerId);
    this.dragged = true;
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (held.size === 1) return stage.picture.matches(".agv-near") ? stage.pan(dx, dy) : null;
    const apart = this.distance();
    const [one, two] = [...held.values()];
    stage.pan(dx / 2, dy / 2);
    if (this.apart) stage.zoom(apart / this.apart, { x: (one.x + two.x) / 2, y: (one.y + two.y) / 2 });
    this.apart = apart;
  }

  release(event) {
    this.held.delete(event.pointerId);
    setTimeout(() => (this.dragged = this.held.size > 0 && this.dragged), 0); // after the click
  }

  distance() {
    const [one, two] = [...this.held.values()];
    return Math.hypot(one.x - two.x, one.y - two.y);
  }
}
