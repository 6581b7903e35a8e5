"""Which open traces go first when there is no room: those that were quiet longest.

Called by the assembler, which closes them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nsmallest

from logtrace.assemble.domain import Domain
from logtrace.assemble.open_trace import OpenTrace


def quietest(domains: Iterable[Domain]) -> list[tuple[int, OpenTrace]]:
    """Return the next traces to evict with their ranks: a walk over all, for many evictions at once.

    Ranks stay right without it: a trace that goes on leaves its rank, and all others are younger.
    """
    candidates = [
        (last_number(trace), trace) for domain in domains for trace in domain.open.values()
    ]
    count = 1 + len(candidates) // 16
    return nsmallest(count, candidates, key=lambda ranked: ranked[0])


def last_number(trace: OpenTrace) -> int:
    """Return the record number of the latest arrival: numbers rise in the order of reading."""
    return trace.spans[-1].number
