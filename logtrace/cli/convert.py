"""`logtrace convert`: logs in, Agent v0.3 JSON out. The pure function: no Agent, no state, no clock."""

from __future__ import annotations

import fnmatch
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

import click

from logtrace.cli.options import config_option
from logtrace.errors import SourceError, UsageError

if TYPE_CHECKING:
    from logtrace.config.model import Config
    from logtrace.model import Trace
    from logtrace.ship.findings import Findings
    from logtrace.ship.redact import Redactor
    from logtrace.telemetry import Telemetry


@click.command("convert")
@config_option
@click.option("--source", metavar="NAME", help="Source whose rules to use, whatever the path.")
@click.option(
    "--report", is_flag=True, help="Say on standard error what was changed, why, and one of each."
)
@click.argument("files", nargs=-1, type=click.Path())
def command(config: str, source: str | None, report: bool, files: tuple[str, ...]) -> None:
    """Turn log FILES (or - for standard input) into traces: a JSON array of traces on stdout.

    The source is the one whose path matches the file, else the only one. What became of the lines is
    said on standard error. The traces are what the Agent would keep: spelt, cut, and without what it
    would refuse. Derived ids start from a file's place on the command line, so the same
    command gives the same output on every machine.
    """
    from logtrace import config as configuration
    from logtrace import logs
    from logtrace.cli.report import changes, lost
    from logtrace.clock import SystemClock
    from logtrace.model import Drop
    from logtrace.pipeline import build_redactor
    from logtrace.ship.findings import Findings
    from logtrace.telemetry import Telemetry
    from logtrace.web.text import count_text

    loaded = configuration.load(config, os.environ)
    telemetry = Telemetry(logs.silent(), SystemClock())
    traces = convert(loaded, files or ("-",), source, telemetry)
    findings = Findings()
    written = write(traces, findings, build_redactor(loaded))
    telemetry.spans_dropped(Drop.AGENT_WOULD_REFUSE, sum(findings.refused.values()))
    parts = [count_text(telemetry.total("lines_read"), "line"), written, *lost(telemetry)]
    click.echo("; ".join(parts), err=True)
    if report:
        for line in changes(findings):
            click.echo(line, err=True)


def convert(
    config: Config, files: tuple[str, ...], source: str | None, telemetry: Telemetry
) -> Iterator[list[Trace]]:
    """Yield the traces of `files` as they are closed."""
    from logtrace.encodings import lookup
    from logtrace.pipeline import Stages
    from logtrace.source.given import batches

    encodings = {each.name: lookup(each.encoding) for each in config.sources}
    stages = Stages(config, telemetry)
    chosen = [source_of(config, file, source) for file in files]
    for place, (file, name) in enumerate(zip(files, chosen, strict=True), start=1):
        with opened(file) as stream:
            damaged = partial(telemetry.archive_damaged, file)
            for batch in batches(stream, file, name, place, encodings[name], damaged):
                telemetry.lines_read(name, len(batch.lines), len(batch.block))
                telemetry.lines_repaired(batch.cut, "cut")
                telemetry.lines_repaired(batch.repaired, "utf8")
                telemetry.nuls_skipped(name, batch.nuls)
                yield stages.process(batch).traces
    yield stages.flush().traces


def write(chunks: Iterator[list[Trace]], findings: Findings, redactor: Redactor) -> str:
    """Write traces as the body of one PUT to /v0.3/traces, one a line; return how many they were.

    Args:
        chunks: the traces; they are prepared as the shipper would.
        findings: gets what was changed and what was left out.
        redactor: takes out what must not leave.
    """
    from logtrace.cli.report import spans_in_traces
    from logtrace.ship.encode import trace_json
    from logtrace.ship.normalise import prepare

    out = sys.stdout.buffer
    out.write(b"[")
    separator = b"\n"
    spans_written, traces_written = 0, 0
    for traces in chunks:
        for trace in traces:
            for span in trace.spans:
                redactor.redact_span(span)
            ends = max(span.start + span.duration for span in trace.spans)
            prepared = prepare(trace.spans, now=ends)  # no clock: what comes out is always the same
            if prepared.findings:
                findings.add(prepared.findings)
            if not prepared.spans:
                continue
            out.write(separator + trace_json(prepared.spans))
            separator = b",\n"
            spans_written += len(prepared.spans)
            traces_written += 1
    out.write(b"\n]\n")
    out.flush()
    return spans_in_traces(spans_written, traces_written)


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
