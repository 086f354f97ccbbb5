"""Draw the README's picture: python docs/pictures.py"""

from pathlib import Path

from autograd_lite import Value, draw_dot

x, w, b = Value(2.0, label="x"), Value(-0.6, label="w"), Value(1.3, label="b")
y = (x * w + b).tanh()
y.label = "y"
y.backward()
Path(__file__).with_name("neuron.svg").write_bytes(draw_dot(y).pipe(format="svg"))
