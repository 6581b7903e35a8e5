"""What systemd is told: the sd_notify protocol of systemd's documentation, and nothing else.

A datagram on the socket that $NOTIFY_SOCKET names. Not under systemd: every call does nothing.
Called by `logtrace.daemon` from the main thread.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping

from logtrace.clock import SECOND


class Notifier:
    """Sends state to the service manager; never fails."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):  # an abstract socket, written the way of ss(8)
            self._address = "\0" + self._address[1:]
        watchdog = environ.get("WATCHDOG_USEC", "")
        self.interval = int(watchdog) * 1000 // 3 if watchdog.isdigit() else 10 * SECOND
        """How often to call `alive`, in nanoseconds: a third of the watchdog's time."""

    def ready(self, status: str) -> None:
        """Say that start-up (or a reload) is over."""
        self._send(f"READY=1\nSTATUS={status}")

    def alive(self, status: str) -> None:
        """Say that the daemon is not stuck, and what it does."""
        self._send(f"WATCHDOG=1\nSTATUS={status}")

    def reloading(self, monotonic: int) -> None:
        """Say that the configuration is being read again; `monotonic` is the clock's, in ns."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={monotonic // 1000}")

    def stopping(self) -> None:
        """Say that the daemon drains."""
        self._send("STOPPING=1\nSTATUS=draining")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        # A service manager that went away is no reason for the daemon to.
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link,
        ):
            link.sendto(text.encode(), self._address)
