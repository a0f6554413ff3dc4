"""Deleting, shredding and emptying: files one by one, folders only where they are build output."""

from __future__ import annotations

import fnmatch
import os
import re
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.content import FEW, lists_files
from hooks.policy.programs.every_command import check_place
from hooks.policy.shell.memory import MADE_BY_MKTEMP
from hooks.policy.shell.printing import predict_output
from hooks.policy.shell.values import UNKNOWN, Command, program_name
from hooks.policy.tables import read_list

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

TEMPORARY = ("/tmp", "/private/tmp", "/var/tmp", "/var/folders", MADE_BY_MKTEMP)  # noqa: S108 -- judged, not opened


def check_rm(command: Command, shell: Shell) -> None:
    """`rm`: one by one inside the workspace is fine; recursively only build outputs and what the session made.

    `-f` on a file that is named deletes no more than `rm` does; on names that are not known it may delete any.
    """
    options = parse(command.arguments)
    uncertain = any(UNKNOWN in word and word.startswith("-") for word in command.arguments)
    recursive = uncertain or options.has("-r", "-R", "--recursive", "--no-preserve-root")
    forced = options.has("-f", "--force")
    if recursive and not options.operands:
        shell.refuse_unless_lenient("delete.recursive", command.argv)
    for operand in filter(None, options.operands):  # `rm -rf ""` deletes nothing
        passing = operand.startswith(TEMPORARY)
        everything = re.search(r"(^|/)\*$", operand) is not None and not passing
        if recursive or everything or (UNKNOWN in operand and (forced or lists_files(shell))):
            check_tree_deletion(operand, shell)
        elif _is_found(operand, shell):
            check_set_deletion(operand, shell)
        else:
            check_file_deletion(operand, shell)


def _is_found(operand: str, shell: Shell) -> bool:
    """Whether a pattern stands for what `find` prints: its files in all folders below."""
    found = (Command(argv=argv) for argv in shell.memory.log[-FEW:] if argv and program_name(argv[0]) == "find")
    return any((predict_output(each, shell) or "").strip() == operand for each in found)


def check_tree_deletion(word: str, shell: Shell) -> None:
    """Something is deleted with everything below it."""
    for path in shell.resolve(word):
        if path is None:
            _check_unknown_tree(word, shell)
        elif not may_delete_tree(path, word, shell):
            shell.refuse("delete.recursive", word)


def check_set_deletion(word: str, shell: Shell) -> None:
    """All files of one name are deleted, in every folder below: leftovers of tools may be, others are not known."""
    name, workspace = word.rpartition("/")[2], str(shell.context.workspace)
    inside = all(path is not None and paths.is_inside(path, workspace) for path in shell.resolve(word))
    if not (inside and any(fnmatch.fnmatchcase(name, each) for each in read_list("leftovers"))):
        check_tree_deletion(word, shell)


def _check_unknown_tree(word: str, shell: Shell) -> None:
    last = word.rstrip("/*").rpartition("/")[2]
    if paths.is_output_name(last) and ".." not in word:
        return
    shell.refuse_unless_lenient("delete.recursive", word)


def may_delete_tree(path: str, word: str, shell: Shell) -> bool:
    """Whether a path may be deleted with everything below it."""
    context = shell.context
    temporary = paths.is_temporary(path, context) or paths.is_inside(path, MADE_BY_MKTEMP)
    if (temporary and not shell.memory.files.holds_moved(path)) or shell.memory.files.is_own(path):
        return True
    workspace = str(context.workspace)
    if os.path.isfile(path) and not os.path.islink(path) and paths.is_inside(path, workspace) and "/.git/" not in path:  # noqa: PTH113, PTH114
        return True  # one file, however sweeping the option
    if not paths.is_inside(path, workspace) or path == workspace or re.search(r"/\.git(/|$)", path):
        return False
    if not paths.is_inside(os.path.realpath(os.path.dirname(path)), os.path.realpath(workspace)):  # noqa: PTH120
        return False
    return paths.is_build_output(path, workspace) or (shell.memory.judges_repository and not re.search(r"[*?]$", word))


def check_file_deletion(word: str, shell: Shell) -> None:
    """One file is deleted or moved away."""
    for path in shell.resolve(word):
        if path is None:
            continue
        if path in {str(shell.context.workspace), str(shell.context.home), "/"}:
            shell.refuse("delete.outside", word)
        check_place(path, shell)
        if re.search(r"/\.git(/|$)", path):
            shell.refuse("guards.files", word)
        own = (shell.context.workspace, *shell.context.scratch, *TEMPORARY)
        if not path.startswith("/dev/") and not any(paths.is_inside(path, str(folder)) for folder in own):
            shell.refuse("delete.outside", word)


def check_unlink(command: Command, shell: Shell) -> None:
    """`unlink`, `rmdir`: one name each."""
    for operand in parse(command.arguments).operands:
        if UNKNOWN in operand and lists_files(shell):
            check_tree_deletion(operand, shell)
        else:
            check_file_deletion(operand, shell)


def check_rimraf(command: Command, shell: Shell) -> None:
    """Programs that delete what they are given, with everything below it."""
    operands = parse(command.arguments, "-G --glob").operands
    for operand in operands:
        check_tree_deletion(operand, shell)


def check_test_folder(command: Command, shell: Shell) -> None:
    """`pytest --basetemp=FOLDER` empties the folder first."""
    for name in parse(command.arguments, "--basetemp").values("--basetemp"):
        check_tree_deletion(name, shell)


TABLE: Table = build_table(__name__, check_test_folder, check_rm, check_unlink, check_rimraf)
