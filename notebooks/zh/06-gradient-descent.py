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
# 梯度指出损失增大的方向。学习就是朝相反的方向小步走。听起来简单，也确实简单；但步子可能太小或太大，
# 山谷可能很窄，程序里一个符号写错，就会往山上爬。
#
# 读完之后，你能够
#
# * 对一条曲线说出哪些学习率可行，其余的为什么不行，
# * 读懂损失的等高线图，并从路径认出普通梯度下降、动量法和 Adam，
# * 说明为什么一个神经元学不会 XOR（异或），而加一个隐藏层就能学会，
# * 用 `gradcheck` 找出训练程序里的错误。
#
# 你需要[笔记本 4](04-backpropagation.ipynb)（反向传播）和[笔记本 5](05-losses.ipynb)（损失函数）。

# %%
from math import exp
from random import Random

import nn
from autograd_lite import Primitive, Value, dot, grad, gradcheck, set_language, sigmoid
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
# 越靠近谷底，斜率越小，步子也越小。等到几乎不再变化，就可以停下。


# %%
def f(w):
    return (w - 3) ** 2


w = 0.0
for step in range(6):
    print(f"第 {step} 步   w = {w:.4f}   f = {f(w):.4f}   斜率 {grad(f)(w):+.4f}")
    w -= 0.1 * grad(f)(w)

# %% [markdown]
# ## 步子多大合适？
#
# 到谷底的距离是 $w - 3$。走一步之后是 $(w - 3) - \alpha \cdot 2 (w - 3) = (1 - 2\alpha)(w - 3)$。
# 所以每走一步，距离就乘以 $1 - 2\alpha$：
#
# | $\alpha$ | 因子 | 结果 |
# |---|---|---|
# | 0.02 | 0.96 | 很慢 |
# | 0.1 | 0.8 | 正好 |
# | 0.5 | 0 | 一步到达 |
# | 0.9 | −0.8 | 跳到对面，但越来越近 |
# | 1.0 | −1 | 来回跳，永不停止 |
# | 1.05 | −1.1 | 一次比一次远 |


# %%
def descend(slope, w, rate, steps):
    """普通梯度下降经过的各处，包括起点。"""
    places = [w]
    for _ in range(steps):
        w -= rate * slope(w)
        places.append(w)
    return places


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
# 这个界限与我们在哪里无关，只取决于损失**弯得多厉害**。$f$ 的二阶导数是 2，界限是
# $\alpha < 2 / f'' = 1$。山谷若弯十倍，步子就得小到十分之一。
#
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
# 横穿山谷的方向（$y$）曲率是 16，沿谷底的方向（$x$）是 2。所以步子不能大于 $2/16 = 0.125$，
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
# 走路的人没有记忆，球却有：它的**速度** $v$ 保留原来的大部分，斜率只是加上去的一点。
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
# Adam 为每个权重记两个滑动平均：梯度的（$m$）和梯度平方的（$s$）。步子由两者之比决定。
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad s \leftarrow \beta_2 s + (1 - \beta_2)\, g^2
# \qquad w \leftarrow w - \alpha\, \frac{\hat m}{\sqrt{\hat s} + \epsilon}$$
#
# 带帽子的是修正过的平均，因为两者都从 0 开始：在第 $t$ 步，$\hat m = m / (1 - \beta_1^t)$，
# $\hat s = s / (1 - \beta_2^t)$。只要梯度的符号不变，不论它是一百万还是百万分之一，这个比值都约为
# $\pm 1$；所以 $\alpha$ 大致就是**权重每步走多远**。第一步时，这个比值恰好就是梯度的符号：

# %%
for scale in (0.001, 1.0, 1000.0):
    first, second = walk(lambda w: scale * f(w), (0.0,), lambda p: nn.Adam(p, lr=0.1), 1)  # noqa: B023
    print(f"损失乘以 {scale:<6}  斜率 {scale * -6:<8}  第一步 {second[0] - first[0]:+.4f}")

# %% [markdown]
# 现在让三种方法一起走一条弯曲的山谷。它是 Rosenbrock 函数的缓和版本，Rosenbrock
# 函数是测试优化算法的经典：谷壁很陡，谷底几乎是平的，而且会拐弯。


# %%
def valley(x, y):
    return (1 - x) ** 2 + 20 * (y - x**2) ** 2


walkers = {
    "Adam，α = 0.1": lambda p: nn.Adam(p, lr=0.1),
    "动量 0.9": lambda p: nn.SGD(p, lr=0.003, momentum=0.9),
    "普通，α = 0.003": lambda p: nn.SGD(p, lr=0.003),
}
paths = {name: walk(valley, (-1.5, 2.0), make, 100) for name, make in walkers.items()}
heights = {
    name.partition("，")[0]: [valley(*place) for place in path] for name, path in paths.items()
}
multiples(
    [
        surface(valley, (-2, 2, -1, 3), paths=paths, points={"最低点": (1, 1)}, title="弯曲的山谷"),
        lines(heights, x=range(101), title="高度", x_name="步", log=True, height=320.0),
    ],
    columns=2,
)

# %% [markdown]
# 普通梯度下降爬得很慢。动量法摇摆，冲过头，但最先到。Adam 步调均匀，几乎不摇摆。
# 没有哪一种总是最好；Adam 是最不需要调参的一种。
#
# ## 不止一个山谷
#
# 网络的损失不是一个碗。下面有两个山谷，中间有一个**鞍点**：沿 $y$ 方向看它最低，沿 $x$
# 方向看它最高。那里梯度为 0，正好站在上面的人就不动了。走到哪里取决于从哪里出发，
# 所以权重要从**随机数**开始。


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
# ## 一次一个样本
#
# 损失是对全部样本的平均，求它的梯度要把全部样本过一遍。**随机**梯度下降只取几个样本，甚至一个，
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
# 并在快结束时减小学习率。[笔记本 7](07-training-on-real-data.ipynb) 会在真实数据上这样做。
#
# ## XOR：一个神经元不够
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
        title="一个神经元学 XOR 的损失")  # fmt: skip

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
# 并记下每一轮（epoch，把数据过一遍）的损失。

# %%
data = nn.datasets.xor()
loss_of = nn.binary_cross_entropy_with_logits


def picture(net, title):
    """网络在哪里给出哪种回答。"""
    return nn.Inspection(net, loss_of, data).boundary(title=title)


def train(net):
    history = nn.fit(
        net, data, loss=loss_of, optimizer=lambda p: nn.Adam(p, lr=0.1), epochs=200, batch_size=4,
        seed=0, progress=False,
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
    print(f"{x1:.0f} xor {x2:.0f}：概率 {p:.3f}，目标 {t:.0f}")

# %% [markdown]
# 一个神经元停在 $\ln 2 = 0.693$，也就是抛硬币的惊讶程度。有隐藏层就学会了。
#
# ## 一个往山上爬的程序
#
# 下面是一篇教程里训练程序的核心，一个 sigmoid 神经元学 XOR（NumPy；只供阅读，不运行）：
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
# 以及程序所说的导数。


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


def check(slopes, at=(0.3, -0.2)):
    """程序的说法，旁边是微小扰动测得的数。"""
    report = gradcheck(Primitive("loss", loss, slopes), *at, raise_exception=False)
    print("         程序       微小扰动")
    for found, name in zip(report.checks, ("w1", "w2")):
        print(f"dL/d{name}  {found.analytic:+.6f}  {found.numeric:+.6f}  {found.verdict}")


check(program(lambda t, p: 2 * (t - p)))

# %% [markdown]
# 错了，而且**符号**相反：损失是 $(t - p)^2$，对 $p$ 的导数是 $-2(t - p)$。程序在往山上爬。
# 改好这一处，再问一次：

# %%
check(program(lambda t, p: -2 * (t - p)))

# %% [markdown]
# 符号对了，大小不对。责任算到了 $p$ 头上，而权重作用于 $z$：缺了 sigmoid 的导数 $p (1 - p)$。

# %%
check(program(lambda t, p: -2 * (t - p) * p * (1 - p)))

# %% [markdown]
# 现在两个数差的是同一个倍数：4，即样本的个数。损失是**平均**，所以：

# %%
check(program(lambda t, p: -2 * (t - p) * p * (1 - p) / 4))

# %% [markdown]
# 三个错误，都是看一张表找出来的。还剩一个陷阱：`sigmoid_derivative(x) = x * (1 - x)`，给它的是
# sigmoid 的**输出**，它就是对的；给它的是加权和 $z$，它就是错的：

# %%
for name, rule in {
    "给它输出  ": lambda out, z: (out * (1 - out),),
    "给它加权和": lambda out, z: (z * (1 - z),),
}.items():
    report = gradcheck(Primitive("sigmoid", sigma, rule), 0.7, raise_exception=False)
    print(f"{name}  ", report.checks[0].verdict)

# %% [markdown]
# 教程里还有别的公式，用同一个损失一并检验。第二个在该用 $X^T$ 的地方用了 $A^T$：
# 乘的是神经元自己的输出，而不是它的输入。


# %%
def with_own_answer(out, w1, w2):
    slope = sum(2 * p * (p - t) * p * (1 - p) for p, t in zip(answers(w1, w2), T)) / 4
    return slope, slope


claims = {
    "dL/dy x，漏了 f'(z)": program(lambda t, p: 2 * (p - t) / 4),
    "A^T ((A - Y) f'(Z))": with_own_answer,
    "X^T ((A - Y) f'(Z))": program(lambda t, p: 2 * (p - t) * p * (1 - p) / 4),
}
for name, slopes in claims.items():
    print(name)
    check(slopes)

# %% [markdown]
# 用错误的公式去**训练**会怎样？照教程走一千步，学习率 0.1：


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
lines(runs, x=range(1000), title="照印；只改符号；全部改好", x_name="步", low=0.25)

# %% [markdown]
# * **照印**的程序爬到 $0.3125$：两个权重都跑向 $+\infty$，输出变成 $\frac12, 1, 1, 1$，而
#   $(0.25 + 0 + 0 + 1)/4 = 0.3125$。
# * 只改**符号**，损失就**下降**，而且比全部改好时还快。是巧合吗？不是：$p - t$
#   是**交叉熵**的导数（[笔记本 5](05-losses.ipynb)）。程序在最小化另一个损失函数，
#   而不是它打印的那个，步子还大到 8 倍。
# * **全部改好**，它就名实相符了。可它仍然停在 $0.25$：一个神经元学不会 XOR。
#   这个程序既错在**语句**，也错在**想法**，而 `gradcheck` 只能看出前一种。
#
# 损失在下降，并不能证明梯度是对的。检验才能。
#
# ## 练习
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
if limit is ... or one_step is ...:
    print("练习 1：尚未作答")
else:
    steep = grad(lambda w: 5 * (w - 2) ** 2)
    there = descend(steep, 7.0, one_step, 1)[-1]
    assert abs(there - 2.0) < 1e-6, "one_step：距离要乘以 1 - 10 α"
    inside, outside = (descend(steep, 7.0, limit + d, 100)[-1] - 2 for d in (-0.001, 0.001))
    assert abs(inside) < 5.0 < abs(outside), "limit：1 - 10 α 等于 -1 的地方"
    print("练习 1：正确")

# %% [markdown]
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
if momentum is ...:
    print("练习 2：尚未作答")
else:
    for steps in (1, 2, 7):
        found = momentum(grad(f), 0.0, 0.05, 0.8, steps)
        truth = walk(f, (0.0,), lambda p: nn.SGD(p, lr=0.05, momentum=0.8), steps)[-1][0]
        assert abs(found - truth) < 1e-9, f"{steps} 步之后 w 是 {truth:.6f}"
    print("练习 2：正确")

# %% [markdown]
# ### 练习 3
#
# 不用训练的 XOR。两个隐藏神经元和一个输出神经元，激活函数都用**阶跃函数**（加权和大于 0 时为 1，
# 否则为 0）。选择它们的权重和偏置，每个神经元写成 `[w1, w2, b]`，使网络在四个点上都对。（提示：
# 一个隐藏神经元可以做“或”，另一个做“与”。）
#
# <details><summary>答案</summary>
#
# 或：$x_1 + x_2 - 0.5 > 0$。与：$x_1 + x_2 - 1.5 > 0$。异或就是“或，但不是与”：
# $h_1 - h_2 - 0.5 > 0$。
#
# ```python
# first = [1, 1, -0.5]
# second = [1, 1, -1.5]
# output = [1, -1, -0.5]
# ```
# </details>

# %% tags=["exercise"]
first = ...  # 你的答案：一个隐藏神经元的 [w1, w2, b]
second = ...  # 你的答案
output = ...  # 你的答案：输出神经元的

# %% tags=["check"]
if first is ... or second is ... or output is ...:
    print("练习 3：尚未作答")
else:
    for row, t in zip(X, T):
        h = [nn.heaviside(Value(dot(neuron, [*row, 1.0]))) for neuron in (first, second)]
        said = nn.heaviside(dot(output, [*h, 1.0]))
        assert said.data == t, f"{row} 得到 {said.data:.0f}，应为 {t:.0f}"
    print("练习 3：正确")

# %% [markdown]
# ## 小结
#
# * 每一步都逆着梯度走；学习率小于 2 / 曲率时收敛。
# * 麻烦在于狭窄的山谷；动量把方向一致的部分累加起来，Adam 给每个权重自己的步调。
# * 小批量用准确的方向换来许多便宜的步子；快结束时减小学习率。
# * 一个神经元画一条直线，而 XOR 需要两条；隐藏层能画出来。
# * 手写的梯度只是一种断言：即使损失在下降，也要用 `gradcheck` 检验。
#
# 下一份：[7. 用真实数据训练](07-training-on-real-data.ipynb)。
