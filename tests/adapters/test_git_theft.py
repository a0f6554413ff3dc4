"""A workspace that reaches for what is not its own: another tenant's objects, files of the host."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.adapters.git import git
from tests.git_host import create_repository, run_git

if TYPE_CHECKING:
    from tests.adapters.conftest import Trap


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Another tenant's repository, with a private file."""
    return create_repository(tmp_path / "others", "other/private", {"key.pem": "PRIVATE-OF-ANOTHER\n"})


def borrow(trap: Trap, foreign: Path) -> None:
    with (trap.gitdir / "objects/info/alternates").open("a") as alternates:
        alternates.write(f"{foreign}/objects\n")


def link_objects(trap: Trap, foreign: Path) -> None:
    for path in (foreign / "objects").glob("pack/*"):
        target = trap.gitdir / "objects/pack" / path.name
        target.symlink_to(path)
    for path in (foreign / "objects").glob("[0-9a-f][0-9a-f]"):
        if not (trap.gitdir / "objects" / path.name).exists():
            (trap.gitdir / "objects" / path.name).symlink_to(path)


def name_common_directory(trap: Trap, foreign: Path) -> None:
    (trap.gitdir / "commondir").write_text(f"{foreign}\n")
    run_git("update-ref", "refs/heads/auto/1", "main", cwd=foreign)


def point_from_within(trap: Trap, foreign: Path) -> None:
    (trap.gitdir / ".git").write_text(f"gitdir: {foreign}\n")
    run_git("update-ref", "refs/heads/auto/1", "main", cwd=foreign)


def link_the_gitdir(trap: Trap, foreign: Path) -> None:
    shutil.rmtree(trap.gitdir)
    trap.gitdir.symlink_to(foreign)
    run_git("update-ref", "refs/heads/auto/1", "main", cwd=foreign)


@pytest.mark.parametrize(
    "steal",
    [borrow, link_objects, name_common_directory, point_from_within, link_the_gitdir],
    ids=lambda steal: steal.__name__,
)
def test_another_tenants_objects_are_not_served(trap: Trap, foreign: Path, steal: Callable[[Trap, Path], None]) -> None:
    """Even without a sandbox around upload-pack: a git directory that reaches elsewhere is not read."""
    blob = run_git("rev-parse", "main:key.pem", cwd=foreign)
    (trap.root / "README.md").write_text("The work\n")
    steal(trap, foreign)
    if steal in (borrow, link_objects):
        trap.tree(f"100644 key.pem {blob}")

    work = trap.whole_way()

    assert not trap.leaked(b"PRIVATE-OF-ANOTHER")
    assert work is not None
    assert work.leftovers
    assert [*trap.mirror.files(work.head).paths] == ["README.md", "src/clock.py"]


def test_another_work_tree_is_not_read(trap: Trap, tmp_path: Path) -> None:
    """`core.worktree` points at files of the host: the host names its work tree itself."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("OUTSIDE-SECRET")
    trap.config(f"worktree = {outside}")
    (trap.root / "README.md").write_text("The work\n")
    work = trap.whole_way()
    assert work is not None
    assert [*trap.mirror.files(work.head).paths] == ["README.md", "src/clock.py"]
    assert (outside / "secret.txt").exists()
    assert not trap.leaked(b"OUTSIDE-SECRET")


def test_a_link_is_taken_as_a_link(trap: Trap) -> None:
    """A file that became a link to a file of the host publishes the link's text, not the content."""
    (trap.root / "README.md").unlink()
    (trap.root / "README.md").symlink_to("/etc/passwd")
    work = trap.whole_way()
    assert work is not None
    assert git("cat-file", "blob", f"{work.head}:README.md", gitdir=trap.mirror.folder).stdout == b"/etc/passwd"
    assert trap.mirror.files(work.head).read("README.md") is None


def test_files_behind_a_linked_folder_are_not_taken(trap: Trap, tmp_path: Path) -> None:
    """A folder that became a link to one of the host's with a file of the same name."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "clock.py").write_text("OUTSIDE-SECRET")
    shutil.rmtree(trap.root / "src")
    (trap.root / "src").symlink_to(outside)
    work = trap.whole_way()
    assert work is not None
    assert [*trap.mirror.files(work.head).paths] == ["README.md", "src"]
    assert not trap.leaked(b"OUTSIDE-SECRET")
    assert (outside / "clock.py").exists()
