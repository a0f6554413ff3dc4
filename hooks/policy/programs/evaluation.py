"""Code that a program evaluates: judged where it is there in full, one literal or a file that is named.

Of Python the syntax tree says it (`python_exec`), of other languages the text after `eval`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from hooks.policy.programs.python_exec import find_executed
from hooks.policy.programs.text_files import STRING, arguments_at, read_literal

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

Judge = Callable[[str], None]
"""Judges a text in the language of the program that evaluates it."""
READ_FILE = re.compile(
    r"(?:open|Path|pathlib\.Path)\(\s*['\"]([^'\"]+)['\"][^)]*\)\.read(?:_text|_bytes)?\([^)]*\)"
    r"|(?:[\w$]+\.)*(?:readFileSync|readTextFileSync)\(\s*['\"`]([^'\"`$]+)['\"`][^()]*\)(?:\.toString\([^()]*\))?$"
    r"|(?:File|IO)\.read\(?\s*['\"]([^'\"]+)['\"]\s*\)?$|file_get_contents\(\s*['\"]([^'\"]+)['\"]\s*\)$"
)


def judge_executed(code: str, command: Command, shell: Shell, judge: Judge) -> str:
    """Python that is run by `exec` and is at hand is judged in its place; gives the code without these calls."""
    executed = find_executed(code)
    for text in executed.texts:
        judge(text)
    for name in executed.files:
        for path in shell.resolve(name):
            _judge_executed_file(path, command, shell, judge)
    return executed.rest


def _judge_executed_file(path: str | None, command: Command, shell: Shell, judge: Judge) -> None:
    shell.check_refused_file(path, command.argv)
    if path is not None and shell.memory.is_fetched(path):
        shell.refuse("remote.code", command.argv)
    exists, text = shell.memory.read_content(path) if path else (True, None)
    if exists and text is None:
        shell.refuse_unless_lenient("unresolved.code", command.argv)
    elif text is not None and path is not None:
        own = shell.memory.is_own(path)
        with shell.memory.as_session_code() if own else shell.memory.as_repository_code():
            judge(text)


def judge_evaluation(code: str, match: re.Match[str], command: Command, shell: Shell, judge: Judge) -> None:
    """`eval("1 + 1")` is its text, `load(open("x.lua").read())` the file; of anything else the text is not known."""
    arguments = arguments_at(code, match.end())[:-1].strip() if match[0].endswith("(") else ""
    file = file_read_by(arguments)
    path = shell.resolve(file)[0] if file else None
    whole = only_literal(arguments)
    with shell.memory.one_level_deeper():
        if path is not None:
            _judge_executed_file(path, command, shell, judge)
        elif whole is not None:
            judge(read_literal(whole))
        else:
            shell.refuse_unless_lenient("unresolved.code", command.argv)


PRINTED = re.compile(r"(?<![\w.])print\((?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')\)")


def drop_printed_texts(code: str) -> str:
    """Python code without what it prints as one literal: text, whatever it says."""
    return PRINTED.sub("print()", re.sub(r"print\(('{3}|\"{3}).*?\1\)", "print()", code, flags=re.DOTALL))


def only_literal(arguments: str) -> str | None:
    """The text of arguments that are one literal, with nothing in it that is replaced when the program runs."""
    found = STRING.fullmatch(arguments)
    return None if found is None or "${" in arguments or "#{" in arguments else "".join(filter(None, found.groups()))


def file_read_by(arguments: str) -> str | None:
    """The name in `open("x.rb").read()`."""
    found = READ_FILE.match(arguments)
    return next(filter(None, found.groups()), None) if found else None
