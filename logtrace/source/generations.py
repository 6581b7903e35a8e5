"""Files that came and were rotated away while nobody looked: finds them, and says whose they are.

Called by `source.roster` with scans, when a daemon starts and when a stream gets a new file. A log that
is rotated twice in one downtime leaves a file that no pattern names and no ledger knows; only its name
says that it belongs to the stream: that of the log, and behind it (or before its extension) a number or
a date. Such a file is a *generation* of the stream if it is none that is known, by its identity or as
what an archive holds, and was written after the stream was last seen.

When that was is told by the file system's clock, as the ledger has it of the stream's files: the wall
clock may be another's. It may have been set back by up to an hour meanwhile; what is that little older
(`missing.REMEMBERED`) is told from what was read by its identity alone, since the ledger still has it.
What stands beside a log when that is seen first was there before: it is put down as done, never read.
Left alone is what a pattern names, here or of another source, and what the source excludes.

Raises nothing: what cannot be opened is said, and looked at again with the next scan.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import msgspec

from logtrace.clock import SECOND
from logtrace.config.model import SourceConfig
from logtrace.source.archives import Archives
from logtrace.source.checkpoint import FileEntry
from logtrace.source.compressed import Unpacked, kind
from logtrace.source.copies import Copies, holds, original
from logtrace.source.discovery import Sought
from logtrace.source.gunzip import Packing
from logtrace.source.identity import EVIDENCE, Verdict, has_head, judge, number
from logtrace.source.missing import REMEMBERED, files_in, open_file
from logtrace.source.names import original_name
from logtrace.source.registry import Registry
from logtrace.source.tail import Tail

AT_ONCE = 64
"""Files of one stream that are read at once; those that are younger wait, and the live one with them."""


class Generation(msgspec.Struct):
    """A file of a stream that was never seen.

    Attributes:
        path: its name.
        source: whose it is.
        stream: the log stream that it belongs to.
        fd: the open file.
        status: what fstat says of it.
        decoder: what decompresses it, None if it is not compressed.
        done: whether it was there before the stream was seen first, and is not to be read.
    """

    path: str
    source: str
    stream: str
    fd: int
    status: os.stat_result
    decoder: Packing | None
    done: bool


class _Search(msgspec.Struct):
    """Which generations of a stream are wanted, by the time of their last change.

    Attributes:
        source: whose stream it is.
        since: what is older is left alone; None: it is not known yet.
        seen: what is older than this was there before the stream was seen first; None: everything.
    """

    source: str
    since: int | None
    seen: int | None


class Generations:
    """Streams whose generations are looked for.

    Attributes:
        waiting: streams that were not looked at yet, or have more files than are read at once.
    """

    def __init__(
        self,
        sources: Sequence[SourceConfig],
        entries: Collection[FileEntry],
        registry: Registry,
        fail: Callable[[str, OSError], None],
    ) -> None:
        """Prepare to look, first of all at every stream that is known.

        Args:
            sources: whose files they would be.
            entries: what the ledger holds, from before this start.
            registry: knows which files are known.
            fail: is told what cannot be opened.
        """
        self.waiting: set[str] = set()
        self._sought = [Sought(source) for source in sources]
        self._own = {sought.name: sought for sought in self._sought}
        self._olddirs = {source.name: source.olddir for source in sources if source.olddir}
        self._registry, self._fail = registry, fail
        self._copies = Copies()
        self._due: dict[str, _Search] = {}
        for stream, entry in _last_seen(entries).items():
            if entry.source in self._own:
                self.look_for(stream, entry.source, entry.mtime or None, None)

    def look_for(self, stream: str, source: str, last: int | None, first: int | None) -> None:
        """Have the next search look for what a stream has besides the files that are known.

        Args:
            stream: the stream.
            source: whose it is.
            last: when its files were written last, as seen then; None: it is seen first now.
            first: in that case, when it was not there yet; None: it may always have been there.
        """
        self.waiting.add(stream)
        if stream in self._due:
            return
        if last is not None:
            self._due[stream] = _Search(source, last - REMEMBERED, 0)
        else:
            self._due[stream] = _Search(source, None, first)

    @property
    def searching(self) -> bool:
        """Whether there is something to look for."""
        return bool(self._due)

    def find(
        self,
        tails: Mapping[tuple[int, int], Tail],
        archives: Archives,
        streams: Mapping[str, Sequence[Tail]],
        now: int,
    ) -> Iterator[Generation]:
        """Yield what is found, the oldest first; each is taken up before the next is asked for.

        Args:
            tails: the followed files.
            archives: the compressed ones that are looked into.
            streams: the followed files of each stream.
            now: monotonic time.
        """
        if not self._due:
            return
        due, self._due = self._due, {}
        self.waiting.clear()
        for stream, search in due.items():
            if search.since is None:
                written = _written(stream)
                seen = written if search.seen is None else min(written, search.seen)
                search.since = seen - REMEMBERED
        for path, stream, place, written in self._named(due):
            before = self._registry.had(place)
            if (
                place in tails
                or stream in self.waiting
                or (before and before.finished and before.mtime == written)
            ):
                continue
            unread = sum(tail.rotated and not tail.drained for tail in streams.get(stream, ()))
            if unread >= AT_ONCE:
                self.waiting.add(stream)
                self._due[stream] = due[stream]
                continue
            if place in archives:
                archives.claim(place, stream)
                self._due[stream] = due[stream]  # until it is known what that is
                continue
            try:
                found = self._look_at(path, stream, due[stream], streams, now)
            except OSError as error:
                self._due[stream] = due[stream]
                if not isinstance(error, FileNotFoundError):
                    self._fail(path, error)
                continue
            if found is not None:
                if found.decoder is not None:
                    self._due[stream] = due[stream]
                yield found

    # ── names ─────────────────────────────────────────────────────────────────────────────────────

    def _named(self, due: Mapping[str, _Search]) -> list[tuple[str, str, tuple[int, int], int]]:
        """Return all that is called as a generation, the oldest first.

        Of each: path, stream, device and inode, and when it was written.
        """
        found = []
        for directory, names in self._directories(due).items():
            for item in files_in(directory):
                first = original_name(item.name, names)
                if first is None:
                    continue
                stream = names[first]
                try:
                    status = item.stat(follow_symlinks=False)
                except OSError:
                    continue
                written, search = status.st_mtime_ns, due[stream]
                if written >= (search.since or 0) and not self._is_anothers(
                    item.path, search.source
                ):
                    found.append((written, item.path, stream, number(status)))
        return [(path, stream, place, written) for written, path, stream, place in sorted(found)]

    def _directories(self, due: Mapping[str, _Search]) -> dict[str, dict[str, str]]:
        """Return where generations may stand: for each directory, streams by their names there."""
        directories: dict[str, dict[str, str]] = {}
        for stream, search in due.items():
            paths = [stream]
            if os.path.islink(stream):
                paths.append(os.path.realpath(stream))
            if search.source in self._olddirs:
                paths.append(os.path.join(self._olddirs[search.source], os.path.basename(stream)))
            for path in paths:
                directory, name = os.path.split(path)
                directories.setdefault(directory, {}).setdefault(name, stream)
        return directories

    def _is_anothers(self, path: str, source: str) -> bool:
        """Return whether discovery knows what to do with a path."""
        return self._own[source].excluded(path) or any(
            sought.names(path) and not sought.excluded(path) for sought in self._sought
        )

    # ── one file ──────────────────────────────────────────────────────────────────────────────────

    def _look_at(
        self,
        path: str,
        stream: str,
        search: _Search,
        streams: Mapping[str, Sequence[Tail]],
        now: int,
    ) -> Generation | None:
        """Return the generation that a file is, None if it is known, or may be."""
        fd = open_file(path)
        try:
            status = os.fstat(fd)
            decoder = kind(fd, path)
            copied = original(path, fd, streams) if decoder is None else None
            if copied is not None and copied.entry.identity.covered < EVIDENCE:
                waits = self._copies.wait(number(status), status.st_size, now)
                if waits:  # so few bytes may as well be another file's
                    self._due[stream] = search
            else:
                waits = copied is not None or (
                    decoder is None
                    and any(holds(fd, status, tail) for tail in streams.get(stream, ()))
                )
            if waits or self._is_known(path, stream, fd, status, decoder):
                os.close(fd)
                return None
        except BaseException:
            os.close(fd)
            raise
        done = search.seen is None or status.st_mtime_ns < search.seen
        return Generation(path, search.source, stream, fd, status, decoder, done)

    def _is_known(
        self,
        path: str,
        stream: str,
        fd: int,
        status: os.stat_result,
        decoder: Packing | None,
    ) -> bool:
        before = self._registry.had(number(status))
        if decoder is None:
            same = before and judge(before.identity, before.offset, fd, status) is Verdict.SAME
            if before and same and (before.identity.covered or not before.finished):
                return True
            return self._registry.missing.recognise(path, fd, status) is not None
        content = Unpacked(fd, decoder)
        if before and before.identity.covered and has_head(before.identity, content):
            return True
        return any(
            entry.finished
            and entry.identity.covered >= EVIDENCE
            and _same_second(entry.mtime, status.st_mtime_ns)  # whoever compresses keeps that
            and has_head(entry.identity, content)
            for entry in self._registry.missing.of_stream(stream)
        )


def _written(stream: str) -> int:
    """Return when the file was written that bears a stream's name, or else when that was taken away."""
    for path in (stream, os.path.dirname(stream)):
        try:
            return os.stat(path).st_mtime_ns
        except OSError:
            continue
    return 0


def _last_seen(entries: Collection[FileEntry]) -> dict[str, FileEntry]:
    """Return of each stream the file that was its newest, one that bore its name if any did."""
    last: dict[str, FileEntry] = {}
    for entry in entries:
        known = last.get(entry.stream)
        if known is None or _newness(entry) > _newness(known):
            last[entry.stream] = entry
    return last


def _newness(entry: FileEntry) -> tuple[bool, int]:
    return entry.path == entry.stream, entry.mtime


def _same_second(one: int, other: int) -> bool:
    return abs(one - other) < SECOND
