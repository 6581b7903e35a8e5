"""The state directory: can the ledger be kept there.

Called by `look`. Creates nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from logtrace.errors import Mark, Problem, Severity
from logtrace.surroundings.rights import SEARCH, WRITE, Reader

LEAST_ROOM = 64 << 20
"""Bytes that should be free: positions of many files, notes, and the quarantine."""

_NETWORK = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "fuse.sshfs", "fuse.glusterfs")
)
_MOUNTS = Path("/proc/self/mountinfo")


def state_warnings(
    directory: Path, mark: Mark, reader: Reader, mounts: Path = _MOUNTS
) -> Iterator[Problem]:
    """Yield what is wrong with the directory, which need not exist yet.

    Args:
        directory: where the ledger is, or will be.
        mark: where it is configured.
        reader: the user that has to write it.
        mounts: the kernel's list of file systems.
    """
    existing = next(place for place in (directory, *directory.parents) if os.path.exists(place))

    def warn(what: str, fix: str) -> Problem:
        return Problem(mark, "state.path", f"{directory}: {what}", fix, Severity.WARNING)

    if not existing.is_dir():
        yield warn(f"{existing} is a file", "name another directory")
        return
    denied = reader.denied(str(existing), WRITE | SEARCH)
    if denied is not None:
        fix = f"run: install -d -m 700 -o {reader.name} {directory}, or name another directory"
        yield warn(f"user {reader.name} cannot write to {existing}: {denied.why}", fix)
    free = os.statvfs(existing)
    room = free.f_bavail * free.f_frsize
    if room < LEAST_ROOM:
        yield warn(f"only {room >> 20} MiB are free there", "make room, or name another directory")
    kind = _file_system(existing, mounts)
    if kind in _NETWORK:
        what = f"is on a network file system ({kind}), where its database can be damaged"
        yield warn(what, "name a directory on a disk of this machine")


def _file_system(path: Path, mounts: Path) -> str:
    """Return the type of the file system that a path is on, "" where it cannot be told."""
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    resolved = os.path.realpath(path)
    for line in lines:
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        point = fields[4].replace("\\040", " ") if len(fields) > 4 else ""
        inside = point == "/" or resolved == point or resolved.startswith(point + "/")
        if point and inside and len(point) >= len(best):
            best, kind = point, right.split(" ")[0]
    return kind
