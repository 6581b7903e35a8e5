"""No request, however odd, gets more than an answer out of the strict Agent."""

import json
from typing import Any

import msgpack
from hypothesis import example, given
from hypothesis import strategies as st

from logtrace.model import Span
from logtrace.web.decoder import Refused, decode
from logtrace.web.page import trace as trace_page
from logtrace.web.recent import Received, Recent
from logtrace.web.rows import arrange
from logtrace.web.strict import judge, operation_name, tag_value
from tests.support.clock import NOON
from tests.support.traces import payloads, span, span_lists

TYPES = st.sampled_from(["application/msgpack", "application/json", "text/plain", ""])

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
)
NAMES = ["trace_id", "span_id", "start", "duration", "meta", "metrics", "error", "span_events"]
odd_spans = st.dictionaries(
    st.sampled_from(NAMES), scalars | st.dictionaries(st.text(max_size=3), scalars, max_size=2)
)
odd_payloads = st.recursive(
    scalars | odd_spans, lambda inner: st.lists(inner, max_size=3), max_leaves=8
)


def read(body: bytes, content_type: str) -> list[list[Span]] | Refused:
    """Return what the strict Agent makes of a body; any other exception fails the test."""
    try:
        traces = decode(body, content_type, "/v0.4/traces")
    except Refused as error:
        return error
    judge(traces, NOON, "python")
    return traces


@given(st.binary(max_size=200), TYPES)
@example(b"\xdd\xff\xff\xff\xff", "application/msgpack")
@example(b"\xdf\xff\xff\xff\xff", "application/msgpack")
@example(b"\xc6\xff\xff\xff\xff", "application/msgpack")
@example(b"\x91" * 100_000, "application/msgpack")
@example(b"[" * 100_000, "application/json")
@example(b'["\\ud800",' + b"[" * 900 + b"]" * 900 + b"]", "application/json")
@example(b'[[{"trace_id":' + b"9" * 5000 + b"}]]", "application/json")
@example(b"\x91\x91\x81\x90\x01", "application/msgpack")
def test_any_bytes_get_an_answer(body: bytes, content_type: str) -> None:
    """Random bytes are spans or a refusal."""
    read(body, content_type)


@given(odd_payloads)
def test_any_values_get_the_same_answer_in_both_forms(payload: Any) -> None:
    """JSON and MessagePack are refused for the same values, negative ids apart."""
    as_json = read(json.dumps(payload).encode(), "application/json")
    as_msgpack = read(msgpack.packb(payload), "application/msgpack")

    if isinstance(as_json, Refused) and "from 0 to" in str(as_json):
        return
    assert isinstance(as_json, Refused) is isinstance(as_msgpack, Refused)


@given(st.text(max_size=30))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    """What the Agent has normalised it leaves alone."""
    text = text.encode("utf-8", "replace").decode()
    assert tag_value(text) == tag_value(tag_value(text))
    assert operation_name(text) == operation_name(operation_name(text))


@given(payloads)
def test_judging_twice_finds_nothing_new(payload: list[list[Span]]) -> None:
    """The traces that the Agent keeps are as it wants them, but for spans longer than its epoch."""
    kept = judge(payload, NOON).traces
    assert {"invalid_start_date", "duplicate_span_id"} >= set(judge(kept, NOON).reasons())


@given(span_lists(), st.integers(1, 5), st.integers(1, 3))
def test_every_span_is_in_one_row_or_counted(spans: list[Span], limit: int, crowd: int) -> None:
    """Whatever the parents say, a circle too, the rows and the hidden ones are all there are."""
    for target in spans[1:]:
        target.parent_id = spans[-1].span_id
    rows = arrange(spans, limit, crowd)
    shown = [id(span) for row in rows.rows for span in row.spans]

    assert len(spans) == len(shown) + rows.hidden
    assert len(shown) == len(set(shown))
    assert len(rows.rows) <= limit
    assert all(-1e-9 <= row.left <= row.left + row.width <= 1 + 1e-9 for row in rows.rows)


@given(span_lists())
def test_any_trace_can_be_shown(spans: list[Span]) -> None:
    """The page holds no markup but its own."""
    page = trace_page(Received(spans, NOON, 1))
    assert page.count("<script") == 0
    assert page.count("<details") == len(spans)


@given(st.lists(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 9)), max_size=4), max_size=6))
def test_memory_is_bounded(stories: list[list[tuple[int, int]]]) -> None:
    """However many traces come, no more than the bound are remembered, the newest among them."""
    recent = Recent(traces=3, spans=5)
    for story in stories:
        recent.add(judge([[span(number)] * size for number, size in story], NOON), NOON)
    newest = recent.newest()

    assert len(newest) <= 3
    assert sum(len(trace.spans) for trace in newest) <= 5
    if stories and stories[-1]:
        assert stories[-1][-1][0] == newest[0].spans[0].trace_id
