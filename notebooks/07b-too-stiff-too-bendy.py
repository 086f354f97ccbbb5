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
# # 7b. Too stiff, too bendy
#
# [中文版](zh/07b-too-stiff-too-bendy.ipynb)
#
# **Time:** about 60 minutes · **You need:** notebook 7a (training, validation and test set) ·
# **Afterwards you can:** tell a net that cannot learn (underfitting) from one that was not trained
# long enough and from one that learns by heart (overfitting), read the curve of error over
# capacity, take an error apart into bias and variance, use L1, L2, dropout and early stopping, and
# judge by many splits with a standard error, not by one.
#
# A ruler is too stiff to follow a bend; a wet noodle follows every crumb on the table. Nets can be
# either. This notebook is about the right one in between, and about how to *measure* that it is.

# %%
import math
from statistics import fmean, stdev

import nn
from autograd_lite import Value, tanh
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import lines, multiples, tiles

# %% [markdown]
# ## Two rings
#
# The points of one class lie around a circle of radius 1, those of the other around one of radius
# ½, and both are blurred, so that the classes overlap. We made these data ourselves, and can make
# as many as we like. So there is a training set of only 40 points, and a **validation set** of 400
# from the same source.


# %%
def rings(n, seed):
    """n points of two blurred rings."""
    return nn.datasets.circles(n, noise=0.25, seed=seed)


validation = rings(400, seed=1000)


def trained(data, hidden, epochs=60, lr=0.1, seed=0, **options):
    """A net with so many hidden units (0: a straight line), and the history of its training."""
    net = nn.MLP(len(data.x[0]), [hidden, 2] if hidden else [2], tanh, seed=seed)
    history = nn.fit(
        net, data, loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=lr), epochs=epochs,
        batch_size=40, seed=0, progress=False, **options,
    )  # fmt: skip
    return net, history


def accuracy(net, data):
    """The share of the data that the net gets right."""
    return nn.accuracy(nn.predict(net, data.x), data.y)


# %% [markdown]
# Four nets learn the same 40 points. One has no hidden units and can only draw a **straight line**.
# One has **4 units**. One has **20**, and is trained for 100 epochs. And one has 16 units, but was
# **hardly trained**: 2 epochs in small steps.

# %% tags=["prediction"]
guess = ...  # which is best on the 400 points it has not seen: "line", "4", "20" or "hardly"?

# %%
data = rings(40, seed=1)
nets = {
    "line": trained(data, 0)[0],
    "4": trained(data, 4)[0],
    "20": trained(data, 20, epochs=100)[0],
    "hardly": trained(data, 16, epochs=2, lr=0.003)[0],
}
shares = {name: accuracy(net, validation) for name, net in nets.items()}
for name, net in nets.items():
    print(f"{name:7} training {accuracy(net, data):.1%}   validation {shares[name]:.1%}")
predicted(
    guess, max(shares, key=shares.get), "bendy enough for a ring, too stiff for single points"
)

# %%
multiples(
    [
        nn.Inspection(nets[name], nn.cross_entropy, data).boundary(title=title, rings=False)
        for name, title in (
            ("line", "a straight line"),
            ("4", "4 hidden units"),
            ("20", "20 hidden units, 100 epochs"),
            ("hardly", "16 hidden units, 2 epochs"),
        )
    ],
    columns=2,
)

# %% [markdown]
# * The line is **too stiff**. No line separates rings, so it is bad on its own 40 points already,
#   however long it is trained. Its **capacity**, the variety of shapes that it can take, is too
#   small. That is **underfitting**.
# * 20 units are **too bendy**: all of its own points right, and far fewer of the others. The line
#   winds around single points. That is **overfitting**.
# * The last one looks like the first, for its numbers are as bad. But the cause is another: it
#   *could*, and has not been trained (**undertraining**). It is told by the training loss, which is
#   still falling.
#
# The remedies differ, too. A well-known tutorial has one list against everything that is bad on its
# own training set: more units, a higher learning rate, better features. More epochs and a higher
# learning rate help the net that is hardly trained. They do not help the line:

# %%
for name, hidden, epochs, lr in (
    ("line, rate × 10", 0, 60, 1.0),
    ("line, epochs × 3", 0, 180, 0.1),
    ("hardly, 60 epochs", 16, 60, 0.003),
    ("the same, rate 0.1", 16, 60, 0.1),
):
    net, _ = trained(data, hidden, epochs, lr)
    print(
        f"{name:18} training {accuracy(net, data):.1%}   validation {accuracy(net, validation):.1%}"
    )

# %% [markdown]
# **Better features** do help the line. Where the truth is a ring, the squared distance from the
# centre, $x_1^2 + x_2^2$, says all. With it as a third feature, the net without hidden units can do
# it. To find such features by thinking is **feature engineering**; a hidden layer is a machine that
# finds some by training.


# %%
def with_square(data):
    """The rings with a third feature."""
    return data._replace(x=[[*p, p[0] ** 2 + p[1] ** 2] for p in data.x])


net, _ = trained(with_square(data), 0)
print(f"line, three features: training {accuracy(net, with_square(data)):.1%}   ", end="")
print(f"validation {accuracy(net, with_square(validation)):.1%}")

# %% [markdown]
# ## Error over capacity
#
# One training set and one net can be luck. So for each number of hidden units, five nets are
# trained, each on 40 other points and from other first weights, and all are measured with the
# same 400 validation points. What will the two losses do, from left to right?

# %% tags=["prediction"]
guess = ...  # at which number of units is the validation loss lowest: 0, 2, 4 or 16?

# %%
units = (0, 2, 4, 16)
results = {}
for hidden in units:
    runs = [(rings(40, seed=k), trained(rings(40, seed=k), hidden, seed=k)[0]) for k in range(5)]
    results[hidden] = {
        "training": [nn.cross_entropy(nn.predict(net, own.x), own.y).data for own, net in runs],
        "answers": [nn.predict(net, validation.x) for _, net in runs],
        "nets": [net for _, net in runs],
    }
    results[hidden]["validation"] = [
        nn.cross_entropy(answers, validation.y).data for answers in results[hidden]["answers"]
    ]
    row = results[hidden]["validation"]
    right = fmean(nn.accuracy(answers, validation.y) for answers in results[hidden]["answers"])
    print(f"{hidden:2d} units: training loss {fmean(results[hidden]['training']):.2f}   ", end="")
    print(f"validation loss {fmean(row):.2f} ± {stdev(row) / math.sqrt(5):.2f}, right {right:.1%}")
means = {
    part: [fmean(results[hidden][part]) for hidden in units] for part in ("training", "validation")
}
predicted(guess, units[means["validation"].index(min(means["validation"]))], "see the curve below")
lines(
    means, x=units, x_name="hidden units", title="loss over capacity, mean of five", low=0.0,
    width=420,
)  # fmt: skip

# %% [markdown]
# (± is the standard error of the mean: standard deviation of the five, divided by $\sqrt5$.)
#
# This is the picture to remember. The **training** loss falls and falls. The **validation** loss
# falls, has a lowest place, and rises again. Left of it the nets underfit, right of it they
# overfit. The gap between the two curves is what was learned by heart.
#
# Two remarks. The number of units is a **hyperparameter**: training does not find it, the
# validation set does. And the rise is in the *loss*; the share of right answers hardly changes from
# 4 units to 16 (76.8 % and 77.0 %). The bendy nets do not make many more mistakes: they are *surer*
# of them, and for a sure mistake cross-entropy takes much.
#
# The 400 points have chosen, so for the number to report there must be others, a **test set**:

# %%
test = rings(2000, seed=2000)
chosen = [accuracy(net, test) for net in results[4]["nets"]]
print("the five nets of 4 units, tested:", *(f"{share:.1%}" for share in chosen))
share = fmean(chosen)
print(
    f"mean {share:.1%}; chance of the 2,000 points: ± {math.sqrt(share * (1 - share) / 2000):.1%}"
)
print(f"chance of the 40 training points and the first weights: ± {stdev(chosen) / 5**0.5:.1%}")

# %% [markdown]
# The first ± is $\sqrt{p(1-p)/n}$, what a share of $n$ samples may be off by chance (7a). The
# second says how much luck there is in the training. Nothing can be much better than 83 % here, for
# the rings overlap: that is about what the best circle gets.

# %% [markdown]
# ## Bias and variance
#
# The five nets of one size were trained on different points. For each validation point they give
# five probabilities $p_k$ of class 1. Take their mean $\bar p$. Then the squared error splits
# exactly in two:
#
# $$\frac15 \sum_k (y - p_k)^2 \;=\; (y - \bar p)^2 \;+\; \frac15 \sum_k (p_k - \bar p)^2$$
#
# The first part is what they get wrong **together**: the squared **bias**, and the noise that
# nobody can foresee. The second is how much they **disagree**: the **variance**, the luck of the
# training set. (This bias has nothing to do with the bias of a neuron.) Which one grows with
# capacity?

# %% tags=["prediction"]
guess = ...  # from 4 units to 16, which part grows more: "bias" or "variance"?

# %%
parts = {"bias² and noise": [], "variance": [], "sum": []}
for hidden in units:
    ones = [
        [1 / (1 + math.exp(a - b)) for a, b in answers] for answers in results[hidden]["answers"]
    ]
    together = [fmean(five) for five in zip(*ones)]
    bias = fmean((y - mean) ** 2 for y, mean in zip(validation.y, together))
    variance = fmean((p - mean) ** 2 for five in ones for p, mean in zip(five, together))
    for name, part in zip(parts, (bias, variance, bias + variance)):
        parts[name].append(part)
    print(f"{hidden:2d} units: bias² and noise {bias:.3f}   variance {variance:.3f}   ", end="")
    print(f"sum {bias + variance:.3f}")
growth = {"bias": parts["bias² and noise"], "variance": parts["variance"]}
growth = {name: numbers[-1] - numbers[units.index(4)] for name, numbers in growth.items()}
predicted(
    guess, max(growth, key=growth.get), "bendy nets follow the points that they happen to get"
)
lines(
    parts, x=units, x_name="hidden units", title="the squared error taken apart", low=0.0, width=420
)

# %% [markdown]
# Stiff nets agree with one another, and are wrong together: **high bias**. Bendy nets are right on
# the average, and each is wrong in its own way: **high variance**. More data lower the variance;
# they do not lower the bias.

# %% [markdown]
# ### Exercise 1
#
# For a point with $y = 1$, five nets say 0.9, 0.7, 0.8, 0.6, 0.5. How large are the squared bias
# and the variance, and what is the mean squared error?
#
# <details><summary>Solution</summary>
#
# The mean is 0.7. The squared bias is $0.3^2 = 0.09$, the variance
# $(0.04 + 0 + 0.01 + 0.01 + 0.04)/5 = 0.02$, and together they are the mean squared error 0.11.
#
# ```python
# bias_squared = 0.09
# variance_of_five = 0.02
# error = 0.11
# ```
# </details>

# %% tags=["exercise"]
bias_squared = ...  # your answer
variance_of_five = ...  # your answer
error = ...  # your answer


# %% tags=["check"]
@exercise(1, bias_squared, variance_of_five, error)
def check():
    five = (0.9, 0.7, 0.8, 0.6, 0.5)
    assert abs(bias_squared - (1 - fmean(five)) ** 2) < 1e-6, (
        "1 minus the mean of the five, squared"
    )
    spread = fmean((p - fmean(five)) ** 2 for p in five)
    assert abs(variance_of_five - spread) < 1e-6, "the mean of (p - mean)²: divide by 5"
    assert abs(error - fmean((1 - p) ** 2 for p in five)) < 1e-6, "the sum of the two"


# %% [markdown]
# ## L2 and L1: a price on weights
#
# A net that winds needs large weights. So put a price on them (books: a *penalty*; to do so is
# **regularisation**). **L2** adds the sum of squares to the loss, **L1** the sum of sizes, each
# times a small number λ, one more hyperparameter:
#
# $$L + \lambda \sum_k w_k^2 \qquad\qquad L + \lambda \sum_k |w_k|$$
#
# What they do stands in their gradients, which the engine knows without being told:

# %%
w = Value(0.5, label="w")
for penalty in (nn.l2_penalty, nn.l1_penalty):
    for number in (0.5, -2.0):
        w.data, w.grad = number, 0.0
        penalty([w]).backward()
        print(f"{penalty.__name__} at w = {number:+}: gradient {w.grad:+}")

# %% [markdown]
# L2 pulls with $2w$: strongly at large weights, hardly at small ones, so all become small. L1 pulls
# with ±1, however small the weight is: what brings little is pulled all the way to 0.

# %% [markdown]
# ### Exercise 2
#
# A weight is 2, its gradient 0.5, the learning rate 0.1. Where does one step of gradient descent
# lead if the loss has an L2 price of $0.05\, w^2$? And where with an L1 price of $0.05\, |w|$?
#
# <details><summary>Solution</summary>
#
# The price adds its own slope to the gradient: $0.05 \cdot 2 \cdot 2 = 0.2$ with L2, $0.05$ with
# L1. So the steps are $0.1 \cdot 0.7$ and $0.1 \cdot 0.55$.
#
# ```python
# with_l2 = 2 - 0.1 * (0.5 + 0.2)
# with_l1 = 2 - 0.1 * (0.5 + 0.05)
# ```
# </details>

# %% tags=["exercise"]
with_l2 = ...  # your answer
with_l1 = ...  # your answer


# %% tags=["check"]
@exercise(2, with_l2, with_l1)
def check():
    for answer, price in ((with_l2, nn.l2_penalty), (with_l1, nn.l1_penalty)):
        w = Value(2.0)
        (0.5 * w + 0.05 * price([w])).backward()
        nn.SGD([w], lr=0.1).step()
        assert abs(answer - w.data) < 1e-6, "add the slope of the price to the gradient, then step"


# %% [markdown]
# ### Do they help? Ten splits
#
# Back to flowers that somebody measured: two species of iris that are hard to tell apart by their
# sepals, 50 of each. A net of 8 hidden units learns 30 flowers and is asked about the other 70:
# with no price, with L2, with L1. For comparison, there is a straight line as well. One such trial
# says little: with $p$ near 0.65 and 70 flowers, the standard error $\sqrt{p(1-p)/n}$ is 6 points.
# So the flowers are split **ten times** in ten ways.

# %% tags=["prediction"]
guess = ...  # in how many of the ten splits does L2 beat no price: a number from 0 to 10?

# %%
iris = nn.datasets.iris()
pair = [i for i in range(150) if iris.class_names[iris.y[i]] != "setosa"]
sepals = [iris.x[i][:2] for i in pair]
species = [iris.class_names[iris.y[i]] for i in pair]


def split(seed):
    """30 flowers to train on and 70 to measure with, scaled by the first."""
    x, x_held, y, y_held = nn.train_test_split(
        sepals, species, test_size=70, seed=seed, stratify=True
    )
    own = nn.as_samples(x, y)
    held = nn.datasets.scaled(nn.as_samples(x_held, y_held, classes=own.class_names), like=own)
    return nn.datasets.scaled(own), held


def weights(net):
    """All weights of a net, without the biases."""
    return [w for layer in net.layers for row in layer.w for w in row]


def priced(data, price, seed, strength=0.01):
    """A net of 8 hidden units, trained with a price on its weights."""
    net = nn.MLP(2, [8, 2], tanh, seed=seed)
    loss = nn.cross_entropy
    if price is not None:
        loss = lambda logits, y: nn.cross_entropy(logits, y) + strength * price(weights(net))
    nn.fit(
        net, data, loss=loss, optimizer=lambda p: nn.Adam(p, lr=0.15), batch_size=30, epochs=30,
        seed=0, progress=False,
    )  # fmt: skip
    return net


prices = {"no price": None, "L2": nn.l2_penalty, "L1": nn.l1_penalty}
held_shares = {name: [] for name in (*prices, "line")}
own_shares = {name: [] for name in held_shares}
of_split_0 = {}
for seed in range(10):
    own, held = split(seed)
    for name in held_shares:
        net = trained(own, 0, epochs=30)[0] if name == "line" else priced(own, prices[name], seed)
        held_shares[name].append(accuracy(net, held))
        own_shares[name].append(accuracy(net, own))
        of_split_0.setdefault(name, net)


def with_error(numbers):
    """Mean and standard error, as text."""
    return f"{fmean(numbers):.3f} ± {stdev(numbers) / math.sqrt(len(numbers)):.3f}"


for name, shares in held_shares.items():
    gains = [one - other for one, other in zip(shares, held_shares["no price"])]
    print(f"{name:8}  own {fmean(own_shares[name]):.3f}   held {with_error(shares)}", end="")
    print(f"   gain {with_error(gains)}" if any(gains) else "")
l2_gains = [round(a - b, 2) for a, b in zip(held_shares["L2"], held_shares["no price"])]
print("gain of L2, split by split:", *(f"{gain:+.2f}" for gain in l2_gains))
predicted(guess, sum(gain > 0 for gain in l2_gains), "a gain in the mean is no gain each time")

# %% [markdown]
# Both help: the gains are about four times their standard errors. A gain is computed split by
# split and then averaged, for in each split the two nets meet the same flowers, and what is luck
# for one is luck for the other. (The ten splits share flowers. So these standard errors say how
# much splits of *these* 100 flowers differ; for other flowers they are too small.) A straight line,
# which has nothing to wind with, does as well.
#
# And look at the single splits. **Whoever had tried one only** could have reported a gain of 10
# points, or that L2 does harm.
#
# The two differ in what they leave behind. Here are the sizes of the 16 weights of the first layer,
# for the first of the splits:

# %%
sizes = {
    name: sorted(abs(w.data) for row in of_split_0[name].layers[0].w for w in row)[::-1]
    for name in prices
}
for name in prices:
    print(f"{name:8}  largest {sizes[name][0]:.2f}   12th {sizes[name][11]:.3f}")
lines(sizes, title="sizes of weights, sorted", x_name="weight", low=0.0, width=420)

# %% [markdown]
# L2 keeps many small weights; L1 keeps a few and presses the rest to next to nothing.
# (Optimisers have L2 built in: `weight_decay=2λ` is λ times the sum of squares,
# in `nn.SGD` and `nn.Adam`; it takes in the biases, too.)
#
# ### Dropout
#
# Another way to make a net less bendy: in training, let each hidden unit be 0 with probability $p$,
# drawn anew for each sample. So no unit can rely on another one. What is left is multiplied by
# $1/(1-p)$, so that the mean stays. In use nothing is dropped: `eval()` says so.

# %%
dropout = nn.Dropout(0.5, seed=0)
ones = [1.0] * 8
print("training:", *(f"{number:g}" for number in dropout(ones)))
print("training:", *(f"{number:g}" for number in dropout(ones)))
print("in use:  ", *(f"{number:g}" for number in dropout.eval()(ones)))

# %% [markdown]
# In a net it stands behind a hidden layer:
# `nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Dropout(0.5), nn.Linear(16, 2))`.

# %% [markdown]
# ## Early stopping
#
# The cheapest means: stop when the validation set says so. Here is a net of 16 units on the
# rings. With `EarlyStopping` it ends when the validation loss has not fallen for 20 epochs, and
# takes back the weights of its best epoch.

# %%
few = validation._replace(x=validation.x[::4], y=validation.y[::4])
bendy, history = trained(data, 16, epochs=100, validation_data=few)
stopping = nn.EarlyStopping(patience=20)
stopped, short = trained(data, 16, epochs=100, validation_data=few, callbacks=[stopping])
print(f"stopped after {short.epochs} epochs, with the weights of epoch {stopping.best_epoch}")
for name, net in (("100 epochs", bendy), ("stopped", stopped)):
    share = accuracy(net, test)
    print(f"{name:10}  test {share:.1%} ± {math.sqrt(share * (1 - share) / 2000):.1%}")
lines(
    {"training": history["loss"], "validation": history["val_loss"]},
    title="16 hidden units", x_name="epoch", low=0.0, width=420,
)  # fmt: skip

# %% [markdown]
# The validation points have decided when to stop, so once more it is the *test* points that say
# what it brought. With rings we can make new points for that. With 100 flowers a third part hurts.
# Hence the next idea.

# %% [markdown]
# ## k-fold cross-validation: each sample is asked once
#
# Cut the data into k parts (**folds**). Train k times, each time on all parts but one, and measure
# with that one. Every sample is used for measuring exactly once, by a net that did not see it. With
# k as large as the number of samples it is called **leave-one-out**.

# %% jupyter={"source_hidden": true} tags=["plotting"]
folds = list(nn.k_fold(20, 5, seed=0))
alone = list(nn.leave_one_out(20))
multiples(
    [
        tiles([[float(i in part) for i in range(20)] for _, part in folds], title="5-fold",
              row_names=[f"{k + 1}" for k in range(5)], width=300),
        tiles([[float(i in part) for i in range(20)] for _, part in alone], title="leave-one-out",
              width=200),
    ]
)  # fmt: skip

# %% [markdown]
# Rows are trainings, columns are 20 samples, dark ones are held out. Now the straight line and the
# net of 8 hidden units compete for the flowers, in five folds. The scaling is done anew in each
# fold, from its training part.


# %%
def fold_shares(hidden):
    """For each of five folds: the share of right answers among its held out flowers."""
    shares = []
    for places, held_places in nn.k_fold(species, 5, seed=0, stratify=True):
        own = nn.as_samples([sepals[i] for i in places], [species[i] for i in places])
        held = nn.as_samples(
            [sepals[i] for i in held_places], [species[i] for i in held_places],
            classes=own.class_names,
        )  # fmt: skip
        net, _ = trained(nn.datasets.scaled(own), hidden, epochs=20)
        shares.append(accuracy(net, nn.datasets.scaled(held, like=own)))
    return shares


line, bent = fold_shares(0), fold_shares(8)
print("straight line:   ", *(f"{share:.2f}" for share in line), f"  mean {with_error(line)}")
print("8 hidden units:  ", *(f"{share:.2f}" for share in bent), f"  mean {with_error(bent)}")
print(f"difference:       {with_error([a - b for a, b in zip(line, bent)])}")

# %% [markdown]
# The mean difference is smaller than its standard error, and single folds say the one thing or the
# other. Twenty flowers are few, and with ± 2.5 points one cannot see a difference of two. Where two
# models do equally well, take the simpler one. So what is stiff and what is bendy depends on the
# data: a line is too stiff for rings, and right here.
#
# `nn.cross_validate` does a whole cross-validation in one call (without the scaling). Here is
# leave-one-out for 15 of the irises, every tenth of all three species, with all four features and a
# net without a hidden layer: 15 trainings, each measured with one flower.

# %%
few = range(0, 150, 10)
result = nn.cross_validate(
    lambda: nn.MLP(4, [3], seed=0), [iris.x[i] for i in few], [iris.y[i] for i in few],
    loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=0.1), epochs=20, batch_size=10,
    folds=nn.leave_one_out(len(few)), metrics="accuracy", seed=0, progress=False,
)  # fmt: skip
share = result.mean()["test_accuracy"]
print(f"{len(result)} trainings: {share:.1%} of the flowers left out were recognised")

# %% [markdown]
# ## More exercises
#
# Work each one out on paper first. Then write your answer in place of the dots, and run the two
# cells.

# %% [markdown]
# ### Exercise 3
#
# Write `folds_of(n, k)`: a list of k pairs (places to train on, places to measure with). Every
# place from 0 to n − 1 is measured with exactly once, and fold sizes differ by one at most.
#
# <details><summary>Solution</summary>
#
# Deal the places out like cards: fold `j` gets every k-th one, beginning with `j`.
#
# ```python
# def folds_of(n, k):
#     return [([i for i in range(n) if i % k != j], list(range(j, n, k))) for j in range(k)]
# ```
# </details>

# %% tags=["exercise"]
folds_of = ...  # def folds_of(n, k): ...


# %% tags=["check"]
@exercise(3, folds_of)
def check():
    for n, k in ((10, 5), (11, 3), (4, 4)):
        found = folds_of(n, k)
        measured = [i for _, part in found for i in part]
        assert len(found) == k, "one pair for each fold"
        assert sorted(measured) == list(range(n)), "each place is measured with exactly once"
        assert all(sorted([*a, *b]) == list(range(n)) for a, b in found), "train on all the others"
        assert max(len(b) for _, b in found) - min(len(b) for _, b in found) < 2, "equal sizes"


# %% [markdown]
# ### Exercise 4
#
# An open one. Write `learn(data)`: it trains whatever you like on 40 ring points, and gives back a
# function that says 0 or 1 for a point. Over five training sets, it shall be right about at least
# 80 % of the validation points, in the mean. (The net of 4 units is not.) Think of features, or of
# prices. (The mean of five nets of 8 units alone gets 78 %.)
#
# <details><summary>Solution</summary>
#
# One of many: the third feature of above. It makes a stiff model that is stiff in the right way.
#
# ```python
# def learn(data):
#     net, _ = trained(with_square(data), 0)
#
#     def answer(point):
#         no, yes = nn.predict(net, [[*point, point[0] ** 2 + point[1] ** 2]])[0]
#         return int(yes > no)
#
#     return answer
# ```
# </details>

# %% tags=["exercise"]
learn = ...  # def learn(data): ...


# %% tags=["check"]
@exercise(4, learn)
def check():
    shares = []
    for k in range(5):
        answer = learn(rings(40, seed=k))
        shares.append(fmean(answer(p) == y for p, y in zip(validation.x, validation.y)))
    assert fmean(shares) >= 0.8, f"{fmean(shares):.1%} of the validation points are right so far"


# %% [markdown]
# ## What you have seen
#
# * Bad on the training set, and the loss no longer falls: too stiff (underfitting). Bad, and it
#   still falls: train on. Good on the training set, bad on fresh samples: too bendy (overfitting).
# * Over capacity the training loss falls, the validation loss falls and rises again.
# * The squared error is bias², noise and variance. Stiff nets have bias, bendy nets have variance.
# * L1, L2, dropout, early stopping, fewer units, more data: all against overfitting. Better
#   features can help against both.
# * Never report one split. Ten splits or k folds, with a standard error, compared pair by pair.
#
# Next: [7c. Recognising digits](07c-recognising-digits.ipynb), where a net reads, and tells why.
