"""What an operation is: its value and its partial derivatives, as rules that run on anything.

A `Primitive` is one row of the table in `primitives.py`; `apply` does it on numbers, on Values or
on whatever else brings `_apply` (a Complex, the Symbols of `formulas`). `value_at` and
`partials_at` are what an engine records: the row on floats, with IEEE 754's answer where Python's
arithmetic raises.
"""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence

from . import modes

TYPE_CHECKING = False
if TYPE_CHECKING:  # not at run time: `typing` would be a good part of `import autograd_lite`
    from typing import Any, TypeVar

    Made = TypeVar("Made", bound="Primitive")

ANY = (-5.0, 5.0)
TABLE: dict[str, Primitive] = {}  # by name; `primitives.py` fills it


class RuleSignature:
    """What `inspect.signature` sees of a primitive: its rule's operands, with their defaults."""

    def __get__(self, primitive: Primitive | None, kind: type) -> Any:
        if primitive is None:
            raise AttributeError("the class has the signature of its __init__")
        from inspect import Signature, signature

        rule = getattr(primitive, "_called_like", primitive.partials)
        operands = list(signature(rule).parameters.values())[1:]  # without `out`
        return Signature([operand.replace(annotation=operand.empty) for operand in operands])


class Primitive:
    """One operation: its value, its partial derivatives, and how it is shown.

    Args:
        name: a Python identifier, unique among the primitives in use.
        evaluate: operands (floats) -> the value (a float).
        partials: `(out, *operands)` -> a tuple with d out / d operand for each operand. Its
            argument names and defaults become those of the function. For derivatives of higher
            order it must use only arithmetic, comparisons, `where` and other primitives.
        label: what a card in a drawing shows; `#2` stands for the second operand.
        latex: the formula, with `#1`, `#2` for the operands.
        c: the value as a C expression; without it, `evaluate` is translated.
        domain: for each operand an interval (low, high) where tests may sample.
        plain: the formula as one writes it by hand, `|#1|`; without it, the name and the operands.
        binds: how tightly an infix operator binds in a formula (add 1, mul 2, power 3).
        infix: the sign of Python's operator between two operands, as `+`.
        operator: what Python's module `operator` calls it, as `truediv`. A Value then does it by
            that operator and has no method of the name.
        neutral: the number that, as the last operand, leaves the first one as it is, bit for bit.
        commutative: the two operands may change places.
        arithmetic: one of the four basic operations or the sign, which pictures do not take for
            an activation.
        vectorized: `evaluate` also takes float64 arrays of one length and gives such an array. A
            compiled function then calls it for thousands of samples at once, and traces the rule
            (one that decides by its operands runs on the numbers of each sample).

    Calling it with numbers gives a float; with a Value among the operands, a Value.

    >>> from autograd_lite import Primitive, Value
    >>> cube = Primitive("cube", lambda x: x * x * x, lambda out, x: (3 * x * x,))
    >>> x = Value(2.0)
    >>> y = cube(x)
    >>> y.backward()
    >>> y.data, x.grad
    (8.0, 12.0)
    """

    __module__ = "autograd_lite"
    # Primitives in pickles of version 0.1.0 do not say these.
    plain: str | None = None
    infix: str | None = None
    operator: str | None = None
    neutral: float | None = None
    commutative = arithmetic = vectorized = False
    on_values: Any = None  # the function that a rule differentiates on Values, if it does only that
    unfolds: tuple[Primitive, ...] = ()
    member_of: tuple[Callable[..., Any], tuple[Any, ...]] | None = None  # a family, and which one

    __signature__ = RuleSignature()

    def __init__(
        self,
        name: str,
        evaluate: Callable[..., Any],
        partials: Callable[..., Any],
        *,
        label: str | None = None,
        latex: str | None = None,
        c: str | None = None,
        plain: str | None = None,
        domain: tuple[tuple[float, float], ...] | None = None,
        binds: int = 9,
        infix: str | None = None,
        operator: str | None = None,
        neutral: float | None = None,
        commutative: bool = False,
        arithmetic: bool = False,
        vectorized: bool = False,
    ) -> None:
        if not (isinstance(name, str) and name.isidentifier()):
            raise ValueError(f"a primitive's name must be an identifier, got {name!r}")
        for role, function in (("evaluate", evaluate), ("partials", partials)):
            if not callable(function):
                raise TypeError(f"{role} of {name} must be callable, got {function!r}")
        self.name, self.evaluate, self.partials = name, evaluate, partials
        self.operands, self.defaults, self.variadic = _signature(partials)
        self.custom = True  # not a row of the table
        self.label = label or name
        self.c, self.plain = c, plain
        self.domain = domain or tuple(ANY for _ in self.operands)
        self.binds, self.infix, self.operator = binds, infix, operator
        self.neutral, self.commutative, self.arithmetic = neutral, commutative, arithmetic
        self.vectorized = vectorized
        self.latex = latex or r"\operatorname{%s}\left(%s\right)" % (
            name.replace("_", r"\_"),
            ", ".join(f"#{i + 1}" for i in range(len(self.operands))),
        )
        self.__name__ = name
        self.__doc__ = f"{name}({', '.join(self.operands)}): a primitive; formula {self.latex}"

    def __call__(self, *operands: Any, **named: Any) -> Any:
        if named or (len(operands) != len(self.operands) and not self.variadic):
            operands = self._bind(operands, named)
        return apply(self, operands)

    def _bind(self, operands: tuple[Any, ...], named: Mapping[str, Any]) -> tuple[Any, ...]:
        """All operands in order: those in their places, those by name, the defaults."""
        names, arity = self.operands, len(self.operands)
        bound = dict(zip(names[arity - len(self.defaults) :], self.defaults))
        bound.update(zip(names, operands))
        unknown = [name for name in named if name not in names or name in names[: len(operands)]]
        bound.update(named)
        if unknown or len(bound) != arity or len(operands) > arity:
            raise TypeError(
                f"{self.name}({', '.join(names)}) takes {arity} operand{'s' * (arity > 1)}"
                + f", {len(self.defaults)} of them with a default" * bool(self.defaults)
                + f"; got {len(operands)}"
                + (f" and {', '.join(named)}" if named else "")
            )
        return tuple(bound[name] for name in names)

    def each(self, *sequences: Any) -> list[Any]:
        """The primitive of each entry of a sequence, or of corresponding entries of several.

        >>> from autograd_lite import relu
        >>> relu.each([-1.0, 2.0])
        [0.0, 2.0]
        """
        return [self(*xs) for xs in zip(*_of_one_length(sequences, f"{self.name}.each"))]

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> Any:
        if TABLE.get(self.name) is self:
            return _row, (self.name,)
        return self.member_of or super().__reduce__()


class Reduction(Primitive):
    """A primitive of any number of operands: loops over them from left to right.

    Args:
        folds: the loops, one after another. Each is a `(start, step)`: `step(total, operand)` gives
            the next total; a later loop gets the results of the earlier ones after the operand.
        finish: results of the loops -> the value.
        partial: `(out, operand, *results of the loops)` -> a tuple with d out / d this operand.
        constants: how many of the results, from the first, are constants to differentiation; all
            of them if it is None.
        columns: how many sequences the operands come in, as 2 for a dot product. Then `step` and
            `partial` get one operand of each, and `partial` gives one partial for each.
        empty: the value of no operands; None if there is none.
        unfolds: the operations of two operands that it does one after another: the last joins the
            terms, and one before it makes a term of the operands of each column, as `(mul, add)`
            for a dot product.
    """

    __module__ = "autograd_lite"

    def __init__(
        self,
        name: str,
        *,
        folds: tuple[tuple[float, Callable[..., Any]], ...],
        partial: Callable[..., Any],
        finish: Callable[..., Any] = lambda *results: results[0],
        constants: int | None = None,
        columns: int = 1,
        empty: float | None = None,
        unfolds: tuple[Primitive, ...] = (),
        label: str,
        latex: str,
        domain: tuple[tuple[float, float], ...] = (ANY,),
    ) -> None:
        self.folds, self.finish, self.partial = folds, finish, partial
        self.columns, self.empty, self.constants = columns, empty, constants
        wants_results = partial.__code__.co_argcount > 1 + columns

        def read(operands: Sequence[Any]) -> list[tuple[Any, ...]]:
            n = len(operands) // columns
            return list(zip(*[operands[i * n : (i + 1) * n] for i in range(columns)]))

        def run(loops: Any, each: list[Any], results: list[Any]) -> list[Any]:
            for start, step in loops:
                total = start
                for operand in each:
                    total = step(total, *operand, *results)
                results.append(total)
            return results

        def evaluate(*operands: float) -> float:
            return finish(*run(folds, read(operands), []))  # type: ignore[no-any-return]

        def partials(out: Any, *operands: Any) -> tuple[Any, ...]:
            each = read(operands)
            results: list[Any] = []
            if wants_results:
                run(folds[:constants], read(tuple(map(plain, operands))), results)
                run(folds[len(results) :], each, results)
            shares = [partial(out, *operand, *results) for operand in each]
            return tuple(share[column] for column in range(columns) for share in shares)

        super().__init__(name, evaluate, partials, label=label, latex=latex, domain=domain)
        self.unfolds = unfolds
        if columns == 2:
            self._called_like: Callable[..., Any] = lambda out, xs, ys: ()
        operands = "xs, ys" if columns == 2 else "operands"
        self.__doc__ = f"{name}({operands}): a primitive of any number of operands"

    def __call__(self, *operands: Any, **named: Any) -> Any:
        """`name(a, b, c)` or `name([a, b, c])`; with two columns `name(xs, ys)`."""
        if named:
            raise TypeError(f"{self.name} takes no named operands, got {', '.join(named)}")
        if self.columns > 1:
            operands = self._joined(operands)
        elif len(operands) == 1 and isinstance(operands[0], Iterable):
            operands = tuple(operands[0])
        if not operands:
            if self.empty is None:
                raise ValueError(f"{self.name} of no operands is undefined; give at least one")
            return self.empty
        return apply(self, operands)

    def _joined(self, sequences: tuple[Any, ...]) -> tuple[Any, ...]:
        """The operands of all columns, one column after another."""
        if len(sequences) != self.columns:
            raise TypeError(f"{self.name} takes {self.columns} sequences, got {len(sequences)}")
        columns = _of_one_length(sequences, self.name)
        return tuple(operand for column in columns for operand in column)


def _of_one_length(sequences: Iterable[Iterable[Any]], taker: str) -> list[tuple[Any, ...]]:
    columns = [tuple(column) for column in sequences]
    sizes = [len(column) for column in columns]
    if len(set(sizes)) > 1:
        raise ValueError(f"{taker} takes sequences of one length, got {sizes}")
    return columns


def family(make: Callable[..., Made]) -> Callable[..., Made]:
    """Primitives of one kind, as the derivatives of each order: `make(order)`, each made once.

    A pickle of one names this function of its module, and the order.
    """

    @functools.wraps(make)
    def made(*which: Any) -> Made:
        primitive = make(*which)
        primitive.member_of = member, which
        return primitive

    member = functools.cache(made)
    return member


def _row(name: str) -> Primitive:
    """The row called `name` (pickles of rows refer to it)."""
    return TABLE[name]


def apply(primitive: Primitive, operands: tuple[Any, ...]) -> Any:
    """Do `primitive` on operands of one kind (numbers may stand beside any kind)."""
    numbers: Iterable[Any] = operands
    for operand in operands:
        if type(operand) is not float:
            if (kind := getattr(type(operand), "_apply", None)) is not None:
                return kind(primitive, operands)
            numbers = map(real, operands)
    return value_at(primitive, tuple(numbers)) if primitive.custom else primitive.evaluate(*numbers)


def value_at(op: Primitive, numbers: Sequence[float]) -> float:
    """The value of a primitive on floats."""
    try:
        value = (apart(op.evaluate) if op.custom else op.evaluate)(*numbers)
    except (ArithmeticError, ValueError) as pole:
        value = _beside_pole(op, op.evaluate, numbers, pole)
    return value if type(value) is float else _real(op, value, "value")


def partials_at(op: Primitive, out: float, numbers: Sequence[float]) -> tuple[float, ...]:
    """The partials of a primitive on floats, one per operand; `out` is its value there."""
    try:
        partials = (apart(op.partials) if op.custom else op.partials)(out, *numbers)
    except (ArithmeticError, ValueError) as pole:
        partials = _beside_pole(op, op.partials, (out, *numbers), pole)
    if type(partials) is not tuple or len(partials) != len(numbers):
        raise TypeError(
            f"the rule of {op.name} must return a tuple of {len(numbers)} partial"
            f"{'s' * (len(numbers) != 1)}, one per operand; got {describe(partials)}"
        )
    return tuple([_real(op, p, "partial") for p in partials]) if op.custom else partials


def numbers_of(
    op: Primitive, rule: Callable[..., Any], numbers: Sequence[float], role: str
) -> tuple[float, ...]:
    """What a custom `rule` of `op`, which gives a tuple, gives on floats."""
    try:
        found = apart(rule)(*numbers)
    except (ArithmeticError, ValueError) as pole:
        found = _beside_pole(op, rule, numbers, pole)
    return tuple([_real(op, x, role) for x in found])


def apart(rule: Callable[..., Any]) -> Callable[..., Any]:
    """A custom rule, apart from the trace and the transform in which it is recorded.

    It may use Values of its own, and `grad`, which on these numbers is to give floats.
    """
    busy = modes.nested() or modes.trace() is not None
    return modes.Mode("nested", False)(modes.Mode("trace", None)(rule)) if busy else rule


def _real(op: Primitive, x: Any, role: str) -> float:
    try:
        return real(x)
    except TypeError:
        raise TypeError(f"a {role} of {op.name} must be a number, got {describe(x)}") from None


ieee: Any = None  # a class of numbers whose arithmetic never raises; `value.py` puts its Value here


def _beside_pole(
    op: Primitive, rule: Callable[..., Any], numbers: Sequence[float], pole: Exception
) -> Any:
    """`rule` once more with the arithmetic of IEEE 754, where Python's has raised `pole`."""
    with modes.Mode("trace", None), modes.no_grad():
        try:
            result = rule(*map(ieee, numbers))
        except TypeError:  # a custom primitive that calls `math` cannot run on Values
            at = ", ".join(map(str, numbers))
            raise type(pole)(f"{op.name} failed at {at}: {pole}") from pole
        return tuple(map(plain, result)) if isinstance(result, tuple) else plain(result)


def _signature(rule: Callable[..., Any]) -> tuple[tuple[str, ...], tuple[float, ...], bool]:
    """The names of a rule's operands, their defaults, and whether it takes any number of them."""
    if type(rule) is type(_signature):  # a plain function; `inspect` is slow to import
        code = rule.__code__
        names = code.co_varnames[1 : code.co_argcount]
        return names, rule.__defaults__ or (), bool(code.co_flags & 0x04)
    import inspect

    parameters = list(inspect.signature(rule).parameters.values())[1:]
    fixed = [p for p in parameters if p.kind == p.POSITIONAL_OR_KEYWORD]
    defaults = tuple(p.default for p in fixed if p.default is not p.empty)
    return tuple(p.name for p in fixed), defaults, len(fixed) < len(parameters)


def real(x: Any) -> float:
    """`x` as a float; a TypeError that says what came if it is not one real number."""
    if type(x) is float:
        return x
    if type(x) is int:
        return float(x)
    complex_number = isinstance(x, numbers.Complex) and not isinstance(x, numbers.Real)
    kind = getattr(getattr(x, "dtype", None), "kind", "f")  # of NumPy: bool, int, unsigned, float
    if complex_number or kind not in "biufO" or not hasattr(type(x), "__float__"):
        hint = "; a pair of real ones is an autograd_lite.Complex" if complex_number else ""
        if hasattr(x, "conjugate") and hasattr(type(x), "is_no_value"):
            hint = ": give its parts z.real and z.imag"
        raise TypeError(f"expected a real number, got {describe(x)}{hint}")
    if getattr(x, "shape", ()) != ():
        if x.size != 1:
            raise TypeError(f"expected one real number, got {describe(x)}")
        return real(x.item())
    return float(x)


def describe(x: Any) -> str:
    """What `x` is, in a few words, for an error message."""
    if x is None:
        return "None"
    kind = type(x).__name__
    if getattr(x, "shape", ()) != ():
        return f"{kind} of shape {x.shape}"
    if isinstance(x, (list, tuple, dict, set)):
        return f"{kind} of length {len(x)}"
    with modes.Mode("trace", None):  # where a Value has no text
        text = " ".join((x._described() if is_value(x) else repr(x)).split())
    return f"{kind} {text if len(text) <= 40 else text[:37] + '...'}"


def where(condition: Any, x: Any, y: Any) -> Any:
    """`x` if `condition` holds, else `y`; the branch not taken contributes nothing.

    On Values this gives the chosen branch itself, so a derivative never sees the other one, not
    even where it is infinite. If either branch is a Value, so is the result.

    >>> from autograd_lite import Value, sqrt, where
    >>> x = Value(0.0)
    >>> y = where(x > 0, sqrt(x), 0.0)
    >>> y.backward()
    >>> y.data, x.grad
    (0.0, 0.0)
    """
    if type(condition) is not bool and (choose := getattr(type(condition), "_where", None)):
        return choose(condition, x, y)
    chosen, other = (x, y) if condition else (y, x)
    if type(other) is not float and is_value(other) and not is_value(chosen):
        return type(other)(chosen)
    return chosen


def plain(x: Any) -> float:
    """The number behind a Value, or the number itself.

    In a trace it is a Value that passes no gradient on, for the number differs from call to call.
    """
    return x if type(x) is float or not is_value(x) else x.data  # type: ignore[no-any-return]


def is_value(x: Any) -> bool:
    """Whether `x` is a Value of any engine: it does primitives, and is one number.

    A Symbol does primitives, too, but is only a name; a Complex is two numbers.

    >>> from autograd_lite import Value
    >>> from autograd_lite.primitive import is_value
    >>> is_value(Value(2.0)), is_value(2.0)
    (True, False)
    """
    return hasattr(type(x), "_apply") and not hasattr(type(x), "is_no_value")
