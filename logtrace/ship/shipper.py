"""What is in flight to the Agent, and what becomes of it.

    offer ─▶ queue ─▶ group ─ exchange ─▶ taken ───▶ done
                        ▲  │              refused ─▶ done, counted as a loss
                        └──┴── halved ◀── too large, or one of many is refused

A trace offered waits in the queue until a payload's worth has gathered (1,000 spans, or 200 ms), then
it is in a *group*, which is one payload. The first group is in flight, others wait behind it: there are
several only while a refused payload is taken apart. The shipper is *idle* (nothing due), *sending*, or
*backing off*: the Agent takes nothing now, the same payload is tried again, for ever, and `has_room` is
false, so that the log keeps what the Agent cannot take.

Threads: `step` and `run` belong to one thread; everything else may be called from any.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from logtrace.clock import MILLISECOND, SECOND, Clock
from logtrace.errors import AgentRejected, AgentUnavailable
from logtrace.model import Drop, Trace
from logtrace.ship import backoff, encode, normalise
from logtrace.ship.queue import Queue, count_spans
from logtrace.telemetry import Telemetry

if TYPE_CHECKING:
    from logtrace.ship.agent import Info, Reply

FLUSH_SPANS = 1_000
"""A payload is due when so many spans wait: below, the cost of an exchange shows."""

FLUSH_AFTER = 200 * MILLISECOND
"""A payload is due when its oldest trace waited so long."""

PAYLOAD_SPANS = 2_000
PAYLOAD_BYTES = 2 * 2**20
"""What a payload aims at: more saves nothing and makes a refusal dearer."""

PENDING_SPANS = 20_000
PENDING_BYTES = 64 * 2**20
"""Above either there is no room; the bytes are estimated, from spans that were encoded before."""

DRAIN_DELAY = SECOND
"""The longest wait between two attempts while someone waits in `drain`."""

IDLE_WAIT = 500 * MILLISECOND
"""How long `run` rests at most before it looks at `stop` again."""

Group = list[Trace]


class Intake(Protocol):
    """What the shipper needs of an Agent; see `logtrace.ship.agent.Agent`."""

    url: str

    def info(self) -> Info:
        """Ask what it is; raises AgentUnavailable."""
        ...

    def send(self, body: bytes, content_type: str, path: str, trace_count: int) -> Reply:
        """Send a payload; raises AgentUnavailable or AgentRejected."""
        ...


class Shipper:
    """Ships traces to one Agent.

    Attributes:
        last_error: the last thing that the Agent, or the way to it, had to say against a payload.
    """

    def __init__(
        self,
        agent: Intake,
        telemetry: Telemetry,
        clock: Clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Contacts nobody yet; `chance` gives the jitter of the delays, from 0 up to 1."""
        self.last_error = ""
        self._agent, self._telemetry, self._clock, self._chance = agent, telemetry, clock, chance
        self._queue = Queue()
        self._flushing = False
        self._groups: deque[Group] = deque()
        self._body: bytes | None = None  # of the first group, once it is encoded
        self._form: encode.Encoding | None = None  # None: /info is to be read first
        self._native_events = False
        self._greeted: tuple[str, str, bool] | None = None
        self._refused_paths: set[str] = set()
        self._state = ""
        self._limit = self._aim = PAYLOAD_BYTES
        self._span_bytes = 500
        self._failures = 0
        self._failing_since = self._failed = self._resume = 0

    # ── for the pipeline ──────────────────────────────────────────────────────────────────────────

    @property
    def pending(self) -> int:
        """How many spans were offered and are not done."""
        return self._queue.pending

    def offer(self, traces: list[Trace]) -> None:
        """Take traces over; they and their spans belong to the shipper now."""
        if traces:
            first = not self._queue
            self._queue.offer(traces, self._clock.monotonic())
            if first or self._queue.spans >= FLUSH_SPANS:
                self.wake()

    def has_room(self) -> bool:
        """Return whether more may be offered: the Agent takes payloads, and few spans wait."""
        pending = self._queue.pending
        return (
            not self._failures
            and pending < PENDING_SPANS
            and pending * self._span_bytes < PENDING_BYTES
        )

    def take_done(self) -> list[int]:
        """Return the record numbers that are done since the last call, sorted.

        Done is a trace that the Agent has acknowledged, or that was dropped and counted.
        """
        return self._queue.take_done()

    def drain(self, timeout: int) -> bool:
        """Wait until everything offered is done, while another thread is in `run`.

        Nothing waits for company any more, and a failed payload is tried again every second.

        Args:
            timeout: nanoseconds to wait at most.

        Returns:
            Whether everything is done.
        """
        self._flushing = True
        self.wake()
        try:
            return self._clock.wait(self._queue.settled, timeout)
        finally:
            self._flushing = False

    def wake(self) -> None:
        """Make `run` look for work, and at `stop`, now."""
        self._queue.filled.set()

    # ── the thread ────────────────────────────────────────────────────────────────────────────────

    def run(self, stop: threading.Event) -> None:
        """Ship until `stop` is set; what is queued then stays queued."""
        while not stop.is_set():
            if not self.step():
                self._clock.wait(self._queue.filled, self._patience())
                self._queue.filled.clear()

    def step(self) -> bool:
        """Send at most one payload; return False if nothing is due, or it must be tried later."""
        if self._clock.monotonic() < self._retry_at():
            return False
        if not self._groups and not self._gather():
            return False
        try:
            self._exchange(self._groups[0])
        except AgentUnavailable as error:
            self._back_off(error)
            return False
        return True

    def _patience(self) -> int:
        """Return the nanoseconds until there may be something to do."""
        now = self._clock.monotonic()
        due = now + IDLE_WAIT
        if self._failures:
            due = self._retry_at()
        elif self._queue:
            due = self._queue.oldest + FLUSH_AFTER
        return max(0, min(due - now, IDLE_WAIT))

    def _retry_at(self) -> int:
        """Return the monotonic time before which nothing is sent."""
        return min(self._resume, self._failed + DRAIN_DELAY) if self._flushing else self._resume

    def _gather(self) -> bool:
        """Make a group of what is queued, if it is due; return whether there is one."""
        queue = self._queue
        waited = self._clock.monotonic() - queue.oldest
        if not (queue.spans >= FLUSH_SPANS or waited >= FLUSH_AFTER or self._flushing):
            return False
        wanted = min(self._aim, self._limit) // self._span_bytes
        group = self._cleaned(queue.take(max(1, min(PAYLOAD_SPANS, wanted))), normalise.clean)
        self._put_first(group)
        return bool(group)

    def _put_first(self, *groups: Group) -> None:
        """Put groups before all others, empty ones left out."""
        self._groups.extendleft(group for group in reversed(groups) if group)
        self._body = None

    def _replace(self, *groups: Group) -> None:
        """Put groups in the place of the first one, for which the Agent had an answer."""
        self._recover()
        self._groups.popleft()
        self._put_first(*groups)

    # ── one exchange ──────────────────────────────────────────────────────────────────────────────

    def _exchange(self, group: Group) -> None:
        """Send the first group, and do with it what the Agent says; raises AgentUnavailable."""
        try:
            form = self._form or self._greet()
            body = self._body = self._body or self._encoded(group, form)
            if len(body) > self._limit:
                raise AgentRejected(f"{len(body)} bytes; the Agent takes {self._limit}", 413)
            reply = self._agent.send(body, form.content_type, form.path, len(group))
        except AgentRejected as error:
            self.last_error = str(error)
            self._take_apart(group, error)
            return
        self._replace()
        self._telemetry.payload_shipped(len(group), count_spans(group), len(body))
        self._queue.settle(group)
        if self._state and reply.state != self._state:
            self._form = None  # the Agent says that /info has changed
        self._state = reply.state

    def _greet(self) -> encode.Encoding:
        """Ask the Agent what it is and choose what to send it."""
        info = self._agent.info()
        form = encode.choose(info.endpoints, self._refused_paths)
        if form is None:
            self._refused_paths.clear()
            raise AgentUnavailable(
                f"{self._agent.url}: takes traces neither at {encode.V04.path} nor at "
                f"{encode.V03.path}; is another program on this port?"
            )
        self._form, self._native_events = form, info.span_events
        self._limit, self._aim = info.max_request_bytes, PAYLOAD_BYTES
        greeted = (info.version, form.path, info.span_events)
        if greeted != self._greeted:
            self._greeted, self._body = greeted, None
            self._telemetry.agent_reached(self._agent.url, info.version, form.path)
        return form

    def _encoded(self, group: Group, form: encode.Encoding) -> bytes:
        chunks = [trace.spans for trace in group]
        try:
            if not self._native_events:
                chunks = [encode.events_as_tags(spans) for spans in chunks]
            body = form.encode(chunks)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise AgentRejected(f"cannot be encoded: {error}", 400) from error
        self._span_bytes = max(1, (3 * self._span_bytes + len(body) // count_spans(group)) // 4)
        return body

    def _back_off(self, error: AgentUnavailable) -> None:
        """Leave the payload as it is, and the Agent alone for a while."""
        now = self._clock.monotonic()
        self._failures += 1
        delay = backoff.delay(self._failures, self._chance(), error.retry_after)
        self._failed, self._resume = now, now + delay
        self._form = None  # who answers next may be another Agent
        self.last_error = str(error)
        self._telemetry.send_failed()
        if self._failures == 1:
            self._failing_since = now
            self._telemetry.agent_unreachable(self._agent.url, str(error), delay)

    def _recover(self) -> None:
        if self._failures:
            after = self._clock.monotonic() - self._failing_since
            self._telemetry.agent_recovered(self._agent.url, after)
            self._failures = self._resume = 0

    # ── what was refused ──────────────────────────────────────────────────────────────────────────

    def _take_apart(self, group: Group, error: AgentRejected) -> None:
        """Change what the Agent objects to; raises AgentUnavailable if it is not the payload."""
        if error.status in (404, 415) and self._form:
            self._refused_paths.add(self._form.path)
            self._form = self._body = None
        elif error.status in (408, 413):
            self._lighten(group, error)
        else:
            self._find_guilty(group, error)

    def _lighten(self, group: Group, error: AgentRejected) -> None:
        """Send half as much; drop a single span that is too large by itself."""
        if len(group) > 1:
            self._aim = max(PAYLOAD_BYTES // 64, min(self._aim, len(self._body or b"") // 2))
            self._replace(*_halved(group))
        elif len(group[0].spans) > 1:
            first, second = encode.halves(group[0])
            self._replace([first], [second])
        elif error.status == 408:
            raise AgentUnavailable(str(error)) from error  # slow, not large
        else:
            self._drop(Drop.TOO_LARGE, error)

    def _find_guilty(self, group: Group, error: AgentRejected) -> None:
        """Leave out what is known to be wrong; else halve; else drop the one trace that is left."""
        before = count_spans(group)
        kept = self._cleaned(group, normalise.sift)
        if count_spans(kept) < before:
            self._replace(kept)
        elif len(kept) > 1:
            self._replace(*_halved(kept))
        else:
            self._probe()
            self._drop(Drop.AGENT_REJECTED, error)

    def _probe(self) -> None:
        """Return if the Agent takes a payload without traces: then the refusal was the trace's fault.

        Raises:
            AgentUnavailable: it would refuse anything, so nothing may be dropped for it.
        """
        form = self._form or encode.V04
        try:
            self._agent.send(form.encode([]), form.content_type, form.path, 0)
        except AgentRejected as error:
            raise AgentUnavailable(f"{error} (it refuses even an empty payload)") from error

    def _drop(self, reason: Drop, error: AgentRejected) -> None:
        """Count the first group as lost."""
        group = self._groups[0]
        self._replace()
        self._telemetry.spans_dropped(reason, count_spans(group), str(error))
        self._queue.settle(group)

    def _cleaned(self, group: Group, clean: normalise.Clean) -> Group:
        """Return the traces of `group` without the spans that the Agent would refuse."""
        kept = []
        for trace in group:
            spans, reason = clean(trace.spans)
            lost = len(trace.spans) - len(spans)
            if lost:
                self._telemetry.spans_dropped(Drop.AGENT_WOULD_REFUSE, lost, reason)
            if not spans:
                self._queue.settle([trace])
                continue
            if lost:
                self._queue.forget(lost)
                trace.spans = spans
            kept.append(trace)
        return kept


def _halved(group: Group) -> tuple[Group, Group]:
    middle = len(group) // 2
    return group[:middle], group[middle:]
