"""The whole daemon without threads or waiting: real files, real ledger, real HTTP, stepped by hand."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from logtrace import config
from logtrace.clock import SECOND
from logtrace.pipeline import Pipeline
from logtrace.ship.agent import Agent
from logtrace.ship.shipper import Shipper
from logtrace.source.files import LogFiles
from logtrace.source.ledger import Ledger
from logtrace.stages import Stages
from tests.support.agent import FakeAgent
from tests.support.clock import FakeClock
from tests.support.log import recording_telemetry

RULE = """
    format: json
    read_from: beginning
    time: {field: ts}
    spans:
      - when: event == "done"
        trace_id: "{id}"
        name: job
        kind: server
        resource: "{note}"
        duration: "{ms} ms"
"""
"""A source's keys below `path`, for stories that are not about the mapping."""


def line(number: int, **fields: Any) -> str:
    """Return the JSON line of request `number`, a second after the one before it."""
    import json

    minute, second = divmod(number, 60)
    base = {
        "ts": f"2026-11-22T11:{minute % 60:02}:{second:02}Z",
        "event": "done",
        "id": f"{number + 1:032x}",
        "ms": 5,
    }
    return json.dumps(base | fields) + "\n"


class Rig:
    """A daemon over `directory`/*.log, and the Agent it ships to.

    Attributes:
        log: the path of the live log file.
    """

    def __init__(
        self, directory: Path, agent: FakeAgent, source: str = RULE, top: str = ""
    ) -> None:
        self.directory, self.agent, self.clock = directory, agent, FakeClock()
        self.telemetry, self.events = recording_telemetry(self.clock)
        self.log = directory / "app.log"
        self._yaml = directory / "logtrace.yaml"
        self._yaml.write_text(
            f"agent: {{url: '{agent.url}'}}\n"
            f"state: {{path: {directory}/state}}\n"
            f"traces: {{wait: 1s}}\n{textwrap.dedent(top)}"
            f"sources:\n  - path: {directory}/app.log{source}"
        )
        self._start()

    def _start(self, once: bool = False) -> None:
        loaded = config.load(str(self._yaml), {})
        self.shipper = Shipper(
            Agent(self.agent.url, "test", self.clock), self.telemetry, self.clock
        )
        self.ledger = Ledger.open(self.directory / "state", self.telemetry)
        self.files = LogFiles(loaded.sources, self.ledger, self.clock, self.telemetry, once=once)
        stages = Stages(loaded, self.telemetry)
        self.pipeline = Pipeline(self.files, stages, self.shipper, self.clock)

    def write(self, *lines: str, path: Path | None = None) -> None:
        """Append text to the log as an application does."""
        with (path or self.log).open("a") as log:
            log.write("".join(lines))

    def step(self, times: int = 1, pause: int = SECOND) -> None:
        """Let the daemon do `times` rounds, and `pause` nanoseconds pass before each."""
        for _ in range(times):
            self.clock.advance(pause)
            self.pipeline.step()
            while self.shipper.step():
                pass

    def crash(self) -> None:
        """End as by kill -9: what was not committed is gone; then start again."""
        self.close()
        self._start()

    def close(self) -> None:
        """Give the files and the state back."""
        self.files.close()
        self.ledger.close()

    def stop(self) -> None:
        """End as by SIGTERM: drain what is queued, commit; then start again."""
        while self.shipper.step():
            pass
        self.pipeline.settle()
        self.crash()

    @property
    def delivered(self) -> list[int]:
        """The numbers (see `line`) of the requests that the Agent acknowledged, in order."""
        return sorted(span["trace_id"] - 1 for span in self.agent.spans)

    def lost(self) -> int:
        """Return how many lines and spans were counted as not delivered."""
        return self.telemetry.total("lines_rejected") + self.telemetry.total("spans_dropped")
