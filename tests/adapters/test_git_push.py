"""Pushing from the mirror: the bot's own branch is replaced, any other commit on it stays."""

from __future__ import annotations

import threading
from pathlib import Path

import psutil
import pytest

from bot.adapters.git import GitCredentials, Mirror, NotReached
from bot.core.failures import FailureKind, TaskFailed
from tests.adapters.conftest import AUTHOR, by
from tests.git_host import GitHost, commit_files, run_git

ZEROS = "0" * 40


@pytest.fixture
def made(mirror: Mirror, tmp_path: Path) -> list[str]:
    """Two commits in the mirror that are not on GitHub, as two attempts make them."""
    return [work(mirror, tmp_path, number) for number in (1, 2)]


def work(mirror: Mirror, tmp_path: Path, number: int) -> str:
    base = mirror.remote_head("main")
    assert base is not None
    workspace = mirror.open_workspace(tmp_path / f"work-{number}", base=base, branch="auto/1")
    (workspace.path / "fix.py").write_text(f"x = {number}\n")
    with mirror.quarantine(tmp_path / "quarantine.git") as quarantine:
        collected = quarantine.collect(
            workspace, branch="auto/1", base=base, message="Fix", rewriting=by(AUTHOR), most_files=100
        )
        assert collected is not None
        quarantine.release(collected.head, "auto/1")
    workspace.close()
    return collected.head


def refused(mirror: Mirror, commit: str, expected: str | None = None) -> TaskFailed:
    with pytest.raises(TaskFailed) as failed:
        mirror.push(commit, "auto/1", expected=expected)
    return failed.value


def on_github(git_host: GitHost, branch: str = "auto/1") -> str:
    return run_git(
        "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}", cwd=git_host.root / "octo/tools.git"
    )


def test_a_new_branch_is_pushed_and_a_later_attempt_replaces_it(
    mirror: Mirror, git_host: GitHost, made: list[str]
) -> None:
    """The second attempt has another history and still replaces the branch, since the bot pushed the first."""
    first, second = made
    mirror.push(first, "auto/1", expected=None)
    assert mirror.live_head("auto/1") == first
    mirror.push(second, "auto/1", expected=first)
    assert on_github(git_host) == second
    assert [[(update.old, update.new) for update in updates] for _, updates in git_host.pushes] == [
        [(ZEROS, first)],
        [(first, second)],
    ]


def test_a_push_whose_answer_was_lost_is_repeated_without_harm(
    mirror: Mirror, git_host: GitHost, made: list[str]
) -> None:
    """The bot crashed after GitHub took the push: it expects no branch, finds its own commit, and goes on."""
    mirror.push(made[0], "auto/1", expected=None)
    mirror.push(made[0], "auto/1", expected=None)
    mirror.push(made[0], "auto/1", expected=made[1])
    assert len(git_host.pushes) == 1


def test_another_persons_commit_is_never_overwritten(mirror: Mirror, git_host: GitHost, made: list[str]) -> None:
    """A person pushed to the bot's branch: the conflict names the commit and its author, and the branch stays."""
    mirror.push(made[0], "auto/1", expected=None)
    theirs = commit_files(git_host.root / "octo/tools.git", "auto/1", {"mine.txt": "keep"}, "My own work")

    failed = refused(mirror, made[1], expected=made[0])

    assert failed.kind is FailureKind.BRANCH_MOVED
    assert f"`auto/1` is at {theirs[:7]}" in failed.detail
    assert "by Octo: My own work" in failed.detail
    assert on_github(git_host) == theirs


def test_a_branch_that_should_not_be_there_is_a_conflict(mirror: Mirror, git_host: GitHost, made: list[str]) -> None:
    """A first push takes no existing branch over, even one that could be fast-forwarded."""
    base = run_git("rev-parse", "main", cwd=git_host.root / "octo/tools.git")
    run_git("branch", "auto/1", "main", cwd=git_host.root / "octo/tools.git")
    assert refused(mirror, made[0]).kind is FailureKind.BRANCH_MOVED
    assert on_github(git_host) == base


def test_a_branch_that_was_deleted_meanwhile_is_a_conflict(mirror: Mirror, made: list[str]) -> None:
    """A person may have deleted the bot's branch on purpose."""
    failed = refused(mirror, made[1], expected=made[0])
    assert failed.kind is FailureKind.BRANCH_MOVED
    assert "is gone" in failed.detail


def test_a_branch_that_may_be_gone_is_created_again_and_never_over_a_persons_commit(
    mirror: Mirror, git_host: GitHost, made: list[str]
) -> None:
    """Such as the one of a closed pull request, which is removed after a day while the next attempt runs."""
    first, second = made
    mirror.push(second, "auto/1", expected=first, may_be_gone=True)
    assert on_github(git_host) == second
    with pytest.raises(TaskFailed) as failed:
        mirror.push(first, "auto/1", expected="1" * 40, may_be_gone=True)
    assert failed.value.kind is FailureKind.BRANCH_MOVED
    assert on_github(git_host) == second


def test_a_protected_branch_is_a_rejection_in_githubs_words(mirror: Mirror, git_host: GitHost, made: list[str]) -> None:
    """The rule's own text reaches the person who can fix it."""
    git_host.refused["refs/heads/auto/1"] = "error: GH006: Protected branch update failed for refs/heads/auto/1."
    failed = refused(mirror, made[0])
    assert failed.kind is FailureKind.PUSH_REJECTED
    assert "GH006: Protected branch update failed" in failed.detail
    assert "hook declined" in failed.detail
    assert on_github(git_host) == ""


@pytest.mark.parametrize("token", ["readonly", "unknown"])
def test_a_token_without_write_permission_is_a_rejection(mirror: Mirror, made: list[str], token: str) -> None:
    """403 and 401 name the permission that is missing."""
    origin = mirror.url.removesuffix("/octo/tools.git")
    weak = Mirror(mirror.folder, mirror.url, GitCredentials(origin, lambda: token))
    failed = refused(weak, made[0])
    assert failed.kind is FailureKind.PUSH_REJECTED
    assert "permission to write contents" in failed.detail


def test_a_lost_connection_is_distinguished_from_a_rejection(
    mirror: Mirror, git_host: GitHost, made: list[str]
) -> None:
    """The publisher tries a push again that GitHub did not answer, but not one that GitHub refused."""
    failed = refused(Mirror(mirror.folder, "http://127.0.0.1:1/octo/tools.git"), made[0])
    assert (type(failed), failed.kind) == (NotReached, FailureKind.GITHUB_UNAVAILABLE)
    assert "Failed to connect" in failed.detail

    git_host.refused["refs/heads/auto/1"] = "error: GH006: Protected branch update failed for refs/heads/auto/1."
    assert type(refused(mirror, made[0])) is TaskFailed


def test_a_missing_repository_is_missing(mirror: Mirror, git_host: GitHost, made: list[str]) -> None:
    """Deleted or renamed between the fetch and the push."""
    (git_host.root / "octo/tools.git").rename(git_host.root / "octo/renamed.git")
    assert refused(mirror, made[0]).kind is FailureKind.REPO_MISSING


def test_a_push_that_hangs_is_given_up(mirror: Mirror, git_host: GitHost, made: list[str]) -> None:
    """It may have reached GitHub: so it is no rejection. No process is left behind."""
    answered = threading.Event()
    git_host.before = lambda _request: (answered.wait(20), None)[1]
    failed = refused(Mirror(mirror.folder, mirror.url, network_seconds=0.5), made[0])
    answered.set()
    assert type(failed) is NotReached
    assert (failed.kind, failed.detail) == (FailureKind.GITHUB_UNAVAILABLE, "The server did not answer in time.")
    running = [child.info["cmdline"] or [] for child in psutil.process_iter(["cmdline"])]
    assert not [command for command in running if f"--git-dir={mirror.folder}" in command]


def test_a_branch_name_that_cannot_be_is_a_rejection_with_the_reason(
    mirror: Mirror, git_host: GitHost, made: list[str]
) -> None:
    """Next to a branch `auto` there can be no `auto/1`: that is not a conflict over commits."""
    run_git("branch", "auto", "main", cwd=git_host.root / "octo/tools.git")
    failed = refused(mirror, made[0])
    assert failed.kind is FailureKind.PUSH_REJECTED
    assert "refs/heads/auto" in failed.detail


def test_a_patch_can_be_applied_by_hand(mirror: Mirror, made: list[str], tmp_path: Path) -> None:
    """What is not published reaches the maintainer as a patch."""
    base = mirror.remote_head("main")
    assert base is not None
    run_git("clone", "-q", str(mirror.folder), str(tmp_path / "clone"))
    run_git("-C", str(tmp_path / "clone"), "fetch", "-q", "origin", base)
    run_git("-C", str(tmp_path / "clone"), "checkout", "-q", base)
    run_git("-C", str(tmp_path / "clone"), "apply", stdin=mirror.patch(base, made[0]))
    assert (tmp_path / "clone/fix.py").read_text() == "x = 1\n"
