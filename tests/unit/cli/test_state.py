"""`logtrace state` over state files of every kind."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from logtrace.admin.ledger import LedgerFile, LedgerStatus
from logtrace.cli import root
from logtrace.cli.state import draw
from logtrace.errors import LogtraceError
from logtrace.source.checkpoint import NAME, VERSION, FileEntry, StateFile
from logtrace.source.identity import Identity, number
from tests.support.log import recording_telemetry
from tests.unit.cli.test_status_text import HOSTILE, NOW


@pytest.fixture(autouse=True)
def columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state directory whose ledger knows a log of which something is open."""
    directory = tmp_path / "state"
    log = tmp_path / "app.log"
    log.write_bytes(b"x" * 5000)
    store = StateFile(directory, recording_telemetry()[0])
    identity = Identity(*number(log.stat()), b"", 0, b"")
    entry = FileEntry(255, "shop", str(log), str(log), identity, 4000, 4500)
    store.save([(entry, [1000, 1200, 2000, 2050])], notes={"seen source shop": b""})
    store.close()
    return directory


def run(*words: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(root, ["state", *map(str, words)])


def test_what_the_ledger_holds(state: Path) -> None:
    """How far each file was read, what is open, which file it is."""
    result = run("--state", state)
    assert 0 == result.exit_code
    lines = result.output.splitlines()
    assert f"ledger   {state}/state.db, schema {VERSION}" == lines[0]
    assert "files    1 file" == lines[1]
    assert "open     2 runs of lines, 250 B: handed out, not yet done" == lines[2]
    log = f"{state.parent}/app.log"
    (shown,) = [line for line in lines if line.startswith("there")]
    assert ["there", "4,000", "1.0", "kB", "250", "B"] == shown.split()[:6]
    assert shown.endswith(log[-20:])
    assert "key 00000000000000ff" in result.output
    assert "2 runs open from 1,000 on" in result.output


def test_as_json(state: Path) -> None:
    """All of it, in ASCII."""
    result = run("--state", state, "--json")
    document = json.loads(result.stdout)
    assert (1, VERSION, ["shop"]) == (
        document["schema"],
        document["state_schema"],
        document["sources_seen"],
    )
    assert (4000, 1000) == (
        document["files"][0]["offset"],
        document["files"][0]["unread_bytes"],
    )
    assert result.stdout.isascii()


@pytest.mark.parametrize(("content", "code"), [(None, 1), (b"", 74), (b"garbage" * 100, 74)])
def test_a_state_that_cannot_be_read(tmp_path: Path, content: bytes | None, code: int) -> None:
    """A message and an exit code, no traceback."""
    if content is not None:
        (tmp_path / NAME).write_bytes(content)
    error = run("--state", tmp_path).exception
    assert isinstance(error, LogtraceError)
    assert code == error.exit_code
    assert str(tmp_path / NAME) in str(error)


def shown(held: LedgerStatus, limit: int = 50) -> str:
    """Return the picture as text."""
    from rich.console import Console

    console = Console(width=100, highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        for part in draw(held, limit, 100):
            console.print(part)
    return captured.get()


def test_what_is_missing_comes_first() -> None:
    """Then what has most unread; how many are not shown is said."""
    files = [
        LedgerFile(path="/a", source="s", state="there", size=9, unread_bytes=1),
        LedgerFile(path="/b", source="s", state="missing", missing_since=NOW, unread_bytes=0),
        LedgerFile(path="/c", source="s", state="there", size=9, unread_bytes=5),
        LedgerFile(path="/d", source="s", state="finished", unread_bytes=0),
    ]
    text = shown(LedgerStatus(files=files), limit=2)
    assert "1 of them missing: sought" in text
    assert text.index("/b") < text.index("/c")
    assert "/a" not in text
    assert "and 2 more: --files 0 shows all" in text
    assert "/a" in shown(LedgerStatus(files=files), limit=0)
    assert f"missing since {NOW}" in " ".join(text.split())


def test_nothing_reaches_the_terminal_raw() -> None:
    """Names of files and sources may be anything."""
    file = LedgerFile(HOSTILE, HOSTILE, "/" + HOSTILE, HOSTILE, HOSTILE, missing_since=HOSTILE)
    text = shown(LedgerStatus(path=HOSTILE, files=[file], sources_seen=[HOSTILE]))
    assert text.replace("\n", "").isprintable()
    assert "owned" in text
