# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 12. 你自己的引擎
#
# **时间：** 约 120 分钟 · **需要：** 笔记本 1（计算图，梯度为什么按拓扑顺序相加） · **学完之
# 后：** 能只用 Python 写出一个求精确梯度的引擎；能把它检验到千分之一的错误也逃不掉；能用现成的
# 规则得到二阶导数和写成文字的公式；能用它训练一个 GPT。
#
# **动手路线：** 1 → 12 → 4 → 6 → 10。不必先读笔记本 2 到 11；想先动手的人，从笔记本 1 直接
# 来这里，然后接着
# 读 [4](04-backpropagation.ipynb)、[6](06-gradient-descent.ipynb) 和 [10](10-sequences.ipynb)。
#
# [English](../12-your-own-engine.ipynb) · [术语对照](README.md)
#
# 引擎由你来**写**，一共六步，每步三到十行。每一步之后有一个单元格检查，再下一个单元格说明接下来用
# 什么：你的答案对，就用你的；还没有作答或者还不对，就用软件包借给你的那一部分。所以后面的单元格
# 总能运行。想回来补上某一步，就写好答案，再从那里往下运行。最后，这个引擎训练 `nn` 的网络，还训
# 练一个 GPT，打印出来的损失和本项目引擎的每一位都相同。
#
# （借给你的部分在 `autograd_lite.course.own_engine` 里。等有了自己的，再去看。）

# %%
import math
import random

from autograd_lite import set_language
from autograd_lite.course import exercise, predicted
from autograd_lite.course.own_engine import lender

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 每种运算一行
#
# 关于一种运算，引擎要知道什么？两样东西：它的**值**，和它对每个操作数的**偏导数**。
# 对 2 与 −3 的乘积来说，值是 −6，偏导数是 −3 和 2。
#
# 所以，一种运算就是一个名字和两个函数。我们把它叫作一条规则。短的函数写成 `lambda x: x * x`，在
# Python 里意思是“由 `x` 得到 `x * x` 的那个函数”。


# %%
class Rule:
    def __init__(self, name, evaluate, partials):
        self.name = self.label = name
        self.evaluate = evaluate  # 用于浮点数
        self.partials = partials  # 结果和操作数的函数；元组，每个操作数一项

    def __call__(self, *operands):
        if any(isinstance(x, Node) for x in operands):  # Node 接下来就有
            return Node._apply(self, operands)  # 这就是你要写的第 1 步
        return self.evaluate(*operands)


# %% [markdown]
# ## 第 1 步：会记忆的数
#
# 一个 `Node`（节点）有一个数，还记得这个数是怎么来的：规则 `op`，操作数 `args`，其中的节
# 点 `parents`（父节点），以及对每个父节点的偏导数 `partials`。


# %%
class Node:
    def __init__(self, data, label=None):
        self.data, self.grad, self.label = float(data), 0.0, label
        self.op, self.args, self.parents, self.partials = None, (), (), ()

    def __repr__(self):
        return f"Node({self.data:g})"


go_on = lender(Node)  # go_on(verdict, answer)：答案对就给出答案，否则给出借来的部分

square = Rule("square", lambda x: x * x, lambda out, x: (2.0 * x,))
mixture = Rule("mixture", lambda x, y: x + 10.0 * y, lambda out, x, y: (1.0, 10.0))

# %% [markdown]
# ### 练习 1
#
# 写出 `record(op, args)`。它用操作数的数来计算，给出一个有记忆的新 `Node`。`args` 里可以有普通
# 的数：它们参加计算，但不是父节点，也不为它们保存偏导数。偏导数要**当场**记下，这时操作数的值正
# 是用到的值。比如 `record(square, (Node(3.0),))` 是值为 9、偏导数为 `(6.0,)` 的节点。（`op` 是一
# 条规则：`op.evaluate` 和 `op.partials` 接受的是数。）
#
# <details><summary>答案</summary>
#
# ```python
# def record(op, args):
#     numbers = [x.data if isinstance(x, Node) else float(x) for x in args]
#     node = Node(op.evaluate(*numbers))
#     node.op, node.args = op, tuple(args)
#     node.parents = tuple(x for x in args if isinstance(x, Node))
#     every = op.partials(node.data, *numbers)
#     node.partials = tuple(p for p, x in zip(every, args) if isinstance(x, Node))
#     return node
# ```
# </details>

# %% tags=["exercise"]
record = ...  # op 和 args 的函数


# %% tags=["check"]
@exercise(1, record)
def verdict():
    x = Node(3.0)
    y = record(square, (x,))
    assert isinstance(y, Node), "它给出一个新的 Node"
    assert y.data == 9.0, "data 是 op.evaluate 用操作数的数算出的值"
    assert y.op is square, "op 就是那条规则"
    assert tuple(y.parents) == (x,), "parents 是 args 里的节点"
    assert tuple(y.args) == (x,), "args 是全部操作数"
    assert tuple(y.partials) == (6.0,), "op.partials(out, *numbers)，每个父节点一项"
    z = record(mixture, (2.0, x))
    assert z.data == 32.0, "普通的数原样交给 op.evaluate"
    assert tuple(z.parents) == (x,), "普通的数不是父节点"
    assert tuple(z.partials) == (10.0,), "不为普通的数保存偏导数；x 是第二个"
    assert tuple(z.args) == (2.0, x), "普通的数留在 args 里"


# %% tags=["lent"]
Node._apply = staticmethod(go_on(verdict, record))  # 规则遇到节点，就调用它

# %% [markdown]
# 记录的全部就是这些。
#
# ## 第 2 步：加和乘
#
# ### 练习 2
#
# 写出 `x + y` 和 `x * y` 的偏导数，写成结果 `out` 和操作数的函数。两者都给出两个数的元组。
#
# <details><summary>答案</summary>
#
# 和随着每一项同样快地变大。乘积随 x 变大的快慢，由 y 说了算。
#
# ```python
# add_partials = lambda out, x, y: (1.0, 1.0)
# mul_partials = lambda out, x, y: (y, x)
# ```
# </details>

# %% tags=["exercise"]
add_partials = ...  # out、x、y 的函数
mul_partials = ...  # out、x、y 的函数


# %% tags=["check"]
@exercise(2, add_partials, mul_partials)
def verdict():
    assert add_partials(-1.0, 2.0, -3.0) == (1.0, 1.0), "add：x 增大 1，x + y 增大多少？"
    hint = "mul：在 x = 2、y = -3 处，对 x 的斜率是 -3，对 y 的斜率是 2"
    assert mul_partials(-6.0, 2.0, -3.0) == (-3.0, 2.0), hint


# %% tags=["lent"]
add_row, mul_row = go_on(verdict, add_partials, mul_partials)
add = Rule("add", lambda x, y: x + y, add_row)
mul = Rule("mul", lambda x, y: x * y, mul_row)

# %% [markdown]
# 没有人愿意写 `mul(x, y)`。Python 允许一个类说明 `*` 是什么意思，那就说明。每个运算符一
# 行；`__radd__` 用于数在左边的情形，如 `1 + x`。没有除法：$x / y$ 就
# 是 $x \cdot y^{-1}$；也没有减法：$x - y$ 就是 $x + (-y)$。（乘方的规则到第 5 步才有。在那之前
# 先借用本项目的：你的 `record` 能运行它。）

# %%
from autograd_lite import power  # 到第 5 步为止

neg = Rule("neg", lambda x: -x, lambda out, x: (-1.0,))

Node.__add__ = lambda x, y: add(x, y)
Node.__radd__ = lambda x, y: add(y, x)
Node.__mul__ = lambda x, y: mul(x, y)
Node.__rmul__ = lambda x, y: mul(y, x)
Node.__neg__ = lambda x: neg(x)
Node.__sub__ = lambda x, y: x + (-y)
Node.__rsub__ = lambda x, y: y + (-x)
Node.__pow__ = lambda x, n: power(x, n)
Node.__truediv__ = lambda x, y: x * y**-1.0
Node.__rtruediv__ = lambda x, y: y * x**-1.0
Node.__gt__ = lambda x, y: x.data > (y.data if isinstance(y, Node) else y)

a = Node(3.0, "a")
b = a * a + a
b.label = "b"
b, b.parents, b.partials

# %% [markdown]
# ## 第 3 步：顺序
#
# 反向传播访问一个节点，必须在所有用到它的节点之后。所以要有一个顺序，每个节点的父节点都排在它前
# 面：**拓扑顺序**。用递归说起来很容易：先是我的所有父节点，再是我。


# %%
def order_by_recursion(node, order, found):
    if node not in found:
        found.add(node)
        for parent in node.parents:
            order_by_recursion(parent, order, found)
        order.append(node)
    return order


[node.label or node.op.name for node in order_by_recursion(b, [], set())]

# %% [markdown]
# 这行得通，直到图变得很深。下面是 10,000 项的和，也就是 10,000 个节点的链。会怎么样？

# %% tags=["prediction"]
guess = ...  # "行"、"慢" 还是 "出错"

# %%
total = Node(0.0)
for _ in range(10_000):
    total = total + 1.0
try:
    order_by_recursion(total, [], set())
    happened = "行"
except RecursionError:
    happened = "出错"
predicted(guess, happened, "Python 只允许大约一千层互相嵌套的调用")

# %% [markdown]
# ### 练习 3
#
# 写出 `topological_order(root)`：`root` 所依赖的全部节点的列表，包括 `root` 自己，每个节点一
# 次，父节点在前，而且不用递归。
#
# <details><summary>答案</summary>
#
# 还要做的事，自己用一个列表记着。栈上的 `None` 表示：它下面那个节点所依赖的一切都处理完了，轮到
# 它了。
#
# ```python
# def topological_order(root):
#     order, found, stack = [], set(), [root]
#     while stack:
#         node = stack.pop()
#         if node is None:
#             order.append(stack.pop())
#         elif node not in found:
#             found.add(node)
#             stack += (node, None, *reversed(node.parents))
#     return order
# ```
# </details>

# %% tags=["exercise"]
topological_order = ...  # root 的函数


# %% tags=["check"]
@exercise(3, topological_order)
def verdict():
    order = list(topological_order(b))
    assert len(order) == len(set(order)) == 3, "a、a * a 和 b：每个节点一次"
    place = {node: k for k, node in enumerate(order)}
    for node in order:
        for parent in node.parents:
            assert place[parent] < place[node], "父节点排在用到它的节点之前"
    assert len(topological_order(total)) == 10_001, "很深的图：不要用递归"


# %% tags=["lent"]
ordered = go_on(verdict, topological_order)

# %% [markdown]
# ## 第 4 步：反向传播
#
# 沿着颠倒的顺序走一遍。根的梯度是 1。梯度已经齐全的节点，把它的梯度乘以偏导数交给每个父节点，到
# 达的数要**加起来**。
#
# `b = a * a + a` 在 3 处的梯度是 $2a + 1 = 7$，来自三条路径。如果到达的数不相加，只留下最后一
# 个，结果会是多少？顺序是 a、a · a、b；b 先交给 a · a 和 a，然后 a · a 又两次交给 a。

# %% tags=["prediction"]
guess = ...  # 一个数


# %%
def last_one_kept(root):
    gradient = {root: 1.0}
    for node in reversed(ordered(root)):
        for parent, partial in zip(node.parents, node.partials):
            gradient[parent] = gradient[node] * partial  # 先前到达的丢了
    return gradient


predicted(guess, last_one_kept(b)[a], "三条路径只留下了最后一条")

# %% [markdown]
# ### 练习 4
#
# 写出 `backward(root)`：它给每个节点设置 `grad`。叶子（没有 `op` 的节点）像笔记本 1 里那样，在
# 几次调用之间**累加**；中间的节点每次从头算起。请用 `ordered(root)`。
#
# <details><summary>答案</summary>
#
# ```python
# def backward(root):
#     gradient = {root: 1.0}
#     for node in reversed(ordered(root)):
#         for parent, partial in zip(node.parents, node.partials):
#             gradient[parent] = gradient.get(parent, 0.0) + gradient[node] * partial
#     for node, g in gradient.items():
#         node.grad = g if node.op else node.grad + g
# ```
# </details>

# %% tags=["exercise"]
backward = ...  # root 的函数


# %% tags=["check"]
@exercise(4, backward)
def verdict():
    x, y = Node(3.0), Node(-2.0)
    xy = x * y
    z = xy * x + x
    backward(z)
    assert z.grad == 1.0, "根自己的梯度是 1"
    assert xy.grad == 3.0, "x * y 的梯度是 x"
    assert y.grad == 9.0, "y：梯度是 x * x"
    assert x.grad == -11.0, "x：各条路径到达的数要相加，2xy + 1"
    backward(z)
    assert x.grad == -22.0, "叶子在几次调用之间累加"
    assert xy.grad == 3.0, "中间的节点每次从头算起"


# %% tags=["lent"]
Node.backward = go_on(verdict, backward)

# %% [markdown]
# ## 第 5 步：其余的运算
#
# ### 练习 5
#
# 写出另外五种运算的偏导数。每个都给出元组，只有一项也一样，像 `square` 的 `(2.0 * x,)`。它们还得
# 到结果 `out`，因为这常常省事：$e^x$ 的导数还是 $e^x$，而这个数已经有了。（导数不是 $x$，也不
# 是 $x e^{x-1}$。）`power` 是 $x^n$，指数是常数，所以第二个偏导数是 0。`log` 是自然对
# 数；$\tanh x$ 的导数是 $1 - (\tanh x)^2$。`relu` 在 $x$ 为正时给出 $x$，否则给出 0；约定它
# 在 0 处的斜率是 0。不要用 `math.`，只用算术和比较：以后它们要用在不只是数的东西上。
#
# <details><summary>答案</summary>
#
# relu 的导数在 0 以上是 1，否则是 0；`float` 把 `True` 变成 1.0，把 `False` 变成 0.0。
#
# ```python
# power_partials = lambda out, x, n: (n * x ** (n - 1.0), 0.0)
# exp_partials = lambda out, x: (out,)
# log_partials = lambda out, x: (1.0 / x,)
# tanh_partials = lambda out, x: (1.0 - out * out,)
# relu_partials = lambda out, x: (float(x > 0.0),)
# ```
# </details>

# %% tags=["exercise"]
power_partials = ...  # out、x、n 的函数：两项
exp_partials = ...  # out、x 的函数：一项
log_partials = ...  # out、x 的函数：一项
tanh_partials = ...  # out、x 的函数：一项
relu_partials = ...  # out、x 的函数：一项


# %% tags=["check"]
@exercise(5, power_partials, exp_partials, log_partials, tanh_partials, relu_partials)
def verdict():
    assert power_partials(8.0, 2.0, 3.0) == (12.0, 0.0), "power：x 的三次方在 2 处的斜率是 12"
    assert exp_partials(math.e, 1.0) == (math.e,), "exp：要元组；e^x 等于 5 的地方有多陡？"
    assert log_partials(0.0, 4.0) == (0.25,), "log：要元组；在 4 处的斜率是四分之一"
    assert tanh_partials(0.5, 0.549) == (0.75,), "tanh：要元组；结果是 0.5 的地方，斜率是 0.75"
    assert relu_partials(2.0, 2.0) == (1.0,), "relu：要元组；在 0 以上，结果和 x 一样地变"
    assert relu_partials(0.0, -2.0) == (0.0,), "relu：在 0 以下，结果不变"
    assert relu_partials(0.0, 0.0) == (0.0,), "relu：约定在 0 处的斜率是 0"
    for rule in (exp_partials, tanh_partials):
        (partial,) = rule(Node(0.5), Node(0.5))
        assert isinstance(partial, Node), "只用算术，这样对 Node 也行得通"


# %% tags=["lent"]
power_row, exp_row, log_row, tanh_row, relu_row = go_on(
    verdict, power_partials, exp_partials, log_partials, tanh_partials, relu_partials
)
power = Rule("power", lambda x, n: x**n, power_row)
exp = Rule("exp", math.exp, exp_row)
log = Rule("log", math.log, log_row)
tanh = Rule("tanh", math.tanh, tanh_row)
relu = Rule("relu", lambda x: max(x, 0.0), relu_row)

# %% [markdown]
# 微积分到此为止。引擎完整了：这是笔记本 1 的神经元。图不用你来画：凡是
# 有 `op`、`args`、`parents`、`partials` 和 `_apply` 的东西，本项目都能画。

# %%
from autograd_lite import draw

x1, x2 = Node(2.0, "x1"), Node(0.5, "x2")
w1, w2, bias = Node(-0.6, "w1"), Node(1.0, "w2"), Node(1.3, "b")
y = tanh(x1 * w1 + x2 * w2 + bias)
y.label = "y"
y.backward()
draw(y)

# %% [markdown]
# 和笔记本 1 的数相同：$\partial y / \partial w_1 = 1.42$，$\partial y / \partial b = 0.712$，也
# 就是 $1 - 0.537^2$。

# %% [markdown]
# ## 第 6 步：第一个凭据，扰动
#
# 没有检验过的引擎，谁也不该相信。把一个输入稍稍调高，再稍稍调低，看结果怎么动：这就是斜率（**中心有
# 限差分**），不需要任何规则。
#
# ### 练习 6
#
# 写出 `nudged(f, at, k)`：`f` 在点 `at`（数的元组）处对第 `k` 个输入的斜率，调用 `f` 两次，那个
# 输入分别高 $h = 10^{-5}$ 和低 $h$。`f` 接受节点，给出节点。
#
# <details><summary>答案</summary>
#
# ```python
# def nudged(f, at, k):
#     h = 1e-5
#     up, down = ([Node(x + sign * h * (i == k)) for i, x in enumerate(at)] for sign in (1, -1))
#     return (f(*up).data - f(*down).data) / (2 * h)
# ```
# </details>

# %% tags=["exercise"]
nudged = ...  # f、at、k 的函数


# %% tags=["check"]
@exercise(6, nudged)
def verdict():
    product = lambda x, y: x * y
    hint = "f 升高了多少，除以输入移动了多远；只动第 k 个输入"
    assert math.isclose(nudged(product, (2.0, -3.0), 0), -3.0, rel_tol=1e-6), hint
    assert math.isclose(nudged(product, (2.0, -3.0), 1), 2.0, rel_tol=1e-6), hint
    cube = nudged(lambda x: x * x * x, (2.0,), 0)
    assert abs(cube - 12.0) < 1e-7, "两边都要扰动：只动一边不够精确"


# %% tags=["lent"]
slope_by_nudging = go_on(verdict, nudged)

# %% [markdown]
# 现在逐个检查运算：左边是引擎的导数，旁边是扰动得到的。


# %%
def agrees(f, *at):
    """引擎的斜率和扰动得到的斜率，以及它们是否一致。"""
    leaves = [Node(x) for x in at]
    f(*leaves).backward()
    pairs = [(leaf.grad, slope_by_nudging(f, at, k)) for k, leaf in enumerate(leaves)]
    return all(math.isclose(a, n, rel_tol=1e-6, abs_tol=1e-8) for a, n in pairs), pairs


tests = {
    "x + y": (lambda x, y: x + y, 2.0, -3.0),
    "x · y": (lambda x, y: x * y, 2.0, -3.0),
    "x − y": (lambda x, y: x - y, 2.0, -3.0),
    "x / y": (lambda x, y: x / y, 2.0, -3.0),
    "x³": (lambda x: x**3, -1.5),
    "exp x": (exp, 0.5),
    "log x": (log, 0.5),
    "tanh x": (tanh, 0.5),
    "relu x": (relu, 0.5),
    "x · x + x": (lambda x: x * x + x, 3.0),
}
for name, (f, *at) in tests.items():
    right, pairs = agrees(f, *at)
    print(f"{name:10}", "  ".join(f"{a:9.5f} {n:9.5f}" for a, n in pairs), "" if right else "错误")
    assert right

# %% [markdown]
# 手算两行：$x^3$ 在 −1.5 处的斜率是 $3 \cdot 2.25 = 6.75$。而 $x \cdot x + x$ 在 3 处
# 是 $2x + 1 = 7$，来自三条路径。

# %% [markdown]
# ## 第二个凭据：随机的图
#
# 十个例子太少。程序可以编出成千上万个：从几个叶子开始，反复从已有的节点里挑一种运算和操作数。然
# 后每个图都问两个引擎。
#
# 一份计划（plan）是一串选择；`build` 用任一引擎的叶子照着它做。`f` 里是引擎的函数。每一步都选得
# 让数不会无限变大。

# %%
STEPS = {
    "add": lambda f, x, y: x + y,
    "sub": lambda f, x, y: 1.0 - x - y,
    "mul": lambda f, x, y: f["tanh"](x) * y,
    "div": lambda f, x, y: x / (y * y + 1.0),
    "square": lambda f, x, y: f["tanh"](x) ** 2.0,
    "exp": lambda f, x, y: f["exp"](-(x * x)),
    "log": lambda f, x, y: f["log"](x * x + 0.5),
    "relu": lambda f, x, y: f["relu"](x),
}


def random_plan(rng, leaves=4, steps=25):
    numbers = [rng.uniform(-2.0, 2.0) for _ in range(leaves)]
    sizes = range(leaves, leaves + steps)
    plan = [(rng.choice(list(STEPS)), rng.randrange(n), rng.randrange(n)) for n in sizes]
    return numbers, plan


def build(leaves, plan, functions):
    nodes = list(leaves)
    for step, i, j in plan:
        nodes.append(STEPS[step](functions, nodes[i], nodes[j]))
    total = nodes[0]
    for node in nodes[1:]:
        total = total + node
    return total


# %%
import autograd_lite
from autograd_lite import Value

MINE = {"tanh": tanh, "exp": exp, "log": log, "relu": relu}
THEIRS = {name: getattr(autograd_lite, name) for name in MINE}


def disagreements(graphs=300):
    """两个引擎在多少个随机图上不一致，比较了多少个梯度。"""
    rng, wrong, compared = random.Random(12), 0, 0
    for _ in range(graphs):
        numbers, plan = random_plan(rng)
        mine = [Node(x) for x in numbers]
        theirs = [Value(x) for x in numbers]
        build(mine, plan, MINE).backward()
        build(theirs, plan, THEIRS).backward()
        pairs = [(m.grad, t.grad) for m, t in zip(mine, theirs)]
        wrong += not all(math.isclose(m, t, rel_tol=1e-9, abs_tol=1e-12) for m, t in pairs)
        compared += len(pairs)
    return wrong, compared


wrong, compared = disagreements()
print(f"在 300 个图上比较了 {compared} 个梯度；不一致的图：{wrong}")

# %% [markdown]
# 一个都没有。可是，有错的话我们会发现吗？不可能失败的检验什么也证明不了。所以故意把引擎弄坏，用
# 引擎真会出错的三种方式：不相加的 `backward`，过早访问节点的 `backward`，以及错了千分之一的规
# 则。三者当中，哪一个在 300 个图里被发现得最少？

# %% tags=["prediction"]
guess = ...  # "覆盖"、"顺序错" 还是 "tanh"


# %%
def overwriting(root):
    for node, gradient in last_one_kept(root).items():  # 第 4 步里的
        node.grad = gradient


def too_early(root):
    root.grad, waiting = 1.0, [root]
    for node in waiting:  # 近的先来：不是拓扑顺序
        for parent, partial in zip(node.parents, node.partials):
            parent.grad += node.grad * partial
            if parent not in waiting:
                waiting.append(parent)


right, noticed = Node.backward, {}
for name, broken in [("覆盖", overwriting), ("顺序错", too_early)]:
    Node.backward = broken
    noticed[name] = disagreements()[0]
Node.backward = right
exact, tanh.partials = tanh.partials, lambda out, x: (1.001 * exact(out, x)[0],)
noticed["tanh"] = disagreements()[0]
tanh.partials = exact
for name, graphs in noticed.items():
    print(f"{name:12} 300 个图里有 {graphs} 个不一致")
print(f"修好之后     300 个图里有 {disagreements()[0]} 个不一致")
predicted(
    guess,
    min(noticed, key=noticed.get),
    "它的错误最小，而且只有用到 tanh 的地方才看得出",
)

# %% [markdown]
# 三种错误都被抓住了，而且抓住了许多次。现在可以相信那个 0 了。

# %% [markdown]
# ## 导数的导数，不费分文
#
# 再看一眼 tanh 的偏导数。我们把它用在浮点数上。但里面并没有说必须是浮点数：它只是减和乘，
# 而 `Node` 两样都会。把它用在**节点**上，得到的斜率就是一个图，它又有自己的斜率。
#
# 所以像 `backward` 那样往回走，但不用记下来的数，而是把每条规则再运行一次，用在节点本身和它的操作
# 数上。这样每个偏导数都是节点，斜率也是。


# %%
def slope(root, leaf):
    """d root / d leaf，作为 Node。"""
    gradient = {root: Node(1.0)}
    for node in reversed(ordered(root)):
        every = node.op.partials(node, *node.args) if node.op else ()
        partials = [p for p, x in zip(every, node.args) if isinstance(x, Node)]
        for parent, partial in zip(node.parents, partials):
            share = gradient[node] * partial
            gradient[parent] = gradient[parent] + share if parent in gradient else share
    return gradient.get(leaf, Node(0.0))


x = Node(4.0, "x")
f = x**3
for name in ("x³", "3x²", "6x", "6", "0"):
    print(f"{name:4} 在 4 处：{f.data:g}")
    f = slope(f, x)

# %% [markdown]
# 再看 tanh，和学校里的数学对照。设 $t = \tanh x$，斜率是 $1 - t^2$，二阶导数是 $-2t(1 - t^2)$。

# %%
x = Node(0.5, "x")
first = slope(tanh(x), x)
second = slope(first, x)
t = math.tanh(0.5)
print(f"引擎算的  {first.data:.10f}  {second.data:.10f}")
print(f"手算的    {1 - t**2:.10f}  {-2 * t * (1 - t**2):.10f}")

# %% [markdown]
# 斜率的图说明了发生的事：它是一个普通的图，tanh 在里面只有一次。

# %%
first.label = "斜率"
draw(first, direction="down")

# %% [markdown]
# ## 同一条规则，用在名字上
#
# 浮点数、节点之后，还有什么会减和乘？**名字**也会，只要它用文字来回答。


# %%
class Name:
    def __init__(self, text):
        self.text = text

    __add__ = lambda x, y: Name(f"({x} + {y})")
    __radd__ = lambda x, y: Name(f"({y} + {x})")
    __mul__ = lambda x, y: Name(f"{x} * {y}")
    __rmul__ = lambda x, y: Name(f"{y} * {x}")
    __sub__ = lambda x, y: Name(f"({x} - {y})")
    __rsub__ = lambda x, y: Name(f"({y} - {x})")
    __pow__ = lambda x, n: Name(f"pow({x}, {n})")
    __truediv__ = lambda x, y: Name(f"({x} / {y})")
    __rtruediv__ = lambda x, y: Name(f"({y} / {x})")
    __gt__ = lambda x, y: Name(f"({x} > {y})")
    __str__ = lambda x: x.text


sqrt = Rule("sqrt", math.sqrt, lambda out, x: (0.5 / out,))
arctan = Rule("arctan", math.atan, lambda out, x: (1.0 / (1.0 + x * x),))
length = Rule("length", math.hypot, lambda out, x, y: (x / out, y / out))  # 箭头 (x, y) 的长度
for rule, operands in [(square, "x"), (sqrt, "x"), (arctan, "x"), (length, "xy")]:
    texts = [str(p) for p in rule.partials(Name("out"), *map(Name, operands))]
    print(f"{rule.name:6}", " and ".join(texts))

# %% [markdown]
# 把 `(tanh, "x")`、`(power, "xn")` 和 `(mul, "xy")` 也放进那个列表：你写的偏导数就成了文字。而这
# 样的文字就是一段 C 语言程序；C 是先编译再运行的语言，很快。本项目的原生引擎就是这样写出来的：公
# 式由表里的规则印出，所以没有哪个导数写过两遍。（调用 `float(...)` 的规则做不到，因为 `float` 非
# 要一个数不可。这种情形本项目用 `where(条件, 这个, 那个)`，浮点数、节点和名字它都能处理。）

# %% [markdown]
# ## 放到别人的网络下面
#
# 现在动真格的。`nn` 有层、损失函数和优化器，却从不提到引擎的名字。它只做两件事：
#
# * 需要参数时，它要一个 `autograd_lite.Value(number, label)`；
# * 其余的一切，它调用项目那张表里的行，而每一行向它的操作数要 `_apply`。
#
# 你的 `Node` 两样都有。那张表的一行有 `evaluate` 和 `partials`，和你的规则一样：所以你的引擎能
# 运行它从没听说过的行。这里就有一个，整个点积作为一个节点：

# %%
from autograd_lite import dot

u, v = [Node(1.0, "u1"), Node(2.0, "u2")], [Node(3.0, "v1"), Node(4.0, "v2")]
s = dot(u, v)
s.backward()
type(s).__name__, s.data, [x.grad for x in u + v]

# %% [markdown]
# 换引擎只要一行。训练是普通的循环：两个半圆上的 40 个点，一个 2、8、1 个神经元的网络，要把两个半
# 圆分开。（走动手路线的人还没有见过两个帮手：**交叉熵**衡量答案错得有多厉害，见笔记
# 本 5；**Adam** 让每个权重逆着自己的梯度移动，见笔记本 6。）

# %%
import nn

data = nn.datasets.moons(40, seed=3)


def train(Engine, steps=120):
    """由一个引擎用月牙数据训练的网络，以及它的损失。"""
    before, autograd_lite.Value = autograd_lite.Value, Engine  # 换引擎
    try:
        net = nn.MLP(2, [8, 1], autograd_lite.tanh, seed=1)
        optimizer = nn.Adam(net.parameters(), lr=0.2)
        losses = []
        for _ in range(steps):
            optimizer.zero_grad()
            outputs = [net(x)[0] for x in data.x]
            loss = nn.binary_cross_entropy_with_logits(outputs, data.y)
            loss.backward()
            optimizer.step()
            losses.append(loss.data)
    finally:
        autograd_lite.Value = before
    assert isinstance(loss, Engine)
    return net, losses


theirs, their_losses = train(Value)
mine, my_losses = train(Node)
print("步     本项目的     你的")
for k in (0, 9, 29, 59, 119):
    print(f"{k + 1:4}   {their_losses[k]:.8f}   {my_losses[k]:.8f}")

# %% [markdown]
# 损失相同，显示出来的每一位都相同。你的引擎上的网络学会了那两个月牙：

# %%
from autograd_lite.views.charts import boundary, lines, multiples


def share(x, y):
    """网络有多大把握认为点 (x, y) 属于类别 1。"""
    return 1.0 / (1.0 + math.exp(-mine([x, y])[0].data))


across = [-1.5 + 4.0 * i / 24 for i in range(25)]
upward = [-1.0 + 2.5 * i / 18 for i in range(19)]
grid = [[[1.0 - share(x, y), share(x, y)] for x in across] for y in upward]
wrong = [k for k, (x, c) in enumerate(zip(data.x, data.y)) if (share(*x) > 0.5) != c]
multiples(
    [
        lines({"本项目的": their_losses, "你的": my_losses}, title="损失", x_name="步"),
        boundary(grid, (-1.5, 2.5, -1.0, 1.5), data.x, data.y, wrong=wrong, title="你的引擎"),
    ]
)

# %% [markdown]
# 两条线重合，所以你只看见一条。

# %% [markdown]
# ## 你的引擎训练一个 GPT
#
# 这是[笔记本 10](10-sequences.ipynb) 里编名字的 GPT：零件相同，只是用 6 个数一列代替 8 个，让
# 用 Python 写的引擎几秒钟就能算完。（走动手路线的人还没有见过它，就把它当作一个猜名字的下一个字
# 母的网络。）从同样的权重出发，用同样的名字，训练两次：一次用本项目的引擎，一次用你的。最后的损
# 失会有几位相同？

# %% tags=["prediction"]
guess = ...  # 小数点后的位数，最多 10

# %%
LETTERS, WIDTH, CONTEXT = ".abcdefghijklmnopqrstuvwxyz", 6, 8


class GPT(nn.Module):
    def __init__(self, seed):
        rng = random.Random(seed)
        self.letters = nn.Embedding(len(LETTERS), WIDTH, seed=rng)
        self.places = nn.Embedding(CONTEXT, WIDTH, seed=rng)
        self.norm1 = nn.RMSNorm(WIDTH)
        self.attention = nn.CausalSelfAttention(WIDTH, 2, bias=False, seed=rng)
        self.norm2 = nn.RMSNorm(WIDTH)
        self.mlp = nn.Sequential(
            nn.Linear(WIDTH, 2 * WIDTH, seed=rng), nn.ReLU(), nn.Linear(2 * WIDTH, WIDTH, seed=rng)
        )
        self.norm = nn.RMSNorm(WIDTH)
        self.head = nn.Linear(WIDTH, len(LETTERS), bias=False, seed=rng)

    def forward(self, tokens):
        x = added(self.letters(tokens), self.places(range(len(tokens))))
        x = added(x, self.attention([self.norm1(position) for position in x]))
        x = added(x, [self.mlp(self.norm2(position)) for position in x])
        return [self.head(self.norm(position)) for position in x]


def added(x, y):
    """逐个位置相加。"""
    return [[a + b for a, b in zip(p, q)] for p, q in zip(x, y)]


names = [name for name in nn.datasets.names() if len(name) <= 7]


def train_gpt(Engine, steps=60):
    """由一个引擎训练的 GPT 的损失，单位是奈特每字母，每步两个名字。"""
    before, autograd_lite.Value = autograd_lite.Value, Engine  # 换引擎
    try:
        gpt, rng, losses = GPT(seed=0), random.Random(0), []
        optimizer = nn.Adam(gpt.parameters(), lr=0.03)
        for _ in range(steps):
            optimizer.zero_grad()
            total = count = 0
            for name in rng.sample(names, 2):
                tokens = [LETTERS.index(letter) for letter in f".{name}."]
                total += nn.cross_entropy(gpt(tokens[:-1]), tokens[1:], reduction="sum")
                count += len(tokens) - 1
            loss = total / count
            loss.backward()
            optimizer.step()
            losses.append(loss.data)
    finally:
        autograd_lite.Value = before
    assert isinstance(loss, Engine)
    return losses


their_losses = train_gpt(Value)
my_losses = train_gpt(Node)
print("步     本项目的       你的")
for k in (0, 9, 29, 59):
    print(f"{k + 1:4}   {their_losses[k]:.10f}   {my_losses[k]:.10f}")
same = max(d for d in range(11) if f"{their_losses[-1]:.{d}f}" == f"{my_losses[-1]:.{d}f}")
predicted(guess, same, "两者算的是同样的乘积之和，只在最后几个二进制位上不同")

# %% jupyter={"source_hidden": true} tags=["plotting"]
smooth = [sum(my_losses[max(0, k - 9) : k + 1]) / len(my_losses[max(0, k - 9) : k + 1])
          for k in range(60)]  # fmt: skip
lines(
    {"你的引擎": smooth, "什么都不知道": [math.log(27)] * 60},
    title="每个字母的奈特数", note="10 步的平均", x_name="步", width=460,
)  # fmt: skip

# %% [markdown]
# `cross_entropy` 和注意力的节点是本项目那张表里的行；你的 `record` 运行它们，你的 `backward` 把
# 它们的偏导数传下去。损失是下一个字母带来的惊讶程度：网络给这个字母的概率是 $p$，就
# 是 $-\ln p$，单位叫**奈特**（nat）。什么都不知道的人，给 27 个符号同样的 $p$，每个字母的惊讶程度
# 是 $\ln 27 = 3.30$ 奈特；你的引擎把 GPT 带到了它的下面。（每步只有两个名字，单步的损失跳得厉害，
# 所以图里画的是 10 步的平均。）后面的事，见笔记本 10。

# %% [markdown]
# ## 真正的引擎还多些什么
#
# 你的引擎是对的。引擎剩下要做的，是边界情形、规模和速度。有一种边界情形是除以零：

# %%
for name, Engine in [("你的", Node), ("本项目的", Value)]:
    try:
        print(f"{name:7} 1 / 0 = {(1.0 / Engine(0.0)).data}")
    except ZeroDivisionError:
        print(f"{name:7} 1 / 0   以 ZeroDivisionError 告终")

# %% [markdown]
# | | 你的 | 本项目的 |
# |:--|:--|:--|
# | 规则 | 自己的 8 条 | 一张表，每条有公式、定义域和测试 |
# | 除以 0、溢出 | 在图中间出错 | 按 IEEE 754 给出 inf 和 nan |
# | 错误的操作数 | Python 说什么就是什么 | 来的是什么，要的是什么，该怎么办 |
# | 不可导点 | 把比较的结果当作数 | `where`，任意阶；在 0 处的选择有明文 |
# | 一个节点 | 大约 330 字节的 Python 对象 | 88 字节，用 C，并排放置 |
# | 重复计算 | 每次重新记录 | 记录一次，反复重放（笔记本 11） |
#
# （IEEE 754 是浮点数的标准。）核心是一样的。现在去读本项目的 `value.py` 和 `chain_rule.py`：你会认
# 出你的 `record`、`topological_order` 和 `backward` 里的每一行。

# %% [markdown]
# ## 练习
#
# 再做三道，给能用的引擎。最后一道难一些。

# %% [markdown]
# ### 练习 7
#
# 除法值得有自己的一行：`div = Rule("div", lambda x, y: x / y, partials)`。写出它的两个偏导数。
# 请用 `out`，也就是 $x / y$。
#
# <details><summary>答案</summary>
#
# 对 $x$ 的导数是 $1/y$。对 $y$ 的导数是 $-x/y^2$，即 $-\frac{x}{y} \cdot \frac{1}{y}$，所以
# 是 `-out / y`。
#
# ```python
# div_partials = lambda out, x, y: (1.0 / y, -out / y)
# ```
# </details>

# %% tags=["exercise"]
div_partials = ...  # out、x、y 的函数


# %% tags=["check"]
@exercise(7, div_partials)
def verdict():
    for at in [(2.0, -3.0), (0.5, 0.25), (-1.0, 4.0)]:
        found = div_partials(at[0] / at[1], *at)
        assert isinstance(found, tuple), "要元组，像上面各行那样"
        assert len(found) == 2, "两个操作数，所以两个偏导数"
        truth = [slope_by_nudging(lambda x, y: x / y, at, k) for k in (0, 1)]
        for partial, true in zip(found, truth):
            assert math.isclose(partial, true, rel_tol=1e-6), "和扰动的结果对照"


# %% [markdown]
# ### 练习 8
#
# 梯度也可以**向前**走。让一个叶子以速率 1 变化：每个节点变化得多快？按拓扑顺序走过各个节点；一
# 个节点的速率，是各父节点的速率乘以偏导数之和。写出 `forward(root, leaf)`，给出 `root` 的速率。
#
# <details><summary>答案</summary>
#
# 同一个循环，方向相反，不用 `reversed`。走一遍得到对**一个**叶子的导数，而反向传播一遍得到对所
# 有叶子的导数：所以训练网络用反向。（两者叫作**前向模式**和**反向模式**。）
#
# ```python
# def forward(root, leaf):
#     rate = {}
#     for node in ordered(root):
#         pairs = zip(node.parents, node.partials)
#         rate[node] = 1.0 if node is leaf else sum(rate[p] * d for p, d in pairs)
#     return rate[root]
# ```
# </details>

# %% tags=["exercise"]
forward = ...  # root 和 leaf 的函数


# %% tags=["check"]
@exercise(8, forward)
def verdict():
    rng = random.Random(5)
    for _ in range(20):
        numbers, plan = random_plan(rng)
        leaves = [Node(x) for x in numbers]
        root = build(leaves, plan, MINE)
        root.backward()
        truth = [leaf.grad for leaf in leaves]
        for node in ordered(root):
            node.grad = 0.0  # 答案要由偏导数算出
        for leaf, true in zip(leaves, truth):
            close = math.isclose(forward(root, leaf), true, rel_tol=1e-9, abs_tol=1e-12)
            assert close, "向前走一遍得到的，必须就是反向传播给出的梯度"


# %% [markdown]
# ### 练习 9
#
# `softplus` 是 $\log(1 + e^x)$，它的斜率是 sigmoid，$\frac{1}{1 + e^{-x}}$。把它写成一
# 条 `Rule`，并且要让 `slope(slope(...))` 也行得通：这时它的二阶导数必须是 $s (1 - s)$，其
# 中 $s$ 是 sigmoid。
#
# <details><summary>答案</summary>
#
# `evaluate` 只见到浮点数，所以那里可以用 `math`。偏导数可能见到节点，所以只能用两者都会的：加、
# 除，和规则 `exp`，它既接受浮点数也接受节点。`math.exp` 不知道拿节点怎么办。
#
# ```python
# softplus = Rule(
#     "softplus",
#     lambda x: math.log(1.0 + math.exp(x)),
#     lambda out, x: (1.0 / (1.0 + exp(-x)),),
# )
# ```
# </details>

# %% tags=["exercise"]
softplus = ...  # 一条 Rule


# %% tags=["check"]
@exercise(9, softplus)
def verdict():
    for at in (-3.0, 0.0, 0.5, 2.0):
        x, s = Node(at), 1.0 / (1.0 + math.exp(-at))
        out = softplus(x)
        assert isinstance(out, Node), "用 Node 调用 Rule，得到 Node"
        assert math.isclose(out.data, math.log(1.0 + math.exp(at))), "值是 log(1 + e^x)"
        out.backward()
        assert math.isclose(x.grad, s), "斜率是 x 的 sigmoid"
        assert math.isclose(slope(slope(out, x), x).data, s * (1 - s)), "二阶导数是 s (1 - s)"


# %% [markdown]
# ## 你看到了什么
#
# * 引擎就是一张值与偏导数的表，再加记账。
# * 记录时保存规则、操作数、偏导数；反向传播是按拓扑顺序的一个循环。
# * 见过它失败的检验才算数：和扰动对照，和另一个引擎对照。
# * 只用算术写成的规则，可以用在浮点数、节点和名字上：一行给出梯度、高阶导数和公式。
# * 网络不在乎下面是谁的引擎：你的引擎训练了一个 GPT。
#
# 走动手路线的人，接着读[笔记本 4](04-backpropagation.ipynb)：手算网络的梯度，再和引擎对照。按顺
# 序读到这里的人，接着读 [13. 求导数的四种办法](13-four-ways-to-a-derivative.ipynb)。本项目的引
# 擎怎么搭成、怎么加一行，见文档里的“Design”和“Add a primitive”两页。
