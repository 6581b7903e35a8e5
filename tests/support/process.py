"""`logtrace run` as a process of its own, over one log file."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.rig import RULE, line


class Process:
    """A running daemon, or with `--once` one that runs through.

    Attributes:
        log: the file that it reads.
        child: the process itself, after a restart the new one.
    """

    def __init__(self, directory: Path, url: str, *options: str, wait: str = "1s") -> None:
        """Start it.

        Args:
            directory: where its log, its configuration and its state are.
            url: where its Agent is.
            options: of `logtrace run`.
            wait: how long a trace waits for company.
        """
        self.log = directory / "app.log"
        self._config = directory / "logtrace.yaml"
        self._config.write_text(
            f"agent: {{url: '{url}'}}\nstate: {{path: {directory}/state}}\n"
            f"traces: {{wait: {wait}}}\nsources:\n  - path: {directory}/app.log{RULE}"
        )
        self.log.touch()
        self.start(*options)

    def start(self, *options: str) -> None:
        """Start the process and wait until it says that it runs."""
        self._drainer: threading.Thread | None = None
        self.child = subprocess.Popen(
            [sys.executable, "-m", "logtrace", "run", "-c", str(self._config), *options],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if "--once" not in options:
            self.await_event("daemon_started")

    def await_event(self, event: str) -> str:
        """Read the process's log until `event`, and return that line."""
        assert self.child.stderr
        seen = []
        for text in self.child.stderr:
            seen.append(text)
            if f'"{event}"' in text:
                self._drainer = threading.Thread(target=self.child.stderr.read)
                self._drainer.start()  # a full pipe would stop the daemon
                return text
        pytest.fail(f"no {event} in:\n{''.join(seen)}")

    def end(self, number: signal.Signals) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        with contextlib.suppress(ProcessLookupError):
            self.child.send_signal(number)
        code = self.child.wait(20)
        if self._drainer:
            self._drainer.join()
        for pipe in (self.child.stdout, self.child.stderr):
            if pipe:
                pipe.close()
        return code

    def append(self, *numbers: int) -> None:
        """Write lines (see `rig.line`) to the log."""
        with self.log.open("a") as log:
            log.write("".join(line(number) for number in numbers))
