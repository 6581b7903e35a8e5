"""Rules of `traces.keep`: the generated code says what the expressions say, read plainly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from logtrace.config.model import KeepConfig
from logtrace.mapping import expressions
from logtrace.mapping.evaluator import evaluate
from logtrace.mapping.keep import compile_keep
from logtrace.mapping.nodes import All, AnyOf, Node, Not, Variable, variables
from logtrace.model import Closed, Span
from tests.support.mapping import MARK, text

SPANS = st.lists(
    st.builds(
        lambda start, duration, error, service, meta, metrics: Span(
            service, "op", "r", 7, 9, start, duration, 0, error, "web", meta, metrics
        ),
        st.integers(0, 5),
        st.integers(0, 5),
        st.integers(0, 1),
        st.sampled_from(["shop", "db"]),
        st.dictionaries(st.sampled_from(["k", "http.status_code"]), st.sampled_from(["1", "500"])),
        st.dictionaries(st.sampled_from(["k", "rows"]), st.sampled_from([0.0, 1.0, 7.5])),
    ),
    min_size=1,
    max_size=4,
)
NAMES = st.sampled_from(
    [
        *("duration", "spans", "reason", "service", "resource", "root.error", "root.duration"),
        *("any.error", "any.duration", "any.service", "any.k", "any.http.status_code", "any.rows"),
        *("root.k", "root.rows"),
    ]
)
LITERALS = st.sampled_from(["0", "1", "3", "500", '"shop"', '"db"', "true", '"1"', '"complete"'])
TERMS = st.one_of(
    NAMES,
    NAMES.map("{} exists".format),
    st.tuples(NAMES, st.sampled_from(["==", "!=", "<", ">="]), st.one_of(LITERALS, NAMES)).map(
        " ".join
    ),
    st.tuples(NAMES, NAMES, LITERALS).map("{0[0]} + {0[1]} > {0[2]}".format),
)
CONDITIONS = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            "({0[0]}) {0[1]} ({0[2]})".format
        ),
    ),
    max_leaves=5,
)


def holds(node: Node, spans: Sequence[Span], reason: Closed) -> bool:
    """Say whether a condition holds: what speaks of any span holds if it does for one."""
    match node:
        case Not(operand):
            return not holds(operand, spans, reason)
        case All(terms):
            return all(holds(term, spans, reason) for term in terms)
        case AnyOf(terms):
            return any(holds(term, spans, reason) for term in terms)
    tried = spans if any(each.name.startswith("any.") for each in variables(node)) else spans[:1]

    def read(variable: Variable, one: Span) -> Any:
        head, _, name = variable.name.partition(".")
        if variable.name in ("spans", "reason"):
            return len(spans) if head == "spans" else str(reason)
        if variable.name == "duration":
            end = max(span.start + span.duration for span in spans)
            return end - min(span.start for span in spans)
        span = one if head == "any" else spans[0]
        part = name or head
        if part == "error":
            return bool(span.error)
        if part in ("service", "resource", "duration"):
            return getattr(span, part)
        return span.meta[part] if part in span.meta else span.metrics.get(part)

    return any(evaluate(node, lambda variable, s=span: read(variable, s)) for span in tried)


@given(st.lists(CONDITIONS, min_size=1, max_size=3), SPANS, st.sampled_from(list(Closed)))
def test_the_first_rule_that_holds_is_chosen(
    whens: list[str], spans: list[Span], reason: Closed
) -> None:
    """Whatever the conditions and the spans are; none if none holds."""
    keep = compile_keep([KeepConfig(mark=MARK, when=text(when), rate=0.5) for when in whens])
    trees = [expressions.parse(when) for when in whens]
    expected = next((n for n, tree in enumerate(trees) if holds(tree, spans, reason)), None)

    assert keep is not None
    assert expected == keep.choose(spans, reason)
