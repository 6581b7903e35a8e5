import pytest

from logtrace.errors import ConfigError
from logtrace.model import Reject
from tests.support.lines import Joining, batch, column, enveloped, outcomes, parser, text


def test_a_reference_with_a_name_is_a_field() -> None:
    """One without is matched and forgotten."""
    made = parser("grok", "", r"%{IPORHOST:client} %{WORD} \[%{HTTPDATE:time}\] %{GREEDYDATA:rest}")

    records = made.parse(batch("192.0.2.7 x [22/Nov/2026:10:00:00 +0000] a b", "no"))

    assert ["192.0.2.7", Reject.PATTERN_MISMATCH] == outcomes(made, records, "client")
    assert ["22/Nov/2026:10:00:00 +0000"] == column(made, records, "time")
    assert ["a b"] == column(made, records, "rest")


def test_fields_of_a_definition_are_fields() -> None:
    """A name may bring its own."""
    made = parser("grok", "", "%{SYSLOGLINE}")
    records = made.parse(batch("Nov 22 10:00:00 shop-1 cron[17]: hello there"))
    assert ("shop-1", "cron", "17", "hello there") == tuple(
        column(made, records, name)[0] for name in ("logsource", "program", "pid", "message")
    )


@pytest.mark.parametrize(
    ("pattern", "line", "expected"),
    [
        ("%{NUMBER:x:int}", "17", 17),
        ("%{NUMBER:x:float}", "1.5", 1.5),
        ("%{NUMBER:x:int}", "1.5", "1.5"),
        ("%{NOTSPACE:x:int}", "9" * 500, "9" * 500),
        ("%{NOTSPACE:x:float}", "1e999", "1e999"),
        ("%{NOTSPACE:x:float}", "abc", "abc"),
        ("a(?:%{NUMBER:x:int})?", "a", None),
    ],
)
def test_numbers(pattern: str, line: str, expected: object) -> None:
    """A group that is called a number is one where it reads as one, else it stays text."""
    made = parser("grok", "", pattern)
    assert [expected] == column(made, made.parse(batch(line)), "x")


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("%{WORD:http.method}", "http.method"),
        ("%{WORD:[http][method]}", "http.method"),
        ("%{WORD:@timestamp}", "@timestamp"),
        ("%{WORD:user-id}", "user-id"),
        (r"(?<method>\w+)", "method"),
        (r"(?P<method>\w+)", "method"),
    ],
)
def test_names_of_fields(pattern: str, name: str) -> None:
    """They need not be names of groups; groups of a regular expression are fields too."""
    made = parser("grok", "", pattern)
    assert ["GET"] == column(made, made.parse(batch("GET")), name)


def test_a_field_may_stand_in_several_alternatives() -> None:
    """The one that took part counts."""
    made = parser("grok", "", "(?:id=%{INT:id:int}|user=%{WORD:id})")
    assert [7, "jo"] == column(made, made.parse(batch("id=7", "user=jo")), "id")


def test_definitions_of_the_source() -> None:
    """They may use one another, and go before those that are there already."""
    patterns = {
        "ORDER": text("O-%{DIGITS:order}"),
        "DIGITS": text(r"\d{4}"),
        "WORD": text("[a-z]+"),
    }
    made = parser("grok", "", "%{ORDER} %{WORD:word}", patterns=patterns)

    records = made.parse(batch("O-0017 abc", "O-17 abc", "O-0017 ABC"))

    mismatch = Reject.PATTERN_MISMATCH
    assert ["0017", mismatch, mismatch] == outcomes(made, records, "order")
    assert ["abc"] == column(made, records, "word")


def test_what_only_looks_like_a_reference_is_not_one() -> None:
    """Behind a backslash, and among the characters of a set."""
    made = parser("grok", "", r"\%\{WORD\} [%{(?<x>]+ %{WORD:y}")
    assert ["z"] == column(made, made.parse(batch("%{WORD} ?<{x z")), "y")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (None, "7:5: pattern: missing; format grok needs it; add one"),
        ("%{WORD}", "7:5: pattern: names no field; write"),
        ("a %{WORDD:x}", "7:7: pattern: no such name as WORDD; did you mean WORD?"),
        ("a %{QXYZQ:x}", "7:7: pattern: no such name as QXYZQ; define it in `patterns:`"),
        ("%{WORD:x} %{WORD", "7:15: pattern: '%{WORD' is no reference"),
        ("%{WORD:x:long}", "7:5: pattern: unknown kind 'long'; use int or float"),
        ("%{WORD:x} %{INT:y} (", "7:24: pattern: not a regular expression: missing )"),
        ("%{WORD:x}%{INT:y}**", "7:23: pattern: not a regular expression: multiple repeat"),
        ("%{LOOP:x}", "7:5: patterns.LOOP: LOOP2 stands for itself"),
        ("%{BROKEN:x}", "7:6: patterns.BROKEN: not a regular expression"),
        ("(%{DATA:a}*)*x", "7:5: pattern: can take exponential time"),
        ("%{DATA:a}x%{DATA:b}y%{DATA:c}z%{DATA:d}!", "to the power of 4"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_a_problem(pattern: str | None, expected: str) -> None:
    """What is wrong is said at its character, with a way out."""
    patterns = {"LOOP": text("%{LOOP2}"), "LOOP2": text("%{LOOP}")}
    if pattern and "BROKEN" in pattern:
        patterns = {"BROKEN": text("a(")}
    with pytest.raises(ConfigError) as caught:
        parser("grok", "", pattern, patterns=patterns if pattern and "O" in pattern else {})

    assert expected in str(caught.value)


def test_all_problems_are_said_at_once() -> None:
    """Those of the definitions and that of the pattern."""
    with pytest.raises(ConfigError) as caught:
        parser("grok", "", "%{A:x} %{WORDD}", patterns={"A": text("["), "B C": text("x")})

    keys = [problem.key for problem in caught.value.problems]
    assert ["patterns.A", "patterns.B C", "pattern"] == keys


def test_names_that_grow_without_end_are_refused() -> None:
    """A definition of a definition of … becomes no expression of gigabytes."""
    patterns = {f"A{n}": text(f"%{{A{n + 1}}}" * 10) for n in range(10)} | {"A10": text("abcdef")}
    with pytest.raises(ConfigError, match="becomes more than 65536 characters"):
        parser("grok", "", "%{A0:x}", patterns=patterns)


def test_in_an_envelope() -> None:
    """Its fields are there beside those of the text."""
    made = Joining("grok", "a docker.stream", "%{INT:a:int}", unwrap="docker")
    assert [(0, (17, "stdout"))] == made.take(batch(enveloped("17\n")))
