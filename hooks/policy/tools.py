"""Claude Code's own tools: paths that may be read, paths that may be written, and tools that a session may not use."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.ruling import Refused

if TYPE_CHECKING:
    from hooks.policy.examination import Examination

PATHS = dict.fromkeys(("Read", "Edit", "Write", "MultiEdit"), "file_path")
PATHS |= dict.fromkeys(("NotebookEdit", "NotebookRead"), "notebook_path") | dict.fromkeys(
    ("Glob", "Grep", "LS"), "path"
)
WRITERS = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})
HARMLESS = frozenset(
    {
        "StructuredOutput",
        "TodoWrite",
        "TodoRead",
        "DeferredToolPlaceholder",
        "TaskStop",
        "KillShell",
        "BashOutput",
        "TaskOutput",
    }
)
NEEDS_A_PERSON = frozenset({"AskUserQuestion", "EnterPlanMode", "ExitPlanMode", "ExitWorktree", "EnterWorktree"})


def judge_tool(name: str, tool_input: Mapping[str, object], examination: Examination) -> None:
    """Raise Refused unless the tool may do this."""
    if name in HARMLESS:
        return
    if name in NEEDS_A_PERSON:
        raise Refused("tool.needs_a_person", name)
    if name not in PATHS:
        raise Refused("tool.unknown", name)
    path = _read_path(name, tool_input, examination)
    context = examination.memory.context
    if paths.is_secret(path, context):
        raise Refused("secrets.file", path)
    if name in {"Glob", "Grep"}:
        _check_pattern(name, tool_input, path, examination)
    if name in WRITERS:
        _check_write(path, tool_input, examination)
    examination.trace.append(f"{name} {path}")


def _read_path(name: str, tool_input: Mapping[str, object], examination: Examination) -> str:
    context = examination.memory.context
    given = tool_input.get(PATHS[name])
    if given is None and name in {"Glob", "Grep", "LS"}:
        return str(context.workspace)
    if not isinstance(given, str) or not given or re.search(r"[\x00\ud800-\udfff]", given):
        raise Refused("unresolved.input", f"{name} takes a `{PATHS[name]}`")
    expanded = str(context.home) + given[1:] if given.startswith("~/") else given
    return os.path.normpath(os.path.join(context.workspace, expanded))  # noqa: PTH118 -- links are followed in `paths`


def _check_pattern(name: str, tool_input: Mapping[str, object], folder: str, examination: Examination) -> None:
    """A Grep over a glob, and a Glob, can name a secret by pattern; Grep prints what it finds."""
    context = examination.memory.context
    pattern = tool_input.get("glob") if name == "Grep" else tool_input.get("pattern")
    if isinstance(pattern, str) and name == "Grep":
        for each in re.split(r"[,{}\s]+", pattern):
            if paths.is_secret(os.path.normpath(f"{folder}/{each}"), context):
                raise Refused("secrets.file", each)
    if isinstance(pattern, str) and pattern.startswith(("/", "~")) and paths.is_secret(pattern, context):
        raise Refused("secrets.file", pattern)


def _check_write(path: str, tool_input: Mapping[str, object], examination: Examination) -> None:
    context = examination.memory.context
    real = os.path.realpath(path)
    if paths.is_guard(path, context) or paths.is_guard(real, context) or re.search(r"/\.git(/|$)", real):
        raise Refused("guards.files", path)
    allowed = (context.workspace, *context.scratch)
    if not any(paths.is_inside(real, os.path.realpath(folder)) for folder in allowed):
        raise Refused("tool.outside", path)
    examination.memory.files.make(path, parents=True)
    examination.memory.write(path, _written_text(path, tool_input, examination))


def _written_text(path: str, tool_input: Mapping[str, object], examination: Examination) -> str | None:
    """The text that the file will have: the content, or what is there with its edits made; None if it is not known."""
    content = tool_input.get("content")
    if isinstance(content, str):
        return content
    _, text = examination.memory.read_content(path)
    edits = tool_input.get("edits", [tool_input])
    for edit in edits if isinstance(edits, list) else []:
        old, new = (edit.get("old_string"), edit.get("new_string")) if isinstance(edit, dict) else (None, None)
        if not isinstance(old, str) or not isinstance(new, str) or (text is None and old):
            return None
        text = new if text is None else text.replace(old, new, -1 if edit.get("replace_all") is True else 1)
    return text
