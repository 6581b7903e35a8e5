"""Whether a trace is to be kept: its sampling priority, who decided it, and by which rate.

The Agent keeps about ten traces a second, and answers each payload with the rates that make it so
(trace API, v0.4: `rate_by_service`). All tracers apply them by the same hash of the trace id, so that
services which decide for themselves decide alike. Nothing is held back here: a trace that is not to be
kept is sent with priority 0, since the Agent counts it all the same. `finish` calls this when the first
chunk of a trace leaves; the decision is remembered with the trace (`closed`), for its later chunks.

`traces.keep` comes before the rates: the first of its rules that holds for the whole trace decides, as
a user's wish, which the Agent leaves out of its own reckoning. What the log carries comes before both,
since a trace that several services decide about must be decided alike.

Nothing raises for what a log or an Agent says; what is remembered is bounded. No I/O; any one thread.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil
from typing import Protocol

import msgspec

from logtrace.model import Closed, Span

PRIORITY = "_sampling_priority_v1"
MECHANISM = "_dd.p.dm"
RATE = "_dd.agent_psr"
RULE_RATE = "_dd.rule_psr"

_PRIORITIES = (-1, 0, 1, 2)
_MECHANISMS = frozenset(f"-{number}" for number in range(100))

_FACTOR = 1111111111111111111
_LOW = 2**64 - 1
_ALL = 2.0**64
"""The hash of a trace id, that of all tracers: its lower 64 bits times the factor, the lower 64 bits of
that. A trace is kept if its hash is below the rate's part of all hashes."""

_MOST_KNOWN = 1_000
_LONGEST_KNOWN = 300
"""Bounds of what is remembered by service and env: both may come from log lines."""

_OTHERS = re.compile(r"(?:[^\w:./-]|_)+")


class Decision(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What becomes of a trace. (Without cyclic collection, so that a tuple with one needs none.)

    Attributes:
        priority: -1 or 0: not to be kept, 1 or 2: to be kept; the outer ones were a user's wish.
        mechanism: who decided: `-0` nobody, `-1` the Agent's rate; others come from logs; "" is not
            known.
        rate: the Agent's rate, where one was applied.
        rule_rate: the rate of a rule of `traces.keep`, where one decided.
    """

    priority: int
    mechanism: str
    rate: float | None = None
    rule_rate: float | None = None

    def mark(self, first: Span) -> None:
        """Set the decision on the first span of a chunk."""
        first.metrics[PRIORITY] = self.priority
        if self.mechanism:
            first.meta[MECHANISM] = self.mechanism
        if self.rate is not None:
            first.metrics[RATE] = self.rate
        if self.rule_rate is not None:
            first.metrics[RULE_RATE] = self.rule_rate


def is_kept(first: Span) -> bool:
    """Return whether a trace is to be kept, by the decision on the first span of a chunk."""
    return first.metrics.get(PRIORITY, 1) > 0


BY_DEFAULT = Decision(1, "-0")
"""No rates are known: keep. Without a priority the Agent samples by its own score and traces vanish."""

BY_RATE = "-1"
BY_RULE = "-3"

_Known = tuple[float, int, Decision, Decision]
"""A rate, below which hash it keeps a trace, the decision if it does, and the one if it does not."""


class Keep(Protocol):
    """`traces.keep`; see `mapping.keep.Keep`."""

    @property
    def rates(self) -> Sequence[float]:
        """What part of its traces each rule keeps."""
        ...

    @property
    def choose(self) -> Callable[[Sequence[Span], Closed], int | None]:
        """Gives the rule that decides about a trace, root first, closed for a reason; None: none."""
        ...


class Decisions:
    """Takes decisions, by the rules of `traces.keep` and by the rates that the Agent gave last.

    Attributes:
        rates: what part of its traces to keep, by `service:<service>,env:<env>`; see `use`.
        by_rule: whether there are rules.
        by_default: whether there are neither rules nor rates: all is kept that carries no decision.
        decided: how many traces each rule decided about, by its index and whether it kept them.
    """

    def __init__(self, keep: Keep | None = None) -> None:
        self.rates: Mapping[str, float] = {}
        self.by_rule = keep is not None
        self.by_default = keep is None
        self.decided: Counter[tuple[int, bool]] = Counter()
        self._keep = keep
        self._rules = [
            (ceil(rate * _ALL), Decision(2, BY_RULE, None, rate), Decision(-1, BY_RULE, None, rate))
            for rate in (keep.rates if keep else ())
        ]
        self._known: dict[tuple[str, str], _Known] = {}

    def use(self, rates: Mapping[str, float]) -> None:
        """Decide by `rates` from now on; the mapping is not to be changed afterwards."""
        if rates is not self.rates:
            self.rates = rates
            self.by_default = self._keep is None and not rates
            self._known = {}

    def judge(self, spans: Sequence[Span], reason: Closed) -> Decision:
        """Return the decision for a trace, and set it on its first span, which is the root.

        It is the one that the root carries, else one by the first rule that holds, else `take`.
        """
        root = spans[0]
        if self._keep is None:
            return self.take(root)
        if PRIORITY in root.metrics and (carried := lift((root,))) is not None:
            carried.mark(root)
            return carried
        rule = self._keep.choose(spans, reason)
        if rule is None:
            return self.take(root)
        limit, kept, dropped = self._rules[rule]
        decision = kept if root.trace_id * _FACTOR & _LOW < limit else dropped
        self.decided[rule, decision is kept] += 1
        decision.mark(root)
        return decision

    def take_decided(self) -> Counter[tuple[int, bool]]:
        """Return what was counted in `decided` since this was asked last."""
        counted, self.decided = self.decided, Counter()
        return counted

    def take(self, root: Span) -> Decision:
        """Return the decision for the trace of `root`, and set it there.

        It is the one that `root` carries, else one by the rate for its service and env.
        """
        metrics, meta = root.metrics, root.meta
        if metrics and PRIORITY in metrics:
            return self._take_carried(root)
        if not self.rates:
            metrics[PRIORITY] = BY_DEFAULT.priority
            meta[MECHANISM] = BY_DEFAULT.mechanism
            return BY_DEFAULT
        service, env = root.service, meta.get("env", "")
        known = self._known.get((service, env)) or self._look_up(service, env)
        rate, limit, kept, dropped = known
        decision = kept if root.trace_id * _FACTOR & _LOW < limit else dropped
        # What `mark` does, without a call: this is the hot path of sampled logs.
        metrics[PRIORITY] = decision.priority
        metrics[RATE] = rate
        meta[MECHANISM] = BY_RATE
        return decision

    def take_each(self, roots: Iterable[Span]) -> None:
        """Do what `take` does for each of `roots`, which are mostly of one service: with few calls.

        There are rates.
        """
        service = env = None
        rate, limit = 1.0, 0
        for root in roots:
            metrics, meta = root.metrics, root.meta
            if metrics and PRIORITY in metrics:
                self.take(root)
                continue
            if root.service is not service or meta.get("env", "") is not env:
                service, env = root.service, meta.get("env", "")
                rate, limit, _, _ = self._known.get((service, env)) or self._look_up(service, env)
            metrics[PRIORITY] = 1 if root.trace_id * _FACTOR & _LOW < limit else 0
            metrics[RATE] = rate
            meta[MECHANISM] = BY_RATE

    def _take_carried(self, root: Span) -> Decision:
        """Do what `take` does for a span that came with a priority, right or wrong."""
        decision = lift((root,))
        if decision is None:
            return self.take(root)
        decision.mark(root)
        return decision

    def _look_up(self, service: str, env: str) -> _Known:
        rate = rate_of(self.rates, service, env)
        kept, dropped = Decision(1, BY_RATE, rate), Decision(0, BY_RATE, rate)
        known = rate, ceil(rate * _ALL), kept, dropped
        if len(service) + len(env) <= _LONGEST_KNOWN:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[service, env] = known
        return known


def lift(spans: Iterable[Span]) -> Decision | None:
    """Return the first decision that a span carries, and take the priorities off all spans.

    A metric `_sampling_priority_v1` is a decision of the application's own tracer, which other
    services of the trace follow too: to decide anew would tear it. The Agent may look for it at any
    span of a chunk, hence it must not stand on more than one.

    Args:
        spans: all of one trace, root first.
    """
    first = None
    for span in spans:
        if PRIORITY in span.metrics:
            first = first or _carried(span)
            del span.metrics[PRIORITY]
    return first


def rate_of(rates: Mapping[str, float], service: str, env: str) -> float:
    """Return the rate for a service and env.

    The Agent names both as it normalises them, which comes later than this: they are looked up as
    they are, then normalised (lower-cased, above all), then the rate of all others is taken. What is
    no rate, from 0 to 1, keeps everything.
    """
    normal = f"service:{_normalised(service)},env:{_normalised(env)}"
    for key in (f"service:{service},env:{env}", normal, "service:,env:"):
        rate = rates.get(key)
        if rate is not None:
            return rate if 0 <= rate <= 1 else 1.0
    return 1.0


def _normalised(text: str) -> str:
    """Return a service or env as the Agent writes it; of one that is very long, the beginning."""
    return _OTHERS.sub("_", text[:_LONGEST_KNOWN].lower()).rstrip("_")


def _carried(span: Span) -> Decision | None:
    """Return the decision that the log gives with a span that has a priority."""
    priority = span.metrics[PRIORITY]
    if priority not in _PRIORITIES:
        return None
    mechanism = span.meta.get(MECHANISM, "")
    known = mechanism if mechanism in _MECHANISMS else ""
    return Decision(int(priority), known, span.metrics.get(RATE))
