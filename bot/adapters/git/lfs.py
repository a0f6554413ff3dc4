"""Files under Git LFS: which they are, their contents in a checkout, and pointers for what a session stored.

Where git-lfs is not installed checkouts show pointers, as git does without it, and a change of such a file is refused.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git.command import git
from bot.adapters.git.lfs_store import LfsStore
from bot.adapters.git.objects import Objects
from bot.adapters.git.trees import Replacement
from bot.adapters.git.workspace import Workspace
from bot.core.failures import FailureKind, TaskFailed
from bot.core.lfs import LARGEST_POINTER, Pointer, read_pointer

MOST_STORED = 64_000_000  # bytes of new contents: all of them are searched for secrets
MOST_FETCHED = 1 << 30  # bytes for one checkout
_CONFIG = (
    '[filter "lfs"]\n\tclean = git-lfs clean -- %f\n\tsmudge = git-lfs smudge --skip -- %f\n'
    "\tprocess = git-lfs filter-process --skip\n\trequired = true\n"
)
_DIFF = ("--no-ext-diff", "--no-textconv", "--no-renames", "--no-abbrev", "--ignore-submodules=none")


def is_installed() -> bool:
    return shutil.which("git-lfs", path="/usr/local/bin:/usr/bin:/bin") is not None


def find_lfs(gitdir: Path, index: Path, paths: Iterable[bytes]) -> list[bytes]:
    """Those of the paths that are under `filter=lfs`, by the attributes files in an index."""
    stdin = b"".join(path + b"\0" for path in paths)
    asked = ("check-attr", "--cached", "-z", "--stdin", "filter")
    fields = git(*asked, gitdir=gitdir, environment={"GIT_INDEX_FILE": str(index)}, stdin=stdin).stdout.split(b"\0")
    return [path for path, value in zip(fields[::3], fields[2::3], strict=False) if value == b"lfs"]


def find_pointers(workspace: Workspace, index: Path) -> dict[bytes, Pointer]:
    """The files of a fresh checkout that are pointers, by the index that belongs to it."""
    environment = {"GIT_INDEX_FILE": str(index)}
    rows = git("ls-files", "-z", "--stage", gitdir=workspace.gitdir, environment=environment).stdout.split(b"\0")[:-1]
    paths = [path for about, _, path in (row.partition(b"\t") for row in rows) if about.startswith(b"100")]
    if not any(os.path.basename(path) == b".gitattributes" for path in paths):  # noqa: PTH119 - bytes
        return {}
    found = dict[bytes, Pointer]()
    for path in find_lfs(workspace.gitdir, index, paths):
        place = workspace.path / os.fsdecode(path)
        pointer = read_pointer(place.read_bytes()) if place.stat().st_size < LARGEST_POINTER else None
        if pointer is not None:
            found[path] = pointer
    return found


def is_pointer(place: bytes, size: int) -> bool:
    return size < LARGEST_POINTER and read_pointer(_read(place)) is not None


def pointer_to(place: bytes) -> Pointer:
    """To the content of a file that a session may have written."""
    descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Pointer(digest, os.fstat(descriptor).st_size)


def _read(place: bytes) -> bytes:
    descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(LARGEST_POINTER)


def uses_lfs(gitdir: Path, commit: str) -> bool:
    """Whether an attributes file of a commit names it."""
    asked = ("grep", "--quiet", "-F", "filter=lfs", commit, "--", ":(glob)**/.gitattributes")
    return git(*asked, gitdir=gitdir, codes=(0, 1)).code == 0


def fill(workspace: Workspace, pointers: Mapping[bytes, Pointer], *stores: LfsStore) -> None:
    """Put contents in the place of pointers, and let the workspace's own git store pointers again."""
    for path, pointer in pointers.items():
        store = next((each for each in stores if each.has(pointer)), None)
        if store is not None:
            store.write(pointer, workspace.path / os.fsdecode(path))
    # Git takes a file of another size for changed, unless the index knows no size: then it asks the filter.
    rows = git("ls-files", "-z", "--stage", gitdir=workspace.gitdir).stdout.split(b"\0")[:-1]
    known = b"".join(row + b"\0" for row in rows if row.partition(b"\t")[2] in pointers)
    git("update-index", "-z", "--index-info", gitdir=workspace.gitdir, stdin=known)
    with (workspace.gitdir / "config").open("a") as config:
        config.write(_CONFIG)


@dataclass(frozen=True, slots=True, kw_only=True)
class LfsCommits:
    """What commits of a session store under LFS. `store`: for contents; `kept`: of what was published before."""

    quarantine: Path
    mirror: Path
    workspace: Workspace
    store: LfsStore
    kept: LfsStore

    def replacement(self, base: str, head: str, index: Path) -> Replacement:
        """Pointers in the place of contents, for all commits of `base..head`. `index`: of the base commit. Raises
        TaskFailed for what cannot be published."""
        wanted = Replacement()
        changed = self._find_changed(base, head)
        under = set(find_lfs(self.quarantine, index, changed)) if changed else set[bytes]()
        if under and not is_installed():
            raise _not_installed(under)
        left = MOST_STORED
        with Objects(self.quarantine) as objects, Objects(self.mirror) as published:
            for path in sorted(under):
                for name in changed[path]:
                    header = objects.header(name)
                    if header is None:
                        continue
                    left -= 0 if header.size < LARGEST_POINTER else header.size
                    if left < 0:
                        raise too_large(path)
                    content = objects.content(header)
                    pointer = read_pointer(content)
                    if pointer is None:
                        wanted.add(path, {name: self._store(content)})
                    elif published.header(name) is None:
                        left -= self._find(path, pointer)
                        if left < 0:
                            raise too_large(path)
        return wanted

    def _find_changed(self, base: str, head: str) -> dict[bytes, set[str]]:
        """The files that commits of `base..head` store, with the names of their objects."""
        asked = ("log", "--format=", "--raw", "-m", "-z", *_DIFF, f"{base}..{head}")
        fields = git(*asked, gitdir=self.quarantine).stdout.split(b"\0")
        found: dict[bytes, set[str]] = {}
        for about, path in zip(fields[::2], fields[1::2], strict=False):
            words = about.split()
            if len(words) > 3 and words[1].startswith(b"100"):  # noqa: PLR2004
                found.setdefault(path, set()).add(words[3].decode())
        return found

    def _store(self, content: bytes) -> str:
        """Keep a content; returns the name of its pointer's object."""
        pointer = self.store.put(io.BytesIO(content))
        return git("hash-object", "-w", "--stdin", gitdir=self.quarantine, stdin=pointer.text).text

    def _find(self, path: bytes, pointer: Pointer) -> int:
        """Find what a new pointer of the session's own git-lfs stands for. Returns its size in bytes."""
        if self.kept.has(pointer) or self.store.has(pointer):
            return pointer.size
        oid = pointer.oid
        for place in (
            self.workspace.gitdir / "lfs/objects" / oid[:2] / oid[2:4] / oid,
            self.workspace.path / os.fsdecode(path),
        ):
            if place.parent.resolve() != place.parent.absolute():
                continue
            if self.store.put_file(place, largest=min(pointer.size, MOST_STORED)) == pointer:
                return pointer.size
        shown = path.decode(errors="replace")
        raise TaskFailed(FailureKind.AGENT_CRASHED, f"`{shown}` is a pointer of Git LFS, and its content is missing.")


def _not_installed(paths: Iterable[bytes]) -> TaskFailed:
    named = "\n".join(
        f"{path.decode(errors='replace')}: it is stored with Git LFS, and git-lfs is not installed on Nightshift's host"
        for path in sorted(paths)[:20]
    )
    return TaskFailed(FailureKind.PROTECTED_PATH, named)


def too_large(path: bytes) -> TaskFailed:
    shown = path.decode(errors="replace")
    why = f"more than {MOST_STORED:,} bytes under Git LFS, with `{shown}`; that is as much as is searched for secrets"
    return TaskFailed(FailureKind.DIFF_TOO_LARGE, why)
