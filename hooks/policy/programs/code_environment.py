"""What a program's text prints or sends of the environment, whatever its language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.patterns import compile_once
from hooks.policy.programs.python_environment import read_environment
from hooks.policy.programs.variables import is_secret_variable
from hooks.policy.tables.rows import Language

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

HANDED_ON = re.compile(
    r"\benv\s*[:=]\s*(?:Object\.assign\(\s*\{\s*\}\s*,\s*|\{\s*\.\.\.)?(?:process|Bun)\.env\b(?!\s*[;\n)]*\s*(?:console|print))"
)
"""The environment as it is handed on to another program: that prints nothing."""
KEYS = re.compile(r"\bObject\.keys\(\s*process\.env\s*\)|['\"]\w+['\"]\s+in\s+process\.env\b(?!\s*[.\[?])")
PRINTS_ENV = re.compile(
    r"(?:log|error|info|print\w*|puts|write|stringify|inspect|dir|table)\(\s*\{?\s*(?:\.\.\.)?env\b(?!\s*[.\[:])"
)
PRINTS = re.compile(
    r"print|console\.|puts|echo|write|cat\(|post|send|-p\b|\bpp?\s|\bsay\b|exit|raise|throw|assert|\bdie\b|\bwarn|abort|inspect"
    r"|dump|display|Error|\blog"
)


_READS_ONE = r"(?:os\.environ\.get\([^()\[\]]*\)|os\.getenv\([^()\[\]]*\)|os\.environ\[[^\[\]]*\]|process\.env\.\w+)"
ASKS_IF_SET = re.compile(
    rf"(?:\b(?:bool|len|Boolean)\(\s*|!\s*|\bnot\s+|\btypeof\s+){_READS_ONE}(?!\s*[\[.+])"
    rf"|\b(?:assert|if|elif|while)\s*\(?\s*{_READS_ONE}\s*(?=[,:;)\n]|else\b|$)"
    rf"|{_READS_ONE}(?:\s+is\s+(?:not\s+)?None|\s*[!=]==?\s*(?:undefined|null|''|\"\")|\s*\?(?![.?\[])|\??\.length\b)"
)
"""Whether a variable is set, or how long it is."""


IN_ADDRESS = re.compile(
    r"https?://[^'\"`\s]*(?:['\"`]\s*[+.]\s*|\$?\{)\s*(?:os\.environ|os\.getenv|process\.env|ENV\b|getenv)"
)
"""A variable within the address that is called."""


def check_environment(row: Language, code: str, command: Command, shell: Shell, *, python: bool) -> None:
    """What the code prints or sends of the environment: all of it, or a variable that may hold a secret."""
    if shell.memory.lenient:
        return
    printed, names = (read_environment(code) if python else None) or (_prints_environment(row, code), [])
    if printed:
        shell.refuse("secrets.environment", command.argv)
    if PRINTS.search(code + " ".join(command.arguments[:1])) or IN_ADDRESS.search(code):
        named = [
            group
            for match in compile_once(row.variable).finditer(ASKS_IF_SET.sub("", code))
            for group in match.groups()
            if group
        ]
        for name in (*named, *filter(re.compile(r"\w+").fullmatch, names)):
            if is_secret_variable(name):
                shell.refuse("secrets.environment", name)


def _prints_environment(row: Language, code: str) -> bool:
    rest, handed_on = HANDED_ON.subn("", KEYS.sub("", code))
    return compile_once(row.dumps).search(rest) is not None or (handed_on > 0 and PRINTS_ENV.search(code) is not None)
