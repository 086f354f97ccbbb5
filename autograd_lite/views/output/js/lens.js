// The lens: what is inside a group, over the picture around it, with the path that leads there -----
//
// ⊞ on a card, or Enter, opens its group; ⊟, Escape or a name in the path leads back. The inner
// pictures come with the picture, packed; so a page needs nobody to ask. The lens has a stage of its
// own, on which the picture of the group stands; the picture around it stays as it is below.

class Lens {
  constructor(payload, stage, signal) {
    if (!("DecompressionStream" in globalThis)) return; // then there are no signs either
    Object.assign(this, { payload, outer: stage, signal });
    this.path = []; // of the groups that are open, the outermost first: { key, entry }
    stage.keys.push([say("Enter on ⊞"), say("opens what is inside; Esc leads back")]);
    this.mark(stage, payload.opens);
    stage.onShow.push(() => this.mark(stage, payload.opens));
    stage.onFollow.push((keys) => this.stepped(keys));
  }

  // Put ⊞ on the cards that open. It stands beside the card, for a button may not be in another.
  mark(stage, keys) {
    if (!keys.length) return;
    stage.area.h += 12; // it hangs below the lowest cards
    stage.body.style.setProperty("--agv-down", stage.area.h);
    stage.settle();
    stage.legend.append(make("span", {}, drawn("svg", { class: "ag agv-sign", viewBox: "-12 -10 24 20", "aria-hidden": "true" }, ...face()), say("opens what is inside")));
    for (const key of keys) {
      const card = stage.graph.cards.get(key);
      const name = this.nameOf(card);
      const box = card.querySelector('[data-part="box"]');
      const [right, bottom] = [["x", "width"], ["y", "height"]].map((ends) =>
        ends.reduce((sum, end) => sum + Number(box.getAttribute(end) ?? 0), 0));
      const { e: x, f: y } = card.transform.baseVal.consolidate()?.matrix ?? { e: 0, f: 0 };
      const sign = drawn("g", {
        class: "agv-sign", role: "button", tabindex: "-1", "aria-label": say("Open {name}", { name }),
        transform: `translate(${x + right - 18} ${y + bottom})`,
      },
      drawn("title"), drawn("circle", { r: 16, class: "agv-reach" }), ...face());
      sign.firstChild.textContent = say("Open {name} (Enter)", { name });
      const open = (event) => {
        event.preventDefault();
        event.stopPropagation();
        this.open(key);
      };
      sign.addEventListener("click", open);
      sign.addEventListener("keydown", (event) => (event.key === "Enter" || event.key === " ") && open(event));
      card.addEventListener("keydown", (event) => event.key === "Enter" && open(event));
      card.after(sign);
      card.setAttribute("aria-keyshortcuts", "Enter");
    }
  }

  nameOf(card) {
    return card.querySelector('[data-part="name"]')?.textContent ?? "";
  }

  // Opening and closing --------------------------------------------------------------------------

  async open(key) {
    const depth = this.path.length;
    const pictures = await (this.unpacked ??= unpack(this.payload.inside));
    const around = depth ? this.path.at(-1)?.entry.inside : pictures;
    if (this.signal.aborted || this.path.length !== depth || !around[key]) return; // of a double click the second
    const from = (this.stage ?? this.outer).graph.cards.get(key)?.getBoundingClientRect();
    this.path.push({ key, entry: around[key] });
    if (!this.node) this.build();
    this.show(from);
  }

  build() {
    this.stopping = new AbortController();
    this.trail = make("ol", {});
    this.node = make("div", { class: "agv-lens", role: "group" },
      make("nav", { class: "agv-trail", "aria-label": say("Path") },
        make("button", { type: "button", class: "agv-icon agv-back-out", "aria-label": say("Close (Escape)"), title: say("Close (Escape)"), onclick: () => this.back(this.path.length - 1) },
          drawn("svg", { viewBox: "0 0 20 20", "aria-hidden": "true", class: "agv-thin" }, drawn("path", { d: "M4 4h12v12H4zM7 10h6" }))),
        this.trail));
    this.below = [...this.outer.frame.children];
    for (const node of this.below) node.inert = true;
    this.outer.frame.classList.add("agv-under");
    this.outer.frame.append(this.node);
    this.stage = new Stage(this.node, this.outer.model, this.stopping.signal);
    this.node.prepend(this.node.querySelector(".agv-trail"));
    this.outer.inner = this;
    this.signal.addEventListener("abort", () => this.stopping.abort(), { signal: this.stopping.signal });
  }

  show(from = null) {
    const { entry } = this.path.at(-1);
    this.stage.show(entry.svg, { ...entry, kind: this.payload.kind });
    this.mark(this.stage, Object.keys(entry.inside));
    this.node.setAttribute("aria-label", entry.label);
    const names = [this.payload.of, ...this.path.map((open) => open.entry.title)];
    this.trail.replaceChildren(...names.map((name, i) => make("li", {},
      i === this.path.length ? make("b", { "aria-current": "page" }, name)
        : make("button", { type: "button", onclick: () => this.back(i) }, name))));
    this.lines = [...this.stage.svg.querySelectorAll('[data-part="line"]')].map((line) => [line, line.textContent]);
    this.dress();
    this.stage.picture.focus({ preventScroll: true });
    this.grow(from);
  }

  // It grows out of the card that was opened.
  grow(from) {
    if (!from || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const to = this.stage.frame.getBoundingClientRect();
    const [dx, dy] = [(from.left + from.right - to.left - to.right) / 2, (from.top + from.bottom - to.top - to.bottom) / 2];
    this.stage.picture.animate([
      { transform: `translate(${dx}px, ${dy}px) scale(${from.width / to.width})`, opacity: 0.2 },
      { transform: "none", opacity: 1 },
    ], { duration: 220, easing: "cubic-bezier(.2, .7, .2, 1)" });
  }

  // Back to where `depth` groups are open; 0 is the picture around them all.
  back(depth, focus = true) {
    const left = this.path[depth];
    if (!left) return;
    this.path.length = depth;
    if (depth) {
      this.show();
      this.stage.graph.focus(left.key);
    } else {
      this.stopping.abort();
      this.node.remove();
      this.node = this.stage = this.outer.inner = null;
      for (const node of this.below) node.inert = false;
      this.outer.frame.classList.remove("agv-under");
      if (focus) this.outer.graph.focus(left.key);
    }
  }

  // Whether a key was one of the lens's.
  key(event) {
    if (event.key === "Escape") this.back(this.path.length - 1);
    else if (event.key.startsWith("Arrow") && this.payload.kind !== "step") this.stage.graph.focus(this.stage.graph.keys[0]);
    else return this.stage.key(event);
    return true;
  }

  // With a stepper ---------------------------------------------------------------------------------

  // A step at the open group is shown in the lens; one elsewhere closes it, so that it is seen.
  stepped(keys) {
    if (!this.path.length) return;
    if (keys[0] === this.path[0].key) return this.dress();
    const within = this.node.contains(document.activeElement);
    this.back(0, false);
    if (within) this.outer.picture.focus({ preventScroll: true });
  }

  // What is not known yet of the open group at this step is not shown inside either.
  dress() {
    const { classList } = this.outer.graph.cards.get(this.path[0].key);
    for (const name of ["agv-no-data", "agv-no-gradient"]) this.stage.picture.classList.toggle(name, classList.contains(name));
    const hides = classList.contains("agv-no-gradient");
    for (const [line, text] of this.lines) line.textContent = hides ? text.split(" · ")[0] : text;
    this.node.classList.toggle("agv-now-inside", classList.contains("agv-now"));
  }
}

// The sign itself, about the middle of its place.
function face() {
  return [drawn("rect", { x: -9.5, y: -9.5, width: 19, height: 19, rx: 5 }), drawn("path", { d: "M-5 0H5M0-5V5" })];
}

// JSON that was compressed and written in letters.
function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
}
