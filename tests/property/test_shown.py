"""Whatever bytes a log holds, `preview` and `explain` show them without harm to a terminal."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from logtrace.cli import root

CONFIG = r"""
sources:
  - name: json
    path: /var/log/a.json
    format: json
    multiline: {start: '^\S'}
    spans:
      - {when: a exists, name: "{a}", resource: "{b}", instant: true, tags: {"{c}": "{c}", k: "{c}"}}
      - {group: "{b}", name: "{c}"}
  - name: regex
    path: /var/log/b.log
    format: regex
    pattern: '^(?P<ts>\S+) (?P<a>[^ ]*) (?P<b>"(?:[^"\\]|\\.)*") (?P<c>.*)$'
    spans: [{when: a != "" or b matches "x+y", name: "{a}", instant: true, tags: {k: "{c}"}}]
"""
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["\x1b[2J", "\x1b]0;x\x07", "\u202e", "[red]x[/]", "a" * 300, "語" * 60, "\x9b"]
    ),
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "c", "d e", "\x1b"]), TEXTS, max_size=4)
LINES = st.one_of(
    st.binary(max_size=60),
    OBJECTS.map(lambda found: json.dumps({"ts": "2026-11-22T12:00:00Z", **found}).encode()),
    st.tuples(TEXTS, TEXTS, TEXTS).map(
        lambda parts: f'2026-11-22T12:00:00Z {parts[0]} "{parts[1]}" {parts[2]}'.encode(
            "utf-8", "surrogatepass"
        )
    ),
)


def said(*words: str) -> str:
    """Return what a command prints; nothing may raise."""
    result = CliRunner().invoke(root, words, catch_exceptions=False)
    assert 0 == result.exit_code
    return result.output


@settings(max_examples=25, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=6), st.sampled_from(["json", "regex"]))
def test_nothing_raises_and_nothing_raw_is_printed(lines: list[bytes], source: str) -> None:
    """Neither in pictures nor in samples, shapes, values or conditions."""
    with TemporaryDirectory() as directory:
        config, log = Path(directory, "logtrace.yaml"), Path(directory, "x.log")
        config.write_text(CONFIG)
        log.write_bytes(b"\n".join(lines) + b"\n")
        options = ("-c", str(config), "--source", source)
        texts = [said("preview", *options, str(log)), said("explain", *options, f"{log}:1")]
    for text in texts:
        assert all(line.isprintable() for line in text.split("\n")), ascii(text)
