"""Streams that share trace ids: their open traces, and which of these wait for a stream that lags.

While old logs are read, one stream may be hours behind another. A trace that is quiet in the one must
then wait until the other has been read beyond the same moment: it is *held*. A hold ends when no
stream of the domain is behind the moment, or after `HOLD` of elapsed time, whatever the streams do:
one dead file must not stop the rest. Moments are times of the logs' clocks, corrected by the skew
between them, which is learnt from traces that streams share. Called by the assembler.
"""

from __future__ import annotations

from collections import deque
from hashlib import blake2b
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from logtrace.assemble.stream_time import FOREVER, Stream
from logtrace.clock import SECOND

if TYPE_CHECKING:
    from logtrace.assemble.open_trace import OpenTrace

HOLD = 30 * SECOND
"""How long a trace is held at most, in elapsed time."""

SKEW = 300 * SECOND
"""Clocks of two streams that differ by less are taken to agree: it may as well be a slow trace."""

DOUBTS = 5
"""So many more traces must speak against a skew than for it before another is believed."""


class Domain:
    """Open traces of streams that share ids.

    Attributes:
        open: trace id to open trace.
        salt: keeps equal trace ids of different domains apart in what is shared between domains.
    """

    def __init__(self, name: str) -> None:
        digest = blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest()
        self.salt = int.from_bytes(digest, "big")
        self.open: dict[int, OpenTrace] = {}
        self._streams: list[Stream] = []
        self._held: list[tuple[int, int, OpenTrace]] = []
        self._until: deque[tuple[int, OpenTrace]] = deque()
        self._holds = 0

    def join(self, active: int) -> Stream:
        """Add a stream and return it."""
        stream = Stream(self, len(self._streams), active)
        self._streams.append(stream)
        return stream

    def horizon(self, active: int) -> int:
        """Return the moment up to which all streams have been read."""
        behind = [stream.moment(active) for stream in self._streams if stream.behind]
        return min(behind, default=FOREVER)

    def compare(self, one: Stream, two: Stream, ahead: int) -> None:
        """Take in that, going by a trace that both add to, the clock of `one` is ahead of `two`'s.

        The first trace that two streams share is believed, since there may be no other; later ones
        must outvote it. The stream that is longer in the domain keeps its skew, and so its peers.

        Args:
            one: a stream.
            two: another stream of this domain.
            ahead: by how much, in nanoseconds, with what is known of their skews allowed for.
        """
        if one.rank < two.rank:
            one, two, ahead = two, one, -ahead
        if one.peers is not two.peers:
            for peer in one.peers:
                peer.skew += ahead if abs(ahead) > SKEW else 0
                peer.peers = two.peers
                two.peers.append(peer)
        elif abs(ahead) <= SKEW:
            one.doubts = max(0, one.doubts - 1)
        else:
            one.doubts += 1
            if one.doubts == DOUBTS:
                one.doubts = 0
                one.skew = one.skew + ahead if abs(one.skew + ahead) > SKEW else 0

    def hold(self, trace: OpenTrace, moment: int, active: int) -> None:
        """Look at `trace` again when all streams have been read up to `moment`, or after `HOLD`."""
        if len(self._until) > 2 * len(self.open) + 1_000:
            self._forget_closed()
        self._holds += 1
        heappush(self._held, (moment, self._holds, trace))
        self._until.append((active + HOLD, trace))

    def released(self, horizon: int) -> list[OpenTrace]:
        """Take out and return the traces that were held for moments up to `horizon`."""
        released = []
        while self._held and self._held[0][0] <= horizon:
            released.append(heappop(self._held)[2])
        return released

    def expired(self, active: int) -> list[OpenTrace]:
        """Take out and return the traces that have been held for `HOLD`."""
        expired = []
        while self._until and self._until[0][0] <= active:
            expired.append(self._until.popleft()[1])
        return expired

    def _forget_closed(self) -> None:
        """Drop entries of traces that have left, so that they never outnumber the open ones for long."""
        self._held = [entry for entry in self._held if not entry[2].closed]
        heapify(self._held)
        self._until = deque(entry for entry in self._until if not entry[1].closed)
