"""logrotate's configuration, as far as a reader of logs needs it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.surroundings.logrotate import Rotation, read


def blocks(tmp_path: Path, text: str, **packages: str) -> list[Rotation]:
    """Return the blocks of a main file and of files in the directory."""
    main, directory = tmp_path / "logrotate.conf", tmp_path / "logrotate.d"
    main.write_text(text)
    directory.mkdir(exist_ok=True)
    for name, content in packages.items():
        (directory / name.replace("__", ".")).write_text(content)
    return read(main, directory)


def test_a_block(tmp_path: Path) -> None:
    """Its files, its directives with their arguments, and where it is."""
    (block,) = blocks(
        tmp_path, "weekly\n# a comment\n/var/log/a.log {\n  rotate 4\n  size=10k # big\n}\n"
    )
    assert ("/var/log/a.log",) == block.patterns
    assert {"weekly": "", "rotate": "4", "size": "10k"} == block.directives
    assert (str(tmp_path / "logrotate.conf"), 3) == (block.file, block.line)


@pytest.mark.parametrize(
    "head",
    [
        "/a.log /b c.log {",
        "/a.log /b c.log{",
        "/a.log\n/b\nc.log\n{",
        "/a.log\n# between\n/b c.log # behind\n{",
        "\"/a.log\" '/b' c.log {",
    ],
)
def test_several_paths(tmp_path: Path, head: str) -> None:
    """On one line or several, the brace behind or below them."""
    (block,) = blocks(tmp_path, f"{head}\n  daily\n}}\n")
    assert ("/a.log", "/b", "c.log") == block.patterns
    assert {"daily": ""} == block.directives


@pytest.mark.parametrize("name", ['"/x/a b.log"', "'/x/a b.log'", r"/x/a\ b.log"])
def test_a_path_with_a_blank(tmp_path: Path, name: str) -> None:
    """In quotes of either kind, or with a backslash."""
    (block,) = blocks(tmp_path, f"{name} {{\n}}\n")
    assert ("/x/a b.log",) == block.patterns


@pytest.mark.parametrize(
    "text",
    ["/a { daily\n copytruncate }\n", "/a { daily\n copytruncate\n}", "/a {\ndaily\ncopytruncate"],
)
def test_where_a_block_ends(tmp_path: Path, text: str) -> None:
    """At its brace, wherever that stands, or where the file does."""
    (block,) = blocks(tmp_path, text)
    assert {"daily": "", "copytruncate": ""} == block.directives


def test_scripts_are_passed_over(tmp_path: Path) -> None:
    """Braces and words in them mean nothing."""
    script = "postrotate\n  if x; then { compress; }\n  fi\n  /bin/kill {\n}\n endscript\n"
    first, second = blocks(tmp_path, f"/a {{\n{script}  daily\n}}\n/b {{\n}}\n")
    assert {"daily": ""} == first.directives
    assert ("/b",) == second.patterns


def test_a_block_can_take_back_what_holds_for_all(tmp_path: Path) -> None:
    """`nocompress` ends the `compress` outside; what comes behind a block is not for it."""
    first, second = blocks(
        tmp_path, "compress\ndelaycompress\n/a {\n nocompress\n}\ncopytruncate\n/b {\n}\n"
    )
    assert {"delaycompress": ""} == first.directives
    assert {"compress": "", "delaycompress": "", "copytruncate": ""} == second.directives


def test_packages_are_included(tmp_path: Path) -> None:
    """By name, with what held at that line, once; files of editors and packagers are not."""
    other = tmp_path / "other"
    other.write_text("/c {\n}\n")
    found = blocks(
        tmp_path,
        f"compress\ninclude {tmp_path}/logrotate.d\ninclude {other}\ninclude {tmp_path}/none\n",
        b="/b {\n}\n",
        a="/a {\n}\n",
        a__dpkg_old="/x {\n}\n".replace("_", "-"),
        a__bak="/y {\n}\n",
    )
    assert [("/a",), ("/b",), ("/c",)] == [
        block.patterns for block in found if block.patterns != ("/x",)
    ]
    assert {"compress": ""} == found[0].directives


def test_a_circle_of_includes_ends(tmp_path: Path) -> None:
    """Each file is read once."""
    (block,) = blocks(tmp_path, f"include {tmp_path}/logrotate.conf\n/a {{\n}}\n")
    assert ("/a",) == block.patterns


def test_what_is_not_there(tmp_path: Path) -> None:
    """No files are no blocks."""
    assert [] == read(tmp_path / "none", tmp_path / "nowhere")


@given(
    st.lists(
        st.sampled_from(
            [
                "/a",
                "{",
                "}",
                " ",
                "\n",
                '"',
                "'",
                "\\",
                "#",
                "x",
                "include /",
                "postrotate",
                "endscript",
                "=",
            ]
        ),
        max_size=30,
    ).map("".join)
)
def test_nothing_makes_it_fail(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever a file holds, there is an answer."""
    main = tmp_path_factory.getbasetemp() / "any.conf"
    main.write_text(text)
    for block in read(main, main.with_name("none")):
        assert all(isinstance(name, str) for name in block.patterns)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """A file's name may hold them."""
    main = tmp_path / "main"
    main.write_bytes(b"/a\xff.log {\n}\n\0\xfe")
    assert [("/a\udcff.log",)] == [block.patterns for block in read(main, tmp_path)]
