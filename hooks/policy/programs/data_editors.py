"""Editors of JSON, YAML and other texts that write the file which they read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hooks.policy.options import Options, parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.every_command import check_write

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

VALUED = (
    "-f --file -e -E -v --value -t --type -o --output -k --key -r --read -w --write --package --arg --args --rawfile"
)
EDITS_ALWAYS = frozenset({"npe", "dot-json", "npm-add-script"})
EDITS_MANIFEST = frozenset({"npe", "npm-add-script"})
"""They edit the package.json of their folder without naming it."""


def check_data_editor(command: Command, shell: Shell) -> None:
    """`json -I -f file -e code`, `yq -i`, `dasel put -f file`, `npe scripts.x …`: the file has a new text."""
    options = parse(command.arguments, VALUED)
    if not _writes(command.program, options):
        return
    named = [*options.operands, *(value for _, value in options.given if value)]
    for word in (*named, "package.json") if command.program in EDITS_MANIFEST else named:
        for path in shell.resolve(word):
            if path is not None and shell.memory.read_content(path)[0]:
                check_write(path, shell)
                shell.memory.edit(path, command.argv)


def _writes(program: str, options: Options) -> bool:
    if program == "sd":
        return not options.has("-p", "--preview")
    if program == "dasel":
        return options.operands[:1] in {("put",), ("delete",)}
    if program == "fx":
        return options.operands[-1:] == ("save",)
    if program == "jj":
        return options.value("-o") is not None
    return program in EDITS_ALWAYS or options.has("-i", "-I", "--inplace", "--in-place")


TABLE: Table = build_table(__name__, check_data_editor)
