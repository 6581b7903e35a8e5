from collections.abc import Callable, Sequence
from typing import Any

import pytest

from logtrace.assemble.decisions import (
    BY_DEFAULT,
    MECHANISM,
    PRIORITY,
    RATE,
    Decision,
    Decisions,
    lift,
    rate_of,
)
from logtrace.model import Closed, Span
from tests.support.spans import mapped_span

RATES = {"service:shop,env:prod": 0.25, "service:shop,env:": 0.5, "service:,env:": 0.75}

KEPT_BELOW = {
    1: 0.0602,
    10: 0.6023,
    1882305164521835798: 0.3859,
    13794769880582338323: 0.3486,
    2**64 - 1: 0.9398,
}
"""Hashes of trace ids that Datadog's tracers agree on, as parts of 2**64."""


def root(trace: int = 1, *, service: str = "shop", env: str = "", **metrics: float) -> Span:
    """Return a root span; metrics are named without their leading underscore."""
    span = mapped_span(trace=trace, root=True, service=service).span
    if env:
        span.meta["env"] = env
    span.metrics = {f"_{name}": value for name, value in metrics.items()}
    return span


def taken(span: Span, rates: dict[str, float]) -> Decision:
    """Return the decision for the trace of a root."""
    decisions = Decisions()
    decisions.use(rates)
    return decisions.take(span)


def marks(span: Span) -> tuple[float | None, str | None, float | None]:
    """Return the priority, mechanism and rate that stand on a span."""
    return span.metrics.get(PRIORITY), span.meta.get(MECHANISM), span.metrics.get(RATE)


def test_all_is_kept_while_no_rates_are_known() -> None:
    """Without any rate the decision is: keep, by nobody, at no rate."""
    span = root()

    assert Decision(1, "-0", None) == BY_DEFAULT == taken(span, {})
    assert (1, "-0", None) == marks(span)


@pytest.mark.parametrize(("trace", "part"), KEPT_BELOW.items())
def test_hash_is_that_of_all_tracers(trace: int, part: float) -> None:
    """A trace is kept at a rate just above its hash, and not at one just below."""
    above, below = part + 0.0001, part - 0.0001

    assert Decision(1, "-1", above) == taken(root(trace), {"service:,env:": above})
    assert Decision(0, "-1", below) == taken(root(trace), {"service:,env:": below})


@pytest.mark.parametrize("hashed", [1, 2**63, 2**64 - 1])
def test_a_rate_of_one_keeps_all_and_of_zero_none(hashed: int) -> None:
    """At the ends no id is an exception, not even those with the lowest and the highest hash."""
    trace = hashed * pow(1111111111111111111, -1, 2**64) % 2**64

    assert Decision(1, "-1", 1.0) == taken(root(trace), {"service:,env:": 1.0})
    assert Decision(0, "-1", 0.0) == taken(root(trace), {"service:,env:": 0.0})


def test_a_decision_is_set_on_the_root() -> None:
    """Priority, mechanism and rate are where the Agent reads them."""
    kept, dropped = root(1, env="prod"), root(10, env="prod")
    taken(kept, RATES)
    taken(dropped, RATES)

    assert (1, "-1", 0.25) == marks(kept)
    assert (0, "-1", 0.25) == marks(dropped)


@pytest.mark.parametrize(
    ("service", "env", "rate"),
    [
        ("shop", "prod", 0.25),
        ("shop", "", 0.5),
        ("shop", "dev", 0.75),
        ("billing", "prod", 0.75),
        ("Shop", "PROD", 0.25),
        ("SHOP__", "", 0.5),
    ],
)
def test_rate_is_that_of_service_and_env(service: str, env: str, rate: float) -> None:
    """The rate is found by the names as they are, as the Agent writes them, or as all others'."""
    assert rate == rate_of(RATES, service, env)


@pytest.mark.parametrize(
    ("service", "named"),
    [("Legacy Billing (EU)", "legacy_billing_eu"), ("Café/v1.2:x-y", "café/v1.2:x-y")],
)
def test_names_are_looked_up_as_the_agent_normalises_them(service: str, named: str) -> None:
    """Lower-case; what is no letter, digit or one of `:./-` is an underscore, none at the end."""
    assert 0.1 == rate_of({f"service:{named},env:": 0.1}, service, "")


def test_a_name_as_it_is_comes_before_its_normal_form() -> None:
    """If the Agent names a service just as the span does, that rate counts."""
    rates = {"service:Shop,env:": 0.1, "service:shop,env:": 0.2}

    assert (0.1, 0.2) == (rate_of(rates, "Shop", ""), rate_of(rates, "SHOP", ""))


def test_a_service_that_no_rate_is_for_is_kept_at_the_rate_one() -> None:
    """Where there are rates, but none for this service nor for all others, 1 is applied."""
    assert Decision(1, "-1", 1.0) == taken(root(env="dev"), {"service:shop,env:prod": 0.0})


@pytest.mark.parametrize("nonsense", [-0.5, 1.5, float("nan"), float("inf"), float("-inf")])
def test_what_is_no_rate_keeps_all(nonsense: float) -> None:
    """A rate outside 0 to 1 is taken for 1, and never sent on."""
    assert Decision(1, "-1", 1.0) == taken(root(10), {"service:,env:": nonsense})


def test_new_rates_count_from_then_on() -> None:
    """A new mapping replaces what was known of the old one, and an empty one too."""
    decisions = Decisions()
    decided = []
    for rate in (0.0, 0.5):
        decisions.use({"service:shop,env:": rate})
        decided += [decisions.take(root()), decisions.take(root())]
    decisions.use({})

    assert [Decision(0, "-1", 0.0)] * 2 + [Decision(1, "-1", 0.5)] * 2 == decided
    assert BY_DEFAULT == decisions.take(root())


def test_traces_that_are_decided_alike_share_a_decision() -> None:
    """A hundred thousand closed traces remember few decisions."""
    decisions = Decisions()
    decisions.use(RATES)

    assert decisions.take(root(1)) is decisions.take(root(1882305164521835798))


def test_any_number_of_services_is_decided_in_bounded_memory() -> None:
    """Services come from log lines: few are remembered, long names never, and all get their rate."""
    decisions = Decisions()
    decisions.use({"service:s0,env:": 0.0, "service:,env:": 1.0})
    numbers = [*range(5_000), 0]
    decided = [decisions.take(root(service=f"s{number}")).priority for number in numbers]
    decided.append(decisions.take(root(service="x" * 10_000)).priority)

    assert [0, *[1] * 4_999, 0, 1] == decided
    assert len(decisions._known) <= 1_000
    assert all(len(service) < 1_000 for service, _ in decisions._known)


@pytest.mark.parametrize(
    "decide", [Decisions.take, lambda decisions, span: decisions.take_each([span])]
)
@pytest.mark.parametrize("priority", [-1, 0, 1, 2])
@pytest.mark.parametrize("rates", [{}, RATES])
def test_a_decision_in_the_log_is_kept(
    decide: Callable[[Decisions, Span], object], priority: int, rates: dict[str, float]
) -> None:
    """What the application's own tracer decided stands, with its reason if the log has it."""
    decisions = Decisions()
    decisions.use(rates)
    plain, told = root(10, sampling_priority_v1=priority), root(10, sampling_priority_v1=priority)
    told.meta[MECHANISM] = "-4"
    for span in (plain, told):
        decide(decisions, span)

    assert (priority, None, None) == marks(plain)
    assert (priority, "-4", None) == marks(told)


@pytest.mark.parametrize("nonsense", [3, -2, 0.5, 1e300])
def test_what_is_no_priority_in_the_log_decides_nothing(nonsense: float) -> None:
    """A number that no tracer sets is replaced, with rates and without."""
    first, second = root(sampling_priority_v1=nonsense), root(sampling_priority_v1=nonsense)

    assert BY_DEFAULT == taken(first, {})
    assert Decision(1, "-1", 0.5) == taken(second, RATES)
    assert (1, "-1", 0.5) == marks(second)


def test_rate_of_a_decision_in_the_log_is_kept() -> None:
    """Where the log says by which rate was decided, later chunks can say it too."""
    span = root()
    span.metrics, span.meta = {PRIORITY: 0.0, RATE: 0.1}, {MECHANISM: "-1"}

    assert Decision(0, "-1", 0.1) == taken(span, RATES)


def test_a_mechanism_that_is_none_is_not_remembered() -> None:
    """A text of any length from a log is left on its span, and is no part of the decision."""
    span = root(sampling_priority_v1=2)
    span.meta[MECHANISM] = "-" * 10_000

    assert Decision(2, "") == taken(span, {})


def test_lift_takes_the_first_decision_and_all_priorities() -> None:
    """The root's decision comes before the others', which the Agent must not find."""
    spans = [root(), root(sampling_priority_v1=7), *(root(sampling_priority_v1=n) for n in (2, 0))]

    assert Decision(2, "") == lift(spans)
    assert [{}] * 4 == [span.metrics for span in spans]


def test_lift_finds_nothing_where_nothing_is() -> None:
    """Spans that carry no decision give none."""
    assert None is lift([root(rows=3), root()])


def test_each_of_many_is_decided_as_if_alone() -> None:
    """Spans of several services in any order get what each would get by itself."""
    places = [("shop", "prod"), ("shop", "prod"), ("shop", ""), ("Shop", "prod"), ("db", "dev")]
    many = [root(n, service=s, env=e) for n in range(1, 40) for s, e in places]
    single = [root(n, service=s, env=e) for n in range(1, 40) for s, e in places]
    decisions = Decisions()
    decisions.use(RATES)
    decisions.take_each(many)
    for span in single:
        decisions.take(span)

    assert single == many
    assert {0, 1} == {span.metrics[PRIORITY] for span in many}


def test_a_decision_marks_another_chunk() -> None:
    """On a later chunk's first span stands what stood on the first one's; no rate where none was."""
    kept, default, told = root(), root(), root()
    Decision(0, "-1", 0.25).mark(kept)
    BY_DEFAULT.mark(default)
    Decision(2, "").mark(told)

    assert [(0, "-1", 0.25), (1, "-0", None), (2, None, None)] == [
        marks(span) for span in (kept, default, told)
    ]


# ── rules ─────────────────────────────────────────────────────────────────────────────────────────


class Failed:
    """A rule for traces that failed, at a rate."""

    def __init__(self, rate: float) -> None:
        self.rates = (rate,)

    def choose(self, spans: Sequence[Span], reason: Closed) -> int | None:
        return 0 if any(span.error for span in spans) else None


def judged(rate: float, trace: int, rates: dict[str, float] | None = None, **keys: Any) -> Span:
    """Return a root behind which a span failed, after the decision."""
    decisions, first = Decisions(Failed(rate)), root(trace, **keys)
    decisions.use(rates or {})
    failed = root(trace)
    failed.error = 1
    decisions.judge([first, failed], Closed.COMPLETE)
    return first


def test_a_rule_decides_as_a_user_does() -> None:
    """Above the Agent's own reckoning, with the rate that was applied; the Agent's is not."""
    kept, dropped = judged(1.0, 1, RATES), judged(0.0, 1, RATES)

    assert (2, "-3", 1.0) == (*marks(kept)[:2], kept.metrics["_dd.rule_psr"])
    assert (-1, "-3", 0.0) == (*marks(dropped)[:2], dropped.metrics["_dd.rule_psr"])
    assert "_dd.agent_psr" not in kept.metrics


@pytest.mark.parametrize(("trace", "part"), [(1, 0.0602), (10, 0.6023)])
def test_a_rule_draws_as_all_tracers_do(trace: int, part: float) -> None:
    """By the hash of the trace id, so that other hosts and restarts draw alike."""
    assert 2 == judged(part + 0.0001, trace).metrics["_sampling_priority_v1"]
    assert -1 == judged(part - 0.0001, trace).metrics["_sampling_priority_v1"]


def test_the_rates_decide_where_no_rule_holds() -> None:
    """And where there are none all is kept."""
    decisions, first, second = Decisions(Failed(0.0)), root(1), root(1, env="prod")

    assert BY_DEFAULT == decisions.judge([first], Closed.COMPLETE)
    decisions.use(RATES)
    assert Decision(1, "-1", 0.25) == decisions.judge([second], Closed.COMPLETE)
    assert 0 == decisions.take_decided().total()


def test_what_the_log_carries_comes_before_rules() -> None:
    """Other services of the trace follow it too."""
    first = root(1)
    first.metrics["_sampling_priority_v1"] = 0
    first.error = 1
    Decisions(Failed(1.0)).judge([first], Closed.COMPLETE)

    assert 0 == first.metrics["_sampling_priority_v1"]
    assert "_dd.rule_psr" not in first.metrics


def test_decisions_of_rules_are_counted_once() -> None:
    """By rule, kept or not, since they were asked for last."""
    decisions = Decisions(Failed(0.5))
    for trace in (1, 10, 1882305164521835798):
        failed = root(trace)
        failed.error = 1
        decisions.judge([failed], Closed.COMPLETE)

    assert {(0, True): 2, (0, False): 1} == decisions.take_decided()
    assert {} == decisions.take_decided()


@pytest.mark.parametrize(
    ("keep", "rates", "plain"),
    [
        (None, {}, True),
        (None, RATES, False),
        (Failed(1.0), {}, False),
        (Failed(1.0), RATES, False),
    ],
)
def test_all_is_kept_by_default_without_rules_and_rates(
    keep: Failed | None, rates: dict[str, float], plain: bool
) -> None:
    """The fast way is taken only then."""
    decisions = Decisions(keep)
    decisions.use(rates)

    assert (plain, keep is not None) == (decisions.by_default, decisions.by_rule)
