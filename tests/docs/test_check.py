"""docs/reference/check.md: what `logtrace check` finds, from the golden cases, by `make golden`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from logtrace.config.model import Text
from logtrace.errors import Mark
from logtrace.surroundings.logrotate import Rotation
from logtrace.surroundings.rights import READ, SEARCH, Denied
from logtrace.surroundings.rotation import rotation_warnings
from tests.support.mapping import source, when

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "check.md"
CASES = ROOT / "tests" / "golden" / "config_errors"
HEADING = "## Mistakes, and what is said of them\n"

TITLES = {
    "file": "The file",
    "yaml": "YAML",
    "quotes": "YAML that wants quotes",
    "key": "Keys",
    "section list": "Sections and lists",
    "text flag number choice": "Values",
    "duration wait": "Durations",
    "path url variable": "Paths, addresses, variables",
    "source sources format json regex spans encoding columns heading multiline unwrap": "Sources",
    "rule": "Rules",
    "expression": "Conditions",
    "template metric": "Values with fields",
    "pattern extract redact grok": "Regular expressions",
    "field": "Fields that no line has",
    "condition": "Conditions that are decided beforehand",
    "offset children": "Children",
    "id group": "Ids and keys that do not depend on the line",
    "time": "Times of spans",
}
"""Titles of the tables, by the first words of the cases in them."""

_SAID = re.compile(r"^[^:]+:(\d+):(\d+): (.*)$")


def tables() -> Iterator[str]:
    """Yield the lines of the page below its heading."""
    ideas = {
        path.stem: path for path in sorted(CASES.glob("*.txt")) if path.stem != "five_mistakes"
    }
    for words, title in TITLES.items():
        chosen = [idea for idea in ideas if idea.split("_")[0] in words.split()]
        if chosen:
            yield from ("", f"### {title}", "", "| in the file | what is said |", "|---|---|")
            yield from map(row, chosen)
            for idea in chosen:
                del ideas[idea]
    if ideas:
        yield from ("", "### Others", "", "| in the file | what is said |", "|---|---|")
        yield from map(row, ideas)


def row(idea: str) -> str:
    """Return one case: the line that is meant, and the message behind its place."""
    said = _SAID.match((CASES / f"{idea}.txt").read_text().partition("\n")[0])
    assert said is not None, idea
    lines = (CASES / f"{idea}.yaml").read_bytes().decode("utf-8", "replace").split("\n")
    line = lines[int(said[1]) - 1].strip()
    shown = "".join(char if char.isprintable() else "�" for char in line)
    shown = shown if len(shown) <= 90 else shown[:89] + "…"
    return f"| {cell(shown) or '(nothing)'} | {cell(said[3])} |"


def cell(text: str) -> str:
    """Return text as code in a table."""
    if not text:
        return ""
    fence = "``" if "`" in text else "`"
    blank = " " if "`" in text else ""
    return f"{fence}{blank}{text.replace('|', chr(92) + '|')}{blank}{fence}"


def test_the_page_shows_every_golden_case() -> None:
    """One line for each mistake, with exactly what is said of it."""
    above = PAGE.read_text().partition(HEADING)[0]
    expected = above + HEADING + "\n".join(tables()) + "\n"
    if os.environ.get("LOGTRACE_GOLDEN") == "rewrite":
        PAGE.write_text(expected)
    assert expected == PAGE.read_text()


def test_what_is_said_of_the_machine_is_said_so() -> None:
    """The page's examples of rotation and rights are those of the code."""
    page = PAGE.read_text()
    path = Text("/var/log/shop/*.log", Mark("logtrace.yaml", 3, 11))
    made = source(when(), path=(path,))
    for directives in ({"copytruncate": ""}, {"compress": ""}, {"olddir": "/var/log/old"}):
        block = Rotation("/etc/logrotate.d/shop", 1, (str(path),), dict(directives))
        for problem in rotation_warnings(made, [], [block]):
            assert f"{problem.what.partition('logrotate ')[2]}" in page
            assert problem.fix in page
    denied = Denied("/var/log/shop/app.log", READ, "shop", "adm", 0o640)
    private = Denied("/var/log/shop", SEARCH, "shop", "shop", 0o700)
    for each in (denied, private):
        assert each.why in page
        assert each.cure("logtrace") in page
