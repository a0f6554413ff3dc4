"""Which files and folders of the workspace the session made itself: it may empty and delete them.

A path counts as made if nothing was there when the call that makes it was judged. What was moved into such a folder
from elsewhere is not the session's, and then the folder is not either.
"""

from __future__ import annotations

import os

from hooks.policy.paths import is_inside
from hooks.policy.ruling import Context, SessionFiles

DEPTH_LIMIT = 60
"""Folders above a path that are looked at."""


class FilesMade:
    """What one judgement adds to what the session made before."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._workspace = str(context.workspace)
        self._made: set[str] = set()
        self._moved_in: set[str] = set()
        self._links: dict[str, str] = {}
        self._named: set[str] = set()

    def as_value(self) -> SessionFiles:
        """What this call makes, for the calls that follow."""
        return SessionFiles(
            made=frozenset(self._made),
            moved_in=frozenset(self._moved_in),
            links=tuple(self._links.items()),
            named=frozenset(self._named),
        )

    def note_named(self, kind: str, name: str) -> None:
        """The call makes something that is no file."""
        self._named.add(f"{kind} {name}")

    def has_made(self, kind: str, name: str) -> bool:
        """Whether the session made it, in this call or before."""
        return f"{kind} {name}" in self._named | self._context.files.named

    def make(self, path: str, *, parents: bool = False) -> None:
        """The call makes this file or folder, with `parents` the folders above it too, as far as they are missing."""
        for each in self._upwards(path)[: DEPTH_LIMIT if parents else 1]:
            if os.path.lexists(each):
                break
            self._made.add(each)

    def move_in(self, path: str) -> None:
        """Something that the session did not make is moved to this path."""
        self._moved_in.add(path)

    def link(self, name: str, target: str) -> None:
        """The call makes a symbolic link. Only where the gate cannot read links it has to remember them."""
        if any(is_inside(name, str(folder)) for folder in self._context.born_empty):
            self._links[name] = target

    def is_own(self, path: str) -> bool:
        """Whether the session made this path, or a folder above it, and everything that is in it."""
        before = self._context.files
        return not self.holds_moved(path) and any(
            made in self._made or made in before.made for made in self._upwards(path)
        )

    def holds_moved(self, path: str) -> bool:
        """Whether something that the session did not make was moved to this path, or into it."""
        moved = self._moved_in | self._context.files.moved_in
        return any(is_inside(each, path) or is_inside(path, each) for each in moved)

    def _upwards(self, path: str) -> list[str]:
        """The path and the folders above it, up to a symbolic link, behind which lies something else."""
        found: list[str] = []
        while is_inside(path, self._workspace) and path != self._workspace and len(found) < DEPTH_LIMIT:
            found.append(path)
            path = os.path.dirname(path)  # noqa: PTH120 -- plain strings, as all paths here
            if os.path.islink(path):  # noqa: PTH114 -- plain strings, as all paths here
                break
        return found
