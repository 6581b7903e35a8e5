"""Parents against a slow and obvious oracle, and no cycles whatever the ids are."""

from hypothesis import given
from hypothesis import strategies as st

from logtrace.assemble.decisions import Decisions
from logtrace.assemble.finish import finish
from logtrace.assemble.parents import TAG
from logtrace.model import Closed, MappedSpan, Span
from tests.support.clock import NOON
from tests.support.spans import mapped_span


@st.composite
def spans_without_parents(draw: st.DrawFn) -> list[MappedSpan]:
    """Spans of one trace that start and end close to each other; the log says no parents."""
    root = draw(st.integers(-1, 11))
    return [
        mapped_span(
            number,
            start=NOON + draw(st.integers(0, 12)),
            duration=draw(st.integers(0, 12)),
            root=number == root,
        )
        for number in range(draw(st.integers(1, 12)))
    ]


@st.composite
def spans_with_any_parents(draw: st.DrawFn) -> list[MappedSpan]:
    """Spans with few ids, so that there are twins, and parents that lead anywhere, or none."""
    return [
        mapped_span(
            number,
            span=draw(st.integers(1, 8)),
            parent=draw(st.one_of(st.none(), st.integers(0, 9))),
            start=NOON + draw(st.integers(0, 6)),
            duration=draw(st.integers(0, 6)),
            root=draw(st.integers(0, 5)) == 0,
        )
        for number in range(draw(st.integers(1, 10)))
    ]


def contains(outer: Span, inner: Span) -> bool:
    """Return whether `outer` may be the parent of `inner` by time: span ids rise with the lines."""
    ends = outer.start + outer.duration, inner.start + inner.duration
    if not outer.duration or outer is inner or outer.start > inner.start or ends[0] < ends[1]:
        return False
    twins = (outer.start, outer.duration) == (inner.start, inner.duration)
    return not twins or outer.span_id > inner.span_id


def tightest(span: Span, spans: list[Span]) -> Span | None:
    """Return the parent of `span` by looking at every other span."""
    containers = [other for other in spans if contains(other, span)]
    # Of equally long ones the later start wins; of twins the one that the other contains.
    return min(containers, key=lambda c: (c.duration, -c.start, c.span_id), default=None)


@given(spans_without_parents())
def test_parent_is_the_tightest_container(collected: list[MappedSpan]) -> None:
    """Each span's parent is the tightest span that contains it, else the root, else none."""
    roots = [mapped.span for mapped in collected if mapped.root]
    spans = [mapped.span for mapped in collected]
    expected = {}
    for span in spans:
        container = None if span in roots else tightest(span, spans)
        if container is not None:
            expected[span.span_id] = (container.span_id, "containment")
        elif roots and span not in roots:
            expected[span.span_id] = (roots[0].span_id, "root")
        else:
            expected[span.span_id] = (0, None)
    trace, _ = finish(collected, Closed.COMPLETE, None, Decisions())

    assert expected == {s.span_id: (s.parent_id, s.meta.get(TAG)) for s in trace.spans}


@given(spans_with_any_parents())
def test_no_cycles(collected: list[MappedSpan]) -> None:
    """Whatever the log gives, following parents from any span ends, through twins too."""
    trace, _ = finish(collected, Closed.COMPLETE, None, Decisions())
    parents: dict[int, set[int]] = {}
    for span in trace.spans:
        parents.setdefault(span.span_id, set()).add(span.parent_id)
    while ends := [node for node, above in parents.items() if not above & parents.keys()]:
        for node in ends:
            del parents[node]

    assert {} == parents


@given(spans_with_any_parents())
def test_given_parents_are_kept_unless_they_form_cycles(collected: list[MappedSpan]) -> None:
    """A parent that the log gives changes only where the span says that there was a cycle."""
    given_parents = {id(m.span): m.span.parent_id for m in collected if m.parented or m.root}
    trace, _ = finish(collected, Closed.COMPLETE, None, Decisions())

    assert all(
        span.parent_id == given_parents[id(span)]
        for span in trace.spans
        if id(span) in given_parents and span.meta.get(TAG) != "cycle"
    )
    assert len(collected) == len(trace.spans)
    assert all(span.parent_id >= 0 for span in trace.spans)


@given(spans_without_parents())
def test_order_of_a_trace(collected: list[MappedSpan]) -> None:
    """The root comes first, all others in order of their starts."""
    roots = [mapped.span for mapped in collected if mapped.root]
    trace, _ = finish(collected, Closed.COMPLETE, None, Decisions())
    rest = trace.spans[1:] if roots else trace.spans

    assert roots in ([], trace.spans[:1])
    assert sorted(span.start for span in rest) == [span.start for span in rest]
