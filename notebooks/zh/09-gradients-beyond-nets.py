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
# # 9. 网络之外的梯度
#
# [English](../09-gradients-beyond-nets.ipynb) · [术语对照](README.md)
#
# **时间：** 约 100 分钟 · **需要：** 笔记本 1 和 6；还有笔记本 8 的牛顿法和黑塞矩阵 · **学完之
# 后：** 用测量数据拟合一条含未知常数的规律，并说出每个常数有多可靠；一次反向传播求出价格的全部敏感
# 度，并把公式倒过来用；看出一个模拟程序的梯度是错的，尽管其中每个导数都对；沿着时间求导，操纵小车和
# 单摆。
#
# 引擎对神经元一无所知。凡是能用数算出来的东西都有梯度：一条物理规律，一个价格，一个带循环的模拟程
# 序。这份笔记本从三个行业各取一个问题，用同样的几个函数把它们解出来。

# %%
import math
import random
from operator import mul

import autograd_lite as ag
import nn
from autograd_lite import (
    Value,
    draw,
    grad,
    hessian,
    jacobian,
    scope,
    set_language,
    value_and_grad,
)
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import curves, lines

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 一杯咖啡
#
# 下面是咖啡杯里一支温度计的十五次读数，每次大约准到半度。（它们是用一个程序造出来的，程序里的常数就
# 是我们要找的：这样就能知道找得对不对。）

# %%
minutes = [0, 2, 4, 6, 8, 10, 13, 16, 20, 25, 30, 36, 42, 50, 60]
degrees = [84.0, 78.8, 73.4, 69.3, 65.4, 61.4, 56.9, 51.2, 46.6, 41.1, 36.9, 33.4, 30.6, 27.8, 25.5]
measured = list(zip(minutes, degrees))
curves({}, (0.0, 60.0), points={"°C": measured}, low=0.0, names=("分钟", "°C"), title="咖啡")

# %% [markdown]
# 牛顿冷却定律说：咖啡比室温高得越多，凉得越快。这就得到一条带三个常数的曲线：室温（`room`）、开始时
# 的温度（`start`）和冷却的快慢（`rate`）：
#
# $$T(t) = \text{room} + (\text{start} - \text{room}) \cdot e^{-\text{rate} \cdot t}$$
#
# **残差**是定律所说的温度减去测得的温度。把残差平方后求和，就是总误差 `misfit`。它与别的损失函数没
# 有两样；使它最小，就是**最小二乘法**。
#
# 我们猜：室温 15 度，咖啡开始时 70 度，快慢是 0.1。总误差对三个常数中的哪一个斜率最大？

# %% tags=["prediction"]
steepest = ...  # "room"、"start" 还是 "rate"：哪个斜率最大，不论正负？


# %%
def coffee(p, t):
    room, start, rate = p
    return room + (start - room) * ag.exp(-rate * t)


def residuals(p):
    return [coffee(p, t) - reading for t, reading in measured]


def misfit(p):
    return ag.sum([r * r for r in residuals(p)])


guess = [15.0, 70.0, 0.1]
height, slopes = value_and_grad(misfit)(guess)
print(f"总误差 {height:.0f}")
for name, slope in zip(("room", "start", "rate"), slopes):
    print(f"d misfit / d {name:5} = {slope:6.0f}")
predicted(steepest, "rate", "增大 1，对温度来说很少，对 rate 来说却是猜测的十倍")

# %% [markdown]
# 看这些斜率：−409、−195，还有 77,312。0.1 是个很小的数，所以 `rate` 变一点点，影响就很大。这对梯
# 度下降很不利：学习率要小到不使 `rate` 发散，对两个温度来说就太小了。（笔记本 8：最急的弯决定界
# 限，最缓的弯让你久等。）

# %%
p = guess
for _ in range(1000):
    p = [x - 1e-7 * slope for x, slope in zip(p, grad(misfit)(p))]
print(f"1000 步之后：总误差 {misfit(p):.0f}")
print(f"room {p[0]:.2f}, start {p[1]:.2f}, rate {p[2]:.4f}")

# %% [markdown]
# `rate` 动了，两个温度几乎没动。
#
# ## 把规律拉直：高斯与牛顿
#
# 有个更好的主意，已经有 200 年了。在我们的猜测附近，这条规律作为常数的函数几乎是直的（可以**线性
# 化**）。怎样个直法，由**雅可比矩阵** $J$ 来说：每个读数一行，每个常数一列。

# %%
rows = jacobian(residuals)(guess)
print("   t     d/d room d/d start  d/d rate")
for (t, _), row in list(zip(measured, rows))[:4]:
    print(f"{t:4d} ", *(f"{slope:9.3f}" for slope in row))

# %% [markdown]
# 在 $t = 0$ 时：开始时高一度，温度计就高一度，别的都没有影响。两分钟以后，室温开始起作用。
#
# 如果规律**真是**直的，最好的常数可以一次算出来，只要解一组方程，方程的个数就是常数的个数：
# $(J^\top J)\, d = J^\top r$。从猜测里减去 $d$，在新的位置再拉直一次，如此继续。


# %%
def solve(matrix, right):
    """满足 matrix · x = right 的 x，用高斯消元法。"""
    rows = [[*row, b] for row, b in zip(matrix, right)]
    for i in range(len(rows)):
        pivot = max(range(i, len(rows)), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for k in range(len(rows)):
            if k != i:
                rows[k] = [x - rows[k][i] * y for x, y in zip(rows[k], rows[i])]
    return [row[-1] for row in rows]


def gauss_newton_step(p):
    columns, r = list(zip(*jacobian(residuals)(p))), residuals(p)
    matrix = [[sum(map(mul, a, b)) for b in columns] for a in columns]
    step = solve(matrix, [sum(map(mul, a, r)) for a in columns])
    return [x - d for x, d in zip(p, step)]


p = guess
for k in range(7):
    print(
        f"第 {k} 步：room {p[0]:7.3f}  start {p[1]:7.3f}  rate {p[2]:.6f}   总误差 {misfit(p):.3f}"
    )
    p = gauss_newton_step(p)

# %% [markdown]
# 五步就到了，没有人手工求过一个导数。换一条规律，只需改写函数 `coffee`。（这叫求解**非线性最小二
# 乘**问题的**高斯—牛顿法**。）

# %%
law = p
curves(
    {"拟合的规律": lambda t: coffee(law, t), "最初的猜测": lambda t: coffee(guess, t)},
    (0.0, 60.0),
    points={"°C": measured},
    low=0.0,
    names=("分钟", "°C"),
    title="咖啡",
)

# %% [markdown]
# ## 有多大把握？
#
# 二阶导数知道。总误差随一个常数弯得急，这个常数稍一改动就会明显不合，所以它定得准。谷底若是平的，就
# 定不准。用数来说：
#
# * 残差的典型大小，平方之后，等于总误差除以“读数的个数减去常数的个数”，因为每个常数用掉一个读数：
#   $s^2 = \text{misfit} / (15 - 3)$；
# * 各常数的不确定度（**标准误差**）是 $2 s^2 H^{-1}$ 对角线上各数的平方根，$H$ 是黑塞矩阵。（这个矩
#   阵近似地就是这些常数的**协方差矩阵**。）
#
# 两个温度当中，这些读数对哪一个说得更不准？

# %% tags=["prediction"]
less_sure = ...  # "room" 还是 "start"：哪个的不确定度更大？

# %%
noise = math.sqrt(misfit(law) / (len(measured) - 3))
bends = hessian(misfit)(law)
print(f"一次读数大约准到 {noise:.2f} 度")
for k, (name, truth) in enumerate([("room", 21.0), ("start", 84.0), ("rate", 0.045)]):
    unit = [float(i == k) for i in range(3)]
    spread = noise * math.sqrt(2 * solve(bends, unit)[k])
    print(f"{name:5} = {law[k]:7.4f} ± {spread:.4f}（真值：{truth:g}）")
predicted(less_sure, "room", "最后一次读数时，咖啡还没有凉透")

# %% [markdown]
# 每个常数离真值都没有超过它自己的不确定度。（这有点运气：按这样的不确定度，大约三个里有一个会超
# 过。）
#
# 由这些常数算出来的东西同样不确定。咖啡什么时候凉到 50 度？从规律里解出 $t$。
# 这个时刻对各个常数的斜率 $g$ 说明它随每个常数变化多少，于是把不确定度带了过去：
# 它的平方是 $g^\top C\, g$，其中
# $C = 2 s^2 H^{-1}$ 就是上面的协方差矩阵。


# %%
def moment(p):
    room, start, rate = p
    return ag.log((start - room) / (50.0 - room)) / rate


g = grad(moment)(law)
spread = noise * math.sqrt(2 * sum(map(mul, g, solve(bends, g))))
print(f"{moment(law):.2f} ± {spread:.2f} 分钟后凉到 50 度")
print(f"（真值：{moment([21.0, 84.0, 0.045]):.2f}）")

# %% [markdown]
# 单说室温，不确定度就有 0.43 度，可这个时刻我们仍能知道得准到七秒左右：
# 一个常数偏大，另一个就会补回来，这一点 $C$ 也知道。

# %% [markdown]
# ### 练习 1
#
# 以每秒 10 米的速度、角度 $a$ 抛出一个球，它落在 $\frac{100}{9.81} \sin(2a)$ 米远的地方。在 30°
# 处，角度每增大一弧度，距离变化多少米？又在什么角度（以度计）抛得最远？
#
# （先在纸上算，再把答案写在省略号的位置，运行下面两个单元格。）
#
# <details><summary>答案</summary>
#
# 斜率是 $\frac{100}{9.81} \cdot 2 \cos(2a)$。在 30° 处，60° 的余弦是 0.5，所以是
# $100 / 9.81 = 10.19$ 米每弧度。斜率为 0 的地方抛得最远：$2a = 90°$，即 45°。
#
# ```python
# slope_at_30 = 100 / 9.81
# best_angle = 45
# ```
# </details>

# %% tags=["exercise"]
slope_at_30 = ...  # 米每弧度
best_angle = ...  # 度


# %% tags=["check"]
@exercise(1, slope_at_30, best_angle)
def check():
    slope = grad(lambda a: 100 / 9.81 * ag.sin(2 * a))
    assert abs(slope_at_30 - slope(math.radians(30))) < 0.01, "slope_at_30：把角度推动一点看看"
    assert 0 <= best_angle <= 90, "best_angle：以度计，在水平与竖直之间"
    assert abs(slope(math.radians(best_angle))) < 0.01, "best_angle：斜率在哪里为 0？"


# %% [markdown]
# ## 一个承诺的价格
#
# **看涨期权**是在将来某一天按约定价格买进一股股票的权利，约定的价格叫**行权价**（`strike`）。设行权
# 价是 105，期限一年。到时股价若是 120，这个权利值 15；若是 90，它一文不值：没有人非用它不可。
#
# 它**今天**值多少？设股票现在值 100，这叫**现价**（`spot`）。这要看股价摇摆得多厉害，即**波动
# 率**（`volatility`），还要看利率（`rate`）和剩下的时间（`time`）。Black、Scholes 和 Merton 在 1973
# 年找到了公式。


# %%
def bell(x):
    """钟形曲线（标准正态分布）在 x 左边的那一部分有多大。"""
    return 0.5 * ag.erfc(-x / math.sqrt(2))


def call(spot, strike, rate, volatility, time):
    sway = volatility * ag.sqrt(time)
    d1 = (ag.log(spot / strike) + (rate + volatility**2 / 2) * time) / sway
    d2 = d1 - sway
    return spot * bell(d1) - strike * ag.exp(-rate * time) * bell(d2)


today = {"spot": 100.0, "strike": 105.0, "rate": 0.03, "volatility": 0.25, "time": 1.0}
print(f"价格 {call(**today):.4f}")
curves(
    {
        "今天的价值": lambda s: call(s, 105.0, 0.03, 0.25, 1.0),
        "到期时的价值": lambda s: ag.relu(s - 105.0),
    },
    (60.0, 150.0),
    names=("股价", "期权"),
    title="行权价 105 的看涨期权",
)

# %% [markdown]
# 就算股价是 90，这个权利今天也值一点钱：股价还可能涨。书上的公式是这样写的：
#
# $$\text{price} = S\, N(d_1) - K e^{-rt} N(d_2) \qquad
# d_1 = \frac{\ln \frac{S}{K} + (r + \frac{\sigma^2}{2})\, t}{\sigma \sqrt t} \qquad
# d_2 = d_1 - \sigma \sqrt t$$
#
# 其中 $S$ 是现价，$K$ 是行权价，$r$ 是利率，$\sigma$ 是波动率，$t$ 是时间，$N$ 就是 `bell`。
#
# ## 一次求出全部希腊字母
#
# 卖出这种权利的人想知道，价格怎样随每样东西变化。这些导数用希腊字母命名：对股价的叫 **delta**，对波
# 动率的叫 **vega**（只是听起来像希腊字母），对时间的叫 **theta**，对利率的叫 **rho**。一次反向传播
# 就全部得到。

# %%
price, slopes = value_and_grad(call)(*today.values())
greeks = dict(zip(today, slopes))
for name, slope in greeks.items():
    print(f"d 价格 / d {name:10} = {slope:9.4f}")

# %% [markdown]
# 用话说出来：股价涨 1，期权涨 0.52。波动率增大 0.01，期权涨 0.01 · 39.84 = 0.40。每过一天，剩下的时
# 间就少一天，期权跌 6.27 / 365 = 0.017。（所以交易员写 theta 时用相反的符号。）
#
# 手算：delta 等于 $N(d_1)$，这是一个已知的结论。这里 $\ln(100/105) = -0.0488$，所以
# $d_1 = (-0.0488 + 0.03 + 0.25^2/2) / 0.25 = 0.0498$，而 $N(0.0498) = 0.5199$。没有人告诉引擎这个结
# 论，它自己得到了；公式的大部分都抵消了。

# %%
d1 = (math.log(100 / 105) + (0.03 + 0.25**2 / 2) * 1.0) / 0.25
print(f"N(d1) = {bell(d1):.6f}   delta = {greeks['spot']:.6f}")

# %% [markdown]
# 下面是整个公式的图，最下面是价格，梯度到处都有。标着输入名字的五张卡片上，就是表里的五个斜率。再看
# 数为 0.0498 的卡片，它就是 $d_1$：有两条粗线从它出发，一条蓝，一条橙，而它的梯度是 0。抵消的就是这
# 一部分。（在运行中的笔记本里，拖动波动率，其余的都会跟着变。）

# %%
inputs = {name: Value(number, label=name) for name, number in today.items()}
price = call(**inputs)
price.label = "价格"
price.backward()
draw(price, direction="down")

# %% [markdown]
# **Gamma** 是 delta 的斜率：它说的是卖家过多久又得有所动作。它是二阶导数，所以再求一次导。


# %%
def by_share(order):
    """价格，或它对股价的导数，作为股价的函数。"""
    function = lambda s: call(s, 105.0, 0.03, 0.25, 1.0)
    for _ in range(order):
        function = grad(function)
    return function


print(f"gamma {by_share(2)(100.0):.6f}")
curves(
    {"delta": by_share(1), "gamma × 20": lambda s: 20 * by_share(2)(s)},
    (60.0, 150.0),
    names=("股价", ""),
    title="delta 和 gamma",
)

# %% [markdown]
# ## 把公式倒过来用
#
# 波动率谁也看不见，**价格**却看得见：就是人们付的钱。设人们付 12。波动率是多少，公式才会给出 12？
# （这叫**隐含波动率**。）用牛顿法，它要的斜率就是 vega：
#
# $$\sigma_{\text{next}} = \sigma - \frac{\text{price}(\sigma) - 12}{\text{vega}(\sigma)}$$

# %%
volatility = 0.25
for k in range(5):
    height, vega = value_and_grad(lambda v: call(100.0, 105.0, 0.03, v, 1.0))(volatility)
    print(f"第 {k} 步：波动率 {volatility:.8f}   价格 {height:.8f}")
    volatility -= (height - 12.0) / vega

# %% [markdown]
# 第一步手算：9.1218 少了 2.8782，而 2.8782 / 39.8447 = 0.0722，所以是 0.3222。
#
# ## 没有公式：掷许多骰子
#
# 大多数期权没有公式。那就来玩游戏：让股价随机地停在某处，看这个权利值多少，玩许多局，取平均（这
# 叫**蒙特卡洛方法**）。股价最后是
#
# $$\text{spot} \cdot e^{(\text{rate} - \sigma^2/2)\, t + \sigma \sqrt t\, z}$$
#
# 其中 $z$ 是服从正态分布的随机数。一局游戏只是普通的算术，所以有梯度，而平均的梯度就是梯度的平均。
# `compile` 把一局记录下来，然后重放所有的局。


# %%
def share_at_the_end(spot, rate, volatility, time, z):
    drift = (rate - volatility**2 / 2) * time
    return spot * ag.exp(drift + volatility * ag.sqrt(time) * z)


def game(spot, strike, rate, volatility, time, z):
    end = share_at_the_end(spot, rate, volatility, time, z)
    return ag.exp(-rate * time) * ag.relu(end - strike)


rng = random.Random(0)
dice = [rng.gauss(0.0, 1.0) for _ in range(2000)]
dice += [-z for z in dice]  # 每个数配上它的相反数：平均恰好是 0
inputs = [Value(number) for number in today.values()]
played = ag.compile(lambda z: game(*inputs, z), batch="mean")
price = played.backward(dice)
print("                    公式  4,000 局")
print(f"价格           {call(**today):9.4f} {price:9.4f}")
for name, x in zip(today, inputs):
    print(f"d/d {name:10} {greeks[name]:9.4f} {x.grad:9.4f}")

# %% [markdown]
# ### 练习 2
#
# **看跌期权**是按行权价**卖出**的权利。一份看涨期权与一份看跌期权的差价是确定的：
#
# $$\text{call} - \text{put} = \text{spot} - \text{strike} \cdot
# e^{-\text{rate} \cdot \text{time}}$$
#
# 把看跌期权的价格写成函数，参数与 `call` 的五个数相同。运行之前先想：看涨期权的 delta 是 0.52，它的
# delta 应当是多少？
#
# <details><summary>答案</summary>
#
# 从等式解出 put。等式两边对现价求导：$\Delta_{\text{call}} - \Delta_{\text{put}} = 1$，所以看跌期权
# 的 delta 是 −0.48：股价涨，它就跌。
#
# ```python
# def put(spot, strike, rate, volatility, time):
#     sure = spot - strike * ag.exp(-rate * time)
#     return call(spot, strike, rate, volatility, time) - sure
#
# delta_of_put = -0.48
# ```
# </details>

# %% tags=["exercise"]
put = ...  # spot, strike, rate, volatility, time 的函数
delta_of_put = ...  # 两位小数


# %% tags=["check"]
@exercise(2, put, delta_of_put)
def check():
    payments = (max(105.0 - share_at_the_end(100.0, 0.03, 0.25, 1.0, z), 0.0) for z in dice)
    played = math.exp(-0.03) * sum(payments) / len(dice)  # 不用公式：与前面相同的骰子
    assert abs(put(60.0, 105.0, 0.03, 0.25, 1e-9) - 45.0) < 1e-3, "到期时，股价 60：值 45"
    assert abs(put(150.0, 105.0, 0.03, 0.25, 1e-9)) < 1e-3, "到期时，股价 150：一文不值"
    assert abs(put(**today) - played) < 0.1, f"到期前一年，4,000 局说是 {played:.2f}"
    truth = grad(put)(*today.values())[0]
    assert abs(delta_of_put - truth) < 0.005, "delta_of_put：等式两边求导"


# %% [markdown]
# ## 每个导数都对，梯度却错了
#
# 再来看**数字期权**：到时股价高于行权价就付 1，否则什么也不付。由它的公式（见下）求出的 delta 是
# 0.0152。照前面的办法玩 4,000 局，`backward` 会给出怎样的 delta？

# %% tags=["prediction"]
played_delta = ...  # 一个数：0.0152，还是别的？


# %%
def digital(spot, strike, rate, volatility, time, z):
    end = share_at_the_end(spot, rate, volatility, time, z)
    return ag.exp(-rate * time) * ag.heaviside(end - strike)


def delta_of(game):
    """各局的平均，以及它对股价的导数。"""
    spot, *others = today.values()
    spot = Value(spot)
    return ag.compile(lambda z: game(spot, *others, z), batch="mean").backward(dice), spot.grad


# %% [markdown]
# 这种期权恰好也有公式：股价最后高于行权价的概率，即 $N(d_2)$，折算到今天。所以可以对照。


# %%
def digital_formula(spot, strike, rate, volatility, time):
    sway = volatility * ag.sqrt(time)
    d2 = (ag.log(spot / strike) + (rate - volatility**2 / 2) * time) / sway
    return ag.exp(-rate * time) * bell(d2)


price, slopes = value_and_grad(digital_formula)(*today.values())
truth = price, slopes[0]
print("                  价格     delta")
print("公式         {:9.4f} {:9.4f}".format(*truth))
print("模拟         {:9.4f} {:9.4f}".format(*delta_of(digital)))
predicted(played_delta, delta_of(digital)[1], "每一局付的钱都是一个台阶，两边都是平的")

# %% [markdown]
# （公式给出的价格 0.4082 是我们见过的数：行权价上升 1，看涨期权就跌这么多。买进许多看涨期权，再卖出
# 同样多份行权价高出一丝的，就拼成了数字期权。）
#
# 价格对了，delta 却是 **0**。每一局里，付的钱都是一个台阶：左边平，右边也平。把股价推动一点，什么也
# 不变，除非那一局恰好停在行权价处；而起作用的偏偏就只有那几局的跳跃。平均值可以有斜率，尽管组成它的
# 每一份都没有。
#
# 凡是模拟程序里有台阶、有 `if`、有取整的地方，都要记住这一点。补救的办法是把台阶抹平（**平滑
# 化**）：抹平的范围要窄，但要宽到有许多局落在里面。


# %%
def blurred(width):
    def blurred_game(spot, strike, rate, volatility, time, z):
        end = share_at_the_end(spot, rate, volatility, time, z)
        return ag.exp(-rate * time) * ag.sigmoid((end - strike) / width)

    return blurred_game


for width in (0.001, 3.0, 30.0):
    print("抹平 {:6g}  {:9.4f} {:9.4f}".format(width, *delta_of(blurred(width))))

# %% [markdown]
# 太窄，几乎没有哪一局落在里面。太宽，就成了另一种期权。取在中间，两个数都准到百分之二左右。
#
# ## 沿着时间：小车
#
# 一辆小车停在 0 处。我们可以在 20 个时刻往前或往后推它。之后它应当停在 1 处不动。怎样推最省力？
#
# 模拟程序就是一个循环：推力改变速度，速度改变位置。展开以后，它是一张图，与深层网络的图一样，每个时
# 刻（**时间步**）是一层。先看两个时刻，每个长度为 1：

# %% tags=["prediction"]
counts_for = ...  # 推力 1 增大 1，最后的位置增大多少？


# %%
def ride(pushes, length):
    """小车最后的位置和速度。"""
    place, speed = 0.0, 0.0
    for k, push in enumerate(pushes, start=1):
        with scope(f"时刻 {k}"):
            speed = speed + length * push
            place = place + length * speed
    return place, speed


two = [Value(1.0, label="推力 1"), Value(-1.0, label="推力 2")]
place, speed = ride(two, 1.0)
place.label, speed.label = "位置", "速度"
place.backward()
predicted(counts_for, two[0].grad, "推一次，当时和以后每个时刻的速度都变大")
draw(place, level="operation", direction="down")

# %% [markdown]
# 推力 1 对位置算两次（它的梯度是 2）：它使两个时刻的速度都变大。推力 2 只算一次。所以先推 +1，再推
# −1：位置是 2 · 1 − 1 = 1，速度是 1 − 1 = 0。换成 20 个时刻，就把愿望写成损失：用力要小，小车停在 1
# 处不动则极为重要。

# %%
MOMENTS, LENGTH = 20, 1 / 20


def wish(pushes):
    place, speed = ride(pushes, LENGTH)
    effort = ag.sum([push * push for push in pushes]) * LENGTH
    return effort + 10_000 * ((place - 1.0) ** 2 + speed**2)


# %% [markdown]
# 这里一切都是直的，所以损失在 20 个方向上都是抛物线，牛顿法**一步**就到：解方程 $H d = g$，其中 $H$
# 是黑塞矩阵（20 × 20），$g$ 是梯度。

# %%
rest = [0.0] * MOMENTS
step = solve(hessian(wish)(rest), grad(wish)(rest))
pushes = [x - d for x, d in zip(rest, step)]
print(f"损失：从 {wish(rest):.0f} 到 {wish(pushes):.3f}")
print("位置 {:.4f}，速度 {:.4f}".format(*ride(pushes, LENGTH)))
print("斜率都小于百万分之一：", max(map(abs, grad(wish)(pushes))) < 1e-6)

# %%
middles = [(k + 0.5) * LENGTH for k in range(MOMENTS)]
curves(
    {"6 − 12t": lambda t: 6 - 12 * t},
    (0.0, 1.0),
    points={"推力": list(zip(middles, pushes))},
    names=("时间", "推力"),
    title="最省力",
)

# %% [markdown]
# 各次推力排成一条直线：先全力向前，逐渐减弱，最后用同样大的力刹车。时刻分得越细，越接近直线
# $6 - 12t$，用力接近 12，这可以在纸上证明。分成 20 个已经很接近了。（位置是 0.9988 而不是 1：愿望不
# 是命令，为了最后那千分之一再用力，它觉得不值。）预先选定各次推力，使某种代价最小，这叫**最优控
# 制**。

# %% [markdown]
# ### 练习 3
#
# 还是小车，这次有**三个**时刻，每个长度为 1。每次推力增大 1，最后的**位置**各增大多少？再找出三次推
# 力，使小车停在 1 处不动，并且最省力（平方和最小）。
#
# <details><summary>答案</summary>
#
# 第一次推力使三个时刻的速度变大，第二次两个，第三次一个：3、2、1。停住不动，就是推力之和为 0；位置
# 是 $3u_1 + 2u_2 + u_3 = 1$。不用中间那次：$u_1 = -u_3 = 0.5$，用力是 0.5。中间若推 $m$，另外两次就
# 是 $(1 - m)/2$ 和 $-(1 + m)/2$，用力是 $m^2 + (1 + m^2)/2$，在 $m = 0$ 时最小。推力又排成一条直
# 线。
#
# ```python
# counts = [3, 2, 1]
# three_pushes = [0.5, 0, -0.5]
# ```
# </details>

# %% tags=["exercise"]
counts = ...  # 三个数
three_pushes = ...  # 三个数


# %% tags=["check"]
@exercise(3, counts, three_pushes)
def check():
    slopes = grad(lambda pushes: ride(pushes, 1.0)[0])([0.0, 0.0, 0.0])
    assert math.dist(counts, slopes) < 1e-9, "counts：一次推力使几个时刻的速度变大？"
    place, speed = ride(three_pushes, 1.0)
    assert abs(place - 1) < 1e-6, "小车最后不在 1 处"
    assert abs(speed) < 1e-6, "小车没有停住"
    assert sum(push**2 for push in three_pushes) < 0.5 + 1e-6, "还可以更省力"


# %% [markdown]
# ## 太重的单摆
#
# 最后是一个完全不直的问题。一个单摆垂着。铰链里有一台电机，可以朝两个方向转，但力量不够，举不起摆
# 来：它最多出 4 的力，重力则有 9.81。我们要让摆倒立起来。`tanh` 使电机不超出自己的力量。
#
# 时刻很多的循环可以用 `scan`。你只写一个时刻：它是一个函数，接受状态（这里是角度和速度）和一个
# 指令，返回下一个状态和想留下的数。`scan` 依次走过所有指令，返回最后的状态，并把留下的每个数各列成
# 一个列表。

# %%
MOMENTS, LENGTH = 60, 0.06


def moment(state, order):
    """一个时刻：下一个状态，以及要留下的数。"""
    angle, speed = state
    pull = 4.0 * ag.tanh(order) - 9.81 * ag.sin(angle)
    speed = speed + LENGTH * pull
    angle = angle + LENGTH * speed
    return (angle, speed), (angle, speed)


def swing(orders):
    """最后的角度和速度，以及每个时刻之后的角度和速度的列表；垂着是角度 0。"""
    return ag.scan(moment, (0.0, 0.0), orders)


# %% [markdown]
# 给电机的指令先取很小的随机数，由 Adam 来改进，就像网络的权重那样。损失只看最后一刻：摆是不是直立，
# 是不是静止？


# %%
@ag.compile  # 一个时刻，只记录一次，前向、反向各重放 60 次
def failure(orders):
    (angle, speed), _ = swing(orders)
    return 10 * (1 + ag.cos(angle)) + speed**2 / 2  # 直立而静止时是 0


rng = random.Random(0)
orders = [Value(rng.gauss(0.0, 0.1)) for _ in range(MOMENTS)]
_, before = swing([order.data for order in orders])
optimizer = nn.Adam(orders, lr=0.05)
failures = []
for _ in range(400):
    optimizer.zero_grad()
    failures.append(failure.backward(orders))
    optimizer.step()
(last, _), after = swing([order.data for order in orders])
print(f"损失：从 {failures[0]:.2f} 到 {failures[-1]:.4f}")
print(f"最后的角度：{math.degrees(last):.1f}°，直立是 180°")
lines({"损失": failures}, title="学着荡上去", x_name="次", log=True)

# %% jupyter={"source_hidden": true} tags=["plotting"]
times = [k * LENGTH for k in range(1, MOMENTS + 1)]
curves(
    {
        "训练前": list(zip(times, before[0])),
        "训练后": list(zip(times, after[0])),
        "直立": [(0.0, math.pi), (times[-1], math.pi)],
    },
    (0.0, times[-1]),
    names=("秒", "角度"),
    title="角度",
)

# %% [markdown]
# 没有人告诉它要**摆荡**，是它自己发现的：先向一边摆一点，再向另一边多摆一点，再回来，一次比一次高，
# 直到翻过顶点，和孩子荡秋千一样。电机出的力是这样的：

# %%
curves(
    {
        "电机": [(t, 4.0 * math.tanh(order.data)) for t, order in zip(times, orders)],
        "速度": list(zip(times, after[1])),
    },
    (0.0, times[-1]),
    names=("秒", ""),
    title="电机与速度",
)

# %% [markdown]
# 大部分时间里，电机顺着摆本来的运动方向用力，给它能量；最后则刹车。教会它这一点的梯度，往回穿过了
# 60 个时刻的物理过程。这就是**随时间反向传播**，下一份笔记本对文字做同样的事。

# %% [markdown]
# ## 再来一题
#
# ### 练习 4（较难）
#
# 高斯—牛顿法把直线信得太远了。让它从 `rate` 为 0.5（而不是 0.1）处出发：第一步就使总误差变成
# $10^{19}$，再走几步，连除法都做不下去了。补救的办法是装一个刹车，只要十五行（这叫**列文伯格—马夸特
# 法**，Levenberg-Marquardt）：
#
# * 把 $J^\top J$ 对角线上的每个数乘以“1 加刹车”：刹车越大，步子越短，也越接近梯度下降；
# * 如果这一步使总误差变小，就走这一步，并把刹车除以 10；
# * 否则留在原地，并把刹车乘以 10。
#
# 写一个函数 `careful_fit(p, steps)`：从常数 `p` 出发，刹车从 1 开始，返回走了这么多步之后的常数。
#
# <details><summary>答案</summary>
#
# 它就是改了对角线的 `gauss_newton_step`，放在一个“先看再跳”的循环里。
#
# ```python
# def careful_fit(p, steps):
#     brake = 1.0
#     for _ in range(steps):
#         columns, r = list(zip(*jacobian(residuals)(p))), residuals(p)
#         matrix = [[sum(map(mul, a, b)) for b in columns] for a in columns]
#         for k in range(len(p)):
#             matrix[k][k] *= 1.0 + brake
#         step = solve(matrix, [sum(map(mul, a, r)) for a in columns])
#         goal = [x - d for x, d in zip(p, step)]
#         if misfit(goal) < misfit(p):
#             p, brake = goal, brake / 10
#         else:
#             brake *= 10
#     return p
# ```
# </details>

# %% tags=["exercise"]
careful_fit = ...  # def careful_fit(p, steps): ... 返回 [room, start, rate]


# %% tags=["check"]
@exercise(4, careful_fit)
def check():
    for start in ([15.0, 70.0, 0.1], [15.0, 70.0, 0.5], [40.0, 60.0, 0.2]):
        last = misfit(start)
        assert misfit(careful_fit(start, 5)) <= last, f"从 {start} 出发，总误差变大了"
        found = misfit(careful_fit(start, 50))
        assert found < 1.551, f"从 {start} 出发，50 步之后总误差是 {found:.3f}，不是 1.551"


# %% [markdown]
# ## 小结
#
# * 拟合一条规律就是训练：残差，雅可比矩阵，几个方程；黑塞矩阵说明有多大把握。
# * 一次反向传播给出价格的全部敏感度；牛顿法把公式倒过来用。
# * 斜率的平均就是平均的斜率，除非模拟程序里有跳跃：把跳跃抹平。
# * 模拟程序是一张很深的图，每个时刻一层。能对它求导，就能操纵它。
# * 反复计算的东西用 `compile` 重放：游戏、摆荡、拟合。
#
# 要用到自己的问题上：`examples/science` 里有十九个一屏长的程序
# （轨道、流行病、期权、尼罗河的水位），
# 文档中《Fit, calibrate, simulate, steer》一页讲怎样把导数交给 SciPy。
#
# 下一份：[10. 序列](10-sequences.ipynb)，沿着时间求梯度，这次是文字。
