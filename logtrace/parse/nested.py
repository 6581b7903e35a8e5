"""JSON within a field: a field whose text is an object becomes that object, its parts `field.part`.

Wraps the parser of a source that names such fields (`json:`), whatever its format; called by the
pipeline and by `joining` as if it were that parser. Text that is no object stays text, and no line is
rejected for it. Only fields that the rules read are looked at. Never raises for content.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from logtrace.model import LineBatch, Records
from logtrace.parse.joining import Inner
from logtrace.parse.rows import Rows

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class NestedParser:
    """A `model.Parser` that makes objects of the texts that another gives."""

    def __init__(self, inner: Inner, fields: Sequence[str]) -> None:
        """Take the parser and the names of the fields that hold JSON."""
        self.row: Literal["attribute", "item"] = inner.row
        self._inner = inner
        self._places = [place for name in fields if (place := inner.slot(name)) is not None]

    def slot(self, name: str) -> int | None:
        """See `model.Parser`."""
        return self._inner.slot(name)

    def parse(self, batch: LineBatch) -> Records:
        """See `model.Parser`."""
        records = self._inner.parse(batch)
        records.rows = self._unfolded(records.rows)
        return records

    def parse_texts(self, texts: list[str], heading: bytes = b"") -> Rows:
        """See `joining.Inner`."""
        rows = self._inner.parse_texts(texts, heading)
        return rows._replace(rows=self._unfolded(rows.rows))

    def attach(
        self, rows: list[Any], names: Sequence[str], values: list[tuple[Any, ...]]
    ) -> list[Any]:
        """See `joining.Inner`."""
        return self._inner.attach(rows, names, values)

    def _unfolded(self, rows: list[Any]) -> list[Any]:
        if self.row == "attribute":
            for place in self._places:
                name = f"f{place}"
                for row in rows:
                    setattr(row, name, unfolded(getattr(row, name)))
            return rows
        for place in self._places:
            rows = [(*row[:place], unfolded(row[place]), *row[place + 1 :]) for row in rows]
        return rows


def unfolded(value: Any) -> Any:
    """Return the object that a text holds, else the value as it is."""
    if type(value) is not str or value[:1] not in ("{", " ") or not value.strip().startswith("{"):
        return value
    try:
        return _decode(value)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return value
