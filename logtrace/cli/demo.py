"""`logtrace demo`: a small legacy application, the daemon and a receiver, together, on one machine.

The application and the daemon are processes of their own, the receiver is a thread of this one. All
files are in a directory that is removed at the end, however that comes: the time is up, a signal, or a
process that failed. Nothing else is needed, no Agent, no configuration, no right.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logtrace import demo
from logtrace.clock import MILLISECOND, SECOND, Clock, SystemClock
from logtrace.errors import AddressError, LogtraceError
from logtrace.model import Span
from logtrace.web.text import visible

if TYPE_CHECKING:
    from logtrace.web.receiver import Delivery, Receiver

CONFIG = Path(demo.__file__).with_name("demo.yaml")
END = 5 * SECOND
"""How long a process may take to end before it is killed."""

SCENES: tuple[tuple[str, Callable[[list[Span]], bool]], ...] = (
    (
        "a request, as the shop and the payment service logged it, and its trace",
        lambda spans: len({span.service for span in spans}) > 1,
    ),
    (
        "a billing job, from lines without ids and durations, paired by thread",
        lambda spans: spans[0].service == "billing",
    ),
    (
        "a request that failed",
        lambda spans: spans[0].service == "shop" and spans[0].error == 1,
    ),
)
"""The traces that are shown, in this order: what is said of one, and whether a trace will do."""


@click.command("demo")
@click.option(
    "--seconds",
    type=click.FloatRange(min=1),
    default=30.0,
    show_default="30",
    help="How long it goes on; Ctrl-C ends it before.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8126,
    show_default=True,
    help="Port of the receiver; a free one if that is taken.",
)
def command(seconds: float, port: int) -> None:
    """Watch the logs of a small legacy application become traces.

    Needs no Agent. The mapping is commented, to start a first one of your own from.
    """
    clock = SystemClock()
    arrivals = Arrivals(clock, clock.monotonic() + int(seconds * SECOND))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: arrivals.end())
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="logtrace-demo-"))
        directory = Path(scratch)
        receiver = stack.enter_context(running_receiver(port, arrivals.take))
        environment = os.environ | {
            "LOGTRACE_DEMO_DIR": scratch,
            "LOGTRACE_DEMO_PORT": receiver.url.rpartition(":")[2],
        }
        for name, words in (
            ("daemon", ("logtrace", "run", "-c", str(CONFIG))),
            ("application", ("logtrace.demo.legacy_shop", scratch)),
        ):
            process = start(name, words, environment, directory)
            stack.callback(finish, process)
            arrivals.watch(process, directory / f"{name}.err")
        present(arrivals, directory, receiver.url)


class Arrivals:
    """What came to the receiver, and whether it is time to end.

    Attributes:
        seen: how many traces `next` has looked at.
        interrupted: whether it was told to end before its time.
    """

    def __init__(self, clock: Clock, deadline: int) -> None:
        self.seen = 0
        self.interrupted = False
        self._clock, self._deadline = clock, deadline
        self._watched: list[tuple[subprocess.Popen[bytes], Path]] = []
        self._traces: list[list[Span]] = []
        self._news = threading.Event()

    def take(self, delivery: Delivery) -> None:
        """Take in what the receiver got; called from its threads."""
        self._traces += delivery.traces
        self._news.set()

    def end(self) -> None:
        """Make it time to end, now; called by signals."""
        self.interrupted = True
        self._news.set()

    def watch(self, process: subprocess.Popen[bytes], said: Path) -> None:
        """Have a process watched, that must not end; `said` is its standard error."""
        self._watched.append((process, said))

    def next(self, fits: Callable[[list[Span]], bool]) -> list[Span] | None:
        """Wait for a trace that fits; None: it was time to end first. Raises LogtraceError."""
        while True:
            while self.seen < len(self._traces):
                self.seen += 1
                if fits(self._traces[self.seen - 1]):
                    return self._traces[self.seen - 1]
            if self.ended():
                return None

    def ended(self) -> bool:
        """Wait a moment; return whether it is time to end.

        Raises:
            LogtraceError: a process ended by itself; with the last that it said.
        """
        if self.interrupted or not self.left:
            return True
        for process, said in self._watched:
            if process.poll() is not None:
                last = said.read_text(errors="replace").splitlines()[-20:]
                text = "\n".join(visible(line, 2000) for line in last)
                raise LogtraceError(f"the {said.stem} of the demo ended by itself:\n{text}")
        self._clock.wait(self._news, 100 * MILLISECOND)
        self._news.clear()
        return False

    @property
    def left(self) -> int:
        """Nanoseconds until it is time to end."""
        return max(0, self._deadline - self._clock.monotonic())


@contextlib.contextmanager
def running_receiver(port: int, delivered: Callable[[Delivery], None]) -> Iterator[Receiver]:
    """Run a receiver on `port`, or on a free one if that is taken."""
    from logtrace.web.receiver import Receiver, listen

    try:
        listener = listen("127.0.0.1", port)
    except AddressError:
        listener = listen("127.0.0.1", 0)
    receiver = Receiver(listener, delivered=delivered)
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()


def start(
    name: str, words: tuple[str, ...], environment: dict[str, str], directory: Path
) -> subprocess.Popen[bytes]:
    """Start a Python module as a process that does not get the terminal's Ctrl-C."""
    with (directory / f"{name}.err").open("wb") as err:
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=err,
            start_new_session=True,
        )


def finish(process: subprocess.Popen[bytes]) -> None:
    """End a process: asked first, then killed."""
    process.terminate()
    try:
        process.wait(END / SECOND)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def present(arrivals: Arrivals, directory: Path, url: str) -> None:
    """Show a few traces and where more are; return at the end. Raises LogtraceError."""
    from rich.console import Console

    from logtrace.web.waterfall import Waterfall

    console = Console(highlight=False, markup=False, emoji=False)
    cut = console.width if console.is_terminal else 1000
    click.echo(
        f"A small legacy application is running; its logs are in {directory}.\n"
        f"logtrace tails them, with the mapping {CONFIG},\n"
        f"and ships the traces to {url} (open it in a browser).\n"
    )
    for caption, fits in SCENES:
        spans = arrivals.next(fits)
        if spans is None:
            break
        click.echo(f"── {caption} ──\n")
        for line in lines_of(spans[0], directory):
            click.echo(visible(line, cut))
        click.echo()
        console.print(Waterfall(spans))
        click.echo()
    else:
        program = "logtrace" if shutil.which("logtrace") else sys.argv[0]
        click.echo(
            f"More as they come, with all tags: {url}\n"
            f"To trace an application of your own, start from a copy of {CONFIG}:\n"
            f"  {program} check -c COPY          names every mistake, with its place and its cure\n"
            f"  {program} preview -c COPY LOG    draws the traces of a log, and tells of each line\n"
            f"The demo goes on for {arrivals.left // SECOND} seconds; Ctrl-C ends it now."
        )
    arrivals.next(lambda _: False)
    click.echo(f"{arrivals.seen} traces.")
    if not (arrivals.seen or arrivals.interrupted):
        raise LogtraceError("no trace came in the time given; give it more with --seconds")


def lines_of(root: Span, directory: Path) -> list[str]:
    """Return the lines that became the trace of `root`, in the order of their times."""
    if root.service == "billing":
        lines = lines_with(f"[{root.meta['thread']}]", directory, "billing.log")
        starts = [index for index, line in enumerate(lines) if "Starting job" in line]
        return lines[starts[-1] :] if starts else []
    request_id = root.meta["request_id"]
    logs = ("shop.log", "payments.log")
    return sorted(line for log in logs for line in lines_with(request_id, directory, log))


def lines_with(text: str, directory: Path, log: str) -> list[str]:
    """Return the lines of a log that contain `text`, from its oldest file to the live one."""
    found: list[str] = []
    for path in sorted(directory.glob(f"{log}*"), reverse=True):
        with contextlib.suppress(FileNotFoundError):  # rotated meanwhile
            found += (line for line in path.read_text().splitlines() if text in line)
    return found
