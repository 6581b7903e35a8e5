"""Which rule of `traces.keep` decides about a trace."""

from __future__ import annotations

from typing import Any

import pytest

from logtrace.clock import MILLISECOND, SECOND
from logtrace.config.model import KeepConfig
from logtrace.errors import ConfigError
from logtrace.mapping.keep import Keep, compile_keep
from logtrace.model import Closed, Span
from tests.support.mapping import MARK, NOON, text


def keep(*whens: str | None) -> Keep:
    """Return compiled rules, one for each condition."""
    made = compile_keep(
        [
            KeepConfig(mark=MARK, when=None if when is None else text(when), rate=0.5)
            for when in whens
        ]
    )
    assert made is not None
    return made


def span(
    number: int = 1, *, service: str = "shop", start: int = 0, duration: int = SECOND, **keys: Any
) -> Span:
    """Return a span that starts so many nanoseconds after noon."""
    return Span(service, "op", "GET /", 7, number, NOON + start, duration, number - 1, **keys)


def holds(when: str, *spans: Span, reason: Closed = Closed.COMPLETE) -> bool:
    """Return whether a condition holds for a trace."""
    return keep(when).choose(spans or (span(),), reason) == 0


def test_first_rule_that_holds_decides() -> None:
    """In the order in which they are written; one without a condition holds for all."""
    rules = keep("any.error", "duration > 1s", None)
    slow, quick, failed = span(duration=2 * SECOND), span(), span(duration=2 * SECOND, error=1)

    assert [1, 2, 0] == [rules.choose([each], Closed.COMPLETE) for each in (slow, quick, failed)]


def test_where_no_rule_holds_none_decides() -> None:
    """Then the Agent's rates do."""
    assert keep("any.error").choose([span()], Closed.COMPLETE) is None


def test_without_rules_there_is_nothing_to_ask() -> None:
    """The usual case costs nothing."""
    assert compile_keep([]) is None


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("duration == 3s", True),
        ("root.duration == 2s", True),
        ("spans == 2", True),
        ('reason == "complete"', True),
        ('service == "shop" and resource == "GET /"', True),
        ('root.service == "shop" and root.name == "op" and root.type == "web"', True),
        ("root.error", False),
        ("any.error", True),
        ("not any.error", False),
        ("any.error == true", True),
        ('any.service == "db"', True),
        ('not any.service == "db"', False),
        ('any.service == "x"', False),
        ("any.http.status_code >= 500", True),
        ("root.http.status_code == 200", True),
        ("any.rows > 10", True),
        ("any.rows exists and not root.rows exists", True),
        ("any.duration > duration / 2", True),
        ("any.duration > duration", False),
        ('any.error and root.service == "shop"', True),
    ],
)
def test_what_a_condition_can_ask(when: str, expected: bool) -> None:
    """Of the trace, of its root, and of any span: of one for each comparison."""
    root = span(duration=2 * SECOND, type="web", meta={"http.status_code": "200"})
    below = span(
        2,
        service="db",
        start=2_500 * MILLISECOND,
        duration=500 * MILLISECOND,
        error=1,
        meta={"http.status_code": "502"},
        metrics={"rows": 12.0},
    )

    assert expected is holds(when, root, below)


def test_reason_is_why_the_trace_was_closed() -> None:
    """By its name in the counts."""
    assert holds('reason in ["age", "size"]', reason=Closed.SIZE)
    assert not holds('reason in ["age", "size"]')


@pytest.mark.parametrize(
    ("when", "what"),
    [
        ("any.error and", "it ends where a value belongs"),
        ("durration > 1s", "a trace has no 'durration'; it has duration, spans, reason, service,"),
        ("error", "a trace has no 'error'"),
    ],
)
def test_problems_stand_at_their_rule(when: str, what: str) -> None:
    """Also a field that no trace has."""
    with pytest.raises(ConfigError) as caught:
        keep("any.error", when)

    [problem] = caught.value.problems
    assert "traces.keep[1].when" == problem.key
    assert problem.what.startswith(what)


def test_a_value_as_another_language_has_it() -> None:
    """It is no tag of the root that is meant."""
    with pytest.raises(ConfigError) as caught:
        keep("any.error == True")

    assert ["write `true`"] == [problem.fix for problem in caught.value.problems]


def test_rule_that_no_trace_gets_to_is_a_problem() -> None:
    """Behind one without a condition."""
    with pytest.raises(ConfigError) as caught:
        keep(None, "any.error")

    assert ["traces.keep[1]"] == [problem.key for problem in caught.value.problems]


def test_what_is_not_of_a_span_is_looked_up_once() -> None:
    """A trace of ten thousand spans costs ten thousand steps, not their square."""
    source = keep("any.duration > duration / 2").source

    assert source.index("trace_duration") < source.index("for span in spans")
