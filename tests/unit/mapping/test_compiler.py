"""Generated code as a whole: where it can be seen, and what can never be in it."""

import linecache
import traceback
from typing import Any

import pytest

from logtrace.config.model import Defaults, RuleConfig, SourceConfig
from logtrace.errors import Mark
from logtrace.mapping.compiler import Mapping, compile_source
from logtrace.mapping.rules import check
from logtrace.model import Mapped
from tests.support.mapping import FakeParser, read_time, rule, source, text, when


def compiled(config: SourceConfig, reader: Any = read_time) -> tuple[Mapping, FakeParser]:
    """Return a source's compiled rules and its parser."""
    checked = check(config)
    parser = FakeParser(checked.fields)
    return compile_source(checked, parser, reader), parser


def test_text_of_the_configuration_never_becomes_code() -> None:
    """Names, texts, patterns and numbers are bound to names that logtrace makes."""
    evil = "x' or __import__('os') #\n\"\"\""
    quoted = evil.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    config = source(
        when(
            f'"{quoted}" == field["{quoted}"] and x > 987654 and y matches "evil(?P<evil>.)"',
            name=evil.replace("{", "{{"),
            resource=f'{{a}}{evil}{{field["{quoted}"]}}',
            tags={evil: evil, "evil": f"{evil}{{a}}"},
            metrics={evil: "{a}"},
            extract=r"(?P<evil_group>evil)",
            trace_id="{evil_field}{evil_group}",
        ),
        rule(group=f"{evil}{{evil_field}}", name="evil", trace_id="{evil_field | hash}"),
        defaults=Defaults(service=evil, env=evil, tags={evil: evil}),
        scope=evil,
    )
    mapping, parser = compiled(config)

    assert "import" not in mapping.source
    assert "evil" not in mapping.source
    assert "987654" not in mapping.source
    assert mapping.map(parser.records([{"ts": 0, "evil_field": "t"}])).halves[0].scope == evil


def test_source_is_shown_in_tracebacks() -> None:
    """What a debugger or a traceback shows of generated code are its own lines."""

    def broken(_: Any) -> int:
        raise RuntimeError("a reader that breaks its promise")

    mapping, parser = compiled(source(when()), broken)
    with pytest.raises(RuntimeError) as caught:
        mapping.map(parser.records([{"ts": 0}]))

    frame = traceback.extract_tb(caught.value.__traceback__)[-2]
    assert (frame.filename, frame.name) == ("<logtrace mapping shop logtrace.yaml:7>", "map_batch")
    assert "read_time(" in (frame.line or "")
    assert "".join(linecache.getlines(frame.filename)) == mapping.source


@pytest.mark.parametrize("name", ["nul\0", "\ud800", "x" * 10_000, "a\nb"])
def test_any_name_of_a_source_compiles(name: str) -> None:
    """The name shows in the file name of the code, made harmless and short."""
    config = SourceConfig(mark=Mark("f.yaml", 1, 1), name=name, format=text("json"))
    mapping, parser = compiled(config)

    assert Mapped(unmatched=[0]) == mapping.map(parser.records([{"a": 1}]))


def test_each_call_makes_new_objects() -> None:
    """Spans of two lines share no dict: later stages write into them."""
    mapping, parser = compiled(source(when(tags={"k": "{k}"}), defaults=Defaults(env="prod")))
    first, second = mapping.map(parser.records([{"ts": 0, "k": 1}, {"ts": 0}])).alone
    first.span.meta["more"] = "x"

    assert {"env": "prod"} == second.span.meta
    assert first.span.metrics is not second.span.metrics
    assert {"env": "prod", "k": "1"} == (
        mapping.map(parser.records([{"ts": 0, "k": 1}])).alone[0].span.meta
    )


def test_half_rules_are_those_that_need_several_lines() -> None:
    """Pairing gets each rule's kind and times under its index."""
    mapping, _ = compiled(
        source(
            when(),
            rule(start="a", end="b", name="x", timeout=5),
            rule(group="{g}", name="x", pause=7),
            rule(event="e", name="x"),
        )
    )

    assert [(1, "pair", 5), (2, "group", 3600 * 10**9), (3, "event", 3600 * 10**9)] == [
        (index, item.kind, item.timeout) for index, item in mapping.half_rules.items()
    ]
    assert mapping.half_rules[2].pause == 7


def test_hundreds_of_rules_and_terms_compile() -> None:
    """Neither many rules nor long conditions meet a limit of Python's compiler."""
    terms = " and ".join(f"f{number} != {number}" for number in range(200))
    rules: list[RuleConfig] = [when(terms, name=f"op{number}") for number in range(100)]
    deep = "(" * 20 + "a" + " + 1)" * 20
    mapping, parser = compiled(source(*rules, when(f"{deep} == 20", name="deep")))

    assert "deep" == mapping.map(parser.records([{"ts": 0, "a": 0}])).alone[0].span.name


# ── lines that go on ──────────────────────────────────────────────────────────────────────────────


def mapped(lines: list[dict[str, Any]], *rules: RuleConfig, **keys: Any) -> Mapped:
    """Return what rules make of lines."""
    mapping, parser = compiled(source(*rules, **keys))
    return mapping.map(parser.records([{"ts": 0, **line} for line in lines]))


def roles(made: Mapped) -> list[tuple[int, str, int]]:
    """Return line, role and rule of each half-span."""
    return [(half.number - 1000, half.role, half.rule) for half in made.halves]


def test_a_line_goes_on_to_later_rules() -> None:
    """From a rule that lets it, until one that does not; each counts it, nothing is unmatched."""
    made = mapped(
        [{"a": 1}, {"a": 2}, {}],
        when("a exists", continue_=True),
        when("a == 1", name="second"),
        when("a exists", name="third"),
        when("b exists"),
    )

    assert [(0, "span", 0), (0, "span", 1), (1, "span", 0), (1, "span", 2)] == roles(made)
    assert ([2], {0: 2, 1: 1, 2: 1}) == (made.unmatched, made.taken)


def test_a_line_that_gave_something_is_rejected_by_no_later_rule() -> None:
    """It is in one place: the later rule ends it, and that is all."""
    made = mapped(
        [{"a": 1, "b": 1}, {"b": 1}],
        when("a exists", continue_=True),
        when("b exists", name="{gone}"),
    )

    assert [(0, "span", 0)] == roles(made)
    assert [(1, "no_name")] == made.rejects


def test_a_start_that_goes_on_is_no_end_of_its_own_rule() -> None:
    """Where both conditions hold, it is the start; the later rule gets it too."""
    made = mapped(
        [{"a": 1}, {"a": 2}],
        rule(start="a == 1", end="a exists", name="x", continue_=True),
        rule(start="a == 2", end="a == 3", name="y"),
    )

    assert [(0, "start", 0), (1, "end", 0), (1, "start", 1)] == roles(made)


def test_spans_of_rules_before_the_first_that_lets_go_on_are_final() -> None:
    """They take the quick way."""
    made = mapped([{"a": 1}, {}], when("a exists"), when(continue_=True), when(name="z"))

    assert [0] == [span.number - 1000 for span in made.alone]
    assert [(1, "span", 1), (1, "span", 2)] == roles(made)


@pytest.mark.parametrize(
    ("keys", "within"),
    [
        ({}, "any"),
        ({"trace_id": "{t}"}, "trace"),
        ({"trace_id": "{t}", "parent_id": "{p}"}, None),
        ({"trace_id": "{t}", "parent_id": ""}, None),
    ],
)
def test_a_span_in_a_scope_may_belong_to_a_start(keys: dict[str, str], within: str | None) -> None:
    """Where the source has starts, and the log does not say the parent; pairing decides."""
    line = [{"a": 1, "t": "7", "p": "9", "thread": "t1"}]
    pair = rule(start="b", end="c", name="x")
    with_starts = mapped(line, when(**keys), pair, scope="{thread}")
    without = mapped(line, when(**keys), scope="{thread}")

    assert [] == without.halves
    assert [within] * (within is not None) == [half.within for half in with_starts.halves]
    assert ["t1"] * (within is not None) == [half.scope for half in with_starts.halves]
