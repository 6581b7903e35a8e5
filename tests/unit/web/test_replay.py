"""`receive --replay`: a quarantine file, shown."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from logtrace.cli.receive import command
from logtrace.errors import SourceError
from logtrace.ship.quarantine import Quarantine
from logtrace.web.replay import deliveries
from tests.support.clock import FakeClock
from tests.support.log import recording_telemetry
from tests.support.traces import trace


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A quarantine file with one good trace and one that has a float for a start."""
    quarantine = Quarantine(tmp_path / "q", recording_telemetry()[0], FakeClock())
    quarantine.put(trace(1), "400: who knows")
    quarantine.put(trace(2, start=1.5), "400: \x1b[31mcannot decode")
    return tmp_path / "q"


def test_what_the_agent_said_and_what_is_wrong(file: Path) -> None:
    """A trace that would pass is shown; of one that would not the field is named."""
    (first, good), (second, bad) = deliveries(str(file))

    assert "line 1: 2026-11-22T12:00:00+00:00: the Agent said: 400: who knows" == first
    assert "\\x1b[31m" in second
    assert (1, "") == (len(good.traces), good.refused)
    assert "start" in bad.refused


def test_lines_that_are_no_records_are_passed_over(tmp_path: Path) -> None:
    """Half a line at the end, garbage, another format."""
    path = tmp_path / "q"
    path.write_bytes(b'{"at": 1}\n\xff\xfe\n[]\n{"at":"x","error":"y","spans":[]')
    assert ["no record"] * 4 == [said.split(": ")[1][:9] for said, _ in deliveries(str(path))]


def test_a_file_that_is_not_there() -> None:
    """One message with its name."""
    with pytest.raises(SourceError, match="/none: no such file"):
        list(deliveries("/none"))


def test_the_command_shows_and_ends(file: Path) -> None:
    """Pictures, the Agent's words, the receiver's, and a summary."""
    shown = CliRunner().invoke(command, ["--replay", str(file)]).output

    assert "GET /1  5.00 ms" in shown
    assert "refused: trace 0, span 0" in shown
    assert "1 payload refused" in shown
    assert "\x1b" not in shown


def test_spans_that_are_not_in_the_file_are_mentioned(tmp_path: Path) -> None:
    """So that nobody takes the part for the whole."""
    record = {"at": "x", "error": "y", "spans": [], "spans_left_out": 9, "shown": "Span(…)"}
    (tmp_path / "q").write_text(json.dumps(record) + "\n")
    [(said, _)] = deliveries(str(tmp_path / "q"))
    assert "(9 more spans are not in the file)\nSpan(…)" in said
