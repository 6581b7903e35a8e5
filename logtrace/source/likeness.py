"""Missing files by what they may be called by now, and by how they begin.

Used by `source.missing`, one `Likeness` for each directory: ten thousand files may be missing when ten
thousand others turn up, and comparing each with each would stand still for minutes. Looked up is, for a
name, every beginning of it, and for a file, its head as far as each known one reaches. Only heads that
are `EVIDENCE` speak for a file by themselves; with less its name and its time must, too (`vouched`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from logtrace.clock import SECOND
from logtrace.source.checkpoint import FileEntry
from logtrace.source.identity import EVIDENCE, HEAD, Content, digest, peek
from logtrace.source.names import original_name


class Likeness:
    """Entries of files that may stand in one directory."""

    def __init__(self, entries: Iterable[FileEntry] = ()) -> None:
        self._names: dict[str, dict[int, FileEntry]] = {}  # by the first part of a name, by key
        self._heads: dict[int, dict[bytes, dict[int, FileEntry]]] = {}  # by length, digest, key
        for entry in entries:
            self.add(entry)

    def add(self, entry: FileEntry) -> None:
        """Take up an entry, which does not change while it is here."""
        known = entry.identity
        self._names.setdefault(_beginning(entry), {})[entry.key] = entry
        if known.covered:
            heads = self._heads.setdefault(known.covered, {})
            heads.setdefault(known.head, {})[entry.key] = entry

    def remove(self, entry: FileEntry) -> None:
        """Strike out an entry; one that is not here is no harm."""
        known, beginning = entry.identity, _beginning(entry)
        named = self._names.get(beginning, {})
        named.pop(entry.key, None)
        if not named:
            self._names.pop(beginning, None)
        heads = self._heads.get(known.covered, {})
        begun = heads.get(known.head, {})
        begun.pop(entry.key, None)
        if not begun:
            heads.pop(known.head, None)
        if not heads:
            self._heads.pop(known.covered, None)

    def called(self, name: str) -> Iterator[FileEntry]:
        """Return the entries that a name may be a later name of."""
        for end in range(1, len(name) + 1):
            for entry in self._names.get(name[:end], {}).values():
                if alike(entry, name):
                    yield entry

    def begun(self, name: str, file: int | Content, little: bool = False) -> Iterator[FileEntry]:
        """Return those of them that have the head of an open file, or of what reads it.

        With `little` it is those of which less is known than is evidence.
        """
        if not self._heads:
            return
        head = peek(file, HEAD, 0)
        for covered, heads in self._heads.items():
            if covered <= len(head) and (covered < EVIDENCE) == little:
                for entry in heads.get(digest(head[:covered]), {}).values():
                    if alike(entry, name):
                        yield entry


def alike(entry: FileEntry, name: str) -> bool:
    """Return whether a name may be a later one of a file: it begins as that of its stream does."""
    first = os.path.basename(entry.stream)
    shorter = name != first and first.startswith(name)  # rotation takes nothing back from a name
    return name.startswith(_beginning(entry)) and not shorter


def vouched(entry: FileEntry, path: str, mtime: int) -> bool:
    """Return whether name and time say that a file is what a missing one was copied or moved to.

    A few bytes are soon the same in two files of a log, such as the line with which it begins. But a
    copy has a name that rotation gives, and was written before the original was cut (the entry's time is
    that of the cut); a file that another program moved, or compressed, has kept its time. Whatever was
    written later is another file.
    """
    if not entry.offset:
        return False
    if original_name(os.path.basename(path), {os.path.basename(entry.stream)}) is None:
        return False
    if not entry.identity.inode:
        return mtime <= entry.mtime
    kept = entry.mtime, entry.mtime // SECOND * SECOND
    return mtime in kept and not _has_inode(path, entry.identity.inode)


def is_meant(entry: FileEntry, path: str, mtime: int) -> bool:
    """Return whether name and time of an archive speak for its being a missing file."""
    return entry.path == path or vouched(entry, path, mtime)


def _has_inode(path: str, inode: int) -> bool:
    """Return whether a file beside this one has an inode; if it cannot be known, it may."""
    try:
        with os.scandir(os.path.dirname(path)) as items:
            return any(item.inode() == inode for item in items)
    except OSError:
        return True


def _beginning(entry: FileEntry) -> str:
    first = os.path.basename(entry.stream)
    return first.split(".")[0] or first
