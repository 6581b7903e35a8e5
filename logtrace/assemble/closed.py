"""What is remembered of traces that have left: enough to treat a late span as part of its trace.

The assembler remembers each trace that it closes, and asks when a span comes whose trace is not open.
The memory is bounded: what was remembered longest ago is forgotten, and a span that comes even later
starts a trace of its own (of the same id, so the backend still joins the two, if both were kept).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice

from logtrace.assemble.decisions import Decision

Root = tuple[int, str, str, Decision]
"""Span id (0: not known), service and name of a trace's root; of its first span, where none is known.
And the trace's decision, which never changes."""

LIMIT = 100_000
"""How many traces are remembered at most; never fewer than half as many of the newest."""

LONGEST_NAME = 100
"""Characters of a service and a name that are remembered: the Agent keeps no more."""

CARRIED = 20_000
"""How many of the newest are carried over a restart."""


class ClosedTraces:
    """A map of a trace's key to its `Root`, in two generations: the older one is dropped whole.

    This costs one dict entry for a trace and no bookkeeping for its age, which an exact order would.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._half = max(1, limit // 2)
        self._young: dict[int, Root] = {}
        self._old: dict[int, Root] = {}

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def remember(self, key: int, root: Root) -> None:
        """Note that the trace `key` has left; the newest word of it counts."""
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        _, service, name, _ = root
        if len(service) > LONGEST_NAME or len(name) > LONGEST_NAME:  # a line may hold a megabyte
            root = (root[0], service[:LONGEST_NAME], name[:LONGEST_NAME], root[3])
        self._young[key] = root

    def recall(self, key: int) -> Root | None:
        """Return the root of the trace `key` if it has left and is not forgotten yet."""
        return self._young.get(key) or self._old.get(key)

    def snapshot(self) -> list[tuple[int, Root]]:
        """Return the newest `CARRIED` of what is remembered, oldest first, as plain data."""
        newest = chain(reversed(self._young.items()), reversed(self._old.items()))
        return list(islice(newest, CARRIED))[::-1]

    def restore(self, remembered: Iterable[tuple[int, Root]]) -> None:
        """Go on from a `snapshot`."""
        for key, root in remembered:
            self.remember(key, root)
