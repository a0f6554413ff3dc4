"""Trial merges: which branches cannot be merged one after the other; and the removal of a branch that has not moved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.adapters.git import GitCredentials
from bot.adapters.git.merging import find_conflicts
from bot.adapters.git.open_branches import OpenBranches
from bot.core.failures import FailureKind, TaskFailed
from tests.adapters.conftest import TOKEN
from tests.git_host import GitHost, commit_files, create_repository, run_git


def changed(number: int, word: str = "changed") -> str:
    """A file of forty lines in which one differs."""
    return "".join(f"{word if each == number else 'line'} {each}\n" for each in range(40))


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    files = dict.fromkeys(("clock.py", "shop.py", "with spaces é.txt"), changed(-1))
    return create_repository(tmp_path, "octo/tools", {**files, ".gitattributes": "*.py merge=union\n"})


def branch(bare: Path, name: str, files: Mapping[str, str], start: str = "main") -> str:
    run_git("branch", "--force", name, start, cwd=bare)
    return commit_files(bare, name, files, name)


def found(bare: Path, heads: Mapping[int, str]) -> list[tuple[int, int, tuple[str, ...]]]:
    return list(find_conflicts(bare, run_git("rev-parse", "main", cwd=bare), heads))


def test_only_changes_that_touch_the_same_lines_conflict(bare: Path) -> None:
    heads = {
        5: branch(bare, "auto/1", {"clock.py": changed(3, "one")}),
        6: branch(bare, "auto/2", {"clock.py": changed(3, "two"), "shop.py": changed(5)}),
        7: branch(bare, "auto/3", {"clock.py": changed(30)}),
        8: branch(bare, "auto/4", {"shop.py": changed(5, "other"), "with spaces é.txt": changed(1)}),
        9: branch(bare, "auto/5", {"with spaces é.txt": changed(1, "other")}),
        10: branch(bare, "auto/6", {"with spaces é.txt": changed(1, "other")}),
    }
    name = ("with spaces é.txt",)
    assert found(bare, heads) == [
        (5, 6, ("clock.py",)),
        (6, 8, ("shop.py",)),
        (8, 9, name),
        (8, 10, name),
    ]


def test_two_that_add_one_file_or_of_which_one_removes_it_conflict(bare: Path) -> None:
    removed = branch(bare, "auto/1", {"a.txt": "a"})
    run_git("branch", "--force", "auto/2", "main", cwd=bare)
    stream = b"commit refs/heads/auto/2\ncommitter Octo <octo@example.com> now\ndata 1\nx\nfrom refs/heads/auto/2^0\n"
    run_git("fast-import", "--quiet", "--date-format=now", cwd=bare, stdin=stream + b"D clock.py\n")
    heads = {
        1: removed,
        2: run_git("rev-parse", "auto/2", cwd=bare),
        3: branch(bare, "auto/3", {"a.txt": "b", "clock.py": changed(2)}),
    }
    assert found(bare, heads) == [(1, 3, ("a.txt",)), (2, 3, ("clock.py",))]


def test_a_branch_from_an_older_base_is_not_blamed_on_another_one(bare: Path) -> None:
    """What conflicts with the base branch is in no pair; what only lags behind it is."""
    old = run_git("rev-parse", "main", cwd=bare)
    commit_files(bare, "main", {"clock.py": changed(3, "base")}, "Go on")
    heads = {
        1: branch(bare, "auto/1", {"clock.py": changed(3, "one")}, old),
        2: branch(bare, "auto/2", {"shop.py": changed(3, "two")}, old),
        3: branch(bare, "auto/3", {"shop.py": changed(3, "six")}),
    }
    assert found(bare, heads) == [(2, 3, ("shop.py",))]


def test_what_the_base_took_back_since_an_older_branch_began_is_no_conflict(bare: Path) -> None:
    """Merged with each other, the two would conflict: one began before the base changed the line, the other has that
    change. Merged into the base, which has undone it, they do not."""
    old = run_git("rev-parse", "main", cwd=bare)
    between = commit_files(bare, "main", {"clock.py": changed(3, "base")}, "Change it")
    commit_files(bare, "main", {"clock.py": changed(-1)}, "Take it back")
    heads = {
        1: branch(bare, "auto/1", {"clock.py": changed(3, "one")}, old),
        2: branch(bare, "auto/2", {"shop.py": changed(3, "two")}, between),
    }
    assert found(bare, heads) == []


def test_what_is_in_the_base_already_or_shares_no_history_is_in_no_pair(bare: Path, tmp_path: Path) -> None:
    merged = branch(bare, "auto/1", {"clock.py": changed(3, "one")})
    run_git("branch", "--force", "main", merged, cwd=bare)
    foreign = commit_files(bare, "orphan", {"clock.py": "other\n"}, "Begin anew")
    heads = {1: merged, 2: foreign, 3: branch(bare, "auto/3", {"clock.py": changed(9)}), 4: "0" * 40}
    assert found(bare, heads) == []


def test_a_trial_leaves_nothing_in_the_repository(bare: Path) -> None:
    heads = {
        1: branch(bare, "auto/1", {"clock.py": changed(3, "one")}),
        2: branch(bare, "auto/2", {"clock.py": changed(3, "two")}),
    }
    before = sorted(path for path in bare.rglob("*"))
    found(bare, heads)
    assert sorted(path for path in bare.rglob("*")) == before


@pytest.fixture
def branches(git_url: str, git_host: GitHost, tmp_path: Path) -> OpenBranches:
    credentials = GitCredentials(git_url, lambda: TOKEN)
    return OpenBranches(tmp_path / "mirrors/tools.git", f"{git_url}/octo/tools.git", credentials)


def test_a_branch_is_removed_only_where_it_was_seen(branches: OpenBranches, git_host: GitHost) -> None:
    branches.fetch()
    there = git_host.root / "octo/tools.git"
    seen = commit_files(there, "auto/1", {"a.txt": "a"}, "Add")
    moved = commit_files(there, "auto/1", {"a.txt": "b"}, "By a person")

    assert not branches.remove_branch("auto/1", expected=seen)
    assert branches.live_heads(["auto/1", "auto/2"]) == {"auto/1": moved}

    assert branches.remove_branch("auto/1", expected=moved)
    assert branches.live_heads(["auto/1"]) == {}
    assert not branches.remove_branch("auto/1", expected=moved), "after a lost answer it is gone already"
    assert "main" in branches.live_heads(["main"])


def test_a_refused_removal_says_why(branches: OpenBranches, git_host: GitHost) -> None:
    branches.fetch()
    seen = commit_files(git_host.root / "octo/tools.git", "auto/1", {"a.txt": "a"}, "Add")
    git_host.refused["refs/heads/auto/1"] = "protected branch hook declined"
    with pytest.raises(TaskFailed, match="protected branch") as refused:
        branches.remove_branch("auto/1", expected=seen)
    assert refused.value.kind is FailureKind.PUSH_REJECTED
    assert type(refused.value) is TaskFailed
