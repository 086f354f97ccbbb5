"""The tests bite: with one rule of the table altered, the table's own test fails."""

import pytest
import test_table

from autograd_lite.primitives import TABLE

ALTERED = {
    "exp": lambda out, x: (out * 1.001,),
    "mul": lambda out, x, y: (x, y),
    "tanh": lambda out, x: (1.0 - out,),
    "sub": lambda out, x, y: (1.0, 1.0),
    "atan2": lambda out, y, x: (x / (x * x + y * y), y / (x * x + y * y)),
    "logsumexp": lambda out, *xs: tuple(1.0 / len(xs) for _ in xs),
    "clip": lambda out, x, low, high: (1.0, 0.0, 0.0),
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_rule_is_noticed(name, monkeypatch):
    from autograd_lite import PythonValue

    row = TABLE[name]
    test_table.test_value_and_partials_at_ordinary_points(PythonValue, row)
    monkeypatch.setattr(row, "partials", ALTERED[name])
    with pytest.raises(AssertionError):
        test_table.test_value_and_partials_at_ordinary_points(PythonValue, row)


@pytest.mark.parametrize("name", ["exp", "sigmoid", "hypot", "sum"])
def test_an_altered_value_is_noticed(name, monkeypatch):
    from autograd_lite import PythonValue

    row = TABLE[name]
    right = row.evaluate
    monkeypatch.setattr(row, "evaluate", lambda *xs: right(*xs) * (1.0 + 1e-12))
    with pytest.raises(AssertionError):
        test_table.test_value_and_partials_at_ordinary_points(PythonValue, row)
