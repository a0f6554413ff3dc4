"""The history of a large repository follows in steps, which are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.git import Mirror, Workspace, git
from bot.adapters.git.deepening import DESCENT
from bot.adapters.git.shallow import boundary, is_shallow
from bot.core.failures import FailureKind, TaskFailed
from tests.adapters.conftest import AUTHOR, by
from tests.adapters.large_mirrors import LARGE, NEVER, count, is_sound, merge_old_branch, mirror_of
from tests.git_host import commit_files, run_git


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
