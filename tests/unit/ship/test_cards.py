"""Which numbers are those of cards, and how long that takes to tell."""

import time

import pytest

from logtrace.ship.cards import find


def hidden(text: str) -> str:
    """Return a text with `?` for each card number."""
    for start, end in reversed(find(text)):
        text = f"{text[:start]}?{text[end:]}"
    return text


def card(prefix: str, length: int) -> str:
    """Return a number of so many digits that ends in the right one."""
    digits = prefix.ljust(length - 1, "0")
    doubled = [int(digit) * 2 for digit in digits[::-2]]
    total = sum(map(int, digits[-2::-2])) + sum(number // 10 + number % 10 for number in doubled)
    return f"{digits}{-total % 10}"


CARDS_OF_ALL = [
    *("4111 1111 1111 1111", "4111-1111-1111-1111", "378282246310005", "3782 822463 10005"),
    *(card("4", length) for length in (13, 16, 19)),
    *(card(prefix, 16) for prefix in ("51", "5555", "2221", "2720", "2300", "2299")),
    *(card(prefix, 15) for prefix in ("34", "37")),
    *(card(prefix, 16) for prefix in ("6011", "644", "649", "65", "60", "508", "2200", "2204")),
    *(card(prefix, 19) for prefix in ("62", "3528", "3589", "6011")),
    *(card(prefix, 14) for prefix in ("300", "305", "309", "36", "38", "39")),
    *(card(prefix, 13) for prefix in ("5018", "6759", "6763")),
]


@pytest.mark.parametrize("number", CARDS_OF_ALL)
def test_card_numbers(number: str) -> None:
    """A number of a known issuer with the right last digit is hidden, whatever stands around it."""
    assert "?" == hidden(number)
    assert "card=? to" == hidden(f"card={number} to")
    assert "12 ? x" == hidden(f"12 {number} x")
    assert "x?-?y" == hidden(f"x{number}-{number}y")


def test_digits_behind_a_card_number() -> None:
    """What follows in another group does not hide a card number."""
    assert "? 27 x" == hidden("4111 1111 1111 1111 27 x")
    assert "?-7" == hidden("4111-1111-1111-1111-7")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "4111111111111112",
            "41111111111111111",
            "411111111111",
            "1700000000000",
            "1111222233334444",
        ),
        *("0.4111111111111111", "14111111111111111", "4111  1111 1111 1111", "4111_1111_1111_1111"),
        *("9111111111111111", "2721000000000004", "3400000000000", "2026-11-22 10:00:00.123456789"),
        *("", "9f86d081-884c-4d63-b5d3-001122334455", "٤١١١١١١١١١١١١١١١"),
    ],
)
def test_other_numbers(text: str) -> None:
    """Another last digit, length, issuer or separator: not a card number."""
    assert text == hidden(text)


def test_many_card_numbers_of_a_text_are_found() -> None:
    """However many stand in it, and between whatever."""
    text = "4111 1111 1111 1112 " * 3 + "é".join(CARDS_OF_ALL) + " 4111111111111111٤"
    expected = "4111 1111 1111 1112 " * 3 + "é".join("?" * len(CARDS_OF_ALL)) + " 4111111111111111٤"

    assert expected == hidden(text)


def took(text: str) -> float:
    """Return the least CPU seconds of three searches."""
    times = []
    for _ in range(3):
        before = time.process_time()
        find(text)
        times.append(time.process_time() - before)
    return min(times)


@pytest.mark.parametrize("unit", ["4 ", "4", "3-", "6 0 ", "4111 1111 1111 1112 ", "4 " * 19 + "x"])
def test_digits_cost_little_more_than_prose(unit: str) -> None:
    """A number could start at each digit and have each length; that is not tried one by one."""
    prose = "4711 lazy dogs took 17 ms at 10:33:21 to find order 42. " * 1000

    assert took(unit * (len(prose) // len(unit))) < 20 * took(prose)
