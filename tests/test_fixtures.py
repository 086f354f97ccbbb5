"""Files that earlier versions wrote: each is read, and gives the numbers that it gave then."""

import json
import pickle
from pathlib import Path

import pytest
from fixtures.looks import LOOKS, differences, seen

FOLDERS = sorted(Path(__file__).parent.glob("fixtures/v*"))
EXPECTED = {folder: json.loads((folder / "expected.json").read_text("utf-8")) for folder in FOLDERS}
FILES = [folder / name for folder, expected in EXPECTED.items() for name in expected]
NEEDED = {"estimators.pickle": "sklearn"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_file_of_an_earlier_version(Value, path):
    if path.name in NEEDED:
        pytest.importorskip(NEEDED[path.name])
    assert list(differences(seen(path), EXPECTED[path.parent][path.name])) == []


def test_no_file_is_left_out():
    for folder, expected in EXPECTED.items():
        assert {path.name for path in folder.iterdir()} == {*expected, "expected.json"}
        assert expected.keys() <= LOOKS.keys()
        assert sum(path.stat().st_size for path in folder.iterdir()) < 200_000


def test_a_number_that_changed_is_found():
    path = FILES[[path.name for path in FILES].index("tables.pickle")]
    history, *rest = pickle.loads(path.read_bytes())
    history.columns["loss"][0] += 0.001
    found = LOOKS[path.name]([history, *rest])
    [difference] = differences(found, EXPECTED[path.parent][path.name])
    assert difference.startswith("['history'][0] is \"{'loss': [0.501,")
    for found, wanted, where in (
        ([1.0, 2.0], [1.0, 2.0 + 1e-8], ["[1] is 2.0, wanted 2.00000001"]),
        ([1.0], [1.0, 2.0], [" has 1 entries, 2 are wanted"]),
        ({"a": 1}, {"b": 1}, [" is {'a': 1}, wanted {'b': 1}"]),
        (1, 1.0, [" is 1, wanted 1.0"]),
        ([2.0 + 1e-15, "a", None], [2.0, "a", None], []),
    ):
        assert list(differences(found, wanted)) == where
