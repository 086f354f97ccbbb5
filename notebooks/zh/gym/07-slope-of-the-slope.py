"""7. 喂错了数的导数

出自一篇教程：sigmoid 的斜率是 s * (1 - s)，到这里还是对的。
工具：gradcheck(squash, 0.5)。
"""

from autograd_lite import Primitive, exp, gradcheck, set_language
from autograd_lite.course import exercise

set_language("zh")


def sigmoid(x):
    return 1.0 / (1.0 + exp(-x))


squash = Primitive("squash", sigmoid, lambda out, x: (x * (1.0 - x),))
y = squash(0.5)
print(f"在 0.5 处的值是 {y:.3f}")


# 检查。请不要改动。 -----------------------------------------------------------------------------


@exercise(7)
def check():
    assert gradcheck(squash, 0.5, raise_exception=False), "s * (1 - s) 里的 s 是哪个数？"
    assert gradcheck(squash, -3.0, raise_exception=False), "在 -3 处也试一试"
