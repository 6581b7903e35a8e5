"""A session that is not started: what it would wait for. Its life is in tests/scenarios."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace import config
from logtrace.admin.board import Board
from logtrace.clock import SECOND
from logtrace.daemon import LONGEST_WAIT, MEMORY, Options, Session
from logtrace.source.files import SCAN
from tests.support.agent import FakeAgent
from tests.support.clock import FakeClock
from tests.support.log import recording_telemetry
from tests.support.rig import RULE, line


@pytest.fixture
def agent() -> Iterator[FakeAgent]:
    """A strict Agent."""
    with FakeAgent() as agent:
        yield agent


@pytest.fixture
def session(tmp_path: Path, agent: FakeAgent) -> Iterator[Session]:
    """A session over one log with three lines."""
    (tmp_path / "app.log").write_text(line(0) + line(1) + line(2))
    path = tmp_path / "logtrace.yaml"
    path.write_text(
        f"agent: {{url: '{agent.url}'}}\nstate: {{path: {tmp_path}/state}}\n"
        f"traces: {{wait: 1s}}\nsources:\n  - path: {tmp_path}/app.log{RULE}"
    )
    clock = FakeClock()
    session = Session(config.load(path, {}), Options(), clock, recording_telemetry(clock)[0])
    yield session
    if not session.ended:
        session.files.close()
        session.ledger.close()


def clock_of(session: Session) -> FakeClock:
    """Return the clock of a session."""
    clock = session._clock
    assert isinstance(clock, FakeClock)
    return clock


def test_there_is_time_to_rest_while_the_agent_is_away(
    session: Session, agent: FakeAgent, tmp_path: Path
) -> None:
    """However much there is to read: an outage must not cost the application its processor."""
    agent.down()
    clock = clock_of(session)
    for _ in range(4):
        session.pipeline.step()
        session.shipper.step()
        clock.advance(2 * SECOND)
    with (tmp_path / "app.log").open("a") as log:
        log.write(line(3))
    session.pipeline.step()

    assert not session.shipper.has_room()
    assert LONGEST_WAIT == session.patience()


def test_nothing_to_do_until_the_next_scan(session: Session) -> None:
    """All shipped, nothing open: it rests until a file is to be looked at."""
    clock = clock_of(session)
    for _ in range(20):
        session.pipeline.step()
        while session.shipper.step():
            pass
        clock.advance(SECOND)
    session.pipeline.step()

    assert LONGEST_WAIT < session.patience() <= SCAN


def test_open_traces_are_looked_at_soon(session: Session) -> None:
    """A trace that waits is due within a moment of its time."""
    session.pipeline.step()
    assert session.patience() <= LONGEST_WAIT


@pytest.mark.scenario(66)
def test_files_are_followed_while_there_is_no_room(session: Session, tmp_path: Path) -> None:
    """A file that comes, is rotated and deleted during an outage is open, and is read afterwards."""
    log = tmp_path / "app.log"
    session.pipeline.step()
    session.shipper._outage.failed("away", SECOND)
    clock = clock_of(session)
    clock.advance(SECOND)
    log.rename(tmp_path / "app.log.1")
    log.write_text(line(3))
    session.pipeline.step()
    clock.advance(2 * SECOND)
    log.unlink()
    session.pipeline.step()
    session.shipper._outage.ended()
    clock.advance(SECOND)
    for _ in range(5):
        session.pipeline.step()
        clock.advance(SECOND)

    assert 4 == session._telemetry.total("lines_read")


def test_what_was_learnt_is_kept_at_a_stop_in_order(session: Session, agent: FakeAgent) -> None:
    """Learnt waits and closed traces are in the ledger when the session is over."""
    session.start(threading.Event())
    agent.await_spans(3)
    session.finish()

    assert b"" != session.ledger.notes[MEMORY]


def test_how_things_stand_is_put_up_once_a_second(session: Session) -> None:
    """By the thread that steps the pipeline; in between nothing is looked at."""
    clock = clock_of(session)
    board = Board(session._telemetry, clock)
    board.enter(session.state, session.shipper)
    session._board = board
    session.pipeline.step()
    session._show()
    first = board._shown
    assert first
    assert ["read"] == [file.state for file in first[-1].files]

    session._show()
    assert first is board._shown
    clock.advance(SECOND)
    session._show()
    assert first is not board._shown


def test_without_a_board_nothing_is_put_up(session: Session) -> None:
    """`--once` is asked by nobody."""
    session._show()
    assert session._board is None
