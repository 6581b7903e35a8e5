"""Files that are named on the command line → traces, as they would be sent.

    Files ─ rounds of batches ─▶ Stages ─▶ traces ─ as_sent ─▶ what the Agent would get

Called by `convert` and by what shows the same to a person. Files are read side by side, as the daemon
reads them when it has been away, so that a trace whose lines are in several is one. No Agent, no state,
no clock: what comes out is the same on every machine. Raises UsageError and SourceError for what cannot
be; never for content.
"""

from __future__ import annotations

import fnmatch
import os
import stat
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import BinaryIO, NamedTuple

from logtrace.config.model import Config
from logtrace.encodings import lookup
from logtrace.errors import SourceError, UsageError
from logtrace.model import LineBatch, Trace
from logtrace.ship.event_tag import events_as_tags
from logtrace.ship.findings import Findings, Prepared
from logtrace.ship.normalise import note_shared_ids, prepare
from logtrace.ship.redact import Redactor
from logtrace.source.given import batches
from logtrace.source.heading import Headings
from logtrace.stages import Outcome, Stages
from logtrace.telemetry import Telemetry

AT_ONCE = 200
"""Files that are read side by side; further ones are read after these."""


class Place(NamedTuple):
    """Where a line stands; lines count from 1. Reads `access.log:17`."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Files:
    """The lines of some files, in rounds, and where each of them stands."""

    def __init__(
        self,
        config: Config,
        files: Sequence[str],
        source: str | None,
        telemetry: Telemetry,
        open_file: Callable[[str], AbstractContextManager[BinaryIO]] | None = None,
    ) -> None:
        """Open nothing yet; raises UsageError where it is not clear of which source a file is.

        Args:
            config: whose sources the lines are of.
            files: paths; `-` is standard input.
            source: name of the source that all are of; None: the one whose path matches.
            telemetry: counts what is read.
            open_file: opens them; None: `opened`.
        """
        self.sources = [source_of(config, file, source) for file in files]
        self._files = files
        self._encodings = {each.name: lookup(each.encoding) for each in config.sources}
        self._open = open_file or opened
        self._headings = Headings(config.sources)
        self._telemetry = telemetry
        self._firsts: list[int] = []
        self._places: list[Place] = []
        self._lengths: list[int] = []
        self._numbers = 0

    def rounds(self) -> Iterator[tuple[list[LineBatch], set[str]]]:
        """Yield a batch of each file, and the streams that hold more; raises SourceError."""
        for start in range(0, len(self._files), AT_ONCE):
            with ExitStack() as stack:
                reading = [
                    self._lines(place, stack)
                    for place in range(start, min(start + AT_ONCE, len(self._files)))
                ]
                yield from self._side_by_side(reading)

    def place(self, number: int) -> Place:
        """Return where the line with this record number stands."""
        index = bisect_right(self._firsts, number) - 1
        first = self._places[index]
        return first._replace(line=first.line + number - self._firsts[index])

    def number(self, place: Place) -> int | None:
        """Return the record number of a line that was read, None if there is none at that place."""
        for first, start, lines in zip(self._firsts, self._places, self._lengths, strict=True):
            if start.file == place.file and 0 <= place.line - start.line < lines:
                return first + place.line - start.line
        return None

    def lines(self, file: str) -> int:
        """Return how many lines of a file were read."""
        read = zip(self._places, self._lengths, strict=True)
        return sum(lines for place, lines in read if place.file == file)

    def _side_by_side(
        self, reading: list[Iterator[LineBatch]]
    ) -> Iterator[tuple[list[LineBatch], set[str]]]:
        ahead = [(lines, batch) for lines in reading if (batch := next(lines, None))]
        while ahead:
            some = [batch for _, batch in ahead]
            ahead = [(lines, batch) for lines, _ in ahead if (batch := next(lines, None))]
            behind = {batch.stream for _, batch in ahead}
            for batch in some:
                self._number(batch)
            yield some, behind

    def _lines(self, index: int, stack: ExitStack) -> Iterator[LineBatch]:
        """Yield the batches of one file."""
        file, name = self._files[index], self.sources[index]
        stream = file if file not in self._files[:index] else f"{file} ({index + 1})"
        telemetry = self._telemetry
        damaged = partial(telemetry.archive_damaged, file)
        bytes_of = stack.enter_context(self._open(file))
        encoding, modified = self._encodings[name], _modified(bytes_of)
        found = batches(bytes_of, stream, name, index + 1, encoding, damaged, self._headings)

        def counted() -> Iterator[LineBatch]:
            for batch in found:
                telemetry.lines_read(name, len(batch.lines), len(batch.block))
                telemetry.lines_repaired(batch.cut, "cut")
                telemetry.lines_repaired(batch.repaired, "utf8")
                telemetry.nuls_skipped(name, batch.nuls)
                batch.modified = modified
                yield batch

        return counted()

    def _number(self, batch: LineBatch) -> None:
        """Give the lines of a batch the next numbers; so far they count from 0 in each file."""
        self._firsts.append(self._numbers)
        self._places.append(Place(batch.stream, batch.first + 1))
        self._lengths.append(len(batch.lines))
        batch.first = self._numbers
        self._numbers += len(batch.lines)


def traces(stages: Stages, files: Files) -> Iterator[list[Trace]]:
    """Yield the traces of `files` as they are closed: when their logs say so, else at the end."""
    for some, behind in files.rounds():
        closed: list[Trace] = []
        for batch in some:
            closed += let_go(stages, stages.process(batch))
        yield closed + let_go(stages, stages.elapse(0, behind))
    yield let_go(stages, stages.flush())


def let_go(stages: Stages, outcome: Outcome) -> list[Trace]:
    """Return the traces of an outcome; the stages forget its lines, which nobody acknowledges."""
    shared = stages.shared
    shared.done([*outcome.done, *(number for trace in outcome.traces for number in trace.numbers)])
    return outcome.traces


def _modified(stream: BinaryIO) -> int:
    """Return when a file was modified, 0 for what is none."""
    try:
        status = os.fstat(stream.fileno())
    except OSError:
        return 0
    return status.st_mtime_ns if stat.S_ISREG(status.st_mode) else 0


def as_sent(trace: Trace, redactor: Redactor) -> Prepared:
    """Return what any Agent would be sent of a trace; its spans are changed in place."""
    for span in trace.spans:
        redactor.redact_span(span)
    ends = max(span.start + span.duration for span in trace.spans)
    prepared = prepare(trace.spans, now=ends)  # no clock: what comes out is always the same
    findings = prepared.findings or Findings()
    if trace.shared_ids:
        note_shared_ids(trace, findings)
    events_as_tags(prepared.spans, findings.note)  # an Agent that knows no others gets fewest
    prepared.findings = findings or None
    return prepared


def source_of(config: Config, file: str, wanted: str | None) -> str:
    """Return the name of the source for `file`; raises UsageError when that is not clear."""
    names = [source.name for source in config.sources]
    if wanted is not None:
        if wanted not in names:
            raise UsageError(f"--source: no source is named {wanted!r}; one of {', '.join(names)}")
        return wanted
    path = os.path.abspath(file)
    for source in config.sources:
        if any(fnmatch.fnmatchcase(path, pattern) for pattern in source.path):
            return source.name
    if len(names) == 1:
        return names[0]
    raise UsageError(
        f"{file}: no source's path matches it, and there are several; "
        f"name one with --source: {', '.join(names)}"
    )


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """Open a file named on the command line, `-` being standard input; raises SourceError."""
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = open(file, "rb")  # noqa: SIM115  # closed below, after the error is translated
    except OSError as error:
        raise SourceError(f"{file}: {(error.strerror or str(error)).lower()}") from error
    with stream:
        yield stream
