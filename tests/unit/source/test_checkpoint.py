"""The state file: what goes in comes out, and what is not ours or not sound is told apart."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from logtrace.errors import StateError
from logtrace.source import checkpoint
from logtrace.source.checkpoint import LOCK, NAME, VERSION, FileEntry, StateFile, pack, unpack
from logtrace.source.identity import Identity
from tests.support.log import RecordingLog, recording_telemetry

as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


def entry(key: int = 7, **changes: object) -> FileEntry:
    """Return the entry of a file."""
    made = FileEntry(key, "shop", "/logs/app.log", "/logs/app.log.1", identity())
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def identity() -> Identity:
    """Return the marks of a file."""
    return Identity((1 << 63) - 1, 4711, b"h" * 16, 1024, b"a" * 16)


@contextmanager
def state(directory: Path, log: RecordingLog | None = None) -> Iterator[StateFile]:
    """Open the state file, and close it at the end."""
    telemetry, recording = recording_telemetry()
    store = StateFile(directory, telemetry)
    if log is not None:
        log.events = recording.events
    try:
        yield store
    finally:
        store.close()


def spoilt(directory: Path, *statements: str) -> None:
    """Save an entry and a note, then run statements on the closed file."""
    with state(directory) as store:
        store.save([(entry(), [])], notes={"a": b"1"})
    with closing(sqlite3.connect(directory / NAME)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def discarded(directory: Path) -> dict[str, str]:
    """Open a state file that must be put aside; return what was said, and check what is left."""
    log = RecordingLog()
    with state(directory, log) as store:
        assert [] == store.entries
        assert {} == store.notes
        store.save([(entry(8), [])])
    with state(directory) as store:
        assert [8] == [kept.key for kept in store.entries]
    (said,) = log.named("ledger_discarded")
    assert str(directory / NAME) == said["path"]
    return said


# ── edges ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "edges",
    [[], [0, 1], [0, 10, 10, 20], [5, 7, 1 << 40, (1 << 40) + 300], list(range(0, 3000, 3))],
)
def test_edges_survive(edges: list[int]) -> None:
    """What is packed comes out again."""
    assert edges == unpack(pack(edges))


def test_edges_are_compact() -> None:
    """A thousand short runs close together take two bytes each, however far into the file."""
    far = 1 << 50
    edges = [far + step for run in range(1000) for step in (run * 100, run * 100 + 50)]
    assert len(pack(edges)) < 2020


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xc1", id="no MessagePack"),
        pytest.param(b"\x92\x01", id="cut off"),
        pytest.param(b"\x92\x01\x02\x03", id="more behind it"),
        pytest.param(b"\x93\x01\x02\x03", id="three edges"),
        pytest.param(b"\x92\x01\xff", id="falling"),
        pytest.param(b"\x92\x01\xa1x", id="text"),
        pytest.param(b"\x80", id="a map"),
    ],
)
def test_garbage_is_no_edges(value: bytes) -> None:
    """Anything but pairs of rising edges is a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        unpack(value)


# ── what is kept ──────────────────────────────────────────────────────────────────────────────────


def test_entries_and_notes_survive(tmp_path: Path) -> None:
    """Every field comes back as it was saved, the open edges as what is owed."""
    saved = entry(offset=99, size=120, truncations=2, gone=1_795_348_800_000_000_000, finished=True)
    with state(tmp_path) as store:
        store.save([(saved, [0, 10, 90, 99]), (entry(8), [])], notes={"seen": b"", "last": b"\0"})
    with state(tmp_path) as store:
        entries = {kept.key: kept for kept in store.entries}

        assert {7: entry_owing(saved, [0, 10, 90, 99]), 8: entry(8)} == entries
        assert entries[7].finished is True
        assert {"seen": b"", "last": b"\0"} == store.notes


def entry_owing(saved: FileEntry, owed: list[int]) -> FileEntry:
    """Return the entry with what it owes after a restart."""
    saved.owed = owed
    return saved


def test_any_bytes_of_a_name_survive(tmp_path: Path) -> None:
    """Paths are bytes: a name that is not UTF-8 comes back as it was."""
    odd = os.fsdecode(b"/logs/caf\xe9.log")
    with state(tmp_path) as store:
        store.save([(entry(stream=odd, path=odd + ".1"), [])])
    with state(tmp_path) as store:
        assert [(odd, odd + ".1")] == [(kept.stream, kept.path) for kept in store.entries]


def test_what_is_saved_again_is_replaced(tmp_path: Path) -> None:
    """A key has one row, a note one value: the last."""
    with state(tmp_path) as store:
        store.save([(entry(offset=1), [0, 1])], notes={"a": b"1", "b": b"1"})
        store.save([(entry(offset=2), [])], notes={"a": b"2"})
    with state(tmp_path) as store:
        assert [(2, [])] == [(kept.offset, kept.owed) for kept in store.entries]
        assert {"a": b"2", "b": b"1"} == store.notes


def test_what_is_forgotten_is_gone(tmp_path: Path) -> None:
    """Forgotten keys are removed in the same transaction; one that is not there does no harm."""
    with state(tmp_path) as store:
        store.save([(entry(7), []), (entry(8), [])])
        store.save([(entry(9), [])], forgotten=[7, 12345])
    with state(tmp_path) as store:
        assert {8, 9} == {kept.key for kept in store.entries}


@pytest.mark.scenario(80)
def test_a_crash_keeps_finished_saves(tmp_path: Path) -> None:
    """What was saved is there without a close: the files are copied while the daemon has them."""
    with state(tmp_path / "live") as store:
        store.save([(entry(offset=42), [])])
        (tmp_path / "crashed").mkdir()
        for path in (tmp_path / "live").iterdir():
            (tmp_path / "crashed" / path.name).write_bytes(path.read_bytes())
    with state(tmp_path / "crashed") as store:
        assert [42] == [kept.offset for kept in store.entries]


def test_a_failed_save_changes_nothing(tmp_path: Path) -> None:
    """All or nothing: after a failure in the middle the old state is whole, and saving goes on."""
    with state(tmp_path) as store:
        store.save([(entry(offset=1), [])], notes={"a": b"1"})
        with closing(sqlite3.connect(tmp_path / NAME)) as other:
            other.execute(
                "CREATE TRIGGER full BEFORE INSERT ON notes BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
            with pytest.raises(StateError, match=r"state\.db: positions cannot be written: full"):
                store.save([(entry(offset=2), [])], forgotten=[7], notes={"a": b"2"})
            other.execute("DROP TRIGGER full")
            assert [(1,)] == other.execute("SELECT offset FROM files").fetchall()
        store.save([(entry(offset=3), [])])
    with state(tmp_path) as store:
        assert [3] == [kept.offset for kept in store.entries]
        assert {"a": b"1"} == store.notes


def test_who_reads_it_hinders_nobody(tmp_path: Path) -> None:
    """A save succeeds while another process looks at the file, and that sees the state before it."""
    with state(tmp_path) as store:
        store.save([(entry(offset=1), [])])
        with closing(sqlite3.connect(tmp_path / NAME, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            assert [(1,)] == reader.execute("SELECT offset FROM files").fetchall()
            store.save([(entry(offset=2), [])])
            assert [(1,)] == reader.execute("SELECT offset FROM files").fetchall()
            reader.execute("ROLLBACK")
            assert [(2,)] == reader.execute("SELECT offset FROM files").fetchall()


def test_only_its_user_can_read_it(tmp_path: Path) -> None:
    """The directory and the files in it are closed to others: log text may be secret."""
    directory = tmp_path / "var" / "state"
    with state(directory) as store:
        store.save([(entry(), [])])
        modes = {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}

    assert 0o700 == directory.stat().st_mode & 0o777
    assert {NAME, LOCK} <= modes.keys()
    assert {0o600} == set(modes.values())


# ── what is there already ─────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(78)
def test_garbage_is_put_aside(tmp_path: Path) -> None:
    """What is no database is kept under another name, said loudly, and the start is fresh."""
    (tmp_path / NAME).write_bytes(b"\0garbage" * 1000)
    said = discarded(tmp_path)

    assert str(tmp_path / f"{NAME}.corrupt-1") == said["kept"]
    assert b"\0garbage" * 1000 == (tmp_path / f"{NAME}.corrupt-1").read_bytes()
    assert "not a database" in said["error"]


def test_what_was_put_aside_before_stays(tmp_path: Path) -> None:
    """Each file that is put aside gets a name of its own."""
    for content in (b"one" * 100, b"two" * 100):
        (tmp_path / NAME).write_bytes(content)
        discarded(tmp_path)
    assert b"one" * 100 == (tmp_path / f"{NAME}.corrupt-1").read_bytes()
    assert b"two" * 100 == (tmp_path / f"{NAME}.corrupt-2").read_bytes()


@pytest.mark.scenario(78)
def test_an_empty_file_is_put_aside(tmp_path: Path) -> None:
    """A file of no bytes, as a power cut leaves it, is said: it held positions once."""
    (tmp_path / NAME).touch()
    assert "the file is empty" == discarded(tmp_path)["error"]


@pytest.mark.scenario(78)
def test_a_damaged_database_is_put_aside(tmp_path: Path) -> None:
    """Zeros over its pages are found at the start."""
    spoilt(tmp_path, "PRAGMA journal_mode = DELETE")
    with (tmp_path / NAME).open("r+b") as file:
        file.seek(4096)
        file.write(bytes(8192))
    discarded(tmp_path)


def test_a_foreign_database_is_put_aside(tmp_path: Path) -> None:
    """Another program's tables are not ours to fill."""
    with closing(sqlite3.connect(tmp_path / NAME)) as connection:
        connection.execute("CREATE TABLE recipes (cake TEXT)")
        connection.commit()
    assert "not a state file of logtrace" == discarded(tmp_path)["error"]
    with closing(sqlite3.connect(tmp_path / f"{NAME}.corrupt-1")) as connection:
        assert [("recipes",)] == connection.execute("SELECT name FROM sqlite_master").fetchall()


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE files SET open = x'c1'", id="edges"),
        pytest.param("UPDATE files SET open = NULL", id="no edges"),
        pytest.param("UPDATE files SET offset = 'far'", id="text for a number"),
        pytest.param("UPDATE files SET source = CAST(x'ff' AS TEXT)", id="not UTF-8"),
        pytest.param("ALTER TABLE files DROP COLUMN gone", id="a column less"),
        pytest.param("UPDATE notes SET value = 5", id="a note"),
    ],
)
def test_a_row_that_makes_no_sense_is_put_aside(tmp_path: Path, statement: str) -> None:
    """A sound database with a value that cannot be ours is not believed at all."""
    spoilt(tmp_path, statement)
    discarded(tmp_path)


@pytest.mark.scenario(81)
def test_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    """A file of a newer logtrace ends the start, names both versions, and is not touched."""
    spoilt(tmp_path, f"PRAGMA user_version = {VERSION + 1}", "PRAGMA journal_mode = DELETE")
    before = (tmp_path / NAME).read_bytes()
    with pytest.raises(StateError) as raised, state(tmp_path):
        pass

    assert f"schema {VERSION + 1}, this one knows {VERSION}" in str(raised.value)
    assert "; install that version again" in str(raised.value)
    with closing(sqlite3.connect(tmp_path / NAME)) as connection:
        assert [(7,)] == connection.execute("SELECT key FROM files").fetchall()
    assert len(before) == (tmp_path / NAME).stat().st_size
    assert {NAME, LOCK} == {path.name for path in tmp_path.iterdir() if "-" not in path.name}


FIRST_SCHEMA = """
    CREATE TABLE files (
        key INTEGER PRIMARY KEY, source TEXT, stream BLOB, path BLOB, device INTEGER, inode INTEGER,
        head BLOB, covered INTEGER, anchor BLOB, offset INTEGER, size INTEGER, truncations INTEGER,
        gone INTEGER, finished INTEGER, open BLOB);
    CREATE TABLE notes (name TEXT PRIMARY KEY, value BLOB);
    PRAGMA user_version = 1;
"""
"""What version 1 made."""


@pytest.mark.scenario(81)
def test_an_older_schema_is_migrated(tmp_path: Path) -> None:
    """What the first schema held is there, and can be saved again; it is done once."""
    known = entry(offset=50, size=60, owed=[0, 10, 20, 30])
    with closing(sqlite3.connect(tmp_path / NAME)) as connection:
        connection.executescript(FIRST_SCHEMA)
        values = (
            *(7, "shop", b"/logs/app.log", b"/logs/app.log.1", (1 << 63) - 1, 4711, b"h" * 16),
            *(1024, b"a" * 16, 50, 60, 0, 0, False, pack([0, 10, 20, 30])),
        )
        connection.execute(f"INSERT INTO files VALUES ({','.join('?' * 15)})", values)
        connection.execute("INSERT INTO notes VALUES ('a', ?)", (b"1",))
        connection.commit()
    with state(tmp_path) as store:
        assert ([known], {"a": b"1"}) == (store.entries, store.notes)
        known.packed, known.mtime = 12, 34
        store.save([(known, known.owed)])
    with state(tmp_path) as store:
        assert [known] == store.entries
    with closing(sqlite3.connect(tmp_path / NAME)) as connection:
        assert [(VERSION,)] == connection.execute("PRAGMA user_version").fetchall()


# ── the directory ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(82)
def test_a_second_daemon_is_refused(tmp_path: Path) -> None:
    """The lock is held by one; the other is told the first one's pid and what to do."""
    with state(tmp_path), pytest.raises(StateError) as raised, state(tmp_path):
        pass

    assert (
        f"{tmp_path}: another logtrace (pid {os.getpid()}) uses this state directory; "
        "stop it, or give this one its own state.path"
    ) == str(raised.value)
    assert 74 == raised.value.exit_code


def test_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    """After a close the next one gets the lock, and so does one after a start that failed."""
    spoilt(tmp_path, f"PRAGMA user_version = {VERSION + 1}")
    for _ in range(2):
        with pytest.raises(StateError, match="newer logtrace"), state(tmp_path):
            pass
    (tmp_path / NAME).unlink()
    for _ in range(2):
        with state(tmp_path) as store:
            assert [] == store.entries


def test_what_a_dead_daemon_left_in_the_lock(tmp_path: Path) -> None:
    """A lock file with a longer, older pid in it is overwritten."""
    (tmp_path / LOCK).write_text("99999999999\n")
    with state(tmp_path):
        assert f"{os.getpid()}\n" == (tmp_path / LOCK).read_text()


@pytest.mark.scenario(78)
def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    """A file where the directory should be: the message names it and what to do."""
    (tmp_path / "file").touch()
    with pytest.raises(
        StateError, match=r"file/state: the state directory cannot be used: .*; let"
    ):
        StateFile(tmp_path / "file" / "state", recording_telemetry()[0])


def test_a_directory_where_the_file_should_be(tmp_path: Path) -> None:
    """The place is at fault, not what stands there: it is said and nothing is put aside."""
    (tmp_path / NAME).mkdir()
    with pytest.raises(
        StateError, match=r"state\.db: the state cannot be opened: .*; let this user"
    ):
        StateFile(tmp_path, recording_telemetry()[0])
    assert {NAME, LOCK} == {path.name for path in tmp_path.iterdir()}


def test_a_full_disk_at_the_first_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is called what it is, and no empty file is left that would be taken for a damaged state."""
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL

    class Full:
        """What SQLite gives on such a disk: it makes the file, and can write nothing into it."""

        def __init__(self, path: Path, **_options: object) -> None:
            path.touch()

        def execute(self, _statement: str) -> None:
            raise error

        def close(self) -> None:
            pass

    with monkeypatch.context() as broken:
        broken.setattr(sqlite3, "connect", Full)
        with pytest.raises(StateError, match=r"disk is full; make room on that disk, or set"):
            StateFile(tmp_path, recording_telemetry()[0])
    assert [LOCK] == [path.name for path in tmp_path.iterdir()]
    with state(tmp_path) as store:
        assert [] == store.entries


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_that_the_directory_does_not_fit_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The same fix."""

    def full(_path: Path) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(checkpoint, "_lock", full)
    with pytest.raises(StateError, match=r"cannot be used: .*; make room on that disk, or set"):
        StateFile(tmp_path, recording_telemetry()[0])


@as_user
def test_a_directory_without_permission(tmp_path: Path) -> None:
    """A directory of somebody else ends the start with the fix."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StateError, match="the state directory cannot be used: Permission"):
            StateFile(tmp_path, recording_telemetry()[0])
    finally:
        tmp_path.chmod(0o700)


@as_user
def test_a_file_without_permission(tmp_path: Path) -> None:
    """A state file that may not be written is not ours to put aside."""
    spoilt(tmp_path)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StateError, match="cannot be"):
            StateFile(tmp_path, recording_telemetry()[0])
    finally:
        tmp_path.chmod(0o700)
    with state(tmp_path) as store:
        assert [7] == [kept.key for kept in store.entries]
