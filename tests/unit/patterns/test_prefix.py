import re

import pytest

from logtrace.patterns.bounded import build
from logtrace.patterns.prefix import Stop, stop_of

LINE = r"^(?P<time>\S+) \[(?P<thread>[^\]]+)\] (?P<level>INFO|WARN) (?P<message>.*)$"


def stop(pattern: str, text: str, shown: int = 60) -> Stop | None:
    """Return where a pattern stops, built as that of a source is."""
    assert not re.compile(pattern, re.DOTALL).match(text)
    build(pattern, re.DOTALL)  # it is one that a source may have
    return stop_of(pattern, text, lambda given: re.compile(given, re.DOTALL), shown)


@pytest.mark.parametrize(
    ("text", "taken", "matched", "wanted"),
    [
        ("12:00 main INFO x", "12:00 ", r"^(?P<time>\S+) ", r"\[(?P"),
        ("12:00 [main INFO x", "12:00 [main INFO x", r"[^\]]+)", r"\] (?P"),
        ("12:00 [main] ERROR x", "12:00 [main] ", r"[^\]]+)\] ", "(?P<level>INFO"),
        ("12:00 [main] INFIX", "12:00 [main] INF", r"(?P<level>INF", "O|WARN)"),
        ("12:00 [main] INFO", "12:00 [main] INFO", "|WARN)", " (?P<message>"),
    ],
)
def test_the_longest_beginning_that_matches(
    text: str, taken: str, matched: str, wanted: str
) -> None:
    """What it takes of the text, and what comes next in the pattern."""
    found = stop(LINE, text)
    assert found is not None
    assert taken == text[: found.taken]
    assert LINE[: found.index] == found.matched
    assert found.matched.endswith(matched)
    assert found.wanted.startswith(wanted)


def test_what_the_groups_held_so_far() -> None:
    """So that a person sees where it went astray."""
    found = stop(LINE, "12:00 [main] ERROR x")
    assert found is not None
    assert {"time": "12:00", "thread": "main"} == {
        name: value for name, value in found.groups.items() if value
    }


def test_a_pattern_that_matches_but_for_its_end() -> None:
    """The end is what is wanted."""
    found = stop(r"^(?P<a>\d+) (?P<b>\w+)$", "12 ab!")
    assert found is not None
    assert ("$", 5) == (found.wanted, found.taken)


def test_a_verbose_pattern_is_shown_without_its_comments() -> None:
    """On one line."""
    pattern = "(?x)\n(?P<a>[0-9]+)[ ]   # a number\n  (?P<b>x|y)  # a letter (of two\n ;\n"
    found = stop(pattern, "12 x.")
    assert found is not None
    assert ("(?x)(?P<a>[0-9]+)[ ](?P<b>x|y)", ";", 4) == (
        found.matched,
        found.wanted,
        found.taken,
    )


def test_a_text_that_does_not_even_begin_as_the_pattern_does() -> None:
    """There is nothing to show."""
    assert None is stop(r"a+b", "xyz")
    assert None is stop(r"a", "")


def test_how_often_something_repeats_is_not_parted_from_it() -> None:
    """`a{2}` is no `a` and then `{2}`."""
    found = stop(r"x a{2,3}b*c", "x aab!")
    assert found is not None
    assert (r"x a{2,3}b*", "c") == (found.matched, found.wanted)


def test_a_long_text_does_not_stall_a_beginning() -> None:
    """What the pattern can bear, its beginnings can."""
    found = stop(r"(?P<a>(?:a[^b]*+b)*+)(?P<c>[^x]*+x)+y", "ab" * 50_000 + "c" * 50_000)
    assert found is not None
    assert 150_000 == found.taken
