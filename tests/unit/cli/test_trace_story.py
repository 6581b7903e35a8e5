from collections import Counter

import pytest

from logtrace import logs
from logtrace.assemble.parents import TAG
from logtrace.cli.page import Page
from logtrace.cli.trace_story import TraceStory, shows
from logtrace.config.model import Config
from logtrace.insight.given import Files, Place
from logtrace.insight.reading import Origin, TraceLines
from logtrace.model import Closed, Span
from logtrace.telemetry import Telemetry
from tests.support.clock import FakeClock

ROOT = Span("shop", "web.request", "GET /", 7, 1, 0, 500, error=1, type="web")


class Numbered(Files):
    """Files whose line n has the record number n."""

    def __init__(self) -> None:
        super().__init__(Config(), [], None, Telemetry(logs.silent(), FakeClock()))

    def place(self, number: int) -> Place:
        return Place("x.log", number)


def said(capsys: pytest.CaptureFixture[str], *spans: tuple[Span, Origin | None]) -> str:
    """Return what is printed of a trace."""
    trace = TraceLines(
        spans=[span for span, _ in spans],
        numbers=[1],
        reason=Closed.IDLE,
        kept_by=None,
        origins=[origin for _, origin in spans],
        findings=None,
        redacted=Counter({"emails": 2}),
    )
    TraceStory(Page(), Numbered()).print(trace)
    return capsys.readouterr().out


def child(parent_id: int = 1, **keys: object) -> Span:
    """Return a span below the root."""
    return Span("shop", "db.query", "db.query", 7, 2, 0, 5, parent_id, **keys)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("span", "origin", "words"),
    [
        (child(), Origin((2,), False, True), "shop web.request; the log says so, by an id or"),
        (child(), None, "shop web.request; a timer in that one's line"),
        (child(9), Origin((2,), False, True), "0000000000000009, not among these; the log"),
        (
            child(meta={TAG: "containment"}),
            Origin((2,), False, False),
            "shop web.request; inferred: the tightest span of the trace",
        ),
        (
            child(meta={TAG: "root"}),
            Origin((2,), False, False),
            "shop web.request; inferred: no span is around it, so the root",
        ),
        (child(0, meta={TAG: "cycle"}), Origin((2,), False, True), "none; mended: the parent"),
        (child(0), Origin((2,), False, False), "none: the log names none, and no span is around"),
        (child(0), Origin((2,), True, True), "none: the log says that it is the root"),
        (child(0), Origin((2,), True, False), "none: nothing here called it, so it seems to be"),
        (
            child(meta={TAG: "something new"}),
            Origin((2,), False, False),
            "shop web.request; inferred: something new",
        ),
        (
            child(meta={TAG: "call"}),
            Origin((2,), True, False),
            "shop web.request; inferred: it called this one",
        ),
    ],
)
def test_how_a_parent_was_found(
    capsys: pytest.CaptureFixture[str], span: Span, origin: Origin | None, words: str
) -> None:
    """Given, inferred or mended; and who it is."""
    out = said(capsys, (ROOT, Origin((1,), True, True)), (span, origin))
    below = out[out.rindex("shop db.query \n") :]
    assert f"  parent    {words}" in " ".join(below.split("\n            "))


def test_a_trace_is_told_with_its_reason_its_lines_and_its_changes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """First the picture, then span by span."""
    span = child(
        meta={"user": "ann\x1b", "_dd.p.dm": "-0"},
        metrics={"rows": 3.0, "_sampling_priority_v1": 1},
        span_events=[{"name": "retry"}, {"name": "late"}, {"name": "retry"}],
    )
    numbers = tuple(range(2, 12))
    out = said(capsys, (ROOT, Origin((1,), True, True)), (span, Origin(numbers, False, True)))
    assert out.startswith("trace 0000000000000007\n  closed: idle: no root was known")
    assert "shop web.request GET /\n  from      x.log:1\n" in out
    assert "  time      1970-01-01 00:00:00.000 UTC, 500 ns, failed\n" in out
    assert "  type      web\n" in out
    assert "x.log:6 and 5 more\n" in out.replace("\n            ", "")
    assert "  tags      user=ann\\x1b\n  metrics   rows=3\n  events    retry (2), late\n" in out
    assert out.endswith("redacted: emails 2\n")


def test_tags_for_the_agent_are_not_shown() -> None:
    """Nor ours: they are told in words."""
    assert [False, False, False, True] == [
        shows(key) for key in ("_dd.p.tid", "_sampling_priority_v1", TAG, "user")
    ]
