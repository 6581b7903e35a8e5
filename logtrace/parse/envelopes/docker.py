"""The envelope of Docker's json-file driver: `{"log": "…\\n", "stream": …, "time": …}` on each line.

A line of the application that is longer than 16 KiB comes in pieces, of which only the last ends with
a newline; those of stdout and of stderr may stand between one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

import msgspec

from logtrace.model import LineBatch
from logtrace.parse.envelopes.pieces import Pieces, unwrapped
from logtrace.parse.json_lines import JsonReader


class _Entry(msgspec.Struct, gc=False):
    log: str
    stream: str | None = None
    time: str | None = None


class Docker:
    """See `envelopes.pieces.Envelope`."""

    FIELDS = ("docker.time", "docker.stream")

    def __init__(self, fields: Sequence[str]) -> None:
        self._reader = JsonReader(_Entry)
        self._values = [attrgetter(name.removeprefix("docker.")) for name in fields]

    def peel(self, batch: LineBatch) -> Pieces:
        """See `Envelope`."""
        found = self._reader.read(batch.block, batch.lines)
        logs = [entry.log for entry in found.rows]
        partial = [not log.endswith("\n") for log in logs]
        return Pieces(
            [log.rstrip("\r\n") for log in logs],
            found.lines,
            [tuple(value(entry) for value in self._values) for entry in found.rows],
            [(index, unwrapped(why)) for index, why in found.rejects],
            found.repaired,
            [entry.stream or "" for entry in found.rows],
            partial if any(partial) else None,
        )
