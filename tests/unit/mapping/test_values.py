from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.mapping import values

MS = 1_000_000
SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("as it is ", "as it is "),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        (7, "7"),
        (-(2**63), "-9223372036854775808"),
        (200.0, "200"),
        (-0.5, "-0.5"),
        (0.1, "0.1"),
        (1e300, "1e+300"),
        (2.0**60, "1.152921504606847e+18"),
        ([1, "a", None], '[1,"a",null]'),
        ({"a": {"b": 1.5}}, '{"a":{"b":1.5}}'),
        (float("inf"), "inf"),
    ],
)
def test_the_canonical_text(value: Any, expected: str) -> None:
    """Values become text as JSON has them, whole floats without their `.0`."""
    assert expected == values.text(value)


def test_text_of_what_python_refuses_to_print() -> None:
    """A number of thousands of digits and a list too deep to write are no error."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]

    assert values.text(10**5000).startswith("0x")
    assert "" == values.text(deep)
    while deep:
        deep = deep[0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        (1.5, 1.5),
        ("200", 200),
        ("-12.50", -12.5),
        ("+.5", 0.5),
        ("3.", 3.0),
        ("1e3", 1000.0),
        ("007", 7),
        (True, None),
        (None, None),
        ([1], None),
        ("", None),
        (" 1", None),
        ("1 ", None),
        ("1\n", None),
        ("1_000", None),
        ("0x10", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("１", None),  # noqa: RUF001
        ("9" * 65, None),
        (float("nan"), None),
        (float("-inf"), None),
    ],
)
def test_the_number_of_a_value(value: Any, expected: float | None) -> None:
    """Numbers, and text that is a decimal number from end to end, are numbers; a bool is none."""
    found = values.number(value)

    assert (expected, type(expected)) == (found, type(found))


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (12, MS, 12_000_000),
        (12.3, MS, 12_300_000),
        (0.1, SECOND, 100_000_000),
        ("0.123", SECOND, 123_000_000),
        ("0.1234567891", SECOND, 123_456_789),
        ("1.5e-3", SECOND, 1_500_000),
        ("2e0", SECOND, 2_000_000_000),
        ("0", SECOND, 0),
        (0.5, 1, 0),
        (1.5, 1, 2),
        ("2.5", 1, 2),
        ("-0.0", MS, 0),
        (-1, MS, None),
        ("-0.001", SECOND, None),
        (True, MS, None),
        (None, MS, None),
        ("12ms", MS, None),
        (float("nan"), MS, None),
        (float("inf"), MS, None),
        (2**62, 1, None),
        (2**62 - 1, 1, 2**62 - 1),
        ("1e999", SECOND, None),
        ("1e-999", SECOND, 0),
        ("12.", MS, 12_000_000),
        (".5", MS, 500_000),
        (".", MS, None),
        ("1.2.3", SECOND, None),
        ("٣", MS, None),
        ("1.٣", MS, None),
        ("1 ", MS, None),
        (1e300, SECOND, None),
    ],
)
def test_a_number_with_a_unit(value: Any, unit: int, expected: int | None) -> None:
    """A number times its unit is exact, half nanoseconds to the even one; no sign, no overflow."""
    assert expected == values.duration(value, unit)


@given(st.floats(0, 1e7), st.sampled_from([1, 1000, MS, SECOND, 60 * SECOND]))
def test_a_float_is_the_decimal_that_is_written_for_it(value: float, unit: int) -> None:
    """The fast way for floats and the exact one for their text agree to the nanosecond."""
    exact = int((Decimal(repr(value)) * unit).to_integral_value())

    assert exact == values.duration(value, unit) == values.duration(repr(value), unit)


DIGITS = st.text("0123456789", min_size=1, max_size=13)


@given(DIGITS, DIGITS, st.sampled_from([1, 1000, MS, SECOND, 60 * SECOND]))
def test_a_written_decimal_is_exact_with_any_fraction(whole: str, fraction: str, unit: int) -> None:
    """The fast ways for plain digits round as the exact one does, or need not round."""
    for text in (whole, f"{whole}.{fraction}"):
        exact = int((Decimal(text) * unit).to_integral_value())
        expected = exact if exact < values.LONGEST else None

        assert expected == values.duration(text, unit)
    assert int(whole) == values.number(whole)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1.5s", 1_500_000_000),
        ("250ms", 250_000_000),
        ("250 ms", 250_000_000),
        ("17µs", 17_000),
        ("17us", 17_000),
        ("99ns", 99),
        ("1h2m", 3_720 * SECOND),
        ("1h0m0.5s", 3_600 * SECOND + SECOND // 2),
        ("2 minutes, 3 seconds", 123 * SECOND),
        ("1 day", 86_400 * SECOND),
        (" 3s ", 3 * SECOND),
        ("PT1.5S", 1_500_000_000),
        ("PT1H2M3S", 3_723 * SECOND),
        ("P1DT1S", 86_401 * SECOND),
        ("00:00:01.5", 1_500_000_000),
        ("1.02:03:04", 93_784 * SECOND),
        ("100:00:00", 360_000 * SECOND),
        ("12", None),
        ("1.5", None),
        ("", None),
        ("s", None),
        ("-1s", None),
        ("1s1s", None),
        ("1s2m", None),
        ("1x", None),
        ("P", None),
        ("PT", None),
        ("P1Y", None),
        ("00:61:00", None),
        ("1:02", None),
        ("9" * 30 + "h", None),
        ("1s" * 100, None),
        (12, None),
        (1.5, None),
        (True, None),
        (None, None),
    ],
)
def test_text_that_says_its_units(value: Any, expected: int | None) -> None:
    """Without a unit a duration is text with units, ISO 8601 or a clock; a bare number is none."""
    assert expected == values.duration(value, None)


@given(
    st.one_of(st.text(), st.from_regex(r"[0-9.:,PTHMSdhmsnu ]{0,20}"), st.binary(), st.integers())
)
def test_nothing_raises(value: Any) -> None:
    """Whatever a field holds, reading it gives a value or None."""
    assert isinstance(values.text(value), str)
    assert values.number(value) is None or isinstance(values.number(value), int | float)
    for unit in (None, MS):
        found = values.duration(value, unit)
        assert found is None or 0 <= found < values.LONGEST
