"""The receiver: its protocol without a socket, and its life with one."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from logtrace.errors import AddressError
from logtrace.ship.encode import V03, V04
from logtrace.web import receiver as module
from logtrace.web.receiver import Answer, Delivery, Receiver, Request, listen
from tests.support.clock import FakeClock
from tests.support.traces import span

BODY = V04.encode([[span(255)], [span(2)]])
MSGPACK = {"content-type": "application/msgpack"}


class Intake:
    """A receiver and what it delivered."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.receiver = Receiver(listen("127.0.0.1", 0), FakeClock(), self.deliveries.append)
        self.port = int(self.receiver.url.rpartition(":")[2])

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Return the answer to a request, as the protocol has it."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.receiver.answer(Request(method, path, names, body))
        assert answer is not None
        return answer

    def put(self, body: bytes, path: str = "/v0.4/traces") -> Answer:
        return self.ask("PUT", path, body, content_type="application/msgpack")

    def get(self, path: str, host: str = "") -> Answer:
        return self.ask("GET", path, host=host or f"127.0.0.1:{self.port}")

    def talk(self, *parts: bytes) -> bytes:
        """Send bytes over a socket of its own and return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            for part in parts:
                connection.sendall(part)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture
def intake() -> Iterator[Intake]:
    """A receiver that is not started: most of it needs no thread."""
    intake = Intake()
    yield intake
    intake.receiver.stop()


@pytest.fixture
def started(intake: Intake) -> Intake:
    """The same one, answering."""
    intake.receiver.start()
    return intake


def test_a_payload_is_taken_remembered_and_handed_on(intake: Intake) -> None:
    """v0.4 answers with rates, and says who answers."""
    answer = intake.put(BODY)

    assert 200 == answer.status
    assert {"rate_by_service": {"service:,env:": 1}} == json.loads(answer.body)
    assert {"Datadog-Agent-Version", "Datadog-Agent-State"} == set(answer.headers)
    assert [255, 2] == [spans[0].trace_id for spans in intake.deliveries[0].traces]
    assert 2 == len(intake.receiver.recent.newest())


def test_v03_answers_ok(intake: Intake) -> None:
    """As a text."""
    body = V03.encode([[span(1)]])
    answer = intake.ask("POST", "/v0.3/traces", body, content_type="application/json")
    assert (200, b"OK\n") == (answer.status, answer.body)


def test_a_refused_payload_is_handed_on_with_its_reason(intake: Intake) -> None:
    """Nothing of it is kept; the reason is in the answer, in the list of troubles, and handed on."""
    answer = intake.put(b"\xc1")

    assert 400 == answer.status
    assert answer.body.decode().strip() == intake.deliveries[0].refused
    assert "400" == intake.receiver.recent.troubles()[0].reason
    assert [] == intake.receiver.recent.newest()


def test_what_the_agent_would_drop_is_answered_with_200(intake: Intake) -> None:
    """As the Agent does; the verdict says it."""
    answer = intake.put(V04.encode([[span(0, span_id=1)], [span(2)]]))

    assert 200 == answer.status
    assert {"trace_id_zero": 1} == intake.deliveries[0].verdict.reasons()
    assert [2] == [trace.spans[0].trace_id for trace in intake.receiver.recent.newest()]


def test_the_language_header_names_a_service_without_name(intake: Intake) -> None:
    """The fallback name has it."""
    body = V04.encode([[span(1, service="")]])
    intake.ask("PUT", "/v0.4/traces", body, **MSGPACK, datadog_meta_lang="Java")  # type: ignore[arg-type]
    assert "unnamed-java-service" == intake.receiver.recent.newest()[0].spans[0].service


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/v0.5/traces", 404),
        ("PUT", "/v0.4/stats", 404),
        ("POST", "/", 404),
        ("GET", "/v0.4/traces", 405),
        ("GET", "/favicon.ico", 404),
        ("GET", "/info", 200),
    ],
)
def test_other_routes(intake: Intake, method: str, path: str, status: int) -> None:
    """Only what is served is served; refusing a path is no trouble to remember."""
    assert status == intake.ask(method, path, b"\x90", content_type="application/msgpack").status
    assert [] == intake.receiver.recent.troubles()


def test_info_says_what_is_really_done(intake: Intake) -> None:
    """The endpoints, the limit and the port."""
    said = json.loads(intake.get("/info").body)

    assert ["/v0.3/traces", "/v0.4/traces"] == said["endpoints"]
    assert (25 * 2**20, intake.port) == (
        said["config"]["max_request_bytes"],
        said["config"]["receiver_port"],
    )


@pytest.mark.parametrize("path", ["/", "/info", "/trace/ff"])
def test_cross_site_requests_are_refused(intake: Intake, path: str) -> None:
    """A page somewhere on the web gets nothing, and can send nothing."""
    host = f"127.0.0.1:{intake.port}"
    assert 403 == intake.ask("GET", path, host=host, sec_fetch_site="cross-site").status
    answer = intake.ask("PUT", "/v0.4/traces", BODY, sec_fetch_site="cross-site")
    assert 403 == answer.status
    assert 200 == intake.ask("GET", "/info", sec_fetch_site="same-origin").status


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
def test_pages_are_for_local_names(intake: Intake, host: str) -> None:
    """With the right port."""
    assert 200 == intake.get("/", f"{host}:{intake.port}").status


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "localhost", "127.0.0.1:1"]
)
def test_pages_are_not_for_foreign_names(intake: Intake, host: str) -> None:
    """A name that somebody else's DNS points here is not ours."""
    answer = intake.get("/", host.format(port=intake.port))
    assert 403 == answer.status
    assert b"ask for it by that name" in answer.body


def test_pages_allow_no_script_and_no_foreign_content(intake: Intake) -> None:
    """The browser is told so."""
    intake.put(BODY)
    for path in ("/", "/trace/00000000000000ff", "/trace/none"):
        headers = intake.get(path).headers
        assert headers["Content-Security-Policy"].startswith(
            "default-src 'none'; style-src 'unsafe-inline';"
        )
        assert ("nosniff", "no-referrer") == (
            headers["X-Content-Type-Options"],
            headers["Referrer-Policy"],
        )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/trace/ff", 200),
        ("/trace/00000000000000ff", 200),
        ("/trace/" + "ab" * 8 + "00000000000000ff", 200),
        ("/trace/fe", 404),
        ("/trace/", 404),
        ("/trace/xyz", 404),
        ("/trace/-1", 404),
        ("/trace/ff/../x", 404),
    ],
)
def test_the_page_of_a_trace(intake: Intake, path: str, status: int) -> None:
    """By its id in hex, 64 or 128 bits; anything else is not here."""
    intake.put(BODY)
    assert status == intake.get(path).status


def test_several_requests_over_one_connection(started: Intake) -> None:
    """As a tracer sends them."""
    connection = http.client.HTTPConnection("127.0.0.1", started.port, timeout=10)
    for _ in range(3):
        connection.request("PUT", "/v0.4/traces", BODY, MSGPACK)
        response = connection.getresponse()
        response.read()
        assert 200 == response.status
    connection.close()

    assert 3 == len(started.deliveries)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"PUT /v0.4/traces HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (b"PUT /v0.4/traces HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"411"),
        (b"PUT /v0.4/traces HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"411"),
        (b"PUT /v0.4/traces HTTP/1.1\r\nContent-Length: 26214401\r\n\r\nabc", b"413"),
        (b"PUT /v0.4/traces HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"413"),
        (b"DELETE / HTTP/1.1\r\n\r\n", b"501"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
    ],
)
def test_requests_that_are_none(started: Intake, request_bytes: bytes, status: bytes) -> None:
    """Each gets its status, and the next connection is served."""
    assert status == started.talk(request_bytes).split(b" ")[1][:3]
    assert started.talk(b"GET /info HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_a_body_that_does_not_come_is_given_up(
    started: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Agent waits 5 s; the connection ends with 408."""
    monkeypatch.setattr(module._Connection, "timeout", 0.05)
    with socket.create_connection(("127.0.0.1", started.port), timeout=10) as connection:
        connection.sendall(b"PUT /v0.4/traces HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 408")


def test_stop_ends_every_thread_and_frees_the_port(started: Intake) -> None:
    """Idle connections too."""
    idle = socket.create_connection(("127.0.0.1", started.port), timeout=10)
    assert started.talk(b"GET /info HTTP/1.1\r\n\r\n")
    started.receiver.stop()

    assert b"" == idle.recv(1)
    idle.close()
    assert [] == [thread for thread in threading.enumerate() if thread.name.startswith("receiver")]
    listen("127.0.0.1", started.port).close()


def test_an_address_that_is_taken() -> None:
    """The message has the address and what to do."""
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressError) as caught:
            listen("127.0.0.1", port)
    expected = f"127.0.0.1:{port}: address already in use; choose another with --port"
    assert expected == str(caught.value)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "::2"])
def test_an_address_that_is_not_here(host: str) -> None:
    """It is said, not thrown."""
    with pytest.raises(AddressError, match=f"^{host}:0: "):
        listen(host, 0)
