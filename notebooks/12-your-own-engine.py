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
# **Time:** about 120 minutes · **You need:** notebook 1 (graphs, and why gradients are added in
# topological order) · **Afterwards you can:** write an engine for exact gradients from nothing but
# Python, test it so hard that a mistake of one in a thousand is found, get second derivatives and
# formulas as text from the rules you already have, and train a GPT on it.
#
# **Build track:** 1 → 12 → 4 → 6 → 10. You need not have read notebooks 2 to 11; who wants to build
# first comes here from notebook 1 and then goes on with
# [4](04-backpropagation.ipynb), [6](06-gradient-descent.ipynb) and [10](10-sequences.ipynb).
#
# [中文版](zh/12-your-own-engine.ipynb)
#
# You **write** the engine here, in six steps of three to ten lines. After each step a cell checks
# it, and the next one says what the notebook goes on with: your answer if it is right, else a part
# that the package lends. So all later cells run in any case. To come back to a step, answer it, and
# run the cells from there on. At the end the engine trains nets of `nn`, and a GPT, and its losses
# are those of the project's engine to the last digit we print.
#
# (The lent parts are in `autograd_lite.course.own_engine`. Look there when you have your own.)

# %%
import math
import random

from autograd_lite.course import exercise, predicted
from autograd_lite.course.own_engine import lender

# %% [markdown]
# ## One row for each operation
#
# What must an engine know about an operation? Two things: its **value**, and its **partial
# derivatives** (*partials* for short), one with respect to each operand. For a product of 2 and −3
# the value is −6, and the partials are −3 and 2.
#
# So an operation is a name and two functions. We call it a rule. Short functions are written as
# `lambda x: x * x`, which is Python for "the function that makes `x * x` of `x`".


# %%
class Rule:
    def __init__(self, name, evaluate, partials):
        self.name = self.label = name
        self.evaluate = evaluate  # of floats
        self.partials = partials  # of the result and the operands; a tuple, one for each operand

    def __call__(self, *operands):
        if any(isinstance(x, Node) for x in operands):  # Node comes next
            return Node._apply(self, operands)  # and this will be your step 1
        return self.evaluate(*operands)


# %% [markdown]
# ## Step 1. A number that remembers
#
# A `Node` holds a number, and how it came about: the rule `op`, the operands `args`, the Nodes
# among them (`parents`), and a partial for each of the parents.


# %%
class Node:
    def __init__(self, data, label=None):
        self.data, self.grad, self.label = float(data), 0.0, label
        self.op, self.args, self.parents, self.partials = None, (), (), ()

    def __repr__(self):
        return f"Node({self.data:g})"


go_on = lender(Node)  # go_on(verdict, answer): the answer if it is right, else a lent part

square = Rule("square", lambda x: x * x, lambda out, x: (2.0 * x,))
mixture = Rule("mixture", lambda x, y: x + 10.0 * y, lambda out, x, y: (1.0, 10.0))

# %% [markdown]
# ### Exercise 1
#
# Write `record(op, args)`. It computes with the numbers of the operands, and gives a new `Node`
# that remembers. Some of `args` may be plain numbers: they are used, but they are no parents, and
# no partial is kept for them. The partials are written down **at once**, while the operands have
# the values that were used. So `record(square, (Node(3.0),))` is a Node of 9 with the partials
# `(6.0,)`. (`op` is a rule: `op.evaluate` and `op.partials` take numbers.)
#
# <details><summary>Solution</summary>
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
record = ...  # a function of op and args


# %% tags=["check"]
@exercise(1, record)
def verdict():
    x = Node(3.0)
    y = record(square, (x,))
    assert isinstance(y, Node), "it gives a new Node"
    assert y.data == 9.0, "its data is op.evaluate of the operands' numbers"
    assert y.op is square, "its op is the rule"
    assert tuple(y.parents) == (x,), "its parents are the Nodes among args"
    assert tuple(y.args) == (x,), "its args are all operands"
    assert tuple(y.partials) == (6.0,), "op.partials(out, *numbers), one for each parent"
    z = record(mixture, (2.0, x))
    assert z.data == 32.0, "op.evaluate takes plain numbers as they are"
    assert tuple(z.parents) == (x,), "a plain number is no parent"
    assert tuple(z.partials) == (10.0,), "no partial is kept for a plain number; x is the second"
    assert tuple(z.args) == (2.0, x), "a plain number stays among args"


# %% tags=["lent"]
Node._apply = staticmethod(go_on(verdict, record))  # a rule that meets a Node calls it

# %% [markdown]
# That is the whole of recording.
#
# ## Step 2. Plus and times
#
# ### Exercise 2
#
# Write the partials of `x + y` and of `x * y`, as functions of the result `out` and of the
# operands. Each gives a tuple of two numbers.
#
# <details><summary>Solution</summary>
#
# A sum grows as fast as each of its terms. A product grows with x as fast as y says.
#
# ```python
# add_partials = lambda out, x, y: (1.0, 1.0)
# mul_partials = lambda out, x, y: (y, x)
# ```
# </details>

# %% tags=["exercise"]
add_partials = ...  # a function of out, x, y
mul_partials = ...  # a function of out, x, y


# %% tags=["check"]
@exercise(2, add_partials, mul_partials)
def verdict():
    assert add_partials(-1.0, 2.0, -3.0) == (1.0, 1.0), "add: x grows by 1, by how much does x + y?"
    hint = "mul: at x = 2 and y = -3 the slope along x is -3, the one along y is 2"
    assert mul_partials(-6.0, 2.0, -3.0) == (-3.0, 2.0), hint


# %% tags=["lent"]
add_row, mul_row = go_on(verdict, add_partials, mul_partials)
add = Rule("add", lambda x, y: x + y, add_row)
mul = Rule("mul", lambda x, y: x * y, mul_row)

# %% [markdown]
# Nobody wants to write `mul(x, y)`. Python lets a class say what `*` means, so say it. Each
# operator is one line, and `__radd__` is for a number on the left, as in `1 + x`. There is no
# division: $x / y$ is $x \cdot y^{-1}$, and no subtraction: $x - y$ is $x + (-y)$. (A rule for
# powers comes in step 5. Until then we borrow the one of the project: your `record` can run it.)

# %%
from autograd_lite import power  # until step 5

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
# ## Step 3. The order
#
# Backward must visit a node after everything that uses it. So it needs an order in which the
# parents of each node stand before it: a **topological order**. It is easy to say with recursion:
# first all my parents, then me.


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
# It works, until a graph is deep. Here is a sum of 10,000 terms, a chain of 10,000 nodes. What
# happens?

# %% tags=["prediction"]
guess = ...  # "works", "slow" or "error"

# %%
total = Node(0.0)
for _ in range(10_000):
    total = total + 1.0
try:
    order_by_recursion(total, [], set())
    happened = "works"
except RecursionError:
    happened = "error"
predicted(guess, happened, "Python allows about a thousand calls inside one another")

# %% [markdown]
# ### Exercise 3
#
# Write `topological_order(root)`: a list of all nodes on which `root` depends, `root` included,
# each once, parents before children, and without recursion.
#
# <details><summary>Solution</summary>
#
# Keep the list of what is still to do yourself. A `None` on the stack says: all that the node below
# it depends on has been dealt with, so it is its turn.
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
topological_order = ...  # a function of root


# %% tags=["check"]
@exercise(3, topological_order)
def verdict():
    order = list(topological_order(b))
    assert len(order) == len(set(order)) == 3, "a, a * a and b: each node once"
    place = {node: k for k, node in enumerate(order)}
    for node in order:
        for parent in node.parents:
            assert place[parent] < place[node], "a parent stands before what uses it"
    assert len(topological_order(total)) == 10_001, "a deep graph: no recursion"


# %% tags=["lent"]
ordered = go_on(verdict, topological_order)

# %% [markdown]
# ## Step 4. Backward
#
# One loop over the reversed order. The root's gradient is 1. A node whose gradient is complete
# hands to each parent its gradient times the partial, and what arrives is **added**.
#
# For `b = a * a + a` at 3 the gradient is $2a + 1 = 7$, from three paths. What would come out if
# what arrives were not added, but the last one kept? The order is a, a · a, b; b hands on first to
# a · a and to a, then a · a hands on to a twice.

# %% tags=["prediction"]
guess = ...  # a number


# %%
def last_one_kept(root):
    gradient = {root: 1.0}
    for node in reversed(ordered(root)):
        for parent, partial in zip(node.parents, node.partials):
            gradient[parent] = gradient[node] * partial  # what arrived before is lost
    return gradient


predicted(guess, last_one_kept(b)[a], "only the last of the three paths is kept")

# %% [markdown]
# ### Exercise 4
#
# Write `backward(root)`: it sets `grad` of each node. A leaf (a node without `op`) **collects**
# over several calls, as in notebook 1; for the nodes between, each call begins anew. Use
# `ordered(root)`.
#
# <details><summary>Solution</summary>
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
backward = ...  # a function of root


# %% tags=["check"]
@exercise(4, backward)
def verdict():
    x, y = Node(3.0), Node(-2.0)
    xy = x * y
    z = xy * x + x
    backward(z)
    assert z.grad == 1.0, "the root's own gradient is 1"
    assert xy.grad == 3.0, "the gradient of x * y is x"
    assert y.grad == 9.0, "y: its gradient is x * x"
    assert x.grad == -11.0, "x: what arrives on its paths is added, 2xy + 1"
    backward(z)
    assert x.grad == -22.0, "a leaf collects over calls"
    assert xy.grad == 3.0, "an interior node begins anew with each call"


# %% tags=["lent"]
Node.backward = go_on(verdict, backward)

# %% [markdown]
# ## Step 5. The other operations
#
# ### Exercise 5
#
# Write the partials of five more operations. Each gives a tuple, also if it has one entry, as that
# of `square` does: `(2.0 * x,)`. They get the result `out` as well, because often it saves work:
# the derivative of $e^x$ is $e^x$ again, which is there already. (It is not $x$, and not
# $x e^{x-1}$.) `power` is $x^n$; its exponent is a constant, so the second partial is 0. `log` is
# the natural logarithm, and the derivative of $\tanh x$ is $1 - (\tanh x)^2$. `relu` gives $x$ for
# positive $x$, else 0; let its slope at 0 be 0. Use no `math.` in them, only arithmetic and
# comparisons: later they shall work on more than numbers.
#
# <details><summary>Solution</summary>
#
# The derivative of relu is 1 above 0 and 0 else; `float` makes 1.0 of `True` and 0.0 of `False`.
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
power_partials = ...  # of out, x, n: two entries
exp_partials = ...  # of out, x: one entry
log_partials = ...  # of out, x: one entry
tanh_partials = ...  # of out, x: one entry
relu_partials = ...  # of out, x: one entry


# %% tags=["check"]
@exercise(5, power_partials, exp_partials, log_partials, tanh_partials, relu_partials)
def verdict():
    assert power_partials(8.0, 2.0, 3.0) == (12.0, 0.0), "power: x cubed has the slope 12 at 2"
    assert exp_partials(math.e, 1.0) == (math.e,), "exp: a tuple; how steep is e^x where it is 5?"
    assert log_partials(0.0, 4.0) == (0.25,), "log: a tuple; the slope at 4 is a quarter"
    assert tanh_partials(0.5, 0.549) == (0.75,), (
        "tanh: a tuple; where the result is 0.5, it is 0.75"
    )
    assert relu_partials(2.0, 2.0) == (1.0,), "relu: a tuple; above 0 the result grows as x does"
    assert relu_partials(0.0, -2.0) == (0.0,), "relu: below 0 the result does not change"
    assert relu_partials(0.0, 0.0) == (0.0,), "relu: let the slope at 0 be 0"
    for rule in (exp_partials, tanh_partials):
        (partial,) = rule(Node(0.5), Node(0.5))
        assert isinstance(partial, Node), "only arithmetic, so that it works on Nodes as well"


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
# This is all the calculus there will be. The engine is complete: here is the neuron of notebook 1.
# The picture costs you nothing: this project draws anything that has `op`, `args`, `parents`,
# `partials` and `_apply`.

# %%
from autograd_lite import draw

x1, x2 = Node(2.0, "x1"), Node(0.5, "x2")
w1, w2, bias = Node(-0.6, "w1"), Node(1.0, "w2"), Node(1.3, "b")
y = tanh(x1 * w1 + x2 * w2 + bias)
y.label = "y"
y.backward()
draw(y)

# %% [markdown]
# The same numbers as in notebook 1: $\partial y / \partial w_1 = 1.42$, and
# $\partial y / \partial b = 0.712$, which is $1 - 0.537^2$.

# %% [markdown]
# ## Step 6. Truth number one: nudge it
#
# Nobody should believe an engine that was not tested. Move one input a little up and a little down,
# and see how the result moves: that is the slope (a *central finite difference*), and no rule was
# needed for it.
#
# ### Exercise 6
#
# Write `nudged(f, at, k)`: the slope of `f` with respect to its input number `k` at the point `at`
# (a tuple of numbers), from two calls of `f`, with that input $h = 10^{-5}$ higher and lower. `f`
# takes Nodes and gives a Node.
#
# <details><summary>Solution</summary>
#
# ```python
# def nudged(f, at, k):
#     h = 1e-5
#     up, down = ([Node(x + sign * h * (i == k)) for i, x in enumerate(at)] for sign in (1, -1))
#     return (f(*up).data - f(*down).data) / (2 * h)
# ```
# </details>

# %% tags=["exercise"]
nudged = ...  # a function of f, at, k


# %% tags=["check"]
@exercise(6, nudged)
def verdict():
    product = lambda x, y: x * y
    hint = "by how much f rises, over how far the input moves; only input k moves"
    assert math.isclose(nudged(product, (2.0, -3.0), 0), -3.0, rel_tol=1e-6), hint
    assert math.isclose(nudged(product, (2.0, -3.0), 1), 2.0, rel_tol=1e-6), hint
    cube = nudged(lambda x: x * x * x, (2.0,), 0)
    assert abs(cube - 12.0) < 1e-7, "both sides: one-sided nudges are less exact"


# %% tags=["lent"]
slope_by_nudging = go_on(verdict, nudged)

# %% [markdown]
# Now ask it about each operation: on the left the engine's derivatives, beside them the nudged
# ones.


# %%
def agrees(f, *at):
    """The engine's slopes beside the nudged ones, and whether they agree."""
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
# engine on purpose, in three ways in which engines really break: a `backward` that does not add,
# one that visits nodes too early, and a rule that is wrong by one part in a thousand. Which of the
# three is noticed on the fewest of the 300 graphs?

# %% tags=["prediction"]
guess = ...  # "overwriting", "wrong order" or "tanh"


# %%
def overwriting(root):
    for node, gradient in last_one_kept(root).items():  # from step 4
        node.grad = gradient


def too_early(root):
    root.grad, waiting = 1.0, [root]
    for node in waiting:  # nearest first: no topological order
        for parent, partial in zip(node.parents, node.partials):
            parent.grad += node.grad * partial
            if parent not in waiting:
                waiting.append(parent)


right, noticed = Node.backward, {}
for name, broken in [("overwriting", overwriting), ("wrong order", too_early)]:
    Node.backward = broken
    noticed[name] = disagreements()[0]
Node.backward = right
exact, tanh.partials = tanh.partials, lambda out, x: (1.001 * exact(out, x)[0],)
noticed["tanh"] = disagreements()[0]
tanh.partials = exact
for name, graphs in noticed.items():
    print(f"{name:12} {graphs} of 300 graphs disagree")
print(f"mended       {disagreements()[0]} of 300 graphs disagree")
predicted(
    guess,
    min(noticed, key=noticed.get),
    "its error is the smallest, and it shows only where tanh is used",
)

# %% [markdown]
# Each of the three is caught, many times over. Now we may believe the 0.

# %% [markdown]
# ## The derivative of a derivative, for nothing
#
# Look at the partials of tanh once more. We ran them on floats. But nothing in them says float:
# they are minus and times, and a `Node` can do both. Run them **on Nodes**, and the slope comes out
# as a graph, which has slopes of its own.
#
# So walk back as `backward` does, but do not take the numbers that were recorded: run each rule
# again, on the Node itself and on its operands. Then each partial is a Node, and so is the slope.


# %%
def slope(root, leaf):
    """d root / d leaf as a Node."""
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
    __truediv__ = lambda x, y: Name(f"({x} / {y})")
    __rtruediv__ = lambda x, y: Name(f"({y} / {x})")
    __gt__ = lambda x, y: Name(f"({x} > {y})")
    __str__ = lambda x: x.text


sqrt = Rule("sqrt", math.sqrt, lambda out, x: (0.5 / out,))
arctan = Rule("arctan", math.atan, lambda out, x: (1.0 / (1.0 + x * x),))
length = Rule("length", math.hypot, lambda out, x, y: (x / out, y / out))  # of the arrow (x, y)
for rule, operands in [(square, "x"), (sqrt, "x"), (arctan, "x"), (length, "xy")]:
    texts = [str(p) for p in rule.partials(Name("out"), *map(Name, operands))]
    print(f"{rule.name:6}", " and ".join(texts))

# %% [markdown]
# Put `(tanh, "x")`, `(power, "xn")` and `(mul, "xy")` into that list: the partials that you wrote
# come out as text. And this text is a piece of a program in C, a language that is compiled and
# fast. The native engine of this project was written like this: its formulas are printed by the
# rules of the table, so no derivative was ever typed twice. (A rule that calls `float(...)` cannot
# do it, for `float` insists on a number. The project has `where(condition, this, that)` for such
# cases, which works on floats, Nodes and names.)

# %% [markdown]
# ## Put it under somebody else's nets
#
# Now in earnest. `nn` has layers, losses and optimisers, and it never names an
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
# One line swaps the engine. The training is an ordinary loop: 40 points in two half circles, and a
# net of 2, 8 and 1 neurons that is to tell the circles apart. (On the build track you have not met
# its two helpers yet: *cross-entropy* measures how wrong the answers are, notebook 5; *Adam* moves
# each weight against its gradient, notebook 6.)

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
# ## Your engine trains a GPT
#
# Here is the GPT of [notebook 10](10-sequences.ipynb), which makes up first names: the same parts,
# with lists of 6 numbers instead of 8, so that an engine written in Python takes seconds. (On the
# build track you have not met it yet. Take it as a net that guesses the next letter of a name.) It
# is trained twice, from the same weights with the same names: on the project's engine and on yours.
# On how many digits will the last losses agree?

# %% tags=["prediction"]
guess = ...  # a number of digits after the point, up to 10

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
    """The sums, position by position."""
    return [[a + b for a, b in zip(p, q)] for p, q in zip(x, y)]


names = [name for name in nn.datasets.names() if len(name) <= 7]


def train_gpt(Engine, steps=60):
    """The losses, in nats per letter, of a GPT that an engine trains on two names a step."""
    before, autograd_lite.Value = autograd_lite.Value, Engine  # the swap
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
print("step   theirs         yours")
for k in (0, 9, 29, 59):
    print(f"{k + 1:4}   {their_losses[k]:.10f}   {my_losses[k]:.10f}")
same = max(d for d in range(11) if f"{their_losses[-1]:.{d}f}" == f"{my_losses[-1]:.{d}f}")
predicted(guess, same, "both compute the same sums of the same products, but for the last bits")

# %% jupyter={"source_hidden": true} tags=["plotting"]
smooth = [sum(my_losses[max(0, k - 9) : k + 1]) / len(my_losses[max(0, k - 9) : k + 1])
          for k in range(60)]  # fmt: skip
lines(
    {"your engine": smooth, "knowing nothing": [math.log(27)] * 60},
    title="nats per letter", note="mean of 10 steps", x_name="step", width=460,
)  # fmt: skip

# %% [markdown]
# A node of `cross_entropy` or of attention is a row of the project's table; your `record` runs it,
# and your `backward` hands its partials on. The loss is the surprise at the letter that comes next:
# $-\ln p$, if the net gave that letter the probability $p$. Its unit is called *nat*. One who knows
# nothing gives each of the 27 signs the same $p$ and is surprised by $\ln 27 = 3.30$ nats per
# letter; your engine has brought the GPT below that. (Single losses jump, as each is of two names
# only; so the picture has means of ten.) How it goes on is notebook 10.

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
# | rules | 8 of its own | a table of them, each with formula, domain and tests |
# | dividing by 0, overflow | an error in the middle of a graph | inf and nan, as IEEE 754 says |
# | a wrong operand | whatever Python says | what came, what was wanted, what to do |
# | kinks | a comparison, as a number | `where`, at any order; the choice at 0 is written down |
# | a node | some 330 bytes of Python objects | 88 bytes in C, side by side |
# | repeating | records anew | records once, replays (notebook 11) |
#
# (IEEE 754 is the standard of floating-point numbers.) The heart is the same. Read `value.py` and
# `chain_rule.py` of the project now: you will recognise the lines of your `record`,
# `topological_order` and `backward`.

# %% [markdown]
# ## Exercises
#
# Three more, for an engine that works. The last one is harder.

# %% [markdown]
# ### Exercise 7
#
# Division deserves a row of its own: `div = Rule("div", lambda x, y: x / y, partials)`. Write its
# partials, two of them. Use `out`, which is $x / y$.
#
# <details><summary>Solution</summary>
#
# The derivative with respect to $x$ is $1/y$. With respect to $y$ it is $-x/y^2$, and that is
# $-\frac{x}{y} \cdot \frac{1}{y}$, so `-out / y`.
#
# ```python
# div_partials = lambda out, x, y: (1.0 / y, -out / y)
# ```
# </details>

# %% tags=["exercise"]
div_partials = ...  # a function of out, x, y


# %% tags=["check"]
@exercise(7, div_partials)
def verdict():
    for at in [(2.0, -3.0), (0.5, 0.25), (-1.0, 4.0)]:
        found = div_partials(at[0] / at[1], *at)
        assert isinstance(found, tuple), "a tuple, as in the rows above"
        assert len(found) == 2, "two operands, so two partials"
        truth = [slope_by_nudging(lambda x, y: x / y, at, k) for k in (0, 1)]
        for partial, true in zip(found, truth):
            assert math.isclose(partial, true, rel_tol=1e-6), "compare with the nudge"


# %% [markdown]
# ### Exercise 8
#
# Gradients can also run **forward**. Let one leaf change at the rate 1: how fast does each node
# change? Walk the nodes in topological order; the rate of a node is the sum, over its parents, of
# the parent's rate times the partial. Write `forward(root, leaf)`, which gives the rate of `root`.
#
# <details><summary>Solution</summary>
#
# The same loop the other way round, without `reversed`. One walk gives the derivative with respect
# to *one* leaf, backward gives those with respect to all of them: that is why nets are trained
# backward. (The names are *forward mode* and *reverse mode*.)
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
forward = ...  # a function of root and leaf


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
            node.grad = 0.0  # the answer shall come from the partials
        for leaf, true in zip(leaves, truth):
            close = math.isclose(forward(root, leaf), true, rel_tol=1e-9, abs_tol=1e-12)
            assert close, "one walk forward must give the gradient that backward gives"


# %% [markdown]
# ### Exercise 9
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
@exercise(9, softplus)
def verdict():
    for at in (-3.0, 0.0, 0.5, 2.0):
        x, s = Node(at), 1.0 / (1.0 + math.exp(-at))
        out = softplus(x)
        assert isinstance(out, Node), "a Rule, called with a Node, gives a Node"
        assert math.isclose(out.data, math.log(1.0 + math.exp(at))), "the value is log(1 + e^x)"
        out.backward()
        assert math.isclose(x.grad, s), "the slope is the sigmoid of x"
        assert math.isclose(slope(slope(out, x), x).data, s * (1 - s)), "the second is s (1 - s)"


# %% [markdown]
# ## What you have seen
#
# * An engine is a table of values and partials, and bookkeeping.
# * Recording keeps rule, operands, partials; backward is one loop in topological order.
# * A test counts when it has been seen to fail: against nudges, and against another engine.
# * A rule that is plain arithmetic runs on floats, on Nodes and on names: gradients, higher
#   derivatives and formulas from one line.
# * Nets do not care whose engine is below them: yours trains a GPT.
#
# On the build track, go on with [notebook 4](04-backpropagation.ipynb): the gradients of a net by
# hand and by the engine. Who has read all before this one goes on with
# [13. Four ways to a derivative](13-four-ways-to-a-derivative.ipynb). The pages "Design" and "Add a
# primitive" of the documentation say how the project's engine is built, and how to add a row.
