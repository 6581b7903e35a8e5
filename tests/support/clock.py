"""A clock that is turned by hand."""

import threading

from logtrace.clock import SECOND

NOON = 1_795_348_800 * SECOND
"""2026-11-22 12:00:00 UTC."""


class FakeClock:
    """A `logtrace.clock.Clock` that moves only when told; waiting moves it by the whole timeout."""

    def __init__(self, now: int = NOON) -> None:
        self._now = now
        self._monotonic = SECOND

    def now(self) -> int:
        return self._now

    def monotonic(self) -> int:
        return self._monotonic

    def wait(self, event: threading.Event, timeout: int) -> bool:
        if not event.is_set():
            self.advance(timeout)
        return event.is_set()

    def advance(self, ns: int) -> None:
        """Let `ns` nanoseconds pass on both clocks."""
        self._now += ns
        self._monotonic += ns

    def step_wall(self, ns: int) -> None:
        """Set the wall clock forward (or back) by `ns`, as an operator or NTP would."""
        self._now += ns
