from pathlib import Path

import pytest

from logtrace.clock import SECOND
from logtrace.config.model import Text
from tests.support.settings import GOOD, read_text


def said(directory: Path, text: str, env: dict[str, str] | None = None) -> list[str]:
    """Return the problems of a text, without the name of the file."""
    return [
        str(problem).partition("logtrace.yaml:")[2]
        for problem in read_text(directory, text, env).problems
    ]


def test_values_arrive_with_their_places(tmp_path: Path) -> None:
    """A text that is looked into later still points at the YAML."""
    (rule,) = read_text(tmp_path, GOOD).config.sources[0].spans
    assert isinstance(rule.when, Text)
    assert ('event == "done"', 5, 15) == (rule.when, rule.when.mark.line, rule.when.mark.column)
    assert (5, 9) == (rule.mark.line, rule.mark.column)


def test_a_section_whose_keys_are_all_commented_out_is_empty(tmp_path: Path) -> None:
    """`agent:` with nothing below it is no mistake."""
    assert [] == said(tmp_path, "agent:\ndefaults: {tags: }\n" + GOOD)


def test_a_list_may_be_written_as_one_text(tmp_path: Path) -> None:
    """`path: x` is `path: [x]`."""
    one = read_text(tmp_path, GOOD).config.sources[0].path
    text = GOOD.replace("/var/log/app.json", "[/var/log/app.json, /var/log/b.json]")
    assert ("/var/log/app.json",) == one
    assert (*one, "/var/log/b.json") == read_text(tmp_path, text).config.sources[0].path


def test_a_bare_pattern_is_an_extract(tmp_path: Path) -> None:
    """`extract: '…'` is short for a mapping with a pattern."""
    short = read_text(tmp_path, GOOD + "        extract: '(?P<a>.)'\n")
    long = read_text(tmp_path, GOOD + "        extract: {pattern: '(?P<a>.)', field: msg}\n")
    first, second = (reading.config.sources[0].spans[0].extract for reading in (short, long))
    assert first is not None
    assert second is not None
    assert ("(?P<a>.)", None) == (first.pattern, first.field)
    assert ("(?P<a>.)", "msg") == (second.pattern, second.field)


def test_an_extract_without_its_pattern_is_left_out(tmp_path: Path) -> None:
    """The rest of the rule is still there to be looked at."""
    reading = read_text(tmp_path, GOOD + "        extract: {field: msg}\n")
    assert ["sources[0].spans[0].extract.pattern"] == [each.key for each in reading.problems]
    assert None is reading.config.sources[0].spans[0].extract


AGENT = "url, in_flight, container_id, entity_id"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "agent: x\n",
            f"1:8: agent: expected a mapping ({AGENT}), got 'x'; write keys, such as {{url: x}}",
        ),
        (
            "agent: [x]\n",
            "1:8: agent: expected a mapping (url, in_flight, container_id, entity_id), got a list",
        ),
        (
            "defaults: {tags: x}\n",
            "1:18: defaults.tags: expected a mapping of names to texts, got 'x';"
            " write it as {name: value}",
        ),
        ("traces: {max_open: [1]}\n", "1:20: traces.max_open: expected a number, got a list"),
        (
            "defaults: {env:\n  {a: b}}\n",
            "2:3: defaults.env: expected a text, got a mapping; write it in quotes: '{a: b}'",
        ),
        ("defaults:\n  env:\n    a: b\n", "3:5: defaults.env: expected a text, got a mapping"),
    ],
)
def test_a_value_of_the_wrong_kind(tmp_path: Path, text: str, problem: str) -> None:
    """What was expected, and what is there."""
    assert [problem] == said(tmp_path, text + GOOD)


def test_a_rule_that_is_no_mapping(tmp_path: Path) -> None:
    """It is reported, and left out."""
    reading = read_text(tmp_path, GOOD + "      - when\n")
    (problem,) = reading.problems
    assert "sources[0].spans[1]" == problem.key
    assert 1 == len(reading.config.sources[0].spans)


def test_a_twice_written_key_keeps_its_first_value(tmp_path: Path) -> None:
    """The problem stands at the second, and names the line of the first."""
    reading = read_text(tmp_path, "traces: {idle: 5s}\n" + GOOD + "traces: {idle: 6s}\n")
    (problem,) = reading.problems
    assert ("traces", "is written twice, first in line 1") == (problem.key, problem.what)
    assert 5 * SECOND == reading.config.traces.idle


@pytest.mark.parametrize(
    ("key", "fix"),
    [
        ("agnt: {}", "did you mean 'agent'?"),
        ("max_open: 5", "it belongs to `traces:`"),
        ("trace_id: x", "it belongs to `sources[].spans[]:`"),
        ("version: x", "it belongs to `defaults:` or `sources[]:`"),
        ("source: []", "did you mean 'sources'?"),
        ("quux: 1", "known here: agent, defaults, state, sources, traces, redact, tests"),
    ],
)
def test_an_unknown_key_is_told_where_it_may_belong(tmp_path: Path, key: str, fix: str) -> None:
    """A slip, a key of another section, or neither."""
    (problem,) = read_text(tmp_path, GOOD + key + "\n").problems
    assert fix == problem.fix


def test_the_rest_of_a_torn_value_is_no_unknown_key(tmp_path: Path) -> None:
    """`{when: a == "b, c"}` is one mistake, not two."""
    text = GOOD + '      - {when: a == "b, c", name: x, instant: true}\n'
    reading = read_text(tmp_path, text)
    assert ["sources[0].spans[1].when"] == [problem.key for problem in reading.problems]
    assert 'a == "b, c"' == reading.config.sources[0].spans[1].when


def test_a_variable_can_stand_for_any_scalar(tmp_path: Path) -> None:
    """In quotes or not, for a number, a duration, a flag, a choice."""
    text = 'traces: {max_open: "${N}", idle: "${IDLE}"}\n' + GOOD
    text += "        kind: ${KIND}\n        at: '${AT:-start}'\n"
    config = read_text(tmp_path, text, {"N": "7", "IDLE": "5s", "KIND": "client"}).config
    assert (7, 5 * SECOND) == (config.traces.max_open, config.traces.idle)
    assert ("client", "start") == (config.sources[0].spans[0].kind, config.sources[0].spans[0].at)


def test_what_a_variable_holds_is_text(tmp_path: Path) -> None:
    """`no` of the environment is no truth value, and YAML in it is none."""
    text = "defaults: {env: $" + "{A}, service: $" + "{B}}\n" + GOOD
    config = read_text(tmp_path, text, {"A": "no", "B": "{a: [b"}).config
    assert ("no", "{a: [b") == (config.defaults.env, config.defaults.service)


def test_an_empty_variable_is_as_if_the_key_were_not_written(tmp_path: Path) -> None:
    """`env: ${ENV:-}` leaves the tag out; a key that is needed is missing then."""
    text = 'defaults: {env: "${ENV:-}", tags: {a: "${ENV:-}", b: c}}\n' + GOOD
    config = read_text(tmp_path, text).config
    assert (None, {"b": "c"}) == (config.defaults.env, config.defaults.tags)

    (problem,) = read_text(tmp_path, GOOD.replace("json\n", "${F:-}\n", 2)).problems
    assert ("sources[0].format", "missing") == (problem.key, problem.what)


def test_a_merged_mapping_is_read_like_a_written_one(tmp_path: Path) -> None:
    """Anchors and merge keys save repetition."""
    text = GOOD.replace("- when", "- &base\n        when")
    text += '      - <<: *base\n        name: other\n        when: event == "other"\n'
    reading = read_text(tmp_path, text)
    first, second = reading.config.sources[0].spans
    assert [] == reading.problems
    assert ("job", "other") == (first.name, second.name)
    assert first.duration == second.duration


@pytest.mark.parametrize(
    ("old", "new", "fix"),
    [
        ("spans:", "rules:", "did you mean 'spans'?"),
        ("path:", "files:", "did you mean 'path'?"),
        ("when:", "if:", "did you mean 'when'?"),
    ],
)
def test_a_key_as_others_call_it(tmp_path: Path, old: str, new: str, fix: str) -> None:
    """It is the only problem: the key that is meant is not said to be missing."""
    (problem,) = read_text(tmp_path, GOOD.replace(old, new)).problems
    assert fix == problem.fix


def test_sources_by_a_wrong_name_are_one_problem(tmp_path: Path) -> None:
    """That there are no sources is no news then."""
    (problem,) = read_text(tmp_path, GOOD.replace("sources:", "source:")).problems
    assert "did you mean 'sources'?" == problem.fix


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        (
            "when:\n          - a\n          - b",
            "expected a text, got a list",
            "write one condition, with `and` or `or` between its parts",
        ),
        (
            "when: a\n        kind: [server]",
            "expected one of server, client, producer, consumer, internal, got a list",
            "",
        ),
        ("when: a\n        continue: {}", "expected true or false, got a mapping", ""),
    ],
)
def test_lists_where_there_is_one_value(tmp_path: Path, text: str, what: str, fix: str) -> None:
    """What is wanted is named as a person would write it."""
    rule = f"      - {text}\n        name: x\n        instant: true\n"
    problem = read_text(tmp_path, GOOD + rule + "      - {event: a, name: y}\n").problems[0]
    assert (what, fix) == (problem.what, problem.fix)
