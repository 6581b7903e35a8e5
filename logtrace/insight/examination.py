"""Reads files and looks closely at some of their lines, and at the traces that these are in.

Called by `logtrace explain`. The files go through the stages as for `convert`; what became of the lines
is what the stages did. Why it became of them is told by `line`. Files are read as often as it takes to
have all lines of a trace at hand: memory holds what is looked at, and what is open. Raises what
`given.Files` raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO

from logtrace import logs
from logtrace.clock import SystemClock
from logtrace.config.model import Config
from logtrace.errors import UsageError
from logtrace.insight.chosen import ChosenDecisions
from logtrace.insight.given import Files, Place, let_go
from logtrace.insight.reading import Reading, Seen
from logtrace.insight.watched import watch
from logtrace.routes import build_keep
from logtrace.stages import Stages
from logtrace.telemetry import Telemetry

MOST_LINES = 200
"""Lines of traces that are read again."""

Open = Callable[[str], AbstractContextManager[BinaryIO]]


class Examination:
    """Some files, which can be read several times.

    Attributes:
        files: of the last reading; they know where a record number's line stands.
    """

    def __init__(
        self, config: Config, files: Sequence[str], source: str | None, open_file: Open
    ) -> None:
        """For `files` and `source` see `given.Files`; `open_file` opens them, each time anew."""
        self._config, self._names, self._source, self._open = config, files, source, open_file
        self.files = self._fresh()

    def look(
        self, places: Sequence[Place], trace_ids: Iterable[int] = (), whole: bool = True
    ) -> Seen:
        """Look at the lines at some places and at their traces, and at the traces of some ids.

        Args:
            places: of lines.
            trace_ids: lower halves of ids of traces.
            whole: whether to read on behind the lines, where the rest of their traces may be.

        Raises:
            UsageError: there is no line at one of the places.
        """
        ids, wanted = frozenset(trace_ids), set[int]()
        seen = self._read(places, wanted, wanted, ids, whole)
        numbers = {self.at(place) for place in places}
        chosen = numbers | {seen.owners.get(number, number) for number in numbers}
        for _ in range(3):
            wanted = {number for trace in seen.traces for number in trace.numbers[:MOST_LINES]}
            wanted |= chosen
            for (number, _), joined in seen.joined.items():
                if number in chosen:
                    wanted.update(joined.numbers[:MOST_LINES], (joined.first,))
                    wanted.update(() if joined.last is None else (joined.last,))
            for first in list(wanted):
                wanted.update(seen.members.get(first, ()))
            if wanted <= seen.lines.keys():
                break
            seen = self._read((), wanted, chosen, ids, whole)
        return seen

    def at(self, place: Place) -> int:
        """Return the record number of the line at a place, once it was read; raises UsageError."""
        number = self.files.number(place)
        if number is None:
            lines = self.files.lines(place.file)
            has = f"it has {lines:,} line{'' if lines == 1 else 's'}"
            raise UsageError(f"{place}: there is no such line; {has}")
        return number

    def _fresh(self) -> Files:
        telemetry = Telemetry(logs.silent(), SystemClock())
        return Files(self._config, self._names, self._source, telemetry, self._open)

    def _read(
        self,
        places: Sequence[Place],
        wanted: set[int],
        chosen: set[int],
        ids: frozenset[int],
        whole: bool,
    ) -> Seen:
        """Read all files once, or until a round after the one with the last line that is wanted.

        The lines at the places are added to `wanted`; the traces of the `chosen` ones are looked at.
        """
        files = self.files = self._fresh()
        stages = Stages(self._config, Telemetry(logs.silent(), SystemClock()))
        decisions = stages.assembler.decisions = ChosenDecisions(build_keep(self._config))
        reading = Reading(self._config, stages.routes, decisions, wanted, chosen, ids)
        watch(stages, reading, self._config.traces.max_open)
        rounds = 0
        for batches, behind in files.rounds():
            for batch in batches:
                for place in places:
                    first = files.place(batch.first)
                    if place.file == first.file and 0 <= place.line - first.line < len(batch.lines):
                        wanted.add(batch.first + place.line - first.line)
                reading.keep(batch)
                outcome = stages.process(batch)
                reading.take(outcome)
                let_go(stages, outcome)
            outcome = stages.elapse(0, behind)
            reading.take(outcome)
            let_go(stages, outcome)
            rounds += len(reading.seen.lines) >= max(len(places), len(wanted))
            if rounds > 1 and not whole:
                break
        reading.take(stages.flush())
        return reading.seen
