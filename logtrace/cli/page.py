"""What `preview` and `explain` print on: lines that are cut to the terminal's width, and pictures.

Every text passes through `visible`, so nothing that a log holds reaches the terminal raw. In a pipe
there are no colours, and 80 columns unless $COLUMNS says otherwise.
"""

from __future__ import annotations

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
        first, *rest = text.wrap(self._console, width) or [Text()]
        self._console.print(first, no_wrap=True, overflow="ignore", crop=False)
        if rest:
            indent = min(wrap, width // 2)
            below = Text(" ").join(rest).wrap(self._console, width - indent)
            for each in below:
                self._console.print(Text(" " * indent) + each, overflow="ignore", crop=False)

    def waterfall(self, spans: list[Span], limit: int = 40) -> None:
        """Draw a trace."""
        self._console.print(Waterfall(spans, limit))

    @property
    def _ascii(self) -> bool:
        return self._console.options.ascii_only

    def _printable(self, text: str) -> str:
        shown = visible(text, LONGEST)
        return shown.encode("ascii", "backslashreplace").decode() if self._ascii else shown
