"""Databases and images that the session made itself: it may drop and delete them again.

Whether the program that makes one fails, because it is there already, is not seen. So a database on a server counts as
the session's only if its name says that it is a passing one; a database in a file if the file is the session's.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.paths import is_inside
from hooks.policy.programs.content import may_be_emptied
from hooks.policy.programs.loopback import is_loopback

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

_PASSING = re.compile(
    r"(?:.*[_-])?(?:t|te?mp|tests?|testing|scratch|demo|ci|foo|bar|playground|sandbox)\d*(?:[_-].*)?", re.IGNORECASE
)
_CREATES = re.compile(r"\bcreate\s+(?:database|schema)\s+[\"'`\[]?(\w[\w-]*)", re.IGNORECASE)
_DROPS_ONE = re.compile(
    r"\s*drop\s+(?:database|schema)\s+(?:if\s+exists\s+)?[\"'`\[]?(\w[\w-]*)[\"'`\]]?(?:\s+(?:cascade|with\s*\(force\)))?\s*",
    re.IGNORECASE,
)
_CONNECTION = "-d --dbname --database -h --host -H -U --username -u --user -p --port -P -c -e --command --execute -D"
_ANOTHER_SERVER = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "MYSQL_HOST", "DATABASE_URL")
_IN_FILES = frozenset({"sqlite3", "sqlite", "duckdb", "litecli"})


def is_local(command: Command, shell: Shell) -> bool:
    """Whether a client of a database server connects to this machine."""
    options = parse(command.arguments, _CONNECTION)
    host = options.value("-h", "--host", "-H") or ""
    set_here = {name for name, _ in command.assignments} | shell.scope.variables.keys()
    return (not host or host.startswith("/") or is_loopback(host)) and set_here.isdisjoint(_ANOTHER_SERVER)


def works_on_own(command: Command, shell: Shell) -> bool:
    """Whether a client opens a database that the session made."""
    options = parse(command.arguments, _CONNECTION)
    opened = options.value("-d", "--dbname", "--database", "-D") or next(iter(options.operands), "")
    if command.program in _IN_FILES:
        paths = [path for word in options.operands[:1] for path in shell.resolve(word)]
        attaches = any(re.search(r"\battach\b|^\s*\.open", word, re.IGNORECASE) for word in command.arguments)
        return bool(paths) and not attaches and all(_is_own_file(path, command, shell) for path in paths)
    return is_own_database(opened, command, shell)


def _is_own_file(path: str | None, command: Command, shell: Shell) -> bool:
    """One that the session made, or that these statements make."""
    if path is None or may_be_emptied(path, shell):
        return path is not None
    creates = any(
        re.search(r"\bcreate\b", text, re.IGNORECASE) for text in (*command.arguments, command.feed.text or "")
    )
    return creates and not os.path.lexists(path) and is_inside(path, str(shell.context.workspace))


def is_own_database(name: str, command: Command, shell: Shell) -> bool:
    made = shell.memory.files.has_made("database", name)
    return made and _PASSING.fullmatch(name) is not None and is_local(command, shell)


def drops_only_own(statements: str, command: Command, shell: Shell) -> bool:
    """`drop database t1; create database t1`, of databases that the session made."""
    drops = [
        each for each in statements.split(";") if re.search(r"\b(drop|truncate|delete|alter)\b", each, re.IGNORECASE)
    ]
    found = [_DROPS_ONE.fullmatch(each) for each in drops]
    return bool(found) and all(each and is_own_database(each[1], command, shell) for each in found)


def remember_database(command: Command, shell: Shell) -> None:
    """`createdb t1`, `psql -c 'create database t1'`, `sqlite3 t.db …`."""
    operands = parse(command.arguments, f"{_CONNECTION} -O -T -E -l -W --owner --template --encoding").operands
    if command.program in _IN_FILES:
        for path in shell.resolve(operands[0]) if operands else ():
            shell.memory.files.make(path) if path else None
    elif is_local(command, shell):
        named = [operands[0]] if command.program == "createdb" and operands else []
        if command.program == "mysqladmin" and operands[:1] == ("create",):
            named += operands[1:2]
        for text in (*command.arguments, command.feed.text or ""):
            named += _CREATES.findall(text)
        for name in named:
            shell.memory.files.note_named("database", name)


def remember_image(command: Command, shell: Shell) -> None:
    """`docker build -t app:test .`, `docker tag a app:test`."""
    words = command.arguments
    verb = next((word for word in words if not word.startswith("-")), "")
    if verb in {"build", "buildx"}:
        for before, word in zip(words, (*words[1:], ""), strict=True):
            given = (
                word if before in {"-t", "--tag"} else before.partition("=")[2] if before.startswith("--tag=") else ""
            )
            if given:
                shell.memory.files.note_named("image", given.removesuffix(":latest"))
    elif verb == "tag":
        shell.memory.files.note_named("image", words[-1].removesuffix(":latest"))


def removes_only_own_images(operands: tuple[str, ...], shell: Shell) -> bool:
    """`docker rmi app:test`, `docker image rm app:test`, of images that the session built."""
    named = operands[1:] if operands[:1] == ("rmi",) else operands[2:] if operands[:2] == ("image", "rm") else ()
    return bool(named) and all(shell.memory.files.has_made("image", each.removesuffix(":latest")) for each in named)
