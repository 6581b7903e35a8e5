"""Whatever a configuration file holds, reading it ends with a configuration and a list of problems."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from logtrace.config import load, read
from logtrace.config.model import Config, RuleConfig
from logtrace.config.scalars import UNITS
from logtrace.config.schema import duration_text
from logtrace.config.shape import sections, shape
from logtrace.errors import ConfigError
from tests.support.settings import GOOD

pytestmark = pytest.mark.fuzz

KEYS = sorted({name for _, section in sections() for name in shape(section)})
WORDS = [
    *KEYS,
    "json",
    "regex",
    "1h",
    "30",
    "no",
    "017",
    "{x}",
    '"a" == b',
    "${A}",
    "*a",
    "&a ",
    "!",
]
SIGNS = [
    ": ",
    "- ",
    "\n",
    "\n  ",
    "\n    ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "'",
    '"',
    " # ",
    "\t",
    "|",
    "<<",
]

soup = st.lists(st.sampled_from([*WORDS, *SIGNS]), max_size=40).map("".join)
mangled = st.tuples(st.integers(0, len(GOOD)), soup, st.integers(0, 12)).map(
    lambda cut: GOOD[: cut[0]] + cut[1] + GOOD[cut[0] + cut[2] :]
)
trees = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(WORDS)
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=30,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to write each example to."""
    return tmp_path_factory.mktemp("config") / "logtrace.yaml"


def survives(path: Path, data: bytes) -> None:
    """Read `data`; what is not a problem is a configuration that `load` gives too."""
    path.write_bytes(data)
    reading = read(path, {"A": "x"})
    assert isinstance(reading.config, Config)
    for problem in reading.problems:
        assert problem.what
        assert problem.mark.line >= 1
        assert problem.mark.column >= 1
    if reading.problems:
        with pytest.raises(ConfigError) as caught:
            load(path, {"A": "x"})
        assert reading.problems == caught.value.problems
    else:
        assert reading.config == load(path, {"A": "x"})
    for source in reading.config.sources:
        for rule in source.spans:
            assert is_whole(rule)


def is_whole(rule: RuleConfig) -> bool:
    """Return whether a rule is of one kind, with all that the kind needs."""
    kinds = sum(part is not None for part in (rule.when, rule.start, rule.group, rule.event))
    lengths = sum((rule.duration is not None, rule.from_ is not None, rule.instant))
    paired = (rule.start is None) == (rule.end is None)
    return kinds == 1 and paired and rule.name is not None and lengths == (rule.when is not None)


@given(data=st.binary(max_size=200))
def test_bytes(path: Path, data: bytes) -> None:
    """Bytes that are nothing in particular."""
    survives(path, data)


@given(text=soup)
@example(text="a: {b: {x}/{y}, c: {z}/{w}}")
@example(text="a: '{b")
@example(text="{s")
def test_soup(path: Path, text: str) -> None:
    """Words and signs of YAML in any order."""
    survives(path, text.encode())


@given(text=mangled)
def test_a_good_file_with_something_else_in_it(path: Path, text: str) -> None:
    """A slip somewhere in the middle."""
    survives(path, text.encode())


@given(tree=trees)
def test_any_tree(path: Path, tree: Any) -> None:
    """Keys that exist, with values of every type."""
    survives(path, yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "replace"))


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff"),
    min_size=1,
    max_size=30,
).filter(lambda text: "$" not in text)


@given(
    service=TEXT,
    tags=st.dictionaries(TEXT, TEXT, max_size=3),
    idle=st.integers(1, 500_000).flatmap(
        lambda amount: st.sampled_from(list(UNITS.values())).map(lambda unit: amount * unit)
    ),
    spans=st.integers(1, 10**9),
    style=st.sampled_from(["'", '"']),
)
def test_valid_values_come_back(
    path: Path, service: str, tags: dict[str, str], idle: int, spans: int, style: str
) -> None:
    """What is written in quotes is what is read, to the letter and the nanosecond."""
    written = {
        "defaults": {"service": service, "tags": tags},
        "traces": {"idle": duration_text(idle)},
    }
    dumped = yaml.safe_dump(written, allow_unicode=True, default_style=style, width=10**6)
    limit = f"  max_spans: {spans}\n"
    path.write_text(dumped + limit + GOOD, "utf-8")
    config = load(path, {})

    assert (service, tags) == (config.defaults.service, dict(config.defaults.tags))
    assert (idle, spans) == (config.traces.idle, config.traces.max_spans)
