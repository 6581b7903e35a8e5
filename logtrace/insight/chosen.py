"""Takes decisions about traces as ever, and remembers by which entry of `traces.keep` it did.

Called by `examination`. Only of the traces of the last outcome: who reads that forgets it then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from logtrace.assemble.decisions import Decision, Decisions, Keep
from logtrace.model import Closed, Span


class ChosenDecisions(Decisions):
    """See `Decisions`.

    Attributes:
        entries: the index of the entry that decided, by `id` of the first span of the trace.
    """

    def __init__(self, keep: Keep | None) -> None:
        """Decide by `keep`."""
        super().__init__(keep)
        self.entries: dict[int, int] = {}

    def judge(self, spans: Sequence[Span], reason: Closed) -> Decision:
        """See `Decisions`."""
        before, self.decided = self.decided, Counter()
        decision = super().judge(spans, reason)
        for entry, _ in self.decided:
            self.entries[id(spans[0])] = entry
        before.update(self.decided)
        self.decided = before
        return decision
