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
# # 0. 从割线到导数
#
# [English](../00-from-secant-to-derivative.ipynb) · [术语对照](README.md)
#
# **时间：** 约 60 分钟 · **需要：** 中学里学过的函数和直线，一点 Python
# · **学完之后：** 说得出导数是什么，会手算导数；会用求导法则，也说得出它们为什么成立；
# 能把梯度看成一支指向上坡的箭头。
#
# 神经网络的全部学习都建立在一个问题上：**把这个数稍微改动一点，结果会改变多少**？
# 这份笔记本先拿它问一条曲线，再拿它问一片地形。导数和梯度都已经很熟的读者，可以直接去
# [笔记本 1](01-a-value-and-the-chain-rule.ipynb)。
#
# 有些单元格会先请你猜一猜，下一个单元格再揭晓。把猜测写在省略号 `...` 的位置。
# 猜错了没有任何损失，而自己猜过的东西最容易记住。

# %%
import math

from autograd_lite import Value, draw, grad, set_language, step
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import curves, lines, multiples, surface

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 此时此刻有多快？
#
# 一辆小车从坡上滑下来，$x$ 秒之后滑了 $f(x) = x^2$ 米：一秒后 1 米，两秒后 4 米。
# 它一直在变快。那么**恰好在** $x = 1$ 的时候，它有多快？
#
# 速度是路程除以时间，所以要看两个时刻。从 $x = 1$ 到 $x = 1 + h$（$h$ 是某个步长），平均速度是
#
# $$\frac{f \text{ 的改变量}}{x \text{ 的改变量}} = \frac{f(1 + h) - f(1)}{h}$$


# %%
def f(x):
    return x * x


h = 1.0
print(f"从 1 秒到 2 秒：每秒 {(f(1 + h) - f(1)) / h:.1f} 米")

# %% [markdown]
# 在图上，这就是过曲线上两点的直线的**斜率**：一点是 1 处的 P，另一点是 $1 + h$ 处的 Q。
# 这样的直线叫作**割线**。斜率就是**升高了多少**除以**向右走了多少**。


# %% jupyter={"source_hidden": true} tags=["plotting"]
def window(title, name, slope, points):
    """曲线，以及过 (1, 1)、斜率为 slope 的直线。"""
    straight = [(x, 1 + slope * (x - 1)) for x in (-0.5, 2.5)]
    return curves(
        {"x²": f, name: straight}, (-0.5, 2.5), points={"点": points},
        low=-1.0, high=5.0, names=("x", ""), title=title, note=f"斜率 {slope:.4g}",
        width=330, height=240,
    )  # fmt: skip


# %%
def secant(h):
    return window(f"h = {h}", "割线", (f(1 + h) - f(1)) / h, [(1, 1), (1 + h, f(1 + h))])


secant(1.0)

# %% [markdown]
# 一整秒的平均速度还不是 $x = 1$ 时的速度，因为小车在这一秒里又变快了。所以步长要取短些：
# $h = 0.5$，再取 $0.1$，如此趋向 0。运行下一格之前先想一想：割线的斜率从 3 开始，
# 它会越来越接近哪个数？

# %% tags=["prediction"]
guess = ...  # 0、1、2 还是 3

# %%
print("    h     割线的斜率")
for h in (1.0, 0.5, 0.1, 0.01, 0.001):
    print(f"{h:7}  {(f(1 + h) - f(1)) / h:10.4f}")
predicted(guess, 2, "每个斜率都是 2 + h，而 h 趋于 0")

# %% [markdown]
# 点 Q 沿着曲线滑向 P，割线就转到了与曲线只是相切的位置，成为**切线**。切线的斜率是 2：
# 在第一秒末的那一刻，小车的速度是每秒 2 米。

# %%
tangent = window("h → 0", "切线", 2.0, [(1, 1)])
multiples([secant(1.0), secant(0.5), secant(0.1), tangent], columns=2)

# %% [markdown]
# ## 把 h 拖向 0
#
# 这个分式本身就是一小段计算，下面把它画成图。（`Value` 是一个记得自己怎样算出来的数，
# `draw` 把它画出来。）
# 每张卡片里有一个数，最右边的 `slope` 就是分式的值。（线上的小数字，例如 × 1.5，
# 留到笔记本 1 再讲，这里先不管。）
# 在运行中的笔记本里，按住 `h` 那个带点线的数往左拖，看 `slope` 怎样变。然后拖 `x`：
# 曲线在每个地方都有自己的斜率。

# %%
x, h = Value(1.0, label="x"), Value(0.5, label="h")
rise = f(x + h) - f(x)
rise.label = "rise"
slope = rise / h
slope.label = "slope"
draw(slope)

# %% [markdown]
# 双击 `h` 的数，输入 0，卡片上就写着 *nan*，意思是“不是数”：$\frac{0}{0}$ 没有值。
# 不过请看图旁边的曲线，也就是 `slope` 随 `h` 的变化：它是一条直线，在 $h = 0$ 处有一个洞，
# 而洞的高度正是 2（只要 $x$ 还是 1）。所以不能**令** $h = 0$，只能问这个分式**趋近**于什么。
# 这叫作**极限**，记作 $h \to 0$。

# %% [markdown]
# ## 导数
#
# 对于 $x^2$，一行中学代数就能求出每个 $x$ 处的极限。把式子展开，在 $h$ 趋于 0 **之前**先把它约掉：
#
# $$\frac{(x + h)^2 - x^2}{h} = \frac{2xh + h^2}{h} = 2x + h \;\longrightarrow\; 2x$$
#
# 所以 $x^2$ 在 $x$ 处的斜率是 $2x$：在 1 处是 2，在 3 处是 6，在 $-1$ 处是 $-2$（下坡）。
# 这就是 $f$ 的**导数**，一般地写作
#
# $$f'(x) = \frac{df}{dx} = \lim_{h \to 0} \frac{f(x + h) - f(x)}{h}$$
#
# $\frac{df}{dx}$ 读作“f 对 x 的导数”：x 每改变一个单位，f 改变多少。
# 它的用处在于，对于很小的步长 $h$，
#
# $$f(x + h) \approx f(x) + f'(x) \cdot h$$
#
# 在 P 附近，曲线几乎就是它的切线。取 $x = 1$，$h = 0.1$，右边给出 $1 + 2 \cdot 0.1 = 1.2$，
# 真实的值是 $1.1^2 = 1.21$。

# %% [markdown]
# ### 练习 1
#
# 取 $g(x) = x^2 + 3x$，$x = 2$。步长为 $h = 0.5$ 的割线，斜率是多少？这一点的导数又是多少？
#
# <details><summary>答案</summary>
#
# $g(2) = 10$，$g(2.5) = 6.25 + 7.5 = 13.75$，所以割线的斜率是 $\frac{3.75}{0.5} = 7.5$。
# 一般地，$\frac{g(x + h) - g(x)}{h} = \frac{2xh + h^2 + 3h}{h} = 2x + h + 3$。
# 在 $x = 2$ 处就是 $7 + h$，它趋于 7。
#
# ```python
# secant_slope = 7.5
# derivative = 7
# ```
# </details>

# %% tags=["exercise"]
secant_slope = ...  # 你的答案
derivative = ...  # 你的答案


# %% tags=["check"]
@exercise(1, secant_slope, derivative)
def check():
    def g(x):
        return x * x + 3 * x

    assert abs(secant_slope - (g(2.5) - g(2)) / 0.5) < 1e-9, "secant_slope：g(2.5) 减 g(2)，除以 h"
    assert abs(derivative - grad(g)(2.0)) < 1e-9, "derivative：先约掉 h，再让它趋于 0"


# %% [markdown]
# ## 多小才算小？
#
# 在纸上，$h$ 趋于 0。在计算机里，它总得是某个数。取 $x^3$ 在 1 处，它的导数是 3，再让步长越来越小。
# 下面三个步长里，哪一个给出的答案最好？

# %% tags=["prediction"]
guess = ...  # "1e-2"、"1e-8" 还是 "1e-15"


# %%
def cube(x):
    return x * x * x


for h in (1e-2, 1e-8, 1e-15):
    print(f"h = {h:5}   斜率 {(cube(1 + h) - cube(1)) / h:.10f}")
predicted(guess, "1e-8", "1e-2 还看得出曲线的弯曲，1e-15 淹没在舍入误差里")

# %% [markdown]
# 两种误差此消彼长。步长大，曲线的弯曲就混了进来；步长极小，相减的两个数在计算机保留的 16 位数字里
# 几乎全部相同，剩下的差主要是舍入误差。最好的地方，大约有八位数字是对的。
#
# 同样只算两次，还可以做得更好：向**两边**各走一步，从 $x - h$ 到 $x + h$。
# 左边的弯曲和右边的弯曲就几乎互相抵消。这叫作**中心差分**。


# %%
def nudged(f, x, h=1e-5):
    """f 在 x 处的斜率，由两边各一个小扰动得出。"""
    return (f(x + h) - f(x - h)) / (2 * h)


steps = range(1, 16)
errors = {
    "一边": [abs((cube(1 + 10.0**-k) - cube(1)) / 10.0**-k - 3) for k in steps],
    "两边": [abs(nudged(cube, 1, 10.0**-k) - 3) for k in steps],
}
lines(errors, x=steps, log=True, title="斜率的误差", x_name="次缩小（h 每次除以 10）",
      width=520, height=260)  # fmt: skip

# %% [markdown]
# （在这种刻度上，每降低同样一段，误差就缩小同样的倍数。）
# 所以用小步长得到的导数（这种办法的标准名称是**有限差分**，也叫**数值微分**）总是**近似**的。
# 它是**检验**导数的最好办法，这门课会一直用它。
# 而要**求出**导数，有精确的办法，那就是下面要讲的求导法则。

# %% [markdown]
# ## 斜率也是一个函数
#
# 曲线在每个地方都有斜率，这些斜率又组成一条新的曲线。`grad` 接收一个函数，给出它的导数，
# 精确到最后几位。这是**引擎**做的事，引擎是这个项目的核心；它怎样做到，是笔记本 1 的主题。取
#
# $$p(x) = x^3 - 3x$$
#
# 斜率为 0 的地方有几处？

# %% tags=["prediction"]
guess = ...  # 1、2 还是 3 处


# %%
def p(x):
    return x * x * x - 3 * x


flat = [(-1.0, 0.0), (1.0, 0.0)]
chart = curves({"p": p, "它的斜率": grad(p)}, (-2.2, 2.2), points={"斜率为 0": flat},
               low=-4, high=6, names=("x", ""), width=520, height=300)  # fmt: skip
predicted(guess, 2, "在山顶和谷底；中间在下降，斜率是 −3")
chart

# %% [markdown]
# 把两条曲线对照着看。`p` 上升的地方，斜率大于 0；`p` 下降的地方，斜率小于 0。在山顶和谷底，
# 斜率恰好是 0。**要找最低的地方，就找斜率为 0 的地方**：训练网络，归根到底就是这件事。
#
# 再盯住一个点来看。下面的图在运行中的笔记本里是活的。用方向键 → 往前走，直到得出 `x` 的
# 梯度（笔记本 1 会细讲，这里它就是导数）。步骤旁边画着曲线和切线：沿着曲线拖一拖。

# %%
x = Value(2.0, label="x")
y = x**3 - 3 * x
y.label = "y"
step(y)

# %% [markdown]
# ## 用扰动看懂求导法则
#
# 没有人每次都去求极限，几条法则就够用了。每一条都可以这样看懂：给 $x$ 一个小扰动 $h$，
# 看看什么跟着变。（用 $u$ 和 $v$ 表示 $x$ 的两个函数，$u'$ 和 $v'$ 是它们的斜率。）
#
# | 函数 | 导数 | 扰动带来什么 |
# |:--|:--|:--|
# | 常数 $c$ | $0$ | 什么也不变 |
# | $c \cdot x$ | $c$ | 改变量是扰动的 $c$ 倍 |
# | $u + v$ | $u' + v'$ | 两个都变，改变量相加 |
# | $u \cdot v$ | $u'v + uv'$ | 一个矩形在两条边上长大（见下） |
# | $x^n$ | $n\,x^{n-1}$ | $n$ 个因子，一个接一个地受到扰动 |
# | $\dfrac{1}{x}$ | $-\dfrac{1}{x^2}$ | $\frac{1}{x + h} - \frac{1}{x} = -\frac{h}{x (x + h)}$ |
# | $e^x$ | $e^x$ | $e^{x + h} = e^x \cdot e^h$，而 $e^h \approx 1 + h$ |
# | $y(u(x))$ | $y' \cdot u'$ | 一个齿轮带动下一个（见下） |
#
# ### 乘积：一个矩形
#
# 边长 $u = 3$、$v = 2$ 的矩形，面积是 6。让 $u$ 增加 0.3，$v$ 增加 0.4。面积多出右边的一条
# $v \cdot 0.3 = 0.6$，上边的一条 $u \cdot 0.4 = 1.2$，还有一个小角 $0.3 \cdot 0.4 = 0.12$。
# 图中把两个扰动 0.3 和 0.4 记作 $du$ 和 $dv$。


# %%
def box(left, bottom, right, top):
    return [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]


parts = {"u·v": box(0, 0, 3, 2), "v·du": box(3, 0, 3.3, 2), "u·dv": box(0, 2, 3, 2.4)}
parts["du·dv"] = box(3, 2, 3.3, 2.4)
curves(parts, (-0.2, 3.6), low=-0.2, high=2.8, names=("u", "v"), width=440, height=320)

# %% [markdown]
# 把两个扰动都缩小到十分之一，两条边条也缩小到十分之一，那个小角却缩小到**百分之一**。
# 取极限之后，只剩两条边条：改变量是 $v \cdot du + u \cdot dv$。这就是乘积的求导法则。
#
# ### 复合：齿轮
#
# 设 $u = 2x$，$y = u^2$，在 $x = 1$ 处。给 $x$ 一个扰动，$u$ 走出它的两倍。而 $y = u^2$
# 在 $u = 2$ 处的斜率是 4：它走出 $u$ 的四倍。那么 $x$ 的扰动，在 $y$ 那里变成几倍？

# %% tags=["prediction"]
guess = ...  # 4、6 还是 8

# %%
x = Value(1.0, label="x")
u = 2 * x
u.label = "u"
y = u**2
y.label = "y"
y.backward()  # 求出各个导数，写到卡片上
predicted(guess, 8, "齿轮的倍数要相乘：2 乘以 4")
draw(y)

# %% [markdown]
# 线上写着各自的倍数，它们要**相乘**：$2 \cdot 4 = 8$。这就是**链式法则**，
# $\frac{dy}{dx} = \frac{dy}{du} \cdot \frac{du}{dx}$。验算：$y = (2x)^2 = 4x^2$ 的导数是 $8x$，
# 在 $x = 1$ 处是 8。拖动图里的 `x`，看哪些倍数跟着变。
#
# 把表中的法则一起检验一遍：法则给出的，和小扰动给出的。

# %%
x = 1.5
rules = {
    "7": (lambda x: 7.0, 0),
    "7x": (lambda x: 7 * x, 7),
    "x² + 7x": (lambda x: x**2 + 7 * x, 2 * x + 7),
    "x² · eˣ": (lambda x: x**2 * math.exp(x), 2 * x * math.exp(x) + x**2 * math.exp(x)),
    "x⁵": (lambda x: x**5, 5 * x**4),
    "1 / x": (lambda x: 1 / x, -1 / x**2),
    "e 的 3x 次方": (lambda x: math.exp(3 * x), 3 * math.exp(3 * x)),
}
for name, (function, rule) in rules.items():
    print(f"法则 {rule:10.4f}   扰动 {nudged(function, x):10.4f}   {name}")

# %% [markdown]
# ### 练习 2
#
# 用法则求 $x^3 e^x$ 的导数，写成 $x$ 的函数。数的指数函数用 `math.exp`。
#
# <details><summary>答案</summary>
#
# 它是 $u = x^3$ 与 $v = e^x$ 的乘积，$u' = 3x^2$，$v' = e^x$：
#
# ```python
# def slope_of_product(x):
#     return 3 * x**2 * math.exp(x) + x**3 * math.exp(x)
# ```
# </details>

# %% tags=["exercise"]
slope_of_product = ...  # x 的函数：def slope_of_product(x): return ...


# %% tags=["check"]
@exercise(2, slope_of_product)
def check():
    for x in (0.5, 1.0, -2.0):
        truth = nudged(lambda x: x**3 * math.exp(x), x)
        assert abs(slope_of_product(x) - truth) < 1e-6, f"在 x = {x} 处，扰动给出 {truth:.4f}"


# %% [markdown]
# ## 没有导数的地方
#
# 绝对值 $|x|$ 在 0 处有一个尖角。从 0 往右的割线，斜率都是 1；往左的割线，斜率都是 −1。
# 步长再短，两边也对不上，所以在 0 处没有切线，也没有导数。这样的地方叫作**折点**（不可导点）。
# 神经网络里到处都是折点，怎样与它们相处，见[笔记本 2](02-activations.ipynb)。

# %%
for h in (0.1, 0.001, -0.001, -0.1):
    print(f"h = {h:6}   割线的斜率 {(abs(0 + h) - abs(0)) / h:4.0f}")

# %% [markdown]
# ## 两个输入：偏导数
#
# 现在来看一片地形。地图上 $(x, y)$ 处的高度是
#
# $$\text{hill}(x, y) = 10 - x^2 - 2y^2$$
#
# 你站在 $(2, 1)$，这里的高度是 $10 - 4 - 2 = 4$。有两个输入，就有两个问题：$y$ 不动时，
# 高度怎样随 $x$ 改变？$x$ 不动时，又怎样随 $y$ 改变？每个问题只涉及**一个**数，
# 所以各是一条带切线的曲线：沿两个方向把山切开。


# %%
def hill(x, y):
    return 10 - x * x - 2 * y * y


def cut(f, at, title, name):
    touch, slope = [(at, f(at))], grad(f)(at)
    tangent = [(x, f(at) + slope * (x - at)) for x in (-3.0, 3.0)]
    return curves(
        {"高度": f, "切线": tangent}, (-3, 3), points={"你": touch}, low=-2, high=11,
        names=(name, ""), title=title, note=f"斜率 {slope:.4g}", width=330, height=250,
    )  # fmt: skip


along_x = cut(lambda x: hill(x, 1.0), 2.0, "y 保持为 1", "x")
along_y = cut(lambda y: hill(2.0, y), 1.0, "x 保持为 2", "y")
multiples([along_x, along_y], columns=2)

# %% [markdown]
# 这两个斜率就是**偏导数**，用圆体的 ∂ 来写。求其中一个时，把另一个输入当作常数：
#
# $$\frac{\partial\,\text{hill}}{\partial x} = -2x = -4 \qquad
# \frac{\partial\,\text{hill}}{\partial y} = -4y = -4$$
#
# 向东走（$x$ 增大）或者向北走（$y$ 增大）都是下坡，每走 1 个单位大约降 4 个单位。
# 引擎一次就把两个都求出来：

# %%
x, y = Value(2.0, label="x"), Value(1.0, label="y")
height = hill(x, y)
height.label = "height"
height.backward()
print("∂hill/∂x =", x.grad, "  ∂hill/∂y =", y.grad)
draw(height)

# %% [markdown]
# 卡片的第二行说明 `height` 对它有多敏感；▼ 表示“它增大，高度就降低”。拖动 `x` 和 `y`：
# 什么地方两个斜率都变成 0？那里就是山顶。

# %% [markdown]
# ## 梯度
#
# 把偏导数并排写在一起，就是**梯度**：
#
# $$\nabla \text{hill} = \left(\frac{\partial\,\text{hill}}{\partial x},
# \frac{\partial\,\text{hill}}{\partial y}\right) = (-4, -4)$$
#
# 它是一个**向量**，也就是地图上的一支箭头：向西 4，向南 4。（∇ 读作“纳布拉”，也可以就读“梯度”。）
# 它说明什么？朝**任意**方向 $(a, b)$ 迈出一小步，步长固定。两个改变量相加，所以高度大约改变
#
# $$-4 \cdot a + (-4) \cdot b$$
#
# 你站在 $(2, 1)$，山顶在 $(0, 0)$。朝哪个方向上升得最陡：直奔山顶，还是沿着箭头 $(-4, -4)$？

# %% tags=["prediction"]
guess = ...  # "山顶" 还是 "箭头"


# %%
def steepness(degrees, size=0.001):
    """从 (2, 1) 朝某个方向走，每单位升高多少；0° 是正东。"""
    a, b = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return (hill(2 + size * a, 1 + size * b) - hill(2, 1)) / size


to_top = math.degrees(math.atan2(-1, -2)) % 360
to_arrow = math.degrees(math.atan2(-4, -4)) % 360
print(f"朝山顶，{to_top:.0f}°：{steepness(to_top):.2f}")
print(f"沿箭头，{to_arrow:.0f}°：{steepness(to_arrow):.2f}")
predicted(guess, "箭头", "梯度看到的是脚下有多陡，而不是山顶在哪里")
curves(
    {"陡度": steepness}, (0, 360),
    points={"朝山顶": [(to_top, steepness(to_top))],
            "沿梯度": [(to_arrow, steepness(to_arrow))],
            "水平": [(135, 0.0), (315, 0.0)]},
    names=("方向（度）", ""), low=-6, high=6, width=520, height=280,
)  # fmt: skip

# %% [markdown]
# 从图上可以读出四件事：
#
# * **梯度指向上升最陡的方向**；朝相反的方向，下降最陡。
# * 那里的陡度就是梯度的**长度**，$\sqrt{4^2 + 4^2} = 5.66$。
# * 与它垂直的方向（135° 和 315°）是水平的。所以梯度总是垂直地穿过等高线。
# * 它只知道脚下的情形。一般来说，它并不指向山顶。
#
# 下面是画有等高线的地图：左边是 $(2, 1)$ 处的梯度，右边是许多地方的梯度（画得短一些），
# 以及一条始终跟着梯度走的路。靠近山顶，箭头越来越短，因为那里几乎是平的。

# %% jupyter={"source_hidden": true} tags=["plotting"]
where = (-3.0, 3.0, -2.0, 2.0)


def arrow(x, y, size):
    return (x, y), (x - 2 * x * size, y - 4 * y * size)


climb = [(2.0, 1.0)]
for _ in range(30):
    x, y = climb[-1]
    climb.append((x + 0.1 * grad(hill, 0)(x, y), y + 0.1 * grad(hill, 1)(x, y)))

grid = [arrow(i * 0.75, j * 0.5, 0.06) for i in range(-3, 4) for j in range(-3, 4)]
multiples(
    [
        surface(hill, where, points={"你": (2.0, 1.0), "山顶": (0.0, 0.0)},
                arrows=[arrow(2.0, 1.0, 0.2)], title="一个地方的梯度",
                levels=8, width=400, height=300),
        surface(hill, where, arrows=grid, paths={"走过的路": climb},
                title="许多地方的梯度，和一条路", levels=8, width=400, height=315),
    ],
    columns=2,
)  # fmt: skip

# %% [markdown]
# 这条路每一步走梯度的 0.1 倍。它横穿等高线出发，渐渐转弯，最后到达山顶。这叫作**梯度上升**。
# 神经网络要的是**小**的误差，所以它朝另一边走，**逆着**梯度：这就是**梯度下降**，见
# [笔记本 6](06-gradient-descent.ipynb)。梯度给出方向和强弱；走多远，也就是那个 0.1，要由你自己选。
#
# ### 练习 3
#
# 设 $k(x, y) = x^2 y + 3y$，在 $(2, -1)$ 处。求两个偏导数。再回答：如果 $x$ 走 0.01，$y$ 走 0.02，
# $k$ 大约改变多少？
#
# <details><summary>答案</summary>
#
# 把 $y$ 当作常数，$\frac{\partial k}{\partial x} = 2xy = -4$。把 $x$ 当作常数，
# $\frac{\partial k}{\partial y} = x^2 + 3 = 7$。改变量大约是 $-4 \cdot 0.01 + 7 \cdot 0.02 = 0.1$。
#
# ```python
# dk_dx = -4
# dk_dy = 7
# change = 0.1
# ```
# </details>

# %% tags=["exercise"]
dk_dx = ...  # 你的答案
dk_dy = ...  # 你的答案
change = ...  # 你的答案


# %% tags=["check"]
@exercise(3, dk_dx, dk_dy, change)
def check():
    def k(x, y):
        return x * x * y + 3 * y

    assert abs(dk_dx - grad(k, 0)(2.0, -1.0)) < 1e-9, "dk_dx：把 y 当作常数"
    assert abs(dk_dy - grad(k, 1)(2.0, -1.0)) < 1e-9, "dk_dy：把 x 当作常数"
    assert abs(change - 0.1) < 1e-6, "change：每个输入的斜率乘以步长，再相加"


# %% [markdown]
# ## 为什么到这里还不够
#
# 用扰动求梯度很简单：一个输入接一个输入地扰动。可是每扰动一次，就要把函数重新算一遍。
# 数一数，对于 1000 个数的函数要算多少遍：

# %%
runs = 0


def sum_of_squares(numbers):
    global runs
    runs += 1
    return sum(x * x for x in numbers)


numbers = [0.01 * i for i in range(1000)]
for i in range(1000):
    sum_of_squares([x + 1e-5 * (k == i) for k, x in enumerate(numbers)])
sum_of_squares(numbers)
print("逐个扰动 1000 个数，算了几遍：", runs)

runs = 0
leaves = [Value(x) for x in numbers]
sum_of_squares(leaves).backward()
print("用 backward，算了几遍：", runs, "  最后一个导数：", leaves[-1].grad, "= 2 ·", numbers[-1])

# %% [markdown]
# 一个网络有几千个权重，大的有几十亿个，学习的每一步都要求误差对**所有**权重的导数。
# 引擎只算一遍，再沿着记录往回走一趟，不论有多少个输入；而且得到的导数是精确的。
# 只靠链式法则，这是怎么做到的？请看下一份笔记本。

# %% [markdown]
# ## 更多练习
#
# ### 练习 4
#
# 写出用扰动求梯度的函数：它接收 `f`（以一列数为参数）和 `xs`（一列数），给出全部偏导数的列表。
# 每个扰动都向两边各走一步。
#
# <details><summary>答案</summary>
#
# 对每个输入，把列表复制两份，只移动其中的这一个数：
#
# ```python
# def gradient_by_nudging(f, xs, h=1e-5):
#     slopes = []
#     for i in range(len(xs)):
#         right, left = list(xs), list(xs)
#         right[i] += h
#         left[i] -= h
#         slopes.append((f(right) - f(left)) / (2 * h))
#     return slopes
# ```
# </details>

# %% tags=["exercise"]
gradient_by_nudging = ...  # 函数：def gradient_by_nudging(f, xs): ...


# %% tags=["check"]
@exercise(4, gradient_by_nudging)
def check():
    xs = [1.0, 2.0, -3.0]
    found = gradient_by_nudging(lambda xs: xs[0] * xs[1] + xs[2] ** 2, xs)
    assert isinstance(found, (list, tuple)), "要给出一个列表"
    assert len(found) == 3, "列表里有三个导数，每个输入一个"
    for i, (mine, truth) in enumerate(zip(found, (2.0, 1.0, -6.0))):
        assert abs(mine - truth) < 1e-4, f"第 {i} 项应为 {truth}：只移动 xs[{i}]"
    assert xs == [1.0, 2.0, -3.0], "不要改动传进来的列表：先复制"


# %% [markdown]
# ### 练习 5（答案不止一个）
#
# 造一个函数：在 0 处的值是 1，在那里以斜率 2 上升，而在 1 处以斜率 −2 下降。
# 只用 `+`、`-`、`*` 和 `**`，这样引擎也能对它求导。
#
# <details><summary>答案</summary>
#
# 答案之一：抛物线 $1 + 2x + cx^2$ 在 0 处的值和斜率都合要求。它在 1 处的斜率是 $2 + 2c$，
# 所以 $c = -2$。
#
# ```python
# def wish(x):
#     return 1 + 2 * x - 2 * x**2
# ```
# </details>

# %% tags=["exercise"]
wish = ...  # 函数：def wish(x): return ...


# %% tags=["check"]
@exercise(5, wish)
def check():
    assert abs(wish(0.0) - 1) < 1e-9, "在 0 处的值应为 1"
    assert abs(nudged(wish, 0.0) - 2) < 1e-6, "在 0 处的斜率应为 2"
    assert abs(nudged(wish, 1.0) + 2) < 1e-6, "在 1 处的斜率应为 −2"


# %% [markdown]
# ## 小结
#
# * 割线的斜率是升高量除以步长。步长趋于 0，它就成为切线的斜率，也就是导数。
# * 对很小的步长 $h$：$f(x + h) \approx f(x) + f'(x) \cdot h$。
# * 和的斜率相加，乘积像矩形那样在两条边上长大，复合则把倍数相乘。
# * 小扰动可以检验导数；但它总是近似的，而且每个输入都要多算一遍。
# * 求偏导数时，其余的输入不动。所有偏导数合在一起就是梯度：一支指向上升最陡方向的箭头，
#   箭头有多长，那里就有多陡。
#
# 下一份：[1. 一个值与链式法则](01-a-value-and-the-chain-rule.ipynb)。往回走一趟，就求出所有的导数。
