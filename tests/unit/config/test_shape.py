from logtrace.clock import SECOND
from logtrace.config.model import Config, Defaults, ExtractConfig, RuleConfig, SourceConfig
from logtrace.config.shape import sections, shape


def test_keys_have_the_names_that_are_written() -> None:
    """`from_` is `from` in YAML, and a place is no key."""
    assert "from_" == shape(RuleConfig)["from"].field
    assert "mark" not in shape(RuleConfig)


def test_the_defaults_of_a_source_are_keys_of_the_source() -> None:
    """They are written flat, and go into the field `defaults`."""
    keys = shape(SourceConfig)
    assert "defaults" not in keys
    assert [*shape(Defaults)] == [name for name, key in keys.items() if key.home is Defaults]


def test_how_a_key_is_read_follows_from_its_type() -> None:
    """Every kind of value that the model has."""
    rule, source = shape(RuleConfig), shape(SourceConfig)
    assert ("choice", ("start", "end")) == (rule["at"].reads, rule["at"].choices)
    assert ("flag", False) == (rule["instant"].reads, rule["instant"].default)
    assert ("duration", 3600 * SECOND) == (rule["timeout"].reads, rule["timeout"].default)
    assert ("table", "text") == (rule["tags"].reads, rule["tags"].item)
    assert ("list", "path") == (source["path"].reads, source["path"].item)
    assert ("sections", RuleConfig) == (source["spans"].reads, source["spans"].section)
    assert ("section", ExtractConfig) == (rule["extract"].reads, rule["extract"].section)
    assert "text" == rule["when"].reads


def test_what_must_be_there() -> None:
    """The model says it, or the key's own hint."""
    assert ["path", "format", "spans"] == [
        name for name, key in shape(SourceConfig).items() if key.required
    ]
    assert ["name"] == [name for name, key in shape(RuleConfig).items() if key.required]


def test_every_key_says_what_it_is_for() -> None:
    """A sentence for the schema and for messages."""
    for _, section in sections():
        for key in shape(section).values():
            assert key.description.endswith("."), key


def test_every_section_is_found() -> None:
    """With the place where it stands."""
    found = dict(sections())
    assert found[""] is Config
    assert found["sources[].spans[].extract"] is ExtractConfig
    assert 16 == len(found)
