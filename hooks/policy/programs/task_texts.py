"""Commands that stand in task files: those that this session added are judged like commands, the others leniently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hooks.policy.programs.scripts import judge_code, judge_repository_code

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

TASK_DEPTH = 4
"""So deep tasks that run tasks are followed."""


def is_too_deep(shell: Shell) -> bool:
    return shell.scope.calls.count("task") >= TASK_DEPTH


def judge_texts(texts: list[str], inherited: list[str], command: Command, shell: Shell) -> None:
    """The commands of a task file: new ones like the session's own, those that were there for certain findings."""
    known = set(inherited)
    ours = [text for text in dict.fromkeys(texts) if text in known]
    new = [text for text in dict.fromkeys(texts) if text not in known]
    for text in _join_commands(ours):
        judge_repository_code(text, _language_in(text), command, shell)
    with shell.memory.as_session_code():
        for text in _join_commands(new):
            judge_code(text, _language_in(text), command, shell)


def _join_commands(texts: list[str]) -> list[str]:
    """Each command has a shell for itself; they are parsed together, because starting the parser costs most."""
    scripts = [text for text in texts if text.startswith("#!")]
    commands = [text for text in texts if not text.startswith("#!")]
    return [*scripts, *(["\n".join(f"(\n{text}\n)" for text in commands)] if commands else [])]


def _language_in(text: str) -> str:
    return "" if text.startswith("#!") else "bash"
