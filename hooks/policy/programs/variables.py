"""Variables of the environment: those that may hold secrets, and those that decide what every program does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import listed

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

DECISIVE = re.compile(
    r"LD_(PRELOAD|AUDIT)|DYLD_INSERT_LIBRARIES|BASH_ENV|ENV|PROMPT_COMMAND|BASH_FUNC_.*|SHELLOPTS|PS4"
    r"|GIT_(SSH|SSH_COMMAND|EXTERNAL_DIFF|ASKPASS|PROXY_COMMAND|CONFIG(_.*)?|EXEC_PATH|TEMPLATE_DIR|ALLOW_PROTOCOL)"
    r"|CLAUDE(_.*|CODE)|ANTHROPIC_.*|PERL5OPT|PERL5DB|PYTHONSTARTUP|PYTHONHOME|SSH_ASKPASS|SUDO_ASKPASS|LESSOPEN|LESSCLOSE"
)
"""Variables by which a program is loaded, wrapped or configured behind its own back."""
PROGRAMS = frozenset(
    {"EDITOR", "VISUAL", "PAGER", "BROWSER", "MANPAGER", "GIT_EDITOR", "GIT_PAGER", "GIT_SEQUENCE_EDITOR"}
)
"""Variables whose value is a command that some program will run."""
SECRET = re.compile(
    r"(^|_)(API_?KEY|KEYS?|TOKENS?|SECRETS?|PASSWORD|PASSWD|PASSPHRASE|PASS|CREDENTIALS?|CREDS?|PAT|DSN|PRIVATE|AUTH|COOKIE"
    r"|SESSION_ID|WEBHOOK_URL|DATABASE_URL|CONNECTION_STRING)($|_)|PASSWORD|SECRET|TOKEN$|API_?KEY|ACCESSKEY|PRIVATEKEY",
    re.IGNORECASE,
)
NOT_SECRET = re.compile(
    r"PUBLIC|MAX_TOKENS|TOKENIZER|KEY_?(WORD|BOARD|FRAME|SPACE)|_(KEYS?|TOKEN)_(NAME|COUNT|FILE|LEN)|NUM_",
    re.IGNORECASE,
)


def is_secret_variable(name: str) -> bool:
    """Whether an environment variable of this name is likely to hold a secret."""
    return SECRET.search(name) is not None and NOT_SECRET.search(name) is None


def check_assignment(name: str, value: str, shell: Shell) -> None:
    """A variable is set for a command, or for what follows."""
    if DECISIVE.fullmatch(name):
        shell.refuse("guards.environment", f"{name}={value}")
    if (
        name in PROGRAMS
        and value
        and not value.isspace()
        and value.split(maxsplit=1)[0] not in listed("harmless_editors")
    ):
        shell.judge_text(value)
    if name == "PATH":
        _check_path(value, shell)


def _check_path(value: str, shell: Shell) -> None:
    """PATH may be given the usual tool folders; one that anybody can fill would shadow every program."""
    for entry in value.split(":"):
        if not entry or UNKNOWN in entry:
            continue
        folder = shell.resolve(entry)[0]
        anybodys = folder is not None and re.match(r"/(tmp|var/tmp|dev/shm)(/|$)", folder)
        if entry == "." or (anybodys and not paths.is_inside(folder or "", str(shell.context.workspace))):
            shell.refuse("guards.environment", f"PATH={value}")


def check_printed_variables(command: Command, shell: Shell) -> None:
    """`echo $TOKEN`: a secret by name, in the words of what prints or sends them."""
    if command.program not in listed("printers"):
        return
    for name in sorted(filter(is_secret_variable, command.names)):
        shell.refuse("secrets.environment", f"${name}")
