from typing import Any

import pytest

from logtrace.mapping import ids

HEX128 = "4bf92f3577b34da6a3ce929d0e0e4736"
LOW, HIGH = 0xA3CE929D0E0E4736, "4bf92f3577b34da6"
W3C = f"00-{HEX128}-00f067aa0ba902b7-01"
XRAY = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
UUID = "550e8400-e29b-41d4-a716-446655440000"

NO_IDS = [
    "", " ", "-", "--", "0", "0000000000000000", "0" * 32, "null", "NULL", "None", "nil", "<nil>",
    "undefined", "N/A", "n/a", "empty", "{}", '""', "0x0", "00000000-0000-0000-0000-000000000000",
    None, 0, 1.5, 12.0, float("nan"), True, False, [], {"id": 1}, b"a1b2c3d4e5f60718",
    "<null>", "<None>", "[-]", "false", "False",
    f"00-{'0' * 32}-{'0' * 16}-00", "projects/p/traces/" + "0" * 32,
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        (HEX128, LOW, HIGH),
        (HEX128.upper(), LOW, HIGH),
        ("0" * 16 + HEX128[16:], LOW, ""),
        (f' "{HEX128}" ', LOW, HIGH),
        ("a3ce929d0e0e4736", LOW, ""),
        ("1234567890123456", 0x1234567890123456, ""),
        (1234567890123456, 1234567890123456, ""),
        ("12345678901234567", 12345678901234567, ""),
        ("18446744073709551615", 2**64 - 1, ""),
        ("7", 7, ""),
        (-1, 2**64 - 1, ""),
        ("-1", 2**64 - 1, ""),
        ("3ce929d0e0e4736", 0x3CE929D0E0E4736, ""),
        ("bf92f3577b34da6a3ce929d0e0e4736", LOW, "0bf92f3577b34da6"),
        ("0xff", 255, ""),
    ],
)
def test_native_ids_are_converted_exactly(value: Any, low: int, high: str) -> None:
    """Hex of 64 and 128 bits and decimal of 64 bits keep their value; 16 digits are hex."""
    assert (low, high) == ids.trace_id(value)


@pytest.mark.parametrize("value", NO_IDS)
def test_words_for_nothing_are_no_id(value: Any) -> None:
    """What says that there is no id, or cannot be one, gives none: never one shared id."""
    assert (None, None, None) == (ids.trace_id(value), ids.span_id(value), ids.parent_id(value))


@pytest.mark.parametrize("value", ["0", "1", "d", 0, 1])
def test_a_b3_header_may_say_only_whether_to_sample(value: Any) -> None:
    """It is the same for all traces, and names none; elsewhere it is an id like any other."""
    found = ids.trace_id(value, "b3"), ids.span_id(value, "b3"), ids.parent_id(value, "b3")
    assert (None, None, None) == found
    assert (1, "") == ids.trace_id("1")


@pytest.mark.parametrize("value", [HEX128, f"{HEX128}-00f067aa0ba902b7-1", "7", "dd", "10"])
def test_other_text_of_a_b3_header_is_read_as_ever(value: str) -> None:
    """The dialect knows nothing but what is no id."""
    assert ids.trace_id(value) == ids.trace_id(value, "b3")
    assert ids.parent_id(value) == ids.parent_id(value, "b3")


@pytest.mark.parametrize(
    ("context", "trace", "span", "parent"),
    [
        (W3C, (LOW, HIGH), 0x00F067AA0BA902B7, 0x00F067AA0BA902B7),
        (
            f"{HEX128}-00f067aa0ba902b7-1-05e3ac9a4f6e3b90",
            (LOW, HIGH),
            0x00F067AA0BA902B7,
            0x05E3AC9A4F6E3B90,
        ),
        (f"{HEX128}-00f067aa0ba902b7-1", (LOW, HIGH), 0x00F067AA0BA902B7, None),
        ("a3ce929d0e0e4736-00f067aa0ba902b7", (LOW, ""), 0x00F067AA0BA902B7, None),
        (f"{HEX128}:1a:2b:1", (LOW, HIGH), 0x1A, 0x2B),
        ("3ce929d0e0e4736%3A1a%3A0%3A1", (0x3CE929D0E0E4736, ""), 0x1A, None),
        (XRAY, (0xE1BE46A994272793, "5759e988bd862e3f"), None, 0x53995C3F42CD8AD8),
        ("1-5759e988-bd862e3fe1be46a994272793", (0xE1BE46A994272793, "5759e988bd862e3f"), None, None),
        (f"{HEX128}/17;o=1", (LOW, HIGH), 17, 17),
        (f"projects/shop/traces/{HEX128}", (LOW, HIGH), None, None),
    ],
)  # fmt: skip
def test_a_context_yields_its_matching_part(
    context: str, trace: tuple[int, str], span: int | None, parent: int | None
) -> None:
    """W3C, B3, Jaeger, X-Ray and Cloud Trace give the trace, the span and the parent they name."""
    assert trace == ids.trace_id(context)
    if not context.startswith("1-"):
        assert (span, parent) == (ids.span_id(context), ids.parent_id(context))


def test_the_order_of_an_x_ray_header_does_not_matter() -> None:
    """A load balancer puts its own part first; that part is hashed, it has no 64-bit id."""
    header = "Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272793"

    assert ids.trace_id(XRAY) == ids.trace_id(header)
    assert ids.span_id(header) == ids.span_id("1-67891234-12456789abcdef012345678")


def test_other_text_is_hashed_the_same_everywhere() -> None:
    """The hash is part of the contract between hosts and versions: it must not change."""
    assert (5911754019719802648, "") == ids.trace_id("req-8812a")
    assert 5911754019719802648 == ids.span_id("req-8812a")


def test_uuids_are_hashed_in_any_spelling() -> None:
    """A UUID is not truncated, and case and braces make no other id."""
    expected = ids.trace_id(UUID)

    assert expected == ids.trace_id(UUID.upper()) == ids.trace_id("{" + UUID + "}")
    assert expected != (0xA716446655440000, "550e8400e29b41d4")
    assert expected is not None
    assert 0 < expected[0] < 2**63


@pytest.mark.parametrize(
    ("value", "dialect", "expected"),
    [
        ("1234567890123456", "decimal", 1234567890123456),
        (1234567890123456, "hex", 0x1234567890123456),
        ("abc", "hex", 0xABC),
        ("-2", "decimal", 2**64 - 2),
        (HEX128, "decimal", LOW),
        ("a3ce929d0e0e4736", "decimal", LOW),
        ("req-8812a", "hex", 5911754019719802648),
        (str(2**64 + 5), "decimal", 5),
    ],
)
def test_a_dialect_comes_before_the_shape(value: Any, dialect: str, expected: int) -> None:
    """A forced dialect reads what it can; the rest is read by its shape."""
    found = ids.trace_id(value, dialect)

    assert found is not None
    assert expected == found[0]


def test_hash_takes_native_ids_too() -> None:
    """`hash` makes an id of the text, whatever it looks like."""
    assert ids.trace_id("7", "hash") != ids.trace_id("7")
    assert ids.trace_id(7, "hash") == ids.trace_id("7", "hash")


def test_half_a_trace_id_of_zeros_is_hashed() -> None:
    """The low half is the id that counts; zero is none to the Agent."""
    found = ids.trace_id("4bf92f3577b34da6" + "0" * 16)

    assert found is not None
    assert found[0] != 0
    assert HIGH == found[1]


def test_128_bits_are_no_span_id() -> None:
    """A span id has 64 bits: a longer native id is hashed, in either case the same."""
    assert ids.span_id(HEX128) == ids.span_id(HEX128.upper()) not in (LOW, None)


@pytest.mark.parametrize(
    "value",
    ["ab cd ef 01 23 45", "a3ce929d0e0e 736", "+234567890123456", "1_34567890123456", "１" * 16],  # noqa: RUF001
)
def test_what_only_python_takes_for_digits_is_hashed(value: str) -> None:
    """Blanks, signs, underscores and digits of other scripts are not what tracers write."""
    assert ids.span_id(value) == ids.span_id(value, "hash")


@pytest.mark.parametrize("unit", ["a", "0", "{", "-", "é", "1:", "%3A", "\ud800"])
def test_text_of_any_length_is_read(unit: str) -> None:
    """Megabytes of an id, of whatever, are an id or none, without an error."""
    value = unit * 1_000_000

    assert ids.span_id(value) == ids.parent_id(value)


def test_derived_ids_never_collide_within_a_rule() -> None:
    """Each offset of a file has an id of its own, of 63 bits and not zero."""
    seed = ids.seed(0xFFFF_FFFF_FFFF_FFFF, 3, 1)

    made = {ids.derive(seed, offset) for offset in range(10_000)}

    assert 10_000 == len(made)
    assert all(0 < one <= ids.MASK for one in made)


def test_seeds_differ_by_file_rule_and_ordinal() -> None:
    """Neither a rule nor a file shares its ids with another."""
    parts = [(1, 0, 0), (2, 0, 0), (1, 1, 0), (1, 0, 1), (11, 0, 0), (1, 10, 0)]

    made = {ids.seed(*part) for part in parts}

    assert 6 == len(made)


def test_derived_ids_do_not_change_between_versions() -> None:
    """What is sent again after an update has the ids it had before."""
    assert 1853286989701629226 == ids.seed(1, 2, 3)
    assert 626981770437479229 == ids.derive(7, 1000)
