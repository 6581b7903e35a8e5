"""RE2 finds what Python's engine finds, for every pattern that is translated for it."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from logtrace.patterns import linear
from logtrace.patterns.translation import translate

pytestmark = pytest.mark.usefixtures("re2")

CHARACTERS = st.sampled_from(
    [*"aabbcAB1 _-\n\r\t", "é", "É", "\u017f", "\u212a", "٣", "\x0b", "→", "\x1c"]
)
TEXTS = st.lists(CHARACTERS, max_size=9).map("".join)
ATOMS = st.sampled_from(
    [
        *("a", "b", "ab", r"\n", " ", "1", "é", "k", "s", "."),
        *(r"\d", r"\w", r"\s", r"\D", r"\W", r"\S"),
        *("[ab]", "[^a]", r"[^\s]", r"[\w-]", "[a-c1]", r"[^\W\d]", "[A-Z]", r"[^\n]", "[é-ё]"),
        *(r"\A", r"\Z", "^", "$", r"\b", "(?=a)", r"(?<!a)"),
    ]
)
REPEATS = st.sampled_from(["*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,}?", "{2,3}"])


def _grown(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(parts, min_size=1, max_size=4).map("".join),
        st.tuples(parts, parts).map("(?:{0[0]}|{0[1]})".format),
        st.tuples(parts, REPEATS).map("(?:{0[0]}){0[1]}".format),
        st.tuples(parts, REPEATS).map("({0[0]}){0[1]}".format),
        parts.map("({})".format),
        parts.map("(?P<name>{})".format),
        parts.map("(?i:{})".format),
        parts.map("(?a:{})".format),
    )


PATTERNS = st.recursive(ATOMS, _grown, max_leaves=10)
FLAGS = st.sampled_from([0, re.DOTALL, re.DOTALL, re.IGNORECASE, re.ASCII, re.MULTILINE])


@given(PATTERNS, FLAGS, st.lists(TEXTS, min_size=1, max_size=12))
@example("(.*?)$", re.DOTALL, ["a\n", "a", "\n", "\n\n"])
@example(r"(\n*?)$", 0, ["\n\n", "\n"])
@example("(a|b)*(?:(a)|(b))*", 0, ["abab"])
@example("(?i:k)(?i:s)", 0, ["\u212a\u017f", "ks"])
def test_both_engines_find_the_same_groups(pattern: str, flags: int, texts: list[str]) -> None:
    """Matched from the start and searched for: the same groups, or nothing, in both."""
    try:
        compiled = re.compile(pattern, flags)
    except re.error:  # a name twice, mostly
        assume(False)
    other = linear.build(compiled)
    assume(other is not None)
    assert other is not None
    for text in texts:
        for theirs, ours in (
            (other.match(text), compiled.match(text)),
            (other.search(text), compiled.search(text)),
        ):
            assert (ours and ours.groups()) == (theirs and theirs.groups())
            assert (ours and ours.groupdict()) == (theirs and theirs.groupdict())


def test_most_of_what_people_write_is_translated() -> None:
    """So that the test above is about something."""
    for pattern in (
        r"^(?P<time>\S+ \S+) (?P<level>\w+) \[(?P<thread>[^\]]+)\] (?P<message>.*)$",
        r"(?P<a>.*?): (?P<b>.*?), (?P<c>.*)",
        r"(a+)+$",
    ):
        assert translate(pattern, re.compile(pattern, re.DOTALL).flags) is not None
