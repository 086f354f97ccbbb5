"""6. Too early

An engine again. It hands a gradient on before all of it has arrived: a chain is right, but where
two ways meet again the result is wrong.
Tools: draw the graph of (a + a) on paper and number the nodes; which must wait for which?
"""

from autograd_lite.course import exercise


class Number:
    def __init__(self, data, parents=()):
        self.data, self.parents, self.grad = data, parents, 0.0

    def __add__(self, other):
        return Number(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Number(self.data * other.data, ((self, other.data), (other, self.data)))

    def backward(self):
        self.grad = 1.0
        order = found_from(self)
        for node in order:
            for parent, slope in node.parents:
                parent.grad += node.grad * slope


def found_from(result):
    """The nodes under a result, each once."""
    order, seen = [], set()

    def visit(node):
        if id(node) in seen:
            return
        seen.add(id(node))
        order.append(node)
        for parent, _ in node.parents:
            visit(parent)

    visit(result)
    return order


x = Number(2.0)
a = x * x
y = a + a * x
y.backward()
print(f"x^2 + x^3 has slope 16 at 2; here: {x.grad}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(6)
def check():
    x = Number(2.0)
    a = x * x
    (a + a * x).backward()
    assert x.grad == 16.0, "a node may hand its gradient on when all that use it have"
    x = Number(2.0)
    b = x * x
    ((b + x) * b).backward()
    assert x.grad == 44.0, "x^4 + x^3 has slope 44 at 2"
