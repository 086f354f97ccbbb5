"""History: what happened in each epoch, as a table to print, save, read and plot."""

from __future__ import annotations

import html
import math
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from autograd_lite.files import as_json, from_json, load, write_json
from autograd_lite.ieee import fsum
from autograd_lite.primitive import describe
from autograd_lite.views.language import counted, say
from autograd_lite.views.text import terminal_width

__all__ = ["History", "Table"]


class Table:
    """Columns of numbers under their names, one row per epoch (or fold, or data set).

    Attributes:
        columns: a list of numbers for each name.
        rows: what a row is.

    >>> import nn
    >>> table = nn.Table({"loss": [0.5, 0.25]}, rows="epoch")
    >>> print(table)
    epoch  loss
        1   0.5
        2  0.25
    >>> table["loss"], len(table)
    ([0.5, 0.25], 2)
    """

    def __init__(self, columns: Mapping[str, list[Any]] | None = None, rows: str = "row") -> None:
        self.columns = {name: list(column) for name, column in (columns or {}).items()}
        self.rows = rows

    def add(self, row: Mapping[str, Any]) -> None:
        """Append a row."""
        if self.columns and row.keys() != self.columns.keys():
            raise ValueError(f"a row has the columns {list(self.columns)}, got {list(row)}")
        for name, entry in row.items():
            self.columns.setdefault(name, []).append(entry)

    def __getitem__(self, name: str) -> list[Any]:
        if name not in self.columns:
            raise KeyError(f"there is no column {name!r}; there are {', '.join(self.columns)}")
        return self.columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and repr(self.columns) == repr(other.columns)

    __hash__ = None  # type: ignore[assignment]

    def mean(self) -> dict[str, float]:
        """The mean of each column of numbers; nan if there are none."""
        means = self._numbers().items()
        return {name: fsum(column) / len(column) if column else math.nan for name, column in means}

    def _numbers(self) -> dict[str, list[Any]]:
        return {
            name: column
            for name, column in self.columns.items()
            if all(isinstance(entry, (int, float)) for entry in column)
        }

    def curves(self) -> list[Any]:
        """A chart for each column with a finite number, "val_..." beside what it validates."""
        from autograd_lite.views.charts import lines

        charts = []
        for name in self:
            if name.startswith("val_") and name[4:] in self:
                continue
            columns = {each: self[each] for each in (name, f"val_{name}") if each in self}
            if any(math.isfinite(y) for column in columns.values() for y in column):
                named = {column_name(each): column for each, column in columns.items()}
                title, note = column_name(name), counted_rows(len(self), self.rows)
                charts.append(lines(named, title=title, note=note, x_name=self._row, log=None))
        return charts

    def __str__(self) -> str:
        return self.text()

    def text(self, most: int = 20) -> str:
        """The table; of many rows the first and the last ones, `most` in all."""
        n = len(self)
        head = most - most // 2
        shown = list(range(n)) if n <= most else [*range(head), -1, *range(n - most // 2, n)]
        lines = [[self._row, *self.columns]]
        for i in shown:
            entries = [column[i] for column in self.columns.values()]
            lines.append(["..."] * len(lines[0]) if i < 0 else [str(i + 1), *map(_text, entries)])
        widths = [max(map(terminal_width, column)) for column in zip(*lines)]
        return "\n".join(
            "  ".join(
                " " * (width - terminal_width(cell)) + cell for cell, width in zip(line, widths)
            )
            for line in lines
        )

    @property
    def _row(self) -> str:
        """What a row is, as it is shown."""
        return {"epoch": say("epoch"), "fold": say("fold")}.get(self.rows, self.rows)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} {self.rows}s of {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def column_name(name: str) -> str:
    """The name of a column above a chart; those that `nn` gives have words in other languages."""
    known = {
        "loss": say("loss"), "val_loss": say("val_loss"), "test_loss": say("test_loss"),
        "accuracy": say("accuracy"), "val_accuracy": say("val_accuracy"),
        "test_accuracy": say("test_accuracy"),
    }  # fmt: skip
    return known.get(name, name)


def counted_rows(n: int, row: str) -> str:
    """How many rows of a table there are, in words."""
    if row == "epoch":
        return counted(n, "epoch")
    return counted(n, "fold") if row == "fold" else f"{n:,} {row if n == 1 else row + 's'}"


def _text(entry: Any) -> str:
    return f"{entry:.4g}" if isinstance(entry, float) else str(entry)


class History(Table):
    """What `fit` returns: the loss and the metrics of each epoch.

    Attributes:
        columns, history: "loss", each metric, and the same of the validation data as "val_...",
            each a list with a number per epoch.
        stopped: why training ended before the last epoch, or None.
        restored: the epoch (from 1) whose weights the model has, if they were brought back in the
            end, as by `EarlyStopping`; else None: it has those of the last.
        seconds: how long it took.

    >>> import nn
    >>> history = nn.History({"loss": [0.5, 0.25], "val_loss": [0.6, 0.4]})
    >>> history.epochs, history["val_loss"][-1]
    (2, 0.4)
    """

    restored: int | None = None

    def __init__(self, columns: Mapping[str, list[Any]] | None = None) -> None:
        super().__init__(columns, rows="epoch")
        self.stopped: str | None = None
        self.seconds = 0.0

    @property
    def history(self) -> dict[str, list[Any]]:
        """The columns, by the name that Keras gives them."""
        return self.columns

    def text(self, most: int = 20) -> str:
        """The table, as of any `Table`; and which epoch's weights the model has."""
        text = super().text(most)
        if not self.restored:
            return text
        return f"{text}\n{say('the model has the weights of epoch {number}', number=self.restored)}"

    @property
    def epochs(self) -> int:
        """How many epochs there were."""
        return len(self)

    def state_dict(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        rest = {name: getattr(self, name) for name in ("stopped", "seconds", "restored")}
        return {"columns": as_json(self.columns), **rest}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """The reverse of `state_dict`.

        Raises:
            ValueError: it is no state of a history; nothing is changed.
        """
        columns, stopped, seconds, restored = _checked(state)
        self.columns = from_json(dict(columns))
        self.stopped, self.seconds, self.restored = stopped, float(seconds), restored

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as JSON, every number exactly."""
        write_json(path, self.state_dict(), indent=1)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> History:
        """Read what `save` wrote.

        Raises:
            OSError: there is no such file, or it cannot be read.
            ValueError: it holds no saved history.
        """
        history = cls()
        load(path, "saved history", history.load_state_dict)
        return history

    def plot(self) -> Any:
        """Loss and metrics over the epochs as a picture, which `.save("loss.png")` writes.

        >>> import nn
        >>> print(nn.History({"loss": [1.0, 0.5]}).plot())
        loss: from 1 to 0.5
        """
        from autograd_lite.views.charts import multiples

        return multiples(self.curves())


def _checked(state: Any) -> tuple[Mapping[str, Any], str | None, float, int | None]:
    """What a state of a history holds, if it is one."""
    names = ("columns", "stopped", "seconds")
    if not isinstance(state, Mapping) or any(name not in state for name in names):
        raise ValueError(f"{', '.join(names)} are wanted, got {describe(state)}")
    columns, stopped, seconds = (state[name] for name in names)
    if not isinstance(columns, Mapping) or not all(isinstance(x, list) for x in columns.values()):
        raise ValueError(f"columns are lists by name, got {describe(columns)}")
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns of one length are wanted, got {lengths}")
    for name, column in columns.items():
        for entry in column:
            x = from_json(entry)
            large = isinstance(x, int) and abs(x) > sys.float_info.max
            if large or not isinstance(x, (int, float, str)):
                raise ValueError(f"the column {name!r} holds {describe(entry)}, which is no number")
    if not isinstance(stopped, (str, type(None))):
        raise ValueError(f"stopped is a reason or None, got {describe(stopped)}")
    if not isinstance(seconds, (int, float)) or not 0.0 <= seconds < math.inf:
        raise ValueError(f"seconds is a number from 0, got {describe(seconds)}")
    restored = state.get("restored")
    if restored is not None and restored not in range(1, 1 + max(lengths.values(), default=0)):
        raise ValueError(f"restored is an epoch or None, got {describe(restored)}")
    return columns, stopped, seconds, restored
