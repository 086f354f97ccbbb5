// A page in the frame of an `<autograd-view>`: there is no window to fill, so it says how high it is,
// and it takes the theme of the page around it. A page itself sends no request, and heeds its parent alone.

function inFrame() {
  const { body } = document, main = document.querySelector("main");
  body.classList.remove("agv-sole");
  body.classList.add("agv-framed");
  const tell = () => parent.postMessage({ autogradView: Math.ceil(main.getBoundingClientRect().height) }, "*");
  new ResizeObserver(tell).observe(main);
  addEventListener("message", ({ source, data }) => {
    if (source !== parent || !data || !("autogradTheme" in data)) return;
    if (["light", "dark"].includes(data.autogradTheme)) body.dataset.theme = data.autogradTheme;
    else delete body.dataset.theme;
  });
}

if (FRAMED) inFrame();
