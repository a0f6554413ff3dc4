"""Printing the environment, and the stores in which credentials lie."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table, merge_tables
from hooks.policy.programs.variables import is_decisive, is_secret_variable
from hooks.policy.tables import vaults, with_aliases

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


_LEAVES_LINES = frozenset({"sort", "uniq"})
_SHOWS_NAMES = {
    "wc": re.compile(r"( -\w+)*"),
    "cut": re.compile(r"(?= .*-d ?=)(?=.* -f ?1( |$))( -d ?=| -f ?1| -s)+"),
    "grep": re.compile(r".* -\w*[cq]\w*( .*)?| --(?:count|quiet)( .*)?|.* --(?:count|quiet)"),
    "awk": re.compile(r" -F ?= \{ ?print \$1;? ?\}"),
    "sed": re.compile(r"( -E| -e)* s/=\.\*(\$)?//g?"),
}


def shows_names(readers: tuple[tuple[str, ...], ...]) -> bool:
    """Whether what reads the environment from a pipe prints only the variables' names, or their number."""
    for words in readers:
        if not words or words[0] not in _LEAVES_LINES or any(word.startswith(("-o", "--o")) for word in words):
            pattern = _SHOWS_NAMES.get(words[0]) if words else None
            return pattern is not None and pattern.fullmatch("".join(f" {word}" for word in words[1:])) is not None
    return False


def check_printenv(command: Command, shell: Shell) -> None:
    """`printenv`: one harmless variable by name."""
    names = parse(command.arguments).operands
    if not names and not set(command.arguments) & {"--help", "--version"} and not shows_names(shell.scope.readers):
        shell.refuse("secrets.environment", command.argv)
    for name in names:
        if is_secret_variable(name):
            shell.refuse("secrets.environment", name)


def check_declare(command: Command, shell: Shell) -> None:
    """`set`, `declare`, `export`, `typeset` without names print everything."""
    words = command.arguments
    options = [word for word in words if word.startswith("-") or word.startswith("+")]
    names = [word for word in words if word not in options]
    if command.program == "set":
        if not words:
            shell.refuse("secrets.environment", command.argv)
        return
    letters = "".join(options)
    for name in names:
        if "n" in letters and is_secret_variable(name.partition("=")[2]):
            shell.refuse("secrets.environment", name)
        if "p" in letters and is_secret_variable(name.partition("=")[0]):
            shell.refuse("secrets.environment", name)
    if not names and not set(letters) & set("fF"):
        shell.refuse("secrets.environment", command.argv)


def check_unset(command: Command, shell: Shell) -> None:
    """Taking away what tells programs where they run is tampering too."""
    for name in command.arguments:
        if is_decisive(name):
            shell.refuse("guards.environment", f"unset {name}")


def check_envsubst(command: Command, shell: Shell) -> None:
    """`envsubst`: puts in the variables that its input names, or those of them that its operand names."""
    given = parse(command.arguments).operands
    for name in re.findall(r"\$\{?(\w+)", given[0] if given else command.feed.text or ""):
        if is_secret_variable(name):
            shell.refuse("secrets.environment", name)


JQ_TEXT = re.compile(r'"(?:[^"\\]|\\[^(])*"')
JQ_SUBSCRIPT = re.compile(r"""(env|ENV)\s*\.?\[\s*["'](\w+)["']""")
JQ_ENVIRONMENT = re.compile(r"(?:(?<![\w.$@])(?:str)?env(?![\w:])|\$ENV\b|\$__prog_args\b)(?!\s*:)(?:\s*[.(]\s*(\w+))?")
"""`env` and `$ENV` in a filter, with the name of a variable if one follows; a field `.env` is another thing."""
JQ_NAMED = frozenset({"--arg", "--argjson", "--slurpfile", "--rawfile", "--argfile"})
"""Options of jq that take a name and a value."""


def check_jq(command: Command, shell: Shell) -> None:
    """`jq env` prints the environment, `jq $ENV.NAME` one variable."""
    words = list(command.arguments)
    while position := next((index for index, word in enumerate(words, 1) if word in JQ_NAMED), 0):
        del words[position - 1 : position + 2]
    options = parse(words, "-L --indent -f --from-file")
    files = options.values("-f", "--from-file")
    filters = list(options.operands[: 2 if command.program == "yq" else 1]) if not files else []
    contents = [shell.memory.read_content(path)[1] for name in files for path in shell.resolve(name) if path]
    for text in (*filters, *(text for text in contents if text)):
        for name in JQ_ENVIRONMENT.findall(JQ_TEXT.sub('""', JQ_SUBSCRIPT.sub(r"\1.\2", text))):
            if not name or is_secret_variable(name):
                shell.refuse("secrets.environment", command.argv)


VAULTS = with_aliases(vaults())


def check_vault(command: Command, shell: Shell) -> None:
    """Password managers and decrypting tools."""
    if re.fullmatch(VAULTS[command.program].reveals, " ".join(command.arguments), re.DOTALL):
        shell.refuse("secrets.vault", command.argv)


TABLE: Table = merge_tables(
    dict.fromkeys(VAULTS, check_vault),
    build_table(__name__, check_printenv, check_declare, check_unset, check_jq, check_envsubst),
)
