import json
import logging
import subprocess
import sys

import pytest

from logtrace import logs


def log_of(style: str, code: str = "", **fields: object) -> str:
    """Return what a process that sets logging up so prints for one event with these fields."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import json, sys; from logtrace import logs\n"
            "style, fields = sys.argv[1], json.loads(sys.argv[2])\n"
            "logs.configure(style).warning('file_failed', **fields)\n" + code,
            style,
            json.dumps(fields),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr


@pytest.mark.slow
def test_json_is_one_object_a_line() -> None:
    """Event, level, time and fields are keys; a line end in a text gives no second line."""
    said = log_of("json", file="a\nb.log")
    record = json.loads(said)
    assert ("file_failed", "warning", "a\nb.log") == (
        record["event"],
        record["level"],
        record["file"],
    )
    assert record["timestamp"].endswith("Z")
    assert 1 == said.count("\n")


@pytest.mark.slow
def test_what_is_not_a_terminal_gets_json() -> None:
    """`auto` chooses by standard error."""
    assert "file_failed" == json.loads(log_of("auto"))["event"]


@pytest.mark.slow
def test_nothing_from_outside_controls_the_terminal() -> None:
    """In console form a name with an escape sequence is shown, not carried out."""
    said = log_of("console", file="\x1b[2J\x07.log")
    assert r"\x1b[2J\x07.log" in said
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ä 名", "plain ä 名"),
        ("a\nb", r"a\nb"),
        ("\x1b[1m", r"\x1b[1m"),
        ("\u202e", r"\u202e"),
    ],
)
def test_unprintable_characters_are_made_visible(text: str, shown: str) -> None:
    """What is printable stays as it is."""
    assert shown == logs.escape(text)


def test_the_silent_logger_takes_all_levels(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints nothing."""
    silent = logs.silent()
    silent.info("a", x=1)
    silent.warning("b")
    silent.error("c")
    assert ("", "") == capsys.readouterr()


@pytest.mark.parametrize(
    "text", ["plain", "é→", "\x1b\x7f", "a\x9bb", "\u202e", "\U000e0001", "\xa0"]
)
def test_json_is_printable_and_means_the_same(text: str) -> None:
    """Control characters that JSON would let stand, and invisible ones, are written as escapes."""
    body = json.dumps([text], ensure_ascii=False).replace("\\u007f", "\x7f").encode()
    shown = logs.escape_json(body)
    assert shown.decode().isprintable()
    assert [text] == json.loads(shown)
    if text.isprintable():
        assert body == shown


def test_what_libraries_warn_of_is_told() -> None:
    """Once, with what is the same each time; what watchdog says while it is stopped is not."""
    told: list[tuple[str, str, str]] = []
    root = logging.getLogger()
    before, root.handlers = root.handlers, []
    logs.hear_libraries(lambda *said: told.append(said))
    try:
        logging.getLogger("urllib3.connectionpool").warning("bad headers from %s", "agent")
        logging.getLogger("urllib3").info("a connection")
        logging.getLogger("urllib3").warning("%d", "no number")
        logging.getLogger("watchdog.observers").error("called when the thread is inactive")
    finally:
        root.handlers = before

    assert [
        ("urllib3", "bad headers from agent", "bad headers from %s"),
        ("urllib3", "%d", "%d"),
    ] == told
