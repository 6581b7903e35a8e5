"""A compressed file as if it were not: while it grows, when it is damaged, and when it is another."""

import bz2
import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logtrace.source.compressed import Unpacked, kind

Open = Callable[[], Unpacked]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The name of an archive."""
    return tmp_path / "app.log.gz"


@pytest.fixture
def opened(path: Path) -> Iterator[Open]:
    """Return what opens it."""
    fds = []

    def opened() -> Unpacked:
        fds.append(os.open(path, os.O_RDONLY))
        decoder = kind(fds[-1], str(path))
        assert decoder is not None
        return Unpacked(fds[-1], decoder)

    yield opened
    for fd in fds:
        os.close(fd)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_reading(path: Path, opened: Open, pack: Callable[[bytes], bytes]) -> None:
    """Offsets are decompressed ones; what the file holds is known to be all at its end only."""
    path.write_bytes(pack(b"0123456789"))
    content, size = opened(), path.stat().st_size
    assert (True, False) == (content.more(size), content.whole)
    assert b"345" == content.read(3, 3)
    assert b"89" == content.read(10, 8)
    assert (10, size, False, True, "") == (
        content.end,
        content.used,
        content.more(size),
        content.whole,
        content.trouble(stalled=True),
    )
    assert content.more(size + 1)


def test_growing(path: Path, opened: Open) -> None:
    """An archive that is still written ends where it ends now; what comes then follows."""
    whole = gzip.compress(b"0123456789")
    path.write_bytes(whole[:5])
    content = opened()
    assert b"" == content.read(10, 0)
    assert (False, "", "truncated") == (
        content.whole,
        content.trouble(stalled=False),
        content.trouble(stalled=True),
    )
    with path.open("ab") as file:
        file.write(whole[5:])
    assert content.more(len(whole))
    assert b"0123456789" == content.read(11, 0)
    assert content.whole


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda path, data: path.write_bytes(data + data), True),
        (lambda path, data: path.write_bytes(data), True),
        (lambda path, data: os.truncate(path, len(data) - 1), False),
        (lambda path, data: path.write_bytes(data[:4] + b"9999" + data[8:]), False),
    ],
    ids=["longer", "touched", "shorter", "another"],
)
def test_whether_it_is_what_it_was(
    path: Path, opened: Open, change: Callable[[Path, bytes], object], expected: bool
) -> None:
    """It may grow; when it is shorter than what was read, or begins otherwise, it is another."""
    data = gzip.compress(b"0123456789")
    path.write_bytes(data)
    content = opened()
    content.read(20, 0)
    change(path, data)
    assert expected is content.same()


def test_what_is_wrong(path: Path, opened: Open) -> None:
    """An error ends it, and is told; going back begins anew."""
    path.write_bytes(gzip.compress(b"0123456789") + b"garbage")
    content = opened()
    assert b"0123456789" == content.read(20, 0)
    assert (False, "something else stands behind it") == (
        content.more(1000),
        content.trouble(stalled=False),
    )
    content.restart()
    assert ("", 0, True) == (content.error, content.end, content.more(1000))
