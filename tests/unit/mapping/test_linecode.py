"""What one rule makes of one line: a span, a half of one, a reject, or nothing; never two."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.clock import MILLISECOND, SECOND
from logtrace.config.model import RuleConfig, TimeConfig
from logtrace.mapping import ids, values
from logtrace.mapping.linecode import LineCode
from logtrace.mapping.rules import check
from logtrace.mapping.variables import RowVariables
from logtrace.mapping.writer import Writer
from logtrace.model import HalfSpan, MappedSpan, Reject, Role
from tests.support.mapping import FILE_KEY, NOON, FakeParser, read_time, rule, source, when

TRACE = "0af7651916cd43dd8448eb211c80319c"


class Outcome(NamedTuple):
    """What became of lines: the lists that the code writes to, and what it let through."""

    spans: list[MappedSpan]
    alone: list[MappedSpan]
    halves: list[HalfSpan]
    rejects: list[tuple[int, Reject]]
    taken: int
    through: list[int]


class Lines:
    """The code for lines that one rule takes, as a loop over them."""

    def __init__(self, config: RuleConfig, role: Role | None = None, **keys: Any) -> None:
        checked = check(source(config, **keys))
        self._parser = FakeParser(checked.fields)
        self.writer = Writer()
        fields = RowVariables(self.writer, self._parser)
        code = LineCode(self.writer, checked, checked.rules[0], fields)
        with self.writer.block("for i, r in enumerate(rows):"):
            code.extract(early=True)
            code.extract(early=False)
            if role is None:
                code.write_span()
            else:
                code.write_half(role)
            self.writer.line("through.append(i)")

    def run(self, *lines: dict[str, Any]) -> Outcome:
        """Return what becomes of lines; their time is `ts`, noon unless they say another."""
        records = self._parser.records([{"ts": 0, **line} for line in lines])
        lists: dict[str, Any] = {
            name: [] for name in ("spans", "alone", "halves", "rejects", "through")
        }
        names: dict[str, Any] = {
            **self.writer.bound,
            **lists,
            "rows": records.rows,
            "starts": records.batch.starts,
            "first": records.batch.first,
            "file_key": FILE_KEY,
            "read_time": read_time,
            "read_moment": read_time,
            "time_before": lambda records, index: records.batch.modified or None,
            "records": records,
            "timeless": 0,
            "span_seed0": ids.seed(FILE_KEY, 0, 0),
            "trace_seed0": ids.seed(FILE_KEY, 0, 1),
            "n0": 0,
        }
        exec(self.writer.source, names)
        return Outcome(**lists, taken=names["n0"])


def pair(**keys: Any) -> RuleConfig:
    """Return a rule of start and end."""
    return rule(start="a", end="b", name="job", **keys)


# ── one line, one span ────────────────────────────────────────────────────────────────────────────


def test_a_line_without_trace_id_is_a_trace_alone() -> None:
    """Its ids are derived from the file and the offset, and it goes where nothing can join it."""
    made = Lines(when()).run({}, {"ts": 5})

    first, second = made.alone
    assert ([], [], [], 2, []) == (made.spans, made.halves, made.rejects, made.taken, made.through)
    assert (1000, NOON, 1001, NOON + 5 * SECOND) == (
        *(first.number, first.time),
        *(second.number, second.time),
    )
    assert ids.derive(ids.seed(FILE_KEY, 0, 1), 100) == second.span.trace_id
    assert ids.derive(ids.seed(FILE_KEY, 0, 0), 100) == second.span.span_id
    assert ("", True, True) == (second.trace_high, second.root, second.parented)


def test_a_line_with_a_trace_id_can_be_joined() -> None:
    """Its trace id is the one of the log, with its high half."""
    made = Lines(when(trace_id="{t}")).run({"t": TRACE})

    (span,) = made.spans
    assert [] == made.alone
    assert (int(TRACE[16:], 16), TRACE[:16]) == (span.span.trace_id, span.trace_high)
    assert (False, False) == (span.root, span.parented)


@pytest.mark.parametrize(
    ("keys", "line", "start", "duration"),
    [
        ({"instant": True}, {}, NOON, 0),
        ({"duration": "{d} ms"}, {"d": 250}, NOON - 250 * MILLISECOND, 250 * MILLISECOND),
        ({"duration": "{d} ms"}, {"d": 0}, NOON, 0),
        ({"duration": "{d} ms"}, {"d": 0.5}, NOON - 500_000, 500_000),
        ({"duration": "{d} ms"}, {"d": "250"}, NOON - 250 * MILLISECOND, 250 * MILLISECOND),
        ({"duration": "{d}"}, {"d": "PT1.5S"}, NOON - 1_500_000_000, 1_500_000_000),
        ({"duration": "{d}"}, {"d": "00:01:00"}, NOON - 60 * SECOND, 60 * SECOND),
        ({"duration": "2 s"}, {}, NOON - 2 * SECOND, 2 * SECOND),
        ({"duration": "{d} s", "at": "start"}, {"d": 2}, NOON, 2 * SECOND),
        ({"from_": "{d}"}, {"d": -2}, NOON - 2 * SECOND, 2 * SECOND),
        ({"from_": "{d}"}, {"d": 0}, NOON, 0),
        ({"from_": "{d}", "to": "{e}"}, {"d": 1, "e": 3}, NOON + SECOND, 2 * SECOND),
        ({"from_": "{d}", "to": "{e}"}, {"d": 1, "e": 3, "ts": None}, NOON + SECOND, 2 * SECOND),
    ],
)
def test_the_extent_of_a_span(
    keys: dict[str, Any], line: dict[str, Any], start: int, duration: int
) -> None:
    """The line's time is the end, unless `at` or `from` and `to` say otherwise."""
    (made,) = Lines(when(**keys)).run(line).alone

    assert (start, duration) == (made.span.start, made.span.duration)


NUMBER = ({"duration": "{d} ms"}, {"d": 1})
SPELLED = ({"duration": "{d}"}, {"d": "1s"})
FROM = ({"from_": "{d}"}, {"d": -1})


@pytest.mark.parametrize(
    ("keys", "good", "line", "reason"),
    [
        (*NUMBER, {}, Reject.NO_DURATION),
        (*NUMBER, {"d": -1}, Reject.BAD_DURATION),
        (*NUMBER, {"d": True}, Reject.BAD_DURATION),
        (*NUMBER, {"d": "12ms"}, Reject.BAD_DURATION),
        (*NUMBER, {"d": float("nan")}, Reject.BAD_DURATION),
        (*NUMBER, {"d": 10**5000}, Reject.BAD_DURATION),
        (*NUMBER, {"d": {"ms": 1}}, Reject.BAD_DURATION),
        (*SPELLED, {"d": 12}, Reject.BAD_DURATION),
        (*SPELLED, {}, Reject.NO_DURATION),
        ({"duration": "{d}{e}"}, {"d": "1", "e": "s"}, {"d": "1s"}, Reject.NO_DURATION),
        ({"duration": "{d} h"}, {"d": 1}, {"d": 24 * 365 * 30}, Reject.TIME_OUT_OF_RANGE),
        (*FROM, {}, Reject.NO_DURATION),
        (*FROM, {"d": "x"}, Reject.BAD_TIME),
        (*FROM, {"d": -(10**9)}, Reject.TIME_OUT_OF_RANGE),
        (*FROM, {"d": 1}, Reject.BAD_DURATION),
        ({"from_": "{d}", "to": "{e}"}, {"d": 1, "e": 1}, {"d": 1}, Reject.NO_TIME),
        ({"instant": True}, {}, {"ts": None}, Reject.NO_TIME),
        ({"instant": True}, {}, {"ts": "noon"}, Reject.BAD_TIME),
        ({"instant": True}, {}, {"ts": 10**10}, Reject.TIME_OUT_OF_RANGE),
        ({"instant": True, "name": "{n}"}, {"n": "x"}, {}, Reject.NO_NAME),
        ({"instant": True, "trace_id": "{t}"}, {"t": "1"}, {"t": "-"}, Reject.NO_TRACE_ID),
    ],
)
def test_a_line_that_gives_no_span_says_why(
    keys: dict[str, Any], good: dict[str, Any], line: dict[str, Any], reason: Reject
) -> None:
    """It is rejected once and taken by nobody, and a good line after it is a span."""
    made = Lines(when(**keys)).run(line, good)

    assert [(0, reason)] == made.rejects
    assert [1001] == [span.number for span in made.spans + made.alone]
    assert (1, []) == (made.taken, made.through)


@pytest.mark.parametrize("unit", ["ns", "us", "ms", "s", "m", "h"])
def test_whole_numbers_are_durations_up_to_the_same_bound_as_others(unit: str) -> None:
    """What is inline for ints gives what `values.duration` gives, to the last that fits."""
    ns = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}[unit]
    last = (values.LONGEST - 1) // ns
    lines = [{"d": value} for value in (0, 1, last, last + 1, str(last), str(last + 1))]
    made = Lines(when(duration=f"{{d}} {unit}", at="start")).run(*lines)

    assert [0, ns, last * ns, last * ns] == [span.span.duration for span in made.alone]
    assert [(3, Reject.BAD_DURATION), (5, Reject.BAD_DURATION)] == made.rejects


# ── half-spans ────────────────────────────────────────────────────────────────────────────────────


def test_a_half_span_is_what_the_rule_needs_of_its_line() -> None:
    """Place, time, key, scope and the values of the fields that its span is made of."""
    config = pair(key="{k}-{l}", resource="{r} {start.r}", error="e", tags={"x": "{x.y}"})
    made = Lines(config, Role.START, scope="{thread}").run(
        {}, {"ts": 3, "k": 1, "l": "z", "thread": 7.0, "r": "GET", "x": {"y": [1]}}
    )

    (half,) = made.halves
    assert ([0], 1, []) == (made.through, made.taken, made.rejects)
    assert (
        HalfSpan(
            rule=0,
            role=Role.START,
            key="1-z",
            scope="7",
            time=NOON + 3 * SECOND,
            number=1001,
            offset=100,
            file_key=FILE_KEY,
            values=("GET", [1], None),
        )
        == half
    )


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("key", "line", "expected"),
    [
        (None, {}, ""),
        ("fixed", {}, "fixed"),
        ("{k}", {"k": "x"}, "x"),
        ("{k}", {"k": ""}, ""),
        ("{k}", {"k": 5}, "5"),
        ("{k}", {}, None),
        ("{k}{l}", {"k": 5}, None),
    ],
)
def test_the_key(role: Role, key: str | None, line: dict[str, Any], expected: str | None) -> None:
    """A line without the key that is written goes on to the next rule, even without a time."""
    made = Lines(pair(key=key) if key else pair(), role).run(line, {**line, "ts": None})

    if expected is None:
        assert ([], [], [0, 1]) == (made.halves, made.rejects, made.through)
    else:
        assert ([expected], [(1, Reject.NO_TIME)], []) == (
            [half.key for half in made.halves],
            made.rejects,
            made.through,
        )


@pytest.mark.parametrize(
    ("scope", "line", "expected"),
    [
        (None, {}, ""),
        ("all", {}, "all"),
        ("{s}", {"s": "main"}, "main"),
        ("{s}", {}, ""),
        ("{s}/{t}", {"s": 1, "t": 2}, "1/2"),
        ("{s}/{t}", {"s": 1}, ""),
    ],
)
def test_the_scope(scope: str | None, line: dict[str, Any], expected: str) -> None:
    """A line without its part of the scope is in the scope of all such lines."""
    keys = {"scope": scope} if scope else {}

    assert [expected] == [half.scope for half in Lines(pair(), Role.END, **keys).run(line).halves]


@pytest.mark.parametrize(
    ("config", "role", "scope", "reason"),
    [
        (pair(trace_id="{t}"), Role.START, None, Reject.NO_TRACE_ID),
        (pair(trace_id="{t}"), Role.END, None, Reject.NO_TRACE_ID),
        (pair(trace_id="{t}"), Role.START, "{s}", Reject.NO_TRACE_ID),
        (pair(trace_id="{t}"), Role.END, "{s}", None),
        (pair(trace_id="{t}", key="k"), Role.END, None, None),
        (pair(trace_id="{t}", key="k"), Role.START, None, Reject.NO_TRACE_ID),
        (rule(group="g", name="x", trace_id="{t}"), Role.MEMBER, None, None),
        (rule(event="e", name="x", trace_id="{t}"), Role.EVENT, None, Reject.NO_TRACE_ID),
        (pair(), Role.START, None, None),
    ],
)
def test_lines_that_need_the_trace_id(
    config: RuleConfig, role: Role, scope: str | None, reason: Reject | None
) -> None:
    """All that open a span need it; an end does only where it is the trace id that pairs.

    Of a group the first line does: that is seen when lines are put together.
    """
    keys = {"scope": scope} if scope else {}
    made = Lines(config, role, **keys).run({"t": "-"}, {"t": "a1"})

    assert ([] if reason is None else [(0, reason)]) == made.rejects
    assert (2 - len(made.rejects), []) == (len(made.halves), made.through)


def test_lines_paired_by_their_trace_have_it_for_a_key() -> None:
    """Without key and scope, start and end are of one trace."""
    made = Lines(pair(trace_id="{t}"), Role.END).run({"t": 17}, {"t": "17"}, {"t": None})

    assert ["17", "17"] == [half.key for half in made.halves]


def test_an_event_needs_its_name_at_once() -> None:
    """There is no later line that it could come from; a start's name is asked for at the end."""
    config = rule(event="e", name="{n}")
    event = Lines(config, Role.EVENT).run({}, {"n": "log.error"})
    start = Lines(rule(start="a", end="b", name="{n}"), Role.START).run({})

    assert ([(0, Reject.NO_NAME)], 1) == (event.rejects, len(event.halves))
    assert ([], 1) == (start.rejects, len(start.halves))


# ── times and extraction ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"ts": 1, "time": 2}, NOON + SECOND),
        ({"ts": 0, "time": 2}, NOON),
        ({"ts": None, "time": 2}, NOON + 2 * SECOND),
        ({"ts": None, "date": 3}, NOON + 3 * SECOND),
        ({"ts": "x", "time": 2}, Reject.BAD_TIME),
        ({"ts": None}, Reject.NO_TIME),
    ],
)
def test_the_time_is_the_first_usual_field_that_is_present(
    line: dict[str, Any], expected: object
) -> None:
    """A value that is there counts, even if it cannot be read."""
    made = Lines(when(), time=TimeConfig()).run(line)
    found = made.alone[0].time if made.alone else made.rejects[0][1]

    assert expected == found


@pytest.mark.parametrize("condition", ["true", "job exists"])
def test_extraction_happens_once(condition: str) -> None:
    """Early where the condition needs it, else where the rule has taken the line."""
    lines = Lines(when(condition, name="{job}", extract=r"job (?P<job>\w+)"))

    assert 1 == lines.writer.source.count("m.group(1)")
    assert ["a"] == [made.span.name for made in lines.run({"message": "job a"}).alone]


# ── every path ────────────────────────────────────────────────────────────────────────────────────

SHAPES: dict[str, Callable[[], Lines]] = {
    "instant": lambda: Lines(when(name="{a}")),
    "duration": lambda: Lines(when(duration="{a} ms", trace_id="{b}", span_id="{c}")),
    "spelled": lambda: Lines(
        when(duration="{a}{b}", parent_id="{c}", trace_id="{b}", kind="server")
    ),
    "from": lambda: Lines(when(from_="{a}", to="{b}", name="{c}")),
    "start": lambda: Lines(pair(key="{a}", trace_id="{b}"), Role.START, scope="{c}"),
    "end": lambda: Lines(pair(trace_id="{b}"), Role.END),
    "member": lambda: Lines(rule(group="{a}/{b}", name="{c}"), Role.MEMBER),
    "event": lambda: Lines(rule(event="a", name="{b}", key="{c}", trace_id="{a}"), Role.EVENT),
}
ODD = st.sampled_from(
    [
        *(
            None,
            True,
            0,
            1,
            -1,
            5.5,
            2**70,
            10**5000,
            float("nan"),
            float("inf"),
            "",
            "-",
            "1",
            "1s",
        ),
        *(
            "x",
            "\ud800",
            "x" * 100_000,
            TRACE,
            f"00-{TRACE}-b7ad6b7169203331-01",
            [],
            [1],
            {"a": 1},
        ),
    ]
)
LINE = st.fixed_dictionaries({"a": ODD, "b": ODD, "c": ODD}, optional={"ts": ODD})


@pytest.mark.parametrize("shape", SHAPES)
@given(lines=st.lists(LINE, max_size=6))
def test_every_line_ends_in_one_place(shape: str, lines: list[dict[str, Any]]) -> None:
    """Whatever a line holds, it is a span, a half, a reject, or goes on, and nothing raises."""
    made = SHAPES[shape]().run(*lines)

    numbers = [
        *(span.number - 1000 for span in made.spans + made.alone),
        *(half.number - 1000 for half in made.halves),
        *(index for index, _ in made.rejects),
        *made.through,
    ]
    assert list(range(len(lines))) == sorted(numbers)
    assert len(made.spans) + len(made.alone) + len(made.halves) == made.taken


@pytest.mark.parametrize("shape", SHAPES)
def test_every_path_through_the_code_ends_with_continue(shape: str) -> None:
    """Only the lack of the key lets a line through."""
    (loop,) = ast.parse(SHAPES[shape]().writer.source).body
    assert isinstance(loop, ast.For)
    *body, _ = loop.body

    if shape in ("start", "member", "event"):  # those with a key of fields
        assert isinstance(body[-1], ast.If)
        assert "is not None" in ast.unparse(body[-1].test)
        assert [] == body[-1].orelse
        body = body[-1].body
    assert isinstance(body[-1], ast.Continue)
