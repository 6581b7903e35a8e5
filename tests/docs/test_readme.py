"""What the README shows is true: its mapping loads, its commands exist, its links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from logtrace.cli import root

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"]


def block(language: str, containing: str) -> str:
    """Return the fenced block of that language that contains a text."""
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return next(block for block in blocks if containing in block)


def test_the_mapping_is_valid_and_check_says_what_the_readme_says(tmp_path: Path) -> None:
    """The README's example passes `check`, with the output that the README shows."""
    config = tmp_path / "logtrace.yaml"
    config.write_text(block("yaml", "request.done"))
    result = CliRunner().invoke(root, ["check", "--no-environment", "-c", str(config)])

    assert 0 == result.exit_code, result.output
    assert result.stdout in block("console", "logtrace check")


def test_the_mistake_gives_the_message_that_is_shown(tmp_path: Path) -> None:
    """The README's example of an error message is what such a mistake really gives."""
    shown = next(text for text in README.splitlines() if "'servr'" in text)
    config = tmp_path / "logtrace.yaml"
    config.write_text(block("yaml", "request.done").replace("kind: server", "kind: servr"))
    check = [sys.executable, "-m", "logtrace", "check", "--no-environment", "-c", config]
    result = subprocess.run(check, capture_output=True, text=True, check=False)

    def without_place(text: str) -> str:
        return text.partition(": sources")[2].strip()

    assert 78 == result.returncode
    assert without_place(shown) == without_place(result.stderr)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    """Relative links of the top-level pages name files that exist."""
    targets = re.findall(r"\]\(([^)#]+)", page.read_text())
    missing = [
        target for target in targets if "://" not in target and not (page.parent / target).exists()
    ]
    assert [] == missing


def test_the_two_commands_are_make_targets() -> None:
    """`make demo` and `make test`, which the README promises, are in the Makefile."""
    makefile = (ROOT / "Makefile").read_text()
    assert ["demo", "test"] == sorted(set(re.findall(r"^(demo|test):", makefile, re.MULTILINE)))
