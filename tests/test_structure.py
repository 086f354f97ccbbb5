"""Structures of arguments: what transforms and compiled functions take and give."""

import enum
import math
import pickle
from collections import Counter, OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass
from functools import cached_property, partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import compile, grad, hessian, hvp, jacobian, jvp, value_and_grad
from autograd_lite.structure import flatten, flatten_all, leaves_of, names_of, unflatten

np = pytest.importorskip("numpy")

Pair = namedtuple("Pair", "first second")


@dataclass
class Fields:
    left: object
    right: object
    name: str = "fields"


@dataclass(frozen=True)
class Frozen:
    __slots__ = ("only",)
    only: object


class Named(tuple):
    """A tuple of a class of its own."""


class Rows(list):
    """A list of a class of its own."""


class Filled(list):
    """One whose `__init__` wants something else than its entries."""

    def __init__(self, n, x):
        super().__init__([x] * n)


class Both(tuple):
    __slots__ = ()

    def __new__(cls, x, y):
        return super().__new__(cls, (x, y))


class Doubled(Pair):
    __slots__ = ()

    def __new__(cls, x):
        return super().__new__(cls, x, x)

    def product(self):
        return self.first * self.second


class Options(dict):
    """A dict whose entries are attributes, too, and which has no __init__ for a dict."""

    def __init__(self, *, a):
        super().__init__(a=a)

    def __getattr__(self, name):
        if name not in self:
            raise AttributeError(name)
        return self[name]


class Ordered(OrderedDict):
    def __init__(self, a):
        super().__init__(a=a)


class Counted(defaultdict):
    def __init__(self, a):
        super().__init__(float, a=a)


FLOATS = st.floats(-2.0, 2.0, allow_subnormal=False)
CONSTANTS = st.sampled_from(["text", True, None, b"bytes", frozenset([1])])


@st.composite
def arrays(draw):
    shape = draw(st.sampled_from([(), (1,), (3,), (2, 2), (1, 3), (2, 1, 2)]))
    size = math.prod(shape)
    entries = np.array(draw(st.lists(FLOATS, min_size=size, max_size=size)))
    kind = draw(st.sampled_from([float, np.float32, object, int]))
    return np.round(entries.reshape(shape)).astype(int) if kind is int else (
        entries.reshape(shape).astype(kind)
    )  # fmt: skip


def containers(inner):
    return st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.lists(inner, max_size=2).map(Named),
        st.lists(inner, max_size=2).map(Rows),
        st.dictionaries(st.sampled_from(["a", "b", 3, (1, "c")]), inner, max_size=3),
        st.tuples(inner, inner).map(lambda pair: Pair(*pair)),
        st.tuples(inner, inner).map(lambda pair: Fields(*pair)),
        inner.map(Frozen),
    )


STRUCTURES = st.recursive(
    st.one_of(FLOATS, st.integers(-2, 2), FLOATS.map(np.float64), arrays(), CONSTANTS),
    containers,
    max_leaves=8,
)


def numbers_of(x):
    """The numbers in a structure, found without the code under test."""
    if isinstance(x, np.ndarray):
        return [number for entry in x.ravel().tolist() for number in numbers_of(entry)]
    if isinstance(x, dict):
        return [number for entry in x.values() for number in numbers_of(entry)]
    if isinstance(x, (list, tuple)):
        return [number for entry in x for number in numbers_of(entry)]
    if isinstance(x, (Fields, Frozen)):
        names = ["left", "right", "name"] if isinstance(x, Fields) else ["only"]
        return [number for name in names for number in numbers_of(getattr(x, name))]
    return [] if isinstance(x, (str, bool, bytes, frozenset, type(None))) else [x]


def f(*args):
    """A function of all the numbers, each of which matters in a way of its own."""
    total, before = 0.0, 1.0
    for i, x in enumerate(numbers_of(args)):
        total, before = total + (1.0 + i) * x * x + ag.sin(x) * before, x
    return total


def assert_alike(found, wanted, tolerance=0.0):
    """The same structure, types and numbers; None stands for a constant."""
    if isinstance(wanted, np.ndarray):
        assert type(found) is np.ndarray
        assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
        np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)
    elif isinstance(wanted, (Fields, Frozen)):
        assert type(found) is type(wanted)
        for name in ["left", "right", "name"] if isinstance(wanted, Fields) else ["only"]:
            assert_alike(getattr(found, name), getattr(wanted, name), tolerance)
    elif isinstance(wanted, dict):
        assert list(found) == list(wanted)
        for key in wanted:
            assert_alike(found[key], wanted[key], tolerance)
    elif isinstance(wanted, (list, tuple)):
        assert type(found) is type(wanted)
        assert len(found) == len(wanted)
        for x, y in zip(found, wanted):
            assert_alike(x, y, tolerance)
    elif wanted is None:
        assert found is None
    else:
        assert type(found) is float
        assert math.isclose(found, wanted, rel_tol=tolerance, abs_tol=tolerance)


def put(x, numbers):
    """`x` as a derivative: floats in place of numbers, None of constants; written anew here."""
    if isinstance(x, np.ndarray):
        return np.array([next(numbers) for _ in range(x.size)], dtype=float).reshape(x.shape)
    if isinstance(x, dict):
        return {key: put(entry, numbers) for key, entry in x.items()}
    if isinstance(x, Pair):
        return Pair(*[put(entry, numbers) for entry in x])
    if isinstance(x, (list, tuple)):
        return type(x)([put(entry, numbers) for entry in x])
    if isinstance(x, Fields):
        return Fields(put(x.left, numbers), put(x.right, numbers), None)
    if isinstance(x, Frozen):
        return Frozen(put(x.only, numbers))
    return None if isinstance(x, (str, bool, bytes, frozenset, type(None))) else next(numbers)


def slopes_by_hand(numbers, g=f):
    """Central differences, of numbers that are a list."""
    h = 1e-5
    moved = lambda i, d: [x + d if k == i else x for k, x in enumerate(numbers)]
    return [(float(g(moved(i, h))) - float(g(moved(i, -h)))) / (2 * h) for i in range(len(numbers))]


@pytest.mark.slow
@settings(max_examples=60)
@given(x=STRUCTURES, y=STRUCTURES)
def test_eager_and_compiled_give_the_structure_of_the_arguments(Value, x, y):
    numbers = [float(n) for n in numbers_of((x, y))]
    if leaves_of((x, y)) and not numbers:
        with pytest.raises(TypeError, match="expected a real number, got"):
            grad(f)(x, y)
        return
    wanted = put((x, y), iter(slopes_by_hand(numbers)))
    eager = grad(f)(x, y)
    assert_alike(eager, wanted, 1e-5)
    program = compile(f)
    for _ in range(2):  # traced, replayed
        value, compiled = program.value_and_grad(x, y)
        assert_alike(compiled, eager, 1e-12)
        assert math.isclose(value, float(f(numbers)), rel_tol=1e-12, abs_tol=1e-12)
    assert program.traces == 1
    tangents = put((x, y), iter([(-1.0) ** i * (1 + i % 3) for i in range(len(numbers))]))
    found = hvp(f)((x, y), tangents)
    assert_alike(program.hvp((x, y), tangents), found, 1e-10)
    steps = numbers_of(tangents)
    along = lambda t: slopes_exact([n + t * s for n, s in zip(numbers, steps)])
    by_hand = [(a - b) / 2e-5 for a, b in zip(along(1e-5), along(-1e-5))]
    assert_alike(found, put((x, y), iter(by_hand)), 1e-4)
    rate = sum(s * t for s, t in zip(slopes_exact(numbers), steps))
    assert jvp(f)((x, y), tangents) == pytest.approx(rate, rel=1e-10, abs=1e-10)
    assert program.jvp((x, y), tangents) == pytest.approx(rate, rel=1e-10, abs=1e-10)


def slopes_exact(numbers):
    return grad(lambda xs: f(*xs))(numbers)


@given(x=STRUCTURES)
def test_apart_and_together_again(Value, x):
    numbers = []
    key = flatten(x, numbers)
    assert [float(n) for n in numbers] == [float(n) for n in numbers_of(x)]
    assert len(list(names_of(key, "x"))) == len(numbers)
    again = unflatten(key, iter(numbers))
    assert [float(n) for n in numbers_of(again)] == [float(n) for n in numbers]
    assert flatten(again, []) == key or _has_zero_axes(x)
    assert hash(key) == hash(flatten(x, []))
    assert pickle.loads(pickle.dumps(key)) == key
    values = [Value(n) for n in numbers]
    held = unflatten(key, iter(values))
    assert [v for v in leaves_of(held) if isinstance(v, Value)] == values


def _has_zero_axes(x):
    """Whether there is an array without axes, which a function gets as a number."""
    if isinstance(x, np.ndarray):
        return x.shape == ()
    if isinstance(x, dict):
        return any(map(_has_zero_axes, x.values()))
    if isinstance(x, (Fields, Frozen)):
        return any(_has_zero_axes(getattr(x, n, None)) for n in ("left", "right", "only"))
    return isinstance(x, (list, tuple)) and any(map(_has_zero_axes, x))


# Arrays -------------------------------------------------------------------------------------------


def both(function, **options):
    """The transforms of a function, and the methods of its program."""
    program = compile(function, **options)
    argnums = options.get("argnums")
    yield partial(grad(function, argnums)), hvp(function, argnums), jvp(function, argnums=argnums)
    yield program.grad, program.hvp, program.jvp


def test_a_function_computes_with_numpy(Value):
    weights = np.arange(6.0).reshape(2, 3)

    def g(x):
        y = np.tanh(weights @ x) + x[:2] * x[-1]
        return (y**2).sum() + x.max() * x[0] + np.linalg.norm(x) + np.dot(x, x)

    x = np.array([0.3, -0.5, 0.8])
    wanted = np.array(slopes_by_hand(x.tolist(), lambda xs: g(np.array(xs))))
    for slope, product, rate in both(g):
        assert_alike(slope(x), wanted, 1e-8)
        assert_alike(product(x, np.array([1.0, 0.0, 0.0])), hessian(g)(x)[0], 1e-12)
        assert rate(x, [0.0, 1.0, 0.0]) == pytest.approx(wanted[1], rel=1e-8)
    assert np.allclose(hessian(g)(x), hessian(g)(x).T)


def test_matrices_are_indexed_by_row_and_column(Value):
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    for slope, product, _ in both(lambda a: a[0, 1] * a[1, 0] + (a @ a)[0, 0]):
        assert_alike(slope(a), np.array([[2.0, 6.0], [4.0, 0.0]]))
        assert_alike(product(a, a), np.array([[2.0, 6.0], [4.0, 0.0]]))


def test_jacobians_of_arrays_have_the_axes_of_result_and_argument(Value):
    g = lambda a: np.array([[a[0] * a[1], a[1]], [a[2], a[0] ** 2], [a[2], a[2]]])
    found = jacobian(g)(np.array([2.0, 3.0, 5.0]))
    assert (found.shape, found.dtype) == ((3, 2, 3), float)
    assert found[0, 0].tolist() == [3.0, 2.0, 0.0]
    assert found[1, 1].tolist() == [4.0, 0.0, 0.0]
    program = compile(jacobian(g))
    assert_alike(program.value(np.array([2.0, 3.0, 5.0])), found)
    nested = jacobian(lambda p: {"r": p["a"] * p["s"], "t": p["s"] ** 2})
    found = nested({"a": np.ones(2), "s": 3.0})
    assert_alike(found["r"]["a"], 3.0 * np.eye(2))
    assert_alike(found["r"]["s"], np.ones(2))
    assert_alike(found["t"], {"a": np.zeros(2), "s": 6.0})
    assert_alike(jacobian(lambda x: [x[0], x[1] * 2.0])(np.ones(2))[1], np.array([0.0, 2.0]))
    assert hessian(lambda a: (a**3).sum() * a[0, 0])(np.ones((2, 2))).shape == (2, 2, 2, 2)
    found = hessian(lambda a, s: (a * a).sum() * s)(np.ones(2), 3.0)
    assert_alike(found, ((6.0 * np.eye(2), 2.0 * np.ones(2)), (2.0 * np.ones(2), 0.0)))


def test_against_jax(Value):
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        jnp = jax.numpy
        p = {"w": np.array([[0.1, 0.2], [0.3, -0.4]]), "b": [0.5, (np.array([1.0, 2.0]),)]}

        def g(xp, p):
            return (xp.tanh(p["w"] @ p["b"][1][0]) ** 2).sum() * p["b"][0]

        ours, theirs = partial(g, np), partial(g, jnp)
        for mine, other in ((grad, jax.grad), (hessian, jax.hessian), (jacobian, jax.jacrev)):
            found, wanted = mine(ours)(p), other(theirs)(p)
            for x, y in zip(jax.tree.leaves(found), jax.tree.leaves(wanted)):
                assert np.shape(x) == y.shape
                np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-14)
            assert jax.tree.structure(found) == jax.tree.structure(wanted)
        several = lambda a, s, n: s * a**n
        for argnums in (0, 1, (0, 1), (1, 0), -2):
            found = jacobian(several, argnums)(np.array([1.0, 2.0]), 3.0, 3)
            wanted = jax.jacrev(several, argnums)(np.array([1.0, 2.0]), 3.0, 3)
            assert jax.tree.structure(found) == jax.tree.structure(wanted)
            for x, y in zip(jax.tree.leaves(found), jax.tree.leaves(wanted)):
                np.testing.assert_allclose(x, y, rtol=1e-13)
    finally:
        jax.config.update("jax_enable_x64", before)


def test_arrays_of_other_libraries(Value):
    pandas = pytest.importorskip("pandas")
    torch = pytest.importorskip("torch")
    for x in (pandas.Series([1.0, 2.0]), torch.tensor([1.0, 2.0])):
        for slope, _, _ in both(lambda x: (x * x).sum()):
            assert np.asarray(slope(x)).ravel().tolist() == [2.0, 4.0]
            assert type(slope(x)) is np.ndarray


def test_arrays_that_hold_no_numbers_are_constants(Value):
    mask = np.array([True, False, True])
    program = compile(lambda x, mask: x[mask].sum())
    for x, _ in ((np.ones(3), 0), (np.zeros(3), 1)):
        assert_alike(program.grad(x, mask), (np.array([1.0, 0.0, 1.0]), None))
        assert_alike(grad(lambda x, mask: x[mask].sum())(x, mask), (mask.astype(float), None))
    assert program.traces == 1
    assert_alike(program.grad(np.ones(3), ~mask)[0], np.array([0.0, 1.0, 0.0]))
    assert program.traces == 2
    for bad in (np.array(["a", 1.0], dtype=object), np.array([1j])):
        with pytest.raises(TypeError, match=r"got str 'a'|expected a real number, got complex"):
            grad(lambda x: x[0])(bad)
    with pytest.raises(TypeError, match="masked array has numbers missing"):
        grad(lambda x: x[0])(np.ma.array([1.0, 2.0], mask=[False, True]))


class Size(enum.IntEnum):
    small = 1
    large = 2


class Share(float, enum.Enum):
    half = 0.5


class Corner(tuple, enum.Enum):
    left = (1.0, 2.0)


class Bits(enum.IntFlag):
    low = 1


NO_NUMBERS = [
    *(Size.large, Share.half, Corner.left, Bits.low, np.bool_(True), np.bool_(False)),
    *(np.datetime64("2026-11-28"), np.timedelta64(3, "D"), np.str_("a"), np.bytes_(b"a")),
]


@pytest.mark.parametrize("constant", NO_NUMBERS, ids=repr)
def test_truth_values_and_entries_of_enums_are_constants(Value, constant):
    told = lambda x, m: x if m == constant and type(m) is type(constant) else 10.0 * x
    program = compile(told)
    assert program.value(2.0, constant) == told(2.0, constant) == 2.0
    assert program.grad(2.0, constant) == grad(told)(2.0, constant) == (1.0, None)
    assert compile(told, batch="mean").value([2.0, 4.0], constant) == 3.0
    inside = {"m": [constant]}
    assert grad(lambda x, m: told(x, m["m"][0]))(2.0, inside) == (1.0, {"m": [None]})


OF_OWN_CLASSES = [
    (Filled(2, 3.0), lambda x: x[0] * x[1], 9.0, [3.0, 3.0]),
    (Both(3.0, 4.0), lambda x: x[0] * x[1], 12.0, (4.0, 3.0)),
    (Doubled(3.0), Doubled.product, 9.0, (3.0, 3.0)),
    (OrderedDict(b=2.0, a=3.0), lambda x: x.popitem(last=False)[1], 2.0, {"b": 1.0, "a": 0.0}),
    (Counter(a=2, b=3), lambda x: x["a"] * x["b"] + x["c"], 6.0, {"a": 3.0, "b": 2.0}),
    (defaultdict(float, a=2.0), lambda x: x["a"] ** 2 + x["z"], 4.0, {"a": 4.0}),
    (Options(a=2.0), lambda x: x.a**2, 4.0, {"a": 4.0}),
    (Ordered(2.0), lambda x: next(reversed(x.values())) ** 2, 4.0, {"a": 4.0}),
    (Counted(2.0), lambda x: x["a"] ** 2 + x["z"], 4.0, {"a": 4.0}),
]


@pytest.mark.parametrize(
    ("x", "function", "value", "slopes"),
    OF_OWN_CLASSES,
    ids=[type(x).__name__ for x, *_ in OF_OWN_CLASSES],
)
def test_a_list_a_tuple_or_a_dict_keeps_its_class(Value, x, function, value, slopes):
    def told(y):
        assert type(y) is type(x)
        return function(y)

    program = compile(told)
    for _ in range(3):
        assert program.value(x) == value
        for found in (grad(told)(x), program.grad(x)):
            assert (type(found), found) == (type(x), slopes)
            assert not isinstance(x, dict) or list(found) == list(x)
            assert getattr(found, "default_factory", None) is getattr(x, "default_factory", None)
    numbers = list(slopes.values() if isinstance(slopes, dict) else slopes)
    for rate in (program.jvp(x, slopes), jvp(told)(x, slopes)):
        assert rate == sum(number**2 for number in numbers)
    kept = compile(lambda x: x)
    assert (type(kept.value(x)), kept.value(x)) == (type(x), x)
    assert program.traces == 1


def test_another_default_is_another_structure(Value):
    program = compile(lambda x: x["a"] + x["z"])
    for default, wanted in ((float, 2.0), (lambda: 5.0, 7.0), (float, 2.0)):
        assert program.value(defaultdict(default, a=2.0)) == wanted


class Tenfold(dict):
    def __getitem__(self, name):
        return 10.0 * super().__getitem__(name)


class Reading(namedtuple("Reading", ["x", "y"])):
    @cached_property
    def product(self):
        return self.x * self.y

    @compile
    def scaled(self, x):
        return x * self.x


class Dotted(dict):
    def __init__(self, **entries):
        super().__init__(entries)
        self.__dict__ = self


def test_entries_are_taken_as_they_are_and_rebuilt_as_such(Value):
    def product(d):
        return d["a"] * d["b"]

    assert product(Tenfold(a=1.0, b=2.0)) == compile(product).value(Tenfold(a=1.0, b=2.0)) == 200.0
    assert grad(product)(Tenfold(a=1.0, b=2.0)) == {"a": 200.0, "b": 100.0}


def test_what_methods_keep_is_no_argument(Value):
    x = Reading(2.0, 3.0)
    assert (x.product, x.scaled(1.0).data) == (6.0, 2.0)
    assert grad(lambda x: x.product)(x) == compile(lambda x: x.product).grad(x) == (3.0, 2.0)


def test_entries_that_are_attributes_too(Value):
    x = Dotted(a=2.0, b=3.0)
    assert compile(lambda x: x.a * x["b"]).value(x) == 6.0
    assert grad(lambda x: x.a * x["b"])(x) == {"a": 3.0, "b": 2.0}


def test_factories_of_one_code_are_one_structure(Value):
    program = compile(lambda d: d["a"] + d["z"])
    for a in (1.0, 2.0):
        assert program.value(defaultdict(lambda: 0.5, a=a)) == a + 0.5
    assert program.traces == 1
    assert program.value(defaultdict(lambda: 1.5, a=1.0)) == 2.5
    named = compile(entry_a)
    for one in (named, pickle.loads(pickle.dumps(named))):
        assert one.value(defaultdict(lambda: 0.5, a=1.0)) == 1.0
    assert pickle.loads(pickle.dumps(named)).value(defaultdict(lambda: 0.5, a=2.0)) == 2.0

    class Unhashable:
        __hash__ = None

        def __call__(self):
            return 4.0

    assert program.value(defaultdict(Unhashable(), a=1.0)) == 5.0


def entry_a(d):
    return d["a"]


def test_attributes_beside_entries_are_refused(Value):
    for x in (Rows([1.0]), Named([1.0]), type("Own", (dict,), {})(a=1.0), Counter[str](a=1)):
        assert compile(lambda x: 2.0).value(x) == 2.0
        x.scale = 3.0
        wanted = f"{type(x).__name__} of length 1 also has the attributes scale: give these as"
        for takes in (grad(lambda x: 2.0), compile(lambda x: 2.0).value):
            with pytest.raises(TypeError, match=wanted):
                takes(x)


def test_a_file_holds_no_class_of_a_dict(Value, tmp_path):
    program = compile(lambda x: x["a"])
    program.value(OrderedDict(a=1.0))
    with pytest.raises(TypeError, match="argument 0 is a OrderedDict, which a file cannot hold"):
        program.save(tmp_path / "program.json")
    with pytest.raises(ValueError, match=r"tangents\['a'\] must be a number, got str"):
        program.jvp(OrderedDict(a=1.0), {"a": "b"})
    with pytest.raises(ValueError, match="tangents must be a OrderedDict of 1, got list"):
        program.jvp(OrderedDict(a=1.0), [1.0])


def test_another_constant_is_another_branch(Value):
    program = compile(lambda x, size: x if size == Size.small else 10.0 * x)
    assert [program.value(2.0, size) for size in (*Size, *Size)] == [2.0, 20.0, 2.0, 20.0]
    flag = compile(lambda x, flag: x if flag == True else -x)  # noqa: E712
    assert [flag.value(2.0, np.bool_(x)) for x in (True, False, True)] == [2.0, -2.0, 2.0]
    assert (program.traces, flag.traces) == (2, 2)


def test_samples_that_are_arrays(Value):
    xs = np.array([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]])
    for batch in (xs, list(xs)):
        program = compile(lambda x: x[0, 1] * x[1, 0] + x.sum(), batch="sum")
        value, slopes = program.value_and_grad(batch)
        assert value == 2 * 3 + 10 + 6 * 7 + 26
        assert type(slopes) is type(batch)
        assert np.array(slopes).tolist() == [[[1.0, 4.0], [3.0, 1.0]], [[1.0, 8.0], [7.0, 1.0]]]
        assert np.array(program.hvp(batch, batch)).tolist() == [
            [[0.0, 3.0], [2.0, 0.0]], [[0.0, 7.0], [6.0, 0.0]],
        ]  # fmt: skip
    rows = compile(lambda x, c: x @ x.T * c, batch="none")
    found = rows.value(xs, 2.0)
    assert_alike(found, np.array([2.0 * x @ x.T for x in xs]))
    assert_alike(
        compile(lambda x: x * x, batch="none").value(np.array([1.0, 2.0])), np.array([1.0, 4.0])
    )
    assert compile(lambda x: x * x, batch="none").value([1.0, 2.0]) == [1.0, 4.0]
    with pytest.raises(ValueError, match=r"must be 2 samples of shape \(2, 2\), got ndarray"):
        rows.jvp((xs, 1.0), (xs[0], 1.0))


# Which arguments ----------------------------------------------------------------------------------


def test_what_argnums_leaves_out_is_data(Value):
    def loss(p, data, power, names, function):
        assert type(power) is int
        assert [*names] == ["a", "b"]
        return function(sum([(p[0] * x + p[1] - y) ** power for x, y in data]))

    data = [(1.0, 2.0), (2.0, 3.5)]
    args = (np.array([1.0, 0.5]), data, 2, {"a", "b"} and ["a", "b"], ag.exp)
    slope = grad(loss, argnums=0)(*args)
    assert slope.shape == (2,)
    value, again = value_and_grad(loss, argnums=(0,))(*args)
    assert type(value) is float
    assert_alike(again, (slope,))
    program = compile(loss, argnums=0, static=("power",))
    assert_alike(program.grad(*args), slope, 1e-14)
    assert_alike(program.hvp(args, np.ones(2)), hvp(loss, argnums=0)(args, np.ones(2)), 1e-13)
    assert program.jvp(args, np.ones(2)) == pytest.approx(slope.sum(), rel=1e-13)
    assert jvp(loss, argnums=0)(args, np.ones(2)) == pytest.approx(slope.sum(), rel=1e-13)
    other = (args[0], [(1.0, 3.0), (3.0, 3.5)], *args[2:])
    assert_alike(program.grad(*other), grad(loss, argnums=0)(*other), 1e-13)
    assert program.traces == 1


def test_data_do_not_move_even_where_their_slope_is_nan(Value):
    power = lambda x, n: x**n
    for options in ({}, {"static": 1}):
        program = compile(power, argnums=0, **options)
        assert program.hvp((-2.0, 3.0), 1.0) == -12.0
        assert program.jvp((-2.0, 3.0), 1.0) == 12.0
        assert program.grad(-2.0, 3.0) == 12.0
    assert hvp(power, argnums=0)((-2.0, 3.0), 1.0) == -12.0
    batch = compile(lambda x, n, y: x**n * y, batch="sum", argnums=(2, 0))
    assert batch.grad([-2.0, -1.0], 3.0, [1.0, 2.0]) == ([-8.0, -1.0], [12.0, 6.0])
    tangents = ([0.0, 1.0], [1.0, 0.0])
    assert batch.hvp(([-2.0, -1.0], 3.0, [1.0, 2.0]), tangents) == ([12.0, 0.0], [-12.0, 3.0])
    assert batch.jvp(([-2.0, -1.0], 3.0, [1.0, 2.0]), tangents) == 11.0


def test_argnums_that_do_not_fit(Value):
    for bad in (1.0, "x", True, (), (0, "x")):
        for transform in (grad, hessian, hvp, lambda f, a: jvp(f, argnums=a)):
            with pytest.raises(TypeError, match="argnums is the place of an argument"):
                transform(ag.sin, bad)
        with pytest.raises(TypeError, match="argnums is the place of an argument"):
            compile(ag.sin, argnums=bad)
    for argnums in (2, -3, (0, 0), (0, -2)):
        for function in (grad(ag.hypot, argnums), compile(ag.hypot, argnums=argnums).grad):
            with pytest.raises(
                ValueError, match=r"names each argument once, got .* with 2 arguments"
            ):
                function(3.0, 4.0)
    with pytest.raises(TypeError, match=r"expected a real number, got str 'a'"):
        grad(lambda x, name: x, argnums=1)(1.0, "a")


def test_arguments_by_name(Value):
    g = lambda x, y, *, k=1.0: x * x * y * k
    assert grad(g)(y=5.0, x=3.0) == compile(g).grad(y=5.0, x=3.0) == (30.0, 9.0)
    assert grad(g)(3.0, y=5.0, k=2.0) == compile(g).grad(3.0, y=5.0, k=2.0) == (60.0, 18.0, 45.0)
    assert grad(g, argnums=1)(3.0, y=5.0, k=2.0) == 18.0
    assert compile(g, argnums=1).grad(3.0, y=5.0, k=2.0) == 18.0


def by_place_only(a, /, b=1.0, c=2.0):
    return a + 10.0 * b + 100.0 * c


class ByPlaceOnly:
    def __call__(self, a, /, b=1.0, c=2.0):
        return by_place_only(a, b, c)


FUNCTIONS = [
    by_place_only,
    lambda a, /, b=1.0, *, c=2.0: by_place_only(a, b, c),
    lambda a, /, *rest, b=1.0, c=2.0: by_place_only(a, *rest, b=b, c=c),
    lambda a, /, **named: by_place_only(a, **named),
    partial(lambda z, a, /, b=1.0, c=2.0: by_place_only(z * a, b, c), 1.0),
    partial(by_place_only, c=2.0),
    ByPlaceOnly(),
    ByPlaceOnly().__call__,
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_arguments_by_name_after_one_that_has_a_place_alone(Value, function):
    program = compile(function)
    for _ in range(2):
        for named, wanted in (
            ({}, {}),
            ({"c": 3.0}, {"c": 100.0}),
            ({"b": 2.0}, {"b": 10.0}),
            ({"c": 3.0, "b": 2.0}, {"b": 10.0, "c": 100.0}),
        ):
            assert program.value(1.0, **named) == function(1.0, **named)
            slopes = (1.0, *wanted.values()) if wanted else 1.0
            assert program.grad(1.0, **named) == grad(function)(1.0, **named) == slopes
            assert jacobian(function)(1.0, **named) == program.jacobian(1.0, **named) == slopes
            assert value_and_grad(function, 0)(1.0, **named) == (program.value(1.0, **named), 1.0)


def test_a_name_that_is_no_name_of_a_parameter(Value):
    for takes in (compile(by_place_only).value, grad(by_place_only)):
        with pytest.raises(TypeError, match="positional"):
            takes(a=1.0, b=2.0)
    several = lambda a, /, **named: a * named["a"]
    assert compile(several).value(2.0, a=3.0) == 6.0
    assert grad(several)(2.0, a=3.0) == compile(several).grad(2.0, a=3.0) == (3.0, 2.0)
    default = lambda a=2.0, /, **named: a * named["a"]
    assert grad(default)(a=3.0) == compile(default).grad(a=3.0) == 2.0


def test_static_means_an_argument_in_each_way_that_it_may_come(Value):
    repeated = lambda n, /, x, *, power=1: [x**power] * n
    for static in (("n", "power"), (0, "power")):
        program = compile(repeated, static=static)
        for _ in range(2):
            assert program.value(2, 3.0, power=2) == [9.0, 9.0]
            assert program.value(1, x=3.0) == [3.0]
    # What has a name alone has no place among *rest, and what has a place alone no name.
    product = lambda x, *rest, n=1: x * rest[0] ** n if type(n) is int else x
    assert compile(product, static="n").grad(2.0, 3.0) == (3.0, 2.0)
    assert compile(product, static="n").grad(2.0, 3.0, n=2) == (9.0, 12.0, None)
    scaled = lambda a, /, **named: a * named["a"]
    assert compile(scaled, static=0).grad(2, a=3.0) == (None, 2.0)
    with pytest.raises(ValueError, match="static names an argument, got 1; they are"):
        compile(lambda x, *, n: x, static=1)


def test_a_method_counts_its_arguments_like_static(Value):
    class Model:
        w = 3.0

        @compile(argnums=1, static=2)
        def loss(self, x, n):
            return self.w * x**n

        @compile(argnums=(-1, 1))
        def product(self, x, y):
            return self.w * x * y

        @compile(argnums=0)
        def of_itself(self, x):
            return x

    assert Model().loss.grad(2.0, 3) == 36.0
    assert Model().product.grad(2.0, 5.0) == (6.0, 15.0)
    with pytest.raises(ValueError, match="counts arguments from self, got 0"):
        Model().of_itself.grad(2.0)


def test_a_tuple_is_several_arguments_also_of_one(Value):
    cube = lambda x: x**3
    for product, rate in ((hvp(cube), jvp(cube)), (compile(cube).hvp, compile(cube).jvp)):
        assert product((2.0,), (1.0,)) == (12.0,)
        assert product(2.0, 1.0) == 12.0
        assert rate((2.0,), (1.0,)) == rate(2.0, 1.0) == 12.0


@pytest.mark.parametrize(
    ("args", "tangents", "message"),
    [
        ([1.0, 2.0], [1.0], "tangents must be a list of 2, got list of length 1"),
        ([1.0, 2.0], 1.0, "tangents must be a list of 2, got float 1.0"),
        ([1.0, [2.0]], [1.0, 2.0], r"tangents\[1\] must be a list of 1, got float 2.0"),
        ({"a": [1.0]}, {"a": [None]}, r"tangents\['a'\]\[0\] must be a number, got None"),
        ({"a": 1.0}, {"b": 1.0}, "tangents must be a dict of 1, got dict of length 1"),
        (np.ones((2, 2)), np.ones(2), r"an array of shape \(2, 2\), got ndarray of shape \(2,\)"),
        (np.ones(2), [1.0, [2.0]], r"an array of shape \(2,\), got list of length 2"),
        (Fields(1.0, 2.0), [1.0, 2.0], "must be a Fields, got list of length 2"),
        ((1.0, 2.0), (1.0,), "tangents of 2 arguments are a tuple of 2, got tuple of length 1"),
        ((1.0, 2.0), (1.0, "a"), r"tangents\[1\] must be a number, got str 'a'"),
    ],
)
def test_tangents_that_do_not_fit_say_where(Value, args, tangents, message):
    program = compile(f)
    for function in (hvp(f), jvp(f), program.hvp, program.jvp):
        with pytest.raises(ValueError, match=message):
            function(args, tangents)


def test_tangents_stand_for_one_another(Value):
    for x, tangents in (
        ([1.0, 2.0], np.array([1.0, 0.0])),
        (np.array([1.0, 2.0]), [1.0, 0.0]),
        ((1.0, 2.0), [1.0, 0.0]),
        ({"a": 1.0, "b": 2.0}, {"b": 0, "a": np.array(1.0)}),
        (Fields(1.0, [2.0]), Fields(1, [0], None)),
    ):
        found = [leaves_of(g(x, tangents)) for g in (hvp(f), compile(f).hvp)]
        assert [n for n in found[0] if n is not None] == pytest.approx(
            [n for n in found[1] if n is not None], rel=1e-13
        )


# jvp ----------------------------------------------------------------------------------------------


def test_jvp_of_a_function_and_of_a_graph(Value):
    a, b = Value(2.0), Value(5.0)
    assert jvp(a * b, [a, b], [1.0, 10.0]) == 25.0
    g = lambda p: {"product": p[0] * p[1], "text": "a", "rows": [p[0], 3.0], "array": np.array(p)}
    found = jvp(g)([2.0, 5.0], [1.0, 10.0])
    compiled = compile(g).jvp([2.0, 5.0], [1.0, 10.0])
    for x in (found, compiled):
        assert (x["product"], x["text"], x["rows"]) == (25.0, "a", [1.0, 0.0])
        assert_alike(x["array"], np.array([1.0, 10.0]))
    for wrong in (lambda: jvp(3.0), lambda: jvp(ag.sin, 2.0, 1.0)):
        with pytest.raises(TypeError, match=r"as in jvp\(f\)\(x, tangents\)"):
            wrong()
    with pytest.raises(ValueError, match="one tangent for each x, got 1 for 2"):
        jvp(a * b, [a, b], [1.0])


def test_jvp_is_differentiated_and_traced(Value):
    slope = lambda x: jvp(ag.sin)(x, 1.0)
    assert grad(slope)(0.5) == pytest.approx(-math.sin(0.5), rel=1e-14)
    assert grad(lambda t: jvp(ag.exp)(0.0, t) ** 2)(3.0) == 6.0
    program = compile(slope)
    assert [program.value(x) for x in (0.5, 1.0)] == pytest.approx([math.cos(0.5), math.cos(1.0)])
    assert program.traces == 1
    assert jvp(lambda x: ag.sqrt(x[0]) + x[1])([0.0, 1.0], [0.0, 1.0]) == 1.0


# Further ------------------------------------------------------------------------------------------


def test_a_compiled_function_of_arrays_as_a_node_and_below_transforms(Value):
    program = compile(lambda x: (x * x).sum() * x[0])
    x = np.array([2.0, 3.0])
    assert_alike(grad(program)(x), grad(lambda x: (x * x).sum() * x[0])(x), 1e-14)
    assert_alike(hessian(program)(x), hessian(lambda x: (x * x).sum() * x[0])(x), 1e-14)
    leaves = [Value(2.0), Value(3.0)]
    program(np.array(leaves)).backward()
    assert [v.grad for v in leaves] == [21.0, 12.0]
    assert [v.data for v in compile(lambda x: x * x)(np.array(leaves))] == [4.0, 9.0]


def test_a_batch_is_replayed_for_lists_and_arrays_of_numbers_alike(Value):
    program = compile(lambda x: x * x, batch="sum")
    assert program.value([1.0, 2.0]) == program.value(np.array([1.0, 2.0])) == 5.0
    assert program.traces == 1


def test_saved_programs_of_arrays(Value, tmp_path):
    program = compile(lambda x, y: [x @ x, x * y[0]], argnums=0)
    x, y = np.array([[1.0, 2.0], [3.0, 4.0]]), [2.0]
    wanted = program.value(x, y)
    path = tmp_path / "program.json"
    program.save(path)
    for again in (ag.load_program(path), pickle.loads(pickle.dumps(program))):
        assert again.argnums == 0
        for a, b in zip(again.value(2.0 * x, y), (4.0 * wanted[0], 2.0 * wanted[1])):
            assert_alike(a, b)
        for a, b in zip(again.value(x.tolist(), y), wanted):  # another structure of the same shape
            assert_alike(a, b)
    batch = compile(lambda x: x[0] * x[1], batch="sum", argnums=(0,))
    batch.value(np.ones((3, 2)))
    batch.save(path)
    assert_alike(ag.load_program(path).grad(np.ones((3, 2))), (np.ones((3, 2)),))
    assert ag.load_program(path).grad([[1.0, 2.0]]) == ([[2.0, 1.0]],)
    program = compile(lambda p: p.left * p.right)
    program.value(Fields(1.0, 2.0))
    with pytest.raises(TypeError, match="argument 0 is a Fields, which a file cannot hold"):
        program.save(path)


def test_a_result_may_be_a_dataclass(Value):
    program = compile(lambda x: Fields(x * x, [x], "name"))
    for _ in range(2):
        assert program.value(3.0) == Fields(9.0, [3.0], "name")
    found = jacobian(lambda x: Fields(x * x, np.array([x, 2.0 * x]), "name"))(3.0)
    assert_alike(found.right, np.array([1.0, 2.0]))
    assert (found.left, found.name) == (6.0, None)


def test_derivatives_of_a_checked_dataclass(Value):
    @dataclass
    class Normal:
        mean: float
        deviation: float

        def __post_init__(self):
            assert self.deviation > 0

    log_likelihood = lambda p, x: -(((x - p.mean) / p.deviation) ** 2) / 2 - ag.log(p.deviation)
    for slope, _, _ in both(log_likelihood, argnums=0):
        found = slope(Normal(0.0, 2.0), 1.0)
        assert (found.mean, found.deviation) == (0.25, -0.375)


def test_the_template_form(Value):
    tree = {"a": [1, "b"], "c": (np.array([1.0, 2.0]), Pair(None, 3.0))}
    assert leaves_of(tree) == [1, "b", 1.0, 2.0, None, 3.0]
    again = unflatten(flatten_all(tree, []), iter([10.0, "x", 20.0, 30.0, "y", 40.0]))
    assert again["a"] == [10.0, "x"]
    assert_alike(again["c"][0], np.array([20.0, 30.0]))
    assert again["c"][1] == Pair("y", 40.0)


# SciPy --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method",
    ["BFGS", "L-BFGS-B", "CG", "TNC", "SLSQP", "Newton-CG", "trust-ncg", "trust-krylov",
     "trust-exact", "dogleg", "trust-constr"],
)  # fmt: skip
def test_scipy_minimises(Value, method):
    optimize = pytest.importorskip("scipy.optimize")

    def g(x):
        return ((x - np.array([1.0, -2.0])) ** 2).sum() + (x[0] - 1.0) ** 4

    program = compile(g)
    with_hessian = {"hess": hessian(g)} if method in ("trust-exact", "dogleg") else {}
    for value, slope, product in (
        (lambda x: g(x), grad(g), hvp(g)),
        (program.value, program.grad, program.hvp),
    ):
        second = with_hessian or {"hessp": product}
        if method in ("BFGS", "L-BFGS-B", "CG", "TNC", "SLSQP"):
            second = {}
        found = optimize.minimize(value, np.zeros(2), jac=slope, method=method, **second)
        np.testing.assert_allclose(found.x, [1.0, -2.0], atol=1e-3)
    assert program.traces == 1


def test_scipy_fits(Value):
    optimize = pytest.importorskip("scipy.optimize")
    t = np.linspace(0.0, 2.0, 6)
    y = 3.0 * np.exp(-0.7 * t)
    residuals = lambda p: p[0] * np.exp(-p[1] * t) - y
    slopes = compile(jacobian(residuals))
    for function, slope in (
        (residuals, jacobian(residuals)),
        (compile(residuals).value, slopes.value),
    ):
        found = optimize.least_squares(function, [1.0, 1.0], jac=slope)
        np.testing.assert_allclose(found.x, [3.0, 0.7], rtol=1e-6)
    curve = lambda t, a, b: a * np.exp(-b * t)
    columns = jacobian(curve, argnums=(1, 2))
    found, _ = optimize.curve_fit(
        curve, t, y, [1.0, 1.0], jac=lambda *args: np.stack(columns(*args), -1)
    )
    np.testing.assert_allclose(found, [3.0, 0.7], rtol=1e-6)
    equations = lambda x: np.array([x[0] + x[1] - 3.0, x[0] * x[1] - 2.0])
    root = optimize.root(equations, [0.0, 5.0], jac=jacobian(equations))
    np.testing.assert_allclose(sorted(root.x), [1.0, 2.0])
