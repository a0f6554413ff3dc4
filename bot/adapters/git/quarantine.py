"""Where a session's objects are until they are accepted: a repository in the attempt's folder, on top of the mirror.

It borrows the mirror's objects and has its own for what is new, so everything is judged as if it were in the mirror.
What is accepted goes into the mirror as one checked pack of what the accepted commit needs; everything else goes with
the attempt's folder. As long as it is open the mirror is not tidied up.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

from bot.adapters.git import changes, history
from bot.adapters.git.collect import Collected, Collection
from bot.adapters.git.command import git
from bot.adapters.git.lfs_store import LfsStore, lfs_of
from bot.adapters.git.refs import move_ref, work_ref
from bot.adapters.git.repository import Repository
from bot.adapters.git.rewrite import Rewriting
from bot.adapters.git.shallow import end_history_where
from bot.adapters.git.signing import SigningKey
from bot.adapters.git.taking import leave_unconfined
from bot.adapters.git.workspace import Workspace, alternates, remove_tree
from bot.adapters.process import CommandFailed
from bot.core.change_size import ChangeSize
from bot.core.changes import FileChange
from bot.core.failures import FailureKind, TaskFailed


class Quarantine(Repository):
    """Open it with `Mirror.quarantine`; `in_use` is the descriptor that keeps the mirror from being tidied up."""

    def __init__(self, folder: Path, mirror: Path, *, in_use: int, key: SigningKey | None = None) -> None:
        super().__init__(folder, key)
        self._mirror = mirror
        self._in_use: int | None = in_use
        self._made: dict[str, str] = {}  # what each collected head was before it was rewritten
        remove_tree(self.folder)
        git("init", "--quiet", "--bare", "--template=", str(self.folder))
        (self.folder / "objects/info/alternates").write_text(alternates(mirror))
        end_history_where(mirror, self.folder)

    def close(self) -> None:
        """Remove it, and release the mirror."""
        if self._in_use is None:
            return
        try:
            remove_tree(self.folder)
        finally:
            self.let_go()

    def let_go(self) -> None:
        """Release the mirror. Nothing reads the quarantine after that, and the caller removes its folder."""
        if self._in_use is not None:
            os.close(self._in_use)
            self._in_use = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def lfs(self) -> LfsStore:
        """The contents under Git LFS that were collected."""
        return LfsStore(self.folder / "lfs")

    def contents(self) -> list[FileChange]:
        """Those contents, to be searched: no change of a file shows them."""
        return [
            FileChange(
                path=f"LFS object {each.oid[:10]}", old_path="", before=None, after=self.lfs.path(each.oid).read_bytes()
            )
            for each in self.lfs.pointers()
        ]

    @property
    def readable(self) -> tuple[Path, ...]:
        return (self.folder, self._mirror)

    def collect(
        self,
        workspace: Workspace,
        *,
        branch: str,
        base: str,
        message: str,
        rewriting: Rewriting,
        most_files: int,
        adds_only: bool = False,
        confine: Callable[[list[str]], list[str]] = leave_unconfined,
        never: Iterable[str] = (),
        submodules: Iterable[str] = (),
    ) -> Collected | None:
        """Take the work out: the commits of what is checked out, else of `branch`, and what was not committed as one
        more, all made the bot's own. `never`: paths that are not work, as what set up the repository made them.
        `submodules`: paths of those that are checked out. `adds_only`: `base` and what leads to it stays: of commits
        that do not build on it only the files count.

        None if nothing differs from `base`. Raises TaskFailed: AGENT_CRASHED for commits that are not sound or share
        no history with `base`, PROTECTED_PATH for submodules, DIFF_TOO_LARGE for more than `most_files` in a commit,
        for too many commits, for a file that GitHub does not take, and for what git cannot handle within its limits.
        """
        with _limits_fail_the_change():
            collected = Collection(
                quarantine=self.folder,
                mirror=self._mirror,
                workspace=workspace,
                branch=branch,
                base=base,
                rewriting=replace(rewriting, key=self.key),
                most_files=most_files,
                adds_only=adds_only,
                confine=confine,
                never=frozenset(os.fsencode(path.strip("/")) for path in never),
                submodules=frozenset(map(os.fsencode, submodules)),
            ).collect(message)
        if collected is not None:
            self._made[collected.head] = collected.made
        return collected

    def release(self, head: str, branch: str) -> None:
        """Put an accepted commit and what it needs into the mirror: checked, and on the disk when this returns."""
        with _limits_fail_the_change():
            ref = work_ref(branch)
            git("update-ref", "refs/nightshift/accepted", head, gitdir=self.folder)
            options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
            settings = {"fetch.unpackLimit": "1", "fetch.fsckObjects": "true"}
            source = (str(self.folder), "refs/nightshift/accepted")
            git("fetch", *options, *source, gitdir=self._mirror, protocols="file", settings=settings)
            self.lfs.copy_into(lfs_of(self._mirror))
            move_ref(self._mirror, ref, head)

    # What is judged

    def patch(self, base: str, head: str) -> bytes:
        with _limits_fail_the_change():
            return super().patch(base, head)

    def change_size(self, base: str, head: str) -> ChangeSize:
        with _limits_fail_the_change():
            return super().change_size(base, head)

    def changes(self, base: str, head: str) -> list[FileChange]:
        with _limits_fail_the_change():
            return super().changes(base, head)

    def changes_by_commit(self, base: str, head: str) -> list[FileChange]:
        """Includes the messages as the session wrote them: rewriting may have split a secret."""
        made = self._made.get(head, head)
        with _limits_fail_the_change():
            words = changes.messages(self.folder, base, made) if made != head else []
            return [*super().changes_by_commit(base, head), *words]

    def graft(self, base: str, head: str, paths: Sequence[str]) -> str:
        """A commit on `base` that has these paths, and no other, as `head` has them."""
        with _limits_fail_the_change():
            return history.graft(self.folder, base, head, paths)

    def open_workspace(self, folder: Path, *, base: str, branch: str) -> Workspace:
        with _limits_fail_the_change():
            return super().open_workspace(folder, base=base, branch=branch)


@contextmanager
def _limits_fail_the_change() -> Iterator[None]:
    """Where git reaches a limit on a session's objects, the change is too large: a retry would reach it again."""
    try:
        yield
    except CommandFailed as failed:
        if not failed.completed.over_limit:
            raise
        raise TaskFailed(FailureKind.DIFF_TOO_LARGE, failed.detail) from failed
