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
# # 2. 激活函数
#
# [English](../02-activations.ipynb) · [术语对照](README.md)
#
# **时间：** 约 70 分钟 · **需要：** 链式法则（[笔记本 1](01-a-value-and-the-chain-rule.ipynb)）
# · **学完之后：** 能画出经典的激活函数和它们的斜率；说得出网络为什么需要它们，
# 并用它们拼出任何曲线；
# 认得出饱和与死亡单元；会选择激活函数，也说得出理由。
#
# 神经元先把输入加起来，再把和**弯折**一下。这个弯折叫作**激活函数**，书上也叫**非线性**。
# 它看上去只是个细节，可是没有它，一千层的网络所能做的，也不过是一条直线。

# %%
import math

import nn
from autograd_lite import Primitive, Value, draw, grad, gradcheck, set_language
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import curves, lines, multiples

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 四个经典的激活函数
#
# 下面按出现的先后排列，最后一个是今天大多数网络所用的。在零以下，它们都说“否”，
# 在零以上，都说“是”；不同的是怎样从“否”过渡到“是”。（只用来画图的单元格是折叠的，
# 所有笔记本都是这样。）

# %%
classics = {"step": nn.heaviside, "sigmoid": nn.sigmoid, "tanh": nn.tanh, "ReLU": nn.relu}

# %% jupyter={"source_hidden": true} tags=["plotting"]
look = {"low": -1.25, "high": 2.25, "names": ("x", ""), "width": 320, "height": 210}


def unjoined(f):
    """同一个函数，只是在跳变的地方断开，免得画出一条竖线。"""
    return lambda x: math.nan if abs(f(x + 1e-3) - f(x)) > 0.5 else f(x)


def panels(functions, slopes=False, columns=2):
    """每个函数一个小窗口；斜率画成虚线。"""
    windows = []
    for name, f in functions.items():
        shapes = {"函数值": unjoined(f)}
        if slopes:
            shapes["斜率"] = unjoined(grad(f))
        windows.append(curves(shapes, (-5, 5), title=name, **look))
    return multiples(windows, columns=columns)


panels(classics)

# %% [markdown]
# | 名称 | 公式 | 取值 |
# |:--|:--|:--|
# | 阶跃函数（step） | $x > 0$ 时为 $1$，否则为 $0$ | $0$ 或 $1$ |
# | sigmoid | $\sigma(x) = \dfrac{1}{1 + e^{-x}}$ | $0$ 与 $1$ 之间 |
# | tanh | $\tanh(x) = \dfrac{e^x - e^{-x}}{e^x + e^{-x}}$ | $-1$ 与 $1$ 之间 |
# | ReLU | $\max(0, x)$ | $0$ 及以上 |
#
# （*sigmoid* 是 S 型函数；*tanh* 是双曲**正切**，有的教程误写成“双曲正弦”，那是另一个函数 $\sinh$；
# *ReLU* 是修正线性单元。）
#
# 每个函数取三个数，可以手算验证。例如 $\sigma(0) = \frac{1}{1 + 1} = 0.5$。

# %%
print("   x   " + "".join(f"{name:>9}" for name in classics))
for x in (-2.0, 0.0, 2.0):
    print(f"{x:5.1f}  " + "".join(f"{f(x):9.4f}" for f in classics.values()))

# %% [markdown]
# 看得出它们是一家人吗？把 sigmoid 拉到两倍高，压到一半宽，再向下移 1，就是 tanh：
# $\tanh(x) = 2\,\sigma(2x) - 1$。当 $x = 2$ 时，就是
# $2 \cdot \sigma(4) - 1 = 2 \cdot 0.9820 - 1 = 0.9640$。从 −5 到 5 处处如此：

# %%
xs = [i / 20 for i in range(-100, 101)]
all(abs(nn.tanh(x) - (2 * nn.sigmoid(2 * x) - 1)) < 1e-12 for x in xs)

# %% [markdown]
# 在数学上，sigmoid 接近 1，却永远达不到 1：它的值在 0 与 1 **之间**，不含两端。
# 在计算机里它会达到 1：浮点数大约只有 16 位有效数字，其余的都被舍入了。记住这一点，
# 后面它会变成一种病。

# %%
nn.sigmoid(5.0), nn.sigmoid(30.0), nn.sigmoid(40.0)

# %% [markdown]
# ## 它们的斜率
#
# 学习的时候要反向穿过激活函数，所以关键是它的**斜率**（导数）。sigmoid 在中间，也就是 0 处，最陡。
# 有多陡？看看上面的曲线，猜一猜。

# %% tags=["prediction"]
guess = ...  # 1、0.5 还是 0.25：sigmoid 在 0 处的斜率

# %%
h = 0.001
print(f"{(nn.sigmoid(h) - nn.sigmoid(0.0)) / h:.4f}")
predicted(guess, 0.25, "从 0 到 1 的上升，摊在好几个单位的宽度上")

# %% [markdown]
# 四分之一：sigmoid 前面的改变，到了它后面最多剩下四分之一。下面是四个函数的斜率。

# %%
panels(classics, slopes=True)

# %% [markdown]
# * **阶跃函数**的斜率处处为 0。在它前面怎么扰动，后面都毫无变化，
#   所以用阶跃函数搭成的网络无法靠斜率来学习。其他几个函数就是为此发明的。
# * **sigmoid** 的斜率在中间达到 $\frac{1}{4}$，向两边降到 0。
# * **tanh** 的斜率在中间达到 1，向两边也降到 0。
# * **ReLU** 的斜率不是 1 就是 0，没有中间值。
#
# 其中两个公式很短，因为斜率可以由函数的**值**得出：
#
# $$\sigma'(x) = \sigma(x)\,(1 - \sigma(x)) \qquad \tanh'(x) = 1 - \tanh^2(x)$$
#
# 第一个由链式法则得出。从 $\sigma(x) = (1 + e^{-x})^{-1}$ 出发：
#
# $$\sigma'(x) = -(1 + e^{-x})^{-2} \cdot (-e^{-x}) = \frac{1}{1 + e^{-x}} \cdot
# \frac{e^{-x}}{1 + e^{-x}} = \sigma(x)\,(1 - \sigma(x))$$
#
# （tanh 的公式可由它推出，因为 $\tanh(x) = 2\,\sigma(2x) - 1$。）
# 用 $x = 2$ 验算：函数值是 0.8808，所以斜率是 $0.8808 \cdot 0.1192 = 0.1050$。
# 引擎在线上写的正是这个数。（在运行中的笔记本里把 `z` 从 0 附近拖开，拖到 10 或
# 者 −10，看梯度还剩多少。）

# %%
z = Value(2.0, label="z")
a = nn.sigmoid(z)
a.label = "a"
a.backward()
a

# %% [markdown]
# ### 练习 1
#
# sigmoid 在 $z = \ln(3)$ 处的斜率是多少？用不着计算机。
#
# <details><summary>答案</summary>
#
# $e^{-\ln 3} = \frac{1}{3}$，所以函数值是 $\frac{1}{1 + 1/3} = \frac{3}{4}$，斜率是
# $\frac{3}{4} \cdot \frac{1}{4} = \frac{3}{16}$。
#
# ```python
# slope = 3 / 16
# ```
# </details>

# %% tags=["exercise"]
slope = ...  # 你的答案


# %% tags=["check"]
@exercise(1, slope)
def check():
    assert abs(slope - grad(nn.sigmoid)(math.log(3))) < 1e-6, "先求函数值，再用 值 × (1 − 值)"


# %% [markdown]
# ## 一个有名的陷阱
#
# 在许多教程里，你会见到下面两个函数之一，名字却一样：
#
# ```python
# def sigmoid_derivative(x): return x * (1 - x)
# def sigmoid_derivative(x): return sigmoid(x) * (1 - sigmoid(x))
# ```
#
# 两个都可以是对的。第一个要的是**函数值** $a = \sigma(z)$，第二个要的是 $z$。
# 把 $z$ 交给第一个，得到的就是胡话：在 $z = 2$ 处它给出 $2 \cdot (1 - 2) = -2$，
# 好像曲线在下降。程序不会报错，网络只是学得很差。所以要检验。在这里，
# 求导规则两个数都拿得到：结果 `out` 和操作数 `x`。


# %%
def squash(x):
    return 1 / (1 + math.exp(-x))


trap = Primitive("trap", squash, lambda out, x: (x * (1 - x),))
gradcheck(trap, 2.0, raise_exception=False)

# %%
safe = Primitive("safe", squash, lambda out, x: (out * (1 - out),))
gradcheck(safe, 2.0)

# %% [markdown]
# ## ReLU 的折点
#
# ReLU 恰好在 0 处的斜率是多少？向右扰动，是 1；向左扰动，是 0。两个都对，
# 所以这里没有唯一的斜率，程序只能**约定**一个。和大多数库一样，这里约定为 0。
# （标准的说法：折点是**不可导点**，而 0 到 1 之间的任何一个斜率，都是那里的**次梯度**。）
# `gradcheck` 看得出这个折点（kink），并且会说出来：左边斜率为 0，右边为 1。

# %%
print("引擎：", grad(nn.relu)(0.0))
print("gradcheck：", gradcheck(nn.relu, 0.0, raise_exception=False).checks[0].verdict)

# %% [markdown]
# 实际计算中，加权和恰好等于 0 的情形几乎不会出现，怎样约定无关紧要。

# %% [markdown]
# ## 斜率的斜率
#
# `grad` 由一个函数得出另一个函数，所以可以反复使用。下面是 tanh 和它的前三阶导数。
# 每一条都是前一条的斜率：前一条到顶或到底的地方，后一条穿过 0。

# %%
shapes, f = {}, nn.tanh
for name in ("tanh", "一阶导数", "二阶导数", "三阶导数"):
    shapes[name] = f
    f = grad(f)
curves(shapes, (-3, 3), names=("x", ""), width=520, height=320)

# %% [markdown]
# 三阶导数的公式，谁也没有输入过。规则 $1 - \text{out}^2$ 本身就是一小段计算，
# 所以它也有计算图，而这张图可以像别的图一样求导。下面就是这张图
# （`create_graph=True` 的意思是：把往回走的过程也记录下来）：

# %%
from autograd_lite import gradients

x = Value(0.5, label="x")
y = x.tanh()
y.label = "tanh x"
(steepness,) = gradients(y, [x], create_graph=True)
steepness.label = "slope"
draw(steepness)

# %% [markdown]
# 手算：$\tanh(0.5) = 0.462$，$1 - 0.462^2 = 0.786$。
# [笔记本 8](08-derivatives-of-derivatives.ipynb)从这里接着讲。

# %% [markdown]
# ## 为什么非要弯折？
#
# 把两个没有激活函数的神经元前后相接。第一个乘以 2 再加 1，第二个把它乘以 3 再减 2：
#
# $$3\,(2x + 1) - 2 = 6x + 1$$
#
# 这又是一个神经元，权重是 6，偏置是 1。无论叠多少层，加权和的加权和还是加权和。
# 看斜率就知道：它处处相同。


# %%
def straight(x):
    return 3 * (2 * x + 1) - 2


def bent(x):
    return 3 * nn.relu(2 * x + 1) - 2


points = (-2.0, -1.0, 0.0, 1.0, 2.0)
print("x =", points)
print("没有弯折，斜率", tuple(grad(straight)(x) for x in points))
print("有弯折，斜率", tuple(grad(bent)(x) for x in points))

# %% [markdown]
# 中间放一个 ReLU，就在 $x = -\frac{1}{2}$ 处有了一个折点：两种斜率，不再是一条直线。
#
# 有人说 ReLU 是“线性函数”。它其实是**分段**线性的：两段直线在折点处相接，而折点才是关键。
# 线性函数应当满足 $f(-1) + f(1) = f(0)$，ReLU 给出的却是 $0 + 1 \ne 0$。

# %% [markdown]
# ## 用折点拼出任何曲线
#
# 三个 ReLU 拼成一顶**帽子**：一个从 −1 开始上升，一个在 0 处把它折下来，一个在 1 处让它停住。
#
# $$\text{hat}(x) = \text{relu}(x + 1) - 2\,\text{relu}(x) + \text{relu}(x - 1)$$


# %%
def hat(x):
    return nn.relu(x + 1) - 2 * nn.relu(x) + nn.relu(x - 1)


def hats(width):
    """从 -5 到 5 的一排帽子，每顶的高度就是正弦在它正中的值。"""
    middles = [k * width for k in range(-round(5 / width), round(5 / width) + 1)]
    return lambda x: sum(math.sin(m) * hat((x - m) / width) for m in middles)


# %% jupyter={"source_hidden": true} tags=["plotting"]
parts = {"和：一顶帽子": hat, "relu(x + 1)": lambda x: nn.relu(x + 1)}
parts |= {"−2 relu(x)": lambda x: -2 * nn.relu(x), "relu(x − 1)": lambda x: nn.relu(x - 1)}

row = {"11 顶帽子": hats(1.0), "正弦": math.sin}
multiples(
    [
        curves(parts, (-2, 2.5), low=-2.5, high=2.5, names=("x", ""), width=340, height=270),
        curves(row, (-5, 5), names=("x", ""), width=340, height=270),
    ],
    columns=2,
)

# %% [markdown]
# 右图里，一排帽子跟着正弦走，用直线段把它的点连起来。两者之间最大的差距是 0.122。
# 现在把帽子缩到一半宽，数目加倍。差距会变成多少？

# %% tags=["prediction"]
guess = ...  # "不变"、"二分之一" 还是 "四分之一"

# %%
for width in (1.0, 0.5, 0.25):
    gap = max(abs(hats(width)(x / 50) - math.sin(x / 50)) for x in range(-250, 251))
    print(f"{len(range(-round(5 / width), round(5 / width) + 1)):3} 顶帽子：最大的差距 {gap:.4f}")
predicted(guess, "四分之一", "宽度减半，曲线偏离直线的距离只有四分之一")

# %% [markdown]
# 帽子越多越窄，就越贴近曲线，要多近有多近。所以一层 ReLU 加上一个加权和，可以任意精确地逼近
# （有限区间上的）每一条连续曲线。这就是**通用近似定理**（又译万能近似定理）在一个输入时的情形；
# 对多个输入，对 sigmoid 和 tanh，它也成立。它没有说的有两件事：要用多少个单元，以及怎样找到权重。
# 当然，没有人去手工设定这些权重，那是学习的事情（[笔记本 6](06-gradient-descent.ipynb)）。

# %% [markdown]
# ## 第一种病：饱和
#
# 离 0 很远的地方，sigmoid 是平的。停在那里的单元是**饱和**的：它非常自信，也非常难教。
# 在 $z = 10$ 处斜率是 0.000045，大小为 1 的修正传到这里，只剩下 0.000045。
#
# 即使在中间，sigmoid 也会减弱穿过它的东西：最多留下四分之一。把五个 sigmoid 排成一串，
# 从右边起跟着梯度往回走。到了 `x`，还剩多少？

# %% tags=["prediction"]
guess = ...  # "五分之一"、"百分之一" 还是 "不到千分之一"

# %%
x = Value(0.0, label="x")
y = x
for i in range(5):
    y = nn.sigmoid(y)
    y.label = f"a{i + 1}"
y.backward()
predicted(guess, "不到千分之一", "每个最多留下四分之一，而 4⁵ = 1024")
draw(y)

# %% [markdown]
# 那些线越来越细。每条线都乘以一个不超过四分之一的数，所以穿过五层之后，剩下的不到
# $(\frac{1}{4})^5 = \frac{1}{1024}$。这就是**梯度消失**，它让神经网络几十年都深不起来。
# 再往下会怎样？下一张图用的是对数刻度：高度每降低同样一段，梯度就缩小同样的倍数。


# %%
def left_over(f, depth, x=0.5):
    """穿过 `depth` 个激活函数之后，到达 x 的梯度。"""
    start = y = Value(x)
    for _ in range(depth):
        y = f(y)
    y.backward()
    return start.grad


depths = range(1, 21)
arrived = {
    name: [left_over(classics[name], depth) for depth in depths]
    for name in ("ReLU", "tanh", "sigmoid")
}
lines(arrived, x=depths, log=True, title="到达的梯度", x_name="层", width=520, height=260)

# %%
for depth in (1, 5, 10, 20):
    print(f"穿过 {depth:2} 个 sigmoid，剩下 {left_over(nn.sigmoid, depth):.0e}")

# %% [markdown]
# 只要加权和为正，ReLU 就把梯度原样传下去。深层网络使用它，主要就是这个原因。
#
# 不过每一层还要乘以**权重**，往回走的时候也一样。把二十个 ReLU 排成一串，
# 每个读取前一个的值，权重都相同：

# %%
for weight in (0.5, 1.0, 1.5):
    arrives = left_over(lambda y, w=weight: nn.relu(w * y), 20)
    print(f"权重 {weight}：穿过 20 层，到达的梯度是 {arrives:.4g}")

# %% [markdown]
# 权重偏小一点，梯度就消失；偏大一点，梯度就越来越大，没有止境：这叫作**梯度爆炸**。
# 所以网络开始时的权重，要选得让这些乘积保持在 1 附近。这件事叫作权重的**初始化**。
# `nn.init` 里有常用的规则，分别以 Xavier Glorot（用于 tanh）和何恺明（用于 ReLU）命名；
# 它们的来历见[笔记本 14](14-initialisation-depth-normalisation.ipynb)。
#
# ### 练习 2
#
# 一个 sigmoid 最多传下去四分之一。要**保证**传到的不足百万分之一，至少要连着多少个 sigmoid？
#
# <details><summary>答案</summary>
#
# $(\frac{1}{4})^n = \frac{1}{2^{2n}}$，而 $2^{20} = 1048576$ 是第一个超过一百万的 2 的幂。
# 所以 $2n = 20$，$n = 10$。
#
# ```python
# layers = 10
# ```
# </details>

# %% tags=["exercise"]
layers = ...  # 你的答案


# %% tags=["check"]
@exercise(2, layers)
def check():
    most = grad(nn.sigmoid)(0.0)  # 斜率最大的地方
    assert layers % 1 == 0, "层数是整数"
    assert most**layers < 1e-6, "太少了：再乘一次四分之一"
    assert most ** (layers - 1) >= 1e-6, "再少一些也够"


# %% [markdown]
# ## 第二种病：死亡单元
#
# ReLU 平的那一边，斜率恰好是 0。假设学习时有一步迈得太大，一个神经元的偏置变成了 −10。
# （`b` 是**偏置**，一个加到和上的数；写着 *dot* 的卡片把权重与输入两两相乘再加起来。
# 两者笔记本 3 都会细讲。）

# %%
sample = [1.0, 2.0]
neuron = nn.Neuron(2, nn.relu, seed=0)
neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.5, 1.0, -10.0
y = neuron(sample)
y.label = "y"
y.backward()
y

# %% [markdown]
# 加权和是 −7.5，所以输出是 0，线上写着 ×0。乘过一个 0 之后，后面的梯度全是 0：权重不动，
# 加权和一直是负的，对这个样本如此，对其他使加权和为负的样本也是如此。如果所有样本都这样，
# 这个单元就**死**了，自己再也活不过来（所谓“死亡 ReLU”）。在运行中的笔记本里把 `b` 从 −10 往
# 上拖，看它到多大的时候活过来。`nn` 能在网络里找出这样的单元。
# 这里的网络有一层 4 个单元和一个输出，看到的是 `nn` 自带的一个数据集里的 100 个样本：

# %%
data = nn.datasets.moons(100, seed=1)
net = nn.MLP(2, [4, 1], seed=0)
net.layers[0].b[2].data = -10.0  # 出了事故
nn.dead_units(net, data.x)

# %% [markdown]
# 第 0 层，第 2 个单元（都从 0 数起）。补救的办法是把学习的步子迈小一些，
# 或者换一个永远不会完全平下去的激活函数。**带泄露的** ReLU（leaky ReLU）在零以下保留 0.01 的斜率，
# 好比留了一扇可以回来的小门：

# %%
neuron.activation = nn.leaky_relu
y = neuron(sample)
y.label = "y"
neuron.zero_grad()
y.backward()
y

# %% [markdown]
# ## ReLU 的亲友
#
# 介于 ReLU 和更光滑的曲线之间，人们试过许多形状，统称 ReLU 的**变体**。下面前五个是常用的，
# 最后一个是 ReLU，供比较。

# %%
friends = {
    "leaky ReLU（斜率 0.1）": lambda x: nn.leaky_relu(x, negative_slope=0.1),
    "ELU": nn.elu,
    "softplus": nn.softplus,
    "SiLU（又名 swish）": nn.silu,
    "GELU": nn.gelu,
    "ReLU，供比较": nn.relu,
}
panels(friends, slopes=True)

# %% [markdown]
# | 名称 | 公式 | 用在哪里 |
# |:--|:--|:--|
# | leaky ReLU | $x > 0$ 时为 $x$，否则为 $0.01\,x$ | 没有死亡单元 |
# | ELU | $x > 0$ 时为 $x$，否则为 $e^x - 1$ | 没有折点；可以小于 0 |
# | softplus | $\ln(1 + e^x)$ | 没有折点的 ReLU；它的斜率就是 sigmoid |
# | SiLU | $x\,\sigma(x)$ | 光滑；用于大语言模型 |
# | GELU | $x\,\Phi(x)$，其中 $\Phi$ 是标准正态分布函数 | 光滑；用于 Transformer |
#
# 再看一眼 softplus：它的斜率，那条虚线，正是第一张图里的 sigmoid。SiLU 和 GELU
# 在上升之前先略微下降，那里的斜率小于 0。

# %%
all(abs(grad(nn.softplus)(x) - nn.sigmoid(x)) < 1e-12 for x in xs)

# %% [markdown]
# ## 很大的数
#
# 上面的公式是写在纸上的。照原样输入就会出错：$e^{1000}$ 太大，浮点数放不下。

# %%
try:
    print(squash(-1000.0))
except OverflowError as error:
    print("OverflowError:", error)

# %% [markdown]
# 引擎用永不溢出的形式计算同样的函数（对 sigmoid，它取 $e^{-|x|}$，最大是 1）。
# 所以加权和再大，结果也是对的：

# %%
nn.sigmoid(-1000.0), nn.softplus(1000.0), nn.tanh(1e308)

# %% [markdown]
# ## 我该选哪一个？
#
# * **层与层之间：** ReLU。它计算便宜，梯度也通得过。如果有单元死亡，就用 leaky ReLU；
#   Transformer 里用 GELU 或 SiLU；循环网络的值必须保持很小，用 tanh（这两种网络见笔记本 10）。
# * **最后一层：** 看要回答什么。要一个数：不用激活函数。要“是”的概率：sigmoid。
#   要在几类里选一类：softmax，[笔记本 5](05-losses.ipynb) 会讲到。
# * **中间绝不要用：** 阶跃函数。它没有可供学习的斜率。

# %% [markdown]
# ## 更多练习
#
# ### 练习 3
#
# 做一个自己的激活函数：用 `Primitive` 写出 softsign，即 $\dfrac{x}{1 + |x|}$。它的斜率是
# $\dfrac{1}{(1 + |x|)^2}$。
#
# <details><summary>答案</summary>
#
# Python 的 `abs` 对数和 `Value` 都适用，所以一条规则两边都能用。要把它用在一层里，
# 不需要再做什么：`nn.Layer(2, 3, activation=softsign)`。
#
# ```python
# softsign = Primitive(
#     "softsign", lambda x: x / (1 + abs(x)), lambda out, x: (1 / (1 + abs(x)) ** 2,)
# )
# ```
# </details>

# %% tags=["exercise"]
softsign = ...  # Primitive("softsign", 怎样计算, 局部导数)


# %% tags=["check"]
@exercise(3, softsign)
def check():
    assert abs(softsign(3.0) - 0.75) < 1e-9, "softsign 在 3 处的值是四分之三"
    for x in (-2.0, 0.5, 3.0):
        assert gradcheck(softsign, x, raise_exception=False), f"在 {x} 处的斜率：用扰动试一试"
        twice = gradcheck(softsign, x, order=2, raise_exception=False)
        assert twice, "规则对二阶导数也要适用：用 abs，不用 math.fabs"


# %% [markdown]
# ### 练习 4：高台
#
# 用 ReLU 拼出一个函数：到 −2 为止是 0，然后直线上升，在 −1 处升到 1，到 1 为止保持 1，
# 再直线下降，在 2 处降到 0，此后保持 0。
#
# <details><summary>答案</summary>
#
# 每个折点用一个 ReLU 来改变斜率：在 −2 处加 1，在 −1 处减 1（变平），在 1 处减 1（下降），
# 在 2 处加 1（又变平）。
#
# ```python
# def plateau(x):
#     return nn.relu(x + 2) - nn.relu(x + 1) - nn.relu(x - 1) + nn.relu(x - 2)
# ```
# </details>

# %% tags=["exercise"]
plateau = ...  # 函数：def plateau(x): return ...，用 nn.relu


# %% tags=["check"]
@exercise(4, plateau)
def check():
    wanted = {-5: 0, -2: 0, -1.5: 0.5, -1: 1, 0: 1, 1: 1, 1.5: 0.5, 2: 0, 5: 0}
    for x, height in wanted.items():
        found = plateau(float(x))
        assert abs(found - height) < 1e-9, f"在 {x} 处应为 {height}，现在是 {found:.4g}"


# %% [markdown]
# ## 小结
#
# * 激活函数把加权和弯折一下。没有弯折，叠多少层都是一条直线。
# * 三个 ReLU 拼成一顶帽子，一排帽子可以贴近任何曲线：这就是通用近似定理。
# * 学习看的是斜率：sigmoid 最大 ¼，tanh 最大 1，ReLU 是 0 或 1。
# * 饱和的单元几乎不传梯度，死亡的单元完全不传。在梯度图上两者都看得出来。
# * 层数多了，梯度会消失或者爆炸，除非激活函数和初始权重选得合适。
# * 斜率公式要么用加权和，要么用函数值。两者弄混了，只有检验才能发现。
#
# 下一份：[3. 神经元、层、网络](03-neurons-layers-nets.ipynb)。
