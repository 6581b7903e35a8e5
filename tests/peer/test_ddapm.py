"""Real traces to ddapm-test-agent, which shares no code with us: it gets what we meant, unchanged."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from logtrace.clock import MILLISECOND, SECOND, SystemClock
from logtrace.demo import legacy_shop
from logtrace.model import Closed, Span, Trace
from logtrace.ship import agent as seam
from tests.support.peer import CHECKS, PeerAgent
from tests.support.shipping import comparable, running_shipper, write_demo_logs
from tests.support.traces import varied

pytestmark = [pytest.mark.peer, pytest.mark.timeout(300)]


WAYS = ["tcp", "unix socket"]

EVENT = {"name": "log.error", "time_unix_nano": 5, "attributes": {"message": "disk full", "n": 2}}


def address(agent: PeerAgent, way: str) -> str:
    """Return where the agent takes traces."""
    return agent.url if way == "tcp" else agent.socket_url


def assert_all_checks_passed(agent: PeerAgent) -> None:
    """Each check that the agent has was made, and none found anything."""
    assert "" == agent.complaints()
    assert set(CHECKS) == set(agent.checked())
    assert all(times > 0 for times in agent.checked().values()), agent.checked()


@pytest.mark.parametrize("way", WAYS)
def test_what_is_shipped_arrives_unchanged(agent: PeerAgent, way: str) -> None:
    """Every field of every span is read back as it was sent, and no check of the agent fails."""
    sent = varied(60)
    expected = sorted(
        (msgspec.to_builtins(span) for trace in sent for span in trace.spans),
        key=lambda span: (span["trace_id"], span["span_id"]),
    )
    with running_shipper(address(agent, way)) as it:
        it.offer(sent)
        assert it.drain(20 * SECOND), it.last_error
        assert list(range(60)) == it.take_done()

    assert expected == agent.spans()
    assert_all_checks_passed(agent)


@pytest.mark.parametrize("way", WAYS)
def test_events_arrive_as_events(agent: PeerAgent, way: str) -> None:
    """An agent that knows span events gets them as such, with typed attributes."""
    with running_shipper(address(agent, way)) as it:
        it.offer([Trace([Span("s", "n", "r", 1, 2, 3, 4, span_events=[EVENT])], [0], Closed.IDLE)])
        assert it.drain(20 * SECOND), it.last_error

    typed = {
        "message": {"type": 0, "string_value": "disk full"},
        "n": {"type": 2, "int_value": 2},
    }
    [span] = agent.spans()
    assert [EVENT | {"attributes": typed}] == span["span_events"]
    assert "events" not in span.get("meta", {})


@pytest.mark.parametrize("way", WAYS)
def test_events_are_a_tag_for_an_agent_that_does_not_know_them(
    plain_agent: PeerAgent, way: str
) -> None:
    """It gets JSON, which its check finds valid, however long and odd the events are."""
    odd = EVENT | {"attributes": {"käse": "🧀\x00\n" * 2_000, "none": None, "list": [1, {}]}}
    spans = [
        Span("s", "n", "r", 1, number, 3 * SECOND, 4, span_events=events)
        for number, events in enumerate(([EVENT], [odd], [odd] * 200, []), 1)
    ]
    with running_shipper(address(plain_agent, way)) as it:
        it.offer([Trace(spans, [0], Closed.IDLE)])
        assert it.drain(20 * SECOND), it.last_error

    first, second, third, none = plain_agent.spans()
    assert [EVENT] == json.loads(first["meta"]["events"])
    assert "🧀\x00\n" * 100 in json.loads(second["meta"]["events"])[0]["attributes"]["käse"]
    assert json.loads(third["meta"]["events"])
    assert "events" not in none.get("meta", {})
    assert not any("span_events" in span for span in (first, second, third, none))
    assert_all_checks_passed(plain_agent)


@pytest.mark.parametrize("way", WAYS)
def test_an_agent_that_stalls_gets_everything_once_it_is_back(
    agent: PeerAgent, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Payloads that it does not answer in time are sent again; each number is done once."""
    sent = varied(40)
    expected = {(span.trace_id, span.span_id) for trace in sent for span in trace.spans}
    agent.stall(30)
    monkeypatch.setattr(seam, "TIMEOUT", 200 * MILLISECOND)
    with running_shipper(address(agent, way)) as it:
        it.offer(sent)
        while "no reply within" not in it.last_error:
            SystemClock().wait(threading.Event(), 10 * MILLISECOND)
        assert not it.has_room()
        assert [] == it.take_done()
        agent.stall(0)
        monkeypatch.undo()
        assert it.drain(20 * SECOND), it.last_error
        assert list(range(40)) == it.take_done()

    assert expected == {(span["trace_id"], span["span_id"]) for span in agent.spans()}
    assert_all_checks_passed(agent)


def test_a_log_becomes_the_traces_that_convert_prints(agent: PeerAgent, tmp_path: Path) -> None:
    """`run --once` over the demo's logs ships, and the agent takes, what `convert` prints of them."""
    write_demo_logs(tmp_path, seconds=20)
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
