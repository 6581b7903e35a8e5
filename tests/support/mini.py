"""Datadog's Rust agent for serverless functions, alone in a network of its own, and its intake.

The binary listens on 127.0.0.1:8126 only, believes to be in an Azure function (hence the variables and
the `host.json`), normalises what it gets with Datadog's own code, and forwards it every three seconds as
protobuf. It runs in a network and a mount namespace: nothing of it can be seen or reached from outside,
it can reach nothing but our intake, and both namespaces end with it. That takes root.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import platform
import shutil
import socket
import struct
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from logtrace.clock import MILLISECOND, SystemClock
from logtrace.web.receiver import Answer, Receiver, Request
from tests.support import peer
from tests.support.agent_payload import Chunk, Forwarded, decode

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds that a test waits for something before it fails."""

_INTAKE_PORT = 8127

_AZURE = {
    "FUNCTIONS_EXTENSION_VERSION": "~4",
    "FUNCTIONS_WORKER_RUNTIME": "python",
    "WEBSITE_SITE_NAME": "logtrace-test",
}
"""What makes the binary believe where it is."""

_SETTINGS = {
    "DD_API_KEY": "0" * 32,
    "DD_APM_DD_URL": f"http://127.0.0.1:{_INTAKE_PORT}",
    "DD_USE_DOGSTATSD": "false",
    "DD_ENHANCED_METRICS_ENABLED": "false",
    "DD_LOGS_ENABLED": "false",
}

_SCRIPT = """
mount -t tmpfs tmpfs /home
mkdir -p /home/site/wwwroot/function
echo '{}' | tee /home/site/wwwroot/host.json >/home/site/wwwroot/function/function.json
echo ready
read -r _
exec "/proc/self/fd/$1"
"""
"""Runs in the new namespaces, until the network is up; then it is the agent."""


class NotPossible(Exception):
    """The agent cannot be run here; the text says why."""


class _Intake(Receiver):
    """Where the agent forwards to: takes everything and remembers it."""

    def __init__(self, listener: socket.socket) -> None:
        super().__init__(listener)
        self.requests: list[Request] = []
        self.changed = threading.Condition()

    def answer(self, request: Request) -> Answer | None:
        with self.changed:
            self.requests.append(request)
            self.changed.notify_all()
        return Answer(200, b"{}", "application/json")


class MiniAgent:
    """A running agent.

    Attributes:
        url: where it takes traces, for threads that have entered its network.
    """

    url = "http://127.0.0.1:8126"

    def __init__(self, pid: int) -> None:
        self._network = f"/proc/{pid}/ns/net"
        self.inside(_bring_up_loopback)
        listener = self.inside(lambda: socket.create_server(("127.0.0.1", _INTAKE_PORT)))
        self._intake = _Intake(listener)
        self._intake.start()

    def enter(self) -> None:
        """Move the calling thread, for good, into the agent's network."""
        descriptor = os.open(self._network, os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(descriptor, 0x40000000):  # CLONE_NEWNET
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(descriptor)

    def inside(self, function: Callable[[], T]) -> T:
        """Return what `function` returns when it is called in the agent's network."""
        with ThreadPoolExecutor(1, initializer=self.enter) as thread:
            return thread.submit(function).result()

    def command(self, *words: str | Path) -> list[str | Path]:
        """Return a command that runs another one in the agent's network."""
        return ["nsenter", f"--net={self._network}", *words]

    def answers(self) -> bool:
        """Return whether it listens yet."""
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                f"{self.url}/info", timeout=10
            ) as response:
                return bool(response.read())
        except urllib.error.URLError:
            return False

    @property
    def chunks(self) -> list[Chunk]:
        """All that it has forwarded, as chunks of traces."""
        paths = ("/api/v0.2/traces",)
        with self._intake.changed:
            bodies = [each.body for each in self._intake.requests if each.path in paths]
        return [chunk for body in bodies for chunk in decode(body)]

    def await_spans(self, count: int) -> list[Forwarded]:
        """Wait until it has forwarded so many spans and return them, by trace and span id."""

        def spans() -> list[Forwarded]:
            return [span for chunk in self.chunks for span in chunk.spans]

        with self._intake.changed:
            arrived = self._intake.changed.wait_for(lambda: len(spans()) >= count, PATIENCE)
        assert arrived, f"{len(spans())} of {count} spans forwarded in {PATIENCE} s"
        return sorted(spans(), key=lambda span: (span.trace_id, span.span_id))

    def close(self) -> None:
        """End the intake."""
        self._intake.stop()


def obstacle() -> str:
    """Return why the agent cannot be run on this machine, "" if it can."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return "its binary is for Linux on x86-64"
    if os.geteuid():
        return "it needs namespaces, and those need root"
    missing = [
        name for name in ("unshare", "nsenter", "setpriv", "mount") if not shutil.which(name)
    ]
    return f"no {' '.join(missing)} on PATH" if missing else ""


@contextlib.contextmanager
def running(directory: Path) -> Iterator[MiniAgent]:
    """Run an agent; its log is in `directory`. Raises NotPossible, or NotInstalled of `peer`."""
    if why := obstacle():
        raise NotPossible(why)
    binary = _loaded(peer.install().parents[1])
    environment = {"PATH": os.environ["PATH"]} | _AZURE | _SETTINGS
    with (directory / "mini.log").open("w") as log:
        process = subprocess.Popen(
            [
                *("unshare", "--net", "--mount"),
                *("setpriv", "--pdeathsig", "KILL"),
                *("sh", "-euc", _SCRIPT, "sh", str(binary)),
            ],
            env=environment,
            pass_fds=[binary],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    os.close(binary)
    try:
        assert process.stdin
        assert process.stdout
        if process.stdout.readline() != b"ready\n":
            raise NotPossible(f"no namespaces: {(directory / 'mini.log').read_text().strip()}")
        agent = MiniAgent(process.pid)
        try:
            process.stdin.write(b"go\n")
            process.stdin.flush()
            while not agent.inside(agent.answers):
                assert process.poll() is None, process.stdout.read()
                SystemClock().wait(threading.Event(), 20 * MILLISECOND)
            yield agent
        finally:
            agent.close()
    finally:
        process.kill()
        process.communicate()


def _loaded(environment: Path) -> int:
    """Return a descriptor of the binary, in memory: as installed it may not be executed."""
    [binary] = environment.glob(
        "lib/python3*/site-packages/datadog_serverless_compat/bin/linux-amd64/*"
    )
    descriptor = os.memfd_create("datadog-serverless-compat", 0)
    os.write(descriptor, binary.read_bytes())
    return descriptor


def _bring_up_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        up = struct.pack("16sH14x", b"lo", 0x41)  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(any_socket, 0x8914, up)  # SIOCSIFFLAGS
