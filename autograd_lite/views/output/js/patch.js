// What is there already stays: styles and elements that change often ------------------------------

// Styles that are not there yet; an element remembers what it was given.
function style(node, styles) {
  const given = (node.given ??= {});
  for (const name in styles) if (given[name] !== styles[name]) node.style[name] = given[name] = styles[name];
}

// Make the children of a node like others, and keep those that have the same tag: what is held or has
// the focus stays.
function patch(node, children) {
  const old = [...node.childNodes];
  old.slice(children.length).forEach((child) => child.remove());
  children.forEach((child, i) => {
    const there = old[i];
    if (!there) return node.append(child);
    if (child.nodeName !== there.nodeName || (child.nodeName === "BUTTON")) return there.replaceWith(child);
    if (child.nodeType === Node.TEXT_NODE) return there.data === child.data || (there.data = child.data);
    for (const { name } of [...there.attributes]) if (!child.hasAttribute(name)) there.removeAttribute(name);
    for (const { name, value } of child.attributes) if (there.getAttribute(name) !== value) there.setAttribute(name, value);
    patch(there, [...child.childNodes]);
  });
}
