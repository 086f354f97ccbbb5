"""source_lines: the line that made each Value, and the comparisons that steered the program."""

import asyncio
import contextvars
import gc
import linecache
import os
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

import autograd_lite as ag
import nn
from autograd_lite import modes, scope, source_lines, topological_order
from autograd_lite.lines import _comparisons, guards

ROOT = Path(__file__).parents[1]
columns = pytest.mark.skipif(sys.version_info < (3, 11), reason="code has no columns before 3.11")


@pytest.fixture(autouse=True)
def _nothing_is_left_open():
    assert modes.lines() is None
    yield
    assert modes.lines() is None


def texts(root):
    return [v.source and v.source.text.strip() for v in topological_order(root)]


# Where a Value was made ---------------------------------------------------------------------------


def test_file_line_text_and_function(Value):
    def slope(x, w):
        return x * w

    with source_lines():
        x = Value(2.0)
        y = slope(x, Value(3.0))
    after = y + 1.0
    first = test_file_line_text_and_function.__code__.co_firstlineno
    assert (x.source.number, y.source.number) == (first + 5, first + 2)
    assert (x.source.file, y.source.file) == (__file__, __file__)
    assert (x.source.text, y.source.text) == ("        x = Value(2.0)", "        return x * w")
    assert (x.source.function, y.source.function) == (
        "test_file_line_text_and_function", "slope"
    )  # fmt: skip
    assert after.source is None
    assert y.source.program[first + 1] == "        return x * w\n"


def test_every_way_to_make_a_value(Value):
    double = ag.Primitive("double", lambda x: 2.0 * x, lambda out, x: (2.0,))

    class Weight(Value):
        pass

    with source_lines():
        x = Value(2.0, label="x")
        made = [
            Value(1.0), Value(1.0, "v"), Weight(1.0), x + 1.0, 1.0 - x, x * x, x**2, 2.0**x, -x,
            abs(x), x.tanh(), ag.tanh(x), ag.clip(x, 0.0, 1.0), double(x), x.detach(),
            ag.sum([x, x, 1.0]), ag.dot([x], [3.0]), *ag.relu.each([x, x]),
            *ag.add.each([x], [2.0]), *ag.matvec([[x, 1.0]], [2.0, x]), *ag.softmax([x, x]),
            round(x), round(x, 1), sum([x, x]), ag.where(x > 0.0, x, 1.0) * 1.0,
        ]  # fmt: skip
        with ag.no_grad():
            made += [x * x, *ag.matvec([[x]], [x]), *ag.relu.each([x]), ag.dot([x], [x])]
    own = range(*(test_every_way_to_make_a_value.__code__.co_firstlineno + i for i in (7, 18)))
    assert [v for v in made if v.source is None] == []
    assert {v.source.number for v in made} <= {*own}
    assert x.source.text.strip() == 'x = Value(2.0, label="x")'


def test_a_label_and_a_scope_beside_the_line(Value):
    with source_lines(), scope("cost") as cost:
        x = Value(1.0)
        y = x * 2.0
        y.label = "y"
    assert (y.scope, y.label, x.scope) == (cost, "y", cost)
    y.label = None
    assert (y.scope, y.label, y.source.text.strip()) == (cost, None, "y = x * 2.0")


@columns
def test_a_part_of_a_long_expression(Value):
    with source_lines():
        x = Value(2.0)
        y = (
            x * 3.0
            + (lambda u: u + 1.0)(
                x
            )
        )  # fmt: skip
    product, one, both = [v.source for v in topological_order(y)[1:]]
    part = lambda line: line.text[line.columns[0] : line.columns[1]]
    assert (part(product), part(one), one.function) == ("x * 3.0", "u + 1.0", "<lambda>")
    assert (both.number, both.last) == (product.number, product.number + 3)
    assert both.text.strip() == "x * 3.0"


@columns
def test_columns_count_signs_not_bytes(Value):
    with source_lines():
        größe = Value(2.0)
        y = größe * 3.0
    first, last = y.source.columns
    assert y.source.text[first:last] == "größe * 3.0"


def test_the_users_line_and_not_that_of_nn(Value):
    net = nn.MLP(2, [3, 1], seed=0)
    with source_lines():
        out = net([Value(1.0), 2.0])
        loss = nn.mse(out, [1.0])
    made = [v for v in topological_order(loss) if v.op]
    assert {v.source.text.strip() for v in made} == {
        "out = net([Value(1.0), 2.0])", "loss = nn.mse(out, [1.0])"
    }  # fmt: skip
    assert all(v.source is None for v in net.parameters())


def test_the_users_line_and_not_that_of_a_library(Value):
    numpy = pytest.importorskip("numpy")
    with source_lines():
        y = numpy.mean(numpy.array([Value(1.0), Value(2.0)]))
    assert set(texts(y)) == {"y = numpy.mean(numpy.array([Value(1.0), Value(2.0)]))"}


def test_a_program_of_a_library_alone(Value):
    code = compile("y = x * 2.0", os.path.join(os.path.dirname(os.__file__), "own.py"), "exec")
    names = {"x": Value(1.0)}
    run = threading.Thread(target=contextvars.copy_context().run, args=(exec, code, names))
    with source_lines():
        exec(code, names)
    assert names["y"].source.text.strip() == "exec(code, names)"
    with source_lines():
        run = threading.Thread(target=contextvars.copy_context().run, args=(exec, code, names))
    run.start()
    run.join()
    assert names["y"].source is None  # the mode was left before


def test_cells_of_notebooks_and_text_that_is_run(Value):
    name, text = "<cell 7>", "z = x * 5.0\n"
    linecache.cache[name] = (len(text), None, [text], name)
    names = {"x": Value(1.0)}
    with source_lines():
        exec(compile(text, name, "exec"), names)
        exec("w = x + 3.0\nf = lambda u: u * 7.0\nv = f(w)", names)
        exec(compile("hidden = x * 2.0", "<nowhere>", "exec"), names)
    assert str(names["z"].source) == "line 1: z = x * 5.0"
    assert [str(names[v].source) for v in "wv"] == [
        "line 1: w = x + 3.0",
        "line 2: f = lambda u: u * 7.0",
    ]
    assert names["z"].source.file == name


def test_text_that_nobody_has_kept(Value):
    names = {"x": Value(1.0)}
    code = compile("".join(["y = x", " * 2.0"]), "<nowhere>", "exec")
    with source_lines():
        exec(code, names)
    source = names["y"].source
    assert (source.text, source.program, str(source)) == ("", (), "line 1")
    assert (source.file, repr(source)) == ("<nowhere>", "<line 1 of <nowhere>>")


@pytest.mark.parametrize("backend", ["python", "native"])
def test_a_command(backend):
    code = (
        "import autograd_lite as ag\n"
        "with ag.source_lines():\n    y = ag.Value(2.0) * 3.0\nprint(y.source)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=300,
        env={**os.environ, "AUTOGRAD_LITE_BACKEND": backend, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    if "not built" not in done.stderr:
        assert done.stdout.strip() == "line 3: y = ag.Value(2.0) * 3.0", done.stderr


# The mode -----------------------------------------------------------------------------------------


def test_nested_and_left_by_an_error(Value):
    x = Value(1.0)
    with pytest.raises(KeyError), source_lines(), source_lines():
        raise KeyError
    assert (x * 2.0).source is None
    with source_lines():
        with source_lines():
            inner = x * 2.0
        outer = x * 3.0
    assert (inner.source.text.strip(), outer.source.text.strip()) == (
        "inner = x * 2.0", "outer = x * 3.0"
    )  # fmt: skip


def test_a_decorated_function_and_other_modes(Value):
    @source_lines()
    def product(x):
        return x * 3.0

    y = product(Value(2.0))
    assert y.source.text.strip() == "return x * 3.0"
    with source_lines(), pytest.raises(ag.AnomalyError), ag.detect_anomaly():
        Value(-1.0).log()
    with ag.detect_anomaly(), source_lines():
        assert Value(1.0).log().source is not None
        (Value(1.0) * 2.0).backward()


def test_threads_and_tasks_have_their_own(Value):
    seen = {}

    def work(name):
        seen[name] = (Value(1.0) * 2.0).source

    async def task(name, manager):
        with manager:
            await asyncio.sleep(0.001)
            seen[name] = (Value(1.0) * 2.0).source

    async def both():
        await asyncio.gather(task("on", source_lines()), task("off", scope("off")))

    with source_lines():
        thread = threading.Thread(target=work, args=("thread",))
        thread.start()
        thread.join()
    assert seen.pop("thread") is None
    asyncio.run(both())
    assert seen["on"].text.strip() == "seen[name] = (Value(1.0) * 2.0).source"
    assert seen["off"] is None


def test_a_manager_that_dies_is_left(Value):
    manager = source_lines()
    manager.__enter__()
    assert (Value(1.0) * 2.0).source is not None
    del manager
    assert (Value(1.0) * 2.0).source is None


def test_nothing_lives_longer_than_the_graph(Value):
    gc.collect()
    gc.disable()
    try:
        with source_lines() as lines:
            x = Value(2.0)
            y = x * 3.0
            _ = x < y, y > x, x < 1.0
            y = y * x
        gone = [weakref.ref(v) for v in (x, y, lines)]
        del x, y, lines
        assert [each() for each in gone] == [None] * 3
        assert len(_comparisons) == 0
    finally:
        gc.enable()


def test_an_interrupt_while_a_line_is_looked_up(Value):
    class Interrupted(source_lines):
        def place(self, scope):
            raise KeyboardInterrupt

    x, y = Value(2.0), Value(3.0)
    makers = (
        lambda: Value(1.0), lambda: Value(1.0, "x"), lambda: Value(1.0, label="x"), lambda: x * y,
        lambda: -x, lambda: ag.sum([x, y, x]), lambda: ag.dot([x], [y]), lambda: x < y,
        lambda: bool(x), lambda: ag.relu.each([x]), lambda: ag.matvec([[x]], [y]), lambda: x**2,
    )  # fmt: skip
    held = [sys.getrefcount(each) for each in (x, y)]
    for make in makers * 20:
        with pytest.raises(KeyboardInterrupt), Interrupted():
            make()
    gc.collect()
    assert [sys.getrefcount(each) for each in (x, y)] == held
    assert (x * y).source is None


def test_lines_are_shared(Value):
    with source_lines():
        x = Value(1.0)
        values = [x * 2.0 for _ in range(1000)]
    assert len({id(v._place) for v in values}) == 1


def test_many_values(Value):
    with source_lines():
        y = x = Value(1.0)
        for _ in range(20_000):
            y = y + x
    assert y.source.text.strip() == "y = y + x"
    y.backward()
    assert x.grad == 20_001.0


def test_inside_and_around_a_compiled_function(Value):
    @ag.compile
    def f(x):
        with source_lines():
            y = x * x
            return y if y > 1.0 else -y

    assert ag.value_and_grad(f)(3.0) == (9.0, 6.0)
    with source_lines():
        x = Value(0.5)
        y = f(x)
    assert y.data == -0.25
    assert y.source.text.strip() == "y = f(x)"


# Comparisons --------------------------------------------------------------------------------------


def found(root):
    return [
        (guard.sign, *(x if type(x) is float else x.label for x in (guard.x, guard.y)),
         guard.outcome, guard.source.text.strip())
        for guard in guards(topological_order(root))
    ]  # fmt: skip


def test_comparisons_that_steer(Value):
    with source_lines():
        x, w = Value(2.0, "x"), Value(-3.0, "w")
        p = x * w
        p.label = "p"
        if p < 0:
            p = -p
        while w <= 100 and x:
            p = p + x
            break
        p = p if x > w else p + 1.0
        p = p * 1.0
    assert found(p) == [
        ("<", "p", 0.0, True, "if p < 0:"),
        ("<=", "w", 100.0, True, "while w <= 100 and x:"),
        ("!=", "x", 0.0, True, "while w <= 100 and x:"),
        (">", "x", "w", True, "p = p if x > w else p + 1.0"),
    ]


def test_what_comes_after_the_graph_steers_nothing(Value):
    with source_lines():
        x = Value(2.0, "x")
        y = x * x
        assert y > 1.0
        assert x < 5.0
    assert found(y) == []
    recorded = [len(_comparisons[v]) for v in (x, y)]
    assert y > 1.0  # outside nothing is recorded
    assert recorded == [len(_comparisons[v]) for v in (x, y)] == [1, 1]


def test_operands_elsewhere_are_left_out(Value):
    with source_lines():
        x, other = Value(2.0, "x"), Value(1.0, "other")
        steered = x > other, other > 0.0, x * 2.0 > 3.0, x >= 0.0
        y = x * 2.0
    assert all(steered)
    assert found(y) == [
        (">=", "x", 0.0, True, "steered = x > other, other > 0.0, x * 2.0 > 3.0, x >= 0.0")
    ]


def test_a_loop_of_one_comparison_keeps_few(Value):
    with source_lines():
        x = Value(2.0, "x")
        for _ in range(1000):
            assert x > 0.0
            assert x < x * 2.0  # its second operand dies at once
        y = x * 1.0
    assert len(_comparisons[x]) < 64
    assert len(found(y)) == 1


def test_comparisons_keep_their_results(Value):
    with source_lines():
        x, nan = Value(1.0), Value(float("nan"))
        assert [x < 2, x <= 1, x > 1, x >= 1.5, bool(x), bool(Value(0.0)), x == 1.0, x != 1.0] == [
            True, True, False, False, True, False, False, True
        ]  # fmt: skip
        assert [nan < 1.0, nan > 1.0, bool(nan)] == [False, False, True]
        assert all(type(each) is bool for each in (x < 2, x > x, x > 1))
        with pytest.raises(TypeError):
            assert x < "1"
        assert sorted([Value(3.0), Value(1.0)])[0].data == 1.0


# The program beside the picture -------------------------------------------------------------------


def neuron(x, w, b):
    """One neuron, with a kink."""
    z = x * w + b
    if z < 0:
        z = 0.1 * z  # leaky
    return z.tanh()


def loss_of(points, w, b):
    total = w * 0.0
    for x, target in points:
        total = total + (neuron(x, w, b) - target) ** 2
    return total


def shown(view):
    """The blocks of a page's program, as text, and what of it made each card."""
    payload = view.payload()
    rows = [text for block in payload["program"]["blocks"] for _, text in block["rows"]]
    made = {
        key: [rows[row][start:end] for row, start, end in marks]
        for key, marks in payload["program"]["made"].items()
    }
    return payload["program"]["blocks"], made


def program(Value):
    with source_lines():
        w, b = Value(-0.6, label="w"), Value(1.3, label="b")
        return loss_of([(2.0, 1.0), (-1.0, 0.5), (3.5, -1.0)], w, b)


@pytest.mark.parametrize("view", [ag.draw, ag.step])
def test_functions_in_the_order_of_calls(Value, view):
    blocks, _ = shown(view(program(Value)))
    assert [block["title"] for block in blocks] == [
        f"{name} · test_source_lines.py" for name in ("program", "loss_of", "neuron")
    ]
    first = neuron.__code__.co_firstlineno
    assert [number for number, _ in blocks[2]["rows"]] == [*range(first, first + 6)]
    assert blocks[2]["rows"][0][1] == "def neuron(x, w, b):"


@columns
def test_which_part_of_a_line_made_which_card(Value):
    stepper = ag.step(program(Value))
    _, made = shown(stepper)
    parts = [made[each.key][0] for each in stepper.steps if each.phase == "forward"]
    assert parts[:4] == ["w * 0.0", "x * w", "x * w + b", "z.tanh()"]
    assert parts.count("x * w + b") == 3
    assert parts.count("0.1 * z") == 1


def test_no_whole_files(Value, tmp_path):
    path = tmp_path / "own.py"
    path.write_text(
        "PASSWORD = 'hunter2'\n"
        "data = [\n    1.0,\n    2.0,\n]\n"
        "def square(u):\n    # of a number\n    return u * u\n"
        "def other():\n    return 'nothing'\n"
        "for number in data:\n"
        "    SECRET = 2\n"
        "    if number > 1.0:\n"
        "        y = (\n            square(x)\n            * number\n        )\n"
        "        TOKEN = 3\n"
    )
    names = {"x": Value(2.0)}
    with source_lines():
        exec(compile(path.read_text(), str(path), "exec"), names)
    blocks, _ = shown(ag.draw(names["y"]))
    texts = [(block["title"], [text for _, text in block["rows"]]) for block in blocks]
    assert texts == [
        ("square · own.py", ["def square(u):", "    # of a number", "    return u * u"]),
        ("own.py", [
            "for number in data:", "⋯", "    if number > 1.0:", "        y = (",
            "            square(x)", "            * number", "        )",
        ]),
    ]  # fmt: skip
    assert str(tmp_path) not in str(ag.step(names["y"]).payload())


def test_inner_functions_and_methods_stand_once(Value, tmp_path):
    path = tmp_path / "cell.py"
    path.write_text(
        "class Cell:\n    @staticmethod\n    def forward(x):\n        def inner(u):\n"
        "            return [u * k for k in (2.0, 3.0)]\n\n        return sum(inner(x)) * 1.0\n"
    )
    names = {}
    exec(compile(path.read_text(), str(path), "exec"), names)
    with source_lines():
        y = names["Cell"].forward(Value(1.0))
    blocks, _ = shown(ag.draw(y))
    (inside,) = (block for block in blocks if block["title"] == "forward · cell.py")
    assert inside["rows"] == [
        [2, "@staticmethod"], [3, "def forward(x):"], [4, "    def inner(u):"],
        [5, "        return [u * k for k in (2.0, 3.0)]"], [6, ""],
        [7, "    return sum(inner(x)) * 1.0"],
    ]  # fmt: skip
    assert len(blocks) == 2


def test_long_functions_show_what_made_values(Value, tmp_path):
    body = "".join(f"    note{i} = {i}\n" for i in range(200))
    path = tmp_path / "long.py"
    path.write_text(f"def long(u):\n{body}    v = u * 2.0\n{body}    return v\ny = long(x)\n")
    names = {"x": Value(2.0)}
    with source_lines():
        exec(compile(path.read_text(), str(path), "exec"), names)
    blocks, _ = shown(ag.draw(names["y"]))
    assert [text for _, text in blocks[0]["rows"]] == ["def long(u):", "⋯", "    v = u * 2.0"]


def test_a_program_without_text(Value):
    names = {"x": Value(2.0)}
    code = compile("".join(["y = x", " * 2.0"]), "<nowhere>", "exec")
    with source_lines():
        exec(code, names)
    blocks, _ = shown(ag.step(names["y"]))
    assert blocks == [
        {
            "title": "<nowhere>", "rows": [[1, ""]],
            "note": "Python keeps no text of what is typed or run there.",
        }
    ]  # fmt: skip


def test_a_text_that_is_no_python(Value):
    name, text = "<cell 8>", ["%time\n", "z = x * 5.0\n"]
    linecache.cache[name] = (1, None, text, name)
    names = {"x": Value(1.0)}
    with source_lines():
        exec(compile("\n" + text[1], name, "exec"), names)
    blocks, _ = shown(ag.draw(names["z"]))
    assert [block["rows"] for block in blocks] == [[[2, "z = x * 5.0"]]]


def test_two_texts_of_one_name(Value):
    x = Value(1.0)
    with source_lines():
        for text in ("y = x * 2.0", "\ny = x + 3.0"):
            names = {"x": x}
            exec(text, names)
            x = names["y"]
    blocks, _ = shown(ag.draw(x))
    rows = [row for block in blocks for row in block["rows"] if block["title"] == "<string>"]
    assert rows == [[1, "y = x * 2.0"], [2, "y = x + 3.0"]]


def test_two_openings_of_one_program_are_one(Value):
    with source_lines():
        x = Value(2.0)
    with source_lines():
        y = x * 3.0
    blocks, _ = shown(ag.draw(y))
    assert len(blocks) == 1


def test_nothing_is_shown_where_nothing_was_recorded(Value):
    x = Value(2.0)
    y = x * x
    assert "program" not in ag.step(y).payload()
    assert "program" not in ag.draw(y).payload()
    assert "line" not in str(ag.step(y))
    assert "agv-program" not in ag.step(y)._page()


@pytest.mark.slow
def test_groups_have_the_lines_of_all_their_values(Value):
    with source_lines():
        x = y = Value(1.0, label="x")
        for _ in range(300):
            y = y * 1.001
            y = y + x
    view = ag.draw(y, max_cards=20)
    _, made = shown(view)
    groups = [card.key for card in view.scene.cards if card.kind == "group"]
    assert groups
    assert all(made[key] for key in groups)
    if sys.version_info >= (3, 11):
        assert sum(map(len, made.values())) < 3 * len(view.scene.cards)


def test_printed_steps_and_explanations_tell_the_line(Value):
    with source_lines():
        x, w = Value(2.0, label="x"), Value(-0.6, label="w")
        p = x * w
        p = p + x
    number = x.source.number
    text = str(ag.step(p))
    assert f"\n       line {number + 1}: p = x * w\n" in text
    assert text.count(f"line {number + 2}: p = p + x") == 1
    assert f"line {number + 1}: p = x * w" in str(ag.explain(x, p))
    assert "line" not in str(ag.explain(x, p, language="zh"))


def test_guards_are_in_the_program_for_javascript(Value):
    from autograd_lite.javascript import graph_program

    with source_lines():
        x, w = Value(2.0), Value(-3.0)
        p = x * w
        if p < 0 and x > w and w != 5.0 and bool(x):
            p = p * 1.0
    order = topological_order(p)
    graph, slots = graph_program(order)
    constants = dict(graph["constants"])
    place = {slots[v]: name for name, v in (("x", x), ("w", w), ("p", order[2]))}
    read = lambda slot: place.get(slot, constants.get(slot))
    assert [[sign, read(x), read(y), outcome] for sign, x, y, outcome in graph["guards"]] == [
        ["<", "p", 0, 1], ["<", "w", "x", 1], ["!=", "x", 0, 1]
    ]  # fmt: skip
