"""Lines per CPU second, from file to acknowledged payload, in steady state.

Writes a log of 300-byte JSON lines, or of the same requests in another format, starts a receiver that
acknowledges every payload unread (in a process of its own, so that its CPU is not counted), runs the
daemon's own session over the log, and divides lines by the CPU seconds of this process after the first
tenth (imports and warm-up are start-up cost, and are reported apart). Repeats and prints the median.

    make bench
    make bench ARGS='--format all --runs 3'
"""

from __future__ import annotations

import argparse
import http.server
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from samples import SAMPLES, config, write_log

CONFIG = """
agent: {{url: "http://127.0.0.1:{port}"}}
defaults: {{service: shop, env: prod, version: "1.4.2"}}
state: {{path: {directory}/state}}
sources:
  - path: {directory}/app.log
    {source}
traces: {{wait: {wait}}}
"""


def receiver(port_out: multiprocessing.Queue[int]) -> None:
    """Acknowledge every payload without looking into it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer(b'{"version":"bench","endpoints":["/v0.4/traces"]}')

        def do_PUT(self) -> None:
            left = int(self.headers["Content-Length"])
            while left > 0:
                left -= len(self.rfile.read(min(left, 1 << 16)))
            self.answer(b'{"rate_by_service":{}}')

        def answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port_out.put(server.server_address[1])
    server.serve_forever()


def session(directory: str, port: int, wait: str, form: str) -> None:
    """Run one session to its end; print the figures of its steady state as JSON."""
    started = time.process_time()
    from logtrace import config as configuration
    from logtrace import daemon
    from logtrace.clock import SECOND, SystemClock
    from logtrace.logs import silent
    from logtrace.telemetry import Telemetry

    path = Path(directory) / "logtrace.yaml"
    source = config(form)
    path.write_text(CONFIG.format(port=port, directory=directory, wait=wait, source=source))
    loaded = configuration.load(str(path), dict(os.environ))
    telemetry = Telemetry(silent(), SystemClock())
    options = daemon.Options(once=True, deadline=60 * SECOND)
    work = daemon.Session(loaded, options, SystemClock(), telemetry)
    start_up = time.process_time() - started
    marks: list[tuple[float, int]] = []
    step = work.pipeline.step

    def marking() -> bool:
        worked = step()
        marks.append((time.process_time(), telemetry.total("lines_read")))
        return worked

    work.pipeline.step = marking  # type: ignore[method-assign]
    work.start(threading.Event())
    work._threads[0].join()
    end = (time.process_time(), telemetry.total("lines_read"))
    work.finish()
    warm = next(mark for mark in marks if mark[1] >= end[1] // 10)
    print(
        json.dumps(
            {
                "start_up": start_up,
                "lines": end[1],
                "spans": telemetry.total("spans_shipped"),
                "per_cpu_second": (end[1] - warm[1]) / (end[0] - warm[0]),
                "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


def main() -> None:
    """Run the benchmark and print a small table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=400_000)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--wait", default="1s")
    arguments.add_argument("--format", choices=[*SAMPLES, "all"], default="json")
    arguments.add_argument("--session", nargs=4, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.session:
        session(given.session[0], int(given.session[1]), given.session[2], given.session[3])
        return
    ports: multiprocessing.Queue[int] = multiprocessing.Queue()
    peer = multiprocessing.Process(target=receiver, args=(ports,), daemon=True)
    peer.start()
    port = ports.get()
    print(f"{given.lines} lines, {given.runs} runs, medians")
    print("  format    bytes a line    lines per CPU second, steady    CPU to start, s    peak MB")
    for form in SAMPLES if given.format == "all" else [given.format]:
        size, results = measure(form, given.lines, given.runs, port, given.wait)

        def median(name: str, results: list[dict[str, float]] = results) -> float:
            return statistics.median(result[name] for result in results)

        print(
            f"  {form:<10}{size / given.lines:>12.0f}{median('per_cpu_second'):>32,.0f}"
            f"{median('start_up'):>19.2f}{median('rss_mb'):>11.0f}"
        )
    peer.terminate()


def measure(
    form: str, lines: int, runs: int, port: int, wait: str
) -> tuple[int, list[dict[str, float]]]:
    """Return the size of a log in a format, and the figures of each run over it."""
    results = []
    with tempfile.TemporaryDirectory() as directory:
        size = write_log(Path(directory) / "app.log", form, lines)
        for _ in range(runs):
            state = Path(directory) / "state"
            for file in state.glob("*") if state.exists() else ():
                file.unlink()
            done = subprocess.run(
                [sys.executable, __file__, "--session", directory, str(port), wait, form],
                check=True,
                capture_output=True,
                text=True,
            )
            results.append(json.loads(done.stdout))
    assert all(result["spans"] == lines for result in results), results
    return size, results


if __name__ == "__main__":
    main()
