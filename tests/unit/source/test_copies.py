"""Suspected copies: which newcomers wait, for how long, and where they are read from."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source.checkpoint import FileEntry
from logtrace.source.copies import MAX_WAITING, WAIT, Copies, holds, offset_in, original
from logtrace.source.identity import EVIDENCE, HEAD, observe
from logtrace.source.tail import Tail

TEXT = b"".join(b"2026-11-22 12:00:00 this is line %04d\n" % number for number in range(100))


class Place:
    """A directory with a followed log, read up to an offset, and newcomers beside it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.tails: list[Tail] = []
        self.fds: list[int] = []

    def follow(self, name: str, content: bytes = TEXT, offset: int = len(TEXT)) -> Tail:
        """Write a file and follow it."""
        path = self.directory / name
        path.write_bytes(content)
        fd = os.open(path, os.O_RDONLY)
        status = os.fstat(fd)
        entry = FileEntry(7, "shop", str(path), str(path), observe(fd, status, offset), offset)
        tail = Tail(entry, fd, status)
        tail.listed = True
        self.tails.append(tail)
        return tail

    def newcomer(self, name: str, content: bytes = TEXT) -> tuple[str, int]:
        """Write a file; return its path and a descriptor."""
        path = self.directory / name
        path.write_bytes(content)
        self.fds.append(os.open(path, os.O_RDONLY))
        return str(path), self.fds[-1]

    def suspected(self, name: str, content: bytes = TEXT) -> bool:
        """Return whether a newcomer is taken for a copy of a followed file."""
        streams = {tail.entry.stream: [tail] for tail in self.tails}
        return original(*self.newcomer(name, content), streams) is not None


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """An empty directory."""
    made = Place(tmp_path)
    yield made
    for tail in made.tails:
        tail.close()
    for fd in made.fds:
        os.close(fd)


# ── which ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("app.log.1", True),
        ("app.log-20261122", True),
        ("app-20261122.log", True),
        ("app.log.copy", True),
        ("other.log", False),
        ("ap.log", False),
        ("old-app.log", False),
    ],
)
def test_names_that_a_rotation_gives(place: Place, name: str, expected: bool) -> None:
    """A copy's name extends the original's, before the extension or behind it."""
    place.follow("app.log")
    assert expected == place.suspected(name)


def test_copies_are_copies_of_one_directory(place: Place) -> None:
    """A file of another directory is no suspect."""
    place.follow("app.log")
    (place.directory / "old").mkdir()
    assert not place.suspected("old/app.log.1")


def test_the_original_is_returned(place: Place) -> None:
    """Of several followed files it is the one with the same beginning."""
    place.follow("app.log", b"X" + TEXT)
    expected = place.follow("app", TEXT)
    streams = {tail.entry.stream: [tail] for tail in place.tails}
    assert expected is original(*place.newcomer("app.log.1"), streams)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(TEXT[:2000], True, id="half written"),
        pytest.param(TEXT[:10], True, id="hardly begun"),
        pytest.param(b"", True, id="just made"),
        pytest.param(TEXT, True, id="finished"),
        pytest.param(b"X" + TEXT[1:], False, id="another beginning"),
        pytest.param(TEXT[:HEAD] + b"X" * 500, False, id="the same banner, then another log"),
        pytest.param(TEXT + b"more\n", False, id="longer than the original"),
    ],
)
def test_contents_that_a_copy_has(place: Place, content: bytes, expected: bool) -> None:
    """What is there of a copy, finished or not, is what stands in the original."""
    place.follow("app.log")
    assert expected == place.suspected("app.log.1", content)


def test_an_original_that_was_just_cut(place: Place) -> None:
    """When the original was cut since it was looked at, nothing can be said of a newcomer yet."""
    place.follow("app.log")
    (place.directory / "app.log").write_bytes(b"")
    assert place.suspected("app.log.1")


def test_only_live_originals(place: Place) -> None:
    """A closed, a rotated or a hardly read file is not what a newcomer may be a copy of."""
    tail = place.follow("app.log")
    assert place.suspected("app.log.1")
    tail.listed = False
    assert not place.suspected("app.log.1")
    tail.listed = True
    tail.entry.offset = EVIDENCE - 1
    assert place.suspected("app.log.1")  # its name says it
    assert not place.suspected("app2.log")
    tail.entry.offset = EVIDENCE
    assert place.suspected("app2.log")
    tail.entry.identity.covered = EVIDENCE - 1
    assert not place.suspected("app.log.copy")
    tail.entry.identity.covered = EVIDENCE
    tail.close()
    assert not place.suspected("app.log.1")


@pytest.mark.parametrize(
    ("name", "content", "age", "expected"),
    [
        pytest.param("app.log.1", b"started\n", 0, True, id="all of it"),
        pytest.param("app.log.1", b"sta", 1, True, id="half written"),
        pytest.param("app.log.1", b"started\n", 1, False, id="older than what it would be of"),
        pytest.param("app.log.1", b"started\nmore\n", 0, False, id="longer"),
        pytest.param("app.log.1", b"stopped\n", 0, False, id="something else"),
        pytest.param("app.log.copy", b"started\n", 0, False, id="a name that no rotation gives"),
    ],
)
def test_copies_of_few_bytes(
    place: Place, name: str, content: bytes, age: int, expected: bool
) -> None:
    """So little is soon the same in two files: name and time must say that it is a copy, too."""
    tail = place.follow("app.log", b"started\n", 8)
    path, fd = place.newcomer(name, content)
    os.utime(path, ns=(tail.mtime - age, tail.mtime - age))
    assert expected == (original(path, fd, {tail.entry.stream: [tail]}) is not None)


def test_few_bytes_of_which_nothing_was_read(place: Place) -> None:
    """Then nothing can come twice, and nothing waits."""
    place.follow("app.log", b"started\n", 0)
    assert not place.suspected("app.log.1", b"started\n")


@pytest.mark.parametrize("gone", [True, False])
@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("content", [TEXT, b"started\n"], ids=["much", "little"])
def test_what_another_program_moved(place: Place, content: bytes, kept: bool, gone: bool) -> None:
    """It holds what the deleted file did; with few bytes it has the time of that, too."""
    tail = place.follow("app.log", content, len(content))
    path, fd = place.newcomer("app.log.1", content)
    written = tail.mtime + (not kept)
    os.utime(path, ns=(written, written))
    if gone:
        (place.directory / "app.log").unlink()
    expected = content == TEXT or (kept and gone)
    assert expected == holds(fd, os.fstat(fd), tail)


# ── how long ──────────────────────────────────────────────────────────────────────────────────────


def test_a_suspect_waits_until_it_is_quiet() -> None:
    """Ten seconds after its last growth it is a file of its own; until then it is left alone."""
    copies = Copies()
    assert copies.wait((1, 1), 100, 0)
    assert copies.wait((1, 1), 200, WAIT - 1)
    assert copies.wait((1, 1), 200, 2 * WAIT - 2)
    assert not copies.wait((1, 1), 200, 2 * WAIT - 1)


def test_suspects_wait_each_for_itself() -> None:
    """The growth of one does not count for another."""
    copies = Copies()
    for now in (0, WAIT - 1):
        assert copies.wait((1, 1), now, now)
        assert copies.wait((1, 2), 100, now)
    assert copies.wait((1, 1), WAIT - 1, WAIT)
    assert not copies.wait((1, 2), 100, WAIT)


def test_a_suspect_that_is_let_go_is_forgotten() -> None:
    """Should it be asked about again its time begins anew."""
    copies = Copies()
    assert copies.wait((1, 1), 100, 0)
    assert not copies.wait((1, 1), 100, WAIT)
    assert copies.wait((1, 1), 100, WAIT)


def test_more_suspects_than_can_be_remembered() -> None:
    """However many there are, each is let go sooner or later, and memory is bounded."""
    copies = Copies()
    left = set(range(3 * MAX_WAITING))
    for second in range(60):
        left = {inode for inode in left if copies.wait((1, inode), 100, second * SECOND)}
        assert len(copies._waiting) <= MAX_WAITING
    assert set() == left


def test_suspects_that_went_away_make_room() -> None:
    """Files that are not asked about any more do not keep others from being remembered."""
    copies = Copies()
    for inode in range(MAX_WAITING):
        assert copies.wait((1, inode), 100, 0)
    later = 3 * WAIT
    assert copies.wait((2, 1), 100, later)
    assert not copies.wait((2, 1), 100, later + WAIT)


# ── from where ────────────────────────────────────────────────────────────────────────────────────


def test_a_copy_goes_on_behind_what_was_read(place: Place) -> None:
    """What was read of the original is not read again in its copy."""
    tail = place.follow("app.log", TEXT, 500)
    assert 500 == offset_in(tail, *place.newcomer("app.log.1"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("app-20261122.log", TEXT, id="a name that does not begin with the original's"),
        pytest.param("app.log.1", TEXT[:499], id="shorter than what was read"),
        pytest.param("app.log.1", TEXT[:499] + b"X" + TEXT[500:], id="other bytes before there"),
    ],
)
def test_what_is_no_copy_is_read_whole(place: Place, name: str, content: bytes) -> None:
    """Two files of an application may begin alike: only a clear case is not read from the start."""
    tail = place.follow("app.log", TEXT, 500)
    assert 0 == offset_in(tail, *place.newcomer(name, content))
