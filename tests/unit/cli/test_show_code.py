"""`logtrace show-code`: what it prints is the code that runs."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from logtrace.cli.show_code import command
from logtrace.errors import UsageError
from tests.support.settings import GOOD

TWO = GOOD + GOOD.partition("\n")[2].replace("path:", "name: \x22b\\ec\x22\n    path:")


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A configuration with two sources, one with an escape in its name."""
    path = tmp_path / "logtrace.yaml"
    path.write_text(TWO)
    return str(path)


def test_names_are_explained_above_the_code(config: str) -> None:
    """What each field and constant of the generated function stands for; it compiles as it is."""
    shown = CliRunner().invoke(command, ["-c", config, "/var/log/app.json"]).output

    assert "is the field 'event'" in shown
    assert "# c0 is 'done'" in shown
    assert "def map_batch(records):" in shown
    compile(shown, "shown", "exec")


def test_all_sources_where_none_is_named(config: str) -> None:
    """One listing after the other; nothing of a name reaches the terminal but its letters."""
    shown = CliRunner().invoke(command, ["-c", config]).output

    assert 2 == shown.count("def map_batch(records):")
    assert "\x1b" not in shown
    assert r"# ── b\x1bc ──" in shown


def test_an_unknown_source(config: str) -> None:
    """Those that there are are named."""
    error = CliRunner().invoke(command, ["-c", config, "shop"]).exception
    assert isinstance(error, UsageError)
    assert "/var/log/app.json" in str(error)
