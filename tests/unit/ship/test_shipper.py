"""The shipper's face to the pipeline, its threads, and several requests at a time."""

import threading
from itertools import pairwise

import pytest

from logtrace.clock import SECOND, SystemClock
from logtrace.ship.outage import CALM
from logtrace.ship.replies import Info, Reply
from logtrace.ship.shipper import (
    FLUSH_AFTER,
    FLUSH_SPANS,
    PENDING_BYTES,
    PENDING_SPANS,
    Shipper,
)
from tests.support.clock import FakeClock
from tests.support.intake import DOWN, FakeIntake
from tests.support.log import recording_telemetry
from tests.support.stage import Stage
from tests.support.traces import trace, traces


def test_room_is_bounded_in_spans_and_in_bytes() -> None:
    """20,000 spans, or fewer large ones, may wait."""
    stage = Stage()
    stage.shipper.offer(traces(1, PENDING_SPANS - 1))
    assert stage.shipper.has_room()
    stage.shipper.offer(traces(PENDING_SPANS, 1))
    assert not stage.shipper.has_room()

    stage = Stage()
    fat = trace(1, meta={f"tag{i}": "x" * 24_000 for i in range(44)})
    for _ in range(20):
        stage.ship(fat)
    stage.shipper.offer(traces(2, 500))
    assert not stage.shipper.has_room()


def test_room_is_bounded_in_bytes_of_what_was_never_encoded() -> None:
    """Small spans were sent before, then large ones come: what counts is what waits."""
    stage = Stage()
    stage.ship(*(trace(number, size=100) for number in range(1, 5001)))
    offered = 0
    while stage.shipper.has_room():
        stage.shipper.offer([trace(6000 + offered, size=24_000, meta={"note": "x" * 24_000})])
        offered += 1
    stage.ship()

    assert PENDING_BYTES // 24_000 + 1 >= offered > PENDING_BYTES // 24_000 // 2
    assert stage.shipper.has_room()
    assert offered == len(stage.agent.taken) - 5000


def test_lines_that_become_more_than_themselves_count_as_more() -> None:
    """Each field goes into three tags: a third of the lines is all that there is room for."""
    stage = Stage()
    notes = dict.fromkeys("abc", "x" * 2000)
    stage.ship(*(trace(number, size=2000, meta=notes) for number in range(1, 2001)))
    offered = 0
    while stage.shipper.has_room():
        stage.shipper.offer([trace(6000 + offered, size=20_000)])
        offered += 1

    assert 0.9 < 3 * 20_000 * offered / PENDING_BYTES < 1.1


def test_large_traces_do_not_wait_for_company() -> None:
    """Two megabytes of lines are a payload's worth, however few spans they are."""
    stage = Stage()
    stage.shipper.offer([trace(1, size=2**20)])
    waited = stage.shipper.step()
    stage.shipper.offer([trace(2, size=2**20)])

    assert not waited
    assert stage.shipper.step()


def test_the_thread_ships_and_drain_waits_for_it() -> None:
    """`run` sends what is offered; `drain` hurries it and tells whether all is done."""
    agent = FakeIntake(DOWN)
    telemetry, _ = recording_telemetry()
    shipper = Shipper(agent, telemetry, SystemClock(), chance=lambda: 0.0)
    stop = threading.Event()
    thread = threading.Thread(target=shipper.run, args=(stop,))
    thread.start()
    shipper.offer(traces(1, 5))
    drained = shipper.drain(20 * SECOND)
    stop.set()
    shipper.wake()
    thread.join(20)

    assert drained
    assert not thread.is_alive()
    assert [1, 2, 3, 4, 5] == agent.ids == shipper.take_done()


def test_drain_gives_up_at_its_timeout() -> None:
    """Without an Agent it says that not everything is done; what was queued stays queued."""
    stage = Stage(*[DOWN] * 10)
    stage.ship(*traces(1, 2))

    assert not stage.shipper.drain(SECOND)
    assert 2 == stage.shipper.pending


def test_lanes_share_the_queue_and_the_handshake() -> None:
    """Two requests at a time: each trace goes once, /info is asked once, all numbers come back."""
    agents = [FakeIntake(), FakeIntake()]
    clock = FakeClock()
    telemetry, log = recording_telemetry(clock)
    shipper = Shipper(agents[0], telemetry, clock, more=(agents[1],))
    shipper.offer(traces(1, 4 * FLUSH_SPANS))
    while shipper.step():
        pass

    assert 1 == sum(agent.asked for agent in agents)
    assert all(agent.taken for agent in agents)
    taken = sorted(agents[0].ids + agents[1].ids)
    assert list(range(1, 4 * FLUSH_SPANS + 1)) == taken == shipper.take_done()
    assert 1 == len(log.named("agent_reached"))


def test_an_outage_of_all_lanes_is_one_outage() -> None:
    """However many lanes fail: no room, one message when it begins and one when it ends."""
    agents = [FakeIntake(DOWN), FakeIntake(DOWN)]
    clock = FakeClock()
    telemetry, log = recording_telemetry(clock)
    shipper = Shipper(agents[0], telemetry, clock, chance=lambda: 1.0, more=(agents[1],))
    shipper.offer(traces(1, 4 * FLUSH_SPANS))
    shipper.step()
    had_room = shipper.has_room()
    clock.advance(SECOND)
    while shipper.step():
        pass
    clock.advance(CALM)
    shipper.step()

    assert not had_room
    assert shipper.has_room()
    assert (1, 1) == (len(log.named("agent_unreachable")), len(log.named("agent_recovered")))
    assert 4 * FLUSH_SPANS == len(shipper.take_done())


def test_the_agents_wish_holds_for_every_lane() -> None:
    """One of two is answered 429 with Retry-After: the other one keeps still as well."""
    agents = [FakeIntake(429), FakeIntake()]
    agents[0].retry_after = 4 * SECOND
    clock = FakeClock()
    shipper = Shipper(agents[0], recording_telemetry(clock)[0], clock, more=(agents[1],))
    shipper.offer(traces(1, 2000))
    clock.advance(FLUSH_AFTER)
    shipper.step()
    shipper.offer(traces(3001, 2000))
    clock.advance(4 * SECOND - 1)
    early = shipper.step()
    patience = [lane.patience() for lane in shipper._lanes]
    clock.advance(1)
    while shipper.step():
        pass

    assert (False, [1, 1]) == (early, patience)
    assert 4000 == len(shipper.take_done())


def test_the_agents_wish_holds_in_a_drain() -> None:
    """It is tried again each second at least, but not before the Agent wants to be asked again."""
    stage = Stage(*[DOWN] * 8, 429)
    stage.ship(trace(1))
    for _ in range(7):
        stage.clock.advance(10 * SECOND)
        stage.go_on()
    stage.shipper._shared.flushing = True
    stage.agent.retry_after = 4 * SECOND
    times = []
    for _ in range(60):
        stage.clock.advance(SECOND // 4)
        before = len(stage.agent.sent)
        stage.go_on()
        if len(stage.agent.sent) > before:
            times.append(stage.clock.monotonic())

    assert [1] == stage.agent.ids
    assert [4.0] == [(after - at) / SECOND for at, after in pairwise(times)]


def test_a_drain_that_is_done_says_that_the_agent_is_back() -> None:
    """At the end of a run there is nothing more that could fail."""
    stage = Stage(DOWN)
    stage.ship(trace(1))
    stage.clock.advance(SECOND)
    stage.go_on()
    before = len(stage.log.named("agent_recovered"))
    stage.shipper.drain(SECOND)

    assert (0, 1) == (before, len(stage.log.named("agent_recovered")))


def test_every_lane_has_its_thread_and_stops() -> None:
    """`run` starts the others and returns when all are done."""
    agents = [FakeIntake() for _ in range(3)]
    telemetry, _ = recording_telemetry()
    shipper = Shipper(agents[0], telemetry, SystemClock(), more=tuple(agents[1:]))
    stop = threading.Event()
    thread = threading.Thread(target=shipper.run, args=(stop,))
    thread.start()
    shipper.offer(traces(1, 3000))
    drained = shipper.drain(20 * SECOND)
    stop.set()
    shipper.wake()
    thread.join(20)

    assert drained
    assert not thread.is_alive()
    assert list(range(1, 3001)) == sorted(id for agent in agents for id in agent.ids)


def test_a_413_of_one_lane_makes_no_other_lane_wait() -> None:
    """Each lane takes its own payload apart."""
    agents = [FakeIntake(413), FakeIntake()]
    clock = FakeClock()
    telemetry, _ = recording_telemetry(clock)
    shipper = Shipper(agents[0], telemetry, clock, more=(agents[1],))
    shipper.offer(traces(1, 100))
    clock.advance(FLUSH_AFTER)
    while shipper.step():
        pass

    assert list(range(1, 101)) == shipper.take_done()


def test_rates_are_those_that_the_agent_said_last() -> None:
    """The same object until they change, so that who caches by it can; an empty answer is none."""
    stage = Stage()
    none = dict(stage.shipper.rates)
    stage.agent.rates = {"service:,env:": 0.5}
    stage.ship(trace(1))
    first = stage.shipper.rates
    stage.agent.rates = {}
    stage.ship(trace(2))
    stage.agent.rates = {"service:,env:": 0.5}
    stage.ship(trace(3))

    assert {} == none
    assert {"service:,env:": 0.5} == first
    assert first is stage.shipper.rates


def test_a_small_limit_of_the_agent_is_kept() -> None:
    """What /info says a request may have decides how much is taken from the queue."""
    stage = Stage()
    stage.agent.infos = [Info("7", (), 20_000)]
    stage.agent.largest = 20_000
    stage.ship(*traces(1, 900))

    assert 900 == len(stage.agent.taken)
    assert len(stage.agent.sent) > 4


def test_what_ends_a_lane_is_carried_out_of_run() -> None:
    """A mistake of ours must not end the thread unseen: all lanes stop, and `run` raises it."""

    class Broken(FakeIntake):
        def send(self, *_: object) -> Reply:
            raise ZeroDivisionError

    telemetry, _ = recording_telemetry()
    shipper = Shipper(FakeIntake(), telemetry, SystemClock(), more=(Broken(),))
    shipper.offer(traces(1, 4 * FLUSH_SPANS))
    with pytest.raises(ZeroDivisionError):
        shipper.run(threading.Event())


def test_how_things_stand_is_told() -> None:
    """Before, during and after an exchange, and while the Agent is away."""
    stage = Stage(200, DOWN)
    before = stage.shipper.view()
    assert ("http://fake:8126", "", "", False) == (
        before.url,
        before.version,
        before.path,
        before.away,
    )
    stage.ship(*traces(1, 3))
    shipped = stage.shipper.view()
    assert ("7", "/v0.4/traces", 0, 0) == (
        shipped.version,
        shipped.path,
        shipped.queued,
        shipped.pending,
    )
    stage.ship(*traces(4, 3))
    stage.shipper.offer(traces(7, 2))
    away = stage.shipper.view()
    assert (True, 2, 5, False) == (away.away, away.queued, away.pending, away.has_room)
    assert away.since == away.error_at < away.retry_at
    assert "fake" in away.error
    stage.clock.advance(SECOND)
    stage.go_on()
    back = stage.shipper.view()
    stage.clock.advance(CALM)
    stage.go_on()
    steady = stage.shipper.view()
    assert [(True, False), (False, True), (False, False)] == [
        (view.away, view.unsteady) for view in (away, back, steady)
    ]
