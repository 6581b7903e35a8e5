"""The account: what was written against what was delivered, line by line.

A line that was written and not delivered is *destroyed* when no file holds it at the end (copytruncate:
it was written between the copy and the cut), else it is *lost*. A line that was delivered twice is
*excused* when between the two deliveries there was a kill not long after the first, or the first one was
never answered; see `Kills`.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench.chaos.receiver import CUT, SEQUENCE_BITS, UNHEARD, Payload
from bench.chaos.scene import APPLICATIONS, AUDIT, BILLING, ORDERS, Application, Scene
from logtrace.clock import MILLISECOND

UNRECORDED = 250 * MILLISECOND
"""How long an acknowledgement may stay unrecorded by design: the time between two checkpoints."""

STEP = 750 * MILLISECOND
"""What the daemon is just doing may take so long on a busy machine: a checkpoint is written between two
rounds. (The report says how old the oldest really was.)"""

_LINE = {
    ORDERS: re.compile(rb'^\{"ts":"\S{11}(\S+)Z","app":\d+,"seq":(\d+),"op":"order",.*\}$', re.M),
    BILLING: re.compile(rb"^\S{11}(\S+)Z app=\d+ seq=(\d+) (?:begin|end) job .*settlement$", re.M),
    AUDIT: re.compile(rb'^\{"ts":"\S{11}(\S+)Z","app":\d+,"seq":(\d+),"op":"audit",.*\}$', re.M),
}
"""A whole line of each source: when it was written, and its number."""


@dataclass
class Figures:
    """What became of an application's lines.

    Attributes:
        destroyed: not delivered, and in no file.
        lost: not delivered, though a file holds it.
        after_kill: doubled, and excused by a kill.
        after_cut: doubled, and excused by an answer that did not come.
        worst: how long before its kill the longest unrecorded acknowledgement was, nanoseconds.
        wrong: what should not be, for a person.
    """

    written: int = 0
    delivered: int = 0
    destroyed: int = 0
    lost: int = 0
    after_kill: int = 0
    after_cut: int = 0
    worst: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def doubled(self) -> int:
        """All lines that came twice and may."""
        return self.after_kill + self.after_cut


class Kills:
    """When the daemon was killed, and so which deliveries may come again."""

    def __init__(self, times: list[int]) -> None:
        self._times = sorted(times)

    def age(self, first: Payload, second: Payload) -> int | None:
        """Return how long before a kill the first of two deliveries was answered.

        None if there was no kill between them. Below zero if it was not answered by then.
        """
        ages = [
            each - first.ended for each in self._times if first.came - STEP < each < second.came
        ]
        return min(ages, default=None)


def read_payloads(scene: Scene) -> list[Payload]:
    """Return what became of each request, by its number."""
    decode = msgspec.json.Decoder(Payload).decode
    payloads = [decode(line) for line in scene.payloads.read_bytes().splitlines()]
    return sorted(payloads, key=lambda payload: payload.number)


def _deliveries(path: Path) -> Iterator[tuple[int, int, int, int, int]]:
    with path.open("rb") as file:
        while block := file.read(40 * 10_000):
            numbers = iter(memoryview(block).cast("Q").tolist())
            yield from zip(numbers, numbers, numbers, numbers, numbers, strict=True)


class _Held(NamedTuple):
    """A line in a file: its offset, when it was written, its number."""

    at: int
    time: str
    line: int


def _lines(application: Application, path: Path) -> Iterator[re.Match[bytes]]:
    return _LINE[application.source].finditer(path.read_bytes())


def _whereabouts(path: Path, held: list[_Held], here: list[_Held]) -> str:
    """Say which lines of a file were not delivered, for a person to find out why."""
    first, last = here[0], here[-1]
    share = "all" if len(here) == len(held) else f"{len(here)} of {len(held)}"
    return (
        f"{share} lines of {path.name} (inode {path.stat().st_ino}) were not delivered: "
        f"{first.line} at offset {first.at}, written {first.time}, to {last.line} at {last.at}, "
        f"written {last.time}"
    )


class Account:
    """The account of a run: `figures` of each application, by its number."""

    def __init__(self, scene: Scene, written: list[int], killed: list[int]) -> None:
        self.payloads = read_payloads(scene)
        self.figures = [Figures(count) for count in written]
        self._scene, self._kills = scene, Kills(killed)
        self._came = [array("q", [-1]) * count for count in written]  # payload of each line
        self._ids = [array("Q", [0]) * (2 * count) for count in written]
        self._excess: Counter[tuple[int, int, int]] = Counter()
        for delivery in _deliveries(scene.deliveries):
            self._deliver(*delivery)
        for application, figures in zip(APPLICATIONS, self.figures, strict=True):
            self._look_for_missing(application, figures)
        self._explain_excess()

    def _deliver(self, trace: int, span: int, first: int, last: int, payload: int) -> None:
        for key in {first, last}:
            app, line = key >> SEQUENCE_BITS, key & (1 << SEQUENCE_BITS) - 1
            figures, came, ids = self.figures[app], self._came[app], self._ids[app]
            if line >= len(came):
                figures.wrong.append(f"line {line} was delivered and never written")
            elif came[line] < 0:
                figures.delivered += 1
                ids[2 * line], ids[2 * line + 1] = trace, span
            elif (ids[2 * line], ids[2 * line + 1]) != (trace, span):
                figures.wrong.append(
                    f"line {line} was delivered as {ids[2 * line]:x}/{ids[2 * line + 1]:x} "
                    f"in payload {came[line]}, as {trace:x}/{span:x} in payload {payload}"
                )
            else:
                self._double(app, came[line], payload)
            if line < len(came):
                came[line] = payload

    def _double(self, app: int, first: int, second: int) -> None:
        figures, before = self.figures[app], self.payloads[first]
        if before.outcome in (CUT, UNHEARD):
            figures.after_cut += 1
            return
        age = self._kills.age(before, self.payloads[second])
        if age is None or age > UNRECORDED + STEP:
            self._excess[app, first, second] += 1
            return
        figures.after_kill += 1
        figures.worst = max(figures.worst, age)

    def _explain_excess(self) -> None:
        for (app, first, second), lines in self._excess.items():
            age = self._kills.age(self.payloads[first], self.payloads[second])
            why = "no kill between them" if age is None else f"{age / 1e6:.0f} ms before a kill"
            self.figures[app].wrong.append(
                f"{lines} lines of payload {first} ({self.payloads[first].outcome}) came again in "
                f"payload {second}: {why}"
            )

    def _look_for_missing(self, application: Application, figures: Figures) -> None:
        """Find out of each line that was not delivered whether a file holds it."""
        came = self._came[application.number]
        missing = {line for line, payload in enumerate(came) if payload < 0}
        if not missing:
            return
        for path in self._scene.files(application):
            held = [_Held(m.start(), m[1].decode(), int(m[2])) for m in _lines(application, path)]
            here = [each for each in held if each.line in missing]
            if here:
                figures.lost += len(here)
                missing.difference_update(each.line for each in here)
                figures.wrong.append(_whereabouts(path, held, here))
        figures.destroyed = len(missing)
        if missing and application.source != AUDIT:
            figures.wrong.append(f"{len(missing)} lines are in no file, {min(missing)} the first")
