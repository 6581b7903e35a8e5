import pytest

from logtrace.errors import ConfigError
from logtrace.parse.docker import DockerParser
from logtrace.parse.json_lines import JsonParser
from logtrace.parse.regex import RegexParser
from tests.support.lines import parser


@pytest.mark.parametrize(
    ("form", "pattern", "unwrap", "kind"),
    [
        ("json", None, None, JsonParser),
        ("regex", "(?P<a>.)", None, RegexParser),
        ("json", None, "docker", DockerParser),
        ("regex", "(?P<a>.)", "docker", DockerParser),
    ],
)
def test_a_source_gets_the_parser_of_its_format(
    form: str, pattern: str | None, unwrap: str | None, kind: type
) -> None:
    """Format and envelope choose the parser."""
    assert kind is type(parser(form, "a", pattern, unwrap=unwrap))


def test_an_unknown_format_is_named_with_its_place() -> None:
    """A format that is neither code nor preset is a problem of the configuration."""
    with pytest.raises(ConfigError) as caught:
        parser("xml")

    assert (
        "logtrace.yaml:7:5: format: unknown format 'xml'; use json, regex or a preset such as nginx"
        == str(caught.value)
    )


def test_a_name_that_json_keys_cannot_be_compared_with_is_refused() -> None:
    """A field that would silently never be found is an error instead."""
    with pytest.raises(ConfigError, match="field 'a\"b' has a quote"):
        parser("json", 'a"b c')
