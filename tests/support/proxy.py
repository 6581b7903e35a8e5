"""A TCP proxy on loopback between a sender and an Agent, that does to each exchange what it is told.

It knows just enough of HTTP to find where a request and its reply end, so that it can break them at a
chosen place. What it did, and how often the Agent got each request whole, is in `exchanges`.
"""

from __future__ import annotations

import contextlib
import random
import re
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from io import BufferedReader
from urllib.parse import urlsplit

from logtrace.clock import MILLISECOND, SystemClock
from logtrace.web.decoder import decode
from logtrace.web.receiver import Answer

PATIENCE = 20.0
"""Seconds that the proxy waits for either side before it gives up."""

DRIP = (64, 4)
"""Bytes of a request, and of a reply, that are passed on at a time where they drip."""


class Fault(StrEnum):
    """What may become of an exchange."""

    NONE = "none"
    RESET_BEFORE = "reset before the body is read"
    RESET_WITHIN = "reset with half of the body passed on"
    RESET_AFTER = "reset instead of the reply"
    CUT_BODY = "the Agent gets half of the body, and its answer is passed back"
    CUT_STATUS = "the reply ends within its first line"
    CUT_HEAD = "the reply ends within its headers"
    CUT_REPLY = "the reply ends within its body"
    LATE = "the reply is held back until the sender has gone"
    GARBAGE = "the reply's body is garbage"
    NOT_UTF8 = "the reply's body is JSON but for its encoding"
    NOT_HTTP = "the reply is no HTTP"
    DUPLICATE = "the Agent gets the request twice"
    DRIP = "request and reply drip"


_BROKEN = frozenset({Fault.CUT_STATUS, Fault.CUT_HEAD, Fault.CUT_REPLY, Fault.NOT_HTTP, Fault.LATE})
"""Where the sender gets no whole reply, and the connection is of no more use."""

Plan = Fault | Answer | bytes
"""A fault; or a reply that the Agent does not know of: an `Answer`, or bytes and the end."""


@dataclass(slots=True)
class Exchange:
    """One request and what became of it.

    Attributes:
        plan: what was done to it.
        path: of the request.
        head: the request's first line and headers.
        body: as much of its body as was read.
        arrivals: how often the Agent got it and said yes.
        told: whether the sender was given the whole of a reply that says yes.
    """

    plan: Plan
    path: str
    head: bytes = b""
    body: bytes = b""
    arrivals: int = 0
    told: bool = False

    @property
    def ids(self) -> set[tuple[int, int]]:
        """Trace and span ids of the spans in the request."""
        kind = re.search(rb"(?i)\r\ncontent-type: *(\S+)", self.head)
        traces = decode(self.body, kind[1].decode() if kind else "", self.path)
        return {(span.trace_id, span.span_id) for spans in traces for span in spans}

    @property
    def ambiguous(self) -> bool:
        """Whether the spans may come twice: the sender cannot know, or the network doubled them."""
        return self.arrivals > 1 or (self.arrivals == 1 and not self.told)


@dataclass(slots=True)
class _Connection:
    """A socket and the buffered stream of what comes from it; both end with the `with` block."""

    socket: socket.socket
    stream: BufferedReader = field(init=False)

    def __post_init__(self) -> None:
        self.socket.settimeout(PATIENCE)
        self.stream = self.socket.makefile("rb")

    def __enter__(self) -> _Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()
        self.socket.close()

    def reset(self) -> None:
        """Have the end be a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def head(self) -> bytes:
        """Return the first line and headers of the next message; b"" if there is none."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.stream.readline()
            if not line:
                return b""
            head += line
        return head


class Proxy:
    """The proxy; use it as a context manager.

    Attributes:
        url: where it is.
        exchanges: all that it has seen, in order.
    """

    def __init__(self, upstream: str) -> None:
        """Listens at once; passes everything on to the Agent at the URL `upstream`."""
        parts = urlsplit(upstream)
        self._upstream = (str(parts.hostname), int(parts.port or 0))
        self.exchanges: list[Exchange] = []
        self._script: list[Plan] = []
        self._weather: Callable[[], Plan] = lambda: Fault.NONE
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._open: dict[threading.Thread, socket.socket] = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._acceptor = threading.Thread(target=self._accept, name="proxy", daemon=True)
        self._acceptor.start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        """End every connection and thread."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        self._acceptor.join()
        with self._lock:
            connections = dict(self._open)
        for connection in connections.values():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in connections:
            thread.join()

    # ── what is to happen, and what did ───────────────────────────────────────────────────────────

    def script(self, *plans: Plan) -> None:
        """Do these to the next payloads, one after the other; /info is not counted."""
        self._script += plans

    def weather(self, seed: int, share: float, plans: Sequence[Plan]) -> None:
        """From now on do one of `plans` to a `share` of all exchanges, /info among them."""
        chance = random.Random(seed)

        def next_plan() -> Plan:
            return chance.choice(plans) if chance.random() < share else Fault.NONE

        self._weather = next_plan

    @property
    def plans(self) -> list[Plan]:
        """What was done to each payload."""
        return [exchange.plan for exchange in self.payloads]

    @property
    def payloads(self) -> list[Exchange]:
        """The exchanges that were about traces."""
        return [exchange for exchange in self.exchanges if exchange.path.endswith("/traces")]

    @property
    def ambiguous(self) -> set[tuple[int, int]]:
        """Ids of the spans that may have come twice for what was done to their exchanges."""
        return set().union(*(each.ids for each in self.payloads if each.ambiguous))

    # ── the threads ───────────────────────────────────────────────────────────────────────────────

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
                self._open[thread] = client
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        """Pass on the exchanges of one connection; the body of its thread."""
        try:
            with _Connection(client) as connection, contextlib.suppress(OSError):
                while self._exchange(connection):
                    pass
        finally:
            with self._lock:
                del self._open[threading.current_thread()]

    def _exchange(self, client: _Connection) -> bool:
        """Do what is due to the next exchange; return whether the connection goes on."""
        head = client.head()
        if not head:
            return False
        path = head.split(b" ", 2)[1].decode()
        with self._lock:
            scripted = self._script and path.endswith("/traces")
            exchange = Exchange(self._script.pop(0) if scripted else self._weather(), path, head)
            self.exchanges.append(exchange)
        size = _content_length(head)
        match exchange.plan:
            case Fault.RESET_BEFORE:
                client.reset()
                return False
            case Fault.RESET_WITHIN:
                exchange.body = client.stream.read(size // 2)
                with self._connect() as upstream:
                    upstream.socket.sendall(head + exchange.body)
                    upstream.reset()
                client.reset()
                return False
            case Answer() as answer:
                exchange.body = client.stream.read(size)
                client.socket.sendall(_canned(answer))
                return True
            case bytes() as raw:
                exchange.body = client.stream.read(size)
                client.socket.sendall(raw)
                return False
            case fault:
                exchange.body = client.stream.read(size)
                return self._passed_on(client, exchange, fault)

    def _passed_on(self, client: _Connection, exchange: Exchange, fault: Fault) -> bool:
        """Give the Agent the request and the sender what becomes of the reply."""
        head, body = self._ask(exchange, fault)
        if fault is Fault.DUPLICATE:
            head, body = self._ask(exchange, fault)
        if fault is Fault.RESET_AFTER or not head:
            client.reset()
            return False
        if fault is Fault.LATE:
            client.stream.read(1)  # comes back when the sender has had enough
            return False
        reply = _spoilt(head, body, fault)
        exchange.told = fault not in _BROKEN and _is_yes(head)
        self._write(client.socket, reply, DRIP[1] if fault is Fault.DRIP else len(reply))
        return fault not in _BROKEN and fault is not Fault.CUT_BODY

    def _ask(self, exchange: Exchange, fault: Fault) -> tuple[bytes, bytes]:
        """Give the Agent the request; return head and body of its reply, b"" where it hung up."""
        request = exchange.head + exchange.body
        if fault is Fault.CUT_BODY:
            request = request[: len(exchange.head) + len(exchange.body) // 2]
        whole = len(request) == len(exchange.head) + len(exchange.body)
        with self._connect() as upstream:
            self._write(upstream.socket, request, DRIP[0] if fault is Fault.DRIP else len(request))
            if not whole:
                upstream.socket.shutdown(socket.SHUT_WR)
            head = upstream.head()
            body = upstream.stream.read(_content_length(head))
        exchange.arrivals += _is_yes(head)
        return head, body

    def _connect(self) -> _Connection:
        return _Connection(socket.create_connection(self._upstream, PATIENCE))

    def _write(self, to: socket.socket, data: bytes, size: int) -> None:
        """Send `data` in pieces of `size`, a millisecond apart."""
        for start in range(0, len(data), size):
            if start:
                SystemClock().wait(self._stopping, MILLISECOND)
            to.sendall(data[start : start + size])


def _content_length(head: bytes) -> int:
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return int(found[1]) if found else 0


def _is_yes(head: bytes) -> bool:
    return b" 200 " in head.partition(b"\r\n")[0]


def _spoilt(head: bytes, body: bytes, fault: Fault) -> bytes:
    """Return what the sender gets of a reply."""
    match fault:
        case Fault.CUT_STATUS:
            return head[:7]
        case Fault.CUT_HEAD:
            return head[: head.index(b"\r\n") + 10]
        case Fault.CUT_REPLY:
            return head + body[: len(body) // 2]
        case Fault.NOT_HTTP:
            return b"\x16\x03\x01\x00" + body
        case Fault.GARBAGE:
            return head + bytes(255 - byte for byte in body)
        case Fault.NOT_UTF8:
            return head + body.replace(b"service:", b"\xff" * 8)
        case _:
            return head + body


def _canned(answer: Answer) -> bytes:
    """Return the bytes of a reply that the Agent has no part in."""
    headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body))}
    lines = [f"{name}: {value}\r\n" for name, value in (headers | dict(answer.headers)).items()]
    return f"HTTP/1.1 {answer.status} Scripted\r\n{''.join(lines)}\r\n".encode() + answer.body
