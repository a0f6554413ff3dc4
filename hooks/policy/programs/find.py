"""`find`: what it does to everything below its starting points, as far as its tests narrow that."""

from __future__ import annotations

import re
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.deletion import check_set_deletion
from hooks.policy.programs.every_command import check_write
from hooks.policy.programs.found_files import find_secrets
from hooks.policy.shell.values import UNKNOWN, Command, program_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hooks.policy.shell.facade import Shell

_NAMES = frozenset({"-name", "-iname", "-path", "-wholename"})
_OR, _NOT, _GROUPS = frozenset({"-o", "-or"}), frozenset({"!", "-not"}), frozenset({"(", ")", ","})
_EXEC = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_ACTIONS = _EXEC | {"-delete"}
_WRITES = ("-fprint", "-fprint0", "-fprintf", "-fls")


def check_find(command: Command, shell: Shell) -> None:
    words = list(command.arguments)
    starts = _starting_points(words)
    for branch in _branches(words):
        _check_branch(branch, starts, shell)


def _branches(words: Sequence[str]) -> Iterator[list[str]]:
    """What `-o` separates: each of them has its own tests and actions. With parentheses all is one."""
    if _GROUPS.intersection(words):
        yield list(words)
        return
    branch: list[str] = []
    for word in words:
        if word in _OR:
            yield branch
            branch = []
        else:
            branch.append(word)
    yield branch


def _check_branch(words: list[str], starts: Sequence[str], shell: Shell) -> None:
    """-delete and -exec act on everything below the starting points, as far as a test before them narrows that."""
    tests = list(takewhile(lambda word: word not in _ACTIONS, words))  # what comes after an action narrows nothing
    pattern = _narrowing_name(tests)
    for action in _WRITES:
        if action in words[:-1]:
            check_write(shell.resolve(words[words.index(action) + 1])[0], shell)
    inside = _exec_commands(words)
    if "-delete" in words or any(map(_deletes, inside)):
        for start in starts:
            if _finds_empty_folders(tests):
                check_write(shell.resolve(start)[0], shell)
            else:
                check_set_deletion(f"{start.rstrip('/')}/{pattern}" if pattern else start, shell)
    for inner in inside:
        if pattern is None and program_name(inner[0]) in {"rm", "unlink"}:
            continue  # judged by the starting points
        if program_name(inner[0]) == "rmdir":  # it removes empty folders alone
            for start in starts:
                check_write(shell.resolve(start)[0], shell)
            continue
        target = [f"{start.rstrip('/') or '/'}/{pattern or UNKNOWN}" for start in starts]
        argv = [each for word in inner for each in (target if word == "{}" else [word.replace("{}", UNKNOWN)])]
        shell.judge_argv(argv)
        if secrets := find_secrets(tests, starts, shell):
            shell.judge_argv([word.replace("{}", secrets[0]) for word in inner])


def _deletes(inner: list[str]) -> bool:
    """Whether a command of `-exec` deletes each file: by itself, or as a shell's text."""
    return any(re.search(r"(^|[\s;&|(/])(rm|unlink)(\s|$)", word) for word in inner)


def _finds_empty_folders(words: Sequence[str]) -> bool:
    """Git keeps no empty folder, so none of them is lost."""
    pairs = set(pairwise(words))
    return ("-type", "d") in pairs and "-empty" in words and not (_NOT | _GROUPS | _OR).intersection(words)


def _starting_points(words: list[str]) -> list[str]:
    named = takewhile(lambda word: word[:1] not in {"-", "(", "!"} or word in {"-L", "-H", "-P"}, words)
    return [word for word in named if not word.startswith("-")] or ["."]


def _narrowing_name(words: list[str]) -> str | None:
    """The one name that narrows the search; None if there are several or none."""
    names = [words[i + 1] for i, word in enumerate(words[:-1]) if word in _NAMES]
    if len(names) == 1 and not (_OR | _NOT).intersection(words):
        return names[0].rpartition("/")[2] if "/" in names[0].rstrip("*/") else names[0].strip("*/") or names[0]
    outputs = bool(names) and all(
        paths.is_output_name(name.strip("*/")) or paths.is_output_name(name) for name in names
    )
    return names[0] if outputs and not _NOT.intersection(words) else None


def _exec_commands(words: list[str]) -> list[list[str]]:
    """The commands of -exec, -execdir, -ok and -okdir, without those that name none: `find` refuses these."""
    commands: list[list[str]] = []
    inner: list[str] | None = None
    for word in words:
        if inner is None and word in _EXEC:
            inner = []
        elif inner is not None and word in {";", "+"}:
            commands.append(inner)
            inner = None
        elif inner is not None:
            inner.append(word)
    return [each for each in (*commands, inner or []) if each]


TABLE: Table = build_table(__name__, check_find)
