"""One request to the Agent at a time, and what becomes of the traces in it.

    queue ─▶ group ─ exchange ─▶ taken ───▶ done
               ▲  │              refused ─▶ done, counted as a loss, put into quarantine
               └──┴── halved ◀── too large, or one of many is refused

A *group* is one payload's traces. The first group is in flight, others wait behind it: there are several
only while a refused payload is taken apart. A lane is *idle* (nothing due), *sending*, or *backing off*:
the Agent takes nothing now, the same payload is tried again, for ever. `Shipper` has a lane for each
request that may be in flight; what they share (queue, handshake, outage) is locked by itself.

Thread: one for each lane.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from logtrace.clock import MILLISECOND, SECOND, Clock
from logtrace.errors import AgentRejected, AgentUnavailable
from logtrace.model import Drop, Span, Trace
from logtrace.ship import backoff, encode, normalise
from logtrace.ship.agent import Info, Reply
from logtrace.ship.ages import Ages
from logtrace.ship.event_tag import events_as_tags
from logtrace.ship.findings import Findings, Prepared
from logtrace.ship.handshake import PAYLOAD_BYTES, Handshake
from logtrace.ship.outage import Outage
from logtrace.ship.quarantine import Quarantine
from logtrace.ship.queue import Queue, count_spans
from logtrace.ship.redact import Redactor
from logtrace.telemetry import Telemetry

FLUSH_SPANS = 1_000
"""A payload is due when so many spans wait: below, the cost of an exchange shows."""

FLUSH_AFTER = 200 * MILLISECOND
"""A payload is due when its oldest trace waited so long."""

PAYLOAD_SPANS = 2_000
"""What a payload aims at, beside its bytes."""

DRAIN_DELAY = SECOND
"""The longest wait between two attempts while someone waits in `drain`."""

IDLE_WAIT = 500 * MILLISECOND
"""How long a lane rests at most before it looks for work, or at `stop`, again."""

Group = list[Trace]
Prepare = Callable[[list[Span], int], Prepared]


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
    handshake: Handshake
    outage: Outage
    ages: Ages
    quarantine: Quarantine | None
    telemetry: Telemetry
    clock: Clock
    chance: Callable[[], float]
    redactor: Callable[[], Redactor] | None = None
    flushing: bool = False


class Lane:
    """One connection.

    Attributes:
        span_bytes: how large an encoded span is, going by those before.
    """

    def __init__(self, agent: Intake, shared: Shared) -> None:
        self.span_bytes = 500
        self._agent, self._shared = agent, shared
        self._queue, self._handshake, self._outage = shared.queue, shared.handshake, shared.outage
        self._clock, self._telemetry = shared.clock, shared.telemetry
        self._redactor = shared.redactor() if shared.redactor else None
        self._groups: deque[Group] = deque()
        self._body: bytes | None = None  # of the first group, once it is encoded
        self._form: encode.Encoding | None = None  # of `_body`, and
        self._native_events = False  # whether its events are fields of spans
        self._suspect: Group | None = None  # was refused once, all by itself
        self._aim = PAYLOAD_BYTES
        self._failures = 0
        self._failed = self._resume = 0

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

    def patience(self) -> int:
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
        if self._shared.flushing:
            return min(self._resume, self._failed + DRAIN_DELAY)
        return self._resume

    def _gather(self) -> bool:
        """Make a group of what is queued, if it is due; return whether there is one."""
        queue = self._queue
        waited = self._clock.monotonic() - queue.oldest
        if not (queue.spans >= FLUSH_SPANS or waited >= FLUSH_AFTER or self._shared.flushing):
            return False
        wanted = min(self._aim, self._handshake.limit) // self.span_bytes
        group = queue.take(max(1, min(PAYLOAD_SPANS, wanted)))
        group, skipped = self._shared.ages.sift(group)
        if skipped:
            queue.settle(skipped)
        self._redact(group)
        group = self._prepared(group, normalise.prepare)
        self._put_first(group)
        return bool(group)

    def _put_first(self, *groups: Group) -> None:
        """Put groups before all others, empty ones left out."""
        self._groups.extendleft(group for group in reversed(groups) if group)
        self._body = None

    def _replace(self, *groups: Group) -> None:
        """Put groups in the place of the first one, for which the Agent had an answer."""
        if self._failures:
            self._failures = self._resume = 0
        self._outage.ended()
        self._groups.popleft()
        self._put_first(*groups)

    # ── one exchange ──────────────────────────────────────────────────────────────────────────────

    def _exchange(self, group: Group) -> None:
        """Send the first group, and do with it what the Agent says; raises AgentUnavailable."""
        try:
            form = self._handshake.form(self._agent)
            native_events, limit = self._handshake.native_events, self._handshake.limit
            if (form, native_events) != (self._form, self._native_events):
                self._form, self._native_events, self._body = form, native_events, None
            body = self._body = self._body or self._encoded(group, form)
            if len(body) > limit:
                raise AgentRejected(f"{len(body)} bytes; the Agent takes {limit}", 413)
            reply = self._agent.send(body, form.content_type, form.path, len(group))
        except AgentRejected as error:
            self._outage.objected(str(error))
            self._take_apart(group, error)
            return
        self._replace()
        self._telemetry.payload_shipped(len(group), count_spans(group), len(body))
        self._queue.settle(group)
        self._handshake.heard(reply)

    def _encoded(self, group: Group, form: encode.Encoding) -> bytes:
        chunks = [trace.spans for trace in group]
        try:
            if not self._native_events:
                found = Findings()
                chunks = [events_as_tags(spans, found.note) for spans in chunks]
                self._count(found)
            body = form.encode(chunks)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise AgentRejected(f"cannot be encoded: {error}", 400) from error
        self.span_bytes = max(1, (3 * self.span_bytes + len(body) // count_spans(group)) // 4)
        return body

    def _back_off(self, error: AgentUnavailable) -> None:
        """Leave the payload as it is, and the Agent alone for a while."""
        now = self._clock.monotonic()
        self._failures += 1
        delay = backoff.delay(self._failures, self._shared.chance(), error.retry_after)
        self._failed, self._resume = now, now + delay
        self._handshake.forget()
        self._outage.failed(str(error), delay)

    # ── what was refused ──────────────────────────────────────────────────────────────────────────

    def _take_apart(self, group: Group, error: AgentRejected) -> None:
        """Change what the Agent objects to; raises AgentUnavailable if it is not the payload."""
        if error.status in (404, 415) and self._form:
            self._handshake.refused(self._form, error.status)
            self._body = None
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
        kept = self._prepared(group, normalise.examine)
        if count_spans(kept) < before:
            self._replace(kept)
        elif len(kept) > 1:
            self._replace(*_halved(kept))
        elif self._suspect is not group:
            self._suspect = group  # cut on its way, perhaps: once more as it is
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
            self._suspect = None
            raise AgentUnavailable(f"{error} (it refuses even an empty payload)") from error

    def _drop(self, reason: Drop, error: AgentRejected) -> None:
        """Count the first group, a single trace, as lost."""
        group = self._groups[0]
        self._replace()
        self._telemetry.spans_dropped(reason, count_spans(group), str(error))
        if self._shared.quarantine is not None:
            for trace in group:
                self._shared.quarantine.put(trace, str(error))
        self._queue.settle(group)

    def _redact(self, group: Group) -> None:
        """Take out of the spans what must not leave."""
        if self._redactor is None or not self._redactor.seeks:
            return
        self._redactor.redact_spans([span for trace in group for span in trace.spans])
        for rule, count in self._redactor.take_counts().items():
            self._telemetry.texts_redacted(rule, count)

    def _prepared(self, group: Group, prepare: Prepare) -> Group:
        """Return the traces of `group` as the Agent keeps them; count what that took."""
        now = self._clock.now()
        kept = []
        found = Findings()
        for trace in group:
            prepared = prepare(trace.spans, now)
            if prepared.findings is not None:
                found.add(prepared.findings)
                lost = len(trace.spans) - len(prepared.spans)
                if not prepared.spans:
                    self._queue.settle([trace])
                    continue
                self._queue.forget(lost)
                trace.spans = prepared.spans
            if trace.shared_ids:
                normalise.note_shared_ids(trace, found)
            kept.append(trace)
        self._count(found)
        return kept

    def _count(self, found: Findings) -> None:
        for rewrite, count in found.rewritten.items():
            self._telemetry.spans_rewritten(rewrite, count)
        for refusal, count in found.refused.items():
            self._telemetry.spans_refused(refusal, count, found.refusals[refusal])


def _halved(group: Group) -> tuple[Group, Group]:
    middle = len(group) // 2
    return group[:middle], group[middle:]
