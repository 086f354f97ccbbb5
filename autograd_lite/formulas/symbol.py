"""Symbol: an operand that is only a name, so that running a rule on it gives a formula.

The rules of the table are plain arithmetic, so they run on Symbols as they do on numbers. The
result is a small tree, which a dialect writes: as Python, C, LaTeX or as one writes it by hand.

>>> from autograd_lite.primitives import TABLE
>>> from autograd_lite.formulas.symbol import partials_of
>>> [str(p) for p in partials_of(TABLE["sqrt"])]
['0.5 / out']
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from ..primitive import Primitive, Reduction
from ..primitives import TABLE
from .c import C
from .dialect import fold as fold
from .latex import LATEX
from .plain import PLAIN
from .python import PYTHON

Kind = TypeVar("Kind", bound=type)

c_text, latex_text, plain_text, python_text = C.text, LATEX.text, PLAIN.text, PYTHON.text


class Symbol:
    """A name, or an operation on Symbols and numbers.

    Args:
        name: how the Symbol is written; for a leaf.
    """

    __slots__ = ("args", "name", "op")
    is_no_value = True  # see `is_value`

    def __new__(cls, name: Any) -> Any:
        """A number stays one: `where` asks for a Symbol of it if the other branch is a Symbol."""
        return super().__new__(cls) if isinstance(name, str) else name

    def __init__(self, name: str) -> None:
        self.name = name
        self.op: Primitive | str | None = None  # a str for a comparison or "where"
        self.args: tuple[Any, ...] = ()

    @staticmethod
    def _apply(op: Primitive | str, operands: tuple[Any, ...]) -> Symbol:
        node = Symbol("")
        node.op, node.args = op, operands
        return node

    def _where(self, x: Any, y: Any) -> Symbol:
        return self._apply("where", (self, x, y))

    @classmethod
    def _iterate(cls, step: Callable[..., Any], start: Sequence[Any], most: int) -> list[Symbol]:
        """The results of a loop: see `iterate`."""
        loop = Loop(step, len(start), most)
        node = cls._apply(loop, (*start, *loop.invariants))  # type: ignore[arg-type]
        return [cls._apply(f"result {i}", (node,)) for i in range(len(start))]

    def __str__(self) -> str:
        return python_text(self)

    __repr__ = __str__

    def __bool__(self) -> bool:
        raise TypeError(
            "a rule was run on names to get its formula, and a name is neither true nor false: "
            "use where(condition, x, y) instead of `if`, and the primitives max and min"
        )


class Loop:
    """The operation whose operands are the first results of a loop, and its invariants.

    Attributes:
        counter, state: the names of what a step gets; whoever writes the loop chooses them.
        going, results: what it makes of that.
        most: after so many steps that want to go on, the results are nan.
        invariants: the largest parts of a step that are the same in each.
    """

    def __init__(self, step: Callable[..., Any], count: int, most: int) -> None:
        self.counter, self.most = Symbol(""), most
        self.state = [Symbol("") for _ in range(count)]
        self.going, *self.results = step(self.counter, *self.state)
        self.invariants: list[Any] = []
        changing = {id(x) for x in (self.counter, *self.state)}
        listed: set[int] = set()

        def keep(nodes: Iterable[Any]) -> None:
            for x in nodes:
                operation = getattr(x, "op", None) is not None
                if operation and not {id(x)} & (changing | listed):
                    listed.add(id(x))
                    self.invariants.append(x)

        def changes(node: Any, _: Any = None) -> None:
            if any(id(x) in changing for x in node.args):
                changing.add(id(node))
                keep(node.args)

        roots = (self.going, *self.results)
        for root in roots:
            fold(root, changes, lambda leaf: None)
        keep(roots)

    def with_invariants(self, written: Callable[[Any], Symbol]) -> list[Any]:
        """What says whether to go on, and the results, with other formulas for the invariants."""
        fixed = {id(x): written(x) for x in self.invariants}
        known: dict[int, Any] = {}

        def operation(node: Any, operands: list[Any]) -> Any:
            if id(node) not in known:
                again = Symbol._apply(node.op, tuple(operands))
                known[id(node)] = fixed.get(id(node), again)
            return known[id(node)]

        return [fold(root, operation, lambda x: x) for root in (self.going, *self.results)]


def _method(op: Primitive | str, reflected: bool = False) -> Callable[..., Any]:
    if reflected:
        return lambda self, other: self._apply(op, (other, self))
    return lambda self, *others: self._apply(op, (self, *others))


def arithmetic(kind: Kind) -> Kind:
    """A class decorator: Python's operators do the rows of the table by `_apply`."""
    own = {*vars(kind)}
    for row in TABLE.values():  # the last row of an operator serves: `pow` takes any exponent
        if row.operator and f"__{row.operator}__" not in own:
            setattr(kind, f"__{row.operator}__", _method(row))
            if row.infix:
                setattr(kind, f"__r{row.operator}__", _method(row, reflected=True))
    return kind


arithmetic(Symbol)
for _name, _sign in (("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">=")):
    setattr(Symbol, f"__{_name}__", _method(_sign))


def symbols(names: Iterable[str]) -> tuple[Symbol, ...]:
    """A Symbol for each name."""
    return tuple(map(Symbol, names))


# Running the rules --------------------------------------------------------------------------------


def value_of(row: Primitive) -> Any:
    """The value of `row` as a formula in its operands."""
    return Symbol._apply(row, symbols(row.operands))


def partials_of(row: Primitive) -> tuple[Any, ...]:
    """The partials of `row` as formulas in `out` and its operands.

    Of a Reduction: with respect to the operand x (and y) that it reads at one step.
    """
    out = Symbol("out")
    if isinstance(row, Reduction):
        folds = Folds(row, "xy")
        return folds.partials(out, folds.operands)
    return tuple(row.partials(out, *symbols(row.operands)))


class Folds:
    """The passes of a Reduction over its operands, as formulas.

    Attributes:
        operands: the names of the operand of each column that a step reads.
        results: the names of the results of the passes.
        starts, steps: what each pass starts from, and what it makes of each operand.
        finish: the value of the row.
        used: how many of the results the partials use.
    """

    def __init__(self, row: Reduction, names: Sequence[str] = ("x_i", "y_i")) -> None:
        self.row = row
        self.operands = symbols(names[: row.columns])
        self.results = symbols(f"fold{k}" for k in range(len(row.folds)))
        self.starts = [start for start, _ in row.folds]
        self.steps = [
            step(self.results[k], *self.operands, *self.results[:k])
            for k, (_, step) in enumerate(row.folds)
        ]
        self.finish = row.finish(*self.results)
        self.used = row.partial.__code__.co_argcount - 1 - row.columns

    def partials(self, out: Symbol, operands: Sequence[Any]) -> tuple[Any, ...]:
        """The partials with respect to one operand of each column."""
        return tuple(self.row.partial(out, *operands, *self.results[: self.used]))
