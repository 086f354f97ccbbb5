"""The figures in both READMEs are written by the benchmarks, and by nobody else."""

import re

import pytest

from benchmarks import readme
from benchmarks.registry import NATIVE, PYTHON, TAPE, TITLES

RESULTS = {
    "mlp_loops": {NATIVE: [0.002, 0.002, 0.002], PYTHON: [0.2, 0.1, 0.3], "micrograd": [2.0] * 3},
    "rosenbrock": {
        NATIVE: [1e-4, 2e-4, 1e-4], TAPE: [2e-5] * 3, "JAX, jit": [5e-5, 1e-4, 4e-5],
        readme.FLOATS: [3e-4] * 3,
    },
    "tiny": {TAPE: [2e-7] * 3, NATIVE: [4e-7] * 3, "ddx-ad, built once": [1e-7] * 3},
    "compile": {TAPE: [3e-6] * 3},
}  # fmt: skip


@pytest.mark.parametrize("language", readme.READMES)
def test_a_peer_that_wins_is_bold_and_named_in_a_line(language):
    tables = readme.Tables(RESULTS, language)
    scalars, arrays, compiled = tables.scalars(), tables.arrays(), tables.compiled()
    assert "| 2 | 100 ± 25 | micrograd 1,000 ± 0 |" in scalars
    assert "**JAX 0.5 ± 0.025**" in arrays
    assert re.search(r"\| 0\.1 \| (bare floats|裸浮点数) ?\*", arrays)
    assert "**ddx-ad 0.5 ± 0**" in compiled
    assert "JAX 2.5 ± 0.75 |" in compiled
    assert compiled.count("x·y + x") == 2  # the row, and the line that says where others win
    assert "5,000,000" in tables.facts()


def test_where_nobody_wins_the_line_says_so():
    results = {"tiny": {TAPE: [1e-7] * 2, "ddx-ad, built once": [2e-7] * 2}}
    assert "No peer is ahead in any row." in readme.Tables(results, "en").compiled()


def test_a_block_is_replaced_and_must_be_there_once():
    block = "<!-- figures: facts -->\nold\n<!-- end of figures -->"
    new = readme.written(f"a\n{block}\nb", {"facts": r"new \1"})
    assert "old" not in new
    assert new.startswith("a\n<!-- figures: facts -->")
    assert new.endswith("-->\nb")
    assert r"new \1" in new
    for text in ("", block + block):
        with pytest.raises(ValueError, match="1 is wanted"):
            readme.written(text, {"facts": ""})


@pytest.mark.parametrize("language", readme.READMES)
def test_the_readmes_have_every_block_and_the_rows_are_cases(language):
    text = readme.READMES[language].read_text(encoding="utf-8")
    assert readme.written(text, dict.fromkeys(readme.BLOCKS, "")) != ""
    rows = [*readme.SCALAR_ROWS, *readme.ARRAY_ROWS, *readme.TAPE_ROWS]
    assert {row[0] for row in rows} <= set(TITLES)
