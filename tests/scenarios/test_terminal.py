"""Whoever can write a log line, name a file or edit a configuration cannot speak to the terminal."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from tests.support.agent import FakeAgent

pytestmark = pytest.mark.slow

EVIL = "\x1b[2J\x1b]0;owned\x07\x9b31m\r\x08\x7f\u202e\u2066"
"""Clears the screen, names the window, turns the line round, and so on."""

WORSE = b"\x1b[31m\x9b2J\xff\x07"
"""Bytes that are no text besides."""


@pytest.fixture
def place(tmp_path: Path, agent: FakeAgent) -> Path:
    """A directory with a name, a configuration and logs that try it all."""
    place = tmp_path / f"d{EVIL}"
    place.mkdir()
    record = {"ts": "2026-11-22T10:00:00Z", "id": f"i{EVIL}", "name": f"n{EVIL}", "ms": 5}
    evil = json.dumps({**record, "note": EVIL, EVIL: EVIL})
    (place / "app.json").write_bytes(
        evil.encode() + b"\n" + WORSE + b"\n{" + WORSE + b"\n" + evil.encode() + b"\n"
    )
    (place / f"bad{EVIL}.json").write_bytes(WORSE)
    quoted = json.dumps(f"{place}/*.json")
    case = json.dumps({"name": EVIL, "source": EVIL, "lines": [evil], "expect": [{"name": EVIL}]})
    (place / "good.yaml").write_text(
        f"agent: {{url: '{agent.url}'}}\nstate: {{path: {json.dumps(f'{place}/state')}}}\n"
        f"sources:\n  - path: {quoted}\n    name: {json.dumps(EVIL)}\n    format: json\n"
        "    read_from: beginning\n    spans:\n"
        f"      - {{when: {json.dumps(f'note contains {json.dumps(EVIL[0])} or id exists')},"
        ' name: "{name}", resource: "{note}", trace_id: "{id}", duration: "{ms} ms",'
        f' tags: {{{json.dumps(EVIL)}: "{{note}}"}}}}\ntests:\n  - {case}\n'
    )
    bad = f"{EVIL}: 1\nsources:\n  - {{path: {quoted}, format: {json.dumps(EVIL)}, spans: []}}\n"
    (place / "raw.yaml").write_text(bad)
    keys = json.dumps({EVIL: EVIL, "sources": [{"path": EVIL, "format": EVIL, "spans": [EVIL]}]})
    (place / "bad.yaml").write_text(keys)
    return place


COMMANDS = [
    ("run", "--once"),
    ("run", "--once", "--log-format", "console"),
    ("check",),
    ("check", "--no-environment", "--strict"),
    ("test",),
    ("convert", "{place}/app.json"),
    ("convert", "--report", "{place}/app.json"),
    ("preview", "{place}/app.json"),
    ("explain", "{place}/app.json:1"),
    ("explain", "{place}/app.json:2"),
    ("status",),
    ("state",),
    ("show-code",),
    ("convert", "{place}/none" + EVIL),
    ("presets", EVIL),
    (EVIL,),
    ("run", "--" + EVIL),
    ("receive", "--replay", "{place}/app.json"),
]


def unprintable(output: bytes) -> list[str]:
    """Return what a terminal would not show as it is, line ends aside."""
    text = output.decode("utf-8", "surrogateescape")
    return [
        char
        for char in text
        if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]


def output(place: Path, *words: str) -> bytes:
    """Return what a command prints on both streams."""
    arguments = [word.replace("{place}", str(place)) for word in words]
    result = subprocess.run(
        [sys.executable, "-m", "logtrace", *arguments],
        capture_output=True,
        timeout=50,
        check=False,
        cwd=place,
    )
    assert b"Traceback" not in result.stderr, result.stderr
    return result.stdout + result.stderr


@pytest.mark.parametrize("config", ["good", "bad", "raw"])
@pytest.mark.parametrize(
    "words", COMMANDS, ids=lambda words: " ".join(words).encode("unicode_escape").decode()
)
def test_nothing_raw_reaches_the_terminal(place: Path, words: tuple[str, ...], config: str) -> None:
    """No control character, terminal escape or invisible character, on either stream."""
    takes_config = words[0] in (
        "run",
        "check",
        "test",
        "convert",
        "preview",
        "explain",
        "status",
        "state",
        "show-code",
    )
    if takes_config:
        words = (*words, "-c", f"{{place}}/{config}.yaml")
    elif config != "good":
        pytest.skip("reads no configuration")
    printed = output(place, *words)
    assert printed
    assert [] == unprintable(printed), printed
