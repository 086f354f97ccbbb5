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
# # 1. A value and the chain rule
#
# [中文版](zh/01-a-value-and-the-chain-rule.ipynb)
#
# **Time:** about 60 minutes · **You need:** what a derivative is
# ([notebook 0](00-from-secant-to-derivative.ipynb) if in doubt), a little Python · **Afterwards you
# can:** read a calculation as a picture; find derivatives by walking back through it; say why
# gradients are added and in which order; check any gradient.
#
# A neural net learns by asking one question many times: *if I nudge this number a little, how much
# does the result change?* The answer is a **derivative**. This notebook shows how a computer finds
# all of them at once, starting from a single product. Every number here can be checked by hand.

# %%
from autograd_lite import Value, draw
from autograd_lite.course import exercise, predicted

# %% [markdown]
# ## One product
#
# A `Value` is a number that remembers how it was made. A notebook shows it as a picture.

# %%
a = Value(2.0, label="a")
b = Value(-3.0, label="b")
p = a * b
p.label = "p"
p

# %% [markdown]
# Each **card** is a Value: its name, and its number on the right. A grey card is a **leaf**, a
# number that you put in. The white card was computed, and says how: `p` is a product.
#
# Each **line** leads from an operand to the result. What `×−3` on it means comes in a moment.
#
# The same as text: `p` knows its operation and its **parents**, the values it was made from.

# %%
p.op, p.parents

# %% [markdown]
# ## How much does p change if a changes?
#
# Nudge `a` by a thousandth, from 2 to 2.001, and leave `b` at −3. By how many times the nudge does
# `p` change? (Write your guess in place of the dots; the next cell gives the answer.)

# %% tags=["prediction"]
guess = ...  # a number: the change of p, divided by the change of a

# %%
h = 0.001
before = 2.0 * -3.0
after = (2.0 + h) * -3.0
print(f"before {before:.3f}   after {after:.3f}   change per nudge {(after - before) / h:.3f}")
predicted(guess, -3, "each thousandth more of a is taken b times, and b is −3")

# %% [markdown]
# Minus three is the value of `b`, and that is no accident: in a product, each factor decides how
# strongly the *other* one counts. That is the number on the line from `a` to `p`.
#
# In symbols (read $\frac{\partial p}{\partial a}$ as "the derivative of p with respect to a", which
# is the change of p per change of a, while b stays):
#
# $$p = a \cdot b \qquad \frac{\partial p}{\partial a} = b = -3 \qquad
# \frac{\partial p}{\partial b} = a = 2$$
#
# These are the **local derivatives**, or *partials*, of the operation. The node wrote them down
# when it was made, one for each parent:

# %%
p.partials

# %% [markdown]
# ## Two steps: the chain rule
#
# Now add something to the product.

# %%
c = Value(10.0, label="c")
s = p + c
s.label = "s"
s

# %% [markdown]
# How much does `s` change if `a` changes? Walk back from `s` to `a` and multiply what stands on the
# lines:
#
# * `s` changes 1 for 1 with `p`: that is what a sum does;
# * `p` changes −3 for 1 with `a`.
#
# $$\frac{\partial s}{\partial a} = \frac{\partial s}{\partial p} \cdot
# \frac{\partial p}{\partial a} = 1 \cdot (-3) = -3$$
#
# That is the **chain rule**, and it is all the mathematics there is in backpropagation.

# %% [markdown]
# ## A neuron, backward by hand
#
# A neuron multiplies inputs by weights, adds a bias, and squashes the sum with tanh, so that it
# lies between −1 and 1. (Why it does all this is the subject of notebooks 2 and 3.)

# %%
x1, x2 = Value(2.0, label="x1"), Value(0.5, label="x2")
w1, w2 = Value(-0.6, label="w1"), Value(1.0, label="w2")
bias = Value(1.3, label="b")

p1 = x1 * w1
p2 = x2 * w2
q = p1 + p2
z = q + bias
y = z.tanh()
for node, name in [(p1, "p1"), (p2, "p2"), (q, "q"), (z, "z"), (y, "y")]:
    node.label = name
y

# %% [markdown]
# Forward, from left to right, by hand: $p_1 = 2 \cdot (-0.6) = -1.2$ and $p_2 = 0.5$, so
# $q = -0.7$ and $z = 0.6$; and $\tanh(0.6) = 0.537$.
#
# Which of the five leaves `x1`, `x2`, `w1`, `w2`, `b` moves `y` the most, per nudge?

# %% tags=["prediction"]
guess = ...  # "x1", "x2", "w1", "w2" or "b"

# %% [markdown]
# Now **backward**, from right to left. Start at the end: `y` changes 1 for 1 with itself. Then hand
# each gradient on to the parents, times the number on the line. The **gradient** of a node is the
# derivative of the result, `y`, with respect to that node. The slope of tanh is
# $1 - \tanh^2 = 1 - 0.537^2 = 0.712$.

# %%
grad = {"y": 1.0}
grad["z"] = (1 - y.data**2) * grad["y"]  # the slope of tanh
grad["q"] = 1.0 * grad["z"]  # a sum hands its gradient on as it is
grad["b"] = 1.0 * grad["z"]
grad["p1"] = 1.0 * grad["q"]
grad["p2"] = 1.0 * grad["q"]
grad["x1"] = w1.data * grad["p1"]  # a product hands it on times the other factor
grad["w1"] = x1.data * grad["p1"]
grad["x2"] = w2.data * grad["p2"]
grad["w2"] = x2.data * grad["p2"]
for name, value in grad.items():
    print(f"dy/d{name:<3} = {value:+.4f}")
predicted(guess, "w1", "its gradient is that of the sum times x1, the largest number here")

# %% [markdown]
# ## Backward by the engine
#
# `backward` takes the same walk: the same order, the same products. Afterwards each Value holds
# its gradient in `.grad`, and the picture has a second row on each card. (The standard name of this
# walk is **reverse-mode automatic differentiation**; in nets it is called **backpropagation**.)

# %%
y.backward()
for node in (y, z, q, bias, p1, p2, x1, w1, x2, w2):
    assert abs(node.grad - grad[node.label]) < 1e-15
y

# %% [markdown]
# Read the second rows like a map of sensitivities. Blue with ▲: raising this number raises `y`.
# Orange with ▼: raising it lowers `y`. The bar and the width of the lines show how strongly.
#
# The gradient of `w1` is the largest, so this is the weight to turn if you want to change `y`. Turn
# it by 0.1 times its gradient and look:

# %%
turned = w1.data + 0.1 * w1.grad
better = (x1 * turned + x2 * w2 + bias).tanh()
print(f"y before {y.data:.3f}   after {better.data:.3f}")

# %% [markdown]
# ## Three patterns: share, swap, choose
#
# Most of a walk back can be read off a picture at sight, for three operations have an easy habit:
#
# * a **sum** is a *distributor*: it hands its gradient to every parent, as it is;
# * a **product** is a *switcher*: each factor gets the gradient times the *other* factor;
# * a **maximum** is a *router*: the largest operand gets all of the gradient, the others get 0.
#   They could grow a little, and the result would not notice.
#
# All three in one calculation, $r = \max(a \cdot b,\ c) + d$ with $a = 3$, $b = 2$, $c = 4$,
# $d = 1$. One of the four leaves gets the gradient 0. Which one?

# %% tags=["prediction"]
guess = ...  # "a", "b", "c" or "d"

# %%
import autograd_lite

a, b = Value(3.0, label="a"), Value(2.0, label="b")
c, d = Value(4.0, label="c"), Value(1.0, label="d")
m = autograd_lite.max(a * b, c)
r = m + d
m.label, r.label = "m", "r"
r.backward()
predicted(guess, "c", "a·b is 6 and c is 4, so the maximum sends everything to the product")
draw(r)

# %% [markdown]
# Read it from the right. The sum shares: `m` and `d` both get 1. The maximum sends its 1 to `a·b`
# and nothing to `c`. The product swaps: `a` gets 2, the value of `b`, and `b` gets 3, the value of
# `a`. In the running notebook pull `c` above 6, and the router switches over: now `c` gets 1, and
# `a` and `b` get 0. (The ReLU of notebook 2 is such a router, with a 0 as the other operand.)

# %% [markdown]
# ## One step at a time
#
# `step` shows the same walk slowly. Run this notebook, and you can go through it with the arrow
# keys: first forward, then backward. *Predict first* asks you for each number before it shows it,
# *Nudge* puts a small change beside the gradient. Where nothing runs, you see some of the steps
# side by side.

# %%
from autograd_lite import step

stepper = step(y)
stepper

# %% [markdown]
# On paper the steps look like this:

# %%
print(stepper)

# %% [markdown]
# And if you only care about one number, ask for that one. `explain` leaves out what has nothing to
# do with it, and ends with the product along the path.

# %%
from autograd_lite import explain

print(explain(w1, y))

# %% [markdown]
# ## Why gradients add up
#
# What if a value is used twice? Take `b = a + a`. Two lines lead from `a` to `b`, each with the
# local derivative 1. What is the derivative of `b` with respect to `a`?

# %% tags=["prediction"]
guess = ...  # 1, 2 or 3

# %%
a = Value(3.0, label="a")
b = a + a
b.label = "b"
b.backward()
predicted(guess, 2, "nudge a by 0.001 and both operands move, so b moves by 0.002")
draw(b)

# %% [markdown]
# So a gradient is a **sum over paths**: multiply along each path, then add over the paths. Here is
# an example with three of them.

# %%
from autograd_lite import paths

x, k = Value(3.0, label="x"), Value(2.0, label="k")
u = x * k
v = u * x
r = u + v
for node, name in [(u, "u"), (v, "v"), (r, "r")]:
    node.label = name
r.backward()
r

# %%
print(paths(x, r))

# %% [markdown]
# By school mathematics: $r = kx + kx^2$, so $\frac{\partial r}{\partial x} = k + 2kx = 2 + 12 =
# 14$.
#
# The engine does not list the paths. It *adds* what each line brings (`+=`) and does not overwrite
# (`=`). With `a + a`, overwriting would give 1, which is wrong:

# %%
wrong = {a: 0.0}
for parent, partial in zip(b.parents, b.partials):
    wrong[parent] = partial * 1.0  # = instead of +=
print("overwritten:", wrong[a], "  added:", a.grad)

# %% [markdown]
# ### Exercise 1
#
# For $f = (a + b) \cdot (b + 1)$ at $a = 2$, $b = 1$: what are the derivatives of $f$ with respect
# to $a$ and with respect to $b$? Work it out on paper, write your answers in place of the dots, and
# run the two cells.
#
# <details><summary>Solution</summary>
#
# From $a$ there is one path, through the left factor: the derivative is the other factor,
# $b + 1 = 2$. From $b$ there are two paths, one through each factor:
# $(b + 1) + (a + b) = 2 + 3 = 5$.
#
# ```python
# df_da = 2
# df_db = 5
# ```
# </details>

# %% tags=["exercise"]
df_da = ...  # your answer
df_db = ...  # your answer


# %% tags=["check"]
@exercise(1, df_da, df_db)
def check():
    a, b = Value(2.0), Value(1.0)
    ((a + b) * (b + 1)).backward()
    assert abs(df_da - a.grad) < 1e-9, "df_da: what does f do if only a is nudged?"
    assert abs(df_db - b.grad) < 1e-9, "df_db: b is used twice; add what both paths bring"


# %% [markdown]
# ## A second backward, and what is added to what
#
# For the same reason a second `backward` adds to what is there. But not everywhere. Look at a chain
# from a leaf `x` through a node `y` in between to the result `z`, with the derivatives 12 and 4:

# %%
x = Value(2.0, label="x")
y = x * 3
z = y * 4
z.backward()
print("after the first backward:   x.grad =", x.grad, "  y.grad =", y.grad)
z.backward()
print("after the second backward:  x.grad =", x.grad, "  y.grad =", y.grad)

# %% [markdown]
# The **leaf** has added up both answers: 24. The node **in between** has not; it holds the 4 of the
# last walk. Within one walk a gradient in between must be added up from all lines that arrive, and
# then be handed on. If it began with the 4 of the walk before, it would hand on 8, and the leaf
# would get $12 + 24 = 36$. So each walk starts at 0 in between, and only leaves add over several
# walks. That is wanted: it adds the gradients of many samples.
#
# Before a new question set the leaves back to 0: `x.grad = 0.0`, or for a whole net
# `net.zero_grad()`. Forgetting it is one of the most frequent mistakes in training.

# %% [markdown]
# ## Why a topological sort
#
# A node may hand its gradient on only when that gradient is **complete**: when every node that uses
# it has had its say. Look at a value used by two others, one of which leads to the other:

# %%
a = Value(2.0, label="a")
b = a * 3
c = b * 4
d = b + c
for node, name in [(b, "b"), (c, "c"), (d, "d")]:
    node.label = name
d

# %% [markdown]
# By hand: `d = b + 4b = 5b = 15a`, so the derivative of `d` with respect to `a` is **15**.
#
# The obvious program is a recursion: "add to the gradients of your parents, then let each parent do
# the same". It needs no order and no list. Does it find 15?

# %% tags=["prediction"]
guess = ...  # the number that the recursion finds: 15, less, or more


# %%
def naive(node, gradients):
    for parent, partial in zip(node.parents, node.partials):
        gradients[parent] = gradients.get(parent, 0.0) + partial * gradients[node]
        naive(parent, gradients)
    return gradients


print("recursion without an order:", naive(d, {d: 1.0})[a])
d.backward()
print("in topological order:      ", a.grad)
predicted(guess, 18, "the gradient of b is handed on twice, the first time half-finished")

# %% [markdown]
# It starts along the line from `d` to `b` before `c` has spoken. `b` hands on its half-finished
# gradient of 1. Later `c` brings 4 more, and `b` hands on *all* of its 5, so the first 1 is counted
# twice: 3 + 15 = 18.
#
# The remedy is to visit the nodes in **topological order**: parents before the nodes that use
# them. `backward` walks it from the end, so each node comes after everything that uses it.

# %%
from autograd_lite import topological_order

[node.label for node in topological_order(d)]

# %% [markdown]
# *Break it* in the stepper makes both mistakes on purpose, `=` for `+=` and a shuffled order, on
# any graph of yours: try `step(d)`.
#
# ### Exercise 2
#
# Start from `y = x` and double it ten times with `y = y + y`. How many paths lead from `x` to `y`?
# And what is the derivative?
#
# <details><summary>Solution</summary>
#
# Each doubling doubles the number of paths: $2^{10} = 1024$. Each path is a product of ones, so the
# derivative is 1024 as well. The engine does not walk the paths. It visits 11 nodes, once each: the
# second thing that the order is good for.
#
# ```python
# number_of_paths = 2**10
# derivative = 1024
# ```
# </details>

# %% tags=["exercise"]
number_of_paths = ...  # your answer
derivative = ...  # your answer


# %% tags=["check"]
@exercise(2, number_of_paths, derivative)
def check():
    y = x = Value(1.0)
    for _ in range(10):
        y = y + y
    y.backward()
    assert number_of_paths == paths(x, y).count, "draw two doublings and count, then three"
    assert abs(derivative - x.grad) < 1e-9, "add the products along all the paths"


# %% [markdown]
# ## Never trust a gradient you have not checked
#
# A derivative can always be checked by nudging; the standard name is **finite differences**. The
# nudge must be chosen with care: too large, and you see the curve; too small, and the difference
# drowns in rounding. `gradcheck` chooses it, and says what it found.

# %%
from autograd_lite import gradcheck, tanh


def neuron(x1, x2, w1, w2, b):
    return tanh(x1 * w1 + x2 * w2 + b)


gradcheck(neuron, 2.0, 0.5, -0.6, 1.0, 1.3)

# %% [markdown]
# It also finds mistakes. A `Primitive` is an operation of your own, made of a name and two
# functions. The first computes it. The second is the rule: it gets the result `out` and the operand
# `x`, and gives the local derivatives, one for each operand. Here is a square whose rule is wrong
# by one part in a thousand:

# %%
from autograd_lite import Primitive

crooked = Primitive("crooked", lambda x: x * x, lambda out, x: (2.002 * x,))
gradcheck(crooked, 3.0, raise_exception=False)

# %% [markdown]
# ## More exercises
#
# ### Exercise 3
#
# Write the cube, $x^3$, as a `Primitive`, and let `gradcheck` judge your rule.
#
# <details><summary>Solution</summary>
#
# The slope of $x^3$ is $3x^2$. A rule gives one local derivative for each operand, so it is a tuple
# of one entry. The comma makes the tuple.
#
# ```python
# cube = Primitive("cube", lambda x: x * x * x, lambda out, x: (3 * x * x,))
# ```
# </details>

# %% tags=["exercise"]
cube = ...  # Primitive("cube", how to compute it, its local derivative)


# %% tags=["check"]
@exercise(3, cube)
def check():
    assert abs(cube(2.0) - 8.0) < 1e-9, "2 to the third is 8"
    assert gradcheck(cube, 2.0, raise_exception=False), "the slope at 2 is 12: nudge it"
    assert gradcheck(cube, 2.0, order=2, raise_exception=False), "use only arithmetic in the rule"


# %% [markdown]
# ### Exercise 4, the engine itself
#
# Write `backward` on your own: a function that takes the result and gives a dict with the gradient
# of every node. You may use `topological_order(root)`, and each node's `parents` and `partials`.
#
# <details><summary>Solution</summary>
#
# The result has gradient 1, all others begin with 0. Then walk from the end, and add:
#
# ```python
# def my_backward(root):
#     order = topological_order(root)
#     gradients = dict.fromkeys(order, 0.0)
#     gradients[root] = 1.0
#     for node in reversed(order):
#         for parent, partial in zip(node.parents, node.partials):
#             gradients[parent] += partial * gradients[node]
#     return gradients
# ```
#
# These lines are the heart of every engine, this one included. [Notebook
# 12](12-your-own-engine.ipynb) adds the rest of one.
# </details>

# %% tags=["exercise"]
my_backward = ...  # a function: def my_backward(root): ...


# %% tags=["check"]
@exercise(4, my_backward)
def check():
    a = Value(2.0, label="a")
    b = a * 3
    root = b + b * 4
    root.label = "root"
    found = my_backward(root)
    assert isinstance(found, dict), "give a dict: the gradient of each node"
    assert found.get(root) == 1.0, "the result changes 1 for 1 with itself"
    assert found.get(b) == 5.0, "b gets 1 from the sum and 4 from the product: add them"
    assert found.get(a) == 15.0, "hand on a gradient only when it is complete"


# %% [markdown]
# ## What you have seen
#
# * A Value remembers its operation, its parents, and a local derivative for each of them.
# * The chain rule: along a path, multiply; over paths, add.
# * A sum distributes a gradient, a product swaps its factors, a maximum sends it to the winner.
# * So gradients are added with `+=`; those of leaves are set back to 0 before a new question.
# * In topological order every gradient is complete before it is handed on.
# * A nudge is the truth: `gradcheck` compares every gradient with it.
#
# Next: [2. Activations](02-activations.ipynb), the bends that let a net be more than a straight
# line. (There is a second way to get derivatives by the chain rule, from the inputs to the result:
# *forward mode*, in [notebook 13](13-four-ways-to-a-derivative.ipynb).)
