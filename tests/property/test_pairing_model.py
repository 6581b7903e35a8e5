from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from logtrace.mapping.pairing import Paired, Pairing
from logtrace.model import HalfSpan, Reject
from tests.support.halves import FakeRule, half, whole

PAIRS = {0: FakeRule(0, timeout=30), 1: FakeRule(1, timeout=7)}
GROUP = FakeRule(2, "group", pause=4)
EVENT = FakeRule(3, "event")
RULES = {**PAIRS, 2: GROUP, 3: EVENT}

Seen = list[tuple[str, int, int, int, int, tuple[int, ...], tuple[str, ...]]]


@dataclass
class Open:
    """What the naive model knows of an open span."""

    first: HalfSpan
    due: int
    trace: int
    parent: int = 0
    lines: list[HalfSpan] = field(default_factory=list)
    events: list[HalfSpan] = field(default_factory=list)
    seen: int = 0


class Naive:
    """Pairing as its documentation tells it: one list of all that is open, searched every time."""

    def __init__(self) -> None:
        self.open: list[Open] = []
        self.spans: Seen = []
        self.released: list[tuple[int, Reject]] = []

    def advance(self, now: int) -> None:
        for opened in sorted((o for o in self.open if o.due <= now), key=lambda o: o.due):
            self.close(opened, None)

    def close(self, opened: Open, end: HalfSpan | None) -> None:
        self.open.remove(opened)
        lines = [opened.first, *opened.lines, *([end] if end else [])]
        if opened.first.rule == 2:
            last: HalfSpan | None = lines[-1]
            start, until = min(x.time for x in lines), max(x.time for x in lines)
        else:
            last, start = end, opened.first.time
            until = end.time if end else opened.seen
        until = max([until, *(e.time for e in opened.events)]) if not end else until
        name = f"{opened.first.number}-{last.number if last else '?'}"
        numbers = sorted(line.number for line in lines + opened.events)
        names = tuple(str(event.number) for event in opened.events)
        row = (name, opened.trace, opened.parent, start, until - start, tuple(numbers), names)
        self.spans.append(row)
        for outer in self.open:
            if opened.parent == outer.first.number + 1:
                outer.seen = max(outer.seen, until)

    def same_place(self, opened: Open, line: HalfSpan) -> bool:
        if opened.first.rule == 2:
            return False
        if line.scope or not line.key:
            return opened.first.scope == line.scope and (bool(line.scope) or not opened.first.key)
        return not opened.first.scope and opened.first.key == line.key

    def take(self, line: HalfSpan, now: int) -> None:
        self.advance(now)
        here = [opened for opened in self.open if self.same_place(opened, line)]
        trace = line.values[0]
        if line.role == "start":
            outer = here[-1] if here and (line.scope or not line.key) else None
            if outer and trace not in (None, outer.trace):
                outer = None
            opened = Open(line, now + PAIRS[line.rule].timeout, 0, seen=line.time)
            opened.trace = outer.trace if outer else trace or line.number + 1
            opened.parent = outer.first.number + 1 if outer else 0
            if outer:
                outer.seen = max(outer.seen, line.time)
            self.open.append(opened)
        elif line.role == "end":
            mine = [o for o in here if (o.first.rule, o.first.key) == (line.rule, line.key)]
            if not mine:
                self.released.append((line.number, Reject.END_WITHOUT_START))
                return
            if line.scope or not line.key:
                for above in reversed(here[here.index(mine[-1]) + 1 :]):
                    self.close(above, None)
            self.close(mine[-1], line)
        elif line.role == "member":
            groups = [o for o in self.open if (o.first.rule, o.first.key) == (2, line.key)]
            if groups:
                groups[0].lines.append(line)
                groups[0].due = now + GROUP.pause
            else:
                self.open.append(Open(line, now + GROUP.pause, trace or line.number + 1))
        else:
            groups = [o for o in self.open if (o.first.rule, o.first.key) == (2, line.key)]
            traced = [o for o in self.open if o.trace == trace]
            host = (here or (line.key and groups) or traced or [None])[-1]
            if host is None:
                self.released.append((line.number, Reject.EVENT_WITHOUT_SPAN))
                return
            host.events.append(line)
            host.seen = max(host.seen, line.time)


def rows(paired: Paired) -> Seen:
    """Return what the tests compare of spans."""
    return [
        (
            m.span.name,
            m.span.trace_id,
            m.span.parent_id,
            m.span.start,
            m.span.duration,
            tuple(sorted((m.number, *m.more))),
            tuple(event["name"] for event in m.span.span_events),
        )
        for m in paired.spans
    ]


kinds = st.sampled_from(
    [("start", 0), ("start", 1), ("end", 0), ("end", 1), ("member", 2), ("event", 3)]
)
lines = st.lists(
    st.tuples(
        kinds,
        st.sampled_from(["", "", "", "a", "b"]),
        st.sampled_from(["", "t", "t", "u"]),
        st.sampled_from([None, None, None, 500, 600]),
        st.sampled_from([0, 1, 1, 2, 3, 9]),
    ),
    min_size=5,
    max_size=60,
)


@given(lines, st.data())
def test_pairing_is_what_its_documentation_says(
    drawn: list[tuple[tuple[str, int], str, str, int | None, int]], data: st.DataObject
) -> None:
    """Spans, parents, events, timeouts and releases are those of a model that searches a list."""
    pair, naive = Pairing(dict(RULES)), Naive()
    spans: Seen = []
    released: list[tuple[int, Reject]] = []
    batch: list[HalfSpan] = []
    now = 0
    for number, ((role, rule), key, scope, trace, step) in enumerate(drawn):
        now += step
        line = half(role, number, rule=rule, key=key, scope=scope, time=now, trace=trace)
        naive.take(line, now)
        batch.append(line)
        if data.draw(st.booleans(), label="read"):
            paired = pair.take("log", batch, now)
            spans += rows(paired)
            released += paired.released
            batch = []
    paired = pair.take("log", batch, now)
    spans, released = spans + rows(paired), released + paired.released

    assert naive.spans == spans
    assert naive.released == released
    assert len(naive.open) == pair.open


continued = st.lists(
    st.tuples(
        st.one_of(kinds, st.just(("span", 0))),
        st.sampled_from(["", "", "a"]),
        st.sampled_from(["", "t", "u"]),
        st.sampled_from([None, None, 500, 600]),
        st.booleans(),
    ),
    min_size=5,
    max_size=60,
)


@given(continued, st.integers(1, 5), st.integers(0, 2))
def test_every_line_comes_back_for_all_that_it_gave(
    drawn: list[tuple[tuple[str, int], str, str, int | None, bool]], max_open: int, step: int
) -> None:
    """However few may be open: each thing of a line is in one span or was released, once."""
    pair = Pairing(dict(RULES), max_open=max_open)
    halves: list[HalfSpan] = []
    number = 0
    for (role, rule), key, scope, trace, is_next in drawn:
        number += is_next  # else another rule has taken the same line
        time = number * step
        if role == "span":
            halves.append(whole(number, trace=trace, scope=scope, time=time, children=2))
        else:
            halves.append(
                half(role, number, rule=rule, key=key, scope=scope, time=time, trace=trace)
            )

    paired = pair.take("log", halves, 1000)
    rest = pair.flush()

    back = [n for m in paired.spans + rest.spans for n in (m.number, *m.more)]
    back += [number for number, _ in paired.released + rest.released]
    assert sorted(back) == sorted(half.number for half in halves)
    assert 0 == pair.open
    for mapped in paired.spans + rest.spans:
        assert {mapped.span.trace_id} >= {child.trace_id for child in mapped.children}
        assert mapped.span.parent_id != mapped.span.span_id
