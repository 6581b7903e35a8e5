"""What the stories of tests/scenarios/tailing ask of a source and of this process."""

from __future__ import annotations

import gc
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from logtrace.model import LineBatch
from logtrace.source.missing import GRACE
from tests.support.files import FollowedFiles

Follow = Callable[..., FollowedFiles]
"""Makes what follows files of the test's directory; see the fixture `follow`."""


def descriptors() -> int:
    """Return how many files this process has open, but for what other tests have dropped."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def held(path: Path) -> bool:
    """Return whether this process has the file open."""
    status = path.stat()
    for fd in os.listdir("/proc/self/fd"):
        try:
            found = os.stat(f"/proc/self/fd/{fd}")
        except OSError:  # the listing's own descriptor
            continue
        if (found.st_dev, found.st_ino) == (status.st_dev, status.st_ino):
            return True
    return False


def lost(followed: FollowedFiles) -> int:
    """Return how many bytes were said to be lost, when hours have passed."""
    for _ in range(3):
        followed.read_and_release(GRACE)
    return sum(said["bytes"] for said in followed.events("lines_lost"))


def places(batches: list[LineBatch]) -> dict[bytes, tuple[str, int, int]]:
    """Return, for each line, its stream and what its ids are made of: file key and offset."""
    return {
        line: (batch.stream, batch.key, start)
        for batch in batches
        for line, start in zip(batch.lines, batch.starts, strict=False)
    }


@contextmanager
def may_open(count: int) -> Iterator[None]:
    """Let this process open no more than so many files."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, limit[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
