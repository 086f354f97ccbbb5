// <autograd-view src="page.html">: a page that was saved by `save`, inside another one, as high as it is.
//
// It works from disk and from anywhere. Without this script, what stands inside the element is shown:
// a link, or an <iframe name="autograd-view"> that the element then takes over.

class AutogradView extends HTMLElement {
  static observedAttributes = ["src"];

  connectedCallback() {
    this.style.display = "block";
    this.frame = this.querySelector("iframe") ?? this.framed();
    this.hear = ({ source, data }) => source === this.frame.contentWindow && this.heard(data);
    addEventListener("message", this.hear);
    this.themes = new MutationObserver(() => this.tell());
    for (const node of [document.documentElement, document.body])
      this.themes.observe(node, { attributes: true });
  }

  disconnectedCallback() {
    removeEventListener("message", this.hear);
    this.themes.disconnect();
  }

  attributeChangedCallback() {
    if (this.frame && this.getAttribute("src")) this.frame.src = this.getAttribute("src");
  }

  framed() {
    const frame = document.createElement("iframe");
    frame.name = "autograd-view"; // by which the page knows where it is
    frame.title = this.getAttribute("title") ?? this.textContent.trim();
    frame.loading = "lazy";
    frame.allow = "fullscreen";
    frame.style.cssText = "width:100%;height:30rem;border:0";
    frame.src = this.getAttribute("src") ?? "";
    this.replaceChildren(frame);
    return frame;
  }

  heard(data) {
    const high = data?.autogradView;
    if (!Number.isFinite(high)) return;
    this.frame.style.height = `${Math.min(Math.max(high, 80), 10000)}px`;
    this.tell();
  }

  tell() {
    this.frame.contentWindow?.postMessage({ autogradTheme: this.theme() }, "*");
  }

  // Whether the page around says that it is light or dark; else the reader's setting holds.
  theme() {
    for (const node of [this, document.body, document.documentElement]) {
      const { theme, bsTheme } = node.dataset, said = node.getAttribute("theme") ?? theme ?? bsTheme;
      if (said === "light" || said === "dark") return said;
      if (node.matches(".quarto-dark")) return "dark";
      if (node.matches(".quarto-light")) return "light";
    }
    return "";
  }
}

if (!customElements.get("autograd-view")) customElements.define("autograd-view", AutogradView);
