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
# # 1. 一个值与链式法则
#
# [English](../01-a-value-and-the-chain-rule.ipynb) · [术语对照](README.md)
#
# **时间：** 约 60 分钟 · **需要：** 知道导数是什么（没有把握就先看
# [笔记本 0](00-from-secant-to-derivative.ipynb)），一点 Python
# · **学完之后：** 能把一段计算看成一张图，沿着图往回走求出导数；
# 说得清梯度为什么要相加、按什么顺序相加；会检验任何一个梯度。
#
# 神经网络的学习，就是反复问同一个问题：**把这个数稍微改动一点，结果会改变多少**？
# 答案叫作**导数**。这份笔记本从一个乘积出发，说明计算机怎样一次求出所有的导数。
# 这里的每个数都可以手算验证。

# %%
from autograd_lite import Value, draw, set_language
from autograd_lite.course import exercise, predicted

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 一个乘积
#
# `Value` 是一个数，并且记得自己是怎么算出来的。笔记本把它显示成一张图。

# %%
a = Value(2.0, label="a")
b = Value(-3.0, label="b")
p = a * b
p.label = "p"
p

# %% [markdown]
# 每张**卡片**是一个 `Value`：左边是名字，右边是数值。灰色卡片是**叶节点**，也就是你输入的数。
# 白色卡片是算出来的，上面写着怎么算：`p` 是一个乘积。
#
# 每条**线**从操作数通向结果。线上的 `×−3` 是什么意思，马上就会讲到。
#
# 用文字表示也一样：`p` 知道自己的运算，也知道自己的**父节点**，即它由哪些值算出。

# %%
p.op, p.parents

# %% [markdown]
# ## a 变一点，p 变多少？
#
# 给 `a` 一个千分之一的扰动，从 2 变成 2.001，`b` 保持 −3 不动。`p` 的改变量是扰动的几倍？
# （把猜测写在省略号的位置，下一个单元格给出答案。）

# %% tags=["prediction"]
guess = ...  # 一个数：p 的改变量除以 a 的改变量

# %%
h = 0.001
before = 2.0 * -3.0
after = (2.0 + h) * -3.0
print(f"扰动前 {before:.3f}   扰动后 {after:.3f}   改变量是扰动的 {(after - before) / h:.3f} 倍")
predicted(guess, -3, "a 每多出千分之一，都要乘以 b，而 b 是 −3")

# %% [markdown]
# −3 就是 `b` 的值，这并非巧合：在乘积里，每个因子决定**另一个**因子的分量有多重。
# 从 `a` 到 `p` 的线上写的正是这个数。
#
# 写成符号（$\frac{\partial p}{\partial a}$ 读作“p 对 a 的偏导数”，
# 意思是 b 不动时，a 每改变一个单位，p 改变多少）：
#
# $$p = a \cdot b \qquad \frac{\partial p}{\partial a} = b = -3 \qquad
# \frac{\partial p}{\partial b} = a = 2$$
#
# 这些就是这一步运算的**局部导数**（这里都是偏导数）。节点在生成的时候就把它们记了下来，
# 每个父节点对应一个：

# %%
p.partials

# %% [markdown]
# ## 两步：链式法则
#
# 现在给乘积再加上一个数。

# %%
c = Value(10.0, label="c")
s = p + c
s.label = "s"
s

# %% [markdown]
# 如果 `a` 改变，`s` 改变多少？从 `s` 往回走到 `a`，把沿途线上的数乘起来：
#
# * `p` 变 1，`s` 也变 1：加法就是这样；
# * `a` 变 1，`p` 变 −3。
#
# $$\frac{\partial s}{\partial a} = \frac{\partial s}{\partial p} \cdot
# \frac{\partial p}{\partial a} = 1 \cdot (-3) = -3$$
#
# 这就是**链式法则**。反向传播用到的数学，全部就是它。

# %% [markdown]
# ## 一个神经元，手算反向传播
#
# 神经元把输入乘以权重，加上偏置，再用 tanh（双曲正切）把和压缩到 −1 与 1 之间。
# （为什么要这样做，是笔记本 2 和 3 的主题。）

# %%
x1, x2 = Value(2.0, label="x1"), Value(0.5, label="x2")
w1, w2 = Value(-0.6, label="w1"), Value(1.0, label="w2")
bias = Value(1.3, label="b")

p1 = x1 * w1
p2 = x2 * w2
q = p1 + p2
z = q + bias
y = z.tanh()
for node, name in [(p1, "p1"), (p2, "p2"), (q, "q"), (z, "z"), (y, "y")]:
    node.label = name
y

# %% [markdown]
# 先**前向**，从左到右，手算：$p_1 = 2 \cdot (-0.6) = -1.2$，$p_2 = 0.5$，
# 所以 $q = -0.7$，$z = 0.6$；而 $\tanh(0.6) = 0.537$。
#
# `x1`、`x2`、`w1`、`w2`、`b` 这五个叶节点里，同样大小的扰动，哪一个让 `y` 变得最多？

# %% tags=["prediction"]
guess = ...  # "x1"、"x2"、"w1"、"w2" 还是 "b"

# %% [markdown]
# 再**反向**，从右到左。从终点开始：`y` 变 1，它自己当然也变 1。然后把每个梯度乘以线上的数，
# 传给父节点。一个节点的**梯度**，就是结果 `y` 对这个节点的导数。
# tanh 在这里的斜率是 $1 - \tanh^2 = 1 - 0.537^2 = 0.712$。

# %%
grad = {"y": 1.0}
grad["z"] = (1 - y.data**2) * grad["y"]  # tanh 的斜率
grad["q"] = 1.0 * grad["z"]  # 加法把梯度原样传回
grad["b"] = 1.0 * grad["z"]
grad["p1"] = 1.0 * grad["q"]
grad["p2"] = 1.0 * grad["q"]
grad["x1"] = w1.data * grad["p1"]  # 乘法把梯度乘以另一个因子传回
grad["w1"] = x1.data * grad["p1"]
grad["x2"] = w2.data * grad["p2"]
grad["w2"] = x2.data * grad["p2"]
for name, value in grad.items():
    print(f"dy/d{name:<3} = {value:+.4f}")
predicted(guess, "w1", "它的梯度是和的梯度乘以 x1，而 x1 是这里最大的数")

# %% [markdown]
# ## 由引擎反向
#
# `backward` 走的是同一条路：同样的顺序，同样的乘积。走完之后，每个 `Value` 的梯度存放在
# `.grad` 里，图中每张卡片也多了第二行。（这样往回走一趟，标准的名称是**反向模式自动微分**；
# 用在神经网络里，就叫**反向传播**。）

# %%
y.backward()
for node in (y, z, q, bias, p1, p2, x1, w1, x2, w2):
    assert abs(node.grad - grad[node.label]) < 1e-15
y

# %% [markdown]
# 把第二行当作一张灵敏度地图来读。蓝色的 ▲：这个数增大，`y` 也增大。橙色的 ▼：这个数增大，
# `y` 反而减小。小横条的长度和线的粗细表示影响有多强。
#
# （图下方的图例说的也是这些。）
#
# `w1` 的梯度最大，所以想改变 `y`，最该调的就是这个权重。让它加上自己梯度的 0.1 倍，看看结果：

# %%
turned = w1.data + 0.1 * w1.grad
better = (x1 * turned + x2 * w2 + bias).tanh()
print(f"调整前 y = {y.data:.3f}   调整后 y = {better.data:.3f}")

# %% [markdown]
# ## 三种规律：分发、交换、选路
#
# 往回走的大部分路程，看着图就能读出来，因为有三种运算的规律特别简单：
#
# * **加法**是**分发器**：把梯度原样分给每个父节点；
# * **乘法**是**交换器**：每个因子得到的，是梯度乘以**另一个**因子；
# * **取最大值**是**选路器**：最大的操作数得到全部梯度，其余的得到 0。它们就算增大一点，
#   结果也不会察觉。
#
# 把三种放进一段计算里：$r = \max(a \cdot b,\ c) + d$，其中 $a = 3$，$b = 2$，$c = 4$，$d = 1$。
# 四个叶节点里有一个的梯度是 0。是哪一个？

# %% tags=["prediction"]
guess = ...  # "a"、"b"、"c" 还是 "d"

# %%
import autograd_lite

a, b = Value(3.0, label="a"), Value(2.0, label="b")
c, d = Value(4.0, label="c"), Value(1.0, label="d")
m = autograd_lite.max(a * b, c)
r = m + d
m.label, r.label = "m", "r"
r.backward()
predicted(guess, "c", "a·b 是 6，c 是 4，所以取最大值把梯度全部送给了乘积")
draw(r)

# %% [markdown]
# 从右边读起。加法分发：`m` 和 `d` 各得 1。取最大值把它的 1 全给了 `a·b`，`c` 什么也没有得到。
# 乘法交换：`a` 得到 `b` 的值 2，`b` 得到 `a` 的值 3。在运行中的笔记本里把 `c` 拖到 6 以
# 上，路就换了一条：这时 `c` 得到 1，`a` 和 `b` 得到 0。（笔记本 2 里的 ReLU 也是这样的选路器，
# 另一个操作数恒为 0。）

# %% [markdown]
# ## 一步一步看
#
# `step` 把同一条路慢慢走给你看。运行这份笔记本，就可以用方向键逐步走完：先前向，再反向。
# 按下**先预测**，每个数在显示之前会先问你；**扰动**把一个小扰动的结果
# 放在梯度旁边作对照。在不能运行代码的地方，你看到的是并排的几步。

# %%
from autograd_lite import step

stepper = step(y)
stepper

# %% [markdown]
# 写在纸上，各个步骤是这样的：

# %%
print(stepper)

# %% [markdown]
# 如果只关心其中一个数，就只问这一个。`explain` 略去所有与它无关的部分，最后给出沿路径的乘积。

# %%
from autograd_lite import explain

print(explain(w1, y))

# %% [markdown]
# ## 梯度为什么要相加
#
# 如果一个值用了两次呢？看 `b = a + a`。从 `a` 到 `b` 有两条线，每条线的局部导数都是 1。
# 那么 `b` 对 `a` 的导数是多少？

# %% tags=["prediction"]
guess = ...  # 1、2 还是 3

# %%
a = Value(3.0, label="a")
b = a + a
b.label = "b"
b.backward()
predicted(guess, 2, "给 a 一个 0.001 的扰动，两个操作数都跟着动，于是 b 改变 0.002")
draw(b)

# %% [markdown]
# 所以梯度是**对路径求和**：沿每条路径相乘，再把各条路径相加。下面的例子有三条路径。

# %%
from autograd_lite import paths

x, k = Value(3.0, label="x"), Value(2.0, label="k")
u = x * k
v = u * x
r = u + v
for node, name in [(u, "u"), (v, "v"), (r, "r")]:
    node.label = name
r.backward()
r

# %%
print(paths(x, r))

# %% [markdown]
# 用中学数学验算：$r = kx + kx^2$，所以 $\frac{\partial r}{\partial x} = k + 2kx = 2 + 12 = 14$。
#
# 引擎并不逐条列出路径。它把每条线带来的数**加上去**（`+=`），而不是覆盖（`=`）。
# 在 `a + a` 里，覆盖会得到 1，那是错的：

# %%
wrong = {a: 0.0}
for parent, partial in zip(b.parents, b.partials):
    wrong[parent] = partial * 1.0  # 用 = 代替了 +=
print("覆盖：", wrong[a], "  相加：", a.grad)

# %% [markdown]
# ### 练习 1
#
# $f = (a + b) \cdot (b + 1)$，在 $a = 2$，$b = 1$ 处，$f$ 对 $a$ 和对 $b$ 的偏导数各是多少？
# 先在纸上算好，把答案写在省略号的位置，再运行这两个单元格。
#
# <details><summary>答案</summary>
#
# 从 $a$ 出发只有一条路径，经过左边的因子：导数就是另一个因子，$b + 1 = 2$。
# 从 $b$ 出发有两条路径，各经过一个因子：$(b + 1) + (a + b) = 2 + 3 = 5$。
#
# ```python
# df_da = 2
# df_db = 5
# ```
# </details>

# %% tags=["exercise"]
df_da = ...  # 你的答案
df_db = ...  # 你的答案


# %% tags=["check"]
@exercise(1, df_da, df_db)
def check():
    a, b = Value(2.0), Value(1.0)
    ((a + b) * (b + 1)).backward()
    assert abs(df_da - a.grad) < 1e-9, "df_da：如果只扰动 a，f 怎样变化？"
    assert abs(df_db - b.grad) < 1e-9, "df_db：b 用了两次，把两条路径带来的加起来"


# %% [markdown]
# ## 再来一次 backward：哪些梯度会累加
#
# 出于同样的原因，再调用一次 `backward`，会加到已有的数上。但并不是处处如此。看一条链：
# 从叶节点 `x` 经过中间节点 `y` 到结果 `z`，导数分别是 12 和 4。

# %%
x = Value(2.0, label="x")
y = x * 3
z = y * 4
z.backward()
print("第一次 backward 之后：x.grad =", x.grad, "  y.grad =", y.grad)
z.backward()
print("第二次 backward 之后：x.grad =", x.grad, "  y.grad =", y.grad)

# %% [markdown]
# **叶节点**把两次的答案加在一起，得到 24。**中间节点**没有累加，它存着的是最近一趟的 4。
# 在同一趟里，中间的梯度要把各条线带来的数加齐，再往回传。假如它从上一趟留下的 4 开始加，
# 传回去的就是 8，叶节点会得到 $12 + 24 = 36$。所以每一趟，中间节点都从 0 开始，
# 只有叶节点会跨趟累加。这正是我们想要的：许多样本的梯度就是这样加起来的。
#
# 问新问题之前，要把叶节点的梯度清零：`x.grad = 0.0`；对整个网络，是 `net.zero_grad()`。
# 忘记清零，是训练中最常见的错误之一。

# %% [markdown]
# ## 为什么要拓扑排序
#
# 一个节点要等自己的梯度**完整**了，才可以往回传：也就是说，用到它的节点都已经把各自的份额交给了它。
# 看下面这个例子：一个值被两个节点用到，而其中一个又通向另一个。

# %%
a = Value(2.0, label="a")
b = a * 3
c = b * 4
d = b + c
for node, name in [(b, "b"), (c, "c"), (d, "d")]:
    node.label = name
d

# %% [markdown]
# 手算：`d = b + 4b = 5b = 15a`，所以 `d` 对 `a` 的导数是 **15**。
#
# 最容易想到的程序是递归：“先加到自己的父节点上，再让每个父节点照做。”
# 它不需要顺序，也不需要列表。它能得出 15 吗？

# %% tags=["prediction"]
guess = ...  # 递归得出的数：15，更小，还是更大


# %%
def naive(node, gradients):
    for parent, partial in zip(node.parents, node.partials):
        gradients[parent] = gradients.get(parent, 0.0) + partial * gradients[node]
        naive(parent, gradients)
    return gradients


print("不管顺序的递归：", naive(d, {d: 1.0})[a])
d.backward()
print("按拓扑顺序：", a.grad)
predicted(guess, 18, "b 的梯度往回传了两次，第一次只算了一半")

# %% [markdown]
# 它先沿着从 `d` 到 `b` 的线走，这时 `c` 还没有交出自己的份额。`b` 于是把只算了一半的梯度 1
# 传了下去。后来 `c` 又带来 4，`b` 再把**全部**的 5 传下去，开头的 1 就算了两遍：3 + 15 = 18。
#
# 解决的办法是按**拓扑顺序**访问节点：父节点排在用到它的节点前面。`backward` 从末尾往前走，
# 于是轮到一个节点时，用到它的节点都已经走过了。

# %%
from autograd_lite import topological_order

[node.label for node in topological_order(d)]

# %% [markdown]
# 逐步演示里的**故意弄坏**可以在你自己的任何一张图上重现这两个错误：
# 用 `=` 代替 `+=`，以及打乱顺序。试试 `step(d)`。
#
# ### 练习 2
#
# 从 `y = x` 开始，用 `y = y + y` 加倍十次。从 `x` 到 `y` 有多少条路径？导数又是多少？
#
# <details><summary>答案</summary>
#
# 每加倍一次，路径的条数也翻一倍：$2^{10} = 1024$。每条路径都是一串 1 的乘积，所以导数也是 1024。
# 引擎并不去走这些路径，它只访问 11 个节点，每个一次。这是拓扑顺序的第二个好处。
#
# ```python
# number_of_paths = 2**10
# derivative = 1024
# ```
# </details>

# %% tags=["exercise"]
number_of_paths = ...  # 你的答案
derivative = ...  # 你的答案


# %% tags=["check"]
@exercise(2, number_of_paths, derivative)
def check():
    y = x = Value(1.0)
    for _ in range(10):
        y = y + y
    y.backward()
    assert number_of_paths == paths(x, y).count, "画出加倍两次的图数一数，再画三次的"
    assert abs(derivative - x.grad) < 1e-9, "把所有路径上的乘积加起来"


# %% [markdown]
# ## 没有检验过的梯度，不要相信
#
# 导数总可以用扰动来检验，这叫**有限差分**。扰动的大小要仔细选：太大，曲线的弯曲就混了进来；
# 太小，差值又淹没在舍入误差里。`gradcheck` 会替你选好，并报告它发现了什么。

# %%
from autograd_lite import gradcheck, tanh


def neuron(x1, x2, w1, w2, b):
    return tanh(x1 * w1 + x2 * w2 + b)


gradcheck(neuron, 2.0, 0.5, -0.6, 1.0, 1.3)

# %% [markdown]
# 表中 *analytic* 一列是引擎给出的导数，*finite difference* 一列是有限差分。两列一致，就是 *ok*。
#
# 它也能找出错误。`Primitive` 是你自己定义的基本运算，由一个名字和两个函数组成。第一个函数计算它；
# 第二个是求导规则：拿到结果 `out` 和操作数 `x`，给出局部导数，每个操作数一个。
# 下面是一个平方运算，它的求导规则差了千分之一：

# %%
from autograd_lite import Primitive

crooked = Primitive("crooked", lambda x: x * x, lambda out, x: (2.002 * x,))
gradcheck(crooked, 3.0, raise_exception=False)

# %% [markdown]
# ## 更多练习
#
# ### 练习 3
#
# 把立方 $x^3$ 写成一个 `Primitive`，让 `gradcheck` 来判断你的规则对不对。
#
# <details><summary>答案</summary>
#
# $x^3$ 的斜率是 $3x^2$。规则要为每个操作数给出一个局部导数，所以它是只有一项的元组。
# 写成元组，靠的是那个逗号。
#
# ```python
# cube = Primitive("cube", lambda x: x * x * x, lambda out, x: (3 * x * x,))
# ```
# </details>

# %% tags=["exercise"]
cube = ...  # Primitive("cube", 怎样计算, 局部导数)


# %% tags=["check"]
@exercise(3, cube)
def check():
    assert abs(cube(2.0) - 8.0) < 1e-9, "2 的立方是 8"
    assert gradcheck(cube, 2.0, raise_exception=False), "在 2 处的斜率是 12：用扰动试一试"
    assert gradcheck(cube, 2.0, order=2, raise_exception=False), "规则里只用四则运算"


# %% [markdown]
# ### 练习 4：引擎本身
#
# 自己写一个 `backward`：接收结果，给出一个字典，里面是每个节点的梯度。可以使用
# `topological_order(root)`，以及每个节点的 `parents` 和 `partials`。
#
# <details><summary>答案</summary>
#
# 结果的梯度是 1，其余都从 0 开始。然后从末尾往前走，一路累加：
#
# ```python
# def my_backward(root):
#     order = topological_order(root)
#     gradients = dict.fromkeys(order, 0.0)
#     gradients[root] = 1.0
#     for node in reversed(order):
#         for parent, partial in zip(node.parents, node.partials):
#             gradients[parent] += partial * gradients[node]
#     return gradients
# ```
#
# 这几行是每一个引擎的核心，这里的引擎也不例外。其余的部分见
# [笔记本 12](12-your-own-engine.ipynb)。
# </details>

# %% tags=["exercise"]
my_backward = ...  # 函数：def my_backward(root): ...


# %% tags=["check"]
@exercise(4, my_backward)
def check():
    a = Value(2.0, label="a")
    b = a * 3
    root = b + b * 4
    root.label = "root"
    found = my_backward(root)
    assert isinstance(found, dict), "要给出一个字典：每个节点的梯度"
    assert found.get(root) == 1.0, "结果变 1，它自己也变 1"
    assert found.get(b) == 5.0, "b 从加法得到 1，从乘法得到 4：加起来"
    assert found.get(a) == 15.0, "梯度完整了才往回传"


# %% [markdown]
# ## 小结
#
# * `Value` 记得自己的运算和父节点，以及对每个父节点的局部导数。
# * 链式法则：沿一条路径相乘，各条路径相加。
# * 加法分发梯度，乘法交换因子，取最大值把梯度送给最大的那个。
# * 所以梯度用 `+=` 累加，问新问题之前要把叶节点的梯度清零。
# * 按拓扑顺序，每个梯度都在完整之后才往回传。
# * 扰动才是标准：`gradcheck` 拿它去核对每一个梯度。
#
# 下一份：[2. 激活函数](02-activations.ipynb)。有了它们带来的弯折，网络才不只是一条直线。
# （用链式法则求导还有另一种走法，从输入走到结果，叫作**前向模式**，见
# [笔记本 13](13-four-ways-to-a-derivative.ipynb)。）
