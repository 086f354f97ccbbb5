"""The functions by which native batches compute: within 1 ulp, with the same bits everywhere."""

import hashlib
import math
import struct
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lane_functions import EDGES, FUNCTIONS, calls, error, in_batch, points

import autograd_lite as ag
from autograd_lite import compile
from autograd_lite.native import coefficients
from autograd_lite.primitives import TABLE

native = pytest.mark.skipif(ag.NativeValue is None, reason="the native engine is not built")
EXACT = {"fabs", "copysign", "sqrt", "rint", "floor", "ceil", "fmod"}  # right to the last bit
# Rows that call the C library: see docs/limits.md.
EXCEPTIONS = {
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "digamma", "direction",
    "gamma", "hypot", "imaginary_of_inverse_power_1", "lgamma", "polygamma_1",
    "real_of_inverse_power_1",
}  # fmt: skip
# Of what each gives for the same points, on every machine, with every compiler.
DIGESTS = {
    "exp": "30f423093442918c",
    "expm1": "7a9dafd860f2f2b7",
    "log": "386ecdd9fb7256ea",
    "log1p": "e4c7770b422c9d2b",
    "log2": "e5f1e07e37396138",
    "log10": "b868d1e8b205df8c",
    "sin": "e5547d71e4db1f4b",
    "cos": "33a6a3b6274236ee",
    "tan": "213f5541f765cb99",
    "sinh": "5780bba9b333cf73",
    "cosh": "dbf0b8ac3a2b5b9c",
    "tanh": "e1214868771655f8",
    "erf": "2f31d8ef35545400",
    "erfc": "e285b3b007a846c4",
    "pow": "9a3e197c281b2253",
}


@pytest.fixture(autouse=True)
def chosen(monkeypatch):
    if ag.NativeValue is not None:
        monkeypatch.setattr(ag, "Value", ag.NativeValue)


@pytest.fixture
def engine():
    from autograd_lite.native import engine

    yield engine
    engine.use_kernels(99)


def digest(numbers):
    """The same for all nans."""
    bits = b"".join(struct.pack("<d", x if x == x else math.nan) for x in numbers)
    return hashlib.sha256(bits).hexdigest()[:16]


def test_the_coefficients_are_those_of_their_script():
    assert coefficients.main(["--check"]) == 0


@native
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_lane_function_is_within_an_ulp(name):
    where = points(name, 400)
    for point, found in zip(where, in_batch(name, where)):
        distance = error(name, point, found)
        assert distance is None or distance < 1.0, (point, found, distance)


@pytest.mark.slow
@native
@settings(max_examples=300)
@given(st.sampled_from(sorted(FUNCTIONS)), st.floats(), st.floats())
def test_any_number_is_within_an_ulp(name, x, y):
    point = (x, y) if name == "pow" else x
    [found] = in_batch(name, [point])
    distance = error(name, point, found)
    assert distance is None or distance < 1.0, (point, found, distance)


@native
@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_not_finite_and_the_sign_of_zero_are_as_in_eager_code(name):
    where = [(x, y) for x in EDGES for y in EDGES] if name == "pow" else EDGES
    for point, found in zip(where, in_batch(name, where)):
        wanted = TABLE[name].evaluate(*(point if name == "pow" else (point,)))
        if wanted == 0.0 or not math.isfinite(wanted):
            same = found == wanted and math.copysign(1.0, found) == math.copysign(1.0, wanted)
            assert same or (found != found and wanted != wanted), (point, found, wanted)


@native
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_set_of_instructions_and_every_machine_gives_the_same_bits(engine, name):
    where = points(name, 4000)
    found = set()
    for kernels in range(engine.use_kernels(99) + 1):
        engine.use_kernels(kernels)
        found.add(digest(in_batch(name, where)))
    assert found == {DIGESTS[name]}


def every_row(threads=1):
    """Values and gradients of all rows that make this promise, over many samples."""
    names = [
        name for name, row in TABLE.items()
        if name not in EXCEPTIONS and not row.variadic and len(row.operands) < 3
    ]  # fmt: skip

    def total(x, y):
        parts = [TABLE[name](*(x, y)[: len(TABLE[name].operands)]) for name in names]
        return [ag.where(part < 1e300, part, 0.0 * x) for part in parts]

    where = [(i % 641 - 320) / 64 + 1 / 1024 for i in range(9000)]
    x, y = array("d", where), array("d", [1.5 - x / 4 for x in where])
    program = compile(lambda x, y: ag.logsumexp([x, y, x * y]), batch="sum", threads=threads)
    value, gradient = program.value_and_grad(x, y)
    results = [value, *gradient[0], *gradient[1]]
    for i in range(len(names)):
        program = compile(lambda x, y, i=i: total(x, y)[i], batch="sum", threads=threads)
        value, gradient = program.value_and_grad(x, y)
        results += [value, *gradient[0], *gradient[1]]
    return results


@pytest.mark.slow
@native
def test_threads_and_sets_of_instructions_do_not_change_a_bit_of_any_row(engine):
    found = {digest(every_row(threads=3))}
    for kernels in range(engine.use_kernels(99) + 1):
        engine.use_kernels(kernels)
        found.add(digest(every_row()))
    assert found == {EVERY_ROW}


EVERY_ROW = "99803b1e6cb6bc4c"


@native
@pytest.mark.parametrize("samples", [1, 7, 8, 50])
def test_angles_too_large_for_lanes_are_right_wherever_they_stand(samples):
    """Alone and among small ones, whose bits they leave as they are; forward, back and along."""
    small = [0.1 * i for i in range(samples)]
    large = [*small[:-1], 1e22]
    for name, slope in (("sin", "cos"), ("cos", "sin"), ("tan", "tan")):
        program = compile(TABLE[name], batch="sum")
        value, gradient = program.value_and_grad(array("d", large))
        assert gradient[:-1] == program.grad(array("d", small))[:-1]
        end = in_batch(slope, [1e22])[0]
        wanted = {"sin": end, "cos": -end, "tan": 1.0 + end * end}[name]
        assert gradient[-1] == wanted
        masked = compile(lambda x, f=TABLE[name]: ag.where(x > -1.0, f(x), x), batch="sum")
        assert masked.grad(array("d", large)) == gradient
        rate = program.jvp((large,), ([0.0] * (samples - 1) + [1.0],))
        assert rate == gradient[-1]
        assert error(name, 1e22, in_batch(name, large)[-1]) < 1.0
        assert value == program.value(array("d", large))


@native
def test_one_sample_is_computed_as_in_eager_code(full_or_quick):
    """By the C library: a lane function is for batches."""
    for name in FUNCTIONS:
        program = compile(lambda *xs, name=name: TABLE[name](*xs))
        for point in points(name, full_or_quick(30, 8)):
            operands = point if name == "pow" else (point,)
            wanted = TABLE[name](*map(ag.NativeValue, operands)).data
            found = program.value(*operands)
            assert found == wanted or (found != found and wanted != wanted), (name, point)


def test_the_exceptions_are_the_rows_that_call_another_function():
    known = {*FUNCTIONS, *EXACT}
    libm = {"gamma", "lgamma", "digamma", "polygamma_1"}  # as lane_table.h has it
    assert {name for name, called in calls().items() if called - known} | libm == EXCEPTIONS


def test_only_sin_cos_and_tan_take_angles_of_any_size():
    """Others keep what they hand to them small, or are no lane functions; see ANGLE_ROWS."""
    angles = {name for name, called in calls().items() if called & {"sin", "cos", "tan"}}
    assert angles - EXCEPTIONS == {"sin", "cos", "tan"}
