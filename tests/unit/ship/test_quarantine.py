"""Refused traces in a bounded file, and what `receive --replay` makes of it."""

import json
from pathlib import Path

import pytest

from logtrace.ship import quarantine as module
from logtrace.ship.quarantine import Quarantine
from tests.support.clock import FakeClock
from tests.support.log import RecordingLog, recording_telemetry
from tests.support.stage import Stage
from tests.support.traces import trace


def made(path: Path) -> tuple[Quarantine, RecordingLog]:
    """Return a quarantine and the log that it complains to."""
    telemetry, log = recording_telemetry()
    return Quarantine(path, telemetry, FakeClock()), log


def records(path: Path) -> list[dict[str, object]]:
    """Return what stands in a file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_says_when_what_and_why(tmp_path: Path) -> None:
    """The time, the Agent's words, and the spans with all that they hold."""
    quarantine, _ = made(tmp_path / "q")
    quarantine.put(trace(7, 2, meta={"a": "ä\n"}), "400: bad")

    [record] = records(tmp_path / "q")
    assert ("2026-11-22T12:00:00+00:00", "400: bad") == (record["at"], record["error"])
    assert [7, 7] == [span["trace_id"] for span in record["spans"]]  # type: ignore[attr-defined]
    assert 0o600 == (tmp_path / "q").stat().st_mode & 0o777


def test_the_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full one makes room, in the place of the one before; the newest are there."""
    monkeypatch.setattr(module, "LARGEST", 2000)
    quarantine, _ = made(tmp_path / "q")
    for number in range(1, 101):
        quarantine.put(trace(number), "bad")

    assert {"q", "q.1"} == {path.name for path in tmp_path.iterdir()}
    assert max(path.stat().st_size for path in tmp_path.iterdir()) <= 2000
    assert 100 == records(tmp_path / "q")[-1]["spans"][0]["trace_id"]  # type: ignore[index]


def test_a_huge_trace_is_kept_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is bounded, and says how many spans are not in it."""
    monkeypatch.setattr(module, "LONGEST_LINE", 5000)
    quarantine, _ = made(tmp_path / "q")
    quarantine.put(trace(1, 1000), "bad")

    [record] = records(tmp_path / "q")
    assert (tmp_path / "q").stat().st_size <= 5001
    assert 1000 == record["spans_left_out"] + len(record["spans"])  # type: ignore[operator,arg-type]


def test_what_json_has_no_form_for_is_shown(tmp_path: Path) -> None:
    """Half a surrogate pair, a set, a number without end: kept as Python shows it."""
    quarantine, log = made(tmp_path / "q")
    quarantine.put(trace(1, resource="\ud800", meta={"a": {1, 2}}), "cannot be encoded \ud800")

    [record] = records(tmp_path / "q")
    assert ([], []) == (record["spans"], log.events)
    assert "\\\\ud800" in str(record["shown"]) or "\\ud800" in str(record["shown"])


def test_a_place_that_cannot_be_written_is_said_once(tmp_path: Path) -> None:
    """It is not worth more than a message."""
    quarantine, log = made(tmp_path / "none" / "q")
    for number in range(5):
        quarantine.put(trace(number + 1), "bad")
    assert ["No such file or directory"] == [e["error"] for e in log.named("quarantine_failed")]


def test_a_refused_trace_ends_there_and_the_others_arrive(tmp_path: Path) -> None:
    """The guilty trace of a payload, and no other."""
    quarantine, _ = made(tmp_path / "q")
    stage = Stage(quarantine=quarantine)
    stage.agent.refuse = lambda span: span.trace_id == 3
    stage.ship(*[trace(number) for number in range(1, 6)])

    assert [3] == [record["spans"][0]["trace_id"] for record in records(tmp_path / "q")]  # type: ignore[index]
    assert [1, 2, 4, 5] == sorted(stage.agent.ids)
