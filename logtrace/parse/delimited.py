r"""CSV and TSV: values with a delimiter between them, in columns that a header or a key names.

Called by the pipeline through `model.Parser`. CSV is that of RFC 4180: a value in double quotes may
hold delimiters, newlines and doubled quotes. TSV has no quotes; `\t`, `\n`, `\r` and `\\` stand for
what they mean. A value of no characters is a missing field (and `\N` in TSV). A line may have fewer
values than there are columns, as an older version of what wrote it did: the last are missing. One that
has more is rejected, since there is no telling which of its values is which.

Without `columns` the first line of each file names them; the source sends it along with each batch
(`LineBatch.heading`), so that it is known after a restart too. A line that repeats it is skipped. Each
text is a record by itself: a quote that is not closed costs its own record only. Never raises for
content.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from typing import Any

from logtrace.model import Reject
from logtrace.parse.columns import Columns
from logtrace.parse.rows import Rows
from logtrace.parse.texts import TextParser

_LONGEST_VALUE = 16 * 1024 * 1024
"""A value may be as long as a line, or as several that were joined."""

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}

csv.field_size_limit(_LONGEST_VALUE)

Split = list[list[str]] | Reject


class DelimitedParser(TextParser):
    """A `model.Parser` of CSV or TSV; a row holds the fields that it was asked for."""

    def __init__(
        self,
        fields: Iterable[str],
        more: Sequence[str] = (),
        columns: Sequence[str] = (),
        delimiter: str = ",",
        quoted: bool = True,
    ) -> None:
        """Take the names of the columns, none where the header says them, and how values are parted."""
        super().__init__(sorted(fields), more)
        self._columns = Columns(columns, self._fields) if columns else None
        self._delimiter, self._quoted = delimiter, quoted
        self._heading = b""
        self._learnt: Columns | None = None

    def parse_texts(self, texts: list[str], heading: bytes = b"") -> Rows:
        """Read each text."""
        if self._columns is not None:
            return self._rows(texts, self._columns)
        return self._rows(texts, *self._header(heading))

    def _header(self, heading: bytes) -> tuple[Columns | None, str]:
        """Return the columns that a header line names, and the line as text."""
        text = heading.decode("utf-8", "replace").removeprefix("\ufeff").rstrip("\r\n")
        if heading != self._heading:
            values = self._split([text])
            named = [] if isinstance(values, Reject) else [name.strip() for name in values[0]]
            self._heading = heading
            self._learnt = Columns(named, self._fields) if any(named) else None
        return self._learnt, text

    def _rows(self, texts: list[str], columns: Columns | None, header: str = "") -> Rows:
        if columns is None:
            rejects = [
                (index, Reject.NO_COLUMNS if text.strip() else Reject.EMPTY_LINE)
                for index, text in enumerate(texts)
            ]
            return Rows([], [], rejects)
        split = self._split(texts)
        if isinstance(split, Reject):
            return self._each(texts, columns, header)
        return self._picked(texts, split, columns, header)

    def _each(self, texts: list[str], columns: Columns, header: str) -> Rows:
        """Read texts one by one: one of them is malformed."""
        rows: list[Any] = []
        indexes: list[int] = []
        rejects: list[tuple[int, Reject]] = []
        skipped: list[int] = []
        for index, text in enumerate(texts):
            split = self._split([text])
            if isinstance(split, Reject):
                rejects.append((index, split if text.strip() else Reject.EMPTY_LINE))
                continue
            one = self._picked([text], split, columns, header)
            rows += one.rows
            indexes += [index] * len(one.rows)
            rejects += [(index, why) for _, why in one.rejects]
            skipped += [index] * len(one.skipped)
        return Rows(rows, indexes, rejects, 0, skipped)

    def _split(self, texts: list[str]) -> Split:
        """Return the values of each text, or why one of them has none."""
        if not self._quoted:
            return [_unescaped(text.split(self._delimiter)) for text in texts]
        try:
            split = list(csv.reader(texts, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return Reject.BAD_CSV
        # a quote that is not closed takes the texts behind it for its own
        return split if len(split) == len(texts) else Reject.BAD_CSV

    def _picked(
        self, texts: list[str], split: list[list[str]], columns: Columns, header: str
    ) -> Rows:
        """Return the rows of values."""
        width, pick = len(columns.names), columns.pick
        rows: list[Any] = []
        indexes: list[int] = []
        rejects: list[tuple[int, Reject]] = []
        skipped: list[int] = []
        for index, values in enumerate(split):
            count = len(values)
            if count != width:
                if not any(values):
                    rejects.append((index, Reject.EMPTY_LINE))
                    continue
                if count > width:
                    rejects.append((index, Reject.COLUMN_COUNT))
                    continue
                values += [""] * (width - count)
            if header and texts[index] == header:
                skipped.append(index)
                continue
            row = pick(values)  # type: ignore[arg-type]
            if "" in row:
                row = tuple([value or None for value in row])
            rows.append(row)
            indexes.append(index)
        return Rows(rows, indexes, rejects, 0, skipped)


def _unescaped(values: list[str]) -> list[str]:
    """Return the values of a line of TSV."""
    if not any("\\" in value for value in values):
        return values
    return [
        "" if value == r"\N" else _ESCAPE.sub(_character, value) if "\\" in value else value
        for value in values
    ]


def _character(escape: re.Match[str]) -> str:
    return _ESCAPED.get(escape[1], escape[0])
