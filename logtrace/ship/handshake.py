"""What the Agent said of itself, and so what it is sent: read from /info, and again when that changed.

Shared by all lanes of the shipper: one of them asks, the others use the answer. Asked again after a
failure, since who answers next may be another Agent, and when a reply says that /info has changed. Then
a form that was refused before is tried once more, too.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Protocol

from logtrace.errors import AgentUnavailable
from logtrace.ship import encode
from logtrace.ship.replies import Info, Reply
from logtrace.ship.sizes import PAYLOAD_BYTES
from logtrace.telemetry import Telemetry


class Asked(Protocol):
    """What is needed of an Agent here; see `logtrace.ship.agent.Agent`."""

    url: str

    def info(self) -> Info:
        """Ask what it is; raises AgentUnavailable."""
        ...


class Handshake:
    """What is known of one Agent.

    Attributes:
        limit: bytes of a request that it takes at most.
        native_events: whether it knows span events as a field of a span.
        version: what the Agent says it is, "" while nothing is known; and
        path: where it is sent traces.
        rates: sampling rate by `service:<service>,env:<env>`, as it said last; empty: never.
    """

    def __init__(self, telemetry: Telemetry) -> None:
        self.limit = PAYLOAD_BYTES
        self.native_events = False
        self.version = self.path = ""
        self.rates: Mapping[str, float] = {}
        self._telemetry = telemetry
        self._lock = threading.Lock()
        self._form: encode.Encoding | None = None  # None: /info is to be read first
        self._refused_paths: set[str] = set()
        self._doubted: set[str] = set()
        self._was_away = False
        self._said: tuple[str, str, bool] | None = None
        self._state = ""

    def form(self, agent: Asked) -> encode.Encoding:
        """Return what to send `agent`, after asking it if need be; raises AgentUnavailable."""
        with self._lock:
            if self._form is None:
                self._form = self._ask(agent)
            return self._form

    def _ask(self, agent: Asked) -> encode.Encoding:
        info = agent.info()
        form = encode.choose(info.endpoints, self._refused_paths)
        if form is None:
            self._refused_paths.clear()
            raise AgentUnavailable(
                f"{agent.url}: takes traces neither at {encode.V04.path} nor at "
                f"{encode.V03.path}; is another program on this port?"
            )
        self.native_events, self.limit = info.span_events, info.max_request_bytes
        said = (info.version, form.path, info.span_events)
        if said != self._said:
            self._said = said
            self.version, self.path = info.version, form.path
            self._telemetry.agent_reached(agent.url, info.version, form.path)
        return form

    def refused(self, form: encode.Encoding, status: int) -> None:
        """Note that the Agent does not take this form, whatever it says.

        After a first 404 it is only asked again what it takes: a gateway may have answered for it.
        """
        with self._lock:
            if status != 404 or form.path in self._doubted:
                self._refused_paths.add(form.path)
            self._doubted.add(form.path)
            self._form = None

    def forget(self) -> None:
        """Have the Agent asked again before the next payload: it was away."""
        with self._lock:
            self._form = None
            self._was_away = True

    def heard(self, reply: Reply, form: encode.Encoding) -> None:
        """Take in what the reply to a payload says besides yes to this form."""
        with self._lock:
            self._doubted.discard(form.path)
            changed = bool(self._state) and reply.state != self._state
            if changed or (self._was_away and self._refused_paths):
                # Perhaps another Agent, which has what was refused. If not, one 404 is enough to tell:
                # the path stays doubted until it works.
                self._form = None
                self._refused_paths.clear()
            self._was_away = False
            self._state = reply.state
            if reply.rates and reply.rates != self.rates:
                self.rates = reply.rates
