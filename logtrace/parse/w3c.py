"""W3C extended logs, as IIS, Tomcat and CloudFront write them: columns by the `#Fields:` line before
them.

Called by the pipeline through `model.Parser`. Values are parted by blanks, or by tabs where the line
holds one. `-` is a missing field. A `+` is a blank, but not in a URI, where it is as the client wrote
it, and not in a line with tabs or quotes, where blanks need no stand-in. A value in double quotes is
taken as it stands, doubled quotes as one. A line with another number of values than there are columns
is rejected.

The field `ts` is the line's time: its `date` and `time`, or, where lines have no date, that of the
last `#Date:`. Lines that begin with `#` are skipped; a `#Fields:` counts for all lines behind it. The
one that counts for the first lines of a batch comes along with it (`LineBatch.heading`), so that it is
known after a restart in the middle of a file too. Where `columns` of the configuration names the
columns, no `#Fields:` is looked at. Never raises for content, and takes time linear in a line's
length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from logtrace.model import Reject
from logtrace.parse.columns import Columns
from logtrace.parse.rows import Rows
from logtrace.parse.texts import TextParser

TIME = "ts"
"""The field that joins date and time."""

_FIELDS = "#fields:"
_DATE = "#date:"
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_QUOTED = re.compile(r'"((?:[^"]++|"")*+)"').match
_KNOWN = 64
"""Headers that are remembered; IIS repeats the same one at each start."""


class _Layout:
    """What a `#Fields:` line says, for the fields that are wanted.

    Attributes:
        columns: names and places.
        plus: places in a row where `+` stands for a blank.
        time: place of the line's time in a row, -1: not wanted.
        date: place of the date among the values, -1: lines have none.
        clock: place of the time among the values, -1: lines have none.
    """

    def __init__(self, names: Sequence[str], fields: tuple[str, ...]) -> None:
        self.columns = Columns(names, fields)
        self.plus = tuple(
            place
            for place, column in enumerate(self.columns.places)
            if column >= 0 and "uri" not in names[column].lower()
        )
        joins = TIME in fields and TIME not in names
        self.time = fields.index(TIME) if joins else -1
        self.date = names.index("date") if "date" in names else -1
        self.clock = names.index("time") if "time" in names else -1


class W3cParser(TextParser):
    """A `model.Parser` of W3C extended logs; a row holds the fields that it was asked for."""

    def __init__(
        self, fields: Iterable[str], more: Sequence[str] = (), columns: Sequence[str] = ()
    ) -> None:
        """Take the names of the columns, none where the log says them."""
        super().__init__(sorted(fields), more)
        self._fixed = _Layout(columns, self._fields) if columns else None
        self._known: dict[str, _Layout] = {}

    def parse_texts(self, texts: list[str], heading: bytes = b"") -> Rows:
        """Read each text; a `#Fields:` among them counts for those behind it."""
        layout, day = self._fixed, ""
        for line in heading.decode("utf-8", "replace").splitlines():
            layout, day = self._comment(line, layout, day)
        return self._rows(texts, layout, day)

    def _comment(self, line: str, layout: _Layout | None, day: str) -> tuple[_Layout | None, str]:
        """Return what counts after a line that begins with `#`."""
        begin = line[: len(_FIELDS)].lower()
        if begin == _FIELDS and self._fixed is None:
            return self._layout(line), day
        if begin.startswith(_DATE):
            found = _DAY.search(line, 0, 64)
            return layout, found[0] if found else day
        return layout, day

    def _layout(self, line: str) -> _Layout:
        layout = self._known.get(line)
        if layout is None:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            layout = self._known[line] = _Layout(line[len(_FIELDS) :].split(), self._fields)
        return layout

    def _rows(self, texts: list[str], layout: _Layout | None, day: str) -> Rows:
        rows: list[Any] = []
        indexes: list[int] = []
        rejects: list[tuple[int, Reject]] = []
        skipped: list[int] = []
        for index, text in enumerate(texts):
            if text[:1] == "#":
                layout, day = self._comment(text, layout, day)
                skipped.append(index)
                continue
            if layout is None:
                why = Reject.NO_COLUMNS if text.strip() else Reject.EMPTY_LINE
                rejects.append((index, why))
                continue
            values = _values(text)
            columns = layout.columns
            if len(values) != len(columns.names):
                values = [value for value in values if value]  # several blanks are one
                if len(values) != len(columns.names):
                    rejects.append((index, Reject.COLUMN_COUNT if values else Reject.EMPTY_LINE))
                    continue
            row = columns.pick(values)
            if "-" in row or "+" in text or layout.time >= 0:
                plain = "\t" in text or '"' in text
                row = _mended(row, values, layout, day, plain)
            rows.append(row)
            indexes.append(index)
        return Rows(rows, indexes, rejects, 0, skipped)


def _mended(
    row: tuple[str | None, ...], values: list[str | None], layout: _Layout, day: str, plain: bool
) -> tuple[str | None, ...]:
    """Return a row with blanks for `+`, nothing for `-`, and the time of its line."""
    made: list[str | None] = [None if value == "-" else value for value in row]
    if not plain:
        for place in layout.plus:
            value = made[place]
            if value is not None and "+" in value:
                made[place] = value.replace("+", " ")
    if layout.time >= 0 and layout.clock >= 0:
        date = values[layout.date] if layout.date >= 0 else day
        made[layout.time] = f"{date} {values[layout.clock]}" if date else None
    return tuple(made)


def _values(text: str) -> list[str | None]:
    """Return the values of a line."""
    if '"' in text:
        return _quoted(text)
    return text.split("\t" if "\t" in text else " ")  # type: ignore[return-value]


def _quoted(text: str) -> list[str | None]:
    """Return the values of a line that holds quotes; behind one that is not closed there are no more."""
    parted = "\t" if "\t" in text else " "
    values: list[str | None] = []
    at, whole = 0, True
    while at < len(text):
        if text[at] == '"' and whole:
            match = _QUOTED(text, at)
            whole = match is not None and text[match.end() : match.end() + 1] in ("", parted)
            if match is not None and whole:
                values.append(match[1].replace('""', '"'))
                at = match.end() + 1
                continue
        end = text.find(parted, at)
        end = len(text) if end < 0 else end
        if end > at or parted == "\t":
            values.append(text[at:end])
        at = end + 1
    return values
