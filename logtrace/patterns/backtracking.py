"""How long a regular expression can take, told from the expression alone.

Called by `bounded` when a pattern is built. Python's engine tries every way in which a line could match
before it gives up, so hostile lines can make some patterns take exponential or cubic time. The pattern
is turned into an automaton of its character positions (Glushkov's), in which that shows: two ways
round a loop for the same text are exponential; a loop that may end at a character that it could also
take itself multiplies the time by the length of the line. What cannot be told is taken for worse than
it is (assertions and back references match anything), never for better. Pure; no state.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from re import _compiler, _parser  # type: ignore[attr-defined]
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from logtrace.patterns.characters import EVERYTHING, mask

LONGEST = {0: None, 1: None, 2: 4096, 3: 512}
"""Characters of a text that a pattern sees, by the power of its length that the time grows with: some
ten million steps, a tenth of a second, for the worst line. Higher powers are refused."""

EXPONENTIAL = 99
"""The power of a pattern that is beyond all powers."""

MOST_STEPS = 1_000_000
"""Links and pairs of positions that are looked at for one pattern: a third of a second. One that needs
more is refused, on every machine alike."""

_MOST_POSITIONS = 3000
_COPIES = 4
_ANYTHING = list(_parser.parse("(?s:.*?)"))


def trouble(pattern: str, flags: int, searched: bool = False) -> str:
    """Return what is wrong with a pattern that a text could stall the daemon with, or ""."""
    power = _power(pattern, flags, searched)
    if power is None:
        return "is too large to tell how long a match can take"
    if power == EXPONENTIAL:
        return "can take exponential time: within a repeat, another one can take the same text"
    if power not in LONGEST:
        return f"can take time that grows with the text's length to the power of {power}"
    return ""


def longest_text(pattern: str, flags: int, searched: bool = False) -> int | None:
    """Return how many characters of a text may be matched, None for any number."""
    power = _power(pattern, flags, searched)
    assert power in LONGEST, "only a pattern without trouble is run"
    return LONGEST[power]


@lru_cache(maxsize=256)
def _power(pattern: str, flags: int, searched: bool) -> int | None:
    """Return the power of a text's length that the time grows with, None where that is not known."""
    try:
        automata = _automata(pattern, flags, searched)
        if any(automaton.exponential() for automaton in automata):
            return EXPONENTIAL
        return max(automaton.power() for automaton in automata)
    except (OverflowError, RecursionError):
        return None


class _Part(NamedTuple):
    """A piece of the pattern: whether it can match nothing, and where it can start and end."""

    empty: bool
    first: frozenset[int]
    last: frozenset[int]


_NOTHING = _Part(True, frozenset(), frozenset())


class _Loop(NamedTuple):
    """A repeat without an end: the part that is repeated, and its positions."""

    part: _Part
    positions: range


class _Budget:
    """How many steps may still be made for one pattern, all its assertions together."""

    def __init__(self) -> None:
        self.left = MOST_STEPS

    def spend(self, steps: int) -> None:
        """Make steps; raises OverflowError when there are none left."""
        self.left -= steps
        if self.left < 0:
            raise OverflowError


class _Automaton:
    """The positions of a pattern (or of one assertion in it) and which can follow which.

    Attributes:
        masks: for each position, the samples it matches, as bits.
        follow: for each position, the positions that can come next.
        atomic: positions in a possessive repeat or an atomic group: it is never matched in another way.
        twice: whether a position can follow another in two ways, by an inner loop and by an outer one.
        assertions: patterns of assertions, matched apart.
        universal: whether positions are all that decides: no assertion, boundary or back reference.
        anchored: whether the pattern wants the end of the line.
        loops: its repeats, inner ones before those around them.
    """

    def __init__(self, budget: _Budget) -> None:
        self.masks: list[int] = []
        self.follow: list[set[int]] = []
        self.atomic: set[int] = set()
        self.twice = False
        self.assertions: list[tuple[Any, int]] = []
        self.universal = True
        self.anchored = False
        self.loops: list[_Loop] = []
        self._again: frozenset[int] = frozenset()
        self._budget = budget

    # ── building ──────────────────────────────────────────────────────────────────────────────────

    def sequence(self, items: Iterable[tuple[Any, Any]], flags: int) -> _Part:
        """Add the items of a parsed pattern, one after the other."""
        whole = _NOTHING
        for code, argument in items:
            whole = self._join(whole, self._item(code, argument, flags))
        return whole

    def _item(self, code: Any, argument: Any, flags: int) -> _Part:
        if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            before = len(self.masks)
            part = self._repeat(argument, flags)
            if code is op.POSSESSIVE_REPEAT:
                self.atomic.update(range(before, len(self.masks)))
            return part
        if code is op.SUBPATTERN:
            _, added, removed, items = argument
            return self.sequence(items, _compiler._combine_flags(flags, added, removed))
        if code is op.ATOMIC_GROUP:
            before = len(self.masks)
            part = self.sequence(argument, flags)
            self.atomic.update(range(before, len(self.masks)))
            return part
        if code is op.BRANCH:
            return self._either([self.sequence(items, flags) for items in argument[1]])
        if code is op.GROUPREF_EXISTS:
            _, yes, no = argument
            return self._either([self.sequence(items or (), flags) for items in (yes, no)])
        if code in (op.ASSERT, op.ASSERT_NOT):
            self.assertions.append((argument[1], flags))
        if code in (op.ASSERT, op.ASSERT_NOT, op.AT):
            self.anchored |= argument in (op.AT_END, op.AT_END_STRING)
            self.universal &= code is op.AT and argument not in (op.AT_BOUNDARY, op.AT_NON_BOUNDARY)
            return _NOTHING
        if code is op.GROUPREF:
            self.universal = False
            return self._loop(self._position(EVERYTHING))._replace(empty=True)
        return self._position(mask(code, argument, flags))

    def _position(self, bits: int) -> _Part:
        if len(self.masks) >= _MOST_POSITIONS:
            raise OverflowError
        self.masks.append(bits)
        self.follow.append(set())
        here = frozenset((len(self.masks) - 1,))
        return _Part(False, here, here)

    def _link(self, last: frozenset[int], first: frozenset[int]) -> None:
        self._budget.spend(len(last) * len(first))
        for position in last:
            after = self.follow[position]
            if position not in self.atomic and not after.isdisjoint(first):
                self.twice = True
            after |= first

    def _join(self, left: _Part, right: _Part) -> _Part:
        self._link(left.last, right.first)
        return _Part(
            left.empty and right.empty,
            left.first | right.first if left.empty else left.first,
            left.last | right.last if right.empty else right.last,
        )

    def _either(self, parts: list[_Part]) -> _Part:
        return _Part(
            any(part.empty for part in parts),
            frozenset().union(*(part.first for part in parts)),
            frozenset().union(*(part.last for part in parts)),
        )

    def _loop(self, part: _Part) -> _Part:
        self._link(part.last, part.first)
        return part

    def _repeat(self, argument: tuple[int, int, Any], flags: int) -> _Part:
        """Write a repeat out: copies as far as they must come, then a loop or optional copies."""
        least, most, items = argument
        if most > _COPIES:  # a big bound is no better than none
            copies = range(min(max(least, 1), _COPIES) - 1)
            parts = [self.sequence(items, flags) for _ in copies]
            before = len(self.masks)
            parts.append(self._loop(self.sequence(items, flags)))
            if most is op.MAXREPEAT:
                self.loops.append(_Loop(parts[-1], range(before, len(self.masks))))
        else:
            parts = [self.sequence(items, flags) for _ in range(most)]
        whole, ends = _NOTHING, frozenset[int]()
        for number, part in enumerate(parts, 1):
            whole = self._join(whole, part)
            if number >= least:
                ends |= whole.last
        return _Part(whole.empty or least == 0, whole.first, ends)

    # ── judging ───────────────────────────────────────────────────────────────────────────────────

    def exponential(self) -> bool:
        """Say whether some text can be taken by a loop in two ways, both back where they began.

        In pairs of positions that match the same text at once: a way from a pair of equals to one of
        unequals and back.
        """
        if self.twice:
            return True
        edges: dict[tuple[int, int], list[tuple[int, int]]] = {}
        todo = [(position, position) for position in range(len(self.masks))]
        while todo:
            pair = todo.pop()
            if pair not in edges:
                edges[pair] = list(dict.fromkeys(self._next(pair)))
                todo += [after for after in edges[pair] if after not in edges]
        return any(len({a == b for a, b in component}) == 2 for component in _components(edges))

    def _next(self, pair: tuple[int, int]) -> Iterator[tuple[int, int]]:
        left, right = pair
        self._budget.spend(1 + len(self.follow[left]) * len(self.follow[right]))
        one_way = left == right and left in self.atomic
        for a in self.follow[left]:
            for b in self.follow[right]:
                if self.masks[a] & self.masks[b] and (a == b or not one_way):
                    yield (a, b) if a <= b else (b, a)

    def power(self) -> int:
        """Return the power of a line's length that the time can grow with."""
        component_of: dict[int, int] = {}
        powers: list[int] = []
        self._again = frozenset(
            position
            for loop in self.loops
            if self._reads_again(loop)
            for position in loop.positions
        )
        for number, component in enumerate(_components(dict(enumerate(self.follow)))):
            component_of |= dict.fromkeys(component, number)
            powers.append(self._power(component, component_of, powers))
        return max(powers, default=0)

    def _power(self, component: list[int], component_of: dict[int, int], powers: list[int]) -> int:
        """Return the power of what starts in a component; those that it leads to are known."""
        inside = set(component)
        loops, ambiguous, rest, leaves = False, False, 0, False
        for position in component:
            stay = self.follow[position] & inside
            leave = self.follow[position] - inside
            loops |= bool(stay)
            leaves |= bool(leave)
            self._budget.spend(1 + len(stay) * len(leave))
            rest = max([rest, *(powers[component_of[after]] for after in leave)])
            ambiguous |= position not in self.atomic and any(
                self.masks[a] & self.masks[b] for a in stay for b in leave
            )
        if not loops:
            return rest
        if len(component) == 1 and not leaves and self._never_fails(component[0]):
            return 0
        own = 1 if self._again.isdisjoint(component) else 2
        return rest + own if ambiguous else max(rest, own)

    def _reads_again(self, loop: _Loop) -> bool:
        """Say whether an atomic loop can read a text once for each of its characters.

        It never gives back a round that it has done, but a round may fail behind an inner repeat that
        has read on and on, be done in another way that takes less, and the next one read the same again.
        """
        if not self.atomic.issuperset(loop.positions):
            return False  # then ambiguity says it
        for inner in self.loops:
            if inner.positions == loop.positions or inner.positions[0] not in loop.positions:
                continue
            if inner.part.last <= loop.part.last:
                continue  # a round may end there: it does not fail
            text = 0
            for position in inner.positions:
                text |= self.masks[position]
            outside = set(loop.positions).difference(inner.positions)
            begun = self._reach(loop, text, set(loop.positions))
            done = self._reach(loop, text, outside)
            if begun & inner.part.first and done & loop.part.last:
                return True
        return False

    def _reach(self, loop: _Loop, text: int, among: set[int]) -> set[int]:
        """Return the positions that one round of a loop can get to in a text of such characters."""
        todo = [position for position in loop.part.first if position in among]
        found: set[int] = set()
        while todo:
            position = todo.pop()
            if position in found or not self.masks[position] & text:
                continue
            found.add(position)
            self._budget.spend(1 + len(self.follow[position]))
            todo += [after for after in self.follow[position] if after in among]
        return found

    def _never_fails(self, position: int) -> bool:
        """Say whether a repeat at the end of the pattern, once begun, always ends in a match."""
        return self.universal and (self.masks[position] == EVERYTHING or not self.anchored)


def _automata(pattern: str, flags: int, searched: bool) -> list[_Automaton]:
    """Return the automaton of a pattern and those of its assertions.

    To search for a pattern is to match it behind anything, unless it begins with the text's start.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = list(_parser.parse(pattern, flags & ~re.DEBUG))
    if searched and not _is_anchored(whole, flags):
        whole = [*_ANYTHING, *whole]
    todo: list[tuple[Any, int]] = [(whole, flags)]
    automata: list[_Automaton] = []
    budget = _Budget()
    while todo:
        items, inner_flags = todo.pop()
        automaton = _Automaton(budget)
        automaton.sequence(items, inner_flags)
        automata.append(automaton)
        todo += automaton.assertions
    return automata


def _is_anchored(items: list[tuple[Any, Any]], flags: int) -> bool:
    """Return whether a parsed pattern can match at the start of the text only."""
    starts = [(op.AT, op.AT_BEGINNING_STRING)]
    if not flags & re.MULTILINE:
        starts.append((op.AT, op.AT_BEGINNING))
    return bool(items) and items[0] in starts


def _components(edges: dict[Any, Any]) -> Iterator[list[Any]]:
    """Yield the strongly connected components of a graph, those that others lead to first (Tarjan)."""
    order: dict[Any, int] = {}
    low: dict[Any, int] = {}
    stack: list[Any] = []
    held: set[Any] = set()
    for root in edges:
        if root in order:
            continue
        work: list[tuple[Any, Iterator[Any], bool]] = [(root, iter(()), True)]
        while work:
            node, after, fresh = work.pop()
            if fresh:
                order[node] = low[node] = len(order)
                stack.append(node)
                held.add(node)
                after = iter(edges[node])
            for successor in after:
                if successor not in order:
                    work += [(node, after, False), (successor, iter(()), True)]
                    break
                if successor in held:
                    low[node] = min(low[node], low[successor])
            else:
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    component = [stack.pop()]
                    while component[-1] != node:
                        component.append(stack.pop())
                    held.difference_update(component)
                    yield component
