"""Saved and pickled programs: the same numbers elsewhere, and no harm from damaged files."""

import copy
import json
import math
import os
import pickle
import subprocess
import sys
import types

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_random_graphs import programs

import autograd_lite as ag
import nn
from autograd_lite import BranchError, MissingTapeError, TapeError, load_program
from autograd_lite.compiler import interpreter
from autograd_lite.compiler.check import check
from autograd_lite.compiler.tape import Column
from autograd_lite.structure import leaves_of

ENGINES = ["python", "native"][: 2 if ag.NativeValue else 1]
FILES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def altered(old, **fields):
    """An instruction with other attributes."""
    return old._replace(**fields)


def saved(program, path):
    program.save(path)
    return load_program(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "program.json"


# Files --------------------------------------------------------------------------------------------


@pytest.mark.slow
@given(program=programs(), batch=st.booleans())
@FILES
def test_a_loaded_program_gives_the_same_bits(Value, path, program, batch):
    leaf = Value(program.leaves[0], "w")
    run = lambda *xs: program.run([leaf, *xs], Value._apply, float)
    one = ag.compile(run, batch="mean" if batch else None)
    xs = [0.3, -0.7]
    args = [[x, 2 * x, 3 * x] for x in xs] if batch else xs
    before = one.value_and_grad(*args)
    other = saved(one, path)
    check(other.tapes()[0])
    assert repr(other.value_and_grad(*args)) == repr(before)
    assert repr(other.leaf_gradients(*args)) == repr(one.leaf_gradients(*args))
    assert other.leaves(*args)[0].label == "w"
    assert repr(other) == repr(other)
    assert other.summary().splitlines()[1:] == one.summary().splitlines()[1:]


def test_structures_of_arguments_and_results(Value, path):
    def everything(x, pair, table, flag, mode, *, scale):
        y = x * pair[0] + table["a"] * pair[1][0] + (1.0 if flag else 2.0) * scale
        return {"y": y, "more": [y * y, (y + 1.0, "text", None, 3, 2.5, math.nan)], 7: mode}

    program = ag.compile(everything, static=(4, "mode"))
    args = (2.0, (3.0, [4.0]), {"a": 5.0, 2: 6.0}, True, 1.5)
    before = program.value(*args, scale=7.0)
    other = saved(program, path)
    assert repr(other.value(*args, scale=7.0)) == repr(before)
    assert repr(saved(other, path).value(*args, scale=7.0)) == repr(before)
    with pytest.raises(MissingTapeError, match=r"only for \(a number, a tuple of 2"):
        other.value(*args[:3], False, 1.5, scale=7.0)
    with pytest.raises(MissingTapeError, match=r"arguments like .*, 2\.5, scale=a number\)"):
        other.value(*args[:4], 2.5, scale=7.0)


def test_numbers_are_exact(Value, path):
    data = [0.1, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308, 1 / 3]
    leaves = list(map(Value, data))
    program = ag.compile(lambda x: [leaf * x + 0.1 for leaf in leaves] + [x + math.inf])
    program.value(1.0)
    other = saved(program, path)
    assert repr([leaf.data for leaf in other.leaves(1.0)]) == repr(data)
    assert repr(other.value(3.0)) == repr(program.value(3.0))


def test_leaves_are_shared_between_the_tapes(Value, path):
    w = Value(3.0, "w")
    program = ag.compile(lambda x: w * x if x > 0 else w - x)
    assert (program.value(2.0), program.value(-1.0)) == (6.0, 4.0)
    other = saved(program, path)
    assert (other.value(2.0), other.value(-1.0)) == (6.0, 4.0)
    [leaf] = other.leaves(2.0)
    assert leaf is other.leaves(-2.0)[0] is not w
    leaf.data = 10.0
    assert other.value(2.0) == 20.0
    assert program.value(2.0) == 6.0
    other.backward(2.0)
    assert (leaf.grad, w.grad) == (2.0, 0.0)
    assert saved(other, path).value(2.0) == 20.0


def test_a_loaded_program_knows_only_its_branches(Value, path):
    program = ag.compile(lambda x: x * x if x > 0 else -x)
    assert program.value(2.0) == 4.0
    other = saved(program, path)
    assert other.value(3.0) == 9.0
    with pytest.raises(MissingTapeError, match=r"takes this branch.*test_saving"):
        other.value(-3.0)
    with pytest.raises(MissingTapeError, match="arguments like"):
        other.value([3.0])
    assert other.value(3.0) == 9.0


def test_a_loaded_program_can_be_differentiated_again(Value, path):
    w = Value(2.0)

    def f(x):
        return w * x[0] * x[0] * x[1] + ag.where(x[0] < x[1], x[0].detach() * x[1], 0.0)

    program = ag.compile(f)
    program.value([3.0, 5.0])
    other = saved(program, path)
    want = program.hvp([3.0, 5.0], [1.0, 2.0])
    assert other.hvp([3.0, 5.0], [1.0, 2.0]) == pytest.approx(want, rel=1e-14)
    x = [Value(3.0), Value(5.0)]
    [slope] = ag.gradients(other(x), x[:1], create_graph=True)
    assert ag.gradients(slope, x) == [2 * 2.0 * 5.0, 2 * 2.0 * 3.0]
    outer = ag.compile(lambda x: other(x) * 2.0)  # a part of another program
    assert outer.value([3.0, 5.0]) == 2 * program.value([3.0, 5.0])
    assert outer.value([3.0, 1.0]) == 2 * program.value([3.0, 1.0])
    other.retrace()
    assert other.value([3.0, 5.0]) == program.value([3.0, 5.0])
    assert saved(other, path).value([3.0, 5.0]) == program.value([3.0, 5.0])


def test_guards_in_a_part_of_another_program(Value, path):
    inner = ag.compile(lambda x: x * x if x else x + 1.0)
    assert (inner.value(2.0), inner.value(0.0)) == (4.0, 1.0)
    other = saved(inner, path)
    outer = ag.compile(lambda x: other(x) + 1.0)
    assert [outer.value(x) for x in (2.0, 0.0, 3.0, -0.0)] == [5.0, 2.0, 10.0, 2.0]
    assert other(Value(3.0)).data == 9.0


@pytest.mark.parametrize("batch", ["mean", "sum", "none"])
def test_batches(Value, path, batch):
    w = [Value(0.5), Value(-1.5)]
    program = ag.compile(lambda x, y, k: (ag.dot(w, x) - y) ** 2 * k, batch=batch)
    args = ([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [1.0, 2.0, 3.0], 0.5)
    before = program.value_and_grad(*args)
    other = saved(program, path)
    assert other.reduction == batch
    assert other.value_and_grad(*args) == before
    assert list(other.leaf_gradients(*args)) == list(program.leaf_gradients(*args))
    for found, wanted in zip(other.hvp(args, args), program.hvp(args, args)):
        flat = lambda tree: pytest.approx(list(leaves_of(tree)), rel=1e-13)
        assert list(leaves_of(found)) == flat(wanted)


def test_a_model(Value, path):
    model = nn.MLP(3, [8, 8, 1])
    program = ag.compile(lambda x, y: (model(x)[0] - y) ** 2, batch="mean")
    args = ([[0.1 * i, 0.2, -0.1 * i] for i in range(20)], [0.1 * i for i in range(20)])
    before = program.value(*args)
    other = saved(program, path)
    assert other.value(*args) == before
    assert list(other.leaf_gradients(*args)) == list(program.leaf_gradients(*args))


def test_equal_rows(Value, path):
    """Two sums that folding has made one are rows with the same operands."""
    w = [Value(0.1), Value(0.2)]
    program = ag.compile(lambda x: [(w[0] * x + w[1]) + x, w[0] * x + (w[1] + x)], reorder=True)
    before = program.value(3.0)
    [tape] = program.tapes()
    assert any(i.rows == 2 and all(c.shared for c in i.columns) for i in tape.instructions)
    other = saved(program, path)
    assert other.value(3.0) == before
    assert [i.rows for i in other.tapes()[0].instructions] == [1, 1, 1]


def test_the_file_is_readable_and_replaced_whole(Value, path):
    w = Value(3.0, "w")
    program = ag.compile(lambda x: (w * x).tanh())
    program.value(0.25)
    program.save(path)
    text = path.read_text(encoding="utf-8")
    assert '{"data": 3.0, "label": "w"}' in text
    assert '"op": "tanh"' in text
    program.save(str(path))
    program.save(os.fsencode(path))
    assert path.read_text(encoding="utf-8") == text
    assert os.listdir(path.parent) == [path.name]


def test_what_cannot_be_saved(Value, path):
    class Model:
        w = 2.0

    class Point(tuple):
        __slots__ = ()

    cube = ag.Primitive("cube", lambda x: x**3, lambda out, x: (3 * x * x,))
    with pytest.raises(ValueError, match="call it first"):
        ag.compile(lambda x: x).save(path)
    for function, args, said in (
        (lambda model, x: x * model.w, (Model(), 1.0), "argument 0 holds Model"),
        (lambda p: p[0] * p[1], (Point([1.0, 2.0]),), "argument 0 is a Point"),
        (lambda x: cube(x), (1.0,), "cube cannot be saved"),
        (lambda n, x: x * 2.0, (frozenset([1]), 1.0), "argument 0 holds frozenset"),
    ):
        program = ag.compile(function)
        program.value(*args)
        with pytest.raises(TypeError, match=said):
            program.save(path)
    w = Value(1.0, label=7)
    program = ag.compile(lambda x: w * x)
    program.value(1.0)
    with pytest.raises(TypeError, match="label"):
        program.save(path)
    deep = 0.0
    for _ in range(80):
        deep = [deep]
    program = ag.compile(lambda x: next(iter(leaves_of(x))) * 2.0)
    program.value(deep)
    with pytest.raises(TypeError, match="nested deeper"):
        program.save(path)
    assert os.listdir(path.parent) == []


def test_a_failed_save_leaves_what_was_there(Value, path):
    path.write_text("before")
    program = ag.compile(lambda x: x * 2.0)
    program.value(1.0)
    with pytest.raises(OSError, match="no-directory"):
        program.save(path.parent / "no-directory" / "program.json")
    os.mkdir(path.parent / "taken")
    with pytest.raises(OSError, match="taken"):
        program.save(path.parent / "taken")
    assert sorted(os.listdir(path.parent)) == ["program.json", "taken"]


# Damaged and hostile files ------------------------------------------------------------------------


def a_document(Value, path):
    w = [Value(0.5, "w"), Value(math.inf), Value(2.0)]

    def f(x, points, option):
        scores = [ag.dot(w, p) for p in points]
        y = ag.logsumexp(scores) + ag.where(x < w[0], scores[0].tanh(), scores[1].sqrt())
        y = y + x.clip(-1.0, 1.0) if y > -100.0 else y
        return y / x.detach()

    program = ag.compile(f)
    args = (0.3, [[1.0, 0.0, 3.0], [0.5, 0.0, 0.25]], (None, "text"))
    program.value(*args)
    program.save(path)
    return json.loads(path.read_text(encoding="utf-8")), args


def places(x, at=()):
    """Where the entries of a document are."""
    entries = x.items() if isinstance(x, dict) else enumerate(x) if isinstance(x, list) else ()
    for key, entry in entries:
        yield (*at, key)
        yield from places(entry, (*at, key))


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 40), st.integers(), st.floats(), st.text(max_size=5),
    st.just([]), st.just({}), st.lists(st.integers(0, 30), max_size=4), st.just(10**30),
    st.sampled_from(["tanh", "dot", "sum", "where_less", "nan", "inf", "number", "<", "!="]),
    st.just({"output": 0}), st.just({"list": ["number"]}), st.just({"samples": [2**31]}),
)  # fmt: skip


def tried(path, args):
    """Load a file: refused in one way, or a program that works or says that it cannot."""
    try:
        program = load_program(path)
    except TapeError as error:
        assert str(path) in str(error)  # noqa: PT017
        return None
    for tape in program.tapes():
        check(tape)
        leaves = dict.fromkeys(tape.captured, 0.5) | dict.fromkeys(tape.inputs, 0.25)
        values = interpreter.forward(tape, leaves)
        rows = interpreter.linearized(tape.rows(), values)
        interpreter.reverse(tape, rows, [1.0] * len(tape.outputs))
    try:
        program.value(*args)
        program.grad(*args)
        program.summary()
        program.leaf_gradients(*args)
    except (MissingTapeError, BranchError):
        pass
    except TypeError as error:
        assert "must return one Value" in str(error)  # noqa: PT017
    return program


@pytest.mark.slow
@given(data=st.data())
@settings(FILES, max_examples=3 * settings.default.max_examples)
def test_a_changed_document_is_refused_or_replayed(Value, path, data):
    document, args = a_document(Value, path)
    for _ in range(data.draw(st.integers(1, 3))):
        *to, last = data.draw(st.sampled_from(sorted(places(document), key=str)))
        inside = document
        for key in to:
            inside = inside[key]
        action = data.draw(st.sampled_from(["set", "delete", "double", "shift"]))
        if action == "set":
            inside[last] = data.draw(JUNK)
        elif action == "delete":
            del inside[last]
        elif action == "shift" and type(inside[last]) is int:
            inside[last] += data.draw(st.integers(-2, 2))
        elif isinstance(inside, list):
            inside.insert(last, copy.deepcopy(inside[last]))
        if not list(places(document)):
            break
    path.write_text(json.dumps(document))
    tried(path, args)


@given(cut=st.integers(0, 4000), junk=st.binary(max_size=4), skip=st.integers(0, 3))
@FILES
def test_a_file_cut_or_overwritten_is_refused_or_replayed(Value, path, cut, junk, skip):
    args = a_document(Value, path)[1]
    content = path.read_bytes()
    path.write_bytes(content[:cut])
    if cut < len(content) - 1:
        assert tried(path, args) is None
    path.write_bytes(content[:cut] + junk + content[cut + skip :])
    tried(path, args)


@pytest.mark.parametrize(
    "name",
    [
        'f():\n    pass\nopen("x", "w")\ndef g',
        '"""',
        "*/ f(); /*",
        "</script>",
        "x\u2028f()",
        "f()\\",
    ],
)
def test_a_name_in_a_file_is_no_code(Value, path, name):
    leaf = Value(2.0, "a label")
    program = ag.compile(lambda x: x * leaf)
    program.value(1.0)
    program.save(path)
    text = path.read_text("utf-8").replace("<lambda>", "a label")
    assert text.count('"a label"') == 2
    path.write_text(text.replace('"a label"', json.dumps(name)), "utf-8")
    loaded = load_program(path)
    assert loaded.to_python() == program.to_python()
    assert loaded.to_c() == program.to_c()
    literal = json.dumps(name).replace("<", "\\u003c")
    assert loaded.to_js() == program.to_js().replace('"a label"', literal)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"null", b"[]", b"{}", b"\xff\xfe", b"7", b'"x"', b"[" * 100_000, b'{"a":' * 100_000,
        b'{"format": "autograd_lite program"}',
        b'{"format": "autograd_lite program", "version": 2}',
        b'{"format": "autograd_lite program", "version": true}',
        b'{"format": "autograd_lite program", "version": ' + b"9" * 100_000 + b"}",
        b'{"format": "autograd_lite program", "version": 1e999}',
        b'{"format": "autograd_lite program", "version": NaN}',
        b'{"format": 1, "format": 2}',
    ],
)  # fmt: skip
def test_no_program_at_all(path, content):
    path.write_bytes(content)
    with pytest.raises(TapeError, match="no program that can be loaded"):
        load_program(path)


def test_a_file_that_is_not_there(path):
    with pytest.raises(FileNotFoundError):
        load_program(path)


def test_hostile_numbers(Value, path):
    """Each change by itself: none is let through, and none makes anything large."""
    document, _ = a_document(Value, path)
    tape = document["tapes"][0]
    dot = next(i for i in tape["instructions"] if i["op"] == "dot")
    last = tape["instructions"][-1]

    changes = [
        (tape, "same", 2**30), (tape, "same", 10**18), (tape, "same", -1), (tape, "lanes", 1),
        (tape, "lanes", 2**31 - 2), (tape, "same", True), (dot, "rows", 2**31 - 2),
        (dot, "rows", 0), (dot, "width", 0), (dot, "width", 2**31 - 2), (dot, "out", 0),
        (dot, "out", 2**30), (dot, "gated", 1), (dot, "shared", [True, True]),
        (dot, "shared", [0, 1]), (dot, "op", "sum"), (dot, "op", "tanh"), (dot, "op", "cube"),
        (dot, "op", "__import__"), (dot["columns"], 0, []), (dot["columns"][1], 0, last["out"]),
        (dot["columns"][1], 0, -1), (dot["columns"][1], 0, 1.0), (dot["columns"][1], 0, "1"),
        (dot["columns"][1], 0, True), (tape, "outputs", [2**40]), (tape, "outputs", []),
        (tape, "inputs", []), (tape, "outer", tape["outer"][:-1]), (tape, "leaves", [0, 1, 9]),
        (tape, "leaves", [0, 1, -1]), (tape, "constants", []), (tape["constants"][0], 1, "1.0"),
        (tape["constants"][0], 1, None), (tape["guards"][0], 0, "=="),
        (tape["guards"][0], 1, 10**6), (tape["guards"][0], 3, 1), (tape["guards"][0], 4, 3),
        (tape, "result", {"output": 1}), (tape, "result", {"eval": 1}),
        (tape, "result", {"constant": [1]}), (tape, "operations", {"x": "y"}),
        (tape["arguments"][0], 1, {"samples": [2**30, 2**30]}),
        (tape["arguments"][0], 1, {"samples": []}), (tape["arguments"][0], 0, 1),
        (tape["arguments"][0], 0, "first"), (tape["arguments"][2], 1, {"os.system": []}),
        (document, "batch", "mean"), (document, "batch", "max"), (document, "static", [[]]),
        (document, "static", 3), (document, "tapes", []), (document, "leaves", {}),
        (document, "primitives", {}), (document["primitives"], "clip", ["x", "lo", "hi"]),
        (document, "extra", 1), (document, "name", 3), (document["leaves"][0], "data", "0.5"),
        (document["leaves"][0], "label", 1), (document["leaves"][0], "grad", 1.0),
    ]  # fmt: skip
    for target, key, value in changes:
        before = copy.copy(target)
        target[key] = value
        path.write_text(json.dumps(document))
        with pytest.raises(TapeError):  # noqa: PT012
            load_program(path)
            print(key, value)
        if isinstance(target, list):
            target[:] = before
        else:
            target.clear()
            target.update(before)
    path.write_text(json.dumps(document))
    load_program(path)


def test_nested_without_end(Value, path):
    document, _ = a_document(Value, path)
    key, result = "number", {"output": 0}
    for _ in range(200):
        key, result = {"list": [key]}, {"list": [result]}
    for name, value in (("arguments", [[0, key]]), ("result", result)):
        changed = copy.deepcopy(document)
        changed["tapes"][0][name] = value
        path.write_text(json.dumps(changed))
        with pytest.raises(TapeError, match="too deeply"):
            load_program(path)


# Sound tapes --------------------------------------------------------------------------------------


@pytest.mark.slow
@given(program=programs(), batch=st.booleans())
def test_every_tape_that_is_made_is_sound(Value, program, batch):
    run = lambda *xs: program.run(list(xs), Value._apply, float)
    compiled = ag.compile(run, batch="sum" if batch else None)
    first, *others = program.leaves
    compiled.value([first, first] if batch else first, *others)
    for tape in compiled.tapes():
        check(tape)


def test_what_makes_a_tape_unsound(Value):
    w = [Value(0.5), Value(2.0), Value(1.0)]
    program = ag.compile(
        lambda x, y: ag.dot(w, x) * w[0].exp() + ag.where(y < 0.0, y.tanh(), x[0]), batch="mean"
    )
    program.value([[1.0, 2.0, 3.0]], [4.0])
    [tape] = program.tapes()
    check(tape)
    by_op = {i.op.name: k for k, i in enumerate(tape.instructions)}

    def changed(op, **fields):
        k = by_op[op]
        old = tape.instructions[k]
        return (*tape.instructions[:k], altered(old, **fields), *tape.instructions[k + 1 :])

    dot = tape.instructions[by_op["dot"]]
    x = dot.columns[0]
    exp = tape.instructions[by_op["exp"]]
    varying = tape.varying_inputs[0]
    cases = {
        "operand of a later slot": changed("dot", columns=(x, Column([0, 1, dot.out], False))),
        "negative": changed("dot", columns=(x, Column([0, 1, -1], False))),
        "too few": changed("dot", columns=(x, Column([0, 1], False))),
        "one column": changed("dot", columns=(x,)),
        "range across": changed(
            "dot", columns=(x, Column(range(tape.uniform - 1, tape.uniform + 2), False))
        ),
        "stepped": changed("dot", columns=(x, Column(range(0, 6, 2), False))),
        "uniform reads varying": changed("exp", columns=(Column([varying], False),)),
        "shared fixed": changed("exp", columns=(Column(exp.columns[0].slots, True),)),
        "wide fixed": changed("exp", width=1),
        "no rows": changed("exp", rows=0),
        "rows": changed("tanh", rows=2),
        "out": changed("exp", out=tape.uniform),
        "order": tape.instructions[::-1],
        "twice": (*tape.instructions, tape.instructions[-1]),
        "missing": tape.instructions[1:],
    }
    for what, instructions in cases.items():
        broken = copy.copy(tape)
        broken.instructions = tuple(instructions)
        with pytest.raises(TapeError):  # noqa: PT012
            check(broken)
            print(what)
    for name, value in (
        ("uniform", tape.uniform + 1), ("varying", tape.varying - 1), ("constants", {}),
        ("captured", [0, 0, 1]),
        ("inputs", tape.inputs[1:]), ("outputs", [tape.slots]), ("guards", [("<", 0, 99, True)]),
        ("guards", [("==", 0, 0, True)]),
    ):  # fmt: skip
        broken = copy.copy(tape)
        setattr(broken, name, value)
        with pytest.raises(TapeError):
            check(broken)


# Pickles ------------------------------------------------------------------------------------------

weights = [ag.Value(1.5, "weight")]


class Line:
    """A model with a compiled method."""

    def __init__(self):
        self.w, self.b = ag.Value(2.0, "w"), ag.Value(1.0, "b")
        self.loss = ag.compile(self.squares)

    def squares(self, x, y):
        return (self.w * x + self.b - y) ** 2


def cube_of(x):
    return x * x * x


@ag.compile
def decorated(x):
    return x * x + 1.0


def pickled(x):
    return pickle.loads(pickle.dumps(x))


def test_a_program_of_a_function_that_can_be_imported(Value):
    program = ag.compile(cube_of)
    assert program.value(2.0) == 8.0
    other = pickled(program)
    assert other.function is cube_of
    assert other.value(2.0) == 8.0
    assert other.traces == 0  # it came with its tape
    assert other.value(ag.Value(2.0)) == 8.0
    assert (other.__name__, other.hvp(2.0, 1.0)) == ("cube_of", 12.0)
    assert pickled(ag.compile(cube_of)).value(3.0) == 27.0
    assert decorated.value(2.0) == 5.0
    assert pickled(decorated).function is decorated.function


def test_a_program_of_a_lambda_comes_without_it(Value):
    w = Value(3.0, "w")
    program = ag.compile(lambda x: w * x if x > 0 else w)
    with pytest.raises(TypeError, match="call it first"):
        pickle.dumps(program)
    assert program.value(2.0) == 6.0
    other = pickled(pickled(program))
    assert other.value(4.0) == 12.0
    assert other.leaves(4.0)[0] is not w
    with pytest.raises(MissingTapeError):
        other.value(-1.0)


def test_a_program_shares_the_leaves_it_is_pickled_with(Value):
    line = Line()
    before = line.loss.value(3.0, 1.0)
    for other in (pickled(line), copy.deepcopy(line), pickled(line.loss).function.__self__,
                  copy.deepcopy(line.loss).function.__self__):  # fmt: skip
        assert other is not line
        assert other.loss.value(3.0, 1.0) == before
        other.w.data = 0.0
        assert other.loss.value(3.0, 1.0) == 0.0
        other.w = ag.Value(5.0)
        assert other.loss.value(3.0, 1.0) == 225.0
        assert line.loss.value(3.0, 1.0) == before
    w = ag.Value(2.0)
    program = ag.compile(lambda x: w * x)
    program.value(1.0)
    other, leaf = pickled((program, w))
    leaf.data = 7.0
    assert other.value(1.0) == 7.0


def test_copies(Value):
    w = Value(3.0)
    program = ag.compile(lambda x: w * x, batch="sum")
    assert program.value([1.0, 2.0]) == 9.0
    for other in (copy.copy(program), copy.deepcopy(program)):
        assert other is not program
        assert other.value([1.0, 2.0]) == 9.0
        w.data = 1.0
        assert other.value([1.0, 2.0]) == 3.0
        w.data = 3.0
    lost = pickled(program)
    for other in (copy.copy(lost), copy.deepcopy(lost)):
        assert other.value([1.0, 2.0]) == 9.0
        other.leaves([1.0])[0].data = 1.0
        assert other.value([1.0, 2.0]) == 3.0
    assert lost.leaves([1.0])[0].data == 1.0  # of the shallow copy


def test_a_pickle_with_a_custom_primitive_and_constants(Value):
    program = ag.compile(scaled)
    before = program.value_and_grad(2.0, types.SimpleNamespace, key=(None, "a"))
    other = pickled(program)
    assert other.value_and_grad(2.0, types.SimpleNamespace, key=(None, "a")) == before
    assert other.traces == 0


def _twice(x):
    return 2.0 * x


def _twice_slope(out, x):
    return (2.0,)


twice = ag.Primitive("twice", _twice, _twice_slope)


def scaled(x, kind, key):
    return twice(x) * x


PROCESS = """
import pickle, sys
sys.path.insert(0, {tests!r})
import autograd_lite as ag
assert ag.backend == {backend!r}
with open({path!r}, "rb") as file:
    programs = pickle.load(file)
args = (0.3, [0.1, 0.2])
for program in programs:
    print(repr((program.value_and_grad(*args), list(program.leaf_gradients(*args)))))
"""


def importable(x, xs):
    return ag.tanh(weights[0] * x + ag.logsumexp(xs)) if x > 0 else weights[0]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ENGINES)
def test_in_another_process_on_either_engine(Value, path, backend):
    weights[:] = [Value(-2.5, "weight")]  # another number than where the module is imported anew
    leaves = [Value(0.7, "a"), Value(-0.2)]
    programs = [
        ag.compile(importable),
        ag.compile(lambda x, xs: ag.dot(leaves, xs) * x - ag.max(xs)),
    ]
    args = (0.3, [0.1, 0.2])
    before = [repr((p.value_and_grad(*args), list(p.leaf_gradients(*args)))) for p in programs]
    path.write_bytes(pickle.dumps(programs))
    code = PROCESS.format(tests=os.path.dirname(__file__), backend=backend, path=str(path))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "AUTOGRAD_LITE_BACKEND": backend},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == before


def test_whether_a_program_reorders_is_kept(Value, path):
    """The eight parts in which a long dot may be added up give other bits."""
    numbers = [1e16, 1.0, -1e16, 1.0] * 8
    function = lambda x: ag.dot(x, x[::-1]) + ag.dot(x, [1.0] * 32)
    for reorder in (False, True):
        program = ag.compile(function, reorder=reorder)
        wanted = program.value(numbers)
        assert saved(program, path).value(numbers) == wanted
        assert saved(program, path).tapes()[0].reorder is reorder
        copied = pickle.loads(pickle.dumps(program))
        assert (copied.value(numbers), copied.reorder) == (wanted, reorder)
    document = json.loads(path.read_text(encoding="utf-8"))
    for tape in document["tapes"]:
        del tape["reorder"]  # as version 0.1.0 wrote it
    path.write_text(json.dumps(document), encoding="utf-8")
    assert ag.load_program(path).tapes()[0].reorder
