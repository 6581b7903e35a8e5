"""No line stalls a preset: what it costs grows with its length, not with the square of it."""

import random
import time
from collections.abc import Iterator

import pytest

from logtrace import logs
from logtrace.clock import SystemClock
from logtrace.config import presets, read_preset
from logtrace.model import LineBatch
from logtrace.stages import Stages
from logtrace.telemetry import Telemetry

LENGTH = 30_000
"""Characters of a line; with the square of that, one line takes a second and more."""

MOST = 0.3
"""Seconds of CPU that one such line may take; a few thousandths are usual."""


def hostile(lines: list[str], chance: random.Random) -> Iterator[str]:
    """Yield lines that begin as a preset knows them, and go on for ever in the same vein."""
    for line in lines:
        for _ in range(6):
            cut = chance.randint(0, len(line))
            before = line[max(0, cut - chance.randint(1, 9)) : cut]
            for piece in {before, *chance.sample(' "\\:=[(/@-.,a7', 3)} - {""}:
                yield line[:cut] + piece * (LENGTH // len(piece))


@pytest.mark.parametrize("name", presets.names())
def test_a_line_costs_what_its_length_costs(name: str) -> None:
    """Lines that are the preset's own up to some place, and then repeat what stood there."""
    config = read_preset(name, {}).config
    written = [text for case in config.tests for text in case.lines]
    chance = random.Random(name)
    stages = Stages(config, Telemetry(logs.silent(), SystemClock()))
    slowest, culprit = 0.0, ""
    for text in hostile(chance.sample(written, min(8, len(written))), chance):
        lines = text.encode().replace(b"\r", b" ").split(b"\n")
        starts = [sum(len(line) + 1 for line in lines[:count]) for count in range(len(lines) + 1)]
        batch = LineBatch(name, name, 1, b"\n".join(lines) + b"\n", lines, starts)
        begun = time.process_time()
        stages.process(batch)
        took = time.process_time() - begun
        if took > slowest:
            slowest, culprit = took, text[:200]
    assert slowest < MOST, culprit
