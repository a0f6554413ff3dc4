"""The shell's builtins that change what later commands mean: folders, variables, aliases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.programs import Rule, repeat_rule
from hooks.policy.shell.printing import predict_output
from hooks.policy.shell.values import UNKNOWN, Command

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell


def change_folder(command: Command, shell: Shell) -> None:
    """cd, pushd: relative paths have another base from here on."""
    words = [word for word in command.arguments if not re.fullmatch(r"-[LPe@]+|--", word)]
    target = words[0] if words else str(shell.context.home)
    if target == "-" or command.argv[0] == "popd":
        shell.scope.folders = frozenset({*shell.scope.folders, str(shell.context.workspace), UNKNOWN})
        return
    shell.scope.folders = frozenset(path or UNKNOWN for path in shell.resolve(target))


def unset_variables(command: Command, shell: Shell) -> None:
    """unset: variables may be empty from here on; functions may still be defined."""
    for name in command.arguments:
        if name in shell.scope.variables:
            shell.scope.put(name, ("",))


def set_positional(command: Command, shell: Shell) -> None:
    """`set -- a b`: the positional parameters."""
    if "--" in command.arguments:
        shell.scope.positional = command.arguments[command.arguments.index("--") + 1 :]


def shift_positional(command: Command, shell: Shell) -> None:
    """shift."""
    if shell.scope.positional is not None:
        count = int(command.arguments[0]) if command.arguments[:1] and command.arguments[0].isdigit() else 1
        shell.scope.positional = shell.scope.positional[count:]


def read_variables(command: Command, shell: Shell) -> None:
    """read, mapfile, getopts: the variables get the text of standard input, or are unknown."""
    if command.feed.path:
        for path in shell.resolve(command.feed.path):
            if path and paths.is_secret(path, shell.context):
                shell.refuse("secrets.file", command.feed.path)
    names = [word for word in command.arguments if re.fullmatch(r"[A-Za-z_]\w*", word)] or ["REPLY"]
    text = command.feed.text
    for name in names:
        known = text is not None and len(names) == 1 and text.count("\n") <= 1 and command.argv[0] == "read"
        shell.scope.put(name, ((text or "").rstrip("\n") if known else UNKNOWN,))
        shell.scope.arrays[name] = (UNKNOWN,) if command.argv[0] != "read" else shell.scope.arrays.get(name, (UNKNOWN,))
        if command.argv[0] == "read":
            shell.scope.arrays.pop(name, None)


def define_alias(command: Command, shell: Shell) -> None:
    """alias: the name means the text from here on."""
    for word in command.arguments:
        name, equals, text = word.partition("=")
        if equals:
            shell.scope.aliases[name] = (*shell.scope.aliases.get(name, ()), text)


def set_by_printf(command: Command, shell: Shell) -> None:
    """`printf -v name format …` sets a variable."""
    words = command.arguments
    if words[:1] == ("-v",) and len(words) > 2:  # noqa: PLR2004
        text = predict_output(Command(argv=("printf", *words[2:])), shell)
        shell.scope.put(words[1], (UNKNOWN if text is None else text,))


def check_hash(command: Command, shell: Shell) -> None:
    """`hash -p file name`, `enable -f`: another program under a known name."""
    if {"-p", "-f"} & set(command.arguments):
        shell.refuse("guards.environment", command.argv)


BUILTINS: dict[str, Rule] = {
    **repeat_rule("cd chdir pushd popd", change_folder),
    "unset": unset_variables,
    "set": set_positional,
    "shift": shift_positional,
    **repeat_rule("read mapfile readarray getopts", read_variables),
    "alias": define_alias,
    "printf": set_by_printf,
    **repeat_rule("hash enable", check_hash),
}
