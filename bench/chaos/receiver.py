"""A receiver in a process of its own that misbehaves as planned, and never loses what it acknowledged.

Before it answers it has written down what it took; nobody kills it. `deliveries.bin` holds five unsigned
64-bit numbers for each span: trace id, span id, the first and the last line that made it (see
`line_key`), the number of its payload. `payloads.jsonl` holds a `Payload` for each request.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import socket
import struct
import threading
from array import array
from ctypes import Array, c_uint64
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import BinaryIO

import msgspec

from bench.chaos import plan
from bench.chaos.plan import Window
from bench.chaos.scene import Scene
from logtrace.clock import SystemClock

SEQUENCE_BITS = 40

TAKEN, CUT, UNHEARD = "taken", "cut after", "unheard"
"""What became of a payload that was taken: answered; not answered on purpose; not heard."""

_INFO = b'{"version":"chaos","endpoints":["/v0.4/traces"],"span_events":true}'


def line_key(app: int, sequence: int) -> int:
    """Return the number of a line: which application's, and which of its lines."""
    return app << SEQUENCE_BITS | sequence


class Payload(msgspec.Struct):
    """What became of a request with traces.

    Attributes:
        number: counted from 0.
        outcome: `TAKEN`, `CUT` or `UNHEARD`; of one that was not taken, the mode it fell into.
        came: monotonic time at which it was there.
        ended: monotonic time at which the answer was sent, or was not.
        spans: in it, 0 if it was not taken.
    """

    number: int
    outcome: str
    came: int
    ended: int
    spans: int


class _Span(msgspec.Struct):
    trace_id: int
    span_id: int
    metrics: dict[str, float]


class Receiver:
    """The process.

    Attributes:
        port: where it is.
        taken: lines whose spans it took so far, doubles too.
    """

    def __init__(self, scene: Scene, windows: list[Window], seed: int) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self.taken: Array[c_uint64] = context.RawArray(c_uint64, 1)
        self._begin, self._stop = context.Event(), context.Event()
        self._process = context.Process(
            target=_serve,
            args=(scene, windows, seed, theirs, self.taken, self._begin, self._stop),
            daemon=True,
        )
        self._process.start()
        self.port: int = ours.recv()

    def begin(self) -> None:
        """Start the plan; before it the receiver behaves well, and after it."""
        self._begin.set()

    def stop(self) -> None:
        """Have it write down everything and end."""
        self._stop.set()
        self._process.join(20)

    def kill(self) -> None:
        """End it if it still runs."""
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


class _Store:
    """What was taken, on disk before it is acknowledged."""

    def __init__(self, scene: Scene, taken: Array[c_uint64]) -> None:
        self._deliveries = scene.deliveries.open("wb", buffering=0)
        self._payloads = scene.payloads.open("wb", buffering=0)
        self._taken, self._lock = taken, threading.Lock()
        self._decoder = msgspec.msgpack.Decoder(list[list[_Span]])
        self._json = msgspec.json.Encoder()
        self._number = 0

    def number(self) -> int:
        """Return the number of the next payload."""
        with self._lock:
            self._number += 1
            return self._number - 1

    def take(self, number: int, body: bytes) -> int:
        """Write down the spans of a payload; return how many there are."""
        records, lines = array("Q"), 0
        for trace in self._decoder.decode(body):
            for span in trace:
                metrics = span.metrics
                app, last = int(metrics["app"]), int(metrics["last"])
                first = int(metrics.get("first", last))
                lines += 1 + (first != last)
                records.extend(
                    (
                        span.trace_id,
                        span.span_id,
                        line_key(app, first),
                        line_key(app, last),
                        number,
                    )
                )
        with self._lock:
            self._deliveries.write(records)
            self._taken[0] += lines
        return len(records) // 5

    def note(self, payload: Payload) -> None:
        """Write down what became of a payload."""
        with self._lock:
            self._payloads.write(self._json.encode(payload) + b"\n")


class _Server:
    """The listener and its connections, one thread each."""

    def __init__(self, store: _Store, windows: list[Window], seed: int) -> None:
        self._store, self._windows = store, windows
        self._chance = random.Random(f"receiver {seed}")
        self._clock = SystemClock()
        self._began: int | None = None
        self._connections: set[socket.socket] = set()
        self._listener: socket.socket | None = _listen(0)
        self.port: int = self._listener.getsockname()[1]

    def run(self, begin: Event, stop: Event) -> None:
        """Serve until told to stop."""
        parent = os.getppid()
        while not stop.is_set() and os.getppid() == parent:
            if self._began is None and begin.is_set():
                self._began = self._clock.monotonic()
            away = self._mode() == plan.AWAY
            if away and self._listener:
                self._listener.close()
                self._listener = None
                for connection in list(self._connections):
                    _hang_up(connection)
            elif not away and not self._listener:
                self._listener = _listen(self.port)
            if not self._listener:
                stop.wait(0.02)
                continue
            with contextlib.suppress(TimeoutError):
                connection, _ = self._listener.accept()
                connection.settimeout(60)
                self._connections.add(connection)
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _mode(self) -> str:
        if self._began is None:
            return ""
        now = self._clock.monotonic() - self._began
        return next((w.mode for w in self._windows if w.begin <= now < w.end), "")

    def _talk(self, connection: socket.socket) -> None:
        """Answer the requests of a connection until it ends."""
        with contextlib.suppress(OSError, ValueError), connection.makefile("rb") as stream:
            while self._exchange(connection, stream):
                pass
        self._connections.discard(connection)
        connection.close()

    def _exchange(self, connection: socket.socket, stream: BinaryIO) -> bool:
        """Answer one request; return whether another may follow."""
        request = stream.readline()
        length = 0
        while (header := stream.readline()) not in (b"\r\n", b"\n", b""):
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not request:
            return False
        if request.startswith(b"GET /info "):
            connection.sendall(_answer("200 OK", _INFO))
            return True
        number, mode = self._store.number(), self._mode()
        if mode == plan.CUT_BEFORE and self._chance.random() < 0.6:
            stream.read(length // 2)
            self._note(number, mode, self._clock.monotonic())
            _linger(connection)
            return False
        body = stream.read(length)
        if len(body) < length:  # the sender was killed
            self._note(number, "incomplete", self._clock.monotonic())
            return False
        return self._decide(connection, number, mode, body)

    def _decide(self, connection: socket.socket, number: int, mode: str, body: bytes) -> bool:
        came = self._clock.monotonic()
        if mode in (plan.BUSY, plan.BROKEN):
            self._note(number, mode, came)
            said = "429 Too Many" if mode == plan.BUSY else "500 Broken"
            wish = b"Retry-After: 1\r\n" if mode == plan.BUSY else b""
            connection.sendall(_answer(said, b"no", wish))
            return True
        spans = self._store.take(number, body)
        if mode == plan.CUT_AFTER and self._chance.random() < 0.6:
            self._note(number, CUT, came, spans)
            _linger(connection)
            return False
        if mode == plan.SLOW:
            threading.Event().wait(self._chance.uniform(0.1, 2))
        try:
            connection.sendall(_answer("200 OK", b'{"rate_by_service":{}}'))
        except OSError:
            self._note(number, UNHEARD, came, spans)
            raise
        self._note(number, TAKEN, came, spans)
        return True

    def _note(self, number: int, outcome: str, came: int, spans: int = 0) -> None:
        self._store.note(Payload(number, outcome, came, self._clock.monotonic(), spans))


def _listen(port: int) -> socket.socket:
    listener = socket.create_server(("127.0.0.1", port))
    listener.settimeout(0.05)
    return listener


def _linger(connection: socket.socket) -> None:
    """Have a connection end as that of a crashed peer does when it is closed: with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _hang_up(connection: socket.socket) -> None:
    """End a connection from another thread: what is being answered is still answered."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RD)


def _answer(status: str, body: bytes, more: bytes = b"") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + more + b"\r\n" + body


def _serve(
    scene: Scene,
    windows: list[Window],
    seed: int,
    parent: Connection,
    taken: Array[c_uint64],
    begin: Event,
    stop: Event,
) -> None:
    """The process's body."""
    server = _Server(_Store(scene, taken), windows, seed)
    parent.send(server.port)
    server.run(begin, stop)
