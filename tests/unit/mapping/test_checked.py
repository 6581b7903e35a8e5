"""What a checked rule says of itself."""

from typing import Any

import pytest

from logtrace.config.model import RuleConfig
from logtrace.mapping.checked import Rule
from logtrace.mapping.nodes import Field
from logtrace.mapping.rules import check
from tests.support.mapping import rule, source, when


def checked(config: RuleConfig) -> Rule:
    """Return a rule, checked."""
    return check(source(config)).rules[0]


@pytest.mark.parametrize(
    ("keys", "adopts"),
    [
        ({"kind": "server", "trace_id": "{t}"}, True),
        ({"kind": "consumer", "trace_id": "{t}"}, True),
        ({"kind": "client", "trace_id": "{t}"}, False),
        ({"trace_id": "{t}"}, False),
        ({"kind": "server"}, False),
        ({"kind": "server", "trace_id": "{t}", "parent_id": "{p}"}, False),
        ({"kind": "server", "trace_id": "{t}", "parent_id": ""}, False),
    ],
)
def test_a_span_that_serves_adopts_its_caller(keys: dict[str, Any], adopts: bool) -> None:
    """Only a server or consumer whose trace id is written and whose parent is not."""
    assert adopts is checked(when(**keys)).adopts


def test_values_are_all_templates_of_a_span() -> None:
    """Ids come first; what decides over the line (times, conditions, the key) is none of them."""
    made = checked(
        rule(
            start="a",
            end="b",
            key="{k}",
            trace_id="{t}",
            span_id="{s}",
            parent_id="{p}",
            name="{n}",
            resource="{r}",
            service="{v}",
            type="{y}",
            error="e",
            tags={"one": "{x1}", "two": "constant"},
            metrics={"m": "{x2}", "n": "12"},
        )
    )
    singles = [template.single for template in made.values()]
    names = [node.name if isinstance(node, Field) else None for node in singles]

    assert ["t", "s", "p", "n", "r", "v", "y", "x1", "x2", None] == names


def test_values_that_are_not_written_are_left_out() -> None:
    """A rule with a name alone has one."""
    assert [("op",)] == [template.parts for template in checked(when()).values()]
