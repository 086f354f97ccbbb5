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
# # 3. A neuron, a layer, a net
#
# [中文版](zh/03-neurons-layers-nets.ipynb)
#
# **Time:** about 65 minutes · **You need:** what sigmoid, ReLU and step do
# ([notebook 2](02-activations.ipynb)) · **Afterwards you can:** compute the output of a small net
# with pencil and paper; say what a neuron decides and why some decisions need two layers; write a
# layer as a matrix in both conventions; count the parameters of any net.
#
# A net answers a question by adding, multiplying and bending, layer after layer, from the inputs to
# the output. That is the **forward pass**. This notebook does it three times over: as numbers, as a
# picture, and as matrices. All three must agree to the last digit.

# %%
from itertools import pairwise

import nn
from autograd_lite import Value, draw
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import boundary, multiples

# %% [markdown]
# ## One neuron, in numbers
#
# Two inputs, 0.5 and 0.8. A **weight** for each says how much it counts: 0.1 and 0.2. A **bias**,
# 0.1, is added whatever the inputs are. The sum $z$, in books also the *pre-activation*, goes
# through the sigmoid.
#
# $$z = 0.1 \cdot 0.5 + 0.2 \cdot 0.8 + 0.1 = 0.05 + 0.16 + 0.1 = 0.31
# \qquad a = \sigma(0.31) = 0.5769$$
#
# As a picture (in the running notebook pull any dotted number, and see what follows it):

# %%
x1, x2 = Value(0.5, label="x1"), Value(0.8, label="x2")
w1, w2, b = Value(0.1, label="w1"), Value(0.2, label="w2"), Value(0.1, label="b")

p1 = w1 * x1
p2 = w2 * x2
s = p1 + p2
z = s + b
a = nn.sigmoid(z)
for node, name in [(p1, "p1"), (p2, "p2"), (s, "s"), (z, "z"), (a, "a")]:
    node.label = name
a

# %% [markdown]
# With $n$ inputs it is the same, only longer. With $f$ for the activation:
#
# $$a = f\left(\sum_{i=1}^{n} w_i x_i + b\right)$$
#
# `nn.Neuron` is that formula. It starts with small random weights; here they are set by hand.
# (Choosing the weights at the start is called **initialisation**. Why they are random comes in
# [notebook 6](06-gradient-descent.ipynb), how small they should be in
# [notebook 14](14-initialisation-depth-normalisation.ipynb).)

# %%
neuron = nn.Neuron(2, activation=nn.sigmoid, seed=0)
neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.1, 0.2, 0.1
out = neuron([x1, x2])
out.label = "a"
out

# %% [markdown]
# The products and the sum are one card now, a **dot product**: multiply pairwise, then add. The
# bias is the weight of one more input, which is always 1. `unfold` takes it apart again:

# %%
draw(out, unfold=True)

# %% [markdown]
# ### Exercise 1
#
# A neuron has the weights 0.5 and 3, the bias 1, and ReLU. What are its sum $z$ and its output $a$
# for the inputs 2 and −1? And what is $a$ if the inputs are 2 and 1?
#
# <details><summary>Solution</summary>
#
# $z = 0.5 \cdot 2 + 3 \cdot (-1) + 1 = -1$, and ReLU makes it 0. With the input 1 in place of −1
# the sum is $1 + 3 + 1 = 5$, which ReLU leaves as it is.
#
# ```python
# z_first = -1
# a_first = 0
# a_second = 5
# ```
# </details>

# %% tags=["exercise"]
z_first = ...  # your answer
a_first = ...  # your answer
a_second = ...  # your answer


# %% tags=["check"]
@exercise(1, z_first, a_first, a_second)
def check():
    neuron = nn.Neuron(2, activation=nn.relu)
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.5, 3.0, 1.0
    first, second = neuron([2.0, -1.0]), neuron([2.0, 1.0])
    assert abs(z_first - first.parents[0].data) < 1e-9, "z: weights times inputs, plus the bias"
    assert abs(a_first - first.data) < 1e-9, "a: ReLU lets nothing negative through"
    assert abs(a_second - second.data) < 1e-9, "a for 2 and 1: only the second product changes"


# %% [markdown]
# ## What a neuron decides
#
# Take the step as activation. Then a neuron says yes (1) or no (0). With weights 1 and 1 and bias
# −1.5 it needs both inputs to get above zero: it computes **and**. Leave the weights, and make the
# bias −0.5. What does it compute now?

# %% tags=["prediction"]
guess = ...  # "and", "or" or "always yes"

# %%
corners = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def gate(w1, w2, b):
    """A neuron with a step, and these weights."""
    neuron = nn.Neuron(2, activation=nn.heaviside, seed=0)
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = w1, w2, b
    return neuron


gates = {"and": gate(1, 1, -1.5), "or": gate(1, 1, -0.5), "not and": gate(-1, -1, 1.5)}
print("x1 x2 " + "".join(f"{name:>9}" for name in gates))
for x in corners:
    print(f"{x[0]:.0f}  {x[1]:.0f}  " + "".join(f"{g(x).data:9.0f}" for g in gates.values()))
predicted(guess, "or", "one input of 1 is enough to get above 0: 1 − 0.5 > 0, but 0 − 0.5 < 0")

# %% [markdown]
# In the plane of the two inputs, each neuron draws a straight line and says yes on one side of it.
# The line is where the sum is 0, so for *and* it is $x_1 + x_2 - 1.5 = 0$. It is called the
# **decision boundary**.

# %% jupyter={"source_hidden": true} tags=["plotting"]
places = [k / 20 for k in range(-10, 31)]  # from -0.5 to 1.5


def plane(decide, title):
    """The plane of the two inputs: where the answer is no, and where it is yes."""
    yes = [[decide([p, q]).data for p in places] for q in places]
    shares = [[[1 - share, share] for share in row] for row in yes]
    answers = [int(decide(x).data) for x in corners]
    return boundary(
        shares, (-0.5, 1.5, -0.5, 1.5), corners, answers, class_names=["no", "yes"],
        feature_names=["x1", "x2"], title=title, width=220, height=240,
    )  # fmt: skip


names = {"and": "x1 and x2", "or": "x1 or x2", "not and": "not (x1 and x2)"}
multiples([plane(g, names[name]) for name, g in gates.items()])

# %% [markdown]
# The weights turn the line, the bias shifts it. That is all that one neuron can do: one straight
# cut. (What one straight cut can separate is called *linearly separable*.)
#
# ### Exercise 2
#
# *But not*: yes only if $x_1$ is 1 and $x_2$ is 0. Find two weights and a bias with which a single
# neuron with a step computes it.
#
# <details><summary>Solution</summary>
#
# Only one corner, (1, 0), must be cut off, so one line is enough. $x_1$ counts for it, $x_2$
# against it: weights 1 and −1. The sums at the four corners are then $b$, $b - 1$, $b + 1$ and $b$,
# and only the third may be above 0: any $b$ above −1, up to 0.
#
# ```python
# weight_1 = 1.0
# weight_2 = -1.0
# offset = -0.5
# ```
# </details>

# %% tags=["exercise"]
weight_1 = ...  # your answer
weight_2 = ...  # your answer
offset = ...  # your answer: the bias


# %% tags=["check"]
@exercise(2, weight_1, weight_2, offset)
def check():
    but_not = gate(weight_1, weight_2, offset)
    for (p, q), truth in zip(corners, [0, 0, 1, 0]):
        assert but_not([p, q]).data == truth, f"the answer for {p:.0f}, {q:.0f} should be {truth}"


# %% [markdown]
# ## What one neuron cannot decide
#
# *Either, but not both* is called **xor**: yes for (0, 1) and (1, 0), no for (0, 0) and (1, 1). Try
# to separate the two yes corners from the two no corners with straight cuts. How many does it take
# at least?

# %% tags=["prediction"]
guess = ...  # 1, 2, 3 or 4 straight cuts

# %% [markdown]
# Two lines can do it. "*or*, and also *not and*": the first layer draws both lines, the second
# layer keeps what lies between them.


# %%
def xor(x):
    first = [gates["or"](x), gates["not and"](x)]
    return gates["and"](first)


print("x1 x2       or  not and      xor")
for x in corners:
    row = gates["or"](x), gates["not and"](x), xor(x)
    print(f"{x[0]:.0f}  {x[1]:.0f}  " + "".join(f"{v.data:9.0f}" for v in row))

predicted(guess, 2, "one cannot, for the yes corners lie crosswise; two leave a strip between them")
plane(xor, "either, but not both")

# %% [markdown]
# This is why nets have more than one layer: the second decides about the decisions of the first.
# (Steps cannot *learn* these weights, for their slope is 0. [Notebook 6](06-gradient-descent.ipynb)
# learns xor with a smooth activation.)

# %% [markdown]
# ## A layer
#
# A **layer** is several neurons side by side that read the same inputs. (If each reads all inputs,
# as here, books call it *fully connected* or *dense*.) Take three. Neuron 1 is the
# one from above; the other two have weights and biases of their own.
#
# A weight now needs two numbers for a name: $w_{ji}$ belongs to neuron $j$ and its input $i$. First
# *to*, then *from*.
#
# $$a_j = f\left(\sum_{i} w_{ji}\, x_i + b_j\right)$$

# %%
W = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]  # a row for each neuron
B = [0.1, 0.2, 0.3]
x = [0.5, 0.8]

for j, (row, bias) in enumerate(zip(W, B), start=1):
    z = row[0] * x[0] + row[1] * x[1] + bias
    print(f"neuron {j}: z = {row[0]} · 0.5 + {row[1]} · 0.8 + {bias} = {z:.2f}", end="   ")
    print(f"a = σ({z:.2f}) = {nn.sigmoid(z):.4f}")

# %% [markdown]
# As a picture, up to the sums. Each input leads to every neuron. `nn.Linear` is a layer without its
# activation; `load_state_dict` puts our numbers into it.

# %%
layer = nn.Linear(2, 3)
layer.load_state_dict({"weight": W, "bias": B})


def give_names(layer, to=""):
    """Labels for the picture: w11, w12, ... (to, from) and b1, b2, ..."""
    for j, (row, bias) in enumerate(zip(layer.weight, layer.bias), start=1):
        bias.label = f"b{j}{to}"
        for i, weight in enumerate(row, start=1):
            weight.label = f"w{j}{i}{to}"


give_names(layer)
sums = layer([x1, x2])
for j, z in enumerate(sums, start=1):
    z.label = f"z{j}"
draw(sums, style="cards")

# %% [markdown]
# ## A layer as a matrix
#
# Write the weights as a table, a row for each neuron. Then "each neuron multiplies its row with the
# inputs and adds" is what mathematics calls a matrix times a column:
#
# $$\begin{pmatrix} 0.1 & 0.2 \\ 0.3 & 0.4 \\ 0.5 & 0.6 \end{pmatrix}
# \begin{pmatrix} 0.5 \\ 0.8 \end{pmatrix} +
# \begin{pmatrix} 0.1 \\ 0.2 \\ 0.3 \end{pmatrix} =
# \begin{pmatrix} 0.31 \\ 0.67 \\ 1.03 \end{pmatrix}
# \qquad z = W x + b$$
#
# This is the **column convention**: inputs and outputs stand upright.
#
# Now lay everything on its side. Inputs and outputs become rows, and the table of weights is
# mirrored: a *column* for each neuron. The same products are added.
#
# $$\begin{pmatrix} 0.5 & 0.8 \end{pmatrix}
# \begin{pmatrix} 0.1 & 0.3 & 0.5 \\ 0.2 & 0.4 & 0.6 \end{pmatrix} +
# \begin{pmatrix} 0.1 & 0.2 & 0.3 \end{pmatrix} =
# \begin{pmatrix} 0.31 & 0.67 & 1.03 \end{pmatrix}
# \qquad z = x W + b$$
#
# This is the **row convention**. Its $W$ is the mirror image, the *transpose*, of the other.


# %%
def times(A, B):
    """The product of two matrices: multiply each row of A with each column of B, and add."""
    return [[sum(p * q for p, q in zip(row, column)) for column in zip(*B)] for row in A]


def plus(A, B):
    """The sum, place by place."""
    return [[p + q for p, q in zip(*rows)] for rows in zip(A, B)]


def transposed(A):
    return [list(column) for column in zip(*A)]


def show(A):
    for row in A:
        print("   ", "  ".join(f"{number:.2f}" for number in row))


W_column, W_row = W, transposed(W)  # 3 × 2: neurons × inputs; 2 × 3: inputs × neurons
x_row, b_row = [x], [B]  # matrices of one row
x_column, b_column = transposed(x_row), transposed(b_row)

print("column: 3 × 2 times 2 × 1")
show(plus(times(W_column, x_column), b_column))
print("row: 1 × 2 times 2 × 3")
show(plus(times(x_row, W_row), b_row))

# %% [markdown]
# Both are in use, and often in one sentence:
#
# | where | how it stores the weights | how it computes |
# |:--|:--|:--|
# | this project | a row for each neuron | $W x + b$ |
# | PyTorch, `Linear` | a row for each neuron | $x W^T + b$ |
# | Keras, `Dense` | a column for each neuron | $x W + b$ |
#
# ## The trap between them
#
# Take a table of one convention and multiply it as in the other. With 2 inputs and 3 neurons that
# is found at once, because the shapes do not fit. And with 2 inputs and 2 neurons?

# %% tags=["prediction"]
guess = ...  # "an error", "the same answer" or "a wrong answer"

# %%
square = [[1.0, 2.0], [3.0, 4.0]]  # a row for each of 2 neurons
point = [[1.0, 10.0]]
print("right:", transposed(times(square, transposed(point))), "  mixed up:", times(point, square))
predicted(guess, "a wrong answer", "a square table fits both ways, and nothing warns you")

# %% [markdown]
# By hand: neuron 1 gives $1 \cdot 1 + 2 \cdot 10 = 21$, neuron 2 gives $3 \cdot 1 + 4 \cdot 10 =
# 43$. So test a layer with unequal weights and one sample whose result you know.
#
# ## Many samples at once
#
# The row convention has a reason. Samples are the rows of a table, as in a spreadsheet, and *one*
# product does them all: each row of $X$ gives a row of the result. The bias is added to every row.

# %%
X = [[0.5, 0.8], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
show(plus(times(X, W_row), [B] * len(X)))

# %% [markdown]
# Sample 1 is ours. Sample 2 is all zeros, so only the biases are left. Samples 3 and 4 read out one
# weight of each neuron, plus its bias. Such samples make good tests.

# %% [markdown]
# ## A net
#
# Now a second layer, with one neuron that reads the three outputs of the first. Its weights are
# 0.7, 0.8 and 0.9, its bias 0.1. The layer in between is called **hidden**, since it is neither
# given nor asked for. We number the layers 1 (inputs), 2 (hidden), 3 (output):
#
# $$a^{(1)} = x \qquad z^{(l)} = W^{(l)} a^{(l-1)} + b^{(l)} \qquad a^{(l)} = \sigma(z^{(l)})$$
#
# (A *net* has an input, a hidden and an output layer. A neuron has none of these; it sits in one.
# Layer 1 is only the inputs: it has no weights and no biases. $W^{(2)}$ and $b^{(2)}$ belong to the
# hidden layer, into which they lead, and $W^{(3)}$ and $b^{(3)}$ to the output. A net in which
# everything goes forward like this is called *feedforward*.)
#
# With a net as small as this, do it once by hand:
#
# $$z^{(3)} = 0.7 \cdot 0.5769 + 0.8 \cdot 0.6615 + 0.9 \cdot 0.7369 + 0.1 = 1.6962$$
#
# $$a^{(3)} = \sigma(1.6962) = 0.8450$$

# %%
net = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 1), nn.Sigmoid())
net.load_state_dict({"0.weight": W, "0.bias": B, "2.weight": [[0.7, 0.8, 0.9]], "2.bias": [0.1]})
give_names(net[0], "⁽²⁾")
give_names(net[2], "⁽³⁾")

z2 = net[0]([x1, x2])
a2 = net[1](z2)
z3 = net[2](a2)
a3 = net[3](z3)
for name, values, layer in [("z", z2, "⁽²⁾"), ("a", a2, "⁽²⁾"), ("z", z3, "⁽³⁾")]:
    for j, value in enumerate(values, start=1):
        value.label = f"{name}{j}{layer}"
y = a3[0]
y.label = "y"
draw(y, style="cards")

# %% [markdown]
# Follow the picture from left to right, and you meet every number of the calculation. Here they are
# in a list:

# %%
for name, values in {"z2": z2, "a2": a2, "z3": z3, "a3": a3}.items():
    print(name, " ".join(f"{v:.4f}" for v in values))

# %% [markdown]
# In notebook 4 you will meet numbers that somebody else printed for this net, and find the wrong
# ones.
#
# ## In NumPy, with rows and with columns
#
# Programs usually have the forward pass like this (here it is only to be read). First with rows:
#
# ```python
# def sigmoid(z):
#     return 1 / (1 + np.exp(-z))
#
# def forward_pass(X, W, b):
#     Z = np.dot(X, W) + b
#     return sigmoid(Z)
# ```
#
# Then with columns:
#
# ```python
# def forward(x, w2, b2, w3, b3):
#     a2 = sigmoid(np.dot(w2, x) + b2)
#     return sigmoid(np.dot(w3, a2) + b3)
# ```
#
# With our `times` in place of `np.dot` they run without NumPy. Both must give what the picture
# gave.


# %%
def squashed(A):
    return [[nn.sigmoid(number) for number in row] for row in A]


def forward_rows(X, W, b):
    return squashed(plus(times(X, W), b))


def forward_columns(x, w2, b2, w3, b3):
    a2 = squashed(plus(times(w2, x), b2))
    return squashed(plus(times(w3, a2), b3))


W3, b3 = [[0.7, 0.8, 0.9]], [[0.1]]
rows = forward_rows(forward_rows(x_row, W_row, b_row), transposed(W3), b3)
columns = forward_columns(x_column, W_column, b_column, W3, b3)
print(f"rows {rows[0][0]:.4f}   columns {columns[0][0]:.4f}   picture {y.data:.4f}")

# %% [markdown]
# NumPy is faster on large layers. But it keeps only the results. The picture keeps how each number
# came about, and that is what the way back needs
# ([notebook 4](04-backpropagation.ipynb)).

# %% [markdown]
# ## Near and far
#
# A picture of every number is right for a small net. For a larger one, look from farther away. Here
# is the same net with a card for each layer; the squares on it are its neurons.

# %%
draw(net([x1, x2]), level="layer")

# %% [markdown]
# And here is a net of 2 inputs, two hidden layers of 16, and 1 output. `nn.MLP` builds it in one
# line (the name is short for *multilayer perceptron*; its last layer has no activation). With a
# card for each number it would have 404. `draw` shows it as neurons: a disc for each, and a line
# for each weight, blue where it is positive and orange where it is negative. A dashed disc is a
# ReLU that gives 0. In the running notebook pull the inputs, and see units switch on and off.

# %%
mlp = nn.MLP(2, [16, 16, 1], seed=1)
draw(mlp([x1, x2]))

# %% [markdown]
# ## Counting parameters
#
# The **parameters** are the numbers that learning may change: weights and biases. Each neuron has a
# weight for each of its inputs, and one bias. So a layer from $n$ inputs to $m$ neurons has
#
# $$(n + 1) \cdot m$$
#
# parameters. For the 2-3-1 net that is $(2 + 1) \cdot 3 + (3 + 1) \cdot 1 = 9 + 4 = 13$. How many
# has the net in the last picture, with 2 inputs, two hidden layers of 16, and 1 output?

# %% tags=["prediction"]
guess = ...  # a number of parameters


# %%
def count(*sizes):
    """The parameters of a net, by the sizes of its layers, inputs first."""
    return sum((n + 1) * m for n, m in pairwise(sizes))


print(count(2, 3, 1), len(net.parameters()))
print(count(2, 16, 16, 1), len(mlp.parameters()))
print(count(10, 64, 1), "for 10 inputs, 64 ReLUs and 1 output")
predicted(guess, 337, "3 · 16 = 48, then 17 · 16 = 272, then 17")

# %% [markdown]
# What *you* choose before learning begins, the number of layers, of neurons in each, the
# activation, is no parameter. Books call it a **hyperparameter**.
#
# Counting is also a test. A program that speaks of "a hidden layer and an output layer" and has
# only one weight and one bias is, whatever it says, a single neuron: $(1 + 1) \cdot 1 = 2$.
#
# ### Exercise 3
#
# A net that reads handwritten digits has 28 × 28 = 784 inputs, 128 hidden neurons, and 10 outputs,
# one for each digit. How many parameters has it?
#
# <details><summary>Solution</summary>
#
# $(784 + 1) \cdot 128 = 100480$ and $(128 + 1) \cdot 10 = 1290$. Nearly all of them are in the
# first layer.
#
# ```python
# parameters = 100480 + 1290
# ```
# </details>

# %% tags=["exercise"]
parameters = ...  # your answer


# %% tags=["check"]
@exercise(3, parameters)
def check():
    assert parameters == count(784, 128, 10), "each neuron: its inputs, plus 1 for the bias"


# %% [markdown]
# ## What the forward pass is not
#
# It is not learning. It changes nothing: the same inputs give the same output, today and tomorrow.
# Learning begins with a question that goes the other way: *which of the 13 numbers should change,
# and by how much, to make the output better?* All 13 answers come from one walk back:

# %%
y.backward()
draw(y, style="cards")

# %% [markdown]
# ## One more exercise
#
# ### Exercise 4, a net by hand
#
# Build a net that says yes (1) inside the triangle with the corners (0, 0), (1, 0) and (0, 1), and
# no (0) outside. Three neurons cut, one for each side; others combine their answers. There are
# many right nets. Look at yours with `plane(triangle, "triangle")`.
#
# <details><summary>Solution</summary>
#
# The sides are $x_1 = 0$, $x_2 = 0$ and $x_1 + x_2 = 1$. Inside, $x_1$, $x_2$ and
# $1 - x_1 - x_2$ are above 0. Two *and* neurons join the three answers.
#
# ```python
# def triangle(x):
#     right_of, above, below = gate(1, 0, 0)(x), gate(0, 1, 0)(x), gate(-1, -1, 1)(x)
#     return gates["and"]([gates["and"]([right_of, above]), below])
# ```
# </details>

# %% tags=["exercise"]
triangle = ...  # a function: def triangle(x): return ... with gate(w1, w2, b) and gates


# %% tags=["check"]
@exercise(4, triangle)
def check():
    inside, outside = [(0.2, 0.2), (0.5, 0.3), (0.1, 0.8)], [(-0.1, 0.5), (0.5, -0.1), (0.6, 0.6)]
    for p, q in inside:
        assert abs(triangle([p, q]) - 1) < 1e-9, f"({p}, {q}) is inside: the answer should be 1"
    for p, q in outside:
        assert abs(triangle([p, q])) < 1e-9, f"({p}, {q}) is outside: the answer should be 0"


# %% [markdown]
# ## What you have seen
#
# * A neuron: weights times inputs, plus a bias, through an activation. It makes one straight cut.
# * A second layer decides about the cuts of the first, so two layers can do what one cannot.
# * A layer is a matrix; with upright inputs $W x + b$, with inputs as rows $x W + b$, and the two
#   tables of weights mirror each other.
# * A layer from $n$ to $m$ has $(n + 1)\,m$ parameters. How many layers and
#   neurons there are is a hyperparameter: you choose it.
# * The forward pass learns nothing. It leaves a record, and the record is what learning needs.
#
# Next: [4. Backpropagation](04-backpropagation.ipynb), the walk back, by hand and by the engine.
