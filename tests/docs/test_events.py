"""docs/reference/events.md lists what can happen at run time: all of it, and nothing else."""

import inspect
import re
from enum import StrEnum
from pathlib import Path

import pytest

from logtrace import telemetry
from logtrace.model import Closed, Drop, Refusal, Reject, Rewrite

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "events.md").read_text()
SOURCE = inspect.getsource(telemetry)


def documented(heading: str) -> list[str]:
    """Return the names in the first column of the table under a heading, sorted."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return sorted(re.findall(r"^\| `(\w+)`", section, re.MULTILINE))


def test_every_event_is_documented() -> None:
    """The table of events has exactly those that telemetry.py can log."""
    logged = re.findall(r'(?:_log\.\w+|\blog|_seldom)\(\s*(?:[\w" ]+,\s*)?"(\w+)"', SOURCE)
    assert sorted(set(logged)) == documented("Events")


def test_every_counter_is_documented() -> None:
    """The table of counters has exactly those that telemetry.py adds to."""
    assert sorted(set(re.findall(r'_add\("(\w+)"', SOURCE))) == documented("Counters")


def test_what_a_counter_counts_apart_is_documented() -> None:
    """The column `by` says of each counter what COUNTERS does."""
    section = PAGE.partition("\n## Counters\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (\w*) ?\|", section, re.MULTILINE)
    assert telemetry.COUNTERS == dict(rows)


@pytest.mark.parametrize(
    ("heading", "reasons"),
    [
        ("Why a line gave no span", Reject),
        ("Why a span was lost", Drop),
        ("What the Agent would refuse", Refusal),
        ("Why a span was changed", Rewrite),
        ("Why a trace was closed", Closed),
    ],
)
def test_every_reason_is_documented(heading: str, reasons: type[StrEnum]) -> None:
    """Each table of reasons has exactly the values of its enumeration."""
    assert sorted(reasons) == documented(heading)
