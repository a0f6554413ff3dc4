"""What the policy knows of programs is data: the data is whole, and the rules use all of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hooks.policy.examination import DOMAINS, RULES
from hooks.policy.rules import rules
from hooks.policy.tables import listed, table, valued

POLICY = Path(__file__).parents[2] / "hooks" / "policy"


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", ["clients", "languages", "publishers", "vaults", "machine"])
def test_every_pattern_compiles(name: str) -> None:
    """A broken pattern would refuse everything, or nothing."""
    for pattern in texts(table(name)):
        re.compile(pattern)


def test_every_family_has_its_rule_and_every_rule_its_family() -> None:
    """A name that no module asks for would guard nothing."""
    for module, families in table("families").items():
        (domain,) = [each for each in DOMAINS if each.__name__.endswith(f".{module}")]
        for family, names in families.items():
            assert getattr(domain, family).__name__ == family
            for name in names.split():
                assert getattr(domain, family) in RULES[name], f"{module}.{family} does not look at {name}"


def test_every_rule_that_the_code_names_is_in_the_core_list_and_every_one_of_the_list_is_used() -> None:
    """A refusal must have a reason to give; a reason that nobody gives is dead."""
    code = "\n".join(path.read_text() for path in (POLICY.parent).rglob("*.py"))
    spelled = set(re.findall(r"\"([a-z.]+)\"", code))
    named = (spelled & set(rules())) | set(suspects(code))

    assert named == set(rules())


def suspects(code: str) -> list[str]:
    """Whatever is refused, doubted or raised by name."""
    return re.findall(r"(?:refuse|doubt|Refused|refusal)\(\s*\"([a-z.]+)\"", code)


def test_every_list_and_option_table_is_used() -> None:
    """Data that nothing reads would only look like a guard."""
    code = "\n".join(path.read_text() for path in POLICY.rglob("*.py"))

    for name in table("words"):
        assert f'"{name}"' in code, name
        assert listed(name)
    for name in table("options"):
        assert f'"{name}"' in code, name
        assert valued(name)


def test_every_rule_says_what_to_do_instead() -> None:
    """An agent that is only told no tries the next way round."""
    for rule in rules().values():
        assert rule.reason, rule.name
        assert rule.instead.endswith((".", "`.")) or rule.name == "granted", rule.name
        assert len(rule.reason) < 120


def test_only_package_rules_can_be_lifted() -> None:
    """A repository names packages that it trusts, and nothing else."""
    assert [rule.name for rule in rules().values() if rule.liftable] == ["remote.package"]
