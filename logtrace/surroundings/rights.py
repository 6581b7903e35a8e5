"""Who may read what: the rights of the user that logtrace runs as, and the command that gives them.

Called by `logfiles` and `state`. Root, who may read everything, checks for the service's user where
there is one. Rights are told from owner, group and mode; where a file has an ACL, or what is on the way
cannot be looked at, nothing is said. Changes nothing.
"""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

SERVICE_USER = "logtrace"
SERVICE_GROUPS = ("adm", "systemd-journal")
"""User and further groups of the service; a test holds them to systemd/logtrace.service."""

READ, WRITE, SEARCH = 4, 2, 1


@dataclass(frozen=True, slots=True)
class Denied:
    """What a user may not do.

    Attributes:
        path: the file, or the directory on the way to it, that is in the way.
        want: READ, WRITE or SEARCH, or several of them.
        owner, group, mode: of that path.
    """

    path: str
    want: int
    owner: str
    group: str
    mode: int

    @property
    def why(self) -> str:
        """Who may instead."""
        kind = "its directory " if self.want & SEARCH else ""
        name = self.path if kind else "it"
        return f"{kind}{name} belongs to {self.owner}:{self.group}, mode {self.mode:04o}"

    def cure(self, user: str) -> str:
        """Return the command that gives a user the right, and what to do then."""
        granted = self.mode >> 3 & self.want == self.want
        if granted and self.group not in ("root", "wheel"):
            command = f"usermod -aG {shlex.quote(self.group)} {shlex.quote(user)}"
            return f"run: {command}, and restart logtrace"
        letters = "".join(
            letter for letter, bit in (("r", READ), ("w", WRITE), ("x", SEARCH)) if self.want & bit
        )
        given = f"u:{shlex.quote(user)}:{letters}"
        command = f"run: setfacl -m {given} {shlex.quote(self.path)}"
        if self.want & SEARCH:
            return command
        directory = shlex.quote(os.path.dirname(self.path))
        return f"{command}, and for files to come: setfacl -d -m {given} {directory}"


@dataclass(frozen=True, slots=True)
class Reader:
    """A user whose rights are asked for.

    Attributes:
        name: of the user.
        uid: its number, and
        gids: those of its groups; None: the process's own rights count.
    """

    name: str
    uid: int
    gids: frozenset[int] | None = None

    @classmethod
    def current(cls) -> Reader:
        """Return the user of this process; for root that of the service, if there is one."""
        uid = os.geteuid()
        if uid == 0:
            with suppress(KeyError):
                entry = pwd.getpwnam(SERVICE_USER)
                gids = set(os.getgrouplist(entry.pw_name, entry.pw_gid))
                for group in SERVICE_GROUPS:
                    with suppress(KeyError):
                        gids.add(grp.getgrnam(group).gr_gid)
                return cls(entry.pw_name, entry.pw_uid, frozenset(gids))
        return cls(_user(uid), uid)

    def denied(self, path: str, want: int = READ) -> Denied | None:
        """Return what keeps the user from a file or directory, None if nothing is known to."""
        directories = [str(parent) for parent in reversed(PurePosixPath(path).parents)]
        for step, needed in (*((parent, SEARCH) for parent in directories), (path, want)):
            try:
                status = os.stat(step)
            except OSError:
                return None
            if not self._may(step, status, needed):
                mode = stat.S_IMODE(status.st_mode)
                return Denied(step, needed, _user(status.st_uid), _group(status.st_gid), mode)
        return None

    def _may(self, path: str, status: os.stat_result, want: int) -> bool:
        if self.gids is None:
            return os.access(path, want)
        if self.uid == 0 or _has_acl(path):
            return True
        shift = 6 if status.st_uid == self.uid else 3 if status.st_gid in self.gids else 0
        return status.st_mode >> shift & want == want


def _has_acl(path: str) -> bool:
    try:
        return bool(os.getxattr(path, "system.posix_acl_access"))
    except OSError:
        return False


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
