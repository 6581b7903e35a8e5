"""The daemon under test: a process that is started, signalled, waited for and measured."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench.chaos.plan import HUP, KILL, TERM, Signal
from bench.chaos.scene import Scene
from logtrace.clock import MILLISECOND, SECOND, SystemClock

DEADLINE = 4 * SECOND
"""How long it may go on sending after SIGTERM or, before a new session, after SIGHUP."""

PATIENCE = 30 * SECOND
"""How long it may take to end after that."""

_NUMBERS = {KILL: signal.SIGKILL, TERM: signal.SIGTERM, HUP: signal.SIGHUP}
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


class Daemon:
    """The daemon through all its restarts.

    Attributes:
        starts: how often it was started.
        sent: how often each signal was sent.
        killed: monotonic times just before each SIGKILL.
        cpu: seconds that it used, in all its lives.
        peak: megabytes that it had resident at most.
        failed: what it should not have done.
    """

    def __init__(self, scene: Scene) -> None:
        self.starts = 0
        self.sent: Counter[str] = Counter()
        self.killed: list[int] = []
        self.cpu = self.peak = 0.0
        self.failed: list[str] = []
        self._scene, self._clock = scene, SystemClock()
        self._child: subprocess.Popen[bytes] | None = None
        self._ending: Signal | None = None
        self._ended = threading.Event()  # never set: to wait with
        self._deadline = self._restart = self._log_start = 0

    def start(self, *options: str) -> None:
        """Start it; does not wait until it is ready."""
        self.starts += 1
        command = [sys.executable, "-m", "logtrace", "run", "-c", str(self._scene.config)]
        with self._scene.daemon_log.open("ab") as log:
            self._log_start = log.tell()
            self._child = subprocess.Popen(
                [*command, "--log-format", "json", "--deadline", str(DEADLINE // SECOND), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def await_ready(self) -> None:
        """Wait until it says that it runs."""
        self._await(self._ready)

    def tick(self) -> None:
        """See whether it has ended, and start it again if it is due."""
        now = self._clock.monotonic()
        if self._child is None:
            if now >= self._restart:
                self.start()
            return
        self._measure(self._child.pid)
        ending = self._ending
        if self._reap() is None:
            if ending and now > self._deadline:
                self.failed.append(f"it did not end within {PATIENCE // SECOND} s of SIGTERM")
                self.kill()
        else:
            self._restart = now + (ending.down if ending else SECOND)

    def signal(self, what: Signal) -> None:
        """Send a signal, if it is there and ready for it; only SIGKILL comes at any moment."""
        child = self._child
        if child is None or (what.kind != KILL and (self._ending or not self._ready())):
            return
        self.sent[what.kind] += 1
        if what.kind == KILL:
            self.killed.append(self._clock.monotonic())
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, _NUMBERS[what.kind])  # not reaped yet, so it is no other's number
        if what.kind != HUP:
            self._ending = what
            self._deadline = self._clock.monotonic() + PATIENCE

    def end(self) -> None:
        """Have it end in order, and wait for that."""
        self._await(self._ready)
        self.signal(Signal(0, TERM, 0))
        self._await(lambda: self._reap() is not None)

    def run_once(self, patience: int) -> None:
        """Have `run --once` read and ship what is left."""
        self.start("--once")
        self._ending = Signal(0, TERM, 0)  # it ends by itself
        if not self._await(lambda: self._reap() is not None, patience):
            self.failed.append("`run --once` did not end")

    def kill(self) -> None:
        """End it at once if it still runs."""
        if self._child is not None:
            self._ending = Signal(0, KILL, 0)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child.pid, signal.SIGKILL)
            self._await(lambda: self._reap() is not None)

    def _await(self, condition: Callable[[], bool], patience: int = PATIENCE) -> bool:
        """Wait until `condition` holds; return whether it does."""
        end = self._clock.monotonic() + patience
        while self._child is not None and self._clock.monotonic() < end:
            self._measure(self._child.pid)
            if condition():
                return True
            self._clock.wait(self._ended, 20 * MILLISECOND)
        return self._child is None

    def _reap(self) -> int | None:
        """Return how it ended and forget it, None while it runs."""
        child = self._child
        if child is None:
            return 0
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if not pid:
            return None
        code = child.returncode = os.waitstatus_to_exitcode(status)
        self.cpu += usage.ru_utime + usage.ru_stime
        if not self._ending:
            self.failed.append(f"it ended by itself with {code}")
        elif code and not (code == -signal.SIGKILL and self._ending.kind == KILL):
            self.failed.append(f"after {self._ending.kind} it ended with {code}")
        self._child = self._ending = None
        return code

    def _measure(self, pid: int) -> None:
        with contextlib.suppress(OSError):
            if found := _PEAK.search(Path(f"/proc/{pid}/status").read_text()):
                self.peak = max(self.peak, int(found[1]) / 1024)

    def _ready(self) -> bool:
        with self._scene.daemon_log.open("rb") as log:
            log.seek(self._log_start)
            return b'"daemon_started"' in log.read()
