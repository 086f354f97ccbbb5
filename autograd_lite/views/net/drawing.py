"""A Net as SVG: a disc for a unit, a column for a layer, a hair for each weight.

Colour is the sign of what is carried, width its size. The picture shows gradients where there are
some, else weights; a page's script shows the others. A hair into a unit that is off is faint, for
what it carries back ends there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ..language import say
from ..output.svg import escaped, framed, tip
from ..text import number, text_width
from ..theme import both, fill, stroke
from .legend import legend
from .net import Disc, Net
from .placement import NAME, NUMBER, Placement, name_of, place
from .sizes import MOST, disc_sizes, hair_sizes, thickness
from .words import (
    description,
    gradient_text,
    headings,
    loss_lines,
    output_text,
    title_of,
    value_text,
)

THIN = 0.6  # the width of a hair that carries next to nothing
FAINT, DARK, FADED = 0.18, 0.78, 0.4  # the same of its opacity; and what is left in front of "off"
LEVELS = 40  # of width and opacity; hairs of one level and sign share their attributes
DASHES = {0: "1 5", LEVELS + 1: "7 4"}  # of what carries nothing, and of what is not finite
SIDE = 16.0


def drawing(net: Net) -> str:
    """The picture of a net, as a whole `<svg>`."""
    return framed(*inside(net), description(net))


def inside(net: Net) -> tuple[str, float, float]:
    """What is inside the `<svg>`, its width and its height."""
    mode = "gradient" if net.has_gradients else "weight"
    at = place(net)
    signs = list(_legend(net, mode, at))
    high = at.height + (_legend_height(signs) if signs else 0.0)
    body = "".join(
        [
            f'<rect data-part="ground" {fill("ground")} width="{at.width:g}" height="{high:g}" '
            'rx="8"/>',
            '<g data-part="hairs" fill="none" stroke-linecap="round">',
            *_hairs(net, mode, at),
            "</g>",
            *_loss(net, at),
            *_discs(net, mode, at),
            *_headings(net, at),
            *(text for _, _, text in signs),
        ]
    )
    return body, at.width, high


# Hairs --------------------------------------------------------------------------------------------


def order_of(net: Net, mode: str) -> list[int]:
    """The numbers of the drawn hairs in the order in which they are drawn: large ones on top."""
    return [k for _, numbers in levels(net, mode) for k in numbers]


def levels(net: Net, mode: str) -> list[tuple[tuple[int, bool, int], list[int]]]:
    """The drawn hairs by level, whether they fade, and sign."""
    sizes = hair_sizes(net, mode)
    levels: dict[tuple[int, bool, int], list[int]] = {}
    for k in net.drawn:
        size = sizes[k]
        level = LEVELS + 1 if size is None else math.ceil(abs(size) * LEVELS / MOST)
        fades = mode == "gradient" and net.discs[net.hairs[k].source].is_off
        sign = 0 if not size else (1 if size > 0 else -1)
        levels.setdefault((level, fades, sign), []).append(k)
    return sorted(levels.items(), key=lambda item: (item[0][0], not item[0][1], item[0][2]))


def _hairs(net: Net, mode: str, at: Placement) -> Iterator[str]:
    thick = thickness(net, mode, at.tall)
    for (level, fades, sign), numbers in levels(net, mode):
        role, wide, opacity = stroke_of(level, fades, sign, thick)
        yield f'<g {stroke(role)} stroke-width="{wide:g}"'
        if opacity < 1.0:
            yield f' stroke-opacity="{opacity:g}"'
        if level in DASHES:
            yield f' stroke-dasharray="{DASHES[level]}"'
        yield ">"
        for k in numbers:
            a, b, c, d = (f"{x:g} {y:g}" for x, y in curve(net, k, at))
            yield f'<path d="M{a}C{b} {c} {d}"/>'
        yield "</g>"


def stroke_of(level: int, fades: bool, sign: int, thick: float) -> tuple[str, float, float]:
    """The role of the colour of the hairs of a level, their width and their opacity."""
    if level > LEVELS:
        return "nan-line", 3.0, 1.0
    if level == 0:
        return "neutral-line", 0.8, 0.3
    share = level / LEVELS
    opacity = (FAINT + DARK * share) * (FADED if fades else 1.0)
    role = "positive-line" if sign > 0 else "negative-line"
    return role, round(THIN + thick * share, 2), round(opacity, 3)


def curve(net: Net, k: int, at: Placement) -> list[tuple[float, float]]:
    """A hair as a cubic curve: where it begins, two control points, where it ends."""
    hair = net.hairs[k]
    source, target = net.discs[hair.source].column, net.discs[hair.target].column
    x0, x1 = round(at.x[source] + at.radii[source], 1), round(at.x[target] - at.radii[target], 1)
    y0, y1, bend = at.y[hair.source], at.y[hair.target], round(0.42 * (x1 - x0))
    return [(x0, y0), (x0 + bend, y0), (x1 - bend, y1), (x1, y1)]


# Discs --------------------------------------------------------------------------------------------


def _discs(net: Net, mode: str, at: Placement) -> Iterator[str]:
    sizes, begins = disc_sizes(net, mode), beginning(net)
    for k, disc in enumerate(net.discs):
        yield f'<g data-disc="{k}" transform="translate({at.x[disc.column]:g} {at.y[k]:g})">'
        yield tip(title_of(net, disc))
        yield from _disc(disc, sizes[k], at.radii[disc.column], mode)
        if k == begins:
            yield _text(
                0.0, at.radii[disc.column] + 15.0,
                say("{what} begins here", what=number(disc.value)), "nan",
                size=13.0, bold=True, anchor="middle", part="begins",
            )  # fmt: skip
        if disc.column == 0:
            yield from _input(disc, at)
        elif disc.is_output:
            yield from _output(net, disc, at)
        yield "</g>"


def _disc(disc: Disc, size: int | None, radius: float, mode: str) -> Iterator[str]:
    broken = not math.isfinite(disc.value)
    sign = "neutral" if not size or disc.is_off else "positive" if size > 0 else "negative"
    line = "nan" if broken or size is None else f"{sign}-line"
    dashes = ' stroke-dasharray="2.5 3"' if disc.is_off and not broken else ""
    yield (
        f'<circle data-part="disc" {both("ground", line)} stroke-width="2" r="{radius:g}"{dashes}/>'
    )
    depth = 0.0 if sign == "neutral" else 0.12 + 0.8 * abs(size or 0) / MOST
    yield f'<circle data-part="tint" {fill(line)} r="{radius:g}" '
    yield f'fill-opacity="{1.0 if broken else round(depth, 2):g}"/>'
    if broken:
        yield _text(
            0.0, 4.0, number(disc.value), "ground",
            size=12.0, bold=True, anchor="middle", part="broken",
        )  # fmt: skip
    elif sign != "neutral" and mode == "gradient" and radius >= 7.0:
        yield f'<path data-part="arrow" {fill("ground" if depth > 0.6 else "ink")} '
        yield f'd="{arrow(sign, radius)}"/>'


def beginning(net: Net) -> int | None:
    """The number of the first disc whose value is nan or infinite."""
    return next((k for k, disc in enumerate(net.discs) if not math.isfinite(disc.value)), None)


def arrow(sign: str, radius: float) -> str:
    """A triangle up or down in a disc."""
    (_, tip), (right, base), (left, _) = arrow_corners(sign, radius)
    return f"M0 {tip:g}L{right:g} {base:g}H{left:g}z"


def arrow_corners(sign: str, radius: float) -> list[tuple[float, float]]:
    """The tip of that triangle, and its corners on the right and on the left."""
    a = round(0.42 * radius, 1)
    up = 1.0 if sign == "positive" else -1.0
    base = up * round(0.8 * a, 1)
    return [(0.0, -up * a), (a, base), (-a, base)]


def _input(disc: Disc, at: Placement) -> Iterator[str]:
    x, name, value = -at.radii[0] - 10.0, name_of(disc), value_text(disc)
    if at.lines[0] == 2:
        yield _text(x, -2.0, name, size=NAME, bold=True, anchor="end")
        yield _text(x, 16.0, value, "muted", size=NUMBER, anchor="end", part="data")
    elif at.lines[0] == 1:
        size = NUMBER if at.radii[0] >= 7.0 else NUMBER - 1.5
        yield _text(x, 4.5, value, "muted", size=size, anchor="end", part="data")
        beside = x - text_width(value, size) - 8.0
        yield _text(round(beside, 1), 4.5, name, size=size, bold=True, anchor="end")


def _output(net: Net, disc: Disc, at: Placement) -> Iterator[str]:
    x, gradient = at.radii[disc.column] + 11.0, gradient_text(net, disc)
    role = ink_of(disc.gradient)
    if at.lines[1] == 2:
        yield _text(
            x, -3.0 if gradient else 5.0, output_text(disc), size=NAME, bold=True, part="data"
        )
        if gradient:
            yield _text(x, 16.0, gradient, role, size=NUMBER, bold=True, part="gradient")
    elif at.lines[1] == 1:
        size = NUMBER if at.radii[disc.column] >= 7.0 else NUMBER - 1.5
        yield _text(x, 4.5, output_text(disc), size=size, bold=True, part="data")
        beside = x + text_width(output_text(disc), size, bold=True) + 10.0
        if gradient:
            yield _text(
                round(beside, 1), 4.5, gradient, role, size=size, bold=True, part="gradient"
            )


def ink_of(x: float | None) -> str:
    if x is None or x == 0.0:
        return "muted"
    if not math.isfinite(x):
        return "nan"
    return "positive" if x > 0.0 else "negative"


def _text(
    x: float, y: float, content: str, role: str = "ink", *, size: float, bold: bool = False,
    anchor: str = "", part: str = "",
) -> str:  # fmt: skip
    """A text; `part` is what the script of a page calls it."""
    return (
        "<text"
        + (f' data-part="{part}"' if part else "")
        + f' x="{x:g}" y="{y:g}" {fill(role)} font-size="{size:g}"'
        + (' font-weight="600"' if bold else "")
        + (f' text-anchor="{anchor}"' if anchor else "")
        + f">{escaped(content)}</text>"
    )


# Around them --------------------------------------------------------------------------------------


def _headings(net: Net, at: Placement) -> Iterator[str]:
    """A name above each column, short where the columns are close."""
    for k, (name, short, done) in enumerate(headings(net)):
        fits = text_width(name, NAME, bold=True) <= at.gap - 8.0 or k in (0, len(at.x) - 1)
        yield f'<g data-column="{k}" transform="translate({at.x[k]:g} 0)">'
        yield _text(0.0, 24.0, name if fits else short, size=NAME, bold=True, anchor="middle")
        if done and text_width(done, NUMBER) <= at.gap - 8.0:
            yield _text(0.0, 44.0, done, "muted", size=NUMBER, anchor="middle", part="done")
        yield "</g>"


def _loss(net: Net, at: Placement) -> Iterator[str]:
    """The card of the loss, below the outputs, and a line from them to it."""
    if net.loss is None or at.loss is None:
        return
    x, y, wide, high = at.loss
    from_x, right = at.x[-1], at.right - 12.0
    heights = [at.y[k] for k, disc in enumerate(net.discs) if disc.is_output]
    yield f'<g data-part="loss" transform="translate({from_x:g} 0)">'
    x -= from_x
    if len(heights) > 1:
        path = "".join(f"M{right - 8:g} {h:g}H{right:g}" for h in heights)
        path += f"M{right:g} {min(heights):g}V{y + high / 2:g}H{x + wide:g}"
    else:
        path = f"M{x + 14:g} {heights[0] + 28:g}V{y:g}"
    yield f'<path {stroke("neutral-line")} stroke-width="1.4" fill="none" d="{path}"/>'
    yield (
        f'<rect {both("leaf", "neutral-line")} x="{x:g}" y="{y:g}" width="{wide:g}" '
        f'height="{high:g}" rx="8"/>'
    )
    first, *rest = loss_lines(net, net.loss)
    role = "ink" if math.isfinite(net.loss.value) else "nan"
    yield _text(x + 12.0, y + 21.0, first, role, size=16.0, bold=True, part="data")
    for k, line in enumerate(rest):
        yield _text(x + 12.0, y + 40.0 + 18.0 * k, line, "muted", size=13.0)
    yield "</g>"


def _legend(net: Net, mode: str, at: Placement) -> Iterator[tuple[float, float, str]]:
    """The legend in lines as wide as the picture: x, y and the text of each entry."""
    x, y = SIDE, at.height + 4.0
    for kind, words in legend(net, mode):
        sign = 34.0 if kind in ("wide", "off", "broken") else 0.0
        wide = sign + text_width(words, NUMBER) + 24.0
        if x > SIDE and x + wide > at.width:
            x, y = SIDE, y + 24.0
        role = kind if kind in ("positive", "negative") else "muted"
        text = _text(round(x + sign, 1), y, words, role, size=NUMBER)
        yield x, y, f'<g data-part="legend">{_sign(kind, x, y - 5.0)}{text}</g>'
        x += wide


def _sign(kind: str, x: float, y: float) -> str:
    if kind == "wide":
        points = f"M{x:g} {y:g}L{x + 26:g} {y - 4:g}V{y + 4:g}z"
        return f'<path {fill("muted")} d="{points}"/>'
    if kind in ("off", "broken"):
        line = "neutral-line" if kind == "off" else "nan"
        return (
            f'<circle {both("ground", line)} stroke-width="2" stroke-dasharray="2.5 3" '
            f'cx="{x + 18:g}" cy="{y:g}" r="7"/>'
        )
    return ""


def _legend_height(signs: Sequence[tuple[float, float, str]]) -> float:
    return signs[-1][1] - signs[0][1] + 18.0
