// What the canvases of a playground share: their size in pixels, colours of the theme, numbers.
class PlayCanvas {
  constructor(attributes) {
    this.canvas = make("canvas", attributes);
    this.pen = this.canvas.getContext("2d");
  }

  // Fitted to its place on the screen; afterwards one unit of the pen is one pixel of CSS.
  fit() {
    const { canvas, pen } = this, dense = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
      canvas.width = Math.round(width * dense);
      canvas.height = Math.round(height * dense);
    }
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    Object.assign(this, { width, height });
    return width > 0 && height > 0;
  }
}

// The colours of the theme by role, as text; `rgb` gives three numbers.
class PlayColors {
  constructor(el) {
    this.el = el;
    this.forget();
  }

  forget() {
    this.known = {};
    const { fontFamily, fontSize } = getComputedStyle(this.el);
    this.scale = parseFloat(fontSize) / 16; // a large page has larger signs, too
    this.font = (size) => `${size * this.scale}px ${fontFamily}`;
  }

  of(role) {
    return (this.known[role] ??= getComputedStyle(this.el).getPropertyValue(`--ag-${role}`).trim());
  }

  rgb(role) {
    return (this.known[`${role} rgb`] ??= [1, 3, 5].map((i) => parseInt(this.of(role).slice(i, i + 2), 16)));
  }
}

// A field of numbers on a grid as a small image: of each number a colour, and how much of it lies over
// the ground.
class PlayTile {
  constructor(columns, rows) {
    this.canvas = make("canvas", { width: columns, height: rows });
    this.pen = this.canvas.getContext("2d");
    this.image = this.pen.createImageData(columns, rows);
    this.image.data.fill(255);
  }

  paint(colors, roles, look) {
    const { data } = this.image, [red, green, blue] = colors.rgb("ground"), paints = roles.map((role) => colors.rgb(role));
    for (let q = 0, at = 0; at < data.length; q++, at += 4) {
      const share = look(q), color = paints[this.role];
      data[at] = red + (color[0] - red) * share;
      data[at + 1] = green + (color[1] - green) * share;
      data[at + 2] = blue + (color[2] - blue) * share;
    }
    this.pen.putImageData(this.image, 0, 0);
    return this.canvas;
  }

  role = 0; // the place of the colour of the number that `look` was asked for

  // The sign as the colour, the size beside the largest as its strength; `at` gives another grid.
  signed(colors, field, most, at = null) {
    return this.paint(colors, ["positive-line", "negative-line"], (q) => {
      const x = field[at ? at[q] : q], share = (0.85 * Math.abs(x)) / most;
      this.role = x > 0 ? 0 : 1;
      return share < 0.85 ? share : share >= 0.85 ? 0.85 : 0;
    });
  }
}

// The line along which a field is 0, drawn by `to(column, row)` -> a place (marching squares).
function playContour(pen, field, side, to) {
  const crossing = (i, j, m, n) => {
    const a = field[j * side + i], b = field[n * side + m];
    if (a > 0 === b > 0) return [];
    const t = a / (a - b);
    return [to(i + (m - i) * t, j + (n - j) * t)];
  };
  pen.beginPath();
  for (let j = 0; j + 1 < side; j++)
    for (let i = 0; i + 1 < side; i++) {
      const ends = [
        ...crossing(i, j, i + 1, j), ...crossing(i + 1, j, i + 1, j + 1),
        ...crossing(i, j + 1, i + 1, j + 1), ...crossing(i, j, i, j + 1),
      ];
      for (let k = 0; k + 1 < ends.length; k += 2) {
        pen.moveTo(...ends[k]);
        pen.lineTo(...ends[k + 1]);
      }
    }
  pen.stroke();
}
