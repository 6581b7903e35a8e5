"""`logtrace receive`: what it prints."""

import io
import os
import signal
import subprocess
import sys

import pytest
from rich.console import Console

from logtrace.cli.receive import BACKLOG, Show
from logtrace.model import Span
from logtrace.ship.agent import Agent
from logtrace.ship.encode import V04
from logtrace.web.receiver import Delivery
from logtrace.web.strict import judge
from tests.support.clock import NOON
from tests.support.traces import span


def shown(*deliveries: Delivery, quiet: bool = False) -> tuple[str, str]:
    """Return what is printed for deliveries, and the summary at the end."""
    console = Console(file=io.StringIO(), width=100, markup=False, highlight=False)
    show = Show(console, quiet)
    for delivery in deliveries:
        show.take(delivery)
        show.print(delivery)
    return console.file.getvalue(), show.summary()  # type: ignore[attr-defined]


def delivery(*traces: list[Span]) -> Delivery:
    """Return traces with the Agent's verdict on them."""
    return Delivery(list(traces), judge(list(traces), NOON))


def test_a_trace_is_drawn_and_counted() -> None:
    """The picture, and one line at the end."""
    text, summary = shown(delivery([span(1), span(1, span_id=2, parent_id=1)]))

    assert "GET /1  5.00 ms  2 spans" in text
    assert "2 spans in 1 trace received" == summary


def test_ids_that_are_there_twice_are_said() -> None:
    """The Agent counts them, and keeps the spans."""
    text, summary = shown(delivery([span(1), span(1), span(1, span_id=2)]), quiet=True)

    assert "1 span with the id of another: duplicate_span_id\n" == text
    assert summary.endswith("changes: duplicate_span_id 1")


def test_what_the_agent_would_do_is_said_in_words() -> None:
    """Refusals, drops and changes, a repeated change once."""
    services = [span(1, service="My Shop"), span(1, service="My Shop", span_id=2)]
    text, summary = shown(
        Delivery(refused="trace 0, span 0: start: 1.5, wants an integer"),
        delivery([span(0, span_id=1)], services),
        quiet=True,
    )

    assert [
        "refused: trace 0, span 0: start: 1.5, wants an integer",
        "the Agent would drop a trace: trace_id_zero: trace 0, span 0 ('web.request'): trace id 0",
        "the Agent would change service: service_normalised: 'My Shop' → 'my_shop' (2 times)",
    ] == text.splitlines()
    assert (
        "3 spans in 2 traces received; 1 payload refused; 1 trace the Agent would drop; "
        "changes: service_normalised 2, trace_id_zero 1" == summary
    )


def test_hostile_text_stays_text() -> None:
    """In messages too."""
    text, _ = shown(Delivery(refused="\x1b[31m[red]x[/red]"), quiet=True)
    assert "refused: \\x1b[31m[red]x[/red]\n" == text


def test_many_traces_of_a_payload_are_not_all_drawn() -> None:
    """Twenty pictures are enough; the rest is counted."""
    text, _ = shown(delivery(*([span(i)] for i in range(1, 31))))
    assert 20 == text.count("1 span ")
    assert "and 10 more traces" in text


def test_what_nobody_reads_in_time_is_not_kept() -> None:
    """A flood is counted, not remembered."""
    show = Show(Console(file=io.StringIO()), quiet=False)
    for _ in range(BACKLOG + 5):
        show.take(delivery([span(1)]))
    assert f"{BACKLOG + 5:,} spans in {BACKLOG + 5:,} traces received" in show.summary()
    assert "5 payloads not shown" in show.summary()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_from_start_to_interrupt(number: signal.Signals) -> None:
    """It says where it listens, shows what comes, and ends with 0 and a summary."""
    child = subprocess.Popen(
        [sys.executable, "-m", "logtrace", "receive", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert child.stdout
    url = child.stdout.readline().split()[2]
    agent = Agent(url, "1")
    agent.send(V04.encode([[span(1)]]), V04.content_type, V04.path, 1)
    assert "GET /1" in child.stdout.readline()
    child.send_signal(number)
    out, _ = child.communicate(timeout=30)

    assert 0 == child.returncode
    assert out.endswith("1 span in 1 trace received\n")
