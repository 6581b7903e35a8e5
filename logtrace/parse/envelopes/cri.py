"""The envelope of containerd and CRI-O: `2026-11-22T10:00:00.5Z stdout F …` on each line.

The third word is `F`, or `P` where the line goes on in the next one of its stream; what may follow it
after a colon means nothing yet (Kubernetes' CRI logging format).
"""

from __future__ import annotations

from collections.abc import Sequence

from logtrace.model import LineBatch
from logtrace.parse.envelopes.pieces import Piece, Pieces, peel_each

_STREAMS = frozenset(("stdout", "stderr"))
_TAGS = frozenset("PF")
_WORDS = ("cri.time", "cri.stream")


class Cri:
    """See `envelopes.pieces.Envelope`."""

    FIELDS = _WORDS

    def __init__(self, fields: Sequence[str]) -> None:
        self._places = [_WORDS.index(name) for name in fields]

    def peel(self, batch: LineBatch) -> Pieces:
        """See `Envelope`."""
        return peel_each(batch, self._read)

    def _read(self, line: str) -> Piece | None:
        words = line.split(" ", 3)
        if len(words) < 3 or words[1] not in _STREAMS or words[2][:1] not in _TAGS:
            return None
        text = words[3] if len(words) > 3 else ""
        return Piece(text, tuple(words[at] for at in self._places), words[1], words[2][0] == "P")
