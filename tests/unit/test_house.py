"""The rules of the house that neither linter nor type checker knows."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import logtrace

ROOT = Path(__file__).parents[2]
PACKAGE = sorted((ROOT / "logtrace").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST = 400
"""Lines of a module; one that grows beyond it has two jobs."""

TESTED_ELSEWHERE = {
    "logtrace/cli/options.py": "tests/unit/cli, by the commands that have the options",
    "logtrace/cli/presets.py": "tests/unit/cli/test_check.py, beside what names the presets",
    "logtrace/cli/run.py": "tests/scenarios/test_signals_for_real.py, as a process",
    "logtrace/cli/schema.py": "tests/unit/cli/test_check.py, beside what reads a configuration",
    "logtrace/config/model.py": "types without code; tests/docs holds config.example.yaml to them",
    "logtrace/config/rule_model.py": "types without code; likewise",
    "logtrace/model.py": "types without code",
    "logtrace/pipeline.py": "tests/scenarios, by every story",
    "logtrace/routes.py": "tests/golden, by every case",
    "logtrace/stages.py": "tests/golden, by every case, and tests/scenarios",
}
"""Modules without a test file of their own, and where they are tested instead."""

FORBIDDEN = re.compile(
    r"/wor[k]/|/roo[t]/|bash_job[s]|pypi\.or[g]|pythonhosted\.or[g]|debian\.or[g]"
)
"""Paths of the machine that something was written on, and hosts of package registries."""

UNWANTED = ["http.server", "logtrace.demo", "logtrace.web", "rich"]
"""Modules that cost start-up time and memory, and that the daemon has no use for."""


def shown(path: Path) -> str:
    """Return a path as a person would name it."""
    return path.relative_to(ROOT).as_posix()


def files() -> Iterator[Path]:
    """Yield the project's own files: what no environment, cache or version control made."""
    for entry in sorted(ROOT.iterdir()):
        if entry.name == ".ci" or not (entry.name.startswith(".") or entry.name == "build"):
            found = entry.rglob("*") if entry.is_dir() else [entry]
            yield from (
                path for path in found if path.is_file() and "__pycache__" not in path.parts
            )


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield all functions and methods that a file defines."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_every_module_has_its_test_file() -> None:
    """logtrace/x/y.py is tested by tests/unit/x/test_y.py, or what is in test_y/, but for exceptions."""
    untested = []
    for module in PACKAGE:
        inside = module.relative_to(ROOT / "logtrace")
        mirror = ROOT / "tests" / "unit" / inside.with_name(f"test_{inside.name}")
        mirrored = mirror.exists() or mirror.with_suffix("").is_dir()
        if not inside.name.startswith("__") and not mirrored:
            untested.append(shown(module))
    assert sorted(TESTED_ELSEWHERE) == untested


def test_every_unit_test_file_tests_a_module() -> None:
    """tests/unit/x/test_y.py is about logtrace/x/y.py, or about a whole package logtrace/x/y.

    So are the files in tests/unit/x/test_y/, one for each subject.
    """
    astray = []
    for path in sorted((ROOT / "tests" / "unit").rglob("test_*.py")):
        inside = path.relative_to(ROOT / "tests" / "unit")
        if inside.parent.name.startswith("test_"):
            inside = inside.parent.with_suffix(".py")
        module = ROOT / "logtrace" / inside.with_name(inside.name.removeprefix("test_"))
        if path != Path(__file__) and not (module.exists() or module.with_suffix("").is_dir()):
            astray.append(shown(path))
    assert [] == astray


def test_no_module_is_too_long() -> None:
    """No module is longer than 400 lines."""
    lengths = {shown(path): path.read_text().count("\n") for path in PACKAGE}
    assert {} == {name: lines for name, lines in lengths.items() if lines > LONGEST}


def test_nothing_names_this_machine_or_a_registry() -> None:
    """No file holds a path of the machine it was written on, or the host of a package registry."""
    found = [
        f"{shown(path)}:{number}"
        for path in files()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if FORBIDDEN.search(line)
    ]
    assert [] == found


def test_every_test_says_what_it_expects() -> None:
    """Each test function has a docstring: the expected behaviour, in a sentence."""
    silent = [
        f"{shown(path)}: {function.name}"
        for path in TESTS
        for function in functions(path)
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]
    assert [] == silent


def test_no_test_sleeps() -> None:
    """Tests turn a clock by hand, or wait for what they wait for; none sleeps."""
    sleeping = [
        f"{shown(path)}:{node.lineno}"
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("sleep")
    ]
    assert [] == sleeping


def test_the_daemon_does_not_load_what_only_others_need() -> None:
    """Importing all that `logtrace run` imports leaves the terminal, web and demo parts out."""
    code = (
        "import sys, logtrace.cli.run, logtrace.daemon, logtrace.logs, logtrace.pipeline\n"
        "logtrace.logs.configure('console')\n"
        f"print(*sorted(set({UNWANTED!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [] == done.stdout.split()


def test_what_is_pinned_for_development_is_pinned_for_running() -> None:
    """dev.txt installs what run.txt does, in the same versions: what is tested is what runs."""

    def pins(name: str) -> set[str]:
        text = (ROOT / "requirements" / name).read_text()
        return set(re.findall(r"^(\S+==\S+)", text, re.MULTILINE))

    assert set() == pins("run.txt") - pins("dev.txt")


def test_the_changelog_has_this_version() -> None:
    """CHANGELOG.md has a section for the version that the package says it is."""
    assert f"\n## [{logtrace.__version__}]" in (ROOT / "CHANGELOG.md").read_text()
