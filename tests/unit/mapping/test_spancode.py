"""The parts of a span, each as code of its own: what it fills in, and when it gives up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from logtrace.config.model import Defaults, RuleConfig
from logtrace.mapping import ids
from logtrace.mapping.checked import Rule
from logtrace.mapping.conditions import Conditions
from logtrace.mapping.rules import check
from logtrace.mapping.spancode import SpanCode
from logtrace.mapping.variables import RowVariables
from logtrace.mapping.writer import Writer
from logtrace.model import Reject, Span
from tests.support.mapping import FakeParser, rule, source, when

TRACE = "0af7651916cd43dd8448eb211c80319c"
LOW, HIGH = int(TRACE[16:], 16), TRACE[:16]
SPAN = "b7ad6b7169203331"
CONTEXT = f"00-{TRACE}-{SPAN}-01"
FILLED = {
    "trace_id": 2,
    "span_id": 1,
    "parent_id": 5,
    "start": 3,
    "duration": 4,
    "enclosing": 0,
    "caller": 0,
    "seed": 77,
    "offset": 5,
}
"""What other code than the one under test fills in."""
NO_IDS: list[Any] = [None, "", "-", "null", "0" * 32, 0, 1.5, True, [], {}, {"id": 1}, float("nan")]


class Written:
    """The code of one rule's spans in a function of a row, and what it does."""

    def __init__(self, config: RuleConfig, **keys: Any) -> None:
        checked = check(source(config, **keys))
        self.rule: Rule = checked.rules[0]
        self.writer = Writer()
        self._parser = FakeParser(checked.fields)
        conditions = Conditions(self.writer, RowVariables(self.writer, self._parser))
        self.code = SpanCode(
            self.writer, conditions, self.rule, lambda why: self.writer.line(f"return {why}")
        )

    def returning(self, write: Callable[[SpanCode], str]) -> Callable[..., Any]:
        """Return a function of a line and of names that are FILLED, giving what `write` names."""
        with self.writer.block(f"def made(r, {', '.join(FILLED)}):"):
            self.writer.line(f"return ({write(self.code)})")
        names = dict(self.writer.bound)
        exec(self.writer.source, names)

        def call(line: dict[str, Any], **filled: int) -> Any:
            return names["made"](self._parser.records([line]).rows[0], **(FILLED | filled))

        return call


# ── ids ───────────────────────────────────────────────────────────────────────────────────────────


def _traced(code: SpanCode) -> str:
    code.trace()
    return "trace_id, trace_high"


@pytest.mark.parametrize(
    ("template", "value", "expected"),
    [
        ("{t}", TRACE, (LOW, HIGH)),
        ("{t}", TRACE.upper(), (LOW, HIGH)),
        ("{t}", CONTEXT, (LOW, HIGH)),
        ("{t}", "17", (17, "")),
        ("{t}", 17, (17, "")),
        ("{t | hex}", "17", (0x17, "")),
        ("{t | decimal}", "1234567890123456", (1234567890123456, "")),
        ("{t}", "1234567890123456", (0x1234567890123456, "")),
        ("{t | hash}", "17", ids.trace_id("17", "hash")),
        ("req-{t}", "17", ids.trace_id("req-17")),
        ("constant", None, ids.trace_id("constant")),
    ],
)
def test_the_trace_id(template: str, value: Any, expected: tuple[int, str]) -> None:
    """Both halves are what `ids` reads, in the dialect that is written; also the second time."""
    made = Written(when(trace_id=template)).returning(_traced)

    assert [expected] * 2 == [made({"t": value}), made({"t": value})]


@pytest.mark.parametrize("value", NO_IDS)
def test_a_line_without_its_trace_id_is_given_up(value: Any) -> None:
    """What names no id is no id, whatever its type, and a good one is still read behind it."""
    made = Written(when(trace_id="{t}")).returning(_traced)

    assert [Reject.NO_TRACE_ID, (17, ""), Reject.NO_TRACE_ID] == [
        made({"t": value}),
        made({"t": "17"}),
        made({"t": value}),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (CONTEXT, (LOW, HIGH, int(SPAN, 16))),
        (f"{TRACE}-{SPAN}-1-00f067aa0ba902b7", (LOW, HIGH, 0x00F067AA0BA902B7)),
        (f"{TRACE}-{SPAN}-1", (LOW, HIGH, 0)),
        (TRACE, (LOW, HIGH, 0)),
        ("17", (17, "", 0)),
        (17, (17, "", 0)),
    ],
)
def test_a_rule_that_adopts_reads_the_caller_too(
    value: Any, expected: tuple[int, str, int]
) -> None:
    """The span that a whole context names called this one; an id alone names nobody."""

    def write(code: SpanCode) -> str:
        code.trace()
        return "trace_id, trace_high, caller"

    made = Written(when(trace_id="{t}", kind="server")).returning(write)

    assert [expected] * 2 == [made({"t": value}), made({"t": value})]


def test_a_rule_that_adopts_not_reads_no_caller() -> None:
    """The name stands in no code where nobody asks for it."""
    written = Written(when(trace_id="{t}", kind="client"))
    written.returning(_traced)

    assert "trace_id, trace_high = trace\n" in written.writer.source


def _own_id(code: SpanCode) -> str:
    code.span_id("seed", "offset")
    return "span_id"


@pytest.mark.parametrize(
    ("template", "value", "expected"),
    [
        ("{s}", SPAN, int(SPAN, 16)),
        ("{s}", CONTEXT, int(SPAN, 16)),
        ("{s}", 17, 17),
        ("{s | hex}", "17", 0x17),
        ("{s}-{s}", "x", ids.span_id("x-x")),
    ],
)
def test_a_span_id_that_the_line_gives(template: str, value: Any, expected: int) -> None:
    """It is read as `ids` reads it."""
    made = Written(when(trace_id="{t}", span_id=template)).returning(_own_id)

    assert expected == made({"s": value})


@pytest.mark.parametrize("value", NO_IDS)
def test_a_span_id_that_the_line_does_not_give_is_derived(value: Any) -> None:
    """A line without one is as good as a rule without one."""
    with_id = Written(when(trace_id="{t}", span_id="{s}")).returning(_own_id)
    without = Written(when(trace_id="{t}")).returning(_own_id)

    assert ids.derive(77, 5) == with_id({"s": value}) == without({})


# ── parents ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("config", "line", "expected"),
    [
        (when(trace_id="t", parent_id="{p}"), {"p": SPAN}, (int(SPAN, 16), False, True)),
        (when(trace_id="t", parent_id="{p}"), {"p": "-"}, (0, True, True)),
        (when(trace_id="t", parent_id="{p}"), {"p": 1}, (0, True, True)),
        (when(trace_id="t", parent_id="{p | hex}"), {"p": "17"}, (0x17, False, True)),
        (when(trace_id="t", parent_id=""), {}, (0, True, True)),
        (when(trace_id="t"), {}, (0, False, False)),
        (when(trace_id="t", kind="client"), {}, (0, False, False)),
        (when(trace_id="t", kind="server"), {"caller": 9}, (9, False, True)),
        (when(trace_id="t", kind="server"), {"caller": 1}, (0, True, False)),
        (when(trace_id="t", kind="consumer"), {}, (0, True, False)),
        (when(kind="server"), {}, (0, True, True)),
        (when(), {}, (0, True, True)),
    ],
)
def test_kinship_of_a_line_alone(
    config: RuleConfig, line: dict[str, Any], expected: tuple[int, bool, bool]
) -> None:
    """A parent is written, or the caller, or nobody; no span is its own."""

    def write(code: SpanCode) -> str:
        root, parented = code.kinship(enclosing="")
        return f"parent_id, {root}, {parented}"

    made = Written(config).returning(write)

    assert expected == made(line, caller=line.get("caller", 0))


def _pair(**keys: Any) -> RuleConfig:
    return rule(start="a", end="b", name="x", **keys)


@pytest.mark.parametrize(
    ("config", "line", "enclosing", "expected"),
    [
        (_pair(), {}, 8, (8, False, True)),
        (_pair(), {}, 0, (0, True, True)),
        (_pair(trace_id="t"), {}, 8, (8, False, True)),
        (_pair(trace_id="t"), {}, 0, (0, False, False)),
        (_pair(trace_id="t", kind="server"), {"caller": 9}, 8, (9, False, True)),
        (_pair(trace_id="t", kind="server"), {"caller": 1}, 8, (8, False, True)),
        (_pair(trace_id="t", kind="server"), {}, 8, (8, False, True)),
        (_pair(trace_id="t", kind="server"), {}, 0, (0, True, False)),
        (_pair(kind="server"), {}, 0, (0, True, True)),
        (_pair(trace_id="t", parent_id="{p}"), {"p": SPAN}, 8, (int(SPAN, 16), False, True)),
        (_pair(trace_id="t", parent_id="{p}"), {}, 8, (0, True, True)),
        (rule(group="g", name="x", trace_id="t"), {}, 0, (0, False, False)),
    ],
)
def test_kinship_within_an_open_span(
    config: RuleConfig, line: dict[str, Any], enclosing: int, expected: tuple[int, bool, bool]
) -> None:
    """What encloses a span is its parent, unless the log names another."""

    def write(code: SpanCode) -> str:
        root, parented = code.kinship("enclosing")
        return f"parent_id, {root}, {parented}"

    made = Written(config).returning(write)

    assert expected == made(line, enclosing=enclosing, caller=line.get("caller", 0))


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (_pair(trace_id="t"), (0, True, False)),
        (rule(group="g", name="x", trace_id="t"), (0, False, False)),
        (when(trace_id="t"), (0, False, False)),
    ],
)
def test_the_outermost_start_of_a_scope_is_a_root(
    config: RuleConfig, expected: tuple[int, bool, bool]
) -> None:
    """It ends what we see of the trace, but its caller may be elsewhere, and be inferred."""

    def write(code: SpanCode) -> str:
        root, parented = code.kinship("enclosing")
        return f"parent_id, {root}, {parented}"

    assert expected == Written(config, scope="{thread}").returning(write)({})


# ── the rest ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("template", "line", "expected"),
    [
        ("op", {}, "op"),
        ("{n}", {"n": "GET"}, "GET"),
        ("{n}", {"n": 5.0}, "5"),
        ("{n} {m}", {"n": "GET", "m": None}, Reject.NO_NAME),
        ("{n} {m}", {"n": "GET", "m": True}, "GET true"),
        ("{n}", {}, Reject.NO_NAME),
        ("{n}", {"n": ""}, Reject.NO_NAME),
        ("{n}{m}", {"n": "", "m": ""}, Reject.NO_NAME),
        ("{n}", {"n": 10**5000}, hex(10**5000)),
    ],
)
def test_the_name(template: str, line: dict[str, Any], expected: object) -> None:
    """It is never empty; a line that gives none is given up."""
    assert expected == Written(when(name=template)).returning(lambda code: code.name())(line)


def test_a_constant_name_is_not_looked_at_for_each_line() -> None:
    """There is nothing to test."""
    written = Written(when(name="op"))
    written.returning(lambda code: code.name())

    assert "if not name" not in written.writer.source


def _whole(code: SpanCode) -> str:
    return code.span('"op"')


@pytest.mark.parametrize(
    ("keys", "line", "expected"),
    [
        ({}, {}, Span("own", "op", "op", 2, 1, 3, 4, 5)),
        (
            {"resource": "{r}", "service": "{s}", "type": "{y}"},
            {"r": "GET /", "s": "shop", "y": "web"},
            Span("shop", "op", "GET /", 2, 1, 3, 4, 5, type="web"),
        ),
        (
            {"resource": "{r}", "service": "{s}", "type": "{y}"},
            {},
            Span("own", "op", "op", 2, 1, 3, 4, 5),
        ),
        (
            {"resource": "{r}", "service": "{s}"},
            {"r": "", "s": ""},
            Span("own", "op", "op", 2, 1, 3, 4, 5),
        ),
        (
            {"resource": "all", "service": "shop", "type": "web"},
            {},
            Span("shop", "op", "all", 2, 1, 3, 4, 5, type="web"),
        ),
        (
            {"resource": "", "service": "", "type": ""},
            {},
            Span("own", "op", "op", 2, 1, 3, 4, 5),
        ),
        ({"error": "e >= 500"}, {"e": "503"}, Span("own", "op", "op", 2, 1, 3, 4, 5, 1)),
        ({"error": "e >= 500"}, {"e": 499}, Span("own", "op", "op", 2, 1, 3, 4, 5, 0)),
        ({"error": "e"}, {"e": [0]}, Span("own", "op", "op", 2, 1, 3, 4, 5, 1)),
        (
            {"metrics": {"m": "{m}"}, "kind": "client"},
            {"m": 2},
            Span("own", "op", "op", 2, 1, 3, 4, 5, 0, "", {"span.kind": "client"}, {"m": 2.0}),
        ),
    ],
)
def test_the_span(keys: dict[str, Any], line: dict[str, Any], expected: Span) -> None:
    """What is missing or empty is the name, the source's service, no type, no error."""
    written = Written(when(**keys), defaults=Defaults(service="own"))

    assert expected == written.returning(_whole)(line)


def _tags(code: SpanCode) -> str:
    code.tags()
    return "meta"


@pytest.mark.parametrize(
    ("tags", "line", "expected"),
    [
        ({}, {}, {"env": "prod"}),
        ({"k": "v"}, {}, {"env": "prod", "k": "v"}),
        ({"k": "{k}"}, {"k": 5}, {"env": "prod", "k": "5"}),
        ({"k": "{k}"}, {"k": ""}, {"env": "prod", "k": ""}),
        ({"k": "{k}"}, {"k": {"a": [1]}}, {"env": "prod", "k": '{"a":[1]}'}),
        ({"k": "{k}"}, {}, {"env": "prod"}),
        ({"k": "{k} {l}"}, {"k": 1}, {"env": "prod"}),
        ({"env": "{e}"}, {"e": "test"}, {"env": "test"}),
        ({"env": "{e}"}, {}, {"env": "prod"}),
        ({"env": "stage"}, {}, {"env": "stage"}),
        ({"three": "{1 + 2}"}, {}, {"env": "prod", "three": "3"}),
    ],
)
def test_tags(tags: dict[str, str], line: dict[str, Any], expected: dict[str, str]) -> None:
    """A tag without a value is left out; one that is constant too falls back to the constant."""
    written = Written(when(tags=tags), defaults=Defaults(env="prod"))

    assert expected == written.returning(_tags)(line)


def test_tags_are_a_new_dict_for_each_line() -> None:
    """Nothing that is written into one shows in the next."""
    made = Written(when(tags={"k": "{k}"}), defaults=Defaults(env="prod")).returning(_tags)
    made({"k": 1})["more"] = "x"

    assert {"env": "prod"} == made({})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, {"m": 5.0}),
        ("1.5", {"m": 1.5}),
        (0, {"m": 0.0}),
        (None, {}),
        (True, {}),
        ("many", {}),
        ([1], {}),
        (10**400, {}),
        (float("nan"), {}),
        (float("inf"), {}),
    ],
)
def test_metrics(value: Any, expected: dict[str, float]) -> None:
    """Only finite numbers are metrics, and they are floats."""

    def write(code: SpanCode) -> str:
        code.metrics()
        return "metrics"

    found = Written(when(metrics={"m": "{m}"})).returning(write)({"m": value})

    assert (expected, [float] * len(expected)) == (found, [type(each) for each in found.values()])


def test_a_constant_metric() -> None:
    """A number of the configuration counts as one."""

    def write(code: SpanCode) -> str:
        code.metrics()
        return "metrics"

    assert {"m": 12.5} == Written(when(metrics={"m": "12.5"})).returning(write)({})


@pytest.mark.parametrize(
    ("template", "line", "expected"),
    [
        ("{d}", {"d": 5}, 5),
        ("{d}", {}, None),
        ("{d + 1}", {"d": 5}, 6),
        ("{d}:{e}", {"d": 1, "e": 2}, "1:2"),
        ("{d}:{e}", {"d": 1}, None),
        ("text", {}, "text"),
    ],
)
def test_a_value_has_a_name(template: str, line: dict[str, Any], expected: Any) -> None:
    """One expression keeps its type; what is missing is None; a name can be used twice."""
    names: list[str] = []

    def write(code: SpanCode) -> str:
        duration = written.rule.timing.duration or written.rule.timing.start
        assert duration is not None
        names.append(code.value(duration))
        return names[0]

    written = Written(when(from_=template))

    assert expected == written.returning(write)(line)
    assert names[0].isidentifier()


def test_a_comment_names_the_rule_and_its_line() -> None:
    """A reader of the code finds the configuration."""
    written = Written(when())
    written.code.comment("tags")

    assert "# spans[0].tags, line 7\n" == written.writer.source
