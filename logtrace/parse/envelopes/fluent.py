"""The envelope of files that Fluentd and Fluent Bit write.

    2026-11-22T10:00:00+00:00 <tab> app.web <tab> {"log": "…"}     Fluentd, out_file
    app.web: [1795341600.5, {"log": "…"}]                          Fluent Bit, out_file
    app.web: [[1795341600.5, {}], {"log": "…"}]                    Fluent Bit, with metadata

The text is the record's `log` or `message`; a record without them is itself the text, as JSON. A line
that Docker cut carries Fluentd's marks of that, and is joined.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from logtrace.model import LineBatch
from logtrace.parse.envelopes.pieces import Piece, Pieces, peel_each

_FLUENTD = re.compile(r"([^\t]{1,64})\t([^\t]*)\t(\{.*)", re.DOTALL).fullmatch
_FLUENT_BIT = re.compile(r"([^\s:]+): (\[.*\])\s*", re.DOTALL).fullmatch
_WORDS = ("fluent.time", "fluent.tag")


class _Record(msgspec.Struct, gc=False):
    log: Any = None
    message: Any = None
    partial_message: Any = None
    partial_last: Any = None
    source: Any = None
    container_id: Any = None


_decode_record = msgspec.json.Decoder(_Record).decode
_decode_pair = msgspec.json.Decoder(tuple[msgspec.Raw, msgspec.Raw]).decode
_decode_any = msgspec.json.Decoder().decode


class Fluent:
    """See `envelopes.pieces.Envelope`."""

    FIELDS = _WORDS

    def __init__(self, fields: Sequence[str]) -> None:
        self._places = [_WORDS.index(name) for name in fields]

    def peel(self, batch: LineBatch) -> Pieces:
        """See `Envelope`."""
        return peel_each(batch, self._read)

    def _read(self, line: str) -> Piece | None:
        entry = _entry(line)
        if entry is None:
            return None
        time, tag, record, raw = entry
        text = record.log if type(record.log) is str else record.message
        return Piece(
            text.rstrip("\r\n") if type(text) is str else raw,
            tuple((time, tag)[place] for place in self._places),
            f"{tag} {record.container_id} {record.source}",
            _true(record.partial_message) and not _true(record.partial_last),
        )


def _entry(line: str) -> tuple[Any, str, _Record, str] | None:
    """Return time, tag and record of a line, and the record as JSON; None: it is not one."""
    try:
        if match := _FLUENTD(line):
            return match[1], match[2], _decode_record(match[3]), match[3]
        if match := _FLUENT_BIT(line):
            head, raw = _decode_pair(match[2])
            time = _decode_any(head)
            if isinstance(time, list):
                time = time[0] if time else None
            return time, match[1], _decode_record(raw), bytes(raw).decode()
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return None
    return None


def _true(value: Any) -> bool:
    """Return whether a mark of Fluentd's, which may be text, is set."""
    return value is True or value == "true"
