"""Draw the pictures of the gallery: python docs/gallery.py

Every picture is drawn from a graph that this program computes, once in light colours and once in
dark ones, into docs/gallery/, for the column of the site. Pages go to docs/gallery/pages/: that of
each picture, some to step through, a playground, and the contact sheet, which has twenty pictures
in both themes. The build of the site runs this by itself.
"""

from __future__ import annotations

import base64
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import nn  # noqa: E402
from autograd_lite import (  # noqa: E402
    Value,
    draw,
    grad,
    gradients,
    log,
    scope,
    snapshot,
    softmax,
    step,
    tanh,
    topological_order,
)
from autograd_lite import sum as total  # noqa: E402
from autograd_lite.views.charts import bars, curves, surface  # noqa: E402
from autograd_lite.views.output.page import element  # noqa: E402
from autograd_lite.views.output.svg import SMALL, size_of  # noqa: E402
from autograd_lite.views.picture import Picture, View  # noqa: E402
from autograd_lite.views.picture.drawing import drawing  # noqa: E402
from autograd_lite.views.theme import painted  # noqa: E402


def named(label: str, value: Value) -> Value:
    value.label = label
    return value


def neuron() -> Value:
    """A neuron with two inputs, a squared error, and a penalty for one weight."""
    x1, w1, x2, w2 = Value(2.0, "x1"), Value(-0.6, "w1"), Value(0.5, "x2"), Value(1.0, "w2")
    p, q = named("p", x1 * w1), named("q", x2 * w2)
    z = named("z", named("s", p + q) + Value(1.3, "b"))
    error = named("e", named("a", z.tanh()) - Value(1.0, "y"))
    penalty = named("d", named("u", w1 * w1) * Value(0.5, "λ"))
    return named("L", named("r", error**2) + penalty)


def small_neuron(language: str, direction: str = "right") -> Any:
    """The neuron of the front pages, step by step; from top to bottom for narrow screens."""
    x, w, b = Value(2.0, "x"), Value(-0.6, "w"), Value(1.3, "b")
    y = named("y", named("z", named("p", x * w) + b).tanh())
    return step(y, language=language, direction=direction)


def net(seed: int = 1) -> Value:
    """A 2-3-1 net, operation by operation."""
    rng = random.Random(seed)
    inputs = [Value(0.5, "x1"), Value(-1.0, "x2")]
    hidden = []
    for j in range(1, 4):
        weights = [Value(round(rng.uniform(-1, 1), 2), f"w{j}{i}") for i in (1, 2)]
        z = total([w * x for w, x in zip(weights, inputs)]) + Value(0.1, f"b{j}")
        hidden.append(named(f"h{j}", tanh(z)))
    out = [Value(round(rng.uniform(-1, 1), 2), f"v{j}") * h for j, h in enumerate(hidden, 1)]
    return named("L", (total(out).sigmoid() - 1.0) ** 2)


def after_backward(root: Value) -> Value:
    root.backward()
    return root


def attention() -> Value:
    """One query looks at three keys."""
    query = [Value(0.8, "q1"), Value(-0.3, "q2")]
    keys = [[Value(0.5, "k11"), Value(0.1, "k12")], [Value(-0.4, "k21"), Value(0.9, "k22")],
            [Value(0.7, "k31"), Value(-0.8, "k32")]]  # fmt: skip
    values = [Value(1.0, "v1"), Value(-1.0, "v2"), Value(0.5, "v3")]
    scores = [total([q * k for q, k in zip(query, key)]) for key in keys]
    weights = softmax(scores)
    for i, weight in enumerate(weights, 1):
        weight.label = f"α{i}"
    return named("out", total([a * v for a, v in zip(weights, values)]))


def layers(count: int = 20) -> Value:
    """A chain of products with a weight each and activations."""
    h = Value(0.5, "x")
    for i in range(1, count + 1):
        h = named(f"h{i}", tanh(Value(round(1.1 - 0.05 * (i % 5), 2), f"w{i}") * h))
    return h


def recurrent(steps: int = 6) -> Value:
    """A recurrent cell: three weights, used in every step."""
    w, u, b, h = Value(0.5, "w"), Value(-0.3, "u"), Value(0.1, "b"), Value(0.0, "h0")
    for i in range(1, steps + 1):
        h = named(f"h{i}", tanh(w * h + u * Value(0.1 * i, f"x{i}") + b))
    return named("L", (h - 0.5) ** 2)


def not_a_number() -> Value:
    """A logarithm where there is none, and what becomes of it."""
    x, w, b = Value(-1.0, "x"), Value(2.0, "w"), Value(0.5, "b")
    z = named("z", log(named("p", x * w)))
    return named("L", (named("s", z * w + b) - 1.0) ** 2)


def batch(loops: bool = False) -> Value:
    """The loss of a 2-16-16-1 net over 150 samples."""
    data, model = nn.datasets.moons(150, seed=0), nn.MLP(2, [16, 16, 1], tanh, seed=0)
    if not loops:
        outputs = [model(x)[0] for x in data.x]
    else:
        outputs = [by_loops(model, x) for x in data.x]
    with scope("loss"):
        return named("L", total([(o - y) ** 2 for o, y in zip(outputs, data.y)]) / len(outputs))


def by_loops(model: Any, x: Any) -> Value:
    """The model's output by multiplications and additions alone."""
    for layer in model.layers:
        with scope("layer"):
            out = []
            for w, b in zip(layer.w, layer.b):
                z = b
                for weight, entry in zip(w, x):
                    z = z + weight * entry
                out.append(tanh(z) if layer.activation else z)
            x = out
    return x[0]


def pictures() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each picture's name, and what draws it."""
    yield "01-neuron", lambda: draw(after_backward(neuron()))
    yield "02-before-backward", lambda: draw(neuron())
    yield "03-net", lambda: draw(after_backward(net()))
    yield "04-highlight", highlighted
    yield "05-dot", unfolded
    yield "06-attention", lambda: draw(after_backward(attention()))
    yield "07-model", lambda: draw(nn.MLP(2, [4, 3], tanh, seed=0))
    yield "08-down", lambda: draw(nn.LSTM(1, 2, seed=0), level="layer", direction="down")
    yield "09-batch", lambda: draw(after_backward(batch()))
    yield "10-loops", lambda: draw(after_backward(batch(loops=True)))
    yield "11-change", changed
    yield "12-derivative", second_derivative
    yield "13-training", training
    yield "14-curves", tangent
    yield "15-surface", descent
    yield "16-bars", kinds
    yield "17-layers", lambda: draw(after_backward(layers()))
    yield "18-nan", lambda: draw(after_backward(not_a_number()))
    yield "19-moons", moons
    yield "20-flower", flower
    yield "21-recurrent", lambda: draw(after_backward(recurrent()), level="operation")


def moons() -> View:
    """A net of 16 and 16 neurons, as it is born."""
    model = nn.MLP(2, [16, 16, 1], seed=1)
    (score,) = model([Value(0.5, "x0"), Value(-0.5, "x1")])
    score.label = "ŷ"
    return draw(after_backward(named("L", (score - 1.0) ** 2)), name_from=model)


def flower() -> View:
    """The flower that a trained net has most wrong."""
    monitor, model = nn.Monitor(), nn.MLP(4, [8, 3], seed=2)
    nn.fit(
        model, nn.datasets.iris(), loss=nn.cross_entropy, epochs=12, seed=0,
        optimizer=lambda p: nn.Adam(p, lr=0.02), callbacks=[monitor], progress=False,
    )  # fmt: skip
    return monitor.draw(monitor.wrong(1)[0].place, name_from=model)


def highlighted() -> View:
    root = after_backward(net())
    return draw(root, highlight=["w11"])


def unfolded() -> View:
    unit = nn.Neuron(3, tanh, seed=0)
    root = after_backward(named("y", unit([Value(1.0, "x0"), Value(-2.0, "x1"), Value(0.5, "x2")])))
    return draw(root, unfold=True)


def changed() -> View:
    """Before and after one step of gradient descent."""
    root = after_backward(neuron())
    before = snapshot(root)
    for leaf in topological_order(root):
        if leaf.label in ("w1", "w2", "b"):
            leaf.data -= 0.1 * leaf.grad
        if leaf.op is None:
            leaf.grad = 0.0
    return draw(after_backward(recomputed(root)), before=before)


def recomputed(root: Value) -> Value:
    """The same graph, computed again from the leaves as they are now."""
    fresh: dict[Any, Any] = {}
    for v in topological_order(root):
        fresh[v] = v if v.op is None else v.op(*[fresh.get(a, a) for a in v.args])
        fresh[v].label = v.label
    return fresh[root]


def second_derivative() -> View:
    x = Value(0.5, "x")
    y = tanh(x)
    for _ in range(2):
        y = gradients(y, x, create_graph=True)
    return draw(named("tanh″", y))


def training() -> Any:
    monitor, model = nn.Monitor(), nn.MLP(2, [8, 8, 2], tanh, seed=1)
    nn.fit(
        model, nn.datasets.moons(120, seed=0), loss=nn.cross_entropy, epochs=60, seed=0,
        optimizer=lambda p: nn.Adam(p, lr=0.03), callbacks=[monitor], progress=False,
    )  # fmt: skip
    return monitor.figure()


def tangent() -> View:
    at, slope = 0.5, grad(tanh)(0.5)
    line = [(x, tanh(at) + slope * (x - at)) for x in (-1.0, 2.0)]
    return curves(
        {"tanh": tanh, "its derivative": grad(tanh), "tangent": line}, (-3.0, 3.0),
        points={"where it touches": [(at, tanh(at))]}, title="tanh and its slope",
    )  # fmt: skip


def descent() -> View:
    """Down a valley, with momentum and without."""

    def valley(x: Any, y: Any) -> Any:
        return x * x + 4 * y * y

    walks = {}
    for name, momentum in (("descent", 0.0), ("with momentum", 0.8)):
        place = [Value(-2.5), Value(1.2)]
        optimizer = nn.SGD(place, lr=0.03, momentum=momentum)
        walks[name] = [tuple(v.data for v in place)]
        for _ in range(20):
            optimizer.zero_grad()
            valley(*place).backward()
            optimizer.step()
            walks[name].append(tuple(v.data for v in place))
    corners = (-3.0, 3.0, -1.5, 1.5)
    return surface(valley, corners, paths=walks, title="down a valley", note="20 steps each")


def kinds() -> View:
    """What the loss of a net is made of."""
    counted = Counter(v.op.name if v.op else "leaf" for v in topological_order(batch(loops=True)))
    return bars(dict(counted.most_common()), title="values of a net's loss, written as loops")


def playground() -> View:
    """A net that its reader trains on two moons."""
    data, net = nn.datasets.moons(200, noise=0.15, seed=0), nn.MLP(2, [8, 8, 1], tanh, seed=3)
    return nn.playground(net, data, loss=nn.binary_cross_entropy_with_logits, optimizer=nn.Adam,
                         lr=0.01, validation_split=0.25)  # fmt: skip


COLUMN = 840.0  # pixels that the site leaves a picture on a screen of 1,280
LEAST = 11.0  # pixels of the smallest type there
# On which a picture may be read in rows; the first on which it is narrow enough is taken.
PAGES = (880.0, 1400.0), (808.0, 700.0), (808.0, 1600.0), (808.0, 2600.0)


def in_column(view: View) -> str:
    """The SVG of a view, in more rows where its type would be too small in the column."""
    found = [view.svg]
    if isinstance(view, Picture) and view.direction == "right":
        found += [drawing(view.scene, page=page) for page in PAGES]
    return next((svg for svg in found if size_of(svg)[0] * LEAST <= COLUMN * SMALL), found[-1])


def main() -> None:
    folder = HERE / "gallery"
    (folder / "pages").mkdir(parents=True, exist_ok=True)
    for name, make in tqdm(list(pictures()), desc="gallery", disable=None):
        view = make()
        view.save(folder / "pages" / f"{name}.html")
        svg = in_column(view)
        for theme, file in (("light", f"{name}.svg"), ("dark", f"{name}-dark.svg")):
            (folder / file).write_text(painted(svg, theme), encoding="utf-8")
    step(neuron()).save(folder / "pages" / "stepper-neuron.html")
    for language in ("en", "zh"):
        wide, narrow = small_neuron(language), small_neuron(language, direction="down")
        wide.save(folder / "pages" / f"neuron-{language}.html")
        narrow.save(folder / "pages" / f"neuron-{language}-down.html")
    playground().save(folder / "pages" / "playground-moons.html")
    (folder / "static").mkdir(exist_ok=True)
    (folder / "static" / "autograd-view.js").write_text(element(), encoding="utf-8")
    (folder / "pages" / "contact-sheet.html").write_text(contact_sheet(folder), encoding="utf-8")


LEFT_OUT = ("16-bars",)  # of the contact sheet, which has twenty
SHEET = """
body { margin: 1rem; font: 14px/1.4 sans-serif; color: #1b2330; background: #e9ecf1 }
main { display: grid; gap: 1rem }
@media (min-width: 80rem) { main { grid-template-columns: 1fr 1fr } }
figure { margin: 0; display: grid; grid-template-columns: 1fr 1fr; gap: 2px }
figcaption { grid-column: 1 / 3; font-weight: 600 }
a { display: grid; place-items: center; height: 12rem; padding: .5rem; background: #fff }
a + a { background: #11151c }
img { max-width: 100%; max-height: 11rem }
"""


def contact_sheet(folder: Path) -> str:
    """A page with twenty pictures, each in light and in dark colours; a click shows one large."""
    figures = []
    for path in sorted(folder.glob("*.svg")):
        dark = path.with_name(f"{path.stem}-dark.svg")
        if not dark.exists() or path.stem in LEFT_OUT:
            continue
        title = path.stem.partition("-")[2].replace("-", " ")
        images = [
            f'<a href="{data}"><img src="{data}" alt="{title}, {theme}"></a>'
            for theme, data in (("light", embedded(path)), ("dark", embedded(dark)))
        ]
        figures.append(f"<figure><figcaption>{title}</figcaption>{''.join(images)}</figure>")
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Contact sheet</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{SHEET}</style></head><body><main>{''.join(figures)}</main></body></html>\n"
    )


def embedded(path: Path) -> str:
    """A picture as an address that holds it."""
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode()


if __name__ == "__main__":
    main()
