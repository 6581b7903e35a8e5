import pytest

from logtrace.mapping import open_spans, pairing
from logtrace.mapping.pairing import BEHIND, Paired, Pairing
from logtrace.model import HalfSpan, Reject
from tests.support.halves import FakeRule, half, rules, whole


def shown(paired: Paired) -> list[str]:
    """Return which lines made each span, in the order in which they were closed."""
    return [mapped.span.name for mapped in paired.spans]


def take(pair: Pairing, *halves: HalfSpan, resets: tuple[int, ...] = ()) -> Paired:
    """Take lines of one stream, whose time is that of the last."""
    return pair.take("log", halves, halves[-1].time, resets)


def test_an_end_closes_the_start_of_its_key() -> None:
    """Lines with a key and no scope pair by it, in whatever order they end."""
    paired = take(
        Pairing(rules("pair")),
        half("start", 0, key="a"),
        half("start", 1, key="b"),
        half("end", 2, key="a"),
        half("end", 3, key="b"),
    )

    assert ["0-2", "1-3"] == shown(paired)
    assert [0, 0] == [mapped.span.parent_id for mapped in paired.spans]


def test_a_span_carries_its_lines_and_times() -> None:
    """A span starts at its first line, ends at its last, and knows the records of both."""
    (mapped,) = take(
        Pairing(rules("pair")), half("start", 7, time=50), half("end", 9, time=80)
    ).spans

    assert (9, (7,)) == (mapped.number, mapped.more)
    assert (50, 30, 0) == (mapped.span.start, mapped.span.duration, mapped.span.error)


def test_starts_of_a_scope_nest() -> None:
    """The enclosing open start is the parent, and the outermost gives the trace id."""
    inner, outer = take(
        Pairing(rules("pair", "pair")),
        half("start", 0, scope="t1"),
        half("start", 1, scope="t1", rule=1),
        half("end", 2, scope="t1", rule=1),
        half("end", 3, scope="t1"),
    ).spans

    assert (outer.span.span_id, outer.span.trace_id) == (
        inner.span.parent_id,
        inner.span.trace_id,
    )
    assert 0 == outer.span.parent_id


def test_scopes_do_not_meet() -> None:
    """An end in one thread leaves the same rule's start in another open."""
    pair = Pairing(rules("pair"))

    paired = take(pair, half("start", 0, scope="t1"), half("end", 1, scope="t2"))

    assert [(1, Reject.END_WITHOUT_START)] == paired.released
    assert 1 == pair.open


def test_streams_do_not_meet() -> None:
    """An end in one log leaves the start in another open."""
    pair = Pairing(rules("pair"))

    pair.take("one", [half("start", 0)], 0)
    paired = pair.take("two", [half("end", 1)], 1)

    assert [(1, Reject.END_WITHOUT_START)] == paired.released


def test_an_end_gives_up_what_is_open_above_its_start() -> None:
    """An outer end closes inner starts, innermost first, as unfinished up to their last line."""
    paired = take(
        Pairing(rules("pair", "pair", "event")),
        half("start", 0, scope="t"),
        half("start", 1, scope="t", rule=1, time=10),
        half("event", 2, scope="t", rule=2, time=15),
        half("end", 3, scope="t", time=40),
    )

    assert ["1-?", "0-3"] == shown(paired)
    assert (10, 5, 1) == (
        paired.spans[0].span.start,
        paired.spans[0].span.duration,
        paired.spans[0].span.error,
    )


def test_an_unfinished_span_lasts_until_the_last_line_in_it() -> None:
    """A start that never ends was at least at work until its last child was done."""
    pair = Pairing(rules("pair", "pair"))
    take(
        pair,
        half("start", 0),
        half("start", 1, rule=1, time=10),
        half("end", 2, rule=1, time=25),
    )

    (outer,) = pair.flush().spans

    assert 25 == outer.span.duration


def test_a_start_of_another_trace_is_no_child() -> None:
    """Within a scope, a start that names another trace has no parent there."""
    inner, _ = take(
        Pairing(rules("pair", "pair")),
        half("start", 0, scope="t", trace=1),
        half("start", 1, scope="t", rule=1, trace=2),
        half("end", 2, scope="t", rule=1),
        half("end", 3, scope="t"),
    ).spans

    assert (2, 0) == (inner.span.trace_id, inner.span.parent_id)


def test_a_recursive_start_pairs_with_the_nearest_end() -> None:
    """Of two open starts of one rule, an end closes the inner."""
    paired = take(
        Pairing(rules("pair")),
        half("start", 0),
        half("start", 1),
        half("end", 2),
        half("end", 3),
    )

    assert ["1-2", "0-3"] == shown(paired)


def test_a_start_that_waited_too_long_goes_out_unfinished() -> None:
    """After its timeout a start is sent without its end, which then finds nothing."""
    pair = Pairing(rules("pair"))
    pair.take("log", [half("start", 0)], 0)

    before = pair.tick("log", 99)
    after = pair.tick("log", 100)
    late = pair.take("log", [half("end", 1, time=101)], 101)

    assert [] == before.spans
    assert ["0-?"] == shown(after)
    assert [(1, Reject.END_WITHOUT_START)] == late.released


def test_time_moves_within_a_batch() -> None:
    """Hours of log in one batch time out as they would have, read as they were written."""
    paired = take(
        Pairing(rules("pair", "pair")),
        half("start", 0),
        half("start", 1, time=500, rule=1),
        half("end", 2, time=510, rule=1),
    )

    assert ["0-?", "1-2"] == shown(paired)
    assert 0 == paired.spans[1].span.parent_id


def test_a_timestamp_from_the_future_gives_up_nothing() -> None:
    """One line with a wrong date does not age the others of its batch."""
    paired = take(
        Pairing(rules("pair")),
        half("start", 0, key="a"),
        half("start", 1, key="b", time=10**18),
        half("end", 2, key="a", time=2),
    )

    assert ["0-2"] == shown(paired)


def test_a_group_is_over_when_it_is_quiet() -> None:
    """Every member puts the end of its group off by the pause."""
    pair = Pairing(rules("group"))
    pair.take("log", [half("member", 0, key="k")], 0)
    pair.take("log", [half("member", 8, key="k")], 8)

    quiet = pair.tick("log", 17)
    over = pair.tick("log", 18)

    assert [] == quiet.spans
    (mapped,) = over.spans
    assert (0, 8, 8, (0,)) == (
        mapped.span.start,
        mapped.span.duration,
        mapped.number,
        mapped.more,
    )
    assert 0 == pair.open


def test_a_group_takes_lines_in_any_order() -> None:
    """A group lasts from its earliest to its latest line and holds each of its lines once."""
    pair = Pairing(rules("group"))
    take(
        pair,
        half("member", 0, key="k", time=5),
        half("member", 1, key="k", time=9),
        half("member", 2, key="k", time=3),
    )

    (mapped,) = pair.flush().spans

    assert (3, 6) == (mapped.span.start, mapped.span.duration)
    assert [0, 1, 2] == sorted((mapped.number, *mapped.more))


def test_a_group_that_is_never_quiet_goes_out_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group is bounded in lines; what comes after is another."""
    monkeypatch.setattr(pairing, "MOST_LINES", 3)
    pair = Pairing(rules("group"))

    paired = take(pair, *(half("member", number, key="k", time=0) for number in range(7)))

    assert ["0-2", "3-5"] == shown(paired)
    assert [[0, 1, 2], [3, 4, 5]] == [sorted((m.number, *m.more)) for m in paired.spans]
    assert 1 == pair.open


@pytest.mark.parametrize("failing", [[], [0], [1], [2], [0, 2]])
def test_a_group_has_failed_if_one_of_its_lines_has(failing: list[int]) -> None:
    """Whichever it is, the first, the last, or one between them."""
    pair = Pairing(rules("group"))
    members = [half("member", number, key="k") for number in range(3)]
    for number in failing:
        members[number].failed = True
    take(pair, *members)
    (mapped,) = pair.flush().spans

    assert int(bool(failing)) == mapped.span.error


def test_a_group_needs_the_id_of_its_first_line_alone() -> None:
    """A line that would open a group without one is released; one that joins it needs none."""
    named = FakeRule(0, "group", named=True)
    pair = Pairing({0: named})
    paired = take(
        pair,
        half("member", 0, key="k"),
        half("member", 1, key="k", trace=5),
        half("member", 2, key="k"),
    )
    (mapped,) = pair.flush().spans

    assert [(0, Reject.NO_TRACE_ID)] == paired.released
    assert (5, 2, (1,)) == (mapped.span.trace_id, mapped.number, mapped.more)
    assert 0 == pair.open


def test_a_group_that_goes_on_after_it_has_left() -> None:
    """Its lines name the span that is gone: what comes later is one below it, with an id of its own."""
    rule = FakeRule(0, "group", span_id=77)
    pair = Pairing({0: rule})
    made = []
    for number in (0, 100, 200):
        take(pair, half("member", number, key="k", trace=5))
        made += pair.tick("log", number + 50).spans
    other = take(pair, half("member", 300, key="k", trace=6)), pair.tick("log", 350)

    first, second, third = (mapped.span for mapped in made)
    assert (77, 0) == (first.span_id, first.parent_id)
    assert [77, 77] == [second.parent_id, third.parent_id]
    assert 3 == len({first.span_id, second.span_id, third.span_id})
    assert [(False, True)] * 2 == [(mapped.root, mapped.parented) for mapped in made[1:]]
    assert [77] == [mapped.span.span_id for each in other for mapped in each.spans]


def test_only_so_many_groups_that_have_left_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more than that the one that left first is forgotten."""
    monkeypatch.setattr(open_spans, "MOST_CLOSED", 2)
    pair = Pairing({0: FakeRule(0, "group", span_id=77)})
    for number, trace in enumerate((1, 2, 3, 1)):
        take(pair, half("member", 100 * number, key=str(trace), trace=trace))
        (mapped,) = pair.tick("log", 100 * number + 50).spans

    assert 77 == mapped.span.span_id


def test_an_event_goes_to_the_span_of_its_own_line() -> None:
    """That is the innermost, whatever is open around it; the line comes back for both."""
    paired = take(
        Pairing(rules("pair", "event")),
        half("start", 0, scope="t"),
        whole(1, scope="t"),
        half("event", 1, scope="t", rule=1),
        half("event", 2, scope="t", rule=1),
        half("end", 3, scope="t"),
    )
    inner, outer = paired.spans

    assert ["1"] == [event["name"] for event in inner.span.span_events]
    assert ["2"] == [event["name"] for event in outer.span.span_events]
    assert ((1,), [0, 2]) == (inner.more, sorted(outer.more))
    assert [1, 3] == paired.places


def test_where_spans_were_closed() -> None:
    """A start that is given up is closed at the line by which it is known, or by none."""
    pair = Pairing(rules("pair"))
    first = take(
        pair,
        half("start", 0, scope="t"),
        half("start", 1, scope="u", time=1),
        half("start", 5, scope="v", time=150),
        resets=(4, 6),
    )
    take(pair, half("start", 7, scope="t", time=151))
    last = pair.tick("log", 500)

    assert (["0-?", "1-?", "5-?"], [4, 4, 6]) == (shown(first), first.places)
    assert (["7-?"], [BEHIND]) == (shown(last), last.places)


def test_an_event_goes_to_the_innermost_start_of_its_scope() -> None:
    """An event hangs in the span it was written in, whose lines it joins."""
    inner, outer = take(
        Pairing(rules("pair", "pair", "event")),
        half("start", 0, scope="t"),
        half("start", 1, scope="t", rule=1),
        half("event", 2, scope="t", rule=2),
        half("end", 3, scope="t", rule=1),
        half("end", 4, scope="t"),
    ).spans

    assert ["2"] == [event["name"] for event in inner.span.span_events]
    assert [] == outer.span.span_events
    assert (1, 2) == inner.more


def test_an_event_goes_to_the_open_group_of_its_key() -> None:
    """Without a scope an event finds a group by the same key."""
    pair = Pairing(rules("group", "event"))
    take(pair, half("member", 0, key="k"), half("event", 1, key="k", rule=1))

    (mapped,) = pair.flush().spans

    assert ["1"] == [event["name"] for event in mapped.span.span_events]


def test_an_event_goes_to_what_is_open_in_its_trace() -> None:
    """Failing scope and key, an event hangs in what was opened last in its trace."""
    pair = Pairing(rules("group", "event"))
    take(
        pair,
        half("member", 0, key="a", trace=5),
        half("member", 1, key="b", trace=5),
        half("member", 2, key="c", trace=6),
        half("event", 3, key="5", rule=1, trace=5),
    )

    hosts = [mapped.span.name for mapped in pair.flush().spans if mapped.span.span_events]

    assert ["1-1"] == hosts


def test_an_event_without_a_span_is_released() -> None:
    """An event that nothing encloses gives nothing, and says so."""
    paired = take(Pairing(rules("pair", "event")), half("event", 4, rule=1))

    assert [(4, Reject.EVENT_WITHOUT_SPAN)] == paired.released


def test_events_of_a_span_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the bound an event's line is released with its reason, not kept."""
    monkeypatch.setattr(pairing, "MOST_EVENTS", 1)

    paired = take(
        Pairing(rules("pair", "event")),
        half("start", 0),
        half("event", 1, rule=1),
        half("event", 2, rule=1),
    )

    assert [(2, Reject.TOO_MANY_OPEN)] == paired.released


def test_a_reset_ends_what_was_open_before_it() -> None:
    """A restart of the application closes open starts as unfinished, not what follows."""
    pair = Pairing(rules("pair"))

    paired = take(
        pair, half("start", 0), half("start", 2), half("start", 5), half("end", 6), resets=(5,)
    )

    assert ["2-?", "0-?", "5-6"] == shown(paired)


def test_a_reset_after_the_last_half_span_counts_too() -> None:
    """A reset is not lost because no other line of the batch mattered after it."""
    pair = Pairing(rules("pair"))

    paired = take(pair, half("start", 0), resets=(3,))

    assert ["0-?"] == shown(paired)


def test_a_reset_leaves_groups_and_other_streams_alone() -> None:
    """Only the stream's own starts belong to the process that was started anew."""
    pair = Pairing(rules("pair", "group"))
    pair.take("one", [half("start", 0), half("member", 1, rule=1, key="k")], 1)
    pair.take("two", [half("start", 2)], 2)

    paired = pair.take("one", [], 3, resets=[7])

    assert ["0-?"] == shown(paired)
    assert 2 == pair.open


def test_flush_closes_everything() -> None:
    """At the end starts are unfinished, inner ones first, and groups are whole."""
    pair = Pairing(rules("pair", "group"))
    take(
        pair,
        half("start", 0),
        half("start", 1),
        half("member", 2, rule=1, key="k"),
    )

    paired = pair.flush()

    assert ["1-?", "0-?", "2-2"] == shown(paired)
    assert 0 == pair.open


def test_above_the_bound_the_one_nearest_to_its_timeout_goes_out() -> None:
    """Open spans are bounded, and nothing is lost for it: the oldest is sent as unfinished."""
    pair = Pairing(rules("pair"), max_open=2)

    paired = take(pair, *(half("start", number, key=str(number)) for number in range(3)))

    assert (["0-?"], 1, 2) == (shown(paired), paired.evicted, pair.open)


def test_the_bound_holds_over_all_streams() -> None:
    """A stream with nothing open makes room in another."""
    pair = Pairing(rules("pair"), max_open=1)
    pair.take("one", [half("start", 0)], 0)

    paired = pair.take("two", [half("start", 1)], 1)

    assert (["0-?"], 1) == (shown(paired), pair.open)


def test_lines_of_a_span_that_its_rule_refuses_are_released() -> None:
    """A pair without a name gives nothing: both lines are released with the rule's reason."""
    pair = Pairing({0: FakeRule(0, refuses=True)})

    paired = take(pair, half("start", 0), half("end", 1))

    assert [(0, Reject.NO_NAME), (1, Reject.NO_NAME)] == paired.released
    assert [] == paired.spans


def test_starts_that_never_end_leave_no_trace_behind() -> None:
    """Memory follows what is open, however many starts of a scope have timed out before."""
    pair = Pairing({0: FakeRule(0, timeout=5)})

    for number in range(2000):
        pair.take("log", [half("start", number, scope="t")], number)

    state = pair._streams["log"]
    assert pair.open == 5
    assert len(state.due) < 50
    assert len(state.scopes["t", ""]._items) < 50
    chain, outer = 0, state.scopes["t", ""].top()
    while outer is not None:
        chain, outer = chain + 1, outer.outer
    assert chain < 10


def test_an_end_may_close_all_starts_of_its_key() -> None:
    """Of its rule and key only; it comes back as often, and is released if it closes none."""
    batch = FakeRule(0, closes_all=True)
    paired = take(
        Pairing({0: batch, 1: FakeRule(1)}),
        half("start", 0, key="a"),
        half("start", 1, key="a"),
        half("start", 2, key="b"),
        half("start", 3, key="a", rule=1),
        half("end", 4, key="a"),
        half("end", 5, key="a"),
    )

    assert ["1-4", "0-4"] == shown(paired)
    assert [(4, 2)] == paired.ends
    assert [(5, Reject.END_WITHOUT_START)] == paired.released


def test_an_end_that_closes_all_of_a_scope_gives_up_what_is_between() -> None:
    """As it gives up what is above a single one."""
    paired = take(
        Pairing({0: FakeRule(0, closes_all=True), 1: FakeRule(1)}),
        half("start", 0, scope="t"),
        half("start", 1, scope="t", rule=1),
        half("start", 2, scope="t"),
        half("end", 3, scope="t"),
    )

    assert ["2-3", "1-?", "0-3"] == shown(paired)


# ── spans by themselves ───────────────────────────────────────────────────────────────────────────


def test_a_span_within_a_start_of_its_scope_is_its_child() -> None:
    """In its trace, and with its own children; the innermost open start is the parent."""
    inside, inner, outer = take(
        Pairing(rules("pair", "pair")),
        half("start", 0, scope="t1"),
        half("start", 1, scope="t1", rule=1),
        whole(2, scope="t1", children=1),
        half("end", 3, scope="t1", rule=1),
        half("end", 4, scope="t1"),
    ).spans

    assert inner.span.span_id == inside.span.parent_id
    assert {outer.span.trace_id} == {
        span.trace_id for span in (inside.span, inner.span, *inside.children)
    }
    assert (False, True) == (inside.root, inside.parented)


def test_a_span_without_a_start_around_it_is_as_it_was() -> None:
    """In another scope, behind the end, or where none may be its parent: a trace of its own."""
    lines = (
        whole(0, scope="t1"),
        half("start", 1, scope="t1"),
        whole(2, scope="t2"),
        whole(3),
        half("end", 4, scope="t1"),
        whole(5, scope="t1"),
    )
    spans = [mapped for mapped in take(Pairing(rules("pair")), *lines).spans if mapped.root]

    assert [(0, 1000), (2, 1002), (3, 1003), (5, 1005)] == [
        (mapped.number, mapped.span.trace_id) for mapped in spans
    ]
    assert {0} == {mapped.span.parent_id for mapped in spans}


@pytest.mark.parametrize(
    ("trace", "parent", "expected"), [(500, 0, (500, 1)), (500, 9, (500, 9)), (600, 0, (600, 0))]
)
def test_a_span_with_a_trace_id_keeps_it(
    trace: int, parent: int, expected: tuple[int, int]
) -> None:
    """A start of the same trace is its parent, unless the log names another; one of another is not."""
    inside, _ = take(
        Pairing(rules("pair")),
        half("start", 0, scope="t1", trace=500),
        whole(1, scope="t1", trace=trace, parent=parent),
        half("end", 2, scope="t1", trace=500),
    ).spans

    assert expected == (inside.span.trace_id, inside.span.parent_id)


def test_an_unfinished_start_lasts_until_the_spans_in_it() -> None:
    """As it does for starts and events."""
    pair = Pairing(rules("pair"))
    take(pair, half("start", 0, scope="t1"), whole(7, scope="t1"))

    assert [7] == [mapped.span.duration for mapped in pair.flush().spans]


# ── lines that several rules take ─────────────────────────────────────────────────────────────────


def test_what_a_line_begins_is_in_the_trace_of_what_it_ends() -> None:
    """A phase ends and the next begins with the same line: one trace, and it comes back twice."""
    first, second = take(
        Pairing(rules("pair", "pair")),
        half("start", 0, key="p"),
        half("end", 1, key="p"),
        half("start", 1, rule=1, key="p", trace=700),
        half("end", 2, rule=1, key="p"),
    ).spans

    assert (1, 1) == (first.span.trace_id, second.span.trace_id)
    assert [0, 1, 1, 2] == sorted([first.number, *first.more, second.number, *second.more])


def test_later_rules_join_the_trace_of_the_first() -> None:
    """Whatever ids they name: starts, groups and spans alike."""
    paired = take(
        Pairing(rules("pair", "group")),
        whole(0, trace=500),
        half("start", 0, key="p", trace=600),
        half("member", 0, rule=1, key="g", trace=700),
        whole(0, children=1),
        half("end", 1, key="p"),
    )
    pair_of_them = [*paired.spans]

    assert {500} == {mapped.span.trace_id for mapped in pair_of_them}
    assert [500] == [child.trace_id for mapped in pair_of_them for child in mapped.children]
    moved = pair_of_them[1]
    assert (False, False, 0) == (moved.root, moved.parented, moved.span.parent_id)


def test_a_line_that_starts_and_is_an_event_comes_back_twice() -> None:
    """Also from a span whose only line it is."""
    pair = Pairing(rules("pair", "event"))
    take(pair, half("start", 0), half("event", 0, rule=1))
    (mapped,) = pair.flush().spans

    assert [0, 0] == [mapped.number, *mapped.more]


def test_above_the_bound_of_bytes_spans_go_out() -> None:
    """Each half is taken for its share of its batch; what is closed makes room, and says its size."""
    pair = Pairing(rules("pair"), max_bytes=1000)
    starts = [half("start", number, key=str(number)) for number in range(3)]

    first = pair.take("app", starts[:2], 0, size=900)
    second = pair.take("app", starts[2:], 0, size=500)

    assert ([], 0) == (shown(first), first.evicted)
    assert (["0-?"], 1, 450) == (shown(second), second.evicted, second.size)
    assert (2, 950) == (pair.open, pair.open_bytes)
    assert 950 == pair.flush().size
    assert 0 == pair.open_bytes


def test_events_and_members_hold_bytes_too() -> None:
    """A group those of two lines, however many it has; a span those of all its events."""
    pair = Pairing(rules("group", "event"))
    for number in range(5):
        pair.take("app", [half("member", number, key="k")], 0, size=100)
    assert 200 == pair.open_bytes
    for number in range(5, 8):
        pair.take("app", [half("event", number, rule=1, key="k")], 0, size=100)
    assert 500 == pair.open_bytes
