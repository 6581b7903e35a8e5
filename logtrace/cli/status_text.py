"""The document of a running daemon as a person reads it; drawn by `logtrace status`.

What matters comes first, what is wrong is coloured, and what did not happen is not mentioned. Counters
without words of their own are listed as they are, so that a new one is never hidden.
"""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from logtrace.admin.document import EventStatus, FileStatus, SourceStatus, Status
from logtrace.cli import figures
from logtrace.cli.figures import DASH, ago, by_label, safe, size, span
from logtrace.web.text import count_text

STALE = 15.0
"""Seconds after which a pipeline that has put up no snapshot looks stuck."""

BAD, ODD, GOOD = "bold red", "yellow", "green"

WORDED = {
    "lines_read",
    "bytes_read",
    "lines_rejected",
    "lines_unmatched",
    "lines_ignored",
    "lines_repaired",
    "payloads_shipped",
    "traces_shipped",
    "spans_shipped",
    "bytes_shipped",
    "spans_dropped",
    "spans_refused",
    "spans_rewritten",
    "texts_redacted",
    "bytes_lost",
    "traces_closed",
    "spans_closed",
    "traces_kept",
    "traces_not_kept",
}
"""Counters that have a place of their own in the picture."""

Rates = dict[str, float]
"""What happens in a second, by counter; of a source: by `counter source`."""


def draw(
    status: Status, width: int, files: int, rates: Rates | None = None
) -> list[RenderableType]:
    """Return the parts of the picture.

    Args:
        status: the document.
        width: columns there are.
        files: how many files to show.
        rates: what happened in a second lately; None: not known.
    """
    parts: list[RenderableType] = [figures.facts(_facts(status, rates)), ""]
    parts.append(_sources(status, width, rates))
    shown = [file for file in status.files if _is_of_interest(file)] or status.files
    if shown and files:
        parts += ["", _files(shown[:files], status, width)]
        if status.files_known > files:
            parts.append(Text(f"of {status.files_known:,} files; --files shows more", "dim"))
    if status.events:
        parts += ["", Text("last warnings and errors", "bold")]
        parts.append(figures.facts(_event(event, status.now) for event in status.events[:10]))
    return parts


def _is_of_interest(file: FileStatus) -> bool:
    return file.state != "read" or file.unread_bytes > 0


def _facts(status: Status, rates: Rates | None) -> list[tuple[str, str | Text]]:
    config = status.config
    reloads = f", {count_text(config.reloads, 'reload')}" if config.reloads else ""
    return [
        ("daemon", _daemon(status)),
        ("", _stuck(status)),
        (
            "config",
            f"{safe(config.path, 4096)}, loaded {ago(config.loaded_at, status.now)}{reloads}",
        ),
        ("state", safe(status.state, 4096)),
        ("Agent", _agent(status)),
        ("", _objection(status)),
        ("queue", _queue(status)),
        ("open", _open(status)),
        ("rates", _rates(rates) if rates is not None else ""),
        ("shipped", _shipped(status)),
        ("sampled", _sampled(status)),
        ("lost", _lost(status)),
        ("not used", _not_used(status)),
        ("changed", _counted(status, "spans_rewritten")),
        ("redacted", _counted(status, "texts_redacted")),
        ("repaired", _counted(status, "lines_repaired")),
        ("also", _others(status)),
    ]


def _daemon(status: Status) -> Text:
    memory = f", {size(status.memory_bytes)}" if status.memory_bytes else ""
    return Text.assemble(
        f"logtrace {safe(status.version, 40)}, ",
        (safe(status.phase, 40), GOOD if status.phase == "running" else ODD),
        f" for {span(status.uptime_secs)}, pid {status.pid}; CPU {span(status.cpu_secs)}{memory}",
    )


def _stuck(status: Status) -> Text | str:
    age = status.pipeline.snapshot_age_secs
    if status.pipeline.snapshot_at is None:
        return Text("the pipeline has not made its first round yet", ODD)
    if age < STALE:
        return ""
    return Text(
        f"the pipeline has not moved for {span(age)}: it is stuck, or this machine is overloaded; "
        "what follows is as of then",
        BAD,
    )


def _agent(status: Status) -> Text:
    agent = status.agent
    url = safe(agent.url)
    if agent.reachable is None:
        return Text(f"{url}: nothing was sent yet")
    since = f" for {ago(agent.since, status.now).removesuffix(' ago')}" if agent.since else ""
    if not agent.reachable:
        retry = f"; tries again in {span(agent.retry_in_secs)}" if agent.retry_in_secs else ""
        return Text(f"{url}: away{since}{retry}; nothing is read meanwhile", BAD)
    version = f"version {safe(agent.version, 40)}, " if agent.version else ""
    if agent.unsteady:
        return Text(f"{url}: takes payloads again{since}, not steadily yet", ODD)
    return Text.assemble(
        f"{url}: ",
        ("reachable", GOOD),
        f"{since}, {version}{safe(agent.endpoint, 40)}",
    )


def _objection(status: Status) -> Text | str:
    agent = status.agent
    if not agent.last_error:
        return ""
    when = ago(agent.last_error_at, status.now)
    return Text(f"{when}: {safe(agent.last_error)}", ODD if agent.reachable is False else "dim")


def _queue(status: Status) -> Text:
    shipper = status.shipper
    parts = []
    if shipper.queued_spans or shipper.in_flight_spans:
        parts.append(f"{count_text(shipper.queued_spans, 'span')} queued")
        parts.append(f"{shipper.in_flight_spans:,} in flight")
    else:
        parts.append("empty")
    last = ago(shipper.shipped_at, status.now)
    parts.append(f"last payload {last}" if last else "no payload yet")
    if not shipper.has_room and status.agent.reachable is not False:
        return Text.assemble(", ".join(parts), ("; full: reading waits", ODD))
    return Text(", ".join(parts))


def _open(status: Status) -> Text:
    pipeline = status.pipeline
    parts = [
        f"{count_text(pipeline.open_traces, 'trace')} of {count_text(pipeline.open_spans, 'span')}",
        count_text(pipeline.half_spans, "half-span"),
    ]
    if pipeline.learnt_waits:
        longest = max((wait.wait_secs for wait in pipeline.longest_waits), default=0)
        waits = count_text(pipeline.learnt_waits, "learnt wait")
        parts.append(f"{waits} of up to {span(longest)}")
    many = max(pipeline.open_traces, pipeline.half_spans) * 2 > pipeline.max_open > 0
    bound = f" (at most {pipeline.max_open:,} may be open)" if many else ""
    return Text.assemble(", ".join(parts), (bound, ODD))


def _rates(rates: Rates) -> str:
    return (
        f"{rates.get('lines_read', 0):,.0f} lines/s, {size(rates.get('bytes_read', 0))}/s read; "
        f"{rates.get('spans_shipped', 0):,.0f} spans/s, {size(rates.get('bytes_shipped', 0))}/s shipped"
    )


def _shipped(status: Status) -> str:
    return (
        f"{count_text(_total(status, 'spans_shipped'), 'span')} in "
        f"{count_text(_total(status, 'traces_shipped'), 'trace')}, "
        f"{count_text(_total(status, 'payloads_shipped'), 'payload')}, "
        f"{size(_total(status, 'bytes_shipped'))}"
    )


def _sampled(status: Status) -> str:
    """Return what `traces.keep` made of the traces."""
    parts = []
    for counter, word in (("traces_kept", "kept"), ("traces_not_kept", "not kept")):
        if count := _total(status, counter):
            parts.append(f"{count_text(count, 'trace')} {word} ({_counted(status, counter)})")
    return ", ".join(parts)


def _lost(status: Status) -> Text:
    parts = []
    if spans := _counted(status, "spans_dropped"):
        refused = _counted(status, "spans_refused")
        parts.append(f"spans: {spans}" + (f" (refused: {refused})" if refused else ""))
    if gone := _total(status, "bytes_lost"):
        why = by_label(status.counters["bytes_lost"].by)
        parts.append(f"{size(gone)} of logs that were never read ({why})")
    return Text("\n".join(parts), BAD) if parts else Text("nothing", GOOD)


def _not_used(status: Status) -> str:
    parts = []
    for counter in ("lines_rejected", "lines_unmatched", "lines_ignored"):
        if count := _total(status, counter):
            why = f" ({_counted(status, counter)})" if counter == "lines_rejected" else ""
            parts.append(f"{count:,} {counter.removeprefix('lines_')}{why}")
    lines = count_text(_total(status, "lines_read"), "line")
    return ", ".join(parts) + f" of {lines}" if parts else ""


def _others(status: Status) -> str:
    """Return the counters that have no words of their own."""
    return ", ".join(
        f"{safe(name, 60)} {counter.total:,}"
        for name, counter in status.counters.items()
        if name not in WORDED and counter.total
    )


def _total(status: Status, counter: str) -> int:
    return status.counters[counter].total if counter in status.counters else 0


def _counted(status: Status, counter: str) -> str:
    return by_label(status.counters[counter].by) if counter in status.counters else ""


# ── tables ────────────────────────────────────────────────────────────────────────────────────────


def _sources(status: Status, width: int, rates: Rates | None) -> RenderableType:
    heads = ["source", ">files", ">lines", ">read", ">unread", ">behind", ">not used"]
    table = figures.columns(*heads, *([">lines/s"] if rates is not None else []))
    for source in status.sources:
        name = figures.shortened(source.name, max(16, width - 58))
        row = [
            Text(name, "" if source.files else ODD),
            _followed(source),
            Text(f"{source.lines_read:,}"),
            Text(size(source.bytes_read)),
            _unread(source.unread_bytes + source.reread_bytes),
            _behind(source),
            _unused(source),
        ]
        if rates is not None:
            row.append(Text(f"{rates.get(f'lines_read {source.name}', 0):,.0f}"))
        table.add_row(*row)
    return table


def _followed(source: SourceStatus) -> Text:
    text = f"{source.files:,}"
    if source.files_failing:
        text += f"+{source.files_failing:,} failing"
    if source.files_missing:
        text += f"+{source.files_missing:,} missing"
    wrong = source.files_failing or source.files_missing or not source.files
    return Text(text, ODD if wrong else "")


def _unread(count: int) -> Text:
    return Text(size(count)) if count else Text(DASH, "dim")


def _behind(source: SourceStatus) -> Text:
    if not source.streams_behind:
        return Text(DASH, "dim")
    return Text("yes" if source.behind_secs is None else span(source.behind_secs), ODD)


def _unused(source: SourceStatus) -> Text:
    """Return what part of the lines gave nothing although nobody said that they should not."""
    unused = source.lines_unmatched + sum(source.lines_rejected.values())
    if not unused:
        return Text(DASH, "dim")
    part = 100 * unused / max(source.lines_read, unused)
    return Text(f"{part:.1f} %" if part >= 0.1 else "<0.1 %", ODD if part >= 50 else "")


def _files(files: list[FileStatus], status: Status, width: int) -> RenderableType:
    table = figures.columns("file state", ">unread", ">read to", ">written", "file")
    for file in files:
        style = BAD if file.state == "failing" else "" if file.state == "read" else ODD
        path = figures.shortened(file.path, max(20, width - 47))
        error = f": {safe(file.error, 80)}" if file.error else ""
        table.add_row(
            Text(safe(file.state, 10), style),
            _unread(file.unread_bytes + file.reread_bytes),
            size(file.offset),
            ago(file.written_at, status.now) or DASH,
            Text(path + error, style if error else "", overflow="ellipsis"),
        )
    return table


def _event(event: EventStatus, now: str | None) -> tuple[str, Text]:
    fields = ", ".join(
        f"{safe(name, 40)} {safe(str(value))}"
        for name, value in event.fields.items()
        if value not in ("", None)
    )
    times = f" ({event.times:,} times)" if event.times > 1 else ""
    name = (safe(event.event, 60), BAD if event.level == "error" else ODD)
    return ago(event.at, now), Text.assemble(name, f"{times}: {fields}" if fields else times)
