"""What following files costs, and how soon a line is read: figures against the bars that hold for them.

The reader is a process of its own that does what the daemon's pipeline thread does with its source:
read, acknowledge, commit, wait for watches or for the next look. Lines bear the moment at which they
were written, so that the reader knows how old each was when it got it. Nothing is parsed or sent.

    make tailing                      all measures
    make tailing ARGS="fair idle"     some: active sparse unwatched fair threads new idle lag
"""

from __future__ import annotations

import argparse
import array
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

from logtrace.clock import MILLISECOND, SECOND, SystemClock
from logtrace.config.model import SourceConfig, Text
from logtrace.errors import Mark
from logtrace.logs import silent
from logtrace.source.files import LogFiles
from logtrace.source.ledger import Ledger
from logtrace.source.wakeup import Wakeup
from logtrace.telemetry import Telemetry

SPAWN = multiprocessing.get_context("spawn")
PADDING = b" " + b"x" * 200 + b"\n"
TICKS = os.sysconf("SC_CLK_TCK")
CLOCK = SystemClock()


def pause(seconds: float) -> None:
    """Let time pass."""
    CLOCK.wait(threading.Event(), int(seconds * SECOND))


@dataclass
class Seen:
    """What a reader reports.

    Attributes:
        ages: of each file, by name, how old its stamped lines were when they were read, nanoseconds.
        lines: how many lines it read.
        cpu: CPU seconds of its own thread, and
        others: of watchdog's, since it was told to measure.
        took: seconds since then.
    """

    ages: dict[str, array.array[int]] = field(default_factory=dict)
    lines: int = 0
    cpu: float = 0
    others: float = 0
    took: float = 0


class Reader:
    """The reader over `directory`/*.log."""

    def __init__(self, directory: Path, watch: bool = True) -> None:
        ours, theirs = SPAWN.Pipe()
        self._report: Connection = ours
        self._ready, self._measure, self._stop = SPAWN.Event(), SPAWN.Event(), SPAWN.Event()
        self._process = SPAWN.Process(
            target=_follow,
            args=(directory, watch, theirs, self._ready, self._measure, self._stop),
            daemon=True,
        )
        self._process.start()
        self._ready.wait()

    def measure(self) -> None:
        """Begin to count CPU seconds."""
        self._measure.set()

    def stop(self) -> Seen:
        """End it; return what it saw."""
        self._stop.set()
        seen: Seen = self._report.recv()
        self._process.join()
        return seen


def _follow(
    directory: Path, watch: bool, report: Connection, ready: Event, measure: Event, stop: Event
) -> None:
    clock, telemetry = CLOCK, Telemetry(silent(), CLOCK)
    mark = Mark("bench", 1, 1)
    pattern = str(directory / "*.log")
    source = SourceConfig(
        mark=mark, name="bench", path=(pattern,), format=Text("json", mark), read_from="end"
    )
    ledger = Ledger.open(directory / "state", telemetry)
    files = LogFiles([source], ledger, clock, telemetry)
    wake, seen = threading.Event(), Seen()
    wakeup = Wakeup(files.directories, wake, telemetry)
    if watch:
        wakeup.start()
    began: tuple[float, float, int] | None = None
    while not stop.is_set():
        if wake.is_set():
            wake.clear()
            files.wake()
        batches = files.read()
        now = clock.monotonic()
        for batch in batches:
            ages = seen.ages.setdefault(os.path.basename(batch.stream), array.array("q"))
            ages.extend(now - int(line[1:20]) for line in batch.lines if line[:1] == b"@")
            seen.lines += len(batch.lines)
            files.release(range(batch.first, batch.first + len(batch.lines)))
        files.commit()
        if not batches:
            ready.set()
            wakeup.idle(files.quiet)
            clock.wait(wake, min(files.patience(), SECOND))
        if began is None and measure.is_set():
            began = (*_cpu(), clock.monotonic())
    if began is not None:
        own, others = _cpu()
        seen.cpu, seen.others = own - began[0], others - began[1]
        seen.took = (clock.monotonic() - began[2]) / SECOND
    wakeup.stop()
    report.send(seen)


def _cpu() -> tuple[float, float]:
    """Return the CPU seconds of this thread, and of all others of this process."""
    used: dict[int, float] = {}
    for task in Path("/proc/self/task").iterdir():
        fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
        used[int(task.name)] = (int(fields[11]) + int(fields[12])) / TICKS
    own = used.pop(threading.get_native_id())
    return own, sum(used.values())


# ── writers ───────────────────────────────────────────────────────────────────────────────────────


def stamped() -> bytes:
    """Return a line that says when it was written."""
    return b"@%019d" % CLOCK.monotonic() + PADDING


def append(path: Path, seconds: float, count: int) -> None:
    """Append so many stamped lines, with a pause before each."""
    with path.open("ab", buffering=0) as file:
        for _ in range(count):
            pause(seconds)
            file.write(stamped())


def _write_hard(path: Path, rate: int, stop: Event) -> None:
    """Write lines: so many a second, each with a call of its own; 0: blocks, as fast as possible."""
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    line, began, count = b"-" + PADDING, CLOCK.monotonic(), 0
    block = line * 300
    while not stop.is_set():
        if not rate:
            if os.fstat(fd).st_size < 2 << 30:  # more than is read meanwhile
                os.write(fd, block)
            else:
                pause(0.1)
            continue
        for _ in range(rate // 200):
            os.write(fd, line)
        count += rate // 200
        pause(max(0.0, count / rate - (CLOCK.monotonic() - began) / SECOND))


@contextmanager
def written(path: Path, rate: int) -> Iterator[None]:
    """Have a process write a file meanwhile; see `_write_hard`."""
    stop = SPAWN.Event()
    process = SPAWN.Process(target=_write_hard, args=(path, rate, stop), daemon=True)
    process.start()
    try:
        yield
    finally:
        stop.set()
        process.join()


# ── measures ──────────────────────────────────────────────────────────────────────────────────────


def said(what: str, figure: float, unit: str, bar: float, more: str = "") -> bool:
    """Print a figure and its bar; return whether it is kept."""
    kept = figure <= bar
    print(
        f"{what:58} {figure:9.1f} {unit:3} bar {bar:6g} {unit:3} {'ok' if kept else 'MISSED'}  {more}",
        flush=True,
    )
    return kept


def ages(what: str, found: array.array[int] | None, bar: float) -> bool:
    """Print how old lines were when they were read, in milliseconds, against a bar for p99."""
    if not found:
        print(f"{what:58} nothing was read: MISSED", flush=True)
        return False
    ordered = sorted(found)
    p50, p99 = (ordered[int(share * (len(ordered) - 1))] / MILLISECOND for share in (0.5, 0.99))
    return said(what, p99, "ms", bar, f"p50 {p50:.1f} ms, {len(ordered)} lines")


def active(directory: Path) -> bool:
    """A file that is written ten times a second."""
    reader = Reader(directory)
    append(directory / "app.log", 0.1, 200)
    return ages("append to read, ten lines a second, p99", reader.stop().ages.get("app.log"), 50)


def sparse(directory: Path) -> bool:
    """A file that is written every other second, beside one that is written all the time."""
    reader = Reader(directory)
    with written(directory / "busy.log", 1000):
        append(directory / "app.log", 2, 15)
        found = reader.stop().ages.get("app.log")
    return ages("append to read, a line every two seconds, p99", found, 50)


def unwatched(directory: Path) -> bool:
    """A file that was left alone, where the kernel has no watches; five seconds are as good as days."""
    reader = Reader(directory, watch=False)
    append(directory / "app.log", 7.3, 10)
    pause(2)
    found = reader.stop().ages.get("app.log")
    return ages("append to read, idle file, no watches, p99", found, 2000)


def watched(directory: Path) -> bool:
    """The same where there are watches."""
    reader = Reader(directory)
    append(directory / "app.log", 7.3, 8)
    pause(1)
    return ages("append to read, idle file, watched, p99", reader.stop().ages.get("app.log"), 200)


def fair(directory: Path) -> bool:
    """A slow file beside one that is written as fast as the disk takes it."""
    reader = Reader(directory)
    with written(directory / "hot.log", 0):
        append(directory / "slow.log", 0.05, 300)
        seen = reader.stop()
    kept = ages(
        "append to read, beside a file written without end, p99", seen.ages.get("slow.log"), 50
    )
    print(f"{'':58} {seen.lines / 15:9,.0f} lines a second of the other")
    return kept


def threads(directory: Path) -> bool:
    """What watchdog's threads cost while a file is written fifty thousand times a second."""
    reader = Reader(directory)
    with written(directory / "hot.log", 50_000):
        pause(2)
        reader.measure()
        pause(15)
        seen = reader.stop()
    own, others = (100 * used / seen.took for used in (seen.cpu, seen.others))
    more = f"reading itself {own:.1f} %, {seen.lines / 17:,.0f} lines a second"
    return said("watchdog's threads at 50,000 writes a second", others, "%", 1, more)


def new(directory: Path) -> bool:
    """Files that come while others are written; and without watches."""
    kept = True
    for watch in (True, False):
        here = directory / f"{watch}"
        here.mkdir()
        reader = Reader(here, watch)
        with written(here / "busy.log", 1000):
            for number in range(12):
                pause(0.73)
                (here / f"new-{number}.log").write_bytes(stamped())
            pause(2)
            seen = reader.stop()
        found = array.array("q", [each for name, all in seen.ages.items() for each in all])
        what = f"a new file is found and read, {'watched' if watch else 'no watches'}, p99"
        kept &= ages(what, found, 1000 if watch else 1100) and len(found) == 12
    return kept


def idle(directory: Path) -> bool:
    """What so many files cost that nobody writes."""
    kept = True
    for count, bar in ((1000, 1), (10_000, 3)):
        here = directory / f"{count}"
        here.mkdir()
        for number in range(count):
            (here / f"{number}.log").write_bytes(stamped())
        reader = Reader(here)
        pause(15)
        reader.measure()
        pause(30)
        seen = reader.stop()
        used = 100 * (seen.cpu + seen.others) / seen.took
        kept &= said(f"{count:,} idle files", used, "%", bar, "of a core")
    return kept


def lag(directory: Path) -> bool:
    """The memory of the daemon, its Agent away, with 20 MB to read and with 800 MB."""
    log, resident = directory / "app.log", []
    (directory / "c.yaml").write_text(
        f"agent: {{url: 'http://127.0.0.1:9'}}\nstate: {{path: '{directory}/state'}}\n"
        f"sources:\n  - {{path: '{log}', format: json, read_from: beginning, service: bench, "
        'spans: [{when: "n >= 0", name: x, instant: true}]}\n'
    )
    line = b'{"ts":"2026-11-22T10:00:00Z","n":1,"note":"' + b"x" * 300 + b'"}\n'
    log.write_bytes(line * 60_000)
    command = [sys.executable, "-m", "logtrace", "run", "-c", str(directory / "c.yaml")]
    with (directory / "said").open("wb") as out:
        daemon = subprocess.Popen([*command, "--deadline", "1"], stdout=out, stderr=out)
    try:
        for _ in range(2):
            pause(8)
            status = Path(f"/proc/{daemon.pid}/status").read_text()
            resident.append(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024)  # type: ignore[index]
            if len(resident) == 1:
                with log.open("ab") as file:
                    for _ in range(40):
                        file.write(line * 60_000)
    finally:
        daemon.kill()
        daemon.wait()
    more = f"{resident[0]:.0f} MB with 20 MB to read, {resident[1]:.0f} MB with 800 MB"
    return said("memory that 780 MB more of lag take", resident[1] - resident[0], "MB", 5, more)


MEASURES: dict[str, Callable[[Path], bool]] = {
    each.__name__: each
    for each in (active, sparse, unwatched, watched, fair, threads, new, idle, lag)
}


def main() -> int:
    """Take the measures that were asked for; return 1 if one missed its bar."""
    arguments = argparse.ArgumentParser(prog="make tailing", description=__doc__)
    arguments.add_argument("measures", nargs="*", metavar="MEASURE", help=" ".join(MEASURES))
    wanted = arguments.parse_args().measures or list(MEASURES)
    kept = True
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="logtrace-tailing-") as directory:
            kept &= MEASURES[name](Path(directory))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
