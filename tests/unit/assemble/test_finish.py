from typing import Any

from logtrace.assemble.decisions import BY_DEFAULT, Decision, Decisions
from logtrace.assemble.finish import finish, finish_alone
from logtrace.clock import SECOND
from logtrace.model import Closed, MappedSpan, Span, Trace
from tests.support.clock import NOON
from tests.support.spans import child, mapped_span

NO_RATES = Decisions()
DROPPED = Decision(0, "-1", 0.0)


def finished(*spans: MappedSpan) -> Trace:
    """Return the trace that is made of the spans."""
    return finish(list(spans), Closed.COMPLETE, None, NO_RATES)[0]


def at_rate(rate: float, service: str = "shop") -> Decisions:
    """Return decisions by one rate for one service."""
    decisions = Decisions()
    decisions.use({f"service:{service},env:": rate})
    return decisions


def carrying(mapped: MappedSpan, priority: float, mechanism: str = "-4") -> MappedSpan:
    """Return the span as a mapping makes it that reads the application's own decision."""
    mapped.span.metrics["_sampling_priority_v1"] = priority
    mapped.span.meta["_dd.p.dm"] = mechanism
    return mapped


def priorities(trace: Trace) -> list[float | None]:
    """Return the priority of each span of a trace."""
    return [span.metrics.get("_sampling_priority_v1") for span in trace.spans]


def entries(trace: Trace) -> set[int]:
    """Return the ids of the spans that are marked as top level."""
    return {span.span_id for span in trace.spans if span.metrics.get("_dd.top_level") == 1}


def test_a_lone_span_is_a_trace_with_all_marks():
    """A span that is a whole trace carries what the Agent reads from a chunk's first span."""
    trace = finish_alone([mapped_span(7, root=True, high="0123456789abcdef", more=(5,))], NO_RATES)[
        0
    ]

    assert [7, 5] == trace.numbers
    assert Closed.COMPLETE is trace.reason
    assert {"_sampling_priority_v1": 1, "_dd.top_level": 1} == trace.spans[0].metrics
    assert {"_dd.p.dm": "-0", "_dd.p.tid": "0123456789abcdef"} == trace.spans[0].meta


def test_a_lone_span_keeps_its_own_metrics():
    """Marks are added to the span's metrics."""
    lone = mapped_span(root=True)
    lone.span.metrics["rows"] = 3.0

    assert 3.0 == finish_alone([lone], NO_RATES)[0].spans[0].metrics["rows"]


def test_a_lone_span_takes_its_children_along():
    """Behind it, by start; one of another service is that service's entry. The line is done once."""
    late = child(8, 11, start=NOON + 2, service="db")
    lone = mapped_span(7, root=True, children=[late, child(8, 12, start=NOON + 1)])
    [trace] = finish_alone([lone], NO_RATES)

    assert [8, 12, 11] == [span.span_id for span in trace.spans]
    assert [7] == trace.numbers
    assert {8, 11} == entries(trace)
    assert [1, None, None] == priorities(trace)


def test_children_come_behind_their_parents():
    """Also those that fill them; what is contained in a child and has no parent is below it."""
    trace = finished(
        mapped_span(0, start=NOON + 1, duration=5),
        mapped_span(3, root=True, duration=90, children=[child(4, 9, duration=90)]),
    )

    assert [(4, 0), (9, 4), (1, 9)] == [(span.span_id, span.parent_id) for span in trace.spans]
    assert [0, 3] == sorted(trace.numbers)


def test_one_span_with_children_is_a_whole_chunk():
    """That it is the only one of its trace so far makes no difference."""
    trace = finished(mapped_span(3, root=True, children=[child(4, 9), child(4, 10)]))

    assert [4, 9, 10] == sorted(span.span_id for span in trace.spans)
    assert [3] == trace.numbers
    assert 4 == trace.spans[0].span_id


def test_root_comes_first_then_by_start():
    """The root is the first span even when another one started before it."""
    trace = finished(
        mapped_span(0, start=NOON + 3 * SECOND, parent=3),
        mapped_span(1, start=NOON - SECOND, parent=3),
        mapped_span(2, start=NOON, root=True),
    )

    assert [3, 2, 1] == [span.span_id for span in trace.spans]


def test_only_the_first_span_has_the_marks_of_the_chunk():
    """Priority, mechanism and the upper half of the id stand on the first span alone."""
    trace = finished(
        mapped_span(0, start=NOON + 1, parent=2, high="0123456789abcdef"),
        mapped_span(1, start=NOON, root=True),
    )
    first, second = trace.spans

    assert 1 == first.metrics["_sampling_priority_v1"]
    assert {"_dd.p.dm": "-0", "_dd.p.tid": "0123456789abcdef"} == first.meta
    assert ({}, {}) == (second.meta, second.metrics)


def test_entries_are_where_a_service_begins():
    """Top level are the root, spans of another service than their parent's, and orphans."""
    trace = finished(
        mapped_span(0, root=True, duration=10),
        mapped_span(1, parent=1, start=NOON + 1),
        mapped_span(2, parent=2, start=NOON + 2, service="db"),
        mapped_span(3, parent=999, start=NOON + 3),
    )

    assert {1, 3, 4} == entries(trace)


def test_late_spans_of_the_same_service_are_no_entries():
    """An orphan in a later chunk is only an entry if the earlier one was another service's."""
    trace, known = finish(
        [mapped_span(0, parent=999), mapped_span(1, parent=999, service="db")],
        Closed.LATE,
        (50, "shop", "web.request", BY_DEFAULT),
        NO_RATES,
    )

    assert {2} == entries(trace)
    assert (50, "shop", "web.request", BY_DEFAULT) == known


def test_remembers_the_root():
    """What is remembered is the root's id, service and name, without one the first span's service;
    and the decision."""
    spans = [mapped_span(0, parent=2), mapped_span(1, root=True)]
    root = finish(spans, Closed.COMPLETE, None, NO_RATES)
    orphans = [mapped_span(0, parent=9), mapped_span(1, parent=9)]
    orphaned = finish(orphans, Closed.IDLE, None, at_rate(0.0))

    assert (2, "shop", "web.request", BY_DEFAULT) == root[1]
    assert (0, "shop", "web.request", DROPPED) == orphaned[1]


def test_outermost_span_of_a_trace_without_parents_is_the_root():
    """Where the log says nothing of roots and parents, time does."""
    trace, known = finish(
        [mapped_span(0, start=NOON + 5, duration=5), mapped_span(1, duration=100)],
        Closed.IDLE,
        None,
        NO_RATES,
    )

    assert [(2, 0), (1, 2)] == [(span.span_id, span.parent_id) for span in trace.spans]
    assert (2, "shop", "web.request", BY_DEFAULT) == known
    assert {2} == entries(trace)


def test_each_line_is_numbered_once_for_each_of_its_spans():
    """Lines that gave several spans, or are part of several, come back as often: see the pipeline."""
    trace = finished(
        mapped_span(4, span=1, root=True),
        mapped_span(4, span=2, parent=1),
        mapped_span(9, span=3, parent=1, more=(4, 6)),
    )

    assert [4, 4, 4, 6, 9] == sorted(trace.numbers)


def test_cycles_in_the_log_do_not_survive():
    """Parent ids that lead in a circle are cut, and the marks follow the new parents."""
    trace = finished(
        mapped_span(0, parent=2, start=NOON),
        mapped_span(1, parent=1, start=NOON + 1),
    )

    assert [(1, 0), (2, 1)] == [(span.span_id, span.parent_id) for span in trace.spans]
    assert {1} == entries(trace)


def test_duplicate_span_ids_are_kept():
    """Two spans with one id are both sent: the Agent counts them but keeps them."""
    trace = finished(
        mapped_span(0, span=1, root=True),
        mapped_span(1, span=5, parent=1),
        mapped_span(2, span=5, parent=1, service="db"),
    )

    assert [1, 5, 5] == sorted(span.span_id for span in trace.spans)
    assert trace.shared_ids
    assert not finished(mapped_span(0, span=1, root=True), mapped_span(1, span=5)).shared_ids


def test_ten_thousand_nested_spans_take_no_time():
    """The deepest possible nesting is inferred, and costs no more than n log n."""
    depth = 10_000
    trace = finished(
        *(mapped_span(n, start=NOON + n, duration=2 * (depth - n)) for n in range(depth))
    )

    assert list(range(depth)) == [span.parent_id for span in trace.spans]


def test_ten_thousand_spans_in_a_ring_take_no_time():
    """The longest possible cycle is cut once."""
    ring = 10_000
    trace = finished(
        *(mapped_span(n, start=NOON + n, parent=(n + 1) % ring + 1) for n in range(ring))
    )
    tagged: list[Span] = [span for span in trace.spans if span.meta.get("logtrace.parent")]

    assert [1] == [span.span_id for span in tagged]
    assert 0 == tagged[0].parent_id


# ── decisions ─────────────────────────────────────────────────────────────────────────────────────


def test_a_lone_span_is_decided_by_its_rate():
    """A span that is a whole trace says whether it is to be kept, by which rate, and that it is."""
    alone = [mapped_span(0, trace=1, root=True), mapped_span(1, trace=10, root=True)]
    kept, dropped = (trace.spans[0] for trace in finish_alone(alone, at_rate(0.5)))
    marks = {"_dd.agent_psr": 0.5, "_dd.top_level": 1}

    assert {"_sampling_priority_v1": 1, **marks} == kept.metrics
    assert {"_sampling_priority_v1": 0, **marks} == dropped.metrics
    assert {"_dd.p.dm": "-1"} == kept.meta == dropped.meta


def test_a_lone_span_keeps_the_decision_of_the_log():
    """What the log decided of a whole trace stands, with rates and without."""
    for decisions in (NO_RATES, at_rate(0.0)):
        trace = finish_alone([carrying(mapped_span(root=True), 2.0)], decisions)[0]

        assert {"_sampling_priority_v1": 2, "_dd.top_level": 1} == trace.spans[0].metrics
        assert {"_dd.p.dm": "-4"} == trace.spans[0].meta


def test_a_single_span_is_decided_and_remembered():
    """A trace of one span has the marks of its rate; what is remembered says so too."""
    trace, known = finish([mapped_span(root=True)], Closed.COMPLETE, None, at_rate(0.0))
    marks = {"_sampling_priority_v1": 0, "_dd.agent_psr": 0.0, "_dd.top_level": 1}

    assert marks == trace.spans[0].metrics
    assert {"_dd.p.dm": "-1"} == trace.spans[0].meta
    assert (1, "shop", "web.request", DROPPED) == known


def test_a_single_span_keeps_the_decision_of_the_log():
    """What the log decided stands for a trace of one span, and is remembered."""
    for decisions in (NO_RATES, at_rate(1.0)):
        span = carrying(mapped_span(root=True), -1.0)
        trace, known = finish([span], Closed.COMPLETE, None, decisions)

        assert [-1] == priorities(trace)
        assert (1, "shop", "web.request", Decision(-1, "-4")) == known


def test_the_rate_is_that_of_the_root():
    """The root's service decides, whichever span came or started first."""
    spans = [mapped_span(0, parent=2, service="db"), mapped_span(1, root=True)]
    trace, known = finish(spans, Closed.COMPLETE, None, at_rate(0.0, service="shop"))

    assert [0, None] == priorities(trace)
    assert DROPPED == known[3]


def test_a_later_chunk_carries_the_decision_of_the_first():
    """A remembered decision counts, whatever the rates are now, for one span and for several."""
    known = (50, "shop", "web.request", DROPPED)
    for spans in (
        [mapped_span(0, parent=50)],
        [mapped_span(0, parent=50), mapped_span(1, root=True)],
    ):
        trace, remembered = finish(spans, Closed.LATE, known, at_rate(1.0))
        first = trace.spans[0]

        assert 0 == first.metrics["_sampling_priority_v1"]
        assert 0.0 == first.metrics["_dd.agent_psr"]
        assert "-1" == first.meta["_dd.p.dm"]
        assert DROPPED == remembered[3]


def test_a_decision_in_the_log_comes_before_the_rate():
    """Whichever span carries it, the decision goes to the first span, and stands nowhere else."""
    spans = [mapped_span(0, root=True), carrying(mapped_span(1, parent=1), 2.0)]
    trace, known = finish(spans, Closed.COMPLETE, None, at_rate(0.0))

    assert [2, None] == priorities(trace)
    assert "-4" == trace.spans[0].meta["_dd.p.dm"]
    assert "_dd.agent_psr" not in trace.spans[0].metrics
    assert Decision(2, "-4") == known[3]


def test_the_decision_of_the_root_comes_before_that_of_other_spans():
    """Where a log contradicts itself, its root is believed."""
    spans = [carrying(mapped_span(0, parent=2), 0.0), carrying(mapped_span(1, root=True), 1.0)]

    assert [1, None] == priorities(finished(*spans))


def test_a_decision_that_comes_too_late_changes_nothing():
    """Once a chunk has left, a decision in the log is dropped: the trace has one already."""
    spans = [carrying(mapped_span(0, parent=50), 2.0), carrying(mapped_span(1, parent=50), 2.0)]
    known = (50, "shop", "web.request", DROPPED)
    trace, remembered = finish(spans, Closed.LATE, known, NO_RATES)

    assert [0, None] == priorities(trace)
    assert known == remembered


class Slow:
    """A rule for traces of more than one span."""

    rates = (0.0,)

    def choose(self, spans, reason):
        return 0 if len(spans) > 1 else None


def test_rules_see_the_whole_trace_root_first():
    """Lone spans with their children, single ones and whole traces alike; a late chunk is not asked."""
    seen = []

    class Seen(Slow):
        def choose(self, spans, reason):
            seen.append(([span.span_id for span in spans], reason))
            return super().choose(spans, reason)

    rules = Decisions(Seen())
    lone = mapped_span(7, root=True, children=[child(8, 9)])
    [alone] = finish_alone([lone], rules)
    single, _ = finish([mapped_span(1, root=True)], Closed.IDLE, None, rules)
    many = [mapped_span(2, start=NOON + 1, parent=4), mapped_span(3, root=True)]
    whole, known = finish(many, Closed.COMPLETE, None, rules)
    late, _ = finish([mapped_span(5, parent=4)], Closed.LATE, known, rules)

    assert [
        ([8, 9], Closed.COMPLETE),
        ([2], Closed.IDLE),
        ([4, 3], Closed.COMPLETE),
    ] == seen
    assert [-1, 1, -1, -1] == [priorities(trace)[0] for trace in (alone, single, whole, late)]


def seeming(number: int, **keys: Any) -> MappedSpan:
    """Return a server without a parent."""
    made = mapped_span(number, root=True, **keys)
    made.parented = False
    made.span.meta["span.kind"] = "server"
    return made


def test_of_several_that_seem_to_be_the_root_the_first_to_start_is():
    """What contains the others is found; of those that start together the longest is the root."""
    trace = finished(
        seeming(0, start=NOON + 5, duration=5, service="stock"),
        seeming(1, start=NOON, duration=80, service="edge"),
        seeming(2, start=NOON, duration=90),
    )

    assert [(3, 0), (2, 3), (1, 2)] == [(span.span_id, span.parent_id) for span in trace.spans]


def test_what_nothing_called_is_one_more_root():
    """A second run of a job, behind the first or beside it in the same service."""
    trace = finished(
        seeming(0, start=NOON, duration=90),
        seeming(1, start=NOON + 5, duration=5),
        seeming(2, start=NOON + 95, duration=5, service="stock"),
    )

    assert [(1, 0), (2, 0), (3, 0)] == [(span.span_id, span.parent_id) for span in trace.spans]
    assert {1, 2, 3} == entries(trace)


def test_what_the_log_says_is_the_root_comes_before_what_seems_to_be():
    """Also if it starts later."""
    trace = finished(
        seeming(0, start=NOON, duration=90),
        mapped_span(1, start=NOON + 1, duration=5, root=True),
    )

    assert [(2, 0), (1, 0)] == [(span.span_id, span.parent_id) for span in trace.spans]


def test_what_seems_to_be_the_root_of_a_trace_that_has_left_is_one_more():
    """The root that is remembered stays the root of other late spans."""
    _, known = finish([seeming(0)], Closed.COMPLETE, None, NO_RATES)
    late, again = finish([seeming(1), mapped_span(2, start=NOON - 5)], Closed.LATE, known, NO_RATES)

    assert {2: 0, 3: 1} == {span.span_id: span.parent_id for span in late.spans}
    assert 1 == again[0]


def test_one_that_seems_to_be_the_root_is():
    """Alone and among others."""
    alone, _ = finish([seeming(0)], Closed.COMPLETE, None, NO_RATES)
    among = finished(mapped_span(1), seeming(0))

    assert [0, 0] == [trace.spans[0].parent_id for trace in (alone, among)]
    assert 1 == among.spans[1].parent_id


def test_a_decision_that_a_child_span_carries_counts() -> None:
    """A tracer may set it on any span of its trace; it stands on the first one only, when sent."""
    lower = child(8, 11)
    lower.metrics["_sampling_priority_v1"] = -1
    assert [-1, None] == priorities(finished(mapped_span(7, root=True, children=[lower])))
