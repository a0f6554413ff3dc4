"""What a session's commits hold that is not its work is taken out of them: by-products of programs, and files that were
different from the base commit before the session began.

`git add -A` takes both. A path that the base commit tracks is never a by-product. A commit that does nothing but store
such different files as git would have them was made on purpose, and stays.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from bot.adapters.git.commits import Commit, trees_of
from bot.adapters.git.objects import Objects
from bot.adapters.git.trees import DEEPEST, SUBMODULE, TREE, Entry, Replacement, TooMuch, TreeFolder, Trees
from bot.core.build_outputs import OUTPUT
from bot.core.by_products import file_kind, folder_kind, in_fixtures

_MOST_COUNTED = 1_000_000
_EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that the session committed and that is not published. `what` completes a sentence that begins with the
    path."""

    path: str
    what: str

    @classmethod
    def of_output(cls, folder: bytes) -> Self:
        """Of a folder that was not committed: the session may have meant to leave it there."""
        return cls(
            f"{folder.decode(errors='replace')}/", f"was left in the workspace and is not published: it is {OUTPUT}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """Commits with their trees as they are published. `emptied`: the names of those of which nothing is left."""

    commits: list[Commit]
    emptied: frozenset[str] = frozenset()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaner:
    """`base` is the base commit's tree. `never`: paths that are not collected, unless `base` has them. `submodules`:
    paths of those that are checked out, which stay as `base` has them. `untouched`: by path, the object of the base
    commit that stays in the place of the one that `git add` makes of the file as it was checked out. `tracked`: the
    names of all folders in which `base` tracks files."""

    trees: Trees
    base: str
    never: Collection[bytes] = ()
    submodules: Collection[bytes] = ()
    untouched: Mapping[bytes, Mapping[str, str]] = field(default_factory=dict)
    tracked: Callable[[], Collection[str]] = tuple
    _left_out: dict[str, LeftOut] = field(default_factory=dict)
    _known: dict[tuple[str | None, str, bytes, bool], str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def clean(self, commits: Sequence[Commit], gitdir: Path, objects: Objects) -> Cleaned:
        restored = self._restore(commits, objects)
        made, emptied = dict[str, str](), set[str]()
        for commit, old in trees_of(objects, list(commits)):
            made[commit.tree] = made.get(commit.tree) or self._tree(commit.tree, restored)
            if len(commit.parents) == 1 and commit.tree != old and made[commit.tree] == made.get(old or "", old):
                emptied.add(commit.name)
        with tempfile.TemporaryDirectory(prefix="trees-", dir=gitdir.parent) as folder:
            self.trees.write(gitdir, Path(folder))
        return Cleaned(
            commits=[replace(commit, tree=made[commit.tree]) for commit in commits],
            emptied=frozenset(emptied),
            left_out=tuple(self._left_out.values()),
        )

    def _tree(self, tree: str, restored: Replacement) -> str:
        try:
            cleaned = self._without_by_products(self.base, tree, ())
            return self.trees.replace(cleaned, restored) if restored.inside else cleaned
        except TooMuch:
            return tree

    # Files that were different before the session began

    def _restore(self, commits: Sequence[Commit], objects: Objects) -> Replacement:
        """What is put back: without the paths that a commit changes which changes nothing else."""
        every = Replacement()
        for path, names in self.untouched.items():
            every.add(path, names)
        if not every.inside:
            return every
        try:
            meant = {
                path for commit, old in trees_of(objects, list(commits)) for path in self._meant(commit, old, every)
            }
        except TooMuch:
            return every
        kept = Replacement()
        for path, names in self.untouched.items():
            if path not in meant:
                kept.add(path, names)
        return kept

    def _meant(self, commit: Commit, old: str | None, every: Replacement) -> list[bytes]:
        if (
            old is None
            or old == commit.tree
            or self.trees.replace(commit.tree, every) != self.trees.replace(old, every)
        ):
            return []
        return [path for path in self.untouched if self.trees.find(commit.tree, path) != self.trees.find(old, path)]

    # By-products

    def _without_by_products(self, base: str | None, tree: str, path: tuple[bytes, ...]) -> str:
        if tree == base:
            return tree
        if len(path) > DEEPEST:
            raise TooMuch
        fixtures = in_fixtures([os.fsdecode(part) for part in path])
        key = (base, tree, path[-1] if path else b"", fixtures)
        if key not in self._known or self._is_around_never(path):
            self._known[key] = self._filter(base, tree, path, fixtures=fixtures)
        return self._known[key]

    def _is_around_never(self, path: tuple[bytes, ...]) -> bool:
        prefix = b"".join(part + b"/" for part in path)
        return any(each.startswith(prefix) for each in (*self.never, *self.submodules))

    def _filter(self, base: str | None, tree: str, path: tuple[bytes, ...], *, fixtures: bool) -> str:
        entries = self.trees.read(tree)
        had = {entry.name: entry for entry in self.trees.read(base)} if base else {}
        kept = [
            each
            for entry in entries
            if (each := self._entry(entry, had.get(entry.name), tree, path, fixtures=fixtures)) is not None
        ]
        return tree if kept == list(entries) else self.trees.make(kept)

    def _entry(
        self, entry: Entry, old: Entry | None, tree: str, path: tuple[bytes, ...], *, fixtures: bool
    ) -> Entry | None:
        """The entry as it is published; None if it is not."""
        if entry == old:
            return entry
        here = (*path, entry.name)
        if old is not None and old.mode == SUBMODULE and b"/".join(here) in self.submodules:
            shown = b"/".join(here).decode(errors="replace")
            self._left_out[shown] = LeftOut(shown, "is a submodule: what was committed of it is not published")
            return old
        if old is None and (what := self._kind(entry, tree, path, fixtures=fixtures)) is not None:
            self._note(entry, here, what)
            return None
        if entry.mode != TREE:
            return entry
        inner = self._without_by_products(old.oid if old is not None and old.mode == TREE else None, entry.oid, here)
        return None if inner == _EMPTY and entry.oid != _EMPTY else Entry(TREE, entry.name, inner)

    def _kind(self, entry: Entry, tree: str, path: tuple[bytes, ...], *, fixtures: bool) -> str | None:
        if b"/".join((*path, entry.name)) in self.never:
            return "made when the repository was set up"
        name, parent = os.fsdecode(entry.name), TreeFolder(self.trees, tree)
        if entry.mode != TREE:
            return file_kind(name, parent, are_fixtures=fixtures)
        around = os.fsdecode(path[-1]) if path else ""
        inside = TreeFolder(self.trees, entry.oid)
        return folder_kind(name, around, inside, parent, are_fixtures=fixtures, tracked=self.tracked)

    def _note(self, entry: Entry, path: tuple[bytes, ...], what: str) -> None:
        shown = b"/".join(path).decode(errors="replace") + "/" * (entry.mode == TREE)
        files = self._count(entry)
        counted = f", {files:,} file{'s' * (files != 1)}" if entry.mode == TREE else ""
        self._left_out[shown] = LeftOut(shown, f"was committed and is not published: it is {what}{counted}")

    def _count(self, entry: Entry, depth: int = 0) -> int:
        if entry.mode != TREE:
            return 1
        if depth > DEEPEST:
            raise TooMuch
        if entry.oid not in self._counts:
            files = sum(self._count(each, depth + 1) for each in self.trees.read(entry.oid))
            self._counts[entry.oid] = min(files, _MOST_COUNTED)
        return self._counts[entry.oid]
