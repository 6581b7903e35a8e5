import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from logtrace.patterns import linear
from logtrace.patterns.linear import LinearMatch, build
from tests.support import re2

needs_re2 = pytest.mark.usefixtures("re2_here")


@pytest.fixture
def re2_here() -> Iterator[None]:
    """RE2, for one test."""
    with re2.turned_on():
        yield


PATTERN = re.compile(r"(?P<a>x+) (?:(?P<b>y)|z)")


def test_a_match_is_asked_like_python_s() -> None:
    """By number, by name, several at once."""
    match = LinearMatch(("1", None), {"a": 1, "b": 2})
    assert (("1", None), "1", ("1", None)) == (match.groups(), match.group(1), match.group(1, 2))
    assert {"a": "1", "b": None} == match.groupdict()
    assert ("1", None) == (match["a"], match[2])


@needs_re2
def test_a_pattern_is_matched_and_searched_for() -> None:
    """With the groups that Python gives."""
    compiled = build(PATTERN)
    assert compiled is not None
    assert compiled.match("-x y") is None
    found = compiled.search("-xx z")
    assert found is not None
    assert ("xx", None) == found.groups()


@needs_re2
def test_half_a_surrogate_pair_is_some_character() -> None:
    """No text that was decoded holds one; if one comes all the same nothing is raised."""
    compiled = build(re.compile("(a.b)"))
    assert compiled is not None
    found = compiled.match("a\ud800b")
    assert found is not None
    assert ("a?b",) == found.groups()


@needs_re2
def test_what_re2_finds_too_large_is_not_run_by_it() -> None:
    """It says so, and that is no error."""
    assert build(re.compile(r"((\w{100}){100})")) is None


def test_without_re2_nothing_is_built() -> None:
    """It is an extra."""
    assert build(PATTERN) is None


def test_what_cannot_be_translated_is_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether RE2 is there or not; it is not even asked."""
    monkeypatch.setattr(linear, "engine", lambda: SimpleNamespace())
    assert build(re.compile("(a)(?=b)")) is None


def test_re2_is_missed_without_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that fails is the answer."""

    def refuse(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(linear, "import_module", refuse)
    re2.installed.cache_clear()
    assert re2.installed() is None
    re2.installed.cache_clear()


@needs_re2
def test_a_large_pattern_sees_so_much_less_of_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its parts may be looked at for each character: as if the text ended there."""
    monkeypatch.setattr(linear, "MOST_WORK", 100_000)
    small, large = build(re.compile("(a+)x")), build(re.compile("(a{900}a*)x"))
    assert small is not None
    assert large is not None
    text = "a" * 1000 + "x"
    assert small.search(text) is not None
    assert large.search(text) is None
