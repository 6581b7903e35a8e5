"""One run: writers, rotation, signals and a misbehaving receiver; then quiet, and the account."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from bench.chaos.account import Account
from bench.chaos.daemon import Daemon
from bench.chaos.plan import Plan, draw
from bench.chaos.receiver import Receiver
from bench.chaos.rotation import Rotation
from bench.chaos.scene import APPLICATIONS, Scene
from bench.chaos.writers import Writers
from logtrace.clock import MILLISECOND, SECOND, SystemClock

TICK = 20 * MILLISECOND

ADAPT = SECOND // 2
"""How often the writers' rate is looked at."""

BACKLOG = 8
"""Seconds of lines, at the bound of the rate, that may be written and not delivered: above it the
applications are slowed down, for the daemon does not keep up."""

QUIET = 6 * SECOND
"""How long nothing more must come after the writers have stopped."""

DRAIN = 120 * SECOND
"""How long that may take at most, and `run --once` again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard it is.

    Attributes:
        length: nanoseconds that lines are written for.
        rate: lines a second at most, of all applications.
        rotate: nanoseconds between two rotations.
        down: nanoseconds that the daemon is away at most.
    """

    length: int
    rate: float
    rotate: int
    down: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that the report needs."""

    scene: Scene
    plan: Plan
    limits: Limits
    account: Account
    daemon: Daemon
    rotations: int
    means: str
    troubles: list[str]
    took: int


class _Run:
    """The processes of a run."""

    def __init__(self, scene: Scene, plan: Plan, limits: Limits) -> None:
        scene.prepare()
        self._plan, self._limits, self._clock = plan, limits, SystemClock()
        self._never = threading.Event()  # to wait with
        self.rotation = Rotation(scene)
        self.receiver = Receiver(scene, plan.windows, plan.seed)
        self.writers = Writers(scene, plan.seed)
        self.daemon = Daemon(scene)
        scene.configure(self.receiver.port, plan.in_flight)
        self._rate = limits.rate

    def storm(self) -> None:
        """Let everything happen, for as long as was asked."""
        self._set_rate()
        self.daemon.start()
        self.daemon.await_ready()  # what was written before anybody looked would be none of its business
        self.writers.start()
        self.receiver.begin()
        began = self._clock.monotonic()
        signals = list(reversed(self._plan.signals))
        rotate, adapt = self._limits.rotate, ADAPT
        while (now := self._clock.monotonic() - began) < self._limits.length:
            self.daemon.tick()
            if signals and now >= signals[-1].at:
                self.daemon.signal(signals.pop())
            if now >= rotate:
                self.rotation.rotate()
                rotate = now + self._limits.rotate
            if now >= adapt:
                self._adapt()
                adapt = now + ADAPT
            self._clock.wait(self._never, TICK)

    def calm(self) -> None:
        """Let the writers end, and the daemon deliver what there is."""
        self.writers.stop()
        began = last = self._clock.monotonic()
        taken = -1
        while (now := self._clock.monotonic()) - last < QUIET and now - began < DRAIN:
            self.daemon.tick()
            if self.receiver.taken[0] != taken:
                taken, last = self.receiver.taken[0], now
            self._clock.wait(self._never, TICK)
        self.daemon.end()
        self.daemon.run_once(DRAIN)
        self.receiver.stop()

    def end(self) -> None:
        """End whatever still runs."""
        self.daemon.kill()
        self.writers.kill()
        self.receiver.kill()

    def _adapt(self) -> None:
        """Find the rate that the daemon keeps up with: up a little, down by a third."""
        behind = self.writers.total - self.receiver.taken[0]
        if behind > BACKLOG * self._limits.rate:
            self._rate = max(self._limits.rate / 10, self._rate * 2 / 3)
        else:
            self._rate = min(self._limits.rate, self._rate * 1.05)
        self._set_rate()

    def _set_rate(self) -> None:
        self.writers.rate[0] = self._rate / len(APPLICATIONS)


def run(directory: Path, seed: int, limits: Limits) -> Outcome:
    """Run it all; leaves no process behind, and everything in `directory`."""
    clock, scene = SystemClock(), Scene(directory)
    began = clock.monotonic()
    plan = draw(seed, limits.length, limits.down)
    work = _Run(scene, plan, limits)
    try:
        work.storm()
        work.calm()
    finally:
        work.end()
    account = Account(scene, list(work.writers.written), work.daemon.killed)
    return Outcome(
        scene,
        plan,
        limits,
        account,
        work.daemon,
        work.rotation.count,
        work.rotation.means,
        [f"the daemon: {each}" for each in work.daemon.failed] + work.writers.failed,
        clock.monotonic() - began,
    )
