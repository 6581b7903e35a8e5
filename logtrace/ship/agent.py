"""One exchange with the Agent: the HTTP seam, and the only module that imports requests.

Called by the shipper. In: a payload as bytes. Out: what the Agent said, or `AgentUnavailable` (the
same payload may be sent again) or `AgentRejected` (never as it is), whatever went wrong below: every
exception of requests and urllib3, and every status, is translated by one table here.

Redirects are not followed, proxy variables and .netrc are not read: the Agent is where it was said to
be. A CA of one's own for https:// is named by $REQUESTS_CA_BUNDLE or $SSL_CERT_FILE. Thread: the
caller's, one exchange at a time.
"""

from __future__ import annotations

import http.client
import os
import platform
import re
import socket
from collections.abc import Mapping
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from logtrace.clock import SECOND, Clock, SystemClock
from logtrace.errors import AgentRejected, AgentUnavailable
from logtrace.ship import backoff
from logtrace.ship.address import socket_path
from logtrace.ship.replies import Info, Reply, read_info, read_rates

TIMEOUT = 10 * SECOND
"""How long to wait for a connection, for a reply to begin, and for the rest of it: the Agent itself
gives up reading a request after 5 s, and holds the reply while its queue is full."""

LONGEST_IDLE = 4 * SECOND
"""Connections that were idle for longer are not used again: the Agent closes them after 5 s."""

LONGEST_REPLY = 4 * 2**20

_PART = 64 * 2**10
"""Bytes of a reply that are read at a time."""

_RATES_VERSION = "Datadog-Rates-Payload-Version"

_ECHOED = re.compile(r"[!-~]([ -~]{0,254}[!-~])?")
"""What may stand in a header that we send; the Agent's versions are short and of letters and digits."""

_PAYLOAD_STATUSES = frozenset((400, 404, 413, 415))
"""Statuses that speak of the payload itself: it must be changed before it is sent again."""


class _SocketConnection(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, host: str, *, path: str, **options: Any) -> None:
        super().__init__(host, **options)
        self._path = path

    def connect(self) -> None:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(TIMEOUT / SECOND)
            connection.connect(self._path)
        except OSError:
            connection.close()
            raise
        self.sock = connection


class _SocketPool(HTTPConnectionPool):
    ConnectionCls = _SocketConnection


class _SocketAdapter(HTTPAdapter):
    """What requests needs to use a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__(max_retries=0)
        self._path = path
        self._pool = _SocketPool("localhost", maxsize=1, path=path)

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> HTTPConnectionPool:
        return self._pool

    def close(self) -> None:
        """Close the connection; the next request opens another, as with the base class."""
        self._pool.close()
        self._pool = _SocketPool("localhost", maxsize=1, path=self._path)


_FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (requests.ConnectTimeout, "no connection within {timeout} s"),
    (requests.Timeout, "no reply within {timeout} s"),
    (urllib3.exceptions.TimeoutError, "no reply within {timeout} s"),
    (requests.exceptions.SSLError, "no TLS connection: {cause}"),
    (requests.ConnectionError, "{cause}"),
    (urllib3.exceptions.ProtocolError, "the connection broke: {cause}"),
    (requests.RequestException, "the exchange failed: {cause}"),
    (urllib3.exceptions.HTTPError, "the exchange failed: {cause}"),
    (http.client.HTTPException, "the exchange failed: {cause}"),
    (OSError, "{cause}"),  # such as a certificate file that is not there
    (ValueError, "the reply cannot be read: {cause}"),
)
"""What requests, urllib3 and what they use raise, the most specific first, and how to say it."""

_EXCEPTIONS = (OSError, ValueError, urllib3.exceptions.HTTPError, http.client.HTTPException)
"""All of these; requests' own are OSErrors."""


class Agent:
    """A Datadog Agent, or whatever answers at its address."""

    def __init__(
        self,
        url: str,
        version: str,
        clock: Clock | None = None,
        identity: Mapping[str, str] | None = None,
    ) -> None:
        """Connects to nothing yet.

        Args:
            url: as `address.agent_url` returns it.
            version: of logtrace, sent along as the tracer's version.
            clock: tells how long a connection was idle.
            identity: further headers, from `identity_headers`.
        """
        self.url = url
        self._rates_version = "0"
        self._clock = clock or SystemClock()
        self._used: int | None = None
        self._headers = {
            "Datadog-Meta-Lang": "python",
            "Datadog-Meta-Lang-Version": platform.python_version(),
            "Datadog-Meta-Lang-Interpreter": platform.python_implementation(),
            "Datadog-Meta-Tracer-Version": version,
            "Datadog-Client-Computed-Top-Level": "yes",
            "Datadog-Send-Real-Http-Status": "1",  # 429 instead of a 200 that hides a loss
            "User-Agent": f"logtrace/{version}",
            **(identity or {}),
        }
        self._session = requests.Session()
        self._session.trust_env = False
        self._trusted = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
        path = socket_path(url)
        self._base = "http://localhost" if path else url
        adapter = _SocketAdapter(path) if path else HTTPAdapter(pool_maxsize=1, max_retries=0)
        self._session.mount(self._base, adapter)

    def info(self) -> Info:
        """Ask the Agent what it is; an Agent too old to say gives the defaults of `Info`."""
        response, body = self._exchange("GET", "/info", None, {})
        if response.status_code == 404:
            return Info()
        self._check(response, body, payload=False)
        try:
            return read_info(body)
        except ValueError as error:
            raise AgentUnavailable(
                f"{self.url}: /info is not an Agent's ({error}); is another program on this port?"
            ) from error

    def send(self, body: bytes, content_type: str, path: str, trace_count: int) -> Reply:
        """Send one payload; return once the Agent has taken it.

        Raises:
            AgentUnavailable: it may be sent again as it is.
            AgentRejected: 400 malformed, 404 or 415 not this form, 413 too large.
        """
        headers = {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "X-Datadog-Trace-Count": str(trace_count),
            _RATES_VERSION: self._rates_version,  # of the same version it says `{}`: as before
        }
        response, reply = self._exchange("PUT", path, body, headers)
        self._check(response, reply, payload=True)
        version = response.headers.get(_RATES_VERSION, "")
        if _ECHOED.fullmatch(version):
            self._rates_version = version
        return Reply(read_rates(reply), response.headers.get("Datadog-Agent-State", ""))

    def close(self) -> None:
        """Close the connection; the next exchange opens another."""
        self._session.close()
        self._used = None

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[requests.Response, bytes]:
        """Send a request and read the whole reply, over the last connection while it is fresh."""
        now = self._clock.monotonic()
        if self._used is not None and now - self._used > LONGEST_IDLE:
            self.close()
        try:
            request = requests.PreparedRequest()
            request.prepare_method(method)
            request.prepare_url(self._base + path, None)
            request.prepare_headers(self._headers | headers)
            request.body = body
            answer = self._send_once(request)
        except _EXCEPTIONS as error:
            reused = self._used is not None
            self.close()
            if not (reused and _is_reset(error)):
                raise self._translated(error) from error
            answer = self._send_fresh(request)
        self._used = self._clock.monotonic()
        return answer

    def _send_fresh(self, request: requests.PreparedRequest) -> tuple[requests.Response, bytes]:
        """Send once more, over a new connection: the Agent had closed the old one meanwhile."""
        try:
            return self._send_once(request)
        except _EXCEPTIONS as error:
            self.close()
            raise self._translated(error) from error

    def _send_once(self, request: requests.PreparedRequest) -> tuple[requests.Response, bytes]:
        timeout = TIMEOUT / SECOND
        adapter = self._session.get_adapter(self._base)
        response = adapter.send(
            request, stream=True, timeout=(timeout, timeout), verify=self._trusted or True
        )
        return response, self._body(response)

    def _body(self, response: requests.Response) -> bytes:
        """Return what a reply holds; of a huge one its beginning, of one that drips nothing."""
        deadline = self._clock.monotonic() + TIMEOUT
        parts: list[bytes] = []
        left = LONGEST_REPLY
        while left > 0:
            # An Agent compresses nothing; what somebody else packed up is no answer that is needed.
            part = response.raw.read1(min(left, _PART), decode_content=False)
            if not part:
                return b"".join(parts)
            parts.append(part)
            left -= len(part)
            if self._clock.monotonic() > deadline:
                response.close()
                raise requests.ReadTimeout
        response.close()  # rather than read to the end what nobody asked for
        return b"".join(parts)

    def _translated(self, error: Exception) -> AgentUnavailable:
        """Return what an exception of requests or urllib3 means to the caller."""
        text = next(text for kind, text in _FAILURES if isinstance(error, kind))
        said = text.format(cause=_root_cause(error), timeout=TIMEOUT // SECOND)
        return AgentUnavailable(f"{self.url}: {said}; is the Agent running, with APM enabled?")

    def _check(self, response: requests.Response, body: bytes, payload: bool) -> None:
        """Return if the Agent said yes; raise what its status means if not."""
        status = response.status_code
        if 200 <= status < 300:
            if payload and body.lstrip()[:1] == b"<":
                raise AgentUnavailable(
                    f"{self.url}: {status}, with a page; is another program on this port?"
                )
            return
        said = body[:300].decode("utf-8", "replace").strip() or response.reason or "no reason given"
        if payload and status in _PAYLOAD_STATUSES:
            raise AgentRejected(f"{self.url}: {status}: {said}", status)
        if 300 <= status < 400:
            target = response.headers.get("Location", "elsewhere")
            said = f"redirects to {target:.200}, which is not followed"
        wish = backoff.wish(response.headers.get("Retry-After", ""), self._clock.now())
        raise AgentUnavailable(f"{self.url}: {status}: {said}", wish, slow=status == 408)


def identity_headers(container_id: str | None, entity_id: str | None, env: str) -> dict[str, str]:
    """Return the headers by which the Agent labels spans with a container's tags.

    Args:
        container_id: of the application, not of logtrace: the spans get its tags.
        entity_id: `ci-<container id>` or `in-<cgroup inode>`, likewise.
        env: $DD_EXTERNAL_ENV, which a cluster's admission controller sets; "" elsewhere.
    """
    given = {
        "Datadog-Container-ID": container_id,
        "Datadog-Entity-ID": entity_id,
        "Datadog-External-Env": env,
    }
    return {name: value for name, value in given.items() if value}


def _is_reset(error: Exception) -> bool:
    """Return whether the peer closed the connection, rather than being slow or absent."""
    broken = (requests.ConnectionError, urllib3.exceptions.ProtocolError)
    return isinstance(error, broken) and not isinstance(error, requests.Timeout)


def _root_cause(error: BaseException) -> str:
    """Return the words of the deepest exception behind `error`: those of the system."""
    deepest = error
    for _ in range(10):
        nested = (getattr(deepest, "reason", None), *deepest.args, deepest.__cause__)
        inner = next((item for item in nested if isinstance(item, Exception)), None)
        if inner is None:
            break
        deepest = inner
    words = getattr(deepest, "strerror", None) or str(deepest) or type(deepest).__name__
    return str(words).lower()
