import re
from re import _parser  # type: ignore[attr-defined]

import pytest

from logtrace.patterns.automaton import Budget
from logtrace.patterns.costs import Cost, power
from logtrace.patterns.counting import cost_of


def cost(pattern: str, flags: int = re.DOTALL) -> Cost:
    """Return the cost of a pattern that is matched from the start."""
    return cost_of(_parser.parse(pattern, flags), flags, Budget(100_000))


@pytest.mark.parametrize("count", [3, 6, 9])
def test_optional_parts_that_take_the_same_multiply_by_two(count: int) -> None:
    """Each once more: that many ways there are."""
    assert (2**count - 1, 2 ** (count + 1)) == cost(r"\S+" + r"(?: \S+)?" * count + r"\Z")[:2]


def test_optional_parts_that_a_later_character_tells_apart_do_not() -> None:
    """All of them begin alike, and are followed until one is left."""
    keys = "".join(rf"(?: http_request_{number}=\S+)?" for number in range(8))
    spaces = "".join(rf"(?:\s+http_request_{number}: \d+)?" for number in range(8))
    assert [1, 1] == [power(cost(each + r"\Z")) for each in (keys, spaces)]
    assert max(cost(keys + r"\Z") + cost(spaces + r"\Z")) < 1000


def test_optional_parts_within_one_another_do_not() -> None:
    """There is one way for each number of them."""
    assert max(cost(r"\S+" + r"(?: \S+" * 8 + ")?" * 8 + r"\Z")) < 32


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"a*b", 1),
        (r".*a*b", 2),
        (r"a{1,9}a{1,9}b", 0),
        (r".{0,60000}b", 1),
        (r"(?:a(?=[^c]*b))*c", 2),
        (r"(?:,(?=\w+=)[^,]*)*;", 1),
        (r"(?:,(?![^,]*;)[^,]*)*+;", 1),
        (r"(?:ab|ac?)*(?:ba)*c", 2),
        (r"(?>(?:[^b]*b|.)*)c", 2),
        (r".*?[^.]++(?:\.++[^.]++)*+!", 2),
        (r"a(\w*)(?:b\1)c", 2),
        (r".*x", 1),
    ],
)
def test_the_power_of_the_length(pattern: str, expected: int) -> None:
    """Loops behind one another, with an end or not, and what is tried at each turn of one."""
    assert expected == power(cost(pattern))


@pytest.mark.parametrize("pattern", [r"x.*", r"x(?:a*b|a)*", r"x(?:(?=.*y)|)(?:(?=.*z)|)", "x.*$"])
def test_what_cannot_fail_at_the_end_is_done_once(pattern: str) -> None:
    """However often the beginning is tried: a match is found then."""
    assert power(cost(pattern)) == power(cost(".*?" + pattern)) == 1 or "*b" in pattern


def test_a_group_that_nothing_can_make_fail_is_entered_in_one_way() -> None:
    """Its own ways are those of the group, and no more of what is behind it."""
    atomic, other = (sum(cost(f"(?{kind}{'a?' * 10})" + "(?:bx|cy)+d")) for kind in ">:")
    assert atomic < 100
    assert other > 1000
