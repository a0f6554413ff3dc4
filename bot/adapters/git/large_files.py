"""The files under Git LFS of a mirror: into checkouts, and to GitHub before a push."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git.command import git
from bot.adapters.git.credentials import GitCredentials
from bot.adapters.git.lfs import MOST_FETCHED, find_pointers, is_installed
from bot.adapters.git.lfs import fill as fill_checkout
from bot.adapters.git.lfs_server import LfsServer
from bot.adapters.git.lfs_store import LfsStore, lfs_of
from bot.adapters.git.workspace import Workspace
from bot.adapters.outside import DIRECTLY, Outside
from bot.core.changes import Note
from bot.core.failures import TaskFailed
from bot.core.lfs import LARGEST_POINTER, Pointer, read_pointer


@dataclass(frozen=True, slots=True)
class LargeFiles:
    """`folder` and `url` are the mirror's. `outside`: how the host gets to other hosts than that of the repository."""

    folder: Path
    url: str
    credentials: GitCredentials | None
    outside: Outside = DIRECTLY

    @property
    def store(self) -> LfsStore:
        return lfs_of(self.folder)

    def fill(self, workspace: Workspace, *stores: LfsStore) -> tuple[Note, ...]:
        """Put the contents of files under Git LFS into a fresh checkout, as far as they can be had. Returns a note on
        those that cannot. `stores`: others in which they may be."""
        pointers = find_pointers(workspace, workspace.first_index) if is_installed() else {}
        if not pointers:
            return ()
        wanted = [
            each for each in set(pointers.values()) if not any(store.has(each) for store in (self.store, *stores))
        ]
        trouble = self._fetch(sorted(wanted))
        fill_checkout(workspace, pointers, self.store, *stores)
        return (Note(".gitattributes", trouble),) if trouble else ()

    @property
    def _server(self) -> LfsServer:
        return LfsServer(url=self.url, credentials=self.credentials, outside=self.outside)

    def _fetch(self, pointers: Sequence[Pointer]) -> str:
        """Returns what completes a sentence about files under Git LFS that stay pointers; empty if there are none."""
        size = sum(each.size for each in pointers)
        if size > MOST_FETCHED:
            return f"names files under Git LFS of {size:,} bytes, which were not fetched; the limit is {MOST_FETCHED:,}"
        try:
            missing = self._server.download(pointers, self.store) if pointers else []
        except TaskFailed as failed:
            return f"names files under Git LFS that could not be fetched ({failed.detail})"
        what = "a file" if len(missing) == 1 else f"{len(missing)} files"
        return f"names {what} under Git LFS that the server does not have" if missing else ""

    def upload(self, commit: str, branch: str) -> None:
        """What GitHub has to have before a push that refers to it: else it refuses the push."""
        if not self.store.folder.exists():
            return
        asked = ("rev-list", "--objects", "--no-object-names", commit, "--not", "--glob=refs/remotes/origin/*")
        names = git(*asked, gitdir=self.folder).stdout
        form = "--batch-check=%(objecttype) %(objectsize) %(objectname)"
        rows = (row.split() for row in git("cat-file", form, gitdir=self.folder, stdin=names).text.splitlines())
        small = [name for kind, size, name in rows if kind == "blob" and int(size) < LARGEST_POINTER]
        blobs = (git("cat-file", "blob", name, gitdir=self.folder).stdout for name in small)
        pointers = {
            pointer for blob in blobs if (pointer := read_pointer(blob)) is not None and self.store.has(pointer)
        }
        self._server.upload(sorted(pointers), self.store, ref=f"refs/heads/{branch}")
