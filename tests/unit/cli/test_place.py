"""Where `status` and `state` look."""

from pathlib import Path

import click
import pytest

from logtrace.cli import options, root
from logtrace.cli.place import locate_state
from logtrace.errors import ConfigError


def test_the_directory_that_is_named(tmp_path: Path) -> None:
    """The configuration need not even be there."""
    assert Path("/some/where") == locate_state(str(tmp_path / "none.yaml"), "/some/where")


def test_the_configuration_says_where_it_is(tmp_path: Path) -> None:
    """Even one that is bad for other reasons, such as a variable that only the daemon has."""
    config = tmp_path / "c.yaml"
    config.write_text("state: {path: /there}\nagent: {url: '${NOT_SET_AT_ALL}'}\nnonsense: 1\n")
    assert Path("/there") == locate_state(str(config), None)


@pytest.mark.parametrize(
    "text", ["state: {path: '${NOT_SET_AT_ALL}'}", "state: [", "[]", "\x00", None]
)
def test_a_configuration_that_does_not_say_it(tmp_path: Path, text: str | None) -> None:
    """Exit code 78, with the way out."""
    config = tmp_path / "c.yaml"
    if text is not None:
        config.write_text(text)
    with pytest.raises(ConfigError, match="name the state directory with --state") as raised:
        locate_state(str(config), None)
    assert 78 == raised.value.exit_code


def test_however_the_path_is_spelt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration that cannot be read is not taken for none because of a `./` before its name."""
    (tmp_path / "c.yaml").write_text("state: [")
    monkeypatch.chdir(tmp_path)
    for config in ("c.yaml", "./c.yaml", f"{tmp_path}//c.yaml"):
        with pytest.raises(ConfigError, match="name the state directory with --state"):
            locate_state(config, None)


def test_the_usual_directory_where_the_usual_configuration_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator who may ask the daemon need not be able to read its configuration."""
    monkeypatch.setattr(options, "DEFAULT_CONFIG", str(tmp_path / "unreadable.yaml"))
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    assert tmp_path == locate_state(options.DEFAULT_CONFIG, None)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "none"))
    with pytest.raises(ConfigError):
        locate_state(options.DEFAULT_CONFIG, None)
    with pytest.raises(ConfigError):
        locate_state(str(tmp_path / "another.yaml"), None)


@pytest.mark.parametrize("name", ["status", "state"])
def test_what_this_user_may_not_read_is_no_mistake_of_usage(name: str, tmp_path: Path) -> None:
    """Neither option is refused for it: what it means is found out later, and said with the fix."""
    command = root.get_command(click.Context(root), name)
    assert command
    for option in command.params:
        if isinstance(option.type, click.Path):
            assert not option.type.readable
