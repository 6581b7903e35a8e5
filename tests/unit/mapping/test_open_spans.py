from logtrace.mapping.open_spans import OpenSpan, OpenSpans, Stack, bucket_of
from logtrace.model import HalfSpan
from tests.support.halves import FakeRule, half


def opened(line: HalfSpan, due: int = 0, kind: str = "pair") -> OpenSpan:
    """Return what a first line opens."""
    rule = FakeRule(0, kind)  # type: ignore[arg-type]
    return OpenSpan(rule, line, rule.identify(line), None, due)


def test_a_trace_id_that_the_rule_lacks_is_the_span_id() -> None:
    """A start whose rule has no trace id has a trace of its own."""
    start = opened(half("start", 4))

    assert 5 == start.identity.trace_id == start.identity.span_id


def test_a_start_does_not_enclose_itself() -> None:
    """A start with the span id of the enclosing one would be its own parent."""
    outer = opened(half("start", 4, trace=1))

    assert not outer.encloses(outer.identity)
    assert outer.encloses(outer.identity._replace(span_id=9))
    assert not outer.encloses(outer.identity._replace(span_id=9, trace_id=2))


def test_a_stack_forgets_closed_spans_wherever_they_are() -> None:
    """The top is the innermost open span, also after ones in the middle were closed."""
    home: dict[str, Stack] = {}
    spans = [opened(half("start", number)) for number in range(4)]
    for span in spans:
        Stack.push(home, "t", span)

    for closed in (3, 1):
        spans[closed].closed = True
        home["t"].bury()

    assert spans[2] is home["t"].top()


def test_an_empty_stack_removes_itself() -> None:
    """Scopes that nobody uses any more hold no memory."""
    home: dict[str, Stack] = {}
    span = opened(half("start", 0))
    Stack.push(home, "t", span)

    span.closed = True
    home["t"].bury()

    assert {} == home


def test_the_nearest_is_due_first_even_if_it_was_put_off() -> None:
    """A group that got another line is looked at when it is really due."""
    state = OpenSpans(by_trace=False)
    group, start = opened(half("member", 0, key="k"), 5, "group"), opened(half("start", 1), 7)
    state.open_group(group)
    state.open_start(start, ("", ""))

    group.due = 9

    assert start is state.nearest()


def test_closing_drops_a_span_from_everywhere() -> None:
    """Nothing finds a span that was closed."""
    state = OpenSpans(by_trace=True)
    start = opened(half("start", 1, scope="t", trace=3), 7)
    state.open_start(start, ("t", ""))

    state.close(start)

    assert ({}, {}, {}, None) == (state.scopes, state.starts, state.traces, state.nearest())


def test_the_bucket_of_a_line() -> None:
    """Lines meet in their scope, else by their key, else in the stream; only the keyed do not nest."""
    assert (("t", ""), True) == bucket_of(half("start", 0, scope="t", key="k"))
    assert (("", "k"), False) == bucket_of(half("start", 0, key="k"))
    assert (("", ""), True) == bucket_of(half("start", 0))
