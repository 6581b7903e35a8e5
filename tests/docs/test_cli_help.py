"""docs/reference/cli.txt is what `--help` says; LOGTRACE_GOLDEN=rewrite writes it anew."""

import os
import subprocess
import sys
from pathlib import Path

from logtrace.cli import COMMANDS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "cli.txt"
ENVIRONMENT = os.environ | {"COLUMNS": "80"}


def help_text() -> str:
    """Return the help of the command and of each sub-command, one after the other."""
    pages = []
    for words in [[], *([name] for name in COMMANDS)]:
        command = [sys.executable, "-m", "logtrace", *words, "--help"]
        done = subprocess.run(
            command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True, check=True
        )
        pages.append("$ " + " ".join(["logtrace", *words, "--help"]) + "\n" + done.stdout)
    return "\n".join(pages)


def test_the_reference_is_what_help_says() -> None:
    """A changed option changes the reference in the same commit."""
    if os.environ.get("LOGTRACE_GOLDEN") == "rewrite":
        REFERENCE.write_text(help_text())
    assert REFERENCE.read_text() == help_text()
