"""Real traces to Datadog's own Rust agent: what it sends on is what we meant, span by span."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import pytest

import logtrace
from logtrace.clock import SECOND, SystemClock
from logtrace.demo import legacy_shop
from logtrace.model import Closed, Span, Trace
from logtrace.ship.agent import Agent
from logtrace.ship.encode import V04
from logtrace.web.strict import judge
from tests.support import mini
from tests.support.agent_payload import Forwarded
from tests.support.mini import MiniAgent
from tests.support.peer import NotInstalled
from tests.support.shipping import comparable, running_shipper, write_demo_logs
from tests.support.traces import MOST, span, varied

pytestmark = [pytest.mark.peer, pytest.mark.slow, pytest.mark.timeout(300)]

T = TypeVar("T")

ADDED = {"origin", "_dd.origin", "functionname", "_top_level", "sql.query"}
"""What it adds: tags of a root span, beside those that begin with `aas.`; its form of our
`_dd.top_level`; a statement without its literals."""


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[MiniAgent]:
    """A running agent. In CI, as root, that it cannot be run is an error."""
    try:
        with mini.running(tmp_path) as agent:
            yield agent
    except (mini.NotPossible, NotInstalled) as error:
        if os.environ.get("CI") and not os.geteuid():
            raise
        pytest.skip(f"Datadog's mini agent cannot be run: {error}")


def meant(spans: list[Span]) -> list[dict[str, Any]]:
    """Return what spans say in the fields that are sent on, by trace and span id."""
    names = Forwarded.__dataclass_fields__
    maps = [{name: getattr(span, name) for name in names} for span in spans]
    return sorted(maps, key=lambda span: (span["trace_id"], span["span_id"]))


def said(spans: list[Forwarded]) -> list[dict[str, Any]]:
    """Return what was sent on, without the tags and metrics that the agent adds of itself."""
    return [asdict(span) | {"meta": own(span.meta), "metrics": own(span.metrics)} for span in spans]


def own(tags: dict[str, T]) -> dict[str, T]:
    """Return the tags that came with the span."""
    return {
        key: value for key, value in tags.items() if key not in ADDED and not key.startswith("aas.")
    }


def test_what_is_shipped_is_sent_on_unchanged(agent: MiniAgent) -> None:
    """630 spans with extreme ids, texts and numbers: each field of each is what it was."""
    sent = varied(60)
    expected = meant([span for trace in sent for span in trace.spans])
    with running_shipper(agent.url, agent.enter) as it:
        it.offer(sent)
        assert it.drain(20 * SECOND), it.last_error
        assert list(range(60)) == it.take_done()

    assert expected == said(agent.await_spans(630))
    assert 60 == len(agent.chunks)
    assert {("python", logtrace.__version__)} == {
        (chunk.language, chunk.version) for chunk in agent.chunks
    }


def test_what_a_trace_says_of_itself_is_understood(agent: MiniAgent) -> None:
    """Root, priority, environment and SQL are found; events, and half of the trace id, are tags."""
    event = {"name": "log.error", "time_unix_nano": 5, "attributes": {"message": "disk full"}}
    root = span(
        MOST,
        meta={"env": "prod", "_dd.p.tid": "00000000000000ff"},
        metrics={"_sampling_priority_v1": 2.0, "_dd.top_level": 1.0},
        span_events=[event],
    )
    query = "SELECT * FROM orders WHERE id = 42"
    children = [
        span(MOST, span_id=1, parent_id=MOST, type="sql", resource=query),
        span(MOST, span_id=2, parent_id=MOST, name="Käse kaufen"),
    ]
    with running_shipper(agent.url, agent.enter) as it:
        it.offer([Trace([root, *children], [1], Closed.COMPLETE)])
        assert it.drain(20 * SECOND), it.last_error

    first, second, last = agent.await_spans(3)
    [chunk] = agent.chunks
    assert (2, "prod") == (chunk.priority, chunk.env)
    assert [False, False, True] == ["functionname" in each.meta for each in (first, second, last)]
    assert ("sql", "SELECT * FROM orders WHERE id = ?") == (first.type, first.resource)
    assert "K_se_kaufen" == second.name  # given the ä, it would send on what is no UTF-8
    assert [event] == json.loads(last.meta["events"])
    assert {"env": "prod", "_dd.p.tid": "00000000000000ff"}.items() <= last.meta.items()
    assert root.metrics | {"_top_level": 1.0} == last.metrics  # it has understood _dd.top_level


def test_large_payloads_are_sent_on_whole(agent: MiniAgent) -> None:
    """10,000 spans in payloads of a thousand and more: it takes and sends on every one, once."""
    sent = [
        Trace([span(number, meta={"note": "x" * 200})], [number], Closed.COMPLETE)
        for number in range(1, 10_001)
    ]
    with running_shipper(agent.url, agent.enter) as it:
        it.offer(sent)
        assert it.drain(20 * SECOND), it.last_error

    assert list(range(1, 10_001)) == [each.span_id for each in agent.await_spans(10_000)]


def test_a_log_becomes_the_traces_that_convert_prints(agent: MiniAgent, tmp_path: Path) -> None:
    """The daemon in its network: it sends on what `convert` prints of the same logs."""
    logs = tmp_path / "logs"
    logs.mkdir()
    write_demo_logs(logs, seconds=20)
    config = Path(legacy_shop.__file__).with_name("demo.yaml")
    environment = os.environ | {"LOGTRACE_DEMO_DIR": str(logs), "LOGTRACE_DEMO_PORT": "8126"}

    def run(*words: str | Path) -> str:
        command = agent.command(sys.executable, "-m", "logtrace", *words)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert 0 == done.returncode, done.stderr
        return done.stdout

    run("run", "--once", "-c", config)
    printed = run("convert", "-c", config, *sorted(logs.glob("*.log")))

    expected = [asdict(Forwarded(**span)) for trace in json.loads(printed) for span in trace]
    for each in expected:
        each["metrics"] = {key: float(number) for key, number in each["metrics"].items()}
        each["resource"] = each["resource"].replace("(?, ?, ?)", "( ? )")  # as it shortens lists
    sent_on = agent.await_spans(len(expected))
    assert len(sent_on) > 500
    assert comparable(expected) == comparable(said(sent_on))


REWRITTEN: dict[str, list[Any]] = {
    "service": [
        "A",
        "Shop Käse",
        "a_",
        "a__b",
        "a b  c",
        "É" * 60,
        "x" * 101,
        "a/b_c.d",
        "a\u0301b",
    ],
    "name": ["", "/", "名前", "..a", "_a_", "-a", "1a", "a.b", "a..b", "a_.b", "x" * 250, "a-b"],
    "resource": [""],
    "type": ["x" * 101, "é" * 51],
    "start": [0, 5, 946_684_799_999_999_999, 946_684_800_000_000_000],
    "duration": [-1, 0, 2**63 - 1],
    "error": [-1, 7],
    "meta": [
        *({"env": text} for text in ("Prod", "a b", "É", "x" * 250, "a_")),
        *(
            {"http.status_code": text}
            for text in ("200", "0200", "99", "600", "-1", "2e2", "20x", "")
        ),
    ],
}
"""Values that Datadog's normaliser changes, or leaves alone though one might think not."""


def test_what_datadogs_code_rewrites_is_what_our_judge_says(agent: MiniAgent) -> None:
    """The rules in `web/strict.py`, oracle of many tests, give what Datadog's own code gives."""
    changes = [{field: value} for field, values in REWRITTEN.items() for value in values]
    sent = [span(number, **change) for number, change in enumerate(changes, 1)]

    def send() -> None:
        it = Agent(agent.url, logtrace.__version__)
        it.send(V04.encode([[each] for each in sent]), V04.content_type, V04.path, len(sent))
        it.close()

    before = SystemClock().now()
    agent.inside(send)
    sent_on = said(agent.await_spans(len(sent)))
    expected = meant([span for [span] in judge([[each] for each in sent], before).traces])

    for ours, theirs in zip(expected, sent_on, strict=True):
        if ours["start"] != theirs["start"]:  # became now, theirs a little later
            assert 0 <= theirs["start"] - ours["start"] < 60 * SECOND
            theirs["start"] = ours["start"]
    assert expected == sent_on
