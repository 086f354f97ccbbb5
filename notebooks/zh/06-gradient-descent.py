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
# # 6. 梯度下降：往山下走
#
# [English](../06-gradient-descent.ipynb) · [术语对照](README.md)
#
# **时间：** 约 110 分钟 · **需要：** [笔记本 4](04-backpropagation.ipynb)（反向传播）和
# [笔记本 5](05-losses.ipynb)（损失函数） · **学完之后：** 能对一条曲线说出哪些学习率可行、
# 其余的为什么不行；能从路径认出普通梯度下降、动量法和 Adam；能解释权重为什么要从随机数开始，
# 一个神经元为什么学不会异或（XOR）；能用 `gradcheck` 找出训练程序里的错误。
#
# 梯度指出损失增大的方向。学习就是朝相反的方向小步走。听起来简单，也确实简单；但步子可能太小或太大，
# 山谷可能很窄，程序里一个符号写错，就会往山上爬。

# %%
from math import exp, isfinite
from random import Random

import nn
from autograd_lite import Primitive, Value, grad, gradcheck, set_language, sigmoid, step
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import lines, multiples, surface

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 一个数
#
# 只有一个权重的损失：$f(w) = (w - 3)^2$。它的斜率是 $2(w - 3)$。从 $w = 0$ 出发，那里的斜率是
# $-6$：损失向右下降。取它的十分之一，往右走：
#
# $$w \leftarrow w - \alpha \cdot f'(w) \qquad 0 - 0.1 \cdot (-6) = 0.6$$
#
# 这个 $\alpha = 0.1$ 就是**学习率**。再来一次：在 $0.6$ 处斜率是 $-4.8$，于是下一处是 $1.08$。
# 越靠近谷底，斜率越小，步子也越小。等到几乎不再变化（**收敛**），就可以停下。


# %%
def f(w):
    return (w - 3) ** 2


w = 0.0
for k in range(6):
    print(f"第 {k} 步   w = {w:.4f}   f = {f(w):.4f}   斜率 {grad(f)(w):+.4f}")
    w -= 0.1 * grad(f)(w)

# %% [markdown]
# 在运行中的笔记本里，可以自己走走看：按**动手改**，再按**往下坡走一步**（或 d 键），
# 学习率就在旁边。
# 试试 0.1，再试 0.9 和 1.05，每次都从 `w` = 0 出发（按**重置**）。

# %%
here = Value(0.0, "w")
height = f(here)
height.label = "f"
step(height, start="backward")

# %% [markdown]
# ## 步子多大合适？
#
# 到谷底的距离是 $w - 3$。走一步之后是 $(w - 3) - \alpha \cdot 2 (w - 3) = (1 - 2\alpha)(w - 3)$。
# 所以每走一步，距离就乘以 $1 - 2\alpha$：
#
# | $\alpha$ | 因子 | 结果 |
# |---|---|---|
# | 0.02 | 0.96 | 很慢 |
# | 0.1 | 0.8 | 合适 |
# | 0.5 | 0 | 一步到达 |
# | 0.9 | −0.8 | 跳到对面，但越来越近 |
# | 1.0 | −1 | 来回跳，永不停止 |
# | 1.05 | −1.1 | 一次比一次远 |
#
# 后三个学习率都会冲过头。它们的第一步往哪边走？

# %% tags=["prediction"]
guess = ...  # "左" 或 "右"：从 w = 0 出发，学习率 1.05，第一步往哪边？


# %%
def descend(slope, w, rate, steps):
    """普通梯度下降经过的各处，包括起点。"""
    places = [w]
    for _ in range(steps):
        w -= rate * slope(w)
        places.append(w)
    return places


first = descend(grad(f), 0.0, 1.05, 1)[1]
predicted(guess, "右" if first > 0 else "左", "不论学习率是多少，0 处的斜率都是 -6")
multiples(
    [
        lines(
            {f"α = {rate}": descend(grad(f), 0.0, rate, 20) for rate in rates},
            x=range(21), title=title, x_name="步", low=0.0,
        )
        for title, rates in [
            ("步子小时的 w", (0.02, 0.1, 0.5)),
            ("步子大时的 w", (0.9, 1.0, 1.05)),
        ]
    ],
    columns=2,
)  # fmt: skip

# %% [markdown]
# 对抛物线来说，这个界限与我们在哪里无关，只取决于损失**弯得多厉害**。$f$ 的二阶导数是 2，界限是
# $\alpha < 2 / f'' = 1$。山谷若弯十倍，学习率就得小到十分之一。
#
# 有教程说，学习率决定参数“向哪个方向移动以及移动的距离”。只有后一半是对的。方向是 $-f'$ 的方向，而
# $\alpha$ 是一个正数，只管伸缩：这六个学习率，第一步都往右走，谷底就在那边；大的几个只是走过了头。
#
# 学习率也不是**学**出来的，要事先选好。这样的数叫作**超参数**；神经元的个数、步数，
# 以及下文中的大多数希腊字母，也都是超参数。（怎样选才不会自己骗自己，笔记本 7b 会讲。）
#
# ### 练习 1
#
# 损失是 $f(w) = 5\,(w - 2)^2$。学习率从多大起，梯度下降不再靠近谷底（`limit`）？
# 多大的学习率一步就到（`one_step`）？
#
# <details><summary>答案</summary>
#
# 斜率是 $10 (w - 2)$，所以每走一步，距离乘以 $1 - 10\alpha$。$\alpha = 0.2$ 时它是 $-1$，
# $\alpha = 0.1$ 时它是 $0$。
#
# ```python
# limit = 0.2
# one_step = 0.1
# ```
# </details>

# %% tags=["exercise"]
limit = ...  # 你的答案
one_step = ...  # 你的答案


# %% tags=["check"]
@exercise(1, limit, one_step)
def check():
    steep = grad(lambda w: 5 * (w - 2) ** 2)
    there = descend(steep, 7.0, one_step, 1)[-1]
    assert abs(there - 2.0) < 1e-6, "one_step：距离要乘以 1 - 10 α"
    inside, outside = (descend(steep, 7.0, limit + d, 100)[-1] - 2 for d in (-0.001, 0.001))
    assert abs(inside) < 5.0 < abs(outside), "limit：1 - 10 α 等于 -1 的地方"


# %% [markdown]
# ## 两个数：一张地图
#
# 有两个权重时，损失是一片地形。我们从上往下看，像看登山地图一样：
# 每条线连接高度相同的地方（**等高线**），颜色越深，地势越高。下面是一个狭长的碗，
# $f(x, y) = x^2 + 8 y^2$；箭头指向最陡的下坡方向，即与梯度相反的方向。


# %%
def bowl(x, y):
    return x**2 + 8 * y**2


def downhill(f, x, y, size):
    """从 (x, y) 出发、与梯度相反的箭头。"""
    dx, dy = grad(f)(x, y)
    return (x, y), (x - size * dx, y - size * dy)


arrows = [downhill(bowl, x / 2, y / 4, 0.02) for x in range(-5, 6) for y in range(-6, 7, 2)]
surface(bowl, (-3, 3, -2.1, 2.1), arrows=arrows, points={"": (0, 0)}, title="下坡方向")

# %% [markdown]
# 可以看出两件事。箭头与等高线**垂直相交**：沿着等高线高度不变，所以垂直穿过它最陡。还有，
# 多数箭头**并不指向谷底**，而是沿近处的谷壁向下。梯度下降的麻烦就在这里。
#
# 横穿山谷的方向（$y$）曲率是 16，沿谷底的方向（$x$）是 2。所以学习率不能大于 $2/16 = 0.125$，
# 否则会被谷壁甩出去；但对沿谷底的方向来说，这样走就太慢了。


# %%
def walk(f, start, optimizer, steps):
    """优化器经过的各处。"""
    place = [Value(number) for number in start]
    walker = optimizer(place)
    path = [tuple(start)]
    for _ in range(steps):
        walker.zero_grad()
        f(*place).backward()
        walker.step()
        path.append(tuple(p.data for p in place))
    return path


paths = {
    f"α = {rate}": walk(bowl, (-2.6, 1.2), lambda p, rate=rate: nn.SGD(p, lr=rate), 12)
    for rate in (0.02, 0.06, 0.115, 0.127)
}
surface(bowl, (-3, 3, -2.1, 2.1), paths=paths, title="同一个碗", note="12 步")

# %% [markdown]
# ## 动量：滚动的球
#
# 普通梯度下降（不带别的参数的 `nn.SGD`）没有记忆，球却有：它的**速度** $v$ 保留原来的大部分，
# 斜率只是加上去的一点。
#
# $$v \leftarrow \mu\, v + \nabla f \qquad w \leftarrow w - \alpha\, v$$
#
# 横穿山谷的方向上，斜率正负交替，在 $v$ 里相互抵消；沿谷底的方向上，斜率越积越多。手算头几步，
# $f(w) = (w-3)^2$，$\alpha = 0.1$，$\mu = 0.5$：
#
# | 步 | 斜率 | $v$ | 新的 $w$ |
# |---|---|---|---|
# | 1 | −6 | −6 | 0.6 |
# | 2 | −4.8 | −3 − 4.8 = −7.8 | 1.38 |
# | 3 | −3.24 | −3.9 − 3.24 = −7.14 | 2.094 |

# %%
[round(w, 4) for (w,) in walk(f, (0.0,), lambda p: nn.SGD(p, lr=0.1, momentum=0.5), 3)]

# %% [markdown]
# ## Adam：每个权重有自己的步调
#
# Adam 为每个权重记两个滑动平均：梯度的（$m$）和梯度平方的（$s$）。用前者除以后者的平方根，
# 步子就由这个比值决定。
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad s \leftarrow \beta_2 s + (1 - \beta_2)\, g^2
# \qquad w \leftarrow w - \alpha\, \frac{\hat m}{\sqrt{\hat s} + \epsilon}$$
#
# $\beta_1 = 0.9$ 和 $\beta_2 = 0.999$ 决定旧的平均保留多少，$\epsilon = 10^{-8}$ 只是防止除以 0。
# 带帽子的是修正过的平均，因为两者都从 0 开始：在第 $t$ 步，$\hat m = m / (1 - \beta_1^t)$，
# $\hat s = s / (1 - \beta_2^t)$。只要梯度的符号不变，不论它是一百万还是百万分之一，这个比值都约为
# $\pm 1$；所以 $\alpha$ 大致就是**权重每步走多远**。第一步时，这个比值是 $g / (|g| + \epsilon)$，
# 也就是梯度的符号，除非梯度本身比 $\epsilon$ 大不了多少。

# %%
for scale in (1e-9, 1e-6, 1e-3, 1.0, 1000.0):
    first, second = walk(lambda w: scale * f(w), (0.0,), lambda p: nn.Adam(p, lr=0.1), 1)  # noqa: B023
    print(f"损失乘以 {scale:<6g}  斜率 {scale * -6:<7g}  第一步 {second[0] - first[0]:+.4f}")

# %% [markdown]
# 现在让三种方法一起走一条弯曲的山谷。它是 Rosenbrock 函数的缓和版本，Rosenbrock
# 函数是测试优化算法的经典：谷壁很陡，谷底几乎是平的，而且会拐弯。
# 普通下降和动量用 $\alpha = 0.003$，Adam 用 0.1，
# 走 100 步之后，谁最低？

# %% tags=["prediction"]
guess = ...  # "普通"、"动量" 或 "Adam"


# %%
def valley(x, y):
    return (1 - x) ** 2 + 20 * (y - x**2) ** 2


walkers = {
    "Adam，α = 0.1": lambda p: nn.Adam(p, lr=0.1),
    "动量，0.9": lambda p: nn.SGD(p, lr=0.003, momentum=0.9),
    "普通，α = 0.003": lambda p: nn.SGD(p, lr=0.003),
}
paths = {name: walk(valley, (-1.5, 2.0), make, 100) for name, make in walkers.items()}
heights = {
    name.partition("，")[0]: [valley(*place) for place in path] for name, path in paths.items()
}
lowest = min(heights, key=lambda name: heights[name][-1])
predicted(guess, lowest, "它的步子沿谷底累加，横穿山谷时抵消")
multiples(
    [
        surface(valley, (-2, 2, -1, 3), paths=paths, points={"最低点": (1, 1)}, title="弯曲的山谷"),
        lines(heights, x=range(101), title="高度", x_name="步", log=True, height=320.0),
    ],
    columns=2,
)

# %% [markdown]
# 普通梯度下降爬得很慢。动量法摇摆，冲过头，最后却最低。Adam 步调均匀，几乎不摇摆。但要当心：
# 优化器的赛跑，也是**学习率**的赛跑。同样三种方法，换别的学习率，100 步之后的高度是：

# %%
makers = {
    "普通": lambda p, rate: nn.SGD(p, lr=rate),
    "动量": lambda p, rate: nn.SGD(p, lr=rate, momentum=0.9),
    "Adam   ": lambda p, rate: nn.Adam(p, lr=rate),
}
rates = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
print("       " + "".join(f"{f'α = {rate}':>11}" for rate in rates))
for name, make in makers.items():
    ends = [
        valley(*walk(valley, (-1.5, 2.0), lambda p, rate=rate, make=make: make(p, rate), 100)[-1])
        for rate in rates
    ]
    print(
        f"{name:5}" + "".join(f"{end:11.4f}" if isfinite(end) else " " * 8 + "---" for end in ends)
    )

# %% [markdown]
# 学习率为 0.01 时，连普通梯度下降也能走到 0.001；再大到三倍，它就被甩出了山谷，
# 动量法也一样（---）。
# Adam 在这里从来没有被甩出去，而且学习率越大走得越低。人们喜欢它正是为此：它不是最快，
# 而是最宽容。
#
# ### 练习 2
#
# 写一个函数 `momentum(slope, w, rate, mu, steps)`：对一个数做带动量的梯度下降，返回走完这些步之后的
# `w`。
#
# <details><summary>答案</summary>
#
# 速度从 0 开始，每步保留自己的 `mu` 倍，再加上斜率。
#
# ```python
# def momentum(slope, w, rate, mu, steps):
#     velocity = 0.0
#     for _ in range(steps):
#         velocity = mu * velocity + slope(w)
#         w -= rate * velocity
#     return w
# ```
# </details>

# %% tags=["exercise"]
momentum = ...  # 你的答案：def momentum(slope, w, rate, mu, steps): ...


# %% tags=["check"]
@exercise(2, momentum)
def check():
    for steps in (1, 2, 7):
        found = momentum(grad(f), 0.0, 0.05, 0.8, steps)
        truth = walk(f, (0.0,), lambda p: nn.SGD(p, lr=0.05, momentum=0.8), steps)[-1][0]
        assert abs(found - truth) < 1e-9, f"{steps} 步之后 w 是 {truth:.6f}"


# %% [markdown]
# ## 不止一个山谷
#
# 网络的损失不是一个碗。下面有两个山谷（两个**局部极小值**），中间有一个**鞍点**：沿 $y$
# 方向看它最低，沿 $x$ 方向看它最高。那里梯度为 0，正好站在上面的人就不动了。
# 走到哪里取决于从哪里出发。


# %%
def two_valleys(x, y):
    return (x**2 - 1) ** 2 + y**2


starts = {"从左边": (-0.15, 1.2), "从右边": (0.15, 1.2), "从中间": (0.0, 1.2)}
paths = {
    name: walk(two_valleys, start, lambda p: nn.SGD(p, lr=0.1), 25)
    for name, start in starts.items()
}
surface(two_valleys, (-1.9, 1.9, -1.33, 1.33), paths=paths, points={"鞍点": (0, 0)},
        title="两个山谷")  # fmt: skip

# %% [markdown]
# 看中间那条路径。它从两个山谷的正中间出发，左右两边的地形一模一样，所以梯度从不指向任何一边。
# 不论走多少步，它永远离不开这条山脊。请记住这条路径：下文会在一个网络里再次遇到它。
#
# ## 一次一个样本
#
# 损失是对全部样本的平均，求它的梯度要把全部样本过一遍（一**轮**，
# epoch）。**随机**梯度下降只取几个样本，甚至一个，
# 算完马上走：方向只是大致正确，但代价只是零头。下面用一条直线 $y = w x + b$ 拟合 20 个点，
# 一次每步用全部点，一次每步只用一个点。

# %%
rng = Random(1)
xs = [rng.uniform(-1, 1) for _ in range(20)]
ys = [1.5 * x - 0.5 + rng.gauss(0, 0.4) for x in xs]


def of_all(w, b):
    return nn.mse([w * x + b for x in xs], ys)


def of_one(w, b):
    k = rng.randrange(20)
    return nn.mse([w * xs[k] + b], [ys[k]])


def fading(parameters):
    """学习率逐步减小的 SGD。"""
    optimizer = nn.SGD(parameters, lr=0.3)
    schedule = nn.ExponentialLR(optimizer, gamma=0.96)
    plain_step = optimizer.step
    optimizer.step = lambda: (plain_step(), schedule.step())
    return optimizer


start = (-1.2, 1.0)
paths = {
    "全部 20 个": walk(of_all, start, lambda p: nn.SGD(p, lr=0.3), 60),
    "一个，α = 0.3": walk(of_one, start, lambda p: nn.SGD(p, lr=0.3), 60),
    "一个，α 递减": walk(of_one, start, fading, 60),
}
surface(of_all, (-2, 3, -2, 1.5), paths=paths, names=("w", "b"), title="拟合直线",
        note="60 步", resolution=24)  # fmt: skip

# %% [markdown]
# 每步只用一个样本时，路径踉踉跄跄地走向谷底，到了又绕着它跳个不停：每个样本都把直线往自己那边拉。
# 让学习率逐渐减小，跳动就会平息。实践中取 10 到 100 个左右的样本组成一个**小批量**，
# 并在快结束时减小学习率。笔记本 7a 会在真实数据上这样做。
#
# ### 为什么要训练那么多轮？
#
# 这个问题问得好：过完一轮，该看的都看过了，为什么还要再来？下面是每步用一个样本、学习率较小时，
# 走完若干轮之后的直线。

# %%
line = [Value(start[0]), Value(start[1])]
optimizer = nn.SGD(line, lr=0.03)
print(f"第  0 轮   损失 {of_all(*line).data:.4f}   w {line[0].data:+.3f}   b {line[1].data:+.3f}")
for epoch in range(1, 33):
    for x, y in zip(xs, ys):
        optimizer.zero_grad()
        nn.mse([line[0] * x + line[1]], [y]).backward()
        optimizer.step()
    if epoch in (1, 2, 4, 8, 16, 32):
        print(f"第 {epoch:2} 轮   损失 {of_all(*line).data:.4f}"
              f"   w {line[0].data:+.3f}   b {line[1].data:+.3f}")  # fmt: skip

# %% [markdown]
# 梯度只知道**附近**哪里更好，所以步子必须小；而一个样本要求的方向，对别的样本只是部分正确。
# 每一轮都从上一轮结束的地方出发，那里的梯度是新的：同样的样本，对更好的直线提出了不同的要求。
# 并不是第一遍没有读仔细。当然也不是越多越好：到了某一轮，损失就不再下降；
# 大的网络还会在**别的**样本上
# 越答越差（过拟合，笔记本 7b）。
#
# ## 异或：一个神经元不够
#
# 这是一个有名的小问题：两个输入中**恰有一个**是 1 时，答案是 1。我们把它交给一个神经元
# $p = \sigma(w_1 x_1 + w_2 x_2)$，看看各种权重下的损失（均方误差）。

# %%
X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
T = [0.0, 1.0, 1.0, 0.0]


def one_neuron(w1, w2):
    return sum((sigmoid(w1 * a + w2 * b) - t) ** 2 for (a, b), t in zip(X, T)) / 4


paths = {
    f"从 {start}": walk(one_neuron, start, lambda p: nn.SGD(p, lr=5.0), 300)
    for start in [(4.0, 1.0), (-3.0, -4.0), (-4.0, 3.0)]
}
places = {"0.25": (0, 0), "0.3125": (4.4, 3.4)}
surface(one_neuron, (-5.7, 5.7, -4, 4), paths=paths, points=places, names=("w1", "w2"),
        title="一个神经元学异或的损失")  # fmt: skip

# %% [markdown]
# 有两条路径停在 $w_1 = w_2 = 0$，在那里神经元对什么都回答 $\frac12$。那里的损失是 $0.25$，
# 没有更低的地方了。第三条停在高度为 $0.3125$ 的平台上：那里的输出是 $\frac12, 1, 1, 1$，
# 而且太有把握，再也动不了（[笔记本 2](02-activations.ipynb)：饱和）。
#
# 加上偏置也没有用。要在四个点上都对，加权和 $z = w_1 x_1 + w_2 x_2 + b$ 必须满足
#
# $$b < 0 \qquad w_1 + b > 0 \qquad w_2 + b > 0 \qquad w_1 + w_2 + b < 0$$
#
# 把中间两式相加：$w_1 + w_2 + 2b > 0$。把首尾两式相加：$w_1 + w_2 + 2b < 0$。两者不可能同时成立。
# 在平面上说：没有一条直线能把属于 1 的两个点与属于 0 的两个点分开。
#
# ## 加一个隐藏层
#
# 三个隐藏神经元画出三条直线，输出神经元把它们组合起来。`nn.fit` 用给定的优化器往山下走，
# 并记下每一轮的损失。

# %%
data = nn.datasets.xor()
loss_of = nn.binary_cross_entropy_with_logits


def picture(net, title):
    """网络在哪里给出哪种回答。"""
    return nn.Inspection(net, loss_of, data).boundary(title=title)


def train(net, epochs=200):
    history = nn.fit(
        net, data, loss=loss_of, optimizer=lambda p: nn.Adam(p, lr=0.1), epochs=epochs,
        batch_size=4, seed=0, progress=False,
    )  # fmt: skip
    return history["loss"]


alone = nn.Sequential(nn.Linear(2, 1, seed=0))
net = nn.Sequential(nn.Linear(2, 3, seed=1), nn.Tanh(), nn.Linear(3, 1, seed=2))
before = picture(net, "隐藏层，训练前")
losses = {"一个神经元": train(alone), "隐藏层": train(net)}
multiples(
    [
        picture(alone, "一个神经元，200 步之后"),
        lines(losses, title="交叉熵", x_name="步"),
        before,
        picture(net, "隐藏层，200 步之后"),
    ],
    columns=2,
)

# %%
for (x1, x2), t in zip(X, T):
    p = sigmoid(net([x1, x2])[0]).data
    print(f"{x1:.0f} 异或 {x2:.0f}：概率 {p:.3f}，目标 {t:.0f}")

# %% [markdown]
# 一个神经元停在 $\ln 2 = 0.693$，也就是抛硬币的惊讶程度。有隐藏层就学会了。
#
# 下面是同一个网络，做成一个会训练的页面，用的是普通梯度下降。在运行中的笔记本里按**训练**，
# 再改改学习率。用 0.5，大约 200 步之后学会了异或；用 3，大约 40 步。用 0.02，
# 走了 2000 步还几乎什么也没学到；用 10，损失在 5 上下来回跳。

# %%
fresh = nn.Sequential(nn.Linear(2, 3, seed=1), nn.Tanh(), nn.Linear(3, 1, seed=2))
nn.playground(fresh, data, loss=loss_of, optimizer=nn.SGD, lr=0.5, batch_size=4)

# %% [markdown]
# ### 十个起点
#
# 它总能学会吗？同一个网络，从十组随机数出发，第一组就是上面那一组：


# %%
def new_net(seed):
    return nn.Sequential(nn.Linear(2, 3, seed=seed), nn.Tanh(), nn.Linear(3, 1, seed=seed + 1))


ends = [train(new_net(seed))[-1] for seed in range(1, 21, 2)]
print("200 步之后的损失：", "  ".join(f"{end:.3f}" for end in ends))

# %% [markdown]
# 十个里有两个停在了另一个山谷，损失是 $0.347$，即 $\frac12 \ln 2$：两个点答对了，
# 另外两个点等于抛硬币。
# 走到哪里取决于从哪里出发。所以只试一个起点说明不了什么，要多试几个。（网络宽一些，
# 这样的陷阱就少一些。把两个 3 改成 2 试试，再改成 4。）
#
# ## 打破对称：权重为什么要从随机数开始
#
# 为什么非要随机？每个权重都从 0.5 开始，不行吗？下面是这样一个网络在第一步之前的梯度，
# 每个隐藏神经元一行：两个权重，偏置，以及它通向输出的权重。


# %%
def equal_net(number):
    """同样的网络，所有参数都是同一个数。"""
    net = new_net(1)
    for parameter in net.parameters():
        parameter.data = number
    return net


def rows(net, look):
    """对每个隐藏神经元：`look` 在它的权重、偏置和通向输出的权重上看到的数。"""
    hidden, output = net[0], net[2]
    for *weights, bias, out in zip(*zip(*hidden.weight), hidden.bias, output.weight[0]):
        yield [look(parameter) for parameter in (*weights, bias, out)]


halves = equal_net(0.5)
nn.Inspection(halves, loss_of, data).mean()  # 其中调用了 backward
for row in rows(halves, lambda parameter: parameter.grad):
    print("  ".join(f"{each:+.4f}" for each in row))

# %% [markdown]
# 像别的网络一样训练 200 步。到那时，它有几个**互不相同**的隐藏神经元？

# %% tags=["prediction"]
guess = ...  # 1、2 或 3

# %%
loss_of_halves = train(halves)[-1]
different = {tuple(row) for row in rows(halves, lambda parameter: parameter.data)}
for row in rows(halves, lambda parameter: parameter.data):
    print("  ".join(f"{each:+.4f}" for each in row))
print(f"损失 {loss_of_halves:.4f}")
predicted(guess, len(different), "相同的神经元得到相同的梯度，永远相同")

# %% [markdown]
# 每个隐藏神经元画出一条直线，就是它的加权和为 0 的地方。左图是从随机数开始的网络，右图是从 0.5
# 开始的网络：它的三条直线完全重合。


# %% jupyter={"source_hidden": true} tags=["plotting"]
def lines_of(net, title):
    """回答 1 的概率的地图，以及每个隐藏神经元的直线。"""
    found = {}
    for k, (w1, w2, b, _) in enumerate(rows(net, lambda parameter: parameter.data), 1):
        size = w1**2 + w2**2
        foot = (-b * w1 / size, -b * w2 / size)  # 直线上离 (0, 0) 最近的点
        along = (-w2 / size**0.5, w1 / size**0.5)
        ends = [tuple(p + s * a for p, a in zip(foot, along)) for s in (-4.0, 4.0)]
        found[f"神经元 {k}"] = ends
    points = {f"{t:.0f}": tuple(x) for x, t in zip(X[:2], T)}
    points |= {f"{t:.0f} ": tuple(x) for x, t in zip(X[2:], T[2:])}  # 名字不能重复
    return surface(
        lambda x1, x2: sigmoid(net([x1, x2])[0]).data, (-0.6, 1.6, -0.5, 1.5), paths=found,
        points=points, names=("x1", "x2"), title=title, levels=[k / 10 for k in range(1, 10)],
    )  # fmt: skip


multiples([lines_of(net, "从随机数开始"), lines_of(halves, "从相同的数开始")], columns=2)

# %% [markdown]
# 为什么？权重相同的神经元，加权和相同，输出也相同。它们又经过相同的权重通向输出，
# 所以退回来的责任相同：误差项相同，全部梯度也就相同。任何优化器，
# 都把相同的数按相同的梯度移到相同的数。
# 再没有什么能把它们区分开：这就是前面山脊上的那条路径。三个相同的神经元等于**一个**隐藏神经元，
# 只能画一条直线；用它可以切下一个角，对其余三个点，最好的回答是 $\frac23$。（这时的损失是 0.4774，
# Adam 已经很接近它。）随机数的用处是**打破对称**（symmetry breaking）：让神经元**互不相同**。
#
# 所有参数都从 0 开始更糟：根本没有梯度。

# %%
zeros = equal_net(0.0)
nn.Inspection(zeros, loss_of, data).mean()
print("全是 0：最大的梯度是", max(abs(parameter.grad) for parameter in zeros.parameters()))

nearly = []
for seed in range(5):
    rng, almost = Random(seed), equal_net(0.5)
    for parameter in almost.parameters():
        parameter.data += rng.gauss(0.0, 0.01)
    nearly.append(train(almost)[-1])
print("0.5 加上百分之一的随机数：", "  ".join(f"{end:.3f}" for end in nearly))

# %% [markdown]
# $\tanh(0) = 0$，所以没有信号传到输出神经元的权重；而这些权重是 0，所以也没有责任穿过它们退回来。
# （输出神经元的偏置也不动：目标值一半是 1，对所有的点都回答 $\frac12$ 已经最好。）
# 第二行说明，差别太小也不行：三个神经元确实在逐渐分开，但还没等到差别起作用，
# 它们已经一起走进了“一个神经元”的山谷，五次里五次如此。所以随机数不能太小，也不能太大（饱和，
# [笔记本 2](02-activations.ipynb)）。应当多大，与输入的个数有关，这就是参数**初始化**的问题，
# 笔记本 14 会去测量。偏置可以全从 0 开始：对称已经由权重打破了。
#
# ### 练习 3
#
# 这个网络的三个隐藏神经元，有下面五种开始的方式。用哪些方式开始，训练之后三个神经元会变得不同？
# 对每一种回答 `True`（会）或 `False`（不会）。
#
# * a：隐藏层的权重全是 0.5，偏置全是 0，输出层的权重全是 0.5
# * b：同 a，但输出层的权重是 0.5、−0.3 和 0.2
# * c：同 a，但隐藏层的偏置是 0.5、−0.5 和 0
# * d：每个隐藏神经元的权重都是 0.5 和 −0.4，偏置全是 0.1，输出层的权重全是 0.7
# * e：隐藏层的权重是随机数，偏置全是 0，输出层的权重全是 0.5
#
# <details><summary>答案</summary>
#
# 神经元之间只要有一处不同就够了，不论在哪里。b：责任经过不同的权重退回来。c：加权和不同。
# e：加权和也不同。a 和 d 里，各个神经元是相同的；一个神经元自己的两个权重不相等（d），并没有用。
#
# ```python
# breaks = {"a": False, "b": True, "c": True, "d": False, "e": True}
# ```
# </details>

# %% tags=["exercise"]
breaks = {"a": ..., "b": ..., "c": ..., "d": ..., "e": ...}  # 你的答案：True 或 False


# %% tags=["check"]
@exercise(3, breaks)
def check():
    rng = Random(3)
    scattered = [[rng.gauss(0.0, 0.5) for _ in range(2)] for _ in range(3)]
    starts = {  # 权重，偏置，输出层的权重
        "a": ([[0.5, 0.5]] * 3, [0.0] * 3, [0.5] * 3),
        "b": ([[0.5, 0.5]] * 3, [0.0] * 3, [0.5, -0.3, 0.2]),
        "c": ([[0.5, 0.5]] * 3, [0.5, -0.5, 0.0], [0.5] * 3),
        "d": ([[0.5, -0.4]] * 3, [0.1] * 3, [0.7] * 3),
        "e": (scattered, [0.0] * 3, [0.5] * 3),
    }
    for name, (weights, biases, outputs) in starts.items():
        net = equal_net(0.0)
        hidden, output = net[0], net[2]
        for row, numbers in zip([*hidden.weight, hidden.bias, *output.weight],
                                [*weights, biases, outputs]):  # fmt: skip
            for parameter, number in zip(row, numbers):
                parameter.data = number
        train(net, epochs=10)
        found = len({tuple(row) for row in rows(net, lambda parameter: parameter.data)})
        assert breaks[name] in (True, False), "五个都要回答 True 或 False"
        hint = f"{name}：10 步之后，网络有 {found} 个互不相同的隐藏神经元"
        assert breaks[name] == (found > 1), hint


# %% [markdown]
# ## 一个往山上爬的程序
#
# 下面是一篇教程里训练程序的核心，一个 sigmoid 神经元学异或（NumPy；只供阅读，不运行）：
#
# ```python
# def sigmoid_derivative(x):
#     return x * (1 - x)
#
# def backpropagation(X, y_true, y_pred, learning_rate):
#     loss_gradient = 2 * (y_true - y_pred)
#     weight_gradient = X.T.dot(loss_gradient)
#     weight = weight - learning_rate * weight_gradient
#     return weight
# ```
#
# 它一运行就停，因为 `weight` 还没有值就被使用（它应当是一个参数）。改好这一处，它能运行，
# 也打印损失，却什么也学不到。错在哪一行？别盯着看，去**测量**。梯度是关于函数的一个断言，而
# `gradcheck` 用微小扰动来检验这个断言。要检验手写的梯度，就把两样东西做成一个 `Primitive`：损失，
# 以及程序所说的偏导数。


# %%
def sigma(z):
    return 1 / (1 + exp(-z))


def answers(w1, w2):
    return [sigma(w1 * a + w2 * b) for a, b in X]


def loss(w1, w2):
    return sum((t - p) ** 2 for p, t in zip(answers(w1, w2), T)) / 4


def program(blame):
    """对 w1 和 w2 的导数，每个样本的责任是 blame(目标值, 输出)。"""

    def slopes(out, w1, w2):
        blames = [blame(t, p) for p, t in zip(answers(w1, w2), T)]
        return tuple(sum(row[i] * d for row, d in zip(X, blames)) for i in range(2))

    return slopes


def compare(slopes, at=(0.3, -0.2)):
    """程序的说法，旁边是微小扰动测得的数。"""
    report = gradcheck(Primitive("loss", loss, slopes), *at, raise_exception=False)
    print("         程序       微小扰动")
    for found, name in zip(report.checks, ("w1", "w2")):
        print(f"dL/d{name}  {found.analytic:+.6f}  {found.numeric:+.6f}  {found.verdict}")


compare(program(lambda t, p: 2 * (t - p)))

# %% [markdown]
# 错了（WRONG；一致时写 ok），而且**符号**相反：损失是 $(t - p)^2$，对 $p$ 的导数是 $-2(t - p)$。
# 程序在往山上爬。改好这一处，再问一次：

# %%
compare(program(lambda t, p: -2 * (t - p)))

# %% [markdown]
# 符号对了，大小不对。责任算到了 $p$ 头上，而权重作用于 $z$：缺了 sigmoid 的导数 $p (1 - p)$。

# %%
compare(program(lambda t, p: -2 * (t - p) * p * (1 - p)))

# %% [markdown]
# 现在两个数差的是同一个倍数：4，即样本的个数。损失是**平均**，所以：

# %%
compare(program(lambda t, p: -2 * (t - p) * p * (1 - p) / 4))

# %% [markdown]
# 三个错误，都是看一张表找出来的。（还有第四个在等着：`sigmoid_derivative`，给它的是 sigmoid
# 的**输出**，它就是对的；给它的是加权和，它就是错的，见[笔记本 2](02-activations.ipynb)。）
#
# 用错误的公式去**训练**会怎样？照教程走一千步，学习率 0.1：一次照印，一次只改符号，一次全部改好。

# %% tags=["prediction"]
guess = ...  # "照印"、"改符号" 或 "全改"：50 步之后谁的损失最低？


# %%
def training(slopes, steps=1000, rate=0.1):
    w, losses = [0.3, -0.2], []
    for _ in range(steps):
        losses.append(loss(*w))
        w = [each - rate * slope for each, slope in zip(w, slopes(None, *w))]
    return losses


runs = {
    "照印": training(program(lambda t, p: 2 * (t - p))),
    "改符号": training(program(lambda t, p: -2 * (t - p))),
    "全改": training(program(lambda t, p: -2 * (t - p) * p * (1 - p) / 4)),
}
lowest = min(runs, key=lambda name: runs[name][50])
predicted(guess, lowest, "它走的是另一个损失函数（交叉熵）的下坡路，步子是 8 倍")
lines(runs, x=range(1000), title="照印；只改符号；全部改好", x_name="步", low=0.25)

# %% [markdown]
# * **照印**的程序爬到 $0.3125$：两个权重都跑向 $+\infty$，输出变成 $\frac12, 1, 1, 1$，而
#   $(0.25 + 0 + 0 + 1)/4 = 0.3125$。
# * 只改**符号**，损失就**下降**，而且比全部改好时还快。是巧合吗？不是：$p - t$
#   是**交叉熵**的导数（[笔记本 5](05-losses.ipynb)）。程序在最小化另一个损失函数，
#   而不是它打印的那个，步子还大到 8 倍。
# * **全部改好**，它就名实相符了。可它仍然停在 $0.25$：一个神经元学不会异或。
#   这个程序既错在**语句**，也错在**想法**，而 `gradcheck` 只能看出前一种。
#
# 损失在下降，并不能证明梯度是对的。检验才能。
#
# ## 再来一个练习
#
# ### 练习 4（开放题）
#
# 走到那条弯曲的山谷的谷底去：`make` 是一个函数，输入是参数的列表，返回一个优化器，例如
# `lambda p: nn.SGD(p, lr=0.003, momentum=0.9)`。从 $(-1.5, 2)$ 出发，100 步之后要低于 $0.0001$。
# 答案有很多。（可以试不同的学习率和动量；`nn` 里还有别的优化器。）
#
# <details><summary>答案</summary>
#
# 答案之一。学习率和动量是试出来的；高度是 $6 \cdot 10^{-6}$。
#
# ```python
# make = lambda p: nn.SGD(p, lr=0.012, momentum=0.9)
# ```
# </details>

# %% tags=["exercise"]
make = ...  # 你的答案：lambda p: ...


# %% tags=["check"]
@exercise(4, make)
def check():
    end = valley(*walk(valley, (-1.5, 2.0), make, 100)[-1])
    assert end < 0.0001, f"100 步之后的高度是 {end:.6f}"


# %% [markdown]
# ## 小结
#
# * 每一步都逆着梯度走；学习率是超参数，决定走多远，不决定方向。它小于 2 / 曲率时收敛。
# * 麻烦在于狭窄的山谷；动量把方向一致的部分累加起来，Adam 给每个权重自己的步调。
# * 小批量用准确的方向换来许多便宜的步子；快结束时减小学习率。
# * 一个神经元画一条直线，而异或需要两条；隐藏层能画出来。
# * 相同的神经元永远相同；随机数打破对称。
# * 手写的梯度只是一种断言：即使损失在下降，也要用 `gradcheck` 检验。
#
# 下一份：[7a. 从数据中学习](07a-learning-from-data.ipynb)。
