import socket
from pathlib import Path

import msgspec
import pytest

from logtrace.config.reader import load
from logtrace.errors import Mark
from logtrace.surroundings import look
from tests.support.settings import GOOD


@pytest.fixture
def nobody() -> str:
    """The address of a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def test_all_that_is_looked_at(tmp_path: Path, nobody: str) -> None:
    """Log files, rotation, state, Agent; each at its own place, or at the start."""
    (tmp_path / "logrotate.conf").write_text(f"{tmp_path}/app.log {{\n copytruncate\n}}\n")
    (tmp_path / "app.log").touch()
    (tmp_path / "file").touch()
    path = tmp_path / "logtrace.yaml"
    path.write_text(GOOD.replace("/var/log/app.json", f"[{tmp_path}/app.log, {tmp_path}/none.log]"))
    config = load(path, {})
    env = {"DD_TRACE_AGENT_URL": nobody, "STATE_DIRECTORY": f"{tmp_path}/file/state"}

    start = Mark(str(path), 1, 1)
    found = list(look(config, start, env, etc=tmp_path))

    assert ["path", "path", "state.path", "agent.url"] == [each.key for each in found]
    assert [2, 2, 1, 1] == [each.mark.line for each in found]
    assert "copytruncate" in found[1].what


def test_a_url_that_is_none(tmp_path: Path) -> None:
    """What the environment says of the Agent is looked at, too."""
    path = tmp_path / "logtrace.yaml"
    path.write_text(GOOD)
    config = msgspec.structs.replace(load(path, {}), sources=())
    env = {"DD_TRACE_AGENT_URL": "ftp://x", "STATE_DIRECTORY": str(tmp_path)}
    (found,) = look(config, Mark(str(path), 1, 1), env, etc=tmp_path)
    assert "ftp://x" in str(found)
