r"""Patterns that are known to stall regular expression engines: none of them does here.

Each is refused, or bounded, or run by RE2. That is shown by counting, not by a clock: a small engine
(tests/support/steps.py) counts its steps while a hostile text grows.
"""

from __future__ import annotations

import re

import pytest

from logtrace.patterns.bounded import Unusable, build
from logtrace.patterns.translation import translate
from tests.support import re2
from tests.support.steps import Steps

CLASSIC = [
    # pattern, a piece to repeat, what makes it fail in the end
    (r"(a+)+$", "a", "!"),
    (r"([a-zA-Z]+)*$", "a", "!"),
    (r"(a|aa)+$", "a", "!"),
    (r"(a|a?)+$", "a", "!"),
    (r"(.*a){11}$", "a", "!"),
    (r"(a*)*b", "a", "!"),
    (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a", "!"),
    (r"^\w+([-+.]\w+)*@\w+([-.]\w+)*\.\w+([-.]\w+)*$", "a.", "!"),
    (r"^([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}([a-z]{2,3})$", "a", "!"),
    (r"(?:\"|\d|(?:true|false)|-)+[)]*;?((?:\s|-|~|!|\|\|)*.*(?:.*=.*))", "1x", ""),
    (r"^(\d+)+$", "1", "x"),
    (r"(\s*\w+\s*)+;", "a ", "!"),
    (r"^\s+|\s+$", " ", "a"),
    (r"(.*?,){11}P", "1,", ""),
    (r"(x+x+)+y", "x", ""),
    (r"<!--(.|\s)*?-->", " ", "<!--"),
    (r".*.*=.*", "x", ""),
    (r"^(.*?)(\d+)(.*?)(\d+)(.*)x$", "1", "!"),
]

GROWTH = {None: 2.5, 4096: 4.8, 512: 9.5}
"""How many times the steps may be when a text is twice as long, by the characters that may be seen."""


@pytest.mark.parametrize("searched", [False, True])
@pytest.mark.parametrize(("pattern", "piece", "end"), CLASSIC)
def test_a_pattern_is_refused_or_its_steps_are_few(
    pattern: str, piece: str, end: str, searched: bool
) -> None:
    """What is let through grows with the text as its bound supposes, and no faster."""
    try:
        built = build(pattern, re.DOTALL, searched=searched)
    except Unusable:
        return
    short, long = (
        Steps((piece * length)[:length] + end).run(pattern, searched) for length in (48, 96)
    )
    assert long <= GROWTH[built.longest] * short


def test_steps_are_counted_as_they_are_made() -> None:
    """The small engine shows what the classic pattern does: twice the steps for each character."""
    counts = [Steps("a" * length + "!").run("(a+)+$", False) for length in (8, 9, 10)]
    assert 1.9 < counts[1] / counts[0] < 2.1
    assert 1.9 < counts[2] / counts[1] < 2.1


@pytest.mark.parametrize(("pattern", "piece", "end"), CLASSIC)
def test_re2_runs_them_or_they_are_refused(pattern: str, piece: str, end: str) -> None:
    """A megabyte is run through, in full, by what is sure to take one step a character."""
    with re2.turned_on():
        try:
            built = build(pattern, re.DOTALL, searched=True)
        except Unusable:
            assert translate(pattern, re.DOTALL) is None
            return
    assert built.longest is None or built.linear is not None
    built.search((piece * 1_000_000)[:1_000_000] + end)
