"""A strip: the frames of a stepper that matter, side by side, for where nothing moves.

Each frame is the picture at that time, with the number of its step and what it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..graph.scene import Scene
from ..language import say
from ..layout.wrapping import PAGE
from ..output.svg import SIZE, SMALL, framed, one_line
from ..picture.card_drawing import text_at
from ..picture.drawing import MARGIN, arranged, cards_drawn, edges_drawn, ground
from ..picture.legend import legend_drawn, notes
from ..text import counted, text_width
from ..theme import fill, stroke
from .moments import Moment, beginning, changes

MOST, MOST_WIDE, MOST_LARGE = 8, 5, 4  # frames: usually, of one column, of many cards
LARGE = 48  # cards
WIDE, GAP, PAD = 1270.0, 16.0, 14.0  # of all frames, between two of them, inside each
NARROW = 420.0  # a frame is at least so wide, for its words
LINE = 19.0  # from a line of words to the next
SHOWN = 4  # lines of numbers of a step
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
    wanted = {forward, forward + 1, len(steps)} | ({0} if most > MOST_WIDE else set())
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
        lines = [str(line) for step in steps[:forward] for line in step.lines]
        count = counted(forward, "step")
        text = say("Every operation has computed its number, in {steps}.", steps=count)
        return Frame(k, "forward", text, lines, 0, moment)
    lines = [str(line) for line in each.lines]
    if each.phase == "result":
        lines = [say(", ").join(f"{line.left} {line.result}" for line in each.lines)]
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
    plan = arranged(whole, direction, PAGE)
    wide = max(plan.placed.width, NARROW) + 2 * PAD
    columns = max(1, min(3, int((WIDE + GAP) // (wide + GAP))))
    most = MOST_LARGE if len(scene.cards) > LARGE else MOST if columns > 1 else MOST_WIDE
    shown = frames(whole, steps, most)
    total = str(len(steps))
    body, top = [], MARGIN
    for start in range(0, len(shown), columns):
        row = shown[start : start + columns]
        texts = [list(_words(frame, total, wide - 2 * PAD)) for frame in row]
        spoken = max(len(text) for text in texts) * LINE + PAD + 6.0
        high = spoken + plan.placed.height + PAD
        for i, (frame, text) in enumerate(zip(row, texts)):
            at = frame.moment.scene(whole, labels=True)
            picture = "".join([*edges_drawn(at, plan), *cards_drawn(at, plan)])
            if frame is not shown[-1]:  # one reading of all numbers is enough
                picture = TITLE.sub("", picture)
            x = MARGIN + i * (wide + GAP)
            across = PAD + (wide - 2 * PAD - plan.placed.width) / 2
            body.append(
                f'<g data-frame="{frame.number}" transform="translate({x:g} {top:g})">'
                f'<rect {stroke("line")} fill="none" width="{wide:g}" height="{high:g}" rx="8"/>'
                f"{''.join(_written(text))}"
                f'<g transform="translate({round(across, 1):g} {spoken:g})">{picture}</g></g>'
            )
        top += high + GAP
    across = columns * (wide + GAP) - GAP
    legend, legend_wide, legend_high = legend_drawn(list(notes(whole)), MARGIN, top, across)
    body.append(f'<g data-part="legend">{legend}</g>')
    wide, high = max(across, legend_wide) + 2 * MARGIN, top + legend_high + 8.0
    title = f"{label}: {len(shown)} frames, {', '.join(str(frame.number) for frame in shown)}"
    return framed(ground(wide, high) + "".join(body), wide, high, f"{title} of {total} steps")


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
    for line in broken(frame.sentence, wide, SIZE):
        yield "sentence", line
    lines = frame.numbers
    if len(lines) > SHOWN:
        lines = [*lines[: SHOWN - 1], say("and {count} more", count=len(lines) - SHOWN + 1)]
    for line in lines:
        for part in broken(line, wide - 12.0, SMALL + 1.0):
            yield "number", part


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


def broken(text: str, wide: float, size: float) -> list[str]:
    """`text` in lines of at most this width, as far as its words allow; those of Chinese are signs.

    >>> broken("x.grad += 2 × 3 = 6", 80.0, 13.0)
    ['x.grad +=', '2 × 3 = 6']
    >>> broken("它的梯度已经算完（1），可以往回传了", 80.0, 13.0)
    ['它的梯度已经', '算完（1），', '可以往回传了']
    """
    lines = [""]
    for word in WORDS.findall(text):
        longer = f"{lines[-1]}{word}".lstrip()
        if lines[-1] and text_width(longer, size) > wide:
            lines.append(word.lstrip())
        else:
            lines[-1] = longer
    return lines
