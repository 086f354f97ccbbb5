"""Derivatives of plain Python functions: grad, value_and_grad, jacobian, hessian, hvp, jvp.

An argument is a number, or a structure of numbers: a list, tuple, named tuple, dict, dataclass or
array, nested as you like. A derivative has the structure of the argument: floats where numbers
were, a float64 array where an array was, and None where there was no number at all (a string, True,
None, a model). The function gets arrays as NumPy arrays of Values, so that `x[0, 1]`, `x.sum()`,
`a @ b` and `np.exp(x)` work, and may return such arrays.

Derivatives are taken with respect to all arguments: of a function of one argument the derivative
is that argument's, of several it is a tuple. `argnums=0` takes the first alone, `argnums=(0, 2)` a
tuple of two; the other arguments are data, and reach the function as they are. (In JAX 0 is the
default.)
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from . import derivatives, engines, lost_paths, modes
from .primitive import describe, is_value, plain, real
from .primitives import dot
from .structure import (
    NUMBER,
    array_of,
    as_numpy,
    by_place,
    checked,
    chosen,
    each,
    entries_of,
    flatten,
    flatten_like,
    is_array,
    parameters,
    unflatten,
    unwrapped,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


NONE: Any = ()  # no Values, no tangents


# One run of the function --------------------------------------------------------------------------


class _Run:
    """A call of `f` on fresh Values, and what to make of its derivatives.

    Inside another transform or a compiled function, and for arguments that are Values themselves,
    the results stay Values that can be differentiated further; otherwise they are floats, and it is
    told if a path is lost by that.

    Args:
        single: whether derivatives are those of one argument, and not in a tuple; None: find out.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        args: tuple[Any, ...],
        named: dict[str, Any],
        argnums: int | tuple[int, ...] | None,
        single: bool | None = None,
    ) -> None:
        if named:
            args, named = by_place(parameters(f), args, named)
        self.f, self.args, self.named = f, args, named
        wanted: dict[Any, Any] = {i: args[i] for i in chosen(argnums, len(args))}
        if argnums is None:
            wanted |= named
        if not wanted:
            raise TypeError(
                f"{_name(f)} was called without an argument to differentiate with respect to"
            )
        if argnums is not None:
            single = isinstance(argnums, int)
        self.single = len(wanted) == 1 if single is None else single
        self.numbers: list[Any] = []
        self.keys = {name: flatten(x, self.numbers) for name, x in wanted.items()}
        first = next(iter(self.keys.values()))
        # a list of numbers, as are then the derivatives
        self.is_list = self.single and first[0] == "list" and first.count(NUMBER) == len(first) - 1
        if not self.numbers and _has_constant(self.keys.values()):
            raise TypeError(
                f"{_name(f)} is differentiated with respect to numbers, alone or in lists, tuples, "
                f"dicts, dataclasses and arrays: expected a real number, got "
                f"{', '.join(map(describe, wanted.values()))}"
            )
        # In a trace f's result may differ from call to call, even where the arguments are constant.
        inside = modes.nested() or modes.trace() is not None
        self.nested = inside or _any_value(self.numbers)
        self.uses_outside = False  # whether floats depend on Values made before this run
        self.told = not modes.recording()  # of a path that is lost; under no_grad it is meant

    def tangents(self, tangents: Any) -> list[Any]:
        """The tangent of each number."""
        found: list[Any] = []
        parts = each(tangents, len(self.keys), self.single)
        for i, (key, part) in enumerate(zip(self.keys.values(), parts)):
            flatten_like(key, part, found, "tangents" if self.single else f"tangents[{i}]")
        self.nested = self.nested or _any_value(found)
        return found

    def call(self) -> Any:
        """The result of f on fresh Values, the inputs."""
        Value = engines.Value

        self.since = Value._begin_run()
        with modes.recorded():
            # `1.0 * x` is a node of its own: this run must not take its argument for the outer one
            self.inputs = [1.0 * x if isinstance(x, Value) else Value(x) for x in self.numbers]
            fresh = iter(self.inputs)
            args, named = list(self.args), dict(self.named)
            for name, key in self.keys.items():
                place: Any = named if isinstance(name, str) else args
                place[name] = unflatten(key, fresh)
            known = derivatives.as_inputs(self.inputs) if self.nested else modes.NO_CHANGE
            with modes.Mode("nested", True), known:
                try:
                    return self.f(*args, **named)
                except (TypeError, ValueError) as error:
                    if "ufunc" in str(error) or "object" in str(error):  # NumPy's and SciPy's
                        from . import ufuncs

                        if refused := ufuncs.refusal(error):
                            raise refused from error
                    raise

    def scalar(self) -> Any:
        """The result of f, which is one Value."""
        Value = engines.Value

        result = self.call()
        if isinstance(result, Value):
            return result
        result = unwrapped(result)
        try:
            return result if isinstance(result, Value) else Value(result)
        except TypeError:
            raise TypeError(
                f"{_name(self.f)} must return one Value or number, got {describe(result)}; "
                "use jacobian for several results"
            ) from None

    def slopes(self, y: Any, create_graph: bool = False) -> list[Any]:
        """d y / d input, for each input; y may be a number."""
        Value = engines.Value

        y = y if isinstance(y, Value) else Value(y)
        if create_graph or self.nested:
            with modes.recorded():
                return derivatives.gradients_since(self.since, y, self.inputs, True)[0]
        return self.float_rows([y])[0]

    def float_rows(self, ys: list[Any]) -> list[list[float]]:
        """The derivatives of each Value as floats."""
        rows, uses_outside = derivatives.rows_since(self.since, ys, self.inputs)
        if uses_outside:
            self.check(ys)
        return rows

    def rates(self, ys: list[Any], directions: Sequence[list[Any]]) -> list[list[Any]]:
        """For each direction, how fast each result changes; a result may be a number."""
        Value = engines.Value

        results = [y for y in ys if isinstance(y, Value)]
        rates: list[list[Any]] = [[] for _ in directions]
        zero: Any = 0.0
        if self.nested:
            zero = Value(zero)
            if results:
                with modes.recorded():
                    rates = derivatives.value_rates(self.since, results, self.inputs, directions)
        else:
            for k, tangents in enumerate(directions):
                rates[k], uses_outside = derivatives.rates_since(
                    self.since, results, self.inputs, tangents
                )
            if directions and uses_outside:
                self.check(results)
        found = map(iter, rates)
        return [[next(rate) if isinstance(y, Value) else zero for y in ys] for rate in found]

    def gradients(self, ys: list[Any]) -> list[list[Any]]:
        """The gradient of each result: in forward mode where there are fewer inputs."""
        n = len(self.inputs)
        if n == 0:
            return [[] for _ in ys]
        if n >= len(ys):
            if self.nested:
                return list(map(self.slopes, ys))
            Value = engines.Value

            return self.float_rows([y if isinstance(y, Value) else Value(y) for y in ys])
        directions = [[0.0] * k + [1.0] + [0.0] * (n - 1 - k) for k in range(n)]
        return list(map(list, zip(*self.rates(ys, directions))))

    def check(self, results: list[Any]) -> None:
        """Tell if derivatives of the results, which use Values made before, depend on them."""
        self.uses_outside = True
        if not self.told and lost_paths.depend_on_outside(results, self.inputs, self.since):
            self.tell()

    def tell(self) -> None:
        """Warn, once, that floats depend on Values made before this run."""
        if not self.told:
            self.told = True
            lost_paths.warn(_name(self.f))

    def shaped(self, leaves: list[Any]) -> Any:
        """`leaves`, one per input, in the structure of the arguments."""
        if self.is_list:
            return leaves
        values = iter(leaves)
        found = tuple([unflatten(key, values, constants=False) for key in self.keys.values()])
        return found[0] if self.single else found


def _name(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", repr(f))


def _any_value(numbers: list[Any]) -> bool:
    return not set(map(type, numbers)) <= {float, int} and any(map(is_value, numbers))


def _has_constant(keys: Iterable[Any]) -> bool:
    return any(
        key != NUMBER and (key[0] == "constant" or _has_constant(entries_of(key))) for key in keys
    )


# The transforms -----------------------------------------------------------------------------------


def value_and_grad(f: Callable[..., Any], argnums: Any = None) -> Callable[..., tuple[Any, Any]]:
    """A function that gives `(f(...), gradient of f)`; see `grad`.

    >>> from autograd_lite import value_and_grad
    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """

    def both(run: _Run) -> tuple[Any, Any]:
        y = run.scalar()
        slopes = run.slopes(y)
        if run.uses_outside:  # so that the value does, whether or not the slopes do
            run.tell()
        return y if run.nested else y.data, run.shaped(slopes)

    return _of_arguments("value_and_grad", f, argnums, both)


def grad(f: Callable[..., Any], argnums: Any = None) -> Callable[..., Any]:
    """A function that gives the derivatives of `f` with respect to its arguments.

    The gradient of a function; that of a graph of Values is `gradients`.

    Args:
        f: returns one Value (or number). It may use operators, the functions of this package, NumPy
            on arrays, and Python's control flow.
        argnums: with respect to which arguments: a place (from 0, or from -1 backwards), a tuple of
            places, or None for all of them. The others are data, of any kind.

    Returns:
        A function of the same arguments. For one argument it gives a derivative of that
        argument's structure; for several, and for a tuple of places, a tuple. Numbers in, floats
        out; an array in, a float64 array out; None for what is no number. It may be nested:
        `grad(grad(f))` is the second derivative. Values in, Values out, which depend on all that f
        used; where floats lose a path to a Value from outside, a `LostPathWarning` says so.

    Raises:
        TypeError: f returns something else, or there is no number to differentiate with respect to.
        ValueError: argnums does not fit the call.

    >>> from autograd_lite import grad, sin
    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(sin))(0.0)
    -0.0
    >>> grad(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 5.0})
    {'a': 5.0, 'b': 2.0}
    >>> grad(lambda x, y: x * y)(2.0, 5.0)
    (5.0, 2.0)
    >>> grad(lambda x, n: x**n if n > 0 else 1.0, argnums=0)(2.0, 3)
    12.0
    """
    return _of_arguments("grad", f, argnums, lambda run: run.shaped(run.slopes(run.scalar())))


def jacobian(f: Callable[..., Any], argnums: Any = None) -> Callable[..., Any]:
    """A function that gives, in the structure of f's result, the gradient of each entry of it.

    For a function from a list of n numbers to a list of m: m rows of n columns. They are computed
    row by row, by a backward pass for each, or column by column (forward mode) if these are fewer.
    Where f returns an array of shape S, a number among the arguments has a derivative of shape S,
    an array of shape T one of shape S + T; see `grad` for `argnums` and the rest.

    >>> from autograd_lite import jacobian
    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """

    def rows(run: _Run) -> Any:
        results: list[Any] = []

        def an_array(x: Any) -> Any:
            """Arrays are taken as a whole, to be stacked."""
            if not is_array(x):
                return None
            results.append(as_numpy(x))
            return NUMBER

        key = flatten(run.call(), results, whole=an_array)
        ys = [y for x in results for y in (x.ravel().tolist() if is_array(x) else (x,))]
        gradients = iter(run.gradients(ys))

        def shaped(x: Any) -> Any:
            """The gradient of one result; of an array of them, its gradients as arrays."""
            if not is_array(x):
                return run.shaped(next(gradients))
            slopes = [g for gradient in islice(gradients, x.size) for g in gradient]
            stacked = array_of(slopes, (*x.shape, len(run.inputs)))
            return run.shaped([stacked[..., i] for i in range(len(run.inputs))])

        return unflatten(key, map(shaped, results), constants=False)

    return _of_arguments("jacobian", f, argnums, rows)


def hessian(f: Callable[..., Any], argnums: Any = None) -> Callable[..., Any]:
    """A function that gives the second derivatives of `f`: for a list of n numbers, n rows of n.

    In general the structure of the arguments, with at each entry a gradient of that entry's
    derivative; a single number for a function of one number, and for an array of shape T an array
    of shape T + T.

    >>> from autograd_lite import hessian
    >>> hessian(lambda x: x[0] * x[0] * x[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(a_function("hessian", f), argnums), argnums)


def hvp(f: Callable[..., Any], argnums: Any = None) -> Callable[..., Any]:
    """A function `(arguments, tangents) -> ` the Hessian of `f` times the tangents.

    Costs a few evaluations of f, without computing the Hessian. Of one argument of f give that
    argument and its tangent; of several, two tuples (a tuple is always several arguments, also if
    it holds just one). With `argnums` all arguments are given, and the tangents of those that it
    names: for an int one tangent, for a tuple a tuple. The product has the same form.

    Raises:
        ValueError: the tangents do not have the structure of the arguments.

    >>> from autograd_lite import hvp
    >>> hvp(lambda x: x[0] * x[0] * x[1])([3.0, 5.0], [1.0, 0.0])
    [10.0, 6.0]
    >>> hvp(lambda x, y: x * x * y)((3.0, 5.0), (1.0, 0.0))
    (10.0, 6.0)
    >>> hvp(lambda x, n: x**n, argnums=0)((3.0, 3), 1.0)
    18.0
    """

    def product(run: _Run, rates: list[Any]) -> Any:
        slopes = run.slopes(run.scalar(), create_graph=True)
        with modes.recorded():
            rate = dot(slopes, rates)
        return run.shaped(run.slopes(rate))

    return _of_tangents(a_function("hvp", f, "f)(x, tangents"), argnums, product)


def jvp(y: Any, xs: Any = NONE, tangents: Any = NONE, *, argnums: Any = None) -> Any:
    """How fast a result changes when what it depends on changes at given rates (forward mode).

    Of a function: `jvp(f)` is a function of arguments and tangents. It gives the rate of each entry
    of f's result, in its structure. Arguments, tangents and argnums are those of `hvp`.

    Of a graph: `jvp(y, xs, tangents)` is the rate of the Value `y` when each of the Values `xs`
    changes at the rate of its tangent. The tangents are pushed forward through the recorded graph;
    the gradient is not computed.

    Raises:
        ValueError: the tangents do not have the structure of the arguments; not one for each x.

    >>> from autograd_lite import Value, jvp
    >>> jvp(lambda x: [x[0] * x[1], x[0] + x[1]])([2.0, 5.0], [1.0, 10.0])
    [25.0, 11.0]
    >>> a, b = Value(2.0), Value(5.0)
    >>> jvp(a * b, [a, b], [1.0, 10.0])
    25.0
    """
    if is_value(y):
        return _rate_of(y, xs, tangents)
    if not callable(y) or xs is not NONE or tangents is not NONE:
        raise TypeError(
            "jvp takes a function, as in jvp(f)(x, tangents), or a Value and the Values it depends "
            f"on, as in jvp(y, xs, tangents); got {describe(y)}"
        )

    def moved(run: _Run, rates: list[Any]) -> Any:
        results: list[Any] = []
        key = flatten(run.call(), results)
        return unflatten(key, iter(run.rates(results, [rates])[0]))

    return _of_tangents(y, argnums, moved)


def _rate_of(y: Any, xs: Sequence[Any], tangents: Sequence[Any]) -> float:
    if len(xs) != len(tangents):
        raise ValueError(f"jvp wants one tangent for each x, got {len(tangents)} for {len(xs)}")
    if not all(isinstance(x, type(y)) for x in xs):
        raise TypeError("the xs of jvp must be Values of y's engine")
    trace = modes.trace()
    if trace is None:
        return derivatives.rates_since(0, [y], xs, tangents)[0][0]
    moving = [plain(t) if is_value(t) else real(t) for t in tangents]
    return trace.detached(derivatives.value_rates(0, [y], xs, [moving])[0][0])  # type: ignore[no-any-return]


def a_function(transform: str, f: Any, usage: str = "f)(x") -> Callable[..., Any]:
    """What a transform is called with; a TypeError if it is no function."""
    if not callable(f):
        raise TypeError(
            f"{transform} takes a function, as in {transform}({usage}); of a Value take "
            f"y.backward() or gradients(y, x); got {describe(f)}"
        )
    return f  # type: ignore[no-any-return]


def _of_arguments(
    transform: str, f: Any, argnums: Any, result_of: Callable[[_Run], Any]
) -> Callable[..., Any]:
    """A function of the arguments of `f`: what `result_of` makes of a run on them."""
    f, argnums = a_function(transform, f), checked(argnums)

    @functools.wraps(f)
    def transformed(*args: Any, **named: Any) -> Any:
        return result_of(_Run(f, args, named, argnums))

    return transformed


def _of_tangents(
    f: Any, argnums: Any, result_of: Callable[[_Run, list[Any]], Any]
) -> Callable[..., Any]:
    """The same of arguments and their tangents."""
    argnums = checked(argnums)

    @functools.wraps(f)
    def transformed(args: Any, tangents: Any) -> Any:
        several = type(args) is tuple
        run = _Run(f, args if several else (args,), {}, argnums, single=not several)
        return result_of(run, run.tangents(tangents))

    return transformed
