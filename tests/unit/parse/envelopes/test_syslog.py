import pytest

from logtrace.model import Reject
from tests.support.lines import Joining, batch

FIELDS = "a syslog.time syslog.host syslog.app syslog.pid syslog.severity syslog.facility"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "Nov 22 10:00:00 web1 shop[17]: it is: done",
            ("it is: done", "Nov 22 10:00:00", "web1", "shop", "17", None, None),
        ),
        (
            "<29>Nov  2 10:00:00 web1 shop: done",
            ("done", "Nov  2 10:00:00", "web1", "shop", None, "notice", "daemon"),
        ),
        (
            "2026-11-22T10:00:00.123456+01:00 web1 shop/web[a-1]: done",
            ("done", "2026-11-22T10:00:00.123456+01:00", "web1", "shop/web", "a-1", None, None),
        ),
        (
            "Nov 22 10:00:00 web1 last message repeated 2 times",
            ("last message repeated 2 times", "Nov 22 10:00:00", "web1", None, None, None, None),
        ),
        (
            "août 22 10:00:00 web1 shop[17]: fini",
            ("fini", "août 22 10:00:00", "web1", "shop", "17", None, None),
        ),
        (
            '<165>1 2026-11-22T10:00:00.003Z web1 shop 17 ID4 [a@1 k="v \\" ]"][b@2] \ufeffdone',
            ("done", "2026-11-22T10:00:00.003Z", "web1", "shop", "17", "notice", "local4"),
        ),
        ("1 - - - - - - done", ("done", None, None, None, None, None, None)),
        ("<999>1 - - - - - -", ("", None, None, None, None, None, None)),
        (
            'Nov 22 10:00:00 web1 shop[17]: @cee: {"k":1}',
            ('{"k":1}', "Nov 22 10:00:00", "web1", "shop", "17", None, None),
        ),
    ],
)
def test_headers(line: str, expected: tuple[str | None, ...]) -> None:
    """Every form of header that rsyslog and syslog-ng write, and its parts."""
    made = Joining("regex", FIELDS, "(?P<a>.*)", unwrap="syslog")

    assert [(0, expected)] == made.take(batch(line))


def test_structured_data_is_a_field() -> None:
    """As it stands, and so is the message's id."""
    made = Joining("regex", "a syslog.id syslog.data", "(?P<a>.*)", unwrap="syslog")

    found = made.take(batch('1 - h a p ID [x@1 t="]"] text'))

    assert [(0, ("text", "ID", '[x@1 t="]"]'))] == found


@pytest.mark.parametrize("line", ["done", "Nov 22 web1 shop: x", "1 2026 h", "<13>", "[] x"])
def test_what_has_no_header(line: str) -> None:
    """Is rejected as such, whatever stands in it."""
    made = Joining("regex", "a", "(?P<a>.*)", unwrap="syslog")

    assert [(0, Reject.BAD_ENVELOPE)] == made.take(batch(line))
