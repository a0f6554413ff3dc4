"""Fetches, while no session runs, the history of large repositories that began with their newest commit alone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git import LockHeld, Mirror
from bot.adapters.github import GitHubFailed
from bot.core.failures import TaskFailed

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """`mirrors`: the folder of bare mirrors, `OWNER/NAME.git`; `mirror` opens the one of a repository."""

    mirrors: Path
    mirror: Callable[[str], Mirror]

    def fetch(self, stopping: Callable[[], bool]) -> None:
        """Every mirror that lacks some, until `stopping`. What fails is tried again another time."""
        for folder in sorted(self.mirrors.glob("*/*.git/shallow")):
            name = f"{folder.parent.parent.name}/{folder.parent.name.removesuffix('.git')}"
            if stopping():
                return
            try:
                whole = self.mirror(name).deepen(stopping)
            except (TaskFailed, GitHubFailed, OSError) as trouble:
                if not isinstance(trouble, LockHeld):
                    _log.warning("%s: its history could not be fetched: %s", name, trouble)
            else:
                _log.info("%s: %s of its history is fetched now", name, "all" if whole else "more")
