"""20. Never the same answer

The trained net gives another answer each time that it is asked for the same input.
Tools: print the answer ten times; what does Dropout do when a net is used?
"""

import nn
from autograd_lite.course import exercise

net = nn.Sequential(
    nn.Layer(2, 8, nn.tanh, seed=0), nn.Dropout(0.5, seed=1), nn.Linear(8, 1, seed=2)
)
net.train()
answers = [net([0.3, -0.7])[0].data for _ in range(10)]
print(f"answers from {min(answers):.3f} to {max(answers):.3f}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(20)
def check():
    assert len(set(answers)) == 1, (
        "Dropout is for the training; when a net is asked, all units are there"
    )
    assert any(isinstance(layer, nn.Dropout) and layer.p == 0.5 for layer in net.modules()), (
        "leave the Dropout where it is: the training wants it"
    )
