r"""A Net in TikZ: discs and hairs of the picture, its numbers as formulas of LaTeX."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from ..language import say
from ..latex import alike
from ..output.tex import (
    POINT,
    document,
    refuse_if_too_large,
    tex_gradient,
    tex_name,
    tex_number,
    tex_words,
)
from ..text import number, text_width
from .drawing import LEVELS, arrow_corners, beginning, curve, ink_of, levels, stroke_of
from .legend import legend
from .net import Disc, Net
from .placement import NAME, NUMBER, Placement, name_of, place
from .sizes import MOST, disc_sizes, thickness
from .words import description, headings, loss_lines

STYLES = (
    r"every node/.style={inner sep=0pt, text=ag-ink, font=\fontsize{10}{12}\selectfont}",
    "ag left/.style={anchor=base west}",
    "ag right/.style={anchor=base east}",
    "ag middle/.style={anchor=base}",
    r"ag small/.style={font=\fontsize{9}{11}\selectfont, text=ag-muted}",
    "ag hair/.style={line cap=round}",
    "ag disc/.style={line width=1.4pt, fill=ag-ground}",
    "ag off/.style={dash pattern=on 1.75pt off 2.1pt}",
)


def tikz(net: Net) -> str:
    """The source of the picture in TikZ.

    Raises:
        ValueError: it is larger than TeX can place.
    """
    mode = "gradient" if net.has_gradients else "weight"
    at = place(net)
    refuse_if_too_large(at.width, at.height)
    about = [
        description(net),
        "A document that loads tikz, amsmath and amssymb may \\input this file.",
        *(f"Caption: {words}" for _, words in legend(net, mode)),
    ]
    lines = [*_hairs(net, mode, at), *_loss(net, at), *_discs(net, mode, at), *_headings(net, at)]
    return document(about, STYLES, lines)


def _hairs(net: Net, mode: str, at: Placement) -> Iterator[str]:
    thick = thickness(net, mode, at.tall)
    for (level, fades, sign), numbers in levels(net, mode):
        role, wide, opacity = stroke_of(level, fades, sign, thick)
        look = f"ag hair, ag-{role}, line width={POINT * wide:.2f}pt, opacity={opacity:g}"
        if level > LEVELS:
            look += ", dash pattern=on 5pt off 3pt"
        elif level == 0:
            look += ", dash pattern=on 0.7pt off 3.5pt"
        for k in numbers:
            a, b, c, d = (f"({x:g},{y:g})" for x, y in curve(net, k, at))
            yield rf"\draw[{look}] {a} .. controls {b} and {c} .. {d};"


def _discs(net: Net, mode: str, at: Placement) -> Iterator[str]:
    sizes, begins = disc_sizes(net, mode), beginning(net)
    literal = alike(map(name_of, net.discs))
    for k, disc in enumerate(net.discs):
        radius = at.radii[disc.column]
        shift = f"shift={{({at.x[disc.column]:g},{at.y[k]:g})}}"
        yield rf"\begin{{scope}}[{shift}] % {name_of(disc)}"
        yield from _disc(disc, sizes[k], radius, mode)
        if k == begins:
            words = tex_words(say("{what} begins here", what=number(disc.value)))
            yield rf"\node[ag middle, ag small, text=ag-nan] at (0,{radius + 15:g}) {{{words}}};"
        if disc.column == 0 and at.lines[0]:
            yield from _input(disc, literal, at)
        elif disc.is_output and at.lines[1]:
            yield from _output(net, disc, literal, at)
        yield r"\end{scope}"


def _disc(disc: Disc, size: int | None, radius: float, mode: str) -> Iterator[str]:
    broken = not math.isfinite(disc.value)
    sign = "neutral" if not size or disc.is_off else "positive" if size > 0 else "negative"
    line = "nan" if broken or size is None else f"{sign}-line"
    off = ", ag off" if disc.is_off and not broken else ""
    round_it = f"(0,0) circle[radius={POINT * radius:g}pt];"
    yield rf"\filldraw[ag disc, draw=ag-{line}{off}] {round_it}"
    depth = 0.0 if sign == "neutral" else 0.12 + 0.8 * abs(size or 0) / MOST
    if broken or depth:
        opacity = 1.0 if broken else round(depth, 2)
        yield rf"\fill[ag-{line}, fill opacity={opacity:g}] {round_it}"
    if broken:
        value = tex_number(disc.value)
        yield rf"\node[ag middle, ag small, text=ag-ground] at (0,4) {{{value}}};"
    elif sign != "neutral" and mode == "gradient" and radius >= 7.0:
        corners = " -- ".join(f"({x:g},{y:g})" for x, y in arrow_corners(sign, radius))
        yield rf"\fill[ag-{'ground' if depth > 0.6 else 'ink'}] {corners} -- cycle;"


def _input(disc: Disc, literal: Collection[str], at: Placement) -> Iterator[str]:
    x, name = -at.radii[0] - 10.0, tex_name(name_of(disc), literal)
    value = tex_number(disc.value)
    if at.lines[0] == 2:
        yield rf"\node[ag right] at ({x:g},-2) {{{name}}};"
        yield rf"\node[ag right, ag small] at ({x:g},16) {{{value}}};"
    else:
        yield rf"\node[ag right, ag small] at ({x:g},4.5) {{{name}\quad {value}}};"


def _output(net: Net, disc: Disc, literal: Collection[str], at: Placement) -> Iterator[str]:
    x, ink = at.radii[disc.column] + 11.0, ink_of(disc.gradient)
    first = f"{tex_name(name_of(disc), literal)} $=$ {tex_number(disc.value)}"
    second = ""
    if net.has_gradients and disc.gradient is not None:
        second = rf"\textcolor{{ag-{ink}}}{{{tex_gradient(disc.gradient)}}}"
    if at.lines[1] == 2:
        yield rf"\node[ag left] at ({x:g},{-3 if second else 5}) {{{first}}};"
        if second:
            yield rf"\node[ag left] at ({x:g},16) {{{second}}};"
    else:
        both = rf"{first}\quad {second}" if second else first
        yield rf"\node[ag left, ag small] at ({x:g},4.5) {{{both}}};"


def _headings(net: Net, at: Placement) -> Iterator[str]:
    for k, (name, short, done) in enumerate(headings(net)):
        fits = text_width(name, NAME, bold=True) <= at.gap - 8.0 or k in (0, len(at.x) - 1)
        words = tex_words(name if fits else short)
        yield rf"\node[ag middle] at ({at.x[k]:g},24) {{{words}}};"
        if done and text_width(done, NUMBER) <= at.gap - 8.0:
            yield rf"\node[ag middle, ag small] at ({at.x[k]:g},44) {{{tex_words(done)}}};"


def _loss(net: Net, at: Placement) -> Iterator[str]:
    """The card of the loss, and a line from the outputs to it."""
    if net.loss is None or at.loss is None:
        return
    x, y, wide, high = at.loss
    heights = [at.y[k] for k, disc in enumerate(net.discs) if disc.is_output]
    line = r"\draw[ag-neutral-line, line width=1pt]"
    if len(heights) > 1:
        right = at.x[-1] + at.right - 12.0
        for h in heights:
            yield f"{line} ({right - 8:g},{h:g}) -- ({right:g},{h:g});"
        yield f"{line} ({right:g},{min(heights):g}) |- ({x + wide:g},{y + high / 2:g});"
    else:
        yield f"{line} ({x + 14:g},{heights[0] + 28:g}) -- ({x + 14:g},{y:g});"
    corners = f"({x:g},{y:g}) rectangle ({x + wide:g},{y + high:g})"
    yield rf"\filldraw[draw=ag-neutral-line, fill=ag-leaf, rounded corners=5pt] {corners};"
    first, *rest = loss_lines(net, net.loss)
    ink = "ink" if math.isfinite(net.loss.value) else "nan"
    yield rf"\node[ag left, text=ag-{ink}] at ({x + 12:g},{y + 21:g}) {{{tex_words(first)}}};"
    for k, words in enumerate(rest):
        below = y + 40 + 18 * k
        yield rf"\node[ag left, ag small] at ({x + 12:g},{below:g}) {{{tex_words(words)}}};"
