"""Which operations are inline, and that each inline form means what its function means."""

from typing import Any

import pytest

from logtrace.mapping.conditions import Conditions
from logtrace.mapping.evaluator import evaluate
from logtrace.mapping.expressions import parse
from logtrace.mapping.nodes import Variable
from logtrace.mapping.writer import Writer

VALUES: list[Any] = [
    *(None, True, False, 0, 5, 500, 501, 2**200, 0.5, 500.0, float("nan"), "", "500", "5e2", "x"),
    *("abc", "2xx", [], ["abc", 500], {}, {"a": 1}),
]


class _Single:
    """Every variable is `x`."""

    def load(self, variable: Variable) -> str:
        return "x"


def emitted(expression: str) -> tuple[str, dict[str, Any]]:
    """Return the Python of an expression and what its names are bound to."""
    writer = Writer()
    return Conditions(writer, _Single()).value(parse(expression)), writer.bound


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ('x == "abc"', "(x == c0)"),
        ('x == "500"', "(x == c0 if x.__class__ is str else eq(x, c0))"),
        ('x != "abc"', "(x != c0 if x.__class__ is str else ne(x, c0))"),
        ("x >= 500", "(x >= c0 if x.__class__ is int else ge(x, c0))"),
        ("500 < x", "(x > c0 if x.__class__ is int else gt(x, c0))"),
        ("x == true", "(x is True)"),
        ("x != true", "(x is False)"),
        ("x < true", "lt(x, True)"),
        ("x == y", "eq(x, x)"),
        ("x in [500, 501]", "(x in k1 if x.__class__ is int else among(x, k0))"),
        ('x in ["abc", "x"]', "(x in k1 if x.__class__ is str else among(x, k0))"),
        ('x in ["abc", 5]', "among(x, k0)"),
        ("x in []", "among(x, k0)"),
        ('x contains "b"', "(c0 in x if x.__class__ is str else contains(x, c0))"),
        ('x startswith "2"', "(x.startswith(c0) if x.__class__ is str else startswith(x, c0))"),
        (
            r'x matches "^\d"',
            "(p0(x) is not None if x.__class__ is str else found(x, p0) is not None)",
        ),
        ("x exists", "(x is not None)"),
        ("not (x and x)", "(not (x and x))"),
        ("x or x", "(True if (x or x) else False)"),
        ("x + 1 > 2 * 3", "gt(add(x, c0), c1)"),
        ("2 + 3", "c0"),
        ('lower(x) == "abc"', "(lower(x) == c0)"),
        ("-x", "negative(x)"),
    ],
)
def test_form_and_meaning(expression: str, code: str) -> None:
    """Each form is the expected one, and gives what the interpreter gives for every type."""
    text, bound = emitted(expression)

    assert code == text
    for value in VALUES:
        expected = evaluate(parse(expression), lambda _, value=value: value)
        actual = eval(text, {**bound, "x": value})
        assert repr(expected) == repr(actual), value
