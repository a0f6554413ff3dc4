"""Refuses a program that no table knows if its first words say that it destroys or publishes something.

And one whose rows say nothing of the verb. The repository's own programs are judged by their text instead
(`scripts.py`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from hooks.policy import paths
from hooks.policy.asking import asks_for_help, asks_for_version, is_dry_run
from hooks.policy.programs import scripts
from hooks.policy.programs.provided import DECLARING, declared_programs
from hooks.policy.programs.publish import PUBLISHERS, speaks_of
from hooks.policy.programs.unknown_words import (
    is_statement,
    say_so_as_options,
    say_so_as_statements,
    say_so_as_subcommands,
)
from hooks.policy.shell.files import read_text
from hooks.policy.tables import (
    call_rules,
    clients,
    consoles,
    families,
    family_modules,
    installers,
    languages,
    publishers,
    python_managers,
    read_list,
    vaults,
    with_aliases,
    wrappers,
)

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command
    from hooks.policy.tables.rows import CallRule, Console

DRY = ("--dry-?run(=(true|client|server))?", "--noop", "--what-if", "--simulate", "--pretend", "--check", "-n")
INSTALLED = re.compile(r"/(\.venv|venv|env|\.tox/[^/]+|node_modules)/(bin|Scripts|\.bin)/[^/]+$")
"""Where the project's own program is, once the project is installed."""
PACKAGES = re.compile(r"/(node_modules|\.venv|venv|vendor|site-packages)/")


def check_unknown_client(command: Command, shell: Shell) -> None:
    """`x database delete prod`, `x deploy`, `x db:drop`, `x --drop-all`, `x run 'drop table t'`, `x down --volumes`."""
    words = command.arguments
    if command.program in read_list("file_takers") or _is_own(command, shell) or _only_asks(words):
        return
    named_so = command.program.partition("-")[0] in read_list("destroying_verbs")
    fed_so = command.feed.path is None and is_statement(command.feed.text or "")
    if named_so or fed_so or say_so_as_subcommands(words) or say_so_as_options(words) or say_so_as_statements(words):
        shell.refuse_unless_lenient("unresolved.client", command.argv)


def check_unclaimed_verb(command: Command, shell: Shell) -> None:
    """`airflow dags delete x`: a program whose rows speak of other calls than this one."""
    name = command.program
    if name not in partly_known() or name in read_list("file_takers") or _is_own(command, shell):
        return
    publisher = PUBLISHERS.get(name)
    claimed = publisher is not None and speaks_of(publisher, command.arguments)
    states = command.feed.path is None and is_statement(command.feed.text or "")
    verb = states or say_so_as_subcommands(command.arguments) or say_so_as_statements(command.arguments)
    if verb and not claimed and not _only_asks(command.arguments, *_dry_runs(name)):
        shell.refuse_unless_lenient("unresolved.client", command.argv)


@cache
def partly_known() -> frozenset[str]:
    """Programs whose rows name single calls, and leave open what the others do."""
    rows: list[dict[str, Any]] = [publishers(), vaults(), python_managers(), installers()]
    named = {name for table in rows for name in with_aliases(table)}
    listing: list[Console | CallRule] = [*consoles().values(), *_rows_of_single_calls()]
    named |= {name for row in listing for name in row.programs.split()}
    return frozenset(named - fully_known())


def fully_known() -> set[str]:
    """Programs all of whose calls are judged, or that run what the repository's own files say."""
    modules = (module for module in family_modules() if module not in {"publish", "database"})
    named = {name for module in modules for row in families(module).values() for name in row.programs.split()}
    return named | {*with_aliases(clients()), *languages(), *wrappers()} - read_list("environments")


def _rows_of_single_calls() -> list[CallRule]:
    return [row for module in ("database", "publish", "remote") for row in call_rules(module).values()]


@cache
def _dry_runs(name: str) -> tuple[str, ...]:
    rows = [row for row in _rows_of_single_calls() if name in row.programs.split()]
    publisher = PUBLISHERS.get(name)
    return (*(publisher.dry if publisher else ()), *(each for row in rows for each in row.dry))


def _only_asks(words: tuple[str, ...], *dry: str) -> bool:
    return asks_for_help(words) or asks_for_version(words) or is_dry_run(words, (*DRY, *dry))


def _is_own(command: Command, shell: Shell) -> bool:
    """A program of this repository: by its path, as its Python package, or as one that its manifest declares."""
    name, workspace = command.argv[0], str(shell.context.workspace)
    if command.program in read_list("runtimes_of_programs") and _names_own_file(command, shell):
        return True
    if "/" in name:
        found = [path for path in shell.resolve(name) if path is not None]
        if any(paths.is_inside(path, workspace) and not PACKAGES.search(path) for path in found):
            return True
        return any(INSTALLED.search(path) for path in found) and _is_declared(name.rpartition("/")[2], shell)
    return _is_package(name, command, shell) or _is_declared(name, shell) or _is_executable(name, command, shell)


def _names_own_file(command: Command, shell: Shell) -> bool:
    """`java -jar target/app.jar delete 3`: the program is one that was built here."""
    workspace = str(shell.context.workspace)
    places = [
        path for word in command.arguments if "/" in word for path in shell.resolve(word.partition(":")[0]) if path
    ]
    return any(paths.is_inside(path, workspace) and not PACKAGES.search(path) for path in places)


def _is_package(name: str, command: Command, shell: Shell) -> bool:
    """`python -m name`, and the program that a package of that name installs: judged by the text that runs."""
    package = name.replace("-", "_").replace(".", "/")
    for file in (f"{package}/__main__.py", f"src/{package}/__main__.py", f"{package}/__init__.py", f"{package}.py",
                 f"src/{package}/__init__.py", f"src/{package}.py"):  # fmt: skip
        if _read_own(file, shell) is not None:
            scripts.judge_script(file, "python", command, shell)
            return True
    return False


def _is_executable(name: str, command: Command, shell: Shell) -> bool:
    """`bundle exec name`: a gem has its programs in one of these folders."""
    for file in (f"exe/{name}", f"bin/{name}"):
        if _read_own(file, shell) is not None:
            scripts.judge_script(file, "", command, shell)
            return True
    return False


def _is_declared(name: str, shell: Shell) -> bool:
    return any(name in declared_programs(file, _read_own(file, shell) or "") for file in DECLARING)


def _read_own(name: str, shell: Shell) -> str | None:
    """The text of a file of the repository; one that this session wrote declares nothing."""
    path = shell.resolve(name)[0]
    if path is None or path in shell.memory.wrote or path in shell.context.written:
        return None
    return read_text(path, str(shell.context.workspace))
