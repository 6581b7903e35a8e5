"""The only module that reads a clock or waits.

Everything else is given a `Clock`, or, in the pure stages, a time as an argument. Tests pass a clock
that they turn by hand, so no test sleeps.
"""

import threading
import time
from typing import Protocol

SECOND = 1_000_000_000
"""Nanoseconds in a second: every time and duration inside logtrace is an int of nanoseconds."""

MILLISECOND = 1_000_000


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> int:
        """Wall-clock time, nanoseconds since 1970-01-01 UTC; may jump."""
        ...

    def monotonic(self) -> int:
        """Nanoseconds since some moment; never goes back, does not follow the wall clock."""
        ...

    def wait(self, event: threading.Event, timeout: int) -> bool:
        """Block until `event` is set or `timeout` nanoseconds are over; return whether it is set."""
        ...


class SystemClock:
    """The clocks of the machine."""

    def now(self) -> int:
        """See `Clock.now`."""
        return time.time_ns()

    def monotonic(self) -> int:
        """See `Clock.monotonic`."""
        return time.monotonic_ns()

    def wait(self, event: threading.Event, timeout: int) -> bool:
        """See `Clock.wait`."""
        return event.wait(timeout / SECOND)
