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
# # 7a. Learning from data
#
# [中文版](zh/07a-learning-from-data.ipynb)
#
# **Time:** about 60 minutes · **You need:** notebooks 5 and 6 (losses, gradient descent) ·
# **Afterwards you can:** split data before you look at them, scale them, train in mini-batches by
# hand and with `fit`, say how low a loss can go, tell learning from learning by heart, and report
# a result together with its standard error.
#
# So far a net had to get four points right. Now it meets flowers that somebody measured. The
# question changes: not *has it learned these?* but *will it be right about those it has never
# seen?* To be right about those is to **generalise**.

# %%
import math
import random
from statistics import fmean, pvariance, stdev

import nn
from autograd_lite import Value, sigmoid, tanh
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import boundary, counts, lines, multiples

# %% [markdown]
# ## 150 flowers, 30 of them locked away
#
# Around 1930 Edgar Anderson measured irises of three species, 50 of each: length and width of the
# sepals (the outer leaves) and of the petals (the inner ones), in centimetres.
#
# **Before we look at a single flower**, we set 30 aside, 10 of each species (`stratify` sees to
# that). They are the **test set**: at the end, and only once, they tell how good the net is. The
# other 120 are the **training set**. Who looks at the test set first, and then thinks about which
# features to use, has already begun to learn from it.

# %%
iris = nn.datasets.iris()
x, x_test, y, y_test = nn.train_test_split(iris.x, iris.y, test_size=30, seed=1, stratify=True)
known = iris._replace(x=x, y=y)

print(len(x), "flowers to train on,", len(x_test), "to test with")
print(*known.feature_names, "species", sep=" | ")
for k in range(3):
    i = y.index(k)
    print(*x[i], known.class_names[k], sep=" | ")

# %% [markdown]
# Between the two stands often a third part. Training finds the weights, but some numbers it does
# not find: the learning rate, how many units, how many epochs. These are the **hyperparameters**.
# Who tries several, and takes those that do best, must not choose by the test set, or it is no test
# any more. So:
#
# | part | who sees it | what for |
# |:--|:--|:--|
# | training set | gradient descent, in every step | to find the weights |
# | validation set | you, as often as you like | to choose hyperparameters, to know when to stop |
# | test set | you, once | the number to report |
#
# In this notebook nothing is chosen, so two parts will do. The next one needs all three.
#
# Four numbers per flower are hard to see, two are easy. Each sign is a flower to train on.


# %% jupyter={"source_hidden": true} tags=["plotting"]
def columns(data, chosen, names):
    """The data set with some of its features."""
    return data._replace(x=[[row[j] for j in chosen] for row in data.x], feature_names=names)


def plane(data, title):
    """The samples of two features in their plane, with no model behind them."""
    xs, ys = zip(*data.x)
    corners = (min(xs) - 0.2, max(xs) + 0.2, min(ys) - 0.2, max(ys) + 0.2)
    no_idea = [[[1 / 3, 1 / 3, 1 / 3]] * 2] * 2
    names = data.class_names, data.feature_names
    return boundary(
        no_idea, corners, data.x, data.y, class_names=names[0], feature_names=names[1],
        title=title, height=250,
    )  # fmt: skip


petals = columns(known, (2, 3), ["petal length", "petal width"])
sepals = columns(known, (0, 1), ["sepal length", "sepal width"])
multiples([plane(petals, "petals: length →, width ↑"), plane(sepals, "sepals: length →, width ↑")])

# %% [markdown]
# By their petals, a ruler nearly does. By their sepals, versicolor and virginica lie on top of one
# another: notebook 7b is about those.

# %% [markdown]
# ## Scaling
#
# A net starts best from inputs of about the size 1. So each feature is shifted and scaled to mean 0
# and standard deviation 1:
#
# $$x' = \frac{x - m}{s}$$
#
# This is called **normalisation** of the inputs (more exactly *standardisation*). How much does it
# matter? The same net is trained in the same way on three versions of the same flowers: in
# centimetres, in millimetres, and scaled.

# %% tags=["prediction"]
guess = ...  # "cm", "mm" or "scaled": with which is the loss highest after 20 epochs?

# %%
millimetres = known._replace(x=[[10 * number for number in row] for row in known.x])
train = nn.datasets.scaled(known)

found = {}
for name, data in (("cm", known), ("mm", millimetres), ("scaled", train)):
    ends = []
    for seed in range(3):
        net = nn.MLP(4, [8, 3], tanh, seed=seed)
        history = nn.fit(
            net, data, loss=nn.cross_entropy, optimizer=lambda p: nn.SGD(p, lr=0.1),
            batch_size=32, epochs=20, seed=seed, progress=False,
        )  # fmt: skip
        ends.append(history["loss"][-1])
    found[name] = fmean(ends)
    print(f"{name:7} loss after 20 epochs, three nets:", *(f"{end:.2f}" for end in ends))
predicted(
    guess, max(found, key=found.get), "inputs of 50 drive tanh where it is flat, and little learns"
)

# %% [markdown]
# Mean and deviation come from the training set **alone**, and the test set is scaled with *those*
# numbers. A scaling that has seen the test set tells something about it: a **leak**. It also has a
# practical side: in use, flowers come one at a time, and one flower has no mean.

# %%
test = nn.datasets.scaled(iris._replace(x=x_test, y=y_test), like=known)

# %% [markdown]
# ### Exercise 1
#
# Three training samples have the feature 2, 4, 6. A test sample has the feature 10. What is it
# after scaling?
#
# <details><summary>Solution</summary>
#
# The mean of the training samples is 4, their variance $(4 + 0 + 4)/3$. The 10 plays no part in
# either. So it becomes $(10 - 4)/\sqrt{8/3} = 3.67$: the test sample is far out, and that is to be
# seen.
#
# ```python
# scaled_feature = (10 - 4) / math.sqrt(8 / 3)
# ```
# </details>

# %% tags=["exercise"]
scaled_feature = ...  # your answer


# %% tags=["check"]
@exercise(1, scaled_feature)
def check():
    three = nn.as_samples([[2.0], [4.0], [6.0]], [0, 0, 1])
    truth = nn.datasets.scaled(nn.as_samples([[10.0]], [0]), like=three).x[0][0]
    assert abs(scaled_feature - truth) < 0.01, "mean and deviation (divide by 3) of 2, 4, 6 alone"


# %% [markdown]
# ## Mini-batches
#
# The loss is a mean over all 120 flowers, and so is its gradient. A mean can be estimated from a
# few: take some flowers at random, step, take others. Such a handful is a **mini-batch**. Each step
# is a little wrong, and a lot cheaper.
#
# How wrong? Below is the gradient of one weight. The gradient of a mean is the mean of the
# gradients, so we compute it once for each flower, and can then draw as many batches as we like:
# 10,000 of 4 flowers and 10,000 of 32. Their standard deviation says how far they scatter around
# the truth.

# %% tags=["prediction"]
guess = ...  # 8, 4 or 2.8: batches of 32 scatter less than batches of 4, by about which factor?

# %%
net = nn.MLP(4, [8, 3], tanh, seed=0)
weight = net.layers[0].w[0][2]


def gradient(i):
    """d (loss of flower i) / d weight."""
    net.zero_grad()
    nn.cross_entropy(net(train.x[i]), train.y[i]).backward()
    return weight.grad


gradients = [gradient(i) for i in range(120)]
rng = random.Random(0)
print(f"all 120 flowers: {fmean(gradients):+.3f}")
scatter = {}
for size in (4, 32):
    estimates = [fmean(rng.choices(gradients, k=size)) for _ in range(10_000)]
    scatter[size] = stdev(estimates)
    print(f"batches of {size:2d}:  ", *(f"{g:+.3f}" for g in estimates[:5]), end="")
    print(f" ...  standard deviation {scatter[size]:.4f}")
print(f"ratio: {scatter[4] / scatter[32]:.1f}")
predicted(guess, 2.8, "8 times as many samples scatter less by √8 = 2.8")

# %% [markdown]
# This square root is everywhere in statistics: **four times as many samples halve the error**.
# Exact gradients are expensive.
#
# Do rough ones do harm? An **epoch** is one pass over all samples. In an epoch, batches of 4 make
# 30 steps, while all 120 flowers at once make one. Each epoch costs the same number of gradients
# of single flowers.

# %% tags=["prediction"]
guess = ...  # 4, 32 or 120: with which size of batch is the loss lowest after 20 epochs?

# %%
curves = {}
for size in (4, 32, 120):
    net = nn.MLP(4, [8, 3], tanh, seed=0)
    history = nn.fit(
        net, train, loss=nn.cross_entropy, optimizer=lambda p: nn.SGD(p, lr=0.1),
        batch_size=size, epochs=20, seed=0, progress=False,
    )  # fmt: skip
    curves[size] = history["loss"]
predicted(
    guess, min(curves, key=lambda size: curves[size][-1]), "600 rough steps beat 20 exact ones"
)
lines(
    {f"of {size}": losses for size, losses in curves.items()},
    title="loss by size of batch", x_name="epoch", low=0.0, width=420,
)  # fmt: skip

# %% [markdown]
# Many rough steps beat few exact ones, at the same learning rate. (Sizes like 32 are a compromise:
# on machines that work on a whole batch at once, a batch of 32 costs hardly more than one of 4.)

# %% [markdown]
# ### Exercise 2
#
# There are 1,797 digits in the data set of notebook 7c. You train on all of them for 5 epochs in
# batches of 32; the last batch of an epoch has what is left over. How many steps is that?
#
# <details><summary>Solution</summary>
#
# $1797 / 32 = 56.2$, so an epoch has 56 full batches and one that is not full.
#
# ```python
# steps = 5 * 57
# ```
# </details>

# %% tags=["exercise"]
steps = ...  # your answer


# %% tags=["check"]
@exercise(2, steps)
def check():
    assert steps == 5 * math.ceil(1797 / 32), "the batch that is not full is a step, too"


# %% [markdown]
# ## The loop, written out
#
# Many tutorials show this loop in TensorFlow. One of them goes like this (we quote the parts that
# matter; the numbers are random, `X` between 0 and 1 and `Y` as well):
#
# ```python
# X = np.random.rand(100, 1)
# Y = np.random.rand(100, 1)
# weights = tf.Variable(tf.random.uniform([1, 1], -1.0, 1.0))
# bias = tf.Variable(tf.zeros([1]))
# optimizer = tf.optimizers.SGD(learning_rate=0.01)
# for epoch in range(1000):
#     with tf.GradientTape() as tape:
#         a = 1 / (1 + tf.exp(-(tf.add(tf.matmul(X, weights), bias))))
#         loss = tf.reduce_mean(tf.square(a - Y))
#     gradients = tape.gradient(loss, [weights, bias])
#     optimizer.apply_gradients(zip(gradients, [weights, bias]))
# ```
#
# It stops with an error at once: NumPy's numbers have 64 bits, the weights 32, and TensorFlow does
# not mix them. Its text promises a hidden layer, but there is only one unit. And `Y` is drawn at
# random: it has nothing to do with `X`. Put right, and with our names, the loss begins at 0.08157.

# %% tags=["prediction"]
guess = ...  # after 1,000 epochs: is the loss below 0.05, "yes" or "no"?

# %%
rng = random.Random(0)
X = [rng.random() for _ in range(100)]
Y = [rng.random() for _ in range(100)]
weight, bias = Value(rng.uniform(-1.0, 1.0), label="weight"), Value(0.0, label="bias")
optimizer = nn.SGD([weight, bias], lr=0.01)

losses = []
for _ in range(1000):
    a = [sigmoid(weight * number + bias) for number in X]  # forward: arithmetic records itself
    loss = nn.mse(a, Y)  # the mean of (a - y)²
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()  # p ← p - 0.01 · gradient
    losses.append(loss.data)
print(f"epoch 1: {losses[0]:.5f}   epoch 1000: {losses[-1]:.5f}")
predicted(guess, "yes" if losses[-1] < 0.05 else "no", "no X can foresee a Y drawn at random")

# %% [markdown]
# Four lines that never change: forward, `zero_grad`, `backward`, `step`. TensorFlow must be told
# when to record (`GradientTape`); a Value always does.
#
# ### How low can the loss go?
#
# Longer training would not help. The best answer to every `X` is the mean of `Y`, and the loss that
# is left is the **variance** of `Y`. For numbers that are uniform between 0 and 1 that is
#
# $$\int_0^1 \left(y - \tfrac12\right)^2 dy = \tfrac1{12} = 0.0833$$
#
# We call it the **floor** of the loss (books: the *irreducible* or *Bayes* error).

# %%
floor = pvariance(Y)
print(f"variance of these 100 targets: {floor:.5f}   of all such numbers: {1 / 12:.5f}")
lines(
    {"loss": losses, "floor": [floor] * 1000}, title="nothing to learn", x_name="epoch", width=420
)

# %% [markdown]
# The last loss, 0.08076, lies a hair below this floor: the two parameters fit a trace of the chance
# in these 100 numbers.
#
# Ask for the floor before you train. A loss far above it says: there is something left to learn.
# And a loss below it? On *fresh* samples that is a reason to look for a mistake, such as a leak. On
# the *training* set it is an everyday sight, as comes next.

# %% [markdown]
# ### Exercise 3
#
# Somebody predicts noise that is uniform between 0 and 1 by the number 0.6, always. What mean
# squared error will that have on very many samples?
#
# <details><summary>Solution</summary>
#
# The error splits in two: what nobody can foresee (the variance, 1/12), and the square of how far
# the answer is off the mean. $\tfrac1{12} + (0.6 - 0.5)^2 = 0.0933$. (The second part is the
# square of a **bias**: 7b comes back to it.)
#
# ```python
# error = 1 / 12 + 0.1**2
# ```
# </details>

# %% tags=["exercise"]
error = ...  # your answer


# %% tags=["check"]
@exercise(3, error)
def check():
    truth = fmean((0.6 - (k + 0.5) / 10_000) ** 2 for k in range(10_000))
    assert abs(error - truth) < 1e-4, "the floor, and what is added by missing the mean by 0.1"


# %% [markdown]
# ## The same with fit: noise, learned by heart
#
# `fit` is that loop with batches, shuffling, a history and a progress bar. A second well-known
# program, in Keras, fits noise as well: 1,000 samples of ten random numbers, and a random target.
#
# ```python
# X = np.random.rand(1000, 10)
# y = np.random.rand(1000, 1)
# model = Sequential()
# model.add(Dense(64, input_dim=10, activation='relu'))
# model.add(Dense(1, activation='linear'))
# model.compile(loss='mean_squared_error', optimizer='adam')
# model.fit(X, y, epochs=10, batch_size=32)
# ```
#
# In nn, line by line:

# %%
rng = random.Random(0)


def noise(n):
    return [[rng.random() for _ in range(10)] for _ in range(n)], [[rng.random()] for _ in range(n)]


X, Y = noise(1000)
model = nn.Sequential()
model.append(nn.Linear(10, 64, seed=0))
model.append(nn.ReLU())
model.append(nn.Linear(64, 1, seed=1))
history = nn.fit(model, X, Y, loss=nn.mse, optimizer=nn.Adam, epochs=10, batch_size=32, seed=0)
print(history)

# %% [markdown]
# The loss falls in every epoch, and it looks like progress. Is anything learned? 1,000 fresh
# samples will say.

# %% tags=["prediction"]
guess = ...  # which error on fresh samples is smaller: "net", or "half" (always to say ½)?

# %%
X_fresh, Y_fresh = noise(1000)
on_fresh = nn.mse(nn.predict(model, X_fresh), Y_fresh).data
always_half = nn.mse([[0.5]] * 1000, Y_fresh).data
print(f"its own 1,000:  the net {history['loss'][-1]:.5f}  floor {pvariance(y[0] for y in Y):.5f}")
print(f"fresh 1,000:    the net {on_fresh:.5f}  always ½ {always_half:.5f}")
predicted(guess, "net" if on_fresh < always_half else "half", "in noise there is no law to find")

# %% [markdown]
# Ten epochs only brought the net down to about the floor: it has learned to say about ½. With fewer
# samples and more epochs something else happens. Here are 40, and 40 fresh ones (`validation_data`)
# that are measured in each epoch:

# %%
x40, y40 = noise(40)
model = nn.Sequential(nn.Linear(10, 32, seed=0), nn.Tanh(), nn.Linear(32, 1, seed=1))
history = nn.fit(
    model, x40, y40, loss=nn.mse, optimizer=lambda p: nn.Adam(p, lr=0.01), epochs=100,
    batch_size=20, seed=0, validation_data=noise(40),
)  # fmt: skip
print(f"its own 40: {history['loss'][-1]:.4f}   fresh: {history['val_loss'][-1]:.4f}")
lines(
    {"its own 40": history["loss"], "fresh": history["val_loss"], "floor": [1 / 12] * 100},
    title="noise, learned by heart", x_name="epoch", low=0.0, high=0.2, width=420,
)  # fmt: skip

# %% [markdown]
# On its 40 samples the net falls far below the floor. It has not found a law, for there is none: it
# has learned 40 numbers by heart (**memorised** them). On fresh samples it does *worse* than ½ for
# everything. That is **overfitting** in its pure form: the net does not generalise.

# %% [markdown]
# ## Iris, watched
#
# Back to flowers, where there is something to learn. A `Monitor` watches the training. First with
# the petals alone, since two features can be drawn:

# %%
petals_train = columns(train, (2, 3), ["petal length", "petal width"])
monitor = nn.Monitor()
net = nn.MLP(2, [8, 3], tanh, seed=0)
history = nn.fit(
    net, petals_train, loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=0.03), epochs=40,
    seed=0, metrics="accuracy", callbacks=[monitor],
)  # fmt: skip

# %% [markdown]
# On top, loss and accuracy by epoch, and what happens in the layers: how large gradients are, how
# far a step moves the weights, and how many units pass next to nothing back. Below, the plane of
# the two features: the tint is the stronger, the surer the net is; a ring marks a flower that it
# gets wrong.
#
# Which ones are the worst?

# %%
for sample in monitor.wrong(4):
    print(f"flower {sample.place:3d} is {sample.target}, taken for {sample.prediction}, ", end="")
    print(f"loss {sample.loss:.2f}")

# %% [markdown]
# Any of them can be asked what it wants: this is the graph of the worst one's loss, folded to
# layers. A blue ▲ says *raise this, and the loss rises*. So training will lower it.

# %%
monitor.draw(monitor.wrong(1)[0].place, level="layer")

# %% [markdown]
# ## The test, once, and how sure it is
#
# Now all four features, and at last the 30 flowers that were locked away:

# %%
net = nn.MLP(4, [8, 3], tanh, seed=0)
nn.fit(
    net, train, loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=0.03), epochs=40, seed=0
)
answers = nn.predict_classes(net, test.x)
share = nn.accuracy(answers, test.y)
print(f"{share:.1%} of 30 right")
counts(nn.confusion_matrix(answers, test.y), class_names=iris.class_names, title="Iris, tested")

# %% [markdown]
# Each row is what a flower is, each column what it was taken for (a **confusion matrix**). Right
# answers are on the diagonal.
#
# How much is such a share worth? Other 30 flowers would have given another one. If a net is right
# with probability $p$, then its share among $n$ samples scatters around $p$ with the standard
# deviation
#
# $$\sqrt{\frac{p\,(1 - p)}{n}}$$
#
# This is the **standard error** of a share (the square root from above again). Most of the time the
# truth lies within two standard errors of the share.


# %%
def standard_error(share, n):
    """How far a share among n samples scatters by chance."""
    return math.sqrt(share * (1 - share) / n)


print(f"accuracy {share:.3f} ± {standard_error(share, 30):.3f}")
for n in (30, 120, 480, 1920):
    print(f"the same share of {n:5,} would be ± {standard_error(share, n):.3f}")

# %% [markdown]
# So a claim like *96.7 % against 93.3 %, hence the better net* means nothing with 30 flowers: it is
# one flower. (For shares near 0 or 1 and few samples the formula is only rough: a net that is right
# 30 times out of 30 is not proved to be perfect.)

# %% [markdown]
# ## More exercises
#
# Work each one out on paper first. Then write your answer in place of the dots, and run the two
# cells.

# %% [markdown]
# ### Exercise 4
#
# Net A is right about 45 of 50 flowers, net B about 47 of 50 *other* flowers. What are the two
# standard errors? And that of the difference of the shares: the root of the sum of their squares?
# Is the difference larger than twice that?
#
# <details><summary>Solution</summary>
#
# 0.042 and 0.034, together 0.054. The difference is 0.04: not even once its own error. Nobody knows
# which net is better.
#
# ```python
# se_a = math.sqrt(0.9 * 0.1 / 50)
# se_b = math.sqrt(0.94 * 0.06 / 50)
# se_difference = math.sqrt(se_a**2 + se_b**2)
# b_is_better = False
# ```
# </details>

# %% tags=["exercise"]
se_a = ...  # your answer
se_b = ...  # your answer
se_difference = ...  # your answer
b_is_better = ...  # your answer: True if the difference is more than twice its standard error


# %% tags=["check"]
@exercise(4, se_a, se_b, se_difference, b_is_better)
def check():
    a, b = standard_error(45 / 50, 50), standard_error(47 / 50, 50)
    assert abs(se_a - a) < 1e-3, "se_a: p = 45/50 and n = 50"
    assert abs(se_b - b) < 1e-3, "se_b: p = 47/50 and n = 50"
    assert abs(se_difference - math.hypot(a, b)) < 1e-3, "√(se_a² + se_b²)"
    assert b_is_better is False, "is 0.04 more than twice se_difference?"


# %% [markdown]
# ### Exercise 5
#
# Write `fit` yourself: `my_fit(net, x, y, lr, epochs, size)` trains by gradient descent in
# mini-batches that are drawn anew in each epoch, and gives back the list of the mean losses, one
# for each epoch. Use `nn.cross_entropy` and `nn.SGD`.
#
# <details><summary>Solution</summary>
#
# Shuffle the places, cut them into pieces, and do the four lines for each piece.
#
# ```python
# def my_fit(net, x, y, lr, epochs, size):
#     optimizer, rng, history = nn.SGD(net.parameters(), lr=lr), random.Random(0), []
#     places = list(range(len(x)))
#     for _ in range(epochs):
#         rng.shuffle(places)
#         total = 0.0
#         for start in range(0, len(places), size):
#             batch = places[start : start + size]
#             loss = nn.cross_entropy([net(x[i]) for i in batch], [y[i] for i in batch])
#             optimizer.zero_grad()
#             loss.backward()
#             optimizer.step()
#             total += loss.data * len(batch)
#         history.append(total / len(places))
#     return history
# ```
# </details>

# %% tags=["exercise"]
my_fit = ...  # def my_fit(net, x, y, lr, epochs, size): ...


# %% tags=["check"]
@exercise(5, my_fit)
def check():
    net = nn.MLP(4, [8, 3], tanh, seed=0)
    before = nn.cross_entropy([net(row) for row in train.x], train.y).data
    history = my_fit(net, train.x, train.y, lr=0.1, epochs=10, size=8)
    assert isinstance(history, list), "it gives back a list"
    assert len(history) == 10, "one number for each of the 10 epochs"
    after = nn.cross_entropy([net(row) for row in train.x], train.y).data
    assert history[-1] < history[0] <= before, "the losses should fall from epoch to epoch"
    assert after < 0.25, "10 epochs of 15 steps bring the loss below 0.25: is each batch a step?"
    assert abs(history[-1] - after) < 0.1, "the last number: the mean loss of the last epoch"


# %% [markdown]
# ## What you have seen
#
# * Split first, then look. The training set finds weights, the validation set hyperparameters, the
#   test set one number, once.
# * Inputs are scaled, by numbers of the training set alone.
# * The loop: forward, `zero_grad`, `backward`, `step`. In mini-batches, many rough steps beat few
#   exact ones; scatter falls with the root of the number of samples.
# * Every loss has a floor. Below it there is nothing to learn, only something to learn by heart.
# * A share of $n$ samples is worth $\pm\sqrt{p(1-p)/n}$.
#
# Next: [7b. Too stiff, too bendy](07b-too-stiff-too-bendy.ipynb), where nets cannot learn enough,
# or learn too much.
