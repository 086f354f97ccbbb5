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
# # 13. Four ways to a derivative
#
# [中文版](zh/13-four-ways-to-a-derivative.ipynb)
#
# **Time:** about 60 minutes · **You need:** notebooks [1](01-a-value-and-the-chain-rule.ipynb) and
# [12](12-your-own-engine.ipynb) · **Afterwards you can:** choose between derivatives by hand,
# symbolic, numeric and automatic; write forward mode in ten lines; say what a gradient costs in
# time and in memory, and pay for less memory with more time.
#
# An engine is one way to a derivative. There are three others, all of them in daily use, and each
# has a price. We take one function, go all four ways, and measure. Then we look closer at the
# fourth way: it has two directions, and the choice between them decides whether a net of a million
# weights can be trained at all.

# %%
import math
from fractions import Fraction
from itertools import pairwise
from random import Random

from autograd_lite import Value, dot, draw, grad, gradients, hvp, jacobian, jvp, sin
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import lines

# %% [markdown]
# ## One function
#
# It is a loop: start with $x$, and replace $y$ by $4y(1 - y)$ several times. (This is the
# **logistic map**, a famous little model of a population.) It uses nothing but times and minus.


# %%
def program(x, steps=5):
    y = x
    for _ in range(steps):
        y = 4 * y * (1 - y)
    return y


for steps in range(6):
    print(f"{steps} steps: {program(0.3, steps):.6f}")

# %% [markdown]
# The question for all four: **how fast does the result change when $x$ changes?** That is the
# derivative with respect to $x$ at $x = 0.3$.
#
# ## By hand
#
# One step is $4x(1 - x) = 4x - 4x^2$, so its derivative is $4 - 8x$; at 0.3 that is 1.6. For two
# steps the chain rule multiplies: $(4 - 8y_1)(4 - 8x)$ with $y_1 = 4x(1 - x)$. And for five steps
# there are five such factors, one for each step:

# %%
y, by_hand = 0.3, 1.0
for _ in range(5):
    y, by_hand = 4 * y * (1 - y), by_hand * (4 - 8 * y)
print(by_hand)

# %% [markdown]
# Short and fast, because somebody has *thought*. But somebody has to think anew whenever the
# program changes, and nobody tells them of a wrong sign. Notebook 6 has a program with three errors
# of that kind.
#
# To judge the other ways we want the truth, without rounding. Python's fractions do not round:

# %%
y, exact = Fraction(0.3), Fraction(1)
for _ in range(5):
    y, exact = 4 * y * (1 - y), exact * (4 - 8 * y)
exact = float(exact)
print(f"by hand, in floats: wrong by {abs(by_hand - exact):.1e}")

# %% [markdown]
# Floats carry about 16 digits, so an error around $10^{-14}$ or below is as good as a float can be.
#
# ## Symbolic: formulas into formulas
#
# A computer can do what we did at school: read a formula, apply rules, write a formula. For us a
# formula is a number, the name `"x"`, or a tuple `(operation, left, right)`. Three rules suffice,
# and three small functions leave out what is superfluous ($0 + a$, $1 \cdot a$, $0 \cdot a$).


# %%
def plus(a, b):
    return b if a == 0 else a if b == 0 else ("+", a, b)


def minus(a, b):
    return a if b == 0 else ("-", a, b)


def times(a, b):
    return 0 if 0 in (a, b) else b if a == 1 else a if b == 1 else ("*", a, b)


def derivative(f):
    """The formula of the derivative with respect to x."""
    if not isinstance(f, tuple):
        return 1 if f == "x" else 0
    operation, a, b = f
    da, db = derivative(a), derivative(b)
    if operation == "*":
        return plus(times(da, b), times(a, db))
    return plus(da, db) if operation == "+" else minus(da, db)


def text(f):
    return f"({text(f[1])} {f[0]} {text(f[2])})" if isinstance(f, tuple) else str(f)


def one_step(y):
    return times(times(4, y), minus(1, y))


print(text(one_step("x")))
print(text(derivative(one_step("x"))))

# %% [markdown]
# That is $4(1 - x) + 4x \cdot (0 - 1)$, and so $4 - 8x$. Right. Now two steps:

# %%
print(text(derivative(one_step(one_step("x")))))

# %% [markdown]
# Count the operations as they stand there: 6 for one step, 25 for two. Before you go on, commit
# yourself:

# %% tags=["prediction"]
guess = ...  # 60, 600 or 6000: how many operations has the derivative of 8 steps, written out?


# %%
def size(f):
    """How many operations the formula has, written out."""
    return 1 + size(f[1]) + size(f[2]) if isinstance(f, tuple) else 0


written, derived = [], []
f = "x"
for steps in range(1, 9):
    f = one_step(f)
    written.append(size(f))
    derived.append(size(derivative(f)))
    print(f"{steps} steps: {written[-1]:4} operations, their derivative {derived[-1]:5}")

nearest = min((60, 600, 6000), key=lambda n: abs(n - derived[-1]))
predicted(guess, nearest, "y stands twice in a step, and the product rule doubles it once more")

# %% [markdown]
# Each step more than doubles the text. This is **expression swell**, and it is the reason usually
# given for not differentiating programs with formulas. But look again: *the function itself*
# swells, from 3 to 765 operations, although the program of 8 steps does only $3 \cdot 8 = 24$. The
# program has a **name** for $y$ and uses it twice. A formula has no names, so it writes $y$ out
# twice.
#
# So let us count each part only once, as a program would compute it.


# %%
def parts(f, found=None):
    """The different operations in a formula: equal ones count once."""
    found = set() if found is None else found
    if isinstance(f, tuple) and f not in found:
        found.add(f)
        parts(f[1], found)
        parts(f[2], found)
    return found


shared = []
f = "x"
for _ in range(8):
    f = one_step(f)
    shared.append(len(parts(derivative(f))))
print("different parts of the derivative:", *shared)

lines(
    {"written out": derived, "each part once": shared},
    title="operations of the derivative", x_name="steps", log=True,
)  # fmt: skip

# %% [markdown]
# 62 in place of 6271: eight more for each further step. What swells is the **text**, not the
# derivative. A computation graph is a formula with names: whatever is used twice is there once, and
# two lines leave it. So the fourth way, further down, will not be a different calculus; it applies
# the same three rules to a graph.

# %%
x = Value(0.3, label="x")
y = program(x, 2)
y.label = "y"
draw(y)

# %% [markdown]
# ## Numeric: nudge it and see
#
# The third way needs no rule at all. Nudge $x$ by a small $h$, run the program again, and divide:
#
# $$\frac{f(x + h) - f(x)}{h} \qquad\text{or, better,}\qquad \frac{f(x + h) - f(x - h)}{2h}$$
#
# The first is the **forward difference**, the second the **central difference**. The derivative is
# what these become as $h$ goes to 0. So the smaller $h$, the better?

# %% tags=["prediction"]
guess = ...  # 1e-3, 1e-9 or 1e-15: which h gives the best forward difference?

# %%
x = 0.3
powers = range(1, 17)
errors = {"forward": [], "central": []}
for k in powers:
    h = 10.0**-k
    forward = (program(x + h) - program(x)) / h
    central = (program(x + h) - program(x - h)) / (2 * h)
    errors["forward"].append(abs(forward - exact))
    errors["central"].append(abs(central - exact))
    print(f"h = 1e-{k:02}   forward {abs(forward - exact):.0e}   central {central - exact:+.0e}")

best = min((3, 9, 15), key=lambda k: errors["forward"][k - 1])
predicted(guess, float(f"1e-{best}"), "above it the curve bends, below it digits are lost")

# %%
lines(errors, x=powers, title="error of a difference", x_name="h = 10^-k, k =", log=True)

# %% [markdown]
# The curve has two sides.
#
# * On the left $h$ is large, and the curve bends between the two points (**truncation error**). Ten
#   times smaller $h$: ten times smaller error of the forward difference, and a hundred times
#   smaller for the central one, whose first mistakes on both sides cancel.
# * On the right $h$ is tiny. $f(x + h)$ and $f(x)$ then agree in nearly all digits, and subtracting
#   them leaves only the last ones, which are rounded (**rounding error**, cancellation). That
#   noise, about $10^{-16}$, is divided by $h$: ten times smaller $h$, ten times larger error.
#
# Where they meet, the forward difference has about 7 good digits, the central one 9 or 10. For a
# calm function (values, slopes and bends near 1) the best $h$ is about $\sqrt{10^{-16}} = 10^{-8}$
# for the forward difference and about $10^{-5}$ for the central one. Ours bends 2000 times more
# strongly, so its best $h$ is smaller.
#
# And the price grows with the number of inputs: each needs a nudge of its own. For 1000 weights a
# forward difference costs 1001 runs. Numeric derivatives are for *checking*: `gradcheck` takes
# several $h$ and extrapolates.
#
# ### Exercise 1
#
# A second derivative can be nudged as well: $\dfrac{f(x + h) - 2f(x) + f(x - h)}{h^2}$. Write it as
# `second(f, x, h)`, and find out which of `1e-1`, `1e-4`, `1e-7` is the best $h$ for the sine at
# 1. (Here rounding is divided by $h^2$.) What do you expect first?
#
# <details><summary>Solution</summary>
#
# Truncation shrinks like $h^2$, rounding grows like $10^{-16} / h^2$; they meet at $h = 10^{-4}$,
# where both are near $10^{-8}$. With $h = 10^{-7}$ the noise is $10^{-16} / 10^{-14} = 10^{-2}$.
#
# ```python
# def second(f, x, h):
#     return (f(x + h) - 2 * f(x) + f(x - h)) / h**2
#
#
# best_h = 1e-4
# ```
# </details>

# %% tags=["exercise"]
second = ...  # def second(f, x, h): ...
best_h = ...  # 1e-1, 1e-4 or 1e-7


# %% tags=["check"]
@exercise(1, second, best_h)
def check():
    assert abs(second(lambda x: x * x, 3.0, 0.5) - 2.0) < 1e-9, "of x² it is 2, for any h"
    assert abs(second(lambda x: x**3, 1.0, 0.01) - 6.0) < 1e-9, "of x³ it is 6x"

    def miss(h):
        return abs((math.sin(1 + h) - 2 * math.sin(1) + math.sin(1 - h)) / h**2 + math.sin(1))

    assert best_h in (1e-1, 1e-4, 1e-7), "best_h: one of the three"
    assert miss(best_h) <= min(map(miss, (1e-1, 1e-4, 1e-7))), "best_h: try all three on math.sin"


# %% [markdown]
# ### A nudge that cannot cancel
#
# The trouble is the subtraction. There is a trick without one. Nudge $x$ not to the right, but by
# $ih$, where $i^2 = -1$. Then $f(x + ih) = f(x) + ih\,f'(x) - \tfrac12 h^2 f''(x) - \ldots$, and
# the derivative is in the *imaginary part*, all by itself. Python has complex numbers (it writes
# `1j` for $i$):

# %%
print("      x and its nudge:", complex(0.3, 1e-6))
print("program of the nudged:", program(complex(0.3, 1e-6)))
for h in (1e-3, 1e-6, 1e-100):
    print(f"h = {h:.0e}   error {abs(program(complex(0.3, h)).imag / h - exact):.0e}")

# %% [markdown]
# With $h = 10^{-100}$ the error is at the level of rounding: nothing is subtracted, so nothing
# cancels. This is the **complex-step derivative**. It only needs $h$ small because $i^2 h^2 = -h^2$
# disturbs the real part and $i^3 h^3 = -i h^3$ the imaginary one. So: could we have a number whose
# square is not $-1$ but 0? Then even $h$ would be superfluous.
#
# ## Automatic, forward: a number and its rate
#
# We may simply decide that it exists. Write $a + a'\varepsilon$ with $\varepsilon^2 = 0$, and
# calculate as always:
#
# $$(a + a'\varepsilon)(b + b'\varepsilon) = ab + (a'b + ab')\,\varepsilon$$
#
# Look at what stands before $\varepsilon$: it is the **product rule**. Such a pair is called a
# **dual number**: a value, and the rate at which it changes (its **tangent**). The class takes ten
# lines.


# %%
class Dual:
    def __init__(self, value, rate=0.0):
        self.value, self.rate = value, rate

    def __add__(self, other):
        return Dual(self.value + other.value, self.rate + other.rate)

    def __sub__(self, other):
        return Dual(self.value - other.value, self.rate - other.rate)

    def __mul__(self, other):
        rate = self.rate * other.value + self.value * other.rate
        return Dual(self.value * other.value, rate)


# %% [markdown]
# Python hands `4 * y` and `1 - y` to `Dual` only if we say how: a plain number is a `Dual` of rate
# 0. Then the *unchanged* program runs on it.

# %%
Dual.__rmul__ = lambda self, number: Dual(number) * self
Dual.__rsub__ = lambda self, number: Dual(number) - self

result = program(Dual(0.3, 1.0))
print(f"value {result.value:.6f}, rate {result.rate:.6f}")
print(f"error {abs(result.rate - exact):.0e}")

# %% [markdown]
# No $h$, no formula, no swell, and an error at the level of rounding. This is **automatic
# differentiation in forward mode**: along with each value its derivative is computed, operation by
# operation. In this library it is called `jvp` (the reason for the name comes below): it takes the
# arguments and the rates at which they change.

# %%
print(jvp(program)(0.3, 1.0) == result.rate)

# %% [markdown]
# ### Exercise 2
#
# Write `divide(a, b)` for two `Dual`s: the value is $a / b$. What is the rate?
#
# <details><summary>Solution</summary>
#
# The quotient rule: $\dfrac{a'b - ab'}{b^2}$. With the value $q = a / b$ at hand it is shorter:
# $(a' - q\,b') / b$.
#
# ```python
# def divide(a, b):
#     value = a.value / b.value
#     return Dual(value, (a.rate - value * b.rate) / b.value)
# ```
# </details>

# %% tags=["exercise"]
divide = ...  # def divide(a, b): ...


# %% tags=["check"]
@exercise(2, divide)
def check():
    for a, b, da, db in [(1.0, 4.0, 1.0, 0.0), (3.0, 2.0, 0.0, 1.0), (-2.0, 0.5, 0.3, -0.7)]:
        found = divide(Dual(a, da), Dual(b, db))
        assert abs(found.value - a / b) < 1e-12, "the value is a / b"
        rate = jvp(lambda p, q: p / q)((a, b), (da, db))
        assert abs(found.rate - rate) < 1e-12, "the rate: the quotient rule, (a'b - ab') / b²"


# %% [markdown]
# ## Automatic, backward
#
# And here is what this library does all the time: record the operations, then walk back from the
# result and multiply by the local derivatives. This is **reverse mode**, and for nets it is called
# backpropagation.

# %%
x = Value(0.3, label="x")
y = program(x)
y.backward()
print(f"error of reverse mode {abs(x.grad - exact):.0e}")

# %% [markdown]
# Here are the four ways side by side (automatic twice).
#
# | | error here | needs | price |
# |:--|:--|:--|:--|
# | by hand | rounding | a person who thinks | anew for each program |
# | symbolic | rounding | a formula: no loops, no branches | swells, unless parts are shared |
# | numeric | $5 \cdot 10^{-7}$; $5 \cdot 10^{-9}$ | only the program | 1 or 2 runs per input |
# | automatic, forward | rounding | rules of the operations | one run per input |
# | automatic, reverse | rounding | the same, and memory | one run per **output** |
#
# The last column is the subject of the rest. First a warning, though.
#
# ### It differentiates the program
#
# Here are two programs for $x^2$. They give the same result for every $x$:


# %%
def square(x):
    return x * x


def peculiar_square(x):
    return 4.0 if 2.0 <= x <= 2.0 else x * x


print([square(x) == peculiar_square(x) for x in (0.0, 1.5, 2.0, 3.0)])

# %% tags=["prediction"]
guess = ...  # a number: what will grad(peculiar_square) say at 2?

# %%
print("at 1.5:", grad(square)(1.5), grad(peculiar_square)(1.5))
print("at 2.0:", grad(square)(2.0), grad(peculiar_square)(2.0))
predicted(guess, grad(peculiar_square)(2.0), "the branch taken at 2 gives a constant")

# %% [markdown]
# The derivative of $x^2$ at 2 is 4, and a nudge would find it. Automatic differentiation looks at
# the operations that **ran**, and here none ran. `if` itself is not differentiated; it chooses what
# is. Remember it when a program has a special case "for safety".
#
# ## Forward or backward?
#
# Now let the function have several inputs and several outputs. All its partial derivatives stand in
# a table, the **Jacobian**: a row for each output, a column for each input.


# %%
from autograd_lite import exp, tanh


def spread(x):
    """From 3 numbers to 2."""
    return [x[0] * x[1] + sin(x[2]), x[1] * exp(x[2])]


point = [2.0, -1.0, 0.5]
for row in jacobian(spread)(point):
    print("  ".join(f"{entry:8.4f}" for entry in row))

# %% [markdown]
# What does **one** run forward give? The inputs change at given rates $t$; out come the rates of
# all outputs: the Jacobian times $t$. Hence the name: `jvp`, Jacobian-vector product. With
# $t = (1, 0, 0)$ that is the first **column**.
#
# What does **one** run backward give? It starts at one output and finds the derivatives with
# respect to all inputs: a **row**. (Starting at a mixture of outputs, with weights $v$, it gives
# $v$ times the Jacobian, a **vector-Jacobian product**, `vjp`.)


# %%
def by_columns(f, point):
    """The Jacobian in forward mode, and how many passes it took."""
    units = [[float(i == k) for i in range(len(point))] for k in range(len(point))]
    columns = [jvp(f)(point, unit) for unit in units]
    return [list(row) for row in zip(*columns)], len(columns)


def by_rows(f, point):
    """The Jacobian in reverse mode, and how many passes backward it took."""
    leaves = [Value(x) for x in point]
    rows = [gradients(y, leaves) for y in f(leaves)]
    return rows, len(rows)


for name, way in {"columns": by_columns, "rows": by_rows}.items():
    table, passes = way(spread, point)
    near = all(
        math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12)
        for mine, theirs in zip(table, jacobian(spread)(point))
        for a, b in zip(mine, theirs)
    )
    print(f"by {name}: {passes} passes, agrees with jacobian: {near}")

# %% tags=["prediction"]
guess = ...  # a loss of 200 weights: how many forward passes does its gradient take?


# %%
def one_loss(w):
    """From many weights to one number."""
    return [sum((tanh(a) - 0.5) ** 2 for a in w)]


def curve(x):
    """From one number to many."""
    return [sin(x[0] * k) for k in range(200)]


weights = [0.005 * k for k in range(200)]
print(f"{'':22} forward  reverse")
tasks = {"200 weights, one loss": (one_loss, weights), "1 number, 200 points": (curve, [0.1])}
for name, (f, at) in tasks.items():
    passes = by_columns(f, at)[1], by_rows(f, at)[1]
    print(f"{name:22} {passes[0]:7} {passes[1]:8}")
predicted(guess, len(weights), "one for each weight; backward takes a single one")

# %% [markdown]
# $n$ inputs and $m$ outputs: $n$ passes forward, or $m$ backward. Training has a loss, **one**
# number, that depends on very many weights; so nets are trained in reverse mode. A simulation with
# two parameters and a curve as its result wants forward mode. `jacobian` of this library goes by
# rows, `jvp` forward.
#
# Both can be combined. A Hessian-vector product is the rate of the gradient: forward over reverse,
# `jvp` of `grad`, without ever writing the Hessian down
# ([notebook 8](08-derivatives-of-derivatives.ipynb)).


# %%
def bowl(p):
    return p[0] ** 2 * p[1] + sin(p[1])


print(jvp(grad(bowl))([3.0, 5.0], [1.0, 0.0]))
print(hvp(bowl)([3.0, 5.0], [1.0, 0.0]))

# %% [markdown]
# ### Exercise 3
#
# For each task: which mode, `"forward"` or `"reverse"`, needs fewer passes, and how many are these?
#
# * `orbit`: a rocket's path of 500 points, with respect to its 2 starting angles.
# * `classifier`: a loss, with respect to 7850 weights.
# * `camera`: from 6 settings to 4 measured numbers.
#
# <details><summary>Solution</summary>
#
# Count inputs and outputs, and take the smaller: orbit has 2 inputs, classifier 1 output, camera 4
# outputs.
#
# ```python
# orbit = ("forward", 2)
# classifier = ("reverse", 1)
# camera = ("reverse", 4)
# ```
# </details>

# %% tags=["exercise"]
orbit = ...  # ("forward" or "reverse", number of passes)
classifier = ...
camera = ...


# %% tags=["check"]
@exercise(3, orbit, classifier, camera)
def check():
    sizes = {"orbit": (2, 500), "classifier": (7850, 1), "camera": (6, 4)}
    for (name, (n, m)), answer in zip(sizes.items(), (orbit, classifier, camera)):
        assert isinstance(answer, (tuple, list)), f"{name}: a pair such as ('forward', 3)"
        mode, passes = answer
        assert mode == ("forward" if n < m else "reverse"), f"{name}: inputs {n}, outputs {m}"
        assert passes == min(n, m), f"{name}: one pass for each of the fewer"


# %% [markdown]
# ### Exercise 4
#
# The library has `jvp` but no function of the name `vjp`. Write it: `vjp(f, point, v)` gives $v$
# times the Jacobian of `f` at the point, a list with an entry for each input, and takes **one**
# pass backward. (`gradients(y, leaves)` makes such a pass from one Value `y`.)
#
# <details><summary>Solution</summary>
#
# Mix the outputs first: $y = v_1 f_1 + v_2 f_2 + \ldots$ is one number, and its gradient is the
# mixture of the rows.
#
# ```python
# def vjp(f, point, v):
#     leaves = [Value(x) for x in point]
#     return gradients(dot(v, f(leaves)), leaves)
# ```
# </details>

# %% tags=["exercise"]
vjp = ...  # def vjp(f, point, v): ...


# %% tags=["check"]
@exercise(4, vjp)
def check():
    for v in ([1.0, 0.0], [0.0, 1.0], [0.5, -2.0]):
        found = vjp(spread, point, v)
        assert len(found) == 3, "one entry for each of the 3 inputs"
        truth = [dot(v, column) for column in zip(*jacobian(spread)(point))]
        assert math.dist(found, truth) < 1e-9, f"v = {v}: mix the outputs with v, then one gradient"


# %% [markdown]
# ## What a gradient costs
#
# One pass backward gives all derivatives. But is such a pass not terribly expensive, if there are a
# million inputs? Let us count operations. With `create_graph=True` a gradient comes as a graph of
# its own ([notebook 8](08-derivatives-of-derivatives.ipynb)), and its nodes can be counted. An
# addition of $n$ numbers counts as $n - 1$ operations.


# %%
import autograd_lite as ag
from autograd_lite import log, sqrt, topological_order


def operations(root):
    """How many operations on one or two numbers a graph has."""
    return sum(max(1, len(node.args) - 1) for node in topological_order(root) if node.op)


def cost(f, n):
    """The operations of f of n numbers, and of f and its n derivatives together."""
    rng = Random(n)
    leaves = [Value(rng.uniform(0.5, 1.5)) for _ in range(n)]
    y = f(leaves)
    slopes = gradients(y, leaves, create_graph=True)
    everything = ag.sum(y, *slopes)  # one root over all of them: n additions that do not count
    return operations(y), operations(everything) - n


# %% tags=["prediction"]
guess = ...  # 3, 100 or 1000: how many times the function is function + gradient, of 1000 inputs?


# %%
def product(x):
    y = x[0]
    for each in x[1:]:
        y = y * each
    return y


def chain(x):
    y = x[0]
    for each in x[1:]:
        y = tanh(y * each)
    return y


def waves(x):
    return sum((sin(a) * exp(-b * b) for a, b in pairwise(x)), 0.0)


def share(x):
    return x[0] / sqrt(sum((each * each for each in x[1:]), x[0] * x[0]))


def surprise(x):
    return log(sum((exp(each) for each in x[1:]), exp(x[0])))


print(f"{'n':>13}" + "".join(f"{n:8}" for n in (2, 10, 100, 1000)))
for f in (product, chain, waves, share, surprise):
    times_f = []
    for n in (2, 10, 100, 1000):
        alone, both = cost(f, n)
        times_f.append(both / alone)
    print(f"{f.__name__:>13}" + "".join(f"{ratio:8.2f}" for ratio in times_f))
predicted(guess, round(cost(product, 1000)[1] / 999), "each operation costs a few more, once")

# %% [markdown]
# Function and gradient together cost 1.5 to 4 times the function, **whatever the number of inputs
# is**. The reason is simple: backward visits each operation once, and for each of its one or two
# operands there is a multiplication by a partial and perhaps an addition. A product needs no more
# than that: 1 operation forward, 2 multiplications backward, so 3.
#
# This is the **cheap gradient principle**: the theory proves a small constant, about 5 at most
# (Griewank and Walther). Compare it with differences: for 1000 inputs, 1001 times the function, and
# only half of the digits.
#
# Operations are not seconds: recording takes time as well. How long a gradient takes here, and how
# a compiled one gets by without recording, is the subject of
# [notebook 11](11-how-fast-and-why.ipynb).
#
# ## What a gradient keeps
#
# There must be a catch, and it is memory. Forward mode carries a pair along and forgets the rest.
# Reverse mode begins at the *end*, so all that the rules need (operands, partials) must still be
# there. A loop of 1200 steps shows it:


# %%
def step(x):
    return x + 0.001 * sin(x)


def walk(x, steps):
    for _ in range(steps):
        x = step(x)
    return x


x = Value(0.5, label="x")
y = walk(x, 1200)
everything = len(topological_order(y))
truth = gradients(y, x)
print(f"{everything} nodes are kept; the derivative is {truth:.6f}")

# %% [markdown]
# Three nodes a step and the leaf: 3601. For a net it is all activations of all samples of a batch,
# and in training this often fills more of a graphics card's memory than the weights do.
#
# The remedy is to *forget on purpose and compute again* (**checkpointing**, rematerialisation). Run
# forward on plain numbers, and keep only every so-manieth one. Then go back piece by piece: run a
# piece again, this time recording; take its derivative; drop it. The library has no such function,
# but it can be written with what it has.


# %%
def checkpointed(step, x, steps, every):
    """The derivative of `steps` steps, the most numbers that were kept, and the steps that ran."""
    starts, ran = [], 0
    for k in range(steps):
        if k % every == 0:
            starts.append(x)
        x, ran = step(x), ran + 1
    slope, most = 1.0, 0
    for k in reversed(range(len(starts))):
        leaf = Value(starts[k])
        piece = min(every, steps - k * every)
        y, ran = walk(leaf, piece), ran + piece
        most = max(most, k + 1 + len(topological_order(y)))
        slope *= gradients(y, leaf)
    return slope, most, ran


# %% tags=["prediction"]
guess = ...  # 5, 20 or 200: which length of a piece keeps the least?

# %%
lengths = (2, 5, 10, 20, 40, 100, 200, 400, 1200)
kept = []
for every in lengths:
    slope, most, ran = checkpointed(step, 0.5, 1200, every)
    kept.append(most)
    print(f"pieces of {every:4}: {most:5} numbers kept, {ran} steps, derivative {slope:.6f}")
least = min((5, 20, 200), key=lambda n: kept[lengths.index(n)])
predicted(guess, least, "few starts and short pieces")

# %%
lines(
    {"kept": [checkpointed(step, 0.5, 1200, every)[1] for every in range(2, 101)]},
    x=range(2, 101), title="numbers kept", x_name="length of a piece",
)  # fmt: skip

# %% [markdown]
# 121 numbers in place of 3601, for **one** more run forward. Two things are kept: $1200 / k$
# starts, and $3k + 1$ nodes of the piece at work. Short pieces mean many starts, long ones many
# nodes; the best is between, at $k = \sqrt{1200 / 3} = 20$. So the memory for $N$ steps grows like
# $\sqrt N$.
#
# With several numbers between the steps it works in the same way; then what goes from piece to
# piece is not one slope but a vector, and each piece makes a `vjp`. PyTorch has
# `torch.utils.checkpoint` for it, JAX has `jax.checkpoint`.
#
# ### Exercise 5
#
# A harder one. How far can memory be pushed down? Cut the walk in **half**: compute the middle on
# plain numbers, take the derivative of the later half, then that of the earlier half, each in the
# same way. At the bottom there is a single step, which is recorded. Write
# `halving(step, x, steps)`, which gives the derivative and never records more than one step. How
# many numbers does it keep at a time, how many steps does it run?
#
# <details><summary>Solution</summary>
#
# The function calls itself. At any time there is one start for each level of the halving, so about
# $\log_2 N$ numbers (11 for 1200 steps). Each level runs about $N / 2$ steps again, so about
# $\tfrac12 N \log_2 N$ in all, and $N$ more for the recording.
#
# ```python
# def halving(step, x, steps):
#     if steps == 1:
#         leaf = Value(x)
#         return gradients(step(leaf), leaf)
#     half, middle = steps // 2, x
#     for _ in range(half):
#         middle = step(middle)
#     later = halving(step, middle, steps - half)
#     return later * halving(step, x, half)
# ```
# </details>

# %% tags=["exercise"]
halving = ...  # def halving(step, x, steps): ...


# %% tags=["check"]
@exercise(5, halving)
def check():
    ran = []

    def watched(x):
        ran.append(x)
        assert not getattr(x, "parents", ()), "a graph of more than one step was recorded"
        return step(x)

    for steps in (1, 2, 7, 64):
        ran.clear()
        found, leaf = halving(watched, 0.5, steps), Value(0.5)
        assert abs(found - gradients(walk(leaf, steps), leaf)) < 1e-12, f"wrong for {steps} steps"
        most = steps * (math.log2(steps) / 2 + 2)
        assert len(ran) <= most, f"{len(ran)} steps ran for {steps}; halving needs fewer"


# %% [markdown]
# ## What you have seen
#
# * By hand: fast, but a person must think. Symbolic: exact, and what swells is the text that has no
#   names. Numeric: needs no rules, loses half of the digits, one run per input.
# * A dual number carries a value and its rate: forward mode, the product rule as arithmetic.
# * $n$ inputs, $m$ outputs: $n$ passes forward (columns, `jvp`) or $m$ backward (rows, `vjp`).
# * Function and gradient cost a few times the function, whatever $n$ is.
# * Reverse mode pays with memory; checkpointing buys memory with one more run.
# * What is differentiated is the program that ran, branch by branch.
#
# Next: [14. Initialisation, depth, normalisation](14-initialisation-depth-normalisation.ipynb),
# where gradients run through twenty layers. Where the ideas come from: the page "Read on" of the
# documentation.
