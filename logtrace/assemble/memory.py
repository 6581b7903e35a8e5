"""What the assembler knows that a restart should not lose: learnt waits, and which traces have left.

Packed to one value for the ledger, which keeps it as a note. Losing it is no loss of spans: a late span
then starts a trace of its own, of the same id and decided anew, and waits are learnt anew.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from logtrace.assemble.closed import ClosedTraces, Root
from logtrace.assemble.waits import Waits

NOTE = "assembler"
"""The ledger's note of it, written at each stop in order."""


class _Memory(msgspec.Struct, array_like=True):
    version: Literal[2]
    waits: list[tuple[str, str, int]]
    closed: list[tuple[int, Root]]


def pack(waits: Waits, closed: ClosedTraces) -> bytes:
    """Return both as one value, empty where a name from a log has no form in UTF-8."""
    try:
        return msgspec.msgpack.encode(_Memory(2, waits.snapshot(), closed.snapshot()))
    except UnicodeEncodeError:
        return b""


def unpack(packed: bytes, waits: Waits, closed: ClosedTraces) -> None:
    """Restore both from what `pack` returned; from anything else nothing."""
    try:
        memory = msgspec.msgpack.decode(packed, type=_Memory)
    except (msgspec.MsgspecError, ValueError):
        return
    waits.restore(memory.waits)
    closed.restore(memory.closed)
