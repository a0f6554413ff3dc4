"""Puts the commits of a branch on top of another commit, or merges two, in a bare repository and without a work tree.
No ref names what that makes.

A repository's attributes can name merge drivers, but none is configured here, so nothing of the repository runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git import history
from bot.adapters.git.command import git
from bot.adapters.git.signing import SigningKey, with_signature
from bot.adapters.git.workspace import Author, Workspace

_NO_ONE = Author(name="nightshift", email="nightshift")
"""Of commits that no branch gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebase:
    """`commit`: on top of the new base. `conflicts`: the paths of files in which it holds git's `marks` for them."""

    commit: str
    conflicts: tuple[str, ...] = ()
    marks: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedTree:
    """`tree`: with git's marks in the files that conflict."""

    tree: str
    conflicts: tuple[str, ...]


def rebase(gitdir: Path, *, fork: str, head: str, onto: str, author: Author, key: SigningKey | None = None) -> Rebase:
    """Each commit of `fork..head` in its turn. Where one conflicts, or is a merge, all of them as one commit. `author`:
    of the new commits; `key`: signs them."""
    listed = git("rev-list", "--reverse", "--parents", f"{fork}..{head}", gitdir=gitdir).text
    rows = [line.split() for line in listed.split("\n") if line]
    tip = _each(gitdir, rows, onto, author, key) if all(len(row) == 2 for row in rows) else None  # noqa: PLR2004 - one parent
    if tip is not None:
        return Rebase(commit=tip)
    # A commit with the new base's files and the old parent: what `head` stood on is no change of it.
    before = _commit(gitdir, _tree(gitdir, onto), fork, message="before", author=author)
    merged = merge_trees(gitdir, before, head)
    last = rows[-1][0] if rows else head
    made = _commit(gitdir, merged.tree, onto, message=_message(gitdir, last), author=author)
    commit = with_signature(gitdir, made, key)
    return Rebase(commit=commit, conflicts=merged.conflicts, marks=marks_of(before, head))


def rewind(workspace: Workspace, branch: str, commit: str) -> None:
    """Move the branch that is checked out to `commit`, and leave files and index as they are: what differs is staged.
    For a workspace in which nothing has run yet."""
    git("update-ref", f"refs/heads/{branch}", commit, gitdir=workspace.gitdir)


def marks_of(ours: str, theirs: str) -> tuple[bytes, bytes]:
    """How git begins and ends a conflict of these two commits in a file."""
    return f"<<<<<<< {ours}".encode(), f">>>>>>> {theirs}".encode()


def join(gitdir: Path, one: str, other: str, *, message: str, author: Author, key: SigningKey | None = None) -> Rebase:
    """A commit that holds both: one of them, if it holds the other one, else a merge of `other` into `one`. What
    conflicts has git's marks in it, as after a rebase."""
    for held, holds in ((other, one), (one, other)):
        if history.is_ancestor(gitdir, held, holds):
            return Rebase(commit=holds)
    merged = merge_trees(gitdir, one, other)
    made = _merge_commit(gitdir, merged.tree, one, other, message=message, author=author, key=key)
    marks = marks_of(one, other) if merged.conflicts else ()
    return Rebase(commit=made, conflicts=merged.conflicts, marks=marks)


def add_base(
    gitdir: Path, *, fork: str, head: str, onto: str, message: str, author: Author, key: SigningKey | None = None
) -> Rebase:
    """A merge of `onto` into `head`, which stays as it is. `fork`: what `head` stood on, which `onto` may hold under
    other names: it counts as their common commit. With conflicts: a commit on `onto`, for a session to resolve them."""
    before = _commit(gitdir, _tree(gitdir, onto), fork, message="before", author=author)
    merged = merge_trees(gitdir, before, head)
    if merged.conflicts:
        made = _commit(gitdir, merged.tree, onto, message=f"{message}\n", author=author)
        return Rebase(commit=made, conflicts=merged.conflicts, marks=marks_of(before, head))
    return Rebase(commit=_merge_commit(gitdir, merged.tree, head, onto, message=message, author=author, key=key))


def add_resolved(
    gitdir: Path, resolved: str, *, head: str, onto: str, author: Author, key: SigningKey | None = None
) -> str:
    """A merge of `onto` into `head` that has the files and the message of `resolved`."""
    message = _message(gitdir, resolved).decode(errors="replace").rstrip("\n")
    return _merge_commit(gitdir, _tree(gitdir, resolved), head, onto, message=message, author=author, key=key)


def _merge_commit(
    gitdir: Path, tree: str, one: str, other: str, *, message: str, author: Author, key: SigningKey | None
) -> str:
    command = ("commit-tree", tree, "-p", one, "-p", other)
    made = git(*command, gitdir=gitdir, environment=author.environment, stdin=f"{message}\n".encode()).text
    return with_signature(gitdir, made, key)


def find_conflicts(gitdir: Path, one: str, other: str) -> tuple[str, ...]:
    """The files in which they conflict."""
    return merge_trees(gitdir, one, other).conflicts


def put_on(gitdir: Path, commit: str, parent: str, tip: str) -> str | None:
    """The tree of `tip` with what `commit` changed of its `parent`; None where that conflicts."""
    # A commit with the new files and the old parent: so git compares both with that parent.
    before = _commit(gitdir, _tree(gitdir, tip), parent, message="before", author=_NO_ONE)
    merged = merge_trees(gitdir, before, commit)
    return None if merged.conflicts else merged.tree


def _each(gitdir: Path, rows: list[list[str]], onto: str, author: Author, key: SigningKey | None) -> str | None:
    """None if one of the commits conflicts. One that changes nothing any more is left out."""
    tip = onto
    for commit, parent in rows:
        tree = put_on(gitdir, commit, parent, tip)
        if tree is None:
            return None
        if tree != _tree(gitdir, tip):
            made = _commit(gitdir, tree, tip, message=_message(gitdir, commit), author=author)
            tip = with_signature(gitdir, made, key)
    return tip


def merge_trees(gitdir: Path, ours: str, theirs: str) -> MergedTree:
    arguments = ("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs)
    tree, *names = git(*arguments, gitdir=gitdir, codes=(0, 1)).stdout.split(b"\0")
    paths = dict.fromkeys(name.decode(errors="replace") for name in names if name)
    return MergedTree(tree=tree.decode(), conflicts=tuple(paths))


def _tree(gitdir: Path, commit: str) -> str:
    found = history.resolve(gitdir, commit, "tree")
    assert found is not None  # noqa: S101 - it is a commit that was just made or fetched
    return found


def _message(gitdir: Path, commit: str) -> bytes:
    return git("log", "-1", "--format=%B", commit, gitdir=gitdir).stdout.rstrip(b"\n") + b"\n"


def _commit(gitdir: Path, tree: str, parent: str, *, message: str | bytes, author: Author) -> str:
    words = message.encode() if isinstance(message, str) else message
    made = git("commit-tree", tree, "-p", parent, gitdir=gitdir, environment=author.environment, stdin=words)
    return made.text
