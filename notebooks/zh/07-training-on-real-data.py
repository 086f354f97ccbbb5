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
# # 7. 用真实数据训练
#
# [English](../07-training-on-real-data.ipynb) · [术语对照](README.md)
#
# 到现在为止，网络只需答对四个点。这一次，它要面对有人量过的花、有人写下的数字。问题也变了：
# 不再是“这些学会了没有”，而是“从没见过的，它答得对吗”。
#
# 读完之后，你能够
#
# * 划分数据、缩放数据，并用小批量训练，先手写循环，再用 `fit`，
# * 说出网络**最好**能到什么程度，并看出它是不是只在死记硬背，
# * 识别过拟合和欠拟合，并用 L1、L2 和早停来对付，
# * 用 k 折交叉验证和留一法作出公平的评价，
# * 看一个识别数字的网络内部：它看见什么，错在哪里，为什么。
#
# 如果用的是 Python 引擎（例如在浏览器里），有几个单元格要运行近一分钟。用原生引擎，
# 全部加起来只要几秒。

# %%
import random
from statistics import fmean, pvariance

import nn
from autograd_lite import Value, set_language, sigmoid, tanh
from autograd_lite.views.charts import boundary, counts, lines, multiples, tiles

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 150 朵花
#
# 1930 年前后，Edgar Anderson 测量了三种鸢尾花，每种 50 朵：萼片（sepal，外面的花被片）
# 和花瓣（petal，里面的花被片）的长和宽，单位是厘米。三种鸢尾是 setosa（山鸢尾）、
# versicolor（变色鸢尾）和 virginica（维吉尼亚鸢尾）。

# %%
iris = nn.datasets.iris()
print(*iris.feature_names, "种", sep=" | ")
for i in (0, 50, 100):
    print(*iris.x[i], iris.class_names[iris.y[i]], sep=" | ")

# %% [markdown]
# 每朵花四个数，不容易看；两个数就容易了。图中每个记号是一朵花。


# %%
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


petals = columns(iris, (2, 3), ["花瓣长", "花瓣宽"])
sepals = columns(iris, (0, 1), ["萼片长", "萼片宽"])
multiples([plane(petals, "花瓣：长 →，宽 ↑"), plane(sepals, "萼片：长 →，宽 ↑")])

# %% [markdown]
# 看花瓣，几乎用一把直尺就能分开。看萼片，versicolor 和 virginica 混在一起：
# 谁要是能把**这些**全答对，一定是背下来的。后面还会回到这一点。

# %% [markdown]
# ## 先留出一部分，再缩放
#
# 评价一个网络，要用它**没有**训练过的花。所以现在就留出 30 朵，每种 10 朵（`stratify`
# 保证这一点），到最后才看。
#
# 然后平移并缩放每个特征，使平均值为 0，标准差为 1，因为这样大小的数最适合网络学习。
# 平均值和标准差**只**由训练部分来算：测试部分什么也不能透露给我们，连平均值也不行。

# %%
x, x_test, y, y_test = nn.train_test_split(iris.x, iris.y, test_size=30, seed=1, stratify=True)
measured = iris._replace(x=x, y=y)
train = nn.datasets.scaled(measured)
test = nn.datasets.scaled(iris._replace(x=x_test, y=y_test), like=measured)

for name, data in (("用于训练", train), ("用于测试", test)):
    print(f"{len(data.x):3d} 朵{name}  花瓣长的平均值（缩放后）：", end="")
    print(f"{fmean(row[2] for row in data.x):.3f}")

# %% [markdown]
# ## 小批量
#
# 损失是对全部 120 朵花的平均，它的梯度也是。平均可以用少数几个来估计：随机取几朵，走一步，
# 再取另外几朵。每一步都有点偏差，但便宜得多。
#
# 偏差有多大？下面是一个权重的梯度：先用全部的花算，再用随机的小批量算，5 次每批 4 朵，5 次每批 32
# 朵。

# %%
net = nn.MLP(4, [8, 3], tanh, seed=0)
weight = net.layers[0].w[0][2]


def gradient(places):
    """d（这些花的平均损失）/ d（权重）。"""
    net.zero_grad()
    loss = nn.cross_entropy([net(train.x[i]) for i in places], [train.y[i] for i in places])
    loss.backward()
    return weight.grad


rng = random.Random(0)
print(f"全部 120 朵：{gradient(range(120)):+.3f}")
for size in (4, 32):
    estimates = [gradient(rng.sample(range(120), size)) for _ in range(5)]
    print(f"每批 {size:2d} 朵：", *(f"{g:+.3f}" for g in estimates))

# %% [markdown]
# 小批量的结果散布在真值周围。这要紧吗？把全部样本过一遍，叫作**一轮**（epoch）。在一轮里，每批 4
# 朵可以走 30 步，而 120 朵一起只走一步。每轮的代价相同，所以来看 20 轮之后哪一种走得更远。

# %%
curves = {}
for size in (4, 32, 120):
    net = nn.MLP(4, [8, 3], tanh, seed=0)
    history = nn.fit(
        net, train, loss=nn.cross_entropy, optimizer=lambda p: nn.SGD(p, lr=0.1),
        batch_size=size, epochs=20, seed=0, progress=False,
    )  # fmt: skip
    curves[f"每批 {size}"] = history["loss"]
lines(curves, title="不同批量大小的损失", x_name="轮", low=0.0, width=420)

# %% [markdown]
# 许多粗略的步子，胜过一步精确的。（32 这样的大小是折中：在能同时处理一整批的机器上，每批 32
# 个比每批 4 个贵不了多少。）

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
# 它一运行就报错停下：NumPy 的数是 64 位，权重是 32 位，而 TensorFlow 不允许混用。
# 文中说有一个隐藏层，其实只有一个单元。改正以后，用我们的名字写出来：

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

# %% [markdown]
# 永远不变的四行：前向、`zero_grad`、`backward`、`step`。TensorFlow
# 要有人告诉它什么时候记录（`GradientTape`）；Value 总在记录。
#
# ### 损失最低能到多少？
#
# 损失几乎没有下降，训练再久也没有用。它不可能下降：`Y` 与 `X` 毫无关系。这时对任何问题，
# 最好的回答都是 `Y` 的平均值，剩下的损失就是 `Y` 的**方差**。对于在 0 与 1 之间均匀分布的数，
# 方差恰好是
#
# $$\int_0^1 \left(y - \tfrac12\right)^2 dy = \tfrac1{12} = 0.0833$$

# %%
floor = pvariance(Y)
print(f"这 100 个目标值的方差：{floor:.5f}   所有这样的数：{1 / 12:.5f}")
lines({"损失": losses, "下限": [floor] * 1000}, title="没有什么可学", x_name="轮", width=420)

# %% [markdown]
# 训练之前，先问下限在哪里。损失远在下限之上，说明还有东西可学。损失**低于**下限，说明出了问题，
# 下面就会看到。

# %% [markdown]
# ## 用 fit 来做，以及低于下限的损失
#
# `fit` 就是上面的循环，再加上分批、打乱、历史记录和进度条。第二个有名的程序用 Keras 写成，
# 拟合的也是噪声：1000 个样本，每个样本十个随机数，目标值也是随机的。
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
# 看上去有进步：损失一轮比一轮低。可是真的学到了什么吗？与下限比一比：一个是这 1000 个目标值的下限，
# 一个是网络没见过的 1000 个新目标值的下限。

# %%
X_fresh, Y_fresh = noise(1000)
on_fresh = nn.mse(nn.predict(model, X_fresh), Y_fresh).data
always_half = nn.mse([[0.5]] * 1000, Y_fresh).data
print(f"自己的目标值：网络 {history['loss'][-1]:.4f}，下限 {pvariance(y[0] for y in Y):.4f}")
print(
    f"没见过的目标：网络 {on_fresh:.4f}，下限 {pvariance(y[0] for y in Y_fresh):.4f}，",
    end="",
)
print(f"总答 ½ {always_half:.4f}")

# %% [markdown]
# 什么也没有学到：在新的目标值上，总是回答 ½ 也比这个网络好。它在自己的目标值上低于 ½ 的那一点，
# 是背出来的。样本少一些，就看得更清楚。下面是 40 个样本，另有 40 个新样本（`validation_data`），
# 每轮都用来测一次：

# %%
x40, y40 = noise(40)
model = nn.Sequential(nn.Linear(10, 32, seed=0), nn.Tanh(), nn.Linear(32, 1, seed=1))
history = nn.fit(
    model, x40, y40, loss=nn.mse, optimizer=lambda p: nn.Adam(p, lr=0.01), epochs=100,
    batch_size=20, seed=0, validation_data=noise(40),
)  # fmt: skip
lines(
    {"40 个样本": history["loss"], "新样本": history["val_loss"], "下限": [1 / 12] * 100},
    title="背下来的噪声", x_name="轮", low=0.0, high=0.2, width=420,
)  # fmt: skip

# %% [markdown]
# 在自己的 40 个样本上，网络远远低于下限。它没有发现规律，因为根本没有规律：它只是背下了 40 个数。
# 在新样本上，它比一律回答 ½ 还**差**。这就是最纯粹的**过拟合**。

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
# 上面是每一轮的损失（loss）和准确率（accuracy），以及各层（layers）里发生的事：梯度有多大，
# 每一步使权重移动多远，有多少单元几乎什么也传不回去。下面是两个特征的平面：颜色越深，网络越有把握；
# 圆圈标出它答错的花。
#
# 哪几朵错得最厉害？

# %%
for sample in monitor.wrong(4):
    print(f"第 {sample.place:3d} 朵是 {sample.target}，认成 {sample.prediction}，", end="")
    print(f"损失 {sample.loss:.2f}")

# %% [markdown]
# 可以问其中任何一朵，它想要什么：下面是错得最厉害的那一朵的损失，计算图折叠成层。蓝色的 ▲
# 表示“增大它，损失就增大”，所以训练会把它减小。

# %%
monitor.draw(monitor.wrong(1)[0].place, level="layer")

# %% [markdown]
# 现在用全部四个特征，最后也轮到留出的 30 朵花：

# %%
net = nn.MLP(4, [8, 3], tanh, seed=0)
nn.fit(
    net, train, loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=0.03), epochs=40, seed=0
)
answers = nn.predict_classes(net, test.x)
print(f"30 朵中答对 {nn.accuracy(answers, test.y):.1%}")
counts(nn.confusion_matrix(answers, test.y), class_names=iris.class_names, title="鸢尾花，测试")

# %% [markdown]
# 这样的表叫作**混淆矩阵**。每一行是花的真实种类，每一列是它被认成的种类。答对的在对角线上。

# %% [markdown]
# ## 太僵硬、正合适、太弯曲
#
# 现在来分难分的一对：凭**萼片**分 versicolor 和 virginica，50 朵用于训练，50 朵用于测试。三个网络：
# 一个只训练了几步就停下，一个只能画直线，一个有 24 个隐藏单元。

# %%
pair = [i for i in range(150) if iris.class_names[iris.y[i]] != "setosa"]
x, x_test, y, y_test = nn.train_test_split(
    [sepals.x[i] for i in pair], [iris.class_names[iris.y[i]] for i in pair],
    test_size=50, seed=1, stratify=True,
)  # fmt: skip
measured = nn.as_samples(x, y)._replace(feature_names=sepals.feature_names)
held = nn.datasets.scaled(nn.as_samples(x_test, y_test), like=measured)
hard = nn.datasets.scaled(measured)


def trained(widths, epochs, seed=0, penalty=lambda net: 0.0, lr=0.05, callbacks=()):
    """分难分的一对的网络，以及它的训练历史。"""
    net = nn.MLP(2, widths, tanh, seed=seed)
    history = nn.fit(
        net, hard, loss=lambda logits, c: nn.cross_entropy(logits, c) + penalty(net),
        optimizer=lambda p: nn.Adam(p, lr=lr), batch_size=25, epochs=epochs, seed=0,
        metrics="accuracy", validation_data=held, callbacks=callbacks, progress=False,
    )  # fmt: skip
    return net, history


def boundary_of(net, title):
    """网络把界线画在哪里。"""
    return nn.Inspection(net, nn.cross_entropy, hard).boundary(title=title, rings=False)


stiff, stiff_history = trained([24, 2], epochs=1, lr=0.003)
line, line_history = trained([2], epochs=60)
bendy, bendy_history = trained([24, 2], epochs=200)

table = nn.Table(rows="")
for name, history in (
    ("训练太少", stiff_history),
    ("一条直线", line_history),
    ("单元很多", bendy_history),
):
    row = {column: history[column][-1] for column in ("accuracy", "val_accuracy", "val_loss")}
    table.add({"网络名称": name, "epochs": history.epochs, **row})
print(table)
multiples(
    [
        boundary_of(stiff, "训练太少"),
        boundary_of(line, "一条直线"),
        boundary_of(bendy, "单元很多"),
    ],
    columns=2,
)

# %% [markdown]
# * 训练太少：**欠拟合**。在训练用的花上不好，在别的花上也不好。可以训练久一点，加大学习率，
#   多用些单元，或者换更好的特征。
# * 单元很多：**过拟合**。在训练用的花上答对 90%，在别的花上比抛硬币好不了多少。
#   决策边界绕着一朵朵花弯来弯去。可以增加数据，用简单些的网络，或者用下面的办法。
# * 一条直线：两者都不是。在新花上和在自己的花上差不多一样好。这两个特征里也没有多少东西可学了。

# %% [markdown]
# ## L2 和 L1：给权重定价
#
# 要画弯弯曲曲的线，网络需要很大的权重。那就给权重定个价钱：在损失上加一个**惩罚项**，
# 这叫作**正则化**。**L2** 加的是权重的平方和，**L1** 加的是绝对值之和，各乘以一个小数 λ：
#
# $$L + \lambda \sum_k w_k^2 \qquad\qquad L + \lambda \sum_k |w_k|$$
#
# 它们的作用写在梯度里，而引擎不用别人告诉就知道：

# %%
w = Value(0.5, label="w")
for penalty in (nn.l2_penalty, nn.l1_penalty):
    for number in (0.5, -2.0):
        w.data, w.grad = number, 0.0
        penalty([w]).backward()
        print(f"{penalty.__name__}，w = {number:+}：梯度 {w.grad:+}")

# %% [markdown]
# L2 以 $2w$ 的力往回拉：权重大就拉得重，权重小就几乎不拉，所以权重都变小。L1 不论权重多小，都以 ±1
# 的力往回拉：作用不大的权重被一直拉到 0。
#
# 还是那 24 个单元，分别加上这两种惩罚项。右图是第一层 48 个权重中最大的 24 个的大小。


# %%
def weights(net):
    return [w for layer in net.layers for row in layer.w for w in row]


nets = {}
nets["λ = 0"], _ = trained([24, 2], 100)
nets["L2"], _ = trained([24, 2], 100, penalty=lambda net: 0.01 * nn.l2_penalty(weights(net)))
nets["L1"], _ = trained([24, 2], 100, penalty=lambda net: 0.01 * nn.l1_penalty(weights(net)))
sizes = {
    name: sorted((abs(w.data) for row in net.layers[0].w for w in row), reverse=True)[:24]
    for name, net in nets.items()
}
for name, net in nets.items():
    own = nn.accuracy(nn.predict(net, hard.x), hard.y)
    fresh = nn.accuracy(nn.predict(net, held.x), held.y)
    print(f"{name:8}  自己的花 {own:.0%}  新花 {fresh:.0%}  ", end="")
    print(f"权重：最大 {sizes[name][0]:.2f}，第 24 大 {sizes[name][23]:.3f}")
multiples(
    [
        boundary_of(nets["L1"], "24 个隐藏单元，加 L1"),
        lines({name: sizes[name] for name in ("L2", "L1")}, title="权重的大小", x_name="权重"),
    ]
)

# %% [markdown]
# 两种办法都把线拉直，赢回了弯曲造成的损失。L2 留下许多小权重；L1 留下几个较大的，把其余的压到几乎为
# 0。（优化器自带 L2：`weight_decay=2λ` 就是 λ 乘以平方和。）

# %% [markdown]
# ## 早停
#
# 最便宜的办法：新样本说停，就停。那个弯曲的网络在新花上的损失，早在结束之前就掉头向上了：

# %%
stopping = nn.EarlyStopping(patience=20)
stopped, history = trained([24, 2], epochs=200, callbacks=[stopping])
print(f"{history.epochs} 轮后停止（{history.stopped}）")
print(f"权重恢复到第 {stopping.best_epoch} 轮；新花答对 ", end="")
print(f"{nn.accuracy(nn.predict(stopped, held.x), held.y):.0%}")
lines(
    {"训练": bendy_history["loss"], "新花": bendy_history["val_loss"]},
    title="弯曲的网络的损失", x_name="轮", low=0.0, width=420,
)  # fmt: skip

# %% [markdown]
# 要提醒一句：这些“新”花已经参与决定了什么时候停，所以不能再算测试。谁想报告一个数，
# 就要另留第三份数据。一共只有 100 朵花，这很心疼。于是有了下面的想法。

# %% [markdown]
# ## k 折交叉验证：每个样本测试一次
#
# 把数据分成 k 份（**折**）。训练 k 次，每次用其余的各份，在留下的那一份上测试。
# 于是每个样本恰好被测试一次，而且测试它的网络没有见过它。k 等于样本个数时，叫作**留一法**。

# %%
folds = list(nn.k_fold(20, 5, seed=0))
alone = list(nn.leave_one_out(20))
multiples(
    [
        tiles([[float(i in test) for i in range(20)] for _, test in folds], title="5 折",
              row_names=[f"{k + 1}" for k in range(5)], width=300),
        tiles([[float(i in test) for i in range(20)] for _, test in alone], title="留一法",
              width=200),
    ]
)  # fmt: skip

# %% [markdown]
# 一行是一次训练，一列是 20 个样本中的一个，深色的用于测试。现在让直线和 12
# 个隐藏单元的网络在难分的一对上比赛，做五折。每一折都只用它的训练部分重新计算缩放。


# %%
everything = nn.as_samples([*x, *x_test], [*y, *y_test])


def scores(widths, folds, epochs):
    """每一折：测试样本中答对的比例。"""
    found = []
    for train, test in folds:
        part = everything._replace(
            x=[everything.x[i] for i in train], y=[everything.y[i] for i in train]
        )
        rest = everything._replace(
            x=[everything.x[i] for i in test], y=[everything.y[i] for i in test]
        )
        net = nn.MLP(2, widths, tanh, seed=0)
        nn.fit(
            net, nn.datasets.scaled(part), loss=nn.cross_entropy, batch_size=20, epochs=epochs,
            optimizer=lambda p: nn.Adam(p, lr=0.05), seed=0, progress=False,
        )  # fmt: skip
        found.append(nn.accuracy(nn.predict(net, nn.datasets.scaled(rest, like=part).x), rest.y))
    return found


for name, widths in ((" 0 个隐藏单元", [2]), ("12 个隐藏单元", [12, 2])):
    found = scores(widths, nn.k_fold(everything.y, 5, seed=0, stratify=True), epochs=60)
    print(f"{name:16}", *(f"{share:.2f}" for share in found), f"  平均 {fmean(found):.2f}")

# %% [markdown]
# 还是直线（0 个隐藏单元）好：这是五次测试的平均说的，用不着相信哪一次划分。
# 一次划分会误导到什么程度？再用全部特征来分鸢尾花，三次留出不同的 30 朵：

# %%
for seed in (0, 1, 2):
    x, x_test, y, y_test = nn.train_test_split(
        iris.x, iris.y, test_size=30, seed=seed, stratify=True
    )
    part = iris._replace(x=x, y=y)
    rest = iris._replace(x=x_test, y=y_test)
    net = nn.MLP(4, [8, 3], tanh, seed=0)
    nn.fit(
        net, nn.datasets.scaled(part), loss=nn.cross_entropy, seed=0, epochs=40, progress=False,
        optimizer=lambda p: nn.Adam(p, lr=0.03),
    )  # fmt: skip
    share = nn.accuracy(nn.predict(net, nn.datasets.scaled(rest, like=part).x), rest.y)
    print(f"划分 {seed}：30 朵中答对 {share:.1%}")

# %% [markdown]
# 同样的网络，同样的训练，结果从差到满分都有。绝不要只报告一次划分的结果。
#
# `nn.cross_validate` 一次调用就做完整个交叉验证（不含缩放）。下面对 30 朵鸢尾花（每五朵取一朵）
# 做留一法，网络没有隐藏层：训练 30 次，每次用一朵花测试。

# %%
few = range(0, 150, 5)
result = nn.cross_validate(
    lambda: nn.MLP(4, [3], seed=0), [iris.x[i] for i in few], [iris.y[i] for i in few],
    loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=0.05), epochs=40, batch_size=10,
    folds=nn.leave_one_out(len(few)), metrics="accuracy", seed=0, progress=False,
)  # fmt: skip
share = result.mean()["test_accuracy"]
print(f"{len(result)} 次训练：留出的花认对 {share:.0%}")

# %% [markdown]
# ## 手写数字
#
# 1797 个数字，每个是 8 × 8 像素的图。像素是 0（白纸）到 16（墨）之间的数。

# %%
digits = nn.datasets.digits()


def picture(numbers, title, **options):
    """64 个数画成 8 x 8 的方格。"""
    rows = [numbers[8 * k : 8 * k + 8] for k in range(8)]
    return tiles(rows, title=title, width=96, **options)


multiples([picture(digits.x[i], digits.class_names[digits.y[i]]) for i in range(10)], columns=5)

# %% [markdown]
# 对网络来说，一幅图就是 64 个数的列表。它有 16 个隐藏单元，10 个输出，所以有
# $64 \cdot 16 + 16 + 16 \cdot 10 + 10 = 1210$ 个参数。用四分之一的数字训练，其余的测试。

# %%
x, x_test, y, y_test = nn.train_test_split(
    digits.x, digits.y, test_size=0.75, seed=0, stratify=True
)


def ink(pictures):
    """像素缩放到 0 与 1 之间的图。"""
    return [[pixel / 16 for pixel in pixels] for pixels in pictures]


reader = nn.MLP(64, [16, 10], tanh, seed=0)
print(len(reader.parameters()), "个参数")
history = nn.fit(
    reader, ink(x), y, loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=0.02),
    epochs=6, batch_size=20, seed=0, metrics="accuracy",
)  # fmt: skip
print(history)

# %%
answers = nn.predict_classes(reader, ink(x_test))
print(f"{len(y_test)} 个新数字中认对 {nn.accuracy(answers, y_test):.1%}")
counts(nn.confusion_matrix(answers, y_test), class_names=digits.class_names, width=420, height=320)

# %% [markdown]
# 它认错了哪些？下面是五个，写着它们本来是几，被认成几。

# %%
wrong = [i for i in range(len(y_test)) if answers[i] != y_test[i]]
multiples([picture(x_test[i], f"{y_test[i]}，认成 {answers[i]}") for i in wrong[:5]], columns=5)

# %% [markdown]
# ### 一个单元在找什么？
#
# 隐藏单元给每个像素乘上一个权重。所以它的 64 个权重也是一幅图：蓝色的地方它喜欢有墨，
# 橙色的地方它不喜欢有墨。

# %%
patterns = [[w.data for w in row] for row in reader.layers[0].w]
multiples([picture(patterns[k], f"单元 {k}") for k in range(5)], columns=5)

# %% [markdown]
# ### 它为什么这样回答？
#
# 梯度也能回答这个问题。把**像素**做成 Value，求“错误答案的对数几率减去正确答案的对数几率”的导数。
# 它指出哪里的墨支持这个错误（蓝色），哪里的墨反对它（橙色）。

# %%
maps = []
for i in wrong[:3]:
    pixels = [Value(pixel / 16) for pixel in x_test[i]]
    logits = reader(pixels)
    (logits[answers[i]] - logits[y_test[i]]).backward()
    maps.append(picture(x_test[i], f"{y_test[i]}，认成 {answers[i]}"))
    maps.append(picture([pixel.grad for pixel in pixels], "为什么", signed=True))
multiples(maps, columns=6)

# %% [markdown]
# **可解释性**就是从这里开始的：训练网络的那个 `backward`，也能说出一个回答取决于什么。

# %% [markdown]
# ## 练习
#
# 每道题先在纸上做。然后把答案写在省略号处，运行那两个单元格。

# %% [markdown]
# ### 练习 1
#
# 有一篇教程说，隐藏层的激活值 $a$ 进入 sigmoid 输出 $\hat y = \sigma(z)$，$z = w a + b$，
# 损失函数是交叉熵，则“$\frac{\partial L}{\partial a} = -(y - \hat y)$”。取 $a = 0.5$，$w = 2$，
# $b = -1$，$y = 1$，于是 $z = 0$，$\hat y = 0.5$。$\frac{\partial L}{\partial z}$ 和
# $\frac{\partial L}{\partial a}$ 究竟是多少？
#
# <details><summary>答案</summary>
#
# $-(y - \hat y) = -0.5$ 是对 $z$ 的导数：sigmoid 与对数约掉了。要到 $a$ 还差一步，即乘积 $w a$，
# 它要乘以 $w = 2$。所以对 $a$ 的导数是 $-1$：教程给的数是对的，名字错了。
#
# ```python
# by_z = -0.5
# by_a = -1.0
# ```
# </details>

# %% tags=["exercise"]
by_z = ...  # 你的答案
by_a = ...  # 你的答案

# %% tags=["check"]
if by_z is ... or by_a is ...:
    print("练习 1：尚未作答")
else:
    a, z_also = Value(0.5), Value(0.0)
    nn.binary_cross_entropy(sigmoid(2 * a - 1), 1.0).backward()
    nn.binary_cross_entropy(sigmoid(z_also), 1.0).backward()
    assert abs(by_z - z_also.grad) < 1e-6, "by_z：预测值减目标值"
    assert abs(by_a - a.grad) < 1e-6, "by_a：再往回走一步，经过 w * a"
    print("练习 1：正确")

# %% [markdown]
# ### 练习 2
#
# 一个权重是 2，它的梯度是 0.5，学习率是 0.1。损失加上 L2 惩罚项 $0.05\, w^2$，
# 走一步梯度下降到哪里？加上 L1 惩罚项 $0.05\, |w|$ 呢？
#
# <details><summary>答案</summary>
#
# 惩罚项把自己的导数加到梯度上：L2 是 $0.05 \cdot 2 \cdot 2 = 0.2$，L1 是 $0.05$。所以两步分别是
# $0.1 \cdot 0.7$ 和 $0.1 \cdot 0.55$。
#
# ```python
# with_l2 = 2 - 0.1 * (0.5 + 0.2)
# with_l1 = 2 - 0.1 * (0.5 + 0.05)
# ```
# </details>

# %% tags=["exercise"]
with_l2 = ...  # 你的答案
with_l1 = ...  # 你的答案

# %% tags=["check"]
if with_l2 is ... or with_l1 is ...:
    print("练习 2：尚未作答")
else:
    for answer, price in ((with_l2, nn.l2_penalty), (with_l1, nn.l1_penalty)):
        w = Value(2.0)
        (0.5 * w + 0.05 * price([w])).backward()
        nn.SGD([w], lr=0.1).step()
        assert abs(answer - w.data) < 1e-6, "先把惩罚项的导数加到梯度上，再走一步"
    print("练习 2：正确")

# %% [markdown]
# ### 练习 3
#
# 有人对 0 与 1 之间均匀分布的噪声总是预测 0.6。样本非常多时，均方误差是多少？
#
# <details><summary>答案</summary>
#
# 误差分成两部分：谁也预料不到的部分（方差，1/12），以及回答偏离平均值的平方。
# $\tfrac1{12} + (0.6 - 0.5)^2 = 0.0933$。
#
# ```python
# error = 1 / 12 + 0.1**2
# ```
# </details>

# %% tags=["exercise"]
error = ...  # 你的答案

# %% tags=["check"]
if error is ...:
    print("练习 3：尚未作答")
else:
    truth = fmean((0.6 - (k + 0.5) / 10_000) ** 2 for k in range(10_000))
    assert abs(error - truth) < 1e-4, "下限，再加上偏离平均值 0.1 带来的部分"
    print("练习 3：正确")

# %% [markdown]
# ### 练习 4
#
# 写一个函数 `folds_of(n, k)`：返回 k 对（训练的位置，测试的位置）的列表。从 0 到 n − 1
# 的每个位置恰好被测试一次，各折的大小至多相差 1。
#
# <details><summary>答案</summary>
#
# 像发牌一样把位置发出去：第 `j` 折从 `j` 开始，每 k 个取一个。
#
# ```python
# def folds_of(n, k):
#     return [([i for i in range(n) if i % k != j], list(range(j, n, k))) for j in range(k)]
# ```
# </details>

# %% tags=["exercise"]
folds_of = ...  # def folds_of(n, k): ...

# %% tags=["check"]
if folds_of is ...:
    print("练习 4：尚未作答")
else:
    for n, k in ((10, 5), (11, 3), (4, 4)):
        found = folds_of(n, k)
        tested = [i for _, part in found for i in part]
        assert len(found) == k, "每一折一对"
        assert sorted(tested) == list(range(n)), "每个位置恰好测试一次"
        assert all(sorted([*a, *b]) == list(range(n)) for a, b in found), "用其余的全部来训练"
        assert max(len(b) for _, b in found) - min(len(b) for _, b in found) < 2, "各折大小要相等"
    print("练习 4：正确")

# %% [markdown]
# ## 小结
#
# * 循环：前向、`zero_grad`、`backward`、`step`；用小批量时，许多粗略的步子胜过几步精确的。
# * 每个损失都有下限。低于它就没有什么可学，只有可背的了。
# * 光看训练损失说明不了什么：要看新样本。L1、L2 和早停使网络不去绕着单个样本转。
# * k 折交叉验证和留一法让每个样本都测试一次，而且测试它的网络没有见过它。
# * 对权重求梯度，用来训练网络；对输入求梯度，用来解释它的回答。
#
# 下一份：[8. 导数的导数](../08-derivatives-of-derivatives.ipynb)（英文），梯度自己也有梯度。
