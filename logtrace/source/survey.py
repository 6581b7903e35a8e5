"""How far all files are read, for a person: totals by source always, details of the files worst off.

Called by the pipeline thread at most once a second, for `logtrace status`, so it must stay cheap with
ten thousand files: one pass, nothing asked of the file system. What is told is as of the last look at
each file. Changes nothing, never fails.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from heapq import nlargest
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec

from logtrace.source.checkpoint import FileEntry, length
from logtrace.source.tail import Tail

if TYPE_CHECKING:
    from logtrace.source.roster import Roster


class FileView(msgspec.Struct, frozen=True, gc=False):
    """One file.

    Attributes:
        path: where it stands now, or was seen last.
        stream: the path that names its log stream.
        source: name of its source.
        state: `behind` (there is more to read), `read` (to its end, or but for an unfinished line),
            `rotated` (read, and not under the path of its stream any more), `deleted` (read on while
            it is held open), `failing` (cannot be read now), `missing` (sought).
        size: bytes, of a compressed file those that are known, decompressed.
        offset: bytes that were read.
        unread: bytes behind the offset.
        again: bytes before the offset that are still to be read again since the restart.
        written: when it was last changed, nanoseconds since 1970; 0: not known.
        error: why it cannot be read.
        compressed: whether it is an archive.
    """

    path: str
    stream: str
    source: str
    state: str
    size: int
    offset: int
    unread: int
    again: int = 0
    written: int = 0
    error: str = ""
    compressed: bool = False


class SourceView(msgspec.Struct):
    """All files of one source.

    Attributes:
        files: how many are followed.
        missing: how many are sought.
        failing: how many cannot be read now.
        unread: bytes that were not read.
        again: bytes that are still to be read again since the restart.
        behind: streams that have more to read now.
    """

    files: int = 0
    missing: int = 0
    failing: int = 0
    unread: int = 0
    again: int = 0
    behind: set[str] = msgspec.field(default_factory=set)


class Survey(msgspec.Struct):
    """What `survey` found.

    Attributes:
        sources: by name, those without files too.
        files: details of the files worst off, these first.
        known: how many files there are to tell of.
    """

    sources: dict[str, SourceView]
    files: list[FileView]
    known: int


def survey(roster: Roster, limit: int) -> Survey:
    """Return how far everything is read, with details of `limit` files."""
    tails, sources = roster.tails.values(), roster._sources
    views = defaultdict(SourceView, {name: SourceView() for name in sources})
    for source, count in Counter([tail.entry.source for tail in tails]).items():
        views[source].files = count
    noted = [
        (_note(views[entry.source], tail), tail)
        for tail in tails
        if (entry := tail.entry).size > entry.offset or entry.owed or tail.failing
    ]
    sought = roster._registry.missing.sought(sources)
    for entry in sought:
        view = views[entry.source]
        view.missing += 1
        view.unread += max(0, entry.size - entry.offset)
        view.again += length(entry.owed)
    for source in roster.unopened.values():
        views[source].failing += 1
    known = len(tails) + len(sought) + len(roster.unopened)
    return Survey(views, list(islice(_details(roster, noted, sought, limit), limit)), known)


def _details(
    roster: Roster, noted: list[tuple[int, Tail]], sought: list[FileEntry], limit: int
) -> Iterator[FileView]:
    """Yield the files, those first that somebody should look at, of each kind some."""
    reasons = roster._failed
    for path, source in islice(roster.unopened.items(), 1 + limit // 4):
        yield FileView(path, path, source, "failing", 0, 0, 0, error=reasons.get(path, ""))
    for entry in islice(sought, 1 + limit // 4):
        yield _view(entry, "missing")
    for _, tail in nlargest(limit, noted, key=itemgetter(0)):
        yield _followed(tail, reasons)
    told = {tail for _, tail in noted}
    for tail in roster.tails.values():
        if tail not in told:
            yield _followed(tail, reasons)


def _note(view: SourceView, tail: Tail) -> int:
    """Add a file that is not simply read to its end; return how badly off it is, in bytes."""
    entry = tail.entry
    unread, again = max(0, entry.size - entry.offset), length(entry.owed)
    view.unread += unread
    view.again += again
    view.failing += tail.failing
    if (tail.pending or entry.owed) and not tail.failing:
        view.behind.add(entry.stream)
    return unread + again


def _followed(tail: Tail, reasons: Mapping[str, str]) -> FileView:
    entry = tail.entry
    if tail.failing:
        state = "failing"
    elif tail.pending or entry.owed:
        state = "behind"
    elif not tail.links:
        state = "deleted"
    else:
        state = "rotated" if tail.rotated else "read"
    error = reasons.get(entry.path, "") if tail.failing else ""
    return _view(entry, state, tail.mtime, error, tail.packed is not None)


def _view(
    entry: FileEntry, state: str, written: int = 0, error: str = "", compressed: bool = False
) -> FileView:
    return FileView(
        entry.path,
        entry.stream,
        entry.source,
        state,
        entry.size,
        entry.offset,
        max(0, entry.size - entry.offset),
        length(entry.owed),
        written,
        error,
        compressed or entry.packed > 0,
    )
