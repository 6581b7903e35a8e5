"""Files that nobody has found: where they are sought, as what they are known, when they are given up."""

import bz2
import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace.model import LineBatch
from logtrace.source.checkpoint import FileEntry
from logtrace.source.gunzip import Bzip2, Gzip
from logtrace.source.identity import Identity, observe
from logtrace.source.ledger import Ledger
from logtrace.source.missing import (
    GRACE,
    LONG_GRACE,
    MAX_COMPARED,
    SEARCH,
    Missing,
    open_file,
    related,
)
from tests.support.clock import NOON, FakeClock
from tests.support.log import recording_telemetry

TEXT = b"".join(b"2026-11-22 12:00:00 this is line %04d\n" % number for number in range(10))
READ = 200
"""How far a missing file was read, unless a test says otherwise."""

as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may look into every directory")


class Search:
    """A directory of logs, and the missing files that are sought in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "logs"
        self.directory.mkdir()
        self.telemetry, self.log = recording_telemetry()
        self.ledger = Ledger.in_memory(self.telemetry)
        self.clock = FakeClock()
        self.missing = Missing([], self.ledger, self.clock, self.telemetry)
        self.now = 0

    def write(self, name: str, content: bytes = TEXT) -> Path:
        """Write a file."""
        path = self.directory / name
        path.write_bytes(content)
        return path

    def lose(self, name: str, content: bytes = TEXT, offset: int = READ, key: int = 7) -> FileEntry:
        """Write a file that was read to an offset, and is missing now; return its entry."""
        path = self.write(name, content)
        fd = os.open(path, os.O_RDONLY)
        try:
            identity = observe(fd, os.fstat(fd), offset)
        finally:
            os.close(fd)
        entry = FileEntry(key, "shop", str(path), str(path), identity, offset, len(content))
        self.ledger.register([entry])
        self.missing.add(entry)
        return entry

    def found(
        self, *sources: str, taken: tuple[tuple[int, int], ...] = ()
    ) -> list[tuple[int, str]]:
        """Return key and name of what a due search finds."""
        self.now += SEARCH
        found = []
        for sighting in self.missing.search(sources or ("shop",), taken, self.now):
            assert os.path.samestat(os.fstat(sighting.fd), os.stat(sighting.path))
            found.append((sighting.entry.key, os.path.basename(sighting.path)))
            os.close(sighting.fd)
        return found

    def expire(self, after: int) -> list[FileEntry]:
        """Return what is given up so long after the beginning."""
        self.clock.advance(NOON + after - self.clock.now())
        return self.missing.expire()

    def lost(self) -> list[tuple[int, str]]:
        """Return bytes and reason of all that was said to be lost."""
        return [(said["bytes"], said["reason"]) for said in self.log.named("lines_lost")]


@pytest.fixture
def search(tmp_path: Path) -> Search:
    """An empty directory."""
    return Search(tmp_path)


def place(path: Path) -> tuple[int, int]:
    """Return device and inode."""
    return path.stat().st_dev, path.stat().st_ino


# ── names ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/logs/app.log", True),
        ("/logs/app.log.1", True),
        ("/logs/app-20261122.log", True),
        ("/logs/app.1.log.gz", True),
        ("/logs/old-app.log", False),
        ("/logs/web.log", False),
        ("/logs/old/app.log", False),
        ("/other/app.log.1", False),
    ],
)
def test_later_names(path: str, expected: bool) -> None:
    """A rotated file stays in its directory and keeps the beginning of its name."""
    entry = FileEntry(7, "shop", "/logs/app.log", "/logs/app.log", Identity(1, 2, b"", 0, b""))
    assert expected == related(entry, path)


# ── search ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["app.log.1", "app-20261122.log", "something else", ".hidden"])
def test_a_renamed_file(search: Search, name: str) -> None:
    """By its inode a file is found under every name in its directory."""
    search.lose("app.log")
    (search.directory / "app.log").rename(search.directory / name)
    search.write("app.log", b"a new one\n")
    assert [(7, name)] == search.found()


def test_a_copied_file(search: Search) -> None:
    """By what stands in it a file is found under names that begin as its own does."""
    search.lose("app.log")
    search.write("app.log", b"")
    search.write("other.log.1", TEXT)
    assert [] == search.found()
    search.write("app.log.1", TEXT)
    assert [(7, "app.log.1")] == search.found()


def test_a_directory_behind_a_link(search: Search) -> None:
    """The name of the directory may be a symbolic link: files are found behind it, copies too."""
    link = search.directory.parent / "link"
    link.symlink_to(search.directory)
    renamed, copied = search.lose("app.log"), search.lose("web.log", b"W" + TEXT, key=8)
    for entry, name in ((renamed, "app.log"), (copied, "web.log")):
        entry.stream = entry.path = str(link / name)
    (search.directory / "app.log").rename(search.directory / "app.log.1")
    search.write("web.log.1", b"W" + TEXT)
    search.write("web.log", b"")
    assert [(7, "app.log.1"), (8, "web.log.1")] == sorted(search.found())


def test_several_missing_files(search: Search) -> None:
    """Each is found by its own marks; what is not there is not."""
    for key, name in ((1, "a.log"), (2, "b.log"), (3, "c.log")):
        search.lose(name, name.encode() + TEXT, key=key)
    (search.directory / "a.log").rename(search.directory / "a.log.1")
    (search.directory / "b.log").rename(search.directory / "b.log.1")
    (search.directory / "c.log").unlink()
    assert [(1, "a.log.1"), (2, "b.log.1")] == sorted(search.found())


def test_what_only_looks_alike(search: Search) -> None:
    """A file with another head, another end, or less in it than was read, is not the one."""
    entry = search.lose("app.log")
    (search.directory / "app.log").unlink()
    entry.identity.inode = 0
    search.write("app.log.1", b"X" + TEXT[1:])
    search.write("app.log.2", TEXT[: READ - 1] + b"X" + TEXT[READ:])
    search.write("app.log.3", TEXT[: READ - 1])
    assert [] == search.found()


def test_a_recycled_inode(search: Search) -> None:
    """An inode alone is nothing: what has it now must hold what was read, or be called alike."""
    for name, content, offset in (("app.log", TEXT, READ), ("empty.log", b"", 0)):
        search.lose(name, content, offset, key=offset)
        (search.directory / name).rename(search.directory / f"secret {offset}")
        search.write(f"secret {offset}", b"S" * 500)
    assert [] == search.found()
    (search.directory / "secret 0").rename(search.directory / "empty.log.1")
    assert [(0, "empty.log.1")] == search.found()


def test_searches_are_not_too_frequent(search: Search) -> None:
    """The next search waits ten seconds, unless something else is missed."""
    search.lose("app.log")
    assert [(7, "app.log")] == search.found()
    search.now -= SEARCH - 1
    assert [] == search.missing.search(("shop",), (), search.now)
    search.lose("web.log", b"W" + TEXT, key=8)
    search.now -= SEARCH
    assert [(7, "app.log"), (8, "web.log")] == sorted(search.found())


def test_what_is_followed_is_not_missing(search: Search) -> None:
    """A file that is followed already is not found a second time."""
    search.lose("app.log")
    assert [] == search.found(taken=(place(search.directory / "app.log"),))


def test_what_nothing_is_expected_of(search: Search) -> None:
    """Finished files that owe nothing, and files of sources not configured now, are not sought."""
    entry = search.lose("app.log")
    assert [] == search.found("billing")
    entry.finished = True
    assert [] == search.found()
    entry.owed = [0, 38]
    assert [(7, "app.log")] == search.found()


def test_what_was_found_is_struck_out(search: Search) -> None:
    """It is not sought any more, and counts neither as gone nor as finished."""
    entry = search.lose("app.log")
    entry.finished = True
    assert NOON == entry.gone
    search.missing.discard(entry)
    assert (0, False) == (entry.gone, entry.finished)
    assert [] == search.found()
    assert [] == search.expire(LONG_GRACE)


def test_what_is_no_log_file(search: Search) -> None:
    """FIFOs, directories, links and archives are not opened, whatever they are called."""
    entry = search.lose("app.log")
    (search.directory / "app.log").rename(search.directory.parent / "elsewhere")
    entry.identity.inode = 0
    os.mkfifo(search.directory / "app.fifo")
    (search.directory / "app.d").mkdir()
    (search.directory / "app.link").symlink_to(search.directory.parent / "elsewhere")
    search.write("app.log.xz", b"\xfd7zXZ\0" + TEXT)
    assert [] == search.found()


def test_a_crowded_directory(search: Search) -> None:
    """Of the files that are called alike a bounded number is opened."""
    search.lose("app.log").identity.inode = 0
    for number in range(MAX_COMPARED + 1):
        search.write(f"app.{number}", b"other")
    (search.directory / "app.log").unlink()
    with os.scandir(search.directory) as items:
        first, *_, last = (item.path for item in items)
    Path(last).write_bytes(TEXT)
    assert [] == search.found()
    Path(first).unlink()
    assert [(7, os.path.basename(last))] == search.found()


def test_a_directory_that_is_gone(search: Search) -> None:
    """Nothing is found in it, and nothing raised."""
    search.lose("app.log")
    (search.directory / "app.log").unlink()
    search.directory.rmdir()
    assert [] == search.found()


@as_user
def test_a_file_that_may_not_be_read(search: Search) -> None:
    """It is not known to be the one: it is tried again with the next search."""
    search.lose("app.log")
    renamed = (search.directory / "app.log").rename(search.directory / "app.log.1")
    renamed.chmod(0)
    assert [] == search.found()
    renamed.chmod(0o600)
    assert [(7, "app.log.1")] == search.found()


def test_opening_waits_for_nobody(tmp_path: Path) -> None:
    """A FIFO without a writer is opened at once, and no child inherits the descriptor."""
    os.mkfifo(tmp_path / "fifo")
    fd = open_file(str(tmp_path / "fifo"))
    try:
        assert not os.get_inheritable(fd)
    finally:
        os.close(fd)


# ── newcomers ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def opened(search: Search) -> Iterator[tuple[str, int]]:
    """A file with the content of `search.lose`, open."""
    path = search.write("app.log.1", TEXT)
    fd = os.open(path, os.O_RDONLY)
    yield str(path), fd
    os.close(fd)


def test_a_newcomer_is_recognised(search: Search, opened: tuple[str, int]) -> None:
    """An unknown inode with what was read of a missing file of like name is that file."""
    path, fd = opened
    entry = search.lose("app.log")
    search.lose("web.log", b"W" + TEXT, key=8)
    assert entry is search.missing.recognise(path, fd, os.fstat(fd))
    search.missing.discard(entry)
    assert search.missing.recognise(path, fd, os.fstat(fd)) is None


def test_a_newcomer_with_another_name(search: Search, opened: tuple[str, int]) -> None:
    """The same bytes under a name that a rotation does not give are another file."""
    _, fd = opened
    search.lose("app.log")
    assert search.missing.recognise("/elsewhere/app.log.1", fd, os.fstat(fd)) is None


# ── giving up ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(83)
def test_what_is_not_found_is_given_up(search: Search) -> None:
    """After an hour a file is forgotten, and what was not read of it is counted as lost."""
    entry = search.lose("app.log")
    entry.owed = [0, 40, 80, 90]
    (search.directory / "app.log").unlink()
    assert [] == search.expire(GRACE - 1)
    assert [entry] == search.expire(GRACE)
    assert [(len(TEXT) - READ + 50, "file_gone")] == search.lost()
    assert {} == search.ledger.files
    assert [] == search.expire(2 * GRACE)


def test_what_was_read_is_no_loss(search: Search) -> None:
    """Nothing is said of a file of which nothing is missing; a finished one owes no bytes."""
    whole = search.lose("app.log", TEXT, len(TEXT), key=1)
    shrunk = search.lose("cut.log", TEXT, key=2)
    shrunk.size = 10
    finished = search.lose("web.log", TEXT, key=3)
    finished.finished = True
    for path in search.directory.iterdir():
        path.unlink()
    assert [whole, shrunk, finished] == search.expire(GRACE)
    assert [] == search.lost()


def test_time_begins_when_it_is_missed(search: Search) -> None:
    """What an earlier run left is missed from the first look on, not from its last."""
    entry = search.lose("app.log")
    entry.gone = 0
    (search.directory / "app.log").unlink()
    search.missing = Missing([entry], search.ledger, search.clock, search.telemetry)
    assert [] == search.expire(0)
    assert NOON == entry.gone
    assert [] == search.expire(GRACE - 1)
    assert [entry] == search.expire(GRACE)


def test_open_lines_keep_a_file(search: Search) -> None:
    """As long as lines of it are under way it is not forgotten: they must be accounted for."""
    entry = search.lose("app.log", TEXT, 0)
    (search.directory / "app.log").unlink()
    batch = LineBatch("shop", entry.stream, 7, b"a\n", [b"a"], [0, len(TEXT)])
    search.ledger.admit(batch)
    assert [] == search.expire(LONG_GRACE)
    search.ledger.release([batch.first])
    assert [entry] == search.expire(LONG_GRACE + SEARCH)
    assert [] == search.lost()


def test_a_file_that_still_stands_is_kept(search: Search) -> None:
    """A file that is where it was, of a source that is not configured now, is never forgotten."""
    entry = search.lose("app.log")
    assert [] == search.expire(2 * LONG_GRACE)
    (search.directory / "app.log").unlink()
    assert [entry] == search.expire(2 * LONG_GRACE + SEARCH)


def test_a_directory_that_went_with_its_files(search: Search) -> None:
    """A directory that is not there holds nothing any more: an hour is enough."""
    entry = search.lose("app.log")
    (search.directory / "app.log").unlink()
    search.directory.rmdir()
    assert [entry] == search.expire(GRACE)


@pytest.mark.scenario(83)
def test_another_file_system_in_its_place(search: Search) -> None:
    """While the file system is not mounted its files are not gone: they are kept for a month."""
    entry = search.lose("app.log")
    (search.directory / "app.log").unlink()
    entry.identity.device += 1
    assert [] == search.expire(LONG_GRACE - SEARCH)
    assert [entry] == search.expire(LONG_GRACE)
    assert [(len(TEXT) - READ, "file_gone")] == search.lost()


@as_user
def test_a_directory_that_cannot_be_listed(search: Search) -> None:
    """What cannot be looked for is not gone."""
    entry = search.lose("app.log")
    (search.directory / "app.log").unlink()
    search.directory.chmod(0)
    try:
        assert [] == search.expire(LONG_GRACE - 2 * SEARCH)
    finally:
        search.directory.chmod(0o700)
    assert [entry] == search.expire(LONG_GRACE - SEARCH)


# ── clocks ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(89)
@pytest.mark.parametrize("jump", [10 * GRACE, -10 * GRACE])
def test_a_wall_clock_that_jumps(search: Search, jump: int) -> None:
    """Within a run the hour of grace is an hour, whatever the wall clock does."""
    entry = search.lose("app.log")
    (search.directory / "app.log").unlink()
    search.clock.step_wall(jump)
    assert [] == search.missing.expire()
    search.clock.advance(GRACE - 1)
    assert [] == search.missing.expire()
    search.clock.advance(1)
    assert [entry] == search.missing.expire()


def test_the_hour_goes_on_after_a_restart(search: Search) -> None:
    """Across restarts the wall clock counts; one that went back gives the whole hour again."""
    entry = search.lose("app.log")
    (search.directory / "app.log").unlink()
    search.clock.advance(GRACE // 2)
    search.missing = Missing([entry], search.ledger, search.clock, search.telemetry)
    assert [] == search.missing.expire()
    search.clock.advance(GRACE // 2 - 1)
    assert [] == search.missing.expire()

    search.clock.step_wall(-GRACE)
    search.missing = Missing([entry], search.ledger, search.clock, search.telemetry)
    assert [] == search.missing.expire()
    search.clock.advance(GRACE - 1)
    assert [] == search.missing.expire()
    search.clock.advance(1)
    assert [entry] == search.missing.expire()


# ── archives and other directories ────────────────────────────────────────────────────────────────


def test_an_archive_that_begins_as_it_does(search: Search) -> None:
    """It is handed on to be looked into, under names that begin so; others are left alone."""
    search.lose("app.log")
    (search.directory / "app.log").unlink()
    search.write("app.log.1.gz", gzip.compress(TEXT))
    search.write("app.log.2.bz2", bz2.compress(TEXT))
    search.write("app.log.3.gz", gzip.compress(b"X" + TEXT))
    search.write("web.log.1.gz", gzip.compress(TEXT))
    search.now += SEARCH
    found = search.missing.search(("shop",), (), search.now)
    for sighting in found:
        os.close(sighting.fd)
    assert [("app.log.1.gz", Gzip), ("app.log.2.bz2", Bzip2)] == sorted(
        (os.path.basename(sighting.path), sighting.decoder) for sighting in found
    )


def test_the_directory_that_rotated_files_are_moved_to(search: Search) -> None:
    """They are sought there as well, and found once."""
    old = search.directory.parent / "old"
    old.mkdir()
    entry, other = search.lose("app.log"), search.lose("web.log", b"W" + TEXT, key=8)
    search.missing = Missing(
        [entry, other], search.ledger, search.clock, search.telemetry, {"shop": str(old)}
    )
    (search.directory / "app.log").rename(old / "app.log.1")
    (search.directory / "web.log").unlink()
    (old / "web.log.1").write_bytes(b"W" + TEXT)
    assert [(7, "app.log.1"), (8, "web.log.1")] == sorted(search.found())
    assert search.missing.related(entry, str(old / "app.log.1.gz"))
    assert not search.missing.related(entry, "/elsewhere/app.log.1.gz")
