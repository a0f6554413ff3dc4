"""The mirror: what is fetched, what is read from it, and how a failing fetch is named."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import psutil
import pytest

from bot.adapters.git import GitCredentials, Mirror, git
from bot.adapters.git.lock import hold_lock
from bot.core.failures import FailureKind, TaskFailed
from tests.adapters.conftest import TOKEN
from tests.git_host import GitHost, commit_files, create_repository, run_git


def head_of(mirror: Mirror) -> str:
    head = mirror.remote_head("main")
    assert head is not None
    return head


def failure(mirror: Mirror) -> TaskFailed:
    with pytest.raises(TaskFailed) as failed:
        mirror.fetch()
    return failed.value


def credentials(mirror: Mirror, token: str) -> GitCredentials:
    return GitCredentials(mirror.url.removesuffix("/octo/tools.git"), lambda: token)


def test_a_fetch_brings_what_is_new(mirror: Mirror, git_host: GitHost) -> None:
    """After a fetch the mirror knows the branch as it is on GitHub; before it, as it was."""
    folder = git_host.root / "octo/tools.git"
    before = head_of(mirror)
    after = commit_files(folder, "main", {"a": "a"}, "More")
    own = commit_files(folder, "auto/7", {"b": "b"}, "Work")
    assert mirror.remote_head("main") == before
    assert mirror.live_head("main") == after

    assert mirror.fetch(also="auto/7") == {"main": after, "auto/7": own}
    assert mirror.remote_head("main") == after

    run_git("branch", "-D", "auto/7", cwd=folder)
    assert mirror.fetch(also="auto/7") == {"main": after}
    assert mirror.live_head("auto/7") is None


def test_a_branch_with_a_telling_name_is_not_mistaken_for_another(mirror: Mirror, git_host: GitHost) -> None:
    """Git lists every ref that ends like the one asked for, and a name may hold what some readers take for a line."""
    commit_files(git_host.root / "octo/tools.git", "x\u2028y/refs/heads/auto/1", {"a": "a"}, "Trick")
    assert mirror.live_head("auto/1") is None


def test_a_rewritten_branch_is_followed_and_a_pinned_commit_stays(mirror: Mirror, git_host: GitHost) -> None:
    """A force-push upstream does not take away what a running task stands on."""
    old = head_of(mirror)
    mirror.pin("octo-tools-1", old)
    folder = git_host.root / "octo/tools.git"
    run_git("update-ref", "-d", "refs/heads/main", cwd=folder)
    new = commit_files(folder, "main", {"a": "a"}, "Another history")

    mirror.fetch()
    git("gc", "--quiet", "--prune=now", gitdir=mirror.folder)

    assert mirror.remote_head("main") == new
    assert mirror.files(old).read("README.md") == b"Tools\n"
    mirror.unpin("octo-tools-1")
    assert "pins" not in git("for-each-ref", gitdir=mirror.folder).text


def test_an_unknown_repository_is_missing(mirror: Mirror, git_host: GitHost) -> None:
    """A repository that was deleted or renamed ends the task with that, not with a set-up failure."""
    (git_host.root / "octo/tools.git").rename(git_host.root / "octo/renamed.git")
    failed = failure(mirror)
    assert failed.kind is FailureKind.REPO_MISSING
    assert "/octo/tools.git was not found" in failed.detail


def test_an_empty_repository_is_missing_too(git_host: GitHost, git_url: str, mirror: Mirror, tmp_path: Path) -> None:
    """Nothing can be branched off from a repository without a commit."""
    create_repository(git_host.root, "octo/empty", {})
    token = next(iter(git_host.writers))
    empty = Mirror(tmp_path / "empty.git", f"{git_url}/octo/empty.git", GitCredentials(git_url, lambda: token))
    failed = failure(empty)
    assert (failed.kind, "empty" in failed.detail) == (FailureKind.REPO_MISSING, True)


def test_a_refused_token_says_which_permission_is_needed(mirror: Mirror, tmp_path: Path) -> None:
    """401 and 403 name what the token lacks, and never the token."""
    failed = failure(Mirror(tmp_path / "other.git", mirror.url, credentials(mirror, "expired-token")))
    assert failed.kind is FailureKind.REPO_MISSING
    assert "permission to read contents" in failed.detail
    assert "expired-token" not in failed.detail


def test_an_unreachable_host_is_an_outage(tmp_path: Path) -> None:
    """No server listens: the failure shows git's message, and the task is tried again while the outage lasts."""
    failed = failure(Mirror(tmp_path / "m.git", "http://127.0.0.1:1/octo/tools.git"))
    assert failed.kind is FailureKind.GITHUB_UNAVAILABLE
    assert "Failed to connect" in failed.detail


def test_a_fetch_that_is_killed_is_no_verdict_on_the_repository(git_host: GitHost, mirror: Mirror) -> None:
    """A git that was killed is tried again."""

    def kill(_: object) -> None:
        for process in psutil.Process().children(recursive=True):
            if process.name().startswith("git"):
                process.kill()

    git_host.before = kill
    assert failure(mirror).kind is FailureKind.GITHUB_UNAVAILABLE


def test_a_host_that_never_answers_is_given_up(git_host: GitHost, mirror: Mirror) -> None:
    """Every command has a time limit, after which its whole process group is gone."""
    answered = threading.Event()
    git_host.before = lambda _request: (answered.wait(20), None)[1]
    hasty = Mirror(mirror.folder, mirror.url, network_seconds=0.5)
    failed = failure(hasty)
    answered.set()
    assert (failed.kind, "did not answer in time" in failed.detail) == (FailureKind.GITHUB_UNAVAILABLE, True)


def test_a_mirror_in_use_is_waited_for_and_then_reported(mirror: Mirror, git_host: GitHost) -> None:
    """Two fetches of one mirror never run at once; who waits too long says so."""
    commit_files(git_host.root / "octo/tools.git", "main", {"a": "a"}, "More")
    impatient = Mirror(mirror.folder, mirror.url, credentials(mirror, TOKEN), lock_seconds=0.1)
    with hold_lock(mirror.folder.with_name("tools.git.lock"), wait=0):
        assert failure(impatient).kind is FailureKind.REPO_LOCKED
    mirror.fetch()


def test_fetches_at_once_all_succeed(mirror: Mirror, git_host: GitHost) -> None:
    """Git alone fails here with `cannot lock ref`; the lock puts them in a row."""
    token = next(iter(git_host.writers))
    patient = Mirror(mirror.folder, mirror.url, credentials(mirror, token), lock_seconds=30)
    head = commit_files(git_host.root / "octo/tools.git", "main", {"a": "a"}, "More")
    failures: list[TaskFailed] = []

    def fetch() -> None:
        try:
            patient.fetch()
        except TaskFailed as failed:
            failures.append(failed)

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert mirror.remote_head("main") == head


def test_a_lock_that_a_killed_git_left_is_cleared(mirror: Mirror, git_host: GitHost) -> None:
    """A crash in the middle of a fetch does not break the mirror for ever."""
    (mirror.folder / "refs/remotes/origin/main.lock").touch()
    head = commit_files(git_host.root / "octo/tools.git", "main", {"a": "a"}, "More")
    mirror.fetch()
    assert mirror.remote_head("main") == head


def test_a_lock_on_a_pin_is_cleared_when_it_is_old(mirror: Mirror) -> None:
    """A fresh one may be in use."""
    head = head_of(mirror)
    mirror.pin("7", head)
    lock = mirror.folder / "refs/nightshift/pins/7.lock"
    lock.touch()
    mirror.fetch()
    assert lock.exists()
    os.utime(lock, (1, 1))
    mirror.fetch()
    mirror.unpin("7")


def test_half_a_mirror_is_begun_again(git_url: str, git_host: GitHost, tmp_path: Path) -> None:
    """A crash while the mirror was made leaves nothing that a later fetch would take for one."""
    (tmp_path / "m.git.new/objects").mkdir(parents=True)
    token = next(iter(git_host.writers))
    mirror = Mirror(tmp_path / "m.git", f"{git_url}/octo/tools.git", GitCredentials(git_url, lambda: token))
    mirror.fetch()
    assert [*mirror.files(head_of(mirror)).paths] == ["README.md", "src/clock.py"]


def test_files_are_read_from_a_commit(mirror: Mirror, git_host: GitHost) -> None:
    """Content up to a limit, links within the commit followed, everything else None."""
    folder = git_host.root / "octo/tools.git"
    link = run_git("hash-object", "-w", "--stdin", cwd=folder, stdin=b"README.md")
    out = run_git("hash-object", "-w", "--stdin", cwd=folder, stdin=b"/etc/passwd")
    away = run_git("hash-object", "-w", "--stdin", cwd=folder, stdin=b"no\nwhere")
    listing = run_git("ls-tree", "main", cwd=folder) + (
        f"\n120000 blob {link}\tCLAUDE.md\n120000 blob {out}\tout\n120000 blob {away}\taway\n"
    )
    tree = run_git("mktree", cwd=folder, stdin=listing.encode())
    commit = run_git("commit-tree", tree, "-p", "main", "-m", "Links", cwd=folder)
    run_git("update-ref", "refs/heads/main", commit, cwd=folder)
    mirror.fetch()

    assert mirror.files(commit).read("CLAUDE.md") == b"Tools\n"
    assert mirror.files(commit).read("./README.md", limit=3) == b"Too"
    for path in ("out", "away", "src", "gone", "x blob 5", "x blob", "README.md/x", "a\nb", ""):
        assert mirror.files(commit).read(path) is None, path
    wanted = ["away", "src/clock.py", "gone", "out", "README.md"]
    assert mirror.files(commit).line_counts(wanted) == {"src/clock.py": 2, "README.md": 1}


def test_large_and_binary_files_are_not_counted(mirror: Mirror, git_host: GitHost) -> None:
    """A generated giant costs nothing, and what is no text has no lines."""
    files = {"big.txt": b"x\n" * 2_600_000, "logo.png": b"\x89PNG\0\n\n", "naïve.txt": b"a\nb"}
    commit = commit_files(git_host.root / "octo/tools.git", "main", files, "Files")
    mirror.fetch()
    assert mirror.files(commit).line_counts(files) == {"naïve.txt": 2}
    assert mirror.files(commit).read("big.txt") is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://github.example.com/octo/tools.git", "https"),
        ("https://user:secret@github.com/octo/tools.git", "no user name"),
        ("https://github.com", "OWNER/REPO"),
        ("ext::sh -c touch% /tmp/x", "https"),
        ("file:///srv/tools.git", "https"),
        ("--upload-pack=x", "https"),
        ("ssh://git@github.com/octo/tools.git", "https"),
        ("https://github.com/octo/tools.git?x=1", "query"),
        ("http://localhost.example.com/octo/tools.git", "https"),
    ],
)
def test_only_https_and_loopback_are_talked_to(tmp_path: Path, url: str, reason: str) -> None:
    """A URL that would send a token in the clear, run a program, or keep a secret is refused by name."""
    with pytest.raises(ValueError, match=reason) as refused:
        Mirror(tmp_path, url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("name", ["", "..", "a/b", "-d", "a..b", "x.lock", "x.", "a b", "a\nb"])
def test_a_pin_has_a_plain_name(mirror: Mirror, name: str) -> None:
    """A name becomes part of a ref and of a path."""
    with pytest.raises(ValueError, match="cannot name"):
        mirror.pin(name, head_of(mirror))


def test_a_lock_that_a_killed_git_left_on_a_pin_is_not_in_the_way(mirror: Mirror) -> None:
    """Only the attempt that has the lease writes this pin."""
    mirror.fetch()
    commit = mirror.remote_head("main")
    assert commit is not None
    left = mirror.folder / "refs/nightshift/pins/7.lock"
    left.parent.mkdir(parents=True)

    left.touch()
    mirror.pin("7", commit)
    assert not left.exists()

    left.touch()
    mirror.unpin("7")
    assert not left.exists()


def test_a_lock_on_all_refs_that_a_killed_git_left_is_not_in_the_way(mirror: Mirror) -> None:
    """One that is not old may be in use, and is waited for; deleting a ref takes it."""
    mirror.fetch()
    mirror.pin("7", head_of(mirror))
    left = mirror.folder / "packed-refs.lock"
    left.touch()
    os.utime(left, (1, 1))

    mirror.unpin("7")

    assert not left.exists()
    assert "refs/nightshift" not in git("for-each-ref", gitdir=mirror.folder).text
