"""An Agent without a network, for tests of the shipper alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from logtrace.errors import AgentRejected, AgentUnavailable
from logtrace.model import Span
from logtrace.ship.replies import Info, Reply
from logtrace.web.decoder import Refused, decode

DOWN = 0
"""A scripted outcome: nobody answers."""


class FakeIntake:
    """Takes what a `Shipper` sends, or does what its script says.

    Attributes:
        script: outcomes of the next payloads: 200, another status, or `DOWN`; then all is taken.
        refuse: answers 400 to payloads with a span for which it holds.
        largest: bytes above which payloads are answered with 413.
        infos: what /info says, one after the other; the last one stays. None: nobody answers.
        sent: each payload, as lists of spans, whatever became of it, with its path and count.
        sizes: the bytes of each of these.
        taken: the spans of the payloads that were taken.
        state: what replies say of the state of /info, and
        rates: of sampling rates.
    """

    url = "http://fake:8126"

    def __init__(self, *script: int) -> None:
        self.script = list(script)
        self.refuse: Callable[[Span], bool] = lambda span: False
        self.largest = 25 * 2**20
        self.infos: list[Info | None] = [Info("7", ("/v0.3/traces", "/v0.4/traces"))]
        self.asked = 0
        self.sent: list[tuple[str, int, list[list[Span]]]] = []
        self.sizes: list[int] = []
        self.taken: list[Span] = []
        self.state = ""
        self.retry_after = 0
        self.rates: dict[str, float] = {}

    def info(self) -> Info:
        self.asked += 1
        info = self.infos.pop(0) if len(self.infos) > 1 else self.infos[0]
        if info is None:
            raise AgentUnavailable("fake: nobody there")
        return info

    def send(self, body: bytes, content_type: str, path: str, trace_count: int) -> Reply:
        try:
            traces = decode(body, content_type, path)
        except Refused as error:
            raise AgentRejected(str(error), error.status) from error
        self.sent.append((path, trace_count, traces))
        self.sizes.append(len(body))
        outcome = self.script.pop(0) if self.script else 200
        if outcome in (DOWN, 408, 429, 503):
            raise AgentUnavailable(f"fake: {outcome}", self.retry_after, slow=outcome == 408)
        if len(body) > self.largest:
            outcome = 413
        elif outcome == 200 and any(map(self.refuse, flat(traces))):
            outcome = 400
        if outcome != 200:
            raise AgentRejected(f"fake: {outcome}: says why", outcome)
        self.taken += flat(traces)
        return Reply(self.rates, self.state)

    @property
    def ids(self) -> list[int]:
        """The trace ids of the spans that were taken, in order."""
        return [span.trace_id for span in self.taken]


def flat(traces: Iterable[list[Span]]) -> list[Span]:
    """Return the spans of traces as one list."""
    return [span for trace in traces for span in trace]
