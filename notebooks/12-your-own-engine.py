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
# # 12. Your own engine
#
# You have used an engine for eleven notebooks. Now you build one. It takes less than a hundred
# lines, and then it does what the real one does: it trains a net of `nn`, and its losses are the
# same to the last digit we print.
#
# At the end you will be able to
#
# * write an engine for exact gradients from nothing but Python,
# * test it so hard that a mistake of one in a thousand is found,
# * get second derivatives, and formulas as text, from the rules you already have,
# * put your engine under somebody else's nets.
#
# You need notebook 1: what a graph is, and why gradients are added in topological order.

# %%
import math
import random

# %% [markdown]
# ## One row for each operation
#
# What must an engine know about an operation? Two things: its **value**, and its **partials**, one
# for each operand. For a product of 2 and −3 that is −6, and the partials are −3 and 2.
#
# So an operation is a name and two functions. We call it a rule.


# %%
class Rule:
    def __init__(self, name, evaluate, partials):
        self.name = self.label = name
        self.evaluate = evaluate
        self.partials = partials

    def __call__(self, *operands):
        if any(isinstance(x, Node) for x in operands):  # Node comes next
            return Node._apply(self, operands)
        return self.evaluate(*operands)


# %% [markdown]
# And here are eight of them, one row each. The partials get the result `out` as well, because often
# it saves work: the slope of $e^x$ is $e^x$, which is already there.

# %%
add = Rule("add", lambda x, y: x + y, lambda out, x, y: (1.0, 1.0))
mul = Rule("mul", lambda x, y: x * y, lambda out, x, y: (y, x))
neg = Rule("neg", lambda x: -x, lambda out, x: (-1.0,))
power = Rule("power", lambda x, n: x**n, lambda out, x, n: (n * x ** (n - 1.0), 0.0))
exp = Rule("exp", math.exp, lambda out, x: (out,))
log = Rule("log", math.log, lambda out, x: (1.0 / x,))
tanh = Rule("tanh", math.tanh, lambda out, x: (1.0 - out * out,))
relu = Rule("relu", lambda x: max(x, 0.0), lambda out, x: (float(x > 0.0),))

out = mul.evaluate(2.0, -3.0)
out, mul.partials(out, 2.0, -3.0)

# %% [markdown]
# In `power` the exponent is a constant, so its partial is 0. There is no division: $x / y$ is
# $x \cdot y^{-1}$, and no subtraction: $x - y$ is $x + (-y)$.
#
# This is all the calculus there will be. Everything below is bookkeeping.

# %% [markdown]
# ## A number that remembers
#
# A `Node` holds a number, and how it came about: the rule, the operands, and the partials. It
# writes the partials down **at once**, while the operands have the values that were used.


# %%
class Node:
    def __init__(self, data, label=None):
        self.data, self.grad, self.label = float(data), 0.0, label
        self.op, self.args, self.parents, self.partials = None, (), (), ()

    @staticmethod
    def _apply(op, args):
        numbers = [x.data if isinstance(x, Node) else float(x) for x in args]
        node = Node(op.evaluate(*numbers))
        node.op, node.args = op, tuple(args)
        node.parents = tuple(x for x in args if isinstance(x, Node))
        every = op.partials(node.data, *numbers)
        node.partials = tuple(p for p, x in zip(every, args) if isinstance(x, Node))
        return node

    def __repr__(self):
        return f"Node({self.data:g})"


product = Node._apply(mul, (Node(2.0), Node(-3.0)))
product, product.op.name, product.parents, product.partials

# %% [markdown]
# `_apply` is the whole of recording. Plain numbers may stand among the operands: they are used, but
# they are no parents, and nobody asks for their partials.
#
# Nobody wants to write `_apply(mul, ...)`. Python lets a class say what `*` means, so say it. Each
# operator is one line, and `__radd__` is for a number on the left, as in `1 + x`.

# %%
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

# %% [markdown]
# Now `Node`s compute like numbers. Here is the neuron of notebook 1. The first picture is a
# present: the views of this project draw anything that has `op`, `args`, `parents`, `partials` and
# `_apply`.

# %%
from autograd_lite import draw

x1, x2 = Node(2.0, "x1"), Node(0.5, "x2")
w1, w2, b = Node(-0.6, "w1"), Node(1.0, "w2"), Node(1.3, "b")
y = tanh(x1 * w1 + x2 * w2 + b)
y.label = "y"
draw(y)

# %% [markdown]
# ## An order without recursion
#
# Backward must visit a node after everything that uses it. The order is easy to say with recursion:
# first all my parents, then me.


# %%
def order_by_recursion(node, order, found):
    if node not in found:
        found.add(node)
        for parent in node.parents:
            order_by_recursion(parent, order, found)
        order.append(node)
    return order


[node.label or node.op.name for node in order_by_recursion(y, [], set())]

# %% [markdown]
# It works, until a graph is deep. Python allows about a thousand calls inside one another, and a
# sum of 10,000 terms is a chain of 10,000 nodes:

# %%
total = Node(0.0)
for _ in range(10_000):
    total = total + 1.0
try:
    order_by_recursion(total, [], set())
except RecursionError:
    print("RecursionError: too many calls inside one another")

# %% [markdown]
# The remedy is to keep the list of what is still to do yourself. A `None` on the stack says: all
# that the node below depends on has been dealt with, so it is its turn.


# %%
def topological_order(root):
    order, found, stack = [], set(), [root]
    while stack:
        node = stack.pop()
        if node is None:
            order.append(stack.pop())
        elif node not in found:
            found.add(node)
            stack += (node, None, *reversed(node.parents))
    return order


assert topological_order(y) == order_by_recursion(y, [], set())
len(topological_order(total))

# %% [markdown]
# 10,001 nodes: the start, and one for each addition.

# %% [markdown]
# ## Backward
#
# One loop. A node whose gradient is complete hands to each parent its gradient times the partial,
# and what arrives is **added**.


# %%
def adjoints(root, partials_of, one):
    gradient = {root: one}
    for node in reversed(topological_order(root)):
        for parent, partial in zip(node.parents, partials_of(node)):
            share = gradient[node] * partial
            gradient[parent] = gradient[parent] + share if parent in gradient else share
    return gradient


def backward(root):
    for node, gradient in adjoints(root, lambda node: node.partials, 1.0).items():
        node.grad = gradient if node.op else node.grad + gradient


Node.backward = backward

# %% [markdown]
# The last line but one says: a leaf collects over several calls of `backward`, as in notebook 1;
# what lies between is computed anew.
#
# Why does `adjoints` take `partials_of` and `one` from outside? Because we will use the same loop
# with other partials soon.

# %%
y.backward()
draw(y)

# %% [markdown]
# The same numbers as in notebook 1: $\partial y / \partial w_1 = 1.42$, and
# $\partial y / \partial b = 0.712$, which is $1 - 0.537^2$.
#
# That was the engine: 17 lines of rules, 26 of `Node`, 10 for the order, 11 for backward. 64 lines.

# %% [markdown]
# ## Truth number one: nudge it
#
# An engine that nobody tested is a rumour. Move one input a little up and a little down, and see
# how the result moves: that is the slope, and no rule was needed for it.


# %%
def nudged(f, at, k, h=1e-5):
    up, down = ([Node(x + sign * h * (i == k)) for i, x in enumerate(at)] for sign in (1, -1))
    return (f(*up).data - f(*down).data) / (2 * h)


def check(f, *at):
    """The engine's slopes beside the nudged ones, and whether they agree."""
    leaves = [Node(x) for x in at]
    f(*leaves).backward()
    pairs = [(leaf.grad, nudged(f, at, k)) for k, leaf in enumerate(leaves)]
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
    right, pairs = check(f, *at)
    print(f"{name:10}", "  ".join(f"{a:9.5f} {n:9.5f}" for a, n in pairs), "" if right else "WRONG")
    assert right

# %% [markdown]
# Check two lines by hand: the slope of $x^3$ at −1.5 is $3 \cdot 2.25 = 6.75$. And $x \cdot x + x$
# at 3 has $2x + 1 = 7$, from three paths.

# %% [markdown]
# ## Truth number two: random graphs
#
# Ten examples are few. A program can make up thousands: start with some leaves, then again and
# again pick an operation and operands among what is there. And for each of them ask two engines.
#
# A plan is a list of choices; `build` follows it with the leaves of whichever engine. `f` holds the
# engine's functions. The steps are such that no number grows without bounds.

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
    """On how many random graphs the two engines disagree, and how many gradients were compared."""
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
print(f"{compared} gradients compared on 300 graphs; graphs that disagree: {wrong}")

# %% [markdown]
# Not one. But would we have noticed? A test that nothing can fail proves nothing. So break the
# engine on purpose, in three ways in which engines really break. Here are two, a `backward` that
# does not add, and one that visits nodes too early:


# %%
def overwriting(root):
    gradient = {root: 1.0}
    for node in reversed(topological_order(root)):
        for parent, partial in zip(node.parents, node.partials):
            gradient[parent] = gradient[node] * partial  # = where + is wanted
    for node, g in gradient.items():
        node.grad = g


def too_early(root):
    gradient, waiting = {root: 1.0}, [root]
    while waiting:  # nearest first: no topological order
        node = waiting.pop(0)
        for parent, partial in zip(node.parents, node.partials):
            if parent not in gradient:
                waiting.append(parent)
            gradient[parent] = gradient.get(parent, 0.0) + gradient[node] * partial
    for node, g in gradient.items():
        node.grad = g


# %% [markdown]
# The third is a rule that is wrong by one part in a thousand. Ask again, with each of them:

# %%
for name, broken in [("overwriting", overwriting), ("wrong order", too_early)]:
    Node.backward = broken
    print(f"{name:22} {disagreements()[0]} of 300 graphs disagree")
Node.backward = backward

exact, tanh.partials = tanh.partials, lambda out, x: (1.001 * (1.0 - out * out),)
print(f"{'tanh off by 0.001':22} {disagreements()[0]} of 300 graphs disagree")
tanh.partials = exact
assert disagreements()[0] == 0

# %% [markdown]
# Each of the three is caught, many times over. Now we may believe the 0.

# %% [markdown]
# ## The derivative of a derivative, for nothing
#
# Look at the rule of tanh once more: `lambda out, x: (1.0 - out * out,)`. We ran it on floats. But
# nothing in it says float: it is minus and times, and a `Node` can do both. Run it **on Nodes**,
# and the slope comes out as a graph, which has slopes of its own.
#
# The loop stays as it is. Only the partials are other ones.


# %%
def slope(root, leaf):
    """d root / d leaf as a Node."""

    def on_nodes(node):
        every = node.op.partials(node, *node.args) if node.op else ()
        return [p for p, x in zip(every, node.args) if isinstance(x, Node)]

    found = adjoints(root, on_nodes, Node(1.0)).get(leaf, 0.0)
    return found if isinstance(found, Node) else Node(found)


x = Node(4.0, "x")
f = x**3
for name in ("x³", "3x²", "6x", "6", "0"):
    print(f"{name:4} at 4: {f.data:g}")
    f = slope(f, x)

# %% [markdown]
# And for tanh, against school mathematics. With $t = \tanh x$ the slope is $1 - t^2$, the second
# derivative $-2t(1 - t^2)$.

# %%
x = Node(0.5, "x")
first = slope(tanh(x), x)
second = slope(first, x)
t = math.tanh(0.5)
print(f"by the engine  {first.data:.10f}  {second.data:.10f}")
print(f"by hand        {1 - t**2:.10f}  {-2 * t * (1 - t**2):.10f}")

# %% [markdown]
# The picture of the slope shows what has happened: it is an ordinary graph, and tanh is in it once.

# %%
first.label = "slope"
draw(first, direction="down")

# %% [markdown]
# ## The same rule, run on names
#
# Floats, Nodes: what else can do minus and times? A **name** can, if it answers with text.


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
    __rtruediv__ = lambda x, y: Name(f"({y} / {x})")
    __gt__ = lambda x, y: Name(f"({x} > {y})")
    __str__ = lambda x: x.text


for rule, operands in [(mul, "xy"), (power, "xn"), (exp, "x"), (log, "x"), (tanh, "x")]:
    texts = [str(p) for p in rule.partials(Name("out"), *map(Name, operands))]
    print(f"{rule.name:6}", " and ".join(texts))

# %% [markdown]
# That is C. The native engine of this project was written like this: its formulas are printed by
# the rules of the table, so no derivative was ever typed twice. `relu` fails here, for `float`
# insists on a number; the project writes `where(x > 0.0, 1.0, 0.0)`, which names can do as well.

# %% [markdown]
# ## Put it under somebody else's nets
#
# Now the proof of the pudding. `nn` has layers, losses and optimisers, and it never names an
# engine. It does two things only:
#
# * for a parameter it asks for `autograd_lite.Value(number, label)`;
# * for everything else it calls rows of the project's table, and a row asks its operands for their
#   `_apply`.
#
# Your `Node` has both. And a row of that table has `evaluate` and `partials`, as your rules have:
# so your engine can run rows it has never heard of. Here is one, a whole dot product as one node:

# %%
from autograd_lite import dot

u, v = [Node(1.0, "u1"), Node(2.0, "u2")], [Node(3.0, "v1"), Node(4.0, "v2")]
s = dot(u, v)
s.backward()
type(s).__name__, s.data, [x.grad for x in u + v]

# %% [markdown]
# One line swaps the engine. The training is an ordinary loop: 40 points in two half circles,
# a net of 2, 8 and 1 neurons, cross-entropy, Adam.

# %%
import nn

data = nn.datasets.moons(40, seed=3)


def train(Engine, steps=120):
    """A net trained on the moons by an engine, and its losses."""
    before, autograd_lite.Value = autograd_lite.Value, Engine  # the swap
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
print("step   theirs       yours")
for k in (0, 9, 29, 59, 119):
    print(f"{k + 1:4}   {their_losses[k]:.8f}   {my_losses[k]:.8f}")

# %% [markdown]
# The same losses, to the last digit shown. The net on your engine has learned the moons:

# %%
from autograd_lite.views.charts import boundary, lines, multiples


def share(x, y):
    """How sure the net is that the point (x, y) is of class 1."""
    return 1.0 / (1.0 + math.exp(-mine([x, y])[0].data))


across = [-1.5 + 4.0 * i / 24 for i in range(25)]
upward = [-1.0 + 2.5 * i / 18 for i in range(19)]
grid = [[[1.0 - share(x, y), share(x, y)] for x in across] for y in upward]
wrong = [k for k, (x, c) in enumerate(zip(data.x, data.y)) if (share(*x) > 0.5) != c]
multiples(
    [
        lines({"theirs": their_losses, "yours": my_losses}, title="loss", x_name="step"),
        boundary(grid, (-1.5, 2.5, -1.0, 1.5), data.x, data.y, wrong=wrong, title="your engine"),
    ]
)

# %% [markdown]
# The two lines lie on each other, so you see one.

# %% [markdown]
# ## What the real one has beyond yours
#
# Your engine is right. What is left for an engine to do is the edges, the size, and the speed. One
# edge is division by zero:

# %%
for name, Engine in [("yours", Node), ("theirs", Value)]:
    try:
        print(f"{name:7} 1 / 0 = {(1.0 / Engine(0.0)).data}")
    except ZeroDivisionError:
        print(f"{name:7} 1 / 0   stops with a ZeroDivisionError")

# %% [markdown]
# | | yours | the project's |
# |:--|:--|:--|
# | rules | 8 of its own | 58, each with formula, domain and tests |
# | dividing by 0, overflow | an error in the middle of a graph | inf and nan, as IEEE 754 says |
# | a wrong operand | whatever Python says | what came, what was wanted, what to do |
# | kinks | `float(x > 0)` | `where`, at any order; the choice at 0 is written down |
# | a node | some 330 bytes of Python objects | 88 bytes in C, side by side |
# | repeating | records anew | records once, replays (notebook 11) |
#
# The heart is the same. Read `value.py` and `chain_rule.py` of the project now: you will recognise
# each line of `_apply`, `topological_order` and `adjoints`.

# %% [markdown]
# ## Exercises
#
# Work each one out on paper first. Then write your answer in place of the dots, and run the two
# cells.

# %% [markdown]
# ### Exercise 1
#
# Division deserves a row of its own: `div = Rule("div", lambda x, y: x / y, partials)`. Write its
# partials, two of them. Use `out`, which is $x / y$.
#
# <details><summary>Solution</summary>
#
# The slope by $x$ is $1/y$. By $y$ it is $-x/y^2$, and that is $-\frac{x}{y} \cdot \frac{1}{y}$, so
# `-out / y`.
#
# ```python
# div_partials = lambda out, x, y: (1.0 / y, -out / y)
# ```
# </details>

# %% tags=["exercise"]
div_partials = ...  # a function of out, x, y

# %% tags=["check"]
if div_partials is ...:
    print("Exercise 1: not answered yet")
else:
    for at in [(2.0, -3.0), (0.5, 0.25), (-1.0, 4.0)]:
        found = div_partials(at[0] / at[1], *at)
        assert isinstance(found, tuple), "a tuple, as in the rows above"
        assert len(found) == 2, "two operands, so two partials"
        truth = [nudged(lambda x, y: x / y, at, k) for k in (0, 1)]
        for partial, true in zip(found, truth):
            assert math.isclose(partial, true, rel_tol=1e-6), "compare with the nudge"
    print("Exercise 1: right")

# %% [markdown]
# ### Exercise 2
#
# Gradients can also run **forward**. Let one leaf change at the rate 1: how fast does each node
# change? Walk the nodes in topological order; the rate of a node is the sum, over its parents, of
# the parent's rate times the partial. Write `forward(root, leaf)`, which gives the rate of `root`.
#
# <details><summary>Solution</summary>
#
# The same loop the other way round, without `reversed`. One walk gives the slope by *one* leaf,
# while backward gives the slopes by all of them: that is why nets are trained backward.
#
# ```python
# def forward(root, leaf):
#     rate = {}
#     for node in topological_order(root):
#         pairs = zip(node.parents, node.partials)
#         rate[node] = 1.0 if node is leaf else sum(rate[p] * d for p, d in pairs)
#     return rate[root]
# ```
# </details>

# %% tags=["exercise"]
forward = ...  # a function of root and leaf

# %% tags=["check"]
if forward is ...:
    print("Exercise 2: not answered yet")
else:
    rng = random.Random(5)
    for _ in range(20):
        numbers, plan = random_plan(rng)
        leaves = [Node(x) for x in numbers]
        root = build(leaves, plan, MINE)
        root.backward()
        truth = [leaf.grad for leaf in leaves]
        for node in topological_order(root):
            node.grad = 0.0  # the answer shall come from the partials
        for leaf, true in zip(leaves, truth):
            close = math.isclose(forward(root, leaf), true, rel_tol=1e-9, abs_tol=1e-12)
            assert close, "one walk forward must give the gradient that backward gives"
    print("Exercise 2: right")

# %% [markdown]
# ### Exercise 3
#
# `softplus` is $\log(1 + e^x)$, and its slope is the sigmoid $\frac{1}{1 + e^{-x}}$. Make it a
# `Rule` in such a way that `slope(slope(...))` works as well: then its second derivative must be
# $s (1 - s)$, where $s$ is the sigmoid.
#
# <details><summary>Solution</summary>
#
# `evaluate` sees floats only, so `math` is fine there. The partials may see Nodes, so they must use
# what both can do: plus, division, and the rule `exp`, which takes floats and Nodes. `math.exp`
# would not know what to do with a Node.
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
softplus = ...  # a Rule

# %% tags=["check"]
if softplus is ...:
    print("Exercise 3: not answered yet")
else:
    for at in (-3.0, 0.0, 0.5, 2.0):
        x, s = Node(at), 1.0 / (1.0 + math.exp(-at))
        out = softplus(x)
        assert isinstance(out, Node), "a Rule, called with a Node, gives a Node"
        assert math.isclose(out.data, math.log(1.0 + math.exp(at))), "the value is log(1 + e^x)"
        out.backward()
        assert math.isclose(x.grad, s), "the slope is the sigmoid of x"
        assert math.isclose(slope(slope(out, x), x).data, s * (1 - s)), "the second is s (1 - s)"
    print("Exercise 3: right")

# %% [markdown]
# ## What you have seen
#
# * An engine is a table of values and partials, and bookkeeping.
# * Recording keeps rule, operands, partials; backward is one loop in topological order.
# * A test counts when it has been seen to fail: against nudges, and against another engine.
# * A rule that is plain arithmetic runs on floats, on Nodes and on names: gradients, higher
#   derivatives and formulas from one line.
# * Nets do not care whose engine is below them.
#
# This is the last of the twelve notebooks. From here: read the [design](../docs/design.md), add a
# row of your own ([how to](../docs/howto/primitive.md)), or go back to [notebook
# 1](01-a-value-and-the-chain-rule.ipynb) and see how far you have come.
