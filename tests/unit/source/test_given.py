"""Log text from the command line: the same batches as a tail gives, of any stream of bytes."""

import bz2
import gzip
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from logtrace.encodings import lookup
from logtrace.model import LineBatch
from logtrace.source.given import batches
from logtrace.source.lines import BLOCK, MAX_LINE
from tests.support.files import FollowedFiles, source


def given(content: bytes) -> list[LineBatch]:
    """Return all batches of some text."""
    return list(batches(BytesIO(content), "app.log", "shop", 3))


def test_a_batch_says_where_it_is_from() -> None:
    """Name, source, and the place on the command line as the key."""
    assert [
        LineBatch(
            "shop", "app.log", 3, b"one\n\ntwo\r\n", [b"one", b"", b"two\r"], [0, 4, 5, 10], 0, True
        )
    ] == given(b"one\n\ntwo\r\n")


def test_nothing_gives_nothing() -> None:
    """An empty file has no line."""
    assert [] == given(b"")


def test_an_unterminated_last_line_is_a_line() -> None:
    """It gets the newline that it has not."""
    first, last = given(b"one\ntwo")
    assert ([b"one"], [b"two"]) == (first.lines, last.lines)
    assert (b"two\n", 4, 1) == (last.block, last.starts[0], last.first)
    assert (True, False) == (first.behind, last.behind)


@pytest.mark.parametrize("size", [63, 64, 65, 150, 900, 1000, 1024, 5000])
def test_an_unterminated_last_line_behind_others(size: int) -> None:
    """It is given whatever stands before it: what has gone by once is not asked for again."""
    before = b"x" * size + b"\n"
    assert [[b"x" * size], [b"y" * 300]] == [batch.lines for batch in given(before + b"y" * 300)]


def test_blocks() -> None:
    """Offsets and record numbers go on from block to block; lines cross them whole."""
    text = b"".join(b"line %06d\n" % number for number in range(30_000))
    found = given(text)

    assert text == b"".join(batch.block for batch in found)
    assert 3 == len(found)
    assert list(range(30_000)) == [
        batch.first + index for batch in found for index in range(len(batch.lines))
    ]
    assert list(range(0, len(text), 12)) == [
        start for batch in found for start in batch.starts[:-1]
    ]


@pytest.mark.parametrize("more", [-2, -1, 0, 1, 2])
def test_lines_as_long_as_a_block(more: int) -> None:
    """A newline just before, on and behind the end of a block."""
    line = b"x" * (BLOCK + more)
    found = given(line + b"\nnext\n")
    assert [line, b"next"] == [each for batch in found for each in batch.lines]
    assert [0, len(line) + 1] == [start for batch in found for start in batch.starts[:-1]]


def test_a_stream_that_gives_little_at_a_time() -> None:
    """A pipe returns what it has: lines are put together."""

    class Pipe(BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            return super().read(3)

    found = list(batches(Pipe(b"one\ntwo and a half\nlast"), "-", "shop", 1))
    assert [b"one", b"two and a half", b"last"] == [line for batch in found for line in batch.lines]


CONTENT = b"a\n" + "é".encode() * MAX_LINE + b"\nb\n" + b"c" * (MAX_LINE + 1) + b"\nd\ne"


def test_the_same_as_the_tail(tmp_path: Path) -> None:
    """Lines, also over-long ones, and their places are those that the daemon would see."""
    path = tmp_path / "app.log"
    path.write_bytes(CONTENT)
    followed = FollowedFiles(tmp_path / "state", source(path), once=True)
    followed.read()
    followed.stop()

    def seen(found: list[LineBatch]) -> list[tuple[bytes, int]]:
        return [pair for batch in found for pair in zip(batch.lines, batch.starts, strict=False)]

    found = given(CONTENT)
    assert seen(followed.batches) == seen(found)
    assert [0, 1, 2, 3, 4, 5] == [
        batch.first + index for batch in found for index in range(len(batch.lines))
    ]
    assert all(batch.block == b"".join(line + b"\n" for line in batch.lines) for batch in found)


def test_an_endless_line_takes_no_memory() -> None:
    """What is behind the bound is passed over as it comes."""
    held = 0

    class Endless(BytesIO):
        left = 64 * MAX_LINE

        def read(self, size: int | None = -1) -> bytes:
            part = min(size or 0, self.left)
            self.left -= part
            return b"x" * part

    for batch in batches(Endless(), "-", "shop", 1):
        held += len(batch.block)
    assert MAX_LINE + 1 == held


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_archives(pack: Callable[[bytes], bytes]) -> None:
    """They are read as what they hold, whatever they are called."""
    text = b"".join(b"line %06d\n" % number for number in range(30_000))
    assert given(text) == given(pack(text[:100_000]) + pack(text[100_000:]))


def test_damaged_archives() -> None:
    """What can be read is given, and what is wrong is said once."""
    whole = gzip.compress(b"one\ntwo\n")
    for data, wrong in (
        (whole, []),
        (whole[:-3], [("truncated", 8)]),
        (whole + b"x", [("something else stands behind it", 8)]),
        (whole[:-8] + bytes(8), [("wrong checksum", 8)]),
    ):
        said: list[tuple[str, int]] = []
        found = batches(
            BytesIO(data), "-", "shop", 1, None, lambda *what, said=said: said.append(what)
        )
        assert [b"one", b"two"] == [line for batch in found for line in batch.lines]
        assert wrong == said


def test_what_was_mended_is_known() -> None:
    """Cut lines, bytes that are no text, and NULs are in the batches, as the tail has them."""
    data = b"x" * (MAX_LINE + 1) + b"\n" + bytes(100) + b"\x81\n"
    found = list(batches(BytesIO(data), "-", "shop", 1, lookup("shift_jis")))
    assert [1, 1, 100] == [
        sum(getattr(batch, name) for batch in found) for name in ("cut", "repaired", "nuls")
    ]
