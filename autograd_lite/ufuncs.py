"""NumPy's and SciPy's functions of arrays (ufuncs), called with a Value among their operands.

What NumPy does with objects it does with Values, too: it calls their operators, and methods of its
own names. Where it knows numbers alone, as all of `scipy.special` does, the function of that name
in this package takes its place. Of arrays of Values NumPy does not ask, and raises an error of its
own; transforms and compiled functions say with `refusal` what to take instead.
"""

from __future__ import annotations

import functools
import math
import operator
import re
from collections.abc import Callable

import numpy

from . import primitives, special
from .primitive import is_value, plain
from .words import NUMPY_NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KNOWN = (numpy.ndarray, numpy.generic, float)
NUMBERS = (float, numpy.floating, numpy.integer)
EMPTY = functools.partial(numpy.empty, (), object)
OPERATORS = {  # of a number and a Value, without an array between
    numpy.add: operator.add, numpy.subtract: operator.sub, numpy.multiply: operator.mul,
    numpy.true_divide: operator.truediv, numpy.power: operator.pow, numpy.remainder: operator.mod,
    numpy.floor_divide: operator.floordiv, numpy.less: operator.lt, numpy.less_equal: operator.le,
    numpy.greater: operator.gt, numpy.greater_equal: operator.ge,
}  # fmt: skip


def call(ufunc: Any, method: str, inputs: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """What `ufunc` gives, for `__array_ufunc__`."""
    operands: list[Any] = []
    for x in inputs:
        if getattr(x, "dtype", None) == numpy.longdouble:  # whose operators would ask here again
            operands.append(x.astype(float))
        elif isinstance(x, KNOWN):
            operands.append(x)
        elif is_value(x):  # in an array of no axes NumPy finds an object like any other
            operands.append(box := EMPTY())
            box[()] = x
        elif not hasattr(x, "__array_ufunc__"):
            operands.append(x)
        else:
            return NotImplemented  # a table of pandas, say, which asks again for its entries
    if ufunc.__name__ in COMPARING and method == "__call__":
        return _each_by(OTHERS[ufunc.__name__], ufunc, operands, named)
    try:
        return (ufunc if method == "__call__" else getattr(ufunc, method))(*operands, **named)
    except (TypeError, AttributeError) as error:
        name = ufunc.__name__
        lacks = re.search(rf"has no attribute '{name}'|define __{name}__ method", str(error))
        refused = _no_function(name) if lacks else refusal(error)
        if refused is None:
            raise
        function = ours(ufunc.__name__)
        if function is None or method != "__call__":
            raise refused from None
    return _each_by(function, ufunc, operands, named)


def _each_by(
    function: Callable[..., Any], ufunc: Any, operands: list[Any], named: dict[str, Any]
) -> Any:
    """What `ufunc` would give if it were `function` for each entry."""
    with numpy.errstate(all="ignore"):  # of what `where` does not choose
        return numpy.frompyfunc(function, ufunc.nin, ufunc.nout)(*operands, **named)


# The functions of this package, by NumPy's and SciPy's names --------------------------------------


def ours(name: str) -> Callable[..., Any] | None:
    """The function for a ufunc of this name; None if there is none."""
    name = NAMES.get(name, NUMPY_NAMES.get(name, name))
    return OTHERS.get(name) or primitives.FUNCTIONS.get(name) or special.FUNCTIONS.get(name)


def _of_order(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` with an order that may be a float, if it is whole."""
    return lambda n, x: function(n if is_value(n) or n != int(n) else int(n), x)


def _is_nan(x: Any) -> bool:
    return bool(plain(x) != plain(x))


def _but_nan(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` of two numbers, or the other one if one is nan."""
    return lambda x, y: x if _is_nan(y) else y if _is_nan(x) else function(x, y)


def _sign(x: Any) -> float:
    return math.nan if _is_nan(x) else float((x > 0.0) - (x < 0.0))


NAMES = {
    "expit": "sigmoid", "log_expit": "logsigmoid", "gammaln": "lgamma", "psi": "digamma",
    "kn": "kv", "_lambertw": "lambertw", "_zeta": "zeta", "_riemann_zeta": "zeta",
}  # fmt: skip
OTHERS: dict[str, Callable[..., Any]] = {
    "divmod": divmod,
    "logaddexp": special.logaddexp,
    "lambertw": lambda x, k, tol: special.lambertw(x, int(k)),
    **{name: _of_order(getattr(special, name)) for name in ("jv", "iv", "kv")},
    "maximum": primitives.max, "minimum": primitives.min, "sign": _sign,
    "fmax": _but_nan(primitives.max), "fmin": _but_nan(primitives.min),
}  # fmt: skip
COMPARING = ("maximum", "minimum", "fmax", "fmin", "sign")  # so does NumPy, and loses nan


# Errors -------------------------------------------------------------------------------------------


def refusal(error: Exception) -> TypeError | None:
    """What NumPy's or SciPy's error about Values is to say; None if it is another error."""
    text = str(error)
    cast = "Cannot cast ufunc" in text and "dtype('O')" in text
    if cast or re.search("object arrays are not supported|dtype object cannot be cast", text):
        return TypeError(
            "NumPy and SciPy do this with arrays of floats alone, and got one of Values: take "
            "autograd_lite.linalg, which has solve, inv, det, slogdet, cholesky, expm and eigh, or "
            "write it with operators and functions of Values"
        )
    if found := re.search(r"of type (\S+) which has no callable (\w+) method", text):
        kind, name = found.groups()
        if ours(name) in (None, divmod):
            return _no_function(name)
        there = " (for SciPy's logsumexp there is autograd_lite.logsumexp)" * (name == "exp")
        return TypeError(
            f"{name} of NumPy asks each entry of an array with Values for its method {name}, and "
            f"one is a {kind}: take {_each(name)}, one entry after another{there}"
        )
    found = re.match(r"ufunc '(\w+)' not supported for the input types", text)
    if not found:
        return None
    if ours(found[1]) in (None, divmod):
        return _no_function(found[1])
    return TypeError(
        f"{found[1]} of NumPy or SciPy takes arrays of numbers alone, and got one of Values: take "
        f"{_each(found[1])}, one entry after another"
    )


def _no_function(name: str) -> TypeError:
    return TypeError(
        f"{name} of NumPy or SciPy takes numbers alone, and got a Value, and this package "
        "has no such function: write it with those of autograd_lite and autograd_lite.special, "
        "or as a Primitive; if no derivative is wanted, take it of v.data. What may have asked "
        "for it: for linear algebra there is autograd_lite.linalg, for distributions "
        "autograd_lite.special, for what a solver finds implicit"
    )


def _each(name: str) -> str:
    """How the function is called here, for several numbers."""
    function, name = ours(name), NAMES.get(name, NUMPY_NAMES.get(name, name))
    where = "autograd_lite." if name in primitives.FUNCTIONS else "autograd_lite.special."
    return where + (f"{name}.each(xs)" if hasattr(function, "each") else f"{name} of each")
