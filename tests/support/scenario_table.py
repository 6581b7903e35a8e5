"""docs/reference/tailing.md: which test tells which story of what happens to log files, and its result.

A test says with `@pytest.mark.scenario(7, 8)` which of the stories below it is. The page is written by a
run of all of them with LOGTRACE_GOLDEN=rewrite (`make golden`); any other run fails where a result is
not the one on the page, and tests/docs/test_tailing.py where the page and the marks do not agree.
"""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from tests.support.scenario_stories import NOTES, SECTIONS, STORIES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "tailing.md"

Results = dict[int, dict[str, str]]
"""For each number the tests, in order, and what became of them."""

INTRODUCTION = """\
# What happens to log files, and what logtrace does

Each story is one that users of log shippers tell, with the test that tells it and the result of that
test. The numbers are used by the tests: `pytest -m scenario` runs them all. This page is written by such
a run (`make golden`), not by hand.

{passed} of {all} stories are held by {tests} tests. {rest}

"""


def marked() -> Results:
    """Return every test that has the mark, read from the source: whatever is run now."""
    found: Results = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text()
        if "mark.scenario(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                name, marks = node.name, node.decorator_list
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                name, marks = ast.unparse(node.targets[0]), [node.value.func]
            else:
                continue
            for mark in marks:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.scenario":
                    test = f"{path.relative_to(ROOT).as_posix()}::{name}"
                    for number in mark.args:
                        found.setdefault(ast.literal_eval(number), {})[test] = "passed"
    return {number: dict(sorted(tests.items())) for number, tests in found.items()}


def row(number: int, test: str, result: str, first: bool = True) -> str:
    """Return a line of the page: the story stands beside the first of its tests only."""
    story = STORIES[number] + (f" — *{NOTES[number]}*" if number in NOTES else "") if first else ""
    return f"| {number} | {story} | {f'`{test}`' if test else ''} | {result} |\n"


def page(results: Results) -> str:
    """Return the whole page."""
    untested = [number for number in STORIES if number not in results]
    passed = sum(set(tests.values()) == {"passed"} for tests in results.values())
    tests = len({test for tests in results.values() for test in tests})
    rest = f"{len(untested)} have none, each for the reason that stands beside it."
    text = INTRODUCTION.format(passed=passed, all=len(STORIES), tests=tests, rest=rest)
    for name, numbers in SECTIONS.items():
        text += f"## {name}\n\n| # | story | test | result |\n|---|---|---|---|\n"
        for number in numbers:
            lines = results.get(number, {"": "no test"})
            for index, (test, result) in enumerate(lines.items()):
                text += row(number, test, result, first=not index)
        text += "\n"
    return text.rstrip("\n") + "\n"


class ScenarioTable:
    """A pytest plugin: collects what became of marked tests, and writes the page or holds it to that."""

    def __init__(self) -> None:
        self.numbers: dict[str, list[int]] = {}
        self.results: dict[str, str] = {}
        self.said: list[str] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note the numbers of what is about to be run."""
        for item in items:
            test = item.nodeid.split("[")[0]
            if test.count("::") == 2:  # a class that Hypothesis made: it is the test
                test = test.rpartition("::")[0]
            numbers = [number for mark in item.iter_markers("scenario") for number in mark.args]
            if numbers:
                self.numbers[test] = numbers

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note an outcome; of several of one test the worst counts."""
        test = report.nodeid.split("[")[0]
        test = test.rpartition("::")[0] if test.count("::") == 2 else test
        if test not in self.numbers or (report.when != "call" and report.outcome == "passed"):
            return
        outcome = "expected to fail" if hasattr(report, "wasxfail") else report.outcome
        order = ["failed", "expected to fail", "skipped", "passed"]
        self.results[test] = min(self.results.get(test, "passed"), outcome, key=order.index)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the page, or say where it is wrong; either only of what has run."""
        if not self.results:
            return
        if os.environ.get("LOGTRACE_GOLDEN") == "rewrite":
            self._write()
            return
        text = PAGE.read_text() if PAGE.exists() else ""
        for test, result in self.results.items():
            if result not in ("passed", "failed", "skipped"):
                self.said.append(f"{test}: {result}, but every story must pass")
            if result == "passed":
                for number in self.numbers[test]:
                    if not _stands(text, number, test):
                        self.said.append(f"{number} {test} is not in {PAGE.name}: make golden")
        if self.said:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _write(self) -> None:
        results = marked()
        missing = {test for tests in results.values() for test in tests} - self.results.keys()
        if missing:
            some = ", ".join(sorted(missing)[:3])
            self.said.append(
                f"{PAGE.name} stays: {len(missing)} stories did not run, such as {some}"
            )
            return
        for tests in results.values():
            tests.update({test: self.results[test] for test in tests})
        PAGE.write_text(page(results))
        self.said.append(f"{PAGE.name} was written: {len(self.results)} tests")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what `pytest_sessionfinish` found."""
        for text in self.said:
            terminalreporter.write_line(f"scenarios: {text}")


def _stands(text: str, number: int, test: str) -> bool:
    return any(
        line.startswith(f"| {number} |") and line.endswith(f"| `{test}` | passed |")
        for line in text.splitlines()
    )
