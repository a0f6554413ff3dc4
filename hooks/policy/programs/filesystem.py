"""Deleting, shredding, emptying, moving away, and changing modes."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.options import parse
from hooks.policy.programs import Table, families
from hooks.policy.programs.anything import written
from hooks.policy.shell.session import MADE_BY_MKTEMP
from hooks.policy.shell.values import UNKNOWN, Feed
from hooks.policy.tables import valued

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


TEMPORARY = ("/tmp", "/private/tmp", "/var/tmp", "/var/folders", MADE_BY_MKTEMP)  # noqa: S108 -- judged, not opened


def removed(command: Command, shell: Shell) -> None:
    """`rm`: one by one inside the workspace is fine; recursively only build outputs.

    `-f` on a file that is named deletes no more than `rm` does; on what is not named it sweeps.
    """
    options = parse(command.arguments)
    uncertain = any(UNKNOWN in word and word.startswith("-") for word in command.arguments)
    recursive = uncertain or options.has("-r", "-R", "--recursive", "--no-preserve-root")
    forced = options.has("-f", "--force")
    if recursive and not options.operands:
        shell.doubt("delete.recursive", command.argv)
    for operand in options.operands:
        passing = operand.startswith(TEMPORARY)
        everything = re.search(r"(^|/)\*$", operand) is not None and not passing
        if recursive or everything or (forced and UNKNOWN in operand):
            swept(operand, shell)
        else:
            single(operand, shell)


def swept(word: str, shell: Shell) -> None:
    """Something is deleted with everything below it."""
    for path in shell.resolve(word):
        if path is None:
            _unknown_swept(word, shell)
        elif not _deletable(path, word, shell):
            shell.refuse("delete.recursive", word)


def _unknown_swept(word: str, shell: Shell) -> None:
    last = word.rstrip("/*").rpartition("/")[2]
    if paths.is_output_name(last) and ".." not in word:
        return
    shell.doubt("delete.recursive", word)


def _deletable(path: str, word: str, shell: Shell) -> bool:
    context = shell.context
    if any(paths.inside(path, str(folder)) for folder in context.scratch) or paths.inside(path, MADE_BY_MKTEMP):
        return True
    workspace = str(context.workspace)
    if os.path.isfile(path) and not os.path.islink(path) and paths.inside(path, workspace) and "/.git/" not in path:  # noqa: PTH113, PTH114
        return True  # one file, however sweeping the option
    if not paths.inside(path, workspace) or path == workspace or re.search(r"/\.git(/|$)", path):
        return False
    if not paths.inside(os.path.realpath(os.path.dirname(path)), os.path.realpath(workspace)):  # noqa: PTH120
        return False
    return paths.is_build_output(path, workspace) or (bool(shell.session.lenient) and not re.search(r"[*?]$", word))


def single(word: str, shell: Shell) -> None:
    """One file is deleted or moved away."""
    for path in shell.resolve(word):
        if path is None:
            continue
        if path in {str(shell.context.workspace), str(shell.context.home), "/"}:
            shell.refuse("delete.outside", word)
        written(path, shell)
        if re.search(r"/\.git(/|$)", path):
            shell.refuse("guards.files", word)
        own = (shell.context.workspace, *shell.context.scratch, *TEMPORARY)
        if not path.startswith("/dev/") and not any(paths.inside(path, str(folder)) for folder in own):
            shell.refuse("delete.outside", word)


def shredded(command: Command, shell: Shell) -> None:
    """`shred`, `srm`, `wipe`: what they destroy cannot be brought back."""
    if not parse(command.arguments).has("--help", "--version"):
        shell.refuse("delete.content", command.argv)


def unlinked(command: Command, shell: Shell) -> None:
    """`unlink`, `rmdir`: one name each."""
    for operand in parse(command.arguments).operands:
        single(operand, shell)


def truncated(command: Command, shell: Shell) -> None:
    """`truncate -s 0 file` empties it; growing or making a file is fine."""
    options = parse(command.arguments, "-s --size -r --reference")
    if re.fullmatch(r"[<-]?0+[KMGB]*", options.value("-s", "--size") or ""):
        for operand in options.operands:
            path = shell.resolve(operand)[0]
            if path is None or not paths.is_build_output(path, str(shell.context.workspace)):
                shell.refuse("delete.content", operand)
    for operand in options.operands:
        path = shell.resolve(operand)[0]
        written(path, shell)
        if path and os.path.isfile(path) and path not in shell.context.written:  # noqa: PTH113
            shell.refuse("delete.content", operand)


def found(command: Command, shell: Shell) -> None:
    """`find`: -delete and -exec act on everything below the starting points, as far as -name narrows them."""
    words = list(command.arguments)
    starts = _starting_points(words)
    pattern = _name(words)
    for action in ("-fprint", "-fprint0", "-fprintf", "-fls"):
        if action in words[:-1]:
            written(shell.resolve(words[words.index(action) + 1])[0], shell)
    if "-delete" in words:
        for start in starts:
            swept(f"{start.rstrip('/')}/{pattern}" if pattern else start, shell)
    for inner in _executed(words):
        if inner[:1] and inner[0].rpartition("/")[2] in {"rm", "unlink"} and pattern is None:
            for start in starts:
                swept(start, shell)
        target = [f"{start.rstrip('/') or '/'}/{pattern or UNKNOWN}" for start in starts]
        argv = [each for word in inner for each in (target if word == "{}" else [word.replace("{}", UNKNOWN)])]
        shell.run(argv)


def _starting_points(words: list[str]) -> list[str]:
    starts = []
    for word in words:
        if word[:1] in {"-", "(", "!"} and word not in {"-L", "-H", "-P"}:
            break
        if not word.startswith("-"):
            starts.append(word)
    return starts or ["."]


def _name(words: list[str]) -> str | None:
    """The one name that narrows the search; None if there are several or none."""
    names = [words[i + 1] for i, word in enumerate(words[:-1]) if word in {"-name", "-iname", "-path", "-wholename"}]
    if len(names) == 1 and not {"-o", "-or", "!", "-not"} & set(words):
        return names[0].rpartition("/")[2] if "/" in names[0].rstrip("*/") else names[0].strip("*/") or names[0]
    outputs = bool(names) and all(
        paths.is_output_name(name.strip("*/")) or paths.is_output_name(name) for name in names
    )
    return names[0] if outputs and not {"!", "-not"} & set(words) else None


def _executed(words: list[str]) -> list[list[str]]:
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


def moved(command: Command, shell: Shell) -> None:
    """`mv`: what moves away is gone from its place; what it lands on is overwritten."""
    options = parse(command.arguments, "-t --target-directory -S --suffix")
    target = options.value("-t", "--target-directory")
    sources = options.operands if target else options.operands[:-1]
    for source in sources:
        path = shell.resolve(source)[0]
        if path is not None and not _may_move(path, shell):
            shell.refuse("delete.outside", source)
        single(source, shell)
    if options.operands[-1:] == ("/dev/null",):
        shell.refuse("delete.content", command.argv)
    _landed(command, shell, target or (options.operands[-1] if options.operands else ""))


def _may_move(path: str, shell: Shell) -> bool:
    home, workspace = str(shell.context.home), str(shell.context.workspace)
    return not paths.inside(home, path) and not paths.inside(workspace, path)


def copied(command: Command, shell: Shell) -> None:
    """`cp`, `install`, `ln`: the destination is written."""
    options = parse(command.arguments, "-t --target-directory -S --suffix -m --mode -o --owner -g --group")
    target = options.value("-t", "--target-directory") or (options.operands[-1] if options.operands else "")
    if "/dev/null" in options.operands[:-1] and command.program == "cp":
        shell.refuse("delete.content", target)
    if command.program == "ln":
        for source in options.operands[:-1]:
            path = shell.resolve(source)[0]
            if path is not None and paths.is_secret(path, shell.context):
                shell.refuse("secrets.file", source)
        _linked(options.operands, shell)
    _landed(command, shell, target)


def _linked(operands: tuple[str, ...], shell: Shell) -> None:
    """From here on, paths through the link lead where it points."""
    if len(operands) == 2:  # noqa: PLR2004 -- one source, one name
        link, target = shell.resolve(operands[1])[0], shell.resolve(operands[0])[0]
        if link is not None and target is not None:
            name = f"{link}/{target.rpartition('/')[2]}" if os.path.isdir(link) else link  # noqa: PTH112
            shell.session.link(name, target)


def _landed(command: Command, shell: Shell, target: str) -> None:
    if not target or command.program == "ln":
        written(shell.resolve(target)[0] if target else None, shell)
        return
    operands = parse(command.arguments).operands
    for path in shell.resolve(target):
        written(path, shell)
        if path is not None and not os.path.isdir(path) and len(operands) == 2:  # noqa: PTH112, PLR2004 -- one source
            source = shell.resolve(operands[0])[0]
            exists, text = shell.session.content(source) if source else (False, None)
            if exists:
                shell.session.remember(target, Feed(text=text), shell.scope)
            if source in shell.session.fetched:
                shell.session.fetched.add(path)


def permitted(command: Command, shell: Shell) -> None:
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
            if recursive and (path is None or not _deletable(path, target, shell)):
                shell.refuse("delete.permissions", command.argv)
            _mode_changed(path, shell)


def _mode_changed(path: str | None, shell: Shell) -> None:
    """Closing one's own key file is good practice; the guards and the system keep their modes."""
    if path is not None and not paths.is_startup(path, shell.context):
        written(path, shell)


def device_copied(command: Command, shell: Shell) -> None:
    """`dd of=…`."""
    for word in command.arguments:
        if word.startswith("of="):
            path = shell.resolve(word[3:])[0]
            if path is None or (path.startswith("/dev/") and path not in {"/dev/null", "/dev/stdout", "/dev/stderr"}):
                shell.refuse("device", word)
            written(path, shell)


def formatted(command: Command, shell: Shell) -> None:
    """Programs that partition, format or wipe disks; listing is fine."""
    options = parse(command.arguments)
    if options.has("-l", "--list", "--help", "--version", "-V", "--dump", "-I", "-i") and not options.has(
        "-a", "--all", "-z"
    ):
        return
    if options.operands or options.given:
        shell.refuse("device", command.argv)


def teed(command: Command, shell: Shell) -> None:
    """`tee` writes each file that it names."""
    for operand in parse(command.arguments).operands:
        for path in shell.resolve(operand):
            written(path, shell)
        if re.match(r"/dev/(tcp|udp)/", operand):
            shell.refuse("remote.shell", operand)
        shell.session.remember(operand, command.feed, shell.scope)


def synchronised(command: Command, shell: Shell) -> None:
    """`rsync`: to another machine, deleting at its destination, or through a program of its own."""
    if any(re.fullmatch(r"-[a-zA-Z]*n[a-zA-Z]*|--dry-run", word) for word in command.arguments):
        return
    options = parse(command.arguments, valued("rsync"))
    for program in options.values("-e", "--rsh"):
        shell.code(program)
    target = options.operands[-1] if len(options.operands) > 1 else ""
    if re.match(r"([^/:]+@)?[\w.-]+::?", target) and not re.match(r"[A-Za-z]:[\\/]", target):
        shell.refuse("deploy.shell", target)
    if target and any(name.startswith(("--del", "--remove-source")) for name, _ in options.given):
        for word in options.operands if options.has("--remove-source-files") else (target,):
            swept(word, shell)
    if target:
        written(shell.resolve(target)[0], shell)


def linked_away(command: Command, shell: Shell) -> None:
    """Programs that delete what they are given, with everything below it."""
    operands = parse(command.arguments, "-G --glob").operands
    for operand in operands:
        swept(operand, shell)


TABLE: Table = families(
    __name__,
    removed,
    unlinked,
    truncated,
    found,
    moved,
    device_copied,
    teed,
    synchronised,
    copied,
    permitted,
    shredded,
    linked_away,
    formatted,
)
