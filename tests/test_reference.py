"""The numbers in fixtures/pytorch.json, with which other tests compare, are those of PyTorch."""

import math

import pytest
from fixtures.looks import differences
from fixtures.pytorch import REFERENCE, made


def test_the_numbers_are_what_pytorch_gives():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    found = made(torch)
    assert list(found) == list(REFERENCE)
    assert list(differences(found, REFERENCE)) == []


def test_no_case_is_without_numbers():
    def numbers(tree):
        tree = list(tree.values()) if isinstance(tree, dict) else tree
        return [x for part in tree for x in numbers(part)] if isinstance(tree, list) else [tree]

    for part, cases in REFERENCE.items():
        for name, found in cases.items():
            assert len(numbers(found)) > 1, (part, name)
    assert not any(math.isnan(x) for x in numbers(REFERENCE["losses"]))
