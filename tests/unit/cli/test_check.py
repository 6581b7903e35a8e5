import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from logtrace.cli import presets, schema
from logtrace.cli.check import command
from logtrace.errors import ConfigError, UsageError
from tests.support.settings import GOOD


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty directory, with no Agent named in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("DD_TRACE_AGENT_URL", "DD_AGENT_HOST", "LOGTRACE_CONFIG", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def agent() -> str:
    """The address of a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def check(text: str, *options: str) -> Result:
    """Run `logtrace check` on a configuration."""
    Path("logtrace.yaml").write_text(text)
    return CliRunner().invoke(command, ["-c", "logtrace.yaml", *options])


def problems(text: str, *options: str) -> list[str]:
    """Return what `logtrace check` objects to."""
    result = check(text, *options)
    assert isinstance(result.exception, ConfigError)
    return [str(problem).partition("\n")[0] for problem in result.exception.problems]


def test_a_good_configuration() -> None:
    """What it holds is counted, on standard output, and nothing else is said."""
    result = check(GOOD, "--no-environment")
    assert (0, "OK: 1 source, 1 rule\n", "") == (result.exit_code, result.stdout, result.stderr)


def test_counts_have_their_plural() -> None:
    """Two rules are rules."""
    text = GOOD + "      - {event: a, name: b, trace_id: '{c}'}\n"
    assert "OK: 1 source, 2 rules\n" == check(text, "--no-environment").stdout


def test_problems_of_shape_and_of_rules_are_one_list() -> None:
    """Sorted by place, under the paths of their keys, whoever found them."""
    text = GOOD.replace('event == "done"', "event = 1").replace("name: job", "name: '{x'")
    found = problems(text.replace("spans:", "ignore: a ==\n    spans:") + "idle: 30s\n")
    keys = [problem.split(": ")[1] for problem in found]
    assert [
        "sources[0].ignore",
        "sources[0].spans[0].when",
        "sources[0].spans[0].name",
        "idle",
    ] == keys
    assert found[0].startswith("logtrace.yaml:4:")


def test_mistakes_in_rules_hide_none_in_pattern_and_time() -> None:
    """Rules, parser and times are all compiled, whichever fails first."""
    text = GOOD.replace("name: job", "name: '{x'").replace("format: json", "format: regex")
    text = text.replace("spans:", "pattern: '(a'\n    time: {zone: Nowhere}\n    spans:")
    keys = [problem.split(": ")[1].partition("[0].")[2] for problem in problems(text)]
    assert ["pattern", "time.zone", "spans[0].name"] == keys


def test_a_mistake_of_shape_is_not_reported_by_the_rules_again() -> None:
    """What is missing is said once."""
    assert 1 == len(problems(GOOD.replace('        duration: "{ms} ms"\n', "")))


def test_a_file_that_is_not_there() -> None:
    """One problem, and no talk of this machine."""
    result = CliRunner().invoke(command, ["-c", "none.yaml"])
    assert "none.yaml:1:1: cannot be read: no such file or directory" in str(result.exception)


def test_the_machine_is_looked_at(agent: str, tmp_path: Path) -> None:
    """Log files, state directory, Agent: warnings, each at its key."""
    unusable = tmp_path / "file"
    unusable.touch()
    text = f"agent: {{url: '{agent}'}}\nstate: {{path: {unusable}/state}}\n" + GOOD
    result = check(text.replace("/var/log/app.json", f"{tmp_path}/none.json"))

    assert 0 == result.exit_code
    assert "OK: 1 source, 1 rule; 3 warnings\n" == result.stdout
    first, second, third, count = result.stderr.splitlines()
    assert "3 warnings" == count
    assert first.startswith(f"logtrace.yaml:1:15: warning: agent.url: {agent}: ")
    assert second.startswith(f"logtrace.yaml:2:15: warning: state.path: {unusable}/state: ")
    assert (
        f"logtrace.yaml:4:11: warning: sources[0].path: no file matches {tmp_path}/none.json; "
        in (third)
    )


def test_a_file_that_is_there_is_no_warning(agent: str, tmp_path: Path) -> None:
    """Only the Agent is missing."""
    (tmp_path / "app.json").touch()
    text = f"agent: {{url: '{agent}'}}\nstate: {{path: {tmp_path}/new/state}}\n" + GOOD
    result = check(text.replace("/var/log/app.json", f"{tmp_path}/*.json"))
    assert ["agent.url"] == [line.split(": ")[2] for line in result.stderr.splitlines()]


def test_strict_takes_warnings_for_errors(agent: str, tmp_path: Path) -> None:
    """For a pipeline that must not go on."""
    text = f"agent: {{url: '{agent}'}}\nstate: {{path: {tmp_path}}}\n" + GOOD
    assert 2 == len(problems(text.replace("/var/log/app.json", f"{tmp_path}/none"), "--strict"))


def test_a_subtraction_that_looks_like_a_name_is_a_warning() -> None:
    """`a-b` is said to subtract."""
    result = check(GOOD.replace('event == "done"', "user-id == 1"), "--no-environment")
    assert 0 == result.exit_code
    assert result.stderr.startswith("logtrace.yaml:5:15: warning: sources[0].spans[0].when: ")


def test_the_configuration_may_be_named_by_the_environment() -> None:
    """LOGTRACE_CONFIG is as good as -c."""
    Path("other.yaml").write_text(GOOD)
    result = CliRunner().invoke(
        command, ["--no-environment"], env={"LOGTRACE_CONFIG": "other.yaml"}
    )
    assert "OK: 1 source, 1 rule\n" == result.stdout


def test_schema_prints_json() -> None:
    """A JSON Schema, for editors."""
    result = CliRunner().invoke(schema.command)
    assert "logtrace configuration" == json.loads(result.stdout)["title"]


def test_presets_are_listed_and_printed() -> None:
    """Each with what it is for; by name its YAML."""
    listed = CliRunner().invoke(presets.command).stdout.splitlines()
    name = listed[0].split()[0]
    printed = CliRunner().invoke(presets.command, [name]).stdout
    assert "nginx" in {line.split()[0] for line in listed}
    assert f"# {listed[0].split(maxsplit=1)[1]}" == printed.splitlines()[0]
    assert listed[1].strip() in printed.replace("''", "'")


def test_a_preset_that_there_is_not() -> None:
    """The error names one that there is."""
    result = CliRunner().invoke(presets.command, ["ngnx"])
    assert isinstance(result.exception, UsageError)
    assert "did you mean 'nginx'?" in str(result.exception)


def test_rules_of_redaction_are_compiled_too() -> None:
    """A pattern that could stall, or is none, is found at its place."""
    rules = (
        "redact:\n  rules:\n    - {name: a, pattern: '(a+)+$'}\n    - {name: b, pattern: 'x('}\n"
    )
    found = problems(GOOD + rules)
    assert ["redact.rules[0].pattern", "redact.rules[1].pattern"] == [
        each.split(": ")[1] for each in found
    ]
