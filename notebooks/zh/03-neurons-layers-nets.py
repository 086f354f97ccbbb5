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
# # 3. 神经元、层、网络
#
# [English](../03-neurons-layers-nets.ipynb) · [术语对照](README.md)
#
# **时间：** 约 65 分钟 · **需要：** 知道 sigmoid、ReLU 和阶跃函数各做什么
# （[笔记本 2](02-activations.ipynb)） · **学完之后：** 能用纸和笔算出一个小网络的输出；
# 说得出一个神经元在判断什么，为什么有些判断需要两层；会按两种约定把一层写成矩阵；
# 数得出任何网络的参数个数。
#
# 网络怎样回答一个问题？相加、相乘、弯折，一层接一层，从输入走到输出。这就是**前向传播**。
# 这份笔记本把它做三遍：用数，用图，用矩阵。三种结果必须完全一致。

# %%
from itertools import pairwise

import nn
from autograd_lite import Value, draw, set_language
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import boundary, multiples

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 一个神经元，用数来算
#
# 两个输入，0.5 和 0.8。每个输入有一个**权重**，说明它的分量有多重：0.1 和 0.2。
# 还有一个**偏置** 0.1，无论输入是什么都要加上。得到的**加权和** $z$（书上也叫“净输入”）
# 再经过 sigmoid。
#
# $$z = 0.1 \cdot 0.5 + 0.2 \cdot 0.8 + 0.1 = 0.05 + 0.16 + 0.1 = 0.31
# \qquad a = \sigma(0.31) = 0.5769$$
#
# 画成图（在运行中的笔记本里拖动带点线的数，看哪些数跟着变）：

# %%
x1, x2 = Value(0.5, label="x1"), Value(0.8, label="x2")
w1, w2, b = Value(0.1, label="w1"), Value(0.2, label="w2"), Value(0.1, label="b")

p1 = w1 * x1
p2 = w2 * x2
s = p1 + p2
z = s + b
a = nn.sigmoid(z)
for node, name in [(p1, "p1"), (p2, "p2"), (s, "s"), (z, "z"), (a, "a")]:
    node.label = name
a

# %% [markdown]
# 有 $n$ 个输入时也一样，只是式子更长。记激活函数为 $f$：
#
# $$a = f\left(\sum_{i=1}^{n} w_i x_i + b\right)$$
#
# `nn.Neuron` 就是这个公式。它一开始用的是很小的随机权重；这里我们手工设定。
# （选取开始时的权重，叫作**初始化**。为什么要随机，见[笔记本 6](06-gradient-descent.ipynb)；
# 该有多小，见[笔记本 14](14-initialisation-depth-normalisation.ipynb)。）

# %%
neuron = nn.Neuron(2, activation=nn.sigmoid, seed=0)
neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.1, 0.2, 0.1
out = neuron([x1, x2])
out.label = "a"
out

# %% [markdown]
# 现在那些乘积与求和合成了一张卡片，这就是**点积**（dot）：两两相乘，再全部加起来。
# 偏置相当于多出一个恒为 1 的输入，它是这个输入的权重。用 `unfold` 可以再把它拆开：

# %%
draw(out, unfold=True)

# %% [markdown]
# ### 练习 1
#
# 一个神经元的权重是 0.5 和 3，偏置是 1，激活函数是 ReLU。输入为 2 和 −1 时，它的加权和 $z$
# 与输出 $a$ 是多少？输入为 2 和 1 时，$a$ 又是多少？
#
# <details><summary>答案</summary>
#
# $z = 0.5 \cdot 2 + 3 \cdot (-1) + 1 = -1$，ReLU 把它变成 0。把输入 −1 换成 1，
# 加权和就是 $1 + 3 + 1 = 5$，ReLU 不改变它。
#
# ```python
# z_first = -1
# a_first = 0
# a_second = 5
# ```
# </details>

# %% tags=["exercise"]
z_first = ...  # 你的答案
a_first = ...  # 你的答案
a_second = ...  # 你的答案


# %% tags=["check"]
@exercise(1, z_first, a_first, a_second)
def check():
    neuron = nn.Neuron(2, activation=nn.relu)
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.5, 3.0, 1.0
    first, second = neuron([2.0, -1.0]), neuron([2.0, 1.0])
    assert abs(z_first - first.parents[0].data) < 1e-9, "z：权重乘以输入，再加偏置"
    assert abs(a_first - first.data) < 1e-9, "a：负数通不过 ReLU"
    assert abs(a_second - second.data) < 1e-9, "输入 2 和 1 的 a：只有第二个乘积变了"


# %% [markdown]
# ## 一个神经元在判断什么
#
# 用阶跃函数作激活函数，神经元就回答“是”（1）或“否”（0）。权重取 1 和 1，偏置取 −1.5，
# 要两个输入都是 1，和才大于零：它算的是**与**（and）。权重不动，把偏置改成 −0.5，它算的又是什么？

# %% tags=["prediction"]
guess = ...  # "与"、"或" 还是 "总是回答是"

# %%
corners = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def gate(w1, w2, b):
    """以阶跃函数为激活函数、用这些权重和偏置的神经元。"""
    neuron = nn.Neuron(2, activation=nn.heaviside, seed=0)
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = w1, w2, b
    return neuron


gates = {"and": gate(1, 1, -1.5), "or": gate(1, 1, -0.5), "not and": gate(-1, -1, 1.5)}
print("x1 x2 " + "".join(f"{name:>9}" for name in gates))
for x in corners:
    print(f"{x[0]:.0f}  {x[1]:.0f}  " + "".join(f"{g(x).data:9.0f}" for g in gates.values()))
predicted(guess, "或", "有一个输入是 1，和就大于 0：1 − 0.5 > 0，而 0 − 0.5 < 0")

# %% [markdown]
# （*and* 是“与”，*or* 是“或”，*not and* 是“与非”。）
#
# 在两个输入构成的平面上，每个神经元画一条直线，在直线的一侧回答“是”。直线就是加权和为 0 的地方，
# 对于“与”，它是 $x_1 + x_2 - 1.5 = 0$。这条线叫作**决策边界**。

# %% jupyter={"source_hidden": true} tags=["plotting"]
places = [k / 20 for k in range(-10, 31)]  # 从 -0.5 到 1.5


def plane(decide, title):
    """输入平面：哪里回答“否”，哪里回答“是”。"""
    yes = [[decide([p, q]).data for p in places] for q in places]
    shares = [[[1 - share, share] for share in row] for row in yes]
    answers = [int(decide(x).data) for x in corners]
    return boundary(
        shares, (-0.5, 1.5, -0.5, 1.5), corners, answers, class_names=["否", "是"],
        feature_names=["x1", "x2"], title=title, width=220, height=240,
    )  # fmt: skip


names = {"and": "与", "or": "或", "not and": "与非"}
multiples([plane(g, names[name]) for name, g in gates.items()])

# %% [markdown]
# 权重决定直线的方向，偏置把它平移。一个神经元能做的，全在这里了：一刀，直的。
# （一刀能分开的，叫作**线性可分**。）
#
# ### 练习 2
#
# “是 $x_1$，但不是 $x_2$”：只有 $x_1$ 为 1 且 $x_2$ 为 0 时才回答“是”。找出两个权重和一个偏置，
# 使一个用阶跃函数的神经元作出这样的判断。
#
# <details><summary>答案</summary>
#
# 只需要切下 (1, 0) 这一个角，所以一条直线就够了。$x_1$ 支持它，$x_2$ 反对它：权重取 1 和 −1。
# 四个角上的加权和依次是 $b$、$b - 1$、$b + 1$ 和 $b$，其中只有第三个可以大于 0：
# $b$ 大于 −1 且不超过 0 即可。
#
# ```python
# weight_1 = 1.0
# weight_2 = -1.0
# offset = -0.5
# ```
# </details>

# %% tags=["exercise"]
weight_1 = ...  # 你的答案
weight_2 = ...  # 你的答案
offset = ...  # 你的答案：偏置


# %% tags=["check"]
@exercise(2, weight_1, weight_2, offset)
def check():
    but_not = gate(weight_1, weight_2, offset)
    for (p, q), truth in zip(corners, [0, 0, 1, 0]):
        assert but_not([p, q]).data == truth, f"输入 {p:.0f} 和 {q:.0f} 时，答案应为 {truth}"


# %% [markdown]
# ## 一个神经元判断不了什么
#
# “二者居其一，但不同时”叫作**异或**（xor）：对 (0, 1) 和 (1, 0) 回答“是”，
# 对 (0, 0) 和 (1, 1) 回答“否”。试试用直线把两个“是”的角同两个“否”的角分开。
# 至少要切几刀？

# %% tags=["prediction"]
guess = ...  # 1、2、3 还是 4 刀

# %% [markdown]
# 两条直线就可以：既要满足“或”，又要满足“与非”。第一层画出两条直线，
# 第二层留下两者之间的部分。


# %%
def xor(x):
    first = [gates["or"](x), gates["not and"](x)]
    return gates["and"](first)


print("x1 x2       or  not and      xor")
for x in corners:
    row = gates["or"](x), gates["not and"](x), xor(x)
    print(f"{x[0]:.0f}  {x[1]:.0f}  " + "".join(f"{v.data:9.0f}" for v in row))

predicted(guess, 2, "一刀做不到，因为两个“是”的角处在对角；两刀之间留下一条带子")
plane(xor, "异或")

# %% [markdown]
# 网络之所以不止一层，原因就在这里：第二层根据第一层的判断再作判断。
# （这些权重是给定的，阶跃函数**学**不会它们，因为斜率是 0。
# [笔记本 6](06-gradient-descent.ipynb) 用光滑的激活函数来学习异或。）

# %% [markdown]
# ## 一层
#
# **层**是并排的几个神经元，读取同样的输入。（如果像这里一样，每个神经元都读取全部输入，
# 书上就叫它**全连接层**。）取三个。第 1 个就是前面的那个，
# 另外两个有自己的权重和偏置。
#
# 现在权重要用两个下标来称呼：$w_{ji}$ 属于神经元 $j$ 和它的输入 $i$。先写**到哪里**，
# 再写**从哪里来**。
#
# $$a_j = f\left(\sum_{i} w_{ji}\, x_i + b_j\right)$$

# %%
W = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]  # 每个神经元一行
B = [0.1, 0.2, 0.3]
x = [0.5, 0.8]

for j, (row, bias) in enumerate(zip(W, B), start=1):
    z = row[0] * x[0] + row[1] * x[1] + bias
    print(f"神经元 {j}：z = {row[0]} · 0.5 + {row[1]} · 0.8 + {bias} = {z:.2f}", end="   ")
    print(f"a = σ({z:.2f}) = {nn.sigmoid(z):.4f}")

# %% [markdown]
# 画成图，画到加权和为止。每个输入都通向每个神经元。`nn.Linear` 是不带激活函数的一层，
# `load_state_dict` 把我们的数放进去：

# %%
layer = nn.Linear(2, 3)
layer.load_state_dict({"weight": W, "bias": B})


def give_names(layer, to=""):
    """图中的名字：w11、w12……（先到后从），以及 b1、b2……"""
    for j, (row, bias) in enumerate(zip(layer.weight, layer.bias), start=1):
        bias.label = f"b{j}{to}"
        for i, weight in enumerate(row, start=1):
            weight.label = f"w{j}{i}{to}"


give_names(layer)
sums = layer([x1, x2])
for j, z in enumerate(sums, start=1):
    z.label = f"z{j}"
draw(sums, style="cards")

# %% [markdown]
# ## 一层就是一个矩阵
#
# 把权重写成一张表，每个神经元占一行。那么“每个神经元用自己的一行与输入相乘再相加”，
# 就是数学里的矩阵乘以列向量：
#
# $$\begin{pmatrix} 0.1 & 0.2 \\ 0.3 & 0.4 \\ 0.5 & 0.6 \end{pmatrix}
# \begin{pmatrix} 0.5 \\ 0.8 \end{pmatrix} +
# \begin{pmatrix} 0.1 \\ 0.2 \\ 0.3 \end{pmatrix} =
# \begin{pmatrix} 0.31 \\ 0.67 \\ 1.03 \end{pmatrix}
# \qquad z = W x + b$$
#
# 这是**列向量约定**：输入和输出都竖着写。
#
# 现在把一切都横过来。输入和输出变成行，权重表沿对角线翻转：每个神经元占一**列**。
# 相加的还是同样的乘积。
#
# $$\begin{pmatrix} 0.5 & 0.8 \end{pmatrix}
# \begin{pmatrix} 0.1 & 0.3 & 0.5 \\ 0.2 & 0.4 & 0.6 \end{pmatrix} +
# \begin{pmatrix} 0.1 & 0.2 & 0.3 \end{pmatrix} =
# \begin{pmatrix} 0.31 & 0.67 & 1.03 \end{pmatrix}
# \qquad z = x W + b$$
#
# 这是**行向量约定**。它的 $W$ 是前一个 $W$ 的**转置**。


# %%
def times(A, B):
    """矩阵乘法：A 的每一行与 B 的每一列相乘再相加。"""
    return [[sum(p * q for p, q in zip(row, column)) for column in zip(*B)] for row in A]


def plus(A, B):
    """对应位置相加。"""
    return [[p + q for p, q in zip(*rows)] for rows in zip(A, B)]


def transposed(A):
    return [list(column) for column in zip(*A)]


def show(A):
    for row in A:
        print("   ", "  ".join(f"{number:.2f}" for number in row))


W_column, W_row = W, transposed(W)  # 3 × 2：神经元 × 输入；2 × 3：输入 × 神经元
x_row, b_row = [x], [B]  # 只有一行的矩阵
x_column, b_column = transposed(x_row), transposed(b_row)

print("列：3 × 2 乘以 2 × 1")
show(plus(times(W_column, x_column), b_column))
print("行：1 × 2 乘以 2 × 3")
show(plus(times(x_row, W_row), b_row))

# %% [markdown]
# 两种约定都有人用，而且常常混在同一段文字里：
#
# | 哪里 | 怎样存放权重 | 怎样计算 |
# |:--|:--|:--|
# | 本项目 | 每个神经元一行 | $W x + b$ |
# | PyTorch 的 `Linear` | 每个神经元一行 | $x W^T + b$ |
# | Keras 的 `Dense` | 每个神经元一列 | $x W + b$ |
#
# ## 两种约定之间的陷阱
#
# 拿一种约定的权重表，按另一种约定去乘。2 个输入、3 个神经元，马上就会发现，因为形状对不上。
# 如果是 2 个输入、2 个神经元呢？

# %% tags=["prediction"]
guess = ...  # "报错"、"答案相同" 还是 "答案错误"

# %%
square = [[1.0, 2.0], [3.0, 4.0]]  # 2 个神经元，各占一行
point = [[1.0, 10.0]]
print("正确：", transposed(times(square, transposed(point))), "  弄混：", times(point, square))
predicted(guess, "答案错误", "方形的表横竖都放得进去，没有任何提醒")

# %% [markdown]
# 手算：神经元 1 得 $1 \cdot 1 + 2 \cdot 10 = 21$，神经元 2 得
# $3 \cdot 1 + 4 \cdot 10 = 43$。所以测试一层的时候，要用各不相同的权重，
# 和一个你知道结果的样本。
#
# ## 一次算许多样本
#
# 行向量约定自有它的道理。样本就是表格里的行，像电子表格那样，**一次**乘法就全部算完：
# $X$ 的每一行得出结果的一行。偏置加到每一行上。

# %%
X = [[0.5, 0.8], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
show(plus(times(X, W_row), [B] * len(X)))

# %% [markdown]
# 样本 1 就是我们的样本。样本 2 全是零，所以只剩下偏置。样本 3 和样本 4 各读出每个神经元的一个权重，
# 再加上偏置。这样的样本很适合拿来测试。

# %% [markdown]
# ## 一个网络
#
# 现在加上第二层，它只有一个神经元，读取第一层的三个输出。它的权重是 0.7、0.8、0.9，偏置是 0.1。
# 中间的那一层叫作**隐藏层**，因为它的值既不是给定的，也不是最后要的。我们把各层编号为
# 1（输入层）、2（隐藏层）、3（输出层）：
#
# $$a^{(1)} = x \qquad z^{(l)} = W^{(l)} a^{(l-1)} + b^{(l)} \qquad a^{(l)} = \sigma(z^{(l)})$$
#
# （有输入层、隐藏层和输出层的是**网络**。有的教程说神经元有这三层，那是说错了：
# 神经元只是某一层里的一员。第 1 层就是输入本身，没有权重，也没有偏置；
# $W^{(2)}$ 和 $b^{(2)}$ 属于它们通向的隐藏层，$W^{(3)}$ 和 $b^{(3)}$ 属于输出层。
# 像这样一路向前的网络，叫作**前馈网络**。）
#
# 网络这么小，不妨手算一遍：
#
# $$z^{(3)} = 0.7 \cdot 0.5769 + 0.8 \cdot 0.6615 + 0.9 \cdot 0.7369 + 0.1 = 1.6962$$
#
# $$a^{(3)} = \sigma(1.6962) = 0.8450$$

# %%
net = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 1), nn.Sigmoid())
net.load_state_dict({"0.weight": W, "0.bias": B, "2.weight": [[0.7, 0.8, 0.9]], "2.bias": [0.1]})
give_names(net[0], "⁽²⁾")
give_names(net[2], "⁽³⁾")

z2 = net[0]([x1, x2])
a2 = net[1](z2)
z3 = net[2](a2)
a3 = net[3](z3)
for name, values, layer in [("z", z2, "⁽²⁾"), ("a", a2, "⁽²⁾"), ("z", z3, "⁽³⁾")]:
    for j, value in enumerate(values, start=1):
        value.label = f"{name}{j}{layer}"
y = a3[0]
y.label = "y"
draw(y, style="cards")

# %% [markdown]
# 从左到右顺着图走，就会遇到计算中的每一个数。列成清单：

# %%
for name, values in {"z2": z2, "a2": a2, "z3": z3, "a3": a3}.items():
    print(name, " ".join(f"{v:.4f}" for v in values))

# %% [markdown]
# 同一个网络，别人算出来印在纸上的数，到笔记本 4 再看：那里要找出错在哪几行。
#
# ## 用 NumPy 写，行和列各一遍
#
# 程序里的前向传播通常是这样写的（这里只供阅读）。先用行：
#
# ```python
# def sigmoid(z):
#     return 1 / (1 + np.exp(-z))
#
# def forward_pass(X, W, b):
#     Z = np.dot(X, W) + b
#     return sigmoid(Z)
# ```
#
# 再用列：
#
# ```python
# def forward(x, w2, b2, w3, b3):
#     a2 = sigmoid(np.dot(w2, x) + b2)
#     return sigmoid(np.dot(w3, a2) + b3)
# ```
#
# 把 `np.dot` 换成上面的 `times`，它们不用 NumPy 也能运行。两种写法的结果都必须与图一致。


# %%
def squashed(A):
    return [[nn.sigmoid(number) for number in row] for row in A]


def forward_rows(X, W, b):
    return squashed(plus(times(X, W), b))


def forward_columns(x, w2, b2, w3, b3):
    a2 = squashed(plus(times(w2, x), b2))
    return squashed(plus(times(w3, a2), b3))


W3, b3 = [[0.7, 0.8, 0.9]], [[0.1]]
rows = forward_rows(forward_rows(x_row, W_row, b_row), transposed(W3), b3)
columns = forward_columns(x_column, W_column, b_column, W3, b3)
print(f"行 {rows[0][0]:.4f}   列 {columns[0][0]:.4f}   图 {y.data:.4f}")

# %% [markdown]
# 层很大时，NumPy 更快，但它只留下结果。图还留下每个数的来历，而往回走需要的正是来历
# （[笔记本 4](04-backpropagation.ipynb)）。

# %% [markdown]
# ## 近看与远看
#
# 把每个数都画出来，适合小网络。网络大了，就要站远一点看。下面是同一个网络，每层一张卡片；
# 卡片上的小方块是神经元。（算过梯度之后，方块的颜色表示梯度的正负，深浅表示大小。）

# %%
draw(net([x1, x2]), level="layer")

# %% [markdown]
# 下面的网络有 2 个输入、两个各 16 个神经元的隐藏层和 1 个输出。`nn.MLP` 用一行就能搭好
# （MLP 是**多层感知机**的缩写；它的最后一层没有激活函数）。如果每个数一张卡片，会有 404 张。
# `draw` 把它画成神经元：每个神经元一个圆，每个权重一条线，正的是蓝色，负的是橙色。
# 虚线的圆是输出为 0 的 ReLU。在运行中的笔记本里拖动输入，看哪些单元打开，哪些关上。

# %%
mlp = nn.MLP(2, [16, 16, 1], seed=1)
draw(mlp([x1, x2]))

# %% [markdown]
# ## 数一数参数
#
# **参数**是学习时可以改变的数：权重和偏置。每个神经元对它的每个输入有一个权重，另有一个偏置。
# 所以从 $n$ 个输入到 $m$ 个神经元的一层有
#
# $$(n + 1) \cdot m$$
#
# 个参数。对 2-3-1 的网络，就是 $(2 + 1) \cdot 3 + (3 + 1) \cdot 1 = 9 + 4 = 13$。
# 上一张图里的网络有 2 个输入、两个各 16 个神经元的隐藏层和 1 个输出，它有多少个参数？

# %% tags=["prediction"]
guess = ...  # 参数的个数


# %%
def count(*sizes):
    """网络的参数个数，由各层的大小得出，输入在最前面。"""
    return sum((n + 1) * m for n, m in pairwise(sizes))


print(count(2, 3, 1), len(net.parameters()))
print(count(2, 16, 16, 1), len(mlp.parameters()))
print(count(10, 64, 1), "（10 个输入、64 个 ReLU、1 个输出）")
predicted(guess, 337, "3 · 16 = 48，然后 17 · 16 = 272，最后 17")

# %% [markdown]
# 有多少层，每层有多少个神经元，用什么激活函数，这些是学习开始之前由**你**来选的，不是参数。
# 书上把它们叫作**超参数**。
#
# 数参数也是一种检验。一个程序自称有“一个隐藏层和一个输出层”，却只有一个权重和一个偏置，
# 那么不管它怎么说，它只是一个神经元：$(1 + 1) \cdot 1 = 2$。
#
# ### 练习 3
#
# 一个识别手写数字的网络有 28 × 28 = 784 个输入，128 个隐藏神经元，10 个输出，每个数字一个。
# 它有多少个参数？
#
# <details><summary>答案</summary>
#
# $(784 + 1) \cdot 128 = 100480$，$(128 + 1) \cdot 10 = 1290$。几乎全部在第一层。
#
# ```python
# parameters = 100480 + 1290
# ```
# </details>

# %% tags=["exercise"]
parameters = ...  # 你的答案


# %% tags=["check"]
@exercise(3, parameters)
def check():
    assert parameters == count(784, 128, 10), "每个神经元：输入的个数，再加 1 个偏置"


# %% [markdown]
# ## 前向传播不是什么
#
# 它不是学习（有的教程称它为“一种学习方法”）。它什么也不改变：同样的输入得到同样的输出，
# 今天如此，明天也如此。学习始于一个反方向的问题：**要让输出更好，这 13 个数里该改哪些，
# 各改多少**？往回走一趟，13 个答案就都有了：

# %%
y.backward()
draw(y, style="cards")

# %% [markdown]
# ## 再来一个练习
#
# ### 练习 4：手工搭一个网络
#
# 搭一个网络，在以 (0, 0)、(1, 0)、(0, 1) 为顶点的三角形内回答“是”（1），在外面回答“否”（0）。
# 三个神经元各沿一条边切一刀，另外的神经元把它们的回答合起来。正确的网络不止一个。
# 用 `plane(triangle, "三角形")` 看看你搭的网络。
#
# <details><summary>答案</summary>
#
# 三条边是 $x_1 = 0$、$x_2 = 0$ 和 $x_1 + x_2 = 1$。在三角形内，$x_1$、$x_2$ 和 $1 - x_1 - x_2$
# 都大于 0。两个“与”把三个回答合起来。
#
# ```python
# def triangle(x):
#     right_of, above, below = gate(1, 0, 0)(x), gate(0, 1, 0)(x), gate(-1, -1, 1)(x)
#     return gates["and"]([gates["and"]([right_of, above]), below])
# ```
# </details>

# %% tags=["exercise"]
triangle = ...  # 函数：def triangle(x): return ...，用 gate(w1, w2, b) 和 gates


# %% tags=["check"]
@exercise(4, triangle)
def check():
    inside, outside = [(0.2, 0.2), (0.5, 0.3), (0.1, 0.8)], [(-0.1, 0.5), (0.5, -0.1), (0.6, 0.6)]
    for p, q in inside:
        assert abs(triangle([p, q]) - 1) < 1e-9, f"({p}, {q}) 在里面，答案应为 1"
    for p, q in outside:
        assert abs(triangle([p, q])) < 1e-9, f"({p}, {q}) 在外面，答案应为 0"


# %% [markdown]
# ## 小结
#
# * 神经元：权重乘以输入，加上偏置，再经过激活函数。它切一刀，直的。
# * 第二层根据第一层的判断再作判断，所以两层能做到一层做不到的事。
# * 一层就是一个矩阵：输入竖着写是 $W x + b$，输入写成行是 $x W + b$，两张权重表互为转置。
# * 从 $n$ 到 $m$ 的一层有 $(n + 1)\,m$ 个参数。有几层、每层几个神经元是超参数，由你来选。
# * 前向传播什么也学不到。它留下一份记录，而学习需要的正是这份记录。
#
# 下一份：[4. 反向传播](04-backpropagation.ipynb)。往回走一趟，先手算，再交给引擎。
