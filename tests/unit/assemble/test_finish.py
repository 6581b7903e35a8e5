from logtrace.assemble.finish import finish, finish_alone
from logtrace.clock import SECOND
from logtrace.model import Closed, MappedSpan, Span, Trace
from tests.support.clock import NOON
from tests.support.spans import mapped_span


def finished(*spans: MappedSpan) -> Trace:
    """Return the trace that is made of the spans."""
    return finish(list(spans), Closed.COMPLETE, None)[0]


def entries(trace: Trace) -> set[int]:
    """Return the ids of the spans that are marked as top level."""
    return {span.span_id for span in trace.spans if span.metrics.get("_dd.top_level") == 1}


def test_a_lone_span_is_a_trace_with_all_marks():
    """A span that is a whole trace carries what the Agent reads from a chunk's first span."""
    trace = finish_alone([mapped_span(7, root=True, high="0123456789abcdef", more=(5,))])[0]

    assert [7, 5] == trace.numbers
    assert Closed.COMPLETE is trace.reason
    assert {"_sampling_priority_v1": 1, "_dd.top_level": 1} == trace.spans[0].metrics
    assert {"_dd.p.dm": "-0", "_dd.p.tid": "0123456789abcdef"} == trace.spans[0].meta


def test_a_lone_span_keeps_its_own_metrics():
    """Marks are added to the span's metrics."""
    lone = mapped_span(root=True)
    lone.span.metrics["rows"] = 3.0

    assert 3.0 == finish_alone([lone])[0].spans[0].metrics["rows"]


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
        (50, "shop", "web.request"),
    )

    assert {2} == entries(trace)
    assert (50, "shop", "web.request") == known


def test_remembers_the_root():
    """What is remembered is the root's id, service and name; without one, the first span's service."""
    root = finish([mapped_span(0, parent=2), mapped_span(1, root=True)], Closed.COMPLETE, None)
    orphans = finish([mapped_span(0, parent=9), mapped_span(1, parent=9)], Closed.IDLE, None)

    assert (2, "shop", "web.request") == root[1]
    assert (0, "shop", "web.request") == orphans[1]


def test_outermost_span_of_a_trace_without_parents_is_the_root():
    """Where the log says nothing of roots and parents, time does."""
    trace, known = finish(
        [mapped_span(0, start=NOON + 5, duration=5), mapped_span(1, duration=100)],
        Closed.IDLE,
        None,
    )

    assert [(2, 0), (1, 2)] == [(span.span_id, span.parent_id) for span in trace.spans]
    assert (2, "shop", "web.request") == known
    assert {2} == entries(trace)


def test_each_line_is_numbered_once():
    """Lines that gave several spans, or are part of several, are acknowledged once."""
    trace = finished(
        mapped_span(4, span=1, root=True),
        mapped_span(4, span=2, parent=1),
        mapped_span(9, span=3, parent=1, more=(4, 6)),
    )

    assert [4, 6, 9] == sorted(trace.numbers)


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
