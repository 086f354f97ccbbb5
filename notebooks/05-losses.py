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
# # 5. Losses: what it means to be wrong
#
# [中文版](zh/05-losses.ipynb)
#
# **Time:** about 80 minutes · **You need:** notebooks 1 (the chain rule) and 2 (the sigmoid and its
# saturation) · **Afterwards you can:** choose a loss and say what its gradient pulls at, explain by
# likelihood and by gradients why classifiers are trained with cross-entropy, derive the famous
# gradient $p - t$, and say why losses take logits.
#
# A **loss** is one number that says how wrong a net is. Training makes it small, so it decides what
# is learned: the net never sees anything else. And what the net *feels* of it is only its slope,
# the gradient. This notebook looks at losses through their slopes.

# %%
import warnings
from math import prod

import autograd_lite as ag
import nn
from autograd_lite import Value, draw, exp, grad, log, sigmoid, softmax
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import curves, lines, multiples


def pair(functions, between, name):
    """Two pictures: some functions, and their slopes."""
    slopes = {each: grad(f) for each, f in functions.items()}
    return multiples(
        [
            curves(functions, between, names=(name, ""), title="loss", width=340.0),
            curves(slopes, between, names=(name, ""), title="slope", width=340.0),
        ],
        columns=2,
    )


# %% [markdown]
# ## Squares: the farther, the stronger
#
# Three predictions $\hat y$ and three targets $y$. The errors are $-0.5$, $0.5$ and $0$; their
# squares are $0.25$, $0.25$ and $0$. The mean of those is the **mean squared error**:
#
# $$\text{MSE} = \frac1n \sum_{i=1}^n (y_i - \hat y_i)^2 = \frac{0.25 + 0.25 + 0}{3} = 0.1667$$

# %%
predictions = [Value(2.5, "p1"), Value(0.0, "p2"), Value(2.0, "p3")]
loss = nn.mse(predictions, [3.0, -0.5, 2.0])
loss.label = "MSE"
loss.backward()
draw(loss, level="operation")

# %% [markdown]
# Look at the gradients of `p1`, `p2`, `p3`: $-0.333$, $+0.333$ and $0$. The derivative of a square
# is twice the error, and the mean divides by $n$:
#
# $$\frac{\partial\,\text{MSE}}{\partial \hat y_i} = \frac{2\,(\hat y_i - y_i)}{n}$$
#
# So each prediction is pulled towards its target as by a rubber band: twice as far, twice the pull.
# (The **pull** is the gradient with the other sign: where training moves the prediction.)
#
# ## One far point
#
# Now replace the whole net by a single number $c$, the same answer for all samples. Which $c$ is
# best for the targets 1, 2, 3, 4 and 20? It depends on the loss. The **absolute error** (`nn.l1`)
# counts $|y - c|$; its slope is $-1$ or $+1$, near or far. The 20 is a far point, an **outlier**.

# %% tags=["prediction"]
guess = ...  # a number: the c with the least mean square of y - c

# %%
targets = [1.0, 2.0, 3.0, 4.0, 20.0]


def squares(c):
    return nn.mse([c] * 5, targets)


def absolutes(c):
    return nn.l1([c] * 5, targets)


predicted(guess, sum(targets) / 5, "it is the mean, and the one far point has moved it")
multiples(
    [
        curves({"squares": squares}, (0, 12), names=("c", ""), low=0, width=340.0,
               points={"least at 6, the mean": [(6, squares(6).data)]}),
        curves({"absolute": absolutes}, (0, 12), names=("c", ""), low=0, width=340.0,
               points={"least at 3, the median": [(3, absolutes(3).data)]}),
    ],
    columns=2,
)  # fmt: skip

# %% [markdown]
# Where a loss is least, the pulls balance. Here is how strongly each of the five targets pulls at
# $c = 6$ and at $c = 3$ (minus is to the left, plus to the right):

# %%
for name, loss, c in [("squares", nn.mse, 6.0), ("absolute", nn.l1, 3.0)]:
    answers = [Value(c) for _ in targets]
    loss(answers, targets).backward()
    pulls = [0.0 - answer.grad for answer in answers]
    told = "  ".join(f"{pull:+.1f}" for pull in pulls)
    print(f"{name:8} at {c}: {told}   sum {abs(sum(pulls)):.1f}")

# %% [markdown]
# With squares the point at 20 pulls as hard as all others together, so the answer leaves the crowd.
# The absolute error counts heads: two pull left, two pull right.
#
# The **Huber loss** is a compromise: a parabola near the target, straight lines farther out. Its
# pull grows with the error, but never beyond a limit. Where the one goes over into the other
# (`delta`, here 1) is for you to choose: training does not learn it. Such a number is called a
# **hyperparameter**.

# %%
kinds = {
    "square": lambda error: nn.mse([error], [0.0]),
    "absolute": lambda error: nn.l1([error], [0.0]),
    "Huber": lambda error: nn.huber([error], [0.0]),
}
pair(kinds, (-3, 3), "error")

# %% [markdown]
# ## Sum or mean
#
# MSE is a *mean* over the samples. Some textbooks write cross-entropy (below) as a *sum*. Both are
# fine, but they are not the same: of 100 samples the sum, and so its gradient, is 100 times as
# large, and a learning rate that suits the one ruins the other. Every loss of `nn` takes a
# `reduction`, and the mean is the default.

# %%
for reduction in ("mean", "sum"):
    p = Value(0.5)
    nn.mse([p] * 100, [1.0] * 100, reduction=reduction).backward()
    print(f"{reduction:4}  gradient {p.grad:+.1f}")

# %% [markdown]
# ## Yes or no
#
# Now the answer is a class: is it a cat? The net makes a score $z$, any number, and the sigmoid
# makes a probability of it, $p = \sigma(z)$. The score is called the **logit**.
#
# How wrong is $p$, if the target is $t = 1$? Squares would say $(p - 1)^2$. The **cross-entropy**
# says $-\ln p$: how *surprised* you must be that it is a cat, if you had said so with probability
# $p$. (Information theory calls it *self-information*.)

# %%
for p in (0.99, 0.9, 0.5, 0.1, 0.01, 0.001):
    print(
        f"p = {p:<5}  square {(1 - p) ** 2:.3f}   surprise {nn.binary_cross_entropy(p, 1).data:.3f}"
    )

# %% [markdown]
# For a sure answer that is wrong the square never says more than 1. The surprise has no limit. For
# a target of 0 the same holds with $1 - p$; both in one formula, over $n$ samples:
#
# $$\text{CE} = -\frac1n \sum_{i=1}^n \big[\, t_i \ln p_i + (1 - t_i) \ln (1 - p_i) \,\big]$$
#
# ## Why the logarithm? Likelihood
#
# There is a reason for this formula. Four pictures; the first three show a cat, the last one does
# not. For them a net says $p = 0.9,\ 0.8,\ 0.6,\ 0.3$. How probable is it, by the net's own words,
# that the targets are what they are? The pictures are independent, so the probabilities are
# multiplied:
#
# $$0.9 \cdot 0.8 \cdot 0.6 \cdot (1 - 0.3) = 0.3024$$
#
# This number is the **likelihood** of the net (of its parameters). The best net is the one that
# makes what has happened most probable: **maximum likelihood**. Now a product of thousands of
# numbers below 1 is nothing to compute with. Its logarithm is a sum, and is largest at the same
# place. With a minus, so that small is good, and divided by $n$, it *is* the cross-entropy; its
# other name is **negative log-likelihood**.

# %%
happened = [1, 1, 1, 0]
believed = [0.9, 0.8, 0.6, 0.3]


def likelihood(probabilities):
    return prod(p if t == 1 else 1 - p for p, t in zip(probabilities, happened))


print(f"likelihood                {likelihood(believed):.4f}")
print(f"- ln(likelihood) / 4      {-log(likelihood(believed)) / 4:.6f}")
print(f"nn.binary_cross_entropy   {nn.binary_cross_entropy(believed, happened).data:.6f}")
print(f"0.9 multiplied 10,000 times: {0.9**10000}, mean of - ln 0.9: {-log(0.9):.4f}")

# %% [markdown]
# A lazy net says the same $p$ for all four pictures. Which $p$ makes the targets most probable?

# %% tags=["prediction"]
guess = ...  # a number between 0 and 1


# %%
def lazy(p):
    return p**3 * (1 - p)


def lazy_cross_entropy(p):
    return nn.binary_cross_entropy([p] * 4, happened)


predicted(guess, 0.75, "three of the four are cats, and it is best to say so")
multiples(
    [
        curves({"likelihood": lazy}, (0.01, 0.99), names=("p", ""), low=0, width=340.0,
               points={"largest at 0.75": [(0.75, lazy(0.75))]}),
        curves({"cross-entropy": lazy_cross_entropy}, (0.01, 0.99), names=("p", ""), low=0,
               width=340.0, points={"least at 0.75": [(0.75, lazy_cross_entropy(0.75).data)]}),
    ],
    columns=2,
)  # fmt: skip

# %% [markdown]
# The largest likelihood and the least cross-entropy are at the same place: the share of the cats.
# So a net that is trained by it is asked for honest probabilities, not only for the right side.
#
# The other losses come from the same idea. Suppose the targets scatter around the prediction as a
# *normal distribution* says, with spread $s$: the probability density of $y$ is proportional to
# $e^{-(y - \hat y)^2 / 2 s^2}$. Minus its logarithm is $(y - \hat y)^2 / 2 s^2$ plus a constant:
# the square. With a *Laplace distribution*, $e^{-|y - \hat y| / s}$, in which outliers are less
# rare, it is the absolute error. So a loss is also a bet on how the targets scatter.
#
# ## The two, as the net feels them
#
# Square and surprise again, over the logit $z$, with their slopes. The target is 1.


# %%
def square(z):
    return (sigmoid(z) - 1) ** 2


def surprise(z):
    return -log(sigmoid(z))


pair({"square": square, "surprise": surprise}, (-8, 4), "z")

# %% [markdown]
# Look at the left side of the right picture. At $z = -8$ the net is *sure and wrong*, and the
# square has hardly any slope there: almost nothing is learned where there is most to learn. The
# surprise has the slope $-1$, and pulls as hard as it ever does.
#
# A race: start at $z = -6$ and go down the slope, 100 steps of size 1.

# %% tags=["prediction"]
guess = ...  # 0.005, 0.5 or 0.95: about where is p after the 100 steps with the square?

# %%
race = {"square": [], "surprise": []}
for name, loss in [("square", square), ("surprise", surprise)]:
    z = -6.0
    for _ in range(100):
        race[name].append(sigmoid(z))
        z -= grad(loss)(z)
steps = next(k for k, p in enumerate(race["surprise"]) if p > 0.5)
print(f"with the surprise p is above 0.5 after {steps} steps")
nearest = min((0.005, 0.5, 0.95), key=lambda p: abs(p - race["square"][-1]))
predicted(guess, nearest, "it began at 0.0025, and its slope there is only -0.005")
lines(race, title="probability of the right class", x_name="step", high=1.0)

# %% [markdown]
# ## Why the slope is p − t
#
# Two factors meet in $\partial\,\text{CE} / \partial z$:
#
# $$\frac{\partial\,\text{CE}}{\partial p} = \frac{p - t}{p\,(1 - p)} \qquad
# \frac{\partial p}{\partial z} = p\,(1 - p) \qquad\Rightarrow\qquad
# \frac{\partial\,\text{CE}}{\partial z} = p - t$$
#
# The slope of the sigmoid, which is what dies at both ends, *cancels*. What remains is the plain
# error. You can watch it: the logit is $-3$, so $p = 0.047$, and the target is 1.

# %%
z = Value(-3.0, "z")
p = sigmoid(z)
loss = -log(p)
p.label, loss.label = "p", "CE"
loss.backward()
draw(loss)

# %% [markdown]
# From right to left: $\times {-1}$, $\times 21.1$ (that is $1/p$), $\times 0.0452$ (that is
# $p(1-p)$). The product is $-0.953 = p - 1$.
#
# In a live notebook **drag `z`** to $-8$: one factor becomes thousands, the other nearly 0, and
# their product stays near $-1$. Drag it to $+8$: the answer is right, and the pull fades, as it
# should.
#
# ### Exercise 1
#
# A net gives the right class the probability $p = 0.01$. How many times as strong is the pull of
# the cross-entropy on the logit, compared with the pull of the square $(p - 1)^2$?
#
# <details><summary>Solution</summary>
#
# The derivative of the cross-entropy with respect to $z$ is $p - 1$. That of the square is
# $2(p - 1) \cdot p(1 - p)$. Their ratio is $\dfrac{1}{2 p (1 - p)}$, and it grows without limit for
# $p \to 0$.
#
# ```python
# ratio = 1 / (2 * 0.01 * 0.99)
# ```
# </details>

# %% tags=["exercise"]
ratio = ...  # your answer


# %% tags=["check"]
@exercise(1, ratio)
def check():
    logit = -log(0.99 / 0.01)  # where the sigmoid is 0.01
    truth = grad(surprise)(logit) / grad(square)(logit)
    assert abs(ratio - truth) < 0.01 * truth, "divide p - 1 by 2 (p - 1) p (1 - p)"


# %% [markdown]
# ### A mistake to learn from
#
# A tutorial gives, for a hidden neuron with the answer $a_j$, the derivatives
#
# $$\frac{\partial\,\text{CE}}{\partial a_j} = -(y - \hat y) \qquad
# \frac{\partial\,\text{CE}}{\partial z_2} = \frac{\partial\,\text{CE}}{\partial \hat y}
# \cdot \sigma'(z_2)$$
#
# where $z_2 = \sum_j w_{2j} a_j + b_2$ is the output's sum. The second is right. The first is not
# the derivative with respect to $a_j$. With respect to what is it?

# %%
x, y = 0.7, 1.0
hidden = [sigmoid(Value(w, f"w1{j}") * x + Value(b, f"b1{j}"))
          for j, (w, b) in enumerate([(0.5, -0.1), (-1.2, 0.4)], 1)]  # fmt: skip
w2 = [Value(0.8), Value(-0.3)]
z2 = ag.dot(w2, hidden) + Value(0.1)
out = sigmoid(z2)
nn.binary_cross_entropy(out, y).backward()

print(f"-(y - p)   {-(y - out.data):+.6f}")
print(f"dCE/dz2    {z2.grad:+.6f}")
for j in range(2):
    print(f"dCE/da{j + 1}    {hidden[j].grad:+.6f} = w2{j + 1} (p - y)"
          f" = {w2[j].data:+.1f} x {out.data - y:+.6f}")  # fmt: skip

# %% [markdown]
# With respect to $z_2$, and the sigmoid is already in it. The derivative with respect to $a_j$ is
# $w_{2j}\,(\hat y - y)$: the weight was forgotten, through which the blame comes back. Whoever
# multiplies the printed formula by $\sigma'$ once more, as that text goes on to do, has mixed up
# two neurons.
#
# ## Why losses take logits
#
# A probability stored as a number loses what it is about. For $z = 40$ the sigmoid is
# $1 - 4 \cdot 10^{-18}$, and the nearest number that a computer has is exactly 1. If the target was
# 0, the surprise $-\ln(1 - p)$ becomes $-\ln 0 = \infty$:


# %%
def from_formula(z):
    return -log(1 - sigmoid(z))


def from_probability(z):
    return nn.binary_cross_entropy(sigmoid(z), 0.0)


def from_logit(z):
    return nn.binary_cross_entropy_with_logits(z, 0.0)


print("          the formula        from p (clipped)     from the logit")
print("    z     loss    dL/dz        loss    dL/dz        loss    dL/dz")
for z in (2.0, 20.0, 40.0, 800.0):
    columns = [
        f"{f(Value(z)).data:7.3f}  {grad(f)(z):7.3f}"
        for f in (from_formula, from_probability, from_logit)
    ]
    print(f"{z:5.0f}  " + "     ".join(columns))

# %% [markdown]
# The formula gives infinity, and the slope is `nan` (infinity times zero), which would poison every
# weight. Clipping the logarithm keeps the number finite, but where $p$ is 1 the slope is 0: nothing
# is learned again. From the logit all is exact, because the exponential and the logarithm are never
# computed one after the other:
#
# $$-\ln(1 - \sigma(z)) = \ln(1 + e^{z}) = \text{softplus}(z)$$
#
# So the rule is: **the net ends with its logits, and the sigmoid is a part of the loss.**

# %%
z = Value(800.0)
assert ag.softplus(z).data == from_logit(z).data == 800.0

# %% [markdown]
# ## Many classes: softmax
#
# With three classes there are three logits. The **softmax** turns them into probabilities: make
# them positive by $e^z$, then divide by their sum. (With two classes the logit had a meaning of its
# own: $z = \ln \frac{p}{1 - p}$, the *log-odds*. Before a softmax, logits are just logarithms of
# probabilities that have not been made to add up to 1 yet.)
#
# $$p_k = \frac{e^{z_k}}{\sum_j e^{z_j}} \qquad
# (2, 1, -1) \to (7.389,\ 2.718,\ 0.368) \to (0.705,\ 0.259,\ 0.035)$$
#
# Now add 100 to each of the three logits. Does the answer become surer?

# %% tags=["prediction"]
guess = ...  # "surer", "less sure" or "the same": the answer, if each logit grows by 100

# %%
numbers = [2.0, 1.0, -1.0]
for name, logits_of_three in {
    "softmax": numbers,
    "all plus 100": [z + 100 for z in numbers],
    "all times 10": [z * 10 for z in numbers],
}.items():
    print(f"{name:14}", "  ".join(f"{p:.4f}" for p in softmax(logits_of_three)))
print("two classes   ", "  ".join(f"{p:.4f}" for p in softmax([2.0, 1.0])))
print("sigmoid(2 - 1)", f"{sigmoid(2.0 - 1.0):.4f}")
predicted(guess, "the same", "each power grows by the factor exp(100), and so does their sum")

# %% [markdown]
# Only differences of logits count; larger differences give surer answers; and with two classes it
# is the sigmoid of the difference.
#
# The loss is again the surprise at the right class $t$. Put together, the exponentials and the
# logarithm shrink to one operation, `logsumexp`:
#
# $$L = -\ln p_t = -\ln \frac{e^{z_t}}{\sum_j e^{z_j}} = \ln \sum_j e^{z_j} - z_t$$
#
# The right class is the second:

# %%
z = [Value(n, f"z{k}") for k, n in enumerate(numbers, 1)]
loss = ag.logsumexp(z) - z[1]
loss.label = "L"
loss.backward()
draw(loss)

# %% [markdown]
# Read the three gradients: $0.705$, $-0.741$, $0.0351$. The lines into `logsumexp` carry the
# probabilities themselves: its derivative with respect to $z_k$ **is** the softmax. The right class
# also gets the $-1$ of the subtraction.
#
# $$\frac{\partial L}{\partial z_k} = p_k - t_k \qquad \text{with } t = (0, 1, 0)$$
#
# A target written like this, a 1 at the right class and 0 elsewhere, is called **one-hot**. With it
# the loss is $L = -\sum_k t_k \ln p_k$, a sum in which one term is left. This is where the name
# comes from: cross-entropy is the mean surprise at what one distribution ($t$) deals out, for
# somebody who believes another one ($p$).
#
# Each wrong class is pushed down by just as much as it was believed, the right one is pulled up by
# what it lacks, and the pushes add up to 0. `nn.cross_entropy` is this loss:

# %%
again = [Value(n) for n in numbers]
found = nn.cross_entropy(again, 1)
found.backward()
print(f"loss {found.data:.4f}   gradient", "  ".join(f"{each.grad:+.4f}" for each in again))
assert abs(found.data - loss.data) < 1e-12

# %% [markdown]
# ### Exercise 2
#
# A fresh net knows nothing and gives each of **four** classes the probability $\frac14$. What is
# its cross-entropy on a sample, and what are the four derivatives with respect to its logits, if
# the first class is right? (This is a good check of a new program: the first loss should be about
# this number.)
#
# <details><summary>Solution</summary>
#
# The surprise is $-\ln \frac14 = \ln 4 = 1.386$. The derivatives are $p - t$.
#
# ```python
# from math import log as ln
#
# first_loss = ln(4)
# slopes = [0.25 - 1, 0.25, 0.25, 0.25]
# ```
# </details>

# %% tags=["exercise"]
first_loss = ...  # your answer
slopes = ...  # your answer: a list of four numbers


# %% tags=["check"]
@exercise(2, first_loss, slopes)
def check():
    z = [Value(0.0) for _ in range(4)]
    truth = nn.cross_entropy(z, 0)
    truth.backward()
    assert abs(first_loss - truth.data) < 1e-3, "the surprise is minus the logarithm of 1/4"
    assert len(slopes) == 4, "one derivative for each logit"
    assert all(abs(s - each.grad) < 1e-6 for s, each in zip(slopes, z)), "p - t, for each class"


# %% [markdown]
# ### The long way round
#
# The chain rule may also go through the probabilities. The derivatives of softmax are a table (a
# **Jacobian**): how much does each $p_i$ change with each $z_j$?
#
# $$\frac{\partial p_i}{\partial z_j} = p_i\,([i = j] - p_j)$$
#
# (The bracket $[i = j]$ is 1 if $i$ and $j$ are the same, else 0.)

# %%
table = ag.jacobian(lambda a, b, c: softmax([a, b, c]))(*numbers)
p = softmax(numbers)
for i, row in enumerate(table):
    print("  ".join(f"{slope:+.4f}" for slope in row), f"  sum {abs(sum(row)):.4f}")
    assert all(abs(s - p[i] * ((i == j) - p[j])) < 1e-12 for j, s in enumerate(row))

# %% [markdown]
# The surprise $-\ln p_2$ feels only $p_2$, with the derivative $-1/p_2 = -3.86$. So multiply the
# second row by it, and there is $p - t$ again:

# %%
print("  ".join(f"{-slope / p[1]:+.4f}" for slope in table[1]))

# %% [markdown]
# ### Large logits
#
# $e^{1000}$ is more than a computer can hold. The formula, taken literally, gives infinity over
# infinity. The cure: subtract the largest logit first. That changes nothing but the size.

# %%
literally = [exp(Value(n)) for n in (1000.0, 999.0)]
print("literally:", [(each / sum(literally)).data for each in literally])
print("softmax:  ", [round(each, 6) for each in softmax([1000.0, 999.0])])
print("loss:     ", round(nn.cross_entropy([1000.0, 999.0], 1).data, 6))

# %% [markdown]
# ### Softmax twice
#
# `nn.cross_entropy` takes logits. If the net already ends with a softmax, it is applied twice, and
# then even a perfect answer, $p = (1, 0, 0)$, has a loss that it cannot get rid of:
# $-\ln \frac{e}{e + 2} = 0.551$. A net like this learns, but slowly and never well, and nothing
# crashes. So the library says something:

# %%
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    twice = nn.cross_entropy(softmax([Value(50.0), Value(0.0), Value(0.0)]), 0)
print(f"loss {twice.data:.3f}, and it should be {nn.cross_entropy([50.0, 0.0, 0.0], 0).data:.3f}")
print(heard[0].message)

# %% [markdown]
# ## Hinge: right is not enough
#
# A third way to judge a score $z$, without any probability. The label is $t = -1$ or $+1$, and the
# product $t z$ is the **margin**: positive if the sign is right. The **hinge loss** wants a margin
# of at least 1:
#
# $$\text{hinge} = \max(0,\ 1 - t z)$$
#
# Beside it: the surprise, and what we really want to count, the mistakes.

# %%
judges = {
    "mistakes": lambda m: ag.where(m < 0, 1.0, 0.0 * m),
    "hinge": lambda m: nn.hinge([m], [1]),
    "surprise": lambda m: ag.softplus(-m),
}
pair(judges, (-2, 3), "margin")

# %% [markdown]
# * **Mistakes** have no slope anywhere. Nothing tells a weight which way to go. That is why nobody
#   trains on accuracy itself, but on a loss that stands in for it (a *surrogate loss*).
# * **Hinge** pulls with full force until the margin is 1, and then not at all. Samples that are
#   well inside their class no longer count; the few at the border decide (the *support vectors*).
# * **Surprise** never stops pulling, only ever more gently.
#
# ## Which one?
#
# | the target is | the net ends with | loss | derivative with respect to the net's output |
# |---|---|---|---|
# | a number | the number itself | `nn.mse` | $2(\hat y - y)/n$ |
# | a number, with outliers | the number itself | `nn.l1`, `nn.huber` | a sign; limited |
# | yes or no | one logit | `nn.binary_cross_entropy_with_logits` | $(p - t)/n$ |
# | one of many classes | a logit for each | `nn.cross_entropy` | $(p - t)/n$ |
# | $-1$ or $+1$ | a score | `nn.hinge` | $-t/n$ inside the margin, else 0 |
#
# ## More exercises
#
# ### Exercise 3
#
# Write a loss of your own, `log_cosh(prediction, target)`: the logarithm of the hyperbolic cosine
# of the error. Near 0 it is like $\frac12 \text{error}^2$, far away like $|\text{error}|$, and its
# derivative is $\tanh(\text{error})$, which nobody has to tell the engine. (`from autograd_lite
# import cosh, log`.)
#
# <details><summary>Solution</summary>
#
# A loss is arithmetic on Values; that is all there is to it.
#
# ```python
# from autograd_lite import cosh, log
#
# def log_cosh(prediction, target):
#     return log(cosh(prediction - target))
# ```
# </details>

# %% tags=["exercise"]
log_cosh = ...  # your answer: def log_cosh(prediction, target): ...


# %% tags=["check"]
@exercise(3, log_cosh)
def check():
    for error in (-2.0, -0.1, 0.0, 0.7, 3.0):
        prediction = Value(1.5 + error)
        found = log_cosh(prediction, 1.5)
        assert hasattr(found, "backward"), "the result must be a Value, to call backward on"
        found.backward()
        wanted = (exp(error) + exp(-error)) / 2
        assert abs(exp(found.data) - wanted) < 1e-9, "its exponential is the cosh of the error"
        truth = Value(error).tanh().data
        assert abs(prediction.grad - truth) < 1e-9, "its derivative is tanh(error)"


# %% [markdown]
# ### Exercise 4 (longer)
#
# Write the softmax cross-entropy **without the engine**: `by_hand(z, right)` takes a list of logits
# (floats) and the place of the right class, and returns the loss and the list of derivatives with
# respect to the logits. It must survive logits like $1000$ and $-1000$.
#
# <details><summary>Solution</summary>
#
# Subtract the largest logit before any exponential, and add it again to the logarithm of the sum.
#
# ```python
# import math
#
# def by_hand(z, right):
#     top = max(z)
#     powers = [math.exp(each - top) for each in z]
#     total = sum(powers)
#     loss = top + math.log(total) - z[right]
#     derivatives = [power / total for power in powers]
#     derivatives[right] -= 1
#     return loss, derivatives
# ```
# </details>

# %% tags=["exercise"]
by_hand = ...  # your answer: def by_hand(z, right): ...


# %% tags=["check"]
@exercise(4, by_hand)
def check():
    for logits, right in [([2.0, 1.0, -1.0], 1), ([1000.0, 999.0], 1), ([-1000.0, 0.0, 1e3], 0)]:
        z = [Value(each) for each in logits]
        truth = nn.cross_entropy(z, right)
        truth.backward()
        loss, derivatives = by_hand(list(logits), right)
        assert abs(loss - truth.data) < 1e-6, (
            f"for the logits {logits} the loss is {truth.data:.6f}"
        )
        assert len(derivatives) == len(z), "one derivative for each logit"
        hint = f"for the logits {logits}: p - t, with p by powers of logit minus largest logit"
        assert all(abs(d - each.grad) < 1e-9 for d, each in zip(derivatives, z)), hint


# %% [markdown]
# ## What you have seen
#
# * A net feels only the slope of its loss: squares pull by distance, absolute errors by sign.
# * Cross-entropy is surprise, $-\ln p$, and the negative logarithm of the likelihood.
# * Its derivative with respect to the logit is $p - t$, for two classes or many.
# * With squares behind a sigmoid, a net that is sure and wrong learns nothing.
# * Losses take logits: what is exact in $z$ is lost in $p$.
# * Mistakes have no slope; hinge and cross-entropy stand in for them.
#
# Next: [6. Gradient descent](06-gradient-descent.ipynb), how to walk down a slope.
