import pytest

from logtrace.cli.page import Page
from logtrace.model import Span


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")


def test_a_line_is_cut_to_the_width(capsys: pytest.CaptureFixture[str]) -> None:
    """Unless it is to be whole."""
    Page().line("x" * 40)
    Page().line(("x" * 40, "red"), whole=True)
    assert f"{'x' * 29}…\n{'x' * 40}\n" == capsys.readouterr().out


def test_wide_characters_take_two_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """So fewer of them fit."""
    Page().line("語" * 40)
    assert f"{'語' * 14}…\n" == capsys.readouterr().out.replace(" …", "…")


def test_a_line_can_go_on_below(capsys: pytest.CaptureFixture[str]) -> None:
    """Indented, and broken between words."""
    Page().line("first: ", "word " * 12, wrap=7)
    out = capsys.readouterr().out.splitlines()
    assert "first: word word word word" == out[0].rstrip()
    assert all(line.startswith("       word") and len(line) <= 30 for line in out[1:])
    assert 12 == " ".join(out).count("word")


def test_nothing_reaches_the_terminal_raw(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither escapes nor rich's markup, in lines and in pictures."""
    page = Page()
    page.line("\x1b[31m\u202e[bold]")
    page.waterfall([Span("s\x1b[2J", "[red]n", "\x1b]0;x\x07", 1, 1, 0, 5)])
    out = capsys.readouterr().out
    assert out.startswith("\\x1b[31m\\u202e[bold]\n")
    assert "\x1b" not in out
    assert "\x07" not in out
