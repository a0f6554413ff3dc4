"""A bare repository of the host, as its readers see it: a mirror, or a quarantine on top of one."""

from __future__ import annotations

from pathlib import Path

from bot.adapters.git import changes, history
from bot.adapters.git import workspace as workspaces
from bot.adapters.git.commit_files import CommitFiles, files_of
from bot.adapters.git.copies import is_copy
from bot.adapters.git.opening import note_differences
from bot.adapters.git.rebase import Rebase, add_base, add_resolved, find_conflicts, join, rebase
from bot.adapters.git.signing import SigningKey
from bot.adapters.git.workspace import Author, Workspace
from bot.core.change_size import ChangeSize
from bot.core.changes import FileChange


class Repository:
    """`folder` is the repository's place on disk. `key`: signs the bot's commits that are made here."""

    def __init__(self, folder: Path, key: SigningKey | None = None) -> None:
        self.folder = folder.absolute()
        self.key = key

    @property
    def readable(self) -> tuple[Path, ...]:
        """The folders that hold its objects: a reader in a cell needs all of them."""
        return (self.folder,)

    def files(self, commit: str) -> CommitFiles:
        """The files of a commit: one listing, for all that is read of them."""
        return files_of(self.folder, commit)

    def patch(self, base: str, head: str) -> bytes:
        """What `git apply` needs to turn `base` into `head`."""
        return history.patch(self.folder, base, head)

    def changes(self, base: str, head: str) -> list[FileChange]:
        """The files that differ, with their contents. Raises TaskFailed(DIFF_TOO_LARGE) for too much to look through,
        as `changes_by_commit` does."""
        return changes.as_a_whole(self.folder, base, head)

    def changes_by_commit(self, base: str, head: str) -> list[FileChange]:
        """What each commit changes, also what a later one takes back; and the commits' own words."""
        return [*changes.by_commit(self.folder, base, head), *changes.messages(self.folder, base, head)]

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits; None where they share no history, as far as that is here."""
        return history.merge_base(self.folder, one, other)

    def is_ancestor(self, commit: str, head: str) -> bool:
        """Whether a commit is `head`, or in its history as far as that is here."""
        return history.is_ancestor(self.folder, commit, head)

    def authors(self, base: str, head: str, *, known: str | None = None) -> set[Author]:
        """Everybody who wrote or committed one of the commits of `base..head`. `known`: a commit whose history is not
        looked at, if it is here."""
        known = known if known is not None and self.holds(known) else None
        found = history.authors(self.folder, base, head, known=known)
        return {Author(name=name, email=email) for name, email in found}

    def is_copy(self, copy: str, *, fork: str, head: str, onto: str) -> bool:
        """Whether `copy` is `onto` with the commits of `fork..head` on top, as git puts them there, and with nothing
        else: the same files, words and authors, commit by commit."""
        return is_copy(self.folder, copy, fork=fork, head=head, onto=onto)

    def rebase(self, *, fork: str, head: str, onto: str, author: Author) -> Rebase:
        """The commits of `fork..head` on top of `onto`, which are then here; no ref names them."""
        return rebase(self.folder, fork=fork, head=head, onto=onto, author=author, key=self.key)

    def join(self, one: str, other: str, *, message: str, author: Author) -> Rebase:
        """`other` merged into `one`, which is then here; no ref names it. One of them, if it holds the other one."""
        return join(self.folder, one, other, message=message, author=author, key=self.key)

    def add_base(self, *, fork: str, head: str, onto: str, message: str, author: Author) -> Rebase:
        """`onto` merged into `head`, which is then here; no ref names it."""
        return add_base(self.folder, fork=fork, head=head, onto=onto, message=message, author=author, key=self.key)

    def add_resolved(self, resolved: str, *, head: str, onto: str, author: Author) -> str:
        """A merge of `onto` into `head` with the files of `resolved`."""
        return add_resolved(self.folder, resolved, head=head, onto=onto, author=author, key=self.key)

    def find_conflicts_of(self, one: str, other: str) -> tuple[str, ...]:
        """The files in which two commits conflict."""
        return find_conflicts(self.folder, one, other)

    def diff_stat(self, base: str, head: str, *, files: int = 100) -> str:
        """How many lines differ in each file, for people; at most so many files."""
        return history.diff_stat(self.folder, base, head, files=files)

    def change_size(self, base: str, head: str) -> ChangeSize:
        """How many files and lines differ."""
        return history.change_size(self.folder, base, head)

    def holds(self, commit: str) -> bool:
        """Whether the commit, and so its history, is here."""
        return self.folder.is_dir() and history.resolve(self.folder, commit) == commit

    def open_workspace(self, folder: Path, *, base: str, branch: str) -> Workspace:
        """A checkout of a new `branch` at `base`, without a remote, hooks or an identity. What lay there is removed.
        What differs from `base` right after it is recorded."""
        workspace = workspaces.open_workspace(self.folder, folder, base=base, branch=branch)
        note_differences(workspace)
        return workspace
