"""A roster over a directory of logs, stepped by hand."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.source.discovery import Discovery
from logtrace.source.ledger import Ledger
from logtrace.source.roster import Roster
from logtrace.source.tail import Tail
from tests.support.clock import FakeClock
from tests.support.files import LogWriter, source
from tests.support.log import recording_telemetry


class Crew:
    """A roster over a directory of logs; what the source does between scans is done by hand."""

    def __init__(
        self, directory: Path, *patterns: str, read_from: str = "beginning", once: bool = False
    ) -> None:
        self.directory = directory
        self.app = LogWriter(directory / "app.log")
        self.sources = [
            source(*(directory / pattern for pattern in patterns), read_from=read_from)  # type: ignore[arg-type]
        ]
        self.once = once
        self.clock = FakeClock()
        self.telemetry, self.log = recording_telemetry(self.clock)
        self.begin()

    def begin(self) -> None:
        self.ledger = Ledger.open(self.directory / "state", self.telemetry)
        self.discovery = Discovery(self.sources, self.telemetry)
        self.roster = Roster(self.sources, self.ledger, self.clock, self.telemetry, self.once)

    def end(self) -> None:
        self.roster.close()
        self.ledger.close()

    def again(self) -> None:
        """Stop in order and start again."""
        self.ledger.commit()
        self.end()
        self.begin()

    @property
    def now(self) -> int:
        return self.clock.monotonic()

    def scan(self, pause: int = SECOND) -> None:
        """Let time pass, then look for files."""
        self.clock.advance(pause)
        self.roster.reconcile(self.discovery.scan(), self.now)

    def tail(self, path: Path | None = None) -> Tail:
        """Return the tail of the file that stands at a path."""
        status = (path or self.app.path).stat()
        return self.roster.tails[status.st_dev, status.st_ino]

    def read(self, tail: Tail) -> list[bytes]:
        """Read a file to its end."""
        lines: list[bytes] = []
        assert self.roster.open(tail)
        tail.look(self.now)
        while batch := tail.read():
            self.ledger.admit(batch)
            self.ledger.release(range(batch.first, batch.first + len(batch.lines)))
            self.roster.used(tail)
            lines += batch.lines
        tail.drained = tail.rotated
        return lines

    def names(self) -> list[str]:
        """Return the names of the followed files."""
        return sorted(os.path.basename(tail.entry.path) for tail in self.roster.tails.values())

    def opened(self) -> list[str]:
        """Return the names of those that are open."""
        tails = self.roster.tails.values()
        return sorted(os.path.basename(tail.entry.path) for tail in tails if tail.fd >= 0)


Make = Callable[..., Crew]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Return what makes a crew for patterns."""
    made: list[Crew] = []

    def make(*patterns: str, **options: object) -> Crew:
        made.append(Crew(tmp_path, *patterns, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for crew in made:
        crew.end()
