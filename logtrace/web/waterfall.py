"""A trace as a picture for the terminal: a tree on the left, bars on a common time axis on the right.

Used by `receive`, `demo` and `preview`. Text of a span can neither move the cursor nor change colours:
control characters and terminal escapes are shown as visible escapes, and rich's markup is not read.
Pure; only who prints the result needs a console.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions
from rich.text import Text

from logtrace.model import Span
from logtrace.web.rows import Row, Rows, arrange
from logtrace.web.text import count_text, duration_text, hue, time_text, trace_id_text, visible

ROWS = 40
"""Rows of one picture at most: the rest is counted."""

WIDEST = 160
_DURATION_WIDTH = 9
_SHORTEST_TITLE = 20
_DEEPEST = 12
"""Levels of the tree that are drawn; deeper ones stand at the same place."""

_COLORS = (
    "dodger_blue2",
    "spring_green3",
    "medium_purple1",
    "dark_orange",
    "turquoise2",
    "hot_pink2",
    "chartreuse3",
    "slate_blue1",
    "gold3",
    "cadet_blue",
)


@dataclass(frozen=True, slots=True)
class _Glyphs:
    """What lines and bars are made of: a whole cell, its right half, its left half."""

    full: str
    right: str
    left: str
    down: str
    branch: str
    corner: str
    ellipsis: str


_LINES = _Glyphs("━", "╺", "╸", "│ ", "├╴", "└╴", "…")
_ASCII = _Glyphs("=", "=", "=", "| ", "|-", "`-", "...")


class Waterfall:
    """A rich renderable of one trace."""

    def __init__(self, spans: list[Span], limit: int = ROWS) -> None:
        """Show `spans`, one or more of one trace, in at most `limit` rows."""
        self._spans = spans
        self._rows = arrange(spans, limit)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        width = min(options.max_width, WIDEST)
        glyphs = _ASCII if options.ascii_only else _LINES
        label = max(12, min(64, width * 45 // 100))
        bar = max(4, width - label - _DURATION_WIDTH - 2)
        yield self._title(width)
        for row in self._rows.rows:
            line = _label(row, self._rows, glyphs)
            line.truncate(label, overflow="crop" if options.ascii_only else "ellipsis", pad=True)
            line.append(" ")
            line.append_text(_bar(row, bar, glyphs))
            style = "red" if _failed(row) else "dim"
            line.append(f" {_duration(row):>{_DURATION_WIDTH}}", style)
            yield _one_line(line, width)
        if self._rows.hidden:
            more = f"{glyphs.ellipsis} {count_text(self._rows.hidden, 'more span')}"
            yield _one_line(Text(more, "dim"), width)

    def _title(self, width: int) -> Text:
        rows = self._rows
        facts = Text(f"  {duration_text(rows.duration)}")
        facts.append(f"  {count_text(len(self._spans), 'span')}", "dim")
        if rows.errors:
            facts.append(f"  {count_text(rows.errors, 'error')}", "bold red")
        time, trace_id = f"  {time_text(rows.start)}", f"  {trace_id_text(self._spans)}"
        if facts.cell_len + len(time + trace_id) <= width - _SHORTEST_TITLE:
            facts.append(time, "dim")
        facts.append(trace_id, "dim")
        room = max(_SHORTEST_TITLE // 2, width - facts.cell_len)
        title = Text(visible(rows.root.resource or rows.root.name, min(room, 120)), "bold")
        return _one_line(title + facts, width)


def _one_line(text: Text, width: int) -> Text:
    text.no_wrap = True
    text.truncate(width, overflow="crop")
    return text


def _label(row: Row, rows: Rows, glyphs: _Glyphs) -> Text:
    """Return guides, service and what was done; a fold says how many it stands for."""
    guides = row.guides[1:][-_DEEPEST:]
    text = Text("".join(glyphs.down if more else "  " for more in guides), "dim")
    if row.guides:
        text.append(glyphs.corner if row.last else glyphs.branch)
    span = row.spans[0]
    bad = _failed(row)
    text.append(f"{visible(span.service, 40)} ", _color(span.service))
    if len(row.spans) > 1:
        text.append(f"{glyphs.ellipsis} {len(row.spans)} more {visible(span.name, 60)}", "dim")
        return text
    text.append(visible(span.name, 80), "red" if bad else "default")
    if span.resource not in ("", span.name) and span is not rows.root:
        text.append(f" {visible(span.resource)}", "dim")
    return text


def _bar(row: Row, width: int, glyphs: _Glyphs) -> Text:
    """Return the bar of a row, exact to half a cell, at least half a cell long."""
    halves = 2 * width
    begin = min(round(row.left * halves), halves - 1)
    end = max(begin + 1, min(round((row.left + row.width) * halves), halves))
    first, last = begin // 2, (end + 1) // 2
    cells = [glyphs.full] * (last - first)
    if end % 2:
        cells[-1] = glyphs.left
    if begin % 2:
        cells[0] = glyphs.right
    style = "red" if _failed(row) else _color(row.spans[0].service)
    bar = Text(" " * first)
    bar.append("".join(cells), style)
    bar.append(" " * (width - last))
    return bar


def _duration(row: Row) -> str:
    return duration_text(sum(span.duration for span in row.spans))


def _failed(row: Row) -> bool:
    return any(span.error for span in row.spans)


def _color(service: str) -> str:
    return _COLORS[hue(service, len(_COLORS))]
