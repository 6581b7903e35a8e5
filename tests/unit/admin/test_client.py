"""Nobody answers: why, and what to do. (That somebody does: tests/scenarios/test_status.py.)"""

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace.admin import client
from logtrace.admin.client import NotAnswering, ask, understand
from logtrace.admin.server import NAME, AdminServer
from tests.support.clock import FakeClock
from tests.support.log import recording_telemetry

as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may connect to everything")


def refusal(state: Path) -> NotAnswering:
    """Return why nobody answers."""
    with pytest.raises(NotAnswering) as raised:
        ask(state)
    assert raised.value.what
    assert raised.value.fix
    assert 1 == raised.value.exit_code
    return raised.value


@contextlib.contextmanager
def answering(state: Path, answer: bytes) -> Iterator[None]:
    """Listen as another program would, and answer one client so."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(state / NAME))
        listener.listen()

        def serve() -> None:
            link, _ = listener.accept()
            with link:
                link.recv(65536)
                link.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


def test_the_answer_is_the_document(tmp_path: Path) -> None:
    """As the server gives it; a number of files is handed on."""
    asked = []

    def answer(files: int, _patient: bool) -> bytes:
        asked.append(files)
        return b'{"running": true}'

    admin = AdminServer(tmp_path / NAME, answer, FakeClock(), recording_telemetry()[0])
    admin.start()
    assert b'{"running": true}' == ask(tmp_path) == ask(tmp_path, 77)
    admin.stop()
    assert [20, 77] == asked


def test_no_state_directory(tmp_path: Path) -> None:
    """A mistyped one, most often."""
    error = refusal(tmp_path / "none")
    assert "there is no such state directory" in error.what
    assert "--state" in error.fix


def test_a_file_in_the_place_of_the_directory(tmp_path: Path) -> None:
    """Likewise."""
    (tmp_path / "file").touch()
    assert "there is no such state directory" in refusal(tmp_path / "file").what


def test_no_socket(tmp_path: Path) -> None:
    """The daemon is stopped."""
    error = refusal(tmp_path)
    assert ("no daemon runs with this state", False) == (error.what, error.running)
    assert "systemctl start" in error.fix


def test_no_socket_but_somebody_holds_the_state(tmp_path: Path) -> None:
    """`run --once`, or a daemon that could not make its socket: its process is named."""
    words = [sys.executable, "-c", "print(flush=True); input()", "logtrace"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()  # before that the process has no command line yet
        (tmp_path / "lock").write_text(f"{holder.pid}\n")
        what = refusal(tmp_path).what
        holder.communicate(b"\n")
    assert f"process {holder.pid} uses this state" in what


@pytest.mark.parametrize("pid", ["1", "99999999", "", "garbage\xff", "-1"])
def test_a_lock_that_names_nobody(tmp_path: Path, pid: str) -> None:
    """A process that ended, or another program's: no daemon."""
    (tmp_path / "lock").write_text(pid)
    assert "no daemon runs with this state" == refusal(tmp_path).what


def test_a_stale_socket(tmp_path: Path) -> None:
    """Left by a daemon that was killed."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(os.fspath(tmp_path / NAME))
    assert "killed" in refusal(tmp_path).what


def test_a_path_that_is_too_long(tmp_path: Path) -> None:
    """It is said that this cannot work."""
    long = tmp_path / ("x" * 120)
    long.mkdir()
    assert "too long" in refusal(long).what


def test_nobody_answers_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that is stopped, or hangs wholly."""
    monkeypatch.setattr(client, "TIMEOUT", 0.1)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(tmp_path / NAME))
        listener.listen()
        error = refusal(tmp_path)
    assert "does not answer within 0.1 s" in error.what
    assert error.running is None


def test_a_crowd_before_the_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel takes no more connections."""
    monkeypatch.setattr(client, "TIMEOUT", 0.1)
    with socket.socket(socket.AF_UNIX) as listener, contextlib.ExitStack() as stack:
        listener.bind(os.fspath(tmp_path / NAME))
        listener.listen(0)
        waiting = stack.enter_context(socket.socket(socket.AF_UNIX))
        waiting.connect(os.fspath(tmp_path / NAME))
        assert "too many ask" in refusal(tmp_path).what


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"", "closed connection without response"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "is no logtrace (BadStatusLine)"),
        (b"\xff" * 100_000, "is no logtrace (LineTooLong)"),
    ],
)
def test_another_program_at_the_socket(tmp_path: Path, answer: bytes, expected: str) -> None:
    """It is said that this is no logtrace, or that it hung up."""
    with answering(tmp_path, answer):
        assert expected in refusal(tmp_path).what


def test_an_answer_that_is_no_yes(tmp_path: Path) -> None:
    """With what it said, as it said it: whoever prints it makes it harmless."""
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\nno\x1b[2J"
    with answering(tmp_path, answer):
        assert "404: no\x1b[2J" in refusal(tmp_path).what


@as_user
def test_no_right_to_ask(tmp_path: Path) -> None:
    """As whom to ask is said, going by who owns the socket."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(tmp_path / NAME))
        listener.listen()
        (tmp_path / NAME).chmod(0o060)
        assert refusal(tmp_path).fix.startswith("ask as root")


def test_as_whom_to_ask(tmp_path: Path) -> None:
    """The group only where its members may."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(tmp_path / NAME))
        error = PermissionError(13, "Permission denied")
        (tmp_path / NAME).chmod(0o660)
        open_to_group = client._explained(tmp_path, tmp_path / NAME, error)
        (tmp_path / NAME).chmod(0o600)
        closed = client._explained(tmp_path, tmp_path / NAME, error)
    assert "this user may not ask the daemon" == open_to_group.what
    assert " or a member of the group " in open_to_group.fix
    assert "group" not in closed.fix


def test_a_user_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number stands for it."""

    def unknown(_number: int) -> object:
        raise KeyError

    monkeypatch.setattr(client.pwd, "getpwuid", unknown)
    monkeypatch.setattr(client.grp, "getgrgid", unknown)
    tmp_path.chmod(0o710)
    expected = f"a member of the group {tmp_path.stat().st_gid}"
    assert client._right(tmp_path, tmp_path / NAME).endswith(expected)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"pid": "x"}', b"\xff", b"[" * 100_000])
def test_a_document_that_is_none(tmp_path: Path, body: bytes) -> None:
    """It is said what to do; nothing is raised but that."""
    with pytest.raises(NotAnswering, match="is not understood"):
        understand(tmp_path, body)
