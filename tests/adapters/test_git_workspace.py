"""A workspace: what the agent finds in it, what is taken out of it, and that it goes away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.git import Mirror, Workspace
from bot.adapters.git.workspace import alternates
from tests.adapters.workspaces import changed, collect, collected
from tests.git_host import GitHost, commit_files, run_git


@pytest.fixture
def base(mirror: Mirror) -> str:
    head = mirror.remote_head("main")
    assert head is not None
    return head


@pytest.fixture
def workspace(mirror: Mirror, base: str, tmp_path: Path) -> Iterator[Workspace]:
    workspace = mirror.open_workspace(tmp_path / "attempt/workspace", base=base, branch="auto/1")
    yield workspace
    workspace.close()


def test_the_agent_finds_its_branch_and_nothing_else(workspace: Workspace, base: str) -> None:
    """A clean checkout on its branch: no remote, no hook, no identity, no other branch."""
    assert run_git("status", "--porcelain", "--branch", cwd=workspace.path) == "## auto/1"
    assert run_git("rev-parse", "HEAD", cwd=workspace.path) == base
    assert run_git("remote", cwd=workspace.path) == ""
    assert run_git("for-each-ref", "--format=%(refname)", cwd=workspace.path) == "refs/heads/auto/1"
    assert not (workspace.gitdir / "hooks").exists()
    assert "user" not in (workspace.gitdir / "config").read_text()
    assert (workspace.path / "src/clock.py").read_text() == "def now():\n    return 0\n"


def test_the_clis_masks_are_no_work(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """The sandbox leaves empty files where it masked some: neither the agent's git nor the host's adds them."""
    for name in (".bashrc", ".mcp.json", ".gitconfig", ".claude"):
        (workspace.path / name).touch()
    assert run_git("status", "--porcelain", cwd=workspace.path) == ""
    assert collect(mirror, workspace, base) is None


def test_a_workspace_without_its_kept_index_is_read_anew(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """The index beside the workspace only saves time."""
    workspace.first_index.unlink()
    assert collect(mirror, workspace, base) is None
    (workspace.path / "README.md").write_text("Else\n")
    assert changed(mirror, base, collected(mirror, workspace, base)) == {"README.md": (1, 1)}


def test_line_ends_that_the_repository_converts_are_no_change(
    mirror: Mirror, git_host: GitHost, tmp_path: Path
) -> None:
    """A file checked out with other line ends, as its attributes say, is not a change when it comes back."""
    files = {".gitattributes": "*.bat eol=crlf\n", "run.bat": "echo\n"}
    base = commit_files(git_host.root / "octo/tools.git", "main", files, "Attributes")
    mirror.fetch()
    workspace = mirror.open_workspace(tmp_path / "w", base=base, branch="auto/1")
    assert (workspace.path / "run.bat").read_bytes() == b"echo\r\n"
    workspace.first_index.unlink()
    assert collect(mirror, workspace, base) is None
    workspace.close()


def test_a_repository_with_submodules_keeps_them(mirror: Mirror, git_host: GitHost, tmp_path: Path) -> None:
    """A submodule's empty folder, even a removed one, is no change."""
    folder = git_host.root / "octo/tools.git"
    listing = run_git("ls-tree", "main", cwd=folder) + f"\n160000 commit {'1' * 40}\tvendor\n"
    tree = run_git("mktree", cwd=folder, stdin=listing.encode())
    base = run_git("commit-tree", tree, "-p", "main", "-m", "Vendor", cwd=folder)
    run_git("update-ref", "refs/heads/main", base, cwd=folder)
    mirror.fetch()
    workspace = mirror.open_workspace(tmp_path / "w", base=base, branch="auto/1")
    assert collect(mirror, workspace, base) is None
    (workspace.path / "vendor").rmdir()
    assert collect(mirror, workspace, base) is None
    (workspace.path / "fix.py").write_text("x = 1\n")
    work = collected(mirror, workspace, base)
    assert [*mirror.files(work.head).paths] == ["README.md", "fix.py", "src/clock.py", "vendor"]
    workspace.close()


def test_a_second_attempt_starts_from_a_clean_place(mirror: Mirror, base: str, tmp_path: Path) -> None:
    """What a crashed attempt left where the new one shall be is gone."""
    first = mirror.open_workspace(tmp_path / "w", base=base, branch="auto/1")
    (first.path / "junk").write_text("x")
    second = mirror.open_workspace(tmp_path / "w", base=base, branch="auto/1")
    assert not (second.path / "junk").exists()
    assert collect(mirror, second, base) is None
    second.close()


def test_a_closed_workspace_is_gone(workspace: Workspace, tmp_path: Path) -> None:
    """With read-only folders, links out of it and a tree deeper than any path may be long; closing twice is fine."""
    keep = tmp_path / "keep"
    keep.mkdir(mode=0o700)
    (keep / "file").write_text("kept")
    (workspace.path / "out").symlink_to(keep)
    (workspace.path / "shut").mkdir()
    (workspace.path / "shut/file").touch()
    (workspace.path / "shut").chmod(0)
    dig(workspace.path, levels=1500)

    workspace.close()
    workspace.close()

    assert list(workspace.path.parent.iterdir()) == []
    assert (keep / "file").read_text() == "kept"


def dig(place: Path, *, levels: int) -> None:
    """Nest folders until their path is longer than the system takes."""
    descriptor = os.open(place, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("deeper", dir_fd=descriptor)
        below = os.open("deeper", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(descriptor)


def test_a_tree_too_deep_for_a_path_does_not_stop_the_collection(
    mirror: Mirror, workspace: Workspace, base: str
) -> None:
    """What cannot be named cannot be work; the rest is."""
    dig(workspace.path, levels=1500)
    (workspace.path / "fix.py").write_text("x = 1\n")
    assert changed(mirror, base, collected(mirror, workspace, base)) == {"fix.py": (1, 0)}


def test_objects_are_borrowed_from_the_mirror(mirror: Mirror, workspace: Workspace) -> None:
    """A workspace costs its files, not the repository's history."""
    assert (workspace.gitdir / "objects/info/alternates").read_text() == alternates(mirror.folder)
    assert run_git("count-objects", cwd=workspace.path).startswith("0 objects")
