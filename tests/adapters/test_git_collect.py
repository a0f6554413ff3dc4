"""What is taken out of a workspace: the agent's commits, and what it left uncommitted."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.git import Collected, Mirror, Workspace, git
from bot.adapters.sandbox_support import find_sandbox
from bot.core.failures import FailureKind, TaskFailed
from tests.adapters.cells import a_cell
from tests.adapters.workspaces import changed, collect, collected
from tests.git_host import GitHost, commit_files, run_git


@pytest.fixture
def base(mirror: Mirror) -> str:
    head = mirror.remote_head("main")
    assert head is not None
    return head


@pytest.fixture
def workspace(mirror: Mirror, base: str, tmp_path: Path) -> Iterator[Workspace]:
    workspace = mirror.open_workspace(tmp_path / "attempt/workspace", base=base, branch="auto/1")
    yield workspace
    workspace.close()


def commit(workspace: Workspace, message: str = "Work") -> str:
    run_git("add", "-A", cwd=workspace.path)
    run_git("commit", "-q", "-m", message, cwd=workspace.path)
    return run_git("rev-parse", "HEAD", cwd=workspace.path)


def test_commits_come_out_as_they_are(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """Committed work keeps its commits; nothing is added to it."""
    (workspace.path / "src/clock.py").write_text("def now():\n    return 1\n")
    commit(workspace)
    (workspace.path / "new.py").write_text("x = 1\n")
    head = commit(workspace)

    work = collected(mirror, workspace, base)

    assert work == Collected(head=head, made=head, commits=2, leftovers=False)
    assert changed(mirror, base, work) == {"src/clock.py": (1, 1), "new.py": (1, 0)}
    assert mirror.files(head).read("new.py") == b"x = 1\n"


def test_leftovers_become_the_last_commit(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """What was changed, added, deleted, made executable or linked and not committed is one more commit."""
    (workspace.path / "a.py").write_text("a = 1\n")
    first = commit(workspace)
    (workspace.path / "src/clock.py").unlink()
    (workspace.path / "run.sh").write_text("#!/bin/sh\n")
    (workspace.path / "run.sh").chmod(0o755)
    (workspace.path / "link").symlink_to("a.py")
    (workspace.path / "naïve dir").mkdir()
    (workspace.path / "naïve dir/b\nc").write_text("")

    work = collected(mirror, workspace, base)

    assert (work.commits, work.leftovers) == (2, True)
    assert git("rev-parse", f"{work.head}^", gitdir=mirror.folder).text == first
    told = git("log", "-1", "--format=%an <%ae> %cn: %s", work.head, gitdir=mirror.folder).text
    assert told == "Octo <octo@example.com> Octo: Keep the rest"
    tree = git("ls-tree", "-r", "-z", work.head, gitdir=mirror.folder).text.split("\0")
    assert [(line.split()[0], line.split("\t")[1]) for line in tree if line] == [
        ("100644", "README.md"),
        ("100644", "a.py"),
        ("120000", "link"),
        ("100644", "naïve dir/b\nc"),
        ("100755", "run.sh"),
    ]


def test_a_lock_that_a_killed_git_left_is_not_in_the_way(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """On the ref that keeps accepted work: only the attempt that has the lease moves it."""
    (workspace.path / "new.py").write_text("x = 1\n")
    commit(workspace)
    left = mirror.folder / "refs/nightshift/work/auto/1.lock"
    left.parent.mkdir(parents=True)
    left.touch()

    assert collected(mirror, workspace, base).commits == 1
    assert not left.exists()


def test_ignored_files_stay_behind(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """What the repository ignores is not work."""
    (workspace.path / ".gitignore").write_text("build/\n")
    (workspace.path / "build").mkdir()
    (workspace.path / "build/out.o").write_text("x")
    assert changed(mirror, base, collected(mirror, workspace, base)) == {".gitignore": (1, 0)}


def test_a_file_in_the_place_of_a_folder_and_the_other_way_round(
    mirror: Mirror, workspace: Workspace, base: str
) -> None:
    """Both are changes like others."""
    shutil.rmtree(workspace.path / "src")
    (workspace.path / "src").write_text("now a file\n")
    (workspace.path / "README.md").unlink()
    (workspace.path / "README.md").mkdir()
    (workspace.path / "README.md/index").write_text("now a folder\n")
    work = collected(mirror, workspace, base)
    assert [*mirror.files(work.head).paths] == ["README.md/index", "src"]


def test_nothing_changed_is_nothing(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """An untouched workspace, touched files with the same content, and commits that take each other back."""
    assert collect(mirror, workspace, base) is None
    os.utime(workspace.path / "README.md", (1, 1))
    assert collect(mirror, workspace, base) is None
    (workspace.path / "README.md").write_text("Else\n")
    commit(workspace)
    (workspace.path / "README.md").write_text("Tools\n")
    commit(workspace)
    assert collect(mirror, workspace, base) is None


def test_a_change_that_hides_its_time_is_seen(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """The same size and the same modification time do not fool the index that was kept from the checkout."""
    readme = workspace.path / "README.md"
    before = readme.stat()
    readme.write_text("Fools\n")
    os.utime(readme, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert mirror.files(collected(mirror, workspace, base).head).read("README.md") == b"Fools\n"


def subjects(mirror: Mirror, base: str, work: Collected) -> list[str]:
    """Of the commits that are published, the oldest first."""
    return git("log", "--reverse", "--format=%s", f"{base}..{work.head}", gitdir=mirror.folder).text.splitlines()


@pytest.mark.parametrize(
    "leave",
    [
        ("checkout", "-q", "-b", "fix/x"),
        ("switch", "-q", "-c", "HEAD2"),
        ("checkout", "-q", "--detach"),
        ("checkout", "-q", "-B", "auto/2"),
        ("branch", "-m", "auto/1", "renamed"),
        ("symbolic-ref", "HEAD", "refs/heads/auto/1-b"),
        ("worktree", "prune"),  # it stays where it was
    ],
)
def test_the_commits_of_what_is_checked_out_are_taken(
    mirror: Mirror, workspace: Workspace, base: str, leave: tuple[str, ...]
) -> None:
    """On another branch, or on none: the commits keep their messages."""
    (workspace.path / "first.py").write_text("x = 1\n")
    commit(workspace, "Before it is left")
    if leave[0] == "symbolic-ref":
        run_git("branch", "auto/1-b", cwd=workspace.path)
    run_git(*leave, cwd=workspace.path)
    (workspace.path / "fix.py").write_text("x = 1\n")
    commit(workspace, "Set it, because of the issue")
    (workspace.path / "rest.py").write_text("x = 1\n")

    work = collected(mirror, workspace, base)

    assert subjects(mirror, base, work) == ["Before it is left", "Set it, because of the issue", "Keep the rest"]
    assert (work.commits, work.leftovers) == (3, True)
    assert changed(mirror, base, work) == {"first.py": (1, 0), "fix.py": (1, 0), "rest.py": (1, 0)}


def test_a_look_at_an_older_commit_loses_nothing(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """`git checkout HEAD~1` to compare, and the session ends there: its branch is the work."""
    for name in ("one", "two"):
        (workspace.path / name).write_text("x\n")
        commit(workspace, name)
    for looked_at in ("HEAD~1", base):
        run_git("checkout", "-q", looked_at, cwd=workspace.path)
        work = collected(mirror, workspace, base)
        assert (subjects(mirror, base, work), work.leftovers) == (["one", "two"], False)


def test_a_new_branch_beside_an_older_one(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """The session started again on another branch: what it has checked out is the work."""
    (workspace.path / "wrong.py").write_text("x\n")
    commit(workspace, "Wrong")
    run_git("checkout", "-q", "-b", "again", base, cwd=workspace.path)
    (workspace.path / "right.py").write_text("x\n")
    commit(workspace, "Right")
    assert subjects(mirror, base, collected(mirror, workspace, base)) == ["Right"]


def test_files_on_an_unrelated_branch_are_work_all_the_same(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """With commits, or none yet: the history cannot be published, the files can."""
    for commits in (False, True):
        run_git("checkout", "-q", "--orphan", f"else{commits}", cwd=workspace.path)
        (workspace.path / "fix.py").write_text("x = 1\n")
        if commits:
            commit(workspace)
        work = collected(mirror, workspace, base)
        assert (work.commits, work.leftovers) == (1, True)
        assert changed(mirror, base, work) == {"fix.py": (1, 0)}


@pytest.mark.parametrize(
    "head",
    [
        "ref: refs/heads/../../../../etc/passwd\n",
        "ref: refs/nightshift/session\n",
        "ref: HEAD\n",
        "ref: refs/heads/none\n",
        "0" * 40 + "\n",
        "f" * 40 + "\n",
        "",
        "ref: refs/heads/" + "x" * 5000 + "\n",
    ],
)
def test_a_head_that_leads_nowhere_loses_no_work(mirror: Mirror, workspace: Workspace, base: str, head: str) -> None:
    """The branch that the session began on, or at least the files, are taken."""
    (workspace.path / "fix.py").write_text("x = 1\n")
    commit(workspace)
    (workspace.gitdir / "HEAD").write_text(head)
    assert changed(mirror, base, collected(mirror, workspace, base)) == {"fix.py": (1, 0)}


def test_an_amended_history_is_taken_as_it_is(mirror: Mirror, git_host: GitHost, tmp_path: Path) -> None:
    """A head that does not descend from the base but shares history with it still is work."""
    base = commit_files(git_host.root / "octo/tools.git", "main", {"README.md": "Second\n"}, "Second")
    mirror.fetch()
    workspace = mirror.open_workspace(tmp_path / "w", base=base, branch="auto/1")
    run_git("commit", "-q", "--amend", "-m", "Amended", cwd=workspace.path)
    (workspace.path / "fix.py").write_text("x = 1\n")
    head = commit(workspace)
    work = collected(mirror, workspace, base)
    assert (work.head, work.commits) == (head, 2)
    assert changed(mirror, base, work) == {"fix.py": (1, 0)}
    workspace.close()


def test_stepping_back_behind_the_base_does_not_lose_the_base(
    mirror: Mirror, git_host: GitHost, tmp_path: Path
) -> None:
    """After `git reset` to an older commit the files are still judged against the base, and the commit is on it."""
    base = commit_files(git_host.root / "octo/tools.git", "main", {"README.md": "Second\n"}, "Second")
    mirror.fetch()
    workspace = mirror.open_workspace(tmp_path / "w", base=base, branch="auto/1")
    run_git("reset", "-q", "--soft", "HEAD~1", cwd=workspace.path)
    assert collect(mirror, workspace, base) is None
    (workspace.path / "fix.py").write_text("x = 1\n")
    work = collected(mirror, workspace, base)
    assert git("rev-parse", f"{work.head}^", gitdir=mirror.folder).text == base
    workspace.close()


def test_an_unrelated_history_is_refused(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """An orphan branch cannot become a pull request."""
    run_git("checkout", "-q", "--orphan", "else", cwd=workspace.path)
    commit(workspace)
    run_git("branch", "-f", "auto/1", "else", cwd=workspace.path)
    with pytest.raises(TaskFailed) as failed:
        collect(mirror, workspace, base)
    assert (failed.value.kind, "share no history" in failed.value.detail) == (FailureKind.AGENT_CRASHED, True)


def test_what_collecting_needs_lies_in_the_attempts_folder(
    mirror: Mirror, workspace: Workspace, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is killed meanwhile leaves nothing outside of the attempt's folder."""
    monkeypatch.setattr("tempfile.tempdir", "/no/such/folder")
    (workspace.path / "fix.py").write_text("x = 1\n")

    assert collected(mirror, workspace, base).leftovers
    assert [path for path in workspace.path.parent.iterdir() if path.name.startswith("index-")] == []


def test_the_way_out_can_be_confined(mirror: Mirror, workspace: Workspace, base: str, tmp_path: Path) -> None:
    """The caller wraps the one command that reads the agent's git directory."""
    wrapper = tmp_path / "wrap.sh"
    wrapper.write_text('#!/bin/sh\necho "$@" >> "$(dirname "$0")/log"\nexec "$@"\n')
    wrapper.chmod(0o755)
    (workspace.path / "fix.py").write_text("x = 1\n")
    head = commit(workspace)
    work = collected(mirror, workspace, base, confine=lambda command: [str(wrapper), *command])
    assert work.head == head
    asked = (tmp_path / "log").read_text().splitlines()
    assert {shlex.split(line)[-1] for line in asked} == {str(workspace.gitdir)}


@pytest.mark.needs("bwrap")
def test_the_way_out_works_from_within_a_cell(mirror: Mirror, workspace: Workspace, base: str, tmp_path: Path) -> None:
    """Upload-pack needs the workspace and the mirror, and nothing else of the host."""
    sandbox = find_sandbox(required=True)
    (workspace.path / "fix.py").write_text("x = 1\n")
    head = commit(workspace)
    cell = a_cell(tmp_path, ceilings=None, start=workspace.path, writable=(workspace.path,), readable=(mirror.folder,))
    work = collected(mirror, workspace, base, confine=lambda command: sandbox.wrap(command, cell=cell))
    assert (work.head, work.leftovers) == (head, False)
