"""Rows that rules make beyond the table, for derivatives of high order.

A program that computes one of them cannot be saved, for a file holds rows of the table, but it can
be pickled. Which rows there are is not listed here: the rules of the table are followed.
"""

import copy
import math
import pickle

import pytest

import autograd_lite as ag
from autograd_lite import compile, grad, implicit, linalg, special
from autograd_lite.compiler.tape import OPCODES
from autograd_lite.methods import ROUND_TO
from autograd_lite.primitive import Reduction, family, plain
from autograd_lite.primitives import TABLE
from autograd_lite.special_table import SPECIAL


class Anything:
    """An operand that stands for any number, and notes which rows are applied to it."""

    rows = {}

    @staticmethod
    def _apply(row, operands):
        Anything.rows[row.name] = row
        return Anything()

    def _where(self, x, y):
        return Anything()

    @property
    def data(self):
        return self

    def operator(self, *_):
        return Anything()

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = operator
    __rtruediv__ = __mod__ = __floordiv__ = __pow__ = __neg__ = __lt__ = __le__ = operator
    __gt__ = __ge__ = operator


def named_by_rule(row):
    """The rows that the partials of `row` are made of."""
    Anything.rows = {}
    count = 2 * getattr(row, "columns", 1) if isinstance(row, Reduction) else len(row.operands)
    row.partials(Anything(), *[Anything() for _ in range(count)])
    return Anything.rows


def derived(orders):
    """Rows beyond the table that derivatives of so many orders are made of, by name."""
    known, newest = {}, {**TABLE, **SPECIAL}
    for _ in range(orders):
        found = {}
        for row in newest.values():
            found |= named_by_rule(row)
        newest = {name: row for name, row in found.items() if row not in OPCODES}
        known |= newest
    return known


DERIVED = derived(3)
PROGRAMS = derived(1)


def points(row):
    return [low + 0.6 * (high - low) for low, high in row.domain]


def test_which_there_are():
    names = {"polygamma_3", "pow_log_2", "real_of_inverse_power_2", "sinc_3", "zeta_3", "stdtr_2"}
    assert names <= {*DERIVED}
    assert {"j4", "k4", "t_score_1", "betainc_0_3", "beta_density_1_1", "erfc_ratio_4"} <= {
        *DERIVED
    }


def test_rows_of_the_table_and_derived_rows_are_pickled_by_name():
    for row in (*TABLE.values(), *SPECIAL.values(), *DERIVED.values(), ROUND_TO):
        for protocol in (0, pickle.HIGHEST_PROTOCOL):
            assert pickle.loads(pickle.dumps(row, protocol)) is row
        assert copy.copy(row) is copy.deepcopy(row) is row


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_called_program_of_such_a_row_is_pickled(name, tmp_path):
    row = PROGRAMS[name]
    check(compile(lambda *xs: row(*xs)), points(row), tmp_path)


def check(program, xs, tmp_path):
    """A pickle and a copy of a called program give what it gives."""
    value, slopes = program.value_and_grad(*xs)
    for other in (pickle.loads(pickle.dumps(program)), copy.deepcopy(program)):
        assert other.value(*xs) == value
        assert other.value_and_grad(*xs) == (value, slopes)
    with pytest.raises(TypeError, match=r"cannot be saved: .*; pickle the program"):
        program.save(tmp_path / "program.json")


def times(f, orders, place=0):
    for _ in range(orders):
        f = grad(f, place)
    return f


HIGHER = {
    "jv": (lambda x: special.jv(5, x), 1.3),
    "polygamma": (lambda x: ag.polygamma(2, x), 1.3),
    "sinc": (times(special.sinc, 3), 0.4),
    "zeta": (times(lambda x: special.zeta(x, 1.5), 3), 2.5),
    "j1": (times(special.j1, 3), 0.7),
    "lgamma": (times(ag.lgamma, 3), 1.3),
    "stdtr": (times(lambda df: special.stdtr(df, 0.7), 2), 3.0),
    "2**d": (times(lambda d: 2.0**d, 2), 1.5),
    "atan2": (times(lambda x: ag.atan2(x, 2.0), 2), 1.5),
    "round": (lambda x: round(x, 1) * x, 1.26),
    "eigh": (lambda x: linalg.eigh([[x, 1.0], [1.0, 2.0 * x]])[0][0], 1.5),
}


@pytest.mark.parametrize("name", HIGHER)
def test_programs_with_derivatives_of_high_order_are_pickled(Value, name, tmp_path):
    f, x = HIGHER[name]
    check(compile(f), [x], tmp_path)


def test_a_batch_with_several_results_is_pickled(Value):
    f, _ = HIGHER["eigh"]
    program = compile(f, batch="none")
    xs = [0.5, 1.5]
    found = program.grad(xs)
    other = pickle.loads(pickle.dumps(program))
    assert list(other.grad(xs)) == list(found)
    _, v = linalg.eigh([[1.5, 1.0], [1.0, 3.0]])
    assert found[1] == pytest.approx(v[0][0] ** 2 + 2.0 * v[1][0] ** 2, rel=1e-12)


# Implicit functions -------------------------------------------------------------------------------


def kepler(E, e, M):
    return E - e * ag.sin(E) - M


def circle(xs, r, slope):
    x, y = xs
    return [x * x + y * y - r * r, y - slope * x]


def around(e, M):
    return M - 1.0, M + 1.0


IMPLICIT = {
    "bracket": (kepler, {"bracket": (-4.0, 6.0)}, (0.3, 1.0)),
    "bracket of theta": (kepler, {"bracket": around}, (0.3, 1.0)),
    "x0": (kepler, {"x0": 1.0, "method": "newton"}, (0.3, 1.0)),
    "several": (circle, {"x0": [1.0, 1.0]}, (2.0, 0.5)),
}


@pytest.mark.parametrize("name", IMPLICIT)
def test_programs_with_implicit_functions_by_scipy_are_pickled(Value, name, tmp_path):
    F, options, theta = IMPLICIT[name]
    solution = implicit(F, **options)
    program = compile(lambda a, b: ag.sum(several(solution(a, b))))
    check(program, theta, tmp_path)
    batch = compile(lambda a, b: ag.sum(several(solution(a, b))), batch="none")
    columns = [[x, 1.1 * x] for x in theta]
    found = [list(slopes) for slopes in batch.grad(*columns)]
    other = pickle.loads(pickle.dumps(batch))
    assert [list(slopes) for slopes in other.grad(*columns)] == found
    assert other.traces == 0
    if F is kepler:
        E = solution(*theta)
        slope = 1.0 / (1.0 - theta[0] * math.cos(E))
        assert found[1][0] == pytest.approx(slope, rel=1e-9)
        assert found[0][0] == pytest.approx(math.sin(E) * slope, rel=1e-9)


def several(x):
    return x if isinstance(x, list) else [x]


def test_what_a_family_makes_is_made_once():
    made = []

    @family
    def scaled(order):
        made.append(order)
        return ag.Primitive("scaled", lambda x: order * x, lambda out, x: (order,))

    assert scaled(2) is scaled(2) is not scaled(3)
    assert made == [2, 3]
    assert scaled(2).member_of == (scaled, (2,))
    assert plain(scaled(2)(3.0)) == 6.0
