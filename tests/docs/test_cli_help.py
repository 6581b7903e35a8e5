"""docs/reference/cli.txt is what `--help` says; LOGTRACE_GOLDEN=rewrite writes it anew."""

import os
from pathlib import Path

from click.testing import CliRunner

from logtrace.cli import COMMANDS, root

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "cli.txt"


def help_text() -> str:
    """Return the help of the command and of each sub-command, one after the other."""
    pages = []
    for words in [[], *([name] for name in COMMANDS)]:
        result = CliRunner().invoke(root, [*words, "--help"], prog_name="logtrace")
        assert 0 == result.exit_code, result.output
        pages.append("$ " + " ".join(["logtrace", *words, "--help"]) + "\n" + result.output)
    return "\n".join(pages)


def test_the_reference_is_what_help_says() -> None:
    """A changed option changes the reference in the same commit."""
    if os.environ.get("LOGTRACE_GOLDEN") == "rewrite":
        REFERENCE.write_text(help_text())
    assert REFERENCE.read_text() == help_text()
