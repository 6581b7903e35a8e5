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


def test_grok_gives_what_its_pattern_names(tmp_path: Path) -> None:
    """Those that are numbers are no text."""
    form = "format: grok\n    pattern: '%{NOTSPACE:time} %{WORD:level} %{NUMBER:took:float}'"
    source = known(tmp_path, RULE, form=form)
    assert ("time", "level", "took") == source.names
    assert source.is_text(Field("level"))
    assert not source.is_text(Field("took"))
    assert not source.gives(Field("tok"))


def test_columns_are_known_by_both_of_their_names(tmp_path: Path) -> None:
    """As they stand, and as an expression can spell them; a header that the log brings says nothing."""
    source = known(tmp_path, RULE, form="format: csv\n    columns: [time, job name, level]")
    assert {"time", "job name", "job_name", "level"} == set(source.names)
    assert not source.gives(Field("job"))
    assert known(tmp_path, RULE, form="format: csv").gives(Field("job"))


def test_the_time_of_w3c_is_made(tmp_path: Path) -> None:
    """Of its date and time: no column is called so."""
    source = known(tmp_path, RULE, form="format: w3c\n    columns: [date, time, level]")
    assert source.gives(Field("ts"))


def test_a_field_that_holds_json_has_parts(tmp_path: Path) -> None:
    """Any, of any kind; other fields have none."""
    source = known(tmp_path, RULE, "json: [message]")
    assert source.gives(Field("message.user.id"))
    assert not source.gives(Field("level.user"))
    assert not source.is_text(Field("message"))


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
