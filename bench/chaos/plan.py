"""What is done to the daemon and to the receiver, and when: drawn from the seed before it begins.

Times are nanoseconds since the writers began. The plan of a seed is always the same; what the daemon
was doing at that moment is not.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from logtrace.clock import SECOND

KILL, TERM, HUP = "kill", "term", "hup"

AWAY, BUSY, BROKEN, CUT_BEFORE, CUT_AFTER, SLOW = (
    "refused",
    "429",
    "500",
    "cut before",
    "cut after",
    "slow",
)
"""What the receiver does to payloads: no connection; an answer that says no; a reset instead of reading
all of it, or instead of the answer when it has taken it; a late answer."""

LONGEST = {AWAY: 3.0, BUSY: 2.0, BROKEN: 2.0, CUT_BEFORE: 2.0, CUT_AFTER: 2.0, SLOW: 3.0}
"""Seconds that one of them lasts at most."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal to the daemon.

    Attributes:
        at: when.
        kind: `KILL`, `TERM` or `HUP`.
        down: how long it stays away afterwards.
    """

    at: int
    kind: str
    down: int


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which the receiver misbehaves; `mode` says how."""

    begin: int
    end: int
    mode: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it.

    Attributes:
        in_flight: requests that the daemon may have under way at once.
    """

    seed: int
    in_flight: int
    signals: list[Signal]
    windows: list[Window]


def draw(seed: int, length: int, longest_down: int) -> Plan:
    """Return the plan for a run of `length` nanoseconds."""
    chance = random.Random(f"plan {seed}")
    return Plan(
        seed,
        chance.choice((1, 1, 2)),
        _signals(chance, length, longest_down),
        _windows(chance, length),
    )


def _signals(chance: random.Random, length: int, longest_down: int) -> list[Signal]:
    signals = []
    at = _seconds(chance.uniform(2, 4))
    while at < length:
        kind = chance.choices((KILL, TERM, HUP), (5, 2, 3))[0]
        # at once, after a moment, or after as long as several rotations take
        longest = chance.choices((0, min(longest_down, SECOND), longest_down), (5, 3, 2))[0]
        down = 0 if kind == HUP else int(chance.random() * longest)
        signals.append(Signal(at, kind, down))
        at += down + _seconds(chance.uniform(0.5, 5))
    return signals


def _windows(chance: random.Random, length: int) -> list[Window]:
    windows = []
    at = _seconds(chance.uniform(1, 4))
    while at < length:
        mode = chance.choice(tuple(LONGEST))
        end = at + _seconds(chance.uniform(0.3, LONGEST[mode]))
        windows.append(Window(at, end, mode))
        at = end + _seconds(chance.uniform(0.5, 5))
    return windows


def _seconds(value: float) -> int:
    return int(value * SECOND)
