"""Lets somebody watch the stages at work: what became of each line, rule and half-span.

Called by what shows that to a person. The stages do what they always do, with the same code; what they
hand on is shown to the watcher before it goes on. The daemon is never watched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from logtrace.mapping.pairing import HalfRule, Paired, Pairing
from logtrace.model import HalfSpan, Mapped, MappedSpan, Records, Reject, Role
from logtrace.routes import Route
from logtrace.shared_lines import SharedLines
from logtrace.stages import Stages


class Watcher:
    """What sees the stages at work; each looks at what it wants to see, and at nothing else."""

    def mapped(self, source: str, records: Records, mapped: Mapped) -> None:
        """See what the rules of `source` made of a batch."""

    def finished(self, first: HalfSpan, last: HalfSpan | None, made: MappedSpan) -> None:
        """See the span of a pair or group; `last` None: there was no end."""

    def lost(self, source: str, half: HalfSpan, reason: Reject) -> None:
        """See a half-span that came to nothing, whatever else its line gave."""

    def emptied(self, number: int, spans: Sequence[MappedSpan]) -> None:
        """See which spans were closed as unfinished by the line for which `reset` holds."""

    def paired(self, source: str, paired: Paired) -> None:
        """See which half-spans of `source` became spans, and whose lines gave nothing at all."""


def watch(stages: Stages, watcher: Watcher, max_open: int) -> None:
    """Have `watcher` see all that `stages`, which have not begun, will do; `max_open` as configured."""
    for name, route in stages.routes.items():
        stages.routes[name] = _watched(route, watcher, max_open)


def _watched(route: Route, watcher: Watcher, max_open: int) -> Route:
    source, inner = route.config.name, route.mapping.map

    shared = SharedLines()

    def map_and_tell(records: Records) -> Mapped:
        mapped = inner(records)
        shared.add(mapped.halves)
        watcher.mapped(source, records, mapped)
        return mapped

    def tell_counted(paired: Paired) -> None:
        released = shared.counted(paired.released)
        watcher.paired(source, msgspec.structs.replace(paired, released=released))
        spanned = [number for span in paired.spans for number in (span.number, *span.more)]
        shared.done([*spanned, *(number for number, _ in paired.released)])

    pairing = _Pairing(route, max_open, watcher, tell_counted)
    return replace(route, mapping=replace(route.mapping, map=map_and_tell), pairing=pairing)


class _Rule:
    """A rule that tells what it makes; all else of it is its own."""

    def __init__(self, inner: HalfRule, finished: Callable[..., None], used: set[int]) -> None:
        self._inner, self._finished, self._used = inner, finished, used

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        setattr(self, name, value)  # so that it is asked for once
        return value

    def finish(self, first: HalfSpan, last: HalfSpan | None, *given: Any, **named: Any) -> Any:
        """See `pairing.HalfRule`."""
        made = self._inner.finish(first, last, *given, **named)
        if isinstance(made, MappedSpan):
            self._used.update(id(half) for half in (first, last) if half is not None)
            self._finished(first, last, made)
        return made

    def event(self, half: HalfSpan) -> dict[str, Any]:
        """See `pairing.HalfRule`."""
        self._used.add(id(half))
        return self._inner.event(half)


class _Pairing(Pairing):
    """Pairing that tells what came of it."""

    def __init__(
        self, route: Route, max_open: int, watcher: Watcher, tell: Callable[[Paired], None]
    ) -> None:
        self._used = set[int]()  # ids of half-spans of this batch that came to something
        rules: dict[int, Any] = {
            index: _Rule(rule, watcher.finished, self._used)
            for index, rule in route.mapping.half_rules.items()
        }
        super().__init__(rules, max_open=max_open)
        self._source, self._watcher, self._tell = route.config.name, watcher, tell
        self._batch: dict[int, list[HalfSpan]] = {}
        self._resets: list[int] = []

    def take(
        self,
        stream: str,
        halves: Sequence[HalfSpan],
        now: int,
        resets: Sequence[int] = (),
        size: int = 0,
    ) -> Paired:
        """See `Pairing`."""
        self._used.clear()
        batch = defaultdict(list)
        for half in halves:
            batch[half.number].append(half)
        self._batch, self._resets = batch, [*reversed(resets)]
        paired = super().take(stream, halves, now, resets, size)
        self._resets = []
        return self._told(paired)

    def tick(self, *given: Any, **named: Any) -> Paired:
        """See `Pairing`."""
        return self._told(super().tick(*given, **named))

    def flush(self, *given: Any, **named: Any) -> Paired:
        """See `Pairing`."""
        return self._told(super().flush(*given, **named))

    def _empty(self, state: Any, out: Paired) -> None:
        before = len(out.spans)
        super()._empty(state, out)
        if self._resets:  # else it is a flush
            self._watcher.emptied(self._resets.pop(), out.spans[before:])

    def _told(self, paired: Paired) -> Paired:
        for number, reason in paired.released:
            half = self._lost(number, reason)
            if half is not None:  # else it is of an earlier batch
                self._used.add(id(half))
                self._watcher.lost(self._source, half, reason)
        if paired.spans or paired.released:
            self._tell(paired)
        return paired

    def _lost(self, number: int, reason: Reject) -> HalfSpan | None:
        """Return which of the half-spans of a line came to nothing."""
        role = _ROLES.get(reason)
        return next(
            (
                half
                for half in self._batch.get(number, ())
                if role in (None, half.role) and id(half) not in self._used
            ),
            None,
        )


_ROLES = {
    Reject.END_WITHOUT_START: Role.END,
    Reject.EVENT_WITHOUT_SPAN: Role.EVENT,
    Reject.TOO_MANY_OPEN: Role.EVENT,
}
"""What a line is to a rule, by the reason for which it gave nothing to it."""
