"""What `logtrace convert` says of what it changed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from logtrace.cli import root

CONFIG = """
defaults: {service: My Shop, env: prod}
sources:
  - path: /var/log/app.log
    format: json
    spans:
      - when: took exists
        name: "{name}"
        type: "{type}"
        duration: "{took} ms"
        tags: {http.status_code: "{status}"}
"""

LINES = [
    {"ts": "2026-11-22T12:00:00Z", "name": "web.request", "took": 5, "status": 200},
    {"ts": "2026-11-22T12:00:01Z", "name": "GET /\x1b[31m", "took": 5, "status": 0},
]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A configuration and a log."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "app.log").write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return tmp_path


def convert(directory: Path, *options: str) -> Result:
    """Return what the command did."""
    config, log = str(directory / "config.yaml"), str(directory / "app.log")
    result = CliRunner().invoke(root, ["convert", "-c", config, *options, log])
    assert 0 == result.exit_code, result.output
    return result


def test_what_comes_out_is_what_the_agent_keeps(directory: Path) -> None:
    """Services and names are spelt as it does, with or without a report."""
    plain, reported = convert(directory), convert(directory, "--report")

    assert plain.stdout == reported.stdout
    spans = [span for trace in json.loads(plain.stdout) for span in trace]
    assert [("my_shop", "web.request"), ("my_shop", "GET_31m")] == [
        (span["service"], span["name"]) for span in spans
    ]
    assert "2 lines; 2 spans in 2 traces\n" == plain.stderr


def test_the_report_has_each_change_and_one_example(directory: Path) -> None:
    """Behind the usual line, most frequent first, and safe for a terminal."""
    assert (
        "2 lines; 2 spans in 2 traces\n"
        "changed, as the Agent would have done it:\n"
        '          2  service_normalised        service: "My Shop" → "my_shop"\n'
        '          1  invalid_http_status_code  meta.http.status_code: "0" → ""\n'
        '          1  name_normalised           name: "GET /\\x1b[31m" → "GET_31m"\n'
        == convert(directory, "--report").stderr
    )


def test_where_nothing_was_changed_the_report_says_so(directory: Path) -> None:
    """Silence could be mistaken for a report that does not work."""
    (directory / "app.log").write_text("")
    assert convert(directory, "--report").stderr.endswith(
        "\nnothing was changed, nothing left out: the Agent keeps all of it as it is\n"
    )


def test_what_fails_writes_nothing(directory: Path) -> None:
    """A log that is missing, or a configuration that is wrong: not even half a document."""
    config, log = str(directory / "config.yaml"), str(directory / "app.log")
    for wrong in (["-c", config, log, f"{log}.1"], ["-c", log, log]):
        result = CliRunner().invoke(root, ["convert", *wrong])
        assert 0 != result.exit_code
        assert "" == result.stdout


def test_no_traces_are_an_empty_array(directory: Path) -> None:
    """It is a whole document, all the same."""
    (directory / "app.log").write_text("")
    assert "[\n]\n" == convert(directory).stdout
