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
        last_error: the last thing that the Agent, or the way to it, had to say against a payload.
    """

    def __init__(self, url: str, telemetry: Telemetry, clock: Clock) -> None:
        self.lasts = False
        self.last_error = ""
        self._url, self._telemetry, self._clock = url, telemetry, clock
        self._lock = threading.Lock()
        self._since = 0

    def failed(self, error: str, delay: int) -> None:
        """Note that an exchange failed; it is tried again after `delay` nanoseconds."""
        with self._lock:
            self.last_error = error
            self._telemetry.send_failed()
            if not self.lasts:
                self.lasts = True
                self._since = self._clock.monotonic()
                self._telemetry.agent_unreachable(self._url, error, delay)

    def ended(self) -> None:
        """Note that the Agent answered."""
        if self.lasts:
            with self._lock:
                if self.lasts:
                    self.lasts = False
                    after = self._clock.monotonic() - self._since
                    self._telemetry.agent_recovered(self._url, after)
