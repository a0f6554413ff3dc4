"""What a program in another language than Python does with files, found by the patterns of its row.

A variable for a temporary folder is replaced by the folder's path, if every assignment to it makes one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache

from hooks.policy.patterns import compile_once
from hooks.policy.programs.python_files import FileUse
from hooks.policy.shell.escapes import PROGRAM, decode
from hooks.policy.shell.memory import MADE_BY_MKTEMP
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables.rows import Language

STRING = re.compile(
    r"\"\"\"(.*?)\"\"\"|'''(.*?)'''|\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`", re.DOTALL
)
LITERAL = r"(?:\"[^\"\\\n$#]*\"|'[^'\\\n]*'|`[^`\\$]*`)"
JOIN = re.compile(
    rf"(?:\b[\w.]*join|\b(?:path\.)?resolve|\bcatfile|\bcatdir)\s*\(\s*({LITERAL}(?:\s*,\s*{LITERAL})*)\s*\)"
)
SUM = re.compile(rf"({LITERAL})\s*[+.]\s*({LITERAL})")
ONLY_LITERAL = re.compile(rf"\s*({LITERAL})\s*(?:[,);\n]|$)")
DYNAMIC_HOME = re.compile(
    r"expanduser|Dir\.home|os\.homedir|Path\.home|homedir\(|\$HOME|ENV\[.HOME.\]|process\.env\.HOME|getenv\(.HOME.\)|environ\[.HOME.\]"
)
SUFFIX = re.compile(r"(?:endsWith|end_with\?|ends_with|EndsWith)\s*\(?\s*['\"]([^'\"]+)['\"]")
TWO_PATHS = re.compile(r"copy|rename|symlink|cp|move|link")
BRACKET = re.compile(r"[(\[{)\]}]")
ARGUMENT_LIMIT = 600
ROUNDS = 4
NAMES_LIMIT = 20


def literals(code: str) -> list[str]:
    """The string literals of a program."""
    return ["".join(groups) for groups in STRING.findall(code)]


def read_literal(text: str) -> str:
    """The text of a literal: placeholders are not known, escapes are what they stand for."""
    return decode(re.sub(r"\$\{[^}]*\}|#\{[^}]*\}|\{[a-z_][\w.\[\]'\"()!:]*\}|%[sd]", UNKNOWN, text), PROGRAM)[0]


def arguments_at(code: str, start: int) -> str:
    """The text of a call's arguments, from after its opening to the matching bracket or the end of the line."""
    depth, end = 1, min(start + ARGUMENT_LIMIT, len(code))
    for bracket in BRACKET.finditer(code, start, end):
        depth += 1 if bracket[0] in "([{" else -1
        if depth == 0:
            return code[start : bracket.end()]
    return code[start:end]


def find_text_uses(row: Language, code: str, temporary: str) -> list[FileUse]:
    """What the code does with files. `temporary` is what the language gives as the folder for temporary files."""
    known = resolve_temporary(row, code, temporary)
    return [
        *_find_tree_deletions(row, known),
        *_find_deletions(row, known),
        *(
            FileUse(action="empty", path=_first_group(each), text=each[0])
            for each in compile_once(row.empties).finditer(known)
        ),
        *_find_writes(row, known),
    ]


def _find_tree_deletions(row: Language, code: str) -> Iterator[FileUse]:
    for match in compile_once(row.deletes_trees).finditer(code):
        arguments = arguments_at(code, match.end())
        text = match[0] + arguments
        recursive = not row.recursive or compile_once(row.recursive).search(text)
        targets = [literal for literal in literals(arguments) if literal not in {"utf8", "utf-8"}]
        if DYNAMIC_HOME.search(arguments):
            targets = ["~"]
        elif any(target.startswith(MADE_BY_MKTEMP) for target in targets) and not ONLY_LITERAL.match(arguments):
            targets = [UNKNOWN]
        for target in targets or ([UNKNOWN] if recursive else []):
            yield FileUse(action="delete_tree", path=target, text=text)


def _find_deletions(row: Language, code: str) -> Iterator[FileUse]:
    """Single files; and, where the argument is no literal and the code lists files, all that it lists."""
    suffixes = SUFFIX.findall(code) or [""]
    listed = [_first_group(match) for match in compile_once(row.lists).finditer(code)]
    for match in compile_once(row.deletes).finditer(code):
        arguments = arguments_at(code, match.end())
        if ONLY_LITERAL.match(arguments) or (literals(arguments) and not listed):
            yield FileUse(action="delete", path=literals(arguments)[0], text=match[0] + arguments)
            continue
        for start in listed:
            pattern = start if "*" in start else os.path.join(start, "**/*")  # noqa: PTH118 -- as text
            for suffix in suffixes:
                yield FileUse(action="delete", path=pattern + suffix, text=match[0] + arguments)


def _find_writes(row: Language, code: str) -> Iterator[FileUse]:
    for match in compile_once(row.writes).finditer(code):
        found = None if TWO_PATHS.search(match[0]) else ONLY_LITERAL.match(arguments_at(code, match.end()))
        yield FileUse(action="write", path=_text(found[1]) if found else UNKNOWN, text=match[0])


def _first_group(match: re.Match[str]) -> str:
    """The text of the group that matched; `open(F, ">name")` has the sign in the same text as the name."""
    found = next((group for group in match.groups() if group), "")
    return _text(found).lstrip(">") if found else UNKNOWN


def _text(literal: str) -> str:
    return literal[1:-1] if literal[:1] in {'"', "'", "`"} else literal


def resolve_temporary(row: Language, code: str, temporary: str) -> str:
    """The code with the paths of its temporary folders in place of the variables that hold them."""
    if not row.makes_temporary and not row.temporary_folder:
        return code
    if row.temporary_folder:
        code = compile_once(row.temporary_folder).sub(lambda _: f'"{temporary}"', code)
    code = join_literals(code)
    for name in _temporary_names(row, code):
        code = _insert_path(code, name)
    return join_literals(code)


def _temporary_names(row: Language, code: str) -> set[str]:
    """Variables to which nothing but a new temporary folder is assigned."""
    if not row.makes_temporary:
        return set()
    assigned = [
        match[1] for match in compile_once(rf"[$@]?\b(\w+)\s*=\s*(?:await\s+)?{row.makes_temporary}").finditer(code)
    ]
    given = [name for match in compile_once(row.gives_temporary).finditer(code) for name in match.groups() if name]
    if len(assigned) + len(given) > NAMES_LIMIT:
        return set()
    return {name for name in (*assigned, *given) if _changes(name, code) == assigned.count(name) + given.count(name)}


def _changes(name: str, code: str) -> int:
    """How often a variable gets a value: by assignment, as an argument of a function or a block, in a loop."""
    few = r"{0,200}"  # without a limit, many brackets that nothing closes would be searched again and again
    assigned = rf"(?<![\w.-])[$@]?{name}\s*(?:[+.]|\|\||\?\?|&&)?=(?![=>~])"
    arguments = (
        rf"\bfunction\b[^(]{few}\([^)]{few}\b{name}\b[^)]{few}\)|\([^()]{few}\b{name}\b[^()]{few}\)\s*=>"
        rf"|\b{name}\s*=>|\|[^|\n]{few}\b{name}\b[^|\n]{few}\|"
    )
    loops = (
        rf"\bfor\s*\(?\s*(?:const|let|var|my)?\s*[$@]?{name}\s+(?:of|in)\b"
        rf"|\bforeach\s+(?:my\s+)?\${name}\b|\bas\s+\${name}\b"
    )
    unpacked = rf"[\[{{][^=\[\]{{}}]{few}\b{name}\b[^=\[\]{{}}]{few}[\]}}]\s*=(?![=>])"
    return sum(len(compile_once(pattern).findall(code)) for pattern in (assigned, arguments, loops, unpacked))


def _insert_path(code: str, name: str) -> str:
    """In templates and texts the path itself, elsewhere a literal."""
    code = re.sub(rf"[$#]\{{\s*{name}\s*\}}", MADE_BY_MKTEMP, code)
    code = re.sub(
        r"\"[^\"\n]*\"", lambda match: re.sub(rf"\$\{{?{name}\b\}}?", lambda _: MADE_BY_MKTEMP, match[0]), code
    )
    return re.sub(
        rf"(?<![\w./\"'`])[$@]?{name}\b(?!\s*=[^=]|\s*[:|]|\w|[\"'/.])", lambda _: f'"{MADE_BY_MKTEMP}"', code
    )


@lru_cache(maxsize=128)
def join_literals(code: str) -> str:
    """Joined literals are one. Kept from call to call: of a large script this is the largest part of judging it."""
    for _ in range(ROUNDS):
        before = code
        code = JOIN.sub(lambda match: f'"{os.path.join(*literals(match[1]))}"', code)  # noqa: PTH118 -- as text
        code = SUM.sub(lambda match: f'"{_text(match[1])}{_text(match[2])}"', code)
        if code == before:
            break
    return code
