"""Warns of ways to rotate a log in which lines can be lost, or are read late.

Called by `look` with what logrotate's configuration says. Pure.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from logtrace.config.model import SourceConfig
from logtrace.errors import Mark, Problem, Severity
from logtrace.source.discovery import Glob
from logtrace.surroundings.logrotate import Rotation

_READABLE = ("gzip", "pigz", "bzip2", "pbzip2")


def rotation_warnings(
    source: SourceConfig, files: Sequence[str], rotations: Sequence[Rotation]
) -> Iterator[Problem]:
    """Yield a warning for each way in which logrotate handles a source's logs badly for a reader.

    Args:
        source: a configured source.
        files: the files of it that there are now.
        rotations: logrotate's blocks, in their order: the first for a file counts.
    """
    said: set[tuple[str, int]] = set()
    for path in (*source.path, *files):
        rotation = next((each for each in rotations if _is_for(each, path)), None)
        if rotation is None or (rotation.file, rotation.line) in said:
            continue
        said.add((rotation.file, rotation.line))
        for what, fix in _dangers(rotation, source):
            where = f"{path}: {rotation.file}:{rotation.line}: logrotate {what}"
            yield Problem(_mark(source), "path", where, fix, Severity.WARNING)


def _is_for(rotation: Rotation, path: str) -> bool:
    """Return whether a block names a log; a directory stands for the files in it."""
    for pattern in rotation.patterns:
        if pattern == path or os.path.dirname(path) == pattern.rstrip("/"):
            return True
        if pattern.startswith("/") and Glob(pattern).matches(path):
            return True
    return False


def _dangers(rotation: Rotation, source: SourceConfig) -> Iterator[tuple[str, str]]:
    """Yield what is dangerous about a block, and what to do about it."""
    directives = rotation.directives
    if "copytruncate" in directives:
        yield (
            "cuts it in place (copytruncate): what is written between its copy and the cut is lost",
            "write `create` instead, and have the application open its log anew in `postrotate`",
        )
    command = os.path.basename(directives.get("compresscmd", "gzip"))
    if "compress" in directives and command not in _READABLE:
        fix = "use gzip or bzip2, or `delaycompress` and a rotation that waits for logtrace"
        yield f"compresses it with {command}, which logtrace cannot read", fix
    elif "compress" in directives and "delaycompress" not in directives:
        yield (
            "compresses it at once: lines not read yet have to be sought in the archive",
            "add `delaycompress`",
        )
    olddir = directives.get("olddir")
    if olddir and source.olddir != olddir:
        what = f"moves it to {olddir}, where nobody looks for lines that are not read yet"
        yield what, f"add `olddir: {olddir}` to the source"


def _mark(source: SourceConfig) -> Mark:
    mark: Mark = getattr(source.path[0], "mark", source.mark)
    return mark
