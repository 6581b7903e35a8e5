from pathlib import Path

import pytest
from click.testing import CliRunner

from logtrace.cli import root

CONFIG = """\
sources:
  - path: /var/log/app.json
    format: json
    spans:
      - {start: e == "b", end: e == "e", name: "job {job}", key: "{id}", resource: "{job} {start.q} {q}",
         error: start.rc == 1, tags: {who: "{who}"}, trace_id: "{t}", closes: all,
         children: [{name: wait, duration: "{wait} ms"}, {name: "{none}", duration: "{wait} ms"}]}
      - {group: "{g}", name: "{a} {a | last}", error: level == 5}
"""


def explain(directory: Path, line: int, *lines: str) -> str:
    """Return what is printed of the rules of a line."""
    (directory / "logtrace.yaml").write_text(CONFIG)
    log = directory / "a.log"
    log.write_text(
        "".join(f'{{"ts":"2026-11-22T12:00:{at:02}Z",{text}}}\n' for at, text in enumerate(lines))
    )
    given = ["explain", "-c", str(directory / "logtrace.yaml"), f"{log}:{line}"]
    result = CliRunner().invoke(root, given, env={"COLUMNS": "900"}, catch_exceptions=False)
    assert 0 == result.exit_code, result.output
    rules = result.stdout.partition("\nrule 1")[2].partition("\ntrace ")[0]
    return rules.replace(f"{directory}/", "")


BEGIN = '"e":"b","id":1,"job":"bill","q":1,"rc":1,"wait":5,"t":"aaaabbbbccccdddd1111222233334444"'
END = '"e":"e","id":1,"q":3,"who":"ann"'


@pytest.mark.parametrize("line", [1, 2])
def test_what_both_lines_made_is_told_of_each(tmp_path: Path, line: int) -> None:
    """With the lines that it came of, and the trace id as it was read."""
    out = explain(tmp_path, line, BEGIN, END)
    assert (
        "       key: {id}  → 1\n"
        "     its span: from a.log:1 (first) and a.log:2 (last)\n"
        '       trace_id: {t}  → "aaaabbbbccccdddd1111222233334444" = aaaabbbbccccdddd1111222233334444\n'
        '       name: job {job}  → "job bill"\n'
        '       resource: {job} {start.q} {q}  → "bill 1 3"\n'
        "       error: start.rc == 1  → true\n"
        '       tags.who: {who}  → "ann"\n'
        "       child 1: wait  → 5.00 ms\n"
        '           duration: {wait} ms  → "5 ms"\n'
        "       child 2: {none}  → none: its `name` gives nothing\n"
    ) in out


def test_a_start_without_an_end_is_told_to_be_unfinished(tmp_path: Path) -> None:
    """Which is an error, whatever the rule says."""
    out = explain(tmp_path, 1, BEGIN.replace('"rc":1', '"rc":0'))
    assert "     its span: from a.log:1; unfinished: no end came for it\n" in out
    assert "error: start.rc == 1  → false; the span failed all the same: it is unfinished\n" in out


def test_an_end_without_a_start_is_told_by_itself(tmp_path: Path) -> None:
    """It is a part of no span."""
    out = explain(tmp_path, 1, END)
    assert 'takes it: closes a span, key "1"; gives nothing: end_without_start' in out
    assert "     by this line alone:\n       trace_id: {t}  → nothing\n" in out


def test_an_end_of_several_is_told_so(tmp_path: Path) -> None:
    """The first of them stands for all."""
    out = explain(tmp_path, 3, BEGIN, BEGIN, END)
    assert "(last) (the first of 2 that it is part of)\n" in out


def test_an_error_of_a_group_is_told_line_by_line(tmp_path: Path) -> None:
    """And what the span has in the end."""
    lines = [f'"g":1,"a":"{a}","level":{level}' for a, level in (("x", 5), ("y", 1), ("z", 1))]
    out = explain(tmp_path, 2, *lines)
    assert '       name: {a} {a | last}  → "x z"\n' in out
    assert (
        "error: level == 5  → true at a.log:1, false at a.log:2, a.log:3; the span failed\n" in out
    )
    out = explain(tmp_path, 1, *([lines[1]] * 9))
    assert (
        "→ false at a.log:1, a.log:2, a.log:3, a.log:4, a.log:5 and 4 more lines; the span did"
        in out
    )


def test_hostile_values_are_told_harmlessly(tmp_path: Path) -> None:
    """In names of spans and of children, from whichever line."""
    evil = "\\u001b[31m\\u202e"
    out = explain(tmp_path, 2, BEGIN.replace("bill", evil), END.replace("ann", "x" * 10**6))
    assert r'name: job {job}  → "job \x1b[31m\u202e"' in out
    assert {"\x1b", "\u202e"}.isdisjoint(out)
    assert len(out) < 10_000
