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
# # 8. 导数的导数
#
# [English](../08-derivatives-of-derivatives.ipynb) · [术语对照](README.md)
#
# **时间：** 约 100 分钟 · **需要：** 笔记本 1（导数）和 6（梯度下降） · **学完之后：** 把二阶导数看
# 成弯曲程度，并画成计算图；用牛顿法求根、求极小值；读懂黑塞矩阵：是谷、是峰还是鞍点，学习率最大能取
# 多少；矩阵大得写不下时照样用它；让网络拟合自己的导数。
#
# 斜率告诉你哪边是上坡，却不告诉你这个坡还能延续多远。**再求一次**导数就知道了：斜率本身变化得多快。
# 知道了这个，每一步该走多长就有了依据，也分得清谷底和鞍点。

# %%
import math
from itertools import pairwise

import autograd_lite as ag
from autograd_lite import (
    Value,
    draw,
    grad,
    gradients,
    hessian,
    hvp,
    set_language,
    topological_order,
)
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import curves, lines, surface

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 斜率的斜率
#
# 取 $f(x) = x^3 - 3x$。`grad(f)` 是它的斜率，本身也是一个函数。既然是函数，就也有斜率：
# `grad(grad(f))`，即**二阶导数**。
#
# 在 $x = 1$ 处曲线是平的：斜率为 0。先别往下看：那里**斜率的斜率**是多少？把你的猜测写在省略号的位
# 置。

# %% tags=["prediction"]
sign_at_1 = ...  # "小于 0"、"0" 还是 "大于 0"：x = 1 处的二阶导数？


# %%
def f(x):
    return x**3 - 3 * x


slope = grad(f)
bend = grad(slope)
predicted(sign_at_1, "大于 0", "在 1 的左边曲线下降，在右边上升")
curves(
    {"f": f, "斜率": slope, "斜率的斜率": bend},
    (-2.2, 2.2),
    low=-6.0,
    high=6.0,
    title="x³ − 3x 和它的两个导数",
)

# %% [markdown]
# 看 $x = 1$。斜率为 0，曲线在那里是平的。可是在它左边，斜率小于 0，在它右边，斜率大于 0，所以斜率
# 在**增大**：它自己的斜率是 $6$，大于 0。斜率为 0 而又在增大的地方，就是**谷**底。在 $x = -1$ 处一
# 切相反：那是一个**峰**。
#
# 手算：$f' = 3x^2 - 3$，$f'' = 6x$。（一撇是斜率，两撇是斜率的斜率。另一种写法是 $\frac{df}{dx}$ 和
# $\frac{d^2 f}{dx^2}$。）

# %%
print("     x      f     f'    f''")
for x in (-1.0, 0.0, 1.0, 2.0):
    print(f"{x:6.1f} {f(x):6.1f} {slope(x):6.1f} {bend(x):6.1f}")

# %% [markdown]
# ### 练习 1
#
# $f(x) = x^4 - 2x^2$ 在 $-1$、$0$ 和 $1$ 处是平的。它在 0 和 1 处的二阶导数各是多少？这两处哪一处是
# 谷？
#
# （先在纸上算，再把答案写在省略号的位置，运行下面两个单元格。答错了会有提示，不会中断后面的单元
# 格。）
#
# <details><summary>答案</summary>
#
# $f' = 4x^3 - 4x$，$f'' = 12x^2 - 4$。在 0 处是 −4，是峰；在 1 处（以及 −1 处）是 8，是谷。
#
# ```python
# bend_at_0 = -4
# bend_at_1 = 8
# valley = 1
# ```
# </details>

# %% tags=["exercise"]
bend_at_0 = ...  # 你的答案
bend_at_1 = ...  # 你的答案
valley = ...  # 0 或 1


# %% tags=["check"]
@exercise(1, bend_at_0, bend_at_1, valley)
def check():
    second_derivative = grad(grad(lambda x: x**4 - 2 * x**2))
    assert abs(bend_at_0 - second_derivative(0.0)) < 1e-9, "bend_at_0：求导两次"
    assert abs(bend_at_1 - second_derivative(1.0)) < 1e-9, "bend_at_1：求导两次"
    assert valley in (0, 1), "valley：0 或 1"
    assert second_derivative(float(valley)) > 0, "在谷底，斜率是增大的"


# %% [markdown]
# ## 二阶导数是什么样子
#
# 它是弯曲的程度。拿一个圆去贴一条曲线，让两者相切，并且弯得一样厉害（这个圆叫**密切圆**）。圆越小，
# 弯得越急。


# %%
def parabola(x):
    return x * x / 2


def touching_circle(f, x):
    """在 x 处与 f 贴得最好的圆：圆上的点，以及半径。"""
    first, second = grad(f)(x), grad(grad(f))(x)
    radius = (1 + first**2) ** 1.5 / second
    tilt = math.hypot(1.0, first)
    middle = x - first / tilt * radius, f(x) + radius / tilt  # 与曲线垂直的方向上
    turns = [2 * math.pi * k / 200 for k in range(201)]
    circle = [(middle[0] + radius * math.sin(t), middle[1] - radius * math.cos(t)) for t in turns]
    return circle, radius


# %%
level, radius_at_0 = touching_circle(parabola, 0.0)
tilted, radius_at_1 = touching_circle(parabola, 1.0)
print(f"0 处的半径：{radius_at_0:.3f}   1 处的半径：{radius_at_1:.3f}")
curves(
    {"x² / 2": parabola, "0 处的圆": level, "1 处的圆": tilted},
    (-3.0, 3.0),
    points={"切点": [(0.0, 0.0), (1.0, 0.5)]},
    low=-0.25,
    high=3.0,
    title="贴合的圆",
)

# %% [markdown]
# 半径的倒数叫**曲率**：
#
# $$\kappa = \frac{f''}{(1 + f'^2)^{3/2}}$$
#
# 曲线平的地方，曲率就是二阶导数本身：在 0 处 $f' = 0$，$f'' = 1$，所以曲率是 1，半径也是 1。在 1 处
# $f' = 1$，$f'' = 1$，所以半径是 $(1 + 1)^{3/2} = 2.828$：二阶导数没有变，但曲线在那里是斜的，弯得
# 就缓一些。
#
# ## 导数也是一张图
#
# 引擎是怎样做到的？每种运算都有一条求局部导数的规则，$x^3$ 的规则是 $3x^2$。`backward` 拿一个数去运
# 行这条规则，得到一个数。可规则本身只是普通的算术，所以也能拿一个 `Value` 去运行。这时它就像 Value
# 的一切算术那样，**记录下一张图**。
#
# 写上 `gradients(..., create_graph=True)`，就是要它这样做。

# %%
x = Value(2.0, label="x")
y = x**3
y.label = "x³"
first = gradients(y, x, create_graph=True)
first.label = "斜率"
draw(first)

# %% [markdown]
# 这就是 $3 \cdot 2^2 = 12$，连同它的算法。（最后一张卡片乘以 1，是反向传播的起点：结果对自身的导数
# 是 1。在运行中的笔记本里，拖动 `x` 的数，斜率会跟着变：在 3 处是 27。）既然是图，就可以再求导：

# %%
second = gradients(first, x, create_graph=True)
second.label = "斜率的斜率"
third = gradients(second, x)
print(f"{y.data:.0f}, {first.data:.0f}, {second.data:.0f}, {third:.0f}")
draw(second)

# %% [markdown]
# $x^3$、$3x^2$、$6x$、$6$：在 $x = 2$ 处就是 8、12、12、6。
#
# ## n 阶导数
#
# 换成 tanh 就更有意思了。它的斜率是 $1 - \tanh^2$。离 0 远的地方 tanh 几乎等于 1，这样一减，有效数
# 字就一位也不剩了。所以这个斜率在运算表里单独占一行，名叫 `tanh_slope`，算得很仔细；而这一行的求导
# 规则是：$-2 \tanh$ 乘以它自己。

# %%
x = Value(0.5, label="x")
out = ag.tanh(x)
out.label = "tanh"
slope_of_tanh = gradients(out, x, create_graph=True)
slope_of_tanh.label = "斜率"
draw(slope_of_tanh, direction="down")

# %% [markdown]
# 二阶导数，手算：令 $t = \tanh x$，斜率是 $1 - t^2$。它的斜率是 $-2t$ 乘以 $t$ 的斜率，即
# $-2t(1 - t^2)$。引擎的图是同样的想法，每个乘积一张卡片：

# %%
bend_of_tanh = gradients(slope_of_tanh, x, create_graph=True)
bend_of_tanh.label = "二阶导数"
t = math.tanh(0.5)
print(f"引擎 {bend_of_tanh.data:.6f}   手算 {-2 * t * (1 - t * t):.6f}")
draw(bend_of_tanh, direction="down")

# %% [markdown]
# 如此继续，想求几阶就求几阶。下面是引擎求出的三阶导数，没有人写过它的公式。


# %%
def derivatives(function, at, order):
    """一个函数和它在某处的前几阶导数，都是 Value。"""
    x = Value(at, label="x")
    found = [function(x)]
    for _ in range(order):
        found.append(gradients(found[-1], x, create_graph=True))
    return found


draw(derivatives(ag.tanh, 0.5, 3)[3], direction="down")

# %% [markdown]
# 这些结果对吗？有另一个办法可以验证。tanh 的 n 阶导数是 $t$ 的多项式：从 $t$ 开始，每次取多项式的斜
# 率，乘以 $(1 - t^2)$。这只用到整数。


# %%
def next_polynomial(p):
    """由 p(t) 的系数求 p'(t) · (1 − t²) 的系数。"""
    slope = [k * c for k, c in enumerate(p)][1:]
    shifted = [0, 0, *slope]
    return [a - b for a, b in zip([*slope, 0, 0], shifted)]


p = [0, 1]
print(" 阶数 节点数         引擎       多项式")
for n, value in enumerate(derivatives(ag.tanh, 0.5, 6)):
    truth = sum(c * t**k for k, c in enumerate(p))
    size = len(topological_order(value))
    print(f"{n:5d} {size:6d} {value.data:12.6f} {truth:12.6f}")
    p = next_polynomial(p)

# %% [markdown]
# 每高一阶，图大约增大到两倍半。这是用一般方法的代价，也是人们很少用到二阶以上的原因。

# %%
curves(
    {
        "tanh": ag.tanh,
        "一阶": grad(ag.tanh),
        "二阶": grad(grad(ag.tanh)),
        "三阶": grad(grad(grad(ag.tanh))),
    },
    (-3.0, 3.0),
    title="tanh 和它的各阶导数",
)

# %% [markdown]
# ## 牛顿法：沿切线走到零
#
# $\sqrt 2$ 是多少？就是 $x^2 - 2$ 等于 0 的地方。先猜 3。那里的高度是 $7$，斜率是 $6$。假如曲线是直
# 的，往回走 $7 / 6$ 就到 0 了，所以下一个猜测是 $3 - 7/6 = 1.833$。曲线不是直的，所以还没有到，但近
# 了。再来一次。
#
# $$x_{\text{next}} = x - \frac{f(x)}{f'(x)}$$

# %% tags=["prediction"]
steps_needed = ...  # 从 3 出发，要几步误差才小于百万分之一？


# %%
def newton(f, x, steps):
    """牛顿法求 f 的零点时的各次猜测。"""
    guesses = [x]
    for _ in range(steps):
        x = x - f(x) / grad(f)(x)
        guesses.append(x)
    return guesses


def square_less_two(x):
    return x * x - 2


guesses = newton(square_less_two, 3.0, 5)

# %% jupyter={"source_hidden": true} tags=["plotting"]
tangents = []
for guess, after in pairwise(guesses):
    tangents += [(guess, 0.0), (guess, square_less_two(guess)), (after, 0.0)]
curves(
    {"x² − 2": square_less_two, "切线": tangents},
    (1.0, 3.2),
    points={"猜测": [(guess, 0.0) for guess in guesses]},
    title="沿切线往下走",
)

# %%
for k, guess in enumerate(guesses):
    print(f"{k}  {guess:.9f}   误差 {abs(guess - math.sqrt(2)):.0e}")
enough = next(k for k, guess in enumerate(guesses) if abs(guess - math.sqrt(2)) < 1e-6)
predicted(steps_needed, enough, "每走一步，误差变成它的平方，再除以 3 左右")

# %% [markdown]
# 每走一步，正确的位数**翻一番**：误差是 0.05、0.0008、0.0000002。再走一步，就达到了计算机里的数所能
# 达到的精度。（书上叫**二次收敛**。误差的平方要乘以 $\frac{f''}{2f'}$：又是二阶导数。）

# %% [markdown]
# ### 练习 2
#
# 写出用牛顿法求 10 的立方根的一步：一个函数，由一个猜测得到下一个猜测。哪个函数的零点在那里？
#
# <details><summary>答案</summary>
#
# $x^3 - 10$ 的零点就是这个立方根，它的斜率是 $3x^2$。从 2 出发，一步走到
# $2 - (8 - 10)/12 = 2.1667$。
#
# ```python
# def next_guess(x):
#     return x - (x**3 - 10) / (3 * x**2)
# ```
# </details>

# %% tags=["exercise"]
next_guess = ...  # x 的函数


# %% tags=["check"]
@exercise(2, next_guess)
def check():
    guess = next_guess(2.0)
    assert abs(guess - newton(lambda x: x**3 - 10, 2.0, 1)[-1]) < 1e-9, "从 2 应当走到 2.1667"
    for _ in range(5):
        guess = next_guess(guess)
    assert abs(guess**3 - 10) < 1e-9, "六步之后，立方应当是 10"


# %% [markdown]
# ## 用牛顿法求极小值
#
# 在极小值处，**斜率**为 0。那就去找斜率的零点：
#
# $$x_{\text{next}} = x - \frac{f'(x)}{f''(x)}$$
#
# 梯度下降每步走“学习率乘以斜率”那么远，学习率要由人来选。牛顿法自己选好了：学习率就是 $1 / f''$。斜
# 率变化快的地方小心走，几乎不变的地方大步走。在 $x^3 - 3x$ 上，从 2 走向 1 处的谷底：

# %%
descent = [2.0]
for _ in range(6):
    descent.append(descent[-1] - 0.05 * slope(descent[-1]))
steps = newton(slope, 2.0, 6)
print("  步  梯度下降  牛顿法")
for k, (slow, quick) in enumerate(zip(descent, steps)):
    print(f"{k:4d}  {slow:.6f}  {quick:.9f}")

# %% [markdown]
# 现在从 −0.5 出发，它在 −1 处的峰与 1 处的谷之间。曲线是朝着谷下降的。

# %% tags=["prediction"]
arrives_at = ...  # 1（谷）还是 -1（峰）：牛顿法从 -0.5 会走到哪里？

# %%
walked = newton(slope, -0.5, 5)
predicted(arrives_at, round(walked[-1]), "它找的是斜率为 0 的地方，而峰也是这样的地方")
[f"{x:.4f}" for x in walked]

# %% [markdown]
# 它走到了 −1 处的峰：在 $f''$ 小于 0 的地方，牛顿法是往**山上**走的。补救的办法是先看 $f''$ 的符
# 号。
#
# ## 两个变量：黑塞矩阵
#
# 下面是从上往下看的山谷 $g(x, y) = x^2 + xy + y^2$，像一张地图：每条线上高度相同，颜色越深地势越
# 高。


# %%
def g(p):
    x, y = p
    return x * x + x * y + y * y


surface(
    lambda x, y: g([x, y]),
    (-1.5, 1.5, -1.2, 1.2),
    arrows=[((0.0, 0.0), (0.8, 0.8)), ((0.0, 0.0), (-0.8, 0.8))],
    points={"45° 方向": (0.8, 0.8), "135° 方向": (-0.8, 0.8)},
    title="x² + xy + y²",
)

# %% [markdown]
# 从中心往 45° 方向走，要穿过许多条等高线：地面弯得很急。往 135° 方向走，弯得缓些。弯曲程度随方向而
# 变，该怎样写下来？
#
# 两个变量就有两个斜率，每个又可以沿两个方向变化。一共四个数，排成一个方阵，叫**黑塞矩
# 阵**（Hessian，也译作海森矩阵）。
#
# $$\nabla g = \begin{pmatrix} 2x + y \\ x + 2y \end{pmatrix} \qquad
# H = \begin{pmatrix} 2 & 1 \\ 1 & 2 \end{pmatrix}$$
#
# 第一行说的是 $2x + y$ 怎样变化：$x$ 增大 1，它增大 2；$y$ 增大 1，它增大 1。

# %%
hessian(g)([0.3, -0.4])

# %% [markdown]
# 对角线以外的两个数相等：$x$ 方向的斜率随 $y$ 的变化，等于 $y$ 方向的斜率随 $x$ 的变化。只要二阶导
# 数是连续的，就总是这样（施瓦茨定理），这时黑塞矩阵是**对称**的。二阶导数若有跳跃，两者可以不等：
# $xy\,(x^2 - y^2)/(x^2 + y^2)$（规定在原点为 0）在原点的这两个数是 −1 和 1，虽然这个函数并没有折
# 点。
#
# 设 $v$ 是长度为 1 的方向，沿它的弯曲程度是 $v^\top H v$。绕一圈，画出来：

# %%
matrix = hessian(g)([0.0, 0.0])


def bend_towards(degrees):
    turn = math.radians(degrees)
    v = math.cos(turn), math.sin(turn)
    return sum(v[i] * matrix[i][j] * v[j] for i in range(2) for j in range(2))


curves(
    {"弯曲程度": bend_towards},
    (0.0, 180.0),
    low=0.0,
    high=4.0,
    names=("度", "vᵀHv"),
    title="x² + xy + y² 沿各方向的弯曲程度",
)

# %% [markdown]
# 最大是 3，在 45° 方向；最小是 1，在 135° 方向。这两个极端的数就是 $H$ 的**特征值**。它们的**方
# 向**是 $H$ 的**特征向量**：$H$ 把它们拉长、缩短或反向，但不使它们离开原来的直线。不妨验证：按行计
# 算，$H$ 把 $(1, 1)$ 变成 $(3, 3)$，是原来的三倍；把 $(-1, 1)$ 变成 $(-1, 1)$，是原来的一倍。这两个
# 方向总是互相垂直的，因为 $H$ 对称。
#
# 对称的 2 × 2 矩阵，特征值有一个公式：对角线的平均值，加上、减去一个平方根。


# %%
def extremes(matrix):
    """最小和最大的弯曲程度：对称 2 × 2 矩阵的特征值。"""
    (a, b), (_, d) = matrix
    middle, half = (a + d) / 2, math.hypot((a - d) / 2, b)
    return middle - half, middle + half


extremes(matrix)

# %% [markdown]
# ## 谷、峰，还是鞍点
#
# 梯度为 0 的地方是什么，看两个极端值的符号就知道：
#
# | 最小、最大 | 那里是 | 黑塞矩阵叫 |
# |:--|:--|:--|
# | 都大于 0 | 谷（极小值） | 正定 |
# | 都小于 0 | 峰（极大值） | 负定 |
# | 一正一负 | 鞍点（山口） | 不定 |
# | 有一个是 0 | 单凭弯曲程度说不准 | 奇异 |
#
# 以 $x^3 - 3x + y^2$ 为例。它在 $(1, 0)$ 和 $(-1, 0)$ 处是平的。


# %%
def landscape(p):
    x, y = p
    return x**3 - 3 * x + y**2


for place in ([1.0, 0.0], [-1.0, 0.0]):
    print(place, "梯度", grad(landscape)(place), " 弯曲程度", extremes(hessian(landscape)(place)))

# %% [markdown]
# 所以 $(1, 0)$ 是谷，$(-1, 0)$ 是鞍点：沿 $x$ 方向看，人站在峰上；沿 $y$ 方向看，人站在谷里。两个变
# 量的牛顿法要“除以”黑塞矩阵，也就是解两个方程。它走向梯度为 0 的地方，**不管**那里是什么；梯度下降
# 则总往下走。


# %%
def newton_step(f, p):
    """p 减去 H⁻¹ 乘梯度：两个方程，用克拉默法则解。"""
    (u, v), ((a, b), (c, d)) = grad(f)(p), hessian(f)(p)
    det = a * d - b * c
    return [p[0] - (d * u - b * v) / det, p[1] - (a * v - c * u) / det]


def descent_step(f, p, lr):
    return [x - lr * slope for x, slope in zip(p, grad(f)(p))]


def walk(step, start, count):
    found = [start]
    for _ in range(count):
        found.append(step(found[-1]))
    return found


# %% jupyter={"source_hidden": true} tags=["plotting"]
start = [-0.75, 0.9]
surface(
    lambda x, y: landscape([x, y]),
    (-1.8, 1.8, -1.2, 1.2),
    paths={
        "梯度下降": walk(lambda p: descent_step(landscape, p, 0.05), start, 60),
        "牛顿法": walk(lambda p: newton_step(landscape, p), start, 5),
    },
    points={"谷": (1.0, 0.0), "鞍点": (-1.0, 0.0)},
    title="x³ − 3x + y²",
)

# %% [markdown]
# 大型网络的损失地形里，鞍点比谷多得多：有一千个方向时，很难**个个**都往上弯。训练网络用梯度下降，
# 这是原因之一。
#
# ## 学习率与最急的弯
#
# 学习率太大，训练为什么会发散？看一个最简单的山谷，$\frac{k}{2} x^2$，斜率是 $kx$。下降一步是
#
# $$x_{\text{next}} = x - \text{lr} \cdot k x = (1 - \text{lr} \cdot k)\, x$$
#
# 所以每一步都把 $x$ 乘以同一个因子。这个因子若小于 −1，每一步都落到对面更远的地方。界限是
# $\text{lr} = 2 / k$，而 $k$ 就是弯曲程度。
#
# 方向多了，**最急**的弯决定界限，**最缓**的弯让你久等。以 $x^2 + 10y^2$ 为例：弯曲程度是 2 和 20，
# 所以界限是 $2/20 = 0.1$。取三个学习率，各走 25 步：

# %% tags=["prediction"]
best_rate = ...  # 0.02、0.09 还是 0.105：哪个最后的高度最低？


# %%
def ravine(p):
    x, y = p
    return x**2 + 10 * y**2


print("弯曲程度", extremes(hessian(ravine)([0.0, 0.0])))
start = [-1.8, 0.25]
walks = {
    "lr 0.02": walk(lambda p: descent_step(ravine, p, 0.02), start, 25),
    "lr 0.09": walk(lambda p: descent_step(ravine, p, 0.09), start, 25),
    "lr 0.105": walk(lambda p: descent_step(ravine, p, 0.105), start, 25),
    "牛顿法": walk(lambda p: newton_step(ravine, p), start, 1),
}
for name, steps in walks.items():
    count, end = len(steps) - 1, ravine(steps[-1])
    print(f"{name:9} {count:3d} 步，从 {ravine(start):.3f} 到 {end:.4f}")
predicted(best_rate, 0.09, "它步子大，却仍低于 0.1 的界限")

# %%
surface(
    lambda x, y: ravine([x, y]),
    (-2.0, 2.0, -0.8, 0.8),
    paths={**walks, "lr 0.105": walks["lr 0.105"][:10]},
    title="x² + 10y²",
    note="lr 的界限：0.1",
    width=520.0,
)

# %% [markdown]
# 0.02 爬得很慢。0.09 在弯得急的方向上左右摇摆，每次是上一次的 0.8 倍，最后到达。0.105 每次是上一次
# 的 1.1 倍，发散了。牛顿法一步就到；凡是在每个方向上都是抛物线的地形，它都一步就到，因为每个方向它
# 各用各的弯曲程度。
#
# 最急的弯与最缓的弯之比，这里是 $20/2 = 10$，叫**条件数**。它越大，梯度下降需要的步数越多；牛顿法不
# 受它影响。
#
# ## 一条弯曲的山谷
#
# Rosenbrock 函数 $(1 - x)^2 + 10(y - x^2)^2$ 的最小值在一条弯曲的沟里，在 $(1, 1)$ 处。


# %%
def rosenbrock(p):
    x, y = p
    return (1 - x) ** 2 + 10 * (y - x * x) ** 2


start = [-1.2, 1.0]
quick = walk(lambda p: newton_step(rosenbrock, p), start, 7)
slow = walk(lambda p: descent_step(rosenbrock, p, 0.01), start, 100)
print(f"梯度下降，100 步：({slow[-1][0]:.4f}, {slow[-1][1]:.4f})")
for k, p in enumerate(quick):
    print(f"牛顿法，第 {k} 步：({p[0]:8.5f}, {p[1]:8.5f})   高度 {rosenbrock(p):.1e}")

# %%
surface(
    lambda x, y: rosenbrock([x, y]),
    (-1.6, 1.6, -1.2, 1.8),
    paths={"梯度下降": slow, "牛顿法": quick},
    points={"最低点": (1.0, 1.0)},
    title="Rosenbrock 的沟",
)

# %% [markdown]
# 牛顿法步子很大胆：第二步和第四步是往**上**走的，翻过了谷壁。实践中，遇到往上走的步子就把它缩短。不
# 过请看最后几个高度：0.002，0.00003，然后是 0.00000000000002。
#
# ## 大得写不下的黑塞矩阵
#
# 一个有 10,000 个权重的网络，黑塞矩阵有 100,000,000 个数，没有人会把它写出来。但人们往往只要
# $H v$，即梯度沿**一个**方向 $v$ 的变化，而求它只要几次梯度的代价，与权重的个数无关：先求梯度，与
# $v$ 做点积（得到一个数！），再对这个数求梯度。`hvp`（Hessian-vector product，**黑塞矩阵与向量的乘
# 积**）就这样做。

# %%
direct = hessian(rosenbrock)([0.5, 0.5])
v = [1.0, 2.0]
product = [sum(h * t for h, t in zip(row, v)) for row in direct]
print("按行相乘：", [round(x, 6) for x in product])
print("hvp：     ", [round(x, 6) for x in hvp(rosenbrock)([0.5, 0.5], v)])

# %% [markdown]
# 它有什么用？比如求最急的弯。随便拿一个向量，反复乘以 $H$：每乘一次，最急的那个方向就比其他方向占优
# 一些，到最后只剩下它。（这叫**幂迭代**。在极小值处没有小于 0 的弯曲程度，所以最急的就是最大的。）
#
# 下面的网络有两个 tanh 隐藏单元，学异或（XOR），九个权重放在一个列表里，用梯度下降训练。

# %%
XOR = [((-1, -1), -1), ((-1, 1), 1), ((1, -1), 1), ((1, 1), -1)]


def net(w, x):
    first = ag.tanh(w[0] * x[0] + w[1] * x[1] + w[2])
    second = ag.tanh(w[3] * x[0] + w[4] * x[1] + w[5])
    return w[6] * first + w[7] * second + w[8]


def loss(w):
    return sum((net(w, x) - target) ** 2 for x, target in XOR) / len(XOR)


weights = [0.9, -0.6, 0.5, -0.7, 0.8, 0.4, 0.6, 0.5, -0.3]
losses = []
for _ in range(300):
    height, slopes = ag.value_and_grad(loss)(weights)
    losses.append(height)
    weights = [w - 0.1 * slope for w, slope in zip(weights, slopes)]
lines({"损失": losses}, title="异或", x_name="步", log=True)


# %%
def sharpest(f, at, rounds=60):
    """f 最大的弯曲程度，以及它所在的方向。"""
    v = [1.0] * len(at)
    for _ in range(rounds):
        image = hvp(f)(at, v)
        length = math.hypot(*image)
        v = [x / length for x in image]
    return length, v


bend_of_loss, direction = sharpest(loss, weights)
print(f"最大的弯曲程度 {bend_of_loss:.3f}，所以学习率必须小于", end=" ")
print(f"{2 / bend_of_loss:.3f}")

# %% [markdown]
# 是真的吗？站在训练好的权重处，沿最急的方向推开千分之一。然后用界限的 0.9 倍和 1.1 倍作学习率往下
# 走。

# %%
distances = {}
for share in (0.9, 1.1):
    w = [w + 0.001 * d for w, d in zip(weights, direction)]
    column = []
    for _ in range(31):
        column.append(math.dist(w, weights))
        slopes = grad(loss)(w)
        w = [x - share * 2 / bend_of_loss * slope for x, slope in zip(w, slopes)]
    distances[f"{share} × 界限"] = column
lines(
    distances,
    x=range(31),
    x_name="步",
    log=True,
    title="到谷底的距离",
    width=400.0,
)

# %% [markdown]
# 学习率低于界限，推开的那一点会消失。（还剩百分之二：这个谷的谷底不是一个点，九个弯曲程度中有五个几
# 乎是 0，所以网络停下来的地方与原处略有不同。）高于界限，它就越来越大，直到曲线不再像抛物线为止。现
# 在你知道学习率是从哪里来的了。
#
# ## 损失里的导数
#
# 到现在为止，导数都是用来**求**别的东西的。它本身也可以是要求的东西。设想我们要找一个函数 $u$，满足
#
# $$u'(t) = -u(t), \qquad u(0) = 1$$
#
# （一切衰减都遵循这条规律。）令 $u$ 是一个小网络。前面看到，它对 $t$ 的导数是一张图，所以可以放**进
# 损失**里：取一些时刻，求 $(u' + u)^2$ 的平均。训练权重时，引擎要对一个里面含有导数的损失求导。（这
# 样的网络叫**物理信息神经网络**。）
#
# 写成 $1 + t \cdot \text{net}(t)$ 的形式，$u(0) = 1$ 就自动成立。

# %%
import random

import nn

rng = random.Random(1)
a = [Value(rng.uniform(-1.0, 1.0)) for _ in range(6)]
b = [Value(rng.uniform(-1.0, 1.0)) for _ in range(6)]
c = [Value(rng.uniform(-0.1, 0.1)) for _ in range(6)]


def u(t):
    return 1.0 + t * ag.dot(c, [ag.tanh(slope * t + shift) for slope, shift in zip(a, b)])


@ag.compile(batch="mean")  # 只记录一次，以后重放
def wrongness(t):
    return (grad(u)(t) + u(t)) ** 2


times = [k / 7 for k in range(22)]
optimizer = nn.Adam([*a, *b, *c], lr=0.02)
history = []
for _ in range(400):
    optimizer.zero_grad()
    history.append(wrongness.backward(times))
    optimizer.step()
print(f"损失：从 {history[0]:.2f} 到 {history[-1]:.0e}")
worst = max(abs(u(t).data - math.exp(-t)) for t in times)
print(f"离正确答案最远：{worst:.3f}")

# %% [markdown]
# 正确的答案是 $e^{-t}$。网络从来没有见过它，只知道自己的斜率与高度应当有什么关系。两条线都画在图
# 里，它们重合了。

# %%
curves(
    {"网络": u, "e⁻ᵗ": lambda t: math.exp(-t)},
    (0.0, 3.0),
    low=0.0,
    high=1.0,
    names=("t", "u"),
    title="一个解 u' = −u 的网络",
)

# %% [markdown]
# ## 更多练习
#
# ### 练习 3
#
# $h(x, y) = x^2 + 4xy + y^2$ 在 $(0, 0)$ 处是平的。写出它的黑塞矩阵，求最小和最大的弯曲程度，并说出
# 那里是什么：`"谷"`、`"峰"` 还是 `"鞍点"`。
#
# <details><summary>答案</summary>
#
# $H = \begin{pmatrix} 2 & 4 \\ 4 & 2 \end{pmatrix}$。对角线的平均值是 2，平方根是
# $\sqrt{0 + 4^2} = 4$，所以弯曲程度是 −2 和 6：鞍点。沿 $y = -x$ 看，$x^2 - 4x^2 + x^2 = -2x^2$，是
# 往下走的，虽然 $x^2$ 和 $y^2$ 各自都往上走。
#
# ```python
# bends = (-2, 6)
# what = "鞍点"
# ```
# </details>

# %% tags=["exercise"]
bends = ...  # (最小, 最大)
what = ...  # "谷"、"峰" 或 "鞍点"


# %% tags=["check"]
@exercise(3, bends, what)
def check():
    truth = extremes(hessian(lambda p: p[0] ** 2 + 4 * p[0] * p[1] + p[1] ** 2)([0.0, 0.0]))
    assert math.dist(bends, truth) < 1e-9, "bends：对角线的平均值，减去、加上平方根"
    signs = {(True, True): "谷", (False, False): "峰"}
    assert what == signs.get((truth[0] > 0, truth[1] > 0), "鞍点"), "看两个符号"


# %% [markdown]
# ### 练习 4（较难）
#
# 牛顿法在 Rosenbrock 的沟里两次往上走，在 $x^3 - 3x + y^2$ 上又走向鞍点。写一个函数
# `safe_step(f, p)`，两个变量走一步，两种毛病都不犯：
#
# * 有弯曲程度不大于 0 的地方，改为沿梯度下降（`descent_step`，学习率 0.1）；
# * 如果这一步走到了比 `p` 高的地方，就减半，直到不再高为止（这叫**线搜索**）。
#
# <details><summary>答案</summary>
#
# `p` 与目标的中点就是半步。在极小值本身，一步是不是往上走由舍入误差决定，所以减半必须有个尽头。
#
# ```python
# def safe_step(f, p):
#     smallest, _ = extremes(hessian(f)(p))
#     goal = newton_step(f, p) if smallest > 0 else descent_step(f, p, 0.1)
#     for _ in range(50):
#         if f(goal) <= f(p):
#             return goal
#         goal = [(x + y) / 2 for x, y in zip(p, goal)]
#     return p
# ```
# </details>

# %% tags=["exercise"]
safe_step = ...  # def safe_step(f, p): ... 返回下一处 [x, y]


# %% tags=["check"]
@exercise(4, safe_step)
def check():
    path = walk(lambda p: safe_step(rosenbrock, p), [-1.2, 1.0], 30)
    heights = [rosenbrock(p) for p in path]
    never_up = all(after <= before for before, after in pairwise(heights))
    assert never_up, "有一步是往上走的：把它减半，直到不再往上"
    assert heights[-1] < 1e-12, "30 步之后还没有到 (1, 1)"
    end = walk(lambda p: safe_step(landscape, p), [-0.75, 0.9], 50)[-1]
    assert math.dist(end, [1.0, 0.0]) < 1e-6, "从 (-0.75, 0.9) 出发应当到达 (1, 0) 处的谷"


# %% [markdown]
# ## 小结
#
# * 二阶导数是曲线的弯曲程度；曲线平的地方，它是密切圆半径的倒数。
# * 导数像别的东西一样，也是一张图，所以可以再求导，阶数不限。
# * 牛顿法用斜率除以弯曲程度。正确的位数逐步翻番，但它可能找到峰。
# * 黑塞矩阵特征值的符号分辨谷、峰和鞍点；最大的特征值限制学习率。
# * `hvp` 不写出黑塞矩阵就能用它；导数可以放进损失里。
#
# 下一份：[9. 网络之外的梯度](09-gradients-beyond-nets.ipynb)，同一个引擎用在咖啡、期权和单摆上。
