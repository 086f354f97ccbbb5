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
# # 7c. Recognising digits
#
# [中文版](zh/07c-recognising-digits.ipynb)
#
# **Time:** about 60 minutes · **You need:** notebooks 7a and 7b (validation and test set, standard
# error) · **Afterwards you can:** train a net that reads digits, choose its size by a validation
# set, see where it fails and ask it why, fool it, and use what it has learned where the pictures or
# the question have changed (domain adaptation, transfer learning).
#
# Here are digits that people wrote on forms by hand. Nobody can write down a formula for a 3. This
# is what nets are for.

# %%
import math
import random
from statistics import fmean, stdev

import nn
from autograd_lite import Value, tanh
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import counts, lines, multiples, tiles

# %% [markdown]
# ## Three parts, before we look
#
# 1,797 digits, each a picture of 8 × 8 pixels. A pixel is a number between 0 (paper) and 16 (ink).
# They are split first: 400 to train on, 100 to choose with (**validation set**), and 1,297 for one
# test at the end (**test set**).

# %%
digits = nn.datasets.digits()
rest, x_test, y_rest, y_test = nn.train_test_split(
    digits.x, digits.y, test_size=1297, seed=0, stratify=True
)
x, x_val, y, y_val = nn.train_test_split(rest, y_rest, test_size=100, seed=0, stratify=True)
print(len(x), "to train on,", len(x_val), "to choose with,", len(x_test), "to test with")


def picture(numbers, title, **options):
    """64 numbers as 8 x 8 tiles."""
    rows = [numbers[8 * k : 8 * k + 8] for k in range(8)]
    return tiles(rows, title=title, width=96, **options)


multiples([picture(x[i], digits.class_names[y[i]]) for i in range(10)], columns=5)

# %% [markdown]
# To the net a picture is a list of 64 numbers. Divided by 16, they lie between 0 and 1: that is
# scaling enough. There are ten outputs, one for each digit. The target of a 3 is **one-hot**: a 1
# in the place of the 3 and 0 everywhere else. (`cross_entropy` takes the number of the place, and
# thinks of this list by itself.)

# %%
print(nn.one_hot(3, 10))


def ink(pictures):
    """The pictures with pixels from 0 to 1."""
    return [[pixel / 16 for pixel in pixels] for pixels in pictures]


def learn(net, pictures, classes, epochs=6, seed=0):
    """Train a net."""
    return nn.fit(
        net, ink(pictures), classes, loss=nn.cross_entropy,
        optimizer=lambda p: nn.Adam(p, lr=0.02), epochs=epochs, batch_size=20, seed=seed,
        metrics="accuracy", progress=False,
    )  # fmt: skip


def accuracy(net, pictures, classes):
    """The share of the pictures that the net gets right."""
    return nn.accuracy(nn.predict(net, ink(pictures)), classes)


# %% [markdown]
# ## How many hidden units?
#
# With 16 hidden units, the net has $64 \cdot 16 + 16 + 16 \cdot 10 + 10 = 1210$ parameters. Are so
# many needed? That is a hyperparameter, and the validation set chooses it.

# %% tags=["prediction"]
guess = ...  # 2, 4, 8 or 16: how many units are needed for 90 % of the validation set?

# %%
sizes = (2, 4, 8, 16)
readers = {units: nn.MLP(64, [units, 10], tanh, seed=0) for units in sizes}
for net in readers.values():
    learn(net, x, y)
scores = {units: accuracy(net, x_val, y_val) for units, net in readers.items()}
own = {units: accuracy(net, x, y) for units, net in readers.items()}
for units in sizes:
    error = math.sqrt(scores[units] * (1 - scores[units]) / 100)
    print(f"{units:2d} units, {len(readers[units].parameters()):4d} parameters: ", end="")
    print(f"training {own[units]:.1%}   validation {scores[units]:.1%} ± {error:.1%}")
predicted(
    guess, min(units for units in sizes if scores[units] >= 0.9), "fewer mix up too many of the ten"
)
lines(
    {"training": list(own.values()), "validation": list(scores.values())}, x=sizes,
    title="accuracy over capacity", x_name="hidden units", low=0.0, high=1.0, width=420,
)  # fmt: skip

# %% [markdown]
# Small nets **underfit**: they are bad on their own training set. We take 16. Now the test, once.

# %% tags=["prediction"]
guess = ...  # compared with the validation accuracy of 16 units, is the test "higher" or "lower"?

# %%
reader = readers[16]
answers = nn.predict_classes(reader, ink(x_test))
share = nn.accuracy(answers, y_test)
error = math.sqrt(share * (1 - share) / len(y_test))
print(f"{share:.1%} ± {error:.1%} of {len(y_test):,} fresh digits right")
predicted(
    guess, "higher" if share > scores[16] else "lower",
    "the best of several on few samples is partly lucky",
)  # fmt: skip

# %%
counts(nn.confusion_matrix(answers, y_test), class_names=digits.class_names, width=420, height=320)

# %% [markdown]
# The 97 % of the validation set were too good, for two reasons. 100 digits leave ± 1.7 points to
# chance; and whoever takes the best of several numbers takes its luck along. That is what the third
# part is for. (An hour of such looking, and the test set is a validation set as well. From now on
# this one is.)
#
# Which digits does it get wrong? Here are five, with what they are and what they were taken for.

# %%
wrong = [i for i in range(len(y_test)) if answers[i] != y_test[i]]
multiples([picture(x_test[i], f"{y_test[i]}, not {answers[i]}") for i in wrong[:5]], columns=5)

# %% [markdown]
# ### Exercise 1
#
# How many parameters does the net have with 30 hidden units in place of 16? And how many test
# digits would one need, so that the standard error of an accuracy of 0.93 is half a point (0.005)?
#
# <details><summary>Solution</summary>
#
# $64 \cdot 30 + 30 + 30 \cdot 10 + 10 = 2260$. And $\sqrt{p(1-p)/n} = 0.005$ gives
# $n = 0.93 \cdot 0.07 / 0.005^2 = 2604$.
#
# ```python
# parameters = 64 * 30 + 30 + 30 * 10 + 10
# digits_needed = 0.93 * 0.07 / 0.005**2
# ```
# </details>

# %% tags=["exercise"]
parameters = ...  # your answer
digits_needed = ...  # your answer


# %% tags=["check"]
@exercise(1, parameters, digits_needed)
def check():
    assert parameters == len(nn.MLP(64, [30, 10]).parameters()), "weights and biases of two layers"
    assert abs(digits_needed - 2604) < 2, "solve √(p(1 - p)/n) = 0.005 for n"


# %% [markdown]
# ## What does a unit look for?
#
# A hidden unit multiplies each pixel by a weight. So its 64 weights are a picture, too: it likes
# ink where it is blue, and dislikes ink where it is orange. These are features, and nobody has
# made them by hand (**feature engineering**): training has found them.

# %%
patterns = [[w.data for w in row] for row in reader.layers[0].w]
multiples([picture(patterns[k], f"unit {k}") for k in range(5)], columns=5)

# %% [markdown]
# ## Why did it say that?
#
# Gradients answer that question as well. Make the *pixels* Values and ask for the derivative of
# "the logit of the wrong answer minus that of the right one" with respect to each of them. It says
# where ink speaks for the mistake (blue), and where against it (orange).

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
# answer hangs on. And what it hangs on can be changed:

# %%
victim = x_val[0]
picture(victim, f"a {y_val[0]}")

# %% [markdown]
# ### Exercise 2
#
# Fool the net. `victim` is a digit of the validation set that it reads rightly. Write
# `fooled(pixels)`: a copy of the 64 numbers (each from 0 to 16) in which **at most four** are
# changed, so that the net reads another digit. (Books: an *adversarial example*.)
#
# <details><summary>Solution</summary>
#
# Take the gradient of "runner-up minus winner". Of all pixels take the one in which a change to 0
# or to 16 promises most, change it, and look again.
#
# ```python
# def fooled(pixels):
#     pixels, winner = list(pixels), nn.predict_classes(reader, ink([pixels]))[0]
#     changed = set()
#     while nn.predict_classes(reader, ink([pixels]))[0] == winner:
#         values = [Value(pixel / 16) for pixel in pixels]
#         logits = reader(values)
#         other = max((k for k in range(10) if k != winner), key=lambda k: logits[k].data)
#         (logits[other] - logits[winner]).backward()
#         goals = [16.0 if value.grad > 0 else 0.0 for value in values]
#         gains = [v.grad * (g - p) for v, g, p in zip(values, goals, pixels)]
#         i = max((i for i in range(64) if i not in changed), key=lambda i: gains[i])
#         pixels[i] = goals[i]
#         changed.add(i)
#     return pixels
# ```
# </details>

# %% tags=["exercise"]
fooled = ...  # def fooled(pixels): ...


# %% tags=["check"]
@exercise(2, fooled)
def check():
    after = list(fooled(list(victim)))
    assert len(after) == 64, "64 numbers come back"
    assert all(0 <= pixel <= 16 for pixel in after), "each from 0 to 16"
    changed = sum(one != other for one, other in zip(victim, after))
    assert changed <= 4, f"{changed} pixels are changed: at most four"
    seen = nn.predict_classes(reader, ink([after]))[0]
    assert seen != y_val[0], f"it still reads a {seen}: change the pixels with large gradients"


# %% [markdown]
# ## When the pictures change: domain adaptation
#
# The net has learned digits of *one* kind: dark, and in the middle of the picture. The world has
# others. Let all test digits be moved by one pixel to the right, or be written with a faint pen on
# grey paper. A child would hardly notice.


# %%
def moved(pixels):
    """The picture, one pixel further to the right."""
    return [pixels[8 * row + k - 1] if k else 0.0 for row in range(8) for k in range(8)]


def faint(pixels):
    """Grey paper, and less ink."""
    return [4 + 0.4 * pixel for pixel in pixels]


multiples(
    [
        picture(x[0], "as trained", most=16.0),
        picture(moved(x[0]), "moved", most=16.0),
        picture(faint(x[0]), "faint", most=16.0),
    ]
)

# %% tags=["prediction"]
guess = ...  # of the moved digits, does it read about 90, 70 or 45 %?

# %%
x_moved, x_faint = [moved(p) for p in x_test], [faint(p) for p in x_test]
for name, pictures in (("as trained", x_test), ("moved", x_moved), ("faint", x_faint)):
    print(f"{name:10} {accuracy(reader, pictures, y_test):.1%}")
moved_share = 100 * accuracy(reader, x_moved, y_test)
predicted(
    guess, min((90, 70, 45), key=lambda about: abs(about - moved_share)),
    "each weight belongs to one pixel, and now other ink lies there",
)  # fmt: skip

# %% [markdown]
# Training and use come from two **domains**: the *source* domain, where the labels are, and the
# *target* domain, where the net must work. To carry what was learned from one to the other is
# called **domain adaptation**. (Where the domain changes little by little while the net is in use,
# one speaks of *drift*.) Two ways:
#
# *Without labels* of the target domain. What differs between the two is known or can be measured,
# and is taken out of the input. Faint pictures are stretched, so that the palest pixel is 0 and the
# darkest 16 again. It is one more **normalisation** of inputs, picture by picture.


# %%
def stretched(pixels):
    """The picture with its palest pixel at 0 and its darkest at 16."""
    low, high = min(pixels), max(pixels)
    return [16 * (pixel - low) / (high - low) for pixel in pixels]


print(f"faint, stretched: {accuracy(reader, [stretched(p) for p in x_faint], y_test):.1%}")

# %% [markdown]
# *With a few labels.* 50 moved digits are labelled. The net is trained on with them
# (**fine-tuned**), and compared with one that has only ever seen those 50.

# %%
few_x, few_y = [moved(p) for p in x[:50]], y[:50]
tuned = nn.MLP(64, [16, 10], tanh, seed=0)
tuned.load_state_dict(reader.state_dict())  # begin with the weights of the reader
learn(tuned, few_x, few_y, epochs=10)
fresh = nn.MLP(64, [16, 10], tanh, seed=0)
learn(fresh, few_x, few_y, epochs=10)
print(f"moved digits: never tuned {moved_share:.1f}%   ", end="")
print(f"only the 50 {accuracy(fresh, x_moved, y_test):.1%}   ", end="")
print(f"tuned with the 50 {accuracy(tuned, x_moved, y_test):.1%}")
print(f"digits as trained at first: tuned with the 50 {accuracy(tuned, x_test, y_test):.1%}")

# %% [markdown]
# What was learned from the source helps in the target. It has a price: of the *first* kind the
# tuned net now reads fewer (**forgetting**).

# %% [markdown]
# ### Exercise 3
#
# The other way: teach the net from the start that a shift does not matter. Write
# `augmented(pixels, right, down)`: the picture moved by so many pixels to the right and down (both
# can be negative), with paper (0.0) where nothing comes from. Training on shifted copies is called
# **data augmentation**.
#
# <details><summary>Solution</summary>
#
# Ask of each place where its ink comes from.
#
# ```python
# def augmented(pixels, right, down):
#     def at(row, column):
#         inside = 0 <= row < 8 and 0 <= column < 8
#         return pixels[8 * row + column] if inside else 0.0
#
#     return [at(row - down, column - right) for row in range(8) for column in range(8)]
# ```
# </details>

# %% tags=["exercise"]
augmented = ...  # def augmented(pixels, right, down): ...


# %% tags=["check"]
@exercise(3, augmented)
def check():
    numbers = [float(i) for i in range(1, 65)]
    assert augmented(numbers, 0, 0) == numbers, "moved by nothing, it is the same"
    assert augmented(numbers, 1, 0) == moved(numbers), "one to the right: as moved does it"
    assert augmented(numbers, 0, -1) == [*numbers[8:], *[0.0] * 8], "one up: paper comes in below"
    assert augmented(augmented(numbers, -2, 3), 2, -3).count(0.0) == 64 - 6 * 5, (
        "what is out is lost"
    )


# %% [markdown]
# ## When the question changes: transfer learning
#
# Now the pictures are the old ones, and the task is a new one: *is the digit odd?* And only **20**
# pictures have been labelled for it. To use a net that was trained for one task in another one is
# **transfer learning**: its hidden layer is taken over and **frozen** (no more trained), and only a
# new output layer learns.
#
# Three nets are compared, for five draws of 20 pictures: one that begins from random numbers; one
# with the hidden layer of our reader; and one with that of a net that has only ever seen zeros and
# ones.

# %% tags=["prediction"]
guess = ...  # which is best: "random" start, hidden layer of the "reader", or of "zeros and ones"?

# %%
two = [i for i in range(len(x)) if y[i] < 2]
binary = nn.MLP(64, [16, 10], tanh, seed=0)
learn(binary, [x[i] for i in two], [y[i] for i in two], epochs=30)

shares = {"random": [], "reader": [], "zeros and ones": []}
odd_test = [k % 2 for k in y_test]
for draw in range(5):
    places = random.Random(draw).sample(range(len(x)), 20)
    for name, source in (("random", None), ("reader", reader), ("zeros and ones", binary)):
        net = nn.MLP(64, [16, 2], tanh, seed=100 + draw)
        if source is not None:
            net.layers[0].load_state_dict(source.layers[0].state_dict())
            nn.freeze(net.layers[0])  # training leaves it as it is
        learn(net, [x[i] for i in places], [y[i] % 2 for i in places], epochs=40, seed=draw)
        shares[name].append(accuracy(net, x_test[:500], odd_test[:500]))
for name, five in shares.items():
    gains = [one - other for one, other in zip(five, shares["random"])]
    print(f"{name:15} {fmean(five):.3f} ± {stdev(five) / math.sqrt(5):.3f}", end="")
    print(f"   gain {fmean(gains):+.3f} ± {stdev(gains) / math.sqrt(5):.3f}" if any(gains) else "")
predicted(
    guess, max(shares, key=lambda name: fmean(shares[name])),
    "its features were made for all ten digits",
)  # fmt: skip

# %% [markdown]
# (Measured with 500 of the test digits; ± is the standard error of the mean of five.) The reader's
# hidden layer saves labels. That of zeros and ones does harm (**negative transfer**): the features
# of the first task must be of use in the second. Large nets are trained once with very much data,
# and transferred to many tasks: what is called *pre-training* and *fine-tuning* in language models
# is this.

# %% [markdown]
# ## More exercises
#
# Work it out on paper first. Then write your answer in place of the dots, and run the two cells.

# %% [markdown]
# ### Exercise 4
#
# A net without hidden layer has the logits $z_k = \sum_i w_{ki}\, x_i + b_k$. For one picture the
# logits of 7 and 1 are compared; pixel 20 has the weights $w_{7,20} = 0.8$ and $w_{1,20} = -0.3$.
# What is the derivative of $z_7 - z_1$ with respect to $x_{20}$? By how much does $z_7 - z_1$
# change if this pixel goes from 0.25 to 1?
#
# <details><summary>Solution</summary>
#
# The derivative is the difference of the weights, $0.8 - (-0.3) = 1.1$, the same for every picture.
# As all is linear, the change is exactly $1.1 \cdot 0.75$. (With a hidden layer, the derivative
# depends on the picture, and it holds for small changes.)
#
# ```python
# derivative = 1.1
# change = 1.1 * 0.75
# ```
# </details>

# %% tags=["exercise"]
derivative = ...  # your answer
change = ...  # your answer


# %% tags=["check"]
@exercise(4, derivative, change)
def check():
    pixel = Value(0.25)
    difference = 0.8 * pixel - (-0.3) * pixel
    difference.backward()
    assert abs(derivative - pixel.grad) < 1e-6, "the weight of the 7 minus that of the 1"
    assert abs(change - pixel.grad * 0.75) < 1e-6, "derivative times change of the pixel"


# %% [markdown]
# ## What you have seen
#
# * Split in three: train, choose, test once. What was chosen looks better than it is.
# * Hidden units make their own features. Gradients with respect to weights train a net; gradients
#   with respect to inputs explain its answers, and fool it.
# * A net knows its domain only. Adapt the input (normalisation), or the net (fine-tuning with a few
#   labels), or train on shifted copies (augmentation).
# * Features of one task can save labels in another: transfer learning. They can also do harm.
#
# **To read on:** Goodfellow, Bengio and Courville, *Deep Learning* (2016), chapters 5 and 7, on
# what notebooks 7a to 7c are about; 邱锡鹏, 《神经网络与深度学习》 (2020), in Chinese; Hastie,
# Tibshirani and Friedman, *The Elements of Statistical Learning*, chapter 7, on validation and bias
# and variance.
#
# Next: [8. Derivatives of derivatives](08-derivatives-of-derivatives.ipynb), where the gradient
# itself gets a gradient.
