"""Tests, plugins and build files that a session wrote: what they do in any case when a program loads them.

What is merely unknown in them is not refused: a test starts the project's own program, deletes the folder that its
runner made, and talks of `rm -rf /` without running it.
"""

from __future__ import annotations

import os
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from hooks.policy.paths import is_inside, is_secret
from hooks.policy.patterns import compile_once
from hooks.policy.programs.deletion import may_delete_tree
from hooks.policy.programs.every_command import check_write
from hooks.policy.programs.node_deletions import MAY_DELETE, find_deleted, rewrite
from hooks.policy.programs.program_text import judge_commands, without_comments
from hooks.policy.programs.python_source import TooComplex, normalise
from hooks.policy.ruling import Refused
from hooks.policy.tables import test_code
from hooks.policy.tables.rows import TestCode

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

CHAIN = re.compile(r"(?<=[\"'\]])\s*\)\s*\.args?\(\s*(?:&\s*)?(?:\[|vec!\s*\[)?")
"""Rust's `Command::new("git").arg("push")` names its words one by one."""
SET_PIECEWISE = re.compile(
    r"(?:launchPath|executableURL)\s*=\s*(?:URL\(\s*fileURLWithPath:\s*)?(\"[^\"\n]+\")\)?[^\0]{0,200}?\.arguments\s*=\s*\[([^\]]*)\]"
)
"""Swift's Process gets its program and its words in two assignments."""
PYTHON, NODE, COMPILED = (test_code()[name] for name in ("python", "node", "compiled"))


@cache
def find_language(name: str) -> TestCode | None:
    """The language of a file by its name; None if it is none that runs commands."""
    for row in test_code().values():
        if any(name.endswith(each) for each in row.suffixes.split()):
            return row
    return None


def judge_test_code(text: str, row: TestCode, command: Command, shell: Shell) -> None:
    """Refuse what this code does in any case. In a `.pth` file only lines that import are code."""
    code = _read_code(text, row, shell.memory.script)
    if row is COMPILED:
        code = SET_PIECEWISE.sub(r"system(\1, \2)", CHAIN.sub(", ", code))
    if row.blanks:
        code = re.sub(r"\"\s+(?=\")", '", ', code.replace('\\"', '"'))
    if compile_once(row.executes).search(code):
        shell.refuse("remote.code", command.argv)
    if compile_once(row.prints, re.MULTILINE).search(code):
        shell.refuse("secrets.environment", command.argv)
    with shell.memory.as_test_code():
        judge_commands(row, code, shell)
        for path in (*_paths(row.deletes, code), *find_deleted(code, compile_once(row.deleting_calls))):
            _check_deleted(path, shell)
        for path in _paths(row.reads, code):
            _check_read(path, shell)
        for path in _paths(row.writes, code):
            for resolved in shell.resolve(path):
                check_write(resolved, shell)


def _read_code(text: str, row: TestCode, path: str) -> str:
    """The text as the row's patterns expect it."""
    if row is PYTHON:
        return _normalise(text)
    code = without_comments(text, row)
    return rewrite(code, path) if row is NODE and MAY_DELETE.search(code) else code


def _check_deleted(word: str, shell: Shell) -> None:
    """Below the workspace a test deletes what it made, mostly in a folder that only its runner knows: not a folder that
    is there, and that no tool makes."""
    workspace = str(shell.context.workspace)
    for path in filter(None, shell.resolve(word)):
        below = is_inside(path, workspace) and path != workspace and "/.git" not in path
        own = below and not os.path.isdir(path)  # noqa: PTH112 -- plain strings
        if not own and not may_delete_tree(path, word, shell):
            shell.refuse("interpreter.delete", word)


def _check_read(word: str, shell: Shell) -> None:
    """A secret outside of the workspace; inside tests make such files for themselves."""
    for path in shell.resolve(word) if re.search(r"[/~]", word) else ():
        if path is not None and not is_inside(path, str(shell.context.workspace)) and is_secret(path, shell.context):
            shell.refuse("secrets.file", word)


@lru_cache(maxsize=256)
def _normalise(text: str) -> str:
    """Kept from call to call: a session runs its tests many times, and parsing them costs more than all else."""
    try:
        return normalise(text)
    except TooComplex:
        return text


def _paths(pattern: str, code: str) -> list[str]:
    """The literals that the pattern's groups `path`, `path2`, … find."""
    return [
        value
        for match in compile_once(pattern).finditer(code)
        for name, value in match.groupdict().items()
        if name.startswith("path") and value
    ]


def find_refusal(text: str, row: TestCode, command: Command, shell: Shell) -> Refused | None:
    """The refusal of this code, or None."""
    try:
        judge_test_code(text, row, command, shell)
    except Refused as refused:
        return refused
    return None


def find_new_refusal(text: str, inherited: str, row: TestCode, command: Command, shell: Shell) -> Refused | None:
    """The refusal of this code; None too where the repository's text gave the same: that counts as reviewed."""
    refused = find_refusal(text, row, command, shell)
    if refused is None or not inherited:
        return refused
    before = find_refusal(inherited, row, command, shell)
    same = before is not None and (before.rule, before.subject) == (refused.rule, refused.subject)
    return None if same else refused
