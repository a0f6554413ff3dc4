"""The judgement of one tool call. It answers for every input: what it cannot judge it refuses."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from hooks.policy import tools
from hooks.policy.examination import Examination
from hooks.policy.rules import rules
from hooks.policy.ruling import Context, Refused, Ruling
from hooks.policy.shell.memory import Memory
from hooks.policy.shell.syntax import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Mapping

INPUT_LIMIT = 64 * 1024
FILE_LIMIT = 2 * 1024 * 1024
CARRIES_FILES = frozenset({"Write", "Edit", "NotebookEdit", "MultiEdit"})


def judge(tool_name: str, tool_input: object, context: Context) -> Ruling:
    """Grant or refuse a tool call."""
    memory = Memory(replace(context, real_paths={}))
    examination = Examination(memory)
    try:
        _judge_input(tool_name, tool_input, examination)
    except Refused as refused:
        return _refuse(refused, examination)
    except NotUnderstood as reason:
        return _refuse(Refused("unresolved.shell", str(reason)), examination)
    except (Exception, RecursionError) as error:  # noqa: BLE001 -- whatever goes wrong in here, it must not grant
        return _refuse(Refused("unresolved.error", f"{type(error).__name__}: {error}"[:200]), examination)
    rule = rules()["granted"]
    return Ruling(
        granted=True,
        rule=rule.name,
        reason=rule.reason,
        trace=tuple(examination.trace),
        wrote=memory.wrote,
        inherited=memory.inherited,
        fetched=frozenset(memory.fetched),
        files=memory.files.as_value(),
    )


def _judge_input(tool_name: str, tool_input: object, examination: Examination) -> None:
    if not isinstance(tool_input, dict):
        raise Refused("unresolved.input", f"{tool_name} takes an object")
    size = len(json.dumps(tool_input))
    if size > (FILE_LIMIT if tool_name in CARRIES_FILES else INPUT_LIMIT):
        raise Refused("unresolved.input", f"{size} bytes")
    if tool_name == "Bash":
        _judge_command(_read_command(tool_input), examination)
    else:
        tools.judge_tool(tool_name, tool_input, examination)


def _judge_command(command: str, examination: Examination) -> None:
    """A command of the repository's set-up, word for word, is judged as code of the repository: what this session wrote
    and it runs is judged as the session's."""
    memory = examination.memory
    belongs = command.strip() in memory.context.additions.set_up
    with memory.as_repository_code() if belongs else nullcontext():
        examination.run(command)


def _read_command(tool_input: Mapping[str, object]) -> str:
    command = tool_input.get("command")
    if not isinstance(command, str) or not command.strip():
        raise Refused("unresolved.input", "Bash takes a `command`")
    return command


def _refuse(refused: Refused, examination: Examination) -> Ruling:
    rule = rules()[refused.rule]
    return Ruling(
        granted=False,
        rule=rule.name,
        reason=refused.because or rule.reason,
        instead=refused.instead or rule.instead,
        subject=refused.subject,
        trace=tuple(examination.trace),
    )
