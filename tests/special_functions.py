"""The functions of autograd_lite.special against mpmath: their worst errors at random points.

python tests/special_functions.py 1000     tries so many points of each, and prints the columns
                                           "range measured" and "error" of docs/special.md
"""

import math
import random
import sys

from mpmath import mp, mpf
from test_special import CASES

from autograd_lite import special

mp.dps = 40


def linear(low, high):
    return lambda: random.uniform(low, high)


def by_magnitude(low, high):
    """Between two numbers of one sign, as likely in each decade."""
    sign = math.copysign(1.0, low)
    return lambda: sign * math.exp(random.uniform(math.log(abs(low)), math.log(abs(high))))


def beside(shape, ratio):
    """A shape, and an x that is it times a ratio."""

    def point():
        a = shape()
        return a, a * ratio()

    return point


def separately(*operands):
    return lambda: tuple(operand() for operand in operands)


def greater_first():
    x = random.uniform(-30.0, 30.0)
    return x, x - math.exp(random.uniform(-20.0, 5.0))


def incomplete_beta(a, b, x):
    with mp.extradps(30):
        return mp.betainc(a, b, 0, x, regularized=True)


def lower_gamma(a, x):
    with mp.extradps(30):
        return mp.gammainc(a, 0, x, regularized=True)


def upper_gamma(a, x):
    with mp.extradps(30):
        return mp.gammainc(a, x, mp.inf, regularized=True)


SHAPE_AND_X = beside(by_magnitude(0.01, 1e3), by_magnitude(0.2, 5.0))
# By name: the range in words, its points, and the true value where CASES has none. Errors are
# relative; but absolute where `WITH_ZEROS` has the function and its value is less than 1.
FUNCTIONS = {
    "sinc": ("−10 … 10", separately(linear(-10.0, 10.0))),
    "logaddexp": ("−30 … 30", separately(linear(-30.0, 30.0), linear(-30.0, 30.0))),
    "logsubexp": ("−30 … 30, x − y from 2e-9", greater_first),
    "log1mexp": ("−300 … −1e-10", separately(by_magnitude(-1e-10, -300.0))),
    "xlogy": ("1e-5 … 1e5", separately(by_magnitude(1e-5, 1e5), by_magnitude(1e-5, 1e5))),
    "xlog1py": ("1e-5 … 1e5", separately(by_magnitude(1e-5, 1e5), by_magnitude(1e-5, 1e5))),
    "logit": ("0 … 1", separately(linear(0.0, 1.0))),
    "betaln": ("1e-3 … 1e6", separately(by_magnitude(1e-3, 1e6), by_magnitude(1e-3, 1e6))),
    "erfcx": ("−20 … 60", separately(linear(-20.0, 60.0))),
    "erfinv": ("−1 … 1", separately(linear(-1.0, 1.0))),
    "ndtr": ("−37 … 8", separately(linear(-37.0, 8.0))),
    "log_ndtr": ("−60 … 8", separately(linear(-60.0, 8.0))),
    "ndtri": ("1e-12 … 0.98", separately(by_magnitude(1e-12, 0.98))),
    "gammainc": ("a 0.01 … 1e3, x a/5 … 5a", SHAPE_AND_X, lower_gamma),
    "gammaincc": ("a 0.01 … 1e3, x a/5 … 5a", SHAPE_AND_X, upper_gamma),
    "betainc": (
        "a, b 0.01 … 300",
        separately(by_magnitude(0.01, 300.0), by_magnitude(0.01, 300.0), linear(0.01, 0.99)),
        incomplete_beta,
    ),
    "stdtr": (
        "df 0.01 … 1e6, t −60 … 60",
        separately(by_magnitude(0.01, 1e6), linear(-60.0, 60.0)),
    ),
    "stdtrit": (
        "df 0.3 … 1e6, 1e-15 … 0.98",
        separately(by_magnitude(0.3, 1e6), by_magnitude(1e-15, 0.98)),
    ),
    "zeta": (
        "x 1.001 … 20, q 0.01 … 100",
        separately(linear(1.001, 20.0), by_magnitude(0.01, 100.0)),
    ),
    "expi": ("−30 … 700", separately(linear(-30.0, 700.0))),
    "lambertw": ("1e-8 … 1e8", separately(by_magnitude(1e-8, 1e8))),
    "j0": ("0 … 60", separately(linear(0.0, 60.0))),
    "j1": ("0 … 60", separately(linear(0.0, 60.0))),
    "jv of order 20": ("0 … 60", lambda: (20, random.uniform(0.0, 60.0)), mp.besselj),
    "i0": ("0 … 200", separately(linear(0.0, 200.0))),
    "i1": ("0 … 200", separately(linear(0.0, 200.0))),
    "iv of order 20": ("0.1 … 200", lambda: (20, random.uniform(0.1, 200.0)), mp.besseli),
    "k0": ("1e-5 … 300", separately(by_magnitude(1e-5, 300.0))),
    "k1": ("1e-5 … 300", separately(by_magnitude(1e-5, 300.0))),
    "kv of order 20": ("0.1 … 300", lambda: (20, random.uniform(0.1, 300.0)), mp.besselk),
}
WITH_ZEROS = ("j0", "j1", "jv of order 20", "betaln", "expi")


def worst(name, count):
    """The largest error at so many points, and where it is."""
    _, point, *truth = FUNCTIONS[name]
    function = getattr(special, name.split()[0])
    true = truth[0] if truth else CASES[name][0]
    found = mpf(0), None
    for _ in range(count):
        xs = point()
        wanted = true(*(x if isinstance(x, int) else mpf(x) for x in xs))
        error = abs(mpf(function(*xs)) - wanted)
        error /= max(abs(wanted), 1) if name in WITH_ZEROS else abs(wanted)
        if abs(wanted) > mpf(10) ** -290:  # with fewer digits below
            found = max(found, (error, xs), key=lambda pair: pair[0])
    return found


if __name__ == "__main__":
    random.seed(0)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for name in sys.argv[2:] or FUNCTIONS:
        error, at = worst(name, count)
        print(f"{name:16} {FUNCTIONS[name][0]:28} {float(error):.0e}  at {at}", flush=True)
