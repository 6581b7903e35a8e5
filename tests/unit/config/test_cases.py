from pathlib import Path

import pytest

from logtrace.config import read_preset
from logtrace.config.model import Config
from tests.support.settings import EDGE, GOOD, read_text

TWO = GOOD + "  - {name: other, path: /var/log/b, format: edge}\n"


def read(directory: Path, tests: str, text: str = GOOD) -> tuple[Config, list[str]]:
    """Return a configuration with these `tests:`, and what is said of it."""
    reading = read_text(directory, text + "tests:\n" + tests)
    said = [f"{each.key}: {each.what}; {each.fix}" for each in reading.problems]
    return reading.config, said


def test_a_test_says_what_it_says(tmp_path: Path) -> None:
    """What is not written is None, or empty: not compared."""
    config, said = read(
        tmp_path,
        "  - name: one\n    lines: ['a', 'b']\n    expect:\n      - {name: job, duration: 12ms}\n",
    )
    assert [] == said
    (case,) = config.tests
    assert ("one", ("a", "b"), None, None) == (case.name, case.lines, case.rejected, case.unmatched)
    assert case.expect is not None
    (span,) = case.expect
    assert ("job", 12_000_000, None, {}) == (span.name, span.duration, span.error, span.tags)


def test_no_spans_and_no_rejects_can_be_expected(tmp_path: Path) -> None:
    """An empty list and an empty mapping are not the same as a key that is left out."""
    config, said = read(tmp_path, "  - {name: one, lines: a, expect: [], rejected: {}}\n")
    assert [] == said
    assert ((), {}) == (config.tests[0].expect, config.tests[0].rejected)


def test_a_line_is_taken_as_it_stands(tmp_path: Path) -> None:
    """Variables and what YAML makes of words mean nothing in a log."""
    config, said = read(
        tmp_path,
        "  - name: one\n    lines: ['${HOME} $$', no, 017]\n    unmatched: 1\n"
        "  - name: block\n    lines: |\n      a\n      b\n    unmatched: 1\n",
    )
    assert [] == said
    assert ("${HOME} $$", "no", "017") == config.tests[0].lines
    assert ("a\nb\n",) == config.tests[1].lines


@pytest.mark.parametrize(
    ("written", "nanoseconds"),
    [
        ("2026-11-22T12:00:00Z", 1_795_348_800_000_000_000),
        ("2026-11-22 13:00:00.000000001+01:00", 1_795_348_800_000_000_001),
        ("1795348800000000000", 1_795_348_800_000_000_000),
        ("1969-12-31T23:59:59.5Z", -500_000_000),
    ],
)
def test_a_start_is_exact(tmp_path: Path, written: str, nanoseconds: int) -> None:
    """To the nanosecond, whatever the zone."""
    config, said = read(tmp_path, f"  - {{name: a, lines: a, expect: [{{start: '{written}'}}]}}\n")
    assert [] == said
    assert config.tests[0].expect is not None
    assert nanoseconds == config.tests[0].expect[0].start


@pytest.mark.parametrize(
    ("test", "problem"),
    [
        (
            "{name: a, lines: b}",
            "tests[0]: expects nothing; "
            "add expect, or how many lines are rejected, unmatched or ignored",
        ),
        ("{name: a, unmatched: 1}", "tests[0].lines: missing; add it: lines of a log, taken"),
        ("{name: a, lines: [], unmatched: 1}", "tests[0].lines: is empty; name at least one"),
        ("{name: a, lines: [~], unmatched: 1}", "tests[0].lines: has no value; write"),
        (
            "{name: a, lines: b, rejected: {no_tme: 1}}",
            "tests[0].rejected.no_tme: 'no_tme' is not one of empty_line",
        ),
        (
            "{name: a, lines: b, rejected: {no_time: x}}",
            "tests[0].rejected.no_time: 'x' is not a whole number",
        ),
        (
            "{name: a, lines: b, expect: [{start: noon}]}",
            "tests[0].expect[0].start: 'noon' is not a time; write it like 2026-11-22T10",
        ),
        (
            "{name: a, lines: b, expect: [{start: '2026-13-22T12:00:00Z'}]}",
            "tests[0].expect[0].start: '2026-13-22T12:00:00Z' is not a time",
        ),
        (
            "{name: a, lines: b, expect: [{duration: 5x}]}",
            "tests[0].expect[0].duration: '5x' is not a duration",
        ),
        (
            "{name: a, source: shp, lines: b, expect: []}",
            "tests[0].source: 'shp' is no source; there are /var/log/app.json",
        ),
    ],
)
def test_what_a_test_cannot_say(tmp_path: Path, test: str, problem: str) -> None:
    """It is a problem of the configuration, with its place."""
    (said,) = read(tmp_path, f"  - {test}\n")[1]
    assert said.startswith(problem)


def test_of_several_sources_a_test_names_its_own(tmp_path: Path) -> None:
    """Only where there is one, it need not be named."""
    named = "  - {name: a, source: other, lines: b, expect: []}\n"
    (said,) = read(tmp_path, named + "  - {name: a, lines: b, expect: []}\n", TWO)[1]
    assert (
        "tests[1].source: missing: there are several sources; "
        "name one of /var/log/app.json, other" == said
    )


def test_a_file_of_conf_d_brings_the_tests_of_its_sources(tmp_path: Path) -> None:
    """Behind those of the main file."""
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "edge.yaml").write_text(
        "sources: [{name: edge, path: /var/log/b, format: edge}]\n"
        "tests: [{name: second, source: edge, lines: x, unmatched: 1}]\n"
    )
    first = "  - {name: first, source: /var/log/app.json, lines: x, unmatched: 1}\n"
    config, said = read(tmp_path, first)
    assert [] == said
    assert ["first", "second"] == [case.name for case in config.tests]


def test_the_tests_of_a_preset_are_not_those_of_its_sources(tmp_path: Path) -> None:
    """A source gets rules of it; its tests are run with the preset as it is shipped."""
    text = EDGE + "tests:\n  - {name: of edge, lines: 'x y', unmatched: 1}\n"
    (tmp_path / "edge.yaml").write_text(text)
    reading = read_preset("edge", {}, tmp_path)
    assert [] == reading.problems
    assert ("edge", "edge") == (reading.config.sources[0].name, reading.config.tests[0].name[3:])
    assert (10, 5) == (reading.config.tests[0].mark.line, reading.config.tests[0].mark.column)

    path = tmp_path / "logtrace.yaml"
    path.write_text("sources: [{path: /var/log/b, format: edge}]\n")
    from logtrace.config import read as read_file

    assert ((), []) == (
        read_file(path, {}, tmp_path).config.tests,
        read_file(path, {}, tmp_path).problems,
    )


def test_a_mistake_in_a_presets_tests_is_a_problem_of_the_preset(tmp_path: Path) -> None:
    """With its place in the preset's own file."""
    (tmp_path / "edge.yaml").write_text(EDGE + "tests:\n  - {name: a, lines: x, unmtched: 1}\n")
    reading = read_preset("edge", {}, tmp_path)
    assert [f"{tmp_path}/edge.yaml:10:25"] == [str(each.mark) for each in reading.problems]
