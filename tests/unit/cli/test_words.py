from datetime import UTC, datetime
from pathlib import Path

import pytest

from logtrace.cli.words import CLOSED, REJECTED, decision_text, percent, rule_text
from logtrace.clock import SECOND
from logtrace.config.keys import Text
from logtrace.config.model import KeepConfig
from logtrace.errors import Mark
from logtrace.mapping import runtime
from logtrace.model import Closed, Reject, Span
from tests.support.mapping import rule, when


def test_every_reason_has_its_words() -> None:
    """A new one needs some."""
    assert set(Reject) == set(REJECTED)
    assert set(Closed) == set(CLOSED)


def test_the_range_of_times_is_that_of_the_code() -> None:
    """In words for a person, and in the reference."""
    last = runtime.LATEST - 1
    first, last = (
        datetime.fromtimestamp(ns // SECOND, UTC).year for ns in (runtime.EARLIEST, last)
    )
    said = f"before {first} or after {last}"
    assert f"the time is {said};" in REJECTED[Reject.TIME_OUT_OF_RANGE]
    page = (Path(__file__).parents[3] / "docs" / "reference" / "events.md").read_text()
    assert f"| `time_out_of_range` | {said} |" in page


def test_a_rule_is_told_by_what_it_takes() -> None:
    """As it is written."""
    assert "when: a == 1" == rule_text(when("a == 1"))
    assert "start: a; end: b" == rule_text(rule(start="a", end="b", name="x"))
    assert "group: {id}" == rule_text(rule(group="{id}", name="x"))
    assert "event: a" == rule_text(rule(event="a", name="x"))


@pytest.mark.parametrize(
    ("meta", "metrics", "text"),
    [
        ({"_dd.p.dm": "-0"}, {"_sampling_priority_v1": 1}, ""),
        (
            {"_dd.p.dm": "-3"},
            {"_sampling_priority_v1": 2, "_dd.rule_psr": 0.125},
            "kept: an entry of `traces.keep` decided when the trace's first spans left, "
            "which keeps 12.5 % of such traces",
        ),
        ({"_dd.p.dm": "-4"}, {"_sampling_priority_v1": -1}, "not kept: the log says so"),
    ],
)
def test_who_decided_about_a_trace(
    meta: dict[str, str], metrics: dict[str, float], text: str
) -> None:
    """Where somebody did."""
    span = Span("shop", "x", "x", 1, 1, 0, 0, meta=meta, metrics=metrics)
    assert text == decision_text(span)


def test_the_entry_of_keep_that_decided_is_named() -> None:
    """With its place and what it asks."""
    span = Span("shop", "x", "x", 1, 1, 0, 0, meta={"_dd.p.dm": "-3"})
    span.metrics = {"_sampling_priority_v1": -1, "_dd.rule_psr": 0.5}
    mark = Mark("logtrace.yaml", 7, 5)
    entries = [
        KeepConfig(mark=mark, when=Text("any.error", mark), rate=0.5),
        KeepConfig(mark=mark, rate=0.5),
    ]
    share = "which keeps 50 % of such traces"
    assert [
        f"not kept: traces.keep[0] decided, line 7, when: any.error, {share}",
        f"not kept: traces.keep[1] decided, line 7, all traces, {share}",
    ] == [decision_text(span, entries, entry) for entry in (0, 1)]


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "-"),
        (0, 9, "-"),
        (9, 9, "100 %"),
        (1, 3, "33.3 %"),
        (1, 10**6, "0.1 %"),
        (999_999, 10**6, "99.9 %"),
    ],
)
def test_all_and_nothing_are_said_only_of_all_and_nothing(part: int, whole: int, text: str) -> None:
    """One line of a million that gives nothing is not 0 %, and all but one are not 100 %."""
    assert text == percent(part, whole)
