"""A picture of nodes of one's own engine, which have what a picture needs and no more."""

from __future__ import annotations

import autograd_lite as ag
from autograd_lite.primitives import mul


class Node:
    """As in notebook 12."""

    def __init__(self, data):
        self.data, self.grad, self.label = float(data), 0.0, None
        self.op, self.args, self.parents, self.partials = None, (), (), ()

    @staticmethod
    def _apply(op, args):
        node = Node(op.evaluate(*[x.data for x in args]))
        node.op, node.args, node.parents = op, tuple(args), tuple(args)
        node.partials = op.partials(node.data, *[x.data for x in args])
        return node


def test_it_is_drawn_without_live_leaves():
    product = Node._apply(mul, (Node(2.0), Node(-3.0)))
    payload = ag.draw(product).payload()
    assert "−6" in payload["svg"]
    assert "live" not in payload
    assert "live" in ag.draw(ag.Value(2.0) * ag.Value(-3.0)).payload()
