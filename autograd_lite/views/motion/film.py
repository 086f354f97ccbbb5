"""A film: a stepper's picture with two lines of words above it and the legend below.

It has a time for each beat: numbers go forward first, then gradients come back, and at the end
everything is there and stays. `playing` makes it one picture that plays by itself; here is what it
looks like at any beat, for the frames of a GIF.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ..graph.scene import Scene
from ..language import say
from ..layout.wrapping import PAGE
from ..output.svg import SIZE, framed, one_line
from ..picture.drawing import MARGIN, Arrangement, arranged, cards_drawn, edges_drawn, ground
from ..picture.legend import Note, legend_drawn, notes
from ..text import alone, text_width
from ..theme import fill, roles_in, style
from .moments import Change, Moment, beginning, changes, in_beats
from .products import products

SECONDS, LONGEST = 8.0, 24.0  # of the whole film: wanted, and of many steps at most
CLEARED, PAUSE, REST = 0.5, 0.3, 2.1  # before the first beat, before backward, at the end
FORWARD, BACKWARD = (0.18, 0.6), (0.3, 0.9)  # seconds of a beat, at least and at most
FORWARD_SHARE = 0.32  # of the time of all beats
LINE = 22.0  # from a line of words to the next


@dataclass(slots=True)
class Beat:
    """What is shown at once.

    Attributes:
        start, end: in seconds from the beginning.
        changes: what happens.
        before, after: what is known.
    """

    start: float
    end: float
    changes: list[Change]
    before: Moment
    after: Moment

    @property
    def is_forward(self) -> bool:
        return self.changes[0].phase == "forward"


class Film:
    """The film of a stepper.

    Args:
        scene: its last picture.
        steps: `CardStep`s, all of them.
        direction: where the result is.
        label: what it is.
        meaning: a sentence for the end.

    Attributes:
        scene: its last picture.
        beats: what happens when.
        seconds: how long it is.
    """

    def __init__(
        self, scene: Scene, steps: Sequence[Any], direction: str, label: str, meaning: str = ""
    ) -> None:
        self.scene = replace(scene, products=True)
        self.direction, self.label, self._meaning = direction, label, meaning
        found = changes(scene, steps)
        self.beginning = beginning(scene, found)
        self.beats = self._beats(in_beats(found))
        self.seconds = round((self.beats[-1].end if self.beats else 0.0) + REST, 2)

    def _beats(self, groups: list[list[Change]]) -> list[Beat]:
        forward = sum(group[0].phase == "forward" for group in groups)
        backward = len(groups) - forward
        room = SECONDS - CLEARED - PAUSE - REST
        short = min(max(FORWARD_SHARE * room / max(forward, 1), FORWARD[0]), FORWARD[1])
        long = min(max((room - forward * short) / max(backward, 1), BACKWARD[0]), BACKWARD[1])
        faster = min(1.0, LONGEST / (forward * short + backward * long))
        beats, time, moment = [], CLEARED, self.beginning
        for i, group in enumerate(groups):
            time += PAUSE if i == forward else 0.0
            end = time + faster * (short if i < forward else long)
            after = moment.after(group)
            beats.append(Beat(round(time, 3), round(end, 3), group, moment, after))
            time, moment = end, after
        return beats

    def frames(self) -> list[tuple[str, float]]:
        """Its pictures one after another, each with how many seconds it is seen."""
        times = [0.0, *(beat.start for beat in self.beats)]
        ends = [*times[1:], self.seconds]
        if self.beats:
            ends[-1] = self.beats[-1].end
        moments = [self.beginning, *(beat.after for beat in self.beats)]
        shown = [
            (self.still(moment), end - time) for moment, time, end in zip(moments, times, ends)
        ]
        last = replace(moments[-1], now=set(), forth=set(), back=set())
        return [*shown, (self.still(last, ended=True), REST)]

    @cached_property
    def plan(self) -> Arrangement:
        """The places of everything."""
        return arranged(self.scene, self.direction, PAGE)

    @cached_property
    def words(self) -> list[tuple[str, str]]:
        """What happens forward, backward, and what it means: the name of the phase, and more."""
        root = alone(self.scene.root or (self.scene.results or [say("result")])[0])
        several = max(Counter(edge.source for edge in self.scene.edges).values(), default=0) > 1
        back = say("from {root}.grad = 1, each line multiplies by its local derivative", root=root)
        if all(edge.partial is None for edge in self.scene.edges):  # they are between groups
            back = say("from {root}.grad = 1, gradients flow back along the lines", root=root)
        elif several:
            back = say("{note}; {more}", note=back, more=say("where lines meet, products add up"))
        forward = say("each operation computes its number")
        lines = [(say("Forward"), forward), (say("Backward"), back)]
        return lines + ([(say("Result"), self._meaning)] if self._meaning else [])

    @cached_property
    def times(self) -> list[float]:
        """When each of the words comes."""
        backward = next((beat.start for beat in self.beats if not beat.is_forward), self.seconds)
        return [CLEARED, backward, round(self.seconds - REST, 3)][: len(self.words)]

    @cached_property
    def products(self) -> dict[int, str]:
        """The product on each line that has room for it, as SVG."""
        return dict(products(self.scene, self.plan))

    def still(self, moment: Moment, ended: bool = False) -> str:
        """The picture at one moment; `ended`: after the last one."""
        scene = moment.scene(self.scene)
        shown = [self.products[i] for i in sorted(moment.edges) if i in self.products]
        body = [*edges_drawn(scene, self.plan), *shown, *cards_drawn(scene, self.plan)]
        spoken = len(self.words) if ended else 1 + bool(moment.gradients)
        lines = [self.line(i) for i in range(spoken)]
        return self.framed("".join(body), "".join(lines))

    def framed(self, body: str, words: str, rules: Any = None) -> str:
        """The whole picture: `body` between the words and the legend.

        Args:
            body: what stands in the places of the plan.
            words: the lines above, as SVG.
            rules: what makes more rules of a style sheet, from the whole body.
        """
        placed = self.plan.placed
        top = MARGIN + LINE * len(self.words) + 8.0
        below = top + placed.height + MARGIN
        legend, legend_wide, legend_high = legend_drawn(self._notes(), MARGIN, below, placed.width)
        spoken = max(text_width(f"{phase}: {text}", SIZE, bold=True) for phase, text in self.words)
        wide = max(placed.width, spoken, legend_wide) + 2 * MARGIN
        high = below + legend_high + 8.0
        across = round((wide - 2 * MARGIN - placed.width) / 2, 1) + MARGIN
        whole = (
            f"{ground(wide, high)}{words}"
            f'<g transform="translate({across:g} {top:g})">{body}</g>'
            f'<g data-part="legend">{legend}</g>'
        )
        sheet = style(roles_in(whole)) + (rules(whole) if rules else "")
        return framed(whole, wide, high, self.label, sheet)

    def line(self, i: int) -> str:
        """One of the lines above the picture."""
        phase, text = self.words[i]
        return (
            f'<text x="{MARGIN:g}" y="{MARGIN + 14.0 + LINE * i:g}" {fill("ink")}>'
            f'<tspan {fill("accent")} font-weight="600">{one_line(phase)}</tspan>'
            f"{one_line(say(': ') + text)}</text>"
        )

    def _notes(self) -> list[Note]:
        """The legend; the words above tell what stands on lines."""
        return [note for note in notes(self.scene) if note.mark not in ("partial", "leaf")]
