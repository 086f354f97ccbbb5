"""Inside: pictures of what the groups of a picture hold, and the groups in those, for the lens.

They travel in the page with the picture, so that a reader who has nothing but the page can open a
group. Each Value is on one card of its own somewhere among them, so that all of them together are
as long as the graph is large; of a huge graph the outermost are there, up to a limit. They are much
alike, and therefore packed: a twentieth of their length is left.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections import deque
from collections.abc import Mapping
from typing import Any

from ..graph.opening import open_part
from ..graph.parts import Part
from ..graph.scene import Scene
from ..output.svg import unstyled
from .cards import Shown
from .drawing import description, drawing

MOST_BYTES = 1_500_000  # of all inner pictures of one picture, before they are packed

Pictures = dict[str, dict[str, Any]]


def inner_pictures(shown: Shown, scene: Scene, direction: str) -> Pictures:
    """For each group that can be opened, by the key of its card, what is inside, as plain data.

    An entry has `svg`, `cards` and `edges` like the payload of a picture, `title`, `label`, and
    `inside` for the groups in it. The groups of one picture can all be opened, or none of them.

    Args:
        shown, scene: the picture around them.
        direction: where the result is.
    """
    inside: Pictures = {}
    room = MOST_BYTES
    waiting = deque([(inside, shown)])
    while waiting:
        target, around = waiting.popleft()
        named = _names(around)
        entries: Pictures = {}
        deeper = []
        for part in around.parts:
            opened = _opened(around, part, named)
            if opened is None:
                continue
            entries[part.key] = entry = _entry(opened, part, scene.root, direction)
            deeper.append((entry["inside"], opened))
            room -= len(entry["svg"])
            if room < 0:
                return inside
        target.update(entries)
        waiting += deeper
    return inside


def packed(pictures: Pictures) -> dict[str, Any]:
    """Inner pictures as a payload has them: the keys of the cards that open, and all the rest.

    >>> packed({})
    {}
    >>> packed({"g3": {"svg": "<svg></svg>", "inside": {}}})["opens"]
    ['g3']
    """
    if not pictures:
        return {}
    text = json.dumps(pictures, ensure_ascii=False, separators=(",", ":"))
    return {
        "opens": list(pictures),
        "inside": base64.b64encode(zlib.compress(text.encode("utf-8", "replace"), 9)).decode(),
    }


def _names(shown: Shown) -> dict[int, str]:
    """For each place the name of the card that it is on."""
    names = {}
    for part in shown.parts:
        for i in part.places:
            if part.kind == "group" and i < shown.graph.outside:
                names[i] = shown.graph.origins[i]
            else:
                names[i] = part.title or shown.named[shown.graph.order[i]]
    return names


def _opened(around: Shown, part: Part, names: Mapping[int, str]) -> Shown | None:
    """What is inside a part, or None where there is nothing to open."""
    if part.kind != "group" or part.is_outside:
        return None
    graph, parts = open_part(around.graph, part, names.__getitem__)
    if not parts:
        return None
    before = around.before and around.before.part(graph.around)
    return Shown(graph, parts, around.named, before, around.begins, around.kept)


def _entry(shown: Shown, part: Part, root: str, direction: str) -> dict[str, Any]:
    scene = shown.scene(root=root, total=len(part.places), inside=part.title)
    return {
        "title": part.title,
        "label": description(scene),
        "svg": unstyled(drawing(scene, direction)),
        "cards": [card.key for card in scene.cards],
        "edges": [[edge.source, edge.target] for edge in scene.edges],
        "inside": {},
    }
