"""Shell scripts that a test runner or a generator loads: bats, shellspec, hooks of templates.

They are read leniently, as tests of other languages are: what is unknown in them is let pass, what is certain counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.ruling import Refused
from hooks.policy.shell.syntax import NotUnderstood
from hooks.policy.shell.work import TooMuch

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

ENDINGS = (".sh", ".bash", ".zsh", ".ksh", ".bats", ".ps1")
TEST = re.compile(r"(?m)^[ \t]*@test[ \t]+.*\{[ \t]*$")
RUN = re.compile(r"(?m)^([ \t]*)(?:run|When run|When call)[ \t]+(?:-\S+[ \t]+|! )*(?:command[ \t]+)?")


def is_shell_test(path: str) -> bool:
    return path.endswith(ENDINGS)


def judge_shell_test(text: str, shell: Shell) -> None:
    """What this script does in any case."""
    code = RUN.sub(r"\1", TEST.sub("{", text))
    with shell.memory.as_test_code():
        try:
            shell.judge_text(code)
        except TooMuch:
            raise
        except NotUnderstood:
            return


OF_THIS_MACHINE = ("system.", "delete.", "interpreter.delete", "remote.package")
"""Findings that do not count where the commands run in a container or on another machine."""
COMMANDS = re.compile(r"&&|\|\||[;\n]")


def judge_certain(texts: list[str], inherited: list[str], shell: Shell, *, elsewhere: bool) -> None:
    """Commands of a file whose runner puts words in that only it knows: of new ones, what they do in any case."""
    for text in dict.fromkeys(texts):
        if text not in inherited:
            _judge_certain(text, shell, elsewhere=elsewhere)


def _judge_certain(text: str, shell: Shell, *, elsewhere: bool) -> None:
    try:
        judge_shell_test(text, shell)
    except Refused as refused:
        if not elsewhere or not refused.rule.startswith(OF_THIS_MACHINE):
            raise
        rest = COMMANDS.split(text)
        for each in rest if len(rest) > 1 else ():
            _judge_certain(each, shell, elsewhere=True)
