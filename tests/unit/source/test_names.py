"""What rotation makes of a name."""

import pytest

from logtrace.source.names import original_name


@pytest.mark.parametrize(
    "name",
    [
        "app.log.1",
        "app.log.10.gz",
        "app.log.2.bz2",
        "app.log-1",
        "app.log_1",
        "app.log-20261125",
        "app.log-20261125.gz",
        "app.log.2026-11-25",
        "app.log.2026-11-25_13",
        "app.log-2026112513",
        "app.log-20261125-1764030000",
        "app.log.2026-11-25T13:00:00Z",
        "app.log.2026-11-25T13:00:00+01:00",
        "app.log.1764030000",
        "app.1.log",
        "app.1.log.gz",
        "app-20261125.log",
        "app-2026-11-25.log.gz",
        "app-2026-11-25-3.log",
        "app-11-25-2026-1.log.gz",
        "app.2026-11.log",
        "app-2026-11-25T13-00-00.123.log",
        "app_20261125.log",
    ],
)
def test_names_that_rotation_gives(name: str) -> None:
    """A number or a date behind the name of the log, or a date before its extension."""
    assert "app.log" == original_name(name, {"app.log", "log", "app"})


@pytest.mark.parametrize(
    "name",
    [
        "app.log",
        "app.log.gz",
        "app.log.bak",
        "app.log.old",
        "app.log.lock",
        "app.log.1.tmp",
        "app.log.1.xz",
        "app.log.1~",
        "app.log1",
        "app.log.d1",
        "app1.log",
        "app-1.log",
        "app_2.log",
        "app-8080.log",
        "app-error.log",
        "app-error-20261125.log",
        "app.12345.log",
        "myapp.log.1",
        ".app.log.1",
        "app.logs.1",
        "app",
        "1.log",
        ".1",
        "",
    ],
)
def test_names_of_other_files(name: str) -> None:
    """What is called otherwise may be another application's."""
    assert original_name(name, {"app.log"}) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [("messages-20261125", True), ("messages.1", True), ("messages-2", False)],
)
def test_names_without_extension(name: str, expected: bool) -> None:
    """Behind a bare name a number must be set off by a dot: `worker-2` is another worker's."""
    assert ("messages" if expected else None) == original_name(name, {"messages"})


def test_the_longest_name_counts() -> None:
    """A file belongs to the log whose name it extends by least."""
    assert "app.log.1" == original_name("app.log.1.2", {"app.log", "app.log.1"})
