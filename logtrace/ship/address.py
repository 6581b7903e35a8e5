"""Where the Agent is: the configuration, else the environment, else the usual places.

Called once at start-up and by `check`. Pure: the environment and the question whether a file exists
are arguments. The order is that of Datadog's own tracers, so that a host which is set up for them is
set up for logtrace.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, urlsplit

from logtrace.config.model import Text
from logtrace.errors import ConfigError, Problem, UsageError

SOCKET = "/var/run/datadog/apm.socket"
"""Where the Agent's Unix socket is by default."""

DEFAULT_PORT = 8126

_EXAMPLE = "write it like http://localhost:8126 or unix:///var/run/datadog/apm.socket"

_NAME = re.compile(
    r"(?=.{1,253}$)([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?", re.IGNORECASE | re.ASCII
)
"""A host's name; the underscore is no host's by the book, but that of many a container."""

_IPV6 = re.compile(r"[0-9a-f:.]+(%[a-z0-9._-]+)?", re.IGNORECASE | re.ASCII)

_LONGEST_PATH = 107
"""Bytes of a socket's path that Linux takes."""


def agent_url(
    url: Text | None,
    env: Mapping[str, str],
    socket_exists: Callable[[str], bool] = os.path.exists,
) -> str:
    """Return the URL of the Agent: http://, https:// or unix://, without a slash at its end.

    Args:
        url: `agent.url` of the configuration; it wins where it is given.
        env: the environment: DD_TRACE_AGENT_URL, DD_TRACE_AGENT_HOSTNAME or DD_AGENT_HOST,
            DD_TRACE_AGENT_PORT or DD_AGENT_PORT.
        socket_exists: whether there is something at a path; asked for `SOCKET` only.

    Raises:
        ConfigError: the configured URL cannot be one.
        UsageError: a variable of the environment cannot be used.
    """
    if url is not None:
        if wrong := _objection(url):
            raise ConfigError([Problem(url.at(0), "agent.url", wrong, _EXAMPLE)])
        return _plain(url)
    if given := env.get("DD_TRACE_AGENT_URL"):
        if wrong := _objection(given):
            raise UsageError(f"DD_TRACE_AGENT_URL: {wrong}; {_EXAMPLE}")
        return _plain(given)
    host_name, host = _first(env, "DD_TRACE_AGENT_HOSTNAME", "DD_AGENT_HOST")
    port_name, port = _first(env, "DD_TRACE_AGENT_PORT", "DD_AGENT_PORT")
    if host or port:
        return _host_url(host_name, host or "localhost", port_name, port or str(DEFAULT_PORT))
    if socket_exists(SOCKET):
        return f"unix://{SOCKET}"
    return f"http://localhost:{DEFAULT_PORT}"


def socket_path(url: str) -> str | None:
    """Return the path of a unix:// URL, or None if `url` is another kind."""
    return url.removeprefix("unix://") if url.startswith("unix://") else None


def _plain(url: str) -> str:
    """Return a URL without a slash at its end, its scheme in lower case: what else compares it with."""
    scheme, _, rest = url.partition(":")
    return f"{scheme.lower()}:{rest}".rstrip("/")


def _first(env: Mapping[str, str], *names: str) -> tuple[str, str]:
    """Return name and value of the first variable that is set and not empty."""
    return next(((name, env[name]) for name in names if env.get(name)), ("", ""))


def _host_url(host_name: str, host: str, port_name: str, port: str) -> str:
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise UsageError(f"{port_name}: {port!r} is not a port; give a number from 1 to 65535")
    address = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not _is_host(address):
        raise UsageError(f"{host_name}: {host!r} is no host; give a host name or an address")
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def _objection(url: str) -> str:
    """Return what keeps `url` from being the Agent's, or "" if nothing does."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return f"{url!r} holds characters that no URL has"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"{url!r} is not a URL ({str(error).lower()})"
    if parts.scheme == "unix":
        return _socket_objection(url, parts)
    if parts.scheme not in ("http", "https"):
        return f"{url!r} does not start with http://, https:// or unix://"
    if not parts.hostname:
        return f"{url!r} names no host"
    if not _is_host(parts.hostname):
        return f"{url!r}: {parts.hostname!r} is no host"
    if port == 0:
        return f"{url!r}: port 0 cannot be connected to"
    if "@" in parts.netloc or parts.query or parts.fragment:
        return f"{url!r} has a user, a query or a fragment, which the Agent has no use for"
    return ""


def _socket_objection(url: str, parts: SplitResult) -> str:
    if parts.netloc or len(parts.path) < 2:
        return f"{url!r} needs the socket's whole path behind unix://"
    length = len(_plain(url).removeprefix("unix://"))
    if length > _LONGEST_PATH:
        return f"{url!r}: a path of {length} bytes; a socket's has {_LONGEST_PATH} at the most"
    return ""


def _is_host(host: str) -> bool:
    """Return whether `host` is a name, or an address, of IPv6 perhaps with its zone."""
    if ":" not in host:
        return _NAME.fullmatch(host) is not None
    try:
        return bool(_IPV6.fullmatch(host) and ipaddress.IPv6Address(host))
    except ValueError:
        return False
