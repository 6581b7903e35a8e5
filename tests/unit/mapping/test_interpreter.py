"""What rules make of lines; each test runs the interpreter and the generated code."""

from __future__ import annotations

from typing import Any

import pytest

from logtrace.clock import MILLISECOND, SECOND
from logtrace.config.model import Defaults, RuleConfig, TimeConfig
from logtrace.mapping import ids
from logtrace.mapping.compiler import compile_source
from logtrace.mapping.interpreter import Interpreter
from logtrace.mapping.rules import check
from logtrace.model import Mapped, MappedSpan, Reject, Role
from tests.support.mapping import FILE_KEY, NOON, FakeParser, read_time, rule, source, when

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


@pytest.fixture(
    params=[
        (engine, row) for engine in (Interpreter, compile_source) for row in ("attribute", "item")
    ],
    ids=lambda param: f"{param[0].__name__}-{param[1]}",
)
def engine(request: pytest.FixtureRequest) -> Any:
    """Return what makes an engine of rules: both kinds, over both kinds of rows."""

    def made(*rules: RuleConfig, **keys: Any) -> Any:
        checked = check(source(*rules, **keys))
        parser = FakeParser(checked.fields, request.param[1])
        built = request.param[0](checked, parser, read_time)
        built_map = built.map
        return built, lambda *lines: built_map(
            parser.records([{"ts": 0, **line} for line in lines])
        )

    return made


def one(mapped: Mapped) -> MappedSpan:
    """Return the only span."""
    (span,) = [*mapped.spans, *mapped.alone]
    return span


def only_reject(mapped: Mapped) -> Reject:
    """Return why the only line was rejected."""
    ((index, reason),) = mapped.rejects
    assert index == 0
    assert mapped == Mapped(rejects=[(0, reason)])
    return reason


def test_whole_span(engine: Any) -> None:
    """A line that a `when` rule takes becomes a span with all that the rule names."""
    _, run = engine(
        when(
            'event == "done"',
            trace_id="{rid}",
            name="web.request",
            resource="{method} {route}",
            service="{svc}",
            type="web",
            kind="client",
            duration="{took} ms",
            error="status >= 500",
            tags={"http.status_code": "{status}", "user.id": "{user.id}", "gone": "{nope}"},
            metrics={"rows": "{rows}", "bad": "{method}"},
        ),
        defaults=Defaults(env="prod"),
    )
    mapped = run(
        {"event": "other"},
        {"event": "done", "rid": TRACE, "method": "GET", "route": "/", "svc": "shop", "took": 12}
        | {"status": 503, "user": {"id": 7}, "rows": "3"},
    )

    made = one(mapped)
    span = made.span
    assert (mapped.unmatched, mapped.taken, len(mapped.spans)) == ([0], {0: 1}, 1)
    assert (span.service, span.name, span.resource) == ("shop", "web.request", "GET /")
    assert (span.type, span.error) == ("web", 1)
    assert (span.start, span.duration) == (NOON - 12 * MILLISECOND, 12 * MILLISECOND)
    assert (span.trace_id, made.trace_high) == (int(TRACE[16:], 16), TRACE[:16])
    assert span.span_id == ids.derive(ids.seed(FILE_KEY, 0, 0), 100)
    assert (span.parent_id, made.root, made.parented) == (0, False, False)
    assert span.meta == {
        "env": "prod",
        "span.kind": "client",
        "http.status_code": "503",
        "user.id": "7",
    }
    assert span.metrics == {"rows": 3.0}
    assert (made.number, made.time, made.more) == (1001, NOON, ())


def test_first_rule_that_holds_takes_the_line(engine: Any) -> None:
    """Rules are tried in order; every line ends in one place, and rules count what they took."""
    _, run = engine(
        when("a == 1", name="one"), when("a < 3", name="two", resource="{b}"), ignore="b == 9"
    )
    mapped = run({"a": 1, "ts": None}, {"a": 1}, {"a": 2}, {"a": 3}, {"a": 1, "b": 9})

    assert ["one", "two"] == [made.span.name for made in mapped.alone]
    assert ([3], [4], [(0, Reject.NO_TIME)]) == (mapped.unmatched, mapped.ignored, mapped.rejects)
    assert {0: 1, 1: 1} == mapped.taken


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"ts": None}, Reject.NO_TIME),
        ({"ts": "x"}, Reject.BAD_TIME),
        ({"ts": 2**60}, Reject.TIME_OUT_OF_RANGE),
        ({"ts": -(10**9)}, Reject.TIME_OUT_OF_RANGE),
        ({"id": None}, Reject.NO_TRACE_ID),
        ({"id": "-"}, Reject.NO_TRACE_ID),
        ({"op": None}, Reject.NO_NAME),
        ({"op": ""}, Reject.NO_NAME),
        ({"d": None}, Reject.NO_DURATION),
        ({"d": -1}, Reject.BAD_DURATION),
        ({"d": True}, Reject.BAD_DURATION),
        ({"d": "soon"}, Reject.BAD_DURATION),
        ({"d": 10**5000}, Reject.BAD_DURATION),
        ({"d": 10**12}, Reject.TIME_OUT_OF_RANGE),
        ({"ts": None, "id": None, "op": None, "d": None}, Reject.NO_TIME),
        ({"id": None, "op": None, "d": None}, Reject.NO_TRACE_ID),
        ({"op": None, "d": None}, Reject.NO_NAME),
    ],
)
def test_missing_values_reject_the_line(engine: Any, line: dict[str, Any], reason: Reject) -> None:
    """A required value that is absent or unusable rejects the line; the first such is the reason."""
    _, run = engine(when(name="{op}", trace_id="{id}", duration="{d} ms"))

    assert reason is only_reject(run({"id": "a1", "op": "x", "d": 5} | line))


@pytest.mark.parametrize(
    ("keys", "line", "start", "duration"),
    [
        ({"duration": "{d} ms"}, {"d": 1.5}, NOON - 1_500_000, 1_500_000),
        ({"duration": "{d}s"}, {"d": "2"}, NOON - 2 * SECOND, 2 * SECOND),
        ({"duration": "{d}"}, {"d": "1m30s"}, NOON - 90 * SECOND, 90 * SECOND),
        ({"duration": "{d}:{e}:00"}, {"d": 0, "e": 1}, NOON - 60 * SECOND, 60 * SECOND),
        ({"duration": "250 ms"}, {}, NOON - 250 * MILLISECOND, 250 * MILLISECOND),
        ({"duration": "{d} ms", "at": "start"}, {"d": 7}, NOON, 7 * MILLISECOND),
        ({"instant": True}, {}, NOON, 0),
        ({"from_": "{d}"}, {"d": -3}, NOON - 3 * SECOND, 3 * SECOND),
        ({"from_": "{d}", "to": "{e}"}, {"d": 5, "e": 9}, NOON + 5 * SECOND, 4 * SECOND),
    ],
)
def test_start_and_duration(
    engine: Any, keys: dict[str, Any], line: dict[str, Any], start: int, duration: int
) -> None:
    """The line's time is the end, or the start; a duration has its unit; `from` and `to` are times."""
    _, run = engine(when(**keys))
    span = one(run(line)).span

    assert (start, duration) == (span.start, span.duration)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"d": None}, Reject.NO_DURATION),
        ({"d": "x"}, Reject.BAD_TIME),
        ({"d": 10}, Reject.BAD_DURATION),
        ({"e": None}, Reject.NO_TIME),
    ],
)
def test_from_and_to_that_cannot_be(engine: Any, line: dict[str, Any], reason: Reject) -> None:
    """A start that is absent, unreadable, or behind the end gives no span."""
    _, run = engine(when(from_="{d}", to="{e}"))

    assert reason is only_reject(run({"d": 5, "e": 9} | line))


def test_duration_needs_a_unit(engine: Any) -> None:
    """A bare number could be anything."""
    _, run = engine(when(duration="{d}"))

    assert Reject.BAD_DURATION is only_reject(run({"d": 12}))


def test_time_is_the_first_usual_field_that_is_present(engine: Any) -> None:
    """Without `time:` the fields are tried in order, null being absent."""
    _, run = engine(when(), time=TimeConfig())
    mapped = run({"ts": None}, {"ts": None, "timestamp": 5, "date": 9})

    assert NOON + 5 * SECOND == mapped.alone[0].time
    assert [(0, Reject.NO_TIME)] == mapped.rejects


def test_a_line_without_a_time_keeps_its_place(engine: Any) -> None:
    """It has the time of the line before, whatever became of that one; it is counted."""
    _, run = engine(when("a == 1", duration="{d} s"), ignore="a == 3")
    mapped = run(
        {"a": 1, "d": 1, "ts": 5},
        {"a": 2, "ts": 7},
        {"a": 1, "d": 1, "ts": "?"},
        {"a": 1, "d": 1, "ts": None},
        {"a": 3, "ts": 9},
        {"a": 1, "d": 1, "ts": None},
        {"a": 1, "d": 1, "ts": 2**60},
    )

    assert [5, 7, 7, 9] == [(made.time - NOON) // SECOND for made in mapped.alone]
    assert (3, [(6, Reject.TIME_OUT_OF_RANGE)]) == (mapped.timeless, mapped.rejects)


def test_the_line_before_may_be_of_the_batch_before(engine: Any) -> None:
    """Of the same stream; a half of a span has its place as well."""
    _, run = engine(rule(start="a == 1", end="a == 2", name="job"))
    run({"a": 0, "ts": 4})
    mapped = run({"a": 1, "ts": None}, {"a": 2, "ts": "?"})

    assert [4, 4] == [(half.time - NOON) // SECOND for half in mapped.halves]
    assert 2 == mapped.timeless
    assert 0 == run({"a": 1, "ts": 1}).timeless


def test_another_time_of_a_line_is_never_guessed(engine: Any) -> None:
    """A start that cannot be read rejects the line."""
    _, run = engine(when(from_="{b}"))
    mapped = run({"b": 0, "ts": 5}, {"b": "?", "ts": 5})

    assert ([(1, Reject.BAD_TIME)], 0) == (mapped.rejects, mapped.timeless)


def test_empty_texts_fall_back(engine: Any) -> None:
    """Resource and service are never empty: the name and the source's service stand in."""
    _, run = engine(
        when(resource="{r}", service="{s}", type="{t}"), defaults=Defaults(service="shop")
    )
    for line in ({"r": "", "s": ""}, {}):
        span = one(run(line)).span
        assert ("op", "shop", "") == (span.resource, span.service, span.type)


# ── ids and parents ───────────────────────────────────────────────────────────────────────────────


def test_line_without_trace_id_is_a_trace_of_its_own(engine: Any) -> None:
    """Its ids are derived from file, offset and rule, so a second reading gives the same."""
    _, run = engine(when("a == 1"), when())
    made = run({}, {"a": 2}).alone[1]

    assert made.span.trace_id == ids.derive(ids.seed(FILE_KEY, 1, 1), 100)
    assert made.span.span_id == ids.derive(ids.seed(FILE_KEY, 1, 0), 100)
    assert (0, True, True) == (made.span.parent_id, made.root, made.parented)


@pytest.mark.parametrize(
    ("keys", "line", "expected"),
    [
        ({"parent_id": "{p}"}, {"p": SPAN}, (int(SPAN, 16), False, True)),
        ({"parent_id": "{p}"}, {"p": "-"}, (0, True, True)),
        ({"parent_id": "{p}"}, {}, (0, True, True)),
        ({"parent_id": "{p}", "span_id": "{p}"}, {"p": SPAN}, (0, True, True)),
        ({}, {}, (0, False, False)),
        ({"kind": "client"}, {"id": f"00-{TRACE}-{SPAN}-01"}, (0, False, False)),
        ({"kind": "server"}, {}, (0, True, False)),
        ({"kind": "consumer"}, {"id": f"00-{TRACE}-{SPAN}-01"}, (int(SPAN, 16), False, True)),
        ({"kind": "server", "parent_id": "{p}"}, {"id": f"00-{TRACE}-{SPAN}-01"}, (0, True, True)),
    ],
)
def test_parent(
    engine: Any, keys: dict[str, Any], line: dict[str, Any], expected: tuple[int, bool, bool]
) -> None:
    """A written parent counts, an empty one makes a root; a server's caller is in its context."""
    _, run = engine(when(trace_id="{id}", **keys))
    made = one(run({"id": TRACE} | line))

    assert expected == (made.span.parent_id, made.root, made.parented)
    assert (int(TRACE[16:], 16), TRACE[:16]) == (made.span.trace_id, made.trace_high)


def test_span_id(engine: Any) -> None:
    """A span id that the line gives is taken as it is; where it gives none, one is derived."""
    _, run = engine(when(trace_id="{id}", span_id="{s}"))
    mapped = run({"id": TRACE, "s": SPAN}, {"id": TRACE})

    assert int(SPAN, 16) == mapped.spans[0].span.span_id
    assert ids.derive(ids.seed(FILE_KEY, 0, 0), 100) == mapped.spans[1].span.span_id


def test_same_trace_id_again_is_remembered_right(engine: Any) -> None:
    """The second line of a trace gets the same id as the first, another trace another."""
    _, run = engine(when(trace_id="{id}"))
    traces = [made.span.trace_id for made in run({"id": "a"}, {"id": "b"}, {"id": "a"}).spans]

    assert traces[0] == traces[2] != traces[1]


# ── extraction ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("condition", ["true", "job exists"])
def test_extract_adds_fields(engine: Any, condition: str) -> None:
    """Named groups are fields of the rule, before its condition if that needs them."""
    _, run = engine(
        when(
            condition,
            name="{job}",
            resource='{coalesce(rc, "none")}',
            extract=r"job (?P<job>\w+)(?: rc=(?P<rc>\d+))?",
        ),
        when("job == 5", name="plain"),
    )
    mapped = run({"message": "job a rc=1"}, {"message": "a job b"}, {"message": "x", "job": 5})

    assert [("a", "1"), ("b", "none")] == [
        (made.span.name, made.span.resource) for made in mapped.alone[:2]
    ]
    if condition == "true":
        assert [(2, Reject.NO_NAME)] == mapped.rejects
    else:
        assert "plain" == mapped.alone[2].span.name


# ── half-spans ────────────────────────────────────────────────────────────────────────────────────


def test_start_and_end(engine: Any) -> None:
    """Both lines become halves; the span has the end's fields over the start's."""
    built, run = engine(
        rule(
            start='e == "s"',
            end='e == "e"',
            name="job",
            resource="{job} {start.e} {e}",
            error="rc != 0",
            tags={"rc": "{rc}"},
        ),
        scope="{thread}",
        defaults=Defaults(service="jobs"),
    )
    mapped = run({"e": "s", "job": "a", "thread": 1, "rc": "x"}, {"e": "e", "rc": 3, "ts": 2}, {})
    first, last = mapped.halves
    half_rule = built.half_rules[0]
    identity = half_rule.identify(first)
    made = half_rule.finish(first, last, identity, 0, first.time, last.time)

    assert [(Role.START, "1"), (Role.END, "")] == [
        (half.role, half.scope) for half in mapped.halves
    ]
    assert (mapped.taken, mapped.unmatched) == ({0: 2}, [2])
    assert (first.number, first.offset, first.file_key) == (1000, 0, FILE_KEY)
    assert ("a s e", {"rc": "3"}, 1) == (made.span.resource, made.span.meta, made.span.error)
    assert (NOON, 2 * SECOND) == (made.span.start, made.span.duration)
    assert (None, "", ids.derive(ids.seed(FILE_KEY, 0, 0), 0)) == identity
    assert made.span.trace_id == made.span.span_id == identity.span_id
    assert (True, True, 1001, NOON + 2 * SECOND) == (
        made.root,
        made.parented,
        made.number,
        made.time,
    )


def test_unfinished_span(engine: Any) -> None:
    """A start that never ended is an error and says so, unless the rule has its own message."""
    built, run = engine(
        rule(start="a", end="b", name="job", tags={"error.message": "{m}"}),
    )
    for line, message in (({}, "unfinished: no end line"), ({"m": "own"}, "own")):
        first = run({"a": 1} | line).halves[0]
        half_rule = built.half_rules[0]
        made = half_rule.finish(first, None, half_rule.identify(first), 0, NOON, NOON + 5)
        assert (1, message, 5) == (
            made.span.error,
            made.span.meta["error.message"],
            made.span.duration,
        )


def test_enclosing_start_is_the_parent(engine: Any) -> None:
    """Within a scope the parent is known; a parent that the log gives wins."""
    built, run = engine(
        rule(start="a", end="b", name="x"),
        rule(start="c", end="d", name="y", trace_id="{t}", parent_id="{p}"),
        scope="{s}",
    )
    plain, given = run({"a": 1}, {"c": 1, "t": "t1", "p": SPAN}).halves
    made = [
        built.half_rules[half.rule].finish(
            half, half, built.half_rules[half.rule].identify(half), 77, 0, 0
        )
        for half in (plain, given)
    ]

    assert [(77, False, True), (int(SPAN, 16), False, True)] == [
        (item.span.parent_id, item.root, item.parented) for item in made
    ]


def test_group(engine: Any) -> None:
    """Lines with a key are members; values come from the first line, or by filter from the last."""
    built, run = engine(
        rule(group="{t}/{s}", trace_id="{t}", span_id="{s}", name="{n}", resource="{n | last}"),
        when("x"),
    )
    mapped = run(
        {"t": TRACE, "s": SPAN, "n": "one"},
        {"t": TRACE, "s": SPAN, "n": "two"},
        {"t": TRACE, "x": 1},
        {"t": "-", "s": SPAN},
    )
    first, last, nameless = mapped.halves
    half_rule = built.half_rules[0]
    identity = half_rule.identify(first)
    made = half_rule.finish(first, last, identity, 0, NOON, NOON + 9)

    assert [f"{TRACE}/{SPAN}"] * 2 + [f"-/{SPAN}"] == [half.key for half in mapped.halves]
    assert (1, []) == (len(mapped.alone), mapped.rejects)
    assert Reject.NO_TRACE_ID is half_rule.identify(nameless)
    assert (int(TRACE[16:], 16), TRACE[:16], int(SPAN, 16)) == identity
    assert ("one", "two", 9) == (made.span.name, made.span.resource, made.span.duration)
    assert (False, False) == (made.root, made.parented)


def test_a_group_fails_by_any_of_its_lines(engine: Any) -> None:
    """Each line is asked; the span is what its first one says, which others may have joined."""
    built, run = engine(rule(group="{g}", name="x", error='level == "ERROR"'))
    fine, failed = run({"g": 1, "level": "INFO"}, {"g": 1, "level": "ERROR"}).halves
    half_rule = built.half_rules[0]

    def error(first: Any) -> int:
        span = half_rule.finish(first, fine, half_rule.identify(first), 0, 0, 0).span
        return int(span.error)

    assert (False, True) == (fine.failed, failed.failed)
    assert (0, 1) == (error(fine), error(failed))


def test_finish_without_a_name(engine: Any) -> None:
    """A span whose name is missing is rejected when its lines are together."""
    built, run = engine(rule(group="{g}", name="{n | last}"))
    first, last = run({"g": 1, "n": "x"}, {"g": 1}).halves
    half_rule = built.half_rules[0]

    assert Reject.NO_NAME is half_rule.finish(first, last, half_rule.identify(first), 0, 0, 0)


def test_event(engine: Any) -> None:
    """An event line gives a name, its time, and the rule's tags and metrics as attributes."""
    built, run = engine(
        rule(event="level", name="log.{level}", tags={"m": "{m}"}, metrics={"n": "{n}"}),
        defaults=Defaults(env="prod"),
    )
    (half,) = run({"level": "error", "m": "boom", "n": 5}).halves

    assert Role.EVENT is half.role
    assert built.half_rules[0].event(half) == {
        "name": "log.error",
        "time_unix_nano": NOON,
        "attributes": {"m": "boom", "n": 5.0},
    }


@pytest.mark.parametrize(
    ("keys", "line", "expected"),
    [
        ({"key": "{k}"}, {"k": 5}, "5"),
        ({"key": "{k}"}, {}, None),
        ({"trace_id": "{k}"}, {"k": "t1"}, "t1"),
        ({"trace_id": "{k}"}, {}, Reject.NO_TRACE_ID),
        ({}, {}, ""),
    ],
)
def test_key_of_an_end(
    engine: Any, keys: dict[str, Any], line: dict[str, Any], expected: Any
) -> None:
    """An end without the key is not taken; one without the trace id that pairs it is rejected."""
    _, run = engine(rule(start="false", end="true", name="x", **keys))
    mapped = run(line)

    if expected is None:
        assert [0] == mapped.unmatched
    elif isinstance(expected, Reject):
        assert [(0, expected)] == mapped.rejects
    else:
        assert [expected] == [half.key for half in mapped.halves]


def test_reset_is_noted_beside_the_line_s_own_place(engine: Any) -> None:
    """Where the application starts anew, what is open ends; the line itself goes its way."""
    _, run = engine(when("a"), reset="boot", ignore="noise")
    mapped = run({"a": 1}, {"boot": 1}, {"a": 1, "boot": 1}, {"boot": 1, "noise": 1})

    assert [1001, 1002, 1003] == mapped.resets
    assert ([1], [3], 2) == (mapped.unmatched, mapped.ignored, len(mapped.alone))


def test_hostile_values_never_raise(engine: Any) -> None:
    """Whatever stands in a field, each line ends in one place."""
    keys = {"resource": "{x} {x.y.z}", "tags": {"a": "{x}", "b": "{lower(x) + 1}"}}
    _, run = engine(
        when(
            'x > 5 or x matches "a" and x in [1, "a"]',
            duration="{x} ms",
            metrics={"m": "{x}"},
            **keys,
        ),
        when(trace_id="{x}", span_id="{x}", parent_id="{x}", kind="server", **keys),
        rule(group="{x}", name="{x}", trace_id="{x}"),
    )
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    values = [
        10**5000,
        -(10**5000),
        1e999,
        "\ud800" * 3,
        "9" * 10**5,
        deep,
        {"y": {"z": deep}},
        True,
    ]
    mapped = run(*({"x": value} for value in values))

    places = (mapped.spans, mapped.alone, mapped.halves, mapped.unmatched, mapped.rejects)
    assert len(values) == sum(map(len, places))


@pytest.mark.parametrize("decision", ["0", "1", "d"])
def test_a_b3_header_without_ids(engine: Any, decision: str) -> None:
    """A line that only says whether to sample is of no trace; as a parent it names none."""
    _, run = engine(when(trace_id="{t}", parent_id="{b3}"))
    assert 0 == one(run({"t": TRACE, "b3": decision})).span.parent_id
    _, run = engine(when(trace_id="{b3}"))
    assert Reject.NO_TRACE_ID == only_reject(run({"b3": decision}))
