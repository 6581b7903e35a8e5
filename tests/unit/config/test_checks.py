from pathlib import Path

import pytest

from logtrace.config.model import RuleConfig
from tests.support.settings import GOOD, read_text

HEAD = GOOD.partition("      - when")[0]


def checked(directory: Path, **keys: str) -> tuple[RuleConfig, list[tuple[str, str]]]:
    """Return a rule with these keys (`from_` is from), and (key, what) of its problems."""
    lines = [f"{name.rstrip('_')}: {value}" for name, value in keys.items()]
    reading = read_text(directory, HEAD + "      - " + "\n        ".join(lines) + "\n")
    prefix = "sources[0].spans[0]"
    found = [(each.key.removeprefix(prefix).lstrip("."), each.what) for each in reading.problems]
    return reading.config.sources[0].spans[0], found


@pytest.mark.parametrize(
    "keys",
    [
        {"when": "a", "duration": "1 ms"},
        {"when": "a", "duration": "1 ms", "at": "start"},
        {"when": "a", "from_": "a", "to": "b"},
        {"when": "a", "instant": "true"},
        {"start": "a", "end": "b", "key": "c", "timeout": "5s"},
        {"group": "a", "pause": "1s", "kind": "client"},
        {"event": "a", "key": "b", "trace_id": "c"},
    ],
)
def test_each_kind_of_rule_has_its_keys(tmp_path: Path, keys: dict[str, str]) -> None:
    """All of these are right."""
    assert [] == checked(tmp_path, name="x", **keys)[1]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({}, ("", "says of no line that it takes it")),
        ({"start": "a"}, ("end", "missing: a rule with start needs end")),
        ({"end": "a"}, ("start", "missing: a rule with end needs start")),
        (
            {"when": "a", "instant": "true", "group": "b"},
            ("group", "group and when make two rules of one"),
        ),
        ({"when": "a", "instant": "true", "end": "b"}, ("end", "goes with start, not with when")),
        ({"group": "a", "timeout": "1s"}, ("timeout", "goes with start, not with group")),
        ({"group": "a", "key": "b"}, ("key", "goes with start or event, not with group")),
        (
            {"event": "a", "kind": "client"},
            ("kind", "goes with when or start or group, not with event"),
        ),
        (
            {"start": "a", "end": "b", "duration": "1 ms"},
            ("duration", "goes with when, not with start"),
        ),
        (
            {"when": "a", "duration": "1 ms", "from_": "b"},
            ("from", "does not go together with duration"),
        ),
        (
            {"when": "a", "from_": "b", "instant": "true"},
            ("instant", "does not go together with from"),
        ),
        ({"when": "a", "from_": "b", "at": "end"}, ("at", "does not go together with from")),
        ({"when": "a", "instant": "true", "to": "b"}, ("to", "does not go together with instant")),
    ],
)
def test_keys_that_do_not_go_together(
    tmp_path: Path, keys: dict[str, str], problem: tuple[str, str]
) -> None:
    """One problem, at the key that is too many or too few."""
    assert [problem] == checked(tmp_path, name="x", **keys)[1]


def test_a_when_rule_says_how_long_it_took(tmp_path: Path) -> None:
    """With `instant: false` it does not; a key that cannot be read is not also missing."""
    missing = "missing: a rule with when needs duration, from, or instant: true"
    assert [("duration", missing)] == checked(tmp_path, name="x", when="a")[1]
    assert [("duration", missing)] == checked(tmp_path, name="x", when="a", instant="false")[1]
    assert ["duration"] == [key for key, _ in checked(tmp_path, name="x", when="a", duration="")[1]]
    assert ["instant"] == [
        key for key, _ in checked(tmp_path, name="x", when="a", instant="yes")[1]
    ]


def test_a_misspelled_kind_has_no_consequences(tmp_path: Path) -> None:
    """`wehn` means when, so no kind is missing."""
    _, problems = checked(tmp_path, wehn="a", name="x", instant="true")
    assert [("wehn", "no such key as 'wehn'")] == problems


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"end": "a"},
        {"start": "a"},
        {"when": "a"},
        {"when": "a", "event": "b"},
        {"event": "a", "group": "b"},
        {"when": "a", "duration": "1 ms", "from_": "b", "to": "c", "instant": "true"},
        {"group": "a", "timeout": "1s", "duration": "1 ms"},
    ],
)
def test_what_is_wrong_is_made_whole(tmp_path: Path, keys: dict[str, str]) -> None:
    """Later stages are only shown rules of one kind, with what the kind needs and nothing else."""
    rule, problems = checked(tmp_path, **keys)
    kinds = [
        name for name in ("when", "start", "group", "event") if getattr(rule, name) is not None
    ]
    lengths = [rule.duration is not None, rule.from_ is not None, rule.instant]

    assert problems
    assert 1 == len(kinds)
    assert (rule.start is None) == (rule.end is None)
    assert (1 if kinds == ["when"] else 0) == sum(lengths)
    assert rule.name is not None


@pytest.mark.parametrize(
    ("text", "key", "fix"),
    [
        (
            "format: regex",
            "sources[0].pattern",
            "add an expression with a named group for each field, such as '(?P<message>.*)'",
        ),
        (
            "format: json\n    pattern: '.'",
            "sources[0].pattern",
            "remove it, or write format: regex",
        ),
        (
            "format: grok",
            "sources[0].pattern",
            "add one with %{NAME:field} for each field, such as '%{GREEDYDATA:message}'",
        ),
        ("format: edgy", "sources[0].format", "did you mean 'edge'?"),
        (
            "format: quux",
            "sources[0].format",
            "write one of json, logfmt, regex, grok, csv, tsv, w3c, otlp-json, datadog-json, edge",
        ),
    ],
)
def test_a_format_and_its_pattern(tmp_path: Path, text: str, key: str, fix: str) -> None:
    """Regex needs a pattern, json has none, and another name is a preset's."""
    reading = read_text(tmp_path, GOOD.replace("format: json", text))
    assert [(key, fix)] == [(problem.key, problem.fix) for problem in reading.problems]
    assert ("json", None) == (reading.config.sources[0].format, reading.config.sources[0].pattern)


@pytest.mark.parametrize(
    ("text", "key", "what"),
    [
        ("format: json\n    columns: [a]", "columns", "goes with format: csv or tsv or w3c, not"),
        (
            "format: logfmt\n    delimiter: ','",
            "delimiter",
            "goes with format: csv, not with logfmt",
        ),
        ("format: json\n    patterns: {A: b}", "patterns", "goes with format: grok, not with json"),
        ("format: csv\n    delimiter: ', '", "delimiter", "', ' is not one character that can"),
        ("format: csv\n    delimiter: '\"'", "delimiter", "'\"' is not one character that can"),
        ("format: csv\n    unwrap: docker", "columns", "missing: within an envelope the header"),
        ("format: w3c\n    unwrap: docker", "columns", "missing: within an envelope the header"),
    ],
)
def test_keys_of_a_format(tmp_path: Path, text: str, key: str, what: str) -> None:
    """Each goes with its formats, and holds what it can be used with."""
    reading = read_text(tmp_path, GOOD.replace("format: json", text))
    assert [f"sources[0].{key}"] == [problem.key for problem in reading.problems]
    assert reading.problems[0].what.startswith(what)
    if not text.startswith("format: csv\n    unwrap") and not text.startswith("format: w3c"):
        source = reading.config.sources[0]
        assert ((), {}, None) == (source.columns, source.patterns, source.delimiter)


def test_what_heads_the_lines_of_a_format(tmp_path: Path) -> None:
    """Columns of the configuration stand in for the log's own header."""
    found = [
        read_text(tmp_path, GOOD.replace("format: json", text)).config.sources[0].heading
        for text in (
            "format: json",
            "format: csv",
            "format: tsv",
            "format: w3c",
            "format: w3c\n    columns: [a]",
        )
    ]
    assert [None, b"", b"", b"#Fields:", None] == found


def test_an_unknown_format_is_not_asked_for_rules(tmp_path: Path) -> None:
    """A preset that is misspelled would have brought them."""
    text = "sources:\n  - path: /a\n    format: edgy\n"
    assert ["sources[0].format"] == [each.key for each in read_text(tmp_path, text).problems]


@pytest.mark.parametrize(
    ("encoding", "what"),
    [
        ("utf-9", "'utf-9' is not an encoding that Python knows"),
        ("base64", "'base64' is not an encoding of text"),
        ("unicode_escape", "'unicode_escape' is not an encoding that is read line by line"),
    ],
)
def test_an_encoding_that_is_none(tmp_path: Path, encoding: str, what: str) -> None:
    """It is a problem at its place, and UTF-8 stands in for it."""
    text = GOOD.replace("format: json", f"format: json\n    encoding: {encoding}")
    reading = read_text(tmp_path, text)
    (problem,) = reading.problems
    assert ("sources[0].encoding", what, 4) == (problem.key, problem.what, problem.mark.line)
    assert "utf-8" == reading.config.sources[0].encoding


def test_an_encoding_that_is_one(tmp_path: Path) -> None:
    """It may be called by any name that Python has for it."""
    reading = read_text(
        tmp_path, GOOD.replace("json\n    spans", "json\n    encoding: SJIS\n    spans")
    )
    assert ([], "SJIS") == (reading.problems, reading.config.sources[0].encoding)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("path: /a\n    name: ${NAME}", "is not UTF-8"),
        ("path: /${NAME}", "missing, and the path is not UTF-8"),
    ],
)
def test_a_name_that_is_not_utf8(tmp_path: Path, line: str, what: str) -> None:
    """The ledger could not keep it: it is refused before anything is read."""
    text = GOOD.replace("path: /var/log/app.json", line)
    reading = read_text(tmp_path, text, {"NAME": "caf\udce9"})
    assert [("sources[0].name", what, "give the source a name that is")] == [
        (problem.key, problem.what, problem.fix) for problem in reading.problems
    ]
    text = GOOD.replace("path: /var/log/app.json", "name: shop\n    path: /${NAME}")
    assert [] == read_text(tmp_path, text, {"NAME": "caf\udce9"}).problems


def child_problems(directory: Path, *lines: str) -> list[tuple[str, str]]:
    """Return (key, what) of the problems of a child with these keys."""
    child = ", ".join(('name: c, duration: "{d} s"', *lines))
    rule = ["- when: a", "  name: x", "  duration: 1 ms", "  children:", f"  - {{{child}}}"]
    reading = read_text(directory, HEAD + "".join(f"      {line}\n" for line in rule))
    prefix = "sources[0].spans[0].children[0]."
    return [(each.key.removeprefix(prefix), each.what) for each in reading.problems]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([], []),
        (["place: end"], []),
        (["place: offset", "offset: 1 ms"], []),
        (["place: offset"], [("offset", "missing: place: offset needs it")]),
        (["offset: 1 ms"], [("offset", "goes with place: offset only")]),
        (["place: end", "offset: 1 ms"], [("offset", "goes with place: offset only")]),
        (
            ["place: middle", "offset: 1 ms"],
            [("place", "'middle' is not one of start, end, after-previous, offset")],
        ),
        (["place: offset", "offset_: 1 ms"], [("offset_", "no such key as 'offset_'")]),
    ],
)
def test_offset_goes_with_its_place(
    tmp_path: Path, keys: list[str], expected: list[tuple[str, str]]
) -> None:
    """Each needs the other; what is misspelled is said once."""
    assert expected == child_problems(tmp_path, *keys)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("format: regx\n    pattern: (?P<a>x)", "regex"),
        ("format: groc\n    pattern: '%{WORD:a}'", "grok"),
        ("format: quux\n    pattern: (?P<a>x)", "regex"),
        ("format: quux\n    pattern: '%{WORD:a}'", "grok"),
        ("format: csvv", "csv"),
        ("format: regx", "json"),
        ("format: otlp-jsn", "json"),
    ],
)
def test_a_format_that_is_meant(tmp_path: Path, text: str, expected: str) -> None:
    """The pattern and columns are looked at in the same run, with the format that seems to be meant."""
    reading = read_text(tmp_path, GOOD.replace("format: json", text))
    assert ["sources[0].format"] == [problem.key for problem in reading.problems]
    assert expected == reading.config.sources[0].format


def test_a_condition_beside_a_bad_rate(tmp_path: Path) -> None:
    """The entry is kept, so that what is wrong with its condition is found in the same run."""
    keep = "traces: {keep: [{when: any.error, rate: 2}, {when: spans > 9}]}\n"
    reading = read_text(tmp_path, GOOD + keep)
    keys = [problem.key for problem in reading.problems]
    assert ["traces.keep[0].rate", "traces.keep[1].rate"] == keys
    assert ["any.error", "spans > 9"] == [each.when for each in reading.config.traces.keep]


@pytest.mark.parametrize(
    ("old", "new", "key", "fix"),
    [
        (
            "format: json",
            "format: docker",
            "format",
            "write unwrap: docker, and the format of what is in that envelope",
        ),
        (
            "format: json",
            "format: json\n    json: true",
            "json",
            "write the fields, such as [payload]; lines that are JSON have format: json",
        ),
    ],
)
def test_words_at_the_wrong_key(tmp_path: Path, old: str, new: str, key: str, fix: str) -> None:
    """Envelopes are no formats, and `json` is no switch."""
    (problem,) = read_text(tmp_path, GOOD.replace(old, new)).problems
    assert (f"sources[0].{key}", fix) == (problem.key, problem.fix)
