"""What every envelope gives, and the little that they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from logtrace.model import LineBatch, Reject
from logtrace.parse.texts import texts_of


class Pieces(NamedTuple):
    """The texts in the lines of a batch.

    Attributes:
        texts: what was inside each line that had the envelope, in order.
        lines: for each text, the index of its line.
        values: for each text, the values of the envelope's fields that were asked for.
        rejects: (index of the line, why) for each line without the envelope.
        repaired: how many lines held bytes that are not UTF-8.
        channels: for each text, what it shares with those it can be joined with; None: all do.
        partial: for each text, whether the next of its channel goes on with the same line; None:
            each is whole.
    """

    texts: list[str]
    lines: Sequence[int]
    values: list[tuple[Any, ...]]
    rejects: list[tuple[int, Reject]]
    repaired: int = 0
    channels: list[str] | None = None
    partial: list[bool] | None = None


class Envelope(Protocol):
    """Takes what stands around lines off them."""

    def peel(self, batch: LineBatch) -> Pieces:
        """Return what is inside the lines of a batch."""
        ...


class Piece(NamedTuple):
    """One text: what `Pieces` says of each."""

    text: str
    values: tuple[Any, ...]
    channel: str
    partial: bool = False


def peel_each(batch: LineBatch, read: Callable[[str], Piece | None]) -> Pieces:
    """Return the pieces of lines that are read one by one; `read` gives None without an envelope."""
    found, repaired = texts_of(batch)
    pieces: list[Piece] = []
    lines: list[int] = []
    rejects: list[tuple[int, Reject]] = []
    for index, line in enumerate(found):
        piece = read(line)
        if piece is None:
            rejects.append((index, Reject.BAD_ENVELOPE if line.strip() else Reject.EMPTY_LINE))
        else:
            pieces.append(piece)
            lines.append(index)
    partial = [piece.partial for piece in pieces]
    return Pieces(
        [piece.text for piece in pieces],
        lines,
        [piece.values for piece in pieces],
        rejects,
        repaired,
        [piece.channel for piece in pieces],
        partial if any(partial) else None,
    )


def unwrapped(why: Reject) -> Reject:
    """Return why a line has no envelope, given why it could not be read."""
    return why if why is Reject.EMPTY_LINE else Reject.BAD_ENVELOPE
