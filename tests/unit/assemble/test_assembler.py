import pytest

from logtrace.assemble.assembler import Assembler
from logtrace.assemble.domain import HOLD
from logtrace.assemble.stream_time import STRAYS
from logtrace.clock import SECOND
from logtrace.config.model import TracesConfig
from logtrace.model import HalfSpan, Mapped, MappedSpan, Role, Trace
from tests.support.clock import NOON
from tests.support.spans import child, mapped, mapped_span, numbers

WAIT = 5 * SECOND
IDLE = 30 * SECOND
HOUR = 3600 * SECOND
SOON = SECOND // 5
"""A little more than the width of a deadline's slot."""


class Reading:
    """An assembler, and what the pipeline does with it, in words."""

    def __init__(self, **config: int | None) -> None:
        self.assembler = Assembler(TracesConfig(**{"wait": WAIT, "idle": IDLE, **config}))
        self.behind: set[str] = set()

    def lines(self, *spans: MappedSpan, stream: str = "app", behind: bool = False) -> list[Trace]:
        """Let a batch come whose lines were all spans."""
        (self.behind.add if behind else self.behind.discard)(stream)
        return self.assembler.arrive(mapped(*spans), stream, "shared", behind)

    def passes(self, elapsed: int = 0) -> list[tuple[str, list[int]]]:
        """Let time pass; return reason and record numbers of the traces that are closed."""
        return numbers(self.assembler.elapse(elapsed, self.behind))


@pytest.fixture
def reading() -> Reading:
    """Return a reading with a fixed wait of five seconds, and `idle` of thirty."""
    return Reading()


def at(seconds: float, number: int, trace: int = 1, *, root: bool = False) -> MappedSpan:
    """Return a span whose line is stamped so many seconds after noon."""
    return mapped_span(number, trace=trace, root=root, time=NOON + int(seconds * SECOND))


# ── completion ────────────────────────────────────────────────────────────────────────────────────


def test_complete_when_quiet_for_the_wait_behind_the_root(reading: Reading) -> None:
    """A trace with a root leaves when nothing has come for the wait, and not before."""
    reading.lines(at(0, 0), at(0, 1, root=True))

    assert [] == reading.passes(WAIT - 1)
    assert [("complete", [0, 1])] == reading.passes(SOON)


def test_each_line_starts_the_wait_anew(reading: Reading) -> None:
    """Quiet is measured from the latest line."""
    reading.lines(at(0, 0, root=True))
    reading.passes(4 * SECOND)
    reading.lines(at(4, 1))

    assert [] == reading.passes(4 * SECOND)
    assert [("complete", [0, 1])] == reading.passes(SECOND + SOON)


def test_idle_when_no_root_comes(reading: Reading) -> None:
    """A trace without a root is kept for `idle`."""
    reading.lines(at(0, 0))

    assert [] == reading.passes(IDLE - 1)
    assert [("idle", [0])] == reading.passes(SOON)


def test_age_bounds_wait_and_idle() -> None:
    """No trace is kept longer than `max_age` behind its last span."""
    reading = Reading(max_age=2 * SECOND)
    reading.lines(at(0, 0), at(0, 1, trace=2, root=True))

    assert [("age", [0]), ("age", [1])] == sorted(reading.passes(2 * SECOND + SOON))


def test_a_zero_wait_cuts_no_line() -> None:
    """With a wait of nothing the spans of one batch still leave together."""
    reading = Reading(wait=0)
    reading.lines(at(0, 0), at(0, 1, root=True))

    assert [("complete", [0, 1])] == reading.passes(SOON)


def test_lone_spans_leave_at_once(reading: Reading) -> None:
    """A span that is a whole trace is not collected."""
    traces = reading.assembler.arrive(Mapped(alone=[at(0, 3, root=True)]), "app", "web", False)

    assert [("complete", [3])] == numbers(traces)
    assert 0 == reading.assembler.open_traces


def test_lone_spans_move_time(reading: Reading) -> None:
    """Old access lines move their stream's time, and with it that of its open traces."""
    reading.lines(at(0, 0, root=True), behind=True)
    reading.assembler.arrive(Mapped(alone=[at(60, 1, root=True)]), "app", "shared", True)

    assert [("complete", [0])] == reading.passes()


def test_half_spans_move_time(reading: Reading) -> None:
    """Lines that wait for others move time too, and `advance` tells by how much beforehand."""
    half = HalfSpan(
        rule=0,
        role=Role.START,
        key="",
        scope="",
        time=NOON + HOUR,
        number=1,
        offset=0,
        file_key=1,
        values=(),
    )
    reading.lines(at(0, 0), behind=True)
    told = reading.assembler.advance("app", half.time, "shared", True)

    assert 0 == reading.assembler.time("app")
    reading.assembler.arrive(Mapped(halves=[half]), "app", "shared", True)
    assert (HOUR, HOUR) == (told, reading.assembler.time("app"))


def test_first_batch_of_half_spans_starts_at_zero(reading: Reading) -> None:
    """What `advance` tells of a stream that is new is what its time will be."""
    told = reading.assembler.advance("app", NOON + HOUR, "shared", True)
    half = HalfSpan(0, Role.START, "", "", NOON + HOUR, 1, 0, 1, ())
    arrived = Mapped(spans=[at(0, 0), at(4000, 2)], halves=[half])
    reading.assembler.arrive(arrived, "app", "shared", True)

    assert 0 == told
    assert 400 * SECOND == reading.assembler.time("app")


def test_starts_that_are_given_up_do_not_turn_the_clock_back(reading: Reading) -> None:
    """Their lines are hours old, and come last; time goes by the lines that were read now."""
    half = HalfSpan(0, Role.START, "", "", NOON, 0, 0, 1, ())
    for number in range(2 * STRAYS):
        spans = [at(number, 10_000 + number), at(-7200, number, trace=2)]
        reading.assembler.arrive(Mapped(spans=spans, halves=[half]), "app", "shared", True)

    assert (2 * STRAYS - 1) * SECOND == reading.assembler.time("app")


def test_time_of_an_unknown_stream_is_zero(reading: Reading) -> None:
    """A stream that nothing came from stands at zero, and an empty batch changes nothing."""
    reading.lines()

    assert 0 == reading.assembler.time("app")


# ── catching up ───────────────────────────────────────────────────────────────────────────────────


def test_an_old_log_is_cut_where_live_reading_would_have(reading: Reading) -> None:
    """In one gulp, a line behind the end of its trace is late as it would have been live."""
    reading.lines(at(0, 0, root=True), at(2, 1), at(60, 2), at(61, 3), at(300, 4, trace=2))
    closed = reading.passes()

    assert [("complete", [0, 1]), ("late", [2, 3])] == closed


def test_a_gulp_that_ends_the_file_is_a_gulp(reading: Reading) -> None:
    """Time between lines counts also in the batch that reaches the end of the file."""
    reading.lines(at(0, 0, root=True), behind=True)
    reading.lines(at(60, 1), at(61, 2, trace=2))

    assert [("complete", [0])] == reading.passes()


def test_held_for_a_stream_that_lags(reading: Reading) -> None:
    """A trace is not closed while another stream may still hold its lines."""
    reading.lines(at(0, 0, root=True), at(100, 1, trace=2), stream="fast")
    reading.lines(at(-5, 2, trace=3), stream="slow", behind=True)

    assert [] == reading.passes()
    reading.lines(at(3, 3), at(4, 4, trace=4), stream="slow", behind=True)
    assert [] == reading.passes()
    reading.lines(at(9, 5, trace=4), stream="slow", behind=True)
    assert [("complete", [0, 3])] == reading.passes()


def test_order_of_streams_in_a_round_does_not_matter(reading: Reading) -> None:
    """Streams that are read one after the other, hours each, give traces of them all."""
    for stream in range(3):
        lines = (at(60 * k + stream, 100 * stream + k, trace=k, root=not stream) for k in range(20))
        reading.lines(*lines, stream=f"host-{stream}")
    closed = reading.passes() + reading.passes(WAIT + SOON)

    assert [("complete", [k, 100 + k, 200 + k]) for k in range(20)] == sorted(closed)


def test_a_hold_ends(reading: Reading) -> None:
    """A stream that never moves on holds traces for thirty seconds of elapsed time."""
    reading.lines(at(-50, 2, trace=3), stream="dead", behind=True)
    reading.lines(at(0, 0, root=True), stream="live")

    assert [] == reading.passes(WAIT + SOON)
    assert [] == reading.passes(HOLD - 1)
    assert [("complete", [0])] == reading.passes(1)


def test_other_domains_hold_nothing(reading: Reading) -> None:
    """A stream whose source shares no ids holds back no trace, nor adds to one of the same id."""
    reading.assembler.arrive(mapped(at(-50, 2)), "other", "own", True)
    reading.behind.add("other")
    reading.lines(at(0, 0, root=True))

    assert [("complete", [0])] == reading.passes(WAIT + SOON)


@pytest.mark.parametrize("offset", [HOUR, -HOUR])
def test_a_clock_an_hour_off_tears_nothing_live(reading: Reading, offset: int) -> None:
    """A host with a wrong clock adds to traces as if it were right."""
    reading.lines(at(0, 0, root=True), stream="right")
    reading.lines(at(offset / SECOND, 1), stream="wrong")
    reading.passes(3 * SECOND)
    reading.lines(at(3 + offset / SECOND, 2), stream="wrong")
    reading.passes(4 * SECOND)
    reading.lines(at(7, 3), stream="right")

    assert [] == reading.passes(WAIT - 1)
    assert [("complete", [0, 1, 2, 3])] == reading.passes(SOON)


@pytest.mark.parametrize("offset", [3600, -3600])
def test_a_clock_an_hour_off_tears_and_stalls_nothing_behind(reading: Reading, offset: int) -> None:
    """Also while both logs are old: the skew is learnt from the first trace that they share."""
    right = [at(10 * k, 2 * k, trace=k, root=True) for k in range(100)]
    wrong = [at(10 * k + 1 + offset, 2 * k + 1, trace=k) for k in range(100)]
    closed = []
    for block in range(10):  # the right host's blocks reach further than the wrong one's
        reading.lines(*right[block * 20 : block * 20 + 20], stream="right", behind=block < 4)
        reading.lines(*wrong[block * 10 : block * 10 + 10], stream="wrong", behind=block < 9)
        closed += reading.passes()
        assert reading.assembler.open_traces < 60
    closed += reading.passes(WAIT + SOON)

    assert [("complete", [2 * k, 2 * k + 1]) for k in range(100)] == sorted(closed)


# ── late spans ────────────────────────────────────────────────────────────────────────────────────


def test_late_spans_leave_as_another_chunk(reading: Reading) -> None:
    """What comes when its trace has left is collected for the wait and goes to the same root."""
    reading.lines(at(0, 0, root=True))
    reading.passes(WAIT + SOON)
    reading.lines(at(6, 1), at(6, 2))

    assert [] == reading.passes(WAIT - 1)
    late = reading.assembler.elapse(SOON, ())
    assert [("late", [1, 2])] == numbers(late)
    assert {1} == {late[0].spans[0].parent_id}
    assert not any("_dd.top_level" in span.metrics for span in late[0].spans)


def test_late_spans_lengthen_an_adaptive_wait() -> None:
    """A wait that was too short is twice as long for the next trace of such a root."""
    reading = Reading(wait=None)
    reading.lines(at(0, 0, root=True))
    before = reading.passes(2 * SECOND + SOON)
    reading.lines(at(3, 1))
    reading.lines(at(3, 2, trace=2, root=True))

    assert [("complete", [0])] == before
    assert [] == reading.passes(3 * SECOND)
    assert [("complete", [2]), ("late", [1])] == sorted(reading.passes(SECOND + SOON))


def test_adaptive_wait_follows_the_gaps() -> None:
    """Spans that come late in their trace, though in time, lengthen the wait for the next."""
    reading = Reading(wait=None)
    reading.lines(at(0, 0, root=True))
    reading.passes(int(1.8 * SECOND))
    reading.lines(at(1.8, 1))
    reading.passes(2 * SECOND + SOON)
    reading.lines(at(5, 2, trace=2, root=True))

    assert [] == reading.passes(3 * SECOND)
    assert [("complete", [2])] == reading.passes(SECOND)


# ── decisions ─────────────────────────────────────────────────────────────────────────────────────

ALL: dict[str, float] = {"service:,env:": 1.0}
NONE: dict[str, float] = {"service:,env:": 0.0}


def decisions(traces: list[Trace]) -> list[tuple[float, str, float | None]]:
    """Return priority, mechanism and rate of each chunk, as its first span says them."""
    firsts = [trace.spans[0] for trace in traces]
    return [
        (
            span.metrics["_sampling_priority_v1"],
            span.meta["_dd.p.dm"],
            span.metrics.get("_dd.agent_psr"),
        )
        for span in firsts
    ]


def test_there_are_no_rates_until_they_are_set(reading: Reading) -> None:
    """Without rates all is kept, by nobody's decision; set rates can be read back."""
    reading.lines(at(0, 0, root=True))
    before = dict(reading.assembler.rates)
    closed = reading.assembler.elapse(WAIT + SOON, ())
    reading.assembler.rates = ALL

    assert ({}, ALL) == (before, reading.assembler.rates)
    assert [(1, "-0", None)] == decisions(closed)


def test_rates_decide_collected_traces_and_lone_spans(reading: Reading) -> None:
    """Both kinds of trace say by which rate they are to be kept or not."""
    reading.assembler.rates = NONE
    reading.lines(at(0, 0, root=True))
    alone = reading.assembler.arrive(Mapped(alone=[at(0, 3, root=True)]), "app", "web", False)
    closed = reading.assembler.elapse(WAIT + SOON, ())

    assert [(0, "-1", 0.0)] == decisions(alone) == decisions(closed)


def test_a_trace_is_decided_when_it_leaves(reading: Reading) -> None:
    """The rates count that are known when the first chunk leaves, not those when it began."""
    reading.assembler.rates = ALL
    reading.lines(at(0, 0, root=True))
    reading.assembler.rates = NONE

    assert [(0, "-1", 0.0)] == decisions(reading.assembler.elapse(WAIT + SOON, ()))


def test_late_spans_carry_the_decision_of_their_trace(reading: Reading) -> None:
    """Rates that changed after a trace has left do not tear it."""
    reading.assembler.rates = NONE
    reading.lines(at(0, 0, root=True))
    decided = reading.assembler.elapse(WAIT + SOON, ())
    reading.assembler.rates = ALL
    reading.lines(at(6, 1))
    decided += reading.assembler.elapse(WAIT + SOON, ())
    reading.assembler.rates = {}
    reading.lines(at(20, 2), at(20, 3))
    decided += reading.assembler.elapse(WAIT + SOON, ())

    assert [(0, "-1", 0.0)] * 3 == decisions(decided)


def test_full_chunks_carry_the_decision_of_the_first() -> None:
    """A trace that leaves in chunks is decided with the first, whatever its root says later."""
    reading = Reading(max_spans=2)
    reading.assembler.rates = {"service:db,env:": 0.0, "service:shop,env:": 1.0}
    first = mapped_span(0, start=NOON - 1, time=NOON, service="db")
    left = reading.lines(first, at(0, 1), at(0, 2, root=True))
    left += reading.assembler.elapse(WAIT + SOON, ())

    assert [("size", [0, 1]), ("complete", [2])] == numbers(left)
    assert [(0, "-1", 0.0)] * 2 == decisions(left)


def test_parts_of_a_lapsed_trace_carry_one_decision(reading: Reading) -> None:
    """An old trace that is cut where it was quiet is decided once."""
    reading.assembler.rates = {"service:db,env:": 0.0, "service:shop,env:": 1.0}
    quiet = mapped_span(2, time=NOON + 60 * SECOND, service="db")
    reading.lines(at(0, 0, root=True), at(2, 1), quiet)
    closed = reading.assembler.elapse(WAIT + SOON, ())

    assert [("complete", [0, 1]), ("late", [2])] == numbers(closed)
    assert [(1, "-1", 1.0)] * 2 == decisions(closed)


def test_a_restart_knows_the_decision_of_a_trace(reading: Reading) -> None:
    """A span that is late by a restart carries what the run before decided."""
    reading.assembler.rates = NONE
    reading.lines(at(0, 0, root=True))
    reading.passes(WAIT + SOON)
    again = Reading()
    again.assembler.recall(reading.assembler.remember())
    again.assembler.rates = ALL
    again.lines(at(0, 1))

    assert [(0, "-1", 0.0)] == decisions(again.assembler.elapse(WAIT + SOON, ()))


def test_a_decision_in_the_log_holds_for_all_chunks(reading: Reading) -> None:
    """What the application's own tracer decided stands, for spans that do not say it too."""
    reading.assembler.rates = NONE
    told = at(0, 0, root=True)
    told.span.metrics["_sampling_priority_v1"] = 2.0
    told.span.meta["_dd.p.dm"] = "-4"
    reading.lines(told, at(0, 1))
    closed = reading.assembler.elapse(WAIT + SOON, ())
    reading.lines(at(6, 2))
    closed += reading.assembler.elapse(WAIT + SOON, ())

    assert [(2, "-4", None)] * 2 == decisions(closed)


# ── bounds ────────────────────────────────────────────────────────────────────────────────────────


def test_a_full_chunk_leaves_and_the_trace_goes_on() -> None:
    """At `max_spans` a chunk leaves when the next line comes; the rest is complete with the root."""
    reading = Reading(max_spans=2)
    left = reading.lines(at(0, 0), at(0, 1), at(0, 2, root=True))

    assert [("size", [0, 1])] == numbers(left)
    assert [("complete", [2])] == reading.passes(WAIT + SOON)


def test_a_full_chunk_does_not_split_a_line() -> None:
    """All spans of one line stay in one chunk."""
    reading = Reading(max_spans=2)
    children = [mapped_span(7, span=index, time=NOON) for index in range(1, 6)]
    left = reading.lines(*children, at(0, 8))

    assert [5] == [len(trace.spans) for trace in left]


def test_the_quietest_is_evicted() -> None:
    """Above `max_open` the trace whose latest line is oldest makes room."""
    reading = Reading(max_open=3)
    reading.lines(*(at(0, n, trace=n) for n in range(3)), at(0, 3, trace=0))

    assert [("evicted", [1])] == numbers(reading.lines(at(0, 4, trace=4)))
    assert 3 == reading.assembler.open_traces


def test_what_is_over_leaves_before_any_is_evicted() -> None:
    """A trace that is complete anyway makes room before the quietest does."""
    reading = Reading(max_open=2)
    lines = [at(0, 0), at(0, 1, trace=2, root=True), at(10, 2, trace=3)]

    assert [("complete", [1])] == numbers(reading.lines(*lines, behind=True))


def test_flush_closes_everything(reading: Reading) -> None:
    """At the end of a run all that is open leaves."""
    reading.lines(at(0, 0, root=True), at(0, 1, trace=2), at(1, 2))

    assert [("flushed", [0, 2]), ("flushed", [1])] == numbers(reading.assembler.flush())
    assert (0, 0) == (reading.assembler.open_traces, reading.assembler.open_spans)


def test_children_count_as_spans() -> None:
    """A chunk is full with them, they never leave their parent, and they are forgotten with it."""
    reading = Reading(max_spans=3)
    below = [child(1, 100 + number) for number in range(4)]
    full = mapped_span(0, trace=1, children=below)
    assert [] == reading.lines(full)
    assert 5 == reading.assembler.open_spans

    [chunk] = reading.lines(mapped_span(1, trace=1, time=full.time))
    assert (5, [0]) == (len(chunk.spans), chunk.numbers)
    assert 1 == reading.assembler.open_spans

    assert [] == reading.lines(mapped_span(2, trace=1, time=full.time))
    reading.assembler.flush()
    assert 0 == reading.assembler.open_spans


def test_open_spans_are_counted(reading: Reading) -> None:
    """The number of spans that are kept is known at any time."""
    reading.lines(at(0, 0, root=True), at(0, 1), at(0, 2, trace=2))

    assert (2, 3) == (reading.assembler.open_traces, reading.assembler.open_spans)
    reading.passes(WAIT + SOON)
    assert (1, 1) == (reading.assembler.open_traces, reading.assembler.open_spans)


def test_one_trace_id_for_ever_is_bounded() -> None:
    """A log that writes one trace id all the time is cut, and little of it is kept."""
    reading = Reading(max_spans=100)
    for second in range(0, 20_000, 100):
        reading.lines(*(at(s, s, root=True) for s in range(second, second + 100)), behind=True)
        reading.passes()
        assert reading.assembler.open_spans <= 100
    for second in range(20_000, 60_000, 1_000):
        spans = (at(s, s) for s in range(second, second + 1_000, 10))
        reading.lines(*spans, behind=True)
        reading.passes()
        assert reading.assembler.open_spans <= 100


def test_many_trace_ids_are_bounded() -> None:
    """A log that writes a new trace id with each line keeps no more than `max_open`."""
    reading = Reading(max_open=500)
    for first in range(0, 20_000, 400):
        reading.lines(*(at(0, n, trace=n + 1) for n in range(first, first + 400)))

    assert 500 == reading.assembler.open_traces == reading.assembler.open_spans


def sized(*spans: MappedSpan, size: int) -> Mapped:
    """Return what mapping makes of lines of so many bytes."""
    made = mapped(*spans)
    made.size = size
    return made


def test_above_the_bound_of_bytes_the_quietest_goes() -> None:
    """Long lines in many open traces: what they were made of is bounded, not their number alone."""
    reading = Reading(max_bytes=1 << 20)
    arrive = reading.assembler.arrive
    for number in range(3):
        gone = arrive(sized(at(0, number, number + 1), size=400_000), "app", "shared", False)
        assert (number < 2) == (not gone)

    assert [("evicted", [0])] == numbers(gone)
    assert (2, 800_000) == (reading.assembler.open_traces, reading.assembler.open_bytes)
    reading.assembler.flush()
    assert 0 == reading.assembler.open_bytes


def test_one_trace_of_long_lines_is_bounded_too() -> None:
    """It goes out in parts, the first as evicted, what follows as late."""
    reading = Reading(max_bytes=1 << 20)
    gone = []
    for number in range(6):
        batch = sized(at(0, number), size=600_000)
        gone += reading.assembler.arrive(batch, "app", "shared", False)

    assert [("evicted", [0, 1]), ("evicted", [2, 3]), ("evicted", [4, 5])] == numbers(gone)


def test_a_trace_says_of_how_many_bytes_of_lines_it_was_made(reading: Reading) -> None:
    """Of its batches, a share for each span; lone spans share those of theirs; parts by their spans."""
    arrive = reading.assembler.arrive
    lone = Mapped(alone=[at(0, number, 10 + number) for number in range(4)], size=1000)
    sizes = [trace.size for trace in arrive(lone, "app", "shared", False)]
    batch = sized(at(0, 4, root=True), at(0, 5), at(60, 6), at(60, 7, trace=2), size=8000)
    arrive(batch, "app", "shared", False)
    parts = {tuple(trace.numbers): trace.size for trace in reading.assembler.flush()}

    assert [250] * 4 == sizes
    assert {(4, 5): 4000, (6,): 2000, (7,): 2000} == parts
    assert 0 == reading.assembler.open_bytes
