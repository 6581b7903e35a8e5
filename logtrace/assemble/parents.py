"""Who is whose parent, where the log does not say, and no cycles where it says nonsense.

`infer` gives each span without a parent of its own one of the trace's other spans, the first of these
that there is (in brackets: what the tag `logtrace.parent` says then):

    call         a server or consumer: the client or producer of another service that called it by its
                 name, or names its service as its peer (see `calls`)
    thread       the tightest span that contains it in time, of its own thread
    call         where no kinds are known: the tightest that contains it, of another service, and has
                 its name or names its service; unless one of its own service is tighter
    containment  the tightest that contains it, of its own service and host; for a call: that is no
                 call, for a span of a thread: that is of none, if there is one
    overlap      the one of its own service and host in which it starts, and which it outlasts least
    containment  the tightest that contains it, of any service
    root         the root; unless it is a server or consumer: that is one more root, such as a second
                 run of the same job, also where that contains it

Contained means within start and end, both included. A span of no length contains nothing. Of two
containers of the same length the one that starts later is the parent. How right each of these is on
traces with known answers is measured by tests/real_data/test_parents.py.

`break_cycles` makes a forest of whatever parent ids there are. Both are called by `finish` and change
the spans in place. Work is O(n log n) whatever the log holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from operator import attrgetter

from logtrace.assemble.calls import CALLING, KIND, PEER, SERVING, Calls
from logtrace.assemble.containers import Containers
from logtrace.clock import MILLISECOND
from logtrace.model import Span

UNKNOWN = -1
"""Parent id, until `infer` has run, of a span of which the log does not say the parent."""

TAG = "logtrace.parent"
"""Tag of a span whose parent the log did not give: how it was found, as above, or `cycle`: given, but
leading back to the span itself."""

HOST = "host"
"""Tag that tells the processes of one service apart."""

_TELLING = (KIND, PEER, HOST, "thread.name", "thread.id")

Process = str | tuple[str, ...]
"""A service, a service and its host, or a thread and one of these."""

_start = attrgetter("start")
_duration = attrgetter("duration")


def sort_by_start(spans: list[Span]) -> None:
    """Sort spans, given in line order, by start; of equal ones the one written last comes first.

    A line is written when its span has ended, so that is likely the outer one.
    """
    spans.reverse()
    spans.sort(key=_start)


def sort_outermost_first(spans: list[Span]) -> None:
    """Sort spans, given in line order, by start and so that each comes before those it contains.

    Of spans with the same start and end the one written last is taken for the outer one.
    """
    spans.reverse()
    spans.sort(key=_duration, reverse=True)
    spans.sort(key=_start)


def infer(spans: list[Span], root_id: int) -> Span | None:
    """Set the parent of each span whose parent is `UNKNOWN`; see above.

    Args:
        spans: spans of one trace, as `sort_outermost_first` leaves them.
        root_id: span id of the root, in this chunk or an earlier one; 0: not known.

    Returns:
        The span that acts as the root, if none is known: one that contains all others.
    """
    search = _Search(spans)
    first = spans[0]
    acting = first if first.parent_id == UNKNOWN and not root_id else None
    latest = 0
    for span in spans:
        latest = max(latest, span.start + span.duration)
        if span.parent_id == UNKNOWN:
            how, parent = search.find(span)
            if parent is None and span.meta.get(KIND) in SERVING:
                span.parent_id = 0  # nothing of this trace called it, not even the root
            elif parent is None:
                span.parent_id = root_id
                if root_id:
                    span.meta[TAG] = "root"
            else:
                # Both sides of a call may share one span id (B3): no span is its own parent.
                shared = parent.span_id == span.span_id
                span.parent_id = parent.parent_id if shared else parent.span_id
                span.meta[TAG] = how
        search.add(span)
    acts = acting is not None and acting.start + acting.duration == latest and not acting.parent_id
    return acting if acts else None


class _Search:
    """Looks for the parents of spans, which come in the order of `sort_outermost_first`."""

    def __init__(self, spans: list[Span]) -> None:
        tags = {tag for span in spans for tag in _TELLING if tag in span.meta}
        # Most traces say little, and what they do not say need not be looked for.
        self._is_plain = not tags and len({span.service for span in spans}) == 1
        self._has_threads = "thread.name" in tags or "thread.id" in tags
        self._calls = Calls(spans) if KIND in tags else None
        self._all = Containers()
        self._by_process: defaultdict[Process, Containers] = defaultdict(Containers)
        self._at_work: defaultdict[Process, Containers] = defaultdict(Containers)
        self._by_thread: defaultdict[Process, Containers] = defaultdict(Containers)
        self._by_name: defaultdict[str, Containers] = defaultdict(Containers)
        self._by_peer: defaultdict[str, Containers] = defaultdict(Containers)

    def find(self, span: Span) -> tuple[str, Span | None]:
        """Return how the parent of a span was found, and that; None if there is none."""
        end = span.start + span.duration
        if self._is_plain:
            own, within = self._all.tightest(end), self._all
        else:
            kind = span.meta.get(KIND)
            if kind in SERVING:
                return self._served(span, end)
            if self._has_threads and (thread := _thread(span)):
                around = self._by_thread[thread].tightest(end)
                if around is not None:
                    return "thread", around
            process = _process(span)
            own, within = self._own(span, kind, process, end), self._by_process[process]
            caller = None if kind is not None else self._caller(span, end)
            if caller is not None and (own is None or caller.duration < own.duration):
                return "call", caller
        if own is not None:
            return "containment", own
        over = within.overlapping(span.start, end)
        if over is not None and over.name != span.name:
            return "overlap", over
        return "containment", self._across(span, end)

    def add(self, span: Span) -> None:
        """Let a span be the parent of later ones."""
        self._all.add(span)
        if self._is_plain:
            return
        process = _process(span)
        self._by_process[process].add(span)
        if process != span.service:  # one without a host may be on any
            self._by_process[span.service].add(span)
        self._by_name[span.name].add(span)
        if self._calls is not None and span.meta.get(KIND) not in CALLING:
            self._at_work[process].add(span)
            if process != span.service:
                self._at_work[span.service].add(span)
        if self._has_threads:
            self._by_thread[_thread(span) or process].add(span)
        if peer := span.meta.get(PEER):
            self._by_peer[peer].add(span)

    def _served(self, span: Span, end: int) -> tuple[str, Span | None]:
        """Return the parent of a span that somebody called."""
        call = self._calls.answer(span) if self._calls is not None else None
        if call is not None and (call.span_id != span.span_id or call.parent_id != UNKNOWN):
            return "call", call
        around = self._all.tightest(end)
        if around is not None and around.service == span.service:
            beside = around.meta.get(KIND) in SERVING
            return "containment", None if beside else around
        return "containment", around

    def _own(self, span: Span, kind: str | None, process: Process, end: int) -> Span | None:
        """Return the tightest container of a span in its own process, with what is likely first.

        A call is seldom within another call, and a span of a thread within one of another thread.
        """
        likely = None
        if kind in CALLING:
            likely = self._at_work[process].tightest(end)
        elif self._has_threads and _thread(span):
            likely = self._by_thread[process].tightest(end)
        return likely or self._by_process[process].tightest(end)

    def _caller(self, span: Span, end: int) -> Span | None:
        """Return the tightest span of another service that seems to call this one."""
        found = self._by_name[span.name].tightest(end)
        if found is not None and found.service == span.service:
            found = None
        if self._by_peer:
            peer = self._by_peer[span.service].tightest(end)
            if peer is not None and peer.service != span.service:
                found = peer if found is None or peer.duration < found.duration else found
        return found

    def _across(self, span: Span, end: int) -> Span | None:
        """Return the tightest container of any service.

        Where the span's clock tells whole milliseconds and another's does not, one of them may be
        what the span seems to outlast its caller by.
        """
        found = self._all.tightest(end)
        if span.start % MILLISECOND:
            return found
        over = self._all.overlapping(max(span.start, end - MILLISECOND), end)
        if over is None or over.service == span.service or over.start % MILLISECOND == 0:
            return found
        return over if found is None or over.duration < found.duration else found


def _process(span: Span) -> Process:
    """Return what spans of one process have in common, as far as the log says."""
    host = span.meta.get(HOST)
    return (span.service, host) if host else span.service


def _thread(span: Span) -> Process | None:
    """Return what spans of one thread have in common; None where the log names none."""
    thread = span.meta.get("thread.name") or span.meta.get("thread.id")
    return (thread, span.service, span.meta.get(HOST, "")) if thread else None


def break_cycles(spans: list[Span], root_id: int) -> None:
    """Cut every cycle of parent ids, at an inferred parent if there is one, else at the earliest span.

    The span that is cut off becomes a child of the root. Spans that share an id are one node.

    Args:
        spans: spans of one trace in order of their starts.
        root_id: span id of the root; 0: not known.
    """
    forest = _Forest(span.span_id for span in spans)
    given = [span for span in reversed(spans) if TAG not in span.meta]
    inferred = [span for span in spans if TAG in span.meta]
    for span in given + inferred:
        child = span.span_id
        if span.parent_id and not forest.link(child, span.parent_id):
            safe = root_id and root_id != child and forest.link(child, root_id)
            span.parent_id = root_id if safe else forest.parents.get(child, 0)
            span.meta[TAG] = "cycle"


class _Forest:
    """Edges from span id to parent id that close no cycle, by union-find.

    Attributes:
        parents: the first parent of each id, where it is an id of the forest.
    """

    def __init__(self, ids: Iterable[int]) -> None:
        self._sets = {node: node for node in ids}
        self.parents: dict[int, int] = {}

    def link(self, child: int, parent: int) -> bool:
        """Add an edge; return False, and add none, if it could close a cycle."""
        if parent not in self._sets or self.parents.get(child) == parent:
            return True
        mine, theirs = self._find(child), self._find(parent)
        if mine == theirs:
            return False
        self._sets[mine] = theirs
        self.parents.setdefault(child, parent)
        return True

    def _find(self, node: int) -> int:
        sets = self._sets
        while sets[node] != node:
            sets[node] = node = sets[sets[node]]
        return node
