"""export: what formulas of a notebook become in a page."""

import pytest

from autograd_lite import Value, explain
from autograd_lite.export import main, mathml


def test_labels_in_formulas_inject_nothing():
    pytest.importorskip("latex2mathml", reason="extra [notebook]")
    x = Value(2.0, label="</math><img/src=x>")
    shown = mathml(explain(x, x * x).latex, block=True)
    assert shown.startswith("<math")
    assert "<img" not in shown
    assert "&lt;img/src=x&gt;" in shown


def test_signs_in_words_stand_as_they_are():
    pytest.importorskip("latex2mathml", reason="extra [notebook]")
    assert "<mtext>100%</mtext>" in mathml(r"\text{100\%}")
    assert "<mo>&lt;</mo>" in mathml("a < b")


def test_a_folder_is_no_notebook(capsys, monkeypatch, tmp_path):
    pytest.importorskip("nbconvert", reason="extra [notebook]")
    monkeypatch.chdir(tmp_path)
    assert main(["."]) == 1
    assert "cannot be read as a notebook" in capsys.readouterr().err
