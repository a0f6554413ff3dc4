"""Libraries that talk to clouds and services: calls that change those, or give their secrets.

`tables/libraries.toml` says of each which; a program that names this machine as its service may call all of them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from hooks.policy.tables import libraries

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


def check_libraries(code: str, command: Command, shell: Shell) -> None:
    """Refuse a call that the row of an imported library names."""
    for imports, calls, only, unless, rule in _patterns():
        if imports.search(code) and only.search(code) and (found := calls.search(code)) and not unless.search(code):
            shell.refuse_unless_lenient(rule, f"{command.argv[0]}: {found[1]}(…)")


_Patterns = tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str], str]


@cache
def _patterns() -> tuple[_Patterns, ...]:
    found = []
    for row in libraries().values():
        names = "|".join(map(_pattern, row.imports.split()))
        by_word = rf"\b(?:import|from|use)\s+(?:[\w., ]*[, ])?(?:{names})(?![\w-])"
        by_text = rf"\b(?:require|from|import)\b\s*\(?\s*['\"](?:{names})['\"/]"
        imports = re.compile(f"{by_word}|{by_text}")
        calls = re.compile(rf"(?:\.|->|\bnew\s+(?:\w+\.)?)({'|'.join(map(_pattern, row.calls.split()))})\s*\(")
        found.append((imports, calls, re.compile(row.only), re.compile(row.unless), row.rule))
    return tuple(found)


def _pattern(name: str) -> str:
    return re.escape(name).replace(r"\*", r"[\w-]*")
