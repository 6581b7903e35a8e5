"""Bounds of the steps that matching takes, as polynomials in the length of the text.

Called by `counting` and `backtracking`. A cost `(c0, c1, c2)` is c0 + c1·n + c2·n²/2!: what is read once
for each place, and that again for each place, is counted for half of the pairs only. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

Cost = tuple[int, ...]

NO_COST: Cost = ()
_COMPARED_AT = 4096
_MOST_POWERS = 20
"""More than any pattern may have that is run: what is above is cut off, and left at that."""


def added(costs: Iterable[Cost]) -> Cost:
    """Return the cost of all of it."""
    return tuple(map(sum, zip_longest(*costs, fillvalue=0)))


def largest(costs: Iterable[Cost]) -> Cost:
    """Return what is not below any of them."""
    return tuple(map(max, zip_longest(*costs, fillvalue=0)))


def times(count: int, cost: Cost) -> Cost:
    """Return what is done so many times."""
    return cost if count == 1 else tuple(count * each for each in cost)


def everywhere(cost: Cost) -> Cost:
    """Return what is done at each character of a text."""
    return (0, *cost)[:_MOST_POWERS] if cost else NO_COST


def power(cost: Cost) -> int:
    """Return the power of the length that it grows with."""
    return max((index for index, each in enumerate(cost) if each), default=0)


def steps(cost: Cost, length: int) -> int:
    """Return how many steps a text of this length takes at most."""
    total, term = 0, 1
    for index, each in enumerate(cost):
        if index:
            term = term * length // index
        total += each * term
    return total


def smaller(one: Cost, other: Cost) -> Cost:
    """Return the one that is smaller for a text of usual length; both are bounds."""
    return min(one, other, key=lambda cost: (steps(cost, _COMPARED_AT), cost))


def is_small(cost: Cost, much: int) -> bool:
    """Say whether it takes no more than so many steps for each character."""
    return steps(cost, _COMPARED_AT) <= much * _COMPARED_AT
