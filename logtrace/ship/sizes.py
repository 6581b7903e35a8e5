"""How large traces will be when they are encoded, and how large a payload is to be.

Of a trace that waits it is known how many spans it has and of how many bytes of lines it was made;
measuring its texts would cost a twentieth of all that is done for a line. Both tell of its size: a
short line may become a large span, by the tags that all spans get, and a long line one that is as large
as itself, or larger where two tags hold the same field. So the larger of two estimates counts, each by
what payloads before turned out to be. Called by the lanes of the shipper and by whom asks for room.
"""

from __future__ import annotations

PAYLOAD_BYTES = 2 * 2**20
"""What a payload aims at: more saves nothing and makes a refusal dearer."""

LARGEST_BYTES = 2 * PAYLOAD_BYTES
"""A payload of several traces that turned out to be larger is halved before it is sent."""

_FRAME = 200
"""About what an encoded span has that comes from no line: names of fields, ids, times."""

_LEAST_AIM = PAYLOAD_BYTES // 64
_LEAST_PER_BYTE = 0.25
_LONGEST_PATIENCE = 64

_MEMORY = 4 * PAYLOAD_BYTES
"""After so many bytes of payloads, what was before counts half."""


class Sizes:
    """Estimates, shared by all lanes."""

    def __init__(self) -> None:
        self._per_span = 500.0
        self._per_byte = 1.0
        self._body = self._spans = self._size = 0

    def expect(self, spans: int, size: int) -> int:
        """Return about how many bytes `spans` of `size` bytes of lines hold: those, at the least."""
        return int(max(spans * self._per_span, size * max(1.0, self._per_byte)))

    def spans(self, wanted: int) -> int:
        """Return how many spans may be in a payload of `wanted` bytes."""
        return int(wanted / self._per_span)

    def lines(self, wanted: int) -> int:
        """Return of how many bytes of lines a payload of `wanted` bytes may be made.

        Not of many more, however little was taken from the lines before: the next may be others.
        """
        return int(wanted / max(_LEAST_PER_BYTE, self._per_byte))

    def learn(self, spans: int, size: int, body: int) -> None:
        """Note that so many spans, of so many bytes of lines, were encoded as `body` bytes."""
        self._spans += spans
        self._size += size
        self._body += body
        self._per_span = max(1.0, self._body / self._spans)
        if self._size:
            self._per_byte = max(0, self._body - self._spans * _FRAME) / self._size
        if self._body > _MEMORY:
            self._spans = max(1, self._spans // 2)
            self._size //= 2
            self._body //= 2


class Aim:
    """How many bytes a payload of one lane aims at: less after refusals, in time as many again.

    It doubles with each payload of that size that is taken. Where that was too much, it is tried more
    and more seldom: a proxy before the Agent may have a lower limit for good.

    Attributes:
        bytes: what the next payload aims at.
    """

    def __init__(self) -> None:
        self.bytes = PAYLOAD_BYTES
        self._patience = 1
        self._taken = 0
        self._grown = False

    def refused(self, size: int) -> None:
        """Note that a payload of `size` bytes was too large, or too slow to read."""
        if self._grown:
            self._patience = min(_LONGEST_PATIENCE, 2 * self._patience)
        self.bytes = max(_LEAST_AIM, min(self.bytes, size // 2))
        self._taken, self._grown = 0, False

    def taken(self, size: int) -> None:
        """Note that a payload of `size` bytes was taken; a small one says nothing."""
        if 2 * size < self.bytes:
            return
        self._taken += 1
        if self.bytes >= PAYLOAD_BYTES:
            self._patience, self._grown = 1, False
        elif self._taken >= self._patience:
            self.bytes = min(PAYLOAD_BYTES, 2 * self.bytes)
            self._taken, self._grown = 0, True
