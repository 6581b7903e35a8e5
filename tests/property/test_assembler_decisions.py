"""One trace, one decision, whatever comes between; and rates keep the part that they say."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.assemble.assembler import Assembler
from logtrace.clock import SECOND
from logtrace.config.model import TracesConfig
from logtrace.mapping import ids
from logtrace.model import Mapped, MappedSpan, Span, Trace
from tests.support.clock import NOON
from tests.support.spans import mapped, mapped_span

PRIORITY, MECHANISM, RATE = "_sampling_priority_v1", "_dd.p.dm", "_dd.agent_psr"

WAIT = 4 * SECOND
IDLE = 12 * SECOND
SERVICES = ("shop", "Shop", "db")
ENVS = ("", "prod")


@st.composite
def rates(draw: st.DrawFn) -> dict[str, float]:
    """What an Agent may answer: rates for some services, for all others, or nothing."""
    names = [f"service:{service},env:{env}" for service in ("", *SERVICES) for env in ENVS]
    return draw(st.dictionaries(st.sampled_from(names), st.floats(0, 1), max_size=4))


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[list[MappedSpan], dict[str, float], int, bool]]:
    """Rounds of the pipeline: spans of few traces, new rates, elapsed time, whether a restart."""
    rounds, number = [], 0
    for _ in range(draw(st.integers(1, 12))):
        spans = []
        for _ in range(draw(st.integers(0, 6))):
            number += 1
            span = mapped_span(
                number,
                trace=draw(st.sampled_from((1, 10, 2**64 - 1))),
                parent=draw(st.one_of(st.none(), st.integers(0, 7))),
                root=draw(st.booleans()),
                time=NOON + draw(st.integers(0, 60)) * SECOND,
                service=draw(st.sampled_from(SERVICES)),
            )
            if draw(st.booleans()):
                span.span.meta["env"] = draw(st.sampled_from(ENVS))
            if not draw(st.integers(0, 5)):
                span.span.metrics[PRIORITY] = draw(st.sampled_from((-1.0, 0.0, 1.0, 2.0, 9.0)))
            spans.append(span)
        elapsed = draw(st.sampled_from((0, SECOND, 5 * SECOND, 40 * SECOND)))
        rounds.append((spans, draw(rates()), elapsed, not draw(st.integers(0, 5))))
    return rounds


def decision(trace: Trace) -> tuple[float, str | None, float | None]:
    """Return what the first span of a chunk says: priority, mechanism, rate."""
    first = trace.spans[0]
    return first.metrics[PRIORITY], first.meta.get(MECHANISM), first.metrics.get(RATE)


@given(steps(), st.integers(1, 4), st.integers(1, 3))
def test_all_chunks_of_a_trace_carry_one_decision(
    rounds: list[tuple[list[MappedSpan], dict[str, float], int, bool]],
    max_spans: int,
    max_open: int,
) -> None:
    """Chunks that are full, late, evicted, cut, or of the run before say the same of their trace."""
    config = TracesConfig(wait=WAIT, idle=IDLE, max_spans=max_spans, max_open=max_open)
    reading, chunks = Assembler(config), []
    for spans, now, elapsed, restart in rounds:
        reading.rates = now
        chunks += reading.arrive(mapped(*spans), "app", "shared", False)
        chunks += reading.elapse(elapsed, ())
        if restart:
            chunks += reading.flush()
            again = Assembler(config)
            again.recall(reading.remember())
            reading = again
    chunks += reading.flush()
    decided = [(chunk.spans[0].trace_id, decision(chunk)) for chunk in chunks]

    assert len(dict(decided)) == len(set(decided))
    assert [1] * len(chunks) == [
        sum(PRIORITY in span.metrics for span in chunk.spans) for chunk in chunks
    ]


def random_ids(random: Random) -> list[int]:
    """Return trace ids as tracers make them."""
    return [random.getrandbits(64) or 1 for _ in range(10_000)]


def derived_ids(random: Random) -> list[int]:
    """Return trace ids as mapping derives them: of lines of one length in one file."""
    seed = ids.seed(random.getrandbits(63), 0, 1)
    length = random.randint(20, 400)
    return [ids.derive(seed, length * line) for line in range(10_000)]


def lone(trace: int) -> MappedSpan:
    """Return a span that is a whole trace."""
    return mapped_span(trace=trace, root=True)


@pytest.mark.parametrize("make", [random_ids, derived_ids])
@pytest.mark.parametrize("rate", [0.0, 0.01, 0.1, 0.3, 0.5, 0.9, 0.999, 1.0])
def test_rate_keeps_its_part(make: Callable[[Random], list[int]], rate: float) -> None:
    """Of ten thousand ids as many are kept as the rate says, within four standard deviations."""
    reading = Assembler(TracesConfig(wait=WAIT, idle=IDLE))
    reading.rates = {"service:shop,env:": rate}
    alone = [lone(trace) for trace in make(Random(20_240_229))]
    traces = reading.arrive(Mapped(alone=alone), "app", "shop", False)
    kept = sum(trace.spans[0].metrics[PRIORITY] for trace in traces)
    bound = 4 * (rate * (1 - rate) * 10_000) ** 0.5

    assert 10_000 == len(traces)
    assert -bound <= kept - 10_000 * rate <= bound


@given(st.lists(st.integers(1, 2**64 - 1), min_size=1), rates())
def test_lone_and_collected_spans_are_decided_alike(
    traces: list[int], now: dict[str, float]
) -> None:
    """However a trace of one span comes, its marks are the same."""
    reading = Assembler(TracesConfig(wait=WAIT, idle=IDLE))
    reading.rates = now
    unique = sorted(set(traces))
    alone = reading.arrive(Mapped(alone=[lone(trace) for trace in unique]), "a", "alone", False)
    reading.arrive(mapped(*(lone(trace) for trace in unique)), "b", "shared", False)

    def spans(chunks: list[Trace]) -> list[Span]:
        return sorted((chunk.spans[0] for chunk in chunks), key=lambda span: span.trace_id)

    assert spans(alone) == spans(reading.elapse(60 * SECOND, ()))


def test_a_lower_rate_keeps_a_part_of_what_a_higher_one_keeps() -> None:
    """Services with different rates agree on the traces of the lowest: these are kept whole."""
    traces = random_ids(Random(7))
    kept = []
    for rate in (0.1, 0.3, 0.9):
        reading = Assembler(TracesConfig(wait=WAIT, idle=IDLE))
        reading.rates = {"service:,env:": rate}
        chunks = reading.arrive(Mapped(alone=[lone(n) for n in traces]), "app", "shop", False)
        kept.append({c.spans[0].trace_id for c in chunks if c.spans[0].metrics[PRIORITY] == 1})

    assert kept[0] < kept[1] < kept[2]
