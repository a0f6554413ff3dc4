"""Which branches a mirror has, and when it fetches them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.git import GitCredentials, Mirror, git
from bot.core.failures import FailureKind, TaskFailed
from tests.git_host import GitHost, commit_files


def head_of(mirror: Mirror) -> str:
    head = mirror.remote_head("main")
    assert head is not None
    return head


def test_only_the_branch_and_the_bots_own_are_mirrored(git_host: GitHost, git_url: str, tmp_path: Path) -> None:
    """A repository may have thousands of others. One that an earlier version fetched goes with the next new commit."""
    folder = git_host.root / "octo/tools.git"
    for name in ("topic/x", "auto/7", "automatic", "release"):
        commit_files(folder, name, {"b": name}, "Work")
    token = next(iter(git_host.writers))
    mirror = Mirror(tmp_path / "m.git", f"{git_url}/octo/tools.git", GitCredentials(git_url, lambda: token))

    mirror.fetch()
    assert branches(mirror) == ["origin/auto/7", "origin/main"]

    git("update-ref", "refs/remotes/origin/topic/x", head_of(mirror), gitdir=mirror.folder)
    commit_files(folder, "main", {"a": "a"}, "More")
    mirror.fetch()
    assert branches(mirror) == ["origin/auto/7", "origin/main"]

    mirror.fetch("release")
    assert branches(mirror) == ["origin/auto/7", "origin/release"]


def branches(mirror: Mirror) -> list[str]:
    form = "--format=%(refname:lstrip=2)"
    return git("for-each-ref", form, "refs/remotes", gitdir=mirror.folder).text.split()


def test_a_branch_that_has_not_moved_is_not_fetched(mirror: Mirror, git_host: GitHost) -> None:
    """The listing of refs is all that is asked."""
    mirror.fetch("main")
    git_host.requests.clear()

    mirror.fetch("main", also="auto/7")

    listing = len(git_host.requests)
    git_host.requests.clear()
    mirror.live_head("main")
    assert listing == len(git_host.requests)


def test_a_branch_that_is_not_there_is_missing(mirror: Mirror) -> None:
    with pytest.raises(TaskFailed, match="has no branch gone") as failed:
        mirror.fetch("gone")
    assert failed.value.kind is FailureKind.REPO_MISSING
