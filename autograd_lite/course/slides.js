// Slides made of a notebook: a stepper in sight has the keys first, while it has steps left.

const FORWARD = ["ArrowRight", "PageDown", " "], BACK = ["ArrowLeft", "PageUp"];

addEventListener("keydown", (event) => {
  const ahead = FORWARD.includes(event.key);
  if (!ahead && !BACK.includes(event.key)) return;
  const slider = sliderToMove(ahead);
  if (!slider) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  slider.value = Number(slider.value) + (ahead ? 1 : -1);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}, { capture: true });

// The slider of the stepper that was revealed last; null if it is at its end, or none was.
function sliderToMove(ahead) {
  const slide = Reveal.getCurrentSlide();
  const last = [...slide.querySelectorAll(".fragment.visible")].at(-1);
  const slider = last?.querySelector(".agv-time input");
  if (!slider || slider.closest(".fragment") !== last) return null; // or it is to be revealed first
  slider.dataset.from ??= slider.value;
  const left = ahead ? slider.max - slider.value : slider.value - slider.dataset.from;
  return left > 0 ? slider : null;
}

Reveal.initialize({
  hash: true, center: false, transition: "none", width: 1280, height: 800, margin: 0.02,
});
Reveal.on("fragmentshown", ({ fragment }) => fragment.scrollIntoView({ block: "nearest" }));
