import ast
import json
import sys
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import pytest

from logtrace.demo import legacy_shop
from logtrace.demo.legacy_shop import Line, RotatedLog, Shop

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def lines(seconds: float, seed: int = 1) -> list[Line]:
    """Return all that a shop logs in so many seconds."""
    return list(takewhile(lambda line: line.at < seconds, Shop(NOON, seed, rate=10).lines()))


def records(log: str, seconds: float = 60) -> list[dict[str, Any]]:
    """Return the JSON lines of one log."""
    return [json.loads(line.text) for line in lines(seconds) if line.log == log]


def test_it_knows_nothing_of_the_tracer() -> None:
    """The application imports the standard library and nothing else."""
    tree = ast.parse(Path(legacy_shop.__file__).read_text())
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [])
        + [alias.name for alias in node.names if isinstance(node, ast.Import)]
    }
    assert set() == imported - sys.stdlib_module_names


def test_the_same_seed_gives_the_same_lines() -> None:
    """What it logs depends on the seed and the time of its start alone."""
    assert lines(20) == lines(20)
    assert lines(20) != lines(20, seed=2)


def test_lines_come_in_the_order_of_their_time() -> None:
    """No line is stamped earlier than the one written before it, in any log."""
    everything = lines(60)
    assert sorted(everything) == everything


def test_requests_are_mixed() -> None:
    """Lines of a request have lines of others between them, as with a real server."""
    ids = [record["request_id"] for record in records("shop.log")]
    runs = sum(1 for one, other in pairwise(ids) if one != other)
    assert runs > len(set(ids))


def test_each_step_of_a_request_lies_within_it() -> None:
    """What a request did began after it, and ended before it, by their times and durations."""
    begun: dict[str, float] = {}
    steps: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for record in records("shop.log") + records("payments.log"):
        end = datetime.fromisoformat(record["ts"]).timestamp()
        start = end - record.get("took_ms", 0) / 1000
        if record["event"] == "request.done":
            begun[record["request_id"]] = start
            steps[record["request_id"]].append((start, end))
        else:
            steps[record["request_id"]].append((start, end))
    for request, start in begun.items():
        last = max(end for _, end in steps[request])
        assert start == min(begin for begin, _ in steps[request])
        assert (start, last) in steps[request]


@pytest.mark.parametrize("route", ["/", "/products/{id}", "/cart", "/checkout", "/health"])
def test_every_route_is_asked_for(route: str) -> None:
    """A minute of it shows all that it can do."""
    assert route in {record.get("route") for record in records("shop.log")}


def test_some_requests_fail_and_most_do_not() -> None:
    """There are failures of both kinds to be seen, as exceptions."""
    statuses = [record["status"] for record in records("shop.log", 120) if "status" in record]
    assert {200, 500, 502} == set(statuses)
    assert statuses.count(200) > 0.8 * len(statuses)


def test_what_a_job_starts_it_finishes() -> None:
    """In each thread of billing.log starts and ends pair up like brackets."""
    open_starts: dict[str, list[str]] = defaultdict(list)
    jobs = 0
    for line in lines(120):
        if line.log != "billing.log":
            continue
        thread, _, message = line.text.partition("[")[2].partition("] ")
        if message.startswith("Starting "):
            open_starts[thread].append(message.split()[2])
        elif message.startswith("Finished "):
            assert open_starts[thread].pop() == message.split()[2]
            jobs += message.startswith("Finished job")
    assert jobs > 10
    assert max(map(len, open_starts.values())) <= 2  # the last ones, cut off by the time


def test_a_grown_log_is_renamed_and_no_line_is_lost(tmp_path: Path) -> None:
    """The newest lines are in the live file, older ones in .1 to .3, the oldest are gone."""
    log = RotatedLog(tmp_path / "app.log", limit=30)
    for number in range(18):
        log.write(f"line {number:04}")
    log.close()

    assert ["app.log", "app.log.1", "app.log.2", "app.log.3"] == sorted(
        path.name for path in tmp_path.iterdir()
    )
    files = [tmp_path / f"app.log{suffix}" for suffix in (".3", ".2", ".1", "")]
    kept = "".join(path.read_text() for path in files).splitlines()
    assert [f"line {number:04}" for number in range(6, 18)] == kept
