"""The shell's builtins that change what later commands mean: folders, variables, aliases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Rule, repeat_rule
from hooks.policy.programs.found_files import name_somewhere, secrets_handed_on
from hooks.policy.shell.printing import predict_output
from hooks.policy.shell.values import UNKNOWN, Command

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell


_KEPT = r"[\w./=@%+:,$&|;<>(){}\[\]'\"*?!~#^-]"
"""The characters that `read` takes as they are."""


def change_folder(command: Command, shell: Shell) -> None:
    """cd: relative paths have another base from here on, if it does not fail."""
    words = [word for word in command.arguments if not re.fullmatch(r"-[LPe@]+|--", word)]
    target = words[0] if words else shell.lookup("HOME")
    if target == "-":
        found = shell.scope.previous if "OLDPWD" not in shell.scope.variables else frozenset({UNKNOWN})
    else:
        found = _find_folders(target, shell)
    _enter(found, shell, certain=target != "-" and len(words) < 2)  # noqa: PLR2004 -- `cd a b` fails


def push_folder(command: Command, shell: Shell) -> None:
    """pushd, popd: the stack of folders; what rotates or edits it is not followed."""
    scope, words = shell.scope, command.arguments
    before = scope.folders
    if command.argv[0] == "popd" and not words:
        top, scope.stack = scope.stack[:1] or (frozenset({UNKNOWN}),), scope.stack[1:]
        _enter(top[0], shell, certain=False)
    elif command.argv[0] == "pushd" and len(words) == 1 and not re.match(r"[-+]", words[0]):
        _enter(_find_folders(words[0], shell), shell, certain=True)
        scope.stack = (before, *scope.stack)
    else:
        scope.stack = ()
        _enter(frozenset({UNKNOWN}), shell, certain=False)


def _find_folders(target: str, shell: Shell) -> frozenset[str]:
    """The folders that a `cd` may lead to; CDPATH adds some."""
    found = frozenset(path or UNKNOWN for path in shell.memory.resolve(target, shell.scope, logical=True))
    if "CDPATH" not in shell.scope.variables or re.match(r"\.{0,2}(/|$)", target):
        return found
    entries = (shell.lookup("CDPATH") or "").split(":")
    return found | {path or UNKNOWN for each in entries for path in shell.resolve(f"{each or '.'}/{target}")}


def _enter(folders: frozenset[str], shell: Shell, *, certain: bool) -> None:
    scope = shell.scope
    before = scope.folders
    scope.previous, scope.folders = before, folders
    scope.if_failed = frozenset() if certain and shell.memory.surely_exist(folders) else before


def note_jump(_command: Command, shell: Shell) -> None:
    """return, break, continue: what is written behind them may not run."""
    shell.memory.work.spend(6)
    shell.scope.note_jump()


def unset_variables(command: Command, shell: Shell) -> None:
    """unset: variables may be empty from here on; functions may still be defined."""
    check_subscripts(command, shell)
    for word in command.arguments:
        name = word.partition("[")[0]
        if name != word and name in shell.scope.arrays:
            shell.scope.arrays[name] = (UNKNOWN,)
        elif name == word and (name in shell.scope.variables or name in shell.scope.arrays):
            shell.scope.remove(name)
        elif UNKNOWN in name:
            shell.scope.forget()


def set_positional(command: Command, shell: Shell) -> None:
    """`set -- a b`, `set a b`: the positional parameters."""
    words = command.arguments
    if "--" in words:
        shell.scope.positional = words[words.index("--") + 1 :]
    elif words and words[0][:1] not in ("-", "+", UNKNOWN):
        shell.scope.positional = words
    elif any(re.fullmatch(r"[^-+].*|-|\+", word, re.DOTALL) for word in words) and "o" not in words[0][-1:]:
        shell.scope.positional = None


def shift_positional(command: Command, shell: Shell) -> None:
    """shift: by more than there are it fails, and changes nothing."""
    positional, words = shell.scope.positional, command.arguments or ("1",)
    if positional is None or not re.fullmatch(r"[0-9]{1,6}", words[0]) or UNKNOWN in "".join(positional):
        shell.scope.positional = None
    elif int(words[0]) <= len(positional):
        shell.scope.positional = positional[int(words[0]) :]


def read_variables(command: Command, shell: Shell) -> None:
    """read, mapfile, getopts: the variables get the text of standard input, or are unknown."""
    check_subscripts(command, shell)
    if command.argv[0] in {"mapfile", "readarray"} and (callback := parse(command.arguments, "-C").value("-C")):
        shell.judge_text(callback)
    names = [word for word in command.arguments if re.fullmatch(r"[A-Za-z_]\w*", word)] or ["REPLY"]
    splits = "IFS" in shell.scope.variables
    value = UNKNOWN if splits else _read_one_line(command, names)
    secrets = [name_somewhere(each) for each in secrets_handed_on(command.feed.sources, shell)[:1]]
    for name in names:
        shell.scope.arrays.pop(name, None)
        shell.scope.put(name, (value, *secrets))
        if command.argv[0] != "read" or any(re.match(r"-[a-zA-Z]*a", word) for word in command.arguments):
            shell.scope.arrays[name] = (UNKNOWN, *secrets)


def _read_one_line(command: Command, names: list[str]) -> str:
    """What `read NAME` reads; what it splits, unescapes or cuts is unknown."""
    text, options = command.feed.text, [word for word in command.arguments if word not in names]
    if text is None or len(names) > 1 or command.argv[0] != "read" or not {"-r"}.issuperset(options):
        return UNKNOWN
    known = re.fullmatch(rf"[ \t]*({_KEPT}*(?:[ \t]+{_KEPT}+)*)[ \t]*\n?", text)
    if known is None:
        return UNKNOWN
    return text.removesuffix("\n") if names == ["REPLY"] and "REPLY" not in command.arguments else known[1]


def check_completion(command: Command, shell: Shell) -> None:
    """compgen: it runs what -C and -F name, and the substitutions in the words of -W."""
    options = parse(command.arguments, "-A -C -F -G -P -S -W -X -o")
    for text in (options.value("-C"), options.value("-F")):
        if text:
            shell.judge_text(text)
    if words := options.value("-W"):
        shell.judge_text(f": <<END_OF_TEXT\n{words}\nEND_OF_TEXT\n")


def define_alias(command: Command, shell: Shell) -> None:
    """alias: the name means the text from here on."""
    for word in command.arguments:
        name, equals, text = word.partition("=")
        if equals:
            shell.scope.aliases[name] = (*shell.scope.aliases.get(name, ()), text)


def set_by_printf(command: Command, shell: Shell) -> None:
    """`printf -v name format …` sets a variable."""
    check_subscripts(command, shell)
    words = command.arguments
    if words[:1] == ("-v",) and len(words) > 2:  # noqa: PLR2004
        text = predict_output(Command(argv=("printf", *words[2:])), shell)
        name, subscript, _ = words[1].partition("[")
        if UNKNOWN in name:
            shell.scope.forget()
        elif subscript:
            shell.scope.arrays[name] = (UNKNOWN,)
        else:
            shell.scope.put(name, (UNKNOWN if text is None else text,))


def check_hash(command: Command, shell: Shell) -> None:
    """`hash -p file name`, `enable -f`: another program under a known name."""
    if {"-p", "-f"} & set(command.arguments):
        shell.refuse("guards.environment", command.argv)


SUBSCRIPT = re.compile(r"[A-Za-z_]\w*\[.*(?:\$\(|`)", re.DOTALL)


def check_subscripts(command: Command, shell: Shell) -> None:
    """`unset 'a[$(command)]'`, `test -v 'a[…]'`: bash runs the substitutions in a subscript that it gets as text."""
    for word in command.arguments:
        if SUBSCRIPT.match(word):
            shell.judge_text(f": <<END_OF_TEXT\n{word}\nEND_OF_TEXT\n")


BUILTINS: dict[str, Rule] = {
    **repeat_rule("test [ declare typeset local export readonly wait", check_subscripts),
    **repeat_rule("cd chdir", change_folder),
    **repeat_rule("pushd popd", push_folder),
    **repeat_rule("return break continue", note_jump),
    "unset": unset_variables,
    "set": set_positional,
    "shift": shift_positional,
    **repeat_rule("read mapfile readarray getopts", read_variables),
    "alias": define_alias,
    "compgen": check_completion,
    "printf": set_by_printf,
    **repeat_rule("hash enable", check_hash),
}
