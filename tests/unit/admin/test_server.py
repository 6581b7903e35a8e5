"""The socket of the daemon: whoever connects gets an answer or is hung up on, and harms nobody."""

import contextlib
import os
import selectors
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace.admin import request
from logtrace.admin.server import CONNECTIONS, NAME, PATIENCE, AdminServer
from logtrace.clock import SECOND
from tests.support.clock import FakeClock
from tests.support.log import recording_telemetry


class Answers:
    """What the board would say.

    Attributes:
        asked: (files, patient) of each question.
        ready: whether an answer is there.
        body: the answer.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[int, bool]] = []
        self.ready, self.body = True, b'{"running":true}'

    def __call__(self, files: int, patient: bool) -> bytes | None:
        self.asked.append((files, patient))
        if files == 13:
            raise ValueError("thirteen")
        return self.body if self.ready or not patient else None


@pytest.fixture
def answers() -> Answers:
    """The answers."""
    return Answers()


@pytest.fixture
def clock() -> FakeClock:
    """A clock turned by hand."""
    return FakeClock()


@pytest.fixture
def admin(tmp_path: Path, answers: Answers, clock: FakeClock) -> Iterator[AdminServer]:
    """A server that answers."""
    admin = AdminServer(tmp_path / NAME, answers, clock, recording_telemetry()[0])
    assert admin.start()
    yield admin
    admin.stop()


@contextlib.contextmanager
def connected(admin: AdminServer) -> Iterator[socket.socket]:
    """Connect; a test that gets no answer fails rather than hangs."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(30)
        link.connect(os.fspath(admin.path))
        yield link


def said(link: socket.socket) -> bytes:
    """Return everything until the other side hangs up."""
    pieces = []
    with contextlib.suppress(ConnectionResetError):
        while piece := link.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def ask(admin: AdminServer, wanted: bytes) -> tuple[int, bytes]:
    """Send something; return the status, 0 without one, and the body."""
    with connected(admin) as link:
        link.sendall(wanted)
        head, _, body = said(link).partition(b"\r\n\r\n")
        return (int(head.split()[1]) if head else 0), body


def test_the_document_is_what_is_asked_for(admin: AdminServer, answers: Answers) -> None:
    """GET /status gives the document, in one piece, and ends the connection."""
    assert (200, answers.body) == ask(admin, b"GET /status HTTP/1.1\r\nHost: x\r\n\r\n")
    assert [(20, True)] == answers.asked


def test_more_files_may_be_asked_for(admin: AdminServer, answers: Answers) -> None:
    """`files` is handed on."""
    ask(admin, b"GET /status?files=500 HTTP/1.0\n\n")
    assert 500 == answers.asked[0][0]


def test_head_has_no_body(admin: AdminServer) -> None:
    """HEAD gives the length of the document and nothing of it."""
    with connected(admin) as link:
        link.sendall(b"HEAD /status HTTP/1.1\r\n\r\n")
        reply = said(link)
    assert b"Content-Length: 16\r\n" in reply
    assert reply.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("said_", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 404),
        (b"\x16\x03\x01\x02\x00\n\n", 400),
        (b"\0" * (request.LONGEST + 1), 431),
        (b"GET /status?files=13 HTTP/1.1\r\n\r\n", 500),
    ],
)
def test_anything_else_is_answered_with_what_is_wrong(
    admin: AdminServer, said_: bytes, status: int
) -> None:
    """Garbage too, and a mistake of ours; the next one is served as if nothing had been."""
    assert status == ask(admin, said_)[0]
    assert 200 == ask(admin, b"GET /status HTTP/1.1\r\n\r\n")[0]


def test_a_request_may_come_in_pieces(admin: AdminServer) -> None:
    """What is asked is understood when all of it is there."""
    with connected(admin) as link:
        for piece in (b"GET /sta", b"tus HTTP/1.1\r\n", b"Host: x\r\n", b"\r\n"):
            link.sendall(piece)
        assert said(link).startswith(b"HTTP/1.1 200 ")


def test_who_says_nothing_is_hung_up_on_and_keeps_nobody_waiting(
    admin: AdminServer, clock: FakeClock
) -> None:
    """Others are served at once; after its time the silent one is gone."""
    with connected(admin) as silent:
        assert 200 == ask(admin, b"GET /status HTTP/1.1\r\n\r\n")[0]
        clock.advance(PATIENCE)
        assert 200 == ask(admin, b"GET /status HTTP/1.1\r\n\r\n")[0]
        assert b"" == said(silent)


def test_who_dawdles_is_hung_up_on(admin: AdminServer, clock: FakeClock) -> None:
    """A byte now and then does not extend the time."""
    with connected(admin) as slow:
        slow.sendall(b"GET /st")
        ask(admin, b"GET /status HTTP/1.1\r\n\r\n")
        clock.advance(PATIENCE)
        slow.sendall(b"a")
        ask(admin, b"GET /status HTTP/1.1\r\n\r\n")
        assert b"" == said(slow)


def test_who_does_not_take_the_answer_is_hung_up_on(
    admin: AdminServer, answers: Answers, clock: FakeClock
) -> None:
    """The others get theirs, however much is left of it."""
    answers.body = b"x" * 2**22
    with connected(admin) as deaf:
        deaf.sendall(b"GET /status HTTP/1.1\r\n\r\n")
        assert len(answers.body) == len(ask(admin, b"GET /status HTTP/1.1\r\n\r\n")[1])
        clock.advance(PATIENCE)
        ask(admin, b"GET / HTTP/1.1\r\n\r\n")
        assert len(said(deaf)) < len(answers.body)


def test_who_leaves_in_the_middle_leaves_no_trace(admin: AdminServer) -> None:
    """A client that closes, before or after it asked, is forgotten."""
    for begun in (b"", b"GET /sta", b"GET /status HTTP/1.1\r\n\r\n"):
        with connected(admin) as link:
            link.sendall(begun)
    assert 200 == ask(admin, b"GET /status HTTP/1.1\r\n\r\n")[0]


def test_a_crowd_waits_outside(admin: AdminServer, clock: FakeClock) -> None:
    """No more than some are looked after at a time; the next is served when one of them is gone."""
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(connected(admin))
        late = stack.enter_context(connected(admin))
        late.sendall(b"GET /status HTTP/1.1\r\n\r\n")
        late.settimeout(0.05)
        with pytest.raises(TimeoutError):
            late.recv(1)
        late.settimeout(30)
        clock.advance(PATIENCE)
        admin._waker.send(b"\0")
        assert said(late).startswith(b"HTTP/1.1 200 ")


def test_an_answer_that_takes_a_moment_is_waited_for(
    admin: AdminServer, answers: Answers, clock: FakeClock
) -> None:
    """Asked again and again, at last without patience; nobody else waits for it."""
    answers.ready = False
    with connected(admin) as link:
        link.sendall(b"GET /status?files=7 HTTP/1.1\r\n\r\n")
        assert 404 == ask(admin, b"GET / HTTP/1.1\r\n\r\n")[0]
        clock.advance(PATIENCE - 1)
        assert said(link).startswith(b"HTTP/1.1 200 ")
    assert {(7, True), (7, False)} == set(answers.asked)


def test_who_goes_on_talking_is_not_listened_to(admin: AdminServer, answers: Answers) -> None:
    """What comes behind a request stays where it is: it costs the daemon nothing."""
    answers.ready = False
    with connected(admin) as link:
        link.sendall(b"GET /status HTTP/1.1\r\n\r\n")
        ask(admin, b"GET / HTTP/1.1\r\n\r\n")
        link.setblocking(False)
        for size in (65536, 1):
            with contextlib.suppress(BlockingIOError):
                while True:
                    link.send(b"x" * size)
        for _ in range(50):  # rounds, each of which would read some of it
            ask(admin, b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(BlockingIOError):
            link.send(b"x")


# ── life ──────────────────────────────────────────────────────────────────────────────────────────


def test_only_user_and_group_may_ask(admin: AdminServer) -> None:
    """The socket is closed to others, whatever the umask."""
    assert 0o660 == stat.S_IMODE(admin.path.lstat().st_mode)


def test_a_stale_socket_is_replaced(tmp_path: Path, answers: Answers) -> None:
    """What a killed daemon left is no obstacle."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(os.fspath(tmp_path / NAME))
    admin = AdminServer(tmp_path / NAME, answers, FakeClock(), recording_telemetry()[0])
    assert admin.start()
    assert 200 == ask(admin, b"GET /status HTTP/1.1\r\n\r\n")[0]
    admin.stop()
    assert [] == list(tmp_path.iterdir())


def test_the_socket_of_another_is_left_alone(admin: AdminServer) -> None:
    """At the end only the own one is taken away."""
    admin.path.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(os.fspath(admin.path))
        admin.stop()
        assert admin.path.is_socket()


@pytest.mark.parametrize("obstacle", ["file", "directory", "long", "absent"])
def test_what_cannot_be_is_said_and_harmless(
    tmp_path: Path, answers: Answers, obstacle: str
) -> None:
    """No socket, one warning with the fix; nothing is raised, nothing taken away, stop does nothing."""
    telemetry, log = recording_telemetry()
    directory = tmp_path / ("x" * 110 if obstacle in ("long", "absent") else "state")
    if obstacle != "absent":
        directory.mkdir()
    if obstacle == "file":
        (directory / NAME).write_text("precious")
    if obstacle == "directory":
        (directory / NAME).mkdir()
    before = sorted(directory.glob("*"))
    admin = AdminServer(directory / NAME, answers, FakeClock(), telemetry)

    assert not admin.start()
    admin.stop()
    assert before == sorted(directory.glob("*"))
    (failed,) = log.named("admin_failed")
    assert failed["fix"]


@pytest.mark.parametrize("lacking", ["socketpair", "selector", "thread"])
def test_what_runs_out_while_it_starts_is_said_and_harmless(
    tmp_path: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    """No descriptor or no thread is left: there is no socket, and nothing stays open."""

    def fail(*_: object) -> None:
        raise RuntimeError("can't start new thread") if lacking == "thread" else OSError(24, "none")

    target, name = {
        "socketpair": (socket, "socketpair"),
        "selector": (selectors.DefaultSelector, "__init__"),
        "thread": (threading.Thread, "start"),
    }[lacking]
    telemetry, log = recording_telemetry()
    admin = AdminServer(tmp_path / NAME, answers, FakeClock(), telemetry)
    before = os.listdir("/proc/self/fd")

    with monkeypatch.context() as patch:
        patch.setattr(target, name, fail)
        assert not admin.start()
    admin.stop()
    assert [] == [*tmp_path.iterdir()]
    assert before == os.listdir("/proc/self/fd")
    (failed,) = log.named("admin_failed")
    assert failed["fix"]


def test_the_end_ends_connections(admin: AdminServer) -> None:
    """Who is still connected is hung up on, the thread ends."""
    with connected(admin) as link:
        ask(admin, b"GET / HTTP/1.1\r\n\r\n")
        admin.stop()
        assert b"" == said(link)
    assert not admin._thread.is_alive()


def test_running_out_of_descriptors_is_weathered(
    admin: AdminServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failing accept is tried again after a second, not at once for ever."""
    tried = threading.Semaphore(0)

    def fail(_self: socket.socket) -> None:
        tried.release()
        raise OSError(24, "Too many open files")

    with connected(admin) as first, monkeypatch.context() as patch:
        first.sendall(b"GET / HTTP/1.1\r\n\r\n")
        said(first)
        patch.setattr(socket.socket, "accept", fail)
        with connected(admin) as link:
            assert tried.acquire(timeout=30)
            assert not tried.acquire(timeout=0.05)
            patch.undo()
            link.sendall(b"GET /status HTTP/1.1\r\n\r\n")
            clock.advance(SECOND)
            admin._waker.send(b"\0")
            assert said(link).startswith(b"HTTP/1.1 200 ")
