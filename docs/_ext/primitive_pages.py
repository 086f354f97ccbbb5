"""The page of the primitives, written from the table when the site is built.

A line `<!-- primitives -->` in a page becomes one section for each row: formula, derivatives,
graph and edge cases. The mathematics is the table's own: rules run on names give the formulas, the
engine gives the numbers.
"""

from __future__ import annotations

import inspect
import io
import math
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from autograd_lite import Value, primitives
from autograd_lite.formulas import symbol
from autograd_lite.primitive import Primitive, Reduction
from autograd_lite.primitives import TABLE

LINE = "<!-- primitives -->"
LONG = 320  # characters of a formula that is not worth reading
# Where edges are looked for: numbers, pairs of them, and operands of a reduction.
ONE = [(x,) for x in (-math.inf, -2.0, -1.0, 0.0, 1.0, 2.0, math.inf, math.nan)]
TWO = [(0.0, 0.0), (0.0, 2.0), (2.0, 0.0), (0.0, -1.0), (-2.0, 3.0), (-8.0, 1.0 / 3.0),
       (math.inf, 0.0), (math.inf, math.inf), (math.nan, 0.0)]  # fmt: skip
MANY = [(), (3.0,), (2.0, 2.0), (1000.0, 0.0), (math.inf, 1.0), (math.inf, -math.inf),
        (math.nan, 1.0)]  # fmt: skip
# Colours that stand for those of the page, so that one picture serves light and dark.
PAINT = {"#000001": "var(--plot-value)", "#000002": "var(--plot-slope)",
         "#000003": "var(--plot-faint)", "#000004": "var(--plot-ink)"}  # fmt: skip
VALUE, SLOPE, FAINT, INK = PAINT


def groups() -> dict[str, list[Primitive]]:
    """The rows under the headings of `primitives.py`, in its order."""
    found: dict[str, list[Primitive]] = {}
    by_variable = {n: x for n, x in vars(primitives).items() if isinstance(x, Primitive)}
    heading, placed = "", set[str]()
    for line in inspect.getsource(primitives).splitlines():
        title = re.match(r"# (\w.*?) -{3,}$", line)
        variable = re.match(r"(\w+)(?:: \w+)? = ", line)
        if title:
            heading = title[1]
        elif variable and variable[1] in by_variable:
            row = by_variable[variable[1]]
            if row.name not in placed:
                placed.add(row.name)
                found.setdefault(heading, []).append(row)
    missing = TABLE.keys() - placed
    assert not missing, f"rows that are under no heading of primitives.py: {missing}"
    return found


def function_name(row: Primitive) -> str:
    """What the row is called in the package; the name of a row that is no function of it."""
    names = [name for name, x in primitives.FUNCTIONS.items() if x is row]
    return names[0] if names and row.name not in names else row.name


# Numbers ------------------------------------------------------------------------------------------


def is_constant(row: Primitive, i: int) -> bool:
    """Whether the i-th operand is always a number, such as the exponent of `power`."""
    return not isinstance(row, Reduction) and symbol.partials_of(row)[i] is math.nan


def differentiated(row: Primitive, numbers: tuple[float, ...]) -> tuple[float, list[float]]:
    """The value and the derivatives, as the engine computes them."""
    values = [x if is_constant(row, i) else Value(x) for i, x in enumerate(numbers)]
    if isinstance(row, Reduction):
        out = row(values) if row.columns == 1 else row(values, [2.0] * len(values))
    else:
        out = row(*values)
    if not isinstance(out, Value):
        return out, []
    out.backward()
    return out.data, [x.grad if isinstance(x, Value) else math.nan for x in values]


def number(x: float) -> str:
    """A number for people."""
    if x != x:
        return "nan"
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    text = f"{x:.4g}"
    mantissa, _, exponent = text.partition("e")
    if exponent:
        power = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        text = f"{mantissa}·10{power}"
    return text.replace("-", "−")


def others(row: Primitive) -> tuple[float, ...]:
    """Fixed numbers for all operands but the first: defaults, or 2, or the middle of the domain."""
    free = len(row.operands) - len(row.defaults)
    fixed = []
    for i, (low, high) in enumerate(row.domain[1:], start=1):
        default = row.defaults[i - free] if i >= free else None
        fixed.append(
            default if default is not None else 2.0 if low <= 2.0 <= high else (low + high) / 2.0
        )
    return tuple(fixed)


def edges(row: Primitive) -> str:
    """A table of values and derivatives where they are special."""
    required = len(row.operands) - len(row.defaults)
    if isinstance(row, Reduction):
        points: list[tuple[float, ...]] = [p for p in MANY if p or row.empty is not None]
        shown = ("operands" if row.columns == 1 else "xs, where ys are 2",)
        heads = [told(point) for point in points]
    else:
        points = TWO if required == 2 else [(*point, *others(row)) for point in ONE]
        shown = row.operands[: len(TWO[0]) if required == 2 else 1]
        names = tuple(n for i, n in enumerate(shown) if not is_constant(row, i))
        heads = [told(point[: len(shown)]) for point in points]
    found = [differentiated(row, point) for point in points]
    lines = [["value", *(number(value) for value, _ in found)]]
    if isinstance(row, Reduction):
        slopes = [", ".join(map(number, each)) or "–" for _, each in found]
        lines.append(["derivatives", *slopes])
    else:
        for name in names:
            i = row.operands.index(name)
            lines.append([f"d/d{name}", *(number(each[i]) for _, each in found)])
    corner = f"({', '.join(shown)})" if len(shown) > 1 else shown[0]
    table = [[corner, *heads], ["---"] * (1 + len(heads)), *lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in table)


def told(point: tuple[float, ...]) -> str:
    """A point for the head of a column."""
    numbers = ", ".join(map(number, point))
    return numbers if len(point) == 1 else f"({numbers})"


# Formulas -----------------------------------------------------------------------------------------


def operand_names(row: Primitive) -> tuple[str, ...]:
    """The operands' names; of a reduction those of the operand that is read at one step."""
    return tuple("xy"[: row.columns]) if isinstance(row, Reduction) else row.operands


def formula(row: Primitive) -> str:
    """The value in LaTeX; for a composed row also what it is composed of."""
    if isinstance(row, Reduction):
        several = [rf"{name}_1, \dots, {name}_n" for name in operand_names(row)]
        return re.sub(r"#(\d)", lambda match: several[int(match[1]) - 1], row.latex)
    plain = symbol.latex_text(symbol.value_of(row))
    try:
        composed = symbol.latex_text(row.evaluate(*symbol.symbols(row.operands)))
    except TypeError:  # it calls the C library
        return plain
    return plain if composed == plain or len(composed) > LONG else f"{plain} = {composed}"


def derivatives(row: Primitive) -> Iterator[str]:
    """The partials in LaTeX, one formula for each."""
    index = "_i" if isinstance(row, Reduction) else ""
    for name, partial in zip(operand_names(row), symbol.partials_of(row)):
        if partial is math.nan:
            continue  # an operand that is always a number
        below = symbol.latex_text(symbol.Symbol(name)) + index
        slope = symbol.latex_text(partial)
        yield rf"\frac{{\partial\,\mathrm{{out}}}}{{\partial {below}}} = {slope}"


# Graphs -------------------------------------------------------------------------------------------


def with_gaps(ys: list[float]) -> list[float]:
    """nan in place of a number next to a jump, so that no line is drawn across it."""
    steps = [abs(b - a) for a, b in pairwise(ys)]
    broken = list(ys)
    for i in range(1, len(steps) - 1):
        if steps[i] > 0.05 + 8.0 * (steps[i - 1] + steps[i + 1]):
            broken[i] = math.nan
    return broken


@cache
def graph(name: str) -> str:
    """Value and derivative with respect to the first operand, as SVG in the colours of its page."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    row = TABLE[name]
    low, high = row.domain[0]
    n = 240
    xs = [low + (high - low) * i / n for i in range(n + 1)]
    found = [differentiated(row, (x, *others(row))) for x in xs]
    values, slopes = [v for v, _ in found], [s[0] for _, s in found]
    style = {"svg.fonttype": "none", "svg.hashsalt": name, "font.size": 9, "path.simplify": True}
    with mpl.rc_context(style):
        figure = Figure(figsize=(3.7, 2.2), layout="constrained")
        axes = figure.subplots()
        axes.axhline(0.0, color=FAINT, linewidth=0.8)
        if low < 0.0 < high:
            axes.axvline(0.0, color=FAINT, linewidth=0.8)
        axes.plot(xs, with_gaps(values), color=VALUE, linewidth=1.8)
        axes.plot(xs, with_gaps(slopes), color=SLOPE, linewidth=1.5, linestyle=(0, (4, 2)))
        shown = [y for y in (*values, *slopes) if abs(y) <= 5.0]
        bottom, top = min(shown, default=-1.0), max(shown, default=1.0)
        room = 0.06 * (top - bottom) or 1.0
        axes.set(xlim=(low, high), ylim=(bottom - room, top + room))
        axes.locator_params(nbins=5)
        axes.tick_params(color=FAINT, labelcolor=INK)
        for side in axes.spines.values():
            side.set_visible(False)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<title>.*?</title>", "", svg, flags=re.S)
    svg = re.sub(r' id="(figure|axes|patch|line2d|xtick|ytick|text|matplotlib\.axis)_\d+"', "", svg)
    svg = re.sub(r"\b(m[0-9a-f]{10})\b", rf"{name}-\1", svg)
    for colour, variable in PAINT.items():
        svg = svg.replace(colour, variable)
    fixed = ", ".join(f"{n} = {x:g}" for n, x in zip(row.operands[1:], others(row)))
    label = f"{row.name} (solid) and its derivative with respect to {row.operands[0]} (dashed)"
    label += f" for {fixed}" if fixed else ""
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    svg = re.sub(r"\n\s*\n+", "\n", svg)
    note = f"<figcaption>{fixed}</figcaption>" if fixed else ""
    return f"<figure>{svg}{note}</figure>"


# The page -----------------------------------------------------------------------------------------


def signature(row: Primitive) -> str:
    """The row as a function."""
    if isinstance(row, Reduction):
        return "*operands" if row.columns == 1 else ", ".join(f"{n}s" for n in operand_names(row))
    required = len(row.operands) - len(row.defaults)
    last = [f"{n}={x:g}" for n, x in zip(row.operands[required:], row.defaults)]
    return ", ".join([*row.operands[:required], *last])


def interval(name: str, low: float, high: float) -> str:
    """Where an operand lies."""
    return f"{number(low)} ≤ {name} ≤ {number(high)}"


def section(row: Primitive) -> str:
    """One row in MyST."""
    name = function_name(row)
    facts = [f"On cards `{row.label}`."]
    if row.name != name:
        facts.append(f"In the table `{row.name}`.")
    sampled = ", ".join(interval(n, *bounds) for n, bounds in zip(operand_names(row), row.domain))
    facts.append(f"Sampled in tests where {sampled}.")
    parts = [f"### {name}", f"```{{py:function}} autograd_lite.{name}({signature(row)})\n```"]
    formulas = "\n\n".join(f"$$\n{text}\n$$" for text in (formula(row), *derivatives(row)))
    if isinstance(row, Reduction):
        parts.append(formulas)
    else:
        drawn = f"```{{raw}} html\n{graph(row.name)}\n```"
        parts.append(f"::::{{div}} primitive\n:::{{div}}\n{formulas}\n:::\n{drawn}\n::::")
    parts += [" ".join(facts), edges(row)]
    return "\n\n".join(parts)


def write(app: Any, docname: str, content: list[str]) -> None:
    """Put the sections in place of the line."""
    if LINE not in content[0]:
        return
    found = groups()
    index = "\n".join(
        f"- **{heading}**: "
        + ", ".join(f"{{py:func}}`~autograd_lite.{function_name(row)}`" for row in rows)
        for heading, rows in found.items()
    )
    sections = [
        f"## {heading}\n\n" + "\n\n".join(map(section, rows)) for heading, rows in found.items()
    ]
    content[0] = content[0].replace(LINE, "\n\n".join([index, *sections]))


def setup(app: Any) -> dict[str, Any]:
    app.connect("source-read", write)
    return {"parallel_read_safe": True}
