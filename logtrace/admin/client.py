"""Asks the running daemon: the other end of `admin.server`, for the command line.

`ask` returns the document or raises `NotAnswering`, which says why nobody answered and what to do: there
is no state directory, no socket, nobody behind it, no right to use it, no answer in time.
"""

from __future__ import annotations

import errno
import grp
import http.client
import os
import pwd
import socket
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from logtrace.admin.document import Status
from logtrace.admin.server import NAME
from logtrace.errors import LogtraceError

TIMEOUT = 10.0
"""Seconds to wait for an answer: longer than the server waits for the pipeline."""

LONGEST = 64 * 2**20

START = "start it: systemctl start logtrace"


class NotAnswering(LogtraceError):
    """No daemon answers at the state directory.

    Attributes:
        place: where it was asked.
        what: why there is no answer.
        fix: what to do.
        running: False: no daemon runs there; None: that is not known.
    """

    def __init__(self, place: Path, what: str, fix: str, running: bool | None = None) -> None:
        self.place, self.what, self.fix, self.running = place, what, fix, running
        super().__init__(f"{place}: {what}; {fix}")


class _Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(os.fspath(self._path))


def ask(state: Path, files: int | None = None) -> bytes:
    """Return the document, as JSON, of the daemon with this state directory; raises NotAnswering.

    Args:
        state: the state directory.
        files: of how many files it is to tell details; None: of some.
    """
    path = state / NAME
    connection = _Connection(path)
    try:
        connection.request("GET", "/status" if files is None else f"/status?files={files}")
        response = connection.getresponse()
        body = response.read(LONGEST)
    except OSError as error:
        raise _explained(state, path, error) from error
    except http.client.HTTPException as error:
        what = f"what answers there is no logtrace ({type(error).__name__})"
        raise NotAnswering(path, what, "see with `ss -xlp` whose socket it is") from error
    finally:
        connection.close()
    if response.status != 200:
        said = body[:300].decode("utf-8", "replace").strip()
        raise NotAnswering(
            path,
            f"the daemon answers {response.status}: {said}",
            "is it of a much older or newer version?",
        )
    return body


def understand(state: Path, body: bytes) -> Status:
    """Return the document of a daemon of any version; raises NotAnswering if it is none."""
    try:
        return msgspec.json.decode(body, type=Status)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NotAnswering(
            state / NAME,
            f"the daemon's answer is not understood ({error})",
            "use the logtrace of the daemon's version, or --json",
        ) from error


def _explained(state: Path, path: Path, error: OSError) -> NotAnswering:
    """Return what is the matter, going by what is there."""
    number = error.errno
    if isinstance(error, TimeoutError):
        what = f"the daemon takes the question and does not answer within {TIMEOUT:g} s"
        return NotAnswering(path, what, "it may be stopped or stuck: see systemctl status logtrace")
    if number in (errno.EACCES, errno.EPERM):
        return NotAnswering(path, "this user may not ask the daemon", _right(state, path))
    if number == errno.ECONNREFUSED:
        what = "nobody listens: the daemon was killed or has crashed"
        return NotAnswering(path, what, START, False)
    if isinstance(error, BlockingIOError):
        what = "too many ask at the same time, or the daemon is stopped"
        return NotAnswering(path, what, "try again; see systemctl status logtrace")
    if number in (errno.ENOENT, errno.ENOTDIR):
        return _absent(state, path)
    if "too long" in str(error):
        what = "the path is too long for a unix socket, so no daemon can be asked there"
        return NotAnswering(path, what, "choose a shorter state.path")
    return NotAnswering(path, (error.strerror or str(error)).lower(), START)


def _absent(state: Path, path: Path) -> NotAnswering:
    try:
        there = state.is_dir()
    except PermissionError:
        return NotAnswering(state, "this user may not look into it", _right(state, path))
    if not there:
        what = "there is no such state directory: no daemon ever ran with it"
        fix = "is it the right one? see state.path, or give --state"
        return NotAnswering(state, what, fix, False)
    holder = _holder(state)
    if holder:
        what = f"process {holder} uses this state and cannot be asked"
        fix = "it is `run --once`, or of an older version, or its log says why, as admin_failed"
        return NotAnswering(path, what, fix)
    return NotAnswering(path, "no daemon runs with this state", START, False)


def _holder(state: Path) -> int:
    """Return the process that the state directory's lock names, if it runs and may be a logtrace."""
    try:
        pid = int((state / "lock").read_text())
        return pid if b"logtrace" in Path(f"/proc/{pid}/cmdline").read_bytes() else 0
    except (OSError, ValueError):
        return 0


def _right(state: Path, path: Path) -> str:
    """Return as whom to ask, going by the first thing that is in the way."""
    for place, wanted in ((path, stat.S_IWGRP), (state, stat.S_IXGRP)):
        try:
            status = place.stat()
        except OSError:
            continue
        who = ["root"]
        if status.st_uid:
            who.append(f"the user {_name(pwd.getpwuid, status.st_uid)}")
        if status.st_mode & wanted:
            who.append(f"a member of the group {_name(grp.getgrgid, status.st_gid)}")
        return f"ask as {' or '.join(who)}"
    return "ask as root, or as the user that the daemon runs as"


def _name(find: Callable[[int], Sequence[Any]], number: int) -> str:
    try:
        return str(find(number)[0])
    except KeyError:
        return str(number)
