"""The third-party stand-in for the Agent, ddapm-test-agent, as a process of its own."""

import contextlib
import json
import os
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from logtrace.clock import MILLISECOND, SystemClock

ROOT = Path(__file__).parents[2]
CHECKS = (
    "trace_count_header",
    "meta_tracer_version_header",
    "trace_content_length",
    "trace_stall",
    "meta_events_is_valid_json",
    "trace_peer_service",
    "trace_dd_service",
)
"""All that it can check of traces; the last two it skips, but for tracers of another naming schema."""

OURS = ("DD_API_KEY", "DD_SITE", "DD_TRACE_AGENT_URL")
"""What would make it talk to others."""


class NotInstalled(Exception):
    """The environment of the test agent could not be made; the text says why."""


class PeerAgent:
    """A running test agent.

    Attributes:
        url: where it takes traces over TCP.
        socket_url: and where over a Unix socket.
    """

    def __init__(self, port: int, socket_path: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.socket_url = f"unix://{socket_path}"
        self._open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

    def answers(self) -> bool:
        """Return whether it listens yet."""
        try:
            return bool(self._get("/info"))
        except urllib.error.URLError:
            return False

    def traces(self) -> list[list[dict[str, Any]]]:
        """Return the traces that it got since `clear`; chunks of one id are one trace."""
        traces: list[list[dict[str, Any]]] = json.loads(self._get("/test/session/traces"))
        return traces

    def spans(self) -> list[dict[str, Any]]:
        """Return all spans that it got since `clear`, by trace and span id."""
        return sorted(
            (span for trace in self.traces() for span in trace),
            key=lambda span: (span["trace_id"], span["span_id"]),
        )

    def complaints(self) -> str:
        """Return what its checks found wrong, "" when there was nothing."""
        with contextlib.suppress(urllib.error.HTTPError):
            self._get("/test/trace_check/failures")
            return ""
        try:
            return self._get("/test/trace_check/failures").decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def checked(self) -> dict[str, int]:
        """Return how often each check was made, and passed or skipped."""
        summary = json.loads(self._get("/test/trace_check/summary"))
        return {
            check: counts["Passed_Checks"] + counts["Skipped_Checks"]
            for check, counts in summary.items()
        }

    def stall(self, seconds: float) -> None:
        """Answer each payload only after so many seconds."""
        wanted = json.dumps({"trace_request_delay": seconds}).encode()
        with self._open(f"{self.url}/test/settings", data=wanted, timeout=10):
            pass

    def clear(self) -> None:
        """Forget what came so far."""
        self._get("/test/session/clear")
        self._get("/test/trace_check/clear")

    def _get(self, path: str) -> bytes:
        with self._open(self.url + path, timeout=10) as response:
            body: bytes = response.read()
            return body


def install() -> Path:
    """Return its command, installed on demand; raises NotInstalled."""
    made = subprocess.run(
        [ROOT / "tools" / "setup", "agent"], capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise NotInstalled(made.stderr.strip())
    return ROOT / ".venv-agent" / "bin" / "ddapm-test-agent"


@contextlib.contextmanager
def running(directory: Path, info: Mapping[str, Any] | None = None) -> Iterator[PeerAgent]:
    """Run a test agent on free ports.

    Args:
        directory: where its files are.
        info: what its /info says otherwise.

    Raises:
        NotInstalled: it cannot be had here.
    """
    command = install()
    trace_port, otlp_http, otlp_grpc, web = _free_ports(4)
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment["ENABLED_CHECKS"] = ",".join(CHECKS)  # the option does not work in this version
    environment["DD_AGENT_EXTRA_INFO"] = json.dumps(info or {})
    with (directory / "agent.log").open("w") as log:
        process = subprocess.Popen(
            [
                command,
                *("--host", "127.0.0.1", "--port", str(trace_port)),
                *("--otlp-http-port", str(otlp_http), "--otlp-grpc-port", str(otlp_grpc)),
                *("--web-ui-port", str(web), "--trace-uds-socket", directory / "apm.socket"),
                *("--snapshot-dir", directory),
            ],
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        agent = PeerAgent(trace_port, directory / "apm.socket")
        while not agent.answers():
            assert process.poll() is None, (directory / "agent.log").read_text()
            SystemClock().wait(threading.Event(), 50 * MILLISECOND)
        yield agent
    finally:
        process.kill()
        process.wait()


def _free_ports(count: int) -> list[int]:
    """Return ports that nobody listened on a moment ago."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
