"""`logtrace explain`: what became of a line, and why; or which lines made a trace, and why it is so."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

import click

from logtrace.cli.options import loaded, rules_options
from logtrace.errors import UsageError

if TYPE_CHECKING:
    from logtrace.cli.page import Page
    from logtrace.config.model import Config
    from logtrace.insight.examination import Examination, Open
    from logtrace.insight.given import Place
    from logtrace.insight.reading import Seen
    from logtrace.model import LineBatch

MOST_LINES = 20
"""Lines of standard input that are explained."""


@click.command("explain")
@rules_options
@click.option(
    "--trace",
    "trace_id",
    metavar="ID",
    help="Explain a trace instead: its id in hex or decimal, or as the log has it.",
)
@click.option(
    "--quick", is_flag=True, help="Read no further than the line: its trace may not be whole."
)
@click.argument("files", nargs=-1, type=click.Path(), metavar="FILE:LINE [FILES]...")
def command(
    config: str,
    preset: str | None,
    source: str | None,
    trace_id: str | None,
    quick: bool,
    files: tuple[str, ...],
) -> None:
    """Say what became of the line FILE:LINE (or of those on standard input, -), and why.

    Each rule and each condition is told with the values that it had, and the trace that the line is in.
    Further FILES are read too: lines of the trace may be in them. With --trace all arguments are FILES.
    """
    from logtrace.cli.page import Page
    from logtrace.insight.examination import Examination

    configured = loaded(config, preset)
    files = files or ("-",)
    with rereadable() as open_file:
        if trace_id is not None:
            examination = Examination(configured, files, source, open_file)
            Explanation(Page(), configured, examination).of_trace(trace_id)
            return
        places = places_of(files[0], open_file)
        names = tuple(dict.fromkeys((places[0].file, *files[1:]))) if places else ("-",)
        examination = Examination(configured, names, source, open_file)
        Explanation(Page(), configured, examination).of_lines(places, not quick)


class Explanation:
    """Prints what an examination shows."""

    def __init__(self, page: Page, config: Config, examination: Examination) -> None:
        from logtrace.cli.story import StoryPrinter
        from logtrace.insight.line import Teller

        self._page, self._line = page, page.line
        self._examination = examination
        self._teller = Teller(config)
        self._keep = config.traces.keep
        self._story = StoryPrinter(page, lambda number: examination.files.place(number))

    def of_lines(self, places: list[Place], whole: bool) -> None:
        """Explain the lines at some places, then the traces that they are in.

        Args:
            places: of lines.
            whole: whether to read on behind them, for their traces.
        """
        if not places:
            self._line("nothing to explain: there are no lines")
            return
        seen, told = self._examination.look(places, whole=whole), set[int]()
        for place in places:
            if told:
                self._line("")
            number = self._examination.at(place)
            first = seen.owners.get(number, number)
            if first != number:
                begins = self._examination.files.place(first)
                self._line((f"{place} goes on the record that begins at {begins}", "bold"))
            if first not in told:
                self._tell(seen, first)
                told.add(first)
        self._traces(seen, after=True)
        self._lines(seen, told)

    def of_trace(self, text: str) -> None:
        """Explain a trace; raises UsageError if the files have none of that id."""
        from logtrace.mapping import ids

        dialects = (None, "hex", "decimal", "hash")
        read = [ids.trace_id(text, dialect) for dialect in dialects]
        seen = self._examination.look((), {found[0] for found in read if found})
        if not seen.traces:
            raise UsageError(
                f"--trace: no line of the files is in a trace {text!r}; "
                "give the id as the log has it, or as preview shows it"
            )
        self._traces(seen, after=False)
        self._lines(seen, set())

    def _lines(self, seen: Seen, told: set[int]) -> None:
        """Print the lines of the traces that have not been told of."""
        numbers = dict.fromkeys(number for trace in seen.traces for number in trace.numbers)
        rest = sorted(numbers.keys() - told)
        if rest:
            self._line("")
        for number in rest:
            if number in seen.lines:
                self._line((f"{self._examination.files.place(number)}", "bold"), whole=True)
                line = seen.lines[number].lines[0].decode("utf-8", "replace")
                self._line("  ", (line, "dim"), wrap=2)
        missing = len(numbers.keys() - seen.lines.keys())
        if missing:
            self._line((f"and {missing:,} more lines", "dim"))

    def _tell(self, seen: Seen, number: int) -> None:
        from logtrace.cli.story import Became

        names = [
            span.name
            for trace in seen.traces
            for span, origin in zip(trace.spans, trace.origins, strict=True)
            if origin is not None and number in origin.numbers
        ]
        joined = {rule: span for (line, rule), span in seen.joined.items() if line == number}
        others = {
            other: lines
            for span in joined.values()
            for other in span.numbers
            if (lines := _record(seen, other))
        }
        lines, time = _record(seen, number), seen.times.get(number)
        became = Became(
            fate=seen.fates.get(number),
            spans=names,
            lost={rule: why for (line, rule), why in seen.lost.items() if line == number},
            closed=seen.resets.get(number, ()),
        )
        told = self._teller.tell(lines, time, joined, others)
        self._story.print(self._examination.files.place(number), told, became)

    def _traces(self, seen: Seen, after: bool) -> None:
        """Print the traces; `after`: something stands above them."""
        from logtrace.cli.trace_story import TraceStory
        from logtrace.web.text import count_text

        story = TraceStory(self._page, self._examination.files, self._keep)
        for trace in seen.traces:
            if after:
                self._line("")
            story.print(trace)
            after = True
        if seen.more:
            self._line(f"and {count_text(seen.more, 'more trace')}")


def _record(seen: Seen, number: int) -> list[LineBatch]:
    """Return the lines of a record that are at hand, if its first is."""
    return [
        seen.lines[each] for each in (number, *seen.members.get(number, ())) if each in seen.lines
    ]


def places_of(target: str, open_file: Open) -> list[Place]:
    """Return the place that `FILE:LINE` names, or those of the first lines of standard input.

    Raises:
        UsageError: it names no line.
    """
    from logtrace.insight.given import Place

    if target == "-":
        with open_file(target) as stream:
            return [Place("-", number + 1) for number, _ in enumerate(islice(stream, MOST_LINES))]
    file, _, line = target.rpartition(":")
    if not (file and line.isascii() and line.isdecimal() and int(line)):
        raise UsageError(f"{target}: names no line; write FILE:LINE, such as {target}:1, or -")
    return [Place(file, int(line))]


@contextmanager
def rereadable() -> Iterator[Open]:
    """Give what opens files, each time anew; standard input is copied to a temporary file."""
    from logtrace.insight.given import opened

    with tempfile.TemporaryFile() as copy:
        copied = False

        @contextmanager
        def open_file(file: str) -> Iterator[BinaryIO]:
            nonlocal copied
            if file != "-":
                with opened(file) as stream:
                    yield stream
                return
            if not copied:
                shutil.copyfileobj(sys.stdin.buffer, copy)
                copied = True
            copy.seek(0)
            yield copy

        yield open_file
