"""Reads a quarantine file: traces that the Agent refused, as `ship.quarantine` wrote them.

Used by `logtrace receive --replay`. Each trace goes through what a payload goes through on its way into
the Agent, so that what is wrong with it is said here, beside what the Agent said at the time. The file
may hold anything: a line that is no record is said and passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from logtrace.clock import SystemClock
from logtrace.errors import SourceError
from logtrace.web import strict
from logtrace.web.decoder import Refused, decode
from logtrace.web.receiver import Delivery
from logtrace.web.text import visible

LONGEST_LINE = 4 * 2**20


class _Record(msgspec.Struct):
    at: str
    error: str
    spans: list[Any]
    spans_left_out: int = 0
    shown: str = ""


def deliveries(path: str) -> Iterator[tuple[str, Delivery]]:
    """Yield, for each trace of the file, a line that says what it is, and what becomes of it.

    Raises:
        SourceError: the file cannot be read.
    """
    now = SystemClock().now()
    try:
        with open(path, "rb") as file:
            number = 0
            while line := file.readline(LONGEST_LINE):
                number += 1
                yield _delivery(number, line, now)
    except OSError as error:
        raise SourceError(f"{path}: {(error.strerror or str(error)).lower()}") from error


def _delivery(number: int, line: bytes, now: int) -> tuple[str, Delivery]:
    try:
        record = msgspec.json.decode(line, type=_Record)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return (
            f"line {number}: no record of a refused trace: {visible(str(error), 200)}",
            Delivery(),
        )
    said = f"line {number}: {visible(record.at, 40)}: the Agent said: {visible(record.error, 1000)}"
    if record.spans_left_out:
        said += f" ({record.spans_left_out} more spans are not in the file)"
    if record.shown:
        said += f"\n{visible(record.shown, 2000)}"
    if not record.spans:
        return said, Delivery()
    try:
        traces = decode(msgspec.json.encode([record.spans]), "application/json", "/v0.3/traces")
    except Refused as error:
        return said, Delivery(refused=str(error))
    return said, Delivery(traces, strict.judge(traces, now))
