"""Variables by which programs find, load or run other code: each name is guarded, and harmless values are granted."""

from __future__ import annotations

import pytest

from hooks.policy import Context, judge
from hooks.policy.tables import variables
from tests.hooks.rewriting import PERSON

CASES = [(name, variable) for name, row in variables().items() for variable in row.names.split()]


def ask(command: str, variable: str, context: Context = PERSON) -> str:
    name = variable.replace("*", "X1")
    return judge("Bash", {"command": command.replace("{}", name)}, context).rule


@pytest.mark.parametrize(("row", "variable"), CASES)
def test_what_a_variable_would_run_is_judged(row: str, variable: str) -> None:
    """Set before a command, by export, by env or by declare; under a name that no table knows the same is granted."""
    for example in variables()[row].refuses:
        assert ask(example, variable) != "granted", example
        assert ask(example, "SOME_OTHER_NAME") == "granted", example


@pytest.mark.parametrize(("row", "variable"), CASES)
def test_a_harmless_value_is_granted(row: str, variable: str) -> None:
    for example in variables()[row].grants:
        assert ask(example, variable) == "granted", example
