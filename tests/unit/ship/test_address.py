"""Where the Agent is found, in the order of Datadog's tracers."""

import pytest

from logtrace.config.model import Text
from logtrace.errors import ConfigError, Mark, UsageError
from logtrace.ship.address import SOCKET, agent_url, socket_path

MARK = Mark("logtrace.yaml", 3, 8)


def url(configured: str | None = None, socket: bool = False, **env: str) -> str:
    """Return the URL for a configured value, an environment, and whether the socket is there."""
    text = None if configured is None else Text(configured, MARK)
    return agent_url(text, env, lambda path: socket and path == SOCKET)


def test_nothing_given_is_localhost() -> None:
    """Without any word the Agent is where it is by default."""
    assert "http://localhost:8126" == url()


def test_the_socket_is_taken_where_it_is() -> None:
    """The usual socket wins over the usual port, if something is there."""
    assert f"unix://{SOCKET}" == url(socket=True)


def test_each_word_wins_over_those_behind_it() -> None:
    """Configuration, DD_TRACE_AGENT_URL, host and port, socket: in this order."""
    env = {"DD_TRACE_AGENT_URL": "http://b:1", "DD_AGENT_HOST": "c"}
    assert "http://a:9" == url("http://a:9", socket=True, **env)
    assert "http://b:1" == url(socket=True, **env)
    assert "http://c:8126" == url(socket=True, DD_AGENT_HOST="c")


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"DD_AGENT_HOST": "agent"}, "http://agent:8126"),
        ({"DD_AGENT_PORT": "9126"}, "http://localhost:9126"),
        ({"DD_TRACE_AGENT_PORT": "1", "DD_AGENT_PORT": "2"}, "http://localhost:1"),
        ({"DD_TRACE_AGENT_HOSTNAME": "a", "DD_AGENT_HOST": "b"}, "http://a:8126"),
        ({"DD_AGENT_HOST": "::1", "DD_AGENT_PORT": "9"}, "http://[::1]:9"),
        ({"DD_AGENT_HOST": "[::1]"}, "http://[::1]:8126"),
        ({"DD_AGENT_HOST": "", "DD_TRACE_AGENT_URL": ""}, "http://localhost:8126"),
    ],
)
def test_host_and_port_of_the_environment(env: dict[str, str], expected: str) -> None:
    """Either alone is enough, IPv6 gets its brackets, empty is not set."""
    assert expected == url(**env)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://agent:8126/", "http://agent:8126"),
        ("https://agent.example/prefix/", "https://agent.example/prefix"),
        ("unix:///run/apm.socket", "unix:///run/apm.socket"),
        ("http://[::1]:8126", "http://[::1]:8126"),
        ("http://[fe80::1%eth0]:8126", "http://[fe80::1%eth0]:8126"),
        ("http://datadog_agent.local.:8126", "http://datadog_agent.local.:8126"),
        ("UNIX:///run/apm.socket", "unix:///run/apm.socket"),
        ("HTTP://Agent:8126/Path/", "http://Agent:8126/Path"),
        ("unix:///" + "a" * 106, "unix:///" + "a" * 106),
    ],
)
def test_valid_urls_are_kept(given: str, expected: str) -> None:
    """A path prefix stays, a slash at the end goes, capitals of the scheme too."""
    assert expected == url(given)
    assert expected == url(DD_TRACE_AGENT_URL=given)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "localhost:8126",
        "http://",
        "http://:8126",
        "http://a:99999",
        "http://a:x",
        "http://a:0",
        "unix://relative/path",
        "unix://",
        "ftp://a",
        "http://u:p@a",
        "http://a/?q",
        "http://a/#f",
        "http://a b",
        "http://[::1",
        "http://ä",
        "http://*:8126",
        "http://.:8126",
        "http://a..b",
        "http://" + "a" * 64,
        "http://a\\b",
        "http://[::1%a/b]",
        "http://[h]:8126",
        "unix:///" + "a" * 107,
    ],
)
def test_what_cannot_be_a_url_is_said_with_its_place(given: str) -> None:
    """The configuration's URL is reported at its line, the environment's by its variable."""
    with pytest.raises(ConfigError) as configured:
        url(given)
    assert str(configured.value).startswith(f"logtrace.yaml:3:8: agent.url: {given!r}")

    if given:
        with pytest.raises(UsageError, match=r"^DD_TRACE_AGENT_URL: .*; write it like"):
            url(DD_TRACE_AGENT_URL=given)


def test_a_bad_port_names_its_variable() -> None:
    """The message says which of the variables is wrong."""
    with pytest.raises(UsageError, match=r"^DD_AGENT_PORT: 'x' is not a port"):
        url(DD_AGENT_PORT="x")


@pytest.mark.parametrize("host", ["a b", "h/x", "h:8126", "http://h", "*", ".", "::1%a/b", "h?x"])
def test_what_is_no_host_names_its_variable(host: str) -> None:
    """A URL, a path, or a port behind it: each has a variable of its own."""
    with pytest.raises(UsageError, match=r"^DD_AGENT_HOST: .* is no host; give a host name"):
        url(DD_AGENT_HOST=host)


def test_socket_path_of_a_url() -> None:
    """Only unix:// URLs have one."""
    assert "/run/apm.socket" == socket_path("unix:///run/apm.socket")
    assert None is socket_path("http://localhost:8126")
