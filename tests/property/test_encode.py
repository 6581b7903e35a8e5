"""Whatever a span holds: what we encode is what the Agent reads."""

import json
from typing import Any

import msgpack
import msgspec
from hypothesis import given
from hypothesis import strategies as st

from logtrace.model import Rewrite, Span
from logtrace.ship.encode import V03, V04, Encoding
from logtrace.ship.event_tag import events_as_tags
from logtrace.ship.findings import Findings
from logtrace.ship.normalise import examine, prepare
from logtrace.ship.refusals import refuse
from logtrace.ship.texts import VALUE_BYTES
from logtrace.web.decoder import Refused, decode
from logtrace.web.strict import judge
from tests.support.clock import NOON
from tests.support.traces import payloads, span, span_lists

FORMS = st.sampled_from([V03, V04])


def prepared(payload: list[list[Span]]) -> list[list[Span]]:
    """Return the traces as the shipper encodes them."""
    return [prepare(spans, NOON).spans for spans in payload]


def plain(payload: list[list[Span]]) -> list[list[dict[str, Any]]]:
    """Return the maps that a payload stands for, with every field."""
    return [[msgspec.structs.asdict(span) for span in spans] for spans in payload]


@given(payloads, FORMS)
def test_the_strict_agent_reads_what_was_encoded(payload: list[list[Span]], form: Encoding) -> None:
    """Any valid payload is accepted and decodes to the same spans."""
    sent = prepared(payload)
    assert plain(sent) == plain(decode(form.encode(sent), form.content_type, form.path))


@given(payloads, FORMS)
def test_other_decoders_read_the_same(payload: list[list[Span]], form: Encoding) -> None:
    """The msgpack library and json agree with the strict Agent."""
    sent = prepared(payload)
    body = form.encode(sent)
    traces = json.loads(body) if form is V03 else msgpack.unpackb(body)
    empty = msgspec.structs.asdict(span(1)) | {"meta": {}, "metrics": {}, "type": ""}
    zero = {name: "" if isinstance(value, str) else value for name, value in empty.items()}
    assert plain(sent) == [[zero | fields for fields in spans] for spans in traces]


anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=3)
)


@given(
    span_lists(),
    st.sampled_from(["trace_id", "span_id", "parent_id", "start", "duration", "error", "name"]),
    anything,
    FORMS,
)
def test_a_span_passes_the_complete_check_only_if_the_agent_takes_it(
    spans: list[Span], field: str, value: object, form: Encoding
) -> None:
    """`refuse` never lets pass what the Agent answers with a 400 or drops."""
    setattr(spans[-1], field, value)
    if refuse(spans[-1], spans[0].trace_id) is not None:
        return
    kept = examine(spans, NOON).spans
    try:
        verdict = judge(decode(form.encode([kept]), form.content_type, form.path), NOON)
    except Refused as error:
        raise AssertionError(error) from error
    assert [] == verdict.dropped


@given(span_lists(), st.text(st.characters(), max_size=8), FORMS)
def test_no_text_fails_to_encode(spans: list[Span], odd: str, form: Encoding) -> None:
    """Lone surrogates, in any place that holds text, are replaced."""
    event = {"name": odd, "time_unix_nano": 1, "attributes": {odd: odd}}
    link = {"trace_id": 1, "span_id": 1, "attributes": {odd: odd}, "tracestate": odd}
    for target in spans:
        target.service = target.name = target.resource = target.type = odd
        target.meta, target.metrics = {odd: odd, "env": odd}, {odd: 1.0}
        target.span_events, target.span_links = [event], [link]
    sent = prepare(spans, NOON).spans

    assert len(sent) == len(decode(form.encode([sent]), form.content_type, form.path)[0])
    assert form.encode([events_as_tags(sent, Findings().note)])


fat = st.builds(
    lambda text, size: (text * size)[:size],
    st.sampled_from(["a", "é", "\0", '"', "🧀\n"]),
    st.sampled_from([0, 90, 110, 300, 3_000, 25_000]),
)
fat_events = st.builds(
    lambda attributes, count: [
        {"name": "\1" * 100, "time_unix_nano": number, "attributes": attributes}
        for number in range(count)
    ],
    st.dictionaries(
        fat.map(lambda text: text[:300]), fat | st.integers() | st.booleans(), max_size=4
    ),
    st.sampled_from([1, 2, 8, 50, 200]),
)


@given(fat_events)
def test_events_as_a_tag_are_read_and_what_they_lost_is_known(events: list[dict[str, Any]]) -> None:
    """The tag fits, is JSON, misses only what was noted, and nothing more the second time."""
    [before] = prepare([span(7, span_events=events)], NOON).spans
    whole = list(before.span_events)
    findings, again = Findings(), Findings()
    [tagged] = events_as_tags([before], findings.note)
    tag = tagged.meta["events"]
    sent = json.loads(tag)

    assert len(tag.encode()) <= VALUE_BYTES
    assert (len(sent) < len(whole)) is (Rewrite.EVENTS_LEFT_OUT in findings.rewritten)
    assert (before.span_events != whole[: len(sent)]) is (Rewrite.EVENT_CUT in findings.rewritten)
    assert [tagged] == events_as_tags([before], again.note)
    assert not again
    assert sent
