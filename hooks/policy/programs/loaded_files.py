"""Which files a program loads: by the patterns of its row, by its options and variables, and by what its settings name.

Only files that this session wrote or fetched are looked for; where the row says so also those of the repository.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from hooks.policy.options import Options
from hooks.policy.paths import is_inside
from hooks.policy.programs.addresses import is_location
from hooks.policy.programs.documents import find_reader, select

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command
    from hooks.policy.tables.rows import Loader

MODULE_ENDINGS = (
    "",
    ".py",
    "/__init__.py",
    ".js",
    ".cjs",
    ".mjs",
    ".ts",
    "/index.js",
    ".rb",
    ".lua",
    ".sql",
    "/Taskfile.yml",
)
"""What a name of a module may leave out of its file's name."""


def find_loaded(row: Loader, options: Options, command: Command, shell: Shell) -> Iterator[str]:
    """The files that the program will load and that the session wrote or fetched; where the row says so others too."""
    given = options.value(*row.folder.split()) or "."
    folders = [folder or str(shell.context.workspace) for folder in shell.resolve(given)]
    names = list(options.values(*row.file.split()))
    named = {path for name in names for path in shell.resolve(name) if path}
    if any(is_location(name) for name in names):
        shell.refuse("remote.code", command.argv)
    asked = [path for word in options.operands for path in shell.resolve(word) if path] if row.operands else []
    if any(map(shell.memory.is_fetched, (*folders, *asked, *named))):
        shell.refuse("remote.code", command.argv)
    own = shell.memory.own_files()
    if own:
        names += [*_names_in_variables(row, command, shell), *_names_in_settings(row, [*folders, *named], shell)]
        named |= {path for name in names for path in find_modules(name, shell)}
        named |= set(_find_mentioned(row, folders, own, shell))
        places = _existing(options, shell) if row.operands else []
        yield from (path for path in own if path in named or _is_loaded(path, row, folders, places, shell))
    if row.repository:
        yield from (path for path in [*named, *_present(row, folders)] if not shell.memory.is_own(path))


def _is_loaded(path: str, row: Loader, folders: list[str], places: list[str], shell: Shell) -> bool:
    workspace = str(shell.context.workspace)
    matched = any(_matches(path, folder, row.files, workspace) for folder in folders)
    return matched and (not row.operands or _is_asked(path, places))


def find_modules(name: str, shell: Shell) -> Iterator[str]:
    """The paths of a file that is named as such, without its ending, or as a module: `./k`, `a.b:x`."""
    name = name.removeprefix("<rootDir>/").strip()
    dotted = name.partition(":")[0].replace(".", "/") if re.fullmatch(r"[\w.:-]+", name) else name
    for each in dict.fromkeys((name, dotted, os.path.dirname(dotted) or dotted)):  # noqa: PTH120 -- plain strings
        yield from (path for ending in MODULE_ENDINGS for path in shell.resolve(each + ending) if path)


def _names_in_variables(row: Loader, command: Command, shell: Shell) -> Iterator[str]:
    """`PYTEST_PLUGINS=evil`, `PYTEST_ADDOPTS='-p evil'`: before the command, or exported earlier."""
    given = dict(command.assignments)
    for variable in row.variables.split():
        values = (given[variable],) if variable in given else shell.scope.variables.get(variable, ())
        for value in values:
            yield from _split_words(value)


def _split_words(text: str) -> list[str]:
    """The words of a text; `-pevil` and `--require=./k.js` give what the option names too."""
    words = [word for word in re.split(r"[\s,;'\"]+", text) if word]
    return [*words, *(re.sub(r"^-(?:-[\w-]+=|\w)", "", word) for word in words if word.startswith("-"))]


def _names_in_settings(row: Loader, places: list[str], shell: Shell) -> Iterator[str]:
    """What the texts at the row's `paths` name, in each settings file that is there."""
    folders = [each for each in places if not os.path.isfile(each)]  # noqa: PTH113 -- plain strings
    files = [each for each in places if each not in folders]
    files += [f"{folder}/{name}" for folder in folders for name in row.settings.split()]
    for file in files if row.paths else ():
        text = shell.memory.read_content(file)[1]
        document = find_reader(file)(text) if text else {}
        texts = [each for path in row.paths for each in select(document, path, (), every=True)]
        for each in texts:
            beside = os.path.join(os.path.dirname(file), each)  # noqa: PTH118, PTH120 -- plain strings
            yield from (each, beside, *_split_words(each))


WORD = re.compile(r"(?<![\w-])-\w([\w-]+)|(\w[\w-]*)")
"""A word of a file of options; of `-Mk` it is `k`."""


def _find_mentioned(row: Loader, folders: list[str], own: list[str], shell: Shell) -> Iterator[str]:
    """The session's files whose names are words of a file of options, as in `.rspec` and `jest.config.js`."""
    texts = [shell.memory.read_content(f"{folder}/{name}")[1] for folder in folders for name in row.mentions.split()]
    words = {next(filter(None, found.groups())) for text in texts if text for found in WORD.finditer(text)}
    for path in own if words else ():
        name = path.removesuffix("/__init__.py").rpartition("/")[2]
        if name.partition(".")[0] in words:
            yield path


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


VERBS = frozenset({"test", "run", "watch", "exec", "bench", "check", "build"})
"""Subcommands that a folder may be called, too: `bun test` runs the tests in all folders."""


def _existing(options: Options, shell: Shell) -> list[str]:
    """The existing places and written files that the operands name."""
    named = options.operands[1:] if options.operands[:1] and options.operands[0] in VERBS else options.operands
    found = [path for word in named for path in shell.resolve(word.partition("::")[0]) if path]
    return [each for each in found if os.path.exists(each) or shell.memory.is_own(each)]  # noqa: PTH110


def _is_asked(path: str, asked: list[str]) -> bool:
    """Where operands name such places, only what lies in them is loaded, and what lies above."""
    name = path.rpartition("/")[2]
    return not asked or name.startswith(("conftest", ".")) or any(is_inside(path, each) for each in asked)


def _present(row: Loader, folders: list[str]) -> Iterator[str]:
    for folder in folders:
        for name in row.files:
            if "*" not in name and os.path.isfile(f"{folder}/{name}"):  # noqa: PTH113 -- hot path
                yield f"{folder}/{name}"
