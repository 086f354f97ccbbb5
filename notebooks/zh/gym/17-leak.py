"""17. 测试集泄露了什么

输入被缩放成均值 0、标准差 1。审稿人说：测试集泄露了。
工具：哪些数进入了 `mean` 和 `spread`？
"""

import statistics

from autograd_lite import set_language
from autograd_lite.course import exercise

set_language("zh")

train, test = [1.0, 2.0, 3.0, 4.0], [40.0, 50.0]
everything = train + test
mean, spread = statistics.fmean(everything), statistics.pstdev(everything)
scaled_train = [(x - mean) / spread for x in train]
scaled_test = [(x - mean) / spread for x in test]
print(f"均值 {mean:.3f}，标准差 {spread:.3f}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(17)
def check():
    assert abs(statistics.fmean(scaled_train)) < 1e-9, "缩放之后，训练集的均值是 0"
    assert abs(statistics.pstdev(scaled_train) - 1.0) < 1e-9, "标准差是 1"
    assert abs(scaled_test[0] - 37.5 / statistics.pstdev(train)) < 1e-9, (
        "测试集要用训练集的数来缩放"
    )
