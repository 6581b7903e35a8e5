"""The text of generated code: short, commented, and no work done twice."""

import re

from logtrace.config.model import SourceConfig
from logtrace.mapping.codegen import generate
from logtrace.mapping.rules import check
from tests.support.mapping import FakeParser, rule, source, when


def generated(config: SourceConfig) -> str:
    """Return the source of the code for a source of the configuration."""
    checked = check(config)
    return generate(checked, FakeParser(checked.fields)).source


def test_blocks_say_which_rule_and_line_they_come_from() -> None:
    """A reader finds the way from each block to the configuration."""
    code = generated(
        source(
            when("a", trace_id="{t}", duration="{d} ms", error="a", tags={"k": "{k}"}),
            rule(start="a", end="b", name="x"),
            ignore="i",
        )
    )

    comments = re.findall(r"# (.*)", code)
    for part in ("when", "time", "trace_id", "duration", "error", "tags"):
        assert f"spans[0].{part}, line 7" in comments
    assert {"ignore, line 7", "spans[1].start, line 7", "spans[1].end, line 7"} <= set(comments)


def test_fields_are_loaded_once_and_only_where_needed() -> None:
    """A condition's field is loaded for all rules; a tag's only for lines that its rule takes."""
    code = generated(
        source(when("a == 1", tags={"k": "{k}"}), when("a == 2", tags={"k": "{k}"}), when("b"))
    )
    loads = re.findall(r"^( +)f\d+ = (r\.f\d+)$", code, re.MULTILINE)
    by_slot = {slot: sorted(len(indent) for indent, at in loads if at == slot) for _, slot in loads}

    # Slots are in the order of names: a, b, k, ts. Loop bodies are at 8, rules' blocks at 12.
    assert by_slot == {"r.f0": [8], "r.f1": [8], "r.f2": [12, 12], "r.f3": [12, 12, 12]}


def test_later_terms_load_their_fields_where_the_first_holds() -> None:
    """Most lines fail the first term, so they do not pay for the others' fields."""
    code = generated(source(when('a == "x" and b == "y" and a != "z"')))

    first = code.index("if f0 == ")
    assert code.index("r.f1", first) > first
    assert "r.f1" not in code[:first]


def test_constant_expressions_are_folded() -> None:
    """What does not depend on the line is worked out once."""
    code = generated(source(when("x > 60 * 1000 and 1 < 2")))

    assert "multiply" not in code
    assert "lt(" not in code


def test_fields_no_line_can_have_cost_nothing() -> None:
    """The parser knows which fields exist; the others are constants."""
    checked = check(source(when("x", name="{user.id}")))
    code = generate(checked, FakeParser(["ts", "x"])).source

    assert set(re.findall(r"r\.f\d", code)) == {"r.f0", "r.f1"}


def test_rule_without_what_is_optional_is_short() -> None:
    """No code is there for keys that the rule does not have."""
    code = generated(source(when("a")))

    for absent in ("error = ", "resource = ", "metrics", "duration_of", "recall", "scope"):
        assert absent not in code
