"""An agent that does its worst with its git directory and its files, and a host that runs nothing of it.

Each plant lays a trap that has git run a program, or read what it should not, in whatever git directory or tree it
sits in. The host then does all that it ever does with a workspace: collect, push, close.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.adapters.git import Author, Collected, Mirror, Workspace, git
from bot.core.failures import FailureKind, TaskFailed
from bot.rehearsal.git_host import GitHost, create_repository, run_git

AUTHOR = Author(name="Nightshift", email="bot@example.com")


@dataclass(frozen=True, slots=True)
class Trap:
    """A workspace to plant something in. Running `program` leaves `canary` behind."""

    mirror: Mirror
    workspace: Workspace
    base: str
    program: Path
    canary: Path
    host: GitHost

    @property
    def root(self) -> Path:
        return self.workspace.path

    @property
    def gitdir(self) -> Path:
        return self.workspace.gitdir

    def config(self, *settings: str) -> None:
        """Append lines to the workspace's own configuration."""
        with (self.gitdir / "config").open("a") as config:
            config.write("".join(f"{line}\n" for line in settings))

    def attributes(self, line: str) -> None:
        (self.root / ".gitattributes").write_text(f"{line}\n")
        (self.gitdir / "info/attributes").write_text(f"{line}\n")

    def commit(self) -> str:
        run_git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-a", "-m", "Work", cwd=self.root)
        return run_git("rev-parse", "HEAD", cwd=self.root)

    def tree(self, listing: str, parent: str | None = None) -> str:
        """Commit a tree that git itself would not make, on the agent's branch."""
        literally = ("hash-object", "-t", "tree", "--literally", "-w", "--stdin")
        tree = run_git(*literally, cwd=self.root, stdin=raw_tree(listing))
        commit = run_git("commit-tree", tree, "-p", parent or self.base, "-m", "Crafted", cwd=self.root)
        run_git("update-ref", "refs/heads/auto/1", commit, cwd=self.root)
        return commit

    def collect(self) -> Collected | None:
        return self.mirror.collect(self.workspace, branch="auto/1", base=self.base, message="Rest", author=AUTHOR)

    def whole_way(self) -> Collected | None:
        """Everything that the host ever does with a workspace."""
        try:
            work = self.collect()
            if work is not None:
                self.mirror.push(work.head, "auto/1", expected=None)
                self.mirror.patch(self.base, work.head)
            return work
        finally:
            self.workspace.close()

    def leaked(self, secret: bytes) -> bool:
        """Whether a secret lies in any object that went into the mirror or was pushed."""
        listing = ("cat-file", "--batch-all-objects", "--batch")
        folders = (self.mirror.folder, self.host.root / "octo/tools.git")
        return any(secret in git(*listing, gitdir=folder).stdout for folder in folders)


def raw_tree(listing: str) -> bytes:
    """`mode name oid` lines as the bytes of a tree object."""
    rows = (line.split(" ") for line in listing.splitlines())
    return b"".join(f"{mode} {name}".encode() + b"\0" + bytes.fromhex(oid) for mode, name, oid in rows)


@pytest.fixture
def trap(mirror: Mirror, git_host: GitHost, tmp_path: Path) -> Iterator[Trap]:
    base = mirror.remote_head("main")
    assert base is not None
    canary, program = tmp_path / "canary", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n")
    program.chmod(0o755)
    workspace = mirror.open_workspace(tmp_path / "attempt/workspace", base=base, branch="auto/1")
    yield Trap(mirror, workspace, base, program, canary, git_host)
    workspace.close()


def hooks(trap: Trap) -> None:
    (trap.gitdir / "hooks").mkdir()
    names = "applypatch-msg pre-commit commit-msg post-commit pre-push post-checkout post-index-change update"
    for name in (*names.split(), "reference-transaction", "pre-receive", "post-receive", "fsmonitor-watchman"):
        shutil.copy(trap.program, trap.gitdir / "hooks" / name)


def hooks_path(trap: Trap) -> None:
    hooks(trap)
    shutil.copytree(trap.gitdir / "hooks", trap.root / "evil-hooks")
    trap.config("[core]", f"hooksPath = {trap.root}/evil-hooks")


def fsmonitor(trap: Trap) -> None:
    trap.config("[core]", f"fsmonitor = {trap.program}", "untrackedCache = true")


def include_path(trap: Trap) -> None:
    (trap.root / "evil.config").write_text(f"[core]\nfsmonitor = {trap.program}\nsshCommand = {trap.program}\n")
    trap.config("[include]", f"path = {trap.root}/evil.config")


def evil_gitdir_file(trap: Trap) -> None:
    evil = trap.root / "evil"
    trap.gitdir.rename(evil)
    hooks_here = evil / "hooks"
    hooks_here.mkdir()
    shutil.copy(trap.program, hooks_here / "post-index-change")
    (evil / "config").write_text(f"[core]\nbare = false\nfsmonitor = {trap.program}\n")
    trap.gitdir.write_text(f"gitdir: {evil}\n")


def gitdir_within_the_gitdir(trap: Trap) -> None:
    evil = trap.gitdir / ".git"
    shutil.copytree(trap.gitdir, evil)
    (evil / "config").write_text(f"[core]\nbare = false\nfsmonitor = {trap.program}\n")


def filters_in_the_tree(trap: Trap) -> None:
    (trap.root / ".gitattributes").write_text("* filter=evil\n")
    trap.config('[filter "evil"]', f"clean = {trap.program}", f"smudge = {trap.program}", "required = true")


def filters_in_info(trap: Trap) -> None:
    trap.attributes("* filter=evil")
    trap.config('[filter "evil"]', f"process = {trap.program}")


def diff_drivers(trap: Trap) -> None:
    trap.attributes("* diff=evil")
    trap.config("[diff]", f"external = {trap.program}")
    trap.config('[diff "evil"]', f"command = {trap.program}", f"textconv = {trap.program}", "cachetextconv = true")


def merge_drivers(trap: Trap) -> None:
    trap.attributes("* merge=evil")
    trap.config('[merge "evil"]', f"driver = {trap.program} %A")


def signing(trap: Trap) -> None:
    trap.config("[commit]", "gpgSign = true", "[gpg]", f"program = {trap.program}", "[push]", "gpgSign = true")


def transports(trap: Trap) -> None:
    trap.config("[core]", f"sshCommand = {trap.program}", f"gitProxy = {trap.program}", f"askPass = {trap.program}")
    trap.config('[remote "origin"]', f"url = ext::{trap.program}", "vcs = evil", "fetch = +refs/*:refs/*")
    trap.config("[protocol]", "allow = always")


def remote_programs(trap: Trap) -> None:
    for name in ("origin", ".", str(trap.gitdir), trap.mirror.url):
        trap.config(f'[remote "{name}"]', f"receivepack = {trap.program}", f"uploadpack = {trap.program}")


def upload_pack_hook(trap: Trap) -> None:
    trap.config("[uploadpack]", f"packObjectsHook = {trap.program}", "allowFilter = true", "allowAnySHA1InWant = true")


def alternate_refs_command(trap: Trap) -> None:
    trap.config("[core]", f"alternateRefsCommand = {trap.program}")


def credential_helper(trap: Trap) -> None:
    trap.config("[credential]", f"helper = !{trap.program}", "[http]", "proxy = http://127.0.0.1:9")
    trap.config(f'[http "{trap.mirror.url}"]', "proxy = http://127.0.0.1:9")
    trap.config('[url "http://127.0.0.1:9/"]', "insteadOf = http://")


def promisor(trap: Trap) -> None:
    trap.config("[extensions]", "partialClone = evil", "[core]", "repositoryformatversion = 1")
    trap.config('[remote "evil"]', "promisor = true", f"url = ext::{trap.program}", f"uploadpack = {trap.program}")
    trap.config("[protocol]", "allow = always")


def aliases_pager_editor(trap: Trap) -> None:
    trap.config("[alias]", *(f"{name} = !{trap.program}" for name in ("fetch", "upload-pack", "add", "push")))
    trap.config("[core]", f"pager = {trap.program}", f"editor = {trap.program}")


def housekeeping(trap: Trap) -> None:
    trap.config("[gc]", "auto = 1", "[maintenance]", "auto = true", f"[trace2]\neventTarget = {trap.canary}")


def nested_repository(trap: Trap) -> None:
    run_git("init", "-q", str(trap.root / "nested"))
    (trap.root / "nested/file").write_text("x")
    run_git("add", "file", cwd=trap.root / "nested")
    run_git("commit", "-q", "-m", "Nested", cwd=trap.root / "nested")
    with (trap.root / "nested/.git/config").open("a") as config:
        config.write(f"[core]\nfsmonitor = {trap.program}\n")


def submodule_fsmonitor(trap: Trap) -> None:
    nested_repository(trap)
    run_git("-c", "core.fsmonitor=false", "add", "nested", cwd=trap.root)
    trap.config('[submodule "nested"]', "url = ./nested", f"update = !{trap.program}", "ignore = none")


def worktree_config(trap: Trap) -> None:
    trap.config("[core]", "repositoryformatversion = 1", "[extensions]", "worktreeConfig = true")
    (trap.gitdir / "config.worktree").write_text(f"[core]\nfsmonitor = {trap.program}\n")


EXECUTIONS = [
    hooks,
    hooks_path,
    fsmonitor,
    include_path,
    evil_gitdir_file,
    gitdir_within_the_gitdir,
    filters_in_the_tree,
    filters_in_info,
    diff_drivers,
    merge_drivers,
    signing,
    transports,
    remote_programs,
    upload_pack_hook,
    alternate_refs_command,
    credential_helper,
    promisor,
    aliases_pager_editor,
    housekeeping,
    nested_repository,
    submodule_fsmonitor,
    worktree_config,
]


@pytest.mark.parametrize("plant", EXECUTIONS, ids=lambda plant: plant.__name__)
def test_nothing_that_the_agent_planted_runs(trap: Trap, plant: Callable[[Trap], None]) -> None:
    """The work comes out, what was committed and what was left lying; the planted program never runs."""
    (trap.root / "README.md").write_text("The work\n")
    trap.commit()
    (trap.root / "left.py").write_text("x = 1\n")
    plant(trap)
    trap.canary.unlink(missing_ok=True)  # planting it takes git, which falls into some traps itself

    work = trap.whole_way()

    assert not trap.canary.exists()
    assert work is not None
    assert trap.mirror.read(work.head, "README.md") == b"The work\n"
    assert trap.mirror.read(work.head, "left.py") == b"x = 1\n"
    assert trap.mirror.live_head("auto/1") == work.head


@pytest.mark.parametrize("plant", [fsmonitor, hooks, filters_in_the_tree], ids=lambda plant: plant.__name__)
def test_the_traps_are_real(trap: Trap, plant: Callable[[Trap], None]) -> None:
    """The same plants do run when git is used naively in the workspace: the test above would notice."""
    plant(trap)
    (trap.root / "README.md").write_text("The work\n")
    run_git("add", "README.md", cwd=trap.root)
    assert trap.canary.exists()


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Another tenant's repository, with a private file."""
    return create_repository(tmp_path / "others", "other/private", {"key.pem": "PRIVATE-OF-ANOTHER\n"})


def borrow(trap: Trap, foreign: Path) -> None:
    with (trap.gitdir / "objects/info/alternates").open("a") as alternates:
        alternates.write(f"{foreign}/objects\n")


def link_objects(trap: Trap, foreign: Path) -> None:
    for path in (foreign / "objects").glob("pack/*"):
        target = trap.gitdir / "objects/pack" / path.name
        target.symlink_to(path)
    for path in (foreign / "objects").glob("[0-9a-f][0-9a-f]"):
        if not (trap.gitdir / "objects" / path.name).exists():
            (trap.gitdir / "objects" / path.name).symlink_to(path)


def name_common_directory(trap: Trap, foreign: Path) -> None:
    (trap.gitdir / "commondir").write_text(f"{foreign}\n")
    run_git("update-ref", "refs/heads/auto/1", "main", cwd=foreign)


def link_the_gitdir(trap: Trap, foreign: Path) -> None:
    shutil.rmtree(trap.gitdir)
    trap.gitdir.symlink_to(foreign)
    run_git("update-ref", "refs/heads/auto/1", "main", cwd=foreign)


@pytest.mark.parametrize(
    "steal", [borrow, link_objects, name_common_directory, link_the_gitdir], ids=lambda steal: steal.__name__
)
def test_another_tenants_objects_are_not_served(trap: Trap, foreign: Path, steal: Callable[[Trap, Path], None]) -> None:
    """Even without a sandbox around upload-pack: a git directory that reaches elsewhere is not read."""
    blob = run_git("rev-parse", "main:key.pem", cwd=foreign)
    (trap.root / "README.md").write_text("The work\n")
    steal(trap, foreign)
    if not trap.gitdir.is_symlink() and not (trap.gitdir / "commondir").exists():
        trap.tree(f"100644 key.pem {blob}")

    work = trap.whole_way()

    assert not trap.leaked(b"PRIVATE-OF-ANOTHER")
    assert work is not None
    assert work.leftovers
    assert trap.mirror.paths(work.head) == ["README.md", "src/clock.py"]


def test_another_work_tree_is_not_read(trap: Trap, tmp_path: Path) -> None:
    """`core.worktree` points at somebody's files: the host names its work tree itself."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("OUTSIDE-SECRET")
    trap.config(f"worktree = {outside}")
    (trap.root / "README.md").write_text("The work\n")
    work = trap.whole_way()
    assert work is not None
    assert trap.mirror.paths(work.head) == ["README.md", "src/clock.py"]
    assert (outside / "secret.txt").exists()
    assert not trap.leaked(b"OUTSIDE-SECRET")


def test_a_link_is_taken_as_a_link(trap: Trap) -> None:
    """A file that became a link to a file of the host publishes the link's text, not the content."""
    (trap.root / "README.md").unlink()
    (trap.root / "README.md").symlink_to("/etc/passwd")
    work = trap.whole_way()
    assert work is not None
    assert git("cat-file", "blob", f"{work.head}:README.md", gitdir=trap.mirror.folder).stdout == b"/etc/passwd"
    assert trap.mirror.read(work.head, "README.md") is None


def test_files_behind_a_linked_folder_are_not_taken(trap: Trap, tmp_path: Path) -> None:
    """A folder that became a link to one of the host's with a file of the same name."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "clock.py").write_text("OUTSIDE-SECRET")
    shutil.rmtree(trap.root / "src")
    (trap.root / "src").symlink_to(outside)
    work = trap.whole_way()
    assert work is not None
    assert trap.mirror.paths(work.head) == ["README.md", "src"]
    assert not trap.leaked(b"OUTSIDE-SECRET")
    assert (outside / "clock.py").exists()


@pytest.mark.parametrize(
    "place", ["README.md", "pipe", ".gitignore", ".gitattributes", "src/.gitignore", ".git/config", ".git/HEAD"]
)
def test_a_pipe_does_not_hang_the_host(trap: Trap, place: str) -> None:
    """A pipe where git would read a file is removed first: nobody waits for a writer that never comes."""
    (trap.root / "work.py").write_text("x = 1\n")
    (trap.root / place).unlink(missing_ok=True)
    os.mkfifo(trap.root / place)
    work = trap.whole_way()
    assert work is not None
    assert "work.py" in trap.mirror.paths(work.head)
    assert ("README.md" in trap.mirror.paths(work.head)) is (place != "README.md")


def test_a_submodule_is_refused(trap: Trap) -> None:
    """A gitlink makes everybody who clones fetch from elsewhere: only people add one."""
    nested_repository(trap)
    run_git("add", "nested", cwd=trap.root)
    trap.commit()
    trap.canary.unlink(missing_ok=True)  # the agent's own git fell into the trap
    with pytest.raises(TaskFailed) as failed:
        trap.collect()
    assert (failed.value.kind, "`nested`" in failed.value.detail) == (FailureKind.PROTECTED_PATH, True)
    assert not trap.canary.exists()


def test_a_submodule_in_the_middle_of_the_history_is_refused(trap: Trap) -> None:
    """One that a later commit takes out again still is in the history."""
    middle = trap.tree(f"160000 vendor {'1' * 40}")
    readme = run_git("rev-parse", f"{trap.base}:README.md", cwd=trap.root)
    trap.tree(f"100644 README.md {readme}", parent=middle)
    (trap.root / "work.py").write_text("x = 1\n")
    with pytest.raises(TaskFailed) as failed:
        trap.collect()
    assert failed.value.kind is FailureKind.PROTECTED_PATH


@pytest.mark.parametrize(
    "name", [".git", ".GIT", ".Git", ".g\u200cit", "git~1", "GIT~1", "..", ".", ".git ", ".git\u200d", "a/b"]
)
def test_a_crafted_tree_is_refused(trap: Trap, name: str) -> None:
    """A tree entry that would write into a git directory on some file system does not enter the mirror."""
    blob = run_git("hash-object", "-w", "--stdin", cwd=trap.root, stdin=b"[core]\nfsmonitor = evil\n")
    listing = raw_entry("100644", "config", blob)
    inner = run_git(*("hash-object", "-t", "tree", "--literally", "-w", "--stdin"), cwd=trap.root, stdin=listing)
    outer = run_git(
        *("hash-object", "-t", "tree", "--literally", "-w", "--stdin"),
        cwd=trap.root,
        stdin=raw_entry("40000", name, inner),
    )
    commit = run_git("commit-tree", outer, "-p", trap.base, "-m", "Crafted", cwd=trap.root)
    run_git("update-ref", "refs/heads/auto/1", commit, cwd=trap.root)

    with pytest.raises(TaskFailed) as failed:
        trap.collect()

    assert failed.value.kind is FailureKind.AGENT_CRASHED
    assert "fsck" in failed.value.detail.lower()
    assert not trap.leaked(b"fsmonitor = evil")


def raw_entry(mode: str, name: str, oid: str) -> bytes:
    return f"{mode} {name}".encode() + b"\0" + bytes.fromhex(oid)


@pytest.mark.parametrize("name", [".GIT", ".g\u200cit", "git~1"])
def test_a_folder_that_looks_like_a_git_directory_is_left_behind(trap: Trap, name: str) -> None:
    """Lying among the files, it is no work: on another file system it would be somebody's git directory."""
    (trap.root / name).mkdir()
    (trap.root / name / "config").write_text("[core]\n")
    (trap.root / "work.py").write_text("x = 1\n")
    work = trap.whole_way()
    assert work is not None
    assert trap.mirror.paths(work.head) == ["README.md", "src/clock.py", "work.py"]


@pytest.mark.parametrize("where", [".gitmodules", ".gitattributes", ".gitignore", ".mailmap"])
def test_gits_own_files_as_links_do_not_leak(trap: Trap, where: str, tmp_path: Path) -> None:
    """Git does not follow them, and a link called `.gitmodules` is not even taken."""
    (tmp_path / "outside").write_text("OUTSIDE-SECRET\n")
    (trap.root / "work.py").write_text("x = 1\n")
    (trap.root / where).symlink_to(tmp_path / "outside")
    work = trap.whole_way()
    assert work is not None
    assert not trap.leaked(b"OUTSIDE-SECRET")


def test_a_file_too_large_for_github_is_named(trap: Trap) -> None:
    """A sparse giant costs the agent nothing and would cost the host minutes: it is refused by its size."""
    with (trap.root / "giant.bin").open("wb") as giant:
        giant.truncate(2 * 1024**3)
    with pytest.raises(TaskFailed) as failed:
        trap.collect()
    assert failed.value.kind is FailureKind.DIFF_TOO_LARGE
    assert "`giant.bin` has 2,147,483,648 bytes" in failed.value.detail


def test_a_giant_in_the_history_is_named(trap: Trap) -> None:
    """One that was committed and deleted again would still be pushed."""
    with (trap.root / "giant bin").open("wb") as giant:
        giant.truncate(100_000_001)
    run_git("-c", "core.compression=0", "add", "giant bin", cwd=trap.root)
    trap.commit()
    (trap.root / "giant bin").unlink()
    (trap.root / "README.md").write_text("The work\n")
    trap.commit()
    with pytest.raises(TaskFailed) as failed:
        trap.collect()
    assert failed.value.kind is FailureKind.DIFF_TOO_LARGE
    assert "`giant bin` has 100,000,001 bytes" in failed.value.detail


def test_a_missing_git_directory_loses_no_files(trap: Trap) -> None:
    """`rm -rf .git`: the files still are the work."""
    shutil.rmtree(trap.gitdir)
    (trap.root / "work.py").write_text("x = 1\n")
    work = trap.whole_way()
    assert work is not None
    assert (work.commits, work.leftovers, work.stat.files) == (1, True, 1)


def test_a_broken_git_directory_loses_no_files(trap: Trap) -> None:
    """Garbage in the place of HEAD, config and the index: the files still are the work."""
    for name in ("HEAD", "config", "index"):
        (trap.gitdir / name).write_text("\0garbage\n")
    (trap.root / "work.py").write_text("x = 1\n")
    work = trap.whole_way()
    assert work is not None
    assert work.stat.files == 1


def test_a_shallow_boundary_does_not_cut_the_mirror(trap: Trap) -> None:
    """A `shallow` file in the workspace is not taken over."""
    (trap.root / "README.md").write_text("The work\n")
    head = trap.commit()
    (trap.gitdir / "shallow").write_text(f"{head}\n")
    with pytest.raises(TaskFailed) as failed:
        trap.collect()
    assert failed.value.kind is FailureKind.AGENT_CRASHED
    assert not (trap.mirror.folder / "shallow").exists()


def test_replaced_objects_are_not_believed(trap: Trap) -> None:
    """A replace ref makes one commit look like another to a naive git; the host sees what is there."""
    (trap.root / "README.md").write_text("What is there\n")
    head = trap.commit()
    (trap.root / "README.md").write_text("What is shown\n")
    run_git("commit", "-q", "-a", "--amend", "-m", "Shown", cwd=trap.root)
    run_git("replace", head, "HEAD", cwd=trap.root)
    run_git("update-ref", "refs/heads/auto/1", head, cwd=trap.root)
    (trap.root / "README.md").write_text("What is there\n")
    work = trap.whole_way()
    assert work is not None
    assert trap.mirror.read(work.head, "README.md") == b"What is there\n"


def test_names_that_are_no_text_survive(trap: Trap) -> None:
    """A file name of arbitrary bytes, or one that looks like an option, is a file name."""
    names = (b"\xff\xfe", b"--cached", b"-rf", b":(exclude)x", b"new\nline", b"tab\there", b"c\rr", b"\xe2\x80\xa8")
    for number, name in enumerate(names):
        (trap.root / os.fsdecode(name)).write_text("x")
        if number % 2:
            run_git("add", "--", f":(literal){os.fsdecode(name)}", cwd=trap.root)
    trap.commit()
    work = trap.whole_way()
    assert work is not None
    assert (work.stat.files, work.commits, work.leftovers) == (8, 2, True)
