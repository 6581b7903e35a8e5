from pathlib import Path

import pytest

from logtrace.config import presets
from tests.support.settings import EDGE, read_text

BARE = "sources:\n  - path: /var/log/edge.log\n    format: edge\n"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with two presets and another file."""
    (tmp_path / "edge.yaml").write_text(EDGE)
    (tmp_path / "bare.yaml").write_text("format: json\n")
    (tmp_path / "notes.txt").write_text("x")
    return tmp_path


def test_presets_are_the_yaml_files_of_a_directory(directory: Path) -> None:
    """By name, sorted, each with its first line of comment."""
    assert ["bare", "edge"] == presets.names(directory)
    assert "Access log of the edge." == presets.summary("edge", directory)
    assert "" == presets.summary("bare", directory)
    assert EDGE.encode() == presets.content("edge", directory)


def test_no_directory_means_no_presets(tmp_path: Path) -> None:
    """An installation without them still reads everything else."""
    assert [] == presets.names(tmp_path / "none")


def test_a_source_gets_what_its_preset_has(tmp_path: Path) -> None:
    """Format, pattern, time, rules, service and tags, with the places of the preset."""
    reading = read_text(tmp_path, BARE)
    (source,) = reading.config.sources
    assert [] == reading.problems
    assert ("regex", "edge", "clf") == (source.format, source.defaults.service, source.time.format)
    assert ("edge.request",) == tuple(rule.name for rule in source.spans)
    assert str(tmp_path / "presets" / "edge.yaml") == source.format.mark.file
    assert source.pattern is not None
    assert (3, 11) == (source.pattern.mark.line, source.pattern.mark.column)


def test_what_the_source_says_wins(tmp_path: Path) -> None:
    """Mappings key by key, everything else as a whole."""
    more = """\
    service: mine
    time: {zone: UTC}
    tags: {team: web}
    spans: [{when: a, name: b, instant: true}]
"""
    (source,) = read_text(tmp_path, BARE + more).config.sources
    assert "mine" == source.defaults.service
    assert ("time", "clf", "UTC") == (source.time.field, source.time.format, source.time.zone)
    assert {"from": "preset", "team": "web"} == source.defaults.tags
    assert ("b",) == tuple(rule.name for rule in source.spans)


def test_the_format_of_the_time_is_the_source_s(tmp_path: Path) -> None:
    """`format` names a preset at the top only; that of `time` wins as any other key does."""
    (source,) = read_text(tmp_path, BARE + "    time: {format: epoch_ms}\n").config.sources
    assert ("regex", "time", "epoch_ms") == (source.format, source.time.field, source.time.format)


def test_a_preset_goes_over_the_defaults_of_the_file(tmp_path: Path) -> None:
    """It says what its source is."""
    text = "defaults: {service: shop, env: prod, tags: {team: all}}\n" + BARE
    (source,) = read_text(tmp_path, text).config.sources
    assert ("edge", "prod") == (source.defaults.service, source.defaults.env)
    assert {"from": "preset", "team": "none"} == source.defaults.tags


def test_a_format_may_be_a_variable(tmp_path: Path) -> None:
    """The preset is chosen by what it holds."""
    reading = read_text(tmp_path, BARE.replace("edge\n", "${F}\n"), {"F": "edge"})
    assert "regex" == reading.config.sources[0].format


def test_a_mistake_in_what_overrides_is_reported_in_the_file(tmp_path: Path) -> None:
    """A preset does not hide duplicates or unknown keys of the source."""
    reading = read_text(tmp_path, BARE + "    service: a\n    service: b\n    servce: c\n")
    assert [5, 6] == [problem.mark.line for problem in reading.problems]


def test_the_shipped_presets_are_right(tmp_path: Path) -> None:
    """Each can be used as it is, and its first line says what it is for."""
    from logtrace.config import read

    for name in presets.names():
        path = tmp_path / f"{name}.yaml"
        path.write_text(f"sources: [{{path: /var/log/x, format: {name}}}]\n")
        assert [] == read(path, {}).problems
        assert presets.summary(name)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("['a b', 'c']", ["a b"]),
        ("['#Version: 1.0', '#Fields: a b', '1 2', '3 4']", ["1 2"]),
        ("['# Time: 1', '# User: ann', 'SELECT 1;', ' 2', '# Time: 2']",
         ["# Time: 1", "# User: ann", "SELECT 1;", " 2"]),
        ('"a,\\"b\\nc\\"\\nd"', ['a,"b']),
        ('["a,\\"b\\nc\\"", d]', ['a,"b', 'c"']),
        ("[]", []),
    ],
)  # fmt: skip
def test_an_example_is_one_record(directory: Path, lines: str, expected: list[str]) -> None:
    """What says how the columns are called is none; one of several lines is shown whole."""
    (directory / "bare.yaml").write_text(f"format: json\ntests: [{{lines: {lines}}}]\n")
    assert expected == presets.example("bare", directory)


def test_a_preset_without_tests_has_no_example(directory: Path) -> None:
    """There is nothing to show."""
    assert [] == presets.example("bare", directory)


def test_examples_of_the_shipped_presets_are_no_headings() -> None:
    """Each preset has one, and none is a line of columns."""
    found = {name: presets.example(name) for name in presets.names()}
    assert [] == [name for name, lines in found.items() if not lines or "#Fields" in lines[0]]
    assert any("Query_time" in line for line in found["mysql-slow"])
