"""What is written for RE2, and what is not; tests/property/test_linear.py compares the results."""

import re

import pytest

from logtrace.patterns.translation import translate


def written(pattern: str, flags: int = re.DOTALL) -> str | None:
    """Return the pattern for RE2, as it would be compiled with flags."""
    return translate(pattern, re.compile(pattern, flags).flags)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("ab", r"[\x{61}][\x{62}]"),
        ("a*?", r"(?:[\x{61}]){0,}?"),
        ("a{2,3}", r"(?:[\x{61}]){2,3}"),
        ("[^a-c]", r"[^\x{61}-\x{63}]"),
        (".", "(?s:.)"),
        (r"^a\Z", r"\A[\x{61}]\z"),
        ("a$", r"[\x{61}](?:\n?\z)"),
        ("(?P<x>a)|b", r"(?:([\x{61}])|[\x{62}])"),
        (r"(?x) a  # comment", r"[\x{61}]"),
    ],
)
def test_how_a_pattern_is_written(pattern: str, expected: str) -> None:
    """Every character by its number, so that nothing can be taken for a sign."""
    assert expected == written(pattern)


def test_a_dot_without_dotall() -> None:
    """It takes everything but a newline."""
    assert r"[^\n]" == written(".", 0)


def test_classes_by_unicode_become_python_s_own_characters() -> None:
    """All that Python takes, as ranges."""
    shown = written(r"\s")
    assert shown is not None
    assert shown.startswith(r"[\x{9}-\x{d}\x{1c}-\x{20}\x{85}-\x{85}")
    assert r"[0-9]" == written(r"\d", re.ASCII)


def test_either_case_is_python_s_own() -> None:
    """With the long s, which RE2 would know too, and whatever else Python takes."""
    assert r"[\x{53}-\x{53}\x{73}-\x{73}\x{17f}-\x{17f}]" == written("(?i)s")


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?=a)",
        r"(?<!a)b",
        r"(a)\1",
        r"(?P<x>a)(?P=x)",
        r"(a)?(?(1)b|c)",
        r"(?>a)b",
        r"a++b",
        r"\bword\b",
        r"a$b",
        r"(a$)",
        r"(?:a*)*",
        r"(a*)?",
        r"(?:a|)+",
        r"a{1001}",
        r"a{2,1001}",
        r"(?a:\w)",
        "\\ud800",
    ],
)
def test_what_may_differ_is_not_translated(pattern: str) -> None:
    """Lookaround, back references, possessive repeats, boundaries, empty turns, big numbers."""
    assert written(pattern) is None
