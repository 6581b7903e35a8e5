"""Which log stream is a newcomer of? Tells it by the name, for files that discovery lists.

Used by `source.arrivals`. Where a pattern names rotated files too (`app.log*`), one that was never seen
may be a stream of its own, or what a log was rotated to while nobody looked: in one downtime, or twice
between two looks. It is the latter if rotation gives such names and the log was rotated: something else
stands at its path than before. Beside a log that stays what it was, a new file is of its own, such as
the log of a second process. What is there when its source is started first is always that.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence

from logtrace.clock import SECOND
from logtrace.config.model import SourceConfig
from logtrace.source.checkpoint import FileEntry
from logtrace.source.discovery import Found
from logtrace.source.names import originals
from logtrace.source.registry import Registry
from logtrace.source.streams import Streams
from logtrace.source.tail import Tail

SETTLED = 10 * SECOND
"""How long a log that was neither replaced nor cut has been followed: it was not just rotated."""


class Families:
    """Streams that newcomers may belong to."""

    def __init__(
        self,
        streams: Streams,
        registry: Registry,
        sources: Sequence[SourceConfig],
        entries: Collection[FileEntry],
    ) -> None:
        """Prepare for the first scan; `entries` is what the ledger holds from before this start."""
        self._streams, self._registry = streams, registry
        self._olddirs = {source.name: source.olddir for source in sources if source.olddir}
        self._live = {entry.stream: entry.key for entry in entries if entry.path == entry.stream}
        self._listed: dict[str, str] = {}

    def sort(self, newcomers: Iterable[Found]) -> list[Found]:
        """Return newcomers in the order in which to take them up.

        First those that may be logs, for what else is theirs is told by what became of them; then the
        others, known ones before those that may look like them, the oldest first.
        """
        items = list(newcomers)
        self._listed = {item.path: item.source for item in items}

        def order(item: Found) -> tuple[bool, bool, int]:
            if self.original(item) is None:
                return False, False, 0
            known = self._registry.had((item.device, item.inode)) is not None
            return True, not known, item.mtime

        return sorted(items, key=order)

    def stream(self, item: Found, now: int) -> str | None:
        """Return the stream of a file that was never seen, None if that is its own."""
        if self._registry.starting(item.source):
            return None
        original = self.original(item)
        if original is None or any(
            tail.listed and tail.entry.path == original and self._stayed(tail, now)
            for tail in self._streams.tails.get(original, ())
        ):
            return None
        return original

    def original(self, item: Found) -> str | None:
        """Return the path that a file had before, as far as names tell, if a stream has that."""
        directory, name = os.path.split(item.path)
        for first in originals(name):
            for path in self._paths(directory, first, item.source):
                if self._is_stream(path, item.source):
                    return path
        return None

    def looked(self) -> None:
        """Take note that the first scan is over."""
        self._live.clear()

    def _stayed(self, tail: Tail, now: int) -> bool:
        """Return whether what stands at a log's path is known to have stood there before."""
        entry = tail.entry
        if not entry.offset:  # only its inode says what it is, and that it kept when it was cut
            return False
        return self._live.get(entry.stream) == entry.key or now - tail.left >= SETTLED

    def _paths(self, directory: str, name: str, source: str) -> list[str]:
        paths = [os.path.join(directory, name)]
        if self._olddirs.get(source) == directory:
            known = (*self._streams.tails, *self._listed)
            paths += [path for path in known if os.path.basename(path) == name]
        return paths

    def _is_stream(self, path: str, source: str) -> bool:
        followed = self._streams.tails.get(path, ())
        return (
            self._listed.get(path) == source
            or any(tail.entry.source == source for tail in followed)
            or any(each.source == source for each in self._registry.missing.of_stream(path))
        )
