"""The ledger on disk: one SQLite file in the state directory, and the lock beside it.

Called by `source.ledger` only. In go the entries of files that changed, out come all of them at the
next start. A `save` is one transaction: it happens wholly or not at all, and when it fails the old state
is intact.

What a crash does. After `kill -9` every finished `save` counts. After a power cut the file is sound, but
it may be as old as the last time SQLite brought its write-ahead log to disk (`synchronous=NORMAL`: about
every `LOG_PAGES` pages, some half a minute of steady reading). Then lines since that time are sent
again, with the ids they had; only those of a file first seen within that time may get other ids. An
fsync with each save would cost the application whose disk this is.

A file that is not ours to read ends the start (`StateError`: newer schema, no permission, other daemon);
one that cannot be understood is put aside and said loudly: it must not keep the daemon down.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import accumulate, pairwise
from pathlib import Path

import msgspec

from logtrace.errors import StateError
from logtrace.source import rows
from logtrace.source.identity import Identity
from logtrace.telemetry import Telemetry

NAME = "state.db"
LOCK = "lock"
VERSION = 3
LOG_PAGES = 200

SCHEMA = f"""
    CREATE TABLE files (
        key INTEGER PRIMARY KEY, source TEXT, stream BLOB, path BLOB, device INTEGER, inode INTEGER,
        head BLOB, covered INTEGER, anchor BLOB, offset INTEGER, size INTEGER, truncations INTEGER,
        gone INTEGER, finished INTEGER, open BLOB, packed INTEGER NOT NULL DEFAULT 0,
        mtime INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE notes (name TEXT PRIMARY KEY, value BLOB);
    PRAGMA user_version = {VERSION};
"""

MIGRATIONS = {
    1: "ALTER TABLE files ADD COLUMN packed INTEGER NOT NULL DEFAULT 0",
    2: "ALTER TABLE files ADD COLUMN mtime INTEGER NOT NULL DEFAULT 0",
}
"""What makes a file of each older schema one of the next."""

_MARKS = ",".join("?" * len(rows.COLUMNS["files"]))


class FileEntry(msgspec.Struct, gc=False):
    """What the ledger keeps of a file.

    Attributes:
        key: the file's key; see `identity.file_key`.
        source: name of the source that owns the file.
        stream: the path under which it was first seen: the name of its log stream.
        path: where it was seen last.
        identity: what it is recognised by, its anchor that of `offset`.
        offset: where the next line begins that was never read.
        size: its size when it was seen last.
        truncations: how often it was cut since its inode was first seen.
        gone: wall-clock time since when it is not to be found, 0 while it is.
        finished: whether it was read to its end and rotated away: nothing more is expected of it.
        owed: edges (start, end, start, end, …; rising) of what must be read again: it was handed
            out, but not released, by the daemon's run before this one. Where one run ends at the
            start of the next a line was handed out that has no newline.
        packed: for a compressed file, its size on the disk when it was read to its end, else 0.
        mtime: when it was last written, as seen last, by its file system's clock; 0: not known.
    """

    key: int
    source: str
    stream: str
    path: str
    identity: Identity
    offset: int = 0
    size: int = 0
    truncations: int = 0
    gone: int = 0
    finished: bool = False
    owed: list[int] = msgspec.field(default_factory=list)
    packed: int = 0
    mtime: int = 0


def length(edges: list[int]) -> int:
    """Return how many bytes lie between edges (start, end, start, end, …)."""
    return sum(edges[1::2]) - sum(edges[::2])


def pack(edges: list[int]) -> bytes:
    """Return rising edges as one compact value: their differences as a MessagePack array."""
    return msgspec.msgpack.encode([after - before for before, after in pairwise((0, *edges))])


def unpack(value: bytes) -> list[int]:
    """Return what `pack` packed; raises ValueError if it is anything else."""
    steps = msgspec.msgpack.decode(value, type=list[int])
    if len(steps) % 2 or any(step < 0 for step in steps) or sum(steps) > rows.LIMIT:
        raise ValueError("edges do not rise in pairs")
    return list(accumulate(steps))


def _row(entry: FileEntry, edges: list[int]) -> tuple[object, ...]:
    identity = entry.identity
    return (
        entry.key,
        entry.source,
        os.fsencode(entry.stream),
        os.fsencode(entry.path),
        identity.device,
        identity.inode,
        identity.head,
        identity.covered,
        identity.anchor,
        entry.offset,
        entry.size,
        entry.truncations,
        entry.gone,
        entry.finished,
        pack(edges),
        entry.packed,
        entry.mtime,
    )


def _entry(columns: tuple[object, ...]) -> FileEntry:
    """Return the entry of a row; raises ValueError if it cannot be one."""
    row = rows.row(columns)
    return FileEntry(
        row.key,
        row.source,
        os.fsdecode(row.stream),
        os.fsdecode(row.path),
        Identity(row.device, row.inode, row.head, row.covered, row.anchor),
        row.offset,
        row.size,
        row.truncations,
        row.gone,
        bool(row.finished),
        unpack(row.open),
        row.packed,
        row.mtime,
    )


class StateFile:
    """The open state file; `entries` and `notes` are what it held when it was opened."""

    def __init__(self, directory: Path, telemetry: Telemetry) -> None:
        """Lock the directory, open or create the file; raises StateError."""
        self.path = directory / NAME
        self.entries: list[FileEntry] = []
        self.notes: dict[str, bytes] = {}
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _lock(directory / LOCK)
        except OSError as error:
            raise StateError(
                f"{directory}: the state directory cannot be used: {error.strerror}; {_fix(error)}"
            ) from error
        try:
            self._connection = self._open(telemetry)
        except BaseException:
            os.close(self._lock)
            raise

    def _open(self, telemetry: Telemetry) -> sqlite3.Connection:
        begun = self.path.exists()
        try:
            try:
                if begun and not self.path.stat().st_size:
                    raise ValueError("the file is empty")
                return self._connect()
            except (sqlite3.DatabaseError, ValueError) as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise  # the place is at fault, not what stands there
                kept = _put_aside(self.path)
                telemetry.ledger_discarded(str(self.path), str(error), str(kept))
                self.entries, self.notes = [], {}
                return self._connect()
        except (sqlite3.Error, OSError) as error:
            # What is left of the attempt would be taken for a damaged state.
            with suppress(OSError):
                if not begun and not self.path.stat().st_size:
                    self.path.unlink()
            raise StateError(
                f"{self.path}: the state cannot be opened: {error}; {_fix(error)}"
            ) from error

    def _connect(self) -> sqlite3.Connection:
        """Open the file and read everything; raises ValueError or sqlite3.Error if it is no good."""
        connection = sqlite3.connect(
            self.path, timeout=1, isolation_level=None, check_same_thread=False
        )
        try:
            os.chmod(self.path, 0o600)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
            self.entries, self.notes = contents(connection, self.path)
        except BaseException:
            connection.close()
            raise
        return connection

    def save(
        self,
        changed: Iterable[tuple[FileEntry, list[int]]],
        forgotten: Iterable[int] = (),
        notes: Mapping[str, bytes] | None = None,
    ) -> None:
        """Write, in one transaction, entries with the edges that are open in them; raises StateError.

        Args:
            changed: entries to add or to replace.
            forgotten: keys of entries to remove.
            notes: notes to add or to replace.
        """
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("DELETE FROM files WHERE key = ?", [(key,) for key in forgotten])
            connection.executemany(
                f"REPLACE INTO files VALUES ({_MARKS})",
                [_row(entry, edges) for entry, edges in changed],
            )
            connection.executemany("REPLACE INTO notes VALUES (?, ?)", list((notes or {}).items()))
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise StateError(f"{self.path}: positions cannot be written: {error}") from error

    def close(self) -> None:
        """Close the file and give up the lock; what was saved stays."""
        self._connection.close()
        os.close(self._lock)


def contents(
    connection: sqlite3.Connection, path: Path
) -> tuple[list[FileEntry], dict[str, bytes]]:
    """Return the entries and notes of a state file, after bringing it up to our schema.

    Args:
        connection: to the file, or to a copy of it.
        path: its name, for messages.

    Raises:
        StateError: a newer logtrace wrote it.
        ValueError: it is no state file, or damaged; so says sqlite3.DatabaseError.
    """
    connection.text_factory = bytes.decode  # what is not UTF-8 is a ValueError like all nonsense
    _check(connection, path)
    entries = [_entry(row) for row in connection.execute("SELECT * FROM files")]
    return entries, rows.notes(connection.execute("SELECT * FROM notes"))


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Make sure that the file is sound and of our schema; a new one gets it."""
    ((soundness,),) = connection.execute("PRAGMA quick_check(1)")
    if soundness != "ok":
        raise ValueError(soundness)
    ((version,),) = connection.execute("PRAGMA user_version")
    if version > VERSION:
        raise StateError(
            f"{path}: written by a newer logtrace (schema {version}, this one knows "
            f"{VERSION}); install that version again, or move the file away and start anew"
        )
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not version and not tables:
        connection.executescript(f"BEGIN; {SCHEMA} COMMIT;")
    elif not {"files", "notes"} <= tables or version < 1:
        raise ValueError("not a state file of logtrace")
    elif version < VERSION:
        _migrate(connection, version)
    for table, columns in rows.COLUMNS.items():
        found = connection.execute(f"PRAGMA table_info({table})")
        if tuple(name for _, name, *_ in found) != columns:
            raise ValueError(f"table {table}: not the columns of schema {VERSION}")


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring a file of an older schema up to ours, in one transaction."""
    steps = "; ".join(MIGRATIONS[older] for older in range(version, VERSION))
    connection.executescript(f"BEGIN; {steps}; PRAGMA user_version = {VERSION}; COMMIT;")


def _fix(error: sqlite3.Error | OSError) -> str:
    """Return what to do about a state directory that cannot be used."""
    full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
    if full or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return "make room on that disk, or set state.path"
    return "let this user write there, or set state.path"


def _lock(path: Path) -> int:
    """Take the lock and write our process id into it; raises StateError if another has it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(fd, 20, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(fd)
        raise StateError(
            f"{path.parent}: another logtrace (pid {holder}) uses this state directory; "
            "stop it, or give this one its own state.path"
        ) from None
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode("ascii"), 0)
    return fd


def _put_aside(path: Path) -> Path:
    """Rename a state file, and the write-ahead log that belongs to it, to a name not yet taken."""
    number = 1
    while (kept := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    path.rename(kept)
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(kept.with_name(kept.name + suffix))
    return kept
