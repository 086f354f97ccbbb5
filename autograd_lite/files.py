"""Files: written so that nobody ever finds one half written, and read with care.

And what JSON cannot hold: nan and the infinities are the strings "nan", "inf" and "-inf" there.
"""

from __future__ import annotations

import math
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def write(path: Any, text: str) -> None:
    """Write a text file; whoever stops the program finds the old file or the new one, whole.

    The new text goes to a file beside it, which then takes its place and its permissions. Of a
    link, the file that it stands for is replaced.

    Raises:
        OSError: there is no such folder, or something that is no regular file is in the way.
    """
    whole = check_writable(path)
    # Threads, and containers where each process is number 1, may write it at once.
    part = f"{whole}.{os.getpid()}-{os.urandom(8).hex()}.part"
    try:
        with open(part, "x", encoding="utf-8") as file:
            if os.path.exists(whole):
                os.chmod(part, stat.S_IMODE(os.stat(whole).st_mode))
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, whole)
    except BaseException:
        if os.path.exists(part):
            os.remove(part)
        raise


def check_writable(path: Any) -> str:
    """The path without links, if a file can be written there.

    Raises:
        OSError: there is no such folder, or something that is no regular file is in the way.
    """
    path = os.fsdecode(path)
    whole: str = os.path.realpath(path)
    folder = os.path.dirname(whole)
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{path} cannot be written: there is no folder {folder}")
    if os.path.isdir(whole):
        raise IsADirectoryError(f"{path} cannot be written: it is a folder")
    if os.path.exists(whole) and not os.path.isfile(whole):
        raise OSError(f"{path} is no regular file, so it is not replaced")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"{path} cannot be written: {folder} is read-only")
    return whole


def write_json(path: Any, data: Any, indent: int | None = None) -> None:
    """Write lists, dicts, strings and numbers, each float exactly, as JSON; see `write`."""
    import json

    write(path, json.dumps(as_json(data), indent=indent, allow_nan=False) + "\n")


def load(path: Any, what: str, take: Any) -> None:
    """Give what `write_json` has written to `take`; the file may come from anywhere.

    Args:
        path: of the file.
        what: it should be, for the error.
        take: what it is given to, such as a `load_state_dict`.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds no JSON, or a name twice, or is nested too deeply; or `take` raised a
            ValueError or TypeError.
    """
    with open(path, "rb") as file:
        content = file.read()
    try:
        take(from_json(parsed(content)))
    except RecursionError:
        raise ValueError(f"{os.fsdecode(path)} holds no {what}: it is nested too deeply") from None
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"{os.fsdecode(path)} holds no {what}: {error}") from error


def parsed(content: bytes) -> Any:
    """What some JSON says; it is to have no name twice, and no nan or inf."""
    import json

    text = content.decode("utf-8")
    return json.loads(text, object_pairs_hook=_once_each, parse_constant=_refused)


def as_json(data: Any) -> Any:
    """Numbers, also in lists and dicts, as JSON can hold them: nan and inf become strings."""
    odd_as_text = lambda x: str(x) if isinstance(x, float) and not math.isfinite(x) else x
    return _converted(data, odd_as_text)


def from_json(data: Any) -> Any:
    """The reverse of `as_json`."""
    return _converted(data, lambda x: float(x) if x in ("nan", "inf", "-inf") else x)


def _converted(data: Any, convert: Any) -> Any:
    """Nested lists, dicts and arrays, with each entry converted; numbers of NumPy as Python's."""
    if hasattr(data, "tolist"):
        data = data.tolist()
    if isinstance(data, dict):
        return {name: _converted(entry, convert) for name, entry in data.items()}
    if isinstance(data, (list, tuple)):
        return [_converted(entry, convert) for entry in data]
    return convert(data)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, whose names are there once."""
    names = dict(pairs)
    if len(names) < len(pairs):
        every = [name for name, _ in pairs]
        twice = next(name for name in names if every.count(name) > 1)
        raise ValueError(f"the name {twice!r:.60} is there twice")
    return names


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON; nan and the infinities are strings there")
