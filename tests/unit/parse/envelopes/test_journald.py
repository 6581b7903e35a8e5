import json
from typing import Any

import pytest

from logtrace.model import Reject
from tests.support.lines import Joining, batch, real

ENTRY = {
    "__REALTIME_TIMESTAMP": "1795341600000002",
    "_HOSTNAME": "web1",
    "_SYSTEMD_UNIT": "shop.service",
    "SYSLOG_IDENTIFIER": "shop",
    "_PID": "17",
    "PRIORITY": "3",
    "MESSAGE": "done",
}


def entry(**keys: Any) -> str:
    """Return a line of `journalctl -o json`."""
    return json.dumps(ENTRY | keys)


def test_the_fields_of_an_entry() -> None:
    """Who said it, where, when and how badly."""
    names = "time unit app pid host severity"
    made = Joining(
        "regex",
        " ".join(["a", *(f"journald.{name}" for name in names.split())]),
        "(?P<a>.*)",
        unwrap="journald",
    )

    made.take(batch(entry(), entry(_SOURCE_REALTIME_TIMESTAMP="1795341600000001", PRIORITY="9")))

    assert [
        ("done", "1795341600000002", "shop.service", "shop", "17", "web1", "err"),
        ("done", "1795341600000001", "shop.service", "shop", "17", "web1", None),
    ] == [value for _, value in made.said]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("two\nlines\n", "two\nlines"),
        ([100, 111, 255], "do\ufffd"),
        (None, Reject.BAD_ENVELOPE),
        ([1000], Reject.BAD_ENVELOPE),
        ([[1]], Reject.BAD_ENVELOPE),
        ({"a": 1}, Reject.BAD_ENVELOPE),
    ],
)
def test_messages_of_any_kind(message: Any, expected: Any) -> None:
    """Bytes that are no text come as numbers; an entry without a text is none."""
    made = Joining("regex", "a", "(?P<a>.*)", unwrap="journald")

    assert [(0, expected)] == made.take(batch(entry(MESSAGE=message)))


def test_a_field_that_is_there_twice() -> None:
    """The journal makes a list of it: the last one counts."""
    made = Joining("regex", "journald.app", "(?P<a>.*)", unwrap="journald")

    made.take(batch(entry(SYSLOG_IDENTIFIER=["a", "b"]), entry(SYSLOG_IDENTIFIER=[], _COMM="c")))

    assert [(0, "b"), (1, None)] == made.said


def test_a_real_journal() -> None:
    """Each entry of a machine's journal gives a text with its time, but for those without one."""
    lines = real("samples/lnav/logfile_journald.json").read_text().splitlines()
    made = Joining("regex", "a journald.time", "(?P<a>.*)", unwrap="journald")

    made.take(batch(*lines))

    given = [json.loads(line) for line in lines]
    texts = [each["MESSAGE"] for each in given if isinstance(each.get("MESSAGE"), str)]
    assert len(given) == len(made.said)
    assert texts == [value[0] for _, value in made.said if isinstance(value, tuple)]
