"""What `logtrace test` says, and how it ends."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from logtrace.cli import root
from logtrace.cli.test import told
from logtrace.errors import ConfigError, LogtraceError, UsageError
from logtrace.insight.differences import Difference

SOURCE = """\
sources:
  - name: shop
    path: /var/log/app.json
    format: json
    spans: [{when: event == "done", name: web.request, duration: "{ms} ms", tags: {user: "{user}"}}]
tests:
"""
GOOD = """\
  - name: a request
    lines: ['{"ts":"2026-11-22T12:00:00Z","event":"done","ms":12,"user":"ann"}', 'no \x1b[31mjson']
    expect: [{name: web.request, duration: 12ms}]
    rejected: {bad_json: 1}
"""
BAD = """\
  - name: "of a \\e[31muser"
    lines: ['{"ts":"2026-11-22T12:00:00Z","event":"done","ms":12,"user":"\\u001b[31mann"}', 'x', '{}']
    expect:
      - name: web.request
        tags: {user: ann}
    rejected: {}
"""


def invoke(directory: Path, tests: str, *arguments: str) -> Result:
    """Return what the command did."""
    path = directory / "logtrace.yaml"
    path.write_text(SOURCE + tests.replace("\x1b", ""))
    return CliRunner().invoke(root, ["test", "-c", str(path), *arguments])


def test_all_is_as_expected(tmp_path: Path) -> None:
    """A line for each test, a sum, and success."""
    result = invoke(tmp_path, GOOD)
    assert (0, "ok      a request\n1 test, none failed\n") == (result.exit_code, result.stdout)


def test_each_difference_is_told_with_its_place(tmp_path: Path) -> None:
    """And what became of the lines; nothing that a line holds reaches the terminal."""
    result = invoke(tmp_path, GOOD + BAD)
    path = tmp_path / "logtrace.yaml"
    assert (
        "ok      a request\n"
        "FAILED  of a \\x1b[31muser\n"
        f"  {path}:16:15: tests[1].rejected.bad_json: expected 0, got 1\n"
        f'  {path}:15:22: tests[1].expect[0].tags.user: expected "ann", got "\\x1b[31mann"\n'
        "  of 3 lines: 1 span in 1 trace; 1 rejected (bad_json 1); 1 unmatched\n"
        "2 tests, 1 failed\n" == result.stdout
    )
    assert 1 == result.exit_code


def test_some_tests_can_be_run_alone(tmp_path: Path) -> None:
    """Those whose name contains what is asked for."""
    result = invoke(tmp_path, GOOD + BAD, "request")
    assert (0, "1 test, none failed") == (result.exit_code, result.stdout.splitlines()[-1])
    result = invoke(tmp_path, GOOD, "nothing of this name")
    assert isinstance(result.exception, LogtraceError)
    assert "there is no such test" in str(result.exception)


def test_a_configuration_without_tests_is_a_failure(tmp_path: Path) -> None:
    """Who asks for tests wants some to be run."""
    result = invoke(tmp_path, "")
    assert isinstance(result.exception, LogtraceError)
    assert "tests: there are none; add some" in str(result.exception)


def test_a_bad_configuration_is_refused(tmp_path: Path) -> None:
    """Before anything is run, with its problems."""
    result = invoke(tmp_path, GOOD.replace("rejected", "rejectd"))
    assert isinstance(result.exception, ConfigError)


def test_presets_are_tested_one_or_all() -> None:
    """The name of the preset stands before that of the test."""
    one = CliRunner().invoke(root, ["test", "--presets", "nginx"])
    everyone = CliRunner().invoke(root, ["test", "--presets"])
    assert (0, 0) == (one.exit_code, everyone.exit_code), everyone.stdout
    assert one.stdout.startswith("ok      nginx: ")
    assert set(one.stdout.splitlines()[:-1]) <= set(everyone.stdout.splitlines())
    unknown = CliRunner().invoke(root, ["test", "--presets", "nginy"])
    assert isinstance(unknown.exception, UsageError)


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (Difference("expect[0].duration", 1, 2_000), "expected 1 (1 ns), got 2000 (2.00 µs)"),
        (
            Difference("expect[0].start", 0, 1_795_348_800_000_000_000),
            "expected 0 (1970-01-01 00:00:00.000), "
            "got 1795348800000000000 (2026-11-22 12:00:00.000)",
        ),
        (Difference("expect[0].metrics.rows", 3.0, None), "expected 3, got none"),
        (Difference("expect[0].events", [], ["a", "b"]), 'expected [], got ["a", "b"]'),
        (Difference("expect[1]", {"name": "a", "error": 1}, None), None),
        (
            Difference("expect", None, {"name": "a", "type": "", "duration": 5}),
            'a span more than expected: name "a", duration 5 (5 ns)',
        ),
    ],
)
def test_values_are_told_as_a_person_reads_them(difference: Difference, text: str | None) -> None:
    """Times and durations both as they are compared and as they are read."""
    assert (text or 'expected name "a", error 1, got none') == told(difference)
