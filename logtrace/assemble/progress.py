"""How far each log was read, by its own clock, and how long traces wait: for `logtrace status`.

Called by `logtrace.admin.overview` in the pipeline thread. Reads the assembler and changes nothing; not
methods of it, since nothing that it does for traces needs them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nlargest

from logtrace.assemble.assembler import Assembler

MOST_WAITS = 10
"""Learnt waits that are told: the longest."""


def slowest_log(assembler: Assembler, streams: Iterable[str]) -> int | None:
    """Return the earliest time that the clock of a stream's log shows; None where none is known.

    The newest line that was read of each stream is stamped about so; what is unread is later.
    """
    active, known = assembler._active, assembler._streams
    times = [known[name].shows(active) for name in streams if name in known]
    return min((time for time in times if time is not None), default=None)


def longest_waits(assembler: Assembler) -> tuple[int, list[tuple[str, str, int]]]:
    """Return for how many roots a wait was learnt, and the longest: (service, name, nanoseconds)."""
    waits = assembler.waits
    learnt = waits.snapshot()
    longest = nlargest(MOST_WAITS, learnt, key=lambda each: each[2])
    return len(learnt), [(service, name, waits.wait(service, name)) for service, name, _ in longest]
