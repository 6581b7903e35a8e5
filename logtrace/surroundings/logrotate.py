"""Reads the configuration of logrotate: which files it rotates, and how.

Called by `rotation`. Never fails: what is not understood is passed over, what cannot be read is as if it
were not there, and no file makes it read without end. It is not logrotate: it knows just enough to tell
what happens to a log.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MAX_SIZE = 1 << 20
MAX_FILES = 1000
MAX_DEPTH = 8

_SCRIPTS = frozenset(("prerotate", "postrotate", "firstaction", "lastaction", "preremove"))
_NEGATIONS = {
    "nocompress": "compress",
    "nodelaycompress": "delaycompress",
    "nocopytruncate": "copytruncate",
    "nocopy": "copy",
    "noolddir": "olddir",
}
_TABOO = re.compile(r"(~|,v|\.(bak|cfsaved|disabled|dpkg-\w+|rhn-.*|rpm\w+|swp|ucf-\w+))$")
_NAME = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|((?:[^\s"'\\]|\\.)+))""")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Rotation:
    """One block of the configuration.

    Attributes:
        file: where it is written, and
        line: where in it the block begins.
        patterns: the logs that it is for, as shell patterns.
        directives: what holds for them, those outside any block included: argument by name.
    """

    file: str
    line: int
    patterns: tuple[str, ...]
    directives: dict[str, str]


def read(main: Path, directory: Path) -> list[Rotation]:
    """Return the blocks of logrotate's main file and of all files that it includes.

    Args:
        main: most often /etc/logrotate.conf.
        directory: /etc/logrotate.d, which is read though the main file may not include it.
    """
    reader = _Reader()
    reader.read(main, 0)
    reader.include(directory, 0)
    return reader.rotations


@dataclass(slots=True)
class _Reader:
    rotations: list[Rotation] = field(default_factory=list)
    common: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def include(self, path: Path, depth: int) -> None:
        """Read a file, or all files of a directory, that were not read yet."""
        try:
            inside = sorted(path.iterdir()) if path.is_dir() else [path]
        except (OSError, ValueError):
            return
        for each in inside:
            if each == path or not _TABOO.search(each.name):
                self.read(each, depth)

    def read(self, path: Path, depth: int) -> None:
        """Read one file."""
        if depth > MAX_DEPTH or len(self.seen) >= MAX_FILES or str(path) in self.seen:
            return
        self.seen.add(str(path))
        try:
            if not path.is_file() or path.stat().st_size > MAX_SIZE:
                return
            text = path.read_text("utf-8", "surrogateescape")
        except (OSError, ValueError):
            return
        self._lines(str(path), iter(enumerate(text.split("\n"), start=1)), depth)

    def _lines(self, file: str, lines: Iterator[tuple[int, str]], depth: int) -> None:
        for number, line in lines:
            stripped = line.strip()
            if stripped[:1] in ("/", '"', "'", "~"):
                names, rest = _names(stripped, lines)
                own = dict(self.common)
                self._block(rest, lines, own)
                self.rotations.append(Rotation(file, number, names, own))
                continue
            name, argument = _directive(stripped)
            if name == "include":
                self.include(Path(os.path.join(os.path.dirname(file), argument)), depth + 1)
            else:
                _apply(name, argument, lines, self.common)

    def _block(self, rest: str, lines: Iterator[tuple[int, str]], own: dict[str, str]) -> None:
        """Read up to the end of a block; `rest` is what stands behind its brace."""
        line = rest
        while True:
            stripped = line.strip()
            name, argument = _directive(stripped.rstrip("}"))
            _apply(name, argument, lines, own)
            if stripped.endswith("}") and not stripped.startswith("#"):
                return
            following = next(lines, None)
            if following is None:
                return
            line = following[1]


def _names(line: str, lines: Iterator[tuple[int, str]]) -> tuple[tuple[str, ...], str]:
    """Return the names before a block's brace, which may stand some lines below, and what follows it."""
    names: list[str] = []
    while True:
        index = 0
        while match := _NAME.match(line, index):
            bare = match[3]
            brace = bare.find("{") if bare is not None else -1
            if brace >= 0:
                if brace:
                    names.append(_plain(bare[:brace]))
                return tuple(names), line[match.start(3) + brace + 1 :]
            if bare is not None and bare.startswith("#"):
                break
            names.append(_plain(match[1] or match[2] or bare or ""))
            index = match.end()
        following = next(lines, None)
        if following is None:
            return tuple(names), ""
        line = following[1]


def _plain(name: str) -> str:
    return os.path.expanduser(_ESCAPED.sub(r"\1", name))


def _directive(line: str) -> tuple[str, str]:
    """Return name and argument of a line, both empty for a comment."""
    words = re.split(r"\s*=\s*|\s+", line.partition("#")[0].strip(), maxsplit=1)
    return words[0], words[1] if len(words) > 1 else ""


def _apply(name: str, argument: str, lines: Iterator[tuple[int, str]], own: dict[str, str]) -> None:
    """Note what a directive says; the script behind it, if it has one, is passed over."""
    if name in _SCRIPTS:
        for _, line in lines:
            if line.strip() == "endscript":
                break
    elif name in _NEGATIONS:
        own.pop(_NEGATIONS[name], None)
    elif name:
        own[name] = argument
