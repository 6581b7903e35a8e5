"""When a line was written that does not say so, or not so that it can be read: with the line before it.

Called by generated code and by the interpreter where a line's own time cannot be read; costs nothing
where all can. "Before" is in the log stream: within the records of a batch it is looked for when it is
needed, of each batch the last line's time is kept. Bounded; never raises; one thread.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import Any

from logtrace.mapping import runtime
from logtrace.mapping.evaluator import Read
from logtrace.mapping.nodes import Field, Variable
from logtrace.model import Parser, Records

ReadTime = Callable[[Any], int | None]
"""Gives the nanoseconds since 1970 that a field's value means."""

_MOST_STREAMS = 4096


class LineTimes:
    """The times of a source's lines."""

    def __init__(self, parser: Parser, fields: tuple[Field, ...], read_time: ReadTime) -> None:
        """Take what tells a line's time: the first of some fields that has a value."""
        self._parser, self._fields, self._read_time = parser, fields, read_time
        self._lasts: dict[str, int] = {}
        self._records: Records | None = None
        self._known: tuple[int, int | None] = 0, None  # up to this row, this is the last time

    def before(self, records: Records, index: int) -> int | None:
        """Return the time of the line before the line at `index`, of the nearest one that has any."""
        return self._last(records, bisect_left(records.lines, index))

    def end(self, records: Records) -> None:
        """Keep the time of the last line of a batch: others follow it."""
        time = self._last(records, len(records.rows))
        if time is not None:
            if len(self._lasts) >= _MOST_STREAMS:
                self._lasts.clear()
            self._lasts[records.batch.stream] = time
        self._records = None

    def _last(self, records: Records, end: int) -> int | None:
        if self._records is not records:
            self._records = records
            self._known = 0, self._lasts.get(records.batch.stream)
        begin, time = self._known
        for place in range(end - 1, begin - 1, -1):
            found = self._time(records.rows[place])
            if found is not None:
                time = found
                break
        self._known = end, time
        return time

    def _time(self, row: Any) -> int | None:
        value = time_value(self._fields, row_reader(self._parser, row))
        time = None if value is None else self._read_time(value)
        return time if time is not None and runtime.EARLIEST <= time < runtime.LATEST else None


def row_reader(parser: Parser, row: Any) -> Read:
    """Return what gives the fields of a row."""

    def slot(name: str) -> Any:
        number = parser.slot(name)
        if number is None:
            return None
        return getattr(row, f"f{number}") if parser.row == "attribute" else row[number]

    def read(variable: Variable) -> Any:
        value = slot(variable.name)
        head, dot, rest = variable.name.partition(".")
        if value is None and dot and isinstance(variable, Field) and not variable.exact:
            return runtime.dig(slot(head), rest)
        return value

    return read


def time_value(fields: tuple[Field, ...], read: Read) -> Any:
    """Return the value of the first time field that has one."""
    return next((value for field in fields if (value := read(field)) is not None), None)
