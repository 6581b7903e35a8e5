"""Half-spans and rules for tests of pairing: a span's name tells which lines made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from logtrace.mapping.pairing import HalfRule, Identity
from logtrace.model import HalfSpan, MappedSpan, Reject, Role, Span


@dataclass
class FakeRule:
    """A `HalfRule` whose trace id is the first value of a line, and whose span id is its number."""

    index: int
    kind: Literal["pair", "group", "event"] = "pair"
    timeout: int = 100
    pause: int = 10
    refuses: bool = False
    closes_all: bool = False
    named: bool = False
    span_id: int = 0

    def identify(self, half: HalfSpan) -> Identity | Reject:
        if self.named and half.values[0] is None:
            return Reject.NO_TRACE_ID
        return Identity(half.values[0], "", self.span_id or half.number + 1)

    def finish(
        self,
        first: HalfSpan,
        last: HalfSpan | None,
        identity: Identity,
        parent_id: int,
        start: int,
        end: int,
    ) -> MappedSpan | Reject:
        if self.refuses:
            return Reject.NO_NAME
        is_bad = first.failed if self.kind == "group" else last is None
        assert identity.trace_id is not None
        span = Span(
            "",
            f"{first.number}-{last.number}" if last else f"{first.number}-?",
            "",
            identity.trace_id,
            identity.span_id,
            start,
            end - start,
            parent_id=parent_id,
            error=int(is_bad),
        )
        return MappedSpan(span, (last or first).number, (last or first).time)

    def event(self, half: HalfSpan) -> dict[str, Any]:
        return {"name": str(half.number), "time_unix_nano": half.time, "attributes": {}}


def rules(*kinds: Literal["pair", "group", "event"]) -> dict[int, HalfRule]:
    """Return one rule of each kind that is named, numbered from 0."""
    return {index: FakeRule(index, kind) for index, kind in enumerate(kinds)}


def half(
    role: str,
    number: int,
    *,
    rule: int = 0,
    key: str = "",
    scope: str = "",
    time: int | None = None,
    trace: int | None = None,
) -> HalfSpan:
    """Return line `number` as a half-span; its time is its number unless given."""
    at = number if time is None else time
    return HalfSpan(rule, Role(role), key, scope, at, number, number, 0, (trace,))


def whole(
    number: int,
    *,
    trace: int | None = None,
    parent: int = 0,
    scope: str = "",
    time: int | None = None,
    children: int = 0,
) -> HalfSpan:
    """Return line `number` as a span by itself; without `trace` it is the root of one of its own.

    With a scope it may have a start around it as its parent, if `parent` does not say another.
    """
    at = number if time is None else time
    trace_id, span_id = trace or 1000 + number, 2000 + number
    below = [Span("", "child", "", trace_id, 3000 + n, at, 0, span_id) for n in range(children)]
    made = Span("", str(number), "", trace_id, span_id, at, 0, parent)
    is_root = trace is None
    span = MappedSpan(made, number, at, "", is_root, is_root or bool(parent), (), below)
    within = ("trace" if trace else "any") if scope else ""
    return HalfSpan(0, Role.SPAN, "", scope, at, number, number, 0, (), within, span)
