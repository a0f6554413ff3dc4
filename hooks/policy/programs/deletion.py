"""Deleting, shredding and emptying: files one by one, folders only where they are build output."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.asking import asks
from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.every_command import check_write
from hooks.policy.shell.session import MADE_BY_MKTEMP
from hooks.policy.shell.values import UNKNOWN

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

TEMPORARY = ("/tmp", "/private/tmp", "/var/tmp", "/var/folders", MADE_BY_MKTEMP)  # noqa: S108 -- judged, not opened


def check_rm(command: Command, shell: Shell) -> None:
    """`rm`: one by one inside the workspace is fine; recursively only build outputs.

    `-f` on a file that is named deletes no more than `rm` does; on names that are not known it may delete any.
    """
    options = parse(command.arguments)
    uncertain = any(UNKNOWN in word and word.startswith("-") for word in command.arguments)
    recursive = uncertain or options.has("-r", "-R", "--recursive", "--no-preserve-root")
    forced = options.has("-f", "--force")
    if recursive and not options.operands:
        shell.refuse_unless_lenient("delete.recursive", command.argv)
    for operand in options.operands:
        passing = operand.startswith(TEMPORARY)
        everything = re.search(r"(^|/)\*$", operand) is not None and not passing
        if recursive or everything or (forced and UNKNOWN in operand):
            check_tree_deletion(operand, shell)
        else:
            check_file_deletion(operand, shell)


def check_tree_deletion(word: str, shell: Shell) -> None:
    """Something is deleted with everything below it."""
    for path in shell.resolve(word):
        if path is None:
            _check_unknown_tree(word, shell)
        elif not may_delete_tree(path, word, shell):
            shell.refuse("delete.recursive", word)


def _check_unknown_tree(word: str, shell: Shell) -> None:
    last = word.rstrip("/*").rpartition("/")[2]
    if paths.is_output_name(last) and ".." not in word:
        return
    shell.refuse_unless_lenient("delete.recursive", word)


def may_delete_tree(path: str, word: str, shell: Shell) -> bool:
    context = shell.context
    if any(paths.is_inside(path, str(folder)) for folder in context.scratch) or paths.is_inside(path, MADE_BY_MKTEMP):
        return True
    workspace = str(context.workspace)
    if os.path.isfile(path) and not os.path.islink(path) and paths.is_inside(path, workspace) and "/.git/" not in path:  # noqa: PTH113, PTH114
        return True  # one file, however sweeping the option
    if not paths.is_inside(path, workspace) or path == workspace or re.search(r"/\.git(/|$)", path):
        return False
    if not paths.is_inside(os.path.realpath(os.path.dirname(path)), os.path.realpath(workspace)):  # noqa: PTH120
        return False
    return paths.is_build_output(path, workspace) or (bool(shell.session.lenient) and not re.search(r"[*?]$", word))


def check_file_deletion(word: str, shell: Shell) -> None:
    """One file is deleted or moved away."""
    for path in shell.resolve(word):
        if path is None:
            continue
        if path in {str(shell.context.workspace), str(shell.context.home), "/"}:
            shell.refuse("delete.outside", word)
        check_write(path, shell)
        if re.search(r"/\.git(/|$)", path):
            shell.refuse("guards.files", word)
        own = (shell.context.workspace, *shell.context.scratch, *TEMPORARY)
        if not path.startswith("/dev/") and not any(paths.is_inside(path, str(folder)) for folder in own):
            shell.refuse("delete.outside", word)


def check_shred(command: Command, shell: Shell) -> None:
    """`shred`, `srm`, `wipe`: what they destroy cannot be restored."""
    if not asks(command.arguments, as_word=False):
        shell.refuse("delete.content", command.argv)


def check_unlink(command: Command, shell: Shell) -> None:
    """`unlink`, `rmdir`: one name each."""
    for operand in parse(command.arguments).operands:
        check_file_deletion(operand, shell)


def check_truncate(command: Command, shell: Shell) -> None:
    """`truncate -s 0 file` empties it; growing or making a file is fine."""
    options = parse(command.arguments, "-s --size -r --reference")
    if re.fullmatch(r"[<-]?0+[KMGB]*", options.value("-s", "--size") or ""):
        for operand in options.operands:
            path = shell.resolve(operand)[0]
            if path is None or not paths.is_build_output(path, str(shell.context.workspace)):
                shell.refuse("delete.content", operand)
    for operand in options.operands:
        path = shell.resolve(operand)[0]
        check_write(path, shell)
        if path and os.path.isfile(path) and path not in shell.context.written:  # noqa: PTH113
            shell.refuse("delete.content", operand)


def check_find(command: Command, shell: Shell) -> None:
    """`find`: -delete and -exec act on everything below the starting points, as far as -name narrows them."""
    words = list(command.arguments)
    starts = _starting_points(words)
    pattern = _narrowing_name(words)
    for action in ("-fprint", "-fprint0", "-fprintf", "-fls"):
        if action in words[:-1]:
            check_write(shell.resolve(words[words.index(action) + 1])[0], shell)
    if "-delete" in words:
        for start in starts:
            check_tree_deletion(f"{start.rstrip('/')}/{pattern}" if pattern else start, shell)
    for inner in _exec_commands(words):
        if inner[:1] and inner[0].rpartition("/")[2] in {"rm", "unlink"} and pattern is None:
            for start in starts:
                check_tree_deletion(start, shell)
        target = [f"{start.rstrip('/') or '/'}/{pattern or UNKNOWN}" for start in starts]
        argv = [each for word in inner for each in (target if word == "{}" else [word.replace("{}", UNKNOWN)])]
        shell.judge_argv(argv)


def _starting_points(words: list[str]) -> list[str]:
    starts = []
    for word in words:
        if word[:1] in {"-", "(", "!"} and word not in {"-L", "-H", "-P"}:
            break
        if not word.startswith("-"):
            starts.append(word)
    return starts or ["."]


def _narrowing_name(words: list[str]) -> str | None:
    """The one name that narrows the search; None if there are several or none."""
    names = [words[i + 1] for i, word in enumerate(words[:-1]) if word in {"-name", "-iname", "-path", "-wholename"}]
    if len(names) == 1 and not {"-o", "-or", "!", "-not"} & set(words):
        return names[0].rpartition("/")[2] if "/" in names[0].rstrip("*/") else names[0].strip("*/") or names[0]
    outputs = bool(names) and all(
        paths.is_output_name(name.strip("*/")) or paths.is_output_name(name) for name in names
    )
    return names[0] if outputs and not {"!", "-not"} & set(words) else None


def _exec_commands(words: list[str]) -> list[list[str]]:
    """The commands of -exec, -execdir, -ok and -okdir."""
    commands: list[list[str]] = []
    inner: list[str] | None = None
    for word in words:
        if inner is None and word in {"-exec", "-execdir", "-ok", "-okdir"}:
            inner = []
        elif inner is not None and word in {";", "+"}:
            commands.append(inner)
            inner = None
        elif inner is not None:
            inner.append(word)
    return [*commands, inner] if inner else commands


def check_disk_tool(command: Command, shell: Shell) -> None:
    """Programs that partition, format or wipe disks; listing is fine."""
    options = parse(command.arguments)
    if options.has("-l", "--list", "--help", "--version", "-V", "--dump", "-I", "-i") and not options.has(
        "-a", "--all", "-z"
    ):
        return
    if options.operands or options.given:
        shell.refuse("device", command.argv)


def check_rimraf(command: Command, shell: Shell) -> None:
    """Programs that delete what they are given, with everything below it."""
    operands = parse(command.arguments, "-G --glob").operands
    for operand in operands:
        check_tree_deletion(operand, shell)


TABLE: Table = build_table(
    __name__,
    check_rm,
    check_unlink,
    check_truncate,
    check_find,
    check_shred,
    check_rimraf,
    check_disk_tool,
)
