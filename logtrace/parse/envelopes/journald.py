"""The envelope of systemd's journal as `journalctl -o json` writes it: one object on each line.

`MESSAGE` is the text; where it holds bytes that are no text the journal writes them as a list of
numbers. Times are texts of microseconds since 1970: when the application said it where that is known,
else when the journal took it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from logtrace.model import LineBatch, Reject
from logtrace.parse.envelopes.pieces import Pieces, unwrapped
from logtrace.parse.envelopes.syslog import SEVERITIES
from logtrace.parse.json_lines import JsonReader

_KEYS = {
    "journald.time": ("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"),
    "journald.unit": ("_SYSTEMD_USER_UNIT", "_SYSTEMD_UNIT"),
    "journald.about": ("USER_UNIT", "UNIT"),
    "journald.app": ("SYSLOG_IDENTIFIER", "_COMM"),
    "journald.pid": ("_PID", "SYSLOG_PID"),
    "journald.host": ("_HOSTNAME",),
    "journald.severity": ("PRIORITY",),
}
_WANTED = ("MESSAGE", *dict.fromkeys(key for keys in _KEYS.values() for key in keys))
_SEVERITIES: dict[str, str] = {str(number): name for number, name in enumerate(SEVERITIES)}
_FIELD = {key: f"f{place}" for place, key in enumerate(_WANTED)}


class Journald:
    """See `envelopes.pieces.Envelope`."""

    FIELDS = tuple(_KEYS)

    def __init__(self, fields: Sequence[str]) -> None:
        entry = msgspec.defstruct(
            "Entry",
            [(field, Any, None) for field in _FIELD.values()],
            rename={field: key for key, field in _FIELD.items()},
            gc=False,
        )
        self._reader = JsonReader(entry)
        self._fields = tuple(fields)

    def peel(self, batch: LineBatch) -> Pieces:
        """See `Envelope`."""
        found = self._reader.read(batch.block, batch.lines)
        texts: list[str] = []
        lines: list[int] = []
        values: list[tuple[Any, ...]] = []
        rejects = [(index, unwrapped(why)) for index, why in found.rejects]
        channels: list[str] = []
        for index, entry in zip(found.lines, found.rows, strict=True):
            text = _text(getattr(entry, _FIELD["MESSAGE"]))
            if text is None:
                rejects.append((index, Reject.BAD_ENVELOPE))
                continue
            texts.append(text)
            lines.append(index)
            values.append(tuple(_value(entry, field) for field in self._fields))
            channels.append(
                f"{_value(entry, 'journald.host')} {_value(entry, 'journald.unit')} "
                f"{_value(entry, 'journald.pid')}"
            )
        return Pieces(texts, lines, values, sorted(rejects), found.repaired, channels)


def _text(message: Any) -> str | None:
    """Return the text of an entry, None where it has none."""
    if type(message) is str:
        return message.rstrip("\r\n")
    if type(message) is list:
        try:
            return bytes(message).decode("utf-8", "replace").rstrip("\r\n")
        except (TypeError, ValueError):
            return None
    return None


def _value(entry: Any, field: str) -> Any:
    """Return a field, from the first of its keys that the entry has; of a repeated key the last."""
    value = next(
        (found for key in _KEYS[field] if (found := getattr(entry, _FIELD[key])) is not None), None
    )
    if type(value) is list:
        value = value[-1] if value else None
    if field == "journald.severity":
        return _SEVERITIES.get(value) if type(value) is str else None
    return value
