import json

import msgspec
import pytest

from logtrace.admin.document import CounterStatus, FileStatus, Status, encode, moment
from logtrace.config.model import Text
from logtrace.errors import Mark


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (1_795_348_800_123_456_789, "2026-11-22T12:00:00.123Z"),
        (0, None),
        (-1, None),
        (2**63, "2262-04-11T23:47:16.854Z"),
        (10**30, None),
    ],
)
def test_a_moment_is_a_text(ns: int, text: str | None) -> None:
    """RFC 3339 to the millisecond; what is no date is null, and nothing fails."""
    assert text == moment(ns)


def test_what_is_no_utf8_is_written_visibly() -> None:
    """A byte of a file name, or half a character of a log, does not stop the document."""
    status = Status(
        files=[FileStatus(path="/a\udcff.log", stream="/ä.log")],
        counters={"x\ud800": CounterStatus(1, {"y\udc80": 1})},
    )
    document = json.loads(encode(status))

    assert "/a\\udcff.log" == document["files"][0]["path"]
    assert "/ä.log" == document["files"][0]["stream"]
    assert {"x\\ud800": {"total": 1, "by": {"y\\udc80": 1}}} == document["counters"]


def test_a_text_of_the_configuration_is_a_text() -> None:
    """Whether or not it knows its place in the file."""
    text = Text("shop", Mark("c.yaml", 1, 1))
    assert {"state": "shop"}.items() <= json.loads(encode(Status(state=text))).items()
    assert b'["shop\\\\udcff"]' == encode([Text("shop\udcff", Mark("c.yaml", 1, 1))])


def test_what_is_no_text_is_not_hidden() -> None:
    """A value of a type that JSON does not know is a mistake of ours."""
    with pytest.raises(NotImplementedError):
        encode([object()])


def test_a_document_of_another_version_is_read() -> None:
    """What is unknown is passed over, what is missing has its default."""
    status = msgspec.json.decode(b'{"schema":7,"new":[1],"agent":{"url":"x","x":1}}', type=Status)
    assert (7, "x", []) == (status.schema, status.agent.url, status.sources)
