"""What was fetched in the same command, as a repository or an archive, and programs that would run its code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.addresses import is_downloaded, refuse_in_fetched_folder
from hooks.policy.programs.every_command import paths_within
from hooks.policy.tables import listed

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


def check_unpacking(command: Command, shell: Shell) -> None:
    """What a downloaded archive holds has come from another machine too."""
    words = [each for word in command.arguments for each in paths_within(word)]
    fetched = any(path and shell.session.is_fetched(path) for word in words for path in shell.resolve(word))
    if fetched or is_downloaded(command.feed):
        options = parse(command.arguments, "-C --directory -d -f --file")
        for path in shell.resolve(options.value("-C", "--directory", "-d") or "."):
            if path is not None:
                shell.session.unpacked.add(path)


def check_builder(command: Command, shell: Shell) -> None:
    """Building, testing or installing what was fetched runs its code."""
    refuse_in_fetched_folder(".", command, shell)
    for folder in shell.resolve("."):
        if folder and any(f"{folder}/{name}" in shell.session.fetched for name in listed("build_files")):
            shell.refuse("remote.code", command.argv)
    for word in command.arguments:
        for candidate in paths_within(word):
            if "/" in candidate or candidate.startswith("."):
                refuse_in_fetched_folder(candidate, command, shell)


def check_forge_clone(command: Command, shell: Shell) -> None:
    """`gh repo clone owner/name` fetches a repository, as `git clone` does."""
    operands = parse(command.arguments, "-R --repo -u --upstream-remote-name").operands
    if operands[:2] == ("repo", "clone") and len(operands) > 2:  # noqa: PLR2004 -- repo, clone, and the name
        shell.session.remember_clone((f"https://github.com/{operands[2]}", *operands[3:4]), shell.scope)


TABLE: Table = build_table(__name__, check_unpacking, check_builder, check_forge_clone)
