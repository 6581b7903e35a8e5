import re
import time

import pytest

from logtrace.patterns import backtracking
from tests.support.written_patterns import WRITTEN

EXPONENTIAL = [
    r"(a+)+$",
    r"(a*)*b",
    r"(\w+\s*)*x",
    r"(?:[^\"\\]+|\\.)*\"",
    r"(a|ab|b)*c",
    r"(?:a|b|ab)*c",
    r"(a{1,3})*b",
    r"(\d+,?)+;",
    r"(.*)*x",
    r"(?:(?:a+)b?)+c",
    r"x(?=(a+)+b)",
    r"(?i:(a+|A)+)b",
    r"(a+){2,}b",
    r"(?:(?:a?)*x)*$",
    r"(?>(?:a|aa)+b)",
    r"(?:(?>a)(?:bd?|[bc]))*!",
    r"x(?!(?:a|aa)+b)",
    r"(?i:(?:s|\u017fx?)*)y",
    r"^(a?){30}$",
    r"^(?:a?){28}a{28}$",
    r"(x?y?){15}$",
    r"(?:a??){28}$",
    r"(?:|a){30}b",
    r"x(?=(?:a?){28}b)",
    r"(?>(?:a?){28}b)",
    r"(a*)(?:\1){30}b",
]

TOO_MANY_WAYS = [
    r"(a|a){25}$",
    r"(?:a{1,3}){10}$",
    "a?" * 28 + "a{28}",
    "((a?){5}){5}$",
    "(a{0,5}){10}$",
    "(?:|){30}b",
    r"(?:(?:\d?){10}\.){4}$",
    "([ab]?){10}([ab]?){10}c",
    "a{0,4}" * 8 + "b",
    r"^\S+" + r"(?: (\S+))?" * 20 + "$",
    r"(?:\b|){30}b",
]

FEW_WAYS = [
    r"^(a?){0,30}$",
    r"(?:a?){28}",
    r"(a|b?){12}$",
    r"^(?:a?){12}$",
    r"(?:a?b?c?){4}$",
    r"(\s*\w+\s*=\s*)*",
    r"(?:a?)++b",
    r"(?>(?:a|aa)*)c",
]

HARMLESS = [
    r"^(?P<time>\S+ \S+) (?P<level>\w+) \[(?P<thread>[^\]]+)\] (?P<message>.*)$",
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} .*",
    r"(\w+\s)*x",
    r"(?:\\.[^\"\\]*)*\"",
    r"(?:[^\"\\]|\\.)*\"",
    r"\w+(?:,\w+)*$",
    r"(?>a+)*b",
    r"(?:a++)*b",
    r"[^\s]+\s+\S+",
    r"^.*?error.*$",
    r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}",
    r"(?x) a # a comment with (a+)+",
    r"(a)?(?(1)b|c)+d",
    r"[а-я]+ [a-z]+",  # noqa: RUF001
]


def flags(pattern: str) -> int:
    """Return the flags that a source's pattern is compiled with."""
    return re.compile(pattern, re.DOTALL).flags


READ_AGAIN = [
    r"(?>(?:a*b|a)*)c",
    r"(?:a*+b|a)*+c",
    r"(?>(?:[^b]*b|.)*)c",
    r"(?>(?: [^=]*=x| \w+)*)$",
    r"(?>(?:\w+:|(?:ab|cd)+;|[a-z])*)!",
]

READ_ONCE = [
    r"(?>(?:[^\"\\]++|\\.)*)\"",
    r"(?>(?:k=\"[^\"]*\"|[^\" ]++| )*)$",
    r"(?>(?:a*b|a){0,200})c",
    r"(?>(?:a{1,45}b|a)*)c",
    r"(?>(?:a*b)*)c",
]


@pytest.mark.parametrize("pattern", READ_AGAIN)
def test_an_atomic_loop_whose_rounds_fail_late(pattern: str) -> None:
    """It reads the rest of the text again in each round: it may see so much of it only."""
    assert "" == backtracking.trouble(pattern, flags(pattern))
    assert 4096 == backtracking.longest_text(pattern, flags(pattern))


@pytest.mark.parametrize("pattern", READ_ONCE)
def test_an_atomic_loop_whose_rounds_end_where_they_read_to(pattern: str) -> None:
    """Or stop at what begins the next one, or are bounded: it sees whole lines."""
    assert backtracking.longest_text(pattern, flags(pattern)) is None


@pytest.mark.parametrize("pattern", EXPONENTIAL)
def test_exponential_patterns_are_refused(pattern: str) -> None:
    """Two ways round a loop for the same text are found, however they are written."""
    assert "exponential" in backtracking.trouble(pattern, flags(pattern))


@pytest.mark.parametrize("pattern", TOO_MANY_WAYS)
def test_rows_of_what_may_be_left_out_are_refused(pattern: str) -> None:
    """Each of them multiplies the ways by two, on a text that is no longer than the pattern."""
    judged = backtracking.verdict(pattern, flags(pattern))
    assert "too many steps on a short text" in judged.what
    assert judged.fix.startswith("put each optional part into the one before it")


@pytest.mark.parametrize("pattern", FEW_WAYS)
def test_parts_that_can_be_left_out_in_few_ways_are_not(pattern: str) -> None:
    """A turn that takes nothing ends a repeat; what cannot fail at the end is done once."""
    assert backtracking.Verdict() == backtracking.verdict(pattern, flags(pattern))


@pytest.mark.parametrize("pattern", WRITTEN)
def test_what_people_write_is_neither_refused_nor_cut(pattern: str) -> None:
    """Optional fields, addresses, times, quoted texts, whole lines."""
    assert backtracking.Verdict() == backtracking.verdict(pattern, flags(pattern))


@pytest.mark.parametrize(("count", "least"), [(10, 500_000), (14, 30_000)])
def test_more_optional_fields_see_less_of_a_line(count: int, least: int) -> None:
    """Twice the ways for each: so much less of a line may be seen."""
    pattern = r"^\S+" + r"(?: (\S+))?" * count + "$"
    longest = backtracking.longest_text(pattern, flags(pattern))
    assert longest is not None
    assert least < longest < 2 * least


@pytest.mark.parametrize(
    ("pattern", "longest"),
    [
        (r"(?:a(?=.*b))*c", 4096),
        (r"(?: (?=\w+=)[^ ]*)*!", None),
        (r".*?(?=.*b)c", 4096),
        (r"(?:ab|ac?)*(?:ba)*$", 4096),
        (r".*?.{0,60000}$", 4096),
        (r".*?(?:[^b]*+b)*+x", 4096),
    ],
)
def test_what_is_tried_apart_counts_each_time(pattern: str, longest: int | None) -> None:
    """An assertion in a loop, or an atomic group, may read on and on at each character."""
    assert "" == backtracking.trouble(pattern, flags(pattern))
    assert longest == backtracking.longest_text(pattern, flags(pattern))


@pytest.mark.parametrize("pattern", HARMLESS)
def test_linear_patterns_see_whole_lines(pattern: str) -> None:
    """What people write for logs is neither refused nor cut."""
    assert "" == backtracking.trouble(pattern, flags(pattern))
    assert backtracking.longest_text(pattern, flags(pattern)) is None


@pytest.mark.parametrize(
    ("pattern", "power"),
    [
        (r".*foo.*bar", 2),
        (r".*foo[^x]*x", 2),
        (r"\s+(?P<x>.*?)\s*$", 3),
        (r".*.*.*.*x", 4),
        (r".*a=(\w++).*b", 2),
        (r".*a=(\w+).*b", 3),
    ],
)
def test_the_power_of_the_length_is_known(pattern: str, power: int) -> None:
    """Each loop that may end where it could also go on multiplies the time by the length."""
    if power in backtracking.LONGEST:
        expected = backtracking.LONGEST[power]
        assert "" == backtracking.trouble(pattern, flags(pattern))
        assert expected == backtracking.longest_text(pattern, flags(pattern))
    else:
        assert f"power of {power}" in backtracking.trouble(pattern, flags(pattern))


@pytest.mark.parametrize("pattern", [r".*foo.*bar", r".*o.*o.*r", r"\s*\w+\s+(?P<x>.*?)\s*$"])
@pytest.mark.parametrize("unit", ["fo", "o", "foo", " ", "w "])
def test_a_line_of_the_length_that_is_seen_takes_no_time(pattern: str, unit: str) -> None:
    """The worst line of a pattern that is let through is done within a second."""
    longest = backtracking.longest_text(pattern, flags(pattern))
    assert longest is not None
    line = (unit * longest)[: longest - 1] + "!"
    before = time.process_time()

    re.compile(pattern, re.DOTALL).match(line)

    assert time.process_time() - before < 1


def test_a_pattern_that_is_too_large_to_judge_is_refused() -> None:
    """Judging takes bounded time: what is beyond that is not let through unseen."""
    pattern = "(?:" * 6 + "abcdefghij" + "){9}" * 6

    assert "too large" in backtracking.trouble(pattern, flags(pattern))


@pytest.mark.parametrize(
    "pattern",
    [
        "".join(rf"(?:x{number} )?" for number in range(300)) + "!",
        "(?:a?b?c?d?){4}" * 30 + "!",
        r"\w*\d*" * 60 + "!",
        "a?" * 2900 + "!",
        ".*" * 1000 + "!",
        "(?:" * 400 + "a" + ")*" * 400,
    ],
)
def test_judging_takes_bounded_work(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each stops at the bound, which is counted in steps: an eighth of it does not take longer."""
    monkeypatch.setattr(backtracking, "MOST_STEPS", backtracking.MOST_STEPS // 8)
    backtracking.verdict.cache_clear()
    assert "too large" in backtracking.trouble(pattern, flags(pattern))
    backtracking.verdict.cache_clear()


def test_long_patterns_that_people_write_are_judged() -> None:
    """Two hundred fields, or three hundred words, are no problem."""
    fields = "".join(rf"(?P<f{number}>\S+) " for number in range(200))
    words = "(?:" + "|".join(f"word{number}" for number in range(300)) + ")*x"
    for pattern in (fields, words):
        assert "" == backtracking.trouble(pattern, flags(pattern))
