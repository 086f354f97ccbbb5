"""A picture that plays by itself: one SVG, moved by style rules alone.

What is drawn is the last picture. The rules hide what comes later than now; they hold only where
motion is welcome. So the picture is complete in every program that knows no motion, for who wants
none, on paper, and after the last round. A round begins and ends with the whole picture.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from ..graph.scene import Card
from ..output.svg import id_of
from ..picture.card_drawing import FLAG, card_svg, gradient_svg, sign_of
from ..picture.drawing import LINES, edges_drawn, path_of, thickness
from ..theme import stroke
from .film import CLEARED, Film

ROUNDS = 3
FADE = 0.2  # seconds in which something appears
HIDDEN = ' opacity="0"'  # of what is there only for a while
NUMBER, PRODUCT, ARRIVAL = 0.5, 0.15, 0.6  # parts of a beat after which these appear


def playing(film: Film) -> str:
    """The film as one `<svg>`, which needs no script, and plays in an `<img>` as well."""
    return _Player(film).svg()


class _Player:
    """Writes a film, and the rules that move it."""

    def __init__(self, film: Film) -> None:
        self.film = film
        self.moves: dict[tuple[str, float, float], int] = {}  # kind, start and end: their number
        self.known: dict[str, float] = {}  # when the number of a card appears
        self.gradients: dict[str, list[tuple[float, float]]] = defaultdict(list)  # when, how much
        for beat in film.beats:
            number = beat.start + NUMBER * (beat.end - beat.start)
            arrival = beat.start + ARRIVAL * (beat.end - beat.start)
            for change in beat.changes:
                self.known.update(dict.fromkeys(change.data, number))
                for key, (gradient, _) in change.gradients.items():
                    so_far = self.gradients[key]
                    if key == change.key and so_far:
                        continue  # what it hands on is what it has
                    if so_far and so_far[-1][0] == arrival:
                        so_far.pop()
                    so_far.append((arrival, gradient))

    def svg(self) -> str:
        film = self.film
        bare = film.beginning.scene(film.scene)
        body = [*edges_drawn(bare, film.plan), *self._lines(), *self._cards()]
        words = [
            f"<g{self._at('shown', time)}>{film.line(i)}</g>" for i, time in enumerate(film.times)
        ]
        return film.framed("".join(body), "".join(words), self._rules)

    def _at(self, kind: str, start: float, end: float = 0.0) -> str:
        """The attribute of what moves so."""
        move = kind, round(start, 3), round(end, 3)
        return f' data-at="{self.moves.setdefault(move, len(self.moves))}"'

    # What is drawn --------------------------------------------------------------------------------

    def _lines(self) -> Iterator[str]:
        """Gradients on the lines, numbers on their way, products."""
        film, scene, plan = self.film, self.film.scene, self.film.plan
        forth, back, written = [], [], []
        for beat in film.beats:
            middle = beat.start + 0.6 * (beat.end - beat.start)
            for i in (i for change in beat.changes for i in change.edges):
                edge, points = scene.edges[i], plan.placed.routes[i].points
                if beat.is_forward:
                    forth.append(
                        f"<path{self._at('forth', beat.start, middle)} {stroke('accent')} "
                        f'fill="none" stroke-width="4" stroke-linecap="round" pathLength="1"'
                        f'{HIDDEN} d="{path_of(points)}"/>'
                    )
                    continue
                tone = LINES[sign_of(edge.carried)]
                back.append(
                    f'<path{self._at("back", beat.start, middle)} {stroke(tone)} fill="none" '
                    f'stroke-width="{thickness(edge, plan.scale):g}" pathLength="1" '
                    f'd="{path_of(points[::-1])}"/>'
                )
                if i in film.products:
                    when = beat.start + PRODUCT * (beat.end - beat.start)
                    written.append(f"<g{self._at('shown', when)}>{film.products[i]}</g>")
        yield from back
        yield from forth
        yield from written

    def _cards(self) -> Iterator[str]:
        film = self.film
        bare = film.beginning.scene(film.scene)
        here: dict[str, list[str]] = defaultdict(list)
        for beat in film.beats:
            for change in beat.changes:
                here[change.key].append(self._at("while", beat.start, beat.end))
        for card, empty in zip(film.scene.cards, bare.cards):
            box = film.plan.boxes[card.key]
            (x, y), (w, h) = film.plan.placed.places[box], film.plan.sizes[box]
            full = card_svg(card, x, y, w, h)
            if card.gradient is not None and card.key in self.gradients:
                at = self._at("shown", self.gradients[card.key][-1][0])
                full = full.replace(' data-part="gradient"', f' data-part="gradient"{at}')
            number = self.known.get(card.key)
            if card.kind == "group" or card.begins:  # more of it changes than a number
                at = self._at("shown", self._completed(card))
                yield card_svg(empty, x, y, w, h)
                if card.begins_backward and number is not None:
                    plain = replace(card, gradient=None, begins="")
                    yield f"<g{self._at('shown', number)}>{card_svg(plain, x, y, w, h)}</g>"
                yield f"<g{at}>{full}</g>"
            elif number is not None:
                for part in (' data-part="data"', ' data-part="nan-data"'):
                    full = full.replace(part, part + self._at("shown", number))
                yield full
            else:
                yield full
            flagged = card.begins and not card.begins_backward
            yield from self._on_card(card.key, x, y, w, h - (FLAG if flagged else 0.0))
            for at in here[card.key]:
                yield (
                    f'<rect{at} {stroke("accent")} fill="none" stroke-width="2.5"{HIDDEN} '
                    f'x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="8"/>'
                )

    def _completed(self, card: Card) -> float:
        """When all that a group or a card with a flag says is known."""
        times = [time for time, _ in self.gradients.get(card.key, ())]
        if times and (card.kind == "group" or card.begins_backward):
            return times[-1]
        return self.known.get(card.key) or 0.0

    def _on_card(self, key: str, x: float, y: float, w: float, h: float) -> Iterator[str]:
        """The gradients that a card has before all shares have come."""
        so_far = self.gradients.get(key, [])
        for (time, gradient), (until, _) in pairwise(so_far):
            shown = "".join(gradient_svg(gradient, w, h, unfinished=True))
            at = self._at("while", time, until + FADE / 2)
            yield f'<g{at}{HIDDEN} transform="translate({x:g} {y:g})">{shown}</g>'

    # How it moves ---------------------------------------------------------------------------------

    def _rules(self, body: str) -> str:
        """The rules that move the picture with this body."""
        name, seconds = id_of(body), self.film.seconds
        frames = "".join(
            f"@keyframes {name}-{i}{{{self._frames(*move)}}}" for move, i in self.moves.items()
        )
        each = "".join(
            f'#{name} [data-at="{i}"]{{{DASHES.get(kind, "")}animation-name:{name}-{i}}}'
            for (kind, _, _), i in self.moves.items()
        )
        return (
            "@media screen and (prefers-reduced-motion:no-preference){"
            f"#{name} [data-at]{{animation:{seconds:g}s linear {ROUNDS}}}{each}{frames}}}"
        )

    def _frames(self, kind: str, start: float, end: float) -> str:
        """The keyframes of one kind of motion; a time is given as its part of the round."""
        cleared = self._part(CLEARED / 2)
        a, b = self._part(start), self._part(max(end, start + FADE))
        if kind == "shown":
            return f"0%{{opacity:1}}{cleared},{a}{{opacity:0}}{b},to{{opacity:1}}"
        if kind == "while":
            fade = min(FADE, end - start) / 2
            on, off = self._part(start + fade), self._part(max(end, start + FADE) - fade)
            return f"0%,{a}{{opacity:0}}{on},{off}{{opacity:1}}{b},to{{opacity:0}}"
        begun, gone = self._part(start + 0.01), self._part(max(end, start + FADE) + 0.01)
        if kind == "forth":
            return (
                f"0%,{a}{{opacity:0;stroke-dashoffset:.2}}{begun}{{opacity:1}}"
                f"{b}{{opacity:1;stroke-dashoffset:-1}}"
                f"{gone},to{{opacity:0;stroke-dashoffset:-1}}"
            )
        return (
            f"0%{{opacity:1;stroke-dashoffset:0}}{cleared}{{opacity:0;stroke-dashoffset:0}}"
            f"{a}{{opacity:0;stroke-dashoffset:1}}{begun}{{opacity:1;stroke-dashoffset:1}}"
            f"{b},to{{opacity:1;stroke-dashoffset:0}}"
        )

    def _part(self, time: float) -> str:
        return f"{round(100.0 * time / self.film.seconds, 2):g}%"


DASHES = {"forth": "stroke-dasharray:.2 1.3;", "back": "stroke-dasharray:1 1;"}
