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
# # 11. How fast is it, and why
#
# [中文版](zh/11-how-fast-and-why.ipynb)
#
# **Time:** about 80 minutes · **You need:** notebooks 1 and 3 (graphs, and nets) · **Afterwards you
# can:** count what a program does, instead of guessing what it costs; say where Python's time goes,
# and why garbage can cost more than arithmetic; write a small tape of your own, which records once
# and replays; say when arrays win, and when they lose; read a benchmark with a cool head.
#
# The same gradients of the same small net can take most of a second, or nine millionths of a
# second. This notebook walks from one end to the other and shows at each step **what** was saved.
#
# **About times.** Every machine has its own. Figures in the text and in the pictures were measured
# once, beside each other, on two cores of an x86-64 machine with Python 3.11; each comes with the
# command that measures it for you. *Counts* are exact, and the same everywhere. Some cells measure
# your machine when you run them; what they find is shown, and not stored.

# %%
import sys
import time
from collections import Counter
from itertools import pairwise
from statistics import median

from IPython.display import display

from autograd_lite import PythonValue, Value, compile, dot, draw, relu, topological_order
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import bars


def seconds(work, rounds=5):
    """The median time of some runs of `work`."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


def live(words):
    """Show what was measured just now; no copy of it is kept in the notebook."""
    display({"text/html": f"<b>On this machine:</b> {words}"}, raw=True)


# %% [markdown]
# ## One piece of work, from 0.8 seconds to 9 microseconds
#
# A net with 2 inputs, two layers of 16 neurons and one output looks at 100 samples. We want the
# loss and its derivative with respect to each of the 337 parameters. Here is the time that takes,
# in five ways:

# %%
MS = {
    "micrograd": 790.0,
    "our engine in Python": 122.0,
    "our engine in C": 2.6,
    "in C, by wide nodes": 0.27,
    "in C, replayed from a tape": 0.0093,
}
bars(
    MS,
    log=True,
    title="loss and 337 derivatives, 100 samples",
    unit="ms",
    highlight=["in C, replayed from a tape"],
    width=460,
)

# %% [markdown]
# The axis is logarithmic: each line is a factor of 100. From top to bottom it is a factor of
# 85,000, and all five give the same derivatives. To measure it yourself:
#
#     pip install -e '.[bench]' && python -m benchmarks mlp_loops mlp_natural
#
# The rest of this notebook goes down these steps, one by one.

# %% [markdown]
# ## Count first
#
# What is the work? Write the net as plain loops, the way one would with numbers. How many sums,
# products and so on will it record?

# %% tags=["prediction"]
for_one = ...  # 64, 644 or 6,440: how many operations for ONE sample and its loss?

# %%
import random

SIZES = [2, 16, 16, 1]
rng = random.Random(0)
net = [
    [([Value(rng.uniform(-1, 1)) for _ in range(n)], Value(rng.uniform(-1, 1))) for _ in range(m)]
    for n, m in pairwise(SIZES)
]
samples = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(100)]


def loss_by_loops(net, samples):
    loss = 0.0
    for x in samples:
        for layer in net:
            out = []
            for weights, bias in layer:
                total = bias
                for w, v in zip(weights, x):
                    total = total + w * v
                out.append(relu(total))
            x = out
        difference = x[0] - 1.0
        loss = loss + difference * difference
    return loss


loss = loss_by_loops(net, samples)
nodes = topological_order(loss)
leaves = [node for node in nodes if node.op is None]
operations = len(nodes) - len(leaves)
print(f"{len(nodes):,} nodes = {len(leaves)} leaves + {operations:,} operations")
predicted(
    for_one, operations // len(samples), "each of the 304 weights alone takes a product and a sum"
)

# %% [markdown]
# Check it by hand. A neuron with $n$ inputs takes $n$ products, $n$ sums and one `relu`: that is
# $2n + 1$ operations. The three layers take $16 \cdot 5 + 16 \cdot 33 + 33 = 641$ for a sample. The
# loss takes three more: a difference, a product, a sum. So 644 for a sample, 64,400 for a hundred.

# %%
kinds = Counter(node.op.name for node in nodes if node.op)
texts = [f"{count:,}" for _, count in kinds.most_common()]
bars(dict(kinds.most_common()), title="operations by kind", texts=texts, width=380)

# %% [markdown]
# Now divide. 122 ms for 64,737 nodes is 1.9 millionths of a second for a node in Python, and 2.6 ms
# is 40 billionths in C. That is everything: making the node, walking back over it, freeing it.

# %%
for name in list(MS)[:3]:
    print(f"{name:22} {MS[name] * 1e6 / len(nodes):9,.0f} ns for each node")

# %% [markdown]
# To compare: a product and a sum of plain Python floats, which remember nothing, take about 20 ns
# each. (The line "bare floats, forward only" of `python -m benchmarks mlp_loops`: 1.4 ms.)

# %%
x, y = 2.0, 3.0
p, q = PythonValue(2.0), PythonValue(3.0)
v, w = Value(2.0), Value(3.0)
plain, python, ours = (
    seconds(lambda a=a, b=b: [a * b for _ in range(20_000)]) / 20_000 * 1e9
    for a, b in [(x, y), (p, q), (v, w)]
)
live(f"a product takes {plain:.0f} ns of floats, {python:.0f} ns of Values in Python, "
     f"{ours:.0f} ns of Values of the engine in use.")  # fmt: skip

# %% [markdown]
# ## Where Python's time goes
#
# Multiplying two floats takes the processor less than a billionth of a second. What does Python do
# with the other two thousand? It **calls functions**. Watch those of a minus sign:

# %% tags=["prediction"]
calls = ...  # how many functions does one minus sign of a Value in Python call?


# %%
def calls_of(work):
    """The names of the Python functions that `work` calls, in order."""
    names = []

    def watch(frame, event, argument):
        if event == "call":
            names.append(frame.f_code.co_name)

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(None)
    return names[1:]  # without `work` itself


called = calls_of(lambda: -p)
print(*called, sep=" → ")
predicted(calls, len(called), "dispatch, recording, and two functions of the rule itself")

# %% [markdown]
# One little `-`, and eight calls; the two `<lambda>` are the rule of the minus sign, its value and
# its partials. Each call makes a frame, looks up names and checks types. None of it is waste. It is
# the price of a language that decides everything at the moment it happens (*interpreter overhead*).
#
# And it **makes objects**: the node, the pair of its operands, the pair of its partials, a float
# for the result. A node takes 213 bytes in Python and 88 in C. The 88 bytes are
#
# | bytes | what |
# |:--|:--|
# | 16 | how often it is used, and its type: every Python object has these |
# | 8 + 8 | data, grad |
# | 8 + 8 | label and scope; weak references |
# | 8 | the operation, how many operands, and a mark for the walk |
# | 16 + 16 | two operands, two partials |
#
# In C a product is: take the next 88 bytes, write these eleven numbers, done. The formulas in C
# come from the same table as the ones in Python, so both give the same numbers (notebook 12 shows
# how).

# %% [markdown]
# ## Garbage that keeps itself alive
#
# Why is micrograd six times slower still, in the same Python? Its code is shorter than ours. The
# answer is worth knowing in any program.
#
# In micrograd a node keeps a function that knows how to pass its gradient on. That function uses
# the node itself (it is a *closure*). So node and function hold on to each other: a **cycle**.
# Python frees an object when nobody holds it (*reference counting*).
#
# Below is such a node, and ours writes its partials down as numbers. We make a product of each,
# and forget it.

# %% tags=["prediction"]
freed = ...  # "closure", "partials" or "both": which product is freed at once?


# %%
class WithClosure:
    """A product as micrograd makes it, cut down to what matters here."""

    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = data, 0.0, parents

    def __mul__(self, other):
        out = WithClosure(self.data * other.data, (self, other))

        def pass_back():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out.pass_back = pass_back  # out holds pass_back, and pass_back holds out
        return out


# %%
import gc
import weakref


def freed_at_once(make):
    """Whether a product is gone when its last name is."""
    gc.disable()  # so that only counting frees
    try:
        a, b = make(2.0), make(3.0)
        product = a * b
        watch = weakref.ref(product)
        del product
        return watch() is None
    finally:
        gc.enable()


print("with a closure:        ", freed_at_once(WithClosure))
print("with recorded partials:", freed_at_once(Value))
predicted(freed, "partials", "in a cycle somebody always holds the node")

# %% [markdown]
# What counting cannot free waits for the **garbage collector**, which now and then goes through
# *all* objects to find the cycles among them. The larger the graph, the longer that takes, and it
# happens again and again while the graph is built. In the measurement above it is most of
# micrograd's time.
#
# Our nodes write their partials down as numbers. No function, no cycle: a graph dies with its last
# name, at once, and the collector has nothing to find.

# %% [markdown]
# ## Where numbers live
#
# The processor reads from memory in lines of 64 bytes (*cache lines*), guesses what comes next, and
# fetches it ahead. Going through memory in order is quick. Jumping about is slow, even if the work
# is the same: try a sum of a million numbers, once in the order in which they were made, once
# shuffled.

# %%
numbers = [k * 0.5 for k in range(1_000_000)]
shuffled = numbers[:]
random.Random(1).shuffle(shuffled)
assert sum(numbers) == sum(shuffled)

in_order, jumping = seconds(lambda: sum(numbers)), seconds(lambda: sum(shuffled))
live(f"{in_order * 1e3:.1f} ms in order, {jumping * 1e3:.1f} ms shuffled: "
     f"{jumping / in_order:.1f} times as long.")  # fmt: skip

# %% [markdown]
# A graph is walked backward in the opposite order of its making. So the engine in C lays nodes one
# after another in blocks of 64 KiB, in the order in which they are made, and gives a block back
# when its last node dies. Nothing is computed less, but what is wanted next is nearby already.

# %% [markdown]
# ## Fewer and wider nodes
#
# The cheapest node is the one that is not there. A neuron is a sum of products; by loops that is a
# chain. `dot` does it as **one** node that has many operands.

# %%
w3, x3 = [Value(k, f"w{i}") for i, k in enumerate((0.5, -1.0, 2.0))], [1.0, 2.0, 3.0]
by_loops = w3[0] * x3[0] + w3[1] * x3[1] + w3[2] * x3[2]
by_loops.label = "z"
draw(by_loops)

# %%
at_once = dot(w3, x3)
at_once.label = "z"
draw(at_once)

# %% [markdown]
# The same number, the same derivatives, 1 operation for 5. The layers of `nn` are made of `dot`.
# The same net, with the same numbers, as `nn.MLP`:

# %%
import nn

same = nn.MLP(2, SIZES[1:], relu)
same.layers[-1].activation = relu
for layer, ours in zip(same.layers, net):
    for row, bias, (weights, b) in zip(layer.w, layer.b, ours):
        bias.data = b.data
        for mine, theirs in zip(row, weights):
            mine.data = theirs.data


def loss_by_nn(samples):
    return nn.mse([same(x) for x in samples], [[1.0]] * len(samples), reduction="sum")


again = loss_by_nn(samples)
assert abs(again.data - loss.data) < 1e-9 * loss.data
wide = len(topological_order(again))
print(f"by loops {len(nodes):,} nodes, by nn {wide:,} nodes: {len(nodes) / wide:.1f} times fewer")

# %% [markdown]
# By hand: 33 neurons of 2 operations, and 2 for the loss, so 68 for a sample instead of 644; then
# one sum over all, and the 337 leaves: $6{,}800 + 1 + 337 = 7{,}138$.
#
# Nine times fewer nodes, and ten times less time (0.27 ms for 2.6 ms). The products are still all
# there, inside the wide nodes. What went away is the cost *around* them.
#
# Part of it goes away because **what is the same is kept once**. The 16 neurons of a layer read the
# same inputs, and all 100 samples meet the same weights. So in C a neuron's node does not hold its
# operands itself, but two lists of them: the weights, and the inputs. The first it shares with the
# other samples, the second with the other neurons. To you `.args` looks as ever.

# %% [markdown]
# ### Exercise 1
#
# A layer has 32 inputs and 10 neurons with `relu`. How many operations does it record for one
# sample, by loops as above, and by `dot` (the bias is one more operand)?
#
# (Work it out on paper, write your answer in place of the dots, and run the two cells.)
#
# <details><summary>Solution</summary>
#
# By loops $2 \cdot 32 + 1 = 65$ for a neuron. By `dot` it is 2: the dot and the relu.
#
# ```python
# by_loops_10 = 650
# by_dot_10 = 20
# ```
# </details>

# %% tags=["exercise"]
by_loops_10 = ...
by_dot_10 = ...


# %% tags=["check"]
@exercise(1, by_loops_10, by_dot_10)
def check():
    def recorded(outputs):
        return sum(node.op is not None for node in topological_order(*outputs))

    wide_layer = nn.Layer(32, 10, relu, seed=0)
    x32 = [0.1] * 32
    loops = []
    for row, bias in zip(wide_layer.w, wide_layer.b):
        total = bias
        for weight, number in zip(row, x32):
            total = total + weight * number
        loops.append(relu(total))
    assert by_loops_10 == recorded(loops), "count a product and a sum for each input"
    assert by_dot_10 == recorded(wide_layer(x32)), "one dot, one relu for each neuron"


# %% [markdown]
# ## Do not record what you have recorded
#
# A training runs the same operations thousands of times, on other numbers. Why make the same graph
# each time? Write the operations down **once** (*trace* them), as a list: a **tape**. Replaying it
# makes no nodes, needs no order, frees nothing.
#
# A whole tape machine takes two functions. The first one records. A slot is a place in a list of
# numbers; an instruction says which slots to read and which one to write.


# %%
def tape_of(root, inputs):
    """The instructions that compute `root`, the numbers to start with, the slots of the inputs."""
    order = topological_order(root)
    slot = {node: k for k, node in enumerate(order)}
    start, code = [node.data for node in order], []
    for node in order:
        if node.op:
            reads = []
            for x in node.args:
                if type(x) is float:  # a constant gets a slot of its own
                    start.append(x)
                reads.append(slot[x] if type(x) is not float else len(start) - 1)
            code.append((node.op, reads, slot[node]))
    return code, start, [slot[x] for x in inputs]


# %%
a, b = Value(2.0, "a"), Value(-3.0, "b")
f = (a * b + 1.0).tanh() + a * a
tape = tape_of(f, [a, b])
for op, reads, out in tape[0]:
    print(f"slot {out} = {op.name} of slots {reads}")

# %% [markdown]
# Slots 0 and 1 are `a` and `b`, and slot 7 holds the constant 1. To replay, walk down the list and
# compute; then walk up and add gradients, as `backward` does:


# %%
def replay(tape, numbers):
    """The result, and its derivatives with respect to the inputs, for new numbers."""
    code, start, places = tape
    values = start[:]
    for place, x in zip(places, numbers):
        values[place] = x
    for op, reads, out in code:
        values[out] = op.evaluate(*[values[k] for k in reads])
    gradient = [0.0] * len(values)
    gradient[code[-1][2]] = 1.0
    for op, reads, out in reversed(code):
        partials = op.partials(values[out], *[values[k] for k in reads])
        for k, partial in zip(reads, partials):
            gradient[k] += gradient[out] * partial
    return values[code[-1][2]], [gradient[place] for place in places]


# %% [markdown]
# Replay it on numbers that it was not recorded with, and compare with the engine:

# %%
value, slopes = replay(tape, [0.5, 0.25])

a, b = Value(0.5), Value(0.25)
fresh = (a * b + 1.0).tanh() + a * a
fresh.backward()
print(f"tape   {value:.8f}  {slopes[0]:.8f}  {slopes[1]:.8f}")
print(f"engine {fresh.data:.8f}  {a.grad:.8f}  {b.grad:.8f}")
assert abs(slopes[0] - a.grad) + abs(slopes[1] - b.grad) < 1e-12

# %% [markdown]
# ## The real tape
#
# `compile` does this for you, with care. What did it make of our loops?

# %%
program = compile(lambda x: loss_by_loops(net, [x]), batch="sum")
assert abs(program.value(samples) - loss.data) < 1e-9 * loss.data
print(program.summary())

# %% [markdown]
# Read it from top to bottom. 644 operations for a sample were recorded; we counted 644 above.
# Nothing in them is superfluous. (Not even `0.0 + ...` at the start of the loss: it makes 0.0 of
# −0.0, and a tape gives what the program gave.) Then chains of products and sums were **folded**
# (*fused*) into dots, as `nn` writes them: 69. And last, operations of one kind that do not wait
# for each other stand together, a whole layer at once:

# %%
[the_tape] = program.tapes()
for k, instruction in enumerate(the_tape.instructions, start=1):
    size = f"{instruction.rows:2} of them" if instruction.rows > 1 else " 1"
    wide = f", {instruction.width} operands each" if instruction.width else ""
    print(f"{k}  {instruction.op.name:6} {size}{wide}")

# %% [markdown]
# From 64,400 operations to 9 instructions, and nobody had to write a matrix. Three layers are two
# instructions each, the loss is three more. The numbers that a replay gives are the same:

# %%
program.backward(samples)
first = net[0][0][0][0]
replayed = first.grad
first.grad = 0.0
loss.backward()
print(f"the first weight's gradient: replayed {replayed:.8f}, recorded {first.grad:.8f}")

# %%
recorded, taped = (
    seconds(lambda: loss_by_loops(net, samples).backward(), 3),
    seconds(lambda: program.backward(samples), 3),
)
live(f"recorded {recorded * 1e3:.3g} ms, replayed {taped * 1e3:.3g} ms.")

# %% [markdown]
# (The engine in Python has the same tape, run by Python: there a replay saves little. Its use is to
# be read.)
#
# A tape can be read, too. This is the small function from above, written out by the engine:

# %%
small = compile(lambda a, b: (a * b + 1.0).tanh() + a * a)
small.value(2.0, -3.0)
print(small.to_python())

# %% [markdown]
# ## One instruction, many lanes
#
# Look at what an instruction costs: find out which it is, find its slots, then the arithmetic. The
# first two are the same for every sample. So let each instruction do **all samples before the next
# one starts**: a slot then holds not one number but a row of them, a *lane* for each sample.


# %%
def replay_in_lanes(tape, columns):
    """The results for many samples: one column of numbers for each input."""
    code, start, places = tape
    count = len(columns[0])
    values = [[x] * count for x in start]
    for place, column in zip(places, columns):
        values[place] = column
    for op, reads, out in code:  # each instruction is looked at once, for all samples
        values[out] = [op.evaluate(*xs) for xs in zip(*(values[k] for k in reads))]
    return values[code[-1][2]]


columns = [[0.5, 1.0, -2.0], [0.25, -1.0, 3.0]]
found = replay_in_lanes(tape, columns)
one_by_one = [replay(tape, sample)[0] for sample in zip(*columns)]
assert found == one_by_one
print(*(f"{x:.6f}" for x in found))

# %% [markdown]
# In C the inner loop is over up to 64 samples that lie side by side, and the processor does several
# of them in one step (*SIMD*). So a call has a fixed cost, and a cost for each sample:

# %%
bars(
    {"100 samples": 0.093, "1,000 samples": 0.065, "10,000 samples": 0.064},
    title="our net on the tape, for each sample",
    unit="µs",
)

# %% [markdown]
# Measured by `python -m benchmarks mlp_batches`. With 100 samples a third of the time is the call
# itself: some three microseconds that sort the arguments and collect the results. A fifteenth of a
# microsecond for 644 operations and their derivatives is what is left when nothing is in the way.

# %% [markdown]
# ### Exercise 2
#
# A replay took 20 µs for 100 samples and 100 µs for 1,000. Take it as a fixed cost and a cost for
# each sample. How large are they, in µs? With how many samples is the fixed cost a tenth of the
# whole?
#
# <details><summary>Solution</summary>
#
# 900 samples more take 80 µs more: $80 / 900 = 0.0889$ µs for each. 100 samples take 8.9 µs of the
# 20, so 11.1 µs are fixed. It is a tenth when the samples take nine times as much: $9 \cdot 11.1 =
# 100$ µs, which is 1,125 samples.
#
# ```python
# each = 80 / 900
# fixed = 20 - 100 * each
# tenth = 9 * fixed / each
# ```
# </details>

# %% tags=["exercise"]
each = ...
fixed = ...
tenth = ...


# %% tags=["check"]
@exercise(2, each, fixed, tenth)
def check():
    assert abs(fixed + 100 * each - 20.0) < 0.1, "100 samples must take 20 µs"
    assert abs(fixed + 1000 * each - 100.0) < 0.5, "1,000 samples must take 100 µs"
    assert abs(fixed / (fixed + tenth * each) - 0.1) < 0.001, "fixed, by all of it, is a tenth"


# %% [markdown]
# ## Where arrays win
#
# Here is the same work with libraries of arrays, which do a whole layer for all samples in one call
# (`python -m benchmarks mlp_natural`):

# %%
bars(
    {
        "PyTorch, one number at a time": 424.0,
        "in C, by wide nodes": 0.27,
        "JAX, compiled": 0.21,
        "PyTorch, arrays": 0.10,
        "NumPy, derivatives by hand": 0.034,
        "our tape": 0.0093,
    },
    log=True,
    title="the same net, 100 samples",
    unit="ms",
    highlight=["in C, by wide nodes", "our tape"],
    width=460,
)

# %% [markdown]
# Three things to learn from it:
#
# * **The same library can be 4,000 times slower than itself.** PyTorch pays some microseconds for
#   each operation, be it on one number or on a million. Give it one number at a time, and it
#   drowns.
# * **Recording scalars loses against arrays** wherever the work comes as arrays: 0.27 ms against
#   0.10 ms.
# * **A replayed tape wins on small nets**, for its fixed cost is paid once, and that of arrays once
#   for each operation. With larger matrices that turns round: what counts then is multiplying
#   matrices, and there libraries of arrays, and GPUs, are out of reach. If your layers are hundreds
#   wide, use them.
#
# And where the work is no arrays at all, but loops, formulas and branches, arrays are out of the
# race. The rivals there are other tapes of scalars; the README has all the tables, those we lose
# included.

# %% [markdown]
# ## What replaying cannot see
#
# Nothing is free. A tape knows the operations of *one* run. An `if` on a Value is watched: if it
# comes out differently, that branch is recorded as well. But a number that came from anywhere else
# is frozen.

# %% tags=["prediction"]
after = ...  # 10.0 or 20.0: `scaled` was recorded with factor 10; what does it say with 20?

# %%
bend = compile(lambda x: x**3 if x > 0 else -x)
print(bend.grad(2.0), bend.grad(-2.0), bend.grad(3.0), "recorded", bend.traces, "times")

factor = 10.0
scaled = compile(lambda x: x * factor)
before = scaled.value(1.0)
factor = 20.0
replayed = scaled.value(1.0)
scaled.retrace()
print(before, replayed, "and after retrace", scaled.value(1.0))
predicted(after, replayed, "the tape holds the 10 that it met, not the name")

# %% [markdown]
# The `10.0` in the middle is the frozen one. What shall change must be an argument, or a Value.

# %% [markdown]
# ## A cool head
#
# Before you believe a benchmark, one of ours too, ask:
#
# * **Do all give the same answer?** Ours stop if the gradients differ.
# * **Were they measured beside each other?** A machine is faster in the morning. Take turns, and
#   compare within a turn.
# * **Median or best?** One run says nothing. We give the median of five, with quartiles.
# * **What is not counted?** Importing, compiling, copying. JAX compiles for 13 ms per operation of
#   such a scalar program, our tape takes 12 µs: who runs a program once should not compile it.
# * **Is it your work?** Measure your own. `seconds` at the top of this notebook is enough.

# %% [markdown]
# ## More exercises
#
# ### Exercise 3
#
# In a training step, 90 % of the time goes into the gradient, 10 % into everything else. Now the
# gradient becomes **50 times** faster. How many times faster is the step? And how many times could
# it be at most, however fast the gradient gets?
#
# <details><summary>Solution</summary>
#
# Say a step takes 100 ms. 10 stay, and 90 become 1.8: the step takes 11.8 ms, so it is
# $100 / 11.8 = 8.5$ times faster. With a gradient for nothing 10 ms are left: 10 times. What you do
# not improve soon is all there is. (That is *Amdahl's law*.)
#
# ```python
# faster = 100 / (10 + 90 / 50)
# at_most = 10
# ```
# </details>

# %% tags=["exercise"]
faster = ...
at_most = ...


# %% tags=["check"]
@exercise(3, faster, at_most)
def check():
    step = lambda times: 0.1 + 0.9 / times
    assert abs(faster - step(1.0) / step(50.0)) < 0.05, "what do 100 ms become?"
    assert abs(at_most - step(1.0) / step(1e12)) < 0.05, "what is left without the gradient?"


# %% [markdown]
# ### Exercise 4 (harder)
#
# `replay_in_lanes` gives results only. Write `gradients_in_lanes(tape, columns)`, which gives the
# derivatives: a column for each input, with a number for each sample, as the columns came in. Each
# instruction shall be looked at once on the way down and once on the way up.
#
# <details><summary>Solution</summary>
#
# It is `replay` with a row of numbers in each slot. A slot that is read twice (`a * a`) gets both
# contributions, because the second loop adds them one after the other.
#
# ```python
# def gradients_in_lanes(tape, columns):
#     code, start, places = tape
#     count = len(columns[0])
#     values = [[x] * count for x in start]
#     for place, column in zip(places, columns):
#         values[place] = column
#     for op, reads, out in code:
#         values[out] = [op.evaluate(*xs) for xs in zip(*(values[k] for k in reads))]
#     gradient = [[0.0] * count for _ in values]
#     gradient[code[-1][2]] = [1.0] * count
#     for op, reads, out in reversed(code):
#         lanes = zip(values[out], *(values[k] for k in reads))
#         partials = list(zip(*(op.partials(*lane) for lane in lanes)))
#         for k, column in zip(reads, partials):
#             sent = [g * p for g, p in zip(gradient[out], column)]
#             gradient[k] = [old + new for old, new in zip(gradient[k], sent)]
#     return [gradient[place] for place in places]
# ```
# </details>

# %% tags=["exercise"]
gradients_in_lanes = ...  # def gradients_in_lanes(tape, columns): ...


# %% tags=["check"]
@exercise(4, gradients_in_lanes)
def check():
    truth = list(zip(*(replay(tape, sample)[1] for sample in zip(*columns))))
    found = gradients_in_lanes(tape, columns)
    assert len(found) == len(truth), "one column for each input, in their order"
    for column, right in zip(found, truth):
        assert len(column) == len(right), "one number for each sample"
        off = max(abs(mine - theirs) for mine, theirs in zip(column, right))
        assert off < 1e-12, "compare with `replay`, sample by sample"


# %% [markdown]
# ## What you have seen
#
# * Count nodes first: time is nodes, times the cost of a node.
# * In Python a node costs calls and objects; in C, 88 bytes written in order; cycles cost most.
# * Wide nodes save nodes; a tape saves recording; lanes save looking things up.
# * Arrays win where the work is large matrices; a tape where it is small, or no matrices at all.
# * A figure without its command, its machine and its peers is a rumour.
#
# Next: [12. Your own engine](12-your-own-engine.ipynb). You have written a tape; now write the
# engine.
