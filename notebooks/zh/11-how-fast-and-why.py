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
# # 11. 有多快，为什么
#
# [English](../11-how-fast-and-why.ipynb) · [术语对照](README.md)
#
# **时间：** 约 80 分钟 · **需要：** 笔记本 1 和 3（计算图与网络） · **学完之后：** 数一数程序做了多
# 少事，而不是猜它要花多少时间；说得出 Python 的时间用在哪里，垃圾为什么可能比算术还贵；自己写一条小
# 小的计算带，记录一次，反复重放；说得出数组什么时候占上风，什么时候不行；冷静地读基准测试。
#
# 同一个小网络的同一批梯度，可以用大半秒算出来，也可以只用百万分之九秒。这份笔记本从一头走到另一头，
# 每走一步都看清楚省下的是**什么**。
#
# **关于时间。** 每台机器都不一样。正文和图里的时间是在一台机器上（x86-64，两个核，Python 3.11）一并
# 测得的；每一处都给出命令，你可以自己测。**个数**则是准确的，到哪里都一样。有些单元格会在你运行时测
# 量你的机器；测得的结果会显示，但不存进笔记本。

# %%
import sys
import time
from collections import Counter
from itertools import pairwise
from statistics import median

from IPython.display import display

from autograd_lite import (
    PythonValue,
    Value,
    compile,
    dot,
    draw,
    relu,
    set_language,
    topological_order,
)
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import bars

set_language("zh")  # 图和程序输出里的文字用中文


def seconds(work, rounds=5):
    """运行几次 `work`，用时的中位数。"""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


def live(words):
    """显示刚刚测得的结果；笔记本里不留副本。"""
    display({"text/html": f"<b>在这台机器上：</b>{words}"}, raw=True)


# %% [markdown]
# ## 同一件事：从 0.8 秒到 9 微秒
#
# 一个网络有 2 个输入、两层各 16 个神经元、一个输出，处理 100 个样本。我们要求损失，以及它对 337 个
# 参数中每一个的导数。用五种办法，时间分别是：

# %%
MS = {
    "micrograd": 790.0,
    "我们的 Python 引擎": 122.0,
    "我们的 C 引擎": 2.6,
    "C 引擎，宽节点": 0.27,
    "C 引擎，重放计算带": 0.0093,
}
bars(
    MS,
    log=True,
    title="损失和 337 个导数，100 个样本",
    unit="毫秒",
    highlight=["C 引擎，重放计算带"],
    width=460,
)

# %% [markdown]
# 横轴是对数刻度：每条竖线是 100 倍。从最上面到最下面相差 85,000 倍，而五种办法得到的导数完全相同。
# 想自己测，就运行
#
#     pip install -e '.[bench]' && python -m benchmarks mlp_loops mlp_natural
#
# 下面就沿着这几级台阶一级一级往下走。

# %% [markdown]
# ## 先数一数
#
# 要做的事是什么？先把网络写成普通的循环，就像用数来写那样。它会记录下多少次加法、乘法之类的运算？

# %% tags=["prediction"]
for_one = ...  # 64、644 还是 6,440：一个样本连同它的损失要多少次运算？

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
print(f"{len(nodes):,} 个节点 = {len(leaves)} 个叶节点 + {operations:,} 次运算")
predicted(for_one, operations // len(samples), "单是 304 个权重，每个就要一次乘法和一次加法")

# %% [markdown]
# 手工核对一下。有 $n$ 个输入的神经元，要 $n$ 次乘法、$n$ 次加法和一次 `relu`，共 $2n + 1$ 次运算。
# 三层合起来，一个样本是 $16 \cdot 5 + 16 \cdot 33 + 33 = 641$ 次。损失还要三次：一次减，一次乘，一
# 次加。所以一个样本 644 次，一百个样本 64,400 次。

# %%
kinds = Counter(node.op.name for node in nodes if node.op)
texts = [f"{count:,}" for _, count in kinds.most_common()]
bars(dict(kinds.most_common()), title="各种运算的次数", texts=texts, width=380)

# %% [markdown]
# 现在做除法。64,737 个节点用 122 毫秒，在 Python 里每个节点就是百万分之 1.9 秒；在 C 里用 2.6 毫
# 秒，每个节点是十亿分之 40 秒。这已经包括一切：生成节点，反向走过它，释放它。

# %%
for name in list(MS)[:3]:
    print(f"每个节点 {MS[name] * 1e6 / len(nodes):6,.0f} 纳秒：{name}")

# %% [markdown]
# 比较一下：普通的 Python 浮点数什么也不记，一次乘法、一次加法大约各 20 纳秒。
# （`python -m benchmarks mlp_loops` 里 "bare floats, forward only" 那一行：1.4 毫秒。）

# %%
x, y = 2.0, 3.0
p, q = PythonValue(2.0), PythonValue(3.0)
v, w = Value(2.0), Value(3.0)
plain, python, ours = (
    seconds(lambda a=a, b=b: [a * b for _ in range(20_000)]) / 20_000 * 1e9
    for a, b in [(x, y), (p, q), (v, w)]
)
live(f"一次乘法，浮点数用 {plain:.0f} 纳秒，Python 的 Value 用 {python:.0f} 纳秒， "
     f"正在用的引擎的 Value 用 {ours:.0f} 纳秒。")  # fmt: skip

# %% [markdown]
# ## Python 的时间花在哪里
#
# 两个浮点数相乘，处理器用不了十亿分之一秒。其余的两千倍，Python 拿去做什么了？它在**调用函数**。看
# 一个负号会调用哪些：

# %% tags=["prediction"]
calls = ...  # Python 引擎的 Value，一个负号要调用多少个函数？


# %%
def calls_of(work):
    """`work` 依次调用的 Python 函数的名字。"""
    names = []

    def watch(frame, event, argument):
        if event == "call":
            names.append(frame.f_code.co_name)

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(None)
    return names[1:]  # `work` 自己不算


called = calls_of(lambda: -p)
print(*called, sep=" → ")
predicted(calls, len(called), "分派，记录，还有规则自己的两个函数")

# %% [markdown]
# 一个小小的 `-`，八次调用；其中两个 `<lambda>` 是负号的规则：它的值和它的偏导数。每次调用都要建一个
# 栈帧，查找名字，检查类型。没有一样是白做的；这是一门把一切都留到运行那一刻才决定的语言的代价（**解
# 释器开销**）。
#
# 它还要**生成对象**：节点、一对操作数、一对偏导数、存结果的浮点数。一个节点在 Python 里占 213 字
# 节，在 C 里占 88 字节。这 88 字节是
#
# | 字节 | 内容 |
# |:--|:--|
# | 16 | 引用计数和类型：每个 Python 对象都有 |
# | 8 + 8 | 数据（data），梯度（grad） |
# | 8 + 8 | 标签和作用域；弱引用 |
# | 8 | 运算、操作数的个数、遍历时用的标记 |
# | 16 + 16 | 两个操作数，两个偏导数 |
#
# 在 C 里，一次乘法就是：取接下来的 88 字节，写进这十一个数，完成。C 里的公式与 Python 里的出自同一
# 张表，所以两边算出的数相同（怎样做到的，见笔记本 12）。

# %% [markdown]
# ## 赖着不走的垃圾
#
# 同样是 Python，micrograd 为什么还要再慢六倍？它的代码比我们的还短。答案在任何程序里都用得上。
#
# 在 micrograd 里，每个节点存着一个函数，它知道怎样把梯度往回传。这个函数要用到节点自己（它是一
# 个**闭包**）。于是节点和函数互相抓住不放，形成一个**环**。Python 的规矩是，没有人抓着的对象就释放
# （**引用计数**）。
#
# 下面就是这样的节点；我们的节点则把偏导数作为数写下来。各做一次乘法，然后忘掉结果。

# %% tags=["prediction"]
freed = ...  # "闭包"、"偏导数" 还是 "都是"：哪一个乘积会立刻释放？


# %%
class WithClosure:
    """micrograd 那样的乘积，只留下这里要紧的部分。"""

    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = data, 0.0, parents

    def __mul__(self, other):
        out = WithClosure(self.data * other.data, (self, other))

        def pass_back():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out.pass_back = pass_back  # out 抓着 pass_back，pass_back 也抓着 out
        return out


# %%
import gc
import weakref


def freed_at_once(make):
    """乘积的最后一个名字消失时，它是否也随之释放。"""
    gc.disable()  # 只让引用计数来释放
    try:
        a, b = make(2.0), make(3.0)
        product = a * b
        watch = weakref.ref(product)
        del product
        return watch() is None
    finally:
        gc.enable()


print("用闭包：    ", freed_at_once(WithClosure))
print("记下偏导数：", freed_at_once(Value))
predicted(freed, "偏导数", "环里的节点总有人抓着")

# %% [markdown]
# 靠计数释放不了的东西，只好等**垃圾回收器**：它时不时把**所有**对象查一遍，从中找出环来。图越大，查
# 得越久，而且在建图的过程中要查一遍又一遍。在上面的测量里，micrograd 的时间大部分花在这里。
#
# 我们的节点把偏导数作为数写下来。没有函数，没有环：图的最后一个名字一消失，图立刻就释放，回收器无事
# 可做。

# %% [markdown]
# ## 数放在哪里
#
# 处理器从内存里一次读 64 字节（一条**缓存行**），猜测接下来要什么，提前取来。按顺序走过内存很快，跳
# 来跳去就慢，哪怕做的事一样：求一百万个数的和，一次按生成的顺序，一次打乱顺序。

# %%
numbers = [k * 0.5 for k in range(1_000_000)]
shuffled = numbers[:]
random.Random(1).shuffle(shuffled)
assert sum(numbers) == sum(shuffled)

in_order, jumping = seconds(lambda: sum(numbers)), seconds(lambda: sum(shuffled))
live(f"按顺序 {in_order * 1e3:.1f} 毫秒，打乱后 {jumping * 1e3:.1f} 毫秒： "
     f"是前者的 {jumping / in_order:.1f} 倍。")  # fmt: skip

# %% [markdown]
# 反向传播走过图的顺序，与生成的顺序相反。所以 C 引擎把节点按生成的顺序一个挨一个地放进 64 KiB 的块
# 里，块里最后一个节点释放了，就归还整块。计算一点没有减少，但接下来要用的东西已经在手边了。

# %% [markdown]
# ## 节点少一些，宽一些
#
# 最便宜的节点是不存在的节点。一个神经元是若干乘积之和；用循环来写，就是一条长链。`dot` 用**一个**有
# 许多操作数的节点就够了。

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
# 数相同，导数相同，运算从 5 次变成 1 次。`nn` 里的层就是用 `dot` 做的。下面是同一个网络，权重也相
# 同，写成 `nn.MLP`：

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
print(f"用循环 {len(nodes):,} 个节点，用 nn {wide:,} 个节点：相差 {len(nodes) / wide:.1f} 倍")

# %% [markdown]
# 手算：33 个神经元各 2 次运算，损失 2 次，所以一个样本 68 次，而不是 644 次；最后对所有样本求一次
# 和，再加 337 个叶节点：$6{,}800 + 1 + 337 = 7{,}138$。
#
# 节点少到九分之一，时间少到十分之一（2.6 毫秒变成 0.27 毫秒）。乘法一次也没有少，都在宽节点里面。省
# 掉的是它们**周围**的开销。
#
# 其中一部分是因为**相同的东西只存一份**。一层的 16 个神经元读的是同样的输入，100 个样本遇到的是同样
# 的权重。所以在 C 里，神经元的节点自己并不存操作数，只存两个列表：权重和输入。前一个与别的样本共
# 用，后一个与别的神经元共用。从外面看，`.args` 一如既往。

# %% [markdown]
# ### 练习 1
#
# 一层有 32 个输入和 10 个神经元，用 `relu`。处理一个样本，像上面那样用循环写，它记录多少次运算？用
# `dot` 写呢（偏置算一个操作数）？
#
# （先在纸上算，再把答案写在省略号的位置，运行下面两个单元格。）
#
# <details><summary>答案</summary>
#
# 用循环，每个神经元 $2 \cdot 32 + 1 = 65$ 次。用 `dot` 是 2 次：一个 dot，一个 relu。
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
    assert by_loops_10 == recorded(loops), "每个输入算一次乘法和一次加法"
    assert by_dot_10 == recorded(wide_layer(x32)), "每个神经元一个 dot、一个 relu"


# %% [markdown]
# ## 记录过的就不再记录
#
# 训练要把同样的运算做上几千遍，每次换一批数。何必每次都建同样的图？把运算写下来**一次**（这叫**追
# 踪**，trace），列成一张表：一条**计算带**（tape）。重放它不生成节点，不用排顺序，也没有东西要释
# 放。
#
# 完整的计算带只要两个函数。第一个负责记录。一个“槽”是一列数中的一个位置；一条指令说明读哪些槽，
# 写哪个槽。


# %%
def tape_of(root, inputs):
    """计算 `root` 的指令，各槽开始时的数，各输入的槽。"""
    order = topological_order(root)
    slot = {node: k for k, node in enumerate(order)}
    start, code = [node.data for node in order], []
    for node in order:
        if node.op:
            reads = []
            for x in node.args:
                if type(x) is float:  # 常数单独占一个槽
                    start.append(x)
                reads.append(slot[x] if type(x) is not float else len(start) - 1)
            code.append((node.op, reads, slot[node]))
    return code, start, [slot[x] for x in inputs]


# %%
a, b = Value(2.0, "a"), Value(-3.0, "b")
f = (a * b + 1.0).tanh() + a * a
tape = tape_of(f, [a, b])
for op, reads, out in tape[0]:
    print(f"槽 {out} = {op.name}，读槽 {reads}")

# %% [markdown]
# 槽 0 和 1 是 `a` 和 `b`，槽 7 存着常数 1。要重放，就沿着表往下走，逐条计算；再往上走，把梯度相加，
# 与 `backward` 一样：


# %%
def replay(tape, numbers):
    """换一批数时的结果，以及它对各输入的导数。"""
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
# 用记录时没有用过的数来重放，再与引擎比较：

# %%
value, slopes = replay(tape, [0.5, 0.25])

a, b = Value(0.5), Value(0.25)
fresh = (a * b + 1.0).tanh() + a * a
fresh.backward()
print(f"计算带 {value:.8f}  {slopes[0]:.8f}  {slopes[1]:.8f}")
print(f"引擎   {fresh.data:.8f}  {a.grad:.8f}  {b.grad:.8f}")
assert abs(slopes[0] - a.grad) + abs(slopes[1] - b.grad) < 1e-12

# %% [markdown]
# ## 真正的计算带
#
# `compile` 替你做这件事，而且做得很周到。它把我们的循环变成了什么？

# %%
program = compile(lambda x: loss_by_loops(net, [x]), batch="sum")
assert abs(program.value(samples) - loss.data) < 1e-9 * loss.data
print(program.summary())

# %% [markdown]
# 从上往下读（报告是英文的）。一个样本记录了（recorded）644 次运算，与我们前面数的一样。其中没有多余
# 的可以去掉（removed）。（连损失开头的 `0.0 + ...` 也不多余：它会把 −0.0 变成 0.0，而计算带给出的数
# 要与程序给出的相同。）然后，乘法和加法的长链**折叠**成点积（folded，也叫**融合**），与 `nn` 的写法
# 一样：69 次。最后，种类相同、又不必互相等待的运算排在一起（in groups of one kind），一次就是一整
# 层：

# %%
[the_tape] = program.tapes()
for k, instruction in enumerate(the_tape.instructions, start=1):
    size = f"{instruction.rows:2} 个" if instruction.rows > 1 else " 1 个"
    wide = f"，各 {instruction.width} 个操作数" if instruction.width else ""
    print(f"{k}  {instruction.op.name:6} {size}{wide}")

# %% [markdown]
# 64,400 次运算变成了 9 条指令，没有人写过一个矩阵。三层各两条指令，损失三条。重放得到的数与原来相
# 同：

# %%
program.backward(samples)
first = net[0][0][0][0]
replayed = first.grad
first.grad = 0.0
loss.backward()
print(f"第一个权重的梯度：重放 {replayed:.8f}，记录 {first.grad:.8f}")

# %%
recorded, taped = (
    seconds(lambda: loss_by_loops(net, samples).backward(), 3),
    seconds(lambda: program.backward(samples), 3),
)
live(f"记录 {recorded * 1e3:.3g} 毫秒，重放 {taped * 1e3:.3g} 毫秒。")

# %% [markdown]
# （Python 引擎也有同样的计算带，由 Python 来运行，重放省不了多少时间。它是给人读的。）
#
# 计算带也可以读。下面是引擎写出来的、前面那个小函数（其中的注释是英文的）：

# %%
small = compile(lambda a, b: (a * b + 1.0).tanh() + a * a)
small.value(2.0, -3.0)
print(small.to_python())

# %% [markdown]
# ## 一条指令，许多车道
#
# 看看一条指令的代价：弄清是哪一种，找到它的槽，然后才是算术。前两样对每个样本都一样。那就让每条指
# 令**先把所有样本做完，再轮到下一条**：这样一个槽里存的不是一个数，而是一排数，每个样本一条**车
# 道**（lane）。


# %%
def replay_in_lanes(tape, columns):
    """许多样本的结果：每个输入是一列数。"""
    code, start, places = tape
    count = len(columns[0])
    values = [[x] * count for x in start]
    for place, column in zip(places, columns):
        values[place] = column
    for op, reads, out in code:  # 每条指令只看一次，所有样本一起做
        values[out] = [op.evaluate(*xs) for xs in zip(*(values[k] for k in reads))]
    return values[code[-1][2]]


columns = [[0.5, 1.0, -2.0], [0.25, -1.0, 3.0]]
found = replay_in_lanes(tape, columns)
one_by_one = [replay(tape, sample)[0] for sample in zip(*columns)]
assert found == one_by_one
print(*(f"{x:.6f}" for x in found))

# %% [markdown]
# 在 C 里，内层循环一次处理并排放着的最多 64 个样本，处理器一步能做其中的好几个（**SIMD**，单指令多
# 数据）。所以一次调用有一份固定的代价，每个样本再有一份代价：

# %%
bars(
    {"100 个样本": 0.093, "1,000 个样本": 0.065, "10,000 个样本": 0.064},
    title="计算带上的网络，平均每个样本",
    unit="微秒",
)

# %% [markdown]
# 由 `python -m benchmarks mlp_batches` 测得。只有 100 个样本时，三分之一的时间是调用本身：大约三微
# 秒，用来整理参数、收集结果。没有别的东西碍事时，644 次运算连同它们的导数只要十五分之一微秒。

# %% [markdown]
# ### 练习 2
#
# 重放 100 个样本用了 20 微秒，1,000 个用了 100 微秒。把它看成一份固定的代价加上每个样本的代价，两者
# 各是多少微秒？多少个样本时，固定的代价占总数的十分之一？
#
# <details><summary>答案</summary>
#
# 多 900 个样本，多用 80 微秒：每个 $80 / 900 = 0.0889$ 微秒。100 个样本占了 20 微秒里的 8.9 微秒，
# 所以固定的是 11.1 微秒。样本的代价是它的九倍时，它就占十分之一：$9 \cdot 11.1 = 100$ 微秒，即
# 1,125 个样本。
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
    assert abs(fixed + 100 * each - 20.0) < 0.1, "100 个样本应当用 20 微秒"
    assert abs(fixed + 1000 * each - 100.0) < 0.5, "1,000 个样本应当用 100 微秒"
    assert abs(fixed / (fixed + tenth * each) - 0.1) < 0.001, "固定的代价除以总数，是十分之一"


# %% [markdown]
# ## 数组在哪里占上风
#
# 下面是同一件事交给数组库来做，一次调用就处理一层的所有样本（`python -m benchmarks mlp_natural`）：

# %%
bars(
    {
        "PyTorch，一次一个数": 424.0,
        "C 引擎，宽节点": 0.27,
        "JAX，编译后": 0.21,
        "PyTorch，数组": 0.10,
        "NumPy，手写导数": 0.034,
        "我们的计算带": 0.0093,
    },
    log=True,
    title="同一个网络，100 个样本",
    unit="毫秒",
    highlight=["C 引擎，宽节点", "我们的计算带"],
    width=460,
)

# %% [markdown]
# 从中可以学到三点：
#
# * **同一个库可以比它自己慢 4,000 倍**。PyTorch 每次运算都要花几微秒，不论是对一个数还是对一百万个
#   数。一次只给它一个数，它就不堪重负。
# * **工作以数组的形式到来时，记录标量敌不过数组**：0.27 毫秒对 0.10 毫秒。
# * **在小网络上，重放计算带更快**，因为它的固定代价每次调用只付一次，数组则每次运算付一次。矩阵大
#   了，情况就倒过来：那时要紧的是矩阵乘法，数组库和 GPU 遥遥领先。如果你的层有几百个单元宽，就用它
#   们。
#
# 如果要做的根本不是数组，而是循环、公式和分支，数组就出局了。那里的对手是别的标量计算带；README 里
# 有全部表格，包括我们输掉的那些。

# %% [markdown]
# ## 重放看不见什么
#
# 没有白得的东西。计算带只知道**一次**运行的运算。对 Value 的 `if` 有人看着：结果若与记录时不同，就
# 把那个分支也记录下来。但从别处来的数，就被冻结了。

# %% tags=["prediction"]
after = ...  # 10.0 还是 20.0：记录 `scaled` 时 factor 是 10；改成 20 之后它给出什么？

# %%
bend = compile(lambda x: x**3 if x > 0 else -x)
print(bend.grad(2.0), bend.grad(-2.0), bend.grad(3.0), "记录了", bend.traces, "次")

factor = 10.0
scaled = compile(lambda x: x * factor)
before = scaled.value(1.0)
factor = 20.0
replayed = scaled.value(1.0)
scaled.retrace()
print(before, replayed, "重新追踪之后", scaled.value(1.0))
predicted(after, replayed, "计算带存的是它当时遇到的 10，而不是那个名字")

# %% [markdown]
# 夹在中间的 `10.0` 就是被冻结的那个。会变的东西必须是参数，或者是 Value。

# %% [markdown]
# ## 冷静地读基准测试
#
# 在相信一个基准测试之前，包括我们的，先问：
#
# * **大家的答案相同吗**？我们的测试发现梯度不同就停下。
# * **是放在一起测的吗**？机器早上会快一些。要轮流来，只在同一轮里比较。
# * **是中位数还是最好的一次**？只跑一次说明不了什么。我们给出五次的中位数和四分位数。
# * **什么没有算进去**？导入、编译、复制。这样的标量程序，JAX 编译起来每次运算要 13 毫秒，我们的计算
#   带要 12 微秒：只运行一次的程序不该编译。
# * **那是你要做的事吗**？测你自己的。这份笔记本开头的 `seconds` 就够用了。

# %% [markdown]
# ## 更多练习
#
# ### 练习 3
#
# 训练的一步里，90% 的时间用来求梯度，10% 用来做其他一切。现在求梯度的速度变成原来的 **50 倍**。这
# 一步的速度变成原来的几倍？无论求梯度变得多快，这一步最多能到原来的几倍？
#
# <details><summary>答案</summary>
#
# 设一步用 100 毫秒。10 毫秒不变，90 毫秒变成 1.8：一步用 11.8 毫秒，速度是原来的 $100 / 11.8 = 8.5$
# 倍。求梯度就算一点时间也不用，还剩 10 毫秒：10 倍。没有改进的部分，很快就成了全部。（这就是**阿姆
# 达尔定律**。）
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
    assert abs(faster - step(1.0) / step(50.0)) < 0.05, "100 毫秒变成多少？"
    assert abs(at_most - step(1.0) / step(1e12)) < 0.05, "去掉求梯度，还剩多少？"


# %% [markdown]
# ### 练习 4（较难）
#
# `replay_in_lanes` 只给出结果。写一个函数 `gradients_in_lanes(tape, columns)`，给出导数：每个输入一
# 列，每个样本一个数，与输入的各列一样。每条指令往下走时只看一次，往上走时也只看一次。
#
# <details><summary>答案</summary>
#
# 它就是 `replay`，只是每个槽里放一排数。被读两次的槽（`a * a`）会得到两份，因为第二个循环把它们先后
# 加上。
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
gradients_in_lanes = ...  # 你的答案：def gradients_in_lanes(tape, columns): ...


# %% tags=["check"]
@exercise(4, gradients_in_lanes)
def check():
    truth = list(zip(*(replay(tape, sample)[1] for sample in zip(*columns))))
    found = gradients_in_lanes(tape, columns)
    assert len(found) == len(truth), "每个输入一列，按输入的顺序"
    for column, right in zip(found, truth):
        assert len(column) == len(right), "每个样本一个数"
        off = max(abs(mine - theirs) for mine, theirs in zip(column, right))
        assert off < 1e-12, "逐个样本与 `replay` 比较"


# %% [markdown]
# ## 小结
#
# * 先数节点：时间等于节点数乘以每个节点的代价。
# * 在 Python 里，一个节点的代价是调用和对象；在 C 里，是按顺序写下的 88 字节；最贵的是环。
# * 宽节点省节点；计算带省记录；车道省查找。
# * 工作是大矩阵时，数组占上风；工作很小，或者根本没有矩阵时，计算带占上风。
# * 一个用时，若不说明用什么命令、在什么机器上、与谁相比测得，就只是传言。
#
# 下一份：[12. 自己写一个引擎](12-your-own-engine.ipynb)。计算带你已经写过了，现在来写引擎。
