r"""Patterns that are known to stall regular expression engines: none of them does here.

Each is refused, or bounded, or run by RE2. That is shown by counting, not by a clock: a small engine
that tries every way, as Python's does, counts its steps while a hostile text grows, and the text that
Python's own engine is shown of it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from logtrace.patterns.bounded import Unusable, build
from logtrace.patterns.translation import translate
from tests.support import re2

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


class Steps:
    """Matches as a backtracking engine does, and counts how often it looks at a character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.count = 0

    def run(self, pattern: str, searched: bool) -> int:
        """Return how many steps it takes to find the pattern, or that it is not there."""
        items = list(_parser.parse(pattern, re.DOTALL))
        for start in range(len(self.text) + 1 if searched else 1):
            if self.items(items, start, lambda at: True):
                break
        return self.count

    def items(self, items: list[Any], at: int, then: Callable[[int], bool]) -> bool:
        """Match items in order, and what comes behind them."""
        if not items:
            return then(at)
        return self.item(items[0], at, lambda after: self.items(items[1:], after, then))

    def item(self, item: tuple[Any, Any], at: int, then: Callable[[int], bool]) -> bool:
        code, argument = item
        if code in (op.MAX_REPEAT, op.MIN_REPEAT):
            least, most, body = argument
            return self.repeat(code, least, most, list(body), at, then)
        if code is op.BRANCH:
            return any(self.items(list(each), at, then) for each in argument[1])
        if code is op.SUBPATTERN:
            return self.items(list(argument[3]), at, then)
        if code is op.AT:
            first = argument in (op.AT_BEGINNING, op.AT_BEGINNING_STRING)
            return at == (0 if first else len(self.text)) and then(at)
        self.count += 1
        return at < len(self.text) and takes(item, self.text[at]) and then(at + 1)

    def repeat(
        self,
        code: Any,
        least: int,
        most: int,
        body: list[Any],
        at: int,
        then: Callable[[int], bool],
    ) -> bool:
        def again(after: int) -> bool:
            if after == at and least <= 0:
                return False  # an empty turn ends the loop
            return self.repeat(code, least - 1, most - 1, body, after, then)

        ways: list[Callable[[], bool]] = []
        if most > 0:
            ways.append(lambda: self.items(body, at, again))
        if least <= 0:
            ways.append(lambda: then(at))
        return any(way() for way in (ways if code is op.MAX_REPEAT else reversed(ways)))


def takes(item: tuple[Any, Any], character: str) -> bool:
    """Return whether an item takes a character."""
    code, argument = item
    if code is op.ANY:
        return True
    items = argument if code is op.IN else [(op.LITERAL, argument)]
    found = any(inside(kind, value, character) for kind, value in items)
    return found is not (code is op.NOT_LITERAL or items[0][0] is op.NEGATE)


def inside(kind: Any, value: Any, character: str) -> bool:
    """Return whether a character is in one part of a class."""
    if kind is op.RANGE:
        return bool(value[0] <= ord(character) <= value[1])
    if kind is op.CATEGORY:
        name = str(value).removeprefix("CATEGORY_")
        tests = {"DIGIT": str.isdigit, "SPACE": str.isspace}
        test = tests.get(name.removeprefix("NOT_"), lambda each: each.isalnum() or each == "_")
        return test(character) is not name.startswith("NOT_")
    return kind is op.LITERAL and value == ord(character)


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
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        short, long = (
            Steps((piece * length)[:length] + end).run(pattern, searched) for length in (48, 96)
        )
    finally:
        sys.setrecursionlimit(limit)
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
