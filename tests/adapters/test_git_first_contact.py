"""A large repository begins with its newest commit, and gets its history later; all that uses a mirror works with it.

A small limit makes the repositories here count as large ones.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.git import Mirror, git
from bot.adapters.git.first_contact import ARRIVING, Arrived, has_begun
from bot.adapters.git.housekeeping import tidy
from bot.adapters.git.shallow import is_shallow
from bot.core.failures import FailureKind, TaskFailed
from bot.rehearsal.git_http import GitRequest
from tests.adapters.large_mirrors import LARGE, count, is_sound, merge_old_branch, mirror_of, work_in
from tests.git_host import GitHost, commit_files, run_git


def test_a_large_repository_begins_with_its_newest_commit(upstream: Path, fresh: Mirror) -> None:
    """With all its files, and with nothing else. What arrives is reported."""
    seen = list[Arrived]()

    heads = fresh.fetch("main", kilobytes=LARGE, report=seen.append)

    assert heads == {"main": run_git("rev-parse", "main", cwd=upstream)}
    assert (count(fresh), is_shallow(fresh.folder), has_begun(fresh.folder)) == (1, True, False)
    assert fresh.files(heads["main"]).read("f1.txt") is not None
    assert is_sound(fresh)
    assert [(each.files, each.of) for each in seen] == [(0, 10), (10, 10)]
    assert seen[0].bytes < seen[1].bytes


def test_a_small_repository_begins_whole(upstream: Path, fresh: Mirror) -> None:
    fresh.fetch("main", kilobytes=100)

    assert count(fresh) == 29
    assert not is_shallow(fresh.folder)
    assert upstream.exists()


def test_an_attempt_works_on_a_shallow_mirror(upstream: Path, fresh: Mirror, tmp_path: Path, git_host: GitHost) -> None:
    """From checkout to push; also while the branch moves on. The branch arrives whole."""
    fresh.fetch("main", kilobytes=LARGE)
    base = fresh.remote_head("main")
    commit_files(upstream, "main", {"later": "x"}, "Later")

    head = work_in(fresh, tmp_path / "attempt")
    fresh.push(head, "auto/1", expected=None)

    assert git_host.pushes[-1][1][0].new == head
    assert run_git("rev-list", "--count", f"{base}..auto/1", cwd=upstream) == "2"
    assert run_git("fsck", "--connectivity-only", cwd=upstream) == ""


def test_an_agent_finds_no_server_in_a_shallow_workspace(upstream: Path, fresh: Mirror, tmp_path: Path) -> None:
    """Its history ends; no command of it waits for a server, and none fails for want of an object."""
    fresh.fetch("main", kilobytes=LARGE)
    base = fresh.remote_head("main") or ""
    workspace = fresh.open_workspace(tmp_path / "workspace", base=base, branch="auto/1")

    for command in (("log", "-p"), ("blame", "f1.txt"), ("fsck",), ("log", "--", "f1.txt"), ("gc", "--quiet")):
        run_git(*command, cwd=workspace.path)

    assert run_git("remote", cwd=workspace.path) == ""
    assert "promisor" not in run_git("config", "--list", "--local", cwd=workspace.path)
    assert upstream.exists()


def test_a_shallow_mirror_is_brought_up_to_date_without_old_history(upstream: Path, fresh: Mirror) -> None:
    """A merge of a branch that left the history before its end would bring all of it."""
    fresh.fetch("main", kilobytes=LARGE)

    merge = merge_old_branch(upstream)
    fresh.fetch("main", kilobytes=LARGE)

    assert fresh.remote_head("main") == merge
    assert count(fresh) == 1
    assert is_sound(fresh)


def test_an_interrupted_first_fetch_goes_on_with_what_is_missing(upstream: Path, git_url: str, tmp_path: Path) -> None:
    """Until then the branch is not there, and the mirror is not tidied up."""
    fresh = mirror_of(git_url, tmp_path, batch=4)

    def stop(arrived: Arrived) -> None:
        if arrived.files:
            raise TaskFailed(FailureKind.WORKER_LOST, "stopped")

    with pytest.raises(TaskFailed, match="stopped"):
        fresh.fetch("main", kilobytes=LARGE, report=stop)
    assert fresh.remote_head("main") is None
    assert has_begun(fresh.folder)
    fresh.pin("7", git("rev-parse", f"{ARRIVING}main", gitdir=fresh.folder).text)  # a reason to tidy up
    assert not tidy(fresh.folder, needed=(), now=datetime.now(UTC) + timedelta(days=90))

    newer = commit_files(upstream, "main", {"newer": "n\n"}, "Newer")
    seen = list[Arrived]()
    fresh.fetch("main", kilobytes=LARGE, report=seen.append)

    assert [each.of for each in seen] == [7, 7, 7]  # six of ten, and the new one
    assert fresh.remote_head("main") == newer
    assert not has_begun(fresh.folder)
    assert is_sound(fresh)


class FailingServer:
    """Answers the next `times` fetches of files with an error, once the first of them is due."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.seen = list[Arrived]()

    def report(self, arrived: Arrived) -> None:
        self.seen.append(arrived)

    def before(self, request: GitRequest) -> None:
        if self.seen and self.left and not request.write:
            self.left -= 1
            raise OSError("out of memory")


def test_a_batch_that_fails_is_halved(upstream: Path, git_url: str, tmp_path: Path, git_host: GitHost) -> None:
    """One that is too large would fail each time; what is quick grows again."""
    server, fresh = FailingServer(2), mirror_of(git_url, tmp_path, batch=8)
    git_host.before = server.before

    fresh.fetch("main", kilobytes=LARGE, report=server.report)

    assert [each.files for each in server.seen] == [0, 0, 0, 2, 6, 10]
    assert is_sound(fresh)
    assert upstream.exists()


def test_a_server_that_goes_on_failing_ends_the_fetch(
    upstream: Path, git_url: str, tmp_path: Path, git_host: GitHost
) -> None:
    server, fresh = FailingServer(1000), mirror_of(git_url, tmp_path, batch=8)
    git_host.before = server.before

    with pytest.raises(TaskFailed) as failed:
        fresh.fetch("main", kilobytes=LARGE, report=server.report)

    assert failed.value.kind is FailureKind.GITHUB_UNAVAILABLE
    assert len(server.seen) == 4  # before the first batch, and before each that was smaller
    assert has_begun(fresh.folder)
    assert upstream.exists()


def test_a_first_fetch_goes_on_even_if_the_repository_has_become_small(upstream: Path, fresh: Mirror) -> None:
    """Its commits are here without their files: a plain fetch would take these for known."""

    def stop(_: Arrived) -> None:
        raise TaskFailed(FailureKind.WORKER_LOST, "stopped")

    with pytest.raises(TaskFailed, match="stopped"):
        fresh.fetch("main", kilobytes=LARGE, report=stop)

    fresh.fetch("main", kilobytes=1)

    assert is_sound(fresh)
    assert fresh.files(fresh.remote_head("main") or "").read("same") == b"same\n"
    assert upstream.exists()


def test_a_server_that_leaves_nothing_out_is_good_enough(upstream: Path, fresh: Mirror, git_host: GitHost) -> None:
    """It sends all files with the commit, which is slower to continue and as complete."""
    git_host.filters = False

    fresh.fetch("main", kilobytes=LARGE)

    assert is_sound(fresh)


def test_a_shallow_mirror_is_tidied_up(upstream: Path, fresh: Mirror, tmp_path: Path) -> None:
    """Packs are joined, old work goes, and what is needed stays."""
    fresh.fetch("main", kilobytes=LARGE)
    for number in range(3):
        commit_files(upstream, "main", {"n": str(number)}, "Later")
        fresh.fetch("main", kilobytes=LARGE)
    head = work_in(fresh, tmp_path / "attempt")

    assert tidy(fresh.folder, needed=(), now=datetime.now(UTC) + timedelta(days=90))

    assert not fresh.holds(head)
    assert is_sound(fresh)
    work_in(fresh, tmp_path / "again", "again.txt")


def test_a_push_does_not_send_the_history_again(upstream: Path, fresh: Mirror, tmp_path: Path) -> None:
    """The base is at the end of no branch any more: the branch has moved, and no other one is here."""
    commit_files(upstream, "main", {"big": b"".join(bytes([n % 251, n % 241]) for n in range(3_000_000))}, "Large")
    big = tmp_path / "random"
    with Path("/dev/urandom").open("rb") as source:
        big.write_bytes(source.read(5_200_000))
    commit_files(upstream, "main", {"random": big.read_bytes()}, "Random")
    fresh.fetch("main", kilobytes=LARGE)
    commit_files(upstream, "main", {"later": "x"}, "Later")
    head = work_in(fresh, tmp_path / "attempt")
    run_git("config", "receive.unpackLimit", "1", cwd=upstream)  # it keeps what it is sent, as it is sent
    before = stored(upstream)

    fresh.push(head, "auto/1", expected=None)

    assert stored(upstream) - before < 100_000


def stored(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "objects").rglob("*") if path.is_file())
