"""What was left out and what was changed, counted."""

from logtrace.model import Refusal, Rewrite
from logtrace.ship.findings import Example, Findings, Prepared
from tests.support.traces import span


def test_nothing_found_is_false() -> None:
    """So that a caller asks once."""
    prepared = Prepared([])

    assert not Findings()
    assert ({}, {}, "") == (prepared.refused, prepared.rewritten, prepared.reason)


def test_changes_are_counted_and_the_first_is_kept() -> None:
    """One example for each reason."""
    findings = Findings()
    for before in ("A", "B"):
        findings.note(Rewrite.SERVICE_NORMALISED, "service", before, before.lower())
    prepared = Prepared([], findings)

    assert findings
    assert {Rewrite.SERVICE_NORMALISED: 2} == prepared.rewritten
    assert {Rewrite.SERVICE_NORMALISED: Example("service", "A", "a")} == findings.examples


def test_refusals_are_counted_and_the_first_is_told() -> None:
    """The text names the span."""
    findings = Findings()
    findings.refuse(span(name="a"), Refusal.SPAN_ID_ZERO, "span id 0")
    findings.refuse(span(name="b"), Refusal.SPAN_ID_ZERO, "span id 0")
    findings.refuse(span(name="c"), Refusal.BAD_START, "start 'x'")
    prepared = Prepared([], findings)

    assert findings
    assert {Refusal.SPAN_ID_ZERO: 2, Refusal.BAD_START: 1} == prepared.refused
    assert "span 'a': span id 0" == prepared.reason
    assert "span 'c': start 'x'" == findings.refusals[Refusal.BAD_START]


def test_findings_add_up() -> None:
    """Counts are sums, examples those that came first."""
    total, one, two = Findings(), Findings(), Findings()
    one.note(Rewrite.TAG_CUT, "meta.a", "1", "2")
    two.note(Rewrite.TAG_CUT, "meta.b", "3", "4")
    two.refuse(span(), Refusal.FOREIGN_SPAN, "x")
    total.add(one)
    total.add(two)

    assert {Rewrite.TAG_CUT: 2} == total.rewritten
    assert {Refusal.FOREIGN_SPAN: 1} == total.refused
    assert Example("meta.a", "1", "2") == total.examples[Rewrite.TAG_CUT]
    assert total.refusals == two.refusals
