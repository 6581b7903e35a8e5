from logtrace.config.model import KeepConfig
from logtrace.insight.chosen import ChosenDecisions
from logtrace.mapping import compile_keep
from logtrace.model import Closed, Span
from tests.support.mapping import MARK, text


def test_the_entry_that_decided_is_remembered() -> None:
    """By the first span of the trace; the counts are those of any other decisions."""
    entries = [
        KeepConfig(mark=MARK, when=text("any.error"), rate=1.0),
        KeepConfig(mark=MARK, rate=0),
    ]
    decisions = ChosenDecisions(compile_keep(entries))
    spans = [Span("shop", "x", "x", 1, number, 0, 0, error=number % 2) for number in (1, 2, 3)]
    for span in spans:
        decisions.judge((span,), Closed.COMPLETE)
    assert {id(spans[0]): 0, id(spans[1]): 1, id(spans[2]): 0} == decisions.entries
    assert {(0, True): 2, (1, False): 1} == decisions.take_decided()


def test_what_the_log_decides_no_entry_does() -> None:
    """Then there is none to name."""
    decisions = ChosenDecisions(compile_keep([KeepConfig(mark=MARK, rate=0)]))
    span = Span("shop", "x", "x", 1, 1, 0, 0, metrics={"_sampling_priority_v1": 2})
    decisions.judge((span,), Closed.COMPLETE)
    assert {} == decisions.entries
