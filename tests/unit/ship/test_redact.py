"""What rules take out of spans, and what they leave alone."""

import time
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.model import Rewrite, Span
from logtrace.patterns.bounded import Unusable
from logtrace.ship.normalise import prepare
from logtrace.ship.redact import BEYOND, KEPT, Redactor, Rule
from tests.support.clock import NOON
from tests.support.traces import span

BUILT_IN = ("credit_cards", "tokens", "emails")
CARD = "4111 1111 1111 1111"
MAIL = "ann@shop.example"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.a-c"


def redacted(*rules: str | Rule, **fields: Any) -> Span:
    """Return a span of these fields when the rules were applied."""
    made = span(**fields)
    Redactor(rules).redact_span(made)
    return made


def test_resource_and_tags_are_redacted() -> None:
    """All texts of a span are looked into, by all rules."""
    made = redacted(*BUILT_IN, resource=f"GET /{MAIL}", meta={"a": CARD, "b": "token=x", "c": "d"})

    assert "GET /?" == made.resource
    assert {"a": "?", "b": "token=?", "c": "d"} == made.meta


def test_what_the_agent_reads_is_left_alone() -> None:
    """Service, name, type, metrics, and tags with a meaning of their own are not looked at."""
    kept = {
        **dict.fromkeys(("env", "version", "span.kind", "http.method", "http.status_code"), MAIL),
        "_dd.p.tid": "4111111111111111",
    }
    made = redacted(
        *BUILT_IN,
        service=MAIL,
        name=MAIL,
        type=MAIL,
        metrics={"a": 4111111111111111.0},
        meta={**kept, "other": MAIL},
    )

    assert (MAIL, MAIL, MAIL) == (made.service, made.name, made.type)
    assert {"a": 4111111111111111.0} == made.metrics
    assert {**kept, "other": "?"} == made.meta


def test_events_and_links_are_redacted() -> None:
    """What events say, and the attributes of links, at any depth; their ids and times stay."""
    event = {
        "name": MAIL,
        "time_unix_nano": 5,
        "attributes": {
            "a": MAIL,
            "b": {"type": 0, "string_value": MAIL},
            "c": {"type": 4, "array_value": {"values": [{"type": 0, "string_value": MAIL}]}},
            "d": [MAIL, 7],
        },
    }
    link = {"trace_id": 4111111111111111, "attributes": {"a": MAIL}, "tracestate": MAIL}
    made = redacted(*BUILT_IN, span_events=[event, "odd"], span_links=[link, {"span_id": 1}])

    assert [
        {
            "name": "?",
            "time_unix_nano": 5,
            "attributes": {
                "a": "?",
                "b": {"type": 0, "string_value": "?"},
                "c": {"type": 4, "array_value": {"values": [{"type": 0, "string_value": "?"}]}},
                "d": ["?", 7],
            },
        },
        "odd",
    ] == made.span_events
    assert [
        {"trace_id": 4111111111111111, "attributes": {"a": "?"}, "tracestate": MAIL},
        {"span_id": 1},
    ] == made.span_links


def test_values_of_a_wrong_type_are_left_to_others() -> None:
    """What is no text stays, and keeps no other value from being redacted."""
    made = redacted("emails", Rule("x", "x"), resource=None, meta={"a": 5, "b": MAIL})

    assert (None, {"a": 5, "b": "?"}) == (made.resource, made.meta)


def test_only_the_rules_that_are_named_apply() -> None:
    """Without a rule for it a thing stays; without rules all does."""
    text = f"{CARD} {MAIL} token=x"

    assert text == Redactor([]).redact(text)
    assert f"? {MAIL} token=x" == Redactor(["credit_cards"]).redact(text)
    assert f"{CARD} ? token=x" == Redactor(["emails"]).redact(text)
    assert f"{CARD} {MAIL} token=?" == Redactor(["tokens"]).redact(text)


def test_redactions_are_counted_by_rule() -> None:
    """Each thing that was replaced counts once, until the counts are taken."""
    redactor = Redactor([*BUILT_IN, Rule("customer", r"C-\d+")])
    redactor.redact(f"{MAIL} {MAIL} {CARD}")
    redactor.redact_span(span(resource="C-17 C-18", meta={"a": MAIL}))

    assert {"emails": 3, "credit_cards": 1, "customer": 2} == redactor.take_counts()
    assert {} == redactor.take_counts() == redactor.counts


def test_rules_apply_in_their_order() -> None:
    """A later rule sees what an earlier one has left."""
    rules = [Rule("a", "a", "b"), Rule("b", "b+", "c")]

    assert "c" == Redactor(rules).redact("ab")
    assert "bc" == Redactor(rules[::-1]).redact("ab")


@pytest.mark.parametrize(
    ("pattern", "replacement", "text", "expected"),
    [
        (r"C-\d{8}", "<hidden>", "C-12345678 C-1", "<hidden> C-1"),
        (r"(?P<key>pin)=\d+", r"\g<key>=*", "pin=1234", "pin=*"),
        (r"^\d+$", "?", "123", "?"),
        (r"\w+@corp", "?", "mail ann@corp x", "mail ? x"),
        (r"x*", "?", "ab", "?a?b?"),
    ],
)
def test_own_rules(pattern: str, replacement: str, text: str, expected: str) -> None:
    """A pattern is searched for in each text by itself; what stands for it may name its groups."""
    made = redacted(Rule("own", pattern, replacement), resource="r", meta={"a": text})

    assert expected == Redactor([Rule("own", pattern, replacement)]).redact(text)
    assert expected == made.meta["a"]


def test_a_slow_pattern_sees_a_long_text_piece_by_piece() -> None:
    """What a pattern of quadratic time seeks is found wherever it stands in a long text."""
    rule = Rule("own", r"\w+@corp", "?")
    for place in range(0, 1200, 7):
        text = " " * place + "ann@corp" + " " * (1200 - place) + "bob@corp"

        assert text.replace("ann@corp", "?").replace("bob@corp", "?") == Redactor([rule]).redact(
            text
        )


def test_a_slow_pattern_may_match_nothing() -> None:
    """An empty match is passed over where a text is looked into piece by piece."""
    assert "a ? b" == Redactor([Rule("own", r"(?:\w+@corp)?", "?")]).redact("a ann@corp b")


def test_of_a_long_text_no_more_is_passed_on_than_was_looked_into() -> None:
    """What the Agent would not keep is cut off where something was looked for, and else stays."""
    text = "x" * KEPT + f" {MAIL}"

    assert "x" * KEPT + "..." == Redactor(["emails"]).redact(text)
    assert text == Redactor(["tokens"]).redact(text)


@pytest.mark.parametrize(
    ("rule", "secret"),
    [
        ("credit_cards", "4111111111111111"),
        ("credit_cards", "4111 1111 1111 1111"),
        ("emails", "ann.mary.smith@mail.shop.example"),
        ("emails", "ann%40shop.example"),
        ("tokens", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc"),
        ("tokens", "AKIAIOSFODNN7EXAMPLE"),
        ("tokens", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
        (Rule("own", r"C-\d{8}"), "C-12345678"),
        (Rule("slow", r"\w+@corp"), "ann@corp"),
    ],
)
def test_what_the_cut_goes_through_is_found(rule: str | Rule, secret: str) -> None:
    """Wherever in it the cut is, also where something before it has made the text shorter."""
    redactor = Redactor([rule])
    places = range(1, len(secret), max(1, len(secret) // 40))
    for before in ("", f"{secret} , " * 3):
        for inside in places:
            filled = before + "x" * (KEPT - inside - 1 - len(before))

            assert f"{filled} ?...".replace(secret, "?") == redactor.redact(
                f"{filled} {secret} tail"
            )


@pytest.mark.parametrize("behind", [0, 1, 7, 16, 17, 4990])
def test_what_is_not_seen_whole_is_not_kept(behind: int) -> None:
    """A token makes a text shorter, but what is near the end of what was looked at stays outside."""
    text = f"{JWT * 200} " + "x" * (KEPT + BEYOND - len(JWT) * 200 - 2 - 16 + behind)
    made = Redactor(["credit_cards", "tokens"]).redact(f"{text} 4111111111111111 tail")

    assert "4" not in made
    assert f"? {'x' * (KEPT - len(JWT) * 200 - 1)}..." == made


def test_a_text_that_is_cut_here_is_cut_and_counted_later() -> None:
    """Of a long text enough is left for `normalise` to see that the Agent would cut it."""
    made = redacted("emails", meta={"a": f"{MAIL} " + "x" * 40_000})
    findings = prepare([made], NOON).findings

    assert findings is not None
    assert {Rewrite.TAG_CUT: 1} == findings.rewritten
    assert made.meta["a"].endswith("x...")


def test_numbers_of_events_may_be_those_of_cards() -> None:
    """Among attributes numbers stay numbers; the time of an event is none of a card."""
    given = {"a": 4111111111111111, "b": 4111111111111112, "c": 10**5000, "d": -5, "e": True}
    event = {"time_unix_nano": 4111111111111111, "attributes": given}
    made = redacted("credit_cards", span_events=[event])

    assert [
        {"time_unix_nano": 4111111111111111, "attributes": {**given, "a": "?"}}
    ] == made.span_events


@pytest.mark.parametrize(
    ("rule", "error", "words"),
    [
        ("mails", ValueError, "no rule 'mails' is built in; one of credit_cards, tokens, emails"),
        (Rule("a", "x("), Unusable, "not a regular expression"),
        (Rule("a", "(a+)+$"), Unusable, "exponential"),
        (Rule("a", "x", r"\1"), Unusable, "what stands for it cannot be used: invalid group"),
        (Rule("a", "x", r"\g<b>"), Unusable, "what stands for it cannot be used: unknown group"),
    ],
)
def test_what_cannot_be_used_is_said_at_once(
    rule: str | Rule, error: type[Exception], words: str
) -> None:
    """An unknown name, a pattern that could stall, a group that is not there: at the start."""
    with pytest.raises(error, match=words.replace("(", r"\(")):
        Redactor([rule])


PARTS = (
    MAIL,
    CARD,
    "token=x",
    "Bearer a1b2c3d4e5",
    " ",
    "x",
    "C-17",
    "\n",
    "\ud800",
    '"',
    "=",
    "é",
)
TEXTS = st.lists(st.sampled_from(PARTS) | st.text(max_size=3), max_size=6).map("".join)


@given(TEXTS, st.dictionaries(st.sampled_from(["a", "env", "_dd.x", "b"]), TEXTS), st.booleans())
def test_a_span_is_redacted_as_its_texts_are(text: str, meta: dict[str, str], own: bool) -> None:
    """Joined or one by one, the same is found; and nothing the second time."""
    redactor = Redactor([*BUILT_IN, *([Rule("customer", r"C-\d+")] if own else [])])
    made = span(resource=text, meta=dict(meta))
    redactor.redact_span(made)
    again = span(resource=made.resource, meta=dict(made.meta))
    redactor.take_counts()
    redactor.redact_span(again)

    assert redactor.redact(text) == made.resource
    assert {
        key: value if key in ("env", "_dd.x") else redactor.redact(value)
        for key, value in meta.items()
    } == made.meta
    assert (made.resource, made.meta) == (again.resource, again.meta)


@pytest.mark.parametrize(
    "unit", ["4", "4 ", "@", "a@b.", "token=", 'token="', "eyJ", "a", "é", "\ud800"]
)
@pytest.mark.parametrize(
    "rules", [BUILT_IN, (Rule("slow", r"\w+@x"),), (Rule("slower", r"\w+-\w+-x"),)]
)
def test_hostile_text_takes_linear_time(rules: tuple[str | Rule, ...], unit: str) -> None:
    """A megabyte of what may go on for ever is done within a second, by each kind of rule."""
    redactor = Redactor(rules)
    text = unit * (1_000_000 // len(unit))
    before = time.process_time()
    redactor.redact(text)

    assert time.process_time() - before < 1


def test_many_spans_are_redacted_as_each_alone() -> None:
    """Whichever of them says something, and where: the same texts, the same counts."""
    texts = [
        "GET /",
        "ann@example.org",
        "4111 1111 1111 1111",
        "a" * 30,
        "Bearer abcdefgh",
        "x%40y.de",
    ]
    odd = [{"meta": {"a": text}} for text in texts] + [{"resource": text} for text in texts]
    odd += [{"span_events": [{"name": text, "attributes": {}}]} for text in texts]
    together, alone = Redactor(BUILT_IN), Redactor(BUILT_IN)
    one = [span(number + 1, **fields) for number, fields in enumerate(odd * 3)]
    other = [span(number + 1, **fields) for number, fields in enumerate(deepcopy(odd * 3))]
    together.redact_spans(one)
    for each in other:
        alone.redact_span(each)

    assert other == one
    assert alone.counts == together.counts != {}


ANYTHING = st.recursive(
    st.none() | st.integers() | st.floats() | st.binary(max_size=3) | st.just(MAIL),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.text(max_size=2) | st.integers(), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(st.sampled_from(Span.__struct_fields__), ANYTHING, st.booleans())
def test_nothing_that_a_span_holds_makes_it_raise(field: str, value: Any, own: bool) -> None:
    """Any value in any field; the spans beside it are redacted all the same."""
    redactor = Redactor(["emails", *([Rule("own", "x")] if own else [])])
    odd, good = span(7, meta={"a": MAIL}), span(8, meta={"a": MAIL})
    setattr(odd, field, value)
    redactor.redact_spans([odd, good])

    assert {"a": "?"} == good.meta
