"""NULs that nobody wrote: what a file system puts where there is nothing.

Called by `source.lines` for a block that holds some, and by `source.tail`. They come from a writer that
does not append and goes on at its old place after copytruncate (a head of NULs, most often sparse), from
one that asks for room beforehand (a tail of NULs, overwritten later), and from a power cut. A *region*
is a run of NULs at a line's beginning, or of `REGION` anywhere: it ends the line before it and is no
line itself. Fewer NULs inside a line are its own. Pure, but for `skip_hole`.
"""

from __future__ import annotations

import errno
import os

REGION = 16
"""NUL characters in a row, inside a line, that nobody wrote."""


def region_in(data: bytes, width: int = 1) -> int:
    """Return where in data that begins with a character the first region inside it begins, or -1."""
    # where characters are wider, one more: the bytes of the one before may end in NULs
    found = data.find(bytes(REGION * width + (width if width > 1 else 0)))
    return -(-found // width) * width if found >= 0 else -1


def leading(data: bytes, width: int = 1) -> int:
    """Return how many bytes of NULs data begins with, in whole characters."""
    count = len(data) - len(data.lstrip(b"\0"))
    return count - count % width


def pieces(line: bytes, width: int = 1) -> list[tuple[int, bytes]]:
    """Return what stands in a line around the regions in it: index and bytes of each part."""
    found: list[tuple[int, bytes]] = []
    at = leading(line, width)
    while at < len(line):
        rest = line[at:]
        end = region_in(rest, width)
        if end < 0:
            found.append((at, rest))
            break
        found.append((at, rest[:end]))
        at += end
        at += leading(line[at:], width)
    return found


def skip_hole(fd: int, offset: int) -> int:
    """Return where the file has data at or behind `offset`, as far as its file system says.

    That is `offset` where nothing is known of holes, and the end of the file where none follows.
    """
    try:
        return os.lseek(fd, offset, os.SEEK_DATA)
    except OSError as error:
        return max(offset, os.fstat(fd).st_size) if error.errno == errno.ENXIO else offset
