"""The commands that show whether a refusal is missed: the attacks, the everyday commands, and the tables' examples."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from hooks.policy import Context, judge, tables
from tests.hooks.attacks import ATTACKS
from tests.hooks.everyday import COMMANDS
from tests.hooks.rewriting import PERSON
from tests.hooks.session_cases import BORN_EMPTY, CASES, FILES
from tests.hooks.table_examples import ROWS

Line = tuple[str, int]
"""A file's path and a line of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A command and its ruling; `rule` is empty where any rule may refuse it."""

    command: str
    context: Context
    granted: bool
    rule: str = ""

    def holds(self) -> bool:
        ruling = judge("Bash", {"command": self.command}, self.context)
        return ruling.granted == self.granted and (not self.rule or ruling.rule == self.rule)


def read_cases(folder: Path) -> Iterator[Case]:
    """`folder`: an empty one, in which the workspaces are made."""
    workspace = folder / "workspace"
    workspace.mkdir()
    plain = Context(workspace=workspace, home=Path("/home/agent"))
    for rule, command in ATTACKS:
        yield Case(command=command, context=plain, granted=False, rule=rule)
    in_a_cell = _make_cell(folder)
    for rule, command in CASES:
        yield Case(command=command, context=in_a_cell, granted=rule == "granted", rule=rule)
    for refused in (True, False):
        for command in _examples(refused=refused):
            yield Case(command=command, context=PERSON, granted=not refused)
    for command in COMMANDS:
        yield Case(command=command, context=plain, granted=True)


def _make_cell(folder: Path) -> Context:
    workspace = folder / "cell"
    for name, text in FILES.items():
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).write_text(text)
    (folder / "scratch").mkdir()
    return Context(workspace=workspace, home=Path("/home/agent"), scratch=(folder / "scratch",), born_empty=BORN_EMPTY)


def _examples(*, refused: bool) -> Iterator[str]:
    rows = [each.row for each in ROWS] + [tables.languages()[name] for name in tables.read_document("languages")]
    rows += tables.test_code().values()
    for row in rows:
        yield from row.refuses if refused else row.grants
        yield from getattr(row, "refuses_secrets", ()) if refused else ()
    for variable in tables.variables().values():
        for example in variable.refuses if refused else variable.grants:
            yield from (example.replace("{}", name.replace("*", "X1")) for name in variable.names.split())


class Recorder:
    """Records which lines are reached of some functions, each given by its file and its qualified name."""

    def __init__(self, functions: Collection[tuple[str, str]]) -> None:
        self._functions = functions
        self.reached: set[Line] = set()

    def __enter__(self) -> Recorder:
        self.reached = set()
        sys.settrace(self._enter)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _enter(self, frame: FrameType, _event: str, _value: object) -> Any:
        code = frame.f_code
        name = code.co_qualname.partition(".<locals>")[0]
        return self._line if (code.co_filename, name) in self._functions else None

    def _line(self, frame: FrameType, event: str, _value: object) -> Any:
        if event == "line":
            self.reached.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line
