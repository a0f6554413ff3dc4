"""Programs that run what is in files, whatever their words say: tests, plugins, build files, hooks, tasks.

Which program loads which files is data (`tables/loaders`). Of a file that this session wrote, each command that was not
in it before is judged like a command of the session; code is judged for what it does in any case.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from hooks.policy.options import Options, parse
from hooks.policy.paths import is_inside
from hooks.policy.programs import Rule, Table, ask_in_turn
from hooks.policy.programs.addresses import is_downloaded, is_location
from hooks.policy.programs.build_files import (
    read_build_file,
    read_earthfile,
    read_generators,
    read_init_hooks,
    read_project,
)
from hooks.policy.programs.documents import READERS, read_cells, select
from hooks.policy.programs.drafts import judge_drafts
from hooks.policy.programs.imports import judge_imports
from hooks.policy.programs.justfiles import read_justfile
from hooks.policy.programs.task_texts import is_too_deep, judge_texts
from hooks.policy.programs.test_code import find_language, find_new_refusal
from hooks.policy.tables import loaders

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command
    from hooks.policy.tables.rows import Loader

Goals = tuple[str, ...]


def loader_rule(row: Loader) -> Rule:
    """The rule of one row."""

    def check_loaded_files(command: Command, shell: Shell) -> None:
        options = parse(command.arguments, " ".join((row.valued, row.folder, row.file)))
        words = " ".join(options.operands)
        if not re.match(row.when, words) or any(re.match(row.unless, word) for word in command.arguments):
            return
        if is_too_deep(shell):
            return
        goals = _goals(row, options)
        for path in _loaded(row, options, command, shell):
            _judge_file(path, row, goals, command, shell)
        for name in options.values(*row.file.split()):
            _judge_fed_file(name, row, goals, command, shell)

    return check_loaded_files


def _goals(row: Loader, options: Options) -> Goals:
    """The tasks that the operands name; `project:task` names a task of a project."""
    operands = list(options.operands)
    if row.goals:
        verb = next((index for index, word in enumerate(operands) if re.fullmatch(row.goals, word)), None)
        operands = operands[verb + 1 :] if verb is not None else operands
    operands = operands or row.default.split()
    return tuple(part for word in operands for part in dict.fromkeys((word, *word.split(":"))))


def _loaded(row: Loader, options: Options, command: Command, shell: Shell) -> Iterator[str]:
    """The files that the program will load and that the session wrote or fetched; where the row says so others too."""
    given = options.value(*row.folder.split()) or "."
    folders = [folder or str(shell.context.workspace) for folder in shell.resolve(given)]
    named = {path for name in options.values(*row.file.split()) for path in shell.resolve(name) if path}
    if any(is_location(name) for name in options.values(*row.file.split())):
        shell.refuse("remote.code", command.argv)
    asked = [path for word in options.operands for path in shell.resolve(word) if path] if row.operands else []
    if any(map(shell.session.is_fetched, (*folders, *asked, *named))):
        shell.refuse("remote.code", command.argv)
    own = shell.session.own_files()
    places = _existing(options, shell) if row.operands and own else []
    workspace = str(shell.context.workspace)
    for path in own:
        loaded = path in named or any(_matches(path, folder, row.files, workspace) for folder in folders)
        if loaded and (not row.operands or _is_asked(path, places)):
            yield path
    if row.repository:
        yield from (path for path in [*named, *_present(row, folders)] if not shell.session.is_own(path))


@lru_cache(maxsize=65_536)  # a session asks the same of each file that it wrote, at every command that loads files
def _matches(path: str, folder: str, patterns: tuple[str, ...], workspace: str) -> bool:
    """Whether a pattern names the path: below the folder, or in it or one above it."""
    if is_inside(path, folder) and any(_fit(path[len(folder) :], pattern) for pattern in patterns):
        return True
    above = folder
    while is_inside(path, workspace) and is_inside(above, workspace):
        if is_inside(path, above) and any(_fit(path[len(above) :], each.removeprefix("**/")) for each in patterns):
            return True
        above = os.path.dirname(above)  # noqa: PTH120 -- plain strings
    return False


def _fit(below: str, pattern: str) -> bool:
    return _translate(pattern).fullmatch(below) is not None


@cache
def _translate(pattern: str) -> re.Pattern[str]:
    """`*` stops at a folder's end, `**` does not."""
    text = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.compile("/" + text)


def _existing(options: Options, shell: Shell) -> list[str]:
    """The existing places and written files that the operands name."""
    found = [path for word in options.operands for path in shell.resolve(word.partition("::")[0]) if path]
    return [each for each in found if os.path.exists(each) or shell.session.is_own(each)]  # noqa: PTH110


def _is_asked(path: str, asked: list[str]) -> bool:
    """Where operands name such places, only what lies in them is loaded, and what lies above."""
    name = path.rpartition("/")[2]
    return not asked or name.startswith(("conftest", ".")) or any(is_inside(path, each) for each in asked)


def _present(row: Loader, folders: list[str]) -> Iterator[str]:
    for folder in folders:
        for name in row.files:
            if "*" not in name and os.path.isfile(f"{folder}/{name}"):  # noqa: PTH113 -- hot path
                yield f"{folder}/{name}"


def _judge_file(path: str, row: Loader, goals: Goals, command: Command, shell: Shell) -> None:
    if row.reads == "code" and find_language(path) is None:
        return
    if shell.session.is_fetched(path):
        shell.refuse("remote.code", path)
    text = shell.session.read_content(path)[1]
    own = shell.session.is_own(path)
    if text is None and own:
        text = judge_drafts(path, shell)
    if text is None or (seen := (path, text, goals, row)) in shell.session.judged:
        return  # a task that runs its own runner again would be judged without end
    shell.session.judged.add(seen)
    inherited = shell.session.read_inherited(path) if own else text
    if path.endswith(".ipynb"):
        text, inherited = read_cells(text), read_cells(inherited)
    if row.reads == "code":
        _judge_code(path, text, inherited, command, shell)
    elif row.reads == "settings":
        _check_settings(row, text, inherited, shell)
    else:
        inside = shell.as_task(shell.scope.folders)
        texts = _read(row, text, goals)
        judge_texts(texts, texts if inherited == text else _read(row, inherited, goals), command, inside)


def _judge_fed_file(name: str, row: Loader, goals: Goals, command: Command, shell: Shell) -> None:
    """`just -f -`, `cmake -P <(…)`: what another command prints is the file."""
    feed = command.feed if name in {"-", "/dev/stdin"} and command.feed.present else shell.session.find_pipe(name)
    if feed is None:
        return
    if is_downloaded(feed):
        shell.refuse("remote.code", command.argv)
    if feed.text is None:
        shell.refuse_unless_lenient("unresolved.code", command.argv)
    elif row.reads not in {"code", "settings"}:
        judge_texts(_read(row, feed.text, goals), [], command, shell.as_task(shell.scope.folders))


def _judge_code(path: str, text: str, inherited: str, command: Command, shell: Shell) -> None:
    language = find_language(path)
    if language is None:
        return
    if (refused := find_new_refusal(text, inherited, language, command, shell)) is not None:
        raise refused
    judge_imports(text, "python" if path.endswith((".py", ".pyi")) else "", command, shell)


def _check_settings(row: Loader, text: str, inherited: str, shell: Shell) -> None:
    for pattern in row.commands:
        for line in text.splitlines():
            if re.search(pattern, line) and line not in inherited.splitlines():
                shell.refuse("guards.environment", line)


def _read(row: Loader, text: str, goals: Goals) -> list[str]:
    if row.reads in READERS:
        document = READERS[row.reads](text)
        found = [each for path in row.commands for each in select(document, path, goals)]
        found = [inner for each in found for inner in _open_settings(each)]
    else:
        found = TEXTS[row.reads](text, goals)
    return [fill_in(each) for each in found if each.strip()]


def _open_settings(text: str) -> list[str]:
    """tox's settings may stand as one text in pyproject.toml."""
    return select(READERS["ini"](text), "testenv*.commands*", ()) if text.lstrip().startswith("[testenv") else [text]


def fill_in(text: str) -> str:
    """A command with what its runner puts in replaced by what is not known; tox's `{posargs:x}` gives x."""
    text = re.sub(r"\$?\{\{.*?\}\}", "${MADE}", text)
    text = re.sub(r"(?<!\$)\{(?:posargs|env:\w+):([^{}]*)\}", r"\1", text)
    text = re.sub(r"(?<!\$)\{(?:envpython|py|python)\}", "python", text)
    return re.sub(r"(?<!\$)\{(?:\[[\w:-]+\])?[a-z_]+(?::[^{}]*)?\}", "${MADE}", text).strip().lstrip("-! ")


TEXTS: dict[str, Callable[[str, Goals], list[str]]] = {
    "shell": lambda text, _goals: [text],
    "just": read_justfile,
    "generate": read_generators,
    "xml": read_project,
    "build": read_build_file,
    "earthfile": read_earthfile,
    "pylint": read_init_hooks,
}


def _build_table() -> Table:
    rules: dict[str, list[Rule]] = {}
    for row in loaders().values():
        for name in row.programs.split():
            rules.setdefault(name, []).append(loader_rule(row))
    return {name: ask_in_turn(tuple(each)) for name, each in rules.items()}


TABLE: Table = _build_table()
