"""export: what formulas of a notebook become in a page."""

import json

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


def test_the_order_of_keys_does_not_matter():
    """A notebook is stored with its keys sorted; its views need the same scripts as before."""
    import nn
    from autograd_lite import draw, step
    from autograd_lite.views.output.page import PARTS, _computing, embedded

    x = Value(2.0, label="x")
    y = (x * x).tanh()
    y.backward()
    for view in (draw(y), step(y), draw(nn.MLP(2, [3, 1], seed=0))):
        payload = view.payload()
        texts = [embedded(payload), embedded(dict(sorted_keys(payload)))]
        needed = [[part for part in PARTS if part in text] for text in texts]
        assert needed[0] == needed[1]
        assert _computing(texts[0]) == _computing(texts[1])
        assert "KERNELS" in _computing(texts[0])


def sorted_keys(data):
    return json.loads(json.dumps(data, sort_keys=True))
