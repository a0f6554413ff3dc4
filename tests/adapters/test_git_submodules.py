"""Submodules are checked out by the host, without running anything, and what a session does in them is reported."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.adapters.git import (
    Collected,
    GitCredentials,
    Mirror,
    SubmoduleSeeds,
    Workspace,
    addresses_of,
    commits_of,
    fetch_submodules,
)
from bot.core.failures import FailureKind, TaskFailed
from bot.core.submodules import Choice, Submodule
from tests.adapters.conftest import OCTO, TOKEN, by
from tests.adapters.workspaces import changed
from tests.git_host import GitHost, commit_files, run_git


@dataclass(frozen=True, slots=True)
class Placed:
    """`octo/tools` with the submodule `vendor/lib`, which is `octo/lib` before its last commit."""

    mirror: Mirror
    workspace: Workspace
    base: str
    seeds: SubmoduleSeeds
    commit: str

    @property
    def lib(self) -> Path:
        return self.workspace.path / "vendor/lib"

    def collect(self) -> Collected | None:
        with self.mirror.quarantine(self.workspace.path.with_name("quarantine.git")) as quarantine:
            work = quarantine.collect(
                self.workspace,
                branch="auto/1",
                base=self.base,
                message="Rest",
                rewriting=by(OCTO),
                most_files=100,
                submodules=self.seeds.paths,
            )
            if work is not None:
                quarantine.release(work.head, "auto/1")
            return work

    def edits(self) -> list[str]:
        return [f"{note.path} {note.what}" for note in self.seeds.edits(self.workspace.path)]


def with_submodule(host: GitHost, path: str, commit: str, gitmodules: str) -> str:
    """A commit on `main` with a submodule at `path`."""
    folder = host.root / "octo/tools.git"
    commit_files(folder, "main", {".gitmodules": gitmodules}, "Name it")
    name, mail = "Octo <octo@example.com> now\n", path.encode()
    stream = b"commit refs/heads/main\ncommitter " + name.encode() + b"data 3\nSub\nfrom refs/heads/main^0\n"
    stream += b"M 160000 %s %s\n" % (commit.encode(), mail)
    run_git("fast-import", "--quiet", "--date-format=now", cwd=folder, stdin=stream)
    return run_git("rev-parse", "main", cwd=folder)


@pytest.fixture
def placed(mirror: Mirror, git_host: GitHost, git_url: str, tmp_path: Path) -> Placed:
    lib = git_host.create("octo/lib", {"lib.c": "int a;\n", "dos.txt": b"a\r\n", ".gitattributes": "dos.txt text\n"})
    commit = run_git("rev-parse", "main", cwd=lib)
    commit_files(lib, "main", {"lib.c": "int newer;\n"}, "Newer")
    base = with_submodule(git_host, "vendor/lib", commit, '[submodule "x"]\n\tpath = vendor/lib\n\turl = ../lib\n')
    mirror.fetch()
    (tmp_path / "attempt").mkdir()
    workspace = mirror.open_workspace(tmp_path / "attempt/workspace", base=base, branch="auto/1")
    seeds = fetched(git_url, tmp_path / "attempt", commit)
    seeds.place(workspace.path, commit_has=commits_of(mirror.folder, base).get)
    seeds.note_state(workspace.path)
    return Placed(mirror, workspace, base, seeds, commit)


def fetched(
    git_url: str, folder: Path, commit: str, *, repository: str = "octo/lib", token: str = TOKEN
) -> SubmoduleSeeds:
    (folder / "submodules").mkdir(parents=True, exist_ok=True)
    wanted = [Submodule(path="vendor/lib", repository=repository, commit=commit)]
    choice = Choice(repository="octo/tools", web_url=git_url)
    credentials = GitCredentials(git_url, lambda: token)
    return fetch_submodules(wanted, folder / "submodules", choice, credentials=lambda _: credentials)


def test_its_files_are_there_at_the_commit_that_is_named(placed: Placed) -> None:
    """Not at the newest one; the session's git takes the folder for unchanged."""
    assert (placed.lib / "lib.c").read_text() == "int a;\n"
    assert run_git("status", "--short", "--ignore-submodules=dirty", cwd=placed.workspace.path) == ""
    assert run_git("rev-parse", "HEAD", cwd=placed.lib) == placed.commit
    assert run_git("remote", cwd=placed.lib) == ""
    assert placed.edits() == []
    assert placed.collect() is None
    there = {path.name for path in placed.workspace.path.iterdir()}
    assert there == {"README.md", "src", ".gitmodules", "vendor", ".git"}


def test_no_token_stays(placed: Placed, tmp_path: Path) -> None:
    """Neither in the workspace nor in the host's own folder."""
    for path in (tmp_path / "attempt").rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes()


def edit(placed: Placed) -> None:
    (placed.lib / "lib.c").write_text("int b;\n")


def add(placed: Placed) -> None:
    (placed.lib / "new.c").write_text("int b;\n")


def delete(placed: Placed) -> None:
    (placed.lib / "lib.c").unlink()


def commit(placed: Placed) -> None:
    edit(placed)
    run_git("commit", "-qam", "Inside", cwd=placed.lib)


def commit_both(placed: Placed) -> None:
    commit(placed)
    (placed.workspace.path / "work.py").write_text("x\n")
    run_git("add", "-A", cwd=placed.workspace.path)
    run_git("commit", "-qm", "Work", cwd=placed.workspace.path)


def vendor(placed: Placed) -> None:
    """Its repository is removed, so that its files would become the parent's."""
    edit(placed)
    (placed.lib / ".git").rename(placed.workspace.path.with_name("away"))
    run_git("rm", "-q", "--cached", "vendor/lib", cwd=placed.workspace.path)
    run_git("add", "vendor/lib", cwd=placed.workspace.path)
    run_git("commit", "-qm", "Vendor it", cwd=placed.workspace.path)


@pytest.mark.parametrize("how", [edit, add, delete, commit, commit_both, vendor], ids=lambda how: how.__name__)
def test_edits_inside_are_reported_and_not_published(placed: Placed, how: object) -> None:
    assert callable(how)
    how(placed)
    work = placed.collect()
    assert (work and changed(placed.mirror, placed.base, work)) in (None, {"work.py": (1, 0)})
    assert [told.partition(" (")[0] for told in placed.edits()] == [
        "vendor/lib is a submodule: what was changed in it is not published"
    ]
    if how in (commit_both, vendor):
        left_out = work.left_out if work else ()
        assert how is vendor or [each.path for each in left_out] == ["vendor/lib"]


def test_touching_and_building_is_no_edit(placed: Placed) -> None:
    """Times and owners, by-products, and a file that differed when it was checked out."""
    for path in placed.lib.iterdir():
        if path.is_file():
            os.utime(path, (1, 1))
    (placed.lib / "__pycache__").mkdir()
    (placed.lib / "__pycache__/x.pyc").write_text("x")
    assert placed.edits() == []


def test_a_link_in_its_place_is_reported(placed: Placed, tmp_path: Path) -> None:
    """Nothing behind it is read."""
    placed.lib.rename(tmp_path / "outside")
    placed.lib.symlink_to(tmp_path / "outside")
    assert placed.edits() == ["vendor/lib is a submodule: what was changed in it is not published (the whole folder)"]


def test_what_lies_there_is_not_replaced(placed: Placed, mirror: Mirror, tmp_path: Path) -> None:
    """A checkout in which the folder is a link, or not empty, or that names another commit, is left as it is."""
    for number, prepare in enumerate(["link", "file", "commit"]):
        other = mirror.open_workspace(tmp_path / f"w{number}", base=placed.base, branch="auto/1")
        target = other.path / "vendor/lib"
        names = {"vendor/lib": placed.commit}
        if prepare == "link":
            (tmp_path / "empty").mkdir()
            (other.path / "vendor/lib").rmdir()
            target.symlink_to(tmp_path / "empty")
        elif prepare == "file":
            (target / "x").write_text("x")
        else:
            names = {"vendor/lib": "2" * 40}
        placed.seeds.place(other.path, commit_has=names.get)
        assert not (target / ".git").exists()
        other.close()


@pytest.mark.parametrize(
    "spoil",
    [{"commit": "3" * 40}, {"repository": "octo/none"}, {"token": "wrong"}],
    ids=["no such commit", "no such repository", "no access"],
)
def test_one_that_cannot_be_fetched_stays_empty(
    placed: Placed, git_url: str, tmp_path: Path, spoil: dict[str, str]
) -> None:
    """The task goes on, and the reviewer learns of it."""
    seeds = fetched(git_url, tmp_path / "again", **{"commit": placed.commit, **spoil})
    assert seeds.seeds == ()
    assert [note.what for note in seeds.left] == ["is a submodule that could not be fetched, so its folder was empty"]


def test_a_pin_that_is_not_checked_out_stays_for_people(placed: Placed, mirror: Mirror, tmp_path: Path) -> None:
    """Where Nightshift did not check the submodule out, another commit at its path is refused, as before."""
    run_git("update-index", "--cacheinfo", f"160000,{'4' * 40},vendor/lib", cwd=placed.workspace.path)
    run_git("commit", "-qm", "Move it", cwd=placed.workspace.path)
    with (
        mirror.quarantine(tmp_path / "attempt/q.git") as quarantine,
        pytest.raises(TaskFailed, match="submodules: `vendor/lib`") as failed,
    ):
        quarantine.collect(
            placed.workspace, branch="auto/1", base=placed.base, message="R", rewriting=by(OCTO), most_files=100
        )
    assert failed.value.kind is FailureKind.PROTECTED_PATH


HOSTILE = """\
[submodule "../../x"]
	path = vendor/lib
	url = ../lib
	update = !touch CANARY
	branch = --upload-pack=touch CANARY
[include]
	path = CONFIG
[submodule "-u"]
	path = ../../outside
	url = ext::sh -c touch% CANARY
[submodule "c"]
	path = .git/hooks
	url = -oProxyCommand=touch CANARY
[core]
	sshCommand = touch CANARY
	fsmonitor = touch CANARY
[alias]
	fetch = !touch CANARY
"""


def test_a_hostile_gitmodules_file_runs_nothing(
    mirror: Mirror, git_host: GitHost, git_url: str, tmp_path: Path
) -> None:
    """Names, paths, addresses and commands in it are words; only paths at which the commit has a submodule count."""
    canary, config = tmp_path / "canary", tmp_path / "config"
    config.write_text('[submodule "y"]\n\tpath = vendor/lib\n\turl = included\n')
    lib = git_host.create("octo/lib", {"lib.c": "int a;\n"})
    commit_ = run_git("rev-parse", "main", cwd=lib)
    text = HOSTILE.replace("CANARY", str(canary)).replace("CONFIG", str(config))
    base = with_submodule(git_host, "vendor/lib", commit_, text)
    mirror.fetch()

    assert commits_of(mirror.folder, base) == {"vendor/lib": commit_}
    assert addresses_of(mirror.folder, base)["vendor/lib"] == "../lib"
    workspace = mirror.open_workspace(tmp_path / "attempt/workspace", base=base, branch="auto/1")
    seeds = fetched(git_url, tmp_path / "attempt", commit_)
    seeds.place(workspace.path, commit_has=commits_of(mirror.folder, base).get)

    assert (workspace.path / "vendor/lib/lib.c").exists()
    assert not (tmp_path / "outside").exists()
    assert not canary.exists()
    workspace.close()


def test_a_submodules_own_git_settings_run_nothing(placed: Placed, tmp_path: Path) -> None:
    """The session writes its configuration and attributes. The host's git reads neither, whatever it looks for."""
    canary = tmp_path / "canary"
    for key in ("filter.x.clean", "filter.x.process", "core.fsmonitor", "diff.x.textconv", "core.hooksPath"):
        run_git("config", key, f"touch {canary}; cat", cwd=placed.lib)
    (placed.lib / ".git/info").mkdir(exist_ok=True)
    (placed.lib / ".git/info/attributes").write_text("* filter=x diff=x\n")
    os.utime(placed.lib / "lib.c", (1, 1))
    edit(placed)

    placed.collect()

    assert placed.edits()
    assert not canary.exists()
