"""The empty environment for Python that a set-up made, for the one that is tried next where the first one fails."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.adapters.environments import copy_tree
from bot.adapters.git.workspace import remove_tree
from bot.core.environment.python import makes_environment
from bot.core.environment.values import Command
from bot.core.ran import Ran


@dataclass(slots=True)
class SparePython:
    """`folder`: where it is kept; None: there is no set-up that could be tried next."""

    folder: Path | None
    _command: str = ""

    def take(self, command: Command, python: Path) -> Ran | None:
        """Put it in the place of `python`, as it was before anything was installed. None if this command makes another
        one, or none was kept: it has to run."""
        if self.folder is None or command.text != self._command or not self.folder.is_dir():
            return None
        remove_tree(python)
        self.folder.rename(python)
        return Ran(code=0, seconds=0.0)

    def keep(self, command: Command, ran: Ran, python: Path) -> None:
        """Raises CommandFailed and OSError."""
        if self.folder is not None and makes_environment(command) and ran.passed and not self._command:
            copy_tree(python, self.folder)
            self._command = command.text

    def remove(self) -> None:
        if self.folder is not None:
            remove_tree(self.folder)
