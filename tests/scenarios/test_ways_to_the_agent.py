"""TLS, IPv6, a path before the Agent's own, a Unix socket that comes and goes, an old Agent."""

from __future__ import annotations

import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.ship.agent import Agent
from logtrace.ship.shipper import Shipper
from logtrace.web.receiver import Answer, Delivery, Receiver, Request, listen
from tests.support.agent import FakeAgent
from tests.support.clock import FakeClock
from tests.support.log import recording_telemetry
from tests.support.process import Process
from tests.support.rig import line
from tests.support.traces import traces

CERTIFICATE = Path(__file__).parents[1] / "support" / "localhost.pem"

CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


class Prefixed(Receiver):
    """An Agent behind a gateway that serves it below /apm/v7 only."""

    def answer(self, request: Request) -> Answer | None:
        if not request.path.startswith("/apm/v7/"):
            return Answer(404, b"no such route")
        path = request.path.removeprefix("/apm/v7")
        return super().answer(Request(request.method, path, request.headers, request.body))


@contextmanager
def serving(
    listener: socket.socket, receiver: Callable[..., Receiver] = Receiver
) -> Iterator[tuple[str, list[int]]]:
    """A strict Agent on a socket; gives its URL and the ids of the traces that it takes."""
    ids: list[int] = []

    def delivered(delivery: Delivery) -> None:
        ids.extend(spans[0].trace_id for spans in delivery.traces)

    agent = receiver(listener, delivered=delivered)
    agent.start()
    try:
        yield agent.url, ids
    finally:
        agent.stop()


def tls(listener: socket.socket) -> socket.socket:
    """Return a socket that listens for TLS with a certificate that nobody knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context.wrap_socket(listener, server_side=True)


class Sender:
    """A shipper whose clock is turned by hand."""

    def __init__(self, url: str) -> None:
        self.clock = FakeClock()
        self.telemetry, self.events = recording_telemetry(self.clock)
        self._agent = Agent(url, "test", self.clock)
        self.shipper = Shipper(self._agent, self.telemetry, self.clock, chance=lambda: 0.5)

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        self._agent.close()

    def ship(self, first: int, count: int) -> list[int]:
        """Offer traces, let half a minute pass, and return the numbers that are done."""
        self.shipper.offer(traces(first, count))
        for _ in range(30):
            self.clock.advance(SECOND)
            while self.shipper.step():
                pass
        return self.shipper.take_done()


def test_ipv6() -> None:
    """An address of IPv6 in brackets is connected to."""
    with serving(listen("::1", 0)) as (url, ids), Sender(url) as sender:
        assert url.startswith("http://[::1]:")
        assert list(range(1, 11)) == sender.ship(1, 10) == ids


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_name_with_several_addresses(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Of the addresses that `localhost` has, the one that answers is used, whichever comes first."""

    def resolve(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
        assert "localhost" == host
        found = [(socket.AF_INET6, ("::1", port, 0, 0)), (socket.AF_INET, ("127.0.0.1", port))]
        return [(family, socket.SOCK_STREAM, 0, "", where) for family, where in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with serving(listen(address, 0)) as (url, ids):
        url = f"http://localhost:{url.rpartition(':')[2]}"
        with Sender(url) as sender:
            assert list(range(1, 11)) == sender.ship(1, 10) == ids


def test_a_path_before_the_agents_own() -> None:
    """A prefix of the URL stands before /info and before the traces."""
    with serving(listen("127.0.0.1", 0), Prefixed) as (url, ids), Sender(f"{url}/apm/v7") as sender:
        assert list(range(1, 11)) == sender.ship(1, 10) == ids
        assert ["/v0.4/traces"] == [
            fields["encoding"] for fields in sender.events.named("agent_reached")
        ]


def test_a_wrong_path_is_an_outage_not_a_loss() -> None:
    """A gateway that knows no such route answers 404 to everything: nothing is dropped for it."""
    with serving(listen("127.0.0.1", 0), Prefixed) as (url, ids), Sender(url) as sender:
        assert [] == sender.ship(1, 10) == ids
        assert 10 == sender.shipper.pending
        assert "is another program on this port?" in sender.shipper.last_error


@pytest.fixture
def untrusting(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that names no certificates."""
    for name in CA_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.usefixtures("untrusting")
def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    """It is an outage, nothing is dropped for it, and the message says that it is about TLS."""
    with serving(tls(listen("127.0.0.1", 0))) as (url, ids):
        url = url.replace("http:", "https:")
        with Sender(url) as sender:
            assert [] == sender.ship(1, 10) == ids
            assert 10 == sender.shipper.pending
            assert sender.shipper.last_error.startswith(f"{url}: no TLS connection: ")
            assert "certificate" in sender.shipper.last_error


@pytest.mark.parametrize("variable", CA_VARIABLES)
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_certificate_that_a_variable_names_is_trusted(
    untrusting: pytest.MonkeyPatch, variable: str, host: str
) -> None:
    """Over TLS, too, everything is delivered, to each name that the certificate is for."""
    untrusting.setenv(variable, str(CERTIFICATE))
    with serving(tls(listen("127.0.0.1" if host == "localhost" else host, 0))) as (url, ids):
        shown = f"[{host}]" if ":" in host else host
        with Sender(f"https://{shown}:{url.rpartition(':')[2]}") as sender:
            assert list(range(1, 11)) == sender.ship(1, 10) == ids


def test_a_certificate_file_that_is_not_there_is_an_outage(
    untrusting: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A variable that names nothing is no reason to end, and the message names the file."""
    untrusting.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "absent.pem"))
    with serving(tls(listen("127.0.0.1", 0))) as (url, ids):
        url = url.replace("http:", "https:")
        with Sender(url) as sender:
            assert [] == sender.ship(1, 10) == ids
            assert "absent.pem" in sender.shipper.last_error


@pytest.mark.slow
def test_the_daemon_over_tls(untrusting: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`run --once` says what is wrong with the certificate; with the variable it delivers."""
    (tmp_path / "app.log").write_text("".join(map(line, range(20))))
    with serving(tls(listen("127.0.0.1", 0))) as (url, ids):
        url = url.replace("http:", "https:")
        process = Process(tmp_path, url, "--once", "--deadline", "1")
        _, err = process.child.communicate(timeout=30)
        assert 1 == process.child.returncode
        assert "no TLS connection: " in err.splitlines()[-1]
        assert "Traceback" not in err

        untrusting.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        process = Process(tmp_path, url, "--once")
        _, err = process.child.communicate(timeout=30)
        assert 0 == process.child.returncode, err
        assert list(range(1, 21)) == sorted(ids)


def unix(path: Path) -> socket.socket:
    """Return a Unix socket that listens at a path."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    return listener


def test_a_unix_socket_that_goes_and_comes_back(tmp_path: Path) -> None:
    """Its file vanishes, lies there with nobody behind it, is another kind, and is back: all arrives."""
    path = tmp_path / "apm.socket"
    with Sender(f"unix://{path}") as sender:
        with serving(unix(path)) as (_, before):
            assert list(range(1, 11)) == sender.ship(1, 10) == before
        assert [] == sender.ship(11, 10)
        assert "connection refused" in sender.shipper.last_error

        path.unlink()
        assert [] == sender.ship(21, 10)
        assert "no such file" in sender.shipper.last_error

        path.write_text("not a socket")
        assert [] == sender.ship(31, 10)
        assert "connection refused" in sender.shipper.last_error

        path.unlink()
        with serving(unix(path)) as (_, after):
            assert list(range(11, 51)) == sender.ship(41, 10) == after
        assert 1 == len(sender.events.named("agent_unreachable"))
        assert 1 == len(sender.events.named("agent_recovered"))


def test_a_new_agent_at_the_socket_while_a_connection_is_open(tmp_path: Path) -> None:
    """The file is replaced between two payloads, the old Agent gone: the new one gets what follows."""
    path = tmp_path / "apm.socket"
    with Sender(f"unix://{path}") as sender:
        with serving(unix(path)) as (_, before):
            sender.ship(1, 10)
        path.unlink()
        with serving(unix(path)) as (_, after):
            assert list(range(11, 21)) == sender.ship(11, 10) == after
    assert list(range(1, 11)) == before


OLD_AGENTS = {
    "says-v0.3-only": ({"endpoints": ["/v0.3/traces"]}, {"/v0.4/traces"}),
    "says-nothing": (None, {"/v0.4/traces"}),
    "says-v0.4-and-has-it-not": ({"endpoints": ["/v0.4/traces"]}, {"/v0.4/traces"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("old", OLD_AGENTS.values(), ids=OLD_AGENTS)
def test_the_daemon_and_an_old_agent(
    tmp_path: Path, agent: FakeAgent, old: tuple[dict[str, object] | None, set[str]]
) -> None:
    """Whatever it says or does not say of itself, everything arrives as v0.3 JSON, once."""
    agent.info, agent.missing = old
    process = Process(tmp_path, agent.url)
    try:
        process.append(*range(600))
        agent.await_spans(600)
        assert 0 == process.end(signal.SIGTERM)
    finally:
        process.end(signal.SIGKILL)

    assert list(range(600)) == sorted(span["trace_id"] - 1 for span in agent.spans)
    taken = [request for request in agent.payloads if request.path not in agent.missing]
    assert {("/v0.3/traces", "application/json")} == {
        (request.path, request.headers["content-type"]) for request in taken
    }
    asked_in_vain = len(agent.payloads) - len(taken)
    assert (0 if agent.info == {"endpoints": ["/v0.3/traces"]} else 2) == asked_in_vain
    assert [] == [drop for verdict in agent.verdicts for drop in verdict.dropped]
