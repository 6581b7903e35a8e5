"""The log files that the sources name: are there any, can they be read, does only one source name them.

Called by `look`. Lists directories and looks at files; opens none.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice

from logtrace.config.model import SourceConfig
from logtrace.errors import Mark, Problem, Severity
from logtrace.source.discovery import COMPRESSED, KINDS, MAGIC, Glob
from logtrace.surroundings.rights import READ, SEARCH, Denied, Reader

MAX_FILES = 1000
"""Files of one pattern that are looked at."""

_Number = tuple[int, int]
"""Device and inode."""


@dataclass(slots=True)
class LogFiles:
    """Looks at the sources one by one, in their order.

    Attributes:
        reader: the user that has to read them.
        taken: which source was first to name a file, and under what name.
    """

    reader: Reader
    taken: dict[_Number, tuple[SourceConfig, str]] = field(default_factory=dict)

    def look(self, source: SourceConfig) -> tuple[list[str], list[Problem]]:
        """Return the files of a source that can be read by it alone, and what is wrong with others."""
        files: dict[_Number, str] = {}
        problems: list[Problem] = []
        excludes = [Glob(path if "/" in path else f"/**/{path}") for path in source.exclude]
        for pattern in source.path:
            glob = Glob(pattern)
            names = sorted({name for _, name in islice(glob.search(), MAX_FILES)})
            left = [name for name in names if not any(each.matches(name) for each in excludes)]
            if not left:
                problems.append(self._nothing(source, pattern, glob, bool(names)))
            problems += self._usable(source, pattern, left, files)
        problems += self._shared(source, files)
        return list(files.values()), problems

    def _usable(
        self, source: SourceConfig, pattern: str, names: list[str], files: dict[_Number, str]
    ) -> Iterator[Problem]:
        """Add what can be read of a pattern's files to `files`; yield what is wrong with the others."""
        denials: dict[tuple[str, int, str, str], list[str]] = {}
        causes: dict[tuple[str, int, str, str], Denied] = {}
        for name in names:
            try:
                status = os.stat(name)
            except OSError:
                continue
            kind = KINDS.get(stat.S_IFMT(status.st_mode))
            if kind is not None:
                yield _unreadable_kind(source, pattern, name, kind)
                continue
            if name.endswith(COMPRESSED):
                what = f"{name}: is compressed in a way that cannot be read"
                yield _warning(source, pattern, what, "name other files, or exclude it")
                continue
            files.setdefault((status.st_dev, status.st_ino), name)
            denied = self.reader.denied(name)
            if denied is not None:
                place = denied.path if denied.want & SEARCH else ""
                cause = (place, denied.mode, denied.owner, denied.group)
                denials.setdefault(cause, []).append(name)
                causes.setdefault(cause, denied)
        for cause, refused in denials.items():
            yield self._refused(source, pattern, refused, causes[cause])

    def _refused(
        self, source: SourceConfig, pattern: str, names: list[str], denied: Denied
    ) -> Problem:
        more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
        what = f"{names[0]}{more}: user {self.reader.name} cannot read it: {denied.why}"
        return _warning(source, pattern, what, denied.cure(self.reader.name))

    def _nothing(self, source: SourceConfig, pattern: str, glob: Glob, excluded: bool) -> Problem:
        """Say why a pattern has no files."""
        if excluded:
            what = f"`exclude` leaves out every file that matches {pattern}"
            return _warning(source, pattern, what, "make one of them more exact")
        if glob.failures:
            directory, error = next(iter(glob.failures.items()))
            denied = self.reader.denied(directory, READ | SEARCH)
            what = f"cannot look into {directory}: {(error.strerror or str(error)).lower()}"
            fix = denied.cure(self.reader.name) if denied else ""
            return _warning(source, pattern, what, fix)
        what = f"no file matches {pattern}"
        fix = "see that it is right; a file that comes later is read then"
        missing = _missing_directory(pattern)
        if missing:
            what += f": there is no directory {missing}"
            close = _sibling(missing)
            fix = f"did you mean {close}?" if close else "see that it is right"
        return _warning(source, pattern, what, fix)

    def _shared(self, source: SourceConfig, files: dict[_Number, str]) -> Iterator[Problem]:
        """Yield a warning for each source before this one that takes files of it; take the others."""
        shared: dict[str, tuple[SourceConfig, list[str]]] = {}
        for number, name in list(files.items()):
            first, _ = self.taken.setdefault(number, (source, name))
            if first is not source:
                shared.setdefault(str(first.name), (first, []))[1].append(name)
                del files[number]
        for first, names in shared.values():
            more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
            what = (
                f"{names[0]}{more}: source {str(first.name)!r} (line {first.mark.line}) reads it"
                " already, so this one does not"
            )
            fix = "make the paths different, or `exclude:` it from one of them"
            yield _warning(source, source.path[0], what, fix)


def _warning(source: SourceConfig, pattern: str, what: str, fix: str) -> Problem:
    mark: Mark = getattr(pattern, "mark", source.mark)
    return Problem(mark, "path", what, fix, Severity.WARNING)


def _unreadable_kind(source: SourceConfig, pattern: str, name: str, kind: str) -> Problem:
    article = "an" if kind[0] in "aeiou" else "a"
    fix = f"write {name.rstrip('/')}/*.log, or whatever its logs are called"
    what = f"{name}: is {article} {kind}, not a file"
    return _warning(source, pattern, what, fix if kind == "directory" else "name a file")


def _missing_directory(pattern: str) -> str:
    """Return the first directory of a path that is not there, "" where a pattern comes before it."""
    here = "/"
    for part in pattern.split("/")[1:-1]:
        if MAGIC.search(part):
            return ""
        here = os.path.join(here, part)
        if not os.path.isdir(here):
            return here
    return ""


def _sibling(directory: str) -> str:
    """Return the directory beside a missing one that its name may mean."""
    parent, name = os.path.split(directory)
    try:
        known = [entry.name for entry in os.scandir(parent) if entry.is_dir()]
    except OSError:
        return ""
    close = get_close_matches(name, known, n=1)
    return os.path.join(parent, close[0]) if close else ""
