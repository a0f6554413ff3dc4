"""Files, names and histories that are made to break their readers: taken, left behind or refused, never run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.core.failures import FailureKind, TaskFailed
from tests.git_host import run_git

if TYPE_CHECKING:
    from bot.adapters.git import Collected
    from tests.adapters.conftest import Trap


def changed(trap: Trap, work: Collected) -> list[str]:
    """The paths of the files that the work changes."""
    return [each.path for each in trap.mirror.changes(trap.base, work.head)]


@pytest.mark.parametrize(
    "place", ["README.md", "pipe", ".gitignore", ".gitattributes", "src/.gitignore", ".git/config", ".git/HEAD"]
)
def test_a_pipe_does_not_hang_the_host(trap: Trap, place: str) -> None:
    """A pipe where git would read a file is removed first: git would wait for a writer that never comes."""
    (trap.root / "work.py").write_text("x = 1\n")
    (trap.root / place).unlink(missing_ok=True)
    os.mkfifo(trap.root / place)
    work = trap.whole_way()
    assert work is not None
    assert "work.py" in [*trap.mirror.files(work.head).paths]
    assert ("README.md" in [*trap.mirror.files(work.head).paths]) is (place != "README.md")


def test_a_submodule_is_refused(trap: Trap) -> None:
    """A gitlink makes everybody who clones fetch from elsewhere: only people add one."""
    trap.nest("nested")
    run_git("add", "nested", cwd=trap.root)
    trap.commit()
    with pytest.raises(TaskFailed) as failed:
        trap.collect()
    assert (failed.value.kind, "`nested`" in failed.value.detail) == (FailureKind.PROTECTED_PATH, True)


def test_a_submodule_in_the_middle_of_the_history_is_refused(trap: Trap) -> None:
    """One that a later commit takes out again still is in the history."""
    middle = trap.tree(f"160000 vendor {'1' * 40}")
    readme = run_git("rev-parse", f"{trap.base}:README.md", cwd=trap.root)
    trap.tree(f"100644 README.md {readme}", parent=middle)
    (trap.root / "work.py").write_text("x = 1\n")
    with pytest.raises(TaskFailed) as failed:
        trap.collect()
    assert failed.value.kind is FailureKind.PROTECTED_PATH


@pytest.mark.parametrize(
    "name", [".git", ".GIT", ".Git", ".g\u200cit", "git~1", "GIT~1", "..", ".", ".git ", ".git\u200d", "a/b"]
)
def test_a_crafted_tree_is_refused(trap: Trap, name: str) -> None:
    """A tree entry that would write into a git directory on some file system does not enter the mirror."""
    blob = run_git("hash-object", "-w", "--stdin", cwd=trap.root, stdin=b"[core]\nfsmonitor = evil\n")
    listing = raw_entry("100644", "config", blob)
    inner = run_git(*("hash-object", "-t", "tree", "--literally", "-w", "--stdin"), cwd=trap.root, stdin=listing)
    outer = run_git(
        *("hash-object", "-t", "tree", "--literally", "-w", "--stdin"),
        cwd=trap.root,
        stdin=raw_entry("40000", name, inner),
    )
    commit = run_git("commit-tree", outer, "-p", trap.base, "-m", "Crafted", cwd=trap.root)
    run_git("update-ref", "refs/heads/auto/1", commit, cwd=trap.root)

    with pytest.raises(TaskFailed) as failed:
        trap.collect()

    assert failed.value.kind is FailureKind.AGENT_CRASHED
    assert "fsck" in failed.value.detail.lower()
    assert not trap.leaked(b"fsmonitor = evil")


def raw_entry(mode: str, name: str, oid: str) -> bytes:
    return f"{mode} {name}".encode() + b"\0" + bytes.fromhex(oid)


@pytest.mark.parametrize("name", [".GIT", ".g\u200cit", "git~1"])
def test_a_folder_that_looks_like_a_git_directory_is_left_behind(trap: Trap, name: str) -> None:
    """Among the files, it is not work: on another file system it would be a git directory."""
    (trap.root / name).mkdir()
    (trap.root / name / "config").write_text("[core]\n")
    (trap.root / "work.py").write_text("x = 1\n")
    work = trap.whole_way()
    assert work is not None
    assert [*trap.mirror.files(work.head).paths] == ["README.md", "src/clock.py", "work.py"]


@pytest.mark.parametrize("where", [".gitmodules", ".gitattributes", ".gitignore", ".mailmap"])
def test_gits_own_files_as_links_do_not_leak(trap: Trap, where: str, tmp_path: Path) -> None:
    """Git does not follow them, and a link called `.gitmodules` is not even taken."""
    (tmp_path / "outside").write_text("OUTSIDE-SECRET\n")
    (trap.root / "work.py").write_text("x = 1\n")
    (trap.root / where).symlink_to(tmp_path / "outside")
    work = trap.whole_way()
    assert work is not None
    assert not trap.leaked(b"OUTSIDE-SECRET")


def test_a_file_too_large_for_github_is_named(trap: Trap) -> None:
    """A sparse giant costs the agent nothing and would cost the host minutes: it is refused by its size."""
    with (trap.root / "giant.bin").open("wb") as giant:
        giant.truncate(2 * 1024**3)
    with pytest.raises(TaskFailed) as failed:
        trap.collect()
    assert failed.value.kind is FailureKind.DIFF_TOO_LARGE
    assert "`giant.bin` has 2,147,483,648 bytes" in failed.value.detail


def test_a_giant_in_the_history_is_named(trap: Trap) -> None:
    """One that was committed and deleted again would still be pushed."""
    with (trap.root / "giant bin").open("wb") as giant:
        giant.truncate(100_000_001)
    run_git("-c", "core.compression=0", "add", "giant bin", cwd=trap.root)
    trap.commit()
    (trap.root / "giant bin").unlink()
    (trap.root / "README.md").write_text("The work\n")
    trap.commit()
    with pytest.raises(TaskFailed) as failed:
        trap.collect()
    assert failed.value.kind is FailureKind.DIFF_TOO_LARGE
    assert "`giant bin` has 100,000,001 bytes" in failed.value.detail


def test_a_missing_git_directory_loses_no_files(trap: Trap) -> None:
    """`rm -rf .git`: the files still are the work."""
    shutil.rmtree(trap.gitdir)
    (trap.root / "work.py").write_text("x = 1\n")
    work = trap.whole_way()
    assert work is not None
    assert (work.commits, work.leftovers, changed(trap, work)) == (1, True, ["work.py"])


def test_a_broken_git_directory_loses_no_files(trap: Trap) -> None:
    """Garbage in the place of HEAD, config and the index: the files still are the work."""
    for name in ("HEAD", "config", "index"):
        (trap.gitdir / name).write_text("\0garbage\n")
    (trap.root / "work.py").write_text("x = 1\n")
    work = trap.whole_way()
    assert work is not None
    assert changed(trap, work) == ["work.py"]


def test_a_shallow_boundary_does_not_cut_the_mirror(trap: Trap) -> None:
    """A `shallow` file in the workspace is not taken over."""
    (trap.root / "README.md").write_text("The work\n")
    head = trap.commit()
    (trap.gitdir / "shallow").write_text(f"{head}\n")
    with pytest.raises(TaskFailed) as failed:
        trap.collect()
    assert failed.value.kind is FailureKind.AGENT_CRASHED
    assert not (trap.mirror.folder / "shallow").exists()


def test_replaced_objects_are_not_believed(trap: Trap) -> None:
    """A replace ref makes one commit look like another to a naive git; the host sees what is there."""
    (trap.root / "README.md").write_text("What is there\n")
    head = trap.commit()
    (trap.root / "README.md").write_text("What is shown\n")
    run_git("commit", "-q", "-a", "--amend", "-m", "Shown", cwd=trap.root)
    run_git("replace", head, "HEAD", cwd=trap.root)
    run_git("update-ref", "refs/heads/auto/1", head, cwd=trap.root)
    (trap.root / "README.md").write_text("What is there\n")
    work = trap.whole_way()
    assert work is not None
    assert trap.mirror.files(work.head).read("README.md") == b"What is there\n"


def test_names_that_are_no_text_survive(trap: Trap) -> None:
    """A file name of arbitrary bytes, or one that looks like an option, is a file name."""
    names = (b"\xff\xfe", b"--cached", b"-rf", b":(exclude)x", b"new\nline", b"tab\there", b"c\rr", b"\xe2\x80\xa8")
    for number, name in enumerate(names):
        (trap.root / os.fsdecode(name)).write_text("x")
        if number % 2:
            run_git("add", "--", f":(literal){os.fsdecode(name)}", cwd=trap.root)
    trap.commit()
    work = trap.whole_way()
    assert work is not None
    assert (len(changed(trap, work)), work.commits, work.leftovers) == (8, 2, True)
