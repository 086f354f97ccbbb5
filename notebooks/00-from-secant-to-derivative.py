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
# # 0. From a secant to a derivative
#
# [中文版](zh/00-from-secant-to-derivative.ipynb)
#
# **Time:** about 60 minutes · **You need:** functions and straight lines from school, a little
# Python · **Afterwards you can:** say what a derivative is and find one by hand; use the rules and
# say why they hold; read a gradient as an arrow that points uphill.
#
# All learning of neural nets rests on one question: *if I change this number a little, how much
# does the result change?* This notebook asks it of a curve, then of a landscape. Whoever knows
# derivatives and gradients well may go to [notebook 1](01-a-value-and-the-chain-rule.ipynb).
#
# Sometimes a cell asks for a guess before the next one shows the answer. Write it in place of the
# dots `...`. A guess costs nothing, and what one has guessed, one remembers.

# %%
import math

from autograd_lite import Value, draw, grad, step
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import curves, lines, multiples, surface

# %% [markdown]
# ## How fast, at this very moment?
#
# A cart rolls down a slope. After $x$ seconds it has rolled $f(x) = x^2$ metres: 1 metre after one
# second, 4 metres after two. It gets faster all the time. How fast is it *at* $x = 1$?
#
# Speed is distance per time, so it takes two moments. From $x = 1$ to $x = 1 + h$, for some step
# $h$, the average speed is
#
# $$\frac{\text{change of } f}{\text{change of } x} = \frac{f(1 + h) - f(1)}{h}$$


# %%
def f(x):
    return x * x


h = 1.0
print(f"from 1 s to 2 s: {(f(1 + h) - f(1)) / h:.1f} metres per second")

# %% [markdown]
# In the picture this is the **slope** of a straight line through two points of the curve, P at 1
# and Q at $1 + h$. Such a line is called a **secant**. Its slope is *how far up* divided by *how
# far to the right*.


# %% jupyter={"source_hidden": true} tags=["plotting"]
def window(title, name, slope, points):
    """The curve, and the line of this slope through (1, 1)."""
    straight = [(x, 1 + slope * (x - 1)) for x in (-0.5, 2.5)]
    return curves(
        {"x²": f, name: straight}, (-0.5, 2.5), points={"points": points},
        low=-1.0, high=5.0, names=("x", ""), title=title, note=f"slope {slope:.4g}",
        width=330, height=240,
    )  # fmt: skip


# %%
def secant(h):
    return window(f"h = {h}", "secant", (f(1 + h) - f(1)) / h, [(1, 1), (1 + h, f(1 + h))])


secant(1.0)

# %% [markdown]
# The average over a whole second is not the speed at $x = 1$, for the cart gets faster within that
# second. So take a shorter step: $h = 0.5$, then $0.1$, and so on, towards 0. Before you run on:
# the slope of the secant begins with 3. What will it come closer and closer to?

# %% tags=["prediction"]
guess = ...  # 0, 1, 2 or 3

# %%
print("    h     slope of the secant")
for h in (1.0, 0.5, 0.1, 0.01, 0.001):
    print(f"{h:7}  {(f(1 + h) - f(1)) / h:10.4f}")
predicted(guess, 2, "each slope is 2 + h, and h goes to 0")

# %% [markdown]
# The point Q slides along the curve towards P, and the secant turns into a line that only touches
# the curve, the **tangent**. Its slope is 2: at one second the cart moves at 2 metres per second.

# %%
tangent = window("h → 0", "tangent", 2.0, [(1, 1)])
multiples([secant(1.0), secant(0.5), secant(0.1), tangent], columns=2)

# %% [markdown]
# ## Pull h towards 0
#
# The fraction itself is a small calculation, so here it is as a picture. (A `Value` is a number
# that remembers how it was computed, and `draw` shows that.) Each card holds a number; `slope` on
# the right is the fraction. (The small numbers on the lines, such as × 1.5, are the subject of
# notebook 1; leave them aside here.) In the running notebook, pull the dotted number of `h` to the
# left and watch `slope`. Then pull `x`: at every place the curve has a slope of its own.

# %%
x, h = Value(1.0, label="x"), Value(0.5, label="h")
rise = f(x + h) - f(x)
rise.label = "rise"
slope = rise / h
slope.label = "slope"
draw(slope)

# %% [markdown]
# Type 0 for `h` (a double click on the number), and the card says *nan*, "not a number":
# $\frac{0}{0}$ has no value. But look at the curve that appears beside the live picture, `slope`
# over `h`: a straight line with a hole at $h = 0$, and the hole lies at height 2 (as long as $x$ is
# 1). One cannot *put* $h = 0$; one asks what the fraction comes close to. That is a **limit**,
# written $h \to 0$.

# %% [markdown]
# ## The derivative
#
# For $x^2$ a line of school algebra finds the limit at every $x$. Multiply out, and $h$ can be
# cancelled *before* it goes to 0:
#
# $$\frac{(x + h)^2 - x^2}{h} = \frac{2xh + h^2}{h} = 2x + h \;\longrightarrow\; 2x$$
#
# So the slope of $x^2$ at the place $x$ is $2x$: at 1 it is 2, at 3 it is 6, at $-1$ it is $-2$
# (downhill). This is the **derivative** of $f$, in general
#
# $$f'(x) = \frac{df}{dx} = \lim_{h \to 0} \frac{f(x + h) - f(x)}{h}$$
#
# Read $\frac{df}{dx}$ as "the derivative of f with respect to x": how f changes with x, per unit of
# x. What it is good for is this: for a small step $h$,
#
# $$f(x + h) \approx f(x) + f'(x) \cdot h$$
#
# Near P the curve is almost its tangent. At $x = 1$ and $h = 0.1$ that promises $1 + 2 \cdot 0.1 =
# 1.2$; the truth is $1.1^2 = 1.21$.

# %% [markdown]
# ### Exercise 1
#
# Take $g(x) = x^2 + 3x$ at $x = 2$. What is the slope of the secant over the step $h = 0.5$, and
# what is the derivative there?
#
# <details><summary>Solution</summary>
#
# $g(2) = 10$ and $g(2.5) = 6.25 + 7.5 = 13.75$, so the secant has slope $\frac{3.75}{0.5} = 7.5$.
# In general $\frac{g(x + h) - g(x)}{h} = \frac{2xh + h^2 + 3h}{h} = 2x + h + 3$. At $x = 2$ it is
# $7 + h$, which goes to 7.
#
# ```python
# secant_slope = 7.5
# derivative = 7
# ```
# </details>

# %% tags=["exercise"]
secant_slope = ...  # your answer
derivative = ...  # your answer


# %% tags=["check"]
@exercise(1, secant_slope, derivative)
def check():
    def g(x):
        return x * x + 3 * x

    assert abs(secant_slope - (g(2.5) - g(2)) / 0.5) < 1e-9, "secant_slope: g(2.5) less g(2), / 0.5"
    assert abs(derivative - grad(g)(2.0)) < 1e-9, "derivative: cancel h first, then let it go to 0"


# %% [markdown]
# ## How small is small?
#
# On paper $h$ goes to 0. In a computer it is some number. Take $x^3$ at 1, whose derivative is 3,
# and ever smaller steps. Which of these three gives the best answer?

# %% tags=["prediction"]
guess = ...  # "1e-2", "1e-8" or "1e-15"


# %%
def cube(x):
    return x * x * x


for h in (1e-2, 1e-8, 1e-15):
    print(f"h = {h:5}   slope {(cube(1 + h) - cube(1)) / h:.10f}")
predicted(guess, "1e-8", "1e-2 still sees the curve, 1e-15 drowns in rounding")

# %% [markdown]
# Two errors pull in opposite directions. A large step sees the bend of the curve. A tiny one
# subtracts two numbers that agree in nearly all of the 16 digits that a computer keeps, so what is
# left is mostly rounding. In the best place some eight digits are right.
#
# One can do better with the same two calls: step to *both* sides, from $x - h$ to $x + h$. Then
# the bend on the left and the bend on the right nearly cancel. This is the **central difference**.


# %%
def nudged(f, x, h=1e-5):
    """The slope of f at x, by a small step to both sides."""
    return (f(x + h) - f(x - h)) / (2 * h)


steps = range(1, 16)
errors = {
    "one side": [abs((cube(1 + 10.0**-k) - cube(1)) / 10.0**-k - 3) for k in steps],
    "both sides": [abs(nudged(cube, 1, 10.0**-k) - 3) for k in steps],
}
lines(errors, x=steps, log=True, title="error of the slope", x_name="h = 10 to the minus",
      width=520, height=260)  # fmt: skip

# %% [markdown]
# (Each line down on this scale divides the error by the same factor.) So a derivative by small
# steps (the standard name is *finite differences*, or *numerical differentiation*) is always
# *approximate*. It is the best way to **check** a derivative, and in this course it is done all the
# time. To *find* derivatives there are exact ways: rules, which come next.

# %% [markdown]
# ## The slope is a function, too
#
# A curve has a slope at each place, so the slopes make a new curve. `grad` takes a function and
# gives its derivative, exact to the last digits. It is the work of the *engine*, the heart of this
# project; how it does that is the subject of notebook 1. Take
#
# $$p(x) = x^3 - 3x$$
#
# At how many places is its slope 0?

# %% tags=["prediction"]
guess = ...  # 1, 2 or 3 places


# %%
def p(x):
    return x * x * x - 3 * x


flat = [(-1.0, 0.0), (1.0, 0.0)]
chart = curves({"p": p, "its slope": grad(p)}, (-2.2, 2.2), points={"slope 0": flat},
               low=-4, high=6, names=("x", ""), width=520, height=300)  # fmt: skip
predicted(guess, 2, "on the hilltop and in the valley; in the middle it falls, with slope −3")
chart

# %% [markdown]
# Compare the two curves. Where `p` rises, the slope is above 0; where `p` falls, below. On the
# hilltop and at the bottom of the valley it is exactly 0. *Whoever looks for the lowest place looks
# for a slope of 0*: this is what training a net will come down to.
#
# Now watch it at one place. The picture below is live in the running notebook. Go with the arrow
# key → until the gradient of `x` is known (about it in notebook 1; here it is just the derivative).
# Beside the steps stands the curve with its tangent: drag along it.

# %%
x = Value(2.0, label="x")
y = x**3 - 3 * x
y.label = "y"
step(y)

# %% [markdown]
# ## Rules, by nudging
#
# Nobody computes limits each time. A handful of rules does it, and each can be seen by giving $x$ a
# small nudge $h$ and asking what changes. (Write $u$ and $v$ for two functions of $x$, and $u'$,
# $v'$ for their slopes.)
#
# | function | derivative | what the nudge does |
# |:--|:--|:--|
# | $c$, a constant | $0$ | nothing |
# | $c \cdot x$ | $c$ | the change is $c$ times the nudge |
# | $u + v$ | $u' + v'$ | both change, and the changes add up |
# | $u \cdot v$ | $u'v + uv'$ | a rectangle grows on two sides (below) |
# | $x^n$ | $n\,x^{n-1}$ | $n$ factors, nudged one after the other |
# | $\dfrac{1}{x}$ | $-\dfrac{1}{x^2}$ | $\frac{1}{x + h} - \frac{1}{x} = -\frac{h}{x (x + h)}$ |
# | $e^x$ | $e^x$ | $e^{x + h} = e^x \cdot e^h$, and $e^h \approx 1 + h$ |
# | $y(u(x))$ | $y' \cdot u'$ | one gear drives the next (below) |
#
# ### The product: a rectangle
#
# A rectangle with sides $u = 3$ and $v = 2$ has the area 6. Let $u$ grow by 0.3 and $v$ by 0.4. The
# area grows by a strip on the right, $v \cdot 0.3 = 0.6$, a strip on top, $u \cdot 0.4 = 1.2$, and
# a small corner of $0.3 \cdot 0.4 = 0.12$. In the picture the two nudges, 0.3 and 0.4, are called
# $du$ and $dv$.


# %%
def box(left, bottom, right, top):
    return [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]


parts = {"u·v": box(0, 0, 3, 2), "v·du": box(3, 0, 3.3, 2), "u·dv": box(0, 2, 3, 2.4)}
parts["du·dv"] = box(3, 2, 3.3, 2.4)
curves(parts, (-0.2, 3.6), low=-0.2, high=2.8, names=("u", "v"), width=440, height=320)

# %% [markdown]
# Make both nudges ten times smaller, and the strips become ten times smaller, but the corner a
# *hundred* times. In the limit only the strips count: the change is $v \cdot du + u \cdot dv$. That
# is the product rule.
#
# ### The chain: gears
#
# Let $u = 2x$ and $y = u^2$, at $x = 1$. A nudge of $x$ moves $u$ twice as far. And $y = u^2$ at
# $u = 2$ has slope 4: it moves four times as far as $u$. How far does $y$ move per nudge of $x$?

# %% tags=["prediction"]
guess = ...  # 4, 6 or 8

# %%
x = Value(1.0, label="x")
u = 2 * x
u.label = "u"
y = u**2
y.label = "y"
y.backward()  # finds the derivatives, and writes them on the cards
predicted(guess, 8, "factors of gears multiply: 2 times 4")
draw(y)

# %% [markdown]
# The factors stand on the lines, and they are *multiplied*: $2 \cdot 4 = 8$. This is the **chain
# rule**, $\frac{dy}{dx} = \frac{dy}{du} \cdot \frac{du}{dx}$. Check: $y = (2x)^2 = 4x^2$ has the
# derivative $8x$, which is 8 at $x = 1$. Pull `x` in the picture, and see which factors follow.
#
# All rules of the table in one check: what the rule says, against a small step.

# %%
x = 1.5
rules = {
    "7": (lambda x: 7.0, 0),
    "7x": (lambda x: 7 * x, 7),
    "x² + 7x": (lambda x: x**2 + 7 * x, 2 * x + 7),
    "x² · eˣ": (lambda x: x**2 * math.exp(x), 2 * x * math.exp(x) + x**2 * math.exp(x)),
    "x⁵": (lambda x: x**5, 5 * x**4),
    "1 / x": (lambda x: 1 / x, -1 / x**2),
    "e to the 3x": (lambda x: math.exp(3 * x), 3 * math.exp(3 * x)),
}
for name, (function, rule) in rules.items():
    print(f"rule {rule:10.4f}   nudged {nudged(function, x):10.4f}   {name}")

# %% [markdown]
# ### Exercise 2
#
# Find the derivative of $x^3 e^x$ with the rules, as a function of $x$. For numbers use `math.exp`.
#
# <details><summary>Solution</summary>
#
# A product of $u = x^3$ and $v = e^x$, with $u' = 3x^2$ and $v' = e^x$:
#
# ```python
# def slope_of_product(x):
#     return 3 * x**2 * math.exp(x) + x**3 * math.exp(x)
# ```
# </details>

# %% tags=["exercise"]
slope_of_product = ...  # a function of x: def slope_of_product(x): return ...


# %% tags=["check"]
@exercise(2, slope_of_product)
def check():
    for x in (0.5, 1.0, -2.0):
        truth = nudged(lambda x: x**3 * math.exp(x), x)
        assert abs(slope_of_product(x) - truth) < 1e-6, f"at x = {x} a nudge gives {truth:.4f}"


# %% [markdown]
# ## Where there is no derivative
#
# The absolute value $|x|$ has a corner at 0. The secants from 0 to the right all have slope 1,
# those to the left all have slope −1. However short the step, the two sides never agree, so there
# is no tangent and no derivative at 0. Such a corner is called a **kink**. Nets are full of them,
# and [notebook 2](02-activations.ipynb) says how one lives with that.

# %%
for h in (0.1, 0.001, -0.001, -0.1):
    print(f"h = {h:6}   slope of the secant {(abs(0 + h) - abs(0)) / h:4.0f}")

# %% [markdown]
# ## Two inputs: partial derivatives
#
# Now a landscape. At the place $(x, y)$ of a map its height is
#
# $$\text{hill}(x, y) = 10 - x^2 - 2y^2$$
#
# You stand at $(2, 1)$, where the height is $10 - 4 - 2 = 4$. With two inputs there are two
# questions: how does the height change with $x$, while $y$ stays; and how with $y$, while $x$
# stays? Each is a question about *one* number, so each is a curve with a tangent: the hill, cut in
# two directions.


# %%
def hill(x, y):
    return 10 - x * x - 2 * y * y


def cut(f, at, title, name):
    touch, slope = [(at, f(at))], grad(f)(at)
    tangent = [(x, f(at) + slope * (x - at)) for x in (-3.0, 3.0)]
    return curves(
        {"height": f, "tangent": tangent}, (-3, 3), points={"you": touch}, low=-2, high=11,
        names=(name, ""), title=title, note=f"slope {slope:.4g}", width=330, height=250,
    )  # fmt: skip


along_x = cut(lambda x: hill(x, 1.0), 2.0, "y stays 1", "x")
along_y = cut(lambda y: hill(2.0, y), 1.0, "x stays 2", "y")
multiples([along_x, along_y], columns=2)

# %% [markdown]
# These slopes are the **partial derivatives**, written with a round ∂. To find one, treat the other
# input as a constant:
#
# $$\frac{\partial\,\text{hill}}{\partial x} = -2x = -4 \qquad
# \frac{\partial\,\text{hill}}{\partial y} = -4y = -4$$
#
# To step to the east (larger $x$) or to the north (larger $y$) leads down, 4 units per unit. The
# engine finds both at once:

# %%
x, y = Value(2.0, label="x"), Value(1.0, label="y")
height = hill(x, y)
height.label = "height"
height.backward()
print("∂hill/∂x =", x.grad, "  ∂hill/∂y =", y.grad)
draw(height)

# %% [markdown]
# The second row of a card says how strongly `height` depends on it; ▼ means "raising it lowers the
# height". Pull `x` and `y`: where do both slopes become 0? That is the top.

# %% [markdown]
# ## The gradient
#
# Put the partial derivatives side by side, and you have the **gradient**,
#
# $$\nabla \text{hill} = \left(\frac{\partial\,\text{hill}}{\partial x},
# \frac{\partial\,\text{hill}}{\partial y}\right) = (-4, -4)$$
#
# a **vector**: an arrow on the map, four to the west, four to the south. (∇ is read "nabla" or
# "grad".) What does it say? Take a small step of a fixed length in *any* direction $(a, b)$. The
# two changes add up, so the height changes by about
#
# $$-4 \cdot a + (-4) \cdot b$$
#
# You stand at $(2, 1)$, the top is at $(0, 0)$. In which direction does the hill rise most
# steeply: straight to the top, or along the arrow $(-4, -4)$?

# %% tags=["prediction"]
guess = ...  # "top" or "arrow"


# %%
def steepness(degrees, size=0.001):
    """How much the hill rises per unit, if you leave (2, 1) into a direction; 0° is east."""
    a, b = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return (hill(2 + size * a, 1 + size * b) - hill(2, 1)) / size


to_top = math.degrees(math.atan2(-1, -2)) % 360
to_arrow = math.degrees(math.atan2(-4, -4)) % 360
print(f"to the top, {to_top:.0f}°: {steepness(to_top):.2f}")
print(f"the arrow,  {to_arrow:.0f}°: {steepness(to_arrow):.2f}")
predicted(guess, "arrow", "the gradient sees how steep it is here, not where the top is")
curves(
    {"steepness": steepness}, (0, 360),
    points={"to the top": [(to_top, steepness(to_top))],
            "along the gradient": [(to_arrow, steepness(to_arrow))],
            "level": [(135, 0.0), (315, 0.0)]},
    names=("direction in degrees", ""), low=-6, high=6, width=520, height=280,
)  # fmt: skip

# %% [markdown]
# Read off four facts:
#
# * **The gradient points where it rises most steeply**; in the opposite direction it falls most.
# * The steepness there is the *length* of the gradient, $\sqrt{4^2 + 4^2} = 5.66$.
# * At right angles to it (135° and 315°) the ground is level. That is why the gradient crosses the
#   lines of equal height at right angles.
# * It knows only what is underfoot. In general it does not point to the top.
#
# On the map, with lines of equal height: left the gradient at $(2, 1)$, right the gradients at many
# places (drawn shorter), and a walk that always follows them. Close to the top they get short, for
# there it is nearly level.

# %% jupyter={"source_hidden": true} tags=["plotting"]
where = (-3.0, 3.0, -2.0, 2.0)


def arrow(x, y, size):
    return (x, y), (x - 2 * x * size, y - 4 * y * size)


climb = [(2.0, 1.0)]
for _ in range(30):
    x, y = climb[-1]
    climb.append((x + 0.1 * grad(hill, 0)(x, y), y + 0.1 * grad(hill, 1)(x, y)))

grid = [arrow(i * 0.75, j * 0.5, 0.06) for i in range(-3, 4) for j in range(-3, 4)]
multiples(
    [
        surface(hill, where, points={"you": (2.0, 1.0), "top": (0.0, 0.0)},
                arrows=[arrow(2.0, 1.0, 0.2)], title="the gradient at one place",
                levels=8, width=400, height=300),
        surface(hill, where, arrows=grid, paths={"walk": climb},
                title="at many places, and a walk", levels=8, width=400, height=315),
    ],
    columns=2,
)  # fmt: skip

# %% [markdown]
# The walk takes steps of 0.1 times the gradient. It leaves across the lines of equal height, bends,
# and reaches the top. This is **gradient ascent**. A net wants a *small* error instead, so it goes
# the other way, *against* the gradient: **gradient descent**, in
# [notebook 6](06-gradient-descent.ipynb). The gradient is the direction and the strength; how far
# to go, the factor 0.1, you must choose yourself.
#
# ### Exercise 3
#
# Let $k(x, y) = x^2 y + 3y$, at $(2, -1)$. Find both partial derivatives. Then say by about how
# much $k$ changes if you go 0.01 in $x$ and 0.02 in $y$.
#
# <details><summary>Solution</summary>
#
# With $y$ constant, $\frac{\partial k}{\partial x} = 2xy = -4$. With $x$ constant,
# $\frac{\partial k}{\partial y} = x^2 + 3 = 7$. The change is about
# $-4 \cdot 0.01 + 7 \cdot 0.02 = 0.1$.
#
# ```python
# dk_dx = -4
# dk_dy = 7
# change = 0.1
# ```
# </details>

# %% tags=["exercise"]
dk_dx = ...  # your answer
dk_dy = ...  # your answer
change = ...  # your answer


# %% tags=["check"]
@exercise(3, dk_dx, dk_dy, change)
def check():
    def k(x, y):
        return x * x * y + 3 * y

    assert abs(dk_dx - grad(k, 0)(2.0, -1.0)) < 1e-9, "dk_dx: treat y as a constant"
    assert abs(dk_dy - grad(k, 1)(2.0, -1.0)) < 1e-9, "dk_dy: treat x as a constant"
    assert abs(change - 0.1) < 1e-6, "change: slope times step for each input, then add"


# %% [markdown]
# ## Why there is more to come
#
# A gradient by nudging is easy: nudge one input after the other. But each nudge is a whole new run
# of the function. Count the runs for a function of 1000 numbers:

# %%
runs = 0


def sum_of_squares(numbers):
    global runs
    runs += 1
    return sum(x * x for x in numbers)


numbers = [0.01 * i for i in range(1000)]
for i in range(1000):
    sum_of_squares([x + 1e-5 * (k == i) for k, x in enumerate(numbers)])
sum_of_squares(numbers)
print("runs to nudge each of 1000 numbers:", runs)

runs = 0
leaves = [Value(x) for x in numbers]
sum_of_squares(leaves).backward()
print("runs with backward:", runs, "  the last derivative:", leaves[-1].grad, "= 2 ·", numbers[-1])

# %% [markdown]
# A net has thousands of weights, a large one billions, and its error must be differentiated with
# respect to *all* of them, at each step of learning. The engine needs one run, and one walk back
# through what it recorded, for any number of inputs, and its derivatives are exact. How that is
# possible, with nothing but the chain rule, is the subject of the next notebook.

# %% [markdown]
# ## More exercises
#
# ### Exercise 4
#
# Write the gradient by nudging: a function of `f`, which takes a list of numbers, and of `xs`, such
# a list. It gives the list of all partial derivatives. Use steps to both sides.
#
# <details><summary>Solution</summary>
#
# Two copies of the list for each input, in which only this one is moved:
#
# ```python
# def gradient_by_nudging(f, xs, h=1e-5):
#     slopes = []
#     for i in range(len(xs)):
#         right, left = list(xs), list(xs)
#         right[i] += h
#         left[i] -= h
#         slopes.append((f(right) - f(left)) / (2 * h))
#     return slopes
# ```
# </details>

# %% tags=["exercise"]
gradient_by_nudging = ...  # a function: def gradient_by_nudging(f, xs): ...


# %% tags=["check"]
@exercise(4, gradient_by_nudging)
def check():
    xs = [1.0, 2.0, -3.0]
    found = gradient_by_nudging(lambda xs: xs[0] * xs[1] + xs[2] ** 2, xs)
    assert isinstance(found, (list, tuple)), "give a list"
    assert len(found) == 3, "a list of three derivatives, one for each input"
    for i, (mine, truth) in enumerate(zip(found, (2.0, 1.0, -6.0))):
        assert abs(mine - truth) < 1e-4, f"entry {i} should be {truth}: move only xs[{i}]"
    assert xs == [1.0, 2.0, -3.0], "leave the list that you were given as it was: copy it"


# %% [markdown]
# ### Exercise 5, with many answers
#
# Invent a function that has the value 1 at 0, rises there with slope 2, and falls at 1 with slope
# −2. Use only `+`, `-`, `*` and `**`, so that the engine can differentiate it.
#
# <details><summary>Solution</summary>
#
# One of many: a parabola $1 + 2x + cx^2$ has the right value and slope at 0. Its slope at 1 is
# $2 + 2c$, so $c = -2$.
#
# ```python
# def wish(x):
#     return 1 + 2 * x - 2 * x**2
# ```
# </details>

# %% tags=["exercise"]
wish = ...  # a function: def wish(x): return ...


# %% tags=["check"]
@exercise(5, wish)
def check():
    assert abs(wish(0.0) - 1) < 1e-9, "the value at 0 should be 1"
    assert abs(nudged(wish, 0.0) - 2) < 1e-6, "the slope at 0 should be 2"
    assert abs(nudged(wish, 1.0) + 2) < 1e-6, "the slope at 1 should be −2"


# %% [markdown]
# ## What you have seen
#
# * A secant has a slope, rise divided by step. As the step goes to 0 it becomes that of the
#   tangent: the derivative.
# * For a small step $h$: $f(x + h) \approx f(x) + f'(x) \cdot h$.
# * Sums add their slopes, products follow the growing rectangle, chains multiply their factors.
# * Small steps check a derivative; they are never exact, and they cost a run for each input.
# * Partial derivatives hold all inputs but one. Together they are the gradient: an arrow that
#   points where it rises most steeply, as long as it is steep.
#
# Next: [1. A value and the chain rule](01-a-value-and-the-chain-rule.ipynb), how one walk back
# finds all derivatives.
