"""JSON lines: each line one object, decoded straight into a struct of the wanted fields.

Called by the pipeline through `model.Parser`, and by `joining` for what is inside envelopes. A block
of lines is decoded at once where that is certain to give what line by line would give; else, and when
one line of the block is bad, line by line, and each bad line is rejected by itself. (Halving a bad
block instead costs more: the failed attempts eat what the good halves save.) Never raises for content.

When is a block certain? It starts with `{`, ends with `}` and a newline, and each newline between two
lines stands between `}` and `{` (a carriage return may come before it). No JSON value holds these in
this order: within a string the decoder refuses a raw newline, also in fields that it skips, and
between tokens no `{` follows a `}`. So every newline parts two values, and each line holds at least one;
if the decoder finds as many values as there are lines, each line holds exactly one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import isinf
from typing import Any, Literal

import msgspec

from logtrace.model import LineBatch, Records, Reject
from logtrace.parse.rows import Rows

_BOM = b"\xef\xbb\xbf"
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u.{4}|.)")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}").fullmatch
_LARGE = re.compile(r'"(?:[^"\\]|\\.)*+"?|-?\d++(?:\.\d++)?+(?:[eE][+-]?\d++)?+', re.DOTALL)
"""Texts, so that they are passed over, and numbers. Gives nothing back: a character is met once."""

_scan = msgspec.json.Decoder(msgspec.Raw).decode
"""Raises for text that is not JSON from end to end; makes nothing of what is."""


class JsonReader:
    """Decodes lines into rows of one type, most often a struct; knows nothing of fields."""

    def __init__(self, row: Any) -> None:
        decoder = msgspec.json.Decoder(row)
        self._decode: Callable[[bytes | str], Any] = decoder.decode
        self._decode_lines: Callable[[bytes], list[Any]] = decoder.decode_lines

    def read(self, block: bytes, lines: list[bytes]) -> Rows:
        """Decode `lines`, which `block` holds with a newline behind each and nowhere else."""
        rows = self._whole(block, len(lines))
        if rows is not None:
            return Rows(rows, range(len(rows)), [])
        return self.each(lines)

    def each(self, lines: list[bytes]) -> Rows:
        """Decode line by line; a line may hold newlines here."""
        rows: list[Any] = []
        indexes: list[int] = []
        rejects: list[tuple[int, Reject]] = []
        repaired = 0
        for index, line in enumerate(lines):
            try:
                row = self._decode(line)
            except (ValueError, RecursionError, msgspec.MsgspecError) as error:
                if (row := self._without_large(line, error)) is not None:
                    rows.append(row)
                    indexes.append(index)
                    continue
                row = self._repair(line)
                if isinstance(row, Reject):
                    rejects.append((index, row))
                    continue
                repaired += not line.startswith(_BOM)
            rows.append(row)
            indexes.append(index)
        return Rows(rows, indexes, rejects, repaired)

    def _whole(self, block: bytes, count: int) -> list[Any] | None:
        """Return the rows of a block, or None where its lines must be taken one by one."""
        if not block.startswith(b"{"):
            return None
        between = block.count(b"}\n{")
        if between != count - 1 and between + block.count(b"}\r\n{") != count - 1:
            return None
        if not block.endswith((b"}\n", b"}\r\n")):
            return None
        try:
            rows = self._decode_lines(block)
        except (ValueError, RecursionError, msgspec.MsgspecError):
            return None
        return rows if len(rows) == count else None

    def _without_large(self, line: bytes, error: Exception) -> Any:
        """Return the row of a line with numbers that no float can hold, null in their place, or None."""
        if not isinstance(error, msgspec.ValidationError) or "out of range" not in str(error):
            return None
        try:
            return self._decode(_LARGE.sub(_held, line.decode()))
        except (ValueError, RecursionError, msgspec.MsgspecError):
            return None

    def _repair(self, line: bytes) -> Any:
        """Return the row of a line that did not decode as it is, or why there is none.

        What can be repaired is a byte-order mark, bytes that are not UTF-8, and escapes of half a
        surrogate pair, which JavaScript writes where it cuts text within an emoji.
        """
        text = line.removeprefix(_BOM).decode("utf-8", "replace")
        if not text.strip():
            return Reject.EMPTY_LINE
        if "\\u" in text:
            text = _ESCAPE.sub(_whole_character, text)
        try:
            return self._decode(text)
        except (ValueError, RecursionError, msgspec.MsgspecError):
            return _reason(text)


class JsonParser:
    """A `model.Parser` of JSON lines; a row has an attribute for every field it was asked for.

    A name is a top-level key as it stands; what is within the value of a key is the mapping's.
    """

    row: Literal["attribute", "item"] = "attribute"

    def __init__(self, fields: frozenset[str]) -> None:
        names = sorted(fields)
        self._slots = {name: number for number, name in enumerate(names)}
        self._reader = JsonReader(
            msgspec.defstruct(
                "Row",
                [(f"f{number}", Any, None) for number in self._slots.values()],
                rename={f"f{number}": name for name, number in self._slots.items()},
                gc=False,
            )
        )

    def slot(self, name: str) -> int | None:
        """See `model.Parser`."""
        return self._slots.get(name)

    def parse(self, batch: LineBatch) -> Records:
        """See `model.Parser`."""
        return self._reader.read(batch.block, batch.lines).of(batch)

    def parse_texts(self, texts: list[str], heading: bytes = b"") -> Rows:
        """Decode lines that come from an envelope: they may hold anything, newlines too."""
        block = ("\n".join(texts) + "\n").encode()
        lines = block[:-1].split(b"\n")
        if len(lines) == len(texts):
            return self._reader.read(block, lines)
        return self._reader.each([text.encode() for text in texts])

    def attach(
        self, rows: list[Any], names: Sequence[str], values: list[tuple[Any, ...]]
    ) -> list[Any]:
        """Return the rows with further fields, those of them that were asked for."""
        for column, name in enumerate(names):
            number = self._slots.get(name)
            if number is not None:
                for row, given in zip(rows, values, strict=True):
                    setattr(row, f"f{number}", given[column])
        return rows


def _held(token: re.Match[str]) -> str:
    """Return a text or number as it is, or null for a number that no float can hold."""
    number = not token[0].startswith('"') and isinf(float(token[0]))
    return "null" if number else token[0]


def _reason(text: str) -> Reject:
    """Return why text is no row: it is JSON, but of another kind, or no JSON."""
    if text.lstrip().startswith("{"):
        return Reject.BAD_JSON
    try:
        _scan(text)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return Reject.BAD_JSON  # a line of text may well begin as JSON does: 2026-…, [main], null
    return Reject.NOT_AN_OBJECT


def _whole_character(escape: re.Match[str]) -> str:
    """Return an escape as it is, or U+FFFD for half a surrogate pair."""
    return "\N{REPLACEMENT CHARACTER}" if _SURROGATE(escape[0]) else escape[0]
