"""draw_dot: what is in the source, and what happens with and without a `dot` program."""

import errno
import re
import shutil
import subprocess
import sys
import sysconfig
import warnings
from pathlib import Path

import pytest

import autograd_lite as ag
from autograd_lite import draw_dot
from autograd_lite.views.text import number


def test_labels_data_gradients_and_operations(Value):
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = (a * b).tanh()
    y.backward()
    source = draw_dot(y).source
    assert f'n0 [label="{{ a | data 2 | grad {number(a.grad, 5)} }}"]' in source
    assert "rankdir=LR" in source
    for line in ("n2_op [label=", "n0 -> n2_op", "n1 -> n2_op", "n2_op -> n2", "n3_op [label=tanh"):
        assert line in source


def test_numbers_are_those_of_the_other_pictures(Value):
    x = Value(0.9999999, label="x")
    y = x * -1.0001
    y.backward()
    source = draw_dot(y).source
    assert 'n0 [label="{ x | data ≈1 | grad −1.0001 }"]' in source
    assert draw_dot(Value(1.000001) * 2.0).source.count("data 1 ") == 0


def test_before_any_backward_there_is_no_gradient(Value):
    y = Value(2.0, label="u") * 3
    assert "grad" not in draw_dot(y).source
    y.backward()
    assert 'n0 [label="{ u | data 2 | grad 3 }"]' in draw_dot(y).source


def test_a_square_has_two_edges(Value):
    x = Value(3.0)
    assert draw_dot(x * x).source.count("n0 -> n1_op") == 2


def test_constants_stand_in_the_operation(Value):
    x = Value(3.0)
    for y, text in [
        (x**2, "x²"), (1 - x, "1 −"), (x - 1, "− 1"), (x * 0.5, "× 0.5"),
        (x.clip(-1, 1), "clip −1…1"), (x.leaky_relu(0.1), "leaky ReLU 0.1"),
    ]:  # fmt: skip
        assert re.search(rf'n1_op \[label="{re.escape(text)}"', draw_dot(y).source), text


@pytest.mark.parametrize(
    "label",
    ['a"b', "{x|y}", "<b>", "back\\slash", "\\N", "new\nline", "a & b", "😀", "שלום", "x" * 10_000,
     "", "\x00"],
    ids=range(12),
)  # fmt: skip
def test_any_label_is_escaped(Value, label):
    x = Value(3.0, label=label)
    graph = draw_dot(x + 1)
    assert len(graph.source) < 1000
    line = next(line for line in graph.source.splitlines() if "n0 [" in line)
    text = re.fullmatch(r'\s*n0 \[label="\{ (.*) \| data 3 \}"\]', line)[1]
    bare = re.sub(r"\\.|&\w+;", "", text)
    assert not set('{}|<>"\\').intersection(bare[:-1])


def test_several_roots_and_bad_roots(Value):
    x = Value(1.0)
    assert "n2 [" in draw_dot([x + 1, x * 2]).source
    with pytest.raises(TypeError, match="draws a Value or a list of Values, got float"):
        draw_dot(1.0)


@pytest.fixture
def no_dot(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))


def test_without_a_dot_program_there_is_a_sentence_and_no_traceback(Value, no_dot, tmp_path):
    graph = draw_dot(Value(1.0) + 1)
    bundle = graph._repr_mimebundle_()
    assert "install Graphviz" in bundle["text/plain"]
    with pytest.warns(UserWarning, match="pip install"):
        where = graph.render(str(tmp_path / "g"))
    assert Path(where).read_text() == graph.source


def rendered(Value):
    a = Value(2.0, label='a "<&>" {x|y} \\N')
    return draw_dot((a * a).tanh() + 1).pipe(format="svg").decode()


def test_where_no_program_can_run_there_is_a_sentence_too(Value, no_dot, monkeypatch):
    def popen(*args, **options):
        raise OSError(errno.ENOTSUP, "emscripten does not support processes.")

    monkeypatch.setattr(subprocess, "Popen", popen)
    assert "DOT language" in draw_dot(Value(1.0))._repr_mimebundle_()["text/plain"]


@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz's dot is not installed")
def test_a_picture_by_graphviz(Value):
    svg = rendered(Value)
    assert "a &quot;&lt;&amp;&gt;&quot; {x|y} \\N" in svg.replace("&#45;", "-")


def test_a_picture_by_the_installable_dot(Value, monkeypatch):
    program = shutil.which("graphviz-pure") or shutil.which(
        "graphviz-pure", path=sysconfig.get_path("scripts")
    )
    if not program:
        pytest.skip("graphviz-pure is not installed")
    found = shutil.which
    monkeypatch.setattr(
        shutil, "which", lambda name, **kw: None if name == "dot" else found(name, **kw)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "<svg" in rendered(Value)


def test_the_engine_does_not_need_graphviz():
    loaded = "[m for m in ('graphviz', 'numpy', 'tqdm', 'typing') if m in sys.modules]"
    code = f"import sys, autograd_lite; print({loaded})"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
    assert ag.draw_dot is draw_dot


@pytest.mark.parametrize("label", ["<b>x</b>", "<>", "\ud800", "a\\b"])
def test_the_label_of_a_custom_primitive_is_escaped(Value, label):
    p = ag.Primitive("p", lambda x: x, lambda out, x: (1.0,), label=label)
    x = Value(1.0, label="\ud800")
    source = draw_dot(p(x)).source
    assert "label=<" not in source
    source.encode()


def test_a_compiled_program_is_drawn_by_its_instructions(Value):
    w = [Value(0.5), Value(-1.0)]
    program = ag.compile(lambda x: (w[0] * x + w[1] * x * x).tanh() + x)
    with pytest.raises(ValueError, match="this one has 0: call it once first"):
        draw_dot(program)
    program.value(2.0)
    source = draw_dot(program).source
    assert source.count("->") == 9
    assert 'label="{ dot | 1 row of 2 }"' in source
    assert 'inputs [label="1 input" shape=oval]' in source
    assert 'leaves [label="2 leaves" shape=oval]' in source
    program.value(3.0)
    assert draw_dot(program).source == source
    other = ag.compile(lambda x: x if x > 0 else -x)
    assert (other.value(1.0), other.value(-1.0)) == (1.0, 1.0)
    with pytest.raises(ValueError, match="has 2 tapes"):
        draw_dot(other)


def test_a_loop_of_a_program_is_its_step_in_a_frame(Value):
    friction = Value(0.2)

    def end(x, pushes, n):
        def step(state, push):
            return (state[0] + 0.1 * state[1], state[1] + push - friction * state[0].sin()), None

        (x, _), _ = ag.scan(step, (x, 0.0), pushes)
        x = ag.while_loop(lambda x: x * x > 0.1, lambda x: x * 0.5, x)
        return ag.scan(lambda x, _: (x * friction, x), x, length=n)[0]

    program = ag.compile(end)
    program.value(0.5, [0.1, 0.2, 0.3], 4)
    source = draw_dot(program).source
    framed = re.findall(r"subgraph (\w+) \{\n(.*?)\t\}", source, re.DOTALL)
    titles = [re.search('label="(.*?)"', inside)[1] for _, inside in framed]
    assert titles == ["a step, × 3, chained"] + ["a step, × n, chained"] * 2
    assert all("->" not in inside for _, inside in framed)  # else both ends would be in the frame
    made = [sorted(re.findall(r'label="\{ (\w+)', inside)) for _, inside in framed]
    assert made[0] == ["add", "mul", "mul", "sin", "sub"]  # both additions are one instruction
    assert made[1:] == [["mul", "mul", "where_less"], ["mul"]]
    assert source.count("label=next") == 4
    assert "state: 2 numbers" in framed[0][1]
    assert "while it is not 0" in framed[1][1]
    assert re.search(r"inputs -> \w+state \[label=n", source)
    known = set(re.findall(r"^\t+(\w+) \[label", source, re.MULTILINE))
    assert known >= {end for edge in re.findall(r"(\w+) -> (\w+)", source) for end in edge}
