"""What the lanes of a shipper have in common, and what they need of an Agent.

Made by `Shipper`. Each part is locked by itself, or holds numbers that may be a moment old.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from logtrace.clock import Clock
from logtrace.ship.ages import Ages
from logtrace.ship.handshake import Handshake
from logtrace.ship.outage import Outage
from logtrace.ship.quarantine import Quarantine
from logtrace.ship.queue import Queue
from logtrace.ship.redact import Redactor
from logtrace.ship.replies import Info, Reply
from logtrace.ship.sizes import PAYLOAD_BYTES, Sizes
from logtrace.telemetry import Telemetry

FLUSH_SPANS = 1_000
"""A payload is due when so many spans wait: below, the cost of an exchange shows."""


class Intake(Protocol):
    """What a lane needs of an Agent; see `logtrace.ship.agent.Agent`."""

    url: str

    def info(self) -> Info:
        """Ask what it is; raises AgentUnavailable."""
        ...

    def send(self, body: bytes, content_type: str, path: str, trace_count: int) -> Reply:
        """Send a payload; raises AgentUnavailable or AgentRejected."""
        ...


@dataclass(slots=True)
class Shared:
    """What all lanes of a shipper have in common.

    Attributes:
        redactor: makes one for each lane, since it counts; None: nothing is redacted.
        flushing: whether nothing is to wait for company any more.
    """

    queue: Queue
    sizes: Sizes
    handshake: Handshake
    outage: Outage
    ages: Ages
    quarantine: Quarantine | None
    telemetry: Telemetry
    clock: Clock
    chance: Callable[[], float]
    redactor: Callable[[], Redactor] | None = None
    flushing: bool = False

    @property
    def gathered(self) -> bool:
        """Whether a payload's worth waits: in spans, or in bytes."""
        queue = self.queue
        return queue.spans >= FLUSH_SPANS or queue.size >= self.sizes.lines(PAYLOAD_BYTES)
