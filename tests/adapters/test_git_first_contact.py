"""A large repository begins with its newest commit, and gets its history later; all that uses a mirror works with it.

A small limit makes the repositories here count as large ones.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.git import GitCredentials, Mirror, Workspace, git
from bot.adapters.git.deepening import DESCENT
from bot.adapters.git.first_contact import Arrived, has_begun
from bot.adapters.git.housekeeping import tidy
from bot.adapters.git.shallow import boundary, is_shallow
from bot.core.failures import FailureKind, TaskFailed
from tests.adapters.conftest import AUTHOR, TOKEN, by
from tests.git_host import GitHost, commit_files, run_git

LARGE = 1_000_000  # kilobytes
NEVER = bool  # a `stopping` that is always false


@pytest.fixture
def upstream(git_host: GitHost) -> Path:
    """`octo/tools` with thirty commits, one of them a merge of a branch that began with the first."""
    folder = git_host.root / "octo/tools.git"
    begin = run_git("rev-parse", "main", cwd=folder)
    run_git("update-ref", "refs/heads/old", begin, cwd=folder)
    for number in range(28):
        commit_files(folder, "main", {f"f{number % 7}.txt": f"{number}\n" * 50, "same": "same\n"}, f"Commit {number}")
    return folder


@pytest.fixture
def fresh(git_url: str, tmp_path: Path) -> Mirror:
    return mirror_of(git_url, tmp_path)


def mirror_of(url: str, place: Path, *, batch: int = 5000, step: int = 200) -> Mirror:
    credentials = GitCredentials(url, lambda: TOKEN)
    folder = place / "new/tools.git"
    return Mirror(folder, f"{url}/octo/tools.git", credentials, lock_seconds=2, batch=batch, step=step)


def merge_old_branch(folder: Path) -> str:
    """A commit of a branch that left the history at its beginning, merged now."""
    side = commit_files(folder, "old", {"side.txt": "side\n"}, "Side")
    tree = run_git("rev-parse", "main^{tree}", cwd=folder)
    merge = run_git("commit-tree", tree, "-p", "main", "-p", side, "-m", "Merge", cwd=folder)
    run_git("update-ref", "refs/heads/main", merge, cwd=folder)
    return merge


def count(mirror: Mirror, ref: str = "refs/remotes/origin/main") -> int:
    return int(git("rev-list", "--count", ref, gitdir=mirror.folder).text)


def is_sound(mirror: Mirror) -> bool:
    """Git misses nothing, and no setting names a server to ask."""
    assert "promisor" not in (mirror.folder / "config").read_text()
    assert not list((mirror.folder / "objects/pack").glob("*.promisor"))
    return git("fsck", "--full", "--connectivity-only", gitdir=mirror.folder).code == 0


def work_in(mirror: Mirror, place: Path, name: str = "work.txt") -> str:
    """What an attempt does with a mirror, up to the push; returns the accepted commit."""
    base = mirror.remote_head("main")
    assert base is not None
    with mirror.quarantine(place / "quarantine.git") as quarantine:
        workspace = mirror.open_workspace(place / "workspace", base=base, branch="auto/1")
        run_git("log", "--oneline", cwd=workspace.path)
        (workspace.path / name).write_text("work\n")
        run_git("add", name, cwd=workspace.path)
        run_git("commit", "-qm", "Work", cwd=workspace.path)
        (workspace.path / "more.txt").write_text("more\n")
        work = quarantine.collect(
            workspace, branch="auto/1", base=base, message="Rest", rewriting=by(AUTHOR), most_files=100
        )
        assert work is not None
        assert (work.commits, work.leftovers) == (2, True)
        assert {each.path for each in quarantine.changes(base, work.head)} == {name, "more.txt"}
        assert quarantine.changes_by_commit(base, work.head)
        quarantine.open_workspace(place / "check", base=work.head, branch="check").close()
        assert quarantine.patch(base, work.head)
        quarantine.release(work.head, "auto/1")
        workspace.close()
    return work.head


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
    assert not tidy(fresh.folder, needed=(), now=datetime.now(UTC) + timedelta(days=90))

    newer = commit_files(upstream, "main", {"newer": "n\n"}, "Newer")
    seen = list[Arrived]()
    fresh.fetch("main", kilobytes=LARGE, report=seen.append)

    assert [each.of for each in seen] == [7, 7, 7]  # six of ten, and the new one
    assert fresh.remote_head("main") == newer
    assert not has_begun(fresh.folder)
    assert is_sound(fresh)


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


def test_history_follows_in_steps(upstream: Path, git_url: str, tmp_path: Path) -> None:
    """Each step is kept, a fetch in between undoes none, and at the end the mirror is a whole one."""
    fresh = mirror_of(git_url, tmp_path, step=3)
    fresh.fetch("main", kilobytes=LARGE)

    def deep_enough() -> bool:
        here = git("rev-list", "--count", DESCENT, gitdir=fresh.folder, codes=(0, 128))
        return here.code == 0 and int(here.text) > 6

    assert not fresh.deepen(deep_enough)
    deep = count(fresh, DESCENT)
    assert 1 < deep < 29

    merge = merge_old_branch(upstream)
    fresh.fetch("main", kilobytes=LARGE)
    assert count(fresh, DESCENT) == deep

    assert fresh.deepen(NEVER)
    assert fresh.remote_head("main") == merge
    assert f"{count(fresh)}" == run_git("rev-list", "--count", "main", cwd=upstream)
    assert boundary(fresh.folder) == frozenset()
    assert DESCENT not in git("for-each-ref", gitdir=fresh.folder).text
    assert is_sound(fresh)


def test_history_of_a_rewritten_branch_begins_again(upstream: Path, fresh: Mirror) -> None:
    """GitHub does not keep for ever what no branch has."""
    fresh.fetch("main", kilobytes=LARGE)
    git("update-ref", DESCENT, fresh.remote_head("main") or "", gitdir=fresh.folder)
    run_git("update-ref", "-d", "refs/heads/main", cwd=upstream)
    run_git("update-ref", "-d", "refs/heads/old", cwd=upstream)
    new = commit_files(upstream, "main", {"a": "a"}, "Another history")
    commit_files(upstream, "main", {"a": "b"}, "More of it")
    run_git("gc", "-q", "--prune=now", cwd=upstream)
    fresh.fetch("main", kilobytes=LARGE)

    with pytest.raises(TaskFailed):
        fresh.deepen(NEVER)
    assert fresh.deepen(NEVER)

    assert count(fresh) == 2
    assert fresh.holds(new)


def test_history_waits_for_attempts(upstream: Path, fresh: Mirror, tmp_path: Path) -> None:
    fresh.fetch("main", kilobytes=LARGE)
    with fresh.quarantine(tmp_path / "quarantine.git"), pytest.raises(TaskFailed) as refused:
        fresh.deepen(NEVER)
    assert refused.value.kind is FailureKind.REPO_LOCKED
    assert upstream.exists()


def test_work_from_before_more_history_came_is_taken(upstream: Path, fresh: Mirror, tmp_path: Path) -> None:
    """A workspace keeps the end of history that it was opened with."""
    fresh.fetch("main", kilobytes=LARGE)
    base = fresh.remote_head("main") or ""
    with fresh.quarantine(tmp_path / "quarantine.git") as quarantine:
        workspace = Workspace(fresh.open_workspace(tmp_path / "workspace", base=base, branch="auto/1").path)
        (workspace.path / "work.txt").write_text("work\n")
        run_git("add", "work.txt", cwd=workspace.path)
        run_git("commit", "-qm", "Work", cwd=workspace.path)
        git(
            *("fetch", "-q", "--unshallow", f"file://{upstream}", "main"),
            gitdir=fresh.folder,
            protocols="file",
        )
        work = quarantine.collect(
            workspace, branch="auto/1", base=base, message="Rest", rewriting=by(AUTHOR), most_files=100
        )
        assert work is not None
        quarantine.release(work.head, "auto/1")
    assert not is_shallow(fresh.folder)
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
    before = stored(upstream)

    fresh.push(head, "auto/1", expected=None)

    assert stored(upstream) - before < 100_000


def stored(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "objects").rglob("*") if path.is_file())
