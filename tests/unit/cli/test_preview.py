"""What `logtrace preview` prints beside what the golden transcripts show."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from logtrace.cli import root
from logtrace.cli.preview import MOST_SHAPES
from logtrace.errors import UsageError

CONFIG = """\
sources:
  - path: /var/log/app.json
    format: json
    spans: [{when: ms exists, name: "{name}", duration: "{ms} ms"}]
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A configuration."""
    (tmp_path / "logtrace.yaml").write_text(CONFIG)
    return tmp_path


def preview(directory: Path, *arguments: str, given: bytes = b"", code: int = 0) -> Result:
    """Return what the command did with these files, or with standard input."""
    config = str(directory / "logtrace.yaml")
    result = CliRunner().invoke(root, ["preview", "-c", config, *arguments], input=given)
    assert code == result.exit_code, result.output
    return result


def spans(count: int, name: str = "op") -> bytes:
    """Return so many lines that are spans, each slower than the one before."""
    lines = [
        {"ts": f"2026-11-22T12:00:{number % 60:02}Z", "name": name, "ms": number}
        for number in range(1, count + 1)
    ]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def test_standard_input_and_archives_are_read(directory: Path) -> None:
    """A dash, or no file at all, is standard input; what is compressed is decompressed."""
    whole = preview(directory, given=spans(2)).stdout
    assert "2 lines: 100 % became 2 spans in 2 traces" in whole
    assert "-:1; " in whole
    assert whole == preview(directory, "-", given=gzip.compress(spans(2))).stdout
    (directory / "a.gz").write_bytes(gzip.compress(spans(3)))
    assert "3 lines: 100 %" in preview(directory, str(directory / "a.gz")).stdout


def test_the_slowest_are_drawn(directory: Path) -> None:
    """As many as are asked for; the rest is said."""
    out = preview(directory, "--limit", "2", given=spans(9)).stdout
    assert out.index("8.00 ms") < out.index("9.00 ms")
    assert "7.00 ms" not in out
    assert "2 of 9 traces drawn" in out
    assert "drawn" not in preview(directory, "--limit", "9", given=spans(9)).stdout
    assert preview(directory, "--limit", "0", given=spans(9)).stdout.startswith("0 of 9 traces")


def test_an_empty_log_is_said_to_be_empty(directory: Path) -> None:
    """Rather than a table of noughts."""
    assert "nothing to read: there are no lines\n" == preview(directory, given=b"").stdout


def test_many_shapes_are_cut_off_and_summed_up(directory: Path) -> None:
    """No line is left out of the sum."""
    words = [chr(97 + number) * 3 for number in range(MOST_SHAPES + 5)]
    given = "".join(json.dumps({word: 1}) + "\n" for word in words).encode()
    out = preview(directory, given=given).stdout
    assert "          5  of other shapes\n" in out
    assert f"{MOST_SHAPES + 5} lines: none became a span\n" in out


def test_hostile_lines_are_shown_harmless(directory: Path) -> None:
    """In names of spans, in samples and in shapes, and on a real terminal too."""
    given = spans(1, "\x1b[31m\u202ename") + b"\x1b]0;owned\x07\n" + b'{"\\u001b[2J":1}\n'
    out = preview(directory, given=given).stdout
    assert "\\x1b]0;owned\\x07" in out
    assert not {"\x1b", "\x07", "\u202e"} & set(out)


def test_what_could_not_be_read_whole_is_said(directory: Path) -> None:
    """Bytes that are no text, and a damaged archive."""
    out = preview(directory, given=b"\xff\xff\n").stdout
    assert "bad_json" in out
    (directory / "a.gz").write_bytes(gzip.compress(spans(3000))[:-200])
    assert "1 archive damaged\n" in preview(directory, str(directory / "a.gz")).stdout


def test_a_preset_needs_no_configuration(directory: Path) -> None:
    """The same with convert."""
    log = directory / "access.log"
    log.write_text('192.0.2.7 - - [22/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "x"\n')
    shown = CliRunner().invoke(root, ["preview", "--format", "nginx", str(log)])
    converted = CliRunner().invoke(root, ["convert", "--format", "nginx", str(log)])
    assert "1 line: 100 % became 1 span in 1 trace" in shown.stdout
    assert "GET /" == json.loads(converted.stdout)[0][0]["resource"]


def test_without_any_configuration_both_ways_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tries it first has none."""
    monkeypatch.delenv("LOGTRACE_CONFIG", raising=False)
    monkeypatch.setattr("logtrace.cli.options.os.path.exists", lambda path: False)
    result = CliRunner().invoke(root, ["preview", "x.log"])
    assert isinstance(result.exception, UsageError)
    assert "there is no configuration; name one with -c FILE, or a preset" in str(result.exception)


def test_rules_stand_in_columns_whatever_their_number(directory: Path) -> None:
    """The tenth does not push the others about."""
    rule = '      - {when: ms == "no", name: op, instant: true}\n'
    config = "sources:\n  - path: /x.json\n    format: json\n    spans:\n" + rule * 10
    (directory / "logtrace.yaml").write_text(config)
    out = preview(directory, given=spans(1)).stdout
    columns = {line.index("when: ") for line in out.splitlines() if "  rule " in line}
    assert 1 == len(columns)


def test_what_a_rule_took_in_vain_and_what_ends_all_is_said(directory: Path) -> None:
    """An event on a line that is a span is that span's; a reset is not unmatched."""
    (directory / "logtrace.yaml").write_text(
        CONFIG.replace("    spans: [", "    reset: up exists\n    spans: [").replace(
            '"{ms} ms"}', '"{ms} ms", continue: true}, {event: ms > 1, name: slow}'
        )
    )
    out = preview(directory, given=spans(3) + b'{"up":1}\n', code=0).stdout
    assert "          2  50.0 %  rule 2  slow    event: ms > 1\n" in out
    assert "lines gave it nothing" not in out
    assert "          1  25.0 %  reset  no rule takes them, but they end what is open\n" in out
    assert "unmatched" not in out
