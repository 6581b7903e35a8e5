"""A small backtracking engine that counts its steps: every way is tried, as Python's `re` tries it.

For what a pattern costs, told without a clock. It knows what the judge of patterns does: groups,
branches, all kinds of repeats, atomic groups, assertions, back references.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

Then = Callable[[int], bool]
REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT)


class TooMany(Exception):
    """There were more steps than may be."""


class Steps:
    """Matches as a backtracking engine does, and counts what it does.

    Attributes:
        count: how often it looked at a character, or at a place.
        taken: how often it took one.
    """

    def __init__(self, text: str, most: int = sys.maxsize) -> None:
        self.text = text
        self.count = 0
        self.taken = 0
        self._most = most
        self._groups: dict[int, tuple[int, int]] = {}

    def run(self, pattern: str, searched: bool, flags: int = 0) -> int:
        """Return how many steps it takes to find the pattern, or that it is not there."""
        items = list(_parser.parse(pattern, flags))
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(20_000)
        try:
            for start in range(len(self.text) + 1 if searched else 1):
                if self.items(items, start, lambda at: True):
                    break
        finally:
            sys.setrecursionlimit(limit)
        return self.count

    def items(self, items: list[Any], at: int, then: Then) -> bool:
        """Match items in order, and what comes behind them."""
        if not items:
            return then(at)
        return self.item(items[0], at, lambda after: self.items(items[1:], after, then))

    def item(self, item: tuple[Any, Any], at: int, then: Then) -> bool:
        """Match one item, and what comes behind it."""
        code, argument = item
        if code in REPEATS:
            least, most, body = argument
            return self.repeat(code, least, most, list(body), at, then, last=-1)
        if code is op.BRANCH:
            return any(self.items(list(each), at, then) for each in argument[1])
        if code is op.SUBPATTERN:
            return self.group(argument[0], list(argument[3]), at, then)
        if code in (op.ATOMIC_GROUP, op.POSSESSIVE_REPEAT):
            end = self.atomic(code, argument, at)
            return end is not None and then(end)
        if code in (op.ASSERT, op.ASSERT_NOT):
            return self.ahead(argument, at) is (code is op.ASSERT) and then(at)
        self.step()
        if code is op.AT:
            first = argument in (op.AT_BEGINNING, op.AT_BEGINNING_STRING)
            return at == (0 if first else len(self.text)) and then(at)
        if code is op.GROUPREF:
            start, end = self._groups.get(argument, (0, -1))
            again = self.text[start:end]
            return end >= 0 and self.text.startswith(again, at) and then(at + len(again))
        if at < len(self.text) and takes(item, self.text[at]):
            self.taken += 1
            return then(at + 1)
        return False

    def step(self) -> None:
        """Count one."""
        self.count += 1
        if self.count > self._most:
            raise TooMany

    def group(self, number: int | None, items: list[Any], at: int, then: Then) -> bool:
        """Match a group, which later items may refer to."""
        if number is None:
            return self.items(items, at, then)
        before = self._groups.get(number)

        def done(after: int) -> bool:
            inner = self._groups.get(number)
            self._groups[number] = at, after
            if then(after):
                return True
            self._restore(number, inner)
            return False

        if self.items(items, at, done):
            return True
        self._restore(number, before)
        return False

    def _restore(self, number: int, span: tuple[int, int] | None) -> None:
        self._groups.pop(number, None)
        if span is not None:
            self._groups[number] = span

    def atomic(self, code: Any, argument: Any, at: int) -> int | None:
        """Return where an atomic group or possessive repeat ends, in the one way that it is taken."""
        if code is op.ATOMIC_GROUP:
            return self.first_end(list(argument), at)
        least, most, body = argument
        done = 0
        while done < most:
            end = self.first_end(list(body), at)
            if end is None:
                return at if done >= least else None
            done += 1
            if end == at and done >= least:
                break
            at = end
        return at

    def first_end(self, items: list[Any], at: int) -> int | None:
        """Return where items end that are matched for good."""
        ends: list[int] = []

        def done(after: int) -> bool:
            ends.append(after)
            return True

        return ends[0] if self.items(items, at, done) else None

    def ahead(self, argument: tuple[int, Any], at: int) -> bool:
        """Say whether what an assertion asks for is there."""
        direction, body = argument
        if direction > 0:
            return self.first_end(list(body), at) is not None
        start = at - body.getwidth()[0]
        return start >= 0 and self.first_end(list(body), start) is not None

    def repeat(
        self, code: Any, least: int, most: int, body: list[Any], at: int, then: Then, last: int
    ) -> bool:
        """Match a repeat's rounds, and what comes behind it; a round that takes nothing is the last."""
        if least > 0:
            return self.items(
                body,
                at,
                lambda after: self.repeat(code, least - 1, most - 1, body, after, then, -1),
            )
        ways: list[Callable[[], bool]] = [lambda: then(at)]
        if most > 0 and at != last:
            again: Then = lambda after: self.repeat(code, 0, most - 1, body, after, then, at)  # noqa: E731
            ways.insert(code is op.MIN_REPEAT, lambda: self.items(body, at, again))
        return any(way() for way in ways)


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
