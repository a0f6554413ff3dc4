"""What emptying a file would lose."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.shell.values import program_name
from hooks.policy.tables import read_list

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

FEW = 12
"""How many earlier commands are looked at for the origin of names that are not known."""


def lists_files(shell: Shell) -> bool:
    """Whether names that are not known come from a program that lists files, so that they may be all that there are."""
    programs = {program_name(argv[0]) for argv in shell.memory.log[-FEW:] if argv}
    return not programs.isdisjoint(read_list("file_listers")) and programs.isdisjoint({"head", "tail"})


def may_be_emptied(path: str, shell: Shell) -> bool:
    """Whether a path is the session's to empty: a file that it made, a temporary file, a build output."""
    own = paths.is_temporary(path, shell.context) or shell.memory.files.is_own(path)
    return own or path.startswith("/dev/") or paths.is_build_output(path, str(shell.context.workspace))


def has_content(path: str) -> bool:
    """Whether a file is there that is not empty."""
    return os.path.isfile(path) and os.path.getsize(path) > 0  # noqa: PTH113, PTH202 -- hot path, plain strings


def check_emptied(word: str, shell: Shell) -> None:
    """A command is for emptying what this word names, or makes an empty file of that name."""
    for path in shell.resolve(word):
        if path is None or not (may_be_emptied(path, shell) or (os.path.isfile(path) and not has_content(path))):  # noqa: PTH113
            shell.refuse("delete.content", word)


def check_overwritten(word: str, shell: Shell) -> None:
    """A command leaves nothing of what this file holds, if it is there; nor of any file that a loop goes through."""
    for path in shell.resolve(word):
        if path is None and lists_files(shell):
            shell.refuse_unless_lenient("delete.content", word)
        many = path is not None and "*" in path
        if path is not None and (many or has_content(path)) and not may_be_emptied(path, shell):
            shell.refuse("delete.content", word)


def check_emptied_by_code(word: str, shell: Shell) -> None:
    """A program opens a file to write and writes nothing. Where not even its folder is there yet, it is not known what
    will be there."""
    for path in shell.resolve(word):
        if path is None or may_be_emptied(path, shell):
            continue
        if has_content(path) or not os.path.isdir(os.path.dirname(path)):  # noqa: PTH112, PTH120
            shell.refuse_unless_lenient("delete.content", word)
