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
# # 6. Gradient descent: walking downhill
#
# [中文版](zh/06-gradient-descent.ipynb)
#
# The gradient says which way a loss grows. To learn is to walk the other way, in small steps. That
# sounds simple, and it is; but steps can be too small or too large, valleys can be narrow, and a
# single wrong sign in a program climbs the mountain instead.
#
# At the end you will be able to
#
# * say for a curve which learning rates work, and why others do not,
# * read a map of a loss, and tell plain descent, momentum and Adam apart by their paths,
# * show why one neuron cannot learn XOR, and that a hidden layer can,
# * find the mistakes in a training program with `gradcheck`.
#
# You need notebooks 4 (backpropagation) and 5 (losses).

# %%
from math import exp
from random import Random

import nn
from autograd_lite import Primitive, Value, dot, grad, gradcheck, sigmoid
from autograd_lite.views.charts import lines, multiples, surface

# %% [markdown]
# ## One number
#
# A loss of one weight: $f(w) = (w - 3)^2$. Its slope is $2(w - 3)$. Start at $w = 0$, where the
# slope is $-6$: the loss falls to the right. Go a tenth of that, to the right:
#
# $$w \leftarrow w - \alpha \cdot f'(w) \qquad 0 - 0.1 \cdot (-6) = 0.6$$
#
# The number $\alpha = 0.1$ is the **learning rate**. Again, from $0.6$: the slope is $-4.8$, so the
# next place is $1.08$. Near the bottom the slope is small, and so are the steps. One stops when
# they hardly change anything any more.


# %%
def f(w):
    return (w - 3) ** 2


w = 0.0
for step in range(6):
    print(f"step {step}   w = {w:.4f}   f = {f(w):.4f}   slope {grad(f)(w):+.4f}")
    w -= 0.1 * grad(f)(w)

# %% [markdown]
# ## How large a step?
#
# The distance to the bottom is $w - 3$. After a step it is $(w - 3) - \alpha \cdot 2 (w - 3) =
# (1 - 2\alpha)(w - 3)$. So each step multiplies the distance by $1 - 2\alpha$:
#
# | $\alpha$ | factor | what happens |
# |---|---|---|
# | 0.02 | 0.96 | slow |
# | 0.1 | 0.8 | good |
# | 0.5 | 0 | there in one step |
# | 0.9 | −0.8 | jumps to the other side, and comes closer |
# | 1.0 | −1 | to and fro, for ever |
# | 1.05 | −1.1 | farther away each time |


# %%
def descend(slope, w, rate, steps):
    """The places of plain gradient descent, the first one included."""
    places = [w]
    for _ in range(steps):
        w -= rate * slope(w)
        places.append(w)
    return places


multiples(
    [
        lines(
            {f"α = {rate}": descend(grad(f), 0.0, rate, 20) for rate in rates},
            x=range(21), title=title, x_name="step", low=0.0,
        )
        for title, rates in [
            ("w, by careful steps", (0.02, 0.1, 0.5)),
            ("w, by bold steps", (0.9, 1.0, 1.05)),
        ]
    ],
    columns=2,
)  # fmt: skip

# %% [markdown]
# The limit does not depend on where we are, only on how *curved* the loss is. The second derivative
# of $f$ is 2, and the limit is $\alpha < 2 / f'' = 1$. A valley that is ten times as steep wants
# steps a tenth as large.
#
# ## Two numbers: a map
#
# With two weights the loss is a landscape. We look at it from above, as at a map for hikers: each
# line joins places of the same height, and the stronger the tint, the higher. Here is a long bowl,
# $f(x, y) = x^2 + 8 y^2$, with arrows straight downhill, against the gradient.


# %%
def bowl(x, y):
    return x**2 + 8 * y**2


def downhill(f, x, y, size):
    """An arrow from (x, y) against the gradient."""
    dx, dy = grad(f)(x, y)
    return (x, y), (x - size * dx, y - size * dy)


arrows = [downhill(bowl, x / 2, y / 4, 0.02) for x in range(-5, 6) for y in range(-6, 7, 2)]
surface(bowl, (-3, 3, -2.1, 2.1), arrows=arrows, points={"": (0, 0)}, title="downhill")

# %% [markdown]
# Two things to see. Each arrow crosses the lines **at a right angle**: along a line nothing
# changes, so straight across is steepest. And most arrows do **not point at the bottom**: they
# point down the near wall. That is the trouble with gradient descent.
#
# The walls have the curvature 16 (across) and the valley floor 2 (along). So steps may not be
# larger than $2/16 = 0.125$, or the walls throw us out; but for the floor that is a slow pace.


# %%
def walk(f, start, optimizer, steps):
    """The places that an optimizer visits."""
    place = [Value(number) for number in start]
    walker = optimizer(place)
    path = [tuple(start)]
    for _ in range(steps):
        walker.zero_grad()
        f(*place).backward()
        walker.step()
        path.append(tuple(p.data for p in place))
    return path


paths = {
    f"α = {rate}": walk(bowl, (-2.6, 1.2), lambda p, rate=rate: nn.SGD(p, lr=rate), 12)
    for rate in (0.02, 0.06, 0.115, 0.127)
}
surface(bowl, (-3, 3, -2.1, 2.1), paths=paths, title="the same bowl", note="12 steps")

# %% [markdown]
# ## Momentum: a ball that rolls
#
# A walker forgets. A ball does not: its **velocity** $v$ keeps most of what it had, and the slope
# only adds to it.
#
# $$v \leftarrow \mu\, v + \nabla f \qquad w \leftarrow w - \alpha\, v$$
#
# Across the valley the slopes alternate and cancel in $v$; along the floor they add up. The first
# steps by hand, on $f(w) = (w-3)^2$ with $\alpha = 0.1$ and $\mu = 0.5$:
#
# | step | slope | $v$ | new $w$ |
# |---|---|---|---|
# | 1 | −6 | −6 | 0.6 |
# | 2 | −4.8 | −3 − 4.8 = −7.8 | 1.38 |
# | 3 | −3.24 | −3.9 − 3.24 = −7.14 | 2.094 |

# %%
[round(w, 4) for (w,) in walk(f, (0.0,), lambda p: nn.SGD(p, lr=0.1, momentum=0.5), 3)]

# %% [markdown]
# ## Adam: every weight its own pace
#
# Adam keeps two running means for each weight: of the gradient ($m$), and of its square ($s$). It
# steps by their quotient.
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad s \leftarrow \beta_2 s + (1 - \beta_2)\, g^2
# \qquad w \leftarrow w - \alpha\, \frac{\hat m}{\sqrt{\hat s} + \epsilon}$$
#
# The hats say that both means are corrected for having begun at 0: $\hat m = m / (1 - \beta_1^t)$,
# $\hat s = s / (1 - \beta_2^t)$ at step $t$. The quotient is about $\pm 1$ where the gradient keeps
# its sign, whether it is a million or a millionth; so $\alpha$ is roughly *how far a weight moves
# per step*. At the first step it is exactly the sign:

# %%
for scale in (0.001, 1.0, 1000.0):
    first, second = walk(lambda w: scale * f(w), (0.0,), lambda p: nn.Adam(p, lr=0.1), 1)  # noqa: B023
    print(f"loss times {scale:<6}  slope {scale * -6:<8}  first step {second[0] - first[0]:+.4f}")

# %% [markdown]
# Now all three in a curved valley. It is a mild form of Rosenbrock's function, a classic among
# optimisers' tests: the walls are steep, the floor is nearly flat, and it bends.


# %%
def valley(x, y):
    return (1 - x) ** 2 + 20 * (y - x**2) ** 2


walkers = {
    "Adam, α = 0.1": lambda p: nn.Adam(p, lr=0.1),
    "momentum 0.9": lambda p: nn.SGD(p, lr=0.003, momentum=0.9),
    "plain, α = 0.003": lambda p: nn.SGD(p, lr=0.003),
}
paths = {name: walk(valley, (-1.5, 2.0), make, 100) for name, make in walkers.items()}
heights = {
    name.partition(",")[0]: [valley(*place) for place in path] for name, path in paths.items()
}
multiples(
    [
        surface(
            valley, (-2, 2, -1, 3), paths=paths, points={"lowest": (1, 1)}, title="a curved valley"
        ),
        lines(heights, x=range(101), title="height", x_name="step", log=True, height=320.0),
    ],
    columns=2,
)

# %% [markdown]
# Plain descent creeps. Momentum swings, overshoots, and is there first. Adam goes at an even pace
# and barely swings. None is always the best one; Adam is the one that needs least tuning.
#
# ## More than one valley
#
# A net's loss is no bowl. Here are two valleys, with a **saddle** between them: a place that is
# lowest across and highest along. Its gradient is 0, so a walker that stands exactly there stays.
# Where you end depends on where you start, and that is why weights start from *random* numbers.


# %%
def two_valleys(x, y):
    return (x**2 - 1) ** 2 + y**2


starts = {"from the left": (-0.15, 1.2), "from the right": (0.15, 1.2), "between": (0.0, 1.2)}
paths = {
    name: walk(two_valleys, start, lambda p: nn.SGD(p, lr=0.1), 25)
    for name, start in starts.items()
}
surface(two_valleys, (-1.9, 1.9, -1.33, 1.33), paths=paths, points={"saddle": (0, 0)},
        title="two valleys")  # fmt: skip

# %% [markdown]
# ## One sample at a time
#
# The loss is a mean over all samples, and its gradient costs a pass over all of them.
# **Stochastic** gradient descent takes a few samples, or one, and goes at once: the direction is
# only roughly right, but it costs a fraction. Here a line $y = w x + b$ is fitted to 20 points,
# once with all of them per step and once with one.

# %%
rng = Random(1)
xs = [rng.uniform(-1, 1) for _ in range(20)]
ys = [1.5 * x - 0.5 + rng.gauss(0, 0.4) for x in xs]


def of_all(w, b):
    return nn.mse([w * x + b for x in xs], ys)


def of_one(w, b):
    k = rng.randrange(20)
    return nn.mse([w * xs[k] + b], [ys[k]])


def fading(parameters):
    """SGD whose rate falls step by step."""
    optimizer = nn.SGD(parameters, lr=0.3)
    schedule = nn.ExponentialLR(optimizer, gamma=0.96)
    plain_step = optimizer.step
    optimizer.step = lambda: (plain_step(), schedule.step())
    return optimizer


start = (-1.2, 1.0)
paths = {
    "all 20": walk(of_all, start, lambda p: nn.SGD(p, lr=0.3), 60),
    "one, α = 0.3": walk(of_one, start, lambda p: nn.SGD(p, lr=0.3), 60),
    "one, α falls": walk(of_one, start, fading, 60),
}
surface(of_all, (-2, 3, -2, 1.5), paths=paths, names=("w", "b"), title="fitting a line",
        note="60 steps", resolution=24)  # fmt: skip

# %% [markdown]
# With one sample the path staggers towards the bottom, and keeps dancing around it: each sample
# pulls to its own line. If the rate falls, the dance dies down. In practice one takes a
# **mini-batch** of some 10 to 100 samples, and lets the rate fall towards the end. Notebook 7 does
# that on real data.
#
# ## XOR: one neuron is not enough
#
# The famous little problem: the answer is 1 if *exactly one* of two inputs is 1. We give it to one
# neuron, $p = \sigma(w_1 x_1 + w_2 x_2)$, and look at its loss (MSE) for all weights.

# %%
X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
T = [0.0, 1.0, 1.0, 0.0]


def one_neuron(w1, w2):
    return sum((sigmoid(w1 * a + w2 * b) - t) ** 2 for (a, b), t in zip(X, T)) / 4


paths = {
    f"from {start}": walk(one_neuron, start, lambda p: nn.SGD(p, lr=5.0), 300)
    for start in [(4.0, 1.0), (-3.0, -4.0), (-4.0, 3.0)]
}
places = {"0.25": (0, 0), "0.3125": (4.4, 3.4)}
surface(one_neuron, (-5.7, 5.7, -4, 4), paths=paths, points=places, names=("w1", "w2"),
        title="loss of one neuron on XOR")  # fmt: skip

# %% [markdown]
# Two paths end at $w_1 = w_2 = 0$, where the neuron answers $\frac12$ to everything. The loss there
# is $0.25$, and there is nothing lower. The third comes to rest on a plateau of height $0.3125$:
# the answers there are $\frac12, 1, 1, 1$, and so sure that nothing moves any more (notebook 2:
# saturation).
#
# A bias does not help. To be right on all four points, the sum $z = w_1 x_1 + w_2 x_2 + b$ would
# need
#
# $$b < 0 \qquad w_1 + b > 0 \qquad w_2 + b > 0 \qquad w_1 + w_2 + b < 0$$
#
# Add the two in the middle: $w_1 + w_2 + 2b > 0$. Add the outer two: $w_1 + w_2 + 2b < 0$. Both
# cannot be. In the plane: no straight line parts the two points of class 1 from the two of class 0.
#
# ## With a hidden layer
#
# Three hidden neurons draw three lines, and the output combines them. `nn.fit` walks downhill with
# the optimiser that it is given, and writes down the loss of each epoch (a pass over the data).

# %%
data = nn.datasets.xor()
loss_of = nn.binary_cross_entropy_with_logits


def picture(net, title):
    """Where the net says what."""
    return nn.Inspection(net, loss_of, data).boundary(title=title)


def train(net):
    history = nn.fit(
        net, data, loss=loss_of, optimizer=lambda p: nn.Adam(p, lr=0.1), epochs=200, batch_size=4,
        seed=0, progress=False,
    )  # fmt: skip
    return history["loss"]


alone = nn.Sequential(nn.Linear(2, 1, seed=0))
net = nn.Sequential(nn.Linear(2, 3, seed=1), nn.Tanh(), nn.Linear(3, 1, seed=2))
before = picture(net, "hidden layer, before")
losses = {"one neuron": train(alone), "hidden layer": train(net)}
multiples(
    [
        picture(alone, "one neuron, after 200 steps"),
        lines(losses, title="cross-entropy", x_name="step"),
        before,
        picture(net, "hidden layer, after 200 steps"),
    ],
    columns=2,
)

# %%
for (x1, x2), t in zip(X, T):
    p = sigmoid(net([x1, x2])[0]).data
    print(f"{x1:.0f} xor {x2:.0f}: probability {p:.3f}, wanted {t:.0f}")

# %% [markdown]
# One neuron stays at $\ln 2 = 0.693$, the surprise of tossing a coin. The hidden layer makes it.
#
# ## A program that climbs
#
# This is the heart of a training program from a tutorial, for one sigmoid neuron on XOR (NumPy;
# shown, not run):
#
# ```python
# def sigmoid_derivative(x):
#     return x * (1 - x)
#
# def backpropagation(X, y_true, y_pred, learning_rate):
#     loss_gradient = 2 * (y_true - y_pred)
#     weight_gradient = X.T.dot(loss_gradient)
#     weight = weight - learning_rate * weight_gradient
#     return weight
# ```
#
# It stops at once, because `weight` is used before it has a value (it should be an argument). With
# that repaired it runs, prints losses, and learns nothing. Which of its lines is wrong? Do not
# stare:
# **measure**. A gradient is a claim about a function, and `gradcheck` compares claims with nudges.
# To put a hand-written gradient to the test, make a `Primitive` of the pair: the loss, and what
# the program says are its slopes.


# %%
def sigma(z):
    return 1 / (1 + exp(-z))


def answers(w1, w2):
    return [sigma(w1 * a + w2 * b) for a, b in X]


def loss(w1, w2):
    return sum((t - p) ** 2 for p, t in zip(answers(w1, w2), T)) / 4


def program(blame):
    """The slopes by w1 and w2, if each sample is blamed by blame(target, answer)."""

    def slopes(out, w1, w2):
        blames = [blame(t, p) for p, t in zip(answers(w1, w2), T)]
        return tuple(sum(row[i] * d for row, d in zip(X, blames)) for i in range(2))

    return slopes


def check(slopes, at=(0.3, -0.2)):
    """What the program says, beside what a nudge shows."""
    report = gradcheck(Primitive("loss", loss, slopes), *at, raise_exception=False)
    print("         program    nudge")
    for found, name in zip(report.checks, ("w1", "w2")):
        print(f"dL/d{name}  {found.analytic:+.6f}  {found.numeric:+.6f}  {found.verdict}")


check(program(lambda t, p: 2 * (t - p)))

# %% [markdown]
# Wrong, and the **signs** are opposite: the loss is $(t - p)^2$, and its slope by $p$ is
# $-2(t - p)$. The program goes uphill. Repair that, and ask again:

# %%
check(program(lambda t, p: -2 * (t - p)))

# %% [markdown]
# The signs agree, the sizes do not. The loss is blamed on $p$, but the weights act on $z$: the
# slope of the sigmoid, $p (1 - p)$, is missing.

# %%
check(program(lambda t, p: -2 * (t - p) * p * (1 - p)))

# %% [markdown]
# Now both are off by the same factor: 4, the number of samples. The loss is a *mean*, so:

# %%
check(program(lambda t, p: -2 * (t - p) * p * (1 - p) / 4))

# %% [markdown]
# Three mistakes, each found by looking at one table. And a trap is left: `sigmoid_derivative(x) =
# x * (1 - x)` is right if it is given the *answer* of the sigmoid, and wrong if given the sum $z$:

# %%
for name, rule in {
    "given the answer": lambda out, z: (out * (1 - out),),
    "given z": lambda out, z: (z * (1 - z),),
}.items():
    report = gradcheck(Primitive("sigmoid", sigma, rule), 0.7, raise_exception=False)
    print(f"{name:17}", report.checks[0].verdict)

# %% [markdown]
# More rules from tutorials, on the same loss, all at once. The second one has $A^T$ where $X^T$
# belongs: it multiplies by the neuron's own answer instead of its input.


# %%
def with_own_answer(out, w1, w2):
    slope = sum(2 * p * (p - t) * p * (1 - p) for p, t in zip(answers(w1, w2), T)) / 4
    return slope, slope


claims = {
    "dL/dy x, without f'(z)": program(lambda t, p: 2 * (p - t) / 4),
    "A^T ((A - Y) f'(Z))": with_own_answer,
    "X^T ((A - Y) f'(Z))": program(lambda t, p: 2 * (p - t) * p * (1 - p) / 4),
}
for name, slopes in claims.items():
    print(name)
    check(slopes)

# %% [markdown]
# How do the wrong ones *train*? A thousand steps with the rate 0.1, as in the tutorial:


# %%
def training(slopes, steps=1000, rate=0.1):
    w, losses = [0.3, -0.2], []
    for _ in range(steps):
        losses.append(loss(*w))
        w = [each - rate * slope for each, slope in zip(w, slopes(None, *w))]
    return losses


runs = {
    "as printed": training(program(lambda t, p: 2 * (t - p))),
    "sign": training(program(lambda t, p: -2 * (t - p))),
    "all": training(program(lambda t, p: -2 * (t - p) * p * (1 - p) / 4)),
}
lines(runs, x=range(1000), title="as printed; sign repaired; all repaired", x_name="step", low=0.25)

# %% [markdown]
# * **As printed** it climbs to $0.3125$: both weights run away to $+\infty$, the answers become
#   $\frac12, 1, 1, 1$, and $(0.25 + 0 + 0 + 1)/4 = 0.3125$.
# * With only the **sign** repaired it goes *down*, and faster than with all repaired. An accident?
#   No:
#   $p - t$ is the slope of the *cross-entropy* (notebook 5). The program minimises another loss
#   than the one it prints, in steps 8 times as large.
# * With **all** repaired it does what it says. And still it ends at $0.25$: one neuron cannot learn
#   XOR. The program was wrong in its lines *and* in its idea, and only the first can be seen
#   by `gradcheck`.
#
# A loss that falls is no proof that the gradient is right. A check is.
#
# ## Exercises
#
# ### Exercise 1
#
# The loss is $f(w) = 5\,(w - 2)^2$. From which learning rate on does gradient descent no longer
# come closer (`limit`), and with which is it there in one step (`one_step`)?
#
# <details><summary>Solution</summary>
#
# The slope is $10 (w - 2)$, so a step multiplies the distance by $1 - 10\alpha$. That is $-1$ at
# $\alpha = 0.2$ and $0$ at $\alpha = 0.1$.
#
# ```python
# limit = 0.2
# one_step = 0.1
# ```
# </details>

# %% tags=["exercise"]
limit = ...  # your answer
one_step = ...  # your answer

# %% tags=["check"]
if limit is ... or one_step is ...:
    print("Exercise 1: not answered yet")
else:
    steep = grad(lambda w: 5 * (w - 2) ** 2)
    there = descend(steep, 7.0, one_step, 1)[-1]
    assert abs(there - 2.0) < 1e-6, "one_step: the distance is multiplied by 1 - 10 α"
    inside, outside = (descend(steep, 7.0, limit + d, 100)[-1] - 2 for d in (-0.001, 0.001))
    assert abs(inside) < 5.0 < abs(outside), "limit: where 1 - 10 α becomes -1"
    print("Exercise 1: right")

# %% [markdown]
# ### Exercise 2
#
# Write `momentum(slope, w, rate, mu, steps)`: gradient descent with momentum for one number. It
# returns where `w` is after so many steps.
#
# <details><summary>Solution</summary>
#
# The velocity starts at 0, keeps the share `mu` of itself, and the slope is added.
#
# ```python
# def momentum(slope, w, rate, mu, steps):
#     velocity = 0.0
#     for _ in range(steps):
#         velocity = mu * velocity + slope(w)
#         w -= rate * velocity
#     return w
# ```
# </details>

# %% tags=["exercise"]
momentum = ...  # your answer: def momentum(slope, w, rate, mu, steps): ...

# %% tags=["check"]
if momentum is ...:
    print("Exercise 2: not answered yet")
else:
    for steps in (1, 2, 7):
        found = momentum(grad(f), 0.0, 0.05, 0.8, steps)
        truth = walk(f, (0.0,), lambda p: nn.SGD(p, lr=0.05, momentum=0.8), steps)[-1][0]
        assert abs(found - truth) < 1e-9, f"after {steps} steps w is {truth:.6f}"
    print("Exercise 2: right")

# %% [markdown]
# ### Exercise 3
#
# XOR without training. Two hidden neurons and an output, all with a **step** as activation (1 if
# the sum is above 0, else 0). Choose their weights and biases, each neuron as `[w1, w2, b]`, so
# that the net is right on all four points. (Hint: one hidden neuron can be OR, the other AND.)
#
# <details><summary>Solution</summary>
#
# OR: $x_1 + x_2 - 0.5 > 0$. AND: $x_1 + x_2 - 1.5 > 0$. Exclusive or is "OR, but not AND":
# $h_1 - h_2 - 0.5 > 0$.
#
# ```python
# first = [1, 1, -0.5]
# second = [1, 1, -1.5]
# output = [1, -1, -0.5]
# ```
# </details>

# %% tags=["exercise"]
first = ...  # your answer: [w1, w2, b] of a hidden neuron
second = ...  # your answer
output = ...  # your answer: of the output neuron

# %% tags=["check"]
if first is ... or second is ... or output is ...:
    print("Exercise 3: not answered yet")
else:
    for row, t in zip(X, T):
        h = [nn.heaviside(Value(dot(neuron, [*row, 1.0]))) for neuron in (first, second)]
        said = nn.heaviside(dot(output, [*h, 1.0]))
        assert said.data == t, f"{row} gives {said.data:.0f}, not {t:.0f}"
    print("Exercise 3: right")

# %% [markdown]
# ## What you have seen
#
# * A step goes against the gradient; it converges while the rate is below 2 / curvature.
# * Narrow valleys are the trouble; momentum adds up what agrees, Adam gives each weight its own
#   pace.
# * Mini-batches trade exact directions for many cheap steps; let the rate fall at the end.
# * One neuron draws one line, and XOR needs two; a hidden layer has them.
# * A hand-written gradient is a claim: `gradcheck` it, even if the loss falls.
#
# Next: [7. Training on real data](07-training-on-real-data.ipynb).
