"""docs/reference/rules.md is true: its examples load, and it names every key."""

import re
from pathlib import Path

import pytest

from logtrace.config.model import ChildConfig, RuleConfig, Section
from logtrace.config.shape import shape
from logtrace.pipeline import build_routes
from tests.support.settings import GOOD, read_text

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "rules.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
HEAD = GOOD.partition("      - when")[0]


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_rules(tmp_path: Path, example: str) -> None:
    """Each of them loads and can be compiled as the rules of a source."""
    rules = "".join(f"      {line}\n" for line in example.splitlines())
    reading = read_text(tmp_path, HEAD + rules)

    assert [] == reading.problems
    assert 1 == len(build_routes(reading.config))


@pytest.mark.parametrize("section", [RuleConfig, ChildConfig])
def test_every_key_is_named(section: type[Section]) -> None:
    """No key of a rule or child is without its word."""
    assert [] == [name for name in shape(section) if not re.search(rf"`{name}(:[^`]*)?`", PAGE)]
