"""The applications: processes that write lines as fast as they are let, and reopen a rotated log.

Each writes a batch every 20 ms, now and then only half of its last line, the rest with the next batch.
It looks whether its path names another file seldom enough that lines still go into a renamed file.
"""

from __future__ import annotations

import contextlib
import heapq
import multiprocessing
import os
import random
from collections.abc import Callable, Iterator
from ctypes import Array, c_double, c_uint64
from datetime import UTC, datetime
from itertools import islice
from multiprocessing.synchronize import Event
from pathlib import Path

from bench.chaos.scene import APPLICATIONS, AUDIT, BILLING, Application, Scene
from logtrace.clock import MILLISECOND, SECOND, SystemClock

BEAT = 0.02
"""Seconds between two batches."""

OPEN_TRACES = 60
"""Traces that an application of `orders` adds to at a time."""

STAMPED = 40
"""Lines that share a reading of the clock."""

Lines = Iterator[str]


class Writers:
    """All applications.

    Attributes:
        written: how many lines each has written, by its number.
        rate: lines a second that each may write.
    """

    def __init__(self, scene: Scene, seed: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.written: Array[c_uint64] = context.RawArray(c_uint64, len(APPLICATIONS))
        self.rate: Array[c_double] = context.RawArray(c_double, 1)
        self._stop = context.Event()
        self._processes = [
            context.Process(
                target=_write,
                args=(scene.log(each), each, seed, self.written, self.rate, self._stop),
                daemon=True,
            )
            for each in APPLICATIONS
        ]

    def start(self) -> None:
        """Let them write."""
        for process in self._processes:
            process.start()

    def stop(self) -> None:
        """Let them write what is unfinished, and wait for their end."""
        self._stop.set()
        for process in self._processes:
            if process.pid is not None:
                process.join(20)

    def kill(self) -> None:
        """End those that are left."""
        for process in self._processes:
            if process.is_alive():
                process.kill()
                process.join()

    @property
    def failed(self) -> list[str]:
        """What ended otherwise than it should."""
        return [f"a writer ended with {p.exitcode}" for p in self._processes if p.exitcode]

    @property
    def total(self) -> int:
        """All lines so far."""
        return sum(self.written)


class _Log:
    """A log file that is opened again after it was renamed, as by Python's WatchedFileHandler."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self._path, self._chance = path, chance
        self._fd = self._open()
        self._rest = b""
        self._look = 0

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def write(self, text: bytes, now: int) -> None:
        """Write whole lines, perhaps only the beginning of the last one for now."""
        text = self._rest + text
        cut = len(text)
        if text and self._chance.random() < 0.3:
            cut -= self._chance.randrange(1, min(len(text), 150))
        self._rest = text[cut:]
        self._put(text[:cut])
        if now >= self._look and not self._rest:
            self._look = now + self._chance.randrange(50, 800) * MILLISECOND
            self._reopen()

    def _put(self, text: bytes) -> None:
        while text:
            text = text[os.write(self._fd, text) :]

    def _reopen(self) -> None:
        with contextlib.suppress(FileNotFoundError):  # renamed, and not created yet
            if os.stat(self._path).st_ino != os.fstat(self._fd).st_ino:
                os.close(self._fd)
                self._fd = self._open()

    def close(self) -> None:
        """Write what is unfinished."""
        self._put(self._rest)
        os.close(self._fd)


def _write(
    path: Path,
    application: Application,
    seed: int,
    written: Array[c_uint64],
    rate: Array[c_double],
    stop: Event,
) -> None:
    """Write until told to stop; the process's body."""
    chance = random.Random(f"{seed} {application.name}")
    clock, log = SystemClock(), _Log(path, chance)
    kinds: dict[str, Callable[..., Lines]] = {BILLING: _jobs, AUDIT: _entries}
    lines = kinds.get(application.source, _orders)(application.number, chance, stop)
    last, credit = clock.monotonic(), 0.0
    parent = os.getppid()
    while not stop.wait(BEAT) and os.getppid() == parent:
        now = clock.monotonic()
        credit = min(rate[0], credit + rate[0] * (now - last) / SECOND)
        last = now
        count = int(credit)
        credit -= count
        batch = list(islice(lines, count))  # fewer once `stop` is set
        log.write("".join(batch).encode(), now)
        written[application.number] += len(batch)
    if not stop.is_set():
        return  # whoever started it was killed
    rest = list(lines)  # with `stop` set they come to an end
    log.write("".join(rest).encode(), 0)
    log.close()
    written[application.number] += len(rest)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _orders(app: int, chance: random.Random, stop: Event) -> Lines:
    """Yield spans of interleaved traces, the root of each last, and of one that never ends."""
    endless, beat = f"{chance.getrandbits(128):032x}", f"{chance.getrandbits(64) | 1:016x}"
    traces: list[list[str]] = []
    seq = 0
    while not stop.is_set():
        stamp = _now()
        for _ in range(STAMPED):
            if not seq % 41:
                trace, span, parent = endless, f"{chance.getrandbits(64) | 1:016x}", beat
            else:
                while len(traces) < OPEN_TRACES:
                    traces.append(_new_trace(chance))
                at = chance.randrange(OPEN_TRACES)
                trace, root, *spans = traces[at]
                if spans:
                    span, parent = traces[at].pop(), root
                else:
                    span, parent = root, ""
                    traces[at] = _new_trace(chance)
            yield (
                f'{{"ts":"{stamp}","app":{app},"seq":{seq},"op":"order","trace":"{trace}",'
                f'"span":"{span}","parent":"{parent}","took_ms":{seq % 50},"note":"as ordered"}}\n'
            )
            seq += 1


def _new_trace(chance: random.Random) -> list[str]:
    """Return a trace id and the ids of its spans, the root's first."""
    ids = [f"{chance.getrandbits(64) | 1:016x}" for _ in range(chance.randint(1, 8))]
    return [f"{chance.getrandbits(128):032x}", *ids]


def _jobs(app: int, chance: random.Random, stop: Event) -> Lines:
    """Yield starts and ends of jobs: most take a moment, some a minute, and all end at the end."""
    ends: list[tuple[int, int]] = []  # (line number at which it is due, job)
    seq = job = 0
    stopped = False
    while not stopped or ends:
        stopped = stopped or stop.is_set()
        stamp = _now()
        for _ in range(STAMPED):
            if ends and (stopped or ends[0][0] <= seq):
                verb, which = "end", heapq.heappop(ends)[1]
            elif stopped:
                break
            else:
                verb, which, job = "begin", job, job + 1
                far = chance.random() < 0.01
                due = seq + (chance.randrange(10_000, 150_000) if far else chance.randrange(400))
                heapq.heappush(ends, (due, which))
            yield f"{stamp} app={app} seq={seq} {verb} job {which} of the nightly settlement\n"
            seq += 1


def _entries(app: int, chance: random.Random, stop: Event) -> Lines:
    """Yield lines that stand for themselves, of various lengths."""
    seq = 0
    while not stop.is_set():
        stamp = _now()
        for _ in range(STAMPED):
            note = "x" * chance.randrange(200)
            yield f'{{"ts":"{stamp}","app":{app},"seq":{seq},"op":"audit","note":"{note}"}}\n'
            seq += 1
