from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from logtrace.cli.page import Page
from logtrace.cli.story import ROLES, Became, StoryPrinter
from logtrace.insight.given import Place
from logtrace.insight.line import Teller
from logtrace.model import LineBatch, Reject, Role
from tests.support.mapping import NOON
from tests.support.settings import read_text

SOURCE = """\
sources:
  - path: /var/log/app.json
    name: app
    format: json
    reset: event == "up"
    spans:
      - {when: Status > 5, name: first, instant: true, tags: {k: "{b}"}}
      - {start: event == "a", end: event == "b", name: second, key: "{id}"}
      - {event: event == "b" or not event exists, name: third}
"""


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def batch_of(line: bytes) -> LineBatch:
    """Return a batch of one line."""
    return LineBatch("app", "x.log", 1, line + b"\n", [line], [0, len(line) + 1], 10)


def said(
    directory: Path,
    capsys: pytest.CaptureFixture[str],
    line: str,
    fate: Reject | str | None = None,
    spans: tuple[str, ...] = (),
    time: int | None = None,
    **became: Any,
) -> str:
    """Return what is printed of a line."""
    reading = read_text(directory, SOURCE)
    assert [] == reading.problems
    told = Teller(reading.config).tell([batch_of(line.encode())], time)
    printer = StoryPrinter(Page(), lambda number: Place("x.log", number))
    printer.print(Place("x.log", 7), told, Became(fate, spans, **became))
    return capsys.readouterr().out


def test_the_verdict_comes_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Below the line, before all that led to it."""
    out = said(tmp_path, capsys, '{"event":"x","ts":5}', "unmatched")
    assert out.startswith(
        'x.log:7  source app\n  {"event":"x","ts":5}\n  → unmatched: no rule takes it\n'
    )
    out = said(tmp_path, capsys, "{}", None, ("first", "second", "first"))
    assert "  → in span first, second\n" in out
    assert "→ rejected: no_time: no time field has a value" in said(
        tmp_path, capsys, "{}", Reject.NO_TIME
    )
    assert "→ in no span that would be sent" in said(tmp_path, capsys, "{}")


def test_a_field_that_is_not_there_may_be_called_otherwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """That is a frequent mistake, so it is said where it hurts."""
    out = said(tmp_path, capsys, '{"status":500}', "unmatched")
    assert "no   when: Status > 5    Status: nothing (did you mean status?)\n" in out


def test_conditions_are_told_part_by_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with yes or no, and with what its fields held; the rule's place beside it."""
    out = said(tmp_path, capsys, '{"ts":"2026-11-22T12:00:00Z","event":"c","id":"1"}', "unmatched")
    rule = f"({tmp_path}/logtrace.yaml:9)"
    assert (
        f"rule 3  third  does not take it  {rule}\n"
        '  no   event: event == "b" or not event exists\n'
        '  no     event == "b"    event: "c"\n'
        "  no     not (event exists)\n"
        '  yes      event exists    event: "c"\n'
    ) in out


def test_what_a_rule_made_of_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A span with its values, or half of one with its key."""
    time = '"ts":"2026-11-22T12:00:00Z"'
    out = said(tmp_path, capsys, f'{{{time},"event":"a","id":"7"}}')
    assert 'rule 2  second  takes it: opens a span, key "7"' in out
    assert "rule 3  third  is not asked\n" in out
    out = said(tmp_path, capsys, f'{{{time},"Status":6}}')
    assert "rule 1  first  takes it: a span" in out
    assert "       tags.k: {b}  → nothing\n" in out
    assert "its time: 2026-11-22 12:00:00.000 UTC, from ts\n" in out


def test_a_line_without_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where it was sought, or what could not be read."""
    assert "its time: none; sought in ts, time, timestamp" in said(tmp_path, capsys, '{"a":1}')
    assert 'its time: cannot be read: ts "noon"' in said(tmp_path, capsys, '{"ts":"noon"}')


def test_a_time_that_only_extract_finds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which a user may well expect to do."""
    config = SOURCE.replace("    reset", "    time: {field: at}\n    reset").replace(
        "name: third}", "name: third, extract: 'at=(?P<at>.*)'}"
    )
    monkeypatch.setattr(f"{__name__}.SOURCE", config)
    out = said(tmp_path, capsys, '{"message":"at=12"}', Reject.NO_TIME)
    assert "sought in at\n    a rule's `extract` finds at, too late for the time of a line\n" in out
    assert "too late" not in said(tmp_path, capsys, '{"message":"12"}', Reject.NO_TIME)


def test_a_record_is_shown_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not all of a long one."""
    printer = StoryPrinter(Page(), lambda number: Place("x.log", number))
    told = Teller(read_text(tmp_path, SOURCE).config).tell([batch_of(b"x")])
    told = replace(told, text="first\n  second\x1b[2J\n" + "more\n" * 100_000)
    printer.print(Place("x.log", 7), told, Became("unmatched"))
    out = capsys.readouterr().out
    assert "\n  first\n    second\\x1b[2J\n  more\n" in out
    assert "  more\n  and 99,983 more lines\n  → unmatched" in out


def test_a_time_that_the_lines_before_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of it, or what the line's own leaves open."""
    none = said(tmp_path, capsys, '{"event":"a","id":"7"}', time=NOON)
    assert "its time: 2026-11-22 12:00:00.000 UTC, that of the line before it: it has none" in none
    assert 'takes it: opens a span, key "7"' in none
    part = said(tmp_path, capsys, '{"ts":"Nov 22 12:00:00","Status":9}', time=NOON)
    assert "its time: 2026-11-22 12:00:00.000 UTC, from ts and the lines before it" in part


def test_every_part_that_a_line_can_play_has_its_words() -> None:
    """A new one needs some."""
    assert set(Role) == set(ROLES)


def test_where_json_breaks_is_pointed_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under the very character, wide ones before it or not."""
    out = said(tmp_path, capsys, '{"語" 1}', Reject.BAD_JSON)
    assert "\n  {\"語\" 1}\n        ^ expected ':'\n" in out


def test_a_reset_says_what_it_closed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Some by name; that no rule takes the line is said too."""
    line = '{"ts":"2026-11-22T12:00:00Z","event":"up"}'
    out = said(tmp_path, capsys, line, "unmatched", closed=[("job", 3)] * 7)
    assert (
        "  → unmatched: no rule takes it\n"
        "  → reset: closes as unfinished: job (x.log:3), job (x.log:3), job (x.log:3)"
    ) in out
    assert "2 more" in out
    assert "→ reset: nothing was open\n" in said(tmp_path, capsys, line, "unmatched")
    assert "→ reset" not in said(tmp_path, capsys, line.replace("up", "x"), "unmatched")


def test_what_a_line_gave_a_rule_in_vain_is_said_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Though the line gave another rule something."""
    line = '{"ts":"2026-11-22T12:00:00Z","event":"b"}'
    lost = {2: Reject.EVENT_WITHOUT_SPAN}
    out = said(tmp_path, capsys, line, None, ("first",), lost=lost)
    assert (
        "rule 3  third  takes it: is an event of a span; gives nothing: event_without_span" in out
    )
    assert "     event_without_span: an event, and no span was open around it\n" in out
