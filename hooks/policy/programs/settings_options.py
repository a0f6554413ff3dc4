"""Settings files that a program's options name: those that this session wrote may run programs, or load others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.variables import check_settings_file
from hooks.policy.tables import value_options

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


_OPTIONS = {
    "php": "settings_php",
    "wget": "settings_wget",
    "tmux": "settings_tmux",
    "screen": "settings_screen",
    "docker": "settings_docker",
}


def check_settings_option(command: Command, shell: Shell) -> None:
    """`php -c own.ini`, `docker --config own`, `tmux -f own.conf`."""
    names = value_options(_OPTIONS[command.program])
    options = parse(command.arguments, names, stop_at_operand=command.program in {"php", "docker"})
    for name in options.values(*names.split()):
        check_settings_file(name, command.argv, shell)


TABLE: Table = build_table(__name__, check_settings_option)
