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
# # 14. Initialisation, depth, normalisation
#
# [中文版](zh/14-initialisation-depth-normalisation.ipynb)
#
# **Time:** about 60 minutes · **You need:** notebooks [4](04-backpropagation.ipynb) and
# [6](06-gradient-descent.ipynb) · **Afterwards you can:** say what becomes of numbers and gradients
# in a net of twenty layers, choose the size of the first weights, see in a picture which layers
# learn, and use normalisation and residual connections where they help.
#
# A net with one hidden layer forgives nearly everything. A net with twenty does not: what every
# layer does a little wrong is done twenty times over. This notebook is about three small remedies
# that made deep nets possible. Every claim is measured, over five seeds at least.

# %%
import math
from random import Random

import nn
from autograd_lite import dot, gradients, relu, sigmoid, tanh
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import lines, multiples

# %% [markdown]
# ## Twenty times a little
#
# Let a layer make its numbers 10 % larger, or 10 % smaller, or half as large. After twenty layers:

# %%
for factor in (0.5, 0.9, 1.0, 1.1, 2.0):
    print(f"{factor}: after 20 layers times {factor**20:.2g}")

# %% [markdown]
# 10 % is harmless; a factor of 2 is a million. Backward it is the same, for the chain rule
# multiplies, too. When the factor per layer is below 1, gradients **vanish** on the way back to the
# first layers; above 1 they **explode**. So a deep net wants factors near 1, in both directions.
# What decides the factor?
#
# ## The size of a weighted sum
#
# A unit adds up $z = w_1 x_1 + \ldots + w_n x_n$. The weights are drawn at random, with mean 0 and
# standard deviation $s$. Terms of both signs cancel in part, so that $z$ does not grow like $n$,
# but like $\sqrt n$: variances add up, and
#
# $$\text{variance of } z = n \, s^2 \cdot \text{mean of } x^2 \qquad\text{so}\qquad
# \text{size of } z = s \sqrt n \cdot \text{size of } x$$
#
# By **size** we mean the *root mean square* (rms): square, take the mean, take the root. Is it
# true?


# %%
def rms(numbers):
    """The size of numbers: the root of the mean of their squares."""
    numbers = [getattr(x, "data", x) for x in numbers]
    return math.sqrt(sum(x * x for x in numbers) / len(numbers))


rng = Random(14)
for n in (4, 16, 64, 256):
    x = [rng.gauss(0, 1) for _ in range(n)]
    x = [each / rms(x) for each in x]
    sums = [sum(rng.gauss(0, 1) * each for each in x) for _ in range(2000)]
    print(f"n = {n:3}: size {rms(sums):5.2f}, sqrt(n) = {math.sqrt(n):5.2f}")

# %% [markdown]
# With weights of size 1 a layer of 256 inputs makes its numbers 16 times larger. The remedy: draw
# the weights with $s = 1 / \sqrt n$. Then the factor is 1.
#
# ### Exercise 1
#
# A net without activations has 10 layers of 100 units; its weights are drawn with standard
# deviation 0.05. What is the factor of one layer, and of all ten? Which standard deviation would be
# right?
#
# <details><summary>Solution</summary>
#
# $0.05 \cdot \sqrt{100} = 0.5$; $0.5^{10} = 1 / 1024$; right is $1 / \sqrt{100} = 0.1$.
#
# ```python
# of_one = 0.5
# of_ten = 1 / 1024
# right_std = 0.1
# ```
# </details>

# %% tags=["exercise"]
of_one = ...  # a number
of_ten = ...
right_std = ...


# %% tags=["check"]
@exercise(1, of_one, of_ten, right_std)
def check():
    assert abs(of_one - 0.05 * math.sqrt(100)) < 1e-9, "of_one: the standard deviation times √n"
    assert abs(of_ten / (0.05 * math.sqrt(100)) ** 10 - 1) < 0.05, "of_ten: ten factors multiply"
    assert abs(right_std * math.sqrt(100) - 1) < 1e-9, "right_std: times √100 it must be 1"


# %% [markdown]
# ## Through twenty layers
#
# Now with activations. `stack` makes 20 layers of 24 units, and `signals` sends four random samples
# through: it notes the size of what each layer gives, and, walking back from a random direction at
# the end, the size of the **gradient** with respect to what each layer gives.

# %%
WIDTH, DEPTH, SEEDS = 24, 20, range(5)


def stack(initialise, seed):
    """20 linear layers without biases, whose weights `initialise(weight, rng)` has drawn."""
    rng = Random(seed)
    layers = [nn.Linear(WIDTH, WIDTH, bias=False, seed=rng) for _ in range(DEPTH)]
    for layer in layers:
        initialise(layer.weight, rng)
    return layers


def through(layers, forward, x):
    """What each layer gives; `forward(layer, x)` applies one."""
    outputs = []
    for layer in layers:
        x = forward(layer, x)
        outputs.append(x)
    return outputs


def signals(layers, forward, seed, samples=4):
    """Of each layer the size of what it gives, and that of the gradient with respect to it."""
    rng = Random(100 + seed)
    sizes, slopes = ([[] for _ in layers] for _ in range(2))
    for _ in range(samples):
        outputs = through(layers, forward, [rng.gauss(0, 1) for _ in range(WIDTH)])
        end = dot([rng.gauss(0, 1) for _ in range(WIDTH)], outputs[-1])
        found = iter(gradients(end, [y for output in outputs for y in output]))
        for k, output in enumerate(outputs):
            sizes[k] += output
            slopes[k] += [next(found) for _ in output]
    return list(map(rms, sizes)), list(map(rms, slopes))


def typical(columns):
    """Of several runs the geometric mean, place by place."""
    return [math.exp(sum(map(math.log, places)) / len(places)) for places in zip(*columns)]


def measured(initialise, forward):
    """Sizes and slopes of each layer, typical of five seeds; of each seed first / last slope."""
    runs = [signals(stack(initialise, seed), forward, seed) for seed in SEEDS]
    sizes, slopes = (typical(each) for each in zip(*runs))
    return sizes, slopes, [slopes[0] / slopes[-1] for _, slopes in runs]


def normal(factor):
    """An initialiser: standard deviation factor / sqrt(n)."""
    return lambda weight, rng: nn.init.normal_(weight, std=factor / math.sqrt(WIDTH), seed=rng)


def with_tanh(layer, x):
    return [tanh(z) for z in layer(x)]


# %% [markdown]
# Three sizes of weights, with tanh: half of what is right, right, three times too large. What
# happens forward is soon guessed: too small dies away, too large saturates (tanh never exceeds 1).
# And backward? Saturated units have a slope near 0, so ...

# %% tags=["prediction"]
guess = ...  # "smaller" or "larger" than at the last layer: the gradient at the first?

# %% tags=["plotting"] jupyter={"source_hidden": true}
results = {
    name: measured(normal(factor), with_tanh)
    for name, factor in {"0.5": 0.5, "1": 1.0, "3": 3.0}.items()
}
multiples(
    [
        lines(
            {name: result[part] for name, result in results.items()}, title=title,
            x_name="layer", log=True,
        )
        for part, title in enumerate(("forward: size", "backward: size of the gradient"))
    ],
    columns=2,
)  # fmt: skip

# %%
for name, (sizes, _, ratios) in results.items():
    print(
        f"weights {name:>3} / sqrt(n): size at the end {sizes[-1]:.1g},",
        "gradient first / last", *(f"{ratio:.1g}" for ratio in ratios),
    )  # fmt: skip

larger = "larger" if min(results["3"][2]) > 1 else "smaller"
predicted(guess, larger, "fewer units pass anything on, but the weights that multiply are large")

# %% [markdown]
# Weights too small: after 20 layers a millionth is left, forward and backward; the first layers
# hear nothing of the loss. Weights three times too large: more than half of the units are saturated
# (their slope is below 0.2), and *yet the gradient explodes*, in each of the five nets. It is often
# said that saturation makes gradients vanish. That is right for one unit; in a layer the other
# units pass the gradient on, times weights three times too large, and the product wins.
#
# With the right size both stay in reach over 20 layers: tanh shrinks its numbers a little.
#
# ### Sigmoids
#
# The sigmoid is the historical reason for the fear of depth. Its slope is at most $\frac14$
# (notebook 2), so with weights of the right size each layer back costs a factor of 4 at least.
# $4^{-19}$ is $4 \cdot 10^{-12}$:

# %%
_, _, ratios = measured(normal(1.0), lambda layer, x: [sigmoid(z) for z in layer(x)])
print("gradient first / last", *(f"{ratio:.0e}" for ratio in ratios))

# %% [markdown]
# ## Glorot: a compromise between both directions
#
# Forward a unit adds up over its $n_{in}$ inputs; the right standard deviation is
# $1 / \sqrt{n_{in}}$. Backward each input collects from the $n_{out}$ units that use it: right is
# $1 / \sqrt{n_{out}}$. If a layer has not as many outputs as inputs, both cannot hold. Glorot and
# Bengio (2010) take the middle:
#
# $$s = \text{gain} \cdot \sqrt{\frac{2}{n_{in} + n_{out}}}$$
#
# In `nn.init` as in PyTorch it is called `xavier_normal_`, after Glorot's first name;
# `xavier_uniform_` draws evenly between $\pm\sqrt3\,s$, which has the same standard deviation. The
# **gain** makes up for the activation: 1 for linear layers, $\frac53$ for tanh by custom.
#
# ## He: ReLU throws half away
#
# A ReLU sets the negative half to 0. So of the mean of squares one half is left, and with Glorot's
# weights?

# %% tags=["prediction"]
guess = ...  # 0.03, 0.001 or 1e-6: what is left after 20 layers of ReLU with these?


# %%
def with_relu(layer, x):
    return [relu(z) for z in layer(x)]


def glorot(weight, rng):
    nn.init.xavier_normal_(weight, seed=rng)


def he(weight, rng):
    nn.init.kaiming_normal_(weight, nonlinearity="relu", seed=rng)


def default(weight, rng):
    """What nn.Linear draws by itself."""


initialisers = {"He": he, "Glorot": glorot, "default": default}
with_relus = {name: measured(each, with_relu) for name, each in initialisers.items()}
for name, (sizes, _, ratios) in with_relus.items():
    print(
        f"{name:8} size at the end {sizes[-1]:.1e},",
        "gradient first / last", *(f"{ratio:.0e}" for ratio in ratios),
    )  # fmt: skip
options = (0.03, 0.001, 1e-6)
nearest = min(options, key=lambda x: abs(math.log(x / with_relus["Glorot"][0][-1])))
predicted(
    guess, nearest, "half of the squares per layer is sqrt(1/2) of the size, 20 times: 1/1024"
)

# %%
multiples(
    [
        lines({name: each[0] for name, each in with_relus.items()}, log=True,
              title="forward: size", x_name="layer"),
        lines({name: each[1] for name, each in with_relus.items()}, log=True,
              title="backward: size of the gradient", x_name="layer"),
    ],
    columns=2,
)  # fmt: skip

# %% [markdown]
# He and others (2015) drew the conclusion: twice the variance, $s = \sqrt{2 / n_{in}}$
# (`kaiming_normal_`, after He's first name). Then size and gradient stay within a factor of a few
# over twenty layers. They do not stay *exactly*: an average over 24 units is rough,
# and each seed wanders its own way.
#
# And the **default**? `nn.Linear`, like PyTorch's, draws evenly between $\pm 1 / \sqrt n$, without
# a look at what follows. That has standard deviation $1 / \sqrt{3n}$, too small by $\sqrt6$ for
# ReLU: after twenty layers a hundred-millionth. For two or three layers nobody notices.
#
# ### Exercise 2
#
# Write He's initialisation yourself: `fill(weight, rng)` goes over the rows of a weight (a row for
# each output, with a Value for each input) and sets each `.data` to a normal random number of
# standard deviation $\sqrt{2 / n_{in}}$.
#
# <details><summary>Solution</summary>
#
# ```python
# def fill(weight, rng):
#     for row in weight:
#         for w in row:
#             w.data = rng.gauss(0, math.sqrt(2 / len(row)))
# ```
# </details>

# %% tags=["exercise"]
fill = ...  # def fill(weight, rng): ...


# %% tags=["check"]
@exercise(2, fill)
def check():
    for n_in, n_out in [(50, 200), (200, 50)]:
        weight = nn.init.values(n_out, n_in)
        fill(weight, Random(0))
        entries = [w.data for row in weight for w in row]
        assert len(set(entries)) > 1000, "every entry gets a number of its own"
        assert abs(sum(entries) / len(entries)) < 0.01, "their mean is 0"
        ratio = rms(entries) / math.sqrt(2 / n_in)
        assert abs(ratio - 1) < 0.05, f"{n_in} inputs: the size is {ratio:.2f} times what is right"


# %% [markdown]
# ## Does it matter for learning?
#
# Measured signals are one thing. Let ten-layer nets of ReLUs learn two moons (40 points), by plain
# gradient descent, from five seeds each. They differ in the initial weights only.

# %%
data = nn.datasets.scaled(nn.datasets.moons(40, noise=0.1, seed=0))


def deep(initialise, seed, layers=10, width=8):
    """A net 2 -> 8 -> ... -> 8 -> 2 with ReLUs; biases begin at 0."""
    rng, parts = Random(seed), []
    for k in range(layers):
        layer = nn.Linear(2 if k == 0 else width, 2 if k == layers - 1 else width, seed=rng)
        initialise(layer.weight, rng)
        nn.init.zeros_(layer.bias)
        parts += [layer, nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def trained(net, seed, epochs=6, optimizer=lambda p: nn.SGD(p, lr=0.1), callbacks=()):
    """The accuracy at the end, or None if the loss was no number any more."""
    try:
        history = nn.fit(
            net, data, loss=nn.cross_entropy, optimizer=optimizer, epochs=epochs, batch_size=4,
            seed=seed, metrics="accuracy", progress=False, callbacks=callbacks,
        )  # fmt: skip
    except nn.NotFiniteError:
        return None
    return history["accuracy"][-1]


def table(accuracies):
    return "  ".join("broken" if each is None else f"{each:6.2f}" for each in accuracies)


# %% tags=["prediction"]
guess = ...  # 0 to 5: how many of the five nets with default weights get beyond 60 %?

# %%
import warnings

warnings.simplefilter("ignore")  # fit warns of layers that do not learn; we look at them below
found, monitors = {}, {}
for name, each in {"default": default, "He": he}.items():
    monitors[name] = nn.Monitor(every=1, live=False, boundary=False)  # looks on at the first seed
    watched = [[monitors[name]], [], [], [], []]
    found[name] = [trained(deep(each, s), s, callbacks=watched[s]) for s in SEEDS]
    print(f"{name:8}", table(found[name]))
beyond = sum(each > 0.6 for each in found["default"])
predicted(guess, beyond, "next to nothing gets through ten layers, neither forward nor backward")

# %% [markdown]
# With the default weights not one of five learns anything: 50 % is a coin toss. With He's all five
# learn, and nothing but the initial weights was changed.
#
# ### The layers, in a picture
#
# Where does it hurt? `nn.Monitor` among the callbacks measures each layer while training goes on:
# the size of the gradient, how far a step moves the weights as a share of their size (0.001 is
# healthy, the dotted line), and the share of units that pass nothing back. Here is the first of the
# five seeds, on the left with the default weights, on the right with He's:

# %% tags=["plotting"] jupyter={"source_hidden": true}
multiples([chart for each in monitors.values() for chart in each.strips()], columns=2)

# %%
for name, monitor in monitors.items():
    slopes = [layer["gradient"][0] for layer in monitor.layers.values()]
    print(f"{name:8} gradient of layers 1, 5, 10:", *(f"{slopes[k]:.0e}" for k in (0, 4, 9)))

# %% [markdown]
# With the default weights the gradients after the first epoch are smaller in *every* layer: about a
# thousand times in the first, 200 times in the fifth, thousands of times in the last. Why in every
# one? The gradient of a weight is what comes in, times what comes back
# ([notebook 4](04-backpropagation.ipynb)). At the first layer nothing comes back; at the last,
# nothing comes in. Then it gets worse: only the last layer moves, the one before it dies (100 % of
# its units pass nothing back), and all gradients below are exactly 0. With He's weights all
# layers hear and are heard. This is the picture to look at first when a training of your own "does
# not learn".
#
# ### And Adam?
#
# Adam divides each step by the size of the gradient it has seen
# ([notebook 6](06-gradient-descent.ipynb)). So a gradient that is small everywhere is no obstacle
# for it:

# %%
adam = [trained(deep(default, s), s, optimizer=lambda p: nn.Adam(p, lr=0.005)) for s in SEEDS]
print("default, with Adam:", table(adam))

# %% [markdown]
# Three of five learn, where plain descent had none. That is one reason for its popularity: it
# forgives much of a bad initialisation. Better is not to need it.
#
# ## Normalising the inputs
#
# All of the above assumed inputs of size 1. Data come in metres, grams and years. Take the same
# moons, but write the second feature in other units: times 100, plus 300. Nothing about the problem
# has changed.

# %%
moons = nn.datasets.moons(40, noise=0.1, seed=0)
other_units = moons._replace(x=[[x, 100 * y + 300] for x, y in moons.x])


def shallow(samples, seed, rate):
    history = nn.fit(
        nn.MLP(2, [8, 2], activation=tanh, seed=seed), samples, loss=nn.cross_entropy,
        optimizer=lambda p: nn.SGD(p, lr=rate), epochs=10, batch_size=4, seed=seed,
        metrics="accuracy", progress=False,
    )  # fmt: skip
    return history["accuracy"][-1]


for rate in (0.1, 0.001):
    print(f"rate {rate:5}: as they are", table(shallow(other_units, seed, rate) for seed in SEEDS))
scaled = nn.datasets.scaled(other_units)
print("rate   0.1: normalised ", table(shallow(scaled, seed, 0.1) for seed in SEEDS))

# %% [markdown]
# As they are, nothing helps, neither learning rate: numbers around 300 saturate every unit of the
# first layer at once. `nn.datasets.scaled` subtracts the mean of each feature and divides by its
# standard deviation (**standardisation**), and all is well. Mean and deviation are taken from the
# training data alone, also for the test data (`scaled(test, like=train)`).
#
# ## Normalising inside
#
# If normalising the inputs is so good, why not do it before *every* layer? **Layer normalisation**
# (Ba, Kiros and Hinton 2016) subtracts from the numbers of one sample their mean, and divides by
# their standard deviation; then a weight and a bias for each, which are learned, give back what
# freedom is needed.

# %%
norm = nn.LayerNorm(4)
print([round(y.data, 3) for y in norm([1.0, 2.0, 3.0, 4.0])])
print([round(y.data, 3) for y in norm([100.0, 200.0, 300.0, 400.0])])

# %% [markdown]
# The size of what comes in does not matter any more. (**Batch normalisation**, Ioffe and Szegedy
# 2015, takes mean and deviation of *one unit over the samples of a batch*. It came first and is
# usual with images. This library computes sample by sample, so it has layer norm and its simpler
# sister, `nn.RMSNorm`, which transformers use.) Even with the poor default weights:

# %%
normalise = nn.LayerNorm(WIDTH)


def with_norm(layer, x):
    return [relu(z) for z in normalise(layer(x))]


sizes, _, ratios = measured(default, with_norm)
print("with norms: size at the end", f"{sizes[-1]:.2f},",
      "gradient first / last", *(f"{ratio:.1f}" for ratio in ratios))  # fmt: skip

# %% [markdown]
# From $10^{-8}$ to about 1, in both directions, whatever the initial weights are. So now twenty
# layers learn?
#
# ## What size does not show
#
# Not yet. There is a second thing that gets lost with depth. Send **two different samples** through
# the same net, and compare what comes out by the **cosine** of the angle between both lists: 1
# means that they point the same way, 0 that they have nothing in common.


# %%
def cosine(a, b):
    a, b = ([x.data for x in each] for each in (a, b))
    return dot(a, b) / math.hypot(*a) / math.hypot(*b)


def likeness(initialise, forward, seed):
    """The cosine of two unrelated samples after each layer."""
    layers, rng = stack(initialise, seed), Random(200 + seed)
    one, two = ([rng.gauss(0, 1) for _ in range(WIDTH)] for _ in range(2))
    pairs = zip(through(layers, forward, one), through(layers, forward, two))
    return [cosine(a, b) for a, b in pairs]


def mean_likeness(initialise, forward):
    courses = [likeness(initialise, forward, seed) for seed in range(10)]
    return [sum(places) / len(places) for places in zip(*courses)]


# %% tags=["prediction"]
guess = ...  # 0, 0.5 or 0.9: He's weights, the cosine of two unrelated samples after 20 layers

# %%
alike = {"He": mean_likeness(he, with_relu), "with norms": mean_likeness(he, with_norm)}
for name, course in alike.items():
    print(f"{name:10} after layer 1: {course[0]:.2f}, after layer 20: {course[-1]:.2f}")
nearest = min((0, 0.5, 0.9), key=lambda x: abs(x - alike["He"][-1]))
predicted(guess, nearest, "each layer of ReLUs turns all samples a little into one direction")

# %% [markdown]
# After 20 layers two unrelated samples look nearly the same, with norms or without: the size is
# right, but the *difference* between samples, which is what a net works with, is nearly gone. Each
# layer is a random mixture and a bend, and what is mixed twenty times is grey.
#
# ## Residual connections
#
# The third remedy (He and others, also 2015) is the simplest: do not replace $x$, **add** to it.
#
# $$x \leftarrow x + f(x) \qquad\text{with the derivative}\qquad 1 + f'(x)$$
#
# What a layer finds is a correction (the **residual**), and $x$ itself goes by on a path of its
# own, the **skip connection**. Backward the same: whatever $f'$ is, the 1 lets the gradient pass.


# %%
def residual(layer, x):
    return [a + b for a, b in zip(x, layer([relu(each) for each in x]))]


sizes, _, ratios = measured(he, residual)
print("residual: size at the end", f"{sizes[-1]:.0f},",
      "gradient first / last", *(f"{ratio:.0f}" for ratio in ratios))  # fmt: skip

# %% [markdown]
# Nothing vanishes. But now it grows: with He's weights $f(x)$ is as large as $x$, the squares add
# up, and each layer doubles them: $\sqrt2^{20} = 1024$. There are two cures. Make each correction
# smaller, by $1 / \sqrt{20}$; or normalise **before** each layer, on the side path only, so that
# every correction has the size 1 and the sum grows like $\sqrt{1 + 20}$ only:


# %%
def scaled_residual(layer, x):
    return [a + b / math.sqrt(DEPTH) for a, b in zip(x, layer([relu(each) for each in x]))]


def normed_residual(layer, x):
    inside = layer([relu(each) for each in normalise(x)])
    return [a + b for a, b in zip(x, inside)]


for name, forward in {"scaled": scaled_residual, "with norms": normed_residual}.items():
    sizes, _, ratios = measured(he, forward)
    alike[f"residual, {name}"] = mean_likeness(he, forward)
    print(f"{name:10} size at the end {sizes[-1]:.1f},",
          "gradient first / last", *(f"{ratio:.1f}" for ratio in ratios))  # fmt: skip
lines(alike, title="cosine of two unrelated samples", x_name="layer")

# %% [markdown]
# Sizes and gradients stay within a factor of about six, and two samples remain two samples. Now
# twelve blocks, five seeds each, 3 epochs of plain gradient descent. Which of the five kinds will
# be best?

# %% tags=["prediction"]
guess = ...  # "He", "norm", "residual", "residual scaled" or "residual norm": the best kind


# %%
class Residual(nn.Module):
    """x + scale * inner(x)."""

    def __init__(self, inner, scale=1.0):
        self.inner, self.scale = inner, scale

    def forward(self, x):
        return [a + self.scale * b for a, b in zip(x, self.inner(x))]


def blocks(kind, seed, depth=12, width=8):
    """A first layer, 12 blocks of the kind, a last layer."""
    rng = Random(seed)

    def linear(n_in, n_out):
        layer = nn.Linear(n_in, n_out, seed=rng)
        he(layer.weight, rng)
        nn.init.zeros_(layer.bias)
        return layer

    parts = [linear(2, width)]
    for _ in range(depth):
        norms = [nn.LayerNorm(width)] if "norm" in kind else []
        if "residual" in kind:
            inner = nn.Sequential(*norms, nn.ReLU(), linear(width, width))
            scale = 1 / math.sqrt(depth) if "scaled" in kind else 1.0
            parts.append(Residual(inner, scale))
        else:
            parts.append(nn.Sequential(linear(width, width), *norms, nn.ReLU()))
    return nn.Sequential(*parts, linear(width, 2))


def gently(parameters):
    return nn.SGD(parameters, lr=0.05)


kinds = ("He", "norm", "residual", "residual scaled", "residual norm")
scores = {}
for kind in kinds:
    runs = [trained(blocks(kind, s), s, epochs=3, optimizer=gently) for s in SEEDS]
    scores[kind] = sum(each or 0.0 for each in runs)
    print(f"{kind:15}", table(runs))
predicted(
    guess, max(scores, key=scores.get), "a path that lets all pass, and corrections of size 1"
)

# %% [markdown]
# * He's initialisation alone carries twelve layers, from one seed better than from another.
# * Norms alone do not help here, five coin tosses: size was not what was missing.
# * Residual connections alone explode: the loss is no number.
# * Residual connections with scaled corrections learn from every seed, and with norms on the side
#   path they are best: at least 90 % from every seed.
#
# This is exactly how a transformer is built ([notebook 10](10-sequences.ipynb)):
# $x + f(\text{norm}(x))$, block after block. These nets are narrow (8 units), the problem is small,
# and five seeds are five seeds. What holds in general is the *method*: measure sizes, gradients and
# differences layer by layer before you blame the learning rate.
#
# ## Exercises
#
# ### Exercise 3
#
# For each complaint name the first remedy: `"scale inputs"`, `"He"`, `"residual"` or `"nothing"`.
#
# * `a`: twelve layers of ReLU as `nn.Linear` makes them; the loss stays at $\ln 2$, and in the
#   strips most gradients are near 0.0001 from the start.
# * `b`: two layers; one feature is a year (1990 to 2020), the other a share between 0 and 1.
# * `c`: thirty layers of ReLU with He's weights; sizes are fine, but the loss does not leave
#   $\ln 2$, whatever the sample is.
# * `d`: two layers, loss falling, all strips at a similar height.
#
# <details><summary>Solution</summary>
#
# ```python
# a, b, c, d = "He", "scale inputs", "residual", "nothing"
# ```
# </details>

# %% tags=["exercise"]
a, b, c, d = ..., ..., ..., ...


# %% tags=["check"]
@exercise(3, a, b, c, d)
def check():
    assert a == "He", "a: the factor per layer is too small, so the weights are"
    assert b == "scale inputs", "b: a number near 2000 saturates the first layer"
    assert c == "residual", "c: what is lost when the sizes are right?"
    assert d == "nothing", "d: a healthy training needs no remedy"


# %% [markdown]
# ### Exercise 4
#
# The `residual` above doubles the squares in each layer. Which scale of the corrections makes the
# size grow by a factor of 2 *in all*, over $L$ layers? (With scale $s$ the squares grow by
# $1 + s^2$ per layer, if a correction is as large as $x$.) Write `scale(L)`.
#
# <details><summary>Solution</summary>
#
# $(1 + s^2)^L = 4$, so $s = \sqrt{4^{1/L} - 1}$. For $L = 20$ that is 0.27; $1 / \sqrt{20}$ is 0.22
# and leads to the factor $\sqrt e = 1.65$.
#
# ```python
# def scale(L):
#     return math.sqrt(4 ** (1 / L) - 1)
# ```
# </details>

# %% tags=["exercise"]
scale = ...  # def scale(L): ...


# %% tags=["check"]
@exercise(4, scale)
def check():
    for L in (1, 2, 20, 50):
        grown = math.sqrt(1 + scale(L) ** 2) ** L
        assert abs(grown - 2) < 1e-6, f"over {L} layers the size grows by {grown:.2f}, not by 2"


# %% [markdown]
# ### Exercise 5
#
# A harder one. Initialisers believe in averages. One can also *measure*: write
# `equalise(layers, forward, samples)`, which goes through the layers from the first to the last and
# multiplies the weights of each by such a number that what `forward(layer, x)` gives for the
# samples has the size 1. (The samples of the next layer are what this one gives.) It works for
# ReLU, because $\text{relu}(c z) = c \, \text{relu}(z)$.
#
# <details><summary>Solution</summary>
#
# The factor is 1 / size, over all numbers of all samples. This is known as *layer-sequential
# unit-variance* initialisation (Mishkin and Matas 2016), without its orthogonal start.
#
# ```python
# def equalise(layers, forward, samples):
#     for layer in layers:
#         size = rms([y for x in samples for y in forward(layer, x)])
#         for row in layer.weight:
#             for w in row:
#                 w.data /= size
#         samples = [[y.data for y in forward(layer, x)] for x in samples]
# ```
# </details>

# %% tags=["exercise"]
equalise = ...  # def equalise(layers, forward, samples): ...


# %% tags=["check"]
@exercise(5, equalise)
def check():
    rng = Random(3)
    samples = [[rng.gauss(0, 1) for _ in range(WIDTH)] for _ in range(3)]
    for initialise in (default, he):
        layers = stack(initialise, 5)[:8]
        equalise(layers, with_relu, samples)
        outputs = [through(layers, with_relu, x) for x in samples]
        for k, output in enumerate(zip(*outputs), 1):
            size = rms([y for each in output for y in each])
            assert abs(size - 1) < 1e-6, f"layer {k} gives the size {size:.3g}, not 1"


# %% [markdown]
# ## What you have seen
#
# * A layer multiplies sizes by $s \sqrt n$; depth makes a power of it. Gradients likewise.
# * Glorot: $\sqrt{2 / (n_{in} + n_{out})}$. He, for ReLU: $\sqrt{2 / n_{in}}$. The default is too
#   small for many layers; Adam hides it in part.
# * Sigmoids make gradients vanish; tanh with too large weights makes them explode.
# * Inputs of size 1, always. Layer norm keeps the size inside, but not the difference of samples.
# * Residual connections keep both; with norms on the side path twelve blocks learned from every
#   seed.
# * Look at the strips of `nn.Monitor` before turning knobs.
#
# This is the last of the notebooks. From here: build something of your own; the documentation's
# page "Read on" says which books and papers come next. Or go back to
# [notebook 0](00-from-secant-to-derivative.ipynb) and see how far you have come.
