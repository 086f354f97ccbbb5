"""A strip: the frames of a stepper that matter, side by side, for where nothing moves.

Each frame is the picture at that time, with the number of its step and what it says.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..graph.scene import Scene
from ..language import counted, say
from ..layout.wrapping import PAGE
from ..output.svg import SIZE, SMALL, framed, one_line
from ..picture.card_drawing import text_at
from ..picture.drawing import MARGIN, Arrangement, arranged, cards_drawn, edges_drawn, ground
from ..picture.legend import legend_drawn, notes
from ..text import text_width
from ..theme import fill, stroke
from .moments import Moment, beginning, changes

MOST, MOST_LARGE = 8, 4  # frames: usually, of a large picture
LARGE = 80  # cards and lines
WIDE, GAP, PAD = 1270.0, 16.0, 14.0  # of all frames, between two of them, inside each
NARROW, NATURAL = 420.0, 600.0  # width of a picture in a frame: at least, and at most in its size
REDUCED = 480.0  # of one that has to be smaller
HIGH = 460.0  # of the picture in a frame, at most
NEAR = 0.8  # a smaller picture is not shown as a whole, but what a step is about
LINE = 19.0  # from a line of words to the next
SHOWN, LEAVES = 4, 24  # lines of numbers of a step; gradients of the result
TITLE = re.compile("<title>.*?</title>")
WORDS = re.compile(  # with what stands before them: a space, and punctuation that clings to them
    r"\s?（?(?:[\u2e80-\u9fff]|[^\s\u2e80-\u9fff\uff00-\uffef]+|[\uff00-\uffef])[，。；：、？！）]*"
)


@dataclass(slots=True)
class Frame:
    """One picture of a strip.

    Attributes:
        number: of the step, from 1; 0 for the time before the first.
        phase: "start", "forward", "backward" or "result".
        sentence: what happens.
        numbers: the same in numbers, a line each.
        skipped: how many steps lie between it and the frame before.
        moment: what is known.
    """

    number: int
    phase: str
    sentence: str
    numbers: list[str]
    skipped: int
    moment: Moment


def chosen(steps: Sequence[Any], most: int) -> list[int]:
    """The steps that matter, by their numbers; 0 is the time before the first.

    They are the start, the end of forward, the seed, the first and the last step of backward, those
    where shares of a gradient add up, others at equal distances, and the result.
    """
    forward = sum(each.phase == "forward" for each in steps)
    first, last = forward + 2, len(steps) - 1
    wanted = {forward, forward + 1, len(steps)} | ({0} if most > MOST_LARGE else set())
    inner = list(range(first, last + 1))
    if len(wanted) + len(inner) > most:
        adding = [k for k in inner if any(line.total for line in steps[k - 1].lines)]
        room = most - len(wanted)
        even = [inner[round(i * (len(inner) - 1) / max(room - 1, 1))] for i in range(room)]
        ranked = [*([first, last] if room > 2 else [first]), *adding[:1], *even, *adding]
        inner = list(dict.fromkeys(ranked))[:room]
    return sorted(wanted.union(inner))


def frames(scene: Scene, steps: Sequence[Any], most: int = MOST) -> list[Frame]:
    """The frames of a stepper.

    Args:
        scene: its last picture.
        steps: `CardStep`s, all of them.
        most: so many frames, from 4 on.
    """
    forward = sum(each.phase == "forward" for each in steps)
    found = changes(scene, steps)
    moment, before = beginning(scene, found), 0
    listed: list[Frame] = []
    numbers = set(chosen(steps, most))
    for k in range(len(steps) + 1):
        if k:
            moment = moment.after([found[k - 1]])
        if k not in numbers:
            continue
        skipped = 0 if k <= forward else k - before - 1
        listed.append(_frame(k, steps, forward, skipped, moment))
        before = k
    return listed


def _frame(k: int, steps: Sequence[Any], forward: int, skipped: int, moment: Moment) -> Frame:
    if k == 0:
        return Frame(0, "start", say("Before the first step: the leaves are given."), [], 0, moment)
    each = steps[k - 1]
    if k == forward:
        moment = replace(moment, now=set(), forth=set())
        lines = [
            str(line) if line.quantity else say("{title}: {note}", title=step.title, note=str(line))
            for step in steps[:forward]
            for line in step.lines
        ]
        count = counted(forward, "step")
        text = say("Every operation has computed its number, in {steps}.", steps=count)
        return Frame(k, "forward", text, lines, 0, moment)
    lines = [str(line) for line in each.lines]
    if each.phase == "result":
        lines = [f"{line.left} {line.result}" for line in each.lines]
    sentence = say("{sentence}.", sentence=each.heading)
    return Frame(k, each.phase, sentence, lines, skipped, moment)


def strip(scene: Scene, steps: Sequence[Any], direction: str, label: str) -> str:
    """The frames of a stepper as one picture.

    Args:
        scene: its last picture.
        steps: `CardStep`s, all of them.
        direction: where the result is.
        label: what it is.
    """
    whole = replace(scene, products=False)
    view = _View(whole, arranged(whole, direction, PAGE))
    wide = view.width + 2 * PAD
    columns = max(1, min(3, int((WIDE + GAP) // (wide + GAP))))
    shown = frames(
        whole, steps, MOST_LARGE if len(scene.cards) + len(scene.edges) > LARGE else MOST
    )
    total = str(len(steps))
    body, top = [], MARGIN
    for start in range(0, len(shown), columns):
        row = shown[start : start + columns]
        texts = [list(_words(frame, total, wide - 2 * PAD)) for frame in row]
        spoken = max(len(text) for text in texts) * LINE + PAD + 6.0
        high = round(spoken + view.height + PAD, 1)
        for i, (frame, text) in enumerate(zip(row, texts)):
            picture = view.drawn(frame, PAD, spoken)
            if frame is not shown[-1]:  # one reading of all numbers is enough
                picture = TITLE.sub("", picture)
            x = MARGIN + i * (wide + GAP)
            body.append(
                f'<g data-frame="{frame.number}" transform="translate({x:g} {top:g})">'
                f'<rect {stroke("line")} fill="none" width="{wide:g}" height="{high:g}" rx="8"/>'
                f"{''.join(_written(text))}{picture}</g>"
            )
        top = round(top + high + GAP, 1)
    across = min(columns, len(shown)) * (wide + GAP) - GAP
    legend, legend_wide, legend_high = legend_drawn(list(notes(whole)), MARGIN, top, across)
    body.append(f'<g data-part="legend">{legend}</g>')
    wide, high = max(across, legend_wide) + 2 * MARGIN, top + legend_high + 8.0
    title = say(
        "{title}: frames {frames} of {steps}",
        title=label,
        frames=", ".join(str(frame.number) for frame in shown),
        steps=counted(len(steps), "step"),
    )
    return framed(ground(wide, high) + "".join(body), wide, high, title)


class _View:
    """The picture in the frames of a strip: as a whole where it can be read, or a part of it.

    Attributes:
        width, height: of the picture in each frame.
    """

    def __init__(self, scene: Scene, plan: Arrangement) -> None:
        self._scene, self._plan = scene, plan
        wide = plan.placed.width
        self.width = max(NARROW, wide if wide <= NATURAL else REDUCED)
        self._scale = min(1.0, self.width / wide, HIGH / plan.placed.height)
        self.height = round(self._scale * plan.placed.height, 1)

    def drawn(self, frame: Frame, x: float, y: float) -> str:
        """The picture of one frame, at a place in it."""
        moment, placed, scale = frame.moment, self._plan.placed, self._scale
        at = moment.scene(self._scene, labels=True)
        lines, cards = list(edges_drawn(at, self._plan)), list(cards_drawn(at, self._plan))
        if scale >= NEAR or frame.phase != "backward":
            across = round(x + (self.width - scale * placed.width) / 2, 1)
            sized = "" if scale == 1.0 else f" scale({scale:.4g})"
            picture = "".join(lines + cards)
            return f'<g transform="translate({across:g} {y:g}){sized}">{picture}</g>'
        about = moment.now | {self._scene.edges[i].source for i in moment.back}
        wide, high = min(placed.width, self.width / NEAR), min(placed.height, self.height / NEAR)
        left, top = self._corner(about, moment.now, wide, high)

        def seen(points: Sequence[tuple[float, float]]) -> bool:
            """Whether something with these corners is in sight, at least a part of it."""
            across, down = [x for x, _ in points], [y for _, y in points]
            beside = min(across) >= left + wide or max(across) <= left
            return not (beside or min(down) >= top + high or max(down) <= top)

        for i, route in enumerate(placed.routes):  # the labels come behind all lines
            lines[i] = lines[i] if seen(route.points) else ""
        for i, box in enumerate(self._plan.boxes.values()):
            (x0, y0), (w, h) = placed.places[box], self._plan.sizes[box]
            cards[i] = cards[i] if seen([(x0, y0), (x0 + w, y0 + h)]) else ""
        picture = "".join(lines + cards)
        return (
            f'<svg x="{x:g}" y="{y:g}" width="{self.width:g}" height="{self.height:g}" '
            f'viewBox="{left:g} {top:g} {round(wide, 1):g} {round(high, 1):g}">{picture}</svg>'
        )

    def _corner(
        self, about: Collection[str], now: Collection[str], wide: float, high: float
    ) -> tuple[float, float]:
        """Where a part of the picture begins that has these cards in its middle and shows `now`."""
        found = []
        for axis, size, whole in (
            (0, wide, self._plan.placed.width),
            (1, high, self._plan.placed.height),
        ):
            first, last = self._span(about, axis)
            start, end = self._span(now, axis)
            corner = min(start, max(end - size, (first + last - size) / 2))
            found.append(round(max(0.0, min(whole - size, corner)), 1))
        return found[0], found[1]

    def _span(self, keys: Collection[str], axis: int) -> tuple[float, float]:
        """From where to where these cards reach, across (0) or down (1)."""
        boxes = [self._plan.boxes[key] for key in keys]
        ends = [(self._plan.placed.places[i][axis], self._plan.sizes[i][axis]) for i in boxes]
        return min(x for x, _ in ends), max(x + size for x, size in ends)


# Words --------------------------------------------------------------------------------------------


def _words(frame: Frame, total: str, wide: float) -> Iterator[tuple[str, str]]:
    """The lines of words of a frame, each with how it is written."""
    heads = {"forward": say("Forward"), "backward": say("Backward"), "result": say("Result")}
    head = heads.get(frame.phase, say("Start"))
    if frame.phase in heads:
        head += " · " + say("step {place} of {all}", place=frame.number, all=total)
    if frame.skipped:
        head += " · " + say("{steps} between", steps=counted(frame.skipped, "step"))
    yield "head", head
    for line in broken(frame.sentence, wide, SIZE, bold=True):
        yield "sentence", line
    lines = frame.numbers
    room = wide - 12.0, SMALL + 1.0
    if frame.phase == "result":
        most = LEAVES if len(lines) > LEAVES else len(lines)
        rest = [say("and {count} more", count=len(lines) - most)] if most < len(lines) else []
        rows = filled([f"{text}\u2003" for text in [*lines[:most], *rest]], *room)
    else:
        if len(lines) > SHOWN:
            lines = [*lines[: SHOWN - 1], say("and {count} more", count=len(lines) - SHOWN + 1)]
        rows = [part for line in lines for part in broken(line, *room)]
    for row in rows:
        yield "number", row


def _written(lines: Sequence[tuple[str, str]]) -> Iterator[str]:
    for i, (kind, text) in enumerate(lines):
        y = PAD + 12.0 + LINE * i
        if kind == "head":
            phase, _, rest = text.partition(" ")
            yield (
                f'<text x="{PAD:g}" y="{y:g}" {fill("muted")} font-size="{SMALL + 1:g}">'
                f'<tspan {fill("accent")} font-weight="600">{one_line(phase)}</tspan>'
                f"{f' {one_line(rest)}' if rest else ''}</text>"
            )
        elif kind == "sentence":
            yield text_at(PAD, y, text, size=SIZE, bold=True)
        else:
            yield text_at(PAD + 12.0, y, text, "ink", size=SMALL + 1.0)


def broken(text: str, wide: float, size: float, bold: bool = False) -> list[str]:
    """`text` in lines of at most this width, as far as its words allow; those of Chinese are signs.

    >>> broken("x.grad += 2 × 3 = 6", 80.0, 13.0)
    ['x.grad +=', '2 × 3 = 6']
    >>> broken("它的梯度已经算完（1），可以往回传了", 80.0, 13.0)
    ['它的梯度已经', '算完（1），', '可以往回传了']
    """
    return filled(WORDS.findall(text), wide, size, bold)


def filled(pieces: Iterable[str], wide: float, size: float, bold: bool = False) -> list[str]:
    """Pieces of text in lines of at most this width, but for a piece that is wider by itself."""
    lines = [""]
    for piece in pieces:
        longer = f"{lines[-1]}{piece}".strip()
        if lines[-1] and text_width(longer, size, bold) > wide:
            lines.append(piece.lstrip())
        else:
            lines[-1] = f"{lines[-1]}{piece}".lstrip()
    return [line.rstrip() for line in lines]
