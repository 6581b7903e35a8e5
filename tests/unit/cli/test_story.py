from pathlib import Path

import pytest

from logtrace.cli.page import Page
from logtrace.cli.story import ROLES, StoryPrinter, shown
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


def said(
    directory: Path,
    capsys: pytest.CaptureFixture[str],
    line: str,
    fate: Reject | str | None = None,
    spans: tuple[str, ...] = (),
    time: int | None = None,
) -> str:
    """Return what is printed of a line."""
    reading = read_text(directory, SOURCE)
    assert [] == reading.problems
    data = line.encode()
    batch = LineBatch("app", "x.log", 1, data + b"\n", [data], [0, len(data) + 1], 10)
    told = Teller(reading.config).tell([batch], time)
    StoryPrinter(Page()).print(Place("x.log", 7), told, fate, spans)
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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        ("a", '"a"'),
        ("x" * 99, '"' + "x" * 59 + '…"'),
        (5, "5"),
        (True, "true"),
        ([1, "a"], '[1,"a"]'),
        (list(range(99)), "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22…"),
        (object(), "object"),
        (float("nan"), "null"),
    ],
)
def test_values_are_shown_as_json(value: object, text: str) -> None:
    """Whatever a line may hold, and not too long."""
    assert text == shown(value)
