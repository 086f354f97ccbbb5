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
# # 9. Gradients beyond nets
#
# [中文版](zh/09-gradients-beyond-nets.ipynb)
#
# **Time:** about 100 minutes · **You need:** notebooks 1 and 6; from notebook 8, Newton's method
# and the Hessian · **Afterwards you can:** fit a law with unknown constants to measurements and say
# how sure you are of each constant; get all sensitivities of a price in one backward pass, and run
# the formula in reverse; notice when the gradient of a simulation is wrong although each derivative
# in it is right; steer a cart and a pendulum by differentiating through time.
#
# Nothing in the engine knows about neurons. Whatever you can compute with numbers has a gradient:
# a law of physics, a price, a simulation with a loop in it. This notebook takes three problems
# from three trades and solves each of them with the same few calls.

# %%
import math
import random
from operator import mul

import autograd_lite as ag
import nn
from autograd_lite import Value, draw, grad, hessian, jacobian, scope, value_and_grad
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import curves, lines

# %% [markdown]
# ## A cup of coffee
#
# Here are fifteen readings of a thermometer in a cup of coffee. Each is right to about half a
# degree. (They were made up by a program with constants that we shall try to find again: that way
# we can see whether we did.)

# %%
minutes = [0, 2, 4, 6, 8, 10, 13, 16, 20, 25, 30, 36, 42, 50, 60]
degrees = [84.0, 78.8, 73.4, 69.3, 65.4, 61.4, 56.9, 51.2, 46.6, 41.1, 36.9, 33.4, 30.6, 27.8, 25.5]
measured = list(zip(minutes, degrees))
curves({}, (0.0, 60.0), points={"°C": measured}, low=0.0, names=("minutes", "°C"), title="coffee")

# %% [markdown]
# Newton's law of cooling says: coffee cools the faster, the warmer it is compared with the room.
# That makes a curve with three constants, the temperature of the **room**, the one at the
# **start**, and the **rate**:
#
# $$T(t) = \text{room} + (\text{start} - \text{room}) \cdot e^{-\text{rate} \cdot t}$$
#
# A **residual** is what the law says, less what was measured. The misfit is the sum of their
# squares. It is a loss like any other, and making it small is the method of *least squares*.
#
# We guess: a room of 15 degrees, coffee of 70 at the start, a rate of 0.1. With respect to which of
# the three is the slope of the misfit steepest?

# %% tags=["prediction"]
steepest = ...  # "room", "start" or "rate": the largest slope, whatever its sign?


# %%
def coffee(p, t):
    room, start, rate = p
    return room + (start - room) * ag.exp(-rate * t)


def residuals(p):
    return [coffee(p, t) - reading for t, reading in measured]


def misfit(p):
    return ag.sum([r * r for r in residuals(p)])


guess = [15.0, 70.0, 0.1]
height, slopes = value_and_grad(misfit)(guess)
print(f"misfit {height:.0f}")
for name, slope in zip(("room", "start", "rate"), slopes):
    print(f"d misfit / d {name:5} = {slope:6.0f}")
predicted(
    steepest, "rate", "1 more is little for a temperature, and ten times the guess for a rate"
)

# %% [markdown]
# Look at the slopes: −409, −195, and 77,312. A rate of 0.1 is a small number, so a small change of
# it does a lot. For gradient descent that is poison: a learning rate that does not explode for the
# rate is far too small for the two temperatures. (Notebook 8: the sharpest bend sets the limit,
# the flattest makes you wait.)

# %%
p = guess
for _ in range(1000):
    p = [x - 1e-7 * slope for x, slope in zip(p, grad(misfit)(p))]
print(f"after 1000 steps: misfit {misfit(p):.0f}")
print(f"room {p[0]:.2f}, start {p[1]:.2f}, rate {p[2]:.4f}")

# %% [markdown]
# The rate has moved; the temperatures hardly have.
#
# ## Straighten the law: Gauss and Newton
#
# Here is a better idea, 200 years old. Near our guess the law is almost a straight line in its
# constants (it can be *linearised*). The **Jacobian** $J$ says how: a row for each reading, a
# column for each constant.

# %%
rows = jacobian(residuals)(guess)
print("   t     d/d room d/d start  d/d rate")
for (t, _), row in list(zip(measured, rows))[:4]:
    print(f"{t:4d} ", *(f"{slope:9.3f}" for slope in row))

# %% [markdown]
# At $t = 0$: a degree more at the start is a degree more on the thermometer, and nothing else
# matters. Two minutes later the room begins to count.
#
# For a *straight* law the best constants can be computed at once, by solving as many equations as
# there are constants: $(J^\top J)\, d = J^\top r$. Take $d$ off the guess, straighten anew at the
# place where that leads, and go on.


# %%
def solve(matrix, right):
    """The x with matrix · x = right, by Gaussian elimination."""
    rows = [[*row, b] for row, b in zip(matrix, right)]
    for i in range(len(rows)):
        pivot = max(range(i, len(rows)), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for k in range(len(rows)):
            if k != i:
                rows[k] = [x - rows[k][i] * y for x, y in zip(rows[k], rows[i])]
    return [row[-1] for row in rows]


def gauss_newton_step(p):
    columns, r = list(zip(*jacobian(residuals)(p))), residuals(p)
    matrix = [[sum(map(mul, a, b)) for b in columns] for a in columns]
    step = solve(matrix, [sum(map(mul, a, r)) for a in columns])
    return [x - d for x, d in zip(p, step)]


p = guess
for k in range(7):
    print(
        f"step {k}: room {p[0]:7.3f}  start {p[1]:7.3f}  rate {p[2]:.6f}   misfit {misfit(p):.3f}"
    )
    p = gauss_newton_step(p)

# %% [markdown]
# Five steps, and nobody worked out a derivative by hand. For another law only the function `coffee`
# changes. (This is the *Gauss-Newton method* for *nonlinear least squares*.)

# %%
law = p
curves(
    {"the law, fitted": lambda t: coffee(law, t), "first guess": lambda t: coffee(guess, t)},
    (0.0, 60.0),
    points={"°C": measured},
    low=0.0,
    names=("minutes", "°C"),
    title="coffee",
)

# %% [markdown]
# ## How sure are we?
#
# The second derivative knows. If the misfit bends sharply with a constant, a small change of it
# would fit visibly worse, so it is known well. If the valley is flat there, it is not. In numbers:
#
# * the typical size of a residual, squared, is the misfit over what is left of the readings when
#   each constant has used up one: $s^2 = \text{misfit} / (15 - 3)$;
# * the uncertainties (*standard errors*) are the square roots of the diagonal of $2 s^2 H^{-1}$,
#   with $H$ the Hessian. (Near enough, that matrix is the *covariance matrix* of the constants.)
#
# Of the two temperatures, which one do these readings tell us less about?

# %% tags=["prediction"]
less_sure = ...  # "room" or "start": which has the larger uncertainty?

# %%
noise = math.sqrt(misfit(law) / (len(measured) - 3))
bends = hessian(misfit)(law)
print(f"a reading is right to about {noise:.2f} degrees")
for k, (name, truth) in enumerate([("room", 21.0), ("start", 84.0), ("rate", 0.045)]):
    unit = [float(i == k) for i in range(3)]
    spread = noise * math.sqrt(2 * solve(bends, unit)[k])
    print(f"{name:5} = {law[k]:7.4f} ± {spread:.4f}   (the truth: {truth:g})")
predicted(less_sure, "room", "the last reading was taken before the coffee had cooled down")

# %% [markdown]
# None is farther from the truth than it says. (That is a little luck: with such uncertainties about
# one in three is.)
#
# What we compute from the constants is uncertain as well. When is the coffee at 50 degrees? Solve
# the law for $t$. The slopes $g$ of that moment say how much it moves with each constant, and so
# carry the uncertainty over: its square is $g^\top C\, g$, with the covariance matrix
# $C = 2 s^2 H^{-1}$ from above.


# %%
def moment(p):
    room, start, rate = p
    return ag.log((start - room) / (50.0 - room)) / rate


g = grad(moment)(law)
spread = noise * math.sqrt(2 * sum(map(mul, g, solve(bends, g))))
print(f"50 degrees after {moment(law):.2f} ± {spread:.2f} minutes")
print(f"(the truth: {moment([21.0, 84.0, 0.045]):.2f})")

# %% [markdown]
# The room alone is uncertain by 0.43 degrees, and still the moment is known to some seven seconds:
# where one constant is too large, another makes up for it, and $C$ knows that, too.

# %% [markdown]
# ### Exercise 1
#
# A ball is thrown at 10 metres a second, at an angle $a$. It lands after $\frac{100}{9.81}
# \sin(2a)$ metres. By how many metres does that change per radian of the angle, at 30°? And at
# which angle (in degrees) does it fly farthest?
#
# (Work it out on paper, write your answer in place of the dots, and run the two cells.)
#
# <details><summary>Solution</summary>
#
# The slope is $\frac{100}{9.81} \cdot 2 \cos(2a)$. At 30° the cosine of 60° is 0.5, so it is $100 /
# 9.81 = 10.19$ metres per radian. It flies farthest where the slope is 0: $2a = 90°$, so 45°.
#
# ```python
# slope_at_30 = 100 / 9.81
# best_angle = 45
# ```
# </details>

# %% tags=["exercise"]
slope_at_30 = ...  # metres per radian
best_angle = ...  # degrees


# %% tags=["check"]
@exercise(1, slope_at_30, best_angle)
def check():
    slope = grad(lambda a: 100 / 9.81 * ag.sin(2 * a))
    assert abs(slope_at_30 - slope(math.radians(30))) < 0.01, "slope_at_30: nudge the angle"
    assert 0 <= best_angle <= 90, "best_angle: in degrees, between level and straight up"
    assert abs(slope(math.radians(best_angle))) < 0.01, "best_angle: where is the slope 0?"


# %% [markdown]
# ## The price of a promise
#
# A *call option* is the right to buy a share at a fixed price, the **strike**, at a later date. Say
# the strike is 105, in a year. If the share ends at 120, the right is worth 15. If it ends at 90,
# it is worth nothing: nobody must use it.
#
# What is it worth *today*, if the share costs 100 (its **spot** price)? That depends on how much
# the share sways (its **volatility**), on the rate of interest, and on the time that is left.
# Black, Scholes and Merton found the formula in 1973.


# %%
def bell(x):
    """How much of a bell curve (the standard normal distribution) lies left of x."""
    return 0.5 * ag.erfc(-x / math.sqrt(2))


def call(spot, strike, rate, volatility, time):
    sway = volatility * ag.sqrt(time)
    d1 = (ag.log(spot / strike) + (rate + volatility**2 / 2) * time) / sway
    d2 = d1 - sway
    return spot * bell(d1) - strike * ag.exp(-rate * time) * bell(d2)


today = {"spot": 100.0, "strike": 105.0, "rate": 0.03, "volatility": 0.25, "time": 1.0}
print(f"price {call(**today):.4f}")
curves(
    {
        "worth today": lambda s: call(s, 105.0, 0.03, 0.25, 1.0),
        "worth at the end": lambda s: ag.relu(s - 105.0),
    },
    (60.0, 150.0),
    names=("share", "option"),
    title="a call with strike 105",
)

# %% [markdown]
# Even at 90 the right is worth something today: the share may still rise. In books the formula
# reads
#
# $$\text{price} = S\, N(d_1) - K e^{-rt} N(d_2) \qquad
# d_1 = \frac{\ln \frac{S}{K} + (r + \frac{\sigma^2}{2})\, t}{\sigma \sqrt t} \qquad
# d_2 = d_1 - \sigma \sqrt t$$
#
# with $S$ for the spot price, $K$ for the strike, $r$ for the rate, $\sigma$ for the volatility,
# $t$ for the time, and $N$ for `bell`.
#
# ## All the Greeks at once
#
# Whoever sells such a right wants to know how its price changes with everything. These derivatives
# have Greek names: **delta** with respect to the share, **vega** to the volatility (it only sounds
# Greek), **theta** to the time, **rho** to the rate. One backward pass gives all of them.

# %%
price, slopes = value_and_grad(call)(*today.values())
greeks = dict(zip(today, slopes))
for name, slope in greeks.items():
    print(f"d price / d {name:10} = {slope:9.4f}")

# %% [markdown]
# Read them aloud: if the share goes up by 1, the option goes up by 0.52. If the volatility rises by
# 0.01, it goes up by 0.01 · 39.84 = 0.40. With each day that passes, less time is left, and it
# loses 6.27 / 365 = 0.017. (That is why traders write theta with the other sign.)
#
# By hand: delta is $N(d_1)$, a known result. Here $\ln(100/105) = -0.0488$, so
# $d_1 = (-0.0488 + 0.03 + 0.25^2/2) / 0.25 = 0.0498$, and $N(0.0498) = 0.5199$. The engine
# found it without being told; most of the formula cancels.

# %%
d1 = (math.log(100 / 105) + (0.03 + 0.25**2 / 2) * 1.0) / 0.25
print(f"N(d1) = {bell(d1):.6f}   delta = {greeks['spot']:.6f}")

# %% [markdown]
# Here is the whole formula as a graph, with the price below and its gradients everywhere. The five
# cards with the names of the inputs hold the five slopes of the table. And look at the card with
# the number 0.0498, which is $d_1$: two wide lines leave it, one blue and one orange, and its
# gradient is 0. That is the part that cancels. (In a running notebook drag the volatility, and all
# of it follows.)

# %%
inputs = {name: Value(number, label=name) for name, number in today.items()}
price = call(**inputs)
price.label = "price"
price.backward()
draw(price, direction="down")

# %% [markdown]
# **Gamma** is the slope of delta: how soon the seller must act again. It is a second derivative, so
# differentiate again.


# %%
def by_share(order):
    """The price, or a derivative of it with respect to the share, as a function of the share."""
    function = lambda s: call(s, 105.0, 0.03, 0.25, 1.0)
    for _ in range(order):
        function = grad(function)
    return function


print(f"gamma {by_share(2)(100.0):.6f}")
curves(
    {"delta": by_share(1), "gamma × 20": lambda s: 20 * by_share(2)(s)},
    (60.0, 150.0),
    names=("share", ""),
    title="delta and gamma",
)

# %% [markdown]
# ## A formula in reverse
#
# Nobody can see the volatility. But the *price* can be seen: it is what people pay. Say they pay
# 12. Which volatility makes the formula say 12? (It is called the *implied volatility*.) Newton's
# method, and vega is the slope it wants:
#
# $$\sigma_{\text{next}} = \sigma - \frac{\text{price}(\sigma) - 12}{\text{vega}(\sigma)}$$

# %%
volatility = 0.25
for k in range(5):
    height, vega = value_and_grad(lambda v: call(100.0, 105.0, 0.03, v, 1.0))(volatility)
    print(f"step {k}: volatility {volatility:.8f}   price {height:.8f}")
    volatility -= (height - 12.0) / vega

# %% [markdown]
# The first step by hand: 9.1218 is 2.8782 too little, and 2.8782 / 39.8447 = 0.0722, so 0.3222.
#
# ## Without a formula: many dice
#
# For most options there is no formula. Then one plays: let the share end somewhere at random, see
# what the right is worth, and take the mean of many such games (the *Monte Carlo method*). The
# share ends at
#
# $$\text{spot} \cdot e^{(\text{rate} - \sigma^2/2)\, t + \sigma \sqrt t\, z}$$
#
# where $z$ is a number from a bell curve. A game is ordinary arithmetic, so it has a gradient, and
# the gradient of the mean is the mean of the gradients. `compile` records one game and replays it
# for all.


# %%
def share_at_the_end(spot, rate, volatility, time, z):
    drift = (rate - volatility**2 / 2) * time
    return spot * ag.exp(drift + volatility * ag.sqrt(time) * z)


def game(spot, strike, rate, volatility, time, z):
    end = share_at_the_end(spot, rate, volatility, time, z)
    return ag.exp(-rate * time) * ag.relu(end - strike)


rng = random.Random(0)
dice = [rng.gauss(0.0, 1.0) for _ in range(2000)]
dice += [-z for z in dice]  # each die and its mirror image: the mean is exactly 0
inputs = [Value(number) for number in today.values()]
played = ag.compile(lambda z: game(*inputs, z), batch="mean")
price = played.backward(dice)
print("                 formula   4,000 games")
print(f"price          {call(**today):9.4f} {price:9.4f}")
for name, x in zip(today, inputs):
    print(f"d/d {name:10} {greeks[name]:9.4f} {x.grad:9.4f}")

# %% [markdown]
# ### Exercise 2
#
# A *put* is the right to **sell** at the strike. A call and a put together are worth a sure thing:
# $\text{call} - \text{put} = \text{spot} - \text{strike} \cdot e^{-\text{rate} \cdot \text{time}}$.
# Write the price of the put as a function of the same five numbers as `call`. Before you run it:
# what must its delta be, if that of the call is 0.52?
#
# <details><summary>Solution</summary>
#
# Solve for the put. Differentiate the equation with respect to the spot: $\Delta_{\text{call}} -
# \Delta_{\text{put}} = 1$, so the put's delta is −0.48: it loses when the share gains.
#
# ```python
# def put(spot, strike, rate, volatility, time):
#     sure = spot - strike * ag.exp(-rate * time)
#     return call(spot, strike, rate, volatility, time) - sure
#
# delta_of_put = -0.48
# ```
# </details>

# %% tags=["exercise"]
put = ...  # a function of spot, strike, rate, volatility, time
delta_of_put = ...  # to two digits


# %% tags=["check"]
@exercise(2, put, delta_of_put)
def check():
    payments = (max(105.0 - share_at_the_end(100.0, 0.03, 0.25, 1.0, z), 0.0) for z in dice)
    played = math.exp(-0.03) * sum(payments) / len(dice)  # no formula: the same dice as above
    assert abs(put(60.0, 105.0, 0.03, 0.25, 1e-9) - 45.0) < 1e-3, "at the end, at 60: worth 45"
    assert abs(put(150.0, 105.0, 0.03, 0.25, 1e-9)) < 1e-3, "at the end, at 150: worth nothing"
    assert abs(put(**today) - played) < 0.1, f"a year before, 4,000 games say {played:.2f}"
    truth = grad(put)(*today.values())[0]
    assert abs(delta_of_put - truth) < 0.005, (
        "delta_of_put: differentiate both sides of the equation"
    )


# %% [markdown]
# ## A gradient that is wrong although every derivative is right
#
# Now a *digital* option: it pays 1 if the share ends above the strike, and else nothing. By its
# formula, below, its delta is 0.0152. Play it 4,000 times, in the same way as above. Which delta
# will `backward` give?

# %% tags=["prediction"]
played_delta = ...  # a number: 0.0152, or something else?


# %%
def digital(spot, strike, rate, volatility, time, z):
    end = share_at_the_end(spot, rate, volatility, time, z)
    return ag.exp(-rate * time) * ag.heaviside(end - strike)


def delta_of(game):
    """The mean of a game, and its derivative with respect to the share."""
    spot, *others = today.values()
    spot = Value(spot)
    return ag.compile(lambda z: game(spot, *others, z), batch="mean").backward(dice), spot.grad


# %% [markdown]
# This option happens to have a formula, too: how likely it is that the share ends above the strike,
# which is $N(d_2)$, discounted to today. So we can compare.


# %%
def digital_formula(spot, strike, rate, volatility, time):
    sway = volatility * ag.sqrt(time)
    d2 = (ag.log(spot / strike) + (rate - volatility**2 / 2) * time) / sway
    return ag.exp(-rate * time) * bell(d2)


price, slopes = value_and_grad(digital_formula)(*today.values())
truth = price, slopes[0]
print("                 price     delta")
print("formula      {:9.4f} {:9.4f}".format(*truth))
print("games        {:9.4f} {:9.4f}".format(*delta_of(digital)))
predicted(
    played_delta, delta_of(digital)[1], "in each game the payment is a step, flat on both sides"
)

# %% [markdown]
# (The price by formula, 0.4082, is a number we have met: it is what a call loses if its strike
# rises by 1. Many calls bought, and as many sold whose strike is a hair higher, make a digital
# option.)
#
# The price is right, and delta is **0**. In each game the payment is a step: flat on the left, flat
# on the right. Nudge the share, and nothing changes, except in the few games that end right at the
# strike; and the jump in those is all that matters. A mean can have a slope although no part of it
# has one.
#
# Remember that whenever a simulation holds a step, an `if`, or a rounding. The remedy is to blur
# the step (*smoothing*): over a range that is narrow, but wide enough that many games fall into it.


# %%
def blurred(width):
    def blurred_game(spot, strike, rate, volatility, time, z):
        end = share_at_the_end(spot, rate, volatility, time, z)
        return ag.exp(-rate * time) * ag.sigmoid((end - strike) / width)

    return blurred_game


for width in (0.001, 3.0, 30.0):
    print("blur {:6g}  {:9.4f} {:9.4f}".format(width, *delta_of(blurred(width))))

# %% [markdown]
# Too narrow, and hardly a game falls into the blur. Too wide, and it is another option. In between,
# both numbers are right to about two percent.
#
# ## Through time: a cart
#
# A cart stands at 0. We may push it, forward or back, in each of 20 moments. After them it should
# stand at 1, at rest. Which pushes take the least effort?
#
# A simulation is a loop: the push changes the speed, the speed changes the place. Unrolled, it is a
# graph like that of a deep net, with a layer for each moment (*time step*). Take two moments of
# length 1:

# %% tags=["prediction"]
counts_for = ...  # push 1 grows by 1: by how much does the place at the end grow?


# %%
def ride(pushes, length):
    """Where the cart is at the end, and how fast."""
    place, speed = 0.0, 0.0
    for k, push in enumerate(pushes, start=1):
        with scope(f"moment {k}"):
            speed = speed + length * push
            place = place + length * speed
    return place, speed


two = [Value(1.0, label="push 1"), Value(-1.0, label="push 2")]
place, speed = ride(two, 1.0)
place.label, speed.label = "place", "speed"
place.backward()
predicted(
    counts_for, two[0].grad, "a push makes the cart faster in its own moment and in all later ones"
)
draw(place, level="operation", direction="down")

# %% [markdown]
# Push 1 counts twice for the place (its gradient is 2): it makes two moments faster. Push 2 counts
# once. So push by +1, then by −1: the place is 2 · 1 − 1 = 1, the speed 1 − 1 = 0. For 20 moments,
# write down what we want as a loss: little effort, and very much that the cart is at 1 and at rest.

# %%
MOMENTS, LENGTH = 20, 1 / 20


def wish(pushes):
    place, speed = ride(pushes, LENGTH)
    effort = ag.sum([push * push for push in pushes]) * LENGTH
    return effort + 10_000 * ((place - 1.0) ** 2 + speed**2)


# %% [markdown]
# All is straight here, so the loss is a parabola in 20 directions, and Newton's method is there in
# **one** step: solve $H d = g$, with the Hessian $H$ (20 × 20) and the gradient $g$.

# %%
rest = [0.0] * MOMENTS
step = solve(hessian(wish)(rest), grad(wish)(rest))
pushes = [x - d for x, d in zip(rest, step)]
print(f"wish: from {wish(rest):.0f} to {wish(pushes):.3f}")
print("place {:.4f}, speed {:.4f}".format(*ride(pushes, LENGTH)))
print("all slopes below a millionth:", max(map(abs, grad(wish)(pushes))) < 1e-6)

# %%
middles = [(k + 0.5) * LENGTH for k in range(MOMENTS)]
curves(
    {"6 − 12t": lambda t: 6 - 12 * t},
    (0.0, 1.0),
    points={"pushes": list(zip(middles, pushes))},
    names=("time", "push"),
    title="the least effort",
)

# %% [markdown]
# The pushes lie on a straight line: full ahead, less and less, and brake as hard as you began. With
# ever shorter moments the line becomes $6 - 12t$, and the effort 12, which one can prove on paper.
# With 20 of them we are close. (The place is 0.9988, not 1: a wish is not an order. The last
# thousandth is not worth the effort to it.) To choose pushes in advance so that a cost is smallest
# is called *optimal control*.

# %% [markdown]
# ### Exercise 3
#
# The cart again, with **three** moments of length 1. For each push: by how much does the *place* at
# the end change per push? Then find three pushes that bring the cart to 1, at rest, with the least
# effort (the smallest sum of squares).
#
# <details><summary>Solution</summary>
#
# The first push makes three moments faster, the second two, the third one: 3, 2 and 1. At rest
# means that the pushes add up to 0, and the place is $3u_1 + 2u_2 + u_3 = 1$. Without the middle
# push: $u_1 = -u_3 = 0.5$, with an effort of 0.5. With a middle push $m$ the others are $(1 - m)/2$
# and $-(1 + m)/2$, and the effort is $m^2 + (1 + m^2)/2$, which is smallest for $m = 0$. The pushes
# lie on a line again.
#
# ```python
# counts = [3, 2, 1]
# three_pushes = [0.5, 0, -0.5]
# ```
# </details>

# %% tags=["exercise"]
counts = ...  # three numbers
three_pushes = ...  # three numbers


# %% tags=["check"]
@exercise(3, counts, three_pushes)
def check():
    slopes = grad(lambda pushes: ride(pushes, 1.0)[0])([0.0, 0.0, 0.0])
    assert math.dist(counts, slopes) < 1e-9, "counts: how many moments does a push make faster?"
    place, speed = ride(three_pushes, 1.0)
    assert abs(place - 1) < 1e-6, "the cart does not end at 1"
    assert abs(speed) < 1e-6, "the cart is not at rest"
    assert sum(push**2 for push in three_pushes) < 0.5 + 1e-6, "it can be done with less effort"


# %% [markdown]
# ## A pendulum that is too heavy
#
# Last, a problem that is not straight at all. A pendulum hangs down. A motor in its hinge can turn
# it either way, but it is too weak to lift it: it pulls with at most 4, gravity with up to 9.81.
# The pendulum shall stand on its head. `tanh` keeps the motor within its strength.
#
# For a loop of many moments there is `scan`. You write one moment: a function of the state (here
# angle and speed) and of one order, which gives the next state and what you want to keep. `scan`
# goes through all orders, and gives the last state and, of each number that was kept, a list.

# %%
MOMENTS, LENGTH = 60, 0.06


def moment(state, order):
    """One moment: the next state, and what is to be kept."""
    angle, speed = state
    pull = 4.0 * ag.tanh(order) - 9.81 * ag.sin(angle)
    speed = speed + LENGTH * pull
    angle = angle + LENGTH * speed
    return (angle, speed), (angle, speed)


def swing(orders):
    """The last angle and speed, and lists with those after each moment; hanging is angle 0."""
    return ag.scan(moment, (0.0, 0.0), orders)


# %% [markdown]
# The orders to the motor begin as small random numbers, and Adam improves them, as if they were the
# weights of a net. The loss looks at the last moment only: is the pendulum upright, and at rest?


# %%
@ag.compile  # one moment, recorded once and replayed 60 times, forward and backward
def failure(orders):
    (angle, speed), _ = swing(orders)
    return 10 * (1 + ag.cos(angle)) + speed**2 / 2  # 0 if it stands upright, at rest


rng = random.Random(0)
orders = [Value(rng.gauss(0.0, 0.1)) for _ in range(MOMENTS)]
_, before = swing([order.data for order in orders])
optimizer = nn.Adam(orders, lr=0.05)
failures = []
for _ in range(400):
    optimizer.zero_grad()
    failures.append(failure.backward(orders))
    optimizer.step()
(last, _), after = swing([order.data for order in orders])
print(f"failure: from {failures[0]:.2f} to {failures[-1]:.4f}")
print(f"the last angle: {math.degrees(last):.1f}°, upright is 180°")
lines({"failure": failures}, title="learning to swing up", x_name="attempt", log=True)

# %% jupyter={"source_hidden": true} tags=["plotting"]
times = [k * LENGTH for k in range(1, MOMENTS + 1)]
curves(
    {
        "before": list(zip(times, before[0])),
        "after": list(zip(times, after[0])),
        "upright": [(0.0, math.pi), (times[-1], math.pi)],
    },
    (0.0, times[-1]),
    names=("seconds", "angle"),
    title="the angle",
)

# %% [markdown]
# Nobody told it to *swing*. It found that out: a little to one side, more to the other, and back,
# each time higher, until it is over the top, just as a child does on a swing. The motor's part:

# %%
curves(
    {
        "motor": [(t, 4.0 * math.tanh(order.data)) for t, order in zip(times, orders)],
        "speed": list(zip(times, after[1])),
    },
    (0.0, times[-1]),
    names=("seconds", ""),
    title="motor and speed",
)

# %% [markdown]
# Mostly the motor pulls in the direction in which the pendulum moves anyway, and so gives it
# energy; at the end it brakes. The gradient that taught it this went back through 60 moments of
# physics. That is *backpropagation through time*, and the next notebook does the same with words.

# %% [markdown]
# ## One more exercise
#
# ### Exercise 4 (harder)
#
# The steps of Gauss and Newton trust the straight line too far. Start them at a rate of 0.5 instead
# of 0.1: the first step makes the misfit $10^{19}$, and some steps later nothing can be divided any
# more. The remedy is a brake, and fifteen lines long (*Levenberg-Marquardt*):
#
# * multiply each number on the diagonal of $J^\top J$ by $1 + \text{brake}$: the larger the brake,
#   the shorter the step, and the nearer to gradient descent;
# * if a step makes the misfit smaller, take it, and divide the brake by 10;
# * if not, stay where you are, and multiply the brake by 10.
#
# Write `careful_fit(p, steps)`, which begins at the constants `p` with a brake of 1 and returns the
# constants after so many steps.
#
# <details><summary>Solution</summary>
#
# It is `gauss_newton_step` with a diagonal that is changed, in a loop that looks before it leaps.
#
# ```python
# def careful_fit(p, steps):
#     brake = 1.0
#     for _ in range(steps):
#         columns, r = list(zip(*jacobian(residuals)(p))), residuals(p)
#         matrix = [[sum(map(mul, a, b)) for b in columns] for a in columns]
#         for k in range(len(p)):
#             matrix[k][k] *= 1.0 + brake
#         step = solve(matrix, [sum(map(mul, a, r)) for a in columns])
#         goal = [x - d for x, d in zip(p, step)]
#         if misfit(goal) < misfit(p):
#             p, brake = goal, brake / 10
#         else:
#             brake *= 10
#     return p
# ```
# </details>

# %% tags=["exercise"]
careful_fit = ...  # def careful_fit(p, steps): ... returns [room, start, rate]


# %% tags=["check"]
@exercise(4, careful_fit)
def check():
    for start in ([15.0, 70.0, 0.1], [15.0, 70.0, 0.5], [40.0, 60.0, 0.2]):
        last = misfit(start)
        assert misfit(careful_fit(start, 5)) <= last, f"from {start} the misfit grew"
        found = misfit(careful_fit(start, 50))
        assert found < 1.551, f"from {start} the misfit is {found:.3f} after 50 steps, not 1.551"


# %% [markdown]
# ## What you have seen
#
# * Fitting a law is training: residuals, a Jacobian, a few equations; the Hessian says how sure.
# * One backward pass gives every sensitivity of a price; Newton's method runs the formula in
#   reverse.
# * The mean of the slopes is the slope of the mean, except where a simulation jumps: blur the jump.
# * A simulation is a deep graph, one layer for each moment. Differentiate it, and you can steer it.
# * `compile` replays what is computed again and again: games, swings, fits.
#
# For work of your own, `examples/science` has nineteen programs of a screen each (orbits,
# epidemics, options, the level of the Nile), and the page *Fit, calibrate, simulate, steer* of
# the documentation says how to give the derivatives to SciPy.
#
# Next: [10. Sequences](10-sequences.ipynb), gradients through time, for words.
