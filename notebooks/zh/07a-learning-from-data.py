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
# # 7a. 从数据中学习
#
# [English](../07a-learning-from-data.ipynb) · [术语对照](README.md)
#
# **时间：** 约 60 分钟 · **需要：** 笔记本 5 和 6（损失函数、梯度下降） · **学完之后：** 会在看数据
# 之前先划分数据，会缩放数据，会用小批量训练（手写循环或用 `fit`），说得出损失最低能到多少，分得清
# “学会了”和“背下来了”，报告结果时会附上标准误差。
#
# 到现在为止，网络只需答对四个点。这一次，它要面对有人量过的花。问题也变了：不再是“这些学会了没有”，
# 而是“从没见过的，它答得对吗”。对没见过的样本也答得对，叫作**泛化**。

# %%
import math
import random
from statistics import fmean, pvariance, stdev

import nn
from autograd_lite import Value, set_language, sigmoid, tanh
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import boundary, counts, lines, multiples

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 150 朵花，锁起来 30 朵
#
# 1930 年前后，Edgar Anderson 测量了三种鸢尾花，每种 50 朵：萼片（sepal，外面的花被片）和花瓣
# （petal，里面的花被片）的长和宽，单位是厘米。三种鸢尾是 setosa（山鸢尾）、versicolor（变色鸢尾）和
# virginica（维吉尼亚鸢尾）。
#
# **在看任何一朵花之前**，先留出 30 朵，每种 10 朵（`stratify` 保证这一点）。这就是**测试集**：到最
# 后才用，而且只用一次，看网络到底有多好。其余 120 朵是**训练集**。谁要是先看了测试集，再决定用哪些
# 特征，就已经开始从它那里学东西了。

# %%
iris = nn.datasets.iris()
x, x_test, y, y_test = nn.train_test_split(iris.x, iris.y, test_size=30, seed=1, stratify=True)
known = iris._replace(x=x, y=y)

print(len(x), "朵用于训练，", len(x_test), "朵用于测试")
print(*known.feature_names, "种", sep=" | ")
for k in range(3):
    i = y.index(k)
    print(*x[i], known.class_names[k], sep=" | ")

# %% [markdown]
# 在这两部分之间，常常还有第三部分。训练能找到权重，但有些数不是训练找到的：学习率、单元的个数、训练
# 多少轮。这些叫作**超参数**。试几组超参数，挑最好的一组，这时不能看测试集来挑，否则测试就不再是测试
# 了。所以：
#
# | 部分 | 谁看它 | 做什么用 |
# |:--|:--|:--|
# | 训练集 | 梯度下降，每一步都看 | 求权重 |
# | 验证集 | 你，看多少次都行 | 选超参数，决定什么时候停 |
# | 测试集 | 你，只看一次 | 要报告的那个数 |
#
# 这份笔记本里没有什么要选的，所以两部分就够了。下一份要用到全部三部分。
#
# 每朵花四个数，不容易看；两个数就容易了。图中每个记号是一朵训练用的花。


# %% jupyter={"source_hidden": true} tags=["plotting"]
def columns(data, chosen, names):
    """只留下一部分特征的数据集。"""
    return data._replace(x=[[row[j] for j in chosen] for row in data.x], feature_names=names)


def plane(data, title):
    """两个特征的样本画在平面上，背后没有模型。"""
    xs, ys = zip(*data.x)
    corners = (min(xs) - 0.2, max(xs) + 0.2, min(ys) - 0.2, max(ys) + 0.2)
    no_idea = [[[1 / 3, 1 / 3, 1 / 3]] * 2] * 2
    names = data.class_names, data.feature_names
    return boundary(
        no_idea, corners, data.x, data.y, class_names=names[0], feature_names=names[1],
        title=title, height=250,
    )  # fmt: skip


petals = columns(known, (2, 3), ["花瓣长", "花瓣宽"])
sepals = columns(known, (0, 1), ["萼片长", "萼片宽"])
multiples([plane(petals, "花瓣：长 →，宽 ↑"), plane(sepals, "萼片：长 →，宽 ↑")])

# %% [markdown]
# 看花瓣，几乎用一把直尺就能分开。看萼片，versicolor 和 virginica 混在一起：笔记本 7b 就讲它们。

# %% [markdown]
# ## 缩放
#
# 输入的大小在 1 左右时，网络最容易开始学习。所以平移并缩放每个特征，使平均值为 0，标准差为 1：
#
# $$x' = \frac{x - m}{s}$$
#
# 这叫作输入的**归一化**（更准确地说是*标准化*）。它要紧吗？用同样的网络、同样的方法，训练同一批花的
# 三个版本：以厘米为单位，以毫米为单位，缩放过的。

# %% tags=["prediction"]
guess = ...  # "厘米"、"毫米"、"缩放"：20 轮之后哪一种的损失最大？

# %%
millimetres = known._replace(x=[[10 * number for number in row] for row in known.x])
train = nn.datasets.scaled(known)

found = {}
for name, data in (("厘米", known), ("毫米", millimetres), ("缩放", train)):
    ends = []
    for seed in range(3):
        net = nn.MLP(4, [8, 3], tanh, seed=seed)
        history = nn.fit(
            net, data, loss=nn.cross_entropy, optimizer=lambda p: nn.SGD(p, lr=0.1),
            batch_size=32, epochs=20, seed=seed, progress=False,
        )  # fmt: skip
        ends.append(history["loss"][-1])
    found[name] = fmean(ends)
    print(f"{name}：三个网络 20 轮之后的损失：", *(f"{end:.2f}" for end in ends))
predicted(guess, max(found, key=found.get), "50 这样大的输入把 tanh 推到平坦的地方，就学不动了")

# %% [markdown]
# 平均值和标准差**只**由训练集来算，测试集也用**这些**数来缩放。缩放时要是看过测试集，就会泄露它的信
# 息，这叫作**数据泄露**。这样做还有实际的理由：使用的时候花是一朵一朵来的，一朵花没有平均值可言。

# %%
test = nn.datasets.scaled(iris._replace(x=x_test, y=y_test), like=known)

# %% [markdown]
# ### 练习 1
#
# 三个训练样本的某个特征是 2、4、6。一个测试样本的这个特征是 10。缩放之后它是多少？
#
# <details><summary>答案</summary>
#
# 训练样本的平均值是 4，方差是 $(4 + 0 + 4)/3$。那个 10 与两者都无关。所以它变成
# $(10 - 4)/\sqrt{8/3} = 3.67$：这个测试样本离得很远，这一点应当看得出来。
#
# ```python
# scaled_feature = (10 - 4) / math.sqrt(8 / 3)
# ```
# </details>

# %% tags=["exercise"]
scaled_feature = ...  # 你的答案


# %% tags=["check"]
@exercise(1, scaled_feature)
def check():
    three = nn.as_samples([[2.0], [4.0], [6.0]], [0, 0, 1])
    truth = nn.datasets.scaled(nn.as_samples([[10.0]], [0]), like=three).x[0][0]
    assert abs(scaled_feature - truth) < 0.01, "只用 2、4、6 来算平均值和标准差（除以 3）"


# %% [markdown]
# ## 小批量
#
# 损失是对全部 120 朵花的平均，它的梯度也是。平均可以用少数几个来估计：随机取几朵，走一步，再取另外
# 几朵。这样的一小把叫作**小批量**。每一步都有点偏差，但便宜得多。
#
# 偏差有多大？下面看一个权重的梯度。平均的梯度就是梯度的平均，所以对每朵花只算一次，然后想抽多少批就
# 抽多少批：每批 4 朵抽 10000 批，每批 32 朵也抽 10000 批。它们的标准差说明在真值周围散布得多开。

# %% tags=["prediction"]
guess = ...  # 8、4 还是 2.8：每批 32 朵比每批 4 朵的散布大约小多少倍？

# %%
net = nn.MLP(4, [8, 3], tanh, seed=0)
weight = net.layers[0].w[0][2]


def gradient(i):
    """d（第 i 朵花的损失）/ d（权重）。"""
    net.zero_grad()
    nn.cross_entropy(net(train.x[i]), train.y[i]).backward()
    return weight.grad


gradients = [gradient(i) for i in range(120)]
rng = random.Random(0)
print(f"全部 120 朵：{fmean(gradients):+.3f}")
scatter = {}
for size in (4, 32):
    estimates = [fmean(rng.choices(gradients, k=size)) for _ in range(10_000)]
    scatter[size] = stdev(estimates)
    print(f"每批 {size:2d} 朵：", *(f"{g:+.3f}" for g in estimates[:5]), end="")
    print(f" ……  标准差 {scatter[size]:.4f}")
print(f"比值：{scatter[4] / scatter[32]:.1f}")
predicted(guess, 2.8, "样本多到 8 倍，散布就小到 √8 = 2.8 分之一")

# %% [markdown]
# 这个平方根在统计里到处都是：**样本多到四倍，误差才减半**。精确的梯度很贵。
#
# 粗略的梯度有坏处吗？把全部样本过一遍，叫作**一轮**（epoch）。在一轮里，每批 4 朵可以走 30 步，而
# 120 朵一起只走一步。每一轮要算的单朵花的梯度个数都一样。

# %% tags=["prediction"]
guess = ...  # 4、32 还是 120：20 轮之后，哪种批量大小的损失最低？

# %%
curves = {}
for size in (4, 32, 120):
    net = nn.MLP(4, [8, 3], tanh, seed=0)
    history = nn.fit(
        net, train, loss=nn.cross_entropy, optimizer=lambda p: nn.SGD(p, lr=0.1),
        batch_size=size, epochs=20, seed=0, progress=False,
    )  # fmt: skip
    curves[size] = history["loss"]
predicted(guess, min(curves, key=lambda size: curves[size][-1]), "600 步粗略的，胜过 20 步精确的")
lines(
    {f"每批 {size}": losses for size, losses in curves.items()},
    title="不同批量大小的损失", x_name="轮", low=0.0, width=420,
)  # fmt: skip

# %% [markdown]
# 学习率相同时，许多粗略的步子，胜过几步精确的。（32 这样的大小是折中：在能同时处理一整批的机器上，
# 每批 32 个比每批 4 个贵不了多少。）

# %% [markdown]
# ### 练习 2
#
# 笔记本 7c 的数据集里有 1797 个数字。用全部数字训练 5 轮，每批 32 个；一轮的最后一批就是剩下的那
# 些。一共走多少步？
#
# <details><summary>答案</summary>
#
# $1797 / 32 = 56.2$，所以一轮有 56 个满的批，还有一个不满的。
#
# ```python
# steps = 5 * 57
# ```
# </details>

# %% tags=["exercise"]
steps = ...  # 你的答案


# %% tags=["check"]
@exercise(2, steps)
def check():
    assert steps == 5 * math.ceil(1797 / 32), "不满的那一批也算一步"


# %% [markdown]
# ## 把循环写出来
#
# 许多教程用 TensorFlow 演示这个循环。其中一篇是这样写的（只摘录要紧的部分；数是随机的，`X` 和 `Y`
# 都在 0 与 1 之间）：
#
# ```python
# X = np.random.rand(100, 1)
# Y = np.random.rand(100, 1)
# weights = tf.Variable(tf.random.uniform([1, 1], -1.0, 1.0))
# bias = tf.Variable(tf.zeros([1]))
# optimizer = tf.optimizers.SGD(learning_rate=0.01)
# for epoch in range(1000):
#     with tf.GradientTape() as tape:
#         a = 1 / (1 + tf.exp(-(tf.add(tf.matmul(X, weights), bias))))
#         loss = tf.reduce_mean(tf.square(a - Y))
#     gradients = tape.gradient(loss, [weights, bias])
#     optimizer.apply_gradients(zip(gradients, [weights, bias]))
# ```
#
# 它一运行就报错停下：NumPy 的数是 64 位，权重是 32 位，而 TensorFlow 不允许混用。文中说有一个隐藏
# 层，其实只有一个单元。而且 `Y` 是随机抽的，与 `X` 毫无关系。改正以后，用我们的名字写出来，损失从
# 0.08157 开始。

# %% tags=["prediction"]
guess = ...  # 1000 轮之后，损失会低于 0.05 吗，"会"还是"不会"？

# %%
rng = random.Random(0)
X = [rng.random() for _ in range(100)]
Y = [rng.random() for _ in range(100)]
weight, bias = Value(rng.uniform(-1.0, 1.0), label="weight"), Value(0.0, label="bias")
optimizer = nn.SGD([weight, bias], lr=0.01)

losses = []
for _ in range(1000):
    a = [sigmoid(weight * number + bias) for number in X]  # 前向：运算会自己记录下来
    loss = nn.mse(a, Y)  # (a - y)² 的平均
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()  # p ← p - 0.01 · 梯度
    losses.append(loss.data)
print(f"第 1 轮：{losses[0]:.5f}   第 1000 轮：{losses[-1]:.5f}")
predicted(guess, "会" if losses[-1] < 0.05 else "不会", "Y 是随机抽的，哪个 X 也预料不到")

# %% [markdown]
# 永远不变的四行：前向、`zero_grad`、`backward`、`step`。TensorFlow 要有人告诉它什么时候记录
# （`GradientTape`）；Value 总在记录。
#
# ### 损失最低能到多少？
#
# 训练再久也没有用。对任何 `X`，最好的回答都是 `Y` 的平均值，剩下的损失就是 `Y` 的**方差**。对于在 0
# 与 1 之间均匀分布的数，方差是
#
# $$\int_0^1 \left(y - \tfrac12\right)^2 dy = \tfrac1{12} = 0.0833$$
#
# 我们把它叫作损失的**下限**（书上叫*不可约误差*或*贝叶斯误差*）。

# %%
floor = pvariance(Y)
print(f"这 100 个目标值的方差：{floor:.5f}   所有这样的数：{1 / 12:.5f}")
lines({"损失": losses, "下限": [floor] * 1000}, title="没有什么可学", x_name="轮", width=420)

# %% [markdown]
# 训练之前，先问下限在哪里。损失远在下限之上，说明还有东西可学。低于下限呢？在**新**样本上低于下限，
# 就该找找哪里出了错，例如数据泄露。在**训练集**上低于下限，却是常有的事，下面就会看到。

# %% [markdown]
# ### 练习 3
#
# 有人对 0 与 1 之间均匀分布的噪声总是预测 0.6。样本非常多时，均方误差是多少？
#
# <details><summary>答案</summary>
#
# 误差分成两部分：谁也预料不到的部分（方差，1/12），以及回答偏离平均值的平
# 方。$\tfrac1{12} + (0.6 - 0.5)^2 = 0.0933$。（第二部分是**偏差**的平方，7b 还会讲到。）
#
# ```python
# error = 1 / 12 + 0.1**2
# ```
# </details>

# %% tags=["exercise"]
error = ...  # 你的答案


# %% tags=["check"]
@exercise(3, error)
def check():
    truth = fmean((0.6 - (k + 0.5) / 10_000) ** 2 for k in range(10_000))
    assert abs(error - truth) < 1e-4, "下限，再加上偏离平均值 0.1 带来的部分"


# %% [markdown]
# ## 用 fit 来做：背下来的噪声
#
# `fit` 就是上面的循环，再加上分批、打乱、历史记录和进度条。第二个有名的程序用 Keras 写成，拟合的也
# 是噪声：1000 个样本，每个样本十个随机数，目标值也是随机的。
#
# ```python
# X = np.random.rand(1000, 10)
# y = np.random.rand(1000, 1)
# model = Sequential()
# model.add(Dense(64, input_dim=10, activation='relu'))
# model.add(Dense(1, activation='linear'))
# model.compile(loss='mean_squared_error', optimizer='adam')
# model.fit(X, y, epochs=10, batch_size=32)
# ```
#
# 用 nn 逐行写出来：

# %%
rng = random.Random(0)


def noise(n):
    return [[rng.random() for _ in range(10)] for _ in range(n)], [[rng.random()] for _ in range(n)]


X, Y = noise(1000)
model = nn.Sequential()
model.append(nn.Linear(10, 64, seed=0))
model.append(nn.ReLU())
model.append(nn.Linear(64, 1, seed=1))
history = nn.fit(model, X, Y, loss=nn.mse, optimizer=nn.Adam, epochs=10, batch_size=32, seed=0)
print(history)

# %% [markdown]
# 损失一轮比一轮低，看上去有进步。真的学到了什么吗？拿 1000 个新样本来问问。

# %% tags=["prediction"]
guess = ...  # 新样本上谁的误差小："网络"，还是"一半"（总答 ½）？

# %%
X_fresh, Y_fresh = noise(1000)
on_fresh = nn.mse(nn.predict(model, X_fresh), Y_fresh).data
always_half = nn.mse([[0.5]] * 1000, Y_fresh).data
print(f"自己的 1000 个：网络 {history['loss'][-1]:.5f}  下限 {pvariance(y[0] for y in Y):.5f}")
print(f"新的 1000 个：  网络 {on_fresh:.5f}  总答 ½ {always_half:.5f}")
predicted(guess, "网络" if on_fresh < always_half else "一半", "噪声里没有规律可找")

# %% [markdown]
# 十轮训练只是把网络带到了下限附近：它学会了说“差不多 ½”。样本少一些，训练久一些，情形就不同了。下面
# 是 40 个样本，另有 40 个新样本（`validation_data`），每轮都用来测一次：

# %%
x40, y40 = noise(40)
model = nn.Sequential(nn.Linear(10, 32, seed=0), nn.Tanh(), nn.Linear(32, 1, seed=1))
history = nn.fit(
    model, x40, y40, loss=nn.mse, optimizer=lambda p: nn.Adam(p, lr=0.01), epochs=100,
    batch_size=20, seed=0, validation_data=noise(40),
)  # fmt: skip
print(f"自己的 40 个：{history['loss'][-1]:.4f}   新样本：{history['val_loss'][-1]:.4f}")
lines(
    {"自己的 40 个": history["loss"], "新样本": history["val_loss"], "下限": [1 / 12] * 100},
    title="背下来的噪声", x_name="轮", low=0.0, high=0.2, width=420,
)  # fmt: skip

# %% [markdown]
# 在自己的 40 个样本上，网络远远低于下限。它没有发现规律，因为根本没有规律：它只是把 40 个数背了下来
# （**记忆**）。在新样本上，它比一律回答 ½ 还**差**。这就是最纯粹的**过拟合**：网络没有泛化。

# %% [markdown]
# ## 看着鸢尾花训练
#
# 回到花上来，那里有东西可学。`Monitor` 会监视训练过程。先只用花瓣，因为两个特征画得出来：

# %%
petals_train = columns(train, (2, 3), ["花瓣长", "花瓣宽"])
monitor = nn.Monitor()
net = nn.MLP(2, [8, 3], tanh, seed=0)
history = nn.fit(
    net, petals_train, loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=0.03), epochs=40,
    seed=0, metrics="accuracy", callbacks=[monitor],
)  # fmt: skip

# %% [markdown]
# 上面是每一轮的损失（loss）和准确率（accuracy），以及各层（layers）里发生的事：梯度有多大，每一步使
# 权重移动多远，有多少单元几乎什么也传不回去。下面是两个特征的平面：颜色越深，网络越有把握；圆圈标出
# 它答错的花。
#
# 哪几朵错得最厉害？

# %%
for sample in monitor.wrong(4):
    print(f"第 {sample.place:3d} 朵是 {sample.target}，认成 {sample.prediction}，", end="")
    print(f"损失 {sample.loss:.2f}")

# %% [markdown]
# 可以问其中任何一朵，它想要什么：下面是错得最厉害的那一朵的损失，计算图折叠成层。蓝色的 ▲ 表示“增大
# 它，损失就增大”，所以训练会把它减小。

# %%
monitor.draw(monitor.wrong(1)[0].place, level="layer")

# %% [markdown]
# ## 只测一次，以及结果有多可靠
#
# 现在用全部四个特征，最后也轮到锁起来的 30 朵花：

# %%
net = nn.MLP(4, [8, 3], tanh, seed=0)
nn.fit(
    net, train, loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=0.03), epochs=40, seed=0
)
answers = nn.predict_classes(net, test.x)
share = nn.accuracy(answers, test.y)
print(f"30 朵中答对 {share:.1%}")
counts(nn.confusion_matrix(answers, test.y), class_names=iris.class_names, title="鸢尾花，测试")

# %% [markdown]
# 每一行是花的真实种类，每一列是它被认成的种类（这样的表叫作**混淆矩阵**）。答对的在对角线上。
#
# 这样一个比例值多少钱？换 30 朵花，就会是另一个数。如果网络每次答对的概率是 $p$，那么它在 $n$ 个样
# 本中答对的比例散布在 $p$ 周围，标准差是
#
# $$\sqrt{\frac{p\,(1 - p)}{n}}$$
#
# 这就是比例的**标准误差**（又是上面那个平方根）。真值多半在两倍标准误差以内。


# %%
def standard_error(share, n):
    """n 个样本中的比例，偶然会散布多开。"""
    return math.sqrt(share * (1 - share) / n)


print(f"准确率 {share:.3f} ± {standard_error(share, 30):.3f}")
for n in (30, 120, 480, 1920):
    print(f"同样的比例，如果有 {n:5} 朵：± {standard_error(share, n):.3f}")

# %% [markdown]
# 所以“96.7% 对 93.3%，因此这个网络更好”这样的话，对 30 朵花来说毫无意义：差别只是一朵花。（比例接近
# 0 或 1 而样本又少时，这个公式只是粗略的：30 朵全对，并不证明网络从不出错。）

# %% [markdown]
# ## 更多练习
#
# 每道题先在纸上做。然后把答案写在省略号处，运行那两个单元格。

# %% [markdown]
# ### 练习 4
#
# 网络 A 在 50 朵花中答对 45 朵，网络 B 在**另外** 50 朵花中答对 47 朵。两个标准误差各是多少？两个比
# 例之差的标准误差呢（两者平方和的平方根）？差别有它的两倍大吗？
#
# <details><summary>答案</summary>
#
# 0.042 和 0.034，合起来是 0.054。差别是 0.04，连它自己的标准误差的一倍都不到。哪个网络更好，谁也不
# 知道。
#
# ```python
# se_a = math.sqrt(0.9 * 0.1 / 50)
# se_b = math.sqrt(0.94 * 0.06 / 50)
# se_difference = math.sqrt(se_a**2 + se_b**2)
# b_is_better = False
# ```
# </details>

# %% tags=["exercise"]
se_a = ...  # 你的答案
se_b = ...  # 你的答案
se_difference = ...  # 你的答案
b_is_better = ...  # 你的答案：差别大于其标准误差的两倍则为 True


# %% tags=["check"]
@exercise(4, se_a, se_b, se_difference, b_is_better)
def check():
    a, b = standard_error(45 / 50, 50), standard_error(47 / 50, 50)
    assert abs(se_a - a) < 1e-3, "se_a：p = 45/50，n = 50"
    assert abs(se_b - b) < 1e-3, "se_b：p = 47/50，n = 50"
    assert abs(se_difference - math.hypot(a, b)) < 1e-3, "√(se_a² + se_b²)"
    assert b_is_better is False, "0.04 比 se_difference 的两倍大吗？"


# %% [markdown]
# ### 练习 5
#
# 自己写一个 `fit`：`my_fit(net, x, y, lr, epochs, size)` 用小批量梯度下降来训练，每一轮重新抽批，返
# 回每一轮平均损失的列表。用 `nn.cross_entropy` 和 `nn.SGD`。
#
# <details><summary>答案</summary>
#
# 打乱位置，切成小段，对每一段做那四行。
#
# ```python
# def my_fit(net, x, y, lr, epochs, size):
#     optimizer, rng, history = nn.SGD(net.parameters(), lr=lr), random.Random(0), []
#     places = list(range(len(x)))
#     for _ in range(epochs):
#         rng.shuffle(places)
#         total = 0.0
#         for start in range(0, len(places), size):
#             batch = places[start : start + size]
#             loss = nn.cross_entropy([net(x[i]) for i in batch], [y[i] for i in batch])
#             optimizer.zero_grad()
#             loss.backward()
#             optimizer.step()
#             total += loss.data * len(batch)
#         history.append(total / len(places))
#     return history
# ```
# </details>

# %% tags=["exercise"]
my_fit = ...  # def my_fit(net, x, y, lr, epochs, size): ...


# %% tags=["check"]
@exercise(5, my_fit)
def check():
    net = nn.MLP(4, [8, 3], tanh, seed=0)
    before = nn.cross_entropy([net(row) for row in train.x], train.y).data
    history = my_fit(net, train.x, train.y, lr=0.1, epochs=10, size=8)
    assert isinstance(history, list), "要返回一个列表"
    assert len(history) == 10, "10 轮，每轮一个数"
    after = nn.cross_entropy([net(row) for row in train.x], train.y).data
    assert history[-1] < history[0] <= before, "损失应当一轮比一轮低"
    assert after < 0.25, "10 轮，每轮 15 步，损失应低于 0.25：是不是每一批走一步？"
    assert abs(history[-1] - after) < 0.1, "最后一个数：最后一轮的平均损失"


# %% [markdown]
# ## 小结
#
# * 先划分，再看数据。训练集用来求权重，验证集用来选超参数，测试集只用一次，给出一个数。
# * 输入要缩放，只用训练集算出的数来缩放。
# * 循环：前向、`zero_grad`、`backward`、`step`。用小批量时，许多粗略的步子胜过几步精确的；散布的大
#   小与样本个数的平方根成反比。
# * 每个损失都有下限。低于它就没有什么可学，只有可背的了。
# * $n$ 个样本中的比例，可靠到 $\pm\sqrt{p(1-p)/n}$。
#
# 下一份：[7b. 太僵硬，太弯曲](07b-too-stiff-too-bendy.ipynb)，那里的网络要么学不会，要么学过头。
