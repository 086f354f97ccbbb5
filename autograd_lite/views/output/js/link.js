// Links to a step: `#step=5`, and `#name:step=5` for others than the first stepper of a page -------
//
// The name is the id of the part of the page that the stepper is in. The address follows the steps
// with replaceState, so that the back button leaves the page.

const STILL = 300; // ms without a step before the address is written: browsers limit how often

class Link {
  constructor(stepper, signal) {
    this.stepper = stepper;
    const { el } = stepper.stage;
    this.ours = document.body.classList.contains("agv-page") && location.protocol !== "about:";
    const first = document.querySelector(".agv .agv-step") === stepper.stage.body;
    this.name = first ? "" : el.closest("[id]")?.id ?? "";
    this.ours &&= first || this.name !== "";
    if (!this.ours) return;
    addEventListener("hashchange", () => this.place != null && stepper.go(this.place), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.waiting));
  }

  // The step that the address asks for, or null.
  get place() {
    if (!this.ours) return null;
    const [, name = "", place] = /^#(?:(.*):)?step=(\d+)$/.exec(decoded(location.hash)) ?? [];
    return place != null && name === this.name ? Number(place) : null;
  }

  note(place) {
    if (!this.ours) return;
    clearTimeout(this.waiting);
    if (!this.noted) return (this.noted = true); // where it opens, no address is needed
    if (place != null)
      this.waiting = setTimeout(() => history.replaceState(null, "", `#${this.name && `${encodeURIComponent(this.name)}:`}step=${place}`), STILL);
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
