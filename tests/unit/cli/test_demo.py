import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace.cli.demo import Arrivals, lines_of
from logtrace.clock import SECOND
from logtrace.errors import LogtraceError
from logtrace.model import Span
from logtrace.web.receiver import Delivery
from tests.support.clock import FakeClock


def trace(name: str) -> list[Span]:
    """Return a trace of one span."""
    return [Span("shop", name, "GET /", 1, 2, 3, 4, meta={"request_id": "req-1"})]


class Ended:
    """A process that has ended, or goes on."""

    def __init__(self, code: int | None) -> None:
        self._code = code

    def poll(self) -> int | None:
        return self._code


@pytest.fixture
def arrivals() -> Arrivals:
    """Arrivals for ten seconds."""
    clock = FakeClock()
    return Arrivals(clock, clock.monotonic() + 10 * SECOND)


def test_the_next_trace_is_the_first_that_fits(arrivals: Arrivals) -> None:
    """Traces that do not fit are passed over, but counted."""
    arrivals.take(Delivery([trace("a"), trace("b")]))
    arrivals.take(Delivery([trace("c")]))
    assert trace("b") == arrivals.next(lambda spans: spans[0].name == "b")
    assert trace("c") == arrivals.next(lambda _: True)
    assert 3 == arrivals.seen


def test_waiting_ends_with_the_time(arrivals: Arrivals) -> None:
    """With nothing to show it ends at the deadline, and was not interrupted."""
    assert arrivals.next(lambda _: True) is None
    assert 0 == arrivals.left
    assert not arrivals.interrupted


def test_waiting_ends_with_a_signal(arrivals: Arrivals) -> None:
    """Told to end, it ends before its time."""
    arrivals.end()
    assert arrivals.next(lambda _: True) is None
    assert 10 * SECOND == arrivals.left


def test_a_process_that_ended_is_a_failure_with_its_words(
    arrivals: Arrivals, tmp_path: Path
) -> None:
    """What the process said last is in the message, without terminal escapes."""
    said = tmp_path / "daemon.err"
    said.write_text("first\nlast \x1b[31mwords\n")
    arrivals.watch(Ended(None), tmp_path / "application.err")  # type: ignore[arg-type]
    assert not arrivals.ended()
    arrivals.watch(Ended(78), said)  # type: ignore[arg-type]
    with pytest.raises(LogtraceError, match=re.escape("last \\x1b[31mwords")) as failure:
        arrivals.ended()
    assert "the daemon of the demo ended" in str(failure.value)


def test_the_lines_of_a_request_come_from_both_logs_in_order(tmp_path: Path) -> None:
    """Rotated files are looked into as well; lines of other requests are left out."""
    (tmp_path / "shop.log.1").write_text('{"ts": "1", "request_id": "req-1"}\n')
    (tmp_path / "shop.log").write_text('{"ts": "2", "request_id": "req-9"}\n{"ts": "4", "req-1"}\n')
    (tmp_path / "payments.log").write_text('{"ts": "3", "request_id": "req-1"}\n')

    times = [line[8] for line in lines_of(trace("web.request")[0], tmp_path)]
    assert ["1", "3", "4"] == times


def test_the_lines_of_a_job_are_the_last_of_its_thread(tmp_path: Path) -> None:
    """An earlier job of the same thread, and other threads, are left out."""
    (tmp_path / "billing.log").write_text(
        "1 [b-1] Starting job x\n2 [b-1] Finished job x\n"
        "3 [b-1] Starting job y\n4 [b-2] Starting job z\n5 [b-1] Finished job y\n"
    )
    root = Span("billing", "job.run", "y", 1, 2, 3, 4, meta={"thread": "b-1"})
    assert ["3", "5"] == [line[0] for line in lines_of(root, tmp_path)]


class Demo:
    """`logtrace demo` as a process, with its temporary directory below `scratch`."""

    def __init__(self, scratch: Path, seconds: int) -> None:
        self.scratch = scratch
        self.process = subprocess.Popen(
            [sys.executable, "-m", "logtrace", "demo", "--port", "0", "--seconds", str(seconds)],
            env=os.environ | {"TMPDIR": str(scratch), "COLUMNS": "100"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def read_until(self, text: str) -> None:
        """Read its output up to the first line that contains a text."""
        assert self.process.stdout
        assert any(text in line for line in self.process.stdout), self.process.communicate()

    def children(self) -> dict[str, int]:
        """Return the process ids of the daemon and the application, by name."""
        found = {}
        for proc in Path("/proc").glob("[0-9]*"):
            try:
                environment = (proc / "environ").read_bytes()
                command = (proc / "cmdline").read_bytes()
            except OSError:
                continue
            if f"LOGTRACE_DEMO_DIR={self.scratch}".encode() in environment:
                found["daemon" if b"run" in command.split(b"\0") else "application"] = int(
                    proc.name
                )
        return found

    def left_behind(self) -> tuple[dict[str, int], list[Path]]:
        """Return the processes and files that are still there."""
        return self.children(), list(self.scratch.iterdir())


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A demo that would go on for long."""
    demo = Demo(tmp_path, seconds=50)
    yield demo
    demo.process.kill()
    demo.process.communicate()
    for pid in demo.children().values():
        os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_it_shows_log_lines_and_their_trace_and_ends_by_itself(tmp_path: Path) -> None:
    """Within some seconds there is a picture of a trace; then it ends clean, and nothing is left."""
    demo = Demo(tmp_path, seconds=10)
    out, err = demo.process.communicate(timeout=40)

    assert (0, "") == (demo.process.returncode, err)
    assert '"event": "payment.call"' in out
    assert "payments payment.charge" in out
    assert "billing job.step" in out
    assert re.search(r"http://127\.0\.0\.1:\d+", out)
    assert ({}, []) == demo.left_behind()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_at_once_and_clean(demo: Demo, number: signal.Signals) -> None:
    """Ctrl-C, a kill or a closed terminal: exit code 0, and nothing is left."""
    demo.read_until("web.request")
    assert {"daemon", "application"} == set(demo.children())
    demo.process.send_signal(number)

    assert 0 == demo.process.wait(15)
    assert ({}, []) == demo.left_behind()


@pytest.mark.slow
def test_a_daemon_that_dies_is_said_and_nothing_is_left(demo: Demo) -> None:
    """Exit code 1, and the message names the process."""
    demo.read_until("web.request")
    os.kill(demo.children()["daemon"], signal.SIGKILL)
    _, err = demo.process.communicate(timeout=15)

    assert 1 == demo.process.returncode
    assert "the daemon of the demo ended by itself" in err
    assert ({}, []) == demo.left_behind()
