"""Between the shipper and a strict Agent stands a network that breaks, doubles, delays and lies."""

from __future__ import annotations

import gc
import gzip
import random
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace.clock import MILLISECOND, SECOND
from logtrace.model import Trace
from logtrace.ship import agent as seam
from logtrace.ship.agent import Agent
from logtrace.ship.shipper import Shipper
from logtrace.web.receiver import Answer
from tests.support.agent import FakeAgent
from tests.support.clock import FakeClock
from tests.support.log import recording_telemetry
from tests.support.process import Process
from tests.support.proxy import Fault, Plan, Proxy
from tests.support.traces import trace

PAGE = b"<html><head><title>Error</title></head><body><center>nginx</center></body></html>"
HTML = "text/html; charset=utf-8"

DOUBLING = {
    Fault.RESET_AFTER,
    Fault.CUT_STATUS,
    Fault.LATE,
    Fault.NOT_HTTP,
    Fault.DUPLICATE,
}
"""Faults behind which the same spans come twice: the Agent has them, and the sender cannot know."""

LATER = [
    Answer(status, body, kind, headers)
    for status, body, kind, headers in (
        (500, b"internal", "text/plain", {}),
        (502, PAGE, HTML, {}),
        (503, b"", "text/plain", {}),
        (504, PAGE, HTML, {}),
        (429, b"", "text/plain", {}),
        (403, PAGE, HTML, {}),
        (503, PAGE, HTML, {"Retry-After": "7"}),
        (429, b"{}", "application/json", {"Retry-After": "1"}),
        (503, b"", "text/plain", {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}),
        (502, b"\xff\xfe\x00", "application/octet-stream", {"Retry-After": "soon"}),
    )
]
"""Replies of what stands before the Agent: nothing was taken, and the same may be sent again."""


class Line:
    """A shipper that reaches the Agent through a proxy only; its clock is turned by hand."""

    def __init__(self, agent: FakeAgent, proxy: Proxy) -> None:
        self.agent, self.proxy, self.clock = agent, proxy, FakeClock()
        self.telemetry, self.events = recording_telemetry(self.clock)
        self._connection = Agent(proxy.url, "test", self.clock)
        chance = random.Random(1).random
        self.shipper = Shipper(self._connection, self.telemetry, self.clock, chance)
        self.done: list[int] = []
        self._offered: list[Trace] = []

    def ship(self, traces: list[Trace]) -> None:
        """Offer traces and let time pass until they are done."""
        self._offered += [Trace(list(each.spans), each.numbers, each.reason) for each in traces]
        self.shipper.offer(traces)
        for _ in range(2000):
            self.clock.advance(250 * MILLISECOND)
            while self._step():
                pass
            if not self.shipper.pending:
                break
        self.done += self.shipper.take_done()

    def _step(self) -> bool:
        """Let the shipper make a step; nothing may come out of it that would end its thread."""
        try:
            return self.shipper.step()
        except (LookupError, OSError, RuntimeError, TypeError, ValueError) as error:
            ended_by = repr(error)
        gc.collect()  # of the connection that was left open, now and not in another test
        pytest.fail(ended_by)

    def close(self) -> None:
        self._connection.close()

    def check(self) -> Counter[tuple[int, int]]:
        """All has arrived and was acknowledged once; return how often which span came too often."""
        came = Counter((span["trace_id"], span["span_id"]) for span in self.agent.spans)
        sent = {(span.trace_id, span.span_id) for each in self._offered for span in each.spans}
        assert 0 == self.shipper.pending
        assert sorted(sent) == sorted(came)
        assert sorted(number for each in self._offered for number in each.numbers) == sorted(
            self.done
        )
        assert 0 == self.telemetry.total("spans_dropped")
        assert len(sent) == self.telemetry.total("spans_shipped")
        doubled = +Counter({key: count - 1 for key, count in came.items()})
        assert set() == set(doubled) - self.proxy.ambiguous
        assert [] == [drop for verdict in self.agent.verdicts for drop in verdict.dropped]
        return doubled


@pytest.fixture
def proxy(agent: FakeAgent) -> Iterator[Proxy]:
    """A proxy before the Agent that does no harm yet."""
    with Proxy(agent.url) as proxy:
        yield proxy


@pytest.fixture
def path(agent: FakeAgent, proxy: Proxy) -> Iterator[Line]:
    """A shipper, and the way through the proxy."""
    line = Line(agent, proxy)
    yield line
    line.close()


def batch(first: int, count: int = 20, **fields: object) -> list[Trace]:
    """Return traces of one to three spans, numbered from `first`."""
    return [trace(number, number % 3 + 1, **fields) for number in range(first, first + count)]


@pytest.mark.parametrize("idle", [False, True], ids=["reused", "new"])
@pytest.mark.parametrize("fault", [pytest.param(each, id=each.name.lower()) for each in Fault])
def test_a_fault_loses_nothing_and_doubles_only_what_it_must(
    path: Line, fault: Fault, idle: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a connection in use or a new one: all spans arrive, each number comes back once."""
    path.ship(batch(1))
    if fault is Fault.LATE:
        monkeypatch.setattr(seam, "TIMEOUT", SECOND // 2)
    if idle:
        path.clock.advance(5 * SECOND)
    path.proxy.script(fault)
    path.ship(batch(21))
    monkeypatch.undo()
    path.ship(batch(41))

    doubled = path.check()
    spans = sum(number % 3 + 1 for number in range(21, 41))
    assert fault in path.proxy.plans
    if fault not in (Fault.CUT_HEAD, Fault.CUT_REPLY):  # a status may be answer enough, or not
        assert (spans if fault in DOUBLING else 0) == doubled.total()


@pytest.mark.parametrize("answer", LATER, ids=lambda answer: f"{answer.status}-{answer.headers}")
def test_what_stands_before_the_agent_says_later(path: Line, answer: Answer) -> None:
    """The same payload goes again, after what was asked for, and comes once."""
    path.ship(batch(1))
    path.proxy.script(answer)
    before = path.clock.monotonic()
    path.ship(batch(21))

    wish = answer.headers.get("Retry-After", "")
    assert path.clock.monotonic() - before >= SECOND * (int(wish) if wish.isdigit() else 0)
    assert 0 == path.check().total()
    refused, repeated = path.proxy.payloads[1:3]
    assert refused.body == repeated.body


@pytest.mark.parametrize("status", [400, 404, 408, 413, 415])
def test_a_single_refusal_that_is_not_the_agents_loses_nothing(path: Line, status: int) -> None:
    """What stands before the Agent says once what only the Agent could mean: all the same arrives."""
    path.ship(batch(1))
    path.proxy.script(Answer(status, PAGE, HTML))
    path.ship(batch(21))
    path.ship(batch(41))

    assert 0 == path.check().total()


def test_a_trace_whose_body_was_cut_on_the_way_is_not_lost(path: Line) -> None:
    """The Agent says 400 to half a payload; the trace in it was never seen by it, and goes again."""
    path.ship(batch(1))
    path.proxy.script(Fault.CUT_BODY)
    path.ship(batch(21, 1))

    assert 0 == path.check().total()


def test_a_page_that_says_200_is_no_acknowledgement(path: Line) -> None:
    """Another program that answers HTML in the Agent's place has taken nothing."""
    path.ship(batch(1))
    path.proxy.script(Answer(200, PAGE, HTML))
    path.ship(batch(21))

    assert 0 == path.check().total()


def test_a_large_payload_is_broken_while_it_is_sent(path: Line) -> None:
    """A reset before, within and behind two megabytes, and half of them: nothing is lost."""
    path.proxy.script(Fault.RESET_BEFORE, Fault.RESET_WITHIN, Fault.CUT_BODY, Fault.RESET_AFTER)
    path.ship(batch(1, 1000, meta={"note": "x" * 1000}))

    path.check()
    assert max(len(exchange.body) for exchange in path.proxy.payloads) > 1_500_000


OK = b"HTTP/1.1 200 OK\r\n"

REPLIES = {
    "nothing": b"",
    "zeros": bytes(200),
    "newlines": b"\r\n" * 50,
    "another-protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a-status-that-is-none": b"HTTP/1.1 2OO OK\r\n\r\n",
    "a-status-above-all": b"HTTP/1.1 999 Odd\r\n\r\n",
    "endless-continue": b"HTTP/1.1 100 Continue\r\n\r\n" * 2000,
    "too-many-headers": OK + b"a: b\r\n" * 5000 + b"\r\n",
    "a-header-without-end": OK + b"a: " + b"b" * 2**20,
    "two-lengths": OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "a-length-below-zero": OK + b"Content-Length: -1\r\n\r\nabc",
    "a-length-above-all": OK + b"Content-Length: 99999999999999999999\r\n\r\nabc",
    "a-chunk-below-zero": OK + b"Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n",
    "a-chunk-above-all": OK + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\nabc",
    "a-chunk-that-is-none": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "gzip": OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b'{"rate_by_service":{}}'),
    "no-gzip": OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    "51-encodings": OK + b"Content-Encoding: gzip" + b",gzip" * 50 + b"\r\n\r\nabc",
    "a-bomb": OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(20 * 2**20)),
    "deep-json": OK + b"\r\n" + b"[" * 100_000,
    "rates-that-are-none": OK + b'\r\n{"rate_by_service":{"a":1e999,"b":-1,"c":[]}}',
    "no-utf-8": OK + b'\r\n{"rate_by_service":{"\xff":1}}',
    "folded-headers": OK + b"Datadog-Rates-Payload-Version: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "binary-headers": OK + b"Datadog-Rates-Payload-Version: \xff\x00\r\n\xfe: \x01\r\n\r\n",
    "a-huge-wish": b"HTTP/1.1 503 Busy\r\nRetry-After: " + b"9" * 60_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("reply", [pytest.param(REPLIES[name], id=name) for name in REPLIES])
def test_no_reply_ends_the_shipper(path: Line, reply: bytes) -> None:
    """Whatever comes back for a payload, it is a yes or a later, and what follows is delivered."""
    path.ship(batch(1))
    path.proxy.script(reply)
    path.ship(batch(21))
    path.ship(batch(41))

    ids = {span["trace_id"] for span in path.agent.spans}
    assert {*range(1, 21), *range(41, 61)} <= ids
    assert list(range(1, 61)) == sorted(path.done)
    assert 0 == path.telemetry.total("spans_dropped")


@pytest.mark.slow
def test_weather(path: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """5,000 spans while 30 % of all exchanges go wrong in one way or another: all arrive."""
    monkeypatch.setattr(seam, "TIMEOUT", SECOND // 2)
    slow = [Fault.LATE, Fault.DRIP]
    often = [fault for fault in Fault if fault not in (Fault.NONE, *slow)]
    plans: list[Plan] = [*often * 3, *LATER, *slow]
    path.proxy.weather(seed=8126, share=0.3, plans=plans)
    for first in range(1, 2500, 5):
        path.ship(batch(first, 5))

    doubled = path.check()
    assert 5_000 == len(path.agent.spans) - doubled.total()
    assert [] == [fault for fault in often if fault not in path.proxy.plans]
    bad = [each.plan for each in path.proxy.exchanges if each.plan is not Fault.NONE]
    assert 0.25 < len(bad) / len(path.proxy.exchanges) < 0.35


@pytest.mark.slow
def test_the_daemon_in_bad_weather(tmp_path: Path, agent: FakeAgent, proxy: Proxy) -> None:
    """As a process, with every second exchange going wrong: all lines arrive, a restart adds none."""
    quick = [fault for fault in Fault if fault not in (Fault.NONE, Fault.LATE)]
    process = Process(tmp_path, proxy.url, wait="20ms")
    try:
        process.append(0)
        agent.await_ids(1)
        proxy.weather(seed=7, share=0.5, plans=[*quick, *LATER[:6]])
        for first in range(1, 1001, 100):
            process.append(*range(first, first + 100))
            agent.await_ids(first + 100)
        proxy.weather(seed=7, share=0, plans=quick)
        assert 0 == process.end(signal.SIGTERM)
        came = len(agent.spans)
        process.start("--once")
        out, _ = process.child.communicate(timeout=20)
    finally:
        process.end(signal.SIGKILL)

    assert 0 == process.child.returncode
    assert "0 lines; 0 spans in 0 traces shipped\n" == out
    assert came == len(agent.spans)
    ids = Counter((span["trace_id"], span["span_id"]) for span in agent.spans)
    assert list(range(1001)) == sorted(trace_id - 1 for trace_id, _ in ids)
    assert {key for key, count in ids.items() if count > 1} <= proxy.ambiguous
    assert 5 < len([each for each in proxy.exchanges if each.plan is not Fault.NONE])
