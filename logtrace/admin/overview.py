"""What only the pipeline thread may look at, taken at one moment: files, open traces, half-spans.

Called by `logtrace.daemon` in the pipeline thread, at most once a second, with many files more seldom.
Asks neither the file system nor the Agent; changes nothing.
"""

from __future__ import annotations

import msgspec

from logtrace.assemble.progress import longest_waits, slowest_log
from logtrace.clock import SECOND
from logtrace.config.model import Config
from logtrace.source.files import LogFiles
from logtrace.source.survey import FileView, SourceView
from logtrace.stages import Stages


class SourceOverview(msgspec.Struct, frozen=True):
    """One source.

    Attributes:
        name: its name.
        format: its format, or preset.
        paths: its patterns.
        files: how far its files are read.
        half_spans: starts and groups that wait for lines.
        behind: how far, in nanoseconds, what is unread lies back; None: not known.
    """

    name: str
    format: str
    paths: tuple[str, ...]
    files: SourceView
    half_spans: int
    behind: int | None


class Overview(msgspec.Struct, frozen=True):
    """The pipeline at one moment.

    Attributes:
        at: wall-clock time, in nanoseconds.
        sources: all that are configured, in their order.
        files: details of those worst off.
        files_known: how many there are to tell of.
        open_traces: traces that are collected, and
        open_spans: spans in them.
        max_open: how many traces may be open, and half-spans of a source.
        learnt_waits: for how many roots a wait was learnt.
        longest_waits: the longest of them: (service, name, nanoseconds).
    """

    at: int
    sources: list[SourceOverview]
    files: list[FileView]
    files_known: int
    open_traces: int
    open_spans: int
    max_open: int
    learnt_waits: int
    longest_waits: list[tuple[str, str, int]]


def take(config: Config, files: LogFiles, stages: Stages, now: int, limit: int) -> Overview:
    """Return how things stand at the wall-clock time `now`, with details of `limit` files."""
    surveyed = files.survey(limit)
    sources = []
    for source in config.sources:
        view = surveyed.sources[source.name]
        sources.append(
            SourceOverview(
                source.name,
                source.format,
                source.path,
                view,
                stages.routes[source.name].pairing.open,
                _behind(stages, view, now),
            )
        )
    learnt, longest = longest_waits(stages.assembler)
    return Overview(
        now,
        sources,
        surveyed.files,
        surveyed.known,
        stages.assembler.open_traces,
        stages.assembler.open_spans,
        config.traces.max_open,
        learnt,
        longest,
    )


def _behind(stages: Stages, view: SourceView, now: int) -> int | None:
    """Return how long ago the newest line was written that was read of the slowest stream.

    What is unread is younger than that; 0 where nothing is.
    """
    if not view.behind:
        return 0
    reached = slowest_log(stages.assembler, view.behind)
    if reached is None or reached > now + SECOND:  # stamps of the future say nothing about now
        return None
    return max(0, now - reached)
