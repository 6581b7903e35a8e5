from pathlib import Path

from logtrace.analysis.source import located, warning
from logtrace.config.model import Text
from logtrace.errors import Mark, Severity
from logtrace.mapping.nodes import Extracted, Field
from tests.support.judged import known

RULE = "when: level exists, instant: true"


def test_a_pattern_gives_its_groups_as_text(tmp_path: Path) -> None:
    """And nothing else; a dotted name is no group's."""
    source = known(tmp_path, RULE)
    assert ("time", "level", "message") == source.names
    assert source.is_text(Field("level"))
    assert source.gives(Field("level"))
    assert source.gives(Extracted("job"))
    assert not source.gives(Field("levl"))
    assert not source.gives(Field("message.text"))


def test_an_envelope_gives_its_own(tmp_path: Path) -> None:
    """Docker's time and stream, beside the groups."""
    source = known(tmp_path, RULE, "unwrap: docker")
    assert source.gives(Field("docker.stream"))


def test_of_json_nothing_is_known(tmp_path: Path) -> None:
    """It may have any field, of any kind."""
    source = known(tmp_path, RULE, pattern=None)
    assert () == source.names
    assert source.gives(Field("levl"))
    assert not source.is_text(Field("level"))


def test_a_field_that_is_meant(tmp_path: Path) -> None:
    """The nearest, whatever its capitals; where none is near all that there are."""
    source = known(tmp_path, RULE)
    assert "did you mean 'level'?" == source.instead("Levl")
    assert "did you mean 'job'?" == source.instead("jobb", ("job",))
    assert "its lines have time, level, message" == source.instead("customer")


def test_a_long_list_is_cut(tmp_path: Path) -> None:
    """A person reads eight names."""
    pattern = "".join(f"(?P<f{number}>x)" for number in range(9))
    assert (
        known(tmp_path, "when: f1 exists, instant: true", pattern=pattern)
        .instead("z")
        .endswith("f7, …")
    )


def test_a_warning_points_at_a_character() -> None:
    """It has the severity, the place and the excerpt."""
    text = Text("a == b", Mark("f", 3, 10))
    found = warning(text, 5, "when", "what", "fix")
    assert (Mark("f", 3, 15), Severity.WARNING) == (found.mark, found.severity)
    assert "    a == b\n         ^" == found.excerpt
    assert "f:3:10: warning: k: what" == str(located(text.mark, "k", "what"))
