from dataclasses import replace
from typing import Any

import pytest

from logtrace.clock import MILLISECOND, SECOND
from logtrace.config.model import (
    AgentConfig,
    KeepConfig,
    RuleConfig,
    StateConfig,
    Text,
    TracesConfig,
)
from logtrace.config.scalars import READERS, Unreadable, did_you_mean, read_text, shown
from logtrace.config.shape import Key, shape
from logtrace.errors import Mark

NAME = shape(RuleConfig)["name"]
PARENT = shape(RuleConfig)["parent_id"]
IDLE = shape(TracesConfig)["idle"]
WAIT = shape(TracesConfig)["wait"]
RATE = shape(KeepConfig)["rate"]
MAX_OPEN = shape(TracesConfig)["max_open"]


def value(text: str, key: Key, quoted: bool = False) -> Any:
    """Return what a scalar is read as."""
    return READERS[key.reads](Text(text, Mark("x", 1, 1)), quoted, key)


def complaint(text: str, key: Key, quoted: bool = False) -> tuple[str, str]:
    """Return what is wrong with a scalar, and the fix."""
    with pytest.raises(Unreadable) as caught:
        value(text, key, quoted)
    return caught.value.what, caught.value.fix


@pytest.mark.parametrize(
    "text",
    [
        "1.10",
        "12",
        "-5",
        "0",
        "+3",
        "0.5",
        "1e3",
        "2026-11-22",
        "true",
        "False",
        "a-b",
        "0x",
        "0b_",
    ],
)
def test_a_text_is_what_is_written(text: str) -> None:
    """Decimal numbers, dates, true and false are taken as their text, to the letter."""
    assert text == value(text, NAME)


@pytest.mark.parametrize("text", ["no", "Yes", "ON", "off"])
def test_an_unquoted_truth_value_is_no_text(text: str) -> None:
    """YAML 1.1 reads these as true or false, so they want quotes."""
    what = f"YAML may read {text} as true or false"
    assert (what, f"write it in quotes: '{text}'") == complaint(text, NAME)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("017", 15),
        ("-017", -15),
        ("0x1F", 31),
        ("0b11", 3),
        ("1_000", 1000),
        ("12:30", 750),
        ("1:30:00", 5400),
        ("12:30.5", 750),
    ],
)
def test_an_unquoted_number_in_another_notation_is_no_text(text: str, number: int) -> None:
    """The problem names the number that YAML 1.1 would make of it."""
    what = f"YAML reads {text} as the number {number}"
    assert (what, f"write it in quotes: '{text}'") == complaint(text, NAME)


@pytest.mark.parametrize("text", ["no", "017", "12:30", "null", "~"])
def test_in_quotes_everything_is_text(text: str) -> None:
    """Quotes end all doubt."""
    assert text == value(text, NAME, quoted=True)


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_nothing_is_no_text(text: str) -> None:
    """A key without a value is a problem, not the text `null`."""
    assert "has no value" == complaint(text, NAME)[0]


def test_an_empty_text_means_something_for_some_keys() -> None:
    """`parent_id: ""` makes a root; `name: ""` is a mistake."""
    assert "" == value("", PARENT, quoted=True)
    assert "is empty" == complaint("", NAME, quoted=True)[0]
    assert ("has no value", 'write "" for an empty one') == complaint("", PARENT)


@pytest.mark.parametrize(("text", "truth"), [("true", True), ("False", False), ("TRUE", True)])
def test_a_flag_is_true_or_false(text: str, truth: bool) -> None:
    """Nothing else is, whatever YAML 1.1 says."""
    assert truth is value(text, shape(RuleConfig)["instant"])


@pytest.mark.parametrize(
    ("text", "meant"), [("yes", "true"), ("off", "false"), ("1", "true or false")]
)
def test_another_word_for_true_is_named(text: str, meant: str) -> None:
    """The fix says which of the two was meant."""
    assert f"write {meant}, without quotes" == complaint(text, shape(RuleConfig)["instant"])[1]


def test_true_in_quotes_is_a_text() -> None:
    """What is wrong is not the word."""
    assert (
        "the text 'true' is not true or false",
        "write true, without quotes",
    ) == complaint("true", shape(RuleConfig)["instant"], quoted=True)


def test_a_number_is_decimal_digits() -> None:
    """One way of writing it, and a lower bound."""
    assert 1000 == value("1000", MAX_OPEN)
    assert "write 1000" == complaint("1e3", MAX_OPEN)[1]
    assert "write 1000" == complaint("1_000", MAX_OPEN)[1]
    assert "write 15" == complaint("017", MAX_OPEN)[1]
    assert "'1.5' is not a whole number" == complaint("1.5", MAX_OPEN)[0]
    assert "remove the quotes" == complaint("1000", MAX_OPEN, quoted=True)[1]
    assert ("0 is too small", "the least is 1") == complaint("0", MAX_OPEN)


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("30s", 30 * SECOND),
        ("250ms", 250 * MILLISECOND),
        ("2h", 7200 * SECOND),
        ("1.5s", 1500 * MILLISECOND),
        ("0.25h", 900 * SECOND),
        ("1h30m", 5400 * SECOND),
        ("1m0.5s", 60_500 * MILLISECOND),
        ("7us", 7000),
        ("1ns", 1),
        ("0.1ms", 100_000),
    ],
)
def test_a_duration_is_exact(text: str, ns: int) -> None:
    """Every unit, fractions and sums, in integer nanoseconds."""
    assert ns == value(text, IDLE)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("30", "write 30ms, 30s, 30m or 30h"),
        ("1.5", "write 1.5ms, 1.5s, 1.5m or 1.5h"),
        ("30 s", "write 30s"),
        ("1h 30m", "write 1h30m"),
        ("12:30", "write 12h30m or 12m30s"),
        ("30m1h", "write it like 1h30m"),
        ("1s1s", "write it like 1h30m"),
        ("0s", "write a longer one, such as 1s"),
        ("0.1ns", "write a longer one, such as 1s"),
        ("999999999h", "write a shorter one"),
        ("9" * 5000 + "h", "write a shorter one"),
        ("1d", "write a number and a unit (ns, us, ms, s, m, h), such as 30s or 1h30m"),
        ("-5s", "write a number and a unit (ns, us, ms, s, m, h), such as 30s or 1h30m"),
        ("٣s", "write a number and a unit (ns, us, ms, s, m, h), such as 30s or 1h30m"),
    ],
)
def test_what_is_no_duration_is_told_how_to_write_it(text: str, fix: str) -> None:
    """The fix is the text to write, wherever it can be known."""
    assert fix == complaint(text, IDLE)[1]


def test_a_wait_is_adaptive_or_a_duration() -> None:
    """`adaptive` is None in the model; no wait at all is a duration too."""
    assert None is value("adaptive", WAIT)
    assert 5 * SECOND == value("5s", WAIT)
    assert 0 == value("0s", WAIT)
    assert "did you mean 'adaptive'?" == complaint("adaptve", WAIT)[1]
    assert "write 5ms, 5s, 5m or 5h" == complaint("5", WAIT)[1]


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:8126",
        "https://agent.example/prefix",
        "http://[::1]:8126",
        "unix:///var/run/datadog/apm.socket",
    ],
)
def test_an_agent_is_a_url(text: str) -> None:
    """HTTP, HTTPS and Unix sockets."""
    assert text == value(text, shape(AgentConfig)["url"])


@pytest.mark.parametrize(
    "text",
    [
        "localhost",
        "localhost:8126",
        "ftp://x",
        "http://",
        "http://host:port",
        "http://host:99999",
        "http://host:0",
        "http://[::1",
        "unix://relative/path",
        "unix:///",
        "http://a b",
    ],
)
def test_what_is_no_address_of_an_agent(text: str) -> None:
    """Each is refused with the value."""
    assert f"{text!r} is not the URL of an Agent" == complaint(text, shape(AgentConfig)["url"])[0]


def test_a_path_is_absolute() -> None:
    """The daemon has no directory of its own to start from."""
    key = shape(StateConfig)["path"]
    assert "/var/lib/x" == value("/var/lib/x", key)
    assert "'lib/x' is a relative path" == complaint("lib/x", key)[0]


def test_a_choice_is_one_of_the_words() -> None:
    """A slip gets a suggestion, a far-off word gets the list."""
    kind = shape(RuleConfig)["kind"]
    assert "client" == value("client", kind)
    assert "did you mean 'client'?" == complaint("Client", kind)[1]
    assert ("'x' is not one of a, b", "") == complaint("x", replace(kind, choices=("a", "b")))


def test_suggestions_see_through_case_and_hyphens() -> None:
    """`traceId` and `trace-id` mean trace_id; a far-off word means nothing."""
    known = ["trace_id", "span_id", "name"]
    assert "did you mean 'trace_id'?" == did_you_mean("traceId", known)
    assert "did you mean 'trace_id'?" == did_you_mean("trace-id", known)
    assert "none" == did_you_mean("quux", known, "none")


def test_a_value_is_shown_on_one_line_and_not_too_long() -> None:
    """Messages stay messages."""
    assert "'a\\nb'" == shown("a\nb")
    assert 60 == len(shown("x" * 1000))


def test_reading_a_text_keeps_its_place() -> None:
    """Later stages point at the YAML."""
    text = Text("a == b", Mark("x", 3, 7))
    assert text is read_text(text, False, NAME)


@pytest.mark.parametrize(
    ("text", "expected"), [("0", 0.0), ("1", 1.0), ("0.25", 0.25), ("1.0", 1.0)]
)
def test_a_share_is_a_number_from_0_to_1(text: str, expected: float) -> None:
    """As decimals, both ends included."""
    assert expected == value(text, RATE)


@pytest.mark.parametrize(
    ("text", "quoted", "problem"),
    [
        ("1.5", False, ("'1.5' is no number from 0 to 1", "write one such as 0.1")),
        ("-0.1", False, ("'-0.1' is no number from 0 to 1", "write one such as 0.1")),
        ("1e-3", False, ("'1e-3' is no number from 0 to 1", "write one such as 0.1")),
        ("25%", False, ("'25%' is no number", "write 0.25")),
        ("0.1", True, ("expected a number, got the text '0.1'", "remove the quotes")),
    ],
)
def test_anything_else_is_no_share(text: str, quoted: bool, problem: tuple[str, str]) -> None:
    """Percent are told as what to write instead."""
    assert problem == complaint(text, RATE, quoted)
