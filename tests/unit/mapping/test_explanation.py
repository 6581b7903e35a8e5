from typing import Any

import pytest

from logtrace.config.model import RuleConfig
from logtrace.mapping.explanation import Explainer, Story, Told
from logtrace.mapping.rules import check
from logtrace.model import HalfSpan, MappedSpan, Reject
from tests.support.mapping import NOON, FakeParser, read_time, rule, source, when


def explained(line: dict[str, Any], *rules: RuleConfig, **keys: Any) -> Story:
    """Return the story of one line."""
    checked = check(source(*rules, **keys))
    parser = FakeParser(checked.fields)
    return Explainer(checked, parser, read_time).explain(parser.records([{"ts": 0, **line}]), 0)


def leaves(told: Told) -> list[tuple[str, Any, dict[str, Any]]]:
    """Return the parts of a condition that have no parts, with what they read."""
    if not told.parts:
        return [(told.text, told.value, dict(told.reads))]
    return [leaf for part in told.parts for leaf in leaves(part)]


def test_each_part_of_a_condition_is_told_with_its_values() -> None:
    """Those behind the one that decided, too."""
    story = explained({"event": "a", "status": 500}, when('event == "b" and (status > 5 or x)'))
    ((name, told),) = story.rules[0].conditions
    assert ("when", 'event == "b" and (status > 5 or x)', False) == (name, told.text, told.value)
    assert [
        ('event == "b"', False, {"event": "a"}),
        ("status > 5", True, {"status": 500}),
        ("x", None, {"x": None}),
    ] == leaves(told)


def test_the_first_rule_that_takes_a_line_decides() -> None:
    """Those behind it are not asked, though they might have taken it."""
    story = explained({"a": 1}, when("a == 2"), when("a == 1", name="{a}"), when("a exists"))
    assert [(True, False), (True, True), (False, False)] == [
        (rule.tried, rule.decides) for rule in story.rules
    ]
    assert isinstance(story.rules[1].outcome, MappedSpan)
    assert story.rules[0].outcome is None
    assert isinstance(story.rules[2].outcome, MappedSpan)


def test_a_rule_that_cannot_use_a_line_decides_too() -> None:
    """By its reject; its values say why."""
    story = explained({"id": "-"}, when("true", trace_id="{id}", tags={"k": "{id}"}), when("true"))
    decider, other = story.rules
    assert (Reject.NO_TRACE_ID, True) == (decider.outcome, decider.decides)
    assert (False, False) == (other.tried, other.decides)
    values = {key: value for key, _, value in decider.values}
    assert {"trace_id": "-", "name": "op", "tags.k": "-"} == values


def test_an_ignored_line_is_asked_of_no_rule() -> None:
    """It is told why it was ignored."""
    story = explained({"a": 1}, when("true"), ignore="a == 1", reset="a == 2")
    assert story.ignore is not None
    assert story.reset is not None
    assert (True, False) == (story.ignore.value, story.reset.value)
    assert [False] == [rule.tried for rule in story.rules]


def test_the_time_is_told_as_it_was_found() -> None:
    """The field that has it, and what it means."""
    story = explained({"ts": 5}, when("true"))
    assert ((("ts", 5),), NOON + 5 * 10**9) == (story.times, story.time)
    assert None is explained({"ts": "x"}, when("true")).time
    assert None is explained({"ts": None}, when("true")).time


def test_what_extract_finds_is_told() -> None:
    """Or that it finds nothing."""
    pair = rule(start='message startswith "a"', end='k == "z"', name="x", extract=r"job (?P<k>\w+)")
    story = explained({"message": "a job z"}, pair)
    told = story.rules[0]
    assert ({"k": "z"}, True) == (told.groups, told.extracts)
    assert ["start", "end"] == [name for name, _ in told.conditions]
    assert isinstance(told.outcome, HalfSpan)
    assert None is explained({"message": "a"}, pair).rules[0].groups


@pytest.mark.parametrize("line", [{}, {"a": [1, {"b": 2}]}, {"a": "\ud800"}])
def test_a_group_has_no_condition(line: dict[str, Any]) -> None:
    """It takes each line that has its key."""
    story = explained(line, rule(group="{a}", name="x"))
    assert () == story.rules[0].conditions
    assert ("a" in line) == story.rules[0].decides
