"""Answers `GET /status` on a unix socket in the state directory: HTTP, one thread, no more than that.

Started by `logtrace.daemon` once the state directory is locked, so a socket that stands there already
is one that a killed daemon left. Whoever may connect is trusted with what the answer holds, and with
nothing else: requests are read up to `request.LONGEST` bytes and for `PATIENCE`, at most `CONNECTIONS`
at a time, and no connection waits for another. What cannot be served is a warning; the daemon goes on.

Not built on http.server: that needs a thread for each connection, and costs the daemon 15 ms of imports.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path

from logtrace.admin import request
from logtrace.admin.request import Asked, Refused
from logtrace.clock import MILLISECOND, SECOND, Clock
from logtrace.telemetry import Telemetry

NAME = "logtrace.sock"
MODE = 0o660
LONGEST_PATH = 107
"""Bytes of a unix socket's path, by the kernel's word."""

CONNECTIONS = 8
BACKLOG = 64
"""Connections that wait to be looked after; one more is refused."""

PATIENCE = 3 * SECOND
"""How long a client may take to ask, and to take the answer; and how long an answer may take to come."""

TICK = 50 * MILLISECOND
"""How often is looked whether an answer has come."""

Answer = Callable[[int, bool], bytes | None]


class _Client:
    """One connection.

    Attributes:
        said: what came so far.
        asked: what it wants, once that is understood.
        answer: what is still to be sent.
        until: monotonic time at which it is hung up on.
    """

    def __init__(self, link: socket.socket, until: int) -> None:
        self.link, self.until = link, until
        self.said = self.answer = b""
        self.asked: Asked | None = None


class AdminServer:
    """The socket and its thread."""

    def __init__(self, path: Path, answer: Answer, clock: Clock, telemetry: Telemetry) -> None:
        """Takes nothing yet.

        Args:
            path: where the socket is to be.
            answer: gives the document; see `board.Board.answer`.
            clock: tells when a client has had its time.
            telemetry: is told what goes wrong.
        """
        self.path = path
        self._answer, self._clock, self._telemetry = answer, clock, telemetry
        self._listener: socket.socket | None = None
        self._place: tuple[int, int] | None = None
        self._clients: dict[socket.socket, _Client] = {}
        self._accepting = False
        self._rest_until = 0
        self._stopping = False

    # ── life ──────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> bool:
        """Listen, and answer from now on; return whether that worked: if not, it is said."""
        try:
            with contextlib.ExitStack() as undo:
                self._listener = self._listen()
                undo.callback(self._unlisten)
                self._waker, self._woken = socket.socketpair()
                undo.callback(self._waker.close)
                undo.callback(self._woken.close)
                self._selector = undo.enter_context(selectors.DefaultSelector())
                self._selector.register(self._woken, selectors.EVENT_READ)
                self._thread = threading.Thread(target=self._run, name="admin", daemon=True)
                self._thread.start()
                undo.pop_all()
        except (OSError, RuntimeError) as error:  # RuntimeError: there can be no more threads
            words = (getattr(error, "strerror", None) or str(error)).lower()
            self._telemetry.admin_failed(str(self.path), words, _fix(self.path))
            return False
        return True

    def stop(self) -> None:
        """Hang up, and take the socket away if it is still this one."""
        if self._listener is None:
            return
        self._stopping = True
        with contextlib.suppress(OSError):
            self._waker.send(b"\0")
        self._thread.join(PATIENCE / SECOND)
        self._unlisten()

    def _unlisten(self) -> None:
        """Take the socket away, if it is this one, and close what listens on it."""
        if self._listener is None:
            return
        with contextlib.suppress(OSError):
            if _place(self.path) == self._place:
                self.path.unlink()
        self._listener.close()
        self._listener = None

    def _listen(self) -> socket.socket:
        """Return the listening socket; nobody can reach it by its name before its mode is right."""
        if len(os.fsencode(self.path)) > LONGEST_PATH - len(".new"):
            raise OSError(0, "the path is too long for a unix socket")
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISSOCK(self.path.lstat().st_mode):
                raise OSError(0, "something that is no socket stands there")
        fresh = self.path.with_name(f"{NAME}.new")
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.setblocking(False)
            listener.bind(os.fspath(fresh))
            fresh.chmod(MODE)
            listener.listen(BACKLOG)
            fresh.rename(self.path)
            self._place = _place(self.path)
        except OSError:
            listener.close()
            raise
        return listener

    # ── the thread ────────────────────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._round()
        except Exception as error:  # noqa: BLE001  # the daemon must not end for this
            self._telemetry.admin_failed(str(self.path), repr(error), "restart to ask it again")
        finally:
            for client in list(self._clients.values()):
                self._hang_up(client)
            for each in (self._selector, self._waker, self._woken):
                each.close()

    def _round(self) -> None:
        self._accept_or_not()
        for key, _ in self._selector.select(self._timeout()):
            if key.fileobj is self._listener:
                self._accept()
            elif client := self._clients.get(key.fileobj):  # type: ignore[call-overload]
                self._guarded(client, self._talk)
        now = self._clock.monotonic()
        for client in list(self._clients.values()):
            if client.asked and not client.answer:
                self._guarded(client, self._try_to_answer)
            if now >= client.until and client.link in self._clients:
                self._hang_up(client)

    def _timeout(self) -> float | None:
        """Return the seconds until there is something to do even if nobody says anything."""
        if not self._clients and not self._rest_until:
            return None
        if any(client.asked and not client.answer for client in self._clients.values()):
            return TICK / SECOND
        now = self._clock.monotonic()
        dues = [client.until for client in self._clients.values()]
        dues += [self._rest_until] if self._rest_until else []
        return max(0, min(dues) - now) / SECOND

    def _accept_or_not(self) -> None:
        """Have the listener watched only while another client may come."""
        assert self._listener is not None
        if self._rest_until and self._clock.monotonic() >= self._rest_until:
            self._rest_until = 0
        wanted = len(self._clients) < CONNECTIONS and not self._rest_until
        if wanted and not self._accepting:
            self._selector.register(self._listener, selectors.EVENT_READ)
        elif self._accepting and not wanted:
            self._selector.unregister(self._listener)
        self._accepting = wanted

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            link, _ = self._listener.accept()
        except BlockingIOError:
            return
        except OSError:  # no descriptors left: the listener would say so again and again
            self._rest_until = self._clock.monotonic() + SECOND
            return
        link.setblocking(False)
        client = _Client(link, self._clock.monotonic() + PATIENCE)
        self._clients[link] = client
        self._watch(client, selectors.EVENT_READ)

    def _guarded(self, client: _Client, step: Callable[[_Client], None]) -> None:
        """Do something for a client; whatever goes wrong is wrong with that one only."""
        try:
            step(client)
        except BlockingIOError:
            pass
        except Exception:  # noqa: BLE001  # what one client can bring about ends at that client
            self._hang_up(client)

    def _watch(self, client: _Client, events: int) -> None:
        """Have a client watched for these events only; 0: not at all."""
        with contextlib.suppress(KeyError):
            self._selector.unregister(client.link)
        if events:
            self._selector.register(client.link, events)

    def _hang_up(self, client: _Client) -> None:
        if self._clients.pop(client.link, None) is not None:
            self._watch(client, 0)
            client.link.close()

    # ── one client ────────────────────────────────────────────────────────────────────────────────

    def _talk(self, client: _Client) -> None:
        """Read on, or send on."""
        if client.answer:
            client.answer = client.answer[client.link.send(client.answer) :]
            if not client.answer:
                self._hang_up(client)
            return
        data = client.link.recv(request.LONGEST)
        if not data:
            self._hang_up(client)
            return
        client.said += data
        wanted = request.understand(client.said)
        if isinstance(wanted, Refused):
            self._reply(client, request.refusal(*wanted))
        elif wanted is not None:
            client.asked = wanted
            self._watch(client, 0)  # what else it says does not matter
            self._try_to_answer(client)

    def _try_to_answer(self, client: _Client) -> None:
        """Answer a client that has asked, if the answer is there or it has waited for long enough."""
        assert client.asked is not None
        patient = self._clock.monotonic() < client.until - SECOND // 2
        try:
            document = self._answer(client.asked.files, patient)
        except Exception as error:  # noqa: BLE001  # said to the one who asked
            self._reply(client, request.refusal(500, repr(error)))
            return
        if document is not None:
            self._reply(client, request.answer(document, client.asked.body))

    def _reply(self, client: _Client, answer: bytes) -> None:
        client.answer = answer
        client.until = self._clock.monotonic() + PATIENCE
        self._watch(client, selectors.EVENT_WRITE)


def _place(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_dev, status.st_ino


def _fix(path: Path) -> str:
    if len(os.fsencode(path)) > LONGEST_PATH - len(".new"):
        return f"a state directory of at most {LONGEST_PATH - len(NAME) - 5} bytes is needed for it"
    return "logtrace status cannot ask this daemon until that is mended"
