"""Symbol: an operand that is only a name, so that running a rule on it gives a formula.

The rules of the table are plain arithmetic, so they run on Symbols as they do on numbers. The
result is a small tree that can be written as C, as LaTeX, as Python or as one writes it by hand.

>>> from autograd_lite.primitives import TABLE
>>> from autograd_lite.formulas.symbol import partials_of
>>> [str(p) for p in partials_of(TABLE["tanh"])]
['1.0 - out * out']
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence

from ..primitive import Primitive, Reduction
from ..primitives import TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    Result = TypeVar("Result")

SUPERSCRIPTS = str.maketrans("-−0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LEAF = 10  # binds tighter than any operation
COMPARISON = 0


class Symbol:
    """A name, or an operation on Symbols and numbers.

    Args:
        name: how the Symbol is written; for a leaf.
    """

    __slots__ = ("args", "name", "op")

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

    def __str__(self) -> str:
        return python_text(self)

    __repr__ = __str__

    def __bool__(self) -> bool:
        raise TypeError(
            "a rule was run on names to get its formula, and a name is neither true nor false: "
            "use where(condition, x, y) instead of `if`, and the primitives max and min"
        )

    def __rpow__(self, base: Any) -> Symbol:
        return self._apply(TABLE["pow"], (base, self))

    def __abs__(self) -> Symbol:
        return self._apply(TABLE["abs"], (self,))

    def __neg__(self) -> Symbol:
        return self._apply(TABLE["neg"], (self,))

    def __pow__(self, exponent: Any) -> Symbol:
        return self._apply(TABLE["pow"], (self, exponent))


def _operator(op: Primitive | str, flipped: bool = False) -> Callable[[Any, Any], Symbol]:
    if flipped:
        return lambda self, other: Symbol._apply(op, (other, self))
    return lambda self, other: Symbol._apply(op, (self, other))


OPERATORS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "div": "truediv",
    "mod": "mod",
    "floordiv": "floordiv",
}
for _name, _dunder in OPERATORS.items():
    setattr(Symbol, f"__{_dunder}__", _operator(TABLE[_name]))
    setattr(Symbol, f"__r{_dunder}__", _operator(TABLE[_name], flipped=True))
for _name, _sign in (("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">=")):
    setattr(Symbol, f"__{_name}__", _operator(_sign))


def symbols(names: Iterable[str]) -> tuple[Symbol, ...]:
    """A Symbol for each name."""
    return tuple(map(Symbol, names))


def value_of(row: Primitive) -> Any:
    """The value of `row` as a formula in its operands."""
    return Symbol._apply(row, symbols(row.operands))


def partials_of(row: Primitive) -> tuple[Any, ...]:
    """The partials of `row` as formulas in `out` and its operands.

    Of a Reduction: the partials by the operand x (and y) that it reads at one step.
    """
    out = Symbol("out")
    if isinstance(row, Reduction):
        columns = symbols("xy"[: row.columns])
        folds = symbols(
            f"fold{i}" for i in range(row.partial.__code__.co_argcount - 1 - row.columns)
        )
        return tuple(row.partial(out, *columns, *folds))
    return tuple(row.partials(out, *symbols(row.operands)))


# Writing a tree -----------------------------------------------------------------------------------


def fold(
    root: Any, word: Callable[[Any, list[Result]], Result], leaf: Callable[[Any], Result]
) -> Result:
    """`word(node, results of its operands)` from the leaves up; iterative, so any depth will do."""
    done: dict[int, Result] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        if not isinstance(node, Symbol) or node.op is None:
            done[id(node)] = leaf(node)
            stack.pop()
            continue
        waiting = [x for x in node.args if id(x) not in done]
        if waiting:
            stack += waiting
        else:
            done[id(node)] = word(node, [done[id(x)] for x in node.args])
            stack.pop()
    return done[id(root)]


def _binding(x: Any) -> int:
    if not isinstance(x, Symbol):
        return LEAF if x >= 0 else 1
    return x.op.binds if isinstance(x.op, Primitive) else COMPARISON if x.op else LEAF


def _fill(template: str, texts: Sequence[str]) -> str:
    def operand(match: re.Match[str]) -> str:
        i = int(match[1]) - 1
        return texts[i] if 0 <= i < len(texts) else match[0]

    return re.sub(r"#(\d)", operand, template)


def _fill_infix(template: str, node: Any, texts: Sequence[str]) -> str:
    """`template` with operands in parentheses where they bind too loosely and stand open."""
    own = node.op.binds

    def operand(match: re.Match[str]) -> str:
        i = int(match[1]) - 1
        if not 0 <= i < len(texts):
            return match[0]  # a formula of the user's own that names an operand it has not
        before, bind = template[: match.start()], _binding(node.args[i])
        if before.endswith(("{", "(", ", ")):
            return texts[i]
        needed = 2 if own > 3 else own + (i > 0 or own == 3)
        return texts[i] if bind >= needed else rf"\left({texts[i]}\right)"

    return re.sub(r"#(\d)", operand, template)


def number_text(x: Any) -> str:
    """A number for a formula: short, and exact when read back as Python or C."""
    return repr(float(x)) if math.isfinite(x) else str(float(x))


def latex_leaf(x: Any) -> str:
    """A name or a number in LaTeX."""
    if isinstance(x, Symbol):
        return x.name if len(x.name) == 1 else r"\mathrm{%s}" % x.name.replace("_", r"\_")
    if x != x:
        return r"\mathrm{nan}"
    mantissa, _, exponent = f"{x:g}".replace("inf", r"\infty").partition("e")
    if not exponent:
        return mantissa
    digits = rf"{mantissa} \cdot " if abs(float(mantissa)) != 1.0 else mantissa[:-1]
    return rf"{digits}10^{{{int(exponent)}}}"


def latex_text(tree: Any, leaf: Callable[[Any], str] = latex_leaf) -> str:
    """The formula in LaTeX, without dollar signs; `leaf` writes its names and numbers."""

    def word(node: Symbol, texts: list[str]) -> str:
        if node.op == "where":
            begin, end = r"\begin{cases}", r"\end{cases}"
            other = rf"{texts[2]} & \text{{else}}"
            if isinstance(node.args[2], Symbol) and node.args[2].op == "where":  # one list of cases
                other = texts[2].removeprefix(begin).removesuffix(end)
            return rf"{begin}{texts[1]} & {texts[0]}\\{other}{end}"
        if isinstance(node.op, str):
            sign = {"<=": r"\le", ">=": r"\ge"}.get(node.op, node.op)
            return f"{texts[0]} {sign} {texts[1]}"
        assert node.op is not None
        if isinstance(node.op, Reduction):
            return _fill(node.op.latex, [", ".join(texts)])
        return _fill_infix(node.op.latex, node, texts)

    return fold(tree, word, leaf)


def python_text(tree: Any, total: bool = False) -> str:
    """The formula in Python, with the names of the primitives.

    Args:
        total: no operator that could raise on floats where its primitive gives inf or nan.
    """
    infix = {"add": "+", "sub": "-", "mul": "*", "div": "/", "mod": "%", "floordiv": "//"}

    def binding(x: Any) -> int:  # `where` is a call
        return LEAF if isinstance(x, Symbol) and x.op == "where" else _binding(x)

    def word(node: Symbol, texts: list[str]) -> str:
        if isinstance(node.op, str):
            if node.op == "where":
                return f"where({', '.join(texts)})"
            return f"{texts[0]} {node.op} {texts[1]}"
        assert node.op is not None
        sign = infix.get(node.op.name)
        if sign and total and sign in ("/", "%", "//"):
            divisor = node.args[1]
            if sign == "//" or isinstance(divisor, Symbol) or divisor == 0.0:
                sign = None
        if sign or node.op.name == "neg":
            own = node.op.binds
            texts = [
                text if binding(x) >= own + (i > 0) else f"({text})"
                for i, (text, x) in enumerate(zip(texts, node.args))
            ]
            return f"{texts[0]} {sign} {texts[1]}" if sign else f"-{texts[0]}"
        return f"{node.op.name}({', '.join(texts)})"

    return fold(tree, word, lambda x: x.name if isinstance(x, Symbol) else number_text(x))


def plain_text(tree: Any, leaf: Callable[[Any], str] = str) -> str:
    """The formula as one writes it by hand, `1 − a²`; `leaf` writes its names and numbers."""
    infix = {"add": " + ", "sub": " − ", "mul": " · ", "div": " / ", "mod": " mod "}

    def word(node: Symbol, texts: list[str]) -> str:
        if isinstance(node.op, str):
            if node.op == "where":
                return "({1} if {0} else {2})".format(*texts)
            sign = {"<=": "≤", ">=": "≥"}.get(node.op, node.op)
            return f"{texts[0]} {sign} {texts[1]}"
        assert node.op is not None
        name, own = node.op.name, node.op.binds
        if name in infix or name in ("neg", "power", "pow"):
            texts = [
                text if _binding(x) >= own + (i > 0 or own == 3) else f"({text})"
                for i, (text, x) in enumerate(zip(texts, node.args))
            ]
        if name in infix:
            return infix[name].join(texts)
        if name == "neg":
            return f"−{texts[0]}"
        if name in ("power", "pow"):
            exponent = node.args[1]
            if isinstance(exponent, float) and exponent.is_integer() and abs(exponent) < 1e4:
                return texts[0] + str(int(exponent)).translate(SUPERSCRIPTS)
            return f"{texts[0]}^{texts[1]}"
        if name == "abs":
            return f"|{texts[0]}|"
        if name == "floordiv":
            return f"⌊{texts[0]} / {texts[1]}⌋"
        return f"{name}({', '.join(texts)})"

    return fold(tree, word, leaf)


def c_word(node: Symbol, texts: list[str]) -> str:
    """One operation in C on operands in C; a row without C text of its own is called `al_name`."""
    if node.op == "where":
        return "({} ? {} : {})".format(*texts)
    if isinstance(node.op, str):
        return f"({texts[0]} {node.op} {texts[1]})"
    assert node.op is not None
    if node.op.c is None:
        return f"al_{node.op.name}({', '.join(texts)})"
    return f"({_fill(node.op.c, texts)})"


def c_leaf(x: Any) -> str:
    """A name or a number in C."""
    if isinstance(x, Symbol):
        return x.name
    if x != x:
        return "NAN"
    text = number_text(x).replace("inf", "INFINITY")
    return f"({text})" if x < 0 else text


def c_text(tree: Any) -> str:
    """The formula as a C expression; rows without C text of their own call a function `al_name`."""
    return fold(tree, c_word, c_leaf)


def c_value(row: Primitive) -> str:
    """The value of `row` as a C expression in its operands."""
    if isinstance(row, Reduction):
        raise TypeError(f"{row.name} takes any number of operands; it is a C loop, no expression")
    if row.c is not None:
        return _fill(row.c, row.operands)
    return c_text(row.evaluate(*symbols(row.operands)))
