from pathlib import Path

import pytest

from logtrace import mapping, parse
from logtrace.analysis import findings
from logtrace.config.reader import read

PRESET = """format: regex
pattern: '^(?P<time>\\S+) (?P<level>\\w+) (?P<message>.*)$'
spans:
  - {when: level == "A", name: x, instant: true, tags: {m: "{message}"}}
  - {when: level == "B", name: y, extract: '(?P<a>a)', duration: "{a} ms"}
"""


def said(directory: Path, more: str, preset: str = PRESET) -> list[str]:
    """Return what is said of a source that uses the preset, and its place."""
    (directory / "edge.yaml").write_text(preset)
    path = directory / "logtrace.yaml"
    path.write_text(f"sources:\n  - path: /a.log\n    format: edge\n    {more}\n")
    reading = read(path, {}, directory)
    assert [] == reading.problems
    (source,) = reading.config.sources
    checked = mapping.check(source)
    found = findings(source, checked, parse.build(source, checked.fields))
    return [str(each).partition("\n")[0].removeprefix(f"{path}:") for each in found]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("name: a", []),
        (
            "pattern: '(?P<time>.*)'",
            [
                "4:15: warning: pattern: lacks fields that the preset's rules read (4 warnings):"
                " level, message; name them here too, or write `spans` of your own"
            ],
        ),
        (
            "pattern: '(?P<time>\\S+) (?P<level>\\w+) (?P<text>.*)'\n    ignore: txt exists",
            [
                "5:13: warning: ignore: no line has a field 'txt'; did you mean 'text'?",
                "4:15: warning: pattern: lacks fields that the preset's rules read (2 warnings):"
                " message; name them here too, or write `spans` of your own",
            ],
        ),
        (
            'ignore: level == "A"',
            [
                "2:5: warning: what is said over the preset does not go with its rules"
                " (a warning): spans[0].when: no line gets here: `ignore` takes all that it could"
                " take; write `spans` of your own"
            ],
        ),
    ],
)
def test_what_is_wrong_with_the_rules_of_a_preset_is_one_warning(
    tmp_path: Path, more: str, expected: list[str]
) -> None:
    """At what the source says over it, behind what is wrong with its own keys."""
    assert expected == said(tmp_path, more)


def test_columns_that_replace_those_of_the_preset(tmp_path: Path) -> None:
    """They are what the warning is about."""
    preset = "format: csv\ncolumns: [time, a]\nspans: [{when: a exists, name: x, instant: true}]\n"
    assert [
        "4:15: warning: columns: lacks fields that the preset's rules read (a warning): a;"
        " name them here too, or write `spans` of your own"
    ] == said(tmp_path, "columns: [time, b]", preset)
