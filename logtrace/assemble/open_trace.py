"""Spans of one trace collected so far, and where to cut them.

Lines never close a trace when they arrive, because lines of other streams from an earlier moment may
be yet to come in the same round. So a line that comes after the quiet which ends a trace is collected
all the same, the trace is marked as *lapsed*, and when the assembler settles it, it is cut here, at
every such quiet. That is how one gulp of an old log gives the traces that live reading gave.
"""

from __future__ import annotations

import msgspec

from logtrace.assemble.closed import Root
from logtrace.assemble.deadlines import Deadlines
from logtrace.assemble.stream_time import Stream
from logtrace.model import MappedSpan


class OpenTrace(msgspec.Struct):
    """A trace that may go on.

    Attributes:
        trace_id: the lower 64 bits of its id.
        stream: where its latest line came from, and
        at: that stream's time T when it came.
        limit: nanoseconds of quiet that end it.
        spans: in order of arrival; each one's `time` is no longer what its line is stamped with, but
            what its stream's clock showed when it came.
        below: how many children they have, which are sent with them.
        size: bytes of the lines that they were made of, about.
        gap: widest gap between arrivals so far, of those behind the root once there is one.
        rooted: whether the trace's root has come, in these spans or in a chunk that has left.
        late: whether the trace had been closed before these spans came.
        lapsed: whether it was quiet for longer than `limit` and then went on.
        closed: whether it has left for good.
        legs: (index of a span, its stream) wherever the stream changes; None: all from `stream`.
        deadlines: where it is entered, if it is, and
        tick: under which slot.
    """

    trace_id: int
    stream: Stream
    at: int
    limit: int
    known: Root | None = None
    spans: list[MappedSpan] = msgspec.field(default_factory=list)
    below: int = 0
    size: int = 0
    gap: int = 0
    rooted: bool = False
    late: bool = False
    lapsed: bool = False
    closed: bool = False
    legs: list[tuple[int, Stream]] | None = None
    deadlines: Deadlines | None = None
    tick: int = 0

    def end(self) -> int:
        """Return the moment of the latest arrival, in the domain's time."""
        return self.spans[-1].time - self.stream.skew

    def move(self, stream: Stream) -> None:
        """Note that the next span comes from another stream."""
        if self.legs is None:
            self.legs = [(0, self.stream)]
        self.legs.append((len(self.spans), stream))
        self.stream = stream


class Part(msgspec.Struct):
    """Spans between two cuts.

    Attributes:
        spans: in order of arrival, as live reading would have had it.
        streams: where each came from.
        limit: the quiet that ends the part.
        end: moment of the latest arrival.
        rooted: whether the trace's root is known, from this part or from before.
    """

    spans: list[MappedSpan]
    streams: list[Stream]
    limit: int
    end: int
    rooted: bool


def cut(trace: OpenTrace, idle: int, wait: int) -> list[Part]:
    """Cut the spans of `trace` wherever it was quiet for long enough to be closed.

    Args:
        trace: an open trace with at least one span.
        idle: the quiet that closes it as long as no root is known.
        wait: the quiet that closes it once its root is known, or once a part of it has left.
    """
    rooted = trace.rooted and not any(mapped.root for mapped in trace.spans)
    limit = wait if rooted or trace.late else idle
    parts: list[Part] = []
    for moment, stream, mapped in _by_moment(trace):
        if not parts:
            parts.append(Part([], [], limit, moment, rooted))
        elif moment - parts[-1].end >= parts[-1].limit:
            parts.append(Part([], [], wait, moment, False))
        part = parts[-1]
        part.spans.append(mapped)
        part.streams.append(stream)
        part.end = moment
        if mapped.root:
            part.limit = wait
            part.rooted = True
    return parts


def keep(trace: OpenTrace, parts: list[Part]) -> None:
    """Make `parts`, the last ones of what `cut` gave, the spans of `trace`; the others have left."""
    trace.spans = [mapped for part in parts for mapped in part.spans]
    trace.below = sum(len(mapped.children) for mapped in trace.spans)
    streams = [stream for part in parts for stream in part.streams]
    trace.legs = [
        (index, stream)
        for index, stream in enumerate(streams)
        if index == 0 or streams[index - 1] is not stream
    ]


def _by_moment(trace: OpenTrace) -> list[tuple[int, Stream, MappedSpan]]:
    """Return (moment of arrival in the domain's time, stream, span), in that order."""
    legs = trace.legs or [(0, trace.stream)]
    ends = [index for index, _ in legs[1:]]
    arrivals = [
        (mapped.time - stream.skew, stream, mapped)
        for (start, stream), end in zip(legs, [*ends, len(trace.spans)], strict=True)
        for mapped in trace.spans[start:end]
    ]
    arrivals.sort(key=lambda arrival: arrival[0])
    return arrivals
