import pytest

from logtrace.analysis.literals import always, exclude, implies, literal, never, same
from logtrace.mapping.expressions import parse
from logtrace.mapping.nodes import Field, Node


def read(text: str) -> Node:
    """Return a literal in the form in which they are compared."""
    return literal(parse(text))


def is_text(field: Field) -> bool:
    """Return whether a field is text: `t` is."""
    return field.name == "t"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 < a", "a > 5"),
        ("1 == a", "a == 1"),
        ('a in ["x"]', 'a == "x"'),
        ("a >= b", "a >= b"),
    ],
)
def test_what_is_written_in_two_ways_is_one_literal(one: str, other: str) -> None:
    """Constants stand to the right, and a list of one is that one."""
    assert same(read(one), read(other))


@pytest.mark.parametrize(
    ("one", "other"), [("a == 1", "a == true"), ("a in [1, 2]", "a in [true, 2]")]
)
def test_a_number_and_a_truth_value_are_not_the_same(one: str, other: str) -> None:
    """Though Python takes 1 and True for equal."""
    assert read(one) == read(other)
    assert not same(read(one), read(other))


@pytest.mark.parametrize(
    "text",
    [
        "1 == 2",
        '"a" == 1',
        "a in []",
        "t == true",
        "t in [true, false]",
        '"x" in t',
        "lower(a) == false",
        "a + 1 == true",
        'a + 1 == "x"',
        "(a == 1) == 5",
        "len(a) == true",
        "(a exists) < 3",
    ],
)
def test_what_holds_for_no_line(text: str) -> None:
    """Constants are compared, and kinds of values that are never alike."""
    assert never(read(text), is_text)


@pytest.mark.parametrize(
    "text",
    [
        "1 == 1",
        "a == true",
        "t == 1",
        't == "1"',
        "a in [true]",
        '"x" in a',
        "t contains true",
        "a + 1 == 1",
        'a + 1 == "1"',
        "(a == 1) == true",
        "a == b",
        "coalesce(t, 1) == 1",
        "a",
    ],
)
def test_what_may_hold(text: str) -> None:
    """A text may read as a number, and of other fields nothing is known."""
    assert not never(read(text), is_text)


def test_what_holds_for_every_line() -> None:
    """Only what reads no field."""
    assert always(read("1 < 2"))
    assert not always(read("a exists"))
    assert not always(read("2 < 1"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a == 1", "a exists"),
        ('a startswith "x"', "a exists"),
        ("a + b > 1", "b exists"),
        ("a == 7", "a > 5"),
        ("a == 7", "a in [6, 7]"),
        ("a == 7", "a != 6"),
        ('a == "xyz"', 'a startswith "xy"'),
        ('a == "xyz"', 'a matches "y"'),
        ('a == "xyz"', "a"),
        ('a in ["xy", "xz"]', 'a startswith "x"'),
        ("a in [6, 7]", "a in [5, 6, 7]"),
        ("a > 5", "a > 4"),
        ("a > 5", "a >= 5"),
        ("a >= 6", "a > 5"),
        ("a < 5", "a <= 5"),
        ("a > 5", "a != 5"),
        ('a startswith "xy"', 'a startswith "x"'),
        ('a endswith "xy"', 'a endswith "y"'),
        ('a startswith "xyz"', 'a contains "y"'),
    ],
)
def test_one_follows_from_the_other(one: str, other: str) -> None:
    """For every line, and not the other way round."""
    assert implies(read(one), read(other))
    assert not implies(read(other), read(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a == 5", 'a == "5"'),
        ('a == "5"', 'a == "5.0"'),
        ("a >= 5", "a > 5"),
        ("a > 5", "b > 4"),
        ('a contains "xy"', 'a contains "x"'),
        ('a startswith "x"', 'a endswith "x"'),
        ('a == "xyz"', "a == b"),
        ("coalesce(a, b) == 1", "a exists"),
        ("(a == 1) == false", "a exists"),
        ("a != 5", "a > 5"),
    ],
)
def test_what_is_not_certain_does_not_follow(one: str, other: str) -> None:
    """There is a line that shows it."""
    assert not implies(read(one), read(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a == 1", "a == 2"),
        ('a == "x"', 'a == "y"'),
        ('a == "x"', "a == 1"),
        ("a == true", "a == 1"),
        ("a == 1", "a != 1"),
        ('a == "x"', 'a != "x"'),
        ('a == "x"', 'a startswith "y"'),
        ('a == "1"', 'a == "2"'),
        ("a == 1", "a in [2, 3]"),
        ('a in ["x", "y"]', 'a in ["z"]'),
        ("a > 5", "a < 5"),
        ("a > 5", "a <= 5"),
        ("a > 5", "a == 3"),
        ('a startswith "x"', 'a startswith "y"'),
        ('a endswith "x"', 'a endswith "y"'),
    ],
)
def test_two_exclude_each_other(one: str, other: str) -> None:
    """No line has both, in whatever order they are asked."""
    assert exclude(read(one), read(other))
    assert exclude(read(other), read(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a == 1", 'a == "1"'),
        ('a == "1"', 'a == "1.0"'),
        ("a >= 5", "a <= 5"),
        ('a startswith "x"', 'a startswith "xy"'),
        ('a contains "x"', 'a contains "y"'),
        ("a == 1", "b == 2"),
        ("a in [1, 2]", "a in [2, 3]"),
    ],
)
def test_what_may_hold_together(one: str, other: str) -> None:
    """There is a line that has both."""
    assert not exclude(read(one), read(other))
