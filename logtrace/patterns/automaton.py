"""A regular expression as an automaton of its character positions (Glushkov's), with how often.

Called by `counting`. Beside which position can follow which, it knows in how many ways: Python's engine
tries each, and from `(?:a?){3}` there are three ways to match one `a`. What is tried without taking a
character (an assertion, an atomic group that fails) is a cost of the position before it. What cannot be
told is taken for worse than it is (back references match anything), never for better. Pure; no state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from itertools import pairwise, starmap
from operator import or_
from re import _compiler  # type: ignore[attr-defined]
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any

from logtrace.patterns.characters import EVERYTHING, mask
from logtrace.patterns.parts import (
    NO_ASIDE,
    NOTHING,
    REPEATS,
    Aside,
    Items,
    Loop,
    Part,
    empty_too_often,
    never_fails,
    often_nothing,
    one_way,
    or_nothing,
    ways_of,
)

MOST_EMPTY = 12
"""How often a part that may be empty may have to come: two to this power are the ways to match it."""

_MOST_POSITIONS = 3000
_COPIES = 4
_WRITTEN_OUT = 64
"""Positions up to which a repeat of an exact number is written out: digits of an id, columns."""
_BOUNDED = 256
"""Rounds up to which a repeat has an end that shows in its time."""
_CHARACTERS = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)


Judge = Callable[[tuple[int, int], Callable[["Automaton"], "Part"]], Aside]
"""Gives the cost of what is matched apart, such as an assertion, by its identity and what builds it."""


class Budget:
    """How many steps may still be made for one pattern, all its assertions together."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Make steps; raises OverflowError when there are none left."""
        self.left -= steps
        if self.left < 0:
            raise OverflowError


class Automaton:
    """The positions of a pattern (or of one assertion in it) and which can follow which.

    Attributes:
        masks: for each position, the samples it matches, as bits.
        follow: for each position, the positions that can come next, and in how many ways.
        bound: those within a possessive repeat or an atomic group, and how deep within how many: one way
            is taken, for good, among the deepest that can be, or else out of these.
        tried: for each position, by how deep that is, what is tried behind it, before a character.
        limits: how many characters a repeat takes at most, for the positions of each; None: any number.
        ended: the positions of repeats that have a last turn.
        universal: whether positions are all that decides: no assertion, boundary or back reference.
        anchored: whether the pattern wants the end of the line.
        once: the cost of what is matched once only, since it ends the match.
        loops: its repeats, inner ones before those around them.
    """

    def __init__(self, budget: Budget, judge: Judge) -> None:
        self.masks: list[int] = []
        self.follow: list[dict[int, int]] = []
        self.bound: list[dict[int, int]] = []
        self.tried: list[dict[int, Aside]] = []
        self.universal = True
        self.anchored = False
        self.loops: list[Loop] = []
        self.limits: list[tuple[range, int | None]] = []
        self.ended: set[int] = set()
        self.budget = budget
        self.once = NO_ASIDE
        self._judge = judge
        self._within = 0
        """Atomic groups and possessive repeats around what is being added."""

    def sequence(self, items: Items, flags: int, tail: bool = False) -> Part:
        """Add the items of a parsed pattern, one after the other.

        `tail`: a match is found, or an atomic group done, at their end. Of the last items, those that
        cannot fail are come to once then: what is before them is not tried in another way.
        """
        listed = list(items)
        safe = len(listed)
        while tail and safe and never_fails(*listed[safe - 1]):
            safe -= 1
            self.once += self._aside_of_safe(*listed[safe], flags)
        whole = NOTHING
        for place, (code, argument) in enumerate(listed[:safe], 1):
            whole = self._join(whole, self._item(code, argument, flags, tail and place == safe))
        return whole

    def reads(self) -> int:
        """Return the samples that it reads at any place, as bits."""
        asides = [self.once, *(loop.round for loop in self.loops)]
        for tried in self.tried:
            asides += tried.values()
        return reduce(or_, (*self.masks, *(aside.reads for aside in asides)), 0)

    def _item(self, code: Any, argument: Any, flags: int, tail: bool) -> Part:
        if code in REPEATS:
            done = tail and (argument[0] <= 1 or all(starmap(never_fails, argument[2])))
            return self._repeat(argument, flags, done or code is op.POSSESSIVE_REPEAT)
        if code is op.SUBPATTERN:
            _, added_flags, removed, items = argument
            return self.sequence(items, _compiler._combine_flags(flags, added_flags, removed), tail)
        if code is op.ATOMIC_GROUP:
            return self._atomic(argument, flags)
        if code is op.BRANCH:
            return self._either([self.sequence(items, flags, tail) for items in argument[1]])
        if code is op.GROUPREF_EXISTS:
            _, yes, no = argument
            return self._either([self.sequence(items or (), flags, tail) for items in (yes, no)])
        if code in (op.ASSERT, op.ASSERT_NOT):
            self.universal = False
            return NOTHING._replace(entry=self._aside_of(argument[1], flags))
        if code is op.AT:
            self.anchored |= argument in (op.AT_END, op.AT_END_STRING)
            self.universal &= argument not in (op.AT_BOUNDARY, op.AT_NON_BOUNDARY)
            return NOTHING._replace(entry=Aside((1,)))
        if code is op.GROUPREF:
            self.universal = False
            anything = Loop(self._position(EVERYTHING), range(0))
            anything = self._loop(anything)
            self.limits.append((range(len(self.masks) - 1, len(self.masks)), None))
            return anything.part._replace(empty=1)
        return self._position(mask(code, argument, flags))

    def _position(self, bits: int) -> Part:
        if len(self.masks) >= _MOST_POSITIONS:
            raise OverflowError
        self.budget.spend(1)
        here = len(self.masks)
        self.masks.append(bits)
        self.follow.append({})
        self.bound.append({})
        self.tried.append({})
        return Part(0, {here: 1}, {here: 1})

    def _link(self, last: Mapping[int, int], right: Part) -> None:
        self.budget.spend(len(last) * (len(right.first) + bool(right.entry.cost)))
        for position, ways in last.items():
            after, bound = self.follow[position], self.bound[position]
            for first, more in right.first.items():
                if self._within:
                    bound[first] = min(self._within, bound.get(first, self._within))
                else:
                    after[first] = after.get(first, 0) + ways * more
            if right.entry.cost:
                tried = self.tried[position]
                tried[self._within] = tried.get(self._within, NO_ASIDE) + right.entry.times(ways)

    def _join(self, left: Part, right: Part) -> Part:
        self._link(left.last, right)
        whole = Part(
            left.empty * right.empty,
            ways_of((1, left.first), (left.empty, right.first)),
            ways_of((right.empty, left.last), (1, right.last)),
            left.entry + right.entry.times(left.empty),
        )
        return self._counted(whole)

    def _either(self, parts: list[Part]) -> Part:
        whole = Part(
            sum(part.empty for part in parts),
            ways_of(*((1, part.first) for part in parts)),
            ways_of(*((1, part.last) for part in parts)),
            sum((part.entry for part in parts), NO_ASIDE),
        )
        return self._counted(whole)

    def _counted(self, part: Part) -> Part:
        """Return a part; within an atomic group one of its ways is taken, however many there are."""
        return one_way(part, part.entry) if self._within else part

    # ── what is repeated, and what is never given back ────────────────────────────────────────────

    def _repeat(self, argument: tuple[int, int, Any], flags: int, atomic: bool) -> Part:
        """Write a repeat out: copies that must come, then optional ones, or a loop.

        A turn that takes nothing ends a repeat, unless it must come: `(?:a?){0,9}` can match `aa` in
        one way, `(?:a?){9}` in as many as two can be chosen of nine.
        """
        least, most, items = argument
        aside, loops = self._apart(items, flags) if atomic else NO_ASIDE, len(self.loops)
        self._within += atomic
        first = self._copy(items, flags, aside)
        empty, part = first.part.empty, first.part
        if empty and part.first and least > MOST_EMPTY and not atomic:
            raise empty_too_often(least, most)
        if not part.first:
            whole = often_nothing(part, least, most)
        elif most <= _COPIES or (least == most and most * len(first.positions) <= _WRITTEN_OUT):
            more = (self._copy(items, flags, aside).part for _ in range(most - 1))
            copies = [part, *more] if most else []
            whole = self._join(self._all(copies[:least]), self._some(copies[least:], empty))
        else:  # a big bound is no better than none
            needed = max(min(least, _COPIES), 1) - 1
            if empty:
                needed = 0 if atomic else least
            turns = [first, *(self._copy(items, flags, aside) for _ in range(needed))]
            whole = self._all([turn.part for turn in turns[:needed]])
            if most > needed:
                loop = self._loop(turns[-1])
                self.limits.append((loop.positions, _limit(most, items)))
                if most is not op.MAXREPEAT:
                    self.ended.update(loop.positions)
                if most > _BOUNDED:
                    self.loops.append(loop._replace(atomic=atomic, round=aside))
                optional = least <= needed or empty
                whole = self._join(whole, or_nothing(loop.part) if optional else loop.part)
        self._within -= atomic
        return self._for_good(whole, aside, loops) if atomic else whole

    def _copy(self, items: Items, flags: int, aside: Aside) -> Loop:
        """Add what is repeated once more."""
        before = len(self.masks)
        part = self.sequence(items, flags)
        if aside.cost:
            part = one_way(part, part.entry + aside.once())
        return Loop(part, range(before, len(self.masks)))

    def _all(self, parts: list[Part]) -> Part:
        whole = NOTHING
        for part in parts:
            whole = self._join(whole, part)
        return whole

    def _some(self, copies: list[Part], empty: int) -> Part:
        """Join optional copies: each comes only behind one that took something."""
        if not copies:
            return NOTHING
        for one, other in pairwise(copies):
            self._link(one.last, other)
        *inner, last = copies
        ends = ways_of(*((1 + empty, copy.last) for copy in inner), (1, last.last))
        return Part(1 + empty, copies[0].first, ends, copies[0].entry)

    def _loop(self, copy: Loop) -> Loop:
        self._link(copy.part.last, copy.part)
        return copy

    def _atomic(self, items: Items, flags: int) -> Part:
        aside, loops = self._apart(items, flags), len(self.loops)
        self._within += 1
        part = self.sequence(items, flags)
        self._within -= 1
        return self._for_good(part, aside, loops)

    def _apart(self, items: Items, flags: int) -> Aside:
        """Return what a round costs in itself: all its ways may be tried before one is taken."""
        listed = list(items)
        if len(listed) == 1 and listed[0][0] in _CHARACTERS:
            return NO_ASIDE
        return self._aside_of(items, flags)

    def _aside_of(self, items: Items, flags: int) -> Aside:
        return self._judge(
            (id(items), flags), lambda other: other.sequence(items, flags, tail=True)
        )

    def _aside_of_safe(self, code: Any, argument: Any, flags: int) -> Aside:
        """Return the cost of an item that cannot fail, and is the last that has to be matched."""
        key = id(argument), flags
        return self._judge(key, lambda other: other._item(code, argument, flags, tail=True))

    def _for_good(self, part: Part, aside: Aside, loops: int) -> Part:
        """Return a part that is left in one way; what it reads in vain before is tried at its entry.

        That is much only if one of its repeats can read on and on, and what comes behind it fail.
        """
        ends = part.last.keys()
        in_vain = any(not loop.part.last.keys() <= ends for loop in self.loops[loops:])
        return one_way(part, part.entry + (aside if in_vain else aside.once()))


def _limit(most: int, items: Items) -> int | None:
    """Return how many characters so many turns take at most, None for many."""
    longest = most * items.getwidth()[1]  # type: ignore[attr-defined]
    return longest if longest <= _BOUNDED else None
