"""Complex numbers of Values: pairs of a real and an imaginary part, with arithmetic.

A graph holds real numbers. A complex function is two real ones, and the formulas here say which, in
rows of the table; they have no branches, so they can be compiled and run in batches.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import primitives
from .primitive import Primitive, is_value, plain, real, where
from .primitives import atan2, cos, cosh, exp, hypot, log, log1p, sin, sinh, sqrt, tanh
from .refusals import no_number

MOST_PRODUCTS = 64  # z**n with a whole n up to it is a product; beyond, exp(n log(z))


@dataclass(frozen=True, eq=False, repr=False)
class Complex:
    """A complex number whose parts are Values, or plain numbers.

    It takes part in `+ - * / **` with Values, numbers and Python's complex numbers, and in the
    functions `abs`, `exp`, `log`, `sqrt`, `sin`, `cos`, `tan`, `sinh`, `cosh` and `tanh`, of this
    package or as methods. `log`, `sqrt` and powers take the principal value, with the cut along
    the negative real axis, as `cmath` does.

    In structures it counts as two numbers: arguments and results of transforms and of compiled
    functions may be Complex, and a derivative with respect to one is a Complex of the derivatives
    with respect to its parts (as in PyTorch; JAX gives its conjugate). Where a function f is
    differentiable in the complex sense, f'(z) is `jvp(f)(z, Complex(1.0, 0.0))`.

    `==` compares numbers, as for Python's complex numbers, so a Complex is no key of a dict; there
    is no order.

    Args:
        real: a Value or a number; or a complex number, for both parts.
        imag: a Value or a number.

    Attributes:
        real, imag: the parts, Values or floats.
        data: both as a complex number of Python.

    Raises:
        TypeError: a part is not one real number.

    >>> from autograd_lite import Complex, Value, exp
    >>> x = Value(0.5)
    >>> z = 1.0 + exp(1j * Complex(x))
    >>> z
    Complex(1.87758, 0.479426)
    >>> abs(z).backward()  # 2 cos(x / 2)
    >>> print(f"{x.grad:.6f}")
    -0.247404
    """

    __module__ = "autograd_lite"
    is_no_value = True  # for `is_value`, although it does primitives

    real: Any
    imag: Any = 0.0

    def __post_init__(self) -> None:
        parts = self.real, self.imag
        if isinstance(parts[0], (complex, Complex)) and type(parts[1]) is float and not parts[1]:
            parts = parts[0].real, parts[0].imag
        for name, part in zip(("real", "imag"), parts):
            object.__setattr__(self, name, part if is_value(part) else real(part))

    @staticmethod
    def polar(length: Any, angle: Any) -> Complex:
        """The number of this length, at this angle in radians from the positive real axis.

        >>> from autograd_lite import Complex
        >>> Complex.polar(2.0, 0.0)
        Complex(2, 0)
        """
        return Complex(length * cos(angle), length * sin(angle))

    @property
    def data(self) -> complex:
        return complex(plain(self.real), plain(self.imag))

    @staticmethod
    def _apply(op: Primitive, operands: tuple[Any, ...]) -> Any:
        """A primitive on Complexes and numbers: what there is a formula for here."""
        method = METHODS.get(op.name)
        if method is None:
            raise TypeError(
                f"{op.name} of a complex number is not defined here; there are {', '.join(SAME)} "
                "and abs, and the parts z.real and z.imag"
            )
        z, *others = operands
        return method(z if isinstance(z, Complex) else Complex(z), *others)

    # Arithmetic -----------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Complex:
        w = _taken(other)
        if w is NotImplemented:
            return NotImplemented
        if type(w) is Complex:
            return _pair(self.real + w.real, self.imag + w.imag)
        return _pair(self.real + w, self.imag)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Complex:
        w = _taken(other)
        return w if w is NotImplemented else self + -w

    def __rsub__(self, other: Any) -> Complex:
        w = _taken(other)
        return w if w is NotImplemented else -self + w

    def __mul__(self, other: Any) -> Complex:
        w = _taken(other)
        if w is NotImplemented:
            return NotImplemented
        if type(w) is Complex:
            a, b, c, d = self.real, self.imag, w.real, w.imag
            return _pair(a * c - b * d, a * d + b * c)
        return _pair(self.real * w, self.imag * w)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Complex:
        w = _taken(other)
        if w is NotImplemented:
            return NotImplemented
        if type(w) is Complex:  # by its length at last, so that no square overflows
            length = abs(w)
            c, d = _ratio(w.real, length), _ratio(w.imag, length)
            x, y = self.real * c + self.imag * d, self.imag * c - self.real * d
            return _pair(_ratio(x, length), _ratio(y, length))
        return _pair(_ratio(self.real, w), _ratio(self.imag, w))

    def __rtruediv__(self, other: Any) -> Complex:
        w = _taken(other)
        return w if w is NotImplemented else Complex(w) / self

    def __pow__(self, exponent: Any) -> Complex:
        w = _taken(exponent)
        if w is NotImplemented:
            return NotImplemented
        if type(w) is Complex and type(w.imag) is float and not w.imag:
            w = w.real  # as Python has it: 0j ** 0j is 1
        if isinstance(w, float) and w.is_integer() and abs(w) <= MOST_PRODUCTS:
            return self._to_the(int(w))
        power: Complex = (self.log() * w).exp()
        return power

    def __rpow__(self, base: Any) -> Complex:
        w = _taken(base)
        return w if w is NotImplemented else Complex(w) ** self

    def _to_the(self, n: int) -> Complex:
        """The power by squares and products."""
        if n < 0:
            return 1.0 / self._to_the(-n)
        if n < 2:
            return self if n else Complex(1.0)
        half = self._to_the(n // 2)
        return half * half * self if n % 2 else half * half

    def __neg__(self) -> Complex:
        return _pair(-self.real, -self.imag)

    def __pos__(self) -> Complex:
        return self

    def __abs__(self) -> Any:
        return hypot(self.real, self.imag)

    # Functions ------------------------------------------------------------------------------------

    def conjugate(self) -> Complex:
        """The number with the opposite imaginary part."""
        return _pair(self.real, -self.imag)

    def angle(self) -> Any:
        """The angle from the positive real axis, between -pi and pi."""
        return atan2(self.imag, self.real)

    def exp(self) -> Complex:
        """e to the power of self."""
        length = exp(self.real)
        return _pair(length * cos(self.imag), length * sin(self.imag))

    def log(self) -> Complex:
        """The principal natural logarithm: its imaginary part is between -pi and pi."""
        x, y = self.real, self.imag
        wide = abs(plain(x)) > abs(plain(y))
        more, less = where(wide, x, y), where(wide, y, x)
        above = (more - 1.0) * (more + 1.0) + less * less  # |self|^2 - 1
        near = abs(plain(above)) < 0.5  # where the logarithm of the length would lose digits
        length = where(near, 0.5 * log1p(above), log(abs(self)))
        return _pair(length, self.angle())

    def sqrt(self) -> Complex:
        """The principal square root: half the angle. Its real part is not negative.

        To the left of 0 it is i or -i times the root of -self, for the cosine of nearly a
        right angle would lose the digits of a small real part.
        """
        x, y = self.real, self.imag
        left, below = plain(x) < 0.0, atan2(plain(y), plain(x)) < 0.0
        half = 0.5 * atan2(where(left, -y, y), where(left, -x, x))
        length, sign = sqrt(abs(self)), where(below, -1.0, 1.0)
        c, s = length * cos(half), length * sin(half)
        return _pair(where(left, -sign * s, c), where(left, sign * c, s))

    def sin(self) -> Complex:
        """The sine."""
        x, y = self.real, self.imag
        return _pair(sin(x) * cosh(y), cos(x) * sinh(y))

    def cos(self) -> Complex:
        """The cosine."""
        x, y = self.real, self.imag
        return _pair(cos(x) * cosh(y), -(sin(x) * sinh(y)))

    def tan(self) -> Complex:
        """The tangent."""
        turned = _pair(-self.imag, self.real).tanh()
        return _pair(turned.imag, -turned.real)

    def sinh(self) -> Complex:
        """The hyperbolic sine."""
        x, y = self.real, self.imag
        return _pair(sinh(x) * cos(y), cosh(x) * sin(y))

    def cosh(self) -> Complex:
        """The hyperbolic cosine."""
        x, y = self.real, self.imag
        return Complex(cosh(x) * cos(y), sinh(x) * sin(y))

    def tanh(self) -> Complex:
        """The hyperbolic tangent."""
        t, c, s = tanh(self.real), cos(self.imag), sin(self.imag)
        rest = (1.0 / cosh(self.real)) ** 2  # 1 - t**2, without its loss
        below = c * c + (s * t) ** 2
        return _pair(_ratio(t, below), _ratio(s * c * rest, below))

    # As a number of Python ------------------------------------------------------------------------

    def __complex__(self) -> complex:
        if is_value(self.real) or is_value(self.imag):
            raise no_number()
        return complex(self.real, self.imag)

    def __bool__(self) -> bool:
        return bool(self.real) or bool(self.imag)

    def __eq__(self, other: object) -> Any:
        w = _taken(other)
        if w is NotImplemented:
            return NotImplemented
        w = w if type(w) is Complex else Complex(w)
        same = plain(self.real) == plain(w.real) and plain(self.imag) == plain(w.imag)
        return bool(same)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        parts = (
            f"{x:.6g}" if is_value(x) or isinstance(x, float) else repr(x)
            for x in (self.real, self.imag)
        )
        return f"Complex({', '.join(parts)})"

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)


def _pair(x: Any, y: Any) -> Complex:
    """A Complex of parts that are Values and floats: nothing is to be checked."""
    z = object.__new__(Complex)
    z.__dict__.update(real=x, imag=y)
    return z


def _taken(x: Any) -> Any:
    """An operand as a Complex, a Value or a float; NotImplemented if it is no number."""
    if type(x) is Complex or type(x) is float or is_value(x):
        return x
    if isinstance(x, complex):
        return _pair(x.real, x.imag)
    if getattr(x, "shape", ()) != ():
        return NotImplemented  # an array does the operation with each of its elements
    try:
        return real(x)
    except TypeError:
        return NotImplemented


def _ratio(x: Any, y: Any) -> Any:
    """x / y, by IEEE 754 where both are floats, too."""
    return primitives.div(x, y)


def _sum(*operands: Any) -> Any:
    return functools.reduce(Complex.__add__, operands[1:], _taken(operands[0]))


def _dot(*operands: Any) -> Any:
    n = len(operands) // 2
    return _sum(*(x * y for x, y in zip(operands[:n], operands[n:])))


SAME = ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")  # rows and methods
METHODS: dict[str, Callable[..., Any]] = {name: vars(Complex)[name] for name in SAME} | {
    "abs": Complex.__abs__, "add": Complex.__add__, "sub": Complex.__sub__,
    "mul": Complex.__mul__, "div": Complex.__truediv__, "neg": Complex.__neg__,
    "pow": Complex.__pow__, "power": Complex.__pow__, "sum": _sum, "dot": _dot,
}  # fmt: skip
