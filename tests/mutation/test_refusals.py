"""The changes of refusals: what is changed, and that a change is made where the gate runs it."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from hooks.policy import Context, judge
from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.refusal_run import all_changes
from tests.mutation.refusals import Change, find_changes, is_refusal, make

CHANGES = all_changes()
HOOKS = Path(__file__).parents[2] / "hooks" / "policy"


def test_every_refusal_of_the_code_is_dropped_once() -> None:
    """Of functions and methods; there is none at the level of a module."""
    trees = [ast.parse(path.read_text()) for path in HOOKS.rglob("*.py")]
    refusals = sum(is_refusal(node) for tree in trees for node in ast.walk(tree))

    assert len([each for each in CHANGES if each.how == "drop"]) == refusals > 200


def test_a_change_that_changes_no_ruling_is_a_change_of_the_code() -> None:
    """One whose code is gone would stay in the list and hide another."""
    assert {each.key for each in find_changes(HOOKS, "hooks.policy")} >= set(EQUIVALENT)


def test_the_conditions_of_a_refusal_are_changed(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(
        "def check(a, b, shell):\n    if a:\n        return\n    if a and not b:\n        shell.refuse('x')\n"
        "def other(a):\n    if a:\n        return 1\n"
    )

    assert [(each.function, each.how, each.text) for each in find_changes(tmp_path, "made")] == [
        ("check", "drop", "shell.refuse('x')"),
        ("check", "true", "a"),
        ("check", "false", "a"),
        ("check", "true", "a and (not b)"),
        ("check", "false", "a and (not b)"),
        ("check", "without", "a"),
        ("check", "without", "not b"),
    ]


@pytest.mark.parametrize(
    ("module", "function", "command"),
    [
        ("hooks.policy.programs.git", "check_add", "git add .env"),
        ("hooks.policy.programs.deploy", "client_rule", "helm uninstall x"),
        ("hooks.policy.shell.facade", "Shell.refuse", "sudo ls"),
    ],
)
def test_a_dropped_refusal_grants(module: str, function: str, command: str, tmp_path: Path) -> None:
    """In a plain function, in one that a function made for a table, and in a method; in a child process alone."""
    context = Context(workspace=tmp_path, home=Path("/home/agent"))
    dropped = [each for each in CHANGES if (each.module, each.function, each.how) == (module, function, "drop")]

    assert not judge("Bash", {"command": command}, context).granted
    assert any(is_granted_with(change, command, context) for change in dropped)
    assert not judge("Bash", {"command": command}, context).granted


def is_granted_with(change: Change, command: str, context: Context) -> bool:
    child = os.fork()
    if child == 0:
        try:
            make(change)
            os._exit(0 if judge("Bash", {"command": command}, context).granted else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
