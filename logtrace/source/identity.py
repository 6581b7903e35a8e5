"""Which file is this? Answers it from what the file is, not from what it is called.

Called by `source.roster` whenever a file is seen for the first time, opened again, or looks rewritten.
No single mark is safe: an inode is recycled, files share their first lines, a path is renamed away. So
three are used together: device and inode, a hash of the file's head (of the first `HEAD` bytes those
that were read or are whole lines; it grows until it covers them all), and a hash of the `ANCHOR` bytes
before the offset that was read last. Half a line that was not read is no mark: its writer may still take
it back. Raises OSError where the file cannot be read; decides nothing by a failure.

How `judge` decides, from top to bottom (`.`: not looked at; the hashes are compared over the bytes
they cover):

    device+inode  head     size ≥ offset  anchor   verdict
    same          .        no             .        truncated
    same          differs  yes            .        replaced   the inode was recycled, or rewritten
    same          same     yes            differs  truncated  rewritten past the old offset, same head
    same          same     yes            same     same       it may have grown, or been renamed
    other         same     yes            same     same       copied, restored, or mounted anew; only
                                                              with `EVIDENCE` bytes in the head
    other         otherwise                        replaced

A file that is held open cannot lose its inode to another: if its anchor differs it was truncated. What
is compressed is known by its decompressed bytes, by the same rules but for the size (`archives`).
"""

from __future__ import annotations

import os
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import Protocol

import msgspec

HEAD = 1024
"""Bytes at the beginning of a file that tell it from others."""

ANCHOR = 64
"""Bytes before the read offset that tell whether what was read is still there."""

EVIDENCE = 64
"""Bytes that must agree before a file with another inode is taken for the one that was read."""

_SQL_INTEGER = (1 << 63) - 1  # some file systems number inodes with all 64 bits, SQLite has 63


class Content(Protocol):
    """Bytes of a file that are not what stands on the disk, such as an archive's decompressed ones."""

    def read(self, length: int, offset: int) -> bytes:
        """Return bytes as `pread` does."""
        ...


class Verdict(StrEnum):
    """What a file is to the one that was known."""

    SAME = "same"
    TRUNCATED = "truncated"
    REPLACED = "replaced"


class Identity(msgspec.Struct, gc=False):
    """What a file is recognised by.

    Attributes:
        device: number of its file system; changes when that is mounted anew.
        inode: its number there, 0 when it is known to have none any more.
        head: digest of the file's first `covered` bytes.
        covered: how many bytes `head` covers: as many as were read, at most `HEAD`.
        anchor: digest of the `ANCHOR` bytes before the read offset, fewer near the beginning.
    """

    device: int
    inode: int
    head: bytes
    covered: int
    anchor: bytes


def digest(data: bytes) -> bytes:
    """Return the hash that heads and anchors are compared by."""
    return blake2b(data, digest_size=16).digest()


def number(status: os.stat_result) -> tuple[int, int]:
    """Return device and inode of a file, as the ledger keeps them."""
    return status.st_dev & _SQL_INTEGER, status.st_ino & _SQL_INTEGER


def peek(file: int | Content, length: int, offset: int) -> bytes:
    """Return bytes of a file, given by its descriptor or by what reads it."""
    if isinstance(file, int):
        return os.pread(file, length, offset)
    return file.read(length, offset)


def anchor_at(file: int | Content, offset: int) -> bytes:
    """Return the digest of the bytes before `offset`."""
    length = min(ANCHOR, offset)
    return digest(peek(file, length, offset - length))


def observe(file: int | Content, status: os.stat_result, offset: int) -> Identity:
    """Return the identity of an open file that was read up to `offset`."""
    head = _head(file, offset)
    return Identity(*number(status), digest(head), len(head), anchor_at(file, offset))


def widen(identity: Identity, file: int | Content, offset: int) -> None:
    """Let the head of a file that has grown, and was read up to `offset`, cover more of it."""
    if identity.covered < HEAD:
        head = _head(file, offset)
        if len(head) > identity.covered:
            identity.head, identity.covered = digest(head), len(head)


def _head(file: int | Content, offset: int) -> bytes:
    """Return the bytes by which a file is told: what was read of its beginning, or is finished there.

    What stands behind the last line's end may still be taken back by its writer.
    """
    head = peek(file, HEAD, 0)
    return head[: max(min(HEAD, offset), head.rfind(b"\n") + 1)]


def is_intact(known: Identity, offset: int, file: int | Content) -> bool:
    """Return whether what was read of a file, up to `offset`, still stands in the open one."""
    return has_head(known, file) and anchor_at(file, offset) == known.anchor


def judge(known: Identity, offset: int, fd: int, status: os.stat_result) -> Verdict:
    """Decide what the open file is to the one known as `known` and read up to `offset`."""
    if number(status) == (known.device, known.inode):
        if status.st_size < offset:
            return Verdict.TRUNCATED
        if not has_head(known, fd):
            return Verdict.REPLACED
        return Verdict.SAME if anchor_at(fd, offset) == known.anchor else Verdict.TRUNCATED
    if known.covered >= EVIDENCE and status.st_size >= offset and is_intact(known, offset, fd):
        return Verdict.SAME
    return Verdict.REPLACED


def has_head(known: Identity, file: int | Content) -> bool:
    """Return whether a file begins as the known one does, as far as that was read."""
    head = peek(file, known.covered, 0)
    return len(head) == known.covered and digest(head) == known.head


@lru_cache(maxsize=1)
def _machine() -> bytes:
    try:
        with open("/etc/machine-id", "rb") as file:
            machine_id = file.read(64).strip()
    except OSError:
        machine_id = b""
    return machine_id + b"\0" + os.uname().nodename.encode("utf-8", "surrogateescape")


def file_key(source: str, fd: int, status: os.stat_result, truncations: int) -> int:
    """Return the key of an open file that is seen for the first time: 63 bits, not zero.

    It is made of machine id, host name, source, device, inode, the time of the inode's last change
    (Python does not give the birth time), the first `HEAD` bytes, and how often the file was cut. It
    need not be computable again: the ledger stores it before the first line is handed out.
    """
    marks = (source, *number(status), status.st_ctime_ns, truncations)
    text = "\0".join(map(str, marks)).encode("utf-8", "surrogateescape")
    hashed = blake2b(_machine() + b"\0" + text + b"\0" + os.pread(fd, HEAD, 0), digest_size=8)
    return int.from_bytes(hashed.digest(), "big") >> 1 or 1
