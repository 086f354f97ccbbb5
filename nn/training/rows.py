"""Rows: what a model gives for each sample, as numbers; and columns, as a tape gives them.

A model may give a number, a list, a tuple, a dict, a dataclass or an array, however nested. Columns
are such an output with a list in the place of each number, one entry for each sample; an array gets
one axis more, the first.
"""

from __future__ import annotations

from typing import Any

from autograd_lite.primitive import is_value, plain
from autograd_lite.structure import NUMBER, fields_of, unflatten


def numbers_of(output: Any) -> Any:
    """Values as floats, in the same structure; tuples and arrays as lists."""
    if type(output) is float or is_value(output):
        return plain(output)
    if hasattr(type(output), "tolist"):
        return numbers_of(output.tolist())
    if _is_structure(output):
        return _like(output, [numbers_of(entry) for entry in _parts(output)])
    return output


def rows_of(columns: Any, n: int) -> list[Any]:
    """From an output with a list of n numbers in the place of each number to n outputs."""
    if hasattr(type(columns), "tolist"):  # an array has a row for each
        return list(columns.tolist())
    if not _is_structure(columns):
        return [columns] * n  # what is no number
    parts = _parts(columns)
    if _is_column(columns):
        return parts
    rows = zip(range(n), *[rows_of(part, n) for part in parts])
    return [_like(columns, row) for _, *row in rows]


def joined(several: list[Any]) -> Any:
    """Columns of all samples, from those of some after others."""
    first = several[0]
    if hasattr(type(first), "tolist"):
        import numpy  # which has made it

        return numpy.concatenate(several)
    if not _is_structure(first):
        return first
    if _is_column(first):
        return [x for column in several for x in column]
    return _like(first, [joined(list(parts)) for parts in zip(*map(_parts, several))])


def _is_column(x: Any) -> bool:
    return isinstance(x, list) and bool(x) and isinstance(x[0], float)


def _is_structure(x: Any) -> bool:
    return isinstance(x, (list, tuple, dict)) or hasattr(type(x), "__dataclass_fields__")


def _parts(x: Any) -> list[Any]:
    """The entries of a list, a tuple, a dict or a dataclass."""
    if isinstance(x, (list, tuple)):
        return list(x)
    return list(x.values()) if isinstance(x, dict) else [getattr(x, name) for name in fields_of(x)]


def _like(x: Any, parts: list[Any]) -> Any:
    """The same with other entries; a tuple without names becomes a list."""
    if isinstance(x, dict):
        return dict(zip(x, parts))
    if isinstance(x, (list, tuple)):
        return x._make(parts) if hasattr(x, "_make") else parts
    key = "dataclass", (type(x), *fields_of(x)), *[NUMBER] * len(parts)
    return unflatten(key, iter(parts))
