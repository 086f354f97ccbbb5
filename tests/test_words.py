"""Words of the views: where nan began, names no two alike, and equations that hold as printed."""

from __future__ import annotations

import autograd_lite as ag
from autograd_lite import draw


def begins(root):
    root.backward()
    return {card.name: card.begins for card in draw(root).scene.cards if card.begins}


def test_a_card_says_where_nan_and_infinity_began(Value):
    x = Value(-1.0, "x")
    y = x.log()
    y.label = "y"
    assert begins((y * 0.0) + 1.0) == {"y": "nan begins here"}
    x = Value(1e308, "x")
    y = x * -10.0
    z = y - y
    y.label, z.label = "y", "z"
    assert begins(z * 2.0) == {"y": "−∞ begins here", "z": "nan begins here"}
    assert begins(Value(float("nan"), "x") * 2.0) == {"x": "nan begins here"}
    x = Value(0.0, "x")
    assert begins(x.sqrt() * 0.0 + x) == {"x": "gradient: nan begins here"}
    x = Value(0.0, "x")
    assert begins(x.sqrt() + x) == {"x": "gradient: ∞ begins here"}
    assert begins(Value(0.0) * 2.0) == {}


def test_a_group_says_that_nan_began_inside(Value):
    y = Value(-1.0, "x")
    for k in range(200):
        y = (y.log() if k == 100 else y) * 0.99
    assert {card.begins for card in draw(y).scene.cards} == {"", "nan begins inside"}
    assert ag.snapshot(y).data[-1] != ag.snapshot(y).data[-1]
