"""What the ledger holds, as one document: its fields and their names, which others may rely on.

Called by `logtrace state`, and by `logtrace status` where no daemon answers. Made of the state file as
`source.contents` read it and of what stands at the paths now; docs/reference/status.md describes it.
"""

from __future__ import annotations

import os

import msgspec

from logtrace.admin.document import moment
from logtrace.assemble import memory
from logtrace.assemble.closed import ClosedTraces
from logtrace.assemble.waits import Waits
from logtrace.source.checkpoint import FileEntry, length
from logtrace.source.contents import Contents
from logtrace.source.gunzip import PACKED
from logtrace.source.identity import number
from logtrace.source.registry import SEEN

SCHEMA = 1


class LedgerFile(msgspec.Struct):
    """One file that the ledger knows.

    `state` is `there` (at its path), `missing` (lines are expected of it, and something else or
    nothing stands at its path), `finished` (read to its end, as far as that is known, and gone from
    there), `unknown` (this user may not look). `open_…` tells of lines below `offset` that were handed
    out and are not done.
    """

    key: str = ""
    path: str = ""
    stream: str = ""
    source: str = ""
    state: str = ""
    device: int = 0
    inode: int = 0
    size: int | None = None
    size_seen: int = 0
    offset: int = 0
    unread_bytes: int | None = None
    open_runs: int = 0
    open_bytes: int = 0
    open_from: int | None = None
    missing_since: str | None = None
    truncations: int = 0
    compressed: bool = False


class LedgerStatus(msgspec.Struct):
    """The whole document."""

    schema: int = SCHEMA
    path: str = ""
    state_schema: int = 0
    files: list[LedgerFile] = msgspec.field(default_factory=list)
    sources_seen: list[str] = msgspec.field(default_factory=list)
    learnt_waits: int = 0
    closed_traces: int = 0


def describe(contents: Contents) -> LedgerStatus:
    """Return what a state file holds, and how that compares with the files as they are now."""
    waits, closed = Waits(None), ClosedTraces()
    memory.unpack(contents.notes.get(memory.NOTE, b""), waits, closed)
    files = [_file(entry) for entry in contents.entries]
    files.sort(key=lambda file: (file.source, file.stream, file.path, file.key))
    return LedgerStatus(
        SCHEMA,
        str(contents.path),
        contents.schema,
        files,
        sorted(name.removeprefix(SEEN) for name in contents.notes if name.startswith(SEEN)),
        len(waits.snapshot()),
        len(closed),
    )


def _file(entry: FileEntry) -> LedgerFile:
    identity, owed = entry.identity, entry.owed
    state, size = _look(entry)
    compressed = entry.packed > 0 or entry.path.endswith(PACKED)
    if size is None:
        unread: int | None = 0 if entry.finished else max(0, entry.size - entry.offset)
    elif compressed:
        unread = 0 if size == entry.packed else None
    else:
        unread = max(0, size - entry.offset)
    return LedgerFile(
        f"{entry.key & (1 << 64) - 1:016x}",
        entry.path,
        entry.stream,
        entry.source,
        state,
        identity.device,
        identity.inode,
        size,
        entry.size,
        entry.offset,
        unread,
        len(owed) // 2,
        length(owed),
        owed[0] if owed else None,
        moment(entry.gone),
        entry.truncations,
        compressed,
    )


def _look(entry: FileEntry) -> tuple[str, int | None]:
    """Return what became of a file, and its size if it is the one that stands at its path."""
    try:
        status = os.stat(entry.path)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return _absent(entry), None
    except OSError:  # not for this user to see
        return "unknown", None
    if number(status) == (entry.identity.device, entry.identity.inode):
        return "there", status.st_size
    return _absent(entry), None


def _absent(entry: FileEntry) -> str:
    read = entry.finished or entry.size <= entry.offset  # renamed, and left alone since
    return "finished" if read and not entry.owed else "missing"
