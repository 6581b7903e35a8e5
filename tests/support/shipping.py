"""The real shipper and the demo's logs, for tests that ship to programs of others."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

import logtrace
from logtrace.clock import SystemClock
from logtrace.demo import legacy_shop
from logtrace.ship.agent import Agent
from logtrace.ship.shipper import Shipper
from tests.support.log import recording_telemetry


@contextmanager
def running_shipper(url: str, enter: Callable[[], None] = lambda: None) -> Iterator[Shipper]:
    """A shipper in its thread, as the daemon runs it; the thread calls `enter` first."""
    telemetry, _ = recording_telemetry()
    agent = Agent(url, logtrace.__version__)
    shipper = Shipper(agent, telemetry, SystemClock())
    stop = threading.Event()

    def body() -> None:
        enter()
        shipper.run(stop)

    thread = threading.Thread(target=body)
    thread.start()
    try:
        yield shipper
    finally:
        stop.set()
        shipper.wake()
        thread.join()
        agent.close()


def write_demo_logs(directory: Path, seconds: float) -> None:
    """Write what the demo's legacy application logs in so many seconds."""
    shop = legacy_shop.Shop(datetime(2026, 11, 22, 12, tzinfo=UTC), seed=1, rate=20)
    logs = {name: (directory / name).open("w") for name in legacy_shop.LOGS}
    for line in takewhile(lambda line: line.at < seconds, shop.lines()):
        logs[line.log].write(line.text + "\n")
    for log in logs.values():
        log.close()


def comparable(spans: list[dict[str, Any]]) -> list[str]:
    """Return spans as sorted text, but for ids derived from the file's identity, and for events.

    Those have a form of their own for an Agent that knows them.
    """
    texts = []
    for span in spans:
        meta = {key: value for key, value in span["meta"].items() if key != "events"}
        left_out = ("trace_id", "span_id", "parent_id", "span_events", "meta")
        rest = {key: value for key, value in span.items() if key not in left_out}
        texts.append(json.dumps(rest | {"meta": meta}, sort_keys=True))
    return sorted(texts)
