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
# # 8. Derivatives of derivatives
#
# [中文版](zh/08-derivatives-of-derivatives.ipynb)
#
# **Time:** about 100 minutes · **You need:** notebooks 1 (derivatives) and 6 (gradient descent) ·
# **Afterwards you can:** read a second derivative as a bend and draw it as a graph; find roots and
# minima with Newton's method; read a Hessian: valley, peak or pass, and the largest learning rate
# that does not explode; use a Hessian that is too large to write down; train a net on its own
# derivative.
#
# A slope says which way is up. It does not say how long the way stays so. That is what the *next*
# derivative knows: how fast the slope itself changes. With it one can take steps of the right
# length, and tell a valley from a pass.

# %%
import math
from itertools import pairwise

import autograd_lite as ag
from autograd_lite import Value, draw, grad, gradients, hessian, hvp, topological_order
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import curves, lines, surface

# %% [markdown]
# ## The slope of the slope
#
# Take $f(x) = x^3 - 3x$. `grad(f)` is its slope as a function. That is a function like any other,
# so it has a slope, too: `grad(grad(f))`, the **second derivative**.
#
# At $x = 1$ the curve is level: its slope is 0. Before you look: what is the slope *of the slope*
# there? Write your guess in place of the dots.

# %% tags=["prediction"]
sign_at_1 = ...  # "below 0", "0" or "above 0": the second derivative at x = 1?


# %%
def f(x):
    return x**3 - 3 * x


slope = grad(f)
bend = grad(slope)
predicted(sign_at_1, "above 0", "left of 1 the curve falls and right of it it rises")
curves(
    {"f": f, "slope": slope, "slope of the slope": bend},
    (-2.2, 2.2),
    low=-6.0,
    high=6.0,
    title="x³ − 3x and two derivatives",
)

# %% [markdown]
# Look at $x = 1$. The slope is 0: the curve is level there. But left of it the slope is below 0,
# and right of it above 0, so the slope *grows*: its own slope is $6$, above 0. A level place with a
# growing slope is the bottom of a **valley**. At $x = -1$ everything is the other way round: a
# **peak**.
#
# By hand: $f' = 3x^2 - 3$ and $f'' = 6x$. (One dash for the slope, two for the slope of the slope.
# In the other way of writing, $\frac{df}{dx}$ and $\frac{d^2 f}{dx^2}$.)

# %%
print("     x      f     f'    f''")
for x in (-1.0, 0.0, 1.0, 2.0):
    print(f"{x:6.1f} {f(x):6.1f} {slope(x):6.1f} {bend(x):6.1f}")

# %% [markdown]
# ### Exercise 1
#
# $f(x) = x^4 - 2x^2$ is level at $-1$, at $0$ and at $1$. What is its second derivative at 0, and
# at 1? Which of them is a valley?
#
# (Work it out on paper, write your answer in place of the dots, and run the two cells. A wrong
# answer gets a hint and stops nothing.)
#
# <details><summary>Solution</summary>
#
# $f' = 4x^3 - 4x$ and $f'' = 12x^2 - 4$. At 0 that is −4, a peak; at 1 (and at −1) it is 8, a
# valley.
#
# ```python
# bend_at_0 = -4
# bend_at_1 = 8
# valley = 1
# ```
# </details>

# %% tags=["exercise"]
bend_at_0 = ...  # your answer
bend_at_1 = ...  # your answer
valley = ...  # 0 or 1


# %% tags=["check"]
@exercise(1, bend_at_0, bend_at_1, valley)
def check():
    second_derivative = grad(grad(lambda x: x**4 - 2 * x**2))
    assert abs(bend_at_0 - second_derivative(0.0)) < 1e-9, "bend_at_0: differentiate twice"
    assert abs(bend_at_1 - second_derivative(1.0)) < 1e-9, "bend_at_1: differentiate twice"
    assert valley in (0, 1), "valley: 0 or 1"
    assert second_derivative(float(valley)) > 0, "in a valley the slope grows"


# %% [markdown]
# ## What the second derivative looks like
#
# It is a bend. Lay a circle against a curve so that it touches the curve, and bends as much as the
# curve does (the *osculating circle*). If the circle is small, the bend is sharp.


# %%
def parabola(x):
    return x * x / 2


def touching_circle(f, x):
    """The circle that fits f best at x, as places on it, and its radius."""
    first, second = grad(f)(x), grad(grad(f))(x)
    radius = (1 + first**2) ** 1.5 / second
    tilt = math.hypot(1.0, first)
    middle = x - first / tilt * radius, f(x) + radius / tilt  # square to the curve
    turns = [2 * math.pi * k / 200 for k in range(201)]
    circle = [(middle[0] + radius * math.sin(t), middle[1] - radius * math.cos(t)) for t in turns]
    return circle, radius


# %%
level, radius_at_0 = touching_circle(parabola, 0.0)
tilted, radius_at_1 = touching_circle(parabola, 1.0)
print(f"radius at 0: {radius_at_0:.3f}   radius at 1: {radius_at_1:.3f}")
curves(
    {"x² / 2": parabola, "circle at 0": level, "circle at 1": tilted},
    (-3.0, 3.0),
    points={"touch": [(0.0, 0.0), (1.0, 0.5)]},
    low=-0.25,
    high=3.0,
    title="circles that fit",
)

# %% [markdown]
# One over the radius is the **curvature**:
#
# $$\kappa = \frac{f''}{(1 + f'^2)^{3/2}}$$
#
# Where the curve is level, this is the second derivative itself: at 0 we have $f' = 0$ and
# $f'' = 1$, so the curvature is 1, and so is the radius. At 1 we have $f' = 1$ and $f'' = 1$, so
# the radius is $(1 + 1)^{3/2} = 2.828$: the second derivative is the same, but the curve stands on
# a slope and bends less.
#
# ## A derivative is a graph
#
# How does the engine do that? Each operation has a rule for its local derivative. The rule of $x^3$
# says $3x^2$. For `backward` the rule runs on a number and gives a number. But it is ordinary
# arithmetic, so it can run on a `Value` as well, and then it does what all arithmetic on Values
# does: it **records a graph**.
#
# `gradients(..., create_graph=True)` asks for that.

# %%
x = Value(2.0, label="x")
y = x**3
y.label = "x³"
first = gradients(y, x, create_graph=True)
first.label = "slope"
draw(first)

# %% [markdown]
# This is $3 \cdot 2^2 = 12$, with the way it was computed. (The last card, times 1, is where the
# walk back began: a result changes 1 for 1 with itself. In a running notebook drag the number of
# `x`, and the slope follows: 27 at 3.) A graph can be differentiated again:

# %%
second = gradients(first, x, create_graph=True)
second.label = "slope of the slope"
third = gradients(second, x)
print(f"{y.data:.0f}, {first.data:.0f}, {second.data:.0f}, {third:.0f}")
draw(second)

# %% [markdown]
# $x^3$, $3x^2$, $6x$, $6$: at $x = 2$ that is 8, 12, 12, 6.
#
# ## The n-th derivative
#
# For tanh it gets more interesting. Its slope is $1 - \tanh^2$. Far out, tanh is nearly 1, and of
# that difference no digit would be left. So the slope has a row of its own in the table, computed
# with care and called `tanh_slope`; and the rule of that row is $-2 \tanh$ times itself.

# %%
x = Value(0.5, label="x")
out = ag.tanh(x)
out.label = "tanh"
slope_of_tanh = gradients(out, x, create_graph=True)
slope_of_tanh.label = "slope"
draw(slope_of_tanh, direction="down")

# %% [markdown]
# The second derivative, by hand: the slope is $1 - t^2$ with $t = \tanh x$. So its slope is $-2t$
# times the slope of $t$, that is $-2t(1 - t^2)$. The engine's graph is the same thought, with a
# card for each product:

# %%
bend_of_tanh = gradients(slope_of_tanh, x, create_graph=True)
bend_of_tanh.label = "2nd derivative"
t = math.tanh(0.5)
print(f"engine {bend_of_tanh.data:.6f}   by hand {-2 * t * (1 - t * t):.6f}")
draw(bend_of_tanh, direction="down")

# %% [markdown]
# And so on, as often as we like. Here is the third, as the engine found it: nobody wrote that down.


# %%
def derivatives(function, at, order):
    """The function and its first derivatives at a place, as Values."""
    x = Value(at, label="x")
    found = [function(x)]
    for _ in range(order):
        found.append(gradients(found[-1], x, create_graph=True))
    return found


draw(derivatives(ag.tanh, 0.5, 3)[3], direction="down")

# %% [markdown]
# Are they right? There is a second way to know. The n-th derivative of tanh is a polynomial in $t$:
# start with $t$, and each time take the polynomial's slope times $(1 - t^2)$. That needs whole
# numbers only.


# %%
def next_polynomial(p):
    """From the coefficients of p(t) to those of p'(t) · (1 − t²)."""
    slope = [k * c for k, c in enumerate(p)][1:]
    shifted = [0, 0, *slope]
    return [a - b for a, b in zip([*slope, 0, 0], shifted)]


p = [0, 1]
print("order  nodes       engine   polynomial")
for n, value in enumerate(derivatives(ag.tanh, 0.5, 6)):
    truth = sum(c * t**k for k, c in enumerate(p))
    size = len(topological_order(value))
    print(f"{n:5d} {size:6d} {value.data:12.6f} {truth:12.6f}")
    p = next_polynomial(p)

# %% [markdown]
# The graph grows by a factor of about two and a half with each order. That is the price of doing it
# the general way, and it is why one rarely goes beyond the second.

# %%
curves(
    {
        "tanh": ag.tanh,
        "1st": grad(ag.tanh),
        "2nd": grad(grad(ag.tanh)),
        "3rd": grad(grad(grad(ag.tanh))),
    },
    (-3.0, 3.0),
    title="tanh and its derivatives",
)

# %% [markdown]
# ## Newton's method: follow the tangent to the ground
#
# What is $\sqrt 2$? It is where $x^2 - 2$ is zero. Guess 3. There the height is $7$ and the slope
# is $6$. If the curve were straight, going back by $7 / 6$ would bring us to zero. So the next
# guess is $3 - 7/6 = 1.833$. It is not straight, so we are not there; but nearer. Do it again.
#
# $$x_{\text{next}} = x - \frac{f(x)}{f'(x)}$$

# %% tags=["prediction"]
steps_needed = ...  # how many steps from 3 until the error is below a millionth?


# %%
def newton(f, x, steps):
    """The guesses of Newton's method for a zero of f."""
    guesses = [x]
    for _ in range(steps):
        x = x - f(x) / grad(f)(x)
        guesses.append(x)
    return guesses


def square_less_two(x):
    return x * x - 2


guesses = newton(square_less_two, 3.0, 5)

# %% jupyter={"source_hidden": true} tags=["plotting"]
tangents = []
for guess, after in pairwise(guesses):
    tangents += [(guess, 0.0), (guess, square_less_two(guess)), (after, 0.0)]
curves(
    {"x² − 2": square_less_two, "tangents": tangents},
    (1.0, 3.2),
    points={"guesses": [(guess, 0.0) for guess in guesses]},
    title="down the tangent",
)

# %%
for k, guess in enumerate(guesses):
    print(f"{k}  {guess:.9f}   error {abs(guess - math.sqrt(2)):.0e}")
enough = next(k for k, guess in enumerate(guesses) if abs(guess - math.sqrt(2)) < 1e-6)
predicted(steps_needed, enough, "each step squares the error, and divides it by about 3")

# %% [markdown]
# The number of right digits **doubles** with each step: errors of 0.05, 0.0008, 0.0000002. From
# there one more step is as good as a computer's numbers can be. (Books call that *quadratic
# convergence*. The factor by which the squared error is multiplied is $\frac{f''}{2f'}$: again the
# second derivative.)

# %% [markdown]
# ### Exercise 2
#
# Write one step of Newton's method for the cube root of 10, as a function from a guess to the next
# guess. Which function has its zero there?
#
# <details><summary>Solution</summary>
#
# $x^3 - 10$ is zero at the cube root, and its slope is $3x^2$. From 2 the step leads to
# $2 - (8 - 10)/12 = 2.1667$.
#
# ```python
# def next_guess(x):
#     return x - (x**3 - 10) / (3 * x**2)
# ```
# </details>

# %% tags=["exercise"]
next_guess = ...  # a function of x


# %% tags=["check"]
@exercise(2, next_guess)
def check():
    guess = next_guess(2.0)
    assert abs(guess - newton(lambda x: x**3 - 10, 2.0, 1)[-1]) < 1e-9, "from 2 it leads to 2.1667"
    for _ in range(5):
        guess = next_guess(guess)
    assert abs(guess**3 - 10) < 1e-9, "after six steps the cube should be 10"


# %% [markdown]
# ## Newton for a minimum
#
# At a minimum the *slope* is zero. So look for a zero of the slope:
#
# $$x_{\text{next}} = x - \frac{f'(x)}{f''(x)}$$
#
# Gradient descent takes a step of `lr` times the slope, and someone must choose `lr`. Newton's
# method has chosen: `lr` is $1 / f''$. Where the slope changes fast, take care; where it hardly
# changes, stride out. On $x^3 - 3x$, from 2, to the valley at 1:

# %%
descent = [2.0]
for _ in range(6):
    descent.append(descent[-1] - 0.05 * slope(descent[-1]))
steps = newton(slope, 2.0, 6)
print("step  descent      newton")
for k, (slow, quick) in enumerate(zip(descent, steps)):
    print(f"{k:4d}  {slow:.6f}  {quick:.9f}")

# %% [markdown]
# Now start at −0.5, between the peak at −1 and the valley at 1. The curve falls towards the valley.

# %% tags=["prediction"]
arrives_at = ...  # 1 (the valley) or -1 (the peak): where does Newton's method go from -0.5?

# %%
walked = newton(slope, -0.5, 5)
predicted(arrives_at, round(walked[-1]), "it looks for a slope of zero, and a peak has one, too")
[f"{x:.4f}" for x in walked]

# %% [markdown]
# It went to the peak at −1: where $f''$ is below 0, Newton's step leads **uphill**. The remedy is
# to look at the sign of $f''$ first.
#
# ## Two variables: the Hessian
#
# Here is the valley $g(x, y) = x^2 + xy + y^2$ from above, as on a map: along each line the height
# stays the same, and where the tint is stronger it is higher.


# %%
def g(p):
    x, y = p
    return x * x + x * y + y * y


surface(
    lambda x, y: g([x, y]),
    (-1.5, 1.5, -1.2, 1.2),
    arrows=[((0.0, 0.0), (0.8, 0.8)), ((0.0, 0.0), (-0.8, 0.8))],
    points={"towards 45°": (0.8, 0.8), "towards 135°": (-0.8, 0.8)},
    title="x² + xy + y²",
)

# %% [markdown]
# Walk from the middle towards 45°, and you cross many lines: the ground bends up sharply. Towards
# 135° it bends less. How does one write down a bend that depends on the direction?
#
# With two variables there are two slopes, and each can change in two directions. That makes four
# numbers, in a square: the **Hessian**.
#
# $$\nabla g = \begin{pmatrix} 2x + y \\ x + 2y \end{pmatrix} \qquad
# H = \begin{pmatrix} 2 & 1 \\ 1 & 2 \end{pmatrix}$$
#
# The first row says how $2x + y$ changes: 2 for 1 with $x$, and 1 for 1 with $y$.

# %%
hessian(g)([0.3, -0.4])

# %% [markdown]
# The two numbers off the diagonal are equal: how the x-slope changes with y is how the y-slope
# changes with x. So it is wherever the second derivatives are continuous (*Schwarz's theorem*), and
# then the Hessian is **symmetric**. Where they jump, the two can differ: for
# $xy\,(x^2 - y^2)/(x^2 + y^2)$, set to 0 at the origin, they are −1 and 1 there, although that
# function has no kink.
#
# In a direction $v$ of length 1 the bend is $v^\top H v$. Walk once around and plot it:

# %%
matrix = hessian(g)([0.0, 0.0])


def bend_towards(degrees):
    turn = math.radians(degrees)
    v = math.cos(turn), math.sin(turn)
    return sum(v[i] * matrix[i][j] * v[j] for i in range(2) for j in range(2))


curves(
    {"bend": bend_towards},
    (0.0, 180.0),
    low=0.0,
    high=4.0,
    names=("degrees", "vᵀHv"),
    title="how sharply x² + xy + y² bends, by direction",
)

# %% [markdown]
# It is largest, 3, at 45°, and smallest, 1, at 135°. These two extremes are the **eigenvalues** of
# $H$. Their *directions* are its **eigenvectors**: vectors that $H$ makes longer or shorter, or
# reverses, but keeps on their line. Check it: row by row, $H$ makes $(1, 1)$ into $(3, 3)$, three
# times as long, and $(-1, 1)$ into $(-1, 1)$, once. The two directions always lie at right angles,
# because $H$ is symmetric.
#
# For a symmetric 2 × 2 matrix there is a formula for the eigenvalues: the mean of the diagonal,
# plus and minus a root.


# %%
def extremes(matrix):
    """The smallest and the largest bend: the eigenvalues of a symmetric 2 × 2 matrix."""
    (a, b), (_, d) = matrix
    middle, half = (a + d) / 2, math.hypot((a - d) / 2, b)
    return middle - half, middle + half


extremes(matrix)

# %% [markdown]
# ## Valley, peak or pass
#
# Where the gradient is zero, the signs of the two extremes say what is there:
#
# | smallest, largest | what is there | the Hessian is called |
# |:--|:--|:--|
# | both above 0 | a valley (minimum) | positive definite |
# | both below 0 | a peak (maximum) | negative definite |
# | one of each | a pass (saddle point) | indefinite |
# | one of them is 0 | the bends alone do not say | singular |
#
# Take $x^3 - 3x + y^2$. It is level at $(1, 0)$ and at $(-1, 0)$.


# %%
def landscape(p):
    x, y = p
    return x**3 - 3 * x + y**2


for place in ([1.0, 0.0], [-1.0, 0.0]):
    print(place, "gradient", grad(landscape)(place), " bends", extremes(hessian(landscape)(place)))

# %% [markdown]
# So $(1, 0)$ is a valley, and $(-1, 0)$ is a pass: along $x$ one stands on a peak, along $y$ in a
# valley. Newton's method in two variables divides by the Hessian, that is, it solves two equations.
# It goes where the gradient is zero, *whatever* is there; gradient descent goes down.


# %%
def newton_step(f, p):
    """p less H⁻¹ times the gradient: two equations, by Cramer's rule."""
    (u, v), ((a, b), (c, d)) = grad(f)(p), hessian(f)(p)
    det = a * d - b * c
    return [p[0] - (d * u - b * v) / det, p[1] - (a * v - c * u) / det]


def descent_step(f, p, lr):
    return [x - lr * slope for x, slope in zip(p, grad(f)(p))]


def walk(step, start, count):
    found = [start]
    for _ in range(count):
        found.append(step(found[-1]))
    return found


# %% jupyter={"source_hidden": true} tags=["plotting"]
start = [-0.75, 0.9]
surface(
    lambda x, y: landscape([x, y]),
    (-1.8, 1.8, -1.2, 1.2),
    paths={
        "descent": walk(lambda p: descent_step(landscape, p, 0.05), start, 60),
        "Newton": walk(lambda p: newton_step(landscape, p), start, 5),
    },
    points={"valley": (1.0, 0.0), "pass": (-1.0, 0.0)},
    title="x³ − 3x + y²",
)

# %% [markdown]
# The landscapes of large nets have very many more passes than valleys: with a thousand directions,
# it is unlikely that *all* of them go up. That is one reason why nets are trained by descent.
#
# ## The learning rate and the sharpest bend
#
# Why does training explode if the learning rate is too large? Look at the plainest valley,
# $\frac{k}{2} x^2$, with slope $kx$. One step of descent is
#
# $$x_{\text{next}} = x - \text{lr} \cdot k x = (1 - \text{lr} \cdot k)\, x$$
#
# so each step multiplies $x$ by the same factor. If that factor is below −1, every step lands
# farther out, on the other side. The limit is $\text{lr} = 2 / k$, and $k$ is the bend.
#
# In many directions the *sharpest* bend sets the limit, and the *flattest* one makes you wait. Take
# $x^2 + 10y^2$: bends 2 and 20, so the limit is $2/20 = 0.1$. Three learning rates, 25 steps each:

# %% tags=["prediction"]
best_rate = ...  # 0.02, 0.09 or 0.105: which one ends lowest?


# %%
def ravine(p):
    x, y = p
    return x**2 + 10 * y**2


print("bends", extremes(hessian(ravine)([0.0, 0.0])))
start = [-1.8, 0.25]
walks = {
    "lr 0.02": walk(lambda p: descent_step(ravine, p, 0.02), start, 25),
    "lr 0.09": walk(lambda p: descent_step(ravine, p, 0.09), start, 25),
    "lr 0.105": walk(lambda p: descent_step(ravine, p, 0.105), start, 25),
    "Newton": walk(lambda p: newton_step(ravine, p), start, 1),
}
for name, steps in walks.items():
    count, end = len(steps) - 1, ravine(steps[-1])
    print(f"{name:9} {count:3d} steps, from {ravine(start):.3f} to {end:.4f}")
predicted(best_rate, 0.09, "it strides out, and yet stays below the limit of 0.1")

# %%
surface(
    lambda x, y: ravine([x, y]),
    (-2.0, 2.0, -0.8, 0.8),
    paths={**walks, "lr 0.105": walks["lr 0.105"][:10]},
    title="x² + 10y²",
    note="limit of lr: 0.1",
    width=520.0,
)

# %% [markdown]
# 0.02 creeps. 0.09 sways from side to side in the sharp direction, each time by 0.8 of the last,
# and gets there. 0.105 sways by 1.1, and explodes. Newton's method is there in a single step, as in
# any landscape that is a parabola in every direction: it uses the bend of each direction for
# itself.
#
# The sharpest bend over the flattest, here $20/2 = 10$, is the **condition number**. The larger it
# is, the more steps descent needs; Newton's method does not feel it.
#
# ## A valley that is not straight
#
# Rosenbrock's function, $(1 - x)^2 + 10(y - x^2)^2$, has its minimum in a bent ravine, at $(1, 1)$.


# %%
def rosenbrock(p):
    x, y = p
    return (1 - x) ** 2 + 10 * (y - x * x) ** 2


start = [-1.2, 1.0]
quick = walk(lambda p: newton_step(rosenbrock, p), start, 7)
slow = walk(lambda p: descent_step(rosenbrock, p, 0.01), start, 100)
print(f"descent, 100 steps: ({slow[-1][0]:.4f}, {slow[-1][1]:.4f})")
for k, p in enumerate(quick):
    print(f"Newton, step {k}: ({p[0]:8.5f}, {p[1]:8.5f})   height {rosenbrock(p):.1e}")

# %%
surface(
    lambda x, y: rosenbrock([x, y]),
    (-1.6, 1.6, -1.2, 1.8),
    paths={"descent": slow, "Newton": quick},
    points={"minimum": (1.0, 1.0)},
    title="Rosenbrock's ravine",
)

# %% [markdown]
# Newton's steps are bold: the second and the fourth go *up*, across the wall of the ravine. In
# practice one shortens a step that goes up. But look at the last heights: 0.002, 0.00003, and then
# 0.00000000000002.
#
# ## A Hessian too large to write down
#
# A net with 10,000 weights has a Hessian of 100,000,000 numbers. Nobody writes it down. But often
# one only wants $H v$, the change of the gradient in *one* direction $v$, and that costs a few
# gradients, however many weights there are: take the gradient, multiply it by $v$ (one number!),
# and take the gradient of that. `hvp` (*Hessian-vector product*) does it.

# %%
direct = hessian(rosenbrock)([0.5, 0.5])
v = [1.0, 2.0]
product = [sum(h * t for h, t in zip(row, v)) for row in direct]
print("row by row:", [round(x, 6) for x in product])
print("hvp:       ", [round(x, 6) for x in hvp(rosenbrock)([0.5, 0.5], v)])

# %% [markdown]
# What can one do with it? Find the sharpest bend, for example. Multiply almost *any* vector by $H$
# again and again: each time the sharpest direction gains on the others, until it is all that is
# left. (That is called power iteration. At a minimum no bend is below 0, so the sharpest is the
# largest.)
#
# Here is a net with two hidden tanh units on XOR, nine weights in one list, trained by descent.

# %%
XOR = [((-1, -1), -1), ((-1, 1), 1), ((1, -1), 1), ((1, 1), -1)]


def net(w, x):
    first = ag.tanh(w[0] * x[0] + w[1] * x[1] + w[2])
    second = ag.tanh(w[3] * x[0] + w[4] * x[1] + w[5])
    return w[6] * first + w[7] * second + w[8]


def loss(w):
    return sum((net(w, x) - target) ** 2 for x, target in XOR) / len(XOR)


weights = [0.9, -0.6, 0.5, -0.7, 0.8, 0.4, 0.6, 0.5, -0.3]
losses = []
for _ in range(300):
    height, slopes = ag.value_and_grad(loss)(weights)
    losses.append(height)
    weights = [w - 0.1 * slope for w, slope in zip(weights, slopes)]
lines({"loss": losses}, title="XOR", x_name="step", log=True)


# %%
def sharpest(f, at, rounds=60):
    """The largest bend of f, and the direction in which it is."""
    v = [1.0] * len(at)
    for _ in range(rounds):
        image = hvp(f)(at, v)
        length = math.hypot(*image)
        v = [x / length for x in image]
    return length, v


bend_of_loss, direction = sharpest(loss, weights)
print(f"sharpest bend {bend_of_loss:.3f}, so the learning rate must stay below", end=" ")
print(f"{2 / bend_of_loss:.3f}")

# %% [markdown]
# Is that so? Stand at the trained weights, nudged by a thousandth in the sharpest direction.
# Descend with a learning rate of 0.9 times the limit, and of 1.1 times.

# %%
distances = {}
for share in (0.9, 1.1):
    w = [w + 0.001 * d for w, d in zip(weights, direction)]
    column = []
    for _ in range(31):
        column.append(math.dist(w, weights))
        slopes = grad(loss)(w)
        w = [x - share * 2 / bend_of_loss * slope for x, slope in zip(w, slopes)]
    distances[f"{share} × limit"] = column
lines(
    distances,
    x=range(31),
    x_name="step",
    log=True,
    title="distance from the minimum",
    width=400.0,
)

# %% [markdown]
# Below the limit the nudge dies out. (Two percent of it remain: the bottom of this valley is not a
# point, for five of its nine bends are nearly 0, and the net comes to rest a little beside where it
# was.) Above the limit the nudge grows,
# until the curve stops being a parabola. You now know where a learning rate comes from.
#
# ## A loss with a derivative in it
#
# So far derivatives were for *finding* things. They can also be what is looked for. Say that we
# want a function $u$ with
#
# $$u'(t) = -u(t), \qquad u(0) = 1$$
#
# (the law of everything that decays). Let $u$ be a small net. Its derivative with respect to $t$ is
# a graph, as we saw, so it can stand **in the loss**: the mean of $(u' + u)^2$ over some times. To
# train the weights, the engine differentiates a loss that has a derivative inside. (Such a net is
# called *physics-informed*.)
#
# The form $1 + t \cdot \text{net}(t)$ makes $u(0) = 1$ by itself.

# %%
import random

import nn

rng = random.Random(1)
a = [Value(rng.uniform(-1.0, 1.0)) for _ in range(6)]
b = [Value(rng.uniform(-1.0, 1.0)) for _ in range(6)]
c = [Value(rng.uniform(-0.1, 0.1)) for _ in range(6)]


def u(t):
    return 1.0 + t * ag.dot(c, [ag.tanh(slope * t + shift) for slope, shift in zip(a, b)])


@ag.compile(batch="mean")  # records once, and replays
def wrongness(t):
    return (grad(u)(t) + u(t)) ** 2


times = [k / 7 for k in range(22)]
optimizer = nn.Adam([*a, *b, *c], lr=0.02)
history = []
for _ in range(400):
    optimizer.zero_grad()
    history.append(wrongness.backward(times))
    optimizer.step()
print(f"wrongness: from {history[0]:.2f} to {history[-1]:.0e}")
worst = max(abs(u(t).data - math.exp(-t)) for t in times)
print(f"farthest from the truth: {worst:.3f}")

# %% [markdown]
# The true answer is $e^{-t}$. The net has never seen it: it was only told how its slope and its
# height belong together. Both lines are drawn; they lie on each other.

# %%
curves(
    {"the net": u, "e⁻ᵗ": lambda t: math.exp(-t)},
    (0.0, 3.0),
    low=0.0,
    high=1.0,
    names=("t", "u"),
    title="a net that solves u' = −u",
)

# %% [markdown]
# ## More exercises
#
# ### Exercise 3
#
# $h(x, y) = x^2 + 4xy + y^2$ is level at $(0, 0)$. Write down its Hessian, find the smallest and
# the largest bend, and say what is there: `"valley"`, `"peak"` or `"pass"`.
#
# <details><summary>Solution</summary>
#
# $H = \begin{pmatrix} 2 & 4 \\ 4 & 2 \end{pmatrix}$. The mean of the diagonal is 2 and the root is
# $\sqrt{0 + 4^2} = 4$, so the bends are −2 and 6: a pass. Along $y = -x$ it is
# $x^2 - 4x^2 + x^2 = -2x^2$, which goes down, although both $x^2$ and $y^2$ go up.
#
# ```python
# bends = (-2, 6)
# what = "pass"
# ```
# </details>

# %% tags=["exercise"]
bends = ...  # (smallest, largest)
what = ...  # "valley", "peak" or "pass"


# %% tags=["check"]
@exercise(3, bends, what)
def check():
    truth = extremes(hessian(lambda p: p[0] ** 2 + 4 * p[0] * p[1] + p[1] ** 2)([0.0, 0.0]))
    assert math.dist(bends, truth) < 1e-9, "bends: mean of the diagonal, minus and plus the root"
    signs = {(True, True): "valley", (False, False): "peak"}
    assert what == signs.get((truth[0] > 0, truth[1] > 0), "pass"), "look at the two signs"


# %% [markdown]
# ### Exercise 4 (harder)
#
# Newton's method went uphill twice in Rosenbrock's ravine, and towards a pass on $x^3 - 3x + y^2$.
# Write `safe_step(f, p)`, a step of two variables that does neither:
#
# * where a bend is not above 0, go down the gradient instead (`descent_step` with a rate of 0.1);
# * if the step leads higher than `p`, halve it, until it does not (a *line search*).
#
# <details><summary>Solution</summary>
#
# The midpoint of `p` and the goal is half the step. At the minimum itself rounding decides whether
# a step goes up, so the halving must end.
#
# ```python
# def safe_step(f, p):
#     smallest, _ = extremes(hessian(f)(p))
#     goal = newton_step(f, p) if smallest > 0 else descent_step(f, p, 0.1)
#     for _ in range(50):
#         if f(goal) <= f(p):
#             return goal
#         goal = [(x + y) / 2 for x, y in zip(p, goal)]
#     return p
# ```
# </details>

# %% tags=["exercise"]
safe_step = ...  # def safe_step(f, p): ... returns the next place, [x, y]


# %% tags=["check"]
@exercise(4, safe_step)
def check():
    path = walk(lambda p: safe_step(rosenbrock, p), [-1.2, 1.0], 30)
    heights = [rosenbrock(p) for p in path]
    never_up = all(after <= before for before, after in pairwise(heights))
    assert never_up, "a step leads uphill: halve it until it does not"
    assert heights[-1] < 1e-12, "after 30 steps it is not yet at (1, 1)"
    end = walk(lambda p: safe_step(landscape, p), [-0.75, 0.9], 50)[-1]
    assert math.dist(end, [1.0, 0.0]) < 1e-6, "from (-0.75, 0.9) it must reach the valley at (1, 0)"


# %% [markdown]
# ## What you have seen
#
# * The second derivative is the bend of a curve; where it is level, one over the radius of a
#   circle.
# * A derivative is a graph like any other, so it has derivatives, of any order.
# * Newton's method divides the slope by the bend. The right digits double, but it may find a peak.
# * The signs of the Hessian's eigenvalues tell valley, peak and pass; the largest limits the
#   learning rate.
# * `hvp` uses a Hessian without writing it down; a derivative may stand in a loss.
#
# Next: [9. Gradients beyond nets](09-gradients-beyond-nets.ipynb), the same engine on coffee,
# options and a pendulum.
