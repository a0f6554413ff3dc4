"""What a session's commits may hold: files, commits and messages are counted in each commit, before it is unfolded."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from bot.core.failures import FailureKind, TaskFailed
from tests.git_host import run_git

if TYPE_CHECKING:
    from tests.adapters.conftest import Trap


EMPTY = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def merge_with(trap: Trap, bomb: str, base_tree: str) -> None:
    """The bomb is in a merge's second parent, and the merge keeps nothing of it."""
    side = commit_tree(trap, bomb, trap.base)
    move(trap, commit_tree(trap, base_tree, trap.base, side))


def take_back(trap: Trap, bomb: str, base_tree: str) -> None:
    move(trap, commit_tree(trap, base_tree, commit_tree(trap, bomb, trap.base)))


def keep(trap: Trap, bomb: str, base_tree: str) -> None:
    move(trap, commit_tree(trap, bomb, trap.base))


def begin_anew(trap: Trap, bomb: str, base_tree: str) -> None:
    """A root commit without a parent, merged."""
    root = run_git("commit-tree", bomb, "-m", "x", cwd=trap.root)
    move(trap, commit_tree(trap, base_tree, trap.base, root))


def on_top_of_much(trap: Trap, bomb: str, base_tree: str) -> None:
    """Some hundred honest commits before and after it."""
    head = commit_tree(trap, base_tree, trap.base)
    for number in range(60):
        head = commit_tree(trap, bomb if number == 30 else base_tree, head)
    move(trap, head)


def commit_tree(trap: Trap, tree: str, *parents: str) -> str:
    named = [word for parent in parents for word in ("-p", parent)]
    return run_git("commit-tree", tree, *named, "-m", "x", cwd=trap.root)


def move(trap: Trap, head: str) -> None:
    run_git("update-ref", "refs/heads/auto/1", head, cwd=trap.root)


@pytest.mark.parametrize(
    "plant", [keep, take_back, merge_with, begin_anew, on_top_of_much], ids=lambda each: each.__name__
)
def test_a_bomb_in_any_commit_is_refused(trap: Trap, plant: Callable[[Trap, str, str], None]) -> None:
    """Wherever it is in what would be published, and whatever takes it back."""
    run_git("hash-object", "-w", "--stdin", cwd=trap.root)
    tree = run_git(
        "mktree", cwd=trap.root, stdin=b"".join(b"100644 blob %s\tf%d\n" % (EMPTY.encode(), n) for n in range(10))
    )
    for _ in range(9):
        rows = "".join(f"040000 tree {tree}\td{number}\n" for number in range(10))
        tree = run_git("mktree", cwd=trap.root, stdin=rows.encode())
    base_tree = run_git("rev-parse", f"{trap.base}^{{tree}}", cwd=trap.root)
    listing = run_git("ls-tree", trap.base, cwd=trap.root) + f"\n040000 tree {tree}\tzz\n"
    plant(trap, run_git("mktree", cwd=trap.root, stdin=listing.encode()), base_tree)

    with pytest.raises(TaskFailed) as failed:
        trap.collect()

    assert failed.value.kind is FailureKind.DIFF_TOO_LARGE
    assert "of them in `zz/`" in failed.value.detail


@pytest.mark.parametrize("deep", [2, 6])
def test_the_folder_with_the_most_files_is_named_also_where_none_has_most_of_them(trap: Trap, deep: int) -> None:
    """Eight equal ones at the top, all of their folders alike."""
    blob = run_git("hash-object", "-w", "--stdin", cwd=trap.root)
    tree = run_git(
        "mktree", cwd=trap.root, stdin=b"".join(b"100644 blob %s\tf%d\n" % (blob.encode(), n) for n in range(20))
    )
    for _ in range(deep):
        tree = run_git("mktree", cwd=trap.root, stdin="".join(f"040000 tree {tree}\td{n}\n" for n in range(8)).encode())
    move(trap, commit_tree(trap, tree, trap.base))

    with pytest.raises(TaskFailed) as failed:
        trap.collect()

    assert failed.value.kind is FailureKind.DIFF_TOO_LARGE
    assert re.search(r"[0-9,]+ of them in `d\d/", failed.value.detail)


def test_more_commits_than_a_pull_request_shows_are_refused(trap: Trap) -> None:
    stream = "".join(
        f"commit refs/heads/auto/1\ncommitter O <o@x> {number} +0000\ndata 1\nx\n"
        + (f"from {trap.base}\n" if number == 0 else "")
        for number in range(251)
    )
    run_git("fast-import", "--quiet", "--force", cwd=trap.root, stdin=stream.encode())
    with pytest.raises(TaskFailed) as failed:
        trap.collect()
    assert (failed.value.kind, failed.value.detail) == (
        FailureKind.DIFF_TOO_LARGE,
        "more than 250 commits; the limit is 250",
    )


def test_a_giant_message_is_refused(trap: Trap) -> None:
    tree = run_git("rev-parse", f"{trap.base}^{{tree}}", cwd=trap.root)
    move(trap, run_git("commit-tree", tree, "-p", trap.base, cwd=trap.root, stdin=b"x" * (2 << 20)))
    with pytest.raises(TaskFailed) as failed:
        trap.collect()
    assert failed.value.kind is FailureKind.DIFF_TOO_LARGE
    assert "2,097," in failed.value.detail


def test_new_files_that_are_not_committed_are_limited(trap: Trap) -> None:
    """Before one of them is read; ignored ones do not count."""
    (trap.root / ".gitignore").write_text("ignored/\n")
    for folder, count in (("ignored", 50), ("src/many", 20), ("few", 5)):
        (trap.root / folder).mkdir(parents=True)
        for number in range(count):
            (trap.root / folder / f"{number}.txt").touch()
    with pytest.raises(TaskFailed) as failed:
        trap.collect(most_files=20)
    told = "26 new files that are not committed, 20 of them in `src/many/`; the limit is 20"
    assert (failed.value.kind, failed.value.detail) == (FailureKind.DIFF_TOO_LARGE, told)
    assert trap.collect(most_files=26) is not None
