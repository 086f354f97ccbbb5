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
# # 10. 序列：从一个有记忆的单元到 GPT
#
# **时间：** 约 100 分钟 · **需要：** 笔记本 1（路径）、3（网络）和 5（交叉熵） · **学完之
# 后：** 能把循环单元展开，把它的梯度写成各条路径之和；能说出梯度为什么随时间消失，门又如何应
# 对；能手算注意力；能用四十来行代码搭一个 GPT，训练它，让它自己编名字。
#
# [English](../10-sequences.ipynb) · [术语对照](README.md)
#
# 单词不是一袋字母：*tea* 和 *eat* 用的字母一模一样。处理序列的网络必须知道前面出现过什么。这份
# 笔记本沿着这个领域走过的路往前走，从一个会记忆的单元，走到今天聊天机器人背后的模型。路上的每个
# 数都是一个 Value。
#
# 用 Python 引擎运行时，有两个单元格要花上一分钟。

# %%
import math
import random
from collections import Counter
from statistics import fmean

import autograd_lite as ag
import nn
from autograd_lite import Value, dot, paths, scope, set_language, sigmoid, softmax, tanh
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import lines, multiples, tiles

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 一个有记忆的单元
#
# **循环**（recurrent）单元一次读序列里的一个数。它的输出取决于进来的数，也取决于它自己上一步输
# 出的一半。先来一个 1，后面全是 0：
#
# $$h_1 = \tanh 1 = 0.762 \qquad h_2 = \tanh(\tfrac12 \cdot 0.762) = 0.363 \qquad
# h_3 = \tanh(\tfrac12 \cdot 0.363) = 0.180$$
#
# 那个 1 被记住了，但渐渐变淡。一般地，进来的数有权重 $w$，上一步的输出有权重 $u$：
#
# $$h_t = \tanh(w\, x_t + u\, h_{t-1})$$
#
# 这里 $w = 1$，$u = \tfrac12$，$h_0 = 0$。

# %%
w, u = Value(1.0, label="w"), Value(0.5, label="u")
h = Value(0.0, label="h0")
for t, x in enumerate([1.0, 0.0, 0.0], start=1):
    with scope(f"第 {t} 步"):
        kept = u * h
        z = w * x + kept
        h = tanh(z)
    kept.label, z.label, h.label = f"u·h{t - 1}", f"z{t}", f"h{t}"
    print(f"h{t} = {h.data:.3f}")
h.backward()
ag.draw(h, level="layer")

# %% [markdown]
# 循环不见了：图上是一个很长的网络，每一步是一层（图里折叠了，每层含两次乘法、一次加法和一
# 次 tanh）。这叫作**展开**（unrolling）。只有一点特别：每一步里的 `u` 是**同一个** Value。所以
# 从 `u` 到 `h3` 有好几条路径，它的梯度就是这些路径之和。一共有几条？

# %% tags=["prediction"]
guess = ...  # 一个数：从 u 到 h3 有几条路径？

# %%
print(paths(u, h))
predicted(guess, 3, "三步里每一步有一条路径进入；第一条从 h0 = 0 开始")

# %% [markdown]
# 不需要学任何新东西。人们把它叫作**随时间反向传播**（backpropagation through time），其实就是反
# 向传播。

# %% [markdown]
# ## 记忆为什么变淡：梯度消失与梯度爆炸
#
# 最后的结果在多大程度上取决于开头？每往回走一步，就要乘上 $u$，再乘上 tanh 的斜率，而那个斜率最
# 大是 1。不算 tanh，走 30 步就是
#
# $$\frac{\partial h_{30}}{\partial h_0} = u^{30}$$
#
# 下面画出最后一个 $h$ 对前面每一个 $h$ 的导数，取几个不同的 $u$，纵轴是对数的。越靠右，离现在越
# 久。看图之前先猜：$0.5^{30}$ 有多小？

# %% tags=["prediction"]
guess = ...  # -3、-6、-9 还是 -12：0.5 ** 30 约等于 10 的几次方？


# %%
def fading(u, steps=30):
    """d h_last / d h_t，从最后一个 t 往回到第一个，h_t = u h_{t-1}。"""
    states = [Value(1.0)]
    for _ in range(steps):
        states.append(u * states[-1])
    states[-1].backward()
    return [h.grad for h in reversed(states)]


lines(
    {f"u = {u}:": fading(u) for u in (1.5, 1.0, 0.9, 0.5)}, x=range(31), log=True,
    title="最后的状态在多大程度上取决于更早的状态", x_name="往回的步数：", width=460,
)  # fmt: skip

# %%
predicted(guess, round(math.log10(0.5**30)), "减半十次约等于除以 1000")

# %% [markdown]
# 最后一个状态的斜率是 1。第一个状态的斜率要么几乎没有（$u = 0.5$ 时是十亿分之一），要么大得过分
# （$u = 1.5$ 时是 19 万）。**消失**的东西学不到：网络察觉不到开头很重要。**爆炸**的东西会把权重
# 甩得到处都是（`nn.clip_grad_norm_` 会把这样的梯度缩短）。只有 $u = 1$ 能保持平衡，而训练中的权
# 重不会恰好停在 1。

# %% [markdown]
# ## LSTM：带门的记忆
#
# **长短期记忆**（long short-term memory，1997 年；遗忘门是 2000 年加上的）另用一个数来记忆，也
# 就是记忆 $c$，而且不压缩它。三个**门**都是 0 与 1 之间的数，由它们决定如何处置这份记忆：
#
# $$c_t = f \cdot c_{t-1} + i \cdot g \qquad\qquad h_t = o \cdot \tanh(c_t)$$
#
# * **遗忘门** $f$：记忆留下多少，
# * **输入门** $i$：新的候选值 $g$ 写进去多少，
# * **输出门** $o$：拿出多少给人看。
#
# 沿着记忆这条路，$c_t$ 对 $c_{t-1}$ 的导数就是 $f$。想记住什么，网络就把 $f$ 调到接近 1，梯度便
# 毫发无损地走过去。而且 $f$ 不是固定的权重：每一步网络都根据读到的内容重新计算它，用的是加权和
# 的 `sigmoid`。
#
# 先看数。记忆是 0.8，各个门已经给定：

# %%
memory = Value(0.8, label="原来的 c")
f, i, o = Value(0.9, label="f"), Value(0.1, label="i"), Value(0.5, label="o")
g = Value(-1.0, label="g")
c = f * memory + i * g
shown = o * tanh(c)
c.label, shown.label = "c", "h"
shown.backward()
print(
    f"c = 0.9 · 0.8 + 0.1 · (-1) = {c.data:.2f},  dc / d(原来的 c) = f = {memory.grad / c.grad:.1f}"
)
shown

# %% [markdown]
# 再看完整的单元，它有四个加权和。作用域（scope）给各部分起了名字，图就按这些名字折叠。


# %%
def weighted(name, x, h):
    """w x + u h + b，用它自己的权重。"""
    w, u, b = (Value(number, label=f"{letter}{name}") for letter, number in zip("wub", (1, 0.5, 1)))
    return w * x + u * h + b


def cell(x, h, c):
    """只有一个单元的 LSTM 走一步：下一个 h 和 c。"""
    with scope("遗忘门"):
        f = sigmoid(weighted("f", x, h))
    with scope("输入门"):
        i = sigmoid(weighted("i", x, h))
    with scope("候选值"):
        g = tanh(weighted("g", x, h))
    with scope("输出门"):
        o = sigmoid(weighted("o", x, h))
    with scope("记忆"):
        c = f * c + i * g
    return o * tanh(c), c


x, h0, c0 = Value(0.5, label="x"), Value(0.2, label="原来的 h"), Value(0.8, label="原来的 c")
h, c = cell(x, h0, c0)
h.label, c.label = "h", "c"
h.backward()
ag.draw(h, level="layer")

# %% [markdown]
# 现在把前面那种图再画一遍，这次用 nn 里真正的单元，3 个单元，随机权重：最后的输出对每个进来的数
# 的导数，取绝对值，一共 30 步。图上有两个 LSTM，只差一个数，就是遗忘门**开始时**的偏置：许多程
# 序取 1，这时门从 sigmoid(1) = 0.73 左右开始；取 4，门就从 sigmoid(4) = 0.98 开始，几乎全开。


# %%
class Reader(nn.Module):
    """读入数，最后判断是两类中的哪一类。"""

    def __init__(self, kind, units, forget=0.0, seed=0):
        self.net = kind(1, units, seed=seed)
        self.head = nn.Linear(units, 2, seed=seed)
        if kind is nn.LSTM:
            for bias in self.net.cell.bias_ih[units : 2 * units]:  # 遗忘门
                bias.data = forget

    def forward(self, x):
        outputs, _ = self.net(x)
        return self.head(outputs[-1])


def influence(model, numbers):
    """|d logit / d x_t|，从最后一个 t 往回到第一个。"""
    x = [[Value(number)] for number in numbers]
    model(x)[0].backward()
    return [abs(step[0].grad) for step in reversed(x)]


rng = random.Random(0)
numbers = [rng.uniform(-1.0, 1.0) for _ in range(30)]
lines(
    {
        "LSTM, 4": influence(Reader(nn.LSTM, 3, forget=4.0, seed=1), numbers),
        "LSTM, 1": influence(Reader(nn.LSTM, 3, forget=1.0, seed=1), numbers),
        "RNN": influence(Reader(nn.RNN, 3, seed=1), numbers),
    },
    x=range(30), log=True,
    title="输出在多大程度上取决于各个输入", x_name="往回的步数：", width=460,
    note="没有训练过的网络；LSTM 后面的数是遗忘门的偏置",
)  # fmt: skip

# %% [markdown]
# 门打开时，LSTM 对第一个数的感觉大约只比对最后一个数弱三十倍。对 RNN 来说，这个倍数有十六位数
# 字。门从 0.73 开始的 LSTM 在两者之间：大约三万倍（$0.73^{30}$ 不到万分之一）。所以能记住的并不
# 是 LSTM 本身，而是打开的门。
#
# （三个网络都没有训练过。网络可以学会把门打开，但它靠梯度学习，梯度消失的地方就学得慢。）

# %% [markdown]
# ### 练习 1
#
# 一个 LSTM 要在 100 步里至少保留一半记忆，其间什么也不写入。每一步的遗忘门必须有多大？为
# 此 sigmoid 的输入应当是多少？
#
# <details><summary>答案</summary>
#
# 100 步之后剩下 $f^{100}$。所以 $f = 0.5^{1/100} = 0.9931$。要让 sigmoid 给出 $f$，输入应当
# 是 $\ln\frac{f}{1-f} = 4.97$。
#
# ```python
# gate = 0.5 ** (1 / 100)
# before_sigmoid = math.log(gate / (1 - gate))
# ```
# </details>

# %% tags=["exercise"]
gate = ...  # 你的答案
before_sigmoid = ...  # 你的答案


# %% tags=["check"]
@exercise(1, gate, before_sigmoid)
def check():
    left = start = Value(1.0)
    for _ in range(100):
        left = left * gate
    left.backward()
    assert abs(start.grad - 0.5) < 0.01, "gate：走过 100 步的斜率是它的 100 次方"
    kept = sigmoid(Value(before_sigmoid)).data ** 100
    assert abs(kept - 0.5) < 0.01, "before_sigmoid：从 sigmoid(z) = gate 解出 z"


# %% [markdown]
# ## 这要紧吗？一次记忆测验
#
# 进来十个数。第一个是 +1 或 −1，另外九个是噪声。到最后，网络要说出第一个数是什么。四种网络用同
# 样的 40 个序列训练：一个 RNN，三个 LSTM，它们的遗忘门分别以偏置 0、1、4 开始。每种网络从四组不
# 同的权重出发，每一轮之后都用 30 个没有参加训练的序列检验。对一半等于瞎猜。先押个注：

# %% tags=["prediction"]
guess = ...  # "RNN"、"LSTM 0"、"LSTM 1" 还是 "LSTM 4"：最后哪个最好？

# %%


def sequences(n, length, rng):
    """类别 0 或 1，只由第一个数说出，后面是噪声。"""
    y = [rng.randrange(2) for _ in range(n)]
    noise = [[[rng.uniform(-1.0, 1.0)] for _ in range(length - 1)] for _ in range(n)]
    return [[[2.0 * c - 1.0], *rest] for c, rest in zip(y, noise)], y


def shares_right(kind, forget, seed, epochs=10):
    """每一轮之后的准确率。"""
    model = Reader(kind, 4, forget=forget, seed=seed)
    history = nn.fit(
        model, x, y, loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=0.05),
        epochs=epochs, batch_size=8, seed=0, progress=False,
        validation_data=(x_new, y_new), metrics="accuracy",
    )  # fmt: skip
    return history["val_accuracy"]


rng = random.Random(0)
x, y = sequences(40, 10, rng)
x_new, y_new = sequences(30, 10, rng)
kinds = {"RNN": (nn.RNN, 0.0), "LSTM 0": (nn.LSTM, 0.0), "LSTM 1": (nn.LSTM, 1.0),
         "LSTM 4": (nn.LSTM, 4.0)}  # fmt: skip
curves = {}
for name, (kind, forget) in kinds.items():
    starts = [shares_right(kind, forget, seed) for seed in range(3)]
    curves[name] = [fmean(shares) for shares in zip(*starts)]
    print(f"{name:7} 10 轮之后：", *(f"{shares[-1]:.0%}" for shares in starts))
best = max(curves, key=lambda name: curves[name][-1])
predicted(guess, best, "它的门一开始就打开，所以第一个数的梯度到得了")
lines(
    curves, x=range(1, 11), low=0.0, high=1.0, title="说对 10 个数中的第一个",
    note="在 30 个新序列上的准确率，三次的平均", x_name="轮", width=460,
)  # fmt: skip

# %% [markdown]
# 门半开半闭的 LSTM（偏置 0）在这里并不比 RNN 强；门打开的 LSTM 每次都学会了。但是一组设置说明不
# 了什么。下面是同一个程序在另外几组设置下的结果（各五次，100 个新序列）：训练结束时准确率的平均
# 值，瞎猜是 50%。
#
# | 数的个数 | 序列 | 单元 | 学习率 | 轮 | 批量 | RNN | LSTM 0 | LSTM 1 | LSTM 4 |
# |--:|--:|--:|--:|--:|--:|:-:|:-:|:-:|:-:|
# | 10 | 40 | 4 | 0.05 | 12 | 8 | 80% | 71% | 81% | **100%** |
# | 15 | 40 | 3 | 0.03 | 60 | 8 | **100%** | 54% | 76% | 89% |
# | 20 | 60 | 4 | 0.05 | 30 | 10 | 58% | 58% | 80% | **100%** |
# | 30 | 200 | 6 | 0.02 | 30 | 20 | 68% | 43% | 47% | **88%** |
#
# 每一次训练要么学会，要么一直瞎猜，所以这样的平均值的标准误差可以大到 12 个百分点，单独一行说明
# 不了什么。这四行也是挑出来的：一共试过 21 组设置。在全部 21 组里，偏置为 4 的 LSTM 有 20 组胜
# 过偏置为 0 的同一个 LSTM，一组持平；它有 14 组胜过 RNN，另外 7 组是 RNN 领先（多半只有两到三
# 个单元）。所以首先起决定作用的，是**训练开始时**梯度的路通不通，而不是单元叫什么名字。通常取偏
# 置 1（Keras 就从 1 开始；PyTorch 没有专门的设置，从 0 附近开始）。

# %% [markdown]
# ## 注意力：一次回看所有位置
#
# 就算是 LSTM，也得带着它知道的一切走过每一步。**注意力**（attention）不要这条链：每个位置直接回
# 看所有位置。
#
# 想象一个贴着标签的抽屉柜。一个位置用**查询**（query）提问。每个位置有一个**键**（key，就是标
# 签）和一个**值**（value，抽屉里的东西）。查询乘以键，说明两者有多匹配；softmax 把这些匹配程度
# 变成加起来等于 1 的份额；答案就是按这些份额对值求的加权平均。
#
# 用普通的数，手就能算。查询是 1，三个键是 $\ln 1$、$\ln 2$ 和 $\ln 4$。softmax 取 $e$ 的各个匹
# 配程度次方，所以份额之比是 1 : 2 : 4，也就是 $\tfrac17$、$\tfrac27$、$\tfrac47$。值
# 是 7、14、0，答案就是 $1 + 4 + 0 = 5$。

# %%
q = Value(1.0, label="q")
keys = [Value(math.log(number), label=f"k{j}") for j, number in enumerate((1, 2, 4), start=1)]
values = [Value(number, label=f"v{j}") for j, number in enumerate((7.0, 14.0, 0.0), start=1)]
shares = softmax([q * key for key in keys])
answer = dot(shares, values)
answer.label = "答案"
answer.backward()
print("份额：", *(f"{share.data:.3f}" for share in shares), f"  答案：{answer.data:.3f}")
ag.draw(answer, direction="down")

# %% [markdown]
# （softmax 先从所有得分里减去最大的 1.386。份额不会变，exp 也就不会溢出。）
#
# 看看梯度。每个值的梯度就是它的份额：`v2` 是 $\tfrac27 = 0.286$。一个键，只要它的值高于答案
# （`v1` = 7、`v2` = 14），就带蓝色的 ▲：给它更多注意力，答案就会变大。而且每个位置到答案都
# 是**同样**短的一段路。没有一条会让梯度消失的链。
#
# 在网络里，查询和键各是 $d$ 个数。这时匹配程度是点积，再除以 $\sqrt d$，免得它随着长度增大：
#
# $$\text{answer} = \sum_j \alpha_j\, v_j \qquad \alpha = \text{softmax}
# \left(\frac{q \cdot k_1}{\sqrt d}, \frac{q \cdot k_2}{\sqrt d}, \dots\right)$$
#
# `nn.attend` 做的就是这个。
#
# ### 顺序要另外告诉它
#
# 平均值不知道顺序：把位置交换一下，答案不变。

# %%
in_order = nn.attend([q], [[key] for key in keys], [[value] for value in values])[0]
reverse = nn.attend([q], [[key] for key in keys[::-1]], [[value] for value in values[::-1]])[0]
print(f"原来的顺序 {in_order.data:.6f}   颠倒 {reverse.data:.6f}")

# %% [markdown]
# 于是 *tea* 和 *eat* 又分不开了。办法很简单：给每个字母的向量加上另一个向量，说明它站在第几
# 个**位置**。

# %% [markdown]
# ## GPT
#
# 零件都齐了。GPT 读入已有的字母，说出下一个字母各有多大可能：
#
# 1. **嵌入**（embedding）：每个字母是一列数（学来的），再加上表示位置的一列数（也是学来的）。
# 2. **注意力**，分成几个**头**：每个位置从它前面的位置那里收集所需的东西，从不向后面的位置收集
#    （**因果**，causal）：要猜的东西不能先看到。
# 3. 一个小的 **MLP** 把收集来的东西想一遍，每个位置各想各的。
# 4. 两者都是**加**到原有的数上（**残差连接**），所以梯度有一条直路可走。在每一个之前，先把数调
#    到差不多的大小（**归一化**，见下文）。
# 5. 最后一层给出 27 个 logits（未归一化的对数概率）：26 个字母，外加一个点，名字以它开头，也以
#    它结尾。

# %%
LETTERS = ".abcdefghijklmnopqrstuvwxyz"
WIDTH, HEADS, CONTEXT = 8, 2, 8


class GPT(nn.Module):
    def __init__(self, seed):
        rng = random.Random(seed)
        self.letters = nn.Embedding(len(LETTERS), WIDTH, seed=rng)
        self.places = nn.Embedding(CONTEXT, WIDTH, seed=rng)
        self.norm1 = nn.RMSNorm(WIDTH)
        self.attention = nn.CausalSelfAttention(WIDTH, HEADS, bias=False, seed=rng)
        self.norm2 = nn.RMSNorm(WIDTH)
        self.mlp = nn.Sequential(
            nn.Linear(WIDTH, 2 * WIDTH, seed=rng), nn.ReLU(), nn.Linear(2 * WIDTH, WIDTH, seed=rng)
        )
        self.norm = nn.RMSNorm(WIDTH)
        self.head = nn.Linear(WIDTH, len(LETTERS), bias=False, seed=rng)

    def forward(self, tokens):
        x = added(self.letters(tokens), self.places(range(len(tokens))))
        x = added(x, self.attention([self.norm1(position) for position in x]))
        x = added(x, [self.mlp(self.norm2(position)) for position in x])
        return [self.head(self.norm(position)) for position in x]


def added(x, y):
    """逐个位置相加。"""
    return [[a + b for a, b in zip(p, q)] for p, q in zip(x, y)]


# %% [markdown]
# 整个模型就是这些。
#
# ### 归一化
#
# `nn.RMSNorm` 把一列数除以它们的**均方根** $\sqrt{(x_1^2 + \dots + x_n^2) / n}$，再各乘一个学来
# 的数（开始时是 1）。这样，一列数整体有多大，对后面就没有影响了，要紧的只是它们彼此的比
# 例。3、4 和 300、400 的均方根分别是 3.536 和 353.6：

# %%
norm = nn.RMSNorm(2)
for numbers in ([3.0, 4.0], [300.0, 400.0]):
    print(numbers, "->", *(f"{x.data:.3f}" for x in norm(numbers)))

# %% [markdown]
# 没有它，每个块都往原有的数上加，数就会一块比一块大，梯度也跟着变大。还有一种 *LayerNorm*，它先
# 减去平均值。归一化和权重从哪里开始，是笔记本 14 的内容。
#
# 大模型里还有一种层，这个模型用不着：**随机失活**（dropout）在每个训练步里按给定的概率把一些数变
# 成 0，每步重新抽，于是没有一个单元能单靠另一个单元（`nn.Dropout`；使用模型时它不起作用）。它用
# 来对付过拟合，而大多数名字只见过一次的模型并不会过拟合。
#
# ### 损失
#
# 模型要根据前面的字母，猜出名字里的每一个字母，还要猜出名字到哪里结束。损失是交叉熵（笔记
# 本 5），每猜一次算一个，取平均。


# %%
def tokens_of(name):
    return [LETTERS.index(letter) for letter in f".{name}."]


def surprise(model, name):
    """-log(概率) 在名字的各个字母和结尾上的平均。"""
    tokens = tokens_of(name)
    return nn.cross_entropy(model(tokens[:-1]), tokens[1:])


model = GPT(seed=0)
print(len(model.parameters()), "个参数")
loss = surprise(model, "anna")
loss.label = "损失"
loss.backward()
print(f"一个短名字的图：{len(ag.topological_order(loss)):,} 个值")
ag.draw(loss, level="layer", direction="down")

# %% [markdown]
# ### 可以期待什么
#
# 损失是每个字母的平均惊讶程度，单位是**奈特**（nat）。什么都不知道的人，给 27 个符号同样的概
# 率，惊讶程度是 $\ln 27 = 3.30$。统计过哪个字母后面常跟哪个字母的人，能做得更好。两者都是衡量模
# 型的标尺。用到的名字是 1990 年美国人口普查中不超过 7 个字母的 4,368 个名字
# （由 `nn.datasets.names()` 给出）。
#
# 没有训练过的模型，会比什么都不知道的人强吗？

# %% tags=["prediction"]
guess = ...  # "强"、"一样" 还是 "差"

# %%
names = [name for name in nn.datasets.names() if len(name) <= 7]
pairs = Counter(pair for name in names for pair in zip(f".{name}", f"{name}."))
begun = Counter(letter for name in names for letter in f".{name}")
by_counting = sum(n * -math.log(n / begun[a]) for (a, _), n in pairs.items()) / sum(pairs.values())

print(f"{len(names):,} 个名字，例如 {', '.join(random.Random(3).sample(names, 6))}")
print(f"什么都不知道 {math.log(27):.2f}   统计字母对 {by_counting:.2f}")
untrained = fmean(surprise(model, name).data for name in names[::500])
print(f"没有训练过的模型 {untrained:.2f}")
verdict = "差" if untrained > math.log(27) else "强"
predicted(guess, verdict, "随机的权重让它对胡说八道有了一点把握")

# %% [markdown]
# ### 训练
#
# 拿不准，总比错得信心十足要好。现在训练 250 步，每步 4 个名字，所以模型见到 1,000 个名字，大多
# 只见一次。`compile` 对每种长度的名字追踪一次损失，以后就重放。

# %%
total = ag.compile(lambda t: nn.cross_entropy(model(t[:-1]), t[1:], reduction="sum"))
steps = 250
optimizer = nn.AdamW(model.parameters(), lr=0.03, betas=(0.9, 0.99), weight_decay=0.01)
schedule = nn.CosineAnnealingLR(optimizer, T_max=steps)
rng = random.Random(0)
losses, seen = [], set()
for _ in range(steps):
    batch = rng.sample(names, 4)
    seen.update(batch)
    chosen = [tokens_of(name) for name in batch]
    optimizer.zero_grad()
    nats = sum(total.backward(tokens) for tokens in chosen)
    optimizer.step()
    schedule.step()
    losses.append(nats / sum(len(tokens) - 1 for tokens in chosen))

smooth = [fmean(losses[max(0, k - 24) : k + 1]) for k in range(steps)]
lines(
    {"GPT": smooth, "什么都不知道": [math.log(27)] * steps, "字母对": [by_counting] * steps},
    title="每个字母的奈特数", note="25 步的平均", x_name="步", width=460,
)  # fmt: skip

# %% [markdown]
# 看过 1,000 个名字，它就达到了统计全部 4,368 个名字里的字母对所达到的水平。给它更多名字，它还会
# 继续进步，因为它往回看的不止一个字母。
#
# ### 新名字
#
# 从一个点开始，按概率抽一个字母，接在后面，再问一次。**温度**低于 1，会让可能的字母更可能。


# %%
def made_up(model, count, temperature=0.7, seed=0):
    """一个字母一个字母地编出新名字。"""
    rng, found = random.Random(seed), []
    with ag.no_grad():
        while len(found) < count:
            tokens = [0]
            while len(tokens) < CONTEXT:
                logits = model(tokens)[-1]
                chances = softmax([logit / temperature for logit in logits])
                [token] = rng.choices(range(27), [chance.data for chance in chances])
                if token == 0:
                    break
                tokens.append(token)
            found.append("".join(LETTERS[token] for token in tokens[1:]))
    return found


print("训练之前：", *made_up(GPT(seed=0), 6))
print("训练之后：", *made_up(model, 12))

# %% [markdown]
# 从字母沙拉，变成了可以拿来给孩子起名的东西。完整的程序 `examples/gpt.py` 有 14,656 个参数，
# 看 16,000 个名字。在原生引擎上要几秒钟，编出来的有 *shanie、ellona、layna*。
#
# ### 它在看哪里？
#
# 注意力的份额就是前面那样的 softmax 数。每一行是一个位置，显示它的注意力怎样分给自己和它前面的
# 位置。对角线右边什么也没有：谁都不往后看。


# %%
def attention_of(model, name, head):
    """一个头的注意力份额，每个位置一行。"""
    tokens = tokens_of(name)[:-1]
    x = added(model.letters(tokens), model.places(range(len(tokens))))
    x = [model.norm1(position) for position in x]
    part = slice(head * WIDTH // HEADS, (head + 1) * WIDTH // HEADS)
    queries = [model.attention.query(position)[part] for position in x]
    keys = [model.attention.key(position)[part] for position in x]
    rows = []
    for t, query in enumerate(queries):
        shares = softmax([dot(query, key) / (WIDTH / HEADS) ** 0.5 for key in keys[: t + 1]])
        rows.append([round(share.data, 2) for share in shares] + [0.0] * (len(x) - t - 1))
    return rows


multiples(
    [
        tiles(attention_of(model, "marian", head), row_names=".marian", column_names=".marian",
              digits=2, most=1.0, title=f"头 {head}", width=250)
        for head in range(HEADS)
    ]
)  # fmt: skip

# %% [markdown]
# ### 关于字母，它学到了什么？
#
# 每个字母是一个学来的向量。两个向量方向相同，就说它们相像：这时它们夹角的余弦接近 1。两个元音有
# 多像？一个元音和一个辅音呢？


# %%
def likeness(model, letters, others):
    """不同字母的向量之间余弦的平均值。"""
    vectors = {x: [w.data for w in model.letters.weight[LETTERS.index(x)]] for x in LETTERS}
    pairs = [(vectors[a], vectors[b]) for a in letters for b in others if a != b]
    return fmean(
        sum(x * y for x, y in zip(p, q)) / (math.hypot(*p) * math.hypot(*q)) for p, q in pairs
    )


for name, each in (("训练之前", GPT(seed=0)), ("训练之后", model)):
    vowels, others = "aeiou", "bcdfghjklmnpqrstvwxz"
    print(f"{name:9}  两个元音 {likeness(each, vowels, vowels):+.2f}", end="")
    print(f"   一个元音和一个辅音 {likeness(each, vowels, others):+.2f}")

# %% [markdown]
# 数都不大，因为 1,000 个名字很少。但次序反过来了：从随机的向量出发，元音彼此之间变得比元音和辅
# 音之间更像。没有人告诉过模型有元音这回事。

# %% [markdown]
# ## 没有讲到的
#
# 大语言模型就是这个程序，只是尺寸不同：更多的块，更宽的向量，用词的片段代替字母，用人们写下的文
# 字的一大部分训练，在以数组计算的机器上运行。（名称有三个：RNN 是**循环**神经网络，不是“递
# 归”；LSTM 是循环网络里的一种；Transformer 一般不译，作“变压器”就错了。）这个领域忙着做的事
# 情，有些现在用一句话就能说清。**分布式训练**：不同名字的梯度是相加的，所以可以由不同的机器来算
# （`examples/data_parallel.py` 就这样做）。**量化**：把权重舍入，看损失在不在乎。
#
# ### 迁移学习与领域自适应
#
# **迁移学习**从在别的数据上训练好的模型的权重开始，接着训练（**微调**），可以训练全部的层，也可
# 以只训练最后几层。样本少的时候，它很管用。比如我们要以 *a* 结尾的名字，手上只有 40 个。用另
# 外 100 个三个模型都没见过的名字来比较：上面的模型，原样不动；一个新模型，只用这 40 个训练；还
# 有上面的模型，再用这 40 个接着训练。

# %% tags=["prediction"]
guess = ...  # "新的"、"原样" 还是 "接着训练"：哪个损失最低？

# %%
ending_in_a = [name for name in names if name[-1] == "a" and name not in seen]
random.Random(5).shuffle(ending_in_a)
few, test = ending_in_a[:40], ending_in_a[40:140]


def trained_on(model, few, lr=0.01):
    """把少数几个名字看两遍之后的模型。"""
    compiled = ag.compile(lambda t: nn.cross_entropy(model(t[:-1]), t[1:]))
    optimizer = nn.Adam(model.parameters(), lr=lr)
    for _ in range(2):
        for name in few:
            optimizer.zero_grad()
            compiled.backward(tokens_of(name))
            optimizer.step()
    return model


def mean_surprise(model):
    value = ag.compile(lambda t: nn.cross_entropy(model(t[:-1]), t[1:]))
    return fmean(value(tokens_of(name)).data for name in test)


found = {"原样": mean_surprise(model)}
found["新的"] = mean_surprise(trained_on(GPT(seed=0), few))
found["接着训练"] = mean_surprise(trained_on(model, few))
for name, nats in found.items():
    print(f"{name:10} {nats:.2f} 奈特每字母")
predicted(guess, min(found, key=found.get), "字母怎样相接，它不必重新学")

# %% [markdown]
# 要从零学起，40 个名字远远不够；要知道现在想要的是什么，40 个就够了。如果把它们看五遍而不是两
# 遍，第三个模型的损失是 2.20：它开始死记硬背这 40 个名字（**过拟合**）。
#
# 另一个有关的词是**领域自适应**（domain adaptation）。任务没变，数据换了一种：另一个国家的名
# 字，夜里拍的照片，用另一把尺子量的花。在前一种数据上对的模型，到后一种数据上就差了，因为它学到
# 的东西只对前一种成立。如果后一种数据里有一部分有答案，办法是一样的：接着训练。没有答案，就先让
# 两种数据看上去差不多，再交给模型，比如都缩放到同样的均值和标准差。

# %% [markdown]
# ## 练习
#
# 先在纸上算出来，再把答案写在省略号的位置，运行这两个单元格。

# %% [markdown]
# ### 练习 2
#
# 查询 (1, 0, 1, 0) 遇到键 (2, 5, 2, 5) 和 (0, 3, 0, 3)，值是 10 和 20。注意力的答案是多少？
#
# <details><summary>答案</summary>
#
# 查询乘以键得 4 和 0，除以 $\sqrt 4$ 得 2 和 0。份额是 $e^2 / (e^2 + 1) = 0.881$ 和 0.119，答案
# 是 $0.881 \cdot 10 + 0.119 \cdot 20 = 11.19$。
#
# ```python
# share = math.exp(2) / (math.exp(2) + 1)
# attended = share * 10 + (1 - share) * 20
# ```
# </details>

# %% tags=["exercise"]
attended = ...  # 你的答案


# %% tags=["check"]
@exercise(2, attended)
def check():
    truth = nn.attend([1.0, 0.0, 1.0, 0.0], [[2, 5, 2, 5], [0, 3, 0, 3]], [[10.0], [20.0]])[0]
    assert abs(attended - float(truth)) < 0.01, "得分是 4 和 0；除以 4 的平方根；再取 softmax"


# %% [markdown]
# ### 练习 3
#
# 单元 $h_t = \tanh(w x_t + u h_{t-1})$，其中 $w = 1$，$u = \tfrac12$，$h_0 = 0$：
# 设 $x_1 = 0$，$x_2 = 0$。$\frac{\partial h_2}{\partial x_1}$ 是多
# 少？$\frac{\partial h_2}{\partial u}$ 呢？
#
# <details><summary>答案</summary>
#
# 所有的数都是 0，tanh 在那里的斜率是 1。从 $x_1$ 出发的路径经
# 过 $w$、tanh、$u$、tanh：$1 \cdot 1 \cdot 0.5 \cdot 1 = 0.5$。从 $u$ 出发的两条路径都以乘一个
# 等于 0 的 $h$ 开始，所以它们的和是 0：什么都不记得的人，也学不到怎么记忆。
#
# ```python
# by_x1 = 0.5
# by_u = 0.0
# ```
# </details>

# %% tags=["exercise"]
by_x1 = ...  # 你的答案
by_u = ...  # 你的答案


# %% tags=["check"]
@exercise(3, by_x1, by_u)
def check():
    u, x1 = Value(0.5), Value(0.0)
    h1 = tanh(1.0 * x1 + u * 0.0)
    tanh(1.0 * 0.0 + u * h1).backward()
    assert abs(by_x1 - x1.grad) < 1e-9, "by_x1：只有一条路径，沿着它相乘"
    assert abs(by_u - u.grad) < 1e-9, "by_u：在两步里，u 各乘的是什么？"


# %% [markdown]
# ### 练习 4
#
# **困惑度**（perplexity）是 $e^{\text{损失}}$：模型好像在多少个同样可能的字母之间犹豫不决。什么
# 都不知道的人，困惑度是多少？总在 9 个字母之间犹豫的模型，损失是多少？
#
# <details><summary>答案</summary>
#
# 什么都不知道：$e^{\ln 27} = 27$，27 个符号里的一个。9 个之间：$\ln 9 = 2.197$。
#
# ```python
# knowing_nothing = 27
# loss_of_nine = math.log(9)
# ```
# </details>

# %% tags=["exercise"]
knowing_nothing = ...  # 你的答案
loss_of_nine = ...  # 你的答案


# %% tags=["check"]
@exercise(4, knowing_nothing, loss_of_nine)
def check():
    uniform = nn.cross_entropy([Value(0.0)] * 27, 5).data
    assert abs(knowing_nothing - math.exp(uniform)) < 1e-6, "27 个符号的 logits 相等"
    assert abs(loss_of_nine - nn.cross_entropy([Value(0.0)] * 9, 5).data) < 1e-3, "-log(1/9)"


# %% [markdown]
# ## 你看到了什么
#
# * 循环网络展开之后是一个长网络，每一步用同样的权重；它们的梯度在各步上相加。
# * 沿着一条链，斜率相乘：梯度会消失或爆炸。接近 1 的门把梯度留住；门一开始半闭的 LSTM 做不到。
# * 注意力是加权平均，权重是查询乘以键再取 softmax；每个位置都只有一步之遥。
# * 在别的数据上训练好的模型，是一个好的起点（迁移学习）。
# * GPT 就是嵌入、注意力、MLP 和交叉熵。它的每一个数的梯度，你都说得出来。
# * 先有标尺：什么都不知道要付出 $\ln 27$，统计字母对要付出 2.34。
#
# 下一份：[11. 有多快，为什么](11-how-fast-and-why.ipynb)，主角是时钟。
