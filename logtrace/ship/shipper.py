"""What waits for the Agent: the shipper's face to the pipeline, and its threads.

A trace that is offered waits in the queue until a payload's worth has gathered (1,000 spans, or 200 ms);
then a lane takes it (`lane.py`, where everything that can happen to a payload stands). There is one lane
unless the configuration allows more requests in flight (`agent.in_flight`); order does not matter to
the Agent, and acknowledgement goes by record numbers. While the Agent takes nothing `has_room` is
false, so that the log keeps what the Agent cannot take.

Threads: `step` and `run` belong to one thread, which starts the others; everything else may be called
from any.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from logtrace.clock import Clock
from logtrace.model import Trace
from logtrace.ship.ages import Ages
from logtrace.ship.handshake import Handshake
from logtrace.ship.lane import FLUSH_AFTER, Lane
from logtrace.ship.outage import Outage
from logtrace.ship.quarantine import Quarantine
from logtrace.ship.queue import Queue
from logtrace.ship.redact import Redactor
from logtrace.ship.shared import FLUSH_SPANS, Intake, Shared
from logtrace.ship.sizes import PAYLOAD_BYTES, Sizes
from logtrace.telemetry import Telemetry

__all__ = ["FLUSH_AFTER", "FLUSH_SPANS", "PAYLOAD_BYTES", "PENDING_SPANS", "Shipper"]

PENDING_SPANS = 20_000
PENDING_BYTES = 64 * 2**20
"""Above either there is no room; the bytes are about those of the lines, see `sizes.py`."""


@dataclass(frozen=True, slots=True)
class View:
    """How the shipper stands now. Times are monotonic; 0: never.

    Attributes:
        url: where the Agent is.
        version: what it says it is, "" if it does not say, or never answered.
        path: where it is sent traces, "" if it never answered.
        away: whether the last exchange failed.
        unsteady: whether it is back, but for too short a time to say so.
        since: since when that is so; 0: since the start.
        retry_at: when it is tried again, while it is away.
        error: the last that it, or the way to it, had to say against a payload.
        error_at: when that was.
        queued: spans that wait to be sent.
        pending: spans that were offered and are not done, those among them.
        has_room: whether the pipeline may go on reading.
    """

    url: str
    version: str
    path: str
    away: bool
    unsteady: bool
    since: int
    retry_at: int
    error: str
    error_at: int
    queued: int
    pending: int
    has_room: bool


class Shipper:
    """Ships traces to one Agent."""

    def __init__(
        self,
        agent: Intake,
        telemetry: Telemetry,
        clock: Clock,
        chance: Callable[[], float] = random.random,
        *,
        more: tuple[Intake, ...] = (),
        quarantine: Quarantine | None = None,
        skip: int | None = None,
        redactor: Callable[[], Redactor] | None = None,
    ) -> None:
        """Contacts nobody yet.

        Args:
            agent: the connection of the first lane.
            telemetry: is told what happens.
            clock: tells what is due.
            chance: gives the jitter of the delays, from 0 up to 1.
            more: connections to the same Agent, each for a lane of its own.
            quarantine: keeps what the Agent refuses.
            skip: traces that ended more nanoseconds ago are left out; None: none is.
            redactor: makes what takes out of spans what must not leave; None: nothing.
        """
        self._queue, self._clock = Queue(), clock
        self._url = agent.url
        self._handshake = Handshake(telemetry)
        self._outage = Outage(agent.url, telemetry, clock)
        ages = Ages(telemetry, clock, skip)
        self._shared = Shared(
            self._queue,
            Sizes(),
            self._handshake,
            self._outage,
            ages,
            quarantine,
            telemetry,
            clock,
            chance,
            redactor,
        )
        self._failure: BaseException | None = None
        self._lanes = [Lane(each, self._shared) for each in (agent, *more)]

    # ── for the pipeline ──────────────────────────────────────────────────────────────────────────

    @property
    def pending(self) -> int:
        """How many spans were offered and are not done."""
        return self._queue.pending

    @property
    def last_error(self) -> str:
        """The last thing that the Agent, or the way to it, had to say against a payload."""
        return self._outage.last_error

    @property
    def rates(self) -> Mapping[str, float]:
        """Sampling rates as the Agent said last; the same object until it says others."""
        return self._handshake.rates

    def view(self) -> View:
        """Return how things stand, for a person to see."""
        outage, handshake = self._outage, self._handshake
        return View(
            self._url,
            handshake.version,
            handshake.path,
            outage.lasts,
            outage.unsteady,
            outage.since,
            outage.retry_at,
            outage.last_error,
            outage.last_error_at,
            self._queue.spans,
            self._queue.pending,
            self.has_room(),
        )

    def offer(self, traces: list[Trace]) -> None:
        """Take traces over; they and their spans belong to the shipper now."""
        if traces:
            first = not self._queue
            self._queue.offer(traces, self._clock.monotonic())
            if first or self._shared.gathered:
                self.wake()

    def has_room(self) -> bool:
        """Return whether more may be offered: the Agent takes payloads, and few spans wait."""
        pending, held = self._queue.pending, self._queue.held
        return (
            not self._outage.lasts
            and pending < PENDING_SPANS
            and self._shared.sizes.expect(pending, held) < PENDING_BYTES
        )

    def take_done(self) -> list[int]:
        """Return the record numbers that are done since the last call, sorted.

        Done is a trace that the Agent has acknowledged, or that was dropped and counted.
        """
        return self._queue.take_done()

    def drain(self, timeout: int) -> bool:
        """Wait until everything offered is done, while another thread is in `run`.

        Nothing waits for company any more, and a failed payload is tried again every second, unless the
        Agent asked for more.

        Args:
            timeout: nanoseconds to wait at most.

        Returns:
            Whether everything is done.
        """
        self._shared.flushing = True
        self.wake()
        try:
            done = self._clock.wait(self._queue.settled, timeout)
            if done:
                self._outage.settle(calm=0)
            return done
        finally:
            self._shared.flushing = False

    def wake(self) -> None:
        """Make `run` look for work, and at `stop`, now."""
        self._queue.filled.set()

    # ── the threads ───────────────────────────────────────────────────────────────────────────────

    def run(self, stop: threading.Event) -> None:
        """Ship until `stop` is set; what is queued then stays queued.

        Raises what ended a lane, if anything did: nothing that an Agent says should.
        """
        others = [
            threading.Thread(target=self._run, args=(lane, stop), name="shipper", daemon=True)
            for lane in self._lanes[1:]
        ]
        for thread in others:
            thread.start()
        self._run(self._lanes[0], stop)
        for thread in others:
            thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self, lane: Lane, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                if not lane.step():
                    self._clock.wait(self._queue.filled, lane.patience())
                    self._queue.filled.clear()
        except BaseException as error:  # noqa: BLE001  # carried to the caller of `run`
            self._failure = error
            stop.set()
            self.wake()

    def step(self) -> bool:
        """Let each lane send at most one payload; return False if nothing is due now."""
        return any([lane.step() for lane in self._lanes])
