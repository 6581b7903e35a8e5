"""What the stand-in's scanner of SQL reads, and what it does not."""

import pytest

from logtrace.web.sql import readable
from tests.unit.ship.test_sql import READABLE, UNREADABLE


@pytest.mark.parametrize("text", READABLE)
def test_what_can_be_read(text: str) -> None:
    """All that ends."""
    assert readable(text)


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_read(text: str) -> None:
    """What does not end, and characters that no SQL has."""
    assert not readable(text)
