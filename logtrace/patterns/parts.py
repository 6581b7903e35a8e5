"""Pieces of a pattern, as `automaton` joins them: how each begins and ends, in how many ways. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import starmap
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from logtrace.patterns.costs import NO_COST, Cost, added, power, times

REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)

Items = Iterable[tuple[Any, Any]]


class Aside(NamedTuple):
    """What is tried at a place of a text, before its next character is taken.

    Attributes:
        cost: of that.
        reads: the samples that it can read, as bits, if it can go on and on.
    """

    cost: Cost = NO_COST
    reads: int = 0

    def __add__(self, other: tuple[Any, ...]) -> Aside:
        return Aside(added((self.cost, other[0])), self.reads | other[1])

    def times(self, count: int) -> Aside:
        """Return what is tried so many times."""
        return Aside(times(count, self.cost), self.reads) if count else NO_ASIDE

    def once(self) -> Aside:
        """Return it without reading on, where that is counted elsewhere."""
        return Aside((sum(self.cost),)) if power(self.cost) < 2 else self


NO_ASIDE = Aside()


class Catastrophe(Exception):
    """A pattern that takes exponential time: what is wrong, and how to mend it."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


class Part(NamedTuple):
    """A piece of the pattern.

    Attributes:
        empty: in how many ways it can match nothing.
        first: positions that it can start with, and in how many ways each is come to.
        last: positions that it can end with, and in how many ways each goes on to the end.
        entry: what is tried before its first character.
    """

    empty: int
    first: Mapping[int, int]
    last: Mapping[int, int]
    entry: Aside = NO_ASIDE


NOTHING = Part(1, {}, {})


class Loop(NamedTuple):
    """A repeat without an end: the part that is repeated, and its positions.

    Attributes:
        atomic: whether a round that is done is never done in another way, and
        round: what is tried for one.
    """

    part: Part
    positions: range
    atomic: bool = False
    round: Aside = NO_ASIDE


def never_fails(code: Any, argument: Any) -> bool:
    """Say whether an item of a pattern matches any text, if only nothing of it."""
    if code in REPEATS:
        return argument[0] == 0 or all(starmap(never_fails, argument[2]))
    if code is op.SUBPATTERN:
        return all(starmap(never_fails, argument[3]))
    if code is op.ATOMIC_GROUP:
        return all(starmap(never_fails, argument))
    if code is op.BRANCH:
        return any(all(starmap(never_fails, items)) for items in argument[1])
    return False


def one_way(part: Part, entry: Aside) -> Part:
    """Return a part that is gone through in one way for each position that it begins or ends with."""
    first, last = dict.fromkeys(part.first, 1), dict.fromkeys(part.last, 1)
    return Part(min(part.empty, 1), first, last, entry)


def or_nothing(part: Part) -> Part:
    """Return what a repeat is that may have no turn, or end with one that takes nothing."""
    again = 1 + part.empty
    return part._replace(empty=again, last=ways_of((again, part.last)))


def often_nothing(part: Part, least: int, most: int) -> Part:
    """Return what a repeat is of what takes no character."""
    turns = min(least, 64)
    tried = sum(part.empty**turn for turn in range(turns + 2))
    ways = part.empty**turns * (1 + part.empty if most > least else 1)
    return Part(ways, {}, {}, part.entry.times(tried))


def empty_too_often(least: int, most: int) -> Catastrophe:
    """Return what is said of a repeat of what may be empty, of which each turn must come."""
    what = f"can take exponential time: a part that may be empty has to come {least} times"
    if most is op.MAXREPEAT:
        return Catastrophe(what, f"write * for {{{least},}}, which takes the same text")
    often = f"{least}" if least == most else f"{least},{most}"
    return Catastrophe(what, f"write {{0,{most}}} for {{{often}}}, which takes the same text")


def ways_of(*counted: tuple[int, Mapping[int, int]]) -> dict[int, int]:
    """Return the positions of all of these, and in how many ways each is come to."""
    whole: dict[int, int] = {}
    for count, positions in counted:
        for position, ways in positions.items() if count else ():
            whole[position] = whole.get(position, 0) + count * ways
    return whole
