"""Real traces to ddapm-test-agent, which shares no code with us: it gets what we meant, unchanged."""

import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec
import pytest

import logtrace
from logtrace.clock import SECOND, SystemClock
from logtrace.demo import legacy_shop
from logtrace.model import Closed, Span, Trace
from logtrace.ship.agent import Agent
from logtrace.ship.shipper import Shipper
from tests.support.log import recording_telemetry
from tests.support.peer import PeerAgent

pytestmark = [pytest.mark.peer, pytest.mark.timeout(300)]

MOST = 2**64 - 1
"""The largest id."""

TEXTS = [
    "",
    "web.request",
    "GET /käse/{id}",
    "名前",
    "a\x00b\n",
    "🧀" * 500,
    "select 'x' from \"y\"",
]


def traces(count: int) -> list[Trace]:
    """Return traces with all that a span can hold, extreme values among it; always the same ones."""
    chance = random.Random(8126)
    made = []
    for number in range(count):
        trace_id = chance.choice([1, MOST, 2**63, chance.randrange(1, MOST)])
        spans = [
            span(chance, trace_id, number * 100 + place + 1) for place in range(number % 20 + 1)
        ]
        made.append(Trace(spans, [number], Closed.COMPLETE))
    return made


def span(chance: random.Random, trace_id: int, number: int) -> Span:
    """Return a span that the Agent takes as it is."""
    return Span(
        service=chance.choice(["shop", "payments", "zahlung-ä"]),
        name=chance.choice(["web.request", "db.query"]),
        resource=chance.choice(TEXTS[1:]),
        trace_id=trace_id,
        span_id=MOST - number,
        start=1_795_348_800 * SECOND + chance.randrange(SECOND),
        duration=chance.choice([0, 1, 2**40 + 1]),
        parent_id=chance.choice([0, 2**63 + number]),
        error=chance.randrange(2),
        type=chance.choice(["", "web", "sql"]),
        meta={f"key.{index}": chance.choice(TEXTS) for index in range(chance.randrange(4))},
        metrics={"rows": 17.0, "ratio": chance.random()} if chance.randrange(2) else {},
    )


@contextmanager
def shipper(url: str) -> Iterator[Shipper]:
    """A shipper in its thread, as the daemon runs it."""
    telemetry, _ = recording_telemetry()
    agent = Agent(url, logtrace.__version__)
    shipper = Shipper(agent, telemetry, SystemClock())
    stop = threading.Event()
    thread = threading.Thread(target=shipper.run, args=(stop,))
    thread.start()
    try:
        yield shipper
    finally:
        stop.set()
        shipper.wake()
        thread.join()
        agent.close()


@pytest.mark.parametrize("way", ["tcp", "unix socket"])
def test_what_is_shipped_arrives_unchanged(agent: PeerAgent, way: str) -> None:
    """Every field of every span is read back as it was sent, and no check of the agent fails."""
    sent = traces(60)
    expected = sorted(
        (msgspec.to_builtins(span) for trace in sent for span in trace.spans),
        key=lambda span: (span["trace_id"], span["span_id"]),
    )
    with shipper(agent.url if way == "tcp" else agent.socket_url) as it:
        it.offer(sent)
        assert it.drain(20 * SECOND), it.last_error
        assert list(range(60)) == it.take_done()

    assert expected == agent.spans()
    assert "" == agent.complaints()
    assert all(times > 0 for times in agent.checked().values()), agent.checked()


def test_events_arrive_as_events(agent: PeerAgent) -> None:
    """An agent that knows span events gets them as such, with typed attributes."""
    event = {"name": "log.error", "time_unix_nano": 5, "attributes": {"message": "disk full"}}
    with shipper(agent.url) as it:
        it.offer([Trace([Span("s", "n", "r", 1, 2, 3, 4, span_events=[event])], [0], Closed.IDLE)])
        assert it.drain(20 * SECOND), it.last_error

    typed = {"message": {"type": 0, "string_value": "disk full"}}
    assert [event | {"attributes": typed}] == agent.spans()[0]["span_events"]


def write_logs(directory: Path, seconds: float) -> None:
    """Write what the demo's legacy application logs in so many seconds."""
    shop = legacy_shop.Shop(datetime(2026, 11, 22, 12, tzinfo=UTC), seed=1, rate=20)
    logs = {name: (directory / name).open("w") for name in legacy_shop.LOGS}
    for line in takewhile(lambda line: line.at < seconds, shop.lines()):
        logs[line.log].write(line.text + "\n")
    for log in logs.values():
        log.close()


def comparable(spans: list[dict[str, Any]]) -> list[str]:
    """Return spans as sorted text, but for ids derived from the file's identity, and for events.

    Those have a form of their own for an Agent that knows them, which a test above compares.
    """
    texts = []
    for span in spans:
        meta = {key: value for key, value in span["meta"].items() if key != "events"}
        left_out = ("trace_id", "span_id", "parent_id", "span_events", "meta")
        rest = {key: value for key, value in span.items() if key not in left_out}
        texts.append(json.dumps(rest | {"meta": meta}, sort_keys=True))
    return sorted(texts)


def test_a_log_becomes_the_traces_that_convert_prints(agent: PeerAgent, tmp_path: Path) -> None:
    """`run --once` over the demo's logs ships, and the agent takes, what `convert` prints of them."""
    write_logs(tmp_path, seconds=20)
    config = Path(legacy_shop.__file__).with_name("demo.yaml")
    environment = os.environ | {
        "LOGTRACE_DEMO_DIR": str(tmp_path),
        "LOGTRACE_DEMO_PORT": agent.url.rpartition(":")[2],
    }

    def run(*words: str | Path) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "logtrace", *words],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == done.returncode, done.stderr
        return done.stdout

    run("run", "--once", "-c", config)
    printed = run("convert", "-c", config, *sorted(tmp_path.glob("*.log")))

    shipped = agent.spans()
    assert len(shipped) > 500
    expected = comparable([span for trace in json.loads(printed) for span in trace])
    assert expected == comparable(shipped)
    assert {"shop", "payments", "billing"} == {span["service"] for span in shipped}
    assert "" == agent.complaints()
