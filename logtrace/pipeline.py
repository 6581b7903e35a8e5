"""READ THIS FIRST: how the stages are joined.

    files ─▶ source ─▶ parse ─▶ mapping ─▶ assemble ─▶ ship ─▶ Agent
               ▲       ╰─────────── stages ──────────╯   │
               └──────────── record numbers ◀────────────┘

`stages.Stages` is the pure middle. `Pipeline` puts a source before it and a shipper behind it, and
keeps the one promise that crosses all stages: each line that the source hands out is given back
exactly once, when it gave nothing or when the shipper is done with it. Until then it is open in the
ledger and is read again after a crash.

Thread: everything here runs in the pipeline thread; only `Shipper.offer`, `has_room` and `take_done`
touch what the shipper's thread touches too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from logtrace.clock import Clock
from logtrace.model import LineBatch, Trace
from logtrace.stages import Outcome, Stages


class Source(Protocol):
    """What the pipeline needs of a source; see `logtrace.source.files.LogFiles`."""

    @property
    def behind(self) -> Collection[str]:
        """Streams that held unread data after the last round."""
        ...

    def read(self) -> list[LineBatch]:
        """Return the batches of one fair round; empty when there is nothing to read now."""
        ...

    def look(self) -> None:
        """Keep up with what happens to the source's files without reading: there is no room."""
        ...

    def release(self, numbers: Iterable[int]) -> None:
        """Take back record numbers: their lines need never be read again."""
        ...

    def tie(self, number: int, others: range) -> None:
        """Take note that lines are given back when the line `number` is: they are one record."""
        ...

    def commit(self, force: bool = False) -> None:
        """Write the checkpoint if it is due."""
        ...


class Sink(Protocol):
    """What the pipeline needs of a shipper; see `logtrace.ship.shipper.Shipper`."""

    @property
    def rates(self) -> Mapping[str, float]:
        """The Agent's sampling rates; the same object until they change."""
        ...

    def offer(self, traces: list[Trace]) -> None:
        """Take traces over."""
        ...

    def has_room(self) -> bool:
        """Return whether more traces may be offered; if not, the pipeline stops reading."""
        ...

    def take_done(self) -> list[int]:
        """Return the record numbers that are done since the last call."""
        ...


class Pipeline:
    """A source, the stages, and a shipper."""

    def __init__(self, source: Source, stages: Stages, shipper: Sink, clock: Clock) -> None:
        self.source = source
        self.stages = stages
        self.shipper = shipper
        self._clock = clock
        self._stepped: int | None = None

    def step(self) -> bool:
        """Do one round; return whether lines were read.

        While the shipper has no room nothing is read and no time passes for open traces: the log
        keeps the lines, and a trace must not seem quiet only because nobody looked.
        """
        self.source.release(self.stages.shared.done(self.shipper.take_done()))
        self.stages.assembler.rates = self.shipper.rates
        batches = []
        if self.shipper.has_room():
            batches = self.source.read()
            for batch in batches:
                self._hand_on(self.stages.process(batch))
            self._hand_on(self.stages.elapse(self._elapsed(), self.source.behind))
        else:
            self._stepped = None
            self.source.look()
        self.source.commit()
        return bool(batches)

    def flush(self) -> None:
        """Close and offer everything that is open: the end of a `--once` run."""
        self._hand_on(self.stages.flush())

    def settle(self) -> None:
        """Take back what the shipper is done with and write the checkpoint now."""
        self.source.release(self.stages.shared.done(self.shipper.take_done()))
        self.source.commit(force=True)

    def _hand_on(self, outcome: Outcome) -> None:
        for number, others in outcome.ties:
            self.source.tie(number, others)
        self.source.release(self.stages.shared.done(outcome.done))
        self.shipper.offer(outcome.traces)

    def _elapsed(self) -> int:
        """Return the nanoseconds since the last step, 0 after a pause."""
        now = self._clock.monotonic()
        elapsed = now - (self._stepped if self._stepped is not None else now)
        self._stepped = now
        return elapsed
