"""What the state file holds, read without touching it: for `logtrace state`, also beside a daemon.

Nothing is written, created or migrated, and nobody has to wait: a running daemon's file is read through
its write-ahead log, one that was left by `kill -9` likewise, one at rest as it stands. Raises StateError
when the file cannot be read or is none, `NoState` when there is none.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from logtrace.errors import LogtraceError, StateError
from logtrace.source import checkpoint
from logtrace.source.checkpoint import FileEntry


class NoState(LogtraceError):
    """There is no state file."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a state file holds.

    Attributes:
        path: where it is.
        schema: its schema.
        entries: the files; `owed` holds the edges of their open runs.
        notes: small values that restarts need, by name.
    """

    path: Path
    schema: int
    entries: list[FileEntry]
    notes: dict[str, bytes]


def read(directory: Path) -> Contents:
    """Return what the state file in a state directory holds."""
    path = directory / checkpoint.NAME
    try:
        if not path.stat().st_size:
            raise StateError(f"{path}: the file is empty; {_ASIDE}")
        return _read(path)
    except (FileNotFoundError, NotADirectoryError):
        raise NoState(
            f"{path}: there is no state yet; is {directory} the state directory? "
            "It is made when logtrace runs for the first time"
        ) from None
    except PermissionError as error:
        raise StateError(
            f"{path}: {(error.strerror or 'no permission').lower()}; "
            "look as root, or as the user that the daemon runs as"
        ) from error
    except sqlite3.OperationalError as error:
        raise StateError(f"{path}: cannot be read: {error}; try again, as its owner") from error
    except (sqlite3.DatabaseError, ValueError) as error:
        raise StateError(f"{path}: this is no state of logtrace ({error}); {_ASIDE}") from error
    except OSError as error:
        raise StateError(f"{path}: cannot be read: {(error.strerror or '').lower()}") from error


_ASIDE = "a daemon that starts puts it aside and begins anew"


def _read(path: Path) -> Contents:
    with open(path, "rb"):  # says why not, which SQLite does not
        pass
    log, index = (path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))
    if not log.exists():
        return _copied(path, "mode=ro&immutable=1")
    if index.exists():
        return _copied(path, "mode=ro&readonly_shm=1")
    with tempfile.TemporaryDirectory(prefix="logtrace-state-") as scratch:
        for part in (path, log):
            shutil.copyfile(part, Path(scratch) / part.name)
        contents = _copied(Path(scratch) / path.name, "mode=rw")
    return Contents(path, contents.schema, contents.entries, contents.notes)


def _copied(path: Path, options: str) -> Contents:
    """Copy the file into memory, and read it there: an older schema can be migrated in the copy."""
    source = sqlite3.connect(f"file:{quote(os.fsencode(path))}?{options}", uri=True, timeout=1)
    copy = sqlite3.connect(":memory:", isolation_level=None)
    try:
        source.backup(copy)
        ((schema,),) = copy.execute("PRAGMA user_version")
        entries, notes = checkpoint.contents(copy, path)
        return Contents(path, schema, entries, notes)
    finally:
        source.close()
        copy.close()
