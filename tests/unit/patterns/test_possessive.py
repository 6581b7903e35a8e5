"""Named groups within possessive repeats are found, wherever they stand."""

import re

import pytest

from logtrace.patterns.bounded import Unusable, build
from logtrace.patterns.possessive import holds_groups


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:(x)|y|z)*+",
        r"(?:(?P<a>x)|y)++",
        r"(?:(x)|y){1,3}+",
        r"a(?:b|(?:c(?:d(e)?)))*+f",
        r"(?=(?:(x)|y)*+)z",
        r"(?>(?:(x)|y)*+)",
        r"(q)?(?(1)(?:(x)|y)*+|z)",
    ],
)
def test_groups_that_python_may_fail_on(pattern: str) -> None:
    """Each is refused, with what to write instead."""
    assert holds_groups(pattern, 0)
    with pytest.raises(Unusable, match="possessive") as refused:
        build(pattern)
    assert "(?>" in refused.value.fix


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?P<a>[^ ]++) (?P<b>x*+)",
        r"(?>(?:(x)|y|z)*)",
        r"(?:(x)|y)?+",
        r"(?:(x)|y)*",
        r"((?:x|y)*+)",
        r"(?:(?:x)|y)*+",
    ],
)
def test_groups_that_are_safe(pattern: str) -> None:
    """What is repeated holds no group, or is repeated in another way."""
    assert not holds_groups(pattern, 0)


@pytest.mark.parametrize("text", ["xyz", "zyx", "xyzzyx", "yy", ""])
def test_what_is_to_be_written_instead_is_right(text: str) -> None:
    """An atomic group gives what the plain repeat gives where nothing has to be given back."""
    plain, atomic = re.compile(r"(?:(x)|(y)|z)*"), re.compile(r"(?>(?:(x)|(y)|z)*)")
    expected, found = plain.match(text), atomic.match(text)
    assert expected
    assert found
    assert (expected.span(), expected.groups()) == (found.span(), found.groups())
