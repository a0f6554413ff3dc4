"""Variables of the environment: those that may hold secrets, and those that decide how programs run."""

from __future__ import annotations

import fnmatch
import re
import shlex
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.patterns import compile_once
from hooks.policy.programs import curl_settings
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import read_list, variables
from hooks.policy.tables.rows import Variable

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


@lru_cache(maxsize=4096)
def find_row(name: str) -> Variable | None:
    """The row of a variable; npm reads its own in any case, and `-` for `_`."""
    if re.match(r"npm_config_.", name, re.IGNORECASE):
        name = "npm_config_registry" if name.endswith(":registry") else name.lower().replace("-", "_")
    exact, patterns = _rows()
    if name in exact:
        return exact[name]
    return next((row for pattern, row in patterns if fnmatch.fnmatchcase(name, pattern)), None)


@cache
def _rows() -> tuple[dict[str, Variable], tuple[tuple[str, Variable], ...]]:
    """Rows by whole names, and by names with `*`."""
    named = [(name, row) for row in variables().values() for name in row.names.split()]
    return {name: row for name, row in named if "*" not in name}, tuple(each for each in named if "*" in each[0])


def is_decisive(name: str) -> bool:
    """Whether a variable decides how programs are loaded, wrapped or configured."""
    row = find_row(name)
    return row is not None and row.rule == "guards.environment" and not row.judged_as


def check_assignment(name: str, value: str, shell: Shell) -> None:
    """A variable is set for a command, or for what follows."""
    row = find_row(name)
    if row is not None and row.names_settings:
        check_settings_file(value, f"{name}={value}", shell)
    if row is not None and not compile_once(row.harmless, re.DOTALL).fullmatch(value):
        if not row.judged_as:
            shell.refuse(row.rule, f"{name}={value}")
        elif value.strip():
            _judge_value(row.judged_as, value, shell)
    if name == "PATH":
        _check_path(value, shell)
    elif name == "PYTHONPATH":
        _check_python_path(value, shell)


def check_settings_file(word: str, subject: object, shell: Shell) -> None:
    """A file of settings, or a folder with some, that this session wrote: nothing in it counts as reviewed."""
    memory = shell.memory
    for path in shell.resolve(word) if word else ():
        own = [each for each in memory.own_files() if path is not None and paths.is_inside(each, path)]
        own = [each for each in own if not _is_harmless(each, shell)]
        if path == str(shell.context.workspace):
            own = [each for each in own if paths.configures_programs(each[len(path) :])]
        if own:
            shell.refuse("guards.environment", subject)


def _is_harmless(path: str, shell: Shell) -> bool:
    """Whether a file of settings only says how its program talks to a server that a command names."""
    text = shell.memory.read_content(path)[1] if path.endswith("/.curlrc") else None
    return text is not None and curl_settings.is_harmless(text)


def _judge_value(template: str, value: str, shell: Shell) -> None:
    """The value as the program that reads it takes it."""
    if template == "{shell}":
        shell.judge_text(value)
        return
    if value.startswith("@"):
        shell.refuse("guards.environment", value)  # a file whose code is run
    if "-eval" in value and template.startswith("erl "):  # it splits at blanks, and knows no quotes
        shell.judge_argv(("erl", "-eval", value.partition("-eval")[2]))
    words: list[str] = []
    for word in template.split():
        words += split_words(value) if word == "{words}" else [word.replace("{value}", value)]
    shell.judge_argv(words)


def split_words(value: str) -> list[str]:
    """The words of a text as a shell splits them, or by blanks where its quotes are not closed."""
    try:
        return shlex.split(value)
    except ValueError:
        return value.split()


def _check_python_path(value: str, shell: Shell) -> None:
    """Python imports `sitecustomize` from there when it starts."""
    for entry in filter(None, value.split(":")):
        for name in ("sitecustomize.py", "usercustomize.py"):
            if shell.memory.is_own_file(f"{entry}/{name}", shell.scope):
                shell.judge_argv(("python", f"{entry}/{name}"))


def _check_path(value: str, shell: Shell) -> None:
    """PATH may get the usual tool folders; in one that every user can write, programs could be replaced."""
    for entry in value.split(":"):
        folder = shell.resolve(entry)[0] or ""
        shared = re.match(r"/(tmp|var/tmp|dev/shm)(/|$)", folder)
        own = (str(shell.context.workspace), str(shell.context.home))
        if entry == "." or (shared and not any(paths.is_inside(folder, each) for each in own)):
            shell.refuse("guards.environment", f"PATH={value}")


def check_printed_variables(command: Command, shell: Shell) -> None:
    """`echo $TOKEN`: a secret by name, among the words of a program that prints or sends them."""
    inline = command.program in read_list("code_takers") and not INLINE.isdisjoint(command.arguments)
    if command.program not in read_list("printers") and not inline:
        return
    for name in sorted(filter(is_secret_variable, command.names)):
        shell.refuse("secrets.environment", f"${name}")
    if UNKNOWN in command.names:
        shell.refuse_unless_lenient("secrets.environment", command.argv)
