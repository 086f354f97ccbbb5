"""Draw the picture of the README and of the site: python docs/pictures.py"""

from pathlib import Path

from autograd_lite import Value, draw

x, w, b = Value(2.0, label="x"), Value(-0.6, label="w"), Value(1.3, label="b")
y = (x * w + b).tanh()
y.label = "y"
y.backward()
draw(y, name_from={"p": y.parents[0].parents[0], "z": y.parents[0]}).save(
    Path(__file__).with_name("neuron.svg")
)
