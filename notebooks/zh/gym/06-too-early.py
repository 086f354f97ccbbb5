"""6. 太早了

又是一个引擎。梯度还没有到齐，它就往下传：一条链上是对的，两条路重新汇合的地方就错了。
工具：在纸上画出 (a + a) 的图，给节点编号；哪个必须等哪个？
"""

from autograd_lite import set_language
from autograd_lite.course import exercise

set_language("zh")


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
    """结果所依赖的节点，每个一次。"""
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
print(f"x^2 + x^3 在 2 处的斜率是 16；这里是：{x.grad}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(6)
def check():
    x = Number(2.0)
    a = x * x
    (a + a * x).backward()
    assert x.grad == 16.0, "用到一个节点的所有节点都传完了，它才可以往下传"
    x = Number(2.0)
    b = x * x
    ((b + x) * b).backward()
    assert x.grad == 44.0, "x^4 + x^3 在 2 处的斜率是 44"
