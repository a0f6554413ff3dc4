"""Variables of the environment: those that may hold secrets, and those that decide how programs run."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import listed

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

SECRET = re.compile(
    r"(^|_)(API_?KEY|KEYS?|TOKENS?|SECRETS?|PASSWORD|PASSWD|PASSPHRASE|PASS|CREDENTIALS?|CREDS?|PAT|DSN|PRIVATE|AUTH|COOKIE"
    r"|SESSION_ID|WEBHOOK_URL|DATABASE_URL|CONNECTION_STRING)($|_)|PASSWORD|SECRET|TOKEN$|API_?KEY|ACCESSKEY|PRIVATEKEY",
    re.IGNORECASE,
)
NOT_SECRET = re.compile(
    r"PUBLIC|MAX_TOKENS|TOKENIZER|KEY_?(WORD|BOARD|FRAME|SPACE)|_(KEYS?|TOKEN)_(NAME|COUNT|FILE|LEN)|NUM_",
    re.IGNORECASE,
)

INLINE = frozenset({"-c", "-e", "-r", "-p", "-E", "--eval", "--print"})
"""Options whose value is code: a variable that the shell puts into it may be printed there."""


def is_secret_variable(name: str) -> bool:
    """Whether an environment variable of this name is likely to hold a secret."""
    return SECRET.search(name) is not None and NOT_SECRET.search(name) is None


@cache
def _decisive() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(each).replace(r"\*", ".*") for each in sorted(listed("decisive_variables"))))


def is_decisive(name: str) -> bool:
    """Whether a variable decides how programs are loaded, wrapped or configured."""
    return _decisive().fullmatch(name) is not None


def check_assignment(name: str, value: str, shell: Shell) -> None:
    """A variable is set for a command, or for what follows."""
    if is_decisive(name):
        shell.refuse("guards.environment", f"{name}={value}")
    if (
        name in listed("program_variables")
        and value
        and not value.isspace()
        and value.split(maxsplit=1)[0] not in listed("harmless_editors")
    ):
        shell.judge_text(value)
    if name == "PATH":
        _check_path(value, shell)


def _check_path(value: str, shell: Shell) -> None:
    """PATH may get the usual tool folders; a folder that every user can write would replace programs."""
    for entry in value.split(":"):
        if not entry or UNKNOWN in entry:
            continue
        folder = shell.resolve(entry)[0]
        shared = folder is not None and re.match(r"/(tmp|var/tmp|dev/shm)(/|$)", folder)
        if entry == "." or (shared and not paths.is_inside(folder or "", str(shell.context.workspace))):
            shell.refuse("guards.environment", f"PATH={value}")


def check_printed_variables(command: Command, shell: Shell) -> None:
    """`echo $TOKEN`: a secret by name, among the words of a program that prints or sends them."""
    inline = command.program in listed("code_takers") and not INLINE.isdisjoint(command.arguments)
    if command.program not in listed("printers") and not inline:
        return
    for name in sorted(filter(is_secret_variable, command.names)):
        shell.refuse("secrets.environment", f"${name}")
    if UNKNOWN in command.names:
        shell.refuse_unless_lenient("secrets.environment", command.argv)
