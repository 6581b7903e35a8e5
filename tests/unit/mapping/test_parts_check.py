"""What is wrong with the children of a rule, and what right ones become."""

from typing import Any

import pytest

from logtrace.config.model import Defaults
from logtrace.errors import ConfigError
from logtrace.mapping.checked import MOST_ELEMENTS, Rule
from logtrace.mapping.nodes import Element, Field
from logtrace.mapping.rules import check
from tests.support.mapping import source, when

CHILD = {"name": "c", "duration": "{a} ms"}


def checked(*children: dict[str, Any], **keys: Any) -> Rule:
    """Return a rule with these children."""
    config = when(**{"duration": "1 s", **keys}, children=children)
    return check(source(config, defaults=Defaults(env="prod", tags={"team": "pay"}))).rules[0]


def problems(*children: dict[str, Any], **keys: Any) -> list[str]:
    """Return `key: what` of each problem."""
    with pytest.raises(ConfigError) as caught:
        checked(*children, **keys)
    return [f"{problem.key}: {problem.what}" for problem in caught.value.problems]


def test_ordinals_leave_room_for_all_elements_of_lists() -> None:
    """Ids of children behind a list do not depend on how long it is."""
    many = {**CHILD, "each": {"x": "{x}"}}

    assert [2, 3, 3 + MOST_ELEMENTS] == [
        child.ordinal for child in checked(CHILD, many, CHILD).children
    ]


def test_constant_tags_are_those_of_all_spans_and_its_own() -> None:
    """With the kind; tags that depend on the line are kept apart."""
    [child] = checked({**CHILD, "kind": "client", "tags": {"k": "v", "n": "{n}"}}).children

    assert {"env": "prod", "team": "pay", "span.kind": "client", "k": "v"} == child.meta
    assert ["n"] == list(child.tags)


def test_elements_are_known_within_a_child_that_has_lists() -> None:
    """`each.x` is an element there, and a field of the line elsewhere, or in brackets."""
    many = {**CHILD, "name": '{each.x} {field["each.x"]} {x}', "each": {"x": "{x}"}}
    with_lists, without = checked(many, {**CHILD, "name": "{each.x}"}).children

    assert (Element("x"), Field("each.x", exact=True), Field("x")) == with_lists.name.expressions
    assert (Field("each.x"),) == without.name.expressions


@pytest.mark.parametrize(
    ("child", "expected"),
    [
        (
            {**CHILD, "each": {"x": "{x}"}, "resource": "{each.y}"},
            "resource: no list of `each` is called 'y'",
        ),
        (
            {**CHILD, "each": {"index": "{x}"}},
            "each: `each.index` is the place in the lists, and no list",
        ),
        ({**CHILD, "each": {"x": "{x"}}, "each.x: a `{` without its `}`"),
        ({**CHILD, "duration": "{a} parsecs"}, "duration: '{a} parsecs' is no duration"),
        (
            {**CHILD, "place": "offset", "offset": "soon"},
            "offset: 'soon' is no duration",
        ),
        ({**CHILD, "metrics": {"k": "v"}}, "metrics.k: 'v' is no number"),
        ({**CHILD, "metrics": {"k": "{x} ms"}}, "metrics.k: '{x} ms' is no number"),
        ({**CHILD, "when": "a =="}, "when: it ends where a value belongs"),
    ],
)
def test_problems_name_the_key_of_the_child(child: dict[str, Any], expected: str) -> None:
    """Each by the path of its key, and alone."""
    assert [f"spans[0].children[1].{expected}"] == problems(CHILD, child)


def test_moment_has_no_children() -> None:
    """There is nothing that they could lie in."""
    expected = ["spans[0].children: the span is a moment, and can have no children"]

    assert expected == problems(CHILD, duration=None, instant=True)


@pytest.mark.parametrize("metric", ["{a}", "{a}.{b}", "-{a}", "1{a}", "{a}{b}{c} {d}", "12"])
def test_metrics_that_may_be_numbers(metric: str) -> None:
    """What a line can make a number of is left alone."""
    assert ["k"] == list(checked(CHILD, metrics={"k": metric}).metrics)
