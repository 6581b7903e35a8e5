"""`logtrace preview`: what a log would become, as a picture; and what became of every line.

The same as `convert`, for a person: some traces as waterfalls, then a table of all lines by source, rule
and reason, with samples of those that gave nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from logtrace.cli.options import loaded, rules_options

if TYPE_CHECKING:
    from logtrace.cli.page import Page
    from logtrace.config.model import SourceConfig
    from logtrace.insight.coverage import SourceCoverage
    from logtrace.insight.kept import Kept
    from logtrace.insight.shapes import Shapes
    from logtrace.insight.survey import Survey

MOST_SHAPES = 10
"""Shapes of unmatched lines that are shown of a source, and"""

MOST_REASON_SHAPES = 3
"""of lines that were rejected for one reason."""

LONGEST_PLACE = 24
"""Characters of a line's place that leave room beside it."""

WIDEST_NAME = 24
"""Characters of the names of rules, with which the conditions behind them are aligned."""


@click.command("preview")
@rules_options
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="Traces to draw: the slowest of each kind.",
)
@click.argument("files", nargs=-1, type=click.Path())
def command(
    config: str, preset: str | None, source: str | None, limit: int, files: tuple[str, ...]
) -> None:
    """Show what log FILES (or - for standard input) would become, and what not.

    Draws some traces, then says of every line what became of it: which rule took it, or why none did,
    with samples; those that nothing took are grouped by their shape. Needs no Agent and leaves nothing
    behind.
    """
    from logtrace.cli.page import Page
    from logtrace.insight.survey import Survey

    configured = loaded(config, preset)
    survey = Survey(configured, files or ("-",), source, limit)
    survey.read()
    Preview(Page(), survey).print(configured.sources)


class Preview:
    """Prints what was seen of files."""

    def __init__(self, page: Page, survey: Survey) -> None:
        self._page, self._survey = page, survey
        self._line = page.line

    def print(self, sources: Sequence[SourceConfig]) -> None:
        """Print traces, then a table for each source that had lines, then what was changed."""
        kept = self._survey.slowest.shown()
        for each in kept:
            self._trace(each)
        self._total(len(kept))
        for source in sources:
            if coverage := self._survey.coverage.sources.get(source.name):
                self._source(source, coverage)
        self._changes()
        if any(
            each.unmatched.lines or each.rejected for each in self._survey.coverage.sources.values()
        ):
            self._line("")
            self._line(("logtrace explain FILE:LINE says why a line became what it did", "dim"))

    def _trace(self, kept: Kept) -> None:
        from logtrace.web.text import count_text

        more = len(set(kept.numbers)) - 1
        place = self._survey.files.place(kept.numbers[0])
        lines = f" and {count_text(more, 'more line')}" if more else ""
        self._page.waterfall(kept.spans)
        self._line((f"  {place}{lines}; {kept.reason}", "dim"), whole=True)
        self._line("")

    def _total(self, drawn: int) -> None:
        """Say how many lines became how many spans."""
        from logtrace.cli.report import spans_in_traces
        from logtrace.cli.words import CLOSED, percent
        from logtrace.web.text import count_text

        survey = self._survey
        lines = survey.telemetry.total("lines_read")
        spanned = sum(each.spanned for each in survey.coverage.sources.values())
        records = sum(each.records for each in survey.coverage.sources.values())
        traces = survey.closed.total()
        if drawn < traces:
            self._line(
                (f"{drawn:,} of {count_text(traces, 'trace')} drawn; --limit draws more", "dim")
            )
            self._line("")
        if not lines:
            self._line(("nothing to read: there are no lines", "yellow"))
            return
        joined = f" in {count_text(records, 'record')}" if records < lines else ""
        became = f"{percent(spanned, records)} became {spans_in_traces(survey.spans, traces)}"
        said = became if spanned else "none became a span"
        self._line((f"{count_text(lines, 'line')}{joined}: {said}", "bold"))
        for reason, count in survey.closed.most_common():
            self._line(f"{count:>11,}  closed  {reason}  ", (CLOSED[reason], "dim"))
        if survey.unkept:
            why = "`traces.keep`, or the log itself, says so"
            self._line(f"{survey.unkept:>11,}  not to be kept  ", (why, "dim"))

    def _source(self, source: SourceConfig, coverage: SourceCoverage) -> None:
        """Print what became of the lines of a source."""
        from logtrace.cli.words import REJECTED, rule_text
        from logtrace.web.text import count_text

        self._line("")
        lines = self._survey.telemetry.count("lines_read", source.name)
        joined = f" in {count_text(coverage.records, 'record')}" if coverage.records < lines else ""
        self._line((f"source {source.name}", "bold"), f"  {count_text(lines, 'line')}{joined}")
        widest = min(max((len(str(rule.name)) for rule in source.spans), default=0), WIDEST_NAME)
        digits = len(str(len(source.spans)))
        for index, rule in enumerate(source.spans):
            taken = coverage.taken[index]
            style = "" if taken else "yellow"
            named = f"rule {index + 1:<{digits}}  {rule.name:{widest}}  "
            self._row(taken, coverage, named, style, rule_text(rule))
            self._fruitless(index, coverage)
        if coverage.ignored:
            self._row(coverage.ignored, coverage, "ignored", "")
        if coverage.resets:
            why = "no rule takes them, but they end what is open"
            self._row(coverage.resets, coverage, "reset  ", "", why)
        if coverage.unmatched.lines:
            self._row(coverage.unmatched.lines, coverage, "unmatched", "yellow")
        for reason, shapes in coverage.rejected.items():
            self._row(shapes.lines, coverage, f"rejected  {reason}", "red")
        if coverage.unmatched.lines:
            self._shapes("unmatched: no rule takes them", coverage.unmatched, MOST_SHAPES)
        for reason, shapes in coverage.rejected.items():
            self._shapes(f"{reason}: {REJECTED[reason]}", shapes, MOST_REASON_SHAPES)

    def _fruitless(self, index: int, coverage: SourceCoverage) -> None:
        """Say how many lines gave a rule nothing, though they did give other rules something."""
        from logtrace.cli.words import REJECTED
        from logtrace.web.text import count_text

        for (rule, reason), count in sorted(coverage.fruitless.items()):
            if rule == index:
                said = f"{count_text(count, 'line')} gave it nothing: {reason}: "
                self._line(f"{'':21}", (said, "yellow"), (REJECTED[reason], "dim"), wrap=23)

    def _row(
        self, count: int, coverage: SourceCoverage, name: str, style: str, more: str = ""
    ) -> None:
        from logtrace.cli.words import percent

        share = percent(count, coverage.records)
        self._line(f"{count:>11,}  {share:>6}  ", (name, style), (more, "dim"))

    def _shapes(self, title: str, shapes: Shapes, most: int) -> None:
        """Print the most frequent shapes of lines, with a sample of each."""
        self._line("")
        self._line((title, "bold"))
        found = shapes.groups(most)
        for shape in found[:most]:
            self._line(f"{shape.count:>11,}  {shape.text or '(nothing)'}")
            place = str(self._survey.files.place(shape.number))
            if len(place) <= LONGEST_PLACE:
                self._line(f"{'':13}{place}  ", (shape.sample.lstrip(), "dim"))
            else:
                self._line(f"{'':13}{place}", whole=True)
                self._line(f"{'':13}", (shape.sample.lstrip(), "dim"))
        rest = shapes.lines - sum(shape.count for shape in found[:most])
        if rest:
            self._line(f"{rest:>11,}  of other shapes")

    def _changes(self) -> None:
        """Print what was changed, left out, redacted and repaired, by reason."""
        from logtrace.cli.report import changes, lost
        from logtrace.cli.words import REJECTED
        from logtrace.model import Reject
        from logtrace.web.text import count_text

        survey = self._survey
        if not survey.spans and not survey.findings:
            return
        self._line("")
        for line in changes(survey.findings):
            self._line(line)
        for rule, count in survey.redacted.most_common():
            self._line(f"redacted: {rule} {count:,}")
        if full := survey.telemetry.count("lines_rejected", Reject.RECORD_FULL):
            self._line(f"{count_text(full, 'line')} passed over: {REJECTED[Reject.RECORD_FULL]}")
        for said in lost(survey.telemetry, [("lines_repaired", "repaired")]):
            self._line(said)
