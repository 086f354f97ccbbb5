"""The table in JavaScript: in Chromium, against mpmath, the Python engine and the tape."""

import itertools
import json
import math
import random
import re
from math import inf, nan
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from mpmath import mp
from test_browser import chromium  # noqa: F401 (a fixture)
from test_random_graphs import on_engine, programs
from test_table import EXTREME, SLOW, UNARY, samples
from truth import as_float, truth

import autograd_lite as ag
import nn
from autograd_lite import Primitive, Value, javascript, topological_order
from autograd_lite.compiler import interpreter
from autograd_lite.compiler.elementwise import Elementwise
from autograd_lite.compiler.write_js import to_js
from autograd_lite.javascript import (
    NotInJavaScript,
    every_row,
    graph_program,
    module,
    tape_program,
)
from autograd_lite.javascript.program import as_json
from autograd_lite.primitive import Reduction, partials_at, value_at
from autograd_lite.primitives import TABLE
from autograd_lite.views.output import page

EDGES = [-0.0, 1e-320, -1e-320, math.pi, 1 / 3, 27.0, -27.5, 171.0, 1e16, *EXTREME]
FEW = [0.0, -0.0, 1.0, -1.0, 2.0, -2.5, 0.5, 1e308, -1e-308, inf, -inf, nan]
RUN = """
function replayed(program, numbers, seeds) {
  const tape = new Tape(program);
  const slots = [...program.captured, ...program.inputs];
  numbers.forEach((x, i) => (tape.values[slots[i]] = readNumber(x)));
  tape.forward();
  const broken = tape.broken();
  tape.backward(seeds && seeds.map(readNumber));
  const sendable = (x) => (Object.is(x, -0) ? "-0" : Number.isFinite(x) ? x : String(x));
  const text = (xs) => Array.from(xs, sendable);
  return { values: text(tape.values), adjoints: text(tape.adjoints), broken };
}
"""


class Page:
    """A page with the engine, which has every row."""

    def __init__(self, tab):
        self.tab = tab
        tab.set_content("<!doctype html><title>Engine</title>")
        tab.add_script_tag(content=module(every_row(), every_row()) + RUN)

    def replay(self, jobs):
        """Values and adjoints of all slots for each (program, numbers, seeds)."""
        text = json.dumps(
            [[p, [as_json(x) for x in xs], s and [as_json(x) for x in s]] for p, xs, s in jobs]
        )
        found = self.tab.evaluate("(text) => JSON.parse(text).map((job) => replayed(...job))", text)
        return [
            (*(list(map(read, x[k])) for k in ("values", "adjoints")), x["broken"]) for x in found
        ]


def read(x):
    return float({"Infinity": inf, "-Infinity": -inf, "NaN": nan, "-0": -0.0}.get(x, x))


@pytest.fixture(scope="module")
def engine(chromium):  # noqa: F811
    context = chromium.new_context()
    yield Page(context.new_page())
    context.close()


def close(found, wanted, rel=1e-12, absolute=0.0):
    if not (math.isfinite(found) and math.isfinite(wanted)):
        return found == wanted or (found != found and wanted != wanted)
    return abs(found - wanted) <= rel * abs(wanted) + absolute + 1e-307


def one_row(row, xs):
    """The program of one operation, whose operands are captured leaves."""
    n = len(xs)
    width = n // row.columns if isinstance(row, Reduction) else 0
    columns = [c * width for c in range(row.columns)] if width else list(range(n))
    return {
        "rows": [row.name], "masked": [], "slots": n + 1, "constants": [], "inputs": [],
        "captured": list(range(n)), "outputs": [n], "guards": [],
        "code": [[0, 1, width, n, 0, *columns]],
    }  # fmt: skip


def points(row):
    if isinstance(row, Reduction):
        count = row.columns * 2
    else:
        count = len(row.operands)
    numbers = EDGES if count == 1 else FEW if count <= 2 else FEW[::2]
    return [*samples(row), *itertools.product(numbers, repeat=count)]


def test_every_row_at_every_edge_against_the_python_engine(engine):
    jobs = [(row, tuple(map(float, xs))) for row in TABLE.values() for xs in points(row)]
    found = engine.replay([(one_row(row, xs), xs, None) for row, xs in jobs])
    for (row, xs), (values, adjoints, _) in zip(jobs, found):
        value = value_at(row, xs)
        wanted = [value, *(0.0 + partial for partial in partials_at(row, value, xs))]
        scale = 1e-15 if row.name == "lgamma" else 0.0  # beside its zeros
        for one, other in zip([values[-1], *adjoints[:-1]], wanted):
            assert close(one, other, absolute=scale), (row.name, xs, one, other)
        assert (math.copysign(1.0, values[-1]) == math.copysign(1.0, value)) or value != value
    assert len({row.name for row, _ in jobs}) == len(TABLE)


def test_functions_far_out_against_mpmath(engine):
    jobs = [(each.values[0], (x,)) for each in UNARY for x in EDGES]
    found = engine.replay([(one_row(row, xs), xs, None) for row, xs in jobs])
    checked = 0
    for (row, xs), (values, _, _) in zip(jobs, found):
        if row.name in SLOW and abs(xs[0]) > 100:
            continue
        wanted = truth(row, *xs) if xs[0] == xs[0] else None
        if wanted is not None and not mp.isnan(wanted):
            checked += 1
            wanted = as_float(wanted)
            almost = abs(values[-1]) > 1e307 < abs(wanted)
            assert almost or close(values[-1], wanted, absolute=2e-15 * (row.name == "lgamma")), (
                row.name, xs, values[-1], wanted,
            )  # fmt: skip
    assert checked > 500


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(programs())
def test_random_graphs_have_the_numbers_of_backward(engine, Value, program):
    leaves, y = on_engine(Value, program)
    order = topological_order(y)
    described, slots = graph_program(order)
    [(values, adjoints, broken)] = engine.replay(
        [(described, [x.data for x in order if x.op is None], None)]
    )
    y.backward()
    assert broken == -1
    assert described["inputs"] == [slots[x] for x in order if x.op is None]
    scale = 1.0 + max((abs(x.grad) for x in order if math.isfinite(x.grad)), default=0.0)
    for node in order:
        found = values[slots[node]], 0.0 + adjoints[slots[node]]
        assert close(found[0], node.data, absolute=1e-12), (node, found)
        assert close(found[1], node.grad, absolute=1e-12 * scale), (node, found)
    assert set(leaves) & set(order) == {x for x in order if x.op is None}


def moons():
    random.seed(3)
    net = nn.MLP(2, [4, 2], seed=1)
    return net, [[random.gauss(0, 1), random.gauss(0, 1)] for _ in range(3)]


def compiled_functions():
    net, xs = moons()
    w = ag.Value(0.7, label="w")
    yield lambda x: nn.cross_entropy(net(x), 1), (xs[0],)
    yield lambda x: sum(ag.where(v < 0.0, v.exp(), w * v) for v in x), ([0.3, -0.4, 2.0],)
    yield lambda x, y: (x * w, y / x, ag.logsumexp([x, y, w])), (0.5, 2.0)
    yield lambda x: ag.where(x < 1.0, ag.sqrt(x), x.log()), (0.0,)
    yield lambda x: ag.gradients(ag.tanh(w * x) ** 2, w, create_graph=True), (0.5,)
    yield lambda x: x.detach() * x, (3.0,)


@pytest.mark.parametrize("k", range(6))
def test_tapes_have_the_numbers_of_the_reference_interpreter(engine, k):
    function, args = list(compiled_functions())[k]
    program = ag.compile(function)
    replay = program._run(args, {})
    tape = replay.specialization.tape
    given = [leaf.data for leaf in replay.specialization.leaves()]
    given += list(replay.arguments.of_sample(0))
    values = interpreter.forward(tape, dict(zip((*tape.captured, *tape.inputs), given)))
    seeds = [0.5 + i for i in range(len(tape.outputs))]
    wanted = interpreter.reverse(tape, interpreter.linearized(tape.rows(), values), seeds)
    [(found, adjoints, broken)] = engine.replay([(tape_program(tape), given, seeds)])
    assert broken == -1
    for slot in tape.outputs:
        assert close(found[slot], values[slot])
    for slot in (*tape.captured, *tape.inputs):
        assert close(adjoints[slot], wanted[slot], absolute=1e-15)


def imported(engine, text, then):
    """What the JavaScript function `then` makes of the module with this text."""
    module_at = f"import('data:text/javascript,' + encodeURIComponent({json.dumps(text)}))"
    return engine.tab.evaluate(f"{module_at}.then({then})")


def test_to_js_is_a_module_that_a_page_imports(engine):
    w = Value(3.0, label="w")

    def slope(x, y):
        if x > 0.0:
            return (w * x).tanh() * y
        return y * w

    program = ag.compile(slope)
    text = program.to_js(0.3, 2.0)
    assert not any(word in text for word in ("eval(", "Function(", "import "))
    value, gradient = program.value_and_grad(0.3, 2.0)
    alone, both, leaves = imported(
        engine, text, "(m) => [m.value([0.3, 2]), m.valueAndGradient([0.3, 2]), m.leaves]"
    )
    assert alone == both["value"] == pytest.approx(value, rel=1e-14)
    assert both["inputs"] == pytest.approx(list(gradient), rel=1e-14)
    assert leaves == {"names": ["w"], "data": [3]}
    y = slope(Value(0.3), Value(2.0))
    assert both["leaves"] == pytest.approx([ag.gradients(y, w)], rel=1e-14)
    refused = imported(
        engine,
        text,
        """(m) => [[[-1, 2]], [[1]], [[1, 2], [1, 2]]].map((given) => {
            try { return m.value(...given); } catch (error) { return String(error); }
        })""",
    )
    assert refused[0].startswith("RangeError: these numbers take another branch than the traced")
    assert "test_javascript.py" in refused[0]
    assert refused[1] == "RangeError: inputs: an array of 2 is wanted, got 1"
    assert refused[2] == "RangeError: leaves: an array of 1 is wanted, got 2"


def test_several_results_and_hostile_names(engine):
    label = "w\n</script>*/ alert(1)"
    w = Value(2.0, label=label)
    program = ag.compile(lambda x: [w * x, w + x])
    text = program.to_js(5.0)
    assert "</script>" not in text
    got = imported(engine, text, "(m) => [m.valueAndGradient([5], [2], [1, 10]), m.leaves.names]")
    assert got == [{"value": [10, 7], "inputs": [12], "leaves": [15]}, [label]]
    assert "\nalert" not in to_js(program.tapes()[0], "f\nalert(1)")


@pytest.mark.parametrize("states", [0, 1, 2])
def test_elementwise_formulas(engine, states):
    formulas = [
        lambda x, g, lr: (x - lr * g,),
        lambda x, g, m, lr: (x - lr * m, 0.9 * m + g),
        lambda x, g, m, v, lr: (
            x - lr * m / (ag.sqrt(v) + 1e-8),
            0.9 * m + 0.1 * g,
            0.99 * v + 0.01 * g * g,
        ),
    ]
    move = Elementwise(formulas[states], states=states, constants=1)
    data, slopes = [1.0, -2.0, 0.5], [0.3, -0.7, 2.0]
    text = module(elementwise={"move": move}, tape=False)
    found = engine.tab.evaluate(
        f"(() => {{ {text} const x = Float64Array.from({data}), g = Float64Array.from({slopes});"
        f" const states = Array.from({{length: {states}}}, () => new Float64Array(3));"
        " for (let k = 0; k < 5; k++) ELEMENTWISE.move(x, g, states, [0.1]);"
        " return [Array.from(x), states.map((s) => Array.from(s))]; })()"
    )
    leaves, kept = [Value(x) for x in data], move.new_states(3)
    for leaf, slope in zip(leaves, slopes):
        leaf.grad = slope
    for _ in range(5):
        move(leaves, kept, [0.1])
    assert found == [[leaf.data for leaf in leaves], [list(x) for x in kept]]


def test_custom_primitives_are_named():
    cube = Primitive("cube", lambda x: x**3, lambda out, x: (3.0 * x * x,))
    other_tanh = Primitive("tanh", lambda x: x, lambda out, x: (1.0,))
    for custom in (cube, other_tanh):
        with pytest.raises(
            NotInJavaScript, match=f"{custom.name} cannot be written in JavaScript"
        ) as caught:
            graph_program(topological_order(custom(Value(2.0)) + 1.0))
        assert caught.value.names == [custom.name]
        with pytest.raises(TypeError, match=custom.name):
            ag.compile(lambda x, custom=custom: custom(x)).to_js(1.0)


def test_a_page_has_only_the_rows_that_it_needs():
    text = module(["mul"])
    assert "mul_forward" in text
    assert not any(name in text for name in ("tanh", "erf"))
    assert "erfc_fraction" in module(["erfc"])
    assert "masked" not in text.split("class Tape")[0]
    assert "mul_reverse_masked" in module(["mul"], ["mul"])


def test_no_two_files_of_a_page_declare_the_same_name():
    """They are joined to one module, where that would be an error."""
    declared = re.compile(
        r"^(?:async )?(?:function|class|const|let) (?:(\w+)|[{[] ([\w, ]+) [}\]])", re.MULTILINE
    )
    files = [*(page.HERE / "js").glob("*.js"), *Path(javascript.__file__).parent.glob("tape.js")]
    alone = {"element"}  # a script of its own
    found = {}
    for path in files:
        for one, several in declared.findall(path.read_text(encoding="utf-8")):
            for name in re.findall(r"\w+", one or several):
                if path.stem not in alone:
                    found.setdefault(name, set()).add(path.name)
    assert len(found) > 100
    assert {name: where for name, where in found.items() if len(where) > 1} == {}
