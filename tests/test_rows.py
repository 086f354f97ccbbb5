"""A new primitive is one row: displays ask the row, and no list of names beside it."""

from autograd_lite import Primitive, Reduction, topological_order
from autograd_lite.primitives import add, mul
from autograd_lite.views.formula.writer import FormulaWriter
from autograd_lite.views.graph.graph import Graph
from autograd_lite.views.graph.partition import is_activation
from autograd_lite.views.graph.pieces import pieces_of
from autograd_lite.views.graph.summary import operations

energy = Reduction(
    "energy",
    folds=((0.0, lambda total, x, y: total + x * y),),
    partial=lambda out, x, y: (y, x),
    columns=2, empty=0.0, unfolds=(mul, add), label="E", latex=r"E\left(#1, #2\right)",
)  # fmt: skip
floor_like = Primitive(
    "cell", lambda x: x // 1.0, lambda out, x: (0.0,), label="cell", plain="⟨#1⟩"
)
opposite = Primitive(
    "opposite", lambda x: -x, lambda out, x: (-1.0,), label="∓", plain="∓#1", arithmetic=True
)
join = Primitive(
    "join", lambda x, y: x + y + 1.0, lambda out, x, y: (1.0, 1.0),
    label="⊕", neutral=-1.0, commutative=True, binds=1,
)  # fmt: skip


def shown(node):
    writer = FormulaWriter({x: x.label for x in (node, *node.parents)})
    return writer.text(writer.value(node))


def test_a_new_reduction_unfolds(Value):
    a, b = Value(2.0, "a"), Value(3.0, "b")
    y = energy([a, b], [b, 1.0])
    graph = Graph(topological_order(y), [y])
    assert [(p.operation, p.data) for p in pieces_of(graph, graph.place[y])] == [
        ("×", 6.0), ("Σ", 9.0)
    ]  # fmt: skip
    assert graph.factors == ({graph.place[a], graph.place[b]}, {graph.place[b]})
    assert shown(y) == "a·b + b"  # the neutral factor is left out


def test_a_new_row_says_how_it_is_written(Value):
    a = Value(2.5, "a")
    y, z = floor_like(a), opposite(a)
    assert (shown(y), shown(z)) == ("⟨a⟩", "∓a")


def test_a_new_row_says_whether_it_is_an_activation(Value):
    a = Value(2.5, "a")
    for row, activation in ((floor_like, True), (opposite, False)):
        y = row(a)
        graph = Graph(topological_order(y), [y])
        assert is_activation(graph, graph.place[y]) is activation


def test_a_neutral_operand_of_a_new_row_is_left_out_of_formulas(Value):
    x = Value(2.0, "x")
    rule = Primitive(
        "rule", lambda x: 0.5 * x * x, lambda out, x: (join(join(x, -1.0), join(-1.0, x)),)
    )
    y = rule(x)
    writer = FormulaWriter({x: "x", y: "y"})
    assert writer.text(writer.partial(y, 0)) == "x ⊕ x"


def test_a_power_is_recognised_by_its_sign(Value):
    a = Value(2.0, "a")
    y = a**3
    graph = Graph(topological_order(y), [y])
    assert (shown(y), operations(graph, [graph.place[y]])) == ("a³", "x³")
