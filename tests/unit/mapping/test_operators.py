"""What operators do to values of every type."""

from typing import Any

import pytest

from logtrace.mapping import operators
from logtrace.mapping.operators import FUNCTIONS, OPERATORS

STRANGE: list[Any] = [
    *(None, True, False, 0, -1, 10**5000, -(10**5000), 2**127, 0.0, 1e308, float("nan")),
    *(float("inf"), "", "12", "x" * 1000, "9" * 100, "\ud800", [], [None], {}, {"a": [1]}),
]


@pytest.mark.parametrize("operator", OPERATORS)
def test_no_operator_raises(operator: str) -> None:
    """Every operator gives a value for every two values, the strangest included."""
    for left in STRANGE:
        for right in STRANGE:
            OPERATORS[operator](left, right)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_raises(function: str) -> None:
    """Every function gives a value for every value, the strangest included."""
    for value in STRANGE:
        FUNCTIONS[function].call(value)


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize(
    ("left", "right"),
    [(None, 1), (None, None), ("x", 1), (1, True), ("true", True), ([], []), ({}, 1)],
)
def test_comparisons_of_null_and_of_unlike_values_are_false(
    operator: str, left: Any, right: Any
) -> None:
    """Null, unlike types, lists and dicts compare with nothing, not even as unequal."""
    assert not OPERATORS[operator](left, right)
    assert not OPERATORS[operator](right, left)


@pytest.mark.parametrize(
    ("left", "right"), [("500", 500), (500, "5e2"), (500, 500.0), (True, True), ("a", "a")]
)
def test_equal_values(left: Any, right: Any) -> None:
    """Numbers equal texts that read as the same number; likes equal likes."""
    assert OPERATORS["=="](left, right)
    assert OPERATORS["<="](left, right)
    assert not OPERATORS["!="](left, right)
    assert not OPERATORS["<"](left, right)


@pytest.mark.parametrize(("small", "large"), [("9", 10), (9, "10"), ("10", "9"), (False, True)])
def test_ordered_values(small: Any, large: Any) -> None:
    """A number and a text compare as numbers; two texts by their characters."""
    assert OPERATORS["<"](small, large)
    assert OPERATORS[">"](large, small)
    assert OPERATORS["!="](small, large)


@pytest.mark.parametrize(
    ("operator", "left", "right", "expected"),
    [
        ("+", "1", 2, 3),
        ("-", 1, 0.5, 0.5),
        ("*", 3, "2", 6),
        ("/", 12, 4, 3.0),
        ("%", -7, 3, 2),
        ("/", 1, 0, None),
        ("%", 1, 0.0, None),
        ("+", None, 1, None),
        ("+", "a", "b", None),
        ("+", True, 1, None),
        ("*", 1e308, 10, None),
        ("*", 2**100, 2**100, None),
        ("+", 10**500, 1, None),
    ],
)
def test_arithmetic(operator: str, left: Any, right: Any, expected: object) -> None:
    """Numbers and texts that read as numbers calculate; what has no result is null."""
    assert expected == OPERATORS[operator](left, right)


@pytest.mark.parametrize(
    ("operator", "value", "part", "expected"),
    [
        ("startswith", "GET /", "GET", True),
        ("startswith", 503, "5", True),
        ("endswith", "a.css", ".css", True),
        ("contains", "abc", "b", True),
        ("contains", ["x", "5"], 5, True),
        ("contains", None, "x", False),
        ("contains", {"x": 1}, "x", False),
        ("in", 5, [4, "5"], True),
        ("in", None, [None], False),
        ("in", "a", "abc", False),
    ],
)
def test_words(operator: str, value: Any, part: Any, expected: bool) -> None:
    """Word operators look at texts, and at numbers as their texts; `in` and `contains` at lists."""
    assert expected is OPERATORS[operator](value, part)


def test_functions() -> None:
    """Functions change texts and numbers, and give null for what they have no meaning for."""
    results = {
        "lower": [operators.lower("ÄB"), operators.lower(True), operators.lower([])],
        "upper": [operators.upper("äb"), operators.upper(12), operators.upper(None)],
        "int": [operators.integer("12.9"), operators.integer(-1.5), operators.integer("x")],
        "float": [operators.real("12"), operators.real(2), operators.real(False)],
        "len": [operators.length("abc"), operators.length([1]), operators.length(5)],
        "coalesce": [operators.coalesce(None, 0, 1), operators.coalesce(None)],
    }

    assert results == {
        "lower": ["äb", "true", None],
        "upper": ["ÄB", "12", None],
        "int": [12, -1, None],
        "float": [12.0, 2.0, None],
        "len": [3, 1, None],
        "coalesce": [0, None],
    }
