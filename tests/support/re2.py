"""The extra re2 in tests: off, so that a pattern's fate does not depend on what is installed, unless
a test asks for it with the fixture `re2` of tests/conftest.py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from logtrace.patterns import linear

installed = linear.engine
"""Gives the module if it is there."""


def turn_off() -> None:
    """Make RE2 absent."""
    linear.engine = _nothing  # type: ignore[assignment]


def _nothing() -> Any:
    return None


@contextmanager
def turned_on() -> Iterator[None]:
    """Let RE2 be used, or skip the test."""
    if installed() is None:
        pytest.skip("google-re2 is not installed")
    linear.engine = installed
    try:
        yield
    finally:
        turn_off()
