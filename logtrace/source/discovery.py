"""Which files are there? Turns the configured globs into files, each once.

Called by `source.files`, once a second or after a directory event. Gives a `Found` for each regular
file that a source names and does not exclude; a file that has two names, or that two globs or sources
name, is found once, for the first source of the configuration, under a name that is not a symbolic
link if there is one. What is not there is no problem; what cannot be looked into, or is not a regular
file, is said once and looked at again the next time. Names are text with surrogate escapes, so any
bytes survive.
"""

from __future__ import annotations

import errno
import fnmatch
import os
import re
import stat
from collections.abc import Iterator, Sequence

import msgspec

from logtrace.config.model import SourceConfig
from logtrace.source.identity import number
from logtrace.telemetry import Telemetry

MAGIC = re.compile(r"[*?\[]")
"""What makes a part of a path a pattern."""

COMPRESSED = (".xz", ".zst", ".Z")
"""Names of files whose bytes are not lines, and that nothing here decompresses."""

KINDS = {
    stat.S_IFDIR: "directory",
    stat.S_IFIFO: "FIFO",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}

FIXES = {
    errno.EACCES: "give this user read access: add it to the group adm, or set an ACL",
    errno.EMFILE: "raise LimitNOFILE",
}
"""What to do about a file or directory that cannot be opened."""


class Found(msgspec.Struct, gc=False):
    """A file that a source names: its path as the glob gives it, and what stat says of it."""

    path: str
    source: str
    device: int
    inode: int
    size: int
    mtime: int


class Glob:
    """A path with `*`, `?`, `[…]` in its parts, and `**` for any number of directories.

    A part whose pattern is the literal name of something that exists names that, too. As in a shell
    `*` and `**` pass over hidden names. A relative path starts in the working directory.

    Attributes:
        visited: (directory, whether also below it) for each place the last search looked in.
        failures: why, for each directory that the last search could not look into.
    """

    def __init__(self, pattern: str) -> None:
        parts = os.path.abspath(pattern).split("/")[1:]
        if parts[-1] == "**":
            parts.append("*")
        self.visited: set[tuple[str, bool]] = set()
        self.failures: dict[str, OSError] = {}
        self._parts = [(part, self._matcher(part)) for part in parts]
        self._all_below = parts[-2:] == ["**", "*"]  # then directories are on the way, not meant

    @staticmethod
    def _matcher(part: str) -> re.Pattern[str] | None:
        if part == "**" or not MAGIC.search(part):
            return None
        hidden = "" if part.startswith(".") else r"(?!\.)"
        return re.compile(hidden + fnmatch.translate(part))

    def matches(self, path: str) -> bool:
        """Return whether the pattern names `path`, which need not exist."""
        return self._agrees(path.split("/")[1:], 0)

    def _agrees(self, names: Sequence[str], depth: int) -> bool:
        for at, name in enumerate(names):
            if depth == len(self._parts):
                return False
            part, matcher = self._parts[depth]
            if part == "**":
                rest = names[at:]
                return any(self._agrees(rest[skip:], depth + 1) for skip in range(len(rest)))
            if name != part and not (matcher and matcher.match(name)):
                return False
            depth += 1
        return depth == len(self._parts)

    def search(self) -> Iterator[tuple[bool, str]]:
        """Yield (whether it is a symbolic link, path) of what exists, perhaps more than once."""
        self.visited, self.failures = set(), {}
        yield from self._walk("/", 0)

    def _walk(self, base: str, depth: int) -> Iterator[tuple[bool, str]]:
        part, matcher = self._parts[depth]
        last = depth == len(self._parts) - 1
        if part == "**":
            self.visited.add((base, True))
            for directory in self._tree(base):
                yield from self._walk(directory, depth + 1)
            return
        literal = os.path.join(base, part)
        if self._exists(base, literal):
            if last:
                self.visited.add((base, False))
                yield os.path.islink(literal), literal
            else:
                yield from self._walk(literal, depth + 1)
        elif matcher is None:
            self.visited.add((base, False))
        if matcher is None:
            return
        self.visited.add((base, False))
        for entry in self._listing(base):
            if not matcher.match(entry.name):
                continue
            if last:
                if not (self._all_below and _is_directory(entry, follow=False)):
                    yield entry.is_symlink(), entry.path
            elif _is_directory(entry, follow=True):
                yield from self._walk(entry.path, depth + 1)

    def _tree(self, base: str) -> Iterator[str]:
        """Yield `base` and the directories below it, however deep; symbolic links end it."""
        waiting = [base]
        while waiting:
            directory = waiting.pop()
            yield directory
            waiting += [
                entry.path
                for entry in self._listing(directory)
                if not entry.name.startswith(".") and _is_directory(entry, follow=False)
            ]

    def _exists(self, base: str, path: str) -> bool:
        try:
            os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            self.failures[base] = error
            return False
        return True

    def _listing(self, directory: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(directory) as entries:
                return list(entries)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self.failures[directory] = error
            return []


def _is_directory(entry: os.DirEntry[str], follow: bool) -> bool:
    try:
        return entry.is_dir(follow_symlinks=follow)
    except OSError:  # a link that leads in a circle
        return False


class Sought:
    """What one source names."""

    def __init__(self, source: SourceConfig) -> None:
        self.name = source.name
        self.globs = [Glob(path) for path in source.path]
        # a bare `*.gz` is meant for any directory: the working directory of a daemon means nothing
        self.excludes = [Glob(path if "/" in path else f"/**/{path}") for path in source.exclude]

    def names(self, path: str) -> bool:
        """Return whether a pattern of the source names a path."""
        return any(glob.matches(path) for glob in self.globs)

    def excluded(self, path: str) -> bool:
        """Return whether the source leaves a path out, whatever its patterns say."""
        return any(exclude.matches(path) for exclude in self.excludes)


class Discovery:
    """The files of all sources.

    Attributes:
        places: (directory, whether also below it) for each place the last scan looked in.
    """

    def __init__(self, sources: Sequence[SourceConfig], telemetry: Telemetry) -> None:
        self._sought = [Sought(source) for source in sources]
        self._telemetry = telemetry
        self._said: dict[str, str] = {}
        self.places: set[tuple[str, bool]] = set()

    def scan(self) -> list[Found]:
        """Return every file there is now, in the order of sources and, within one, of names."""
        found: dict[tuple[int, int], Found] = {}
        troubles: dict[str, str] = {}
        for sought in self._sought:
            for _, path in sorted(self._named(sought, troubles)):
                if sought.excluded(path):
                    continue
                status = self._status(path, troubles)
                if status is not None:
                    key = number(status)
                    if key not in found:
                        found[key] = Found(
                            path, sought.name, *key, status.st_size, status.st_mtime_ns
                        )
        self._said = troubles
        places = {
            place for sought in self._sought for glob in sought.globs for place in glob.visited
        }
        self.places = {place for place in places if os.path.isdir(place[0])}
        return list(found.values())

    def _named(self, sought: Sought, troubles: dict[str, str]) -> set[tuple[bool, str]]:
        named: set[tuple[bool, str]] = set()
        for glob in sought.globs:
            named.update(glob.search())
            for directory, error in glob.failures.items():
                self._fail(directory, error, troubles)
        return named

    def _status(self, path: str, troubles: dict[str, str]) -> os.stat_result | None:
        """Return what stat says of a file that can be read line by line, None of anything else."""
        try:
            status = os.stat(path)
        except FileNotFoundError:
            return None  # gone since it was listed, or a link to nowhere
        except OSError as error:
            self._fail(path, error, troubles)
            return None
        kind = "compressed file" if path.endswith(COMPRESSED) else None
        kind = KINDS.get(stat.S_IFMT(status.st_mode), kind)
        if kind is None:
            return status
        troubles[path] = kind
        if self._said.get(path) != kind:
            self._telemetry.file_skipped(path, kind)
        return None

    def _fail(self, path: str, error: OSError, troubles: dict[str, str]) -> None:
        troubles[path] = reason = error.strerror or str(error)
        if self._said.get(path) != reason:
            self._telemetry.file_failed(path, reason, FIXES.get(error.errno or 0, ""))
