"""Commands of the shell inside the languages of other programs: `.shell` of sqlite3, `system` of mysql, `!` of dc."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table
from hooks.policy.tables import escapes, with_aliases

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


ROWS = with_aliases(escapes())


def check_escapes(command: Command, shell: Shell) -> None:
    """Each command that stands in an argument, or in what the program reads, is judged as shell text."""
    row = ROWS[command.program]
    for text in (*command.arguments, command.feed.text or ""):
        for match in re.finditer(row.code, text, re.MULTILINE | re.IGNORECASE):
            shell.judge_text(max((group or "" for group in match.groups()), key=len).strip())
    options = parse(command.arguments, f"{row.options} {row.valued}", one_dash=row.one_dash)
    for code in options.values(*row.options.split()):
        shell.judge_text(code)


TABLE: Table = dict.fromkeys(ROWS, check_escapes)
