from logtrace.config.keys import Text, duration, key
from logtrace.errors import Mark


def test_a_text_knows_the_place_of_its_characters() -> None:
    """As long as it stands in the file as it is; otherwise only its own place is known."""
    mark = Mark("logtrace.yaml", 3, 10)

    assert Mark("logtrace.yaml", 3, 14) == Text("status", mark).at(4)
    assert mark == Text("a\tb", mark, plain=False).at(2)
    assert "status" == Text("status", mark)


def test_a_key_carries_its_sentence_and_its_hints() -> None:
    """Which the reader and the JSON Schema take from there."""
    made = key("What it is.", least=1)
    assert ("What it is.", {"least": 1}) == (made.description, made.extra)
    assert key("What it is.").extra is None


def test_a_duration_is_longer_than_nothing() -> None:
    """Zero would mean never or always, which nobody can tell."""
    assert {"reads": "duration", "least": 1, "rules": ("group",)} == duration(
        "How long.", rules=("group",)
    ).extra
