"""An Agent that takes nothing: one message when it goes, one when it is back, whatever tries meanwhile.

Shared by all lanes of the shipper. While it lasts the shipper has no room, so that the log keeps what
the Agent cannot take.
"""

from __future__ import annotations

import threading

from logtrace.clock import Clock
from logtrace.telemetry import Telemetry


class Outage:
    """Whether the Agent is away.

    Attributes:
        lasts: whether the last exchange of any lane failed.
        last_error: the last thing that the Agent, or the way to it, had to say against a payload,
        last_error_at: and when, in monotonic time; 0: never.
        since: monotonic time since which it is away, or back; 0: since the start.
        retry_at: monotonic time of the next attempt, while it is away.
    """

    def __init__(self, url: str, telemetry: Telemetry, clock: Clock) -> None:
        self.lasts = False
        self.last_error = ""
        self.last_error_at = self.since = self.retry_at = 0
        self._url, self._telemetry, self._clock = url, telemetry, clock
        self._lock = threading.Lock()

    def failed(self, error: str, delay: int) -> None:
        """Note that an exchange failed; it is tried again after `delay` nanoseconds."""
        with self._lock:
            self.objected(error)
            self.retry_at = self.last_error_at + delay
            self._telemetry.send_failed()
            if not self.lasts:
                self.lasts = True
                self.since = self.last_error_at
                self._telemetry.agent_unreachable(self._url, error, delay)

    def objected(self, error: str) -> None:
        """Note what was said against a payload."""
        self.last_error, self.last_error_at = error, self._clock.monotonic()

    def ended(self) -> None:
        """Note that the Agent answered."""
        if self.lasts:
            with self._lock:
                if self.lasts:
                    self.lasts = False
                    before, self.since = self.since, self._clock.monotonic()
                    after = self.since - before
                    self._telemetry.agent_recovered(self._url, after)
