"""Card numbers are found as the plain definition finds them, whatever the text."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from logtrace.ship.cards import Place, find

ISSUERS = re.compile(
    r"4(\d{12}|\d{15}|\d{18})|(5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|(6011|64[4-9]\d|65\d\d|62\d\d|352[89]|35[3-8]\d|220[0-4])\d{12,15}"
    r"|3(0[0-59]|6\d|[89]\d)\d{11,16}|(60\d\d|508\d)\d{12}"
    r"|(5018|5020|5038|5893|6304|6759|676[1-3])\d{9,15}",
    re.ASCII,
)


def number_at(text: str, start: int) -> int:
    """Return where the longest card number ends that starts at a place, 0 if none does."""
    if re.search(r"[0-9]\Z|[0-9?]\.\Z", text[:start]):
        return 0
    for length in range(19, 12, -1):
        match = re.compile(rf"[0-9](?:[ -]?[0-9]){{{length - 1}}}").match(text, start)
        if match and not text[match.end() : match.end() + 1].isdigit():
            digits = re.sub("[ -]", "", match[0])
            doubled = [int(digit) * 2 for digit in digits[-2::-2]]
            total = sum(map(int, digits[::-2])) + sum(value // 10 + value % 10 for value in doubled)
            if ISSUERS.fullmatch(digits) and total % 10 == 0:
                return match.end()
    return 0


def plainly(text: str) -> list[Place]:
    """Return where card numbers are, by trying each length at each place."""
    places = []
    start = 0
    while start < len(text):
        end = number_at(text, start)
        if end:
            places.append((start, end))
        start = end or start + 1
    return places


PARTS = [
    *("4111 1111 1111 1111", "4111111111111111", "378282246310005", "6759000000005"),
    *("4", "5", "3", "6", "2", "0", "1", "60", "6011", "220", "35", "36", "5018", "9"),
    *(" ", "-", ".", "?", "x", "  ", "²", "٤", "é", "\ud800"),
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(PARTS), max_size=40).map("".join),
    st.lists(st.integers(0, 9), max_size=60).map(lambda digits: " ".join(map(str, digits))),
    st.text("0123456789 -", max_size=80),
    st.text("0456-", max_size=80),
)


@given(TEXTS)
@example("4111 1111 1111 1  111")
@example("4662 4546 5934 8478 0595")
@example("4 " * 60)
@example("6 0 " * 40)
@example("0.4111111111111111 4111111111111111² 4111111111111111")
def test_the_same_numbers_are_found(text: str) -> None:
    """At the same places, also behind the first ones, where all are looked for at once."""
    assert plainly(text) == find(text)
    assert plainly("4 " * 14 + "x" + text) == find("4 " * 14 + "x" + text)
