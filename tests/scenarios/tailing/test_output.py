"""The Agent is slow, away, or says no; files go on all the same."""

import pytest

from logtrace.clock import SECOND
from logtrace.source import roster
from logtrace.source.files import POLL
from tests.support.files import LogWriter
from tests.support.rig import Rig, line
from tests.support.tailing import Follow


@pytest.mark.scenario(99)
@pytest.mark.slow
@pytest.mark.parametrize("status", [429, 503])
def test_the_agent_says_later_for_minutes(rig: Rig, status: int) -> None:
    """Meanwhile files are followed and not read on; then all 5,008 lines arrive, each once."""
    rig.agent.reply(*[status] * 20)
    written, read = 0, []
    for _ in range(8):
        rig.write(*(line(number) for number in range(written, written + 626)))
        written += 626
        rig.step(30)
        read.append(rig.telemetry.total("lines_read"))
    rig.step(600)
    assert list(range(5008)) == rig.delivered
    assert [626, 626] == read[:2]
    assert 0 == rig.lost()
    assert 1 == len(rig.events.named("agent_recovered"))


@pytest.mark.scenario(100)
def test_the_agent_goes_and_comes_back_again_and_again(rig: Rig) -> None:
    """After each outage all files are read on: none stays paused."""
    number = 0
    for _ in range(10):
        rig.agent.down()
        for _ in range(3):
            rig.write(line(number))
            number += 1
            rig.step()
        rig.agent.up()
        rig.step(60)
        assert list(range(number)) == rig.delivered
    assert 10 == len(rig.events.named("agent_recovered"))


@pytest.mark.scenario(101)
@pytest.mark.parametrize("early", [0, 1, POLL])
def test_a_line_in_the_moment_a_file_is_left_alone(
    follow: Follow, app: LogWriter, early: int
) -> None:
    """Whether it comes just before or just after its file is not polled any more, it is read."""
    followed = follow("*.log")
    app.lines(1)
    followed.round()
    pauses = []
    while not followed.files.quiet:
        pauses.append(followed.files.patience())
        followed.round(pauses[-1])
    app.lines(1)
    followed.round()
    for pause in pauses[:-1]:
        followed.round(pause)
    assert not followed.files.quiet
    followed.round(pauses[-1] - early)
    assert followed.files.quiet == (not early)
    written = app.lines(1)
    assert written == followed.read_and_release(SECOND)


@pytest.mark.scenario(101, 102)
def test_closed_for_want_of_descriptors_before_anything_was_acknowledged(
    follow: Follow, app: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened again it goes on at its offset, with lines that came while it was closed: no line twice."""
    monkeypatch.setattr(roster, "DESCRIPTORS", 1)
    logs = [app.path.with_name(name) for name in ("a.log", "b.log", "c.log")]
    followed = follow("*.log")
    written, found = [], []
    for _ in range(5):
        for log in logs:
            written += app.lines(2, log)
            found += followed.read()
    assert written == found
    followed.restart()
    assert sorted(written) == sorted(followed.read())


@pytest.mark.scenario(103)
def test_a_refused_record_among_thousands(rig: Rig) -> None:
    """It is dropped and counted, and all the others arrive."""
    rig.agent.refuse(lambda span: span["trace_id"] == 778)
    rig.write(*(line(number) for number in range(2000)))
    rig.step(20)
    assert [number for number in range(2000) if number != 777] == rig.delivered
    assert 1 == rig.telemetry.count("spans_dropped", "agent_rejected")
