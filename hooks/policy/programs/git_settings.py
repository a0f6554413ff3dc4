"""git's settings: who commits and how things look may be set; what runs programs or rewires remotes may not."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.shell.values import Command
from hooks.policy.tables import read_list

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

PLAIN_PROGRAMS = frozenset({"", "cat", "less", "true", ":", "false", "less -f", "less -r"})
CREDENTIAL = re.compile("extraheader|credential", re.IGNORECASE)
WHOLE_SECTIONS = frozenset({"edit", "remove-section", "rename-section"})


@cache
def _pattern(settings: frozenset[str]) -> re.Pattern[str]:
    """One of these settings: names, with `*` for any text."""
    names = (re.escape(each).replace(r"\*", ".*") for each in sorted(settings))
    return re.compile("|".join(names), re.IGNORECASE)


def check_setting(name: str, value: str, command: Command, shell: Shell) -> None:
    """A setting given on the command line or to be stored."""
    if _only_shows_text(name, value):
        return
    if name.lower().startswith("alias."):
        _judge_alias(value, shell)
    harmless = _pattern(read_list("harmless_git_settings")).fullmatch(name)
    if not harmless and _pattern(read_list("git_settings_that_run_or_rewire")).fullmatch(name):
        shell.refuse("git.guards", command.argv)


def _only_shows_text(name: str, value: str) -> bool:
    """Whether a setting that names a program names none, or one that only shows text."""
    if name.lower() in read_list("git_program_settings"):
        return value.lower() in PLAIN_PROGRAMS
    return _is_pager(name) and value.lower() in {"false", "true", "cat"}


def _is_pager(name: str) -> bool:
    return name.lower() == "core.pager" or name.lower().startswith("pager.")


def _judge_alias(value: str, shell: Shell) -> None:
    """An alias is judged as the command that it abbreviates, so that the refusal names that command."""
    shell.refuse_if_surely_code(value[1:] if value.startswith("!") else f"git {value}")


_SECTION = re.compile(
    r"^\s*\[(?:core|alias|filter|diff|merge|credential|include|remote|url|gpg|pager|hook|protocol)", re.MULTILINE
)


def check_own_settings(folders: tuple[str, ...], command: Command, shell: Shell) -> None:
    """`git -C e.git status`, where the session wrote `e.git/config`: git runs what stands in it."""
    for folder in folders:
        for name in (f"{folder}/config", f"{folder}/.git/config"):
            for path in shell.resolve(name):
                text = shell.memory.read_content(path)[1] if path and shell.memory.is_own(path) else None
                if text is not None and _SECTION.search(text):
                    shell.refuse("git.guards", command.argv)


READING = ("--get", "--get-all", "--get-regexp", "-l", "--list", "--show-origin", "--get-color")
ACTIONS = frozenset({"set", "unset", "get", "list", "edit", "remove-section", "rename-section"})


def check_config(command: Command, shell: Shell) -> None:
    """Reading settings, and setting who commits; nothing that runs programs or rewires remotes."""
    options = parse(command.arguments, "-f --file --blob --type --default --comment --value")
    action = options.operands[0] if options.operands[:1] and options.operands[0] in ACTIONS else ""
    operands = options.operands[1:] if action else options.operands
    called = Command(argv=("git", *command.argv))
    if "--get-urlmatch" in command.arguments or any(map(CREDENTIAL.search, operands)):
        shell.refuse("secrets.vault", called.argv)
    if options.has("-e", "--edit", "--remove-section", "--rename-section") or action in WHOLE_SECTIONS:
        shell.refuse("git.guards", called.argv)
    unsets = options.has("--unset", "--unset-all") or action == "unset"
    if options.has(*READING) or (len(operands) < 2 and not unsets):  # noqa: PLR2004
        return
    check_setting(operands[0], " ".join(operands[1:]), called, shell)
    if not _pattern(read_list("harmless_git_settings")).fullmatch(operands[0]) and not _is_pager(operands[0]):
        shell.refuse("git.guards", called.argv)
