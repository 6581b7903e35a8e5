"""What the pipeline thread tells of a whole session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace import config
from logtrace.admin.overview import Overview, take
from logtrace.clock import SECOND
from tests.support.agent import FakeAgent
from tests.support.rig import RULE, Rig, line

PAIR = """
    format: json
    read_from: beginning
    time: {field: ts}
    spans:
      - name: job
        start: event == "start"
        end: event == "end"
        key: "{id}"
"""


@pytest.fixture
def agent() -> Iterator[FakeAgent]:
    """A strict Agent."""
    with FakeAgent() as agent:
        yield agent


def overview(rig: Rig, limit: int = 20) -> Overview:
    """Return the overview of a rig as the daemon takes it."""
    loaded = config.load(rig.directory / "logtrace.yaml", {})
    return take(loaded, rig.files, rig.pipeline.stages, rig.clock.now(), limit)


@pytest.fixture
def rig(tmp_path: Path, agent: FakeAgent) -> Iterator[Rig]:
    """A daemon stepped by hand."""
    rig = Rig(tmp_path, agent, RULE)
    yield rig
    rig.close()


def test_before_the_first_step(rig: Rig) -> None:
    """The sources of the configuration, without files."""
    (source,) = overview(rig).sources
    assert ("json", 0, 0) == (source.format, source.files.files, source.behind)


def test_open_traces_are_told(rig: Rig) -> None:
    """A trace that waits for company, and its spans."""
    rig.write(line(0), line(0), line(1))
    rig.step(pause=0)
    told = overview(rig)
    assert (2, 3, 100_000) == (told.open_traces, told.open_spans, told.max_open)
    assert 0 == told.sources[0].behind


def test_half_spans_are_told_by_source(tmp_path: Path, agent: FakeAgent) -> None:
    """Starts that wait for their end."""
    rig = Rig(tmp_path, agent, PAIR)
    rig.write(*(line(number, event="start") for number in range(5)), line(0, event="end"))
    rig.step()
    assert 4 == overview(rig).sources[0].half_spans
    rig.close()


def test_how_far_a_source_is_behind(rig: Rig) -> None:
    """The age, by the log's own clock, of the newest line that was read; unread lines are younger."""
    old = rig.clock.now() - 3600 * SECOND
    padding = "x" * 1000
    rig.write(*(line(number % 60, note=padding) for number in range(1000)))
    rig.step(pause=0)
    told = overview(rig).sources[0]

    assert 1 == len(told.files.behind)
    assert told.behind is not None
    assert 3500 * SECOND < told.behind <= rig.clock.now() - old


def test_a_log_that_gave_no_span_is_behind_by_nobody_knows_how_much(rig: Rig) -> None:
    """Nothing tells its time."""
    rig.write(*(line(number, event="other", note="x" * 1000) for number in range(1000)))
    rig.step(pause=0)
    assert overview(rig).sources[0].behind is None


def test_a_log_from_the_future_says_nothing_about_now(rig: Rig) -> None:
    """A clock that is wrong, or a zone."""
    stamp = "2026-11-22T18:00:00Z"
    rig.write(*(line(number, ts=stamp, note="x" * 1000) for number in range(1000)))
    rig.step(pause=0)
    assert overview(rig).sources[0].behind is None
