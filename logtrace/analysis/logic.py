"""Whether a condition can hold at all, and whether one holds wherever another does.

Called by `conditions` and `reach`. A condition is written out as alternatives, each a set of literals
that hold or fail; an alternative in which two of them exclude each other is none. Sound, not complete:
"never" and "always" are certain; where the work would be too much the answer is that it is not known.
Steps are counted, so a judgement does not depend on the machine. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from logtrace.analysis.literals import IsText, always, constants, exclude, implies, literal, never
from logtrace.mapping.nodes import All, AnyOf, Constant, Node, Not

MOST_STEPS = 20_000
"""Pairs of literals that are compared for one question; some 50 ms."""

_MOST_ALTERNATIVES = 64

_Signed = tuple[Node, bool, tuple[type, ...]]
"""A literal, whether it holds, and what tells it from others that Python takes for equal."""


def holds_never(node: Node, is_text: IsText) -> bool:
    """Return whether a condition holds for no line."""
    try:
        return not _Question(is_text).alternatives(node, True, [frozenset()])
    except OverflowError:
        return False


def holds_always(node: Node, is_text: IsText) -> bool:
    """Return whether a condition holds for every line."""
    return holds_never(Not(node), is_text)


def covers(takers: list[Node], node: Node, is_text: IsText) -> bool:
    """Return whether for every line that `node` holds for one of `takers` holds."""
    return holds_never(All((node, *map(Not, takers))), is_text)


@dataclass(slots=True)
class _Question:
    """One judgement, and how much of it has been done."""

    is_text: IsText
    steps: int = 0

    def alternatives(
        self, node: Node, wanted: bool, given: list[frozenset[_Signed]]
    ) -> list[frozenset[_Signed]]:
        """Return the ways in which what is `given` and that `node` holds (or not) can be true.

        Raises:
            OverflowError: that would be too much work.
        """
        match node:
            case Not(operand):
                return self.alternatives(operand, not wanted, given)
            case Constant(value):
                return given if bool(value) is wanted else []
        if isinstance(node, All | AnyOf):
            if isinstance(node, All) is wanted:
                for term in node.terms:
                    given = self.alternatives(term, wanted, given)
                return given
            ways = [way for term in node.terms for way in self.alternatives(term, wanted, given)]
            ways = list(dict.fromkeys(ways))
            if len(ways) > _MOST_ALTERNATIVES:
                raise OverflowError
            return ways
        plain = literal(node)
        signed = (plain, wanted, constants(plain))
        return [way | {signed} for way in given if self._agrees(signed, way)]

    def _agrees(self, signed: _Signed, way: frozenset[_Signed]) -> bool:
        """Return whether a literal can hold (or not) together with others."""
        node, wanted, _ = signed
        if wanted and never(node, self.is_text):
            return False
        if not wanted and always(node):
            return False
        self.steps += len(way) + 1
        if self.steps > MOST_STEPS:
            raise OverflowError
        return not any(_clash(signed, other) for other in way)


def _clash(one: _Signed, other: _Signed) -> bool:
    """Return whether two literals cannot be as they are said to be at once."""
    (left, first, _), (right, second, _) = one, other
    if first and second:
        return exclude(left, right)
    if first:
        return implies(left, right)
    return second and implies(right, left)
