import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.notify import Notifier


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket that systemd listens on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)
        yield manager


def test_what_is_said_reaches_the_service_manager(manager: socket.socket) -> None:
    """Each call is one datagram in the form of sd_notify."""
    notifier = Notifier({"NOTIFY_SOCKET": manager.getsockname()})
    notifier.ready("3 lines read")
    notifier.alive("4 lines read")
    notifier.reloading(7_000_000)
    notifier.stopping()

    assert [
        b"READY=1\nSTATUS=3 lines read",
        b"WATCHDOG=1\nSTATUS=4 lines read",
        b"RELOADING=1\nMONOTONIC_USEC=7000",
        b"STOPPING=1\nSTATUS=draining",
    ] == [manager.recv(1000) for _ in range(4)]


def test_an_abstract_socket_is_reached() -> None:
    """A name that begins with @ is one without a file."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("")  # Linux chooses a free abstract name
        manager.settimeout(5)
        name = manager.getsockname().decode()
        Notifier({"NOTIFY_SOCKET": "@" + name[1:]}).stopping()
        assert b"STOPPING=1\nSTATUS=draining" == manager.recv(1000)


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": "/nowhere/at/all"}])
def test_without_a_manager_nothing_happens(environ: dict[str, str]) -> None:
    """Not under systemd, or with one that went away, no call fails."""
    Notifier(environ).ready("")


@pytest.mark.parametrize(
    ("given", "expected"), [("60000000", 20 * SECOND), ("", 10 * SECOND), ("soon", 10 * SECOND)]
)
def test_the_watchdog_is_fed_three_times_in_its_time(given: str, expected: int) -> None:
    """The interval is a third of WATCHDOG_USEC; without one, ten seconds."""
    assert expected == Notifier({"WATCHDOG_USEC": given}).interval
