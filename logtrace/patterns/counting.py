"""How many steps a pattern can take for the worst text, as its length grows: a bound.

Called by `backtracking`. Each way to match is followed through the automaton, all at once: of two that
want different characters, one ends. Where that becomes too much to tell apart, the ways are taken one by
one, each with the text that is worst for it, which is more. A loop multiplies by the length of the text
what may come at its end, if it can end where it also goes on. Of an assertion that fails in one branch
of an atomic group, what the other branches read is counted once for all of them. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from logtrace.patterns.ambiguity import Pairs
from logtrace.patterns.automaton import Automaton, Budget
from logtrace.patterns.characters import EVERYTHING
from logtrace.patterns.costs import (
    NO_COST,
    Cost,
    added,
    everywhere,
    is_small,
    largest,
    power,
    smaller,
    times,
)
from logtrace.patterns.parts import NO_ASIDE, Aside, Items, Loop, Part

Ways = Mapping[int, int]

_SMALL = 8
"""Steps for each character up to which ways need not be told apart."""
_LOOKED_AT = 1_000
"""Sets of positions that are followed together, for one pattern."""
_DEEPEST = 1000
_AHEAD = 60
"""Characters for which they are."""


def cost_of(items: Items, flags: int, budget: Budget, once: bool = True) -> Cost:
    """Return the cost of a parsed pattern; `once`: one match of it is sought, and no more.

    Raises:
        Catastrophe: it takes exponential time.
        OverflowError: it is too large to tell.
    """
    known: dict[tuple[int, int], Aside] = {}

    def apart(key: tuple[int, int], build: Callable[[Automaton], Part]) -> Aside:
        if key not in known:  # which is of the parsed pattern, and that lives as long as this
            automaton = Automaton(budget, apart)
            whole = build(automaton)
            cost = _Counting(automaton, is_apart=True).cost(whole)
            known[key] = Aside(cost, automaton.reads() | whole.entry.reads if power(cost) else 0)
        return known[key]

    automaton = Automaton(budget, apart)
    whole = automaton.sequence(items, flags, tail=once)
    return _Counting(automaton, is_apart=False).cost(whole)


class _Counting:
    """The costs of the positions of one automaton."""

    def __init__(self, automaton: Automaton, is_apart: bool) -> None:
        self._automaton = automaton
        self._masks = automaton.masks
        self._is_apart = is_apart
        self._pairs = Pairs(automaton)
        self._costs: dict[int, Cost] = {}
        self._together: dict[tuple[tuple[int, int], ...], Cost] = {}
        self._looks = _LOOKED_AT
        self._at_end = NO_COST
        self._again = [loop for loop in automaton.loops if self._reads_again(loop)]

    def cost(self, whole: Part) -> Cost:
        """Return the cost of the pattern, from its start."""
        for component in self._pairs.components:
            if len(component) == 1 and component[0] not in self._pairs.after[component[0]]:
                self._costs[component[0]] = self._cost(component[0])
            else:
                cost = self._cost_of_loop(set(component))
                self._costs |= dict.fromkeys(component, cost)
        aside = (whole.entry + self._automaton.once).cost
        return added((aside, _again(whole.first), self._next(whole.first), self._at_end))

    def _here(self, position: int, least: int = 0, most: int = _DEEPEST) -> Cost:
        """Return the cost of one way at a position, without what follows.

        Of what is tried behind it, that from one depth of atomic groups to another.
        """
        tried = self._automaton.tried[position].items()
        asides = (aside.cost for depth, aside in tried if least <= depth < most)
        again = _again(self._automaton.follow[position]) if least == 0 else NO_COST
        return added(((1,), again, *asides))

    def _cost(self, position: int) -> Cost:
        bound = largest(self._costs[after] for after in self._automaton.bound[position])
        free = self._next(self._automaton.follow[position])
        return added((self._here(position), largest((bound, free))))

    # ── loops ─────────────────────────────────────────────────────────────────────────────────────

    def _cost_of_loop(self, component: set[int]) -> Cost:
        """Return the cost of a loop and of all behind it, from any of its positions."""
        leaves = {position: self._leaving(position, component) for position in component}
        if len(component) == 1 and not any(leaves.values()) and self._never_fails(*component):
            self._at_end = (0, 1)
            return (1,)
        at_once, splits = self._pairs.at_once(component)
        stay = largest(
            added(self._staying(other, component) for other in others)
            for others in at_once.values()
        )
        behind = self._behind_loop(component, at_once, leaves)
        limit = self._limit(component)
        rounds = [
            self._rounds(loop)
            for loop in self._automaton.loops
            if loop.atomic and not component.isdisjoint(loop.positions)
        ]
        return added((_often(limit, stay), _often(limit, behind) if splits else behind, *rounds))

    def _behind_loop(
        self, component: set[int], at_once: Mapping[int, set[int]], leaves: Mapping[int, Ways]
    ) -> Cost:
        """Return the cost of what comes behind a loop, from all positions that it can be at at once."""
        left: dict[tuple[tuple[int, int], ...], Cost] = {}
        for others in at_once.values():
            ways: dict[int, int] = {}
            for other in others:
                for after, count in leaves[other].items():
                    ways[after] = ways.get(after, 0) + count
            key = tuple(sorted(ways.items()))
            if key not in left:
                left[key] = self._next(ways)
        depths = {other: self._depth(other, component) for other in component}
        tried = (self._here(other, most=depth) for other, depth in depths.items() if depth)
        return added((largest(left.values()), *tried))

    def _depth(self, position: int, component: set[int]) -> int:
        """Return how deep in atomic groups a loop goes on; what is outside is tried once."""
        if not component.isdisjoint(self._automaton.follow[position]):
            return 0
        bound = self._automaton.bound[position].items()
        return min((depth for after, depth in bound if after in component), default=0)

    def _staying(self, position: int, component: set[int]) -> Cost:
        """Return the cost of a position of a loop, each time that it is come to."""
        least = self._depth(position, component)
        tried = self._automaton.tried[position].items()
        aside = sum((each for depth, each in tried if depth >= least), NO_ASIDE)
        if power(aside.cost) == 1 and not self._goes_on_in(aside.reads, position, component):
            aside = aside.once()
        again = _again(self._automaton.follow[position]) if least == 0 else NO_COST
        return added(((1,), again, aside.cost))

    def _goes_on_in(self, text: int, position: int, component: set[int]) -> bool:
        """Say whether a loop can come back to a position in a text of such characters.

        If it cannot, what is read there goes no further than to where the next is read, at most.
        """
        todo, found = [position], set[int]()
        while todo:
            after = self._pairs.after[todo.pop()]
            self._automaton.budget.spend(1 + len(after))
            for each in after - found:
                if each in component and self._masks[each] & text:
                    if each == position:
                        return True
                    found.add(each)
                    todo.append(each)
        return False

    def _limit(self, component: set[int]) -> int | None:
        """Return how many characters a loop takes at most, None for any number."""
        longest = 0
        for positions, limit in self._automaton.limits:
            if not component.isdisjoint(positions):
                if limit is None:
                    return None
                longest = max(longest, limit)
        return longest

    def _leaving(self, position: int, component: set[int]) -> dict[int, int]:
        automaton, ways = self._automaton, {}
        for after in self._pairs.after[position] - component:
            ways[after] = automaton.follow[position].get(after, 0) or 1
        return ways

    def _never_fails(self, position: int) -> bool:
        """Say whether a repeat at the end of the pattern, once begun, always ends in a match."""
        automaton = self._automaton
        everything = self._masks[position] == EVERYTHING or not automaton.anchored
        endless = position not in automaton.ended
        return automaton.universal and everything and endless and not self._is_apart

    def _rounds(self, loop: Loop) -> Cost:
        """Return what the rounds of an atomic loop cost that are tried in vain."""
        if loop in self._again:
            return everywhere(largest((loop.round.cost, (1, 1))))
        return everywhere(loop.round.once().cost)

    def _reads_again(self, loop: Loop) -> bool:
        """Say whether an atomic loop can read a text once for each of its characters.

        It never gives back a round that it has done, but a round may fail behind an inner repeat that
        has read on and on, be done in another way that takes less, and the next one read the same again.
        """
        if not loop.atomic:
            return False  # then ambiguity says it
        for inner in self._automaton.loops:
            if inner.positions == loop.positions or inner.positions[0] not in loop.positions:
                continue
            if inner.part.last.keys() <= loop.part.last.keys():
                continue  # a round may end there: it does not fail
            text = 0
            for position in inner.positions:
                text |= self._masks[position]
            outside = set(loop.positions).difference(inner.positions)
            begun = self._reach(loop, text, set(loop.positions))
            done = self._reach(loop, text, outside)
            if begun & inner.part.first.keys() and done & loop.part.last.keys():
                return True
        return False

    def _reach(self, loop: Loop, text: int, among: set[int]) -> set[int]:
        """Return the positions that one round of a loop can get to in a text of such characters."""
        todo = [position for position in loop.part.first if position in among]
        found: set[int] = set()
        while todo:
            position = todo.pop()
            if position in found or not self._masks[position] & text:
                continue
            found.add(position)
            after = self._pairs.after[position]
            self._automaton.budget.spend(1 + len(after))
            todo += [each for each in after if each in among]
        return found

    # ── several ways at once ──────────────────────────────────────────────────────────────────────

    def _next(self, ways: Ways) -> Cost:
        """Return the cost of what comes next, for the worst character."""
        self._automaton.budget.spend(len(ways))
        each = [times(count, self._costs[position]) for position, count in ways.items()]
        if len(ways) < 2:
            return largest(each)
        if self._disjoint(ways):
            return largest(each)
        apart = added(each)
        if is_small(apart, _SMALL):
            return apart
        return largest(self._all_of(matched) for matched in self._by_character(ways))

    def _disjoint(self, ways: Ways) -> bool:
        seen = 0
        for position in ways:
            if seen & self._masks[position]:
                return False
            seen |= self._masks[position]
        return True

    def _by_character(self, ways: Ways) -> Iterator[dict[int, int]]:
        """Yield the positions that take the same character, for each that makes a difference."""
        groups: dict[int, list[int]] = {EVERYTHING: []}
        for position in ways:
            mask = self._masks[position]
            self._automaton.budget.spend(len(groups))
            split: dict[int, list[int]] = {}
            for characters, positions in groups.items():
                if characters & mask:
                    split[characters & mask] = [*positions, position]
                if characters & ~mask:
                    split[characters & ~mask] = positions
            groups = split
        for positions in groups.values():
            if positions:
                yield {position: ways[position] for position in positions}

    def _all_of(self, ways: dict[int, int], ahead: int = _AHEAD) -> Cost:
        """Return the cost of several ways that are at the same place of a text."""
        apart = added(times(count, self._costs[position]) for position, count in ways.items())
        key = tuple(sorted(ways.items()))
        if len(ways) < 2 or not ahead or is_small(apart, _SMALL):
            return apart
        if key in self._together:
            return self._together[key]
        self._together[key] = apart  # for a loop that comes back to it
        if not self._looks:
            return apart
        self._looks -= 1
        following: dict[int, int] = {}
        for position, count in ways.items():
            for after in self._pairs.after[position]:
                more = count * (self._automaton.follow[position].get(after, 0) or 1)
                following[after] = following.get(after, 0) + more
        here = added(times(count, self._here(position)) for position, count in ways.items())
        choices = list(self._by_character(following))
        if ways in choices:  # all go on as they are, as far as the text goes
            choices.remove(ways)
            here = everywhere(here)
        worst = largest(self._all_of(each, ahead - 1) for each in choices)
        self._together[key] = smaller(apart, added((here, worst)))
        return self._together[key]


def _often(limit: int | None, cost: Cost) -> Cost:
    return everywhere(cost) if limit is None else times(limit, cost)


def _again(ways: Ways) -> Cost:
    """Return what it costs to come to the same position in several ways."""
    more = sum(ways.values()) - len(ways)
    return (more,) if more else NO_COST
