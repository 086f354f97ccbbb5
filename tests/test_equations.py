"""Every equation printed for random graphs, read back and evaluated, agrees with the engine."""

from __future__ import annotations

import math
import random
import re
import xml.etree.ElementTree as ET

import pytest
from equations import MARK, Reader, number_shown, operand_number, read_latex, shows
from hypothesis import example, given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.primitive import value_at
from autograd_lite.views.formula.writer import FormulaWriter
from autograd_lite.views.names import names

GRAPHS = 200
CONSTANTS = (2.0, -0.5, 1.0, 1 / 3, 1.0001, 3e-7, 1e6, 0.0)
MOVES = (
    lambda x, y, c: x + y,
    lambda x, y, c: x * y,
    lambda x, y, c: x - y,
    lambda x, y, c: x / (y * y + 1.0),
    lambda x, y, c: x * c,
    lambda x, y, c: c - x,
    lambda x, y, c: x**2,
    lambda x, y, c: (x * x + 0.5) ** -0.5,
    lambda x, y, c: (x * x + 1.0) ** y.tanh(),
    lambda x, y, c: x.tanh(),
    lambda x, y, c: x.sigmoid(),
    lambda x, y, c: x.relu(),
    lambda x, y, c: x.leaky_relu(),
    lambda x, y, c: x.elu(),
    lambda x, y, c: abs(x),
    lambda x, y, c: -x,
    lambda x, y, c: x.clip(-1.0, 1.0),
    lambda x, y, c: (abs(x) + 0.25).log(),
    lambda x, y, c: (abs(x) + 0.25).sqrt(),
    lambda x, y, c: x.tanh().exp(),
    lambda x, y, c: x.sin(),
    lambda x, y, c: ag.max(x, y),
    lambda x, y, c: ag.min(x, c, y),
    lambda x, y, c: ag.sum([x, y, x, c]),
    lambda x, y, c: ag.dot([x, y, x], [y, c, x]),
    lambda x, y, c: ag.hypot(x, y),
    lambda x, y, c: ag.logsumexp([x.tanh(), y.tanh(), 0.5]),
    lambda x, y, c: x.log(),  # nan left of 0, −∞ at 0
)
LABELS = (
    "x", "w", "w", "b", "long name", "rate", "x²", "layer-1", "a + b",
    "rate_of_the_first_of_all_layers", "v1", None, None, None,
)  # fmt: skip


def built(Value, seed):
    """A graph of some operations with labels here and there, twice the same now and then."""
    rng = random.Random(seed)
    leaves = [
        Value(rng.choice([rng.gauss(0.0, 1.0), 0.0, 1.0, -2.0]), rng.choice(LABELS))
        for _ in range(rng.randint(1, 4))
    ]
    pool = leaves[:]
    for _ in range(rng.randint(2, 14)):
        x, y = rng.choice(pool[-4:]), rng.choice(pool)
        node = rng.choice(MOVES)(x, y, rng.choice(CONSTANTS))
        if rng.random() < 0.25:
            node.label = rng.choice(("p", "q", "x", "z", "loss"))
        pool.append(node)
    return pool[-1]


class Truth:
    """What is true of a graph, by the names of its Values."""

    def __init__(self, root):
        self.order = ag.topological_order(root)
        self.named = names(self.order)
        self.node = {name: node for node, name in self.named.items()}
        assert len(self.node) == len(self.order), "no two alike"
        self.data = {name: node.data for node, name in self.named.items()}
        self.gradients = dict(zip(self.order, ag.gradients(root, self.order)))
        self.reader = Reader(self.data)
        self.so_far = {}
        writer = FormulaWriter(self.named)
        inner = [node for node in self.order if node.op is not None]
        self.apart = {writer.text(writer.value(node, apart=True)): node for node in inner}

    def of(self, text):
        """The Value that a text names, with brackets or without; and the mark behind it."""
        mark = re.search(rf"(?:{MARK})?$", text)[0]
        text = text.removesuffix(mark)
        if text not in self.node and text.startswith("("):
            text = text[1:-1]
        if text not in self.node:  # named by its formula, with its operands told apart
            node = self.apart[text]
            assert self.reader.agrees(text, node.data)
            return node, mark
        return self.node[text], mark

    def check_equation(self, text):
        """`p = x·w = 2 × (−0.6) = −1.2`: a name, a formula, numbers."""
        name, *parts = text.replace(" ≈ ", " = ≈").split(" = ")
        node, _ = self.of(name)
        for part in parts:
            assert self.reader.agrees(part, node.data), (text, part, node.data)
        return node

    def check_step(self, text):
        """`w.grad += ∂p/∂w · p.grad = 2 × (−0.659) = −1.32`; gives the Value and the share."""
        match = re.fullmatch(
            r"(.+)\.grad +\+= ∂(.+)/∂(.+) · (.+)\.grad = (\S+) × \(?(\S+?)\)? = (\S+)",
            text.replace(" ≈ ", " = ≈"),
        )
        assert match, text
        goal, _ = self.of(match[1])
        node, _ = self.of(match[2])
        operand, mark = self.of(match[3])
        assert operand is goal, text
        assert self.of(match[4])[0] is node, text
        uses = [k for k, parent in enumerate(node.parents) if parent is operand]
        k = uses[operand_number(mark) if mark else 0]
        partial = node.partials[k]
        assert (len(uses) > 1) == bool(mark), "a repeated operand is told apart"
        share = self.gradients[node] * partial
        for shown, x in zip(match.groups()[4:], (partial, self.gradients[node], share)):
            assert shows(shown, x), (text, shown, x)
        before = self.so_far.get(goal)
        self.so_far[goal] = share if before is None else before + share
        return goal, before, share, (node, k)

    def check_sum(self, text, before, share, after):
        """`accumulates: −0.6 − 1.32 = −1.92`."""
        match = re.fullmatch(r"(\S+) ([+−]) \(?(\S+?)\)? = (\S+)", text.replace(" ≈ ", " = ≈"))
        assert match, text
        assert shows(match[1], before), text
        signed = match[3] if match[2] == "+" else f"−{match[3]}".replace("−≈", "≈−")
        assert shows(signed, share) or (share != share and match[3] == "nan"), text
        assert shows(match[4], after), text

    def check_rule(self, text, node, k):
        """`∂(x′·x″)/∂x′ = x″, since x > 0`, or a choice, or nan."""
        partial = node.partials[k]
        if text.startswith("nan"):
            assert partial != partial, text
            return
        if text == "∞ × 0 is not a number":
            assert math.isinf(partial) or partial == 0.0, text
            return
        if " is a choice: " in text:
            assert shows(text.partition(" ")[0], partial), text
            assert not smooth(node, k), text
            return
        rule, _, why = text.partition("since ")
        if rule := rule.removesuffix(", "):
            local, formula = rule.split(" = ")
            above, below = local.removeprefix("∂").rsplit("/∂", 1)
            assert self.reader.agrees(above, node.data), text
            assert self.of(below)[0] is node.parents[k], text
            assert self.reader.agrees(formula, partial), (text, partial)
        assert smooth(node, k), text
        for condition in filter(None, why.split(" and ")):
            left, sign, right = re.fullmatch(r"(.+) ([<>≤≥=]) (.+)", condition).groups()
            a, b = self.reader.value(left), self.reader.value(right)
            holds = {"<": a < b, ">": a > b, "≤": a <= b, "≥": a >= b, "=": a == b}
            assert holds[sign], (text, a, b)


def smooth(node, k):
    """Whether there is one slope, seen from both sides."""
    places = [place for place, x in enumerate(node.args) if not isinstance(x, float)]
    numbers = [x if isinstance(x, float) else x.data for x in node.args]
    slopes = []
    for step in (1e-8, -1e-8):
        moved = numbers[:]
        moved[places[k]] += step
        slopes.append((value_at(node.op, moved) - node.data) / step)
    if not all(map(math.isfinite, [*slopes, node.partials[k]])):
        return True  # a pole: no choice
    noise = 1e10 * math.ulp(max(abs(node.data), abs(numbers[places[k]])))
    return abs(slopes[0] - slopes[1]) < 1e-3 * max(1.0, *map(abs, slopes)) + noise


SEEDS = [pytest.param(range(k, k + 20), id=str(k)) for k in range(0, GRAPHS, 20)]


@pytest.mark.slow
@pytest.mark.parametrize("seeds", SEEDS)
def test_the_equations_of_steps(Value, seeds, full_or_quick):
    for seed in seeds[:: full_or_quick(1, 2)]:
        root = built(Value, seed)
        truth, checked = Truth(root), 0
        for step in ag.step(root, level="operation").steps:
            for line in step.lines:
                text = str(line)
                checked += 1
                if step.phase == "forward":
                    node = truth.check_equation(text)
                elif "+=" in text:
                    if text.startswith(f"{step.title.partition(' = ')[0]}.grad ="):
                        continue
                    equation, _, total = text.partition(", accumulates: ")
                    goal, before, share, use = truth.check_step(equation)
                    assert (before is not None) == bool(total)
                    if total:
                        truth.check_sum(total, before, share, truth.so_far[goal])
                    if line.rule:
                        truth.check_rule(line.rule, *use)
                elif step.phase == "backward":
                    assert text == f"{line.quantity} = 1"
                else:
                    name, _, numbers = text.replace(" ≈ ", " = ≈").partition(".grad = ")
                    node, _ = truth.of(name)
                    shown, _, full = numbers.partition(", in full ")
                    assert shows(shown, truth.gradients[node]), text
                    if full:
                        exact = float(full.replace("−", "-").replace("∞", "inf"))
                        assert repr(exact) == repr(truth.gradients[node])
            if step.phase == "backward" and " = " in step.title:
                truth.check_equation(step.title)
        assert checked


@pytest.mark.slow
@pytest.mark.parametrize("seeds", SEEDS)
def test_the_equations_of_explanations_and_paths(Value, seeds, full_or_quick):
    for seed in seeds[:: full_or_quick(1, 2)]:
        root = built(Value, seed)
        for x in [node for node in ag.topological_order(root) if node.op is None]:
            truth = Truth(root)
            last = None
            found = ag.explain(x, root, steps=None)
            head, _, table = str(found).partition("\n\nSo ")
            for line in head.splitlines():
                equation, _, rule = line.strip().partition("   (")
                equation = equation.strip()
                if re.match(r"\d+\. ", equation):
                    truth.check_equation(equation.partition(". ")[2])
                elif "+=" in equation:
                    last = truth.check_step(equation)
                elif equation.startswith("accumulates: "):
                    goal, before, share, _ = last
                    truth.check_sum(equation[13:], before, share, truth.so_far[goal])
                if rule:
                    truth.check_rule(rule.removesuffix(")"), *last[3])
            if found.steps:
                said = table.replace(" ≈ ", " = ≈")
                name, shown = re.match(r"(.+)\.grad = (\S+)\.\n", said).groups()
                assert truth.of(name)[0] is x
                assert shows(shown, found.gradient)
            check_paths(found.paths, truth)


def check_paths(paths, truth):
    for path in paths:
        if len(path.nodes) > 10:  # only their ends are shown
            continue
        nodes = [truth.of(text)[0] for text in path.nodes_text().split(" → ")]
        assert tuple(nodes) == path.nodes
        *factors, product = path.product_text().replace(" ≈ ", " = ≈").split(" = ")
        shown = [text.strip("()") for text in (factors or [product])[0].split(" × ")]
        if path.partials:
            assert all(map(shows, shown, path.partials)), path.product_text()
        assert shows(product, path.product), path.product_text()
    if paths.count > 1:
        *_, total = [line for line in str(paths).splitlines() if re.search(r"\.grad +[=≈] ", line)]
        assert shows(total.replace("≈ ", "= ≈").split("= ")[-1], paths.total), total


@pytest.mark.parametrize("seeds", SEEDS)
def test_the_words_of_pictures(Value, seeds, full_or_quick):
    for seed in seeds[:: full_or_quick(1, 2)]:
        root = built(Value, seed)
        truth = Truth(root)
        for node in truth.order:
            node.grad = 0.0
        root.backward()
        picture = ag.draw(root)
        assert [card.name for card in picture.scene.cards] == list(truth.node)
        svg = ET.fromstring(picture.svg)
        part = lambda card, name: [
            "".join(e.itertext()) for e in card.iter() if e.get("data-part") == name
        ]
        cards = [e for e in svg.iter() if e.get("data-card")]
        for card, (name, node) in zip(cards, truth.node.items()):
            assert part(card, "name") == [name]
            assert shows(part(card, "data")[0], node.data)
            shown = part(card, "gradient-text")[0]
            assert shows(shown.lstrip("▲▼ "), node.grad)
            finite = math.isfinite(node.grad) and node.grad != 0.0
            assert shown[0] == (("▲" if node.grad > 0 else "▼") if finite else shown[0])
            check_title(card[0].text, name, node, truth)
        slopes = [e.partial for e in picture.scene.edges]
        wanted = [partial for node in truth.order for partial in node.partials]
        assert [repr(x) for x in slopes] == [repr(x) for x in wanted]
        labels = ["".join(e.itertext()) for e in svg.iter() if e.get("data-label")]
        for text in labels:
            shown = text.removeprefix("×").strip("() ")
            assert any(shows(shown, partial) for partial in wanted), text


def check_title(text, name, node, truth):
    """`v0 = x × w, −1.2, gradient minus 0.5`."""
    match = re.fullmatch(r"(.+), (\S+), gradient ((?:about )?(?:minus )?\S+?)(?:, .*)?", text)
    assert match, text
    said, data, gradient = match.groups()
    assert shows(data, node.data), text
    assert shows(gradient.replace("about ", "≈").replace("minus ", "−"), node.grad), text
    spoken = name.replace("·", " × ")
    assert said.startswith(spoken), text
    if said != spoken:
        assert truth.reader.agrees(said[len(spoken) :].removeprefix(" = "), node.data), text


SMALL = (
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: x * y,
    lambda x, y: x / (y * y + 1.0),
    lambda x, y: x % (y * y + 1.0),
    lambda x, y: -x,
    lambda x, y: -2.0 * x,
    lambda x, y: x - 3.0,
    lambda x, y: x**2,
    lambda x, y: 2.0**-x,
    lambda x, y: abs(x),
    lambda x, y: ag.dot([x, -1.0, y], [y, x, -3.0]),
)
small_expressions = st.recursive(
    st.sampled_from("abc"),
    lambda parts: st.tuples(st.integers(0, len(SMALL) - 1), parts, parts),
    max_leaves=5,
)


@given(small_expressions)
@example((1, "a", (0, (5, "b", "b"), "c")))  # a − (−b + c)
@example((5, (0, (5, "a", "a"), "b"), "c"))  # −(−a + b)
@example((0, "a", (4, (5, "b", "b"), "c")))  # a + (−b) mod (c² + 1)
def test_formulas_have_the_brackets_that_they_need_and_none_twice(expression):
    leaves = {name: ag.Value(x, name) for name, x in (("a", 2.5), ("b", -1.5), ("c", 0.75))}

    def made(parts):
        if parts in leaves:
            return leaves[parts]
        which, x, y = parts
        return SMALL[which](made(x), made(y))

    truth = Truth(made(expression))
    writer = FormulaWriter(truth.named)
    by_latex = {writer.latex_name(name): name for name in truth.node}
    reader = Reader({name: x for name, x in truth.data.items() if name.isalnum()})
    for node in truth.order:
        if node.op is None:
            continue
        value = writer.value(node)
        text, latex, numbers = writer.text(value), writer.latex(value), writer.numbers(node, 17)
        for said in (truth.named[node], text, numbers, read_latex(latex, by_latex)):
            assert reader.agrees(said, node.data), (said, node.data)
        said = [writer.local(node, k) + writer.rule(node, k) for k in range(len(node.parents))]
        for formula in (text, latex, numbers, *said):
            assert not doubled(formula), formula


def doubled(formula):
    """Whether there are brackets around brackets."""
    opened, around = [], (-1, -1)
    for place, sign in enumerate(text := re.sub(r"\\(left|right)", "", formula)):
        if sign == "(":
            opened.append(place)
        elif sign == ")":
            start = opened.pop()
            if (start + 1, place - 1) == around:
                return text[start:place]
            around = start, place
    return False


def test_a_reader_that_finds_what_is_wrong(Value):
    """The tests above can fail."""
    x, w = Value(3.0, "x"), Value(-2.0, "w")
    truth = Truth(x * w + 1.0)
    truth.check_equation("x·w = 3 × (−2) = −6")
    for wrong in ("x·w = 3 × (−2) = 6", "x·w = 3 × 2 = −6", "x·w = x + w"):
        with pytest.raises(AssertionError):
            truth.check_equation(wrong)
    truth.check_step("x.grad += ∂(x·w)/∂x · (x·w).grad = −2 × 1 = −2")
    with pytest.raises(AssertionError):
        truth.check_step("x.grad += ∂(x·w)/∂x · (x·w).grad = 2 × 1 = 2")
    with pytest.raises(AssertionError):
        truth.check_rule("∂(x·w)/∂x = x", x * w, 0)
    assert number_shown("≈1") == (1.0, 0.5e-5)
    assert not shows("1", 1.0001)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", SEEDS)
def test_the_equations_in_latex(Value, seeds, full_or_quick):
    checked = 0
    for seed in seeds[:: full_or_quick(1, 2)]:
        root = built(Value, seed)
        truth = Truth(root)
        latex_name = FormulaWriter(truth.named).latex_name
        written = {latex_name(name): name for name in truth.node}
        assert len(written) == len(truth.node)
        simple = {
            latex: name
            for latex, name in written.items()
            if re.fullmatch(r"\w+", name) or latex.startswith(r"\text")
        }
        read = lambda text, simple=simple: read_latex(text, simple)
        for x in [node for node in truth.order if node.op is None]:
            found = ag.explain(x, root, steps=None)
            steps = iter(found.steps)
            for row in found.latex.partition(r"\end{aligned}")[0].split("\\\\\n"):
                equation, _, rule = row.partition(" && ")
                if r"\mathrel{+}=" in equation:
                    step = next(steps)
                    checked += 1
                    product, _, total = equation.partition(r" \quad\Rightarrow\quad ")
                    check_latex_product(read, product, step)
                    if total:
                        assert shows(number_in(total, -1), step.after), row
                        assert shows(number_in(total, 0), step.before), row
                    if rule.startswith(r"\frac"):
                        formula = read(rule.partition(" = ")[2].partition(r"\text{, }")[0])
                        partial = step.node.partials[step.operand]
                        assert truth.reader.agrees(formula, partial), (rule, formula)
                elif " &= " in equation and "grad" not in equation:
                    name, *formulas = equation.replace(" &", " ").split(" = ")
                    name = name.split("\n")[-1].strip()
                    node = next(x for x in truth.order if latex_name(truth.named[x]) == name)
                    for formula in formulas:
                        assert truth.reader.agrees(read(formula), node.data), (row, formula)
            assert next(steps, None) is None
    assert checked


def number_in(text, place):
    """A number of a sum in LaTeX: the first, or the last."""
    parts = re.split(r" (?:=|\\approx) " if place else r" [+-] ", text.strip())
    about = "≈" if place and r" \approx " in text else ""
    return about + read_latex(parts[place], {}).strip().replace("− ", "−")


def check_latex_product(read, text, step):
    """`x.grad += ∂p/∂x · p.grad = 2 · 3 = 6` in LaTeX."""
    numbers = text.replace(r" \approx ", r" = \approx ").split(" = ")[1:]
    first, second = numbers[0].split(r" \cdot ", 1)
    shown = [read(part).strip(" ()") for part in (first, second, numbers[1])]
    for said, x in zip(shown, (step.partial, step.gradient, step.contribution)):
        assert shows(said, x), (text, said, x)
