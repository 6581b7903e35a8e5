"""What the lines before say of a time that is not told in full: its year, or which of two it was.

Used by the readers of `timestamps`, one `TimeOrder` for each source; each log stream has a state of its
own. Lines are written in the order of their times, nearly: what a line says is the first moment
that it can mean and that is not before the line before it. Where nothing came before, the file's
modification time says which year it can be at the latest. No clock is read. Bounded; one thread.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from logtrace.parse.layouts import SECOND

DAY = 86_400 * SECOND

LATE = 60 * SECOND
"""How much earlier than the line before a line may be, where clocks were set back by an hour."""

LATE_BY_YEAR = 7 * DAY
"""The same, where its year is not told."""

_AHEAD = 300 * DAY
_LEAP_YEARS = 9
"""Years among which there is a 29 February."""

_MOST_STREAMS = 4096

Reader = Callable[[str], int | None]


class TimeOrder:
    """The times of the lines before, by log stream.

    Attributes:
        last: nanoseconds of the newest time that was read in the current stream; None: there is none.
        limit: the latest that a line of the current file can be of; 0: not known.
        nearest: whether a time is the one nearest to `last`, not one that comes after it: it is no
            line's own.
    """

    def __init__(self) -> None:
        self.last: int | None = None
        self.limit = 0
        self.nearest = False
        self._stream = ""
        self._lasts: dict[str, int | None] = {}

    def begin(self, stream: str, modified: int) -> None:
        """Go to the lines of a stream, of a file that was modified then (nanoseconds; 0: unknown)."""
        if stream != self._stream:
            if len(self._lasts) >= _MOST_STREAMS:
                self._lasts.clear()
            self._lasts[self._stream] = self.last
            self.last, self._stream = self._lasts.get(stream), stream
        self.limit = modified + DAY if modified else 0

    def which(self, first: int, again: int) -> int:
        """Return which of two moments a time is that clocks showed twice."""
        last = self.last
        if last is None:
            return first
        if not self.nearest and first >= last - LATE:
            return first
        if not self.nearest and again >= last - LATE:
            return again
        return min(first, again, key=lambda ns: abs(ns - last))

    def fits(self, ns: int) -> bool:
        """Return whether a time, read with the year of the line before, can go on after it."""
        last = self.last
        return (
            last is not None
            and -LATE_BY_YEAR <= ns - last <= _AHEAD
            and (not self.limit or ns <= self.limit)
            and not self.nearest
        )

    def year(self, value: str, read: Callable[[int], Reader]) -> int | None:
        """Return what a time that names no year is, read by the reader of the year that it must be.

        None: it is no time, or nothing says of which year it is.
        """
        last, limit = self.last, self.limit
        if last is None and not limit:
            return None
        newest = year_of(limit) if limit else year_of(last or 0) + _LEAP_YEARS
        oldest = min(newest, year_of(last) if last is not None else newest) - _LEAP_YEARS
        found = (read(year)(value) for year in range(newest, oldest, -1))
        times = [ns for ns in found if ns is not None and (not limit or ns <= limit)]
        if last is None or not times:
            return times[0] if times else None
        if self.nearest:
            return min(times, key=lambda ns: abs(ns - last))
        later = [ns for ns in times if ns >= last - LATE_BY_YEAR]
        return later[-1] if later else times[0]


def year_of(ns: int) -> int:
    """Return the year of a time, in UTC."""
    return datetime.fromtimestamp(ns // SECOND, UTC).year
