"""The envelope of Docker's json-file driver: `{"log": "…\\n", "stream": …, "time": …}` on each line.

Called by the pipeline through `model.Parser`; wraps the parser of what is inside. A rule can read two
fields of the envelope, `docker.time` and `docker.stream`; where the text inside has no time of its own,
`time: {field: docker.time}` takes Docker's. A line that is no envelope is rejected as such, never parsed
as if it were the text inside. A line that Docker cut at 16 KiB is two lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import msgspec

from logtrace.model import LineBatch, Parser, Records, Reject
from logtrace.parse.json_lines import JsonReader
from logtrace.parse.rows import Rows

ENVELOPE_FIELDS = ("docker.time", "docker.stream")


class _Envelope(msgspec.Struct, gc=False):
    log: str
    stream: str | None = None
    time: str | None = None


class Inner(Parser, Protocol):
    """What a parser must be able to do to work inside an envelope."""

    def parse_texts(self, texts: list[str]) -> Rows:
        """Turn texts, which may hold newlines, into rows."""
        ...

    def attach(
        self, rows: list[Any], names: Sequence[str], values: list[tuple[Any, ...]]
    ) -> list[Any]:
        """Return the rows with further fields: for each row the values of `names`."""
        ...


class DockerParser:
    """A `model.Parser` of lines in envelopes."""

    def __init__(self, inner: Inner) -> None:
        self.row: Literal["attribute", "item"] = inner.row
        self._inner = inner
        self._reader = JsonReader(_Envelope)

    def slot(self, name: str) -> int | None:
        """See `model.Parser`."""
        return self._inner.slot(name)

    def parse(self, batch: LineBatch) -> Records:
        """See `model.Parser`."""
        outer = self._reader.read(batch.block, batch.lines)
        outer = outer._replace(rejects=[(index, _reason(why)) for index, why in outer.rejects])
        inner = self._inner.parse_texts([envelope.log.rstrip("\r\n") for envelope in outer.rows])
        taken = [outer.rows[index] for index in inner.lines]
        rows = self._inner.attach(
            inner.rows, ENVELOPE_FIELDS, [(envelope.time, envelope.stream) for envelope in taken]
        )
        return inner._replace(rows=rows).within(outer).of(batch)


def _reason(why: Reject) -> Reject:
    """Return why a line has no envelope."""
    return why if why is Reject.EMPTY_LINE else Reject.BAD_ENVELOPE
