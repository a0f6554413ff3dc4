"""What the broker refuses of a change, for tests that ask for nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.broker import sort_protected
from bot.core.changes import FileChange


def protected_paths(changes: Iterable[FileChange], additional: Iterable[str] = ()) -> list[str]:
    return [note.path for note in sort_protected(changes, protected=additional).refused]
