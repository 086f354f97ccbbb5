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
# # 13. 求导的四条路
#
# [English](../13-four-ways-to-a-derivative.ipynb) · [术语对照](README.md)
#
# **时间：** 约 60 分钟 · **需要：** 笔记本 [1](01-a-value-and-the-chain-rule.ipynb) 和
# [12](12-your-own-engine.ipynb) · **学完之后：** 会在手算、符号微分、数值微分和自动微分之间选择；会
# 用十行代码写出前向模式；说得出一个梯度要花多少时间、占多少内存，并且会用时间换内存。
#
# 引擎走的只是求导的一条路。另外还有三条，天天都有人走，每一条都有代价。我们拿同一个函数，把四条路都
# 走一遍，边走边量。然后细看第四条：它有两个方向，选哪个方向，决定了一个有一百万个权重的网络究竟能不
# 能训练。

# %%
import math
from fractions import Fraction
from itertools import pairwise
from random import Random

from autograd_lite import Value, dot, draw, grad, gradients, hvp, jacobian, jvp, set_language, sin
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import lines

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 一个函数
#
# 它是一个循环：从 $x$ 出发，反复把 $y$ 换成 $4y(1 - y)$。（这就是**逻辑斯谛映射**（logistic map），
# 描述种群数量的一个著名小模型。）它只用到乘法和减法。


# %%
def program(x, steps=5):
    y = x
    for _ in range(steps):
        y = 4 * y * (1 - y)
    return y


for steps in range(6):
    print(f"{steps} 步：{program(0.3, steps):.6f}")

# %% [markdown]
# 四条路要回答的是同一个问题：**$x$ 变化时，结果变化得多快？** 这就是在 $x = 0.3$ 处对 $x$ 的导数。
#
# ## 手算
#
# 一步是 $4x(1 - x) = 4x - 4x^2$，导数是 $4 - 8x$；在 0.3 处是 1.6。两步就用链式法则相
# 乘：$(4 - 8y_1)(4 - 8x)$，其中 $y_1 = 4x(1 - x)$。五步就有五个这样的因子，每步一个：

# %%
y, by_hand = 0.3, 1.0
for _ in range(5):
    y, by_hand = 4 * y * (1 - y), by_hand * (4 - 8 * y)
print(by_hand)

# %% [markdown]
# 又短又快，因为有人**动过脑筋**。可是程序一改，就得重新想一遍，而且符号写错了也没有人告诉你。笔记本
# 6 里有一个程序，这样的错误有三个。
#
# 要评判其他几条路，得先知道没有舍入的真值。Python 的分数不舍入：

# %%
y, exact = Fraction(0.3), Fraction(1)
for _ in range(5):
    y, exact = 4 * y * (1 - y), exact * (4 - 8 * y)
exact = float(exact)
print(f"手算，用浮点数：误差 {abs(by_hand - exact):.1e}")

# %% [markdown]
# 浮点数大约有 16 位有效数字，所以误差在 $10^{-14}$ 上下，就已经是浮点数能做到的最好结果。
#
# ## 符号微分：从公式到公式
#
# 我们在学校里做的事，计算机也会：读一个公式，套用法则，写出一个公式。这里的公式要么是一个数，要么是
# 名字 `"x"`，要么是元组 `(运算, 左, 右)`。三条法则就够了；另有三个小函数省去多余的东西
# （$0 + a$、$1 \cdot a$、$0 \cdot a$）。


# %%
def plus(a, b):
    return b if a == 0 else a if b == 0 else ("+", a, b)


def minus(a, b):
    return a if b == 0 else ("-", a, b)


def times(a, b):
    return 0 if 0 in (a, b) else b if a == 1 else a if b == 1 else ("*", a, b)


def derivative(f):
    """对 x 的导数的公式。"""
    if not isinstance(f, tuple):
        return 1 if f == "x" else 0
    operation, a, b = f
    da, db = derivative(a), derivative(b)
    if operation == "*":
        return plus(times(da, b), times(a, db))
    return plus(da, db) if operation == "+" else minus(da, db)


def text(f):
    return f"({text(f[1])} {f[0]} {text(f[2])})" if isinstance(f, tuple) else str(f)


def one_step(y):
    return times(times(4, y), minus(1, y))


print(text(one_step("x")))
print(text(derivative(one_step("x"))))

# %% [markdown]
# 也就是 $4(1 - x) + 4x \cdot (0 - 1)$，即 $4 - 8x$。没错。再来两步的：

# %%
print(text(derivative(one_step(one_step("x")))))

# %% [markdown]
# 数一数写出来的运算：一步 6 个，两步 25 个。往下看之前，先猜一猜：

# %% tags=["prediction"]
guess = ...  # 60、600 还是 6000：8 步的导数写出来有多少个运算？


# %%
def size(f):
    """公式写出来有多少个运算。"""
    return 1 + size(f[1]) + size(f[2]) if isinstance(f, tuple) else 0


written, derived = [], []
f = "x"
for steps in range(1, 9):
    f = one_step(f)
    written.append(size(f))
    derived.append(size(derivative(f)))
    print(f"{steps} 步：{written[-1]:4} 个运算，导数 {derived[-1]:5} 个")

nearest = min((60, 600, 6000), key=lambda n: abs(n - derived[-1]))
predicted(guess, nearest, "一步里 y 出现两次，乘积法则又让它翻一倍")

# %% [markdown]
# 每多一步，式子就长一倍还不止。这叫**表达式膨胀**（expression swell），人们不用公式对程序求导，通常
# 给出的理由就是它。可是再看一眼：**函数本身**也在膨胀，从 3 个运算到 765 个，而 8 步的程序只做了
# $3 \cdot 8 = 24$ 个。程序给 $y$ 起了**名字**，用两次；公式里没有名字，只好把 $y$ 写两遍。
#
# 所以，我们把相同的部分只数一次，就像程序计算时那样。


# %%
def parts(f, found=None):
    """公式中不同的运算：相同的只算一个。"""
    found = set() if found is None else found
    if isinstance(f, tuple) and f not in found:
        found.add(f)
        parts(f[1], found)
        parts(f[2], found)
    return found


shared = []
f = "x"
for _ in range(8):
    f = one_step(f)
    shared.append(len(parts(derivative(f))))
print("导数中不同的部分：", *shared)

lines(
    {"全部写出": derived, "相同的只算一次": shared},
    title="导数的运算个数", x_name="步", log=True,
)  # fmt: skip

# %% [markdown]
# 是 62，而不是 6271；每多一步只多 8 个。膨胀的是**写法**，不是导数。计算图就是带名字的公式：用到两
# 次的东西只有一个节点，从它引出两条线。所以后面的第四条路并不是另一种微积分，它把同样的三条法则用在
# 图上。

# %%
x = Value(0.3, label="x")
y = program(x, 2)
y.label = "y"
draw(y)

# %% [markdown]
# ## 数值微分：加一个扰动
#
# 第三条路不需要任何法则。给 $x$ 加一个小小的**扰动** $h$，再运行一次程序，用输出的差除以 $h$：
#
# $$\frac{f(x + h) - f(x)}{h} \qquad\text{更好的是}\qquad \frac{f(x + h) - f(x - h)}{2h}$$
#
# 前一个叫**前向差分**，后一个叫**中心差分**。$h$ 趋于 0 时，它们的极限就是导数。那么，$h$ 越小越好
# 吗？

# %% tags=["prediction"]
guess = ...  # 1e-3、1e-9 还是 1e-15：哪个 h 的前向差分最好？

# %%
x = 0.3
powers = range(1, 17)
errors = {"前向": [], "中心": []}
for k in powers:
    h = 10.0**-k
    forward = (program(x + h) - program(x)) / h
    central = (program(x + h) - program(x - h)) / (2 * h)
    errors["前向"].append(abs(forward - exact))
    errors["中心"].append(abs(central - exact))
    print(f"h = 1e-{k:02}   前向 {abs(forward - exact):.0e}   中心 {central - exact:+.0e}")

best = min((3, 9, 15), key=lambda k: errors["前向"][k - 1])
predicted(guess, float(f"1e-{best}"), "h 更大，曲线在这一段不够直；更小，丢失的数位太多")

# %%
lines(errors, x=powers, title="差分的误差", x_name="h = 10^-k, k =", log=True)

# %% [markdown]
# 误差曲线有左右两段。
#
# * 左边 $h$ 大，函数的曲线在两点之间还是弯的（**截断误差**）。$h$ 缩小到十分之一，前向差分的误差缩
#   小到十分之一；中心差分缩小到百分之一，因为两侧最大的一项误差互相抵消了。
# * 右边 $h$ 极小，$f(x + h)$ 与 $f(x)$ 几乎所有数位都相同，相减之后只剩最后几位，而那几位是舍入留下
#   的（**舍入误差**；前面的数位抵消掉了，叫作*相消*）。这点噪声约为 $10^{-16}$，还要除以 $h$：$h$
#   缩小到十分之一，误差就放大十倍。
#
# 两段相遇的地方，前向差分大约有 7 位是对的，中心差分有 9 到 10 位。对一个平缓的函数（函数值、斜率和
# 弯曲程度都在 1 左右），前向差分最好的 $h$ 约为 $\sqrt{10^{-16}} = 10^{-8}$，中心差分约为
# $10^{-5}$。我们的函数弯曲程度约是它的 2000 倍，所以最好的 $h$ 更小。
#
# 代价还随输入的个数增长：每个输入都要单独扰动一次。1000 个权重的前向差分要运行 1001 次。所以数值微
# 分用来**检验**：`gradcheck` 取好几个 $h$，再外推到 $h = 0$。
#
# ### 练习 1
#
# 二阶导数也可以用扰动来求：$\dfrac{f(x + h) - 2f(x) + f(x - h)}{h^2}$。把它写成 `second(f, x, h)`，
# 再回答：求正弦函数在 1 处的二阶导数，`1e-1`、`1e-4`、`1e-7` 中哪个 $h$ 最好？（这里舍入误差要除以
# $h^2$。）先猜一个，再试。
#
# <details><summary>答案</summary>
#
# 截断误差按 $h^2$ 缩小，舍入误差按 $10^{-16} / h^2$ 增大，在 $h = 10^{-4}$ 附近相遇，那时两者都在
# $10^{-8}$ 左右。取 $h = 10^{-7}$，噪声就是 $10^{-16} / 10^{-14} = 10^{-2}$。
#
# ```python
# def second(f, x, h):
#     return (f(x + h) - 2 * f(x) + f(x - h)) / h**2
#
#
# best_h = 1e-4
# ```
# </details>

# %% tags=["exercise"]
second = ...  # def second(f, x, h): ...
best_h = ...  # 1e-1、1e-4 或 1e-7


# %% tags=["check"]
@exercise(1, second, best_h)
def check():
    assert abs(second(lambda x: x * x, 3.0, 0.5) - 2.0) < 1e-9, "x² 的是 2，h 任意"
    assert abs(second(lambda x: x**3, 1.0, 0.01) - 6.0) < 1e-9, "x³ 的是 6x"

    def miss(h):
        return abs((math.sin(1 + h) - 2 * math.sin(1) + math.sin(1 - h)) / h**2 + math.sin(1))

    assert best_h in (1e-1, 1e-4, 1e-7), "best_h：三个里选一个"
    assert miss(best_h) <= min(map(miss, (1e-1, 1e-4, 1e-7))), "best_h：在 math.sin 上三个都试一试"


# %% [markdown]
# ### 不会相消的扰动
#
# 麻烦出在减法上。有一个不用减法的窍门：扰动不取 $h$，而取 $ih$，其中 $i^2 = -1$。这时
# $f(x + ih) = f(x) + ih\,f'(x) - \tfrac12 h^2 f''(x) - \ldots$，导数独自待在**虚部**里。Python 有复
# 数（把 $i$ 写成 `1j`）：

# %%
print("加了扰动的 x：", complex(0.3, 1e-6))
print("程序的结果：", program(complex(0.3, 1e-6)))
for h in (1e-3, 1e-6, 1e-100):
    print(f"h = {h:.0e}   误差 {abs(program(complex(0.3, h)).imag / h - exact):.0e}")

# %% [markdown]
# 取 $h = 10^{-100}$，误差只剩舍入那么大：没有相减，就没有相消。这叫**复数步导数**（complex
# step）。$h$ 必须小，只是因为 $i^2 h^2 = -h^2$ 会干扰实部，$i^3 h^3 = -i h^3$ 会干扰虚部。
# 那么，能不能有一种数，它的平方不是
# $-1$，而是 0？那样连 $h$ 都用不着了。
#
# ## 自动微分，前向模式：一个数和它的变化率
#
# 我们大可以规定这样的数存在。写成 $a + a'\varepsilon$，其中 $\varepsilon^2 = 0$，然后照常计算：
#
# $$(a + a'\varepsilon)(b + b'\varepsilon) = ab + (a'b + ab')\,\varepsilon$$
#
# 看看 $\varepsilon$ 前面是什么：正是**乘积的求导法则**。这样的一对数叫作**对偶数**（dual number）：
# 一个值，和它变化的快慢（**切向量**，tangent）。这个类只要十行。


# %%
class Dual:
    def __init__(self, value, rate=0.0):
        self.value, self.rate = value, rate

    def __add__(self, other):
        return Dual(self.value + other.value, self.rate + other.rate)

    def __sub__(self, other):
        return Dual(self.value - other.value, self.rate - other.rate)

    def __mul__(self, other):
        rate = self.rate * other.value + self.value * other.rate
        return Dual(self.value * other.value, rate)


# %% [markdown]
# 遇到 `4 * y` 和 `1 - y`，得告诉 Python 怎么办：普通的数就是变化率为 0 的 `Dual`。之后，**一字未
# 改**的程序就能在它上面运行。

# %%
Dual.__rmul__ = lambda self, number: Dual(number) * self
Dual.__rsub__ = lambda self, number: Dual(number) - self

result = program(Dual(0.3, 1.0))
print(f"值 {result.value:.6f}，变化率 {result.rate:.6f}")
print(f"误差 {abs(result.rate - exact):.0e}")

# %% [markdown]
# 没有 $h$，没有公式，没有膨胀，误差只有舍入那么大。这就是**前向模式的自动微分**：一个运算接一个运
# 算，每算出一个值，同时算出它的导数。在这个库里它叫 `jvp`（名字的由来见下文）：给它自变量，以及自变
# 量变化的快慢。

# %%
print(jvp(program)(0.3, 1.0) == result.rate)

# %% [markdown]
# ### 练习 2
#
# 为两个 `Dual` 写 `divide(a, b)`：值是 $a / b$，变化率是什么？
#
# <details><summary>答案</summary>
#
# 商的求导法则：$\dfrac{a'b - ab'}{b^2}$。手里已有商 $q = a / b$，还可以更短：$(a' - q\,b') / b$。
#
# ```python
# def divide(a, b):
#     value = a.value / b.value
#     return Dual(value, (a.rate - value * b.rate) / b.value)
# ```
# </details>

# %% tags=["exercise"]
divide = ...  # def divide(a, b): ...


# %% tags=["check"]
@exercise(2, divide)
def check():
    for a, b, da, db in [(1.0, 4.0, 1.0, 0.0), (3.0, 2.0, 0.0, 1.0), (-2.0, 0.5, 0.3, -0.7)]:
        found = divide(Dual(a, da), Dual(b, db))
        assert abs(found.value - a / b) < 1e-12, "值是 a / b"
        rate = jvp(lambda p, q: p / q)((a, b), (da, db))
        assert abs(found.rate - rate) < 1e-12, "变化率：商的求导法则，(a'b - ab') / b²"


# %% [markdown]
# ## 自动微分，反向模式
#
# 而这个库平时做的是：记录运算，然后从结果往回走，一路乘上局部导数。这叫**反向模式**，用在网络上就叫
# 反向传播。

# %%
x = Value(0.3, label="x")
y = program(x)
y.backward()
print(f"反向模式的误差 {abs(x.grad - exact):.0e}")

# %% [markdown]
# 四条路放在一起（自动微分占两行）：
#
# | | 这里的误差 | 需要 | 代价 |
# |:--|:--|:--|:--|
# | 手算 | 舍入 | 动脑筋的人 | 每个程序重新来 |
# | 符号 | 舍入 | 公式：没有循环和分支 | 膨胀，除非共享相同部分 |
# | 数值 | $5 \cdot 10^{-7}$；$5 \cdot 10^{-9}$ | 只要程序 | 每个输入运行 1 或 2 次 |
# | 自动，前向 | 舍入 | 各种运算的法则 | 每个输入一遍 |
# | 自动，反向 | 舍入 | 同上，还要内存 | 每个**输出**一遍 |
#
# 后面几节讲最后一列。不过先提个醒。
#
# ### 它求的是程序的导数
#
# 下面是计算 $x^2$ 的两个程序。对任何 $x$，结果都一样：


# %%
def square(x):
    return x * x


def peculiar_square(x):
    return 4.0 if 2.0 <= x <= 2.0 else x * x


print([square(x) == peculiar_square(x) for x in (0.0, 1.5, 2.0, 3.0)])

# %% tags=["prediction"]
guess = ...  # 一个数：grad(peculiar_square) 在 2 处会给出什么？

# %%
print("在 1.5 处：", grad(square)(1.5), grad(peculiar_square)(1.5))
print("在 2.0 处：", grad(square)(2.0), grad(peculiar_square)(2.0))
predicted(guess, grad(peculiar_square)(2.0), "在 2 处走的分支给出常数")

# %% [markdown]
# $x^2$ 在 2 处的导数是 4，用差分来算也是 4。自动微分看的是**运行过的**运算，而这里一个都没有运行。
# `if` 本身不参与求导，它只决定对什么求导。程序里若有“以防万一”的特殊分支，请记住这一点。
#
# ## 前向还是反向？
#
# 现在让函数有几个输入、几个输出。它的全部偏导数排成一张表，叫**雅可比矩阵**：每个输出一行，每个输入
# 一列。

# %%
from autograd_lite import exp, tanh


def spread(x):
    """从 3 个数到 2 个数。"""
    return [x[0] * x[1] + sin(x[2]), x[1] * exp(x[2])]


point = [2.0, -1.0, 0.5]
for row in jacobian(spread)(point):
    print("  ".join(f"{entry:8.4f}" for entry in row))

# %% [markdown]
# 前向走**一遍**得到什么？输入按给定的快慢 $t$ 变化，得到所有输出的变化率：雅可比矩阵乘以 $t$。名字
# 由此而来：`jvp`，雅可比-向量积（Jacobian-vector product）。取 $t = (1, 0, 0)$，就是第一**列**。
#
# 反向走**一遍**得到什么？从一个输出出发，得到它对所有输入的导数：一**行**。（若从各输出的加权和出
# 发，权重是 $v$，得到的是 $v$ 乘以雅可比矩阵，即**向量-雅可比积**，`vjp`。）


# %%
def by_columns(f, point):
    """用前向模式求雅可比矩阵，以及用了几遍。"""
    units = [[float(i == k) for i in range(len(point))] for k in range(len(point))]
    columns = [jvp(f)(point, unit) for unit in units]
    return [list(row) for row in zip(*columns)], len(columns)


def by_rows(f, point):
    """用反向模式求雅可比矩阵，以及反向走了几遍。"""
    leaves = [Value(x) for x in point]
    rows = [gradients(y, leaves) for y in f(leaves)]
    return rows, len(rows)


for name, way in {"列": by_columns, "行": by_rows}.items():
    table, passes = way(spread, point)
    near = all(
        math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12)
        for mine, theirs in zip(table, jacobian(spread)(point))
        for a, b in zip(mine, theirs)
    )
    print(f"按{name}：{passes} 遍，与 jacobian 一致：{near}")

# %% tags=["prediction"]
guess = ...  # 200 个权重的损失：它的梯度要前向走几遍？


# %%
def one_loss(w):
    """从许多权重到一个数。"""
    return [sum((tanh(a) - 0.5) ** 2 for a in w)]


def curve(x):
    """从一个数到许多数。"""
    return [sin(x[0] * k) for k in range(200)]


weights = [0.005 * k for k in range(200)]
print(f"{'':22} 前向   反向")
tasks = {"200 个权重，一个损失": (one_loss, weights), "1 个数，200 个点": (curve, [0.1])}
for name, (f, at) in tasks.items():
    passes = by_columns(f, at)[1], by_rows(f, at)[1]
    print(f"{name:22} {passes[0]:7} {passes[1]:8}")
predicted(guess, len(weights), "每个权重一遍；反向只要一遍")

# %% [markdown]
# $n$ 个输入、$m$ 个输出：前向要 $n$ 遍，反向要 $m$ 遍。训练时损失只有**一个**数，却依赖于非常多的权
# 重，所以网络用反向模式训练。一个有两个参数、结果是一条曲线的仿真，则适合前向模式。这个库的
# `jacobian` 按行算，`jvp` 走前向。
#
# 两者还可以合用。黑塞矩阵与向量的积是梯度的变化率：前向叠在反向上，也就是 `grad` 的 `jvp`，根本不用
# 写出黑塞矩阵（[笔记本 8](08-derivatives-of-derivatives.ipynb)）。


# %%
def bowl(p):
    return p[0] ** 2 * p[1] + sin(p[1])


print(jvp(grad(bowl))([3.0, 5.0], [1.0, 0.0]))
print(hvp(bowl)([3.0, 5.0], [1.0, 0.0]))

# %% [markdown]
# ### 练习 3
#
# 下面每项任务用哪种模式遍数少，`"forward"`（前向）还是 `"reverse"`（反向）？要几遍？
#
# * `orbit`：火箭轨道上的 500 个点，对 2 个初始角度求导。
# * `classifier`：一个损失，对 7850 个权重求导。
# * `camera`：从 6 个设定值到 4 个测量值。
#
# <details><summary>答案</summary>
#
# 数一数输入和输出，取少的：orbit 有 2 个输入，classifier 有 1 个输出，camera 有 4 个输出。
#
# ```python
# orbit = ("forward", 2)
# classifier = ("reverse", 1)
# camera = ("reverse", 4)
# ```
# </details>

# %% tags=["exercise"]
orbit = ...  # ("forward" 或 "reverse", 遍数)
classifier = ...
camera = ...


# %% tags=["check"]
@exercise(3, orbit, classifier, camera)
def check():
    sizes = {"orbit": (2, 500), "classifier": (7850, 1), "camera": (6, 4)}
    for (name, (n, m)), answer in zip(sizes.items(), (orbit, classifier, camera)):
        assert isinstance(answer, (tuple, list)), f"{name}：一对，如 ('forward', 3)"
        mode, passes = answer
        assert mode == ("forward" if n < m else "reverse"), f"{name}：输入 {n} 个，输出 {m} 个"
        assert passes == min(n, m), f"{name}：少的那一边，每个一遍"


# %% [markdown]
# ### 练习 4
#
# 这个库有 `jvp`，却没有叫 `vjp` 的函数。请写出来：`vjp(f, point, v)` 给出 $v$ 乘以 `f` 在该点的雅可
# 比矩阵，是一个列表，每个输入一项，并且只反向走**一**遍。（`gradients(y, leaves)` 从一个 Value `y`
# 出发走一遍。）
#
# <details><summary>答案</summary>
#
# 先求各输出的加权和：$y = v_1 f_1 + v_2 f_2 + \ldots$ 是一个数，它的梯度就是各行的加权和。
#
# ```python
# def vjp(f, point, v):
#     leaves = [Value(x) for x in point]
#     return gradients(dot(v, f(leaves)), leaves)
# ```
# </details>

# %% tags=["exercise"]
vjp = ...  # def vjp(f, point, v): ...


# %% tags=["check"]
@exercise(4, vjp)
def check():
    for v in ([1.0, 0.0], [0.0, 1.0], [0.5, -2.0]):
        found = vjp(spread, point, v)
        assert len(found) == 3, "3 个输入，每个一项"
        truth = [dot(v, column) for column in zip(*jacobian(spread)(point))]
        assert math.dist(found, truth) < 1e-9, f"v = {v}：先用 v 求各输出的加权和，再求一个梯度"


# %% [markdown]
# ## 算一个梯度要花多少
#
# 反向走一遍，就得到全部导数。可要是有一百万个输入，这一遍会不会贵得吓人？我们来数运算。用
# `create_graph=True`，梯度自己也是一张图（[笔记本 8](08-derivatives-of-derivatives.ipynb)），可以数
# 它的节点。$n$ 个数相加算 $n - 1$ 个运算。

# %%
import autograd_lite as ag
from autograd_lite import log, sqrt, topological_order


def operations(root):
    """一张图有多少个一元或二元运算。"""
    return sum(max(1, len(node.args) - 1) for node in topological_order(root) if node.op)


def cost(f, n):
    """f 作用于 n 个数的运算个数，以及 f 连同 n 个导数的运算个数。"""
    rng = Random(n)
    leaves = [Value(rng.uniform(0.5, 1.5)) for _ in range(n)]
    y = f(leaves)
    slopes = gradients(y, leaves, create_graph=True)
    everything = ag.sum(y, *slopes)  # 把它们汇到一个根上：多出的 n 次加法不算
    return operations(y), operations(everything) - n


# %% tags=["prediction"]
guess = ...  # 3、100 还是 1000：1000 个输入时，函数加梯度是函数的几倍？


# %%
def product(x):
    y = x[0]
    for each in x[1:]:
        y = y * each
    return y


def chain(x):
    y = x[0]
    for each in x[1:]:
        y = tanh(y * each)
    return y


def waves(x):
    return sum((sin(a) * exp(-b * b) for a, b in pairwise(x)), 0.0)


def share(x):
    return x[0] / sqrt(sum((each * each for each in x[1:]), x[0] * x[0]))


def surprise(x):
    return log(sum((exp(each) for each in x[1:]), exp(x[0])))


print(f"{'n':>13}" + "".join(f"{n:8}" for n in (2, 10, 100, 1000)))
for f in (product, chain, waves, share, surprise):
    times_f = []
    for n in (2, 10, 100, 1000):
        alone, both = cost(f, n)
        times_f.append(both / alone)
    print(f"{f.__name__:>13}" + "".join(f"{ratio:8.2f}" for ratio in times_f))
predicted(guess, round(cost(product, 1000)[1] / 999), "反向时每个运算只多花几个运算，而且只走一次")

# %% [markdown]
# 函数连同梯度，代价是函数本身的 1.5 到 4 倍，**与输入的个数无关**。道理很简单：反向时每个运算只经过
# 一次，它的一两个操作数各要乘一次局部导数，有的还要做一次加法。乘法只需要这些：前向 1 个运算，反向
# 2 次乘法，合计 3。
#
# 这就是**廉价梯度原理**：理论证明这是一个很小的常数，至多约 5（Griewank 与 Walther）。对比一下差
# 分：1000 个输入要 1001 倍，而且只有一半的数位是对的。
#
# 运算个数不等于秒数：记录也要时间。在这里求一个梯度要多久，编译之后又怎样省去记录，
# 见[笔记本 11](11-how-fast-and-why.ipynb)。
#
# ## 一个梯度要记住多少
#
# 总得付出点什么，那就是内存。前向模式带着一对数走，其余的都可以忘掉。反向模式从**末尾**开始，所以法
# 则要用的一切（操作数、局部导数）都必须还在。看一个 1200 步的循环：


# %%
def step(x):
    return x + 0.001 * sin(x)


def walk(x, steps):
    for _ in range(steps):
        x = step(x)
    return x


x = Value(0.5, label="x")
y = walk(x, 1200)
everything = len(topological_order(y))
truth = gradients(y, x)
print(f"记住 {everything} 个节点；导数是 {truth:.6f}")

# %% [markdown]
# 每步三个节点，加上叶节点：3601。换成网络，要记住的就是一批样本的全部激活值；训练时，它们占的显存往
# 往比权重还多。
#
# 办法是**故意忘掉，再算一遍**（**检查点**，checkpointing，又叫重计算）。先用普通的数前向走一遍，每
# 隔若干步才留下一个值；然后一段一段往回走：把这一段再运行一遍，这次记录下来，求导，丢掉。这个库没有
# 现成的函数，但可以用已有的东西写出来。


# %%
def checkpointed(step, x, steps, every):
    """`steps` 步的导数，最多同时记住的数，以及运行的步数。"""
    starts, ran = [], 0
    for k in range(steps):
        if k % every == 0:
            starts.append(x)
        x, ran = step(x), ran + 1
    slope, most = 1.0, 0
    for k in reversed(range(len(starts))):
        leaf = Value(starts[k])
        piece = min(every, steps - k * every)
        y, ran = walk(leaf, piece), ran + piece
        most = max(most, k + 1 + len(topological_order(y)))
        slope *= gradients(y, leaf)
    return slope, most, ran


# %% tags=["prediction"]
guess = ...  # 5、20 还是 200：段长取哪个，记住的最少？

# %%
lengths = (2, 5, 10, 20, 40, 100, 200, 400, 1200)
kept = []
for every in lengths:
    slope, most, ran = checkpointed(step, 0.5, 1200, every)
    kept.append(most)
    print(f"每段 {every:4} 步：记住 {most:5} 个数，运行 {ran} 步，导数 {slope:.6f}")
least = min((5, 20, 200), key=lambda n: kept[lengths.index(n)])
predicted(guess, least, "起点少，段也短")

# %%
lines(
    {"记住": [checkpointed(step, 0.5, 1200, every)[1] for every in range(2, 101)]},
    x=range(2, 101), title="同时记住的数", x_name="段长",
)  # fmt: skip

# %% [markdown]
# 121 个数代替 3601 个，代价是前向**多走一遍**。留下的东西有两种：$1200 / k$ 个起点，和正在处理的一
# 段的 $3k + 1$ 个节点。段短则起点多，段长则节点多；最好的在中间，$k = \sqrt{1200 / 3} = 20$。所以
# $N$ 步需要的内存按 $\sqrt N$ 增长。
#
# 步与步之间若有好几个数，做法相同，只是从一段传到另一段的不是一个斜率，而是一个向量，每一段做一次
# `vjp`。PyTorch 有 `torch.utils.checkpoint`，JAX 有 `jax.checkpoint`。
#
# ### 练习 5
#
# 难一些的题。内存最少能压到多少？把路程**对半**切开：用普通的数算出中点，先求后一半的导数，再求前一
# 半的导数，两半都照此办理。到最底层只剩一步，才记录。写出 `halving(step, x, steps)`，它给出导数，而
# 且从不记录多于一步。它同时记住几个数，总共运行几步？
#
# <details><summary>答案</summary>
#
# 函数调用自己。任何时刻，每一层对半切分留有一个起点，约 $\log_2 N$ 个数（1200 步是 11 个）。每一层
# 约重新运行 $N / 2$ 步，合计约 $\tfrac12 N \log_2 N$ 步，另有 $N$ 步用于记录。
#
# ```python
# def halving(step, x, steps):
#     if steps == 1:
#         leaf = Value(x)
#         return gradients(step(leaf), leaf)
#     half, middle = steps // 2, x
#     for _ in range(half):
#         middle = step(middle)
#     later = halving(step, middle, steps - half)
#     return later * halving(step, x, half)
# ```
# </details>

# %% tags=["exercise"]
halving = ...  # def halving(step, x, steps): ...


# %% tags=["check"]
@exercise(5, halving)
def check():
    ran = []

    def watched(x):
        ran.append(x)
        assert not getattr(x, "parents", ()), "记录了多于一步的图"
        return step(x)

    for steps in (1, 2, 7, 64):
        ran.clear()
        found, leaf = halving(watched, 0.5, steps), Value(0.5)
        assert abs(found - gradients(walk(leaf, steps), leaf)) < 1e-12, f"{steps} 步时不对"
        most = steps * (math.log2(steps) / 2 + 2)
        assert len(ran) <= most, f"{steps} 步运行了 {len(ran)} 步；对半切分用不了这么多"


# %% [markdown]
# ## 小结
#
# * 手算：快，但要人动脑筋。符号：精确，膨胀的是没有名字的写法。数值：不要法则，丢掉一半数位，每个输
#   入运行一次。
# * 对偶数带着值和变化率：前向模式，就是把乘积法则变成算术。
# * $n$ 个输入、$m$ 个输出：前向 $n$ 遍（列，`jvp`），反向 $m$ 遍（行，`vjp`）。
# * 函数连同梯度只需函数的几倍，与 $n$ 无关。
# * 反向模式用内存付账；检查点多走一遍，换来内存。
# * 被求导的是运行过的程序，走哪个分支就求哪个。
#
# 下一份：[14. 初始化、深度、归一化](14-initialisation-depth-normalisation.ipynb)，梯度在那里要穿过
# 二十层。这些想法从何而来：见文档中的“延伸阅读”（Read on）一页。
