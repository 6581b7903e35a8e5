"""How long a trace must be quiet, once its root has ended, before it counts as complete.

A fixed wait is what the configuration says. The adaptive wait is learnt for each kind of root, by its
service and name, from how late spans really come: twice the widest gap between arrivals that was seen
lately behind such a root, within bounds. "Lately": the widest gap fades by a 64th with each trace. A
late span proves the wait too short and doubles it, at once. The assembler calls all of it; the state
is plain data, so the ledger can keep it over a restart.
"""

from __future__ import annotations

from collections.abc import Iterable

from logtrace.assemble.closed import LONGEST_NAME
from logtrace.clock import SECOND

SHORTEST = SECOND
LONGEST = 15 * SECOND
"""Bounds of a learnt wait."""

FIRST = SECOND
"""Gap assumed for a root that was never seen: its wait starts at two seconds."""

MAX_ROOTS = 1_000
"""Roots remembered; names come from log lines, so there may be any number. The oldest is forgotten."""

FADING = 6
"""A remembered gap loses 1/2**6 of itself with each trace."""


class Waits:
    """The wait for each root: fixed, or learnt.

    Attributes:
        fixed: the configured wait, in nanoseconds, or None: learn it.
    """

    def __init__(self, fixed: int | None) -> None:
        self.fixed = fixed
        self._gaps: dict[tuple[str, str], int] = {}

    def wait(self, service: str, name: str) -> int:
        """Return how long a trace with such a root must be quiet, in nanoseconds."""
        if self.fixed is not None:
            return self.fixed
        gap = self._gaps.get((service, name), FIRST)
        return min(max(2 * gap, SHORTEST), LONGEST)

    def learn(self, service: str, name: str, gap: int) -> None:
        """Take in the widest gap, in nanoseconds, between arrivals of one trace behind its root."""
        if self.fixed is None:
            known = self._gaps.get((service, name), FIRST)
            self._note((service, name), max(known - (known >> FADING), gap))

    def late(self, service: str, name: str) -> None:
        """Take in that a span came after its trace had left: wait twice as long."""
        if self.fixed is None:
            self._note((service, name), self.wait(service, name))

    def snapshot(self) -> list[tuple[str, str, int]]:
        """Return what was learnt, as plain data: (service, name, gap in nanoseconds)."""
        return [(service, name, gap) for (service, name), gap in self._gaps.items()]

    def restore(self, learnt: Iterable[tuple[str, str, int]]) -> None:
        """Go on from a `snapshot`."""
        for service, name, gap in learnt:
            self._note((service, name), max(0, gap))

    def _note(self, root: tuple[str, str], gap: int) -> None:
        if len(root[0]) > LONGEST_NAME or len(root[1]) > LONGEST_NAME:
            return  # hostile, or of no use
        if len(self._gaps) >= MAX_ROOTS and root not in self._gaps:
            del self._gaps[next(iter(self._gaps))]
        self._gaps[root] = min(gap, LONGEST // 2)
