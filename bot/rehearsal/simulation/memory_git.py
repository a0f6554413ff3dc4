"""A repository of the simulated GitHub in memory: what its API asks of git, without a process for each question.

`tests/rehearsal/test_simulation_git.py` holds it against real git.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from bot.rehearsal.github.bare import BareRepository, ChangedFile, Commit, Entry, GitRefused
from bot.rehearsal.github.stored import Content, StoredFile

_HEADS = "refs/heads/"
_NOTHING = "0" * 40
Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class MemoryGit(BareRepository):
    """`path` is its name alone. Trees are whole: the files of a commit by their paths."""

    path: Path = Path("memory.git")
    _refs: dict[str, str] = field(default_factory=dict)
    _commits: dict[str, Commit] = field(default_factory=dict)
    _trees: dict[str, Files] = field(default_factory=dict)

    def create(self, default_branch: str) -> None:
        """There is nothing to make: `default_branch` has no commit yet."""

    def kilobytes(self) -> int:
        return 1

    def refs(self) -> dict[str, str]:
        return dict(sorted(self._refs.items()))

    def branch(self, name: str) -> str | None:
        return self._refs.get(_HEADS + name)

    def resolve(self, revision: str) -> str | None:
        found = self._refs.get(_HEADS + revision) or self._refs.get(revision)
        return found or (revision if revision in self._commits else None)

    def commit(
        self, branch: str, files: Mapping[str, Content | None], *, author: str, message: str, now: datetime
    ) -> str:
        parent = self.branch(branch)
        sha = self.add_commit(parent, files, author=author, message=message, now=now)
        self._refs[_HEADS + branch] = sha
        return sha

    def add_commit(
        self, parent: str | None, files: Mapping[str, Content | None], *, author: str, message: str, now: datetime
    ) -> str:
        """A commit that no branch has yet."""
        tree = dict(self._files_at(parent)) if parent is not None else {}
        for path, content in files.items():
            if content is None:
                tree.pop(path, None)
            else:
                tree[path] = _bytes_of(content)
        return self._keep(tree, (parent,) if parent else (), author=author, message=message, date=now.isoformat())

    def set_ref(self, ref: str, sha: str, *, old: str) -> None:
        self._require(ref, old)
        if sha not in self._commits:
            raise GitRefused(f"{sha} is not there")
        self._refs[ref] = sha

    def delete_ref(self, ref: str, *, old: str) -> None:
        self._require(ref, old)
        del self._refs[ref]

    def can_merge(self, base: str, head: str) -> bool:
        try:
            self._merge_files(base, head)
        except GitRefused:
            return False
        return True

    def valid_ref(self, ref: str) -> bool:
        return ref.startswith("refs/") and ".." not in ref

    def merge_base(self, left: str, right: str) -> str | None:
        mine, theirs = self._history(self._demand(left)), set(self._history(self._demand(right)))
        return next((sha for sha in mine if sha in theirs), None)

    def commits(self, span: str) -> tuple[Commit, ...]:
        """Of `older..newer`, oldest first."""
        older, _, newer = span.partition("..")
        known = set(self._history(self._demand(older)))
        found = [sha for sha in self._history(self._demand(newer)) if sha not in known]
        return tuple(self._commits[sha] for sha in reversed(found))

    def commit_at(self, sha: str) -> Commit:
        return self._commits[self._demand(sha)]

    def changed_files(self, base: str, head: str) -> tuple[ChangedFile, ...]:
        start = self.merge_base(base, head) or base
        before, after = self._files_at(start), self._files_at(head)
        changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
        return tuple(_compare_file(path, before.get(path), after.get(path)) for path in changed)

    def entries(self, commit: str, path: str) -> tuple[Entry, ...]:
        """The files of one folder, or the one file: the simulation has no folders in folders."""
        found = {name: data for name, data in self._files_at(commit).items() if path in {name, name.rpartition("/")[0]}}
        return tuple(_entry(name, data) for name, data in sorted(found.items()))

    def blob(self, sha: str) -> bytes:
        return next(data for tree in self._trees.values() for data in tree.values() if _hash(data) == sha)

    def files(self, revision: str) -> dict[str, bytes]:
        return dict(self._files_at(revision))

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",  # noqa: ARG002 - no question here needs it
        environment: Mapping[str, str] | None = None,
    ) -> bytes:
        """What a merge needs."""
        match arguments:
            case ("merge-tree", "--write-tree", base, head):
                return self._keep_tree(self._merge_files(base, head)).encode()
            case ("commit-tree", *rest):
                return self._commit_tree(rest, environment or {}).encode()
        raise GitRefused(f"git {arguments[0]} is not simulated")

    def _commit_tree(self, arguments: list[str], environment: Mapping[str, str]) -> str:
        parents = tuple(after for word, after in pairwise(arguments) if word == "-p")
        message, tree = arguments[arguments.index("-m") + 1], arguments[-1]
        author, date = environment["GIT_AUTHOR_NAME"], environment["GIT_AUTHOR_DATE"]
        return self._keep(self._trees[tree], parents, author=author, message=message, date=date)

    def _merge_files(self, base: str, head: str) -> Files:
        start = self._files_at(self.merge_base(base, head) or _NOTHING)
        ours, theirs = self._files_at(base), self._files_at(head)
        merged = dict(ours)
        for path in sorted({*start, *theirs}):
            if theirs.get(path) == start.get(path):
                continue
            if ours.get(path) not in {start.get(path), theirs.get(path)}:
                raise GitRefused(f"CONFLICT in {path}")
            if path in theirs:
                merged[path] = theirs[path]
            else:
                merged.pop(path, None)
        return merged

    def _keep(self, tree: Files, parents: tuple[str, ...], *, author: str, message: str, date: str) -> str:
        stored = self._keep_tree(tree)
        sha = _hash(json.dumps([stored, parents, author, message, date]).encode())
        who = f"{author}@users.noreply.github.com"
        made = Commit(
            sha=sha,
            tree=stored,
            parents=parents,
            author=author,
            email=who,
            date=date,
            message=message,
            committer=(author, who, date),
        )
        self._commits[sha] = made
        return sha

    def _keep_tree(self, tree: Files) -> str:
        sha = _hash(repr(sorted(tree.items())).encode())
        self._trees[sha] = tree
        return sha

    def _files_at(self, revision: str) -> Files:
        return {} if revision == _NOTHING else self._trees[self._commits[self._demand(revision)].tree]

    def _demand(self, revision: str) -> str:
        found = self.resolve(revision)
        if found is None:
            raise GitRefused(f"{revision} is not there")
        return found

    def _require(self, ref: str, old: str) -> None:
        if self._refs.get(ref, _NOTHING) != old:
            raise GitRefused(f"{ref} has moved")

    def _history(self, sha: str) -> list[str]:
        """The commit and all before it, the newest first."""
        found, waiting = dict[str, None](), [sha]
        while waiting:
            each = waiting.pop(0)
            if each not in found:
                found[each] = None
                waiting += self._commits[each].parents
        return list(found)


def _hash(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def _bytes_of(content: Content) -> bytes:
    raw = content.content if isinstance(content, StoredFile) else content
    return raw.encode() if isinstance(raw, str) else raw


def _compare_file(path: str, before: bytes | None, after: bytes | None) -> ChangedFile:
    status = "added" if before is None else "removed" if after is None else "modified"
    added, removed = (0 if data is None else data.count(b"\n") for data in (after, before))
    return ChangedFile(path=path, status=status, additions=added, deletions=removed, patch="")


def _entry(path: str, data: bytes) -> Entry:
    return Entry(path=path, sha=_hash(data), kind="blob", mode="100644", size=len(data))
