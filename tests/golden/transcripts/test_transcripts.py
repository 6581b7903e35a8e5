"""Golden transcripts: commands for people, and exactly what they print.

A case is a folder: what the commands read, and transcript.txt: each command behind a `$`, and below it
what it prints on 80 columns, without a terminal. `make golden` writes what they print anew: read the
difference before committing it.
"""

import os
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from logtrace.cli import root
from logtrace.errors import LogtraceError

CASES = sorted(path for path in Path(__file__).parent.iterdir() if path.is_dir())
REWRITE = os.environ.get("LOGTRACE_GOLDEN") == "rewrite"


def said(command: str) -> str:
    """Return what a command prints, and its exit code where it is not 0."""
    program, *words = shlex.split(command)
    assert "logtrace" == program
    result = CliRunner().invoke(root, words)
    code, text = result.exit_code, result.output
    if isinstance(result.exception, LogtraceError):
        code, text = result.exception.exit_code, f"{text}{result.exception}\n"
    return text + (f"(exit code {code})\n" if code else "")


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.name != "__pycache__"], ids=lambda case: case.name
)
def test_commands_say_what_they_said(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the letter."""
    monkeypatch.chdir(case)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("LOGTRACE_CONFIG", raising=False)
    path = case / "transcript.txt"
    commands = [line[2:] for line in path.read_text().splitlines() if line.startswith("$ ")]
    assert commands
    transcript = "\n".join(f"$ {command}\n{said(command)}" for command in commands)
    if REWRITE:
        path.write_text(transcript)
    assert path.read_text() == transcript
    assert "\x1b" not in transcript
