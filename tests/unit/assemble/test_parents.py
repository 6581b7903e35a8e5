from logtrace.assemble.parents import (
    TAG,
    UNKNOWN,
    break_cycles,
    infer,
    sort_by_start,
    sort_outermost_first,
)
from logtrace.model import Span
from tests.support.clock import NOON


def span(name: str, start: int, end: int, span_id: int, parent: int = UNKNOWN) -> Span:
    """Return a span from `start` to `end`, in nanoseconds after noon."""
    return Span(
        service="shop",
        name=name,
        resource="/",
        trace_id=1,
        span_id=span_id,
        start=NOON + start,
        duration=end - start,
        parent_id=parent,
    )


def inferred(*spans: Span, root_id: int = 0) -> dict[str, tuple[int, str]]:
    """Return name → (parent id, how it was found)."""
    ordered = list(spans)
    sort_outermost_first(ordered)
    infer(ordered, root_id)
    return {span.name: (span.parent_id, span.meta.get(TAG, "")) for span in spans}


def test_tightest_container_is_the_parent():
    """Of all spans that contain one, the shortest is its parent."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0),
        span("outer", 10, 90, 2),
        span("inner", 20, 80, 3),
        span("leaf", 30, 40, 4),
        root_id=1,
    )

    assert (1, "containment") == parents["outer"]
    assert (2, "containment") == parents["inner"]
    assert (3, "containment") == parents["leaf"]


def test_a_span_that_overlaps_hides_no_tighter_one():
    """The tightest container is found even when a longer span began later and goes on."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0),
        span("tight", 10, 20, 2),
        span("long", 15, 60, 3),
        span("leaf", 16, 19, 4),
        root_id=1,
    )

    assert (2, "containment") == parents["leaf"]


def test_given_parents_are_kept():
    """Containment never overrules what the log says."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0),
        span("outer", 10, 90, 2, parent=1),
        span("leaf", 30, 40, 4, parent=1),
        root_id=1,
    )

    assert (1, "") == parents["leaf"]


def test_what_nothing_contains_goes_to_the_root():
    """A span that outlives its root is still its child."""
    parents = inferred(span("root", 0, 100, 1, parent=0), span("async", 50, 150, 2), root_id=1)

    assert (1, "root") == parents["async"]


def test_root_of_an_earlier_chunk_is_the_parent():
    """In a chunk without the root, its id is known from before."""
    assert {"late": (9, "root")} == inferred(span("late", 50, 150, 2), root_id=9)


def test_later_line_of_equal_spans_is_the_outer_one():
    """A line is written when its span has ended: of twins the one written last is the parent."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0),
        span("inner", 10, 20, 2),
        span("outer", 10, 20, 3),
        root_id=1,
    )

    assert (3, "containment") == parents["inner"]
    assert (1, "containment") == parents["outer"]


def test_spans_of_no_length_are_siblings():
    """Events at the same instant do not become each other's children."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0),
        *(span(f"event-{index}", 50, 50, 10 + index) for index in range(4)),
        root_id=1,
    )

    assert {(1, "containment")} == {parents[f"event-{index}"] for index in range(4)}


def test_edges_are_contained():
    """A span that starts or ends with its parent is inside it."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0),
        span("first", 0, 10, 2),
        span("last", 100, 100, 3),
        root_id=1,
    )

    assert [(1, "containment")] * 2 == [parents["first"], parents["last"]]


def test_span_that_contains_all_acts_as_root():
    """Without a known root the outermost span is it, if it contains every other."""
    spans = [span("leaf", 10, 20, 2), span("outer", 0, 100, 1)]
    sort_outermost_first(spans)

    assert "outer" == getattr(infer(spans, 0), "name", None)
    assert [0, 1] == [spans[0].parent_id, spans[1].parent_id]


def test_no_span_acts_as_root_unless_it_contains_all():
    """Spans side by side have no parents, and none of them is the root."""
    for others in ([span("second", 20, 30, 2)], [span("second", 20, 30, 2, parent=77)]):
        spans = [span("first", 0, 10, 1), *others]
        sort_outermost_first(spans)

        assert None is infer(spans, 0)
        assert 0 == spans[0].parent_id


def test_two_sides_of_a_call_with_one_span_id():
    """A span is not made its own parent when the containing span has the same id (B3)."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0),
        span("client", 10, 50, 5),
        span("server", 20, 40, 5),
        root_id=1,
    )

    assert (1, "containment") == parents["client"]
    assert (1, "containment") == parents["server"]


def test_given_spans_are_sorted_by_start():
    """Spans are put in order of their starts; of equal ones the later line comes first."""
    spans = [span("b", 5, 6, 1), span("c", 5, 9, 2), span("a", 0, 1, 3)]
    sort_by_start(spans)

    assert ["a", "c", "b"] == [span.name for span in spans]


def broken(*spans: Span, root_id: int = 0) -> dict[str, tuple[int, str]]:
    """Return name → (parent id, how it was found), without cycles."""
    break_cycles(list(spans), root_id)
    return {span.name: (span.parent_id, span.meta.get(TAG, "")) for span in spans}


def test_cycle_of_given_parents_is_cut_at_the_earliest_span():
    """Of parents that lead in a circle the earliest span's is dropped; it joins the root."""
    parents = broken(
        span("root", 0, 100, 1, parent=0),
        span("a", 10, 20, 2, parent=4),
        span("b", 11, 20, 3, parent=2),
        span("c", 12, 20, 4, parent=3),
        root_id=1,
    )

    assert {"root": (0, ""), "a": (1, "cycle"), "b": (2, ""), "c": (3, "")} == parents


def test_cycle_is_cut_at_an_inferred_parent():
    """A guess gives way to what the log says."""
    guess = span("guess", 12, 20, 3, parent=2)
    guess.meta[TAG] = "containment"
    parents = broken(span("given", 10, 30, 2, parent=3), guess)

    assert {"given": (3, ""), "guess": (0, "cycle")} == parents


def test_own_parent():
    """A span that names itself as its parent has none."""
    assert {"a": (0, "cycle")} == broken(span("a", 0, 1, 2, parent=2))


def test_root_that_is_in_a_cycle():
    """When the root's own parent is its descendant, the root is cut off and stays parentless."""
    parents = broken(span("root", 0, 100, 1, parent=2), span("a", 10, 20, 2, parent=1), root_id=1)

    assert {"root": (0, "cycle"), "a": (1, "")} == parents


def test_what_is_no_cycle_is_left_alone():
    """A parent that comes after its child, or shares its id with another, is no cycle."""
    spans = (
        span("child", 0, 1, 2, parent=3),
        span("parent", 5, 6, 3, parent=99),
        span("twin", 7, 8, 2, parent=3),
    )

    assert {"child": (3, ""), "parent": (99, ""), "twin": (3, "")} == broken(*spans)
