"""The exchange with the Agent, over real sockets."""

import inspect
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests
import urllib3

from logtrace.clock import MILLISECOND, SECOND
from logtrace.errors import AgentRejected, AgentUnavailable
from logtrace.ship import agent as module
from logtrace.ship.agent import Agent, identity_headers
from logtrace.ship.encode import V03, V04
from logtrace.ship.replies import Info, Reply
from logtrace.web.receiver import Answer, Receiver, listen
from tests.support.agent import HANG_UP, FakeAgent, Hold
from tests.support.clock import FakeClock
from tests.support.traces import span

BODY = V04.encode([[span(1)], [span(2)]])


@pytest.fixture
def fake() -> Iterator[FakeAgent]:
    """A strict Agent on loopback."""
    with FakeAgent() as fake:
        yield fake


@pytest.fixture
def clock() -> FakeClock:
    """A clock turned by hand."""
    return FakeClock()


@pytest.fixture
def agent(fake: FakeAgent, clock: FakeClock) -> Iterator[Agent]:
    """A connection to it."""
    agent = Agent(fake.url, "1.2.3", clock)
    yield agent
    agent.close()


def send(agent: Agent) -> Reply:
    """Send two traces."""
    return agent.send(BODY, V04.content_type, V04.path, 2)


def test_a_payload_arrives_with_the_headers_the_agent_wants(fake: FakeAgent, agent: Agent) -> None:
    """PUT, whole, counted, with real statuses asked for and no claim to computed stats."""
    send(agent)
    [request] = fake.payloads

    assert ("PUT", "/v0.4/traces", BODY) == (request.method, request.path, request.body)
    expected = {
        "content-type": "application/msgpack",
        "content-length": str(len(BODY)),
        "x-datadog-trace-count": "2",
        "datadog-meta-lang": "python",
        "datadog-meta-tracer-version": "1.2.3",
        "datadog-client-computed-top-level": "yes",
        "datadog-send-real-http-status": "1",
    }
    assert expected == {key: request.headers.get(key) for key in expected}
    unwanted = {"datadog-client-computed-stats", "content-encoding", "transfer-encoding"}
    assert set() == unwanted & set(request.headers)


def test_who_is_traced_is_said_only_if_it_was_configured(fake: FakeAgent, agent: Agent) -> None:
    """The Agent would label spans with logtrace's own container; the headers name the application's."""
    send(agent)
    identity = identity_headers("3f5a", "in-42", "it-false,cn-app")
    Agent(fake.url, "1", identity=identity).send(BODY, V04.content_type, V04.path, 2)
    names = ("datadog-container-id", "datadog-entity-id", "datadog-external-env")
    without, given = fake.payloads

    assert [None, None, None] == [without.headers.get(name) for name in names]
    assert ["3f5a", "in-42", "it-false,cn-app"] == [given.headers.get(name) for name in names]
    assert {} == identity_headers(None, None, "")


def test_the_version_of_the_rates_is_given_back(fake: FakeAgent, agent: Agent) -> None:
    """So that the Agent says only what is new; a reply without a version changes nothing."""
    version = {"Datadog-Rates-Payload-Version": "abc"}
    fake.reply(Answer(200, b'{"rate_by_service":{}}', headers=version))
    for _ in range(3):
        send(agent)

    name = "datadog-rates-payload-version"
    assert ["0", "abc", "abc"] == [request.headers.get(name) for request in fake.payloads]


@pytest.mark.parametrize(
    "version", ["\x0ca", "a\x0bb", "a\tb", "\xe9\xff", "a\x85b", "x" * 300, " ", ""]
)
def test_a_version_that_no_header_may_hold_is_not_given_back(
    fake: FakeAgent, agent: Agent, version: str
) -> None:
    """The next request goes out all the same."""
    fake.reply(Answer(200, b"{}", headers={"Datadog-Rates-Payload-Version": version}))
    send(agent)
    send(agent)

    name = "datadog-rates-payload-version"
    assert ["0", "0"] == [request.headers.get(name) for request in fake.payloads]


@pytest.mark.parametrize("url", ["http://*:8126", "http://.:8126", "http://a..b", "http://:x"])
def test_a_url_that_cannot_be_used_is_an_agent_that_is_not_there(url: str) -> None:
    """Whatever its text is made of: nothing but the two errors comes out."""
    agent = Agent(url, "1")
    with pytest.raises(AgentUnavailable):
        agent.info()
    with pytest.raises(AgentUnavailable):
        send(agent)


def test_a_header_that_cannot_be_sent_is_said(fake: FakeAgent) -> None:
    """Such as a container id with a line break in it."""
    agent = Agent(fake.url, "1", identity={"Datadog-Container-ID": "a\nb"})
    with pytest.raises(AgentUnavailable, match="header"):
        agent.info()


def test_json_is_taken_too(fake: FakeAgent, agent: Agent) -> None:
    """v0.3 answers with a text that holds no rates."""
    reply = agent.send(V03.encode([[span(1)]]), V03.content_type, V03.path, 1)

    assert {} == reply.rates
    assert [1] == [s["trace_id"] for s in fake.spans]


def test_the_reply_gives_rates_and_state(fake: FakeAgent, agent: Agent) -> None:
    """Rates come from the body, the state of /info from a header."""
    body = b'{"rate_by_service":{"service:a,env:b":0.5}}'
    fake.reply(Answer(200, body, headers={"Datadog-Agent-State": "abc"}))

    assert Reply({"service:a,env:b": 0.5}, "abc") == send(agent)


def test_info(fake: FakeAgent, agent: Agent) -> None:
    """What the Agent says of itself is read."""
    fake.info = {"version": "7.60.0", "config": {"max_request_bytes": 100_000}}

    assert Info("7.60.0", ("/v0.3/traces", "/v0.4/traces"), 100_000, True) == agent.info()


def test_an_agent_without_info_is_an_old_one(fake: FakeAgent, agent: Agent) -> None:
    """404 gives the defaults."""
    fake.info = None
    assert Info() == agent.info()


@pytest.mark.parametrize("status", [400, 404, 413, 415])
def test_statuses_that_speak_of_the_payload(fake: FakeAgent, agent: Agent, status: int) -> None:
    """They are rejections, with the Agent's own words."""
    fake.reply(Answer(status, b"msgp: too few bytes\n"))
    with pytest.raises(AgentRejected, match=f"{status}: msgp: too few bytes$") as caught:
        send(agent)
    assert status == caught.value.status


@pytest.mark.parametrize("status", [204 + 100, 401, 403, 405, 408, 429, 500, 502, 503, 504])
def test_all_other_statuses_mean_later(fake: FakeAgent, agent: Agent, status: int) -> None:
    """They speak of the Agent or of what stands before it, so nothing is lost for them."""
    fake.reply(status)
    with pytest.raises(AgentUnavailable, match=str(status)) as caught:
        send(agent)
    assert (status == 408) == caught.value.slow


@pytest.mark.parametrize(
    ("header", "expected"), [("7", 7), ("soon", 0), ("Sun, 22 Nov 2026 12:00:04 GMT", 4)]
)
def test_retry_after(fake: FakeAgent, agent: Agent, header: str, expected: int) -> None:
    """Seconds and dates are understood, anything else is no wish."""
    fake.reply(Answer(429, b"", headers={"Retry-After": header}))
    with pytest.raises(AgentUnavailable) as caught:
        send(agent)
    assert expected * SECOND == caught.value.retry_after


def test_redirects_are_not_followed(fake: FakeAgent, agent: Agent) -> None:
    """The Agent is where it was said to be."""
    fake.reply(Answer(307, b"", headers={"Location": fake.url + "/v0.4/traces"}))
    with pytest.raises(AgentUnavailable, match=r"redirects to http://.*, which is not followed"):
        send(agent)
    assert [] == fake.traces


def test_proxies_of_the_environment_are_not_asked(
    fake: FakeAgent, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy for the way out is not the way to the Agent."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    send(agent)
    assert 2 == len(fake.traces)


def test_nobody_there(fake: FakeAgent, agent: Agent) -> None:
    """The message says where, what, and what to look at."""
    fake.down()
    with pytest.raises(AgentUnavailable) as caught:
        send(agent)
    assert f"{fake.url}: connection refused; is the Agent running, with APM enabled?" == str(
        caught.value
    )


def test_a_reset_of_a_reused_connection_is_tried_again_at_once(
    fake: FakeAgent, agent: Agent
) -> None:
    """The Agent closes idle connections: that is not an outage."""
    fake.reply(200, HANG_UP, 200)
    send(agent)
    send(agent)
    assert 3 == len(fake.payloads)


def test_a_reset_of_a_new_connection_is_a_failure(fake: FakeAgent, agent: Agent) -> None:
    """Nothing is tried twice over new connections."""
    fake.reply(HANG_UP)
    with pytest.raises(AgentUnavailable):
        send(agent)
    assert 1 == len(fake.payloads)


def test_the_second_attempt_is_the_last(fake: FakeAgent, agent: Agent) -> None:
    """A connection that breaks again is a failure."""
    fake.reply(200, HANG_UP, HANG_UP)
    send(agent)
    with pytest.raises(AgentUnavailable):
        send(agent)
    assert 3 == len(fake.payloads)


def test_a_connection_that_was_idle_too_long_is_not_reused(
    fake: FakeAgent, agent: Agent, clock: FakeClock
) -> None:
    """After more than 4 s the next request has a new connection, so its reset is a failure."""
    fake.reply(200, HANG_UP)
    send(agent)
    clock.advance(4 * SECOND + 1)
    with pytest.raises(AgentUnavailable):
        send(agent)
    assert 2 == len(fake.payloads)


def test_no_reply_in_time(fake: FakeAgent, agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    """An Agent that hangs is an outage, even over a reused connection: no second attempt."""
    send(agent)
    monkeypatch.setattr(module, "TIMEOUT", 50 * MILLISECOND)
    hold = Hold()
    fake.reply(hold)
    with pytest.raises(AgentUnavailable, match="no reply within"):
        send(agent)
    hold.release.set()
    assert 2 == len(fake.payloads)


def test_a_unix_socket(tmp_path: Path) -> None:
    """The same protocol over a socket file, again and again; a missing file is an outage."""
    path = str(tmp_path / "apm.socket")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    receiver = Receiver(listener)
    receiver.start()
    agent = Agent(f"unix://{path}", "1")
    assert ("/v0.3/traces", "/v0.4/traces") == agent.info().endpoints
    send(agent)
    send(agent)
    assert 2 == len(receiver.recent.newest())

    receiver.stop()
    Path(path).unlink()
    with pytest.raises(AgentUnavailable, match="no such file or directory"):
        send(agent)


def test_ipv6_and_a_path_prefix() -> None:
    """A prefix of the URL stands before every path."""
    receiver = Receiver(listen("::1", 0))
    receiver.start()
    try:
        assert Agent(receiver.url, "1").info().endpoints
        assert Info() == Agent(receiver.url + "/prefix", "1").info()
    finally:
        receiver.stop()


def test_plain_http_behind_https_is_said(fake: FakeAgent) -> None:
    """TLS that cannot be had is an outage, and says that it is about TLS."""
    agent = Agent(fake.url.replace("http:", "https:"), "1")
    with pytest.raises(AgentUnavailable, match="no TLS connection"):
        send(agent)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"", b'"x"', b"\xff"])
def test_another_program_on_the_port_is_no_agent(
    fake: FakeAgent, agent: Agent, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    """An /info that is none is said, with a guess at the reason."""
    monkeypatch.setattr(fake, "answer", lambda request, usual: Answer(200, body))
    with pytest.raises(AgentUnavailable, match="is another program on this port"):
        agent.info()


def exceptions(*modules: object) -> list[type[Exception]]:
    """Return all exception classes that are defined in modules."""
    return [
        cls
        for mod in modules
        for _, cls in inspect.getmembers(mod, inspect.isclass)
        if issubclass(cls, Exception) and not issubclass(cls, Warning)
    ]


@pytest.mark.parametrize(
    "kind",
    [
        cls
        for cls in exceptions(requests.exceptions, urllib3.exceptions)
        if issubclass(cls, requests.RequestException | urllib3.exceptions.HTTPError)
    ],
)
def test_every_exception_of_requests_and_urllib3_is_translated(
    kind: type[Exception], agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of them leaves the module, whatever a later version may raise."""

    def nothing(*_: object) -> None:
        """Some of them cannot be made, or shown, without what they are about."""

    plain = type(kind.__name__, (kind,), {"__init__": nothing, "__str__": lambda self: "words"})

    def fail(*_: object) -> None:
        raise plain()

    monkeypatch.setattr(agent, "_send_once", fail)
    with pytest.raises(AgentUnavailable, match=r"^http://127.0.0.1:\d+: .+; is the Agent running"):
        send(agent)


class Peer:
    """Answers one request, and goes on with the body of its reply as long as it is listened to.

    Attributes:
        url: where it is.
        written: bytes of the body that it got rid of.
    """

    def __init__(self, part: bytes, most: int, pause: float = 0.0) -> None:
        self.written = 0
        self._part, self._most, self._pause = part, most, threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, args=(pause,))
        self._thread.start()

    def _serve(self, pause: float) -> None:
        connection, _ = self._listener.accept()
        with connection, suppress(OSError):
            received = b""
            while BODY not in received:
                received += connection.recv(2**16)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % self._most)
            while self.written < self._most:
                connection.sendall(self._part)
                self.written += len(self._part)
                self._pause.wait(pause)

    def end(self) -> None:
        self._thread.join()
        self._listener.close()


def test_a_huge_reply_is_not_read_to_its_end() -> None:
    """Nobody can fill the memory with an answer, or keep us at it."""
    peer = Peer(bytes(2**16), 200 * 2**20)
    agent = Agent(peer.url, "1")
    reply = send(agent)
    peer.end()

    assert {} == reply.rates
    assert module.LONGEST_REPLY <= peer.written < 100 * 2**20


def test_a_reply_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and the reply does not."""
    monkeypatch.setattr(module, "TIMEOUT", SECOND // 4)
    peer = Peer(b" ", 1000, 0.02)
    agent = Agent(peer.url, "1")
    with pytest.raises(AgentUnavailable, match="no reply within"):
        send(agent)
    peer.end()

    assert peer.written < 500


def test_after_a_huge_reply_the_connection_is_another(fake: FakeAgent, agent: Agent) -> None:
    """What is left of it is not taken for the next reply."""
    fake.reply(Answer(200, json.dumps("x" * (module.LONGEST_REPLY + 10)).encode()), 200)
    send(agent)
    send(agent)
    assert 2 == len(fake.traces)
