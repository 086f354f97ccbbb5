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
# # 7c. 识别数字
#
# [English](../07c-recognising-digits.ipynb) · [术语对照](README.md)
#
# **时间：** 约 60 分钟 · **需要：** 笔记本 7a 和 7b（验证集、测试集、标准误差） · **学完之后：** 会
# 训练一个认数字的网络，会用验证集选它的大小；看得出它错在哪里、为什么错，还能骗过它；图或者任务变
# 了，会把已经学到的东西用上（领域自适应、迁移学习）。
#
# 这里的数字是人们在表格上手写的。谁也写不出“3”的公式；这种事，正好交给网络。

# %%
import math
import random
from statistics import fmean, stdev

import nn
from autograd_lite import Value, set_language, tanh
from autograd_lite.course import exercise, predicted
from autograd_lite.views.charts import counts, lines, multiples, tiles

set_language("zh")  # 图和程序输出里的文字用中文

# %% [markdown]
# ## 先分成三份，再看
#
# 1797 个数字，每个是 8 × 8 像素的图。像素是 0（白纸）到 16（墨）之间的数。先划分：400 个用于训
# 练，100 个用于选择（**验证集**），1297 个留到最后测试一次（**测试集**）。

# %%
digits = nn.datasets.digits()
rest, x_test, y_rest, y_test = nn.train_test_split(
    digits.x, digits.y, test_size=1297, seed=0, stratify=True
)
x, x_val, y, y_val = nn.train_test_split(rest, y_rest, test_size=100, seed=0, stratify=True)
print(len(x), "个用于训练，", len(x_val), "个用于选择，", len(x_test), "个用于测试")


def picture(numbers, title, **options):
    """64 个数画成 8 x 8 的方格。"""
    rows = [numbers[8 * k : 8 * k + 8] for k in range(8)]
    return tiles(rows, title=title, width=96, **options)


multiples([picture(x[i], digits.class_names[y[i]]) for i in range(10)], columns=5)

# %% [markdown]
# 对网络来说，一幅图就是 64 个数的列表。除以 16，它们就在 0 与 1 之间，缩放到这样就够了。输出有十
# 个，每个数字一个。“3”的目标值是**独热**的：3 的位置上是 1，其余都是 0。（传给 `cross_entropy` 的是
# 类别的编号，这个列表由它自己补上。）

# %%
print(nn.one_hot(3, 10))


def ink(pictures):
    """像素缩放到 0 与 1 之间的图。"""
    return [[pixel / 16 for pixel in pixels] for pixels in pictures]


def learn(net, pictures, classes, epochs=6, seed=0):
    """训练一个网络。"""
    return nn.fit(
        net, ink(pictures), classes, loss=nn.cross_entropy,
        optimizer=lambda p: nn.Adam(p, lr=0.02), epochs=epochs, batch_size=20, seed=seed,
        metrics="accuracy", progress=False,
    )  # fmt: skip


def accuracy(net, pictures, classes):
    """网络认对的图所占的比例。"""
    return nn.accuracy(nn.predict(net, ink(pictures)), classes)


# %% [markdown]
# ## 要多少个隐藏单元？
#
# 有 16 个隐藏单元时，网络有 $64 \cdot 16 + 16 + 16 \cdot 10 + 10 = 1210$ 个参数。需要这么多吗？这是
# 超参数，由验证集来选。

# %% tags=["prediction"]
guess = ...  # 2、4、8 还是 16：要多少个单元，才能认对验证集的 90%？

# %%
sizes = (2, 4, 8, 16)
readers = {units: nn.MLP(64, [units, 10], tanh, seed=0) for units in sizes}
for net in readers.values():
    learn(net, x, y)
scores = {units: accuracy(net, x_val, y_val) for units, net in readers.items()}
own = {units: accuracy(net, x, y) for units, net in readers.items()}
for units in sizes:
    error = math.sqrt(scores[units] * (1 - scores[units]) / 100)
    print(f"{units:2d} 个单元，{len(readers[units].parameters()):4d} 个参数：", end="")
    print(f"训练 {own[units]:.1%}   验证 {scores[units]:.1%} ± {error:.1%}")
predicted(
    guess, min(units for units in sizes if scores[units] >= 0.9), "再少，十个数字就混在一起了"
)
lines(
    {"训练": list(own.values()), "验证": list(scores.values())}, x=sizes,
    title="准确率与容量", x_name="隐藏单元", low=0.0, high=1.0, width=420,
)  # fmt: skip

# %% [markdown]
# 小的网络**欠拟合**：在自己的训练集上就不好。我们取 16 个。现在测试，只测一次。

# %% tags=["prediction"]
guess = ...  # 与 16 个单元的验证准确率相比，测试的"更高"还是"更低"？

# %%
reader = readers[16]
answers = nn.predict_classes(reader, ink(x_test))
share = nn.accuracy(answers, y_test)
error = math.sqrt(share * (1 - share) / len(y_test))
print(f"{len(y_test)} 个新数字中认对 {share:.1%} ± {error:.1%}")
predicted(
    guess, "更高" if share > scores[16] else "更低",
    "样本少，又是从几个里挑最好的，有一部分是运气",
)  # fmt: skip

# %%
counts(nn.confusion_matrix(answers, y_test), class_names=digits.class_names, width=420, height=320)

# %% [markdown]
# 验证集上的 97% 偏高，原因有两个。100 个数字，偶然性就有 ± 1.7 个百分点；而且从几个数里挑最大的，也
# 就把它的运气一起挑走了。第三份数据就是为此准备的。（测试集要是反复拿来看、拿来改，也就成了验证集。
# 从现在起，它就是了。）
#
# 它认错了哪些？下面是五个，写着它们本来是几，被认成几。

# %%
wrong = [i for i in range(len(y_test)) if answers[i] != y_test[i]]
multiples([picture(x_test[i], f"{y_test[i]}，认成 {answers[i]}") for i in wrong[:5]], columns=5)

# %% [markdown]
# ### 练习 1
#
# 如果隐藏单元不是 16 个，而是 30 个，网络有多少个参数？准确率是 0.93 时，要使标准误差为半个百分点
# （0.005），需要多少个测试数字？
#
# <details><summary>答案</summary>
#
# $64 \cdot 30 + 30 + 30 \cdot 10 + 10 = 2260$。由 $\sqrt{p(1-p)/n} = 0.005$ 得
# $n = 0.93 \cdot 0.07 / 0.005^2 = 2604$。
#
# ```python
# parameters = 64 * 30 + 30 + 30 * 10 + 10
# digits_needed = 0.93 * 0.07 / 0.005**2
# ```
# </details>

# %% tags=["exercise"]
parameters = ...  # 你的答案
digits_needed = ...  # 你的答案


# %% tags=["check"]
@exercise(1, parameters, digits_needed)
def check():
    assert parameters == len(nn.MLP(64, [30, 10]).parameters()), "两层的权重和偏置"
    assert abs(digits_needed - 2604) < 2, "由 √(p(1 - p)/n) = 0.005 解出 n"


# %% [markdown]
# ## 一个单元在找什么？
#
# 隐藏单元给每个像素乘上一个权重。所以它的 64 个权重也是一幅图：蓝色的地方它喜欢有墨，橙色的地方它不
# 喜欢有墨。这些就是特征：不是人设计的（由人来设计叫**特征工程**），而是训练找到的。

# %%
patterns = [[w.data for w in row] for row in reader.layers[0].w]
multiples([picture(patterns[k], f"单元 {k}") for k in range(5)], columns=5)

# %% [markdown]
# ## 它为什么这样回答？
#
# 梯度也能回答这个问题。把**像素**做成 Value，求“错误答案的得分减去正确答案的得分”对每个像素的导数。
# （这里的得分就是 softmax 之前的输出，即未归一化的对数概率，logits。）它指出哪里的墨支持这个错误
# （蓝色），哪里的墨反对它（橙色）。

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
# **可解释性**就是从这里开始的：训练网络的那个 `backward`，也能说出一个回答取决于什么。而它取决于什
# 么，就可以改什么：

# %%
victim = x_val[0]
picture(victim, f"数字 {y_val[0]}")

# %% [markdown]
# ### 练习 2
#
# 骗过网络。`victim` 是验证集里它认对的一个数字。写一个函数 `fooled(pixels)`：返回这 64 个数（每个在
# 0 到 16 之间）的副本，其中**至多改动四个**，使网络认成别的数字。（这叫*对抗样本*，adversarial
# example。）
#
# <details><summary>答案</summary>
#
# 求“第二名减第一名”的梯度。在所有像素中，选出改成 0 或 16 最有希望的那一个，改掉，再看一次。
#
# ```python
# def fooled(pixels):
#     pixels, winner = list(pixels), nn.predict_classes(reader, ink([pixels]))[0]
#     changed = set()
#     while nn.predict_classes(reader, ink([pixels]))[0] == winner:
#         values = [Value(pixel / 16) for pixel in pixels]
#         logits = reader(values)
#         other = max((k for k in range(10) if k != winner), key=lambda k: logits[k].data)
#         (logits[other] - logits[winner]).backward()
#         goals = [16.0 if value.grad > 0 else 0.0 for value in values]
#         gains = [v.grad * (g - p) for v, g, p in zip(values, goals, pixels)]
#         i = max((i for i in range(64) if i not in changed), key=lambda i: gains[i])
#         pixels[i] = goals[i]
#         changed.add(i)
#     return pixels
# ```
# </details>

# %% tags=["exercise"]
fooled = ...  # def fooled(pixels): ...


# %% tags=["check"]
@exercise(2, fooled)
def check():
    after = list(fooled(list(victim)))
    assert len(after) == 64, "要返回 64 个数"
    assert all(0 <= pixel <= 16 for pixel in after), "每个在 0 到 16 之间"
    changed = sum(one != other for one, other in zip(victim, after))
    assert changed <= 4, f"改动了 {changed} 个像素：至多四个"
    seen = nn.predict_classes(reader, ink([after]))[0]
    assert seen != y_val[0], f"它还是认成 {seen}：去改梯度大的像素"


# %% [markdown]
# ## 图变了：领域自适应
#
# 网络学的是**一种**数字：墨很浓，写在图的中间。世上还有别的写法。把所有测试数字都向右移一个像素，或
# 者换成在灰纸上用淡墨写，小孩子几乎看不出差别。


# %%
def moved(pixels):
    """向右移一个像素的图。"""
    return [pixels[8 * row + k - 1] if k else 0.0 for row in range(8) for k in range(8)]


def faint(pixels):
    """灰纸，淡墨。"""
    return [4 + 0.4 * pixel for pixel in pixels]


multiples(
    [
        picture(x[0], "训练时的样子", most=16.0),
        picture(moved(x[0]), "移动", most=16.0),
        picture(faint(x[0]), "变淡", most=16.0),
    ]
)

# %% tags=["prediction"]
guess = ...  # 移动过的数字，它大约认对 90、70 还是 45（%）？

# %%
x_moved, x_faint = [moved(p) for p in x_test], [faint(p) for p in x_test]
for name, pictures in (("原样", x_test), ("移动", x_moved), ("变淡", x_faint)):
    print(f"{name} {accuracy(reader, pictures, y_test):.1%}")
moved_share = 100 * accuracy(reader, x_moved, y_test)
predicted(
    guess, min((90, 70, 45), key=lambda about: abs(about - moved_share)),
    "每个权重属于一个像素，而那里的墨已经不同了",
)  # fmt: skip

# %% [markdown]
# 训练时的数据和使用时的数据属于两个**领域**：有标签的是*源域*，网络要用在那里的是*目标域*。把在一个
# 领域学到的东西搬到另一个领域，叫作**领域自适应**（domain adaptation）。（如果领域在使用中慢慢地
# 变，就叫*漂移*。）有两条路：
#
# *不用*目标域的标签。如果知道两个领域差在哪里，或者量得出来，就把这个差别从输入里去掉。把淡的图拉伸
# 一下，使最浅的像素回到 0，最深的回到 16。这又是一种输入的**归一化**，一幅图一幅图地做。


# %%
def stretched(pixels):
    """最浅的像素为 0、最深的为 16 的图。"""
    low, high = min(pixels), max(pixels)
    return [16 * (pixel - low) / (high - low) for pixel in pixels]


print(f"变淡，再拉伸：{accuracy(reader, [stretched(p) for p in x_faint], y_test):.1%}")

# %% [markdown]
# *用少量标签*。给 50 个移动过的数字标上标签，让网络接着训练（**微调**），再与一个只见过这 50 个的网
# 络比较。

# %%
few_x, few_y = [moved(p) for p in x[:50]], y[:50]
tuned = nn.MLP(64, [16, 10], tanh, seed=0)
tuned.load_state_dict(reader.state_dict())  # 从原来网络的权重开始
learn(tuned, few_x, few_y, epochs=10)
fresh = nn.MLP(64, [16, 10], tanh, seed=0)
learn(fresh, few_x, few_y, epochs=10)
print(f"移动过的数字：不微调 {moved_share:.1f}%   ", end="")
print(f"只用这 50 个 {accuracy(fresh, x_moved, y_test):.1%}   ", end="")
print(f"用这 50 个微调 {accuracy(tuned, x_moved, y_test):.1%}")
print(f"原来的数字：用这 50 个微调之后 {accuracy(tuned, x_test, y_test):.1%}")

# %% [markdown]
# 在源域学到的，在目标域有用。这也有代价：**原来**那种数字，微调过的网络认得少了（**遗忘**）。

# %% [markdown]
# ### 练习 3
#
# 还有一个办法：一开始就教会网络，移动一下并不要紧。写一个函数 `augmented(pixels, right, down)`：把
# 图向右、向下移动这么多像素（都可以是负数），移动后空出来的地方是白纸（0.0）。用移动过的副本来训
# 练，叫作**数据增强**。
#
# <details><summary>答案</summary>
#
# 对每个位置问：它的墨从哪里来。
#
# ```python
# def augmented(pixels, right, down):
#     def at(row, column):
#         inside = 0 <= row < 8 and 0 <= column < 8
#         return pixels[8 * row + column] if inside else 0.0
#
#     return [at(row - down, column - right) for row in range(8) for column in range(8)]
# ```
# </details>

# %% tags=["exercise"]
augmented = ...  # def augmented(pixels, right, down): ...


# %% tags=["check"]
@exercise(3, augmented)
def check():
    numbers = [float(i) for i in range(1, 65)]
    assert augmented(numbers, 0, 0) == numbers, "不移动，就不变"
    assert augmented(numbers, 1, 0) == moved(numbers), "向右一个像素：与 moved 相同"
    assert augmented(numbers, 0, -1) == [*numbers[8:], *[0.0] * 8], "向上一个像素：下面露出白纸"
    assert augmented(augmented(numbers, -2, 3), 2, -3).count(0.0) == 64 - 6 * 5, "移出去的就没有了"


# %% [markdown]
# ## 任务变了：迁移学习
#
# 现在图还是原来的图，任务却是新的：**这个数字是奇数吗？** 为这个任务标好标签的图只有 **20** 幅。把
# 为一个任务训练的网络用到另一个任务上，叫作**迁移学习**（transfer learning）：沿用它的隐藏层并**冻
# 结**（不再训练），只让新的输出层学习。
#
# 比较三个网络，每次抽 20 幅图，共抽五次：一个从随机数开始；一个用刚才那个网络的隐藏层；一个用只见过
# 0 和 1 的网络的隐藏层。

# %% tags=["prediction"]
guess = ...  # 哪个最好："随机"，隐藏层来自"原来的网络"，还是来自"0 和 1"？

# %%
two = [i for i in range(len(x)) if y[i] < 2]
binary = nn.MLP(64, [16, 10], tanh, seed=0)
learn(binary, [x[i] for i in two], [y[i] for i in two], epochs=30)

shares = {"随机": [], "原来的网络": [], "0 和 1": []}
odd_test = [k % 2 for k in y_test]
for draw in range(5):
    places = random.Random(draw).sample(range(len(x)), 20)
    for name, source in (("随机", None), ("原来的网络", reader), ("0 和 1", binary)):
        net = nn.MLP(64, [16, 2], tanh, seed=100 + draw)
        if source is not None:
            net.layers[0].load_state_dict(source.layers[0].state_dict())
            nn.freeze(net.layers[0])  # 训练时不动它
        learn(net, [x[i] for i in places], [y[i] % 2 for i in places], epochs=40, seed=draw)
        shares[name].append(accuracy(net, x_test[:500], odd_test[:500]))
for name, five in shares.items():
    gains = [one - other for one, other in zip(five, shares["随机"])]
    print(f"{name} {fmean(five):.3f} ± {stdev(five) / math.sqrt(5):.3f}", end="")
    print(f"   增益 {fmean(gains):+.3f} ± {stdev(gains) / math.sqrt(5):.3f}" if any(gains) else "")
predicted(
    guess, max(shares, key=lambda name: fmean(shares[name])),
    "它的特征是为全部十个数字造的",
)  # fmt: skip

# %% [markdown]
# （用 500 个测试数字来量；± 是五次平均的标准误差。）用原来网络的隐藏层，可以少要标签。用只见过 0 和
# 1 的，反而有害（**负迁移**）：第一个任务的特征，必须对第二个任务有用。大的网络先用极多的数据训练一
# 次，再迁移到许多任务上：语言模型里所说的*预训练*和*微调*，就是这么回事。

# %% [markdown]
# ## 更多练习
#
# 先在纸上做。然后把答案写在省略号处，运行那两个单元格。

# %% [markdown]
# ### 练习 4
#
# 没有隐藏层的网络，得分是 $z_k = \sum_i w_{ki}\, x_i + b_k$。对一幅图比较 7 和 1 的得分；像素 20 的
# 权重是 $w_{7,20} = 0.8$ 和 $w_{1,20} = -0.3$。$z_7 - z_1$ 对 $x_{20}$ 的导数是多少？这个像素从
# 0.25 变到 1，$z_7 - z_1$ 变化多少？
#
# <details><summary>答案</summary>
#
# 导数是两个权重之差 $0.8 - (-0.3) = 1.1$，对每幅图都一样。一切都是线性的，所以变化恰好是
# $1.1 \cdot 0.75$。（有隐藏层时，导数与图有关，而且只对小的变化成立。）
#
# ```python
# derivative = 1.1
# change = 1.1 * 0.75
# ```
# </details>

# %% tags=["exercise"]
derivative = ...  # 你的答案
change = ...  # 你的答案


# %% tags=["check"]
@exercise(4, derivative, change)
def check():
    pixel = Value(0.25)
    difference = 0.8 * pixel - (-0.3) * pixel
    difference.backward()
    assert abs(derivative - pixel.grad) < 1e-6, "7 的权重减去 1 的权重"
    assert abs(change - pixel.grad * 0.75) < 1e-6, "导数乘以像素的变化"


# %% [markdown]
# ## 小结
#
# * 分成三份：训练，选择，测试一次。挑出来的，看上去比实际的好。
# * 隐藏单元自己造特征。对权重求梯度，用来训练网络；对输入求梯度，用来解释它的回答，也能骗过它。
# * 网络只认得自己的领域。可以调整输入（归一化），可以调整网络（用少量标签微调），也可以用移动过的副
#   本训练（数据增强）。
# * 一个任务的特征，可以为另一个任务省下标签，这是迁移学习。它们也可能有害。
#
# **进一步阅读：** 邱锡鹏，《神经网络与深度学习》（2020），第 2 章和第 7
# 章；Goodfellow、Bengio、Courville，《深度学习》（2016；有中文版），第 5 章和第 7 章，讲的就是笔记
# 本 7a 到 7c 的内容；Hastie、Tibshirani、Friedman，《统计学习基础》（*The Elements of Statistical
# Learning*），第 7 章，讲验证、偏差与方差。
#
# 下一份：[8. 导数的导数](08-derivatives-of-derivatives.ipynb)，梯度自己也有梯度。
