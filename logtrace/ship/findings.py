"""What was left out of a trace and what was changed in it before it was sent, each by its reason.

Made by `normalise`, read by the shipper, which counts it, and by `convert --report`, which shows it.
"""

from __future__ import annotations

import msgspec

from logtrace.model import Refusal, Rewrite, Span


class Example(msgspec.Struct, frozen=True, gc=False):
    """A change that was made: the field, what was there, and what is there now."""

    field: str
    before: object
    after: object


class Findings(msgspec.Struct, gc=False):
    """What was found in the spans of one trace; false if that is nothing.

    Attributes:
        refused: how many spans are left out, by reason.
        rewritten: how many changes were made, by reason; a span may have several.
        refusals: for each reason for leaving out, a text that says of one span what is wrong.
        examples: for each reason for a change, one that was made.
    """

    refused: dict[Refusal, int] = {}
    rewritten: dict[Rewrite, int] = {}
    refusals: dict[Refusal, str] = {}
    examples: dict[Rewrite, Example] = {}

    def __bool__(self) -> bool:
        return bool(self.rewritten or self.refused)

    def refuse(self, span: Span, reason: Refusal, text: str) -> None:
        """Count a span that is left out."""
        self.refused[reason] = self.refused.get(reason, 0) + 1
        self.refusals.setdefault(reason, f"span {span.name!r:.120}: {text}")

    def note(self, reason: Rewrite, field: str, before: object, after: object) -> None:
        """Count a change."""
        count = self.rewritten.get(reason, 0)
        self.rewritten[reason] = count + 1
        if not count:
            self.examples[reason] = Example(field, before, after)

    def add(self, other: Findings) -> None:
        """Add what was found in another trace."""
        for refusal, count in other.refused.items():
            self.refused[refusal] = self.refused.get(refusal, 0) + count
            self.refusals.setdefault(refusal, other.refusals[refusal])
        for rewrite, count in other.rewritten.items():
            self.rewritten[rewrite] = self.rewritten.get(rewrite, 0) + count
            self.examples.setdefault(rewrite, other.examples[rewrite])


class Prepared(msgspec.Struct, gc=False):
    """The spans of a trace, or of a chunk of it, as they can be sent.

    Attributes:
        spans: those that can be sent: the given list itself when none is left out.
        findings: what was left out and what was changed; None, most often, if nothing was.
    """

    spans: list[Span]
    findings: Findings | None = None

    @property
    def refused(self) -> dict[Refusal, int]:
        """How many spans are left out, by reason."""
        return self.findings.refused if self.findings else {}

    @property
    def rewritten(self) -> dict[Rewrite, int]:
        """How many changes were made, by reason."""
        return self.findings.rewritten if self.findings else {}

    @property
    def reason(self) -> str:
        """What is wrong with the first span that is left out; "" if none is."""
        return next(iter(self.findings.refusals.values()), "") if self.findings else ""
