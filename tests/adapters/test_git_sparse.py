"""Files that a session's git leaves out of the work tree are not deleted; what it deleted is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.git import Mirror, Workspace
from bot.adapters.git.skipped import Skipped, read_skipped
from tests.adapters.workspaces import changed, collect, collected
from tests.git_host import GitHost, commit_files, run_git

FILES: dict[str, str | bytes] = {
    **{f"docs/{name}.md": "x\n" for name in "abc"},
    **{f"assets/{name}/deep/x.txt": "x\n" for name in "ab"},
    "other/x": "x\n",
    "naïve dir/b\nc": "x\n",
}


@pytest.fixture
def base(mirror: Mirror, git_host: GitHost) -> str:
    folder = git_host.root / "octo/tools.git"
    commit = commit_files(folder, "main", {path: each for path, each in FILES.items() if "\n" not in path}, "More")
    mirror.fetch()
    return commit


@pytest.fixture
def workspace(mirror: Mirror, base: str, tmp_path: Path) -> Iterator[Workspace]:
    workspace = mirror.open_workspace(tmp_path / "attempt/workspace", base=base, branch="auto/1")
    yield workspace
    workspace.close()


def sparse(workspace: Workspace, *arguments: str) -> None:
    run_git("sparse-checkout", *arguments, cwd=workspace.path)
    assert not (workspace.path / "docs").exists()


HOW = [
    ("set", "src"),
    ("set", "--cone", "src"),
    ("set", "--cone", "--sparse-index", "src"),
    ("set", "--no-cone", "/src/"),
    ("set", "--no-cone", "/*", "!/docs/", "!/assets/*/deep/"),
    ("set", "--cone", "assets/a"),
]


@pytest.mark.parametrize("how", HOW, ids=" ".join)
@pytest.mark.parametrize("version", ["2", "4"])
def test_a_sparse_checkout_deletes_nothing(
    mirror: Mirror, workspace: Workspace, base: str, how: tuple[str, ...], version: str
) -> None:
    """With a commit on it, and with files that were not committed."""
    run_git("config", "index.version", version, cwd=workspace.path)
    sparse(workspace, *how)
    assert collect(mirror, workspace, base) is None
    (workspace.path / "src").mkdir(exist_ok=True)
    (workspace.path / "src/new.py").write_text("x = 1\n")
    assert changed(mirror, base, collected(mirror, workspace, base)) == {"src/new.py": (1, 0)}
    run_git("add", "--sparse", "src/new.py", cwd=workspace.path)
    run_git("commit", "-q", "-m", "New", cwd=workspace.path)
    work = collected(mirror, workspace, base)
    assert (changed(mirror, base, work), work.leftovers) == ({"src/new.py": (1, 0)}, False)


def test_what_is_deleted_within_it_is_deleted(mirror: Mirror, workspace: Workspace, base: str) -> None:
    sparse(workspace, "set", "src")
    (workspace.path / "src/clock.py").unlink()
    assert set(changed(mirror, base, collected(mirror, workspace, base))) == {"src/clock.py"}


def test_a_file_that_is_written_outside_of_it_is_work(mirror: Mirror, workspace: Workspace, base: str) -> None:
    sparse(workspace, "set", "src")
    (workspace.path / "docs").mkdir()
    (workspace.path / "docs/a.md").write_text("new\n")
    assert changed(mirror, base, collected(mirror, workspace, base)) == {"docs/a.md": (1, 1)}


def test_a_bit_that_is_set_by_hand(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """`git update-index --skip-worktree`; without it the file is deleted."""
    run_git("update-index", "--skip-worktree", "docs/a.md", cwd=workspace.path)
    (workspace.path / "docs/a.md").unlink()
    (workspace.path / "docs/b.md").unlink()
    assert set(changed(mirror, base, collected(mirror, workspace, base))) == {"docs/b.md"}


def test_a_checkout_that_is_whole_again(mirror: Mirror, workspace: Workspace, base: str) -> None:
    sparse(workspace, "set", "src")
    run_git("sparse-checkout", "disable", cwd=workspace.path)
    (workspace.path / "docs/a.md").unlink()
    assert set(changed(mirror, base, collected(mirror, workspace, base))) == {"docs/a.md"}


def test_one_that_the_session_removed_from_its_index_is_deleted(
    mirror: Mirror, workspace: Workspace, base: str
) -> None:
    run_git("rm", "-rq", "docs", cwd=workspace.path)
    run_git("commit", "-q", "-m", "Without docs", cwd=workspace.path)
    run_git("sparse-checkout", "set", "src", cwd=workspace.path)
    assert set(changed(mirror, base, collected(mirror, workspace, base))) == {"docs/a.md", "docs/b.md", "docs/c.md"}


def test_an_index_is_read_in_every_version(workspace: Workspace) -> None:
    """Single files, and folders of a sparse index."""
    for version in ("2", "3", "4"):
        run_git("config", "index.version", version, cwd=workspace.path)
        run_git("update-index", "--index-version", version, "--skip-worktree", "docs/a.md", cwd=workspace.path)
        assert read_skipped(workspace.gitdir / "index") == Skipped(frozenset({b"docs/a.md"}))
    run_git("sparse-checkout", "set", "--cone", "--sparse-index", "src", cwd=workspace.path)
    skipped = read_skipped(workspace.gitdir / "index")
    assert (b"docs/b.md" in skipped, b"assets/a/deep/x.txt" in skipped, b"src/clock.py" in skipped) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize("spoil", ["empty", "cut", "count", "text", "link", "folder", "long", "nothing"])
def test_an_index_that_cannot_be_read_marks_nothing(workspace: Workspace, tmp_path: Path, spoil: str) -> None:
    """Whatever a session put there: the files are judged as they are."""
    run_git("update-index", "--index-version", "4", "--skip-worktree", "docs/a.md", cwd=workspace.path)
    index, content = workspace.gitdir / "index", (workspace.gitdir / "index").read_bytes()
    index.unlink()
    if spoil == "link":
        (tmp_path / "elsewhere").write_bytes(content)
        index.symlink_to(tmp_path / "elsewhere")
    elif spoil == "folder":
        index.mkdir()
    elif spoil != "nothing":
        index.write_bytes(
            {
                "empty": b"",
                "cut": content[:-60],
                "count": content[:8] + b"\xff\xff\xff\xff" + content[12:],
                "text": b"DIRC" + b"x" * 500,
                "long": content[:12] + b"\0" * 62 + b"\0" + b"a" * 5000 + b"\0",
            }[spoil]
        )
    if spoil == "cut":
        assert read_skipped(index).folders == ()
    else:
        assert read_skipped(index) == Skipped()
