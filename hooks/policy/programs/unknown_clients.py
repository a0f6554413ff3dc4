"""A program that no table knows, whose first words say that it destroys or publishes: doubtful, and so refused.

The repository's own programs are judged by their text instead (`scripts.py`), and options are never taken for verbs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.asking import asks_for_help, asks_for_version, is_dry_run
from hooks.policy.programs import scripts
from hooks.policy.programs.verbs import names_verb
from hooks.policy.shell.files import read_text
from hooks.policy.tables import listed, valued

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

DRY = ("--dry-?run(=(true|client|server))?", "--noop", "--what-if", "--simulate", "--pretend", "--check", "-n")
WITHIN = 4
"""The verb is among this many words: `x verb`, `x thing verb`, `x group thing verb`."""
SUBCOMMAND = re.compile(r"[A-Za-z][\w:-]*")
SWITCH = re.compile(r"-[yvqd]+")
WITH_DATA = frozenset({"-v", "--volumes", "--remove-volumes", "--purge", "--delete-data", "--rmi"})
PACKAGES = re.compile(r"/(node_modules|\.venv|venv|vendor|site-packages)/")


def check_unknown_client(command: Command, shell: Shell) -> None:
    """`x database delete prod`, `x deploy`, `x db:drop`, `x destroy-all`, `x down --volumes`."""
    words = command.arguments
    if command.program in listed("file_takers") or _is_own(command, shell):
        return
    if asks_for_help(words) or asks_for_version(words) or is_dry_run(words, DRY):
        return
    named_so = command.program.partition("-")[0] in listed("destroying_verbs")
    if named_so or _destroys(words) or _takes_down(words):
        shell.refuse_unless_lenient("unresolved.client", command.argv)


def _is_own(command: Command, shell: Shell) -> bool:
    """A program of this repository: by its path, as its Python package, or as one that its manifest declares."""
    name, workspace = command.argv[0], str(shell.context.workspace)
    if "/" in name:
        found = [path for path in shell.resolve(name) if path is not None]
        return any(paths.is_inside(path, workspace) and not PACKAGES.search(path) for path in found)
    return _is_package(name, command, shell) or _is_declared(name, shell)


def _is_package(name: str, command: Command, shell: Shell) -> bool:
    """`python -m name`, and the program that a package of that name installs: judged by the text that runs."""
    package = name.replace("-", "_").replace(".", "/")
    for file in (f"{package}/__main__.py", f"src/{package}/__main__.py", f"{package}/__init__.py", f"{package}.py",
                 f"src/{package}/__init__.py"):  # fmt: skip
        if _read_own(file, shell) is not None:
            scripts.judge_script(file, "python", command, shell)
            return True
    return False


def _is_declared(name: str, shell: Shell) -> bool:
    quoted = re.escape(name)
    node, python = _read_own("package.json", shell) or "", _read_own("pyproject.toml", shell) or ""
    return (
        re.search(rf'"bin"\s*:\s*\{{[^}}]*"{quoted}"\s*:', node) is not None
        or re.search(rf"(?m)^\s*[\"']?{quoted}[\"']?\s*=\s*[\"'][\w.]+:\w+[\"']", python) is not None
    )


def _read_own(name: str, shell: Shell) -> str | None:
    """The text of a file of the repository; one that this session wrote declares nothing."""
    path = shell.resolve(name)[0]
    if path is None or path in shell.session.wrote or path in shell.context.written:
        return None
    return read_text(path, str(shell.context.workspace))


def _destroys(words: tuple[str, ...]) -> bool:
    verbs, looking = listed("destroying_verbs"), listed("looking_verbs")
    for word in _subcommands(words):
        if names_verb(word, verbs):
            return True
        if word.lower() in looking:
            return False
    return False


def _subcommands(words: tuple[str, ...]) -> Iterator[str]:
    """The first words that are no options, and not the values of those that surely take one."""
    before, seen = "", 0
    for word in words:
        if word == "--" or seen == WITHIN:
            return
        if not word.startswith("-") and not _takes_value(before):
            seen += 1
            if SUBCOMMAND.fullmatch(word):
                yield word
        before = word


def _takes_value(option: str) -> bool:
    """Of short options most take a value, and of long ones those that are listed."""
    if option.startswith("--"):
        return option in {*valued("any").split(), *valued("unknown_client").split()}
    return option.startswith("-") and option != "-" and not SWITCH.fullmatch(option)


def _takes_down(words: tuple[str, ...]) -> bool:
    """`x down --volumes`: what runs, with its data."""
    return "down" in words[:WITHIN] and not WITH_DATA.isdisjoint(words)
