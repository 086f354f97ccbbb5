r"""A Scene in TikZ: the cards and lines of the picture, its numbers as formulas of LaTeX."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..graph.scene import Card, Edge, Scene
from ..latex import alike
from ..output.tex import (
    POINT,
    document,
    refuse_if_too_large,
    tex_factor,
    tex_gradient,
    tex_name,
    tex_number,
    tex_words,
)
from .card_drawing import (
    BAND,
    FLAG,
    INSET,
    LINE,
    MOST_SQUARES,
    NAN_SIZE,
    PER_ROW,
    ROW,
    SQUARE,
    copies_of,
    hatch_lines,
    name_of,
    not_finite,
    operation_of,
    sign_of,
    stack_of,
    was,
)
from .drawing import arranged, description, thickness, width_of
from .far_uses import HEIGHT, shown_name, size_of_name
from .legend import notes, spreads

MARKS = {"positive": "▲ ", "negative": "▼ ", "neutral": "0 ", "partial": "× 2 "}  # in a caption
STYLES = (
    r"every node/.style={inner sep=0pt, font=\fontsize{10}{12}\selectfont}",
    "ag box/.style={draw=ag-line, fill=ag-card, line width=0.7pt, rounded corners=5pt}",
    "ag left/.style={anchor=base west, text=ag-ink}",
    "ag right/.style={anchor=base east, text=ag-ink}",
    r"ag small/.style={font=\fontsize{8}{10}\selectfont, text=ag-muted}",
    "ag line/.style={line cap=round}",
    r"ag local/.style={font=\fontsize{8}{10}\selectfont, text=ag-muted, fill=ag-ground, "
    r"inner sep=1pt}",
)


def tikz(scene: Scene, direction: str = "right") -> str:
    """The source of the picture in TikZ.

    Raises:
        ValueError: it is larger than TeX can place.

    >>> from autograd_lite.views.graph.scene import Card, Scene
    >>> text = tikz(Scene([Card("v0", "x", data=3.0, kind="leaf")], []))
    >>> r"\\documentclass" in text, "{$x$}" in text, "{$3$}" in text
    (True, True, True)
    """
    at = arranged(scene, direction)
    refuse_if_too_large(at.placed.width, at.placed.height)
    far = bool(at.names)
    about = [
        description(scene),
        "A document that loads tikz, amsmath and amssymb may \\input this file.",
        *(f"Caption: {MARKS.get(note.mark, '')}{note.words}" for note in notes(scene, far)),
    ]
    lines: list[str] = []
    if scene.title:
        lines.append(rf"\node[ag left] at (0,-14) {{{tex_words(scene.title)}}};")
    dimmed = {card.key for card in scene.cards if card.dimmed}
    labels: list[str] = []
    named = {card.key: card.name for card in scene.cards}
    literal = alike(named.values())
    for i, (edge, route, spread) in enumerate(zip(scene.edges, at.placed.routes, spreads(scene))):
        faint = ", opacity=0.42" if {edge.source, edge.target} & dimmed else ""
        lines.append(_line(edge, route.points, thickness(edge, at.scale), spread, faint))
        if i in at.names:
            lines += _again(named[edge.source], literal, *at.placed.places[at.names[i]])
        if edge.partial not in (None, 1.0) and route.label:
            labels.append(_local(edge, *route.label, faint))
    lines += labels
    for card, box in zip(scene.cards, at.boxes.values()):
        x, y = at.placed.places[box]
        w, h = at.sizes[box]
        look = ", opacity=0.42, transparency group" if card.dimmed else ""
        lines.append(rf"\begin{{scope}}[shift={{({x:g},{y:g})}}{look}] % {name_of(card)}")
        lines += _group(card, w, h) if card.kind == "group" else _value(card, literal, w, h)
        lines.append(r"\end{scope}")
    return document(about, STYLES, lines)


def _line(
    edge: Edge, points: list[tuple[float, float]], wide: float, spread: bool, faint: str
) -> str:
    tone, dash = sign_of(edge.carried), ""
    if spread:
        tone, dash = "nan", ", dash pattern=on 5pt off 3.5pt"
        wide = max(wide, width_of(NAN_SIZE))
    start, *rest = [f"({x:g},{y:g})" for x, y in points]
    curves = "".join(
        f" .. controls {a} and {b} .. {c}" for a, b, c in zip(rest[::3], rest[1::3], rest[2::3])
    )
    look = f"ag line, ag-{tone}-line, line width={POINT * wide:.2f}pt{dash}{faint}"
    return rf"\draw[{look}] {start}{curves};"


def _local(edge: Edge, x: float, y: float, faint: str) -> str:
    """The local derivative on its line."""
    assert edge.partial is not None
    ink = ", text=ag-nan" if sign_of(edge.partial) == "nan" else ""
    return rf"\node[ag local{ink}{faint}] at ({x:g},{y:g}) {{{tex_factor(edge.partial)}}};"


def _again(name: str, literal: Collection[str], x: float, y: float) -> Iterator[str]:
    """The name of a leaf beside a use far from its card."""
    wide, high = size_of_name(name)
    corners = f"rounded corners={POINT * HEIGHT / 2:g}pt, dashed"
    yield (
        rf"\filldraw[ag box, fill=ag-leaf, draw=ag-neutral-line, {corners}] ({x:g},{y:g}) "
        rf"rectangle ({x + wide:g},{y + high:g});"
    )
    middle = f"({x + wide / 2:g},{y + 15.5:g})"
    shown = tex_name(shown_name(name), literal)
    yield rf"\node[ag small, anchor=base, text=ag-ink] at {middle} {{{shown}}};"


# Cards --------------------------------------------------------------------------------------------


def _box(card: Card, w: float, h: float, y: float = 0.0) -> str:
    look = ["ag box"]
    if card.outside or card.kind == "leaf":
        look.append("fill=ag-leaf")
    if card.highlighted:
        look.append("draw=ag-accent, line width=1.4pt")
    elif not_finite(card) or card.begins:
        look.append("draw=ag-nan, line width=1.75pt")
    if card.outside or card.kind == "part":
        look.append("dash pattern=on 3pt off 2pt")
    return rf"\filldraw[{', '.join(look)}] (0,{y:g}) rectangle ({w:g},{h:g});"


def _value(card: Card, literal: Collection[str], w: float, h: float) -> Iterator[str]:
    bottom = h - (FLAG if card.begins else 0.0)
    data, gradient = card.data, card.gradient
    yield _box(card, w, h)
    if sign_of(data) == "nan":
        yield from _hatched(1.5, 1.5, w - 3.0, ROW - 2.0)
    name, operation = tex_name(name_of(card), literal), tex_words(operation_of(card))
    if card.sign and gradient is None:
        name += rf"\enspace{{\fontsize{{8}}{{10}}\selectfont\color{{ag-muted}}{operation}}}"
    yield rf"\node[ag left] at ({INSET:g},22) {{{name}}};"
    if data is not None:
        ink = ", text=ag-nan" if sign_of(data) == "nan" else ""
        yield rf"\node[ag right{ink}] at ({w - INSET:g},22) {{{tex_number(data)}}};"
    if gradient is not None:
        sign, top = sign_of(gradient), bottom - BAND
        if sign == "nan":
            yield from _hatched(1.0, top, w - 2.0, BAND - 1.0)
        else:
            tint = "zero-tint" if sign == "neutral" else f"{sign}-tint"
            yield _strip(tint, w, top, bottom - 1.0, rounded=not card.begins)
        ink = "ag-muted" if sign == "neutral" else f"ag-{sign}"
        place = f"({w - INSET:g},{top + 19:g})"
        yield rf"\node[ag right, text={ink}] at {place} {{{tex_gradient(gradient)}}};"
    if card.sign and gradient is not None:
        yield rf"\node[ag left, ag small] at ({INSET:g},{bottom - 10:g}) {{{operation}}};"
    if was(card):
        yield rf"\node[ag left, ag small] at ({INSET:g},{ROW + 8:g}) {{{tex_words(was(card))}}};"
    if card.begins:
        yield from _flag(card, w, h)


def _strip(role: str, w: float, top: float, bottom: float, rounded: bool) -> str:
    """The ground of a row; at the end of a card its lower corners are round."""
    begin, end = ("[rounded corners=4pt] ", "[sharp corners] ") if rounded else ("", "")
    return (
        rf"\fill[ag-{role}] (1,{top:g}) {begin}-- (1,{bottom:g}) -- ({w - 1:g},{bottom:g}) {end}"
        rf"-- ({w - 1:g},{top:g}) -- cycle;"
    )


def _flag(card: Card, w: float, h: float) -> Iterator[str]:
    yield _strip("nan", w, h - FLAG, h - 1.0, rounded=True)
    begins, place = tex_words(card.begins), f"({w / 2:g},{h - 7:g})"
    yield rf"\node[ag small, anchor=base, text=ag-ground] at {place} {{{begins}}};"


def _hatched(x: float, y: float, w: float, h: float) -> Iterator[str]:
    edge = f"({x:g},{y:g}) rectangle ({x + w:g},{y + h:g})"
    yield rf"\fill[ag-nan-tint, rounded corners=4pt] {edge};"
    lines = " ".join(f"({a:g},{b:g}) -- ({c:g},{d:g})" for a, b, c, d in hatch_lines(x, y, w, h))
    yield rf"\draw[ag-nan-hatch, line width=1.4pt] {lines};"


def _group(card: Card, w: float, h: float) -> Iterator[str]:
    top = stack_of(card)
    w = w - top
    for shift in (8, 4) if top else ():
        corners = f"({shift},{top - shift:g}) rectangle ({w + shift:g},{h - shift:g})"
        yield rf"\filldraw[ag box] {corners};"
    yield _box(card, w, h, top)
    yield rf"\node[ag left] at ({INSET:g},{top + 22:g}) {{{tex_words(name_of(card))}}};"
    if card.copies > 1:
        copies = tex_words(copies_of(card))
        yield rf"\node[ag right, ag small] at ({w - INSET:g},{top + 22:g}) {{{copies}}};"
    for i, line in enumerate(card.lines):
        y = top + 40.0 + LINE * i
        yield rf"\node[ag left, ag small] at ({INSET:g},{y:g}) {{{tex_words(line)}}};"
    below = top + 36.0 + LINE * len(card.lines)
    for i, square in enumerate(card.squares[:MOST_SQUARES]):
        row, column = divmod(i, PER_ROW)
        x, y = INSET + column * (SQUARE + 4.0), below + row * (SQUARE + 4.0)
        sign = sign_of(square.gradient)
        depth = 0.25 if sign == "neutral" else round(0.2 + 0.8 * square.strength, 2)
        look = f"ag-{sign}-line, fill opacity={depth:g}, rounded corners=2pt"
        if square.saturated:
            look += ", draw=ag-ink, line width=1.1pt"
        command = r"\filldraw" if square.saturated else r"\fill"
        yield rf"{command}[{look}] ({x:g},{y:g}) rectangle ({x + SQUARE:g},{y + SQUARE:g});"
        if sign in ("positive", "negative"):
            tip, base = (5.0, 10.0) if sign == "positive" else (10.0, 5.0)
            ink = "ground" if depth > 0.9 else "ink"
            yield (
                rf"\fill[ag-{ink}] ({x + 7.5:g},{y + tip:g}) -- ({x + 10.5:g},{y + base:g}) -- "
                rf"({x + 4.5:g},{y + base:g}) -- cycle;"
            )
    if len(card.squares) > MOST_SQUARES:
        more, y = f"+{len(card.squares) - MOST_SQUARES:,}", h - (FLAG if card.begins else 0.0) - 8.0
        yield rf"\node[ag right, ag small] at ({w - INSET:g},{y:g}) {{{more}}};"
    if card.begins:
        yield from _flag(card, w, h)
