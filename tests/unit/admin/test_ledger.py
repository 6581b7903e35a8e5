"""What the ledger holds, against what stands at the paths now."""

import os
from pathlib import Path

import pytest

from logtrace.admin.ledger import LedgerFile, describe
from logtrace.assemble import memory
from logtrace.assemble.closed import ClosedTraces
from logtrace.assemble.decisions import Decision
from logtrace.assemble.waits import Waits
from logtrace.clock import SECOND
from logtrace.source.checkpoint import FileEntry
from logtrace.source.contents import Contents
from logtrace.source.identity import Identity, number
from tests.support.clock import NOON


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of 500 bytes."""
    log = tmp_path / "app.log"
    log.write_bytes(b"x" * 499 + b"\n")
    return log


def entry(path: Path, **changes: object) -> FileEntry:
    """Return the entry of a file of which 400 bytes were read, at the inode that it has."""
    device, inode = number(path.stat()) if path.exists() else (1, 2)
    made = FileEntry(255, "shop", str(path), str(path), Identity(device, inode, b"", 0, b""), 400)
    made.size = 450
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def described(*entries: FileEntry, notes: dict[str, bytes] | None = None) -> list[LedgerFile]:
    """Return what is told of entries."""
    return describe(Contents(Path("/state/state.db"), 2, list(entries), notes or {})).files


def test_a_file_that_is_there(log: Path) -> None:
    """Its size is that of now, what is unread follows from it."""
    (file,) = described(entry(log))
    device, inode = number(log.stat())
    assert (
        LedgerFile(
            key="00000000000000ff",
            path=str(log),
            stream=str(log),
            source="shop",
            state="there",
            device=device,
            inode=inode,
            size=500,
            size_seen=450,
            offset=400,
            unread_bytes=100,
        )
        == file
    )


def test_open_lines_are_told(log: Path) -> None:
    """How many runs, how many bytes, and where the oldest begins."""
    (file,) = described(entry(log, owed=[100, 120, 200, 250]))
    assert (2, 70, 100) == (file.open_runs, file.open_bytes, file.open_from)


def test_another_file_at_its_path_is_not_it(log: Path) -> None:
    """Whatever the name says; what it held when it was seen last is still unread."""
    before = entry(log, gone=NOON)
    log.rename(log.with_name("old"))
    log.write_text("another")
    (file,) = described(before)
    assert ("missing", None, 50) == (file.state, file.size, file.unread_bytes)
    assert "2026-11-22T12:00:00.000Z" == file.missing_since


@pytest.mark.parametrize(
    ("finished", "owed", "state"),
    [(False, [], "missing"), (True, [], "finished"), (True, [0, 10], "missing")],
)
def test_a_file_that_is_gone(tmp_path: Path, finished: bool, owed: list[int], state: str) -> None:
    """Nothing more is expected of one that was read to its end and of which nothing is open."""
    (file,) = described(entry(tmp_path / "gone", finished=finished, owed=owed))
    assert state == file.state
    assert (0 if finished else 50) == file.unread_bytes


def test_a_file_that_was_read_and_renamed(tmp_path: Path) -> None:
    """As long as its writer may go on in it the ledger does not call it finished; it lacks nothing."""
    (file,) = described(entry(tmp_path / "gone", size=400))
    assert ("finished", 0) == (file.state, file.unread_bytes)


def test_a_file_that_this_user_may_not_look_at(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither there nor missing: not known."""
    known = entry(log)

    def refuse(_path: str) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "stat", refuse)
    (file,) = described(known)
    assert ("unknown", None) == (file.state, file.size)


@pytest.mark.parametrize(("packed", "unread"), [(500, 0), (499, None), (0, None)])
def test_of_an_archive_only_its_end_is_known(log: Path, packed: int, unread: int | None) -> None:
    """Its sizes in the ledger are decompressed: on the disk they say nothing."""
    archive = log.rename(log.with_name("app.log.1.gz"))
    (file,) = described(entry(archive, packed=packed))
    assert (True, unread) == (file.compressed, file.unread_bytes)


def test_what_restarts_know_is_counted(log: Path) -> None:
    """Sources that were there before, learnt waits and closed traces."""
    waits, closed = Waits(None), ClosedTraces()
    waits.learn("shop", "job", 3 * SECOND)
    closed.remember(1, (7, "shop", "job", Decision(1, "-1", 1.0)))
    closed.remember(2, (7, "shop", "job", Decision(1, "-1", 1.0)))
    notes = {
        memory.NOTE: memory.pack(waits, closed),
        "seen source shop": b"",
        "seen source billing": b"",
        "of another version": b"\xff",
    }
    held = describe(Contents(Path("/state/state.db"), 2, [entry(log)], notes))
    assert (["billing", "shop"], 1, 2) == (
        held.sources_seen,
        held.learnt_waits,
        held.closed_traces,
    )
    assert ("/state/state.db", 2) == (held.path, held.state_schema)


def test_a_memory_that_cannot_be_read_is_none(log: Path) -> None:
    """The files are told all the same."""
    assert 1 == len(described(entry(log), notes={memory.NOTE: b"garbage"}))
