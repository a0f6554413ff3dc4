"""Predicts what a simple command prints, where that is known without running it."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.shell.escapes import ARGUMENT, ECHO, FORMAT, decode
from hooks.policy.shell.memory import MADE_BY_MKTEMP
from hooks.policy.shell.values import UNKNOWN, Command
from hooks.policy.tables import read_list

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

Printer = Callable[[Command, "Shell"], str | None]


def predict_output(command: Command, shell: Shell) -> str | None:
    """The text that a command writes to standard output; None if that is unknown."""
    printer = PRINTERS.get(command.program)
    return printer(command, shell) if printer is not None else None


def _echo(command: Command, shell: Shell) -> str | None:
    words = list(command.arguments)
    escapes = newline = False
    while words and re.fullmatch(r"-[neE]+", words[0]):
        for letter in words.pop(0)[1:]:
            escapes, newline = letter == "e" if letter in "eE" else escapes, newline or letter == "n"
    text = " ".join(words)
    if "\\" in text and not escapes and (words[0].startswith(UNKNOWN) or _reads_escapes(shell)):
        return None
    decoded, ended = decode(text, ECHO) if escapes else (text, False)
    return decoded + ("" if newline or ended else "\n")


def _reads_escapes(shell: Shell) -> bool:
    """Whether `echo` without -e might read escapes too: `shopt -s xpg_echo`, other shells."""
    return not shell.scope.is_bash or any("xpg_echo" in argv for argv in shell.memory.log)


_TEMPLATE = re.compile(r"%%|%.?|[^%]+", re.DOTALL)
_FIELDS_LIMIT = 500


def _printf(command: Command, shell: Shell) -> str | None:
    dashed = command.arguments[:1] == ("--",)
    words = list(command.arguments[1:] if dashed else command.arguments)
    if not words or (words[0].startswith("-") and not dashed):
        return "" if words[:1] == ["-v"] else None
    pieces = _TEMPLATE.findall(words[0])
    conversions = [piece for piece in pieces if piece[0] == "%" and piece != "%%"]
    if not shell.scope.is_bash and "\\" in "".join(words):
        return None
    if not set(conversions) <= set(_CONVERSIONS) or UNKNOWN in words[0] or len(words) > _FIELDS_LIMIT:
        return None
    if len(conversions) > 1 and any(UNKNOWN in word for word in words[1:]):
        return None
    printed: list[str] = []
    values = words[1:]
    while True:
        for piece in pieces:
            text, ended = _print_piece(piece, values)
            if text is None or ended:
                return None if text is None else "".join((*printed, text))
            printed.append(text)
        if not values or not conversions:
            return "".join(printed)


def _print_piece(piece: str, values: list[str]) -> tuple[str | None, bool]:
    """One piece of a template, and whether it ends the output."""
    if piece[0] != "%":
        return decode(piece, FORMAT)
    if piece == "%%":
        return "%", False
    return _CONVERSIONS[piece](values.pop(0) if values else "")


def _convert_number(value: str) -> tuple[str | None, bool]:
    return (value or "0") if re.fullmatch(r"|0|-?[1-9][0-9]{0,17}", value) else None, False


def _convert_quoted(value: str) -> tuple[str | None, bool]:
    return value if re.fullmatch(r"[A-Za-z0-9_./:@%+-]+", value) else None, False


_CONVERSIONS: dict[str, Callable[[str], tuple[str | None, bool]]] = {
    "%s": lambda value: (value, False),
    "%b": lambda value: decode(value, ARGUMENT),
    "%d": _convert_number,
    "%q": _convert_quoted,
    "%c": lambda value: (value[:1] if value.isascii() and UNKNOWN not in value else None, False),
}


def _cat(command: Command, shell: Shell) -> str | None:
    operands = parse(command.arguments).operands
    if not operands or operands == ("-",):
        return command.feed.text if command.feed.present else ""
    texts = [_text_of(operand, shell) for operand in operands]
    return None if None in texts else "".join(text or "" for text in texts)


def _text_of(name: str, shell: Shell) -> str | None:
    if piped := shell.memory.find_pipe(name):
        return piped.text
    path = shell.resolve(name)[0]
    return "" if path == "/dev/null" else shell.memory.read_content(path)[1] if path else None


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


def _first_lines(command: Command, _shell: Shell) -> str | None:
    """`head -c 0`, `tail -n 0`: nothing. How much more is printed is not followed."""
    values = parse(command.arguments, "-c --bytes -n --lines").values("-c", "--bytes", "-n", "--lines")
    return "" if values[:1] in {("0",), ("0c",)} or command.arguments[:1] in {("-0",), ("-c0",), ("-n0",)} else None


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


def _ls(command: Command, _shell: Shell) -> str | None:
    """`ls *.tmp` prints the files that match; followed where these are what tools leave behind."""
    options = parse(command.arguments)
    plain = {name for name, _ in options.given} <= {"-1", "-t", "-r", "-d", "-A", "-S", "-U"}
    left = all(_LEFT_BEHIND.fullmatch(each) or _is_leftover(each) for each in options.operands)
    return "\n".join((*options.operands, "")) if plain and left and options.operands else None


_LEFT_BEHIND = re.compile(r"[\w./*-]*\.(?:pyc|o|obj|class|out|tmp|log)")


def _is_leftover(word: str) -> bool:
    return any(fnmatch.fnmatchcase(word.rpartition("/")[2], each) for each in read_list("leftovers"))


TOOL_FOLDERS = {
    "conda info --base": "/opt/conda", "mamba info --base": "/opt/conda", "brew --prefix": "/opt/homebrew",
    "pyenv root": "/opt/pyenv", "rbenv root": "/opt/rbenv", "npm root -g": "/usr/lib/node_modules",
    "npm prefix -g": "/usr", "go env GOROOT": "/usr/local/go", "rustc --print sysroot": "/opt/rust",
}  # fmt: skip
"""Commands that print where a tool is installed: a folder outside the workspace that holds no code of the session."""


def _tool_folder(command: Command, _shell: Shell) -> str | None:
    return TOOL_FOLDERS.get(" ".join((command.program, *command.arguments)))


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


def _dirname(path: str) -> str:
    return os.path.dirname(path) or "."  # noqa: PTH120 -- plain strings, as in the shell


PRINTERS: dict[str, Printer] = {
    "echo": _echo, "printf": _printf, "cat": _cat, "tee": _tee, "base64": _base64, "xxd": _xxd, "rev": _rev,
    "ls": _ls,
    "head": _first_lines, "tail": _first_lines,
    "mktemp": _mktemp, "pwd": _folder, "git": _git, "find": _find, "which": _which, "jobs": _jobs,
    "basename": _print_part(os.path.basename), "dirname": _print_part(_dirname),
    "realpath": _print_part(os.path.normpath),
    "readlink": _print_part(os.path.normpath), "command": _command, "type": _command,
}  # fmt: skip
SILENT = ("true", ":", "cd", "mkdir", "touch", "sleep", "export", "set", "chmod", "shopt", "umask", "test", "[")
PRINTERS |= dict.fromkeys(SILENT, _silent)
PRINTERS |= dict.fromkeys({words.partition(" ")[0] for words in TOOL_FOLDERS}, _tool_folder)
