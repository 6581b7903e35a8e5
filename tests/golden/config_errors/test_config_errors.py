"""One mistake a file, and what logtrace says of it. LOGTRACE_GOLDEN=rewrite writes the answers anew."""

import os
from pathlib import Path

import pytest

from logtrace.cli.check import examined
from logtrace.config import read
from logtrace.errors import Problem

CASES = Path(__file__).parent
REWRITE = os.environ.get("LOGTRACE_GOLDEN") == "rewrite"
IDEAS = sorted(path.stem for path in CASES.glob("*.yaml"))


@pytest.fixture
def presets(tmp_path: Path) -> Path:
    """A directory of presets, so that the messages do not depend on those that are shipped."""
    (tmp_path / "nginx.yaml").write_text("# an access log\nformat: json\n")
    return tmp_path


def problems(idea: str, presets: Path) -> list[Problem]:
    """Return what `check --no-environment` says of a case."""
    return examined(read(f"{idea}.yaml", {}, presets))


@pytest.mark.parametrize("idea", IDEAS)
def test_a_mistake_gives_its_message(
    idea: str, presets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The problems are exactly the expected ones, at their places, with their cures."""
    monkeypatch.chdir(CASES)
    said = "".join(f"{problem}\n" for problem in problems(idea, presets))
    if REWRITE:
        Path(f"{idea}.txt").write_text(said)

    assert Path(f"{idea}.txt").read_text() == said


@pytest.mark.parametrize("idea", [idea for idea in IDEAS if idea != "five_mistakes"])
def test_one_mistake_is_one_problem(
    idea: str, presets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake is never followed by complaints about its consequences."""
    monkeypatch.chdir(CASES)
    assert 1 == len(problems(idea, presets))


def test_five_mistakes_are_five_problems(presets: Path) -> None:
    """All that is wrong is said in one run, in the order of the file."""
    found = read(CASES / "five_mistakes.yaml", {}, presets).problems

    assert [1, 2, 9, 12, 13] == [problem.mark.line for problem in found]
