"""The lines of a batch as text: for parsers and envelopes that do not read bytes.

Bytes that are not UTF-8 become U+FFFD, a byte order mark and carriage returns before a newline are no
text. Pure; never raises.
"""

from __future__ import annotations

from logtrace.model import LineBatch


def texts_of(batch: LineBatch) -> tuple[list[str], int]:
    """Return the text of each line, and how many of them held bytes that are not UTF-8."""
    broken = 0
    try:
        texts = batch.block.decode().split("\n")
        texts.pop()
    except UnicodeDecodeError:
        texts = [line.decode("utf-8", "replace") for line in batch.lines]
        broken = sum(1 for line in batch.lines if not _is_utf8(line))
    if texts:
        texts[0] = texts[0].removeprefix("\ufeff")
    if b"\r\n" in batch.block:
        texts = [text.removesuffix("\r") for text in texts]
    return texts, broken


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
