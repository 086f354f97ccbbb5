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
# # 4. 反向传播：先手算，再交给引擎
#
# [English](../04-backpropagation.ipynb) · [术语对照](README.md)
#
# **时间：** 约 90 分钟 · **需要：** [笔记本 1](01-a-value-and-the-chain-rule.ipynb)（链式法则）和
# [笔记本 3](03-neurons-layers-nets.ipynb)（网络） · **学完之后：** 能手算一个小网络的全部梯度，
# 能从计算图推出教科书里的误差项公式（广义 δ 规则），能在别人的计算里找出第一处错误。
#
# 网络的输出差了一点。该由哪些权重负责，各负多少？**反向传播**一次就能回答所有权重的这个问题。
# 这份笔记本把它做两遍：先用纸笔，在一个有 13 个参数的网络上算；再让引擎算，然后把两边的数逐个对照。
# （“责任”是个比喻，代表它的数就是梯度。文献里把这个问题叫作**贡献度分配**，credit assignment。）

# %%
from itertools import pairwise
from math import exp
from random import Random

from autograd_lite import (
    Primitive,
    Value,
    dot,
    draw,
    explain,
    gradcheck,
    paths,
    set_language,
    sigmoid,
    step,
)
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import lines

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 网络和它的数
#
# 两个输入，三个隐藏神经元，一个输出。每个神经元先求加权和 $z$，再用 sigmoid 函数把它压到 0 与 1
# 之间：$a = \sigma(z) = 1 / (1 + e^{-z})$；算出来的 $a$ 是它的输出，也叫**激活值**。
# 这个例子在教程里流传很广，用的就是下面这些数：

# %%
x, y = [0.5, 0.8], 1.0  # 一个样本和它的目标值
w2 = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]  # 隐藏层：每个神经元一行
b2 = [0.1, 0.2, 0.3]
w3, b3 = [0.7, 0.8, 0.9], 0.1  # 输出神经元

# %% [markdown]
# 层数从输入数起，输入是第 1 层。所以隐藏层是第 2 层，输出层是第 3 层：
#
# $$z^{(2)} = W^{(2)} x + b^{(2)} \qquad a^{(2)} = \sigma(z^{(2)}) \qquad
# z^{(3)} = W^{(3)} a^{(2)} + b^{(3)} \qquad a^{(3)} = \sigma(z^{(3)})$$
#
# 输出错了多少，由**损失函数** $J = \frac12 (a^{(3)} - y)^2$ 来说。
#
# ## 前向传播，手算
#
# 第一个隐藏神经元：$0.1 \cdot 0.5 + 0.2 \cdot 0.8 + 0.1 = 0.31$，而 $\sigma(0.31) = 0.5769$。
# 其余的照此办理。


# %%
def sigma(z):
    return 1 / (1 + exp(-z))


z2 = [row[0] * x[0] + row[1] * x[1] + b for row, b in zip(w2, b2)]
a2 = [sigma(z) for z in z2]
z3 = sum(w * a for w, a in zip(w3, a2)) + b3
a3 = sigma(z3)
J = 0.5 * (a3 - y) ** 2


def show(name, numbers):
    print(f"{name:10}", "  ".join(f"{number:+.4f}" for number in numbers))


for name, numbers in [("z(2)", z2), ("a(2)", a2), ("z(3)", [z3]), ("a(3)", [a3]), ("J", [J])]:
    show(name, numbers)

# %% [markdown]
# 输出是 0.845，想要的是 1。
#
# ## 同一个网络，画成计算图
#
# 现在改用 `Value`，它记得自己是怎样算出来的。一个 `dot` 节点就是一整个加权和；偏置当作一个权重，
# 它的输入恒为 1。损失函数也是一个运算，做法同[笔记本 1](01-a-value-and-the-chain-rule.ipynb)：一个
# `Primitive`，给出它的值和它的偏导数。图中，隐藏层的加权和叫 `z1` 到 `z3`，隐藏层的输出叫 `a1` 到
# `a3`，输出神经元的权重叫 `v1` 到 `v3`，偏置叫 `c`，加权和叫 `z`，输出叫 `a`。

# %%
half_square = Primitive(
    "half_square",
    lambda a, y: 0.5 * (a - y) ** 2,
    lambda out, a, y: (a - y, y - a),
    label="½(a−y)²",
)
assert gradcheck(half_square, 0.8, 1.0)


def net(x, y):
    """一个样本的损失（计算图），以及按名字取用的各个 Value。"""
    w = [[Value(n, f"w{j}{i}") for i, n in enumerate(row, 1)] for j, row in enumerate(w2, 1)]
    b = [Value(n, f"b{j}") for j, n in enumerate(b2, 1)]
    v, c = [Value(n, f"v{j}") for j, n in enumerate(w3, 1)], Value(b3, "c")
    hidden = []
    found = [*(each for row in w for each in row), *b, *v, c]
    for j, (row, bias) in enumerate(zip(w, b), 1):
        z = dot([*row, bias], [*x, 1.0])
        a = sigmoid(z)
        z.label, a.label = f"z{j}", f"a{j}"
        hidden.append(a)
        found += [z, a]
    z = dot([*v, c], [*hidden, 1.0])
    a = sigmoid(z)
    loss = half_square(a, y)
    z.label, a.label, loss.label = "z", "a", "J"
    found += [z, a]
    return loss, {value.label: value for value in found}


loss, value = net(x, y)
draw(loss)

# %% [markdown]
# ## 反向第一步：输出神经元
#
# 从终点出发，在每个节点上问：“这个数增大一点点，$J$ 会变化多少？”
#
# * 输出 $a$：$J = \frac12 (a - y)^2$ 的导数是 $a - y = 0.845 - 1 = -0.155$。输出大一点，$J$
#   就小一点。
# * 它前面的加权和 $z$：sigmoid 的导数是
#   $\sigma'(z) = \sigma(z)\,(1 - \sigma(z)) = 0.845 \cdot 0.155 = 0.131$。所以 $J$ 对 $z$ 的导数是
#   $-0.155 \cdot 0.131 = -0.0203$。
#
# $J$ 对一个神经元的**加权和**的导数非常有用，所以有专门的名字：这个神经元的**误差项**
# $\delta$（delta，也简称“误差”）。
#
# $$\delta^{(3)} = \frac{\partial J}{\partial z^{(3)}} = (a^{(3)} - y) \cdot \sigma'(z^{(3)})$$


# %%
def slope(z):
    """sigmoid 函数在 z 处的导数。"""
    return sigma(z) * (1 - sigma(z))


delta3 = (a3 - y) * slope(z3)
show("a(3) - y", [a3 - y])
show("sigma'", [slope(z3)])
show("delta(3)", [delta3])

# %% [markdown]
# 误差项为什么有用？因为凡是**进入**这个加权和的数，现在都只差一次乘法。加权和是
# $z^{(3)} = v_1 a_1 + v_2 a_2 + v_3 a_3 + c$。它对 $v_1$ 的导数是 $a_1$，对 $a_1$ 的导数是 $v_1$，
# 对 $c$ 的导数是 1：
#
# $$\frac{\partial J}{\partial v_j} = \delta^{(3)} a_j \qquad
# \frac{\partial J}{\partial c} = \delta^{(3)} \qquad
# \frac{\partial J}{\partial a_j} = \delta^{(3)} v_j$$
#
# 有三个权重通向输出神经元。先别急着往下运行：哪一个的梯度最大？把你的猜测写在省略号的位置。
# （不猜也行，程序照样往下走。）

# %% tags=["prediction"]
guess = ...  # "v1"、"v2" 或 "v3"：谁的梯度（绝对值）最大？

# %%
dw3 = [delta3 * a for a in a2]
db3 = delta3
da2 = [delta3 * w for w in w3]
show("dJ/dw(3)", dw3)
show("dJ/db(3)", [db3])
show("dJ/da(2)", da2)
_, largest = max((abs(d), f"v{j}") for j, d in enumerate(dw3, 1))
predicted(guess, largest, "第三个隐藏神经元的输出 0.737 是三个里最大的")

# %% [markdown]
# 看第一行：一个权重该负多少责任，与**从它那里进来的数**成正比。
# 第三个隐藏神经元的输出最大（0.737），所以它的权重得到的梯度（绝对值）也最大。
#
# ### 练习 1
#
# 用纸笔算：一个神经元的加权和 $z = 0$，输出 $a = \sigma(0) = 0.5$，目标值 $y = 0$，损失
# $J = \frac12 (a - y)^2$。它的一个输入是 $x = 4$。它的误差项是多少？这个输入的权重的梯度是多少？
#
# <details><summary>答案</summary>
#
# $\partial J / \partial a = 0.5$，sigmoid 在 0 处的导数是 $0.5 \cdot 0.5 = 0.25$，所以
# $\delta = 0.125$，权重的梯度是 $\delta \cdot x = 0.5$。
#
# ```python
# delta = 0.125
# weight_gradient = 0.5
# ```
# </details>

# %% tags=["exercise"]
delta = ...  # 你的答案
weight_gradient = ...  # 你的答案


# %% tags=["check"]
@exercise(1, delta, weight_gradient)
def check():
    w = Value(0.0)
    z = w * 4.0
    (0.5 * (sigmoid(z) - 0.0) ** 2).backward()
    assert abs(delta - z.grad) < 1e-9, "误差项是 dJ/da 乘以 sigmoid 在 z 处的导数"
    assert abs(weight_gradient - w.grad) < 1e-9, "误差项乘以从这个权重进来的数"


# %% [markdown]
# ### 亲手拨一拨误差项
#
# 下面单独画出输出神经元的计算图。在运行中的笔记本里，`z` 的数带有点线：**拖动它**，
# 其余的数都跟着变。

# %%
z = Value(z3, "z")
a = sigmoid(z)
felt = 0.5 * (a - y) ** 2
a.label, felt.label = "a", "J"
felt.backward()
draw(felt)

# %% [markdown]
# `z` 的梯度就是误差项。把 `z` 向右拖远：误差项趋于 0，因为误差 $a - y$ 是它的一个因子，
# 而那里几乎没有误差了。再把它向左拖远，拖到 $-8$：误差接近 1，误差项却又趋于 0，
# 因为这回接近 0 的因子是
# $\sigma'(z)$（**饱和**，[笔记本 2](02-activations.ipynb)）。
# 一个很有把握却错了的神经元，学得很慢。[笔记本 5](05-losses.ipynb) 会解决这个问题。
#
# ## 反向第二步：隐藏神经元
#
# 对隐藏神经元，问题还是同一个，只是前一半已经有了答案：$J$ 对 $a_j$ 的导数已知。再乘上它自己的
# sigmoid 的导数，就是它的误差项。
#
# $$\delta^{(2)}_j = \underbrace{v_j\, \delta^{(3)}}_{\partial J / \partial a_j} \cdot
# \sigma'(z^{(2)}_j)$$
#
# 信号前进时走哪个权重，责任就沿**同一个权重**退回来。反向传播因此得名。
#
# 第三个隐藏神经元通向输出的权重最大，是 $0.9$。它的误差项也最大吗？

# %% tags=["prediction"]
guess = ...  # 1、2 或 3：哪个隐藏神经元的误差项（绝对值）最大？

# %%
delta2 = [da * slope(z) for da, z in zip(da2, z2)]
dw2 = [[delta * each for each in x] for delta in delta2]
db2 = delta2
show("sigma'", [slope(z) for z in z2])
show("delta(2)", delta2)
for j, row in enumerate(dw2, 1):
    show(f"dJ/dw(2) {j}", row)
_, largest = max((abs(d), j) for j, d in enumerate(delta2, 1))
predicted(guess, largest, "第三个的权重更大，但它的 sigmoid 在那里更平")

# %% [markdown]
# 误差项由两个数相乘而成：这个神经元有多重要（$v_j$），以及它还能被推动多少（$\sigma'$）。
# $0.8 \cdot 0.2239 = 0.179$，大于 $0.9 \cdot 0.1939 = 0.175$。
#
# ## 引擎的结果逐个相同
#
# `backward` 给每个节点填上 `.grad`。引擎里没有任何东西知道什么是层、什么是神经元、什么是误差项。
# 它只是沿着连线相乘，在连线汇合处相加。

# %%
loss.backward()
by_hand = {"z": delta3, "a": a3 - y, "c": db3}
for j in range(3):
    k = j + 1
    by_hand |= {f"z{k}": delta2[j], f"a{k}": da2[j], f"v{k}": dw3[j], f"b{k}": db2[j]}
    by_hand |= {f"w{k}1": dw2[j][0], f"w{k}2": dw2[j][1]}

print("节点  手算         引擎")
for name, number in by_hand.items():
    engine = value[name].grad
    assert abs(number - engine) < 1e-12
    print(f"{name:4}  {number:+.8f}  {engine:+.8f}")

# %% [markdown]
# 21 个数全部一致。误差项其实就是各个加权和的 `.grad`：它们本来就在那里。
#
# 图中每张卡片的数下面现在多了它的梯度，每条连线上写着：左端变化时，右端随之变化多少倍。
# 不妨遮住卡片的下半部分，从右往左自己算：在每张卡片上，取右边的梯度，乘以连线上的数。

# %%
draw(loss)

# %% [markdown]
# 所有权重的梯度都是负的：增大任何一个，$J$ 都下降。这不奇怪，因为输出太小，而权重和输入都是正数。
#
# `explain` 用我们刚才的方法写出一个导数的全过程，连同公式。

# %%
print(explain(value["w11"], loss))

# %% [markdown]
# 下面是全部步骤，一次一步。（在运行中的笔记本里，用 ← 和 → 键前后移动；按**先预测**，
# 它会让你先猜每一个数。）

# %%
step(loss, start="backward")

# %% [markdown]
# ## 责任在哪里相加
#
# 第一层的一个权重只有一条路径通到 $J$：$w_{11}$ 只进入 $z_1$。一个**输入**呢？

# %% tags=["prediction"]
guess = ...  # 一个数：输入 x1 有几条路径通到 J？

# %%
inputs = [Value(n, f"x{i}") for i, n in enumerate(x, 1)]
loss, value = net(inputs, y)
found = paths(inputs[0], loss, top=3)
print(found)
predicted(guess, len(found), "它进入每个隐藏神经元的加权和")

# %% [markdown]
# 输入的梯度是各条路径之和。写成公式，这个和就是与**转置**矩阵的乘积：前向时，
# $W$ 汇集来自所有输入的信号；反向时，$W^T$
# 汇集来自所有神经元的责任。
#
# $$\frac{\partial J}{\partial x_i} = \sum_j w_{ji}\, \delta_j
# \qquad\text{即}\qquad \frac{\partial J}{\partial x} = W^{(2)T} \delta^{(2)}$$

# %%
dx = [sum(w2[j][i] * delta2[j] for j in range(3)) for i in range(2)]
loss.backward()
show("手算", dx)
show("引擎", [each.grad for each in inputs])

# %% [markdown]
# ## 任意多层：误差项公式（广义 δ 规则）
#
# 需要的东西都见过了。从最后一层到第一层，对每一层 $l$：
#
# $$\delta^{(L)} = \frac{\partial J}{\partial a^{(L)}} \odot \sigma'(z^{(L)}) \qquad
# \delta^{(l-1)} = W^{(l)T} \delta^{(l)} \odot \sigma'(z^{(l-1)}) \qquad
# \frac{\partial J}{\partial W^{(l)}} = \delta^{(l)} a^{(l-1)T} \qquad
# \frac{\partial J}{\partial b^{(l)}} = \delta^{(l)}$$
#
# （$\odot$ 表示逐元素相乘；$\delta\, a^T$ 是列乘以行，得到一张表：每个 δ 乘以前一层的每个输出。）
# 这四个式子叫作**广义 δ 规则**（generalised delta rule），
# 也叫反向传播方程。（不带“广义”的 δ 规则更早：那是 Widrow 和 Hoff 在 1960 年为单层网络提出的规则，
# 没有任何东西要穿过权重退回来。）公式里的每一项，在图里都有出处：
#
# | 公式里 | 图里 |
# |---|---|
# | $\sigma'(z)$ | 从 $z$ 到 $a$ 的连线上的数 |
# | $W^T$ | 从一层的各个 $a$ 到下一层加权和的连线上的数 |
# | $W^T \delta$ 里的求和 | 在一个节点汇合的连线 |
# | $a^{(l-1)T}$ | 从权重到加权和的连线上的数 |
# | $\partial J / \partial b$ 里的 1 | 从偏置出发的连线上的数 |
#
# 写成程序，网络多深都行：


# %%
def generalised_delta_rule(layers, x, y):
    """每一层 [(weights, biases), ...] 的 dJ/dW 和 dJ/db，其中 J = ½ Σ (a - y)²。"""
    answers, sums = [x], []
    for weights, biases in layers:  # 前向
        z = [sum(w * a for w, a in zip(row, answers[-1])) + b for row, b in zip(weights, biases)]
        sums.append(z)
        answers.append([sigma(each) for each in z])
    back = [a - t for a, t in zip(answers[-1], y)]  # 最后一层的 dJ/da
    found = []
    for (weights, _), z, a in reversed(list(zip(layers, sums, answers))):
        delta = [d * slope(each) for d, each in zip(back, z)]
        found.append(([[d * each for each in a] for d in delta], delta))
        back = [sum(row[i] * d for row, d in zip(weights, delta)) for i in range(len(a))]
    return found[::-1]


rng = Random(0)
sizes = [3, 5, 4, 2]
layers = [
    ([[rng.gauss(0, 1) for _ in range(n)] for _ in range(m)], [rng.gauss(0, 1) for _ in range(m)])
    for n, m in pairwise(sizes)
]
sample, target = [0.2, -0.7, 1.1], [1.0, 0.0]
rule = generalised_delta_rule(layers, sample, target)

# %% [markdown]
# 引擎也能得到同样的结果，我们只需写前向的一半：

# %%
live = [([[Value(w) for w in row] for row in ws], [Value(b) for b in bs]) for ws, bs in layers]
a = sample
for weights, biases in live:
    a = [sigmoid(dot([*row, b], [*a, 1.0])) for row, b in zip(weights, biases)]
sum(0.5 * (each - t) ** 2 for each, t in zip(a, target)).backward()

largest = 0.0
for (weights, biases), (dw, db) in zip(live, rule):
    for row, by_rule in zip([*weights, biases], [*dw, db]):
        for parameter, number in zip(row, by_rule):
            largest = max(largest, abs(parameter.grad - number))
count = sum(len(bs) * (len(ws[0]) + 1) for ws, bs in layers)
print(f"{count} 个梯度，最大差别小于 1e-15：{largest < 1e-15}")

# %% [markdown]
# ## 公式到此为止，计算图还能走下去
#
# 误差项公式只适用于一种网络：一层接一层，每个权重只用一次。
# 从输入直接连一条**捷径**到输出，或者把一个权重用**两次**，公式就得重新推导。计算图却不在乎。下面的
# $w$ 在两层里都用到，所以责任沿两条路径回到它那里：

# %%
w = Value(0.5, "w")
h = sigmoid(w * 2.0)
out = sigmoid(w * h)
h.label, out.label = "h", "out"
out.backward()
draw(out)

# %% [markdown]
# ### 练习 2
#
# 在这份笔记本的网络里，把三个**隐藏**神经元的 sigmoid 换成 ReLU（输出神经元仍用 sigmoid）。
# 隐藏层的加权和都是正的，所以 $a^{(2)} = z^{(2)}$。写出隐藏层的三个误差项，放在一个列表里。（可以把
# Python 当计算器用。）
#
# <details><summary>答案</summary>
#
# 加权和为正时，ReLU 的导数是 1，所以 $\delta^{(2)}_j = v_j\, \delta^{(3)}$。但 $\delta^{(3)}$
# 现在也变了：$z^{(3)} = 0.7 \cdot 0.31 + 0.8 \cdot 0.67 + 0.9 \cdot 1.03 + 0.1 = 1.78$。
#
# ```python
# z_out = 0.7 * 0.31 + 0.8 * 0.67 + 0.9 * 1.03 + 0.1
# delta_out = (sigma(z_out) - 1.0) * slope(z_out)
# relu_deltas = [0.7 * delta_out, 0.8 * delta_out, 0.9 * delta_out]
# ```
# </details>

# %% tags=["exercise"]
relu_deltas = ...  # 你的答案：三个数的列表


# %% tags=["check"]
@exercise(2, relu_deltas)
def check():
    sums = [Value(n) for n in (0.31, 0.67, 1.03)]
    answer = sigmoid(dot([*w3, b3], [*(z.relu() for z in sums), 1.0]))
    (0.5 * (answer - 1.0) ** 2).backward()
    assert len(relu_deltas) == 3, "每个隐藏神经元一个误差项"
    for given, z in zip(relu_deltas, sums):
        hint = "这里 ReLU 的导数是 1，而且 z(3) 也变了"
        assert abs(given - z.grad) < 1e-6, hint


# %% [markdown]
# ## 门诊：别人的计算
#
# 我们这些数出自一篇教程，它印出了 39 个结果，只有前四个是对的。下面是其中的 22 个；
# 其余的（偏置的梯度、更新一步以后的参数）也都错了：

# %%
printed = {
    "z(2)": [0.31, 0.67, 1.03], "a(2)": [0.5769, 0.6627, 0.7358], "z(3)": [1.4475],
    "a(3)": [0.8078], "J": [0.0184], "delta(3)": [-0.0384],
    "delta(2)": [-0.0087, -0.0101, -0.0114], "dJ/dw(3)": [-0.0221, -0.0255, -0.0283],
    "dJ/dw(2)": [-0.0044, -0.0070, -0.0051, -0.0081, -0.0058, -0.0092],
}  # fmt: skip
right = {
    "z(2)": z2, "a(2)": a2, "z(3)": [z3], "a(3)": [a3], "J": [J], "delta(3)": [delta3],
    "delta(2)": delta2, "dJ/dw(3)": dw3, "dJ/dw(2)": [d for row in dw2 for d in row],
}  # fmt: skip
print("            教程印出的数，下一行是正确的数")
for name, numbers in printed.items():
    show(name, numbers)
    show("", right[name])

# %% [markdown]
# 这样一张表看上去无可救药，但大部分错误是**继承**来的：一行错了，后面的行全被带坏。
# 要找出真正出错的行，就把每一行**从它前面印出的数**重新算一遍。

# %% tags=["prediction"]
guess = ...  # 一个数：九行里有几行是自己出的错？

# %%
p = printed
anew = {
    "z(2)": z2,
    "a(2)": [sigma(z) for z in p["z(2)"]],
    "z(3)": [sum(w * a for w, a in zip(w3, p["a(2)"])) + b3],
    "a(3)": [sigma(p["z(3)"][0])],
    "J": [0.5 * (p["a(3)"][0] - y) ** 2],
    "delta(3)": [(p["a(3)"][0] - y) * slope(p["z(3)"][0])],
    "delta(2)": [w * p["delta(3)"][0] * slope(z) for w, z in zip(w3, p["z(2)"])],
    "dJ/dw(3)": [p["delta(3)"][0] * a for a in p["a(2)"]],
    "dJ/dw(2)": [d * each for d in p["delta(2)"] for each in x],
}
guilty = 0
for name, numbers in anew.items():
    off = max(abs(number - said) for number, said in zip(numbers, p[name]))
    guilty += off > 1.5e-4
    print(f"{name:10}", "正确" if off < 1.5e-4 else f"本行有错，最多差 {off:.4f}")
predicted(guess, guilty, "其余各行的计算是对的，只是有的用了前面错误的数")

# %% [markdown]
# 最严重的错误在 $z^{(3)}$，少了 0.25。教训是：**公式可以全对，而数全错**。在拿一个数做依据之前，
# 先与引擎对照，或者用微小扰动检验（`gradcheck`，[笔记本 1](01-a-value-and-the-chain-rule.ipynb)）。
#
# ### 公式对，名字错
#
# 同一篇教程把 $\partial J / \partial b^{(3)} = \delta^{(3)}$ 叫作“隐藏层的偏置梯度”，把
# $\partial J / \partial b^{(2)} = \delta^{(2)}$ 叫作“输入层的偏置梯度”。公式是对的。可
# $b^{(2)}$ 到底是谁的偏置？问问计算图：每个偏置进入了哪个加权和。

# %% tags=["prediction"]
guess = ...  # "输入层"、"隐藏层" 或 "输出层"：b(2) 是哪一层的偏置？

# %%
for bias in ("b1", "b2", "b3", "c"):
    for name, each in value.items():
        if any(parent is value[bias] for parent in each.parents):
            print(f"{bias:2} 进入 {name:2}   {value[bias].grad:+.4f} = {each.grad:+.4f}")
predicted(guess, "隐藏层", "它们进入三个隐藏神经元的加权和，一共有三个")

# %% [markdown]
# 所以 $\partial J / \partial b^{(3)}$ 只有一个数，是**输出**神经元的偏置（图中的 `c`）的梯度；
# $\partial J / \partial b^{(2)}$ 有三个数，是**隐藏**神经元的偏置的梯度。
# 输入层没有偏置，也没有激活函数，它的数是给定的，不是算出来的。一层的权重和偏置，
# 是**通向**这一层的那些。
#
# 那篇教程还说 $\delta$ 是“损失函数对该层输出的梯度”。对输出 $a$ 的梯度是 $a - y$；对**加权和** $z$
# 的梯度才是 $\delta$。
#
# ### 需要修正的公式
#
# 还有些教程把公式本身写错了。每一种说法都可以在一个神经元上检验：$a = \sigma(w x + b)$，
# $J = (a - y)^2$。

# %%
w, b = Value(0.6), Value(-0.2)
neuron = sigmoid(w * 1.5 + b)
((neuron - 1.0) ** 2).backward()

a = neuron.data
dJda = 2 * (a - 1.0)
print(f"引擎  dJ/dw             {w.grad:+.6f}")
print(f"漏项  dJ/da x           {dJda * 1.5:+.6f}")
print(f"正确  dJ/da f'(z) x     {dJda * a * (1 - a) * 1.5:+.6f}")
print(f"错用  dJ/da f'(z) a     {dJda * a * (1 - a) * a:+.6f}")

# %% [markdown]
# * 对输出 $y_j = f(\sum_i w_{ji} x_i + b_j)$（即这里的 $a$），有教程写
#   $\partial L / \partial w_{ji} = \partial L / \partial y_j \cdot x_i$ 和
#   $\partial L / \partial b_j = \partial L / \partial y_j$：漏了 $f'(z_j)$。正确的是
#   $\dfrac{\partial L}{\partial w_{ji}} = \dfrac{\partial L}{\partial y_j}\, f'(z_j)\, x_i$。
# * `dW = A.T @ (A - Y) * d_sigmoid(Z)`：该用神经元的输入的地方，用了它自己的输出 $A$。
# * `dZ = A - Y` 和 `dA = d_sigmoid(Z) * dZ`：名字对调了。$A - Y$ 是对 $A$ 的梯度；
#   乘上导数以后才是对 $Z$ 的梯度，也就是误差项。（而且 `Z` 根本没有传给那个函数，
#   所以还没来得及算错，就先报 `NameError` 停下了。）
# * “将误差传递给**下一层**的神经元”：应当是**前一层**。
#
# 顺便说一句术语：有些教程写“后向传播”，通行的说法是**反向传播**；与它相对的是**前向传播**。
#
# ## 多个样本一起算
#
# 把样本作为矩阵的行，一层就是 $A = f(X W + b)$；这是[笔记本 3](03-neurons-layers-nets.ipynb)
# 的**行向量约定**。损失是 $m$ 个样本的平均，所以每个样本都带来一条路径，梯度要**对样本求和**，
# 偏置的梯度也一样。（程序里写 `b -= rate * delta` 只对一个样本成立：样本多了，`delta`
# 每个样本占一列。）
#
# $$J = \frac{1}{2m} \sum_{\text{样本}} (A - Y)^2 \qquad
# \frac{\partial J}{\partial W} = \frac1m X^T \big((A - Y) \odot f'(Z)\big) \qquad
# \frac{\partial J}{\partial b} = \frac1m \sum_{\text{样本}} (A - Y) \odot f'(Z)$$
#
# 用 NumPy 写出来是这样（只供对照，这里不运行）：
#
# ```python
# Z = X @ W + b
# A = sigmoid(Z)
# dZ = (A - Y) * A * (1 - A) / m
# dW, db = X.T @ dZ, dZ.sum(axis=0)       # 只对样本求和
# dX = dZ @ W.T                           # 交给前一层
# ```

# %%
X = [[0.0, 1.0], [1.0, 0.5], [-1.0, 2.0], [0.5, 0.5]]
Y = [1.0, 0.0, 1.0, 0.0]
W, b = [Value(0.3), Value(-0.4)], Value(0.1)
m = len(X)
outputs = [sigmoid(dot([*W, b], [*row, 1.0])) for row in X]
loss = sum((a - t) ** 2 for a, t in zip(outputs, Y)) / (2 * m)
loss.backward()

dZ = [(a.data - t) * a.data * (1 - a.data) / m for a, t in zip(outputs, Y)]
dW = [sum(row[i] * d for row, d in zip(X, dZ)) for i in range(2)]
show("公式", [*dW, sum(dZ)])
show("引擎", [W[0].grad, W[1].grad, b.grad])

# %% [markdown]
# ## 走一步，再走一千步
#
# 梯度指出 $J$ **增大**的方向。所以每个参数朝相反方向走一小步，**学习率** $\alpha = 0.1$：
#
# $$w \leftarrow w - \alpha \frac{\partial J}{\partial w}$$

# %%
loss, value = net(x, y)
loss.backward()
parameters = [v for v in value.values() if v.op is None]
before = loss.data
for v in parameters:
    v.data -= 0.1 * v.grad
for names in (["v1", "v2", "v3"], ["c"], ["w11", "w12"], ["w21", "w22"], ["w31", "w32"]):
    show(" ".join(names), [value[name].data for name in names])
show("b1 b2 b3", [value[f"b{j}"].data for j in (1, 2, 3)])

# %% [markdown]
# 所有梯度都是在参数移动**之前**求出的。要看这一步有什么效果，就用新的数重新做前向传播；然后继续，
# 走一千步。


# %%
def forward():
    hidden = [
        sigmoid(dot([value[f"w{j}1"], value[f"w{j}2"], value[f"b{j}"]], [*x, 1.0]))
        for j in (1, 2, 3)
    ]
    a = sigmoid(dot([value["v1"], value["v2"], value["v3"], value["c"]], [*hidden, 1.0]))
    return 0.5 * (a - y) ** 2


losses = [before]
for _ in range(999):
    loss = forward()
    losses.append(loss.data)
    for v in parameters:
        v.grad = 0.0
    loss.backward()
    for v in parameters:
        v.data -= 0.1 * v.grad
for k in range(0, 1000, 100):
    print(f"{k:3} 步之后   J = {losses[k]:.7f}")
print(f"J：{losses[0]:.7f}，1 步之后 {losses[1]:.7f}，999 步之后 {losses[-1]:.7f}")
lines({"J": losses}, x=range(1000), title="一个样本，背下来了", x_name="步")

# %% [markdown]
# 一个样本算不上什么考验，网络只是把它背了下来（即**过拟合**，见笔记本 7b）。
# 但世上所有的网络都是用这四步训练的：前向、清零、反向、更新。
# [笔记本 6](06-gradient-descent.ipynb) 会仔细研究其中最后一步，并回答为什么要走这么多步。
#
# 没有引擎时，反向的一半要用 NumPy 手写。下面是那篇教程自己的代码，它是对的，一次处理一个样本，
# 样本是一个列向量（这里不运行）：
#
# ```python
# output_delta = (a3 - y) * sigmoid_derivative(z3)
# hidden_delta = np.dot(w3.T, output_delta) * sigmoid_derivative(z2)
# w3 -= learning_rate * np.dot(output_delta, a2.T)
# b3 -= learning_rate * output_delta
# w2 -= learning_rate * np.dot(hidden_delta, x.T)
# b2 -= learning_rate * hidden_delta
# ```
#
# ## 它从哪里来
#
# 有教程说，反向传播“最初由 Rumelhart、Hinton 和 Williams 在 1986 年提出”。
# 其实他们是让它**广为人知**：他们展示了隐藏神经元靠它能学到什么，
# “广义 δ 规则”这个名字也是他们起的。方法本身更早：
#
# * **Linnainmaa，1970**：从一个程序的结果出发，用链式法则一直退回到它的所有输入。
#   今天这叫作**反向模式**自动微分，这份笔记本用的引擎做的正是这件事。他要研究的是舍入误差的影响。
# * **Werbos，1974**：把同样的方法用于根据数据拟合模型；1982 年他写出了它在神经网络上的形式。
#
# 延伸阅读（另见文档中 *Read on* 一页）：
#
# * S. Linnainmaa, *The representation of the cumulative rounding error of an algorithm as a Taylor
#   expansion of the local rounding errors*, 硕士论文（芬兰文），University of Helsinki, 1970；
#   英文版：
#   *Taylor expansion of the accumulated rounding error*, BIT 16, 1976.
# * P. Werbos, *Beyond regression: new tools for prediction and analysis in the behavioral
#   sciences*, 博士论文，Harvard University, 1974.
# * D. Rumelhart, G. Hinton, R. Williams, *Learning representations by back-propagating errors*,
#   Nature 323, 1986.
#
# ## 更多练习
#
# ### 练习 3
#
# 写一个函数 `hidden_deltas(weights, deltas, z)`，求一层 **tanh** 神经元的误差项。已知这一层的加权和
# `z`、后一层的误差项 `deltas`，以及两层之间的权重 `weights`，后一层的每个神经元占一行。tanh 在 $z$
# 处的导数是 $1 - \tanh^2 z$（`from math import tanh`）。
#
# <details><summary>答案</summary>
#
# 神经元 $i$ 从后一层的所有神经元 $j$ 收集 $\sum_j w_{ji} \delta_j$，再乘以自己的导数。
#
# ```python
# from math import tanh
#
# def hidden_deltas(weights, deltas, z):
#     return [
#         sum(row[i] * d for row, d in zip(weights, deltas)) * (1 - tanh(z[i]) ** 2)
#         for i in range(len(z))
#     ]
# ```
# </details>

# %% tags=["exercise"]
hidden_deltas = ...  # 你的答案：def hidden_deltas(weights, deltas, z): ...


# %% tags=["check"]
@exercise(3, hidden_deltas)
def check():
    sums = [Value(n) for n in (0.5, -1.0, 0.2)]
    between, later = [[1.0, -2.0, 0.5], [0.3, 0.1, -1.5]], [0.7, -0.4]
    after = [dot(row, [z.tanh() for z in sums]) for row in between]
    dot(after, later).backward()  # 使后一层的每个加权和恰有给定的误差项
    found = hidden_deltas(between, later, [0.5, -1.0, 0.2])
    assert len(found) == 3, "z 里的每个加权和一个误差项"
    assert all(abs(d - z.grad) < 1e-9 for d, z in zip(found, sums)), (
        "对后一层的神经元求和，再乘以 1 - tanh(z)**2"
    )


# %% [markdown]
# ### 练习 4（稍长）
#
# 给网络加一条**捷径**：输入还通过另外两个权重 $s_1$、$s_2$ 直接进入输出神经元，于是
# $z^{(3)} = v_1 a_1 + v_2 a_2 + v_3 a_3 + s_1 x_1 + s_2 x_2 + c$。误差项公式不适用于这样的网络。
# 推导哪里变了，然后写一个函数 `with_shortcut(s)`，不用引擎，自己动手算。它返回两个列表：
# $\partial J / \partial s$ 和 $\partial J / \partial x$，用的是这份笔记本里的数（`x`、`y`、`w2`、
# `b2`、`w3`、`b3`）。
#
# <details><summary>答案</summary>
#
# 权重 $s$ 和别的权重一样进入输出神经元的加权和，所以它们的梯度是 $\delta^{(3)} x_i$。一个输入现在有
# **四条**路径：三条经过隐藏神经元，还有一条是捷径，它多贡献 $s_i \delta^{(3)}$。
#
# ```python
# def with_shortcut(s):
#     sums = [sum(w * each for w, each in zip(row, x)) + b for row, b in zip(w2, b2)]
#     hidden = [sigma(each) for each in sums]
#     z = sum(w * each for w, each in zip(w3, hidden)) + b3
#     z += sum(weight * each for weight, each in zip(s, x))
#     last = (sigma(z) - y) * slope(z)
#     before = [w * last * slope(each) for w, each in zip(w3, sums)]
#     ds = [last * each for each in x]
#     dx = [sum(w2[j][i] * before[j] for j in range(3)) + s[i] * last for i in range(2)]
#     return ds, dx
# ```
# </details>

# %% tags=["exercise"]
with_shortcut = ...  # 你的答案：def with_shortcut(s): ...


# %% tags=["check"]
@exercise(4, with_shortcut)
def check():
    for s in ([0.0, 0.0], [0.4, -0.6]):
        shortcut, inputs = [Value(n) for n in s], [Value(n) for n in x]
        hidden = [sigmoid(dot([*row, b], [*inputs, 1.0])) for row, b in zip(w2, b2)]
        z = dot([*w3, *shortcut, b3], [*hidden, *inputs, 1.0])
        (0.5 * (sigmoid(z) - y) ** 2).backward()
        ds, dx = with_shortcut(list(s))
        assert len(ds) == len(dx) == 2, "两个列表，各有两个数：dJ/ds 和 dJ/dx"
        assert all(abs(d - each.grad) < 1e-9 for d, each in zip(ds, shortcut)), (
            "dJ/ds：delta(3) 乘以进来的数；z(3) 里加上捷径了吗？"
        )
        assert all(abs(d - each.grad) < 1e-9 for d, each in zip(dx, inputs)), (
            "dJ/dx：三条路径经过隐藏神经元，还有第四条"
        )


# %% [markdown]
# ## 小结
#
# * 神经元的误差项是 $\partial J / \partial z$，即加权和处的梯度。
# * 权重的梯度是“从它进来的数”乘以“误差项”；偏置的梯度就是误差项。
# * 责任沿同样的权重退回，乘以激活函数的导数，在汇合处相加。
# * 误差项公式（广义 δ 规则）是链式法则用在层上的样子；计算图则适用于一切情形。
# * 印出来的数只是一种说法：每一行都要从前一行重新算起。
#
# 下一份：[5. 损失函数](05-losses.ipynb)，什么叫“错了”，错误又怎样影响误差项。
