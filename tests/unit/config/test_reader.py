import os
from pathlib import Path

import msgspec
import pytest

from logtrace.config import load, read
from logtrace.config.model import Defaults
from logtrace.config.reader import MAX_SIZE
from logtrace.errors import ConfigError, Mark, Problem
from tests.support.settings import GOOD, read_text

SECOND_SOURCE = GOOD.replace("/var/log/app.json", "/var/log/b.json")


def test_load_gives_the_configuration(tmp_path: Path) -> None:
    """A file without problems; a path may be text."""
    path = tmp_path / "logtrace.yaml"
    path.write_text(GOOD)
    assert "/var/log/app.json" == load(str(path), {}).sources[0].name
    assert load(path, {}) == load(str(path), {})


def test_load_raises_all_problems(tmp_path: Path) -> None:
    """Sorted by place, one a line."""
    path = tmp_path / "logtrace.yaml"
    path.write_text("x: 1\ny: 2\n" + GOOD)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert [1, 2] == [problem.mark.line for problem in caught.value.problems]
    assert 2 == len(str(caught.value).splitlines())


def test_files_of_conf_d_add_sources(tmp_path: Path) -> None:
    """In the order of their names; other files there are none of it."""
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "2.yaml").write_text(GOOD.replace("app", "two"))
    (tmp_path / "conf.d" / "1.yaml").write_text(GOOD.replace("app", "one"))
    (tmp_path / "conf.d" / "3.yaml").write_text("# nothing yet\n")
    (tmp_path / "conf.d" / "4.yaml.bak").write_text("{")
    reading = read_text(tmp_path, "defaults: {env: prod}\n" + GOOD)

    assert [] == reading.problems
    names = ["/var/log/app.json", "/var/log/one.json", "/var/log/two.json"]
    assert names == [source.name for source in reading.config.sources]
    assert {"prod"} == {source.defaults.env for source in reading.config.sources}
    assert ["logtrace.yaml", "1.yaml", "2.yaml", "3.yaml"] == [file.name for file in reading.files]


def test_the_main_file_needs_no_sources_of_its_own(tmp_path: Path) -> None:
    """conf.d may have them all."""
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "1.yaml").write_text(GOOD)
    assert [] == read_text(tmp_path, "defaults: {env: prod}\n").problems


def test_files_of_conf_d_add_nothing_else(tmp_path: Path) -> None:
    """The problem stands in that file, and says where the key belongs."""
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "1.yaml").write_text("agent: {}\n" + SECOND_SOURCE)
    (problem,) = read_text(tmp_path, GOOD).problems
    assert (str(tmp_path / "conf.d" / "1.yaml"), 1) == (problem.mark.file, problem.mark.line)
    assert "it belongs to the top level of the main file" == problem.fix


def test_sources_of_one_name_are_reported_with_both_places(tmp_path: Path) -> None:
    """Across files too; a name that is not written is the first path."""
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "1.yaml").write_text(GOOD)
    (problem,) = read_text(tmp_path, GOOD).problems
    assert f"in {tmp_path}/logtrace.yaml:2:11 too" in problem.what
    assert (str(tmp_path / "conf.d" / "1.yaml"), 2) == (problem.mark.file, problem.mark.line)


def test_an_aliased_source_is_there_twice(tmp_path: Path) -> None:
    """It has its name twice, whatever YAML calls it."""
    text = GOOD.replace("  - path", "  - &a\n    path") + "  - *a\n"
    assert 1 == len(read_text(tmp_path, text).problems)


def test_a_source_goes_over_the_defaults(tmp_path: Path) -> None:
    """Each key by itself, tags by name, wherever in the file the defaults stand."""
    own = "    service: a\n    version: '2'\n    tags: {x: own, y: own}\n"
    text = GOOD.replace("    spans", own + "    spans")
    text += "defaults: {service: b, env: prod, host: h, tags: {x: all, z: all}}\n"
    assert (
        Defaults(
            service="a",
            env="prod",
            version="2",
            host="h",
            tags={"x": "own", "y": "own", "z": "all"},
        )
        == read_text(tmp_path, text).config.sources[0].defaults
    )


@pytest.mark.parametrize("text", ["sources:\n", "sources: []\n", "defaults: {env: prod}\n"])
def test_without_a_source_there_is_nothing_to_do(tmp_path: Path, text: str) -> None:
    """However it is written."""
    (problem,) = read_text(tmp_path, text).problems
    assert ("sources", "names no source: there is nothing to read") == (problem.key, problem.what)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The system's words, and what to do."""
    path = tmp_path / "none.yaml"
    expected = Problem(
        Mark(str(path), 1, 1),
        "",
        "cannot be read: no such file or directory",
        "name another with -c FILE, or LOGTRACE_CONFIG",
    )
    assert [expected] == read(path, {}).problems


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    """Whose permission is missing is said."""
    path = tmp_path / "logtrace.yaml"
    path.touch(mode=0)
    assert ["cannot be read: permission denied"] == [each.what for each in read(path, {}).problems]


def test_what_is_no_configuration_file(tmp_path: Path) -> None:
    """A directory, a file that is far too large, a name that is none."""
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (MAX_SIZE + 1))
    assert ["cannot be read: is a directory"] == [each.what for each in read(tmp_path, {}).problems]
    assert ["is larger than 4 MiB"] == [each.what for each in read(large, {}).problems]
    assert ["cannot be read: embedded null byte"] == [each.what for each in read("\0", {}).problems]


def test_a_later_problem_gets_the_path_of_its_key(tmp_path: Path) -> None:
    """By its place: within the text, or at the beginning of the rule."""
    reading = read_text(tmp_path, GOOD)
    file = str(tmp_path / "logtrace.yaml")
    within = Problem(Mark(file, 5, 21), "spans[0].when", "x")
    whole = Problem(Mark(file, 5, 9), "spans[0]", "x")
    elsewhere = Problem(Mark("other", 5, 21), "agent.url", "x")

    assert "sources[0].spans[0].when" == reading.located(within).key
    assert "sources[0].spans[0]" == reading.located(whole).key
    assert elsewhere == reading.located(elsewhere)


def test_problems_leave_the_rest_as_it_is_written(tmp_path: Path) -> None:
    """A best effort: later stages can look for theirs."""
    text = GOOD.replace("name: job", "name: [a]\n        kind: servr").replace("json\n", "jsn\n")
    reading = read_text(tmp_path, text)
    (rule,) = reading.config.sources[0].spans
    good = read_text(tmp_path, GOOD).config.sources[0].spans[0]

    assert 2 == len([each for each in reading.problems if ".spans[0]." in each.key])
    assert good.when == rule.when
    assert msgspec.structs.asdict(rule)["kind"] is None
