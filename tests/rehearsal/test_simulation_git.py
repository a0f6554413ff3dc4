"""The git in memory answers what real git answers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.rehearsal.github.bare import BareRepository, GitRefused
from bot.rehearsal.github.merge_commits import Signature, merge, squash
from bot.rehearsal.github.stored import Content
from bot.rehearsal.simulation.memory_git import MemoryGit

NOW = datetime(2026, 1, 5, tzinfo=UTC)
SIGNED = Signature(author="ada", committer="mona", now=NOW)


def with_history(git: BareRepository) -> BareRepository:
    """main with two commits; `ours` and `theirs` from the first one, which change the same file; `apart` another."""

    def commit(branch: str, **files: Content | None) -> str:
        return git.commit(branch, files, author="ada", message=f"On {branch}", now=NOW)

    git.create("main")
    first = commit("main", a="1\n", b="1\n")
    for branch in ("ours", "theirs", "apart"):
        git.set_ref(f"refs/heads/{branch}", first, old="0" * 40)
    commit("main", c="1\n")
    commit("ours", a="2\n")
    commit("theirs", a="3\n")
    commit("apart", d="1\n", b=None)
    return git


@pytest.fixture
def both(tmp_path: Path) -> tuple[BareRepository, BareRepository]:
    return with_history(BareRepository(tmp_path / "real.git")), with_history(MemoryGit())


def named(git: BareRepository, sha: str | None) -> str | None:
    """By the first branch that it is the end of, since the hashes differ."""
    ends = {end: name for name, end in sorted(git.branches().items(), reverse=True)}
    return None if sha is None else ends.get(sha, "before")


def test_both_know_the_same_history(both: tuple[BareRepository, BareRepository]) -> None:
    def described(git: BareRepository) -> object:
        names = sorted(git.branches())
        pairs = [(left, right) for left in names for right in names]
        return {
            "branches": names,
            "merge bases": [named(git, git.merge_base(*pair)) for pair in pairs],
            "can merge": [git.can_merge(*pair) for pair in pairs],
            "commits": [[each.message for each in git.commits(f"{left}..{right}")] for left, right in pairs],
            "changed": [[(each.path, each.status) for each in git.changed_files(*pair)] for pair in pairs],
            "files": [git.files(name) for name in names],
            "no branch": (git.branch("none"), git.resolve("none")),
        }

    real, memory = both
    assert described(memory) == described(real)


@pytest.mark.parametrize("join", [merge, squash])
def test_both_merge_alike(join, both: tuple[BareRepository, BareRepository]) -> None:  # type: ignore[no-untyped-def]
    real, memory = both
    made = []
    for git in (real, memory):
        base, head = git.branch("main"), git.branch("apart")
        sha = join(git, base, head, message="Join", signature=SIGNED)
        git.set_ref("refs/heads/main", sha, old=str(base))
        commit = git.commit_at("main")
        made.append((git.files("main"), commit.message, commit.author, len(commit.parents)))
        with pytest.raises(GitRefused):
            join(git, git.branch("ours"), git.branch("theirs"), message="Join", signature=SIGNED)
    assert made[0] == made[1]


def test_neither_moves_a_ref_that_is_elsewhere(both: tuple[BareRepository, BareRepository]) -> None:
    for git in both:
        old, other = git.branch("ours"), git.branch("main")
        with pytest.raises(GitRefused):
            git.set_ref("refs/heads/ours", str(other), old=str(other))
        with pytest.raises(GitRefused):
            git.delete_ref("refs/heads/ours", old=str(other))
        assert git.branch("ours") == old
        git.delete_ref("refs/heads/ours", old=str(old))
        assert git.branch("ours") is None
