"""Which of the files that the ledger knows is this one? Finds its entry, or makes a new one.

Called by `source.roster` for every file that is not followed yet, and when a followed one was cut. The
rules are those of `identity.judge`; what is known but not followed is in `missing`. A new entry is on
disk before the first line of its file is read: derived ids are made of its key. Raises OSError when the
open file cannot be read; then nothing has changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Container, Sequence

from logtrace.clock import Clock
from logtrace.config.model import SourceConfig
from logtrace.encodings import lookup
from logtrace.source.checkpoint import FileEntry
from logtrace.source.gunzip import PACKED
from logtrace.source.identity import (
    EVIDENCE,
    Content,
    Verdict,
    file_key,
    judge,
    number,
    observe,
)
from logtrace.source.ledger import Ledger
from logtrace.source.lines import last_line_start
from logtrace.source.missing import Missing
from logtrace.telemetry import Telemetry

SEEN = "seen source "
"""A note of that and a source's name: the source was there at an earlier start, and its files seen."""

_BEGAN = "began source "  # note: when it was there first, by the wall clock; before any was seen


class Registry:
    """The ledger's entries, by what recognises a file.

    Attributes:
        missing: those that are not followed.
        encodings: how each source's bytes are text; None: UTF-8.
    """

    def __init__(
        self,
        sources: Sequence[SourceConfig],
        ledger: Ledger,
        clock: Clock,
        telemetry: Telemetry,
        once: bool,
    ) -> None:
        entries = ledger.files.values()
        self.encodings = {source.name: lookup(source.encoding) for source in sources}
        olddirs = {source.name: source.olddir for source in sources if source.olddir is not None}
        self.missing = Missing(entries, ledger, clock, telemetry, olddirs)
        self._ledger, self._clock, self._telemetry = ledger, clock, telemetry
        self._places = {(entry.identity.device, entry.identity.inode): entry for entry in entries}
        seen = {name for name in _names(sources) if SEEN + name in ledger.notes}
        began = {name: ledger.notes.get(_BEGAN + name) for name in _names(sources)}
        self._began = {name: int(note) for name, note in began.items() if note is not None}
        self._began |= dict.fromkeys(seen - self._began.keys(), 0)  # by one that did not note it
        self._starting = _names(sources) - seen
        self._entered_at_end = {
            source.name
            for source in sources
            if source.read_from == "end" or (source.read_from is None and not once)
        } - seen
        for name in _names(sources) - self._began.keys():
            ledger.put_note(_BEGAN + name, b"%d" % clock.now())
        ledger.commit()

    def recognise(self, path: str, fd: int, status: os.stat_result) -> FileEntry | None:
        """Return the entry of an open file that is not followed, None if it was never seen."""
        before = self._places.get(number(status))
        verdict = Verdict.REPLACED
        if before is not None:
            verdict = judge(before.identity, before.offset, fd, status)
            if (
                not self.missing.related(before, path)
                and min(before.offset, before.identity.covered) < EVIDENCE
            ):
                verdict = Verdict.REPLACED  # nothing but the inode says that it is the same
            if verdict is Verdict.SAME and before.offset:
                return before
        # A recycled inode may look like a cut file: what the content says counts for more.
        entry = self.missing.recognise(path, fd, status)
        if entry is None and verdict is Verdict.SAME:
            return before
        if (
            entry is None
            and before
            and verdict is Verdict.TRUNCATED
            and self.missing.related(before, path)
        ):
            return self.restarted(before, fd, status)
        if before is not None:
            if path == before.path and not before.finished:
                before.mtime = status.st_mtime_ns  # it was cut, or gone, before this was written
            self.disown(before)
        if entry is not None:
            self.place(entry, status)
        return entry

    def had(self, place: tuple[int, int]) -> FileEntry | None:
        """Return the entry of the file that has a device and inode, or had it before another."""
        return self._places.get(place)

    def new(
        self,
        path: str,
        source: str,
        fd: int,
        status: os.stat_result,
        offset: int | None,
        content: Content | None = None,
        stream: str | None = None,
    ) -> FileEntry:
        """Return the entry of a file that is seen for the first time; the caller registers it.

        Args:
            path: names it, and its stream unless that is given.
            source: the source it belongs to.
            fd: the open file.
            status: what fstat says of it.
            offset: where to start; None: at its beginning, or at its end if it was there when the
                source was started for the first time and is not to be read from its beginning.
            content: the decompressed bytes of a compressed file.
            stream: the log stream that it belongs to.
        """
        if offset is None:
            offset = 0
            if self.enters_at_end(source):
                offset = last_line_start(fd, status.st_size, self.encodings[source])
        identity = observe(fd if content is None else content, status, offset)
        key = file_key(source, fd, status, 0)
        entry = FileEntry(key, source, stream or path, path, identity, offset)
        entry.mtime = status.st_mtime_ns
        self._places[number(status)] = entry
        return entry

    def unread(self, stream: str | None, place: tuple[int, int], packed: bool) -> FileEntry | None:
        """Return the entry of a file of which nothing is known but that it was there.

        What turns up and is no other file is it. A file that is not compressed would have been found by
        its inode, so that an archive that is compressed holds it; an archive keeps its inode.

        Args:
            stream: where it belongs.
            place: device and inode of what turned up.
            packed: whether that is an archive.
        """
        before = self._places.get(place)
        if packed and before and _is_blank(before) and before.path.endswith(PACKED):
            return before
        missing = self.missing.of_stream(stream) if stream is not None else ()
        for entry in missing:
            if _is_blank(entry) and not entry.path.endswith(PACKED):
                return entry
        return None

    def enters_at_end(self, source: str) -> bool:
        """Return whether what is there of a source now is to be read from its end."""
        return source in self._entered_at_end

    def starting(self, source: str) -> bool:
        """Return whether what is there of a source now was there when it was started first."""
        return source in self._starting

    def started_at(self, source: str) -> int | None:
        """Return the wall-clock time of a source's first start, 0 if not known; None: that is now.

        What it has now was there before.
        """
        return self._began.get(source)

    def started(self) -> None:
        """Note that the first scan is over: what appears from now on is read from its beginning."""
        self._entered_at_end.clear()
        for name in self._starting:
            self._ledger.put_note(SEEN + name, b"")
            self._began.setdefault(name, self._clock.now())
        self._starting.clear()

    def restarted(self, old: FileEntry, fd: int, status: os.stat_result) -> FileEntry:
        """Return the new entry of a file that was cut; what was in it is missing from now on."""
        identity = observe(fd, status, 0)
        cuts = old.truncations + 1
        key = file_key(old.source, fd, status, cuts)
        new = FileEntry(key, old.source, old.stream, old.path, identity, truncations=cuts)
        new.mtime = status.st_mtime_ns
        old.mtime = status.st_mtime_ns  # a copy was written before that
        self._telemetry.file_truncated(old.path, old.source, old.offset)
        self.disown(old)
        self._places[number(status)] = new
        self._ledger.register([new])
        return new

    def place(self, entry: FileEntry, status: os.stat_result) -> None:
        """Give an entry the inode that its file was found at."""
        self.displace(entry)
        entry.identity.device, entry.identity.inode = number(status)
        self._places[number(status)] = entry
        self._ledger.touch(entry)

    def displace(self, entry: FileEntry) -> None:
        """Take its inode from an entry: another file may have it from now on."""
        place = (entry.identity.device, entry.identity.inode)
        if self._places.get(place) is entry:
            del self._places[place]
        entry.identity.inode = 0

    def disown(self, entry: FileEntry) -> None:
        """Take its inode from an entry and have the file sought."""
        self.displace(entry)
        self.miss(entry)

    def miss(self, entry: FileEntry) -> None:
        """Have a file sought, or, if it is finished, forgotten after a while."""
        self.missing.add(entry)

    def expire(
        self, kept: Container[int] = (), newest: Callable[[str], int | None] = lambda _: None
    ) -> None:
        """Forget what has been missing for too long; see `Missing.expire`."""
        for entry in self.missing.expire(kept, newest):
            self.displace(entry)


def _is_blank(entry: FileEntry) -> bool:
    """Return whether nothing is known of what a file holds."""
    return not (entry.offset or entry.identity.covered or entry.finished or entry.owed)


def _names(sources: Collection[SourceConfig]) -> set[str]:
    return {source.name for source in sources}
