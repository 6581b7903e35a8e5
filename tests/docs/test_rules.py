"""docs/reference/rules.md is true: its examples load, and it names every key."""

import re
from pathlib import Path

import pytest

from logtrace.config.model import ChildConfig, RuleConfig, Section
from logtrace.config.shape import shape
from logtrace.mapping.keep import OF_SPAN, OF_TRACE
from logtrace.routes import build_keep, build_routes
from tests.support.settings import GOOD, read_text

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "rules.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
HEAD = GOOD.partition("      - when")[0]


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.startswith("- ")])
def test_examples_are_rules(tmp_path: Path, example: str) -> None:
    """Each of them loads and can be compiled as the rules of a source."""
    rules = "".join(f"      {line}\n" for line in example.splitlines())
    reading = read_text(tmp_path, HEAD + rules)

    assert [] == reading.problems
    assert 1 == len(build_routes(reading.config))


@pytest.mark.parametrize("example", [each for each in EXAMPLES if not each.startswith("- ")])
def test_examples_are_sections(tmp_path: Path, example: str) -> None:
    """Each of the others loads beside a source, and can be compiled."""
    reading = read_text(tmp_path, GOOD + example)

    assert [] == reading.problems
    assert build_keep(reading.config) is not None


def test_every_name_of_a_trace_is_listed() -> None:
    """What a condition of `keep` may name, of the trace and of a span."""
    names = {*OF_TRACE, *(f"root.{name}" for name in OF_SPAN), "root.x", "any.x"}
    section = PAGE.partition("## Which traces are kept")[2].partition("\n\nEach comparison")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]

    assert names == {name for row in rows for name in re.findall(r"`([\w.]+)`", row)}


@pytest.mark.parametrize("section", [RuleConfig, ChildConfig])
def test_every_key_is_named(section: type[Section]) -> None:
    """No key of a rule or child is without its word."""
    assert [] == [name for name in shape(section) if not re.search(rf"`{name}(:[^`]*)?`", PAGE)]
