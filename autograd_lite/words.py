"""Words of messages and summaries; NumPy's names for functions that are called otherwise here."""

NUMPY_NAMES = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "rint": "round", "fabs": "abs",
}  # fmt: skip


def counted(n: int, noun: str, nouns: str = "") -> str:
    """A count and its noun.

    Args:
        n: how many.
        noun: for one.
        nouns: for several, where that is not an s at the end.

    >>> from autograd_lite.words import counted
    >>> counted(1, "slot"), counted(2048, "slot"), counted(3, "leaf", "leaves")
    ('1 slot', '2,048 slots', '3 leaves')
    """
    return f"{n:,} {noun if n == 1 else nouns or noun + 's'}"
