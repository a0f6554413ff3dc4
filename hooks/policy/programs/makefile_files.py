"""The files that a makefile includes: by name, by pattern, in the folders of `-I`, as they are or as they were.

Lists of dependencies that a compiler wrote are many, and hold no recipes: of those that are not the session's the
first ones are read.
"""

from __future__ import annotations

import glob
import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from hooks.policy.paths import is_inside
from hooks.policy.shell.work import at_most

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

DEPENDENCIES = (".d", ".dep", ".Po", ".Plo", ".Tpo", ".depend")
READ = 20
FOUND = 200


class IncludedFiles:
    """Reads what one makefile includes, and remembers whether any of it is the session's."""

    def __init__(self, makefile: str, folders: tuple[str, ...], shell: Shell) -> None:
        self.own = False
        self._shell = shell
        self._dependencies: list[str] = []
        found = [path for name in folders for path in shell.resolve(name) if path]
        self._folders = [os.path.dirname(makefile), *sorted(shell.scope.folders), *found]  # noqa: PTH120 -- plain strings
        self._written = frozenset(shell.memory.own_files())

    def read(self, name: str) -> list[str]:
        """The texts of the files as they are."""
        texts = [(path, self._shell.memory.read_content(path)[1]) for path in self._find(name)]
        self.own = self.own or any(path in self._written for path, _ in texts)
        return [text for _, text in texts if text is not None]

    def read_original(self, name: str) -> list[str]:
        """The texts that they had before this session wrote them."""
        texts = [(path, self._shell.memory.read_content(path)[1]) for path in self._find(name)]
        return [self.original(path, text) for path, text in texts if text is not None]

    def original(self, path: str, text: str) -> str:
        return self._shell.memory.read_inherited(path) if self._shell.memory.is_own(path) else text

    def _find(self, name: str) -> list[str]:
        """The paths in the first folder that has such a file."""
        for folder in dict.fromkeys(self._folders):
            found = self._find_in(os.path.normpath(os.path.join(folder, name)))  # noqa: PTH118 -- plain strings
            if found:
                return found
        return []

    def _find_in(self, path: str) -> list[str]:
        if "*" in path or "?" in path or "[" in path:
            return self._find_all(path)
        if path in self._written:
            return [path]
        if not os.path.isfile(path) or self._is_further_dependency(path):  # noqa: PTH113 -- plain strings
            return []
        return [path]

    def _find_all(self, pattern: str) -> list[str]:
        workspace = str(self._shell.context.workspace)
        there = at_most(FOUND, glob.iglob(pattern)) if is_inside(pattern, workspace) else []  # noqa: PTH207
        if pattern.endswith(DEPENDENCIES):
            there = there[:READ]
        written = [path for path in self._written if fnmatchcase(path, pattern)]
        return sorted({*there, *written})

    def _is_further_dependency(self, path: str) -> bool:
        if not path.endswith(DEPENDENCIES) or path in self._dependencies:
            return False
        if len(self._dependencies) >= READ:
            return True
        self._dependencies.append(path)
        return False
