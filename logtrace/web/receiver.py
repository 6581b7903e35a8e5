"""A local stand-in for the Agent's trace intake: HTTP server, routes, and what it remembers.

Used by `logtrace receive`, `logtrace demo` and the tests. It answers as the Agent does, is strict where
the Agent is (`decoder.py`, `strict.py`), and hands what became of each payload to a callback. `answer`
is the whole protocol without a socket; the rest only moves bytes.

Promise: loopback pages show nothing to other web sites (foreign Host headers and cross-site requests
are refused), memory is bounded, no request ends a thread with an exception. Threads: one that accepts,
one for each connection, all ended by `stop`.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.server
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

import logtrace
from logtrace.clock import MILLISECOND, SECOND, Clock, SystemClock
from logtrace.errors import AddressError
from logtrace.model import Span
from logtrace.web import page, strict
from logtrace.web.decoder import PATHS, Refused, decode
from logtrace.web.recent import Recent

MAX_REQUEST_BYTES = 25 * 2**20
"""The Agent's own default."""

READ_TIMEOUT = 5 * SECOND
"""For a request that stalls, and for an idle connection; the Agent's own default too."""

MAX_CONNECTIONS = 50

_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request; names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One payload and what became of it.

    Attributes:
        traces: as they came.
        verdict: what the Agent makes of them.
        refused: why the whole payload was refused; "" if it was not.
    """

    traces: list[list[Span]] = field(default_factory=list)
    verdict: strict.Verdict = field(default_factory=strict.Verdict)
    refused: str = ""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address; port 0: any that is free.

    Raises:
        AddressError: the address is taken, not of this machine, or not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        words = (getattr(error, "strerror", None) or str(error)).lower()
        fix = "choose another with --port" if getattr(error, "errno", 0) == errno.EADDRINUSE else ""
        raise AddressError(f"{host}:{port}: {words}" + (f"; {fix}" if fix else "")) from error
    return listener


class Receiver:
    """A strict Agent on one listening socket.

    Attributes:
        url: where it is.
        recent: the newest traces it got.
    """

    def __init__(
        self,
        listener: socket.socket,
        clock: Clock | None = None,
        delivered: Callable[[Delivery], None] | None = None,
    ) -> None:
        """Takes over the socket; nothing is answered before `start`.

        Args:
            listener: as `listen` returns it.
            clock: gives the time that traces are shown with.
            delivered: called, in the thread of a connection, for each payload.
        """
        self.recent = Recent()
        self._listener = listener
        self._clock = clock or SystemClock()
        self._delivered = delivered
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._acceptor = threading.Thread(target=self._accept, name="receiver", daemon=True)
        host, port = listener.getsockname()[:2] if listener.family != socket.AF_UNIX else ("", 0)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{port}"
        self._hosts = {f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]", shown)}
        self._info = msgspec.json.encode(_info(port))
        self._agent_headers = {
            "Datadog-Agent-Version": f"logtrace-{logtrace.__version__}",
            "Datadog-Agent-State": hashlib.sha256(self._info).hexdigest(),
        }

    # ── life ──────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Begin to answer."""
        self._acceptor.start()

    def stop(self) -> None:
        """Close everything; returns when no thread of the receiver is left."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        if self._acceptor.is_alive():
            self._acceptor.join()
        with self._lock:
            connections = dict(self._connections)
        for connection in connections.values():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in connections:
            thread.join()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed by stop, or out of descriptors: then wait for some
                self._clock.wait(self._stopping, 100 * MILLISECOND)
                continue
            with self._lock:
                if self._stopping.is_set() or len(self._connections) >= MAX_CONNECTIONS:
                    connection.close()
                    continue
                thread = threading.Thread(
                    target=self._serve, args=(connection,), name="receiver-connection", daemon=True
                )
                self._connections[thread] = connection
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        """Answer the requests of one connection; the body of its thread."""
        try:
            with contextlib.suppress(OSError), connection:
                _Connection(connection, ("", 0), self)
        finally:
            with self._lock:
                del self._connections[threading.current_thread()]

    # ── protocol ──────────────────────────────────────────────────────────────────────────────────

    def answer(self, request: Request) -> Answer | None:
        """Return the response to a request; None: hang up without one."""
        if request.headers.get("sec-fetch-site") == "cross-site":
            return Answer(403, b"cross-site requests are not served\n")
        path = request.path.partition("?")[0]
        if path == "/info":
            return Answer(200, self._info, "application/json", self._agent_headers)
        if request.method in ("PUT", "POST") and path.startswith("/v0."):
            return self._take(request, path)
        if request.method == "GET" and (path == "/" or path.startswith("/trace/")):
            return self._page(request, path)
        if request.method == "GET" and path in PATHS:
            return Answer(405, b"send traces with PUT or POST\n")
        return Answer(404, b"not found\n")

    def _take(self, request: Request, path: str) -> Answer:
        """Answer a payload as the Agent does, and remember it."""
        now = self._clock.now()
        try:
            traces = decode(request.body, request.headers.get("content-type", ""), path)
        except Refused as error:
            if error.status != 404:
                self.recent.refuse(error.status, str(error), now)
                self._tell(Delivery(refused=str(error)))
            return Answer(error.status, f"{error}\n".encode())
        verdict = strict.judge(traces, now, request.headers.get("datadog-meta-lang", ""))
        self.recent.add(verdict, now)
        self._tell(Delivery(traces, verdict))
        if path == "/v0.3/traces":
            return Answer(200, b"OK\n", headers=self._agent_headers)
        rates = b'{"rate_by_service":{"service:,env:":1}}\n'
        return Answer(200, rates, "application/json", self._agent_headers)

    def _tell(self, delivery: Delivery) -> None:
        if self._delivered is not None:
            self._delivered(delivery)

    def _page(self, request: Request, path: str) -> Answer:
        """Answer with a page, to browsers that asked for this address by a local name."""
        if request.headers.get("host", "").lower() not in self._hosts:
            return Answer(403, f"this is {self.url}/: ask for it by that name\n".encode())
        if path == "/":
            live = request.path.endswith("?live")
            text = page.index(self.recent.newest(), self.recent.troubles(), self.url, live)
            return _html(200, text)
        try:
            trace = self.recent.get(int(path.removeprefix("/trace/")[-16:], 16))
        except ValueError:
            trace = None
        if trace is None:
            return _html(404, page.missing())
        return _html(200, page.trace(trace))


class _Connection(http.server.BaseHTTPRequestHandler):
    """Moves bytes between a socket and `Receiver.answer`."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # what is no request at all gets an answer with a status
    timeout = READ_TIMEOUT / SECOND
    server_version = f"logtrace/{logtrace.__version__}"
    sys_version = ""
    wbufsize = 2**16  # head and body in one piece: apart, the second waits for the first's receipt

    def __init__(self, connection: socket.socket, address: tuple[str, int], receiver: Receiver):
        self._receiver = receiver
        super().__init__(connection, address, None)  # type: ignore[arg-type]  # no socketserver here

    def _respond(self) -> None:
        body = self._read_body()
        if isinstance(body, bytes):
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = self._receiver.answer(Request(self.command, self.path, headers, body))
        else:
            answer = body
            self.close_connection = True
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_PUT = do_POST = _respond  # noqa: N815  # names that http.server looks for

    def _read_body(self) -> bytes | Answer:
        """Return the request's body, or the answer if it cannot be had."""
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not (length.isascii() and length.isdigit()):
            return Answer(411, b"length required\n")
        size = int(length) if len(length) < 16 else 10**15
        if size > MAX_REQUEST_BYTES:
            self._discard(size)
            return Answer(413, b"payload-too-large\n")
        try:
            return self.rfile.read(size)
        except TimeoutError:
            return Answer(408, b"timeout\n")

    def _discard(self, size: int) -> None:
        """Read what will not be used, so that the client gets to read the answer."""
        left = min(size, 4 * MAX_REQUEST_BYTES)
        with contextlib.suppress(TimeoutError):
            while left > 0:
                piece = self.rfile.read(min(left, 2**16))
                left = left - len(piece) if piece else 0

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: what is worth saying goes to the receiver's callback."""


def _html(status: int, text: str) -> Answer:
    return Answer(
        status, text.encode("utf-8", "replace"), "text/html; charset=utf-8", _PAGE_HEADERS
    )


def _info(port: int) -> dict[str, Any]:
    """Return what /info says; only what the receiver really does is in it."""
    return {
        "version": f"logtrace-{logtrace.__version__}",
        "endpoints": sorted(PATHS),
        "client_drop_p0s": False,
        "span_events": True,
        "config": {
            "default_env": "none",
            "receiver_port": port,
            "max_request_bytes": MAX_REQUEST_BYTES,
        },
    }
