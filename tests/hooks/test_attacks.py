"""Each rule and its attacks: each command of the list is refused by the rule under which it is listed."""

from __future__ import annotations

import pytest

from hooks.policy import Context, judge
from hooks.policy.rules import rules
from tests.hooks.attacks import ATTACKS

ELSEWHERE = {"granted", "repository", "tool.needs_a_person", "tool.outside", "tool.replayed", "tool.unfinished",
             "tool.unknown", "unresolved.error", "unresolved.input", "unresolved.shell"}  # fmt: skip
"""Rules about tools, input and sessions; each has its story in another file."""


BY_RULE = {rule: [command for each, command in ATTACKS if each == rule] for rule, _ in ATTACKS}


@pytest.mark.parametrize("rule", BY_RULE)
def test_an_attack_is_refused_by_its_rule(rule: str, shared_context: Context) -> None:
    """The rule's name, a reason and a way on reach the model."""
    rulings = {command: judge("Bash", {"command": command}, shared_context) for command in BY_RULE[rule]}

    assert {command: each for command, each in rulings.items() if each.granted or each.rule != rule} == {}
    assert [command for command, each in rulings.items() if not (each.reason and each.instead)] == []


def test_every_rule_has_its_attack() -> None:
    """A rule that nothing tries would not be missed if it were gone."""
    assert {rule for rule, _ in ATTACKS} | ELSEWHERE == set(rules())
