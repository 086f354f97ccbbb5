// Brings a view to life, in a notebook (as an anywidget) and in a page: `render({ model, el })`.
// It only shows what the payload says; every number in it was computed by the engine in Python.

const ICONS = {
  first: "M5 4v12M15 4.5v11L7.5 10z",
  back: "M14 4.5v11L6.5 10z",
  play: "M6 4l10 6-10 6z",
  pause: "M6.5 4v12M13.5 4v12",
  forward: "M6 4.5v11l7.5-5.5z",
  last: "M15 4v12M5 4.5v11l7.5-5.5z",
};
function render({ model, el }) {
  el.classList.add("agv");
  el.dataset.lmSuppressShortcuts = "true"; // JupyterLab leaves our keys to us
  const stopFollowing = followTheme(el);
  let dispose = mount(model, el);
  const again = () => {
    dispose();
    dispose = mount(model, el);
  };
  model.on("change:payload", again);
  return () => {
    dispose();
    stopFollowing();
  };
}

// A notebook has a theme of its own, which need not be that of the system.
function followTheme(el) {
  if (el.dataset.theme) return () => {};
  const read = () => {
    const { body, documentElement: root } = document;
    const said =
      body.dataset.jpThemeLight === "true" || body.classList.contains("vscode-light") ? "light"
      : body.dataset.jpThemeLight === "false" || body.classList.contains("vscode-dark") ||
        body.classList.contains("vscode-high-contrast") ? "dark"
      : body.dataset.theme || root.dataset.theme || root.getAttribute("theme");
    if (said === "light" || said === "dark") el.dataset.theme = said;
    else delete el.dataset.theme;
  };
  read();
  const observer = new MutationObserver(read);
  for (const node of [document.body, document.documentElement])
    observer.observe(node, { attributes: true });
  return () => observer.disconnect();
}

function mount(model, el) {
  const payload = model.get("payload");
  const stopping = new AbortController();
  for (const old of el.querySelectorAll(":scope > .agv-panel")) old.remove();
  let picture = el.querySelector(":scope > .agv-picture");
  if (!picture) {
    picture = make("div", { class: "agv-picture" });
    el.append(picture);
  }
  if (payload.svg) picture.innerHTML = payload.svg;
  const graph = new Graph(payload, picture, model, stopping.signal);
  const stepper = payload.kind === "step" ? new Stepper(payload, el, graph, stopping.signal) : null;
  return () => {
    stopping.abort();
    stepper?.stop();
  };
}

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null && child !== false));
  return node;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
