import pytest

from logtrace.parse.time_words import MONTHS, ZONES


@pytest.mark.parametrize(
    ("names", "number"),
    [
        ("jan janv ene gen", 1),
        ("mar mär mrt", 3),
        ("août ago", 8),
        ("okt ott out", 10),
        ("dez déc", 12),
    ],
)
def test_months(names: str, number: int) -> None:
    """In several languages; each name is of one month."""
    assert {number} == {MONTHS[name] for name in names.split()}
    assert set(range(1, 13)) == set(MONTHS.values())


def test_zones_are_offsets_that_there_are() -> None:
    """Whole minutes, from 12 hours behind to 14 ahead; summer is an hour ahead of winter."""
    assert all(-43200 <= ahead <= 50400 and ahead % 900 == 0 for ahead in ZONES.values())
    for winter, summer in (("cet", "cest"), ("est", "edt"), ("pst", "pdt"), ("acst", "acdt")):
        assert 3600 == ZONES[summer] - ZONES[winter]
