"""docs/reference/expressions.md is true: each of its examples gives what the page says it gives."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from click.testing import CliRunner

from logtrace.cli import root
from logtrace.config.model import ChildConfig, RuleConfig, SourceConfig
from logtrace.errors import ConfigError
from logtrace.mapping import check, expressions, ids, lexer, runtime, templates, values
from logtrace.mapping.evaluator import evaluate, value_of
from logtrace.mapping.lexer import Fault
from logtrace.mapping.nodes import Variable
from logtrace.mapping.obfuscate_sql import LIMIT
from logtrace.mapping.operators import FUNCTIONS, OPERATORS
from logtrace.mapping.templates import ID_FILTERS, LINE_FILTERS, TEXT_FILTERS
from logtrace.model import Reject
from tests.support.mapping import source, when

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "expressions.md").read_text()
GRAMMAR = PAGE.partition("```ebnf\n")[2].partition("```")[0]
FILTERS = {*TEXT_FILTERS, *LINE_FILTERS, *ID_FILTERS}
NO_VALUE = "no value"

Line = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A row of a table: the text of each cell by the heading of its column, without backticks."""

    number: int
    cells: dict[str, str]

    def __str__(self) -> str:
        return f"line {self.number}"

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def line(self, column: str = "line") -> Line:
        """Return the fields of the line that a cell shows."""
        return dict(json.loads(self.cells.get(column, "{}")))


def cells(text: str) -> list[str]:
    """Return the cells of one row; a cell that is code and nothing else loses its backticks."""
    parts = [part.strip().replace(r"\|", "|") for part in re.split(r"(?<!\\)\|", text)[1:-1]]
    return [re.sub(r"^`([^`]*)`$", r"\1", part) for part in parts]


def rows(*columns: str) -> list[Row]:
    """Return the rows of all tables of the page that have these columns."""
    found = []
    heading: list[str] = []
    for number, text in enumerate(PAGE.splitlines(), start=1):
        if not text.startswith("|"):
            heading = []
        elif not heading:
            heading = cells(text)
        elif not text.startswith("|---") and set(columns) <= set(heading):
            found.append(Row(number, dict(zip(heading, cells(text), strict=True))))
    assert found, f"no table has the columns {columns}"
    return found


def each(*columns: str) -> pytest.MarkDecorator:
    """Run a test for each of these rows."""
    return pytest.mark.parametrize("row", rows(*columns), ids=str)


def value_in(line: Line, variable: Variable) -> Any:
    """Return what a line has under a name, as the parser of JSON lines and `runtime.dig` do."""
    value = line.get(variable.name)
    head, dot, rest = variable.name.partition(".")
    if value is None and dot and not getattr(variable, "exact", False):
        return runtime.dig(line.get(head), rest)
    return value


def shown(value: Any) -> str:
    """Return a value with its type, as JSON tells an integer from a fraction."""
    return json.dumps(value, ensure_ascii=False)


def named(column: str) -> list[str]:
    """Return the names in a column, without what follows the first word."""
    return sorted(re.findall(r"\w+", row[column])[0] for row in rows(column))


# ── examples ──────────────────────────────────────────────────────────────────────────────────────


@each("expression", "gives")
def test_an_expression_gives_what_is_shown(row: Row) -> None:
    """An expression has the value of the table, of the same type."""
    line = row.line()
    actual = evaluate(
        expressions.parse(row["expression"]), lambda variable: value_in(line, variable)
    )

    assert shown(json.loads(row["gives"])) == shown(actual)


@each("operators", "example", "means")
def test_operators_bind_as_is_shown(row: Row) -> None:
    """The example and the same with parentheses are one tree."""
    assert expressions.parse(row["means"]) == expressions.parse(row["example"])


@each("template", "line", "gives")
def test_a_template_gives_what_is_shown(row: Row) -> None:
    """A template has the value of the table, of the same type, or none."""
    line = row.line()
    actual = value_of(templates.parse(row["template"]), lambda variable: value_in(line, variable))

    expected = None if row["gives"] == NO_VALUE else json.loads(row["gives"])
    assert shown(expected) == shown(actual)


@each("duration", "line", "gives")
def test_a_duration_is_what_is_shown(row: Row) -> None:
    """A value of `duration:` is so long, or rejects the line with that reason."""
    line = row.line()
    template, unit = templates.split_unit(templates.parse(row["duration"]))
    value = value_of(template, lambda variable: value_in(line, variable))
    duration = None if value is None else values.duration(value, unit)

    if row["gives"] in list(Reject):
        reason = Reject.NO_DURATION if value is None else Reject.BAD_DURATION
        assert (row["gives"], None) == (reason, duration)
    else:
        assert nanoseconds(row["gives"]) == duration


@each("names of the unit", "means")
def test_units_have_the_names_that_are_shown(row: Row) -> None:
    """Text that says its unit itself may say it by each name of the table."""
    expected = nanoseconds(row["means"])

    for name in re.findall(r"[^`\s]+", row["names of the unit"]):
        assert expected == values.duration(f"1 {name}", None)


def nanoseconds(text: str) -> Any:
    """Return the value of a literal duration."""
    return evaluate(expressions.parse(text), lambda _: None)


# ── ids ───────────────────────────────────────────────────────────────────────────────────────────


def hexadecimal(number: int | None, value: Any) -> str:
    """Return an id as the page writes it: `hash` if it is the hash of the value, `none`, or hex."""
    if number is None:
        return "none"
    return "hash" if number == ids.span_id(value, "hash") else hex(number)


def trace_of(found: tuple[int, str] | None, value: Any) -> str:
    """Return a trace id as the page writes it."""
    if found is None:
        return hexadecimal(None, value)
    low, high = found
    return hexadecimal(int(f"{high}{low:016x}", 16), value)


@each("template", "line", "trace id", "span id, parent id")
def test_an_id_is_read_as_is_shown(row: Row) -> None:
    """A template of the three keys gives the ids of the table, with the dialect of its filter."""
    keys = dict.fromkeys(("trace_id", "span_id", "parent_id"), row["template"])
    rule = check(source(when(**keys))).rules[0]
    line = row.line()
    value = value_of(rule.trace_id, lambda variable: value_in(line, variable))
    span = ids.span_id(value, rule.span_id.dialect)

    assert row["trace id"] == trace_of(ids.trace_id(value, rule.trace_id.dialect), value)
    assert row["span id, parent id"] == hexadecimal(span, value)
    assert span == ids.parent_id(value, rule.parent_id.dialect)


@each("value", "trace id", "span id", "parent id")
def test_a_context_yields_the_parts_that_are_shown(row: Row) -> None:
    """A whole context gives each of the three keys its part."""
    value = row["value"]

    assert row["trace id"] == trace_of(ids.trace_id(value), value)
    assert row["span id"] == hexadecimal(ids.span_id(value), value)
    assert row["parent id"] == hexadecimal(ids.parent_id(value), value)


# ── whole rules ───────────────────────────────────────────────────────────────────────────────────


def converted(directory: Path, rule: dict[str, Any], lines: list[Line]) -> list[dict[str, Any]]:
    """Return the spans that `logtrace convert` makes of lines by one rule."""
    config, log = directory / "logtrace.yaml", directory / "app.log"
    sources = [{"path": "/var/log/app.log", "format": "json", "spans": [rule]}]
    config.write_text(json.dumps({"sources": sources}))
    stamped = ({"ts": "2026-11-22T10:00:00Z", **line} for line in lines)
    log.write_text("".join(f"{json.dumps(line)}\n" for line in stamped))
    result = CliRunner().invoke(root, ["convert", "-c", str(config), str(log)])
    assert 0 == result.exit_code, result.output
    return [span for trace in json.loads(result.stdout) for span in trace]


def tag_of(spans: list[dict[str, Any]]) -> str:
    """Return the tag `made` of the only span, as JSON, or that there is none."""
    (span,) = spans
    made = span.get("meta", {}).get("made")
    return NO_VALUE if made is None else shown(made)


def made_of(template: str, line: Line, directory: Path) -> str:
    """Return the tag that a rule makes of one line by a template."""
    rule = {"when": "true", "name": "x", "instant": True, "tags": {"made": template}}
    return tag_of(converted(directory, rule, [line]))


@each("expression", "gives")
def test_a_rule_makes_the_same_of_an_expression(row: Row, tmp_path: Path) -> None:
    """From the bytes of a line to a tag, an expression has the text of the value that is shown."""
    value = json.loads(row["gives"])

    expected = NO_VALUE if value is None else shown(values.text(value))
    assert expected == made_of(f"{{{row['expression']}}}", row.line(), tmp_path)


@each("template", "line", "gives")
def test_a_rule_makes_the_same_of_a_template(row: Row, tmp_path: Path) -> None:
    """From the bytes of a line to a tag, a template has the text of the value that is shown."""
    given = row["gives"]

    expected = given if given == NO_VALUE else shown(values.text(json.loads(given)))
    assert expected == made_of(row["template"], row.line(), tmp_path)


@each("template", "start line", "end line", "gives")
def test_a_pair_reads_its_lines_as_is_shown(row: Row, tmp_path: Path) -> None:
    """What the end line lacks comes from the start line; `start.x` is always the start line's."""
    rule = {"start": "s exists", "end": "e exists", "name": "x", "tags": {"made": row["template"]}}
    lines = [{**row.line("start line"), "s": 1}, {**row.line("end line"), "e": 1}]

    assert row["gives"] == tag_of(converted(tmp_path, rule, lines))


@each("template", "first line", "last line", "gives")
def test_a_group_reads_its_lines_as_is_shown(row: Row, tmp_path: Path) -> None:
    """A group reads its first line, and with the filter `last` its last one."""
    rule = {"group": "{g}", "name": "x", "tags": {"made": row["template"]}}
    lines = [{**row.line("first line"), "g": 1}, {"g": 1}, {**row.line("last line"), "g": 1}]

    assert row["gives"] == tag_of(converted(tmp_path, rule, lines))


# ── mistakes ──────────────────────────────────────────────────────────────────────────────────────


@each("mistake", "message")
def test_a_mistake_gets_the_message_that_is_shown(row: Row) -> None:
    """A wrong expression is answered with what is wrong and what to write."""
    with pytest.raises(Fault) as caught:
        expressions.parse(row["mistake"])

    parts = [caught.value.what, caught.value.fix]
    assert row["message"] == "; ".join(part for part in parts if part)


@each("this", "`check` says", "write")
def test_check_prints_the_quoted_form(row: Row, tmp_path: Path) -> None:
    """What YAML misreads is said to be so, and comes back in quotes."""
    this = row["this"]
    keys = {"when": "a", "name": "x", "instant": "true"}
    others = [f"{key}: {value}" for key, value in keys.items() if not this.startswith(f"{key}:")]
    item = this if this.startswith("- ") else "\n    ".join((f"- {this}", *others))
    config = tmp_path / "logtrace.yaml"
    config.write_text(f"sources:\n- path: /x\n  format: json\n  spans:\n  {item}\n")
    result = CliRunner().invoke(root, ["check", "--no-environment", "-c", str(config)])

    assert isinstance(result.exception, ConfigError), result.output
    expected = f": {row['`check` says']}; write it in quotes: {row['write']}\n"
    assert expected in f"{result.exception}\n"


@pytest.mark.parametrize(("example", "status"), [(0, 78), (1, 0)])
def test_check_says_what_is_shown(example: int, status: int, tmp_path: Path) -> None:
    """The command's output is that of the page, for the file of the page."""
    section = PAGE.partition("\n## What a mistake looks like\n")[2]
    blocks = re.findall(r"```(?:yaml)?\n(.*?)```", section, re.DOTALL)
    config, output = blocks[2 * example : 2 * example + 2]
    (tmp_path / "logtrace.yaml").write_text(config)
    command = [sys.executable, "-m", "logtrace", "check", "--no-environment", "-c", "logtrace.yaml"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    assert (status, output) == (result.returncode, result.stdout)


# ── names and limits ──────────────────────────────────────────────────────────────────────────────


def test_every_function_is_documented() -> None:
    """The table of functions has exactly those that there are."""
    assert sorted(FUNCTIONS) == named("function")


def test_every_word_operator_is_documented() -> None:
    """The table of words has exactly those that there are."""
    assert sorted((*lexer.OPERATORS, "not")) == named("word")


def test_every_filter_is_documented() -> None:
    """The table of filters has exactly those that there are."""
    assert sorted(FILTERS) == named("filter")


def test_the_grammar_has_every_word_and_sign() -> None:
    """What stands in quotes in the grammar is what the parser knows, and nothing else."""
    rules = dict(re.findall(r"^(\w+) +::= (.*(?:\n {4,}.*)*)", GRAMMAR, re.MULTILINE))
    literals = {
        name: set(re.findall(r'"([^"]+)"', re.sub(r"/\*.*?\*/", "", rule)))
        for name, rule in rules.items()
    }

    assert set(FUNCTIONS) == literals.pop("function")
    assert FILTERS == literals.pop("filter")
    units = {normalize("NFKC", unit) for unit in literals.pop("unit")}
    assert {normalize("NFKC", unit) for unit in lexer.UNITS} == units
    assert {"{", "}", "|", "{{", "}}"} == literals.pop("template") | literals.pop("slot")
    assert {".", "e", "E", "+", "-"} == literals.pop("number")
    expected = {*lexer.WORDS, *OPERATORS, "field", "(", ")", "[", "]", ",", "."}
    assert expected == set().union(*literals.values())


def test_every_rule_of_the_grammar_is_explained() -> None:
    """A name to the right is defined to the left, or in words."""
    left = set(re.findall(r"^(\w+) +::=", GRAMMAR, re.MULTILINE))
    plain = re.sub(r'/\*.*?\*/|"[^"]*"', "", GRAMMAR)
    said = {"character", "digit", "part", "quoted"}

    assert left | said == set(re.findall(r"[a-z]+", plain))


def test_conditions_and_templates_are_those_of_the_model() -> None:
    """The first tables name exactly the keys that are conditions, and those that are templates."""
    listed = {
        column: {name for row in rows(column, "of") for name in re.findall(r"\w+", row[column])}
        for column in ("conditions", "templates")
    }
    prose = {"entry", "of", "and"}

    assert keys_of("Expression") == listed["conditions"]
    assert keys_of("Template") == listed["templates"] - prose


def test_it_is_said_of_every_template_what_a_missing_field_does() -> None:
    """The table of what happens without a value names each key that is a template."""
    found = [
        name
        for row in rows("key", "where its template gives no value")
        for name in re.findall(r"\w+", row["key"])
    ]

    assert sorted(keys_of("Template")) == sorted(found)


def keys_of(kind: str) -> set[str]:
    """Return the keys of sources, rules and children that are of a kind, by their annotations."""
    return {
        name.rstrip("_")
        for section in (SourceConfig, RuleConfig, ChildConfig)
        for name, annotation in section.__annotations__.items()
        if re.search(rf"\b{kind}\b", annotation)
    }


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ("a condition, a template, a pattern", expressions.MAX_LENGTH),
        ("operators within one another", expressions.MAX_DEPTH),
        ("parentheses and calls within one another", expressions.MAX_DEPTH - 1),
        ("filters in a slot", templates.MAX_FILTERS),
        ("arguments of `coalesce`", FUNCTIONS["coalesce"].most),
        ("text that reads as a number, text that says a duration", values.NUMBER_LENGTH),
        ("text whose values are taken out", LIMIT),
    ],
)
def test_limits_are_those_of_the_code(what: str, number: int) -> None:
    """The table of limits has the numbers of the code."""
    (row,) = (row for row in rows("what", "limit") if row["what"] == what)

    assert str(number) == re.findall(r"\d+", row["limit"])[0]


@pytest.mark.parametrize(
    ("within", "beyond"),
    [
        ("a" + " + b" * 24, "a" + " + b" * 25),
        ("(" * 23 + "a" + ")" * 23, "(" * 24 + "a" + ")" * 24),
        ("lower(" * 23 + "a" + ")" * 23, "lower(" * 24 + "a" + ")" * 24),
    ],
)
def test_nesting_ends_where_the_page_says(within: str, beyond: str) -> None:
    """What is nested as deep as the limit is right, one level more is a mistake."""
    assert expressions.parse(within)
    with pytest.raises(Fault, match="nested more than 24 deep"):
        expressions.parse(beyond)


def test_links_within_the_page_lead_to_its_headings() -> None:
    """Each `#anchor` is that of a heading."""
    headings = re.findall(r"^#+ (.*)", PAGE, re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= anchors
