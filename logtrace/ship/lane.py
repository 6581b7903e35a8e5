"""One request to the Agent at a time, and what becomes of the traces in it.

    queue ─▶ group ─ exchange ─▶ taken ───▶ done
               ▲  │              refused ─▶ done, counted as a loss, put into quarantine
               └──┴── halved ◀── too large, or one of many is refused

A *group* is one payload's traces. The first group is in flight, others wait behind it: there are several
only while a payload is taken apart. A lane is *idle* (nothing due), *sending*, or *backing off*: the
Agent takes nothing now, the same payload is tried again, for ever. `Shipper` has a lane for each request
that may be in flight; what they share (queue, handshake, outage) is locked by itself.

Thread: one for each lane.
"""

from __future__ import annotations

from collections import deque

from logtrace.clock import MILLISECOND, SECOND
from logtrace.errors import AgentRejected, AgentUnavailable
from logtrace.model import Drop
from logtrace.ship import backoff, encode
from logtrace.ship.prepare import Group, Preparer, by_spans, by_traces
from logtrace.ship.queue import count_bytes, count_spans
from logtrace.ship.shared import Intake, Shared
from logtrace.ship.sizes import LARGEST_BYTES, Aim

FLUSH_AFTER = 200 * MILLISECOND
"""A payload is due when its oldest trace waited so long."""

PAYLOAD_SPANS = 2_000
"""What a payload aims at, beside its bytes."""

DRAIN_DELAY = SECOND
"""The longest wait between two attempts while someone waits in `drain`, but for the Agent's wish."""

IDLE_WAIT = 500 * MILLISECOND
"""How long a lane rests at most before it looks for work, or at `stop`, again."""

_UNENCODABLE = (TypeError, ValueError, OverflowError, RecursionError)


class Lane:
    """One connection."""

    def __init__(self, agent: Intake, shared: Shared) -> None:
        self._agent, self._shared = agent, shared
        self._queue, self._handshake, self._outage = shared.queue, shared.handshake, shared.outage
        self._clock = shared.clock
        self._preparer = Preparer(shared)
        self._groups: deque[Group] = deque()
        self._body: bytes | None = None  # of the first group, once it is encoded
        self._form: encode.Encoding | None = None  # of `_body`, and
        self._native_events = False  # whether its events are fields of spans
        self._suspect: Group | None = None  # was refused once, all by itself
        self._aim = Aim()
        self._failures = 0
        self._failed = self._resume = 0

    def step(self) -> bool:
        """Send at most one payload; return False if nothing is due, or it must be tried later."""
        self._outage.settle()
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

    def patience(self) -> int:
        """Return the nanoseconds until there may be something to do."""
        now = self._clock.monotonic()
        due = now + IDLE_WAIT
        if self._groups:
            due = now
        elif self._queue:
            due = self._queue.oldest + FLUSH_AFTER
        return max(0, min(max(due, self._retry_at()) - now, IDLE_WAIT))

    def _retry_at(self) -> int:
        """Return the monotonic time before which nothing is sent."""
        resume = self._resume
        if self._shared.flushing:
            resume = min(resume, self._failed + DRAIN_DELAY)
        return max(resume, self._outage.spared_until)

    def _gather(self) -> bool:
        """Make a group of what is queued, if it is due; return whether there is one."""
        queue, sizes = self._queue, self._shared.sizes
        waited = self._clock.monotonic() - queue.oldest
        if not (self._shared.gathered or waited >= FLUSH_AFTER or self._shared.flushing):
            return False
        wanted = min(self._aim.bytes, self._handshake.limit)
        spans = min(PAYLOAD_SPANS, sizes.spans(wanted))
        group = self._preparer.ready(queue.take(max(1, spans), max(1, sizes.lines(wanted))))
        self._put_first(group)
        return bool(group)

    def _put_first(self, *groups: Group) -> None:
        """Put groups before all others, empty ones left out."""
        self._groups.extendleft(group for group in reversed(groups) if group)
        self._body = None

    def _replace(self, *groups: Group) -> None:
        """Put groups in the place of the first one."""
        self._groups.popleft()
        self._put_first(*groups)

    # ── one exchange ──────────────────────────────────────────────────────────────────────────────

    def _exchange(self, group: Group) -> None:
        """Send the first group, and do with it what the Agent says; raises AgentUnavailable."""
        form, limit = self._handshake.form(self._agent), self._handshake.limit
        native_events = self._handshake.native_events
        if (form, native_events) != (self._form, self._native_events):
            self._form, self._native_events, self._body = form, native_events, None
        try:
            body = self._body = self._body or self._encoded(group, form)
        except _UNENCODABLE as error:
            self._find_guilty(group, AgentRejected(f"cannot be encoded: {error}", 400), False)
            return
        if len(body) > limit or (len(body) > LARGEST_BYTES and len(group) > 1):
            self._lighten(group, AgentRejected(f"{len(body)} bytes; the Agent takes {limit}", 413))
            return
        try:
            reply = self._agent.send(body, form.content_type, form.path, len(group))
        except AgentRejected as error:
            self._outage.objected(str(error))
            self._take_apart(group, error)
            return
        self._answered()
        self._replace()
        self._aim.taken(len(body))
        self._shared.telemetry.payload_shipped(len(group), count_spans(group), len(body))
        self._queue.settle(group)
        self._handshake.heard(reply, form)

    def _encoded(self, group: Group, form: encode.Encoding) -> bytes:
        body = form.encode(self._preparer.chunks(group, self._native_events))
        self._shared.sizes.learn(count_spans(group), count_bytes(group), len(body))
        return body

    def _answered(self) -> None:
        """Take note that the Agent had an answer for the first group, or to what it takes of it."""
        if self._failures:
            self._failures = self._resume = 0
        self._outage.ended()

    def _back_off(self, error: AgentUnavailable) -> None:
        """Leave the Agent alone for a while, and the payload as it is: half of it if it was too slow."""
        if error.slow and (halves := by_traces(self._groups[0])):
            self._aim.refused(len(self._body or b""))
            self._replace(*halves)
        self._failures += 1
        delay = backoff.delay(self._failures, self._shared.chance())
        self._failed = self._clock.monotonic()
        self._resume = self._failed + delay
        self._handshake.forget()
        self._outage.failed(str(error), delay, error.retry_after)

    # ── what was refused ──────────────────────────────────────────────────────────────────────────

    def _take_apart(self, group: Group, error: AgentRejected) -> None:
        """Change what the Agent objects to; raises AgentUnavailable if it is not the payload."""
        if error.status in (404, 415) and self._form:
            self._handshake.refused(self._form, error.status)
            self._body = None
        elif error.status == 413:
            self._aim.refused(len(self._body or b""))
            if count_spans(group) == 1:
                self._probe()
            self._lighten(group, error)
        else:
            self._find_guilty(group, error)

    def _lighten(self, group: Group, error: AgentRejected) -> None:
        """Put two halves in the place of the first group; drop a single span, too large by itself."""
        self._answered()
        if halves := by_spans(group):
            self._replace(*halves)
        else:
            self._replace()
            self._preparer.drop(group, Drop.TOO_LARGE, error)

    def _find_guilty(self, group: Group, error: AgentRejected, sent: bool = True) -> None:
        """Leave out what is known to be wrong; else halve; else drop the one trace that is left.

        Args:
            group: the first group.
            error: what is wrong with it.
            sent: whether it is the Agent that says so.
        """
        before = count_spans(group)
        kept = self._preparer.examined(group)
        if count_spans(kept) < before:
            self._replace(kept)
        elif halves := by_traces(kept):
            self._replace(*halves)
        elif sent and self._suspect is not group:
            self._suspect = group  # cut on its way, perhaps: once more as it is
            return
        else:
            if sent:
                self._probe()
            self._replace()
            self._preparer.drop(group, Drop.AGENT_REJECTED, error)
        self._answered()

    def _probe(self) -> None:
        """Return if the Agent takes a payload without traces: then the refusal was the trace's fault.

        Raises:
            AgentUnavailable: it would refuse anything, so nothing may be dropped for it.
        """
        form = self._form or encode.V04
        try:
            reply = self._agent.send(form.encode([]), form.content_type, form.path, 0)
        except AgentRejected as error:
            self._suspect = None
            raise AgentUnavailable(f"{error} (it refuses even an empty payload)") from error
        self._handshake.heard(reply, form)  # new rates are said only once
