from typing import Any

from logtrace.config.cases import SpanCase
from logtrace.insight.differences import MOST_PAIRS, Difference, compare, lacking
from logtrace.model import Span
from tests.support.mapping import MARK, text

ROOT = Span("shop", "web.request", "GET /", 7, 1, 1000, 500, error=1)
CHILD = Span(
    *("shop", "db.query", "select", 7, 2, 1100, 50),
    parent_id=1,
    meta={"user": "ann", "_dd.p.tid": "00000000000000ab"},
    metrics={"rows": 3.0},
    span_events=[{"name": "retry"}, {"name": "log.error"}],
)
TRACE = [ROOT, CHILD]
CAME = [(span, TRACE) for span in TRACE]


def case(**keys: Any) -> SpanCase:
    """Return an expected span; texts may be plain."""
    made = {key: text(value) if isinstance(value, str) else value for key, value in keys.items()}
    return SpanCase(mark=MARK, **made)


def found(*expected: SpanCase) -> list[Difference]:
    """Return the differences of pairs of which both are there."""
    return [each for _, _, differences in compare(expected, CAME) for each in differences]


def pairs(*expected: SpanCase) -> list[tuple[int | None, int | None]]:
    """Return who was held against whom."""
    return [(i, j) for i, j, _ in compare(expected, CAME)]


def test_what_is_not_written_is_not_compared() -> None:
    """An expected span without keys is any span."""
    assert [] == found(case(), case())
    assert [] == found(case(), case(tags={"user": text("ann")}, metrics={"rows": text("3")}))


def test_each_key_is_compared_with_what_came() -> None:
    """As the two are: texts, numbers, tables."""
    expected = case(
        name="web.request", error=0, duration=501, tags={"user": text("bob")}, metrics={"rows": "x"}
    )
    assert [
        Difference("expect[0].error", 0, 1),
        Difference("expect[0].duration", 501, 500),
        Difference("expect[0].tags.user", "bob", None),
        Difference("expect[0].metrics.rows", "x", None),
    ] == found(expected, case())


def test_ids_are_read_as_a_rule_would_read_them() -> None:
    """Hex and decimal, 64 bits and 128, and any other text by its hash."""
    assert [] == found(case(trace_id="7", span_id="1", parent_id=""), case(parent_id="0x1"))
    assert [] == found(case(trace_id="00000000000000ab0000000000000007"), case())
    assert [
        Difference(
            "expect[0].trace_id",
            "00000000000000ac0000000000000007",
            "00000000000000ab0000000000000007",
        )
    ] == found(case(trace_id="00000000000000ac0000000000000007"), case())


def test_a_parent_is_known_by_its_name() -> None:
    """Its id may be derived, and then nobody can write it."""
    assert [] == found(case(parent=""), case(parent="web.request"))
    assert [
        Difference("expect[0].parent", "db.query", ""),
        Difference("expect[1].parent", "", "web.request"),
    ] == found(case(parent="db.query"), case(parent=""))
    (pair,) = compare([case(parent="")], [(CHILD, [CHILD])])
    assert [Difference("expect[0].parent", "", "a span that is not here")] == pair[2]


def test_a_span_can_be_without_something() -> None:
    """A tag or a metric that is there is the difference."""
    without = case(without=("user", "rows", "none"))
    assert [] == found(without, case())
    assert [
        Difference("expect[1].tags.user", None, "ann"),
        Difference("expect[1].metrics.rows", None, 3.0),
    ] == found(case(), without)


def test_events_are_all_of_them_in_order() -> None:
    """By their names."""
    assert [] == found(case(events=()), case(events=("retry", "log.error")))
    assert [Difference("expect[1].events", ["retry"], ["retry", "log.error"])] == found(
        case(), case(events=("retry",))
    )


def test_one_span_too_few_does_not_shift_the_others() -> None:
    """Each expected span is held against the one that is most like it."""
    assert [(0, 0), (1, None), (2, 1)] == pairs(
        case(name="web.request"), case(name="cache.get"), case(name="db.query")
    )
    assert [(None, 0), (0, 1)] == pairs(case(name="db.query", duration=51))
    assert [(None, 0), (None, 1)] == pairs()
    assert [(0, None)] == [(i, j) for i, j, _ in compare([case()], [])]


def test_a_span_of_another_name_in_its_place_is_that_span() -> None:
    """Where as many came as were expected, one that is called otherwise is one difference."""
    expected = (case(name="http.request", duration=500), case(name="db.query"))
    assert [(0, 0), (1, 1)] == pairs(*expected)
    assert [Difference("expect[0].name", "http.request", "web.request")] == found(*expected)


def test_a_span_of_which_all_is_wrong_is_another_span() -> None:
    """Then one is missing, and one is too many."""
    wrong = case(name="a", resource="b", service="c", type="d", duration=1, start=2, error=0)
    result = pairs(wrong, case(name="db.query"))
    assert {(None, 0), (0, None), (1, 1)} == set(result)
    assert (1, 1) == result[-1]


def test_very_many_spans_are_held_against_one_another_in_order() -> None:
    """Weighing each against each would take too long."""
    many = [case(name="db.query")] * (MOST_PAIRS // 2 + 1)
    result = compare(many, CAME)
    assert [(0, 0), (1, 1), (2, None)] == [(i, j) for i, j, _ in result[:3]]
    assert len(many) == len(result)


def test_what_is_lacking_is_told_by_its_keys() -> None:
    """Those that a person knows a span by."""
    assert Difference("expect[2]", {"name": "a", "error": 0}, None) == lacking(
        2, case(name="a", error=0, trace_id="7")
    )
