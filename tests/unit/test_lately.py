from logtrace.clock import SECOND
from logtrace.lately import LONGEST_FIELD, Happening, Remembering
from tests.support.clock import NOON, FakeClock
from tests.support.log import RecordingLog


def test_everything_is_passed_on() -> None:
    """The log gets each event as if nobody stood in between."""
    log = RecordingLog()
    remembering = Remembering(log, FakeClock())
    remembering.info("a_started", size=1)
    remembering.warning("b_bent")
    remembering.error("c_broken", error="x")

    assert [
        ("info", "a_started", {"size": 1}),
        ("warning", "b_bent", {}),
        ("error", "c_broken", {"error": "x"}),
    ] == log.events


def test_the_last_of_each_name_is_kept_the_newest_first() -> None:
    """An event that happens all the time pushes out none of another name."""
    clock = FakeClock()
    remembering = Remembering(RecordingLog(), clock)
    remembering.info("a_started")
    remembering.error("c_broken", error="first")
    for _ in range(1000):
        remembering.warning("b_bent", suppressed=2)
    clock.advance(SECOND)
    remembering.error("c_broken", error="second")

    assert [
        Happening("c_broken", "error", NOON + SECOND, 2, {"error": "second"}),
        Happening("b_bent", "warning", NOON, 3000, {}),
    ] == remembering.last()


def test_fields_are_short_and_simple() -> None:
    """A text is cut, what is no number becomes a text."""
    remembering = Remembering(RecordingLog(), FakeClock())
    remembering.error("c_broken", error="x" * 2 * LONGEST_FIELD, cause=ValueError("y"), size=1.5)

    assert {"error": "x" * LONGEST_FIELD, "cause": "y", "size": 1.5} == remembering.last()[0].fields
