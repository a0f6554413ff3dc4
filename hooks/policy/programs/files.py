"""Moving, copying and writing files, and changing their modes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.asking import is_dry_run
from hooks.policy.options import Options, parse, sources_and_target
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.deletion import check_file_deletion, check_tree_deletion, may_delete_tree
from hooks.policy.programs.every_command import check_place, check_write
from hooks.policy.programs.links import keep_links, place_sources, remember_links
from hooks.policy.shell.memory import PROGRAM
from hooks.policy.shell.values import Feed
from hooks.policy.tables import value_options

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

LINKERS = frozenset({"ln", "link"})


def check_mv(command: Command, shell: Shell) -> None:
    """`mv`: what moves away is gone from its place; what it lands on is overwritten."""
    options = parse(command.arguments, value_options("move"))
    sources, target = sources_and_target(options)
    for source in sources:
        path = shell.resolve(source)[0]
        if path is not None and not _may_move(path, shell):
            shell.refuse("delete.outside", source)
        check_file_deletion(source, shell)
    if options.operands[-1:] == ("/dev/null",):
        shell.refuse("delete.content", command.argv)
    _check_replaced(target, shell)
    _remember_copied(options, shell)
    keep_links(options, shell)


def _may_move(path: str, shell: Shell) -> bool:
    home, workspace = str(shell.context.home), str(shell.context.workspace)
    return not paths.is_inside(home, path) and not paths.is_inside(workspace, path)


def check_cp(command: Command, shell: Shell) -> None:
    """`cp`, `install`, `ln`: the destination is written; a link takes its place."""
    options = parse(command.arguments, value_options("copy"))
    sources, target = sources_and_target(options)
    if command.program in LINKERS:
        for source in sources:
            path = shell.resolve(source)[0]
            if path is not None and paths.is_secret(path, shell.context):
                shell.refuse("secrets.file", source)
        _check_replaced(target, shell)
        remember_links(
            options, shell, from_link=options.has("-s", "--symbolic") and not options.has("-r", "--relative")
        )
    else:
        _check_destination(target, shell)
    _remember_copied(options, shell)
    if command.program == "cp":
        _remember_cp_links(options, shell)


def _remember_cp_links(options: Options, shell: Shell) -> None:
    """`cp -s` and `cp -l` make links, `cp -P` and `cp -a` copy them as such."""
    if options.has("-s", "--symbolic-link", "-l", "--link"):
        remember_links(options, shell, from_link=options.has("-s", "--symbolic-link"))
    elif options.has("-P", "--no-dereference", "-a", "--archive", "-d", "-r", "-R", "--recursive"):
        keep_links(options, shell)


def _remember_copied(options: Options, shell: Shell) -> None:
    """What is known of a file is known of its copy, under the new name. A link leads to the file itself."""
    sources, target = sources_and_target(options)
    for word, path in (*place_sources(sources, target, shell), *_placed_in_made(sources, target, shell)):
        for source in shell.resolve(word) if path not in shell.memory.links else ():
            _remember_copy(source, path, shell)


def _remember_copy(source: str | None, path: str, shell: Shell) -> None:
    """A copy of a program, or a link to it, runs as that program; of a source that is not known, so does the copy."""
    if source is None or (re.search(r"[*?\[]", source) and PROGRAM.fullmatch(source)):
        shell.memory.wrote.setdefault(path, None)
    elif PROGRAM.fullmatch(source):
        shell.memory.remember_program(path, source)
    else:
        _remember_text(source, path, shell)


def _remember_text(source: str, path: str, shell: Shell) -> None:
    """What the repository's script does counts as reviewed in its copy too."""
    memory = shell.memory
    own, (exists, text) = memory.is_own_file(source, shell.scope), memory.read_content(source)
    if text is not None or (exists and own):
        memory.remember(path, Feed(text=text), shell.scope)
        if text is not None and not own:
            memory.inherited[path] = text
    if source in memory.drafts:
        memory.drafts[path] = memory.drafts[source]
    if memory.is_fetched(source):
        memory.fetched.add(path)


def _placed_in_made(sources: tuple[str, ...], target: str, shell: Shell) -> Iterator[tuple[str, str]]:
    """A folder that the session made need not be there yet when the call is judged. A file or link is none."""
    files = {*shell.memory.wrote, *shell.memory.links}
    made = [path for path in shell.resolve(target) if path and shell.memory.files.is_own(path)]
    if any(not os.path.lexists(path) and path not in files for path in made):
        yield from place_sources(sources, f"{target}/", shell)


def _check_destination(target: str, shell: Shell) -> None:
    for path in shell.resolve(target) if target else (None,):
        check_write(path, shell)


def _check_replaced(target: str, shell: Shell) -> None:
    """What was a link is none any more; where it leads to a folder, the file lands in that."""
    for path in shell.resolve(target) if target else ():
        check_place(path, shell)
        if path is not None and os.path.isdir(behind := shell.memory.behind_links(path)):  # noqa: PTH112
            check_write(behind, shell)


def check_chmod(command: Command, shell: Shell) -> None:
    """`chmod`, `chown`, `chgrp`: recursive ones only inside build outputs; set-user-id never."""
    options = parse([word for word in command.arguments if not re.fullmatch(r"[-+=][rwxXst]+", word)])
    recursive = options.has("-R", "--recursive")
    if command.program == "chmod" and re.search(
        r"(^|,)[ugoa]*\+[rwx]*s|^0?[4-7]\d{3}$", " ".join(options.operands[:1])
    ):
        shell.refuse("system.privilege", command.argv)
    reference = options.has("--reference")
    symbolic = len(options.operands) < len([word for word in command.arguments if not word.startswith("--")])
    targets = options.operands if reference or (symbolic and not recursive) else options.operands[1:]
    for target in targets or (options.operands if recursive else ()):
        for path in shell.resolve(target):
            if recursive and (path is None or not may_delete_tree(path, target, shell)):
                shell.refuse("delete.permissions", command.argv)
            _check_mode_change(path, shell)


def _check_mode_change(path: str | None, shell: Shell) -> None:
    """Closing one's own key file is good practice; the guards and the system keep their modes."""
    if path is not None and not paths.is_startup(path, shell.context):
        check_write(path, shell)


def check_dd(command: Command, shell: Shell) -> None:
    """`dd of=…`."""
    for word in command.arguments:
        if word.startswith("of="):
            path = shell.resolve(word[3:])[0]
            if path is None or (path.startswith("/dev/") and path not in {"/dev/null", "/dev/stdout", "/dev/stderr"}):
                shell.refuse("device", word)
            check_write(path, shell)
            for source in (each[3:] for each in command.arguments if each.startswith("if=")):
                _remember_copy(shell.resolve(source)[0], path, shell)


def check_tee(command: Command, shell: Shell) -> None:
    """`tee` writes each file that it names."""
    for operand in parse(command.arguments).operands:
        for path in shell.resolve(operand):
            check_write(path, shell)
        if re.match(r"/dev/(tcp|udp)/", operand):
            shell.refuse("remote.shell", operand)
        shell.memory.remember(operand, command.feed, shell.scope)


OUTPUT_OPTIONS = {"unzip": ("-d",)}


def check_output(command: Command, shell: Shell) -> None:
    """`sort -o FILE`, `cc -o FILE`, `unzip -d FOLDER`: where a program puts what it makes."""
    names = OUTPUT_OPTIONS.get(command.program, ("-o", "--output"))
    for before, word in pairwise(("", *command.arguments)):
        option, _, value = word.partition("=")
        joined = word[2:] if word[:2] == names[0] and word[2:3] in {"/", "~"} else ""
        target = word if before in names else value if option in names else joined
        for path in shell.resolve(target) if target else ():
            check_write(path, shell)


def check_rsync(command: Command, shell: Shell) -> None:
    """`rsync`: to another machine, deleting at its destination, or through another program than ssh."""
    if is_dry_run(command.arguments, ("-n", "--dry-run"), value_options("rsync")):
        return
    options = parse(command.arguments, value_options("rsync"))
    for program in options.values("-e", "--rsh"):
        shell.judge_text(program)
    target = options.operands[-1] if len(options.operands) > 1 else ""
    if re.match(r"([^/:]+@)?[\w.-]+::?", target):
        shell.refuse("deploy.shell", target)
    if target and any(name.startswith(("--del", "--remove-source")) for name, _ in options.given):
        for word in options.operands if options.has("--remove-source-files") else (target,):
            check_tree_deletion(word, shell)
    if target:
        check_write(shell.resolve(target)[0], shell)
        _remember_copied(options, shell)


TABLE: Table = build_table(
    __name__,
    check_mv,
    check_dd,
    check_tee,
    check_rsync,
    check_output,
    check_cp,
    check_chmod,
)
