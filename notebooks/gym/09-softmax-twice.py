"""9. Softmax twice

The net is sure and right, and still its loss stays far from 0.
Tools: read help(nn.cross_entropy): what does it take? Print the loss for outputs like [50, 0, 0].
"""

import nn
from autograd_lite import Value, softmax
from autograd_lite.course import exercise


def loss_of(outputs, label):
    return nn.cross_entropy(softmax(outputs), label)


outputs = [Value(8.0), Value(0.0), Value(0.0)]
print(f"sure and right: loss {loss_of(outputs, 0).data:.3f}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(9)
def check():
    sure = loss_of([Value(8.0), Value(0.0), Value(0.0)], 0).data
    assert sure < 0.01, f"the loss of a sure and right answer is almost 0, not {sure:.3f}"
    even = loss_of([Value(1.0), Value(1.0), Value(1.0)], 2).data
    assert abs(even - 1.0986122886681098) < 1e-9, "three equal outputs cost log 3"
