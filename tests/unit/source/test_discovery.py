"""Which files are there: what a glob names, what it passes over, and what is said of the rest."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace.config.model import SourceConfig
from logtrace.source.discovery import Discovery, Glob
from tests.support.files import source
from tests.support.log import RecordingLog, recording_telemetry

as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may look into every directory")


class Directory:
    """A directory of log files, and what a scan finds there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, *names: str) -> None:
        """Make files, each with a line in it, and the directories above them."""
        for name in names:
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(os.fsencode(name) + b"\n")

    def source(
        self, *patterns: str, name: str = "app", exclude: tuple[str, ...] = ()
    ) -> SourceConfig:
        """Return a source with patterns below the directory, and excludes as they are."""
        return source(
            *(f"{self.path}/{pattern}" for pattern in patterns), name=name, exclude=exclude
        )

    def names(self, *patterns: str, exclude: tuple[str, ...] = ()) -> list[str]:
        """Return what patterns below the directory find, relative to it."""
        discovery, _ = discover(self.source(*patterns, exclude=exclude))
        return [os.path.relpath(found.path, self.path) for found in discovery.scan()]


@pytest.fixture
def logs(tmp_path: Path) -> Directory:
    """An empty directory."""
    return Directory(tmp_path)


def discover(*sources: SourceConfig) -> tuple[Discovery, RecordingLog]:
    """Return the discovery of some sources, and what it says."""
    telemetry, log = recording_telemetry()
    return Discovery(sources, telemetry), log


# ── globs ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_plain_path(logs: Directory) -> None:
    """A path without a pattern names that file, and nothing when it is not there."""
    logs.put("app.log", "app.log.1")
    assert ["app.log"] == logs.names("app.log")
    assert [] == logs.names("other.log")
    assert [] == logs.names("nowhere/app.log")
    assert [] == logs.names("app.log/app.log")


def test_what_is_said_of_a_file(logs: Directory) -> None:
    """Path, source, device, inode, size and modification time."""
    logs.put("app.log")
    (found,) = discover(logs.source("*.log", name="shop"))[0].scan()
    status = (logs.path / "app.log").stat()
    assert (
        str(logs.path / "app.log"),
        "shop",
        status.st_dev,
        status.st_ino,
        8,
        status.st_mtime_ns,
    ) == (found.path, found.source, found.device, found.inode, found.size, found.mtime)


def test_patterns(logs: Directory) -> None:
    """`*`, `?` and `[…]` within a part, in the order of names."""
    logs.put("b.log", "a.log", "a1.log", "a2.log", "a12.log", "a.txt", "d/c.log")
    assert ["a.log", "a1.log", "a12.log", "a2.log", "b.log"] == logs.names("*.log")
    assert ["a1.log", "a2.log"] == logs.names("a?.log")
    assert ["a2.log"] == logs.names("a[!1].log")
    assert ["d/c.log"] == logs.names("*/*.log")


def test_hidden_names(logs: Directory) -> None:
    """As in a shell `*` and `**` pass over names with a dot, unless the pattern has it, too."""
    logs.put(".app.log", "app.log", ".d/app.log", "d/.app.log")
    assert ["app.log"] == logs.names("*.log")
    assert ["app.log"] == logs.names("**/*.log")
    assert [".app.log"] == logs.names(".*.log")
    assert [".d/app.log"] == logs.names(".*/*.log")
    assert [".app.log", "d/.app.log"] == logs.names("**/.*.log")


def test_any_number_of_directories(logs: Directory) -> None:
    """`**` is none, one or many directories; at the end of a pattern it is all files below."""
    logs.put("app.log", "a/app.log", "a/b/app.log", "a/b/c/app.log", "a/b/c/other")
    every = ["a/app.log", "a/b/app.log", "a/b/c/app.log"]
    assert [*every, "app.log"] == logs.names("**/app.log")
    assert every == logs.names("a/**/app.log")
    assert ["a/b/app.log", "a/b/c/app.log"] == logs.names("**/b/**/app.log")
    assert [*every, "a/b/c/other"] == logs.names("a/**")


@pytest.mark.parametrize("pattern", ["**", "**/*"])
def test_directories_on_the_way_are_not_worth_a_message(logs: Directory, pattern: str) -> None:
    """With `**` at its end a pattern means files: the directories that hold them are not skipped."""
    logs.put("app.log", "a/app.log", "a/b/app.log")
    os.mkfifo(logs.path / "a" / "pipe")
    discovery, log = discover(logs.source(pattern))
    assert 3 == len(discovery.scan())
    assert [(f"{logs.path}/a/pipe", "FIFO")] == [
        (said["file"], said["kind"]) for said in log.named("file_skipped")
    ]


def test_links_to_directories(logs: Directory) -> None:
    """`*` follows them, `**` does not: it could go round in circles."""
    logs.put("real/app.log")
    (logs.path / "real" / "round").symlink_to(logs.path)
    (logs.path / "link").symlink_to(logs.path / "real")
    assert ["link/app.log"] == logs.names("l*/app.log")
    assert ["real/app.log"] == logs.names("**/app.log")


def test_a_pattern_that_is_a_name(logs: Directory) -> None:
    """A part that is the literal name of something names that, beside what it matches."""
    logs.put("[ab].log", "a.log", "[x]/app.log", "x/app.log")
    assert ["[ab].log", "a.log"] == logs.names("[ab].log")
    assert ["[x]/app.log", "x/app.log"] == logs.names("[x]/app.log")


@pytest.mark.scenario(6)
def test_odd_names(logs: Directory) -> None:
    """Blanks, commas, newlines and bytes that are not UTF-8 are found and can be opened."""
    odd = [os.fsdecode(name) for name in (b"a b,c.log", b"caf\xe9.log", b"two\nlines.log")]
    logs.put(*odd)
    found = discover(logs.source("*.log"))[0].scan()
    assert sorted(odd) == [os.path.basename(each.path) for each in found]
    assert all(Path(each.path).exists() for each in found)
    assert [odd[1]] == logs.names(odd[1])


def test_paths_are_tidied(logs: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    """`//`, `./` and `..` mean what they mean elsewhere; a relative path starts in this directory."""
    logs.put("a/app.log")
    assert ["a/app.log"] == logs.names("/./a//b/../app.log")
    monkeypatch.chdir(logs.path / "a")
    (found,) = discover(source("*.log"))[0].scan()
    assert str(logs.path / "a" / "app.log") == found.path


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/a/b.log", "/a/b.log", True),
        ("/a/b.log", "/a/b.log/c", False),
        ("/a/b.log", "/a", False),
        ("/a/*.log", "/a/b.log", True),
        ("/a/*.log", "/a/b/c.log", False),
        ("/a/*.log", "/a/.b.log", False),
        ("/a/[b].log", "/a/[b].log", True),
        ("/a/**/c.log", "/a/c.log", True),
        ("/a/**/c.log", "/a/b/b/c.log", True),
        ("/a/**/c.log", "/a/b/c.log.1", False),
        ("/a/**", "/a/b/c", True),
        ("/a/**", "/a", False),
        ("/**/b/**/*.gz", "/a/b/c/d.gz", True),
        ("/**/b/**/*.gz", "/a/c/d.gz", False),
    ],
)
def test_matching_a_path(pattern: str, path: str, expected: bool) -> None:
    """A pattern can be held against a path that need not exist."""
    assert expected == Glob(pattern).matches(path)


# ── excludes ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(5)
def test_excludes(logs: Directory) -> None:
    """What is excluded is not found; a pattern without a slash is meant for any directory."""
    logs.put("app.log", "debug.log", "a/app.log", "a/debug.log", "a/b/app.log")
    every = ["a/app.log", "a/b/app.log", "a/debug.log", "app.log", "debug.log"]
    assert every == logs.names("**/*.log")
    assert ["a/app.log", "a/b/app.log", "app.log"] == logs.names("**/*.log", exclude=("debug.*",))
    assert ["app.log", "debug.log"] == logs.names(
        "**/*.log", exclude=(f"{logs.path}//a/./**/*.log",)
    )
    assert [] == logs.names("app.log", exclude=("nothing", "app.log"))


def test_an_excluded_thing_is_not_looked_at(logs: Directory) -> None:
    """Nothing is said of an excluded FIFO or archive."""
    os.mkfifo(logs.path / "app.fifo")
    logs.put("app.log.gz")
    discovery, log = discover(logs.source("app*", exclude=("*.fifo", "*.gz")))
    assert [] == discovery.scan()
    assert [] == log.events


# ── one file, once ────────────────────────────────────────────────────────────────────────────────


def test_two_names_for_one_file(logs: Directory) -> None:
    """A hard link is found under the first of its names, a symbolic link under the real one."""
    logs.put("b.log")
    os.link(logs.path / "b.log", logs.path / "c.log")
    (logs.path / "a.log").symlink_to("b.log")
    assert ["b.log"] == logs.names("*.log")
    assert ["a.log"] == logs.names("a.log")


@pytest.mark.scenario(4)
def test_two_globs_for_one_file(logs: Directory) -> None:
    """Overlapping patterns, of one source or of two, find it once: the first source has it."""
    logs.put("app.log", "web.log")
    first = logs.source("web.*", name="first")
    second = logs.source("*.log", "app.log", "**/*.log", name="second")
    found = discover(first, second)[0].scan()
    assert [("web.log", "first"), ("app.log", "second")] == [
        (os.path.basename(each.path), each.source) for each in found
    ]


def test_a_link_that_is_repointed(logs: Directory) -> None:
    """The next scan finds what it points to then; a link to nowhere is nothing."""
    logs.put("one", "two")
    link = logs.path / "current.log"
    discovery, log = discover(logs.source("*.log"))
    inodes = []
    for target in ("one", "two", "nowhere"):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        inodes.append([found.inode for found in discovery.scan()])
    assert [[(logs.path / name).stat().st_ino] for name in ("one", "two")] == inodes[:2]
    assert [] == inodes[2]
    assert [] == log.events


# ── what is no log file ───────────────────────────────────────────────────────────────────────────


@pytest.mark.scenario(10)
def test_other_kinds_of_files(logs: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    """FIFOs, sockets, devices, directories and archives are not opened; each is said once."""
    os.mkfifo(logs.path / "1.log")
    monkeypatch.chdir(logs.path)  # the path of a socket may not be long
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("2.log")
    (logs.path / "3.log").symlink_to("/dev/null")
    logs.put("4.log/inside", "5.log.xz", "6.log")
    discovery, log = discover(logs.source("*.log*"))
    for _ in range(3):
        assert ["6.log"] == [os.path.basename(found.path) for found in discovery.scan()]
    assert ["FIFO", "socket", "directory", "compressed file", "device"] == [
        said["kind"] for said in log.named("file_skipped")
    ]


def test_a_kind_that_changes(logs: Directory) -> None:
    """What was no log file is read when it is one, and said again when it is none again."""
    discovery, log = discover(logs.source("app.log"))
    fifo = logs.path / "app.log"
    for expected in (1, 2):
        os.mkfifo(fifo)
        assert [] == discovery.scan()
        assert expected == len(log.named("file_skipped"))
        fifo.unlink()
        logs.put("app.log")
        assert 1 == len(discovery.scan())
        fifo.unlink()


def test_a_circle_of_links(logs: Directory) -> None:
    """A path that leads in a circle is said, once, and keeps nothing else from being found."""
    (logs.path / "circle").symlink_to("circle")
    logs.put("a.log")
    discovery, log = discover(logs.source("circle/app.log", "*.log"))
    discovery.scan()
    (said,) = log.named("file_failed")
    log.events.clear()
    for _ in range(3):
        assert ["a.log"] == [os.path.basename(found.path) for found in discovery.scan()]
    assert [] == log.events
    assert str(logs.path / "circle") == said["file"]
    assert "Too many levels of symbolic links" == said["error"]


def test_a_link_to_itself(logs: Directory) -> None:
    """What is listed but cannot be looked at is said by its own name."""
    (logs.path / "app.log").symlink_to("app.log")
    discovery, log = discover(logs.source("*.log"))
    for _ in range(3):
        assert [] == discovery.scan()
    assert [str(logs.path / "app.log")] == [said["file"] for said in log.named("file_failed")]


@pytest.fixture
def closed(logs: Directory) -> Iterator[Path]:
    """A directory with a log that this user may not look into."""
    logs.put("closed/app.log")
    directory = logs.path / "closed"
    directory.chmod(0)
    yield directory
    directory.chmod(0o700)


@as_user
@pytest.mark.parametrize("pattern", ["closed/app.log", "closed/*.log", "**/app.log"])
def test_a_directory_that_may_not_be_looked_into(
    logs: Directory, closed: Path, pattern: str
) -> None:
    """It is said once, with the fix, keeps nothing else from being found, and is tried again."""
    logs.put("open/app.log")
    discovery, log = discover(logs.source(pattern, "open/*"))
    for _ in range(3):
        assert ["open"] == [Path(found.path).parent.name for found in discovery.scan()]
    (said,) = log.named("file_failed")
    assert str(closed) == said["file"]
    assert "Permission denied" == said["error"]
    assert "give this user read access" in said["fix"]

    closed.chmod(0o700)
    assert 2 == len(discovery.scan())


# ── places ────────────────────────────────────────────────────────────────────────────────────────


def test_places_to_watch(logs: Directory) -> None:
    """Directories that were looked in, and whether all below counts; of missing ones the nearest."""
    logs.put("a/app.log", "b/1/app.log", "c/d/app.log")
    patterns = ("a/app.log", "b/*/*.log", "c/**/app.log", "a/none/app.log", "a/none/*/app.log")
    discovery, _ = discover(logs.source(*patterns))
    assert set() == discovery.places
    discovery.scan()
    assert {
        ("a", False),
        ("b", False),
        ("b/1", False),
        ("c", True),
        ("c", False),
        ("c/d", False),
    } == {(os.path.relpath(place, logs.path), below) for place, below in discovery.places}


def test_places_follow_what_is_there(logs: Directory) -> None:
    """A directory that comes is watched itself, one that goes is not."""
    discovery, _ = discover(logs.source("new/app.log"))
    discovery.scan()
    assert {(str(logs.path), False)} == discovery.places
    logs.put("new/app.log")
    discovery.scan()
    assert {(str(logs.path / "new"), False)} == discovery.places
    (logs.path / "new" / "app.log").unlink()
    (logs.path / "new").rmdir()
    discovery.scan()
    assert {(str(logs.path), False)} == discovery.places


def test_a_missing_directory_that_comes(logs: Directory) -> None:
    """What is not there is no problem; it is found when it comes."""
    discovery, log = discover(logs.source("new/*.log", "other/**/*.log"))
    assert [] == discovery.scan()
    logs.put("new/app.log", "other/a/b.log")
    assert 2 == len(discovery.scan())
    assert [] == log.events
