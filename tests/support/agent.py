"""An Agent for tests: the strict receiver on loopback, real HTTP, with replies that can be scripted."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec

from logtrace.clock import Clock
from logtrace.model import Span
from logtrace.web.decoder import decode
from logtrace.web.receiver import Answer, Delivery, Receiver, Request, listen
from logtrace.web.strict import Verdict

HANG_UP = 0
"""A scripted reply: the connection ends without one."""

PATIENCE = 30.0
"""Seconds that a test waits for something before it fails."""


@dataclass
class Hold:
    """A scripted reply: as usual, but only after `release` is set; `reached` tells when it waits."""

    reached: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)


class FakeAgent:
    """A strict Agent in a thread; use it as a context manager.

    Attributes:
        url: where it is; stays the same through `down` and `up`.
        payloads: every request with traces, whatever the answer was.
        traces: the traces of the payloads it has acknowledged, as they came.
        verdicts: what the real Agent would have made of each of those payloads.
        info: what /info says in addition to the receiver's; None: 404, as an old Agent.
        missing: paths that are answered with 404.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.payloads: list[Request] = []
        self.traces: list[list[Span]] = []
        self.verdicts: list[Verdict] = []
        self.info: dict[str, Any] | None = {}
        self.missing: set[str] = set()
        self._clock = clock
        self._script: list[int | Answer | Hold] = []
        self._refuse: Callable[[dict[str, Any]], bool] | None = None
        self._changed = threading.Condition()
        self._receiver: _Scripted | None = None
        self._start(0)

    def _start(self, port: int) -> None:
        self._receiver = _Scripted(self, listen("127.0.0.1", port), self._clock)
        self._receiver.start()
        self.url = self._receiver.url

    def __enter__(self) -> FakeAgent:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    @property
    def spans(self) -> list[dict[str, Any]]:
        """All spans of `traces`, as maps with every field, in the order they came."""
        return [msgspec.structs.asdict(span) for trace in self.traces for span in trace]

    @property
    def paths(self) -> list[str]:
        """The paths of `payloads`."""
        return [request.path for request in self.payloads]

    def down(self) -> None:
        """Go away: connections end, new ones are refused."""
        if self._receiver:
            self._receiver.stop()
            self._receiver = None

    def up(self) -> None:
        """Come back at the same address."""
        if not self._receiver:
            self._start(int(self.url.rpartition(":")[2]))

    def reply(self, *replies: int | Answer | Hold) -> None:
        """Answer the next payloads with these: a status, an `Answer`, `HANG_UP` or a `Hold`."""
        self._script += replies

    def refuse(self, wrong: Callable[[dict[str, Any]], bool] | None) -> None:
        """Answer 400 to each payload with a span for which `wrong` holds; None: to none any more."""
        self._refuse = wrong

    def await_spans(self, count: int) -> None:
        """Wait until so many spans were acknowledged."""
        self._await(lambda: sum(map(len, self.traces)) >= count, f"{count} spans")

    def await_ids(self, count: int) -> None:
        """Wait until spans with so many different ids were acknowledged."""

        def enough() -> bool:
            ids = {(span.trace_id, span.span_id) for trace in self.traces for span in trace}
            return len(ids) >= count

        self._await(enough, f"{count} span ids")

    def _await(self, condition: Callable[[], bool], what: str) -> None:
        with self._changed:
            arrived = self._changed.wait_for(condition, PATIENCE)
        assert arrived, f"no {what} in {PATIENCE} s; {sum(map(len, self.traces))} spans came"

    def answer(self, request: Request, usual: Callable[[], Answer | None]) -> Answer | None:
        """Return the answer to a request, `usual()` where nothing else was asked for."""
        if request.path == "/info":
            return self._answer_info(usual)
        if not request.path.endswith("/traces"):
            return usual()
        self.payloads.append(request)
        scripted = self._script.pop(0) if self._script else 200
        if isinstance(scripted, Answer):
            return scripted
        if isinstance(scripted, Hold):
            scripted.reached.set()
            assert scripted.release.wait(PATIENCE)
        elif scripted == HANG_UP:
            return None
        elif scripted != 200:
            return Answer(scripted, f"scripted {scripted}".encode())
        if request.path in self.missing:
            return Answer(404, b"not found")
        return self._refusal(request) or usual()

    def _answer_info(self, usual: Callable[[], Answer | None]) -> Answer | None:
        if self.info is None:
            return Answer(404, b"not found")
        answer = usual()
        assert answer
        said = json.loads(answer.body) | self.info
        return Answer(answer.status, json.dumps(said).encode(), answer.content_type)

    def _refusal(self, request: Request) -> Answer | None:
        if self._refuse is None:
            return None
        traces = decode(request.body, request.headers["content-type"], request.path)
        for index, trace in enumerate(traces):
            if any(self._refuse(msgspec.structs.asdict(span)) for span in trace):
                return Answer(400, f"trace {index}: refused by the test".encode())
        return None

    def take(self, delivery: Delivery) -> None:
        """Remember what was acknowledged."""
        if delivery.refused:
            return
        with self._changed:
            self.traces += delivery.traces
            self.verdicts.append(delivery.verdict)
            self._changed.notify_all()


class _Scripted(Receiver):
    """A receiver that asks a `FakeAgent` first."""

    def __init__(self, agent: FakeAgent, listener: socket.socket, clock: Clock | None) -> None:
        super().__init__(listener, clock, agent.take)
        self._agent = agent

    def answer(self, request: Request) -> Answer | None:
        return self._agent.answer(request, partial(super().answer, request))
