"""Which file an archive is: by its head and anchor, step by step, and not before it can be known."""

import gzip
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace.source import archives as module
from logtrace.source.archives import WAIT, Archives, Known, was_read
from logtrace.source.checkpoint import FileEntry
from logtrace.source.compressed import Unpacked
from logtrace.source.gunzip import Gzip
from logtrace.source.identity import observe
from logtrace.source.lines import BLOCK
from logtrace.source.tail import Tail
from logtrace.source.window import STEPS

TEXT = b"".join(b"2026-11-22 12:00:00 this is line %04d\n" % number for number in range(100))
LARGE = b"".join(b"%s\n" % random.Random(n).randbytes(60).hex().encode() for n in range(60_000))


class Case:
    """A directory with archives, and what is known when they are looked into."""

    def __init__(self, directory: Path, once: bool = False) -> None:
        self.directory, self.now = directory, 0
        self.missing: list[FileEntry] = []
        self.followed: list[Tail] = []
        self.archives = Archives(lambda _: self.missing, lambda _: self.followed, once)
        self.known: list[Known] = []

    def entry(self, content: bytes, offset: int, key: int) -> FileEntry:
        """Return the entry of a file with that content, read up to an offset."""
        path = self.directory / f"{key}.log"
        path.write_bytes(content)
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            identity = observe(file.fileno(), status, offset)
        return FileEntry(key, "shop", str(path), str(path), identity, offset, len(content))

    def miss(self, content: bytes, offset: int, key: int = 7) -> FileEntry:
        """Have a file with that content missing."""
        self.missing.append(self.entry(content, offset, key))
        return self.missing[-1]

    def follow(self, content: bytes, offset: int, key: int = 7) -> Tail:
        """Follow such a file."""
        entry = self.entry(content, offset, key)
        fd = os.open(entry.path, os.O_RDONLY)
        self.followed.append(Tail(entry, fd, os.fstat(fd)))
        self.followed[-1].listed = True
        return self.followed[-1]

    def add(
        self, packed: bytes, listed: bool = True, at_end: bool = False, name: str = "app.log.1.gz"
    ) -> Path:
        """Have an archive looked into."""
        path = self.directory / name
        path.write_bytes(packed)
        fd = os.open(path, os.O_RDONLY)
        self.archives.add(str(path), "shop", listed, at_end, fd, Gzip, self.now)
        return path

    def look(self, pause: int = 0, scan: bool = True) -> list[tuple[int | None, int]]:
        """Take a step; return key and offset of what is known."""
        self.now += pause
        found = self.archives.step(self.now, scan)
        self.known += found
        return [(each.entry.key if each.entry else None, each.offset) for each in found]


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    """An empty directory."""
    made = Case(tmp_path)
    yield made
    made.archives.close()
    for known in made.known:
        os.close(known.archive.fd)
    for tail in made.followed:
        tail.close()


def test_one_of_its_own(case: Case) -> None:
    """What begins as no known file does is read from its beginning."""
    case.miss(b"X" + TEXT, 200)
    case.add(gzip.compress(TEXT))
    assert [(None, 0)] == case.look()
    assert not case.archives.busy


def test_a_missing_file(case: Case) -> None:
    """By head and anchor it is known, and its content stands near its offset."""
    case.miss(TEXT, 200)
    path = case.add(gzip.compress(TEXT))
    assert (path.stat().st_dev, path.stat().st_ino) in case.archives
    assert [(7, 0)] == case.look()
    assert TEXT[200:210] == case.known[0].archive.content.read(10, 200)
    assert (path.stat().st_dev, path.stat().st_ino) not in case.archives


@pytest.mark.parametrize("packed", [TEXT[:199], TEXT[:190] + b"X" + TEXT[191:], b"X" + TEXT[1:]])
def test_what_is_not_the_one(case: Case, packed: bytes) -> None:
    """With less than was read, another end or another head it is another file."""
    case.miss(TEXT, 200)
    case.add(gzip.compress(packed))
    assert [(None, 0)] == case.look()


def test_too_little_to_tell(case: Case) -> None:
    """A few bytes that agree are no evidence."""
    case.miss(TEXT[:38], 38)
    case.add(gzip.compress(TEXT))
    assert [(None, 0)] == case.look()


def test_of_several_the_one_that_was_read_farthest(case: Case) -> None:
    """They may have begun alike, or be copies of one another."""
    for key, offset in ((1, 100), (2, 300), (3, 200)):
        case.miss(TEXT, offset, key)
    case.add(gzip.compress(TEXT))
    assert [(2, 0)] == case.look()


def test_a_far_offset_is_reached_in_steps(case: Case) -> None:
    """Until then its stream is known to hold lines, and the file is not given up."""
    entry = case.miss(LARGE, len(LARGE) - 121)
    case.add(gzip.compress(LARGE))
    assert [] == case.look(scan=False)
    assert (True, {7}) == (case.archives.busy, case.archives.keys())
    assert entry.stream in case.archives.streams()
    steps = 1
    while not (found := case.look(scan=False)):
        steps += 1
    assert ([(7, 0)], True) == (found, steps >= len(LARGE) // (STEPS * BLOCK) - 1)
    assert (False, set(), set()) == (
        case.archives.busy,
        case.archives.keys(),
        case.archives.streams(),
    )


def test_one_that_is_still_written(case: Case) -> None:
    """It is waited for, without a step between scans; when it is quiet for long it is taken as it is."""
    whole = gzip.compress(TEXT[:500])
    case.miss(TEXT[:500], 400)
    path = case.add(whole[:40])
    assert [] == case.look()
    assert not case.archives.busy
    path.write_bytes(whole)
    assert [] == case.look(scan=False)
    assert [(7, 0)] == case.look()

    case.missing.clear()
    case.add(whole[:40], name="other.gz")
    assert [] == case.look(WAIT - 1)
    assert [(None, 0)] == case.look(WAIT)


def test_once(tmp_path: Path) -> None:
    """With --once nothing is waited for."""
    case = Case(tmp_path, once=True)
    case.add(gzip.compress(TEXT)[:40])
    assert [(None, 0)] == case.look()
    os.close(case.known[0].archive.fd)


def test_one_of_a_file_that_is_followed(case: Case) -> None:
    """It waits until that is left, and then is that file, however little was read."""
    tail = case.follow(TEXT, 38)
    case.add(gzip.compress(TEXT))
    os.unlink(tail.entry.path)
    tail.links = 0
    assert [] == case.look() + case.look(2 * WAIT)
    case.followed.clear()
    case.missing.append(tail.entry)
    assert [(7, 0)] == case.look()
    tail.close()


@pytest.mark.parametrize(("length", "offset"), [(500, 300), (300, 300), (200, 200)])
def test_one_of_a_log_that_goes_on(case: Case, length: int, offset: int) -> None:
    """After a while it is one of its own, and read from where the log was read to."""
    case.follow(TEXT, 300)
    case.add(gzip.compress(TEXT[:length]))
    assert [] == case.look()
    assert [(None, offset)] == case.look(WAIT)


def test_a_rotated_original_is_read_to_its_end_first(case: Case) -> None:
    """Otherwise what is unread of it would be read from both."""
    tail = case.follow(TEXT, 300)
    tail.listed = False
    case.add(gzip.compress(TEXT))
    assert [] == case.look(2 * WAIT)
    tail.drained = True
    assert [(None, 300)] == case.look()


def test_a_followed_file_that_only_begins_alike(case: Case) -> None:
    """It is not waited for."""
    case.follow(TEXT[:-2] + b"X\n", 300)
    case.add(gzip.compress(TEXT))
    assert [(None, 0)] == case.look()


def test_what_is_there_at_the_first_start(case: Case) -> None:
    """It is entered at its end, which is found in steps."""
    case.add(gzip.compress(LARGE), at_end=True)
    assert [] == case.look(scan=False)
    assert case.archives.busy
    while not (found := case.look(scan=False)):
        pass
    assert [(None, len(LARGE))] == found


def test_what_nobody_names(case: Case) -> None:
    """If it is no missing file it is closed, and not looked into again before that can change."""
    case.miss(b"X" + TEXT, 200)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(2):
        case.add(gzip.compress(TEXT), listed=False)
        os.utime(case.directory / "app.log.1.gz", ns=(5, 5))
        assert [] == case.look()
        assert before == len(os.listdir("/proc/self/fd"))
    case.miss(TEXT, 200, key=8)
    case.add(gzip.compress(TEXT), listed=False)
    assert [(8, 0)] == case.look()


def test_many_at_once(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """One a step is looked into, few are open; what waits is entered as it would have been."""
    monkeypatch.setattr(module, "MAX_OPEN", 2)
    for _ in range(3):
        for name in "abc":
            place = os.stat(case.directory / name) if (case.directory / name).exists() else None
            known = [each.archive.place for each in case.known]
            if place is None or (place.st_dev, place.st_ino) not in known:
                case.add(gzip.compress(TEXT), at_end=not case.now, name=name)
        case.now += 1
        while case.archives.busy:
            assert 1 >= len(case.look(scan=False))
    assert [len(TEXT)] * 3 == [each.offset for each in case.known]


def test_one_that_is_deleted(case: Case) -> None:
    """It is let go."""
    before = len(os.listdir("/proc/self/fd"))
    path = case.add(gzip.compress(TEXT)[:40])
    assert [] == case.look()
    path.unlink()
    assert [] == case.look()
    assert before == len(os.listdir("/proc/self/fd"))


def test_one_that_was_read(case: Case) -> None:
    """An archive that was read to its end need not be decompressed to be known, if it only grew."""
    path = case.add(gzip.compress(TEXT))
    with path.open("rb") as file:
        status, content = os.fstat(file.fileno()), Unpacked(file.fileno(), Gzip)
        entry = case.entry(TEXT, len(TEXT), 7)
        assert not was_read(entry, status, content)
        for packed, expected in ((status.st_size, True), (9, True), (status.st_size + 1, False)):
            entry.packed = packed
            assert expected is was_read(entry, status, content)
        assert not was_read(case.entry(b"X" + TEXT, 200, 8), status, content)
