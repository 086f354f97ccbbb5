// Who gets a key, and the help that lists them all -------------------------------------------------
//
// Inside a view its keys are its own. Where nothing has the focus, a page of ours that is one view
// gives it every key, so that arrows and a presenter's PageDown work at once. In a page of several,
// all keys go to the view last used, if it is in sight; else only ← and →, which scroll nothing, go
// to the stepper that is most in sight. In pages of others, as in a notebook, a view asks for none.

const LIVE = []; // the views of this page, in their order
let lastUsed = null;

const stageKeys = () => [
  ["+  −", say("larger, smaller (or Ctrl and the wheel, or two fingers)")],
  ["0", say("the whole picture")],
  [say("drag"), say("moves the picture")],
  ["f", say("full screen")],
];
const pictureKeys = () => [
  ["← →", say("along the lines")],
  ["↑ ↓", say("from card to card")],
  ["Enter", say("keeps in view what a card depends on; Esc lets go")],
];

class Keyboard {
  constructor(stage, part, signal) {
    Object.assign(this, { stage, part });
    const { el } = stage;
    const on = (node, kind, act) => node.addEventListener(kind, act, { signal });
    stage.tools.append(make("button", { type: "button", class: "agv-icon", "aria-label": say("Help (?)"), title: say("Help (?)"), onclick: () => this.help() }, "?"));
    on(el, "keydown", (event) => this.press(event));
    on(el, "focusin", () => (lastUsed = this));
    on(el, "pointerdown", () => (lastUsed = this));
    if (!document.body.classList.contains("agv-page")) return;
    on(document, "keydown", (event) => this.fromPage(event));
    on(document, "pointerdown", (event) => {
      if (lastUsed === this && !el.contains(event.target)) lastUsed = null;
    });
    LIVE.push(this);
    on(signal, "abort", () => LIVE.splice(LIVE.indexOf(this), 1));
  }

  // A key, pressed in the view or meant for it.
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const { target } = event;
    const turns = event.key === "PageDown" || event.key === "PageUp"; // a presenter's keys, in a field too
    if (target.closest?.(turns ? "select, textarea, dialog" : "input:not([type=range]), select, textarea, dialog")) return; // have keys of their own
    if ((event.key === " " || event.key === "Enter") && target.closest?.("button, a, summary, [role=button]")) return;
    const known = event.key === "?" ? (this.help(), true)
      : this.part?.key(event) || this.stage.key(event) || (!this.part && this.enter(event));
    if (!known) return;
    event.preventDefault();
    event.stopPropagation();
  }

  fromPage(event) {
    const { target } = event;
    if (target !== document.body && target !== document.documentElement) return;
    if (this === chosen(event.key)) this.press(event);
  }

  // The first arrow on a picture without steps points at its first card.
  enter(event) {
    if (!event.key.startsWith("Arrow")) return false;
    this.stage.graph.focus(this.stage.graph.keys[0]);
    return true;
  }

  help() {
    const rows = [...(this.part?.keys ?? pictureKeys()), ...this.stage.keys, ...stageKeys()];
    const dialog = make("dialog", { class: "agv-dialog", "aria-label": say("Keys") },
      make("h2", {}, say("Keys")),
      make("dl", {}, ...rows.flatMap(([keys, what]) => [make("dt", {}, keys), make("dd", {}, what)])),
      this.stage.legend.firstChild && make("h2", {}, say("In the picture")),
      this.stage.legend.cloneNode(true),
      make("form", { method: "dialog" }, make("button", { class: "agv-mode agv-main" }, say("Close"))));
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "?") dialog.close();
    });
    this.stage.el.append(dialog);
    dialog.showModal();
  }

  get inSight() {
    const { top, bottom } = this.stage.el.getBoundingClientRect();
    return Math.max(0, Math.min(bottom, innerHeight) - Math.max(top, 0));
  }
}

function chosen(key) {
  if (LIVE.length === 1 && LIVE[0].stage.sole) return LIVE[0];
  if (lastUsed?.inSight && LIVE.includes(lastUsed)) return lastUsed;
  if (key !== "ArrowLeft" && key !== "ArrowRight") return null;
  const most = LIVE.filter((each) => each.part).reduce((best, each) => (each.inSight > (best?.inSight ?? 0) ? each : best), null);
  return most;
}
