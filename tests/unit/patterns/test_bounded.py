"""Patterns of a configuration: compiled, refused, or shown only so much of a text."""

import re
import time
import warnings
from collections.abc import Iterator

import pytest

from logtrace.patterns import linear
from logtrace.patterns.bounded import Unusable, build
from tests.support import re2

needs_re2 = pytest.mark.usefixtures("re2_here")


@pytest.fixture
def re2_here() -> Iterator[None]:
    """RE2, for one test; in the others it is absent."""
    with re2.turned_on():
        yield


def unusable(text: str, **options: bool) -> Unusable:
    """Return why a pattern cannot be used."""
    with pytest.raises(Unusable) as caught:
        build(text, **options)  # type: ignore[arg-type]
    return caught.value


def test_a_mistake_is_named_with_its_place() -> None:
    """The character where Python gave up, and where the syntax is told."""
    error = unusable("ab(c")
    assert ("not a regular expression: missing ), unterminated subpattern", 2) == (
        error.what,
        error.index,
    )
    assert "docs.python.org" in error.fix


@pytest.mark.parametrize("text", ["(a+)+$", "(a|aa)+$", "(.*)*x", r"^(\w+\s?)*$"])
@pytest.mark.parametrize("searched", [False, True])
def test_what_could_stall_is_refused(text: str, searched: bool) -> None:
    """Matched or searched for: the classic catastrophes."""
    assert "exponential" in unusable(text, searched=searched).what


def test_what_is_searched_for_costs_a_power_more() -> None:
    """It is tried at every place, so a long text is cut where matching alone would not need it."""
    text = r"\w+=\d"
    assert (None, 4096) == (build(text).longest, build(text, searched=True).longest)


@pytest.mark.parametrize("text", [r"^rc=(\d+)", r"\Arc=(\d+)"])
def test_an_anchored_search_is_a_match(text: str) -> None:
    """It can begin at one place only."""
    assert build(text).longest == build(text, searched=True).longest


def test_a_word_with_digits_behind_it_is_found_anywhere() -> None:
    """What people extract, `rc=17`, is looked for in the whole text."""
    found = build(r"rc=(?P<rc>\d+)", searched=True)
    match = found.search("x" * 100_000 + "rc=17")

    assert found.longest is None
    assert match is not None
    assert "17" == match["rc"]


def test_a_search_ends_where_the_text_is_cut() -> None:
    """As if the text ended there: what is behind is not found, `$` is there."""
    pattern = build(r"\w+$", searched=True)
    assert pattern.longest is not None
    match = pattern.search("a" * pattern.longest + " b")

    assert match is not None
    assert (0, pattern.longest) == match.span()


@pytest.mark.parametrize("text", [r"\w+=\d", r"(\w+) (\w+)", r"a.*b", r"\w+$", r"\s+$"])
@pytest.mark.parametrize("unit", ["a", "a ", "=", " "])
def test_the_worst_text_is_searched_in_no_time(text: str, unit: str) -> None:
    """A megabyte that nearly matches is done within a second."""
    pattern = build(text, searched=True)
    before = time.process_time()
    pattern.search(unit * 1_000_000 + "!")

    assert time.process_time() - before < 1


def test_what_python_only_warns_of_is_no_noise() -> None:
    """A bracket within brackets is what it is now; nothing is printed."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert build("[[a]", re.DOTALL).search("[") is not None


@pytest.mark.parametrize(
    ("text", "helps"), [("(a+)+$", True), ("(?=b)(a+)+$", False), (r"(a+)+\b", False)]
)
def test_the_extra_is_named_where_it_would_help(text: str, helps: bool) -> None:
    """Not where RE2 could not run the pattern either."""
    advice = "or install the extra re2 (google-re2), which can run it"
    assert helps is unusable(text).fix.endswith(advice)


@needs_re2
def test_what_python_could_stall_on_is_run_by_re2() -> None:
    """A text of any length, and every text."""
    pattern = build("(?P<x>(a+)+)$", searched=True)
    assert -1 == pattern.longest
    found = pattern.search("b" + "a" * 100_000)
    assert found is not None
    assert 100_000 == len(found["x"] or "")
    assert pattern.search("a" * 100_000 + "!") is None
    assert pattern.match("b") is None


@needs_re2
def test_what_python_is_slow_on_is_run_by_re2_where_a_text_is_long() -> None:
    """Nothing is cut; short texts are for the faster engine."""
    pattern = build(r"(\w+)=(\d)", searched=True)
    assert 4096 == pattern.longest
    short, long = pattern.search("a=1"), pattern.search("-" * 5000 + "a=1")
    assert isinstance(short, re.Match)
    assert isinstance(long, linear.LinearMatch)
    assert ("a", "1") == short.groups() == long.groups()


def test_where_every_match_is_sought_an_empty_one_is_no_end() -> None:
    """What was read in vain before it is read for the next again."""
    text = r"(?:\w+@corp)?"
    one, every = (build(text, searched=True, places=places) for places in (False, True))
    assert (None, 4096) == (one.longest, every.longest)


@needs_re2
def test_where_places_matter_re2_is_not_asked() -> None:
    """It tells groups only."""
    assert "exponential" in unusable("(a+)+$", places=True).what
    assert build(r"\w+=\d", searched=True, places=True).linear is None
