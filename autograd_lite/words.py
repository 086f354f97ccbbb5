"""Words of messages and summaries."""


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
