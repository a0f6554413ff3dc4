"""Judges what a program's text does with files, whatever its language: deletes, empties, writes."""

from __future__ import annotations

import fnmatch
import os
import re
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.programs.content import check_emptied_by_code
from hooks.policy.programs.deletion import may_delete_tree
from hooks.policy.programs.drafts import INLINE_CODE
from hooks.policy.programs.every_command import check_write
from hooks.policy.programs.links import remember_code_links
from hooks.policy.programs.loopback import is_loopback
from hooks.policy.programs.python_files import FileUse, find_file_uses
from hooks.policy.programs.text_files import find_text_uses, literals
from hooks.policy.shell.values import UNKNOWN, single_value
from hooks.policy.tables import read_list
from hooks.policy.tables.rows import Language

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

PATH = re.compile(r"[~\w./@+*-]{1,300}")
CHANGES_FILES = re.compile(
    r"['\"][rb]?[wax]\+?b?['\"]|write|put_contents|append|unlink|remove|rm|rename|truncate|copy|move|symlink"
)
READS_OR_RUNS = re.compile(
    r"open|read|load|Path|copy|cat|run|system|exec|import\(|parse|File|IO\.|slurp|get_contents|require|spawn|popen|call"
    r"|rename|move|link|stat|send|upload|glob|config|dotenv|`|<",
    re.IGNORECASE,
)
LISTS_BY_PATTERN = re.compile(r"glob|fnmatch|Dir\[|system|exec|spawn|popen|run\b|`", re.IGNORECASE)
MOVES = re.compile(r"\brename|\bmove\b|\brenameSync|\bmv\b|\.replace\(")
MOVES_OR_OPENS = re.compile(
    r"\brename(?:Sync)?\b|\b(?:mv|move)\b\s*\(?\s*['\"]|\bopen\b[^;\n]*['\"]\s*\+?>|File\.write"
    r"|\bmkdir(?:Sync|_p)?\b"
)
"""What writes a file that any of its arguments may name."""
MOVES_FOLDERS = re.compile(r"\b(?:os|fs|shutil|FileUtils|File)\.(?:rename\w*|move|replace|mv)\b|\brename(?:Sync)?\s*\(")
DOWNLOADS = re.compile(
    r"\burlretrieve\b|\burlopen\b|\b(?:requests|httpx)\.get\(|\bfetch\(\s*['\"`]https?:|\bhttps?\.get\(|URI\.open|Net::HTTP\.get"
)
UNPACKS = re.compile(r"\bextractall\b|\bunpack_archive\b|\bextractAllTo\b|\btar\.x\b|\bextract_zip\b")
CODE_LIMIT = 4000
"""So long code may be that edits package.json, and is read for the scripts that it puts there."""
SYSTEM_FOLDER = re.compile(r"/(etc|usr|bin|sbin|boot|lib)")


def check_files(row: Language, code: str, command: Command, shell: Shell, *, python: bool) -> None:
    """What the code deletes, empties and writes, and the secrets that it names."""
    remember_code_links(code, shell)
    temporary = _temporary_folder(command, shell)
    uses = find_file_uses(code, temporary) if python else None
    if uses is None:
        uses = find_text_uses(row, code, temporary)
    for use in uses:
        _judge(use, code, shell)
    _remember_fetched(uses, code, shell)
    _check_secrets(code, shell)
    if any(use.action == "write" and UNKNOWN in use.path for use in uses):
        for literal in filter(PATH.fullmatch, literals(code)):
            # Tests of the repository name devices and files of the system that they only ask for.
            if not (shell.memory.judges_repository and literal.startswith("/")):
                _check_written(literal, code, shell)
    if not python and MOVES_OR_OPENS.search(code):
        for literal in literals(code):
            if (named := literal.lstrip("><+ ")).startswith(("/", "..")) and PATH.fullmatch(named):
                _check_outside(named, shell)
    if MOVES.search(code):
        shell.memory.files.move_in(str(shell.context.workspace))
    if MOVES_FOLDERS.search(code):
        _remember_moved_out(code, shell)


def _remember_moved_out(code: str, shell: Shell) -> None:
    """A folder of the workspace may be moved to any of the temporary places that the code names."""
    named = [path for each in literals(code) if PATH.fullmatch(each) for path in shell.resolve(each) if path]
    if any(os.path.isdir(path) and not paths.is_temporary(path, shell.context) for path in named):  # noqa: PTH112
        for path in named:
            if paths.is_temporary(path, shell.context):
                shell.memory.files.move_in(path)


def _remember_fetched(uses: list[FileUse], code: str, shell: Shell) -> None:
    """What a program downloads into a file, and what it takes out of a downloaded archive."""
    addresses = re.findall(r"https?://[^\s'\"`)]+", code)
    downloads = DOWNLOADS.search(code) is not None and not (addresses and all(map(is_loopback, addresses)))
    for use in uses if downloads else ():
        if use.action == "write" and UNKNOWN not in use.path:
            shell.memory.fetched.update(path for path in shell.resolve(use.path) if path)
    if (downloads or shell.memory.fetched) and UNPACKS.search(code):
        shell.memory.unpacked.add("/")


def _temporary_folder(command: Command, shell: Shell) -> str:
    if any(name == "TMPDIR" for name, _ in command.assignments):
        return UNKNOWN
    given = shell.scope.variables.get("TMPDIR")
    return single_value(given) if given else shell.memory.environment(shell.scope)["TMPDIR"]


def _judge(use: FileUse, code: str, shell: Shell) -> None:
    if use.action == "delete_tree":
        _check_tree(use, shell)
    elif UNKNOWN in use.path:
        if use.action == "delete" and "*" in use.path:
            shell.refuse_unless_lenient("interpreter.delete", use.text)
    elif use.action == "write":
        _check_outside(use.path, shell)
        _check_written(use.path, code, shell)
    elif "*" in use.path:
        _check_set(use, shell)
    elif use.action == "delete":
        for path in shell.resolve(use.path):
            check_write(path, shell)
    else:
        check_emptied_by_code(use.path, shell)


def _check_tree(use: FileUse, shell: Shell) -> None:
    last = use.path.rstrip("/").rpartition("/")[2]
    if UNKNOWN in use.path and not (paths.is_output_name(last) and ".." not in use.path):
        shell.refuse_unless_lenient("interpreter.delete", use.text)
    if UNKNOWN in use.path:
        return
    workspace = str(shell.context.workspace)
    for path in shell.resolve(use.path):
        if path is None:
            shell.refuse_unless_lenient("interpreter.delete", use.text)
        elif not may_delete_tree(path, use.path, shell):
            inside = paths.is_inside(path, workspace) and path != workspace and "/.git" not in path[len(workspace) :]
            (shell.refuse_unless_lenient if inside else shell.refuse)("interpreter.delete", use.text)


def _check_set(use: FileUse, shell: Shell) -> None:
    """All files that a loop gives are deleted or emptied."""
    rule = "interpreter.delete" if use.action == "delete" else "delete.content"
    name = use.path.rpartition("/")[2]
    for path in shell.resolve(use.path):
        check_write(path, shell)
        if path is not None and may_delete_tree(path, use.path, shell):
            continue
        if path is not None and not (paths.is_inside(path, str(shell.context.workspace)) and "/.git/" not in path):
            shell.refuse(rule, use.text)
        if not any(fnmatch.fnmatchcase(name, each) for each in read_list("leftovers")):
            shell.refuse_unless_lenient(rule, use.text)


def _check_secrets(code: str, shell: Shell) -> None:
    """A program that reads nothing only talks of the files whose names are in it."""
    if not READS_OR_RUNS.search(re.sub(r"(['\"]).*?\1", "", code)):
        return
    found = literals(code)
    if not LISTS_BY_PATTERN.search(code):
        found = [each for each in found if re.search(r"\w", each)]  # `.*` is a regular expression
    if any("/proc" in each for each in found) and any(re.search(r"(^|/)environ$", each) for each in found):
        shell.refuse_unless_lenient("secrets.file", "/proc/…/environ")
    for literal in found:
        if PATH.fullmatch(literal):
            for path in shell.resolve(literal):
                if path is not None and paths.is_secret(path, shell.context):
                    shell.refuse_unless_lenient("secrets.file", literal)


def _check_outside(word: str, shell: Shell) -> None:
    """The repository's own programs may write where they are installed: in a cell that is not the host's."""
    for path in () if shell.memory.lenient else shell.resolve(word):
        check_write(path, shell)


def _check_written(word: str, code: str, shell: Shell) -> None:
    for path in shell.resolve(word) if re.search(r"[./~]", word) else ():
        if path is None:
            continue
        if paths.is_guard(path, shell.context):
            shell.refuse("guards.files", word)
        if paths.is_device(path):
            shell.refuse("device", word)
        of_system = SYSTEM_FOLDER.match(path) and paths.is_system(path, shell.context)
        if path.endswith("/package.json") and not shell.memory.lenient and len(code) < CODE_LIMIT:
            shell.memory.edit(path, (INLINE_CODE, code))
        if CHANGES_FILES.search(code) and (paths.is_startup(path, shell.context) or of_system):
            shell.refuse("delete.outside", word)
