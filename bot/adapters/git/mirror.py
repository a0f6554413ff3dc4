"""The bare mirror of a repository: what GitHub has, and what was accepted for it; the only place that is pushed from.

Fetching holds a lock, since two fetches of the same refs break each other; everything else here can run at any time.
Workspaces borrow objects from here: nothing is pruned while an attempt runs (`housekeeping`).
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from urllib.parse import urlsplit

from bot.adapters.git import history, refusals
from bot.adapters.git import workspace as workspaces
from bot.adapters.git.bounds import NETWORK
from bot.adapters.git.command import NETWORK_SECONDS, git
from bot.adapters.git.credentials import GitCredentials
from bot.adapters.git.housekeeping import fetch_lock, use_lock
from bot.adapters.git.lfs import MOST_FETCHED, fill, find_pointers, is_installed
from bot.adapters.git.lfs_server import LfsServer
from bot.adapters.git.lfs_store import LfsStore, lfs_of
from bot.adapters.git.lock import acquire, locked
from bot.adapters.git.opening import note_differences
from bot.adapters.git.quarantine import Quarantine
from bot.adapters.git.refs import drop_old_lock, move_ref
from bot.adapters.git.repository import Repository
from bot.adapters.git.workspace import Workspace
from bot.adapters.process import Completed
from bot.core.changes import Note
from bot.core.failures import FailureKind, TaskFailed
from bot.core.lfs import LARGEST_POINTER, Pointer, read_pointer

LOCK_SECONDS = 60.0
_LOCK_AGE = 600.0  # seconds: moving a ref takes milliseconds
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?<!\.lock)(?<!\.)")


class Mirror(Repository):
    """`folder` is the bare repository's place on disk, `url` where it is fetched from and pushed to."""

    def __init__(
        self,
        folder: Path,
        url: str,
        credentials: GitCredentials | None = None,
        *,
        lock_seconds: float = LOCK_SECONDS,
        network_seconds: float = NETWORK_SECONDS,
    ) -> None:
        super().__init__(folder)
        self.url = check_url(url, credentials)
        self._credentials = credentials
        self._lock_seconds = lock_seconds
        self._network_seconds = network_seconds

    # From GitHub

    def fetch(self) -> None:
        """Create the mirror or bring it up to date: every branch, as `refs/remotes/origin/…`."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(fetch_lock(self.folder), wait=self._lock_seconds) as descriptor:
            self._create()
            self._drop_old_locks()
            fetched = self._fetch("--prune", "+refs/heads/*:refs/remotes/origin/*", keep=(descriptor,))
            if fetched.code != 0 and self._drop_stale_locks():
                fetched = self._fetch("--prune", "+refs/heads/*:refs/remotes/origin/*", keep=(descriptor,))
        if fetched.code != 0:
            raise refusals.fetch_failed(fetched, self.url)
        if not git("for-each-ref", "--count=1", "refs/remotes/origin", gitdir=self.folder).text:
            raise TaskFailed(FailureKind.REPO_MISSING, f"{self.url} is empty: it has no branch yet.")

    def _create(self) -> None:
        """Under another name first: a crash must not leave half a repository behind."""
        if self.folder.exists():
            return
        beginning = self.folder.with_name(f"{self.folder.name}.new")
        workspaces.remove_tree(beginning)
        git("init", "--quiet", "--bare", "--template=", str(beginning))
        beginning.rename(self.folder)

    def _fetch(self, *arguments: str, keep: Sequence[int] = ()) -> Completed:
        """Without checking every object: old and honest repositories hold ones that are slightly out of order."""
        quietly = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        settings = {"fetch.fsckObjects": "false"}
        return self._remote("fetch", *quietly, self.url, *arguments, settings=settings, keep=keep)

    def _drop_stale_locks(self) -> bool:
        """Remove what a killed git left: every fetch holds the lock that is held here, so these are not in use."""
        stale = [*self.folder.glob("*.lock"), *(self.folder / "refs/remotes").rglob("*.lock")]
        for path in stale:
            path.unlink(missing_ok=True)
        return bool(stale)

    def _drop_old_locks(self) -> None:
        """Remove what a git left that was killed while it moved a pin: it would block that pin for ever."""
        for path in (self.folder / "refs/nightshift").rglob("*.lock"):
            drop_old_lock(path, _LOCK_AGE)

    def remote_head(self, branch: str) -> str | None:
        """The commit of a branch as of the last fetch."""
        return history.resolve(self.folder, f"refs/remotes/origin/{branch}")

    def live_head(self, branch: str) -> str | None:
        """The commit of a branch on GitHub now."""
        listed = self._remote("ls-remote", self.url, f"refs/heads/{branch}")
        if listed.code != 0:
            raise refusals.fetch_failed(listed, self.url)
        found = dict(line.split("\t")[::-1] for line in listed.text.split("\n") if line)
        return found.get(f"refs/heads/{branch}")

    # What it keeps

    def pin(self, name: str, commit: str) -> None:
        """Keep a commit and all that it reaches."""
        move_ref(self.folder, f"refs/nightshift/pins/{_as_name(name)}", commit)

    def unpin(self, name: str) -> None:
        """Remove a pin, if there is one."""
        move_ref(self.folder, f"refs/nightshift/pins/{_as_name(name)}", None)

    def open_workspace(self, folder: Path, *, base: str, branch: str) -> Workspace:
        """As in every repository; what differs from `base` before a session begins is recorded."""
        workspace = super().open_workspace(folder, base=base, branch=branch)
        note_differences(workspace)
        return workspace

    def fill_lfs(self, workspace: Workspace, *stores: LfsStore) -> tuple[Note, ...]:
        """Put the contents of files under Git LFS into a fresh checkout, as far as they can be had. Returns a note on
        those that cannot. `stores`: others in which they may be."""
        pointers = find_pointers(workspace, workspace.first_index) if is_installed() else {}
        if not pointers:
            return ()
        wanted = [each for each in set(pointers.values()) if not any(store.has(each) for store in (self.lfs, *stores))]
        trouble = self._fetch_lfs(sorted(wanted))
        fill(workspace, pointers, self.lfs, *stores)
        return (Note(".gitattributes", trouble),) if trouble else ()

    @property
    def lfs(self) -> LfsStore:
        return lfs_of(self.folder)

    @property
    def _lfs_server(self) -> LfsServer:
        return LfsServer(url=self.url, credentials=self._credentials)

    def _fetch_lfs(self, pointers: Sequence[Pointer]) -> str:
        """Returns what completes a sentence about files under Git LFS that stay pointers; empty if there are none."""
        size = sum(each.size for each in pointers)
        if size > MOST_FETCHED:
            return f"names files under Git LFS of {size:,} bytes, which were not fetched; the limit is {MOST_FETCHED:,}"
        try:
            missing = self._lfs_server.download(pointers, self.lfs) if pointers else []
        except TaskFailed as failed:
            return f"names files under Git LFS that could not be fetched ({failed.detail})"
        return f"names {len(missing)} files under Git LFS that the server does not have" if missing else ""

    def _upload_lfs(self, commit: str, branch: str) -> None:
        """What GitHub has to have before a push that refers to it: else it refuses the push."""
        if not self.lfs.folder.exists():
            return
        asked = ("rev-list", "--objects", "--no-object-names", commit, "--not", "--glob=refs/remotes/origin/*")
        names = git(*asked, gitdir=self.folder).stdout
        form = "--batch-check=%(objecttype) %(objectsize) %(objectname)"
        rows = (row.split() for row in git("cat-file", form, gitdir=self.folder, stdin=names).text.splitlines())
        small = [name for kind, size, name in rows if kind == "blob" and int(size) < LARGEST_POINTER]
        blobs = (git("cat-file", "blob", name, gitdir=self.folder).stdout for name in small)
        pointers = {pointer for blob in blobs if (pointer := read_pointer(blob)) is not None and self.lfs.has(pointer)}
        self._lfs_server.upload(sorted(pointers), self.lfs, ref=f"refs/heads/{branch}")

    def quarantine(self, folder: Path) -> Quarantine:
        """A place for a session's objects on top of what is here. While it is open nothing here is pruned. Raises
        TaskFailed(REPO_LOCKED) where pruning takes too long."""
        in_use = acquire(use_lock(self.folder), wait=self._lock_seconds, shared=True)
        try:
            return Quarantine(folder, self.folder, in_use=in_use)
        except BaseException:
            os.close(in_use)
            raise

    # To GitHub

    def push(self, commit: str, branch: str, *, expected: str | None) -> None:
        """Put a branch on `commit`: a new one if `expected` is None, else one that is at `expected` and nowhere else.

        A branch that is on `commit` already counts as pushed: an earlier push may have been cut off before its answer
        came. Raises TaskFailed: BRANCH_CONFLICT if another client moved the branch, PUSH_REJECTED with GitHub's reason,
        REPO_MISSING.
        """
        self._upload_lfs(commit, branch)
        ref = f"refs/heads/{branch}"
        lease = f"--force-with-lease={ref}:{expected or ''}"
        pushed = self._remote("push", "--porcelain", "--no-verify", lease, self.url, f"{commit}:{ref}")
        if pushed.code == 0:
            return
        if refusals.lost_lease(pushed):
            there = self.live_head(branch)
            if there == commit:
                return
            if there != expected:
                raise TaskFailed(FailureKind.BRANCH_CONFLICT, f"`{branch}` {self._described(there, branch)}")
        raise refusals.push_failed(pushed, self.url)

    def _described(self, commit: str | None, branch: str) -> str:
        if commit is None:
            return "is gone, though Nightshift had pushed it."
        ref = f"refs/remotes/origin/{branch}"
        self._fetch(f"+refs/heads/{branch}:{ref}")  # if that fails, the commit is named without its author
        if self.remote_head(branch) != commit:
            return f"is at {commit[:10]}."
        return git("log", "-1", "--format=is at %h by %an: %s", ref, gitdir=self.folder).text

    def _remote(self, *arguments: str, settings: dict[str, str] | None = None, keep: Sequence[int] = ()) -> Completed:
        with self._credentials.lend() if self._credentials else nullcontext() as lent:
            return git(
                *arguments,
                gitdir=self.folder,
                protocols=urlsplit(self.url).scheme,
                settings=settings,
                environment=lent.environment if lent else None,
                secrets=[lent.secret] if lent else [],
                timeout=self._network_seconds,
                codes=None,
                bounds=NETWORK,
                keep=[*keep, lent.descriptor] if lent else keep,
            )


def check_url(url: str, credentials: GitCredentials | None) -> str:
    """Refuse a URL that would send a token unencrypted or to another host, or that contains one."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    expected = f"{url!r} is not a repository that Nightshift may talk to: expected "
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.path.strip("/"):
        raise ValueError(f"{expected}https://HOST/OWNER/REPO.git")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("a repository's URL holds no user name, token, query or fragment: give credentials instead")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError(f"{expected}https (plain http is for this machine's own loopback address)")
    if credentials is not None and credentials.origin != origin:
        raise ValueError(f"{expected}one under {credentials.origin}, where its credentials belong")
    return url


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name: it may resolve to any address
        return False


def _as_name(name: str) -> str:
    if _NAME.fullmatch(name) is None or ".." in name:
        raise ValueError(f"{name!r} cannot name a pin: expected letters, digits, `-`, `_` and `.`")
    return name
