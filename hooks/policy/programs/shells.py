"""Shells, and the shell's own ways to run text: -c, scripts, standard input, `source`, `eval`, `trap`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.options import parse
from hooks.policy.programs import Table, families
from hooks.policy.programs.scripts import fed_code, run_file, unknown_code
from hooks.policy.shell.facade import STAND_IN
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import listed, valued

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


def shell_program(command: Command, shell: Shell) -> None:
    """A shell: its -c text, its script, or what it reads on standard input."""
    words = list(command.arguments)
    for position, word in enumerate(words):
        if re.fullmatch(
            r"-[a-zA-Z]*c[a-zA-Z]*|--command|-Command|-EncodedCommand|-e[nc]*", word
        ) and not word.startswith("--r"):
            rest = [each for each in words[position + 1 :] if each != "--"]
            if not rest:
                return
            if UNKNOWN in rest[0] and not re.sub(r"[\0\s]", "", rest[0]):
                unknown_code(command, shell)
            shell.code(rest[0], command.feed, positional=tuple(rest[2:]), zero=(rest[1:2] or ["bash"])[0])
            return
    options = parse(words, valued("shell"), until_operand=True)
    for name in options.values("--rcfile", "--init-file"):
        run_file(name, "bash", command, shell)
    reads_input = options.has("-s") or not options.operands or options.operands[0] in {"-", "/dev/stdin", "/dev/fd/0"}
    if not reads_input:
        run_file(options.operands[0], "bash", command, shell, arguments=options.operands[1:])
    elif command.feed.present:
        fed_code(command.feed, "bash", command, shell)


def dot(command: Command, shell: Shell) -> None:
    """`source` and `.`: the file's commands run in this shell."""
    words = [word for word in command.arguments if word != "--"]
    if not words:
        return
    if words[0] in {"/dev/stdin", "/dev/fd/0"}:
        fed_code(command.feed, "bash", command, shell)
        return
    path = shell.resolve(words[0])[0]
    if path and paths.is_secret(path, shell.context):
        shell.refuse("secrets.file", words[0])
    run_file(words[0], "bash", command, shell)


def evaluated(command: Command, shell: Shell) -> None:
    """`eval`: its words are shell text."""
    words = [word for word in command.arguments if word not in {"--"}]
    text = " ".join(words)
    if not words and command.feed.present and command.feed.sources:
        fed_code(command.feed, "bash", command, shell)
    if UNKNOWN in text and not re.sub(r"[\0\s]", "", text):
        recent = {argv[0].rpartition("/")[2] for argv in shell.session.log[-12:] if argv}
        if recent & listed("downloaders"):
            shell.refuse("remote.code", command.argv)
        if not recent & listed("environment_printers"):
            shell.doubt("unresolved.code", command.argv)
        return
    if text and not text.startswith("--help"):
        shell.walker.text(text.replace(UNKNOWN, STAND_IN), shell.scope)


def trapped(command: Command, shell: Shell) -> None:
    """`trap 'code' SIGNAL`."""
    words = [word for word in command.arguments if not word.startswith("-")]
    if len(words) > 1:
        shell.code(words[0])


TABLE: Table = families(__name__, shell_program, dot, evaluated, trapped)
