// Numbers as the views write them, and the words of steps with numbers in them --------------------
//
// `number` is `text.number` of Python, sign by sign; a test compares the two.

const MOST_DIGITS = 6, MOST_WHOLE = 1e6;

function number(x, digits = 3) {
  if (x !== x) return "nan";
  const size = Math.abs(x), sign = x < 0 ? "−" : "";
  if (size === Infinity) return `${sign}∞`;
  if (size <= MOST_WHOLE && Number.isInteger(size)) return sign + size;
  if (digits === 3 && size > 1e-3 && size < 100) { // the most of them; what lies halfway, which Python rounds to even, is done below
    const after = size < 0.01 ? 5 : size < 0.1 ? 4 : size < 1 ? 3 : size < 10 ? 2 : 1;
    const text = Math.abs((size * 10 ** after) % 1 - 0.5) > 1e-6 ? size.toFixed(after).replace(/\.?0+$/, "") : "";
    if (text.includes(".")) return sign + text;
  }
  const most = Math.max(digits, MOST_DIGITS);
  let text, power, written;
  for (let shown = digits; shown <= most; shown++) {
    [text, power] = exponential(size, shown);
    written = Number(`${text}e${power}`);
    if (power >= -4 && power < most) [text, power] = [written.toFixed(Math.max(shown - 1 - power, 0)), null];
    if (text.includes(".")) text = text.replace(/\.?0+$/, "");
    if (text.includes(".")) return sign + powered(text, power);
  }
  return (written === size ? "" : "≈") + sign + powered(text, power);
}

function powered(text, power) {
  return power == null ? text : `${text}×10${raised(power)}`;
}

function raised(power) {
  return String(power).replace(/./g, (sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]));
}

// The first digits of a number, and its power of ten. Of two that are as close it is the even one,
// as in Python, where JavaScript takes the larger.
function exponential(size, digits) {
  let [text, power] = size.toExponential(digits - 1).split("e");
  if (/5e/.test(size.toExponential(digits))) {
    const exact = size.toExponential(40);
    const cut = digits > 1 ? digits + 1 : 1;
    if (/^50*$/.test(exact.slice(0, exact.indexOf("e")).slice(cut).replace(".", "")) && "13579".includes(text.at(-1)))
      [text, power] = [exact.slice(0, cut), exact.split("e")[1]];
  }
  return [text, Number(power)];
}

// All digits, as Python's `repr` has them.
function inFull(x) {
  const [digits, power] = x.toExponential().split("e");
  const text = Number(power) < -4 || Number(power) >= 16 ? `${digits}e${power[0]}${power.slice(1).padStart(2, "0")}`
    : Number.isInteger(x) ? `${x}.0` : String(x);
  return text.replaceAll("-", "−");
}

// Words with their marks replaced; see stepper/numbers.py. `read(letter, place)` gives a number.
const MARKS = /\x7f(\w)(\d+)(?::(\d+))?(!?)\x7f/g;

function withNumbers(text, read) {
  return text.replace(MARKS, (_, letter, place, form, full) => {
    const x = read(letter, Number(place));
    const text = letter === "w" ? String(x) : number(x);
    if (!full) return form ? bracketed(text, Number(form)) : text;
    const digits = inFull(x);
    return Number.isFinite(x) && digits.replace(/\.0$/, "") !== text ? digits : "";
  });
}

function bracketed(text, form) {
  const minus = text.startsWith("−"), about = text.startsWith("≈");
  if (form & 8 && minus) return `− ${text.slice(1)}`;
  const bits = minus ? 1 : about ? 4 : text.includes("×") ? 2 : 0;
  return (form & 8 ? "+ " : "") + (form & bits ? `(${text})` : text);
}

// The number that a mark stands for; numbers stand for themselves.
function marked(mark, read) {
  const [, letter, place] = /\x7f(\w)(\d+)/.exec(mark) ?? [];
  return letter ? read(letter, Number(place)) : numberFrom(mark);
}

// The colour of a number by its sign.
function signOf(x) {
  return x === 0 ? "neutral" : !Number.isFinite(x) ? "nan" : x > 0 ? "positive" : "negative";
}

// The colour of a gradient by its sign, as text.
function toneOf(text) {
  return text.startsWith("−") ? "negative" : /^[0.]+$|nan/.test(text) ? "zero" : "positive";
}
