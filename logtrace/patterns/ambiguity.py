"""In which ways a pattern can take the same text: pairs of positions that it can be at, at once.

Called by `counting`. Two ways round a loop for the same text, both back where they began, are
exponential. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.patterns.automaton import Automaton
from logtrace.patterns.components import components
from logtrace.patterns.parts import Catastrophe

Pair = tuple[int, int]

_WHAT = "can take exponential time: within a repeat, another one can take the same text"
_FIX = "let what repeats exclude what follows it, such as [^ ]+ before a blank, or use *+ or ++"


class Pairs:
    """The pairs that are come to from one position, by the same text.

    Raises:
        Catastrophe: the pattern takes exponential time.
    """

    def __init__(self, automaton: Automaton) -> None:
        self._automaton = automaton
        self.after: list[set[int]] = [
            {*free, *bound} for free, bound in zip(automaton.follow, automaton.bound, strict=True)
        ]
        """For each position, those that can come next."""
        self.components = list(components(dict(enumerate(self.after))))
        """Positions that are in one loop together, or alone; what others lead to comes first."""
        self._edges: dict[Pair, list[Pair]] = {}
        if self._exponential():
            raise Catastrophe(_WHAT, _FIX)

    def _exponential(self) -> bool:
        if any(self._twice(set(component)) for component in self.components):
            return True
        todo = [(position, position) for position in range(len(self.after))]
        while todo:
            pair = todo.pop()
            if pair not in self._edges:
                self._edges[pair] = list(dict.fromkeys(self._next(pair)))
                todo += [after for after in self._edges[pair] if after not in self._edges]
        return any(len({a == b for a, b in part}) == 2 for part in components(self._edges))

    def _twice(self, component: set[int]) -> bool:
        """Say whether a position can follow another by an inner loop and by an outer one."""
        follow = self._automaton.follow
        return any(
            ways > 1 and after in component
            for position in component
            for after, ways in follow[position].items()
        )

    def _next(self, pair: Pair) -> Iterator[Pair]:
        left, right = pair
        masks, one, other = self._automaton.masks, self.after[left], self.after[right]
        if left == right:
            for after in self._automaton.bound[left]:
                yield after, after
            one = other = set(self._automaton.follow[left])
        self._automaton.budget.spend(1 + len(one) * len(other))
        for a in one:
            for b in other:
                if masks[a] & masks[b]:
                    yield (a, b) if a <= b else (b, a)

    def at_once(self, component: set[int]) -> tuple[dict[int, set[int]], bool]:
        """Return which positions of a loop can be come to at once, and whether it is left and gone on.

        That is, whether one way goes on in the loop, with the character by which another leaves it: then
        it is left at each character of a text anew.
        """
        together: dict[int, set[int]] = {}
        splits = False
        todo = [(position, position) for position in component]
        found = set(todo)
        while todo:
            left, right = todo.pop()
            together.setdefault(left, set()).add(right)
            together.setdefault(right, set()).add(left)
            self._automaton.budget.spend(1 + len(self._edges[left, right]))
            for pair in self._edges[left, right]:
                inside = (pair[0] in component) + (pair[1] in component)
                splits |= inside == 1
                if inside == 2 and pair not in found:
                    found.add(pair)
                    todo.append(pair)
        return together, splits
