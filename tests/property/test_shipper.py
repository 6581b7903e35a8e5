"""Whatever the Agent answers: each record number comes out exactly once, delivered or counted."""

from hypothesis import given
from hypothesis import strategies as st

from logtrace.clock import SECOND
from logtrace.model import Closed, Span, Trace
from logtrace.ship.replies import Info
from logtrace.ship.shipper import Shipper
from tests.support.clock import FakeClock
from tests.support.intake import DOWN, FakeIntake
from tests.support.log import recording_telemetry
from tests.support.traces import span

POISON = "poison"
FAT = "x" * 3_000


@st.composite
def traces(draw: st.DrawFn, number: int) -> Trace:
    """Draw a trace of a few spans, of which some cannot be delivered."""
    members = []
    for index in range(draw(st.integers(1, 4))):
        odd = draw(
            st.sampled_from([{}] * 6 + [{"span_id": 0}, {"name": POISON}, {"meta": {"a": FAT}}])
        )
        members.append(span(number, **({"span_id": 10 * number + index} | odd)))
    size = draw(st.integers(0, 5_000))
    return Trace(members, [2 * number, 2 * number + 1], Closed.COMPLETE, size)


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[list[Trace]], list[int], list[Info | None]]:
    """Draw offers, the outcomes of exchanges, and what /info says."""
    offers, number = [], 0
    for count in draw(st.lists(st.integers(0, 6), max_size=5)):
        offers.append([draw(traces(number + i + 1)) for i in range(count)])
        number += count
    script = draw(
        st.lists(st.sampled_from([200, DOWN, 429, 503, 400, 404, 408, 413, 415]), max_size=25)
    )
    infos = draw(st.lists(st.sampled_from([None, Info("7", (), 2_000), Info()]), max_size=4))
    return offers, script, [*infos, Info("7", (), 2_000)]


def poisoned(sent: Span) -> bool:
    """Return whether the Agent refuses a payload with this span."""
    return sent.name == POISON


@given(stories())
def test_numbers_and_spans_are_conserved(
    story: tuple[list[list[Trace]], list[int], list[Info | None]],
) -> None:
    """After the last outage everything offered is done: delivered once, or dropped and counted."""
    offers, script, infos = story
    agent, clock = FakeIntake(*script), FakeClock()
    agent.refuse, agent.infos = poisoned, infos
    telemetry, _ = recording_telemetry(clock)
    shipper = Shipper(agent, telemetry, clock, chance=lambda: 0.5)
    numbers = sorted(number for offer in offers for trace in offer for number in trace.numbers)
    spans = [(s.trace_id, s.span_id, s.name) for offer in offers for t in offer for s in t.spans]
    done: list[int] = []
    for offer in [*offers, *[[]] * 80]:
        shipper.offer(offer)
        clock.advance(31 * SECOND)
        while shipper.step():
            done += shipper.take_done()
    done += shipper.take_done()

    assert (0, 0) == (shipper.pending, shipper._queue.held)
    assert numbers == sorted(done)
    taken = [(s.trace_id, s.span_id, s.name) for s in agent.taken]
    assert len(taken) == len(set(taken))
    assert set(taken) <= set(spans)
    assert len(spans) == len(taken) + telemetry.total("spans_dropped")
    assert len(taken) == telemetry.count("spans_shipped")
