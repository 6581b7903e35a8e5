import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.admin.document import FILES
from logtrace.admin.request import LONGEST, Asked, Refused, answer, refusal, understand


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (b"GET /status HTTP/1.1\r\nHost: x\r\n\r\n", Asked(FILES)),
        (b"GET /status HTTP/1.0\n\n", Asked(FILES)),
        (b"GET /status?files=500&x=1 HTTP/1.1\r\n\r\nand more", Asked(500)),
        (b"HEAD /status HTTP/1.1\r\n\r\n", Asked(FILES, body=False)),
        (b"", None),
        (b"GET /status HTTP/1.1\r\n", None),
        (b"\0" * LONGEST, None),
    ],
)
def test_what_is_asked_for(said: bytes, wanted: Asked | None) -> None:
    """The document, with details of some or of so many files; nothing before all is said."""
    assert wanted == understand(said)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 404),
        (b"GET /status/../../etc/passwd HTTP/1.1\r\n\r\n", 404),
        (b"POST /status HTTP/1.1\r\n\r\n", 405),
        (b"GET /status?files=-1 HTTP/1.1\r\n\r\n", 400),
        (b"GET /status?files=99999999999 HTTP/1.1\r\n\r\n", 400),
        (b"GET /status?files=\xd9\xa3 HTTP/1.1\r\n\r\n", 400),
        (b"GET //[ HTTP/1.1\r\n\r\n", 400),
        (b"GET /status\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\n\n", 400),
        (b"\n\n", 400),
        (b"\0" * (LONGEST + 1), 431),
    ],
)
def test_what_cannot_be_had_is_refused(said: bytes, status: int) -> None:
    """With the status that says why, and a sentence."""
    refused = understand(said)
    assert isinstance(refused, Refused)
    assert status == refused.status
    assert refused.words


@given(
    st.sampled_from([b"", b"GET /status", b"GET /status?files="]),
    st.binary(max_size=200),
    st.sampled_from([b"", b" HTTP/1.1", b" HTTP/1.1\r\n\r\n", b"\n\n"]),
)
def test_whatever_is_said_is_dealt_with(start: bytes, middle: bytes, end: bytes) -> None:
    """No bytes raise; a number of files is one, and what is refused can be answered."""
    wanted = understand(start + middle + end)
    if isinstance(wanted, Refused):
        assert refusal(*wanted).startswith(b"HTTP/1.1 4")
    elif wanted is not None:
        assert 0 <= wanted.files < 10**9


def test_a_response_says_how_long_it_is() -> None:
    """Without its body too; words that are no UTF-8 are written visibly."""
    assert b"Content-Length: 5\r\n" in answer(b"12345", body=False)
    assert answer(b"12345", body=False).endswith(b"\r\n\r\n")
    assert answer(b"12345").endswith(b"\r\n\r\n12345")
    assert refusal(500, "x\udcff").endswith(
        b"Content-Length: 8\r\nCache-Control: no-store\r\nConnection: close\r\n\r\nx\\udcff\n"
    )
