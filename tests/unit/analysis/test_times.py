from pathlib import Path

import pytest

from logtrace.analysis.times import time_findings
from tests.support.judged import known, said


@pytest.mark.parametrize(
    ("keys", "what", "fix"),
    [
        (
            "from: begin",
            "from: 'begin' is no time, so that each line it takes is rejected (bad_time)",
            'write "{begin}" for a field',
        ),
        (
            "from: '{a}', to: at the end",
            "to: 'at the end' is no time, so that each line it takes is rejected (bad_time)",
            'write "{started_at}" for the field that holds it',
        ),
        (
            "from: '2026-11-22T10:00:00Z'",
            "from: '2026-11-22T10:00:00Z' is the same for every line",
            'write "{started_at}" for the field that holds it',
        ),
        (
            "from: '{a} ms'",
            "from: a time has no unit such as 'ms': each line it takes is rejected (bad_time)",
            "leave it out: the size of a number tells whether it is s, ms, us or ns since 1970;"
            " how long it took is `duration`",
        ),
    ],
)
def test_what_can_never_be_the_time_of_a_span(
    tmp_path: Path, keys: str, what: str, fix: str
) -> None:
    """A constant, or a value with a unit behind it: what becomes of the lines is said."""
    (found,) = time_findings(known(tmp_path, f"when: a, {keys}", pattern=None))
    assert [f"spans[0].{what}"] == said([found])
    assert fix == found.fix


@pytest.mark.parametrize(
    ("keys", "more"),
    [
        ("from: '{a}', to: '{b}'", ""),
        ("from: '{day} {clock}'", ""),
        ("from: '{clock} s'", "time: {format: '%Y-%m-%d %H:%M:%S s'}"),
        ("instant: true, resource: begin", ""),
    ],
)
def test_what_can_be_the_time_of_a_span(tmp_path: Path, keys: str, more: str) -> None:
    """Fields, also several, and a unit where the format of times has it: nothing is said."""
    source = known(tmp_path, f"when: a, {keys}", more, pattern=None)
    assert [] == said(time_findings(source))
