"""Whatever a trace holds: what is sent is what the Agent keeps, and it has nothing to say about it."""

from copy import deepcopy
from typing import Any

import msgspec
from hypothesis import assume, example, given
from hypothesis import strategies as st

from logtrace.model import Refusal, Rewrite, Span
from logtrace.ship.normalise import examine, prepare
from logtrace.web.strict import YEAR_2000, judge
from tests.support.clock import NOON
from tests.support.traces import events, floats, links, span

CHECKS = st.sampled_from([prepare, examine])

OURS = {
    Rewrite.TYPE_NOT_SQL,
    Rewrite.TAGS_LEFT_OUT,
    Rewrite.EVENT_CUT,
    Rewrite.EVENTS_LEFT_OUT,
    Rewrite.LINK_CUT,
    Rewrite.LINKS_LEFT_OUT,
}
"""Changes that the stand-in does not make: it cuts no events, and cannot tell what SQL becomes."""

characters = st.characters(exclude_categories=["Cs"])
odd_texts = st.one_of(
    st.sampled_from(["", "!", "shop", "My Shop", "GET /", "a_._b", "__x", "ẞİ", "½ x", "SELECT 1"]),
    st.text(characters, max_size=8),
    # at the borders of 100, 200, 5,000 and 25,000 bytes
    st.builds(
        lambda size, text: (text * size)[:size],
        st.sampled_from([49, 51, 99, 101, 197, 201, 4_999, 5_001, 6_260, 24_999, 25_001]),
        st.sampled_from(["a", "A!", "é", "aé", "€", "🧀x", "语"]),
    ),
)
times = st.one_of(
    st.sampled_from([0, -1, 2**63 - 1, -(2**63), 946_684_799_999_999_999, NOON]),
    st.integers(-(2**63), 2**63 - 1),
)
keys = st.one_of(
    st.sampled_from(["env", "http.status_code", "peer.service", "_dd.base_service", "_dd.x.json"]),
    odd_texts.filter(lambda text: len(text) < 1000),
)
values = odd_texts | st.sampled_from(["200", "0404", "99", "OK"])

odd_spans = st.builds(
    Span,
    service=odd_texts,
    name=odd_texts,
    resource=odd_texts,
    trace_id=st.sampled_from([7] * 8 + [0, 8]),
    span_id=st.sampled_from([7, 8, 9] * 3 + [0]),
    parent_id=st.sampled_from([0, 7, 9]),
    start=times,
    duration=times,
    type=st.sampled_from(["", "web", "sql", "cassandra"]) | odd_texts,
    meta=st.dictionaries(keys, values, max_size=3),
    metrics=st.dictionaries(keys, floats, max_size=2),
    span_events=st.lists(events, max_size=1),
    span_links=st.none() | st.lists(links, max_size=1),
)
odd_traces = st.lists(odd_spans, min_size=1, max_size=3)


def kept(before: list[Span], after: list[Span], sent: list[Span]) -> list[Span]:
    """Return of the spans as they were before those that were sent, of type `db` where that is ours."""
    identities = {id(span) for span in sent}
    result = []
    for old, new in zip(before, after, strict=True):
        if old.type in ("sql", "cassandra"):
            old.type = new.type
        if id(new) in identities:
            result.append(old)
    return result


@given(odd_traces, CHECKS)
def test_the_agent_finds_nothing_to_change(spans: list[Span], check: Any) -> None:
    """Nothing is dropped behind the 200, and no field is rewritten."""
    sent = check(spans, NOON).spans
    verdict = judge([sent] if sent else [], NOON, "python")

    assert [] == verdict.dropped
    assert [] == verdict.rewritten


@given(odd_traces, CHECKS)
@example([span(7, start=0, duration=2**62), span(7, type="sql", resource="")], prepare)
def test_what_is_sent_is_what_the_agent_would_have_kept(spans: list[Span], check: Any) -> None:
    """Field by field, but for what is cut shorter so that it is not cut again."""
    before = deepcopy(spans)
    sent = check(spans, NOON).spans
    if not sent:
        return
    [expected] = judge([kept(before, spans, sent)], NOON, "python").traces
    for ours, theirs in zip(sent, expected, strict=True):
        for field in ("service", "name", "resource", "type", "trace_id", "span_id", "parent_id"):
            assert getattr(theirs, field) == getattr(ours, field)
        if theirs.duration < NOON - YEAR_2000:  # else no start is right
            assert (theirs.start, theirs.duration) == (ours.start, ours.duration)
        assert comparable(theirs.meta) == comparable(ours.meta)
        assert comparable(theirs.metrics) == comparable(ours.metrics)


def comparable(tags: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Return tags with the beginnings of long values, and the beginnings of keys that were cut.

    What is cut ends in `...` a little earlier here, and of two keys that become one another may stay.
    """
    short = {
        key: value[:6000] if isinstance(value, str) else value
        for key, value in tags.items()
        if not key.endswith("...")
    }
    return short, {key[:40] for key in tags if key.endswith("...")}


@given(odd_traces)
def test_changes_have_the_agents_reasons(spans: list[Span]) -> None:
    """As many of each as the Agent would have counted, and a word for each span left out.

    Of tags whose names become one when they are cut, the Agent keeps any: what it counts is chance.
    """
    assume(all(len({key[:60] for key in span.meta}) == len(span.meta) for span in spans))
    before = deepcopy(spans)
    prepared = examine(spans, NOON)
    theirs = judge([kept(before, spans, prepared.spans)], NOON, "python").reasons()
    del theirs["empty_trace"], theirs["duplicate_span_id"]  # that the assembler sees
    ours = {reason: count for reason, count in prepared.rewritten.items() if reason not in OURS}
    durations = (theirs.pop("invalid_duration", 0), ours.pop(Rewrite.INVALID_DURATION, 0))

    assert durations[0] <= durations[1]
    assert theirs == ours
    assert len(spans) - len(prepared.spans) == sum(prepared.refused.values())
    assert set(prepared.refused) <= {
        Refusal.TRACE_ID_ZERO,
        Refusal.SPAN_ID_ZERO,
        Refusal.FOREIGN_SPAN,
    }


@given(odd_traces, CHECKS, CHECKS)
def test_the_second_time_there_is_nothing_to_do(spans: list[Span], first: Any, second: Any) -> None:
    """Whichever check comes first: a trace may pass several times."""
    sent = first(spans, NOON).spans
    before = [msgspec.json.encode(span) for span in sent]
    again = second(sent, NOON)

    assert sent is again.spans
    assert None is again.findings
    assert before == [msgspec.json.encode(span) for span in again.spans]


@given(odd_traces)
def test_both_checks_do_the_same(spans: list[Span]) -> None:
    """The quick test misses nothing that the complete one finds in values of the right types."""
    copies = deepcopy(spans)
    quick, complete = prepare(spans, NOON), examine(copies, NOON)

    assert complete.spans == quick.spans
    assert (complete.refused, complete.rewritten) == (quick.refused, quick.rewritten)


anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=3),
    st.lists(st.text(max_size=2), max_size=2), st.dictionaries(st.text(max_size=2), st.none()),
)  # fmt: skip


@given(
    st.sampled_from(Span.__struct_fields__),
    anything,
    st.lists(st.dictionaries(st.text(max_size=3), anything) | anything, max_size=2),
    CHECKS,
)
def test_no_value_makes_it_raise(field: str, value: Any, attached: list[Any], check: Any) -> None:
    """Any value in any field, any event and any link: a good span beside it is sent."""
    good, odd = span(7), span(7, span_events=attached, span_links=attached)
    setattr(odd, field, value)
    sent = check([good, odd], NOON).spans

    assert any(good is one for one in sent)
    assert msgspec.msgpack.encode(examine([good], NOON).spans)
    if check is examine:
        assert msgspec.msgpack.encode([each for each in sent if each is not odd or field != "type"])
