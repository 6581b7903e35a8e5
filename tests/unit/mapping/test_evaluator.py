"""The meaning of every kind of node, one by one; what people write is in test_expressions.py."""

from typing import Any

import pytest

from logtrace.mapping.evaluator import evaluate, text_of, value_of
from logtrace.mapping.nodes import (
    All,
    AnyOf,
    Binary,
    Call,
    Constant,
    Exists,
    Extracted,
    Field,
    Matches,
    Negative,
    Node,
    Not,
    Variable,
)
from logtrace.mapping.templates import Template
from logtrace.patterns.bounded import build

VALUES: dict[Variable, Any] = {
    Field("n"): 4,
    Field("t"): "7",
    Field("empty"): "",
    Extracted("job"): "load",
}


def read(variable: Variable) -> Any:
    """Return the value of a variable, None for a missing one."""
    return VALUES.get(variable)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (Constant(1.5), 1.5),
        (Field("n"), 4),
        (Field("none"), None),
        (Extracted("job"), "load"),
        (Exists(Field("empty")), True),
        (Exists(Field("none")), False),
        (Not(Exists(Field("none"))), True),
        (All((Exists(Field("n")), Exists(Field("none")))), False),
        (AnyOf((Exists(Field("none")), Exists(Field("n")))), True),
        (Negative(Field("n")), -4),
        (Negative(Field("none")), None),
        (Matches(Extracted("job"), build("o.d", searched=True)), True),
        (Matches(Field("none"), build("", searched=True)), False),
        (Binary("+", Field("n"), Field("t")), 11),
        (Binary("==", Field("t"), Constant(7)), True),
        (Binary("!=", Field("none"), Constant(7)), False),
        (Call("lower", (Constant("AB"),)), "ab"),
        (Call("coalesce", (Field("none"), Field("n"))), 4),
    ],
)
def test_a_node_has_its_value(node: Node, expected: Any) -> None:
    """Of the right type, too."""
    value = evaluate(node, read)
    assert (type(expected), expected) == (type(value), value)


@pytest.mark.parametrize(
    ("parts", "value", "text"),
    [
        ((), "", ""),
        (("a",), "a", "a"),
        ((Field("n"),), 4, "4"),
        ((Field("n"), " of ", Field("t")), "4 of 7", "4 of 7"),
        ((Field("none"),), None, None),
        (("a", Field("none")), None, None),
    ],
)
def test_a_template_has_its_value(
    parts: tuple[str | Node, ...], value: Any, text: str | None
) -> None:
    """A single expression keeps its type; with a missing field there is none."""
    template = Template(parts)
    assert (value, text) == (value_of(template, read), text_of(template, read))


def test_no_template_has_no_value() -> None:
    """What is not written."""
    assert (None, None) == (value_of(None, read), text_of(None, read))
