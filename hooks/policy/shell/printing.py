"""Predicts what a simple command prints, where that is known without running it."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.shell import marks
from hooks.policy.shell.session import MADE_BY_MKTEMP
from hooks.policy.shell.values import UNKNOWN, Command

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

Printer = Callable[[Command, "Shell"], str | None]


def predict_output(command: Command, shell: Shell) -> str | None:
    """The text that a command writes to standard output; None if that is unknown."""
    printer = PRINTERS.get(command.program)
    return printer(command, shell) if printer is not None else None


def _echo(command: Command, _shell: Shell) -> str:
    words = list(command.arguments)
    escapes = newline = False
    while words and re.fullmatch(r"-[neE]+", words[0]):
        escapes, newline = escapes or "e" in words[0], newline or "n" in words[0]
        words.pop(0)
    text = " ".join(words)
    return (marks.decode_ansi_c(text) if escapes else text) + ("" if newline else "\n")


def _printf(command: Command, _shell: Shell) -> str | None:
    words = [word for word in command.arguments if word != "--"]
    if not words or words[0] == "-v":
        return "" if words else None
    template, values = marks.decode_ansi_c(words[0]), words[1:]
    if re.search(r"%[^sbdqc%]", template):
        return None
    pieces = []
    while True:
        pieces.append(re.sub(r"%([sbdqc%])", lambda match: _conversion(match[1], values), template))
        if not values or "%" not in template:
            return "".join(pieces)


def _conversion(kind: str, values: list[str]) -> str:
    if kind == "%":
        return "%"
    value = values.pop(0) if values else ""
    return marks.decode_ansi_c(value) if kind == "b" else value


def _cat(command: Command, shell: Shell) -> str | None:
    operands = parse(command.arguments).operands
    if not operands or operands == ("-",):
        return command.feed.text if command.feed.present else ""
    texts = [_text_of(operand, shell) for operand in operands]
    return None if None in texts else "".join(text or "" for text in texts)


def _text_of(name: str, shell: Shell) -> str | None:
    if piped := shell.session.find_pipe(name):
        return piped.text
    path = shell.resolve(name)[0]
    return "" if path == "/dev/null" else shell.session.read_content(path)[1] if path else None


def _tee(command: Command, _shell: Shell) -> str | None:
    return command.feed.text if command.feed.present else None


def _base64(command: Command, _shell: Shell) -> str | None:
    text = command.feed.text
    if text is None or UNKNOWN in text or not parse(command.arguments).has("-d", "-D", "--decode"):
        return None
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None


def _xxd(command: Command, _shell: Shell) -> str | None:
    text = command.feed.text
    if text is None or not parse(command.arguments).has("-r"):
        return None
    try:
        return bytes.fromhex(re.sub(r"\s", "", text)).decode("utf-8", "replace")
    except ValueError:
        return None


def _rev(command: Command, _shell: Shell) -> str | None:
    text = command.feed.text
    return None if text is None else "\n".join(line[::-1] for line in text.split("\n"))


def _mktemp(_command: Command, _shell: Shell) -> str:
    return MADE_BY_MKTEMP + "\n"


def _folder(_command: Command, shell: Shell) -> str | None:
    folders = shell.scope.folders
    return next(iter(folders)) if len(folders) == 1 else None


def _print_part(function: Callable[[str], str]) -> Printer:
    def printer(command: Command, _shell: Shell) -> str | None:
        operands = parse(command.arguments).operands
        return function(operands[0]) if len(operands) == 1 and UNKNOWN not in operands[0] else None

    return printer


def _git(command: Command, shell: Shell) -> str | None:
    return str(shell.context.workspace) if command.argv == ("git", "rev-parse", "--show-toplevel") else None


def _find(command: Command, _shell: Shell) -> str | None:
    """What `find` prints is as narrow as its one -name."""
    words = command.arguments
    if words.count("-name") != 1 or {"-o", "!", "-not", "-exec", "-printf"} & set(words) or words[-1] == "-name":
        return None
    start = words[0] if not words[0].startswith("-") else "."
    return f"{start}/{words[words.index('-name') + 1].strip('/')}\n"


def _jobs(command: Command, _shell: Shell) -> str | None:
    """`jobs -p`: the ids of processes that this shell started."""
    return "$!\n" if any(word.startswith("-") and "p" in word for word in command.arguments) else None


def _silent(_command: Command, _shell: Shell) -> str:
    return ""


def _which(command: Command, _shell: Shell) -> str | None:
    operands = parse(command.arguments).operands
    return f"/usr/bin/{operands[0]}" if len(operands) == 1 and UNKNOWN not in operands[0] else None


def _command(command: Command, _shell: Shell) -> str | None:
    """`command -v rm`, `type -P rm`."""
    options = parse(command.arguments)
    found = options.operands[0] if len(options.operands) == 1 and options.has("-v", "-p", "-P") else UNKNOWN
    return None if UNKNOWN in found else f"/usr/bin/{found}"


PRINTERS: dict[str, Printer] = {
    "echo": _echo, "printf": _printf, "cat": _cat, "tee": _tee, "base64": _base64, "xxd": _xxd, "rev": _rev,
    "mktemp": _mktemp, "pwd": _folder, "git": _git, "find": _find, "which": _which, "jobs": _jobs,
    "basename": _print_part(os.path.basename), "dirname": _print_part(os.path.dirname),
    "realpath": _print_part(os.path.normpath), "readlink": _print_part(os.path.normpath),
    "command": _command, "type": _command,
}  # fmt: skip
SILENT = ("true", ":", "cd", "mkdir", "touch", "sleep", "export", "set", "chmod", "shopt", "umask", "test", "[")
PRINTERS |= dict.fromkeys(SILENT, _silent)
