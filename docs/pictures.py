"""Draw the pictures of the README and of the site: python docs/pictures.py

`neuron.svg` is a still, of `draw`. `neuron-plays.svg` plays by itself, and `neuron-plays-down.svg`
is the same for narrow screens; their stills are what rests at the end, for readers who want no
motion. `neuron-strip.svg` is a strip of frames, `worksheet.svg` and its key are for pencils.
`loop.svg` is the graph of a loop.
`playground.svg` stands for the live page where none can run.
"""

import re
from pathlib import Path

import nn
from autograd_lite import Value, draw, scan, sin, step, tanh

HERE = Path(__file__).parent
MOTION = re.compile(r"@media screen and \(prefers-reduced-motion:no-preference\)\{.*\}(?=</style>)")

x, w, b = Value(2.0, label="x"), Value(-0.6, label="w"), Value(1.3, label="b")
y = (x * w + b).tanh()
y.label = "y"
y.backward()
names = {"p": y.parents[0].parents[0], "z": y.parents[0]}
draw(y, name_from=names).save(HERE / "neuron.svg")
for ending, direction in (("", "right"), ("-down", "down")):
    stepper = step(y, name_from=names, direction=direction)
    plays = stepper.save(HERE / f"neuron-plays{ending}.svg", animate=True)
    still = MOTION.sub("", plays.read_text(encoding="utf-8"))
    plays.with_name(f"neuron-rests{ending}.svg").write_text(still, encoding="utf-8")
    if direction == "right":
        stepper.save(HERE / "neuron-strip.svg")
sheet = draw(y, name_from=names, blank=["local derivatives", "gradients"])
sheet.save(HERE / "worksheet.svg")
sheet.key.save(HERE / "worksheet-key.svg")


def swing(state: tuple[Value, Value], push: float) -> tuple[tuple[Value, Value], Value]:
    angle, speed = state
    speed = speed + 0.1 * (push - sin(angle) - friction * speed)
    return (angle + 0.1 * speed, speed), angle


friction, start = Value(0.2, label="friction"), Value(0.5, label="start")
(angle, _), _ = scan(swing, (start, 0.0), [0.0, 0.3] * 100)
angle.label = "angle"
angle.backward()
draw(angle).save(HERE / "loop.svg")

net, moons = nn.MLP(2, [8, 8, 1], tanh, seed=3), nn.datasets.moons(200, noise=0.15, seed=0)
nn.playground(
    net, moons, loss=nn.binary_cross_entropy_with_logits, optimizer=nn.Adam, lr=0.01,
    validation_split=0.25,
).save(HERE / "playground.svg")  # fmt: skip
