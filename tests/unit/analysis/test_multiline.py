from pathlib import Path

import pytest

from logtrace.analysis.multiline import multiline_findings
from tests.support.judged import known, said

RULE = "when: a, instant: true"


@pytest.mark.parametrize(
    ("keys", "key", "word", "fix"),
    [
        ("continue: [java, jav]", "continue", "jav", "did you mean 'java'?"),
        ("start: Timestamp", "start", "Timestamp", "did you mean 'timestamp'?"),
        ("start: java", "start", "java", "'java' can be named by `continue`"),
        ("end: timestamp", "end", "timestamp", "'timestamp' can be named by `start`"),
    ],
)
def test_a_word_that_is_nearly_a_name(
    tmp_path: Path, keys: str, key: str, word: str, fix: str
) -> None:
    """It would be searched for as a pattern; what it may be is said."""
    source = known(tmp_path, RULE, f"multiline: {{{keys}}}", pattern=None)
    (found,) = multiline_findings(source)
    assert [f"multiline.{key}: {word!r} is a pattern here, which lines have to hold"] == said(
        [found]
    )
    assert fix == found.fix


@pytest.mark.parametrize(
    "more",
    [
        "multiline: {start: timestamp, continue: [java, '^at']}",
        "multiline: {start: BEGIN, continue: '^jav', end: END}",
        "name: a",
    ],
)
def test_names_and_patterns(tmp_path: Path, more: str) -> None:
    """Nothing is said of them, nor of a word that is like no name."""
    assert [] == said(multiline_findings(known(tmp_path, RULE, more, pattern=None)))
