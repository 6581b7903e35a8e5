import pytest

from logtrace.cli.shown import shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        ("a", '"a"'),
        ("x" * 99, '"' + "x" * 59 + '…"'),
        (5, "5"),
        (True, "true"),
        ([1, "a"], '[1,"a"]'),
        (list(range(99)), "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22…"),
        (object(), "object"),
        (float("nan"), "null"),
    ],
)
def test_values_are_shown_as_json(value: object, text: str) -> None:
    """Whatever a line may hold, and not too long."""
    assert text == shown(value)
