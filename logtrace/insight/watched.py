"""Lets somebody watch the stages at work: what became of each line, rule and half-span.

Called by what shows that to a person. The stages do what they always do, with the same code; what they
hand on is shown to the watcher before it goes on. The daemon is never watched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import msgspec

from logtrace.mapping.pairing import Paired, Pairing
from logtrace.model import Mapped, Records
from logtrace.routes import Route
from logtrace.shared_lines import SharedLines
from logtrace.stages import Stages


class Watcher(Protocol):
    """What wants to see the stages at work."""

    def mapped(self, source: str, records: Records, mapped: Mapped) -> None:
        """See what the rules of `source` made of a batch."""
        ...

    def paired(self, source: str, paired: Paired) -> None:
        """See which half-spans of `source` became spans, and whose lines gave nothing."""
        ...


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

    pairing = _Pairing(route, max_open, tell_counted)
    return replace(route, mapping=replace(route.mapping, map=map_and_tell), pairing=pairing)


class _Pairing(Pairing):
    """Pairing that tells what came of it."""

    def __init__(self, route: Route, max_open: int, tell: Callable[[Paired], None]) -> None:
        super().__init__(route.mapping.half_rules, max_open=max_open)
        self._tell = tell

    def take(self, *given: Any, **named: Any) -> Paired:
        """See `Pairing`."""
        return self._told(super().take(*given, **named))

    def tick(self, *given: Any, **named: Any) -> Paired:
        """See `Pairing`."""
        return self._told(super().tick(*given, **named))

    def flush(self, *given: Any, **named: Any) -> Paired:
        """See `Pairing`."""
        return self._told(super().flush(*given, **named))

    def _told(self, paired: Paired) -> Paired:
        if paired.spans or paired.released:
            self._tell(paired)
        return paired
