// Brings a view to life, in a notebook (as an anywidget) and in a page: `render({ model, el })`.
// It shows what the payload says, as the engine computed it in Python; where a reader may change
// numbers, kernels made from the same table compute the rest.

const ICONS = {
  back: "M14 4.5v11L6.5 10z",
  play: "M6 4l10 6-10 6z",
  pause: "M6.5 4v12M13.5 4v12",
  forward: "M6 4.5v11l7.5-5.5z",
  minus: "M4.5 10h11",
  plus: "M4.5 10h11M10 4.5v11",
  fit: "M3.5 7.5v-4h4M12.5 3.5h4v4M16.5 12.5v4h-4M7.5 16.5h-4v-4",
  screen: "M3 4.5h14v9H3zM7 17h6",
};
const OUTLINED = new Set(["minus", "plus", "fit", "screen", "pause"]);
const KINDS = {}; // what there is besides the picture, by the kind of its payload
const MOUNTS = {}; // or what takes its place: (payload, el, model, signal) -> remove()

const FRAMED = window.name === "autograd-view"; // a page in a frame that takes the height of its page
const windowHeight = () => (FRAMED ? 760 : innerHeight);

let WORDS = {}; // of another language, by the English ones

// A text in the language of the page. Its key is the English text, a literal, by which it is found
// where texts are collected; {name} in it stands for a part.
function say(template, parts = {}) {
  return filled(WORDS[template] ?? template, parts);
}

function filled(template, parts) {
  return template.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
}

// A count and its noun: `counted(2, "step", "steps")`.
function counted(n, noun, nouns) {
  const template = WORDS[`{count} ${nouns}`] ?? `{count} ${n === 1 ? noun : nouns}`;
  return filled(template, { count: n.toLocaleString("en") });
}

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

// The parts of a view: its stage with the picture, and what belongs to its kind, as a stepper. A
// kind is a class made with (payload, stage, signal); it has `key(event)`, which says whether the
// key was one of its own, `keys`, which lists them for the help, and `remove()`.
function mount(model, el) {
  const payload = model.get("payload");
  const speak = () => (WORDS = payload.words ?? {}); // a notebook may have views in several languages
  speak();
  if (payload.language) el.lang = payload.language; // the page around it has one of its own
  const stopping = new AbortController();
  for (const kind of ["pointerover", "focusin", "keydown", "input"])
    el.addEventListener(kind, speak, { capture: true, signal: stopping.signal });
  if (payload.kind in MOUNTS) {
    const remove = MOUNTS[payload.kind](payload, el, model, stopping.signal);
    return () => {
      stopping.abort();
      remove();
    };
  }
  const stage = new Stage(el, model, stopping.signal);
  stage.show(payload.svg, payload);
  const kind = KINDS[payload.kind];
  const part = kind && new kind(payload, stage, stopping.signal);
  if (payload.alive) new Drawn(payload, stage, stopping.signal);
  if (payload.opens) new Lens(payload, stage, stopping.signal);
  if (payload.program) new Program(payload, stage, part, stopping.signal);
  new Keyboard(stage, part, stopping.signal);
  return () => {
    stopping.abort();
    part?.remove();
    stage.remove();
  };
}

// An equation in numbers: what is only about right does not follow a sign of equality.
const equal = (text) => text.replaceAll("= ≈", "≈ ");

// The same, its last number in a node of its own.
function equation(left, right, node) {
  const text = equal(left + right), at = text.length - right.replace("≈", "").length;
  return [text.slice(0, at), node(text.slice(at))];
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

// The same for elements of SVG.
function drawn(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) if (value != null) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function icon(name) {
  return drawn("svg", { viewBox: "0 0 20 20", "aria-hidden": "true", class: OUTLINED.has(name) ? "agv-thin" : null },
    drawn("path", { d: ICONS[name] }));
}

function iconButton(name, label, act) {
  return make("button", { type: "button", class: "agv-icon", "aria-label": label, title: label, onclick: act }, icon(name));
}
