"""Bytes that come one way: the same as from a file, near and far, in bounded memory."""

import random

import pytest

from logtrace.source.identity import HEAD
from logtrace.source.lines import BLOCK, MAX_LINE
from logtrace.source.window import STEPS, Window

SIZE = 3 * MAX_LINE
DATA = random.Random(7).randbytes(SIZE)


class Given(Window):
    """Some bytes, a block at a time."""

    restarts = -1

    def restart(self) -> None:
        super().restart()
        self.restarts += 1

    def _advance(self) -> bool:
        found = DATA[self.end : self.end + BLOCK - 7]
        self.idle = not found
        self._take(found)
        return bool(found)

    @property
    def held(self) -> int:
        """How many bytes are in memory."""
        return len(self._front) + len(self._rear)


def test_one_block_after_the_other() -> None:
    """With what was read let go nothing is read twice, and little is held."""
    window, at = Given(), 0
    while data := window.read(BLOCK, at):
        assert DATA[at : at + BLOCK] == data
        at += len(data)
        window.keep(at - 64)
        assert window.held < 3 * BLOCK
    assert (SIZE, True, 0) == (window.end, window.idle, window.restarts)


def test_ahead_and_back_again() -> None:
    """While the end of a line is sought its beginning is kept; going farther back starts anew."""
    window = Given()
    window.keep(0)
    for at in range(0, SIZE, BLOCK):
        assert DATA[at : at + BLOCK] == window.read(BLOCK, at)
        assert window.held < MAX_LINE + 6 * BLOCK
    assert DATA[: MAX_LINE + 1] == window.read(MAX_LINE + 1, 0)
    assert DATA[SIZE - 64 :] == window.read(100, SIZE - 64)
    window.keep(SIZE - 100)
    assert DATA[:HEAD] == window.read(HEAD, 0)
    assert 0 == window.restarts
    assert DATA[5000:5010] == window.read(10, 5000)
    assert 1 == window.restarts


def test_a_far_place() -> None:
    """It is reached in steps, and what lies before it is not held."""
    window = Given()
    steps = 0
    while not window.reach(SIZE - 100):
        steps += 1
        assert window.held < 3 * BLOCK
    assert SIZE // ((STEPS + 1) * BLOCK) <= steps
    assert DATA[SIZE - 100 :] == window.read(BLOCK, SIZE - 100)
    assert not window.reach(SIZE + 1)
    assert (SIZE, True) == (window.end, window.idle)


@pytest.mark.parametrize("seed", range(20))
def test_any_reads(seed: int) -> None:
    """Whatever is read in whatever order is what stands there."""
    chance, window = random.Random(seed), Given()
    for _ in range(60):
        at, length = chance.randrange(SIZE), chance.choice([1, 64, BLOCK])
        if chance.random() < 0.3:
            window.keep(chance.randrange(SIZE))
        while not window.reach(at):
            assert not window.idle
        assert DATA[at : at + length] == window.read(length, at)
