"""Attributes of the base commit hold for what is committed by the host; those that a session wrote do nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.adapters.git import Mirror, Workspace, git
from bot.core.failures import FailureKind, TaskFailed
from tests.adapters.conftest import OCTO, by
from tests.git_host import GitHost, commit_files, run_git

UTF16 = "wide\n".encode("utf-16")
RULES = "*.txt working-tree-encoding=UTF-16\n*.id ident\n*.crlf text eol=lf\n*.sh text eol=lf\n"
RAW = {"x.txt": UTF16, "x.id": b"$Id: mine $\n", "x.crlf": b"a\r\nb\r\n"}


def opened(mirror: Mirror, git_host: GitHost, folder: Path, files: dict[str, str | bytes]) -> tuple[Workspace, str]:
    base = commit_files(git_host.root / "octo/tools.git", "main", files, "Base")
    mirror.fetch()
    return mirror.open_workspace(folder / "attempt/workspace", base=base, branch="auto/1"), base


def taken(mirror: Mirror, workspace: Workspace, base: str) -> dict[str, bytes] | None:
    """What was committed; None if nothing was."""
    with mirror.quarantine(workspace.path.with_name("quarantine.git")) as quarantine:
        work = quarantine.collect(
            workspace, branch="auto/1", base=base, message="Rest", rewriting=by(OCTO), most_files=100
        )
        if work is None:
            return None
        paths = [*quarantine.files(work.head).paths]
        folder = quarantine.folder
        return {path: git("cat-file", "blob", f"{work.head}:{path}", gitdir=folder).stdout for path in paths}


def untracked(root: Path) -> None:
    (root / ".gitattributes").write_text(RULES)


def ignored(root: Path) -> None:
    (root / ".gitignore").write_text(".gitattributes\n.gitignore\n")
    (root / ".gitattributes").write_text(RULES)


def nested(root: Path) -> None:
    (root / "in/.gitattributes").write_text(RULES)


def committed(root: Path) -> None:
    (root / ".gitattributes").write_text(RULES)
    run_git("add", ".gitattributes", cwd=root)
    run_git("commit", "-q", "-m", "Rules", cwd=root)


def by_link(root: Path) -> None:
    (root / "rules").write_text(RULES)
    (root / ".gitattributes").symlink_to("rules")


def in_the_git_directory(root: Path) -> None:
    (root / ".git/info/attributes").write_text(RULES)
    with (root / ".git/config").open("a") as config:
        config.write(f"[core]\nattributesFile = {root}/rules\nautocrlf = input\n")
    (root / "rules").write_text(RULES)


def by_macro(root: Path) -> None:
    (root / ".gitattributes").write_text("[attr]binary text eol=lf ident working-tree-encoding=UTF-16\n* binary\n")


PLANTS = [untracked, ignored, nested, committed, by_link, in_the_git_directory, by_macro]


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("folder", ["", "in/"])
def test_a_sessions_attributes_change_no_byte(
    mirror: Mirror, git_host: GitHost, tmp_path: Path, plant: Callable[[Path], None], folder: str
) -> None:
    """New files are committed as they lie there."""
    workspace, base = opened(mirror, git_host, tmp_path, {"in/a": "a"})
    plant(workspace.path)
    for name, content in RAW.items():
        (workspace.path / folder / name).write_bytes(content)

    made = taken(mirror, workspace, base)

    assert made is not None
    assert {name: made[folder + name] for name in RAW} == RAW
    workspace.close()


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_sessions_attributes_change_no_tracked_file(
    mirror: Mirror, git_host: GitHost, tmp_path: Path, plant: Callable[[Path], None]
) -> None:
    workspace, base = opened(mirror, git_host, tmp_path, {"in/a": "a", **dict.fromkeys(RAW, "before\n")})
    plant(workspace.path)
    for name, content in RAW.items():
        (workspace.path / name).write_bytes(content)
    made = taken(mirror, workspace, base)
    assert made is not None
    assert {name: made[name] for name in RAW} == RAW
    workspace.close()


def test_the_base_commits_attributes_hold(mirror: Mirror, git_host: GitHost, tmp_path: Path) -> None:
    """At every depth, also after the session took its files away."""
    files: dict[str, str | bytes] = {".gitattributes": RULES, "in/.gitattributes": "*.dos text eol=crlf\n", "in/a": "a"}
    workspace, base = opened(mirror, git_host, tmp_path, files)
    (workspace.path / "in/new.dos").write_bytes(b"a\r\n")
    for name, content in RAW.items():
        (workspace.path / name).write_bytes(content)
    made = taken(mirror, workspace, base)
    assert made is not None
    assert made["in/new.dos"] == b"a\n"
    assert {name: made[name] for name in RAW} == {"x.txt": b"wide\n", "x.id": b"$Id$\n", "x.crlf": b"a\nb\n"}

    (workspace.path / ".gitattributes").write_text("* -text -ident -working-tree-encoding\n")
    (workspace.path / "in/.gitattributes").unlink()
    again = taken(mirror, workspace, base)
    assert again is not None
    assert {name: again[name] for name in RAW} == {name: made[name] for name in RAW}
    assert again["in/new.dos"] == b"a\n"
    assert again[".gitattributes"] == b"* -text -ident -working-tree-encoding\n"
    assert "in/.gitattributes" not in again
    workspace.close()


def test_attributes_files_are_converted_as_the_base_says(mirror: Mirror, git_host: GitHost, tmp_path: Path) -> None:
    """Where the base commit checks every file out with other line ends, an untouched one is no change."""
    workspace, base = opened(mirror, git_host, tmp_path, {".gitattributes": "* text eol=crlf\n", "a": "a\n"})
    assert (workspace.path / ".gitattributes").read_bytes().endswith(b"\r\n")
    assert taken(mirror, workspace, base) is None
    workspace.first_index.unlink()
    assert taken(mirror, workspace, base) is None
    (workspace.path / ".gitattributes").unlink()
    (workspace.path / ".gitattributes").mkdir()
    (workspace.path / ".gitattributes/.gitattributes").write_text("x\n")
    made = taken(mirror, workspace, base)
    assert made == {".gitattributes/.gitattributes": b"x\n", "a": b"a\n", "README.md": b"Tools\n"} | {
        "src/clock.py": b"def now():\n    return 0\n"
    }
    workspace.close()


def test_a_change_cannot_be_hidden_by_an_encoding(mirror: Mirror, git_host: GitHost, tmp_path: Path) -> None:
    """Of one size, in the same second, and equal once it is read as the session's attributes say."""
    workspace, base = opened(mirror, git_host, tmp_path, {"code.py": "import os\n"})
    hidden = "import os\n".encode("cp037")
    (workspace.path / ".gitattributes").write_text("*.py working-tree-encoding=IBM037\n")
    (workspace.path / "code.py").write_bytes(hidden)
    made = taken(mirror, workspace, base)
    assert made is not None
    assert made["code.py"] == hidden
    workspace.close()


def test_attributes_files_that_no_person_writes_are_not_read(mirror: Mirror, git_host: GitHost, tmp_path: Path) -> None:
    """Sparse ones take no disk, and would be read into memory one after the other."""
    workspace, base = opened(mirror, git_host, tmp_path, {"a": "x\n"})
    with (workspace.path / ".gitattributes").open("wb") as file:
        file.truncate(50_000_000)

    with pytest.raises(TaskFailed, match="has 50,000,000 bytes; the limit is 1,048,576") as failed:
        taken(mirror, workspace, base)

    assert failed.value.kind is FailureKind.DIFF_TOO_LARGE
