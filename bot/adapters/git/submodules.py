"""Submodules in a checkout: fetched by the host, at one commit, and copied into each workspace.

`git submodule` is never used: it runs what a `.gitmodules` file or a configuration says. Each commit is fetched once
for an attempt, without its history, into a folder of the host. What a session does in such a folder is not collected;
which files it changed is reported.
"""

from __future__ import annotations

import itertools
import logging
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git.bounds import Bounds
from bot.adapters.git.command import git
from bot.adapters.git.credentials import GitCredentials
from bot.adapters.git.strays import Strays
from bot.adapters.git.urls import check_url
from bot.core.changes import Note
from bot.core.submodules import DEEPEST, MOST, Choice, Submodule, choose_submodules

_log = logging.getLogger(__name__)

_SECONDS = 300.0
_BOUNDS = Bounds(memory=2 << 30, cpu=600, file=2 << 30)
_MOST_NAMED = 3
_MOST_LISTED = 10_000  # files of a submodule that was left empty
# Else git would look into a submodule within this one by another git, which obeys what the session wrote there. For
# plumbing `diff.ignoreSubmodules` does nothing.
_DIFF_FILES = ("-z", "--name-only", "--no-renames", "--ignore-submodules=all")


@dataclass(frozen=True, slots=True)
class Seed:
    """`folder` holds a bare repository with one commit. `around`: the submodule in which this one is."""

    submodule: Submodule
    folder: Path
    around: Submodule | None = None

    @property
    def index(self) -> Path:
        """As it was in the session's workspace before the session."""
        return self.folder.with_name(f"{self.folder.name}.index")

    @property
    def differed(self) -> Path:
        """Paths that were not as in the commit before the session."""
        return self.folder.with_name(f"{self.folder.name}.differed")


@dataclass(frozen=True, slots=True)
class SubmoduleSeeds:
    """`left`: those that are not checked out, each with the reason."""

    seeds: tuple[Seed, ...] = ()
    left: tuple[Note, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(seed.submodule.path for seed in self.seeds)

    def place(self, workspace: Path, *, commit_has: Callable[[str], str | None]) -> None:
        """Check all of them out below `workspace`, where the commit that it shows has them. `commit_has`: which commit
        it names at a path. One within another is there if that one is."""
        placed = set[Submodule]()
        for seed in self.seeds:
            target = workspace / seed.submodule.path
            at = commit_has(seed.submodule.path) if seed.around is None else seed.submodule.commit
            is_there = seed.around is None or seed.around in placed
            if is_there and at == seed.submodule.commit and _is_free(workspace, target):
                _check_out(seed, target)
                placed.add(seed.submodule)

    def note_state(self, workspace: Path) -> None:
        """Record how they are before a session."""
        for seed in self.seeds:
            target = workspace / seed.submodule.path
            if (target / ".git").is_dir():
                shutil.copy2(target / ".git/index", seed.index)
                seed.differed.write_bytes(b"\0".join(_list_changed(seed, target)))

    def edits(self, workspace: Path) -> tuple[Note, ...]:
        """What a session changed in them, for the reviewer. It is not published. Of those that are not checked out,
        what it wrote into their empty folders."""
        changed = ((seed.submodule.path, _edits(seed, workspace)) for seed in self.seeds)
        written = ((note.path, _list_written(workspace, note.path)) for note in self.left)
        return tuple(
            Note(path, f"is a submodule: what was changed in it is not published ({_join_names(files)})")
            for path, files in (*changed, *written)
            if files
        )


def fetch_submodules(
    wanted: Iterable[Submodule],
    folder: Path,
    choice: Choice,
    *,
    credentials: Callable[[str], GitCredentials | None],
) -> SubmoduleSeeds:
    """Fetch each into `folder`, then those within them. One that cannot be fetched is left empty. `credentials`: by
    repository, for reading."""
    seeds, left = list[Seed](), list[Note]()
    level: list[tuple[Submodule, Submodule | None]] = [(submodule, None) for submodule in wanted]
    for _ in range(DEEPEST):
        fetched = list[Seed]()
        for submodule, around in level:
            seed = Seed(submodule, folder / f"{len(seeds) + len(left) + len(fetched)}.git", around)
            if trouble := _fetch(seed, f"{choice.web_url}/{submodule.repository}.git", credentials):
                _log.warning(
                    "submodule %s of %s could not be fetched: %s", submodule.path, submodule.repository, trouble
                )
                left.append(Note(submodule.path, "is a submodule that could not be fetched, so its folder was empty"))
            else:
                fetched.append(seed)
        seeds += fetched
        level, more = _inside(fetched, choice, MOST - len(seeds))
        left += more
    left += [
        Note(each.path, f"lies more than {DEEPEST} submodules deep, so it is not checked out") for each, _ in level
    ]
    return SubmoduleSeeds(tuple(seeds), tuple(left))


def _inside(
    seeds: Iterable[Seed], choice: Choice, most: int
) -> tuple[list[tuple[Submodule, Submodule | None]], list[Note]]:
    """The submodules of submodules, each with the one that it is in, and those that stay empty."""
    wanted, left = list[tuple[Submodule, Submodule | None]](), list[Note]()
    for seed in seeds:
        around, commit = seed.submodule, seed.submodule.commit
        commits = commits_of(seed.folder, commit)
        addresses = addresses_of(seed.folder, commit) if commits else {}
        chosen = choose_submodules(commits, addresses, choice, around=around, most=most - len(wanted))
        wanted += [(each, around) for each in chosen.wanted]
        left += chosen.left
    return wanted, left


def commits_of(gitdir: Path, commit: str) -> dict[str, str]:
    """The commits of a commit's submodules, by their paths."""
    listed = git("ls-tree", "-r", "-z", "--full-tree", commit, gitdir=gitdir).stdout.split(b"\0")
    rows = (row.partition(b"\t") for row in listed if row.startswith(b"160000 "))
    return {os.fsdecode(path): about.split()[2].decode() for about, _, path in rows}


def addresses_of(gitdir: Path, commit: str) -> dict[str, str]:
    """What a commit's `.gitmodules` says of each path. Nothing else of it is used."""
    asked = ("config", "-z", "--blob", f"{commit}:.gitmodules", "--no-includes", "--list")
    listed = git(*asked, gitdir=gitdir, codes=None)
    if listed.code != 0:
        return {}
    said: dict[str, dict[str, str]] = {}
    for row in listed.stdout.decode(errors="replace").split("\0"):
        key, _, value = row.partition("\n")
        section, _, name = key.rpartition(".")
        said.setdefault(section, {})[name] = value
    return {each["path"]: each["url"] for each in said.values() if "path" in each and "url" in each}


def _fetch(seed: Seed, url: str, credentials_for: Callable[[str], GitCredentials | None]) -> str:
    """Returns why it failed, empty if it did not."""
    credentials = credentials_for(seed.submodule.repository)
    git("init", "--quiet", "--bare", "--template=", str(seed.folder))
    with credentials.lend() if credentials else nullcontext() as lent:
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--depth=1")
        fetched = git(
            *("fetch", *options, check_url(url, credentials), f"{seed.submodule.commit}:refs/heads/seed"),
            gitdir=seed.folder,
            protocols=url.partition(":")[0],
            environment=lent.environment if lent else None,
            secrets=lent.secrets if lent else (),
            timeout=_SECONDS,
            codes=None,
            bounds=_BOUNDS,
            keep=lent.keep if lent else (),
        )
    return "" if fetched.code == 0 else fetched.stderr.strip()[-500:] or fetched.over_limit or "it was stopped"


def _is_free(workspace: Path, target: Path) -> bool:
    """Whether an empty folder of the workspace is there: not a link, nor behind one."""
    return (
        target.is_dir()
        and target.resolve() == workspace.resolve() / target.relative_to(workspace)
        and not any(target.iterdir())
    )


def _check_out(seed: Seed, target: Path) -> None:
    gitdir = target / ".git"
    git("init", "--quiet", "--template=", str(target))
    shutil.copytree(seed.folder / "objects", gitdir / "objects", dirs_exist_ok=True)
    if (seed.folder / "shallow").exists():
        shutil.copy2(seed.folder / "shallow", gitdir / "shallow")
    git("checkout", "--quiet", "--force", "--detach", seed.submodule.commit, gitdir=gitdir, work_tree=target)


def _edits(seed: Seed, workspace: Path) -> list[bytes]:
    target = workspace / seed.submodule.path
    if not seed.index.exists():
        return []
    if not target.is_dir() or target.resolve() != workspace.resolve() / seed.submodule.path:
        return [b"the whole folder"]
    before = set(seed.differed.read_bytes().split(b"\0"))
    return [path for path in _list_changed(seed, target) if path not in before]


def _list_written(workspace: Path, path: str) -> list[bytes]:
    """The files in the folder of a submodule that was left empty."""
    target = workspace / path
    if target.is_symlink() or target.is_file():
        return [b"the whole folder"]
    files = (Path(folder) / name for folder, _, names in os.walk(target) for name in names)
    if target.resolve() != workspace.resolve() / path:
        return []
    return sorted(os.fsencode(file.relative_to(target)) for file in itertools.islice(files, _MOST_LISTED))


def _list_changed(seed: Seed, target: Path) -> list[bytes]:
    """The files that are not as in the commit. The host's own repository and index are used, and nothing of the
    session's but the files."""
    index = seed.index.with_name(f"{seed.index.name}.now")
    shutil.copy2(seed.index, index)
    environment = {"GIT_INDEX_FILE": str(index)}

    def listed(*arguments: str) -> list[bytes]:
        found = git(*arguments, gitdir=seed.folder, work_tree=target, environment=environment)
        return found.stdout.split(b"\0")[:-1]

    tracked = listed("ls-files", "-z")
    strays = Strays(target, tracked)
    changed = listed("diff-files", *_DIFF_FILES)
    new = [path for path in listed("ls-files", "-z", "--others", "--exclude-standard") if not path.startswith(b".git/")]
    return [*_really_changed(changed, environment, seed, target), *(path for path in new if not strays.holds(path))]


def _really_changed(paths: list[bytes], environment: Mapping[str, str], seed: Seed, target: Path) -> list[bytes]:
    """Without those of which only the times or the owner differ: git compares the contents when it refreshes."""
    if not paths:
        return []
    git("update-index", "-q", "--refresh", gitdir=seed.folder, work_tree=target, environment=environment, codes=(0, 1))
    again = git("diff-files", *_DIFF_FILES, gitdir=seed.folder, work_tree=target, environment=environment)
    return again.stdout.split(b"\0")[:-1]


def _join_names(paths: list[bytes]) -> str:
    shown = ", ".join(path.decode(errors="replace") for path in paths[:_MOST_NAMED])
    more = len(paths) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
