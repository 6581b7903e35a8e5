"""NULs that nobody wrote: passed over in little memory, counted, and never a line."""

import os
import tracemalloc
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source import nul, tail
from logtrace.source.files import AWAKE, GIVE_UP
from logtrace.source.lines import BLOCK, MAX_LINE
from logtrace.source.nul import REGION
from logtrace.source.roster import LINGER
from tests.support.files import FollowedFiles, LogWriter
from tests.support.tailing import Follow, lost, places


def skipped(followed: FollowedFiles) -> int:
    """Return how many NULs were counted."""
    return followed.telemetry.count("nuls_skipped", "app")


def put(path: Path, at: int, data: bytes) -> None:
    """Write into a file as one does that does not append."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


@pytest.mark.scenario(33)
def test_copytruncate_under_a_writer_that_does_not_append(follow: Follow, app: LogWriter) -> None:
    """It writes on where it was: the hole before that is passed over, what follows is read."""
    followed = follow("app.log")
    app.lines(50)
    followed.read_and_release()
    size = app.path.stat().st_size
    app.truncate()
    put(app.path, size, b"after\n")
    assert [b"after"] == followed.read_and_release()
    put(app.path, size + 6, b"more\n")
    assert [b"more"] == followed.read_and_release()
    assert size == skipped(followed)
    assert size == followed.batches[-2].starts[0]
    followed.restart()
    assert [] == followed.read()


@pytest.mark.parametrize("holes", [True, False])
@pytest.mark.parametrize("size", [1, REGION, BLOCK - 1, BLOCK, BLOCK + 1, 40 * BLOCK])
@pytest.mark.scenario(33)
def test_a_head_of_nuls(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch, size: int, holes: bool
) -> None:
    """However many, and whether or not the file system knows that nothing is there."""
    if not holes:
        monkeypatch.setattr(tail, "skip_hole", lambda _, offset: offset)
    app.write(bytes(size) + b"one\ntwo\n")
    followed = follow("app.log")
    assert [b"one", b"two"] == followed.read()
    assert [size, size + 4, size + 8] == followed.batches[0].starts
    assert size == skipped(followed)
    before = places(followed.batches)
    followed.restart()
    followed.read()
    assert before == places(followed.batches)


def test_a_hole_of_a_terabyte(follow: Follow, app: LogWriter) -> None:
    """It takes one step and no memory."""
    app.write(b"one\n")
    os.truncate(app.path, 1 << 40)
    put(app.path, 1 << 40, b"two\n")
    followed = follow("app.log")
    tracemalloc.start()
    try:
        lines = [line for _ in range(3) for batch in followed.round() for line in batch.lines]
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_LINE
    finally:
        tracemalloc.stop()
    assert [b"one", b"two"] == lines
    assert (1 << 40) - 4 == skipped(followed)


@pytest.mark.parametrize("size", [100, BLOCK, 3 * BLOCK])
@pytest.mark.scenario(39)
def test_room_that_was_asked_for(follow: Follow, app: LogWriter, size: int) -> None:
    """A tail of NULs gives nothing; lines that are written into it come when they are whole."""
    app.write(bytes(size))
    followed = follow("app.log")
    at = 0
    for data, expected in [
        (b"one\ntw", [b"one"]),
        (b"o", []),
        (b"\nthree\n", [b"two", b"three"]),
        (b"\n", [b""]),
        (b"x" * 70 + b"\n", [b"x" * 70]),
    ]:
        put(app.path, at, data)
        at += len(data)
        assert expected == followed.read_and_release()
    assert 0 == skipped(followed)
    followed.restart()
    assert [] == followed.read(LINGER)
    put(app.path, at, b"later\n")
    assert [b"later"] == followed.read()


@pytest.mark.scenario(39)
def test_a_writer_that_maps_the_file(follow: Follow, app: LogWriter) -> None:
    """Its changes are seen although neither size nor time of the file say anything."""
    app.write(b"one\n" + bytes(5000))
    followed = follow("app.log")
    assert [b"one"] == followed.read()
    followed.read(AWAKE + SECOND)
    status = app.path.stat()
    put(app.path, 4, b"two\n")
    os.utime(app.path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert [b"two"] == followed.read()


def test_room_that_was_not_used(follow: Follow, app: LogWriter) -> None:
    """Rotated away it is read as far as lines go, and nothing is lost."""
    app.write(b"one\nhalf" + bytes(5000))
    followed = follow("app.log")
    assert [b"one"] == followed.read_and_release()
    app.rotate()
    new = app.lines(1)
    found = followed.read_and_release() + followed.read_and_release(GIVE_UP + SECOND)
    assert [b"half", *new] == found
    assert [] == followed.read(LINGER) + followed.read(LINGER)
    app.rotated(1).unlink()
    assert 0 == lost(followed)


def test_a_power_cut(follow: Follow, app: LogWriter) -> None:
    """What was lost ends the line before it; the one behind it is its own, also when read again."""
    for size in (REGION, 4000, 2 * BLOCK):
        app.write(b"one\nha" + bytes(size) + b"next\n" + b"odd \0 char\n")
    followed = follow("app.log")
    expected = 3 * [b"one", b"ha", b"next", b"odd \0 char"]
    assert expected == followed.read()
    assert REGION + 4000 + 2 * BLOCK == skipped(followed)
    before = [(b.key, start) for b in followed.batches for start in b.starts[:-1]]
    followed.restart()
    assert expected == followed.read()
    assert before == [(b.key, start) for b in followed.batches for start in b.starts[:-1]]
    assert 0 == followed.telemetry.count("lines_repaired", "cut")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-be", "latin-1"])
def test_other_encodings(follow: Follow, app: LogWriter, encoding: str) -> None:
    """NULs are whole characters there; those that belong to others are not taken for some."""
    width = len("\n".encode(encoding))
    hole = bytes(40 * width)
    parts = [
        text.encode(encoding) for text in ("one\nha", "next\n", "Ā last\n" if width > 1 else "la\n")
    ]
    app.write(hole + hole.join(parts))
    followed = follow("app.log", encoding=encoding)
    last = "Ā last" if width > 1 else "la"
    assert ["one", "ha", "next", last] == [line.decode() for line in followed.read()]
    assert 3 * len(hole) == skipped(followed)


def test_a_hole_where_nothing_is_known_of_holes(tmp_path: Path) -> None:
    """Where the file system does not say, one looks; past the last data there is the end."""
    path = tmp_path / "file"
    path.write_bytes(b"one")
    os.truncate(path, 1 << 20)
    with path.open("rb") as file:
        assert 0 == nul.skip_hole(file.fileno(), 0)
        assert 1 << 20 == nul.skip_hole(file.fileno(), 1 << 19)
    with open("/dev/null", "rb") as null:
        assert 0 <= nul.skip_hole(null.fileno(), 7)
