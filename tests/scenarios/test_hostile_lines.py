"""Somebody who can write log lines tries to break the daemon."""

import json

import pytest

from tests.support.rig import Rig, line


@pytest.mark.scenario(30)
def test_every_bad_line_is_survived_and_counted_by_reason(rig: Rig) -> None:
    """Each bad line costs itself at most; one whose time cannot be read has that of the line before."""
    broken = json.dumps(json.loads(line(1)) | {"note": "x"}).encode().replace(b'"x"', b'"\xff\xfe"')
    rig.write(line(0), "{broken\n", "\n", "[1, 2]\n", '"text"\n')
    with rig.log.open("ab") as log:
        log.write(broken + b"\n")
    rig.write(
        line(2, ts="1970-01-01T00:00:01Z"),
        line(3, ts="2200-01-01T00:00:01Z"),
        line(4, ts="yesterday"),
        line(5, ts=None),
        line(6, id="-"),
        line(7, ms="soon"),
        line(8, ms=None),
        line(9, event="other"),
        '{"a":' + "[" * 100_000 + "\n",
        line(10),
    )
    rig.step(5)

    reasons = {
        str(label): count
        for (name, label), count in rig.telemetry.counts.items()
        if name == "lines_rejected"
    }
    assert [0, 1, 4, 5, 10] == rig.delivered
    assert {
        "bad_json": 2,
        "empty_line": 1,
        "not_an_object": 2,
        "time_out_of_range": 2,
        "no_trace_id": 1,
        "bad_duration": 1,
        "no_duration": 1,
    } == reasons
    assert 1 == rig.telemetry.total("lines_unmatched")
    assert 1 == rig.telemetry.count("lines_repaired", "utf8")
    assert 2 == rig.telemetry.count("lines_repaired", "time")


@pytest.mark.scenario(29)
def test_a_line_without_end_does_not_take_memory(rig: Rig) -> None:
    """A line of many megabytes is cut, and the line after it is whole."""
    rig.write(line(0), '{"id": "' + "x" * 5_000_000 + '"}\n', line(1))
    rig.step(8)

    assert [0, 1] == rig.delivered
    assert 1 == rig.telemetry.count("lines_repaired", "cut")


def test_control_characters_arrive_as_they_are_and_break_nothing(rig: Rig) -> None:
    """Terminal escapes and markup in an id field are only text."""
    rig.write(line(0, id="\u001b[2J<script>alert(1)</script>"), line(1))
    rig.step(4)

    assert 2 == len(rig.agent.spans)
    assert 0 == rig.lost()
