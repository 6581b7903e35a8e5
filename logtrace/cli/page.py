"""What `preview` and `explain` print on: lines that are cut to the terminal's width, and pictures.

Every text passes through `visible`, so nothing that a log holds reaches the terminal raw. In a pipe
there are no colours, and 80 columns unless $COLUMNS says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from logtrace.model import Span
from logtrace.web.text import visible
from logtrace.web.waterfall import Waterfall

LONGEST = 4_000
"""Characters of one text at most."""

Part = str | tuple[str, str]
"""A text; or a text and its style."""


class Page:
    """Prints to standard output."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False)

    def line(self, *parts: Part, whole: bool = False, wrap: int | None = None) -> None:
        """Print one line.

        Args:
            parts: what it is made of.
            whole: not to be cut, such as a place that somebody may want to copy.
            wrap: instead of being cut, the line goes on below, indented so far.
        """
        text = Text()
        for part in parts:
            said, style = part if isinstance(part, tuple) else (part, "")
            text.append(self._printable(said), style)
        width = self._console.width
        if wrap is None:
            if not whole:
                text.truncate(width, overflow="crop" if self._ascii else "ellipsis")
            self._console.print(text, no_wrap=True, overflow="ignore", crop=False)
            return
        indent = min(wrap, width // 2)
        for number, piece in enumerate(_pieces(text, width, width - indent)):
            self._console.print(
                Text(" " * indent) + piece if number else piece,
                no_wrap=True,
                overflow="ignore",
                crop=False,
            )

    def waterfall(self, spans: list[Span], limit: int = 40) -> None:
        """Draw a trace."""
        self._console.print(Waterfall(spans, limit))

    @property
    def _ascii(self) -> bool:
        return self._console.options.ascii_only

    def _printable(self, text: str) -> str:
        shown = visible(text, LONGEST)
        return shown.encode("ascii", "backslashreplace").decode() if self._ascii else shown


def _pieces(text: Text, first: int, others: int) -> Iterator[Text]:
    """Yield a text in pieces of so many columns, cut at a blank if there is one in their last half."""
    start, room, plain = 0, first, text.plain
    while start < len(plain):
        end, width = start, 0
        while end < len(plain) and width + cell_len(plain[end]) <= room:
            width += cell_len(plain[end])
            end += 1
        end = max(end, start + 1)
        blank = plain.rfind(" ", start + (end - start) // 2, end) + 1
        if end < len(plain) and blank:
            end = blank
        yield text[start:end]
        start, room = end, others
