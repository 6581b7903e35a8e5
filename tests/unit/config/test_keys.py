from logtrace.config.keys import Text, duration, key
from logtrace.errors import Mark

HERE = Mark("logtrace.yaml", 3, 7)


def test_a_text_knows_where_its_characters_stand() -> None:
    """Unless it is written with escapes or over several lines: then where it begins."""
    assert Mark("logtrace.yaml", 3, 9) == Text("abc", HERE).at(2)
    assert Text("abc", HERE, plain=False).at(2) == HERE
    assert "abc" == Text("abc", HERE)


def test_hints_stand_beside_the_sentence() -> None:
    """A key without hints has none."""
    assert ("One.", None) == (key("One.").description, key("One.").extra)
    assert {"reads": "duration", "least": 1, "rules": ("start",)} == duration(
        "Two.", rules=("start",)
    ).extra
