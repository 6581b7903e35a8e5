import os
import pwd
import re
from pathlib import Path

import pytest

from logtrace.surroundings.rights import (
    READ,
    SEARCH,
    SERVICE_GROUPS,
    SERVICE_USER,
    WRITE,
    Denied,
    Reader,
)
from tests.support.files import open_to_all

OTHER = 54_321
"""A user and group that no machine has."""

UNIT = Path(__file__).parents[3] / "systemd" / "logtrace.service"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log that only its owner may read, in a directory that all may pass."""
    open_to_all(tmp_path)
    log = tmp_path / "app.log"
    log.touch(0o600)
    return log


def stranger(*gids: int) -> Reader:
    """Return a user whose rights are told from modes."""
    return Reader("logtrace", OTHER, frozenset(gids))


def test_the_owner_may(log: Path) -> None:
    """By the first three bits, and by the process's own rights."""
    assert Reader("me", os.getuid(), None).denied(str(log)) is None
    assert (
        Reader("me", os.getuid() or OTHER, frozenset()).denied(str(log)) is None or os.getuid() == 0
    )


def test_a_stranger_may_not(log: Path) -> None:
    """Who may is said, and how to mend it."""
    denied = stranger().denied(str(log))
    assert denied is not None
    owner = pwd.getpwuid(os.getuid()).pw_name
    assert (str(log), READ, 0o600) == (denied.path, denied.want, denied.mode)
    assert f"it belongs to {owner}:" in denied.why
    assert denied.why.endswith(", mode 0600")
    command = "setfacl -m u:logtrace:r"
    later = f"for files to come: setfacl -d -m u:logtrace:r {log.parent}"
    assert f"run: {command} {log}, and {later}" == denied.cure("logtrace")


def test_a_member_of_the_group_may(log: Path) -> None:
    """By the bits in the middle."""
    log.chmod(0o640)
    assert stranger(log.stat().st_gid).denied(str(log)) is None
    assert stranger().denied(str(log)) is not None


def test_the_group_that_may_is_named() -> None:
    """With the command that adds the user to it."""
    denied = Denied("/var/log/syslog", READ, "syslog", "adm", 0o640)
    assert "run: usermod -aG adm logtrace, and restart logtrace" == denied.cure("logtrace")


@pytest.mark.parametrize(("group", "mode"), [("root", 0o640), ("adm", 0o600)])
def test_a_group_that_does_not_help(group: str, mode: int) -> None:
    """Root's is not given away, and one that may not read is none."""
    assert (
        Denied("/a/b", READ, "root", group, mode).cure("u").startswith("run: setfacl -m u:u:r /a/b")
    )


def test_a_directory_on_the_way(log: Path) -> None:
    """It is what is in the way, not the file."""
    log.chmod(0o644)
    log.parent.chmod(0o700)
    denied = stranger().denied(str(log))
    assert denied is not None
    assert (str(log.parent), SEARCH) == (denied.path, denied.want)
    assert f"its directory {log.parent} belongs to" in denied.why
    assert f"run: setfacl -m u:logtrace:x {log.parent}" == denied.cure("logtrace")


def test_names_are_quoted_for_the_shell() -> None:
    """A command that is copied does what it says."""
    assert "'/a b/c;d'" in Denied("/a b/c;d", READ, "root", "root", 0o600).cure("u")


def test_writing_and_passing(log: Path) -> None:
    """Several rights at once, as a directory needs them."""
    log.parent.chmod(0o555)
    denied = stranger().denied(str(log.parent), WRITE | SEARCH)
    assert denied is not None
    assert "u:logtrace:wx" in denied.cure("logtrace")


def test_what_is_not_there_is_no_question_of_rights(tmp_path: Path) -> None:
    """Nothing is known of it."""
    open_to_all(tmp_path)
    assert stranger().denied(str(tmp_path / "none" / "a.log")) is None


def test_an_acl_may_allow_it(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is one, modes do not tell."""
    monkeypatch.setattr(os, "getxattr", lambda path, name: b"\2\0\0\0")
    assert stranger().denied(str(log)) is None


def test_the_service_has_the_user_and_groups_that_are_told() -> None:
    """As systemd/logtrace.service has it."""
    unit = UNIT.read_text()
    assert [SERVICE_USER] == re.findall(r"^User=(.*)$", unit, re.MULTILINE)
    assert [" ".join(SERVICE_GROUPS)] == re.findall(
        r"^SupplementaryGroups=(.*)$", unit, re.MULTILINE
    )


def test_root_asks_for_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """If there is such a user; else for itself, who may everything."""
    entry = pwd.struct_passwd((SERVICE_USER, "x", OTHER, OTHER, "", "/", "/bin/false"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", lambda name: entry)
    reader = Reader.current()
    assert (SERVICE_USER, OTHER) == (reader.name, reader.uid)
    assert reader.gids is not None
    assert OTHER in reader.gids


def test_another_user_asks_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the process's own rights."""
    monkeypatch.setattr(os, "geteuid", lambda: OTHER)
    assert Reader(str(OTHER), OTHER, None) == Reader.current()
