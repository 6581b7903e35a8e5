"""What is told of spans of several lines, and of the children of any."""

from typing import Any

import pytest

from logtrace.clock import MILLISECOND, SECOND
from logtrace.config.model import RuleConfig
from logtrace.mapping.explained_spans import MOST_TRIES, ChildStory
from logtrace.mapping.explanation import Explainer, RuleStory, Whole
from logtrace.mapping.interpreted_children import NoChild
from logtrace.mapping.rules import check
from logtrace.model import Span
from tests.support.mapping import NOON, FakeParser, read_time, rule, source, when


def told(config: RuleConfig, *lines: dict[str, Any], at: int = -1, ended: bool = True) -> RuleStory:
    """Return what is told of one of the lines that a span of 10 s came of."""
    checked = check(source(config))
    parser = FakeParser(checked.fields)
    records = parser.records([{"ts": 0, **line} for line in lines])
    span = Span("shop", "x", "x", 1, 1, NOON, 10 * SECOND)
    last = records.rows[-1] if ended else None
    whole = Whole(span, records.rows[0], last, list(enumerate(records.rows, 1)))
    at = at % len(lines)
    return Explainer(checked, parser, read_time).explain(records, at, {0: whole}).rules[0]


def values(story: RuleStory) -> dict[str, Any]:
    """Return what each key came to."""
    return {key: value for key, _, value in story.values}


PAIR = {
    "start": 'e == "b"',
    "end": 'e == "e"',
    "key": "{id}",
    "name": "job {job}",
    "resource": "{start.q} to {q}",
    "error": "start.rc != 0",
    "trace_id": "{trace}",
}
BEGIN = {"e": "b", "id": 1, "job": "bill", "q": 1, "rc": 1, "trace": "a"}
END = {"e": "e", "id": 1, "q": 3, "trace": "b"}


@pytest.mark.parametrize("at", [0, 1])
def test_a_span_of_two_lines_is_told_by_both(at: int) -> None:
    """The same of whichever is asked for; ids are those of the first."""
    story = told(rule(**PAIR), BEGIN, END, at=at)
    assert story.joined
    assert values(story) == {
        "key": 1,
        "name": "job bill",
        "resource": "1 to 3",
        "error": True,
        "trace_id": "a",
    }


def test_of_a_span_without_an_end_the_start_is_told() -> None:
    """There is nothing else."""
    story = told(rule(**PAIR), BEGIN, at=0, ended=False)
    assert ("job bill", "1 to 1") == (values(story)["name"], values(story)["resource"])


def test_without_its_span_a_line_is_told_by_itself() -> None:
    """It says so."""
    checked = check(source(rule(**PAIR)))
    parser = FakeParser(checked.fields)
    records = parser.records([{"ts": 0, **END}])
    story = Explainer(checked, parser, read_time).explain(records, 0).rules[0]
    assert not story.joined
    assert {"name": None, "key": 1} == {key: values(story)[key] for key in ("name", "key")}


def test_the_error_of_a_group_is_told_line_by_line() -> None:
    """Of its own lines; those of another group, which were events in it, are not among them."""
    group = rule(group="{g}", name="{a} {a | last}", error="level == 5")
    lines = [{"g": 1, "a": "x", "level": 1}, {"g": 1, "a": "y", "level": 5}, {"g": 2, "level": 5}]
    story = told(group, *lines, {"g": 1, "a": "z", "level": 1}, at=1)
    assert "x z" == values(story)["name"]
    assert ((1, False), (2, True), (4, False)) == story.errors


def children(line: dict[str, Any], *parts: dict[str, Any]) -> list[ChildStory]:
    """Return what is told of the children of a span of 100 ms."""
    checked = check(source(when("true", duration="100 ms", children=parts)))
    parser = FakeParser(checked.fields)
    records = parser.records([{"ts": 0, **line}])
    return list(Explainer(checked, parser, read_time).explain(records, 0).rules[0].children)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"d": 5, "on": 0}, NoChild.CONDITION),
        ({"on": 1}, NoChild.NO_DURATION),
        ({"d": -1, "on": 1}, NoChild.BAD_DURATION),
        ({"d": 5, "on": 1}, NoChild.NO_OFFSET),
        ({"d": 5, "on": 1, "o": "x"}, NoChild.BAD_OFFSET),
        ({"d": 5, "on": 1, "o": 1}, NoChild.NO_NAME),
    ],
)
def test_a_child_that_is_not_there_is_told_with_the_reason(line: dict[str, Any], why: str) -> None:
    """And with what each of its keys came to."""
    part = {"name": "{n}", "duration": "{d} ms", "when": "on == 1", "place": "offset"}
    (child,) = children(line, {**part, "offset": "{o} ms"})
    assert (1, 0, "{n}", why) == (child.number, child.place, child.name, child.made)
    came = {key: value for key, _, value in child.values}
    duration = f"{line['d']} ms" if "d" in line else None
    assert (line["on"] == 1, duration) == (came["when"], came["duration"])


def test_a_child_is_told_with_its_place_and_whether_it_was_cut() -> None:
    """What does not fit into its span ends with it."""
    first, second = children(
        {"a": 30, "b": 500},
        {"name": "x", "duration": "{a} ms"},
        {"name": "y", "duration": "{b} ms"},
    )
    assert isinstance(second.made, Span)
    assert (False, 0) == (first.cut, first.later)
    assert (True, 30 * MILLISECOND) == (second.cut, second.later)
    assert 70 * MILLISECOND == second.made.duration


def test_each_element_of_a_list_is_told_up_to_a_bound() -> None:
    """By its place in the list."""
    each = {"name": "x", "each": {"t": "{times}"}, "duration": "{each.t} ms"}
    made = children({"times": [1, "-", 3]}, each)
    assert [(1, True), (2, False), (3, True)] == [
        (child.place, isinstance(child.made, Span)) for child in made
    ]
    assert len(children({"times": [1] * 999}, *[each] * 9)) <= MOST_TRIES
