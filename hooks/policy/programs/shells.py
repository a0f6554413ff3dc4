"""Shells, and the shell's own ways to run text: -c, scripts, standard input, `source`, `eval`, `trap`."""

from __future__ import annotations

import base64
import re
from itertools import takewhile
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.scripts import is_present, judge_input, judge_script, refuse_unknown_code
from hooks.policy.shell.values import PLACEHOLDER, UNKNOWN
from hooks.policy.tables import read_list, value_options

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


def check_shell(command: Command, shell: Shell) -> None:
    """A shell: its -c text, its script, or what it reads on standard input."""
    words = [word for word in command.arguments if not re.fullmatch(r"\+[a-zA-Z]+", word) or word in {"+o", "+O"}]
    options = parse(words, value_options("shell"), stop_at_operand=True)
    own = words[: -len(options.operands)] if is_present(options.operands, shell) else words
    for position, word in enumerate(own):
        if command.program in POWERSHELLS and ENCODED.fullmatch(word):
            _judge_encoded(own[position + 1 : position + 2], command, shell)
            return
        if re.fullmatch(
            r"-[a-zA-Z]*c[a-zA-Z]*|--command|-Command" + ("|-e|--execute" if command.program == "nu" else ""), word
        ) and not word.startswith("--r"):
            rest = [each for each in words[position + 1 :] if each != "--"]
            if not rest:
                return
            if UNKNOWN in rest[0] and not re.sub(r"[\0\s]", "", rest[0]):
                refuse_unknown_code(command, shell)
            shell.check_refused_text(rest[0])
            zero = (rest[1:2] or ["bash"])[0]
            shell.judge_text(rest[0], command.feed, positional=tuple(rest[2:]), zero=zero, program=command.program)
            return
    if command.program in ONLY_READ_WITH_N and only_reads(command.arguments):
        return
    for name in options.values("--rcfile", "--init-file"):
        judge_script(name, "bash", command, shell)
    reads_input = options.has("-s") or not options.operands or options.operands[0] in {"-", "/dev/stdin", "/dev/fd/0"}
    if not reads_input:
        judge_script(options.operands[0], "bash", command, shell, arguments=options.operands[1:])
    elif command.feed.present:
        judge_input(command.feed, "bash", command, shell)


POWERSHELLS = frozenset({"pwsh", "powershell"})
ENCODED = re.compile(r"[-/]e(?:c|n[a-z]*)?", re.IGNORECASE)
"""PowerShell reads any beginning of `-EncodedCommand`, in capitals or not."""


def _judge_encoded(words: list[str], command: Command, shell: Shell) -> None:
    """Base64 of UTF-16, as `-EncodedCommand` takes it: judged like the text of `-Command`."""
    for word in words:
        try:
            text = base64.b64decode(word, validate=True).decode("utf-16-le")
        except ValueError:
            shell.refuse_unless_lenient("unresolved.code", command.argv)
        else:
            shell.judge_argv((command.program, "-Command", text), command.feed)


ONLY_READ_WITH_N = frozenset({"bash", "sh", "dash", "ksh", "zsh"})


def only_reads(words: tuple[str, ...]) -> bool:
    """`bash -n FILE` runs nothing of the file; an interactive shell does, and one whose `+n` switches it off."""
    options = list(takewhile(lambda word: word[:1] in "-+", words))
    return len(options) < len(words) and "n" in "".join(options) and all(map(READS.fullmatch, options))


READS = re.compile(r"-[nvxeu]+")


def check_source(command: Command, shell: Shell) -> None:
    """`source` and `.`: the file's commands run in this shell."""
    words = [word for word in command.arguments if word != "--"]
    if words:
        judge_script(words[0], "bash", command, shell, arguments=tuple(words[1:]))
    elif command.feed.present:  # fish reads its standard input
        judge_input(command.feed, "bash", command, shell)


def check_eval(command: Command, shell: Shell) -> None:
    """`eval`: its words are shell text."""
    words = [word for word in command.arguments if word not in {"--"}]
    text = " ".join(words)
    if not words and command.feed.present and command.feed.sources:
        judge_input(command.feed, "bash", command, shell)
    if UNKNOWN in text and not re.sub(r"[\0\s]", "", text):
        recent = {argv[0].rpartition("/")[2] for argv in shell.memory.log[-12:] if argv}
        if recent & read_list("downloaders"):
            shell.refuse("remote.code", command.argv)
        if not recent & read_list("environment_printers"):
            shell.refuse_unless_lenient("unresolved.code", command.argv)
        return
    shell.check_refused_text(text)
    if text and not text.startswith("--help"):
        shell.walker.walk_text(text.replace(UNKNOWN, PLACEHOLDER), shell.scope)


def check_trap(command: Command, shell: Shell) -> None:
    """`trap 'code' SIGNAL`."""
    words = [word for word in command.arguments if not word.startswith("-")]
    if len(words) > 1:
        shell.judge_text(words[0])


TABLE: Table = build_table(__name__, check_shell, check_source, check_eval, check_trap)
