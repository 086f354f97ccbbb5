"""Words: what a picture of a net says, beside the numbers on it and in its place."""

from __future__ import annotations

import math

from ..graph.summary import SATURATED, rms
from ..language import say
from ..text import counted, equal, number, shortened
from .net import Disc, Hair, Loss, Net
from .sizes import carried, derivative


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
    return equal(f"{shortened(disc.name, 18)} = {number(disc.value)}")


def gradient_text(net: Net, disc: Disc) -> str:
    """What stands below that; nothing before any backward."""
    if not net.has_gradients:
        return ""
    short = all(len(output.name) <= 6 for output in net.outputs)
    name = f"{disc.name}.grad" if short else "grad"
    return f"{name} {signed(disc.gradient)}"


def loss_name(net: Net, loss: Loss) -> str:
    """What its value is called, which may be that of many samples."""
    return say("{loss} of the batch", loss=loss.name) if net.samples > 1 else loss.name


def loss_lines(net: Net, loss: Loss) -> list[str]:
    """What stands on the card of the loss."""
    steps = shortened(" → ".join(loss.steps), 30)
    if not steps:
        steps = counted(loss.operations, "operation")
    first = equal(f"{loss_name(net, loss)} = {number(loss.value)}")
    return [first, *([steps] if steps != loss.name else [])]


def result_of(net: Net) -> str:
    """What the gradients are of."""
    return _named(net) or say("the result")


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
            name = say("input") if len(discs) == 1 else say("inputs")
            found.append((name, say("in"), ""))
            continue
        name, short = say("layer {number}", number=k), str(k)
        if outputs == len(discs):
            name, short = say("output") if outputs == 1 else say("outputs"), say("out")
        found.append((name, short, _done(discs)))
    return found


def _done(discs: list[Disc]) -> str:
    kinds = dict.fromkeys(disc.activation for disc in discs)
    texts = [shortened(kind, 16) for kind in kinds if kind]
    off = sum(disc.is_off for disc in discs)
    if off:
        several = len(discs) > 1
        texts.append(
            say("{count} of {all} off", count=off, all=len(discs)) if several else say("off")
        )
    return " · ".join(texts[:3])


def layer_of(net: Net, disc: Disc) -> str:
    """Where a disc stands, in words."""
    if disc.column == 0:
        constant = disc.is_constant
        return say("an input, a constant of the program") if constant else say("an input")
    where = say("output")
    if not disc.is_output:
        where = say("unit {row} of layer {layer}", row=disc.row, layer=disc.column)
    _, _, scope = disc.scope.partition("/")
    if not scope or scope.isdigit():
        return where
    return say("{where} ({scope})", where=where, scope=scope)


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
    return say(" ").join(_sentences(net, disc))


def _sentences(net: Net, disc: Disc) -> list[str]:
    found = []
    if not math.isfinite(disc.value):
        found.append(say("Its value is {number}.", number=number(disc.value)))
        found.append(_origin(net, disc))
    result, slope = result_of(net), derivative(net, disc)
    if disc.is_off:
        about = {
            "sum": number(disc.total or 0.0), "activation": disc.activation,
            "value": number(disc.value),
        }  # fmt: skip
        found.append(
            say(
                "Its sum is {sum}, where {activation} is flat: {value} goes on and no gradient "
                "comes back through it.",
                **about,
            )
            if net.has_gradients
            else say("Its sum is {sum}, where {activation} is flat: {value} goes on.", **about)
        )
    elif slope is not None:
        found.append(_effect(result, slope))
    if disc.activation and 0.0 < abs(disc.slope) < SATURATED:
        found.append(
            say(
                "{activation} is nearly flat there: its slope is {slope}, and so little of the "
                "gradient comes back.",
                activation=disc.activation,
                slope=number(disc.slope),
            )
        )
    if disc.is_constant and net.has_gradients:
        found.append(say("It is a constant of the program, so no gradient is stored in it."))
    return found


def _effect(result: str, slope: float) -> str:
    if not math.isfinite(slope):
        return say("Its gradient is {number}.", number=number(slope))
    if slope == 0.0:
        return say("Nothing it does reaches {result} here.", result=result)
    times = number(abs(slope))
    if slope > 0.0:
        return say(
            "Raise it a little: {result} rises {times} times as much.", result=result, times=times
        )
    return say(
        "Raise it a little: {result} falls {times} times as much.", result=result, times=times
    )


def _origin(net: Net, disc: Disc) -> str:
    """Where an infinity or nan comes from: what a unit reads, a weight of its own, or itself."""
    hairs = [net.hairs[k] for k in disc.hairs]
    if any(h.source >= 0 and not math.isfinite(net.discs[h.source].value) for h in hairs):
        return say("It came from what this unit reads.")
    for hair in hairs:
        if not math.isfinite(hair.weight):
            weight = number(hair.weight)
            return say("Its weight {name} is {number}.", name=hair.name, number=weight)
    return say("It begins here.")


def title_of(net: Net, disc: Disc) -> str:
    """What a pointer or a screen reader reads of a disc."""
    name, where, value = disc.name, layer_of(net, disc), number(disc.value)
    if disc.gradient is None:
        first = say("{name}, {where}: value {value}.", name=name, where=where, value=value)
    else:
        first = say(
            "{name}, {where}: value {value}, gradient {gradient}.",
            name=name, where=where, value=value, gradient=number(disc.gradient),
        )  # fmt: skip
    return say(" ").join([first, *_sentences(net, disc)]).replace("≈", say("about "))


def overview(net: Net, mode: str) -> list[str]:
    """The picture in a few sentences."""
    found = []
    if net.samples > 1:
        found.append(
            say(
                "Sample {number} of a batch of {all} (the first is 0); its gradients are its own "
                "part.",
                number=net.sample,
                all=f"{net.samples:,}",
            )
        )
    if net.loss:
        name, value = loss_name(net, net.loss), number(net.loss.value)
        found.append(say("{name} is {number}.", name=name, number=value))
    if not net.has_gradients:
        found.append(say("There is no gradient yet: call backward() first."))
    broken = next((d for d in net.discs if not math.isfinite(d.value)), None)
    if broken:
        found.append(say("{what} begins at {name}.", what=number(broken.value), name=broken.name))
    off = sum(disc.is_off for disc in net.hidden)
    flat = sum(0.0 < abs(d.slope) < SATURATED for d in net.hidden if d.activation)
    hidden = len(net.hidden)
    if flat:
        found.append(
            say(
                "Saturated: {count} of {all} hidden units; little gradient passes.",
                count=flat,
                all=hidden,
            )
        )
    if off and net.has_gradients:
        found.append(
            say(
                "Off: {count} of {all} hidden units; the gradient stops there.",
                count=off,
                all=hidden,
            )
        )
    elif off:
        found.append(say("Off: {count} of {all} hidden units.", count=off, all=hidden))
    widest = _widest(net, mode)
    if widest:
        found.append(_most(net, widest, mode))
    return found


def _most(net: Net, widest: Hair, mode: str) -> str:
    """What the hair that carries most carries."""
    source, target = net.discs[widest.source], net.discs[widest.target]
    about = {
        "source": source.name, "target": target.name,
        "number": number(carried(widest, mode) or 0.0),
    }  # fmt: skip
    if mode == "weight":
        return say("The largest weight, {number}, leads from {source} to {target}.", **about)
    if mode == "activation":
        return say("The largest product, {number}, goes from {source} to {target}.", **about)
    text = say("Most gradient flows back from {target} to {source}: {number}.", **about)
    if not source.is_off:
        return text
    return say(" ").join([text, say("{name} is off, so it ends there.", name=source.name)])


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
        sizes = say("{sizes} ({count} layers)", sizes=sizes, count=len(net.columns) - 1)
    else:
        sizes = "-".join(map(str, counts))
    weights = counted(net.weights, "weight")
    if net.loss:
        text = say(
            "Net {sizes} of {loss}: {weights}", sizes=sizes, loss=net.loss.name, weights=weights
        )
    else:
        text = say("Net {sizes}: {weights}", sizes=sizes, weights=weights)
    if net.samples > 1:
        text += say(
            ", sample {number} (of {all}, the first is 0)",
            number=net.sample,
            all=f"{net.samples:,}",
        )
    return text
