"""Two lines make one span: a job that starts, and ends minutes later."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from tests.support.agent import FakeAgent
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
