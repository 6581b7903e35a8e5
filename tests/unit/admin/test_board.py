"""What the daemon's threads put up, and what who asks gets of it. No thread, no socket here."""

import json
from pathlib import Path
from typing import Any

import pytest

from logtrace.admin.board import CROWD, EVERY, SELDOM, WANTED, Board
from logtrace.admin.document import FILES, MOST_FILES
from logtrace.admin.overview import Overview, SourceOverview
from logtrace.clock import SECOND
from logtrace.model import Drop, Refusal, Reject, Rewrite
from logtrace.ship.outage import CALM
from logtrace.ship.shipper import Shipper
from logtrace.source.survey import FileView, SourceView
from logtrace.telemetry import COUNTERS, Telemetry
from tests.support.clock import FakeClock
from tests.support.intake import FakeIntake
from tests.support.log import RecordingLog


@pytest.fixture
def clock() -> FakeClock:
    """A clock turned by hand."""
    return FakeClock()


@pytest.fixture
def telemetry(clock: FakeClock) -> Telemetry:
    """The counters."""
    return Telemetry(RecordingLog(), clock)


@pytest.fixture
def board(telemetry: Telemetry, clock: FakeClock) -> Board:
    """A board of a session that has begun."""
    board = Board(telemetry, clock, "/etc/logtrace.yaml")
    board.enter(Path("/state"), Shipper(FakeIntake(), telemetry, clock))
    return board


def overview(clock: FakeClock, files: int = 1, known: int = 1) -> Overview:
    """Return an overview of one source that is 90 s behind."""
    view = SourceView(files=known, missing=2, failing=3, unread=400, again=50, behind={"/a.log"})
    file = FileView("/a.log", "/a.log", "shop", "behind", 500, 100, 400, written=clock.now())
    return Overview(
        clock.now(),
        [SourceOverview("shop", "json", ("/a.log",), view, 7, 90 * SECOND)],
        [file] * files,
        known,
        open_traces=11,
        open_spans=12,
        max_open=100,
        learnt_waits=1,
        longest_waits=[("shop", "job", 2 * SECOND)],
    )


def publish(board: Board, clock: FakeClock, files: int = 1, known: int = 1) -> None:
    """Put up an overview that took no time."""
    board.publish(overview(clock, files, known), board.limit, clock.monotonic(), steps=5)


def document(board: Board, files: int = FILES) -> dict[str, Any]:
    """Return the document, which must be there."""
    body = board.answer(files, patient=False)
    assert body
    answer: dict[str, Any] = json.loads(body)
    return answer


def test_every_counter_is_there_before_it_counts(board: Board) -> None:
    """Whoever alerts on one finds it from the first second on."""
    counters = document(board)["counters"]
    assert list(COUNTERS) == list(counters)
    assert {"total": 0, "by": {}} == counters["spans_stale"]


def test_counters_are_told_by_label(board: Board, telemetry: Telemetry) -> None:
    """What was lost, refused and rewritten, each by its reason; they are of now, not of the overview."""
    telemetry.spans_rewritten(Rewrite.SERVICE_NORMALISED, 3)
    telemetry.spans_refused(Refusal.SPAN_ID_ZERO, 2, "0")
    telemetry.spans_dropped(Drop.TOO_LARGE, 4)
    counters = document(board)["counters"]

    assert {"total": 3, "by": {"service_normalised": 3}} == counters["spans_rewritten"]
    assert {"total": 2, "by": {"span_id_zero": 2}} == counters["spans_refused"]
    assert {"too_large": 4, "agent_would_refuse": 2} == counters["spans_dropped"]["by"]


def test_before_the_first_round_there_is_no_snapshot(board: Board) -> None:
    """The rest is told all the same."""
    answer = document(board)
    assert answer["pipeline"]["snapshot_at"] is None
    assert [] == answer["sources"]
    assert "running" == answer["phase"]


def test_what_the_pipeline_has_open_is_told(
    board: Board, telemetry: Telemetry, clock: FakeClock
) -> None:
    """Its overview, and what was counted of each source."""
    telemetry.lines_read("shop", 10, 1000)
    telemetry.lines_unmatched("shop", 1)
    telemetry.lines_ignored("shop", 2)
    telemetry.lines_rejected("shop", Reject.BAD_JSON, 3)
    telemetry.lines_read("other", 99, 99)
    publish(board, clock)
    answer = document(board)

    assert {
        "name": "shop",
        "format": "json",
        "paths": ["/a.log"],
        "files": 1,
        "files_missing": 2,
        "files_failing": 3,
        "unread_bytes": 400,
        "reread_bytes": 50,
        "streams_behind": 1,
        "behind_secs": 90.0,
        "half_spans": 7,
        "lines_read": 10,
        "bytes_read": 1000,
        "lines_unmatched": 1,
        "lines_ignored": 2,
        "lines_rejected": {"bad_json": 3},
    } == answer["sources"][0]
    pipeline = answer["pipeline"]
    assert (11, 12, 100, 7, 1) == (
        pipeline["open_traces"],
        pipeline["open_spans"],
        pipeline["max_open"],
        pipeline["half_spans"],
        pipeline["streams_behind"],
    )
    assert [{"service": "shop", "name": "job", "wait_secs": 2.0}] == pipeline["longest_waits"]
    assert ("/a.log", "behind", 400) == tuple(
        answer["files"][0][name] for name in ("path", "state", "unread_bytes")
    )


def test_a_pipeline_that_hangs_shows(board: Board, clock: FakeClock) -> None:
    """Its overview grows old, while what others do is as of now."""
    publish(board, clock)
    clock.advance(75 * SECOND)
    answer = document(board)
    assert (75.0, 75.0) == (answer["pipeline"]["snapshot_age_secs"], answer["uptime_secs"])


def test_an_overview_is_due_once_a_second(board: Board, clock: FakeClock) -> None:
    """At once when a session begins, then with every second."""
    assert board.due()
    publish(board, clock)
    clock.advance(EVERY - 1)
    assert not board.due()
    clock.advance(1)
    assert board.due()


@pytest.mark.parametrize(
    ("files", "pause"), [(CROWD - 1, EVERY), (2 * CROWD, 3 * SECOND), (10**6, SELDOM)]
)
def test_with_many_files_an_overview_is_due_more_seldom(
    board: Board, clock: FakeClock, files: int, pause: int
) -> None:
    """It takes a small part of the time; but it comes."""
    publish(board, clock, known=files)
    clock.advance(pause - 1)
    assert not board.due()
    clock.advance(1)
    assert board.due()


def test_more_files_are_looked_at_when_they_are_asked_for(board: Board, clock: FakeClock) -> None:
    """The next overview has them, then the answer is there; for a while they go on being told of."""
    publish(board, clock, files=FILES, known=500)
    assert FILES == board.limit
    began = clock.monotonic()
    board.publish(overview(clock, FILES, 500), FILES, began - SECOND // 100, 1)
    assert board.answer(300, patient=True) is None
    assert not board.due()
    clock.advance(EVERY)
    assert board.due()
    assert 300 == board.limit

    publish(board, clock, files=300, known=500)
    assert board.answer(300, patient=True) is not None
    assert 300 == len(document(board, 300)["files"])
    assert FILES == len(document(board)["files"])
    assert board.answer(200, patient=True) is not None
    assert 300 == board.limit
    assert not board.due()
    clock.advance(WANTED)
    assert FILES == board.limit


def test_who_asks_for_more_than_there_are_need_not_wait(board: Board, clock: FakeClock) -> None:
    """All are known already."""
    publish(board, clock, files=3, known=3)
    assert board.answer(300, patient=True) is not None


def test_who_has_waited_gets_what_there_is(board: Board, clock: FakeClock) -> None:
    """A pipeline that hangs takes no more overviews: the last one is told."""
    publish(board, clock, files=FILES, known=500)
    answer = document(board, 300)
    assert (FILES, 500) == (len(answer["files"]), answer["files_known"])


def test_there_is_a_bound_to_what_can_be_asked_for(board: Board, clock: FakeClock) -> None:
    """The pipeline never tells of more files than so many."""
    publish(board, clock, known=10**6)
    board.answer(10**9, patient=True)
    assert MOST_FILES == board.limit


def test_an_agent_nobody_has_asked_is_neither_there_nor_away(board: Board) -> None:
    """Null, until something was sent."""
    agent = document(board)["agent"]
    assert [None, None, None] == [agent[name] for name in ("reachable", "since", "last_error_at")]


def test_an_outage_is_dated(board: Board, telemetry: Telemetry, clock: FakeClock) -> None:
    """Since when, until when it is left alone, and what it said; and when it is back, since when."""
    shipper = Shipper(FakeIntake(), telemetry, clock)
    board.enter(Path("/state"), shipper)
    shipper._outage.failed("connection refused", 5 * SECOND)
    clock.advance(2 * SECOND)
    agent = document(board)["agent"]
    assert (False, "2026-11-22T12:00:00.000Z", 3.0, "connection refused") == tuple(
        agent[name] for name in ("reachable", "since", "retry_in_secs", "last_error")
    )

    shipper._outage.ended()
    shipper._handshake.path, shipper._handshake.version = "/v0.4/traces", "7"
    agent = document(board)["agent"]
    assert (True, "2026-11-22T12:00:02.000Z", None, "2026-11-22T12:00:00.000Z", "7") == tuple(
        agent[name] for name in ("reachable", "since", "retry_in_secs", "last_error_at", "version")
    )
    assert agent["unsteady"]
    clock.advance(CALM)
    shipper._outage.settle()
    assert not document(board)["agent"]["unsteady"]


def test_a_reload_is_counted(board: Board, telemetry: Telemetry, clock: FakeClock) -> None:
    """Each session after the first is one; the phase between them shows."""
    board.turn("reloading")
    assert "reloading" == document(board)["phase"]
    clock.advance(SECOND)
    board.enter(Path("/other"), Shipper(FakeIntake(), telemetry, clock))
    answer = document(board)
    assert ("running", "/other") == (answer["phase"], answer["state"])
    assert {
        "path": "/etc/logtrace.yaml",
        "loaded_at": "2026-11-22T12:00:01.000Z",
        "reloads": 1,
    } == answer["config"]


def test_what_went_wrong_last_is_told(board: Board, telemetry: Telemetry) -> None:
    """The newest first, with its fields."""
    telemetry.file_failed("/a.log", "permission denied", "chmod it")
    telemetry.reload_failed("c.yaml:1:1: x; y")
    assert [
        ("reload_failed", "error", {"error": "c.yaml:1:1: x; y"}),
        (
            "file_failed",
            "warning",
            {"file": "/a.log", "error": "permission denied", "fix": "chmod it"},
        ),
    ] == [(each["event"], each["level"], each["fields"]) for each in document(board)["events"]]
