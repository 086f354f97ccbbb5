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
# # 7b. 太僵硬，太弯曲
#
# [English](../07b-too-stiff-too-bendy.ipynb) · [术语对照](README.md)
#
# **时间：** 约 60 分钟 · **需要：** 笔记本 7a（训练集、验证集、测试集） · **学完之后：** 分得清学不
# 会的网络（欠拟合）、没训练够的网络和死记硬背的网络（过拟合），看得懂误差随容量变化的曲线，会把误差
# 拆成偏差和方差，会用 L1、L2、随机失活和早停，会用许多次划分加标准误差来评价，而不是只用一次。
#
# 直尺太僵硬，跟不上弯；煮软的面条又太软，桌上每粒碎屑都要绕过去。网络也是这样。这份笔记本讲的是中间
# 那个合适的，以及怎样**量出来**它合适。

# %%
import math
from statistics import fmean, stdev

import nn
from autograd_lite import Value, set_language, tanh
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import lines, multiples, tiles

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 两个圆环
#
# 一类点在半径为 1 的圆附近，另一类在半径为 ½ 的圆附近，两类都弄模糊了，所以互相重叠。这些数据是我们
# 自己造的，要多少有多少。所以训练集只有 40 个点，另有来源相同的 400 个点作**验证集**。


# %%
def rings(n, seed):
    """两个模糊圆环上的 n 个点。"""
    return nn.datasets.circles(n, noise=0.25, seed=seed)


validation = rings(400, seed=1000)


def trained(data, hidden, epochs=60, lr=0.1, seed=0, **options):
    """有这么多隐藏单元的网络（0：直线），以及它的训练历史。"""
    net = nn.MLP(len(data.x[0]), [hidden, 2] if hidden else [2], tanh, seed=seed)
    history = nn.fit(
        net, data, loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=lr), epochs=epochs,
        batch_size=40, seed=0, progress=False, **options,
    )  # fmt: skip
    return net, history


def accuracy(net, data):
    """网络答对的数据所占的比例。"""
    return nn.accuracy(nn.predict(net, data.x), data.y)


# %% [markdown]
# 四个网络学同样的 40 个点。一个没有隐藏单元，只能画**直线**。一个有 **4 个单元**。一个有 **20
# 个**，训练 100 轮。还有一个有 16 个单元，但**几乎没有训练**：只有 2 轮，步子还很小。

# %% tags=["prediction"]
guess = ...  # 在没见过的 400 个点上，哪个最好："直线"、"4"、"20"、"没训练"？

# %%
data = rings(40, seed=1)
nets = {
    "直线": trained(data, 0)[0],
    "4": trained(data, 4)[0],
    "20": trained(data, 20, epochs=100)[0],
    "没训练": trained(data, 16, epochs=2, lr=0.003)[0],
}
shares = {name: accuracy(net, validation) for name, net in nets.items()}
for name, net in nets.items():
    print(f"{name}  训练 {accuracy(net, data):.1%}   验证 {shares[name]:.1%}")
predicted(guess, max(shares, key=shares.get), "画得出圆环，又绕不住单个的点")

# %%
multiples(
    [
        nn.Inspection(nets[name], nn.cross_entropy, data).boundary(title=title, rings=False)
        for name, title in (
            ("直线", "一条直线"),
            ("4", "4 个隐藏单元"),
            ("20", "20 个隐藏单元，100 轮"),
            ("没训练", "16 个隐藏单元，2 轮"),
        )
    ],
    columns=2,
)

# %% [markdown]
# * 直线**太僵硬**。没有一条直线能分开圆环，所以它在自己的 40 个点上就不好，训练多久都一样。它的**容
#   量**（能变出多少种形状）太小。这叫作**欠拟合**。
# * 20 个单元**太弯曲**：自己的点全对，别的点就差得多。界线绕着单个的点弯来弯去。这叫作**过拟合**。
# * 最后一个看上去像第一个，因为数字一样差。但原因不同：它本来**能**学会，只是没有训练够（**训练不
#   足**）。看训练损失就知道：它还在下降。
#
# 对策也不一样。有一篇有名的教程，凡是在自己的训练集上不好的，一律开同一张药方：加单元，提高学习率，
# 用更好的特征。多训练几轮、提高学习率，对几乎没有训练的网络有用，对直线没有用：

# %%
for name, hidden, epochs, lr in (
    ("直线，学习率 × 10", 0, 60, 1.0),
    ("直线，轮数 × 3", 0, 180, 0.1),
    ("没训练的，60 轮", 16, 60, 0.003),
    ("同上，学习率 0.1", 16, 60, 0.1),
):
    net, _ = trained(data, hidden, epochs, lr)
    print(f"{name}  训练 {accuracy(net, data):.1%}   验证 {accuracy(net, validation):.1%}")

# %% [markdown]
# **更好的特征**对直线却有用。既然真相是圆环，到中心的距离的平方 $x_1^2 + x_2^2$ 就说明了一切。把它
# 作为第三个特征，没有隐藏单元的网络也做得到。靠思考找到这样的特征，叫作**特征工程**；隐藏层则是靠训
# 练来找特征的机器。


# %%
def with_square(data):
    """加上第三个特征的圆环。"""
    return data._replace(x=[[*p, p[0] ** 2 + p[1] ** 2] for p in data.x])


net, _ = trained(with_square(data), 0)
print(f"直线，三个特征：训练 {accuracy(net, with_square(data)):.1%}   ", end="")
print(f"验证 {accuracy(net, with_square(validation)):.1%}")

# %% [markdown]
# ## 误差与容量
#
# 一个训练集、一个网络，可能只是运气。所以对每一种隐藏单元的个数，都训练五个网络，每个用另外 40 个
# 点、从另外的初始权重开始，全都用同样的 400 个验证点来量。从左到右，两个损失会怎样变化？

# %% tags=["prediction"]
guess = ...  # 验证损失在多少个单元时最低：0、2、4 还是 16？

# %%
units = (0, 2, 4, 16)
results = {}
for hidden in units:
    runs = [(rings(40, seed=k), trained(rings(40, seed=k), hidden, seed=k)[0]) for k in range(5)]
    results[hidden] = {
        "训练": [nn.cross_entropy(nn.predict(net, own.x), own.y).data for own, net in runs],
        "answers": [nn.predict(net, validation.x) for _, net in runs],
        "nets": [net for _, net in runs],
    }
    results[hidden]["验证"] = [
        nn.cross_entropy(answers, validation.y).data for answers in results[hidden]["answers"]
    ]
    row = results[hidden]["验证"]
    right = fmean(nn.accuracy(answers, validation.y) for answers in results[hidden]["answers"])
    print(f"{hidden:2d} 个单元：训练损失 {fmean(results[hidden]['训练']):.2f}   ", end="")
    print(f"验证损失 {fmean(row):.2f} ± {stdev(row) / math.sqrt(5):.2f}，答对 {right:.1%}")
means = {part: [fmean(results[hidden][part]) for hidden in units] for part in ("训练", "验证")}
predicted(guess, units[means["验证"].index(min(means["验证"]))], "见下面的曲线")
lines(
    means, x=units, x_name="隐藏单元", title="损失与容量，五次平均", low=0.0,
    width=420,
)  # fmt: skip

# %% [markdown]
# （± 是平均值的标准误差：五个数的标准差除以 $\sqrt5$。）
#
# 这是要记住的一幅图。**训练**损失一路下降。**验证**损失先下降，到了最低处，又升上去。最低处左边的网
# 络欠拟合，右边的过拟合。两条曲线之间的差距，就是背下来的部分。
#
# 再说两点。单元的个数是**超参数**：它不是训练找到的，而是验证集选的。还有，升高的是**损失**；答对的
# 比例从 4 个单元到 16 个单元几乎没有变（76.8% 和 77.0%）。太弯曲的网络并没有多错多少：它只是错得
# 更**有把握**，而有把握的错，交叉熵罚得很重。
#
# 这 400 个点已经用来做选择了，所以要报告的数必须用别的点来量，那就是**测试集**：

# %%
test = rings(2000, seed=2000)
chosen = [accuracy(net, test) for net in results[4]["nets"]]
print("4 个单元的五个网络，测试：", *(f"{share:.1%}" for share in chosen))
share = fmean(chosen)
print(f"平均 {share:.1%}；2000 个点的偶然性：± {math.sqrt(share * (1 - share) / 2000):.1%}")
print(f"40 个训练点和初始权重的偶然性：± {stdev(chosen) / 5**0.5:.1%}")

# %% [markdown]
# 第一个 ± 是 $\sqrt{p(1-p)/n}$，即 $n$ 个样本中的比例偶然会差多少（见 7a）。第二个说明训练里有多少
# 运气。在这里不可能比 83% 好多少，因为圆环互相重叠：最好的圆大约也就是这样。

# %% [markdown]
# ## 偏差与方差
#
# 单元个数相同的五个网络，训练用的点各不相同。对每个验证点，它们给出五个“是类别 1”的概率 $p_k$。取它
# 们的平均 $\bar p$。那么平方误差恰好分成两部分：
#
# $$\frac15 \sum_k (y - p_k)^2 \;=\; (y - \bar p)^2 \;+\; \frac15 \sum_k (p_k - \bar p)^2$$
#
# 第一部分是它们**一起**错的：**偏差**（bias）的平方，再加上谁也预料不到的噪声。第二部分是它们彼
# 此**不一致**的程度：**方差**（variance），也就是训练集带来的运气。（这里的偏差不是神经元的偏置，虽
# 然英文都叫 bias。）容量增大时，哪一部分增长？

# %% tags=["prediction"]
guess = ...  # 从 4 个单元到 16 个，哪部分增长更多："偏差"还是"方差"？

# %%
parts = {"偏差² 与噪声": [], "方差": [], "和": []}
for hidden in units:
    ones = [
        [1 / (1 + math.exp(a - b)) for a, b in answers] for answers in results[hidden]["answers"]
    ]
    together = [fmean(five) for five in zip(*ones)]
    bias = fmean((y - mean) ** 2 for y, mean in zip(validation.y, together))
    variance = fmean((p - mean) ** 2 for five in ones for p, mean in zip(five, together))
    for name, part in zip(parts, (bias, variance, bias + variance)):
        parts[name].append(part)
    print(f"{hidden:2d} 个单元：偏差² 与噪声 {bias:.3f}   方差 {variance:.3f}   ", end="")
    print(f"和 {bias + variance:.3f}")
growth = {"偏差": parts["偏差² 与噪声"], "方差": parts["方差"]}
growth = {name: numbers[-1] - numbers[units.index(4)] for name, numbers in growth.items()}
predicted(guess, max(growth, key=growth.get), "弯曲的网络跟着碰巧拿到的点走")
lines(parts, x=units, x_name="隐藏单元", title="拆开平方误差", low=0.0, width=420)

# %% [markdown]
# 僵硬的网络彼此一致，一起错：**偏差大**。弯曲的网络平均起来是对的，但各有各的错法：**方差大**。数据
# 多了，方差会变小，偏差不会。

# %% [markdown]
# ### 练习 1
#
# 对一个 $y = 1$ 的点，五个网络的回答是 0.9、0.7、0.8、0.6、0.5。偏差的平方和方差各是多少？均方误差
# 是多少？
#
# <details><summary>答案</summary>
#
# 平均是 0.7。偏差的平方是 $0.3^2 = 0.09$，方差是 $(0.04 + 0 + 0.01 + 0.01 + 0.04)/5 = 0.02$，合起来
# 就是均方误差 0.11。
#
# ```python
# bias_squared = 0.09
# variance_of_five = 0.02
# error = 0.11
# ```
# </details>

# %% tags=["exercise"]
bias_squared = ...  # 你的答案
variance_of_five = ...  # 你的答案
error = ...  # 你的答案


# %% tags=["check"]
@exercise(1, bias_squared, variance_of_five, error)
def check():
    five = (0.9, 0.7, 0.8, 0.6, 0.5)
    assert abs(bias_squared - (1 - fmean(five)) ** 2) < 1e-6, "1 减去五个数的平均，再平方"
    spread = fmean((p - fmean(five)) ** 2 for p in five)
    assert abs(variance_of_five - spread) < 1e-6, "(p - 平均)² 的平均：除以 5"
    assert abs(error - fmean((1 - p) ** 2 for p in five)) < 1e-6, "两者之和"


# %% [markdown]
# ## L2 和 L1：给权重定价
#
# 要画弯弯曲曲的线，网络需要很大的权重。那就给权重定个价钱：在损失上加一个**惩罚项**，这叫作**正则
# 化**。**L2** 加的是权重的平方和，**L1** 加的是绝对值之和，各乘以一个小数 λ，这又是一个超参数：
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

# %% [markdown]
# ### 练习 2
#
# 一个权重是 2，它的梯度是 0.5，学习率是 0.1。损失加上 L2 惩罚项 $0.05\, w^2$，走一步梯度下降到哪
# 里？加上 L1 惩罚项 $0.05\, |w|$ 呢？
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
@exercise(2, with_l2, with_l1)
def check():
    for answer, price in ((with_l2, nn.l2_penalty), (with_l1, nn.l1_penalty)):
        w = Value(2.0)
        (0.5 * w + 0.05 * price([w])).backward()
        nn.SGD([w], lr=0.1).step()
        assert abs(answer - w.data) < 1e-6, "先把惩罚项的导数加到梯度上，再走一步"


# %% [markdown]
# ### 有用吗？划分十次
#
# 回到真正量出来的花：凭萼片分两种难分的鸢尾，每种 50 朵。一个有 8 个隐藏单元的网络学 30 朵，再问它
# 另外 70 朵：不加惩罚，加 L2，加 L1。另外还有一条直线作比较。只试一次说明不了什么：$p$ 在 0.65 左
# 右，70 朵花，标准误差 $\sqrt{p(1-p)/n}$ 就有 6 个百分点。所以用十种方式划分**十次**。

# %% tags=["prediction"]
guess = ...  # 十次划分里，L2 有几次胜过不加惩罚：0 到 10 的一个数？

# %%
iris = nn.datasets.iris()
pair = [i for i in range(150) if iris.class_names[iris.y[i]] != "setosa"]
sepals = [iris.x[i][:2] for i in pair]
species = [iris.class_names[iris.y[i]] for i in pair]


def split(seed):
    """30 朵用于训练，70 朵用来量，都按前者缩放。"""
    x, x_held, y, y_held = nn.train_test_split(
        sepals, species, test_size=70, seed=seed, stratify=True
    )
    own = nn.as_samples(x, y)
    held = nn.datasets.scaled(nn.as_samples(x_held, y_held, classes=own.class_names), like=own)
    return nn.datasets.scaled(own), held


def weights(net):
    """网络的全部权重，不含偏置。"""
    return [w for layer in net.layers for row in layer.w for w in row]


def priced(data, price, seed, strength=0.01):
    """有 8 个隐藏单元的网络，训练时给权重定了价。"""
    net = nn.MLP(2, [8, 2], tanh, seed=seed)
    loss = nn.cross_entropy
    if price is not None:
        loss = lambda logits, y: nn.cross_entropy(logits, y) + strength * price(weights(net))
    nn.fit(
        net, data, loss=loss, optimizer=lambda p: nn.Adam(p, lr=0.15), batch_size=30, epochs=30,
        seed=0, progress=False,
    )  # fmt: skip
    return net


prices = {"不加惩罚": None, "L2": nn.l2_penalty, "L1": nn.l1_penalty}
held_shares = {name: [] for name in (*prices, "直线")}
own_shares = {name: [] for name in held_shares}
of_split_0 = {}
for seed in range(10):
    own, held = split(seed)
    for name in held_shares:
        net = trained(own, 0, epochs=30)[0] if name == "直线" else priced(own, prices[name], seed)
        held_shares[name].append(accuracy(net, held))
        own_shares[name].append(accuracy(net, own))
        of_split_0.setdefault(name, net)


def with_error(numbers):
    """平均值和标准误差，写成文字。"""
    return f"{fmean(numbers):.3f} ± {stdev(numbers) / math.sqrt(len(numbers)):.3f}"


for name, shares in held_shares.items():
    gains = [one - other for one, other in zip(shares, held_shares["不加惩罚"])]
    print(f"{name}  自己的花 {fmean(own_shares[name]):.3f}   留出的花 {with_error(shares)}", end="")
    print(f"   增益 {with_error(gains)}" if any(gains) else "")
l2_gains = [round(a - b, 2) for a, b in zip(held_shares["L2"], held_shares["不加惩罚"])]
print("L2 的增益，一次一次地看：", *(f"{gain:+.2f}" for gain in l2_gains))
predicted(guess, sum(gain > 0 for gain in l2_gains), "平均有增益，不等于每次都有")

# %% [markdown]
# 两种办法都有用：增益大约是各自标准误差的四倍。增益是每次划分先相减，再取平均，因为在每次划分里，
# 两个网络遇到的是同样的花，一个走运，另一个也走运。（十次划分有共同的花，所以这些标准误差只说明
# **这** 100 朵花的各次划分相差多少；换成别的花，它们偏小。）直线没有可弯的地方，也做得一样好。
#
# 再看看单独的每一次。**谁要是只试一次**，就可能报告提高了 10 个百分点，也可能报告 L2 反而有害。
#
# 两种办法留下的权重不一样。下面是第一次划分里，第一层 16 个权重的大小：

# %%
sizes = {
    name: sorted(abs(w.data) for row in of_split_0[name].layers[0].w for w in row)[::-1]
    for name in prices
}
for name in prices:
    print(f"{name}  最大 {sizes[name][0]:.2f}   第 12 大 {sizes[name][11]:.3f}")
lines(sizes, title="权重的大小，从大到小", x_name="权重", low=0.0, width=420)

# %% [markdown]
# L2 留下许多小权重；L1 只留下几个，把其余的压到几乎为 0。（优化器自带 L2：在 `nn.SGD` 和 `nn.Adam`
# 里，`weight_decay=2λ` 就是 λ 乘以平方和，连偏置也算在内。）
#
# ### 随机失活
#
# 还有一个让网络不那么弯曲的办法（dropout，也译作“暂退法”）：训练时，让每个隐藏单元以概率 $p$ 变成
# 0，每个样本重新抽。这样哪个单元也不能依赖另一个。留下的乘以 $1/(1-p)$，使平均值不变。使用时什么也
# 不丢，用 `eval()` 来切换。

# %%
dropout = nn.Dropout(0.5, seed=0)
ones = [1.0] * 8
print("训练：", *(f"{number:g}" for number in dropout(ones)))
print("训练：", *(f"{number:g}" for number in dropout(ones)))
print("使用：", *(f"{number:g}" for number in dropout.eval()(ones)))

# %% [markdown]
# 在网络里，它放在隐藏层后
# 面：`nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Dropout(0.5), nn.Linear(16, 2))`。

# %% [markdown]
# ## 早停
#
# 最便宜的办法：验证集说停，就停。下面是有 16 个单元的网络，数据还是圆环。用了 `EarlyStopping`，验证
# 损失 20 轮没有下降，训练就结束，权重恢复到最好的那一轮。

# %%
few = validation._replace(x=validation.x[::4], y=validation.y[::4])
bendy, history = trained(data, 16, epochs=100, validation_data=few)
stopping = nn.EarlyStopping(patience=20)
stopped, short = trained(data, 16, epochs=100, validation_data=few, callbacks=[stopping])
print(f"{short.epochs} 轮后停止，权重取自第 {stopping.best_epoch} 轮")
for name, net in (("100 轮", bendy), ("早停", stopped)):
    share = accuracy(net, test)
    print(f"{name}  测试 {share:.1%} ± {math.sqrt(share * (1 - share) / 2000):.1%}")
lines(
    {"训练": history["loss"], "验证": history["val_loss"]},
    title="16 个隐藏单元", x_name="轮", low=0.0, width=420,
)  # fmt: skip

# %% [markdown]
# 这些验证点已经决定了什么时候停，所以它带来了什么，又要由**测试**点来说。圆环可以再造新点。只有 100
# 朵花时，再分出第三份就心疼了。于是有了下面的想法。

# %% [markdown]
# ## k 折交叉验证：每个样本问一次
#
# 把数据分成 k 份（**折**）。训练 k 次，每次用其余的各份，用留下的那一份来量。于是每个样本恰好用来量
# 一次，而且量它的网络没有见过它。k 等于样本个数时，叫作**留一法**。

# %% jupyter={"source_hidden": true} tags=["plotting"]
folds = list(nn.k_fold(20, 5, seed=0))
alone = list(nn.leave_one_out(20))
multiples(
    [
        tiles([[float(i in part) for i in range(20)] for _, part in folds], title="5 折",
              row_names=[f"{k + 1}" for k in range(5)], width=300),
        tiles([[float(i in part) for i in range(20)] for _, part in alone], title="留一法",
              width=200),
    ]
)  # fmt: skip

# %% [markdown]
# 一行是一次训练，一列是 20 个样本中的一个，深色的留出来。现在让直线和 8 个隐藏单元的网络在花上比
# 赛，做五折。每一折都只用它的训练部分重新计算缩放。


# %%
def fold_shares(hidden):
    """五折中的每一折：留出的花答对的比例。"""
    shares = []
    for places, held_places in nn.k_fold(species, 5, seed=0, stratify=True):
        own = nn.as_samples([sepals[i] for i in places], [species[i] for i in places])
        held = nn.as_samples(
            [sepals[i] for i in held_places], [species[i] for i in held_places],
            classes=own.class_names,
        )  # fmt: skip
        net, _ = trained(nn.datasets.scaled(own), hidden, epochs=20)
        shares.append(accuracy(net, nn.datasets.scaled(held, like=own)))
    return shares


line, bent = fold_shares(0), fold_shares(8)
print("直线：         ", *(f"{share:.2f}" for share in line), f"  平均 {with_error(line)}")
print("8 个隐藏单元： ", *(f"{share:.2f}" for share in bent), f"  平均 {with_error(bent)}")
print(f"差：{with_error([a - b for a, b in zip(line, bent)])}")

# %% [markdown]
# 平均的差小于它的标准误差，单独的一折则各说各的。二十朵花很少，± 2.5 个百分点，看不出两个百分点的差
# 别。两个模型一样好时，取简单的那个。可见什么是僵硬、什么是弯曲，要看数据：直线对圆环太僵硬，在这里
# 却合适。
#
# `nn.cross_validate` 一次调用就做完整个交叉验证（不含缩放）。下面对三种鸢尾共 15 朵（每十朵取一朵）
# 做留一法，用全部四个特征，网络没有隐藏层：训练 15 次，每次用一朵花来量。

# %%
few = range(0, 150, 10)
result = nn.cross_validate(
    lambda: nn.MLP(4, [3], seed=0), [iris.x[i] for i in few], [iris.y[i] for i in few],
    loss=nn.cross_entropy, optimizer=lambda p: nn.Adam(p, lr=0.1), epochs=20, batch_size=10,
    folds=nn.leave_one_out(len(few)), metrics="accuracy", seed=0, progress=False,
)  # fmt: skip
share = result.mean()["test_accuracy"]
print(f"{len(result)} 次训练：留出的花认对 {share:.1%}")

# %% [markdown]
# ## 更多练习
#
# 每道题先在纸上做。然后把答案写在省略号处，运行那两个单元格。

# %% [markdown]
# ### 练习 3
#
# 写一个函数 `folds_of(n, k)`：返回 k 对（训练的位置，用来量的位置）的列表。从 0 到 n − 1 的每个位置
# 恰好用来量一次，各折的大小至多相差 1。
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
@exercise(3, folds_of)
def check():
    for n, k in ((10, 5), (11, 3), (4, 4)):
        found = folds_of(n, k)
        measured = [i for _, part in found for i in part]
        assert len(found) == k, "每一折一对"
        assert sorted(measured) == list(range(n)), "每个位置恰好量一次"
        assert all(sorted([*a, *b]) == list(range(n)) for a, b in found), "用其余的全部来训练"
        assert max(len(b) for _, b in found) - min(len(b) for _, b in found) < 2, "各折大小要相等"


# %% [markdown]
# ### 练习 4
#
# 这是一道开放题。写一个函数 `learn(data)`：用 40 个圆环上的点训练，用什么方法都行，返回一个函数，它
# 对一个点回答 0 或 1。在五个训练集上，平均至少要答对 80% 的验证点。（4 个单元的网络做不到。）想想特
# 征，或者惩罚项。（只把五个 8 单元的网络平均起来，能答对 78%。）
#
# <details><summary>答案</summary>
#
# 办法很多，这是其中之一：前面的第三个特征。这样的模型是僵硬的，但僵硬得恰到好处。
#
# ```python
# def learn(data):
#     net, _ = trained(with_square(data), 0)
#
#     def answer(point):
#         no, yes = nn.predict(net, [[*point, point[0] ** 2 + point[1] ** 2]])[0]
#         return int(yes > no)
#
#     return answer
# ```
# </details>

# %% tags=["exercise"]
learn = ...  # def learn(data): ...


# %% tags=["check"]
@exercise(4, learn)
def check():
    shares = []
    for k in range(5):
        answer = learn(rings(40, seed=k))
        shares.append(fmean(answer(p) == y for p, y in zip(validation.x, validation.y)))
    assert fmean(shares) >= 0.8, f"现在答对 {fmean(shares):.1%} 的验证点"


# %% [markdown]
# ## 小结
#
# * 训练集上不好，损失也不再下降：太僵硬（欠拟合）。不好，但还在下降：接着训练。训练集上好，新样本上
#   不好：太弯曲（过拟合）。
# * 随着容量增大，训练损失一直下降，验证损失先降后升。
# * 平方误差由偏差的平方、噪声和方差组成。僵硬的网络偏差大，弯曲的网络方差大。
# * L1、L2、随机失活、早停、少用单元、多用数据，都是对付过拟合的。更好的特征对两者都可能有用。
# * 绝不要只报告一次划分的结果。划分十次，或者做 k 折，写出标准误差，一对一对地比较。
#
# 下一份：[7c. 识别数字](07c-recognising-digits.ipynb)，网络会认字，还会说为什么。
