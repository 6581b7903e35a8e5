"""Whatever stands in a configuration or a log, there is an answer with a place, and never a crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logtrace import mapping
from logtrace.cli.check import examined
from logtrace.config import read as read_config
from logtrace.config.model import RuleConfig
from logtrace.mapping import expressions, templates
from logtrace.mapping.compiler import compile_source
from logtrace.mapping.interpreter import Interpreter
from logtrace.mapping.lexer import Fault
from logtrace.parse import timestamps
from logtrace.patterns.bounded import Unusable, build
from tests.support.lines import batch, parser
from tests.support.mapping import rule, source, when

pytestmark = pytest.mark.fuzz

ROOT = Path(__file__).parents[2]
GOOD = [
    (ROOT / "config.example.yaml").read_bytes(),
    *(path.read_bytes() for path in sorted((ROOT / "tests/golden/cases").glob("*/config.yaml"))),
]

# ── what is written in a configuration ────────────────────────────────────────────────────────────

WORDS = [
    *("a", "b.c", "start.x", "@t", "$x", 'field["o-dd"]', "and", "or", "not", "in", "exists"),
    *("matches", "contains", "startswith", "==", "!=", "<", ">=", "+", "-", "*", "/", "%", "="),
    *("(", ")", "[", "]", ",", '"x"', "'y'", '"', "'", "\\", "\\u12", "1", "1.5e9", "9" * 40, "5s"),
    *(
        "1e999",
        ".5",
        "null",
        "true",
        "lower(",
        "coalesce(",
        "{",
        "}",
        "{{",
        "|",
        "| upper",
        "| hex",
    ),
    *(
        "first",
        "é",
        "\x00",
        "\n",
        "\ud800",
        "\u202e",
        "(?P<a>",
        "(a+)+",
        ".*",
        "\\d{3}",
        "(?i)",
        "$",
    ),
    *("(?=", "\\1", "{1,9}", "*+", "[^", "\\p{L}", "((((((((((", "not " * 30),
]
soup = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join) | st.lists(
    st.sampled_from(WORDS), max_size=20
).map("".join)
any_text = soup | st.text(max_size=30)


def located(read_it: Callable[[], object], given_text: str) -> None:
    """Read a text; if it is refused, see that the reason has a place in it."""
    refused: Fault | Unusable | None = None
    try:
        read_it()
    except (Fault, Unusable) as error:
        refused = error
    assert refused is None or 0 <= refused.index <= len(given_text)
    assert refused is None or refused.what


@given(any_text)
@example("(" * 3000)
@example("not " * 900 + "a")
@example("-" * 4000 + "1")
@example("a or " * 800 + "a")
def test_an_expression_is_one_or_has_a_fault_with_a_place(given_text: str) -> None:
    """The place is a character of the text, or its end."""
    located(lambda: expressions.parse(given_text), given_text)


@given(any_text)
@example("{" * 3000)
@example("{a}" * 1300)
def test_a_template_is_one_or_has_a_fault_with_a_place(given_text: str) -> None:
    """Likewise, with every filter allowed."""
    filters = (*templates.TEXT_FILTERS, *templates.ID_FILTERS, *templates.LINE_FILTERS)
    located(lambda: templates.parse(given_text, filters), given_text)


@given(any_text, st.booleans())
def test_a_pattern_is_usable_or_not_with_a_place(given_text: str, searched: bool) -> None:
    """What Python compiles is judged, however odd it is."""
    located(lambda: build(given_text, searched=searched), given_text)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to write each example to."""
    return tmp_path_factory.mktemp("hostile") / "logtrace.yaml"


@given(
    st.sampled_from(GOOD),
    st.lists(
        st.tuples(
            st.floats(0, 1), st.integers(0, 12), soup.map(lambda t: t.encode("utf-8", "replace"))
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_a_configuration_that_was_tampered_with(
    path: Path, good: bytes, changes: list[tuple[float, int, bytes]]
) -> None:
    """Everything that looks at one looks at it, and what is found has a place in a file."""
    data = good
    for where, length, put in changes:
        at = int(where * len(data))
        data = data[:at] + put + data[at + length :]
    path.write_bytes(data)
    for problem in examined(read_config(path, {})):
        assert problem.what
        assert problem.mark.line >= 1
        assert problem.mark.column >= 1


# ── what stands in a log ──────────────────────────────────────────────────────────────────────────

RULES: list[list[RuleConfig]] = [
    [
        when("a > 1", duration="{a} ms", error="b == a", tags={"t": "{b}", "u": "{a.x}"}),
        when("a exists or b contains 'x'", trace_id="{a}", metrics={"m": "{b}"}),
        rule(event="b matches '^x+'", name="{b}", tags={"n": "{len(b)}"}),
    ],
    [
        rule(start="a == 1", end="b == 1", name="{a}", key="{coalesce(b, 1)}"),
        rule(group="{a}/{b}", name="{b | upper}", trace_id="{b}", span_id="{a | decimal}"),
        when("true", from_="{a}", resource="{a | path_template} {b | obfuscate_sql}"),
    ],
]
PATTERN = r"(?s:(?P<ts>[^ ]*) (?P<a>[^ ]*) (?P<b>.*))"
TIME = b'"2026-11-22T10:00:00Z"'
values = st.one_of(
    st.sampled_from(
        [
            *(b"1", b"1.0", b"-0", b"1e999", b"-1e-999", b"9" * 30, b"9" * 5000, b"null", b"true"),
            *(
                b'""',
                b'"1"',
                b'"x"',
                b'"\\ud800"',
                b'"\\u0000"',
                b'"\\u001b[2J"',
                b'"\xff"',
                b'"-"',
            ),
            *(b"[" * 2000, b"[" * 200 + b"]" * 200, b'{"x":' * 100 + b"1" + b"}" * 100, b'{"x":1}'),
            *(b"[1,[2]]", b'"' + b"x" * 1_048_000 + b'"', b'"' + b"1" * 70 + b'"', b"NaN", b"\x00"),
            b'"0af7651916cd43dd8448eb211c80319c"',
            b'"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"',
        ]
    ),
    st.binary(max_size=8),
    st.text(max_size=8).map(lambda t: b'"' + t.encode("utf-8", "replace") + b'"'),
)
records = st.tuples(st.one_of(st.just(TIME), values), values, values)


@pytest.mark.parametrize("form", ["json", "regex"])
@given(st.lists(records, min_size=1, max_size=5), st.sampled_from(RULES))
def test_hostile_lines_mean_the_same_to_both(
    form: str, given_records: list[tuple[bytes, bytes, bytes]], rules: list[RuleConfig]
) -> None:
    """Huge numbers, deep nesting, broken text, a megabyte: generated code and interpreter agree."""
    shape = b'{"ts":%b,"a":%b,"b":%b}' if form == "json" else b"%b %b %b"
    lines = [(shape % record).replace(b"\n", b"") for record in given_records]
    config = source(*rules)
    checked = mapping.check(config)
    made = parser(form, " ".join(checked.fields), None if form == "json" else PATTERN)
    read = made.parse(batch(*lines))
    oracle, compiled = (
        engine(checked, made, timestamps.build_times(config.time).read)
        for engine in (Interpreter, compile_source)
    )

    assert oracle.map(read) == compiled.map(read)
