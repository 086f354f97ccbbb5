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
# # 7. Training on real data
#
# [中文版](zh/07-training-on-real-data.ipynb)
#
# So far a net had to get four points right. Now it meets flowers that somebody measured and digits
# that somebody wrote. The question changes: not *has it learned these?* but *will it be right about
# those it has never seen?*
#
# At the end you will be able to
#
# * split and scale data, and train in mini-batches, by hand and with `fit`,
# * say how good a net **can** become, and notice when it only learns by heart,
# * see over- and underfitting, and use L1, L2 and early stopping against it,
# * judge fairly, by k-fold and leave-one-out cross-validation,
# * look into a net that reads digits: what it sees, where it fails, and why.
#
# Where the Python engine runs (as in a browser), a few cells take up to a minute. On the native
# engine, all of them together take some seconds.

# %%
import random
from statistics import fmean, pvariance

import nn
from autograd_lite import Value, sigmoid, tanh
from autograd_lite.views.charts import boundary, counts, lines, multiples, tiles

# %% [markdown]
# ## 150 flowers
#
# Around 1930 Edgar Anderson measured irises of three species, 50 of each: length and width of the
# sepals (the outer leaves) and of the petals (the inner ones), in centimetres.

# %%
iris = nn.datasets.iris()
print(*iris.feature_names, "species", sep=" | ")
for i in (0, 50, 100):
    print(*iris.x[i], iris.class_names[iris.y[i]], sep=" | ")

# %% [markdown]
# Four numbers per flower are hard to see, two are easy. Each sign is a flower.


# %%
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


petals = columns(iris, (2, 3), ["petal length", "petal width"])
sepals = columns(iris, (0, 1), ["sepal length", "sepal width"])
multiples([plane(petals, "petals: length →, width ↑"), plane(sepals, "sepals: length →, width ↑")])

# %% [markdown]
# By their petals, a ruler nearly does. By their sepals, versicolor and virginica lie on top of one
# another: who gets all of *those* right has learned them by heart. We come back to that.

# %% [markdown]
# ## Set some aside, then scale
#
# A net is judged by flowers that it was **not** trained on. So 30 are set aside now, 10 of each
# species (`stratify` sees to that), and not looked at until the end.
#
# Then each feature is shifted and scaled to mean 0 and standard deviation 1, for a net learns
# best from numbers of about that size. Mean and deviation come from the training part **alone**:
# the test part must not tell us anything, not even its mean.

# %%
x, x_test, y, y_test = nn.train_test_split(iris.x, iris.y, test_size=30, seed=1, stratify=True)
measured = iris._replace(x=x, y=y)
train = nn.datasets.scaled(measured)
test = nn.datasets.scaled(iris._replace(x=x_test, y=y_test), like=measured)

for name, data in (("to train on", train), ("to test with", test)):
    print(f"{len(data.x):3d} flowers {name:12}  mean petal length, scaled: ", end="")
    print(f"{fmean(row[2] for row in data.x):.3f}")

# %% [markdown]
# ## Mini-batches
#
# The loss is a mean over all 120 flowers, and so is its gradient. A mean can be estimated from a
# few: take some flowers at random, step, take others. Each step is a little wrong, and a lot
# cheaper.
#
# How wrong? Here is the gradient of one weight: first from all flowers, then from random batches,
# five of 4 flowers and five of 32.

# %%
net = nn.MLP(4, [8, 3], tanh, seed=0)
weight = net.layers[0].w[0][2]


def gradient(places):
    """d (mean loss of these flowers) / d weight."""
    net.zero_grad()
    loss = nn.cross_entropy([net(train.x[i]) for i in places], [train.y[i] for i in places])
    loss.backward()
    return weight.grad


rng = random.Random(0)
print(f"all 120 flowers: {gradient(range(120)):+.3f}")
for size in (4, 32):
    estimates = [gradient(rng.sample(range(120), size)) for _ in range(5)]
    print(f"batches of {size:2d}:  ", *(f"{g:+.3f}" for g in estimates))

# %% [markdown]
# Small batches scatter around the truth. Does that matter? An **epoch** is one pass over all
# samples. In an epoch, batches of 4 make 30 steps, while all 120 flowers at once make one. So let
# us see which is further after 20 epochs, each of which costs the same.

# %%
curves = {}
for size in (4, 32, 120):
    net = nn.MLP(4, [8, 3], tanh, seed=0)
    history = nn.fit(
        net, train, loss=nn.cross_entropy, optimizer=lambda p: nn.SGD(p, lr=0.1),
        batch_size=size, epochs=20, seed=0, progress=False,
    )  # fmt: skip
    curves[f"of {size}"] = history["loss"]
lines(curves, title="loss by size of batch", x_name="epoch", low=0.0, width=420)

# %% [markdown]
# Many rough steps beat one exact step. (Sizes like 32 are a compromise: on machines that work on a
# whole batch at once, a batch of 32 costs hardly more than one of 4.)

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
# not mix them. Its text promises a hidden layer, but there is only one unit. Put right, and with
# our names:

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

# %% [markdown]
# Four lines that never change: forward, `zero_grad`, `backward`, `step`. TensorFlow must be told
# when to record (`GradientTape`); a Value always does.
#
# ### How low can the loss go?
#
# The loss hardly falls, and longer training does not help. It cannot: `Y` has nothing to do with
# `X`. The best answer to every question is then the mean of `Y`, and the loss that is left is the
# **variance** of `Y`. For numbers that are uniform between 0 and 1 that is exactly
#
# $$\int_0^1 \left(y - \tfrac12\right)^2 dy = \tfrac1{12} = 0.0833$$

# %%
floor = pvariance(Y)
print(f"variance of these 100 targets: {floor:.5f}   of all such numbers: {1 / 12:.5f}")
lines(
    {"loss": losses, "floor": [floor] * 1000}, title="nothing to learn", x_name="epoch", width=420
)

# %% [markdown]
# Ask for the floor before you train. A loss far above it says: there is something left to learn. A
# loss *below* it says: something is wrong, as you will see next.

# %% [markdown]
# ## The same with fit, and a loss below its floor
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
# It looks like progress: the loss falls in every epoch. But is anything learned? Compare with the
# floors: of these 1,000 targets, and of 1,000 fresh ones that the net has not seen.

# %%
X_fresh, Y_fresh = noise(1000)
on_fresh = nn.mse(nn.predict(model, X_fresh), Y_fresh).data
always_half = nn.mse([[0.5]] * 1000, Y_fresh).data
print(f"its own targets: the net {history['loss'][-1]:.4f}, floor {pvariance(y[0] for y in Y):.4f}")
print(
    f"fresh targets:   the net {on_fresh:.4f}, floor {pvariance(y[0] for y in Y_fresh):.4f}, ",
    end="",
)
print(f"always ½ {always_half:.4f}")

# %% [markdown]
# Nothing is learned: on fresh targets, to say ½ always is better than the net. Where it came below
# ½ on its own targets, it did so by heart. With fewer samples that is plain to see. Here
# are 40, and 40 fresh ones (`validation_data`) that are measured in each epoch:

# %%
x40, y40 = noise(40)
model = nn.Sequential(nn.Linear(10, 32, seed=0), nn.Tanh(), nn.Linear(32, 1, seed=1))
history = nn.fit(
    model, x40, y40, loss=nn.mse, optimizer=lambda p: nn.Adam(p, lr=0.01), epochs=100,
    batch_size=20, seed=0, validation_data=noise(40),
)  # fmt: skip
lines(
    {"40 samples": history["loss"], "fresh": history["val_loss"], "floor": [1 / 12] * 100},
    title="noise, learned by heart", x_name="epoch", low=0.0, high=0.2, width=420,
)  # fmt: skip

# %% [markdown]
# On its 40 samples the net falls far below the floor. It has not found a law, for there is none: it
# has learned 40 numbers by heart. On fresh samples it does *worse* than ½ for everything. That is
# **overfitting** in its pure form.

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
# Now all four features, and at last the 30 flowers set aside:

# %%
net = nn.MLP(4, [8, 3], tanh, seed=0)
nn.fit(
    net, train, loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=0.03), epochs=40, seed=0
)
answers = nn.predict_classes(net, test.x)
print(f"{nn.accuracy(answers, test.y):.1%} of 30 right")
counts(nn.confusion_matrix(answers, test.y), class_names=iris.class_names, title="Iris, tested")

# %% [markdown]
# Each row is what a flower is, each column what it was taken for. Right answers are on the
# diagonal.

# %% [markdown]
# ## Too stiff, right, too bendy
#
# Now the hard pair: versicolor and virginica by their **sepals**, 50 flowers to train on and 50 to
# test with. Three nets: one that is stopped after a few steps, one that can only draw a straight
# line, and one with 24 hidden units.

# %%
pair = [i for i in range(150) if iris.class_names[iris.y[i]] != "setosa"]
x, x_test, y, y_test = nn.train_test_split(
    [sepals.x[i] for i in pair], [iris.class_names[iris.y[i]] for i in pair],
    test_size=50, seed=1, stratify=True,
)  # fmt: skip
measured = nn.as_samples(x, y)._replace(feature_names=sepals.feature_names)
held = nn.datasets.scaled(nn.as_samples(x_test, y_test), like=measured)
hard = nn.datasets.scaled(measured)


def trained(widths, epochs, seed=0, penalty=lambda net: 0.0, lr=0.05, callbacks=()):
    """A net for the hard pair, and the history of its training."""
    net = nn.MLP(2, widths, tanh, seed=seed)
    history = nn.fit(
        net, hard, loss=lambda logits, c: nn.cross_entropy(logits, c) + penalty(net),
        optimizer=lambda p: nn.Adam(p, lr=lr), batch_size=25, epochs=epochs, seed=0,
        metrics="accuracy", validation_data=held, callbacks=callbacks, progress=False,
    )  # fmt: skip
    return net, history


def boundary_of(net, title):
    """Where the net draws its line."""
    return nn.Inspection(net, nn.cross_entropy, hard).boundary(title=title, rings=False)


stiff, stiff_history = trained([24, 2], epochs=1, lr=0.003)
line, line_history = trained([2], epochs=60)
bendy, bendy_history = trained([24, 2], epochs=200)

table = nn.Table(rows="")
for name, history in (
    ("hardly trained", stiff_history),
    ("a straight line", line_history),
    ("24 hidden units", bendy_history),
):
    row = {column: history[column][-1] for column in ("accuracy", "val_accuracy", "val_loss")}
    table.add({"net": name, "epochs": history.epochs, **row})
print(table)
multiples(
    [
        boundary_of(stiff, "hardly trained"),
        boundary_of(line, "a straight line"),
        boundary_of(bendy, "24 hidden units"),
    ],
    columns=2,
)

# %% [markdown]
# * Hardly trained, **underfitting**: bad on the training flowers and on the others. Train longer,
#   take a larger learning rate, more units, or better features.
# * 24 hidden units, **overfitting**: 90 % right on the training flowers, and hardly better than a
#   coin on the others. The line winds around single flowers. Get more data, a simpler net, or one
#   of the means below.
# * The straight line, neither: about as good on fresh flowers as on its own. There is not much more
#   in these two features.

# %% [markdown]
# ## L2 and L1: a price on weights
#
# A net that winds needs large weights. So put a price on them. **L2** adds the sum of squares to
# the loss, **L1** the sum of sizes, each times a small number λ:
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
#
# The same 24 units once more, with either price. On the right, the sizes of the 24 largest weights
# of the first layer, which has 48.


# %%
def weights(net):
    return [w for layer in net.layers for row in layer.w for w in row]


nets = {}
nets["no price"], _ = trained([24, 2], 100)
nets["L2"], _ = trained([24, 2], 100, penalty=lambda net: 0.01 * nn.l2_penalty(weights(net)))
nets["L1"], _ = trained([24, 2], 100, penalty=lambda net: 0.01 * nn.l1_penalty(weights(net)))
sizes = {
    name: sorted((abs(w.data) for row in net.layers[0].w for w in row), reverse=True)[:24]
    for name, net in nets.items()
}
for name, net in nets.items():
    own = nn.accuracy(nn.predict(net, hard.x), hard.y)
    fresh = nn.accuracy(nn.predict(net, held.x), held.y)
    print(f"{name:8}  own flowers {own:.0%}  fresh flowers {fresh:.0%}  ", end="")
    print(f"weights: largest {sizes[name][0]:.2f}, 24th {sizes[name][23]:.3f}")
multiples(
    [
        boundary_of(nets["L1"], "24 hidden units, with L1"),
        lines(
            {name: sizes[name] for name in ("L2", "L1")}, title="sizes of weights", x_name="weight"
        ),
    ]
)

# %% [markdown]
# Both straighten the line and win back what the bends had lost. L2 keeps many small weights; L1
# keeps a few larger ones and presses the rest to next to nothing. (Optimisers have L2 built in:
# `weight_decay=2λ` is λ times the sum of squares.)

# %% [markdown]
# ## Early stopping
#
# The cheapest means: stop when fresh samples say so. The loss of the bendy net on fresh flowers
# turned around long before the end:

# %%
stopping = nn.EarlyStopping(patience=20)
stopped, history = trained([24, 2], epochs=200, callbacks=[stopping])
print(f"stopped after {history.epochs} epochs: {history.stopped}")
print(f"weights restored: those of epoch {stopping.best_epoch}; fresh flowers right: ", end="")
print(f"{nn.accuracy(nn.predict(stopped, held.x), held.y):.0%}")
lines(
    {"training": bendy_history["loss"], "fresh": bendy_history["val_loss"]},
    title="loss of the bendy net", x_name="epoch", low=0.0, width=420,
)  # fmt: skip

# %% [markdown]
# A fair warning: these "fresh" flowers have now decided when to stop, so they are no longer a
# test. Who wants to report a number keeps a third part for it. With 100 flowers that hurts. Hence
# the next idea.

# %% [markdown]
# ## k-fold cross-validation: each sample is tested once
#
# Cut the data into k parts (**folds**). Train k times, each time on all parts but one, and test on
# that one. Every sample is tested exactly once, by a net that did not see it. With k as large as
# the number of samples it is called **leave-one-out**.

# %%
folds = list(nn.k_fold(20, 5, seed=0))
alone = list(nn.leave_one_out(20))
multiples(
    [
        tiles([[float(i in test) for i in range(20)] for _, test in folds], title="5-fold",
              row_names=[f"{k + 1}" for k in range(5)], width=300),
        tiles([[float(i in test) for i in range(20)] for _, test in alone], title="leave-one-out",
              width=200),
    ]
)  # fmt: skip

# %% [markdown]
# Rows are trainings, columns are 20 samples, dark ones are tested. Now the straight line and the
# net of 12 hidden units compete for the hard pair, in five folds. The scaling is done anew in each
# fold, from its training part.


# %%
everything = nn.as_samples([*x, *x_test], [*y, *y_test])


def scores(widths, folds, epochs):
    """For each fold: the share of right answers among its test samples."""
    found = []
    for train, test in folds:
        part = everything._replace(
            x=[everything.x[i] for i in train], y=[everything.y[i] for i in train]
        )
        rest = everything._replace(
            x=[everything.x[i] for i in test], y=[everything.y[i] for i in test]
        )
        net = nn.MLP(2, widths, tanh, seed=0)
        nn.fit(
            net, nn.datasets.scaled(part), loss=nn.cross_entropy, batch_size=20, epochs=epochs,
            optimizer=lambda p: nn.Adam(p, lr=0.05), seed=0, progress=False,
        )  # fmt: skip
        found.append(nn.accuracy(nn.predict(net, nn.datasets.scaled(rest, like=part).x), rest.y))
    return found


for name, widths in (("straight line", [2]), ("12 hidden units", [12, 2])):
    found = scores(widths, nn.k_fold(everything.y, 5, seed=0, stratify=True), epochs=60)
    print(f"{name:16}", *(f"{share:.2f}" for share in found), f"  mean {fmean(found):.2f}")

# %% [markdown]
# A straight line it is: the mean of five tests says so, and no single split has to be trusted. How
# far can one split mislead? Here are the irises again with all features, three times 30 other
# flowers set aside:

# %%
for seed in (0, 1, 2):
    x, x_test, y, y_test = nn.train_test_split(
        iris.x, iris.y, test_size=30, seed=seed, stratify=True
    )
    part = iris._replace(x=x, y=y)
    rest = iris._replace(x=x_test, y=y_test)
    net = nn.MLP(4, [8, 3], tanh, seed=0)
    nn.fit(
        net, nn.datasets.scaled(part), loss=nn.cross_entropy, seed=0, epochs=40, progress=False,
        optimizer=lambda p: nn.Adam(p, lr=0.03),
    )  # fmt: skip
    share = nn.accuracy(nn.predict(net, nn.datasets.scaled(rest, like=part).x), rest.y)
    print(f"split {seed}: {share:.1%} of 30 right")

# %% [markdown]
# Same net, same training, and anything from a poor to a perfect result. Never report one split.
#
# `nn.cross_validate` does a whole cross-validation in one call (without the scaling). Here is
# leave-one-out for 30 of the irises, every fifth, and a net without a hidden layer: 30 trainings,
# each tested with one flower.

# %%
few = range(0, 150, 5)
result = nn.cross_validate(
    lambda: nn.MLP(4, [3], seed=0), [iris.x[i] for i in few], [iris.y[i] for i in few],
    loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=0.05), epochs=40, batch_size=10,
    folds=nn.leave_one_out(len(few)), metrics="accuracy", seed=0, progress=False,
)  # fmt: skip
share = result.mean()["test_accuracy"]
print(f"{len(result)} trainings: {share:.0%} of the flowers left out were recognised")

# %% [markdown]
# ## Digits
#
# 1,797 digits, each a picture of 8 × 8 pixels. A pixel is a number between 0 (paper) and 16 (ink).

# %%
digits = nn.datasets.digits()


def picture(numbers, title, **options):
    """64 numbers as 8 x 8 tiles."""
    rows = [numbers[8 * k : 8 * k + 8] for k in range(8)]
    return tiles(rows, title=title, width=96, **options)


multiples([picture(digits.x[i], digits.class_names[digits.y[i]]) for i in range(10)], columns=5)

# %% [markdown]
# To the net a picture is a list of 64 numbers. It has 16 hidden units, 10 outputs, and so
# $64 \cdot 16 + 16 + 16 \cdot 10 + 10 = 1210$ parameters. It is trained on a quarter of the digits
# and tested with the others.

# %%
x, x_test, y, y_test = nn.train_test_split(
    digits.x, digits.y, test_size=0.75, seed=0, stratify=True
)


def ink(pictures):
    """The pictures with pixels from 0 to 1."""
    return [[pixel / 16 for pixel in pixels] for pixels in pictures]


reader = nn.MLP(64, [16, 10], tanh, seed=0)
print(len(reader.parameters()), "parameters")
history = nn.fit(
    reader, ink(x), y, loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=0.02),
    epochs=6, batch_size=20, seed=0, metrics="accuracy",
)  # fmt: skip
print(history)

# %%
answers = nn.predict_classes(reader, ink(x_test))
print(f"{nn.accuracy(answers, y_test):.1%} of {len(y_test):,} fresh digits right")
counts(nn.confusion_matrix(answers, y_test), class_names=digits.class_names, width=420, height=320)

# %% [markdown]
# Which digits does it get wrong? Here are five, with what they are and what they were taken for.

# %%
wrong = [i for i in range(len(y_test)) if answers[i] != y_test[i]]
multiples([picture(x_test[i], f"{y_test[i]}, not {answers[i]}") for i in wrong[:5]], columns=5)

# %% [markdown]
# ### What does a unit look for?
#
# A hidden unit multiplies each pixel by a weight. So its 64 weights are a picture, too: it likes
# ink where it is blue, and dislikes ink where it is orange.

# %%
patterns = [[w.data for w in row] for row in reader.layers[0].w]
multiples([picture(patterns[k], f"unit {k}") for k in range(5)], columns=5)

# %% [markdown]
# ### Why did it say that?
#
# Gradients answer that question as well. Make the *pixels* Values and ask for the derivative of
# "the logit of the wrong answer minus that of the right one". It says where ink speaks for the
# mistake (blue), and where against it (orange).

# %%
maps = []
for i in wrong[:3]:
    pixels = [Value(pixel / 16) for pixel in x_test[i]]
    logits = reader(pixels)
    (logits[answers[i]] - logits[y_test[i]]).backward()
    maps.append(picture(x_test[i], f"{y_test[i]}, not {answers[i]}"))
    maps.append(picture([pixel.grad for pixel in pixels], "why", signed=True))
multiples(maps, columns=6)

# %% [markdown]
# This is the seed of *interpretability*: the same `backward` that trains a net also tells what an
# answer hangs on.

# %% [markdown]
# ## Exercises
#
# Work each one out on paper first. Then write your answer in place of the dots, and run the two
# cells.

# %% [markdown]
# ### Exercise 1
#
# A tutorial says of a hidden activation $a$ that feeds a sigmoid output $\hat y = \sigma(z)$ with
# $z = w a + b$ and cross-entropy loss: "$\frac{\partial L}{\partial a} = -(y - \hat y)$". Take
# $a = 0.5$, $w = 2$, $b = -1$, $y = 1$, so that $z = 0$ and $\hat y = 0.5$. What are
# $\frac{\partial L}{\partial z}$ and $\frac{\partial L}{\partial a}$ in truth?
#
# <details><summary>Solution</summary>
#
# $-(y - \hat y) = -0.5$ is the derivative by $z$: sigmoid and logarithm cancel. To get to $a$ there
# is one more step, the product $w a$, and it multiplies by $w = 2$. So the derivative by $a$ is
# $-1$: the tutorial has named the right number wrongly.
#
# ```python
# by_z = -0.5
# by_a = -1.0
# ```
# </details>

# %% tags=["exercise"]
by_z = ...  # your answer
by_a = ...  # your answer

# %% tags=["check"]
if by_z is ... or by_a is ...:
    print("Exercise 1: not answered yet")
else:
    a, z_also = Value(0.5), Value(0.0)
    nn.binary_cross_entropy(sigmoid(2 * a - 1), 1.0).backward()
    nn.binary_cross_entropy(sigmoid(z_also), 1.0).backward()
    assert abs(by_z - z_also.grad) < 1e-6, "by_z: prediction minus target"
    assert abs(by_a - a.grad) < 1e-6, "by_a: go one step further back, through w * a"
    print("Exercise 1: right")

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
if with_l2 is ... or with_l1 is ...:
    print("Exercise 2: not answered yet")
else:
    for answer, price in ((with_l2, nn.l2_penalty), (with_l1, nn.l1_penalty)):
        w = Value(2.0)
        (0.5 * w + 0.05 * price([w])).backward()
        nn.SGD([w], lr=0.1).step()
        assert abs(answer - w.data) < 1e-6, "add the slope of the price to the gradient, then step"
    print("Exercise 2: right")

# %% [markdown]
# ### Exercise 3
#
# Somebody predicts noise that is uniform between 0 and 1 by the number 0.6, always. What mean
# squared error will that have on very many samples?
#
# <details><summary>Solution</summary>
#
# The error splits in two: what nobody can foresee (the variance, 1/12), and the square of how far
# the answer is off the mean. $\tfrac1{12} + (0.6 - 0.5)^2 = 0.0933$.
#
# ```python
# error = 1 / 12 + 0.1**2
# ```
# </details>

# %% tags=["exercise"]
error = ...  # your answer

# %% tags=["check"]
if error is ...:
    print("Exercise 3: not answered yet")
else:
    truth = fmean((0.6 - (k + 0.5) / 10_000) ** 2 for k in range(10_000))
    assert abs(error - truth) < 1e-4, "the floor, and what is added by missing the mean by 0.1"
    print("Exercise 3: right")

# %% [markdown]
# ### Exercise 4
#
# Write `folds_of(n, k)`: a list of k pairs (places to train on, places to test with). Every place
# from 0 to n − 1 is tested exactly once, and fold sizes differ by one at most.
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
if folds_of is ...:
    print("Exercise 4: not answered yet")
else:
    for n, k in ((10, 5), (11, 3), (4, 4)):
        found = folds_of(n, k)
        tested = [i for _, part in found for i in part]
        assert len(found) == k, "one pair for each fold"
        assert sorted(tested) == list(range(n)), "each place is tested exactly once"
        assert all(sorted([*a, *b]) == list(range(n)) for a, b in found), "train on all the others"
        assert max(len(b) for _, b in found) - min(len(b) for _, b in found) < 2, "equal sizes"
    print("Exercise 4: right")

# %% [markdown]
# ## What you have seen
#
# * The loop: forward, `zero_grad`, `backward`, `step`; in mini-batches, many rough steps beat few
#   exact ones.
# * Every loss has a floor. Below it there is nothing to learn, only something to learn by heart.
# * Training loss alone says little: watch fresh samples. L1, L2 and early stopping keep a net from
#   winding around single samples.
# * k-fold and leave-one-out test every sample once, by a net that has not seen it.
# * Gradients by weights train a net; gradients by inputs explain its answers.
#
# Next: [8. Derivatives of derivatives](08-derivatives-of-derivatives.ipynb), where the gradient
# itself gets a gradient.
