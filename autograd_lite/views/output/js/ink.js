// Texts and colours of pictures: how wide, and in which role ---------------------------------------

// How long a text is in the font of the pictures. A canvas is asked: the picture would have to be
// laid out anew for each number that was written before.
function wide(text, size, bold = false) {
  wide.pen ??= document.createElement("canvas").getContext("2d");
  wide.pen.font = `${bold ? 600 : 400} ${size}px ${FONT}`;
  return wide.pen.measureText(text).width;
}

// The colour of a part: the class for style sheets; an attribute with it would be outdone by them.
function recolor(node, kind, role) {
  if (!node) return;
  for (const name of [...node.classList]) if (name.startsWith(`ag-${kind}-`)) node.classList.remove(name);
  node.classList.add(`ag-${kind}-${role}`);
}
