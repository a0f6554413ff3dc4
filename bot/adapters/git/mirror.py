"""The bare mirror of a repository: what GitHub has, and what was accepted for it; the only place that is pushed from.

Fetching holds a lock, since two fetches of the same refs break each other (`cannot lock ref`: with git 2.39.5, 21 of
32 that ran four at once); everything else here can run at any time.
Workspaces borrow objects from here: nothing is pruned while an attempt runs (`housekeeping`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from pathlib import Path
from typing import Unpack

from bot.adapters.git import first_contact, history, refusals
from bot.adapters.git import workspace as workspaces
from bot.adapters.git.command import NETWORK_SECONDS, git
from bot.adapters.git.credentials import GitCredentials
from bot.adapters.git.deepening import Deepening
from bot.adapters.git.first_contact import LARGE, FirstContact, Report, report_nothing
from bot.adapters.git.housekeeping import fetch_lock, use_lock
from bot.adapters.git.large_files import LargeFiles
from bot.adapters.git.lock import acquire, hold_lock
from bot.adapters.git.quarantine import Quarantine
from bot.adapters.git.refs import drop_old_lock, forget_other_branches, move_ref, pin_ref
from bot.adapters.git.remote import How, Remote
from bot.adapters.git.repository import Repository
from bot.adapters.git.shallow import is_cut, is_shallow
from bot.adapters.git.signing import SigningKey
from bot.adapters.git.urls import check_url
from bot.adapters.outside import DIRECTLY, Outside
from bot.adapters.process import Completed
from bot.core.failures import FailureKind, TaskFailed
from bot.core.references import USUAL_BRANCHES, OwnBranches

LOCK_SECONDS = 60.0
_LOCK_AGE = 600.0  # seconds: moving a ref takes milliseconds
_DEFAULT = re.compile(r"^ref: refs/heads/(.+)\tHEAD$", re.MULTILINE)


@dataclass(eq=False)
class Mirror(Repository):
    """`folder` is the bare repository's place on disk, `url` where it is fetched from and pushed to. `batch`: how many
    files the first step of a first contact brings, and `step`: how many commits the first step into history; both
    adapt to how long they take. `outside`: how contents under Git LFS get here that are on another host. `present_url`:
    asks where a repository is now whose URL is redirected. `own`: the bot's branches."""

    folder: Path
    url: str
    credentials: GitCredentials | None = field(default=None, repr=False)
    _: KW_ONLY
    lock_seconds: float = LOCK_SECONDS
    outside: Outside = DIRECTLY
    network_seconds: float = NETWORK_SECONDS
    present_url: Callable[[], str] | None = None
    key: SigningKey | None = None
    own: OwnBranches = USUAL_BRANCHES
    batch: int = 8_000
    step: int = 200

    def __post_init__(self) -> None:
        super().__init__(self.folder, self.key)
        self.url = check_url(self.url, self.credentials)

    # From GitHub

    def fetch(
        self, branch: str | None = None, *, also: str = "", kilobytes: int = 0, report: Report = report_nothing
    ) -> Mapping[str, str]:
        """Bring `branch` (None: the default one) up to date, as `refs/remotes/origin/…`; create the mirror if there is
        none. Returns the commits on GitHub of this branch and of `also`, if they exist there.

        `kilobytes`: the size that GitHub gives; a large repository begins with its newest commit (`first_contact`), a
        small one with all of its history and of the bot's own branches. `report`: called with its progress."""
        self._drop_old_locks()
        if branch is not None and kilobytes <= LARGE and (begun := self._begin(branch, also)) is not None:
            return begun
        there = self._heads(branch, also)
        branch = there.pop("", None) or branch
        if branch is None:
            raise TaskFailed(FailureKind.REPO_MISSING, f"{self.url} is empty: it has no branch yet.")
        if branch not in there:
            raise TaskFailed(
                FailureKind.REPO_MISSING, f"{self.url} has no branch {branch}: it was renamed, or is empty."
            )
        if self.remote_head(branch) != there[branch]:
            there[branch] = self._bring(branch, kilobytes, report)
        return there

    def _begin(self, branch: str, also: str) -> Mapping[str, str] | None:
        """Create the mirror of a small repository by one fetch, without a listing before it. None where there is a
        mirror already, or git refuses: then the listing says why."""
        if self.folder.exists():
            return None
        try:
            self._bring(branch, 0, report_nothing)
        except refusals.NotReached:
            raise
        except TaskFailed:
            return None
        return {name: head for name in (branch, also) if name and (head := self.remote_head(name)) is not None}

    def _heads(self, branch: str | None, also: str) -> dict[str, str]:
        """The commits of these branches on GitHub now; under "" the name of the default one if none was named."""
        refs = {"HEAD" if branch is None else f"refs/heads/{branch}", *([f"refs/heads/{also}"] if also else [])}
        listed = self._remote("ls-remote", *(("--symref",) if branch is None else ()), self.url, *sorted(refs))
        if listed.code != 0:
            raise refusals.fetch_failed(listed, self.url)
        rows = (line.split("\t") for line in listed.text.split("\n") if line and not line.startswith("ref: "))
        found = {ref: commit for commit, ref in rows}
        heads = {ref.removeprefix("refs/heads/"): commit for ref, commit in found.items() if ref in refs - {"HEAD"}}
        if (default := _DEFAULT.search(listed.text)) is not None and "HEAD" in found:
            heads |= {"": default[1], default[1]: found["HEAD"]}
        return heads

    def _bring(self, branch: str, kilobytes: int, report: Report) -> str:
        """Returns the commit that the branch is at then."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with hold_lock(fetch_lock(self.folder), wait=self.lock_seconds) as descriptor:
            self._create()
            fetch = partial(self._fetch, keep=(descriptor,))
            ref = f"+refs/heads/{branch}:refs/remotes/origin/{branch}"
            if self._has_branches():
                forget_other_branches(self.folder, branch, self.own)
                fetch(*self._no_history(branch), ref)
            elif kilobytes > LARGE or first_contact.has_begun(self.folder):
                FirstContact(gitdir=self.folder, url=self.url, fetch=fetch, report=report, batch=self.batch).run(branch)
            else:
                fetch(ref, f"+refs/heads/{self.own.prefix}*:refs/remotes/origin/{self.own.prefix}*")
        return self.remote_head(branch) or ""

    def _no_history(self, branch: str) -> Sequence[str]:
        """What was merged and left the history before it ends here would bring all of it."""
        here = self.remote_head(branch)
        return ["--depth=1"] if is_shallow(self.folder) and (here is None or is_cut(self.folder, here)) else []

    def _has_branches(self) -> bool:
        return bool(git("for-each-ref", "--count=1", "refs/remotes/origin", gitdir=self.folder).text)

    def deepen(self, stopping: Callable[[], bool]) -> bool:
        """Fetch the history that a large repository began without, while nothing uses the mirror. Returns whether all
        of it is here. A session on this repository waits until `stopping`. Raises TaskFailed."""
        if not is_shallow(self.folder):
            return True
        if first_contact.has_begun(self.folder):
            return False
        with ExitStack() as held:
            for lock in (use_lock(self.folder), fetch_lock(self.folder)):
                held.enter_context(hold_lock(lock, wait=0.0))
            return Deepening(gitdir=self.folder, fetch=self._fetch, step=self.step, own=self.own).go_on(stopping)

    def _create(self) -> None:
        """Under another name first: a crash must not leave half a repository behind."""
        if self.folder.exists():
            return
        beginning = self.folder.with_name(f"{self.folder.name}.new")
        workspaces.remove_tree(beginning)
        git("init", "--quiet", "--bare", "--template=", str(beginning))
        beginning.rename(self.folder)

    def _fetch(
        self,
        *arguments: str,
        settings: Mapping[str, str] | None = None,
        remote: str = "",
        keep: Sequence[int] = (),
        **how: Unpack[How],
    ) -> Completed:
        """Without checking every object: old and honest repositories hold ones that are slightly out of order."""
        options = [each for each in arguments if each.startswith("--")]
        refs = [each for each in arguments if not each.startswith("--")]
        quietly = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        command = ("fetch", *quietly, *options, remote or self.url, *refs)
        used = {"fetch.fsckObjects": "false", **(settings or {})}
        fetched = self._remote(*command, settings=used, keep=keep, **how)
        if fetched.code != 0 and keep and self._drop_stale_locks():
            fetched = self._remote(*command, settings=used, keep=keep, **how)
        if fetched.code != 0:
            raise refusals.fetch_failed(fetched, self.url)
        return fetched

    def _drop_stale_locks(self) -> bool:
        """Remove what a killed git left: every fetch holds the lock that is held here, so these are not in use."""
        stale = [*self.folder.glob("*.lock"), *(self.folder / "refs/remotes").rglob("*.lock")]
        stale += (self.folder / first_contact.ARRIVING).rglob("*.lock")
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
        return self._heads(branch, "").get(branch)

    def bring_branch(self, branch: str, head: str) -> str:
        """Fetch a branch of the bot that is at `head` on GitHub, unless its commits are here. Returns where it is."""
        if self.holds(head):
            return head
        with hold_lock(fetch_lock(self.folder), wait=self.lock_seconds) as descriptor:
            self._fetch(f"+refs/heads/{branch}:refs/remotes/origin/{branch}", keep=(descriptor,))
        return self.remote_head(branch) or head

    # What it keeps

    def pin(self, name: str, commit: str) -> None:
        """Keep a commit and all that it reaches."""
        move_ref(self.folder, pin_ref(name), commit)

    def unpin(self, name: str) -> None:
        """Remove a pin, if there is one."""
        move_ref(self.folder, pin_ref(name), None)

    @property
    def large_files(self) -> LargeFiles:
        """What is under Git LFS."""
        return LargeFiles(self.folder, self.url, self.credentials, self.outside)

    def quarantine(self, folder: Path) -> Quarantine:
        """A place for a session's objects on top of what is here. While it is open nothing here is pruned. Raises
        TaskFailed(REPO_LOCKED) where pruning takes too long."""
        in_use = acquire(use_lock(self.folder), wait=self.lock_seconds, shared=True)
        try:
            return Quarantine(folder, self.folder, in_use=in_use, key=self.key)
        except BaseException:
            os.close(in_use)
            raise

    # To GitHub

    def push(self, commit: str, branch: str, *, expected: str | None, may_be_gone: bool = False) -> None:
        """Put a branch on `commit`: a new one if `expected` is None, else one that is at `expected` and nowhere else.
        `may_be_gone`: one that was removed since is created again, which replaces nothing.

        A branch that is on `commit` already counts as pushed: an earlier push may have been cut off before its answer
        came. Raises TaskFailed: BRANCH_MOVED if another client moved the branch, PUSH_REJECTED with GitHub's reason,
        REPO_MISSING.
        """
        self.large_files.upload(commit, branch)
        ref = f"refs/heads/{branch}"
        lease = f"--force-with-lease={ref}:{expected or ''}"
        command = ("push", "--porcelain", "--no-verify", lease, self.url, f"{commit}:{ref}")
        pushed = self._remote(*command, settings=self.push_settings)
        if pushed.code == 0:
            return
        if refusals.lost_lease(pushed):
            there = self.live_head(branch)
            if there == commit:
                return
            if there is None and expected is not None and may_be_gone:
                self.push(commit, branch, expected=None)
                return
            if there != expected:
                raise TaskFailed(FailureKind.BRANCH_MOVED, f"`{branch}` {self._describe(there, branch)}")
        raise refusals.push_failed(pushed, self.url)

    @property
    def push_settings(self) -> Mapping[str, str]:
        """The base may not be at the end of a branch any more: without asking, git would send a large history again."""
        return {"push.negotiate": "true"} if first_contact.stored_bytes(self.folder) > LARGE * 1000 else {}

    def _describe(self, commit: str | None, branch: str) -> str:
        if commit is None:
            return "is gone, though Nightshift had pushed it."
        ref = f"refs/remotes/origin/{branch}"
        with suppress(TaskFailed):  # then the commit is named without its author
            self._fetch(*(("--depth=1",) if is_shallow(self.folder) else ()), f"+refs/heads/{branch}:{ref}")
        if self.remote_head(branch) != commit:
            return f"is at {commit[:10]}."
        return git("log", "-1", "--format=is at %h by %an: %s", ref, gitdir=self.folder).text

    def _remote(
        self,
        *arguments: str,
        settings: Mapping[str, str] | None = None,
        keep: Sequence[int] = (),
        **how: Unpack[How],
    ) -> Completed:
        remote = Remote(self.folder, self.url, self.credentials, self.network_seconds, self.present_url)
        return remote.run(*arguments, settings=settings, keep=keep, **how)
