from typing import Any

import pytest

from logtrace.config.model import MultilineConfig
from logtrace.errors import ConfigError
from logtrace.parse import build_joiner
from logtrace.parse.delimited import DelimitedParser
from logtrace.parse.grok import GrokParser
from logtrace.parse.json_lines import JsonParser
from logtrace.parse.logfmt import LogfmtParser
from logtrace.parse.regex import RegexParser
from logtrace.parse.w3c import W3cParser
from tests.support.lines import parser, source_of, text


@pytest.mark.parametrize(
    ("form", "pattern", "kind"),
    [
        ("json", None, JsonParser),
        ("regex", "(?P<a>.)", RegexParser),
        ("grok", "%{DATA:a}", GrokParser),
        ("logfmt", None, LogfmtParser),
        ("csv", None, DelimitedParser),
        ("tsv", None, DelimitedParser),
        ("w3c", None, W3cParser),
    ],
)
def test_a_source_gets_the_parser_of_its_format(form: str, pattern: str | None, kind: type) -> None:
    """The format chooses the parser."""
    assert kind is type(parser(form, "a", pattern))


def test_only_what_has_to_be_joined_is() -> None:
    """A source whose lines are records has no joiner; an envelope or `multiline` makes one."""
    assert not _has_joiner("json")
    assert _has_joiner("json", unwrap="cri")
    assert _has_joiner("json", multiline=MultilineConfig(start=text("^a")))


def _has_joiner(form: str, **keys: Any) -> bool:
    source = source_of(form, **keys)
    return build_joiner(source, frozenset(), parser(form)) is not None


def test_an_unknown_format_is_named_with_its_place() -> None:
    """A format that is neither code nor preset is a problem of the configuration."""
    with pytest.raises(ConfigError) as caught:
        parser("xml")

    expected = "logtrace.yaml:7:5: format: unknown format 'xml'; use json, logfmt, regex, "
    assert str(caught.value).startswith(expected)


def test_a_name_that_json_keys_cannot_be_compared_with_is_refused() -> None:
    """A field that would silently never be found is an error instead."""
    with pytest.raises(ConfigError, match="field 'a\"b' has a quote"):
        parser("json", 'a"b c')
