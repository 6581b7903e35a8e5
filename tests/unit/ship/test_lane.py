"""What becomes of traces on their way to the Agent, with one request at a time."""

import pytest

from logtrace.clock import MILLISECOND, SECOND
from logtrace.ship.backoff import LONGEST
from logtrace.ship.encode import V03, V04
from logtrace.ship.redact import Redactor
from logtrace.ship.replies import Info
from logtrace.ship.shipper import FLUSH_AFTER, FLUSH_SPANS
from logtrace.ship.sizes import LARGEST_BYTES, PAYLOAD_BYTES
from tests.support.intake import DOWN
from tests.support.stage import Stage
from tests.support.traces import span, trace, traces


def test_what_the_agent_takes_is_done() -> None:
    """Delivered traces give their numbers back, once, and are counted."""
    stage = Stage()
    stage.ship(*traces(1, 3))

    assert [1, 2, 3] == stage.agent.ids
    assert [1, 2, 3] == stage.shipper.take_done()
    assert [] == stage.shipper.take_done()
    assert 0 == stage.shipper.pending
    assert 3 == stage.telemetry.count("spans_shipped")
    assert 1 == stage.telemetry.count("payloads_shipped")


def test_a_payload_waits_for_company_but_not_for_long() -> None:
    """Nothing is sent before 200 ms, unless a thousand spans have gathered."""
    stage = Stage()
    stage.shipper.offer(traces(1, FLUSH_SPANS - 1))
    assert not stage.shipper.step()

    stage.shipper.offer(traces(FLUSH_SPANS, 1))
    assert stage.shipper.step()
    assert FLUSH_SPANS == len(stage.agent.taken)

    stage.shipper.offer(traces(5000, 1))
    stage.clock.advance(FLUSH_AFTER - 1)
    assert not stage.shipper.step()
    stage.clock.advance(1)
    assert stage.shipper.step()


def test_large_spans_make_smaller_payloads() -> None:
    """Payloads aim at 2 MB, judged by the spans that went before."""
    stage = Stage()
    fat = "x" * 20_000
    for start in range(0, 1200, 100):
        stage.ship(*(trace(start + i + 1, meta={"stack": fat}) for i in range(100)))
    stage.agent.sent.clear()
    stage.ship(*(trace(i, meta={"stack": fat}) for i in range(2000, 2500)))

    assert 400 < sum(count for _, count, _ in stage.agent.sent)
    assert all(count <= 120 for _, count, _ in stage.agent.sent)


def test_an_outage_is_waited_out() -> None:
    """The same payload is tried again with growing pauses until it is taken; nothing is lost."""
    stage = Stage(DOWN, DOWN, 429, 503)
    stage.ship(*traces(1, 3))
    waited = []
    for _ in range(4):
        assert [] == stage.shipper.take_done()
        assert not stage.shipper.has_room()
        before = stage.clock.monotonic()
        while not stage.agent.taken and len(stage.agent.sent) == len(waited) + 1:
            stage.clock.advance(50 * MILLISECOND)
            stage.shipper.step()
        waited.append((stage.clock.monotonic() - before) // MILLISECOND)

    assert [100, 200, 400, 800] == waited
    assert [1, 2, 3] == stage.agent.ids == stage.shipper.take_done()
    assert stage.shipper.has_room()
    assert 0 == stage.telemetry.total("spans_dropped")
    assert 4 == stage.telemetry.count("send_failures")


def test_an_outage_is_said_once_and_its_end_once() -> None:
    """However long it lasts and however often it is tried."""
    stage = Stage(*[DOWN] * 50)
    stage.ship(*traces(1, 1))
    for _ in range(60):
        stage.clock.advance(LONGEST)
        stage.shipper.step()

    assert 1 == len(stage.log.named("agent_unreachable"))
    assert 1 == len(stage.log.named("agent_recovered"))
    assert "fake: 0" == stage.shipper.last_error


def test_nothing_is_done_while_backing_off() -> None:
    """A step before its time does not touch the Agent."""
    stage = Stage(DOWN)
    stage.ship(*traces(1, 1))
    stage.clock.advance(100 * MILLISECOND - 1)
    assert not stage.shipper.step()
    assert 1 == len(stage.agent.sent)

    stage.clock.advance(1)
    assert stage.shipper.step()


def test_the_agents_wish_to_wait_is_respected() -> None:
    """Retry-After is longer than the delay: it counts."""
    stage = Stage(429)
    stage.agent.retry_after = 7 * SECOND
    stage.ship(*traces(1, 1))
    stage.clock.advance(7 * SECOND - 1)
    assert not stage.shipper.step()
    stage.clock.advance(1)
    assert stage.shipper.step()


def test_an_agent_that_was_never_there() -> None:
    """Without /info nothing is sent, nothing is lost, and there is no room."""
    stage = Stage()
    stage.agent.infos = [None, Info("7")]
    stage.ship(*traces(1, 1))
    assert [] == stage.agent.sent
    assert not stage.shipper.has_room()

    stage.clock.advance(SECOND)
    stage.go_on()
    assert [1] == stage.shipper.take_done()


def test_one_bad_trace_costs_only_itself() -> None:
    """A 400 is narrowed down to the trace that causes it; its loss carries the Agent's words."""
    stage = Stage()
    stage.agent.refuse = lambda s: s.trace_id == 77
    stage.ship(*traces(1, 200))

    assert [i for i in range(1, 201) if i != 77] == sorted(stage.agent.ids)
    assert list(range(1, 201)) == stage.shipper.take_done()
    assert 1 == stage.lost("agent_rejected")
    assert "fake: 400: says why" == stage.log.named("spans_dropped")[0]["error"]
    assert stage.shipper.has_room()


def test_a_refusal_of_everything_is_no_reason_to_drop() -> None:
    """An Agent that refuses even an empty payload is not an Agent: we wait."""
    stage = Stage(*[400] * 41)  # two halvings; then, each time: refused, refused again, even empty
    stage.ship(*traces(1, 4))
    for _ in range(20):
        stage.clock.advance(LONGEST)
        stage.go_on()

    assert [1, 2, 3, 4] == sorted(stage.agent.ids)
    assert 0 == stage.telemetry.total("spans_dropped")
    assert "even an empty payload" in stage.log.named("agent_unreachable")[0]["error"]


def test_what_the_agent_says_to_an_empty_payload_is_heard() -> None:
    """Rates that are new come with one reply only, and that may be this one."""
    stage = Stage(400, 400)
    stage.agent.rates = {"service:,env:": 0.5}
    stage.ship(trace(1))

    assert 1 == stage.lost("agent_rejected")
    assert {"service:,env:": 0.5} == stage.shipper.rates


def test_a_single_trace_that_was_cut_on_its_way_is_sent_again() -> None:
    """A 400 may be the way's fault: it is refused twice before it is dropped."""
    stage = Stage(400)
    stage.ship(trace(1))

    assert [1] == stage.agent.ids
    assert 0 == stage.telemetry.total("spans_dropped")


def test_after_the_only_trace_was_dropped_there_is_room_again() -> None:
    """A poisoned trace as the first one after an outage does not stop the daemon for ever."""
    stage = Stage(DOWN)
    stage.agent.refuse = lambda s: True
    stage.ship(*traces(1, 1))
    stage.clock.advance(SECOND)
    stage.go_on()

    assert [1] == stage.shipper.take_done()
    assert stage.shipper.has_room()


def test_spans_the_agent_would_lose_unseen_are_not_sent() -> None:
    """The span with id 0 is dropped and counted, the rest of its trace goes."""
    stage = Stage()
    bad = trace(1, spans=2)
    bad.spans.append(span(1, span_id=0))
    stage.ship(bad, trace(2))

    assert [1, 1, 2] == stage.agent.ids
    assert 1 == stage.lost("agent_would_refuse")
    assert [1, 2] == stage.shipper.take_done()
    assert 0 == stage.shipper.pending


def test_a_trace_without_a_good_span_is_done() -> None:
    """Its spans are counted, its number comes back, nothing is sent for it."""
    stage = Stage()
    stage.ship(trace(1, spans=2, trace_id=0))

    assert [1] == stage.shipper.take_done()
    assert 2 == stage.lost("agent_would_refuse")
    assert [] == stage.agent.sent


@pytest.mark.parametrize(
    "fields", [{"meta": {"a": 5}}, {"meta": {"a": object()}}, {"parent_id": 2**70}]
)
def test_a_value_of_a_wrong_type_is_found_when_it_matters(fields: dict[str, object]) -> None:
    """What the quick check lets pass and the encoder or the Agent refuses is found and counted."""
    stage = Stage()
    stage.ship(trace(1), trace(2, **fields), trace(3))

    assert [1, 3] == stage.agent.ids
    assert 1 == stage.lost("agent_would_refuse")
    assert [1, 2, 3] == stage.shipper.take_done()


def test_a_payload_that_is_too_large_is_halved() -> None:
    """A 413 from the Agent, or from a proxy before it, costs nothing but another request."""
    stage = Stage()
    stage.agent.largest = 5_000
    stage.ship(*traces(1, 300))

    assert list(range(1, 301)) == stage.agent.ids == stage.shipper.take_done()
    assert 0 == stage.telemetry.total("spans_dropped")


def test_after_a_413_payloads_stay_smaller() -> None:
    """The next payloads do not run into the same limit."""
    stage = Stage()
    stage.agent.largest = 100_000
    stage.ship(*traces(1, 2000))
    refused = len(stage.agent.sent)
    stage.ship(*traces(3000, 2000))

    assert len(stage.agent.sent) - refused <= refused


def test_a_trace_above_the_limit_is_sent_in_chunks() -> None:
    """Each chunk is within what /info allows and keeps the sampling priority; the number comes last."""
    stage = Stage()
    stage.agent.infos = [Info("7", (), max_request_bytes=2_000)]
    stage.ship(trace(1, spans=100, metrics={"_sampling_priority_v1": 1.0}))

    assert 100 == len(stage.agent.taken)
    assert 1 < len(stage.agent.sent)
    firsts = [chunks[0][0] for _, _, chunks in stage.agent.sent]
    assert all(first.metrics["_sampling_priority_v1"] == 1 for first in firsts)
    assert [1] == stage.shipper.take_done()


def test_a_span_above_the_limit_is_dropped_alone() -> None:
    """It can never be sent: it is counted, and its trace goes without it."""
    stage = Stage()
    stage.agent.infos = [Info("7", (), max_request_bytes=2_000)]
    large = trace(1, spans=8)
    large.spans[3].meta = {"stack": "x" * 5_000}
    stage.ship(large)

    assert 7 == len(stage.agent.taken)
    assert 1 == stage.lost("too_large")
    assert [1] == stage.shipper.take_done()
    assert 0 == stage.shipper.pending


def test_408_waits_and_sends_half() -> None:
    """The Agent had no time to read it all: it gets some, and half as many traces, none of them torn."""
    stage = Stage(*[408] * 6)
    stage.ship(*(trace(number, spans=3) for number in (1, 2, 3, 4)))
    first = len(stage.agent.sent)
    for _ in range(6):
        stage.clock.advance(LONGEST)
        stage.go_on()

    counts = [count for _, count, _ in stage.agent.sent]
    assert 1 == first
    assert [4, 2, 1, 1, 1, 1, 1, 1, 2] == counts
    assert [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4] == stage.agent.ids
    assert [] == [span.metrics for span in stage.agent.taken if span.metrics]
    assert 6 == stage.telemetry.count("send_failures")
    assert 0 == stage.telemetry.total("spans_dropped")


def test_a_payload_that_turns_out_too_large_is_halved_before_it_is_sent() -> None:
    """Spans a hundred times as large as those before: no payload goes far above its aim."""
    stage = Stage()
    stage.ship(*traces(1, 3000))
    stage.ship(*(trace(number, meta={"note": "x" * 24_000}) for number in range(4000, 5500)))

    assert 4500 == len(stage.agent.taken)
    assert LARGEST_BYTES >= max(stage.agent.sizes)


def test_what_is_known_of_the_lines_keeps_a_payload_small() -> None:
    """The first payload of large traces is not encoded as a whole to find that out."""
    stage = Stage()
    stage.ship(*(trace(number, size=100) for number in range(1, 3001)))
    fat = {"meta": {"note": "x" * 24_000}, "size": 24_000}
    stage.agent.sizes.clear()
    stage.ship(*(trace(number, **fat) for number in range(4000, 5500)))

    assert PAYLOAD_BYTES + 50_000 >= max(stage.agent.sizes)


def test_after_a_bout_of_refusals_payloads_are_large_again() -> None:
    """Something answered 413 to all for a moment; then 10 MB take 20 requests, not 300."""
    stage = Stage(*[413] * 6)
    stage.ship(*(trace(number, meta={"note": "x" * 400}) for number in range(1, 65)))
    stage.agent.sent.clear()
    stage.ship(*(trace(number, meta={"note": "x" * 400}) for number in range(100, 20_100)))

    assert 20_064 == len(stage.agent.taken)
    assert 20 > len(stage.agent.sent)


def test_a_413_to_everything_is_no_reason_to_drop() -> None:
    """What refuses even an empty payload as too large is not the Agent: we wait."""
    stage = Stage(*[413] * 11)  # a halving; then, each time: refused, even empty
    stage.ship(*traces(1, 2))
    for _ in range(20):
        stage.clock.advance(LONGEST)
        stage.go_on()

    assert [1, 2] == sorted(stage.agent.ids)
    assert 0 == stage.telemetry.total("spans_dropped")
    assert "even an empty payload" in stage.log.named("agent_unreachable")[0]["error"]


@pytest.mark.parametrize("meta", [{"a": "x" * 5_000}, {"a": object()}], ids=["large", "odd"])
def test_what_is_dropped_unsent_leaves_room(meta: dict[str, object]) -> None:
    """The first trace after an outage can never be sent: reading goes on all the same."""
    stage = Stage()
    stage.agent.infos = [None, Info("7", (), max_request_bytes=2_000)]
    stage.ship(trace(1, meta=meta))
    stage.clock.advance(SECOND)
    stage.go_on()

    assert [1] == stage.shipper.take_done()
    assert [] == stage.agent.sent
    assert stage.shipper.has_room()


@pytest.mark.parametrize("refusals", [[404, 404], [415]])
def test_an_old_agent_gets_json(refusals: list[int]) -> None:
    """Where v0.4 is not served, the same traces go as v0.3 JSON, from then on."""
    stage = Stage(*refusals)
    stage.agent.infos = [Info()]
    stage.ship(*traces(1, 2))
    stage.ship(*traces(3, 1))

    paths = [path for path, _, _ in stage.agent.sent]
    assert [*[V04.path] * len(refusals), V03.path, V03.path] == paths
    assert [1, 2, 3] == stage.agent.ids


def test_the_form_is_chosen_from_info() -> None:
    """An Agent that says it only has v0.3 is not asked for more."""
    stage = Stage()
    stage.agent.infos = [Info("5", ("/v0.3/traces",))]
    stage.ship(*traces(1, 1))

    assert [V03.path] == [path for path, _, _ in stage.agent.sent]
    assert [{"url": "http://fake:8126", "version": "5", "encoding": V03.path}] == stage.log.named(
        "agent_reached"
    )


def test_neither_form_taken_is_an_outage() -> None:
    """A program that serves no traces at all is waited for, not sent to for ever."""
    stage = Stage(404, 404, 404, 404)
    stage.ship(*traces(1, 1))
    assert 4 == len(stage.agent.sent)
    assert "takes traces neither at" in stage.shipper.last_error

    for _ in range(3):
        stage.clock.advance(SECOND)
        stage.go_on()
    assert [1] == stage.agent.ids


def test_info_is_read_again_when_the_agent_says_it_changed() -> None:
    """A new state in a reply means another look before the next payload."""
    stage = Stage()
    stage.agent.state = "a"
    stage.ship(*traces(1, 1))
    stage.ship(*traces(2, 1))
    assert 1 == stage.agent.asked

    stage.agent.state = "b"
    stage.ship(*traces(3, 1))
    stage.ship(*traces(4, 1))
    assert 2 == stage.agent.asked


def test_span_events_go_in_the_form_the_agent_knows() -> None:
    """As a field of the span where /info says so, as a tag elsewhere."""
    event = {"name": "log", "time_unix_nano": 5, "attributes": {"a": "b"}}
    old, new = Stage(), Stage()
    new.agent.infos = [Info("7.70", (), span_events=True)]
    for stage in (old, new):
        stage.ship(trace(1, span_events=[dict(event)]))

    assert [] == old.agent.taken[0].span_events
    assert "log" in old.agent.taken[0].meta["events"]
    assert "log" == new.agent.taken[0].span_events[0]["name"]
    assert {} == new.agent.taken[0].meta


def test_what_events_lose_as_a_tag_is_counted_once() -> None:
    """Only for an Agent that knows no others, and not again when a payload is sent again."""
    event = {"name": "log", "time_unix_nano": 5, "attributes": {"text": "x" * 9000}}
    old, new = Stage(DOWN, 413), Stage()
    new.agent.infos = [Info("7.70", (), span_events=True)]
    for stage in (old, new):
        stage.ship(*(trace(number, span_events=[event] * 4) for number in (1, 2)))
        stage.clock.advance(LONGEST)
        while stage.shipper.step():
            pass

    assert [1, 2] == sorted(old.agent.ids) == sorted(new.agent.ids)
    assert 8 == old.telemetry.count("spans_rewritten", "event_cut")
    assert 0 == new.telemetry.count("spans_rewritten", "event_cut")


def test_ids_that_spans_share_are_counted_once() -> None:
    """Also when the payload is refused, and looked at again."""
    stage = Stage(400)
    shared = trace(1, 3)
    shared.spans[1].span_id, shared.shared_ids = shared.spans[2].span_id, True
    stage.ship(shared)
    while stage.shipper.step():
        pass

    assert 3 == len(stage.agent.taken)
    assert 1 == stage.telemetry.count("spans_rewritten", "duplicate_span_id")


def test_what_must_not_leave_is_taken_out_before_it_is_sent() -> None:
    """Built-in rules, in tags and resources; how often is counted by rule."""
    stage = Stage(redactor=lambda: Redactor(["emails", "credit_cards"]))
    stage.ship(trace(1, resource="GET /user/ann@example.org", meta={"card": "4111 1111 1111 1111"}))

    [sent] = stage.agent.taken
    assert ("GET /user/?", "?") == (sent.resource, sent.meta["card"])
    assert (1, 1) == tuple(
        stage.telemetry.count("texts_redacted", rule) for rule in ("emails", "credit_cards")
    )


def test_what_must_not_leave_is_taken_out_before_anything_is_cut() -> None:
    """Half a card number would look like none."""
    stage = Stage(redactor=lambda: Redactor(["credit_cards"]))
    card = " 4111111111111111 tail"
    stage.ship(trace(1, resource="r" * 4990 + card, meta={"a": "t" * 24_984 + card}))

    [sent] = stage.agent.taken
    assert "r" * 4990 + " ? tail" == sent.resource
    assert {"a": "t" * 24_984 + " ? tail"} == sent.meta
    assert 2 == stage.telemetry.count("texts_redacted", "credit_cards")


def test_each_rewrite_and_each_refusal_is_counted_by_its_reason() -> None:
    """What the Agent would change or refuse without a word is known here."""
    stage = Stage()
    stage.ship(trace(1, service="My Shop"), trace(2, span_id=0))

    assert "my_shop" == stage.agent.taken[0].service
    assert 1 == stage.telemetry.count("spans_rewritten", "service_normalised")
    assert 1 == stage.telemetry.count("spans_refused", "span_id_zero")
    assert 1 == stage.lost("agent_would_refuse")
