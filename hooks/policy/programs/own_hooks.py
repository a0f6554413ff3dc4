"""A makefile or a script of the repository that puts one of the repository's own scripts where git looks for hooks."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse, sources_and_target
from hooks.policy.paths import is_inside
from hooks.policy.tables import value_options

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

HOOK = re.compile(r"/\.git/hooks/[\w-]+")
PLACES = frozenset({"ln", "cp", "install"})


def installs_own_hook(command: Command, shell: Shell) -> bool:
    """Whether the repository's code links or copies a script that this session has not written, or makes it
    executable. What the session asks for itself is refused."""
    if not shell.memory.judges_repository:
        return False
    workspace = str(shell.context.workspace)
    sources, target = sources_and_target(parse(command.arguments, value_options("copy")))
    places = [path or "" for path in shell.resolve(target)]
    if not all(is_inside(path, workspace) and HOOK.fullmatch(path[len(workspace) :]) for path in places):
        return False
    if command.program == "chmod":
        return sources in {("+x",), ("a+x",), ("u+x",), ("755",)}
    linked = command.program == "ln" and any(re.match(r"-\w*s|--symbolic", word) for word in command.arguments)
    return command.program in PLACES and all(
        _is_reviewed(f"{os.path.dirname(target)}/{source}" if linked and source[:1] != "/" else source, shell)  # noqa: PTH120
        for source in sources
    )


def _is_reviewed(word: str, shell: Shell) -> bool:
    """Whether a word names a file that the repository had before this session."""
    found = [path for path in shell.resolve(word) if path is not None]
    inside = [path for path in found if is_inside(path, str(shell.context.workspace)) and os.path.isfile(path)]  # noqa: PTH113
    new = [path for path in inside if shell.memory.is_own(path) or shell.memory.is_fetched(path)]
    return bool(inside) and inside == found and not new
