"""Log files as applications and logrotate treat them, and a source stepped by hand over them."""

from __future__ import annotations

import bz2
import gzip
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from logtrace.clock import SECOND
from logtrace.config.model import SourceConfig, Text
from logtrace.errors import Mark
from logtrace.model import LineBatch
from logtrace.source.files import POLL, LogFiles
from logtrace.source.ledger import Ledger
from tests.support.clock import FakeClock
from tests.support.log import recording_telemetry


def source(
    *paths: Path | str,
    name: str = "app",
    exclude: Iterable[Path | str] = (),
    read_from: Literal["end", "beginning"] | None = "beginning",
    encoding: str = "utf-8",
    olddir: Path | None = None,
) -> SourceConfig:
    """Return a source that reads `paths`."""
    mark = Mark("test.yaml", 1, 1)
    return SourceConfig(
        mark=mark,
        name=name,
        path=tuple(map(str, paths)),
        exclude=tuple(map(str, exclude)),
        format=Text("json", mark),
        read_from=read_from,
        encoding=encoding,
        olddir=None if olddir is None else str(olddir),
    )


class LogWriter:
    """An application that writes one log file, and the logrotate that looks after it.

    Attributes:
        path: the live file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._number = 0

    def write(self, text: str | bytes, path: Path | None = None) -> None:
        """Append text as it is."""
        with (path or self.path).open("ab") as file:
            file.write(text.encode() if isinstance(text, str) else text)

    def lines(self, count: int, path: Path | None = None) -> list[bytes]:
        """Append so many lines, each different from all others; return them without newlines."""
        written = []
        for _ in range(count):
            self._number += 1
            written.append(f"{self.path.name} says: this is line {self._number:06}".encode())
        self.write(b"".join(line + b"\n" for line in written), path)
        return written

    def rotate(self) -> Path:
        """Rename the live file to `.1`, `.1` to `.2` and so on; return the new name."""
        number = 1
        while self.rotated(number).exists():
            number += 1
        for older in range(number, 1, -1):
            self.rotated(older - 1).rename(self.rotated(older))
        return self.path.rename(self.rotated(1))

    def compress(self, path: Path, directory: Path | None = None, suffix: str = ".gz") -> Path:
        """Compress a rotated file as logrotate does, beside it or in a directory, and remove it."""
        pack = gzip.compress if suffix == ".gz" else bz2.compress
        archive = (directory or path.parent) / (path.name + suffix)
        archive.write_bytes(pack(path.read_bytes()))
        shutil.copystat(path, archive)
        path.unlink()
        return archive

    def copytruncate(self) -> Path:
        """Copy the live file to a new name and cut it to nothing; return the copy."""
        copy = self.copy()
        self.truncate()
        return copy

    def copy(self) -> Path:
        """Copy the live file to the first free name."""
        number = 1
        while self.rotated(number).exists():
            number += 1
        return Path(shutil.copy(self.path, self.rotated(number)))

    def truncate(self, size: int = 0) -> None:
        """Cut the live file."""
        os.truncate(self.path, size)

    def rotated(self, number: int) -> Path:
        """Return the name of the file that was rotated so many times."""
        return self.path.with_name(f"{self.path.name}.{number}")


class FollowedFiles:
    """`LogFiles` over a real ledger in a directory, with a clock that is turned by hand.

    Attributes:
        batches: every batch that was handed out since the last start.
    """

    def __init__(self, state: Path, *sources: SourceConfig, once: bool = False) -> None:
        self.state, self.sources, self.once = state, sources, once
        self.clock = FakeClock()
        self.telemetry, self.log = recording_telemetry(self.clock)
        self.start()

    def start(self) -> None:
        """Start, after `crash` or `stop`, over what was committed."""
        self.batches: list[LineBatch] = []
        self.ledger = Ledger.open(self.state, self.telemetry)
        self.files = LogFiles(self.sources, self.ledger, self.clock, self.telemetry, once=self.once)

    def crash(self) -> None:
        """End as by kill -9: nothing is written."""
        self.files.close()
        self.ledger.close()

    def stop(self) -> None:
        """End in order."""
        self.files.commit(force=True)
        self.crash()

    def restart(self) -> None:
        """Stop in order and start again."""
        self.stop()
        self.start()

    def round(self, pause: int = SECOND) -> list[LineBatch]:
        """Let time pass, then do one round; return its batches."""
        self.clock.advance(pause)
        batches = self.files.read()
        self.batches += batches
        return batches

    def read(self, pause: int = SECOND) -> list[bytes]:
        """Let time pass, then read until there is nothing more; return the lines."""
        seen = len(self.batches)
        self.round(pause)
        for _ in range(10_000):
            if not self.round(POLL) and not self.files.behind:
                return [line for batch in self.batches[seen:] for line in batch.lines]
        raise AssertionError("the files are behind for ever")

    def read_and_release(self, pause: int = SECOND) -> list[bytes]:
        """Read, and be done with what was read."""
        seen = len(self.batches)
        lines = self.read(pause)
        for batch in self.batches[seen:]:
            self.files.release(numbers(batch))
        return lines

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the fields of every event of that name."""
        return self.log.named(name)


def numbers(batch: LineBatch) -> range:
    """Return the record numbers of a batch."""
    return range(batch.first, batch.first + len(batch.lines))


def open_to_all(directory: Path) -> None:
    """Let every user pass a directory of the test's and those above it: pytest makes them private."""
    for each in (directory, *directory.parents):
        if (
            each.stat().st_uid == os.getuid()
            and each.parent != each
            and each.stat().st_mode & 0o5 != 0o5
        ):
            each.chmod(0o755)
