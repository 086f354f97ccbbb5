"""Write lane_coefficients.inc: the numbers in the polynomials of the lane functions (lane_*.h).

python -m autograd_lite.native.coefficients          writes the file
python -m autograd_lite.native.coefficients --check  exits with 1 if it is not current

Each polynomial interpolates what its comment says in Chebyshev's points, in 60 digits, and its
coefficients are then rounded to doubles; the comment gives the error before that. Needs mpmath,
which the engine does not: the file that is written is part of the repository.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("lane_coefficients.inc")
HEADER = """\
/* Made by `python -m autograd_lite.native.coefficients`, which says how. */
"""
WIDTH = 100


def generated() -> str:
    """The text of lane_coefficients.inc."""
    import mpmath as mp  # type: ignore[import-untyped]

    with mp.workdps(60):
        return HEADER + "".join(_parts(mp))


def _parts(mp: Any) -> list[str]:
    """Each constant and each polynomial, with its comment."""
    mpf, log, exp, sqrt = mp.mpf, mp.log, mp.exp, mp.sqrt
    ln2, half_pi = log(2), mp.pi / 2
    wide = mpf("1.001")  # intervals are a little larger than what rounding can reach

    def fit(name: str, text: str, f: Any, low: Any, high: Any, count: int) -> str:
        with warnings.catch_warnings():  # mpmath 1.4 warns of the order, the only one in 1.3
            warnings.simplefilter("ignore", DeprecationWarning)
            found, error = mp.chebyfit(f, [mpf(low), mpf(high)], count, error=True)
        comment = f"{text};\n * {mp.nstr(low, 4)} to {mp.nstr(high, 4)}, within {mp.nstr(error, 2)}"
        return _array(name, comment, [float(c) for c in reversed(found)])

    def series(f: Callable[[Any], Any], near: Callable[[Any], Any]) -> Any:
        """f, and near 0, where f is 0/0 or loses its digits, the first terms of its series."""
        return lambda x: near(x) if abs(x) < mpf(10) ** -12 else f(x)

    def split(x: Any, *places: int) -> list[float]:
        """x as a sum: parts that end at these binary places, then a double, and one more."""
        parts = []
        for place in places:
            parts.append(mp.ldexp(mp.nint(mp.ldexp(x, place)), -place))
            x -= parts[-1]
        parts += [mpf(float(x))]
        parts += [x - parts[-1]]
        return [float(part) for part in parts]

    most = ln2 / 2 * wide
    s = (sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)
    s_near = (sqrt(mpf(3) / 2) - 1) / (sqrt(mpf(3) / 2) + 1)
    angle = (half_pi / 2 * wide) ** 2
    with mp.workprec(32 * TURN_WORDS + 64):
        turn = int(mp.floor(mp.ldexp(2 / +mp.pi, 32 * TURN_WORDS)))
    root_pi = sqrt(mp.pi)

    def log_ratio(s: Any) -> Any:
        return log((1 + s) / (1 - s))

    def rest_of_erfc(t: Any) -> Any:
        w = 1 - t
        x = 6 / w - 3
        return (1 + 3 * x / 2) * exp(x * x) * mp.erfc(x) - mpf(27) / 32 - w / 8

    return [
        _constants("ln 2 in parts: products of the first with ints below 2^20 are exact",
                   LN2=split(ln2, 33)[:2], INVERSE_LN2=split(1 / ln2)),
        _constants("log(3/2) like ln 2: a sum of the two first parts is exact",
                   LOG_3_2=split(log(mpf("1.5")), 33)[:2]),
        _constants("1 / ln 10, and ln 2 / ln 10 like ln 2; 2/3 in 26 digits and the rest",
                   INVERSE_LN10=split(1 / log(10)), LOG10_2=split(ln2 / log(10), 33)[:2],
                   TWO_THIRDS=split(mpf(2) / 3, 26)[:2]),
        _constants("pi / 2 in parts, of which three are exact times ints below 2^20",
                   HALF_PI=split(half_pi, 32, 65, 98)[:4], WHOLE_HALF_PI=split(half_pi),
                   TWO_OVER_PI=[float(1 / half_pi)]),
        _words("TURN", "2 / pi after the binary point, 32 bits a word",
               [turn >> 32 * i & 0xFFFFFFFF for i in reversed(range(TURN_WORDS))]),
        fit("EXP_TERMS", "(exp(r) - 1 - r) / r^2",
            series(lambda r: (exp(r) - 1 - r) / r**2, lambda r: mpf(1) / 2 + r / 6 + r * r / 24),
            -most, most, 11),
        fit("EXPM1_TERMS", "(exp(r) - 1 - r - r^2/2) / r^3",
            series(lambda r: (exp(r) - 1 - r - r * r / 2) / r**3,
                   lambda r: mpf(1) / 6 + r / 24 + r * r / 120), -most, most, 10),
        fit("LOG_TERMS", "(log((1 + s) / (1 - s)) - 2 s) / s^3, in s^2",
            series(lambda z: (log_ratio(sqrt(z)) - 2 * sqrt(z)) / (z * sqrt(z)),
                   lambda z: mpf(2) / 3 + z * 2 / 5), 0, s * s * wide**2, 8),
        fit("LOG_PAIR_TERMS", "(3 log((1 + s) / (1 - s)) / (2 s) - 3 - s^2) / s^4, in s^2",
            series(lambda z: (mpf(3) / 2 * log_ratio(sqrt(z)) / sqrt(z) - 3 - z) / z**2,
                   lambda z: mpf(3) / 5 + z * 3 / 7), 0, s_near * s_near * wide**2, 6),
        fit("SIN_TERMS", "(sin(r) - r) / r^3, in r^2",
            series(lambda z: (mp.sin(sqrt(z)) - sqrt(z)) / (z * sqrt(z)),
                   lambda z: -mpf(1) / 6 + z / 120), 0, angle, 7),
        fit("COS_TERMS", "(cos(r) - 1 + r^2/2) / r^4, in r^2",
            series(lambda z: (mp.cos(sqrt(z)) - 1 + z / 2) / z**2,
                   lambda z: mpf(1) / 24 - z / 720), 0, angle, 7),
        fit("ERF_TERMS", "(erf(x) / x - 2 / sqrt(pi)) / x^2, in x^2",
            series(lambda z: (mp.erf(sqrt(z)) / sqrt(z) - 2 / root_pi) / z,
                   lambda z: -2 / (3 * root_pi) + z / (5 * root_pi)), 0, (wide / 2) ** 2, 9),
        fit("ERFC_TERMS",
            "(1 + 3/2 x) exp(x^2) erfc(x) - 27/32 - w / 8 where w = 6 / (x + 3), in 1 - w",
            rest_of_erfc, (mpf("0.499") - 3) / (mpf("0.499") + 3), mpf("24.3") / mpf("30.3"), 23),
        _constants("2 / sqrt(pi)", TWO_OVER_ROOT_PI=split(2 / root_pi)),
    ]  # fmt: skip


TURN_WORDS = 40  # 1,280 bits: 2^971, the weight of a large double's last bit, needs 1,200


def _array(name: str, comment: str, numbers: Sequence[float]) -> str:
    return _listed("double", name, comment, [x.hex() for x in numbers])


def _words(name: str, comment: str, words: Sequence[int]) -> str:
    return _listed("uint32_t", name, comment, [f"0x{word:08x}u" for word in words])


def _constants(comment: str, **parts: Sequence[float]) -> str:
    """`#define NAME x`, or NAME_1, NAME_2, ... for a number in parts."""
    lines = [f"/* {comment} */\n"]
    for name, numbers in parts.items():
        for i, x in enumerate(numbers):
            place = f"_{i + 1}" * (len(numbers) > 1)
            lines.append(f"#define {name}{place} {x.hex() if x >= 0.0 else f'({x.hex()})'}\n")
    return "".join(lines) + "\n"


def _listed(kind: str, name: str, comment: str, texts: Sequence[str]) -> str:
    lines, line = [], "   "
    for text in texts:
        if len(line) + len(text) + 2 > WIDTH:
            lines.append(line)
            line = "   "
        line += f" {text},"
    numbers = "\n".join([*lines, line])
    return f"/* {comment} */\nstatic const {kind} {name}[{len(texts)}] = {{\n{numbers}\n}};\n\n"


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        return int(TARGET.read_text(encoding="utf-8") != generated())
    TARGET.write_text(generated(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
