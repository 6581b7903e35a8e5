"""A shipper stepped by hand, for tests of the ship stage."""

from __future__ import annotations

from typing import Any

from logtrace.model import Trace
from logtrace.ship.shipper import FLUSH_AFTER, Shipper
from tests.support.clock import FakeClock
from tests.support.intake import FakeIntake
from tests.support.log import recording_telemetry


class Stage:
    """A shipper, the Agent behind it, and a clock turned by hand."""

    def __init__(self, *script: int, **options: Any) -> None:
        self.agent = FakeIntake(*script)
        self.clock = FakeClock()
        self.telemetry, self.log = recording_telemetry(self.clock)
        self.shipper = Shipper(
            self.agent, self.telemetry, self.clock, chance=lambda: 1.0, **options
        )

    def ship(self, *offered: Trace) -> None:
        """Offer traces and step until nothing is due any more."""
        self.shipper.offer(list(offered))
        self.clock.advance(FLUSH_AFTER)
        self.go_on()

    def go_on(self) -> None:
        """Step until nothing is due any more."""
        while self.shipper.step():
            pass

    def lost(self, reason: str) -> int:
        """Return how many spans were dropped for a reason."""
        return self.telemetry.count("spans_dropped", reason)
