"""Encoding and shipping alone: spans per CPU second in each version, and the memory of a full queue.

The spans are those of a shop's requests: six tags, two metrics, ids of 64 bits. *encode* turns traces
into bodies; *ship* is all that the shipper does (queue, check, encode, send over HTTP to a receiver in
another process, acknowledge). Medians of several runs, the versions in turn.

    make bench ARGS=…        .venv/bin/python bench/shipping.py
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import statistics
import threading
import time
from pathlib import Path

from throughput import receiver

import logtrace
from logtrace.clock import SECOND, SystemClock
from logtrace.logs import silent
from logtrace.model import Closed, Span, Trace
from logtrace.ship.agent import Agent
from logtrace.ship.encode import V03, V04, Encoding
from logtrace.ship.lane import PAYLOAD_SPANS
from logtrace.ship.shipper import Shipper
from logtrace.telemetry import Telemetry


def traces(count: int) -> list[Trace]:
    """Return traces of five spans each, `count` spans in all."""
    made = []
    for number in range(0, count, 5):
        spans = [span(number + index, number, index) for index in range(5)]
        made.append(Trace(spans, [number + index for index in range(5)], Closed.COMPLETE))
    return made


def span(number: int, trace: int, place: int) -> Span:
    """Return one span, different from all others."""
    return Span(
        "shop",
        "db.query" if place else "web.request",
        f"SELECT * FROM t{number % 50} WHERE id = ?" if place else f"GET /orders/{number % 100}",
        (trace + 1) * 0x9E3779B97F4A7C15 % 2**64,
        (number + 1) * 0xD6E8FEB86659FD93 % 2**64,
        1_795_348_800 * SECOND + number * 1000,
        5_000_000 + number,
        parent_id=0 if place == 0 else (trace + 1) * 0xD6E8FEB86659FD93 % 2**64,
        type="sql" if place else "web",
        meta={
            "env": "prod",
            "version": "1.4.2",
            "span.kind": "client" if place else "server",
            "http.method": "GET",
            "http.status_code": "200",
            "user.id": f"u{number % 1000}",
        },
        metrics={"_sampling_priority_v1": 1.0, "rows": float(number % 100)},
    )


def encoded(form: Encoding, offered: list[Trace]) -> float:
    """Return CPU seconds to encode all, in payloads."""
    step = PAYLOAD_SPANS // 5
    payloads = [
        [trace.spans for trace in offered[start : start + step]]
        for start in range(0, len(offered), step)
    ]
    before = time.process_time()
    for payload in payloads:
        form.encode(payload)
    return time.process_time() - before


def shipped(form: Encoding, url: str, offered: list[Trace]) -> float:
    """Return CPU seconds to ship all, from offer to the last number that comes back."""
    agent = Agent(url, logtrace.__version__)
    shipper = Shipper(agent, Telemetry(silent(), SystemClock()), SystemClock())
    other = {V04: V03, V03: V04}[form]
    shipper._handshake.refused(other, 415)
    stop = threading.Event()
    thread = threading.Thread(target=shipper.run, args=(stop,))
    thread.start()
    done = 0
    before = time.process_time()
    for start in range(0, len(offered), 200):
        while not shipper.has_room():
            stop.wait(0.002)
        shipper.offer(offered[start : start + 200])
        done += len(shipper.take_done())
    assert shipper.drain(60 * SECOND)
    taken = time.process_time() - before
    done += len(shipper.take_done())
    stop.set()
    shipper.wake()
    thread.join()
    assert done == sum(len(trace.numbers) for trace in offered), done
    return taken


def memory() -> float:
    """Return the resident memory of this process in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def full_queue() -> tuple[int, float]:
    """Return spans and MB of a queue that has no room any more."""
    gc.collect()
    before = memory()
    agent = Agent("http://127.0.0.1:1", "0")
    shipper = Shipper(agent, Telemetry(silent(), SystemClock()), SystemClock())
    number = 0
    while shipper.has_room():
        shipper.offer(traces(500))
        number += 500
    return number, memory() - before


def main() -> None:
    """Run and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--spans", type=int, default=100_000)
    arguments.add_argument("--runs", type=int, default=5)
    given = arguments.parse_args()
    spans, size = full_queue()
    print(f"full queue: {spans} spans, {size:.0f} MB")
    ports: multiprocessing.Queue[int] = multiprocessing.Queue()
    peer = multiprocessing.Process(target=receiver, args=(ports,), daemon=True)
    peer.start()
    url = f"http://127.0.0.1:{ports.get()}"
    rates: dict[str, list[float]] = {}
    for _ in range(given.runs):
        for form in (V04, V03):
            offered = traces(given.spans)
            rates.setdefault(f"encode {form.path}", []).append(given.spans / encoded(form, offered))
            rates.setdefault(f"ship   {form.path}", []).append(
                given.spans / shipped(form, url, offered)
            )
    peer.terminate()
    print(f"{given.spans} spans, {given.runs} runs, medians of spans per CPU second")
    for name, values in sorted(rates.items()):
        print(f"  {name:24}{statistics.median(values):>12,.0f}")


if __name__ == "__main__":
    main()
