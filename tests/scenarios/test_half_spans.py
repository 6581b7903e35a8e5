"""Two lines make one span: a job that starts, and ends minutes later."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace import config
from logtrace.clock import SECOND
from logtrace.stages import Stages
from tests.support.agent import FakeAgent
from tests.support.clock import FakeClock
from tests.support.lines import batch
from tests.support.log import recording_telemetry
from tests.support.rig import Rig

SOURCE = r"""
    format: regex
    read_from: beginning
    pattern: '^(?P<time>\S+) \[(?P<thread>\w+)\] (?P<message>.*)$'
    time: {field: time}
    scope: "{thread}"
    spans:
      - name: job.run
        start: message startswith "Starting job "
        end: message startswith "Finished job "
        extract: '(?:Starting|Finished) job (?P<job>\w+)(?: rc=(?P<rc>\d+))?'
        resource: "{job}"
        error: rc != 0
"""


@pytest.fixture
def jobs(tmp_path: Path, agent: FakeAgent) -> Iterator[Rig]:
    """A daemon over a log of start and end lines."""
    jobs = Rig(tmp_path, agent, SOURCE)
    yield jobs
    jobs.close()


def test_a_job_is_one_span_from_its_first_to_its_last_line(jobs: Rig) -> None:
    """Start and end are paired, and the inner job is the child of the outer one."""
    jobs.write(
        "2026-11-22T11:00:00Z [main] Starting job outer\n",
        "2026-11-22T11:00:01Z [main] Starting job inner\n",
        "2026-11-22T11:00:02Z [main] Finished job inner rc=1\n",
    )
    jobs.step(60)
    jobs.write("2026-11-22T11:01:00Z [main] Finished job outer rc=0\n")
    jobs.step(10)

    outer, inner = sorted(jobs.agent.spans, key=lambda span: span["start"])
    assert ("outer", 60 * SECOND, 0) == (outer["resource"], outer["duration"], outer["error"])
    assert ("inner", 1 * SECOND, 1) == (inner["resource"], inner["duration"], inner["error"])
    assert (outer["trace_id"], outer["span_id"]) == (inner["trace_id"], inner["parent_id"])


@pytest.mark.scenario(76)
def test_a_start_line_that_waited_through_a_restart(jobs: Rig) -> None:
    """After kill -9 only the open start line is read again, and the span has the same ids."""
    jobs.write("2026-11-22T11:00:00Z [main] Starting job nightly\n")
    jobs.write(*(f"2026-11-22T11:00:0{second}Z [main] tick\n" for second in range(9)))
    jobs.step(5)
    jobs.crash()
    read = jobs.telemetry.total("lines_read")
    jobs.step(3)
    assert 1 == jobs.telemetry.total("lines_read") - read

    jobs.write("2026-11-22T11:10:00Z [main] Finished job nightly rc=0\n")
    jobs.step(10)
    assert [600 * SECOND] == [span["duration"] for span in jobs.agent.spans]


def test_starts_that_have_no_room_are_counted(tmp_path: Path) -> None:
    """Above `max_open` the oldest is sent unfinished, and an operator can see that it was."""
    path = tmp_path / "logtrace.yaml"
    path.write_text(f"traces: {{max_open: 1}}\nsources:\n  - path: /app.log{SOURCE}")
    telemetry, _ = recording_telemetry(FakeClock())
    stages = Stages(config.load(str(path), {}), telemetry)
    lines = [f"2026-11-22T11:00:0{n}Z [t{n}] Starting job j{n}" for n in range(3)]
    given = batch(*lines)
    given.source = "/app.log"

    stages.process(given)

    assert 2 == telemetry.count("spans_evicted", "/app.log")
