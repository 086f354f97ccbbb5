"""Files that anybody may have written or be reading: whole, and read with care."""

import json
import math
import os
import stat
import threading

import pytest

import nn
from autograd_lite import files


def test_odd_floats_are_exact_and_the_file_is_json(tmp_path):
    data = {"a": [1.0, math.inf, -math.inf, math.nan, -0.0], "b": {"c": math.inf, "d": "words"}}
    path = tmp_path / "data.json"
    files.write_json(path, data)
    json.loads(path.read_text(), parse_constant=pytest.fail)
    found = []
    files.load(path, "data", found.append)
    assert repr(found) == repr([data])


def test_numbers_and_arrays_of_numpy_are_written_as_numbers(tmp_path):
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    data = {
        "lr": np.float32(0.5),
        "n": np.int64(3),
        "on": np.bool_(True),
        "x": np.array([1.0, np.inf]),
    }
    path, found = tmp_path / "data.json", []
    files.write_json(path, data)
    files.load(path, "data", found.append)
    assert repr(found) == "[{'lr': 0.5, 'n': 3, 'on': True, 'x': [1.0, inf]}]"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Expecting value"),
        (b'{"a": 1', "Expecting"),
        (b"\xff\xfe", "utf-8"),
        (b"[" * 100_000, "too deeply"),
        (b'{"a":' * 100_000, "too deeply"),
        (b'{"a": 1, "a": 2}', "the name 'a' is there twice"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b"[1, -Infinity]", "-Infinity is no JSON"),
        (b"9" * 10_000, "digits|no saved model"),
    ],
)
def test_what_is_no_json_is_one_clear_error(tmp_path, content, reason):
    path = tmp_path / "data.json"
    path.write_bytes(content)
    if content != b"9" * 10_000:  # an int of any length is JSON to Python 3.10
        with pytest.raises(ValueError, match=f"data.json holds no words: .*({reason})"):
            files.load(path, "words", print)
    for load in (nn.MLP(2, [1]).load, nn.History.load):
        with pytest.raises(ValueError, match=r"data\.json"):
            load(path)


@pytest.mark.slow
def test_threads_that_write_one_file_never_tear_it(tmp_path):
    path, errors = tmp_path / "m.json", []
    files.write_json(path, [0] * 5000)

    def write():
        try:
            for i in range(60):
                files.write_json(path, [i] * 5000)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert len(set(json.loads(path.read_text()))) == 1
    assert errors == []
    assert [p.name for p in tmp_path.iterdir()] == ["m.json"]


@pytest.mark.skipif(os.name != "posix", reason="permissions and pipes of POSIX")
def test_permissions_stay_and_what_is_no_file_is_left_alone(tmp_path):
    path = tmp_path / "m.json"
    path.write_text("old")
    path.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    files.write(link, "new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    os.mkfifo(tmp_path / "pipe")
    for special in (tmp_path / "pipe", "/dev/null", tmp_path):
        with pytest.raises(OSError, match=r"is no regular file|is a folder"):
            nn.MLP(2, [1]).save(special)
    with pytest.raises(FileNotFoundError, match=r"a\.json cannot be written: there is no folder"):
        files.write(tmp_path / "none" / "a.json", "")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link.json", "m.json", "pipe"]


GOOD = {"columns": {"loss": [0.5, 0.25]}, "stopped": None, "seconds": 1.0}


@pytest.mark.parametrize(
    "bad",
    [
        [], None, {}, {"columns": {}}, {**GOOD, "columns": []}, {**GOOD, "columns": {"a": 3}},
        {**GOOD, "columns": {"a": [1], "b": [1, 2]}}, {**GOOD, "columns": {"a": [None]}},
        {**GOOD, "columns": {"a": [[1]]}}, {**GOOD, "stopped": 3}, {**GOOD, "seconds": "long"},
        {**GOOD, "seconds": -1}, {**GOOD, "seconds": None},
    ],
)  # fmt: skip
def test_a_history_that_is_none_is_refused_and_nothing_changes(tmp_path, bad):
    path = tmp_path / "h.json"
    path.write_text(json.dumps(bad))
    with pytest.raises(ValueError, match=r"h\.json holds no saved history: "):
        nn.History.load(path)
    history = nn.History({"loss": [1.0]})
    with pytest.raises(ValueError, match=r"wanted|are lists|one length|no number|reason|from 0"):
        history.load_state_dict(bad)
    assert history == nn.History({"loss": [1.0]})


def test_a_table_is_text_in_html_too():
    table = nn.Table({"<img src=x onerror=alert(1)>": [0.5], "a & b": ["</pre><script>"]})
    page = table._repr_html_()
    assert "<img" not in page
    assert "<script>" not in page
    assert "a &amp; b" in page
