"""The ledger's entry of an open file: recognised, begun, cut, and taken its inode from."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from logtrace.config.model import SourceConfig
from logtrace.source.checkpoint import FileEntry
from logtrace.source.identity import EVIDENCE, observe
from logtrace.source.ledger import Ledger
from logtrace.source.missing import GRACE
from logtrace.source.registry import Registry
from tests.support.clock import NOON, FakeClock
from tests.support.files import source
from tests.support.log import recording_telemetry

TEXT = b"".join(b"2026-11-22 12:00:00 this is line %04d\n" % number for number in range(10))


class Start:
    """A registry over a ledger on disk, and a directory of logs."""

    def __init__(self, directory: Path, *sources: SourceConfig, once: bool = False) -> None:
        self.directory, self.sources, self.once = directory, sources, once
        self.clock = FakeClock()
        self.telemetry, self.log = recording_telemetry(self.clock)
        self.begin()

    def begin(self) -> None:
        self.ledger = Ledger.open(self.directory / "state", self.telemetry)
        self.registry = Registry(
            self.sources, self.ledger, self.clock, self.telemetry, once=self.once
        )

    def again(self) -> None:
        """Start again over what is on disk now, as after kill -9."""
        self.ledger.close()
        self.begin()

    def write(self, name: str, content: bytes = TEXT) -> Path:
        """Write a file."""
        path = self.directory / name
        path.write_bytes(content)
        return path

    def recognise(self, path: Path) -> FileEntry | None:
        """Return the entry of a file that is not followed."""
        with opened(path) as fd:
            return self.registry.recognise(str(path), fd, os.fstat(fd))

    def new(self, path: Path, name: str = "app", offset: int | None = None) -> FileEntry:
        """Return the new entry of a file, registered."""
        with opened(path) as fd:
            entry = self.registry.new(str(path), name, fd, os.fstat(fd), offset)
        self.ledger.register([entry])
        return entry

    def read(self, entry: FileEntry, offset: int) -> None:
        """Have a file read up to an offset."""
        with opened(Path(entry.path)) as fd:
            entry.identity, entry.offset = observe(fd, os.fstat(fd), offset), offset
        entry.size = os.path.getsize(entry.path)
        self.ledger.touch(entry)
        self.ledger.commit()


@contextmanager
def opened(path: Path, flags: int = os.O_RDONLY) -> Iterator[int]:
    """Open a file."""
    fd = os.open(path, flags)
    try:
        yield fd
    finally:
        os.close(fd)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A first start of the source `app`, that reads files from their beginning."""
    made = Start(tmp_path, source("/logs/*"))
    yield made
    made.ledger.close()


# ── recognised ────────────────────────────────────────────────────────────────────────────────────


def test_a_file_that_was_never_seen(start: Start) -> None:
    """It has no entry."""
    assert start.recognise(start.write("app.log")) is None


def test_a_known_file_under_any_name(start: Start) -> None:
    """A file that was read is recognised, in this run and the next, grown and renamed."""
    path = start.write("app.log")
    entry = start.new(path)
    start.read(entry, 200)
    assert entry is start.recognise(path)

    start.again()
    start.write("app.log", TEXT + b"more\n")
    renamed = path.rename(start.directory / "nothing alike")
    again = start.recognise(renamed)
    assert again is not None
    assert (entry.key, 200) == (again.key, again.offset)


def test_a_file_that_was_cut(start: Start) -> None:
    """It begins anew with another key in the same stream; what was in it is sought."""
    path = start.write("app.log")
    old = start.new(path)
    start.read(old, 200)
    start.write("app.log", b"new\n")
    new = start.recognise(path)

    assert new is not None
    assert new.key != old.key
    assert (old.stream, old.path, "app", 0, 1) == (
        new.stream,
        new.path,
        new.source,
        new.offset,
        new.truncations,
    )
    assert (NOON, 0) == (old.gone, old.identity.inode)
    assert new is start.recognise(path)
    assert {"file": str(path), "source": "app", "offset": 200} == start.log.named("file_truncated")[
        0
    ]
    start.again()
    assert {old.key, new.key} == start.ledger.files.keys()

    copy = start.write("app.log.1", TEXT)
    found = start.recognise(copy)
    assert found is not None
    assert old.key == found.key


def test_each_cut_has_its_key(start: Start) -> None:
    """However often the same bytes are written anew, derived ids are never the same."""
    path = start.write("app.log")
    entry = start.new(path)
    keys = {entry.key}
    for cut in range(1, 4):
        with opened(path) as fd:
            entry = start.registry.restarted(entry, fd, os.fstat(fd))
        keys.add(entry.key)
        assert cut == entry.truncations
    assert 4 == len(keys)


@pytest.mark.scenario(59)
def test_a_recycled_inode(start: Start) -> None:
    """Another file with a known inode is none that is known; the known one is sought."""
    for name, content in (("other.log", b"X" * 500), ("web.log", b"short\n")):
        path = start.write("app.log")
        entry = start.new(path)
        start.read(entry, 200)
        path.rename(start.directory / name)
        assert start.recognise(start.write(name, content)) is None
        assert (NOON, 0) == (entry.gone, entry.identity.inode)
    assert [] == start.log.named("file_truncated")


@pytest.mark.scenario(59)
def test_a_copy_with_a_recycled_inode(start: Start) -> None:
    """What a file holds says more than that another one with its inode was longer."""
    longer, log = start.write("app.log.1", TEXT * 2), start.write("app.log", b"X" + TEXT)
    first, second = start.new(longer), start.new(log)
    start.read(first, 2 * len(TEXT))
    start.read(second, 200)
    log.unlink()
    copy = start.write("app.log.1", b"X" + TEXT)
    start.again()
    found = start.recognise(copy)

    assert found is not None
    assert (second.key, copy.stat().st_ino) == (found.key, found.identity.inode)
    assert 0 == start.ledger.files[first.key].identity.inode
    assert [] == start.log.named("file_truncated")


def test_nothing_but_the_inode(start: Start) -> None:
    """If hardly anything was read, an inode under another name is not believed, a like name is."""
    banner = b"# log of the shop\n"
    for name, expected in (("app.log.1", True), ("web.log", False)):
        path = start.write("app.log", banner + TEXT)
        entry = start.new(path)
        start.read(entry, len(banner))
        assert len(banner) < EVIDENCE
        renamed = path.rename(start.directory / name)
        assert expected == (start.recognise(renamed) is entry)


def test_a_missing_file_in_a_new_place(start: Start) -> None:
    """A restored file gets its entry back, and the entry the new inode."""
    path = start.write("app.log")
    entry = start.new(path)
    start.read(entry, 200)
    keep = path.rename(start.directory / "elsewhere")
    start.again()
    restored = start.write("app.log")
    found = start.recognise(restored)

    assert found is not None
    assert entry.key == found.key
    assert restored.stat().st_ino == found.identity.inode != keep.stat().st_ino
    start.ledger.commit()
    start.again()
    assert [restored.stat().st_ino] == [kept.identity.inode for kept in start.ledger.files.values()]


def test_what_cannot_be_read_changes_nothing(start: Start) -> None:
    """When the open file cannot be read its entry stays as it was, and is there the next time."""
    path = start.write("app.log")
    entry = start.new(path)
    start.read(entry, 200)
    with opened(path, os.O_WRONLY) as fd:
        for act in (
            start.registry.recognise,
            lambda _, *file: start.registry.restarted(entry, *file),
        ):
            with pytest.raises(OSError, match="Bad file descriptor"):
                act(str(path), fd, os.fstat(fd))
    assert (0, path.stat().st_ino) == (entry.gone, entry.identity.inode)
    assert [entry.key] == list(start.ledger.files)
    assert entry is start.recognise(path)


# ── begun ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(90)
@pytest.mark.parametrize(
    ("read_from", "once", "offset"),
    [
        ("beginning", False, 0),
        ("end", False, 4),
        ("end", True, 4),
        (None, False, 4),
        (None, True, 0),
    ],
)
def test_where_a_file_is_entered(
    tmp_path: Path, read_from: str | None, once: bool, offset: int
) -> None:
    """At the first start of a source: at the end unless told otherwise; behind the last newline."""
    start = Start(tmp_path, source("/logs/*", read_from=read_from), once=once)  # type: ignore[arg-type]
    entry = start.new(start.write("app.log", b"one\ntwo"))
    start.ledger.close()
    assert offset == entry.offset
    assert 4 == entry.identity.covered  # the whole lines in it, read or not
    assert (offset == 4) == start.registry.enters_at_end("app")


def test_files_that_come_later(tmp_path: Path) -> None:
    """After the first scan, and at every later start, a new file is read from its beginning."""
    start = Start(tmp_path, source("/logs/*", read_from="end"))
    start.registry.started()
    start.new(start.write("first.log"))
    assert 0 == start.new(start.write("second.log")).offset
    start.again()
    assert 0 == start.new(start.write("third.log")).offset
    start.ledger.close()


def test_a_source_that_comes_later(tmp_path: Path) -> None:
    """A source that is new in the configuration has a first start of its own."""
    start = Start(tmp_path, source("/logs/*", read_from="end"))
    start.registry.started()
    start.new(start.write("first.log"))
    start.sources = (*start.sources, source("/web/*", name="web", read_from="end"))
    start.again()
    assert len(TEXT) == start.new(start.write("web.log"), name="web").offset
    assert 0 == start.new(start.write("app.log"), name="app").offset
    start.ledger.close()


def test_a_given_offset_counts(tmp_path: Path) -> None:
    """Who knows better where to start says so."""
    start = Start(tmp_path, source("/logs/*", read_from="end"))
    assert 38 == start.new(start.write("app.log"), offset=38).offset
    start.ledger.close()


def test_a_new_entry(start: Start) -> None:
    """Its stream is the path it was first seen under; it is recognised from then on."""
    path = start.write("app.log")
    entry = start.new(path)
    assert ("app", str(path), str(path), 0, 0) == (
        entry.source,
        entry.stream,
        entry.path,
        entry.truncations,
        entry.gone,
    )
    assert entry is start.recognise(path)


# ── inodes ────────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_without_its_inode(start: Start) -> None:
    """A file that lost its inode to another is not recognised by it, nor takes it from that."""
    path = start.write("app.log")
    first = start.new(path)
    start.registry.displace(first)
    assert start.recognise(path) is None

    second = start.new(path)
    start.registry.displace(first)
    assert second is start.recognise(path)


def test_a_place_is_handed_over(start: Start) -> None:
    """An entry that is found elsewhere leaves its old inode free."""
    old, new = start.write("app.log"), start.write("app.log.1")
    entry = start.new(old)
    start.registry.place(entry, new.stat())
    assert entry is start.recognise(new)
    assert start.recognise(old) is None
    assert (new.stat().st_ino, 0) == (entry.identity.inode, entry.gone)


def test_since_when_it_is_missing_survives_a_restart(start: Start) -> None:
    """The hour of grace is not begun anew, and ends when the file is found."""
    entry = start.new(start.write("app.log"))
    start.registry.miss(entry)
    start.ledger.commit()
    start.again()
    (again,) = start.ledger.files.values()
    assert NOON == again.gone

    start.registry.missing.discard(again)
    start.ledger.commit()
    start.again()
    (again,) = start.ledger.files.values()
    assert 0 == again.gone

    start.clock.advance(5)
    start.registry.expire()
    start.ledger.commit()
    start.again()
    (again,) = start.ledger.files.values()
    assert NOON + 5 == again.gone


def test_what_is_given_up_is_unknown(start: Start) -> None:
    """When a missing file is forgotten its inode is free for another."""
    path = start.write("app.log")
    entry = start.new(path)
    start.read(entry, 200)
    moved = path.rename(start.directory / "elsewhere")
    start.registry.miss(entry)
    start.clock.advance(GRACE)
    start.registry.expire()
    assert {} == start.ledger.files
    assert start.recognise(moved) is None
    assert [len(TEXT) - 200] == [said["bytes"] for said in start.log.named("lines_lost")]
