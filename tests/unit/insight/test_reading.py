"""What one reading shows beside what `test_examination` reads."""

from pathlib import Path

import pytest

from logtrace.insight.examination import Examination
from logtrace.insight.given import Place, opened
from logtrace.insight.reading import Seen
from tests.support.settings import read_text

CONFIG = """\
traces:
  keep: [{when: any.error, rate: 1}, {rate: 0.5}]
sources:
  - path: /var/log/app.json
    format: json
    reset: e == "up"
    spans:
      - {when: e == "one", name: one, instant: true, continue: true}
      - {event: e == "one" or e == "note", name: note, key: "{id}", continue: true}
      - {start: e == "b", end: e == "e", name: job, key: "{id}", closes: all}
      - {group: "{g}", name: grp}
"""


def look(directory: Path, monkeypatch: pytest.MonkeyPatch, line: int, *lines: str) -> Seen:
    """Return what is seen of a line of a log; record numbers are those of its lines, from 0."""
    monkeypatch.chdir(directory)
    log = "".join(f'{{"ts":"2026-11-22T12:00:{at:02}Z",{text}}}\n' for at, text in enumerate(lines))
    Path("a.json").write_text(log)
    reading = read_text(directory, CONFIG)
    assert [] == reading.problems
    return Examination(reading.config, ["a.json"], None, opened).look([Place("a.json", line + 1)])


def test_the_span_of_a_pair_is_seen_of_each_of_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its lines; these are at hand."""
    lines = ('"e":"b","id":1', '"e":"x"', '"e":"e","id":1')
    for line in (0, 2):
        seen = look(tmp_path, monkeypatch, line, *lines)
        joined = seen.joined[line, 2]
        assert (0, 2, (0, 2), 1) == (joined.first, joined.last, joined.numbers, joined.count)
        assert {0, 2} <= seen.lines.keys()
    assert {} == look(tmp_path, monkeypatch, 1, *lines).joined


def test_an_end_may_close_several_and_a_start_may_have_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is seen, and how many there are."""
    begun = '"e":"b","id":1'
    seen = look(tmp_path, monkeypatch, 2, begun, begun, '"e":"e","id":1', begun)
    assert (2, 2) == (seen.joined[2, 2].count, seen.joined[2, 2].last)
    seen = look(tmp_path, monkeypatch, 0, begun)
    assert None is seen.joined[0, 2].last


def test_a_line_is_of_the_group_that_it_is_a_line_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not of the one in which it is an event, which is closed before."""
    lines = ('"g":1,"id":1', '"g":2,"e":"note","id":1', '"g":1', '"g":2')
    joined = look(tmp_path, monkeypatch, 1, *lines).joined
    assert (1, 3) == (joined[1, 3].first, joined[1, 3].last)


def test_what_a_reset_closed_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Innermost first, with the lines that opened it."""
    opening = [f'"e":"b","id":{number}' for number in (1, 2)]
    seen = look(tmp_path, monkeypatch, 2, *opening, '"e":"up"', *opening)
    assert [("job", 0), ("job", 1)] == sorted(seen.resets[2])
    assert {} == look(tmp_path, monkeypatch, 0, *opening, '"e":"up"').resets


def test_what_a_line_gave_in_vain_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing, where the event of a line is one of the span that the line itself is."""
    seen = look(tmp_path, monkeypatch, 0, '"e":"one","id":9')
    assert ({}, {}) == (seen.lost, seen.fates)


def test_which_entry_decided_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job is unfinished, which is an error."""
    kept = [
        trace.kept_by
        for line, text in enumerate(['"e":"one","id":1', '"e":"b","id":2'])
        for trace in look(tmp_path, monkeypatch, line, '"e":"one","id":1', '"e":"b","id":2').traces
    ]
    assert [1, 0] == kept


def test_only_traces_of_the_line_itself_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other lines of its span may be in others, too."""
    lines = ['"g":1,"e":"one","id":7', '"g":1', '"g":1,"e":"one","id":8']
    lines += ['"e":"x"'] * 2
    seen = look(tmp_path, monkeypatch, 1, *lines)
    assert [["grp"]] == [[span.name for span in trace.spans] for trace in seen.traces]
    assert {0, 1, 2} <= seen.lines.keys()
