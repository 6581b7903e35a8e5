"""The order of a trace's rows and the places of their bars."""

from logtrace.model import Span
from logtrace.web.rows import Rows, arrange
from tests.support.clock import NOON
from tests.support.traces import span


def child(number: int, parent: int, start: int = 0, duration: int = 10, name: str = "") -> Span:
    """Return a span of trace 1 that starts so many nanoseconds into it."""
    return span(
        1,
        span_id=number,
        parent_id=parent,
        start=NOON + start,
        duration=duration,
        name=name or f"op.{number}",
    )


def order(rows: Rows) -> list[tuple[int, int]]:
    """Return depth and span id of each row."""
    return [(row.depth, row.spans[0].span_id) for row in rows.rows]


def test_a_tree_in_reading_order() -> None:
    """Parents before children, siblings by start."""
    spans = [child(4, 1, 50), child(2, 1, 10), child(3, 2, 20), child(1, 0, 0, 100)]
    rows = arrange(spans)

    assert [(0, 1), (1, 2), (2, 3), (1, 4)] == order(rows)
    assert [True, False, True, True] == [row.last for row in rows.rows]
    assert [(), (False,), (False, True), (False,)] == [row.guides for row in rows.rows]


def test_bars_are_parts_of_the_whole() -> None:
    """From 0 to 1, whatever the unit."""
    rows = arrange([child(1, 0, 0, 100), child(2, 1, 25, 50)])

    assert [(0.0, 1.0), (0.25, 0.5)] == [(row.left, row.width) for row in rows.rows]
    assert (NOON, 100) == (rows.start, rows.duration)


def test_a_trace_without_duration() -> None:
    """Bars without length at the beginning."""
    rows = arrange([child(1, 0, 0, 0)])
    assert [(0.0, 0.0)] == [(row.left, row.width) for row in rows.rows]


def test_orphans_stand_behind_the_root() -> None:
    """A span whose parent is not here is at the top level."""
    spans = [child(5, 99, 0), child(1, 0, 10), child(2, 5, 5)]
    rows = arrange(spans)

    assert [(0, 1), (0, 5), (1, 2)] == order(rows)
    assert 1 == rows.root.span_id


def test_circles_and_selves_end() -> None:
    """Parents in a circle, or a span that is its own parent, are shown once each."""
    assert [(0, 1), (1, 2)] == order(arrange([child(1, 2), child(2, 1)]))
    assert [(0, 3)] == order(arrange([child(3, 3)]))


def test_spans_of_one_id_are_all_shown() -> None:
    """Their children are shown once, under the first."""
    spans = [child(1, 0, 0), child(1, 0, 5), child(2, 1, 7)]
    assert [(0, 1), (1, 2), (0, 1)] == order(arrange(spans))


def test_a_crowd_is_folded() -> None:
    """Of many childless siblings of one kind three are shown; a fold stands for the rest."""
    crowd = [child(i, 1, i, 1, "db.query") for i in range(10, 30)]
    rows = arrange([child(1, 0, 0, 100), *crowd, child(50, 1, 40)], crowd=8)
    fold = rows.rows[4]

    assert [(0, 1), (1, 10), (1, 11), (1, 12), (1, 13), (1, 50)] == order(rows)
    assert 17 == len(fold.spans)
    assert (0.13, 0.17) == (fold.left, round(fold.width, 6))
    assert 0 == rows.hidden


def test_siblings_with_children_are_not_folded() -> None:
    """A fold would hide what is below them."""
    crowd = [child(i, 1, i, 1, "db.query") for i in range(10, 30)]
    rows = arrange([child(1, 0, 0, 100), *crowd, child(99, 29, 29)], crowd=8)

    assert (1, 29) in order(rows)
    assert (2, 99) in order(rows)


def test_rows_beyond_the_limit_are_counted() -> None:
    """With the errors among them."""
    spans = [child(1, 0), *(child(i, 1, i) for i in range(2, 20))]
    spans[-1].error = 1
    rows = arrange(spans, limit=5)

    assert (5, 14, 1) == (len(rows.rows), rows.hidden, rows.errors)


def test_a_deep_chain_is_no_recursion() -> None:
    """Thousands of levels are only rows."""
    rows = arrange([child(i, i - 1, i) for i in range(1, 3000)], limit=2000)
    assert 1999 == rows.rows[-1].depth
