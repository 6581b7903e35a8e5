"""What `logtrace explain` prints beside what the golden transcripts show."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from logtrace.cli import root
from logtrace.cli.explain import MOST_LINES, places_of
from logtrace.errors import UsageError
from logtrace.insight.given import Place, opened

CONFIG = """\
sources:
  - path: /var/log/app.json
    format: json
    spans: [{when: ms exists, name: "{name}", trace_id: "{id}", duration: "{ms} ms"}]
"""
LINE = '{"ts":"2026-11-22T12:00:00Z","name":"op","id":"00000000000000ff","ms":5}\n'


@pytest.fixture(autouse=True)
def _directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with a configuration and two logs."""
    monkeypatch.chdir(tmp_path)
    Path("logtrace.yaml").write_text(CONFIG)
    Path("a.json").write_text("not JSON\n" + LINE)
    Path("b.json").write_text(LINE.replace(":00Z", ":01Z").replace('"op"', '"other"'))


def explain(*arguments: str, given: str | bytes = b"") -> str:
    """Return what the command prints."""
    words = ["explain", "-c", "logtrace.yaml", *arguments]
    result = CliRunner().invoke(root, words, input=given, catch_exceptions=False)
    assert 0 == result.exit_code, result.output
    return result.stdout


def test_further_files_are_read_for_the_trace() -> None:
    """The line is in the first, lines of its trace may be in all."""
    assert "other" not in explain("a.json:2")
    both = explain("a.json:2", "b.json")
    assert "2 spans" in both
    assert "  from      b.json:1\n" in both
    assert '\nb.json:1\n  {"ts":"2026-11-22T12:00:01Z"' in both
    assert "a.json:2\n" not in both.partition("\ntrace ")[2].replace("from      a.json:2\n", "")


def test_lines_on_standard_input_are_explained_one_by_one() -> None:
    """As many as are on it, up to a bound; then the trace that they are in, once."""
    out = explain("-", given=LINE + "x\n" + LINE)
    assert [1, 1, 1] == [out.count(f"-:{number}  source") for number in (1, 2, 3)]
    assert 1 == out.count("\ntrace 00000000000000ff\n")
    assert out == explain(given=LINE + "x\n" + LINE)
    many = explain("-", given="x\n" * (MOST_LINES + 5))
    assert MOST_LINES == many.count("source /var/log/app.json")
    assert "nothing to explain: there are no lines\n" == explain("-", given="")


@pytest.mark.parametrize("trace_id", ["00000000000000ff", "255", "ff", "0xff"])
def test_a_trace_is_named_in_any_form(trace_id: str) -> None:
    """Hex or decimal, with or without leading zeros."""
    out = explain("--trace", trace_id, "a.json", "b.json")
    assert out.startswith("trace 00000000000000ff\n  closed: flushed: the log was at its end\n")
    assert "2 spans" in out


def test_a_trace_can_be_sought_on_standard_input() -> None:
    """Which is read as often as it takes."""
    assert "1 span" in explain("--trace", "ff", given=LINE)


def test_quick_explains_the_line_all_the_same() -> None:
    """It only reads no further."""
    assert "takes it: a span" in explain("--quick", "a.json:2")


@pytest.mark.parametrize("target", ["a.json", "a.json:", "a.json:0", "a.json:-1", ":5", "a.json:٣"])
def test_a_target_without_a_line(target: str) -> None:
    """The message says how one is written."""
    with pytest.raises(UsageError, match="names no line; write FILE:LINE"):
        places_of(target, opened)


def test_a_name_may_hold_colons() -> None:
    """The line stands behind the last."""
    assert [Place("/a:b/c:1.log", 5)] == places_of("/a:b/c:1.log:5", opened)


def test_hostile_lines_are_explained_harmlessly() -> None:
    """In fields, conditions, values and samples."""
    given = LINE.replace('"op"', '"\\u001b[31m"').encode() + b"\x1b]0;x\x07\xff\n"
    out = explain("-", given=given)
    assert "\\x1b[31m" in out
    assert not {"\x1b", "\x07"} & set(out)
