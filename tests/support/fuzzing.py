"""`pytest --fuzz MINUTES`: property tests again and again, with ever new examples, until the time is up.

Of the tests with `@pytest.mark.fuzz` that are selected, each has the same share. How many examples that
were stands at the end of the run. Without the option they are property tests like any others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from logtrace.clock import SECOND, SystemClock

MINUTE = 60 * SECOND


class Fuzzing:
    """What repeats the tests of one run.

    Attributes:
        share: nanoseconds for each test.
        spent: nanoseconds that all of them took.
        tests: how many there are.
        examples: how many examples they had.
    """

    def __init__(self, minutes: float) -> None:
        self.clock = SystemClock()
        self.minutes = minutes
        self.share = self.spent = self.tests = self.examples = 0

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Divide the time, when it is known which tests are selected."""
        self.tests = sum(is_fuzzed(item) for item in items)
        self.share = int(self.minutes * MINUTE / max(1, self.tests))

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Iterator[None]:
        """Run a test, and again while its share lasts."""
        if not is_fuzzed(pyfuncitem):
            return (yield)
        began = self.clock.monotonic()
        test = pyfuncitem.obj
        inner = test.hypothesis.inner_test
        test.hypothesis.inner_test = self._counted(inner)
        wanted = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
        try:
            result = yield
            while self.clock.monotonic() - began < self.share:
                test(**wanted)
        finally:
            test.hypothesis.inner_test = inner
            self.spent += self.clock.monotonic() - began
        return result

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how much that was."""
        minutes = self.spent / MINUTE
        said = f"{self.examples:,} examples of {self.tests} tests in {minutes:.1f} minutes"
        terminalreporter.write_line(f"fuzzing: {said}")

    def _counted(self, test: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **keys: Any) -> Any:
            self.examples += 1
            return test(*args, **keys)

        return counted


def is_fuzzed(item: pytest.Item) -> bool:
    """Return whether a test has the mark, and examples."""
    made = hasattr(getattr(item, "obj", None), "hypothesis")
    return made and item.get_closest_marker("fuzz") is not None
