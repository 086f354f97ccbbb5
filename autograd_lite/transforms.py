"""Derivatives of plain Python functions: grad, value_and_grad, jacobian, hessian, hvp.

A function's arguments may be numbers, or lists, tuples and dicts of them, nested as you like; a
derivative has the structure of the arguments: that of the argument itself for a function of one
argument, a tuple of them for several.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator

from . import chain_rule, engines, modes
from .primitive import describe
from .primitives import dot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Depth(threading.local):
    """How many transforms are running in this thread, one inside another."""

    value = 0


_depth = _Depth()


# Structures: nested lists, tuples and dicts of numbers --------------------------------------------


def leaves_of(tree: Any) -> Iterator[Any]:
    """The entries of a structure, in order."""
    if isinstance(tree, (list, tuple)):
        for branch in tree:
            yield from leaves_of(branch)
    elif isinstance(tree, dict):
        for branch in tree.values():
            yield from leaves_of(branch)
    else:
        yield tree


def same_structure(tree: Any, leaves: Iterator[Any]) -> Any:
    """A structure like `tree` with its entries taken from `leaves` in order."""
    if isinstance(tree, dict):
        return {key: same_structure(branch, leaves) for key, branch in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):  # a named tuple
        return type(tree)(*(same_structure(branch, leaves) for branch in tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(same_structure(branch, leaves) for branch in tree)
    return next(leaves)


def _matching(tree: Any, other: Any) -> Iterator[Any]:
    """The entries of `other`, in the order of `tree`, whose structure it must have."""
    if isinstance(tree, dict):
        if not isinstance(other, dict) or tree.keys() != other.keys():
            raise ValueError(f"tangents with keys {list(tree)} are wanted, got {describe(other)}")
        for key, branch in tree.items():
            yield from _matching(branch, other[key])
    elif isinstance(tree, (list, tuple)):
        if not isinstance(other, (list, tuple)) or len(tree) != len(other):
            raise ValueError(f"{len(tree)} tangents are wanted, got {describe(other)}")
        for branch, matching in zip(tree, other):
            yield from _matching(branch, matching)
    elif isinstance(other, (list, tuple, dict)):
        raise ValueError(f"one tangent is wanted, got {describe(other)}")
    else:
        yield other


# One run of the function --------------------------------------------------------------------------


class _Run:
    """A call of `f` on fresh Values, and what to make of its derivatives.

    Inside another transform, and for arguments that are Values themselves, the results stay
    Values that can be differentiated further; otherwise they are floats.
    """

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...]) -> None:
        Value = engines.Value

        if not args:
            raise TypeError(f"{_name(f)} was called without an argument to differentiate by")
        given = list(leaves_of(args))
        self.nested = _depth.value > 0 or any(isinstance(x, Value) for x in given)
        # `1.0 * x` is a node of its own: this run must not mistake its argument for the outer one.
        with modes.Mode("recording", True):
            self.inputs = [1.0 * x if isinstance(x, Value) else Value(x) for x in given]
        self.args = args[0] if len(args) == 1 else args
        _depth.value += 1
        try:
            with modes.Mode("recording", True):
                self.result = f(*same_structure(args, iter(self.inputs)))
        finally:
            _depth.value -= 1

    def scalar(self, f: Callable[..., Any]) -> Any:
        """The result as one Value."""
        Value = engines.Value

        if isinstance(self.result, Value):
            return self.result
        try:
            return Value(self.result)
        except TypeError:
            raise TypeError(
                f"{_name(f)} must return one Value or number, got {describe(self.result)}; "
                "use jacobian for several results"
            ) from None

    def slopes(self, y: Any, create_graph: bool = False) -> list[Any]:
        """d y / d input, for each input."""
        with modes.Mode("recording", True):
            return chain_rule.gradients(  # type: ignore[no-any-return]
                y, self.inputs, create_graph=create_graph or self.nested
            )

    def shaped(self, leaves: list[Any]) -> Any:
        """`leaves`, one per input, in the structure of the arguments."""
        return same_structure(self.args, iter(leaves))


def _name(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", repr(f))


def _number(x: Any, nested: bool) -> Any:
    return x if nested else x.data


def value_and_grad(f: Callable[..., Any]) -> Callable[..., tuple[Any, Any]]:
    """A function that gives `(f(...), gradient of f)`; see `grad`.

    >>> from autograd_lite import value_and_grad
    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """

    @functools.wraps(f)
    def transformed(*args: Any) -> tuple[Any, Any]:
        run = _Run(f, args)
        y = run.scalar(f)
        return _number(y, run.nested), run.shaped(run.slopes(y))

    return transformed


def grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives the derivatives of `f` by its arguments.

    Args:
        f: returns one Value (or number). It may use operators, the functions of this package,
            and Python's control flow.

    Returns:
        A function of the same arguments. For one argument it gives a derivative of that
        argument's structure; for several, a tuple. Numbers in, floats out; it may be nested:
        `grad(grad(f))` is the second derivative.

    Raises:
        TypeError: f returns something else, or an argument is no number.

    >>> from autograd_lite import grad, sin
    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(sin))(0.0)
    -0.0
    >>> grad(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 5.0})
    {'a': 5.0, 'b': 2.0}
    """
    with_value = value_and_grad(f)

    @functools.wraps(f)
    def transformed(*args: Any) -> Any:
        return with_value(*args)[1]

    return transformed


def jacobian(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives, in the structure of f's result, the gradient of each entry of it.

    For a function from a list of n numbers to a list of m: m rows of n columns.

    >>> from autograd_lite import jacobian
    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """

    @functools.wraps(f)
    def transformed(*args: Any) -> Any:
        Value = engines.Value

        run = _Run(f, args)
        rows = []
        for y in leaves_of(run.result):
            slopes = run.slopes(y if isinstance(y, Value) else Value(y))
            rows.append(run.shaped(slopes))
        return same_structure(run.result, iter(rows))

    return transformed


def hessian(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives the second derivatives of `f`: for a list of n numbers, n rows of n.

    In general the structure of the arguments, with at each entry a gradient of that entry's
    derivative; a single number for a function of one number.

    >>> from autograd_lite import hessian
    >>> hessian(lambda x: x[0] * x[0] * x[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f))


def hvp(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function `(arguments, tangents) -> ` the Hessian of `f` times the tangents.

    Costs a few evaluations of f, without computing the Hessian. For several arguments of f give
    two tuples.

    Raises:
        ValueError: the tangents do not have the structure of the arguments.

    >>> from autograd_lite import hvp
    >>> hvp(lambda x: x[0] * x[0] * x[1])([3.0, 5.0], [1.0, 0.0])
    [10.0, 6.0]
    """

    @functools.wraps(f)
    def transformed(args: Any, tangents: Any) -> Any:
        several = args if type(args) is tuple else (args,)
        given = list(_matching(args, tangents))

        def directional(*inner: Any) -> Any:
            return dot(list(leaves_of(grad(f)(*inner))), given)

        return grad(directional)(*several)

    return transformed
