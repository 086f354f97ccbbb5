"""The true value and the true derivatives of every row, by mpmath in as many digits as they need.

A derivative is a difference of the true values, taken at steps so small, and in so many digits,
that it is exact for our purpose: nothing of the table's own rules comes in.
"""

import functools
import itertools
import math

import mpmath
from mpmath import mp, mpf

from autograd_lite.primitives import TABLE

mp.dps = 40
SMALLEST = mpf("2.2250738585072014e-308")
LARGEST = mpf("1.7976931348623157e308")
TINY = mpf(10) ** -330  # what is below is 0 as a float
# Numbers of digits, few, because mpmath keeps what it has found for each; none needs more.
DIGITS = (80, 140, 250, 450, 800, 1500, 3000, 6000, 12000)


def _sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def _softplus(x):
    return max(x, mpf(0)) + mp.log1p(mp.exp(-abs(x)))


def _gelu_tanh(x):
    if abs(x) > 1000:
        return max(x, mpf(0))  # to more digits than a float has powers of ten
    # 1/2 (1 + tanh u) is sigmoid(2u), where nothing cancels
    return x * _sigmoid(2 * mp.sqrt(2 / mp.pi) * (x + mpf(0.044715) * x**3))


def _erfc(x):
    if abs(x) > 1000:
        return mpf(0) if x > 0 else mpf(2)  # likewise
    return mp.erfc(x)


def _logsumexp(*xs):
    xs = sorted(xs)
    return xs[-1] + mp.log1p(mp.fsum(mp.exp(x - xs[-1]) for x in xs[:-1]))


def _modulo(x, y):
    return x - y * mp.floor(x / y)


TRUTH = {  # what mpmath calls otherwise, or does not have
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "power": mp.power,
    "pow": mp.power,
    "abs": mp.fabs,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "mod": _modulo,
    "floordiv": lambda x, y: mp.floor(x / y),
    "log2": lambda x: mp.log(x, 2),
    "erf": lambda x: 1 - _erfc(x) if abs(x) > 1 else mp.erf(x),
    "erfc": _erfc,
    "lgamma": lambda x: mp.loggamma(x) if x > 0 else mp.log(abs(mp.gamma(x))),
    "round": mp.nint,
    "heaviside": lambda x, at_zero: at_zero if x == 0 else mpf(x > 0),
    "clip": lambda x, low, high: min(max(x, low), high),
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "logsigmoid": lambda x: -_softplus(-x),
    "relu": lambda x: max(x, mpf(0)),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, alpha: x if x > 0 else alpha * mp.expm1(x),
    "gelu": lambda x: x * _erfc(-x / mp.sqrt(2)) / 2,
    "gelu_tanh": _gelu_tanh,
    "silu": lambda x: x * _sigmoid(x),
    "sum": lambda *xs: mp.fsum(xs),
    "dot": lambda *xs: mp.fsum(a * b for a, b in zip(xs[: len(xs) // 2], xs[len(xs) // 2 :])),
    "max": lambda *xs: max(xs),
    "min": lambda *xs: min(xs),
    "logsumexp": _logsumexp,
    "pow_log_1": lambda x, y: mp.power(x, y) * mp.log(x),
    "direction": lambda x, y: x / mp.hypot(x, y),
    "real_of_inverse_power_1": lambda x, y: x / (x * x + y * y),
    "imaginary_of_inverse_power_1": lambda x, y: -y / (x * x + y * y),
    "one_less_square": lambda x: 1 - x * x,
    "sigmoid_slope": lambda y, x: 1 / (2 + 2 * mp.cosh(x)),
    "tanh_slope": lambda y, x: 1 / mp.cosh(x) ** 2,
}
for _order in range(1, 9):
    TRUTH[f"polygamma_{_order}"] = functools.partial(mp.polygamma, _order)


def has_truth(row):
    """Whether the truth of `row` is another's formula and not its own."""
    return row.name in TRUTH or hasattr(mp, row.name)


def function(row):
    """The row as a function of mpfs."""
    return TRUTH.get(row.name) or getattr(mp, row.name, None) or precise(row)


def truth(row, *xs):
    """The true value as an mpf; None where mpmath has none (a pole, say) and nan if not real."""
    try:
        return _real(function(row)(*map(mpf, xs)))
    except (ValueError, ZeroDivisionError, OverflowError, mpmath.libmp.NoConvergence, TypeError):
        return None


def _real(value):
    return mpf("nan") if isinstance(value, mpmath.mpc) else mpf(value)


class Precise:
    """An mpf on which a row's own formula runs: for rows that mpmath has no name for."""

    def __init__(self, x):
        self.x = mpf(x)

    @staticmethod
    def _apply(row, operands):
        xs = [o.x if isinstance(o, Precise) else mpf(o) for o in operands]
        return Precise(truth(row, *xs))

    def _binary(name, flipped=False):
        def method(self, other):
            operands = (other, self) if flipped else (self, other)
            return Precise._apply(TABLE[name], operands)

        return method

    __add__, __radd__ = _binary("add"), _binary("add", True)
    __sub__, __rsub__ = _binary("sub"), _binary("sub", True)
    __mul__, __rmul__ = _binary("mul"), _binary("mul", True)
    __truediv__, __rtruediv__ = _binary("div"), _binary("div", True)

    def __neg__(self):
        return Precise(-self.x)

    def __abs__(self):
        return Precise(abs(self.x))

    def __lt__(self, other):
        return self.x < getattr(other, "x", other)

    def __gt__(self, other):
        return self.x > getattr(other, "x", other)

    def __le__(self, other):
        return self.x <= getattr(other, "x", other)

    def __ge__(self, other):
        return self.x >= getattr(other, "x", other)


def precise(row):
    return lambda *xs: row.evaluate(*map(Precise, xs)).x


# Derivatives --------------------------------------------------------------------------------------

# By order: the coefficients of f(x - 2h) ... f(x + 2h), of which the sum is h**order f'...'(x).
STENCIL = {
    0: (0, 0, 1, 0, 0),
    1: (0, mpf(-1) / 2, 0, mpf(1) / 2, 0),
    2: (0, 1, -2, 1, 0),
    3: (mpf(-1) / 2, 1, 0, -1, mpf(1) / 2),
    4: (1, -4, 6, -4, 1),
}


def orders(n, highest):
    """Multi-indices of n entries that add up to `highest` at most."""
    return [o for o in itertools.product(range(highest + 1), repeat=n) if sum(o) <= highest]


def _step(x):
    """Far below any distance over which a row changes at x, so that its square is nothing."""
    if x == 0:
        return mpf(10) ** -350
    return mpf(10) ** -24 * min(abs(mpf(x)), mpf(1))


class Derivatives:
    """The derivatives of a function of mpfs at a point: `derivatives[1, 0]`.

    None where a neighbour of the point is no real number.
    """

    def __init__(self, f, xs, closer=1):
        self.f, self.xs = f, xs
        self.steps = [_step(x) * closer for x in xs]
        self.digits = DIGITS[0]
        self.values = {}
        self.known = {}

    def __getitem__(self, order):
        if order not in self.known:
            self.known[order] = self._difference(order)
        return self.known[order]

    def _value(self, offsets):
        found = self.values.get(offsets)
        if found is None or found[0] < self.digits:
            with mp.workdps(self.digits):
                at = [mpf(x) + k * h for x, k, h in zip(self.xs, offsets, self.steps)]
                found = self.values[offsets] = (self.digits, self.f(*at))
        return found[1]

    def _need(self, digits):
        """Compute with so many digits from now on."""
        enough = (few for few in DIGITS if few >= digits)
        self.digits = max(self.digits, next(enough, DIGITS[-1]))

    def _difference(self, order):
        terms = [
            (offsets, math.prod(STENCIL[n][k + 2] for n, k in zip(order, offsets)))
            for offsets in itertools.product(range(-2, 3), repeat=len(order))
        ]
        terms = [(offsets, c) for offsets, c in terms if c != 0]
        spread = sum(n * int(-mp.log10(h)) for n, h in zip(order, self.steps) if n)
        whole = max(int(mp.log10(max(abs(x), 1) / h)) for x, h in zip(self.xs, self.steps))
        self._need(max(spread, whole) + 60)
        while True:
            with mp.workdps(self.digits):
                total, largest = mpf(0), mpf(0)
                for offsets, c in terms:
                    value = self._value(offsets)
                    if isinstance(value, mpmath.mpc) or not mp.isfinite(value):
                        return None
                    total += c * value
                    largest = max(largest, abs(value))
                unit = math.prod(h**n for n, h in zip(order, self.steps))
                total /= unit
                rounding = mpf(10) ** (8 - self.digits) * largest / unit
                if rounding < TINY or rounding < mpf(10) ** -16 * abs(total):
                    return total if abs(total) > TINY else mpf(0)
                if self.digits == DIGITS[-1]:
                    return None
                missing = mp.log10(rounding / max(abs(total), TINY))
                self._need(self.digits + max(1, min(int(missing) + 20, self.digits)))

    def vanishes(self, order):
        """Whether a derivative is 0: then what is left shrinks with the steps."""
        closer = Derivatives(self.f, self.xs, mpf(10) ** -6)[order]
        return closer is not None and abs(closer) < abs(self[order]) / 1000

    def allowed(self, order, relative):
        """relative (|d| + sum of |x_i d_i|) for the derivative d and its own derivatives d_i; None
        where that cannot be found."""
        total = self[order]
        if total is None:
            return None
        total = abs(total)
        for i, x in enumerate(self.xs):
            if x != 0:
                further = self[(*order[:i], order[i] + 1, *order[i + 1 :])]
                if further is None:
                    return None
                total += abs(mpf(x) * further)
        return relative * total


def as_float(x):
    """The float nearest to an mpf."""
    if mp.isnan(x):
        return math.nan
    if mp.isinf(x) or abs(x) > LARGEST:
        return math.inf if x > 0 else -math.inf
    return float(x)


def fault(got, wanted, allowed):
    """How far `got` is from the true value, in units of `allowed`; 0.0 if it is right."""
    if got != got:
        return math.inf
    if math.isinf(got):
        return 0.0 if abs(wanted) + allowed > LARGEST and got * wanted > 0 else math.inf
    error = abs(mpf(got) - wanted)
    if error <= 4 * SMALLEST or (abs(wanted) > LARGEST and abs(got) > 1e307):
        return 0.0
    return float(min(error / allowed, mpf(10) ** 300)) if allowed else math.inf
