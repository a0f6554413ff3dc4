"""What the tests of large repositories share. That they are large is only said to the mirror."""

from __future__ import annotations

from pathlib import Path

from bot.adapters.git import GitCredentials, Mirror, git
from tests.adapters.conftest import AUTHOR, TOKEN, by
from tests.git_host import commit_files, run_git

LARGE = 1_000_000  # kilobytes
NEVER = bool  # a `stopping` that is always false


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
