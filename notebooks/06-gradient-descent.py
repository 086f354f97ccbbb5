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
# **Time:** about 110 minutes · **You need:** notebooks 4 (backpropagation) and 5 (losses) ·
# **Afterwards you can:** say for a curve which learning rates work and why others do not, tell
# plain descent, momentum and Adam apart by their paths, explain why weights start from random
# numbers and why one neuron cannot learn XOR, and find the mistakes in a training program with
# `gradcheck`.
#
# The gradient says which way a loss grows. To learn is to walk the other way, in small steps. That
# sounds simple, and it is; but steps can be too small or too large, valleys can be narrow, and a
# single wrong sign in a program climbs the mountain instead.

# %%
from math import exp, isfinite
from random import Random

import nn
from autograd_lite import Primitive, Value, grad, gradcheck, sigmoid, step
from autograd_lite.course import exercise, predicted
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
# they hardly change anything any more (the descent has **converged**).


# %%
def f(w):
    return (w - 3) ** 2


w = 0.0
for k in range(6):
    print(f"step {k}   w = {w:.4f}   f = {f(w):.4f}   slope {grad(f)(w):+.4f}")
    w -= 0.1 * grad(f)(w)

# %% [markdown]
# In a live notebook, take the steps yourself: press **Live**, then **Step downhill** (or the key
# d). The rate stands beside it (`lr`). Try 0.1, then 0.9, then 1.05, each from `w` = 0 (**Reset**).

# %%
here = Value(0.0, "w")
height = f(here)
height.label = "f"
step(height, start="backward")

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
#
# The last three rates overshoot. Which way do they go first?

# %% tags=["prediction"]
guess = ...  # "left" or "right": the first step from w = 0 with the rate 1.05


# %%
def descend(slope, w, rate, steps):
    """The places of plain gradient descent, the first one included."""
    places = [w]
    for _ in range(steps):
        w -= rate * slope(w)
        places.append(w)
    return places


first = descend(grad(f), 0.0, 1.05, 1)[1]
predicted(guess, "right" if first > 0 else "left", "the slope at 0 is -6, whatever the rate is")
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
# For a parabola the limit does not depend on where we are, only on how *curved* the loss is. The
# second derivative of $f$ is 2, and the limit is $\alpha < 2 / f'' = 1$. A valley that is ten
# times as curved wants a rate a tenth as large.
#
# A tutorial says that the learning rate decides *in which direction* the parameters move, and how
# far. Only the second is true. The direction is that of $-f'$, and $\alpha$, a positive number,
# only stretches it: with each of the six rates the first step goes to the right, where the bottom
# is. The bold ones go on beyond it.
#
# Nor is the rate *learned*: you choose it before. Such a number is a **hyperparameter**, as are the
# number of neurons, of steps, and most of what has a Greek letter below. (How to choose them
# without deceiving yourself is told in notebook 7b.)
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
@exercise(1, limit, one_step)
def check():
    steep = grad(lambda w: 5 * (w - 2) ** 2)
    there = descend(steep, 7.0, one_step, 1)[-1]
    assert abs(there - 2.0) < 1e-6, "one_step: the distance is multiplied by 1 - 10 α"
    inside, outside = (descend(steep, 7.0, limit + d, 100)[-1] - 2 for d in (-0.001, 0.001))
    assert abs(inside) < 5.0 < abs(outside), "limit: where 1 - 10 α becomes -1"


# %% [markdown]
# ## Two numbers: a map
#
# With two weights the loss is a landscape. We look at it from above, as at a map for hikers: each
# line joins places of the same height, that is, of the same loss (a **contour line**), and the
# stronger the tint, the higher. Here is a long bowl, $f(x, y) = x^2 + 8 y^2$, with arrows straight
# downhill, against the gradient.


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
# The walls have the curvature 16 (across) and the valley floor 2 (along). So the rate may not be
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
# Plain descent (`nn.SGD` without more) forgets. A ball does not: its **velocity** $v$ keeps most of
# what it had, and the slope only adds to it.
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
# divides the first by the root of the second, and steps by this quotient.
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad s \leftarrow \beta_2 s + (1 - \beta_2)\, g^2
# \qquad w \leftarrow w - \alpha\, \frac{\hat m}{\sqrt{\hat s} + \epsilon}$$
#
# $\beta_1 = 0.9$ and $\beta_2 = 0.999$ say how much of the old mean is kept, and $\epsilon =
# 10^{-8}$ only guards against a division by 0. The hats say that both means are corrected for
# having begun at 0: $\hat m = m / (1 - \beta_1^t)$,
# $\hat s = s / (1 - \beta_2^t)$ at step $t$. The quotient is about $\pm 1$ where the gradient keeps
# its sign, whether it is a million or a millionth; so $\alpha$ is roughly *how far a weight moves
# per step*. At the first step the quotient is $g / (|g| + \epsilon)$: the sign of the gradient,
# unless the gradient itself is hardly larger than $\epsilon$.

# %%
for scale in (1e-9, 1e-6, 1e-3, 1.0, 1000.0):
    first, second = walk(lambda w: scale * f(w), (0.0,), lambda p: nn.Adam(p, lr=0.1), 1)  # noqa: B023
    print(f"loss times {scale:<6g}  slope {scale * -6:<7g}  first step {second[0] - first[0]:+.4f}")

# %% [markdown]
# Now all three in a curved valley. It is a mild form of Rosenbrock's function, a classic among
# optimisers' tests: the walls are steep, the floor is nearly flat, and it bends. Which of them is
# lowest after 100 steps: plain descent and momentum with $\alpha = 0.003$, or Adam with 0.1?

# %% tags=["prediction"]
guess = ...  # "plain", "momentum" or "Adam"


# %%
def valley(x, y):
    return (1 - x) ** 2 + 20 * (y - x**2) ** 2


walkers = {
    "Adam, α = 0.1": lambda p: nn.Adam(p, lr=0.1),
    "momentum, 0.9": lambda p: nn.SGD(p, lr=0.003, momentum=0.9),
    "plain, α = 0.003": lambda p: nn.SGD(p, lr=0.003),
}
paths = {name: walk(valley, (-1.5, 2.0), make, 100) for name, make in walkers.items()}
heights = {
    name.partition(",")[0]: [valley(*place) for place in path] for name, path in paths.items()
}
lowest = min(heights, key=lambda name: heights[name][-1])
predicted(guess, lowest, "its steps add up along the floor, and cancel across it")
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
# Plain descent creeps. Momentum swings, overshoots, and is lowest in the end. Adam goes at an even
# pace and barely swings. But beware: a race of optimisers is a race of their *rates*, too. The same
# three with other rates, and how high they are after 100 steps:

# %%
makers = {
    "plain": lambda p, rate: nn.SGD(p, lr=rate),
    "momentum": lambda p, rate: nn.SGD(p, lr=rate, momentum=0.9),
    "Adam": lambda p, rate: nn.Adam(p, lr=rate),
}
rates = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
print("         " + "".join(f"{f'α = {rate}':>11}" for rate in rates))
for name, make in makers.items():
    ends = [
        valley(*walk(valley, (-1.5, 2.0), lambda p, rate=rate, make=make: make(p, rate), 100)[-1])
        for rate in rates
    ]
    print(
        f"{name:9}" + "".join(f"{end:11.4f}" if isfinite(end) else " " * 8 + "---" for end in ends)
    )

# %% [markdown]
# At $\alpha = 0.01$ even plain descent gets down to 0.001, and a rate three times as large throws
# it out of the valley, and momentum, too (---). Adam is never thrown out here, and gets lower with
# each larger rate. That is what it is liked for: not that it is the fastest, but that it forgives.
#
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
@exercise(2, momentum)
def check():
    for steps in (1, 2, 7):
        found = momentum(grad(f), 0.0, 0.05, 0.8, steps)
        truth = walk(f, (0.0,), lambda p: nn.SGD(p, lr=0.05, momentum=0.8), steps)[-1][0]
        assert abs(found - truth) < 1e-9, f"after {steps} steps w is {truth:.6f}"


# %% [markdown]
# ## More than one valley
#
# A net's loss is no bowl. Here are two valleys (two **local minima**), with a **saddle** between
# them: a place that is lowest across and highest along. Its gradient is 0, so a walker that stands
# exactly there stays. Where you end depends on where you start.


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
# Look at the path in the middle. It starts exactly between the valleys; the landscape is the same
# on its left and on its right, so its gradient never points to either side. It will never leave the
# ridge, however many steps it makes. Remember this path: it comes back below, in a net.
#
# ## One sample at a time
#
# The loss is a mean over all samples, and its gradient costs a pass over all of them (an
# **epoch**). **Stochastic** gradient descent takes a few samples, or one, and goes at once: the
# direction is only roughly right, but it costs a fraction. Here a line $y = w x + b$ is fitted to
# 20 points, once with all of them per step and once with one.

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
# **mini-batch** of some 10 to 100 samples, and lets the rate fall towards the end. Notebook 7a does
# that on real data.
#
# ### Why so many epochs?
#
# It is a fair question: after one epoch every sample has been seen. Why again? Here is
# the line after some epochs of one sample at a time, with a small rate.

# %%
line = [Value(start[0]), Value(start[1])]
optimizer = nn.SGD(line, lr=0.03)
print(f"epoch  0   loss {of_all(*line).data:.4f}   w {line[0].data:+.3f}   b {line[1].data:+.3f}")
for epoch in range(1, 33):
    for x, y in zip(xs, ys):
        optimizer.zero_grad()
        nn.mse([line[0] * x + line[1]], [y]).backward()
        optimizer.step()
    if epoch in (1, 2, 4, 8, 16, 32):
        print(f"epoch {epoch:2}   loss {of_all(*line).data:.4f}"
              f"   w {line[0].data:+.3f}   b {line[1].data:+.3f}")  # fmt: skip

# %% [markdown]
# A gradient says what is better *nearby*, so a step must be small; and what one sample asks for is
# only partly right for the others. Each epoch starts where the last one ended, and there the
# gradients are new ones: the same samples say something else to a better line. It is not that they
# were read badly the first time. And more is not better for ever: at some epoch the loss falls no
# more, and of a large net the answers on *other* samples get worse again (overfitting, notebook
# 7b).
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
# the optimiser that it is given, and writes down the loss of each epoch.

# %%
data = nn.datasets.xor()
loss_of = nn.binary_cross_entropy_with_logits


def picture(net, title):
    """Where the net says what."""
    return nn.Inspection(net, loss_of, data).boundary(title=title)


def train(net, epochs=200):
    history = nn.fit(
        net, data, loss=loss_of, optimizer=lambda p: nn.Adam(p, lr=0.1), epochs=epochs,
        batch_size=4, seed=0, progress=False,
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
# The same net as a page that trains, by plain descent. In a live notebook press *Train*, and change
# the learning rate. With 0.5 it has learned XOR after some 200 steps, with 3 after 40. With 0.02 it
# has learned next to nothing after 2000, and with 10 the loss jumps to and fro around 5.

# %%
fresh = nn.Sequential(nn.Linear(2, 3, seed=1), nn.Tanh(), nn.Linear(3, 1, seed=2))
nn.playground(fresh, data, loss=loss_of, optimizer=nn.SGD, lr=0.5, batch_size=4)

# %% [markdown]
# ### Ten starts
#
# Does it always make it? The same net from ten random starts, the first of them the one above:


# %%
def new_net(seed):
    return nn.Sequential(nn.Linear(2, 3, seed=seed), nn.Tanh(), nn.Linear(3, 1, seed=seed + 1))


ends = [train(new_net(seed))[-1] for seed in range(1, 21, 2)]
print("loss after 200 steps:", "  ".join(f"{end:.3f}" for end in ends))

# %% [markdown]
# Two of ten come to rest in another valley, at $0.347$. That is $\frac12 \ln 2$: two points are
# right, and for the other two a coin is tossed. Where you end depends on where you start. So one
# start says little: try several. (Wider nets have fewer such traps. Change the two 3s to 2, and
# then to 4.)
#
# ## Breaking the symmetry: why weights start from random numbers
#
# Why random at all? Why not start every weight at 0.5? Here are the gradients of such a net before
# the first step; a row for each hidden neuron, with its two weights, its bias, and its weight to
# the output.


# %%
def equal_net(number):
    """The same net, with all parameters at one number."""
    net = new_net(1)
    for parameter in net.parameters():
        parameter.data = number
    return net


def rows(net, look):
    """For each hidden neuron: what `look` sees of its weights, bias and weight to the output."""
    hidden, output = net[0], net[2]
    for *weights, bias, out in zip(*zip(*hidden.weight), hidden.bias, output.weight[0]):
        yield [look(parameter) for parameter in (*weights, bias, out)]


halves = equal_net(0.5)
nn.Inspection(halves, loss_of, data).mean()  # calls backward
for row in rows(halves, lambda parameter: parameter.grad):
    print("  ".join(f"{each:+.4f}" for each in row))

# %% [markdown]
# Train it for 200 steps, like the others. How many different hidden neurons will it have then?

# %% tags=["prediction"]
guess = ...  # 1, 2 or 3

# %%
loss_of_halves = train(halves)[-1]
different = {tuple(row) for row in rows(halves, lambda parameter: parameter.data)}
for row in rows(halves, lambda parameter: parameter.data):
    print("  ".join(f"{each:+.4f}" for each in row))
print(f"loss {loss_of_halves:.4f}")
predicted(guess, len(different), "equal neurons get equal gradients, and stay equal for ever")

# %% [markdown]
# The line that each hidden neuron draws, where its sum is 0. On the left the net that started from
# random numbers, on the right the one that started from 0.5: its three lines lie on top of one
# another.


# %% jupyter={"source_hidden": true} tags=["plotting"]
def lines_of(net, title):
    """A map of the probability of 1, and the line of each hidden neuron."""
    found = {}
    for k, (w1, w2, b, _) in enumerate(rows(net, lambda parameter: parameter.data), 1):
        size = w1**2 + w2**2
        foot = (-b * w1 / size, -b * w2 / size)  # the point of the line that is nearest to (0, 0)
        along = (-w2 / size**0.5, w1 / size**0.5)
        ends = [tuple(p + s * a for p, a in zip(foot, along)) for s in (-4.0, 4.0)]
        found[f"neuron {k}"] = ends
    points = {f"{t:.0f}": tuple(x) for x, t in zip(X[:2], T)}
    points |= {f"{t:.0f} ": tuple(x) for x, t in zip(X[2:], T[2:])}  # names must differ
    return surface(
        lambda x1, x2: sigmoid(net([x1, x2])[0]).data, (-0.6, 1.6, -0.5, 1.5), paths=found,
        points=points, names=("x1", "x2"), title=title, levels=[k / 10 for k in range(1, 10)],
    )  # fmt: skip


multiples([lines_of(net, "random start"), lines_of(halves, "equal start")], columns=2)

# %% [markdown]
# Why? Neurons with equal weights compute equal sums and equal answers. They lead into the output by
# equal weights, so equal blame comes back: their deltas are equal, and so are all their gradients.
# And every optimiser moves equal numbers with equal gradients to equal numbers. Nothing can ever
# tell them apart: this is the path on the ridge again. Three equal neurons are **one** hidden
# neuron, which draws one line; with it one corner can be cut off, and for the other three $\frac23$
# is the best answer. (Its loss is 0.4774; Adam comes close to it.) Random numbers are there for
# **symmetry breaking**: so that neurons are *different*.
#
# With all parameters at 0 it is worse still: there is no gradient at all.

# %%
zeros = equal_net(0.0)
nn.Inspection(zeros, loss_of, data).mean()
print("all 0: largest gradient", max(abs(parameter.grad) for parameter in zeros.parameters()))

nearly = []
for seed in range(5):
    rng, almost = Random(seed), equal_net(0.5)
    for parameter in almost.parameters():
        parameter.data += rng.gauss(0.0, 0.01)
    nearly.append(train(almost)[-1])
print("0.5 and a hundredth at random:", "  ".join(f"{end:.3f}" for end in nearly))

# %% [markdown]
# $\tanh(0) = 0$, so nothing comes forward to the output's weights; and they are 0, so nothing goes
# back through them. (The output's bias does not move either: half of the targets are 1, so
# $\frac12$ is the best answer to all.) And the second line shows that a very small difference is
# not enough: the neurons do drift apart, but before it matters they have run down together into the
# valley of a single neuron, all five of them. So the random numbers must not be too small, nor too
# large (saturation, notebook 2). How large they should be, by the number of inputs, is what
# **initialisation** is about; notebook 14 measures it. Biases may all start at 0: the weights break
# the symmetry.
#
# ### Exercise 3
#
# Five ways to start the three hidden neurons of this net. After which of them will the three become
# different by training? Answer with `True` or `False` for each.
#
# * a: all hidden weights 0.5, all hidden biases 0, all output weights 0.5
# * b: like a, but the output weights are 0.5, −0.3 and 0.2
# * c: like a, but the hidden biases are 0.5, −0.5 and 0
# * d: each hidden neuron has the weights 0.5 and −0.4, all biases are 0.1, all output weights 0.7
# * e: the hidden weights are random, all biases 0, all output weights 0.5
#
# <details><summary>Solution</summary>
#
# One difference between the neurons is enough, wherever it is. b: the blame comes back through
# different weights. c: the sums differ. e: so they do here. In a and d the neurons are equal; that
# the two weights of one neuron differ (d) does not help.
#
# ```python
# breaks = {"a": False, "b": True, "c": True, "d": False, "e": True}
# ```
# </details>

# %% tags=["exercise"]
breaks = {"a": ..., "b": ..., "c": ..., "d": ..., "e": ...}  # your answers: True or False


# %% tags=["check"]
@exercise(3, breaks)
def check():
    rng = Random(3)
    scattered = [[rng.gauss(0.0, 0.5) for _ in range(2)] for _ in range(3)]
    starts = {  # weights, biases, output weights
        "a": ([[0.5, 0.5]] * 3, [0.0] * 3, [0.5] * 3),
        "b": ([[0.5, 0.5]] * 3, [0.0] * 3, [0.5, -0.3, 0.2]),
        "c": ([[0.5, 0.5]] * 3, [0.5, -0.5, 0.0], [0.5] * 3),
        "d": ([[0.5, -0.4]] * 3, [0.1] * 3, [0.7] * 3),
        "e": (scattered, [0.0] * 3, [0.5] * 3),
    }
    for name, (weights, biases, outputs) in starts.items():
        net = equal_net(0.0)
        hidden, output = net[0], net[2]
        for row, numbers in zip([*hidden.weight, hidden.bias, *output.weight],
                                [*weights, biases, outputs]):  # fmt: skip
            for parameter, number in zip(row, numbers):
                parameter.data = number
        train(net, epochs=10)
        found = len({tuple(row) for row in rows(net, lambda parameter: parameter.data)})
        assert breaks[name] in (True, False), "True or False, for each of the five"
        hint = f"{name}: after 10 steps the net has {found} different hidden neurons"
        assert breaks[name] == (found > 1), hint


# %% [markdown]
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
# stare: **measure**. A gradient is a claim about a function, and `gradcheck` compares claims with
# nudges. To put a hand-written gradient to the test, make a `Primitive` of the pair: the loss, and
# what the program says are its partial derivatives.


# %%
def sigma(z):
    return 1 / (1 + exp(-z))


def answers(w1, w2):
    return [sigma(w1 * a + w2 * b) for a, b in X]


def loss(w1, w2):
    return sum((t - p) ** 2 for p, t in zip(answers(w1, w2), T)) / 4


def program(blame):
    """The derivatives with respect to w1 and w2, each sample blamed by blame(target, answer)."""

    def slopes(out, w1, w2):
        blames = [blame(t, p) for p, t in zip(answers(w1, w2), T)]
        return tuple(sum(row[i] * d for row, d in zip(X, blames)) for i in range(2))

    return slopes


def compare(slopes, at=(0.3, -0.2)):
    """What the program says, beside what a nudge shows."""
    report = gradcheck(Primitive("loss", loss, slopes), *at, raise_exception=False)
    print("         program    nudge")
    for found, name in zip(report.checks, ("w1", "w2")):
        print(f"dL/d{name}  {found.analytic:+.6f}  {found.numeric:+.6f}  {found.verdict}")


compare(program(lambda t, p: 2 * (t - p)))

# %% [markdown]
# Wrong, and the **signs** are opposite: the derivative of $(t - p)^2$ with respect to $p$ is
# $-2(t - p)$. The program goes uphill. Repair that, and ask again:

# %%
compare(program(lambda t, p: -2 * (t - p)))

# %% [markdown]
# The signs agree, the sizes do not. The loss is blamed on $p$, but the weights act on $z$: the
# slope of the sigmoid, $p (1 - p)$, is missing.

# %%
compare(program(lambda t, p: -2 * (t - p) * p * (1 - p)))

# %% [markdown]
# Now both are off by the same factor: 4, the number of samples. The loss is a *mean*, so:

# %%
compare(program(lambda t, p: -2 * (t - p) * p * (1 - p) / 4))

# %% [markdown]
# Three mistakes, each found by looking at one table. (A fourth lies in wait: `sigmoid_derivative`
# is right if it is given the *answer* of the sigmoid, and wrong if given its sum; see notebook 2.)
#
# How do the wrong ones *train*? A thousand steps with the rate 0.1, as in the tutorial: as it is
# printed, with only the sign repaired, and with all repaired.

# %% tags=["prediction"]
guess = ...  # "as printed", "sign" or "all": whose loss is lowest after 50 steps?


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
lowest = min(runs, key=lambda name: runs[name][50])
predicted(guess, lowest, "it goes down another loss, the cross-entropy, in steps 8 times as large")
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
# ## One more exercise
#
# ### Exercise 4 (open)
#
# Get down into the curved valley: `make` is a function that takes the list of parameters and
# returns an optimiser, such as `lambda p: nn.SGD(p, lr=0.003, momentum=0.9)`. Start at $(-1.5, 2)$
# and be lower than $0.0001$ after 100 steps. There are many answers. (Rates and momentum to try;
# `nn` has other optimisers, too.)
#
# <details><summary>Solution</summary>
#
# One of many. Rate and momentum were found by trying; the height is $6 \cdot 10^{-6}$.
#
# ```python
# make = lambda p: nn.SGD(p, lr=0.012, momentum=0.9)
# ```
# </details>

# %% tags=["exercise"]
make = ...  # your answer: lambda p: ...


# %% tags=["check"]
@exercise(4, make)
def check():
    end = valley(*walk(valley, (-1.5, 2.0), make, 100)[-1])
    assert end < 0.0001, f"after 100 steps it is at the height {end:.6f}"


# %% [markdown]
# ## What you have seen
#
# * A step goes against the gradient; the rate, a hyperparameter, says how far, not in which
#   direction. It converges while the rate is below 2 / curvature.
# * Narrow valleys are the trouble; momentum adds up what agrees, Adam gives each weight its own
#   pace.
# * Mini-batches trade exact directions for many cheap steps; let the rate fall at the end.
# * One neuron draws one line, and XOR needs two; a hidden layer has them.
# * Equal neurons stay equal for ever; random numbers break the symmetry.
# * A hand-written gradient is a claim: `gradcheck` it, even if the loss falls.
#
# Next: [7a. Learning from data](07a-learning-from-data.ipynb).
