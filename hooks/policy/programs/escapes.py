"""Commands of the shell inside the languages of other programs: `.shell` of sqlite3, `system` of mysql, `!` of dc.

They stand in arguments, in what the program reads, and in files that its options name.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.patterns import compile_once
from hooks.policy.programs import Table
from hooks.policy.programs.scripts import judge_script
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import escapes, with_aliases

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


ROWS = with_aliases(escapes())
LANGUAGE_OF = {name: f"{first} commands" for first, row in escapes().items() for name in (first, *row.aliases.split())}


def check_escapes(command: Command, shell: Shell) -> None:
    """Each command that stands in an argument, or in what the program reads, is judged as shell text."""
    row = ROWS[command.program]
    for text in (*command.arguments, command.feed.text or ""):
        for match in compile_once(row.code, re.MULTILINE | re.IGNORECASE).finditer(text):
            shell.judge_text(max((group or "" for group in match.groups()), key=len).strip())
        for match in compile_once(row.loads, re.MULTILINE | re.IGNORECASE).finditer(text):
            name = next(filter(None, match.groups())).strip("'\";")
            judge_script(name, LANGUAGE_OF[command.program], command, shell)
    options = parse(command.arguments, f"{row.options} {row.files} {row.valued}", one_dash=row.one_dash)
    for code in options.values(*row.options.split()):
        shell.judge_text(code)
    files = row.files.split()
    beside = [
        name for option, name in pairwise(command.arguments) if option in files
    ]  # `vim -es -S x`: -s has no value
    for name in dict.fromkeys((*options.values(*files), *beside)):
        if UNKNOWN not in name and name not in {"", "NONE", "NORC"}:
            judge_script(name, LANGUAGE_OF[command.program], command, shell)


TABLE: Table = dict.fromkeys(ROWS, check_escapes)
