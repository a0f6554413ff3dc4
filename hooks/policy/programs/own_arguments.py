"""Programs that no row speaks of, and what this session wrote for them: a file that they are given, or their settings.

Whether they run it is not known. What it would do in any case counts, as in tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hooks.policy.patterns import compile_once
from hooks.policy.programs.documents import find_reader, select
from hooks.policy.programs.shell_tests import is_shell_test, judge_shell_test
from hooks.policy.programs.test_code import find_language, find_refusal
from hooks.policy.ruling import Refused
from hooks.policy.tables import read_list

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

DOCUMENTS = (".toml", ".json", ".yml", ".yaml")


def check_own_arguments(command: Command, shell: Shell) -> None:
    """`x run k.py`, `x --plugin=./k.js`, and `x` where the session wrote `x.yml`, `.xrc`, `x.config.js` or `Xfile`."""
    own = shell.memory.own_files()
    if not own or command.program in read_list("file_takers") | read_list("runs_no_file"):
        return
    named = {path for word in command.arguments for part in _parts(word) for path in shell.resolve(part)}
    folders = {folder for folder in shell.resolve(".") if folder}
    for path in own:
        if path in named or _is_settings(path, command.program, folders):
            _judge_file(path, command, shell)


def _parts(word: str) -> Iterator[str]:
    """A word, and the value of an option in it."""
    yield word
    if word.startswith("-") and "=" in word:
        yield word.partition("=")[2]


def _is_settings(path: str, program: str, folders: set[str]) -> bool:
    """Whether it is named as a program's settings are, beside where the program runs."""
    folder, _, name = path.rpartition("/")
    bare = re.escape(program)
    form = rf"\.?{bare}(?:rc|[.-]config|\.conf)?(?:\.\w+)?|\.?{bare}-?file(?:\.\w+)?"
    return folder in folders and compile_once(form, re.IGNORECASE).fullmatch(name) is not None


def _judge_file(path: str, command: Command, shell: Shell) -> None:
    text = shell.memory.read_content(path)[1]
    if text is None or text == shell.memory.read_inherited(path):
        return
    if _find_refusal(path, text, command, shell) is not None:
        shell.refuse("unresolved.loader", path)


def _find_refusal(path: str, text: str, command: Command, shell: Shell) -> Refused | None:
    language = find_language(path)
    if language is not None:
        return find_refusal(text, language, command, shell)
    if path.endswith(DOCUMENTS) or "." not in path.rpartition("/")[2].lstrip("."):
        commands = select(find_reader(path)(text), "**", ())
    else:
        commands = [text] if is_shell_test(path) else []
    try:
        for each in commands:
            judge_shell_test(each, shell)
    except Refused as refused:
        return refused
    return None
