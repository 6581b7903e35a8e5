"""How much time has passed in a log stream: the clock by which quiet is measured.

A stream's time T moves with *elapsed* time while its log is read as it is written. A log that was
written while nobody read it goes by in no time; there T moves with the times in its lines. Both are
one rule: T = max(T, offset + line time). While a log is read live T is ahead of what its lines say, by
how late they are read, and the lines do not count; when they get ahead of T they were written while
it stood still, and T follows. The offset is set by the stream's first line and stays: setting it
anew each time the stream is read to its end would let T gain, with every line that happens to be read
sooner after it was written than the one before. Only differences of T mean anything, so a host whose
clock is wrong is measured like any other. T never goes back.

Called by the assembler only, on the pipeline's thread; hostile times cost nothing but quality.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logtrace.assemble.deadlines import Deadlines
from logtrace.clock import SECOND

if TYPE_CHECKING:
    from logtrace.assemble.domain import Domain

FOREVER = 1 << 70
"""Later than any time, and longer than any gap."""

LONG_AGO = -(1 << 69)
"""T of a stream before its first line."""

LEAP = 600 * SECOND
"""A line so far ahead of a stream that is read live does not move T: it is a wrong clock, not a gap."""

STRAY = 60 * SECOND
"""A batch whose newest line is so far behind T counts as stray."""

STRAYS = 1_000
"""After so many stray lines in a row the clock was set: the offset is set anew, T does not move."""


class Stream:
    """One log stream's time, and how its log's clock stands to those of its domain.

    `active` is, everywhere, how much time has elapsed since the assembler began, not counting pauses.

    Attributes:
        domain: the streams that it shares trace ids with.
        rank: its place among the streams of its domain, from 0.
        lead: T minus `active`.
        number: the highest record number of a span that came from here.
        offset: T minus what the log's own clock shows.
        skew: how far the log's clock is ahead of the domain's, as far as known, and
        doubts: how many traces lately spoke against that, and
        peers: streams, this one among them, whose clocks have been compared; see `Domain.compare`.
        behind: whether there is more to read. True at first: what was never read is behind.
        deadlines: open traces whose latest line came from here, by when they are due.
    """

    __slots__ = (
        "_met",
        "_strays",
        "behind",
        "deadlines",
        "domain",
        "doubts",
        "lead",
        "number",
        "offset",
        "peers",
        "rank",
        "skew",
    )

    def __init__(self, domain: Domain, rank: int, active: int) -> None:
        self.domain = domain
        self.rank = rank
        self.lead = -active
        self.offset = 0
        self.skew = 0
        self.doubts = 0
        self.peers = [self]
        self.number = -1
        self.behind = True
        self.deadlines = Deadlines()
        self._met = False
        self._strays = 0

    def time(self, active: int) -> int:
        """Return T, in nanoseconds since the stream was met."""
        return active + self.lead

    def shows(self, active: int) -> int | None:
        """Return what the log's clock shows now, as far as the log was read; None: not known yet."""
        return active + self.lead - self.offset if self._met else None

    def moment(self, active: int) -> int:
        """Return what the log's clock shows now, corrected by its skew: comparable in a domain."""
        return active + self.lead - self.offset - self.skew

    def meet(self, time: int, active: int) -> None:
        """At the first call, anchor T: 0 shall be when the log's clock shows `time`.

        Lines of the same batch may be older; T comes up to 0 with them.
        """
        if not self._met:
            self._met = True
            self.offset = -time
            self.lead = LONG_AGO - active

    def leap(self, behind: bool) -> int:
        """Return how far ahead of T a line of the next batch may be and still move it."""
        return FOREVER if behind or self.behind else LEAP

    def expect(self, newest: int, leap: int, active: int) -> int:
        """Return T as it will be when a line stamped `newest` has come."""
        now = active + self.lead
        ahead = newest + self.offset - now
        return now + ahead if 0 < ahead <= leap else now

    def follow(self, newest: int, lines: int, leap: int, active: int) -> None:
        """Follow a batch of `lines` lines, the newest of which is stamped `newest`.

        (The assembler itself follows span by span, since it matters which line comes first.)
        """
        ahead = newest + self.offset - (active + self.lead)
        if -STRAY <= ahead <= leap:
            self._strays = 0
            self.lead += max(ahead, 0)
            return
        self._strays += lines
        if self._strays >= STRAYS:
            self._strays = 0
            self.offset -= ahead
