"""docs/reference/tailing.md names each story of log files, its test, and that it passed."""

from tests.support.scenario_stories import NOTES, SECTIONS, STORIES
from tests.support.scenario_table import PAGE, marked, page


def test_the_page_is_what_the_marks_say() -> None:
    """Every marked test is on the page under its numbers, as passed, and nothing else is."""
    assert page(marked()) == PAGE.read_text()


def test_every_story_has_a_test_or_a_reason() -> None:
    """A story without a test has a note that says why, and no test names a story that is not there."""
    numbers = marked().keys()
    assert set() == numbers - STORIES.keys()
    assert set() == STORIES.keys() - numbers - NOTES.keys()


def test_every_story_is_in_one_section() -> None:
    """The sections hold the numbers from 1 on, in order."""
    assert list(STORIES) == [number for numbers in SECTIONS.values() for number in numbers]
