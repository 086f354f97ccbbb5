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
# # 14. 初始化、深度、归一化
#
# [English](../14-initialisation-depth-normalisation.ipynb) · [术语对照](README.md)
#
# **时间：** 约 60 分钟 · **需要：** 笔记本 [4](04-backpropagation.ipynb) 和
# [6](06-gradient-descent.ipynb) · **学完之后：** 说得出在二十层的网络里，数和梯度会变成什么样；会选
# 初始权重的大小；能从图上看出哪些层在学习；知道归一化和残差连接用在哪里有效。
#
# 只有一个隐藏层的网络几乎什么都能容忍。二十层的网络不行：每层做得稍有偏差，就要重复二十遍。这份笔记
# 本讲三个小办法，深层网络正是靠它们才成为可能。每个说法都经过测量，至少用五个随机种子。

# %%
import math
from random import Random

import nn
from autograd_lite import dot, gradients, relu, set_language, sigmoid, tanh
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import lines, multiples

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 每层差一点，重复二十次
#
# 设每一层让数变大 10%，或变小 10%，或者减半。二十层之后：

# %%
for factor in (0.5, 0.9, 1.0, 1.1, 2.0):
    print(f"{factor}：20 层之后 {factor**20:.2g} 倍")

# %% [markdown]
# 每层 10%，影响还不大；每层 2 倍，就成了一百万倍。反向也一样，因为链式法则也是相乘。每层的因子小于
# 1，梯度在回到前几层的路上就会**消失**；大于 1 就会**爆炸**。所以深层网络希望因子接近 1，前向反向都
# 如此。因子由什么决定？
#
# ## 加权和有多大
#
# 一个单元求和 $z = w_1 x_1 + \ldots + w_n x_n$。权重随机抽取，均值 0，标准差 $s$。有正有负的项部分
# 抵消，所以 $z$ 不是按 $n$，而是按 $\sqrt n$ 增长：相加的是方差，
#
# $$z \text{ 的方差} = n \, s^2 \cdot x^2 \text{ 的平均} \qquad\text{所以}\qquad
# z \text{ 的大小} = s \sqrt n \cdot x \text{ 的大小}$$
#
# 这里的**大小**指**均方根**（rms）：平方，取平均，开方。用数来验证：


# %%
def rms(numbers):
    """数的大小：平方平均的平方根。"""
    numbers = [getattr(x, "data", x) for x in numbers]
    return math.sqrt(sum(x * x for x in numbers) / len(numbers))


rng = Random(14)
for n in (4, 16, 64, 256):
    x = [rng.gauss(0, 1) for _ in range(n)]
    x = [each / rms(x) for each in x]
    sums = [sum(rng.gauss(0, 1) * each for each in x) for _ in range(2000)]
    print(f"n = {n:3}：大小 {rms(sums):5.2f}，sqrt(n) = {math.sqrt(n):5.2f}")

# %% [markdown]
# 权重的大小为 1 时，有 256 个输入的一层让数变成原来的 16 倍。办法：抽取权重时取 $s = 1 / \sqrt n$，
# 因子就是 1。
#
# ### 练习 1
#
# 一个没有激活函数的网络有 10 层，每层 100 个单元，权重的标准差是 0.05。一层的因子是多少，十层合起来
# 是多少？标准差应当取多少？
#
# <details><summary>答案</summary>
#
# $0.05 \cdot \sqrt{100} = 0.5$；$0.5^{10} = 1 / 1024$；应取 $1 / \sqrt{100} = 0.1$。
#
# ```python
# of_one = 0.5
# of_ten = 1 / 1024
# right_std = 0.1
# ```
# </details>

# %% tags=["exercise"]
of_one = ...  # 一个数
of_ten = ...
right_std = ...


# %% tags=["check"]
@exercise(1, of_one, of_ten, right_std)
def check():
    assert abs(of_one - 0.05 * math.sqrt(100)) < 1e-9, "of_one：标准差乘以 √n"
    assert abs(of_ten / (0.05 * math.sqrt(100)) ** 10 - 1) < 0.05, "of_ten：十个因子相乘"
    assert abs(right_std * math.sqrt(100) - 1) < 1e-9, "right_std：乘以 √100 应得 1"


# %% [markdown]
# ## 穿过二十层
#
# 现在加上激活函数。`stack` 造 20 层，每层 24 个单元。`signals` 送进四个随机样本，记下每层输出的大
# 小；再从末尾沿一个随机方向往回走，记下损失对每层输出的**梯度**有多大。

# %%
WIDTH, DEPTH, SEEDS = 24, 20, range(5)


def stack(initialise, seed):
    """20 个没有偏置的线性层，权重由 `initialise(weight, rng)` 抽取。"""
    rng = Random(seed)
    layers = [nn.Linear(WIDTH, WIDTH, bias=False, seed=rng) for _ in range(DEPTH)]
    for layer in layers:
        initialise(layer.weight, rng)
    return layers


def through(layers, forward, x):
    """每层的输出；`forward(layer, x)` 用一层。"""
    outputs = []
    for layer in layers:
        x = forward(layer, x)
        outputs.append(x)
    return outputs


def signals(layers, forward, seed, samples=4):
    """每层输出的大小，以及对它的梯度的大小。"""
    rng = Random(100 + seed)
    sizes, slopes = ([[] for _ in layers] for _ in range(2))
    for _ in range(samples):
        outputs = through(layers, forward, [rng.gauss(0, 1) for _ in range(WIDTH)])
        end = dot([rng.gauss(0, 1) for _ in range(WIDTH)], outputs[-1])
        found = iter(gradients(end, [y for output in outputs for y in output]))
        for k, output in enumerate(outputs):
            sizes[k] += output
            slopes[k] += [next(found) for _ in output]
    return list(map(rms, sizes)), list(map(rms, slopes))


def typical(columns):
    """几次运行的几何平均，逐个位置。"""
    return [math.exp(sum(map(math.log, places)) / len(places)) for places in zip(*columns)]


def measured(initialise, forward):
    """各层的大小和梯度，取五个种子的典型值；以及每个种子第一层与最后一层梯度之比。"""
    runs = [signals(stack(initialise, seed), forward, seed) for seed in SEEDS]
    sizes, slopes = (typical(each) for each in zip(*runs))
    return sizes, slopes, [slopes[0] / slopes[-1] for _, slopes in runs]


def normal(factor):
    """一个初始化函数：标准差为 factor / sqrt(n)。"""
    return lambda weight, rng: nn.init.normal_(weight, std=factor / math.sqrt(WIDTH), seed=rng)


def with_tanh(layer, x):
    return [tanh(z) for z in layer(x)]


# %% [markdown]
# 三种大小的权重，激活函数是 tanh：合适的一半、合适、合适的三倍。前向会怎样不难猜：太小就衰减，太大
# 就饱和（tanh 不超过 1）。反向呢？饱和单元的斜率接近 0，所以……

# %% tags=["prediction"]
guess = ...  # 第一层的梯度比最后一层的 "smaller"（小）还是 "larger"（大）？

# %% tags=["plotting"] jupyter={"source_hidden": true}
results = {
    name: measured(normal(factor), with_tanh)
    for name, factor in {"0.5": 0.5, "1": 1.0, "3": 3.0}.items()
}
multiples(
    [
        lines(
            {name: result[part] for name, result in results.items()}, title=title,
            x_name="层", log=True,
        )
        for part, title in enumerate(("前向：大小", "反向：梯度的大小"))
    ],
    columns=2,
)  # fmt: skip

# %%
for name, (sizes, _, ratios) in results.items():
    print(
        f"权重 {name:>3} / sqrt(n)：末尾的大小 {sizes[-1]:.1g}，",
        "梯度，第一层比最后一层", *(f"{ratio:.1g}" for ratio in ratios),
    )  # fmt: skip

larger = "larger" if min(results["3"][2]) > 1 else "smaller"
predicted(guess, larger, "还传得动的单元少了，可乘上的权重很大")

# %% [markdown]
# 权重太小：20 层之后只剩百万分之一，前向反向都如此；前几层听不到损失的任何消息。权重取三倍：一半以
# 上的单元饱和了（斜率不到 0.2），**梯度却爆炸了**，五个网络个个如此。常听人说饱和使梯度消失。对单个
# 单元，这话没错；可在一层里，其余的单元仍把梯度传下去，还要乘上三倍大的权重，乘积占了上风。
#
# 大小合适时，穿过 20 层两者都还在可用的范围内：tanh 只让数变小一点。
#
# ### sigmoid
#
# 人们从前害怕深度，根源在 sigmoid。它的斜率至多 $\frac14$（笔记本 2），所以即使权重大小合适，每往回
# 走一层至少也要除以 4。$4^{-19}$ 是 $4 \cdot 10^{-12}$：

# %%
_, _, ratios = measured(normal(1.0), lambda layer, x: [sigmoid(z) for z in layer(x)])
print("梯度，第一层比最后一层", *(f"{ratio:.0e}" for ratio in ratios))

# %% [markdown]
# ## Glorot：两个方向的折中
#
# 前向时，一个单元对 $n_{in}$ 个输入求和，合适的标准差是 $1 / \sqrt{n_{in}}$。反向时，每个输入要汇总
# 用到它的 $n_{out}$ 个单元，合适的是 $1 / \sqrt{n_{out}}$。输出与输入个数不同的层，两者不能兼
# 得。Glorot 与 Bengio（2010）取中间：
#
# $$s = \text{增益} \cdot \sqrt{\frac{2}{n_{in} + n_{out}}}$$
#
# 在 `nn.init` 和 PyTorch 里它叫 `xavier_normal_`，Xavier 是 Glorot 的名；`xavier_uniform_` 在
# $\pm\sqrt3\,s$ 之间均匀抽取，标准差相同。**增益**（gain）用来补偿激活函数：线性层是 1，tanh 习惯上
# 用 $\frac53$。
#
# ## He：ReLU 扔掉一半
#
# ReLU 把负的一半变成 0。所以平方的平均只剩一半。用 Glorot 的权重会怎样？

# %% tags=["prediction"]
guess = ...  # 0.03、0.001 还是 1e-6：用这样的权重，20 层 ReLU 之后还剩多少？


# %%
def with_relu(layer, x):
    return [relu(z) for z in layer(x)]


def glorot(weight, rng):
    nn.init.xavier_normal_(weight, seed=rng)


def he(weight, rng):
    nn.init.kaiming_normal_(weight, nonlinearity="relu", seed=rng)


def default(weight, rng):
    """nn.Linear 自己抽取的。"""


initialisers = {"He": he, "Glorot": glorot, "默认": default}
with_relus = {name: measured(each, with_relu) for name, each in initialisers.items()}
for name, (sizes, _, ratios) in with_relus.items():
    print(
        f"{name:8} 末尾的大小 {sizes[-1]:.1e}，",
        "梯度，第一层比最后一层", *(f"{ratio:.0e}" for ratio in ratios),
    )  # fmt: skip
options = (0.03, 0.001, 1e-6)
nearest = min(options, key=lambda x: abs(math.log(x / with_relus["Glorot"][0][-1])))
predicted(guess, nearest, "平方每层减半，大小就乘 sqrt(1/2)，20 次是 1/1024")

# %%
multiples(
    [
        lines({name: each[0] for name, each in with_relus.items()}, log=True,
              title="前向：大小", x_name="层"),
        lines({name: each[1] for name, each in with_relus.items()}, log=True,
              title="反向：梯度的大小", x_name="层"),
    ],
    columns=2,
)  # fmt: skip

# %% [markdown]
# 何恺明等人（2015）由此得出：方差加倍，$s = \sqrt{2 / n_{in}}$（`kaiming_normal_`，取自何恺明的
# 名）。这样，二十层之内大小和梯度只差几倍。它们并不**恰好**不变：只有 24 个单元，平均的规律是粗略
# 的，每个种子各走各的路。
#
# 那么**默认**呢？`nn.Linear` 同 PyTorch 的一样，在 $\pm 1 / \sqrt n$ 之间均匀抽取，不管后面接的是什
# 么。它的标准差是 $1 / \sqrt{3n}$，只有 ReLU 所需的 $1 / \sqrt6$：二十层之后只剩一亿分之一。若只有
# 两三层，谁也觉察不到。
#
# ### 练习 2
#
# 自己写出 He 初始化：`fill(weight, rng)` 走遍权重的各行（每个输出一行，行中每个输入一个 Value），把
# 每个 `.data` 设成标准差为 $\sqrt{2 / n_{in}}$ 的正态随机数。
#
# <details><summary>答案</summary>
#
# ```python
# def fill(weight, rng):
#     for row in weight:
#         for w in row:
#             w.data = rng.gauss(0, math.sqrt(2 / len(row)))
# ```
# </details>

# %% tags=["exercise"]
fill = ...  # def fill(weight, rng): ...


# %% tags=["check"]
@exercise(2, fill)
def check():
    for n_in, n_out in [(50, 200), (200, 50)]:
        weight = nn.init.values(n_out, n_in)
        fill(weight, Random(0))
        entries = [w.data for row in weight for w in row]
        assert len(set(entries)) > 1000, "每个位置有自己的数"
        assert abs(sum(entries) / len(entries)) < 0.01, "均值是 0"
        ratio = rms(entries) / math.sqrt(2 / n_in)
        assert abs(ratio - 1) < 0.05, f"{n_in} 个输入：大小是应有的 {ratio:.2f} 倍"


# %% [markdown]
# ## 对学习有影响吗？
#
# 测量信号是一回事。现在让十层的 ReLU 网络用普通梯度下降学习两个月牙（40 个点），各用五个种子。它们
# 只有初始权重不同。

# %%
data = nn.datasets.scaled(nn.datasets.moons(40, noise=0.1, seed=0))


def deep(initialise, seed, layers=10, width=8):
    """网络 2 -> 8 -> ... -> 8 -> 2，用 ReLU；偏置从 0 开始。"""
    rng, parts = Random(seed), []
    for k in range(layers):
        layer = nn.Linear(2 if k == 0 else width, 2 if k == layers - 1 else width, seed=rng)
        initialise(layer.weight, rng)
        nn.init.zeros_(layer.bias)
        parts += [layer, nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def trained(net, seed, epochs=6, optimizer=lambda p: nn.SGD(p, lr=0.1), callbacks=()):
    """最后的准确率；损失变成 nan 或无穷大时为 None。"""
    try:
        history = nn.fit(
            net, data, loss=nn.cross_entropy, optimizer=optimizer, epochs=epochs, batch_size=4,
            seed=seed, metrics="accuracy", progress=False, callbacks=callbacks,
        )  # fmt: skip
    except nn.NotFiniteError:
        return None
    return history["accuracy"][-1]


def table(accuracies):
    return "  ".join("  崩溃" if each is None else f"{each:6.2f}" for each in accuracies)


# %% tags=["prediction"]
guess = ...  # 0 到 5：默认权重的五个网络里，有几个超过 60%？

# %%
import warnings

warnings.simplefilter("ignore")  # fit 会警告有些层学不动；下面就来看它们
found, monitors = {}, {}
for name, each in {"默认": default, "He": he}.items():
    monitors[name] = nn.Monitor(every=1, live=False, boundary=False)  # 观察第一个种子
    watched = [[monitors[name]], [], [], [], []]
    found[name] = [trained(deep(each, s), s, callbacks=watched[s]) for s in SEEDS]
    print(f"{name:8}", table(found[name]))
beyond = sum(each > 0.6 for each in found["默认"])
predicted(guess, beyond, "信号和梯度在半路就没有了，所有样本看上去都一样")

# %% [markdown]
# 用默认权重，五个里没有一个学到东西：50% 等于抛硬币。用 He 的权重，五个都学会了；除了初始权重，什
# 么也没有改。
#
# ### 从图上看各层
#
# 毛病在哪里？把 `nn.Monitor` 放进回调，训练时它测量每一层：梯度的大小、一步让权重移动自身大小的几分
# 之几（0.001 是健康的，即虚线），以及什么也传不回去的单元占多少。下面是五个种子中的第一个，左边是默
# 认权重，右边是 He 的：

# %% tags=["plotting"] jupyter={"source_hidden": true}
multiples([chart for each in monitors.values() for chart in each.strips()], columns=2)

# %%
for name, monitor in monitors.items():
    slopes = [layer["gradient"][0] for layer in monitor.layers.values()]
    print(f"{name:8} 第 1、5、10 层的梯度：", *(f"{slopes[k]:.0e}" for k in (0, 4, 9)))

# %% [markdown]
# 用默认权重，第一轮之后**每一层**的梯度都更小：第一层小约一千倍，第五层小约 200 倍，最后一层小几千
# 倍。为什么每一层都小？权重的梯度等于传进来的乘以传回来的（[笔记本 4](04-backpropagation.ipynb)）。
# 第一层，没有东西传回来；最后一层，没有东西传进来。后来更糟：只有最后一层在动，它前面那一层死掉了
# （100% 的单元什么也传不回去），再往前所有梯度都恰好是 0。用 He 的权重，每一层都收得到信号，也传得
# 出信号。你自己的训练若“学不动”，先看的就是这张图。
#
# ### Adam 呢？
#
# Adam 把每一步除以它见过的梯度大小（[笔记本 6](06-gradient-descent.ipynb)）。所以梯度处处都小，难不
# 住它：

# %%
adam = [trained(deep(default, s), s, optimizer=lambda p: nn.Adam(p, lr=0.005)) for s in SEEDS]
print("默认权重，用 Adam：", table(adam))

# %% [markdown]
# 五个里学会了三个，而普通的梯度下降一个也没有。它受欢迎，这是原因之一：不好的初始化，它能容忍大半。
# 更好的是不需要它容忍。
#
# ## 输入的归一化
#
# 以上都假定输入的大小是 1。而数据的单位是米、克、年。还是那两个月牙，只把第二个特征换个单位：乘
# 100，加 300。问题本身丝毫没变。

# %%
moons = nn.datasets.moons(40, noise=0.1, seed=0)
other_units = moons._replace(x=[[x, 100 * y + 300] for x, y in moons.x])


def shallow(samples, seed, rate):
    history = nn.fit(
        nn.MLP(2, [8, 2], activation=tanh, seed=seed), samples, loss=nn.cross_entropy,
        optimizer=lambda p: nn.SGD(p, lr=rate), epochs=10, batch_size=4, seed=seed,
        metrics="accuracy", progress=False,
    )  # fmt: skip
    return history["accuracy"][-1]


for rate in (0.1, 0.001):
    print(f"学习率 {rate:5}：照原样", table(shallow(other_units, seed, rate) for seed in SEEDS))
scaled = nn.datasets.scaled(other_units)
print("学习率   0.1：归一化", table(shallow(scaled, seed, 0.1) for seed in SEEDS))

# %% [markdown]
# 照原样，两个学习率都不行：300 左右的数一下子就让第一层的所有单元饱和。`nn.datasets.scaled` 把每个
# 特征减去均值，除以标准差（**标准化**），就都好了。均值和标准差只从训练数据里取，对测试数据也用它们
# （`scaled(test, like=train)`）。
#
# ## 内部的归一化
#
# 既然输入归一化这么好，何不在**每一层**之前都做？**层归一化**（layer normalisation；Ba、Kiros 与
# Hinton，2016）把一个样本的各个数减去它们的均值，除以它们的标准差；随后每个数有一个可学习的权重和偏
# 置，把需要的自由还给它。

# %%
norm = nn.LayerNorm(4)
print([round(y.data, 3) for y in norm([1.0, 2.0, 3.0, 4.0])])
print([round(y.data, 3) for y in norm([100.0, 200.0, 300.0, 400.0])])

# %% [markdown]
# 进来的数有多大，不再要紧。（**批归一化**，batch normalisation，Ioffe 与 Szegedy 2015，取的是**一个
# 单元在一批样本上**的均值和标准差。它出现得更早，在图像上常用。这个库逐个样本计算，所以有的是层归一
# 化，以及它更简单的变体 `nn.RMSNorm`，Transformer 用的就是后者。）哪怕用不合适的默认权重：

# %%
normalise = nn.LayerNorm(WIDTH)


def with_norm(layer, x):
    return [relu(z) for z in normalise(layer(x))]


sizes, _, ratios = measured(default, with_norm)
print("有归一化：末尾的大小", f"{sizes[-1]:.2f}，",
      "梯度，第一层比最后一层", *(f"{ratio:.1f}" for ratio in ratios))  # fmt: skip

# %% [markdown]
# 从 $10^{-8}$ 回到 1 左右，两个方向都是，无论初始权重如何。那么二十层就学得会了？
#
# ## 大小看不出的事
#
# 还不行。随着深度丢失的还有第二样东西。让**两个不同的样本**穿过同一个网络，用两者夹角的**余弦**比较
# 输出：1 表示方向相同，0 表示毫无共同之处。


# %%
def cosine(a, b):
    a, b = ([x.data for x in each] for each in (a, b))
    return dot(a, b) / math.hypot(*a) / math.hypot(*b)


def likeness(initialise, forward, seed):
    """两个无关样本在每层之后的余弦。"""
    layers, rng = stack(initialise, seed), Random(200 + seed)
    one, two = ([rng.gauss(0, 1) for _ in range(WIDTH)] for _ in range(2))
    pairs = zip(through(layers, forward, one), through(layers, forward, two))
    return [cosine(a, b) for a, b in pairs]


def mean_likeness(initialise, forward):
    courses = [likeness(initialise, forward, seed) for seed in range(10)]
    return [sum(places) / len(places) for places in zip(*courses)]


# %% tags=["prediction"]
guess = ...  # 0、0.5 还是 0.9：用 He 的权重，20 层之后两个无关样本的余弦

# %%
alike = {"He": mean_likeness(he, with_relu), "有归一化": mean_likeness(he, with_norm)}
for name, course in alike.items():
    print(f"{name:10} 第 1 层之后 {course[0]:.2f}，第 20 层之后 {course[-1]:.2f}")
nearest = min((0, 0.5, 0.9), key=lambda x: abs(x - alike["He"][-1]))
predicted(guess, nearest, "每层 ReLU 都把所有样本往同一个方向拧一点")

# %% [markdown]
# 20 层之后，两个无关的样本看上去几乎一样，有没有归一化都如此：大小是对的，可样本之间的**差别**没有
# 了，而网络赖以工作的正是差别。每一层都是随机的混合再加一次弯折，混了二十次的颜料就成了灰色。
#
# ## 残差连接
#
# 第三个办法（也出自何恺明等人，2015）最简单：不要换掉 $x$，而是在它上面**加**。
#
# $$x \leftarrow x + f(x) \qquad\text{导数是}\qquad 1 + f'(x)$$
#
# 一层找到的是一个修正（**残差**，residual），而 $x$ 自己从另一条路走过去，那条路叫**跳跃连
# 接**（skip connection）。反向也一样：不管 $f'$ 是多少，有那个 1，梯度就过得去。


# %%
def residual(layer, x):
    return [a + b for a, b in zip(x, layer([relu(each) for each in x]))]


sizes, _, ratios = measured(he, residual)
print("残差：末尾的大小", f"{sizes[-1]:.0f}，",
      "梯度，第一层比最后一层", *(f"{ratio:.0f}" for ratio in ratios))  # fmt: skip

# %% [markdown]
# 什么也没有消失。可现在它在增长：用 He 的权重，$f(x)$ 与 $x$ 一样大，平方相加，每层翻一倍：
# $\sqrt2^{20} = 1024$。有两种治法：把每个修正缩小到 $1 / \sqrt{20}$；或者只在**残差分支**（算
# $f(x)$ 的那条路）上，在每层**之前**归一化，这样每个修正的大小都是 1，总和只按 $\sqrt{1 + 20}$ 增
# 长：


# %%
def scaled_residual(layer, x):
    return [a + b / math.sqrt(DEPTH) for a, b in zip(x, layer([relu(each) for each in x]))]


def normed_residual(layer, x):
    inside = layer([relu(each) for each in normalise(x)])
    return [a + b for a, b in zip(x, inside)]


for name, forward in {"缩小": scaled_residual, "有归一化": normed_residual}.items():
    sizes, _, ratios = measured(he, forward)
    alike[f"残差，{name}"] = mean_likeness(he, forward)
    print(f"{name:10} 末尾的大小 {sizes[-1]:.1f}，",
          "梯度，第一层比最后一层", *(f"{ratio:.1f}" for ratio in ratios))  # fmt: skip
lines(alike, title="两个无关样本的余弦", x_name="层")

# %% [markdown]
# 大小和梯度只差六倍左右，两个样本仍是两个样本。现在用十二个块，各五个种子，普通梯度下降走 3 轮。五
# 种里，哪一种对每个种子都学得会，而且最好？

# %% tags=["prediction"]
guess = ...  # "He"、"norm"、"residual"、"residual scaled" 还是 "residual norm"：哪种最好？


# %%
class Residual(nn.Module):
    """x + scale * inner(x)."""

    def __init__(self, inner, scale=1.0):
        self.inner, self.scale = inner, scale

    def forward(self, x):
        return [a + self.scale * b for a, b in zip(x, self.inner(x))]


def blocks(kind, seed, depth=12, width=8):
    """第一层，12 个这样的块，最后一层。"""
    rng = Random(seed)

    def linear(n_in, n_out):
        layer = nn.Linear(n_in, n_out, seed=rng)
        he(layer.weight, rng)
        nn.init.zeros_(layer.bias)
        return layer

    parts = [linear(2, width)]
    for _ in range(depth):
        norms = [nn.LayerNorm(width)] if "norm" in kind else []
        if "residual" in kind:
            inner = nn.Sequential(*norms, nn.ReLU(), linear(width, width))
            scale = 1 / math.sqrt(depth) if "scaled" in kind else 1.0
            parts.append(Residual(inner, scale))
        else:
            parts.append(nn.Sequential(linear(width, width), *norms, nn.ReLU()))
    return nn.Sequential(*parts, linear(width, 2))


def gently(parameters):
    return nn.SGD(parameters, lr=0.05)


kinds = ("He", "norm", "residual", "residual scaled", "residual norm")
scores = {}
for kind in kinds:
    runs = [trained(blocks(kind, s), s, epochs=3, optimizer=gently) for s in SEEDS]
    scores[kind] = sum(each or 0.0 for each in runs)
    print(f"{kind:15}", table(runs))
predicted(guess, max(scores, key=scores.get), "一条畅通的路，加上大小为 1 的修正")

# %% [markdown]
# * 只用 He 初始化，十二层还撑得住，不过种子不同，好坏也不同。
# * 只加归一化，在这里没有用，五次都是抛硬币：缺的不是大小。
# * 只加残差连接就会爆炸：损失变成 nan 或无穷大。
# * 残差连接加缩小的修正，每个种子都学得会；在残差分支上加归一化最好：每个种子都至少 90%。
#
# Transformer 正是这样搭的（[笔记本 10](10-sequences.ipynb)）：$x + f(\text{norm}(x))$，一块接一块。
# 这些网络很窄（8 个单元），问题很小，五个种子也只是五个种子。普遍成立的是**方法**：先逐层测量大小、
# 梯度和差别，再去怪学习率。
#
# ## 练习
#
# ### 练习 3
#
# 下面每种抱怨，首先该用哪个办法？`"scale inputs"`（缩放输入）、`"He"`、`"residual"`（残差）或
# `"nothing"`（不用管）。
#
# * `a`：十二层 ReLU，用 `nn.Linear` 自带的权重；损失停在 $\ln 2$，图上大多数梯度从一开始就在 0.0001
#   左右。
# * `b`：两层；一个特征是年份（1990 到 2020），另一个是 0 到 1 之间的比例。
# * `c`：三十层 ReLU，用 He 的权重；大小都正常，可无论什么样本，损失都不离开 $\ln 2$。
# * `d`：两层，损失在下降，图上各层高度差不多。
#
# <details><summary>答案</summary>
#
# ```python
# a, b, c, d = "He", "scale inputs", "residual", "nothing"
# ```
# </details>

# %% tags=["exercise"]
a, b, c, d = ..., ..., ..., ...


# %% tags=["check"]
@exercise(3, a, b, c, d)
def check():
    assert a == "He", "a：每层的因子太小，也就是权重太小"
    assert b == "scale inputs", "b：2000 左右的数使第一层饱和"
    assert c == "residual", "c：大小都对，丢了的是什么？"
    assert d == "nothing", "d：健康的训练不用治"


# %% [markdown]
# ### 练习 4
#
# 上面的 `residual` 每层让平方翻倍。修正要缩小到多少，$L$ 层**合起来**才只让大小变成 2 倍？（若修正
# 与 $x$ 一样大，乘以 $s$ 之后，平方每层变成 $1 + s^2$ 倍。）写出 `scale(L)`。
#
# <details><summary>答案</summary>
#
# $(1 + s^2)^L = 4$，所以 $s = \sqrt{4^{1/L} - 1}$。$L = 20$ 时是 0.27；$1 / \sqrt{20}$ 是 0.22，得
# 到的倍数是 $\sqrt e = 1.65$。
#
# ```python
# def scale(L):
#     return math.sqrt(4 ** (1 / L) - 1)
# ```
# </details>

# %% tags=["exercise"]
scale = ...  # def scale(L): ...


# %% tags=["check"]
@exercise(4, scale)
def check():
    for L in (1, 2, 20, 50):
        grown = math.sqrt(1 + scale(L) ** 2) ** L
        assert abs(grown - 2) < 1e-6, f"{L} 层让大小变成 {grown:.2f} 倍，不是 2 倍"


# %% [markdown]
# ### 练习 5
#
# 难一些的题。初始化方法相信的是平均。其实也可以去**测量**：写出
# `equalise(layers, forward, samples)`，从第一层走到最后一层，把每层的权重乘上一个数，使
# `forward(layer, x)` 对这些样本给出的数，大小为 1。（这一层的输出就是下一层的样本。）对 ReLU 行得
# 通，因为 $\text{relu}(c z) = c \, \text{relu}(z)$。
#
# <details><summary>答案</summary>
#
# 因子是 1 / 大小，大小对所有样本的所有数来算。这就是 *layer-sequential unit-variance* 初始化
# （Mishkin 与 Matas，2016），只是没有它的正交起点。
#
# ```python
# def equalise(layers, forward, samples):
#     for layer in layers:
#         size = rms([y for x in samples for y in forward(layer, x)])
#         for row in layer.weight:
#             for w in row:
#                 w.data /= size
#         samples = [[y.data for y in forward(layer, x)] for x in samples]
# ```
# </details>

# %% tags=["exercise"]
equalise = ...  # def equalise(layers, forward, samples): ...


# %% tags=["check"]
@exercise(5, equalise)
def check():
    rng = Random(3)
    samples = [[rng.gauss(0, 1) for _ in range(WIDTH)] for _ in range(3)]
    for initialise in (default, he):
        layers = stack(initialise, 5)[:8]
        equalise(layers, with_relu, samples)
        outputs = [through(layers, with_relu, x) for x in samples]
        for k, output in enumerate(zip(*outputs), 1):
            size = rms([y for each in output for y in each])
            assert abs(size - 1) < 1e-6, f"第 {k} 层给出的大小是 {size:.3g}，不是 1"


# %% [markdown]
# ## 小结
#
# * 一层把大小乘以 $s \sqrt n$，深度把它变成乘方。梯度也一样。
# * Glorot：$\sqrt{2 / (n_{in} + n_{out})}$。He，用于 ReLU：$\sqrt{2 / n_{in}}$。层数多时默认值太
#   小；Adam 掩盖了一部分。
# * sigmoid 使梯度消失；tanh 配上太大的权重，梯度会爆炸。
# * 输入的大小永远取 1。层归一化保住内部的大小，保不住样本的差别。
# * 残差连接两样都保得住；残差分支上加归一化，十二个块对每个种子都学会了。
# * 调参之前，先看 `nn.Monitor` 的各层小图。
#
# 这是最后一份笔记本。往后：做一样自己的东西；文档中的“延伸阅读”（Read on）一页说明接下来读哪些书
# 和论文。或者回到[笔记本 0](00-from-secant-to-derivative.ipynb)，看看自己走了多远。
