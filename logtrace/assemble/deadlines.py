"""Which traces are to be looked at because they may have been quiet for long enough.

A trace is entered once, under the stream time at which it would be due if nothing more came for it.
Later spans do not move the entry: when its slot comes up, the assembler looks when the trace is really
due and enters it again. So a span costs nothing here, an entry is looked at once per quiet period, and
nothing ever walks over all open traces. One `Deadlines` for each stream: times of different streams
cannot be compared.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from logtrace.clock import MILLISECOND

if TYPE_CHECKING:
    from logtrace.assemble.open_trace import OpenTrace

TICK = 100 * MILLISECOND
"""Width of a slot: a trace is looked at up to so much after it is due, never before."""


class Deadlines:
    """Slots of traces by the stream time at which they are due."""

    __slots__ = ("_slots", "_ticks")

    def __init__(self) -> None:
        self._slots: dict[int, list[OpenTrace]] = {}
        self._ticks: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._ticks)

    def enter(self, trace: OpenTrace, due: int) -> None:
        """Enter `trace`; an earlier entry of it, here or elsewhere, no longer counts."""
        tick = trace.tick = due // TICK + 1
        trace.deadlines = self
        slot = self._slots.get(tick)
        if slot is None:
            self._slots[tick] = [trace]
            heappush(self._ticks, tick)
        else:
            slot.append(trace)

    def passed(self, now: int) -> list[OpenTrace]:
        """Take out and return the traces whose slot is over at stream time `now`."""
        passed = []
        last = now // TICK
        while self._ticks and self._ticks[0] <= last:
            tick = heappop(self._ticks)
            for trace in self._slots.pop(tick):
                if trace.tick == tick and trace.deadlines is self:
                    trace.deadlines = None
                    passed.append(trace)
        return passed
