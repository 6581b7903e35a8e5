"""However a log is read, the same spans leave, each once, and as the same traces."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from logtrace.assemble.assembler import Assembler
from logtrace.clock import MILLISECOND, SECOND
from logtrace.config.model import TracesConfig
from logtrace.model import MappedSpan, Trace
from tests.support.clock import NOON
from tests.support.spans import mapped, mapped_span

WAIT = 4 * SECOND
IDLE = 12 * SECOND
DISORDER = SECOND
"""How much older than its neighbours a line may be: below the wait."""

GAPS = (0, 700 * MILLISECOND, 2 * SECOND, 7 * SECOND, 20 * SECOND, 40 * SECOND)
"""Quiet within a trace: shorter and longer than wait and idle, by more than the disorder."""


@dataclass(frozen=True)
class Line:
    """A span's line: when it is written, what it is stamped with, and in which log."""

    written: int
    stamp: int
    stream: str
    trace: int
    root: bool
    number: int = 0

    def span(self, offset: int = 0) -> MappedSpan:
        return mapped_span(
            self.number, trace=self.trace, root=self.root, time=self.stamp + offset, start=NOON
        )


@st.composite
def logs(draw: st.DrawFn, streams: int = 1, gaps: tuple[int, ...] = GAPS) -> list[Line]:
    """Lines of several traces, in the order in which they are written."""
    lines = []
    for trace in range(1, draw(st.integers(1, 6)) + 1):
        written = NOON + draw(st.integers(0, 60)) * SECOND + trace * MILLISECOND
        root = draw(st.integers(-1, 4))
        for index in range(draw(st.integers(1, 6))):
            written += draw(st.sampled_from(gaps)) if index else 0
            stamp = written - draw(st.sampled_from((0, 0, DISORDER // 2, DISORDER)))
            stream = f"host-{draw(st.integers(1, streams))}"
            lines.append(Line(written, stamp, stream, trace, root == index))
    lines.sort(key=lambda line: line.written)
    return [Line(**{**vars(line), "number": number}) for number, line in enumerate(lines)]


def assembler() -> Assembler:
    """Return an assembler with a fixed wait."""
    return Assembler(TracesConfig(wait=WAIT, idle=IDLE))


def chunks(traces: Iterable[Trace]) -> list[list[int]]:
    """Return who left with whom, whatever the order."""
    return sorted(sorted(trace.numbers) for trace in traces)


def read_live(lines: list[Line], offsets: dict[str, int] | None = None) -> list[list[int]]:
    """Read each line when it is written."""
    reading, traces, now = assembler(), [], NOON
    for line in lines:
        traces += reading.elapse(line.written - now, ())
        now = line.written
        span = line.span((offsets or {}).get(line.stream, 0))
        traces += reading.arrive(mapped(span), line.stream, "shop", False)
    return chunks(traces + reading.elapse(60 * SECOND, ()))


def read_behind(
    lines: list[Line], blocks: list[int], offsets: dict[str, int] | None = None
) -> list[list[int]]:
    """Read all logs when they are old, each in blocks of so many lines, in fair rounds."""
    reading, traces, turn = assembler(), [], 0
    unread: dict[str, list[Line]] = {}
    for line in lines:
        unread.setdefault(line.stream, []).append(line)
    while unread:
        for stream, rest in list(unread.items()):
            size = blocks[turn % len(blocks)]
            turn += 1
            spans = [line.span((offsets or {}).get(stream, 0)) for line in rest[:size]]
            unread[stream] = rest[size:]
            behind = bool(unread[stream])
            traces += reading.arrive(mapped(*spans), stream, "shop", behind)
            if not behind:
                del unread[stream]
        traces += reading.elapse(MILLISECOND, unread.keys())
    return chunks(traces + reading.elapse(60 * SECOND, ()))


@given(logs(), st.lists(st.integers(1, 9), min_size=1))
def test_one_log_gives_the_same_traces_however_it_is_read(
    lines: list[Line], blocks: list[int]
) -> None:
    """Live, in one gulp, or in any blocks: a log gives the same traces."""
    live = read_live(lines)

    assert live == read_behind(lines, [len(lines)])
    assert live == read_behind(lines, blocks)


@given(logs(streams=3), st.lists(st.integers(1, 9), min_size=1))
def test_logs_that_share_traces_give_the_same_traces_however_they_are_read(
    lines: list[Line], blocks: list[int]
) -> None:
    """Live, in one gulp, or in any blocks: logs of several hosts give the same traces."""
    live = read_live(lines)

    assert live == read_behind(lines, [len(lines)])
    assert live == read_behind(lines, blocks)


@given(
    logs(streams=3, gaps=(0, 100 * MILLISECOND)),
    st.lists(st.sampled_from((-3600, 0, 3600)), min_size=3, max_size=3),
)
def test_wrong_clocks_change_nothing(lines: list[Line], hours: list[int]) -> None:
    """Hosts whose clocks are an hour off give the traces that they would give otherwise."""
    offsets = {f"host-{index}": hour * SECOND for index, hour in enumerate(hours, 1)}
    right = read_live(lines)

    assert right == read_live(lines, offsets)
    assert right == read_behind(lines, [len(lines)], offsets)


@st.composite
def hostile_calls(draw: st.DrawFn) -> list[tuple[list[MappedSpan], str, bool, int]]:
    """Batches of anything: few trace ids, any times, parents, streams, and elapsed times."""
    calls, number = [], 0
    for _ in range(draw(st.integers(1, 12))):
        spans = []
        for _ in range(draw(st.integers(0, 8))):
            if not spans or draw(st.booleans()):  # else another span of the same line
                number += 1
                time = draw(st.integers(946_684_800, 4_102_444_799)) * SECOND
            spans.append(
                mapped_span(
                    number,
                    trace=number % 5 + 1,
                    span=draw(st.integers(1, 6)),
                    parent=draw(st.one_of(st.none(), st.integers(0, 7))),
                    root=draw(st.booleans()),
                    time=time,
                    start=NOON + draw(st.integers(0, 5)),
                    duration=draw(st.integers(0, 5)),
                )
            )
        stream = draw(st.sampled_from(("a", "b", "c")))
        calls.append((spans, stream, draw(st.booleans()), draw(st.integers(0, 40)) * SECOND))
    return calls


@given(
    hostile_calls(), st.integers(1, 5), st.integers(1, 5), st.sampled_from((None, 0, SECOND, WAIT))
)
def test_nothing_is_lost_or_doubled(
    calls: list[tuple[list[MappedSpan], str, bool, int]],
    max_spans: int,
    max_open: int,
    wait: int | None,
) -> None:
    """Each span leaves once, its line with it as often as it gave some, and time never goes back."""
    config = TracesConfig(wait=wait, idle=IDLE, max_spans=max_spans, max_open=max_open)
    reading, traces, times = Assembler(config), [], Counter()
    sent, lines = Counter(), Counter()
    for spans, stream, behind, elapsed in calls:
        sent.update(id(mapped.span) for mapped in spans)
        lines.update(mapped.number for mapped in spans)
        traces += reading.arrive(mapped(*spans), stream, "shop" if stream < "c" else "c", behind)
        traces += reading.elapse(elapsed, {stream} if behind else set())
        for name in ("a", "b", "c"):
            assert reading.time(name) >= times[name]
            times[name] = reading.time(name)
        assert reading.open_traces <= max_open
    traces += reading.flush()

    assert sent == Counter(id(span) for trace in traces for span in trace.spans)
    assert lines == Counter(number for trace in traces for number in trace.numbers)
    assert (0, 0) == (reading.open_traces, reading.open_spans)
    assert all(1 == len({span.trace_id for span in trace.spans}) for trace in traces)
    assert all(1 == trace.spans[0].metrics["_sampling_priority_v1"] for trace in traces)
