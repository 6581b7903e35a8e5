"""As much of HTTP as it takes to ask for a status: bytes in, what is wanted out, and back.

Called by `admin.server` with whatever a client says. Pure: every sequence of bytes is a request, not one
yet, or refused with a status and a sentence; nothing raises.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from logtrace.admin.document import FILES

LONGEST = 8192
"""Bytes of a request."""

_REQUEST = re.compile(rb"([A-Z]{1,20}) (/\S*) HTTP/1\.[01]\r?\n")
_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
}


class Asked(NamedTuple):
    """A request that can be answered.

    Attributes:
        files: of how many files the answer is to tell details.
        body: whether more than the answer's head is wanted.
    """

    files: int
    body: bool = True


class Refused(NamedTuple):
    """Something that cannot: the status and the words of the answer."""

    status: int
    words: str


def understand(said: bytes) -> Asked | Refused | None:
    """Return what a client wants that has said so much; None: it has not said all of it yet."""
    if b"\r\n\r\n" not in said and b"\n\n" not in said:
        return Refused(431, "the request is too long") if len(said) > LONGEST else None
    request = _REQUEST.match(said)
    if request is None:
        return Refused(400, "this is no HTTP request")
    method, target = request[1], request[2].decode("latin-1")
    try:
        parts = urlsplit(target)
        files = parse_qs(parts.query).get("files", [str(FILES)])[-1]
    except ValueError:
        return Refused(400, "this is no URL")
    if parts.path != "/status":
        return Refused(404, "there is /status, and /status?files=1000")
    if method not in (b"GET", b"HEAD"):
        return Refused(405, "GET is all that there is")
    if not (files.isascii() and files.isdigit() and len(files) < 10):
        return Refused(400, "files: a number is expected")
    return Asked(int(files), method == b"GET")


def answer(document: bytes, body: bool = True) -> bytes:
    """Return a response with a document; without `body` only its head."""
    return _head(200, "application/json", len(document)) + (document if body else b"")


def refusal(status: int, words: str) -> bytes:
    """Return a response that says why there is no document."""
    text = f"{words}\n".encode("utf-8", "backslashreplace")
    return _head(status, "text/plain; charset=utf-8", len(text)) + text


def _head(status: int, kind: str, length: int) -> bytes:
    return (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    ).encode("ascii")
