"""`logtrace convert`: logs in, Agent v0.3 JSON out. The pure function: no Agent, no state, no clock."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from logtrace.cli.options import loaded, rules_options

if TYPE_CHECKING:
    from logtrace.config.model import Config
    from logtrace.model import Trace
    from logtrace.ship.findings import Findings
    from logtrace.ship.redact import Redactor
    from logtrace.telemetry import Telemetry


@click.command("convert")
@rules_options
@click.option(
    "--report", is_flag=True, help="Say on standard error what was changed, why, and one of each."
)
@click.argument("files", nargs=-1, type=click.Path())
def command(
    config: str, preset: str | None, source: str | None, report: bool, files: tuple[str, ...]
) -> None:
    """Turn log FILES (or - for standard input) into traces: a JSON array of traces on stdout.

    The source is the one whose path matches the file, else the only one. What became of the lines is
    said on standard error. The traces are what the Agent would keep: spelt, cut, and without what it
    would refuse. Derived ids start from a file's place on the command line, so the same
    command gives the same output on every machine.
    """
    from logtrace import logs
    from logtrace.cli.report import changes, lost
    from logtrace.clock import SystemClock
    from logtrace.model import Drop
    from logtrace.routes import build_redactor
    from logtrace.ship.findings import Findings
    from logtrace.telemetry import Telemetry
    from logtrace.web.text import count_text

    configured = loaded(config, preset)
    telemetry = Telemetry(logs.silent(), SystemClock())
    traces = convert(configured, files or ("-",), source, telemetry)
    findings = Findings()
    written = write(traces, findings, build_redactor(configured))
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
    from logtrace.insight import given
    from logtrace.stages import Stages

    stages = Stages(config, telemetry)
    yield from given.traces(stages, given.Files(config, files, source, telemetry))


def write(chunks: Iterator[list[Trace]], findings: Findings, redactor: Redactor) -> str:
    """Write traces as the body of one PUT to /v0.3/traces, one a line; return how many they were.

    Args:
        chunks: the traces; they are prepared as the shipper would.
        findings: gets what was changed and what was left out.
        redactor: takes out what must not leave.
    """
    from logtrace.cli.report import spans_in_traces
    from logtrace.insight.given import as_sent
    from logtrace.logs import escape_json
    from logtrace.ship.encode import trace_json

    out = sys.stdout.buffer
    separator = b"[\n"  # nothing is written before there is a trace: files may be missing
    spans_written, traces_written = 0, 0
    for traces in chunks:
        for trace in traces:
            prepared = as_sent(trace, redactor)
            if prepared.findings:
                findings.add(prepared.findings)
            if not prepared.spans:
                continue
            out.write(separator + escape_json(trace_json(prepared.spans)))
            separator = b",\n"
            spans_written += len(prepared.spans)
            traces_written += 1
    out.write(b"\n]\n" if traces_written else b"[\n]\n")
    out.flush()
    return spans_in_traces(spans_written, traces_written)
