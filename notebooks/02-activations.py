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
# # 2. Activations
#
# [中文版](zh/02-activations.ipynb)
#
# **Time:** about 70 minutes · **You need:** the chain rule
# ([notebook 1](01-a-value-and-the-chain-rule.ipynb)) · **Afterwards you can:** sketch the classic
# activations and their slopes; show why a net needs them, and build any curve out of them;
# recognise saturation and dead units; choose an activation, and say why.
#
# A neuron adds up its inputs, and then it *bends* the sum. The bend is its **activation function**,
# or activation for short; books also call it the *nonlinearity*. It looks like a detail. Without
# it, a net of a thousand layers can do no more than one straight line.

# %%
import math

import nn
from autograd_lite import Primitive, Value, draw, grad, gradcheck
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import curves, lines, multiples

# %% [markdown]
# ## Four classics
#
# Here they are, from the oldest to the one in most nets today. Below zero each says "no", above
# zero "yes". They differ in how they go from one to the other. (A cell that only draws is folded,
# here and in all notebooks.)

# %%
classics = {"step": nn.heaviside, "sigmoid": nn.sigmoid, "tanh": nn.tanh, "ReLU": nn.relu}

# %% jupyter={"source_hidden": true} tags=["plotting"]
look = {"low": -1.25, "high": 2.25, "names": ("x", ""), "width": 320, "height": 210}


def unjoined(f):
    """The same with a gap where it jumps, so that no line is drawn across."""
    return lambda x: math.nan if abs(f(x + 1e-3) - f(x)) > 0.5 else f(x)


def panels(functions, slopes=False, columns=2):
    """A small window for each function, and its slope as a dashed line."""
    windows = []
    for name, f in functions.items():
        shapes = {"value": unjoined(f)}
        if slopes:
            shapes["slope"] = unjoined(grad(f))
        windows.append(curves(shapes, (-5, 5), title=name, **look))
    return multiples(windows, columns=columns)


panels(classics)

# %% [markdown]
# | name | formula | values |
# |:--|:--|:--|
# | step | $1$ for $x > 0$, else $0$ | $0$ or $1$ |
# | sigmoid | $\sigma(x) = \dfrac{1}{1 + e^{-x}}$ | between $0$ and $1$ |
# | tanh | $\tanh(x) = \dfrac{e^x - e^{-x}}{e^x + e^{-x}}$ | between $-1$ and $1$ |
# | ReLU | $\max(0, x)$ | $0$ and above |
#
# (*tanh* is the hyperbolic tangent; *ReLU* is short for rectified linear unit.)
#
# Three numbers of each, which you can check by hand: $\sigma(0) = \frac{1}{1 + 1} = 0.5$, for one.

# %%
print("   x   " + "".join(f"{name:>9}" for name in classics))
for x in (-2.0, 0.0, 2.0):
    print(f"{x:5.1f}  " + "".join(f"{f(x):9.4f}" for f in classics.values()))

# %% [markdown]
# Do you see the family likeness? tanh is a sigmoid, stretched to twice the height, squeezed to half
# the width, and moved down by 1: $\tanh(x) = 2\,\sigma(2x) - 1$. For $x = 2$ that is
# $2 \cdot \sigma(4) - 1 = 2 \cdot 0.9820 - 1 = 0.9640$. At all places from −5 to 5:

# %%
xs = [i / 20 for i in range(-100, 101)]
all(abs(nn.tanh(x) - (2 * nn.sigmoid(2 * x) - 1)) < 1e-12 for x in xs)

# %% [markdown]
# In mathematics the sigmoid comes close to 1 and never reaches it: its values lie *between* 0 and
# 1, without the ends. In a computer it does reach 1: a float keeps about 16 digits, and then the
# rest is rounded away. Remember this; it comes back below as an illness.

# %%
nn.sigmoid(5.0), nn.sigmoid(30.0), nn.sigmoid(40.0)

# %% [markdown]
# ## Their slopes
#
# Learning goes backward through the activation, so what counts is its **slope** (its derivative).
# The sigmoid is steepest in the middle, at 0. How steep? Look at its curve above, and guess.

# %% tags=["prediction"]
guess = ...  # 1, 0.5 or 0.25: the slope of the sigmoid at 0

# %%
h = 0.001
print(f"{(nn.sigmoid(h) - nn.sigmoid(0.0)) / h:.4f}")
predicted(guess, 0.25, "the whole rise from 0 to 1 is spread over a width of several units")

# %% [markdown]
# A quarter: of what changes before a sigmoid, at most a quarter arrives behind it. Here are all
# four slopes.

# %%
panels(classics, slopes=True)

# %% [markdown]
# * The **step** has slope 0 everywhere. Nothing that is nudged before it changes anything behind
#   it, so a net of steps cannot learn from slopes. That is why the others were invented.
# * The **sigmoid** reaches $\frac{1}{4}$ in the middle and falls to 0 on both sides.
# * **tanh** reaches 1 in the middle, and falls to 0 as well.
# * **ReLU** has slope 1 or 0, nothing in between.
#
# Two of the formulas are short, because the slope can be had from the *value*:
#
# $$\sigma'(x) = \sigma(x)\,(1 - \sigma(x)) \qquad \tanh'(x) = 1 - \tanh^2(x)$$
#
# The first by the chain rule, from $\sigma(x) = (1 + e^{-x})^{-1}$:
#
# $$\sigma'(x) = -(1 + e^{-x})^{-2} \cdot (-e^{-x}) = \frac{1}{1 + e^{-x}} \cdot
# \frac{e^{-x}}{1 + e^{-x}} = \sigma(x)\,(1 - \sigma(x))$$
#
# (That of tanh follows from it, for $\tanh(x) = 2\,\sigma(2x) - 1$.) Check at $x = 2$: the value is
# 0.8808, so the slope is $0.8808 \cdot 0.1192 = 0.1050$. That is what the engine writes on the
# line. (In the running notebook pull
# `z` away from 0, to 10 or −10, and watch what is left of the gradient.)

# %%
z = Value(2.0, label="z")
a = nn.sigmoid(z)
a.label = "a"
a.backward()
a

# %% [markdown]
# ### Exercise 1
#
# What is the slope of the sigmoid at $z = \ln(3)$? No computer is needed.
#
# <details><summary>Solution</summary>
#
# $e^{-\ln 3} = \frac{1}{3}$, so the value is $\frac{1}{1 + 1/3} = \frac{3}{4}$, and the slope is
# $\frac{3}{4} \cdot \frac{1}{4} = \frac{3}{16}$.
#
# ```python
# slope = 3 / 16
# ```
# </details>

# %% tags=["exercise"]
slope = ...  # your answer


# %% tags=["check"]
@exercise(1, slope)
def check():
    assert abs(slope - grad(nn.sigmoid)(math.log(3))) < 1e-6, "value first, then value (1 - value)"


# %% [markdown]
# ## A famous trap
#
# In many tutorials you find one of these two, under one name:
#
# ```python
# def sigmoid_derivative(x): return x * (1 - x)
# def sigmoid_derivative(x): return sigmoid(x) * (1 - sigmoid(x))
# ```
#
# Both can be right. The first wants the *value* $a = \sigma(z)$, the second wants $z$. Give $z$ to
# the first, and you get nonsense: at $z = 2$ it says $2 \cdot (1 - 2) = -2$, as if the curve fell.
# Nothing crashes; the net just learns badly. So check it. A rule of ours receives both, the result
# `out` and the operand `x`:


# %%
def squash(x):
    return 1 / (1 + math.exp(-x))


trap = Primitive("trap", squash, lambda out, x: (x * (1 - x),))
gradcheck(trap, 2.0, raise_exception=False)

# %%
safe = Primitive("safe", squash, lambda out, x: (out * (1 - out),))
gradcheck(safe, 2.0)

# %% [markdown]
# ## The corner of ReLU
#
# What is the slope of ReLU at exactly 0? Nudge to the right, and it is 1. Nudge to the left, and it
# is 0. Both are right, so there is no one slope, and a program must *choose*. Like most, ours
# chooses 0. (The standard words: a corner is a *kink*, a place where a function is *not
# differentiable*, and any slope between the two, from 0 to 1, is a *subgradient*.) `gradcheck` sees
# the corner and says so:

# %%
print("engine:   ", grad(nn.relu)(0.0))
print("gradcheck:", gradcheck(nn.relu, 0.0, raise_exception=False).checks[0].verdict)

# %% [markdown]
# In practice a sum hits exactly 0 almost never, and the choice does not matter.

# %% [markdown]
# ## The slope of the slope
#
# `grad` makes a function out of a function, so it can be applied again. Here are tanh and its first
# three derivatives. Each is the slope of the one before: where one has a top or a bottom, the next
# crosses 0.

# %%
shapes, f = {}, nn.tanh
for name in ("tanh", "derivative 1", "derivative 2", "derivative 3"):
    shapes[name] = f
    f = grad(f)
curves(shapes, (-3, 3), names=("x", ""), width=520, height=320)

# %% [markdown]
# No formula for the third derivative was ever typed in. The rule $1 - \text{out}^2$ is itself a
# small calculation; so it has a graph, and that graph can be differentiated like any other. Here it
# is (`create_graph=True` means: record the walk back, too):

# %%
from autograd_lite import gradients

x = Value(0.5, label="x")
y = x.tanh()
y.label = "tanh x"
(steepness,) = gradients(y, [x], create_graph=True)
steepness.label = "slope"
draw(steepness)

# %% [markdown]
# By hand: $\tanh(0.5) = 0.462$ and $1 - 0.462^2 = 0.786$. [Notebook
# 8](08-derivatives-of-derivatives.ipynb) goes on from here.

# %% [markdown]
# ## Why bend at all?
#
# Put two neurons without activation one after the other. The first doubles and adds 1. The second
# takes that three times and subtracts 2:
#
# $$3\,(2x + 1) - 2 = 6x + 1$$
#
# That is one neuron again, with weight 6 and bias 1. However many you stack, the sum of sums is a
# sum. The slope tells: it is the same everywhere.


# %%
def straight(x):
    return 3 * (2 * x + 1) - 2


def bent(x):
    return 3 * nn.relu(2 * x + 1) - 2


points = (-2.0, -1.0, 0.0, 1.0, 2.0)
print("x                 ", points)
print("slope without bend", tuple(grad(straight)(x) for x in points))
print("slope with a bend ", tuple(grad(bent)(x) for x in points))

# %% [markdown]
# With a ReLU in between there is a corner at $x = -\frac{1}{2}$: two slopes, no straight line any
# more.
#
# ReLU is sometimes called a linear function. It is two lines, joined in a corner, and the corner is
# the whole point. A linear function would give $f(-1) + f(1) = f(0)$; ReLU gives $0 + 1 \ne 0$.

# %% [markdown]
# ## Any curve, out of corners
#
# Three ReLUs make a **hat**: one starts to rise at −1, one bends it down at 0, one stops it at 1.
#
# $$\text{hat}(x) = \text{relu}(x + 1) - 2\,\text{relu}(x) + \text{relu}(x - 1)$$


# %%
def hat(x):
    return nn.relu(x + 1) - 2 * nn.relu(x) + nn.relu(x - 1)


def hats(width):
    """A row of hats from -5 to 5, each as high as the sine is in its middle."""
    middles = [k * width for k in range(-round(5 / width), round(5 / width) + 1)]
    return lambda x: sum(math.sin(m) * hat((x - m) / width) for m in middles)


# %% jupyter={"source_hidden": true} tags=["plotting"]
parts = {"sum: a hat": hat, "relu(x + 1)": lambda x: nn.relu(x + 1)}
parts |= {"−2 relu(x)": lambda x: -2 * nn.relu(x), "relu(x − 1)": lambda x: nn.relu(x - 1)}

row = {"11 hats": hats(1.0), "sine": math.sin}
multiples(
    [
        curves(parts, (-2, 2.5), low=-2.5, high=2.5, names=("x", ""), width=340, height=270),
        curves(row, (-5, 5), names=("x", ""), width=340, height=270),
    ],
    columns=2,
)

# %% [markdown]
# On the right a row of hats follows the sine, joining its points by straight pieces. The largest
# gap between the two is 0.122. Now take hats of half the width, twice as many. What becomes of the
# gap?

# %% tags=["prediction"]
guess = ...  # "the same", "a half" or "a quarter"

# %%
for width in (1.0, 0.5, 0.25):
    gap = max(abs(hats(width)(x / 50) - math.sin(x / 50)) for x in range(-250, 251))
    print(f"{len(range(-round(5 / width), round(5 / width) + 1)):3} hats: largest gap {gap:.4f}")
predicted(guess, "a quarter", "over half the width a curve departs a quarter as far from a line")

# %% [markdown]
# More and narrower hats follow any curve as closely as you like. So one layer of ReLUs and a
# weighted sum can come as close as you like to every continuous curve (over a finite stretch). This
# is the **universal approximation theorem**, for one input; it holds for many inputs, too, and for
# sigmoid and tanh as well. Two things it does *not* say: how many units it takes, and how to find
# their weights. Nobody sets them by hand, of course. That is what learning is for
# ([notebook 6](06-gradient-descent.ipynb)).

# %% [markdown]
# ## First illness: saturation
#
# Far from 0 the sigmoid is flat. A unit that sits there is **saturated**: it is very sure, and very
# hard to teach. At $z = 10$ the slope is 0.000045, so a correction of 1 arrives as 0.000045.
#
# Even in the middle, sigmoids weaken what goes through: a quarter at best. Put five in a row, and
# follow the gradient back from the right. How much of it is left at `x`?

# %% tags=["prediction"]
guess = ...  # "a fifth", "a hundredth" or "less than a thousandth"

# %%
x = Value(0.0, label="x")
y = x
for i in range(5):
    y = nn.sigmoid(y)
    y.label = f"a{i + 1}"
y.backward()
predicted(guess, "less than a thousandth", "each leaves a quarter or less, and 4⁵ = 1024")
draw(y)

# %% [markdown]
# The lines get thinner and thinner. Each multiplies by at most a quarter, so after five layers less
# than $(\frac{1}{4})^5 = \frac{1}{1024}$ is left. This is the **vanishing gradient**, and it kept
# nets shallow for decades. How does it go on? The next picture has a logarithmic scale: each
# step down of the same height divides the gradient by the same factor.


# %%
def left_over(f, depth, x=0.5):
    """The gradient that arrives at x behind `depth` activations."""
    start = y = Value(x)
    for _ in range(depth):
        y = f(y)
    y.backward()
    return start.grad


depths = range(1, 21)
arrived = {
    name: [left_over(classics[name], depth) for depth in depths]
    for name in ("ReLU", "tanh", "sigmoid")
}
lines(arrived, x=depths, log=True, title="what arrives", x_name="layers", width=520, height=260)

# %%
for depth in (1, 5, 10, 20):
    print(f"{depth:2} sigmoids leave {left_over(nn.sigmoid, depth):.0e}")

# %% [markdown]
# ReLU passes a gradient on as it is, as long as its sum is positive. That is the main reason why
# deep nets use it.
#
# But a layer also multiplies by its **weights**, and so does the way back. Twenty ReLUs in a row,
# each of which reads the one before with the same weight:

# %%
for weight in (0.5, 1.0, 1.5):
    arrives = left_over(lambda y, w=weight: nn.relu(w * y), 20)
    print(f"weight {weight}: a gradient of {arrives:.4g} arrives behind 20 layers")

# %% [markdown]
# Weights that are a little too small make the gradient vanish, weights that are a little too large
# make it grow without bound: the **exploding gradient**. So the weights with which a net begins
# must be chosen such that the products stay near 1. This choice is called **initialisation**;
# `nn.init` has the usual rules, named after Xavier Glorot (for tanh) and Kaiming He (for ReLU), and
# [notebook 14](14-initialisation-depth-normalisation.ipynb) shows where they come from.
#
# ### Exercise 2
#
# A sigmoid passes on at most a quarter. How many sigmoids in a row make *sure* that less than one
# millionth arrives? Give the smallest such number.
#
# <details><summary>Solution</summary>
#
# $(\frac{1}{4})^n = \frac{1}{2^{2n}}$, and $2^{20} = 1048576$ is the first power of 2 above a
# million. So $2n = 20$ and $n = 10$.
#
# ```python
# layers = 10
# ```
# </details>

# %% tags=["exercise"]
layers = ...  # your answer


# %% tags=["check"]
@exercise(2, layers)
def check():
    most = grad(nn.sigmoid)(0.0)  # where the slope is largest
    assert layers % 1 == 0, "a number of layers is whole"
    assert most**layers < 1e-6, "too few: take a quarter once more"
    assert most ** (layers - 1) >= 1e-6, "fewer are enough"


# %% [markdown]
# ## Second illness: dead units
#
# The flat side of ReLU has slope exactly 0. Suppose learning took too large a step, and a neuron
# ended up with a bias of −10. (`b` is the **bias**, a number that is added to the sum. The card
# *dot* multiplies weights and inputs pairwise and adds; more of both in notebook 3.)

# %%
sample = [1.0, 2.0]
neuron = nn.Neuron(2, nn.relu, seed=0)
neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.5, 1.0, -10.0
y = neuron(sample)
y.label = "y"
y.backward()
y

# %% [markdown]
# The sum is −7.5, so the output is 0, and ×0 stands on the line. Behind a zero every gradient is 0:
# the weights do not move, the sum stays negative, for this sample and for all others that give a
# negative sum. If that is all of them, the unit is **dead** (a *dying ReLU*), and will never come
# back by itself. In the running notebook pull `b` up from −10, and see at which bias it comes to
# life. `nn` finds such units in a net. Here the net has a layer of 4 units and an output, and sees
# 100 samples of a data set that comes with `nn`:

# %%
data = nn.datasets.moons(100, seed=1)
net = nn.MLP(2, [4, 1], seed=0)
net.layers[0].b[2].data = -10.0  # the accident
nn.dead_units(net, data.x)

# %% [markdown]
# Layer 0, unit 2. The remedy is to learn in smaller steps, or an activation that is never quite
# flat. The *leaky* ReLU keeps a slope of 0.01 below zero, a small door to come back through:

# %%
neuron.activation = nn.leaky_relu
y = neuron(sample)
y.label = "y"
neuron.zero_grad()
y.backward()
y

# %% [markdown]
# ## The friends of ReLU
#
# People have tried many shapes between ReLU and something smoother, its *variants*. These five are
# in use.

# %%
friends = {
    "leaky ReLU (slope 0.1)": lambda x: nn.leaky_relu(x, negative_slope=0.1),
    "ELU": nn.elu,
    "softplus": nn.softplus,
    "SiLU, or swish": nn.silu,
    "GELU": nn.gelu,
    "ReLU, to compare": nn.relu,
}
panels(friends, slopes=True)

# %% [markdown]
# | name | formula | what it is for |
# |:--|:--|:--|
# | leaky ReLU | $x$ for $x > 0$, else $0.01\,x$ | no dead units |
# | ELU | $x$ for $x > 0$, else $e^x - 1$ | no corner; can be below 0 |
# | softplus | $\ln(1 + e^x)$ | a ReLU without corner; its slope is the sigmoid |
# | SiLU | $x\,\sigma(x)$ | smooth; large language models |
# | GELU | $x\,\Phi(x)$, with $\Phi$ the normal distribution | smooth; transformers |
#
# Look at softplus once more: its dashed slope is the sigmoid of the first picture. And SiLU and
# GELU fall a little before they rise; their slope goes below 0 there.

# %%
all(abs(grad(nn.softplus)(x) - nn.sigmoid(x)) < 1e-12 for x in xs)

# %% [markdown]
# ## Large numbers
#
# The formulas above are for paper. Typed in as they are, they break: $e^{1000}$ is too large for a
# float.

# %%
try:
    print(squash(-1000.0))
except OverflowError as error:
    print("OverflowError:", error)

# %% [markdown]
# The engine computes the same functions in a form that never overflows (for the sigmoid, it takes
# $e^{-|x|}$, which is at most 1). So results stay right, however large the sum:

# %%
nn.sigmoid(-1000.0), nn.softplus(1000.0), nn.tanh(1e308)

# %% [markdown]
# ## Which one shall I take?
#
# * **Between layers:** ReLU. It is cheap, and gradients pass. Leaky ReLU if units die; GELU or SiLU
#   in transformers; tanh in recurrent nets, where values must stay small (both kinds of net:
#   notebook 10).
# * **At the end:** what the answer is. A number: no activation. A probability of yes: sigmoid. One
#   of several classes: softmax, which comes in [notebook 5](05-losses.ipynb).
# * **Never in between:** the step. It has no slope to learn from.

# %% [markdown]
# ## More exercises
#
# ### Exercise 3
#
# Make an activation of your own: *softsign*, $\dfrac{x}{1 + |x|}$, as a `Primitive`. Its slope is
# $\dfrac{1}{(1 + |x|)^2}$.
#
# <details><summary>Solution</summary>
#
# Python's `abs` works on numbers and on Values, so one rule serves for both. To be used in a layer,
# nothing else is needed: `nn.Layer(2, 3, activation=softsign)`.
#
# ```python
# softsign = Primitive(
#     "softsign", lambda x: x / (1 + abs(x)), lambda out, x: (1 / (1 + abs(x)) ** 2,)
# )
# ```
# </details>

# %% tags=["exercise"]
softsign = ...  # Primitive("softsign", how to compute it, its local derivative)


# %% tags=["check"]
@exercise(3, softsign)
def check():
    assert abs(softsign(3.0) - 0.75) < 1e-9, "softsign of 3 is three quarters"
    for x in (-2.0, 0.5, 3.0):
        assert gradcheck(softsign, x, raise_exception=False), f"the slope at {x}: nudge it"
        twice = gradcheck(softsign, x, order=2, raise_exception=False)
        assert twice, "the rule should work for second derivatives, too: abs, not math.fabs"


# %% [markdown]
# ### Exercise 4, a plateau
#
# Build a function out of ReLUs that is 0 up to −2, rises straight to 1 at −1, stays 1 up to 1,
# falls straight to 0 at 2, and stays 0.
#
# <details><summary>Solution</summary>
#
# Each corner is a ReLU that changes the slope there: by +1 at −2, by −1 at −1 (now level), by −1 at
# 1 (now falling), and by +1 at 2 (level again).
#
# ```python
# def plateau(x):
#     return nn.relu(x + 2) - nn.relu(x + 1) - nn.relu(x - 1) + nn.relu(x - 2)
# ```
# </details>

# %% tags=["exercise"]
plateau = ...  # a function: def plateau(x): return ... with nn.relu


# %% tags=["check"]
@exercise(4, plateau)
def check():
    wanted = {-5: 0, -2: 0, -1.5: 0.5, -1: 1, 0: 1, 1: 1, 1.5: 0.5, 2: 0, 5: 0}
    for x, height in wanted.items():
        found = plateau(float(x))
        assert abs(found - height) < 1e-9, f"at {x} it should be {height}, and is {found:.4g}"


# %% [markdown]
# ## What you have seen
#
# * An activation bends the sum. Without a bend, any stack of layers is one straight line.
# * Three ReLUs make a hat, and a row of hats follows any curve: universal approximation.
# * What counts for learning is the slope: at most ¼ for the sigmoid, at most 1 for tanh, 0 or 1 for
#   ReLU.
# * Saturated units hardly pass a gradient on; dead ones pass none. Pictures of gradients show both.
# * Over many layers gradients vanish or explode, unless activation and initial weights fit.
# * A slope formula wants either the sum or the value. Mix them up and only a check will tell you.
#
# Next: [3. A neuron, a layer, a net](03-neurons-layers-nets.ipynb).
