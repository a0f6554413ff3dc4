"""Submodules of submodules are checked out too, as deep and as many as people have them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.adapters.git import GitCredentials, Mirror, SubmoduleSeeds, Workspace, commits_of, fetch_submodules
from bot.core.submodules import DEEPEST, MOST, Choice, Submodule
from tests.adapters.conftest import TOKEN
from tests.git_host import GitHost, commit_files, run_git


def add_submodules(folder: Path, named: dict[str, tuple[str, str]]) -> str:
    """A commit on `main` with submodules, each an address and a commit by its path."""
    sections = (f'[submodule "{path}"]\n\tpath = {path}\n\turl = {url}\n' for path, (url, _) in named.items())
    commit_files(folder, "main", {".gitmodules": "".join(sections)}, "Name them")
    stream = "commit refs/heads/main\ncommitter Octo <octo@example.com> now\ndata 3\nSub\nfrom refs/heads/main^0\n"
    stream += "".join(f"M 160000 {commit} {path}\n" for path, (_, commit) in named.items())
    run_git("fast-import", "--quiet", "--date-format=now", cwd=folder, stdin=stream.encode())
    return run_git("rev-parse", "main", cwd=folder)


def head(folder: Path) -> str:
    return run_git("rev-parse", "main", cwd=folder)


@dataclass(frozen=True, slots=True)
class Fetched:
    workspace: Workspace
    seeds: SubmoduleSeeds

    @property
    def left(self) -> dict[str, str]:
        return {note.path: note.what for note in self.seeds.left}


def fetch(mirror: Mirror, git_url: str, folder: Path, *, base: str, path: str, commit: str) -> Fetched:
    """A workspace of `base`, with `octo/lib` at a path of it, and what is within that."""
    mirror.fetch()
    workspace = mirror.open_workspace(folder / "attempt/workspace", base=base, branch="auto/1")
    (folder / "attempt/submodules").mkdir()
    seeds = fetch_submodules(
        [Submodule(path=path, repository="octo/lib", commit=commit)],
        folder / "attempt/submodules",
        Choice(repository="octo/tools", web_url=git_url),
        credentials=lambda _: GitCredentials(git_url, lambda: TOKEN),
    )
    seeds.place(workspace.path, commit_has=commits_of(mirror.folder, base).get)
    seeds.note_state(workspace.path)
    return Fetched(workspace, seeds)


def test_they_are_there_and_what_changes_in_them_is_reported(
    mirror: Mirror, git_host: GitHost, git_url: str, tmp_path: Path
) -> None:
    """Two levels; the session's git takes all of them for unchanged, and one of another owner stays empty."""
    deep = git_host.create("octo/deep", {"deep.c": "int d;\n"})
    lib = git_host.create("octo/lib", {"lib.c": "int a;\n"})
    foreign = ("https://github.com/other/x", "5" * 40)
    commit = add_submodules(lib, {"third/deep": ("../deep", head(deep)), "third/x": foreign})
    base = add_submodules(git_host.root / "octo/tools.git", {"vendor/lib": ("../lib", commit)})

    found = fetch(mirror, git_url, tmp_path, base=base, path="vendor/lib", commit=commit)

    place = found.workspace.path / "vendor/lib/third/deep"
    assert (place / "deep.c").read_text() == "int d;\n"
    assert found.seeds.paths == ("vendor/lib", "vendor/lib/third/deep")
    assert set(found.left) == {"vendor/lib/third/x"}
    assert run_git("status", "--short", cwd=found.workspace.path) == ""
    assert found.seeds.edits(found.workspace.path) == ()

    canary = tmp_path / "canary"
    for key in ("filter.x.clean", "core.fsmonitor"):  # the host's git must not look into it by its own settings
        run_git("config", key, f"touch {canary}; cat", cwd=place)
    (place / ".git/info").mkdir(exist_ok=True)
    (place / ".git/info/attributes").write_text("* filter=x\n")
    (place / "deep.c").write_text("int changed;\n")
    notes = found.seeds.edits(found.workspace.path)
    assert [each.path for each in notes] == ["vendor/lib/third/deep"], notes
    assert not canary.exists()
    found.workspace.close()


def test_one_within_a_submodule_that_is_not_there_is_not_there(
    mirror: Mirror, git_host: GitHost, git_url: str, tmp_path: Path
) -> None:
    """A commit that names another commit of the outer one says nothing of the inner."""
    deep = git_host.create("octo/deep", {"deep.c": "int d;\n"})
    lib = git_host.create("octo/lib", {"lib.c": "int a;\n"})
    commit = add_submodules(lib, {"deep": ("../deep", head(deep))})
    base = add_submodules(git_host.root / "octo/tools.git", {"vendor/lib": ("../lib", "6" * 40)})

    found = fetch(mirror, git_url, tmp_path, base=base, path="vendor/lib", commit=commit)

    assert list((found.workspace.path / "vendor/lib").iterdir()) == []
    found.workspace.close()


def test_a_repository_within_itself_comes_to_an_end(
    mirror: Mirror, git_host: GitHost, git_url: str, tmp_path: Path
) -> None:
    """Each commit names the one before it."""
    lib = git_host.create("octo/lib", {"lib.c": "int a;\n"})
    commit = head(lib)
    for _ in range(DEEPEST + 2):
        commit = add_submodules(lib, {"again": ("../lib", commit)})
    base = add_submodules(git_host.root / "octo/tools.git", {"lib": ("../lib", commit)})

    found = fetch(mirror, git_url, tmp_path, base=base, path="lib", commit=commit)

    assert len(found.seeds.seeds) == DEEPEST
    assert found.left == {
        "lib" + "/again" * DEEPEST: f"lies more than {DEEPEST} submodules deep, so it is not checked out"
    }
    found.workspace.close()


@pytest.mark.parametrize("more", [1, 5])
def test_together_they_are_not_too_many(
    mirror: Mirror, git_host: GitHost, git_url: str, tmp_path: Path, more: int
) -> None:
    deep = head(git_host.create("octo/deep", {"deep.c": "int d;\n"}))
    lib = git_host.create("octo/lib", {"lib.c": "int a;\n"})
    commit = add_submodules(lib, {f"deep{number:02}": ("../deep", deep) for number in range(MOST - 1 + more)})
    base = add_submodules(git_host.root / "octo/tools.git", {"lib": ("../lib", commit)})

    found = fetch(mirror, git_url, tmp_path, base=base, path="lib", commit=commit)

    assert (len(found.seeds.seeds), len(found.left)) == (MOST, more)
    found.workspace.close()
