"""Words: what a picture of a net says, beside the numbers on it and in its place."""

from __future__ import annotations

import math

from ..graph.summary import SATURATED, rms
from ..text import counted, number, shortened
from .net import Disc, Hair, Loss, Net
from .sizes import carried, derivative

KEPT = 3  # terms in a row of the table


def signed(x: float | None) -> str:
    """A gradient: an arrow that says where raising leads, and the number with its sign."""
    if x is None:
        return ""
    arrow = "▲ " if x > 0.0 else "▼ " if x < 0.0 else ""
    return arrow + number(x)


def value_text(disc: Disc) -> str:
    """The number below the name of an input."""
    return number(disc.value)


def output_text(disc: Disc) -> str:
    """What stands beside an output."""
    return f"{shortened(disc.name, 18)} = {number(disc.value)}"


def gradient_text(net: Net, disc: Disc) -> str:
    """What stands below that; nothing before any backward."""
    if not net.has_gradients:
        return ""
    short = all(len(output.name) <= 6 for output in net.outputs)
    name = f"{disc.name}.grad" if short else "grad"
    return f"{name} {signed(disc.gradient)}"


def loss_lines(loss: Loss) -> list[str]:
    """What stands on the card of the loss."""
    steps = shortened(" → ".join(loss.steps), 30)
    if not steps:
        steps = counted(loss.operations, "operation")
    return [f"{loss.name} = {number(loss.value)}", *([steps] if steps != loss.name else [])]


def result_of(net: Net) -> str:
    """What the gradients are of."""
    return _named(net) or "the result"


def _named(net: Net) -> str:
    return net.loss.name if net.loss else shortened(net.root, 24)


# Columns ------------------------------------------------------------------------------------------


def headings(net: Net) -> list[tuple[str, str, str]]:
    """What stands above each column: its name, a short name, and what is done in it."""
    found = []
    for k, column in enumerate(net.columns):
        discs = [net.discs[i] for i in column]
        outputs = sum(disc.is_output for disc in discs)
        if k == 0:
            name = "input" if len(discs) == 1 else "inputs"
            found.append((name, "in", ""))
            continue
        name, short = f"layer {k}", str(k)
        if outputs == len(discs):
            name, short = "output" if outputs == 1 else "outputs", "out"
        found.append((name, short, _done(discs)))
    return found


def _done(discs: list[Disc]) -> str:
    kinds = dict.fromkeys(disc.activation for disc in discs)
    texts = [shortened(kind, 16) for kind in kinds if kind]
    off = sum(disc.is_off for disc in discs)
    if off:
        texts.append(f"{off} of {len(discs)} off" if len(discs) > 1 else "off")
    return " · ".join(texts[:3])


def layer_of(net: Net, disc: Disc) -> str:
    """Where a disc stands, in words."""
    if disc.column == 0:
        return "an input" + (", a constant of the program" if disc.is_constant else "")
    where = "output" if disc.is_output else f"unit {disc.row} of layer {disc.column}"
    _, _, scope = disc.scope.partition("/")
    return where + (f" ({scope})" if scope and not scope.isdigit() else "")


def layers(net: Net) -> list[tuple[str, str, int]]:
    """For each layer its name, the root mean square of its gradients, and that from 0 to 100."""
    if not net.has_gradients:
        return []
    sizes = [rms([net.discs[k].gradient or 0.0 for k in column]) for column in net.columns[1:]]
    most = max((size for size in sizes if math.isfinite(size)), default=0.0)
    return [
        (name, number(size), round(100 * size / most) if most and math.isfinite(size) else 0)
        for (name, _, _), size in zip(headings(net)[1:], sizes)
    ]


# Sentences ----------------------------------------------------------------------------------------


def said(net: Net, disc: Disc) -> str:
    """What is to be known of a disc, in sentences; a screen reader reads them, too."""
    return " ".join(_sentences(net, disc))


def _sentences(net: Net, disc: Disc) -> list[str]:
    found = []
    if not math.isfinite(disc.value):
        found.append(f"Its value is {number(disc.value)}. {_origin(net, disc)}")
    result, slope = result_of(net), derivative(net, disc)
    if disc.is_off:
        back = " and no gradient comes back through it" if net.has_gradients else ""
        found.append(
            f"Its sum is {number(disc.total or 0.0)}, where {disc.activation} is flat: "
            f"{number(disc.value)} goes on{back}."
        )
    elif slope is not None:
        found.append(_effect(result, slope))
    if disc.activation and 0.0 < abs(disc.slope) < SATURATED:
        found.append(
            f"{disc.activation} is nearly flat there: its slope is {number(disc.slope)}, and so "
            "little of the gradient comes back."
        )
    if disc.is_constant and net.has_gradients:
        found.append("It is a constant of the program, so no gradient is stored in it.")
    return found


def _effect(result: str, slope: float) -> str:
    if not math.isfinite(slope):
        return f"Its gradient is {number(slope)}."
    if slope == 0.0:
        return f"Nothing it does reaches {result} here."
    verb = "rises" if slope > 0.0 else "falls"
    return f"Raise it a little: {result} {verb} {number(abs(slope))} times as much."


def _origin(net: Net, disc: Disc) -> str:
    """Where an infinity or nan comes from: what a unit reads, a weight of its own, or itself."""
    hairs = [net.hairs[k] for k in disc.hairs]
    if any(h.source >= 0 and not math.isfinite(net.discs[h.source].value) for h in hairs):
        return "It came from what this unit reads."
    for hair in hairs:
        if not math.isfinite(hair.weight):
            return f"Its weight {hair.name} is {number(hair.weight)}."
    return "It begins here."


def title_of(net: Net, disc: Disc) -> str:
    """What a pointer or a screen reader reads of a disc."""
    parts = f"{disc.name}, {layer_of(net, disc)}: value {number(disc.value)}"
    if disc.gradient is not None:
        parts += f", gradient {number(disc.gradient)}"
    return f"{parts}. {said(net, disc)}".strip()


def overview(net: Net, mode: str) -> list[str]:
    """The picture in a few sentences."""
    found = []
    if net.samples > 1:
        found.append(
            f"Sample {net.sample} of a batch of {net.samples:,}; its gradients are its own part."
        )
    if net.loss:
        found.append(f"{net.loss.name} is {number(net.loss.value)}.")
    if not net.has_gradients:
        found.append("There is no gradient yet: call backward() first.")
    broken = next((d for d in net.discs if not math.isfinite(d.value)), None)
    if broken:
        found.append(f"{number(broken.value)} begins at {broken.name}.")
    off = sum(disc.is_off for disc in net.hidden)
    flat = sum(0.0 < abs(d.slope) < SATURATED for d in net.hidden if d.activation)
    if flat:
        found.append(
            f"{flat} of {len(net.hidden)} hidden units are saturated: little gradient passes."
        )
    if off and net.has_gradients:
        found.append(f"{off} of {len(net.hidden)} hidden units are off; the gradient stops there.")
    elif off:
        found.append(f"{off} of {len(net.hidden)} hidden units are off.")
    widest = _widest(net, mode)
    if widest:
        source, target = net.discs[widest.source].name, net.discs[widest.target].name
        number_ = number(carried(widest, mode) or 0.0)
        if mode == "gradient":
            end = ", which is off: it ends there" if net.discs[widest.source].is_off else ""
            found.append(f"Most gradient flows back from {target} to {source}: {number_}{end}.")
        elif mode == "weight":
            found.append(f"The largest weight, {number_}, leads from {source} to {target}.")
        else:
            found.append(f"The largest product, {number_}, goes from {source} to {target}.")
    return found


def _widest(net: Net, mode: str) -> Hair | None:
    """The hair that carries most."""
    hairs = [net.hairs[k] for k in net.drawn]
    found = max(hairs, key=lambda hair: _finite(carried(hair, mode)), default=None)
    return found if found and _finite(carried(found, mode)) > 0.0 else None


def _finite(x: float | None) -> float:
    return abs(x) if x is not None and math.isfinite(x) else 0.0


def description(net: Net) -> str:
    """The picture in one line."""
    counts = [len(column) for column in net.columns]
    if len(counts) > 8:
        counts[2:-2] = []
        sizes = "-".join(map(str, [*counts[:2], "…", *counts[2:]]))
        sizes += f" ({len(net.columns) - 1} layers)"
    else:
        sizes = "-".join(map(str, counts))
    of = f" of {net.loss.name}" if net.loss else ""
    batch = f", sample {net.sample} of {net.samples:,}" if net.samples > 1 else ""
    return f"Net {sizes}{of}: {counted(net.weights, 'weight')}{batch}"


# Legend and table ---------------------------------------------------------------------------------


def legend(net: Net, mode: str) -> list[tuple[str, str]]:
    """What colours and shapes mean, of what is there: (kind of sign, words)."""
    result = result_of(net)
    hairs = [carried(net.hairs[k], mode) or 0.0 for k in net.drawn]
    discs = [derivative(net, disc) or 0.0 for disc in net.discs] if mode == "gradient" else []
    numbers = [*hairs, *discs]
    found = []
    if any(x > 0.0 for x in numbers):
        text = f"▲ a unit that raises {result}" if mode == "gradient" else "positive"
        found.append(("positive", text))
    if any(x < 0.0 for x in numbers):
        text = f"▼ a unit that lowers {result}" if mode == "gradient" else "negative"
        found.append(("negative", text))
    width = {
        "gradient": "wide: much flows back",
        "weight": "wide: a large weight",
        "activation": "wide: it adds much to a sum",
    }
    found.append(("wide", width[mode]))
    if any(disc.is_off for disc in net.discs):
        found.append(("off", "off: nothing passes"))
    broken = any(not math.isfinite(x) for x in [*numbers, *(disc.value for disc in net.discs)])
    if broken:
        found.append(("broken", "∞ or nan"))
    return found


def rows(net: Net) -> list[list[str]]:
    """The picture as a table, its head first: for readers without eyes, script or patience."""
    table = [["unit", "where", "sum", "activation", "value", "gradient", "its largest terms"]]
    for disc in net.discs:
        hairs = [net.hairs[k] for k in disc.hairs]
        terms = [_term(net, hair) for hair in hairs[:KEPT]]
        if len(hairs) > KEPT:
            terms.append(f"and {len(hairs) - KEPT} more")
        table.append(
            [
                disc.name,
                layer_of(net, disc),
                "" if disc.total is None else number(disc.total),
                disc.activation + (" (off)" if disc.is_off else ""),
                number(disc.value),
                signed(disc.gradient),
                "; ".join(terms),
            ]
        )
    return table


def _term(net: Net, hair: Hair) -> str:
    if hair.source < 0:
        return f"{hair.name} = {number(hair.weight)}"
    source = net.discs[hair.source]
    numbers = f"{number(hair.weight)} × {number(source.value)} = {number(hair.product)}"
    return f"{hair.name} × {source.name} = {numbers}"
