import json
from importlib.resources import files

from logtrace.config.model import RuleConfig, TracesConfig
from logtrace.config.schema import duration_text, json_schema, text
from logtrace.config.shape import sections, shape


def test_the_shipped_schema_is_current() -> None:
    """`logtrace schema > logtrace/config/schema.json` writes it anew."""
    assert text() == (files("logtrace") / "config" / "schema.json").read_text()


def test_every_key_is_in_the_schema() -> None:
    """With its description, and nothing beside it."""
    schema = json_schema()
    for path, section in sections():
        name = section.__name__.removesuffix("Config")
        found = schema["$defs"][name] if path else schema
        assert [*shape(section)] == [*found["properties"]]
        assert found["additionalProperties"] is False
        for key, value in shape(section).items():
            assert found["properties"][key]["description"].startswith(value.description)


def test_every_reference_leads_somewhere() -> None:
    """An editor can follow it."""
    schema = json_schema()
    parts = json.dumps(schema).split('"$ref": "#/$defs/')[1:]
    assert {part.partition('"')[0] for part in parts} == set(schema["$defs"])


def test_what_must_be_there_and_what_goes_together() -> None:
    """A preset brings rules, so they are only required without one."""
    schema = json_schema()["$defs"]
    assert ["path", "format"] == schema["Source"]["required"]
    assert {"required": ["spans"]} == schema["Source"]["then"]
    assert ["name"] == schema["Rule"]["required"]
    kinds = [{"required": names} for names in (["when"], ["start", "end"], ["group"], ["event"])]
    assert kinds == schema["Rule"]["oneOf"]


def test_defaults_are_shown_as_they_are_written() -> None:
    """Durations with their unit."""
    schema = json_schema()["$defs"]
    traces, rule = schema["Traces"]["properties"], schema["Rule"]["properties"]
    assert ("adaptive", "30s", 10_000) == tuple(
        traces[key]["default"] for key in ("wait", "idle", "max_spans")
    )
    assert ("end", False, "1h") == tuple(
        rule[key]["default"] for key in ("at", "instant", "timeout")
    )
    assert "default" not in schema["Source"]["properties"]["read_from"]


def test_durations_are_written_in_the_largest_unit() -> None:
    """That holds them exactly."""
    timeout = shape(RuleConfig)["timeout"].default
    assert ("1h", "30s", "5s") == (
        duration_text(timeout),
        duration_text(shape(TracesConfig)["idle"].default),
        duration_text(shape(RuleConfig)["pause"].default),
    )
    assert "1500ms" == duration_text(1_500_000_000)
