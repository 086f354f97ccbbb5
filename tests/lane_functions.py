"""The lane functions (native/lanes.h) against mpmath: their worst errors, in ulp.

python tests/lane_functions.py 20000     tries so many points of each, in each instruction set
"""

import math
import random
import re
import struct
import sys
from array import array
from pathlib import Path

from mpmath import mp, mpf

import autograd_lite
from autograd_lite import compile
from autograd_lite.primitives import TABLE

INF = mpf("inf")
LARGE = mpf(2) ** 1024  # where a double would go on after the largest


def _within(limit, function, below, above):
    """`function` for |x| <= limit, and what to take for it on both sides."""
    return lambda x: function(x) if abs(x) <= limit else (above if x > 0 else below)


def _power(x, y):
    if x == 0 or y == 0 or abs(y * mp.log(abs(x))) < 1000:
        return x**y
    sign = -1 if x < 0 and y % 2 == 1 else 1
    return sign * (INF if y * mp.log(abs(x)) > 0 else mpf(0))


# Each with its true value, where it is defined, and a range of which many points are tried.
FUNCTIONS = {
    "exp": (_within(800, mp.exp, mpf(0), INF), lambda x: True, (-746, 711)),
    "expm1": (_within(800, mp.expm1, mpf(-1), INF), lambda x: True, (-40, 711)),
    "log": (mp.log, lambda x: x > 0, (0.1, 10)),
    "log1p": (mp.log1p, lambda x: x > -1, (-1, 3)),
    "log2": (lambda x: mp.log(x) / mp.log(2), lambda x: x > 0, (0.1, 10)),
    "log10": (lambda x: mp.log(x) / mp.log(10), lambda x: x > 0, (0.1, 10)),
    "sin": (mp.sin, lambda x: True, (-50, 50)),
    "cos": (mp.cos, lambda x: True, (-50, 50)),
    "tan": (mp.tan, lambda x: True, (-50, 50)),
    "sinh": (_within(800, mp.sinh, -INF, INF), lambda x: True, (-711, 711)),
    "cosh": (_within(800, mp.cosh, INF, INF), lambda x: True, (-711, 711)),
    "tanh": (_within(400, mp.tanh, mpf(-1), mpf(1)), lambda x: True, (-20, 20)),
    "erf": (_within(30, mp.erf, mpf(-1), mpf(1)), lambda x: True, (-6, 6)),
    "erfc": (_within(40, mp.erfc, mpf(2), mpf(0)), lambda x: True, (-6, 27.3)),
    "pow": (_power, lambda x, y: x > 0 or (x < 0 and y == math.floor(y)), (0.01, 100)),
}
EDGES = [
    0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -1.0, 0.5, 2.0, -2.0, 3.0, -3.0, 5e-324, -5e-324,
    2.2250738585072014e-308, 1.7976931348623157e308, -1.7976931348623157e308, 2.0**52 - 0.5,
    2.0**52, 2.0**53 - 1, -(2.0**53) + 1, 2.0**53 + 2, 2.0**-54, -(2.0**-28), 1 - 2.0**-53,
    1 + 2.0**-52, 709.782712893384, 709.7827128933841, -708.5, -745.1332191019411,
    -745.1332191019412, 710.4758600739439, 710.475860073944, 26.5, 27.3, 5.92, 2.0**20, 2.0**20 + 1,
    math.pi, 1e22, 6381956970095103 * 2.0**797,
]  # fmt: skip


def points(name, count, seed=0):
    """Doubles, or pairs of them: of every size, in the range, and near multiples of pi / 2.

    They are the same on every machine: no function of its C library is called; and whatever
    precision mpmath was left at.
    """
    with mp.workprec(53):
        return _points(name, count, random.Random(f"{name} {seed}"))


def _points(name, count, rng):
    low, high = FUNCTIONS[name][2]

    def one():
        kind = rng.randrange(4)
        if kind == 0:  # any bits but those of inf and nan
            exponent = rng.randrange(2047) << 52
            bits = rng.getrandbits(1) << 63 | exponent | rng.getrandbits(52)
            return struct.unpack("<d", struct.pack("<Q", bits))[0]
        if kind == 1:
            return rng.choice((1, -1)) * math.ldexp(1.0 + rng.random(), rng.randrange(-60, 8))
        if kind == 2 and name in ("sin", "cos", "tan"):
            return float(rng.getrandbits(rng.randrange(1, 60)) * mp.pi / 2)
        return low + (high - low) * rng.random()

    if name != "pow":
        return [*EDGES, *(one() for _ in range(count))]
    pairs = [(x, y) for x in EDGES for y in EDGES]
    for _ in range(count):
        x, y = one(), one()
        if rng.random() < 0.6 and x:  # such that the result is in range
            y = rng.uniform(-745, 710) / float(mp.log(abs(x))) if abs(x) != 1.0 else y
            y = float(round(y)) if x < 0 or rng.random() < 0.3 else y
        pairs.append((x, y))
    return pairs


def in_batch(name, where):
    """What a batch gives for each point."""
    row = TABLE[name]
    columns = [where] if name != "pow" else list(zip(*where))
    program = compile(lambda *operands: row(*operands), batch="none")
    return array("d", program.value(*(array("d", column) for column in columns)))


def error(name, point, found):
    """How far `found` is from the true value, in ulp of that; None where there is no such value."""
    truth, defined, _ = FUNCTIONS[name]
    operands = point if name == "pow" else (point,)
    if not all(map(math.isfinite, operands)) or not defined(*operands):
        return None
    with mp.workprec(160):
        wanted = truth(*map(mpf, operands))
        if abs(wanted) >= LARGE:
            return 0.0 if found == float(wanted) else math.inf
        if found != found:
            return math.inf
        nearest = float(wanted)  # inf, if it is nearer to 2^1024 than to the largest double
        ulp = math.ulp(nearest) if math.isfinite(nearest) else math.ulp(sys.float_info.max)
        value = mp.sign(found) * LARGE if math.isinf(found) else mpf(found)
        return float(abs(value - wanted) / ulp)


def calls():
    """The functions of the C library that each row of the table calls in C, by the row's name."""
    text = (Path(autograd_lite.__path__[0]) / "native" / "formulas.inc").read_text(encoding="utf-8")
    bodies = dict(re.findall(r"^ROW\((\w+)\)\(.*?\)\n\{\n(.*?)^\}", text, re.M | re.S))

    def called(name):
        own = set(re.findall(r"(?<!\w)([a-z]\w*)\(", bodies[name])) - {"void", "if", "for"}
        return own.union(*(called(helper) for helper in re.findall(r"ROW\((\w+)\)", bodies[name])))

    found = {}
    for function in bodies:
        for end in ("_value", "_partials"):
            if function.endswith(end):
                found.setdefault(function.removesuffix(end), set()).update(called(function))
    return found


def main(count):
    from autograd_lite.native import engine

    for name in FUNCTIONS:
        where = points(name, count, random.random())
        worst = []
        for instruction_set in range(engine.use_kernels(-1) + 1):
            engine.use_kernels(instruction_set)
            errors = [(error(name, x, y) or 0.0, x) for x, y in zip(where, in_batch(name, where))]
            worst.append(max(errors))
        print(f"{name:6}", ", ".join(f"{size:.3f} at {point!r}" for size, point in worst))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20000)
