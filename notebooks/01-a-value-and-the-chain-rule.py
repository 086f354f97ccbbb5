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
# A neural net learns by asking one question many times: *if I nudge this number a little, how much
# does the result change?* The answer is a **derivative**. This notebook shows how a computer finds
# all of them at once, starting from a single product.
#
# You need school mathematics and some Python. Every number here can be checked by hand.

# %%
from autograd_lite import Value, draw_dot

# %% [markdown]
# ## One product
#
# A `Value` is a number that remembers how it was made.

# %%
a = Value(2.0, label="a")
b = Value(-3.0, label="b")
p = a * b
p.label = "p"
p

# %% [markdown]
# `p` knows its operation and its **parents**, the values it was made from.

# %%
p.op, p.parents

# %% [markdown]
# So a calculation is also a picture: each box a value, each oval an operation. All the gradients
# are still 0; nobody has asked yet.

# %%
draw_dot(p)

# %% [markdown]
# ## How much does p change if a changes?
#
# Nudge `a` by a thousandth, from 2 to 2.001. Then `p` goes from −6 to −6.003: it changes by
# −0.003, which is −3 times the nudge.

# %%
h = 0.001
round(((2.0 + h) * -3.0 - 2.0 * -3.0) / h, 6)

# %% [markdown]
# Minus three is the value of `b`, and that is no accident: in a product, each factor decides how
# strongly the *other* one counts.
#
# $$p = a \cdot b \qquad \frac{\partial p}{\partial a} = b = -3 \qquad
# \frac{\partial p}{\partial b} = a = 2$$
#
# These are the **partials** of the operation. The node wrote them down when it was made:

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
draw_dot(s)

# %% [markdown]
# How much does `s` change if `a` changes? Walk from `s` back to `a` and multiply what you meet:
#
# * `s` changes 1 for 1 with `p` (that is what a sum does);
# * `p` changes −3 for 1 with `a`.
#
# $$\frac{\partial s}{\partial a} = \frac{\partial s}{\partial p} \cdot
# \frac{\partial p}{\partial a} = 1 \cdot (-3) = -3$$
#
# That is the **chain rule**, and it is all the mathematics there is in backpropagation.

# %% [markdown]
# ## A neuron, backward by hand
#
# A neuron multiplies inputs by weights, adds a bias, and squashes the sum with tanh so that it
# lies between −1 and 1.

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
draw_dot(y)

# %% [markdown]
# Go backward, node by node. Start at the end: `y` changes 1 for 1 with itself. Then hand each
# gradient on to the parents, times the partial.

# %%
grad = {"y": 1.0}
grad["z"] = (1 - y.data**2) * grad["y"]  # the slope of tanh is 1 - tanh squared
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

# %% [markdown]
# ## Backward by the engine
#
# `backward` does the same walk: the same order, the same products.

# %%
y.backward()
for node in (y, z, q, bias, p1, p2, x1, w1, x2, w2):
    assert abs(node.grad - grad[node.label]) < 1e-15
draw_dot(y)

# %% [markdown]
# Read the picture like a sensitivity map. The gradient of `w1` is the largest: this is the weight
# to turn if you want to change `y`. Turn it a little in the direction of its gradient and look:

# %%
step = 0.1
better = x1.data * (w1.data + step * w1.grad) + x2.data * w2.data + bias.data
y.data, Value(better).tanh().data

# %% [markdown]
# ## Why gradients add up
#
# What if a value is used twice? Take `b = a + a`. Nudge `a` by 0.001 and *both* operands move, so
# `b` moves by 0.002: the derivative is 2. There are two paths from `a` to `b`, and each brings 1.

# %%
a = Value(3.0, label="a")
b = a + a
b.label = "b"
b.backward()
draw_dot(b)

# %% [markdown]
# So a gradient is a **sum over paths**, and the engine must *add* what each path brings
# (`+=`), not overwrite it (`=`). Overwriting would give 1, which is wrong:

# %%
wrong = {a: 0.0}
for parent, partial in zip(b.parents, b.partials):
    wrong[parent] = partial * 1.0  # = instead of +=
print("overwritten:", wrong[a], "  added:", a.grad)

# %% [markdown]
# For the same reason a second `backward` adds to what is there. Set `.grad` back to 0 before
# you ask a new question.

# %%
b.backward()
print("after a second backward:", a.grad)

# %% [markdown]
# ## Why the order matters
#
# A node may hand its gradient on only when that gradient is **complete**, that is when every node
# that uses it has had its say. Look at a value used by two others, one of which leads to the other:

# %%
a = Value(2.0, label="a")
b = a * 3
c = b * 4
d = b + c
for node, name in [(b, "b"), (c, "c"), (d, "d")]:
    node.label = name
draw_dot(d)

# %% [markdown]
# By hand: `d = b + 4b = 5b = 15a`, so the derivative by `a` is **15**.
#
# The obvious recursion, "give to your parents, then let each parent do the same", starts along the
# edge from `d` to `b` before `c` has spoken. `b` hands on its half-finished gradient of 1; later
# `c` brings 4 more, and `b` hands on *all* of its 5, so the first 1 is counted twice.


# %%
def naive(node, gradients):
    for parent, partial in zip(node.parents, node.partials):
        gradients[parent] = gradients.get(parent, 0.0) + partial * gradients[node]
        naive(parent, gradients)
    return gradients


print("recursion without an order:", naive(d, {d: 1.0})[a])
d.backward()
print("in topological order:      ", a.grad)

# %% [markdown]
# The remedy is to visit the nodes in **topological order**: parents before the nodes that use
# them. `backward` walks it from the end, so each node comes after everything that uses it.

# %%
from autograd_lite import topological_order

[node.label for node in topological_order(d)]

# %% [markdown]
# ## Never trust a gradient you have not checked
#
# A derivative can always be checked by nudging. The difference must be taken with care: too large a
# nudge sees the curve, too small a one drowns in rounding. `gradcheck` chooses the steps, and says
# what it found.

# %%
from autograd_lite import gradcheck, tanh


def neuron(x1, x2, w1, w2, b):
    return tanh(x1 * w1 + x2 * w2 + b)


gradcheck(neuron, 2.0, 0.5, -0.6, 1.0, 1.3)

# %% [markdown]
# It also finds mistakes. Here is a square whose rule is wrong by one part in a thousand:

# %%
from autograd_lite import Primitive

crooked = Primitive("crooked", lambda x: x * x, lambda out, x: (2.002 * x,))
gradcheck(crooked, 3.0, raise_exception=False)

# %% [markdown]
# ## What you have seen
#
# * A value remembers its operation, its parents, and its partials.
# * The chain rule: along a path, multiply; over paths, add.
# * In topological order every gradient is complete before it is handed on.
#
# ## Exercises
#
# Work them out on paper first, then run the check.
#
# 1. For `f = (a + b) * (b + 1)` at `a = 2`, `b = 1`: what are the derivatives by `a` and `b`?
#
# <details><summary>Solution</summary>
# df/da = b + 1 = 2. There are two paths from b: df/db = (b + 1) + (a + b) = 2 + 3 = 5.
# </details>

# %%
a, b = Value(2.0), Value(1.0)
((a + b) * (b + 1)).backward()
assert (a.grad, b.grad) == (2.0, 5.0)

# %% [markdown]
# 2. Start from `y = x` and double it ten times, `y = y + y`. How many paths lead from `y` to `x`,
#    and what is the derivative?
#
# <details><summary>Solution</summary>
# Each doubling doubles the number of paths: 2¹⁰ = 1024, each with a product of ones, so the
# derivative is 1024. The engine does not walk the paths; it visits the 10 nodes once each.
# </details>

# %%
y = x = Value(1.0)
for _ in range(10):
    y = y + y
y.backward()
assert x.grad == 1024.0

# %% [markdown]
# 3. Write a `Primitive` for the cube, x³, and let `gradcheck` judge your rule.
#
# <details><summary>Solution</summary>
# The slope of x³ is 3x², so the rule is <code>lambda out, x: (3 * x * x,)</code>.
# </details>

# %%
cube = Primitive("cube", lambda x: x * x * x, lambda out, x: (3 * x * x,))
assert gradcheck(cube, 2.0, order=2)
