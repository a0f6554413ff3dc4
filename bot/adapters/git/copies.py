"""Whether a branch is what git makes of other commits on another base: for a rebase that somebody else did.

A patch id would not do: it says nothing of binary files' contents in a merge of lines, nor of files that stay. What is
compared are whole trees, as git makes them here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git.command import git
from bot.adapters.git.rebase import put_on


@dataclass(frozen=True, slots=True, kw_only=True)
class _Commit:
    """`words`: its author and its message."""

    name: str
    tree: str
    parents: tuple[str, ...]
    words: bytes


def is_copy(gitdir: Path, copy: str, *, fork: str, head: str, onto: str) -> bool:
    """Whether `copy` is `onto` with each commit of `fork..head` in its turn. One that changes nothing any more may be
    left out. A merge among them is never one."""
    tip, made = onto, _list_commits(gitdir, onto, copy)
    for commit in _list_commits(gitdir, fork, head):
        tree = put_on(gitdir, commit.name, commit.parents[0], tip) if len(commit.parents) == 1 else None
        if tree is None:
            return False
        if made and _is_the_same(made[0], commit, tree, tip):
            tip = made.pop(0).name
        elif tree != _tree(gitdir, tip):
            return False
    return not made and tip == copy


def _is_the_same(made: _Commit, commit: _Commit, tree: str, tip: str) -> bool:
    return (made.tree, made.parents, made.words) == (tree, (tip,), commit.words)


def _list_commits(gitdir: Path, base: str, head: str) -> list[_Commit]:
    form = "--format=%H%x00%T%x00%P%x00%an%n%ae%n%B"
    listed = git("log", "--reverse", "--topo-order", "-z", form, f"{base}..{head}", gitdir=gitdir).stdout
    fields = listed.split(b"\0")
    rows = [fields[start : start + 4] for start in range(0, len(fields) - 3, 4)]
    return [
        _Commit(name=name.decode(), tree=tree.decode(), parents=tuple(parents.decode().split()), words=words.rstrip())
        for name, tree, parents, words in rows
    ]


def _tree(gitdir: Path, commit: str) -> str:
    return git("rev-parse", "--verify", f"{commit}^{{tree}}", gitdir=gitdir).text
