"""Paths: a derivative is a sum over all paths from x to the root, of the product along each.

>>> from autograd_lite import Value, paths
>>> x = Value(3.0, label="x")
>>> y = x * x + x
>>> [path.product for path in paths(x, y)], paths(x, y).total
([3.0, 3.0, 1.0], 7.0)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...chain_rule import topological_order
from ...primitive import describe
from ..formula.writer import FormulaWriter, marks
from ..language import say, speaking, spoken, spoken_here
from ..latex import latex_number, latex_words
from ..text import alone, equal, number, terminal_width
from .notation import bracketed, grad_of, huge, latex_bracketed, latex_grad_of, stacked
from .path_finder import PathFinder

ENDS = 4  # nodes shown at either end of a long path


@dataclass(frozen=True, slots=True)
class Path:
    """One path from x to the root.

    Attributes:
        nodes: the Values from x to the root.
        partials: d next / d node, for each node but the last.
        product: of the partials, multiplied from the root down as `backward` does.
        share: |product| as a part of the sum of |product| over all paths, so that the shares of
            all paths add up to 1 even where products cancel; nan if that sum is not finite.
        operands: for each partial, the place of the node among the parents of the next.
        names: how the nodes are called.
        latex_name: writes a name in LaTeX, no two of the graph alike.
    """

    nodes: tuple[Any, ...]
    partials: tuple[float, ...]
    product: float
    share: float
    operands: tuple[int, ...] = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    latex_name: Callable[[str], str] = field(repr=False, compare=False)

    def nodes_text(self) -> str:
        """The nodes: `w1 → p → L`; w1′, w1″ are the first and the second operand of `w1 * w1`."""
        more = say("→ … {count} more …", count=f"{len(self.nodes) - 2 * ENDS:,}")
        return self._nodes(lambda name: name, "→ ", more)

    def latex_nodes(self) -> str:
        """The nodes in LaTeX."""
        return self._nodes(self.latex_name, r"\to ", r"\to \cdots")

    def _nodes(self, written: Callable[[str], str], arrow: str, dots: str) -> str:
        def write(i: int) -> str:
            mark = self.mark(i)
            name = alone(self.names[i]) + mark if mark else self.names[i]
            return (arrow if i else "") + written(name)

        return _joined(write, len(self.nodes), " ", dots)

    def product_text(self, digits: int = 3) -> str:
        """The numbers: `2 × 0.5 × (−3) = −3`."""
        text = self._factors(lambda x: number(x, digits), bracketed, " × ", "…")
        return equal(f"{text} = {number(self.product, digits)}") if len(self.partials) > 1 else text

    def latex_factors(self, digits: int = 3) -> str:
        """The partials in LaTeX."""
        write = lambda x: latex_number(x, digits)
        return self._factors(write, latex_bracketed, r" \cdot ", r"\cdots")

    def _factors(
        self, write: Callable[[float], str], bracket: Callable[[str], str], times: str, dots: str
    ) -> str:
        def factor(i: int) -> str:
            text = write(self.partials[i])
            return bracket(text) if i else text

        return _joined(factor, len(self.partials), times, dots) or "1"

    def mark(self, i: int) -> str:
        """What tells node i from other operands of the next that are the same Value: ′, ″ or ""."""
        return marks(self.nodes[i + 1])[self.operands[i]] if i < len(self.operands) else ""


class Paths:
    """The largest paths from x to the root, and what is known of all.

    Attributes:
        x, root: the ends.
        total: d root / d x, to the last bit what `gradients(root, x)` gives.
        count: how many paths there are, exactly.
        shown: the sum of the products of the paths in here.
        remainder: total - shown: what all other paths bring; 0.0 if there are none.
        share: the sum of the shares of the paths in here.
    """

    def __init__(self, finder: PathFinder, top: int, names: Mapping[Any, str], digits: int) -> None:
        self.x, self.root, self.digits = finder.x, finder.root, digits
        self.language = spoken_here()
        self.x_name, self.root_name = names[self.x], names[self.root]
        self.total = finder.gradients()[0] if finder.nodes else 0.0
        self.count = finder.count()
        magnitude = finder.magnitude()
        self._writer = FormulaWriter(names)
        self._paths = [
            _path(finder, steps, magnitude, self._writer) for steps in finder.largest(top)
        ]
        self._paths.sort(key=lambda path: (path.product == path.product, -abs(path.product)))
        self.shown = _sum(path.product for path in self._paths)
        self.share = _sum(path.share for path in self._paths)
        complete = len(self._paths) == self.count
        self.remainder = 0.0 if complete else self.total - self.shown

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> Path:
        return self._paths[index]

    def __iter__(self) -> Iterator[Path]:
        return iter(self._paths)

    def __repr__(self) -> str:
        return str(self)

    @spoken
    def __str__(self) -> str:
        x, root, slope = self.x_name, self.root_name, grad_of(self.x_name)
        if not self.count:
            return unreachable(self.x, self.root, x, root)
        if self.x is self.root:
            return say("{x} is the result itself, so {goal} = 1.", x=x, goal=slope)
        if self.count == 1:
            head = say(
                "One path from {x} to {root}; the product along it is {goal}.",
                x=x, root=root, goal=slope,
            )  # fmt: skip
        elif len(self) == self.count:
            head = say(
                "{count} paths from {x} to {root}; the products along them add up to {goal}.",
                count=f"{self.count:,}", x=x, root=root, goal=slope,
            )  # fmt: skip
        else:
            head = say(
                "{count} paths from {x} to {root}; the {shown} with the largest products are "
                "shown.",
                count=huge(self.count), x=x, root=root, shown=len(self),
            )  # fmt: skip
        lines = [head[0].upper() + head[1:], *self._rows()]
        if any(path.mark(i) for path in self for i in range(len(path.nodes))):
            marks = say("′, ″: the first, the second of several operands that are one Value.")
            lines += ["", f"  {marks}"]
        return "\n".join(lines)

    def _rows(self) -> list[str]:
        """The head of the table, a line for each path, and the sum."""
        lines = [
            [path.nodes_text(), path.product_text(self.digits), _percent(path.share)]
            for path in self
        ]
        if len(self) == 1 == self.count:
            return ["", f"  {lines[0][0]}  {lines[0][1]}"]
        sums = [
            [words, equal(f"= {number(value, self.digits)}"), ""] for words, value in self._sums()
        ]
        if not len(self):
            return ["", *(f"  {words} {value}" for words, value, _ in sums[-1:])]
        head = ["", "", say("share")]
        widths = [max(map(terminal_width, column)) for column in zip(head, *lines, *sums)]

        def row(nodes: str, product: str, share: str) -> str:
            nodes += " " * (widths[0] - terminal_width(nodes))
            share = " " * (widths[2] - terminal_width(share)) + share
            return f"  {nodes}  {product:>{widths[1]}}  {share}".rstrip()

        rule = "  " + "─" * (sum(widths) + 4)
        return [row(*head), *(row(*line) for line in lines), rule, *(row(*line) for line in sums)]

    def _sums(self) -> list[tuple[str, float]]:
        total = (grad_of(self.x_name), self.total)
        if len(self) == self.count:
            return [total]
        shown = say("sum of these {count}", count=len(self))
        return [(shown, self.shown), (say("all others"), self.remainder), total]

    @property
    @spoken
    def latex(self) -> str:
        """The table in LaTeX, without dollar signs."""
        slope = latex_grad_of(self.x_name, self._writer.latex_name)
        if not self.count:
            return f"{slope} = 0"
        rows = [
            f"{path.latex_nodes()} & {path.latex_factors(self.digits)} "
            f"& {equal('= ' + latex_number(path.product, self.digits))}"
            for path in self
        ]
        *others, (_, total) = self._sums()
        sums = [(latex_words(words), value) for words, value in others] + [(slope, total)]
        for k, (name, value) in enumerate(sums):
            line = "" if k else r"\hline "
            rows.append(f"{line}{name} & & {equal('= ' + latex_number(value, self.digits))}")
        return stacked(rows, "lrl")

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex}$"


def _joined(write: Callable[[int], str], n: int, between: str, dots: str) -> str:
    """The texts of 0 ... n - 1; of a long row, both ends."""
    if n <= 2 * ENDS + 2:
        return between.join(map(write, range(n)))
    return between.join([*map(write, range(ENDS)), dots, *map(write, range(n - ENDS, n))])


def _path(
    finder: PathFinder, steps: Iterable[tuple[int, int]], magnitude: float, writer: FormulaWriter
) -> Path:
    """The path that takes these (node, operand) from the root down."""
    nodes, partials, operands, product = [], [], [], 1.0
    for i, k in steps:
        nodes.append(finder.nodes[i])
        partials.append(nodes[-1].partials[k])
        operands.append(k)
        product *= partials[-1]
    upward = (finder.x, *reversed(nodes))
    share = abs(product) / magnitude if 0.0 < magnitude < math.inf else math.nan
    return Path(
        upward, tuple(partials[::-1]), product, share, tuple(operands[::-1]),
        tuple(writer.names[node] for node in upward), writer.latex_name,
    )  # fmt: skip


def _percent(share: float) -> str:
    if share != share:
        return ""
    return "<1%" if 0.0 < share < 0.01 else f"{share:.0%}"


def _sum(products: Iterable[float]) -> float:
    total = 0.0
    for product in products:
        total += product  # in this order: `sum` rounds in another way on some versions of Python
    return total


def unreachable(x: Any, root: Any, x_name: str, root_name: str) -> str:
    """What to say where there is no path from x to the root."""
    said = say(
        "No path leads from {x} to {root}: {root} does not depend on {x}, so {call} adds nothing "
        "to {goal}. (A path is cut by .data, detach() and no_grad().)",
        x=x_name, root=root_name, call=f"{alone(root_name)}.backward()", goal=grad_of(x_name),
    )  # fmt: skip
    if any(node is root for node in topological_order(x)):
        said += " " + say("But {x} depends on {root}: swap the two.", x=x_name, root=root_name)
    return said


def check_count(role: str, count: Any, least: int = 0) -> None:
    """Raise an error unless `count` is an int from `least` on."""
    if not isinstance(count, int):
        raise TypeError(f"{role} must be an int, how many to show, got {describe(count)}")
    if count < least:
        raise ValueError(f"{role} must be {least} or more, how many to show, got {count}")


def paths(
    x: Any,
    root: Any,
    top: int = 10,
    *,
    digits: int = 3,
    name_from: Any = None,
    language: str | None = None,
) -> Paths:
    """The paths from x to the root with the largest absolute products of local derivatives.

    The products of all paths add up to d root / d x. Zero and undefined products count: a product
    that is nan or infinite comes first, one that is 0 last.

    Args:
        x: a Value, leaf or interior node.
        root: the Value that depends on it.
        top: how many paths to give at most; all are counted.
        digits: at most so many significant digits of each number shown.
        name_from: what names Values without a label, as for `draw`. Values that share a label
            are told apart: w, w_2, w_3.
        language: of the words, "en" or "zh"; by default as `set_language` says.

    Returns:
        A sequence of `Path`, largest first, with `total`, `count`, `shown`, `remainder` and
        `share`; printed it is a table. Empty, with total 0.0, if root does not depend on x.

    Raises:
        TypeError: x or root is no Value, or they are of two engines; top or digits is no int.
        ValueError: top is negative, or digits is below 1.

    >>> from autograd_lite import Value, paths
    >>> x, b = Value(3.0, label="x"), Value(2.0, label="b")
    >>> u = x * b
    >>> y = u * x + u
    >>> paths(x, y, name_from=locals())
    3 paths from x to y; the products along them add up to x.grad.
                                      share
      x → u → u·x → y  2 × 3 × 1 = 6    43%
      x → u·x → y          6 × 1 = 6    43%
      x → u → y            2 × 1 = 2    14%
      ─────────────────────────────────────
      x.grad                    = 14
    """
    check_count("top", top)
    check_count("digits", digits, least=1)
    finder = PathFinder(x, root)
    with speaking(language):
        return Paths(finder, top, finder.names(name_from), digits)
