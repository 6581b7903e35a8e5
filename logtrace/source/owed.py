"""Which files are read again now: of each stream the oldest that owes lines.

Used by `source.files`. The lines that a run before this one left open come in the order of the log
only if one file of a stream is done before the next begins: an end that overtakes its start finds
nothing to end. So a file that cannot be read now is waited for: one that failed, that is still sought,
or an archive of which is not known yet what it is; but for `HOLD` at most, since it may be gone. New
lines of its stream wait with the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from logtrace.source.checkpoint import FileEntry
from logtrace.source.ledger import Ledger
from logtrace.source.streams import HOLD
from logtrace.source.tail import Tail


class Owed:
    """Files that owe lines.

    Attributes:
        streams: those of which nothing new is read now, because older lines are owed.
    """

    def __init__(self, ledger: Ledger, sources: Collection[str]) -> None:
        """Take up what is owed at the start; later nothing is added.

        Args:
            ledger: knows what is owed.
            sources: names of the sources whose files are sought.
        """
        self.streams: set[str] = set()
        self._ledger, self._sources = ledger, sources
        self._entries = [entry for entry in ledger.files.values() if entry.owed]
        self._since: dict[int, int] = {}  # since when a file cannot be read, by key

    def next(self, active: Iterable[Tail], now: int) -> list[Tail]:
        """Return the files to read again now, of each stream one, the oldest first.

        Args:
            active: the followed files that are looked at, all that owe lines among them.
            now: monotonic time.
        """
        self.streams = set()
        known = self._ledger.files
        self._entries = [entry for entry in self._entries if entry.owed and entry.key in known]
        if not self._entries:
            return []
        tails = {tail.entry.key: tail for tail in active if tail.entry.owed}
        chosen = []
        for entry in sorted(self._entries, key=lambda entry: _age(entry, tails.get(entry.key))):
            tail = tails.get(entry.key)
            ready = tail is not None and not tail.failing
            lost = not ready and self._given_up(entry, now)
            if ready:
                self._since.pop(entry.key, None)
            if entry.stream in self.streams:
                continue
            if tail is not None and tail.due <= now:
                chosen.append(tail)
            if not lost:
                self.streams.add(entry.stream)
        return chosen

    def _given_up(self, entry: FileEntry, now: int) -> bool:
        """Return whether a file that cannot be read now is not waited for."""
        if entry.source not in self._sources:  # nobody seeks it
            return True
        return now - self._since.setdefault(entry.key, now) >= HOLD


def _age(entry: FileEntry, tail: Tail | None) -> tuple[bool, int]:
    """Return what files are sorted by: the live one is the last, whenever an archive was made."""
    return tail is not None and not tail.rotated, entry.mtime
