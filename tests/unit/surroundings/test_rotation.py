import pytest

from logtrace.config.model import Text
from logtrace.errors import Mark, Severity
from logtrace.surroundings.logrotate import Rotation
from logtrace.surroundings.rotation import rotation_warnings
from tests.support.mapping import source, when

PATH = Text("/var/log/shop/*.log", Mark("logtrace.yaml", 3, 9))
FILES = ["/var/log/shop/a.log"]


def rotation(pattern: str, **directives: str) -> Rotation:
    """Return a block of logrotate's configuration."""
    return Rotation("/etc/logrotate.d/shop", 7, (pattern,), directives)


def said(*rotations: Rotation, **keys: object) -> list[str]:
    """Return what is said of a source."""
    made = source(when(), path=(PATH,), **keys)
    found = list(rotation_warnings(made, FILES, rotations))
    assert all(each.severity is Severity.WARNING and each.mark == PATH.mark for each in found)
    return [f"{each.what}; {each.fix}" for each in found]


@pytest.mark.parametrize(
    "pattern", ["/var/log/shop/*.log", "/var/log/shop/a.log", "/var/log/*/a.*", "/var/log/shop"]
)
def test_copytruncate(pattern: str) -> None:
    """Named by its pattern, its file, or its directory: said once, with the place."""
    (found,) = said(rotation(pattern, copytruncate="", rotate="3"))
    assert "/etc/logrotate.d/shop:7: logrotate cuts it in place (copytruncate)" in found
    assert found.endswith("have the application open its log anew in `postrotate`")


def test_compression_at_once() -> None:
    """Without delaycompress."""
    (found,) = said(rotation(FILES[0], compress=""))
    assert found.endswith("sought in the archive; add `delaycompress`")


def test_compression_that_cannot_be_read() -> None:
    """Whether delayed or not."""
    (found,) = said(rotation(FILES[0], compress="", delaycompress="", compresscmd="/usr/bin/xz"))
    assert "compresses it with xz, which logtrace cannot read" in found


def test_a_directory_for_old_logs() -> None:
    """Unless the source names it."""
    block = rotation(FILES[0], olddir="/var/log/old")
    (found,) = said(block)
    assert found.endswith("add `olddir: /var/log/old` to the source")
    assert [] == said(block, olddir="/var/log/old")


@pytest.mark.parametrize(
    "block",
    [
        rotation(FILES[0], compress="", delaycompress=""),
        rotation(FILES[0], daily=""),
        rotation("/var/log/other/*.log", copytruncate=""),
        rotation("/var/log/*.log", copytruncate=""),
    ],
)
def test_what_is_no_danger(block: Rotation) -> None:
    """Nothing is said."""
    assert [] == said(block)


def test_the_first_block_for_a_file_counts() -> None:
    """As logrotate has it."""
    assert [] == said(rotation(FILES[0], daily=""), rotation(FILES[0], copytruncate=""))
