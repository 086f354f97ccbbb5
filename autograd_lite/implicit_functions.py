"""Implicit functions: the solution x of F(x, theta) = 0, differentiable in theta.

A solver finds x by whatever means, on plain numbers. Its steps are not recorded: where F is 0 and
stays 0 as theta moves, dF/dx dx + dF/dtheta dtheta = 0, so that

    dx/dtheta = -(dF/dx)^-1 dF/dtheta                 (the implicit function theorem)

That is the rule of a primitive, as arithmetic with the derivatives of F. These are Values where x
and theta are, and depend on both, so the rule holds in every order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from inspect import signature
from typing import Any

from . import engines, many_roots, modes
from .chain_rule import order_since
from .linalg import solve
from .primitive import Primitive, apart, describe, is_value, plain, real
from .primitives import div
from .several import MultiPrimitive
from .structure import (
    NUMBER,
    by_place,
    flatten,
    is_array,
    leaves_of,
    names_by_place,
    outline,
    parameters,
    unflatten,
    unwrapped,
)
from .transforms import grad, jacobian, value_and_grad


class ImplicitError(RuntimeError):
    """An equation was not solved, or its solution is no differentiable function of theta.

    >>> from autograd_lite import ImplicitError, implicit
    >>> root = implicit(lambda x, a: x * x - a, lambda a: 1.0)
    >>> try:
    ...     root(2.0)
    ... except ImplicitError as error:
    ...     print(error)
    the solver of solution did not solve it at a = 2.0: x = 1, F = -1, and Newton's step ...
    """

    __module__ = "autograd_lite"


def implicit(
    F: Callable[..., Any],
    solve: Callable[..., Any] | None = None,
    *,
    bracket: Any = None,
    x0: Any = None,
    method: str | None = None,
    tol: float | None = 1e-6,
    vectorized: bool = False,
    name: str | None = None,
) -> Callable[..., Any]:
    """The solution x of F(x, theta) = 0 as a differentiable function of theta.

    The function that it gives may be called with numbers and Values, in compiled functions, in
    batches, and differentiated to any order. What the solver does is not recorded: derivatives are
    those of the implicit function theorem, dx/dtheta = -(dF/dx)^-1 dF/dtheta.

    Args:
        F: `(x, *theta)` -> a number, which is 0 at the solution; of several unknowns as many
            numbers, in a list or any structure. It runs on floats and on Values: arithmetic and
            the functions of this package. Values that it uses are arguments: none from outside.
        solve: `(*theta)` -> x: any solver. It gets plain floats, in the structure of theta, and
            gives a number, or several in a list, tuple, dict or array; or what SciPy's
            `root_scalar` and `root` give. nan where there is no solution: x and its derivatives
            are nan there.
        bracket: instead of `solve`, for one unknown: two numbers between which F changes its sign.
            SciPy's `root_scalar` looks there (Brent's method, unless `method` names another).
        x0: instead of `solve`: where SciPy starts. A number for one unknown (Newton's method, by
            `root_scalar`), a list or array for several (`root`, with the Jacobian of F). A bracket
            and an x0 may also be functions of theta. A batch looks for all roots at once, by
            Newton's method on arrays; where there are several between two numbers, any is a root.
            Of several unknowns, points from which that does not lead straight on go to SciPy.
        method: of SciPy's `root_scalar` or `root`.
        tol: how far x may be from the solution: Newton's step from x is at most `tol` times the
            largest unknown, or times 1 if that is less. None: nothing is checked.
        vectorized: `solve` also takes float64 arrays in the place of the numbers, of one length,
            and gives such arrays; a batch then calls it for thousands of samples at once.
        name: for pictures and messages; else the name of F.

    Returns:
        A function of theta: numbers, Values, or structures of them. x has the structure that the
        solver gives: a Value (a float, if there is no Value in theta), or a list of them, and so
        on.

    Raises:
        ImplicitError: when called: the solver fails, or gives what is not the solution, or dF/dx is
            singular there.
        TypeError: F gives not as many numbers as there are unknowns, uses a Value that is no
            argument, or the arguments make no sense.

    >>> from autograd_lite import Value, grad, implicit, sin
    >>> kepler = implicit(lambda E, e, M: E - e * sin(E) - M, bracket=lambda e, M: (M - e, M + e))
    >>> e, M = Value(0.3), Value(1.0)
    >>> E = kepler(e, M)
    >>> E.backward()
    >>> print(f"{E:.6f} {e.grad:.6f} {M.grad:.6f}")
    1.288091 1.048008 1.091329
    >>> print(f"{grad(grad(kepler, 1), 1)(0.3, 1.0):.6f}")
    -0.374453
    """
    given = [solve is not None, bracket is not None, x0 is not None]
    if sum(given) != 1:
        raise TypeError(
            "implicit takes a solver, a bracket or an x0: one of them, got "
            + (", ".join(n for n, x in zip(("solve", "bracket", "x0"), given) if x) or "none")
        )
    for role, function in (("F", F), ("solve", solve if given[0] else F)):
        if not callable(function):
            raise TypeError(f"{role} of implicit is a function, got {describe(function)}")
    if tol is not None and not real(tol) > 0.0:
        raise ValueError(f"tol is a number above 0 or None, got {tol!r}")
    if solve is None:
        from .scipy_roots import BySciPy

        if vectorized:
            raise TypeError("vectorized says something of `solve`; there is none")
        solve = BySciPy(F, bracket, x0, method)
    elif method is not None:
        raise TypeError("method is one of SciPy's, for a bracket or an x0; `solve` has its own")
    made = Implicit(F, solve, tol, vectorized, name)
    if method is None:
        made.bracket, made.x0 = bracket, x0
    return made


class Implicit:
    """An implicit function; `implicit` makes them."""

    bracket = x0 = None  # where to look for many roots at once, if there is one unknown

    def __init__(
        self,
        F: Callable[..., Any],
        solve: Callable[..., Any],
        tol: float | None,
        vectorized: bool,
        name: str | None,
    ) -> None:
        self.F, self.solve, self.tol, self.vectorized = F, solve, tol, vectorized
        own = getattr(F, "__name__", "")
        self.__name__ = name or (own if own.isidentifier() else "solution")
        self.__doc__ = getattr(F, "__doc__", None)
        try:
            seen = signature(F)
            self.__signature__ = seen.replace(parameters=list(seen.parameters.values())[1:])
        except (TypeError, ValueError):  # not every callable tells
            pass
        self._equations: dict[Any, Equation] = {}  # by the structure of theta

    def __repr__(self) -> str:
        return f"<implicit function {self.__name__}>"

    def __call__(self, *theta: Any, **named: Any) -> Any:
        """The solution for these parameters."""
        if named:
            theta, named = by_place(parameters(self.F)[1:], theta, named)
            if named:
                raise TypeError(
                    f"{self.__name__} has no argument {', '.join(named)}, or those before it are "
                    "not given: theta goes to F by place"
                )
        numbers: list[Any] = []
        key = flatten(theta, numbers)
        equation = self._equations.get(key)
        if equation is None:
            equation = Equation(self, key, apart(self._floats)(numbers))
            self._equations[key] = equation
        return equation.solution(numbers)

    def _floats(self, numbers: list[Any]) -> list[float]:
        return [real(plain(x)) for x in numbers]


class Equation:
    """An implicit function for one structure of theta, with the primitive that solves it.

    Args:
        of: the implicit function.
        key: the structure of theta.
        numbers: those of a first theta.

    Attributes:
        unknowns: the structure of x.
        count: how many unknowns there are.
    """

    def __init__(self, of: Implicit, key: Any, numbers: list[float]) -> None:
        self.of, self.key = of, key
        xs: list[Any] = []
        found = apart(self._found)(numbers)
        self.unknowns = flatten(found, xs)
        self.count = len(xs)
        if self.count == 0:
            raise TypeError(
                f"the solver of {of.__name__} must give numbers, alone or in a list, tuple, dict "
                f"or array, got {describe(found)}"
            )
        apart(self._check_outside)([real(plain(x)) for x in xs], numbers)
        operands = ", ".join(f"#{i + 1}" for i in range(len(numbers)))
        latex = r"\operatorname{%s}\left(%s\right)" % (of.__name__.replace("_", r"\_"), operands)
        make: Any = Primitive if self.count == 1 else MultiPrimitive
        several = () if self.count == 1 else (self.count,)
        self.primitive = make(
            of.__name__, self.evaluate, self.partials, *several, latex=latex, vectorized=True
        )
        self.primitive.on_values = of.F

    def __getstate__(self) -> dict[str, Any]:
        """What a pickle keeps: all but the compiled step, which is made anew where it is wanted."""
        return {name: x for name, x in self.__dict__.items() if name != "_compiled_step"}

    def solution(self, numbers: list[Any]) -> Any:
        """x, as Values if there are any among the numbers."""
        if not numbers:
            return unflatten(self.unknowns, iter(self.evaluate_one(())))
        found = self.primitive(*numbers)
        return unflatten(self.unknowns, iter(found if self.count > 1 else (found,)))

    # What the primitive is made of ----------------------------------------------------------------

    def evaluate(self, *operands: Any) -> Any:
        """The unknowns: numbers, or for arrays of operands arrays of them."""
        if all(type(x) is float for x in operands):
            xs: Sequence[Any] = self.evaluate_one(operands)
        else:
            xs = self.evaluate_many(operands)
        return xs if self.count > 1 else xs[0]

    def partials(self, outs: Any, *operands: Any) -> Any:
        """dx/dtheta, by the implicit function theorem."""
        outs = outs if self.count > 1 else (outs,)
        if self.count == 1:
            slope, slopes = grad(self._residual)(list(outs), list(operands))
            return tuple([-div(s, slope[0]) for s in slopes])
        rows = jacobian(self._residuals)(list(outs), list(operands))
        slopes = solve([by_x for by_x, _ in rows], [by_theta for _, by_theta in rows])
        return tuple([tuple([-slope for slope in row]) for row in slopes])

    def evaluate_one(self, numbers: Sequence[float]) -> list[float]:
        """The unknowns for one theta, checked."""
        xs = self._numbers_of(self._found(numbers))
        if self.of.tol is not None:
            self._check(xs, self._step(xs, numbers), numbers)
        return xs

    def evaluate_many(self, columns: Sequence[Any]) -> list[Any]:
        """The unknowns for many thetas, a column of each, checked."""
        if self.of.vectorized:
            xs = self._columns_of(self._found(columns), len(columns[0]))
        elif self.of.bracket is not None or self.of.x0 is not None:
            xs = list(self._roots(columns))
        else:
            points = zip(*[column.tolist() for column in columns])
            xs = list(zip(*[self._numbers_of(self._found(numbers)) for numbers in points]))
        if self.of.tol is not None:
            self._check_many(xs, columns)
        return xs

    def _roots(self, columns: Sequence[Any]) -> Any:
        """The unknowns at many points, by Newton's method; by SciPy where that finds none."""
        import numpy

        def at(xs: Any) -> tuple[Any, Any]:
            found = numpy.array(self._compiled_step.value(*xs, *columns))
            return found[self.count :], found[: self.count]

        try:
            with numpy.errstate(all="ignore"):
                if self.of.bracket is not None:
                    xs = many_roots.between(at, *self._starts(self.of.bracket, columns)[:, None])
                else:
                    find = many_roots.from_starts if self.count == 1 else many_roots.straight_on
                    xs = find(at, self._starts(self.of.x0, columns))
        except Exception:  # F cannot be compiled, say; what is wrong shows at a single point
            xs = numpy.full((self.count, len(columns[0])), numpy.nan)
        for i in numpy.flatnonzero(numpy.isnan(xs).any(axis=0)).tolist():
            xs[:, i] = self._numbers_of(self._found([float(column[i]) for column in columns]))
        return xs

    def _starts(self, where: Any, columns: Sequence[Any]) -> Any:
        """What a bracket or an x0 gives at many points: a row for each of its numbers.

        A function is called with the columns in the place of the numbers, if that gives, for the
        first and the last point, what it gives for numbers; else once for each point.
        """
        import numpy

        points = len(columns[0])

        def at(i: int) -> list[float]:
            found = where
            if callable(where):
                found = where(*unflatten(self.key, iter([float(c[i]) for c in columns])))
            numbers: list[Any] = []
            flatten(found, numbers)
            return [real(x) for x in numbers]

        def together() -> Any:
            rows: list[Any] = []

            def a_column(x: Any) -> Any:
                rows.extend(x.reshape(-1, points) if is_array(x) else [])
                return NUMBER if is_array(x) else None

            flatten(where(*unflatten(self.key, iter(columns))), rows, whole=a_column)
            return numpy.array([numpy.broadcast_to(row, points) for row in rows], float)

        if not callable(where):
            return numpy.repeat(numpy.array(at(0))[:, None], points, axis=1)
        try:
            rows = together()
            if all(numpy.allclose(rows[:, i], at(i), 1e-9, 0.0) for i in (0, points - 1)):
                return rows
        except Exception:  # it has an `if`, say
            pass
        return numpy.array([at(i) for i in range(points)]).T

    # F --------------------------------------------------------------------------------------------

    def _residuals(self, xs: Sequence[Any], numbers: Sequence[Any]) -> list[Any]:
        """What F gives, as many numbers as there are unknowns."""
        x = unflatten(self.unknowns, iter(xs))
        given = self.of.F(x, *unflatten(self.key, iter(numbers)))
        residuals = leaves_of(unwrapped(given))
        for y in residuals:
            if not is_value(y):
                try:
                    real(y)
                except TypeError as error:
                    raise TypeError(f"F of {self.of.__name__} must give numbers: {error}") from None
        if len(residuals) != self.count:
            raise TypeError(
                f"F of {self.of.__name__} must give as many numbers as there are unknowns, "
                f"{self.count}; it gives {len(residuals)}: {describe(given)}"
            )
        return residuals

    def _residual(self, xs: Sequence[Any], numbers: Sequence[Any]) -> Any:
        return self._residuals(xs, numbers)[0]

    def _check_outside(self, xs: list[float], numbers: list[float]) -> None:
        """Raise if F uses Values that are no arguments: their gradient would be lost."""
        Value = engines.Value
        since = Value._begin_run()
        with modes.Mode("recording", True):
            inputs = [Value(x) for x in (*xs, *numbers)]
            residuals = self._residuals(inputs[: self.count], inputs[self.count :])
        results = [y for y in residuals if isinstance(y, Value)]
        if results and any(node._made < since for node in order_since(since, results)):
            raise TypeError(
                f"F of {self.of.__name__} uses a Value from outside, whose gradient would be lost: "
                "give it as an argument, of F and of the implicit function"
            )

    def _newton(self, xs: Sequence[Any], numbers: Sequence[Any]) -> list[Any]:
        """Newton's step from xs to the solution, which is how far it is away; and then F."""
        if self.count == 1:
            y, slope = value_and_grad(self._residual, 0)(list(xs), list(numbers))
            return [div(y, slope[0]), y]
        ys = self._residuals(xs, numbers)
        rows = jacobian(self._residuals, 0)(list(xs), list(numbers))
        return [*solve(rows, ys), *ys]

    def _step(self, xs: Sequence[float], numbers: Sequence[float]) -> list[float]:
        return [plain(step) for step in self._newton(xs, numbers)[: self.count]]

    @cached_property
    def _compiled_step(self) -> Any:
        from .compiler.compile import compile

        def newton(*operands: Any) -> list[Any]:
            return self._newton(operands[: self.count], operands[self.count :])

        return compile(newton, batch="none")

    def _check(self, xs: Sequence[float], steps: Sequence[float], numbers: Sequence[float]) -> None:
        """Raise unless xs are the solution."""
        if any(x != x for x in xs):  # the solver says that there is none
            return
        assert self.of.tol is not None
        far = self.of.tol * max(1.0, *map(abs, xs))
        if all(abs(step) <= far for step in steps):
            return
        ys = [plain(y) for y in self._residuals(xs, numbers)]
        where = f"at {self._at(numbers)}: x = {_text(xs)}, F = {_text(ys)}"
        if not all(map(math.isfinite, steps)) and all(map(math.isfinite, (*xs, *ys))):
            slopes = jacobian(self._residuals, 0)(list(xs), list(numbers))
            raise ImplicitError(
                f"dF/dx of {self.of.__name__} is singular {where}, dF/dx = "
                f"{_text(slopes if self.count > 1 else slopes[0])}; x is no differentiable "
                "function of theta there (tol=None takes it as it is)"
            )
        raise ImplicitError(
            f"the solver of {self.of.__name__} did not solve it {where}, and Newton's step from "
            f"there is {_text(steps)}; ask the solver for more digits, or give another tol"
        )

    def _check_many(self, xs: Sequence[Any], columns: Sequence[Any]) -> None:
        """The same for columns: by a compiled step, unless F cannot be compiled."""
        import numpy

        solved = numpy.array(xs)
        try:
            steps = numpy.array(self._compiled_step.value(*solved, *columns)[: self.count])
        except Exception:  # what is wrong, if anything, shows at a single point
            doubtful = numpy.arange(len(columns[0]))
        else:
            assert self.of.tol is not None
            far = self.of.tol * numpy.maximum(1.0, abs(solved).max(axis=0))
            right = (abs(steps) <= far).all(axis=0) | numpy.isnan(solved).any(axis=0)
            doubtful = numpy.flatnonzero(~right)
        for i in doubtful.tolist():
            x, numbers = solved[:, i].tolist(), [float(column[i]) for column in columns]
            self._check(x, self._step(x, numbers), numbers)

    # The solver -----------------------------------------------------------------------------------

    def _found(self, numbers: Sequence[Any]) -> Any:
        """What the solver gives, where it does not fail."""
        try:
            found = self.of.solve(*unflatten(self.key, iter(numbers)))
        except (ArithmeticError, ValueError, RuntimeError) as error:
            raise self._failed(numbers, f"{type(error).__name__}: {error}") from error
        for solution, success, why in (("root", "converged", "flag"), ("x", "success", "message")):
            if hasattr(found, success) and hasattr(found, solution):  # SciPy's
                if not getattr(found, success):
                    raise self._failed(numbers, getattr(found, why, "not converged"))
                return getattr(found, solution)
        return found

    def _failed(self, numbers: Sequence[Any], why: Any) -> ImplicitError:
        return ImplicitError(
            f"the solver of {self.of.__name__} failed at {self._at(numbers)}: {why}"
        )

    def _at(self, numbers: Sequence[Any]) -> str:
        """theta, by the names that F has for it."""
        theta = unflatten(self.key, iter(numbers))
        names = names_by_place(self.of.F)[1:]
        if len(names) < len(theta):
            names = [f"theta[{i}]" for i in range(len(theta))]
        texts = [" ".join(str(x).split()) for x in theta]
        return ", ".join(
            f"{name} = {text if len(text) <= 60 else text[:57] + '...'}"
            for name, text in zip(names, texts)
        )

    def _numbers_of(self, found: Any) -> list[float]:
        """The unknowns in what the solver gave."""
        xs: list[Any] = []
        if flatten(found, xs) != self.unknowns:
            raise self._misfit(found)
        return [real(plain(x)) for x in xs]

    def _columns_of(self, found: Any, points: int) -> list[Any]:
        """The unknowns in what a vectorized solver gave: an array of each."""
        xs: list[Any] = []

        def an_array(x: Any) -> Any:
            if not is_array(x) or x.shape != (points,):
                return None
            xs.append(x.astype(float))
            return NUMBER

        if is_array(found) and found.shape == (self.count, points) and self.count > 1:
            return list(found.astype(float))
        if flatten(found, [], whole=an_array) != self.unknowns or len(xs) != self.count:
            raise self._misfit(found)
        return xs

    def _misfit(self, found: Any) -> TypeError:
        return TypeError(
            f"the solver of {self.of.__name__} gives another structure than before: "
            f"{describe(found)}, where it was {outline(self.unknowns)}"
        )


def _text(numbers: Any) -> str:
    """Numbers, as short as they can be told apart."""
    several = [f"{x:.6g}" if type(x) is float else _text(x) for x in numbers]
    return several[0] if len(several) == 1 else f"[{', '.join(several)}]"
