// What C's math library has and Math lacks, or does otherwise.

// x to the power y, as IEEE 754 has it: 1 to any power is 1, even to nan.
function pow(x, y) {
  return x === 1 || (x === -1 && fabs(y) === INFINITY) ? 1 : Math.pow(x, y);
}

function fmod(x, y) {
  return x % y;
}

function copysign(x, y) {
  const negative = (z) => z < 0 || Object.is(z, -0);
  return negative(x) === negative(y) ? x : -x;
}

// To the nearest whole number, a half to the even one. What is far from 0 is whole already.
function rint(x) {
  if (!(fabs(x) < 4503599627370496)) return x;
  const below = floor(x), rest = x - below;
  return copysign(rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1, x);
}

// exp(-x * x) with all its digits, of which a rounded square would cost some.
function gauss(x) {
  const head = rint(x * 16) / 16, tail = x - head;
  return exp(-head * head) * exp(-tail * (head + x));
}

// erf by its series of positive terms, for small x: DLMF 7.6.2.
function erf_series(x) {
  let term = x, sum = x;
  for (let n = 1; n < 200 && fabs(term) > 1e-18 * fabs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / sqrt(Math.PI)) * gauss(x) * sum;
}

// erfc by its continued fraction, for large x: DLMF 7.9.2, from its far end.
function erfc_fraction(x) {
  let fraction = x;
  for (let k = 150; k > 0; k--) fraction = x + k / 2 / fraction;
  return gauss(x) / sqrt(Math.PI) / fraction;
}

function erf(x) {
  if (x !== x || x === 0) return x;
  if (fabs(x) > 6) return x > 0 ? 1 : -1;
  if (fabs(x) < 1.5) return erf_series(x);
  return x > 0 ? 1 - erfc_fraction(x) : erfc_fraction(-x) - 1;
}

function erfc(x) {
  if (x !== x) return x;
  if (x > 28) return 0;
  return x < 1.5 ? 1 - erf(x) : erfc_fraction(x);
}
