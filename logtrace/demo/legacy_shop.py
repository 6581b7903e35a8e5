"""The application that `logtrace demo` traces: a web shop of 2009 that nobody will touch again.

It is no part of the tracer: it imports nothing of it, knows nothing of spans, and runs as a process of
its own, `python -m logtrace.demo.legacy_shop DIRECTORY`. Its requests are thought up, but their lines
are written when and how an application would: at the end of each step, with the time it took, those of
different requests mixed. What it logs, in DIRECTORY:

    shop.log      JSON lines of the web shop: cache look-ups, queries, calls, and at last the request
    payments.log  JSON lines of the payment service, with the request id that the shop handed over
    billing.log   text: jobs and their steps, a line at the start and one at the end, by thread

A log that has grown is renamed to `.1`, the older ones to `.2` and `.3`. SIGTERM or SIGINT ends it.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

LOGS = ("shop.log", "payments.log", "billing.log")
OLD_LOGS = 3


class Line(NamedTuple):
    """What is written when: `at` seconds after the start, to the log of that name."""

    at: float
    number: int
    log: str
    text: str


class Shop:
    """Thinks up requests and jobs; the same seed gives the same ones.

    Attributes:
        started: the time that its seconds count from.
    """

    def __init__(self, started: datetime, seed: int, rate: float) -> None:
        self.started = started
        self._rate = rate
        self._chance = random.Random(seed)
        self._numbers = count()
        self._lines: list[Line] = []
        self._next_request = 0.0
        self._next_job = 1.0

    def lines(self) -> Iterator[Line]:
        """Yield the lines in the order in which they are due, for ever."""
        while True:
            # A line is final once nothing that begins later can come before it.
            while not self._lines or min(self._next_request, self._next_job) <= self._lines[0].at:
                self._begin_next()
            yield heapq.heappop(self._lines)

    def _begin_next(self) -> None:
        if self._next_request <= self._next_job:
            self._request(self._next_request)
            self._next_request += self._chance.expovariate(self._rate)
        else:
            self._job(self._next_job)
            self._next_job += self._chance.uniform(3, 6)

    # ── shop.log and payments.log ─────────────────────────────────────────────────────────────────

    def _request(self, at: float) -> None:
        """One request, with all that it does."""
        chance = self._chance
        begin, request = at, f"req-{chance.getrandbits(40):010x}"
        method, route = chance.choice(
            [("GET", "/"), ("GET", "/products/{id}"), ("GET", "/cart"), ("POST", "/checkout")]
        )
        at += chance.uniform(0.001, 0.004)
        if chance.random() < 0.1:
            method, route, status = "GET", "/health", 200
        elif route == "/checkout":
            at, status = self._checkout(at, request)
        else:
            at, status = self._page(at, request, route)
        at += chance.uniform(0.001, 0.01)
        self._json(
            at, "shop.log", event="request.done", request_id=request, method=method, route=route,
            took_ms=round((at - begin) * 1000, 1), status=status, user=f"u{chance.randrange(500)}",
        )  # fmt: skip

    def _page(self, at: float, request: str, route: str) -> tuple[float, int]:
        """What a page takes; return when it is there, and the HTTP status."""
        chance = self._chance
        hit = chance.random() < 0.6
        key = f"page:{route}:{chance.randrange(100)}"
        at = self._step(
            at, 0.001, "shop.log", event="cache.get", request_id=request, key=key, hit=hit
        )
        if not hit:
            at = self._query(at, "shop.log", request, "SELECT * FROM products WHERE id = ?")
        if chance.random() > 0.03:
            return at, 200
        at += 0.001
        self._json(
            at, "shop.log", level="ERROR", event="exception", request_id=request,
            message="TemplateNotFound: footer_2009.tpl",
        )  # fmt: skip
        return at, 500

    def _checkout(self, at: float, request: str) -> tuple[float, int]:
        """What an order takes; return when it is there, and the HTTP status."""
        at = self._query(at, "shop.log", request, "SELECT * FROM carts WHERE user = ?")
        at, paid = self._payment(at, request)
        if not paid:
            return at, 502
        return self._query(at, "shop.log", request, "INSERT INTO orders VALUES (?, ?, ?)"), 200

    def _payment(self, at: float, request: str) -> tuple[float, bool]:
        """A call of the payment service, as both sides log it; return its end and its success."""
        begin, paid = at, self._chance.random() > 0.1
        amount = round(self._chance.uniform(5, 300), 2)
        at = self._query(
            at + 0.002, "payments.log", request, "SELECT limit FROM cards WHERE id = ?"
        )
        at += self._chance.uniform(0.02, 0.08) if paid else 0.4
        self._json(
            at, "payments.log", level="INFO" if paid else "ERROR", event="charge", request_id=request,
            took_ms=round((at - begin - 0.001) * 1000, 1), amount=amount,
            outcome="paid" if paid else "gateway timeout",
        )  # fmt: skip
        at += 0.001
        self._json(
            at, "shop.log", event="payment.call", request_id=request,
            took_ms=round((at - begin) * 1000, 1), ok=paid,
        )  # fmt: skip
        return at, paid

    def _query(self, at: float, log: str, request: str, sql: str) -> float:
        slow = 10 if self._chance.random() < 0.05 else 1
        rows = self._chance.randrange(1, 40)
        return self._step(
            at, 0.012 * slow, log, event="db.query", request_id=request, sql=sql, rows=rows
        )

    def _step(self, at: float, usual: float, log: str, **fields: Any) -> float:
        """Something that takes about `usual` seconds and logs that at its end; return the end."""
        took = usual * self._chance.uniform(0.5, 2)
        self._json(at + took, log, **fields, took_ms=round(took * 1000, 1))
        return at + took

    def _json(self, at: float, log: str, level: str = "INFO", **fields: Any) -> None:
        ts = (self.started + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self._put(at, log, json.dumps({"ts": ts, **fields, "level": level}))

    # ── billing.log ───────────────────────────────────────────────────────────────────────────────

    def _job(self, at: float) -> None:
        """One billing job in its thread: a line at its start and one at its end, as each step."""
        chance = self._chance
        thread = f"billing-{chance.randrange(1, 4)}"
        job = chance.choice(["invoices", "reminders", "statistics"])
        fails = chance.random() < 0.15
        self._text(at, thread, "INFO", f"Starting job {job}")
        for step in ("load", "calculate", "write"):
            self._text(at + 0.001, thread, "INFO", f"Starting step {step}")
            at += chance.uniform(0.05, 0.5)
            if fails and step == "write":
                self._text(at - 0.01, thread, "ERROR", "disk quota exceeded on /srv/billing")
            self._text(at, thread, "INFO", f"Finished step {step}")
        self._text(at + 0.001, thread, "INFO", f"Finished job {job} rc={int(fails)}")

    def _text(self, at: float, thread: str, level: str, message: str) -> None:
        time = (self.started + timedelta(seconds=at)).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
        self._put(at, "billing.log", f"{time} {level} [{thread}] {message}")

    def _put(self, at: float, log: str, text: str) -> None:
        heapq.heappush(self._lines, Line(at, next(self._numbers), log, text))


class RotatedLog:
    """A log file that is renamed away when it has grown to `limit` bytes."""

    def __init__(self, path: Path, limit: int) -> None:
        self._path, self._limit = path, limit
        self._file = path.open("a", encoding="utf-8")

    def write(self, text: str) -> None:
        """Write one line, at once."""
        if self._file.tell() >= self._limit:
            self._rotate()
        self._file.write(text + "\n")
        self._file.flush()

    def _rotate(self) -> None:
        self._file.close()
        for age in range(OLD_LOGS, 0, -1):
            younger = self._named(age - 1)
            if younger.exists():
                younger.rename(self._named(age))
        self._file = self._path.open("a", encoding="utf-8")

    def _named(self, age: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{age}") if age else self._path

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def main() -> None:
    """Write logs until a signal comes."""
    parser = argparse.ArgumentParser(prog="legacy_shop")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--rate", type=float, default=4, help="requests per second")
    parser.add_argument("--seed", type=int, default=2009)
    parser.add_argument("--rotate", type=int, default=32768, help="bytes of a log that is renamed")
    given = parser.parse_args()

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    shop = Shop(datetime.now(UTC), given.seed, given.rate)
    logs = {name: RotatedLog(given.directory / name, given.rotate) for name in LOGS}
    for line in shop.lines():
        if stop.wait(max(0, line.at - (datetime.now(UTC) - shop.started).total_seconds())):
            break
        logs[line.log].write(line.text)
    for log in logs.values():
        log.close()


if __name__ == "__main__":
    main()
