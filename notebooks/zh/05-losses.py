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
# # 5. 损失函数：什么叫“错了”
#
# [English](../05-losses.ipynb) · [术语对照](README.md)
#
# **时间：** 约 80 分钟 · **需要：** [笔记本 1](01-a-value-and-the-chain-rule.ipynb)（链式法则）和
# [笔记本 2](02-activations.ipynb)（sigmoid 函数及其饱和） · **学完之后：** 能选择损失函数，
# 说出它的梯度往哪里拉；能从似然和梯度两方面解释为什么训练分类器用交叉熵；能推导著名的梯度 $p - t$；
# 知道损失函数为什么以对数几率为输入。
#
# **损失函数**用一个数说出网络错得有多厉害。训练就是让这个数变小，所以学到什么由它决定：除此之外，
# 网络什么也看不到。而网络真正**感觉到**的，又只是它的导数，也就是梯度。
# 这份笔记本就从导数的角度来看各种损失函数。

# %%
import warnings
from math import prod

import autograd_lite as ag
import nn
from autograd_lite import Value, draw, exp, grad, log, set_language, sigmoid, softmax
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import curves, lines, multiples

set_language("zh")  # 图和程序输出里的文字用中文


def pair(functions, between, name):
    """两幅图：几个函数，以及它们的导数。"""
    slopes = {each: grad(f) for each, f in functions.items()}
    return multiples(
        [
            curves(functions, between, names=(name, ""), title="损失", width=340.0),
            curves(slopes, between, names=(name, ""), title="导数", width=340.0),
        ],
        columns=2,
    )


# %% [markdown]
# ## 平方误差：离得越远，拉得越重
#
# 三个预测值 $\hat y$，三个目标值 $y$。误差是 $-0.5$、$0.5$ 和 $0$，平方是 $0.25$、$0.25$ 和 $0$。
# 它们的平均就是**均方误差**（MSE）：
#
# $$\text{MSE} = \frac1n \sum_{i=1}^n (y_i - \hat y_i)^2 = \frac{0.25 + 0.25 + 0}{3} = 0.1667$$

# %%
predictions = [Value(2.5, "p1"), Value(0.0, "p2"), Value(2.0, "p3")]
loss = nn.mse(predictions, [3.0, -0.5, 2.0])
loss.label = "MSE"
loss.backward()
draw(loss, level="operation")

# %% [markdown]
# 看 `p1`、`p2`、`p3` 的梯度：$-0.333$、$+0.333$ 和 $0$。平方的导数是误差的两倍，求平均又除以 $n$：
#
# $$\frac{\partial\,\text{MSE}}{\partial \hat y_i} = \frac{2\,(\hat y_i - y_i)}{n}$$
#
# 所以每个预测值都像被一根橡皮筋拉向目标：离得远一倍，拉力就大一倍。（**拉力**就是反号的梯度：
# 训练会把预测值往那边移动。）
#
# ## 一个离得很远的点
#
# 现在把整个网络换成一个数 $c$，对所有样本都给出同一个回答。目标值是 1、2、3、4 和 20 时，哪个 $c$
# 最好？这要看用什么损失函数。**绝对误差**（`nn.l1`）只计 $|y - c|$；不论远近，它的导数总是 $-1$ 或
# $+1$。20 这样远离其余各点的，叫作**离群值**。

# %% tags=["prediction"]
guess = ...  # 一个数：使 y - c 的平方平均最小的 c

# %%
targets = [1.0, 2.0, 3.0, 4.0, 20.0]


def squares(c):
    return nn.mse([c] * 5, targets)


def absolutes(c):
    return nn.l1([c] * 5, targets)


predicted(guess, sum(targets) / 5, "就是平均数，那一个很远的点把它拉了过去")
multiples(
    [
        curves({"平方误差": squares}, (0, 12), names=("c", ""), low=0, width=340.0,
               points={"最小值在 6，平均数": [(6, squares(6).data)]}),
        curves({"绝对误差": absolutes}, (0, 12), names=("c", ""), low=0, width=340.0,
               points={"最小值在 3，中位数": [(3, absolutes(3).data)]}),
    ],
    columns=2,
)  # fmt: skip

# %% [markdown]
# 损失最小的地方，各方的拉力相互平衡。在 $c = 6$ 和 $c = 3$ 处，每个点拉得多重
# （负号向左，正号向右）：

# %%
for name, loss, c in [("平方误差", nn.mse, 6.0), ("绝对误差", nn.l1, 3.0)]:
    answers = [Value(c) for _ in targets]
    loss(answers, targets).backward()
    pulls = [0.0 - answer.grad for answer in answers]
    told = "  ".join(f"{pull:+.1f}" for pull in pulls)
    print(f"{name}，c = {c}：{told}   合计 {abs(sum(pulls)):.1f}")

# %% [markdown]
# 用平方误差时，20 那个点的拉力与其余各点的总和一样大，于是答案被拉离了人群。绝对误差则是数人头：
# 两个往左拉，两个往右拉。
#
# **Huber 损失**是一种折中：在目标附近是抛物线，再远就是直线。它的拉力随误差增大，但有一个上限。
# 从哪里开始换成直线（参数 `delta`，这里是 1），由人来定，不是训练学到的。这样的数叫作**超参数**。

# %%
kinds = {
    "平方": lambda error: nn.mse([error], [0.0]),
    "绝对值": lambda error: nn.l1([error], [0.0]),
    "Huber": lambda error: nn.huber([error], [0.0]),
}
pair(kinds, (-3, 3), "误差")

# %% [markdown]
# ## 求和还是平均
#
# MSE 对样本求**平均**。有些教科书里的交叉熵（见下文）却是**求和**。两种都可以，但不是一回事：有 100
# 个样本时，和是平均的 100 倍，梯度也是；适合其中一种的学习率，会毁掉另一种。`nn`
# 的每个损失函数都有参数 `reduction`，默认取平均。

# %%
for reduction in ("mean", "sum"):
    p = Value(0.5)
    nn.mse([p] * 100, [1.0] * 100, reduction=reduction).backward()
    print(f"{reduction:4}  梯度 {p.grad:+.1f}")

# %% [markdown]
# ## 是或否
#
# 现在要回答的是类别：这是不是一只猫？网络给出一个得分 $z$，可以是任意实数；sigmoid 函数把它变成概率
# $p = \sigma(z)$。这个得分叫作**对数几率**（logit）。
#
# 目标值是 $t = 1$ 时，$p$ 错得有多厉害？按平方误差，是 $(p - 1)^2$。按**交叉熵**，是 $-\ln p$：
# 如果你原先说是猫的概率为 $p$，结果真是猫，你该有多**惊讶**。（信息论里把它叫作自信息。）

# %%
for p in (0.99, 0.9, 0.5, 0.1, 0.01, 0.001):
    print(f"p = {p:<5}  平方 {(1 - p) ** 2:.3f}   惊讶 {nn.binary_cross_entropy(p, 1).data:.3f}")

# %% [markdown]
# 回答得很有把握却错了时，平方误差最多说 1，而惊讶程度没有上限。目标值为 0 时，把 $p$ 换成 $1 - p$，
# 道理相同。合成一个公式，对 $n$ 个样本：
#
# $$\text{CE} = -\frac1n \sum_{i=1}^n \big[\, t_i \ln p_i + (1 - t_i) \ln (1 - p_i) \,\big]$$
#
# ## 为什么取对数？似然
#
# 这个公式是有来由的。有四张图片：前三张是猫，最后一张不是。网络对它们给出的 $p$ 是
# $0.9$、$0.8$、$0.6$、$0.3$。照网络自己的说法，目标值恰好如此的概率有多大？各张图片相互独立，
# 所以把概率相乘：
#
# $$0.9 \cdot 0.8 \cdot 0.6 \cdot (1 - 0.3) = 0.3024$$
#
# 这个数叫作网络（及其参数）的**似然**。最好的网络，是使已经发生的事最有可能发生的那一个：
# 这叫作**最大似然**。
# 但是成千上万个小于 1 的数相乘，没法计算。取对数，乘积就变成了和，而最大值仍在原处。添一个负号，
# 让小的算好，再除以 $n$，**就是**交叉熵；它的另一个名字是**负对数似然**。

# %%
happened = [1, 1, 1, 0]
believed = [0.9, 0.8, 0.6, 0.3]


def likelihood(probabilities):
    return prod(p if t == 1 else 1 - p for p, t in zip(probabilities, happened))


print(f"似然                      {likelihood(believed):.4f}")
print(f"- ln(似然) / 4            {-log(likelihood(believed)) / 4:.6f}")
print(f"nn.binary_cross_entropy   {nn.binary_cross_entropy(believed, happened).data:.6f}")
print(f"一万个 0.9 相乘：{0.9**10000}；- ln 0.9 的平均：{-log(0.9):.4f}")

# %% [markdown]
# 一个偷懒的网络，对四张图片都给出同一个 $p$。哪个 $p$ 使这些目标值最有可能出现？

# %% tags=["prediction"]
guess = ...  # 0 与 1 之间的一个数


# %%
def lazy(p):
    return p**3 * (1 - p)


def lazy_cross_entropy(p):
    return nn.binary_cross_entropy([p] * 4, happened)


predicted(guess, 0.75, "四张里有三张是猫，照实说最好")
multiples(
    [
        curves({"似然": lazy}, (0.01, 0.99), names=("p", ""), low=0, width=340.0,
               points={"最大值在 0.75": [(0.75, lazy(0.75))]}),
        curves({"交叉熵": lazy_cross_entropy}, (0.01, 0.99), names=("p", ""), low=0,
               width=340.0, points={"最小值在 0.75": [(0.75, lazy_cross_entropy(0.75).data)]}),
    ],
    columns=2,
)  # fmt: skip

# %% [markdown]
# 似然的最大值和交叉熵的最小值在同一处：猫所占的比例。所以用交叉熵训练，是要网络如实说出概率，
# 而不只是答对类别。
#
# 别的损失函数也出自同一个想法。假设目标值在预测值周围按**正态分布**散开，散布的宽度是 $s$，那么 $y$
# 的概率密度正比于 $e^{-(y - \hat y)^2 / 2 s^2}$。它的负对数是 $(y - \hat y)^2 / 2 s^2$ 加一个常数，
# 也就是平方误差。如果是**拉普拉斯分布** $e^{-|y - \hat y| / s}$（离群值在其中没有那么罕见），
# 得到的就是绝对误差。所以选择损失函数，也是在假定目标值怎样散布。
#
# ## 网络感觉到的两种损失
#
# 再从网络的角度看平方误差和惊讶程度：以对数几率 $z$ 为横轴，连同它们的导数。目标值是 1。


# %%
def square(z):
    return (sigmoid(z) - 1) ** 2


def surprise(z):
    return -log(sigmoid(z))


pair({"平方": square, "惊讶": surprise}, (-8, 4), "z")

# %% [markdown]
# 看右图的左端。在 $z = -8$ 处，网络**很有把握，却错了**，而平方误差在那里几乎没有斜率：
# 最该学的地方，几乎什么也学不到。惊讶程度在那里的斜率是 $-1$，拉力正是它最大的时候。
#
# 来一场赛跑：从 $z = -6$ 出发沿斜坡往下走，学习率为 1，走 100 步。

# %% tags=["prediction"]
guess = ...  # 0.005、0.5 或 0.95：用平方误差走完 100 步，p 大约到哪里？

# %%
race = {"平方": [], "惊讶": []}
for name, loss in [("平方", square), ("惊讶", surprise)]:
    z = -6.0
    for _ in range(100):
        race[name].append(sigmoid(z))
        z -= grad(loss)(z)
steps = next(k for k, p in enumerate(race["惊讶"]) if p > 0.5)
print(f"用惊讶程度，走 {steps} 步之后 p 就超过了 0.5")
nearest = min((0.005, 0.5, 0.95), key=lambda p: abs(p - race["平方"][-1]))
predicted(guess, nearest, "出发时 p 是 0.0025，那里的斜率只有 -0.005")
lines(race, title="正确类别的概率", x_name="步", high=1.0)

# %% [markdown]
# ## 导数为什么是 p − t
#
# $\partial\,\text{CE} / \partial z$ 由两个因子相乘而成：
#
# $$\frac{\partial\,\text{CE}}{\partial p} = \frac{p - t}{p\,(1 - p)} \qquad
# \frac{\partial p}{\partial z} = p\,(1 - p) \qquad\Rightarrow\qquad
# \frac{\partial\,\text{CE}}{\partial z} = p - t$$
#
# sigmoid 的导数在两端趋于 0，而它在这里**约掉了**。剩下的就是误差本身。可以亲眼看到这一点：
# 对数几率是 $-3$，于是 $p = 0.047$，目标值是 1。

# %%
z = Value(-3.0, "z")
p = sigmoid(z)
loss = -log(p)
p.label, loss.label = "p", "CE"
loss.backward()
draw(loss)

# %% [markdown]
# 从右往左：$\times {-1}$，$\times 21.1$（即 $1/p$），$\times 0.0452$（即 $p(1-p)$）。乘积是
# $-0.953 = p - 1$。
#
# 在运行中的笔记本里，**把 `z` 拖到** $-8$：一个因子变成几千，另一个几乎是 0，乘积却始终接近 $-1$。
# 再把它拖到 $+8$：这时回答是对的，拉力也就消失了，理应如此。
#
# ### 练习 1
#
# 网络给正确类别的概率是 $p = 0.01$。交叉熵对对数几率的拉力，是平方误差 $(p - 1)^2$ 的拉力的多少倍？
#
# <details><summary>答案</summary>
#
# 交叉熵对 $z$ 的导数是 $p - 1$，平方误差的是 $2(p - 1) \cdot p(1 - p)$。两者之比是
# $\dfrac{1}{2 p (1 - p)}$，当 $p \to 0$ 时无限增大。
#
# ```python
# ratio = 1 / (2 * 0.01 * 0.99)
# ```
# </details>

# %% tags=["exercise"]
ratio = ...  # 你的答案


# %% tags=["check"]
@exercise(1, ratio)
def check():
    logit = -log(0.99 / 0.01)  # 此处 sigmoid 的值是 0.01
    truth = grad(surprise)(logit) / grad(square)(logit)
    assert abs(ratio - truth) < 0.01 * truth, "用 p - 1 除以 2 (p - 1) p (1 - p)"


# %% [markdown]
# ### 一个值得学习的错误
#
# 有一篇教程说，对输出为 $a_j$ 的隐藏神经元，导数是
#
# $$\frac{\partial\,\text{CE}}{\partial a_j} = -(y - \hat y) \qquad
# \frac{\partial\,\text{CE}}{\partial z_2} = \frac{\partial\,\text{CE}}{\partial \hat y}
# \cdot \sigma'(z_2)$$
#
# 其中 $z_2 = \sum_j w_{2j} a_j + b_2$ 是输出神经元的加权和。第二个式子是对的。第一个并不是对 $a_j$
# 的导数；那它是对谁的导数？

# %%
x, y = 0.7, 1.0
hidden = [sigmoid(Value(w, f"w1{j}") * x + Value(b, f"b1{j}"))
          for j, (w, b) in enumerate([(0.5, -0.1), (-1.2, 0.4)], 1)]  # fmt: skip
w2 = [Value(0.8), Value(-0.3)]
z2 = ag.dot(w2, hidden) + Value(0.1)
out = sigmoid(z2)
nn.binary_cross_entropy(out, y).backward()

print(f"-(y - p)   {-(y - out.data):+.6f}")
print(f"dCE/dz2    {z2.grad:+.6f}")
for j in range(2):
    print(f"dCE/da{j + 1}    {hidden[j].grad:+.6f} = w2{j + 1} (p - y)"
          f" = {w2[j].data:+.1f} x {out.data - y:+.6f}")  # fmt: skip

# %% [markdown]
# 它是对 $z_2$ 的导数，sigmoid 的那一份已经包含在内。对 $a_j$ 的导数是 $w_{2j}\,(\hat y - y)$：
# 责任要经过权重退回来，而那个权重被忘掉了。如果像那篇教程接下来做的那样，把印出的式子再乘一次
# $\sigma'$，就是把两个神经元混为一谈了。
#
# ## 损失函数为什么以对数几率为输入
#
# 概率存成一个数，会丢掉最要紧的信息。$z = 40$ 时，sigmoid 的值是 $1 - 4 \cdot 10^{-18}$，
# 而计算机里离它最近的数恰好是 1。如果目标值是 0，惊讶程度 $-\ln(1 - p)$ 就成了 $-\ln 0 = \infty$：


# %%
def from_formula(z):
    return -log(1 - sigmoid(z))


def from_probability(z):
    return nn.binary_cross_entropy(sigmoid(z), 0.0)


def from_logit(z):
    return nn.binary_cross_entropy_with_logits(z, 0.0)


print("            直接用公式         由 p 算（截断）       由 z 算")
print("    z        L    dL/dz           L    dL/dz           L    dL/dz")
for z in (2.0, 20.0, 40.0, 800.0):
    columns = [
        f"{f(Value(z)).data:7.3f}  {grad(f)(z):7.3f}"
        for f in (from_formula, from_probability, from_logit)
    ]
    print(f"{z:5.0f}  " + "     ".join(columns))

# %% [markdown]
# 直接用公式会得到无穷大，导数是 `nan`（无穷大乘以零），足以毁掉所有权重。把对数截断，
# 可以让损失保持有限；但在 $p$ 等于 1 的地方导数是 0，还是什么也学不到。由对数几率来算，一切都准确，
# 因为不必先求指数、再求对数：
#
# $$-\ln(1 - \sigma(z)) = \ln(1 + e^{z}) = \text{softplus}(z)$$
#
# 所以规矩是：**网络的输出就是对数几率，sigmoid 属于损失函数。**

# %%
z = Value(800.0)
assert ag.softplus(z).data == from_logit(z).data == 800.0

# %% [markdown]
# ## 多个类别：softmax
#
# 有三个类别，网络就给出三个得分，仍然叫 logits。**softmax** 把它们变成概率：先用 $e^z$ 变成正数，
# 再除以总和。（两类的时候，这个得分确实是几率的对数：$z = \ln \frac{p}{1 - p}$，所以叫对数几率。
# 在 softmax 之前，它们只是**未归一化的对数概率**，下面仍用英文 logits 称呼。）
#
# $$p_k = \frac{e^{z_k}}{\sum_j e^{z_j}} \qquad
# (2, 1, -1) \to (7.389,\ 2.718,\ 0.368) \to (0.705,\ 0.259,\ 0.035)$$
#
# 现在给三个 logits 各加 100。答案会变得更有把握吗？

# %% tags=["prediction"]
guess = ...  # "更有把握"、"更没把握" 或 "不变"：每个 z 都加上 100，回答会怎样？

# %%
numbers = [2.0, 1.0, -1.0]
for name, logits_of_three in {
    "softmax(z)": numbers,
    "z + 100": [z + 100 for z in numbers],
    "10 z": [z * 10 for z in numbers],
}.items():
    print(f"{name:14}", "  ".join(f"{p:.4f}" for p in softmax(logits_of_three)))
print("z = (2, 1)    ", "  ".join(f"{p:.4f}" for p in softmax([2.0, 1.0])))
print("sigmoid(2 - 1)", f"{sigmoid(2.0 - 1.0):.4f}")
predicted(guess, "不变", "每个幂都乘以 exp(100)，它们的和也一样")

# %% [markdown]
# 起作用的只是 logits 之差；差越大，回答越有把握；只有两类时，它就是差的 sigmoid。
#
# 损失仍然是对正确类别 $t$ 的惊讶程度。合在一起，指数和对数就缩成一个运算 `logsumexp`：
#
# $$L = -\ln p_t = -\ln \frac{e^{z_t}}{\sum_j e^{z_j}} = \ln \sum_j e^{z_j} - z_t$$
#
# 设正确类别是第二类：

# %%
z = [Value(n, f"z{k}") for k, n in enumerate(numbers, 1)]
loss = ag.logsumexp(z) - z[1]
loss.label = "L"
loss.backward()
draw(loss)

# %% [markdown]
# 看这三个梯度：$0.705$、$-0.741$、$0.0351$。通向 `logsumexp` 的连线上就是那些概率：它对 $z_k$
# 的导数**正是** softmax。正确的类别还从减法得到一个 $-1$。
#
# $$\frac{\partial L}{\partial z_k} = p_k - t_k \qquad \text{其中 } t = (0, 1, 0)$$
#
# 目标值写成这样，正确的类别为 1，其余为 0，叫作**独热**（one-hot）编码。用它来写，损失就是
# $L = -\sum_k t_k \ln p_k$，和里只剩下一项。交叉熵也由此得名：事情按一个分布（$t$）发生，
# 人却相信另一个分布（$p$），这时的平均惊讶程度就是交叉熵。
#
# 对每个错误的类别，网络原先信它几分，就把它往下推几分；正确的类别还差多少，就往上拉多少；
# 推力和拉力合起来是 0。`nn.cross_entropy` 就是这个损失函数：

# %%
again = [Value(n) for n in numbers]
found = nn.cross_entropy(again, 1)
found.backward()
print(f"损失 {found.data:.4f}   梯度", "  ".join(f"{each.grad:+.4f}" for each in again))
assert abs(found.data - loss.data) < 1e-12

# %% [markdown]
# ### 练习 2
#
# 一个刚初始化的网络什么也不知道，给**四**个类别的概率都是 $\frac14$。它在一个样本上的交叉熵是多少？
# 如果正确的是第一类，对四个 logits 的导数各是多少？（检查新写的程序时很有用：
# 第一个损失应当差不多就是这个数。）
#
# <details><summary>答案</summary>
#
# 惊讶程度是 $-\ln \frac14 = \ln 4 = 1.386$。导数是 $p - t$。
#
# ```python
# from math import log as ln
#
# first_loss = ln(4)
# slopes = [0.25 - 1, 0.25, 0.25, 0.25]
# ```
# </details>

# %% tags=["exercise"]
first_loss = ...  # 你的答案
slopes = ...  # 你的答案：四个数的列表


# %% tags=["check"]
@exercise(2, first_loss, slopes)
def check():
    z = [Value(0.0) for _ in range(4)]
    truth = nn.cross_entropy(z, 0)
    truth.backward()
    assert abs(first_loss - truth.data) < 1e-3, "惊讶程度是 1/4 的对数的相反数"
    assert len(slopes) == 4, "每个 logit 一个导数"
    assert all(abs(s - each.grad) < 1e-6 for s, each in zip(slopes, z)), "每一类都是 p - t"


# %% [markdown]
# ### 绕远路也到得了
#
# 链式法则也可以从概率那里走。softmax 的导数是一张表（**雅可比矩阵**）：每个 $p_i$ 随每个 $z_j$
# 变化多少？
#
# $$\frac{\partial p_i}{\partial z_j} = p_i\,([i = j] - p_j)$$
#
# （方括号 $[i = j]$ 在 $i$ 与 $j$ 相同时为 1，否则为 0。）

# %%
table = ag.jacobian(lambda a, b, c: softmax([a, b, c]))(*numbers)
p = softmax(numbers)
for i, row in enumerate(table):
    print("  ".join(f"{slope:+.4f}" for slope in row), f"  合计 {abs(sum(row)):.4f}")
    assert all(abs(s - p[i] * ((i == j) - p[j])) < 1e-12 for j, s in enumerate(row))

# %% [markdown]
# 惊讶程度 $-\ln p_2$ 只与 $p_2$ 有关，导数是 $-1/p_2 = -3.86$。把第二行乘以它，又得到 $p - t$：

# %%
print("  ".join(f"{-slope / p[1]:+.4f}" for slope in table[1]))

# %% [markdown]
# ### 很大的 logits
#
# $e^{1000}$ 超出了计算机能表示的范围。照公式直接算，得到无穷大除以无穷大。补救办法：
# 先减去最大的 logit。结果不变，变小的只是中间的数。

# %%
literally = [exp(Value(n)) for n in (1000.0, 999.0)]
print("公式：", [(each / sum(literally)).data for each in literally])
print("本库：", [round(each, 6) for each in softmax([1000.0, 999.0])])
print("损失：", round(nn.cross_entropy([1000.0, 999.0], 1).data, 6))

# %% [markdown]
# ### softmax 用了两次
#
# `nn.cross_entropy` 的输入是 logits。如果网络末尾已经有一个 softmax，它就被用了两次；
# 这时就算回答十全十美，$p = (1, 0, 0)$，也还有一份甩不掉的损失：$-\ln \frac{e}{e + 2} = 0.551$。
# 这样的网络也在学，但学得慢，永远学不好，又什么错也不报。所以库会提醒一句，意思是：cross_entropy
# 收到的是 softmax 的输出，而它要的是 logits，softmax 是它自己的一部分；请去掉最后的 softmax。

# %%
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    twice = nn.cross_entropy(softmax([Value(50.0), Value(0.0), Value(0.0)]), 0)
print(f"损失 {twice.data:.3f}，应当是 {nn.cross_entropy([50.0, 0.0, 0.0], 0).data:.3f}")
print(heard[0].message)

# %% [markdown]
# ## 合页损失：对了还不够
#
# 评判得分 $z$ 的第三种方法，完全不用概率。标签是 $t = -1$ 或 $+1$，乘积 $t z$ 叫作**间隔**：
# 符号对了，它就是正的。**合页损失**（hinge loss）要求间隔至少为 1：
#
# $$\text{hinge} = \max(0,\ 1 - t z)$$
#
# 与它画在一起的是惊讶程度，以及我们真正想数的东西：错误的个数。

# %%
judges = {
    "错误": lambda m: ag.where(m < 0, 1.0, 0.0 * m),
    "合页": lambda m: nn.hinge([m], [1]),
    "惊讶": lambda m: ag.softplus(-m),
}
pair(judges, (-2, 3), "间隔")

# %% [markdown]
# * **错误的个数**处处没有斜率，权重不知道该往哪里走。所以没有人直接拿准确率来训练，
#   而是用一个损失函数代替它（**替代损失**）。
# * **合页损失**在间隔到达 1 之前全力拉，之后完全不拉。已经稳稳在自己一边的样本不再起作用，
#   由边界上的少数几个来决定（**支持向量**）。
# * **惊讶程度**一直在拉，只是越来越轻。
#
# ## 选哪一个？
#
# | 目标值是 | 网络的输出 | 损失函数 | 对网络输出的导数 |
# |---|---|---|---|
# | 一个数 | 这个数本身 | `nn.mse` | $2(\hat y - y)/n$ |
# | 一个数，有离群值 | 这个数本身 | `nn.l1`、`nn.huber` | 只有符号；有上限 |
# | 是或否 | 一个对数几率 | `nn.binary_cross_entropy_with_logits` | $(p - t)/n$ |
# | 多类中的一类 | 每类一个 logit（未归一化的对数概率） | `nn.cross_entropy` | $(p - t)/n$ |
# | $-1$ 或 $+1$ | 一个得分 | `nn.hinge` | 间隔小于 1 时 $-t/n$，否则 0 |
#
# ## 更多练习
#
# ### 练习 3
#
# 自己写一个损失函数 `log_cosh(prediction, target)`：误差的双曲余弦的对数。在 0 附近它近似于
# $\frac12 \text{误差}^2$，远处近似于 $|\text{误差}|$，导数是 $\tanh(\text{误差})$，
# 而这一点不用任何人告诉引擎。（`from autograd_lite import cosh, log`。）
#
# <details><summary>答案</summary>
#
# 损失函数就是 Value 的算术，仅此而已。
#
# ```python
# from autograd_lite import cosh, log
#
# def log_cosh(prediction, target):
#     return log(cosh(prediction - target))
# ```
# </details>

# %% tags=["exercise"]
log_cosh = ...  # 你的答案：def log_cosh(prediction, target): ...


# %% tags=["check"]
@exercise(3, log_cosh)
def check():
    for error in (-2.0, -0.1, 0.0, 0.7, 3.0):
        prediction = Value(1.5 + error)
        found = log_cosh(prediction, 1.5)
        assert hasattr(found, "backward"), "结果必须是 Value，才能调用 backward"
        found.backward()
        wanted = (exp(error) + exp(-error)) / 2
        assert abs(exp(found.data) - wanted) < 1e-9, "e 的这个次方是误差的 cosh"
        truth = Value(error).tanh().data
        assert abs(prediction.grad - truth) < 1e-9, "它的导数是 tanh(error)"


# %% [markdown]
# ### 练习 4（稍长）
#
# **不用引擎**，自己写 softmax 交叉熵：`by_hand(z, right)` 的输入是一列 logits（浮点数）
# 和正确类别的序号（从 0 数起），返回损失，以及对各个 logits 的导数的列表。遇到 $1000$ 和 $-1000$
# 这样的数也要算得对。
#
# <details><summary>答案</summary>
#
# 求指数之前先减去最大的 logit，求完和的对数再把它加回来。
#
# ```python
# import math
#
# def by_hand(z, right):
#     top = max(z)
#     powers = [math.exp(each - top) for each in z]
#     total = sum(powers)
#     loss = top + math.log(total) - z[right]
#     derivatives = [power / total for power in powers]
#     derivatives[right] -= 1
#     return loss, derivatives
# ```
# </details>

# %% tags=["exercise"]
by_hand = ...  # 你的答案：def by_hand(z, right): ...


# %% tags=["check"]
@exercise(4, by_hand)
def check():
    for logits, right in [([2.0, 1.0, -1.0], 1), ([1000.0, 999.0], 1), ([-1000.0, 0.0, 1e3], 0)]:
        z = [Value(each) for each in logits]
        truth = nn.cross_entropy(z, right)
        truth.backward()
        loss, derivatives = by_hand(list(logits), right)
        assert abs(loss - truth.data) < 1e-6, f"logits 是 {logits} 时，损失是 {truth.data:.6f}"
        assert len(derivatives) == len(z), "每个 logit 一个导数"
        hint = f"logits 是 {logits} 时：p - t；求 p 时，先减去最大的 logit，再求指数"
        assert all(abs(d - each.grad) < 1e-9 for d, each in zip(derivatives, z)), hint


# %% [markdown]
# ## 小结
#
# * 网络只感觉到损失函数的导数：平方误差按距离拉，绝对误差只看正负。
# * 交叉熵就是惊讶程度 $-\ln p$，也就是似然的负对数。
# * 它对得分 $z$（logits）的导数是 $p - t$，两类如此，多类也如此。
# * sigmoid 后面接平方误差，网络在“很有把握却错了”的地方什么也学不到。
# * 损失函数以 logits 为输入：用 $z$ 能精确表达的，用 $p$ 就丢掉了。
# * 错误的个数没有斜率；合页损失和交叉熵代替它来训练。
#
# 下一份：[6. 梯度下降](06-gradient-descent.ipynb)，怎样沿着斜坡走下去。
