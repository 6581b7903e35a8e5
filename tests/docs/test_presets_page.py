"""docs/reference/presets.md names every preset, and its links lead somewhere."""

import re
from pathlib import Path

from logtrace.config import presets

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "presets.md").read_text()


def test_every_preset_has_a_row() -> None:
    """What `logtrace presets` lists stands in the first column of a table."""
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE, re.MULTILINE)
    assert set(presets.names()) <= set(rows)
    assert len(rows) == len(set(rows))


def test_every_link_within_the_page_leads_to_a_heading() -> None:
    """`[by shape](#ids-…)` is the heading's text in lower case, with hyphens."""
    headings = {
        heading.lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= headings
