"""A trace as a picture for the terminal: a tree on the left, bars on a common time axis on the right.

Used by `receive`, `demo` and `preview`. Text of a span can neither move the cursor nor change colours:
control characters and terminal escapes are shown as visible escapes, and rich's markup is not read.
Pure; only who prints the result needs a console.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions
from rich.text import Text

from logtrace.model import Span
from logtrace.web.rows import Moment, Row, Rows, arrange
from logtrace.web.text import count_text, duration_text, hue, time_text, trace_id_text, visible

ROWS = 40
"""Rows of one picture at most: the rest is counted."""

WIDEST = 160
_DURATION_WIDTH = 9
_SHORTEST_TITLE = 20
_DEEPEST = 24
"""Levels of the tree that are drawn at most. Deeper rows stand at the same place, with their level."""

_SHORTEST_TEXT = 16
"""Columns that the tree leaves for what is said of a span."""

MOST_NAMES = 100
"""Events of a span whose names are told apart."""

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
    event: str


_LINES = _Glyphs("━", "╺", "╸", "│ ", "├╴", "└╴", "…", "◆")
_PLAIN = {"µ": "u", "…": "."}
"""What stands for other characters in ASCII: for one that is not here a question mark."""
_ASCII = _Glyphs("=", "=", "=", "| ", "|-", "`-", "...", "*")


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
        plain = options.ascii_only
        yield _one_line(self._title(width), width, plain)
        rows = self._rows.rows
        for place, row in enumerate(rows):
            line = _label(row, self._rows, label, glyphs)
            line.append(" ")
            line.append_text(_bar(row, bar, glyphs))
            style = "red" if _failed(row) else "dim"
            line.append(f" {_duration(row):>{_DURATION_WIDTH}}", style)
            yield _one_line(line, width, plain)
            if row.events:
                parent = place + 1 < len(rows) and rows[place + 1].depth > row.depth
                line = _event_label(row, parent, label, glyphs)
                line.append(" ")
                line.append_text(_marks(row.events, bar, glyphs))
                line.rstrip()
                yield _one_line(line, width, plain)
        if self._rows.hidden:
            more = f"{glyphs.ellipsis} {count_text(self._rows.hidden, 'more span')}"
            yield _one_line(Text(more, "dim"), width, plain)

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
        return title + facts


def _one_line(text: Text, width: int, plain: bool) -> Text:
    """Return a line that is no wider; `plain`: of a terminal that knows ASCII only."""
    if plain and not text.plain.isascii():
        text.plain = "".join(c if c.isascii() else _PLAIN.get(c, "?") for c in text.plain)
    text.no_wrap = True
    text.truncate(width, overflow="crop")
    return text


def _label(row: Row, rows: Rows, width: int, glyphs: _Glyphs) -> Text:
    """Return guides, service and what was done; a fold says how many it stands for."""
    text = _guides(row.guides, width, glyphs)
    if row.guides:
        text.append(glyphs.corner if row.last else glyphs.branch)
    span = row.spans[0]
    bad = _failed(row)
    text.append(f"{visible(span.service, 40)} ", _color(span.service))
    if len(row.spans) > 1:
        text.append(f"{glyphs.ellipsis} {len(row.spans)} more {visible(span.name, 60)}", "dim")
        return _cut(text, width, glyphs)
    text.append(visible(span.name, 80), "red" if bad else "default")
    if span.resource not in ("", span.name) and span is not rows.root:
        text.append(f" {visible(span.resource)}", "dim")
    return _cut(text, width, glyphs)


def _guides(guides: tuple[bool, ...], width: int, glyphs: _Glyphs, numbered: bool = True) -> Text:
    """Return the lines that go down past a row; for more than there is room for, the row's level."""
    most = max(1, min((width - _SHORTEST_TEXT) // len(glyphs.down), _DEEPEST))
    shown, level = guides[1:], ""
    if len(guides) > most:
        level = f"{len(guides)} "
        shown = shown[: max(0, most - 1 - (len(level) + 1) // 2)]
        level = level.rjust(2 * (most - 1 - len(shown)))
    text = Text("".join(glyphs.down if more else "  " for more in shown), "dim")
    return text.append(level if numbered else " " * len(level), "dim")


def _event_label(row: Row, parent: bool, width: int, glyphs: _Glyphs) -> Text:
    """Return what stands below a span with events: their names, with how many there are of each."""
    text = _guides((*row.guides, not row.last), width, glyphs, numbered=False)
    text.append(glyphs.down if parent else "  ", "dim")
    counts = Counter(event.name for event in row.events[:MOST_NAMES])
    named = [name if count == 1 else f"{name} ({count})" for name, count in counts.items()]
    said = f"{glyphs.event} {visible(', '.join(named))}"
    if len(row.events) > MOST_NAMES:
        said += f" and {len(row.events) - MOST_NAMES:,} more"
    text.append(said, "yellow")
    return _cut(text, width, glyphs)


def _marks(events: Sequence[Moment], width: int, glyphs: _Glyphs) -> Text:
    """Return marks where events are on the axis."""
    cells = [" "] * width
    for event in events:
        cells[min(int(event.at * width), width - 1)] = glyphs.event
    return Text("".join(cells), "yellow")


def _cut(text: Text, width: int, glyphs: _Glyphs) -> Text:
    text.truncate(width, overflow="crop" if glyphs is _ASCII else "ellipsis", pad=True)
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
