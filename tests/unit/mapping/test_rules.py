"""What a source's rules become, and every problem they can have."""

from typing import Any

import pytest

from logtrace.config.model import Defaults, RuleConfig, Text, TimeConfig
from logtrace.errors import ConfigError, Mark, Severity
from logtrace.mapping.checked import CheckedSource
from logtrace.mapping.nodes import Extracted, Field
from logtrace.mapping.rules import TIME_FIELDS, UNNAMED_SERVICE, check
from logtrace.mapping.templates import Template
from tests.support.mapping import rule, source, text, when


def checked(*rules: RuleConfig, **keys: Any) -> CheckedSource:
    """Return a source that has been checked."""
    return check(source(*rules, **keys))


def problems(*rules: RuleConfig, **keys: Any) -> list[str]:
    """Return `key: what` of each problem of a source."""
    with pytest.raises(ConfigError) as caught:
        checked(*rules, **keys)
    return [f"{problem.key}: {problem.what}" for problem in caught.value.problems]


def test_fields_are_all_names_that_are_read() -> None:
    """Parsers learn every field, the heads of dotted ones, and what patterns search in; no groups."""
    result = checked(
        when('a == "x" and user.id exists', name='{field["od.d"]}', extract=r"(?P<job>\w+)"),
        when("job == 1", trace_id="{t | hex}", tags={"k": "{tag | lower}"}, error="rc > 0"),
        rule(group="{g}", name="{job | last}", extract=r"(?P<job>\w+)"),
        ignore="i",
        reset="r",
        scope="{s}",
    )

    expected = "a user.id user od.d od message job t tag rc g i r s ts"
    assert frozenset(expected.split()) == result.fields


def test_time_fields_are_the_usual_names() -> None:
    """Where the source names no time field, the first present of the usual ones counts."""
    result = checked(when(), time=TimeConfig())

    assert tuple(field.name for field in result.times) == TIME_FIELDS
    assert result.fields == frozenset(TIME_FIELDS)


def test_peer_host_and_thread_are_tags() -> None:
    """Under the names that are known for them; what `tags` says of the same comes first."""
    own = Defaults(host="h1")
    named = {"peer": "{to}", "host": "{node}", "thread": "main"}
    made = check(source(when(**named), defaults=own)).rules[0]
    again = checked(when(**named, tags={"peer.service": "stock"})).rules[0]

    assert {"host": "h1", "thread.name": "main"} == made.meta
    assert {"peer.service", "host"} == made.tags.keys()
    assert "stock" == again.meta["peer.service"]
    assert {"host"} == again.tags.keys()


def test_constants_are_folded_into_meta() -> None:
    """Defaults, the kind and constant tags are the same for each span; nearer ones win."""
    given = {"team": "b", "zone": "x"}
    own = Defaults(service="all", env="prod", version="1.4", host="h1", tags=given)
    result = checked(when(kind="server", tags={"zone": "y", "k": "{k}"}), defaults=own)
    made = result.rules[0]

    assert made.meta == {
        "env": "prod",
        "version": "1.4",
        "host": "h1",
        "team": "b",
        "zone": "y",
        "span.kind": "server",
    }
    assert made.tags == {"k": Template((Field("k"),))}
    assert made.own_service == "all"
    assert type(made.own_service) is str


def test_service_without_any_name() -> None:
    """Spans for which nothing names a service get a constant one, never none."""
    assert checked(when()).rules[0].own_service == UNNAMED_SERVICE


def test_groups_hide_fields_and_decide_when_to_extract() -> None:
    """A group is a field of its rule; the pattern runs first only if the condition needs it."""
    pattern = r"(?P<job>\w+)"
    late, early = checked(
        when("a", name="{job}", extract=pattern), when("job", extract=pattern)
    ).rules

    assert late.name == Template((Extracted("job"),))
    assert late.extract is not None
    assert not late.extract.early
    assert early.condition == Extracted("job")
    assert early.extract is not None
    assert early.extract.early


def test_half_spans_say_in_which_line_a_field_is_read() -> None:
    """End lines win over start lines, `start.x` is the start's; a group's first line, or its last."""
    pair, group = checked(
        rule(start="a", end="b", name="{x} {start.x}", span_id="{id}"),
        rule(group="{g}", name="{x}", resource="{x | last}"),
    ).rules

    assert pair.name == Template((Field("x", side="both"), " ", Field("x", side="first")))
    assert pair.span_id == Template((Field("id", side="first"),))
    assert pair.kept == (Field("id"), Field("x"))
    assert group.name == Template((Field("x", side="first"),))
    assert group.resource == Template((Field("x", side="last"),))
    assert group.kept == (Field("x"),)


def test_what_pairs_lines() -> None:
    """A start finds its end by key, else by scope, else by trace id."""
    keys: dict[str, Any] = {"start": "a", "end": "b", "name": "n", "trace_id": "{t}"}
    by_key = checked(rule(key="{k}", **keys)).rules[0]
    by_trace = checked(rule(**keys)).rules[0]
    by_scope = checked(rule(**keys), scope="{s}").rules[0]

    assert by_key.key == Template((Field("k"),))
    assert by_trace.key == by_trace.trace_id
    assert by_scope.key is None
    assert [False, True, False] == [by_key.by_trace, by_trace.by_trace, by_scope.by_trace]


def test_datadog_fields_hold_decimal_ids() -> None:
    """`dd.trace_id` is read as decimal, whatever its length; another filter wins."""
    made = checked(when(trace_id="{dd.trace_id}"), when(trace_id="{dd.trace_id | hash}")).rules

    assert ["decimal", "hash"] == [item.trace_id.dialect for item in made if item.trace_id]


@pytest.mark.parametrize(
    ("template", "dialect"),
    [
        *((f"{{{name}}}", "b3") for name in ("b3", "http_b3", "headers.b3", "X_B3", "g_b3")),
        ('{field["x-b3"]}', "b3"),
        ("{ab3}", None),
        ("{b3_trace}", None),
        ("{b3 | hash}", "hash"),
        ("{b3}/{a}", None),
    ],
)
def test_fields_that_hold_a_b3_header(template: str, dialect: str | None) -> None:
    """They are told by how their name ends; groups of an extract too."""
    (made,) = checked(when(trace_id=template, extract="(?P<g_b3>x)")).rules
    assert made.trace_id is not None
    assert dialect == made.trace_id.dialect


@pytest.mark.parametrize(
    ("duration", "fine"),
    [
        ("{x} ms", True),
        ("{x}", True),
        ("{x} {unit}", True),
        ("PT{x}S", True),
        ("{h}:{m}:{s}.5", True),
        ("1.5s", True),
        ("{x} parsecs", False),
        ("{x}µ", False),
        ("12", False),
    ],
)
def test_a_duration_that_no_line_can_have_is_a_mistake(duration: str, fine: bool) -> None:
    """The text behind the last value must be a unit, or end one of the forms with units."""
    rules = when("a", name="n", duration=duration)
    if fine:
        assert 1 == len(checked(rules).rules)
    else:
        assert [f"spans[0].duration: {duration!r} is no duration"] == problems(rules)


def test_all_problems_are_reported_at_once() -> None:
    """One run shows everything that is wrong with a source, each under its key."""
    found = problems(
        when("a ==", resource="{", tags={"t": "{x | hex}"}, metrics={"m": "many"}),
        when("b", duration="12", name="x"),
        when("c", extract="(", from_="{a}", instant=True),
        when("d", extract="x", to="{t}"),
        ignore="(",
        scope="}",
    )

    assert sorted(found) == sorted(
        [
            "spans[0].when: it ends where a value belongs",
            "spans[0].resource: it ends where a value belongs",
            "spans[0].tags.t: the filter 'hex' means nothing here",
            "spans[0].metrics.m: 'many' is no number",
            "spans[1].duration: '12' is no duration",
            "spans[2].extract: not a regular expression: missing ), unterminated subpattern",
            "spans[2]: the span has more than one duration",
            "spans[3].extract: the pattern names no group, so it extracts nothing",
            "spans[3].to: means nothing without `from`",
            "ignore: it ends where a value belongs",
            "scope: a `}` without its `{`",
        ]
    )


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"name": "x"}, "spans[0]: the rule is of no kind"),
        ({"when": "a", "group": "{b}", "name": "x"}, "spans[0]: the rule is of several kinds"),
        ({"start": "a", "name": "x"}, "spans[0]: a start needs its end"),
        ({"when": "a", "instant": True}, "spans[0]: the rule has no name"),
        ({"when": "a", "name": "x"}, "spans[0]: the duration is missing"),
        (
            {"group": "{a}", "name": "x", "duration": "{b} ms"},
            "spans[0].duration: means nothing in a rule of kind group",
        ),
        (
            {"event": "a", "name": "x", "error": "b"},
            "spans[0].error: means nothing in a rule of kind event",
        ),
        (
            {"start": "a", "end": "b", "name": "x", "from_": "{t}"},
            "spans[0].from: means nothing in a rule of kind start/end",
        ),
        (
            {"start": "a", "end": "start.x == 1", "name": "x"},
            "spans[0].end: start.x is not known before the start has found its end",
        ),
        (
            {"when": "a", "name": "x", "instant": True, "parent_id": "{p}"},
            "spans[0].parent_id: means nothing without a trace_id",
        ),
    ],
)
def test_rules_of_the_wrong_shape(keys: dict[str, Any], expected: str) -> None:
    """A rule is of one kind, has what that needs, and nothing that means nothing there."""
    assert expected in problems(rule(**keys))


def test_problem_points_at_the_character() -> None:
    """The mark is the character's place in the file, with the text and a caret below."""
    where = Text("a == 1 ]", Mark("x.yaml", 3, 10))
    config = RuleConfig(mark=where.mark, when=where, name=text("n"), instant=True)

    with pytest.raises(ConfigError) as caught:
        checked(config)

    problem = caught.value.problems[0]
    assert problem.mark == Mark("x.yaml", 3, 17)
    assert problem.excerpt == "    a == 1 ]\n           ^"


def test_excerpt_of_a_long_text_is_cut_around_the_place() -> None:
    """A caret far to the right still stands below its character, in one line of usual width."""
    with pytest.raises(ConfigError) as caught:
        checked(when("a == 1\n and " + "b or " * 100 + "?"))

    shown, caret = caught.value.problems[0].excerpt.splitlines()
    assert shown[caret.index("^")] == "?"
    assert len(shown) <= 100


def test_hyphen_that_may_be_part_of_a_name_is_warned_of() -> None:
    """`a-b` is a subtraction; if neither part is used elsewhere, it is perhaps one field."""
    suspicious = checked(when("request-id == 5"))
    usual = checked(when("total-used > 5 and used exists"), when("x - y > 1"))

    assert ["spans[0].when"] == [warning.key for warning in suspicious.warnings]
    assert suspicious.warnings[0].severity is Severity.WARNING
    assert usual.warnings == ()


def test_nothing_comes_behind_the_last_rule() -> None:
    """So its lines cannot go on."""
    expected = ["spans[1].continue: no rule comes behind the last one"]

    assert expected == problems(when(continue_=True), when(continue_=True))


def test_which_spans_are_final() -> None:
    """All, unless a start may be around them, or their line may have given something before."""
    pair = rule(start="a", end="b", name="x")
    plain = (when(), when(trace_id="{t}"), pair)
    scoped = (when(), when(trace_id="{t}"), when(trace_id="{t}", parent_id="{p}"), pair)

    assert [True, True, True] == [each.settled for each in checked(*plain).rules]
    assert [False, False, True, True] == [
        each.settled for each in checked(*scoped, scope="{s}").rules
    ]
    assert [True, True] == [each.settled for each in checked(*plain[:2], scope="{s}").rules]
    assert [True, False, False] == [
        each.settled for each in checked(when(), when(continue_=True), when()).rules
    ]
