"""Which span called which server: by what both say of the call, before it is asked when they were.

Used by `parents`. A span of kind `client` or `producer` calls one of kind `server` or `consumer` in
another service, if the two have one name or the caller names the other's service (`peer.service`). The
clocks of two hosts differ: the call that fits best is taken, though it may not contain what it called.
Each calls once. Work for a span is bounded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from logtrace.model import Span

KIND = "span.kind"
PEER = "peer.service"

CALLING = ("client", "producer")
SERVING = ("server", "consumer")

_MOST_TRIED = 8
"""Calls of one name that are looked at for one span: those that start nearest before it, and one
behind it."""


class Calls:
    """The calls of a trace."""

    def __init__(self, spans: Iterable[Span]) -> None:
        """Take note of the calls among `spans`, which are in the order of their starts."""
        self._by_name: dict[str, list[Span]] = {}
        self._by_peer: dict[str, list[Span]] = {}
        self._answered: set[int] = set()
        for span in spans:
            if span.meta.get(KIND) in CALLING:
                self._by_name.setdefault(span.name, []).append(span)
                if peer := span.meta.get(PEER):
                    self._by_peer.setdefault(peer, []).append(span)

    def answer(self, served: Span) -> Span | None:
        """Return the call that `served`, of a serving kind, is the other side of; the two are done."""
        best: Span | None = None
        least = (0, 0)
        for calls in (self._by_peer.get(served.service), self._by_name.get(served.name)):
            for call in _near(calls, served.start) if calls else ():
                if call.service == served.service or id(call) in self._answered:
                    continue
                misfit = _misfit(call, served)
                if misfit > call.duration or call.duration < served.duration:
                    continue
                if best is None or (misfit, call.duration) < least:
                    best, least = call, (misfit, call.duration)
        if best is not None:
            self._answered.add(id(best))
        return best


def _near(calls: list[Span], start: int) -> list[Span]:
    """Return the calls that start nearest to a time."""
    at = bisect_right(calls, start, key=lambda call: call.start)
    return calls[max(0, at + 1 - _MOST_TRIED) : at + 1]


def _misfit(call: Span, served: Span) -> int:
    """Return for how many nanoseconds a span lies outside of the call, at either end."""
    before = call.start - served.start
    behind = served.start + served.duration - call.start - call.duration
    return max(0, before) + max(0, behind)
