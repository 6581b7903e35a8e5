"""The picture of a daemon: what matters is said, what did not happen is not, and it fits."""

from typing import Any

import pytest
from rich.console import Console

from logtrace.admin.document import (
    AgentStatus,
    ConfigStatus,
    CounterStatus,
    EventStatus,
    FileStatus,
    PipelineStatus,
    ShipperStatus,
    SourceStatus,
    Status,
    WaitStatus,
)
from logtrace.cli.status_text import WORDED, Rates, draw
from logtrace.telemetry import COUNTERS

NOW = "2026-11-22T12:00:00.000Z"
HOSTILE = "\x1b]0;owned\x07\n\u202e\udcff[bold]"


def status(**changes: Any) -> Status:
    """Return the document of a daemon in the best of moods."""
    base = Status(
        version="1.2.3",
        pid=4711,
        phase="running",
        now=NOW,
        uptime_secs=3700,
        cpu_secs=24.1,
        memory_bytes=61_000_000,
        state="/var/lib/logtrace",
        config=ConfigStatus("/etc/logtrace/logtrace.yaml", "2026-11-22T11:00:00.000Z"),
        pipeline=PipelineStatus(snapshot_at=NOW, open_traces=3, open_spans=7, max_open=100_000),
        sources=[SourceStatus("shop", "json", ["/a"], 1, lines_read=1000, bytes_read=50_000)],
        agent=AgentStatus("http://localhost:8126", "7.59.0", "/v0.4/traces", True),
        shipper=ShipperStatus(shipped_at="2026-11-22T11:59:58.000Z"),
        counters={name: CounterStatus() for name in COUNTERS},
    )
    for name, value in changes.items():
        setattr(base, name, value)
    return base


def drawn(shown: Status, width: int = 80, files: int = 20, rates: Rates | None = None) -> str:
    """Return the picture as text."""
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        for part in draw(shown, width, files, rates):
            console.print(part)
    return "\n".join(line.rstrip() for line in captured.get().split("\n"))


def counted(**counts: int | dict[str, int]) -> dict[str, CounterStatus]:
    """Return counters, by label or without."""
    return {
        name: CounterStatus(sum(count.values()), count)
        if isinstance(count, dict)
        else CounterStatus(count)
        for name, count in counts.items()
    }


def test_a_daemon_in_the_best_of_moods() -> None:
    """All of the usual picture."""
    assert """\
daemon   logtrace 1.2.3, running for 1 h 1 m, pid 4711; CPU 24 s, 61.0 MB
config   /etc/logtrace/logtrace.yaml, loaded 1 h 0 m ago
state    /var/lib/logtrace
Agent    http://localhost:8126: reachable, version 7.59.0, /v0.4/traces
queue    empty, last payload 2.0 s ago
open     3 traces of 7 spans, 0 half-spans
shipped  0 spans in 0 traces, 0 payloads, 0 B
lost     nothing

source  files  lines     read  unread  behind  not used
shop        1  1,000  50.0 kB       -       -         -
""" == drawn(status())


def test_what_was_lost_changed_and_not_used_is_said_by_reason() -> None:
    """Each in words of its own; a counter without words is listed as it is."""
    text = drawn(
        status(
            counters=counted(
                lines_read={"shop": 1000},
                lines_rejected={"bad_json": 3, "no_time": 5},
                lines_unmatched={"shop": 4},
                lines_ignored={"shop": 2},
                spans_dropped={"too_large": 2, "agent_would_refuse": 1},
                spans_refused={"span_id_zero": 1},
                bytes_lost={"file_gone": 12_345},
                spans_rewritten={"service_normalised": 9},
                texts_redacted={"emails": 6},
                traces_kept={"any.error": 1},
                traces_not_kept={"rest": 20},
                lines_repaired={"cut": 1},
                things_invented=77,
            )
        ),
        width=120,
    )
    for line in (
        "lost      spans: 2 too_large, 1 agent_would_refuse (refused: 1 span_id_zero)",
        "          12.3 kB of logs that were never read (12,345 file_gone)",
        "not used  8 rejected (5 no_time, 3 bad_json), 4 unmatched, 2 ignored of 1,000 lines",
        "sampled   1 trace kept (1 any.error), 20 traces not kept (20 rest)",
        "changed   9 service_normalised",
        "redacted  6 emails",
        "repaired  1 cut",
        "also      things_invented 77",
    ):
        assert f"{line}\n" in text


def test_every_counter_is_in_the_picture() -> None:
    """Whether it has words of its own or not."""
    plain = {name for name in COUNTERS if name not in WORDED}
    shown = drawn(status(counters=counted(**dict.fromkeys(plain, 5))), 400)
    assert [] == [name for name in plain if f"{name} 5" not in shown]
    assert WORDED <= set(COUNTERS)


def test_an_agent_that_is_back_for_a_moment() -> None:
    """That it takes payloads is true, and not the whole truth."""
    agent = AgentStatus("http://x", reachable=True, since="2026-11-22T11:59:58.000Z", unsteady=True)
    text = drawn(status(agent=agent), 120)
    assert "http://x: takes payloads again for 2.0 s, not steadily yet" in text


def test_an_agent_that_is_away() -> None:
    """Since when, when it is tried again, and what was said."""
    agent = AgentStatus(
        "http://localhost:8126",
        reachable=False,
        since="2026-11-22T11:58:00.000Z",
        retry_in_secs=4.2,
        last_error="connection refused",
        last_error_at="2026-11-22T11:59:55.000Z",
    )
    text = drawn(status(agent=agent, shipper=ShipperStatus(5, 1000, 20_000, False)), 120)
    assert "away for 2 m 0 s; tries again in 4.2 s; nothing is read meanwhile" in text
    assert "5.0 s ago: connection refused" in text
    assert "5 spans queued, 1,000 in flight, no payload yet" in text


def test_an_agent_nobody_has_asked() -> None:
    """Nothing is claimed of it."""
    assert "http://x: nothing was sent yet" in drawn(status(agent=AgentStatus("http://x")))


def test_a_full_queue_is_said() -> None:
    """Reading waits although the Agent is there."""
    shipper = ShipperStatus(20_000, 0, 20_000, False)
    assert "full: reading waits" in drawn(status(shipper=shipper), 120)


@pytest.mark.parametrize(("age", "said"), [(3.0, False), (75.0, True)])
def test_a_pipeline_that_hangs_is_said(age: float, said: bool) -> None:
    """In words; a snapshot of some seconds ago is no news."""
    pipeline = PipelineStatus(snapshot_at=NOW, snapshot_age_secs=age)
    assert said == ("the pipeline has not moved for 1 m 15 s" in drawn(status(pipeline=pipeline)))


def test_a_pipeline_that_has_not_begun_is_said() -> None:
    """Its sources are not known yet."""
    text = drawn(status(pipeline=PipelineStatus(), sources=[]))
    assert "the pipeline has not made its first round yet" in text


def test_bounds_are_said_when_they_are_near() -> None:
    """Half of what may be open is open; learnt waits with the longest."""
    pipeline = PipelineStatus(
        snapshot_at=NOW,
        open_traces=60_000,
        open_spans=60_000,
        max_open=100_000,
        learnt_waits=3,
        longest_waits=[WaitStatus("shop", "job", 7.5)],
    )
    text = drawn(status(pipeline=pipeline), 120)
    assert "3 learnt waits of up to 7.5 s (at most 100,000 may be open)" in text


def test_sources_that_are_behind_failing_and_unused() -> None:
    """By how much, how many, what part of the lines."""
    source = SourceStatus(
        "billing",
        files=3,
        files_failing=1,
        files_missing=2,
        unread_bytes=12_300_000,
        streams_behind=2,
        behind_secs=125,
        lines_read=1000,
        lines_unmatched=100,
        lines_rejected={"bad_json": 23},
    )
    text = drawn(status(sources=[source]), 120)
    assert "3+1 failing+2 missing" in text
    assert "12.3 MB  2 m 5 s    12.3 %" in text


def test_files_worth_a_look_are_shown() -> None:
    """Only those, if there are any, with what is wrong; how many there are."""
    files = [
        FileStatus("/var/log/secret.log", state="failing", error="Permission denied"),
        FileStatus(
            "/var/log/app.log",
            state="behind",
            unread_bytes=5000,
            offset=100,
            written_at="2026-11-22T11:59:50.000Z",
        ),
        FileStatus("/var/log/fine.log", state="read"),
    ]
    text = drawn(status(files=files, files_known=300), files=2)
    assert "/var/log/secret.log: Permission denied" in text
    assert "behind      5.0 kB    100 B  10 s ago  /var/log/app.log" in text
    assert "fine.log" not in text
    assert "of 300 files; --files shows more" in text
    assert "fine.log" in drawn(status(files=files[2:], files_known=1))


def test_the_last_errors_are_shown() -> None:
    """When, how often, with their fields; empty ones are left out."""
    events = [
        EventStatus(
            "file_failed", "warning", "2026-11-22T11:59:00.000Z", 3, {"error": "x", "fix": ""}
        )
    ]
    assert "1 m 0 s ago  file_failed (3 times): error x\n" in drawn(status(events=events))


def test_rates_are_shown_while_watching() -> None:
    """In all and by source."""
    rates = {
        "lines_read": 12_000.4,
        "bytes_read": 3_100_000,
        "spans_shipped": 1200,
        "lines_read shop": 77.7,
    }
    text = drawn(status(), rates=rates)
    assert "rates    12,000 lines/s, 3.1 MB/s read; 1,200 spans/s, 0 B/s shipped" in text
    assert "lines/s" in text.split("source ")[1]
    assert "      78\n" in text


def test_nothing_reaches_the_terminal_raw() -> None:
    """Whatever a log, a file name, an Agent or another daemon says."""
    hostile = Status(
        version=HOSTILE,
        phase=HOSTILE,
        now=NOW,
        state=HOSTILE,
        config=ConfigStatus(HOSTILE, HOSTILE),
        pipeline=PipelineStatus(HOSTILE, learnt_waits=1, longest_waits=[WaitStatus(HOSTILE)]),
        sources=[SourceStatus(HOSTILE, HOSTILE, [HOSTILE])],
        files=[FileStatus(HOSTILE, HOSTILE, HOSTILE, HOSTILE, written_at=HOSTILE, error=HOSTILE)],
        agent=AgentStatus(HOSTILE, HOSTILE, HOSTILE, True, HOSTILE, 1, HOSTILE, HOSTILE),
        counters={HOSTILE: CounterStatus(1, {HOSTILE: 1})}
        | {name: CounterStatus(1, {HOSTILE: 1}) for name in COUNTERS},
        events=[EventStatus(HOSTILE, HOSTILE, HOSTILE, 2, {HOSTILE: HOSTILE, "list": [HOSTILE]})],
    )
    for agent in (hostile.agent, AgentStatus(HOSTILE, reachable=False), AgentStatus(HOSTILE)):
        hostile.agent = agent
        text = drawn(hostile)
        assert text.replace("\n", "").isprintable()
        assert "owned" in text


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_it_fits_the_terminal(width: int) -> None:
    """No line is longer, however long names and paths are."""
    long = "/a/very/long/path" * 20
    text = drawn(
        status(
            sources=[SourceStatus(long, files=1)],
            files=[FileStatus(long, state="behind", unread_bytes=1)],
            files_known=1,
        ),
        width,
    )
    assert max(map(len, text.split("\n"))) <= width


def test_an_empty_document_is_drawn() -> None:
    """That of a daemon of a version that knows nothing of all this."""
    assert "running" not in drawn(Status())
