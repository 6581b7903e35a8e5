"""Files that are named on the command line → line batches; traces → as they would be sent.

Called by `convert` and by what shows the same to a person. No Agent, no state, no clock: what comes out
is the same on every machine. Raises UsageError and SourceError for what cannot be; never for content.
"""

from __future__ import annotations

import fnmatch
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO

from logtrace.config.model import Config
from logtrace.encodings import lookup
from logtrace.errors import SourceError, UsageError
from logtrace.model import LineBatch, Trace
from logtrace.ship.findings import Prepared
from logtrace.ship.normalise import prepare
from logtrace.ship.redact import Redactor
from logtrace.source.given import batches
from logtrace.source.heading import Headings
from logtrace.telemetry import Telemetry


def read(
    config: Config, files: Sequence[str], source: str | None, telemetry: Telemetry
) -> Iterator[LineBatch]:
    """Yield the lines of `files`, one after the other; the batch's stream is the file's name.

    Args:
        config: whose sources the lines are of.
        files: paths; `-` is standard input.
        source: name of the source that all are of; None: the one whose path matches.
        telemetry: counts what is read.
    """
    encodings = {each.name: lookup(each.encoding) for each in config.sources}
    headings = Headings(config.sources)
    chosen = [source_of(config, file, source) for file in files]
    first = 0
    for place, (file, name) in enumerate(zip(files, chosen, strict=True), start=1):
        with opened(file) as stream:
            damaged = partial(telemetry.archive_damaged, file)
            for batch in batches(stream, file, name, place, encodings[name], damaged, headings):
                telemetry.lines_read(name, len(batch.lines), len(batch.block))
                telemetry.lines_repaired(batch.cut, "cut")
                telemetry.lines_repaired(batch.repaired, "utf8")
                telemetry.nuls_skipped(name, batch.nuls)
                batch.first = first
                first += len(batch.lines)
                yield batch


def as_sent(trace: Trace, redactor: Redactor) -> Prepared:
    """Return what would be sent of a trace; its spans are changed in place."""
    for span in trace.spans:
        redactor.redact_span(span)
    ends = max(span.start + span.duration for span in trace.spans)
    return prepare(trace.spans, now=ends)  # no clock: what comes out is always the same


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
