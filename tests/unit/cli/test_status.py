"""`logtrace status` against a server that says what a test wants; the real one: tests/scenarios."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

import logtrace
from logtrace.admin.document import CounterStatus, SourceStatus, Status
from logtrace.admin.server import NAME, AdminServer
from logtrace.cli import root
from logtrace.cli.status import Watched, picture, rates
from tests.support.clock import FakeClock
from tests.support.log import recording_telemetry
from tests.unit.cli.test_state import state  # noqa: F401  # a fixture
from tests.unit.cli.test_status_text import status

Serve = Callable[[bytes], Path]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Have a state directory's daemon say something."""
    servers = []

    def start(body: bytes) -> Path:
        server = AdminServer(
            tmp_path / NAME, lambda *_: body, FakeClock(), recording_telemetry()[0]
        )
        assert server.start()
        servers.append(server)
        return tmp_path

    yield start
    for server in servers:
        server.stop()


def run(*words: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(root, ["status", *map(str, words)])


def test_a_daemon_answers(serve: Serve) -> None:
    """Its picture, exit code 0."""
    result = run("--state", serve(msgspec.json.encode(status(version=logtrace.__version__))))
    assert 0 == result.exit_code
    assert "running for 1 h 1 m" in result.stdout
    assert "this command" not in result.stdout


def test_as_json_it_is_the_daemons_document(serve: Serve) -> None:
    """With fields that this command does not know, and nothing that a terminal acts on."""
    body = json.dumps({"running": True, "new": "\x9b\u202e"}, ensure_ascii=False).encode()
    result = run("--state", serve(body), "--json")
    assert {"running": True, "new": "\x9b\u202e"} == json.loads(result.stdout)
    assert result.stdout.isascii()


def test_a_daemon_of_another_version(serve: Serve) -> None:
    """It is shown as far as it is understood, and said."""
    result = run("--state", serve(b'{"version": "99.0", "phase": "running", "new": 1}'))
    assert 0 == result.exit_code
    assert "the daemon is version 99.0" in result.stdout


def test_a_document_that_is_not_understood(serve: Serve) -> None:
    """Exit code 1, with the way out; --json prints it all the same."""
    where = serve(b'{"pid": "none of your business"}')
    result = run("--state", where)
    assert 1 == result.exit_code
    assert "or --json" in result.stderr
    assert 0 == run("--state", where, "--json").exit_code


def test_no_daemon_but_a_ledger(state: Path) -> None:  # noqa: F811
    """Why on standard error, what the ledger holds on standard output."""
    result = run("--state", state)
    assert 1 == result.exit_code
    assert "no daemon runs with this state; start it: systemctl start logtrace" in result.stderr
    assert "there" in result.stdout
    document = json.loads(run("--state", state, "--json").stdout)
    assert (False, 1) == (document["running"], len(document["ledger"]["files"]))
    assert document["fix"]


def test_neither_daemon_nor_ledger(tmp_path: Path) -> None:
    """Both are said, once each."""
    result = run("--state", tmp_path)
    assert 1 == result.exit_code
    assert "no daemon runs with this state" in result.stderr
    assert "there is no state yet" in result.stderr
    result = run("--state", tmp_path / "none")
    assert (1, 1) == (result.exit_code, len(result.stderr.strip().splitlines()))
    assert json.loads(run("--state", tmp_path, "--json").stdout)["ledger"] is None


def look(uptime: float, lines: int, pid: int = 1, started: str = "a") -> Status:
    """Return a document with one counter."""
    return Status(
        pid=pid,
        started_at=started,
        uptime_secs=uptime,
        counters={"lines_read": CounterStatus(lines)},
        sources=[SourceStatus("shop", lines_read=lines)],
    )


def test_rates_are_differences_over_time() -> None:
    """By the daemon's clock; of a counter and a source that are new, since nothing."""
    assert {"lines_read": 25.0, "lines_read shop": 25.0} == rates(look(10, 50), look(14, 150))
    assert 75.0 == (rates(Status(pid=1, started_at="a"), look(2, 150)) or {})["lines_read"]


@pytest.mark.parametrize(
    "before",
    [None, look(10, 50, pid=2), look(10, 50, started="b"), look(14, 150), look(15, 150)],
)
def test_two_runs_have_no_rates(before: Status | None) -> None:
    """After a restart, and where no time has passed."""
    assert rates(before, look(14, 150)) is None


def test_watching_waits_for_a_daemon(serve: Serve, tmp_path: Path) -> None:
    """That none answers is shown, and is over when one does."""
    from rich.console import Console

    console = Console(width=100)
    seen = Watched(tmp_path, 20)
    looks = seen.looks()
    assert next(looks) is None
    assert "no answer: " in str(seen.picture(console)[0])
    serve(msgspec.json.encode(status()))
    assert next(looks) is not None
    assert seen.error is None
    assert len(picture(status(), 100, 20)) <= len(seen.picture(console))
