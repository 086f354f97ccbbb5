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
# # 4. Backpropagation, by hand and by the engine
#
# [中文版](zh/04-backpropagation.ipynb)
#
# **Time:** about 90 minutes · **You need:** notebooks 1 (the chain rule) and 3 (a net) ·
# **Afterwards you can:** compute every gradient of a small net by hand, derive the generalised
# delta rule of the textbooks from the graph, and find the first wrong line in somebody else's
# calculation.
#
# A net is wrong by a little. Which of its weights are to blame, and how much? **Backpropagation**
# answers for all of them at once. In this notebook it is done twice: with pencil and paper on a
# net of 13 parameters, and by the engine, and the two are compared number by number. ("Blame" is a
# picture; the number that stands for it is the gradient. The literature calls the question *credit
# assignment*.)

# %%
from itertools import pairwise
from math import exp
from random import Random

from autograd_lite import Primitive, Value, dot, draw, explain, gradcheck, paths, sigmoid, step
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import lines

# %% [markdown]
# ## The net and its numbers
#
# Two inputs, three hidden neurons, one output. Each neuron makes a weighted sum $z$ and squashes it
# with the sigmoid, $a = \sigma(z) = 1 / (1 + e^{-z})$; what comes out, its answer, is called the
# neuron's **activation**. This example goes around in tutorials, with these numbers:

# %%
x, y = [0.5, 0.8], 1.0  # one sample and its target
w2 = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]  # hidden layer: a row for each neuron
b2 = [0.1, 0.2, 0.3]
w3, b3 = [0.7, 0.8, 0.9], 0.1  # the output neuron

# %% [markdown]
# The layers are counted from the inputs, which are layer 1. So the hidden layer is layer 2, and the
# output is layer 3:
#
# $$z^{(2)} = W^{(2)} x + b^{(2)} \qquad a^{(2)} = \sigma(z^{(2)}) \qquad
# z^{(3)} = W^{(3)} a^{(2)} + b^{(3)} \qquad a^{(3)} = \sigma(z^{(3)})$$
#
# The **loss** says how wrong the answer is: $J = \frac12 (a^{(3)} - y)^2$.
#
# ## Forward, by hand
#
# The first hidden neuron: $0.1 \cdot 0.5 + 0.2 \cdot 0.8 + 0.1 = 0.31$, and
# $\sigma(0.31) = 0.5769$. The others in the same way.


# %%
def sigma(z):
    return 1 / (1 + exp(-z))


z2 = [row[0] * x[0] + row[1] * x[1] + b for row, b in zip(w2, b2)]
a2 = [sigma(z) for z in z2]
z3 = sum(w * a for w, a in zip(w3, a2)) + b3
a3 = sigma(z3)
J = 0.5 * (a3 - y) ** 2


def show(name, numbers):
    print(f"{name:10}", "  ".join(f"{number:+.4f}" for number in numbers))


for name, numbers in [("z(2)", z2), ("a(2)", a2), ("z(3)", [z3]), ("a(3)", [a3]), ("J", [J])]:
    show(name, numbers)

# %% [markdown]
# The answer is 0.845, and 1 was wanted.
#
# ## The same net as a graph
#
# Now with `Value`s, which remember how they were made. One `dot` node is a whole weighted sum; the
# bias is the weight of an input that is always 1. The loss is one operation, too, made as in
# notebook 1: a `Primitive` with its value and its partial derivatives. In the picture the hidden
# sums are called `z1` to `z3`, the hidden answers `a1` to `a3`, the weights of the output neuron
# `v1` to `v3`, its bias `c`, its sum `z` and its answer `a`.

# %%
half_square = Primitive(
    "half_square",
    lambda a, y: 0.5 * (a - y) ** 2,
    lambda out, a, y: (a - y, y - a),
    label="½(a−y)²",
)
assert gradcheck(half_square, 0.8, 1.0)


def net(x, y):
    """The loss of one sample as a graph, and its Values by name."""
    w = [[Value(n, f"w{j}{i}") for i, n in enumerate(row, 1)] for j, row in enumerate(w2, 1)]
    b = [Value(n, f"b{j}") for j, n in enumerate(b2, 1)]
    v, c = [Value(n, f"v{j}") for j, n in enumerate(w3, 1)], Value(b3, "c")
    hidden = []
    found = [*(each for row in w for each in row), *b, *v, c]
    for j, (row, bias) in enumerate(zip(w, b), 1):
        z = dot([*row, bias], [*x, 1.0])
        a = sigmoid(z)
        z.label, a.label = f"z{j}", f"a{j}"
        hidden.append(a)
        found += [z, a]
    z = dot([*v, c], [*hidden, 1.0])
    a = sigmoid(z)
    loss = half_square(a, y)
    z.label, a.label, loss.label = "z", "a", "J"
    found += [z, a]
    return loss, {value.label: value for value in found}


loss, value = net(x, y)
draw(loss)

# %% [markdown]
# ## Backward, step 1: the output neuron
#
# Start at the end and ask at each node: *if this number grew a little, by how much would J change?*
#
# * The answer $a$: the derivative of $J = \frac12 (a - y)^2$ with respect to $a$ is
#   $a - y = 0.845 - 1 = -0.155$. A larger answer makes $J$ smaller.
# * The sum $z$ before it: the derivative of the sigmoid is
#   $\sigma'(z) = \sigma(z)\,(1 - \sigma(z)) = 0.845 \cdot 0.155 = 0.131$.
#   So the derivative of $J$ with respect to $z$ is $-0.155 \cdot 0.131 = -0.0203$.
#
# The derivative of $J$ with respect to a neuron's **sum** is so useful that it has a name: the
# **delta** of that neuron (also its *error term*, or just its *error*).
#
# $$\delta^{(3)} = \frac{\partial J}{\partial z^{(3)}} = (a^{(3)} - y) \cdot \sigma'(z^{(3)})$$


# %%
def slope(z):
    """The derivative of the sigmoid at z."""
    return sigma(z) * (1 - sigma(z))


delta3 = (a3 - y) * slope(z3)
show("a(3) - y", [a3 - y])
show("sigma'", [slope(z3)])
show("delta(3)", [delta3])

# %% [markdown]
# Why is the delta useful? Because everything that goes *into* the sum now costs one product. The
# sum is $z^{(3)} = v_1 a_1 + v_2 a_2 + v_3 a_3 + c$. Its derivative with respect to $v_1$ is $a_1$,
# with respect to $a_1$ it is $v_1$, and with respect to $c$ it is 1:
#
# $$\frac{\partial J}{\partial v_j} = \delta^{(3)} a_j \qquad
# \frac{\partial J}{\partial c} = \delta^{(3)} \qquad
# \frac{\partial J}{\partial a_j} = \delta^{(3)} v_j$$
#
# Three weights lead into the output neuron. Before you run the cell after the next: which of them
# gets the largest gradient? Write your guess in place of the three dots. (Nothing happens if you do
# not.)

# %% tags=["prediction"]
guess = ...  # "v1", "v2" or "v3": whose gradient is the largest in size?

# %%
dw3 = [delta3 * a for a in a2]
db3 = delta3
da2 = [delta3 * w for w in w3]
show("dJ/dw(3)", dw3)
show("dJ/db(3)", [db3])
show("dJ/da(2)", da2)
_, largest = max((abs(d), f"v{j}") for j, d in enumerate(dw3, 1))
predicted(guess, largest, "what the third hidden neuron says, 0.737, is the largest of the three")

# %% [markdown]
# Read the first line: a weight is blamed in proportion to **what came in through it**. The third
# hidden neuron said most (0.737), so its weight gets the largest gradient.
#
# ### Exercise 1
#
# With pencil and paper: a neuron has the sum $z = 0$, the answer $a = \sigma(0) = 0.5$ and the
# target $y = 0$, with $J = \frac12 (a - y)^2$. One of its inputs is $x = 4$. What is its delta, and
# what is the gradient of the weight of that input?
#
# <details><summary>Solution</summary>
#
# $\partial J / \partial a = 0.5$, the derivative of the sigmoid at 0 is $0.5 \cdot 0.5 = 0.25$, so
# $\delta = 0.125$, and the weight's gradient is $\delta \cdot x = 0.5$.
#
# ```python
# delta = 0.125
# weight_gradient = 0.5
# ```
# </details>

# %% tags=["exercise"]
delta = ...  # your answer
weight_gradient = ...  # your answer


# %% tags=["check"]
@exercise(1, delta, weight_gradient)
def check():
    w = Value(0.0)
    z = w * 4.0
    (0.5 * (sigmoid(z) - 0.0) ** 2).backward()
    assert abs(delta - z.grad) < 1e-9, "delta is dJ/da times the derivative of the sigmoid at z"
    assert abs(weight_gradient - w.grad) < 1e-9, "delta times what came in through the weight"


# %% [markdown]
# ### A delta to feel
#
# The output neuron alone, as a graph. In a live notebook its number `z` is dotted: **drag it**, and
# everything follows.

# %%
z = Value(z3, "z")
a = sigmoid(z)
felt = 0.5 * (a - y) ** 2
a.label, felt.label = "a", "J"
felt.backward()
draw(felt)

# %% [markdown]
# The gradient of `z` is the delta. Drag `z` far to the right: it fades, for the error $a - y$ is a
# factor, and there is hardly any error left. Drag it far to the left, to $-8$: the error is nearly
# 1, and the delta fades again, for now $\sigma'(z)$ is the factor that is nearly 0 (*saturation*,
# notebook 2). A neuron that is sure and wrong learns slowly. Notebook 5 mends that.
#
# ## Backward, step 2: the hidden neurons
#
# For a hidden neuron the question is the same, only its first half has been answered: we know the
# derivative of $J$ with respect to $a_j$. Times the derivative of its own sigmoid, that is its
# delta.
#
# $$\delta^{(2)}_j = \underbrace{v_j\, \delta^{(3)}}_{\partial J / \partial a_j} \cdot
# \sigma'(z^{(2)}_j)$$
#
# The blame went back through the *same weight* through which the signal had come forward. That is
# why the method is called back-propagation.
#
# The third hidden neuron has the largest weight to the output, $0.9$. Has it the largest delta?

# %% tags=["prediction"]
guess = ...  # 1, 2 or 3: which hidden neuron has the largest delta in size?

# %%
delta2 = [da * slope(z) for da, z in zip(da2, z2)]
dw2 = [[delta * each for each in x] for delta in delta2]
db2 = delta2
show("sigma'", [slope(z) for z in z2])
show("delta(2)", delta2)
for j, row in enumerate(dw2, 1):
    show(f"dJ/dw(2) {j}", row)
_, largest = max((abs(d), j) for j, d in enumerate(delta2, 1))
predicted(guess, largest, "the third has the larger weight, but its sigmoid is flatter there")

# %% [markdown]
# Two numbers make a delta: how much the neuron counts ($v_j$), and how much it can still be moved
# ($\sigma'$). $0.8 \cdot 0.2239 = 0.179$ is more than $0.9 \cdot 0.1939 = 0.175$.
#
# ## The engine agrees, number by number
#
# `backward` fills in `.grad` at every node. Nothing in the engine knows what a layer, a neuron or a
# delta is. It multiplies along edges and adds where they meet.

# %%
loss.backward()
by_hand = {"z": delta3, "a": a3 - y, "c": db3}
for j in range(3):
    k = j + 1
    by_hand |= {f"z{k}": delta2[j], f"a{k}": da2[j], f"v{k}": dw3[j], f"b{k}": db2[j]}
    by_hand |= {f"w{k}1": dw2[j][0], f"w{k}2": dw2[j][1]}

print("node  by hand      engine")
for name, number in by_hand.items():
    engine = value[name].grad
    assert abs(number - engine) < 1e-12
    print(f"{name:4}  {number:+.8f}  {engine:+.8f}")

# %% [markdown]
# All 21 agree. The deltas are simply the `.grad` of the sums: they were there anyway.
#
# In the picture, each card now has its gradient below its number, and each line says by how much
# its right end changes with its left end. Cover the lower halves and work them out from right to
# left: at each card, take the gradient on its right and multiply by the number on the line.

# %%
draw(loss)

# %% [markdown]
# The gradient of every weight is negative: whichever you raise, $J$ falls. No wonder, the answer
# was too small and all weights and inputs are positive.
#
# `explain` writes out one derivative the way we did it, with its formulas.

# %%
print(explain(value["w11"], loss))

# %% [markdown]
# And here are all steps, one at a time. (In a live notebook: keys ← and →, "Predict first" to be
# asked for each number.)

# %%
step(loss, start="backward")

# %% [markdown]
# ## Where blame adds up
#
# A weight of the first layer reaches $J$ on one path: $w_{11}$ goes into $z_1$, and nowhere else.
# And an *input*?

# %% tags=["prediction"]
guess = ...  # a number: on how many paths does the input x1 reach J?

# %%
inputs = [Value(n, f"x{i}") for i, n in enumerate(x, 1)]
loss, value = net(inputs, y)
found = paths(inputs[0], loss, top=3)
print(found)
predicted(guess, len(found), "it goes into the sum of each hidden neuron")

# %% [markdown]
# The gradient of an input is the sum over its paths. In formulas that sum is a product with the
# **transposed** matrix: forward, $W$ collects what comes in from all inputs; backward, $W^T$
# collects what comes back from all neurons.
#
# $$\frac{\partial J}{\partial x_i} = \sum_j w_{ji}\, \delta_j
# \qquad\text{that is}\qquad \frac{\partial J}{\partial x} = W^{(2)T} \delta^{(2)}$$

# %%
dx = [sum(w2[j][i] * delta2[j] for j in range(3)) for i in range(2)]
loss.backward()
show("by hand", dx)
show("engine", [each.grad for each in inputs])

# %% [markdown]
# ## Any number of layers: the generalised delta rule
#
# We have met all of it. For each layer $l$ from the last to the first:
#
# $$\delta^{(L)} = \frac{\partial J}{\partial a^{(L)}} \odot \sigma'(z^{(L)}) \qquad
# \delta^{(l-1)} = W^{(l)T} \delta^{(l)} \odot \sigma'(z^{(l-1)}) \qquad
# \frac{\partial J}{\partial W^{(l)}} = \delta^{(l)} a^{(l-1)T} \qquad
# \frac{\partial J}{\partial b^{(l)}} = \delta^{(l)}$$
#
# ($\odot$ multiplies entry by entry. $\delta\, a^T$, a column times a row, is a table: each delta
# times each answer of the layer before.) Textbooks call these four the **generalised delta
# rule**, or the *backpropagation equations*. (The *delta rule* without "generalised" is older: it
# is Widrow and Hoff's rule for a single layer of 1960, in which nothing goes back through
# weights.) Where each piece comes from in the graph:
#
# | in the formula | in the graph |
# |---|---|
# | $\sigma'(z)$ | the number on the line from $z$ to $a$ |
# | $W^T$ | the numbers on the lines from the $a$ of a layer to the next sums |
# | the sum in $W^T \delta$ | lines that meet at a node |
# | $a^{(l-1)T}$ | the numbers on the lines from the weights to the sum |
# | 1, in $\partial J / \partial b$ | the number on the line from the bias |
#
# As a program, for nets of any depth:


# %%
def generalised_delta_rule(layers, x, y):
    """dJ/dW and dJ/db of each layer [(weights, biases), ...], for J = ½ Σ (a - y)²."""
    answers, sums = [x], []
    for weights, biases in layers:  # forward
        z = [sum(w * a for w, a in zip(row, answers[-1])) + b for row, b in zip(weights, biases)]
        sums.append(z)
        answers.append([sigma(each) for each in z])
    back = [a - t for a, t in zip(answers[-1], y)]  # dJ/da of the last layer
    found = []
    for (weights, _), z, a in reversed(list(zip(layers, sums, answers))):
        delta = [d * slope(each) for d, each in zip(back, z)]
        found.append(([[d * each for each in a] for d in delta], delta))
        back = [sum(row[i] * d for row, d in zip(weights, delta)) for i in range(len(a))]
    return found[::-1]


rng = Random(0)
sizes = [3, 5, 4, 2]
layers = [
    ([[rng.gauss(0, 1) for _ in range(n)] for _ in range(m)], [rng.gauss(0, 1) for _ in range(m)])
    for n, m in pairwise(sizes)
]
sample, target = [0.2, -0.7, 1.1], [1.0, 0.0]
rule = generalised_delta_rule(layers, sample, target)

# %% [markdown]
# And the same from the engine, for which we only write the forward half:

# %%
live = [([[Value(w) for w in row] for row in ws], [Value(b) for b in bs]) for ws, bs in layers]
a = sample
for weights, biases in live:
    a = [sigmoid(dot([*row, b], [*a, 1.0])) for row, b in zip(weights, biases)]
sum(0.5 * (each - t) ** 2 for each, t in zip(a, target)).backward()

largest = 0.0
for (weights, biases), (dw, db) in zip(live, rule):
    for row, by_rule in zip([*weights, biases], [*dw, db]):
        for parameter, number in zip(row, by_rule):
            largest = max(largest, abs(parameter.grad - number))
count = sum(len(bs) * (len(ws[0]) + 1) for ws, bs in layers)
print(f"{count} gradients, largest difference below 1e-15: {largest < 1e-15}")

# %% [markdown]
# ## Where the rule ends and the graph goes on
#
# The generalised delta rule holds for one kind of net: layer after layer, each weight used once.
# Give the output a **shortcut** from the input, or use one weight **twice**, and the rule has to be
# derived anew. The graph does not care. Here $w$ is used in both layers, so two paths bring blame
# to it:

# %%
w = Value(0.5, "w")
h = sigmoid(w * 2.0)
out = sigmoid(w * h)
h.label, out.label = "h", "out"
out.backward()
draw(out)

# %% [markdown]
# ### Exercise 2
#
# In the net of this notebook, give the three **hidden** neurons ReLU instead of the sigmoid (the
# output keeps its sigmoid). All hidden sums are positive, so $a^{(2)} = z^{(2)}$. Write the three
# deltas of the hidden layer, as a list. (Compute with Python as with a pocket calculator.)
#
# <details><summary>Solution</summary>
#
# The derivative of ReLU is 1 for a positive sum, so $\delta^{(2)}_j = v_j\, \delta^{(3)}$. But
# $\delta^{(3)}$ is another one now: $z^{(3)} = 0.7 \cdot 0.31 + 0.8 \cdot 0.67 + 0.9 \cdot 1.03 +
# 0.1 = 1.78$.
#
# ```python
# z_out = 0.7 * 0.31 + 0.8 * 0.67 + 0.9 * 1.03 + 0.1
# delta_out = (sigma(z_out) - 1.0) * slope(z_out)
# relu_deltas = [0.7 * delta_out, 0.8 * delta_out, 0.9 * delta_out]
# ```
# </details>

# %% tags=["exercise"]
relu_deltas = ...  # your answer: a list of three numbers


# %% tags=["check"]
@exercise(2, relu_deltas)
def check():
    sums = [Value(n) for n in (0.31, 0.67, 1.03)]
    answer = sigmoid(dot([*w3, b3], [*(z.relu() for z in sums), 1.0]))
    (0.5 * (answer - 1.0) ** 2).backward()
    assert len(relu_deltas) == 3, "one delta for each hidden neuron"
    for given, z in zip(relu_deltas, sums):
        hint = "the derivative of ReLU is 1 here, and z(3) has changed, too"
        assert abs(given - z.grad) < 1e-6, hint


# %% [markdown]
# ## Clinic: somebody else's calculation
#
# The tutorial from which our numbers come prints 39 results. Only the first four are right. Here
# are 22 of them; the others (gradients of biases, and the parameters after a step) are wrong as
# well:

# %%
printed = {
    "z(2)": [0.31, 0.67, 1.03], "a(2)": [0.5769, 0.6627, 0.7358], "z(3)": [1.4475],
    "a(3)": [0.8078], "J": [0.0184], "delta(3)": [-0.0384],
    "delta(2)": [-0.0087, -0.0101, -0.0114], "dJ/dw(3)": [-0.0221, -0.0255, -0.0283],
    "dJ/dw(2)": [-0.0044, -0.0070, -0.0051, -0.0081, -0.0058, -0.0092],
}  # fmt: skip
right = {
    "z(2)": z2, "a(2)": a2, "z(3)": [z3], "a(3)": [a3], "J": [J], "delta(3)": [delta3],
    "delta(2)": delta2, "dJ/dw(3)": dw3, "dJ/dw(2)": [d for row in dw2 for d in row],
}  # fmt: skip
print("            printed and right")
for name, numbers in printed.items():
    show(name, numbers)
    show("", right[name])

# %% [markdown]
# Such a list looks hopeless, but most of it is *inherited*: one wrong line spoils all that come
# after it. To find the guilty lines, compute each line anew **from the printed numbers before it**.

# %% tags=["prediction"]
guess = ...  # a number: how many of the nine lines are wrong by themselves?

# %%
p = printed
anew = {
    "z(2)": z2,
    "a(2)": [sigma(z) for z in p["z(2)"]],
    "z(3)": [sum(w * a for w, a in zip(w3, p["a(2)"])) + b3],
    "a(3)": [sigma(p["z(3)"][0])],
    "J": [0.5 * (p["a(3)"][0] - y) ** 2],
    "delta(3)": [(p["a(3)"][0] - y) * slope(p["z(3)"][0])],
    "delta(2)": [w * p["delta(3)"][0] * slope(z) for w, z in zip(w3, p["z(2)"])],
    "dJ/dw(3)": [p["delta(3)"][0] * a for a in p["a(2)"]],
    "dJ/dw(2)": [d * each for d in p["delta(2)"] for each in x],
}
guilty = 0
for name, numbers in anew.items():
    off = max(abs(number - said) for number, said in zip(numbers, p[name]))
    guilty += off > 1.5e-4
    print(f"{name:10}", "ok" if off < 1.5e-4 else f"wrong by itself, by up to {off:.4f}")
predicted(guess, guilty, "the others are right computations, some of them with wrong numbers")

# %% [markdown]
# The largest mistake is in $z^{(3)}$, which is short by 0.25. The lesson: **formulas can be right
# and every number wrong**. Compare with an engine, or with nudges (small perturbations:
# `gradcheck`, notebook 1), before you build on a number.
#
# ### A right formula with a wrong name
#
# The same tutorial says that $\partial J / \partial b^{(3)} = \delta^{(3)}$ is the gradient of "the
# bias of the hidden layer", and $\partial J / \partial b^{(2)} = \delta^{(2)}$ that of "the bias of
# the input layer". The formulas are right. Whose biases are $b^{(2)}$? Ask the graph which sum each
# bias goes into.

# %% tags=["prediction"]
guess = ...  # "input", "hidden" or "output": the layer whose biases are b(2)

# %%
for bias in ("b1", "b2", "b3", "c"):
    for name, each in value.items():
        if any(parent is value[bias] for parent in each.parents):
            print(f"{bias:2} goes into {name:2}   {value[bias].grad:+.4f} = {each.grad:+.4f}")
predicted(guess, "hidden", "they go into the sums of the three hidden neurons, and are three")

# %% [markdown]
# So $\partial J / \partial b^{(3)}$, one number, is the gradient of the **output** neuron's bias
# (`c` in the graph), and $\partial J / \partial b^{(2)}$, three numbers, are those of the
# **hidden** neurons. An input layer has no bias and no activation; its numbers are given, not
# computed. A layer's weights and biases are those that lead *into* it.
#
# In the same way that text calls $\delta$ "the gradient of the loss with respect to the layer's
# output". With respect to its output $a$ it is $a - y$; with respect to its **sum** $z$ it is
# $\delta$.
#
# ### Rules to repair
#
# Other tutorials state the rule itself wrongly. Each claim can be tested on one neuron,
# $a = \sigma(w x + b)$ with $J = (a - y)^2$:

# %%
w, b = Value(0.6), Value(-0.2)
neuron = sigmoid(w * 1.5 + b)
((neuron - 1.0) ** 2).backward()

a = neuron.data
dJda = 2 * (a - 1.0)
print(f"dJ/dw by the engine             {w.grad:+.6f}")
print(f"dJ/da x            (no f')      {dJda * 1.5:+.6f}")
print(f"dJ/da f'(z) x                   {dJda * a * (1 - a) * 1.5:+.6f}")
print(f"dJ/da f'(z) a      (a, not x)   {dJda * a * (1 - a) * a:+.6f}")

# %% [markdown]
# * The rule $\partial L / \partial w_{ji} = \partial L / \partial y_j \cdot x_i$ and
#   $\partial L / \partial b_j = \partial L / \partial y_j$, for the answer
#   $y_j = f(\sum_i w_{ji} x_i + b_j)$ (our $a$): $f'(z_j)$ is missing. Right is
#   $\dfrac{\partial L}{\partial w_{ji}} = \dfrac{\partial L}{\partial y_j}\, f'(z_j)\, x_i$.
# * `dW = A.T @ (A - Y) * d_sigmoid(Z)`: the neuron's own answer $A$ stands where its input
#   belongs.
# * `dZ = A - Y` and `dA = d_sigmoid(Z) * dZ`: the names are swapped. $A - Y$ is the gradient at
#   $A$; times the derivative it is the gradient at $Z$, the delta. (And `Z` is never given to that
#   function, so it stops with a `NameError` before it can be wrong.)
# * *"the error is passed to the **next** layer"*: it goes to the layer *before*.
#
# ## Many samples at once
#
# With the samples as the rows of a matrix, a layer is $A = f(X W + b)$; that is the *row*
# convention of notebook 3. The loss is the mean over $m$ samples, so every path comes once per
# sample, and the gradients **add up over the samples**, those of the biases, too. (A program that
# writes
# `b -= rate * delta` works for one sample only: for more, `delta` has a column for each.)
#
# $$J = \frac{1}{2m} \sum_{\text{samples}} (A - Y)^2 \qquad
# \frac{\partial J}{\partial W} = \frac1m X^T \big((A - Y) \odot f'(Z)\big) \qquad
# \frac{\partial J}{\partial b} = \frac1m \sum_{\text{samples}} (A - Y) \odot f'(Z)$$
#
# The same in NumPy, for comparison (text, not run here):
#
# ```python
# Z = X @ W + b
# A = sigmoid(Z)
# dZ = (A - Y) * A * (1 - A) / m
# dW, db = X.T @ dZ, dZ.sum(axis=0)       # the sum runs over the samples only
# dX = dZ @ W.T                           # for the layer before
# ```

# %%
X = [[0.0, 1.0], [1.0, 0.5], [-1.0, 2.0], [0.5, 0.5]]
Y = [1.0, 0.0, 1.0, 0.0]
W, b = [Value(0.3), Value(-0.4)], Value(0.1)
m = len(X)
outputs = [sigmoid(dot([*W, b], [*row, 1.0])) for row in X]
loss = sum((a - t) ** 2 for a, t in zip(outputs, Y)) / (2 * m)
loss.backward()

dZ = [(a.data - t) * a.data * (1 - a.data) / m for a, t in zip(outputs, Y)]
dW = [sum(row[i] * d for row, d in zip(X, dZ)) for i in range(2)]
show("rule", [*dW, sum(dZ)])
show("engine", [W[0].grad, W[1].grad, b.grad])

# %% [markdown]
# ## One step, and a thousand
#
# A gradient says which way $J$ *grows*. So each parameter takes a small step the other way, with
# the
# **learning rate** $\alpha = 0.1$:
#
# $$w \leftarrow w - \alpha \frac{\partial J}{\partial w}$$

# %%
loss, value = net(x, y)
loss.backward()
parameters = [v for v in value.values() if v.op is None]
before = loss.data
for v in parameters:
    v.data -= 0.1 * v.grad
for names in (["v1", "v2", "v3"], ["c"], ["w11", "w12"], ["w21", "w22"], ["w31", "w32"]):
    show(" ".join(names), [value[name].data for name in names])
show("b1 b2 b3", [value[f"b{j}"].data for j in (1, 2, 3)])

# %% [markdown]
# All gradients were taken *before* any parameter moved. To see what the step did, run the net anew
# with the new numbers, and go on for a thousand steps.


# %%
def forward():
    hidden = [
        sigmoid(dot([value[f"w{j}1"], value[f"w{j}2"], value[f"b{j}"]], [*x, 1.0]))
        for j in (1, 2, 3)
    ]
    a = sigmoid(dot([value["v1"], value["v2"], value["v3"], value["c"]], [*hidden, 1.0]))
    return 0.5 * (a - y) ** 2


losses = [before]
for _ in range(999):
    loss = forward()
    losses.append(loss.data)
    for v in parameters:
        v.grad = 0.0
    loss.backward()
    for v in parameters:
        v.data -= 0.1 * v.grad
for k in range(0, 1000, 100):
    print(f"after {k:3} steps   J = {losses[k]:.7f}")
print(f"J: {losses[0]:.7f}, after one step {losses[1]:.7f}, after 999 steps {losses[-1]:.7f}")
lines({"J": losses}, x=range(1000), title="one sample, learned by heart", x_name="step")

# %% [markdown]
# One sample is no challenge: the net learns it by heart (it *overfits*, notebook 7b). But the same
# four lines (forward, zero, backward, step) train every net in the world. Notebook 6 looks at the
# last of them closely, and asks why it takes so many steps.
#
# Without an engine, in NumPy, the backward half is written by hand. This is the tutorial's own, and
# it is right, for one sample as a column (text, not run here):
#
# ```python
# output_delta = (a3 - y) * sigmoid_derivative(z3)
# hidden_delta = np.dot(w3.T, output_delta) * sigmoid_derivative(z2)
# w3 -= learning_rate * np.dot(output_delta, a2.T)
# b3 -= learning_rate * output_delta
# w2 -= learning_rate * np.dot(hidden_delta, x.T)
# b2 -= learning_rate * hidden_delta
# ```
#
# ## Where it comes from
#
# A tutorial says that Rumelhart, Hinton and Williams were the first to propose backpropagation, in
# 1986. They made it **known**: they showed what hidden neurons learn by it, and gave the
# generalised delta rule its name. The method is older:
#
# * **Linnainmaa, 1970**: the chain rule, from the result of a program back to all its inputs; today
#   it is called the *reverse mode* of automatic differentiation, and an engine like this one does
#   just that. He wanted the effects of rounding errors.
# * **Werbos, 1974**: the same for fitting models to data; in 1982 he wrote it down for neural nets.
#
# To read on (and see the page *Read on* of the documentation):
#
# * S. Linnainmaa, *The representation of the cumulative rounding error of an algorithm as a Taylor
#   expansion of the local rounding errors*, master's thesis (in Finnish), University of Helsinki,
#   1970; in English: *Taylor expansion of the accumulated rounding error*, BIT 16, 1976.
# * P. Werbos, *Beyond regression: new tools for prediction and analysis in the behavioral
#   sciences*, PhD thesis, Harvard University, 1974.
# * D. Rumelhart, G. Hinton, R. Williams, *Learning representations by back-propagating errors*,
#   Nature 323, 1986.
#
# ## More exercises
#
# ### Exercise 3
#
# Write a function `hidden_deltas(weights, deltas, z)`: the deltas of a layer with **tanh** neurons,
# given its sums `z`, the deltas of the layer after it, and the weights between them, one row for
# each neuron of the later layer. The derivative of tanh at $z$ is $1 - \tanh^2 z$ (`from math
# import tanh`).
#
# <details><summary>Solution</summary>
#
# Neuron $i$ collects $\sum_j w_{ji} \delta_j$ from all neurons $j$ after it, times its own
# derivative.
#
# ```python
# from math import tanh
#
# def hidden_deltas(weights, deltas, z):
#     return [
#         sum(row[i] * d for row, d in zip(weights, deltas)) * (1 - tanh(z[i]) ** 2)
#         for i in range(len(z))
#     ]
# ```
# </details>

# %% tags=["exercise"]
hidden_deltas = ...  # your answer: def hidden_deltas(weights, deltas, z): ...


# %% tags=["check"]
@exercise(3, hidden_deltas)
def check():
    sums = [Value(n) for n in (0.5, -1.0, 0.2)]
    between, later = [[1.0, -2.0, 0.5], [0.3, 0.1, -1.5]], [0.7, -0.4]
    after = [dot(row, [z.tanh() for z in sums]) for row in between]
    dot(after, later).backward()  # so that each later sum has the delta that is given
    found = hidden_deltas(between, later, [0.5, -1.0, 0.2])
    assert len(found) == 3, "one delta for each sum in z"
    assert all(abs(d - z.grad) < 1e-9 for d, z in zip(found, sums)), (
        "the sum over the neurons after it, times 1 - tanh(z)**2"
    )


# %% [markdown]
# ### Exercise 4 (longer)
#
# Give the net a **shortcut**: the inputs also lead straight to the output neuron, through two more
# weights $s_1$ and $s_2$, so that $z^{(3)} = v_1 a_1 + v_2 a_2 + v_3 a_3 + s_1 x_1 + s_2 x_2 + c$.
# The generalised delta rule does not cover this net. Derive what changes, and write
# `with_shortcut(s)`, by hand, without the engine. It returns two lists: $\partial J / \partial s$
# and $\partial J / \partial x$, for the numbers of this notebook (`x`, `y`, `w2`, `b2`, `w3`,
# `b3`).
#
# <details><summary>Solution</summary>
#
# The weights $s$ go into the output's sum like any other, so their gradients are $\delta^{(3)}
# x_i$. An input now has **four** paths: three through the hidden neurons, and the shortcut, which
# adds $s_i \delta^{(3)}$.
#
# ```python
# def with_shortcut(s):
#     sums = [sum(w * each for w, each in zip(row, x)) + b for row, b in zip(w2, b2)]
#     hidden = [sigma(each) for each in sums]
#     z = sum(w * each for w, each in zip(w3, hidden)) + b3
#     z += sum(weight * each for weight, each in zip(s, x))
#     last = (sigma(z) - y) * slope(z)
#     before = [w * last * slope(each) for w, each in zip(w3, sums)]
#     ds = [last * each for each in x]
#     dx = [sum(w2[j][i] * before[j] for j in range(3)) + s[i] * last for i in range(2)]
#     return ds, dx
# ```
# </details>

# %% tags=["exercise"]
with_shortcut = ...  # your answer: def with_shortcut(s): ...


# %% tags=["check"]
@exercise(4, with_shortcut)
def check():
    for s in ([0.0, 0.0], [0.4, -0.6]):
        shortcut, inputs = [Value(n) for n in s], [Value(n) for n in x]
        hidden = [sigmoid(dot([*row, b], [*inputs, 1.0])) for row, b in zip(w2, b2)]
        z = dot([*w3, *shortcut, b3], [*hidden, *inputs, 1.0])
        (0.5 * (sigmoid(z) - y) ** 2).backward()
        ds, dx = with_shortcut(list(s))
        assert len(ds) == len(dx) == 2, "two lists of two numbers: dJ/ds and dJ/dx"
        assert all(abs(d - each.grad) < 1e-9 for d, each in zip(ds, shortcut)), (
            "dJ/ds: delta(3) times what came in; does z(3) contain the shortcut?"
        )
        assert all(abs(d - each.grad) < 1e-9 for d, each in zip(dx, inputs)), (
            "dJ/dx: the three paths through the hidden neurons, and a fourth"
        )


# %% [markdown]
# ## What you have seen
#
# * The delta of a neuron is $\partial J / \partial z$, its gradient at the sum.
# * A weight's gradient is *what came in* times *the delta*; a bias's gradient is the delta.
# * Blame goes back through the same weights, times the derivative of the activation, and adds up.
# * The generalised delta rule is what the chain rule says for layers; the graph says it for
#   everything.
# * A printed number is a claim: compute each line anew from the line before.
#
# Next: [5. Losses](05-losses.ipynb), what it means to be wrong, and what that does to the deltas.
