"""An Agent that takes nothing: one message when it goes, one when it is back for good.

Shared by all lanes of the shipper. While the last exchange failed the shipper has no room, so that the
log keeps what the Agent cannot take. An Agent that takes one payload and not the next is still in the
same outage: its end is said when nothing has failed for a while.
"""

from __future__ import annotations

import threading

from logtrace.clock import SECOND, Clock
from logtrace.telemetry import Telemetry

CALM = 5 * SECOND
"""An outage is over when the Agent has taken payloads, and nothing has failed, for so long."""


class Outage:
    """Whether the Agent is away.

    Attributes:
        lasts: whether the last exchange of any lane failed.
        last_error: the last thing that the Agent, or the way to it, had to say against a payload,
        last_error_at: and when, in monotonic time; 0: never.
        since: monotonic time since which it is away, or back; 0: since the start.
        retry_at: monotonic time of the next attempt, while it is away.
        spared_until: monotonic time before which it wants to be left alone, by all lanes.
    """

    def __init__(self, url: str, telemetry: Telemetry, clock: Clock) -> None:
        self.lasts = False
        self.last_error = ""
        self.last_error_at = self.since = self.retry_at = self.spared_until = 0
        self._began: int | None = None  # the outage that was said and whose end was not
        self._url, self._telemetry, self._clock = url, telemetry, clock
        self._lock = threading.Lock()

    @property
    def unsteady(self) -> bool:
        """Whether it takes payloads again, but for too short a time to say so."""
        return self._began is not None and not self.lasts

    def failed(self, error: str, delay: int, wish: int = 0) -> None:
        """Note that an exchange failed; it is tried again after `delay` nanoseconds, or `wish`.

        Args:
            error: what went wrong.
            delay: how long who asked will wait.
            wish: how long the Agent wants to be left alone by everybody; 0: it did not say.
        """
        with self._lock:
            self.objected(error)
            now = self.last_error_at
            self.spared_until = max(self.spared_until, now + wish)
            self.retry_at = max(now + delay, self.spared_until)
            self._telemetry.send_failed()
            if not self.lasts:
                self.lasts = True
                self.since = now
            if self._began is None:
                self._began = now
                self._telemetry.agent_unreachable(self._url, error, self.retry_at - now)

    def objected(self, error: str) -> None:
        """Note what was said against a payload."""
        self.last_error, self.last_error_at = error, self._clock.monotonic()

    def ended(self) -> None:
        """Note that the Agent answered."""
        if self.lasts:
            with self._lock:
                if self.lasts:
                    self.lasts = False
                    self.since = self._clock.monotonic()

    def settle(self, calm: int = CALM) -> None:
        """Say that the Agent is back, if it has been for `calm` nanoseconds."""
        if self._began is None or self.lasts:
            return
        with self._lock:
            steady = self._clock.monotonic() - self.since
            if self._began is not None and not self.lasts and steady >= calm:
                self._telemetry.agent_recovered(self._url, self.since - self._began)
                self._began = None
