"""One commit of a person's own clone, copied into a bare repository of the host. The clone is only read.

`git upload-pack` reads the clone as that of a stranger: what its configuration would run does not run.
"""

from __future__ import annotations

import re
from pathlib import Path

from bot.adapters.git import history
from bot.adapters.git.command import NETWORK_SECONDS, git
from bot.adapters.git.first_contact import LARGE
from bot.adapters.git.lfs import MOST_FETCHED, find_pointers, is_installed
from bot.adapters.git.lfs import fill as fill_checkout
from bot.adapters.git.lfs_store import LfsStore
from bot.adapters.git.repository import Repository
from bot.adapters.git.workspace import Workspace
from bot.adapters.process import CommandFailed
from bot.core.references import is_repository
from bot.core.untrusted import one_line

_REF = "refs/nightshift/copied"
_ANY_OWNER = ("-c", "safe.directory=*")
# A file: git 2.39.5 hands `-c safe.directory` and GIT_CONFIG_COUNT to no upload-pack of another owner's clone.
_FOR_UPLOAD = "[safe]\n\tdirectory = *\n[uploadpack]\n\tallowAnySHA1InWant = true\n"
_REMOTE = re.compile(r"(?:\w+://)?(?:[^@/]*@)?(?P<host>[^:/@]+)(?::\d+)?[:/](?P<name>[^:/]+/[^/]+?)(?:\.git)?/?")
_SHOWN = 300  # characters of what git says


class NotCopied(Exception):
    """There is nothing to copy; the text is a sentence that says why, and what to do."""


def find_commit(clone: Path, at: str) -> str:
    """The commit that `at` names in a clone. Raises NotCopied."""
    if not clone.is_dir():
        raise NotCopied(f"{clone} is not a folder: name a clone, such as `.`, or OWNER/REPO")
    if not _ask(clone, "rev-parse", "--git-dir"):
        raise NotCopied(f"{clone} is not a git repository: name a clone, such as `.`, or OWNER/REPO")
    commit = _ask(clone, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{at}^{{commit}}")
    if not commit and at == "HEAD":
        raise NotCopied(f"{clone} has no commit yet: commit something first")
    if not commit:
        raise NotCopied(f"{clone} has no commit {one_line(at)!r}: name one that `git log` shows there")
    return commit


class LocalCopy(Repository):
    """A copy of one commit. `clone`: the git directory with what it has under Git LFS."""

    def __init__(self, folder: Path, clone: Path) -> None:
        super().__init__(folder)
        self._clone = clone

    @property
    def lfs(self) -> LfsStore:
        return LfsStore(self.folder / "lfs")

    @property
    def large_files(self) -> LocalCopy:
        return self

    def fill(self, workspace: Workspace, *_: LfsStore) -> None:
        """As `LargeFiles.fill`, from the clone alone: a file counts by its digest, whatever lies there."""
        pointers = find_pointers(workspace, workspace.first_index) if is_installed() else {}
        there, left = LfsStore(self._clone / "lfs/objects"), MOST_FETCHED
        for pointer in sorted(set(pointers.values())):
            left -= pointer.size
            if left >= 0 and not self.lfs.has(pointer):
                self.lfs.put_file(there.path(pointer.oid), largest=pointer.size)
        if pointers:
            fill_checkout(workspace, pointers, self.lfs)


def copy_commit(clone: Path, commit: str, folder: Path) -> LocalCopy:
    """Copy a commit of a clone into a new repository at `folder`. All of its history comes along, unless the clone is
    large or partial: then none of it. Raises NotCopied."""
    gitdir = Path(_ask(clone, "rev-parse", "--absolute-git-dir"))
    git("init", "--quiet", "--bare", "--template=", str(folder))
    rules = folder / "for-upload-pack"
    rules.write_text(_FOR_UPLOAD)
    depth = ["--depth=1"] if _is_partial(clone) or _kilobytes(clone) > LARGE else ["--update-shallow"]
    options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", *depth)
    try:
        git(
            *("fetch", *options, gitdir.as_uri(), f"{commit}:{_REF}"),
            gitdir=folder,
            protocols="file",
            settings={"fetch.fsckObjects": "false"},
            environment={"GIT_CONFIG_GLOBAL": str(rules)},
            timeout=NETWORK_SECONDS,
        )
    except CommandFailed as failed:
        reason = one_line(failed.completed.stderr or failed.completed.over_limit, _SHOWN)
        said = f"{clone}: commit {commit[:10]} cannot be read ({reason})"
        raise NotCopied(f"{said}: name a clone that is neither shallow nor partial") from failed
    common = _ask(clone, "rev-parse", "--path-format=absolute", "--git-common-dir")
    return LocalCopy(folder, Path(common or gitdir))


def name_of(clone: Path, host: str) -> str:
    """OWNER/REPO as the clone's remote `origin` says, if that is on `host`; else a name after its folder, which owns no
    submodules."""
    found = _REMOTE.fullmatch(_ask(clone, "config", "--get", "remote.origin.url"))
    if found is not None and found["host"].lower() == host and is_repository(found["name"]):
        return found["name"]
    own = re.sub(r"[^A-Za-z0-9_.-]", "-", clone.resolve().name.removesuffix(".git")).strip(".-")
    return f"local/{own or 'clone'}"


def _is_partial(clone: Path) -> bool:
    return bool(_ask(clone, "config", "--get-regexp", r"^remote\..*\.promisor$"))


def _kilobytes(clone: Path) -> int:
    found = re.search(r"^size-pack: (\d+)", _ask(clone, "count-objects", "-v"), re.MULTILINE)
    return int(found[1]) if found else 0


def _ask(clone: Path, *arguments: str) -> str:
    """What git says of the clone; empty if it fails."""
    asked = git("-C", str(clone.absolute()), *_ANY_OWNER, *arguments, codes=None)
    return asked.text if asked.code == 0 else ""


def resolve(repository: Repository, name: str) -> str | None:
    """The commit that a name means in a repository of the host, if it holds one."""
    return history.resolve(repository.folder, name)
