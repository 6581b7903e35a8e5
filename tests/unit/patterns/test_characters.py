import re
from re import _parser  # type: ignore[attr-defined]

import pytest

from logtrace.patterns.characters import EVERYTHING, mask


def bits(pattern: str, flags: int = 0) -> int:
    """Return what the one position of a pattern matches."""
    ((code, argument),) = _parser.parse(pattern, flags)
    return mask(code, argument, flags)


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("a", "[a-c]", True),
        ("a", "[^a]", False),
        (r"\d", "[0-9]", True),
        (r"\d", "[a-z]", False),
        (r"\w", "[а-я]", True),  # noqa: RUF001
        (r"\s", r"\S", False),
        (".", "x", True),
        (".", r"\n", False),
        ("[^ ]", "[ ]", False),
    ],
)
def test_positions_that_share_a_character(one: str, other: str, share: bool) -> None:
    """Are told from those that no character matches both of."""
    assert share == bool(bits(one) & bits(other))


def test_flags_count() -> None:
    """A dot that takes newlines takes everything; letters are alike where their case is ignored."""
    assert EVERYTHING == bits(".", re.DOTALL)
    assert bits("a", re.IGNORECASE) & bits("A")
    assert not bits("a") & bits("A")


@pytest.mark.parametrize(
    ("one", "other"),
    [("s", "\u017f"), ("k", "\u212a"), ("[a-z]", "\u0131"), ("µ", "\u03bc"), ("ÿ", "Ÿ")],
)
def test_letters_that_are_alike_in_another_case_only(one: str, other: str) -> None:
    """Some of Latin-1 are the same letter as one beyond it, where case is ignored."""
    assert bits(one, re.IGNORECASE) & bits(other, re.IGNORECASE)
    assert not bits(one) & bits(other)
