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


def span(
    name: str,
    start: int,
    end: int,
    span_id: int,
    parent: int = UNKNOWN,
    service: str = "shop",
    **tags: str,
) -> Span:
    """Return a span from `start` to `end`, in nanoseconds after noon; `_` in tags is a dot."""
    return Span(
        service=service,
        name=name,
        resource="/",
        trace_id=1,
        span_id=span_id,
        start=NOON + start,
        duration=end - start,
        parent_id=parent,
        meta={tag.replace("_", "."): value for tag, value in tags.items()},
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
    parents = inferred(
        span("root", 0, 100, 1, parent=0), span("async", 50, 150, 2, service="mq"), root_id=1
    )

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


# ── who can be whose ──────────────────────────────────────────────────────────────────────────────


def test_own_service_comes_before_tightness():
    """What runs beside a span in another service does not become its parent."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0),
        span("shop.work", 10, 90, 2),
        span("other.work", 20, 60, 3, service="other"),
        span("query", 30, 40, 4),
        root_id=1,
    )

    assert (2, "containment") == parents["query"]


def test_tightest_of_any_service_is_the_parent_of_what_is_alone_in_its_own():
    """The first span of a service has its caller around it."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0),
        span("call", 10, 90, 2),
        span("served", 20, 60, 3, service="other"),
        root_id=1,
    )

    assert (2, "containment") == parents["served"]


def test_caller_with_its_name_comes_before_a_wider_span_of_its_own_service():
    """Without kinds, an equal name in another service is a call, if nothing of its own is tighter."""
    spans = [
        span("root", 0, 100, 1, parent=0),
        span("busy", 5, 95, 2, service="stock"),
        span("reserve", 10, 50, 3),
        span("reserve", 20, 40, 4, service="stock"),
    ]
    sort_outermost_first(spans)
    infer(spans, 1)
    assert (3, "call") == next((s.parent_id, s.meta[TAG]) for s in spans if s.span_id == 4)

    tighter = span("tighter", 15, 45, 5, service="stock")
    again = [
        *(
            span(
                s.name,
                s.start - NOON,
                s.start - NOON + s.duration,
                s.span_id,
                0 if s.span_id == 1 else UNKNOWN,
                s.service,
            )
            for s in spans
        ),
        tighter,
    ]
    sort_outermost_first(again)
    infer(again, 1)
    assert [5] == [s.parent_id for s in again if s.span_id == 4]


def test_peer_names_the_called_service():
    """A span that names another service as its peer is its caller, also under another name."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0),
        span("busy", 5, 95, 2, service="stock"),
        span("POST", 10, 50, 3, peer_service="stock"),
        span("reserve", 20, 40, 4, service="stock"),
        root_id=1,
    )

    assert (3, "call") == parents["reserve"]


def test_server_belongs_to_the_call_of_its_name_whatever_the_clocks_say():
    """Each call has one answer; of several the one that fits best."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0),
        span("get", 10, 30, 2, span_kind="client"),
        span("put", 40, 80, 3, span_kind="client"),
        span("get", 28, 40, 4, service="a", span_kind="server"),
        span("put", 35, 60, 5, service="b", span_kind="server"),
        root_id=1,
    )
    spans = [
        span("one", 10, 30, 2, span_kind="client"),
        span("one", 11, 31, 3, span_kind="client"),
        span("one", 12, 29, 4, service="a", span_kind="server"),
        span("one", 13, 30, 5, service="b", span_kind="server"),
    ]
    sort_outermost_first(spans)
    infer(spans, 77)

    assert [(3, "call")] == [value for name, value in parents.items() if name == "put"]
    assert {4: 2, 5: 3} == {s.span_id: s.parent_id for s in spans if s.span_id > 3}


def test_thread_comes_first():
    """What contains a span in its own thread is its parent, though another thread's is tighter."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0),
        span("wide", 10, 90, 2, thread_name="t1"),
        span("tight", 20, 60, 3, thread_name="t2"),
        span("leaf", 30, 40, 4, thread_name="t1"),
        span("new", 32, 38, 5, thread_name="t3"),
        span("any", 33, 37, 6),
        root_id=1,
    )

    assert (2, "thread") == parents["leaf"]
    assert (1, "containment") == parents["new"]
    assert (5, "containment") == parents["any"]


def test_calls_are_not_within_calls():
    """Of two that run at the same time neither is the other's parent, if there is another."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0),
        span("one", 10, 90, 2, span_kind="client"),
        span("two", 20, 80, 3, span_kind="client"),
        span("inner", 30, 40, 4),
        root_id=1,
    )
    alone = inferred(
        span("one", 10, 90, 2, span_kind="client"), span("two", 20, 80, 3, span_kind="client")
    )

    assert [(1, "containment")] * 2 == [parents["one"], parents["two"]]
    assert (3, "containment") == parents["inner"]
    assert (2, "containment") == alone["two"]


def test_other_hosts_are_other_processes():
    """Where the log names the hosts of a service, one's spans are not within another's."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0, host="a"),
        span("wide", 10, 90, 2, host="a"),
        span("tight", 20, 60, 3, host="b"),
        span("leaf", 30, 40, 4, host="a"),
        root_id=1,
    )

    assert (2, "containment") == parents["leaf"]


def test_a_span_without_a_host_may_be_on_any() -> None:
    """Rules of one service need not all say it."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0, service="edge"),
        span("wide", 10, 90, 2, host="a"),
        span("tight", 20, 60, 3, service="other"),
        span("leaf", 30, 40, 4),
        root_id=1,
    )

    assert (2, "containment") == parents["leaf"]


def test_span_that_outlasts_its_parent():
    """Of its own service, what it starts in and outlasts least; not what does the same beside it."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0, service="edge"),
        span("work", 10, 50, 2),
        span("flush", 40, 60, 3),
        span("work ", 45, 70, 4),
        root_id=1,
    )
    twins = [span("work", 10, 50, 2), span("work", 40, 60, 3)]
    sort_outermost_first(twins)
    infer(twins, 0)

    assert (2, "overlap") == parents["flush"]
    assert (3, "overlap") == parents["work "]
    assert [0, 0] == [twin.parent_id for twin in twins]


def test_clock_of_whole_milliseconds_is_compared_to_the_millisecond():
    """A span seems to outlast its caller by less than its clock can tell."""
    ms = 1_000_000
    for late, expected in ((ms, 2), (ms + 1, 1)):
        parents = inferred(
            span("root", 0, 100 * ms, 1, parent=0),
            span("call", 9 * ms + 5, 20 * ms, 2),
            span("served", 10 * ms, 20 * ms + late, 3, service="other"),
            root_id=1,
        )
        assert (expected, "containment") == parents["served"]


def test_no_parent_is_looked_for_where_it_is_given_to_a_call():
    """A call and its answer may share an id (B3); who called the call is then the answer's parent."""
    parents = inferred(
        span("root", 0, 100, 1, parent=0),
        span("call", 10, 50, 5, span_kind="client"),
        span("call", 20, 40, 5, service="other", span_kind="server"),
        root_id=1,
    )

    assert (1, "call") == parents["call"]


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
