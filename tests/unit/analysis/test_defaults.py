from pathlib import Path

import pytest

from logtrace import mapping, parse
from logtrace.analysis.defaults import default_findings
from logtrace.analysis.source import KnownSource
from logtrace.config.reader import read
from tests.support.judged import known, said

RULE = "when: a, instant: true"


@pytest.mark.parametrize(
    ("keys", "key", "wanted"),
    [
        ("service: '{app}'", "service", "`service`"),
        ("host: 'web-{h}'", "host", "`host`"),
        ("env: '{stage | lower}'", "env", "`tags: {env: …}`"),
        ("version: '{v}'", "version", "`tags: {version: …}`"),
        ("tags: {user: '{user.id}'}", "tags.user", "`tags`"),
    ],
)
def test_what_looks_like_a_template_of_all_lines(
    tmp_path: Path, keys: str, key: str, wanted: str
) -> None:
    """Braces are sent as they stand; where the value of a line can be named is said."""
    (found,) = default_findings(known(tmp_path, RULE, keys, pattern=None))
    what = f"{key}: is no template here: its braces are sent as they stand"
    assert [what] == said([found])
    assert f"write it in the rules, as {wanted}" == found.fix


@pytest.mark.parametrize(
    "keys",
    [
        "service: shop",
        """tags: {a: '{"b": 1}', c: '{}', d: '{{x}}', e: '{', f: '{1}'}""",
        "name: x",
    ],
)
def test_what_does_not_look_like_one(tmp_path: Path, keys: str) -> None:
    """Braces around no field are text: nothing is said."""
    assert [] == said(default_findings(known(tmp_path, RULE, keys, pattern=None)))


def test_a_source_without_rules(tmp_path: Path) -> None:
    """Its lines are spans already: there is no better place for a template."""
    (tmp_path / "logtrace.yaml").write_text(
        "sources:\n  - {path: /a.json, format: otlp-json, service: '{app}'}\n"
    )
    (config,) = read(tmp_path / "logtrace.yaml", {}).config.sources
    checked = mapping.check(config)
    (found,) = default_findings(KnownSource(config, checked, parse.build(config, checked.fields)))
    assert "leave them out" == found.fix
