import pytest

from logtrace.model import Reject
from tests.support.lines import Joining, batch


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            '2026-11-22T10:00:00+00:00\tapp.web\t{"log":"done\\n","container_id":"c"}',
            ("done", "2026-11-22T10:00:00+00:00", "app.web"),
        ),
        ('2026\tapp.web\t{"message":"done"}', ("done", "2026", "app.web")),
        ('2026\tapp.web\t{"status":200}', ('{"status":200}', "2026", "app.web")),
        ('app.web: [1795341600.5, {"log":"done"}]', ("done", 1795341600.5, "app.web")),
        ('app.web: [[1795341600.5, {}], {"log":"done"}]', ("done", 1795341600.5, "app.web")),
        ('app.web: [1795341600.5, {"k": 1}]', ('{"k": 1}', 1795341600.5, "app.web")),
    ],
)
def test_records(line: str, expected: tuple[object, ...]) -> None:
    """The text of a record, or the record as JSON; time and tag are fields."""
    made = Joining("regex", "a fluent.time fluent.tag", "(?P<a>.*)", unwrap="fluent")

    assert [(0, expected)] == made.take(batch(line))


@pytest.mark.parametrize(
    "line",
    [
        "done",
        "2026\tapp",
        "2026\tapp\t{",
        "app: [1]",
        "app: [1, 2]",
        "app: {}",
        'app: [[], 1, {"log":"x"}]',
    ],
)
def test_what_is_no_record(line: str) -> None:
    """Is rejected as such."""
    made = Joining("regex", "a", "(?P<a>.*)", unwrap="fluent")

    assert [(0, Reject.BAD_ENVELOPE)] == made.take(batch(line))


def test_pieces_by_the_marks_of_the_docker_driver() -> None:
    """`partial_message` goes on up to `partial_last`, in its container."""
    made = Joining("regex", "a", "(?P<a>.*)", unwrap="fluent")
    piece = '1\tt\t{"log":"LOG","container_id":"c","partial_message":"true","partial_last":"LAST"}'

    made.take(
        batch(
            piece.replace("LOG", "one ").replace("LAST", "false"),
            '1\tt\t{"log":"other","container_id":"d"}',
            piece.replace("LOG", "two").replace("LAST", "true"),
        )
    )

    assert [(0, "one two"), (1, "other")] == made.said
    assert {0: [2]} == made.ties
